package fsm

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"bgpsh/wire"
)

// localOpen builds our OPEN from the configuration.
func (p *Peer) localOpen() *wire.Open {
	c := &p.cfg
	as := c.LocalAS
	if p.second && c.DualAS != 0 {
		as = c.DualAS
	}
	o := &wire.Open{Version: wire.Version, AS16: wire.AS16(as), HoldTime: seconds(c.HoldTime), ID: c.RouterID, Caps: c.Caps}
	o.Caps.Multiprotocol = c.Families
	o.Caps.HasAS4, o.Caps.AS4 = true, as
	o.Caps.HasRole, o.Caps.Role = c.HasRole && c.mayBeExternal(), c.Role
	if g := c.Caps.GracefulRestart; g != nil && p.now.Before(c.Restarted) {
		restarting := *g
		restarting.Restarting = true
		o.Caps.GracefulRestart = &restarting
	}
	if c.NoCapabilities {
		o.Caps = wire.Capabilities{}
	}
	return o
}

// mayBeExternal tells whether the neighbor can be of another AS: roles are for those (RFC 9234 4.1).
func (c *Config) mayBeExternal() bool {
	switch c.RemoteAS.Kind {
	case Internal:
		return false
	case Exactly:
		return c.RemoteAS.AS != c.LocalAS && !c.Member
	}
	return true
}

// seconds converts a hold time to what an OPEN carries.
func seconds(d time.Duration) uint16 {
	return uint16(min(max(d/time.Second, 0), 0xffff))
}

// negotiate judges the peer's OPEN on c against the configuration and our OPEN. It gives what both agree on, or why they do
// not, with the NOTIFICATION to send (RFC 4271 6.2, 5492, 6286, 9234).
func (p *Peer) negotiate(c *conn, o *wire.Open) (*Negotiated, Reason) {
	for _, check := range []func(*conn, *wire.Open) *Reason{p.checkAS, p.checkID, p.checkHoldTime, p.checkRole, p.checkFamilies} {
		if r := check(c, o); r != nil {
			r.Kind, r.Local = ReasonOpenError, true
			r.RemoteAS, r.RemoteID = o.AS(), o.ID
			return nil, *r
		}
	}
	ours, theirs := &c.sent.Caps, &o.Caps
	families := p.agreed(ours, theirs)
	has := func(f wire.Family) bool { return slices.Contains(families, f) }
	n := &Negotiated{
		Conn: c.id, Direction: c.dir, RemoteAS: o.AS(), RemoteID: o.ID, LocalAS: c.sent.AS(), LocalID: c.sent.ID,
		Internal: o.AS() == c.sent.AS(), Member: p.cfg.Member && o.AS() != c.sent.AS(),
		HoldTime: time.Duration(min(c.sent.HoldTime, o.HoldTime)) * time.Second,
		Families: families, ImplicitIPv4: len(theirs.Multiprotocol) == 0,
		SendExtended: ours.ExtendedMessage && theirs.ExtendedMessage,
		RouteRefresh: ours.RouteRefresh && theirs.RouteRefresh, EnhancedRouteRefresh: ours.EnhancedRouteRefresh && theirs.EnhancedRouteRefresh,
		ExtendedNextHop: has(wire.IPv4Unicast) && extendedNextHop(ours) && extendedNextHop(theirs),
		HasPeerRole:     theirs.HasRole, PeerRole: theirs.Role,
		PeerOpen: o, LocalOpen: c.sent,
	}
	n.Keepalive = n.HoldTime / 3
	if p.cfg.Keepalive > 0 {
		n.Keepalive = min(n.Keepalive, p.cfg.Keepalive)
	}
	if n.HoldTime > 0 && p.cfg.SendHold > 0 {
		n.SendHold = max(p.cfg.SendHold, n.HoldTime) // RFC 9687 3.1: longer than the hold time
	}
	for _, f := range families {
		if addPath(ours, f)&wire.AddPathSend != 0 && addPath(theirs, f)&wire.AddPathReceive != 0 {
			n.AddPathSend = append(n.AddPathSend, f)
		}
	}
	for _, f := range families {
		mine, its := ours.FilterMode(f), theirs.FilterMode(f)
		if mine&wire.FilterSend != 0 && its&wire.FilterReceive != 0 {
			n.FilterSend = append(n.FilterSend, f)
		}
		if mine&wire.FilterReceive != 0 && its&wire.FilterSend != 0 {
			n.FilterReceive = append(n.FilterReceive, f)
		}
	}
	receives := func(f wire.Family) bool {
		return has(f) && addPath(ours, f)&wire.AddPathReceive != 0 && addPath(theirs, f)&wire.AddPathSend != 0
	}
	n.Params = wire.Params{
		AS4:  ours.HasAS4 && theirs.HasAS4,
		IPv4: has(wire.IPv4Unicast), IPv6: has(wire.IPv6Unicast),
		AddPathIPv4: receives(wire.IPv4Unicast), AddPathIPv6: receives(wire.IPv6Unicast),
		Internal: n.Inside(), Confederation: p.cfg.Confederation && n.Inside(), ExtendedNextHop: n.ExtendedNextHop,
	}
	return n, Reason{}
}

