package policy

import (
	"math/bits"

	"bgpsh/wire"
)

// A prefixCover tells of most prefixes that no entry of a list is about them, by a look at one bit: the addresses from the lowest entry's to
// the highest one's are cut into parts of equal size, and a bit says whether an entry is about prefixes that begin in a part. An entry without
// ge and le is about one, where it begins itself; any other about some in each part that it covers. There are 16 to 64 bits an entry, so
// that a list's are small beside the processor's cache, while the list itself is not. What lies inside another entry with ge or le adds nothing, so
// that the work of filling it follows the number of entries alone.
type prefixCover struct {
	words []uint64
	low   uint64 // of the first part
	parts uint64
	shift uint8 // of an address from low on, to its part
}

// fill makes the cover of a list whose entries have their order, and reports the work.
func (c *prefixCover) fill(t *prefixIndex) (steps int) {
	if len(t.order) == 0 {
		return 0
	}
	low, high := t.at(0).Hi, uint64(0)
	for i := range t.order {
		high = max(high, t.at(i).reach())
	}
	c.low = low
	c.shift = uint8(max(bits.Len64(high-low)-bits.Len(uint(len(t.order)))-5, 0))
	c.parts = (high-low)>>c.shift + 1
	c.words = make([]uint64, (c.parts+63)/64)
	full := uint64(0) // parts below it, from where the last entry begins, are done
	for i := range t.order {
		e := t.at(i)
		first, last := (e.Hi-low)>>c.shift, (e.reach()-low)>>c.shift
		steps++
		c.words[first/64] |= 1 << (first % 64)
		for part := max(first+1, full); part <= last; part++ {
			steps++
			if part%64 == 0 && part+64 <= last {
				c.words[part/64] = 1<<64 - 1
				part += 63
				continue
			}
			c.words[part/64] |= 1 << (part % 64)
		}
		full = max(full, last+1)
	}
	return steps
}

// reach gives the first half of the last address at which a prefix begins that the entry is about.
func (e *PrefixEntry) reach() uint64 {
	if e.GE == 0 && e.LE == 0 {
		return e.Hi
	}
	return end(e.Prefix())
}

// end gives the first half of the last address of a prefix.
func end(p wire.Prefix) uint64 {
	if p.Len >= 64 {
		return p.Hi
	}
	return p.Hi | (1<<(64-p.Len) - 1)
}

// may reports that an entry can be about a prefix.
func (c *prefixCover) may(p wire.Prefix) bool {
	part := (p.Hi - c.low) >> (c.shift & 63) // of an address below low it is behind the last one
	return part < c.parts && c.words[part/64]>>(part%64)&1 != 0
}
