package policy

import (
	"math/bits"
	"math/rand/v2"

	"bgpsh/wire"
)

// exactIndex finds prefixes among entries that match their own alone, as the lists have that are made of registries: of a prefix that is not there
// it reads one word mostly, where a search among sorted ones reads some in as many places of memory. It takes 8 to 16 bytes an entry.
type exactIndex struct {
	slots []uint32 // hashed, no more than half full, a power of two: an entry's place and one, and above them bits of its hash; 0: free
	shift uint8    // of a hash, to the first slot to look at
	mask  uint32   // of the place
}

// exactSeed keeps neighbors that send lists from choosing prefixes of one hash.
var exactSeed = rand.Uint64()

func exactHash(p wire.Prefix) uint64 {
	hi, lo := bits.Mul64(p.Hi^exactSeed, 0x9e3779b97f4a7c15)
	hi, lo = bits.Mul64(hi^lo^p.Lo^uint64(p.Len), exactSeed|1<<63|1)
	return hi ^ lo
}

// exactly reports that all entries that ever decide match their prefixes alone.
func (t *prefixIndex) exactly() bool {
	for i := range t.order {
		if e := t.at(i); e.GE != 0 || e.LE != 0 {
			return false
		}
	}
	return len(t.order) > 0
}

// fill makes the index of the entries of t, whose prefixes differ.
func (x *exactIndex) fill(t *prefixIndex) {
	size := bits.Len(uint(2*len(t.order) - 1))
	x.slots, x.shift = make([]uint32, 1<<size), uint8(64-size)
	x.mask = 1<<bits.Len(uint(len(t.list.Entries))) - 1
	for i, n := range t.order {
		h := exactHash(t.at(i).Prefix())
		at := h >> (x.shift & 63)
		for x.slots[at] != 0 {
			at = (at + 1) % uint64(len(x.slots))
		}
		x.slots[at] = uint32(h)&^x.mask | (n + 1)
	}
}

// find gives the place of the entry of a prefix in the list, -1 for none.
func (x *exactIndex) find(l *PrefixList, p wire.Prefix) int {
	h := exactHash(p)
	tag := uint32(h) &^ x.mask
	for at := h >> (x.shift & 63); ; at++ {
		s := x.slots[at&uint64(len(x.slots)-1)]
		switch {
		case s == 0:
			return -1
		case s&^x.mask == tag:
			if n := int(s&x.mask) - 1; l.Entries[n].Prefix() == p {
				return n
			}
		}
	}
}
