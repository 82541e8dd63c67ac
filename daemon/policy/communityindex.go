package policy

import (
	"cmp"
	"hash/maphash"
	"math/bits"
	"slices"
	"sync/atomic"

	"bgpsh/wire"
)

// A communityIndex tells, from the communities of a route, which entries of a map may match it. A map is mostly a row of entries that
// each ask for a list of communities, and most routes carry none of them: held against each list by itself, a route's communities would be
// looked up once an entry. Here each is looked up once a map.
//
// It says which entries cannot match, because the route carries no community that any line of the entry's list names. Those that are left are
// judged like any other, but for conditions that one community decides by itself (all lines permit, and one names this community alone):
// these hold. So what the index cannot express (expressions, lines with deny, lines of several communities, exact-match) costs what it
// did, and only where it is near.
type communityIndex struct {
	words int // of a set of entries, as bits
	kinds [listKinds]kindIndex
}

// kindIndex is the index of one kind of communities. Of a large list or many the memory is 12 to 40 bytes a line.
type kindIndex struct {
	asked  bool            // some entry's condition is in it
	open   []uint64        // the entries that may match without any of its communities
	slots  []communitySlot // hashed, no more than half full; a power of two
	shift  uint8           // of a hash, to the first slot to look at
	groups []communityGroup
	refs   []uint32 // entries, twice their place, and one more where the community decides the condition
}

// communitySlot names a group by its number and one, 0 for none.
type communitySlot struct{ hash, group uint32 }

// communityGroup is one community with the entries that ask for it: refs[from:to].
type communityGroup struct {
	key      communityKey
	from, to uint32
}

// communityKey is a community of any kind.
type communityKey struct {
	lo uint64
	hi uint32
}

func plainKey(c uint32) communityKey { return communityKey{lo: uint64(c)} }

func largeKey(c wire.LargeCommunity) communityKey {
	return communityKey{lo: uint64(c.Local1)<<32 | uint64(c.Local2), hi: c.Global}
}

func (k communityKey) hash() uint32 {
	hi, lo := bits.Mul64(k.lo^uint64(k.hi)*0xd6e8feb86659fd93, 0x9e3779b97f4a7c15)
	return uint32((hi ^ lo) >> 32)
}

// Lists with more lines stand in no index, nor do those of an entry behind which the lines of all entries together would be more: maps share
// a list, but an index only with maps that ask for the same lists, and in it a list stands once for each entry.
const (
	indexedLines = 1 << 12
	indexedMost  = 1 << 16
)

// gatherMost is how many steps the indexes may take in one evaluation, before the one that comes to more: a map whose entries change communities
// and let the route go on would ask anew at each entry, and what an entry costs without an index does not grow with the others.
const gatherMost = 1 << 14

// indexable reports a condition that an index can speak about.
func (c *compiledMatch) indexable() bool {
	if c.missing || c.communities == nil {
		return false
	}
	l := c.communities.list
	return !l.Expanded && len(l.Entries) <= indexedLines && !slices.ContainsFunc(l.Entries, func(e CommunityEntry) bool {
		return e.any() || len(e.Plain)+len(e.Large)+len(e.Ext) == 0
	})
}

// indexedPair is a community and an entry that asks for it, as in kindIndex.refs.
type indexedPair struct {
	key communityKey
	ref uint32
}

func newCommunityIndex(m *compiledMap) *communityIndex {
	x := &communityIndex{words: (len(m.entries) + 63) / 64}
	for k := range x.kinds {
		x.kinds[k].open = make([]uint64, x.words)
	}
	var pairs [listKinds][]indexedPair
	for i := range m.entries {
		var closed [listKinds]bool
		for j := range m.entries[i].matches {
			c := &m.entries[i].matches[j]
			if !c.indexed {
				continue
			}
			k := c.communities.list.Kind
			closed[k], x.kinds[k].asked = true, true
			pairs[k] = c.communities.pairs(pairs[k], uint32(i), c.Mode)
		}
		for k := range x.kinds {
			if !closed[k] {
				x.kinds[k].open[i/64] |= 1 << (i % 64)
			}
		}
	}
	for k := range x.kinds {
		x.kinds[k].fill(pairs[k])
	}
	return x
}

