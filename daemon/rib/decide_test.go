package rib

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"bgpsh/wire"
)

// bed is a RIB with neighbors whose sessions are up, for directed tests.
type bed struct {
	testing.TB
	*RIB
	heard map[PeerID]*heard
	now   time.Time
	gens  uint32
}

func newBed(tb testing.TB, c Config) *bed {
	w := &bed{TB: tb, heard: map[PeerID]*heard{}, now: start}
	c.AS, c.RouterID, c.Start = 65000, 0x0a000001, start
	c.Deliver = func(p PeerID, f wire.Family, buf []byte, nlri int) bool { return w.heard[p].take(f, buf, nlri) }
	w.RIB = New(c)
	return w
}

// session gives a session of the usual kind; change may be nil.
func (w *bed) session(p PeerID, internal bool, change func(*Session)) *Session {
	w.gens++
	s := &Session{
		Generation: w.gens, Addr: netip.AddrFrom4([4]byte{10, 1, 0, byte(10 + p)}), RouterID: uint32(10 + p), AS: 65000 + uint32(p),
		LocalAS: 65000, Internal: internal,
	}
	for _, f := range families {
		s.Families = append(s.Families, FamilySession{Family: f, Group: GroupKey{
			Family: f, Internal: internal, LocalAS: 65000, Encoding: wire.Encoding{AS4: true},
			NextHop4: netip.MustParseAddr("10.1.0.1"), NextHop6: netip.MustParseAddr("2001:db8:1::1"),
		}})
	}
	if change != nil {
		change(s)
	}
	return s
}

// peer adds a neighbor and brings it up.
func (w *bed) peer(internal bool, change func(*Session)) PeerID {
	p := w.AddPeer()
	w.reup(p, w.session(p, internal, change))
	return p
}

func (w *bed) reup(p PeerID, s *Session) {
	w.heard[p] = newHeard(w.TB, p, s)
	w.heard[p].loose = false
	w.Up(p, s)
}

func (w *bed) batch(p PeerID) *Batch {
	return &Batch{Peer: p, Generation: w.peers[p].session.Generation}
}

// announce sends prefixes with one attribute set.
func (w *bed) announce(p PeerID, a modelAttrs, prefixes ...string) {
	w.announceID(p, 0, a, prefixes...)
}

func (w *bed) announceID(p PeerID, id uint32, a modelAttrs, prefixes ...string) {
	b := w.batch(p)
	for _, text := range prefixes {
		n := netip.MustParsePrefix(text)
		b.Begin(familyOf(n), a.wire(), a.wire(), 0)
		b.Announce(wire.NLRI{ID: id, Prefix: wire.PrefixFrom(n)})
	}
	w.Apply(b, w.now)
}

func (w *bed) withdraw(p PeerID, prefixes ...string) {
	b := w.batch(p)
	for _, text := range prefixes {
		n := netip.MustParsePrefix(text)
		b.Withdraw(familyOf(n), wire.NLRI{Prefix: wire.PrefixFrom(n)})
	}
	w.Apply(b, w.now)
}

func familyOf(p netip.Prefix) wire.Family {
	if p.Addr().Is4() {
		return wire.IPv4Unicast
	}
	return wire.IPv6Unicast
}

func (w *bed) drain() {
	w.Helper()
	for n := 0; w.Turn(2000); n++ {
		if n > 1_000_000 {
			w.Fatal("work without end")
		}
	}
	for _, t := range w.tables {
		t.verify(w, false)
	}
}

func (w *bed) lookup(prefix string) RouteView {
	w.Helper()
	p := netip.MustParsePrefix(prefix)
	v, ok := w.Lookup(familyOf(p), p)
	if !ok {
		w.Fatalf("%s is not in the table", prefix)
	}
	return v
}

// has gives what a neighbor holds of a prefix, "" for nothing.
func (w *bed) has(p PeerID, prefix string) string {
	n := netip.MustParsePrefix(prefix)
	return w.heard[p].views[sixOf(familyOf(n))][wire.NLRI{Prefix: wire.PrefixFrom(n)}]
}

// base is an ordinary attribute set.
func base() modelAttrs {
	return modelAttrs{nextHop: netip.MustParseAddr("192.0.2.1"), path: []uint32{65001, 65100}, med: -1, localPref: -1}
}

