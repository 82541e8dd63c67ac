package rib

import (
	"fmt"
	"net/netip"
	"testing"

	"bgpsh/wire"
)

// many gives n different prefixes.
func many(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("20.%d.%d.0/24", i/256, i%256))
	}
	return out
}

// TestSharedBuffer finds that the members of a group are handed the very same bytes, and that the neighbor from which the
// routes come gets none.
func TestSharedBuffer(t *testing.T) {
	w := newBed(t, Config{})
	from := w.peer(false, nil)
	var to []PeerID
	for range 3 {
		to = append(to, w.peer(false, nil))
	}
	w.drain()
	bufs := map[PeerID][]*byte{}
	w.config.Deliver = func(p PeerID, f wire.Family, buf []byte, nlri int) bool {
		bufs[p] = append(bufs[p], &buf[0])
		return w.heard[p].take(f, buf, nlri)
	}
	w.announce(from, base(), many(300)...)
	w.drain()
	if len(bufs[from]) != 0 || len(bufs[to[0]]) == 0 {
		t.Fatalf("the source got %d buffers, another %d", len(bufs[from]), len(bufs[to[0]]))
	}
	for _, p := range to[1:] {
		for i, b := range bufs[p] {
			if b != bufs[to[0]][i] {
				t.Fatalf("peer %d has a buffer of its own", p)
			}
		}
	}
	if got := w.heard[to[0]].updates - 2; got > 1 { // without End-of-RIB

		t.Fatalf("300 prefixes with equal attributes came in %d messages", got)
	}
}

// TestSplitHorizonMoves follows one prefix while its best path moves between members of one group.
func TestSplitHorizonMoves(t *testing.T) {
	const p = "198.51.100.0/24"
	w := newBed(t, Config{})
	a, b, c := w.peer(false, nil), w.peer(false, nil), w.peer(false, nil)
	state := func(name string, want ...bool) {
		t.Helper()
		w.drain()
		for i, id := range []PeerID{a, b, c} {
			if has := w.has(id, p) != ""; has != want[i] {
				t.Errorf("%s: peer %d has it: %v", name, id, has)
			}
		}
	}
	x := base()
	x.path = []uint32{65001, 65001, 65001}
	w.announce(a, x, p)
	state("from a", false, true, true)
	y := base()
	y.path = []uint32{65002}
	w.announce(b, y, p)
	state("from b, better", true, false, true)
	w.withdraw(a, p)
	state("a withdraws what was not best", true, false, true)
	w.announce(a, y, p) // the same attributes; a has the lower router ID
	state("from a again, with equal attributes", false, true, true)
	before := w.heard[c].updates
	w.withdraw(a, p)
	state("back to b", true, false, true)
	if w.heard[c].updates != before {
		t.Error("c was told the same attributes twice")
	}
	w.withdraw(b, p)
	state("gone", false, false, false)
}

// TestSlowMember blocks one of three receivers, changes routes meanwhile, and finds that it is told the outcome only, that
// nobody waits for it, and that nothing comes while it is blocked.
func TestSlowMember(t *testing.T) {
	w := newBed(t, Config{})
	from, slow, quick := w.peer(false, nil), w.peer(false, nil), w.peer(false, nil)
	w.drain()
	prefixes := many(5000)
	w.heard[slow].room = 1
	w.announce(from, base(), prefixes...)
	w.drain()
	held := len(w.heard[slow].views[0])
	if held == 0 || held == 5000 || len(w.heard[quick].views[0]) != 5000 {
		t.Fatalf("slow has %d routes, quick %d", held, len(w.heard[quick].views[0]))
	}
	if c := w.Counters(slow, wire.IPv4Unicast); int(c.Sent) != held || !c.Blocked || !c.Pending || !c.EndOfRIBOut {
		t.Fatalf("slow has %d routes: %+v", held, c)
	}
	changed := base()
	changed.med, changed.origin = 4, 1
	w.announce(from, changed, prefixes[:2000]...)
	w.withdraw(from, prefixes[1000:1500]...)
	w.withdraw(from, prefixes[4000:]...)
	w.announce(from, changed, "30.0.0.0/24")
	w.withdraw(from, "30.0.0.0/24") // it shall not hear of this one
	w.drain()
	w.heard[slow].blocked, w.heard[slow].room = false, 1<<30
	messages := w.heard[slow].updates
	w.Ready(slow)
	w.drain()
	if len(w.heard[slow].views[0]) != 3500 || len(w.heard[quick].views[0]) != 3500 {
		t.Fatalf("slow has %d routes, quick %d", len(w.heard[slow].views[0]), len(w.heard[quick].views[0]))
	}
	for p, a := range w.heard[quick].views[0] {
		if w.heard[slow].views[0][p] != a {
			t.Fatalf("%v differs", p)
		}
	}
	if n := w.heard[slow].updates - messages; n > 20 {
		t.Fatalf("catching up took %d messages", n)
	}
	if c := w.Counters(slow, wire.IPv4Unicast); c.Sent != 3500 || c.Blocked || c.Pending {
		t.Fatalf("slow: %+v", c)
	}
	for _, m := range w.tables[0].groups[0].members {
		if !m.streaming || m.backlog.bytes() != 0 {
			t.Fatalf("peer %d is not back in the stream", m.peer)
		}
	}
}

