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
		says := t.holding(a.member, id)
		if len(says) > 0 {
			for _, s := range t.say(a.member, says) {
				a.member.backlog.set(s.due)
				t.rouse(a.member)
			}
			a.member.fresh = false
			told++
		}
	}
	return told, true
}

// holding gives what a member that streams holds of a destination, to be told again.
func (t *table) holding(m *member, id destID) (says []say) {
	add := func(at spot) {
		if attr := t.sent(m, at); attr != 0 {
			says = append(says, say{due: due{id: at, had: true}, attr: attr})
		}
	}
	if !m.wide() {
		add(id)
		return says
	}
	for n := t.lanes.of(id); n != 0; n = t.lanes.recs.at(n).next {
		add(n)
	}
	return says
}
