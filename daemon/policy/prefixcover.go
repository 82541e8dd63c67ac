package policy

import (
	"math/bits"

	"bgpsh/wire"
)

// A prefixCover tells of most prefixes that no entry of a list is about them, by a look at one bit: the addresses from the lowest entry's to
// the highest one's are cut into parts of equal size, and a bit says whether some entry lies in a part or covers it. An entry that is about a
// prefix covers its first address, and so has set the bit of the part where that is. There are 4 to 16 bits an entry, so that a list is
// small beside the processor's cache, while the lists themselves are not. What lies inside another entry adds nothing, so that the work
// of filling it follows their number alone.
type prefixCover struct {
	words []uint64
	low   uint64 // of the first part
	parts uint64
	shift uint8 // of an address from low on, to its part
}

// fill makes the cover of a list whose entries have their order and parents, and reports the work.
func (c *prefixCover) fill(t *prefixIndex) (steps int) {
	if len(t.order) == 0 {
		return 0
	}
	low, high := t.at(0).Hi, uint64(0)
	for i, parent := range t.parent {
		if parent < 0 {
			high = max(high, end(t.at(i).Prefix()))
		}
	}
	c.low = low
	c.shift = uint8(max(bits.Len64(high-low)-bits.Len(uint(len(t.order)))-3, 0))
	c.parts = (high-low)>>c.shift + 1
	c.words = make([]uint64, (c.parts+63)/64)
	for i, parent := range t.parent {
		if parent >= 0 {
			continue
		}
		e := t.at(i).Prefix()
		last := (end(e) - low) >> c.shift
		for part := (e.Hi - low) >> c.shift; part <= last; part++ {
			steps++
			if part%64 == 0 && part+64 <= last {
				c.words[part/64] = 1<<64 - 1
				part += 63
				continue
			}
			c.words[part/64] |= 1 << (part % 64)
		}
	}
	return steps
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
