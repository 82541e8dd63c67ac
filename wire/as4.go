package wire

import "encoding/binary"

// This file turns the AS numbers of an OLD speaker, which knows two octets
// only, into four octets (RFC 6793 4.2.3).

// appendPath adds the value of the canonical AS_PATH.
func (u *Update) appendPath(dst []byte, path []byte) []byte {
	if u.params.AS4 {
		return append(dst, path...)
	}
	as4, ok := u.find(AttrAS4Path)
	if !ok || !u.as4Counts() {
		return appendWide(dst, path, -1)
	}
	tail := ASPath(u.bytes(as4.value))
	lead := pathLength2(path) - tail.Length()
	if lead < 0 { // an AS in between aggregated and lost part of it
		return appendWide(dst, path, -1)
	}
	start := len(dst)
	dst = appendWide(dst, path, lead)
	return joinPath(dst, start, tail)
}

// as4Counts reports whether AS4_PATH and AS4_AGGREGATOR may be believed: not
// when an OLD speaker aggregated after they were made, which its own number in
// AGGREGATOR shows.
func (u *Update) as4Counts() bool {
	aggregator, ok := u.find(AttrAggregator)
	if !ok || !u.kept.Has(AttrAS4Aggregator) {
		return true
	}
	return binary.BigEndian.Uint16(u.bytes(aggregator.value)) == ASTrans
}

// appendAggregator adds the value of the canonical AGGREGATOR: AS number in
// four octets, identifier.
func (u *Update) appendAggregator(dst []byte, v []byte) []byte {
	if u.params.AS4 {
		return append(dst, v...)
	}
	if binary.BigEndian.Uint16(v) == ASTrans {
		if as4, ok := u.find(AttrAS4Aggregator); ok {
			return append(dst, u.bytes(as4.value)...)
		}
	}
	dst = append(dst, 0, 0)
	return append(dst, v...)
}

// pathLength2 is ASPath.Length for two-octet AS numbers.
func pathLength2(b []byte) int {
	n := 0
	for len(b) > 0 {
		switch b[0] {
		case SegmentSequence:
			n += int(b[1])
		case SegmentSet:
			n++
		}
		b = b[2+2*int(b[1]):]
	}
	return n
}

// appendWide adds the first limit AS numbers, counted as Length does, of a
// two-octet path in four octets; a negative limit takes all. Confederation
// segments come along while everything before them does.
func appendWide(dst []byte, b []byte, limit int) []byte {
	for len(b) > 0 {
		kind, count := b[0], int(b[1])
		take := count
		switch {
		case limit < 0 || kind >= SegmentConfedSequence:
		case limit == 0:
			return dst
		case kind == SegmentSet:
			limit--
		default:
			take = min(count, limit)
			limit -= take
		}
		dst = append(dst, kind, byte(take))
		for i := range take {
			dst = append(dst, 0, 0, b[2+2*i], b[3+2*i])
		}
		if take < count {
			return dst
		}
		b = b[2+2*count:]
	}
	return dst
}

// joinPath adds tail to the path that begins at start of dst, without its
// confederation segments. Two sequences that meet become one where they fit, so
// that the result is what a NEW speaker would have sent.
func joinPath(dst []byte, start int, tail ASPath) []byte {
	last := -1 // where the last segment of the leading part begins
	for at := start; at < len(dst); at += 2 + 4*int(dst[at+1]) {
		last = at
	}
	for s, ok := tail.next(); ok; s, ok = tail.next() {
		if s.Type >= SegmentConfedSequence {
			continue
		}
		if last >= 0 && s.Type == SegmentSequence && dst[last] == SegmentSequence && int(dst[last+1])+s.Len() <= maxSegment {
			dst[last+1] += byte(s.Len())
		} else {
			dst = append(dst, s.Type, byte(s.Len()))
		}
		dst = append(dst, s.as...)
		last = -1
	}
	return dst
}