// TestBlockedWithinFlush fills a queue in the middle of what one flush has to say.
func TestBlockedWithinFlush(t *testing.T) {
	w := newBed(t, Config{})
	from, slow, other := w.peer(false, nil), w.peer(false, nil), w.peer(false, nil)
	w.drain()
	prefixes := many(2000)
	distinct := func(p PeerID, med int64) {
		for i, x := range prefixes {
			a := base()
			a.communities = []uint32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, uint32(1000 + i)}
			a.path[0], a.origin, a.med = 65000+uint32(p), uint8(med), med
			w.announce(p, a, x)
		}
	}
	check := func() {
		t.Helper()
		h := w.heard[slow]
		if c := w.Counters(slow, wire.IPv4Unicast); int(c.Sent) != len(h.views[0]) || !c.Blocked {
			t.Fatalf("slow has %d routes: %+v", len(h.views[0]), c)
		}
	}
	distinct(from, 1)
	w.heard[slow].room = 2
	w.drain()
	if n := len(w.heard[slow].views[0]); n == 0 || n == len(prefixes) {
		t.Fatalf("%d routes got through", n)
	}
	check()
	free := func(room int) {
		w.heard[slow].blocked, w.heard[slow].room, w.heard[slow].loose = false, room, false
		w.Ready(slow)
		w.drain()
	}
	free(1 << 30)
	distinct(slow, 0) // its own routes are better: it must give up the others, and the rest hears the better ones
	w.heard[slow].room = 3
	w.drain()
	if len(w.heard[slow].views[0]) != 0 {
		check()
	}
	free(1 << 30)
	if n := len(w.heard[slow].views[0]); n != 0 || len(w.heard[other].views[0]) != 2000 {
		t.Fatalf("slow has %d, other %d routes", n, len(w.heard[other].views[0]))
	}
	w.withdraw(slow, prefixes...)
	w.heard[slow].room = 1
	w.drain()
	check()
	w.withdraw(from, prefixes[:500]...)
	w.drain()
	check()
	free(1 << 30)
	if n := len(w.heard[slow].views[0]); n != 1500 {
		t.Fatalf("slow has %d routes", n)
	}
}

// TestBlockedForBothFamilies finds that a queue filled by one family stops the other as well.
func TestBlockedForBothFamilies(t *testing.T) {
	w := newBed(t, Config{})
	from, slow := w.peer(false, nil), w.peer(false, nil)
	w.drain()
	w.heard[slow].room = 1
	w.announce(from, base(), "198.51.100.0/24")
	w.drain()
	a := base()
	a.nextHop = netip.MustParseAddr("2001:db8::1")
	w.announce(from, a, "2001:db8:100::/48")
	w.drain() // heard fails when anything comes
	w.heard[slow].blocked, w.heard[slow].room = false, 100
	w.Ready(slow)
	w.drain()
	if w.has(slow, "198.51.100.0/24") == "" || w.has(slow, "2001:db8:100::/48") == "" {
		t.Fatal("a route is missing")
	}
}

// TestEndOfRIB finds that a neighbor gets End-of-RIB once for each family, after all that was there when it came, though
// changes never end.
func TestEndOfRIB(t *testing.T) {
	w := newBed(t, Config{})
	from := w.peer(false, nil)
	prefixes := many(9000)
	w.announce(from, base(), prefixes...)
	for range 3 {
		w.Turn(500) // the group has not looked at everything yet
	}
	to := w.peer(false, nil)
	other := w.peer(false, func(s *Session) { s.Families[0].Group.Solo = 1 })
	a := base()
	for i := range 10_000 {
		a.med = int64(i)
		w.announce(from, a, prefixes[i%50]) // churn
		w.Turn(100)
		for _, p := range []PeerID{to, other} {
			if w.heard[p].endOfRIB[0] > 0 && len(w.heard[p].views[0]) != len(prefixes) {
				t.Fatalf("peer %d got End-of-RIB with %d routes", p, len(w.heard[p].views[0]))
			}
		}
		if w.heard[to].endOfRIB[0] > 0 && w.heard[other].endOfRIB[0] > 0 {
			break
		}
		if i == 9_999 {
			t.Fatal("no End-of-RIB")
		}
	}
	w.drain()
	for _, p := range []PeerID{from, to, other} {
		if n := w.heard[p].endOfRIB; n != [2]int{1, 1} {
			t.Fatalf("peer %d: End-of-RIB %v", p, n)
		}
	}
	w.EndOfRIB(from, wire.IPv4Unicast)
	if !w.Counters(from, wire.IPv4Unicast).EndOfRIBIn || w.Counters(from, wire.IPv6Unicast).EndOfRIBIn {
		t.Fatal("its End-of-RIB is not counted")
	}
}

