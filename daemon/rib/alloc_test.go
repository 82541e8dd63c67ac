package rib

import (
	"testing"

	"bgpsh/wire"
)

// TestNoAllocations holds the price of a change at full table: none in Apply and the decision, and the buffer that is
// handed over in egress.
func TestNoAllocations(t *testing.T) {
	if checked {
		t.Skip("checks allocate")
	}
	table := makeTable(20_000)
	r := newBenchRIB(4)
	one, two := table.batches(1, 5, 2), table.batches(2, 5, 3)
	r.play(one, two)
	away, back := table.withdrawals(1), one
	turn := func(batches []*Batch) {
		for _, b := range batches {
			r.Apply(b, start)
		}
		for _, tb := range r.tables {
			for tb.sweepSome(1000) > 0 {
			}
		}
	}
	turn(away) // the first time makes room
	r.drain()
	turn(back)
	r.drain()
	apply := testing.AllocsPerRun(3, func() {
		turn(away)
		turn(back)
	})
	if perPrefix := apply / float64(2*len(table.prefixes)); perPrefix > 0.001 {
		t.Errorf("%.4f allocations a prefix in Apply", perPrefix)
	}
	flush := testing.AllocsPerRun(3, func() {
		turn(away)
		r.drain()
		turn(back)
		r.drain()
	})
	if perPrefix := flush / float64(2*len(table.prefixes)); perPrefix > 0.02 {
		t.Errorf("%.4f allocations a prefix with egress", perPrefix)
	}
	g := r.tables[0].groups[0]
	var id destID = 100
	single := testing.AllocsPerRun(100, func() {
		g.cursor.add(id)
		r.tables[0].flush(g, 1)
	})
	if single != 0 {
		t.Errorf("%v allocations to find that nothing changed", single)
	}
	var b Batch
	var e wire.Editor
	e.Reset(one[0].attrs(one[0].sets[0].pre))
	fill := func() {
		b.Reset()
		for range 100 {
			b.Begin(wire.IPv4Unicast, e.Attrs(), e.Attrs(), 0)
			for _, p := range table.prefixes[:10] {
				b.Announce(wire.NLRI{Prefix: p})
			}
		}
	}
	fill()
	if n := testing.AllocsPerRun(10, fill); n != 0 {
		t.Errorf("%v allocations to fill a batch again", n)
	}
}
