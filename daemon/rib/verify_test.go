package rib

import (
	"math/bits"
	"slices"
	"testing"
)

// verify counts everything in a table that is kept incrementally, and fails where the two differ. quiet: no work is left
// and no neighbor is blocked.
func (t *table) verify(tb testing.TB, quiet bool) {
	tb.Helper()
	attrs, sources := map[attrID]uint32{}, map[sourceID]uint32{}
	t.verifyPaths(tb, attrs, sources)
	for _, g := range t.groups {
		t.verifyGroup(tb, g, attrs, sources, quiet)
	}
	for _, c := range t.dying {
		for _, page := range c.pages {
			for i := 0; page != nil && i < chunkLen; i++ {
				if e := page[i]; e.attr != 0 {
					attrs[e.attr]++
					sources[e.src]++
				}
			}
		}
	}
	for _, a := range t.adjs {
		if a.source != 0 {
			sources[a.source]++
		}
	}
	t.verifyRefs(tb, attrs, sources)
	t.verifyIndexes(tb)
	t.verifyLanes(tb, quiet)
	if quiet {
		if t.hasWork() || len(t.dying) > 0 || t.tombs.count > 0 || len(t.lanes.idle) > 0 {
			tb.Fatalf("not quiet: jobs %d, busy %d, dying %d, tombs %d", t.sweep.jobs, len(t.egress.busy), len(t.dying), t.tombs.count)
		}
	}
}

func (t *table) verifyPaths(tb testing.TB, attrs map[attrID]uint32, sources map[sourceID]uint32) {
	tb.Helper()
	seen := map[PeerID]pathCounts{}
	chunks := map[PeerID]map[uint32]uint32{}
	var npaths, ndests, routed, tombs uint32
	var lengths [129]uint32
	for id := destID(1); id < t.limit(); id++ {
		if !t.has(id) {
			continue
		}
		d := t.slot(id)
		if got := t.find(t.prefix(id)); got != id {
			tb.Fatalf("destination %d (%v) is found as %d", id, t.prefix(id), got)
		}
		if d.count == 0 {
			if d.flags&flagTomb == 0 {
				tb.Fatalf("destination %d has no paths and is no tomb", id)
			}
			tombs++
			continue
		}
		ndests++
		lengths[t.prefix(id).Len]++
		n := uint16(0)
		for p := range t.paths.iterate(d) {
			n++
			attrs[p.pre] += uint32(bit(p.pre != 0))
			if p.usable() && p.post != p.pre {
				attrs[p.post]++
			}
			sources[p.src]++
			a := t.adjOf(p)
			if chunks[a.id] == nil {
				chunks[a.id] = map[uint32]uint32{}
			}
			chunks[a.id][id>>chunkBits]++
			if !t.dead(p) {
				c := seen[a.id]
				c.received++
				c.accepted += uint32(bit(p.usable()))
				c.best += uint32(bit(p == &d.best && d.flags&flagBest != 0))
				seen[a.id] = c
			}
		}
		if n != d.count {
			tb.Fatalf("destination %d counts %d paths, has %d", id, d.count, n)
		}
		npaths += uint32(n)
		if d.flags&flagBest != 0 {
			routed++
			if !d.best.usable() {
				tb.Fatalf("destination %d: the best path is refused", id)
			}
		}
	}
	if npaths != t.npaths || ndests != t.ndests || routed != t.routed || tombs != t.tombs.count || lengths != t.lengths {
		tb.Fatalf("paths %d (counted %d), destinations %d (%d), routed %d (%d), tombs %d (%d)",
			t.npaths, npaths, t.ndests, ndests, t.routed, routed, t.tombs.count, tombs)
	}
	t.verifyAdjs(tb, seen, chunks)
}

// pathCounts is what a neighbor counts of its paths.
type pathCounts struct{ received, accepted, best uint32 }

