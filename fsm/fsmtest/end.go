package fsmtest

import (
	"fmt"
	"slices"
	"time"

	"bgpsh/fsm"
	"bgpsh/wire"
)

// Router is one host. It forgets everything when it restarts.
type Router struct {
	net  *Net
	Name string
	up   bool
	life int
	Ends []*End
}

// End is one router's side of a link: a machine and its driver.
type End struct {
	net    *Net
	router *Router
	link   *Link
	far    *End

	cfg      fsm.Config
	peer     *fsm.Peer
	halves   []*half       // connections that exist for this side
	dials    []*half       // and those asked for
	refusing bool          // the listener is gone
	wanted   bool          // the operator wants it up
	openHold time.Duration // the longest that it ever was configured to wait for an OPEN
	tickAt   time.Duration
	rules    rules
	choices  [][2]int // pipes that this side kept and closed, over all its lives
}

// String names the end by its routers: "a>b".
func (e *End) String() string {
	if e == nil {
		return "--"
	}
	return e.router.Name + ">" + e.far.router.Name
}

// Router adds a host to the network.
func (n *Net) Router(name string) *Router {
	r := &Router{net: n, Name: name, up: true, life: 1}
	n.Routers = append(n.Routers, r)
	return r
}

// Connect makes a and b neighbors of each other. Their machines exist at once and are started with Start.
func (n *Net) Connect(a, b *Router, ca, cb fsm.Config, low, high time.Duration) *Link {
	l := &Link{net: n, Low: low, High: high}
	for i, r := range []*Router{a, b} {
		c := []fsm.Config{ca, cb}[i]
		c.Rand = n.rand.Float64
		e := &End{net: n, router: r, link: l, cfg: c, tickAt: -1}
		r.Ends = append(r.Ends, e)
		l.Ends[i] = e
	}
	l.Ends[0].far, l.Ends[1].far = l.Ends[1], l.Ends[0]
	for _, e := range l.Ends {
		e.boot()
	}
	n.Links = append(n.Links, l)
	return l
}

// boot makes the machine of a router's new life.
func (e *End) boot() {
	e.peer = fsm.New(e.cfg)
	e.halves, e.dials, e.tickAt = nil, nil, -1
	e.rules = newRules(e)
}

// Start, Stop, Clear and Change are the operator.
func (e *End) Start() {
	e.wanted = true
	e.operate(fsm.Event{Kind: fsm.ManualStart})
}

func (e *End) Stop() {
	e.wanted = false
	e.operate(fsm.Event{Kind: fsm.ManualStop, Text: "maintenance"})
}

func (e *End) Clear() { e.operate(fsm.Event{Kind: fsm.AdminReset}) }

// Change gives the machine a new configuration; with reset the session starts over with it.
func (e *End) Change(c fsm.Config, reset bool) {
	c.Rand = e.cfg.Rand
	e.cfg = c
	e.operate(fsm.Event{Kind: fsm.Reconfigured, Config: &c})
	if reset {
		e.operate(fsm.Event{Kind: fsm.AdminReset, Subcode: wire.CeaseConfigChange})
	}
}

func (e *End) operate(ev fsm.Event) {
	if e.router.up {
		e.step(ev, nil)
	}
}

// Restart takes the router down for d. With resets its kernel still answers for the lost connections; else it is silent.
func (r *Router) Restart(d time.Duration, resets bool) {
	if !r.up {
		return
	}
	r.up = false
	r.life++
	for _, e := range r.Ends {
		r.net.log(e, "-- router down for %v", d)
		for _, h := range slices.Concat(e.halves, e.dials) {
			if resets && !h.closed && !h.dead {
				h.reset()
			}
			h.dead = true
		}
		e.rules.count()
	}
	r.net.At(r.net.now+d, func() {
		r.up = true
		for _, e := range r.Ends {
			r.net.log(e, "-- router up")
			e.boot()
			if e.wanted {
				e.Start()
			}
		}
	})
}

// step gives the machine one event and performs its actions.
func (e *End) step(ev fsm.Event, h *half) {
	n := e.net
	n.Steps++
	if n.out != nil {
		n.log(e, "%s", eventText(&ev, h))
	}
	e.rules.before(&ev)
	actions := e.peer.Step(epoch.Add(n.now), ev)
	for i := range actions {
		a := &actions[i]
		if n.out != nil && (a.Kind != fsm.ActionNote || a.Note.Kind == fsm.NoteTransition) {
			n.log(e, "    %s", actionText(a))
		}
		e.rules.action(a)
		e.perform(a)
	}
	e.rules.after(&ev)
	e.arm()
}

