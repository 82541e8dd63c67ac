package wire

import (
	"encoding/binary"
	"net/netip"
)

// Attrs is the attributes of a route in one canonical form, so that equal
// attributes are equal bytes: ordered by type, each one as flags, type, length
// in two octets, value. Flags are as specified, with Partial where it was set
// and without FlagExtended. AS numbers in AS_PATH and AGGREGATOR have four
// octets. NEXT_HOP holds 4, 16 or 32 octets, whichever attribute it came in.
// Multiprotocol and AS4 attributes, unknown ones that are not transitive, and
// what only internal neighbors may send are not there. Type 0, AttrLocal, is
// this program's own.
//
// The methods are views and copies of single values; each walks the list. They
// expect the canonical form: from Update.AppendAttrs or an Editor.
type Attrs []byte

// canonicalHeader is the length of what comes before each value.
const canonicalHeader = 4

func appendCanonicalHeader(dst []byte, flags uint8, t AttrType, length int) []byte {
	return append(dst, flags, byte(t), byte(length>>8), byte(length))
}

// next splits off the first attribute; false at the end.
func (a *Attrs) next() (t AttrType, flags uint8, value []byte, ok bool) {
	b := *a
	if len(b) < canonicalHeader {
		return 0, 0, nil, false
	}
	end := min(canonicalHeader+int(binary.BigEndian.Uint16(b[2:])), len(b))
	*a = b[end:]
	return AttrType(b[1]), b[0], b[canonicalHeader:end:end], true
}

// seek gives the offset of the first attribute of type t or above, and the
// octets that one of type t takes there, 0 without one.
func (a Attrs) seek(t AttrType) (at, size int) {
	for at+canonicalHeader <= len(a) {
		head := binary.BigEndian.Uint32(a[at:])
		size = canonicalHeader + int(head&0xffff)
		if kind := AttrType(head >> 16); kind >= t || at+size > len(a) { // the latter is not canonical: a value is cut off
			if kind == t && at+size <= len(a) {
				return at, size
			}
			break
		}
		at += size
	}
	return at, 0
}

// Get gives the value of the attribute of type t.
func (a Attrs) Get(t AttrType) (value []byte, ok bool) {
	at, size := a.seek(t)
	if size == 0 {
		return nil, false
	}
	return a[at+canonicalHeader : at+size : at+size], true
}

// Flags gives the flags of the attribute of type t, 0 without one.
func (a Attrs) Flags(t AttrType) uint8 {
	at, size := a.seek(t)
	if size == 0 {
		return 0
	}
	return a[at]
}

// All iterates over the attributes in the order of their types.
func (a Attrs) All(yield func(t AttrType, flags uint8, value []byte) bool) {
	for t, flags, value, ok := a.next(); ok && yield(t, flags, value); t, flags, value, ok = a.next() {
	}
}

// Origin gives the ORIGIN, OriginIncomplete without one.
func (a Attrs) Origin() uint8 {
	if v, ok := a.Get(AttrOrigin); ok && len(v) == 1 {
		return v[0]
	}
	return OriginIncomplete
}

// ASPath gives the AS_PATH, empty without one.
func (a Attrs) ASPath() ASPath {
	v, _ := a.Get(AttrASPath)
	return v
}

// NextHop gives the next hop: of a pair the global address. The zero Addr means
// that there is none.
func (a Attrs) NextHop() netip.Addr {
	v, _ := a.Get(AttrNextHop)
	if len(v) == 32 {
		v = v[:16]
	}
	addr, _ := netip.AddrFromSlice(v)
	return addr
}

// LinkLocal gives the link-local next hop, the second of a pair or the only
// one; the zero Addr without one. It has no zone: that is the session's.
func (a Attrs) LinkLocal() netip.Addr {
	v, _ := a.Get(AttrNextHop)
	switch {
	case len(v) == 32:
		v = v[16:]
	case len(v) != 16 || !linkLocal(v):
		return netip.Addr{}
	}
	addr, _ := netip.AddrFromSlice(v)
	return addr
}

// uint32 gives the value of an attribute of four octets.
func (a Attrs) uint32(t AttrType) (uint32, bool) {
	v, ok := a.Get(t)
	if !ok || len(v) != 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(v), true
}

// MED gives the MULTI_EXIT_DISC.
func (a Attrs) MED() (uint32, bool) { return a.uint32(AttrMED) }

// LocalPref gives the LOCAL_PREF.
func (a Attrs) LocalPref() (uint32, bool) { return a.uint32(AttrLocalPref) }

// OriginatorID gives the identifier of the router that brought the route into
// this AS (RFC 4456 8), in host order.
func (a Attrs) OriginatorID() (uint32, bool) { return a.uint32(AttrOriginatorID) }

// OTC gives the AS that marked the route for customers only (RFC 9234 5).
func (a Attrs) OTC() (uint32, bool) { return a.uint32(AttrOTC) }

// AIGP gives the accumulated metric of the first AIGP TLV (RFC 7311 3).
func (a Attrs) AIGP() (uint64, bool) {
	v, _ := a.Get(AttrAIGP)
	for len(v) >= 3 {
		n := int(binary.BigEndian.Uint16(v[1:]))
		if n < 3 || n > len(v) {
			return 0, false
		}
		if v[0] == 1 && n == 11 {
			return binary.BigEndian.Uint64(v[3:]), true
		}
		v = v[n:]
	}
	return 0, false
}

// AtomicAggregate reports whether the route lost detail in aggregation.
func (a Attrs) AtomicAggregate() bool {
	_, ok := a.Get(AttrAtomicAggregate)
	return ok
}

// Aggregator gives AS and identifier, in host order, of the aggregating router.
func (a Attrs) Aggregator() (as, id uint32, ok bool) {
	v, ok := a.Get(AttrAggregator)
	if !ok || len(v) != 8 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:]), true
}

// Communities gives the COMMUNITIES.
func (a Attrs) Communities() Communities {
	v, _ := a.Get(AttrCommunities)
	return v
}

// ExtCommunities gives the extended communities (RFC 4360).
func (a Attrs) ExtCommunities() ExtCommunities {
	v, _ := a.Get(AttrExtCommunities)
	return v
}

// IPv6ExtCommunities gives those of RFC 5701.
func (a Attrs) IPv6ExtCommunities() IPv6ExtCommunities {
	v, _ := a.Get(AttrIPv6ExtCommunities)
	return v
}

// LargeCommunities gives the large communities (RFC 8092).
func (a Attrs) LargeCommunities() LargeCommunities {
	v, _ := a.Get(AttrLargeCommunities)
	return v
}

// ClusterList gives the identifiers of the route reflectors passed, the latest
// first.
func (a Attrs) ClusterList() ClusterList {
	v, _ := a.Get(AttrClusterList)
	return v
}

// ClusterLen gives the number of route reflectors passed.
func (a Attrs) ClusterLen() int { return a.ClusterList().Len() }

// Local is what this router attaches to a route and never sends. It is part of
// the identity of the attributes. The zero value is not stored.
type Local struct {
	Weight uint32
	Tag    uint32
	Kind   uint8 // where the route comes from: its owner's numbering
}

// localLen is the length of AttrLocal's value.
const localLen = 9

// Local gives the local values.
func (a Attrs) Local() Local {
	v, ok := a.Get(AttrLocal)
	if !ok || len(v) != localLen {
		return Local{}
	}
	return Local{
		Weight: binary.BigEndian.Uint32(v), Tag: binary.BigEndian.Uint32(v[4:]), Kind: v[8],
	}
}
