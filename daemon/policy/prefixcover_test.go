package policy

import (
	"math/rand/v2"
	"testing"

	"bgpsh/wire"
)

// TestCoverAgainstAllEntries asks lists of entries in and beside each other, with ge and le and without, about prefixes in their midst: an entry
// that matches decides, and few prefixes that none is about are looked for.
func TestCoverAgainstAllEntries(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 9))
	random := func(six bool) wire.Prefix {
		p := wire.Prefix{Hi: 10<<56 | rnd.Uint64N(1<<24)<<32, Len: uint8(8 + rnd.IntN(25))}
		if six {
			p.Hi, p.Lo, p.Len = 0x20010db8<<32|rnd.Uint64N(1<<16), rnd.Uint64N(1<<16)<<48, uint8(40+rnd.IntN(50))
		}
		return p.Cut(p.Len)
	}
	for round := range 60 {
		l := &PrefixList{Six: round%2 == 1}
		for i := range 1 + rnd.IntN(400) {
			p := random(l.Six)
			e := PrefixEntry{Hi: p.Hi, Lo: p.Lo, Len: p.Len, Seq: uint32(i + 1), Flags: Permit}
			if rnd.IntN(4) == 0 {
				e.LE = min(p.Len+uint8(rnd.IntN(9)), l.Bits())
			}
			if rnd.IntN(30) == 0 {
				e.GE = min(p.Len+1, l.Bits())
			}
			l.Entries = append(l.Entries, e)
		}
		x := newPrefixIndex(l)
		for range 3000 {
			p, want := random(l.Six), -1
			if rnd.IntN(3) == 0 {
				p = l.Entries[rnd.IntN(len(l.Entries))].Prefix()
			}
			for i := range l.Entries {
				e := &l.Entries[i]
				if low, high := e.lengths(l.Bits()); e.Prefix().Contains(p) && p.Len >= low && p.Len <= high {
					want = i
					break
				}
			}
			if got := x.first(p); got != want {
				t.Fatalf("list %d, %v: entry %d decides, not %d", round, p, got, want)
			}
		}
	}
}

// TestCoverOfExactEntries finds no more than one of ten prefixes near a list that none of its entries is about, however long its prefixes are.
func TestCoverOfExactEntries(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	l := &PrefixList{}
	for i := range 5000 {
		length := uint8(12 + rnd.IntN(13))
		l.Entries = append(l.Entries, PrefixEntry{Hi: rnd.Uint64() >> (64 - length) << (64 - length), Len: length, Seq: uint32(i + 1)})
	}
	x, near := newPrefixIndex(l), 0
	for range 10_000 {
		if x.cover.may(wire.Prefix{Hi: rnd.Uint64() >> 40 << 40, Len: 24}) {
			near++
		}
	}
	if near > 1000 {
		t.Errorf("%d of 10000 prefixes are near", near)
	}
}

// TestExactAgainstAllEntries asks lists of entries that match one prefix each, some of them several times, of both families.
func TestExactAgainstAllEntries(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	for round := range 60 {
		l := &PrefixList{Six: round%2 == 1}
		random := func() wire.Prefix {
			p := wire.Prefix{Hi: 10<<56 | rnd.Uint64N(64)<<40, Len: uint8(18 + rnd.IntN(7))}
			if l.Six {
				p.Hi, p.Lo, p.Len = 0x20010db8<<32|rnd.Uint64N(2), rnd.Uint64N(8)<<61, uint8(61+rnd.IntN(7))
			}
			return p.Cut(p.Len)
		}
		first := map[wire.Prefix]int{}
		for i := range 1 + rnd.IntN(300) {
			p := random()
			if _, there := first[p]; !there {
				first[p] = i
			}
			l.Entries = append(l.Entries, PrefixEntry{Hi: p.Hi, Lo: p.Lo, Len: p.Len, Seq: uint32(i + 1), Flags: Permit})
		}
		x := newPrefixIndex(l)
		if x.exact.slots == nil {
			t.Fatal("no table of a list without ge and le")
		}
		for range 2000 {
			p, want := random(), -1
			if i, there := first[p]; there {
				want = i
			}
			if got := x.first(p); got != want {
				t.Fatalf("list %d, %v: entry %d decides, not %d", round, p, got, want)
			}
		}
	}
}
