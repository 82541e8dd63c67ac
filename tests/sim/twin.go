package sim

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// A Route is one path as a router knows it: after its import policy, before its export.
type Route struct {
	Prefix     netip.Prefix
	Link       int // over which it came; 0: the router's own
	External   bool
	Confed     []uint32 // members of the confederation that it came through
	Path       []uint32
	LocalPref  uint32
	MED        int // -1: none
	Origin     uint8
	NextHop    netip.Addr
	Community  []string
	Originator uint32 // 0: none
	Clusters   []uint32

	crossed bool // it came from another member of the confederation

	from uint32     // identifier of the neighbor
	addr netip.Addr // of the neighbor
}

// Text is how a route from a neighbor of that address is written in a comparison.
func (r *Route) Text(from netip.Addr) string {
	if r.Link == 0 {
		return r.Prefix.String() + " own"
	}
	text := fmt.Sprintf("%s from %s path %v pref %d med %d origin %d hop %s", r.Prefix, from, r.Path, r.LocalPref, r.MED, r.Origin, r.NextHop)
	if len(r.Confed) > 0 {
		text += fmt.Sprintf(" through %v", r.Confed)
	}
	if len(r.Community) > 0 {
		text += " community " + strings.Join(r.Community, " ")
	}
	if r.Originator != 0 {
		text += fmt.Sprintf(" originator %s clusters %v", address(r.Originator), r.Clusters)
	}
	return text
}

// Tables are the best routes: by router, then by prefix.
type Tables map[int]map[netip.Prefix]*Route

// Text lists the best routes of a router, in order.
func (t Tables) Text(router int) (out []string) {
	for _, r := range t[router] {
		out = append(out, r.Text(r.addr))
	}
	slices.Sort(out)
	return out
}

// An Answer is what every router must know when all is quiet.
type Answer struct {
	Tables
	all map[int]candidates // of those that get several paths of a prefix, between which a tie is broken by their order
}

// Text lists what a router must know: its best routes, or where it gets several paths of a prefix all of them.
func (a *Answer) Text(router int) (out []string) {
	all, wide := a.all[router]
	if !wide {
		return a.Tables.Text(router)
	}
	for _, list := range all {
		for _, r := range list {
			out = append(out, r.Text(r.addr))
		}
	}
	slices.Sort(out)
	return out
}

// candidates are the routes that a router may choose from, by prefix.
type candidates map[netip.Prefix][]*Route

// Expect gives what every router must know when all is quiet. It sends every best route over every session again and again,
// all at once, until nobody's best routes change; ok is false when that does not happen, which a scenario's policies exclude.
func Expect(st *State) (answer *Answer, ok bool) {
	tables := Tables{}
	for range 20 + 10*len(st.Routers) {
		heard := map[int]candidates{}
		for i := range st.Routers {
			r := &st.Routers[i]
			heard[r.N] = own(st, r)
			sums(r, tables[r.N], heard[r.N])
		}
		for i := range st.Links {
			if l := &st.Links[i]; st.Wanted(l.N) {
				if !l.AddPath { // else at the end: nobody learns anything from who gets them
					carry(st, l, 0, tables, heard)
				}
				carry(st, l, 1, tables, heard)
			}
		}
		next := Tables{}
		for n, all := range heard {
			next[n] = map[netip.Prefix]*Route{}
			for p, list := range all {
				next[n][p] = choose(list, st.Rules.CompareMED)
			}
		}
		if same(tables, next) {
			return several(st, tables, heard), true
		}
		tables = next
	}
	return nil, false
}

// several completes the answer by what goes over the links that carry all paths.
func several(st *State, tables Tables, heard map[int]candidates) *Answer {
	a := &Answer{tables, map[int]candidates{}}
	for i := range st.Links {
		l := &st.Links[i]
		if !l.AddPath {
			continue
		}
		from, to := st.Router(st.End(l.N, 0).Router), st.Router(st.End(l.N, 1).Router)
		a.all[to.N] = heard[to.N]
		for _, list := range heard[from.N] {
			for _, known := range list {
				if st.Wanted(l.N) {
					announce(st, l, 0, known, heard)
				}
			}
		}
		for p, list := range heard[to.N] {
			a.Tables[to.N][p] = choose(list, st.Rules.CompareMED)
		}
	}
	return a
}

