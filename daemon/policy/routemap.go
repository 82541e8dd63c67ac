package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"bgpsh/wire"
)

// RouteMap is a route map. One that was handed out is never changed.
type RouteMap struct {
	Name       string
	NoOptimize bool // `route-map NAME optimization` is off; kept and shown
	Entries    []*MapEntry
}

// Flow says what follows a match that a permit entry made.
type Flow uint8

// The kinds of flow.
const (
	Leave  Flow = iota // the map is left
	OnNext             // the next entry is looked at
	Goto               // the entry MapEntry.Goto, or the first one behind it, is
)

// MapEntry is one entry of a route map. Its conditions must all hold; none means that every route matches.
type MapEntry struct {
	Seq         uint32 // 1 to 65535; ascending in a map
	Permit      bool
	Description string
	Matches     []Match // in the order of typing, one of a key
	Sets        []Set   // carried out in this order, one of a key
	Call        string  // a map that is asked behind Sets; its refusal refuses
	Flow        Flow
	Goto        uint32
}

// Entry finds an entry by number; nil without one.
func (m *RouteMap) Entry(seq uint32) *MapEntry {
	if i, ok := m.find(seq); ok {
		return m.Entries[i]
	}
	return nil
}

func (m *RouteMap) find(seq uint32) (int, bool) {
	return slices.BinarySearchFunc(m.Entries, seq, func(e *MapEntry, seq uint32) int { return int(e.Seq) - int(seq) })
}

// Clone copies a map down to its entries, whose clauses are shared until they are changed.
func (m *RouteMap) Clone() *RouteMap {
	out := *m
	out.Entries = make([]*MapEntry, len(m.Entries))
	for i, e := range m.Entries {
		c := *e
		c.Matches, c.Sets = slices.Clone(e.Matches), slices.Clone(e.Sets)
		out.Entries[i] = &c
	}
	return &out
}

// Ensure gives the entry with a number, made when there is none.
func (m *RouteMap) Ensure(seq uint32) *MapEntry {
	i, ok := m.find(seq)
	if !ok {
		m.Entries = slices.Insert(m.Entries, i, &MapEntry{Seq: seq})
	}
	return m.Entries[i]
}

// Remove takes an entry out.
func (m *RouteMap) Remove(seq uint32) {
	if i, ok := m.find(seq); ok {
		m.Entries = slices.Delete(m.Entries, i, i+1)
	}
}

// Equal reports that two maps read the same.
func (m *RouteMap) Equal(o *RouteMap) bool {
	return m.Name == o.Name && m.NoOptimize == o.NoOptimize && slices.EqualFunc(m.Entries, o.Entries, (*MapEntry).equal)
}

func (e *MapEntry) equal(o *MapEntry) bool {
	return e.Seq == o.Seq && e.Permit == o.Permit && e.Description == o.Description && e.Call == o.Call && e.Flow == o.Flow &&
		e.Goto == o.Goto && slices.Equal(e.Matches, o.Matches) &&
		slices.EqualFunc(e.Sets, o.Sets, func(a, b Set) bool { return a.String() == b.String() })
}

// MatchKind is the kind of a condition.
type MatchKind uint8

// The conditions. Six in a Match makes those of addresses about IPv6.
const (
	MatchAddressList MatchKind = iota + 1 // an access list
	MatchAddressPrefixList
	MatchAddressLen
	MatchNextHopList
	MatchNextHopPrefixList
	MatchNextHopLen
	MatchNextHopAddress
	MatchNextHopBlackhole
	MatchSourceList
	MatchSourcePrefixList
	MatchPeer // Addr, or Name of an interface; neither: local
	MatchSourcePeer
	MatchInterface
	MatchProtocol
	MatchASPath
	MatchASPathCount
	MatchCommunity
	MatchLargeCommunity
	MatchExtCommunity
	MatchCommunityLimit
	MatchExtCommunityLimit
	MatchAlias
	MatchMetric
	MatchLocalPref
	MatchTag
	MatchOrigin
	MatchProbability
)

// Match is one condition.
type Match struct {
	Kind  MatchKind
	Six   bool
	Name  string     // of a list, interface, protocol or alias
	Value uint32     // number, length, percent, origin
	Addr  netip.Addr // of a peer or next hop
	Mode  MatchMode  // of lists of communities
}

