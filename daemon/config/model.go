package config

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"bgpsh/daemon/policy"
	"bgpsh/wire"
)

// Profile is the set of defaults that holds where the configuration says nothing.
type Profile uint8

// The profiles. Ours is in force without a `frr defaults` line.
const (
	Ours Profile = iota
	Traditional
	Datacenter
)

// String is the word of the `frr defaults` line.
func (p Profile) String() string {
	switch p {
	case Traditional:
		return "traditional"
	case Datacenter:
		return "datacenter"
	}
	return "bgpsh"
}

// Opt is a value that may be unset; unset values are inherited from the peer-group, then from the profile.
type Opt[T any] struct {
	Value T
	Set   bool
}

// Some is a set value.
func Some[T any](v T) Opt[T] { return Opt[T]{Value: v, Set: true} }

// Or is o where it is set, else other.
func (o Opt[T]) Or(other Opt[T]) Opt[T] {
	if o.Set {
		return o
	}
	return other
}

// Else is the value where it is set, else def.
func (o Opt[T]) Else(def T) T {
	if o.Set {
		return o.Value
	}
	return def
}

// Config is one whole configuration: running, candidate or startup. A Config that was handed out is never changed; an edit
// works on a Clone.
type Config struct {
	Hostname string             // empty: the machine's
	Profile  Profile            // defaults in force
	Router   *Router            // nil: no `router bgp`
	Policy   policy.Definitions // lists and route maps
	Held     []Held             // lines that could not be applied and what they hold back, in the order of the lines
}

// Index of a family in arrays by family.
const (
	IPv4 = 0
	IPv6 = 1
)

// Families lists the families of the language, in the order of printing; the index is that of arrays by family.
var Families = [2]wire.Family{wire.IPv4Unicast, wire.IPv6Unicast}

// FamilyIndex returns the place of f in arrays by family, -1 where f is no family of the language.
func FamilyIndex(f wire.Family) int { return slices.Index(Families[:], f) }

// Router is `router bgp`.
type Router struct {
	AS        uint32
	Notation  string           // `as-notation`, as typed; empty: plain
	RouterID  netip.Addr       // IPv4; zero: the daemon chooses
	ClusterID netip.Addr       // IPv4; zero: the router ID
	Listen    []netip.AddrPort // in the order of printing; empty: 0.0.0.0 and ::, port 179

	Confederation      Opt[uint32] // `bgp confederation identifier`
	ConfederationPeers []uint32    // `bgp confederation peers`, sorted

	Knobs     Knobs
	Timers    Opt[Timers] // `timers bgp K H`
	MinHold   Opt[uint16] // seconds: a peer that proposes less is refused
	DSCP      Opt[uint8]  // `bgp session-dscp`
	LocalPref Opt[uint32] // `bgp default local-preference`
	MapDelay  Opt[uint16] // seconds: `bgp route-map delay-timer`
	MaxMED    Opt[uint32] // `bgp max-med administrative`
	Shutdown  Opt[string] // `bgp shutdown`: the message, which may be empty

	KeepAlive Opt[KeepAlive] // `bgp tcp-keepalive`
	Bandwidth Opt[string]    // `bgp bestpath bandwidth`: kept for the kernel's table
	Opening

	Restart Restart

	MaxPaths [2]MaxPaths                 // by family
	Networks [2]map[netip.Prefix]Network // by family

	Aggregates [2]map[netip.Prefix]Aggregate // by family

	Redistributions [2]map[Origin]Redistribution // by family

	Neighbors map[string]*Neighbor // by Name: addresses and interfaces
	Groups    map[string]*Neighbor // by Name: peer-groups

	Ranges      map[netip.Prefix]string // `bgp listen range`: the peer-group of callers from there
	ListenLimit Opt[uint16]             // dynamic neighbors at a time
}

// Network is one `network` statement; its key is the prefix.
type Network struct {
	Map string // the route map that judges and changes it; empty: none
}

