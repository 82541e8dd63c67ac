package fsmtest

import (
	"time"

	"bgpsh/fsm"
	"bgpsh/wire"
)

func (r *rules) sending(c *connRecord, a *fsm.Action) {
	if c.notified {
		r.broken("answer", "%s on connection %d after the peer's NOTIFICATION", a.Type, c.id)
	}
	beside := false
	for _, o := range r.conns {
		beside = beside || o != c && o.openSent
	}
	switch a.Type {
	case wire.TypeOpen:
		if c.openSent {
			r.broken("first message", "a second OPEN on connection %d", c.id)
		}
		c.openSent = true
		c.localHold = r.end.cfg.HoldTime
		r.seen.Sent.Open++
		if !r.enabled {
			r.broken("disabled", "an OPEN")
		}
	case wire.TypeKeepalive:
		r.seen.Sent.Keepalive++
		if !c.openSent || !c.openSeen {
			r.broken("keepalive early", "on connection %d, OPEN sent %v, seen %v", c.id, c.openSent, c.openSeen)
		}
		if r.up != c.id {
			c.kept++
			if beside && r.up == 0 {
				c.beside++
			}
		}
	case wire.TypeNotification:
		r.seen.Sent.Notification++
		r.notifying(c, a)
	default:
		r.broken("first message", "the machine sends an %s", a.Type)
	}
}

// notifying looks at a NOTIFICATION of ours.
func (r *rules) notifying(c *connRecord, a *fsm.Action) {
	n, _ := wire.ParseNotification(a.Bytes[wire.HeaderLen:])
	cease := n.Code == wire.CodeCease
	if c.id == r.accepted && !c.openSent {
		want := wire.CeaseRejected
		if r.up != 0 && !r.end.cfg.CollisionEstablished {
			want = wire.CeaseCollision
		}
		if !cease || n.Subcode != want {
			r.broken("third connection", "connection %d is refused with %s, not 6/%d", c.id, n, want)
		}
		if r.up != 0 {
			r.choose(c)
		}
		for _, o := range r.conns {
			if o != c && o.inbound && !o.openSeen {
				r.broken("third connection", "connection %d is refused for %d, on which no OPEN came", c.id, o.id)
			}
		}
		return
	}
	if cease && n.Subcode == wire.CeaseCollision && c.inbound && !c.openSeen && r.accepted != 0 {
		return // the peer dialed anew
	}
	if cease && n.Subcode == wire.CeaseCollision {
		if c.beside > 0 && r.up != c.id {
			r.broken("keepalive on loser", "connection %d loses after %d KEEPALIVEs beside the other", c.id, c.beside)
		}
		r.choose(c)
	}
	if n.Code == wire.CodeHoldTimer && c.hold >= 0 && c.kept > 0 {
		hold := min(c.hold, c.localHold)
		switch quiet := r.now() - c.heard; {
		case hold == 0 && r.up == c.id:
			r.broken("hold", "connection %d expires without a hold time", c.id)
		case quiet < hold:
			r.broken("hold", "connection %d expires %v after the peer was heard, hold time %v", c.id, quiet, hold)
		}
	}
	if n.Code == wire.CodeFSM {
		want := wire.FSMUnexpectedInOpenSent
		switch {
		case r.up == c.id:
			want = wire.FSMUnexpectedInEstablished
		case c.kept > 0:
			want = wire.FSMUnexpectedInOpenConfirm
		}
		if n.Subcode != want || len(n.Data) != 1 || wire.Type(n.Data[0]) != c.last {
			r.broken("state error", "%d/%d with data %x after %s, 5/%d is due", n.Code, n.Subcode, n.Data, c.last, want)
		}
	}
	if !c.openSent && n.Code == wire.CodeOpen {
		r.broken("first message", "an OPEN error on connection %d before our OPEN", c.id)
	}
}

