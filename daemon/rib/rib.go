package rib

import (
	"cmp"
	"time"

	"bgpsh/wire"
)

// A RIB holds the tables of both families, all neighbors' sessions and the update groups. It belongs to one goroutine.
type RIB struct {
	config Config
	tables [2]*table
	peers  []peer // by PeerID
	turn   int    // the table that begins the next Turn
}

// peer is what the tables have in common of a neighbor.
type peer struct {
	known   bool // AddPeer without RemovePeer
	session *Session
}

// New makes an empty RIB.
func New(c Config) *RIB {
	r := &RIB{config: c}
	r.config.DefaultLocalPref = cmp.Or(c.DefaultLocalPref, 100)
	r.tables = [2]*table{newTable(wire.IPv4Unicast, &r.config), newTable(wire.IPv6Unicast, &r.config)}
	r.peers = []peer{{known: true}}
	for _, t := range r.tables {
		t.adjs = []*adj{{}}
		r.startLocal(t)
	}
	return r
}

// startLocal makes the router itself a source of paths.
func (r *RIB) startLocal(t *table) {
	a := t.adjs[Local]
	a.start(t, &Session{RouterID: r.config.RouterID}, nil)
	a.external = false
}

// table gives the table of a family, nil for a family that has none.
func (r *RIB) table(f wire.Family) *table {
	switch f {
	case wire.IPv4Unicast:
		return r.tables[0]
	case wire.IPv6Unicast:
		return r.tables[1]
	}
	return nil
}

// adj gives a neighbor's place in the table of f, nil when there is none.
func (r *RIB) adj(p PeerID, f wire.Family) (*table, *adj) {
	t := r.table(f)
	if t == nil || int(p) >= len(r.peers) || !r.peers[p].known {
		return nil, nil
	}
	return t, t.adjs[p]
}

// AddPeer makes room for a neighbor and gives its name.
func (r *RIB) AddPeer() PeerID {
	for p := 1; p < len(r.peers); p++ {
		if !r.peers[p].known && r.tables[0].idle(PeerID(p)) && r.tables[1].idle(PeerID(p)) {
			r.peers[p].known = true
			return PeerID(p)
		}
	}
	p := PeerID(len(r.peers))
	r.peers = append(r.peers, peer{known: true})
	for _, t := range r.tables {
		t.adjs = append(t.adjs, &adj{id: p})
	}
	return p
}

// idle reports whether nothing in the table has to do with a neighbor any more.
func (t *table) idle(p PeerID) bool {
	a := t.adjs[p]
	return a.sources == 0 && !a.job.active && !a.present()
}

// RemovePeer forgets a neighbor; a session that is still up goes Down first. Its number may be given again when its last
// route has left.
func (r *RIB) RemovePeer(p PeerID) {
	if p == Local || int(p) >= len(r.peers) {
		return
	}
	r.Down(p)
	r.peers[p].known = false
}

// Up starts a session: the neighbor joins its groups and gets the table, then End-of-RIB. A session that was up ends. What
// was kept of one that was lost stays where FamilySession.Keep says so.
func (r *RIB) Up(p PeerID, s *Session) {
	if p == Local || int(p) >= len(r.peers) || !r.peers[p].known {
		return
	}
	if r.peers[p].session != nil {
		r.Down(p)
	}
	r.peers[p].session = s
	queue := new(gate)
	for i := range s.Families {
		f := &s.Families[i]
		if t := r.table(f.Family); t != nil && !t.adjs[p].up {
			r.begin(t, t.adjs[p], f)
			t.join(t.adjs[p], queue)
		}
	}
	for _, t := range r.tables {
		if a := t.adjs[p]; a.paused { // a family that is not agreed any more
			a.stop(t)
			t.clean(a)
		}
	}
}

// begin starts the session of a's neighbor in one family.
func (r *RIB) begin(t *table, a *adj, f *FamilySession) {
	s := r.peers[a.id].session
	if a.paused && !a.resumes(s, f) {
		a.stop(t)
		t.clean(a)
	}
	a.start(t, s, f)
	if a.received > 0 { // it may have more already than its limit of today allows
		t.risen(a)
	}
}

// Down ends the session, and what was kept of the one before. The neighbor's routes leave in the next Turns; nothing more
// is delivered to it.
func (r *RIB) Down(p PeerID) {
	if p == Local || int(p) >= len(r.peers) {
		return
	}
	r.peers[p].session = nil
	for _, t := range r.tables {
		a := t.adjs[p]
		if a.up {
			t.part(a.member)
		}
		if a.present() {
			a.stop(t)
			t.clean(a)
		}
	}
}

// Ready says that p's send queue has room again, after Deliver had returned false.
func (r *RIB) Ready(p PeerID) {
	if int(p) >= len(r.peers) {
		return
	}
	for _, t := range r.tables {
		if m := t.adjs[p].member; m != nil {
			m.gate.blocked = false
			t.rouse(m)
		}
	}
}

