package rib

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"bgpsh/wire"
)

// TestOrigins writes the origins of attributes and reads them back: whatever policy did to them, and what is no list of attributes too.
func TestOrigins(t *testing.T) {
	check := func(pre, post []byte) (came int) {
		t.Helper()
		begin := []byte("before")
		out, n := appendMade(begin, pre, post)
		all := out[len(begin):]
		if n == 0 || !bytes.Equal(out[:len(begin)], begin) || !bytes.Equal(all[:len(all)-int(n)], post) {
			t.Fatalf("%x made of %x: %x with %d bytes of origin", post, pre, all, n)
		}
		if got := appendOriginal(nil, post, all[len(post):]); !bytes.Equal(got, pre) {
			t.Fatalf("%x made of %x tells %x", post, pre, got)
		}
		return int(n)
	}
	a := base()
	a.communities = []uint32{1, 2, 3}
	tagged := a
	tagged.med, tagged.localPref, tagged.communities = 5, 120, []uint32{1, 2, 3, 4}
	if n, whole := check(a.wire(), tagged.wire()), len(a.wire()); n > whole/2 {
		t.Errorf("the origin of a tagged set takes %d bytes, the set %d", n, whole)
	}
	check([]byte("aaaa"), []byte("aa"))
	check([]byte("aa"), []byte("aaaa"))
	check([]byte("abcabcabcabc"), []byte("abcabc"))
	rnd := rand.New(rand.NewPCG(5, 5))
	for range 20_000 {
		pre := make([]byte, 1+rnd.IntN(60))
		for i := range pre {
			pre[i] = byte(rnd.IntN(2))
		}
		post := bytes.Clone(pre)
		for range rnd.IntN(4) {
			at := rnd.IntN(len(post))
			switch rnd.IntN(3) {
			case 0:
				post[at] ^= 1
			case 1:
				post = append(post[:at:at], append([]byte{1, 0}, post[at:]...)...)
			default:
				post = append(post[:at:at], post[at+(len(post)-at)/2:]...)
			}
			post = append(post, 1)
		}
		check(pre, post)
	}
	for _, no := range [][2]int{{0, 10}, {10, 0}, {1 << 16, 10}, {60_000, 60_000}, {10, 1<<16 - 4}} {
		pre, post := bytes.Repeat([]byte{1}, no[0]), bytes.Repeat([]byte{2}, no[1])
		if out, came := appendMade(nil, pre, post); came != 0 || !bytes.Equal(out, post) {
			t.Errorf("%d bytes made of %d find room in one record", no[1], no[0])
		}
	}
}

// judged announces a prefix as a reader does whose policy made post of pre, or refused it.
func (w *bed) judged(p PeerID, version uint32, pre, post wire.Attrs, reason Reason, prefix string) {
	b := w.batch(p)
	b.PolicyVersion = version
	b.Begin(wire.IPv4Unicast, pre, post, reason)
	b.Announce(wire.NLRI{Prefix: wire.PrefixFrom(netip.MustParsePrefix(prefix))})
	w.Apply(b, w.now)
}

// tagging gives a RIB whose import policy adds a community, or refuses where it is 0, and a neighbor of it.
func tagging(t *testing.T, tag *uint32) (*bed, PeerID) {
	w := newBed(t, Config{
		Import: func(_ PeerID, _ wire.Family, _ wire.Attrs, _ wire.Prefix, e *wire.Editor) Reason {
			if *tag == 0 {
				return Filtered
			}
			e.AddCommunity(*tag)
			return 0
		},
		ImportClass: func(PeerID, wire.Family, wire.Prefix) uint32 { return 0 },
	})
	return w, w.peer(false, nil)
}

func tagged(pre wire.Attrs, tag uint32) wire.Attrs {
	e := wire.NewEditor(pre)
	e.AddCommunity(tag)
	return e.Attrs()
}

// TestMadeSetsAreOneRecord keeps what came and what policy made of it in one record, also after the policy changed, and tells both apart.
func TestMadeSetsAreOneRecord(t *testing.T) {
	tag := uint32(1)
	w, p := tagging(t, &tag)
	a := base()
	pre := a.wire()
	prefixes := many(300)
	for _, text := range prefixes {
		w.judged(p, 0, pre, tagged(pre, 1), 0, text)
	}
	check := func(want wire.Attrs) {
		t.Helper()
		w.drain()
		if n := w.tables[0].attrs.recs.live; n != 1 {
			t.Errorf("%d records", n)
		}
		v := w.lookup(prefixes[7]).Paths[0]
		if !bytes.Equal(v.Pre, pre) || !bytes.Equal(v.Post, want) {
			t.Errorf("%v became %v", readAttrs(v.Pre), readAttrs(v.Post))
		}
		seen := 0
		w.Attributes(wire.IPv4Unicast, 0, 1000, func(a wire.Attrs) {
			if bytes.Equal(a, pre) || bytes.Equal(a, want) {
				seen++
			}
		})
		if sets := 1 + bit(want != nil && !bytes.Equal(pre, want)); seen != sets {
			t.Errorf("%d sets are shown, not %d", seen, sets)
		}
	}
	check(tagged(pre, 1))
	tag = 2
	w.ImportChanged(p, 1)
	check(tagged(pre, 2))
	tag = 0
	w.ImportChanged(p, 2)
	check(nil)
	tag = 3
	w.ImportChanged(p, 3)
	check(tagged(pre, 3))
	w.config.Import = nil
	w.ImportChanged(p, 4)
	check(pre)
	w.withdraw(p, prefixes...)
	w.drain()
	if n := w.tables[0].attrs.recs.live; n != 0 {
		t.Errorf("%d records are left", n)
	}
}

