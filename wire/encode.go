package wire

import (
	"encoding/binary"
	"slices"
)

// Encoding is how messages are written for one group of neighbors.
type Encoding struct {
	AS4             bool // four-octet AS numbers (RFC 6793)
	AddPath         bool // path identifiers before each prefix (RFC 7911)
	ExtendedNextHop bool // IPv4 routes may have IPv6 next hops (RFC 8950)
	MaxLen          int  // most octets of a message; 0 is MaxLen
}

// limit gives the length of the longest message.
func (e *Encoding) limit() int {
	if e.MaxLen <= 0 {
		return MaxLen
	}
	return min(e.MaxLen, MaxExtendedLen)
}

// AppendReach adds one whole UPDATE that announces prefixes of f with the
// attributes a: as many of nlri, from the first on, as the message holds, and
// tells how many. It adds nothing and takes 0 when the attributes leave no room
// for the first prefix or the next hop cannot be sent: an IPv6 route with an
// IPv4 next hop, an IPv4 route with an IPv6 one where RFC 8950 was not agreed.
//
// IPv4 prefixes with an IPv4 next hop use the classic fields, all others
// MP_REACH_NLRI, which comes first (RFC 7606 5.1). Nothing is allocated when
// dst has room.
func AppendReach(dst []byte, a Attrs, f Family, nlri []NLRI, e *Encoding) (out []byte, taken int) {
	hop, _ := a.Get(AttrNextHop)
	classic := f == IPv4Unicast && len(hop) == 4
	if !classic && !e.carries(f, hop) {
		return dst, 0
	}
	start := len(dst)
	dst = append(appendHeader(dst, TypeUpdate), 0, 0, 0, 0)
	attrs := len(dst)
	dst = e.appendAttrs(dst, a, classic)
	room := e.limit() - (len(dst) - start)
	if classic {
		binary.BigEndian.PutUint16(dst[attrs-2:], uint16(len(dst)-attrs))
		dst, taken = e.appendNLRI(dst, nlri, room)
	} else {
		dst, taken = e.insertReach(dst, attrs, f, hop, nlri, room)
		binary.BigEndian.PutUint16(dst[attrs-2:], uint16(len(dst)-attrs))
	}
	if taken == 0 {
		return dst[:start], 0
	}
	return finish(dst, start), taken
}

// carries reports whether MP_REACH_NLRI can hold f with the next hop.
func (e *Encoding) carries(f Family, hop []byte) bool {
	if f == IPv4Unicast && !e.ExtendedNextHop {
		return false
	}
	return f.bits() != 0 && (len(hop) == 16 || len(hop) == 32)
}

// insertReach puts an MP_REACH_NLRI at at, before the attributes already
// written, which end dst. Room counts what the message has left.
func (e *Encoding) insertReach(dst []byte, at int, f Family, hop []byte, nlri []NLRI, room int) ([]byte, int) {
	fixed := 5 + len(hop)
	taken, size := e.fit(nlri, room-fixed-4)
	header := 4
	if fixed+size < 256 {
		header = 3
	}
	grow, written := header+fixed+size, len(dst)
	dst = slices.Grow(dst, grow)[:written+grow]
	copy(dst[at+grow:], dst[at:written])

	reach := appendAttributeHeader(dst[at:at], FlagOptional, AttrMPReach, fixed+size)
	reach = append(reach, byte(f>>16), byte(f>>8), byte(f), byte(len(hop)))
	reach = append(append(reach, hop...), 0)
	for i := range nlri[:taken] {
		reach = nlri[i].append(reach, e.AddPath)
	}
	return dst, taken
}

// fit tells how many of nlri, from the first on, take at most room octets, and
// how many octets they take.
func (e *Encoding) fit(nlri []NLRI, room int) (taken, size int) {
	for taken < len(nlri) {
		next := size + nlri[taken].size(e.AddPath)
		if next > room {
			break
		}
		size = next
		taken++
	}
	return taken, size
}

// appendNLRI adds as many of nlri as fit in room octets.
func (e *Encoding) appendNLRI(dst []byte, nlri []NLRI, room int) (out []byte, taken int) {
	end := len(dst) + room
	for taken < len(nlri) && len(dst)+nlri[taken].size(e.AddPath) <= end {
		dst = nlri[taken].append(dst, e.AddPath)
		taken++
	}
	return dst, taken
}

// AppendUnreach adds one whole UPDATE that withdraws as many of nlri, prefixes
// of f, as it holds, and tells how many. IPv4 uses the classic field whatever
// next hop the routes had.
func AppendUnreach(dst []byte, f Family, nlri []NLRI, e *Encoding) (out []byte, taken int) {
	if len(nlri) == 0 || f.bits() == 0 {
		return dst, 0
	}
	start := len(dst)
	dst = append(appendHeader(dst, TypeUpdate), 0, 0)
	room := e.limit() - minUpdateLen
	if f == IPv4Unicast {
		field := len(dst)
		dst, taken = e.appendNLRI(dst, nlri, room)
		binary.BigEndian.PutUint16(dst[field-2:], uint16(len(dst)-field))
		if taken == 0 { // an UPDATE without prefixes would be an End-of-RIB
			return dst[:start], 0
		}
		return finish(append(dst, 0, 0), start), taken
	}
	taken, size := e.fit(nlri, room-4-3)
	if taken == 0 {
		return dst[:start], 0
	}
	dst = append(dst, 0, 0)
	field := len(dst)
	dst = appendAttributeHeader(dst, FlagOptional, AttrMPUnreach, 3+size)
	dst = append(dst, byte(f>>16), byte(f>>8), byte(f))
	for i := range nlri[:taken] {
		dst = nlri[i].append(dst, e.AddPath)
	}
	binary.BigEndian.PutUint16(dst[field-2:], uint16(len(dst)-field))
	return finish(dst, start), taken
}

// AppendEndOfRIB adds the UPDATE that ends the initial table of f (RFC 4724 2):
// an empty one for IPv4 unicast, else an MP_UNREACH_NLRI without prefixes.
func AppendEndOfRIB(dst []byte, f Family) []byte {
	start := len(dst)
	dst = appendHeader(dst, TypeUpdate)
	if f == IPv4Unicast {
		return finish(append(dst, 0, 0, 0, 0), start)
	}
	dst = appendAttributeHeader(append(dst, 0, 0, 0, 6), FlagOptional, AttrMPUnreach, 3)
	return finish(append(dst, byte(f>>16), byte(f>>8), byte(f)), start)
}
