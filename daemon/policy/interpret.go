package policy

import (
	"net/netip"

	"bgpsh/wire"
)

// callDepth is how deep maps may call each other; a call beyond it refuses, as in FRR.
const callDepth = 10

// state is one evaluation in progress. It belongs to a Run, whose memory it uses.
type state struct {
	run    *Run
	policy *Policy
	prefix wire.Prefix
	at     branch          // the place in the Run's tree
	step   int             // questions asked so far
	depth  int             // of calls
	entry  uint32          // the sequence number of the last one that matched in the neighbor's own map
	trace  *trace          // nil: nobody asks why
	later  *[]*compiledSet // where the changes are noted instead of made; nil: they are made

	editor wire.Editor
	local  wire.Local
	hop    uint8 // what the policy wants of the next hop of a route that is sent, see HopKept
	beside bool  // the link-local next hop is the policy's
	path   flatPath
	comms  communitySet
	single communitySet // one community at a time
	near   candidates
	fresh  bool // comms and near are those of the editor's attributes,
	parted bool // and path is
}

func (s *state) begin(r *Run, p wire.Prefix) {
	s.run, s.policy, s.prefix = r, r.policy, p
	s.at, s.step, s.depth, s.entry, r.hits = branch{node: -1}, 0, 0, 0, r.hits[:0]
	s.local, s.hop, s.beside, s.fresh, s.near.steps = r.local, 0, false, false, 0
	s.editor.Reset(r.base)
}

func (s *state) refresh() {
	if !s.fresh {
		s.comms.reset(s.editor.Attrs())
		s.near.index, s.parted, s.fresh = nil, false, true
	}
}

// verdict is what a map says of a route.
type verdict uint8

const (
	denied verdict = iota
	permitted
)

// runMap carries out a map. The first entry whose conditions hold decides, unless it says that a later one does; no entry
// refuses. Where the route goes on, the last entry looked at has to match too.
func (s *state) runMap(m *compiledMap) verdict {
	if m.broken {
		s.note(m, nil, "a line of it is held back", false)
		return denied
	}
	s.run.hits = append(s.run.hits, &m.counters.invoked)
	result := denied
	for i := 0; i < len(m.entries); {
		if n := s.candidate(m, i); n != i { // those between match as little
			result, i = denied, n
			continue
		}
		e := &m.entries[i]
		if !s.matches(m, e) {
			result = denied // also behind an entry that matched and let the route go on, as in FRR
			i++
			continue
		}
		s.run.hits = append(s.run.hits, e.hits)
		if s.depth == 0 {
			s.entry = e.Seq
		}
		if !e.Permit {
			return denied
		}
		result = permitted
		for j := range e.sets {
			if s.later != nil {
				*s.later = append(*s.later, &e.sets[j])
			} else {
				s.apply(&e.sets[j])
			}
		}
		if e.call != nil && s.call(e.call) == denied {
			return denied
		}
		switch i++; e.Flow {
		case Leave:
			return permitted
		case Goto:
			for i < len(m.entries) && m.entries[i].Seq < e.Goto {
				i++
			}
		}
	}
	return result
}

// candidate gives the place of the first entry from i on that may match, as far as the map's index knows. Who wants to know why gets to see
// every entry, and so does an evaluation in which the indexes were asked too often.
func (s *state) candidate(m *compiledMap, i int) int {
	if m.shared == nil || s.trace != nil {
		s.near.index = nil
		return i
	}
	s.refresh()
	if x := m.shared.of(m); s.near.index != x {
		if s.near.steps > gatherMost {
			s.near.index = nil
			return i
		}
		s.near.gather(x, s.editor.Attrs())
	}
	return s.near.next(i)
}

func (s *state) call(m *compiledMap) verdict {
	if s.depth++; s.depth > callDepth {
		s.depth--
		s.note(m, nil, "called too deep", false)
		return denied
	}
	v := s.runMap(m)
	s.depth--
	return v
}

// matches holds an entry's conditions against the route, those about attributes first.
func (s *state) matches(m *compiledMap, e *compiledEntry) bool {
	for i := range e.matches {
		c := &e.matches[i]
		if !s.holds(c) {
			if s.trace != nil { // the text costs more than the evaluation
				s.note(m, e, c.failure(), false)
			}
			return false
		}
	}
	s.note(m, e, "", true)
	return true
}