func (p *Peer) checkAS(c *conn, o *wire.Open) *Reason {
	as := o.AS()
	if p.cfg.RemoteAS.accepts(c.sent.AS(), as) {
		return nil
	}
	data := binary.BigEndian.AppendUint16(nil, o.AS16)
	if o.Caps.HasAS4 {
		data = binary.BigEndian.AppendUint32(nil, as)
	}
	return &Reason{Notification: openError(wire.OpenBadPeerAS, data),
		Text: fmt.Sprintf("peer is AS %d, configured is %s", as, p.cfg.RemoteAS)}
}

// checkID: a configured identifier must match, and inside an AS the peer's must not be ours (RFC 6286 2.2).
func (p *Peer) checkID(c *conn, o *wire.Open) *Reason {
	r := &Reason{Notification: openError(wire.OpenBadID, binary.BigEndian.AppendUint32(nil, o.ID))}
	switch {
	case p.cfg.RemoteID != 0 && o.ID != p.cfg.RemoteID:
		r.Text = fmt.Sprintf("peer has identifier %s, configured is %s", ip(o.ID), ip(p.cfg.RemoteID))
	case o.ID == c.sent.ID && o.AS() == c.sent.AS():
		r.Text = fmt.Sprintf("peer of our AS has our identifier %s", ip(o.ID))
	case o.ID == 0:
		r.Text = "peer has identifier 0.0.0.0"
	default:
		return nil
	}
	return r
}

func (p *Peer) checkHoldTime(_ *conn, o *wire.Open) *Reason {
	hold := time.Duration(o.HoldTime) * time.Second
	if o.HoldTime != 1 && o.HoldTime != 2 && hold >= p.cfg.MinHoldTime {
		return nil
	}
	return &Reason{Notification: openError(wire.OpenBadHoldTime, nil),
		Text: fmt.Sprintf("peer offers a hold time of %d s, at least %d s is required", o.HoldTime, max(seconds(p.cfg.MinHoldTime), 3))}
}

// checkRole: RFC 9234 4.2.
func (p *Peer) checkRole(c *conn, o *wire.Open) *Reason {
	if !p.cfg.HasRole || o.AS() == c.sent.AS() {
		return nil
	}
	r := &Reason{Notification: openError(wire.OpenRoleMismatch, nil)}
	switch {
	case !o.Caps.HasRole && p.cfg.RoleStrict:
		r.Text = "peer tells no role and strict mode requires one"
	case o.Caps.HasRole && !rolesFit(p.cfg.Role, o.Caps.Role):
		r.Text = fmt.Sprintf("peer has role %s, which does not fit ours, %s", roleName(o.Caps.Role), roleName(p.cfg.Role))
	default:
		return nil
	}
	return r
}

