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
func (e PrefixEntry) Same(o PrefixEntry) bool {
	e.Seq, o.Seq = 0, 0
	return e == o
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

// prefixTable answers which entry of a list decides about a prefix: the first, by number, of those that match. The entries
// are put in the order of their prefixes, and each knows the next shorter one that it lies in. So a question is one binary
// search for the longest prefix that covers the one asked for, and a walk up from there over the few that cover it too.
type prefixTable struct {
	list   *PrefixList
	order  []uint32 // of the list's entries, by prefix; those with one prefix by number
	parent []int32  // for each place in order: the place of the closest shorter prefix around it, or of an entry with the same; -1: none
	starts []uint64 // Hi of each place in order, for the search
	hits   []atomic.Uint32
}

func newPrefixTable(l *PrefixList) *prefixTable {
	n := len(l.Entries)
	t := &prefixTable{list: l, order: make([]uint32, n), parent: make([]int32, n), starts: make([]uint64, n), hits: make([]atomic.Uint32, n)}
	for i := range t.order {
		t.order[i] = uint32(i)
	}
	compare := func(a, b uint32) int {
		x, y := &l.Entries[a], &l.Entries[b]
		if x.Hi != y.Hi {
			return cmp.Compare(x.Hi, y.Hi)
		}
		return cmp.Or(cmp.Compare(x.Lo, y.Lo), cmp.Compare(x.Len, y.Len), cmp.Compare(a, b))
	}
	if !slices.IsSortedFunc(t.order, compare) {
		slices.SortFunc(t.order, compare)
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

// at is the entry at a place of the order.
func (t *prefixTable) at(i int) *PrefixEntry { return &t.list.Entries[t.order[i]] }

// last finds the last place whose prefix sorts not behind p; -1 where all do.
func (t *prefixTable) last(p wire.Prefix) int {
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
func (t *prefixTable) behind(i int, p wire.Prefix) bool {
	e := t.at(i)
	return e.Lo > p.Lo || e.Lo == p.Lo && e.Len > p.Len
}

// first gives the number in the list of the entry that decides about p, -1 where none matches.
func (t *prefixTable) first(p wire.Prefix) int {
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

// permits gives the list's verdict and counts it at the entry. A list without entries, which a description alone makes,
// permits, as in FRR.
func (t *prefixTable) permits(p wire.Prefix) bool {
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
