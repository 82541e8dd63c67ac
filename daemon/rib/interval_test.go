package rib

import (
	"slices"
	"testing"
	"time"

	"bgpsh/wire"
)

// spaced makes both families of a session ones with an interval of 30 s.
func spaced(s *Session) {
	for i := range s.Families {
		s.Families[i].Group.Interval = 30 * time.Second
	}
}

// pass lets time go by.
func (w *bed) pass(d time.Duration) {
	w.now = w.now.Add(d)
	w.At(w.now)
	w.drain()
}

// TestInterval holds the rules of the interval on virtual time: the first change at once, what follows in one run later, what
// changed twice told once, and losses at once.
func TestInterval(t *testing.T) {
	for _, wide := range []bool{false, true} {
		w := newBed(t, Config{})
		w.At(w.now)
		from := w.peer(false, nil)
		slow := w.peer(false, func(s *Session) {
			spaced(s)
			if wide {
				several(AllPaths)(s)
			}
		})
		quick := w.peer(false, nil)
		has := func(p PeerID, prefix string) bool { return len(w.views(p, prefix)) > 0 }
		if w.pass(0); !w.Deadline().IsZero() || w.heard[slow].endOfRIB[0] != 1 {
			t.Fatalf("an empty table: deadline %v, End-of-RIB %d", w.Deadline(), w.heard[slow].endOfRIB[0])
		}
		w.announce(from, base(), "20.0.0.0/24")
		if w.pass(time.Second); !has(slow, "20.0.0.0/24") {
			t.Fatal("the first change waited")
		}
		w.announce(from, base(), "20.0.1.0/24", "20.0.2.0/24")
		w.pass(time.Second)
		if has(slow, "20.0.1.0/24") || !has(quick, "20.0.1.0/24") {
			t.Fatal("the second change did not wait, or its neighbor did")
		}
		if due := w.Deadline(); due != w.now.Add(29*time.Second) {
			t.Fatalf("deadline in %v", due.Sub(w.now))
		}
		x, _ := w.Explain(ExplainQuery{Family: wire.IPv4Unicast, Prefix: w.lookup("20.0.1.0/24").Prefix, To: slow})
		if x.Sending.Wait != AwaitInterval {
			t.Errorf("it waits for %v", x.Sending.Wait)
		}
		w.withdraw(from, "20.0.0.0/24")
		w.withdraw(from, "20.0.2.0/24") // never told of
		before := w.heard[slow].updates
		if w.pass(time.Second); has(slow, "20.0.0.0/24") || w.heard[slow].updates != before+1 {
			t.Fatalf("the loss waited: %d messages", w.heard[slow].updates-before)
		}
		again := base()
		again.origin = 2
		w.announce(from, again, "20.0.1.0/24")
		w.announce(from, base(), "20.0.0.0/24")
		w.pass(25 * time.Second)
		if has(slow, "20.0.1.0/24") || has(slow, "20.0.0.0/24") {
			t.Fatal("told before the interval was over")
		}
		before = w.heard[slow].updates
		if w.pass(4 * time.Second); !has(slow, "20.0.1.0/24") || !has(slow, "20.0.0.0/24") || w.heard[slow].updates != before+2 {
			t.Fatalf("%d messages in the run", w.heard[slow].updates-before)
		}
		w.pass(time.Hour)
		w.announce(from, base(), "20.0.9.0/24")
		if w.pass(0); !has(slow, "20.0.9.0/24") {
			t.Fatal("a change after a quiet time waited")
		}
	}
}

// TestIntervalJoin: who joins a group that rests gets what the others have and End-of-RIB at once, and the rest with them; who
// leaves it for one without an interval gets all.
func TestIntervalJoin(t *testing.T) {
	w := newBed(t, Config{})
	w.At(w.now)
	from, one := w.peer(false, nil), w.peer(false, spaced)
	w.pass(0)
	w.announce(from, base(), many(300)...)
	w.pass(0)
	w.announce(from, base(), "30.0.0.0/24")
	w.pass(0)
	two := w.peer(false, spaced)
	w.pass(0)
	if n := len(w.heard[two].views[0]); n != 300 || w.heard[two].endOfRIB[0] != 1 || len(w.heard[one].views[0]) != 300 {
		t.Fatalf("who joins has %d routes and End-of-RIB %d times", n, w.heard[two].endOfRIB[0])
	}
	s := w.peers[one].session.Families[0]
	s.Group.Interval = 0
	w.Regroup(one, s)
	w.pass(0)
	if n := len(w.heard[one].views[0]); n != 301 {
		t.Fatalf("who leaves has %d routes", n)
	}
	s.Group.Interval = 30 * time.Second
	w.Regroup(one, s)
	w.pass(0)
	if n := len(w.heard[one].views[0]); n != 300 && n != 301 {
		t.Fatalf("who comes back has %d routes", n)
	}
	w.pass(time.Minute)
	for _, p := range []PeerID{one, two} {
		if n := len(w.heard[p].views[0]); n != 301 {
			t.Fatalf("%d has %d routes", p, n)
		}
	}
}

// TestQuiet holds everything back, End-of-RIB included, and tells the outcome once.
func TestQuiet(t *testing.T) {
	w := newBed(t, Config{})
	w.Quiet(true)
	from, to := w.peer(false, nil), w.peer(false, nil)
	w.announce(from, through(65001, 3), many(50)...)
	w.drain()
	w.announce(from, through(65001, 1), many(50)...)
	w.drain()
	if h := w.heard[to]; h.updates != 0 || h.endOfRIB[0] != 0 {
		t.Fatalf("told %d messages, End-of-RIB %d times", h.updates, h.endOfRIB[0])
	}
	x, _ := w.Explain(ExplainQuery{Family: wire.IPv4Unicast, Prefix: w.lookup(many(1)[0]).Prefix, To: to})
	if x.Sending.Wait != AwaitDelay {
		t.Errorf("it waits for %v", x.Sending.Wait)
	}
	w.Quiet(false)
	w.drain()
	if h := w.heard[to]; len(h.views[0]) != 50 || h.endOfRIB[0] != 1 || h.updates != 3 {
		t.Fatalf("%d routes in %d messages, End-of-RIB %d times", len(h.views[0]), h.updates, h.endOfRIB[0])
	}
}

// TestStartupMED replaces MED for a while, but not that of a neighbor with one of its own.
func TestStartupMED(t *testing.T) {
	w := newBed(t, Config{})
	from, to := w.peer(false, nil), w.peer(false, nil)
	own := w.peer(false, func(s *Session) { s.Families[0].Group.HasMaxMED, s.Families[0].Group.MaxMED = true, 9 })
	w.announce(from, base(), "20.0.0.0/24")
	w.drain()
	told := func(p PeerID) int64 {
		v := w.List(Query{Family: wire.IPv4Unicast, View: ViewAdvertised, Peer: p})
		page, _ := v.Next(1, 1<<20)
		return readAttrs(page[0].Paths[0].Sent).med
	}
	for _, c := range []struct {
		on        bool
		med       uint32
		want, set int64
	}{{true, 77, 77, 9}, {true, 78, 78, 9}, {false, 0, -1, 9}} {
		before := w.heard[own].updates
		w.SetStartupMED(c.on, c.med)
		w.drain()
		if got := []int64{told(to), told(own)}; !slices.Equal(got, []int64{c.want, c.set}) || w.heard[own].updates != before {
			t.Errorf("%+v: MED %v", c, got)
		}
	}
}
