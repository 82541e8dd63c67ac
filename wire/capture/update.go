package capture

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"

	"bgpsh/wire"
)

// updateFields is the body of an UPDATE, beside its attributes.
type updateFields struct {
	Withdrawn    []route       `json:"withdrawn"`
	NLRI         []route       `json:"nlri"`
	EndOfRIB     *familyFields `json:"endOfRib,omitempty"`
	Unnegotiated bool          `json:"unnegotiated,omitempty"` // routes of a family not agreed on were passed over
}

// route is a prefix and, with ADD-PATH, the identifier of the path.
type route struct {
	Prefix netip.Prefix `json:"prefix"`
	PathID *uint32      `json:"pathId,omitempty"`
}

// describeUpdate shows what an UPDATE holds, and gives what package wire says
// of it. Fields are shown as far as they can be read, also those that the
// verdict makes void.
func (o *object) describeUpdate(body []byte, s *session) []*wire.Error {
	u, _ := wire.ParseUpdate(body, &s.params)
	o.updateFields = &updateFields{Withdrawn: []route{}, NLRI: []route{}, Unnegotiated: u.Unnegotiated()}
	o.Attributes = &attributes{}
	if withdrawn, attrs, nlri, ok := split(body); ok {
		o.Withdrawn = routes(withdrawn, wire.IPv4Unicast, s)
		o.Attributes.read(attrs, s)
		o.NLRI = routes(nlri, wire.IPv4Unicast, s)
		o.EndOfRIB = endOfRIB(&u, o)
	}
	var found []*wire.Error
	for e := range u.Errors {
		found = append(found, e)
	}
	return found
}

// endOfRIB names the family whose table ends with the message (RFC 4724 2),
// also one that package wire does not decode.
func endOfRIB(u *wire.Update, o *object) *familyFields {
	if f, ok := u.EndOfRIB(); ok {
		return familyOf(f)
	}
	m := o.Attributes.MPUnreach
	if u.Severity() == wire.None && m != nil && o.Attributes.count == 1 && len(m.NLRI) == 0 && m.NLRIHex == "" &&
		len(o.Withdrawn) == 0 && len(o.NLRI) == 0 {
		return &m.familyFields
	}
	return nil
}

// split finds the three fields of an UPDATE (RFC 4271 4.3).
func split(body []byte) (withdrawn, attrs, nlri []byte, ok bool) {
	if len(body) < 4 {
		return nil, nil, nil, false
	}
	w := int(binary.BigEndian.Uint16(body))
	if w+4 > len(body) {
		return nil, nil, nil, false
	}
	withdrawn, rest := body[2:2+w], body[2+w:]
	t := int(binary.BigEndian.Uint16(rest))
	if t+2 > len(rest) {
		return nil, nil, nil, false
	}
	return withdrawn, rest[2 : 2+t], rest[2+t:], true
}

// routes reads prefixes of a unicast family up to the first that is malformed.
// The result is never nil.
func routes(b []byte, f wire.Family, s *session) []route {
	out := []route{}
	for marked := s.addPath(f); len(b) > 0; {
		var r route
		if marked {
			if len(b) < 5 {
				break
			}
			id := binary.BigEndian.Uint32(b)
			r.PathID, b = &id, b[4:]
		}
		p, size, ok := prefixAt(b, f.AFI())
		if !ok {
			break
		}
		r.Prefix, b = p, b[size:]
		out = append(out, r)
	}
	return out
}

// prefixAt reads one prefix, a length in bits and as many octets as it needs,
// and tells what it takes of b.
func prefixAt(b []byte, afi uint16) (p netip.Prefix, size int, ok bool) {
	if len(b) == 0 {
		return netip.Prefix{}, 0, false
	}
	bits := int(b[0])
	size = 1 + (bits+7)/8
	most := 128
	if afi == wire.IPv4Unicast.AFI() {
		most = 32
	}
	if bits > most || size > len(b) {
		return netip.Prefix{}, 0, false
	}
	var a [16]byte
	copy(a[:], b[1:size])
	addr := netip.AddrFrom16(a)
	if most == 32 {
		addr = netip.AddrFrom4([4]byte(a[:4]))
	}
	return netip.PrefixFrom(addr, bits).Masked(), size, true
}

// reach is an MP_REACH_NLRI or MP_UNREACH_NLRI. The prefixes of a family other
// than IPv4 and IPv6 unicast are given in hex digits.
type reach struct {
	familyFields
	NextHop    string  `json:"nextHop,omitempty"`
	LinkLocal  string  `json:"nextHopLinkLocal,omitempty"`
	NextHopHex string  `json:"nextHopHex,omitempty"` // of a length that is no address
	NLRI       []route `json:"nlri"`
	NLRIHex    string  `json:"nlriHex,omitempty"`
}

// reachOf reads the value of an MP_REACH_NLRI (RFC 4760 3).
func reachOf(v []byte, s *session) *reach {
	if len(v) < 5 || 5+int(v[3]) > len(v) {
		return nil
	}
	r := &reach{}
	r.setNextHop(v[4 : 4+int(v[3])])
	r.setNLRI(wire.NewFamily(binary.BigEndian.Uint16(v), v[2]), v[5+int(v[3]):], s)
	return r
}

// unreachOf reads the value of an MP_UNREACH_NLRI (RFC 4760 4).
func unreachOf(v []byte, s *session) *reach {
	if len(v) < 3 {
		return nil
	}
	r := &reach{}
	r.setNLRI(wire.NewFamily(binary.BigEndian.Uint16(v), v[2]), v[3:], s)
	return r
}

func (r *reach) setNLRI(f wire.Family, b []byte, s *session) {
	r.familyFields = *familyOf(f)
	r.NLRI = []route{}
	switch f {
	case wire.IPv4Unicast, wire.IPv6Unicast:
		r.NLRI = routes(b, f, s)
	default:
		r.NLRIHex = hex.EncodeToString(b)
	}
}

// setNextHop shows a next hop: an address, a pair of IPv6 addresses (RFC 2545
// 3), or either behind the empty route distinguishers of VPN families.
func (r *reach) setNextHop(v []byte) {
	switch len(v) {
	case 4, 16:
		r.NextHop = address(v)
	case 32:
		r.NextHop, r.LinkLocal = address(v[:16]), address(v[16:])
	case 12, 24:
		r.NextHop = address(v[8:])
	case 48:
		r.NextHop, r.LinkLocal = address(v[8:24]), address(v[32:])
	default:
		r.NextHopHex = hex.EncodeToString(v)
	}
}

// address writes 4 or 16 octets as an IP address.
func address(v []byte) string {
	a, _ := netip.AddrFromSlice(v)
	return a.String()
}
