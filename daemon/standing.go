package daemon

import (
	"net/netip"
	"slices"

	"bgpsh/daemon/config"
	"bgpsh/daemon/kernel"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
	"bgpsh/fsm"
	"bgpsh/wire"
)

// A standing is all that the two sides of an established session's policy are made of: how it is configured, what was agreed
// and over which connection. With another setup it tells what that would make of the session.
type standing struct {
	*setup
	number uint32 // of the session
	agreed *fsm.Negotiated
	conn   transport.Conn
	view   *kernel.View
	asked  [2]asking // by family: the neighbor's filters
}

// standing is that of the established session, for the session itself.
func (s *session) standing() standing {
	return standing{s.setup, s.number, s.agreed, s.up.conn, s.kernel.View(), s.asked}
}

// importer makes the import side.
func (st standing) importer(version uint32) *importer {
	c, n := st.setup, st.agreed
	im := &importer{
		version: version, remoteAS: n.RemoteAS, routerID: n.LocalID, clusterID: c.clusterID,
		internal: n.Internal, firstAS: c.EnforceFirstAS && !n.Inside(), loopback: st.conn.RemoteAddr().Addr().IsLoopback(),
		own: ownAddresses(st.view, st.conn.LocalAddr().Addr()),
	}
	if im.hops = c.HopCheck; im.hops != config.AnyHop {
		im.peer = st.conn.RemoteAddr().Addr().WithZone("").Unmap()
		im.link = st.subnets()
	}
	for i := range c.Families {
		im.families[i].rules = c.importRules(&c.Families[i], n)
		if spec := c.Families[i].Import(n.Inside()); !spec.Empty() {
			im.families[i].policy = c.library.Compile(spec, st.env(config.Families[i], false))
		}
		if name := c.Families[i].AllowAS.Map; name != "" {
			im.families[i].loops = c.library.Compile(policy.Spec{RouteMap: name}, st.env(config.Families[i], false))
		}
	}
	return im
}

// subnets are those of the interface that the session runs over.
func (st standing) subnets() (out []netip.Prefix) {
	name, ok := st.view.InterfaceOf(st.conn.LocalAddr().Addr())
	if !ok {
		return nil
	}
	link, _ := st.view.ByName(name)
	for _, p := range link.Addrs {
		out = append(out, netip.PrefixFrom(p.Addr().WithZone(""), p.Bits()).Masked())
	}
	return out
}

// env is what a policy may ask about the session.
func (st standing) env(f wire.Family, out bool) policy.Env {
	c, n := st.setup, st.agreed
	e := policy.Env{
		Family: f, Out: out, Internal: n.Inside(), Peer: st.conn.RemoteAddr().Addr(), Interface: c.Interface,
		LocalAS: n.LocalAS, RemoteAS: n.RemoteAS, LocalPref: c.localPref, RTT: uint32(st.conn.RTT().Milliseconds()),
	}
	if c.Name == c.Interface {
		e.Name = c.Name
	}
	if e.Interface == "" {
		e.Interface, _ = st.view.InterfaceOf(st.conn.LocalAddr().Addr())
	}
	return e
}

// numbering gives the numbers of export policies.
type numbering func(policy.Spec, policy.Env) uint32

// families are the agreed families as the RIB needs them.
func (st standing) families(number numbering) (out []rib.FamilySession) {
	for _, f := range st.agreed.Families {
		out = append(out, st.family(f, number))
	}
	return out
}

// family is one agreed family as the RIB needs it.
func (st standing) family(f wire.Family, number numbering) rib.FamilySession {
	c, n, local := st.setup, st.agreed, st.conn.LocalAddr().Addr()
	hops := nextHops(st.view, local, c.Addr)
	fs := &c.Families[config.FamilyIndex(f)]
	in, send := fs.Import(n.Inside()), st.export(f)
	key := rib.GroupKey{
		Family: f, Internal: n.Internal, LongLived: n.LongLived(), Member: n.Member, LocalAS: n.LocalAS, Policy: number(send, st.env(f, true)),
		NextHop4: hops.v4, NextHop6: hops.v6, NextHop6LL: hops.link, ConfiguredNextHop: fs.NextHop, NextHopSelf: fs.NextHopSelf,
		Treatment: c.treatment(fs, n), Encoding: wire.Encoding{
			AS4: n.Params.AS4, ExtendedNextHop: n.ExtendedNextHop, AddPath: slices.Contains(n.AddPathSend, f), MaxLen: wire.MaxLen,
		},
	}
	key.Interval = c.Interval
	if key.Encoding.AddPath {
		key.Paths = selection(fs.PathsOut)
	}
	if n.ExtendedNextHop && local.Is6() {
		key.NextHop4 = netip.Addr{} // RFC 8950: IPv4 routes have the session's IPv6 next hop
	}
	if name := fs.DefaultOriginate.Value.Map; name != "" {
		key.DefaultIf = number(policy.Spec{RouteMap: name}, ownEnv(f, c.RouterAS, c.localPref))
	}
	if fs.Unsuppress != "" {
		back := send.Clone()
		back.RouteMap = fs.Unsuppress
		key.Unsuppress = number(back, st.env(f, true))
	}
	if a := fs.Advertise; a.Set {
		when := send.Clone()
		if key.ConditionalToo = send.RouteMap != ""; key.ConditionalToo {
			when = policy.Spec{} // the lists are asked with the map that comes behind
		}
		when.RouteMap = a.Value.Map
		key.Conditional, key.Unless = number(when, st.env(f, true)), a.Value.Unless
		key.If = number(policy.Spec{RouteMap: a.Value.Condition}, ownEnv(f, c.RouterAS, c.localPref))
	}
	if c.Solo || key.MaxOut > 0 {
		key.Solo = st.number
	}
	if c.SenderLoopCheck {
		key.AS = n.RemoteAS
	}
	if n.SendExtended {
		key.Encoding.MaxLen = wire.MaxExtendedLen
	}
	if !n.Inside() && !hops.subnet.Addr().IsLinkLocalUnicast() { // fe80::/64 is no subnet that two links share
		key.Subnet = hops.subnet
	}
	deny := policyReason(send.DenyAll)
	if deny == rib.MissingPolicy && key.Default {
		deny = 0 // asked for by name: RFC 8212 keeps the other routes back, as their policy
	}
	if deny == 0 && st.asked[config.FamilyIndex(f)].waits {
		deny = rib.AwaitsFilter
	}
	return rib.FamilySession{
		Family: f, Group: key, DenyIn: policyReason(in.DenyAll), DenyOut: deny,
		EnhancedRefresh: n.EnhancedRouteRefresh, Limit: prefixLimit(fs.MaxPrefix),
		EndOfRIB: n.LocalOpen.Caps.GracefulRestart != nil && n.PeerOpen.Caps.GracefulRestart != nil, NoEndOfRIB: c.NoEndOfRIB,
	}
}

// export is the policy for what the neighbor is sent, with the filter that it asked for.
func (st standing) export(f wire.Family) policy.Spec {
	i := config.FamilyIndex(f)
	send := st.Families[i].Export(st.agreed.Inside())
	send.NeighborFilter = st.asked[i].list
	return send
}