// contestant is one of two paths that meet: base, but for what it says.
type contestant struct {
	attrs    func(*modelAttrs)
	internal bool
	local    bool
	router   uint32
	addr     string
	age      time.Duration // older than the other
}

func with(f func(*modelAttrs)) contestant { return contestant{attrs: f} }

var same = contestant{}

// ladderRows goes down the ladder: the two paths differ in one thing that counts, and in what must not.
var ladderRows = []struct {
	name         string
	best         BestPath
	winner, lost contestant
	step         Step
}{
	{"weight", BestPath{}, with(func(a *modelAttrs) { a.weight, a.localPref = 10, 1 }), same, StepWeight},
	{"local pref", BestPath{}, with(func(a *modelAttrs) { a.localPref = 101; a.path = []uint32{1, 2, 3, 4} }), same, StepLocalPref},
	{"local pref default", BestPath{}, same, with(func(a *modelAttrs) { a.localPref, a.path = 99, nil }), StepLocalPref},
	{"own network", BestPath{}, contestant{local: true}, with(func(a *modelAttrs) { a.path = nil }), StepLocal},
	{"AS path", BestPath{}, same, with(func(a *modelAttrs) { a.path, a.origin = []uint32{65001, 7, 8}, 0 }), StepASPath},
	{"AS path ignored", BestPath{IgnoreASPath: true}, with(func(a *modelAttrs) { a.path = []uint32{65001, 7, 8} }),
		with(func(a *modelAttrs) { a.origin = 1 }), StepOrigin},
	{"origin IGP over EGP", BestPath{}, same, with(func(a *modelAttrs) { a.origin, a.med = 1, 0 }), StepOrigin},
	{"origin EGP over incomplete", BestPath{}, with(func(a *modelAttrs) { a.origin = 1 }), with(func(a *modelAttrs) { a.origin = 2 }), StepOrigin},
	{"MED", BestPath{}, with(func(a *modelAttrs) { a.med = 5 }), contestant{attrs: func(a *modelAttrs) { a.med = 6 }, router: 1, age: time.Hour}, StepMED},
	{"missing MED is 0", BestPath{}, same, with(func(a *modelAttrs) { a.med = 1 }), StepMED},
	{"missing MED is worst", BestPath{MissingMEDWorst: true}, with(func(a *modelAttrs) { a.med = 4294967294 }), same, StepMED},
	{"MED of another AS is not compared", BestPath{}, contestant{attrs: func(a *modelAttrs) { a.med = 9 }, age: time.Hour},
		with(func(a *modelAttrs) { a.path = []uint32{65002, 65100} }), StepOlder},
	{"MED always compared", BestPath{AlwaysCompareMED: true}, with(func(a *modelAttrs) { a.path = []uint32{65002, 65100} }),
		contestant{attrs: func(a *modelAttrs) { a.med = 9 }, age: time.Hour}, StepMED},
	{"external over internal", BestPath{}, contestant{router: 200}, contestant{internal: true, router: 1}, StepPeerType},
	{"older", BestPath{}, contestant{age: 8 * time.Second, router: 200}, contestant{router: 1}, StepOlder},
	{"age within a unit does not count", BestPath{}, contestant{router: 1}, contestant{age: time.Second, router: 200}, StepRouterID},
	{"age is ignored", BestPath{CompareRouterID: true}, contestant{router: 1}, contestant{age: time.Hour, router: 200}, StepRouterID},
	{"age of internal paths does not count", BestPath{}, contestant{internal: true, router: 1}, contestant{internal: true, router: 2, age: time.Hour}, StepRouterID},
	{"originator stands for router ID", BestPath{}, contestant{internal: true, router: 99, attrs: func(a *modelAttrs) { a.originator = 3 }},
		contestant{internal: true, router: 4}, StepRouterID},
	{"cluster length", BestPath{}, contestant{internal: true, router: 3, attrs: func(a *modelAttrs) { a.originator, a.clusters = 3, []uint32{9} }},
		contestant{internal: true, router: 2, attrs: func(a *modelAttrs) { a.originator, a.clusters = 3, []uint32{8, 9} }}, StepClusterLen},
	{"neighbor address", BestPath{}, contestant{router: 5, addr: "10.1.0.9"}, contestant{router: 5, addr: "10.1.0.10"}, StepNeighborIP},
	{"IPv4 before IPv6 address", BestPath{}, contestant{router: 5, addr: "10.1.0.9"}, contestant{router: 5, addr: "2001:db8::1"}, StepNeighborIP},
}

