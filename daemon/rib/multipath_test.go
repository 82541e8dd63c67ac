package rib

import (
	"cmp"
	"net/netip"
	"slices"
	"testing"

	"bgpsh/wire"
)

// inUse gives the paths that are used beside the best one, by the rules one after the other.
func (m *model) inUse(mp Multipath, all []*modelPath) (out []*modelPath) {
	best := m.decide(all)
	if best == nil || best.peer == Local {
		return nil
	}
	peer := func(p *modelPath) *Session { return m.peers[p.peer].facts }
	pref := func(p *modelPath) int64 {
		if p.post.localPref < 0 {
			return int64(m.localPref)
		}
		return p.post.localPref
	}
	med := func(p *modelPath) int64 {
		if p.post.med < 0 && m.best.MissingMEDWorst {
			return 1<<32 - 1
		}
		return max(p.post.med, 0)
	}
	first := func(p *modelPath) uint32 {
		if len(p.post.path) == 0 {
			return 0
		}
		return p.post.path[0]
	}
	most := mp.External
	if peer(best).Internal {
		most = mp.Internal
	}
	for _, p := range all {
		if p == best || p.reason != 0 || p.peer == Local {
			continue
		}
		a, b := &p.post, &best.post
		sameAS := m.best.AlwaysCompareMED || first(p) == first(best)
		switch {
		case p.lastResort() != best.lastResort(), a.weight != b.weight, pref(p) != pref(best), !m.best.IgnoreASPath && len(a.path) != len(b.path), a.origin != b.origin:
		case sameAS && med(p) != med(best):
		case peer(p).Internal != peer(best).Internal && !mp.Mixed:
		case peer(p).Internal && mp.EqualClusterLen && len(a.clusters) != len(b.clusters):
		case !mp.Relax && peer(p).Internal && !slices.Equal(a.path, b.path):
		case !mp.Relax && !peer(p).Internal && peer(p).AS != peer(best).AS:
		default:
			out = append(out, p)
		}
	}
	hop := func(p *modelPath) [3]netip.Addr {
		h := [3]netip.Addr{p.post.nextHop, p.post.linkLocal}
		if h[0].IsLinkLocalUnicast() || h[1].IsValid() {
			h[2] = peer(p).Addr
		}
		return h
	}
	slices.SortFunc(out, func(p, q *modelPath) int {
		a, b := hop(p), hop(q)
		return cmp.Or(a[0].Compare(b[0]), a[1].Compare(b[1]), a[2].Compare(b[2]), peer(p).Addr.Compare(peer(q).Addr), cmp.Compare(p.pathID, q.pathID))
	})
	taken := map[[3]netip.Addr]bool{hop(best): true}
	out = slices.DeleteFunc(out, func(p *modelPath) bool {
		again := taken[hop(p)]
		taken[hop(p)] = true
		return again
	})
	return out[:min(len(out), max(most-1, 0))]
}

// TestMultipathTwin compares the paths in use with the model's, over random histories and settings.
func TestMultipathTwin(t *testing.T) {
	seen, limited := 0, 0
	for seed := range uint64(48) {
		w := newTwin(t, seed+100, 8, 4)
		var mp Multipath
		for range 10 {
			mp = Multipath{External: []int{2, 2, 2, 3}[w.rnd.IntN(4)], Internal: []int{2, 2, 2, 3}[w.rnd.IntN(4)], Relax: w.chance(80), Mixed: w.chance(60), EqualClusterLen: w.chance(30)}
			for _, f := range families {
				w.rib.SetMultipath(f, mp)
			}
			for range 30 {
				w.step()
			}
			w.drain()
			for six, f := range families {
				for _, prefix := range w.prefixes[six] {
					n, cut := w.compareInUse(f, six, prefix, mp)
					seen, limited = seen+n, limited+cut
				}
			}
		}
	}
	if seen < 50 || limited == 0 {
		t.Errorf("only %d paths were in use beside a best one, %d times a limit mattered", seen, limited)
	}
}

// compareInUse checks one prefix, and gives how many paths are in use beside the best one, and whether a limit mattered.
func (w *twin) compareInUse(f wire.Family, six int, prefix wire.Prefix, mp Multipath) (n, limited int) {
	w.Helper()
	type name struct {
		peer PeerID
		id   uint32
	}
	want := map[name]bool{}
	all := w.model.paths[six][prefix]
	for _, p := range w.model.inUse(mp, all) {
		want[name{p.peer, p.pathID}] = true
	}
	if n = len(want); n > 0 {
		best := w.model.decide(all)
		want[name{best.peer, best.pathID}] = true
		every := mp
		every.External, every.Internal = 100, 100
		limited = bit(len(w.model.inUse(every, all)) > n)
	}
	v, _ := w.rib.Lookup(f, prefix.Netip(f))
	for _, p := range v.Paths {
		if p.Multi != want[name{p.Peer, p.PathID}] {
			w.Fatalf("%v with %+v: peer %d path %d in use: %v, model %v", prefix, mp, p.Peer, p.PathID, p.Multi, !p.Multi)
		}
	}
	return n, limited
}
