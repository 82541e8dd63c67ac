package rib

import "math/bits"

const (
	indexMin  = 1 << 10 // slots of an empty index
	indexFast = 1 << 19 // slots from which on it doubles instead of growing fourfold
	indexStep = 16      // numbers moved with each change while an index is rebuilt
)

// probes is one open-addressing table of numbers. A slot holds a number in its low bits and, above it, bits of the hash
// that spare most looks at the object itself; 0 is empty. Collisions go to the next slot.
type probes struct {
	slots  []uint32
	mask   uint32 // len(slots) - 1
	idMask uint32 // all ones is never a number: alone it marks a slot whose number was removed
	gone   int    // slots so marked
}

// An index finds objects by hash. It is rebuilt, larger or smaller, a few numbers with each change, in the order of the
// numbers: those below next are in the new table, the others still in the old one, and lookups go on in the old table after
// the new one.
type index struct {
	probes
	old   probes // slots nil: no rebuild is under way
	next  uint32
	pace  uint32 // numbers to look at with each change
	count int

	warmth uint32 // keeps the compiler from leaving out reads ahead

	hash  func(id uint32) uint64 // of the object with that number
	has   func(id uint32) bool   // in use, and in the index
	limit func() uint32          // above every number in use
}

func (x *index) init(hash func(uint32) uint64, has func(uint32) bool, limit func() uint32) {
	x.hash, x.has, x.limit = hash, has, limit
	x.probes = newProbes(indexMin, 0)
}

func newProbes(size int, limit uint32) probes {
	idBits := max(14, bits.Len(uint(size)), bits.Len32(limit)) + 1
	return probes{slots: make([]uint32, size), mask: uint32(size - 1), idMask: 1<<idBits - 1}
}

// start gives the first slot to look at and the bits that a slot of this hash has above its number.
func (p *probes) start(h uint64) (pos, tag uint32) {
	return uint32(h) & p.mask, uint32(h>>32) &^ p.idMask
}

// put stores id, which is not in the table.
func (p *probes) put(h uint64, id uint32) {
	pos, tag := p.start(h)
	for p.slots[pos] != 0 && p.slots[pos] != p.idMask {
		pos = (pos + 1) & p.mask
	}
	if p.slots[pos] != 0 {
		p.gone--
	}
	p.slots[pos] = tag | id
}

// take removes id. A search must not stop at its slot while there is something behind it.
func (p *probes) take(h uint64, id uint32) {
	pos, ok := p.position(h, id)
	switch {
	case !ok:
		return
	case p.slots[(pos+1)&p.mask] != 0:
		p.slots[pos] = p.idMask
		p.gone++
		return
	}
	p.slots[pos] = 0
	for pos = (pos - 1) & p.mask; p.slots[pos] == p.idMask; pos = (pos - 1) & p.mask {
		p.slots[pos] = 0
		p.gone--
	}
}

// position finds the slot of id.
func (p *probes) position(h uint64, id uint32) (uint32, bool) {
	pos, tag := p.start(h)
	for v := p.slots[pos]; v != 0; v = p.slots[pos] {
		if v == tag|id {
			return pos, true
		}
		pos = (pos + 1) & p.mask
	}
	return 0, false
}

// warm reads the slot where a search for h begins.
func (x *index) warm(h uint64) {
	pos, _ := x.start(h)
	x.warmth += x.slots[pos]
}

// insert adds id, whose object has hash h and is in use.
func (x *index) insert(h uint64, id uint32) {
	if x.old.slots != nil && id >= x.next {
		x.old.put(h, id)
	} else {
		x.put(h, id)
	}
	x.step()
	if x.count++; x.count+x.gone > len(x.slots)/4*3 {
		x.rebuild(x.larger())
	}
}

// larger gives the next size. A small index grows fast, because every step moves all numbers; one that is full of removed
// numbers only needs to be rid of them.
func (x *index) larger() int {
	switch n := len(x.slots); {
	case x.count < n/8*3:
		return n
	case n < indexFast:
		return 4 * n
	default:
		return 2 * n
	}
}

// remove takes id out. Its object is freed before the index changes again.
func (x *index) remove(h uint64, id uint32) {
	x.step()
	x.count--
	x.take(h, id)
	if x.old.slots != nil {
		x.old.take(h, id)
		return
	}
	if len(x.slots) > indexMin && x.count < len(x.slots)/8 {
		x.rebuild(len(x.slots) / 4)
	}
}

// rebuild begins the move into a table of another size. All numbers in use are in the index.
func (x *index) rebuild(size int) {
	for x.old.slots != nil { // a move ends long before the next begins, but for a table that grows right after it shrank
		x.step()
	}
	x.old = x.probes
	x.probes = newProbes(size, x.limit())
	x.next, x.pace = 1, max(64, x.limit()/uint32(len(x.old.slots)/indexStep)+1)
}

// step moves some numbers into the new table. The move ends within a sixteenth as many changes as the old table has slots, so
// that there is room enough for the new numbers that still go there, however many holes the arena has. The places are read ahead, so that the memory's answers overlap.
func (x *index) step() {
	if x.old.slots == nil {
		return
	}
	var ids [indexStep]uint32
	var hashes [indexStep]uint64
	moved, limit := 0, x.limit()
	for looked := uint32(0); looked < x.pace && moved < indexStep && x.next < limit; looked++ {
		if x.has(x.next) {
			h := x.hash(x.next)
			x.warm(h)
			ids[moved], hashes[moved] = x.next, h
			moved++
		}
		x.next++
	}
	for i := range moved {
		x.put(hashes[i], ids[i])
	}
	if x.next >= limit {
		x.old = probes{}
	}
}

// bytes is the memory of the index.
func (x *index) bytes() uint64 { return 4 * uint64(len(x.slots)+len(x.old.slots)) }
