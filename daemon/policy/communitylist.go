package policy

import (
	"cmp"
	"regexp"
	"slices"

	"bgpsh/wire"
)

// ListKind tells the three kinds of lists of communities apart.
type ListKind uint8

// The kinds.
const (
	Communities ListKind = iota
	LargeCommunities
	ExtCommunities
	listKinds
)

// CommunityEntry is one line of a list of communities: a set of them, or a regular expression.
type CommunityEntry struct {
	Seq    uint32
	Permit bool
	Regex  string                // of an expanded list; as typed
	Plain  []uint32              // ascending, of Communities
	Large  []wire.LargeCommunity // ascending, of LargeCommunities
	Ext    []uint64              // of ExtCommunities
}

// CommunityList is a community-list, large-community-list or extcommunity-list. One that was handed out is never changed.
type CommunityList struct {
	Name     string
	Kind     ListKind
	Expanded bool
	Entries  []CommunityEntry // ascending by Seq
}

// internet is the community that stands for every route in a standard list.
const internet = 0

// Value is the right side of a line: the communities as the language writes them, or the expression.
func (l *CommunityList) Value(e *CommunityEntry) string {
	if l.Expanded {
		return e.Regex
	}
	var b []byte
	for i, c := range e.Plain {
		b = AppendCommunity(spaced(b, i), c)
	}
	for i, c := range e.Large {
		b = append(spaced(b, i), c.String()...)
	}
	for i, c := range e.Ext {
		b = AppendExtCommunity(spaced(b, i), c, false)
	}
	return string(b)
}

func spaced(b []byte, i int) []byte {
	if i > 0 {
		return append(b, ' ')
	}
	return b
}

// any reports that the line is about every route.
func (e *CommunityEntry) any() bool { return slices.Contains(e.Plain, internet) }

// CompareLarge orders large communities.
func CompareLarge(a, b wire.LargeCommunity) int {
	return cmp.Or(cmp.Compare(a.Global, b.Global), cmp.Compare(a.Local1, b.Local1), cmp.Compare(a.Local2, b.Local2))
}

// communitySet is what a route carries of one kind, made ready once for all lists that look at it: ascending and unique, as
// text when an expression asks for it.
type communitySet struct {
	attrs  wire.Attrs // the route's
	sorted [listKinds]bool
	plain  []uint32
	large  []wire.LargeCommunity
	ext    []uint64
	texts  [listKinds][]byte
	spelt  [listKinds]bool
}

func (s *communitySet) reset(a wire.Attrs) {
	s.attrs, s.sorted, s.spelt = a, [listKinds]bool{}, [listKinds]bool{}
}

// gather fills in one kind.
func (s *communitySet) gather(k ListKind) {
	if s.sorted[k] {
		return
	}
	s.sorted[k] = true
	switch k {
	case Communities:
		s.plain = s.plain[:0]
		for c, i := s.attrs.Communities(), 0; i < c.Len(); i++ {
			s.plain = append(s.plain, c.At(i))
		}
		if !ascending(s.plain) {
			slices.Sort(s.plain)
			s.plain = slices.Compact(s.plain)
		}
	case LargeCommunities:
		s.large = s.large[:0]
		for c, i := s.attrs.LargeCommunities(), 0; i < c.Len(); i++ {
			s.large = append(s.large, c.At(i))
		}
		slices.SortFunc(s.large, CompareLarge)
		s.large = slices.Compact(s.large)
	case ExtCommunities:
		s.ext = s.ext[:0]
		for c, i := s.attrs.ExtCommunities(), 0; i < c.Len(); i++ {
			s.ext = append(s.ext, c.At(i))
		}
		if !ascending(s.ext) {
			slices.Sort(s.ext)
			s.ext = slices.Compact(s.ext)
		}
	}
}

func ascending[T cmp.Ordered](list []T) bool {
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			return false
		}
	}
	return true
}

// count is how many of a kind the route carries.
func (s *communitySet) count(k ListKind) int {
	s.gather(k)
	return [listKinds]int{len(s.plain), len(s.large), len(s.ext)}[k]
}

