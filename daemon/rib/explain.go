package rib

import (
	"net/netip"
	"slices"
	"time"

	"bgpsh/wire"
)

// Explaining is doing again: nothing about a decision is kept, and every answer here comes from the functions that decide
// (contend, better, export), run once more over what they were given. So an explanation cannot disagree with the table, but
// while the table itself is not up to date, which Explanation.Changing and Sending.Wait say.

// Explanation is why a prefix has the best path that it has, or none. It shares no memory with the RIB.
type Explanation struct {
	Prefix     netip.Prefix
	Version    uint64      // of the table
	Candidates []Candidate // all paths, refused ones too; the best one first, where there is one
	// Changing: the decision is about to be taken again, because its knobs changed or the session of the best path ended.
	Changing bool
	// Covering is the most specific prefix with a best path that holds this one, and CoveringPeer where that path comes
	// from. Invalid: there is none.
	Covering     netip.Prefix
	CoveringPeer PeerID
	Sending      Sending // to ExplainQuery.To
}

// Candidate is one path with its place on the ladder.
type Candidate struct {
	PathView
	// Own and Other are what Step compared: the value of this path and of Candidates[Versus].
	Own, Other Rung
}

// Rung is the value of a path at one step of the ladder.
type Rung struct {
	Number  uint64     // a BGP identifier in host order; 0 or 1 for StepStale, StepLocal (1: originated here) and StepPeerType (1: internal)
	Addr    netip.Addr // of StepNeighborIP
	Time    time.Time  // of StepOlder, to 4 s
	Assumed bool       // the path has no such attribute; Number is what it counts as
}

// Wait says what keeps a neighbor from having what is decided for it.
type Wait uint8

// The waits.
const (
	Settled     Wait = iota // nothing: it has it
	AwaitGroup              // the turn of its update group
	AwaitQueue              // room in its send queue, which is full
	AwaitTurn               // its own turn: it is behind its group, or on its way from one to another
	AwaitOthers             // the tables of other neighbors, after a restart of our own: see RIB.Defer
)

// Sending is what one neighbor is told of a prefix.
type Sending struct {
	Agreed bool // the session is up and has the family; else the rest is zero but Reason
	Reason Reason
	Attrs  wire.Attrs // as decided to be sent; nil with a Reason
	Holds  bool       // it was told the prefix and has it
	Held   wire.Attrs // as it was told; nil where it holds nothing, or something older that is not kept
	Wait   Wait
	Group  int    // update group
	Policy uint32 // number of its export policy, or of the one that brings back what an aggregate suppresses; 0: none
	// PolicyIn is what export policy was given, nil where it did not get that far.
	PolicyIn wire.Attrs
}

// ExplainQuery asks about one prefix, or the most specific one that holds an address.
type ExplainQuery struct {
	Family wire.Family
	Prefix netip.Prefix
	Addr   netip.Addr // where Prefix is invalid
	To     PeerID     // fill Sending; Local: nobody
}

// Explain repeats the decision about a prefix and what comes of it for one neighbor. Its work grows with the paths of that
// prefix alone. False: the table has no path to it.
func (r *RIB) Explain(q ExplainQuery) (x Explanation, ok bool) {
	t := r.table(q.Family)
	if t == nil {
		return x, false
	}
	var v RouteView
	if q.Prefix.IsValid() {
		v, ok = r.Lookup(q.Family, q.Prefix)
	} else {
		v, ok = r.LookupAddr(q.Family, q.Addr)
	}
	x = Explanation{Prefix: q.Prefix, Version: t.version}
	if ok {
		x.Prefix = v.Prefix
	}
	var id destID
	if x.Prefix.IsValid() && x.Prefix.Addr().Is6() == t.six {
		id = t.find(wire.PrefixFrom(x.Prefix))
		t.coverInto(&x)
	}
	if ok {
		d := t.slot(id)
		x.Changing = t.sweep.redo.active || d.flags&flagBest != 0 && t.dead(&d.best)
		x.Candidates = t.candidates(id, v.Paths, r.config.Start)
	}
	if _, a := r.adj(q.To, q.Family); a != nil && q.To != Local {
		x.Sending = t.sending(a, id)
	}
	return x, ok
}

// candidates adds to the paths of a destination what their steps compared.
func (t *table) candidates(id destID, views []PathView, start time.Time) []Candidate {
	paths := slices.Collect(t.alive(id))
	out := make([]Candidate, len(views))
	for i := range views {
		c := &out[i]
		c.PathView = views[i]
		if c.Versus >= 0 {
			c.Own, c.Other = t.rung(paths[i], c.Step, start), t.rung(paths[c.Versus], c.Step, start)
		}
	}
	return out
}

