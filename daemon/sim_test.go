package daemon

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/kernel"
	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
	"bgpsh/ipc/api"
)

// A sim runs the step functions of whole daemons in one goroutine on a network in memory and virtual time. At each step
// the seed chooses which of the things that could run runs next; the same seed gives the same trace.
type sim struct {
	now    time.Time
	rng    *rand.Rand
	fabric *transport.Fabric
	nodes  []*simNode
	trace  []string
	steps  int
}

var simStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newSim(seed uint64) *sim {
	s := &sim{now: simStart, rng: rand.New(rand.NewPCG(seed, 1)), fabric: transport.NewFabric()}
	s.fabric.Latency = func(string, string) time.Duration {
		return time.Millisecond + time.Duration(s.rng.IntN(5))*time.Millisecond
	}
	s.fabric.Advance(s.now)
	return s
}

// A simNode is one daemon: its loops, and what the simulator runs in place of its goroutines.
type simNode struct {
	sim        *sim
	name       string
	node       *transport.Node
	controller *controller
	loop       *ribLoop
	dispatcher *dispatcher
	more       bool // the RIB loop has more to do
	sessions   []*session
	readers    []*simReader
	writers    []*simWriter
	dials      []*simDial
	acceptors  []*simAcceptor
}

type simReader struct {
	l       *link
	out     *handover // being handed over
	stepped bool
	posted  bool
	wants   bool // bytes
	dry     bool // the socket has none
}

type simWriter struct {
	l      *link
	bufs   net.Buffers
	routes int
	full   bool // the socket takes no more
}

type simDial struct {
	l     *link
	conn  *transport.Stream
	until time.Time
	ended bool
}

type simAcceptor struct {
	listener *listener
	acceptor *transport.Acceptor
	calls    bool // somebody may wait
}

// add makes a daemon with one interface on the segment and its configuration.
func (s *sim) add(name, addr string, lines ...string) *simNode {
	n := &simNode{sim: s, name: name, node: s.fabric.Node(name)}
	n.node.Attach("lan", "eth0", addr)
	s.nodes = append(s.nodes, n)
	x := &exports{}
	n.loop = newRIBLoop(rib.Config{Seed: s.rng.Uint64(), Start: s.now}, x)
	log := newDaemonLog(nil)
	n.dispatcher = &dispatcher{log: log.Journal, kernel: eth(addr)}
	n.controller = newController(&shared{
		world: n, ribs: n.loop, exports: x, rand: s.rng.Float64, epoch: s.now, log: log,
		kernel: kernel.Fake(kernel.Interface{Name: "eth0", Index: 1, Up: true, Addrs: []netip.Prefix{netip.MustParsePrefix(addr)}}),
	}, n, Config{})
	n.configure(lines...)
	n.control()
	return n
}

// configure sends the controller a transaction, which fails loudly when a line is wrong.
func (n *simNode) configure(lines ...string) {
	m := applyRequest{who: author{user: "test"}, reply: func(r api.ApplyResult, err error) {
		if err != nil || !r.Applied {
			panic(fmt.Sprint(n.name, ": ", err, r.Lines))
		}
	}}
	for i, l := range lines {
		m.lines = append(m.lines, config.Line{Number: i + 1, Text: l})
	}
	n.controller.inbox.post(m)
}

// control is one round of the controller's loop.
func (n *simNode) control() {
	if m, ok := n.controller.inbox.take(); ok {
		n.controller.step(n.sim.now, m)
	}
}

// The edges of a daemon in the simulator.

func (n *simNode) start(s *session) { n.sessions = append(n.sessions, s) }

func (n *simNode) linksChanged() {}

