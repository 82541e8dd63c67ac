package config

import "time"

// Handling is the router's switches for how routes are handed on and when sessions run; unset ones follow the profile.
type Handling struct {
	FirstAS            Opt[bool] // `bgp enforce-first-as`, for neighbors that say nothing of it themselves
	RejectASSets       Opt[bool] // RFC 9774
	SuppressDuplicates Opt[bool] // kept: no update that changes nothing is ever sent
	FastFailover       Opt[bool] // an external session ends with its interface
	NoConnectedCheck   Opt[bool] // `bgp disable-ebgp-connected-route-check`
	ClientToClient     Opt[bool] // clients of this reflector get each other's routes
	ReflectorPolicy    Opt[bool] // export policy may change reflected routes
	GracefulShutdown   Opt[bool] // RFC 8326, towards everyone
	DefaultShutdown    Opt[bool] // new neighbors begin shut down
	ShowHostname       Opt[bool]
}

// LocalAS is `local-as`: the AS that a neighbor of another AS sees instead of the router's.
type LocalAS struct {
	AS        uint32
	NoPrepend bool // it is not put into the paths that come from the neighbor
	Replace   bool // the router's own AS is not in the paths sent
	Dual      bool // the neighbor may know the router by either AS
}

// AllowAS is `allowas-in`.
type AllowAS struct {
	Times  uint8  // how often our AS may be in a path; with Origin 0
	Origin bool   // any number of times where our AS originated the route
	Map    string // a route map that such a route has to pass as it came; empty: none
}

// PrivateAS is `remove-private-AS`.
type PrivateAS struct{ All, Replace bool }

// Unchanged is `attribute-unchanged`: what an external neighbor gets as it came.
type Unchanged struct{ ASPath, NextHop, MED bool }

// with adds what a peer group keeps: each of the three is inherited by itself.
func (u Unchanged) with(g Unchanged) Unchanged {
	return Unchanged{u.ASPath || g.ASPath, u.NextHop || g.NextHop, u.MED || g.MED}
}

// MaxPrefix is `maximum-prefix`. The zero value is no limit.
type MaxPrefix struct {
	Limit     uint32
	Threshold uint8  // percent of Limit at which a warning is logged
	WarnOnly  bool   // the session goes on
	Restart   uint16 // minutes until the session is tried again; 0: not by itself
	Force     bool   // prefixes that policy refuses count too
}

// KeepAlive is `bgp tcp-keepalive`: seconds before the first probe and between probes, and how many may stay unanswered.
type KeepAlive struct {
	Idle, Interval uint16
	Probes         uint8
}

// RTTLimit is `shutdown rtt`: the session ends when the round trip takes longer, at Count KEEPALIVEs in a row. The zero value
// is no limit.
type RTTLimit struct {
	Milliseconds uint16
	Count        uint8
}

// HopCheck is `next-hop-check`: which next hops a neighbor's routes may have.
type HopCheck uint8

// The kinds of next-hop-check.
const (
	AnyHop    HopCheck = iota // any that can be used
	PeerHop                   // the neighbor's own address
	SubnetHop                 // an address on the link that the session runs over
)

// NeighborKnobs are the values of a session that few neighbors have.
type NeighborKnobs struct {
	LocalAS          Opt[LocalAS]
	Solo             Opt[bool]
	GracefulShutdown Opt[bool]
	SenderLoopCheck  Opt[bool] // sender-as-path-loop-detection
	RestartMode      Opt[RestartMode]
	TCPMSS           Opt[uint16]
	HopCheck         Opt[HopCheck]
	StrictFamilies   Opt[bool]   // strict-capability-match
	AllFamilies      Opt[bool]   // override-capability
	Interval         Opt[uint16] // seconds: advertisement-interval
	RTTLimit         Opt[RTTLimit]
}

// FamilyKnobs are the values of a neighbor in a family that few neighbors have.
type FamilyKnobs struct {
	ReflectorClient Opt[bool]
	ServerClient    Opt[bool]
	Unchanged       Opt[Unchanged]
	ASOverride      Opt[bool]
	AllowAS         Opt[AllowAS]
	RemovePrivate   Opt[PrivateAS]
	Weight          Opt[uint16]

	MaxPrefix        Opt[MaxPrefix]
	MaxPrefixOut     Opt[uint32]
	DefaultOriginate Opt[DefaultRoute]
	Filters          Opt[uint8]  // `capability orf prefix-list`: a mode of wire.FilterMode
	Unsuppress       Opt[string] // unsuppress-map
	PathsOut         Opt[PathsOut]
	NoPathsIn        Opt[bool] // disable-addpath-rx
	Advertise        Opt[Conditional]
	Site             Opt[string] // soo, as typed
}

// Conditional is `advertise-map`: routes that Map permits are sent only while some route in use passes Condition, or with
// Unless while none does. They go through Map in place of the neighbor's route map.
type Conditional struct {
	Map, Condition string
	Unless         bool
}

// DefaultRoute is `default-originate`.
type DefaultRoute struct {
	Map string // announced while the map permits some route in use, and changed by it; empty: always
}

