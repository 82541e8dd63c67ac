package wire

import "encoding/binary"

// Private AS numbers (RFC 6996), with the reserved 65535 (RFC 7300) as FRR counts them.
const (
	firstPrivate16 = 64512
	lastPrivate16  = 65535
	firstPrivate32 = 4200000000
	lastPrivate32  = 4294967294
)

// PrivateAS reports an AS number for private use, which means nothing on the Internet.
func PrivateAS(as uint32) bool {
	return as >= firstPrivate16 && as <= lastPrivate16 || as >= firstPrivate32 && as <= lastPrivate32
}

// AllPrivate reports a path that has AS numbers outside of a confederation, all of them private.
func (p ASPath) AllPrivate() bool {
	seen := false
	for s, ok := p.next(); ok; s, ok = p.next() {
		if s.confed() {
			continue
		}
		for i := range s.Len() {
			if !PrivateAS(s.At(i)) {
				return false
			}
			seen = true
		}
	}
	return seen
}

// HasSet reports a segment whose order says nothing, of either kind (RFC 9774).
func (p ASPath) HasSet() bool {
	for s, ok := p.next(); ok; s, ok = p.next() {
		if s.Type == SegmentSet || s.Type == SegmentConfedSet {
			return true
		}
	}
	return false
}

// HasConfed reports a segment of a confederation (RFC 5065).
func (p ASPath) HasConfed() bool {
	for s, ok := p.next(); ok; s, ok = p.next() {
		if s.confed() {
			return true
		}
	}
	return false
}

// AppendMapped adds to dst the path with each AS number outside of a confederation replaced by what to gives for it, or left out where
// keep is false. A segment that loses all goes too, and those of the confederation stay as they are. The path must not share dst's array.
func (p ASPath) AppendMapped(dst []byte, to func(as uint32) (with uint32, keep bool)) []byte {
	for s, ok := p.next(); ok; s, ok = p.next() {
		if s.confed() {
			dst = append(append(dst, s.Type, byte(s.Len())), s.as...)
			continue
		}
		start := len(dst)
		dst = append(dst, s.Type, 0)
		for i := range s.Len() {
			if with, keep := to(s.At(i)); keep {
				dst = binary.BigEndian.AppendUint32(dst, with)
				dst[start+1]++
			}
		}
		if dst[start+1] == 0 {
			dst = dst[:start]
		}
	}
	return dst
}

// MapASPath is AppendMapped on the AS_PATH being edited, which never grows.
func (e *Editor) MapASPath(to func(as uint32) (with uint32, keep bool)) {
	e.scratch = e.Attrs().ASPath().AppendMapped(e.scratch[:0], to)
	e.setScratch(AttrASPath, wellKnown)
}

// AppendPrependConfed is AppendPrepend once into the AS_CONFED_SEQUENCE that the path begins with, or a new one (RFC 5065 4).
func (p ASPath) AppendPrependConfed(dst []byte, as uint32) []byte {
	rest := p
	if first, ok := rest.next(); ok && first.Type == SegmentConfedSequence && first.Len() < maxSegment {
		dst = binary.BigEndian.AppendUint32(append(dst, SegmentConfedSequence, byte(first.Len()+1)), as)
		return append(append(dst, first.as...), rest...)
	}
	return append(binary.BigEndian.AppendUint32(append(dst, SegmentConfedSequence, 1), as), p...)
}

// AppendOutside adds to dst the path without the segments of a confederation, as it leaves it (RFC 5065 4).
func (p ASPath) AppendOutside(dst []byte) []byte {
	for s, ok := p.next(); ok; s, ok = p.next() {
		if s.Type < SegmentConfedSequence {
			dst = append(append(dst, s.Type, byte(s.Len())), s.as...)
		}
	}
	return dst
}

// ConfedLength counts what Length leaves out: each member AS of a sequence, and each set, of a confederation.
func (p ASPath) ConfedLength() (n int) {
	for s, ok := p.next(); ok; s, ok = p.next() {
		switch s.Type {
		case SegmentConfedSequence:
			n += s.Len()
		case SegmentConfedSet:
			n++
		}
	}
	return n
}

// FromMember reports a path as a neighbor in another AS of the confederation sends it: it begins with a sequence of member
// ASes (RFC 5065 5).
func (p ASPath) FromMember() bool { return len(p) > 0 && p[0] == SegmentConfedSequence }

// PrependConfed is AppendPrependConfed on the AS_PATH being edited; false when it does not fit.
func (e *Editor) PrependConfed(as uint32) bool {
	e.scratch = e.Attrs().ASPath().AppendPrependConfed(e.scratch[:0], as)
	return e.setScratch(AttrASPath, wellKnown)
}

// LeaveConfederation is AppendOutside on the AS_PATH being edited.
func (e *Editor) LeaveConfederation() {
	e.scratch = e.Attrs().ASPath().AppendOutside(e.scratch[:0])
	e.setScratch(AttrASPath, wellKnown)
}
