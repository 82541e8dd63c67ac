package rib

import (
	"net/netip"
	"testing"
	"time"

	"bgpsh/wire"
)

const testPrefix = "198.51.100.0/24"

// TestDownLeavesNoGhosts takes a neighbor down and up again in all orders against the sweep.
func TestDownLeavesNoGhosts(t *testing.T) {
	for turns := range 30 {
		w := newBed(t, Config{})
		a, b, c := w.peer(false, nil), w.peer(false, nil), w.peer(false, nil)
		prefixes := many(600)
		w.announce(a, base(), prefixes...)
		longer := base()
		longer.path = []uint32{65001, 1, 2, 3}
		w.announce(b, longer, prefixes[:300]...)
		w.drain()
		w.Down(a)
		delete(w.heard, a)
		for range turns {
			w.Turn(20)
		}
		w.reup(a, w.session(a, false, nil))
		if got := w.Counters(a, wire.IPv4Unicast); got.Received != 0 {
			t.Fatalf("a new session begins with %d routes", got.Received)
		}
		w.announce(a, base(), prefixes[200:250]...)
		w.withdraw(a, prefixes[220:400]...)
		w.drain()
		if got := w.Counters(a, wire.IPv4Unicast); got.Received != 20 || got.Best != 20 {
			t.Fatalf("after %d turns: %+v", turns, got)
		}
		if n := w.Totals(wire.IPv4Unicast); n.Paths != 320 || n.Destinations != 300 || n.Routed != 300 {
			t.Fatalf("after %d turns: %+v", turns, n)
		}
		if len(w.heard[c].views[0]) != 300 || len(w.heard[a].views[0]) != 280 {
			t.Fatalf("after %d turns: c has %d, a has %d", turns, len(w.heard[c].views[0]), len(w.heard[a].views[0]))
		}
		for range 3 { // again, while the sweep of the time before is under way
			w.Down(a)
			w.Turn(7)
			w.reup(a, w.session(a, false, nil))
			w.announce(a, base(), prefixes[:5]...)
		}
		w.drain()
		if n := w.Totals(wire.IPv4Unicast); n.Paths != 305 {
			t.Fatalf("after %d turns and three more sessions: %+v", turns, n)
		}
	}
}

// TestGeneration drops batches of another session and of neighbors that are down or unknown.
func TestGeneration(t *testing.T) {
	w := newBed(t, Config{})
	p := w.peer(false, nil)
	old := w.batch(p)
	old.Begin(wire.IPv4Unicast, base2(), base2(), 0)
	old.Announce(wire.NLRI{Prefix: wire.PrefixFrom(netip.MustParsePrefix(testPrefix))})
	w.Down(p)
	w.Apply(old, w.now)
	w.reup(p, w.session(p, false, nil))
	w.Apply(old, w.now)
	strange := *old
	strange.Peer = 99
	w.Apply(&strange, w.now)
	w.drain()
	if n := w.Totals(wire.IPv4Unicast); n.Paths != 0 {
		t.Fatalf("%+v", n)
	}
}

func base2() wire.Attrs { a := base(); return a.wire() }

// TestMalformedKeepsName keeps a route that RFC 7606 withdraws by name, without attributes, in the place of the one before.
func TestMalformedKeepsName(t *testing.T) {
	w := newBed(t, Config{})
	p, to := w.peer(false, nil), w.peer(false, nil)
	w.announce(p, base(), testPrefix)
	w.drain()
	b := w.batch(p)
	b.Begin(wire.IPv4Unicast, nil, nil, Malformed)
	b.Announce(wire.NLRI{Prefix: wire.PrefixFrom(netip.MustParsePrefix(testPrefix))})
	w.Apply(b, w.now)
	w.drain()
	v := w.lookup(testPrefix)
	if len(v.Paths) != 1 || v.Paths[0].Reason != Malformed || v.Paths[0].Pre != nil || w.has(to, testPrefix) != "" {
		t.Fatalf("%+v", v)
	}
	c := w.Counters(p, wire.IPv4Unicast)
	if c.Received != 1 || c.Accepted != 0 || c.Refused[Malformed] != 1 {
		t.Fatalf("%+v", c)
	}
	w.ImportChanged(p, 7) // no policy mends it
	w.drain()
	if v := w.lookup(testPrefix); v.Paths[0].Reason != Malformed {
		t.Fatalf("%+v", v)
	}
	w.withdraw(p, testPrefix)
	w.drain()
	if n := w.Totals(wire.IPv4Unicast); n.Destinations != 0 {
		t.Fatalf("%+v", n)
	}
}

