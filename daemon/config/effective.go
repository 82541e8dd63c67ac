package config

import (
	"net/netip"
	"time"

	"bgpsh/daemon/policy"
)

// maxTTL is the TTL of internal sessions and of those under the generalised TTL check (RFC 5082).
const maxTTL = 255

// Effective resolves n: its own lines, then its peer-group's, the router's and the profile's. n must belong to c.Router.
func (c *Config) Effective(n *Neighbor) Settings {
	r, d := c.Router, c.Profile.Defaults()
	g := r.Groups[n.Group]
	if g == nil {
		g = &Neighbor{}
	}
	s := Settings{
		Name: n.Name, Addr: n.Addr, Interface: n.Link, Group: n.Group,
		Description:          n.Description.Or(g.Description).Else(""),
		RouterID:             r.RouterID,
		RemoteAS:             n.remoteAS(g).Value,
		RemoteID:             n.RemoteID.Or(g.RemoteID).Value,
		Port:                 n.Port.Or(g.Port).Else(d.Port),
		Passive:              n.Passive.Or(g.Passive).Value,
		Source:               n.source(g),
		Password:             n.Password.Or(g.Password).Value,
		DSCP:                 n.DSCP.Or(g.DSCP).Or(r.DSCP).Else(d.DSCP),
		VLAN:                 n.VLAN.Or(g.VLAN).Value,
		CollisionEstablished: n.CollisionEstablished.Or(g.CollisionEstablished).Value,
		EnforceFirstAS:       n.EnforceFirstAS.Or(g.EnforceFirstAS).Or(r.Knobs.FirstAS).Else(d.EnforceFirstAS),
		DiscardAttrs:         n.DiscardAttrs.Or(g.DiscardAttrs).Value,
		WithdrawAttrs:        n.WithdrawAttrs.Or(g.WithdrawAttrs).Value,
		CapabilityFQDN:       n.CapabilityFQDN.Or(g.CapabilityFQDN),
		NoCapabilities:       n.NoCapabilities.Or(g.NoCapabilities).Value,
		Role:                 n.Role.Or(g.Role),
		CapabilityENHE:       n.CapabilityENHE.Or(g.CapabilityENHE).Else(n.Kind == Interface),
		LogChanges:           r.Knobs.LogNeighborChanges.Else(d.LogNeighborChanges),
		RequiresPolicy:       r.Knobs.RequiresPolicy.Else(d.RequiresPolicy),
	}
	if isLinkLocal(n) && s.Interface != "" {
		s.Addr = s.Addr.WithZone(s.Interface)
	}
	down := n.Shutdown.Or(g.Shutdown)
	s.Shutdown, s.Text = down.Set, down.Value
	s.Held = c.held(n, HoldsSession, EveryFamily)
	s.resolveHandling(n, g, r)
	s.ShowHostname = r.Knobs.ShowHostname.Else(d.ShowHostname)
	s.resolveTimers(n, g, r, d)
	s.resolveTTL(n, g, r)
	s.resolveRestart(n, g, r, d)
	for i := range s.Families {
		s.Families[i] = c.effectiveFamily(n, g, i, &s)
	}
	return s
}

// remoteAS is the neighbor's own, which is never wider than its peer-group's (see edit.narrow), else the peer-group's.
func (n *Neighbor) remoteAS(g *Neighbor) Opt[RemoteAS] { return n.RemoteAS.Or(g.RemoteAS) }

// source is the neighbor's update-source. A peer-group may serve both families: its address counts for members of its own.
func (n *Neighbor) source(g *Neighbor) Source {
	s := n.Source.Or(g.Source).Value
	if n.Kind == Address && s.Addr.IsValid() && s.Addr.Is4() != n.Addr.Is4() {
		return Source{}
	}
	return s
}

