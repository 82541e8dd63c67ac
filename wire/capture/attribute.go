package capture

import (
	"encoding/binary"
	"encoding/hex"

	"bgpsh/wire"
)

// attributes are those of one UPDATE or route, as they came: also what the
// verdict on the message discards. Of a repeated attribute the first is typed.
type attributes struct {
	Origin             string      `json:"origin,omitempty"`
	ASPath             *asPath     `json:"asPath,omitempty"`
	NextHop            string      `json:"nextHop,omitempty"`
	MED                *uint32     `json:"med,omitempty"`
	LocalPref          *uint32     `json:"localPref,omitempty"`
	AtomicAggregate    bool        `json:"atomicAggregate,omitempty"`
	Aggregator         *aggregator `json:"aggregator,omitempty"`
	Communities        []string    `json:"communities,omitempty"`
	OriginatorID       string      `json:"originatorId,omitempty"`
	ClusterList        []string    `json:"clusterList,omitempty"`
	MPReach            *reach      `json:"mpReach,omitempty"`
	MPUnreach          *reach      `json:"mpUnreach,omitempty"`
	ExtCommunities     []string    `json:"extendedCommunities,omitempty"`
	AS4Path            *asPath     `json:"as4Path,omitempty"`
	AS4Aggregator      *aggregator `json:"as4Aggregator,omitempty"`
	IPv6ExtCommunities []string    `json:"ipv6ExtendedCommunities,omitempty"`
	AIGP               *uint64     `json:"aigp,omitempty"`
	LargeCommunities   []string    `json:"largeCommunities,omitempty"`
	OTC                *uint32     `json:"otc,omitempty"`

	Partial   []string       `json:"partial,omitempty"`   // known ones that a router on the way did not know
	Unknown   []rawAttribute `json:"unknown,omitempty"`   // types without a meaning here
	Malformed []rawAttribute `json:"malformed,omitempty"` // values that have no typed form
	Repeated  []rawAttribute `json:"repeated,omitempty"`
	Rest      string         `json:"rest,omitempty"` // hex digits behind the last attribute that fits

	count int
	seen  [256]bool
}

// rawAttribute is an attribute as octets.
type rawAttribute struct {
	Type  uint8  `json:"type"`
	Name  string `json:"name,omitempty"`
	Flags uint8  `json:"flags"`
	Hex   string `json:"hex"`
}

type aggregator struct {
	AS uint32 `json:"as"`
	ID string `json:"id"`
}

// walkAttributes iterates over path attributes (RFC 4271 4.3) and gives what is
// left when one does not fit.
func walkAttributes(b []byte, yield func(flags uint8, t wire.AttrType, value []byte)) (rest []byte) {
	for len(b) > 0 {
		header := 3
		if b[0]&wire.FlagExtended != 0 {
			header = 4
		}
		if len(b) < header {
			return b
		}
		size := int(b[2])
		if header == 4 {
			size = int(binary.BigEndian.Uint16(b[2:]))
		}
		if header+size > len(b) {
			return b
		}
		yield(b[0], wire.AttrType(b[1]), b[header:header+size])
		b = b[header+size:]
	}
	return nil
}

// read takes the attribute field of an UPDATE.
func (a *attributes) read(b []byte, s *session) {
	rest := walkAttributes(b, func(flags uint8, t wire.AttrType, value []byte) { a.add(flags, t, value, s) })
	a.Rest = hex.EncodeToString(rest)
}

// add takes one attribute: typed where its value has a typed form.
func (a *attributes) add(flags uint8, t wire.AttrType, v []byte, s *session) {
	a.count++
	raw := rawAttribute{Type: uint8(t), Flags: flags}
	if t.Known() {
		raw.Name = t.String()
	}
	list := &a.Malformed
	switch {
	case a.seen[t]:
		list = &a.Repeated
	case !t.Known():
		list = &a.Unknown
	case a.set(t, v, s):
		list = nil
		if flags&wire.FlagPartial != 0 {
			a.Partial = append(a.Partial, raw.Name)
		}
	}
	a.seen[t] = true
	if list != nil {
		raw.Hex = hex.EncodeToString(v)
		*list = append(*list, raw)
	}
}

