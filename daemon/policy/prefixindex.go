package policy

import (
	"cmp"
	"math/bits"
	"slices"
	"sync/atomic"

	"bgpsh/wire"
)

// prefixIndex answers which entry of a list decides about a prefix: the first, by number, of those that match. The entries
// are put in the order of their prefixes, and each knows the next shorter one that it lies in. So a question is one search
// for the longest prefix that covers the one asked for, and a walk up from there over the few that cover it too. The search is
// among those alone that share the first bits with what is asked for. A list whose entries all match one prefix alone is a table of these.
type prefixIndex struct {
	list   *PrefixList
	order  []uint32   // of the list's entries that ever decide, by prefix; those with one prefix by number
	parent []int32    // for each place in order: the place of the closest shorter prefix around it, or of an entry with the same; -1: none
	starts []uint64   // for the search, of each place in order: Hi, which for IPv4 leaves room for the length behind it
	spans  []uint32   // by the first bits, of starts less the first: the place at which they begin; one more than there are
	shift  uint8      // that leaves these bits
	exact  exactIndex // instead of parent, starts and spans, where each entry matches one prefix alone
	cover  prefixCover
	hits   []atomic.Uint32
}

func newPrefixIndex(l *PrefixList) *prefixIndex {
	n := len(l.Entries)
	t := &prefixIndex{list: l, order: make([]uint32, n), starts: make([]uint64, n), hits: make([]atomic.Uint32, n)}
	if l.Six || n > maxKeyed {
		t.sort()
	} else {
		t.sortKeys()
	}
	t.prune()
	if t.exactly() {
		t.starts = nil
		t.exact.fill(t)
	} else {
		t.nest()
		t.divide()
	}
	t.cover.fill(t)
	return t
}

// nest fills starts and parent.
func (t *prefixIndex) nest() {
	n := len(t.order)
	t.parent, t.starts = make([]int32, n), t.starts[:n:n]
	for i := range t.order {
		e := t.at(i)
		t.starts[i] = t.key(e.Prefix())
		p := i - 1
		for p >= 0 && !t.at(p).Prefix().Contains(e.Prefix()) {
			p = int(t.parent[p])
		}
		t.parent[i] = int32(p)
	}
}

// prune takes entries out of the order that never decide: for each length that they match, one with the same prefix comes before
// them. So no more are left of a prefix than there are lengths, and no question has to look at many, whatever a neighbor asks to be filtered by.
func (t *prefixIndex) prune() {
	full, kept := t.list.Bits(), t.order[:0]
	var decided [129]bool // lengths, by those with the last prefix, where these are several
	first := true         // it is one
	decides := func(e *PrefixEntry) (some bool) {
		low, high := e.lengths(full)
		for length := int(low); length <= int(high) && length < len(decided); length++ {
			some = some || !decided[length]
			decided[length] = true
		}
		return some
	}
	for i, n := range t.order {
		e := &t.list.Entries[n]
		if i == 0 || t.list.Entries[kept[len(kept)-1]].Prefix() != e.Prefix() {
			first = true
			kept = append(kept, n)
			continue
		}
		if first {
			clear(decided[:])
			decides(&t.list.Entries[kept[len(kept)-1]])
			first = false
		}
		if decides(e) {
			kept = append(kept, n)
		}
	}
	t.order = kept
}

// key is what a prefix sorts by, for IPv6 at first.
func (t *prefixIndex) key(p wire.Prefix) uint64 {
	if t.list.Six {
		return p.Hi
	}
	return p.Hi | uint64(p.Len)
}

// divide fills spans, of which there are no more than entries.
func (t *prefixIndex) divide() {
	n := len(t.starts)
	if n == 0 {
		return
	}
	width := t.starts[n-1] - t.starts[0]
	t.shift = uint8(max(bits.Len64(width)-bits.Len(uint(n))+1, 0))
	t.spans = make([]uint32, width>>t.shift+2)
	next := 0
	for i, start := range t.starts {
		for ; next <= int((start-t.starts[0])>>t.shift); next++ {
			t.spans[next] = uint32(i)
		}
	}
	t.spans[next] = uint32(n)
}

