package rib

// sourceID names an interned source; 0 is none. Every path and every column entry holds a reference.
type sourceID = uint32

// source is where a path comes from: a neighbor, the identifier it gave the path (RFC 7911; 0 without ADD-PATH), and which
// of its sessions it was. A new session gets new sources, so the paths of the one before are told apart at a glance. 16
// bytes.
type source struct {
	peer   PeerID
	pathID uint32
	era    uint32 // adj.era of the session
	refs   uint32
}

// sourceStore interns sources.
type sourceStore struct {
	recs  arena[source]
	index index
	seed  uint64
}

func (s *sourceStore) init(seed uint64) {
	s.seed = seed
	s.index.init(func(id uint32) uint32 { return s.hash(*s.recs.at(id)) }, s.recs.limit)
}

func (s *sourceStore) hash(v source) uint32 {
	return hashKey(s.seed, uint64(v.peer)<<32|uint64(v.pathID), uint64(v.era))
}

// find gives the number of a source without a reference for the caller, 0 when there is none.
func (s *sourceStore) find(v source) sourceID {
	h := s.hash(v)
	if id := s.look(&s.index.probes, v, h); id != 0 || s.index.old.slots == nil {
		return id
	}
	return s.look(&s.index.old, v, h)
}

func (s *sourceStore) look(p *probes, v source, h uint32) sourceID {
	pos, tag := p.start(h)
	for slot := p.slots[pos]; slot != 0; slot = p.slots[pos] {
		if id := slot & p.idMask; slot&^p.low == tag && id != 0 {
			if r := s.recs.at(id); r.peer == v.peer && r.pathID == v.pathID && r.era == v.era {
				return id
			}
		}
		pos = p.after(pos)
	}
	return 0
}

// add interns a source that find did not have, without a reference.
func (s *sourceStore) add(v source) sourceID {
	id := s.recs.alloc()
	v.refs = 0
	*s.recs.at(id) = v
	s.index.insert(s.hash(v), id)
	return id
}

// retain adds a reference; id may be 0.
func (t *table) retainSource(id sourceID) {
	if id != 0 {
		t.sources.recs.at(id).refs++
	}
}

// releaseSource gives a reference back, and the source with the last one; id may be 0.
func (t *table) releaseSource(id sourceID) {
	if id == 0 {
		return
	}
	r := t.sources.recs.at(id)
	if checked && (r.refs == 0 || !t.sources.recs.has(id)) {
		panic("rib: source released too often")
	}
	if r.refs--; r.refs == 0 {
		t.dropSource(id, r)
	}
}

// dropSource frees a source without references.
func (t *table) dropSource(id sourceID, r *source) {
	t.adjs[r.peer].sources--
	t.sources.index.remove(t.sources.hash(*r), id)
	t.sources.recs.free(id)
}

// sourceOf gives the source of a path identifier in a's session, interning it when make says so. A source without
// references that the caller does not use must be dropped.
func (t *table) sourceOf(a *adj, pathID uint32, make bool) sourceID {
	if pathID == 0 {
		return a.source
	}
	v := source{peer: a.id, pathID: pathID, era: a.era}
	id := t.sources.find(v)
	if id == 0 && make {
		id = t.sources.add(v)
		a.sources++
	}
	return id
}