// pairs adds the communities of a list that the entry of a map asks for.
func (t *communityTable) pairs(to []indexedPair, entry uint32, mode MatchMode) []indexedPair {
	permits := !slices.ContainsFunc(t.list.Entries, func(e CommunityEntry) bool { return !e.Permit })
	for i := range t.list.Entries {
		e := &t.list.Entries[i]
		ref := 2 * entry
		if n := len(e.Plain) + len(e.Large) + len(e.Ext); permits && (mode == AnyOf || mode == Included && n == 1) {
			ref++
		}
		for _, c := range e.Plain {
			to = append(to, indexedPair{plainKey(c), ref})
		}
		for _, c := range e.Large {
			to = append(to, indexedPair{largeKey(c), ref})
		}
		for _, c := range e.Ext {
			to = append(to, indexedPair{communityKey{lo: c}, ref})
		}
	}
	return to
}

// fill makes the table of a kind.
func (x *kindIndex) fill(pairs []indexedPair) {
	slices.SortFunc(pairs, func(a, b indexedPair) int {
		return cmp.Or(cmp.Compare(a.key.hi, b.key.hi), cmp.Compare(a.key.lo, b.key.lo), cmp.Compare(b.ref, a.ref))
	})
	// Of several lines of one list with a community the one that decides comes first.
	pairs = slices.CompactFunc(pairs, func(a, b indexedPair) bool { return a.key == b.key && a.ref/2 == b.ref/2 })
	x.refs = make([]uint32, len(pairs))
	for i, p := range pairs {
		if x.refs[i] = p.ref; i == 0 || p.key != pairs[i-1].key {
			x.groups = append(x.groups, communityGroup{key: p.key, from: uint32(i)})
		}
		x.groups[len(x.groups)-1].to = uint32(i + 1)
	}
	size := max(bits.Len(uint(2*len(x.groups))), 2)
	x.slots, x.shift = make([]communitySlot, 1<<size), uint8(32-size)
	for n := range x.groups {
		h := x.groups[n].key.hash()
		at := h >> x.shift
		for x.slots[at].group != 0 {
			at = (at + 1) & uint32(len(x.slots)-1)
		}
		x.slots[at] = communitySlot{h, uint32(n + 1)}
	}
}

// find gives the entries that ask for a community.
func (x *kindIndex) find(k communityKey) []uint32 {
	h := k.hash()
	for at := h >> x.shift; ; at = (at + 1) & uint32(len(x.slots)-1) {
		s := x.slots[at]
		if s.group == 0 {
			return nil
		}
		if s.hash == h && x.groups[s.group-1].key == k {
			return x.refs[x.groups[s.group-1].from:x.groups[s.group-1].to]
		}
	}
}

// candidates is what an index says of a route.
type candidates struct {
	index *communityIndex // nil: nothing yet
	may   []uint64        // the entries that may match
	named []uint64        // scratch: those of one kind that the route's communities name
	sure  [listKinds][]uint64
	steps int // taken in the present evaluation
}

// gather asks an index about a route.
func (f *candidates) gather(x *communityIndex, a wire.Attrs) {
	f.index = x
	f.steps += x.words
	f.may = append(f.may[:0], x.kinds[Communities].open...)
	for k := range x.kinds {
		own := &x.kinds[k]
		if !own.asked {
			continue
		}
		f.named, f.sure[k] = zeros(f.named, x.words), zeros(f.sure[k], x.words)
		switch ListKind(k) {
		case Communities:
			for c, i := a.Communities(), 0; i < c.Len(); i++ {
				f.add(k, own.find(plainKey(c.At(i))))
			}
		case LargeCommunities:
			for c, i := a.LargeCommunities(), 0; i < c.Len(); i++ {
				f.add(k, own.find(largeKey(c.At(i))))
			}
		case ExtCommunities:
			for c, i := a.ExtCommunities(), 0; i < c.Len(); i++ {
				f.add(k, own.find(communityKey{lo: c.At(i)}))
			}
		}
		for i := range f.may {
			if k == int(Communities) {
				f.may[i] |= f.named[i]
			} else {
				f.may[i] &= own.open[i] | f.named[i]
			}
		}
	}
}

