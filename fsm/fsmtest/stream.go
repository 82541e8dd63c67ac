package fsmtest

import (
	"errors"
	"io"
	"time"

	"bgpsh/fsm"
	"bgpsh/wire"
)

// Link is the path between two routers and the neighborship over it.
type Link struct {
	net    *Net
	Ends   [2]*End
	Low    time.Duration // bounds of the latency one way
	High   time.Duration
	lastAt [2]time.Duration // of the newest arrival each way
	downTo time.Duration    // nothing gets through before that; TCP sends again after it
}

// Cut stops all traffic for d. Connections live on if both sides' timers let them.
func (l *Link) Cut(d time.Duration) {
	l.downTo = max(l.downTo, l.net.now+d)
	l.net.log(l.Ends[0], "-- link cut until %.3f", l.downTo.Seconds())
}

func (l *Link) isDown() bool { return l.downTo > l.net.now }

func (l *Link) latency() time.Duration { return l.net.between(l.Low, l.High) }

// half is one side of a connection.
type half struct {
	end   *End
	other *half
	id    fsm.ConnID // 0 until the machine knows of it
	pipe  int        // the same number on both sides, for the transcript and the rules
	life  int        // of the router that it belongs to

	dir     fsm.Direction
	known   bool // the machine was told of it
	reading bool
	closed  bool // by our machine
	dead    bool // reset, or forgotten by a restart
	inbox   []event
	garble  bool // the next message to this side is damaged
	stalled bool // nothing that this side sends arrives any more
	mute    bool // a caller that is no router

	lastRead, fed time.Duration // when the reader read last, and what the machine was told of it
}

var (
	errRefused = errors.New("connection refused")
	errTimeout = errors.New("connection timed out")
	errReset   = errors.New("connection reset by peer")
)

// dial is what Dial asks for: a request that the far router answers, refuses or never sees.
func (e *End) dial(id fsm.ConnID) {
	n := e.net
	n.pipes++
	h := &half{end: e, id: id, pipe: n.pipes, dir: fsm.Outbound, life: e.router.life}
	e.dials = append(e.dials, h)
	if e.link.isDown() || n.lossy && n.chance(60) {
		n.after(e.cfg.ConnectRetry/3, event{kind: evFail, end: e, half: h, data: []byte("timeout")})
		return
	}
	n.after(e.link.latency(), event{kind: evSyn, end: e.far, half: h})
}

// syn is a connection request at the far router. Its answer takes as long as it likes to come back; the machine there learns of
// the connection when the listener gets to it.
func (e *End) syn(caller *half) {
	n := e.net
	if !e.router.up || e.refusing {
		n.after(e.link.latency(), event{kind: evFail, end: caller.end, half: caller})
		return
	}
	h := &half{end: e, other: caller, pipe: caller.pipe, dir: fsm.Inbound, life: e.router.life}
	caller.other = h
	e.halves = append(e.halves, h)
	n.after(e.link.latency(), event{kind: evAck, end: caller.end, half: caller})
	wait := n.between(0, 2*time.Millisecond)
	if n.lossy && n.chance(10) {
		wait = n.between(0, 300*time.Millisecond) // a busy listener
		if n.chance(4) {
			wait = n.between(0, 15*time.Second) // one that hangs
		}
	}
	n.after(wait, event{kind: evReady, end: e, half: h})
}

// established tells the machine of a connection it asked for. One that it has given up is closed by the driver, or reported all
// the same when both happen at once.
func (h *half) established() {
	e := h.end
	e.undial(h)
	if h.dead {
		h.reset()
		return
	}
	if h.closed && !e.net.chance(3) {
		h.finish()
		return
	}
	h.closed = false
	h.known = true
	e.halves = append(e.halves, h)
	e.step(fsm.Event{Kind: fsm.Dialed, Conn: h.id}, h)
}

func (h *half) failed() {
	e := h.end
	e.undial(h)
	if h.closed {
		return
	}
	err := errRefused
	if h.other == nil && e.link.isDown() {
		err = errTimeout
	}
	e.step(fsm.Event{Kind: fsm.DialFailed, Conn: h.id, Err: err}, nil)
}

