package rib

import (
	"net/netip"
	"slices"

	"bgpsh/wire"
)

// decision gives what is decided about a destination, 0 for none, for one neighbor: the attributes that it is to have of the
// best path, with a reference for the caller, or the reason why it is to have none.
func (t *table) decision(a *adj, id destID) (attrID, Reason) {
	if a.member == nil {
		return 0, NotNegotiated
	}
	if attr, reason, ours := t.ownDefault(a, id); ours {
		return attr, reason
	}
	switch {
	case id == 0 || t.slot(id).flags&flagBest == 0:
		return 0, NoBestPath
	case a.family.DenyOut != 0:
		return 0, a.family.DenyOut
	}
	d := t.slot(id)
	return t.pathDecision(a, id, &d.best, t.spotOf(a.member, id, d.best.src))
}

// pathDecision is decision about one path of a destination, whose spot is at; 0: it has none.
func (t *table) pathDecision(a *adj, id destID, p *path, at spot) (attrID, Reason) {
	if t.sources.recs.at(p.src).peer == a.id {
		return 0, SplitHorizon
	}
	g := a.member.to
	attr, reason := t.offered(g, id, p)
	if reason == 0 && g.full() && g.column.get(at).attr == 0 {
		t.attrs.release(attr)
		return 0, LimitOut
	}
	return attr, reason
}

// ownDefault is decision about the default route of a neighbor with default-originate, whatever paths there are; false: the
// destination is another one, or no route meets the condition and there is a path to send instead.
func (t *table) ownDefault(a *adj, id destID) (attr attrID, reason Reason, ours bool) {
	if id == 0 || id != t.pinned || a.family.DenyOut != 0 || !a.member.to.key.Default {
		return 0, 0, false
	}
	attr, reason = t.defaultRoute(a.member.to)
	return attr, reason, reason != NoDefault || t.slot(id).flags&flagBest == 0
}

// spotOf gives the spot of a destination's path from src, 0 when there is none.
func (t *table) spotOf(m *member, id destID, src sourceID) spot {
	if m.wide() {
		return t.lanes.find(id, src)
	}
	return id
}

// sending compares what is decided about a destination for one neighbor with what the neighbor was told.
func (t *table) sending(a *adj, id destID) (s Sending) {
	t.overhear(&s.Told, func() (attrID, Reason) { return t.decision(a, id) })
	m := a.member
	if m == nil {
		return s
	}
	s.Agreed = true
	if attr, _, ours := t.ownDefault(a, id); ours {
		t.attrs.release(attr)
		s.Default = attr != 0
	}
	if m.to != nil {
		s.Group = m.to.number
	}
	if id == 0 {
		return s
	}
	at := id
	if m.wide() {
		s.Paths = t.sendingPaths(a, id)
		src := t.slot(id).best.src
		if len(s.Paths) == 0 { // the default route is ours
			src = t.adjs[Local].source
		}
		at = t.lanes.find(id, src)
	}
	t.state(m, id, at, &s.Told)
	return s
}

// sendingPaths is sending for each path of a destination, to a neighbor with ADD-PATH.
func (t *table) sendingPaths(a *adj, id destID) (out []SentPath) {
	m := a.member
	if attr, _, ours := t.ownDefault(a, id); ours {
		t.attrs.release(attr)
		return nil // none of them
	}
	var chosen []sourceID
	d := t.slot(id)
	if m.to != nil {
		for _, p := range t.selected(d, m.to.key.Paths) {
			chosen = append(chosen, p.src)
		}
	}
	told, changing := map[sourceID]bool{}, t.unsettled(d)
	finish := func(v SentPath, at spot) {
		if t.state(m, id, at, &v.Told); v.Wait == Settled && changing {
			v.Wait = AwaitGroup
		}
		out = append(out, v)
	}
	for _, p := range slices.Clone(t.usable(d)) {
		src := t.sources.recs.at(p.src)
		at := t.lanes.find(id, p.src)
		v := SentPath{ID: p.src, Peer: src.peer, PathID: src.pathID}
		switch {
		case a.family.DenyOut != 0:
			v.Reason = a.family.DenyOut
		case !slices.Contains(chosen, p.src):
			v.Reason = NotSelected
		default:
			t.overhear(&v.Told, func() (attrID, Reason) { return t.pathDecision(a, id, p, at) })
		}
		told[p.src] = true
		finish(v, at)
	}
	for n := t.lanes.of(id); n != 0; n = t.lanes.recs.at(n).next {
		if src := t.lanes.recs.at(n).path; !told[src] && t.holds(m, n) {
			v := SentPath{ID: src, Gone: true}
			v.Reason = NoBestPath
			finish(v, n)
		}
	}
	return out
}

// unsettled reports whether the destination waits for the sweep: a path of a session that is over has not left, or
// everything is decided again.
func (t *table) unsettled(d *slot) bool {
	for p := range t.paths.iterate(d) {
		if t.dead(p) {
			return true
		}
	}
	return t.sweep.redo.active
}

// state fills in what a member holds at a spot of a destination, 0 for none, and what it waits for.
func (t *table) state(m *member, id destID, at spot, s *Told) {
	behind := false
	g := m.to
	if at != 0 {
		s.Holds = t.holds(m, at)
		if held := t.sent(m, at); held != 0 && !m.backlog.needs(at) {
			s.Held = slices.Clone(t.attrs.attrs(held))
		}
		behind = m.backlog.needs(at) || m.moving() && at >= m.at
		g = m.judge(at)
	}
	switch {
	case t.egress.deferred:
		s.Wait = AwaitOthers
	case t.egress.quiet:
		s.Wait = AwaitDelay
	case behind && m.gate.blocked:
		s.Wait = AwaitQueue
	case behind:
		s.Wait = AwaitTurn
	case g != nil && g.cursor.has(id):
		if s.Wait = AwaitGroup; t.resting(g) {
			s.Wait = AwaitInterval
		}
	}
}

// overhear notes what do decides, and what export policy is given meanwhile.
func (t *table) overhear(s *Told, do func() (attrID, Reason)) {
	policy := t.config.Export
	if policy != nil {
		defer func() { t.config.Export = policy }()
		t.config.Export = func(n uint32, from netip.Addr, f wire.Family, in wire.Attrs, pfx wire.Prefix, e *wire.Editor) Reason {
			if e == &t.editor { // not the map of an aggregate
				s.PolicyIn, s.Policy = slices.Clone(e.Attrs()), n
			}
			return policy(n, from, f, in, pfx, e)
		}
	}
	attr, reason := do()
	if s.Reason = reason; attr != 0 {
		s.Attrs = slices.Clone(t.attrs.attrs(attr))
		t.attrs.release(attr)
	}
}

// holds reports whether a member was told of a spot and has it still.
func (t *table) holds(m *member, id spot) bool {
	if m.backlog.needs(id) {
		return m.backlog.had[id>>6]>>(id&63)&1 != 0
	}
	return t.sent(m, id) != 0
}