// TestRejectionWithdraws takes a route back that import refuses now, and keeps it as refused.
func TestRejectionWithdraws(t *testing.T) {
	w := newBed(t, Config{})
	p, to := w.peer(false, nil), w.peer(false, nil)
	w.announce(p, base(), testPrefix)
	w.drain()
	b := w.batch(p)
	b.Begin(wire.IPv4Unicast, base2(), nil, ASLoop)
	b.Announce(wire.NLRI{Prefix: wire.PrefixFrom(netip.MustParsePrefix(testPrefix))})
	w.Apply(b, w.now)
	w.drain()
	if v := w.lookup(testPrefix); v.Paths[0].Reason != ASLoop || v.Paths[0].Post != nil || v.Paths[0].Pre == nil || w.has(to, testPrefix) != "" {
		t.Fatalf("%+v", v)
	}
}

// TestLimit keeps 64 paths of one neighbor for a prefix, and counts the others.
func TestLimit(t *testing.T) {
	w := newBed(t, Config{})
	p := w.peer(false, nil)
	for id := range uint32(80) {
		w.announceID(p, id+1, base(), testPrefix)
	}
	if c := w.Counters(p, wire.IPv4Unicast); c.Received != 64 || c.Limited != 16 {
		t.Fatalf("%+v", c)
	}
	w.announceID(p, 3, modelAttrs{nextHop: base().nextHop, med: 1, localPref: -1}, testPrefix) // a change is none too many
	if c := w.Counters(p, wire.IPv4Unicast); c.Limited != 16 {
		t.Fatalf("%+v", c)
	}
	w.drain()
	w.Down(p)
	w.drain()
	if n := w.tables[0].sources.recs.live; n != 1 {
		t.Fatalf("%d sources are left", n)
	}
}

// TestRefreshIn removes at EoRR what was not announced again since BoRR, and nothing else.
func TestRefreshIn(t *testing.T) {
	w := newBed(t, Config{})
	p, q := w.peer(false, nil), w.peer(false, nil)
	prefixes := many(300)
	w.announce(p, base(), prefixes...)
	w.announce(q, base(), prefixes...)
	w.RefreshIn(p, wire.IPv4Unicast, wire.RefreshEnd) // without BoRR: nothing
	w.drain()
	w.RefreshIn(p, wire.IPv4Unicast, wire.RefreshBegin)
	if c := w.Counters(p, wire.IPv4Unicast); c.Stale != 300 || c.Received != 300 {
		t.Fatalf("after BoRR: %+v", c)
	}
	w.announce(p, base(), prefixes[:100]...)
	if c := w.Counters(p, wire.IPv4Unicast); c.Stale != 200 {
		t.Fatalf("half way: %+v", c)
	}
	if v := w.lookup(prefixes[200]); !v.Paths[0].Stale && !v.Paths[1].Stale {
		t.Fatalf("no path is stale: %+v", v)
	}
	w.RefreshIn(p, wire.IPv4Unicast, wire.RefreshBegin) // once more, before the first has ended
	w.announce(p, base(), prefixes[50:150]...)
	w.RefreshIn(p, wire.IPv4Unicast, wire.RefreshEnd)
	w.RefreshIn(p, wire.IPv4Unicast, wire.RefreshBegin) // a third, while the sweep is under way
	w.Turn(10)
	w.drain()
	c := w.Counters(p, wire.IPv4Unicast)
	if c.Received != 100 || c.Stale != 100 || w.Counters(q, wire.IPv4Unicast).Received != 300 {
		t.Fatalf("after EoRR: %+v", c)
	}
	w.announce(p, base(), prefixes[60:70]...)
	w.RefreshIn(p, wire.IPv4Unicast, wire.RefreshEnd)
	w.drain()
	if c := w.Counters(p, wire.IPv4Unicast); c.Received != 10 || c.Stale != 0 {
		t.Fatalf("after the third: %+v", c)
	}
}

