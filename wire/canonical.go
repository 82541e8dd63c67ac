package wire

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// AppendAttrs adds the canonical attributes of the routes in part, which must
// come from u.Parts and announce: what Attrs describes. Nothing is allocated
// when dst has room, save for a list of more than 64 large communities.
func (u *Update) AppendAttrs(dst []byte, part *Part) []byte {
	types := u.kept
	for _, t := range [...]AttrType{AttrNextHop, AttrAS4Path, AttrAS4Aggregator} {
		types[t>>6] &^= 1 << (t & 63)
	}
	if len(part.NextHop) > 0 {
		types.Add(AttrNextHop)
	}
	for i, word := range types {
		for ; word != 0; word &= word - 1 {
			dst = u.appendCanonical(dst, AttrType(64*i+bits.TrailingZeros64(word)), part)
		}
	}
	return dst
}

// appendCanonical adds one attribute. An unknown one gets Partial, because it
// is passed on by a speaker that did not understand it (RFC 4271 5).
func (u *Update) appendCanonical(dst []byte, t AttrType, part *Part) []byte {
	if t == AttrNextHop {
		return append(appendCanonicalHeader(dst, wellKnown, t, len(part.NextHop)), part.NextHop...)
	}
	a, _ := u.find(t)
	value := u.bytes(a.value)
	flags := optionalTransitive | FlagPartial
	if t.Known() {
		flags = attrKinds[t].flags
		if flags == optionalTransitive {
			flags |= a.flags & FlagPartial
		}
	}
	start := len(dst)
	dst = appendCanonicalHeader(dst, flags, t, 0)
	switch t {
	case AttrASPath:
		dst = u.appendPath(dst, value)
	case AttrAggregator:
		dst = u.appendAggregator(dst, value)
	case AttrLargeCommunities:
		dst = appendDistinct(dst, value)
	default:
		dst = append(dst, value...)
	}
	binary.BigEndian.PutUint16(dst[start+2:], uint16(len(dst)-start-canonicalHeader))
	return dst
}

// appendDistinct adds large communities without repetitions (RFC 8092 5).
func appendDistinct(dst []byte, v []byte) []byte {
	const size = 12
	if len(v) > 64*size { // comparing all pairs would take too long
		return appendDistinctMany(dst, v)
	}
	start := len(dst)
next:
	for ; len(v) >= size; v = v[size:] {
		for at := start; at < len(dst); at += size {
			if bytes.Equal(dst[at:at+size], v[:size]) {
				continue next
			}
		}
		dst = append(dst, v[:size]...)
	}
	return dst
}

func appendDistinctMany(dst []byte, v []byte) []byte {
	seen := make(map[[12]byte]struct{}, len(v)/12)
	for ; len(v) >= 12; v = v[12:] {
		c := [12]byte(v)
		if _, ok := seen[c]; !ok {
			seen[c] = struct{}{}
			dst = append(dst, c[:]...)
		}
	}
	return dst
}
