package rib

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"bgpsh/wire"
)

// TestArena fills and empties an arena in random order and finds every object where it was put.
func TestArena(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	var a arena[source]
	live := map[uint32]uint32{}
	var ids []uint32
	for round := range 6 {
		for range 9000 {
			id := a.alloc()
			if id == 0 || live[id] != 0 || *a.at(id) != (source{}) {
				t.Fatalf("round %d: bad number %d", round, id)
			}
			v := rnd.Uint32() | 1
			a.at(id).pathID, live[id] = v, v
			ids = append(ids, id)
		}
		rnd.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		keep := rnd.IntN(len(ids))
		for _, id := range ids[keep:] {
			a.free(id)
			delete(live, id)
		}
		ids = ids[:keep]
		for id := uint32(1); id < a.limit(); id++ {
			if a.has(id) != (live[id] != 0) || live[id] != 0 && a.at(id).pathID != live[id] {
				t.Fatalf("round %d: object %d differs", round, id)
			}
		}
		if a.live != len(live) {
			t.Fatalf("live %d, want %d", a.live, len(live))
		}
	}
	for _, id := range ids {
		a.free(id)
	}
	if held := len(a.chunks) - len(a.gaps); a.live != 0 || held > 1 {
		t.Fatalf("empty arena holds %d chunks", held)
	}
}

// TestIndexGrowsAndShrinks keeps an index equal to a map while it is rebuilt many times.
func TestIndexGrowsAndShrinks(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 2))
	var d dests
	d.init(false, 9)
	want := map[wire.Prefix]destID{}
	var order []wire.Prefix
	rebuilds := 0
	check := func() {
		t.Helper()
		inOld := 0
		if o := &d.index.old; o.slots != nil {
			for _, v := range o.slots[d.index.next:] {
				inOld += bit(v&o.idMask != 0)
			}
		}
		held := 0
		gone := 0
		for _, v := range d.index.slots {
			held += bit(v&d.index.idMask != 0)
			gone += bit(v == d.index.removed())
		}
		if gone != d.index.gone {
			t.Fatalf("%d slots are of removed numbers, not %d", gone, d.index.gone)
		}
		if held != len(want)-inOld {
			t.Fatalf("%d slots are taken by %d numbers", held, len(want)-inOld)
		}
		for p, id := range want {
			if got := d.find(p); got != id {
				t.Fatalf("%v is %d, want %d, of %d", p, got, id, len(want))
			}
		}
	}
	for round := range 8 {
		target := []int{700, 60_000, 3_000, 45_000, 100, 20_000, 1, 0}[round]
		for len(want) != target {
			if d.index.old.slots != nil {
				rebuilds++
			}
			if len(want) < target {
				p := wire.Prefix{Hi: uint64(rnd.Uint32()) << 32, Len: 32}
				if want[p] == 0 {
					want[p] = d.create(p, d.hash(p))
					order = append(order, p)
				}
			} else {
				i := rnd.IntN(len(order))
				p := order[i]
				order[i] = order[len(order)-1]
				order = order[:len(order)-1]
				d.destroy(want[p])
				delete(want, p)
				if d.find(p) != 0 {
					t.Fatalf("%v is found after it was removed", p)
				}
			}
			if len(want)%977 == 0 {
				check()
			}
		}
		check()
	}
	if rebuilds < 1000 {
		t.Fatalf("only %d steps were made while the index was rebuilt", rebuilds)
	}
	if n := len(d.index.slots); n > 4*indexMin {
		t.Fatalf("an empty index holds %d slots", n)
	}
}

// TestIndexSteps bounds what one insertion does: no table is ever moved at once.
func TestIndexSteps(t *testing.T) {
	var d dests
	d.init(false, 9)
	worst, last := 0, 0
	for i := range 200_000 {
		p := wire.Prefix{Hi: uint64(i) << 40, Len: 24}
		before := d.index.next
		d.create(p, d.hash(p))
		if d.index.next >= before {
			worst = max(worst, d.index.next-before)
		}
		last = d.index.next
	}
	if worst > indexStep || last == 0 {
		t.Fatalf("one insertion moved %d slots", worst)
	}
}

