package fsm

import (
	"time"

	"bgpsh/wire"
)

// Peer is the machine for one neighbor and both its connections. It is used by one goroutine at a time.
type Peer struct {
	cfg     Config
	enabled bool // between ManualStart and ManualStop

	state   State // what the operator sees; changed only by setState
	since   time.Time
	conns   [2]*conn // the older first
	dialing ConnID   // the dial under way
	last    ConnID   // the newest name given

	connectRetry, idleHold timer

	second bool // the peer refused Config.LocalAS, and is offered DualAS

	failures   int // ends in a row without a stable session, for the back-off in Idle
	refusals   int // the same for the back-off in Active
	dials      uint32
	generation uint32
	upSince    time.Time
	downSince  time.Time
	failure    Reason // why the last attempt or session ended
	failureAt  time.Time
	lastReset  Reason // why the last session ended
	counters   Counters

	now time.Time // of the Step under way
	out []Action  // its answer so far
}

// New makes the machine of a neighbor that is administratively down until ManualStart.
func New(c Config) *Peer {
	p := &Peer{cfg: c}
	p.connectRetry.interval, p.idleHold.interval = c.ConnectRetry, c.IdleHold
	return p
}

// Successor makes a machine, administratively down, that goes on with p's names of connections, sessions and counters. It is for a driver
// whose p broke within a Step, so that nothing else of its state can be trusted.
func (p *Peer) Successor(c Config) *Peer {
	n := New(c)
	n.last, n.dials, n.generation, n.counters = p.last, p.dials, p.generation, p.Counters()
	return n
}

// trigger is an event as RFC 4271 section 8.1 tells them apart: with the timers and the kinds of messages.
type trigger uint8

// The triggers, with RFC 4271's numbers.
const (
	none                trigger = iota
	start                       // 1, 3 to 7
	stop                        // 2, 8
	reset                       // 2, then 1
	connectRetryExpires         // 9
	holdExpires                 // 10
	keepaliveExpires            // 11
	delayOpenExpires            // 12
	idleHoldExpires             // 13
	accepted                    // 16, inbound
	dialed                      // 17, outbound
	dialFails                   // 18, of a dial
	breaks                      // 18, of a connection
	open                        // 19, 20
	malformed                   // 21, 22, 28
	versionError                // 24
	notification                // 25
	keepalive                   // 26
	update                      // 27
	refresh                     // RFC 2918
	sendStalled                 // 29 of RFC 9687
	reconfigured

	numTriggers = int(reconfigured) + 1
)

// Step takes one event at time now and returns what to do about it. An event about a connection that is gone does nothing,
// except that a new connection nobody wants is closed. Timers are judged at a Tick only, so a driver that reads messages and
// feeds Activity before it ticks never sees a hold timer expire with messages waiting.
func (p *Peer) Step(now time.Time, e Event) []Action { return p.AppendStep(nil, now, e) }

// AppendStep is Step for a driver with many machines: the answer is appended to out, so that one piece of memory is enough for all
// of them.
func (p *Peer) AppendStep(out []Action, now time.Time, e Event) []Action {
	p.now, p.out = now, out
	p.step(&e)
	out, p.out = p.out, nil
	return out
}

// step answers one event.
func (p *Peer) step(e *Event) {
	switch e.Kind {
	case Tick:
		p.tick()
	case Activity:
		if c := p.find(e.Conn); c != nil {
			p.heard(c, e.LastRead)
		}
	case ManualStart:
		p.handle(start, nil, e)
	case ManualStop:
		p.handle(stop, nil, e)
	case AdminReset:
		p.handle(reset, nil, e)
	case Reconfigured:
		if e.Config != nil {
			p.handle(reconfigured, nil, e)
		}
	case Dialed, DialFailed:
		p.dialEnded(e)
	case Accepted:
		if e.Conn != 0 && e.Conn != p.dialing && p.find(e.Conn) == nil {
			p.handle(accepted, nil, e)
		}
	case Received, Broken, SendStalled:
		c := p.find(e.Conn)
		if c == nil {
			p.note(Note{Kind: NoteUnknownConn, Event: e.title(), Conn: e.Conn})
			break
		}
		p.handle(p.classify(e), c, e)
	}
}

