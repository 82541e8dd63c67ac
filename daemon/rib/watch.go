package rib

import (
	"net/netip"
	"slices"

	"bgpsh/wire"
)

// A watch is what an onlooker has not been told: the destinations whose best path is another one than when they were taken
// last, a bit for each as for a group. So changes that follow each other on one prefix become one, and an onlooker costs
// the same memory however fast the table changes.
type watch struct {
	cursor cursor
	was    map[destID]PeerID // whose path was the best one then, of up to watchMemory destinations
}

// watchMemory is of how many destinations that wait the source of the old best path is kept.
const watchMemory = 1 << 16

// mark notes that the best path of id is another one than in before. It reports whether nothing had waited.
func (w *watch) mark(t *table, id destID, before *slot) (first bool) {
	if w.cursor.has(id) {
		return false
	}
	if before.flags&flagBest != 0 && len(w.was) < watchMemory {
		w.was[id] = t.sources.recs.at(before.best.src).peer
	}
	w.cursor.add(id)
	return w.cursor.count == 1
}

// Watch begins or ends the noting of changes in the table of f. It is off at first, and then costs nothing.
func (r *RIB) Watch(f wire.Family, on bool) {
	t := r.table(f)
	switch {
	case t == nil || on == (t.watch != nil):
	case on:
		t.watch = &watch{was: map[destID]PeerID{}}
	default:
		t.watch = nil
		t.reapable++ // tombs that waited for it
	}
}

// Change is a destination whose best path is another one than when the change before of the same destination was given.
type Change struct {
	Prefix netip.Prefix
	Best   bool       // there is a best path
	Peer   PeerID     // whose
	Attrs  wire.Attrs // after import policy; the receiver's own
	// Was is whose path was the best one before. Known: there was one, and it is remembered.
	Was   PeerID
	Known bool
}

// Changes gives up to n changes of the table of f that have not been given yet, in no particular order, and how many there are in all. Nothing
// waits while Watch is off.
func (r *RIB) Changes(f wire.Family, n int) (all []Change, waiting int) {
	t := r.table(f)
	if t == nil || t.watch == nil {
		return nil, 0
	}
	w := t.watch
	for _, id := range w.cursor.take(nil, n) {
		c := Change{Prefix: t.prefix(id).Netip(f)}
		if c.Was, c.Known = w.was[id]; c.Known {
			delete(w.was, id)
		}
		d := t.slot(id)
		if d.flags&flagBest != 0 && !t.dead(&d.best) {
			c.Best, c.Peer = true, t.sources.recs.at(d.best.src).peer
			c.Attrs = slices.Clone(t.attrs.attrs(d.best.post))
		}
		if d.flags&flagTomb != 0 {
			t.reapable++
		}
		all = append(all, c)
	}
	return all, int(w.cursor.count)
}
