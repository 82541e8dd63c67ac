package rib

import (
	"net/netip"
	"testing"

	"bgpsh/wire"
)

// lose ends p's session with its IPv4 routes kept.
func (w *bed) lose(p PeerID) {
	w.Lose(p, []wire.Family{wire.IPv4Unicast})
	delete(w.heard, p)
}

// back begins a session of p that keeps what was kept.
func (w *bed) back(p PeerID) {
	s := w.session(p, false, nil)
	for i := range s.Families {
		s.Families[i].Keep, s.Families[i].EndOfRIB = true, true
	}
	w.reup(p, s)
}

// TestLostRoutesStay keeps routes over a loss, as good as others and announced as before, until End-of-RIB.
func TestLostRoutesStay(t *testing.T) {
	w := newBed(t, Config{})
	p, to := w.peer(false, nil), w.peer(false, nil)
	prefixes := many(300)
	w.announce(p, base(), prefixes...)
	w.drain()
	version := w.Version(wire.IPv4Unicast)
	w.lose(p)
	w.drain()
	if c := w.Counters(p, wire.IPv4Unicast); c.Received != 300 || c.Stale != 300 || c.Best != 300 {
		t.Fatalf("after the loss: %+v", c)
	}
	if w.Version(wire.IPv4Unicast) != version || len(w.heard[to].views[0]) != 300 {
		t.Fatal("a best path changed, or another neighbor heard of the loss")
	}
	if v := w.lookup(prefixes[0]); !v.Paths[0].Stale || !v.Paths[0].Best || v.Paths[0].LongLived {
		t.Fatalf("%+v", v.Paths[0])
	}
	w.back(p)
	w.announce(p, base(), prefixes[:100]...)
	w.RefreshIn(p, wire.IPv4Unicast, wire.RefreshBegin) // RFC 7313 4: before End-of-RIB it counts for nothing
	w.RefreshIn(p, wire.IPv4Unicast, wire.RefreshEnd)
	w.drain()
	if c := w.Counters(p, wire.IPv4Unicast); c.Received != 300 || c.Stale != 200 {
		t.Fatalf("while the neighbor sends its table: %+v", c)
	}
	if !w.EndOfRIB(p, wire.IPv4Unicast) || w.EndOfRIB(p, wire.IPv4Unicast) {
		t.Fatal("End-of-RIB is news once")
	}
	w.drain()
	if c := w.Counters(p, wire.IPv4Unicast); c.Received != 100 || c.Stale != 0 || len(w.heard[to].views[0]) != 100 {
		t.Fatalf("after End-of-RIB: %+v, %d announced", c, len(w.heard[to].views[0]))
	}
}

// TestLostRoutesLeave ends the keeping in every way that it can end.
func TestLostRoutesLeave(t *testing.T) {
	for name, end := range map[string]func(w *bed, p PeerID){
		"the time is over":         func(w *bed, p PeerID) { w.DropKept(p, wire.IPv4Unicast) },
		"the operator":             func(w *bed, p PeerID) { w.Down(p) },
		"the neighbor is removed":  func(w *bed, p PeerID) { w.RemovePeer(p) },
		"the next session forgets": func(w *bed, p PeerID) { w.reup(p, w.session(p, false, nil)) },
		"the family is gone": func(w *bed, p PeerID) {
			w.reup(p, w.session(p, false, func(s *Session) { s.Families = s.Families[1:] }))
		},
		"another AS": func(w *bed, p PeerID) {
			s := w.session(p, false, func(s *Session) { s.AS = 65999 })
			s.Families[0].Keep = true
			w.reup(p, s)
		},
		"the time is over while the neighbor sends": func(w *bed, p PeerID) { w.back(p); w.DropKept(p, wire.IPv4Unicast) },
	} {
		w := newBed(t, Config{})
		p, to := w.peer(false, nil), w.peer(false, nil)
		w.announce(p, base(), many(100)...)
		w.drain()
		w.lose(p)
		w.Turn(3)
		end(w, p)
		w.drain()
		if n := w.Totals(wire.IPv4Unicast); n.Paths != 0 || len(w.heard[to].views[0]) != 0 {
			t.Errorf("%s: %+v, %d announced", name, n, len(w.heard[to].views[0]))
		}
	}
}

