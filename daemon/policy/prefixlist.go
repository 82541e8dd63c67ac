package policy

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"sync/atomic"

	"bgpsh/wire"
)

// PrefixEntry is one line of a prefix list: 24 bytes and no pointer, because lists of customers' prefixes add up to millions
// of lines. Without GE and LE it matches exactly its prefix; see Rule for the meaning of both.
type PrefixEntry struct {
	Hi, Lo      uint64 // of the prefix, host bits zero
	Seq         uint32
	Len, GE, LE uint8
	Flags       EntryFlags
}

// EntryFlags are the bits of a PrefixEntry.
type EntryFlags uint8

// The bits.
const (
	Permit   EntryFlags = 1 << iota
	AnyEntry            // written `any`: every prefix of the family
)

// Prefix is the entry's prefix.
func (e *PrefixEntry) Prefix() wire.Prefix { return wire.Prefix{Hi: e.Hi, Lo: e.Lo, Len: e.Len} }

// Permits reports a permit line.
func (e *PrefixEntry) Permits() bool { return e.Flags&Permit != 0 }

// Same reports that two entries say the same, whatever their numbers.
func (e *PrefixEntry) Same(o *PrefixEntry) bool {
	return e.Hi == o.Hi && e.Lo == o.Lo && e.Len == o.Len && e.GE == o.GE && e.LE == o.LE && e.Flags == o.Flags
}

// lengths gives the shortest and the longest prefix that the entry matches; bits is the family's full length.
func (e *PrefixEntry) lengths(bits uint8) (low, high uint8) {
	switch {
	case e.GE == 0 && e.LE == 0:
		return e.Len, e.Len
	case e.GE == 0:
		return e.Len, e.LE
	case e.LE == 0:
		return e.GE, bits
	}
	return e.GE, e.LE
}

// PrefixList is a prefix list. One that was handed out is never changed.
type PrefixList struct {
	Name        string
	Six         bool // `ipv6 prefix-list`
	Description string
	Entries     []PrefixEntry // ascending by Seq, which are distinct
}

// Family is the family of the list's prefixes.
func (l *PrefixList) Family() wire.Family {
	if l.Six {
		return wire.IPv6Unicast
	}
	return wire.IPv4Unicast
}

// Bits is the length of a full prefix of the list's family.
func (l *PrefixList) Bits() uint8 {
	if l.Six {
		return 128
	}
	return 32
}

// AppendEntry adds an entry as it stands behind the list's name: "seq 5 permit 10.0.0.0/8 ge 9 le 24".
func (l *PrefixList) AppendEntry(dst []byte, e *PrefixEntry) []byte {
	dst = append(dst, "seq "...)
	dst = strconv.AppendUint(dst, uint64(e.Seq), 10)
	dst = append(dst, ' ')
	return l.AppendRule(dst, e)
}

// AppendRule is AppendEntry without the number.
func (l *PrefixList) AppendRule(dst []byte, e *PrefixEntry) []byte {
	dst = append(append(dst, action(e.Permits())...), ' ')
	if e.Flags&AnyEntry != 0 {
		return append(dst, "any"...)
	}
	dst = e.Prefix().Netip(l.Family()).AppendTo(dst)
	if e.GE != 0 {
		dst = strconv.AppendUint(append(dst, " ge "...), uint64(e.GE), 10)
	}
	if e.LE != 0 {
		dst = strconv.AppendUint(append(dst, " le "...), uint64(e.LE), 10)
	}
	return dst
}

// action is the word of a line or an entry of a map.
func action(permit bool) string {
	if permit {
		return "permit"
	}
	return "deny"
}

// AnyPrefix is the entry `any` of a family, which is every prefix of it.
func AnyPrefix(six bool) PrefixEntry {
	if six {
		return PrefixEntry{LE: 128, Flags: AnyEntry}
	}
	return PrefixEntry{LE: 32, Flags: AnyEntry}
}

// NewPrefixEntry makes an entry of a prefix, whose host bits are cleared.
func NewPrefixEntry(p netip.Prefix, ge, le uint8) PrefixEntry {
	w := wire.PrefixFrom(p)
	return PrefixEntry{Hi: w.Hi, Lo: w.Lo, Len: w.Len, GE: ge, LE: le}
}

// prefixTable is a compiled PrefixList. Its index is made when a policy that asks the list is compiled, so that the lists of neighbors that
// are not there cost nothing.
type prefixTable struct {
	list  *PrefixList
	index atomic.Pointer[prefixIndex]
}

func newPrefixTable(l *PrefixList) *prefixTable { return &prefixTable{list: l} }

// ready gives the index, made at the first time. Of two that are made at the same time one is dropped.
func (t *prefixTable) ready() *prefixIndex {
	if x := t.index.Load(); x != nil {
		return x
	}
	t.index.CompareAndSwap(nil, newPrefixIndex(t.list))
	return t.index.Load()
}

// hits is how often the entry at a place of the list decided.
func (t *prefixTable) hits(place int) uint32 {
	if x := t.index.Load(); x != nil && place < len(x.hits) {
		return x.hits[place].Load()
	}
	return 0
}

// resetHits makes the counts of all entries, or of the one at a place, zero.
func (t *prefixTable) resetHits(only func(place int) bool) {
	if x := t.index.Load(); x != nil {
		for i := range x.hits {
			if only(i) {
				x.hits[i].Store(0)
			}
		}
	}
}

// permits gives the list's verdict and counts it at the entry. A list without entries, which a description alone makes,
// permits, as in FRR.
func (t *prefixTable) permits(p wire.Prefix) bool { return t.ready().permits(p) }

// prefixIndex answers which entry of a list decides about a prefix: the first, by number, of those that match. The entries
// are put in the order of their prefixes, and each knows the next shorter one that it lies in. So a question is one binary
// search for the longest prefix that covers the one asked for, and a walk up from there over the few that cover it too.
type prefixIndex struct {
	list   *PrefixList
	order  []uint32 // of the list's entries, by prefix; those with one prefix by number
	parent []int32  // for each place in order: the place of the closest shorter prefix around it, or of an entry with the same; -1: none
	starts []uint64 // Hi of each place in order, for the search
	hits   []atomic.Uint32
}

func newPrefixIndex(l *PrefixList) *prefixIndex {
	n := len(l.Entries)
	t := &prefixIndex{list: l, order: make([]uint32, n), parent: make([]int32, n), starts: make([]uint64, n), hits: make([]atomic.Uint32, n)}
	if l.Six || n > maxKeyed {
		t.sort()
	} else {
		t.sortKeys()
	}
	for i := range t.order {
		e := t.at(i)
		t.starts[i] = e.Hi
		p := i - 1
		for p >= 0 && !t.at(p).Prefix().Contains(e.Prefix()) {
			p = int(t.parent[p])
		}
		t.parent[i] = int32(p)
	}
	return t
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
	low, high := 0, len(t.starts)
	for low < high {
		if mid := int(uint(low+high) >> 1); t.starts[mid] <= p.Hi {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low--; low < 0 || t.starts[low] != p.Hi || !t.behind(low, p) {
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

// first gives the number in the list of the entry that decides about p, -1 where none matches.
func (t *prefixIndex) first(p wire.Prefix) int {
	best, bits := -1, t.list.Bits()
	i := t.last(p)
	for i >= 0 && !t.at(i).Prefix().Contains(p) {
		i = int(t.parent[i])
	}
	for ; i >= 0; i = int(t.parent[i]) {
		low, high := t.at(i).lengths(bits)
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