// TestLadder lets the paths of each row meet, in both orders: one wins, the other loses to it, both at that step.
func TestLadder(t *testing.T) {
	for _, row := range ladderRows {
		for _, loserFirst := range []bool{false, true} {
			w := newBed(t, Config{Best: row.best})
			play := func(c contestant) PeerID {
				a := base()
				if c.attrs != nil {
					c.attrs(&a)
				}
				w.now = start.Add(24*time.Hour + 2*time.Second).Add(-c.age) // in the middle of a unit
				if c.local {
					w.Originate(wire.IPv4Unicast, wire.PrefixFrom(netip.MustParsePrefix("192.0.2.0/24")), a.wire(), w.now)
					return Local
				}
				p := w.peer(c.internal, func(s *Session) {
					s.RouterID = 50
					if c.router != 0 {
						s.RouterID = c.router
					}
					if c.addr != "" {
						s.Addr = netip.MustParseAddr(c.addr)
					}
				})
				w.announce(p, a, "192.0.2.0/24")
				return p
			}
			var winner, lost PeerID
			if loserFirst {
				lost = play(row.lost)
				winner = play(row.winner)
			} else {
				winner = play(row.winner)
				lost = play(row.lost)
			}
			w.drain()
			v := w.lookup("192.0.2.0/24")
			if v.Paths[0].Peer != winner || !v.Paths[0].Best || v.Paths[0].Step != row.step {
				t.Errorf("%s (loser first %v): best is from %d by %v, want %d by %v", row.name, loserFirst, v.Paths[0].Peer, v.Paths[0].Step, winner, row.step)
			}
			if l := v.Paths[1]; l.Peer != lost || l.Best || l.Step != row.step || l.Versus != 0 {
				t.Errorf("%s (loser first %v): the other is %+v", row.name, loserFirst, l)
			}
		}
	}
}

// TestLadderPathID ends with the lower ADD-PATH identifier, where nothing else differs.
func TestLadderPathID(t *testing.T) {
	w := newBed(t, Config{})
	p := w.peer(false, nil)
	for _, id := range []uint32{3, 2, 7} {
		w.announceID(p, id, base(), "192.0.2.0/24")
	}
	v := w.lookup("192.0.2.0/24")
	if v.Paths[0].PathID != 2 || v.Paths[0].Step != StepEqual || len(v.Paths) != 3 {
		t.Fatalf("best is %+v", v.Paths[0])
	}
	if only := newBed(t, Config{}); true {
		only.announce(only.peer(false, nil), base(), "192.0.2.0/24")
		if v := only.lookup("192.0.2.0/24"); v.Paths[0].Step != StepFirst {
			t.Fatalf("a lone path is best by %v", v.Paths[0].Step)
		}
	}
}

// TestMEDGroups is the classic of RFC 3345: a path that is taken out by the MED of its own neighbor AS must not beat a third
// one, and the result does not depend on the order of arrival. A path that lost so says to which it lost.
func TestMEDGroups(t *testing.T) {
	type route struct {
		as     uint32
		med    int64
		router uint32
	}
	a, b, c := route{65001, 10, 1}, route{65002, 0, 2}, route{65001, 5, 3}
	// c takes out a by MED; of b and c, b has the lower router ID. In pairs: a beats b, c beats a, b beats c.
	for _, order := range [][]route{{a, b, c}, {a, c, b}, {b, a, c}, {b, c, a}, {c, a, b}, {c, b, a}} {
		w := newBed(t, Config{})
		peers := map[uint32]PeerID{}
		for _, r := range order {
			p := w.peer(false, func(s *Session) { s.RouterID = r.router })
			x := base()
			x.path, x.med = []uint32{r.as, 65100}, r.med
			w.announce(p, x, "192.0.2.0/24")
			peers[r.router] = p
		}
		v := w.lookup("192.0.2.0/24")
		if v.Paths[0].Peer != peers[b.router] {
			t.Fatalf("order %v: best is from %d", order, v.Paths[0].Peer)
		}
		for _, p := range v.Paths {
			if p.Peer == peers[a.router] && (p.Step != StepMED || v.Paths[p.Versus].Peer != peers[c.router]) {
				t.Fatalf("order %v: the hidden path lost at %v to %d", order, p.Step, p.Versus)
			}
		}
		w.withdraw(peers[c.router], "192.0.2.0/24") // now nothing hides a
		if v := w.lookup("192.0.2.0/24"); v.Paths[0].Peer != peers[a.router] {
			t.Fatalf("order %v: after the withdrawal best is from %d", order, v.Paths[0].Peer)
		}
	}
}

