package rib

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"bgpsh/wire"
)

var (
	twinSeeds = flag.Int("twin.seeds", 60, "random histories that TestTwin runs")
	twinSeed  = flag.Uint64("twin.seed", 0, "run only this history")
)

// twin drives a RIB and its model through the same random history.
type twin struct {
	testing.TB
	rnd      *rand.Rand
	rib      *RIB
	model    model
	heard    map[PeerID]*heard
	now      time.Time
	versions map[PeerID]uint32
	sessions uint32
	prefixes [2][]wire.Prefix
	wider    [2][]wire.Prefix     // of them, those for aggregates
	uses     map[uint32]int       // of policies, by the table
	ids      map[[3]uint32]uint32 // see compareID
	burst    int                  // prefixes of one announcement at most
	log      []string
}

// classMode is the class of a prefix: what an import or export policy of mode 1 asks about it. A policy of mode 2 does not tell.
func classMode(mode int, asks uint32) uint32 {
	switch {
	case byPrefixMode(mode):
		return asks
	case mode == 2:
		return Unclassed
	}
	return 0
}

var families = [2]wire.Family{wire.IPv4Unicast, wire.IPv6Unicast}

func newTwin(tb testing.TB, seed uint64, prefixes, burst int) *twin {
	w := &twin{TB: tb, rnd: rand.New(rand.NewPCG(seed, 7)), heard: map[PeerID]*heard{}, now: start, versions: map[PeerID]uint32{}, burst: burst, ids: map[[3]uint32]uint32{},
		uses: map[uint32]int{}}
	w.model = model{localPref: 100, routerID: 0x0a000001, peers: map[PeerID]*modelPeer{}, exportBy: map[uint32]int{}}
	for i := range w.model.paths {
		w.model.paths[i] = map[wire.Prefix][]*modelPath{}
	}
	w.rib = New(Config{
		AS: 65000, RouterID: w.model.routerID, Seed: seed, Start: start,
		Import: func(p PeerID, f wire.Family, pre wire.Attrs, pfx wire.Prefix, e *wire.Editor) Reason {
			a := readAttrs(pre)
			a.weight = pre.Local().Weight
			reason := importMode(w.model.peers[p].importBy, &a, pfx)
			e.Reset(a.wire())
			return reason
		},
		ImportClass: func(p PeerID, f wire.Family, pfx wire.Prefix) uint32 {
			return classMode(w.model.peers[p].importBy, uint32(pfx.Len%2)<<15) // of one place in the memo
		},
		Export: func(policy uint32, _ netip.Addr, f wire.Family, in wire.Attrs, pfx wire.Prefix, e *wire.Editor) Reason {
			a := readAttrs(e.Attrs())
			a.weight = e.Attrs().Local().Weight
			reason := exportMode(w.model.exportBy[policy], &a, pfx)
			e.Reset(a.wire())
			return reason
		},
		ExportClass: func(policy uint32, f wire.Family, pfx wire.Prefix) uint32 {
			return classMode(w.model.exportBy[policy], uint32(pfx.Len%3)<<12)
		},
		Condition: func(policy uint32, _ netip.Addr, f wire.Family, in wire.Attrs, pfx wire.Prefix, e *wire.Editor) (rank uint32) {
			a := readAttrs(in)
			if conditionMode(w.model.exportBy[policy], &a, pfx) {
				rank = 1 + uint32(pfx.Len%3)
			}
			return rank
		},
		Uses: func(policy uint32, by int) { w.uses[policy] += by },
		Deliver: func(p PeerID, f wire.Family, buf []byte, nlri int) bool {
			return w.heard[p].take(f, buf, nlri)
		},
	})
	for range prefixes {
		v4 := wire.Prefix{Hi: uint64(w.rnd.Uint32()) << 32, Len: uint8(8 + w.rnd.IntN(min(17+prefixes/100, 25)))}
		v6 := wire.Prefix{Hi: 0x20010db8<<32 | uint64(w.rnd.Uint32()), Lo: w.rnd.Uint64(), Len: uint8(33 + w.rnd.IntN(96))}
		w.prefixes[0] = append(w.prefixes[0], wire.PrefixFrom(v4.Netip(wire.IPv4Unicast)))
		w.prefixes[1] = append(w.prefixes[1], wire.PrefixFrom(v6.Netip(wire.IPv6Unicast)))
	}
	w.widen()
	for i := range w.prefixes {
		slices.SortFunc(w.prefixes[i], wire.Prefix.Compare)
		w.prefixes[i] = slices.Compact(w.prefixes[i])
	}
	for range 6 {
		p := w.rib.AddPeer()
		w.model.peers[p] = &modelPeer{id: p}
	}
	return w
}

