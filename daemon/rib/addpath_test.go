package rib

import (
	"maps"
	"net/netip"
	"slices"
	"testing"

	"bgpsh/wire"
)

// several makes both families of a session ones with ADD-PATH.
func several(paths Selection) func(*Session) {
	return func(s *Session) {
		for i := range s.Families {
			s.Families[i].Group.Encoding.AddPath, s.Families[i].Group.Paths = true, paths
		}
	}
}

// views gives what a neighbor holds of a prefix, by path identifier.
func (w *bed) views(p PeerID, prefix string) map[uint32]string {
	n := wire.PrefixFrom(netip.MustParsePrefix(prefix))
	out := map[uint32]string{}
	for k, a := range w.heard[p].views[sixOf(familyOf(netip.MustParsePrefix(prefix)))] {
		if k.Prefix == n {
			out[k.ID] = a
		}
	}
	return out
}

// through is an attribute set whose path leads through some AS, of a length.
func through(as uint32, hops int) modelAttrs {
	a := base()
	a.path = slices.Repeat([]uint32{as}, hops)
	return a
}

// TestSelections announces six paths, of three neighbor ASes, and counts who is told which.
func TestSelections(t *testing.T) {
	w := newBed(t, Config{})
	var from []PeerID
	for range 5 {
		from = append(from, w.peer(false, nil))
	}
	with := map[Selection]PeerID{}
	for _, s := range []Selection{0, 1, 2, 3, MostBest, PathPerAS, AllPaths} {
		with[s] = w.peer(false, several(s))
	}
	plain := w.peer(false, nil)
	const prefix = "20.0.0.0/24"
	for i, p := range from {
		w.announce(p, through(65100+uint32(i)%2, 1+i), prefix)
	}
	w.announceID(from[0], 7, through(65200, 9), prefix)
	w.drain()
	for _, c := range []struct {
		paths Selection
		hops  []int // of the paths that are told
	}{
		{0, []int{1}}, {1, []int{1}}, {2, []int{1, 2}}, {3, []int{1, 2, 3}},
		{MostBest, []int{1, 2, 3, 4, 5, 9}}, {AllPaths, []int{1, 2, 3, 4, 5, 9}}, {PathPerAS, []int{1, 2, 9}},
	} {
		var want []string
		for _, hops := range c.hops {
			as := 65100 + uint32(hops-1)%2
			if hops == 9 {
				as = 65200
			}
			a := through(as, hops)
			a.path = append([]uint32{65000}, a.path...)
			a.nextHop = netip.MustParseAddr("10.1.0.1")
			want = append(want, a.String())
		}
		got := slices.Sorted(maps.Values(w.views(with[c.paths], prefix)))
		if slices.Sort(want); !slices.Equal(got, want) {
			t.Errorf("selection %d: told %q\nwant %q", c.paths, got, want)
		}
	}
	if n := len(w.heard[plain].views[0]); n != 1 || w.has(plain, prefix) == "" {
		t.Errorf("a neighbor without ADD-PATH has %d routes", n)
	}
	if c := w.Counters(with[AllPaths], wire.IPv4Unicast); c.Sent != 6 {
		t.Errorf("sent is counted as %d", c.Sent)
	}
}

// TestPathIdentifiers holds that a path keeps its identifier while it lives: new attributes, a better path and a lost one
// change nothing about it, and its withdrawal names it.
func TestPathIdentifiers(t *testing.T) {
	w := newBed(t, Config{})
	one, two := w.peer(false, nil), w.peer(false, nil)
	to := w.peer(false, several(AllPaths))
	const prefix = "20.0.0.0/24"
	w.announce(one, through(65001, 3), prefix)
	w.drain()
	first := slices.Collect(maps.Keys(w.views(to, prefix)))
	if len(first) != 1 || first[0] == 0 {
		t.Fatalf("identifiers %v", first)
	}
	w.announce(two, through(65002, 1), prefix) // the best one now
	w.drain()
	both := w.views(to, prefix)
	if len(both) != 2 || both[first[0]] == "" {
		t.Fatalf("the first path went from %v to %v", first, both)
	}
	before := w.heard[to].updates
	w.announce(one, through(65001, 2), prefix)
	w.drain()
	if now := w.views(to, prefix); len(now) != 2 || now[first[0]] == both[first[0]] || w.heard[to].updates != before+1 {
		t.Fatalf("%d messages for new attributes: %v", w.heard[to].updates-before, now)
	}
	w.withdraw(two, prefix)
	w.drain()
	if now := w.views(to, prefix); len(now) != 1 || now[first[0]] == "" || w.heard[to].updates != before+2 {
		t.Fatalf("%d messages, left %v", w.heard[to].updates-before, now)
	}
	w.withdraw(one, prefix)
	w.drain()
	if now := w.views(to, prefix); len(now) != 0 || w.tables[0].lanes.recs.live != 0 || w.tables[0].tombs.count != 0 {
		t.Fatalf("left %v, %d lanes", now, w.tables[0].lanes.recs.live)
	}
}

