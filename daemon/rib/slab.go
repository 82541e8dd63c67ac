package rib

import (
	"encoding/binary"
	"math/bits"
)

const (
	granule      = 8 // bytes; the unit of offsets
	slabBits     = 13
	slabGranules = 1 << slabBits // of a chunk at most: 64 KiB
	slabMax      = slabGranules * granule
	slabExact    = 64               // granules up to which every size has a class of its own
	slabSmall    = slabGranules / 4 // granules of a chunk of such a size, since the last chunk of each class is half empty
	slabClasses  = slabExact + 8*7 + 1
)

// A slab holds byte strings of up to 64 KiB under offsets counted in granules. A chunk holds strings of one size class,
// and is given back when it is empty, unless it is the only one of its class with room.
type slab struct {
	chunks []slabChunk
	open   [slabClasses][]uint32 // chunks with room
	gaps   []uint32
	bytes  uint64 // of the chunks
}

// slabChunk is cut into items of equal size. A free item begins with the number of the next free one.
type slabChunk struct {
	data  []byte
	class uint8
	next  uint32 // first free item + 1; 0: none was freed
	used  uint32 // items handed out at least once
	live  uint32
}

// items is how many strings find room in the chunk, whose class has a size of so many granules.
func (c *slabChunk) items(size uint32) uint32 { return uint32(len(c.data)) / granule / size }

// classOf gives the class of a size in granules, and the size of the class: exact up to slabExact, then eight steps for
// each doubling.
func classOf(n uint32) (class uint8, size uint32) {
	if n <= slabExact {
		return uint8(n), n
	}
	shift := bits.Len32(n-1) - 4
	step := uint32(1) << shift
	size = (n + step - 1) &^ (step - 1)
	return uint8(slabExact + 8*(shift-3) + int((size-1)>>shift) - 7), size
}

// put copies b, which has 1 to 64 Ki bytes, and gives its offset.
func (s *slab) put(b []byte) uint32 {
	class, size := classOf((uint32(len(b)) + granule - 1) / granule)
	if len(s.open[class]) == 0 {
		s.grow(class)
	}
	n := s.open[class][len(s.open[class])-1]
	c := &s.chunks[n]
	item := c.used
	if c.next != 0 {
		item = c.next - 1
		c.next = binary.LittleEndian.Uint32(c.data[item*size*granule:])
	} else {
		c.used++
	}
	c.live++
	if c.live == c.items(size) {
		s.open[class] = s.open[class][:len(s.open[class])-1]
	}
	copy(c.data[item*size*granule:], b)
	return n<<slabBits | item*size
}

func (s *slab) grow(class uint8) {
	var n uint32
	if last := len(s.gaps) - 1; last >= 0 {
		n, s.gaps = s.gaps[last], s.gaps[:last]
	} else {
		n = uint32(len(s.chunks))
		s.chunks = append(s.chunks, slabChunk{})
	}
	length := slabMax
	if class <= slabExact {
		length = slabSmall * granule
	}
	s.chunks[n] = slabChunk{data: make([]byte, length), class: class}
	s.bytes += uint64(length)
	s.open[class] = append(s.open[class], n)
}

// get gives the n bytes stored at off. They stay until free.
func (s *slab) get(off uint32, n int) []byte {
	b := s.chunks[off>>slabBits].data[off&(slabGranules-1)*granule:]
	return b[:n:n]
}

// free takes the n bytes at off back.
func (s *slab) free(off uint32, n int) {
	class, size := classOf((uint32(n) + granule - 1) / granule)
	number := off >> slabBits
	c := &s.chunks[number]
	item := off & (slabGranules - 1) / size
	if checked {
		for i := range s.get(off, n) {
			c.data[off&(slabGranules-1)*granule+uint32(i)] = 0xdb
		}
	}
	wasFull := c.live == c.items(size)
	binary.LittleEndian.PutUint32(c.data[item*size*granule:], c.next)
	c.next = item + 1
	c.live--
	open := &s.open[class]
	switch {
	case wasFull && c.live > 0:
		*open = append(*open, number)
	case c.live == 0 && (wasFull || len(*open) > 1):
		*open = without(*open, number)
		s.bytes -= uint64(len(c.data))
		s.chunks[number] = slabChunk{}
		s.gaps = append(s.gaps, number)
	}
}