// rolesFit: provider and customer, route server and its client, peer and peer.
func rolesFit(ours, theirs uint8) bool {
	want := map[uint8]uint8{wire.RoleProvider: wire.RoleCustomer, wire.RoleCustomer: wire.RoleProvider, wire.RoleRS: wire.RoleRSClient,
		wire.RoleRSClient: wire.RoleRS, wire.RolePeer: wire.RolePeer}
	fit, known := want[ours]
	return known && theirs == fit
}

// roleName gives the names of RFC 9234 4.1.
func roleName(role uint8) string {
	names := [...]string{wire.RoleProvider: "provider", wire.RoleRS: "rs-server", wire.RoleRSClient: "rs-client",
		wire.RoleCustomer: "customer", wire.RolePeer: "peer"}
	if int(role) < len(names) {
		return names[role]
	}
	return fmt.Sprintf("%d (unknown)", role)
}

// checkFamilies: without a family in common a session would carry nothing. The data is our offer (RFC 5492 3).
func (p *Peer) checkFamilies(c *conn, o *wire.Open) *Reason {
	ours, theirs := offered(&c.sent.Caps), offered(&o.Caps)
	same := len(ours) == len(theirs) && len(common(&c.sent.Caps, &o.Caps)) == len(ours)
	text := fmt.Sprintf("no family in common: ours %v, the peer's %v", c.sent.Caps.Multiprotocol, theirs)
	switch {
	case p.cfg.StrictFamilies && !same:
		text = fmt.Sprintf("strict-capability-match: our families are %v, the peer's %v", ours, theirs)
	case len(p.agreed(&c.sent.Caps, &o.Caps)) > 0:
		return nil
	}
	var data []byte
	for _, f := range c.sent.Caps.Multiprotocol {
		data = wire.AppendMultiprotocol(data, f)
	}
	return &Reason{Notification: openError(wire.OpenUnsupportedCapability, data),
		Text: text}
}

// agreed gives the families of the session: those of both, or all of ours where the configuration says so.
func (p *Peer) agreed(ours, theirs *wire.Capabilities) []wire.Family {
	if p.cfg.AllFamilies {
		return offered(ours)
	}
	return common(ours, theirs)
}

// offered gives the families of an OPEN. One without the capability is of RFC 4271 and means IPv4 unicast (RFC 4760 8).
func offered(c *wire.Capabilities) []wire.Family {
	if len(c.Multiprotocol) == 0 {
		return []wire.Family{wire.IPv4Unicast}
	}
	return c.Multiprotocol
}

// common gives the families of both, in our order.
func common(ours, theirs *wire.Capabilities) []wire.Family {
	var both []wire.Family
	for _, f := range offered(ours) {
		if slices.Contains(offered(theirs), f) {
			both = append(both, f)
		}
	}
	return both
}

// extendedNextHop tells whether IPv4 unicast over IPv6 next hops is offered (RFC 8950).
func extendedNextHop(c *wire.Capabilities) bool {
	return slices.Contains(c.ExtendedNextHop, wire.ExtendedNextHop{Family: wire.IPv4Unicast, NextHopAFI: wire.IPv6Unicast.AFI()})
}

// addPath gives the ADD-PATH mode offered for a family, 0 without.
func addPath(c *wire.Capabilities, f wire.Family) uint8 {
	for _, a := range c.AddPath {
		if a.Family == f {
			return a.Mode
		}
	}
	return 0
}

func openError(subcode uint8, data []byte) wire.Notification {
	return wire.Notification{Code: wire.CodeOpen, Subcode: subcode, Data: data}
}

// ip shows a BGP identifier as operators write it.
func ip(id uint32) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, id)))
}

// String gives the words of the configuration: "65001", "internal".
func (r RemoteAS) String() string {
	switch r.Kind {
	case Internal:
		return "internal"
	case External:
		return "external"
	case Auto:
		return "auto"
	}
	return fmt.Sprint(r.AS)
}