func (n *simNode) listen(addrs []netip.AddrPort, dir *directory) {
	n.dispatcher.dir.Store(dir)
	for _, addr := range addrs {
		if len(n.acceptors) > 0 || !addr.Addr().Is4() {
			continue
		}
		a, err := n.node.Listen(transport.ListenOptions{Addr: addr})
		if err != nil {
			panic(err)
		}
		sa := &simAcceptor{listener: &listener{addr: addr, log: n.dispatcher.log.Dispatcher(addr)}, acceptor: a}
		a.Notify = func() { sa.calls = true }
		n.acceptors = append(n.acceptors, sa)
	}
}

func (n *simNode) dial(l *link, o transport.Options, limit time.Duration) {
	conn, err := n.node.Dial(l.remote, o)
	if err != nil {
		l.session.inbox.post(dialed{link: l, err: err})
		return
	}
	d := &simDial{l: l, conn: conn, until: n.sim.now.Add(limit)}
	l.cancel = func() { d.ended = true; conn.CloseNow() }
	n.dials = append(n.dials, d)
}

func (n *simNode) read(l *link) { n.readers = append(n.readers, &simReader{l: l, wants: true}) }

func (n *simNode) write(l *link) {
	n.writers = append(n.writers, &simWriter{l: l})
	l.conn.(*transport.Stream).Notify = func() {
		for _, r := range n.readers {
			r.dry = r.dry && r.l != l
		}
		for _, w := range n.writers {
			w.full = w.full && w.l != l
		}
	}
}

// note adds a line to the trace.
func (s *sim) note(format string, args ...any) {
	s.trace = append(s.trace, fmt.Sprintf("%8.3f %s", s.now.Sub(simStart).Seconds(), fmt.Sprintf(format, args...)))
}

// run steps until done or the limit of virtual time has passed; it reports whether done was reached.
func (s *sim) run(limit time.Duration, done func() bool) bool {
	until := s.now.Add(limit)
	for !done() {
		ready := s.ready()
		if len(ready) > 0 {
			s.steps++
			ready[s.rng.IntN(len(ready))]()
			continue
		}
		next := s.next(until)
		if !next.After(s.now) || next.After(until) {
			return done()
		}
		s.now = next
	}
	return true
}

// ready lists what could run now, in an order that depends on nothing but what happened before.
func (s *sim) ready() (out []func()) {
	if at, ok := s.fabric.Next(); ok && !at.After(s.now) {
		out = append(out, func() { s.fabric.Step(s.now) })
	}
	for _, n := range s.nodes {
		out = append(out, n.ready()...)
	}
	return out
}

func (n *simNode) ready() (out []func()) {
	if n.more || len(n.loop.wake) > 0 {
		out = append(out, n.turn)
	}
	if n.controller.inbox.len() > 0 {
		out = append(out, n.control)
	}
	for _, s := range n.sessions {
		if d := s.deadline(); !s.retired && (s.inbox.len() > 0 || !d.IsZero() && !d.After(n.sim.now)) {
			out = append(out, func() { n.step(s) })
		}
	}
	for _, r := range n.readers {
		if n.canRead(r) {
			out = append(out, func() { n.readStep(r) })
		}
	}
	for _, w := range n.writers {
		if !w.full && (w.l.ring.pending() || len(w.bufs) > 0) {
			out = append(out, func() { n.writeStep(w) })
		}
	}
	for _, d := range n.dials {
		if ok, err := d.conn.Connected(); !d.ended && (ok || err != nil || !n.sim.now.Before(d.until)) {
			out = append(out, func() { n.dialStep(d) })
		}
	}
	for _, a := range n.acceptors {
		if a.calls {
			out = append(out, func() { n.acceptStep(a) })
		}
	}
	return out
}

// next is the next time at which something happens by itself.
func (s *sim) next(until time.Time) time.Time {
	next := until
	earlier := func(t time.Time) {
		if t.After(s.now) && t.Before(next) {
			next = t
		}
	}
	if at, ok := s.fabric.Next(); ok {
		earlier(at)
	}
	for _, n := range s.nodes {
		for _, p := range n.sessions {
			if !p.retired {
				earlier(p.deadline())
			}
		}
		for _, d := range n.dials {
			if !d.ended {
				earlier(d.until)
			}
		}
	}
	return next
}