// TestSplitHorizonByPath: a neighbor gets all paths but its own, from groups that it shares with the others.
func TestSplitHorizonByPath(t *testing.T) {
	w := newBed(t, Config{})
	var peers []PeerID
	for range 4 {
		peers = append(peers, w.peer(false, several(AllPaths)))
	}
	for i, p := range peers {
		w.announce(p, through(65001+uint32(i), 1+i), many(300)...)
	}
	w.drain()
	if n := len(w.tables[0].groups); n != 1 {
		t.Fatalf("%d groups", n)
	}
	for i, p := range peers {
		got := w.views(p, "20.0.7.0/24")
		own := through(65001+uint32(i), 1+i)
		own.path, own.nextHop = append([]uint32{65000}, own.path...), netip.MustParseAddr("10.1.0.1")
		if len(got) != 3 || slices.Contains(slices.Collect(maps.Values(got)), own.String()) || len(w.heard[p].views[0]) != 900 {
			t.Errorf("peer %d has %d paths: %v", p, len(w.heard[p].views[0]), got)
		}
	}
	for _, p := range peers[1:] {
		w.Down(p)
	}
	w.drain()
	if n := len(w.heard[peers[0]].views[0]); n != 0 || w.tables[0].lanes.recs.live != 0 {
		t.Errorf("%d paths and %d lanes are left: the only member's own cost nothing", n, w.tables[0].lanes.recs.live)
	}
}

// TestNoLanesWithoutAddPath: who has no neighbor with ADD-PATH pays nothing for it.
func TestNoLanesWithoutAddPath(t *testing.T) {
	w := newBed(t, Config{})
	from := w.peer(false, nil)
	w.peer(false, nil)
	w.announce(from, base(), many(100)...)
	w.drain()
	if n := w.tables[0].lanes.bytes(); n != 0 {
		t.Errorf("%d bytes of lanes", n)
	}
}

// TestLaggingLane: the path behind a lane goes, and its source's number is given to another path, before a slow neighbor was
// told: it hears of the new one in its place, and of nothing else.
func TestLaggingLane(t *testing.T) {
	w := newBed(t, Config{})
	from := w.peer(false, nil)
	slow := w.peer(false, several(AllPaths))
	const prefix = "20.0.0.0/24"
	w.announceID(from, 5, through(65001, 1), prefix)
	w.drain()
	old := w.views(slow, prefix)
	h := w.heard[slow]
	h.room = 1
	w.announce(from, base(), "30.0.0.0/24") // fills the queue
	w.drain()
	b := w.batch(from)
	b.Withdraw(wire.IPv4Unicast, wire.NLRI{ID: 5, Prefix: wire.PrefixFrom(netip.MustParsePrefix(prefix))})
	w.Apply(b, w.now)
	w.drain()
	w.announceID(from, 6, through(65001, 2), prefix)
	w.drain()
	before := h.updates
	h.blocked, h.room = false, 1<<30
	w.Ready(slow)
	w.drain()
	now := w.views(slow, prefix)
	if len(now) != 1 || !slices.Equal(slices.Collect(maps.Keys(now)), slices.Collect(maps.Keys(old))) || h.updates != before+1 {
		t.Errorf("%d messages: had %v, has %v", h.updates-before, old, now)
	}
}

// TestMoveIsSliced: a neighbor that is sent elsewhere in the middle of its way begins anew, in slices, and hears of the
// differences alone.
func TestMoveIsSliced(t *testing.T) {
	for _, wide := range []bool{false, true} {
		w := newBed(t, Config{})
		from := w.peer(false, nil)
		move := w.peer(false, func(s *Session) {
			if wide {
				several(AllPaths)(s)
			}
		})
		key := w.peers[move].session.Families[0]
		stay := w.peer(false, func(s *Session) {
			s.Families[0].Group, s.Families[1].Group = key.Group, w.peers[move].session.Families[1].Group
		})
		marked := base()
		marked.communities = []uint32{65001<<16 | 9}
		w.announce(from, base(), many(20_000)...)
		w.announce(from, marked, "30.0.0.0/24")
		w.drain()
		m := w.tables[0].adjs[move].member
		bare := key
		bare.Group.Strip = AllCommunities
		w.Regroup(move, bare)
		for m.at < 5000 {
			w.Turn(64)
		}
		w.Regroup(move, key) // and back
		if !m.moving() || m.at != 0 || len(m.trail) != 2 {
			t.Fatalf("the second walk is at %d", m.at)
		}
		steps := 0
		for last := m.at; m.moving(); steps++ {
			at := m.at
			w.Turn(64)
			if m.at > at+64*16+chunkLen {
				t.Fatalf("from %d to %d in one turn", last, m.at)
			}
		}
		w.drain()
		if steps < 10 || len(w.heard[move].views[0]) != 20_001 || !maps.Equal(w.heard[move].views[0], w.heard[stay].views[0]) {
			t.Errorf("wide %v: %d turns, %d routes", wide, steps, len(w.heard[move].views[0]))
		}
		if n := len(w.tables[0].groups); n != 1+bit(wide) { // the source's own
			t.Errorf("wide %v: %d groups are left", wide, n)
		}
	}
}
