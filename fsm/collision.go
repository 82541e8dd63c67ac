package fsm

import (
	"time"

	"bgpsh/wire"
)

// survivor decides which of two connections of one neighbor goes on (RFC 4271 6.8, RFC 6286 2.3): the one dialed by the side
// with the higher identifier, or the higher AS number where the identifiers are equal. If the peer dialed both, it has given
// up the older.
func survivor(older, newer *conn, n *Negotiated) (win, lose *conn) {
	if older.dir == newer.dir {
		return newer, older
	}
	ours := n.LocalID > n.RemoteID || n.LocalID == n.RemoteID && n.LocalAS > n.RemoteAS
	if (older.dir == Outbound) == ours {
		return older, newer
	}
	return newer, older
}

// settle is called when latest, one of the neighbor's connections, got further. Alone, it advances. Beside another the
// survivor advances and the loser is closed, but only when the peer's OPEN was seen on the survivor: that proves that the peer
// knows of it, so that both sides close the same connection. Until then the other waits without a KEEPALIVE. A connection whose
// KEEPALIVE comes in OpenConfirm is a session (RFC 4271 8.2.2): the peer has ours and may be established already.
func (p *Peer) settle(latest *conn) {
	other := p.other(latest)
	if other == nil {
		if latest.hurried && latest.neg == nil {
			latest.hurried = false
			latest.hold.restart(p.now)
		}
		p.advance(latest)
		return
	}
	win, lose, known := p.decide(latest)
	switch {
	case latest.state == OpenConfirm && latest.seen:
		p.resolve(latest, other)
	case !known: // no OPEN yet
	case other.state == Established && win == latest && !latest.seen:
		// CollisionEstablished: a session is given up only once the peer's KEEPALIVE shows that it has chosen the new connection.
	case win.neg == nil:
		p.park(win, lose)
	default:
		p.resolve(win, lose)
	}
}

// resolve ends a collision.
func (p *Peer) resolve(win, lose *conn) {
	n := p.connNote(NoteResolved, win)
	n.Other = lose.id
	p.note(n)
	p.end(lose, Reason{Kind: ReasonCollisionLost, Local: true,
		Notification: wire.Notification{Code: wire.CodeCease, Subcode: wire.CeaseCollision}})
	p.advance(win)
}

// decide applies survivor to the neighbor's two connections with what the OPENs told, latest's first. Not known: no OPEN came.
func (p *Peer) decide(latest *conn) (win, lose *conn, known bool) {
	n := latest.neg
	if n == nil {
		n = p.other(latest).neg
	}
	if n == nil {
		return nil, nil, false
	}
	win, lose = survivor(p.conns[0], p.conns[1], n)
	return win, lose, true
}

// preferred tells whether c, one of two connections, would survive.
func (p *Peer) preferred(c *conn) bool {
	win, _, known := p.decide(c)
	return known && win == c
}

// patience is how long a preferred connection may owe its OPEN while another one has it: some round trips, not more, because
// who took our connection may not be the peer.
const patience = 3 * time.Second

// park lets lose wait for the peer's OPEN on win. The peer owes it as soon as it has our OPEN; the wait is bounded well within
// the time for which it bears our silence on lose, and ends the one that keeps us waiting.
func (p *Peer) park(win, lose *conn) {
	if win.sent == nil {
		p.sendOpen(win) // DelayOpen has lost its sense
	}
	wait := patience
	if third := lose.neg.HoldTime / 3; third > 0 {
		wait = min(wait, third)
	}
	win.hurried = true
	win.hold.limit(p.now, wait)
}