// rung reads from a path what better compares at a step.
func (t *table) rung(p *path, s Step, start time.Time) Rung {
	c, bits := t.contend(p), t.attrs.recs.at(p.post).bits
	number := func(n uint32) Rung { return Rung{Number: uint64(n)} }
	switch s {
	case StepStale:
		return number(uint32(bit(c.stale)))
	case StepWeight:
		return number(c.weight)
	case StepLocalPref:
		return Rung{Number: uint64(c.localPref), Assumed: bits&hasLocalPref == 0}
	case StepLocal:
		return number(uint32(bit(c.adj.id == Local)))
	case StepASPath:
		return number(c.pathLen)
	case StepOrigin:
		return number(c.origin)
	case StepMED:
		return Rung{Number: uint64(c.med), Assumed: bits&hasMED == 0}
	case StepPeerType:
		return number(uint32(bit(c.adj.inside())))
	case StepOlder:
		return Rung{Number: uint64(c.arrival), Time: start.Add(time.Duration(c.arrival) * arrivalUnit * time.Second)}
	case StepRouterID:
		return number(c.router)
	case StepClusterLen:
		return number(c.clusters)
	case StepNeighborIP:
		return Rung{Addr: c.adj.addr}
	}
	return number(c.pathID)
}

// coverInto finds the most specific prefix with a best path around x.Prefix.
func (t *table) coverInto(x *Explanation) {
	for length := x.Prefix.Bits() - 1; length >= 0; length-- {
		if t.lengths[length] == 0 {
			continue
		}
		id := t.find(wire.PrefixFrom(netip.PrefixFrom(x.Prefix.Addr(), length)))
		if id == 0 {
			continue
		}
		if d := t.slot(id); d.flags&flagBest != 0 && !t.dead(&d.best) {
			x.Covering, x.CoveringPeer = t.prefix(id).Netip(t.family), t.adjOf(&d.best).id
			return
		}
	}
}

// decision gives what is decided about a destination, 0 for none, for one neighbor: the attributes that it is to have, with a
// reference for the caller, or the reason why it is to have none.
func (t *table) decision(a *adj, id destID) (attrID, Reason) {
	switch {
	case a.member == nil:
		return 0, NotNegotiated
	case id != 0 && id == t.pinned && a.family.DenyOut == 0 && a.member.to.key.Default:
		if attr, reason := t.defaultRoute(a.member.to); reason != NoDefault || t.slot(id).flags&flagBest == 0 {
			return attr, reason
		}
	}
	switch {
	case id == 0 || t.slot(id).flags&flagBest == 0:
		return 0, NoBestPath
	case a.family.DenyOut != 0:
		return 0, a.family.DenyOut
	}
	d := t.slot(id)
	if t.sources.recs.at(d.best.src).peer == a.id {
		return 0, SplitHorizon
	}
	attr, reason := t.offered(a.member.to, id, &d.best)
	if reason == 0 && a.member.to.full() && a.member.to.column.get(id).attr == 0 {
		t.attrs.release(attr)
		return 0, LimitOut
	}
	return attr, reason
}

// sending compares what is decided about a destination for one neighbor with what the neighbor was told.
func (t *table) sending(a *adj, id destID) (s Sending) {
	attr, reason := t.overhear(&s, func() (attrID, Reason) { return t.decision(a, id) })
	s.Reason = reason
	m := a.member
	if m == nil {
		return s
	}
	s.Agreed = true
	if m.to != nil {
		s.Group = m.to.number
		if s.PolicyIn == nil {
			s.Policy = m.to.key.Policy
		}
	}
	if attr != 0 {
		s.Attrs = slices.Clone(t.attrs.attrs(attr))
		t.attrs.release(attr)
	}
	if id == 0 {
		return s
	}
	s.Holds = t.holds(m, id)
	if held := t.sent(m, id); held != 0 && !m.backlog.needs(id) {
		s.Held = slices.Clone(t.attrs.attrs(held))
	}
	behind := m.backlog.needs(id) || m.moving && id >= m.at
	switch g := m.judge(id); {
	case t.egress.deferred:
		s.Wait = AwaitOthers
	case behind && m.gate.blocked:
		s.Wait = AwaitQueue
	case behind:
		s.Wait = AwaitTurn
	case g != nil && g.cursor.has(id):
		s.Wait = AwaitGroup
	}
	return s
}

// overhear does what do does, and notes what export policy is given meanwhile.
func (t *table) overhear(s *Sending, do func() (attrID, Reason)) (attrID, Reason) {
	policy := t.config.Export
	if policy == nil {
		return do()
	}
	defer func() { t.config.Export = policy }()
	t.config.Export = func(number uint32, f wire.Family, in wire.Attrs, pfx wire.Prefix, e *wire.Editor) Reason {
		if e == &t.editor { // not the map of an aggregate
			s.PolicyIn, s.Policy = slices.Clone(e.Attrs()), number
		}
		return policy(number, f, in, pfx, e)
	}
	return do()
}

// holds reports whether a member was told a destination and has it still.
func (t *table) holds(m *member, id destID) bool {
	if m.backlog.needs(id) {
		return m.backlog.had[id>>6]>>(id&63)&1 != 0
	}
	return t.sent(m, id) != 0
}
