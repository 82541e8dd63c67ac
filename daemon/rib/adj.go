package rib

import (
	"net/netip"
)

// adj is one neighbor in one table: its facts for the decision, what is known of its routes, and its side of egress. The
// router itself is one too, and always up.
type adj struct {
	id      PeerID
	session *Session       // nil: down
	family  *FamilySession // of session; nil: the family is not agreed
	up      bool
	paused  bool     // down, but its paths stay: see RIB.Lose
	era     uint32   // sessions so far; paths of sources with another era are dead
	source  sourceID // of path identifier 0, with a reference while up; 0 while down
	sources uint32   // source records of this neighbor, of all eras
	version uint32   // of its import policy

	// What the decision reads.
	internal      bool
	confed        bool // in another AS of our confederation
	confederation bool // of our confederation, internal or not
	external      bool
	client        bool // of this route reflector, see Treatment
	server        bool // served transparently
	router        uint32
	addr          netip.Addr
	as            uint32 // the neighbor's
	kin           bool   // another neighbor with this AS is up, or was at the same time

	// Epochs tell which paths were announced since which BoRR: every path carries the epoch of its announcement, and a BoRR
	// makes those of the epochs before it stale at once.
	epoch  uint8
	stale  uint16 // a bit an epoch: announced before the last BoRR
	doomed uint16 // a bit an epoch: EoRR or its like has come, its paths are being swept
	kept   uint16 // a bit an epoch: of sessions before, not announced since
	aged   uint16 // of kept: long-lived

	job job // sweep

	// Counts.
	received uint32
	accepted uint32
	refused  [reasonCount]uint32
	byEpoch  [epochs]uint32
	best     uint32
	limited  uint64
	gauge    gauge
	inChunk  []uint32 // paths by chunk of destinations: what a sweep need not look at
	endIn    bool     // has sent End-of-RIB

	member *member // nil while down or without the family
}

// inside reports a neighbor of our AS or of our confederation.
func (a *adj) inside() bool { return a.internal || a.confed }

// dead reports whether the path's session is over.
func (t *table) dead(p *path) bool {
	s := t.sources.recs.at(p.src)
	return t.adjs[s.peer].era != s.era
}

// alone reports whether a usable path is surely the only one of its neighbor AS among those of a destination that are alone
// too, so that its MED is compared with none.
func (t *table) alone(p *path) bool {
	s := t.sources.recs.at(p.src)
	a := t.adjs[s.peer]
	return a.id == Local || a.external && !a.kin && s.pathID == 0 && t.attrs.recs.at(p.post).neighborAS == a.as
}

// adjOf gives the neighbor that a path comes from.
func (t *table) adjOf(p *path) *adj { return t.adjs[t.sources.recs.at(p.src).peer] }

// count adds (by = 1) or takes away (by = -1 as unsigned) one path in the counts.
func (a *adj) count(id destID, p *path, by uint32) {
	a.received += by
	a.byEpoch[p.epoch()] += by
	if p.usable() {
		a.accepted += by
	} else {
		a.refused[p.reason()] += by
	}
	n := int(id >> chunkBits)
	for n >= len(a.inChunk) {
		a.inChunk = append(a.inChunk, 0)
	}
	a.inChunk[n] += by
}

// start begins a session, in the era of the one before where its paths were kept.
func (a *adj) start(t *table, s *Session, f *FamilySession) {
	a.session, a.family, a.up = s, f, true
	a.version = s.PolicyVersion
	a.internal, a.confed, a.external = s.Internal, s.Member, !s.Internal && !s.Member
	a.confederation = s.Confederation && !a.external
	a.client, a.server = f != nil && f.Group.Client, f != nil && f.Group.RouteServer
	if a.paused && a.router != s.RouterID {
		t.redecide()
	}
	a.router, a.addr = s.RouterID, s.Addr
	a.as, a.kin = s.AS, a.kin && a.paused
	for _, b := range t.adjs {
		if b != a && b.present() && b.as == a.as {
			a.kin, b.kin = true, true
		}
	}
	a.limited, a.endIn = 0, false
	a.gauge.set(PrefixLimit{})
	if f != nil {
		a.gauge.set(f.Limit)
	}
	if a.paused {
		a.paused = false
		return
	}
	a.era++
	a.epoch, a.stale, a.doomed, a.kept, a.aged = 0, 0, 0, 0, 0
	a.source = t.sources.add(source{peer: a.id, era: a.era})
	a.sources++
	t.retainSource(a.source)
}

// stop ends the session. Its paths are dead from here on, and no longer counted.
func (a *adj) stop(t *table) {
	a.session, a.family, a.member, a.up, a.paused = nil, nil, nil, false, false
	a.era++
	a.stale, a.doomed, a.kept, a.aged = 0, 0, 0, 0
	a.received, a.accepted, a.best = 0, 0, 0
	a.refused, a.byEpoch = [reasonCount]uint32{}, [epochs]uint32{}
	t.releaseSource(a.source)
	a.source = 0
}

// beginRefresh performs a BoRR (RFC 7313 4): what is here now is stale. When no epoch is free, those announced since the
// last one go on counting as fresh.
func (a *adj) beginRefresh() {
	ended, _ := a.newEpoch()
	a.stale |= ended
}

// newEpoch tells what is announced from now on apart from what was announced before, and gives the bit of the epoch that
// ended, 0 where it had no paths. False: no epoch is free, because as many ended before the sweep came by, each with paths
// that were not announced again.
func (a *adj) newEpoch() (ended uint16, ok bool) {
	if a.byEpoch[a.epoch] == 0 {
		return 0, true
	}
	for e := range uint8(epochs) {
		if a.byEpoch[e] == 0 && a.doomed>>e&1 == 0 {
			ended = 1 << a.epoch
			a.epoch = e
			a.stale, a.kept, a.aged = a.stale&^(1<<e), a.kept&^(1<<e), a.aged&^(1<<e)
			return ended, true
		}
	}
	return 0, false
}

// outdated gives the epochs whose paths were not announced since the last BoRR or the last loss of the session.
func (a *adj) outdated() uint16 { return a.stale | a.kept | a.doomed }

// staleCount counts the paths of outdated epochs.
func (a *adj) staleCount() (n uint32) {
	for e, count := range a.byEpoch {
		if a.outdated()>>e&1 != 0 {
			n += count
		}
	}
	return n
}
