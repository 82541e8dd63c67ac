package policy

import (
	"slices"

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
	return p != nil && (p.spec.SetLocalPref != nil || p.spec.SetMED != nil || len(p.communities) > 0)
}

// Equal reports whether a and b give every route the same verdict and the same attributes, as far as their specs show: rules
// that differ only in order are equal, rules that are written differently are not.
func Equal(a, b *Policy) bool {
	x, y := a.Spec(), b.Spec()
	if x.DenyAll != y.DenyAll {
		return false
	}
	if x.DenyAll != Accepted {
		return true
	}
	return x.HasAllow == y.HasAllow &&
		slices.Equal(sortedRules(x.Allow), sortedRules(y.Allow)) &&
		samePointer(x.SetLocalPref, y.SetLocalPref) && samePointer(x.SetMED, y.SetMED) &&
		slices.Equal(sortedUnique(x.AddCommunities), sortedUnique(y.AddCommunities))
}

func samePointer(a, b *uint32) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func sortedRules(rules []Rule) []Rule {
	out := slices.Clone(rules)
	slices.SortFunc(out, CompareRules)
	return slices.Compact(out)
}
