package policy

import (
	"net/netip"
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

// holds is permits, not counted.
func (t *prefixTable) holds(p wire.Prefix) bool { return t.ready().holds(p) }
