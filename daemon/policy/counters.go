package policy

import (
	"net/netip"
)

// MapState is a map with what it has met so far.
type MapState struct {
	*RouteMap
	Broken  bool // it refuses all
	Invoked uint64
	Hits    []EntryHits // by place of the entry
}

// EntryHits counts how often an entry matched.
type EntryHits struct {
	Hits uint64
	Last netip.Prefix // that matched; invalid: none yet
}

// MapState gives a map's counters; false where there is none.
func (l *Library) MapState(name string) (MapState, bool) {
	m := l.maps[name]
	if m == nil {
		return MapState{}, false
	}
	s := MapState{RouteMap: m.source, Broken: m.broken, Invoked: m.counters.invoked.hits.Load()}
	for i := range m.entries {
		s.Hits = append(s.Hits, m.entries[i].hits.read())
	}
	return s, true
}

func (c *Counter) read() EntryHits {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := EntryHits{Hits: c.hits.Load()}
	if c.last.family != 0 {
		h.Last = c.last.prefix.Netip(c.last.family)
	}
	return h
}

// ClearMap sets the counters of a map to zero; of all, where the name is empty. It reports whether there is one.
func (l *Library) ClearMap(name string) bool {
	found := name == ""
	for n, m := range l.maps {
		if name != "" && n != name {
			continue
		}
		found = true
		m.counters.invoked.reset()
		for i := range m.entries {
			m.entries[i].hits.reset()
		}
	}
	return found
}

// PrefixHits gives how often the entry at a place of a prefix list decided; 0 for a list that is not in force.
func (l *Library) PrefixHits(r Ref, place int) uint32 {
	if t := l.prefixes[r.Kind-RefPrefixList][r.Name]; t != nil {
		return t.hits(place)
	}
	return 0
}

// ClearPrefixList sets the hits of a prefix list to zero; of all of a kind, where the name is empty; of the entry with a
// prefix alone, where that is valid. It reports whether there is such a list.
func (l *Library) ClearPrefixList(r Ref, only netip.Prefix) bool {
	found := r.Name == ""
	for name, t := range l.prefixes[r.Kind-RefPrefixList] {
		if r.Name != "" && name != r.Name {
			continue
		}
		found = true
		t.resetHits(func(place int) bool {
			return !only.IsValid() || t.list.Entries[place].Prefix().Netip(t.list.Family()) == only
		})
	}
	return found
}
