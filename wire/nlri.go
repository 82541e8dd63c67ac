package wire

import "encoding/binary"

// NLRI is one reachability entry: a prefix and, with ADD-PATH (RFC 7911), the
// identifier that its sender gave the path. ID is 0 without ADD-PATH.
type NLRI struct {
	ID     uint32
	Prefix Prefix
}

// NLRIs is a view over the prefixes of one field of a received message. The
// bytes were checked by ParseUpdate, so iterating cannot fail. It belongs to
// the message's buffer. A copy of the value iterates again from where the
// original stood.
type NLRIs struct {
	rest    []byte
	addPath bool
}

// Next gives the next entry, or false at the end.
func (n *NLRIs) Next() (NLRI, bool) {
	b := n.rest
	if len(b) == 0 {
		return NLRI{}, false
	}
	var out NLRI
	if n.addPath {
		out.ID = binary.BigEndian.Uint32(b)
		b = b[4:]
	}
	length := b[0]
	size := (int(length) + 7) / 8
	b = b[1:]
	switch {
	case length <= 64 && len(b) >= 8:
		out.Prefix.Hi = binary.BigEndian.Uint64(b)
	case len(b) >= 16:
		out.Prefix.Hi = binary.BigEndian.Uint64(b)
		out.Prefix.Lo = binary.BigEndian.Uint64(b[8:])
	default: // the tail of the field: too short to read past the prefix
		for i, c := range b[:size] {
			if i < 8 {
				out.Prefix.Hi |= uint64(c) << (56 - 8*i)
			} else {
				out.Prefix.Lo |= uint64(c) << (120 - 8*i)
			}
		}
	}
	out.Prefix.Len = length
	out.Prefix = out.Prefix.masked()
	n.rest = b[size:]
	return out, true
}

// All iterates over a copy: `for n := range view.All`.
func (n NLRIs) All(yield func(NLRI) bool) {
	for e, ok := n.Next(); ok && yield(e); e, ok = n.Next() {
	}
}

// Empty reports whether no entry is left.
func (n NLRIs) Empty() bool { return len(n.rest) == 0 }

// Count gives the number of entries left. It walks the bytes.
func (n NLRIs) Count() int {
	count := 0
	for b := n.rest; len(b) > 0; count++ {
		if n.addPath {
			b = b[4:]
		}
		b = b[1+(int(b[0])+7)/8:]
	}
	return count
}

// validNLRI reports whether b is a list of whole prefixes of at most maxBits
// bits, each behind a path identifier when addPath says so (RFC 7606 5.3).
func validNLRI(b []byte, maxBits int, addPath bool) bool {
	for len(b) > 0 {
		if addPath {
			if len(b) < 5 {
				return false
			}
			b = b[4:]
		}
		length := int(b[0])
		size := 1 + (length+7)/8
		if length > maxBits || size > len(b) {
			return false
		}
		b = b[size:]
	}
	return true
}

// size gives the octets that n takes in a message.
func (n NLRI) size(addPath bool) int {
	size := 1 + (int(n.Prefix.Len)+7)/8
	if addPath {
		size += 4
	}
	return size
}

// append adds n in wire form.
func (n NLRI) append(dst []byte, addPath bool) []byte {
	if addPath {
		dst = binary.BigEndian.AppendUint32(dst, n.ID)
	}
	var a [16]byte
	binary.BigEndian.PutUint64(a[:8], n.Prefix.Hi)
	binary.BigEndian.PutUint64(a[8:], n.Prefix.Lo)
	dst = append(dst, n.Prefix.Len)
	return append(dst, a[:(int(n.Prefix.Len)+7)/8]...)
}