// TestRepeatsAfterPolicyChange announces routes again as they were, after policy has made something else of them: they are as old as
// they were. And one whose attributes before policy are others is new, and no news where policy makes the same of them.
func TestRepeatsAfterPolicyChange(t *testing.T) {
	tag := uint32(1)
	w, p := tagging(t, &tag)
	a := base()
	pre := a.wire()
	w.judged(p, 0, pre, tagged(pre, 1), 0, testPrefix)
	first := w.lookup(testPrefix).Paths[0].Arrival
	for version, next := range []uint32{0, 2, 0, 3, 3} {
		tag = next
		w.ImportChanged(p, uint32(version+1))
		w.drain()
		w.now = w.now.Add(time.Hour)
		reason := Reason(0)
		if tag == 0 {
			reason = Filtered
		}
		w.judged(p, uint32(version+1), pre, tagged(pre, tag), reason, testPrefix)
		if v := w.lookup(testPrefix).Paths[0]; !v.Arrival.Equal(first) || v.Reason != reason {
			t.Fatalf("announced again after change %d: arrival went from %v to %v, reason %v", version, first, v.Arrival, v.Reason)
		}
	}
	version := w.Version(wire.IPv4Unicast)
	a.communities = []uint32{3}
	w.now = w.now.Add(time.Hour)
	w.judged(p, 5, a.wire(), a.wire(), 0, testPrefix)
	if v := w.lookup(testPrefix).Paths[0]; !v.Arrival.After(first) || !bytes.Equal(v.Pre, a.wire()) {
		t.Errorf("other attributes that policy makes the same: %+v", v)
	}
	if w.Version(wire.IPv4Unicast) != version {
		t.Error("a best path with the same attributes after policy is a change")
	}
	a.med = 9
	w.judged(p, 5, a.wire(), tagged(a.wire(), 4), 0, testPrefix)
	if w.Version(wire.IPv4Unicast) == version {
		t.Error("one with others is none")
	}
}

// TestNoLLGRBeforePolicy lets a route go that came with NO_LLGR, though policy took the community off, and keeps another with what it came with.
func TestNoLLGRBeforePolicy(t *testing.T) {
	w := newBed(t, Config{})
	p := w.peer(false, nil)
	a := base()
	pre := a.wire()
	a.communities = []uint32{wire.CommunityNoLLGR}
	w.judged(p, 0, a.wire(), pre, 0, "20.1.0.0/16")
	w.judged(p, 0, pre, tagged(pre, 5), 0, "20.2.0.0/16")
	w.config.Import = func(_ PeerID, _ wire.Family, in wire.Attrs, _ wire.Prefix, e *wire.Editor) Reason {
		e.DeleteCommunity(wire.CommunityNoLLGR)
		return 0
	}
	w.lose(p)
	w.AgeRoutes(p, wire.IPv4Unicast)
	w.drain()
	if paths, _ := w.Lookup(wire.IPv4Unicast, netip.MustParsePrefix("20.1.0.0/16")); len(paths.Paths) != 0 {
		t.Errorf("it stays: %+v", paths.Paths)
	}
	v := w.lookup("20.2.0.0/16").Paths[0]
	if !bytes.Equal(v.Pre, pre) || !bytes.Equal(v.Post, tagged(pre, wire.CommunityLLGRStale)) {
		t.Errorf("%v became %v", readAttrs(v.Pre), readAttrs(v.Post))
	}
}

// TestBatchText tells both sides of what policy made.
func TestBatchText(t *testing.T) {
	var b Batch
	b.Begin(wire.IPv4Unicast, wire.Attrs{1, 2, 3}, wire.Attrs{1, 4, 3}, 0)
	b.Announce(wire.NLRI{Prefix: wire.PrefixFrom(netip.MustParsePrefix("20.0.0.0/8"))})
	if text := b.Text(5); !bytes.Contains([]byte(text), []byte("attributes 010203, after policy 010403: 20.0.0.0/8")) {
		t.Error(text)
	}
}
