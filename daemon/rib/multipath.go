package rib

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"

	"bgpsh/wire"
)

// Multipath says which paths of a prefix are used beside the best one because they are as good (FRR's maximum-paths). The
// zero value uses none.
type Multipath struct {
	External int // most paths in all where the best one is external; under 2: it alone
	Internal int // the same where it is internal
	// Relax lets external paths from different neighbor ASes be equal, and internal ones whose AS paths only have the same
	// length (bgp bestpath as-path multipath-relax).
	Relax bool
	Mixed bool // external and internal paths may be equal (bgp bestpath peer-type multipath-relax)
	// EqualClusterLen wants internal paths to have CLUSTER_LISTs of the same length.
	EqualClusterLen bool
}

// SetMultipath changes what counts as equally good in the table of f. Nothing is decided anew: which paths are used beside
// the best one is found when somebody looks.
func (r *RIB) SetMultipath(f wire.Family, m Multipath) {
	if t := r.table(f); t != nil {
		t.multipath = m
	}
}

// equal reports whether a path is as good as the best one: nothing up to the IGP metric sets them apart, and they lead
// through the same AS, or as far as Relax and Mixed want.
func (t *table) equal(best, c *contender) bool {
	if l, _ := level(best, c); l != 0 || best.group == c.group && best.med != c.med || best.adj.inside() != c.adj.inside() && !t.multipath.Mixed {
		return false
	}
	switch {
	case c.adj.inside() && t.multipath.EqualClusterLen && best.clusters != c.clusters:
		return false
	case t.multipath.Relax:
		return true
	case c.adj.inside():
		return bytes.Equal(t.attrs.attrs(best.path.post).ASPath(), t.attrs.attrs(c.path.post).ASPath())
	}
	return best.adj.as == c.adj.as
}

// hop is where a path leads: paths with one hop are one way.
type hop struct{ global, local, via netip.Addr }

func (t *table) hopOf(c *contender) hop {
	a := t.attrs.attrs(c.path.post)
	h := hop{global: a.NextHop(), local: a.LinkLocal()}
	if h.global.IsLinkLocalUnicast() || h.local.IsValid() {
		h.via = c.adj.addr // the link is the neighbor's
	}
	return h
}

func (h hop) compare(o hop) int {
	return cmp.Or(h.global.Compare(o.global), h.local.Compare(o.local), h.via.Compare(o.via))
}

// beside gives the paths that are used beside the best one, in the order of their next hops: of those as good as it, one for
// each next hop, as many as Multipath allows.
func (t *table) beside(d *slot) []*path {
	if d.count < 2 || d.flags&flagBest == 0 || t.dead(&d.best) {
		return nil
	}
	best := t.contend(&d.best)
	most := t.multipath.External
	if best.adj.inside() {
		most = t.multipath.Internal
	}
	if most < 2 || best.adj.id == Local {
		return nil
	}
	type way struct {
		hop hop
		contender
	}
	var equal []way
	for p := range t.paths.iterate(d) {
		if p == &d.best || !p.usable() || t.dead(p) {
			continue
		}
		if c := t.contend(p); c.adj.id != Local && t.equal(&best, &c) {
			equal = append(equal, way{t.hopOf(&c), c})
		}
	}
	slices.SortFunc(equal, func(a, b way) int {
		return cmp.Or(a.hop.compare(b.hop), a.adj.addr.Compare(b.adj.addr), cmp.Compare(a.pathID, b.pathID))
	})
	var out []*path
	first, last := t.hopOf(&best), hop{}
	for i := range equal {
		w := &equal[i]
		if w.hop == first || w.hop == last {
			continue
		}
		if last = w.hop; len(out)+1 < most {
			out = append(out, w.path)
		}
	}
	return out
}
