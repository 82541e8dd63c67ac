package rib

import (
	"net/netip"
	"testing"

	"bgpsh/wire"
)

// TestChangesPassTheWalk judges a large table again while single changes come in: each is told in the Turn after it came, or the next; what the walk
// finds is told in few and large buffers, and with somebody waiting all the time the walk still ends.
func TestChangesPassTheWalk(t *testing.T) {
	for _, awaited := range []bool{false, true} {
		med := uint32(1)
		w := newBed(t, Config{
			Import: func(_ PeerID, _ wire.Family, _ wire.Attrs, _ wire.Prefix, e *wire.Editor) Reason {
				e.SetUint32(wire.AttrMED, med)
				return 0
			},
			Awaited: func() bool { return awaited },
		})
		from, other, to := w.peer(false, nil), w.peer(false, nil), w.peer(true, nil)
		prefixes := many(6000)
		w.announce(from, base(), prefixes...)
		w.drain()
		has := func(prefix string) string {
			return w.heard[to].views[0][wire.NLRI{Prefix: wire.PrefixFrom(netip.MustParsePrefix(prefix))}]
		}
		buffers := 0
		w.config.Deliver = func(p PeerID, f wire.Family, buf []byte, nlri int) bool {
			if p == to && nlri > 1 {
				buffers++
			}
			return w.heard[p].take(f, buf, nlri)
		}
		was, told, late := has(prefixes[0]), "", 0
		med = 2
		w.ImportChanged(from, 1)
		turns := 0
		for more := true; more; turns++ {
			change := base()
			change.communities = []uint32{uint32(turns)}
			w.announce(other, change, "99.0.0.0/24")
			more = w.Turn(1024)
			if now := has("99.0.0.0/24"); now != told {
				told, late = now, 0
			} else if late++; late > 1 { // one Turn, when the walk ends and all that was gathered is told
				t.Fatalf("awaited %v: the change before turn %d has not been told", awaited, turns)
			}
		}
		if n := len(w.heard[to].views[0]); n != len(prefixes)+1 {
			t.Fatalf("%d routes", n)
		}
		now := has(prefixes[0])
		for _, p := range prefixes {
			if got := has(p); got != now || got == was {
				t.Fatalf("%s is %s, and was %s", p, got, was)
			}
		}
		if most := len(prefixes)/gatherLen + 4; buffers > most && !awaited {
			t.Errorf("awaited %v: %d buffers for %d prefixes, in %d turns", awaited, buffers, len(prefixes), turns)
		}
	}
}