// span gives the places between which the first is whose key is behind one.
func (t *prefixIndex) span(key uint64) (low, high int) {
	n := len(t.starts)
	switch {
	case n == 0 || key < t.starts[0]:
		return 0, 0
	case key >= t.starts[n-1]:
		return n, n
	}
	at := (key - t.starts[0]) >> t.shift
	return int(t.spans[at]), int(t.spans[at+1])
}

// sort fills order.
func (t *prefixIndex) sort() {
	for i := range t.order {
		t.order[i] = uint32(i)
	}
	compare := func(a, b uint32) int {
		x, y := &t.list.Entries[a], &t.list.Entries[b]
		if x.Hi != y.Hi {
			return cmp.Compare(x.Hi, y.Hi)
		}
		return cmp.Or(cmp.Compare(x.Lo, y.Lo), cmp.Compare(x.Len, y.Len), cmp.Compare(a, b))
	}
	if !slices.IsSortedFunc(t.order, compare) {
		slices.SortFunc(t.order, compare)
	}
}

// The parts of a key: an IPv4 address, the length, the entry's number in the list.
const (
	keyedBits = 26
	maxKeyed  = 1 << keyedBits
)

// sortKeys is sort of an IPv4 list, whose entries' order fits in a number each. The room for starts serves.
func (t *prefixIndex) sortKeys() {
	keys := t.starts
	for i := range keys {
		e := &t.list.Entries[i]
		keys[i] = e.Hi | uint64(e.Len)<<keyedBits | uint64(i)
	}
	if !slices.IsSorted(keys) {
		slices.Sort(keys)
	}
	for i, k := range keys {
		t.order[i] = uint32(k % maxKeyed)
	}
}

// at is the entry at a place of the order.
func (t *prefixIndex) at(i int) *PrefixEntry { return &t.list.Entries[t.order[i]] }

// last finds the last place whose prefix sorts not behind p; -1 where all do.
func (t *prefixIndex) last(p wire.Prefix) int {
	key := t.key(p)
	low, high := t.span(key)
	for low < high {
		if mid := int(uint(low+high) >> 1); t.starts[mid] <= key {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low--; low < 0 || !t.list.Six || t.starts[low] != p.Hi || !t.behind(low, p) {
		return low
	}
	for low, high = 0, low; low < high; { // among those with p's first half
		if mid := int(uint(low+high) >> 1); t.starts[mid] < p.Hi || !t.behind(mid, p) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low - 1
}

// behind reports whether the prefix at a place, which has p's first half, sorts behind p.
func (t *prefixIndex) behind(i int, p wire.Prefix) bool {
	e := t.at(i)
	return e.Lo > p.Lo || e.Lo == p.Lo && e.Len > p.Len
}

// contains reports whether the prefix at a place covers p.
func (t *prefixIndex) contains(i int, p wire.Prefix) bool {
	if t.list.Six {
		return t.at(i).Prefix().Contains(p)
	}
	length := uint8(t.starts[i])
	return length <= p.Len && (t.starts[i]^p.Hi)>>(64-length) == 0
}

// first gives the number in the list of the entry that decides about p, -1 where none matches.
func (t *prefixIndex) first(p wire.Prefix) int {
	if !t.cover.may(p) {
		return -1
	}
	if t.exact.slots != nil {
		return t.exact.find(t.list, p)
	}
	best, full := -1, t.list.Bits()
	i := t.last(p)
	for i >= 0 && !t.contains(i, p) {
		i = int(t.parent[i])
	}
	for ; i >= 0; i = int(t.parent[i]) {
		low, high := t.at(i).lengths(full)
		if n := int(t.order[i]); p.Len >= low && p.Len <= high && (best < 0 || n < best) {
			best = n
		}
	}
	return best
}

func (t *prefixIndex) permits(p wire.Prefix) bool {
	if len(t.order) == 0 {
		return true
	}
	n := t.first(p)
	if n < 0 {
		return false
	}
	t.hits[n].Add(1)
	return t.list.Entries[n].Permits()
}

// holds is permits, not counted.
func (t *prefixIndex) holds(p wire.Prefix) bool {
	if len(t.order) == 0 {
		return true
	}
	n := t.first(p)
	return n >= 0 && t.list.Entries[n].Permits()
}