func (n *simNode) turn() {
	select {
	case <-n.loop.wake:
	default:
	}
	n.more = n.loop.turn(n.sim.now)
}

// step is one round of a session's loop.
func (n *simNode) step(s *session) {
	before, waiting := s.peer.State(), s.inbox.len()
	s.round(n.sim.now)
	n.sim.note("%s %s: a round, %d messages waited", n.name, s.name, waiting)
	if after := s.peer.State(); after != before {
		n.sim.note("%s %s: %s -> %s", n.name, s.name, before, after)
	}
}

func (n *simNode) canRead(r *simReader) bool {
	switch {
	case r.l.givenUp():
		return false
	case r.out == nil:
		return !r.wants || !r.dry
	case r.posted:
		return r.stepped
	}
	return !r.out.needsRoom() || r.l.session.stream.hasRoom()
}

func (n *simNode) readStep(r *simReader) {
	l := r.l
	if r.out != nil {
		n.handOver(r)
		return
	}
	if r.wants {
		k, err := l.conn.Read(l.reader.space())
		if err != nil {
			r.dry = errors.Is(err, transport.ErrWouldBlock)
			if !r.dry {
				l.session.inbox.post(broken{link: l, err: err})
				l.giveUp()
			}
			return
		}
		l.lastRead.Store(l.session.nanos(n.sim.now))
		l.reader.fed(k)
		r.wants = false
		return
	}
	if h := l.reader.next(); h.message == nil && !h.item.byPeer() {
		r.wants = true
	} else {
		r.out, r.posted, r.stepped = &h, false, false
	}
}

func (n *simNode) handOver(r *simReader) {
	s, h := r.l.session, r.out
	switch {
	case h.message == nil:
		s.stream.put(h.item)
	case !r.posted:
		r.posted = s.inbox.post(received{link: r.l, message: *h.message, raw: h.raw, done: func() { r.stepped = true }})
		return
	}
	r.out = nil
}

func (n *simNode) writeStep(w *simWriter) {
	l := w.l
	if len(w.bufs) == 0 {
		bufs, routes, more := l.ring.take(nil)
		if !more {
			l.conn.CloseWrite()
			l.conn.Close()
			l.giveUp()
			l.session.sockets.Add(-1)
			n.forget(w)
			return
		}
		w.bufs, w.routes = bufs, routes
	}
	k, err := l.conn.WriteBuffers(&w.bufs)
	l.written.Add(uint64(k))
	if w.full = errors.Is(err, transport.ErrWouldBlock); w.full {
		return
	}
	if err != nil {
		l.ring.close()
		l.session.inbox.post(broken{link: l, err: err})
		l.session.sockets.Add(-1)
		n.forget(w)
		return
	}
	if l.ring.wrote(w.routes) {
		l.session.stream.resume()
	}
}

func (n *simNode) forget(w *simWriter) {
	for i, other := range n.writers {
		if other == w {
			n.writers = append(n.writers[:i], n.writers[i+1:]...)
			return
		}
	}
}

func (n *simNode) dialStep(d *simDial) {
	d.ended = true
	ok, err := d.conn.Connected()
	if !ok && err == nil {
		d.conn.CloseNow()
		err = &transport.DialError{Remote: d.l.remote, Cause: transport.DialTimeout}
	}
	if err != nil {
		d.l.session.inbox.post(dialed{link: d.l, err: err})
		return
	}
	d.l.session.inbox.post(dialed{link: d.l, conn: d.conn})
}

func (n *simNode) acceptStep(a *simAcceptor) {
	conn, err := a.acceptor.Accept()
	a.calls = err == nil
	if err == nil {
		n.dispatcher.route(n.sim.now, a.listener, conn)
	}
}

// text is the trace.
func (s *sim) text() string { return strings.Join(s.trace, "\n") }
