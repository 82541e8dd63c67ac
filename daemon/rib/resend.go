package rib

import (
	"net/netip"

	"bgpsh/wire"
)

// Resend tells every neighbor that has a route to exactly p from us the same again, and gives the number of them; ok is
// false when nothing is known of p. A neighbor that is being caught up, or whose queue is full, is left to that.
func (r *RIB) Resend(f wire.Family, p netip.Prefix) (told int, ok bool) {
	t := r.table(f)
	if t == nil || !p.IsValid() || p.Addr().Is6() != t.six {
		return 0, false
	}
	id := t.find(wire.PrefixFrom(p))
	if id == 0 || t.slot(id).count == 0 {
		return 0, false
	}
	for _, a := range t.adjs {
		if a == nil || a.member == nil || !a.member.streaming || a.member.gate.blocked {
			continue
		}
		if attr := t.sent(a.member, id); attr != 0 {
			t.say(a.member, []say{{due: due{id: id}, attr: attr}})
			a.member.fresh = false
			told++
		}
	}
	return told, true
}
