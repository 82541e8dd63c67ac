package rib

import (
	"time"

	"bgpsh/wire"
)

// table is one family: destinations, paths, attributes, sources, neighbors and update groups. It shares nothing with
// another table, so a family may later be cut into several of them.
type table struct {
	family wire.Family
	config *Config
	best   BestPath

	defaultLocalPref uint32
	multipath        Multipath

	dests
	paths   paths
	attrs   attrStore
	sources sourceStore
	adjs    []*adj // by PeerID; nil: no such neighbor

	now    time.Time // see RIB.At
	groups []*group
	wide   []*group // of those, the ones with ADD-PATH
	lanes  lanes
	watch  *watch    // nil: nobody looks on
	dying  []*column // of groups that lost their last member
	egress egress
	sweep  sweep

	aggregates  []*aggregate
	suppressing []suppression // of the active ones
	conditions  []*condition
	counting    bool   // some aggregate does not know yet what it is made of
	aggregating bool   // some aggregate is dirty
	arrived     uint32 // the last time that something came in, as paths keep it
	pinned      destID // the default route once a group originates it: it stays though no path leads to it
	version     uint64 // changes of a best path
	npaths      uint32
	ndests      uint32 // destinations with paths
	routed      uint32 // destinations with a best path
	nTooLong    uint64

	reaping  uint32 // tombs still to look at in this pass
	reapable int    // work done since the pass began that may have freed tombs

	ring     []contender // of decide
	gathered []*path     // of usable
	warmth   uint32      // keeps the compiler from leaving out what warm reads
	ahead    ahead
	editor   wire.Editor
	probe    wire.Editor // of maps whose changes do not count
	buf      []byte
}

func newTable(f wire.Family, c *Config) *table {
	t := &table{family: f, config: c, best: c.Best, defaultLocalPref: c.DefaultLocalPref}
	t.dests.init(f == wire.IPv6Unicast, c.Seed^uint64(f))
	t.attrs.init(c.Seed)
	t.sources.init(c.Seed)
	return t
}

// maxPaths is how many paths of one prefix a neighbor may have with ADD-PATH.
const maxPaths = 64

// announce performs the announcement of one prefix by a.
func (t *table) announce(a *adj, n wire.NLRI, pre attrID, post, now uint32) {
	t.announceAt(a, t.dest(n.Prefix, t.hash(n.Prefix)), n, pre, post, now)
}

// dest gives the destination of p, which it makes when there is none.
func (t *table) dest(p wire.Prefix, h uint32) destID {
	id := t.lookup(p, h)
	if id == 0 {
		id = t.create(p, h)
	}
	return id
}

// announceAt performs the announcement of a destination's prefix by a: from here to the bits that tell the update groups.
func (t *table) announceAt(a *adj, id destID, n wire.NLRI, pre attrID, post, now uint32) {
	d := t.slot(id)
	p := path{pre: pre, post: post, src: t.sourceOf(a, n.ID, true), meta: uint32(a.epoch)<<epochShift | now}
	if old := t.paths.find(d, p.src); old != nil {
		t.replace(a, id, d, old, p)
	} else {
		t.insert(a, id, d, p)
	}
}

// insert adds the first path of a source to a destination.
func (t *table) insert(a *adj, id destID, d *slot, p path) {
	if d.flags&flagTomb != 0 {
		t.exhume(d)
	}
	if d.count == 0 {
		t.ndests++
		t.lengths[t.prefix(id).Len]++
	} else if t.sources.recs.at(p.src).pathID != 0 && t.crowded(a, d) {
		a.limited++
		if s := t.sources.recs.at(p.src); s.refs == 0 {
			t.dropSource(p.src, s)
		}
		return
	}
	t.npaths++
	t.hold(&p)
	a.count(id, &p, 1)
	if a.gauged() >= a.gauge.high {
		t.risen(a)
	}
	before := *d
	t.settle(id, d, &before, nil, t.paths.add(d, p))
}