// ready hands an inbound connection to the machine.
func (e *End) ready(h *half) {
	if h.dead {
		return
	}
	h.id, h.known = e.peer.NextConn(), true
	e.step(fsm.Event{Kind: fsm.Accepted, Conn: h.id}, h)
}

// transmit puts something on its way to the other side, behind what is already on it.
func (h *half) transmit(kind eventKind, data []byte) {
	o := h.other
	if o == nil || h.stalled && kind == evData {
		return
	}
	n, l := h.end.net, h.end.link
	at := n.now + l.latency()
	if l.isDown() {
		at = l.downTo + l.latency() // sent again when the link is back
	}
	if kind != evReset { // what goes the same way arrives in its order, whichever connection it belongs to
		last := &l.lastAt[0]
		if h.end == l.Ends[1] {
			last = &l.lastAt[1]
		}
		at = max(at, *last)
		*last = at
	}
	n.after(at-n.now, event{kind: kind, end: o.end, half: o, data: data})
}

// arrive is data, an end or a reset at this side. What is not read yet waits; data for a closed connection is answered with a
// reset, and a reset destroys what waits.
func (h *half) arrive(e *event) {
	switch {
	case h.mute:
	case h.dead:
		if e.kind == evData {
			h.reset()
		}
	case h.closed:
		if e.kind == evData {
			h.reset()
			h.dead = true
		}
	case e.kind == evReset:
		h.inbox = h.inbox[:0]
		if !h.reading {
			h.inbox = append(h.inbox, *e)
			return
		}
		h.broke(errReset)
	case !h.reading:
		h.inbox = append(h.inbox, *e)
	case e.kind == evFin:
		h.broke(io.EOF)
	default:
		h.read(e.data)
	}
}

// drain delivers what waited for the machine to read.
func (h *half) drain() {
	inbox := h.inbox
	h.inbox = nil
	for i := range inbox {
		h.arrive(&inbox[i])
	}
}

// broke reports the end of the connection. The driver reads nothing more.
func (h *half) broke(err error) {
	h.dead = true
	h.end.step(fsm.Event{Kind: fsm.Broken, Conn: h.id, Err: err}, h)
}

// finish sends the end of our data.
func (h *half) finish() {
	h.closed = true
	h.transmit(evFin, nil)
}

// reset tells the other side that nobody is here.
func (h *half) reset() { h.transmit(evReset, nil) }

// read parses one message and hands it to the machine, as the daemon's reader does: an UPDATE of an established session only
// leaves its time.
func (h *half) read(b []byte) {
	n := h.end.net
	if h.garble {
		h.garble = false
		b = append([]byte(nil), b...)
		b[[]int{0, 15, 18}[n.rand.IntN(3)]] ^= 0x55 // where nobody can take it for another message
	}
	m := parse(b)
	if m.Type == wire.TypeUpdate && m.Err == nil && h.end.established(h.id) {
		h.lastRead = n.now
		return
	}
	if m.Type == wire.TypeNotification {
		h.end.rules.notified(h.id)
	}
	h.end.step(fsm.Event{Kind: fsm.Received, Conn: h.id, Message: m}, h)
}

// parse decodes one message.
func parse(b []byte) fsm.Message {
	header, err := wire.ParseHeader(b, wire.MaxLen)
	if err == nil && header.Len != len(b) {
		err = &wire.Error{Code: wire.CodeHeader, Subcode: wire.HeaderBadLength, Severity: wire.Reset, Text: "length does not fit"}
	}
	if err != nil {
		return fsm.Message{Type: wire.Type(b[18]), Err: err}
	}
	m := fsm.Message{Type: header.Type}
	body := b[wire.HeaderLen:]
	switch header.Type {
	case wire.TypeOpen:
		m.Open, m.Err = wire.ParseOpen(body)
	case wire.TypeNotification:
		m.Notification, m.Err = wire.ParseNotification(body)
	case wire.TypeRouteRefresh:
		m.Refresh, m.Err = wire.ParseRouteRefresh(body, false)
	}
	return m
}
