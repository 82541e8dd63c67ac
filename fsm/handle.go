package fsm

import (
	"fmt"
	"time"

	"bgpsh/wire"
)

var triggerNames = [numTriggers]string{
	start: "manual start", stop: "manual stop", reset: "reset",
	connectRetryExpires: "connect retry timer expires", holdExpires: "hold timer expires",
	keepaliveExpires: "keepalive timer expires", delayOpenExpires: "delay open timer expires", idleHoldExpires: "idle hold timer expires",
	accepted: "tcp connection acked", dialed: "tcp connection confirmed", dialFails: "tcp connection attempt fails",
	breaks: "tcp connection fails", open: "open message", malformed: "parse error", versionError: "notification message",
	notification: "notification message", keepalive: "keepalive message", update: "update message", refresh: "route refresh message",
	sendStalled: "send hold timer expires", reconfigured: "configuration changed",
}

// String gives the name used in logs.
func (t trigger) String() string { return triggerNames[t] }

// handle notes and counts a trigger and lets the machine react.
func (p *Peer) handle(t trigger, c *conn, e *Event) {
	if t != dialFails && t != reconfigured {
		n, about := Note{Kind: NoteEvent}, c
		if (t == stop || t == reset) && p.state >= OpenSent && p.conns[1] == nil {
			about = p.conns[0]
		}
		if about != nil {
			n = p.connNote(NoteEvent, about)
			n.Message = messageTypes[t]
		}
		n.Event = t.String()
		p.note(n)
	}
	switch t {
	case start:
		if p.state == Idle {
			p.enabled = true
			p.failures, p.refusals = 0, 0
			p.counters.ConnectionRetries = 0
		}
	case stop:
		p.enabled = false
		p.failures, p.refusals = 0, 0
		p.counters.ConnectionRetries = 0
	case reset:
		if !p.enabled {
			p.unexpected(t, nil)
			return
		}
	case malformed:
		p.counters.MessageErrors++
	case holdExpires:
		p.counters.HoldExpirations++
	case idleHoldExpires:
		p.counters.IdleHoldExpirations++
	case breaks:
		p.counters.ConnectionFailures++
	default:
		if m := messageTypes[t]; m != 0 {
			p.counters.Received.add(m)
		}
	}
	p.react(t, c, e)
	if t == reset {
		p.failures, p.refusals = 0, 0
	}
}

var messageTypes = [numTriggers]wire.Type{open: wire.TypeOpen, update: wire.TypeUpdate, notification: wire.TypeNotification,
	versionError: wire.TypeNotification, keepalive: wire.TypeKeepalive, refresh: wire.TypeRouteRefresh}

// classify tells what a Received, Broken or SendStalled is to the machine. A NOTIFICATION that is itself malformed is still
// one: it is never answered (RFC 4271 6.4).
func (p *Peer) classify(e *Event) trigger {
	switch e.Kind {
	case Broken:
		return breaks
	case SendStalled:
		return sendStalled
	}
	m := &e.Message
	switch {
	case m.Type == wire.TypeNotification:
		if (&Reason{Notification: m.Notification}).versionError() {
			return versionError
		}
		return notification
	case m.Err != nil:
		return malformed
	case m.Type == wire.TypeOpen && m.Open != nil:
		return open
	case m.Type == wire.TypeKeepalive:
		return keepalive
	case m.Type == wire.TypeRouteRefresh:
		return refresh
	}
	return update
}

// title gives an event's name in logs.
func (e *Event) title() string {
	if e.Kind == Received {
		return e.Message.title()
	}
	return e.Kind.String()
}

// dialEnded is the answer to a Dial. A connection that came after all, when the machine had given up the dial, is closed.
func (p *Peer) dialEnded(e *Event) {
	switch {
	case e.Conn != 0 && e.Conn == p.dialing:
		p.dialing = 0
		if e.Kind == Dialed {
			p.handle(dialed, nil, e)
		} else {
			p.handle(dialFails, nil, e)
		}
	case e.Kind == Dialed && e.Conn != 0 && p.find(e.Conn) == nil:
		p.counters.ActiveDeclined++
		p.note(Note{Kind: NoteDeclined, Conn: e.Conn, Direction: Outbound, Text: "the attempt was given up"})
		p.add(Action{Kind: ActionClose, Conn: e.Conn})
	}
}

// accept takes an inbound connection unless there is one already that the peer has spoken on. One without its OPEN gives way: a
// peer that dials again has forgotten it, and nothing else would tell us before OpenHold ends.
func (p *Peer) accept(id ConnID) {
	for _, c := range p.conns {
		if c == nil || c.dir != Inbound {
			continue
		}
		if c.neg != nil {
			p.refuse(id, Inbound, wire.CeaseRejected, "an inbound connection exists")
			return
		}
		p.endSilent(c)
	}
	p.take(id, Inbound)
	p.show()
}

// endSilent ends an inbound connection whose peer has dialed anew. Without our OPEN it is just dropped (RFC 4271 8.2.2).
func (p *Peer) endSilent(c *conn) {
	r := Reason{Kind: ReasonCollisionLost, Local: true, Text: "the peer dialed anew"}
	if c.sent != nil {
		r.Notification = wire.Notification{Code: wire.CodeCease, Subcode: wire.CeaseCollision}
	}
	p.end(c, r)
}