// Apply performs a batch. One of another session generation is dropped; one that an older import policy judged is judged
// again. Work is proportional to the batch.
func (r *RIB) Apply(b *Batch, now time.Time) {
	if int(b.Peer) < len(r.peers) {
		if s := r.peers[b.Peer].session; s != nil && s.Generation == b.Generation {
			at := r.arrival(now)
			r.tables[0].arrived, r.tables[1].arrived = at, at
			r.perform(b, at)
		}
	}
}

// arrival gives a time as paths keep it.
func (r *RIB) arrival(now time.Time) uint32 {
	units := now.Sub(r.config.Start) / (arrivalUnit * time.Second)
	return uint32(min(max(units, 0), arrivalMask))
}

// EndOfRIB notes that p has sent its initial table of f: what was kept of its session before and was not in it leaves. It
// reports whether that is news.
func (r *RIB) EndOfRIB(p PeerID, f wire.Family) (first bool) {
	t, a := r.adj(p, f)
	if a == nil || !a.up {
		return false
	}
	first = !a.endIn
	a.endIn = true
	t.expel(a)
	return first
}

// RefreshIn performs a ROUTE-REFRESH from p: subtype 0 sends p everything again; 1 (BoRR) makes all of p's paths stale; 2
// (EoRR) removes those that were not announced again since. A timer that waits for EoRR in vain calls it with 2 as well.
func (r *RIB) RefreshIn(p PeerID, f wire.Family, subtype uint8) {
	t, a := r.adj(p, f)
	if a == nil || !a.up || p == Local {
		return
	}
	switch subtype {
	case wire.RefreshRequest:
		t.askRefresh(a.member)
	case wire.RefreshBegin:
		if a.endIn || !a.family.EndOfRIB { // RFC 7313 4: with graceful restart a refresh comes after the initial table
			a.beginRefresh()
		}
	case wire.RefreshEnd:
		if a.stale != 0 { // an EoRR without BoRR says nothing
			a.doomed |= a.stale
			a.stale = 0
			t.clean(a)
		}
	}
}

// ImportChanged says that Config.Import judges p differently from now on: its paths, kept ones too, are judged again in the
// next Turns, and batches with another PolicyVersion at once.
func (r *RIB) ImportChanged(p PeerID, version uint32) {
	for _, t := range r.tables {
		if _, a := r.adj(p, t.family); a != nil && a.present() && p != Local {
			a.version = version
			t.rejudge(a)
		}
	}
}

// ExportChanged says that Config.Export or Config.Condition with this policy gives other results from now on. Neighbors get
// what differs.
func (r *RIB) ExportChanged(policy uint32) {
	for _, t := range r.tables {
		for _, g := range t.groups {
			switch policy {
			case g.key.Policy:
				g.cursor.fill(&t.dests)
			case g.key.Unsuppress, g.key.Conditional:
				g.cursor.fill(&t.dests)
			}
		}
		for _, c := range t.conditions {
			if c.policy == policy {
				c.cursor.fill(&t.dests)
				t.conditioned(c, false, true)
			}
		}
		t.mapChanged(policy)
	}
}

// Regroup replaces one family of p's session: another group key, or another DenyOut. The neighbor gets what differs.
func (r *RIB) Regroup(p PeerID, s FamilySession) {
	if t, a := r.adj(p, s.Family); a != nil && a.up && p != Local {
		a.family = &s
		t.regroup(a.member, a.family)
		r.SetLimit(p, s.Family, s.Limit)
	}
}

// Originate puts a network of our own into the table. The attributes have ORIGIN, an empty AS_PATH and an unspecified next
// hop, or a given one; weight and kind stand in attribute 0.
func (r *RIB) Originate(f wire.Family, p wire.Prefix, a wire.Attrs, now time.Time) {
	t := r.table(f)
	if t == nil {
		return
	}
	post := t.internResult(a)
	pre := post
	if post >= refused {
		pre = 0
	}
	t.announce(t.adjs[Local], wire.NLRI{Prefix: p}, pre, post, r.arrival(now))
	t.attrs.release(pre)
}

// OriginateJudged is Originate for a route with a map of its own: post is what the map made of pre, when reason is zero. The
// path identifier is NetworkID or RedistributedID.
func (r *RIB) OriginateJudged(f wire.Family, n wire.NLRI, pre, post wire.Attrs, reason Reason, now time.Time) {
	if t := r.table(f); t != nil {
		t.announceOwn(n, pre, post, reason, r.arrival(now))
	}
}

// announceOwn puts a path of our own into the table, with its attributes before and after its map.
func (t *table) announceOwn(n wire.NLRI, pre, post wire.Attrs, reason Reason, now uint32) {
	before, after := t.internResult(pre), refused+uint32(reason)
	switch {
	case before >= refused:
		before, after = 0, before
	case reason == 0:
		after = t.internResult(post)
	}
	t.announce(t.adjs[Local], n, before, after, now)
	t.let(before, after)
}