// react is the machine: state, then event. The state is that of the connection the event is about, else the neighbor's; RFC
// 4271 runs one machine for each connection, and what two of them owe each other is in settle and fail.
func (p *Peer) react(t trigger, c *conn, e *Event) {
	state := p.state
	if c != nil {
		state = c.state
	}
	switch state {
	case Idle: // no connection, no dial
		switch t {
		case start, reset, idleHoldExpires:
			p.begin()
		case stop:
			p.idleHold.stop()
		case reconfigured:
			p.reconfigure(*e.Config)
		case accepted:
			p.refuse(e.Conn, Inbound, wire.CeaseRejected, "the neighbor is idle")
		default:
			p.unexpected(t, nil)
		}

	case Connect, Active: // a dial is due or under way, or c waits for DelayOpen
		switch t {
		case stop, reset:
			p.shut(adminReason(e))
		case connectRetryExpires:
			p.retry()
		case accepted:
			p.accept(e.Conn)
		case dialed:
			p.take(e.Conn, Outbound)
		case dialFails:
			p.dialFailed(e.Err)
		case delayOpenExpires:
			p.sendOpen(c)
			p.show()
		case open:
			p.openArrived(c, e.Message.Open)
		case breaks:
			p.delayedLost(c, lost(e))
		case malformed:
			p.fail(c, verdict(e), Idle)
		case versionError, notification:
			r := p.received(e)
			p.fail(c, r, afterRefusal(r))
		case keepalive, update, refresh:
			p.countUnexpected(t)
			p.fail(c, Reason{Kind: ReasonFSMError, Local: true}, Idle) // no OPEN went out, so no NOTIFICATION does
		case reconfigured:
			p.reconfigure(*e.Config)
		default:
			p.unexpected(t, c)
		}

	case OpenSent: // our OPEN is out; the peer's is awaited, or judged and c waits for the other connection
		switch t {
		case stop, reset:
			p.shut(adminReason(e))
		case accepted:
			p.accept(e.Conn)
		case dialed:
			p.take(e.Conn, Outbound)
		case dialFails:
			p.dialFailed(e.Err)
		case holdExpires:
			p.fail(c, holdExpired, Idle)
		case open:
			if c.neg != nil {
				p.fail(c, p.fsmError(t, wire.FSMUnexpectedInOpenSent), Idle)
				break
			}
			p.openArrived(c, e.Message.Open)
		case keepalive:
			if c.neg == nil {
				p.fail(c, p.fsmError(t, wire.FSMUnexpectedInOpenSent), Idle)
				break
			}
			p.keepaliveArrived(c)
		case update, refresh:
			p.fail(c, p.fsmError(t, wire.FSMUnexpectedInOpenSent), Idle)
		case breaks:
			p.fail(c, lost(e), Active)
		case malformed:
			p.fail(c, verdict(e), Idle)
		case versionError, notification:
			r := p.received(e)
			p.fail(c, r, afterRefusal(r))
		case reconfigured:
			p.reconfigure(*e.Config)
		default:
			p.unexpected(t, c)
		}

	case OpenConfirm: // both OPENs were good; the peer's KEEPALIVE is awaited
		switch t {
		case stop, reset:
			p.shut(adminReason(e))
		case accepted:
			p.accept(e.Conn)
		case dialed:
			p.take(e.Conn, Outbound)
		case dialFails:
			p.dialFailed(e.Err)
		case holdExpires:
			p.fail(c, holdExpired, Idle)
		case keepaliveExpires:
			p.keepaliveDue(c)
		case keepalive:
			p.keepaliveArrived(c)
		case open, update, refresh:
			p.fail(c, p.fsmError(t, wire.FSMUnexpectedInOpenConfirm), Idle)
		case breaks:
			p.fail(c, lost(e), Idle)
		case malformed:
			p.fail(c, verdict(e), Idle)
		case versionError, notification:
			r := p.received(e)
			p.fail(c, r, afterRefusal(r))
		case reconfigured:
			p.reconfigure(*e.Config)
		default:
			p.unexpected(t, c)
		}

	case ConnectionCollision: // what is about the neighbor; an event of either connection finds that connection's state above
		switch t {
		case stop, reset:
			p.shut(adminReason(e))
		case accepted:
			p.accept(e.Conn)
		case reconfigured:
			p.reconfigure(*e.Config)
		default:
			p.unexpected(t, nil)
		}

	case SessionSetup: // lasts only within a Step

	case Established:
		switch t {
		case stop, reset:
			p.shut(adminReason(e))
		case accepted:
			p.acceptBeside(e.Conn)
		case holdExpires:
			p.fail(c, holdExpired, Idle)
		case keepaliveExpires:
			p.keepaliveDue(c)
		case keepalive:
			c.hold.restart(p.now)
			n := p.connNote(NoteKeepaliveReceived, c)
			n.Message = wire.TypeKeepalive
			p.note(n)
		case update, refresh:
			c.hold.restart(p.now)
		case open:
			p.fail(c, p.fsmError(t, wire.FSMUnexpectedInEstablished), Idle)
		case breaks:
			p.fail(c, lost(e), Idle)
		case malformed:
			p.fail(c, verdict(e), Idle)
		case versionError, notification:
			p.fail(c, p.received(e), Idle)
		case sendStalled:
			p.counters.SendHoldExpirations++
			p.fail(c, sendHoldExpired, Idle)
		case reconfigured:
			p.reconfigure(*e.Config)
		default:
			p.unexpected(t, c)
		}
	}
}

