package rib

import (
	"bytes"
	"encoding/binary"

	"bgpsh/wire"
)

// attrID names an interned attribute set; 0 is none. Whoever keeps one past the current call holds a reference.
type attrID = uint32

// attr is what the decision and export read of an attribute set, extracted once. 32 bytes.
type attr struct {
	hash       uint32
	refs       uint32
	offset     uint32 // of the canonical bytes, in granules
	size       uint16 // of them
	pathLen    uint16 // RFC 4271 9.1.2.2 a; 65535 stands for more
	localPref  uint32
	med        uint32
	neighborAS uint32 // leftmost AS of AS_PATH, 0 when it is empty or of the confederation alone, noNeighborAS when it begins with a set
	bits       uint16
	came       uint16 // bytes behind the canonical ones, which tell what policy made the set of; 0: nothing tells, see came.go
}

const noNeighborAS = 1<<32 - 1

// Bits of attr. The lowest two are ORIGIN.
const (
	originMask = 3

	hasLocalPref = 1 << (iota + 1)
	hasMED
	hasWeight // or may be of our own
	hasOriginator
	hasClusters
	hasNoExport    // not beyond this AS, or this confederation
	hasNoAdvertise // to nobody
	hasLLGRStale   // a choice of last resort (RFC 9494)
	hasNoLLGR      // not to be kept for long
	hasLocalAS     // NO_EXPORT_SUBCONFED: not beyond this AS, even within a confederation
	hasConfed      // the AS_PATH has segments of a confederation

	derived = 1 << 14 // not written out, see derived.go: offset is the set that it was derived from, localPref the rule, neighborAS says that med is a place among the fresh ones
	bare    = 1 << 15 // nothing was extracted: the set was never the result of policy
)

// attrStore interns attribute sets: equal sets have equal numbers.
type attrStore struct {
	recs     arena[attr]
	data     slab
	index    index
	seed     uint64
	restored []byte // scratch memory of came
	again    []byte // likewise of attrs
	rules    rules
	fresh    []byte   // derived sets that the flush under way has made
	freshIDs []attrID // of sets that were noted there
	flushing bool
}

func (s *attrStore) init(seed uint64) {
	s.seed = seed
	s.index.init(func(id uint32) uint32 { return s.recs.at(id).hash }, s.recs.limit)
}

// hash gives the hash that intern wants.
func (s *attrStore) hash(a wire.Attrs) uint32 { return attrHash(s.seed, a) }

func attrHash(seed uint64, a wire.Attrs) uint32 {
	h := hashBytes(seed, a)
	return uint32(h) ^ uint32(h>>32)
}

// intern gives the number of a, with one reference for the caller. a has 1 to 65535 bytes.
func (s *attrStore) intern(a wire.Attrs, hash uint32) attrID {
	id := s.keep(a, hash)
	s.facts(id)
	return id
}

// facts gives what was extracted from a set.
func (s *attrStore) facts(id attrID) *attr {
	r := s.recs.at(id)
	if r.bits&derived != 0 {
		s.settle(r)
	}
	if r.bits&bare != 0 {
		r.extract(s.data.get(r.offset, int(r.size)))
	}
	return r
}

// learn takes over what was extracted from a set elsewhere.
func (s *attrStore) learn(id attrID, has *attr) {
	if r := s.recs.at(id); r.bits&bare != 0 {
		r.pathLen, r.localPref, r.med, r.neighborAS, r.bits = has.pathLen, has.localPref, has.med, has.neighborAS, has.bits
	}
}

// keep is intern for a set of which the bytes alone are wanted: as it came, or as it is sent.
func (s *attrStore) keep(a wire.Attrs, hash uint32) attrID { return s.keepMade(a, 0, hash) }

// keepMade is keep for a set with its origin behind it, which are the last bytes of b, as many as came says. hash is of all.
func (s *attrStore) keepMade(b []byte, came int, hash uint32) attrID {
	id := s.known(b, came, hash)
	if id == 0 {
		return s.create(b, came, hash)
	}
	r := s.recs.at(id)
	if r.refs++; r.bits&derived != 0 {
		s.settle(r)
	}
	return id
}

// known gives the number of a set that keepMade would find, 0 when there is none.
func (s *attrStore) known(b []byte, came int, hash uint32) attrID {
	id := s.find(&s.index.probes, b, came, hash)
	if id == 0 && s.index.old.slots != nil {
		id = s.find(&s.index.old, b, came, hash)
	}
	return id
}

// create writes out a set that known did not have.
func (s *attrStore) create(b []byte, came int, hash uint32) attrID {
	id := s.recs.alloc()
	r := s.recs.at(id)
	*r = attr{hash: hash, refs: 1, offset: s.data.put(b), size: uint16(len(b) - came), came: uint16(came), bits: bare}
	s.index.insert(hash, id)
	return id
}

