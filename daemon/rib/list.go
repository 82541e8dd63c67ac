package rib

import (
	"math/bits"
	"slices"

	"bgpsh/wire"
)

const (
	groupMin = 256  // keys that a listing collects at first, so that its first page comes soon
	groupMax = 4096 // and at most, so that sorting them holds nobody up
)

// A Listing is a walk over a table in prefix order. It holds bounds and a few thousand keys, never a copy of the table; it
// may be dropped at any time.
//
// The table has no order. A listing looks at all destinations and keeps the lowest few keys behind the last one that it
// gave; when it has seen all, it sorts those few, gives them, and begins anew with a larger group. Looking is done in
// pieces, and what changes meanwhile is seen or not.
type Listing struct {
	r *RIB
	t *table
	q Query

	within  wire.Prefix
	limited bool // within counts
	after   Key

	sieve sieve
	keys  []wire.Prefix // collected; sorted when given is not negative
	bound Key           // of the keys kept: no higher one is wanted
	at    destID        // next destination to look at
	size  int           // keys wanted
	given int           // of keys; -1: still collecting
	full  bool          // keys were thrown away: more will come
	done  bool
}

// List begins an ordered listing.
func (r *RIB) List(q Query) *Listing {
	l := &Listing{r: r, t: r.table(q.Family), q: q, after: q.After, size: groupMin, given: -1}
	l.sieve = sieve{t: l.t, f: &l.q.Filter}
	l.done = l.t == nil || q.View != ViewTable && (int(q.Peer) >= len(r.peers))
	if q.Within.IsValid() && l.t != nil {
		l.within, l.limited = wire.PrefixFrom(q.Within), true
		l.done = l.done || q.Within.Addr().Is6() != l.t.six
	}
	return l
}

// Next gives up to limit routes behind those given before. It does about units destinations of work, so a page may be
// short or empty although more will come; done says that nothing will.
func (l *Listing) Next(limit, units int) (page []RouteView, done bool) {
	l.sieve.fresh()
	for !l.done && len(page) < limit && units > 0 {
		if l.given < 0 {
			units -= l.collect(units * 16)
			continue
		}
		if l.given == len(l.keys) {
			l.restart()
			continue
		}
		key := l.keys[l.given]
		l.given++
		l.after = Key{Prefix: key, Set: true}
		units--
		if id := l.t.find(key); id != 0 {
			if v, ok := l.show(id); ok {
				page = append(page, v)
			}
		}
	}
	return page, l.done
}

// restart begins the next group.
func (l *Listing) restart() {
	l.done = !l.full
	l.keys, l.bound, l.at, l.given, l.full = l.keys[:0], Key{}, 0, -1, false
	l.size = min(l.size*4, groupMax)
}

// collect looks at up to n destinations, fewer where each costs a filter's look at attributes, and reports the work, in
// units of Next.
func (l *Listing) collect(n int) int {
	t, begin, asked := l.t, l.at, l.sieve.asked
	end := uint32(min(uint64(l.at)+uint64(n|63+1), uint64(t.limit())))
	for ; l.at < end && (l.sieve.asked-asked)*16 <= n; l.at += 64 {
		used := t.used(l.at >> chunkBits)[l.at&chunkMask>>6]
		if l.at == 0 {
			used &^= 1
		}
		l.collectWord(used)
	}
	if l.at >= t.limit() {
		if len(l.keys) > l.size {
			l.trim()
		}
		slices.SortFunc(l.keys, wire.Prefix.Compare)
		l.given = 0
	}
	return int(l.at-begin)/16 + l.sieve.asked - asked + 1
}

// collectWord looks at 64 destinations, of which those with a bit in used are there.
func (l *Listing) collectWord(used uint64) {
	low, high := uint64(0), ^uint64(0) // of the first word of keys: what most are sorted out by
	if l.after.Set {
		low = l.t.rank(l.after.Prefix)
	}
	for ; used != 0; used &= used - 1 {
		if l.bound.Set {
			high = l.t.rank(l.bound.Prefix)
		}
		id := l.at + uint32(bits.TrailingZeros64(used))
		if r := l.t.rankOf(id); r < low || r > high {
			continue
		}
		key := l.t.prefix(id)
		if l.after.Set && key.Compare(l.after.Prefix) <= 0 || l.bound.Set && key.Compare(l.bound.Prefix) > 0 {
			continue
		}
		if !l.inside(key) || !l.matches(id) {
			continue
		}
		l.keys = append(l.keys, key)
		if len(l.keys) >= 2*l.size {
			l.trim()
		}
	}
}