// TestRefreshBursts sends refreshes faster than the sweep goes, with and without their end.
func TestRefreshBursts(t *testing.T) {
	for _, ended := range []bool{false, true} {
		w := newBed(t, Config{})
		p := w.peer(false, nil)
		prefixes := many(100)
		w.announce(p, base(), prefixes...)
		for n := range 14 {
			w.RefreshIn(p, wire.IPv4Unicast, wire.RefreshBegin)
			w.announce(p, base(), prefixes[:100-n]...)
			if ended {
				w.RefreshIn(p, wire.IPv4Unicast, wire.RefreshEnd)
			}
			if c := w.Counters(p, wire.IPv4Unicast); int(c.Received-c.Stale) != 100-n {
				t.Fatalf("round %d, ended %v: %+v", n, ended, c)
			}
		}
		w.RefreshIn(p, wire.IPv4Unicast, wire.RefreshEnd)
		w.drain()
		if c := w.Counters(p, wire.IPv4Unicast); c.Received != 87 || c.Stale != 0 {
			t.Fatalf("ended %v: %+v", ended, c)
		}
	}
}

// TestImportChanged judges held paths again, and batches of before at once.
func TestImportChanged(t *testing.T) {
	var deny, calls = true, 0
	w := newBed(t, Config{
		Import: func(p PeerID, f wire.Family, pre wire.Attrs, pfx wire.Prefix, e *wire.Editor) Reason {
			calls++
			if deny {
				return Filtered
			}
			e.SetUint32(wire.AttrLocalPref, 300)
			return 0
		},
		ImportClass: func(PeerID, wire.Family, wire.Prefix) uint32 { return 0 },
	})
	p, to := w.peer(false, nil), w.peer(true, nil)
	prefixes := many(500)
	w.announce(p, base(), prefixes...)
	w.drain()
	w.ImportChanged(p, 1)
	w.announce(p, base(), "30.0.0.0/24") // still judged by version 0
	w.drain()
	if c := w.Counters(p, wire.IPv4Unicast); c.Accepted != 0 || c.Refused[Filtered] != 501 || len(w.heard[to].views[0]) != 0 {
		t.Fatalf("%+v", c)
	}
	if calls > 60 {
		t.Fatalf("%d calls for one attribute set: nothing is remembered", calls)
	}
	deny = false
	w.ImportChanged(p, 2)
	w.drain()
	v := w.lookup(prefixes[3])
	if lp, _ := v.Paths[0].Post.LocalPref(); lp != 300 || len(w.heard[to].views[0]) != 501 {
		t.Fatalf("local pref %d, %d routes", lp, len(w.heard[to].views[0]))
	}
	if _, ok := v.Paths[0].Pre.LocalPref(); ok {
		t.Fatal("the attributes before policy were changed")
	}
}

// TestPeerNumbers gives a number again only when nothing of the old neighbor is left.
func TestPeerNumbers(t *testing.T) {
	w := newBed(t, Config{})
	p, q := w.peer(false, nil), w.peer(false, nil)
	w.announce(p, base(), many(100)...)
	w.drain()
	w.RemovePeer(p)
	if n := w.AddPeer(); n == p || n == q {
		t.Fatalf("number %d is given again with routes in the table", n)
	}
	if c := w.Counters(p, wire.IPv4Unicast); c.Received != 0 {
		t.Fatalf("a removed neighbor counts %+v", c)
	}
	w.drain()
	if n := w.AddPeer(); n != p {
		t.Fatalf("number %d instead of %d", n, p)
	}
	w.reup(p, w.session(p, true, nil))
	w.drain()
	w.Up(Local, w.session(p, true, nil)) // none of these does anything
	w.Down(Local)
	w.RemovePeer(Local)
	w.Down(1000)
	w.Ready(1000)
	w.RemovePeer(1000)
	w.RefreshIn(1000, wire.IPv4Unicast, wire.RefreshRequest)
	w.EndOfRIB(1000, wire.IPv4Unicast)
	w.ImportChanged(1000, 1)
}

