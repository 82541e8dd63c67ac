package rib

import (
	"cmp"
	"math/bits"
	"slices"

	"bgpsh/wire"
)

// A condition is a map that the table is asked about: is there a route in use that it permits? It follows the table by a
// cursor as the groups do, and keeps of each destination which rank it has, see Config.Condition: by a code of few bits, since few
// ranks differ.
type condition struct {
	policy uint32
	users  int // groups
	cursor cursor
	ranks  []ranked   // that destinations have, in ascending order of rank
	codes  [][]uint64 // bits by destination: the lowest of every code, the next, and so on; code 0: refused
	count  uint32     // destinations with a rank
	known  bool       // every destination was looked at
}

// ranked says how many destinations have a rank, at least one.
type ranked struct{ rank, code, count uint32 }

// holds reports whether the condition is known to be met, or known not to be.
func (c *condition) holds() (met, known bool) { return c.count > 0, c.known }

// code is that of the rank of a destination.
func (c *condition) code(id destID) (code uint32) {
	for i, words := range c.codes {
		if w := int(id >> 6); w < len(words) {
			code |= uint32(words[w]>>(id&63)&1) << i
		}
	}
	return code
}

// put notes what the map says of the best path of a destination: its rank, 0 where it refuses it.
func (c *condition) put(id destID, rank uint32) {
	old, code := c.code(id), uint32(0)
	if rank != 0 {
		r := c.of(rank)
		r.count++
		code = r.code
		c.count++
	}
	if old != 0 {
		at := slices.IndexFunc(c.ranks, func(r ranked) bool { return r.code == old })
		c.count--
		if c.ranks[at].count--; c.ranks[at].count == 0 {
			c.ranks = slices.Delete(c.ranks, at, at+1)
		}
	}
	for changed := old ^ code; changed != 0; changed &= changed - 1 {
		i := bits.TrailingZeros32(changed)
		for len(c.codes) <= i {
			c.codes = append(c.codes, nil)
		}
		c.codes[i] = fitWords(c.codes[i], id)
		c.codes[i][id>>6] ^= 1 << (id & 63)
	}
}

// of gives a rank, with the lowest code that is free where no destination has it yet.
func (c *condition) of(rank uint32) *ranked {
	at, found := slices.BinarySearchFunc(c.ranks, rank, func(r ranked, rank uint32) int { return cmp.Compare(r.rank, rank) })
	if !found {
		code := uint32(1)
		for slices.ContainsFunc(c.ranks, func(r ranked) bool { return r.code == code }) {
			code++
		}
		c.ranks = slices.Insert(c.ranks, at, ranked{rank: rank, code: code})
	}
	return &c.ranks[at]
}

// witness is the destination of the lowest number among those of the lowest rank, 0 for none.
func (c *condition) witness() destID {
	if c.count == 0 {
		return 0
	}
	code := c.ranks[0].code
	for w := 0; ; w++ { // there is one
		if b := c.having(code, w); b != 0 {
			return uint32(w<<6 | bits.TrailingZeros64(b))
		}
	}
}

// having are the destinations with a code among the 64 of a word.
func (c *condition) having(code uint32, w int) uint64 {
	all := ^uint64(0)
	for i, words := range c.codes {
		b := uint64(0)
		if w < len(words) {
			b = words[w]
		}
		if code>>i&1 == 0 {
			b = ^b
		}
		all &= b
	}
	return all
}

// bytes is what is kept of the destinations.
func (c *condition) bytes() (n uint64) {
	for _, words := range c.codes {
		n += 8 * uint64(cap(words))
	}
	return n
}

// conditionOf gives the condition of a map for one more group, making it when there is none; nil for no map.
func (t *table) conditionOf(policy uint32) *condition {
	if policy == 0 || t.config.Condition == nil {
		return nil
	}
	for _, c := range t.conditions {
		if c.policy == policy {
			c.users++
			return c
		}
	}
	c := &condition{policy: policy, users: 1}
	t.uses(policy, 1)
	c.cursor.fill(&t.dests)
	c.known = c.cursor.count == 0
	t.conditions = append(t.conditions, c)
	return c
}

// leaveCondition takes a group away from its condition, which ends with the last.
func (t *table) leaveCondition(c *condition) {
	if c == nil {
		return
	}
	if c.users--; c.users > 0 {
		return
	}
	for i := range t.conditions {
		if t.conditions[i] == c {
			t.conditions = append(t.conditions[:i:i], t.conditions[i+1:]...)
			t.uses(c.policy, -1)
			return
		}
	}
}

// conditionSome asks the conditions about destinations that changed, and tells the groups what follows. It reports the work
// done.
func (t *table) conditionSome(units int) (done int) {
	for _, c := range t.conditions {
		if c.cursor.count == 0 || done >= units {
			continue
		}
		met, known := c.holds()
		first := c.witness()
		touched := false
		t.egress.ids = c.cursor.take(t.egress.ids[:0], units-done)
		for _, id := range t.egress.ids {
			c.put(id, t.meets(c, id))
			touched = touched || id == first
		}
		done += len(t.egress.ids)
		t.reapable += len(t.egress.ids) // tombs that waited for it
		c.known = c.known || c.cursor.count == 0
		now, sure := c.holds()
		t.conditioned(c, now != met || sure != known, touched || c.witness() != first)
	}
	return done
}

// meets asks a condition's map about the best path of a destination; 0: there is none, or it is refused.
func (t *table) meets(c *condition, id destID) (rank uint32) {
	if t.slot(id).flags&flagBest == 0 {
		return 0
	}
	return t.ask(c, id, nil)
}

// conditioned tells the groups of a condition that it turned, or that another route meets it.
func (t *table) conditioned(c *condition, turned, moved bool) {
	if !turned && !moved {
		return
	}
	for _, g := range t.groups {
		if g.defaultIf == c {
			g.cursor.add(t.pinned)
		}
		if g.sendIf == c && turned {
			g.cursor.fill(&t.dests)
		}
	}
}

// conditional reports a best path that the group's conditional advertisement is about, and whether it is sent.
func (t *table) conditional(g *group, id destID, best *path) (about, sent bool) {
	if g.sendIf == nil {
		return false, false
	}
	in := t.attrs.attrs(best.post)
	t.probe.Reset(in)
	from := t.adjOf(best)
	t.prepare(&g.key, best, from, &t.probe)
	if t.config.Export(g.key.Conditional, from.addr, t.family, in, t.prefix(id), &t.probe) != 0 {
		return false, false
	}
	met, known := g.sendIf.holds()
	return true, known && met != g.key.Unless
}

// applyCondition makes the changes to e that the condition's map makes for the route that meets it; false: no route is known to.
func (t *table) applyCondition(c *condition, e *wire.Editor) bool {
	id := c.witness()
	if id == 0 || !c.known || t.slot(id).flags&flagBest == 0 {
		return false
	}
	return t.ask(c, id, e) != 0
}

// ask is Config.Condition about the best path of a destination.
func (t *table) ask(c *condition, id destID, e *wire.Editor) (rank uint32) {
	best := &t.slot(id).best
	return t.config.Condition(c.policy, t.adjOf(best).addr, t.family, t.attrs.attrs(best.post), t.prefix(id), e)
}
