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
	era     uint32   // sessions so far; paths of sources with another era are dead
	source  sourceID // of path identifier 0, with a reference while up; 0 while down
	sources uint32   // source records of this neighbor, of all eras
	version uint32   // of its import policy

	// What the decision reads.
	internal bool
	external bool
	client   bool // of this route reflector, see Treatment
	server   bool // served transparently
	router   uint32
	addr     netip.Addr
	as       uint32 // the neighbor's
	kin      bool   // another neighbor with this AS is up, or was at the same time

	// Epochs tell which paths were announced since which BoRR: every path carries the epoch of its announcement, and a BoRR
	// makes those of the epochs before it stale at once.
	epoch  uint8
	stale  uint16 // a bit an epoch: announced before the last BoRR
	doomed uint16 // a bit an epoch: EoRR has come, its paths are being swept

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

// start begins a session.
func (a *adj) start(t *table, s *Session, f *FamilySession) {
	a.session, a.family, a.up = s, f, true
	a.version = s.PolicyVersion
	a.era++
	a.internal, a.external = s.Internal, !s.Internal
	a.client, a.server = f != nil && f.Group.Client, f != nil && f.Group.RouteServer
	a.router, a.addr = s.RouterID, s.Addr
	a.as, a.kin = s.AS, false
	for _, b := range t.adjs {
		if b != a && b.up && b.as == a.as {
			a.kin, b.kin = true, true
		}
	}
	a.epoch, a.stale, a.doomed = 0, 0, 0
	a.limited, a.endIn = 0, false
	a.gauge.set(PrefixLimit{})
	if f != nil {
		a.gauge.set(f.Limit)
	}
	a.source = t.sources.add(source{peer: a.id, era: a.era})
	a.sources++
	t.retainSource(a.source)
}

// stop ends the session. Its paths are dead from here on, and no longer counted.
func (a *adj) stop(t *table) {
	a.session, a.family, a.member, a.up = nil, nil, nil, false
	a.era++
	a.stale, a.doomed = 0, 0
	a.received, a.accepted, a.best = 0, 0, 0
	a.refused, a.byEpoch = [reasonCount]uint32{}, [epochs]uint32{}
	t.releaseSource(a.source)
	a.source = 0
}

// beginRefresh performs a BoRR (RFC 7313 4): what is here now is stale. It needs an epoch that no path has. When all are
// taken, by as many BoRR before the sweep came by, each with paths that were not announced again, those announced since the
// last one go on counting as fresh.
func (a *adj) beginRefresh() {
	if a.byEpoch[a.epoch] == 0 {
		return // nothing was announced since the last one
	}
	for e := range uint8(epochs) {
		if a.byEpoch[e] == 0 && a.doomed>>e&1 == 0 {
			a.stale = (a.stale | 1<<a.epoch) &^ (1 << e)
			a.epoch = e
			return
		}
	}
}

// staleCount counts the paths from before the last BoRR.
func (a *adj) staleCount() (n uint32) {
	for e, count := range a.byEpoch {
		if (a.stale|a.doomed)>>e&1 != 0 {
			n += count
		}
	}
	return n
}
