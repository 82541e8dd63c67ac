package fsmtest

import (
	"time"

	"bgpsh/fsm"
	"bgpsh/wire"
)

// rules watches one machine. It sees what the driver sees, the events and the actions, and keeps its own books on them.
//
// The rules, by the names that a violation gives:
//
//	one session        never two established connections; up and down alternate, each up with the next generation
//	own connection     nothing is sent, read or closed that was not opened, or that was closed; closed once
//	first message      the first message of a connection is our OPEN, and the only one, unless a Cease refuses it
//	keepalive early    no KEEPALIVE before the peer's OPEN
//	keepalive on loser no KEEPALIVE beside another connection on one that then loses the collision
//	bring-up           two KEEPALIVEs before the session is up, and those of the timer
//	answer             a NOTIFICATION is never answered
//	winner             a collision leaves, once its OPEN is there, the connection that was dialed by the higher identifier or
//	                   AS number, unless the other one got its KEEPALIVE in OpenConfirm first; a session yields to a
//	                   connection only after its KEEPALIVE
//	cross kill         the two sides never close each other's choice of a collision
//	collision wait     a connection whose OPEN is there waits for one that is preferred no longer than three seconds
//	third connection   refused with 6/5; 6/7 beside a session; no OPEN on either; but an inbound one without its OPEN gives
//	                   way to a new inbound one
//	disabled           after ManualStop: Idle, no connection, no dial, no OPEN
//	not stuck          an enabled neighbor always waits for something that will come
//	hold               4/0 not before the hold time, and not later than a tick can be
//	keepalive interval a session never stays silent for longer than its keepalive interval
//	back-off           Idle lasts IdleHold, doubled for each failure in a row, within the jitter
//	dial rate          dials are no closer together than the timers allow, refused ones further and further apart
//	dial patience      the timer gives up a dial only after ConnectRetry
//	passive            a passive neighbor never dials
//	loss               a connection lost in OpenSent leads to Active or Connect, without a wait in Idle
//	state error        an odd message is answered with 5/1, 5/2 or 5/3 as the state was, and names the message
//	states             transitions start where the last one ended and follow the edges of the machine
//	counters           what the machine counts is what happened
type rules struct {
	end   *End
	conns []*connRecord // open ones
	state fsm.State

	enabled  bool
	up       fsm.ConnID
	ups      uint32
	upAt     time.Duration
	accepted fsm.ConnID // an Accepted is being handled: a Cease on it is a refusal
	was      fsm.State  // before the step under way

	idleAt   time.Duration // when Idle was entered
	idle     time.Duration // how long it should last; 0: not known to
	failures int
	admin    bool // the operator is behind the step under way
	ticking  bool // a timer is
	dialing  fsm.ConnID
	dialAt   time.Duration
	refusals int           // connections in a row that ended before the peer's OPEN
	refused  time.Duration // when the last of them did

	seen   fsm.Counters // counted here
	steps  int
	ending *connRecord // closed in the step under way
	edges  *[8][8]bool
}

// connRecord is what the rules know of one connection.
type connRecord struct {
	id        fsm.ConnID
	pipe      int
	inbound   bool
	openSent  bool
	openSeen  bool
	notified  bool // the peer sent a NOTIFICATION
	kept      int  // KEEPALIVEs sent before up
	timer     int  // of these by the keepalive timer
	beside    int  // KEEPALIVEs sent before up while another connection had its OPEN out too
	heard     time.Duration
	sent      time.Duration // the last message
	hold      time.Duration // -1 until both OPENs are known
	interval  time.Duration
	localHold time.Duration
	last      wire.Type // the last message
	peerID    uint32
	peerAS    uint32
	sole      time.Duration // since when it waits for a preferred connection; -1: it does not
}

func newRules(e *End) rules {
	return rules{end: e, dialAt: -time.Hour, edges: &allowed}
}

// allowed are the edges between visible states.
var allowed = func() (a [8][8]bool) {
	edge := func(from fsm.State, to ...fsm.State) {
		for _, t := range to {
			a[from][t] = true
		}
	}
	edge(fsm.Idle, fsm.Connect, fsm.Active)
	edge(fsm.Connect, fsm.Idle, fsm.Active, fsm.OpenSent, fsm.OpenConfirm, fsm.ConnectionCollision)
	edge(fsm.Active, fsm.Idle, fsm.Connect, fsm.OpenSent, fsm.OpenConfirm, fsm.ConnectionCollision)
	edge(fsm.OpenSent, fsm.Idle, fsm.Connect, fsm.Active, fsm.OpenConfirm, fsm.ConnectionCollision)
	edge(fsm.OpenConfirm, fsm.Idle, fsm.Connect, fsm.Active, fsm.OpenSent, fsm.ConnectionCollision, fsm.SessionSetup)
	edge(fsm.ConnectionCollision, fsm.Idle, fsm.Connect, fsm.Active, fsm.OpenSent, fsm.OpenConfirm, fsm.SessionSetup)
	edge(fsm.SessionSetup, fsm.Established)
	edge(fsm.Established, fsm.Idle, fsm.Connect, fsm.Active, fsm.OpenSent, fsm.OpenConfirm, fsm.SessionSetup)
	return a
}()

func (r *rules) broken(rule, format string, args ...any) {
	r.end.net.violation(r.end, rule, format, args...)
}

func (r *rules) find(id fsm.ConnID) *connRecord {
	for _, c := range r.conns {
		if c.id == id {
			return c
		}
	}
	return nil
}

func (r *rules) now() time.Duration { return r.end.net.now }

// notified: the peer's NOTIFICATION is about to be handed over.
func (r *rules) notified(id fsm.ConnID) {
	if c := r.find(id); c != nil {
		c.notified = true
	}
}