// TestDecideIncremental makes sure that deciding after each change gives what deciding anew gives.
func TestDecideIncremental(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 6))
	for range 300 {
		kin := rnd.IntN(2) == 0     // several neighbors have one AS
		foreign := rnd.IntN(3) == 0 // some send paths of another's
		w := newBed(t, Config{Best: BestPath{AlwaysCompareMED: rnd.IntN(3) == 0, MissingMEDWorst: rnd.IntN(2) == 0}})
		var peers []PeerID
		for i := range 9 {
			peers = append(peers, w.peer(i%4 == 3 && foreign, func(s *Session) { s.RouterID = uint32(1 + rnd.IntN(4)) }))
		}
		for range 60 {
			p := peers[rnd.IntN(len(peers))]
			switch rnd.IntN(12) {
			case 0, 1, 2:
				w.withdraw(p, "192.0.2.0/24")
			case 3:
				w.Down(p)
				w.drain() // dead paths are not compared with, and may be the best until the sweep comes by
				w.reup(p, w.session(p, false, func(s *Session) {
					if kin {
						s.AS = 65001 + uint32(rnd.IntN(3))
					}
				}))
			default:
				a := base()
				a.path = []uint32{w.peers[p].session.AS, 7}[:1+rnd.IntN(2)]
				if foreign && rnd.IntN(2) == 0 {
					a.path[0] = 65001 + uint32(rnd.IntN(3))
				}
				if rnd.IntN(2) == 0 {
					a.med = int64(rnd.IntN(3))
				}
				w.announce(p, a, "192.0.2.0/24")
			}
			tb := w.tables[0]
			id := tb.find(wire.PrefixFrom(netip.MustParsePrefix("192.0.2.0/24")))
			if id == 0 || tb.slot(id).count == 0 {
				continue
			}
			d := tb.slot(id)
			want := tb.decideRing(tb.usable(d))
			if has := d.flags&flagBest != 0; has != (want != nil) || has && want != &d.best {
				t.Fatalf("the best of %d paths is not where it should be", d.count)
			}
			if got := tb.decide(d); got != want {
				t.Fatal("the decision depends on whether paths are compared by neighbor AS")
			}
		}
	}
}

// TestArrivalKept finds that announcing the same again, as a route refresh does, does not make a path younger.
func TestArrivalKept(t *testing.T) {
	w := newBed(t, Config{})
	p := w.peer(false, nil)
	w.announce(p, base(), "192.0.2.0/24")
	first := w.lookup("192.0.2.0/24").Paths[0].Arrival
	w.now = w.now.Add(time.Hour)
	w.announce(p, base(), "192.0.2.0/24")
	if got := w.lookup("192.0.2.0/24").Paths[0].Arrival; !got.Equal(first) {
		t.Fatalf("arrival went from %v to %v", first, got)
	}
	a := base()
	a.med = 4
	w.announce(p, a, "192.0.2.0/24")
	if got := w.lookup("192.0.2.0/24").Paths[0].Arrival; got.Sub(first) != time.Hour {
		t.Fatalf("arrival of a change is %v after the first", got.Sub(first))
	}
}

// TestStepNames holds FRR's words.
func TestStepNames(t *testing.T) {
	want := []string{"Nothing to Select", "First path received", "Path Staleness", "Weight", "Local Pref", "Local Route", "AS Path", "Origin", "MED",
		"Peer Type", "IGP Metric", "Confed Peer Type", "Older Path", "Router ID", "Cluster length", "Neighbor IP", "Nothing left to compare"}
	var got []string
	for s := range stepCount {
		got = append(got, s.String())
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%q", got)
	}
}
