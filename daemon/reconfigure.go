package daemon

import (
	"errors"
	"net/netip"
	"reflect"
	"time"

	"bgpsh/daemon/kernel"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
	"bgpsh/fsm"
	"bgpsh/wire"
)

// newSession makes the session of a neighbor, which does nothing until it is configured.
func (c *controller) newSession(now time.Time, name string, set *setup) *session {
	c.numbered++
	s := &session{
		shared: c.shared, name: name, number: c.numbered, setup: set,
		inbox: new(mailbox[any]), stream: newStream(c.ribs), gone: make(chan struct{}),
		log: c.log.Session(name, set.label()),
	}
	s.stream.name, s.stream.post = name, s.inbox.post
	s.peer = fsm.New(s.machine(set))
	s.log.Spawning()
	s.log.Configure(set.label(), set.Resolution, set.LogChanges)
	s.log.Starting(s.peer.Snapshot(now), parameters(set))
	if s.hold = s.faults.suspect(now, name); s.hold != nil {
		s.log.Held(s.hold.down(now, name).String())
	}
	s.publish(now)
	return s
}

// onConfigure makes the session follow a new setup. What can change under an established session does; reset ends the
// session, which then comes back under the new setup. Any change dials at once.
func (s *session) onConfigure(now time.Time, m configure) {
	old := s.setup
	s.setup = m.setup
	s.log.Configure(m.setup.label(), m.setup.Resolution, m.setup.LogChanges)
	machine := s.machine(m.setup)
	if (s.over != nil || s.hold != nil) && m.setup.wanted() && !m.setup.differs(old) { // a change of the neighbor itself lets it try again
		s.feed(now, fsm.Event{Kind: fsm.Reconfigured, Config: &machine})
		return
	}
	s.over, s.hold = nil, nil
	if !m.setup.wanted() || m.setup.stranger(old) || s.up == nil && m.setup.Password != old.Password {
		s.forget()
	}
	switch wanted := m.setup.wanted(); {
	case !wanted && s.started:
		s.started, s.shutBy, s.cause.who = false, m.who, m.who
		s.feed(now, fsm.Event{Kind: fsm.ManualStop, Text: m.setup.Text})
		s.feed(now, fsm.Event{Kind: fsm.Reconfigured, Config: &machine})
	case wanted && !s.started:
		s.feed(now, fsm.Event{Kind: fsm.Reconfigured, Config: &machine})
		s.cause.clear()
		s.started = true
		s.feed(now, fsm.Event{Kind: fsm.ManualStart})
	default:
		s.feed(now, fsm.Event{Kind: fsm.Reconfigured, Config: &machine})
		s.adopt(now, old, m)
	}
}

// differs reports whether anything about the session changed.
func (c *setup) differs(old *setup) bool {
	return old.library != c.library || old.localPref != c.localPref || old.routerID != c.routerID || old.clusterID != c.clusterID || !reflect.DeepEqual(old.Settings, c.Settings)
}

// adopt brings a running session under its new setup.
func (s *session) adopt(now time.Time, old *setup, m configure) {
	switch {
	case !s.started || !m.setup.differs(old):
	case m.reset || s.up == nil:
		s.cause.clear()
		s.cause.who = m.who
		s.feed(now, fsm.Event{Kind: fsm.AdminReset, Subcode: wire.CeaseConfigChange})
		if m.setup.stranger(old) {
			s.forget()
		}
		s.rejudge()
	default:
		s.setSocket(now, old)
		s.refilter(old)
		s.reroute()
		s.sendFilters(false)
	}
}

// setSocket puts changed socket options on the session's connection. One that cannot be set ends the session: it must not
// go on with less than was asked for.
func (s *session) setSocket(now time.Time, old *setup) {
	c, conn := s.setup, s.up.conn
	var err error
	if c.TTL != old.TTL {
		err = conn.SetTTL(c.TTL)
	}
	if err == nil && c.MinTTL != old.MinTTL {
		err = conn.SetMinTTL(c.MinTTL)
	}
	if err == nil && c.DSCP != old.DSCP {
		err = conn.SetDSCP(c.DSCP)
	}
	if err == nil && c.KeepAlive != old.KeepAlive {
		err = conn.SetKeepAlive(transport.KeepAlive(c.KeepAlive))
	}
	if err == nil && c.Password != old.Password {
		err = conn.SetPassword(transport.Secret(c.Password.Reveal()))
		s.rekeyed = s.nanos(now)
	}
	if err != nil {
		s.inbox.post(broken{link: s.up, err: err})
	}
}

