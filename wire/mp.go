package wire

import "encoding/binary"

// mpField is what an MP_REACH_NLRI or MP_UNREACH_NLRI says. Its family is 0
// when the attribute is not there or of a family that was not negotiated.
type mpField struct {
	family        Family
	nextHop, nlri span
}

// negotiated reports whether the session carries f.
func (p *Params) negotiated(f Family) bool {
	return f == IPv4Unicast && p.IPv4 || f == IPv6Unicast && p.IPv6
}

// addPath reports whether prefixes of f come behind path identifiers.
func (p *Params) addPath(f Family) bool {
	return f == IPv4Unicast && p.AddPathIPv4 || f == IPv6Unicast && p.AddPathIPv6
}

// checkReach reads an MP_REACH_NLRI (RFC 4760 3): AFI, SAFI, length of the next
// hop, next hop, a reserved octet whose value says nothing, prefixes. Without
// the right length of the next hop the prefixes cannot be found, which costs
// the session (RFC 7606 7.11).
func (u *Update) checkReach(a attribute, v []byte) {
	if len(v) < 5 {
		u.blame(ruleMPShort, a, len(v))
		return
	}
	family := NewFamily(binary.BigEndian.Uint16(v), v[2])
	hop := int(v[3])
	if !u.params.negotiated(family) {
		u.unnegotiated = true
		u.announces = u.announces || len(v) > 5+hop
		return
	}
	u.reach.family = family
	if !validNextHopLength(family, hop) {
		u.blame(ruleMPNextHopLength, a, hop)
		return
	}
	if len(v) < 5+hop {
		u.blame(ruleMPCut, a, hop)
		return
	}
	start := a.value.off + 4
	u.reach.nextHop = span{start, start + uint16(hop)}
	u.reach.nlri = span{start + uint16(hop) + 1, a.value.end}
	prefixes := v[5+hop:]
	if !validNLRI(prefixes, family.bits(), u.params.addPath(family)) {
		u.blame(ruleMPPrefix, a, family.bits())
		return
	}
	if len(prefixes) == 0 {
		return
	}
	u.announces = true
	switch {
	case family == IPv4Unicast && hop != 4 && !u.params.ExtendedNextHop:
		u.blame(ruleMPNextHopAgreed, a, hop)
	case !hostAddress(trimNextHop(v[4 : 4+hop])):
		u.blame(ruleMPNextHop, a, 0)
	}
}

// checkUnreach reads an MP_UNREACH_NLRI (RFC 4760 4): AFI, SAFI, prefixes.
func (u *Update) checkUnreach(a attribute, v []byte) {
	if len(v) < 3 {
		u.blame(ruleMPShort, a, len(v))
		return
	}
	family := NewFamily(binary.BigEndian.Uint16(v), v[2])
	if !u.params.negotiated(family) {
		u.unnegotiated = true
		return
	}
	u.unreach = mpField{family: family, nlri: span{a.value.off + 3, a.value.end}}
	if !validNLRI(v[3:], family.bits(), u.params.addPath(family)) {
		u.blame(ruleMPPrefix, a, family.bits())
	}
}

// validNextHopLength gives the lengths of RFC 4760, RFC 2545 and RFC 8950: one
// address, or an IPv6 one and its link-local companion.
func validNextHopLength(f Family, n int) bool {
	return n == 16 || n == 32 || f == IPv4Unicast && n == 4
}

// trimNextHop reduces a pair of IPv6 addresses of which only one says anything:
// a link-local address alone, repeated or behind an empty global one, and a
// second address that is not link-local (RFC 2545 3 wants neither).
func trimNextHop(v []byte) []byte {
	if len(v) != 32 {
		return v
	}
	global, second := v[:16], v[16:]
	switch {
	case !linkLocal(second):
		return global
	case linkLocal(global), [16]byte(global) == [16]byte{}:
		return second
	}
	return v
}

// linkLocal reports whether v, 16 octets, is in fe80::/10.
func linkLocal(v []byte) bool { return v[0] == 0xfe && v[1]&0xc0 == 0x80 }
