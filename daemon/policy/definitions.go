package policy

import (
	"maps"
	"slices"
)

// RefKind is the kind of thing that a name of the configuration refers to.
type RefKind uint8

// The kinds of named things.
const (
	RefRouteMap RefKind = iota
	RefPrefixList
	RefPrefixList6
	RefAccessList
	RefAccessList6
	RefPathList
	RefCommunityList
	RefLargeList
	RefExtList
)

// refWords are the kinds as the configuration names them.
var refWords = [...]string{"route-map", "ip prefix-list", "ipv6 prefix-list", "access-list", "ipv6 access-list",
	"bgp as-path access-list", "bgp community-list", "bgp large-community-list", "bgp extcommunity-list"}

// String is the kind as the configuration names it.
func (k RefKind) String() string { return refWords[k] }

// Ref names one list or map.
type Ref struct {
	Kind RefKind
	Name string
}

// String is "route-map TRANSIT-IN".
func (r Ref) String() string { return r.Kind.String() + " " + r.Name }

// Definitions are all lists and maps of a configuration by name. What the maps hold is never changed: an edit puts another
// value under the name. So a copy of Definitions costs the maps alone, however long the lists are.
type Definitions struct {
	PrefixLists    [2]map[string]*PrefixList // IPv4, IPv6
	AccessLists    [2]map[string]*AccessList
	PathLists      map[string]*PathList
	CommunityLists [listKinds]map[string]*CommunityList // by ListKind
	Maps           map[string]*RouteMap
	Aliases        map[string]string // of communities: name to community, both as typed
	Broken         map[Ref]bool      // a line of it could not be applied: it refuses all
}

// Clone copies d so that edits of the copy do not reach d.
func (d *Definitions) Clone() Definitions {
	out := *d
	for i := range d.PrefixLists {
		out.PrefixLists[i], out.AccessLists[i] = maps.Clone(d.PrefixLists[i]), maps.Clone(d.AccessLists[i])
	}
	for i := range d.CommunityLists {
		out.CommunityLists[i] = maps.Clone(d.CommunityLists[i])
	}
	out.PathLists, out.Maps = maps.Clone(d.PathLists), maps.Clone(d.Maps)
	out.Aliases, out.Broken = maps.Clone(d.Aliases), maps.Clone(d.Broken)
	return out
}

// Has reports whether a list or map is defined.
func (d *Definitions) Has(r Ref) bool {
	switch r.Kind {
	case RefRouteMap:
		return d.Maps[r.Name] != nil
	case RefPrefixList, RefPrefixList6:
		return d.PrefixLists[r.Kind-RefPrefixList][r.Name] != nil
	case RefAccessList, RefAccessList6:
		return d.AccessLists[r.Kind-RefAccessList][r.Name] != nil
	case RefPathList:
		return d.PathLists[r.Name] != nil
	}
	return d.CommunityLists[r.Kind-RefCommunityList][r.Name] != nil
}

// PrefixList is the prefix list of a name; nil where r is none or it is not defined.
func (d *Definitions) PrefixList(r Ref) *PrefixList {
	if r.Kind != RefPrefixList && r.Kind != RefPrefixList6 {
		return nil
	}
	return d.PrefixLists[r.Kind-RefPrefixList][r.Name]
}

