package rib

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"bgpsh/wire"
)

// onlooker knows the best paths by the changes that it was given, and by nothing else.
type onlooker struct {
	testing.TB
	best map[netip.Prefix]PeerID
}

// take takes up to n changes, and holds what they say of the path before against what it was told last.
func (o *onlooker) take(r *RIB, n int) (waiting int) {
	o.Helper()
	for _, f := range families {
		all, left := r.Changes(f, n)
		waiting += left
		for _, c := range all {
			if was, known := o.best[c.Prefix]; c.Known && (!known || was != c.Was) {
				o.Errorf("%s was from %d, and the onlooker was told %d (%v)", c.Prefix, c.Was, was, known)
			}
			if delete(o.best, c.Prefix); c.Best {
				o.best[c.Prefix] = c.Peer
				if len(c.Attrs) == 0 {
					o.Errorf("%s has a best path without attributes", c.Prefix)
				}
			}
		}
	}
	return waiting
}

// Whoever takes the changes, however seldom, knows the table.
func TestWatchTellsTheTable(t *testing.T) {
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		w := newBed(t, Config{})
		var peers []PeerID
		for range 4 {
			p := w.peer(false, nil)
			w.heard[p].loose = true // a change that is taken back before it is sent is sent again
			peers = append(peers, p)
		}
		var prefixes []string
		for i := range 40 {
			prefixes = append(prefixes, fmt.Sprintf("10.%d.0.0/16", i), fmt.Sprintf("2001:db8:%x::/48", i))
		}
		for _, f := range families {
			w.Watch(f, true)
		}
		o := &onlooker{t, map[netip.Prefix]PeerID{}}
		for range 400 {
			p, prefix := peers[rnd.IntN(len(peers))], prefixes[rnd.IntN(len(prefixes))]
			switch rnd.IntN(8) {
			case 0, 1, 2:
				w.withdraw(p, prefix)
			case 3:
				o.take(w.RIB, 1+rnd.IntN(5))
			case 4:
				w.Turn(1 + rnd.IntN(20))
			default:
				a := base()
				a.localPref = 100 + rnd.Int64N(3)
				w.announce(p, a, prefix)
			}
		}
		w.drain()
		for o.take(w.RIB, 7) > 0 {
		}
		for _, prefix := range prefixes {
			v, ok := w.Lookup(familyOf(netip.MustParsePrefix(prefix)), netip.MustParsePrefix(prefix))
			ok = ok && v.Paths[0].Best
			told, known := o.best[netip.MustParsePrefix(prefix)]
			if ok != known || ok && v.Paths[0].Peer != told {
				t.Fatalf("seed %d: %s: the table has %v, the onlooker %d (%v)", seed, prefix, v, told, known)
			}
		}
	}
}

// A table that nobody watches keeps nothing, and one that is watched no more gives back what waited for the onlooker.
func TestWatchEnds(t *testing.T) {
	news := 0
	w := newBed(t, Config{Changed: func() { news++ }})
	p := w.peer(false, nil)
	w.announce(p, base(), "10.0.0.0/8")
	if all, n := w.Changes(wire.IPv4Unicast, 10); all != nil || n != 0 || news != 0 {
		t.Errorf("changes of a table that nobody watches: %v, %d", all, n)
	}
	w.Watch(wire.IPv4Unicast, true)
	w.announce(p, base(), "10.1.0.0/16", "10.2.0.0/16")
	if news != 1 {
		t.Errorf("Changed was called %d times for two changes", news)
	}
	w.withdraw(p, "10.1.0.0/16", "10.2.0.0/16")
	w.drain()
	tombs := w.table(wire.IPv4Unicast).tombs.count
	if tombs == 0 {
		t.Error("a destination was given back before the onlooker heard of it")
	}
	w.Watch(wire.IPv4Unicast, false)
	w.drain()
	if tombs := w.table(wire.IPv4Unicast).tombs.count; tombs != 0 {
		t.Errorf("%d destinations are left", tombs)
	}
	if all, _ := w.Changes(wire.IPv4Unicast, 10); all != nil {
		t.Errorf("changes %v", all)
	}
}
