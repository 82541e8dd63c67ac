package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
	"bgpsh/tests/sim"
	"bgpsh/wire"
)

// Bounds of what may wait anywhere in a daemon, whatever happens around it.
const (
	mostItems   = 24        // in a stream: what the peer causes, and what the session and operators say
	mostMail    = 40        // in a session's inbox
	mostLinks   = 4         // of one session: two connections, a dial, one being replaced
	mostUrgent  = 40        // messages of the session in a ring
	mostPastRun = 128 << 10 // bytes over the limit that a ring may hold: what one turn hands over at once
)

// peaks are the most that ever waited.
type peaks struct {
	items, mail, links, ring, sockets int
	kept                              int // routes of neighbors that were away, in one router
}

func (a *peaks) raise(b peaks) {
	a.items, a.mail, a.links = max(a.items, b.items), max(a.mail, b.mail), max(a.links, b.links)
	a.ring, a.sockets, a.kept = max(a.ring, b.ring), max(a.sockets, b.sockets), max(a.kept, b.kept)
}

// rules panics when a daemon breaks one of the rules that hold at every moment. In the middle of work, what waits is looked
// at; here the tables are too.
func (p *player) rules() {
	for i := range p.plan.Routers {
		h := p.routers[p.plan.Routers[i].N]
		p.sessionsRules(h.simNode)
		if h.up {
			p.tableRules(h)
		}
	}
}

func (p *player) sessionsRules(h *simNode) {
	for _, s := range h.sessions {
		if h.up && !s.retired {
			p.sessionRules(h, s)
		}
	}
}

func (p *player) sessionRules(h *simNode, s *session) {
	s.stream.mu.Lock()
	now := peaks{items: len(s.stream.items), mail: s.inbox.len(), links: len(s.links), sockets: int(s.sockets.Load())}
	caused := s.stream.caused
	s.stream.mu.Unlock()
	for _, l := range s.links {
		buffers, bytes := l.ring.depth()
		now.ring = max(now.ring, bytes)
		if bytes > h.loop.ringLimit+mostPastRun || bytes == 0 && buffers > mostUrgent {
			panic(fmt.Sprintf("%s %s: %d bytes in %d buffers wait to be written", h.name, s.name, bytes, buffers))
		}
	}
	p.played.peak.raise(now)
	if caused > streamLimit+1 || now.items > mostItems || now.mail > mostMail || now.links > mostLinks || now.sockets > maxSockets+2 {
		panic(fmt.Sprintf("%s %s: too much waits: %+v, caused by the peer %d", h.name, s.name, now, caused))
	}
	if s.up == nil {
		return
	}
	silent := p.now.Sub(s.instant(s.up.lastRead.Load()))
	if hold := s.agreed.HoldTime; hold > 0 && silent > hold+time.Second && !s.up.waiting.Load() {
		panic(fmt.Sprintf("%s %s: up although nothing was heard for %v", h.name, s.name, silent))
	}
}

// tableRules holds a table to what no order of events can excuse: no route of a session that is down, unless it is kept for a
// while, no path through ourselves.
func (p *player) tableRules(h *simHost) {
	as, kept := h.controller.local.as, 0
	for _, f := range config.Families {
		eachRoute(h.loop.rib, rib.Query{Family: f}, func(v *rib.RouteView) {
			for _, path := range v.Paths {
				switch {
				case path.Local || path.Post == nil:
				case h.loop.rings[path.Peer] == nil && path.Stale:
					if kept++; !h.keeps(p.now, path.Peer) {
						panic(fmt.Sprintf("%s: %s is kept from %s for too long", h.name, v.Prefix, path.Addr))
					}
				case h.loop.rings[path.Peer] == nil:
					panic(fmt.Sprintf("%s: %s is known from %s, whose session is down", h.name, v.Prefix, path.Addr))
				case path.Best && path.Post.ASPath().Contains(as):
					panic(fmt.Sprintf("%s: %s has our AS in its path %s", h.name, v.Prefix, path.Post.ASPath()))
				}
			}
		})
	}
	p.played.peak.raise(peaks{kept: kept})
}

// keeps reports whether a router may still have routes of a neighbor whose session it lost.
func (h *simHost) keeps(now time.Time, peer rib.PeerID) bool {
	return slices.ContainsFunc(h.sessions, func(s *session) bool {
		until := s.retained.Deadline()
		return s.stream.peer == peer && (s.inbox.len() > 0 || !until.IsZero() && !until.Before(now.Add(-time.Second)))
	})
}