// matchWords are the words of a condition, which name it: an entry has one of each. A `*` stands for ip or ipv6.
var matchWords = [...]string{
	MatchAddressList: "* address", MatchAddressPrefixList: "* address prefix-list", MatchAddressLen: "* address prefix-len",
	MatchNextHopList: "* next-hop", MatchNextHopPrefixList: "* next-hop prefix-list", MatchNextHopLen: "* next-hop prefix-len",
	MatchNextHopAddress: "* next-hop address", MatchNextHopBlackhole: "* next-hop type",
	MatchSourceList: "* route-source", MatchSourcePrefixList: "* route-source prefix-list",
	MatchPeer: "peer", MatchSourcePeer: "src-peer", MatchInterface: "interface", MatchProtocol: "source-protocol",
	MatchASPath: "as-path", MatchASPathCount: "as-path-count", MatchCommunity: "community",
	MatchLargeCommunity: "large-community", MatchExtCommunity: "extcommunity", MatchCommunityLimit: "community-limit",
	MatchExtCommunityLimit: "extcommunity-limit", MatchAlias: "alias", MatchMetric: "metric",
	MatchLocalPref: "local-preference", MatchTag: "tag", MatchOrigin: "origin", MatchProbability: "probability",
}

// Key names the condition: "ip address prefix-list".
func (m Match) Key() string {
	if m.Six {
		return strings.Replace(matchWords[m.Kind], "*", "ipv6", 1)
	}
	return strings.Replace(matchWords[m.Kind], "*", "ip", 1)
}

// modeWords are the words behind a list of communities.
var modeWords = [...]string{Included: "", Exact: " exact-match", AnyOf: " any"}

// originWords are the words for ORIGIN by its value.
var originWords = [...]string{wire.OriginIGP: "igp", wire.OriginEGP: "egp", wire.OriginIncomplete: "incomplete"}

// String is the condition behind `match`: "ip address prefix-list PL".
func (m Match) String() string {
	s := m.Key() + " "
	switch m.Kind {
	case MatchNextHopBlackhole:
		return s + "blackhole"
	case MatchNextHopAddress:
		return s + m.Addr.String()
	case MatchPeer, MatchSourcePeer:
		switch {
		case m.Addr.IsValid():
			return s + m.Addr.String()
		case m.Name == "":
			return s + "local"
		}
		return s + m.Name
	case MatchOrigin:
		return s + originWords[m.Value]
	case MatchAddressLen, MatchNextHopLen, MatchASPathCount, MatchCommunityLimit, MatchExtCommunityLimit, MatchMetric,
		MatchLocalPref, MatchTag, MatchProbability:
		return s + strconv.FormatUint(uint64(m.Value), 10)
	}
	return s + m.Name + modeWords[m.Mode]
}

// byPrefix reports a condition that looks at the prefix.
func (m Match) byPrefix() bool {
	switch m.Kind {
	case MatchAddressList, MatchAddressPrefixList, MatchAddressLen, MatchProbability:
		return true
	}
	return false
}

// SetKind is the kind of a change.
type SetKind uint8

// The changes.
const (
	SetPrepend    SetKind = iota + 1 // Numbers; or the leftmost AS Value times
	SetExclude                       // Numbers, or Name of a path list, or all
	SetReplace                       // Numbers[0], or Name of a path list, or all; by Value, 0: our own AS
	SetLocalPref                     // Op, Value
	SetMetric                        // Op, Value, RTT
	SetMinMetric                     // Value
	SetMaxMetric                     // Value
	SetWeight                        // Value
	SetTag                           // Value
	SetDistance                      // Value, for the kernel's table
	SetTable                         // Value, for the kernel's table
	SetOrigin                        // Value
	SetCommunity                     // Numbers, Additive; or none
	SetCommDelete                    // Name
	SetLarge                         // Large, Additive; or none
	SetLargeDelete
	SetExt // Ext, added to what is there; Word
	SetBandwidth
	SetExtNone
	SetExtDelete
	SetNextHop     // Addr
	SetNextHopPeer // the neighbor's address, or ours where routes are sent
	SetNextHopKeep // unchanged
	SetNextHop6    // Addr
	SetNextHop6Local
	SetNextHop6Peer
	SetNextHop6Prefer
	SetAggregator // Value, Addr
	SetAtomic
	SetOriginator // Addr
	SetAIGP       // Value; 0: the IGP's metric to the next hop
)

// Operator says how a number changes.
type Operator uint8

// The operators.
const (
	Assign Operator = iota
	Plus
	Minus
)

// Set is one change.
type Set struct {
	Kind     SetKind
	Name     string // of a list
	Word     string // SetExt: rt, soo, color, nt
	Value    uint32
	Op       Operator
	RTT      bool // SetMetric: the round trip time to the neighbor, in ms
	All      bool // SetExclude, SetReplace: any AS; SetCommunity, SetLarge: none; SetBandwidth: non-transitive
	Additive bool
	Addr     netip.Addr
	Numbers  []uint32
	Large    []wire.LargeCommunity
	Ext      []uint64
}

