package rib

import (
	"math/bits"
	"unsafe"
)

const (
	chunkBits = 12
	chunkLen  = 1 << chunkBits
	chunkMask = chunkLen - 1
	liveWords = chunkLen / 64
)

// An arena holds objects of one type in chunks that never move, under numbers that start at 1. T has no pointers, so the
// garbage collector never looks into a chunk. A chunk that became empty is given back, unless it is the only one with room.
type arena[T any] struct {
	chunks [][]T      // of chunkLen; nil: given back
	use    []chunkUse // beside chunks, whose sizes are whole pages
	open   []uint32   // chunks with room
	gaps   []uint32   // numbers of chunks that were given back
	live   int
}

// chunkUse says which objects of a chunk are in use.
type chunkUse struct {
	bits  [liveWords]uint64
	live  uint16
	first uint8 // no room in the words of bits before this one
}

// at gives the object with number id, which must be in use. The pointer is good until the object is freed.
//
// A chunk is a slice and no array, since Go asks a pointer to a large array whether it is nil by reading the beginning of the array, which is
// one more page and one more cache line in use for each chunk.
func (a *arena[T]) at(id uint32) *T {
	if checked && !a.has(id) {
		panic("rib: freed object used")
	}
	return &a.chunks[id>>chunkBits][id&chunkMask]
}

// has reports whether id is in use.
func (a *arena[T]) has(id uint32) bool {
	n := id >> chunkBits
	return id != 0 && int(n) < len(a.use) && a.use[n].bits[id&chunkMask>>6]>>(id&63)&1 != 0
}

// limit is above every number in use.
func (a *arena[T]) limit() uint32 { return uint32(len(a.chunks)) << chunkBits }

// alloc gives a zeroed object.
func (a *arena[T]) alloc() uint32 {
	if len(a.open) == 0 {
		a.grow()
	}
	n := a.open[len(a.open)-1]
	u := &a.use[n]
	for u.bits[u.first] == ^uint64(0) {
		u.first++
	}
	bit := uint32(bits.TrailingZeros64(^u.bits[u.first]))
	u.bits[u.first] |= 1 << bit
	u.live++
	a.live++
	if u.full(n) {
		a.open = a.open[:len(a.open)-1]
	}
	return n<<chunkBits | uint32(u.first)<<6 | bit
}

// full reports whether the chunk, which has number n, has no room. Number 0 is never given out.
func (u *chunkUse) full(n uint32) bool {
	if n == 0 {
		return u.live == chunkLen-1
	}
	return u.live == chunkLen
}

func (a *arena[T]) grow() {
	var n uint32
	if last := len(a.gaps) - 1; last >= 0 {
		n, a.gaps = a.gaps[last], a.gaps[:last]
	} else {
		n = uint32(len(a.chunks))
		a.chunks = append(a.chunks, nil)
		a.use = append(a.use, chunkUse{})
	}
	a.chunks[n], a.use[n] = make([]T, chunkLen), chunkUse{}
	if n == 0 {
		a.use[0].bits[0] = 1
	}
	a.open = append(a.open, n)
}

// free takes the object back. Its memory is zeroed.
func (a *arena[T]) free(id uint32) {
	n := id >> chunkBits
	u := &a.use[n]
	word, bit := uint8(id&chunkMask>>6), uint64(1)<<(id&63)
	if checked && u.bits[word]&bit == 0 {
		panic("rib: object freed twice")
	}
	wasFull := u.full(n)
	var zero T
	a.chunks[n][id&chunkMask] = zero
	u.bits[word] &^= bit
	u.first = min(u.first, word)
	u.live--
	a.live--
	switch {
	case wasFull:
		a.open = append(a.open, n)
	case u.live == 0 && len(a.open) > 1:
		a.drop(n)
	}
}

// drop gives an empty chunk back.
func (a *arena[T]) drop(n uint32) {
	a.open = without(a.open, n)
	a.chunks[n], a.use[n] = nil, chunkUse{}
	a.gaps = append(a.gaps, n)
}

// without removes n from list, whose order does not matter.
func without(list []uint32, n uint32) []uint32 {
	for i, v := range list {
		if v == n {
			last := len(list) - 1
			list[i] = list[last]
			return list[:last]
		}
	}
	return list
}

// bytes is the memory of the chunks and of what is said about them.
func (a *arena[T]) bytes() uint64 {
	held := uint64(len(a.chunks) - len(a.gaps))
	return held*uint64(unsafe.Sizeof([chunkLen]T{})) + uint64(cap(a.use))*uint64(unsafe.Sizeof(chunkUse{}))
}