// set gives the attribute of type t its typed form, and reports whether v has
// one.
func (a *attributes) set(t wire.AttrType, v []byte, s *session) (ok bool) {
	width := 2
	if s.params.AS4 {
		width = 4
	}
	switch t {
	case wire.AttrOrigin:
		if len(v) == 1 && int(v[0]) < len(origins) {
			a.Origin, ok = origins[v[0]], true
		}
	case wire.AttrASPath:
		a.ASPath, ok = pathOf(v, width)
	case wire.AttrNextHop:
		if ok = len(v) == 4; ok {
			a.NextHop = address(v)
		}
	case wire.AttrMED:
		a.MED, ok = number(v)
	case wire.AttrLocalPref:
		a.LocalPref, ok = number(v)
	case wire.AttrAtomicAggregate:
		ok = len(v) == 0
		a.AtomicAggregate = ok
	case wire.AttrAggregator:
		a.Aggregator, ok = aggregatorOf(v, width)
	case wire.AttrCommunities:
		a.Communities, ok = texts(v, 4, communityText)
	case wire.AttrOriginatorID:
		if ok = len(v) == 4; ok {
			a.OriginatorID = address(v)
		}
	case wire.AttrClusterList:
		a.ClusterList, ok = texts(v, 4, address)
	case wire.AttrMPReach:
		a.MPReach = reachOf(v, s)
		ok = a.MPReach != nil
	case wire.AttrMPUnreach:
		a.MPUnreach = unreachOf(v, s)
		ok = a.MPUnreach != nil
	case wire.AttrExtCommunities:
		a.ExtCommunities, ok = texts(v, 8, extCommunityText)
	case wire.AttrAS4Path:
		a.AS4Path, ok = pathOf(v, 4)
	case wire.AttrAS4Aggregator:
		a.AS4Aggregator, ok = aggregatorOf(v, 4)
	case wire.AttrIPv6ExtCommunities:
		a.IPv6ExtCommunities, ok = texts(v, 20, ipv6ExtCommunityText)
	case wire.AttrAIGP:
		a.AIGP, ok = metric(v)
	case wire.AttrLargeCommunities:
		a.LargeCommunities, ok = texts(v, 12, largeCommunityText)
	case wire.AttrOTC:
		a.OTC, ok = number(v)
	}
	return ok
}

var origins = [...]string{wire.OriginIGP: "IGP", wire.OriginEGP: "EGP", wire.OriginIncomplete: "incomplete"}

// number reads an attribute of four octets.
func number(v []byte) (*uint32, bool) {
	if len(v) != 4 {
		return nil, false
	}
	n := binary.BigEndian.Uint32(v)
	return &n, true
}

// metric reads the first AIGP TLV, type 1 and 11 octets long (RFC 7311 3), of a
// value that is nothing but TLVs.
func metric(v []byte) (found *uint64, ok bool) {
	for len(v) >= 3 {
		n := int(binary.BigEndian.Uint16(v[1:]))
		if n < 3 || n > len(v) || v[0] == 1 && n != 11 {
			return nil, false
		}
		if v[0] == 1 && found == nil {
			m := binary.BigEndian.Uint64(v[3:])
			found = &m
		}
		v = v[n:]
	}
	if len(v) > 0 || found == nil {
		return nil, false
	}
	return found, true
}

// aggregatorOf reads an AS number of width octets and an identifier.
func aggregatorOf(v []byte, width int) (*aggregator, bool) {
	if len(v) != width+4 {
		return nil, false
	}
	as := uint32(binary.BigEndian.Uint16(v))
	if width == 4 {
		as = binary.BigEndian.Uint32(v)
	}
	return &aggregator{as, address(v[width:])}, true
}
