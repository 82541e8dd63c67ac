package wire

import (
	"encoding/binary"
	"strconv"
)

// Types of AS path segments (RFC 4271 4.3, RFC 5065 3).
const (
	SegmentSet            uint8 = 1
	SegmentSequence       uint8 = 2
	SegmentConfedSequence uint8 = 3
	SegmentConfedSet      uint8 = 4
)

// maxSegment is the most AS numbers of one segment: its count is one octet.
const maxSegment = 255

// ASPath is a view over the value of an AS_PATH with four-octet AS numbers:
// segments of (type, count, AS numbers). It belongs to the Attrs it came from.
type ASPath []byte

// Segment is one run of AS numbers in a path, a view.
type Segment struct {
	Type uint8
	as   []byte
}

// confed reports a segment of a confederation (RFC 5065).
func (s Segment) confed() bool { return s.Type == SegmentConfedSequence || s.Type == SegmentConfedSet }

// Len gives the number of AS numbers.
func (s Segment) Len() int { return len(s.as) / 4 }

// At gives the AS number at i, 0 being the leftmost.
func (s Segment) At(i int) uint32 { return binary.BigEndian.Uint32(s.as[4*i:]) }

// next splits off the first segment; false at the end.
func (p *ASPath) next() (Segment, bool) {
	b := *p
	if len(b) < 2 {
		return Segment{}, false
	}
	end := min(2+4*int(b[1]), len(b))
	*p = b[end:]
	return Segment{b[0], b[2:end:end]}, true
}

// Segments iterates over the segments from left to right.
func (p ASPath) Segments(yield func(Segment) bool) {
	for s, ok := p.next(); ok && yield(s); s, ok = p.next() {
	}
}

// Length counts the path as RFC 4271 9.1.2.2 a does: a set counts 1,
// confederation segments nothing (RFC 5065 5.3).
func (p ASPath) Length() int {
	n := 0
	for s, ok := p.next(); ok; s, ok = p.next() {
		switch s.Type {
		case SegmentSequence:
			n += s.Len()
		case SegmentSet:
			n++
		}
	}
	return n
}

// First gives the leftmost AS number outside of confederation segments: that of
// the neighbor which sent the route. False for an empty path and for one that
// begins with a set.
func (p ASPath) First() (uint32, bool) {
	for s, ok := p.next(); ok; s, ok = p.next() {
		switch {
		case s.Type == SegmentSequence && s.Len() > 0:
			return s.At(0), true
		case s.Type == SegmentSet:
			return 0, false
		}
	}
	return 0, false
}

// Origin gives the AS that originated the route, the rightmost. False when the
// path does not end with a sequence: the origin is then unknown or, for a path
// that is empty or of the confederation alone, our own (RFC 6811 2).
func (p ASPath) Origin() (uint32, bool) {
	var last Segment
	for s, ok := p.next(); ok; s, ok = p.next() {
		last = s
	}
	if last.Type != SegmentSequence || last.Len() == 0 {
		return 0, false
	}
	return last.At(last.Len() - 1), true
}

// Contains reports whether as occurs in any segment (RFC 4271 9.1.2: a loop
// where as is our own).
func (p ASPath) Contains(as uint32) bool { return p.Count(as) > 0 }

// Count tells how often as occurs.
func (p ASPath) Count(as uint32) int { return p.count(as, true) }

// CountOutside tells how often as occurs outside of confederation segments, where the number of a confederation may be a member's.
func (p ASPath) CountOutside(as uint32) int { return p.count(as, false) }

func (p ASPath) count(as uint32, confed bool) (n int) {
	for s, ok := p.next(); ok; s, ok = p.next() {
		if s.confed() && !confed {
			continue
		}
		for i := range s.Len() {
			if s.At(i) == as {
				n++
			}
		}
	}
	return n
}

// String writes the path as routers do: "65001 65002 {1,2}", a confederation's
// sequence "(65001 65002)" and set "[1,2]".
func (p ASPath) String() string { return string(p.AppendText(nil)) }

// AppendText adds the form of String.
func (p ASPath) AppendText(dst []byte) []byte {
	brackets := [...]struct{ open, sep, end string }{
		SegmentSet:            {"{", ",", "}"},
		SegmentSequence:       {"", " ", ""},
		SegmentConfedSequence: {"(", " ", ")"},
		SegmentConfedSet:      {"[", ",", "]"},
	}
	start := len(dst)
	for s, ok := p.next(); ok; s, ok = p.next() {
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		b := brackets[s.Type%uint8(len(brackets))]
		dst = append(dst, b.open...)
		for i := range s.Len() {
			if i > 0 {
				dst = append(dst, b.sep...)
			}
			dst = strconv.AppendUint(dst, uint64(s.At(i)), 10)
		}
		dst = append(dst, b.end...)
	}
	return dst
}

// AppendPrepend adds to dst the path p with as put n times before it
// (RFC 4271 5.1.2). A segment takes 255 AS numbers; then a new one begins. The
// segments of a confederation that the path begins with stay in front: inside
// of it a path behind them is no path (RFC 5065 4). The path must not share dst's array.
func (p ASPath) AppendPrepend(dst []byte, as uint32, n int) []byte {
	for len(p) > 0 && p[0] >= SegmentConfedSequence {
		rest := p
		if _, ok := rest.next(); !ok {
			break
		}
		dst, p = append(dst, p[:len(p)-len(rest)]...), rest
	}
	rest := p
	first, ok := rest.next()
	room := 0
	if ok && first.Type == SegmentSequence {
		room = maxSegment - first.Len()
	}
	joined := min(n, room)
	for n > joined {
		k := (n-joined-1)%maxSegment + 1 // the leftmost is the one that is not full
		dst = appendRepeated(append(dst, SegmentSequence, byte(k)), as, k)
		n -= k
	}
	if joined == 0 {
		return append(dst, p...)
	}
	dst = appendRepeated(append(dst, SegmentSequence, byte(first.Len()+joined)), as, joined)
	return append(append(dst, first.as...), rest...)
}

func appendRepeated(dst []byte, as uint32, n int) []byte {
	for range n {
		dst = binary.BigEndian.AppendUint32(dst, as)
	}
	return dst
}

// AppendSegment adds a segment of at most 255 AS numbers to a path under
// construction; more are cut off.
func (p ASPath) AppendSegment(kind uint8, as ...uint32) ASPath {
	as = as[:min(len(as), maxSegment)]
	p = append(p, kind, byte(len(as)))
	for _, a := range as {
		p = binary.BigEndian.AppendUint32(p, a)
	}
	return p
}
