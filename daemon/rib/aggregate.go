package rib

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"slices"

	"bgpsh/wire"
)

// Path identifiers that keep the router's own routes to one prefix apart. Where all else is equal the lowest is preferred.
const (
	NetworkID       = 0
	aggregateID     = 1
	RedistributedID = 2
)

// ownWeight is the weight of routes that the router makes itself, as in FRR.
const ownWeight = 32768

// Aggregate is one `aggregate-address`.
type Aggregate struct {
	Prefix      wire.Prefix
	SummaryOnly bool  // more specific routes are not announced while the aggregate is
	MatchMED    bool  // there is an aggregate only while all contributing routes have one MED
	HasOrigin   bool  // Origin replaces the worst one of the contributing routes
	Origin      uint8 //
	Leaves      bool  // the router is about to go, see ShutDown

	// Numbers of policies that Config.Export gets; 0: none.
	Map      uint32 // of the aggregate itself: what it makes of its attributes, or that there is none
	Suppress uint32 // more specific routes that it accepts are not announced while the aggregate is
}

// suppression is an aggregate that stands for more specific routes: for those that a map accepts, or for all where it is 0.
type suppression struct {
	prefix wire.Prefix
	policy uint32
}

// aggregate is one at work. What contributes is counted, not listed: the best paths to more specific prefixes, other
// aggregates of ours excepted.
type aggregate struct {
	Aggregate
	scanned destID // destinations below are counted; those above are by the walk under way
	count   uint32
	origins [3]uint32
	meds    map[uint64]uint32 // by MED, or noMED, with MatchMED
	active  bool              // announced
	dirty   bool              // to be looked at
}

// SetAggregates replaces the aggregates of a family. One that only changes how it is announced stays what it is made of.
func (r *RIB) SetAggregates(f wire.Family, list []Aggregate) {
	t := r.table(f)
	if t == nil {
		return
	}
	old := t.aggregates
	t.aggregates = nil
	for _, g := range old {
		defer t.uses(g.Map, -1)
		defer t.uses(g.Suppress, -1)
	}
	for _, spec := range list {
		t.uses(spec.Map, 1)
		t.uses(spec.Suppress, 1)
		g := &aggregate{Aggregate: spec, meds: map[uint64]uint32{}}
		t.counting = true
		if i := slices.IndexFunc(old, func(o *aggregate) bool { return o.Prefix == spec.Prefix && o.MatchMED == spec.MatchMED }); i >= 0 {
			g = old[i]
			old = slices.Delete(old, i, i+1)
			g.Aggregate, g.dirty, t.aggregating = spec, true, true
		}
		t.aggregates = append(t.aggregates, g)
	}
	for _, g := range old {
		t.endAggregate(g)
	}
	t.suppress()
}

// covers reports a prefix that contributes to the aggregate, if it has a best path.
func (g *Aggregate) covers(p wire.Prefix) bool {
	return p.Len > g.Prefix.Len && p.Cut(g.Prefix.Len) == g.Prefix
}

// contributed counts a change of a destination's best path. The attributes of both are still there.
func (t *table) contributed(id destID, before, d *slot, had, has bool) {
	p := t.prefix(id)
	for _, g := range t.aggregates {
		if id >= g.scanned || !g.covers(p) {
			continue
		}
		if had {
			t.contribute(g, &before.best, ^uint32(0))
		}
		if has {
			t.contribute(g, &d.best, 1)
		}
	}
}

// contribute adds (by = 1) or takes away (by = -1 as unsigned) one path.
func (t *table) contribute(g *aggregate, p *path, by uint32) {
	if s := t.sources.recs.at(p.src); s.peer == Local && s.pathID == aggregateID {
		return
	}
	x := t.attrs.recs.at(p.post)
	g.count += by
	g.origins[min(x.bits&originMask, 2)] += by
	if g.MatchMED {
		med := uint64(x.med)
		if x.bits&hasMED == 0 {
			med = noMED
		}
		if g.meds[med] += by; g.meds[med] == 0 {
			delete(g.meds, med)
		}
	}
	g.dirty, t.aggregating = true, true
}

// noMED stands for the MED of paths that have none.
const noMED = 1 << 32

// matches reports that the contributing routes have one MED, where what is missing counts as it does in the decision.
func (t *table) matches(g *aggregate) bool {
	different, missing := len(g.meds), uint64(0)
	if t.best.MissingMEDWorst {
		missing = 1<<32 - 1
	}
	if g.meds[noMED] > 0 && g.meds[missing] > 0 {
		different--
	}
	return different == 1
}

// countSome goes on with counting what new aggregates are made of, and reports the work done.
func (t *table) countSome(units int) (done int) {
	limit := t.limit()
	for _, g := range t.aggregates {
		for ; g.scanned < limit && done < units; done++ {
			g.scanned = t.countWord(g, g.scanned)
		}
		if g.scanned < limit {
			return done
		}
		if g.scanned != ^destID(0) {
			g.scanned, g.dirty, t.aggregating = ^destID(0), true, true
		}
	}
	t.counting = false
	return done
}

