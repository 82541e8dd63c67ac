package rib

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"bgpsh/wire"
)

// derivedSets counts the sets that are not written out.
func (t *table) derivedSets() (n int) {
	for id := attrID(1); id < t.attrs.recs.limit(); id++ {
		if t.attrs.recs.has(id) && t.attrs.recs.at(id).bits&derived != 0 {
			n++
		}
	}
	return n
}

// TestDerived sends sets that are not written out: what is listed, replayed and sent again is what was sent, and they are written out
// when a neighbor announces the same, and go with the last entry.
func TestDerived(t *testing.T) {
	w := newBed(t, Config{})
	from, to := w.peer(false, nil), w.peer(false, func(s *Session) { s.Families[0].Group.LocalAS = 65010 })
	x := base()
	x.med, x.communities = 7, []uint32{1, 2}
	y := base()
	y.path = []uint32{65001, 65200, 65201}
	w.announce(from, x, "198.51.100.0/24")
	w.announce(from, y, "203.0.113.0/24")
	w.drain()
	tab := w.tables[0]
	if got := tab.derivedSets(); got != 2 {
		t.Fatalf("%d derived sets, want both that are sent", got)
	}
	first := w.has(to, "198.51.100.0/24")
	tab.verify(t, true)
	late := w.peer(false, func(s *Session) { s.Families[0].Group.LocalAS = 65010 })
	w.drain()
	if got := w.has(late, "198.51.100.0/24"); got != first || got == "" {
		t.Errorf("the second is told %s, the first was told %s", got, first)
	}
	sent := slices.Clone(tab.attrs.attrs(tab.sent(tab.adjs[to].member, tab.find(wire.PrefixFrom(netip.MustParsePrefix("203.0.113.0/24"))))))
	data := tab.attrs.data.bytes
	b := w.batch(from)
	b.Begin(wire.IPv4Unicast, sent, sent, 0)
	b.Announce(wire.NLRI{Prefix: wire.PrefixFrom(netip.MustParsePrefix("192.0.2.0/24"))})
	w.Apply(b, w.now)
	w.drain()
	if v := w.lookup("192.0.2.0/24"); len(v.Paths) != 1 || !bytes.Equal(v.Paths[0].Post, sent) || tab.attrs.data.bytes < data {
		t.Errorf("announced as it was sent, it is %+v", v)
	}
	if got := tab.derivedSets(); got != 2 { // one is written out, and what is sent of the new route has come
		t.Errorf("%d derived sets", got)
	}
	tab.verify(t, true)
	w.Down(from)
	w.drain()
	if tab.attrs.recs.live != 0 || slices.ContainsFunc(tab.attrs.rules.list, func(r rule) bool { return r.key != nil }) {
		t.Errorf("%d sets and the rules %+v are left", tab.attrs.recs.live, tab.attrs.rules.list)
	}
}

// TestDerivedOfNewAttributes keeps nothing of the attributes that a path had before, where the same is sent of those that it has now: with
// two groups, after another announcement and after another import policy.
func TestDerivedOfNewAttributes(t *testing.T) {
	tag := uint32(1)
	w, from := tagging(t, &tag)
	for _, as := range []uint32{65010, 65020} {
		w.peer(false, func(s *Session) { s.Families[0].Group.LocalAS, s.Families[0].Group.Strip = as, AllCommunities })
	}
	a, prefixes := base(), many(20)
	check := func(when string) {
		t.Helper()
		w.drain()
		if live := w.tables[0].attrs.recs.live; live != 3*len(prefixes) {
			t.Errorf("%s there are %d sets, not one of each path and two that are sent of it", when, live)
		}
		w.tables[0].verify(t, true)
	}
	for version, when := range []string{"at first", "of other communities", "of none"} {
		for i, text := range prefixes {
			a.path = []uint32{65001, uint32(65100 + i)}
			a.communities = [][]uint32{{5}, {6, 7}, nil}[version]
			w.judged(from, 0, a.wire(), tagged(a.wire(), 1), 0, text)
		}
		check(when)
	}
	for version := range uint32(3) {
		tag = version + 2
		w.ImportChanged(from, version+1)
		check("by another policy")
	}
}

// TestRules derives sets that were edited in any way: what a rule makes is what was to be made, and as many rules as there may be
// are made, and no more.
func TestRules(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	var s rules
	e := new(wire.Editor)
	found := 0
	for range 20_000 {
		a := base()
		a.med, a.localPref = rnd.Int64N(3)-1, rnd.Int64N(3)-1
		for range rnd.IntN(4) {
			a.path = append(a.path, rnd.Uint32()|1)
			a.communities = append(a.communities, rnd.Uint32())
		}
		in := slices.Clone(a.wire())
		e.Reset(in)
		for range rnd.IntN(4) {
			switch rnd.IntN(7) {
			case 0:
				e.Delete([]wire.AttrType{wire.AttrMED, wire.AttrASPath, wire.AttrCommunities, wire.AttrNextHop, wire.AttrLocalPref}[rnd.IntN(5)])
			case 1:
				e.PrependAS(65000, rnd.IntN(4))
			case 2:
				e.SetNextHop(netip.AddrFrom4([4]byte{192, 0, 2, byte(rnd.IntN(3))}))
			case 3:
				e.SetUint32(wire.AttrMED, rnd.Uint32N(1000))
			case 4:
				e.AddCommunity(rnd.Uint32())
			case 5:
				e.SetUint32(wire.AttrOTC, 65000)
			default:
				e.SetOrigin(uint8(rnd.IntN(3)))
			}
		}
		out := e.Attrs()
		n := s.match(in, out)
		if n == 0 {
			continue
		}
		found++
		if got := s.list[n].apply(nil, in); !bytes.Equal(got, out) {
			t.Fatalf("of %x a rule makes %x, not %x", in, got, out)
		}
		if s.list[n].refs == 0 {
			s.list[n].refs = 1
		}
		if rnd.IntN(2) == 0 {
			s.list[n].refs = 1
			s.let(n)
		}
	}
	if used := len(s.list) - len(s.gaps); found < 1_000 || used > ruleMost || len(s.list) > ruleMost {
		t.Errorf("%d sets had a rule, %d rules are in use", found, used)
	}
}

// TestRulesOfNoAttributes looks for rules between bytes that are no attributes.
func TestRulesOfNoAttributes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 8))
	var s rules
	for range 20_000 {
		in, out := make([]byte, rnd.IntN(20)), make([]byte, rnd.IntN(20))
		for _, b := range [][]byte{in, out} {
			for i := range b {
				b[i] = byte(rnd.IntN(6))
			}
		}
		if n := s.match(in, out); n != 0 && !bytes.Equal(s.list[n].apply(nil, in), out) {
			t.Fatalf("of %x a rule makes %x, not %x", in, s.list[n].apply(nil, in), out)
		}
	}
}