// setState is the only door between two states. What belongs to entering to happens here, so the transition's note shows the
// timers as they are in it.
func (p *Peer) setState(to State) {
	from := p.state
	if from == to {
		return
	}
	switch to {
	case Idle:
		p.connectRetry.stop()
		p.cancelDial()
	case Connect:
		if p.dialing == 0 && p.conns[0] == nil {
			p.dial()
		}
	case Established:
		p.cancelDial()
	}
	p.note(Note{Kind: NoteTransition, From: from, To: to})
	p.state, p.since = to, p.now
	p.counters.TransitionsTo[to]++
}

// show makes the visible state that of the connections: an established one's, the collision of two, the only one's. Those that
// wait for DelayOpen leave it at Connect or Active.
func (p *Peer) show() {
	var best State
	count := 0
	for _, c := range p.conns {
		if c != nil && c.state >= OpenSent {
			best = max(best, c.state)
			count++
		}
	}
	switch {
	case best == Established || count == 1:
		p.setState(best)
	case count == 2:
		p.setState(ConnectionCollision)
	case p.conns[0] == nil || p.state == Connect || p.state == Active:
	case p.dialing != 0 || p.conns[0].state == Connect:
		p.setState(Connect)
	default:
		p.setState(Active)
	}
}

// Deadline gives the time at which Step wants a Tick, zero if none.
func (p *Peer) Deadline() time.Time {
	_, _, at := p.earliest()
	return at
}

// State gives the visible state.
func (p *Peer) State() State { return p.state }

// Generation counts the sessions established so far.
func (p *Peer) Generation() uint32 { return p.generation }

// AdminDown tells whether the operator keeps the neighbor down.
func (p *Peer) AdminDown() bool { return !p.enabled }

// NextConn gives a fresh name for an inbound connection, to be used in Accepted.
func (p *Peer) NextConn() ConnID {
	p.last++
	return p.last
}

// Negotiated gives what the established session agreed on, nil without one.
func (p *Peer) Negotiated() *Negotiated {
	for _, c := range p.conns {
		if c != nil && c.state == Established {
			return c.neg
		}
	}
	return nil
}