// TestLostTwice drops at a second loss what was stale already (RFC 4724 4.2), but not what is long-lived (RFC 9494 4.2).
func TestLostTwice(t *testing.T) {
	for _, aged := range []bool{false, true} {
		w := newBed(t, Config{})
		p := w.peer(false, nil)
		prefixes := many(100)
		w.announce(p, base(), prefixes...)
		w.lose(p)
		if aged {
			w.AgeRoutes(p, wire.IPv4Unicast)
		}
		w.back(p)
		w.announce(p, base(), prefixes[:30]...)
		w.lose(p)
		w.drain()
		want := uint32(30)
		if aged {
			want = 100
		}
		if c := w.Counters(p, wire.IPv4Unicast); c.Received != want || c.Stale != want {
			t.Errorf("long-lived %v: %+v", aged, c)
		}
		if v := w.lookup(prefixes[0]); v.Paths[0].LongLived {
			t.Errorf("what was announced again is long-lived: %+v", v.Paths[0])
		}
	}
}

// TestLongLived marks what stays for long, uses it last, and tells only those who know what it means (RFC 9494 4).
func TestLongLived(t *testing.T) {
	w := newBed(t, Config{})
	p, other := w.peer(false, nil), w.peer(false, nil)
	knows := w.peer(false, func(s *Session) { s.Families[0].Group.LongLived = true; s.Families[0].Group.Strip = AllCommunities })
	plain, inside := w.peer(false, nil), w.peer(true, nil)
	never := base()
	never.communities = []uint32{wire.CommunityNoLLGR}
	w.announce(p, base(), "20.0.0.0/8", "20.1.0.0/16")
	w.announce(p, never, "20.2.0.0/16")
	longer := base()
	longer.path = []uint32{65001, 1, 2, 3, 4}
	w.announce(other, longer, "20.1.0.0/16")
	w.lose(p)
	w.drain()
	if w.has(plain, "20.0.0.0/8") == "" || w.lookup("20.1.0.0/16").Paths[0].Peer != p {
		t.Fatal("in the restart time a kept route counts like any other")
	}
	w.AgeRoutes(p, wire.IPv4Unicast)
	w.drain()
	v := w.lookup("20.0.0.0/8").Paths[0]
	if !v.LongLived || !v.Best || !v.Post.Communities().Has(wire.CommunityLLGRStale) || v.Pre.Communities().Has(wire.CommunityLLGRStale) {
		t.Fatalf("%+v", v)
	}
	if v := w.lookup("20.1.0.0/16"); v.Paths[0].Peer != other || v.Paths[0].Step != StepStale {
		t.Fatalf("a long-lived route wins over a fresh one: %+v", v.Paths)
	}
	if _, ok := w.Lookup(wire.IPv4Unicast, netip.MustParsePrefix("20.2.0.0/16")); ok {
		t.Fatal("a route with NO_LLGR stays")
	}
	sent := func(to PeerID) wire.Attrs {
		page, _ := w.List(Query{Family: wire.IPv4Unicast, View: ViewAdvertised, Peer: to}).Next(1, 1000)
		if len(page) == 0 || page[0].Prefix.String() != "20.0.0.0/8" {
			t.Fatalf("%d was sent %v", to, page)
		}
		return page[0].Paths[0].Sent
	}
	if a := sent(knows); !a.Communities().Has(wire.CommunityLLGRStale) || a.Communities().Has(wire.CommunityNoExport) {
		t.Errorf("a neighbor with the capability gets %v", readAttrs(a))
	}
	a := sent(inside)
	if lp, ok := a.LocalPref(); !ok || lp != 0 || !a.Communities().Has(wire.CommunityNoExport) || !a.Communities().Has(wire.CommunityLLGRStale) {
		t.Errorf("an internal neighbor without it gets %v", readAttrs(a))
	}
	if w.has(plain, "20.0.0.0/8") != "" || w.Withheld(plain, wire.IPv4Unicast, netip.MustParsePrefix("20.0.0.0/8")) != AgedRoute {
		t.Error("an external neighbor without it has the route")
	}
	w.back(p)
	w.announce(p, base(), "20.0.0.0/8")
	w.drain()
	if v := w.lookup("20.0.0.0/8").Paths[0]; v.LongLived || v.Stale || w.has(plain, "20.0.0.0/8") == "" {
		t.Errorf("announced again: %+v", v)
	}
}

