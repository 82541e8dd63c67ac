package rib

import (
	"bytes"
	"encoding/binary"

	"bgpsh/wire"
)

// What is sent of a path differs from its attributes mostly by what is done to every path for the same neighbors: our AS before the path, our own
// next hop, no MED. So a set as sent is not written out. It holds a reference on the set that it was derived from, and the number of the
// rule by which it was, and is made again when it is read, which is seldom: what one flush makes it keeps until its end.
//
// Nothing depends on how export came to it. A rule is found by comparing the two sets, and says what to do to the bytes, so a change of policy
// finds in the column what was really sent. Where there is no short rule the set is written out, and so it is as soon as a path comes
// with the same attributes.
const (
	ruleMost  = 256      // rules of a table at a time; the first number stands for none
	ruleDrops = 8        // attributes that a rule leaves out, at most
	rulePuts  = 64       // bytes of attributes that it puts, at most
	freshMost = 64 << 10 // bytes of sets that a flush keeps, at most
)

// rule makes one attribute set of another. Its parts are views of the key.
type rule struct {
	key   []byte
	as    uint32 // is put before the AS_PATH
	times uint8  // so often
	drop  []byte // types of attributes that are left out, in ascending order
	put   []byte // attributes that are put in, in canonical form
	refs  uint32 // sets derived by it
}

// rules holds the rules in use.
type rules struct {
	list  []rule
	gaps  []uint32
	byKey map[string]uint32
	last  uint32 // the rule that was right last, 0: none
	key   []byte // scratch memory
	tried []byte // likewise
}

// match gives the rule by which in becomes out, 0 when there is none.
func (s *rules) match(in, out wire.Attrs) uint32 {
	if s.last != 0 && s.makes(&s.list[s.last], in, out) {
		return s.last
	}
	r, ok := s.between(in, out)
	if !ok || !s.makes(&r, in, out) {
		return 0
	}
	n, known := s.byKey[string(r.key)]
	if !known {
		n = s.add(r)
	}
	s.last = n
	return n
}

func (s *rules) makes(r *rule, in, out wire.Attrs) bool {
	s.tried = r.apply(s.tried[:0], in)
	return bytes.Equal(s.tried, out)
}

// add keeps a rule, which nothing refers to yet; 0: there are too many.
func (s *rules) add(r rule) (n uint32) {
	switch last := len(s.gaps) - 1; {
	case last >= 0:
		n, s.gaps = s.gaps[last], s.gaps[:last]
	case len(s.list) < ruleMost:
		if s.byKey == nil {
			s.byKey, s.list = map[string]uint32{}, make([]rule, 1)
		}
		n = uint32(len(s.list))
		s.list = append(s.list, rule{})
	default:
		return 0
	}
	s.list[n] = ruleOf(bytes.Clone(r.key))
	s.byKey[string(r.key)] = n
	return n
}

// let gives back the reference of a set.
func (s *rules) let(n uint32) {
	r := &s.list[n]
	if r.refs--; r.refs > 0 {
		return
	}
	delete(s.byKey, string(r.key))
	*r = rule{}
	s.gaps = append(s.gaps, n)
	if s.last == n {
		s.last = 0
	}
}

// A key is the AS that is put before the path, how often, how many attributes are left out, their types, and those that are put in.
const ruleHeader = 6

// ruleOf reads a key.
func ruleOf(key []byte) rule {
	put := ruleHeader + int(key[5])
	return rule{key: key, as: binary.BigEndian.Uint32(key), times: key[4], drop: key[ruleHeader:put], put: key[put:]}
}

// between gives the rule that by its looks makes out of in, in scratch memory; false: it would be a long one.
func (s *rules) between(in, out wire.Attrs) (r rule, ok bool) {
	var puts [rulePuts]byte
	put := puts[:0]
	s.key = append(s.key[:0], 0, 0, 0, 0, 0, 0)
	for len(in) > 0 || len(out) > 0 {
		a, b := firstLen(in), firstLen(out)
		switch {
		case a == 0 && len(in) > 0 || b == 0 && len(out) > 0 || len(put)+b > rulePuts && !bytes.Equal(in[:a], out[:b]) && !extends(in[:a], out[:b]):
			return rule{}, false
		case b == 0 || a > 0 && in[1] < out[1]:
			s.key = append(s.key, in[1])
			in, b = in[a:], 0
			if s.key[5]++; s.key[5] > ruleDrops {
				return rule{}, false
			}
		case a > 0 && in[1] == out[1]:
			switch {
			case bytes.Equal(in[:a], out[:b]):
			case extends(in[:a], out[:b]):
				as, _ := wire.ASPath(out[attrHeader:b]).First()
				binary.BigEndian.PutUint32(s.key, as)
				s.key[4] = uint8((b - a) / 4)
			case wire.AttrType(in[1]) == wire.AttrASPath || wire.AttrType(in[1]) >= wire.AttrCommunities && b > attrHeader+4:
				return rule{}, false // of its own to nearly every set
			default:
				put = append(put, out[:b]...)
			}
			in = in[a:]
		default:
			put = append(put, out[:b]...)
		}
		out = out[b:]
	}
	s.key = append(s.key, put...)
	return ruleOf(s.key), true
}

