package rib

import "math/bits"

// A Count tells how many routes and paths a listing would give, without giving them: a walk over the table in no order.
type Count struct {
	l      Listing
	Routes uint64
	Paths  uint64
}

// Count begins counting what List would list; After is not looked at.
func (r *RIB) Count(q Query) *Count {
	q.After = Key{}
	c := &Count{l: *r.List(q)}
	c.l.sieve.f = &c.l.q.Filter
	return c
}

// Next does about units destinations of work and reports whether all was counted. What changes meanwhile counts or not.
func (c *Count) Next(units int) (done bool) {
	l := &c.l
	l.sieve.fresh()
	for n := 0; !l.done && (n+l.sieve.asked) < units; n += 4 { // looking at 64 costs less than showing one
		if l.at >= l.t.limit() {
			l.done = true
			break
		}
		used := l.t.used(l.at >> chunkBits)[l.at&chunkMask>>6]
		if l.at == 0 {
			used &^= 1
		}
		for ; used != 0; used &= used - 1 {
			if id := l.at + uint32(bits.TrailingZeros64(used)); l.inside(l.t.prefix(id)) && l.matches(id) {
				c.Routes++
				c.Paths += l.paths(id)
			}
		}
		l.at += 64
	}
	return l.done
}

// paths counts the paths of a destination that the listing shows.
func (l *Listing) paths(id destID) (n uint64) {
	switch l.q.View {
	case ViewAdvertised:
		return l.t.countSent(l.t.adjs[l.q.Peer].member, id)
	case ViewWithheld:
		return 1
	}
	for p := range l.t.paths.iterate(l.t.slot(id)) {
		if l.q.View == ViewTable && l.sieve.passes(id, p) || l.q.View != ViewTable && l.wants(p) {
			n++
		}
	}
	return n
}