// TestKeptRoutesFollowPolicy judges kept routes by the policy of the moment, while the neighbor is down too.
func TestKeptRoutesFollowPolicy(t *testing.T) {
	deny := false
	w := newBed(t, Config{Import: func(PeerID, wire.Family, wire.Attrs, wire.Prefix, *wire.Editor) Reason {
		if deny {
			return Filtered
		}
		return 0
	}})
	p, to := w.peer(false, nil), w.peer(false, nil)
	w.announce(p, base(), testPrefix)
	w.lose(p)
	w.AgeRoutes(p, wire.IPv4Unicast)
	for _, deny = range []bool{true, false} {
		w.ImportChanged(p, 1)
		w.drain()
		if c := w.Counters(p, wire.IPv4Unicast); (c.Accepted == 0) != deny || c.Stale != 1 {
			t.Fatalf("refused %v: %+v", deny, c)
		}
	}
	if v := w.lookup(testPrefix).Paths[0]; !v.Post.Communities().Has(wire.CommunityLLGRStale) || w.has(to, testPrefix) != "" {
		t.Fatalf("judged again, it is not long-lived any more: %+v", v)
	}
}

// TestKeptNeighborIdentifier decides again when the neighbor comes back with another identifier.
func TestKeptNeighborIdentifier(t *testing.T) {
	w := newBed(t, Config{Best: BestPath{CompareRouterID: true}})
	p := w.peer(false, func(s *Session) { s.RouterID = 5 })
	q := w.peer(false, func(s *Session) { s.RouterID = 7 })
	for _, id := range []PeerID{p, q} {
		w.announce(id, base(), testPrefix)
	}
	w.drain()
	if w.lookup(testPrefix).Paths[0].Peer != p {
		t.Fatal("the lower identifier does not win")
	}
	w.lose(p)
	s := w.session(p, false, func(s *Session) { s.RouterID = 9 })
	s.Families[0].Keep = true
	w.reup(p, s)
	w.drain()
	if v := w.lookup(testPrefix); v.Paths[0].Peer != q || v.Paths[0].Step != StepRouterID || !v.Paths[1].Stale {
		t.Fatalf("%+v", v.Paths)
	}
}

// TestDefer announces nothing, not even End-of-RIB, until it may, and then first the routes.
func TestDefer(t *testing.T) {
	w := newBed(t, Config{})
	w.Defer(wire.IPv4Unicast, true)
	p, to := w.peer(false, nil), w.peer(false, nil)
	w.announce(p, base(), many(50)...)
	for n := 0; w.Turn(1000); n++ {
		if n > 100 {
			t.Fatal("it turns for nothing while it waits")
		}
	}
	if h := w.heard[to]; len(h.views[0]) != 0 || h.endOfRIB[0] != 0 || h.endOfRIB[1] != 1 {
		t.Fatalf("%d routes, End-of-RIB %v while it waits", len(h.views[0]), h.endOfRIB)
	}
	x, _ := w.Explain(ExplainQuery{Family: wire.IPv4Unicast, Prefix: netip.MustParsePrefix(many(1)[0]), To: to})
	if x.Sending.Wait != AwaitOthers || w.Waiting() != 0 {
		t.Fatalf("%+v", x.Sending)
	}
	w.Defer(wire.IPv4Unicast, false)
	w.drain()
	if h := w.heard[to]; len(h.views[0]) != 50 || h.endOfRIB[0] != 1 {
		t.Fatalf("%d routes, End-of-RIB %v", len(h.views[0]), h.endOfRIB)
	}
}

// TestNoEndOfRIB leaves it out where that is asked for, and is through all the same.
func TestNoEndOfRIB(t *testing.T) {
	w := newBed(t, Config{})
	p := w.peer(false, func(s *Session) { s.Families[0].NoEndOfRIB = true })
	w.drain()
	if h := w.heard[p]; h.endOfRIB != [2]int{0, 1} || !w.Counters(p, wire.IPv4Unicast).EndOfRIBOut {
		t.Fatalf("End-of-RIB %v", h.endOfRIB)
	}
}
