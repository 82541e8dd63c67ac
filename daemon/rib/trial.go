package rib

import (
	"bytes"
	"math/bits"
	"net/netip"

	"bgpsh/wire"
)

// A Trial is a walk over all destinations that finds out what other policies would make of them, in slices. It changes
// nothing and holds a place, no copy.
type Trial struct {
	// Judge gives what a path would become: its attributes, or the reason to refuse it; same: what it is. p is good until
	// Judge returns, out until the next call.
	Judge func(pfx wire.Prefix, p TrialPath) (out wire.Attrs, reason Reason, same bool)
	// Moved is told of each destination whose best path would come from another neighbor, or go or appear.
	Moved func(pfx wire.Prefix, from, to PeerID, had, has bool)
	// Outs are what neighbors would be sent.
	Outs []*TrialOut

	Within wire.Prefix // the destinations to look at, when Limited
	// Limited: only destinations in Within.
	Limited bool

	t     *table
	at    destID
	copy  []path
	ptrs  []*path
	taken []attrID
}

// A TrialOut is a neighbor that would be treated otherwise.
type TrialOut struct {
	Peer PeerID
	Key  GroupKey
	// Sent is told of each best path that the neighbor would be sent with other attributes, or would be sent, or would not: in is
	// what export policy is given, of a route from the neighbor from.
	Sent func(pfx wire.Prefix, from netip.Addr, in, before, after wire.Attrs)
}

// TrialPath is one path as it is.
type TrialPath struct {
	Peer      PeerID
	Pre, Post wire.Attrs // Post nil where it is refused
	Reason    Reason
}

// Begin starts a trial at the first destination of f.
func (r *RIB) Begin(f wire.Family, t *Trial) { t.t, t.at = r.table(f), 0 }

// Next looks at the destinations among the next n places, and reports whether those were the last.
func (r *RIB) Next(s *Trial, n int) (done bool) {
	if s.t == nil {
		return true
	}
	for end := uint64(s.at) + uint64(n|63+1); uint64(s.at) < end && s.at < s.t.limit(); s.at += 64 {
		used := s.t.used(s.at >> chunkBits)[s.at&chunkMask>>6]
		if s.at == 0 {
			used &^= 1
		}
		for ; used != 0; used &= used - 1 {
			id := s.at + uint32(bits.TrailingZeros64(used))
			if !s.Limited || s.Within.Contains(s.t.prefix(id)) {
				s.visit(id)
			}
		}
	}
	return s.at >= s.t.limit()
}

// visit tries one destination.
func (s *Trial) visit(id destID) {
	d := s.t.slot(id)
	if s.Judge != nil {
		s.decide(id, d)
	}
	if d.flags&flagBest == 0 {
		return
	}
	for _, o := range s.Outs {
		s.send(o, id, d)
	}
}

// send compares what a neighbor is sent of a destination with what it would be sent; with ADD-PATH of each path that is
// chosen for it.
func (s *Trial) send(o *TrialOut, id destID, d *slot) {
	a := s.t.adjs[o.Peer]
	if !a.up || a.member == nil {
		return
	}
	if !a.member.wide() {
		s.sendPath(o, id, &d.best)
		return
	}
	s.ptrs = append(s.ptrs[:0], s.t.selected(d, o.Key.Paths)...)
	for _, p := range s.ptrs {
		s.sendPath(o, id, p)
	}
}

// sendPath is send for one path.
func (s *Trial) sendPath(o *TrialOut, id destID, p *path) {
	t := s.t
	a := t.adjs[o.Peer]
	if t.sources.recs.at(p.src).peer == o.Peer {
		return
	}
	other, before := group{key: o.Key}, attrID(0) // without its condition: what that holds back counts as sent
	if to := a.member.to; to != nil && a.family.DenyOut == 0 {
		other.addrs = to.addrs
		before, _ = t.offered(to, id, p)
	}
	after, _ := t.offered(&other, id, p)
	if before != after {
		t.probe.Reset(t.attrs.attrs(p.post))
		from := t.adjOf(p)
		t.prepare(&o.Key, p, from, &t.probe)
		o.Sent(t.prefix(id), from.addr, t.probe.Attrs(), bytes.Clone(t.attrsOf(before)), t.attrsOf(after))
	}
	t.attrs.release(before)
	t.attrs.release(after)
}

// offered is what a group's neighbors are to be told of a destination with a best path, with a reference for the caller.
func (t *table) offered(g *group, id destID, best *path) (attrID, Reason) {
	policy, on, reason := t.exportPolicy(g, id, best)
	switch {
	case reason != 0:
		return 0, reason
	case on == judged:
		on = unjudged // nothing counts, and who overhears hears it
	}
	return t.export(g, policy, on, best, id)
}

// attrsOf gives the attributes of an id, nil for none.
func (t *table) attrsOf(id attrID) wire.Attrs {
	if id == 0 {
		return nil
	}
	return t.attrs.attrs(id)
}

// decide judges the paths of a destination and decides among what they would become.
func (s *Trial) decide(id destID, d *slot) {
	t, pfx := s.t, s.t.prefix(id)
	s.copy, s.ptrs, s.taken = s.copy[:0], s.ptrs[:0], s.taken[:0]
	t.gathered = t.paths.gather(t.gathered[:0], d)
	differs := false
	for _, p := range t.gathered {
		if t.dead(p) || p.pre == 0 {
			continue
		}
		now := TrialPath{Peer: t.adjOf(p).id, Pre: t.attrs.came(p.pre)}
		if p.usable() {
			now.Post = t.attrs.attrs(p.post)
		} else {
			now.Reason = Reason(p.post - refused)
		}
		tried := *p
		if out, reason, same := s.Judge(pfx, now); !same {
			differs = true
			if tried.post = refused + uint32(reason); reason == 0 {
				if tried.post = t.internResult(out); tried.post < refused {
					s.taken = append(s.taken, tried.post)
				}
			}
		}
		s.copy = append(s.copy, tried)
	}
	if differs {
		for i := range s.copy {
			if s.copy[i].usable() {
				s.ptrs = append(s.ptrs, &s.copy[i])
			}
		}
		s.report(pfx, d, t.decideRing(s.ptrs))
	}
	for _, a := range s.taken {
		t.attrs.release(a)
	}
}

// report tells where the best path would move.
func (s *Trial) report(pfx wire.Prefix, d *slot, best *path) {
	had, has := d.flags&flagBest != 0, best != nil
	var from, to PeerID
	if had {
		from = s.t.sources.recs.at(d.best.src).peer
	}
	if has {
		to = s.t.sources.recs.at(best.src).peer
	}
	if had != has || from != to {
		s.Moved(pfx, from, to, had, has)
	}
}