// before looks at an event before the machine does.
func (r *rules) before(ev *fsm.Event) {
	r.accepted, r.was, r.ending = 0, r.state, nil
	r.ticking = ev.Kind == fsm.Tick
	if r.admin = ev.Kind == fsm.ManualStart || ev.Kind == fsm.ManualStop || ev.Kind == fsm.AdminReset || ev.Kind == fsm.Reconfigured; r.admin {
		r.refusals = 0
	}
	switch ev.Kind {
	case fsm.ManualStart:
		if r.state == fsm.Idle {
			r.failures = 0
		}
		r.enabled = true
	case fsm.ManualStop:
		r.enabled = false
		r.failures = 0
	case fsm.AdminReset, fsm.Reconfigured:
		r.failures = 0
	case fsm.Accepted:
		r.accepted = ev.Conn
		r.open(ev.Conn, true)
	case fsm.Dialed:
		r.open(ev.Conn, false)
		r.dialOver(ev.Conn)
	case fsm.DialFailed:
		r.dialOver(ev.Conn)
		r.seen.ConnectionFailures++
	case fsm.Activity:
		if c := r.find(ev.Conn); c != nil {
			c.heard = max(c.heard, ev.LastRead.Sub(epoch))
		}
	case fsm.Broken:
		if r.find(ev.Conn) != nil {
			r.seen.ConnectionFailures++
		}
	case fsm.Received:
		r.received(ev)
	}
}

func (r *rules) open(id fsm.ConnID, inbound bool) {
	c := &connRecord{id: id, inbound: inbound, hold: -1, heard: r.now(), sent: r.now(), sole: -1}
	if h := r.end.half(id); h != nil {
		c.pipe = h.pipe
	}
	r.conns = append(r.conns, c)
}

func (r *rules) received(ev *fsm.Event) {
	c := r.find(ev.Conn)
	if c == nil {
		return
	}
	m := &ev.Message
	c.last = m.Type
	if m.Err == nil {
		c.heard = r.now()
	}
	switch {
	case m.Type == wire.TypeNotification:
		r.seen.Received.Notification++
	case m.Err != nil:
		r.seen.MessageErrors++
	case m.Type == wire.TypeOpen:
		r.seen.Received.Open++
		c.openSeen = true
		c.hold = time.Duration(m.Open.HoldTime) * time.Second
		c.peerID, c.peerAS = m.Open.ID, m.Open.AS()
	case m.Type == wire.TypeKeepalive:
		r.seen.Received.Keepalive++
	case m.Type == wire.TypeUpdate:
		r.seen.Received.Update++
	case m.Type == wire.TypeRouteRefresh:
		r.seen.Received.RouteRefresh++
	}
}

// action looks at one action before the driver performs it.
func (r *rules) action(a *fsm.Action) {
	switch a.Kind {
	case fsm.ActionDial:
		r.dial(a.Conn)
	case fsm.ActionClose:
		r.closing(a.Conn)
	case fsm.ActionSend:
		if c := r.own(a.Conn, "sent"); c != nil {
			r.sending(c, a)
			c.sent = r.now()
		}
	case fsm.ActionRead:
		r.own(a.Conn, "read")
	case fsm.ActionUp:
		r.wentUp(a)
	case fsm.ActionDown:
		r.wentDown(a)
	case fsm.ActionNote:
		switch a.Note.Kind {
		case fsm.NoteTransition:
			r.transition(&a.Note)
		case fsm.NoteCollision:
			r.end.net.collisions++
		}
	}
}

func (r *rules) own(id fsm.ConnID, what string) *connRecord {
	c := r.find(id)
	if c == nil {
		r.broken("own connection", "connection %d is not open and something is %s on it", id, what)
	}
	return c
}

func (r *rules) dial(id fsm.ConnID) {
	if !r.enabled {
		r.broken("disabled", "a dial")
	}
	if r.dialing != 0 {
		r.broken("own connection", "dial %d while dial %d is under way", id, r.dialing)
	}
	cfg := &r.end.cfg
	if least := min(cfg.IdleHold, cfg.ConnectRetry); least > 0 && !r.admin {
		least = time.Duration(float64(least) * 0.75)
		if gap := r.now() - r.dialAt; gap < least {
			r.broken("dial rate", "two dials within %v, at least %v are due", gap, least)
		}
		wait := cfg.IdleHold
		for range r.refusals - 1 {
			wait *= 2
		}
		wait = time.Duration(float64(min(wait, cfg.ConnectRetry)) * 0.75)
		if r.was == fsm.Active && r.refusals > 0 && r.now()-r.refused < wait {
			r.broken("dial rate", "a dial %v after refusal %d, at least %v are due", r.now()-r.refused, r.refusals, wait)
		}
	}
	if cfg.Passive {
		r.broken("passive", "a dial")
	}
	r.dialing, r.dialAt = id, r.now()
}

func (r *rules) dialOver(id fsm.ConnID) {
	if r.dialing == id {
		r.dialing = 0
	}
}

func (r *rules) closing(id fsm.ConnID) {
	if id == r.dialing {
		r.dialing = 0
		least := time.Duration(float64(r.end.cfg.ConnectRetry) * 0.75)
		if tried := r.now() - r.dialAt; r.ticking && r.was == fsm.Connect && tried < least {
			r.broken("dial patience", "dial %d is given up after %v, at least %v are due", id, tried, least)
		}
		return
	}
	if r.own(id, "closed") == nil {
		return
	}
	for i, c := range r.conns {
		if c.id == id {
			r.conns = append(r.conns[:i:i], r.conns[i+1:]...)
			r.ending = c
			break
		}
	}
}