func (f *candidates) add(kind int, refs []uint32) {
	f.steps += len(refs) + 1
	for _, r := range refs {
		word, bit := r>>7, uint64(1)<<(r>>1&63)
		f.named[word] |= bit
		if r&1 != 0 {
			f.sure[kind][word] |= bit
		}
	}
}

// zeros gives n zeros in the room of a slice.
func zeros(b []uint64, n int) []uint64 {
	b = slices.Grow(b[:0], n)[:n]
	clear(b)
	return b
}

// next is the first place from i on whose entry may match; behind the last one when there is none.
func (f *candidates) next(i int) int {
	word := i / 64
	if word >= len(f.may) {
		return i
	}
	rest := f.may[word] &^ (1<<(i%64) - 1)
	for rest == 0 {
		if word++; word == len(f.may) {
			return 64 * word
		}
		rest = f.may[word]
	}
	return 64*word + bits.TrailingZeros64(rest)
}

// decided reports that the condition of an entry on communities of a kind holds.
func (f *candidates) decided(k ListKind, entry int) bool {
	return f.index != nil && f.index.kinds[k].asked && f.sure[k][entry/64]>>(entry%64)&1 != 0
}

// A sharedIndex is the index of all maps whose entries ask for the same lists.
type sharedIndex struct {
	lists []askedList // by entry and kind
	hash  uint64
	made  atomic.Pointer[communityIndex]
}

type askedList struct {
	table *communityTable
	mode  MatchMode
}

// indexSeed is of the hashes of sharedIndex.
var indexSeed = maphash.MakeSeed()

// of gives the index for m, made when the first route comes. Of two that are made at the same time one is dropped.
func (s *sharedIndex) of(m *compiledMap) *communityIndex {
	if x := s.made.Load(); x != nil {
		return x
	}
	s.made.CompareAndSwap(nil, newCommunityIndex(m))
	return s.made.Load()
}

// shareIndexes gives each map that changed the index of one that asks for the same lists, or one of its own.
func (l *Library) shareIndexes(changed map[Ref]bool) {
	known := map[uint64]*sharedIndex{}
	for name, m := range l.maps {
		if m.shared != nil && !changed[Ref{RefRouteMap, name}] {
			known[m.shared.hash] = m.shared
		}
	}
	for name, m := range l.maps {
		if !changed[Ref{RefRouteMap, name}] {
			continue
		}
		s := m.asks()
		if s != nil && known[s.hash] != nil && slices.Equal(known[s.hash].lists, s.lists) {
			s = known[s.hash]
		}
		if m.shared = s; s != nil {
			known[s.hash] = s
		}
	}
}

// asks chooses the conditions that an index is to speak about, and gives what it depends on; nil where there is nothing to index.
func (m *compiledMap) asks() *sharedIndex {
	var lists []askedList
	lines := 0
	for i := range m.entries {
		for j := range m.entries[i].matches {
			c := &m.entries[i].matches[j]
			if !c.indexable() {
				continue
			}
			lines += len(c.communities.list.Entries)
			if c.indexed = lines <= indexedMost; c.indexed {
				if lists == nil {
					lists = make([]askedList, len(m.entries)*int(listKinds))
				}
				lists[i*int(listKinds)+int(c.communities.list.Kind)] = askedList{c.communities, c.Mode}
			}
		}
	}
	if lists == nil {
		return nil
	}
	var h maphash.Hash
	h.SetSeed(indexSeed)
	for _, l := range lists {
		maphash.WriteComparable(&h, l)
	}
	return &sharedIndex{lists: lists, hash: h.Sum64()}
}