func (s *Settings) resolveTimers(n, g *Neighbor, r *Router, d Defaults) {
	s.Keepalive, s.HoldTime = d.Keepalive, d.HoldTime
	if t := n.Timers.Or(g.Timers).Or(r.Timers); t.Set {
		s.Keepalive, s.HoldTime = seconds(t.Value.Keepalive), seconds(t.Value.Hold)
	}
	s.ConnectRetry = pick(n.ConnectRetry.Or(g.ConnectRetry), time.Second, d.ConnectRetry)
	s.IdleHold = pick(n.IdleHold.Or(g.IdleHold), time.Second, d.IdleHold)
	s.IdleHoldMax = max(s.IdleHold, d.IdleHoldMax)
	s.DelayOpen = pick(n.DelayOpen.Or(g.DelayOpen), time.Second, d.DelayOpen)
	s.OpenHold = pick(n.OpenHold.Or(g.OpenHold), time.Second, d.OpenHold)
	s.SendHold = pick(n.SendHold.Or(g.SendHold), time.Second, max(d.SendHoldFloor, 2*s.HoldTime))
	s.MinHoldTime = pick(r.MinHold, time.Second, 0)
	s.Resolution = pick(n.Resolution.Or(g.Resolution), time.Millisecond, d.Resolution)
	s.ConnectJitter = n.ConnectJitter.Or(g.ConnectJitter).Value
	s.IdleHoldJitter = n.IdleHoldJitter.Or(g.IdleHoldJitter).Value
}

func seconds(n uint16) time.Duration { return time.Duration(n) * time.Second }

func pick(o Opt[uint16], unit, def time.Duration) time.Duration {
	if o.Set {
		return time.Duration(o.Value) * unit
	}
	return def
}

// resolveTTL follows FRR: 1 towards an external neighbor unless ebgp-multihop says more, 255 towards an internal one and
// under a TTL check, the system's where the configuration cannot tell which kind the neighbor is.
func (s *Settings) resolveTTL(n, g *Neighbor, r *Router) {
	external := s.External()
	switch hops := n.TTLSecurity.Or(g.TTLSecurity); {
	case hops.Set:
		s.TTL, s.MinTTL = maxTTL, maxTTL-(hops.Value-1)
	case s.RemoteAS.Kind == Auto:
		s.TTL = 0
	case external:
		s.TTL = n.Multihop.Or(g.Multihop).Else(1)
	default:
		s.TTL = maxTTL
	}
	if low := n.MinimumTTL.Or(g.MinimumTTL); low.Set {
		s.TTL, s.MinTTL = maxTTL, low.Value
	}
	off := n.NoConnectedCheck.Or(g.NoConnectedCheck).Or(r.Knobs.NoConnectedCheck).Value
	distant := n.Multihop.Or(g.Multihop).Else(1) > 1 || s.MinTTL > 0 && s.MinTTL < maxTTL
	s.ConnectedCheck = external && !off && !distant
}

// External reports that the session is external by what is configured; both it and Internal are false for `remote-as auto`.
func (s *Settings) External() bool {
	return s.RemoteAS.Kind == External || s.RemoteAS.Kind == Exactly && s.RemoteAS.AS != s.LocalAS && s.RemoteAS.AS != 0
}

// Internal reports that the session is internal by what is configured.
func (s *Settings) Internal() bool {
	return s.RemoteAS.Kind == Internal || s.RemoteAS.Kind == Exactly && s.RemoteAS.AS == s.LocalAS
}

func (c *Config) effectiveFamily(n, g *Neighbor, i int, s *Settings) FamilySettings {
	own, grp := &n.Families[i], &g.Families[i]
	out := FamilySettings{
		Family:           Families[i],
		Active:           c.active(n, i),
		HeldIn:           c.held(n, HoldsIn, i),
		HeldOut:          c.held(n, HoldsOut, i),
		NextHop:          own.NextHop.Or(grp.NextHop).Value,
		NextHopSelf:      own.NextHopSelf.Or(grp.NextHopSelf).Set,
		NextHopSelfForce: own.NextHopSelf.Value.Force || grp.NextHopSelf.Value.Force, // a flag of its own in a group too, as in FRR
		SoftInbound:      own.SoftInbound.Or(grp.SoftInbound).Value,
		FamilyHandling:   c.handling(own, grp),
		requiresPolicy:   s.RequiresPolicy,
	}
	for kind := range own.SendCommunity {
		if own.SendCommunity[kind].Or(grp.SendCommunity[kind]).Else(true) {
			out.SendCommunity |= 1 << kind
		}
	}
	out.In = allowSpec(own.AllowIn, grp.AllowIn, out.HeldIn)
	out.Out = allowSpec(own.AllowOut, grp.AllowOut, out.HeldOut)
	for dir, spec := range []*policy.Spec{&out.In, &out.Out} {
		out.Attached[dir] = own.Attach[dir].or(grp.Attach[dir])
		out.Attached[dir].into(spec)
	}
	out.PolicyIn, out.PolicyOut = out.In.HasAllow || out.In.Attached(), out.Out.HasAllow || out.Out.Attached()
	if v := own.ImportLocalPref.Or(grp.ImportLocalPref); v.Set {
		out.In.SetLocalPref = &v.Value
	}
	if v := own.ExportMetric.Or(grp.ExportMetric); v.Set {
		out.Out.SetMED = &v.Value
	}
	out.Out.AddCommunities = own.ExportCommunity
	if own.ExportCommunity == nil {
		out.Out.AddCommunities = grp.ExportCommunity
	}
	return out
}