// TestRefreshOut answers ROUTE-REFRESH with everything, to the one who asked, between BoRR and EoRR where agreed.
func TestRefreshOut(t *testing.T) {
	for _, enhanced := range []bool{false, true} {
		w := newBed(t, Config{})
		from := w.peer(false, nil)
		to := w.peer(false, func(s *Session) { s.Families[0].EnhancedRefresh = enhanced })
		other := w.peer(false, nil)
		w.announce(from, base(), many(700)...)
		w.drain()
		before := w.heard[other].updates
		nlri, borr, eorr := 0, 0, 0
		w.config.Deliver = func(p PeerID, f wire.Family, buf []byte, n int) bool {
			if p != to {
				t.Fatalf("peer %d was told", p)
			}
			nlri += n
			if wire.Type(buf[18]) == wire.TypeRouteRefresh {
				borr += bit(buf[wire.HeaderLen+2] == wire.RefreshBegin)
				eorr += bit(buf[wire.HeaderLen+2] == wire.RefreshEnd)
				if borr == 1 && eorr == 0 && nlri != 0 || eorr == 1 && nlri != 700 {
					t.Fatalf("BoRR %d and EoRR %d after %d prefixes", borr, eorr, nlri)
				}
			}
			return w.heard[p].take(f, buf, n)
		}
		w.heard[to].loose = true
		w.RefreshIn(to, wire.IPv4Unicast, wire.RefreshRequest)
		w.drain()
		if nlri != 700 || borr != bit(enhanced) || eorr != bit(enhanced) || len(w.heard[to].views[0]) != 700 || w.heard[other].updates != before {
			t.Fatalf("enhanced %v: %d prefixes, %d BoRR, %d EoRR", enhanced, nlri, borr, eorr)
		}
	}
}

// TestTooLong withdraws a route whose attributes grow beyond a message, from those neighbors only that cannot take it.
func TestTooLong(t *testing.T) {
	const p = "198.51.100.0/24"
	w := newBed(t, Config{})
	from, short := w.peer(false, nil), w.peer(false, nil)
	long := w.peer(false, func(s *Session) { s.Families[0].Group.Encoding.MaxLen = wire.MaxExtendedLen })
	w.config.Deliver = func(p PeerID, f wire.Family, buf []byte, nlri int) bool {
		if p == long { // heard knows no extended messages
			return true
		}
		return w.heard[p].take(f, buf, nlri)
	}
	w.announce(from, base(), p)
	w.drain()
	a := base()
	for i := range 400 {
		a.large = append(a.large, wire.LargeCommunity{Local1: uint32(i)})
	}
	w.announce(from, a, p)
	w.drain()
	if w.has(short, p) != "" || w.Totals(wire.IPv4Unicast).TooLong == 0 {
		t.Fatalf("too long: %q", w.has(short, p))
	}
	n := netip.MustParsePrefix(p)
	if w.Withheld(short, wire.IPv4Unicast, n) != TooLong || w.Withheld(long, wire.IPv4Unicast, n) != 0 {
		t.Fatal("wrong verdict")
	}
	w.announce(from, base(), p)
	w.drain()
	if w.has(short, p) == "" {
		t.Fatal("it does not come back")
	}
}

