package rib

import "math/bits"

const ringLen = 1024

// A cursor is the set of destinations that are out of date for one consumer: a bit for each. Single changes also stand in a
// ring that is served first, so that one change does not wait behind a table. Bits are the truth, the ring is only an order.
// A flood that overruns the ring is served in the order of the bits: who changed last would change again soonest.
type cursor struct {
	words []uint64
	count uint32 // bits set
	place place
	ring  []destID // nil until used; a circle of ringLen
	first uint32   // of the ring
	held  uint32   // in the ring
	flood bool     // the ring was overrun, and is not used until few wait
}

// place is how far a circular walk over words has come.
type place struct {
	word uint32 // next one to look at
	lap  uint32 // times the end was reached
}

// passed reports whether every word was looked at since the walk was at start.
func (p place) passed(start place) bool {
	return p.lap-start.lap > 1 || p.lap != start.lap && p.word > start.word
}

// has reports whether id is in the set.
func (c *cursor) has(id destID) bool {
	w := int(id >> 6)
	return w < len(c.words) && c.words[w]>>(id&63)&1 != 0
}

// add puts id into the set, and into the ring.
func (c *cursor) add(id destID) {
	if c.mark(id) {
		c.push(id)
	}
}

// mark puts id into the set, and reports whether that is news.
func (c *cursor) mark(id destID) bool {
	c.fit(id)
	w := &c.words[id>>6]
	if *w>>(id&63)&1 != 0 {
		return false
	}
	*w |= 1 << (id & 63)
	c.count++
	return true
}

// drop takes id out of the set, and reports whether it was in it.
func (c *cursor) drop(id destID) bool {
	if !c.has(id) {
		return false
	}
	c.words[id>>6] &^= 1 << (id & 63)
	c.count--
	return true
}

func (c *cursor) fit(id destID) { c.words = fitWords(c.words, id) }

// fitWords makes room for bit id.
func fitWords(words []uint64, id destID) []uint64 {
	if n := int(id>>6) + 1; n > len(words) {
		words = append(words, make([]uint64, (n|liveWords-1)+1-len(words))...)
	}
	return words
}

// push puts id at the end of the ring.
func (c *cursor) push(id destID) {
	switch {
	case c.flood:
		return
	case c.held == ringLen:
		c.flood, c.held = true, 0
		return
	case c.ring == nil:
		c.ring = make([]destID, ringLen)
	}
	c.ring[(c.first+c.held)%ringLen] = id
	c.held++
}

// fill puts all destinations in use into the set.
func (c *cursor) fill(t *dests) {
	for n := range t.limit() >> chunkBits {
		used := t.used(n)
		c.fit(n<<chunkBits | chunkMask)
		for i, w := range used {
			if n == 0 && i == 0 {
				w &^= 1
			}
			at := &c.words[int(n)*liveWords+i]
			c.count += uint32(bits.OnesCount64(w &^ *at))
			*at |= w
		}
	}
}

// take removes up to n destinations from the set and adds them to dst: first those of the ring, then in order.
func (c *cursor) take(dst []destID, n int) []destID {
	for ; c.held > 0 && n > 0; c.held-- {
		id := c.ring[c.first]
		c.first = (c.first + 1) % ringLen
		if w := &c.words[id>>6]; *w>>(id&63)&1 != 0 {
			*w &^= 1 << (id & 63)
			dst = append(dst, id)
			c.count--
			n--
		}
	}
	for n > 0 && c.count > 0 {
		if int(c.place.word) >= len(c.words) {
			c.place = place{lap: c.place.lap + 1}
		}
		w := &c.words[c.place.word]
		for *w != 0 && n > 0 {
			bit := uint32(bits.TrailingZeros64(*w))
			*w &^= 1 << bit
			dst = append(dst, c.place.word<<6|bit)
			c.count--
			n--
		}
		if *w == 0 {
			c.place.word++
		}
	}
	c.flood = c.flood && c.count >= ringLen
	return dst
}

// bytes is the memory of the set.
func (c *cursor) bytes() uint64 { return 8*uint64(cap(c.words)) + 4*uint64(cap(c.ring)) }

// A backlog is what one neighbor that left its group's stream has still to be told: two bits for each spot.
//
//	need had
//	  0   0   the neighbor has what the column says
//	  1   0   it may not, and has nothing
//	  1   1   it may not, and has something
//	  0   1   it has what the column says, and wants to be told again
type backlog struct {
	need, had []uint64
	count     uint32 // spots with a bit
	place     place
}

// due is one spot taken from a backlog, with its bits.
type due struct {
	id        spot
	need, had bool
}

// has reports whether the spot has a bit.
func (b *backlog) has(id spot) bool {
	w := int(id >> 6)
	return w < len(b.need) && (b.need[w]|b.had[w])>>(id&63)&1 != 0
}

// needs reports whether the neighbor may have something else than the column says.
func (b *backlog) needs(id spot) bool {
	w := int(id >> 6)
	return w < len(b.need) && b.need[w]>>(id&63)&1 != 0
}

// miss says that the column changed and the neighbor was not told; had: it has what the column said before. It reports
// whether that is news.
func (b *backlog) miss(id spot, had bool) bool {
	if b.needs(id) {
		return false
	}
	b.set(due{id: id, need: true, had: had})
	return true
}

// set puts the bits of a spot.
func (b *backlog) set(d due) {
	b.need, b.had = fitWords(b.need, d.id), fitWords(b.had, d.id)
	w, bit := d.id>>6, uint64(1)<<(d.id&63)
	if (b.need[w]|b.had[w])&bit == 0 {
		b.count++
	}
	b.need[w] &^= bit
	b.had[w] &^= bit
	if d.need {
		b.need[w] |= bit
	}
	if d.had {
		b.had[w] |= bit
	}
}

// take removes up to n spots and adds them to dst.
func (b *backlog) take(dst []due, n int) []due {
	for n > 0 && b.count > 0 {
		if int(b.place.word) >= len(b.need) {
			b.place = place{lap: b.place.lap + 1}
		}
		need, had := &b.need[b.place.word], &b.had[b.place.word]
		for *need|*had != 0 && n > 0 {
			i := uint32(bits.TrailingZeros64(*need | *had))
			dst = append(dst, due{id: b.place.word<<6 | i, need: *need>>i&1 != 0, had: *had>>i&1 != 0})
			*need &^= 1 << i
			*had &^= 1 << i
			b.count--
			n--
		}
		if *need|*had == 0 {
			b.place.word++
		}
	}
	return dst
}

// bytes is the memory of the set.
func (b *backlog) bytes() uint64 { return 8 * uint64(cap(b.need)+cap(b.had)) }
