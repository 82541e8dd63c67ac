package wire

import "encoding/binary"

// appendAttributeHeader begins an attribute; one of more than 255 octets gets
// FlagExtended and a length of two octets (RFC 4271 4.3).
func appendAttributeHeader(dst []byte, flags uint8, t AttrType, length int) []byte {
	if length > 255 {
		return append(dst, flags|FlagExtended, byte(t), byte(length>>8), byte(length))
	}
	return append(dst, flags, byte(t), byte(length))
}

func appendAttribute(dst []byte, flags uint8, t AttrType, value []byte) []byte {
	return append(appendAttributeHeader(dst, flags, t, len(value)), value...)
}

// appendAttrs adds a in wire form, ordered by type, without AttrLocal and, when
// MP_REACH_NLRI carries it, without the next hop.
func (e *Encoding) appendAttrs(dst []byte, a Attrs, nextHop bool) []byte {
	if !e.AS4 {
		return e.appendAttrs2(dst, a, nextHop)
	}
	for t, flags, value, ok := a.next(); ok; t, flags, value, ok = a.next() {
		if t == AttrLocal || t == AttrNextHop && !nextHop {
			continue
		}
		dst = appendAttribute(dst, flags, t, value)
	}
	return dst
}

// appendAttrs2 does the same for an OLD speaker (RFC 6793 4.2.2): AS numbers
// beyond two octets become ASTrans, and the true ones travel in AS4_PATH and
// AS4_AGGREGATOR behind the others in their order.
func (e *Encoding) appendAttrs2(dst []byte, a Attrs, nextHop bool) []byte {
	path := a.ASPath()
	aggregator, _ := a.Get(AttrAggregator)
	late := path.beyond2() || beyond2(aggregator)
	for t, flags, value, ok := a.next(); ok; t, flags, value, ok = a.next() {
		if late && t > AttrAS4Path {
			dst, late = appendAS4(dst, path, aggregator), false
		}
		switch {
		case t == AttrLocal || t == AttrNextHop && !nextHop:
		case t == AttrASPath:
			dst = appendPath2(dst, flags, value)
		case t == AttrAggregator && len(value) == 8:
			dst = appendAttributeHeader(dst, flags, t, 6)
			dst = binary.BigEndian.AppendUint16(dst, AS16(binary.BigEndian.Uint32(value)))
			dst = append(dst, value[4:]...)
		default:
			dst = appendAttribute(dst, flags, t, value)
		}
	}
	if late {
		dst = appendAS4(dst, path, aggregator)
	}
	return dst
}

// appendAS4 adds AS4_PATH and AS4_AGGREGATOR, each where it says more than the
// two-octet form.
func appendAS4(dst []byte, path ASPath, aggregator []byte) []byte {
	if path.beyond2() {
		size := 0
		for s := range path.Segments {
			if s.Type < SegmentConfedSequence { // RFC 6793 3: those stay in the confederation
				size += 2 + len(s.as)
			}
		}
		dst = appendAttributeHeader(dst, optionalTransitive, AttrAS4Path, size)
		for s := range path.Segments {
			if s.Type < SegmentConfedSequence {
				dst = append(append(dst, s.Type, byte(s.Len())), s.as...)
			}
		}
	}
	if beyond2(aggregator) {
		dst = appendAttribute(dst, optionalTransitive, AttrAS4Aggregator, aggregator)
	}
	return dst
}

// appendPath2 adds an AS_PATH with two-octet AS numbers.
func appendPath2(dst []byte, flags uint8, path ASPath) []byte {
	size := 0
	for s := range path.Segments {
		size += 2 + 2*s.Len()
	}
	dst = appendAttributeHeader(dst, flags, AttrASPath, size)
	for s := range path.Segments {
		dst = append(dst, s.Type, byte(s.Len()))
		for i := range s.Len() {
			dst = binary.BigEndian.AppendUint16(dst, AS16(s.At(i)))
		}
	}
	return dst
}

// beyond2 reports whether an AS number of the path, outside of confederation
// segments, needs four octets.
func (p ASPath) beyond2() bool {
	for s, ok := p.next(); ok; s, ok = p.next() {
		for i := range s.Len() {
			if s.At(i) > 0xffff && s.Type < SegmentConfedSequence {
				return true
			}
		}
	}
	return false
}

// beyond2 reports whether the AS number at the start of an AGGREGATOR's value
// needs four octets.
func beyond2(v []byte) bool { return len(v) == 8 && (v[0] != 0 || v[1] != 0) }
