package fsm

import (
	"time"

	"bgpsh/wire"
)

// conn is one connection of the neighbor: RFC 4271's machine less what the neighbor's two connections share.
type conn struct {
	id    ConnID
	dir   Direction
	state State // Connect (outbound) or Active (inbound) while it waits for DelayOpen; OpenSent, OpenConfirm, Established

	hold, keepalive, delayOpen timer

	sent *wire.Open  // our OPEN, nil while it waits for DelayOpen
	neg  *Negotiated // set when the peer's OPEN was found good, which in a collision can be before our KEEPALIVE
	seen bool        // the peer's KEEPALIVE came
	owed bool        // a KEEPALIVE was due while the other connection was preferred

	hurried bool // the wait for its OPEN was cut short because the other connection has to wait as well
}

// take puts a connection into use: our OPEN goes out, at once or when DelayOpen ends.
func (p *Peer) take(id ConnID, dir Direction) {
	c := &conn{id: id, dir: dir, state: Connect}
	if dir == Inbound {
		c.state = Active
		p.counters.PassiveAccepted++
	} else {
		p.counters.ActiveAccepted++
	}
	c.hold.interval, c.keepalive.interval, c.delayOpen.interval = p.cfg.HoldTime, p.cfg.Keepalive, p.cfg.DelayOpen
	p.noteConn(NoteAccepted, c)
	p.connectRetry.stop()
	if p.conns[0] == nil {
		p.conns[0] = c
	} else {
		p.conns[1] = c
	}
	if p.cfg.DelayOpen > 0 {
		c.delayOpen.start(p.now, p.cfg.DelayOpen)
		p.add(Action{Kind: ActionRead, Conn: id})
		return
	}
	p.sendOpen(c)
	p.add(Action{Kind: ActionRead, Conn: id})
	if other := p.other(c); other != nil && other.neg != nil && other.state != Established && p.preferred(c) {
		p.park(c, other)
	}
	p.show()
}

// refuse turns a new connection away with a Cease.
func (p *Peer) refuse(id ConnID, dir Direction, subcode uint8, why string) {
	if dir == Inbound {
		p.counters.PassiveDeclined++
	} else {
		p.counters.ActiveDeclined++
	}
	p.note(Note{Kind: NoteDeclined, Conn: id, Direction: dir, Text: why})
	p.sendNotification(id, wire.Notification{Code: wire.CodeCease, Subcode: subcode})
	p.add(Action{Kind: ActionClose, Conn: id})
}

// sendOpen takes c to OpenSent. The hold timer runs with OpenHold until the peer's OPEN is there.
func (p *Peer) sendOpen(c *conn) {
	c.delayOpen.stop()
	c.sent = p.localOpen()
	p.send(c.id, wire.TypeOpen, wire.AppendOpen(nil, c.sent))
	c.hold.start(p.now, p.openHold())
	c.state = OpenSent
	if other := p.other(c); other != nil && other.state >= OpenSent {
		p.counters.Collisions++
		n := p.connNote(NoteCollision, other)
		n.Other = c.id
		p.note(n)
	}
}

// openArrived judges the peer's OPEN. One that waited for DelayOpen has to send its own first (RFC 4271 event 20).
func (p *Peer) openArrived(c *conn, o *wire.Open) {
	if c.sent == nil {
		p.sendOpen(c)
	}
	neg, refusal := p.negotiate(c, o)
	if neg == nil {
		p.counters.OpenHandleFailures++
		p.fail(c, refusal, Idle)
		return
	}
	c.neg = neg
	if old := p.other(c); old != nil && old.state == Established && c.dir == Inbound && old.neg.Restarts() {
		p.end(old, Reason{Kind: ReasonBroken, Text: "the peer restarted and dialed anew"}) // RFC 4724 5: without a NOTIFICATION
	}
	p.settle(c)
	p.show()
}

// keepaliveArrived takes c towards Established.
func (p *Peer) keepaliveArrived(c *conn) {
	c.seen = true
	c.hold.restart(p.now)
	p.settle(c)
	p.show()
}

// advance takes c, which nothing stands in the way of any more, as far as the peer's messages allow.
func (p *Peer) advance(c *conn) {
	if c.state == OpenSent && c.neg != nil {
		if c.neg.HoldTime > 0 { // else OpenHold goes on, so a peer that falls silent now is noticed too
			c.hold.start(p.now, c.neg.HoldTime)
		}
		p.sendKeepalive(c)
		c.state = OpenConfirm
	}
	if c.state != OpenConfirm {
		return
	}
	if c.seen {
		p.establish(c)
	} else if c.owed {
		p.sendKeepalive(c)
	}
}