// extends tells whether attribute b may be the AS_PATH a with some of one AS before it.
func extends(a, b wire.Attrs) bool {
	return len(a) > attrHeader && len(b) > len(a) && len(b)-len(a) <= 4*255 && wire.AttrType(a[1]) == wire.AttrASPath && a[1] == b[1]
}

const attrHeader = 4 // bytes of a canonical attribute before its value

// firstLen gives the bytes of the first attribute, 0 when there is none.
func firstLen(a []byte) int {
	if len(a) < attrHeader {
		return 0
	}
	return min(attrHeader+int(binary.BigEndian.Uint16(a[2:])), len(a))
}

// apply adds what the rule makes of in.
func (r *rule) apply(dst []byte, in wire.Attrs) []byte {
	put, drop, copied := r.put, r.drop, 0
	for at := 0; at < len(in); {
		n := firstLen(in[at:])
		if n == 0 {
			break
		}
		t, next := in[at+1], at+n
		for len(put) > 0 && put[1] < t {
			n := firstLen(put)
			dst = append(append(dst, in[copied:at]...), put[:n]...)
			put, copied = put[n:], at
		}
		for len(drop) > 0 && drop[0] < t {
			drop = drop[1:]
		}
		switch {
		case len(put) > 0 && put[1] == t:
			n := firstLen(put)
			dst = append(append(dst, in[copied:at]...), put[:n]...)
			put, copied = put[n:], next
		case len(drop) > 0 && drop[0] == t:
			dst = append(dst, in[copied:at]...)
			copied = next
		case r.times > 0 && wire.AttrType(t) == wire.AttrASPath:
			dst = append(dst, in[copied:at+attrHeader]...)
			value := len(dst)
			dst = wire.ASPath(in[at+attrHeader:next]).AppendPrepend(dst, r.as, int(r.times))
			binary.BigEndian.PutUint16(dst[value-2:], uint16(len(dst)-value))
			copied = next
		}
		at = next
	}
	return append(append(dst, in[copied:]...), put...)
}

// keepSent is keep for a set that is sent of a path with the attributes base, on which the caller has a reference, to some of as many groups.
func (s *attrStore) keepSent(a wire.Attrs, hash uint32, base attrID, groups int) attrID {
	if id := s.known(a, 0, hash); id != 0 {
		r := s.recs.at(id)
		if r.refs++; r.bits&derived != 0 && r.offset != base && s.recs.at(r.offset).refs <= uint32(groups) {
			s.rebase(r, a, base)
		}
		return id
	}
	n := s.ruleFor(a, base)
	if n == 0 {
		return s.create(a, 0, hash)
	}
	s.retain(base)
	s.rules.list[n].refs++
	id := s.recs.alloc()
	r := s.recs.at(id)
	*r = attr{hash: hash, refs: 1, offset: base, size: uint16(len(a)), localPref: n, bits: bare | derived}
	if s.flushing && len(s.fresh)+len(a) <= freshMost {
		r.neighborAS, r.med = 1, uint32(len(s.fresh))
		s.fresh, s.freshIDs = append(s.fresh, a...), append(s.freshIDs, id)
	}
	s.index.insert(hash, id)
	return id
}

// ruleFor gives the rule by which a set with the attributes a can be derived from base, 0 for none.
func (s *attrStore) ruleFor(a wire.Attrs, base attrID) uint32 {
	if s.recs.at(base).bits&derived != 0 {
		return 0
	}
	return s.rules.match(s.attrs(base), a)
}

// rebase derives a set with the attributes a from another base, now that perhaps no path has the one that it was derived from: what is sent
// may stay the same for as long as the session lasts, and would keep attributes that nobody has any more.
func (s *attrStore) rebase(r *attr, a wire.Attrs, base attrID) {
	n := s.ruleFor(a, base)
	if n == 0 {
		s.settle(r)
		return
	}
	s.retain(base)
	s.rules.list[n].refs++
	old, rule := r.offset, r.localPref
	r.offset, r.localPref = base, n
	s.rules.let(rule)
	s.release(old)
}

// derive gives a derived set: what the flush under way has made, or what is made again in buf, which it gives back grown.
func (s *attrStore) derive(r *attr, buf []byte) (a wire.Attrs, grown []byte) {
	if r.neighborAS != 0 {
		end := r.med + uint32(r.size)
		return s.fresh[r.med:end:end], buf
	}
	buf = s.rules.list[r.localPref].apply(buf[:0], s.attrs(r.offset))
	return buf, buf
}

// settle writes a derived set out.
func (s *attrStore) settle(r *attr) {
	var a wire.Attrs
	a, s.again = s.derive(r, s.again)
	base, n := r.offset, r.localPref
	r.offset, r.localPref, r.med, r.neighborAS = s.data.put(a), 0, 0, 0
	r.bits &^= derived
	s.rules.let(n)
	s.release(base)
}

// flushed forgets what a flush has made.
func (s *attrStore) flushed() {
	s.flushing = false
	for _, id := range s.freshIDs {
		if s.recs.has(id) {
			if r := s.recs.at(id); r.bits&derived != 0 {
				r.med, r.neighborAS = 0, 0
			}
		}
	}
	s.fresh, s.freshIDs = s.fresh[:0], s.freshIDs[:0]
}
