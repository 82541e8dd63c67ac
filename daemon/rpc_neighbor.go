package daemon

import (
	"context"
	"slices"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/fsm"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

func (d *Daemon) neighbors(ctx context.Context, _ *ipc.Caller, p api.NeighborsParams) (api.Neighbors, error) {
	out := api.Neighbors{Neighbors: []api.Neighbor{}}
	pub, err := d.bgp()
	if err != nil {
		return out, err
	}
	sessions := pub.sessions
	if p.Neighbor != "" {
		s, err := pub.neighbor(p.Neighbor)
		if err != nil {
			return out, err
		}
		sessions = []*session{s}
	}
	t, err := d.facts(ctx, sessions)
	if err != nil {
		return out, err
	}
	now := time.Now()
	for _, s := range sessions {
		n := s.detail(s.view.Load(), t.counters[s], now)
		n.ASNotation = pub.notation()
		out.Neighbors = append(out.Neighbors, n)
	}
	return out, nil
}

// detail is everything known of a neighbor.
func (s *session) detail(v *view, c [2]rib.Counters, now time.Time) api.Neighbor {
	set := v.setup
	n := api.Neighbor{
		PeerRef: v.ref(), RemoteAS: v.remoteAS(), LocalAS: set.LocalAS, Link: v.linkKind(), Description: set.Description,
		Group: set.Group, VLAN: set.VLAN, RequiredID: set.RemoteID, AdminDown: set.Shutdown, ShutdownMessage: set.Text, HeldBack: len(set.Held) > 0,
		Passive: set.Passive,
		State:   v.state(), Detail: v.machine.State.String(), Generation: uint32(v.ups), SinceMs: v.age(now),
		EstablishedAt: v.machine.Established, Down: v.downNow(now), LastReset: v.lastReset(now), Ups: v.ups, Downs: v.downs,
		ListenRange: set.listenRange, OverLimit: v.over, LocalNoPrepend: set.LocalASNoPrepend, LocalReplace: set.LocalASReplace, LocalDual: set.LocalASDual,
		LocalID: addr4(set.routerID), Timers: s.timers(v, now), Restart: v.restart(now),
		Messages: s.messages(v), Prefixes: s.prefixes(c), Families: []api.NeighborFamily{}, Connection: v.connection(),
		Counters: s.counted(v, c),
		MaxHops:  v.maxHops(), MinimumTTL: int(set.MinTTL), Password: !set.Password.Empty(), DSCP: int(set.DSCP), TCPMSS: int(set.TCPMSS),
		Port: int(set.Port), EnforceFirst: set.EnforceFirstAS, CollideEstablished: set.CollisionEstablished,
	}
	if set.Role.Set {
		n.LocalRole = roleName(set.Role.Value.Role)
	}
	if set.Source.Addr.IsValid() {
		n.UpdateSource = set.Source.Addr.String()
	} else {
		n.UpdateSource = set.Source.Interface
	}
	if set.MinTTL > 0 {
		n.TTLSecurity = 256 - int(set.MinTTL)
	}
	if v.agreed != nil && v.link != nil && set.TCPMSS > 0 {
		n.SyncedMSS = v.link.conn.MSS()
	}
	if v.agreed != nil {
		n.RemoteID = addr4(v.agreed.RemoteID)
		if v.agreed.HasPeerRole {
			n.RemoteRole = roleName(v.agreed.PeerRole)
		}
		n.SoftwareVersion = safeText(v.agreed.PeerOpen.Caps.SoftwareVersion)
		n.Capabilities = capabilities(v.agreed)
	}
	for i := range set.Families {
		if set.Families[i].Active {
			n.Families = append(n.Families, s.family(v, c[i], i, now))
		}
	}
	return n
}

// roleName is a role of RFC 9234 in the words of the configuration.
func roleName(r uint8) string {
	names := [...]string{"provider", "rs-server", "rs-client", "customer", "peer"}
	if int(r) >= len(names) {
		return asText(uint32(r))
	}
	return names[r]
}

func (v *view) linkKind() api.Link {
	confed := v.setup.Confederation != 0
	switch {
	case v.internal() && confed:
		return api.ConfedInternal
	case v.internal():
		return api.Internal
	case v.setup.Member():
		return api.ConfedExternal
	case v.agreed != nil, v.setup.External():
		return api.External
	}
	return api.Unspecified
}

// maxHops is how far away the neighbor may be.
func (v *view) maxHops() int {
	switch {
	case v.setup.MinTTL > 0:
		return 256 - int(v.setup.MinTTL)
	case v.setup.TTL == 0:
		return 255
	}
	return int(v.setup.TTL)
}

func secs(d time.Duration) int { return int(d / time.Second) }

// timers are the neighbor's clocks now.
func (s *session) timers(v *view, now time.Time) api.Timers {
	c, passed := v.setup, now.Sub(v.at)
	t := api.Timers{
		HoldSec: secs(c.HoldTime), KeepaliveSec: secs(c.Keepalive), ConfiguredHoldSec: secs(c.HoldTime),
		ConfiguredKeepSec: secs(c.Keepalive), ConnectRetrySec: secs(c.ConnectRetry), DelayOpenSec: secs(c.DelayOpen),
		IdleHoldSec: secs(c.IdleHold), OpenHoldSec: secs(c.OpenHold), SendHoldSec: secs(c.SendHold),
		ConnectJitter: jitterOf(c.ConnectJitter), IdleHoldJitter: jitterOf(c.IdleHoldJitter), ResolutionMs: int(c.Resolution / time.Millisecond), AdvertiseMs: int(c.Interval / time.Millisecond),
	}
	left := func(timer fsm.Timer) *int64 {
		if !timer.Enabled {
			return nil
		}
		return ms(timer.Remaining - passed)
	}
	t.ConnectRetryMs, t.IdleHoldMs = left(v.machine.Session.ConnectRetry), left(v.machine.Session.IdleHold)
	for _, conn := range v.machine.Conns {
		if v.link != nil && conn.ID == v.link.id {
			t.HoldMs, t.KeepaliveMs, t.DelayOpenMs = left(conn.Clock.Hold), left(conn.Clock.Keepalive), left(conn.Clock.DelayOpen)
		}
	}
	if v.agreed != nil {
		t.HoldSec, t.KeepaliveSec, t.SendHoldSec = secs(v.agreed.HoldTime), secs(v.agreed.Keepalive), secs(v.agreed.SendHold)
	}
	if at := s.counts.lastRead.Load(); at != 0 {
		t.LastReadMs = ms(now.Sub(s.instant(at)))
	}
	if at := s.counts.lastWrite.Load(); at != 0 {
		t.LastWriteMs = ms(now.Sub(s.instant(at)))
	}
	if at := s.counts.lastUpdate.Load(); at != 0 {
		t.LastUpdateMs = ms(now.Sub(s.instant(at)))
	}
	return t
}

// messages counts messages by type.
func (s *session) messages(v *view) api.MessageStats {
	count := func(t wire.Type) api.MessageCount {
		return api.MessageCount{Sent: s.counts.sentOf(t), Received: s.counts.in[t].Load()}
	}
	m := api.MessageStats{
		Open: count(wire.TypeOpen), Notification: count(wire.TypeNotification), Update: count(wire.TypeUpdate),
		Keepalive: count(wire.TypeKeepalive), RouteRefresh: count(wire.TypeRouteRefresh), QueueIn: uint64(s.stream.waiting()),
	}
	if v.link != nil {
		n, _ := v.link.ring.depth()
		m.QueueOut = uint64(n)
	}
	return m
}

// prefixes counts what import did to the neighbor's prefixes, those held now.
func (s *session) prefixes(c [2]rib.Counters) (p api.PrefixStats) {
	for i := range c {
		refused := func(r rib.Reason) uint64 { return uint64(c[i].Refused[r]) }
		p.InboundFiltered += refused(rib.Filtered) + refused(rib.MissingPolicy) + refused(rib.HeldBack)
		p.ASPathLoop += refused(rib.ASLoop)
		p.OriginatorLoop += refused(rib.OriginatorLoop)
		p.ClusterLoop += refused(rib.ClusterLoop)
		p.InvalidNextHop += refused(rib.NextHop)
		p.FirstAS += refused(rib.FirstAS)
	}
	p.Withdrawn = s.counts.withdrawn.Load()
	p.AttributesDiscarded = s.counts.discarded.Load()
	return p
}

func (v *view) connection() *api.Connection {
	if v.link == nil {
		return nil
	}
	c := &api.Connection{
		Local: v.local, Remote: v.remote, Outgoing: v.link.direction == fsm.Outbound, SharedNetwork: v.hops.subnet.IsValid(), FD: v.link.fd(),
		NextHop: v.hops.v4, NextHopGlobal: v.hops.v6, NextHopLocal: v.hops.link,
	}
	if rtt := v.link.conn.RTT(); rtt > 0 {
		c.RTTMs = ms(rtt)
	}
	return c
}

// family is a neighbor in the family of index i.
func (s *session) family(v *view, c rib.Counters, i int, now time.Time) api.NeighborFamily {
	set := &v.setup.Families[i]
	f := api.NeighborFamily{
		Family: apiFamilies[i], Negotiated: v.negotiated(set.Family), Group: v.setup.Group,
		Received: uint64(c.Received), Accepted: uint64(c.Accepted), Filtered: uint64(c.Received - c.Accepted), Sent: uint64(c.Sent),
		Stale: uint64(c.Stale), Best: uint64(c.Best),
		DenyIn: v.deny[i].in, DenyOut: v.deny[i].out, SoftInbound: set.SoftInbound, SendCommunity: sendCommunity(set.SendCommunity),
		NextHopSelf: set.NextHopSelf, NextHop: set.NextHop, ImportLocalPref: set.In.SetLocalPref, ExportMED: set.Out.SetMED,
		DefaultSent: c.DefaultSent, Advertising: c.Advertising, EndOfRIBReceived: c.EndOfRIBIn, EndOfRIBSent: c.EndOfRIBOut, UpdateGroup: c.Group, Subgroup: c.Group,
	}
	if v.agreed != nil {
		n, _ := v.link.ring.depth()
		f.QueueOut = uint64(n)
		if gr := v.agreed.PeerOpen.Caps.GracefulRestart; gr != nil {
			f.ForwardingBit = slices.Contains(gr.Families, wire.RestartFamily{Family: set.Family, Forwarding: true})
		}
	}
	f.Kept, f.DeferralMs = v.kept(set.Family, now), s.deferral.left(i, now)
	handled(&f, set)
	for _, community := range set.Out.AddCommunities {
		f.ExportCommunities = append(f.ExportCommunities, communityText(community))
	}
	defs := v.setup.library.Definitions()
	f.Policies = append(policyRefs(&set.In, set.Family, defs, false), policyRefs(&set.Out, set.Family, defs, true)...)
	if r := (policy.Ref{Kind: policy.RefRouteMap, Name: set.Unsuppress}); r.Name != "" {
		f.Policies = append(f.Policies, api.PolicyRef{Kind: "unsuppress-map", Name: r.Name, Out: true, Exists: defs.Has(r)})
	}
	return f
}

// policyRefs are the rules, lists and maps of a direction, with whether they are defined.
func policyRefs(s *policy.Spec, f wire.Family, defs *policy.Definitions, out bool) (refs []api.PolicyRef) {
	for _, r := range s.Allow {
		refs = append(refs, api.PolicyRef{Kind: "allow", Name: r.String(), Out: out, Exists: true})
	}
	for _, r := range s.Refs(f) {
		kind := "route-map"
		switch r.Kind {
		case policy.RefPrefixList, policy.RefPrefixList6:
			kind = "prefix-list"
		case policy.RefAccessList, policy.RefAccessList6:
			kind = "distribute-list"
		case policy.RefPathList:
			kind = "filter-list"
		}
		refs = append(refs, api.PolicyRef{Kind: kind, Name: r.Name, Out: out, Exists: defs.Has(r)})
	}
	return refs
}

func sendCommunity(c config.Communities) string {
	switch c {
	case config.AllCommunities:
		return "all"
	case config.Standard | config.Extended:
		return "both"
	case config.Standard:
		return "standard"
	case config.Extended:
		return "extended"
	case config.Large:
		return "large"
	case 0:
		return "none"
	case config.Extended | config.Large:
		return "extended and large"
	}
	return "standard and large"
}

// capabilities are what the two OPENs carried.
func capabilities(n *fsm.Negotiated) *api.Capabilities {
	ours, peers := &n.LocalOpen.Caps, &n.PeerOpen.Caps
	agree := func(sent, received bool) api.Agreement { return api.Agreement{Sent: sent, Received: received} }
	c := &api.Capabilities{
		FourOctetAS: agree(ours.HasAS4, peers.HasAS4), ExtendedMessage: agree(ours.ExtendedMessage, peers.ExtendedMessage),
		RouteRefresh: agree(ours.RouteRefresh, peers.RouteRefresh), RouteRefreshOld: agree(ours.OldRouteRefresh, peers.OldRouteRefresh),
		EnhancedRouteRefresh: agree(ours.EnhancedRouteRefresh, peers.EnhancedRouteRefresh),
		GracefulRestart:      agree(ours.GracefulRestart != nil, peers.GracefulRestart != nil),
		LongLived:            agree(ours.HasLongLived, peers.HasLongLived), Role: agree(ours.HasRole, peers.HasRole),
		FQDN: agree(ours.FQDN != nil, peers.FQDN != nil), SoftwareVersion: agree(ours.SoftwareVersion != "", peers.SoftwareVersion != ""),
		ExtendedNextHop: agree(len(ours.ExtendedNextHop) > 0, len(peers.ExtendedNextHop) > 0),
		VersionSent:     ours.SoftwareVersion, VersionReceived: safeText(peers.SoftwareVersion),
	}
	for _, f := range config.Families {
		a := api.FamilyAgreement{Family: apiFamily(f), Agreement: agree(slices.Contains(ours.Multiprotocol, f), slices.Contains(peers.Multiprotocol, f))}
		if a.Sent || a.Received {
			c.Families = append(c.Families, a)
		}
	}
	addPaths(c, ours, peers)
	for _, e := range peers.ExtendedNextHop {
		c.ExtendedNextHopPeer = append(c.ExtendedNextHopPeer, apiFamily(e.Family))
	}
	if ours.FQDN != nil {
		c.HostnameSent, c.DomainnameSent = ours.FQDN.Host, ours.FQDN.Domain
	}
	if peers.FQDN != nil {
		c.HostnameReceived, c.DomainnameReceived = safeText(peers.FQDN.Host), safeText(peers.FQDN.Domain)
	}
	if gr := peers.GracefulRestart; gr != nil {
		for _, f := range gr.Families {
			c.RestartPeer = append(c.RestartPeer, api.RestartFamily{Family: apiFamily(f.Family), Forwarding: f.Forwarding})
		}
	}
	for _, f := range peers.LongLived {
		c.LongLivedPeer = append(c.LongLivedPeer, api.LongLivedFamily{Family: apiFamily(f.Family), Forwarding: f.Forwarding, StaleSec: f.Time})
	}
	for _, u := range peers.Unknown {
		c.Unknown = append(c.Unknown, int(u.Code))
	}
	return c
}

func addPaths(c *api.Capabilities, ours, peers *wire.Capabilities) {
	for _, f := range config.Families {
		a := api.AddPathAgreement{Family: apiFamily(f)}
		for _, ap := range ours.AddPath {
			if ap.Family == f {
				a.Receive, a.Send = ap.Mode&wire.AddPathReceive != 0, ap.Mode&wire.AddPathSend != 0
			}
		}
		for _, ap := range peers.AddPath {
			if ap.Family == f {
				a.PeerRecv, a.PeerSend = ap.Mode&wire.AddPathReceive != 0, ap.Mode&wire.AddPathSend != 0
			}
		}
		if a.Receive || a.Send || a.PeerRecv || a.PeerSend {
			c.AddPath = append(c.AddPath, a)
		}
	}
}
