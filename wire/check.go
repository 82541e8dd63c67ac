package wire

import "encoding/binary"

// check judges one attribute that was not met before and keeps it unless it is
// to be dropped. Conditions are in the order in which they excuse what follows.
func (u *Update) check(a attribute) {
	if !a.kind.Known() {
		u.checkUnknown(a)
		return
	}
	switch a.kind {
	case AttrLocalPref, AttrOriginatorID, AttrClusterList:
		if !u.params.Internal { // RFC 7606 7.5, 7.9, 7.10
			u.blame(ruleExternal, a, 0)
			return
		}
	case AttrAIGP:
		if !u.params.Internal { // RFC 7311 3.4: as one not recognised
			return
		}
	case AttrAS4Path, AttrAS4Aggregator:
		if u.params.AS4 { // RFC 6793 6
			u.blame(ruleAS4FromNew, a, 0)
			return
		}
	}
	if !u.checkFlags(a) || !u.checkLength(a) || !u.checkValue(a) {
		return
	}
	u.keep(a)
}

// checkUnknown sorts attributes without a meaning here (RFC 4271 5): the
// optional transitive are kept, the other optional ones dropped.
func (u *Update) checkUnknown(a attribute) {
	switch {
	case a.flags&FlagOptional == 0:
		u.blame(ruleUnknownWellKnown, a, 0)
	case a.kind == AttrLocal: // reserved by IANA; here the type is ours alone
		u.blame(ruleReserved, a, 0)
	case a.flags&FlagTransitive != 0:
		u.keep(a)
	}
}

// checkFlags compares Optional and Transitive with the specification
// (RFC 7606 3 c). MP attributes are unreadable with wrong flags (5.3), AIGP is
// then unrecognised (RFC 7311 3).
func (u *Update) checkFlags(a attribute) bool {
	if (a.flags^attrKinds[a.kind].flags)&optionalTransitive == 0 {
		return true
	}
	switch a.kind {
	case AttrMPReach, AttrMPUnreach:
		return u.blame(ruleMPFlags, a, int(a.flags))
	case AttrAIGP:
		return u.blame(ruleAIGPFlags, a, int(a.flags))
	}
	return u.blame(ruleFlags, a, int(a.flags))
}

// checkLength applies the fixed length of an attribute or its unit.
func (u *Update) checkLength(a attribute) bool {
	kind, length := &attrKinds[a.kind], a.value.len()
	unit := int(kind.unit)
	switch a.kind {
	case AttrAggregator:
		unit = 6
		if u.params.AS4 {
			unit = 8
		}
	case AttrAtomicAggregate:
		if length != 0 {
			return u.blame(ruleLength, a, length)
		}
	}
	switch {
	case unit == 0:
	case kind.many && (length == 0 || length%unit != 0), !kind.many && length != unit:
		return u.blame(ruleLength, a, length)
	}
	return true
}

// checkValue applies the rules of single attributes.
func (u *Update) checkValue(a attribute) bool {
	v := u.bytes(a.value)
	switch a.kind {
	case AttrOrigin:
		if v[0] > OriginIncomplete {
			return u.blame(ruleOrigin, a, int(v[0]))
		}
	case AttrASPath:
		return u.checkASPath(a, v)
	case AttrAS4Path:
		return u.checkAS4Path(a, v)
	case AttrAggregator:
		if zeroAS(v, len(v)-4) { // RFC 7607
			return u.blame(ruleAggregatorZero, a, 0)
		}
	case AttrAS4Aggregator:
		if zeroAS(v, 4) {
			return u.blame(ruleAggregatorZero, a, 0)
		}
	case AttrAIGP:
		if !validAIGP(v) {
			return u.blame(ruleAIGP, a, len(v))
		}
	case AttrMPReach:
		u.checkReach(a, v)
		return false // routes, not a part of them
	case AttrMPUnreach:
		u.checkUnreach(a, v)
		return false
	}
	return true
}

// zeroAS reports whether the AS number in the first width octets is 0.
func zeroAS(v []byte, width int) bool {
	for _, b := range v[:width] {
		if b != 0 {
			return false
		}
	}
	return true
}

// validAIGP walks the TLVs, whose lengths include their header of 3 octets; an
// AIGP TLV (type 1) has 11 (RFC 7311 3).
func validAIGP(v []byte) bool {
	if len(v) == 0 {
		return false
	}
	for len(v) > 0 {
		if len(v) < 3 {
			return false
		}
		n := int(binary.BigEndian.Uint16(v[1:]))
		if n < 3 || n > len(v) || (v[0] == 1 && n != 11) {
			return false
		}
		v = v[n:]
	}
	return true
}

// overrun judges an attribute field that ends inside an attribute. Its own
// length still gives the place of the NLRI (RFC 7606 4), so the routes can be
// withdrawn, unless it is one of those that hold prefixes (3 j).
func (u *Update) overrun(a attribute) {
	u.seen.Add(a.kind)
	rule := ruleOverrun
	if a.kind == AttrMPReach || a.kind == AttrMPUnreach {
		rule = ruleMPOverrun
	}
	u.blame(rule, a, int(u.attrs.end-a.off))
}

// repeated judges an attribute that was met before (RFC 7606 3 g).
func (u *Update) repeated(a attribute) {
	if a.kind == AttrMPReach || a.kind == AttrMPUnreach {
		u.blame(ruleMPRepeated, a, 0)
		return
	}
	u.blame(ruleRepeated, a, 0)
}

// checkRoutes judges the message as a whole, once all attributes are known.
func (u *Update) checkRoutes() {
	classic := u.params.IPv4 && !u.nlri.empty()
	if classic || (u.reach.family != 0 && !u.reach.nlri.empty()) {
		u.mandatory(AttrOrigin)
		u.mandatory(AttrASPath)
	}
	if classic {
		// Beside MP_REACH_NLRI alone the attribute says nothing (RFC 4760 3).
		u.mandatory(AttrNextHop)
		if a, ok := u.find(AttrNextHop); ok && !hostAddress(u.bytes(a.value)) {
			u.blame(ruleNextHop, a, 0)
		}
	}
	if path, ok := u.find(AttrASPath); ok && !u.params.AS4 {
		as4, _ := u.find(AttrAS4Path)
		if size := 2*path.value.len() + as4.value.len(); size > maxValue {
			u.blame(ruleASPathTooLong, path, size)
		}
	}
	u.escalate()
}

// mandatory reports a well-known mandatory attribute that is missing. One that
// is there and malformed was reported already.
func (u *Update) mandatory(t AttrType) {
	if !u.seen.Has(t) {
		u.blame(ruleMissing, attribute{kind: t}, 0)
	}
}

// escalate turns treat-as-withdraw into a reset when nothing reachable was
// found: then it is not sure that the prefixes were seen at all (RFC 7606 5.2).
func (u *Update) escalate() {
	if u.worst != Withdraw || u.announces {
		return
	}
	for i := range u.faults[:u.faultCount] {
		if f := &u.faults[i]; f.severity == Withdraw {
			f.severity = Reset
			u.worst = Reset
			return
		}
	}
}

// hostAddress reports whether v, 4, 16 or 32 octets, begins with the address of
// a host: not this network, multicast or reserved (RFC 4271 6.3, RFC 6890). Loopback
// addresses pass, because speakers of one machine have them.
func hostAddress(v []byte) bool {
	if len(v) == 4 {
		return v[0] != 0 && v[0] < 224
	}
	return v[0] != 0xff && [16]byte(v) != [16]byte{}
}