// Refs lists all defined lists and maps, by kind and name.
func (d *Definitions) Refs() []Ref {
	var out []Ref
	add := func(k RefKind, names []string) {
		for _, n := range names {
			out = append(out, Ref{k, n})
		}
	}
	add(RefRouteMap, sortedNames(d.Maps))
	for i := range d.PrefixLists {
		add(RefPrefixList+RefKind(i), sortedNames(d.PrefixLists[i]))
	}
	for i := range d.AccessLists {
		add(RefAccessList+RefKind(i), sortedNames(d.AccessLists[i]))
	}
	add(RefPathList, sortedNames(d.PathLists))
	for i := range d.CommunityLists {
		add(RefCommunityList+RefKind(i), sortedNames(d.CommunityLists[i]))
	}
	return out
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Same reports that a list or map is the same in both: the same value, or one that reads the same.
func (d *Definitions) Same(o *Definitions, r Ref) bool {
	if d.Broken[r] != o.Broken[r] {
		return false
	}
	switch r.Kind {
	case RefRouteMap:
		return same(d.Maps, o.Maps, r.Name, (*RouteMap).Equal)
	case RefPrefixList, RefPrefixList6:
		i := r.Kind - RefPrefixList
		return same(d.PrefixLists[i], o.PrefixLists[i], r.Name, (*PrefixList).Equal)
	case RefAccessList, RefAccessList6:
		i := r.Kind - RefAccessList
		return same(d.AccessLists[i], o.AccessLists[i], r.Name, (*AccessList).Equal)
	case RefPathList:
		return same(d.PathLists, o.PathLists, r.Name, (*PathList).Equal)
	}
	i := r.Kind - RefCommunityList
	return same(d.CommunityLists[i], o.CommunityLists[i], r.Name, (*CommunityList).Equal)
}

func same[T any](a, b map[string]*T, name string, equal func(a, b *T) bool) bool {
	x, y := a[name], b[name]
	return x == y || x != nil && y != nil && equal(x, y)
}

// Equal reports that two lists read the same.
func (l *PrefixList) Equal(o *PrefixList) bool {
	return l.Description == o.Description && l.Six == o.Six && slices.Equal(l.Entries, o.Entries)
}

// Equal reports that two lists read the same.
func (l *AccessList) Equal(o *AccessList) bool {
	return l.Remark == o.Remark && slices.Equal(l.Entries, o.Entries)
}

// Equal reports that two lists read the same.
func (l *PathList) Equal(o *PathList) bool { return slices.Equal(l.Entries, o.Entries) }

// Equal reports that two lists read the same.
func (l *CommunityList) Equal(o *CommunityList) bool {
	return l.Expanded == o.Expanded && slices.EqualFunc(l.Entries, o.Entries, func(a, b CommunityEntry) bool {
		return a.Seq == b.Seq && a.Permit == b.Permit && l.Value(&a) == o.Value(&b)
	})
}

// Adopt replaces the lists and maps of d that read as those of old by old's own values, so that a configuration that was
// read anew shares them, and compiling it finds them compiled.
func (d *Definitions) Adopt(old *Definitions) {
	for i := range d.PrefixLists {
		adopt(d.PrefixLists[i], old.PrefixLists[i], (*PrefixList).Equal)
		adopt(d.AccessLists[i], old.AccessLists[i], (*AccessList).Equal)
	}
	for i := range d.CommunityLists {
		adopt(d.CommunityLists[i], old.CommunityLists[i], (*CommunityList).Equal)
	}
	adopt(d.PathLists, old.PathLists, (*PathList).Equal)
	adopt(d.Maps, old.Maps, (*RouteMap).Equal)
}

func adopt[T any](into, from map[string]*T, equal func(a, b *T) bool) {
	for name, have := range from {
		if v := into[name]; v != nil && v != have && equal(v, have) {
			into[name] = have
		}
	}
}

// Refs are the lists and maps that an entry names.
func (e *MapEntry) Refs() []Ref {
	var out []Ref
	for _, m := range e.Matches {
		if r, ok := m.Ref(); ok {
			out = append(out, r)
		}
	}
	for _, s := range e.Sets {
		if r, ok := s.Ref(); ok {
			out = append(out, r)
		}
	}
	if e.Call != "" {
		out = append(out, Ref{RefRouteMap, e.Call})
	}
	return out
}

// Ref is the list that a condition names; false where it names none.
func (m Match) Ref() (Ref, bool) {
	kind := RefKind(0)
	switch m.Kind {
	case MatchAddressList, MatchNextHopList, MatchSourceList:
		kind = RefAccessList
	case MatchAddressPrefixList, MatchNextHopPrefixList, MatchSourcePrefixList:
		kind = RefPrefixList
	case MatchASPath:
		return Ref{RefPathList, m.Name}, true
	case MatchCommunity:
		return Ref{RefCommunityList, m.Name}, true
	case MatchLargeCommunity:
		return Ref{RefLargeList, m.Name}, true
	case MatchExtCommunity:
		return Ref{RefExtList, m.Name}, true
	default:
		return Ref{}, false
	}
	if m.Six {
		kind++
	}
	return Ref{kind, m.Name}, true
}

// Ref is the list that a change names; false where it names none.
func (s Set) Ref() (Ref, bool) {
	switch s.Kind {
	case SetExclude, SetReplace:
		return Ref{RefPathList, s.Name}, s.Name != ""
	case SetCommDelete:
		return Ref{RefCommunityList, s.Name}, true
	case SetLargeDelete:
		return Ref{RefLargeList, s.Name}, true
	case SetExtDelete:
		return Ref{RefExtList, s.Name}, true
	}
	return Ref{}, false
}

// Users names the entries of maps that refer to r, as "route-map M permit 10".
func (d *Definitions) Users(r Ref) []string {
	var out []string
	for _, name := range sortedNames(d.Maps) {
		for _, e := range d.Maps[name].Entries {
			if slices.Contains(e.Refs(), r) {
				out = append(out, e.title(name))
			}
		}
	}
	return out
}

// title names an entry as the configuration opens it.
func (e *MapEntry) title(name string) string { return e.AppendLines(nil, name)[0] }

// Reach adds to changed the maps that refer to something in it, by way of other maps too.
func (d *Definitions) Reach(changed map[Ref]bool) {
	for grew := true; grew; {
		grew = false
		for name, m := range d.Maps {
			if r := (Ref{RefRouteMap, name}); !changed[r] && m.refersTo(changed) {
				changed[r], grew = true, true
			}
		}
	}
}

// Changed lists what o defines otherwise than d, or not at all, or anew.
func (d *Definitions) Changed(o *Definitions) []Ref {
	var out []Ref
	for _, r := range o.Refs() {
		if !d.Same(o, r) {
			out = append(out, r)
		}
	}
	for _, r := range d.Refs() {
		if !o.Has(r) {
			out = append(out, r)
		}
	}
	return out
}

// Take makes r in d what it is in from: defined alike, or not at all. d must be a Clone of its own.
func (d *Definitions) Take(from *Definitions, r Ref) {
	switch r.Kind {
	case RefRouteMap:
		take(&d.Maps, from.Maps, r.Name)
	case RefPrefixList, RefPrefixList6:
		take(&d.PrefixLists[r.Kind-RefPrefixList], from.PrefixLists[r.Kind-RefPrefixList], r.Name)
	case RefAccessList, RefAccessList6:
		take(&d.AccessLists[r.Kind-RefAccessList], from.AccessLists[r.Kind-RefAccessList], r.Name)
	case RefPathList:
		take(&d.PathLists, from.PathLists, r.Name)
	default:
		take(&d.CommunityLists[r.Kind-RefCommunityList], from.CommunityLists[r.Kind-RefCommunityList], r.Name)
	}
	broken := d.Broken[r]
	if was := from.Broken[r]; was != broken {
		if d.Broken == nil {
			d.Broken = map[Ref]bool{}
		}
		d.Broken[r] = was
	}
}

func take[T any](into *map[string]*T, from map[string]*T, name string) {
	v := from[name]
	if v == nil {
		delete(*into, name)
		return
	}
	if *into == nil {
		*into = map[string]*T{}
	}
	(*into)[name] = v
}