// own are the routes that a router originates.
func own(st *State, r *Router) candidates {
	out := candidates{}
	for _, p := range st.Originated(r.N) {
		prefix := netip.MustParsePrefix(p)
		out[prefix] = []*Route{{Prefix: prefix, LocalPref: 100}}
	}
	return out
}

// sums adds the aggregates of a router that it has a more specific route to.
func sums(r *Router, best map[netip.Prefix]*Route, heard candidates) {
	for _, text := range r.Sums {
		sum := netip.MustParsePrefix(text)
		origin, any := uint8(0), false
		for p, route := range best {
			if within(p, sum) {
				origin, any = max(origin, route.Origin), true
			}
		}
		if any {
			heard[sum] = append(heard[sum], &Route{Prefix: sum, LocalPref: 100, Origin: origin})
		}
	}
}

// within reports whether a prefix is a more specific one.
func within(p, sum netip.Prefix) bool { return p.Bits() > sum.Bits() && sum.Contains(p.Addr()) }

// suppressed reports whether a router announces an aggregate instead of a route.
func (r *Router) suppressed(p netip.Prefix) bool {
	return r.Alone && slices.ContainsFunc(r.Sums, func(text string) bool { return within(p, netip.MustParsePrefix(text)) })
}

// carry announces the best routes of one end of a link to the other.
func carry(st *State, l *Link, side int, now Tables, heard map[int]candidates) {
	for _, best := range now[st.End(l.N, side).Router] {
		announce(st, l, side, best, heard)
	}
}

// announce tells one route.
func announce(st *State, l *Link, side int, route *Route, heard map[int]candidates) {
	from, to := st.Router(st.End(l.N, side).Router), st.Router(st.End(l.N, 1-side).Router)
	if r := export(st, l, side, route); r != nil && admit(st, l, 1-side, r) {
		r.from, r.addr = from.ID(), l.Addr(side)
		heard[to.N][r.Prefix] = append(heard[to.N][r.Prefix], r)
	}
}

// choose gives the best of some routes to one prefix (RFC 4271 9.1.2.2, RFC 4456 9). Where MED is not compared between all,
// those of each neighbor AS are compared first.
func choose(list []*Route, compareMED bool) *Route {
	best := func(list []*Route, med bool) *Route {
		return slices.MinFunc(list, func(a, b *Route) int { return order(a, b, med) })
	}
	if compareMED {
		return best(list, true)
	}
	var winners []*Route
	for _, r := range list {
		group := slices.DeleteFunc(slices.Clone(list), func(o *Route) bool { return neighborAS(o) != neighborAS(r) })
		winners = append(winners, best(group, true))
	}
	return best(winners, false)
}

func neighborAS(r *Route) uint32 {
	if len(r.Path) == 0 {
		return 0
	}
	return r.Path[0]
}

// export is a best route as the neighbor behind an end is told it; nil: it is not.
func export(st *State, l *Link, side int, best *Route) *Route {
	e, me := st.End(l.N, side), st.Router(st.End(l.N, side).Router)
	if best.Prefix.Addr().Is6() && !l.IPv6 {
		return nil
	}
	if best.Link == l.N || me.suppressed(best.Prefix) {
		return nil // it would be no news, or it is announced as a part of something
	}
	r := *best
	self := l.Addr(side)
	if r.Prefix.Addr().Is6() {
		self = l.Addr6(side)
	}
	if e.Relation == Internal {
		crosses, inner := st.Crosses(l), best.Link != 0 && !best.External && !best.crossed
		switch {
		case crosses: // a cluster is of one AS (RFC 5065 4)
			r.Confed, r.Originator, r.Clusters = append([]uint32{me.Member}, best.Confed...), 0, nil
		case inner:
			if !e.Client && !fromClient(st, me, best) {
				return nil
			}
			if r.Originator == 0 {
				r.Originator = best.from
			}
			r.Clusters = append([]uint32{clusterOf(me)}, best.Clusters...)
		}
		if best.Link == 0 || e.NextHopSelf && (crosses || !inner) {
			r.NextHop = self
		}
		r.Link, r.External, r.crossed = l.N, false, crosses
		return &r
	}
	if st.denied(&e.Out, &r) || st.Rules.Economy && e.Relation != Customer &&
		(slices.Contains(r.Community, classes[Peer]) || slices.Contains(r.Community, classes[Provider])) {
		return nil
	}
	if best.Link != 0 {
		r.MED = -1
	}
	if e.Out.MED > 0 {
		r.MED = e.Out.MED
	}
	if e.Out.Origin > 0 {
		r.Origin = e.Out.Origin - 1 // IGP, EGP, incomplete
	}
	if e.Out.Tag > 0 {
		r.Community = with(r.Community, fmt.Sprintf("65010:%d", e.Out.Tag))
	}
	r.Path = append(slices.Repeat([]uint32{me.AS}, 1+e.Out.Prepend), best.Path...)
	if !l.onSubnet(r.NextHop) { // else the neighbor reaches it itself (RFC 4271 5.1.3)
		r.NextHop = self
	}
	r.LocalPref, r.Originator, r.Clusters, r.Confed = 100, 0, nil, nil
	r.Link, r.External, r.crossed = l.N, true, false
	return &r
}

