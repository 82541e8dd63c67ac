package sim

import (
	"fmt"
	"net/netip"
	"strings"
)

// The communities that say from whom a route came, and what a neighbor of each relation is preferred by.
var (
	classes     = [...]string{Customer: "64999:1", Peer: "64999:2", Provider: "64999:3"}
	preferences = [...]uint32{Customer: 90, Peer: 80, Provider: 70} // below our own routes
)

const notOurs = "NOT-OURS" // the list of what only customers are told

// Config is the whole configuration of a router, as a startup file has it.
func (st *State) Config(router int) []string {
	r := st.Router(router)
	lines := []string{
		"bgp community-list standard " + notOurs + " permit " + classes[Peer],
		"bgp community-list standard " + notOurs + " permit " + classes[Provider],
	}
	if l, side := st.calling(router); l != nil {
		lines = append(lines, st.inMap("IN-CALLERS", &End{Relation: l.Ends[side].Relation})...)
	}
	for _, relation := range []Relation{Customer, Peer, Provider} {
		lines = append(lines, st.outMap(sharedMap(relation), relation, &Policy{}, r.AS)...)
	}
	for i := range st.Links {
		for side := range 2 {
			if e := st.End(st.Links[i].N, side); e.Router == router && e.Relation != Internal && !st.Links[i].Unknown(side) {
				l := st.Links[i]
				l.Ends[side] = *e
				lines = append(append(lines, l.lists(side, nil)...), st.maps(&l, side, false)...)
			}
		}
	}
	lines = append(lines, fmt.Sprintf("router bgp %d", r.Inside()), "bgp router-id "+address(r.ID()), "bgp bestpath compare-routerid",
		"bgp deterministic-med")
	if r.Member != 0 {
		lines = append(lines, fmt.Sprintf("bgp confederation identifier %d", r.AS))
		for _, as := range st.members(r) {
			lines = append(lines, fmt.Sprintf("bgp confederation peers %d", as))
		}
	}
	if st.Rules.Graceful {
		lines = append(lines, "bgp graceful-restart", "bgp graceful-restart restart-time 60", "bgp graceful-restart stalepath-time 90",
			"bgp graceful-restart select-defer-time 45")
	}
	if st.Rules.CompareMED {
		lines = append(lines, "bgp always-compare-med")
	}
	if r.Cluster != 0 {
		lines = append(lines, "bgp cluster-id "+address(r.Cluster))
	}
	lines = append(lines, st.callers(router)...)
	for i := range st.Links {
		for side := range 2 {
			if e := st.End(st.Links[i].N, side); e.Router == router && !e.Absent && !st.Links[i].Unknown(side) {
				lines = append(lines, st.session(&st.Links[i], side, e, &End{Absent: true})...)
			}
		}
	}
	if r.Multipath > 0 {
		lines = append(lines, "address-family ipv4 unicast", fmt.Sprintf("maximum-paths %d", r.Multipath),
			fmt.Sprintf("maximum-paths ibgp %d", r.Multipath), "exit-address-family")
	}
	for _, p := range r.Sums {
		line := "aggregate-address " + p
		if r.Alone {
			line += " summary-only"
		}
		lines = append(lines, "address-family ipv4 unicast", line, "exit-address-family")
	}
	for _, p := range st.Originated(router) {
		lines = append(lines, originate(p, true)...)
	}
	return lines
}

// Change gives what an operator types at a router to make the event e happen, which changes its configuration; st is the one
// before it.
func (st *State) Change(e *Event) (router int, lines []string) {
	if e.Do == DoNetwork {
		if st.Router(e.Router) == nil || st.Networks[Network{e.Router, e.Prefix}] == e.On {
			return 0, nil
		}
		return e.Router, append(st.enter(e.Router), originate(e.Prefix, e.On)...)
	}
	l := st.Link(e.Link)
	if l == nil || l.Unknown(e.Side) {
		return 0, nil
	}
	old, link := st.End(e.Link, e.Side), *l
	link.Ends[e.Side] = *e.End
	if e.End.Relation != Internal {
		lines = link.lists(e.Side, old)
		lines = append(lines, st.maps(&link, e.Side, true)...)
	}
	lines = append(lines, st.enter(e.End.Router)...)
	return e.End.Router, append(lines, st.session(&link, e.Side, e.End, old)...)
}