func eachRoute(r *rib.RIB, q rib.Query, visit func(*rib.RouteView)) {
	l := r.List(q)
	for done := false; !done; {
		var page []rib.RouteView
		page, done = l.Next(100, 1000)
		for i := range page {
			visit(&page[i])
		}
	}
}

// compare tells what is not as it must be in the end; nil: everything is.
func (p *player) compare(want *sim.Answer) error {
	for i := range p.plan.Links {
		if err := p.linked(&p.plan.Links[i]); err != nil {
			return err
		}
	}
	for i := range p.plan.Routers {
		n := p.plan.Routers[i].N
		if err := p.routers[n].idle(); err != nil {
			return err
		}
		if have, want := p.routers[n].routes(p.state.Wide(n)), want.Text(n); !slices.Equal(have, want) {
			return fmt.Errorf("%s: %s", p.routers[n].name, difference(have, want))
		}
	}
	return nil
}

// linked holds the two ends of a session against each other.
func (p *player) linked(l *sim.Link) error {
	a, b := p.sessionAt(l.N, 0), p.sessionAt(l.N, 1)
	up := func(s *session) bool { return s != nil && s.up != nil }
	switch want := p.state.Wanted(l.N); {
	case !want && (up(a) || up(b)):
		return fmt.Errorf("link %d: a session that is not wanted is up", l.N)
	case want && !(up(a) && up(b)):
		text := ""
		for _, s := range []*session{a, b} {
			if s == nil {
				text += " none"
				continue
			}
			text += fmt.Sprintf(" %s to %s %v;", s.peer.State(), s.name, s.view.Load().down)
		}
		return fmt.Errorf("link %d: the session is not up: %s", l.N, text)
	case want && transport.Channel(a.up.conn) != transport.Channel(b.up.conn):
		return fmt.Errorf("link %d: the ends are up on two connections", l.N)
	}
	return nil
}

// idle tells what a daemon still has to do.
func (h *simHost) idle() error {
	for _, s := range h.sessions {
		if s.up == nil || s.retired {
			continue
		}
		for _, f := range s.agreed.Families {
			if c := h.loop.rib.Counters(s.stream.peer, f); c.Pending || c.Blocked || !c.EndOfRIBIn || !c.EndOfRIBOut || c.Stale > 0 {
				return fmt.Errorf("%s: %s is not done: %+v", h.name, s.name, c)
			}
		}
	}
	return nil
}

// routes lists the best routes as the twin writes them, or all that are usable.
func (h *simHost) routes(all bool) (out []string) {
	for _, f := range config.Families {
		eachRoute(h.loop.rib, rib.Query{Family: f}, func(v *rib.RouteView) {
			for i := range v.Paths {
				if path := &v.Paths[i]; path.Best || all && path.Post != nil {
					out = append(out, routeOf(v.Prefix, path).Text(path.Addr))
				}
			}
		})
	}
	slices.Sort(out)
	return out
}

// routeOf puts a path into the twin's terms.
func routeOf(prefix netip.Prefix, path *rib.PathView) *sim.Route {
	a := path.Post
	r := &sim.Route{Prefix: prefix, LocalPref: 100, MED: -1, Origin: a.Origin(), NextHop: a.NextHop()}
	if !path.Local {
		r.Link = -1
	}
	for s := range a.ASPath().Segments {
		for i := range s.Len() {
			if s.Type == wire.SegmentConfedSequence {
				r.Confed = append(r.Confed, s.At(i))
			} else {
				r.Path = append(r.Path, s.At(i))
			}
		}
	}
	if v, ok := a.LocalPref(); ok {
		r.LocalPref = v
	}
	if v, ok := a.MED(); ok {
		r.MED = int(v)
	}
	for i := range a.Communities().Len() {
		c := a.Communities().At(i)
		r.Community = append(r.Community, fmt.Sprintf("%d:%d", c>>16, c&0xffff))
	}
	slices.Sort(r.Community)
	r.Originator, _ = a.OriginatorID()
	for i := range a.ClusterList().Len() {
		r.Clusters = append(r.Clusters, a.ClusterList().At(i))
	}
	return r
}

// difference lists what one has and the other has not.
func difference(have, want []string) string {
	text := ""
	for _, line := range have {
		if !slices.Contains(want, line) {
			text += "\n  has   " + line
		}
	}
	for _, line := range want {
		if !slices.Contains(have, line) {
			text += "\n  lacks " + line
		}
	}
	return text
}

