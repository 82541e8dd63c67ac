package rib

import (
	"math"

	"bgpsh/wire"
)

// PrefixLimit is `maximum-prefix` of one family of a session. The zero value sets none.
type PrefixLimit struct {
	Max   uint32 // prefixes that may be accepted; 0: no limit
	Warn  uint32 // reported when there are more
	Force bool   // prefixes that policy refuses count too
	// WarnOnly is for who hears of the events: the session does not end.
	WarnOnly bool
}

// LimitEvent is what a neighbor's number of prefixes has just passed.
type LimitEvent uint8

// The events of a PrefixLimit. Each comes once, and again when the number was lower meanwhile.
const (
	PastWarning LimitEvent = iota + 1
	PastMax
)

// gauge watches a neighbor's number of prefixes in one table. While nothing is configured its bounds are never reached.
type gauge struct {
	limit PrefixLimit
	high  uint32     // the number at which something is to be reported
	low   uint32     // the number below which the last report may come again
	said  LimitEvent // the last report
}

// set begins to watch by another limit.
func (g *gauge) set(l PrefixLimit) {
	*g = gauge{limit: l}
	g.aim()
}

// aim fixes the bounds by what was said last.
func (g *gauge) aim() {
	g.high, g.low = math.MaxUint32, 0
	switch l := &g.limit; {
	case l.Max == 0:
	case g.said == 0:
		g.high = min(l.Warn, l.Max) + 1
	case g.said == PastWarning:
		g.high, g.low = l.Max+1, l.Warn+1
	default:
		g.low = l.Max + 1
	}
	if g.high == 0 {
		g.high = math.MaxUint32
	}
}

// gauged is the number that the limit counts.
func (a *adj) gauged() uint32 {
	if a.gauge.limit.Force {
		return a.received
	}
	return a.accepted
}

// risen looks at the limit after the number may have grown.
func (t *table) risen(a *adj) {
	n := a.gauged()
	for n >= a.gauge.high {
		g := &a.gauge
		g.said = PastWarning
		if n > g.limit.Max {
			g.said = PastMax
		}
		g.aim()
		if t.config.Limited != nil {
			t.config.Limited(a.id, t.family, g.limit, g.said, n)
		}
	}
}

// fallen makes reports possible again after the number may have shrunk.
func (a *adj) fallen() {
	for n := a.gauged(); n < a.gauge.low; {
		a.gauge.said--
		a.gauge.aim()
	}
}

// SetLimit changes the limit of an established session. A number that is over it already is reported at once.
func (r *RIB) SetLimit(p PeerID, f wire.Family, l PrefixLimit) {
	if t, a := r.adj(p, f); a != nil && a.up && p != Local && a.gauge.limit != l {
		a.gauge.set(l)
		t.risen(a)
	}
}
