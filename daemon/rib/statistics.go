package rib

import (
	"iter"
	"math"
	"math/bits"

	"bgpsh/wire"
)

// A Scan is a walk over all destinations with a usable path, in no order, in slices. It holds a place, no copy.
type Scan struct {
	t  *table
	at destID
}

// Scan begins a walk over the table of f.
func (r *RIB) Scan(f wire.Family) *Scan { return &Scan{t: r.table(f)} }

// Seen is one destination of a Scan. It is good until the visit returns.
type Seen struct {
	t  *table
	id destID
}

// Next visits the destinations among the next n places, and reports whether those were the last. What changes between two
// calls is seen or not.
func (s *Scan) Next(n int, visit func(Seen)) (done bool) {
	if s.t == nil {
		return true
	}
	for end := uint64(s.at) + uint64(n|63+1); uint64(s.at) < end && s.at < s.t.limit(); s.at += 64 {
		used := s.t.used(s.at >> chunkBits)[s.at&chunkMask>>6]
		if s.at == 0 {
			used &^= 1
		}
		for ; used != 0; used &= used - 1 {
			if id := s.at + uint32(bits.TrailingZeros64(used)); s.t.live(id) {
				visit(Seen{s.t, id})
			}
		}
	}
	return s.at >= s.t.limit()
}

// live reports whether a destination has a usable path of a session that is up.
func (t *table) live(id destID) bool {
	for p := range t.paths.iterate(t.slot(id)) {
		if p.usable() && !t.dead(p) {
			return true
		}
	}
	return false
}

// Prefix is the destination.
func (s Seen) Prefix() wire.Prefix { return s.t.prefix(s.id) }

// Covered reports whether a less specific destination has a usable path. It asks once for each shorter prefix length that
// the table has.
func (s Seen) Covered() bool {
	p := s.Prefix()
	for n := int(p.Len) - 1; n >= 0; n-- {
		if s.t.lengths[n] == 0 {
			continue
		}
		if id := s.t.find(p.Cut(uint8(n))); id != 0 && s.t.live(id) {
			return true
		}
	}
	return false
}

// SeenPath is one usable path of a Seen.
type SeenPath struct {
	Peer  PeerID
	Attrs wire.Attrs // after import policy; good until the visit returns
	Set   uint32     // paths with an equal one have equal attributes, in one call of Next
	Best  bool
}

// Paths gives the usable paths, the best one first.
func (s Seen) Paths() iter.Seq[SeenPath] {
	return func(yield func(SeenPath) bool) {
		t, d := s.t, s.t.slot(s.id)
		for p := range t.paths.iterate(d) {
			if !p.usable() || t.dead(p) {
				continue
			}
			best := p == &d.best && d.flags&flagBest != 0
			if !yield(SeenPath{t.sources.recs.at(p.src).peer, t.attrs.attrs(p.post), p.post, best}) {
				return
			}
		}
	}
}

// Statistics are facts about the usable routes of a table, as FRR counts them.
type Statistics struct {
	Prefixes   uint64
	Paths      uint64
	Lengths    [129]uint64 // prefixes by length
	Covered    uint64      // prefixes inside another one
	Space      float64     // addresses of the others
	Atomic     uint64      // paths with ATOMIC_AGGREGATE
	Hops       uint64      // of all AS paths; a set is one
	MaxHops    uint64
	Bytes      uint64 // of all AS paths with four-octet numbers
	MaxBytes   uint64
	HighestASN uint32 // of those that are not private (RFC 6996)
}

// Add counts one destination.
func (s *Statistics) Add(d Seen) {
	p := d.Prefix()
	s.Prefixes++
	s.Lengths[p.Len]++
	if d.Covered() {
		s.Covered++
	} else {
		width := 32
		if d.t.six {
			width = 128
		}
		s.Space += math.Pow(2, float64(width-int(p.Len)))
	}
	for path := range d.Paths() {
		s.Paths++
		as := path.Attrs.ASPath()
		hops, size := uint64(as.Length()), uint64(len(as))
		s.Hops, s.MaxHops = s.Hops+hops, max(s.MaxHops, hops)
		s.Bytes, s.MaxBytes = s.Bytes+size, max(s.MaxBytes, size)
		if path.Attrs.AtomicAggregate() {
			s.Atomic++
		}
		for segment := range as.Segments {
			for i := range segment.Len() {
				if n := segment.At(i); n > s.HighestASN && !wire.PrivateAS(n) {
					s.HighestASN = n
				}
			}
		}
	}
}
