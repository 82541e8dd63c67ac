package daemon

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"bgpsh/daemon/transport"
)

// goroutines is the world of a running daemon: real sockets, and a goroutine for each thing that may wait for one.
type goroutines struct {
	ctx        context.Context // ends sessions, dials and listeners
	last       context.Context // ends the loops, when all these have ended
	network    transport.Network
	dispatcher *dispatcher
	log        *daemonLog

	peers sync.WaitGroup // sessions and their connections, dials, listeners
	wg    sync.WaitGroup // the loops
}

// start lets a session begin.
func (g *goroutines) start(s *session) {
	g.peers.Add(1)
	s.begin(g.ctx, g.peers.Done)
}

func (g *goroutines) dial(l *link, o transport.Options, limit time.Duration) {
	ctx, cancel := context.WithTimeout(g.ctx, limit)
	l.cancel = cancel
	g.peers.Go(func() {
		defer cancel()
		defer l.containDial()
		conn, err := g.network.Dial(ctx, l.remote, o)
		if !l.session.inbox.post(dialed{link: l, conn: conn, err: err}) && err == nil {
			conn.CloseNow()
		}
	})
}

func (g *goroutines) read(l *link) { g.peers.Go(func() { readLoop(l) }) }

func (g *goroutines) write(l *link) {
	g.peers.Add(1)
	w := &writer{l: l, world: g}
	a := &attendant{work: w.work, some: w.some}
	l.ring.rouse, l.ring.here = a.rouse, a.here
}

// readLoop is the goroutine of a link's reader: read, step, hand over.
func readLoop(l *link) {
	defer close(l.reads)
	defer l.containReader()
	say := newCourier(l)
	for !l.givenUp() {
		h := l.reader.next()
		switch {
		case h.needsRoom() && !waitRoom(l):
			h.drop()
		case h.message != nil:
			say.bring(h)
		case h.item.byPeer():
			if s := l.session.stream; !s.loop.errand(s, h.item) {
				s.put(h.item)
			}
		case !readMore(l):
			return
		}
	}
	discard(l.conn)
	l.log.ReaderDone()
}

// readMore reads the socket once; false when it gives no more.
func readMore(l *link) bool {
	n, err := l.conn.Read(l.reader.space())
	if err != nil {
		l.log.Broken(err)
		l.log.ReaderDone()
		l.session.inbox.post(broken{link: l, err: err})
		return false
	}
	l.fed(n, time.Now())
	return true
}

// waitRoom waits until the RIB takes more from this peer; false when the link was given up meanwhile.
func waitRoom(l *link) bool {
	defer l.waiting.Store(false)
	for !l.session.stream.hasRoom() {
		l.waiting.Store(true)
		select {
		case <-l.session.stream.room:
		case <-l.done:
			return false
		}
	}
	return true
}

// drop frees what will not be handed over.
func (h *handover) drop() {
	if h.item.batch != nil {
		putBatch(h.item.batch)
	}
}

// A courier brings the messages of a link to the session, one at a time and each in the same memory.
type courier struct {
	received
	stepped chan struct{}
}

func newCourier(l *link) *courier {
	c := &courier{received{link: l}, make(chan struct{}, 1)}
	c.done = func() { signal(c.stepped) }
	return c
}

// bring gives the session a message and waits until it was stepped, or the link given up: then it was the last.
func (c *courier) bring(h handover) {
	c.message, c.raw = *h.message, h.raw
	if !c.link.session.inbox.post(&c.received) {
		return
	}
	select {
	case <-c.stepped:
	case <-c.link.done:
	}
}

// goodbye closes a link's connection once the peer had the time to read our last words: closing with unread bytes of the
// peer would reset the connection and lose them. There is nothing to wait for when they could not be written.
func goodbye(l *link, wrote bool) {
	if wrote {
		l.conn.CloseWrite()
		linger := time.NewTimer(lastWords)
		defer linger.Stop()
		select {
		case <-l.reads:
		case <-linger.C:
		}
		l.conn.Close()
	} else {
		l.conn.CloseNow()
	}
	l.log.Dropped(true)
}

// drain reads a connection whose reader was never started.
func drain(l *link) {
	defer close(l.reads)
	discard(l.conn)
}

func discard(c transport.Conn) {
	var buf [4096]byte
	for {
		if _, err := c.Read(buf[:]); err != nil {
			return
		}
	}
}

func isEOF(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