// holds answers one condition.
func (s *state) holds(c *compiledMatch) bool {
	switch {
	case c.missing:
		return false
	case c.byPrefix():
		return s.run.asked(s, node{match: c})
	}
	a, env := s.editor.Attrs(), &s.policy.env
	switch c.Kind {
	case MatchASPath:
		if s.refresh(); !s.parted {
			s.path.reset(a.ASPath())
			s.parted = true
		}
		return c.paths.permits(&s.path)
	case MatchASPathCount:
		return a.ASPath().Length() == int(c.Value)
	case MatchCommunity, MatchLargeCommunity, MatchExtCommunity:
		s.refresh()
		return s.near.decided(c.communities.list.Kind, c.entry) || c.communities.permits(&s.comms, c.Mode)
	case MatchCommunityLimit:
		s.refresh()
		return s.comms.count(Communities) <= int(c.Value)
	case MatchExtCommunityLimit:
		s.refresh()
		return s.comms.count(ExtCommunities) <= int(c.Value)
	case MatchAlias:
		s.refresh()
		return s.carries(string(c.alias))
	case MatchMetric:
		v, _ := a.MED()
		return v == c.Value
	case MatchLocalPref:
		v, ok := a.LocalPref()
		if !ok && env.Internal && (env.Out || !env.Peer.IsValid()) {
			v = env.LocalPref
		}
		return v == c.Value
	case MatchTag:
		return s.local.Tag == c.Value
	case MatchOrigin:
		return uint32(a.Origin()) == c.Value
	case MatchInterface:
		return env.Interface != "" && env.Interface == c.Name
	case MatchPeer:
		return c.names(env.Peer, env.Name)
	case MatchSourcePeer:
		return c.names(s.source(), s.source().Zone()) // the interface is the name of a neighbor without an address
	case MatchProtocol:
		return c.Name == Protocol(s.local.Kind).String()
	case MatchNextHopBlackhole: // what has none: this router's own networks and aggregates
		hop := a.NextHop()
		return hop.IsUnspecified() && hop.Is6() == c.Six
	case MatchSourceList, MatchSourcePrefixList:
		return c.coversAddr(s.source(), s.run.Silent)
	}
	return c.coversAddr(a.NextHop().Unmap(), s.run.Silent)
}

// carries reports whether the route has a community, standard or large, that reads as text.
func (s *state) carries(text string) bool {
	s.comms.gather(Communities)
	for _, v := range s.comms.plain {
		if string(AppendCommunity(nil, v)) == text {
			return true
		}
	}
	s.comms.gather(LargeCommunities)
	for _, v := range s.comms.large {
		if v.String() == text {
			return true
		}
	}
	return false
}

// source is the neighbor that the route came from; invalid: it is our own.
func (s *state) source() netip.Addr {
	if env := &s.policy.env; !env.Out && env.Peer.IsValid() {
		return env.Peer
	}
	return s.run.source
}

// names reports whether a condition on a neighbor is about this one. `local` is the router itself, which is no neighbor.
func (m Match) names(peer netip.Addr, name string) bool {
	switch {
	case m.Addr.IsValid():
		return m.Addr == peer.WithZone("")
	case m.Name != "":
		return m.Name == name
	}
	return !peer.IsValid()
}

// coversAddr holds a condition on a next hop or an announcing router against its address, as a prefix of one host. silent: it counts no hit.
func (c *compiledMatch) coversAddr(a netip.Addr, silent bool) bool {
	if !a.IsValid() || a.Is6() != c.Six {
		return false
	}
	family := wire.IPv4Unicast
	if c.Six {
		family = wire.IPv6Unicast
	}
	switch c.Kind {
	case MatchNextHopAddress:
		return a.WithZone("") == c.Addr
	case MatchNextHopLen:
		return uint32(a.BitLen()) == c.Value
	}
	p := wire.PrefixFrom(netip.PrefixFrom(a.WithZone(""), a.BitLen()))
	switch {
	case c.prefixes != nil && silent:
		return c.prefixes.holds(p)
	case c.prefixes != nil:
		return c.prefixes.permits(p)
	}
	return c.access.permits(family, p)
}

// covers answers a condition about a prefix.
func (c *compiledMatch) covers(f wire.Family, p wire.Prefix) bool {
	if c.Kind == MatchProbability {
		return chance(p, c.Value)
	}
	if (f == wire.IPv6Unicast) != c.Six {
		return false
	}
	switch {
	case c.Kind == MatchAddressLen:
		return uint32(p.Len) == c.Value
	case c.prefixes != nil:
		return c.prefixes.permits(p)
	}
	return c.access.permits(f, p)
}

// chance holds for percent of all prefixes, and for the same ones each time: a route that is judged again fares as before.
func chance(p wire.Prefix, percent uint32) bool {
	h := (p.Hi ^ p.Lo<<1 ^ uint64(p.Len)) * 0x9e3779b97f4a7c15
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return uint32((h>>32)%100) < percent
}
