package wire

// Part is a group of prefixes of one message that share family, direction and
// next hop. Its slices belong to the body.
type Part struct {
	Family    Family
	Withdraw  bool // the prefixes leave
	Malformed bool // ... because the message was treated as withdraw
	NLRI      NLRIs
	NextHop   []byte // of the announced: 4, 16 or 32 octets
}

// Parts iterates over what the message does, in the order in which it is to be
// applied: withdrawals first, so that a prefix in both lists counts as
// announced (RFC 4271 4.3). A message that is treated as withdraw yields its
// announced prefixes as withdrawn. Families that were not negotiated and empty
// lists are left out.
func (u *Update) Parts(yield func(Part) bool) {
	malformed := u.worst >= Withdraw || u.refused
	if u.params.IPv4 && !u.withdrawn.empty() &&
		!yield(Part{Family: IPv4Unicast, Withdraw: true, NLRI: u.prefixes(IPv4Unicast, u.withdrawn)}) {
		return
	}
	if f := u.unreach.family; f != 0 && !u.unreach.nlri.empty() &&
		!yield(Part{Family: f, Withdraw: true, NLRI: u.prefixes(f, u.unreach.nlri)}) {
		return
	}
	if f := u.reach.family; f != 0 && !u.reach.nlri.empty() &&
		!yield(Part{
			Family: f, Withdraw: malformed, Malformed: malformed,
			NLRI: u.prefixes(f, u.reach.nlri), NextHop: trimNextHop(u.bytes(u.reach.nextHop)),
		}) {
		return
	}
	if u.params.IPv4 && !u.nlri.empty() {
		part := Part{
			Family: IPv4Unicast, Withdraw: malformed, Malformed: malformed,
			NLRI: u.prefixes(IPv4Unicast, u.nlri),
		}
		if a, ok := u.find(AttrNextHop); ok {
			part.NextHop = u.bytes(a.value)
		}
		yield(part)
	}
}

// prefixes gives the view over s, which is checked.
func (u *Update) prefixes(f Family, s span) NLRIs {
	return NLRIs{rest: u.bytes(s), addPath: u.params.addPath(f)}
}
