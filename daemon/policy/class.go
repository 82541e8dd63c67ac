package policy

import (
	"slices"

	"bgpsh/wire"
)

// classMax is how many questions about a prefix a class answers.
const classMax = 16

// Class gives what p can tell about a prefix: two routes with equal attributes from one neighbor fare alike when their prefixes have the
// same class, which has 16 bits. So a caller may keep results by attribute set and class. false: p asks too much about prefixes. The hits of
// lists do not count it.
func (p *Policy) Class(f wire.Family, pfx wire.Prefix) (class uint32, ok bool) {
	if p == nil || len(p.asks) > classMax {
		return 0, p == nil
	}
	for i := range p.asks {
		if n := &p.asks[i]; n.near(pfx) && n.holds(f, pfx) {
			class |= 1 << i
		}
	}
	return class, true
}

// holds answers a question without counting a hit.
func (n *node) holds(f wire.Family, p wire.Prefix) bool {
	var t *prefixTable
	switch {
	case n.list != nil:
		t = n.list.prefixes
	case (f == wire.IPv6Unicast) == n.match.Six && n.match.Kind == MatchAddressPrefixList:
		t = n.match.prefixes
	}
	switch {
	case t != nil:
		return t.holds(p)
	case n.list != nil:
		return n.list.permits(f, p)
	}
	return n.match.covers(f, p)
}

// covered gives the cover of the prefix list that a question is about; nil where it is about none, or one without entries, which permits all.
func (n *node) covered() *prefixCover {
	var t *prefixTable
	switch {
	case n.list != nil:
		t = n.list.prefixes
	case n.match.Kind == MatchAddressPrefixList:
		t = n.match.prefixes
	}
	if t == nil || len(t.ready().order) == 0 {
		return nil
	}
	return &t.ready().cover
}

// questions lists what p asks about prefixes, each once; what is beyond classMax does not matter.
func (p *Policy) questions() (asks []node) {
	if p.refuses() != Accepted {
		return nil
	}
	for i := range p.lists {
		asks = append(asks, node{list: &p.lists[i]})
	}
	seen := map[*compiledMap]bool{}
	var walk func(m *compiledMap)
	walk = func(m *compiledMap) {
		if m == nil || !m.uses.prefix || seen[m] {
			return
		}
		seen[m] = true
		for i := range m.entries {
			e := &m.entries[i]
			for j := range e.matches {
				c := &e.matches[j]
				if !c.missing && c.byPrefix() && len(asks) <= classMax && !slices.ContainsFunc(asks, func(n node) bool { return n.match.same(c) }) {
					asks = append(asks, node{match: c})
				}
			}
			walk(e.call)
		}
	}
	walk(p.routes)
	for i := range asks {
		asks[i].cover = asks[i].covered()
	}
	return asks
}

// same reports that two conditions on prefixes ask the same.
func (c *compiledMatch) same(o *compiledMatch) bool { return c != nil && c.Match == o.Match }
