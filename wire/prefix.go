package wire

import (
	"cmp"
	"encoding/binary"
	"net/netip"
)

// Prefix is an IP prefix of a family known from elsewhere: 24 bytes, no
// pointer, comparable. The address is left-aligned in Hi and Lo (IPv4 sits in
// the top 32 bits of Hi) and its host bits are zero, so equal prefixes are
// equal values. Len is in bits, 0 to 128.
type Prefix struct {
	Hi, Lo uint64
	Len    uint8
}

// PrefixFrom converts p and clears its host bits. An IPv4-mapped IPv6 address
// stays IPv6. An invalid p gives the zero Prefix, which is the default route.
func PrefixFrom(p netip.Prefix) Prefix {
	if !p.IsValid() {
		return Prefix{}
	}
	out := Prefix{Len: uint8(p.Bits())}
	if p.Addr().Is4() {
		a := p.Addr().As4()
		out.Hi = uint64(binary.BigEndian.Uint32(a[:])) << 32
	} else {
		a := p.Addr().As16()
		out.Hi = binary.BigEndian.Uint64(a[:8])
		out.Lo = binary.BigEndian.Uint64(a[8:])
	}
	return out.masked()
}

// Netip gives p as a netip.Prefix of family f: IPv4 for AFI 1, IPv6 for any
// other. A length that f cannot have gives the zero netip.Prefix.
func (p Prefix) Netip(f Family) netip.Prefix {
	if f.AFI() == afiIPv4 {
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], uint32(p.Hi>>32))
		return netip.PrefixFrom(netip.AddrFrom4(a), int(p.Len))
	}
	var a [16]byte
	binary.BigEndian.PutUint64(a[:8], p.Hi)
	binary.BigEndian.PutUint64(a[8:], p.Lo)
	return netip.PrefixFrom(netip.AddrFrom16(a), int(p.Len))
}

// Compare orders prefixes by address, then shorter before longer, as a routing
// table is listed. It returns -1, 0 or +1.
func (p Prefix) Compare(q Prefix) int {
	if c := cmp.Compare(p.Hi, q.Hi); c != 0 {
		return c
	}
	if c := cmp.Compare(p.Lo, q.Lo); c != 0 {
		return c
	}
	return cmp.Compare(p.Len, q.Len)
}

// Contains reports whether q lies in p (RFC 4271 9.1.4: q is equal or more
// specific). Both are of the same family.
func (p Prefix) Contains(q Prefix) bool {
	if p.Len > q.Len {
		return false
	}
	return q.Cut(p.Len) == p
}

// Cut gives the prefix of length n, which is at most Len, that p lies in.
func (p Prefix) Cut(n uint8) Prefix {
	p.Len = n
	return p.masked()
}

// masked clears the bits after Len, as RFC 4271 4.3 wants: "the value of
// trailing bits is irrelevant".
func (p Prefix) masked() Prefix {
	if p.Len <= 64 {
		p.Lo = 0
		p.Hi &= ^uint64(0) << (64 - p.Len) // a shift by 64 gives 0
		return p
	}
	p.Lo &= ^uint64(0) << (128 - uint(p.Len))
	return p
}