func (s *attrStore) find(p *probes, b []byte, came int, hash uint32) attrID {
	if _, sure := p.likely(hash); sure {
		return 0
	}
	pos, tag := p.start(hash)
	for v := p.slots[pos]; v != 0; v = p.slots[pos] {
		if id := v & p.idMask; v&^p.low == tag && id != 0 {
			r := s.recs.at(id)
			if r.hash == hash && int(r.came) == came && int(r.size) == len(b)-came && s.is(r, b) {
				return id
			}
		}
		pos = p.after(pos)
	}
	return 0
}

// is reports whether the bytes of a record are b, which has as many.
func (s *attrStore) is(r *attr, b []byte) bool {
	if r.bits&derived == 0 {
		return bytes.Equal(s.data.get(r.offset, len(b)), b)
	}
	var a wire.Attrs
	a, s.rules.tried = s.derive(r, s.rules.tried)
	return bytes.Equal(a, b)
}

// extract fills the fields that are read without looking at the bytes.
func (r *attr) extract(a wire.Attrs) {
	r.bits = uint16(wire.OriginIncomplete)
	a.All(func(t wire.AttrType, _ uint8, value []byte) bool {
		switch t {
		case wire.AttrLocal:
			if l := a.Local(); l.Weight != 0 || l.Kind != 0 {
				r.bits |= hasWeight
			}
		case wire.AttrOrigin:
			if len(value) == 1 {
				r.bits = r.bits&^originMask | uint16(value[0])&originMask
			}
		case wire.AttrASPath:
			r.extractPath(wire.ASPath(value))
		case wire.AttrMED:
			r.med = number(value)
			r.bits |= hasMED
		case wire.AttrLocalPref:
			r.localPref = number(value)
			r.bits |= hasLocalPref
		case wire.AttrCommunities:
			r.extractCommunities(wire.Communities(value))
		case wire.AttrOriginatorID:
			r.bits |= hasOriginator
		case wire.AttrClusterList:
			r.bits |= hasClusters
		}
		return true
	})
}

// number is the value of an attribute of four octets, 0 of any other.
func number(value []byte) uint32 {
	if len(value) != 4 {
		return 0
	}
	return binary.BigEndian.Uint32(value)
}

func (r *attr) extractPath(path wire.ASPath) {
	r.pathLen = uint16(min(path.Length(), 1<<16-1))
	if path.HasConfed() {
		r.bits |= hasConfed
	}
	if as, ok := path.First(); ok {
		r.neighborAS = as
	} else if r.pathLen > 0 {
		r.neighborAS = noNeighborAS
	}
}

func (r *attr) extractCommunities(list wire.Communities) {
	for i := range list.Len() {
		switch list.At(i) {
		case wire.CommunityNoExport:
			r.bits |= hasNoExport
		case wire.CommunityNoExportSubconfed:
			r.bits |= hasLocalAS
		case wire.CommunityNoAdvertise:
			r.bits |= hasNoAdvertise
		case wire.CommunityLLGRStale:
			r.bits |= hasLLGRStale
		case wire.CommunityNoLLGR:
			r.bits |= hasNoLLGR
		}
	}
}

// attrs gives the canonical bytes. They are good while a reference is held; those of a set that is sent only until attrs is called again.
func (s *attrStore) attrs(id attrID) wire.Attrs {
	r := s.recs.at(id)
	if checked && (r.refs == 0 || !s.recs.has(id)) {
		panic("rib: attributes read without a reference")
	}
	if r.bits&derived != 0 {
		var a wire.Attrs
		a, s.again = s.derive(r, s.again)
		return a
	}
	return s.data.get(r.offset, int(r.size))
}

// retain adds a reference; id may be 0.
func (s *attrStore) retain(id attrID) {
	if id == 0 {
		return
	}
	r := s.recs.at(id)
	if checked && r.refs == 0 {
		panic("rib: reference on freed attributes")
	}
	r.refs++
}

// release gives a reference back, and the attributes with the last one; id may be 0.
func (s *attrStore) release(id attrID) {
	if id == 0 {
		return
	}
	r := s.recs.at(id)
	if checked && r.refs == 0 {
		panic("rib: attributes released too often")
	}
	if r.refs--; r.refs > 0 {
		return
	}
	s.index.remove(r.hash, id)
	if r.bits&derived != 0 {
		base, n := r.offset, r.localPref
		s.recs.free(id)
		s.rules.let(n)
		s.release(base)
		return
	}
	s.data.free(r.offset, int(r.size)+int(r.came))
	s.recs.free(id)
}