// onSubnet reports whether an address is on the subnet that the session runs over, where that is a LAN. On a cable nobody else is.
func (l *Link) onSubnet(a netip.Addr) bool {
	bits, _ := l.Bits()
	return l.Hub != 0 && netip.PrefixFrom(l.Addr(0), bits).Contains(a)
}

// admit judges what arrives at an end, and changes it as the end's policy says.
func admit(st *State, l *Link, side int, r *Route) bool {
	e, me := st.End(l.N, side), st.Router(st.End(l.N, side).Router)
	switch {
	case slices.Contains(r.Path, me.AS), slices.Contains(r.Confed, me.Member), r.Originator == me.ID(), slices.Contains(r.Clusters, clusterOf(me)):
		return false
	case st.owns(me, r.NextHop):
		return false
	case e.Relation == Internal:
		return true
	case st.denied(&e.In, r):
		return false
	}
	if st.Rules.Economy {
		r.LocalPref, r.Community = preferences[e.Relation]+e.In.Bias, []string{classes[e.Relation]}
	}
	return true
}

// owns reports whether an address is one of a router's.
func (st *State) owns(r *Router, a netip.Addr) bool {
	return slices.ContainsFunc(st.Links, func(l Link) bool {
		return l.Ends[0].Router == r.N && (l.Addr(0) == a || l.Addr6(0) == a) || l.Ends[1].Router == r.N && (l.Addr(1) == a || l.Addr6(1) == a)
	})
}

func (st *State) denied(p *Policy, r *Route) bool { return slices.Contains(p.Deny, r.Prefix.String()) }

// fromClient reports whether an internal route came from a client of the router.
func fromClient(st *State, me *Router, r *Route) bool {
	ends := st.ends[r.Link]
	for i := range ends {
		if ends[i].Router == me.N {
			return ends[i].Client
		}
	}
	return false
}

func clusterOf(r *Router) uint32 {
	if r.Cluster != 0 {
		return r.Cluster
	}
	return r.ID()
}

// with adds a community, which are kept in order.
func with(list []string, c string) []string {
	if slices.Contains(list, c) {
		return list
	}
	list = append(slices.Clone(list), c)
	slices.Sort(list)
	return list
}

// order compares two routes; the better one comes first.
func order(a, b *Route, med bool) int {
	if own := cmp.Compare(bit(b.Link == 0), bit(a.Link == 0)); own != 0 {
		return own
	}
	if c := cmp.Or(cmp.Compare(b.LocalPref, a.LocalPref), cmp.Compare(len(a.Path), len(b.Path)), cmp.Compare(a.Origin, b.Origin)); c != 0 {
		return c
	}
	if c := cmp.Compare(max(a.MED, 0), max(b.MED, 0)); med && c != 0 {
		return c
	}
	return cmp.Or(
		cmp.Compare(bit(b.External), bit(a.External)),
		cmp.Compare(bit(b.crossed), bit(a.crossed)), // as in FRR; RFC 5065 counts both as internal
		cmp.Compare(cmp.Or(a.Originator, a.from), cmp.Or(b.Originator, b.from)),
		cmp.Compare(len(a.Clusters), len(b.Clusters)),
		a.addr.Compare(b.addr),
	)
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func same(a, b Tables) bool {
	for n := range b {
		if !slices.Equal(a.Text(n), b.Text(n)) || a[n] == nil {
			return false
		}
	}
	return true
}