func (t *table) verifyAdjs(tb testing.TB, seen map[PeerID]pathCounts, chunks map[PeerID]map[uint32]uint32) {
	tb.Helper()
	for _, a := range t.adjs {
		if c := seen[a.id]; (pathCounts{a.received, a.accepted, a.best}) != c {
			tb.Fatalf("peer %d: received %d accepted %d best %d, counted %+v", a.id, a.received, a.accepted, a.best, c)
		}
		refused := uint32(0)
		for _, n := range a.refused {
			refused += n
		}
		byEpoch := uint32(0)
		for _, n := range a.byEpoch {
			byEpoch += n
		}
		if refused+a.accepted != a.received || byEpoch != a.received {
			tb.Fatalf("peer %d: refused %v epochs %v do not sum to %d", a.id, a.refused, a.byEpoch, a.received)
		}
		for n, c := range a.inChunk {
			if c != chunks[a.id][uint32(n)] {
				tb.Fatalf("peer %d has %d paths in chunk %d, counted %d", a.id, c, n, chunks[a.id][uint32(n)])
			}
		}
	}
}

func (t *table) verifyGroup(tb testing.TB, g *group, attrs map[attrID]uint32, sources map[sourceID]uint32, quiet bool) {
	tb.Helper()
	own := map[PeerID]uint32{}
	count := uint32(0)
	for n, page := range g.column.pages {
		used := uint16(0)
		for i := 0; page != nil && i < chunkLen; i++ {
			if e := page[i]; e.attr != 0 {
				used++
				attrs[e.attr]++
				sources[e.src]++
				own[t.sources.recs.at(e.src).peer]++
			}
		}
		count += uint32(used)
		if used != g.column.used[n] || (used == 0) != (page == nil) {
			tb.Fatalf("page %d counts %d entries, has %d", n, g.column.used[n], used)
		}
	}
	if count != g.column.count {
		tb.Fatalf("column counts %d entries, has %d", g.column.count, count)
	}
	for p, n := range g.column.own {
		if own[PeerID(p)] != n {
			tb.Fatalf("column counts %d entries of peer %d, has %d", n, p, own[PeerID(p)])
		}
	}
	bitsSet := uint32(0)
	for _, w := range g.cursor.words {
		bitsSet += uint32(bits.OnesCount64(w))
	}
	if bitsSet != g.cursor.count {
		tb.Fatalf("cursor counts %d, has %d", g.cursor.count, bitsSet)
	}
	for _, m := range g.members {
		if m.fresh {
			tb.Fatalf("peer %d is fresh outside of a flush", m.peer)
		}
		if m.streaming && (m.backlog.count > 0 || m.moving()) {
			tb.Fatalf("peer %d streams with backlog %d, moving %v", m.peer, m.backlog.count, m.moving())
		}
		if quiet && !m.streaming {
			tb.Fatalf("peer %d is not in step", m.peer)
		}
	}
}

func (t *table) verifyRefs(tb testing.TB, attrs map[attrID]uint32, sources map[sourceID]uint32) {
	tb.Helper()
	delete(attrs, 0)
	rules := map[uint32]uint32{}
	for id := attrID(1); id < t.attrs.recs.limit(); id++ {
		if t.attrs.recs.has(id) {
			if r := t.attrs.recs.at(id); r.bits&derived != 0 {
				attrs[r.offset]++
				rules[r.localPref]++
			}
		}
	}
	for n := range t.attrs.rules.list {
		if r := &t.attrs.rules.list[n]; r.refs != rules[uint32(n)] || r.refs == 0 && r.key != nil {
			tb.Fatalf("rule %d has %d references, counted %d", n, r.refs, rules[uint32(n)])
		}
	}
	for id := attrID(1); id < t.attrs.recs.limit(); id++ {
		if t.attrs.recs.has(id) && t.attrs.recs.at(id).refs != attrs[id] {
			tb.Fatalf("attributes %d have %d references, counted %d", id, t.attrs.recs.at(id).refs, attrs[id])
		}
	}
	if t.attrs.recs.live != len(attrs) {
		tb.Fatalf("%d attribute sets live, %d are referred to", t.attrs.recs.live, len(attrs))
	}
	perPeer := map[PeerID]uint32{}
	for id := sourceID(1); id < t.sources.recs.limit(); id++ {
		if !t.sources.recs.has(id) {
			continue
		}
		s := t.sources.recs.at(id)
		perPeer[s.peer]++
		if s.refs != sources[id] {
			tb.Fatalf("source %d (%+v) has %d references, counted %d", id, *s, s.refs, sources[id])
		}
	}
	for _, a := range t.adjs {
		if a.sources != perPeer[a.id] {
			tb.Fatalf("peer %d counts %d sources, has %d", a.id, a.sources, perPeer[a.id])
		}
	}
}

