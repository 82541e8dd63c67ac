package conformance

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// Types of messages (RFC 4271 4.1, RFC 2918).
const (
	typeOpen         = 1
	typeUpdate       = 2
	typeNotification = 3
	typeKeepalive    = 4
	typeRefresh      = 5
)

// Flags of a path attribute (RFC 4271 4.3).
const (
	optional   = 0x80
	transitive = 0x40
	partial    = 0x20
	extended   = 0x10
)

// Path attributes.
const (
	attrOrigin        = 1
	attrASPath        = 2
	attrNextHop       = 3
	attrMED           = 4
	attrLocalPref     = 5
	attrAtomic        = 6
	attrAggregator    = 7
	attrCommunities   = 8
	attrOriginatorID  = 9
	attrClusterList   = 10
	attrMPReach       = 14
	attrMPUnreach     = 15
	attrExtended      = 16
	attrAS4Path       = 17
	attrAS4Aggregator = 18
	attrLarge         = 32
	attrOTC           = 35
)

func u16(v int) []byte    { return binary.BigEndian.AppendUint16(nil, uint16(v)) }
func u32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

// message is a whole message with a right header.
func message(kind byte, body []byte) []byte {
	return join(slices.Repeat([]byte{0xff}, 16), u16(19+len(body)), []byte{kind}, body)
}

// framed is a message whose header says length, whatever the body is.
func framed(length int, kind byte, body []byte) []byte {
	return join(slices.Repeat([]byte{0xff}, 16), u16(length), []byte{kind}, body)
}

var keepalive = message(typeKeepalive, nil)

func notification(code, subcode byte) []byte { return message(typeNotification, []byte{code, subcode}) }

func refresh(afi int, subtype, safi byte) []byte {
	return message(typeRefresh, join(u16(afi), []byte{subtype, safi}))
}

// open is an OPEN before it is octets. The zero value of a field is replaced by what the neighbor would say.
type open struct {
	version byte
	as      int // of the two-octet field
	hold    int // -1: 0
	id      netip.Addr
	caps    [][]byte // nil: IPv4 and IPv6 unicast, four-octet AS, route refresh
	noCaps  bool
	single  bool   // each capability in a parameter of its own
	params  []byte // instead of capabilities: the octets of the optional parameters
	long    bool   // the form of RFC 9072
}

func capability(code byte, value ...byte) []byte { return join([]byte{code, byte(len(value))}, value) }

func capMP(afi int, safi byte) []byte { return capability(1, byte(afi>>8), byte(afi), 0, safi) }
func capAS4(as uint32) []byte         { return capability(65, u32(as)...) }

var (
	capRefresh         = capability(2)
	capExtendedMessage = capability(6)
	capEnhancedRefresh = capability(70)
)

// octets is the OPEN of a neighbor with the AS number.
func (o open) octets(as uint32) []byte {
	if o.version == 0 {
		o.version = 4
	}
	if o.as == 0 {
		o.as = int(as)
		if as > 65535 {
			o.as = 23456
		}
	}
	switch o.hold {
	case 0:
		o.hold = 90
	case -1:
		o.hold = 0
	}
	if o.caps == nil && !o.noCaps {
		o.caps = [][]byte{capMP(1, 1), capMP(2, 1), capRefresh, capAS4(as)}
	}
	if o.as == -1 {
		o.as = 0
	}
	params := o.params
	switch {
	case params != nil:
	case o.long && len(o.caps) > 0:
		all := join(o.caps...)
		params = join([]byte{2}, u16(len(all)), all)
	case o.single:
		for _, c := range o.caps {
			params = join(params, []byte{2, byte(len(c))}, c)
		}
	case len(o.caps) > 0:
		all := join(o.caps...)
		params = join([]byte{2, byte(len(all))}, all)
	}
	head := join([]byte{o.version}, u16(o.as), u16(o.hold), o.id.AsSlice())
	if o.long {
		return message(typeOpen, join(head, []byte{255, 255}, u16(len(params)), params))
	}
	return message(typeOpen, join(head, []byte{byte(len(params))}, params))
}

// attr is one path attribute with the shortest right form of its length.
func attr(flags, kind byte, value ...byte) []byte {
	if len(value) > 255 || flags&extended != 0 {
		return join([]byte{flags | extended, kind}, u16(len(value)), value)
	}
	return join([]byte{flags, kind, byte(len(value))}, value)
}

func origin(v byte) []byte { return attr(transitive, attrOrigin, v) }

// segment is a piece of an AS path with numbers of four octets.
func segment(kind byte, as ...uint32) []byte {
	b := []byte{kind, byte(len(as))}
	for _, a := range as {
		b = append(b, u32(a)...)
	}
	return b
}

func segment2(kind byte, as ...int) []byte {
	b := []byte{kind, byte(len(as))}
	for _, a := range as {
		b = append(b, u16(a)...)
	}
	return b
}

const (
	asSet      = 1
	asSequence = 2
	confedSeq  = 3
)

func asPath(as ...uint32) []byte {
	if len(as) == 0 {
		return attr(transitive, attrASPath)
	}
	return attr(transitive, attrASPath, segment(asSequence, as...)...)
}

func nextHop(a netip.Addr) []byte       { return attr(transitive, attrNextHop, a.AsSlice()...) }
func med(v uint32) []byte               { return attr(optional, attrMED, u32(v)...) }
func localPref(v uint32) []byte         { return attr(transitive, attrLocalPref, u32(v)...) }
func communities(c ...uint32) []byte    { return attr(optional|transitive, attrCommunities, words(c)...) }
func largeCommunity(c ...uint32) []byte { return attr(optional|transitive, attrLarge, words(c)...) }

func words(values []uint32) []byte {
	var b []byte
	for _, v := range values {
		b = append(b, u32(v)...)
	}
	return b
}

// nlri is the prefixes as they stand in a message.
func nlri(prefixes ...netip.Prefix) []byte {
	var b []byte
	for _, p := range prefixes {
		b = append(b, byte(p.Bits()))
		b = append(b, p.Addr().AsSlice()[:(p.Bits()+7)/8]...)
	}
	return b
}

// update is a whole UPDATE of right structure.
func update(withdrawn, attrs, prefixes []byte) []byte {
	return message(typeUpdate, join(u16(len(withdrawn)), withdrawn, u16(len(attrs)), attrs, prefixes))
}

// mpReach is the MP_REACH_NLRI attribute (RFC 4760 3).
func mpReach(afi int, safi byte, hop, prefixes []byte) []byte {
	return attr(optional|extended, attrMPReach, join(u16(afi), []byte{safi, byte(len(hop))}, hop, []byte{0}, prefixes)...)
}

func mpUnreach(afi int, safi byte, prefixes []byte) []byte {
	return attr(optional|extended, attrMPUnreach, join(u16(afi), []byte{safi}, prefixes)...)
}