// countWord counts 64 destinations from id on and gives the first one behind them.
func (t *table) countWord(g *aggregate, id destID) destID {
	word := id >> 6
	used := t.used(word / liveWords)[word%liveWords]
	if word == 0 {
		used &^= 1
	}
	for ; used != 0; used &= used - 1 {
		id := word<<6 | uint32(bits.TrailingZeros64(used))
		if d := t.slot(id); d.flags&flagBest != 0 && g.covers(t.prefix(id)) {
			t.contribute(g, &d.best, 1)
		}
	}
	return (word + 1) << 6
}

// aggregateSome announces and withdraws aggregates whose contributing routes changed.
func (t *table) aggregateSome(units int) (done int) {
	if t.counting {
		done = t.countSome(units)
	}
	if !t.aggregating {
		return done
	}
	t.aggregating = false
	for _, g := range t.aggregates {
		if !g.dirty {
			continue
		}
		if g.scanned != ^destID(0) {
			continue // the end of the count comes back to it
		}
		g.dirty = false
		done++
		if g.count > 0 && (!g.MatchMED || t.matches(g)) {
			t.announceAggregate(g)
		} else {
			t.endAggregate(g)
		}
	}
	return done
}

// reaggregate has all aggregates looked at again.
func (t *table) reaggregate() {
	for _, g := range t.aggregates {
		g.dirty, t.aggregating = true, true
	}
}

// announceAggregate puts the aggregate into the table as it is now.
func (t *table) announceAggregate(g *aggregate) {
	e := &t.editor
	e.Reset(nil)
	e.SetOrigin(g.origin())
	e.SetASPath(nil)
	e.SetNextHop(netip.IPv4Unspecified())
	if t.six {
		e.SetNextHop(netip.IPv6Unspecified())
	}
	e.SetUint32(wire.AttrMED, 0)
	e.Set(wire.AttrAtomicAggregate, wire.FlagTransitive, nil)
	aggregator := binary.BigEndian.AppendUint32(nil, t.config.AS)
	e.Set(wire.AttrAggregator, wire.AttrAggregator.DefaultFlags(), binary.BigEndian.AppendUint32(aggregator, t.config.RouterID))
	e.SetLocal(wire.Local{Weight: ownWeight})
	in, reason := slices.Clone(e.Attrs()), Reason(0)
	if g.Map != 0 && t.config.Export != nil {
		reason = t.config.Export(g.Map, netip.Addr{}, t.family, in, g.Prefix, e)
	}
	if g.Leaves {
		ShutDown(e)
	}
	t.announceOwn(wire.NLRI{ID: aggregateID, Prefix: g.Prefix}, in, e.Attrs(), reason, t.arrived)
	t.activate(g, reason == 0)
}

func (t *table) endAggregate(g *aggregate) {
	t.withdraw(t.adjs[Local], wire.NLRI{ID: aggregateID, Prefix: g.Prefix})
	t.activate(g, false)
}

// activate notes whether the aggregate is announced.
func (t *table) activate(g *aggregate, on bool) {
	if g.active != on {
		g.active = on
		t.suppress()
	}
}

// suppress finds the aggregates that stand for their more specific routes. Where these are others than before, everything is
// looked at again.
func (t *table) suppress() {
	var now []suppression
	for _, g := range t.aggregates {
		switch {
		case !g.active:
		case g.SummaryOnly:
			now = append(now, suppression{prefix: g.Prefix})
		case g.Suppress != 0:
			now = append(now, suppression{g.Prefix, g.Suppress})
		}
	}
	if slices.Equal(now, t.suppressing) {
		return
	}
	t.suppressing = now
	t.reviewAll()
}

// reviewAll lets all groups look at everything again.
func (t *table) reviewAll() {
	for _, u := range t.groups {
		u.cursor.fill(&t.dests)
	}
}

// mapChanged applies the map of an aggregate again after it changed.
func (t *table) mapChanged(policy uint32) {
	for _, g := range t.aggregates {
		if g.Map == policy {
			g.dirty, t.aggregating = true, true
		}
		if g.Suppress == policy && g.active {
			t.reviewAll()
		}
	}
}

// origin is the configured one, else the worst of the contributing routes (RFC 4271 9.2.2.2).
func (g *aggregate) origin() uint8 {
	if g.HasOrigin {
		return g.Origin
	}
	for o := uint8(2); o > 0; o-- {
		if g.origins[o] > 0 {
			return o
		}
	}
	return 0
}

// suppressed reports a best path that an aggregate stands for; never an aggregate itself.
func (t *table) suppressed(p wire.Prefix, best *path) bool {
	for _, g := range t.suppressing {
		if p.Len <= g.prefix.Len || p.Cut(g.prefix.Len) != g.prefix {
			continue
		}
		if s := t.sources.recs.at(best.src); s.peer == Local && s.pathID == aggregateID {
			return false
		}
		if g.policy == 0 || t.accepts(g.policy, p, best) {
			return true
		}
	}
	return false
}

// accepts reports whether a policy lets a path pass.
func (t *table) accepts(policy uint32, p wire.Prefix, best *path) bool {
	in := t.attrs.attrs(best.post)
	t.probe.Reset(in)
	return t.config.Export == nil || t.config.Export(policy, t.adjOf(best).addr, t.family, in, p, &t.probe) == 0
}