// allowSpec takes the neighbor's own rules, else the group's; a held-back line refuses all.
func allowSpec(own, group []policy.Rule, held []Held) policy.Spec {
	rules := own
	if len(rules) == 0 {
		rules = group
	}
	s := policy.Spec{Allow: rules, HasAllow: len(rules) > 0}
	if len(held) > 0 {
		s.DenyAll = policy.HeldBack
	}
	return s
}

// active reports whether n is active in the family of index i.
func (c *Config) active(n *Neighbor, i int) bool {
	var group Opt[bool]
	if g := c.Router.Groups[n.Group]; g != nil {
		group = g.Families[i].Activate
	}
	return n.Families[i].Activate.Or(group).Else(c.activeByDefault(n, i))
}

// activeByDefault reports whether n is active in the family of index i where no line says so: in our own profile in the
// family of its address (an interface neighbor in IPv4 unicast), in FRR's in those of `bgp default`.
func (c *Config) activeByDefault(n *Neighbor, i int) bool {
	d, knobs := c.Profile.Defaults(), &c.Router.Knobs
	if i == IPv6 && knobs.DefaultIPv6 {
		return true
	}
	if knobs.DefaultIPv4.Set || !d.FamilyByAddress {
		return i == IPv4 && knobs.DefaultIPv4.Else(d.DefaultIPv4)
	}
	if n.Kind == Group {
		return false
	}
	return (n.Kind == Address && n.Addr.Is6()) == (i == IPv6)
}

func (c *Config) held(n *Neighbor, scope Scope, f int) []Held {
	var out []Held
	for _, h := range c.Held {
		if h.holds(n.Name, n.Group, scope, f) {
			out = append(out, h)
		}
	}
	return out
}

// BestPath returns the router's choices for the decision process, resolved.
func (c *Config) BestPath() BestPath {
	d, k := c.Profile.Defaults(), &c.Router.Knobs
	return BestPath{
		AlwaysCompareMED: k.AlwaysCompareMED.Value,
		DeterministicMED: k.DeterministicMED.Else(d.DeterministicMED),
		MissingMEDWorst:  k.MissingMEDWorst.Value,
		IgnoreASPath:     k.IgnoreASPath.Value,
		ConfedLength:     k.ConfedLength.Value,
		CompareRouterID:  k.CompareRouterID.Value,
	}
}

// BestPath is `bgp bestpath` and its kin, resolved.
type BestPath struct {
	AlwaysCompareMED, DeterministicMED, MissingMEDWorst, IgnoreASPath, CompareRouterID, ConfedLength bool
}

// DefaultLocalPref is the LOCAL_PREF of routes that come without one.
func (c *Config) DefaultLocalPref() uint32 {
	return c.Router.LocalPref.Else(c.Profile.Defaults().LocalPref)
}

// ListenAddresses are the addresses to listen on: those configured, else 0.0.0.0 and ::, port 179.
func (r *Router) ListenAddresses() []netip.AddrPort {
	if len(r.Listen) > 0 {
		return r.Listen
	}
	return []netip.AddrPort{
		netip.AddrPortFrom(netip.IPv4Unspecified(), 179),
		netip.AddrPortFrom(netip.IPv6Unspecified(), 179),
	}
}
