package rib

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"bgpsh/wire"
)

// What import policy made of attributes is kept in one record with what they were: behind the canonical bytes stands the origin, which is how
// the attributes before policy differ from them. A path with such a set has it as its attributes before and after policy. So a set that policy
// changes costs the table one record, one entry in the index and one search, as one that it leaves alone.
//
// Sets with different origins are different sets, even where policy made the same of all: for numbers of sets, unequal says nothing.
//
// An origin is the number of bytes that are alike at the beginning and at the end, and the bytes between those of the attributes before policy.
const originHeader = 4

// appendMade adds post and behind it its origin in pre, of as many bytes as came says; 0: they do not fit into one record, or are
// what none has, and post is there alone.
func appendMade(dst []byte, pre, post wire.Attrs) (out []byte, came uint16) {
	dst = append(dst, post...)
	head := alikeAhead(pre, post)
	tail := alikeBehind(pre[head:], post[head:])
	between := pre[head : len(pre)-tail]
	if size := len(post) + originHeader + len(between); len(pre) == 0 || len(pre) >= 1<<16 || len(post) == 0 || size >= 1<<16 {
		return dst, 0
	}
	dst = binary.LittleEndian.AppendUint16(dst, uint16(head))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(tail))
	return append(dst, between...), uint16(originHeader + len(between))
}

// alikeAhead counts the bytes at the beginning in which a and b are alike.
func alikeAhead(a, b []byte) (n int) {
	most := min(len(a), len(b))
	for ; n+8 <= most; n += 8 {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
	}
	for n < most && a[n] == b[n] {
		n++
	}
	return n
}

// alikeBehind counts those at the end.
func alikeBehind(a, b []byte) (n int) {
	most := min(len(a), len(b))
	for ; n+8 <= most; n += 8 {
		if x := binary.LittleEndian.Uint64(a[len(a)-n-8:]) ^ binary.LittleEndian.Uint64(b[len(b)-n-8:]); x != 0 {
			return n + bits.LeadingZeros64(x)/8
		}
	}
	for n < most && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

// appendOriginal adds the attributes before policy that an origin tells of those after it.
func appendOriginal(dst []byte, post wire.Attrs, origin []byte) []byte {
	head, tail := binary.LittleEndian.Uint16(origin), binary.LittleEndian.Uint16(origin[2:])
	dst = append(dst, post[:head]...)
	dst = append(dst, origin[originHeader:]...)
	return append(dst, post[len(post)-int(tail):]...)
}

// made reports whether a set has its origin behind it.
func (s *attrStore) made(id attrID) bool { return s.recs.at(id).came != 0 }

// alike reports whether the attributes of two sets are the same.
func (s *attrStore) alike(a, b attrID) bool {
	return a == b || (s.made(a) || s.made(b)) && bytes.Equal(s.attrs(a), s.attrs(b))
}

// came gives the attributes that a set was made of, or the set itself where nothing made it. They are good while a reference is held, until came
// is called again.
func (s *attrStore) came(id attrID) wire.Attrs {
	r := s.recs.at(id)
	if r.came == 0 {
		return s.attrs(id)
	}
	all := s.data.get(r.offset, int(r.size)+int(r.came))
	s.restored = appendOriginal(s.restored[:0], all[:r.size], all[r.size:])
	return s.restored
}

// cameBits gives the bits of the attributes that a set was made of.
func (s *attrStore) cameBits(id attrID) uint16 {
	if !s.made(id) {
		return s.facts(id).bits
	}
	var r attr
	r.extract(s.came(id))
	return r.bits
}

// internMade interns what was made of the attributes before policy of pre, and gives what a path with it has before and after policy, with a
// reference for the caller on each that is attributes.
func (t *table) internMade(pre attrID, out wire.Attrs) (attrID, uint32) {
	s, in := &t.attrs, t.attrs.came(pre)
	same := bytes.Equal(in, out)
	switch {
	case same && !s.made(pre):
		s.facts(pre)
		s.retain(pre)
		s.retain(pre)
		return pre, pre
	case same:
		id := s.intern(in, s.hash(in))
		s.retain(id)
		return id, id
	}
	came := uint16(0)
	if t.buf, came = appendMade(t.buf[:0], in, out); came != 0 {
		id := s.keepMade(t.buf, int(came), s.hash(t.buf))
		s.facts(id)
		s.retain(id)
		return id, id
	}
	s.retain(pre)
	return pre, t.internResult(out)
}

// repeats reports whether p is announced with the attributes that old was. Where it makes no difference it may deny it.
func (t *table) repeats(old, p *path) bool {
	switch s := &t.attrs; {
	case p.pre == old.pre || p.pre == 0 || old.pre == 0:
		return p.pre == old.pre && p.pre != 0
	case p.arrival() == old.arrival() || !s.made(p.pre) && !s.made(old.pre):
		return false
	default:
		t.buf = append(t.buf[:0], s.came(p.pre)...)
		return bytes.Equal(t.buf, s.came(old.pre))
	}
}

// before gives the attributes of a set before policy.
func (b *Batch) before(s *set) wire.Attrs {
	if s.came == 0 {
		return b.attrs(s.pre)
	}
	all := b.attrs(s.post)
	at := len(all) - int(s.came)
	return appendOriginal(nil, all[:at], all[at:])
}

// after gives those after it.
func (b *Batch) after(s *set) wire.Attrs {
	all := b.attrs(s.post)
	return all[:len(all)-int(s.came)]
}