// Describe gives a change that changes nothing.
func (st *State) Describe(e *Event) (router int, lines []string) {
	end, l := st.End(e.Link, e.Side), st.Link(e.Link)
	if end == nil || end.Absent || l.Unknown(e.Side) {
		return 0, nil
	}
	return end.Router, append(st.enter(end.Router), fmt.Sprintf("neighbor %s description number %d", l.Addr(1-e.Side), e.Bytes))
}

func (st *State) enter(router int) []string {
	return []string{fmt.Sprintf("router bgp %d", st.Router(router).Inside())}
}

func originate(prefix string, on bool) []string {
	family, no := "ipv4", ""
	if netip.MustParsePrefix(prefix).Addr().Is6() {
		family = "ipv6"
	}
	if !on {
		no = "no "
	}
	return []string{"address-family " + family + " unicast", no + "network " + prefix, "exit-address-family"}
}

// lists gives the prefix lists of an end.
func (l *Link) lists(side int, old *End) (lines []string) {
	e := &l.Ends[side]
	for _, d := range []struct {
		name string
		now  Policy
		old  func() []string
	}{
		{"IN", e.In, func() []string { return old.In.Deny }}, {"OUT", e.Out, func() []string { return old.Out.Deny }},
	} {
		for k, kind := range []string{"ip", "ipv6"} {
			name := fmt.Sprintf("%s prefix-list %s-%d", kind, d.name, l.N)
			if old != nil && len(only(d.old(), k == 1)) > 0 {
				lines = append(lines, "no "+name)
			}
			for i, p := range only(d.now.Deny, k == 1) {
				lines = append(lines, fmt.Sprintf("%s seq %d permit %s", name, 5*i+5, p))
			}
		}
	}
	return lines
}

// only gives the prefixes of one family.
func only(all []string, six bool) (out []string) {
	for _, p := range all {
		if netip.MustParsePrefix(p).Addr().Is6() == six {
			out = append(out, p)
		}
	}
	return out
}

// maps writes both route maps of an end, anew where they exist.
func (st *State) maps(l *Link, side int, exist bool) (lines []string) {
	e := &l.Ends[side]
	in, out := fmt.Sprintf("IN-%d", l.N), fmt.Sprintf("OUT-%d", l.N)
	if exist {
		lines = append(lines, "no route-map "+in)
	}
	lines = append(lines, st.inMap(in, e)...)
	if exist {
		lines = append(lines, "no route-map "+out)
	}
	return append(lines, st.outMap(out, e.Relation, &e.Out, st.Router(e.Router).AS)...)
}

// inMap writes a map in.
func (st *State) inMap(name string, e *End) (lines []string) {
	lines = append(denials(name, &e.In), "route-map "+name+" permit 10")
	if st.Rules.Economy {
		lines = append(lines, fmt.Sprintf("set local-preference %d", preferences[e.Relation]+e.In.Bias), "set community "+classes[e.Relation])
	}
	return append(lines, "exit")
}

// calling gives a link of a router's dynamic neighbors, all of which have one relation to it, and its side; nil: it has none.
func (st *State) calling(router int) (l *Link, side int) {
	for i := range st.Links {
		for side := range 2 {
			if l := &st.Links[i]; l.Unknown(side) && l.Hub == router {
				return l, side
			}
		}
	}
	return nil, 0
}

// callers are the statements for a router's dynamic neighbors.
func (st *State) callers(router int) (lines []string) {
	l, side := st.calling(router)
	if l == nil {
		return nil
	}
	const group = "neighbor CALLERS "
	lines = []string{group + "peer-group", group + "remote-as external", fmt.Sprintf("bgp listen range 10.200.%d.0/24 peer-group CALLERS", router)}
	for _, family := range []string{"ipv4", "ipv6"} {
		lines = append(lines, "address-family "+family+" unicast", group+"activate", group+"route-map IN-CALLERS in",
			group+"route-map "+sharedMap(l.Ends[side].Relation)+" out", "exit-address-family")
	}
	return lines
}