// mirrored compares what each end of a session says that it has sent with what the other says that it has received.
func (p *player) mirrored() error {
	for i := range p.plan.Links {
		l := &p.plan.Links[i]
		for side := range 2 {
			from, to := p.sessionAt(l.N, side), p.sessionAt(l.N, 1-side)
			if from == nil || to == nil || from.up == nil {
				continue
			}
			for _, f := range from.agreed.Families {
				sent := list(from, rib.Query{Family: f, View: rib.ViewAdvertised, Peer: from.stream.peer}, func(v *rib.PathView) (uint32, wire.Attrs) { return v.SentID, v.Sent })
				got := list(to, rib.Query{Family: f, View: rib.ViewReceived, Peer: to.stream.peer}, func(v *rib.PathView) (uint32, wire.Attrs) { return v.PathID, v.Pre })
				if len(sent) != len(got) {
					return fmt.Errorf("link %d: %s sent %d routes, the other has %d", l.N, p.name(l, side), len(sent), len(got))
				}
				for prefix, a := range sent {
					if _, inside := a.LocalPref(); l.Ends[side].Relation != sim.Internal && (inside || a.ASPath().HasConfed()) {
						return fmt.Errorf("link %d: %s sent %s out of its AS with %x", l.N, p.name(l, side), prefix, a)
					}
					if !bytes.Equal(a, got[prefix]) {
						return fmt.Errorf("link %d: %s sent %s with %x, the other has %x", l.N, p.name(l, side), prefix, a, got[prefix])
					}
				}
			}
		}
	}
	return nil
}

// list gives attributes by prefix and path identifier.
func list(s *session, q rib.Query, of func(*rib.PathView) (uint32, wire.Attrs)) map[string]wire.Attrs {
	out := map[string]wire.Attrs{}
	eachRoute(s.ribs.rib, q, func(v *rib.RouteView) {
		for i := range v.Paths {
			id, a := of(&v.Paths[i])
			out[fmt.Sprint(v.Prefix, " id ", id)] = a
		}
	})
	return out
}

// forwarding follows the next hops of every route to where it is originated.
func (p *player) forwarding(want *sim.Answer) error {
	owner := map[netip.Addr]int{}
	for i := range p.plan.Links {
		for side := range 2 {
			l := &p.plan.Links[i]
			owner[l.Addr(side)], owner[l.Addr6(side)] = l.Ends[side].Router, l.Ends[side].Router
		}
	}
	for n := range want.Tables {
		for prefix := range want.Tables[n] {
			at, hops := n, 0
			for ; hops <= len(p.plan.Routers); hops++ {
				v, ok := p.routers[at].loop.rib.Lookup(config.Families[indexOf(prefix.Addr())], prefix)
				if !ok || len(v.Paths) == 0 || !v.Paths[0].Best {
					return fmt.Errorf("%s from r%d ends at r%d, which does not know it", prefix, n, at)
				}
				if v.Paths[0].Local {
					break
				}
				at = owner[v.Paths[0].Post.NextHop()]
			}
			if hops > len(p.plan.Routers) {
				return fmt.Errorf("%s from r%d goes round in circles", prefix, n)
			}
		}
	}
	return nil
}

// told counts the UPDATEs that all daemons have sent and received, and the sessions that came and went.
func (p *player) told() (n [3]uint64) {
	for i := range p.plan.Routers {
		h := p.routers[p.plan.Routers[i].N]
		for _, s := range h.sessions {
			n[0] += s.counts.out[wire.TypeUpdate].Load()
			n[1] += s.counts.in[wire.TypeUpdate].Load()
			n[2] += s.ups + s.downs
		}
	}
	return n
}

// empty tells what is left in any daemon; nil: nothing.
func (p *player) empty() error {
	for i := range p.plan.Routers {
		h := p.routers[p.plan.Routers[i].N]
		sizes := h.loop.rib.Sizes()
		for _, k := range []rib.Kind{rib.KindDestinations, rib.KindPaths, rib.KindAttributes, rib.KindColumns, rib.KindCursors} {
			if n := sizes[k].Objects; n > 0 {
				return fmt.Errorf("%s holds %d %s: %w", h.name, n, k, errors.New(fmt.Sprint(h.routes(true))))
			}
		}
	}
	return nil
}
