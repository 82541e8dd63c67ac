package rib

import (
	"iter"
	"net/netip"
	"slices"
	"time"

	"bgpsh/wire"
)

// Lookup gives the route to exactly p.
func (r *RIB) Lookup(f wire.Family, p netip.Prefix) (RouteView, bool) {
	t := r.table(f)
	if t == nil || !p.IsValid() || p.Addr().Is6() != t.six {
		return RouteView{}, false
	}
	return r.route(t, t.find(wire.PrefixFrom(p)), true)
}

// LookupAddr gives the most specific route to a that has a best path, and where none has, the most specific one with any
// path.
func (r *RIB) LookupAddr(f wire.Family, a netip.Addr) (RouteView, bool) {
	t := r.table(f)
	if t == nil || !a.IsValid() || a.Is6() != t.six {
		return RouteView{}, false
	}
	a = a.WithZone("")
	id := t.longest(a, func(d *slot) bool { return d.flags&flagBest != 0 })
	if id == 0 {
		id = t.longest(a, func(d *slot) bool { return d.count > 0 })
	}
	return r.route(t, id, true)
}

// route gives a destination with all its paths; peers asks for the list of those who hold it.
func (r *RIB) route(t *table, id destID, peers bool) (RouteView, bool) {
	if id == 0 || t.slot(id).count == 0 {
		return RouteView{}, false
	}
	v := r.view(t, id)
	v.Paths = make([]PathView, 0, t.slot(id).count)
	for p := range t.alive(id) {
		v.Paths = append(v.Paths, r.pathView(t, id, p))
	}
	t.explainInto(t.slot(id), id, &v)
	if peers {
		v.AdvertisedTo = t.advertisedTo(id)
	}
	return v, len(v.Paths) > 0
}

// view gives a destination without its paths.
func (r *RIB) view(t *table, id destID) RouteView {
	v := RouteView{Prefix: t.prefix(id).Netip(t.family), Version: t.version}
	if d := t.slot(id); d.flags&flagBest != 0 {
		switch bits := t.attrs.recs.at(d.best.post).bits; {
		case bits&hasNoAdvertise != 0:
			v.Suppress = NoAdvertise
		case bits&hasNoExport != 0:
			v.Suppress = NoExport
		}
	}
	return v
}

// alive gives the paths of sessions that are up, the inline one first.
func (t *table) alive(id destID) iter.Seq[*path] {
	return func(yield func(*path) bool) {
		for p := range t.paths.iterate(t.slot(id)) {
			if !t.dead(p) && !yield(p) {
				return
			}
		}
	}
}

// pathView copies a path of a destination.
func (r *RIB) pathView(t *table, id destID, p *path) PathView {
	src := t.sources.recs.at(p.src)
	a := t.adjs[src.peer]
	v := PathView{
		Peer: src.peer, PathID: src.pathID, Addr: a.addr, RouterID: a.router,
		Reason: p.reason(), Local: src.peer == Local, Internal: a.internal, Confed: a.confederation,
		Stale: a.outdated()>>p.epoch()&1 != 0, LongLived: a.aged>>p.epoch()&1 != 0,
		Arrival: r.config.Start.Add(time.Duration(p.arrival()) * arrivalUnit * time.Second),
		Versus:  -1,

		Aggregate:  src.peer == Local && src.pathID == aggregateID,
		Suppressed: len(t.suppressing) > 0 && p.usable() && t.suppressed(t.prefix(id), p),
	}
	if p.pre != 0 {
		v.Pre = slices.Clone(t.attrs.came(p.pre))
	}
	switch {
	case p.usable() && p.post == p.pre && !t.attrs.made(p.post):
		v.Post = v.Pre
	case p.usable():
		v.Post = slices.Clone(t.attrs.attrs(p.post))
	}
	return v
}

// explainInto fills in what the decision said of the paths in v, which are the living ones of d.
func (t *table) explainInto(d *slot, id destID, v *RouteView) {
	if len(v.Paths) == 1 && d.flags&flagBest != 0 && !t.dead(&d.best) {
		v.Paths[0].Best, v.Paths[0].Step = true, StepFirst
		return
	}
	paths := slices.Collect(t.alive(id))
	for _, w := range t.explain(d) {
		p := &v.Paths[slices.Index(paths, w.path)]
		p.Step = w.step
		if w.to != nil {
			p.Versus = slices.Index(paths, w.to)
		}
	}
	if len(paths) > 0 && paths[0] == &d.best && d.flags&flagBest != 0 {
		v.Paths[0].Best = true
	}
	for _, p := range t.beside(d) {
		v.Paths[slices.Index(paths, p)].Multi, v.Paths[0].Multi = true, true
	}
}