// text is what expressions look at: the communities, ascending, with blanks between.
func (s *communitySet) text(k ListKind) []byte {
	if s.spelt[k] {
		return s.texts[k]
	}
	s.gather(k)
	b := s.texts[k][:0]
	switch k {
	case Communities:
		for i, c := range s.plain {
			b = AppendCommunity(spaced(b, i), c)
		}
	case LargeCommunities:
		for i, c := range s.large {
			b = append(spaced(b, i), c.String()...)
		}
	case ExtCommunities:
		for i, c := range s.ext {
			b = AppendExtCommunity(spaced(b, i), c, true)
		}
	}
	s.texts[k], s.spelt[k] = b, true
	return b
}

// communityTable is a compiled CommunityList. Of a long standard list the lines with one community each, which are most,
// stand in a map, so that the cost follows the route's communities.
type communityTable struct {
	list   *CommunityList
	res    []*regexp.Regexp // of an expanded list; nil where the expression is wrong
	single map[uint32]int32 // community to the first line that is just it; nil: no map
	rest   []int32          // the lines that are not in single
}

// singleMin is the number of lines from which a map pays.
const singleMin = 8

func newCommunityTable(l *CommunityList) *communityTable {
	t := &communityTable{list: l}
	for i := range l.Entries {
		e := &l.Entries[i]
		if l.Expanded {
			re, err := CompileRegex(e.Regex)
			if err != nil {
				re = nil
			}
			t.res = append(t.res, re)
		}
		if l.Kind == Communities && !l.Expanded && len(l.Entries) >= singleMin && len(e.Plain) == 1 && !e.any() {
			if t.single == nil {
				t.single = map[uint32]int32{}
			}
			if _, known := t.single[e.Plain[0]]; !known {
				t.single[e.Plain[0]] = int32(i)
			}
			continue
		}
		t.rest = append(t.rest, int32(i))
	}
	return t
}

// MatchMode is how a route's communities are held against a standard list's line.
type MatchMode uint8

// The modes.
const (
	Included MatchMode = iota // the route carries all of the line's
	Exact                     // and no other
	AnyOf                     // the route carries one of the line's
)

// permits gives the verdict of the first line that matches; no line refuses.
func (t *communityTable) permits(s *communitySet, mode MatchMode) bool {
	best := int32(len(t.list.Entries))
	if t.single != nil {
		s.gather(Communities)
		if mode != Exact || len(s.plain) == 1 {
			for _, c := range s.plain {
				if i, ok := t.single[c]; ok {
					best = min(best, i)
				}
			}
		}
	}
	for _, i := range t.rest {
		if i >= best {
			break
		}
		if t.matches(int(i), s, mode) {
			best = i
			break
		}
	}
	return int(best) < len(t.list.Entries) && t.list.Entries[best].Permit
}

// matches reports whether one line is about the route.
func (t *communityTable) matches(i int, s *communitySet, mode MatchMode) bool {
	e := &t.list.Entries[i]
	if t.list.Expanded {
		return t.res[i] != nil && t.res[i].Match(s.text(t.list.Kind))
	}
	s.gather(t.list.Kind)
	switch t.list.Kind {
	case LargeCommunities:
		return holds(s.large, e.Large, mode, CompareLarge)
	case ExtCommunities:
		return holds(s.ext, e.Ext, mode, cmp.Compare)
	}
	return e.any() || holds(s.plain, e.Plain, mode, cmp.Compare)
}

// holds compares two ascending sets.
func holds[T any](route, line []T, mode MatchMode, compare func(a, b T) int) bool {
	if mode == Exact {
		return slices.EqualFunc(route, line, func(a, b T) bool { return compare(a, b) == 0 })
	}
	found := 0
	for _, c := range line {
		if _, ok := slices.BinarySearchFunc(route, c, compare); ok {
			found++
		}
	}
	if mode == AnyOf {
		return found > 0
	}
	return found == len(line)
}

// deletes decides for a single community, given alone in s, whether `set comm-list L delete` takes it away: the first line
// that has it, or whose expression matches it, decides.
func (t *communityTable) deletes(s *communitySet) bool {
	for i := range t.list.Entries {
		if t.matches(i, s, AnyOf) {
			return t.list.Entries[i].Permit
		}
	}
	return false
}