func (w *twin) peer() *modelPeer { return w.model.peers[PeerID(1+w.rnd.IntN(len(w.model.peers)))] }

// upPeer gives a neighbor whose session is up, nil when there is none.
func (w *twin) upPeer() *modelPeer {
	for range 10 {
		if p := w.peer(); p.session != nil {
			return p
		}
	}
	return nil
}

func (w *twin) chance(percent int) bool { return w.rnd.IntN(100) < percent }

func (w *twin) note(format string, args ...any) { w.log = append(w.log, fmt.Sprintf(format, args...)) }

func (w *twin) Fatalf(format string, args ...any) {
	w.Helper()
	for _, l := range w.log[max(0, len(w.log)-60):] {
		w.Log(l)
	}
	w.TB.Fatalf(format, args...)
}

// key makes a random group key.
func (w *twin) key(p PeerID, f wire.Family, internal bool) GroupKey {
	k := GroupKey{Family: f, Internal: internal, LocalAS: 65000}
	if w.chance(15) {
		k.Strip = AllCommunities
	}
	k.Encoding = wire.Encoding{AS4: true, ExtendedNextHop: w.chance(50)}
	if !w.chance(10) {
		k.NextHop4 = netip.MustParseAddr("10.1.0.1")
	}
	if !w.chance(20) {
		k.NextHop6 = netip.MustParseAddr("2001:db8:1::1")
	}
	if w.chance(40) {
		k.NextHop6LL = netip.MustParseAddr("fe80::1")
	}
	if w.chance(60) {
		k.Policy = uint32(w.rnd.IntN(3))
	}
	if w.chance(30) {
		k.Subnet = netip.MustParsePrefix("10.1.0.0/24")
		if f == wire.IPv6Unicast {
			k.Subnet = netip.MustParsePrefix("2001:db8:1::/64")
		}
	}
	if w.chance(10) {
		k.AS = 65001 + uint32(p)
	}
	if internal && w.chance(30) {
		k.NextHopSelf = true
	}
	k.LongLived = w.chance(40)
	if w.chance(20) {
		k.Unsuppress = uint32(1 + w.rnd.IntN(2))
	}
	if w.chance(25) {
		k.Conditional, k.If, k.Unless = uint32(1+w.rnd.IntN(2)), uint32(firstCondition+w.rnd.IntN(conditions)), w.chance(50)
		k.ConditionalToo = w.chance(50)
	}
	if w.chance(50) { // the usual, so that groups have several members
		k = GroupKey{Family: f, Internal: internal, LocalAS: 65000, Encoding: wire.Encoding{AS4: true},
			NextHop4: netip.MustParseAddr("10.1.0.1"), NextHop6: netip.MustParseAddr("2001:db8:1::1")}
	}
	if w.chance(15) {
		k.Interval = 20 * time.Second
	}
	k.Encoding.AddPath = w.chance(30)
	k.Paths = w.selection(k.Encoding)
	return k
}

// selection makes a random choice of paths.
func (w *twin) selection(e wire.Encoding) Selection {
	if !e.AddPath {
		return 0
	}
	return []Selection{0, 1, 2, 3, MostBest, PathPerAS, AllPaths, AllPaths}[w.rnd.IntN(8)]
}

func (w *twin) familySession(p PeerID, f wire.Family, internal bool) FamilySession {
	s := FamilySession{Family: f, Group: w.key(p, f, internal), EnhancedRefresh: w.chance(50), EndOfRIB: w.chance(50), Keep: w.chance(80)}
	if w.chance(10) {
		s.DenyOut = MissingPolicy
	}
	return s
}

func (w *twin) up(p *modelPeer) {
	if p.session != nil {
		w.down(p)
	}
	w.sessions++
	internal := p.id%3 == 0
	s := &Session{
		Generation: w.sessions, Addr: netip.AddrFrom4([4]byte{10, 1, 0, byte(10 + p.id)}), RouterID: uint32(w.rnd.IntN(4)) + 1,
		AS: 65001 + uint32(p.id), LocalAS: 65000, Internal: internal, PolicyVersion: w.versions[p.id],
	}
	for i, f := range families {
		p.family[i] = w.familySession(p.id, f, internal)
		s.Families = append(s.Families, p.family[i])
	}
	w.resume(p, s)
	w.heard[p.id] = newHeard(w.TB, p.id, s)
	if w.chance(20) {
		w.heard[p.id].room = 1 + w.rnd.IntN(3)
	}
	w.note("up %d %+v", p.id, *s)
	w.rib.Up(p.id, s)
}