// advertisedTo lists the neighbors that hold a route to the destination from us.
func (t *table) advertisedTo(id destID) (peers []PeerID) {
	for _, a := range t.adjs {
		if a != nil && a.member != nil && t.hears(a.member, id) {
			peers = append(peers, a.id)
		}
	}
	return peers
}

// hears reports whether a member holds a route to the destination from us.
func (t *table) hears(m *member, id destID) bool {
	if !m.wide() {
		return t.sent(m, id) != 0
	}
	for n := t.lanes.of(id); n != 0; n = t.lanes.recs.at(n).next {
		if t.sent(m, n) != 0 {
			return true
		}
	}
	return false
}

// sent gives the attributes that a member holds of a spot, as far as they are known: of one that it was told while it is
// behind only the new ones. 0: it holds none.
func (t *table) sent(m *member, id spot) attrID {
	g := m.judge(id)
	attr := t.due(g, m, id)
	if !m.backlog.needs(id) {
		return attr
	}
	if m.backlog.has(id) && m.backlog.had[id>>6]>>(id&63)&1 != 0 {
		return attr
	}
	return 0
}

// withheld gives the reason why a neighbor does not hold the best path of a destination, 0 when it does; with ADD-PATH any
// path will do.
func (t *table) withheld(a *adj, id destID) Reason {
	if m := a.member; m != nil && t.slot(id).flags&flagBest != 0 && t.hears(m, id) {
		return 0
	}
	attr, reason := t.decision(a, id)
	t.attrs.release(attr)
	if reason == 0 {
		return Pending
	}
	return reason
}

// Withheld gives the reason why p does not hold the best path to a prefix, 0 when it does.
func (r *RIB) Withheld(p PeerID, f wire.Family, prefix netip.Prefix) Reason {
	t, a := r.adj(p, f)
	if a == nil {
		return NotNegotiated
	}
	id := t.find(wire.PrefixFrom(prefix))
	if id == 0 {
		return NoBestPath
	}
	return t.withheld(a, id)
}

// Counters gives p's counts of f.
func (r *RIB) Counters(p PeerID, f wire.Family) Counters {
	t, a := r.adj(p, f)
	if a == nil {
		return Counters{}
	}
	c := Counters{
		Received: a.received, Accepted: a.accepted, Refused: a.refused, Stale: a.staleCount(),
		Limited: a.limited, Best: a.best, EndOfRIBIn: a.endIn,
	}
	if m := a.member; m != nil {
		c.Sent = m.sent
		if m.streaming {
			c.Sent = m.to.column.sentTo(p)
		}
		if m.to != nil {
			c.Group = m.to.number
		}
		c.DefaultSent = m.to != nil && m.to.key.Default && t.holds(m, t.pinned) && m.to.column.get(t.pinned).src == t.adjs[Local].source
		if m.to != nil && m.to.sendIf != nil {
			met, known := m.to.sendIf.holds()
			c.Advertising = known && met != m.to.key.Unless
		}
		c.EndOfRIBOut, c.Blocked = m.ending == ended, m.gate.blocked
		c.Pending = m.busy || m.gate.blocked || m.to != nil && (!m.streaming || m.to.cursor.count > 0)
	}
	return c
}

// Totals gives the counts of the table of f.
func (r *RIB) Totals(f wire.Family) Totals {
	t := r.table(f)
	if t == nil {
		return Totals{}
	}
	usable := uint32(0)
	for _, a := range t.adjs {
		usable += a.accepted
	}
	return Totals{
		Usable: usable, Destinations: t.ndests, Routed: t.routed, Paths: t.npaths, Version: t.version, TooLong: t.nTooLong, Groups: len(t.groups),
	}
}

// Version grows with every change of a best path of f.
func (r *RIB) Version(f wire.Family) uint64 {
	if t := r.table(f); t != nil {
		return t.version
	}
	return 0
}