// choose books which pipe this side keeps and which it closes. If the far side chose the other way round, both are lost.
func (r *rules) choose(lose *connRecord) {
	for _, win := range r.conns {
		if win == lose || !win.openSent {
			continue
		}
		if lose.id != r.accepted && !win.openSeen {
			r.broken("winner", "connection %d is closed for %d, on which no OPEN came", lose.id, win.id)
		}
		if r.up == lose.id && win.last != wire.TypeKeepalive {
			r.broken("winner", "session %d is given up for %d, on which no KEEPALIVE came", lose.id, win.id)
		}
		byKeepalive := win.last == wire.TypeKeepalive && win.kept > 0
		if lose.id != r.accepted && win.inbound != lose.inbound && !r.wins(win, lose) && !byKeepalive {
			r.broken("winner", "connection %d survives, but %d is preferred", win.id, lose.id)
		}
		key := [2]int{win.pipe, lose.pipe}
		if r.end.far.chosen(lose.pipe, win.pipe) {
			r.broken("cross kill", "pipe %d is closed for pipe %d, the other side chose the opposite", lose.pipe, win.pipe)
		}
		r.end.choices = append(r.end.choices, key)
	}
}

// wins tells whether c is preferred to o, of two connections in opposite directions, by what the OPENs told.
func (r *rules) wins(c, o *connRecord) bool {
	id, as := c.peerID, c.peerAS
	if !c.openSeen {
		id, as = o.peerID, o.peerAS
	}
	cfg := &r.end.cfg
	ours := cfg.RouterID > id || cfg.RouterID == id && cfg.LocalAS > as
	return ours != c.inbound
}

func (e *End) chosen(win, lose int) bool {
	for _, c := range e.choices {
		if c == [2]int{win, lose} {
			return true
		}
	}
	return false
}

func (r *rules) wentUp(a *fsm.Action) {
	c := r.own(a.Conn, "established")
	if r.up != 0 {
		r.broken("one session", "up %d while %d is up", a.Conn, r.up)
	}
	r.up, r.upAt, r.refusals = a.Conn, r.now(), 0
	r.ups++
	r.end.net.sessions++
	if g := r.end.peer.Generation(); g != r.ups {
		r.broken("one session", "generation %d after %d sessions", g, r.ups)
	}
	if c == nil {
		return
	}
	if neg := a.Negotiated; neg == nil || neg.HoldTime != min(c.hold, c.localHold) || neg.Conn != c.id {
		r.broken("hold", "negotiated is %+v, the OPENs say %v and %v", neg, c.hold, c.localHold)
	} else {
		c.interval = neg.Keepalive
	}
	c.heard = r.now() // a connection that had to wait starts counting here
	if !c.openSeen || !c.openSent {
		r.broken("one session", "up without both OPENs")
	}
	wanted := 2
	if min(c.hold, c.localHold) == 0 {
		wanted = 1 // RFC 4271 4.4: no more than the one that answers the OPEN
	}
	if c.kept-c.timer != wanted {
		r.broken("bring-up", "%d KEEPALIVEs before up, %d of them by the timer", c.kept, c.timer)
	}
}

func (r *rules) wentDown(a *fsm.Action) {
	if r.up != a.Conn {
		r.broken("one session", "down %d, but %d is up", a.Conn, r.up)
	}
	if r.now()-r.upAt >= 60*time.Second {
		r.failures = 0
	}
	r.up = 0
}

// transition follows the visible state and, in Idle, the back-off.
func (r *rules) transition(n *fsm.Note) {
	if n.From != r.state || !r.edges[n.From][n.To] {
		r.broken("states", "%s -> %s, the state was %s", n.From, n.To, r.state)
	}
	r.state = n.To
	r.seen.TransitionsTo[n.To]++
	cfg := &r.end.cfg
	if n.From == fsm.Idle && r.idle > 0 && !r.admin {
		r.checkIdle()
	}
	if n.To != fsm.Idle {
		return
	}
	r.idleAt, r.idle = r.now(), 0
	if r.admin || !r.enabled {
		return
	}
	r.idle = cfg.IdleHold
	for range r.failures {
		r.idle = min(2*r.idle, max(cfg.IdleHoldMax, cfg.IdleHold))
	}
	r.failures++
}

func (r *rules) checkIdle() {
	low, high := r.idle, r.idle
	if j := r.end.cfg.IdleHoldJitter; j.Min > 0 {
		low, high = time.Duration(float64(low)*j.Min), time.Duration(float64(high)*j.Max)
	}
	if stay := r.now() - r.idleAt; stay < low-1 || stay > high+lateness {
		r.broken("back-off", "%v in Idle after %d failures, %v to %v are due", stay, r.failures, low, high)
	}
}