// TestSlab stores strings of all sizes and finds them again; an empty slab gives its chunks back.
func TestSlab(t *testing.T) {
	for n := uint32(1); n <= slabGranules; n++ {
		class, size := classOf(n)
		next, _ := classOf(min(n+1, slabGranules))
		if size < n || size > slabGranules || next < class || next > class+1 || class >= slabClasses || float64(size) > 1.15*float64(n)+8 {
			t.Fatalf("%d granules: class %d of %d", n, class, size)
		}
	}
	rnd := rand.New(rand.NewPCG(3, 3))
	var s slab
	type item struct {
		off  uint32
		want []byte
	}
	var items []item
	for range 20_000 {
		if len(items) > 0 && rnd.IntN(100) < 48 {
			i := rnd.IntN(len(items))
			if !bytes.Equal(s.get(items[i].off, len(items[i].want)), items[i].want) {
				t.Fatal("stored bytes differ")
			}
			s.free(items[i].off, len(items[i].want))
			items = slices.Delete(items, i, i+1)
			continue
		}
		n := 1 + rnd.IntN(300)
		if rnd.IntN(50) == 0 {
			n = 1 + rnd.IntN(slabMax)
		}
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		items = append(items, item{s.put(b), b})
	}
	for _, it := range items {
		if !bytes.Equal(s.get(it.off, len(it.want)), it.want) {
			t.Fatal("stored bytes differ")
		}
		s.free(it.off, len(it.want))
	}
	for n, c := range s.chunks {
		if c.live != 0 {
			t.Fatalf("chunk %d holds %d strings", n, c.live)
		}
	}
	kept := 0
	for class, list := range s.open {
		if len(list) > 1 {
			t.Fatalf("class %d keeps %d empty chunks", class, len(list))
		}
		for _, n := range list {
			kept += len(s.chunks[n].data)
		}
	}
	if s.bytes != uint64(kept) {
		t.Fatalf("%d bytes counted, %d kept", s.bytes, kept)
	}
}

// TestPaths adds and removes paths of a destination in random order, against a map.
func TestPaths(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	var ps paths
	var d slot
	want := map[sourceID]path{}
	for range 20_000 {
		src := sourceID(1 + rnd.IntN(30))
		if p := ps.find(&d, src); p != nil {
			if *p != want[src] {
				t.Fatalf("path of %d is %+v, want %+v", src, *p, want[src])
			}
			ps.remove(&d, p)
			delete(want, src)
		} else {
			p := path{src: src, pre: rnd.Uint32(), meta: rnd.Uint32()}
			if q := ps.add(&d, p); *q != p {
				t.Fatal("path is not where add says")
			}
			want[src] = p
		}
		got := map[sourceID]path{}
		for p := range ps.iterate(&d) {
			got[p.src] = *p
		}
		if len(got) != len(want) || int(d.count) != len(want) {
			t.Fatalf("%d paths, want %d", len(got), len(want))
		}
		if over := max(len(want)-1, 0); ps.blocks.live != over/3+bit(over%3 == 2) || ps.singles.live != bit(over%3 == 1) {
			t.Fatalf("%d paths in %d blocks and %d singles", over, ps.blocks.live, ps.singles.live)
		}
	}
}

// TestCursor compares a cursor with a map, and finds that single changes come first.
func TestCursor(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	var c cursor
	want := map[destID]bool{}
	for range 3000 {
		switch rnd.IntN(3) {
		case 0, 1:
			for range rnd.IntN(20) {
				id := destID(1 + rnd.IntN(50_000))
				c.add(id)
				want[id] = true
			}
		default:
			n := rnd.IntN(40)
			got := c.take(nil, n)
			if len(got) != min(n, len(want)) {
				t.Fatalf("took %d of %d, wanted %d", len(got), len(want), n)
			}
			for _, id := range got {
				if !want[id] || c.has(id) {
					t.Fatalf("took %d, which was not there", id)
				}
				delete(want, id)
			}
		}
		if int(c.count) != len(want) {
			t.Fatalf("counts %d, want %d", c.count, len(want))
		}
	}
	c.take(nil, 1<<20)
	var d dests
	d.init(false, 1)
	for i := range 10_000 {
		p := wire.Prefix{Hi: uint64(i) << 40, Len: 24}
		d.create(p, d.hash(p))
	}
	c.fill(&d)
	if c.count != 10_000 || c.has(0) {
		t.Fatalf("filled with %d", c.count)
	}
	c.take(nil, 5000) // what was filled went round the ring
	first := c.take(nil, 1)[0]
	c.add(first)
	if got := c.take(nil, 3); got[0] != first {
		t.Fatalf("a single change came as %v, not first", got)
	}
	c.take(nil, 1<<20)
	for i := range destID(2 * ringLen) { // a flood, from behind
		c.add(3*ringLen - i)
	}
	if got := c.take(nil, 2); got[0] > got[1] {
		t.Fatalf("a flood came as %v, the last ones first", got)
	}
	c.take(nil, ringLen)
	c.add(1)
	if got := c.take(nil, 1); got[0] != 1 {
		t.Fatalf("a single change after a flood came as %v, not first", got)
	}
}