func (t *table) verifyIndexes(tb testing.TB) {
	tb.Helper()
	dests := t.all.live
	if t.index.count != dests || t.attrs.index.count != t.attrs.recs.live || t.sources.index.count != t.sources.recs.live {
		tb.Fatalf("indexes count %d %d %d, arenas %d %d %d", t.index.count, t.attrs.index.count, t.sources.index.count,
			dests, t.attrs.recs.live, t.sources.recs.live)
	}
	for id := attrID(1); id < t.attrs.recs.limit(); id++ {
		if t.attrs.recs.has(id) {
			r := t.attrs.recs.at(id)
			if r.bits&derived != 0 {
				t.verifyDerived(tb, id, r)
				continue
			}
			b := t.attrs.data.get(r.offset, int(r.size)+int(r.came))
			if got := t.attrs.keepMade(b, int(r.came), t.attrs.hash(b)); got != id {
				tb.Fatalf("attributes %d are interned again as %d", id, got)
			}
			t.attrs.release(id)
		}
	}
}

// verifyLanes finds lanes that are lost, named twice, or held by another number of columns than they say.
func (t *table) verifyLanes(tb testing.TB, quiet bool) {
	tb.Helper()
	held := map[laneID]uint32{}
	columns := append([]*column(nil), t.dying...)
	for _, g := range t.groups {
		columns = append(columns, &g.column)
	}
	for _, c := range columns {
		for n, page := range c.pages {
			for i := 0; page != nil && c.wide && i < chunkLen; i++ {
				if e := page[i]; e.attr != 0 {
					id := uint32(n)<<chunkBits | uint32(i)
					held[id]++
					if t.lanes.recs.at(id).path != e.src {
						tb.Fatalf("lane %d is of %d, its entry from %d", id, t.lanes.recs.at(id).path, e.src)
					}
				}
			}
		}
	}
	idle := map[laneID]bool{}
	for _, n := range t.lanes.idle {
		idle[n] = true
	}
	count := 0
	for id := destID(1); id < t.limit(); id++ {
		names := map[uint32]bool{}
		for n := t.lanes.of(id); n != 0; n = t.lanes.recs.at(n).next {
			r := t.lanes.recs.at(n)
			count++
			if r.dest != id || names[r.path] || r.path == 0 || !t.has(id) {
				tb.Fatalf("lane %d of destination %d: %+v", n, id, *r)
			}
			names[r.path] = true
			if r.held&^idleBit != held[n] || (r.held&idleBit != 0) != idle[n] || quiet && held[n] == 0 {
				tb.Fatalf("lane %d says that %x columns hold it, counted %d, idle %v", n, r.held, held[n], idle[n])
			}
		}
	}
	if count != t.lanes.recs.live || len(idle) != len(t.lanes.idle) {
		tb.Fatalf("%d lanes live, %d found, %d of %d idle", t.lanes.recs.live, count, len(idle), len(t.lanes.idle))
	}
}

// verifyDerived makes a set again that is not written out.
func (t *table) verifyDerived(tb testing.TB, id attrID, r *attr) {
	tb.Helper()
	a := slices.Clone(t.attrs.attrs(id))
	switch {
	case r.neighborAS != 0:
		tb.Fatalf("attributes %d are fresh outside of a flush", id)
	case t.attrs.recs.at(r.offset).bits&derived != 0:
		tb.Fatalf("attributes %d are derived from derived ones", id)
	case t.attrs.known(a, 0, r.hash) != id || t.attrs.hash(a) != r.hash || len(a) != int(r.size):
		tb.Fatalf("attributes %d are not found by what they say: %x", id, a)
	}
}