// TestRegroupExact moves one of two members to a group of its own: it is told what differs and nothing else, and never
// loses a route that it keeps.
func TestRegroupExact(t *testing.T) {
	w := newBed(t, Config{})
	from, stay, move := w.peer(false, nil), w.peer(false, nil), w.peer(false, nil)
	noExport := base()
	noExport.communities = []uint32{65001<<16 | 9}
	w.announce(from, base(), many(5000)...)
	w.announce(from, noExport, "30.0.0.0/24", "30.0.1.0/24")
	w.drain()
	before := w.heard[stay].updates
	s := w.peers[move].session.Families[0]
	s.Group.Strip = AllCommunities
	told := 0
	w.config.Deliver = func(p PeerID, f wire.Family, buf []byte, nlri int) bool {
		told += nlri
		return w.heard[p].take(f, buf, nlri) // fails on anything told twice
	}
	w.Regroup(move, s)
	w.drain()
	if told != 2 || w.heard[stay].updates != before {
		t.Fatalf("%d prefixes were told", told)
	}
	s.DenyOut = MissingPolicy
	w.Regroup(move, s)
	w.drain()
	if n := len(w.heard[move].views[0]); n != 0 || w.Counters(move, wire.IPv4Unicast).Sent != 0 {
		t.Fatalf("%d routes are left", n)
	}
	s.DenyOut = 0
	w.Regroup(move, s)
	w.drain()
	if n := len(w.heard[move].views[0]); n != 5002 || w.heard[move].endOfRIB[0] != 1 {
		t.Fatalf("%d routes came back", n)
	}
}

// TestExportChanged tells members what a changed policy changes.
func TestExportChanged(t *testing.T) {
	deny := netip.MustParsePrefix("20.0.7.0/24")
	w := newBed(t, Config{Export: func(policy uint32, _ netip.Addr, f wire.Family, in wire.Attrs, pfx wire.Prefix, e *wire.Editor) Reason {
		if pfx == wire.PrefixFrom(deny) {
			return Filtered
		}
		return 0
	}})
	from := w.peer(false, nil)
	to := w.peer(false, func(s *Session) { s.Families[0].Group.Policy = 3 })
	w.announce(from, base(), many(100)...)
	w.drain()
	if len(w.heard[to].views[0]) != 99 || w.has(to, deny.String()) != "" {
		t.Fatalf("%d routes", len(w.heard[to].views[0]))
	}
	deny = netip.MustParsePrefix("20.0.8.0/24")
	before := w.heard[to].updates
	w.ExportChanged(4)
	w.drain()
	if w.heard[to].updates != before {
		t.Fatal("another policy's change was sent")
	}
	w.ExportChanged(3)
	w.drain()
	if len(w.heard[to].views[0]) != 99 || w.has(to, deny.String()) != "" || w.heard[to].updates-before != 2 {
		t.Fatalf("%d routes after %d messages", len(w.heard[to].views[0]), w.heard[to].updates-before)
	}
}

// TestGroupEnds gives back all that a group held when its last member leaves.
func TestGroupEnds(t *testing.T) {
	w := newBed(t, Config{})
	from, to := w.peer(false, nil), w.peer(true, nil)
	w.announce(from, base(), many(5000)...)
	w.drain()
	if got := w.tables[0].attrs.recs.live; got != 2 {
		t.Fatalf("%d attribute sets, want the received and the sent one", got)
	}
	third := w.peer(false, nil)
	w.drain()
	if len(w.heard[third].views[0]) != 5000 {
		t.Fatalf("a second member got %d routes", len(w.heard[third].views[0]))
	}
	w.Down(third)
	w.drain()
	if n := w.tables[0].groupOf(w.peers[from].session.Families[0].Group).column.count; n != 0 {
		t.Fatalf("%d entries for a group whose only member is the source", n)
	}
	w.Down(to)
	w.drain()
	if got := w.tables[0].attrs.recs.live; got != 1 || len(w.tables[0].groups) != 1 || len(w.tables[0].dying) != 0 {
		t.Fatalf("%d attribute sets, %d groups", got, len(w.tables[0].groups))
	}
}

// TestTurnIsBounded finds that one turn does not do much more than it was asked for, whatever there is to do.
func TestTurnIsBounded(t *testing.T) {
	w := newBed(t, Config{})
	from := w.peer(false, nil)
	for range 3 {
		w.peer(false, nil)
	}
	w.announce(from, base(), many(20_000)...)
	most := 0
	w.config.Deliver = func(p PeerID, f wire.Family, buf []byte, nlri int) bool {
		most += nlri
		return w.heard[p].take(f, buf, nlri)
	}
	w.peer(false, func(s *Session) { s.Families[0].Group.Solo = 5 })
	for turns := 0; ; turns++ {
		most = 0
		more := w.Turn(200)
		if most > 5*200 {
			t.Fatalf("turn %d told %d prefixes to 5 members", turns, most)
		}
		if turns == 100 {
			w.Down(from)
		}
		if !more {
			if turns < 200 {
				t.Fatalf("%d turns for 40,000 changes", turns)
			}
			break
		}
	}
}