// acceptBeside is an inbound connection beside the session. CollisionEstablished gives it a chance (RFC 4271 6.8), and so
// does a peer that may have restarted (RFC 4724 5): then its OPEN ends the session.
func (p *Peer) acceptBeside(id ConnID) {
	switch {
	case !p.cfg.CollisionEstablished && !p.Negotiated().Restarts():
		p.refuse(id, Inbound, wire.CeaseCollision, "a session is established")
	case p.conns[1] != nil && (p.conns[1].dir == Outbound || p.conns[1].neg != nil):
		p.refuse(id, Inbound, wire.CeaseRejected, "two connections exist")
	default:
		if p.conns[1] != nil {
			p.endSilent(p.conns[1])
		}
		p.take(id, Inbound)
	}
}

// heard restarts the hold timer from the time at which something was last read.
func (p *Peer) heard(c *conn, at time.Time) {
	if at.After(p.now) {
		at = p.now
	}
	if c.state >= OpenConfirm && c.hold.running() && at.Add(c.hold.interval).After(c.hold.at) {
		c.hold.start(at, c.hold.interval)
	}
}

// tick lets every timer that is due fire, the earliest first.
func (p *Peer) tick() {
	for {
		t, c, at := p.earliest()
		if at.IsZero() || at.After(p.now) {
			return
		}
		switch t {
		case connectRetryExpires:
			p.connectRetry.restart(p.now)
		case idleHoldExpires:
			p.idleHold.stop()
		case holdExpires:
			c.hold.stop()
		case keepaliveExpires:
			c.keepalive.stop()
		case delayOpenExpires:
			c.delayOpen.stop()
		}
		p.handle(t, c, &Event{Kind: Tick})
	}
}

// earliest finds the timer that is due first, with its trigger and its connection. The time is zero if none runs.
func (p *Peer) earliest() (t trigger, c *conn, at time.Time) {
	consider := func(tm *timer, of trigger, k *conn) {
		if tm.running() && (at.IsZero() || tm.at.Before(at)) {
			t, c, at = of, k, tm.at
		}
	}
	consider(&p.connectRetry, connectRetryExpires, nil)
	consider(&p.idleHold, idleHoldExpires, nil)
	for _, k := range p.conns {
		if k != nil {
			consider(&k.hold, holdExpires, k)
			consider(&k.keepalive, keepaliveExpires, k)
			consider(&k.delayOpen, delayOpenExpires, k)
		}
	}
	return t, c, at
}

// unexpected notes an event that changes nothing.
func (p *Peer) unexpected(t trigger, c *conn) {
	n := Note{Kind: NoteUnexpected}
	if c != nil {
		n = p.connNote(NoteUnexpected, c)
	}
	n.Event, n.Text = t.String(), "ignoring"
	p.note(n)
}

// countUnexpected counts a message that the state does not allow.
func (p *Peer) countUnexpected(t trigger) { p.counters.Unexpected.add(messageTypes[t]) }

// fsmError is the end of a connection by a message that its state does not allow. RFC 6608: the data is the message's type.
func (p *Peer) fsmError(t trigger, subcode uint8) Reason {
	p.countUnexpected(t)
	m := messageTypes[t]
	return Reason{Kind: ReasonFSMError, Local: true, Text: fmt.Sprintf("%s was not expected", m),
		Notification: wire.Notification{Code: wire.CodeFSM, Subcode: subcode, Data: []byte{byte(m)}}}
}

var (
	holdExpired     = Reason{Kind: ReasonHoldExpired, Local: true, Notification: wire.Notification{Code: wire.CodeHoldTimer}}
	sendHoldExpired = Reason{Kind: ReasonSendHold, Local: true, Notification: wire.Notification{Code: wire.CodeSendHold}}
)

// lost is the end of a connection by the network or by a peer that said nothing.
func lost(e *Event) Reason { return Reason{Kind: ReasonBroken, Err: e.Err} }

// verdict is the end of a connection by a malformed message.
func verdict(e *Event) Reason {
	return Reason{Kind: ReasonNotificationSent, Local: true, Notification: e.Message.Err.Notification(), Err: e.Message.Err,
		Text: e.Message.Err.Text}
}

// received is the end of a connection by the peer's NOTIFICATION.
func (p *Peer) received(e *Event) Reason {
	countNotification(&p.counters.NotificationsReceived, e.Message.Notification)
	r := Reason{Kind: ReasonNotificationReceived, Notification: e.Message.Notification}
	if n := &r.Notification; n.Code == wire.CodeOpen && n.Subcode == wire.OpenBadPeerAS {
		p.second = !p.second
	}
	if e.Message.Err != nil {
		r.Err = e.Message.Err
	}
	r.Text, _ = r.Notification.Communication()
	return r
}

// afterRefusal tells where a NOTIFICATION before the session leads: to Idle, but to Active where the peer only would not have
// this connection, now or beside another. Then nothing is wrong, and its own dial must find us listening.
func afterRefusal(r Reason) State {
	if r.Notification.Code == wire.CodeCease &&
		(r.Notification.Subcode == wire.CeaseRejected || r.Notification.Subcode == wire.CeaseCollision) {
		return Active
	}
	return Idle
}

// versionError tells whether the peer refused our version: nothing that RFC 4271 counts as a retry (event 24).
func (r *Reason) versionError() bool {
	return !r.Local && r.Notification.Code == wire.CodeOpen && r.Notification.Subcode == wire.OpenBadVersion
}