// after looks at what the step left behind.
func (r *rules) after(ev *fsm.Event) {
	e := r.end
	p := e.peer
	if len(r.conns) > 2 {
		r.broken("third connection", "%d connections are open", len(r.conns))
	}
	switch s := p.State(); {
	case s != r.state || s == fsm.SessionSetup:
		r.broken("states", "the machine rests in %s, the transitions lead to %s", s, r.state)
	case !r.enabled && (s != fsm.Idle || len(r.conns) > 0 || r.dialing != 0):
		r.broken("disabled", "%s with %d connections", s, len(r.conns))
	case (s == fsm.Established) != (r.up != 0):
		r.broken("one session", "%s, session %d", s, r.up)
	case r.enabled && s != fsm.Established && p.Deadline().IsZero() && r.dialing == 0 && !(s == fsm.Active && e.cfg.Passive):
		r.broken("not stuck", "%s waits for nothing", s)
	}
	r.afterLoss(ev)
	r.waits()
	if ev.Kind == fsm.Tick {
		for _, c := range r.conns {
			// What the keepalive timer sent in this step is not part of the bring-up.
			if r.up == 0 && c.kept > 1 && c.sent == r.now() {
				c.timer = c.kept - 1
			}
		}
	}
	r.live()
	if r.steps++; r.steps%16 == 0 {
		r.count()
	}
}

// afterLoss looks at the end of the only connection before its OPEN came.
func (r *rules) afterLoss(ev *fsm.Event) {
	if r.ending == nil || r.ending.openSeen || len(r.conns) > 0 {
		return
	}
	c := r.ending
	refusal := ev.Kind == fsm.Received && ev.Message.Err == nil && ev.Message.Type == wire.TypeNotification &&
		ev.Message.Notification.Code == wire.CodeCease &&
		(ev.Message.Notification.Subcode == wire.CeaseRejected || ev.Message.Notification.Subcode == wire.CeaseCollision)
	loss := ev.Kind == fsm.Broken && c.openSent
	if (loss || refusal) && r.state != fsm.Active && r.state != fsm.Connect {
		r.broken("loss", "%s after connection %d was lost in OpenSent", r.state, c.id)
	}
	if (loss || refusal) && r.state == fsm.Active {
		r.refusals++
		r.refused = r.now()
	}
}

// waits looks for a connection with the peer's OPEN that waits for a preferred one without.
func (r *rules) waits() {
	if len(r.conns) < 2 || r.up != 0 {
		for _, c := range r.conns {
			c.sole = -1
		}
		return
	}
	for i, c := range r.conns[:2] {
		o := r.conns[1-i]
		if c.kept > 0 || !c.openSeen || o.openSeen || c.inbound == o.inbound || r.wins(c, o) {
			c.sole = -1
			continue
		}
		if c.sole < 0 {
			c.sole = r.now()
		}
		if r.now()-c.sole > 3*time.Second+lateness {
			r.broken("collision wait", "connection %d waits for %d since %v", c.id, o.id, c.sole)
		}
	}
}

// live checks the timers of an established session.
func (r *rules) live() {
	for _, c := range r.conns {
		if hold := min(c.hold, c.localHold); c.kept > 0 && hold > 0 && r.now()-c.sent > hold*2/3+lateness {
			r.broken("keepalive interval", "nothing sent on %d for %v, hold time %v", c.id, r.now()-c.sent, hold)
		}
	}
	c := r.find(r.up)
	if c == nil {
		return
	}
	if hold := min(c.hold, c.localHold); hold > 0 && r.now()-c.heard > hold+lateness {
		r.broken("hold", "nothing heard for %v, hold time %v", r.now()-c.heard, hold)
	}
	if c.interval > 0 && r.now()-c.sent > c.interval+lateness {
		r.broken("keepalive interval", "nothing sent for %v, interval %v", r.now()-c.sent, c.interval)
	}
}

// count compares the machine's counters with what was seen.
func (r *rules) count() {
	c := r.end.peer.Counters()
	s := &r.seen
	if c.TransitionsTo != s.TransitionsTo || c.Sent != s.Sent || c.Received != s.Received ||
		c.ConnectionFailures != s.ConnectionFailures || c.MessageErrors != s.MessageErrors {
		r.broken("counters", "counted %+v, seen %+v", c, *s)
	}
}
