package rib

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

// Whatever ranks destinations have and lose, the lowest destination of the lowest rank stands for all.
func TestConditionRanks(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var c condition
		ranks := map[destID]uint32{}
		among := 1 + rnd.IntN(12)
		for range 300 {
			id, rank := destID(1+rnd.IntN(500)), uint32(rnd.IntN(among+1))
			if rnd.IntN(8) == 0 {
				rank *= 1000
			}
			c.put(id, rank)
			if ranks[id] = rank; rank == 0 {
				delete(ranks, id)
			}
			want, lowest := destID(0), uint32(0)
			for id, rank := range ranks {
				if lowest == 0 || rank < lowest || rank == lowest && id < want {
					want, lowest = id, rank
				}
			}
			if met, _ := c.holds(); met != (len(ranks) > 0) || c.witness() != want {
				t.Fatalf("%v: met %v, by %d, want %d", ranks, met, c.witness(), want)
			}
		}
	}
}

// What is kept grows with the logarithm of the number of ranks.
func TestConditionMemory(t *testing.T) {
	var few, many condition
	for id := range destID(64_000) {
		few.put(id+1, 1)
		many.put(id+1, 1+id%30)
	}
	if few, many := few.bytes(), many.bytes(); many > 5*few+5*64 {
		t.Errorf("30 ranks take %d bytes, one %d", many, few)
	}
}

// The next hops of our own routes take no more memory the more of them were seen, and none is forgotten.
func TestOwnHops(t *testing.T) {
	var h ownHops
	hop := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}) }
	for i := range hopsMost {
		h.add(hop(i))
		h.add(hop(0))
	}
	if h.has(hop(hopsMost)) || !h.has(hop(hopsMost-1)) {
		t.Errorf("%d next hops are known as another ones", hopsMost)
	}
	for i := range 2 * hopsMost {
		h.add(hop(i))
	}
	for i := range 2 * hopsMost {
		if !h.has(hop(i)) {
			t.Fatalf("%s was seen and is not known", hop(i))
		}
	}
	if len(h.known) > hopsMost {
		t.Errorf("%d are kept", len(h.known))
	}
}
