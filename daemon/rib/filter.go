package rib

import "bgpsh/wire"

// Filter narrows a listing of the table. The zero value takes every path, refused ones included. Its functions run in the
// goroutine of the RIB, must not call back into it, and keep nothing of what they are given.
type Filter struct {
	Usable bool // only accepted paths
	Local  bool // only those originated here
	// Prefix takes prefixes; nil takes all.
	Prefix func(wire.Prefix) bool
	// Path takes accepted paths by their attributes after import policy; nil takes all. Refused ones are never asked about
	// and not taken.
	Path func(p wire.Prefix, a wire.Attrs) bool
	// ByPrefix: what Path says depends on the prefix. Otherwise it is asked once about a set of attributes.
	ByPrefix bool
}

// all reports whether the filter takes everything.
func (f *Filter) all() bool { return !f.Usable && !f.Local && f.Prefix == nil && f.Path == nil }

// sieve applies a Filter for the time of one call, in which the numbers of attribute sets mean the same.
type sieve struct {
	t     *table
	f     *Filter
	known map[attrID]bool // what Path said
	asked int             // how often
}

// sieveLimit bounds what a sieve remembers.
const sieveLimit = 1 << 12

// fresh forgets what Path said of sets that may be gone.
func (s *sieve) fresh() {
	clear(s.known)
	s.asked = 0
}

// passes reports whether a path of a destination is taken.
func (s *sieve) passes(id destID, p *path) bool {
	switch {
	case s.t.dead(p), s.f.Usable && !p.usable():
		return false
	case s.f.Local && s.t.sources.recs.at(p.src).peer != Local:
		return false
	case s.f.Path == nil:
		return true
	case !p.usable():
		return false
	case s.f.ByPrefix:
		s.asked++
		return s.f.Path(s.t.prefix(id), s.t.attrs.attrs(p.post))
	}
	took, known := s.known[p.post]
	if !known {
		s.asked++
		took = s.f.Path(wire.Prefix{}, s.t.attrs.attrs(p.post))
		if s.known == nil {
			s.known = map[attrID]bool{}
		}
		if len(s.known) < sieveLimit {
			s.known[p.post] = took
		}
	}
	return took
}

// any reports whether any path of a destination is taken.
func (s *sieve) any(id destID) bool {
	d := s.t.slot(id)
	if d.count == 0 || s.f.Prefix != nil && !s.f.Prefix(s.t.prefix(id)) {
		return false
	}
	if s.f.all() {
		return true
	}
	for p := range s.t.paths.iterate(d) {
		if s.passes(id, p) {
			return true
		}
	}
	return false
}
