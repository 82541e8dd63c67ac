package rib

import (
	"cmp"
	"slices"
)

// Step is a rung of the decision ladder: what set two paths apart.
type Step uint8

// The steps in the order of comparison (RFC 4271 9.1.2.2, with FRR's order and names).
const (
	StepNone Step = iota // nothing to select
	StepFirst
	StepStale // RFC 9494 4.3: a long-lived stale path is the last choice
	StepWeight
	StepLocalPref
	StepLocal
	StepASPath
	StepOrigin
	StepMED
	StepPeerType
	StepIGPMetric // all next hops count as reached at metric 0
	StepConfedPeerType
	StepOlder
	StepRouterID
	StepClusterLen
	StepNeighborIP
	StepEqual
	stepCount
)

var stepTexts = [stepCount]string{
	StepNone:           "Nothing to Select",
	StepFirst:          "First path received",
	StepStale:          "Path Staleness",
	StepWeight:         "Weight",
	StepLocalPref:      "Local Pref",
	StepLocal:          "Local Route",
	StepASPath:         "AS Path",
	StepOrigin:         "Origin",
	StepMED:            "MED",
	StepPeerType:       "Peer Type",
	StepIGPMetric:      "IGP Metric",
	StepConfedPeerType: "Confed Peer Type",
	StepOlder:          "Older Path",
	StepRouterID:       "Router ID",
	StepClusterLen:     "Cluster length",
	StepNeighborIP:     "Neighbor IP",
	StepEqual:          "Nothing left to compare",
}

// String gives FRR's words for the reason of a selection.
func (s Step) String() string { return stepTexts[min(s, stepCount-1)] }

// contender is a usable path with all that the ladder reads.
type contender struct {
	path      *path
	adj       *adj
	stale     bool // long-lived
	weight    uint32
	localPref uint32
	pathLen   uint32
	origin    uint32
	med       uint32
	group     uint32 // MED is compared between equal ones
	arrival   uint32
	router    uint32 // ORIGINATOR_ID, else the neighbor's identifier (RFC 4456 9)
	clusters  uint32
	pathID    uint32
}

// contend reads a usable path.
func (t *table) contend(p *path) contender {
	src := t.sources.recs.at(p.src)
	x := t.attrs.recs.at(p.post)
	c := contender{
		path: p, adj: t.adjs[src.peer], stale: x.bits&hasLLGRStale != 0, localPref: t.localPref(x), pathLen: uint32(x.pathLen), origin: uint32(x.bits & originMask),
		med: x.med, group: x.neighborAS, arrival: p.arrival(), pathID: src.pathID,
	}
	c.router = c.adj.router
	if x.bits&hasMED == 0 && t.best.MissingMEDWorst {
		c.med = 1<<32 - 1
	}
	if t.best.AlwaysCompareMED {
		c.group = 0
	}
	switch {
	case t.best.IgnoreASPath:
		c.pathLen = 0
	case t.best.ConfedLength && x.bits&hasConfed != 0:
		c.pathLen += uint32(t.attrs.attrs(p.post).ASPath().ConfedLength())
	}
	if x.bits&(hasWeight|hasOriginator|hasClusters) != 0 {
		a := t.attrs.attrs(p.post)
		if w := a.Local().Weight; w != 0 {
			c.weight = w
		}
		if id, ok := a.OriginatorID(); ok {
			c.router = id
		}
		c.clusters = uint32(a.ClusterLen())
	}
	return c
}

// level compares what comes before MED: long-lived staleness, LOCAL_PREF and its like, AS path, origin. Positive: a is the better one.
func level(a, b *contender) (int, Step) {
	switch {
	case a.stale != b.stale:
		return cmp.Compare(bit(b.stale), bit(a.stale)), StepStale
	case a.weight != b.weight:
		return cmp.Compare(a.weight, b.weight), StepWeight
	case a.localPref != b.localPref:
		return cmp.Compare(a.localPref, b.localPref), StepLocalPref
	case (a.adj.id == Local) != (b.adj.id == Local):
		return cmp.Compare(b.adj.id, a.adj.id), StepLocal
	case a.pathLen != b.pathLen:
		return cmp.Compare(b.pathLen, a.pathLen), StepASPath
	case a.origin != b.origin:
		return cmp.Compare(b.origin, a.origin), StepOrigin
	}
	return 0, StepNone
}