// replace puts a newer path of the same source in the place of old. One that is announced again as it was is as old as it
// was, so that a route refresh changes no decision.
func (t *table) replace(a *adj, id destID, d *slot, old *path, p path) {
	if t.repeats(old, &p) {
		p.meta = p.meta&^arrivalMask | old.arrival()
		if p.post == old.post {
			a.byEpoch[old.epoch()]--
			a.byEpoch[p.epoch()]++
			old.meta = p.meta
			return
		}
	}
	t.hold(&p)
	a.count(id, old, ^uint32(0))
	a.count(id, &p, 1)
	if n := a.gauged(); n >= a.gauge.high {
		t.risen(a)
	} else if n < a.gauge.low {
		a.fallen()
	}
	before, was := *d, *old
	*old = p
	t.settle(id, d, &before, &was, old)
	t.drop(&was)
}

// withdraw performs the withdrawal of one prefix by a.
func (t *table) withdraw(a *adj, n wire.NLRI) { t.withdrawAt(a, t.find(n.Prefix), n) }

// withdrawAt performs the withdrawal of a destination's prefix by a; 0: of a prefix without one.
func (t *table) withdrawAt(a *adj, id destID, n wire.NLRI) {
	src := t.sourceOf(a, n.ID, false)
	if src == 0 || id == 0 {
		return
	}
	d := t.slot(id)
	if p := t.paths.find(d, src); p != nil {
		t.remove(a, id, d, p)
	}
}

// remove takes a path out of its destination.
func (t *table) remove(a *adj, id destID, d *slot, p *path) {
	t.npaths--
	if t.dead(p) {
		a.inChunk[id>>chunkBits]-- // the other counts ended with the session
	} else {
		a.count(id, p, ^uint32(0))
		if a.gauged() < a.gauge.low {
			a.fallen()
		}
	}
	before, was := *d, *p
	t.paths.remove(d, p)
	if d.count == 0 {
		t.ndests--
		t.lengths[t.prefix(id).Len]--
	}
	t.settle(id, d, &before, &was, nil)
	t.drop(&was)
	if d.count == 0 {
		t.bury(id, d)
		t.reapable++
	}
}

// crowded reports whether a has as many paths to d as it may.
func (t *table) crowded(a *adj, d *slot) bool {
	n := 0
	for p := range t.paths.iterate(d) {
		if t.sources.recs.at(p.src).peer == a.id {
			n++
		}
	}
	return n >= maxPaths || d.count == 1<<16-1
}

// hold takes the references of a path.
func (t *table) hold(p *path) {
	t.retainSource(p.src)
	t.attrs.retain(p.pre)
	if p.usable() && p.post != p.pre {
		t.attrs.retain(p.post)
	}
	if checked && p.usable() && t.attrs.recs.at(p.post).bits&bare != 0 {
		panic("rib: a path with attributes of which nothing was extracted")
	}
}

// drop gives them back.
func (t *table) drop(p *path) {
	if p.usable() && p.post != p.pre {
		t.attrs.release(p.post)
	}
	t.attrs.release(p.pre)
	t.releaseSource(p.src)
}

// settle finds the best path after one path changed from was (nil: it is new) to now (nil: it is gone), and tells the
// groups when it is another one. before is the destination as it was.
func (t *table) settle(id destID, d, before *slot, was, now *path) {
	if len(t.wide) > 0 {
		t.spread(id)
	}
	if now != nil && now.usable() {
		t.markMED(d, now)
	}
	had := before.flags&flagBest != 0
	result := open
	if had && (was == nil || was.src != before.best.src) && !t.dead(&d.best) {
		result = t.challenge(d, was, now)
	}
	switch result {
	case keeps:
		return
	case wins:
		t.crown(d, now)
	case open:
		t.crown(d, t.decide(d))
	}
	t.publish(id, d, before)
}

// outcome is what the change of one path other than the best does to the best.
type outcome uint8