func (w *twin) down(p *modelPeer) {
	w.note("down %d", p.id)
	p.session = nil
	delete(w.heard, p.id)
	for i := range families {
		w.model.remove(i, func(q *modelPath) bool { return q.peer == p.id })
	}
	w.rib.Down(p.id)
}

// attrs makes a random attribute set; few values, so that ties are common.
func (w *twin) attrs(p *modelPeer, six int) modelAttrs {
	a := modelAttrs{med: -1, localPref: -1, origin: uint8(w.rnd.IntN(6) / 2)}
	for range w.rnd.IntN(3) {
		a.path = append(a.path, 65001+uint32(w.rnd.IntN(3)))
	}
	if w.chance(5) {
		a.path = append(a.path, 65077)
	}
	hops := []string{"10.1.0.11", "10.1.0.12", "10.1.0.77", "192.0.2.1"}
	if six == 1 {
		hops = []string{"2001:db8:1::11", "2001:db8:1::77", "2001:db8:9::1", "fe80::77"}
	}
	a.nextHop = netip.MustParseAddr(hops[w.rnd.IntN(len(hops))])
	if six == 1 && w.chance(30) && !a.nextHop.IsLinkLocalUnicast() {
		a.linkLocal = netip.MustParseAddr("fe80::99")
	}
	if w.chance(50) {
		a.med = int64(w.rnd.IntN(3))
	}
	if w.chance(10) {
		a.weight = uint32(w.rnd.IntN(2))
	}
	for _, c := range []uint32{wire.CommunityNoExport, wire.CommunityNoAdvertise, wire.CommunityNoExportSubconfed, 65000<<16 | 1, wire.CommunityLLGRStale, wire.CommunityNoLLGR} {
		if w.chance(6) {
			a.communities = append(a.communities, c)
		}
	}
	slices.Sort(a.communities)
	if w.chance(2) {
		for i := range 340 {
			a.large = append(a.large, wire.LargeCommunity{Global: 1, Local2: uint32(i)})
		}
	}
	if p.session != nil && p.session.Internal {
		if w.chance(70) {
			a.localPref = int64(100 + 50*w.rnd.IntN(2))
		}
		if w.chance(20) {
			a.originator = uint32(1 + w.rnd.IntN(4))
			a.clusters = []uint32{1, 2}[:w.rnd.IntN(3)]
		}
	}
	return a
}

// batch sends a random batch of a neighbor.
func (w *twin) batch() {
	p := w.upPeer()
	if p == nil {
		return
	}
	b := &Batch{Peer: p.id, Generation: p.session.Generation, PolicyVersion: w.versions[p.id], Seed: w.rib.config.Seed}
	if w.chance(10) {
		b.Seed++ // hashed elsewhere
	}
	stale := w.chance(5)
	if stale {
		b.PolicyVersion-- // judged before the last change
	}
	arrival := int64(w.now.Sub(start) / (4 * time.Second))
	for range 1 + w.rnd.IntN(4) {
		six := w.rnd.IntN(2)
		f := families[six]
		nlri := func() wire.NLRI {
			n := wire.NLRI{Prefix: w.prefixes[six][w.rnd.IntN(len(w.prefixes[six]))]}
			if p.id == 2 {
				n.ID = uint32(w.rnd.IntN(4))
			}
			return n
		}
		switch {
		case w.chance(35):
			for range 1 + w.rnd.IntN(w.burst) {
				n := nlri()
				w.note("withdraw %d %v", p.id, n)
				b.Withdraw(f, n)
				w.model.withdraw(p.id, six, n)
			}
		case w.chance(4):
			b.Begin(f, nil, nil, Malformed)
			n := nlri()
			w.note("malformed %d %v", p.id, n)
			b.Announce(n)
			w.model.announce(p.id, six, n, modelAttrs{}, Malformed, arrival)
		default:
			a := w.attrs(p, six)
			pre := a.wire()
			byPrefix := byPrefixMode(p.importBy)
			post := a
			reason := importMode(p.importBy, &post, wire.Prefix{Len: 2})
			if stale {
				post, reason = a, FirstAS // wrong on purpose
			}
			if byPrefix && !stale {
				b.Came(f, pre)
			} else {
				b.Begin(f, pre, post.wire(), reason)
			}
			for range 1 + w.rnd.IntN(w.burst) {
				n := nlri()
				w.note("announce %d %v: %v", p.id, n, a)
				if byPrefix && !stale {
					one := a
					r := importMode(p.importBy, &one, n.Prefix)
					b.AnnounceAs(n, b.Judge(one.wire(), r))
				} else {
					b.Announce(n)
				}
				w.model.announce(p.id, six, n, a, 0, arrival)
			}
		}
	}
	if w.chance(3) {
		b.Generation-- // of a session that is over: it must not count
		w.rib.Apply(b, w.now)
		b.Generation++
	}
	w.rib.Apply(b, w.now)
}

