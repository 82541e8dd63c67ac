package policy

import (
	"cmp"
	"fmt"
	"net/netip"

	"bgpsh/wire"
)

// Rule is one allow rule. Without GE and LE it covers exactly Prefix; with GE the more specific prefixes from that length on
// (to the family's full length unless LE says less); with LE alone those from Prefix's own length to LE.
type Rule struct {
	Any    bool         // every prefix of the family; the other fields are zero
	Prefix netip.Prefix // host bits zero
	GE, LE uint8        // 0: not given; Prefix.Bits() <= GE <= LE <= the family's bits
}

// Lengths returns the shortest and the longest prefix that the rule covers under its own prefix.
func (r Rule) Lengths() (low, high uint8) {
	bits := uint8(r.Prefix.Bits())
	switch {
	case r.GE == 0 && r.LE == 0:
		return bits, bits
	case r.GE == 0:
		return bits, r.LE
	case r.LE == 0:
		return r.GE, uint8(r.Prefix.Addr().BitLen())
	}
	return r.GE, r.LE
}

// Covers reports whether the rule passes pfx of family f. It is the plain form of what a compiled Policy answers.
func (r Rule) Covers(f wire.Family, pfx wire.Prefix) bool {
	if r.Any {
		return true
	}
	if r.Family() != f {
		return false
	}
	low, high := r.Lengths()
	return pfx.Len >= low && pfx.Len <= high && wire.PrefixFrom(r.Prefix).Contains(pfx)
}

// Family is the family of the rule's prefix; an Any rule has none.
func (r Rule) Family() wire.Family {
	switch {
	case r.Any:
		return 0
	case r.Prefix.Addr().Is4():
		return wire.IPv4Unicast
	}
	return wire.IPv6Unicast
}

// String is the rule as it stands in the configuration: "any", "10.0.0.0/8 ge 16 le 24".
func (r Rule) String() string {
	if r.Any {
		return "any"
	}
	s := r.Prefix.String()
	if r.GE != 0 {
		s += fmt.Sprintf(" ge %d", r.GE)
	}
	if r.LE != 0 {
		s += fmt.Sprintf(" le %d", r.LE)
	}
	return s
}

// CompareRules orders rules as they print: any first, then by prefix and lengths.
func CompareRules(a, b Rule) int {
	switch {
	case a.Any != b.Any && a.Any:
		return -1
	case a.Any != b.Any:
		return 1
	}
	return cmp.Or(a.Prefix.Addr().Compare(b.Prefix.Addr()), cmp.Compare(a.Prefix.Bits(), b.Prefix.Bits()),
		cmp.Compare(a.GE, b.GE), cmp.Compare(a.LE, b.LE))
}