// sharedMap is the map out of all ends whose policy changes nothing: neighbors with one map can be in one update group.
func sharedMap(r Relation) string {
	return "OUT-ALL-" + [...]string{Customer: "CUSTOMERS", Peer: "PEERS", Provider: "PROVIDERS"}[r]
}

// mapOut is the map out of an end.
func (l *Link) mapOut(e *End) string {
	if e.Out.empty() {
		return sharedMap(e.Relation)
	}
	return fmt.Sprintf("OUT-%d", l.N)
}

// outMap writes a map out.
func (st *State) outMap(name string, relation Relation, p *Policy, as uint32) (lines []string) {
	lines = denials(name, p)
	if st.Rules.Economy && relation != Customer {
		lines = append(lines, "route-map "+name+" deny 8", "match community "+notOurs, "exit")
	}
	lines = append(lines, "route-map "+name+" permit 10")
	return append(append(lines, p.sets(as)...), "exit")
}

// denials are the entries of a map for what is denied.
func denials(name string, p *Policy) (lines []string) {
	for k, kind := range []string{"ip", "ipv6"} {
		if len(only(p.Deny, k == 1)) > 0 {
			lines = append(lines, fmt.Sprintf("route-map %s deny %d", name, 5+k), fmt.Sprintf("match %s address prefix-list %s", kind, name), "exit")
		}
	}
	return lines
}

// sets are the set statements of an export policy.
func (p *Policy) sets(as uint32) (lines []string) {
	if p.Prepend > 0 {
		lines = append(lines, "set as-path prepend"+strings.Repeat(fmt.Sprintf(" %d", as), p.Prepend))
	}
	if p.MED > 0 {
		lines = append(lines, fmt.Sprintf("set metric %d", p.MED))
	}
	if p.Origin > 0 {
		lines = append(lines, "set origin "+[]string{"igp", "egp", "incomplete"}[p.Origin-1])
	}
	if p.Tag > 0 {
		lines = append(lines, fmt.Sprintf("set community 65010:%d additive", p.Tag))
	}
	return lines
}

// session gives the statements that make the neighbor behind an end what e says; old is what it was.
func (st *State) session(l *Link, side int, e, old *End) (lines []string) {
	peer := "neighbor " + l.Addr(1-side).String()
	if e.Absent {
		if !old.Absent {
			lines = append(lines, "no "+peer)
		}
		return lines
	}
	was := *old
	if old.Absent {
		was = End{}
		lines = append(lines, fmt.Sprintf("%s remote-as %d", peer, st.remoteAS(l, side)))
		if e.Role {
			lines = append(lines, peer+" local-role "+[]string{Customer: "provider", Peer: "peer", Provider: "customer"}[e.Relation])
		}
	}
	say := func(text string, now, before bool) {
		if now != before && now {
			lines = append(lines, peer+" "+text)
		} else if now != before {
			lines = append(lines, "no "+peer+" "+text)
		}
	}
	if e.Hold != was.Hold {
		lines = append(lines, fmt.Sprintf("%s timers %d %d", peer, e.Hold/3, e.Hold))
	}
	say("passive", e.Passive, was.Passive)
	for k, family := range []string{"ipv4", "ipv6"} {
		if k == 1 && !l.IPv6 {
			continue
		}
		lines = append(lines, "address-family "+family+" unicast")
		if old.Absent {
			lines = append(lines, peer+" activate")
			if l.AddPath && side == 0 {
				lines = append(lines, peer+" addpath-tx-all-paths")
			}
		}
		if old.Absent && e.Relation != Internal {
			lines = append(lines, fmt.Sprintf("%s route-map IN-%d in", peer, l.N))
		}
		if e.Relation != Internal && (old.Absent || l.mapOut(e) != l.mapOut(old)) {
			lines = append(lines, fmt.Sprintf("%s route-map %s out", peer, l.mapOut(e)))
		}
		say("route-reflector-client", e.Client, was.Client)
		say("next-hop-self", e.NextHopSelf, was.NextHopSelf)
		lines = append(lines, "exit-address-family")
	}
	say("shutdown", e.Shutdown, was.Shutdown)
	return lines
}

func address(id uint32) string {
	return netip.AddrFrom4([4]byte{byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}).String()
}
