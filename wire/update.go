package wire

import "encoding/binary"

// Params is what one session negotiated and what its neighbor is: constant for
// the session, and all that the meaning of an UPDATE depends on.
type Params struct {
	AS4             bool // both sides use four-octet AS numbers (RFC 6793)
	IPv4, IPv6      bool // the unicast families that both sides offered
	AddPathIPv4     bool // the neighbor sends path identifiers (RFC 7911)
	AddPathIPv6     bool
	Internal        bool // same AS, or a member of our confederation
	Confederation   bool // a member of our confederation: its segments are legal
	ExtendedNextHop bool // IPv4 routes may have IPv6 next hops (RFC 8950)
	AllowASSets     bool // accept AS_SET, against RFC 9774

	Filter *AttrFilter // of attributes by type, whatever is in them; nil: none
}

// span is a range of octets of the message body.
type span struct{ off, end uint16 }

func (s span) empty() bool { return s.off >= s.end }
func (s span) len() int    { return int(s.end - s.off) }

// Update is a view over the body of one UPDATE: where its parts are, which
// attributes count, and what was wrong. Its body is the message's, and it is valid as long as the body is unchanged.
type Update struct {
	body   []byte
	params Params

	withdrawn, attrs, nlri span // the three fields of RFC 4271 4.3
	reach, unreach         mpField

	seen AttrSet           // types that occur
	kept AttrSet           // types that belong to the routes announced
	at   [attrSlots]uint16 // offset in body of the attributes kept; 0 none

	worst        Severity
	stripped     bool // Params.Filter discarded an attribute
	refused      bool // Params.Filter refuses the routes
	announces    bool // some reachable NLRI was found, of whatever family
	unnegotiated bool
	faultCount   uint8
	faults       [maxFaults]fault
}

// attribute is one entry of the attribute field: where its header begins and
// where its value is.
type attribute struct {
	flags uint8
	kind  AttrType
	off   uint16
	value span
}

// ParseUpdate reads the body of an UPDATE, the octets after the header, and
// judges it by RFC 7606. An error means that the session must be reset; what
// costs less stays in the view and is applied by Parts and AppendAttrs. Body is
// not copied. Nothing is allocated unless there is an error to return.
func ParseUpdate(body []byte, p *Params) (u Update, err *Error) {
	u.body, u.params = body, *p
	if !u.split() || !u.checkPrefixes() {
		return u, u.Err()
	}
	for off := u.attrs.off; off < u.attrs.end; {
		a, ok := u.attributeAt(off)
		switch {
		case !ok:
			u.overrun(a)
			a.value.end = u.attrs.end // RFC 7606 4: the field's own length holds
		case u.filter(a):
		case u.seen.Has(a.kind):
			u.repeated(a)
		default:
			u.seen.Add(a.kind)
			u.check(a)
		}
		if u.worst == Reset {
			return u, u.Err()
		}
		off = a.value.end
	}
	u.checkRoutes()
	if u.worst == Reset {
		return u, u.Err()
	}
	return u, nil
}

// split finds the three fields (RFC 4271 6.3: W + T + 23 must not exceed the
// length of the message).
func (u *Update) split() bool {
	size := len(u.body)
	if size < 4 || size > MaxExtendedLen-HeaderLen {
		return u.blame(ruleBodyLength, attribute{}, size)
	}
	w := int(binary.BigEndian.Uint16(u.body))
	if w+4 > size {
		return u.blame(ruleWithdrawnLength, attribute{}, w)
	}
	t := int(binary.BigEndian.Uint16(u.body[2+w:]))
	if w+t+4 > size {
		return u.blame(ruleAttributesLength, attribute{}, t)
	}
	u.withdrawn = span{2, uint16(2 + w)}
	u.attrs = span{uint16(4 + w), uint16(4 + w + t)}
	u.nlri = span{uint16(4 + w + t), uint16(size)}
	return true
}

// checkPrefixes checks both classic fields (RFC 7606 3 i, 5.3), or passes over
// them where IPv4 unicast was not agreed.
func (u *Update) checkPrefixes() bool {
	u.announces = !u.nlri.empty()
	if !u.params.IPv4 {
		u.unnegotiated = u.announces || !u.withdrawn.empty()
		return true
	}
	if !validNLRI(u.bytes(u.withdrawn), 32, u.params.AddPathIPv4) {
		return u.blame(ruleWithdrawnPrefix, attribute{}, 32)
	}
	if !validNLRI(u.bytes(u.nlri), 32, u.params.AddPathIPv4) {
		return u.blame(ruleNLRIPrefix, attribute{}, 32)
	}
	return true
}

// attributeAt reads the attribute whose header is at off. It fails when header
// or value would leave the attribute field; kind is then set if it is there.
func (u *Update) attributeAt(off uint16) (attribute, bool) {
	b := u.body[off:u.attrs.end]
	a := attribute{off: off}
	if len(b) < 3 {
		if len(b) == 2 {
			a.kind = AttrType(b[1])
		}
		return a, false
	}
	a.flags, a.kind = b[0], AttrType(b[1])
	header, length := 3, int(b[2])
	if a.flags&FlagExtended != 0 {
		if len(b) < 4 {
			return a, false
		}
		header, length = 4, int(binary.BigEndian.Uint16(b[2:]))
	}
	if header+length > len(b) {
		return a, false
	}
	start := off + uint16(header)
	a.value = span{start, start + uint16(length)}
	return a, true
}

// bytes gives a range of the body.
func (u *Update) bytes(s span) []byte { return u.body[s.off:s.end:s.end] }

// keep notes that a belongs to the routes.
func (u *Update) keep(a attribute) {
	u.kept.Add(a.kind)
	if a.kind < attrSlots {
		u.at[a.kind] = a.off
	}
}

// find gives a kept attribute. Types beyond the table are looked for one by
// one: a message has few of them, and at most 220.
func (u *Update) find(t AttrType) (attribute, bool) {
	if !u.kept.Has(t) {
		return attribute{}, false
	}
	if t < attrSlots {
		return u.attributeAt(u.at[t])
	}
	for off := u.attrs.off; ; {
		a, ok := u.attributeAt(off)
		if !ok || a.kind == t {
			return a, ok
		}
		off = a.value.end
	}
}

// RawAttrs iterates over the attributes as they came, repeated and discarded
// ones too, up to the first that overruns the field. Values belong to the body.
func (u *Update) RawAttrs(yield func(t AttrType, flags uint8, value []byte) bool) {
	for off := u.attrs.off; off < u.attrs.end; {
		a, ok := u.attributeAt(off)
		if !ok || !yield(a.kind, a.flags, u.bytes(a.value)) {
			return
		}
		off = a.value.end
	}
}

// Unnegotiated reports whether routes of a family that the session did not
// agree on were skipped.
func (u *Update) Unnegotiated() bool { return u.unnegotiated }

// EndOfRIB gives the family whose initial table ends with this message
// (RFC 4724 2): an empty UPDATE for IPv4 unicast, or nothing but an
// MP_UNREACH_NLRI without prefixes. A family that was not negotiated has none.
func (u *Update) EndOfRIB() (Family, bool) {
	if u.worst != None || !u.withdrawn.empty() || !u.nlri.empty() {
		return 0, false
	}
	if u.attrs.empty() {
		return IPv4Unicast, u.params.IPv4
	}
	alone := AttrSet{}
	alone.Add(AttrMPUnreach)
	if u.seen != alone || u.unreach.family == 0 || !u.unreach.nlri.empty() {
		return 0, false
	}
	return u.unreach.family, true
}