// perform does what the machine asks for.
func (e *End) perform(a *fsm.Action) {
	switch a.Kind {
	case fsm.ActionDial:
		e.dial(a.Conn)
	case fsm.ActionClose:
		e.close(a.Conn)
	case fsm.ActionSend:
		if h := e.half(a.Conn); h != nil {
			h.transmit(evData, a.Bytes)
		}
	case fsm.ActionRead:
		h := e.half(a.Conn)
		h.reading = true
		e.net.after(0, event{kind: evRead, end: e, half: h})
	}
}

func (e *End) close(id fsm.ConnID) {
	for _, h := range e.dials {
		if h.id == id {
			h.closed = true
			return
		}
	}
	h := e.half(id)
	if h == nil {
		return
	}
	e.halves = slices.DeleteFunc(e.halves, func(x *half) bool { return x == h })
	if h.dead {
		return
	}
	unread := len(h.inbox) > 0
	h.finish()
	if unread { // closing with data unread resets, and may cost the other side what we said last
		h.dead = true
		h.reset()
	}
}

// half finds a connection that the machine knows.
func (e *End) half(id fsm.ConnID) *half {
	for _, h := range e.halves {
		if h.known && h.id == id {
			return h
		}
	}
	return nil
}

func (e *End) undial(h *half) {
	e.dials = slices.DeleteFunc(e.dials, func(x *half) bool { return x == h })
}

// established tells whether connection id is the session.
func (e *End) established(id fsm.ConnID) bool {
	neg := e.peer.Negotiated()
	return neg != nil && neg.Conn == id
}

// Session gives the number of the pipe that carries the session, 0 without one.
func (e *End) Session() int {
	if neg := e.peer.Negotiated(); e.router.up && neg != nil {
		if h := e.half(neg.Conn); h != nil {
			return h.pipe
		}
	}
	return 0
}

// Established tells whether both sides of the link have the same connection as their session.
func (l *Link) Established() bool {
	p := l.Ends[0].Session()
	return p != 0 && p == l.Ends[1].Session()
}

// tick tells the machine that its deadline has come, after what the readers saw.
func (e *End) tick() {
	e.tickAt = -1
	if at, ok := e.deadline(); !ok || at > e.net.now {
		e.arm()
		return
	}
	for _, h := range e.halves {
		if h.lastRead > h.fed {
			h.fed = h.lastRead
			e.step(fsm.Event{Kind: fsm.Activity, Conn: h.id, LastRead: epoch.Add(h.lastRead)}, h)
		}
	}
	e.step(fsm.Event{Kind: fsm.Tick}, nil)
}

// arm schedules the next Tick, a little late now and then as on a busy host.
func (e *End) arm() {
	at, ok := e.deadline()
	if !ok || e.tickAt >= 0 && e.tickAt <= at {
		return
	}
	if e.net.chance(8) {
		at += e.net.between(0, lateness)
	}
	e.tickAt = max(at, e.net.now)
	e.net.after(e.tickAt-e.net.now, event{kind: evTick, end: e})
}

// lateness is how much later than its deadline a Tick can come.
const lateness = 20 * time.Millisecond

func (e *End) deadline() (time.Duration, bool) {
	d := e.peer.Deadline()
	return d.Sub(epoch), !d.IsZero()
}

func eventText(ev *fsm.Event, h *half) string {
	s := ev.Kind.String()
	if ev.Kind == fsm.Received {
		s = ev.Message.Type.String()
		switch {
		case ev.Message.Err != nil:
			s += " malformed: " + ev.Message.Err.Error()
		case ev.Message.Type == wire.TypeNotification:
			s = "NOTIFICATION " + ev.Message.Notification.String()
		}
	}
	if ev.Conn != 0 {
		s += fmt.Sprintf(" conn %d", ev.Conn)
	}
	if h != nil {
		s += fmt.Sprintf(" (pipe %d %s)", h.pipe, h.dir)
	}
	return s
}

func actionText(a *fsm.Action) string {
	switch {
	case a.Kind == fsm.ActionNote:
		return fmt.Sprintf("%s -> %s", a.Note.From, a.Note.To)
	case a.Kind == fsm.ActionSend && a.Type == wire.TypeNotification:
		n, _ := wire.ParseNotification(a.Bytes[wire.HeaderLen:])
		return fmt.Sprintf("send NOTIFICATION %s on %d", n, a.Conn)
	case a.Kind == fsm.ActionSend:
		return fmt.Sprintf("send %s on %d", a.Type, a.Conn)
	case a.Kind == fsm.ActionDown:
		return fmt.Sprintf("down %d: %s", a.Conn, a.Reason.Kind)
	}
	return fmt.Sprintf("%s %d", a.Kind, a.Conn)
}