// setWords are the words of a change, which name it: an entry has one of each.
var setWords = [...]string{
	SetPrepend: "as-path prepend", SetExclude: "as-path exclude", SetReplace: "as-path replace",
	SetLocalPref: "local-preference", SetMetric: "metric", SetMinMetric: "min-metric", SetMaxMetric: "max-metric",
	SetWeight: "weight", SetTag: "tag", SetDistance: "distance", SetTable: "table", SetOrigin: "origin",
	SetCommunity: "community", SetCommDelete: "comm-list", SetLarge: "large-community", SetLargeDelete: "large-comm-list",
	SetExt: "extcommunity", SetBandwidth: "extcommunity bandwidth", SetExtNone: "extcommunity none",
	SetExtDelete: "extended-comm-list", SetNextHop: "ip next-hop", SetNextHopPeer: "ip next-hop", SetNextHopKeep: "ip next-hop",
	SetNextHop6: "ipv6 next-hop global", SetNextHop6Local: "ipv6 next-hop local", SetNextHop6Peer: "ipv6 next-hop peer-address",
	SetNextHop6Prefer: "ipv6 next-hop prefer-global", SetAggregator: "aggregator", SetAtomic: "atomic-aggregate",
	SetOriginator: "originator-id", SetAIGP: "aigp-metric",
}

// Key names the change: "as-path prepend".
func (s Set) Key() string {
	if s.Kind == SetExt {
		return setWords[s.Kind] + " " + s.Word
	}
	return setWords[s.Kind]
}

// String is the change behind `set`: "local-preference +10".
func (s Set) String() string {
	key := s.Key()
	switch s.Kind {
	case SetPrepend, SetExclude, SetReplace:
		return key + " " + s.pathText()
	case SetLocalPref, SetMetric:
		return key + " " + [...]string{Assign: "", Plus: "+", Minus: "-"}[s.Op] + s.amount()
	case SetOrigin:
		return key + " " + originWords[s.Value]
	case SetCommunity, SetLarge:
		return key + " " + s.communityText()
	case SetCommDelete, SetLargeDelete, SetExtDelete:
		return key + " " + s.Name + " delete"
	case SetExt:
		for _, c := range s.Ext {
			key += " " + strings.TrimPrefix(string(AppendExtCommunity(nil, c, false)), s.Word+" ")
		}
		return key
	case SetBandwidth:
		return key + " " + strconv.FormatUint(uint64(s.Value), 10) + when(s.All, " non-transitive")
	case SetNextHop, SetNextHop6, SetNextHop6Local, SetOriginator:
		return key + " " + s.Addr.String()
	case SetNextHopPeer:
		return key + " peer-address"
	case SetNextHopKeep:
		return key + " unchanged"
	case SetNextHop6Peer, SetNextHop6Prefer, SetExtNone, SetAtomic:
		return key
	case SetAggregator:
		return fmt.Sprintf("%s as %d %s", key, s.Value, s.Addr)
	case SetAIGP:
		if s.Value == 0 {
			return key + " igp-metric"
		}
	}
	return key + " " + strconv.FormatUint(uint64(s.Value), 10)
}

func when(b bool, text string) string {
	if b {
		return text
	}
	return ""
}

func (s Set) amount() string {
	if s.RTT {
		return "rtt"
	}
	return strconv.FormatUint(uint64(s.Value), 10)
}

func (s Set) pathText() string {
	var words []string
	switch {
	case s.Name != "":
		words = append(words, "as-path-access-list", s.Name)
	case s.All && s.Kind == SetReplace:
		words = append(words, "any")
	case s.All:
		words = append(words, "all")
	case s.Kind == SetPrepend && len(s.Numbers) == 0:
		return "last-as " + strconv.FormatUint(uint64(s.Value), 10)
	}
	for _, n := range s.Numbers {
		words = append(words, strconv.FormatUint(uint64(n), 10))
	}
	if s.Kind == SetReplace && s.Value != 0 {
		words = append(words, strconv.FormatUint(uint64(s.Value), 10))
	}
	return strings.Join(words, " ")
}

func (s Set) communityText() string {
	if s.All {
		return "none"
	}
	var b []byte
	for i, c := range s.Numbers {
		b = AppendCommunity(spaced(b, i), c)
	}
	for i, c := range s.Large {
		b = append(spaced(b, i), c.String()...)
	}
	return string(b) + when(s.Additive, " additive")
}

// AppendLines adds the lines of an entry as the configuration has them, without the indentation of those inside.
func (e *MapEntry) AppendLines(dst []string, name string) []string {
	dst = append(dst, "route-map "+name+" "+action(e.Permit)+" "+strconv.FormatUint(uint64(e.Seq), 10))
	if e.Description != "" {
		dst = append(dst, "description "+e.Description)
	}
	for _, m := range e.Matches {
		dst = append(dst, "match "+m.String())
	}
	for _, s := range e.Sets {
		dst = append(dst, "set "+s.String())
	}
	if e.Call != "" {
		dst = append(dst, "call "+e.Call)
	}
	switch {
	case e.Flow == OnNext:
		dst = append(dst, "on-match next")
	case e.Flow == Goto:
		dst = append(dst, "on-match goto "+strconv.FormatUint(uint64(e.Goto), 10))
	}
	return dst
}
