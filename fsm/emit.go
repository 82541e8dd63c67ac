package fsm

import (
	"time"

	"bgpsh/wire"
)

// add appends an action to the answer of the Step under way.
func (p *Peer) add(a Action) { p.out = append(p.out, a) }

// send sends a message and counts it.
func (p *Peer) send(id ConnID, t wire.Type, b []byte) {
	p.counters.Sent.add(t)
	p.add(Action{Kind: ActionSend, Conn: id, Type: t, Bytes: b})
}

func (p *Peer) sendNotification(id ConnID, n wire.Notification) {
	countNotification(&p.counters.NotificationsSent, n)
	p.send(id, wire.TypeNotification, wire.AppendNotification(nil, n))
}

// note adds a fact, with the state and the neighbor's timers of this moment.
func (p *Peer) note(n Note) {
	p.fill(&n)
	p.add(Action{Kind: ActionNote, Conn: n.Conn, Note: n})
}

func (p *Peer) fill(n *Note) {
	n.State = p.state
	n.Session = p.sessionClock(p.now)
}

// noteConn notes something about connection c.
func (p *Peer) noteConn(k NoteKind, c *conn) { p.note(p.connNote(k, c)) }

// connNote makes a note about connection c.
func (p *Peer) connNote(k NoteKind, c *conn) Note {
	return Note{Kind: k, Conn: c.id, Direction: c.dir, Clock: c.clock(p.now)}
}

func (p *Peer) sessionClock(now time.Time) SessionClock {
	return SessionClock{ConnectRetry: p.connectRetry.snapshot(now), IdleHold: p.idleHold.snapshot(now)}
}

func (c *conn) clock(now time.Time) ConnClock {
	return ConnClock{Keepalive: c.keepalive.snapshot(now), Hold: c.hold.snapshot(now), DelayOpen: c.delayOpen.snapshot(now)}
}

// Snapshot copies the state of the machine at time now.
func (p *Peer) Snapshot(now time.Time) (s Snapshot) {
	p.Observe(&s, now)
	return s
}

// Observe is Snapshot into s, whose memory for connections is used again.
func (p *Peer) Observe(s *Snapshot, now time.Time) {
	*s = Snapshot{
		State: p.state, Since: p.since, AdminDown: !p.enabled, Generation: p.generation, Established: p.upSince, LastDown: p.downSince,
		Session: p.sessionClock(now), Dialing: p.dialing != 0, Dials: p.dials,
		Failure: p.failure, FailureAt: p.failureAt, LastReset: p.lastReset, Negotiated: p.Negotiated(), Conns: s.Conns[:0],
	}
	for _, c := range p.conns {
		if c == nil {
			continue
		}
		i := ConnInfo{ID: c.id, Direction: c.dir, State: c.state, Clock: c.clock(now)}
		if c.neg != nil {
			i.RemoteAS, i.RemoteID = c.neg.RemoteAS, c.neg.RemoteID
		}
		s.Conns = append(s.Conns, i)
	}
}