// Unoriginate takes a route back that Originate or OriginateJudged announced.
func (r *RIB) Unoriginate(f wire.Family, n wire.NLRI) {
	if t := r.table(f); t != nil {
		t.withdraw(t.adjs[Local], n)
	}
}

// SetBest changes the knobs of the decision; every destination is decided again in the next Turns.
func (r *RIB) SetBest(b BestPath) {
	r.config.Best = b
	for _, t := range r.tables {
		t.best = b
		t.redecide()
		t.reaggregate() // what a missing MED counts as
	}
}

// SetLocal changes what the router says about itself. The local AS of neighbors is in their sessions and group keys.
func (r *RIB) SetLocal(as, routerID, defaultLocalPref uint32) {
	r.config.AS, r.config.RouterID = as, routerID
	r.config.DefaultLocalPref = cmp.Or(defaultLocalPref, 100)
	for _, t := range r.tables {
		t.adjs[Local].router = routerID
		t.defaultLocalPref = r.config.DefaultLocalPref
		t.redecide()
		t.reaggregate() // who the aggregator is
		for _, g := range t.groups {
			g.cursor.fill(&t.dests)
		}
	}
}

// Turn does bounded background work, about units destinations of it, and reports whether there is more. The phases, in
// order, for each table: the sweep of routes that must leave or be judged again; egress of each group in turn and of the
// neighbors behind their group; the remains of groups that ended; destinations without paths.
func (r *RIB) Turn(units int) (more bool) {
	r.turn = 1 - r.turn
	for _, i := range [2]int{r.turn, 1 - r.turn} {
		t := r.tables[i]
		spent := t.work(units)
		units = max(units-spent, units/4)
		more = more || t.hasWork()
	}
	return more
}

// Hold lets egress to the update groups wait in the Turns to come, or go on. While a flood of routes comes in, a best path
// that changes again and again is then told once. Neighbors behind their group go on, and Turn does not count what waits as
// work.
func (r *RIB) Hold(on bool) {
	for _, t := range r.tables {
		t.egress.held = on
	}
}

// work does one turn of all phases and reports how much it did.
func (t *table) work(units int) (done int) {
	t.aggregateSome(max(units/2, 1))
	t.conditionSome(max(units/2, 1))
	phase := t.sweep.phase(t)
	t.enter(phase)
	done = t.sweepSome(max(units/2, 1))
	t.lap(phase, done)
	t.enter(PhaseEgress)
	sent := t.forward(max(units-done, 1))
	t.lap(PhaseEgress, sent)
	done += sent
	t.enter(PhaseRemains)
	left := t.remains(max(units-done, units/4), done == 0)
	t.lap(PhaseRemains, left)
	return done + left
}

// enter tells that a piece of work begins.
func (t *table) enter(p Phase) {
	if t.config.Enter != nil {
		t.config.Enter(p)
	}
}

// lap reports a piece of work.
func (t *table) lap(p Phase, done int) {
	if done > 0 && t.config.Lap != nil {
		t.config.Lap(p, done)
	}
}

// remains gives back what nobody needs any more, and reports the work done.
func (t *table) remains(units int, idle bool) (done int) {
	if len(t.dying) > 0 {
		t.reapable += chunkLen
		if t.dying[0].decay(t) == 0 {
			t.dying = t.dying[1:]
		}
		done = chunkLen / 64
	}
	if idle {
		done += t.index.settle(units) + t.attrs.index.settle(units)
	}
	return done + t.reap(max(units-done, 1), idle && done == 0)
}

// hasWork reports whether another turn would do something.
func (t *table) hasWork() bool {
	if t.walking() || len(t.egress.busy) > 0 || len(t.dying) > 0 || t.counting || t.aggregating ||
		t.reaping > 0 || t.lanes.reaping > 0 || t.reapable > 0 && (t.tombs.count > 0 || len(t.lanes.idle) > 0) {
		return true
	}
	return t.index.moving() || t.attrs.index.moving() || !t.egress.held && !t.egress.waits() && t.waiting() > 0
}

// waiting sums up what the groups and conditions have to look at, and may.
func (t *table) waiting() (n uint64) {
	for _, g := range t.groups {
		n += uint64(t.pending(g))
	}
	for _, c := range t.conditions {
		n += uint64(c.cursor.count)
	}
	return n
}

// Waiting is the number of destinations that the update groups have to look at, summed up, where they may.
func (r *RIB) Waiting() (n uint64) {
	for _, t := range r.tables {
		if !t.egress.waits() {
			n += t.waiting()
		}
	}
	return n
}

// Walking reports whether tables are being judged anew, or walked for another reason that concerns all of them: work of seconds.
func (r *RIB) Walking() bool {
	for _, t := range r.tables {
		if t.walking() {
			return true
		}
	}
	return false
}

// walking reports whether somebody has a job for the sweep.
func (t *table) walking() bool { return t.sweep.jobs > 0 }
