package daemon

import (
	"errors"
	"fmt"
	"hash/crc32"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/kernel"
	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// A simNode is one host and the daemon on it: its loops, and what the lab runs in place of its goroutines.
type simNode struct {
	sim  *lab
	name string
	node *transport.Node
	host []kernel.Interface
	disk *memDisk
	up   bool // the daemon runs

	kernel     *kernel.Watcher
	controller *controller
	loop       *ribLoop
	dispatcher *dispatcher
	more       bool // the RIB loop has more to do
	sessions   []*session
	dues       map[*session]time.Time // when each has something to do by itself
	readers    []*simReader
	writers    []*simWriter
	dials      []*simDial
	acceptors  []*simAcceptor
	units      int // budgets of the RIB loop, 0: the daemon's
	ringLimit  int

	dirty bool      // tasks and due are to be found again
	tasks []task    // that could run now
	due   time.Time // when there are more, without anything coming in
}

// A task is one thing that a daemon could do now: index tells with which of its sessions, readers and so on.
type task struct {
	kind  taskKind
	index int
}

type taskKind uint8

const (
	taskNone taskKind = iota
	taskTurn
	taskControl
	taskSession
	taskRead
	taskWrite
	taskDial
	taskAccept
)

type simReader struct {
	l       *link
	out     *handover // being handed over
	stepped bool
	posted  bool
	wants   bool // bytes
	dry     bool // the socket has none
	ended   bool
	stalled time.Time // it reads nothing until then
}

type simWriter struct {
	l      *link
	bufs   net.Buffers
	routes int
	full   bool      // the socket takes no more
	linger time.Time // all is written: the connection is closed then, or when the neighbor has closed it
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

// startupPath is where the daemons keep their configuration.
const startupPath = "/etc/bgpd.conf"

// add makes a host with these interfaces. It has no daemon yet.
func (s *lab) host(name string, interfaces ...kernel.Interface) *simNode {
	n := &simNode{sim: s, name: name, node: s.fabric.Node(name), host: interfaces, disk: &memDisk{}, dirty: true}
	n.kernel = kernel.Fake(interfaces...)
	s.nodes = append(s.nodes, n)
	return n
}

// boot starts the daemon with what its disk holds.
func (n *simNode) boot() {
	s := n.sim
	n.up, n.dirty, n.more = true, true, false
	n.sessions, n.readers, n.writers, n.dials, n.acceptors = nil, nil, nil, nil, nil
	n.dues = map[*session]time.Time{}
	x := &exports{}
	n.loop = newRIBLoop(rib.Config{Seed: s.rng.Uint64(), Start: s.now}, x)
	if n.units > 0 {
		n.loop.units = n.units
	}
	if n.ringLimit > 0 {
		n.loop.ringLimit = n.ringLimit
	}
	log := newDaemonLog(nil)
	n.dispatcher = &dispatcher{log: log.Journal, kernel: n.kernel}
	n.controller = newController(&shared{
		world: n, ribs: n.loop, exports: x, rand: s.rng.Float64, epoch: s.now, log: log, kernel: n.kernel,
		farewell: "bgpd is going down",
	}, n, Config{StartupConfig: startupPath, disk: n.disk})
	record, err := n.controller.load(s.now, nil)
	if err != nil {
		panic(err)
	}
	record()
	for _, p := range n.controller.startup.problems {
		panic(fmt.Sprint(n.name, ": ", p))
	}
}

// crash ends the daemon without a word.
func (n *simNode) crash() {
	n.up, n.dirty = false, true
	n.sim.fabric.Crash(n.name)
}

// leave begins an orderly end: every neighbor is told. crash must follow.
func (n *simNode) leave() {
	for _, s := range n.sessions {
		if !s.retired {
			s.step(n.sim.now, retire{subcode: wire.CeaseAdminShutdown, text: s.farewell})
			s.refuse(s.inbox.close())
		}
	}
	for _, a := range n.acceptors {
		a.acceptor.Close()
	}
	n.dirty = true
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
	n.dirty = true
}

// save writes the running configuration to the disk.
func (n *simNode) save() {
	n.controller.inbox.post(writeRequest{who: author{user: "test"}, reply: func(_ api.WriteResult, err error) {
		if err != nil {
			panic(fmt.Sprint(n.name, ": ", err))
		}
	}})
	for n.controller.inbox.len() > 0 {
		n.control()
	}
}

// setLink changes what the host says of an interface.
func (n *simNode) setLink(name string, up bool) {
	for i := range n.host {
		if n.host[i].Name == name {
			n.host[i].Up = up
		}
	}
	n.kernel.Set(n.host)
	n.dirty = true
}

// control is one round of the controller's loop.
func (n *simNode) control() {
	select {
	case <-n.kernel.Changes():
		n.controller.step(n.sim.now, linksChanged{})
		return
	default:
	}
	if m, ok := n.controller.inbox.take(); ok {
		n.controller.step(n.sim.now, m)
		return
	}
	n.controller.step(n.sim.now, overdue{})
}

// The edges of a daemon in the lab.

func (n *simNode) start(s *session) {
	n.sessions = slices.DeleteFunc(n.sessions, func(old *session) bool { return old.retired })
	n.sessions = append(n.sessions, s)
}

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
		a.Notify = func() { sa.calls, n.dirty = true, true }
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
	conn.Notify = func() { n.dirty = true }
	l.cancel = func() { d.ended = true; conn.CloseNow() }
	n.dials = append(slices.DeleteFunc(n.dials, func(d *simDial) bool { return d.ended }), d)
}

func (n *simNode) read(l *link) {
	n.readers = append(slices.DeleteFunc(n.readers, func(r *simReader) bool { return r.ended }), &simReader{l: l, wants: true})
}

func (n *simNode) write(l *link) {
	n.writers = append(n.writers, &simWriter{l: l})
	l.conn.(*transport.Stream).Notify = func() {
		n.dirty = true
		for _, r := range n.readers {
			r.dry = r.dry && r.l != l
		}
		for _, w := range n.writers {
			w.full = w.full && w.l != l
		}
	}
}

// look finds what the daemon could do now and when there is more, where that may have changed.
func (n *simNode) look() {
	now := n.sim.now
	if !n.dirty && (n.due.IsZero() || n.due.After(now)) {
		return
	}
	n.dirty, n.tasks, n.due = false, n.tasks[:0], time.Time{}
	if !n.up {
		return
	}
	could := func(is bool, kind taskKind, index int) {
		if is {
			n.tasks = append(n.tasks, task{kind, index})
		}
	}
	// passed tells whether a time has come, and remembers it when it has not.
	passed := func(t time.Time) bool {
		if t.IsZero() || !t.After(now) {
			return !t.IsZero()
		}
		if n.due.IsZero() || t.Before(n.due) {
			n.due = t
		}
		return false
	}
	could(n.more || len(n.loop.wake) > 0, taskTurn, 0)
	could(n.controller.inbox.len() > 0 || len(n.kernel.Changes()) > 0 || passed(n.controller.deadline()), taskControl, 0)
	for i, s := range n.sessions {
		could(!s.retired && (s.inbox.len() > 0 || passed(n.dues[s])), taskSession, i)
	}
	for i, r := range n.readers {
		could(!r.ended && (r.stalled.IsZero() || passed(r.stalled)) && n.canRead(r), taskRead, i)
	}
	for i, w := range n.writers {
		could(w.linger.IsZero() && !w.full && (w.l.ring.pending() || len(w.bufs) > 0) || passed(w.linger), taskWrite, i)
	}
	for i, d := range n.dials {
		if !d.ended {
			ok, err := d.conn.Connected()
			could(ok || err != nil || passed(d.until), taskDial, i)
		}
	}
	for i, a := range n.acceptors {
		could(a.calls, taskAccept, i)
	}
}

// step performs a task.
func (n *simNode) step(t task) {
	n.dirty = true
	switch t.kind {
	case taskTurn:
		select {
		case <-n.loop.wake:
		default:
		}
		n.more = n.loop.turn(n.sim.now)
	case taskControl:
		n.control()
	case taskSession:
		n.stepSession(n.sessions[t.index])
	case taskRead:
		n.readStep(n.readers[t.index])
	case taskWrite:
		n.writeStep(n.writers[t.index])
	case taskDial:
		n.dialStep(n.dials[t.index])
	case taskAccept:
		n.acceptStep(n.acceptors[t.index])
	}
}

// stepSession is one round of a session's loop.
func (n *simNode) stepSession(s *session) {
	now, before := n.sim.now, s.peer.State()
	if s.inbox.len() > 0 {
		if text := mailText(s.inbox.items[0]); text != "" {
			n.sim.note("%s %s: %s", n.name, s.name, text)
		}
	}
	s.round(now)
	if after := s.peer.State(); after != before {
		n.sim.note("%s %s: %s -> %s", n.name, s.name, before, after)
	}
	if s.retired {
		s.refuse(s.inbox.close())
		delete(n.dues, s)
		return
	}
	n.dues[s] = now.Add(s.wait(now))
}

// mailText is a message to a session in a trace; empty for a KEEPALIVE, of which there are many.
func mailText(m any) string {
	text := strings.TrimPrefix(strings.TrimPrefix(fmt.Sprintf("%T", m), "*"), "daemon.")
	if r, ok := m.(*received); ok {
		if r.message.Type == wire.TypeKeepalive && r.message.Err == nil {
			return ""
		}
		text += " " + r.message.Type.String()
	}
	return text
}

func (n *simNode) canRead(r *simReader) bool {
	switch {
	case r.l.givenUp():
		return !r.dry
	case r.out == nil:
		return !r.wants || !r.dry
	case r.posted:
		return r.stepped
	}
	return !r.out.needsRoom() || r.l.session.stream.hasRoom()
}

// readStep is one step of a reader's goroutine.
func (n *simNode) readStep(r *simReader) {
	l := r.l
	switch {
	case l.givenUp(): // what still comes is read and thrown away
		if r.out != nil {
			r.out.drop()
			r.out = nil
		}
		var buf [4096]byte
		_, err := l.conn.Read(buf[:])
		r.dry = errors.Is(err, transport.ErrWouldBlock)
		r.ended = err != nil && !r.dry
	case r.out != nil:
		n.handOver(r)
	case r.wants:
		n.readMore(r)
	default:
		if h := l.reader.next(); h.message == nil && !h.item.byPeer() {
			r.wants = true
		} else {
			r.out, r.posted, r.stepped = &h, false, false
		}
	}
	for _, w := range n.writers {
		if r.ended && w.l == l && !w.linger.IsZero() {
			w.linger = n.sim.now
		}
	}
	l.waiting.Store(r.out != nil && r.out.needsRoom() && !l.session.stream.hasRoom())
}

func (n *simNode) readMore(r *simReader) {
	l := r.l
	space := l.reader.space()
	k, err := l.conn.Read(space)
	if err != nil {
		if r.dry = errors.Is(err, transport.ErrWouldBlock); !r.dry {
			l.session.inbox.post(broken{link: l, err: err})
			r.ended = true
		}
		return
	}
	n.sim.mix(uint64(crc32.ChecksumIEEE(space[:k])))
	l.fed(k, n.sim.now)
	r.wants = false
}

func (n *simNode) handOver(r *simReader) {
	s, h := r.l.session, r.out
	switch {
	case h.message == nil:
		s.stream.put(h.item)
	case !r.posted:
		r.posted = s.inbox.post(&received{link: r.l, message: *h.message, raw: h.raw, done: func() { r.stepped = true }})
		r.stepped = !r.posted
		return
	}
	r.out = nil
}

// writeStep is one step of a writer's goroutine.
func (n *simNode) writeStep(w *simWriter) {
	l := w.l
	if !w.linger.IsZero() {
		l.conn.Close()
		n.forget(w)
		return
	}
	if len(w.bufs) == 0 {
		bufs, routes, more := l.ring.take(nil)
		if !more {
			n.goodbye(w)
			return
		}
		w.bufs, w.routes = bufs, routes
		l.session.counts.updatesOut(l.recordUpdates(bufs, routes))
	}
	k, err := l.conn.WriteBuffers(&w.bufs)
	l.written.Add(uint64(k))
	if w.full = errors.Is(err, transport.ErrWouldBlock); w.full {
		return
	}
	if err != nil {
		l.ring.close()
		l.session.inbox.post(broken{link: l, err: err})
		l.conn.CloseNow()
		n.forget(w)
		return
	}
	if l.ring.wrote(w.routes) {
		l.session.stream.resume()
	}
}

// goodbye closes a connection when the neighbor has done so, or could have.
func (n *simNode) goodbye(w *simWriter) {
	w.l.conn.CloseWrite()
	w.linger = n.sim.now.Add(lastWords)
	i := slices.IndexFunc(n.readers, func(r *simReader) bool { return r.l == w.l })
	switch {
	case i >= 0 && n.readers[i].ended:
		w.linger = n.sim.now
	case i < 0 && w.l.begun.CompareAndSwap(false, true):
		w.l.giveUp()
		n.read(w.l)
	}
}

// forget ends a writer.
func (n *simNode) forget(w *simWriter) {
	w.l.session.sockets.Add(-1)
	n.writers = slices.DeleteFunc(n.writers, func(other *simWriter) bool { return other == w })
}

func (n *simNode) dialStep(d *simDial) {
	d.ended = true
	ok, err := d.conn.Connected()
	if !ok && err == nil {
		d.conn.CloseNow()
		err = &transport.DialError{Remote: d.l.remote, Cause: transport.DialTimeout}
	}
	m := dialed{link: d.l, conn: d.conn}
	if err != nil {
		m = dialed{link: d.l, err: err}
	}
	if !d.l.session.inbox.post(m) && err == nil {
		d.conn.CloseNow()
	}
}

func (n *simNode) acceptStep(a *simAcceptor) {
	conn, err := a.acceptor.Accept()
	a.calls = err == nil
	if err == nil {
		n.dispatcher.route(n.sim.now, a.listener, conn)
	}
}
