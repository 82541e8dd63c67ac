package policy

import (
	"maps"
	"slices"

	"bgpsh/wire"
)

// A Library is Definitions made ready for evaluation: immutable, shared by any number of goroutines, replaced whole. What did
// not change from one Library to the next is the same object in both, so that what depends on a change is told by comparing
// pointers.
type Library struct {
	defs        Definitions
	prefixes    [2]map[string]*prefixTable
	accesses    [2]map[string]*accessTable
	paths       map[string]*pathTable
	communities [listKinds]map[string]*communityTable
	maps        map[string]*compiledMap
}

// accessTable is a compiled AccessList; nothing needs preparing.
type accessTable struct{ *AccessList }

// Link makes a Library of d, which must not change any more. What is unchanged since old, which may be nil, is taken from
// there.
func Link(d Definitions, old *Library) *Library {
	if old == nil {
		old = &Library{}
	}
	l := &Library{defs: d, maps: map[string]*compiledMap{}}
	changed := map[Ref]bool{}
	broken := func(k RefKind) func(string) bool { return func(name string) bool { return d.Broken[Ref{k, name}] } }
	for i := range d.PrefixLists {
		kind := RefPrefixList + RefKind(i)
		l.prefixes[i] = link(d.PrefixLists[i], old.prefixes[i], broken(kind), func(v *PrefixList, t *prefixTable) bool {
			return t.list == v || t.list.Equal(v)
		}, newPrefixTable)
		note(changed, kind, l.prefixes[i], old.prefixes[i])
		kind = RefAccessList + RefKind(i)
		l.accesses[i] = link(d.AccessLists[i], old.accesses[i], broken(kind), func(v *AccessList, t *accessTable) bool {
			return t.AccessList == v || t.AccessList.Equal(v)
		}, func(v *AccessList) *accessTable { return &accessTable{v} })
		note(changed, kind, l.accesses[i], old.accesses[i])
	}
	l.paths = link(d.PathLists, old.paths, broken(RefPathList), func(v *PathList, t *pathTable) bool {
		return t.list == v || t.list.Equal(v)
	}, newPathTable)
	note(changed, RefPathList, l.paths, old.paths)
	for i := range d.CommunityLists {
		kind := RefCommunityList + RefKind(i)
		l.communities[i] = link(d.CommunityLists[i], old.communities[i], broken(kind), func(v *CommunityList, t *communityTable) bool {
			return t.list == v || t.list.Equal(v)
		}, newCommunityTable)
		note(changed, kind, l.communities[i], old.communities[i])
	}
	l.linkMaps(old, changed)
	return l
}

// link compiles the lists of one kind. A broken list is there and refuses all, whatever its lines are.
func link[S, T any](defs map[string]*S, old map[string]*T, broken func(string) bool, same func(*S, *T) bool, compile func(*S) *T) map[string]*T {
	out := make(map[string]*T, len(defs))
	for name, v := range defs {
		if broken(name) {
			continue
		}
		if t := old[name]; t != nil && same(v, t) {
			out[name] = t
		} else {
			out[name] = compile(v)
		}
	}
	return out
}

// note records which names mean something else now.
func note[T any](changed map[Ref]bool, k RefKind, new, old map[string]*T) {
	for name, t := range new {
		if old[name] != t {
			changed[Ref{k, name}] = true
		}
	}
	for name := range old {
		if new[name] == nil {
			changed[Ref{k, name}] = true
		}
	}
}

// linkMaps compiles the maps that changed, or that refer to something that did, and takes the others from old.
func (l *Library) linkMaps(old *Library, changed map[Ref]bool) {
	aliases := !maps.Equal(l.defs.Aliases, old.defs.Aliases)
	for name, m := range l.defs.Maps {
		was := old.maps[name]
		if was == nil || was.source != m && !was.source.Equal(m) || was.broken != l.brokenMap(name, m) {
			changed[Ref{RefRouteMap, name}] = true
		}
		if aliases && m.asksAlias() {
			changed[Ref{RefRouteMap, name}] = true
		}
	}
	for name := range old.maps {
		if l.defs.Maps[name] == nil {
			changed[Ref{RefRouteMap, name}] = true
		}
	}
	l.defs.Reach(changed)
	for name, m := range l.defs.Maps {
		if changed[Ref{RefRouteMap, name}] {
			l.maps[name] = &compiledMap{source: m, broken: l.brokenMap(name, m)}
		} else {
			l.maps[name] = old.maps[name]
		}
	}
	for name := range l.defs.Maps {
		if changed[Ref{RefRouteMap, name}] {
			l.maps[name].compile(l, old.maps[name])
		}
	}
	l.shareIndexes(changed)
	for name := range l.defs.Maps {
		if changed[Ref{RefRouteMap, name}] {
			l.maps[name].uses = l.maps[name].facts(map[*compiledMap]bool{})
		}
	}
}

// brokenMap reports that a map must refuse all: because of a line of its own, or of a list that it names. Such a list would
// match nothing, which would let pass what an entry with deny is to stop.
func (l *Library) brokenMap(name string, m *RouteMap) bool {
	return len(l.defs.Broken) > 0 && (l.defs.Broken[Ref{RefRouteMap, name}] || m.refersTo(l.defs.Broken))
}

// asksAlias reports a condition on a named community.
func (m *RouteMap) asksAlias() bool {
	return slices.ContainsFunc(m.Entries, func(e *MapEntry) bool {
		return slices.ContainsFunc(e.Matches, func(c Match) bool { return c.Kind == MatchAlias })
	})
}

func (m *RouteMap) refersTo(changed map[Ref]bool) bool {
	return slices.ContainsFunc(m.Entries, func(e *MapEntry) bool {
		return slices.ContainsFunc(e.Refs(), func(r Ref) bool { return changed[r] })
	})
}

// Held reports that a policy of spec s refuses all in a family because of a line that is held back: of a list or map that s
// names, or of a list that such a map names.
func (l *Library) Held(s Spec, f wire.Family) bool {
	return l != nil && len(l.defs.Broken) > 0 && slices.ContainsFunc(s.Refs(f), func(r Ref) bool {
		return l.defs.Broken[r] || r.Kind == RefRouteMap && l.maps[r.Name] != nil && l.maps[r.Name].broken
	})
}

// Definitions gives what l was linked from; it must not be changed.
func (l *Library) Definitions() *Definitions {
	if l == nil {
		return &Definitions{}
	}
	return &l.defs
}

// MapNames lists the maps.
func (l *Library) MapNames() []string { return slices.Sorted(maps.Keys(l.maps)) }

// Same reports that nothing differs between two libraries.
func (l *Library) Same(o *Library) bool {
	if l == nil || o == nil {
		return l == o
	}
	for i := range l.prefixes {
		if !maps.Equal(l.prefixes[i], o.prefixes[i]) || !maps.Equal(l.accesses[i], o.accesses[i]) {
			return false
		}
	}
	for i := range l.communities {
		if !maps.Equal(l.communities[i], o.communities[i]) {
			return false
		}
	}
	return maps.Equal(l.paths, o.paths) && maps.Equal(l.maps, o.maps)
}
