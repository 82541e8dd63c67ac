package policy

import (
	"fmt"
	"slices"
	"sort"

	"bgpsh/wire"
)

// edit applies what the policy sets to a route that it accepted.
func (p *Policy) edit(e *wire.Editor) {
	if v := p.spec.SetLocalPref; v != nil {
		e.SetUint32(wire.AttrLocalPref, *v)
	}
	if v := p.spec.SetMED; v != nil {
		e.SetUint32(wire.AttrMED, *v)
	}
	for _, c := range p.communities {
		e.AddCommunity(c)
	}
}

// Edits reports whether an accepted route can leave with other attributes than it came with.
func (p *Policy) Edits() bool {
	return p != nil && (p.spec.SetLocalPref != nil || p.spec.SetMED != nil || len(p.communities) > 0 ||
		p.routes != nil && p.routes.uses.edits)
}

// Equal reports whether a and b give every route the same verdict and the same attributes, as far as their specs and the
// lists and maps behind them show: rules that differ only in order are equal, rules that are written differently are not.
func Equal(a, b *Policy) bool {
	x, y := a.Spec(), b.Spec()
	if x.DenyAll != y.DenyAll {
		return false
	}
	if x.DenyAll != Accepted {
		return true
	}
	return SameSpec(x, y) && sameLists(a, b)
}

// SameSpec reports that two specs mean the same wherever the lists and maps that they name are the same.
func SameSpec(x, y Spec) bool {
	return x.DenyAll == y.DenyAll && x.HasAllow == y.HasAllow &&
		slices.Equal(sortedRules(x.Allow), sortedRules(y.Allow)) &&
		x.DistributeList == y.DistributeList && x.PrefixList == y.PrefixList && x.FilterList == y.FilterList && x.RouteMap == y.RouteMap &&
		x.NeighborFilter == y.NeighborFilter &&
		samePointer(x.SetLocalPref, y.SetLocalPref) && samePointer(x.SetMED, y.SetMED) &&
		slices.Equal(sortedUnique(x.AddCommunities), sortedUnique(y.AddCommunities))
}

// sameLists compares what the names of two equal specs have led to, and the neighbors where it looks at them.
func sameLists(a, b *Policy) bool {
	if a == nil || b == nil {
		return true // the specs are empty
	}
	if a.missing != b.missing || a.paths != b.paths || a.routes != b.routes || len(a.lists) != len(b.lists) {
		return false
	}
	for i := range a.lists { // a neighbor's own filter is part of the spec
		if !a.lists[i].own && a.lists[i].prefixes != b.lists[i].prefixes || a.lists[i].access != b.lists[i].access {
			return false
		}
	}
	return a.view() == b.view()
}

// view is what the policy sees of its neighbor.
func (p *Policy) view() Env {
	if p.routes == nil {
		return Env{}
	}
	v := p.env
	if !p.routes.uses.rtt {
		v.RTT = 0
	}
	if !p.routes.uses.peer && (v.Out || !p.routes.uses.source) {
		v = Env{Family: v.Family, Out: v.Out, Internal: v.Internal, LocalPref: v.LocalPref, RTT: v.RTT}
	}
	return v
}

// View is what a policy of spec s sees of a neighbor env: the rest of env changes nothing.
func (l *Library) View(s Spec, env Env) Env {
	v := l.Compile(Spec{RouteMap: s.RouteMap}, env).view()
	if s.PrefixList != "" || s.DistributeList != "" {
		v.Family = env.Family // the lists of IPv4 and IPv6 have names of their own
	}
	return v
}

func samePointer(a, b *uint32) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func sortedRules(rules []Rule) []Rule {
	out := slices.Clone(rules)
	sort.Slice(out, func(i, j int) bool { return CompareRules(out[i], out[j]) < 0 })
	return slices.Compact(out)
}

// Text tells specs apart: SameSpec holds where it is equal.
func (s *Spec) Text() string {
	number := func(p *uint32) int64 {
		if p == nil {
			return -1
		}
		return int64(*p)
	}
	return fmt.Sprint(s.DenyAll, s.HasAllow, sortedRules(s.Allow), sortedUnique(s.AddCommunities), number(s.SetLocalPref), number(s.SetMED)) +
		fmt.Sprintf("%q%q%q%q", s.DistributeList, s.PrefixList, s.FilterList, s.RouteMap) + fmt.Sprintf("%p", s.NeighborFilter)
}