// step does one random thing.
func (w *twin) step() {
	w.now = w.now.Add(time.Duration(w.rnd.IntN(3000)) * time.Millisecond)
	w.rib.At(w.now)
	switch n := w.rnd.IntN(117); {
	case n >= 112:
		w.ownStep()
	case n >= 100:
		w.retain()
	case n < 50:
		w.batch()
	case n < 65:
		units := 1 + w.rnd.IntN(10*w.burst)
		w.note("turn %d", units)
		w.rib.Turn(units)
	case n < 71:
		w.up(w.peer())
	case n < 74:
		w.down(w.peer())
	case n < 78:
		w.originate()
	case n < 84:
		w.flow()
	case n < 89:
		w.refresh()
	case n < 91:
		p := w.peer()
		p.importBy = w.rnd.IntN(4)
		w.versions[p.id]++
		w.note("import %d mode %d", p.id, p.importBy)
		for i := range families {
			for pfx, list := range w.model.paths[i] {
				for _, q := range list {
					if q.peer == p.id {
						w.model.judge(q, pfx)
					}
				}
			}
		}
		w.rib.ImportChanged(p.id, w.versions[p.id])
	case n < 93:
		policy := uint32(1 + w.rnd.IntN(2))
		w.model.exportBy[policy] = w.rnd.IntN(4)
		w.note("export %d mode %d", policy, w.model.exportBy[policy])
		w.rib.ExportChanged(policy)
	case n < 97:
		if p := w.upPeer(); p != nil {
			six := w.rnd.IntN(2)
			old := p.family[six]
			p.family[six] = w.familySession(p.id, families[six], p.session.Internal)
			p.family[six].Group.Encoding = old.Group.Encoding
			p.family[six].Group.Paths = w.selection(old.Group.Encoding)
			p.family[six].EnhancedRefresh, p.family[six].EndOfRIB = old.EnhancedRefresh, old.EndOfRIB
			w.heard[p.id].loose = true
			w.note("regroup %d %+v", p.id, p.family[six])
			w.rib.Regroup(p.id, p.family[six])
		}
	case n < 99:
		w.model.best = BestPath{AlwaysCompareMED: w.chance(30), MissingMEDWorst: w.chance(30), IgnoreASPath: w.chance(30), CompareRouterID: w.chance(30)}
		w.note("best %+v", w.model.best)
		w.rib.SetBest(w.model.best)
	default:
		w.model.localPref = uint32(100 + 50*w.rnd.IntN(3))
		w.model.routerID = uint32(1 + w.rnd.IntN(4))
		w.note("local pref %d router %d", w.model.localPref, w.model.routerID)
		w.rib.SetLocal(65000, w.model.routerID, w.model.localPref)
	}
}

func (w *twin) originate() {
	six := w.rnd.IntN(2)
	n := wire.NLRI{Prefix: w.prefixes[six][w.rnd.IntN(len(w.prefixes[six]))]}
	if w.chance(40) {
		n.ID = RedistributedID
	}
	if w.chance(50) {
		w.note("unoriginate %v", n)
		w.model.withdraw(Local, six, n)
		w.rib.Unoriginate(families[six], n)
		return
	}
	a := modelAttrs{med: -1, localPref: -1, nextHop: netip.IPv4Unspecified()}
	if six == 1 {
		a.nextHop = netip.IPv6Unspecified()
	}
	if w.chance(30) {
		a.med = 9
	}
	w.note("originate %v", n)
	w.model.announce(Local, six, n, a, 0, int64(w.now.Sub(start)/(4*time.Second)))
	e := wire.NewEditor(a.wire())
	e.SetLocal(wire.Local{Kind: uint8(n.ID)})
	attrs := e.AppendTo(nil)
	w.rib.OriginateJudged(families[six], n, attrs, attrs, 0, w.now)
}

