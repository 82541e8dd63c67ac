package capture

import (
	"encoding/binary"
	"encoding/hex"

	"bgpsh/wire"
)

// attributes shows the attributes of a route in a dump, and judges them as
// those of a message that announces it. A route of the router itself, as which
// the unspecified address counts for a peer, came in no message: routers store
// it without next hop, flags and whatever else they do not need.
func (m *dump) attributes(o *object, dst *destination, b []byte, as4, own bool) {
	// A table holds what a router accepted, from whatever neighbor: only what
	// no session allows is wrong.
	s := m.d.options.session()
	s.params.AS4, s.params.Internal, s.params.Confederation, s.params.AllowASSets = as4, true, true, true
	s.params.AddPathIPv4, s.params.AddPathIPv6 = false, false

	a := &attributes{}
	var hop []byte // of the MP_REACH_NLRI
	rest := walkAttributes(b, func(flags uint8, t wire.AttrType, v []byte) {
		short, ok := abbreviated(v)
		if t != wire.AttrMPReach || !ok || a.seen[t] {
			a.add(flags, t, v, &s)
			return
		}
		hop = short
		a.seen[t] = true
		a.MPReach = &reach{familyFields: *familyOf(dst.family), NLRI: []route{}}
		a.MPReach.setNextHop(short)
	})
	a.Rest = hex.EncodeToString(rest)
	o.Attributes = a
	if own || dst.prefix == nil {
		return // the last: of a family that package wire has no verdict on
	}
	m.scratch = announcement(m.scratch[:0], dst, b, hop)
	u, _ := wire.ParseUpdate(m.scratch, &s.params)
	var found []*wire.Error
	for e := range u.Errors {
		found = append(found, e)
	}
	o.blame(found...)
}

// abbreviated gives the next hop in an MP_REACH_NLRI of a dump, which should be
// its length and itself (RFC 6396 4.3.4). Some programs write the attribute as
// in a message, of which the next hop is in the middle.
func abbreviated(v []byte) (hop []byte, ok bool) {
	if len(v) > 1 && int(v[0]) == len(v)-1 {
		return v[1:], true
	}
	if len(v) >= 5 && 5+int(v[3]) <= len(v) {
		return v[4 : 4+int(v[3])], true
	}
	return nil, false
}

// announcement appends the body of an UPDATE that announces the prefix of dst with
// attributes attrs, as a message has them: the next hop in an MP_REACH_NLRI
// together with the prefix, which for IPv4 needs none. Attributes with a meaning
// have the flags that are specified, because some routers do not store them.
func announcement(b []byte, dst *destination, attrs, hop []byte) []byte {
	classic := dst.family.AFI() == wire.IPv4Unicast.AFI() && hop == nil
	b = append(b, 0, 0, 0, 0)
	rest := walkAttributes(attrs, func(flags uint8, t wire.AttrType, v []byte) {
		if t.Known() {
			flags = t.DefaultFlags() | flags&wire.FlagPartial
		}
		if t != wire.AttrMPReach || hop == nil {
			b = appendAttribute(b, flags, t, v)
		}
	})
	if !classic {
		family := wire.IPv6Unicast
		if dst.family.AFI() == wire.IPv4Unicast.AFI() {
			family = wire.IPv4Unicast
		}
		v := append([]byte{byte(family >> 16), byte(family >> 8), byte(family), byte(len(hop))}, hop...)
		v = appendPrefix(append(v, 0), dst)
		b = appendAttribute(b, wire.FlagOptional, wire.AttrMPReach, v)
	}
	b = append(b, rest...)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)-4))
	if classic {
		b = appendPrefix(b, dst)
	}
	return b
}

func appendPrefix(b []byte, dst *destination) []byte {
	b = append(b, byte(dst.prefix.Bits()))
	return append(b, dst.prefix.Addr().AsSlice()[:(dst.prefix.Bits()+7)/8]...)
}

func appendAttribute(b []byte, flags uint8, t wire.AttrType, v []byte) []byte {
	b = append(b, flags|wire.FlagExtended, byte(t))
	b = binary.BigEndian.AppendUint16(b, uint16(len(v)))
	return append(b, v...)
}