// better compares two paths down the ladder and gives the winner and the step that decided (RFC 4271 9.1.2.2). With MED in
// play it is no order of more than two paths: see decide.
func (t *table) better(a, b *contender) (*contender, Step) {
	c, step := level(a, b)
	switch external := a.adj.external && b.adj.external; {
	case c != 0:
	case a.group == b.group && a.med != b.med:
		c, step = cmp.Compare(b.med, a.med), StepMED
	case a.adj.inside() != b.adj.inside():
		c, step = cmp.Compare(bit(b.adj.inside()), bit(a.adj.inside())), StepPeerType
	case a.adj.confed != b.adj.confed: // both inside
		c, step = cmp.Compare(bit(a.adj.confed), bit(b.adj.confed)), StepConfedPeerType
	case external && !t.best.CompareRouterID && a.arrival != b.arrival:
		c, step = cmp.Compare(b.arrival, a.arrival), StepOlder
	case a.router != b.router:
		c, step = cmp.Compare(b.router, a.router), StepRouterID
	case a.clusters != b.clusters:
		c, step = cmp.Compare(b.clusters, a.clusters), StepClusterLen
	case a.adj.addr != b.adj.addr:
		c, step = b.adj.addr.Compare(a.adj.addr), StepNeighborIP
	default:
		c, step = cmp.Compare(b.pathID, a.pathID), StepEqual
	}
	if c < 0 {
		return b, step
	}
	return a, step
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// decide gives the best of all usable paths of a destination, nil when there is none.
//
// RFC 4271 9.1.2.2 c takes out each path for which there is one from the same neighbor AS with a lower MED. So a path can
// lose to one that in turn loses to a third, which the first would have beaten: comparing in pairs gives a result that
// depends on the order. Hence the best of each neighbor AS is found first, and then the best of those; within a group, and
// between its winners, better is an order. That is FRR's deterministic-med. Only paths that are equal up to MED need it.
func (t *table) decide(d *slot) *path { return t.among(d, t.usable(d)) }

// among is decide for some of the usable paths of a destination.
func (t *table) among(d *slot, usable []*path) *path {
	if t.grouped(d) {
		return t.decideRing(usable)
	}
	var best *path
	for _, p := range usable {
		if best == nil || t.beats(p, best) {
			best = p
		}
	}
	return best
}

// usable gives the usable paths of sessions that are up. It is good until the next call. The attributes are read ahead, so
// that the memory's answers overlap.
func (t *table) usable(d *slot) []*path {
	t.gathered = t.paths.gather(t.gathered[:0], d)
	n := 0
	for _, p := range t.gathered {
		if p.usable() && !t.dead(p) {
			t.gathered[n] = p
			n++
			t.warmth += t.attrs.recs.at(p.post).med
		}
	}
	return t.gathered[:n]
}

// beats reports whether p is better than best, where MED is compared between all or no paths.
func (t *table) beats(p, best *path) bool {
	if result := t.glance(best, p); result != open {
		return result == wins
	}
	a, b := t.contend(p), t.contend(best)
	w, _ := t.better(&a, &b)
	return w == &a
}

// decideRing is decide where MED is compared within groups.
func (t *table) decideRing(usable []*path) *path {
	top := t.ring[:0] // those equal to the best so far, up to MED
	for _, p := range usable {
		c := t.contend(p)
		if len(top) > 0 {
			if l, _ := level(&c, &top[0]); l < 0 {
				continue
			} else if l > 0 {
				top = top[:0]
			}
		}
		top = append(top, c)
	}
	if t.ring = top; len(top) == 0 {
		return nil
	}
	return t.decideGroups(top).path
}

// decideGroups gives the best of ring, which it sorts.
func (t *table) decideGroups(ring []contender) *contender {
	if len(ring) > 1 {
		slices.SortFunc(ring, func(a, b contender) int { return cmp.Compare(a.group, b.group) })
	}
	var w *contender
	for i := 0; i < len(ring); {
		g := &ring[i] // the winner of its group
		for i++; i < len(ring) && ring[i].group == g.group; i++ {
			g, _ = t.better(g, &ring[i])
		}
		if w == nil {
			w = g
		} else {
			w, _ = t.better(w, g)
		}
	}
	return w
}

// verdict is what became of one usable path in the decision.
type verdict struct {
	path *path
	step Step // where it lost; for the best path, what set it apart from the runner-up
	to   *path
}

// explain repeats the decision and says of each usable path why it is the best or to which path it lost.
func (t *table) explain(d *slot) []verdict {
	var ring []contender
	for p := range t.paths.iterate(d) {
		if p.usable() && !t.dead(p) {
			ring = append(ring, t.contend(p))
		}
	}
	if len(ring) == 0 {
		return nil
	}
	best := *t.decideGroups(ring)
	out := []verdict{{path: best.path, step: StepFirst}}
	var rest []contender
	for i := range ring {
		c := &ring[i]
		if c.path == best.path {
			continue
		}
		rest = append(rest, *c)
		to, step := t.better(&best, c)
		if to == c { // it beats the best path, but a lower MED of its own neighbor AS had taken it out
			to, step = t.rival(ring, c), StepMED
		}
		out = append(out, verdict{path: c.path, step: step, to: to.path})
	}
	if len(rest) > 0 {
		runner := t.decideGroups(rest).path
		i := slices.IndexFunc(out, func(v verdict) bool { return v.path == runner })
		out[0].step, out[0].to = out[i].step, runner
	}
	return out
}

// rival gives the path of the same neighbor AS that beats c.
func (t *table) rival(ring []contender, c *contender) *contender {
	w := c
	for i := range ring {
		if ring[i].group == c.group {
			w, _ = t.better(w, &ring[i])
		}
	}
	return w
}