// Knobs are the router's switches; unset ones follow the profile.
type Knobs struct {
	LogNeighborChanges Opt[bool]
	RequiresPolicy     Opt[bool] // RFC 8212
	AlwaysCompareMED   Opt[bool]
	DeterministicMED   Opt[bool]
	MissingMEDWorst    Opt[bool]
	IgnoreASPath       Opt[bool]
	ConfedLength       Opt[bool] // member ASes count in the AS path length
	ConfedMED          Opt[bool] // kept: MED is compared within a confederation in any case, as in FRR
	CompareRouterID    Opt[bool]
	MultipathRelax     Opt[bool] // equally long AS paths are equally good
	MultipathMixed     Opt[bool] // external and internal paths are
	ImportCheck        Opt[bool] // `bgp network import-check`: kept, not enforced
	DefaultIPv4        Opt[bool] // `bgp default ipv4-unicast`; unset in our own profile: the family of the address
	DefaultIPv6        bool      // `bgp default ipv6-unicast`: beside that, IPv6 unicast
	Handling
}

// Timers is a pair of `timers K H`, in seconds as typed.
type Timers struct{ Keepalive, Hold uint16 }

// Jitter multiplies a time by a random factor of [Min, Max]; 0 < Min <= Max <= 1. The zero value means no jitter.
type Jitter struct{ Min, Max float64 }

// RemoteASKind says how the peer's AS is judged.
type RemoteASKind uint8

// The kinds of remote-as.
const (
	Exactly  RemoteASKind = iota // the number of AS
	Internal                     // our own
	External                     // any but our own
	Auto                         // any
)

// RemoteAS is what `remote-as` says.
type RemoteAS struct {
	Kind RemoteASKind
	AS   uint32 // of Exactly
}

// Kind tells what a Neighbor's name is.
type Kind uint8

// The kinds of neighbor, in the order in which they print.
const (
	Group     Kind = iota // a peer-group
	Interface             // an interface name: an unnumbered neighbor
	Address               // an address
)

// Source is `update-source`: an address or the name of an interface.
type Source struct {
	Addr      netip.Addr
	Interface string
}

// Neighbor is a neighbor or a peer-group: what its lines say, not what follows from them (see Settings).
type Neighbor struct {
	Name   string // the name it is addressed by: an address in canonical form, an interface, a peer-group
	Kind   Kind
	Addr   netip.Addr // of kind Address, without zone
	Link   string     // `neighbor fe80::2 interface eth0`: the interface of a link-local address; of kind Interface the name itself
	V6Only bool       // `neighbor IF interface v6only`
	Group  string     // peer-group it is a member of

	RemoteAS    Opt[RemoteAS]
	RemoteID    Opt[netip.Addr]
	Description Opt[string]
	Shutdown    Opt[string] // the message, which may be empty
	Password    Opt[Secret]
	Port        Opt[uint16]
	Passive     Opt[bool]
	Source      Opt[Source]

	Multihop         Opt[uint8] // TTL 1..255
	TTLSecurity      Opt[uint8] // hops 1..254
	MinimumTTL       Opt[uint8]
	NoConnectedCheck Opt[bool]
	DSCP             Opt[uint8]
	VLAN             Opt[uint16]

	Timers         Opt[Timers]
	ConnectRetry   Opt[uint16] // seconds
	IdleHold       Opt[uint16]
	DelayOpen      Opt[uint16]
	SendHold       Opt[uint16]
	OpenHold       Opt[uint16]
	Resolution     Opt[uint16] // milliseconds, of what is displayed
	ConnectJitter  Opt[Jitter]
	IdleHoldJitter Opt[Jitter]

	CollisionEstablished Opt[bool]
	EnforceFirstAS       Opt[bool]
	DiscardAttrs         Opt[wire.AttrSet] // path-attribute discard
	WithdrawAttrs        Opt[wire.AttrSet] // path-attribute treat-as-withdraw
	NoCapabilities       Opt[bool]         // dont-capability-negotiate
	Role                 Opt[Role]
	CapabilityFQDN       Opt[bool]
	CapabilityENHE       Opt[bool] // capability extended-nexthop

	NeighborKnobs
	Families [2]NeighborFamily // by family
}

