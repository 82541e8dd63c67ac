package transport

import (
	"cmp"
	"net/netip"
	"slices"
	"sort"
)

// A Guard is the smallest TTL or hop limit that a listener takes from some callers, from their SYN on (RFC 5082).
type Guard struct {
	Callers netip.Prefix
	MinTTL  uint8 // at least 1
}

// ordered gives the guards of one address family with longer prefixes first, so that the first that contains a caller is his;
// of several for the same callers the one that takes most.
func ordered(guards []Guard, six bool) []Guard {
	var own []Guard
	for _, g := range guards {
		if g.Callers.Addr().Is6() == six {
			own = append(own, Guard{g.Callers.Masked(), g.MinTTL})
		}
	}
	sort.Slice(own, func(i, j int) bool {
		a, b := &own[i], &own[j]
		return cmp.Or(b.Callers.Bits()-a.Callers.Bits(), a.Callers.Addr().Compare(b.Callers.Addr()), int(a.MinTTL)-int(b.MinTTL)) < 0
	})
	return slices.CompactFunc(own, func(a, b Guard) bool { return a.Callers == b.Callers })
}

// demands is the smallest TTL for a caller, 0 without one, of guards as ordered gives them.
func demands(guards []Guard, caller netip.Addr) uint8 {
	for _, g := range guards {
		if g.Callers.Contains(caller.WithZone("")) {
			return g.MinTTL
		}
	}
	return 0
}
