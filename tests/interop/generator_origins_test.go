package interop

import (
	"fmt"
	"slices"

	"bgpsh/wire"
)

// composeOrigins chooses what the router itself originates: networks, and aggregates of what one neighbor announces or of what several do.
func (s *scene) composeOrigins() {
	for _, f := range []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast} {
		own := []string{"192.0.2.0/24", "198.51.100.0/25", contestedPrefix(f, 0).String()}
		if f == wire.IPv6Unicast {
			own = []string{"2001:db8:a::/48", "2001:db8:b::/49", contestedPrefix(f, 0).String()}
		}
		for _, p := range own {
			if s.chance(50) {
				s.family[f] = append(s.family[f], "network "+p+s.originMap(f, 25))
			}
		}
		if f == wire.IPv4Unicast && s.chance(20) {
			s.family[f] = append(s.family[f], "network 198.51.100.128/25 backdoor")
		}
		for _, n := range some(s, 5, s.subjects) {
			if n.plan.family() == f {
				s.family[f] = append(s.family[f], s.aggregate(f, n.block()))
			}
		}
		if s.contested && s.chance(30) {
			s.family[f] = append(s.family[f], s.aggregate(f, contestedBlock(f)))
		}
	}
}

// originMap gives the words that put a map before what is originated, in so many of a hundred cases.
func (s *scene) originMap(f wire.Family, percent int) string {
	if !s.chance(percent) {
		return ""
	}
	return " route-map " + s.newMap(f)
}

// aggregate makes the statement for an aggregate.
func (s *scene) aggregate(f wire.Family, prefix string) string {
	line := "aggregate-address " + prefix
	// FRR ends when it announces an aggregate with as-set or with a map under reject-as-sets, when a map is to judge one with as-set, and
	// when one changes its path.
	fragile := slices.Contains(s.global, "bgp reject-as-sets")
	asSet := s.chance(20) && !fragile
	if asSet {
		line += " as-set"
	}
	switch s.IntN(4) {
	case 0, 1:
		line += " summary-only"
	case 2:
		line += " suppress-map " + s.prefixMap(f)
	}
	if !asSet && !fragile && s.chance(30) {
		line += " route-map " + s.prefixMap(f, some(s, 2, []string{"metric 60", "community 65000:60", "local-preference 160", "tag 7", "weight 20", "atomic-aggregate"})...)
	}
	if s.chance(15) {
		line += " origin " + pick(s, "igp", "egp", "incomplete")
	}
	if s.chance(15) && prefix != contestedBlock(f) { // FRR matches the MEDs of paths that are not in use too
		line += " matching-MED-only"
	}
	return line
}

// prefixMap makes a route map that looks at the prefix alone, with what it may set in its last entry.
func (s *scene) prefixMap(f wire.Family, sets ...string) string {
	name := s.fresh("M")
	s.mapFamily[name] = f
	seq := 10
	if s.chance(25) {
		list := s.prefixList(f)
		s.lists = append(s.lists, fmt.Sprintf("route-map %s deny 5", name), fmt.Sprintf(" match %s address prefix-list %s", ipWord(f), list), "exit")
	}
	list := "prefix-list " + s.prefixList(f)
	if s.chance(20) {
		list = s.accessList(f)
	}
	s.lists = append(s.lists, fmt.Sprintf("route-map %s permit %d", name, seq), fmt.Sprintf(" match %s address %s", ipWord(f), list))
	for _, l := range sets {
		s.lists = append(s.lists, " set "+l)
	}
	s.lists = append(s.lists, "exit")
	return name
}