const (
	open  outcome = iota // all paths must be looked at
	keeps                // the best path stays the best
	wins                 // the changed path is the best now
)

// challenge compares a path that changed from was to now, either may be nil, with the best one.
func (t *table) challenge(d *slot, was, now *path) outcome {
	usable := now != nil && now.usable()
	if !t.grouped(d) {
		if usable && t.beats(now, &d.best) {
			return wins
		}
		return keeps
	}
	best := t.contend(&d.best)
	if was != nil && was.usable() {
		if w := t.contend(was); tied(&w, &best) {
			return open // by its MED it may have taken out a path that comes back
		}
	}
	if !usable {
		return keeps
	}
	n := t.contend(now)
	if tied(&n, &best) {
		return open
	}
	if w, _ := t.better(&n, &best); w == &n {
		return wins
	}
	return keeps
}

// grouped reports whether the paths of a destination must be compared by neighbor AS first.
func (t *table) grouped(d *slot) bool {
	return d.flags&(flagMED|flagKin) == flagMED|flagKin && !t.best.AlwaysCompareMED
}

// markMED notes what decides whether MED makes a difference: only between paths of one neighbor AS.
func (t *table) markMED(d *slot, p *path) {
	if t.attrs.recs.at(p.post).bits&hasMED != 0 {
		d.flags |= flagMED
	}
	if d.flags&flagKin == 0 && !t.alone(p) {
		d.flags |= flagKin
	}
}

// glance compares a path with the best one as far as that needs no more than the attribute records: two paths without weight,
// not long-lived stale and not of our own, differ in LOCAL_PREF or the length of the AS path. open: they do not.
func (t *table) glance(best, p *path) outcome {
	x, y := t.attrs.recs.at(best.post), t.attrs.recs.at(p.post)
	if (x.bits|y.bits)&(hasWeight|hasLLGRStale) != 0 || best.src == t.adjs[Local].source || p.src == t.adjs[Local].source {
		return open
	}
	switch old, fresh := t.localPref(x), t.localPref(y); {
	case fresh > old:
		return wins
	case fresh < old:
		return keeps
	case t.best.IgnoreASPath || x.pathLen == y.pathLen || t.best.ConfedLength && (x.bits|y.bits)&hasConfed != 0:
		return open
	case y.pathLen < x.pathLen:
		return wins
	}
	return keeps
}

// localPref gives LOCAL_PREF, or what stands for it.
func (t *table) localPref(x *attr) uint32 {
	if x.bits&hasLocalPref != 0 {
		return x.localPref
	}
	return t.defaultLocalPref
}

// tied reports whether MED is the next thing to compare.
func tied(a, b *contender) bool {
	c, _ := level(a, b)
	return c == 0
}

// crown makes p, one of d's paths, the best one; nil: there is none.
func (t *table) crown(d *slot, p *path) {
	if p == nil {
		d.flags &^= flagBest
		return
	}
	d.best, *p = *p, d.best
	d.flags |= flagBest
}

// publish sets the destination's bit for every group, if its best path is another one than before.
func (t *table) publish(id destID, d, before *slot) {
	had, has := before.flags&flagBest != 0, d.flags&flagBest != 0
	if had == has && (!has || d.best.src == before.best.src && t.attrs.alike(d.best.post, before.best.post)) {
		return
	}
	if had {
		t.routed--
		if s := t.sources.recs.at(before.best.src); t.adjs[s.peer].era == s.era {
			t.adjs[s.peer].best--
		}
	}
	if has {
		t.routed++
		t.adjOf(&d.best).best++
	}
	if !has {
		t.lost(id)
	}
	t.version++
	if t.aggregates != nil {
		t.contributed(id, before, d, had, has)
	}
	for _, g := range t.groups {
		t.concern(g, id)
	}
	for _, c := range t.conditions {
		c.cursor.add(id)
	}
	if t.watch != nil && t.watch.mark(t, id, before) && t.config.Changed != nil {
		t.config.Changed()
	}
}