// TestFamilyNotAgreed ignores routes of a family that the session does not have.
func TestFamilyNotAgreed(t *testing.T) {
	w := newBed(t, Config{})
	p := w.peer(false, func(s *Session) { s.Families = s.Families[:1] })
	a := base()
	a.nextHop = netip.MustParseAddr("2001:db8::1")
	w.announce(p, a, "2001:db8:100::/48")
	w.drain()
	if n := w.Totals(wire.IPv6Unicast); n.Paths != 0 {
		t.Fatalf("%+v", n)
	}
	if r := w.Withheld(p, wire.IPv6Unicast, netip.MustParsePrefix("2001:db8:100::/48")); r != NoBestPath {
		t.Fatalf("withheld because %v", r)
	}
}

// TestArrival counts in units of four seconds from the start, and does not run backwards or over.
func TestArrival(t *testing.T) {
	r := New(Config{Start: start})
	for _, c := range []struct {
		after time.Duration
		want  uint32
	}{{0, 0}, {3 * time.Second, 0}, {4 * time.Second, 1}, {-time.Hour, 0}, {20 * 365 * 24 * time.Hour, arrivalMask}} {
		if got := r.arrival(start.Add(c.after)); got != c.want {
			t.Errorf("%v is %d, want %d", c.after, got, c.want)
		}
	}
}

// TestLongest finds the most specific route to an address.
func TestLongest(t *testing.T) {
	w := newBed(t, Config{})
	p := w.peer(false, nil)
	w.announce(p, base(), "0.0.0.0/0", "20.0.0.0/8", "20.1.0.0/16", "20.1.2.0/24", "20.1.2.3/32")
	b := w.batch(p)
	b.Begin(wire.IPv4Unicast, base2(), nil, Filtered)
	b.Announce(wire.NLRI{Prefix: wire.PrefixFrom(netip.MustParsePrefix("20.1.2.128/25"))})
	b.Announce(wire.NLRI{Prefix: wire.PrefixFrom(netip.MustParsePrefix("30.0.0.0/8"))})
	w.Apply(b, w.now)
	for addr, want := range map[string]string{
		"20.1.2.3": "20.1.2.3/32", "20.1.2.4": "20.1.2.0/24", "20.1.2.200": "20.1.2.0/24", "20.1.9.9": "20.1.0.0/16",
		"20.9.9.9": "20.0.0.0/8", "30.1.1.1": "0.0.0.0/0", "99.9.9.9": "0.0.0.0/0",
	} {
		v, ok := w.LookupAddr(wire.IPv4Unicast, netip.MustParseAddr(addr))
		if !ok || v.Prefix.String() != want {
			t.Errorf("%s: %v %v, want %s", addr, ok, v.Prefix, want)
		}
	}
	w.withdraw(p, "0.0.0.0/0")
	if v, ok := w.LookupAddr(wire.IPv4Unicast, netip.MustParseAddr("30.1.1.1")); !ok || v.Prefix.String() != "30.0.0.0/8" {
		t.Errorf("a route that is refused is not found where there is no other: %v", v.Prefix)
	}
	if _, ok := w.LookupAddr(wire.IPv4Unicast, netip.MustParseAddr("99.9.9.9")); ok {
		t.Error("found a route to nowhere")
	}
	if _, ok := w.LookupAddr(wire.IPv4Unicast, netip.MustParseAddr("::1")); ok {
		t.Error("found an IPv6 address among IPv4 routes")
	}
}