// SessionHandling is NeighborKnobs resolved.
type SessionHandling struct {
	RouterAS         uint32 // the router's own, in a confederation that of its member AS
	OwnAS            uint32 // what the neighbor knows us by without local-as: RouterAS, outside of a confederation its AS
	Confederation    uint32 // AS of the confederation that the router is in; 0: none
	member           bool
	LocalASNoPrepend bool
	LocalASReplace   bool
	LocalASDual      bool
	Solo             bool
	GracefulShutdown bool // by the router's or the neighbor's own line
	SenderLoopCheck  bool
	RejectASSets     bool
	FastFailover     bool
	MaxMED           Opt[uint32]
	TCPMSS           uint16 // 0: no limit
	KeepAlive        KeepAlive
	HopCheck         HopCheck
	StrictFamilies   bool
	AllFamilies      bool
	ShowHostname     bool
	Interval         time.Duration // between runs of updates; 0: they do not wait
	RTTLimit         RTTLimit
}

// FamilyHandling is FamilyKnobs resolved.
type FamilyHandling struct {
	ReflectorClient bool
	ServerClient    bool
	Unchanged       Unchanged
	ASOverride      bool
	AllowAS         AllowAS
	RemovePrivate   Opt[PrivateAS]
	Weight          Opt[uint16]
	ReflectorPolicy bool

	MaxPrefix        MaxPrefix
	MaxPrefixOut     uint32 // 0: no limit
	FilterMode       uint8  // of outbound route filters, see wire.FilterMode; 0: none
	DefaultOriginate Opt[DefaultRoute]
	Unsuppress       string // a route map, which passes what aggregates suppress; empty: none
	Advertise        Opt[Conditional]
	Site             uint64 // the site of origin, an extended community; 0: none
	PathsOut         PathsOut
	NoPathsIn        bool
}

// resolveHandling fills in what the knobs say of a session.
func (s *Settings) resolveHandling(n, g *Neighbor, r *Router) {
	k := &r.Knobs
	as := n.LocalAS.Or(g.LocalAS)
	s.SessionHandling = SessionHandling{
		RouterAS: r.AS, LocalASNoPrepend: as.Value.NoPrepend, LocalASReplace: as.Value.Replace,
		LocalASDual:      as.Value.Dual,
		RTTLimit:         n.RTTLimit.Or(g.RTTLimit).Value,
		StrictFamilies:   n.StrictFamilies.Or(g.StrictFamilies).Value,
		AllFamilies:      n.AllFamilies.Or(g.AllFamilies).Value,
		Solo:             n.Solo.Or(g.Solo).Value,
		GracefulShutdown: n.GracefulShutdown.Or(g.GracefulShutdown).Value || k.GracefulShutdown.Value,
		SenderLoopCheck:  n.SenderLoopCheck.Or(g.SenderLoopCheck).Value,
		RejectASSets:     k.RejectASSets.Else(true),
		FastFailover:     k.FastFailover.Else(true),
		MaxMED:           r.MaxMED,
		TCPMSS:           n.TCPMSS.Or(g.TCPMSS).Value,
		KeepAlive:        r.KeepAlive.Value,
		HopCheck:         n.HopCheck.Or(g.HopCheck).Value,
		Interval:         time.Duration(n.Interval.Or(g.Interval).Value) * time.Second,
	}
	s.join(r)
	if s.LocalAS = s.OwnAS; as.Set && !s.member {
		s.LocalAS = as.Value.AS
	}
	if r.Shutdown.Set && !s.Shutdown {
		s.Shutdown, s.Text = true, r.Shutdown.Value
	}
}

// handling resolves what the knobs say of one family.
func (c *Config) handling(own, grp *NeighborFamily) FamilyHandling {
	return FamilyHandling{
		ReflectorClient: own.ReflectorClient.Or(grp.ReflectorClient).Value,
		ServerClient:    own.ServerClient.Or(grp.ServerClient).Value,
		Unchanged:       own.Unchanged.Value.with(grp.Unchanged.Value),
		ASOverride:      own.ASOverride.Or(grp.ASOverride).Value,
		AllowAS:         own.AllowAS.Or(grp.AllowAS).Value,
		RemovePrivate:   own.RemovePrivate.Or(grp.RemovePrivate),
		Weight:          own.Weight.Or(grp.Weight),
		ReflectorPolicy: c.Router.Knobs.ReflectorPolicy.Value,

		MaxPrefix:        own.MaxPrefix.Or(grp.MaxPrefix).Value,
		MaxPrefixOut:     own.MaxPrefixOut.Or(grp.MaxPrefixOut).Value,
		DefaultOriginate: own.DefaultOriginate.Or(grp.DefaultOriginate),
		FilterMode:       own.Filters.Or(grp.Filters).Value,
		Unsuppress:       own.Unsuppress.Or(grp.Unsuppress).Value,
		Advertise:        own.Advertise.Or(grp.Advertise),
		Site:             siteOf(own.Site.Or(grp.Site).Value),
		PathsOut:         own.PathsOut.Or(grp.PathsOut).Value,
		NoPathsIn:        own.NoPathsIn.Or(grp.NoPathsIn).Value,
	}
}

// ClientToClient reports whether this router's reflector clients get each other's routes.
func (c *Config) ClientToClient() bool { return c.Router.Knobs.ClientToClient.Else(true) }