// errSuperseded ends a session whose neighbor took the new password by beginning anew.
var errSuperseded = errors.New("the neighbor called again under the new password")

// superseded reports whether the neighbor has given the session up of which we changed the password: it called, which took the
// new one, and was not heard on the session since. Its Cease came signed with the old one, and so does every answer of its
// TCP, until the hold time ends.
func (s *session) superseded() bool {
	return s.up != nil && s.rekeyed != 0 && s.up.lastRead.Load() <= s.rekeyed && !s.setup.Password.Empty() && !s.agreed.Restarts()
}

// reroute brings the established session's two sides of policy up to date: import is judged again where it changed, and
// the neighbor gets what differs where export did.
func (s *session) reroute() {
	s.reimportChanged()
	families := s.families()
	for i, f := range families {
		if f != s.routes.Families[i] {
			s.stream.put(streamItem{kind: controlRegroup, regroup: &f})
		}
	}
	s.routes.Families = families
	s.release()
}

// onLinksChanged looks at the interfaces again: a dial that had no chance may have one now, our own addresses as next hops
// are others.
func (s *session) onLinksChanged(now time.Time) {
	switch {
	case s.up != nil && s.cutOff():
		s.feed(now, fsm.Event{Kind: fsm.AdminReset, Cause: &fsm.Reason{Kind: fsm.ReasonBroken, Local: true, Err: errLinkDown}})
	case s.up != nil:
		s.reroute()
	case s.started && s.cause.blocked() && len(s.links) == 0:
		s.feed(now, fsm.Event{Kind: fsm.AdminReset})
	}
}

// errLinkDown ends the session of a directly connected neighbor whose interface went away.
var errLinkDown = errors.New("the interface went down")

// cutOff reports whether the session needs a directly connected neighbor and has lost the way to it.
func (s *session) cutOff() bool {
	if !s.setup.ConnectedCheck || !s.setup.FastFailover || s.agreed.Internal {
		return false
	}
	_, _, connected := s.kernel.View().Connected(s.setup.Addr)
	return !connected
}

// newImporter makes the import side of the established session.
func (s *session) newImporter() *importer {
	s.version++
	return s.standing().importer(s.version)
}

// families are the agreed families of the session as the RIB needs them.
// Those of before are used until release.
func (s *session) families() []rib.FamilySession {
	s.released, s.numbers = append(s.released, s.numbers...), nil
	return s.standing().families(func(spec policy.Spec, env policy.Env) uint32 {
		n := s.exports.number(spec, env)
		if n != 0 {
			s.numbers = append(s.numbers, n)
		}
		return n
	})
}

// release gives the numbers of export policies back that the session used before, behind what it told the RIB last.
func (s *session) release() {
	if len(s.released) > 0 {
		s.stream.put(streamItem{kind: controlRelease, numbers: s.released})
		s.released = nil
	}
}

// hops are our own addresses on a session, as next hops for what the neighbor is sent.
type hops struct {
	v4, v6, link netip.Addr
	subnet       netip.Prefix // that the session runs over, when it is directly connected
}

// nextHops finds the addresses of the interface that local is on. A family that the session does not run over takes the
// interface's first address of it.
func nextHops(view *kernel.View, local, remote netip.Addr) hops {
	var h hops
	iface, ok := view.InterfaceOf(local)
	if via, subnet, connected := view.Connected(remote); connected && (!ok || via == iface) {
		iface, ok, h.subnet = via, true, subnet
	}
	if ok {
		h.v4, _ = firstAddr(view, iface, kernel.IPv4, false)
		h.v6, _ = view.GlobalIPv6(iface)
		if h.subnet.IsValid() {
			h.link, _ = view.LinkLocal(iface)
		}
	}
	switch local = local.WithZone(""); {
	case local.Is4():
		h.v4 = local
	case local.IsLinkLocalUnicast():
		h.link = local
	default:
		h.v6 = local
	}
	return h
}

// ownAddresses are those of the host, as next hops on a session with this local address: a link-local one means something
// on its own link only.
func ownAddresses(view *kernel.View, local netip.Addr) map[netip.Addr]bool {
	own := map[netip.Addr]bool{}
	link, _ := view.InterfaceOf(local)
	for _, i := range view.Interfaces() {
		for _, p := range i.Addrs {
			if a := p.Addr().WithZone(""); !a.IsLinkLocalUnicast() || i.Name == link {
				own[a] = true
			}
		}
	}
	return own
}
