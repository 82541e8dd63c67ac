package policy

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"bgpsh/wire"
)

// AccessKind is the form of an access list's line.
type AccessKind uint8

// The forms.
const (
	AccessAny      AccessKind = iota // any
	AccessPrefix                     // A.B.C.D/M [exact-match]: the prefix and what lies in it, or exactly it
	AccessHost                       // A.B.C.D or A.B.C.D WILDCARD: the network's address alone
	AccessExtended                   // ip SOURCE DESTINATION: the network's address, then its mask
)

// AccessEntry is one line of an access list.
type AccessEntry struct {
	Seq    uint32
	Permit bool
	Kind   AccessKind
	Prefix netip.Prefix // AccessPrefix
	Exact  bool
	// Addr and Wild are the address of AccessHost and AccessExtended with the bits that do not count; Mask and MaskWild the
	// same of the network's mask.
	Addr, Wild, Mask, MaskWild netip.Addr
}

// String is the line behind the list's name and number: "permit 10.0.0.0/8 exact-match".
func (e *AccessEntry) String() string {
	s := action(e.Permit) + " "
	switch e.Kind {
	case AccessPrefix:
		s += e.Prefix.String()
		if e.Exact {
			s += " exact-match"
		}
		return s
	case AccessHost:
		return s + strings.TrimPrefix(wildText(e.Addr, e.Wild), "host ")
	case AccessExtended:
		return s + "ip " + wildText(e.Addr, e.Wild) + " " + wildText(e.Mask, e.MaskWild)
	}
	return s + "any"
}

func wildText(a, wild netip.Addr) string {
	switch {
	case wild == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "any"
	case wild == netip.IPv4Unspecified():
		return "host " + a.String()
	}
	return a.String() + " " + wild.String()
}

// AccessList is an access list. One that was handed out is never changed.
type AccessList struct {
	Name    string
	Six     bool // `ipv6 access-list`
	Remark  string
	Entries []AccessEntry // ascending by Seq
}

// covers reports whether a line is about p, which is of family six.
func (e *AccessEntry) covers(six bool, p wire.Prefix) bool {
	switch e.Kind {
	case AccessPrefix:
		q := wire.PrefixFrom(e.Prefix)
		return e.Prefix.Addr().Is6() == six && (!e.Exact || p.Len == q.Len) && q.Contains(p)
	case AccessHost:
		return !six && sameUnder(p.Hi, e.Addr, e.Wild)
	case AccessExtended:
		mask := ^uint64(0) << (64 - p.Len) // IPv4 stands in the high half
		return !six && sameUnder(p.Hi, e.Addr, e.Wild) && sameUnder(mask, e.Mask, e.MaskWild)
	}
	return true
}

// sameUnder compares the high half of hi with an address, but for the wild bits.
func sameUnder(hi uint64, addr, wild netip.Addr) bool {
	a, w := addr.As4(), wild.As4()
	return (uint32(hi>>32)^binary.BigEndian.Uint32(a[:]))&^binary.BigEndian.Uint32(w[:]) == 0
}

// permits gives the verdict of the first line about p; no line refuses.
func (l *AccessList) permits(f wire.Family, p wire.Prefix) bool {
	six := f == wire.IPv6Unicast
	if six != l.Six {
		return false
	}
	for i := range l.Entries {
		if e := &l.Entries[i]; e.covers(six, p) {
			return e.Permit
		}
	}
	return false
}

// Validate reports a line that cannot be of this family.
func (e *AccessEntry) Validate(six bool) error {
	if six && (e.Kind == AccessHost || e.Kind == AccessExtended) || e.Kind == AccessPrefix && e.Prefix.Addr().Is6() != six {
		return fmt.Errorf("%s is no line of an access list of this family", e)
	}
	return nil
}