// trim throws away all but the lowest keys.
func (l *Listing) trim() {
	lowest(l.keys, l.size)
	l.keys, l.full = l.keys[:l.size], true
	l.bound = Key{Prefix: slices.MaxFunc(l.keys, wire.Prefix.Compare), Set: true}
}

// lowest moves the n lowest keys to the front, in any order (quickselect).
func lowest(keys []wire.Prefix, n int) {
	for len(keys) > 1 && n > 0 && n < len(keys) {
		pivot := middle(keys[0], keys[len(keys)/2], keys[len(keys)-1])
		i, j := 0, len(keys)-1
		for i <= j {
			for keys[i].Compare(pivot) < 0 {
				i++
			}
			for keys[j].Compare(pivot) > 0 {
				j--
			}
			if i <= j {
				keys[i], keys[j] = keys[j], keys[i]
				i++
				j--
			}
		}
		switch {
		case n <= j+1:
			keys = keys[:j+1]
		case n > i:
			keys, n = keys[i:], n-i
		default:
			return
		}
	}
}

func middle(a, b, c wire.Prefix) wire.Prefix {
	s := []wire.Prefix{a, b, c}
	slices.SortFunc(s, wire.Prefix.Compare)
	return s[1]
}

// inside reports whether a prefix is within the listing's bounds.
func (l *Listing) inside(key wire.Prefix) bool { return !l.limited || l.within.Contains(key) }

// matches reports whether the listing shows a destination.
func (l *Listing) matches(id destID) bool {
	t := l.t
	if l.q.View == ViewTable {
		return l.sieve.any(id)
	}
	d, a := t.slot(id), t.adjs[l.q.Peer]
	switch l.q.View {
	case ViewAdvertised:
		return a.member != nil && t.hears(a.member, id)
	case ViewWithheld:
		return a.member != nil && d.flags&flagBest != 0 && !t.hears(a.member, id)
	}
	if n := int(id >> chunkBits); n >= len(a.inChunk) || a.inChunk[n] == 0 {
		return false
	}
	for p := range t.paths.iterate(d) {
		if l.wants(p) {
			return true
		}
	}
	return false
}

// wants reports whether the listing shows a path.
func (l *Listing) wants(p *path) bool {
	s := l.t.sources.recs.at(p.src)
	if l.q.View == ViewTable {
		return l.t.adjs[s.peer].era == s.era
	}
	if s.peer != l.q.Peer || s.era != l.t.adjs[s.peer].era {
		return false
	}
	switch l.q.View {
	case ViewRoutes:
		return p.usable()
	case ViewFiltered:
		return !p.usable()
	}
	return true
}

// show gives a destination as the listing's view wants it.
func (l *Listing) show(id destID) (RouteView, bool) {
	t := l.t
	if !l.matches(id) {
		return RouteView{}, false
	}
	v, ok := l.r.route(t, id, l.q.Detail)
	switch l.q.View {
	case ViewTable:
		return v, ok && l.sift(id, &v)
	case ViewAdvertised:
		return l.showSent(id, v), true
	case ViewWithheld:
		v.Withheld = t.withheld(t.adjs[l.q.Peer], id)
		v.Paths = v.Paths[:min(len(v.Paths), 1)] // the best one
		return v, ok
	}
	all := v.Paths
	v.Paths = nil
	for p := range t.alive(id) {
		if l.wants(p) {
			v.Paths = append(v.Paths, all[0])
		}
		all = all[1:]
	}
	for i := range v.Paths {
		v.Paths[i].Versus = -1 // it may not be among them
	}
	return v, len(v.Paths) > 0
}

// sift takes the paths out of a route that the filter does not take, and reports whether any is left.
func (l *Listing) sift(id destID, v *RouteView) bool {
	if l.q.Filter.all() {
		return true
	}
	all, kept := v.Paths, v.Paths[:0]
	for p := range l.t.alive(id) {
		if l.sieve.passes(id, p) {
			kept = append(kept, all[0])
		}
		all = all[1:]
	}
	for i := range kept {
		if len(kept) < len(v.Paths) {
			kept[i].Versus = -1 // it may be gone
		}
	}
	v.Paths = kept
	return len(kept) > 0
}

// Place gives where the listing is: a Query with it as After goes on there.
func (l *Listing) Place() Key { return l.after }
