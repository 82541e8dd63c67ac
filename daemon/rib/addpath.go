package rib

import "slices"

// Selection says which paths of a prefix are sent to neighbors with ADD-PATH (RFC 7911). A number up to MostBest is how many
// of the best ones; 0 and 1 are the best path alone.
type Selection uint8

// The selections that are no number.
const (
	MostBest  Selection = 6
	PathPerAS Selection = 254 // the best path of each neighbor AS
	AllPaths  Selection = 255 // every usable path
)

// updateWide brings the entries of some destinations up to date for a group with ADD-PATH. A path counts as much work as a
// destination; the last destination may make it more than n.
func (t *table) updateWide(g *group, n int) (done int) {
	e := &t.egress
	for done < n && g.cursor.count > 0 {
		e.ids = g.cursor.take(e.ids[:0], min(n-done, 64))
		for _, id := range e.ids {
			done += t.updatePaths(g, id)
		}
	}
	return done
}

// updatePaths brings the group's entries of one destination up to date, and reports the work. Entries that go are first, so
// that they make room for others.
func (t *table) updatePaths(g *group, id destID) (done int) {
	wanted := t.outgoingPaths(g, id)
	done = 1 + len(wanted)
	for n := t.lanes.of(id); n != 0; n = t.lanes.recs.at(n).next {
		old := g.column.get(n)
		if old.attr == 0 {
			continue
		}
		next := entry{}
		if i := slices.IndexFunc(wanted, func(w entry) bool { return w.src == old.src }); i >= 0 {
			next, wanted[i] = wanted[i], entry{}
		}
		if !t.write(g, n, old, next) {
			t.letGo(n)
			done++
		}
	}
	for _, w := range wanted {
		if w.attr == 0 {
			continue
		}
		n := t.lanes.open(id, w.src)
		if r := t.lanes.recs.at(n); t.write(g, n, entry{}, w) {
			r.held++
		} else if r.held == 0 {
			t.lanes.close(n)
		}
	}
	return done
}

// outgoingPaths gives what the group is to be told of a destination, the best path first where it is among them, with
// references on the attributes for the caller. It is good until the next call.
func (t *table) outgoingPaths(g *group, id destID) []entry {
	list := t.egress.wanted[:0]
	if g.key.Default && t.prefix(id).Len == 0 {
		attr, reason := t.defaultRoute(g)
		if reason == 0 {
			list = append(list, entry{attr: attr, src: t.adjs[Local].source})
		}
		if reason == 0 || g.defaultIf == nil {
			t.egress.wanted = list
			return list
		}
	}
	for _, p := range t.selected(t.slot(id), g.key.Paths) {
		if next := t.outgoingPath(g, id, p); next.attr != 0 {
			list = append(list, next)
		}
	}
	t.egress.wanted = list
	return list
}

// selected gives those usable paths of a destination that a selection takes, the best one first. It is good until the next
// call of usable.
func (t *table) selected(d *slot, s Selection) []*path {
	usable := t.usable(d)
	switch s {
	case AllPaths:
		return usable
	case PathPerAS:
		return t.perAS(usable)
	}
	n := min(len(usable), max(int(s), 1))
	for i := range n {
		best := slices.Index(usable, t.among(d, usable[i:]))
		usable[i], usable[best] = usable[best], usable[i]
	}
	return usable[:n]
}

// perAS leaves the best path of each neighbor AS. Among those of one AS better is an order, so one pass will do; the best of
// all is the best of its own.
func (t *table) perAS(usable []*path) []*path {
	n := 0
	for _, p := range usable {
		as := t.attrs.recs.at(p.post).neighborAS
		i := slices.IndexFunc(usable[:n], func(q *path) bool { return t.attrs.recs.at(q.post).neighborAS == as })
		switch {
		case i < 0:
			usable[n] = p
			n++
		case t.beats(p, usable[i]):
			usable[i] = p
		}
	}
	return usable[:n]
}