// TestPlacePassed tells when a circular walk has been everywhere.
func TestPlacePassed(t *testing.T) {
	begun := place{word: 3, lap: 2}
	for _, c := range []struct {
		now  place
		want bool
	}{
		{place{word: 3, lap: 2}, false}, {place{word: 9, lap: 2}, false}, {place{word: 0, lap: 3}, false},
		{place{word: 3, lap: 3}, false}, {place{word: 4, lap: 3}, true}, {place{word: 0, lap: 4}, true},
	} {
		if c.now.passed(begun) != c.want {
			t.Errorf("%+v has passed %+v: want %v", c.now, begun, c.want)
		}
	}
}

// TestHashSeeded finds that different seeds spread equal attributes differently, and that lengths count.
func TestHashSeeded(t *testing.T) {
	a := bytes.Repeat([]byte{7}, 40)
	if hashBytes(1, a) == hashBytes(2, a) || hashBytes(1, a) == hashBytes(1, a[:39]) || hashBytes(1, nil) == hashBytes(2, nil) {
		t.Fatal("hashes collide")
	}
	for n := range 40 { // every byte counts
		for i := range n {
			b := bytes.Clone(a[:n])
			b[i]++
			if hashBytes(1, b) == hashBytes(1, a[:n]) {
				t.Fatalf("byte %d of %d does not count", i, n)
			}
		}
	}
}

// TestIndexSettles finds that a table at rest holds no index that was outgrown.
func TestIndexSettles(t *testing.T) {
	r := New(Config{AS: 65000, RouterID: 1, Seed: 5, Start: start, Deliver: func(PeerID, wire.Family, []byte, int) bool { return true }})
	x := &r.tables[0].index
	for i := 0; !x.moving(); i++ {
		p := wire.Prefix{Hi: uint64(i) << 40, Len: 24}
		x.insert(r.tables[0].hash(p), r.tables[0].all.alloc())
	}
	for r.Turn(512) {
	}
	if x.moving() {
		t.Fatal("an index at rest is still being rebuilt")
	}
}

// TestLongPrefixes holds destinations apart that differ in the lower half of the address alone, and gives the memory of these halves
// back with the last of them.
func TestLongPrefixes(t *testing.T) {
	var d dests
	d.init(true, 7)
	const n = 3 * chunkLen
	prefix := func(i int) wire.Prefix { return wire.Prefix{Hi: 0x20010db8 << 32, Lo: uint64(i) << 32, Len: 96} }
	short := d.create(wire.Prefix{Hi: 0x20010db8 << 32, Len: 64}, d.hash(wire.Prefix{Hi: 0x20010db8 << 32, Len: 64}))
	if d.lows.bytes() != 0 {
		t.Error("a short prefix takes memory for the lower half")
	}
	ids := make([]destID, n)
	for i := range ids {
		ids[i] = d.create(prefix(i), d.hash(prefix(i)))
	}
	for i, id := range ids {
		if got := d.find(prefix(i)); got != id || d.prefix(id) != prefix(i) {
			t.Fatalf("%v is destination %d with %v, not %d", prefix(i), got, d.prefix(id), id)
		}
	}
	if got := d.find(wire.Prefix{Hi: 0x20010db8 << 32, Lo: n << 32, Len: 96}); got != 0 {
		t.Errorf("destination %d for a prefix that is not there", got)
	}
	for _, id := range ids {
		d.destroy(id)
	}
	if d.lows.bytes() != 0 || d.find(wire.Prefix{Hi: 0x20010db8 << 32, Len: 64}) != short {
		t.Errorf("%d bytes of lower halves left, destination %d", d.lows.bytes(), d.find(wire.Prefix{Hi: 0x20010db8 << 32, Len: 64}))
	}
}
