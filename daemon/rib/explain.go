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
	// Changing: the decision is about to be taken again, because its knobs changed or the session of one of the paths ended.
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
	Settled       Wait = iota // nothing: it has it
	AwaitGroup                // the turn of its update group
	AwaitQueue                // room in its send queue, which is full
	AwaitTurn                 // its own turn: it is behind its group, or on its way from one to another
	AwaitDelay                // that it is over: see RIB.Quiet
	AwaitInterval             // the next run of updates of its group: see GroupKey.Interval
	AwaitOthers               // the tables of other neighbors, after a restart of our own: see RIB.Defer
)

// Sending is what one neighbor is told of a prefix.
type Sending struct {
	Agreed bool // the session is up and has the family; else the rest is zero but Reason
	Told        // of the best path
	// Default: it is told the default route of default-originate, whatever the best path is.
	Default bool
	Group   int // update group
	// Paths is for a neighbor with ADD-PATH what it is told of each usable path, the best one first, and behind them of those
	// that have gone and that it still holds.
	Paths []SentPath
}

// Told is what one neighbor is told of one path.
type Told struct {
	Reason Reason
	Attrs  wire.Attrs // as decided to be sent; nil with a Reason
	Holds  bool       // it was told of it and has it
	Held   wire.Attrs // as it was told; nil where it holds nothing, or something older that is not kept
	Wait   Wait
	// Policy is the number of its export policy, or of the one that brings back what an aggregate suppresses; 0: none.
	Policy uint32
	// PolicyIn is what export policy was given, nil where it did not get that far.
	PolicyIn wire.Attrs
}

// SentPath is one path for a neighbor with ADD-PATH.
type SentPath struct {
	Told
	ID     uint32 // the identifier that the neighbor sees
	Peer   PeerID // where the path is from
	PathID uint32 // the identifier it came with
	Gone   bool   // there is no such path any more
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
		x.Changing = t.unsettled(d)
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