// establish makes c the session. The peer's KEEPALIVE was answered when its OPEN came; the second one, from SessionSetup,
// tells it that nothing is missing on our side either.
func (p *Peer) establish(c *conn) {
	p.setState(SessionSetup)
	c.hold.start(p.now, c.neg.HoldTime)
	if c.neg.HoldTime > 0 { // RFC 4271 4.4: without a hold time nobody waits for KEEPALIVEs
		p.sendKeepalive(c)
	}
	c.state = Established
	p.setState(Established)
	p.generation++
	p.upSince = p.now
	p.refusals = 0
	p.dials = 0
	p.add(Action{Kind: ActionUp, Conn: c.id, Negotiated: c.neg})
}

// sendKeepalive sends a KEEPALIVE and arms the timer for the next. The bytes are shared and never written to.
func (p *Peer) sendKeepalive(c *conn) {
	c.keepalive.start(p.now, c.neg.Keepalive)
	c.owed = false
	n := p.connNote(NoteSending, c)
	n.Message = wire.TypeKeepalive
	p.note(n)
	p.send(c.id, wire.TypeKeepalive, keepaliveBytes)
}

var keepaliveBytes = wire.AppendKeepalive(nil)

// keepaliveDue is the keepalive timer. The connection that a pending collision would close stays silent; the wait for the
// other's OPEN is shorter than the peer's patience (see park).
func (p *Peer) keepaliveDue(c *conn) {
	if p.other(c) != nil && c.state == OpenConfirm && !p.preferred(c) {
		c.owed = true
		return
	}
	p.sendKeepalive(c)
}

// fail ends connection c because of r. The neighbor goes on with its other connection where it has one, else to next, which is
// Idle or Active.
func (p *Peer) fail(c *conn, r Reason, next State) {
	p.end(c, r)
	switch rest := p.conns[0]; {
	case rest != nil:
		p.settle(rest)
		p.show()
	case next == Active:
		p.goActive()
	case c.state == Established && c.neg.returns(&r):
		p.counters.ConnectionRetries++
		p.await(p.idleWait())
	default:
		if !r.versionError() {
			p.counters.ConnectionRetries++
		}
		p.goIdle(p.idleWait())
	}
}

// end ends connection c because of r and forgets it. A NOTIFICATION goes out only where we end it: one of the peer is never
// answered.
func (p *Peer) end(c *conn, r Reason) {
	if c.neg != nil && r.RemoteAS == 0 {
		r.RemoteAS, r.RemoteID = c.neg.RemoteAS, c.neg.RemoteID
	}
	if c.state == Established && r.Local && p.hard(&r.Notification) && c.neg.Notifies() {
		r.Notification = wire.HardResetOf(r.Notification)
	}
	p.failed(c, r)
	if r.Local && r.Notification.Code != 0 {
		p.sendNotification(c.id, r.Notification)
	}
	p.add(Action{Kind: ActionClose, Conn: c.id})
	if p.conns[0] == c {
		p.conns[0] = p.conns[1]
	}
	p.conns[1] = nil
	if c.state == Established {
		p.lastReset, p.downSince = r, p.now
		if p.now.Sub(p.upSince) >= stable {
			p.failures = 0
		}
		p.add(Action{Kind: ActionDown, Conn: c.id, Reason: r})
	}
}

// failed notes why connection c, or with nil the attempt to dial, came to nothing.
func (p *Peer) failed(c *conn, r Reason) {
	p.failure, p.failureAt = r, p.now
	n := Note{Kind: NoteFailed}
	if c != nil {
		n = p.connNote(NoteFailed, c)
	}
	p.fill(&n)
	p.add(Action{Kind: ActionNote, Conn: n.Conn, Note: n, Reason: r})
}

// other gives the connection beside c, nil if there is none.
func (p *Peer) other(c *conn) *conn {
	if p.conns[0] == c {
		return p.conns[1]
	}
	return p.conns[0]
}

// find gives the connection of that name, nil if there is none.
func (p *Peer) find(id ConnID) *conn {
	for _, c := range p.conns {
		if c != nil && c.id == id {
			return c
		}
	}
	return nil
}

func (p *Peer) openHold() time.Duration {
	if p.cfg.OpenHold <= 0 {
		return 240 * time.Second // RFC 4271 8.2.2: a large value
	}
	return p.cfg.OpenHold
}
