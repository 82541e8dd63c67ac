package daemon

import (
	"net/netip"
	"slices"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
	"bgpsh/fsm"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// lastWords is how long a NOTIFICATION may take to leave, and how long the peer may take to read it.
const lastWords = time.Second

// A world is what a session starts outside itself. Nothing in it waits; results come back as messages to the session.
type world interface {
	// dial connects to l.remote until limit has passed, then posts dialed.
	dial(l *link, o transport.Options, limit time.Duration)
	// write starts the writer of l, which has a connection. It ends when the link's ring is finished or closed; then the
	// connection is closed, after a moment in which the peer can read what was written last.
	write(l *link)
	// read starts the reader of l.
	read(l *link)
}

// perform does what the machine asks for.
func (s *session) perform(now time.Time, a fsm.Action) {
	switch a.Kind {
	case fsm.ActionDial:
		s.dial(now, a.Conn)
	case fsm.ActionClose:
		s.close(now, a.Conn)
	case fsm.ActionSend:
		s.send(a)
	case fsm.ActionRead:
		if l := s.links.find(a.Conn); l != nil && l.begun.CompareAndSwap(false, true) {
			l.log.Reading()
			s.world.read(l)
		}
	case fsm.ActionUp:
		s.onUp(now, a.Negotiated)
	case fsm.ActionDown:
		s.onDown(now, a.Reason)
	case fsm.ActionNote:
		s.note(now, a)
	}
}

func (s *session) send(a fsm.Action) {
	l := s.links.find(a.Conn)
	if l == nil {
		return
	}
	l.log.Sending(a.Bytes, nil)
	s.counts.sent(a.Type)
	l.ring.sendUrgent(a.Bytes)
}

// close gives a link up. Its writer still sends what the machine sent before.
func (s *session) close(now time.Time, id fsm.ConnID) {
	l := s.links.find(id)
	if l == nil {
		return
	}
	s.links.remove(l)
	s.letGo(now, l)
}

// letGo ends what a link does, but for what its writer has to send.
func (s *session) letGo(now time.Time, l *link) {
	if l.cancel != nil {
		l.cancel()
	}
	if l.conn == nil {
		l.log.Dropped(true)
	}
	if l.conn != nil {
		l.conn.SetWriteDeadline(now.Add(lastWords))
	}
	l.ring.finish()
	l.giveUp()
}

// dial starts a connection attempt, or says at once why there can be none.
func (s *session) dial(now time.Time, id fsm.ConnID) {
	remote := netip.AddrPortFrom(s.setup.Addr, s.setup.Port)
	l := s.newLink(id, fsm.Outbound, remote)
	s.links = append(s.links, l)
	o, err := s.dialOptions()
	if err != nil {
		s.inbox.post(dialed{link: l, err: err})
		return
	}
	limit := s.setup.dialLimit()
	l.log.Dialing(limit)
	s.world.dial(l, o, limit)
}

// dialOptions are what the setup asks of an outgoing connection. The error is a *blocked.
func (s *session) dialOptions() (transport.Options, error) {
	c, view := s.setup, s.kernel.View()
	o := transport.Options{
		Interface: c.Interface, Password: transport.Secret(c.Password.Reveal()),
		MinTTL: c.MinTTL, TTL: c.TTL, DSCP: c.DSCP, HasDSCP: true,
		MSS: c.TCPMSS, KeepAlive: transport.KeepAlive(c.KeepAlive),
	}
	if _, there := view.ByName(c.Interface); !there && c.Interface != "" {
		return o, &blocked{kind: blockedNoLink, name: c.Interface}
	}
	switch _, _, connected := view.Connected(c.Addr); {
	case connected:
	case c.Addr.Zone() != "":
		return o, &blocked{kind: blockedNoLink, name: c.Addr.Zone()}
	case c.ConnectedCheck:
		return o, &blocked{kind: blockedNotConnected}
	}
	switch src := c.Source; {
	case src.Addr.IsValid():
		o.Local = netip.AddrPortFrom(src.Addr, 0)
	case src.Interface != "":
		addr, ok := sourceAddr(view, src.Interface, c.Addr)
		if !ok {
			return o, &blocked{kind: blockedNoSource, name: src.Interface}
		}
		o.Local = netip.AddrPortFrom(addr, 0)
	}
	return o, nil
}

// onUp hands the session over to the RIB. The reader of the link waits for this step, so it sees the result
// before it parses another message.
func (s *session) onUp(now time.Time, n *fsm.Negotiated) {
	l := s.links.find(n.Conn)
	s.up, s.agreed, s.hello, s.since = l, n, n.PeerOpen, now
	s.ups++
	s.rekeyed = 0
	s.cause.clear()
	s.routes = rib.Session{
		Generation: s.routes.Generation + 1,
		Addr:       l.conn.RemoteAddr().Addr(), RouterID: n.RemoteID, AS: n.RemoteAS, LocalAS: n.LocalAS, Internal: n.Internal, Member: n.Member,
		Confederation: s.setup.Confederation != 0,
	}
	s.awaitFilters(n)
	im := s.newImporter()
	s.imports.Store(im)
	s.routes.Families = s.families()
	maxLen := wire.MaxLen
	if n.SendExtended {
		maxLen = wire.MaxExtendedLen
	}
	sent := n.Params
	sent.AddPathIPv4, sent.AddPathIPv6 = slices.Contains(n.AddPathSend, wire.IPv4Unicast), slices.Contains(n.AddPathSend, wire.IPv6Unicast)
	received := n.Params
	received.Filter = s.setup.filter()
	received.AllowASSets = true // the importer judges them, so that `bgp reject-as-sets` needs no new session
	l.reader.live.Store(&established{generation: s.routes.Generation, params: received, sent: sent, maxLen: maxLen, filters: len(n.FilterReceive) > 0})
	session := s.routes
	session.Families = s.resumed(n, s.routes.Families)
	s.stream.put(streamItem{kind: controlUp, session: &session, ring: l.ring, imports: im})
	s.release()
	s.sendFilters(true)
	s.logUp()
}

// onDown takes the neighbor's routes back.
func (s *session) onDown(now time.Time, r fsm.Reason) {
	s.last = s.standing()
	s.lose(now, &r)
	s.cause.ended(now, r)
	s.up, s.agreed, s.since, s.stale, s.whole = nil, nil, now, [2]time.Time{}, [2]bool{}
	s.downs++
	s.log.Down(&r)
}

// note logs a fact, and remembers those that tell why the neighbor is down.
func (s *session) note(now time.Time, a fsm.Action) {
	if a.Note.Kind == fsm.NoteFailed {
		s.cause.failed(now, a.Reason)
	}
	s.log.Note(&a.Note, &a.Reason)
}

// notify answers the waiters whose session is up, and forgets those that wait no more.
func (s *session) notify() {
	s.waiters = slices.DeleteFunc(s.waiters, func(w waiter) bool {
		if w.ctx.Err() != nil {
			return true
		}
		if s.up == nil || s.routes.Generation <= w.after {
			return false
		}
		w.notify(s.routes.Generation)
		return true
	})
}

func (s *session) onOrder(now time.Time, m order) {
	s.cause.who = m.who
	s.forget()
	if (s.over != nil || s.hold != nil) && m.event.Kind == fsm.AdminReset {
		s.resume(now)
	} else {
		s.feed(now, m.event)
	}
}

// onSoft asks the neighbor for its routes again where it can (RFC 2918), else judges again what it sent; or sends it again
// what it was sent.
func (s *session) onSoft(m soft) {
	if s.up != nil {
		for _, f := range m.families {
			s.softFamily(f, m)
		}
	}
}

func (s *session) softFamily(f wire.Family, m soft) {
	if !slices.Contains(s.agreed.Families, f) {
		return
	}
	if m.out {
		s.stream.put(streamItem{kind: controlRefresh, family: f})
	}
	if !m.in {
		return
	}
	if slices.Contains(s.agreed.FilterSend, f) {
		s.sendFilter(f)
		return
	}
	if s.agreed.RouteRefresh {
		b := wire.AppendRouteRefresh(nil, wire.RouteRefresh{Family: f})
		s.send(fsm.Action{Conn: s.up.id, Type: wire.TypeRouteRefresh, Bytes: b})
		return
	}
	s.reimport()
}

// reimport makes the import side of the moment the one in force and has every route judged by it.
func (s *session) reimport() {
	im := s.newImporter()
	s.imports.Store(im)
	s.stream.put(streamItem{kind: controlImport, imports: im})
}

func (s *session) onRetire(now time.Time, m retire) {
	s.log.ShutdownRequested()
	s.log.ShutdownNoticed()
	s.log.ShutdownStarted()
	s.log.ConnectorJoining()
	s.log.ConnectorJoined()
	s.feed(now, s.parting(m))
	for len(s.links) > 0 {
		s.close(now, s.links[0].id)
	}
	s.end()
	s.log.ShutdownComplete()
}

// end takes the session out of the RIB for good.
func (s *session) end() {
	s.released, s.numbers = append(s.released, s.numbers...), nil
	s.release()
	s.stream.put(streamItem{kind: controlGone})
	s.retired = true
}

// refuse answers the senders of messages that came too late.
func (s *session) refuse(left []any) {
	for _, m := range left {
		abandon(m)
		finished(m)
	}
}

// finished tells the sender of a message that nothing more is done about it.
func finished(m any) {
	var done func()
	switch m := m.(type) {
	case *received:
		done = m.done
	case configure:
		done = m.done
	case order:
		done = m.done
	case soft:
		done = m.done
	}
	if done != nil {
		done()
	}
}

// logUp records that the session is established, and what keeps it from exchanging routes.
func (s *session) logUp() {
	name := ""
	if fqdn := s.agreed.PeerOpen.Caps.FQDN; fqdn != nil {
		name = fqdn.Host
	}
	s.log.Up(name)
	for _, f := range s.routes.Families {
		d := s.denial(config.FamilyIndex(f.Family))
		if in, out := d.in == api.DenyPolicy, d.out == api.DenyPolicy; in || out {
			s.log.MissingPolicy(f.Family, in, out, s.setup.policyLines)
		}
	}
}
