package rib

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"bgpsh/wire"
)

// ownRoutes is what the twin knows of aggregates and conditions in one family.
type ownRoutes struct {
	aggregates []Aggregate     // configured
	active     []Aggregate     // of them, those that are announced
	met        map[uint32]bool // conditions, by their policy
}

// The policies that conditions ask.
const (
	firstCondition = 11
	conditions     = 3
)

// conditionMode is what the map of a condition permits.
func conditionMode(mode int, a *modelAttrs, p wire.Prefix) bool {
	switch mode {
	case 1:
		return a.med == 2 && p.Len%2 == 0
	case 2:
		return slices.Contains(a.path, 65003) && a.origin == 2
	case 3:
		return a.atomic
	}
	return false
}

func (p *modelPath) aggregate() bool { return p.peer == Local && p.pathID == aggregateID }

// settle finds the aggregates and conditions that follow from the other paths: it makes them anew, the most specific one first, for
// one may take the place of a path that would have contributed to another.
func (m *model) settle() {
	for six := range m.own {
		own := &m.own[six]
		m.remove(six, (*modelPath).aggregate)
		own.active, own.met = nil, map[uint32]bool{}
		list := slices.Clone(own.aggregates)
		slices.SortFunc(list, func(a, b Aggregate) int { return int(b.Prefix.Len) - int(a.Prefix.Len) })
		for _, g := range list {
			p := m.aggregated(six, &g)
			if p == nil {
				continue
			}
			m.paths[six][g.Prefix] = append(m.paths[six][g.Prefix], p)
			if p.reason == 0 {
				own.active = append(own.active, g)
			}
		}
		for pfx, all := range m.paths[six] {
			best := m.decide(all)
			for c := uint32(firstCondition); best != nil && c < firstCondition+conditions; c++ {
				own.met[c] = own.met[c] || conditionMode(m.exportBy[c], &best.post, pfx)
			}
		}
	}
}

// aggregated makes the path of an aggregate; nil: there is nothing to make it of.
func (m *model) aggregated(six int, g *Aggregate) *modelPath {
	a := modelAttrs{weight: ownWeight, nextHop: netip.IPv4Unspecified(), localPref: -1, atomic: true}
	if six == 1 {
		a.nextHop = netip.IPv6Unspecified()
	}
	meds, count := map[int64]bool{}, 0
	for pfx, all := range m.paths[six] {
		best := m.decide(all)
		if best == nil || best.aggregate() || pfx.Len <= g.Prefix.Len || !g.Prefix.Contains(pfx) {
			continue
		}
		count++
		a.origin = max(a.origin, best.post.origin)
		med := best.post.med
		if med < 0 {
			if med = 0; m.best.MissingMEDWorst {
				med = 1<<32 - 1
			}
		}
		meds[med] = true
	}
	if count == 0 || g.MatchMED && len(meds) > 1 {
		return nil
	}
	if g.HasOrigin {
		a.origin = g.Origin
	}
	a.aggregator = string(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 65000), m.routerID))
	p := &modelPath{peer: Local, pathID: aggregateID, pre: a, post: a}
	if g.Map != 0 {
		p.reason = exportMode(m.exportBy[g.Map], &p.post, g.Prefix)
	}
	return p
}

// exportPolicies gives the policies that judge a path for a neighbor one after the other: that which brings back what an aggregate stands
// for or the neighbor's own, and that of conditional advertisement before it or in its place.
func (m *model) exportPolicies(to *modelPeer, six int, pfx wire.Prefix, p *modelPath) ([]uint32, Reason) {
	k := &to.family[six].Group
	last, too := k.Policy, k.ConditionalToo
	for _, g := range m.own[six].active {
		if !g.SummaryOnly && g.Suppress == 0 || p.aggregate() || pfx.Len <= g.Prefix.Len || !g.Prefix.Contains(pfx) {
			continue
		}
		if a := p.post; !g.SummaryOnly && exportMode(m.exportBy[g.Suppress], &a, pfx) != 0 {
			continue
		}
		if k.Unsuppress == 0 {
			return nil, Suppressed
		}
		last, too = k.Unsuppress, true
		break
	}
	if k.Conditional == 0 {
		return []uint32{last}, 0
	}
	a := p.post
	if !k.Internal && p.peer != Local {
		a.med = -1
	}
	switch {
	case exportMode(m.exportBy[k.Conditional], &a, pfx) != 0:
		return []uint32{last}, 0
	case m.own[six].met[k.If] == k.Unless:
		return nil, Conditional
	case too:
		return []uint32{k.Conditional, last}, 0
	}
	return []uint32{k.Conditional}, 0
}

// widen adds prefixes that stand around others, one of them around all.
func (w *twin) widen() {
	for i := range w.prefixes {
		out := []wire.Prefix{{}}
		for range 5 {
			p := w.prefixes[i][w.rnd.IntN(len(w.prefixes[i]))]
			out = append(out, p.Cut(p.Len-uint8(1+w.rnd.IntN(int(min(p.Len, 12))))))
		}
		for range 4 { // and some below those
			p := out[1+w.rnd.IntN(5)]
			q := wire.PrefixFrom(netip.PrefixFrom(p.Netip(families[i]).Addr(), int(p.Len)+1+w.rnd.IntN(3)))
			w.prefixes[i] = append(w.prefixes[i], q)
		}
		w.prefixes[i] = append(w.prefixes[i], out...)
		w.wider[i] = out
	}
}

// ownStep changes an aggregate or a condition.
func (w *twin) ownStep() {
	if w.chance(40) {
		c := uint32(firstCondition + w.rnd.IntN(conditions))
		w.model.exportBy[c] = w.rnd.IntN(4)
		w.note("condition %d mode %d", c, w.model.exportBy[c])
		w.rib.ExportChanged(c)
		return
	}
	six := w.rnd.IntN(2)
	list := slices.Clone(w.model.own[six].aggregates)
	p := w.wider[six][w.rnd.IntN(len(w.wider[six]))]
	i := slices.IndexFunc(list, func(g Aggregate) bool { return g.Prefix == p })
	switch {
	case i >= 0 && w.chance(40):
		list = slices.Delete(list, i, i+1)
	case i >= 0:
		list[i] = w.aggregate(p)
	default:
		list = append(list, w.aggregate(p))
	}
	w.note("aggregates %+v", list)
	w.model.own[six].aggregates = list
	w.rib.SetAggregates(families[six], list)
}

// aggregate makes a random one.
func (w *twin) aggregate(p wire.Prefix) Aggregate {
	g := Aggregate{Prefix: p, SummaryOnly: w.chance(30), MatchMED: w.chance(25), HasOrigin: w.chance(20)}
	if g.HasOrigin {
		g.Origin = uint8(w.rnd.IntN(3))
	}
	if w.chance(30) {
		g.Map = uint32(1 + w.rnd.IntN(2))
	}
	if !g.SummaryOnly && w.chance(40) {
		g.Suppress = uint32(1 + w.rnd.IntN(2))
	}
	return g
}