// NeighborFamily is what a neighbor's lines say about one family.
type NeighborFamily struct {
	Activate        Opt[bool]
	NextHop         Opt[netip.Addr]
	NextHopSelf     Opt[Self]
	ExportMetric    Opt[uint32]
	ExportCommunity []uint32 // sorted, unique; nil: unset
	ImportLocalPref Opt[uint32]
	AllowIn         []policy.Rule // sorted as they print; nil: unset
	AllowOut        []policy.Rule
	SoftInbound     Opt[bool]
	SendCommunity   [3]Opt[bool] // by kind: standard, extended, large; unset: sent
	Attach          [2]Attached  // by direction
	FamilyKnobs
}

// Self is `next-hop-self [force]`.
type Self struct{ Force bool }

// Role is `local-role`: a BGP role of RFC 9234 by its number on the wire.
type Role struct {
	Role   uint8
	Strict bool // refuse a neighbor that declares no role
}

// Communities is a set of kinds of communities.
type Communities uint8

// The kinds of communities.
const (
	Standard Communities = 1 << iota
	Extended
	Large
	AllCommunities = Standard | Extended | Large
)

// Clone returns a deep copy of c.
func (c *Config) Clone() *Config {
	out := *c
	out.Policy = c.Policy.Clone()
	out.Held = slices.Clone(c.Held)
	out.Router = c.Router.clone()
	return &out
}

func (r *Router) clone() *Router {
	if r == nil {
		return nil
	}
	out := *r
	out.Listen = slices.Clone(r.Listen)
	out.ConfederationPeers = slices.Clone(r.ConfederationPeers)
	for i := range r.Networks {
		out.Networks[i] = cloneMap(r.Networks[i], func(n Network) Network { return n })
	}
	for i := range r.Aggregates {
		out.Aggregates[i] = cloneAggregates(r.Aggregates[i])
	}
	for i := range r.Redistributions {
		out.Redistributions[i] = maps.Clone(r.Redistributions[i])
	}
	out.Ranges = cloneMap(r.Ranges, func(group string) string { return group })
	out.Neighbors = cloneMap(r.Neighbors, (*Neighbor).clone)
	out.Groups = cloneMap(r.Groups, (*Neighbor).clone)
	return &out
}

func cloneMap[K comparable, V any](m map[K]V, copyOf func(V) V) map[K]V {
	out := make(map[K]V, len(m))
	for k, v := range m {
		out[k] = copyOf(v)
	}
	return out
}

func (n *Neighbor) clone() *Neighbor {
	out := n.copied()
	return &out
}

func (n *Neighbor) copied() Neighbor {
	out := *n
	for i := range out.Families {
		f := &out.Families[i]
		f.ExportCommunity = slices.Clone(f.ExportCommunity)
		f.AllowIn = slices.Clone(f.AllowIn)
		f.AllowOut = slices.Clone(f.AllowOut)
	}
	return out
}

// Sorted returns the neighbors in the order in which they print: interfaces by name, then addresses, IPv4 first.
func (r *Router) Sorted() []*Neighbor { return sorted(r.Neighbors) }

// SortedGroups returns the peer-groups by name.
func (r *Router) SortedGroups() []*Neighbor { return sorted(r.Groups) }

func sorted(m map[string]*Neighbor) []*Neighbor {
	out := make([]*Neighbor, 0, len(m))
	for _, n := range m {
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b *Neighbor) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.Addr.Compare(b.Addr), cmp.Compare(a.Name, b.Name))
	})
	return out
}