// flow makes a neighbor slow, or lets it go on.
func (w *twin) flow() {
	p := w.upPeer()
	if p == nil {
		return
	}
	h := w.heard[p.id]
	if h.blocked {
		w.note("ready %d", p.id)
		h.blocked, h.room = false, 1+w.rnd.IntN(4)
		w.rib.Ready(p.id)
		return
	}
	h.room = 1 + w.rnd.IntN(3)
	w.note("room %d: %d", p.id, h.room)
}

func (w *twin) refresh() {
	p := w.upPeer()
	if p == nil {
		return
	}
	six := w.rnd.IntN(2)
	switch w.rnd.IntN(3) {
	case 0:
		w.note("refresh asked by %d", p.id)
		w.heard[p.id].loose = true
		w.rib.RefreshIn(p.id, families[six], wire.RefreshRequest)
	case 1:
		w.note("BoRR %d", p.id)
		if p.family[six].EndOfRIB && !p.ended[six] {
			w.rib.RefreshIn(p.id, families[six], wire.RefreshBegin) // before End-of-RIB it counts for nothing
			return
		}
		for _, list := range w.model.paths[six] {
			for _, q := range list {
				q.stale = q.stale || q.peer == p.id && !q.kept
			}
		}
		w.rib.RefreshIn(p.id, families[six], wire.RefreshBegin)
	default:
		w.note("EoRR %d", p.id)
		w.model.remove(six, func(q *modelPath) bool { return q.peer == p.id && q.stale })
		w.rib.RefreshIn(p.id, families[six], wire.RefreshEnd)
	}
}

// drain lets everybody catch up.
func (w *twin) drain() {
	for _, f := range families {
		w.rib.Defer(f, false)
	}
	for id := range PeerID(len(w.model.peers) + 1) {
		if h := w.heard[id]; h != nil {
			h.blocked, h.room = false, 1<<30
			w.rib.Ready(id)
		}
	}
	for due := w.now; !due.IsZero(); due = w.rib.Deadline() {
		w.now = due
		w.rib.At(w.now)
		for n := 0; w.rib.Turn(1 + w.rnd.IntN(300)); n++ {
			if n > 100_000 {
				w.Fatalf("work without end")
			}
		}
	}
	w.model.settle()
}

func runTwin(tb testing.TB, seed uint64, prefixes, burst, steps int) {
	w := newTwin(tb, seed, prefixes, burst)
	defer func() {
		if tb.Failed() {
			tb.Logf("history %d", seed)
		}
	}()
	for i := range steps {
		w.step()
		if i%25 == 24 || prefixes < 100 && w.chance(3) {
			w.drain()
			w.compare()
		}
	}
	for _, p := range w.model.peers {
		w.down(p)
	}
	for i, f := range families {
		for _, pfx := range w.prefixes[i] {
			for _, id := range []uint32{NetworkID, RedistributedID} {
				w.rib.Unoriginate(f, wire.NLRI{ID: id, Prefix: pfx})
				w.model.withdraw(Local, i, wire.NLRI{ID: id, Prefix: pfx})
			}
		}
		w.rib.SetAggregates(f, nil)
		w.model.own[i] = ownRoutes{}
	}
	w.drain()
	w.compare()
	for policy, n := range w.uses {
		if n != 0 {
			tb.Fatalf("policy %d is used %d times at the end", policy, n)
		}
	}
	for _, t := range w.rib.tables {
		if t.all.live != 0 || t.attrs.recs.live != 0 || t.paths.singles.live+t.paths.blocks.live+t.lanes.recs.live != 0 || t.sources.recs.live != 1 {
			tb.Fatalf("left behind: %d destinations, %d attribute sets, %d sources", t.all.live, t.attrs.recs.live, t.sources.recs.live)
		}
	}
}

// TestTwin runs random histories of sessions, routes, aggregates, conditions, refreshes, policy changes and slow neighbors, and compares the RIB
// with its slow twin after each stretch: every neighbor's view, rebuilt from the bytes it was sent; every path, counter,
// verdict and reference.
func TestTwin(t *testing.T) {
	if *twinSeed != 0 {
		runTwin(t, *twinSeed, 24, 4, 1500)
		return
	}
	for seed := range uint64(*twinSeeds) {
		if runTwin(t, seed+1, 24, 4, 600); t.Failed() {
			return
		}
	}
}

// TestTwinLarge does the same with enough prefixes for several chunks, pages and messages, and for indexes that grow and
// shrink.
func TestTwinLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of prefixes against a slow twin")
	}
	for seed := range uint64(max(*twinSeeds/20, 1)) {
		if runTwin(t, seed+1, 6000, 600, 100); t.Failed() {
			return
		}
	}
}
