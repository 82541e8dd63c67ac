package rib

import (
	"math/rand/v2"
	"testing"

	"bgpsh/wire"
)

// tally counts the prefixes that each neighbor is told.
func (w *bed) tally() map[PeerID]int {
	told := map[PeerID]int{}
	w.config.Deliver = func(p PeerID, f wire.Family, buf []byte, nlri int) bool {
		told[p] += nlri
		return w.heard[p].take(f, buf, nlri)
	}
	return told
}

// let makes room in the queue of a neighbor.
func (w *bed) let(p PeerID, room int) {
	w.heard[p].blocked, w.heard[p].room = false, room
	w.Ready(p)
}

// TestLoadIsToldOnce has one neighbor send its table in batches of any size, between turns of any length, with egress held
// and let go, while a receiver's queue fills again and again: each receiver is told each prefix once.
func TestLoadIsToldOnce(t *testing.T) {
	prefixes := many(1000)
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		w := newBed(t, Config{Seed: seed})
		from := w.peer(false, nil)
		alike := []PeerID{w.peer(false, nil), w.peer(false, nil), w.peer(false, nil)}
		slow, alone, inside := alike[2], w.peer(false, func(s *Session) { s.Families[0].Group.Solo = 3 }), w.peer(true, nil)
		w.drain()
		told := w.tally()
		w.heard[slow].room = 1 + rnd.IntN(3)
		for _, i := range rnd.Perm(len(prefixes) / 20) {
			a := base()
			a.communities = []uint32{uint32(rnd.IntN(40))}
			w.announce(from, a, prefixes[20*i:20*i+20]...)
			if rnd.IntN(4) == 0 {
				w.Hold(rnd.IntN(2) == 0)
			}
			for range rnd.IntN(4) {
				w.Turn(1 + rnd.IntN(300))
			}
			if w.heard[slow].blocked && rnd.IntN(8) == 0 {
				w.let(slow, 1+rnd.IntN(3))
			}
		}
		w.Hold(false)
		w.drain()
		w.let(slow, 1<<30)
		w.drain()
		for _, p := range append(alike, alone, inside) {
			if n := len(w.heard[p].views[0]); n != len(prefixes) || told[p] != n {
				t.Fatalf("seed %d: peer %d has %d routes and was told %d", seed, p, n, told[p])
			}
		}
		if told[from] != 0 {
			t.Fatalf("seed %d: the source was told %d", seed, told[from])
		}
	}
}

// TestHoldTellsTheOutcome: while egress is held a best path may change again and again, and is told once when it goes on.
// Who is behind its group goes on meanwhile.
func TestHoldTellsTheOutcome(t *testing.T) {
	w := newBed(t, Config{})
	var from []PeerID
	for range 5 {
		from = append(from, w.peer(false, nil))
	}
	to, slow := w.peer(true, nil), w.peer(true, nil)
	w.drain()
	told := w.tally()
	prefixes := many(1200)
	w.heard[slow].room = 1
	w.announce(from[0], base(), "30.0.0.0/24")
	w.drain() // slow stops here
	early := base()
	early.path = []uint32{65001, 1, 2, 3, 4, 5, 6}
	w.announce(from[0], early, prefixes[:100]...)
	w.drain()
	w.Hold(true)
	before := told[to]
	for i, p := range from {
		a := base()
		a.path = []uint32{65001, 1, 2, 3, 4, 5}[:6-i] // better each time
		w.announce(p, a, prefixes...)
		w.drain()
	}
	if told[to] != before || w.Waiting() != uint64(2*len(prefixes)) {
		t.Fatalf("held, %d prefixes were told, and %d wait", told[to]-before, w.Waiting()) // inside, and the senders' own group
	}
	w.let(slow, 1<<30)
	w.drain()
	if told[slow] != 101 {
		t.Fatalf("who was behind has been told %d prefixes, not what its group has said", told[slow])
	}
	w.Hold(false)
	w.drain()
	if told[to] != before+len(prefixes) || w.Waiting() != 0 {
		t.Fatalf("let go, %d prefixes were told, and %d wait", told[to]-before, w.Waiting())
	}
	for p, a := range w.heard[to].views[0] {
		if w.heard[slow].views[0][p] != a {
			t.Fatalf("%v differs between two of a group", p)
		}
	}
}

// TestStalledBacklogIsBounded changes routes without end behind a receiver whose queue is full: what is kept for it does not
// grow, and in the end it is told the outcome alone.
func TestStalledBacklogIsBounded(t *testing.T) {
	w := newBed(t, Config{})
	from, slow, quick := w.peer(false, nil), w.peer(false, nil), w.peer(false, nil)
	w.drain()
	prefixes := many(2000)
	w.heard[slow].room = 1
	w.announce(from, base(), prefixes...)
	w.drain()
	kept := func() (most uint64) {
		for _, m := range w.tables[0].groups[0].members {
			most = max(most, m.backlog.bytes())
		}
		return most
	}
	first, attrs := uint64(0), 0
	for i := range 40 {
		a := base()
		a.med = int64(i)
		w.announce(from, a, prefixes...)
		w.withdraw(from, prefixes[i%20*100:i%20*100+100]...)
		w.drain()
		if i == 0 {
			first, attrs = kept(), w.tables[0].attrs.recs.live
		}
	}
	if n := kept(); n == 0 || n > first || n > 64<<10 {
		t.Fatalf("%d bytes are kept for a stalled receiver, %d after the first change", n, first)
	}
	if n := w.tables[0].attrs.recs.live; n > attrs {
		t.Fatalf("%d attribute sets, %d after the first change", n, attrs)
	}
	told := w.tally()
	w.let(slow, 1<<30)
	w.drain()
	if len(w.heard[slow].views[0]) != 1900 || told[slow] > 2000 || told[quick] != 0 {
		t.Fatalf("it has %d routes and was told %d; another was told %d", len(w.heard[slow].views[0]), told[slow], told[quick])
	}
	for p, a := range w.heard[quick].views[0] {
		if w.heard[slow].views[0][p] != a {
			t.Fatalf("%v differs", p)
		}
	}
}

// TestPhasesAreCounted: each kind of work is reported as what it is, and by how much of it there was.
func TestPhasesAreCounted(t *testing.T) {
	var units [PhaseCount]int
	at := PhaseCount
	w := newBed(t, Config{
		Enter: func(p Phase) { at = p },
		Lap: func(p Phase, n int) {
			if p != at || n <= 0 {
				t.Errorf("%d units of phase %d reported in phase %d", n, p, at)
			}
			units[p] += n
		},
		Import: func(PeerID, wire.Family, wire.Attrs, wire.Prefix, *wire.Editor) Reason { return 0 },
	})
	const n = 1000
	did := func(what string, least [PhaseCount]int) {
		t.Helper()
		units = [PhaseCount]int{}
		w.drain()
		for p, want := range least {
			if got := units[p]; got < want || want == 0 && got > n/100 && Phase(p) < PhaseEgress {
				t.Errorf("%s: %d units of phase %d, want %d", what, got, p, want)
			}
		}
	}
	from, to := w.peer(false, nil), w.peer(true, nil)
	did("two sessions", [PhaseCount]int{})
	w.announce(from, base(), many(n)...)
	did("a load", [PhaseCount]int{PhaseEgress: n})
	w.ImportChanged(from, 2)
	did("policy", [PhaseCount]int{PhasePolicy: n})
	w.Down(to)
	did("the last of a group leaves", [PhaseCount]int{PhaseRemains: 1})
	w.Down(from)
	did("the source leaves", [PhaseCount]int{PhaseSweep: n, PhaseRemains: 1})
}
