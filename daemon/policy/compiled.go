package policy

import (
	"hash/crc32"
	"slices"
	"sync"
	"sync/atomic"

	"bgpsh/wire"
)

// compiledMap is a route map whose names are resolved.
type compiledMap struct {
	source   *RouteMap
	broken   bool // a line of it, or of a list that it names, could not be applied: it refuses all
	entries  []compiledEntry
	uses     facts // of the map and all that it calls
	counters *mapCounters
	shared   *sharedIndex // of the communities that entries ask for; nil: they ask for none that an index can speak about
	prepared atomic.Bool
}

// facts are what the result of a map depends on beside the attributes, and what it does.
type facts struct {
	prefix bool // it looks at the prefix
	peer   bool // at the neighbor
	source bool // at the one that the route came from: the neighbor itself, unless the route is sent
	rtt    bool // at the round trip time to it
	edits  bool // it can change a route
}

func (f facts) or(o facts) facts {
	return facts{f.prefix || o.prefix, f.peer || o.peer, f.source || o.source, f.rtt || o.rtt, f.edits || o.edits}
}

// prepare makes the indexes of m and the maps that it calls, and of the prefix lists that they ask, which the first route would have to wait
// for else.
func (m *compiledMap) prepare() {
	if m == nil || m.prepared.Swap(true) {
		return
	}
	if m.shared != nil {
		m.shared.of(m)
	}
	for i := range m.entries {
		e := &m.entries[i]
		for j := range e.matches {
			if t := e.matches[j].prefixes; t != nil {
				t.ready()
			}
		}
		e.call.prepare()
	}
}

// compiledEntry is one entry. Its conditions stand with those about attributes first, because their answers are kept for all
// prefixes of one attribute set.
type compiledEntry struct {
	*MapEntry
	matches []compiledMatch
	sets    []compiledSet
	call    *compiledMap // nil: none, or not defined
	hits    *Counter
}

// compiledMatch is a condition with its list; without one, where one is named and not defined, it never holds.
type compiledMatch struct {
	Match
	entry       int  // its entry's place
	indexed     bool // in the map's index of communities
	missing     bool
	prefixes    *prefixTable
	access      *accessTable
	paths       *pathTable
	communities *communityTable
	alias       []byte
}

// compiledSet is a change with its list.
type compiledSet struct {
	*Set
	paths       *pathTable
	communities *communityTable
}

// mapCounters outlive the compiled map, so that an edit does not reset what it does not touch.
type mapCounters struct {
	invoked Counter
	mu      sync.Mutex
	entries map[uint32]*Counter // by sequence number
}

func (c *mapCounters) entry(seq uint32) *Counter {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[seq] == nil {
		c.entries[seq] = &Counter{mark: c.invoked.mark ^ seq*0x85ebca6b}
	}
	return c.entries[seq]
}

// A Counter counts hits and knows the last prefix. It is written by many goroutines, each of which gathers hits of its own
// first (see Run).
type Counter struct {
	hits atomic.Uint64
	mark uint32 // tells counters apart, mostly
	mu   sync.Mutex
	last hit
}

type hit struct {
	family wire.Family
	prefix wire.Prefix
}

func (c *Counter) add(n uint64, last hit) {
	c.hits.Add(n)
	if last.family != 0 {
		c.mu.Lock()
		c.last = last
		c.mu.Unlock()
	}
}

func (c *Counter) reset() {
	c.hits.Store(0)
	c.mu.Lock()
	c.last = hit{}
	c.mu.Unlock()
}

// compile resolves the map's names in l. was is the map before; its counters go on.
func (m *compiledMap) compile(l *Library, was *compiledMap) {
	if was != nil {
		m.counters = was.counters
	} else {
		m.counters = &mapCounters{invoked: Counter{mark: crc32.ChecksumIEEE([]byte(m.source.Name))}, entries: map[uint32]*Counter{}}
	}
	m.entries = make([]compiledEntry, len(m.source.Entries))
	for i, e := range m.source.Entries {
		c := &m.entries[i]
		c.MapEntry, c.call, c.hits = e, l.maps[e.Call], m.counters.entry(e.Seq)
		for _, cond := range e.Matches {
			c.matches = append(c.matches, l.match(cond))
			c.matches[len(c.matches)-1].entry = i
		}
		slices.SortStableFunc(c.matches, func(a, b compiledMatch) int { return order(a.byPrefix()) - order(b.byPrefix()) })
		for j := range e.Sets {
			s := &e.Sets[j]
			c.sets = append(c.sets, compiledSet{s, l.paths[s.Name], l.setCommunities(s)})
		}
	}
}

func order(last bool) int {
	if last {
		return 1
	}
	return 0
}

func (l *Library) setCommunities(s *Set) *communityTable {
	if r, ok := s.Ref(); ok && r.Kind >= RefCommunityList {
		return l.communities[r.Kind-RefCommunityList][r.Name]
	}
	return nil
}

// match resolves a condition.
func (l *Library) match(m Match) compiledMatch {
	c := compiledMatch{Match: m}
	if m.Kind == MatchAlias {
		c.alias = []byte(l.defs.Aliases[m.Name])
		c.missing = len(c.alias) == 0
	}
	r, ok := m.Ref()
	if !ok {
		return c
	}
	switch r.Kind {
	case RefPrefixList, RefPrefixList6:
		c.prefixes = l.prefixes[r.Kind-RefPrefixList][r.Name]
	case RefAccessList, RefAccessList6:
		c.access = l.accesses[r.Kind-RefAccessList][r.Name]
	case RefPathList:
		c.paths = l.paths[r.Name]
	default:
		c.communities = l.communities[r.Kind-RefCommunityList][r.Name]
	}
	c.missing = c.prefixes == nil && c.access == nil && c.paths == nil && c.communities == nil
	return c
}

// facts tells what the map and those that it calls depend on.
func (m *compiledMap) facts(seen map[*compiledMap]bool) (all facts) {
	if seen[m] {
		return all
	}
	seen[m] = true
	for i := range m.entries {
		e := &m.entries[i]
		for j := range e.matches {
			c := &e.matches[j]
			all.prefix = all.prefix || c.byPrefix()
			all.peer = all.peer || c.byPeer()
			all.source = all.source || c.bySource()
		}
		for j := range e.sets {
			all.edits = true
			all.peer = all.peer || e.sets[j].byPeer()
			all.rtt = all.rtt || e.sets[j].RTT
		}
		if e.call != nil {
			all = all.or(e.call.facts(seen))
		}
	}
	return all
}

// byPeer reports a condition whose answer depends on the neighbor.
func (m Match) byPeer() bool {
	switch m.Kind {
	case MatchPeer, MatchInterface:
		return true
	}
	return false
}

// bySource reports a condition whose answer depends on the neighbor that the route came from.
func (m Match) bySource() bool {
	switch m.Kind {
	case MatchSourcePeer, MatchSourceList, MatchSourcePrefixList:
		return true
	}
	return false
}

// byPeer reports a change that depends on the neighbor.
func (s Set) byPeer() bool {
	switch s.Kind {
	case SetNextHopPeer, SetNextHop6Peer, SetReplace, SetBandwidth:
		return true
	case SetPrepend:
		return len(s.Numbers) == 0
	}
	return false
}
