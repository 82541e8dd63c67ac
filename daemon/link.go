package daemon

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bgpsh/daemon/journal"
	"bgpsh/daemon/transport"
	"bgpsh/fsm"
)

// A link is one connection of a session, from the wish to dial to the last byte: its socket, what waits to be written and
// what was read of it. The session owns it; its reader and writer share the parts that say so.
type link struct {
	id        fsm.ConnID
	direction fsm.Direction
	session   *session
	remote    netip.AddrPort // as dialed, or the caller's
	ring      *ring
	log       *journal.Conn
	reader    *reader
	conn      transport.Conn // nil while it is dialed

	cancel context.CancelFunc // ends a dial
	done   chan struct{}      // closed when the session gave the link up; its reader then hands over nothing more
	once   sync.Once
	reads  chan struct{} // closed when the reader has ended
	begun  atomic.Bool   // the reader was started

	lastRead atomic.Int64  // of the end of the last whole message, as of shared.nanos
	written  atomic.Uint64 // bytes handed to the socket
	waiting  atomic.Bool   // the reader waits to hand over: we are the slow side

	seen    int64     // lastRead as the machine knows it
	acked   uint64    // bytes that the peer's TCP had taken when that last grew
	ackedAt time.Time // when it last grew, or there was nothing to take
}

func (s *session) newLink(id fsm.ConnID, d fsm.Direction, remote netip.AddrPort) *link {
	l := &link{
		id: id, direction: d, session: s, remote: remote, ring: &ring{limit: s.ribs.ringLimit},
		done: make(chan struct{}), reads: make(chan struct{}), log: s.log.Conn(id, d, remote),
	}
	l.reader = &reader{counts: &s.counts, imports: &s.imports, log: l.log, seed: s.ribs.seed}
	return l
}

// opened records that the connection is there.
func (l *link) opened() {
	l.log.Opened(l.conn.LocalAddr(), transport.Channel(l.conn), l.fd())
}

// fd is the descriptor of the connection, -1 where there is none.
func (l *link) fd() int {
	if f, ok := l.conn.(interface{ FD() int }); ok {
		return f.FD()
	}
	return -1
}

// fed says that n bytes were read at time now. Only a whole message counts as heard (RFC 4271 4.4): who sends a byte now and
// then, or a length that nothing follows, is silent.
func (l *link) fed(n int, now time.Time) {
	l.reader.fed(n)
	at := l.session.nanos(now)
	l.session.counts.lastRead.Store(at)
	if l.reader.whole() {
		l.lastRead.Store(at)
	}
}

// giveUp ends all handing over.
func (l *link) giveUp() { l.once.Do(func() { close(l.done) }) }

func (l *link) givenUp() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// stalled reports whether bytes have waited for the peer's TCP for limit without any progress (RFC 9687 3.2). It looks
// at what was acknowledged, because what fits the kernel's buffer was not sent yet.
func (l *link) stalled(now time.Time, limit time.Duration) bool {
	unsent, err := l.conn.Unsent()
	if err != nil {
		return false
	}
	_, queued := l.ring.depth()
	acked := l.written.Load() - uint64(unsent)
	if acked != l.acked || unsent == 0 && queued == 0 || l.ackedAt.IsZero() {
		l.acked, l.ackedAt = acked, now
	}
	return now.Sub(l.ackedAt) >= limit
}

// links are the few links of a session, in the order in which they came.
type links []*link

func (ls links) has(l *link) bool { return slices.Contains(ls, l) }

func (ls links) find(id fsm.ConnID) *link {
	for _, l := range ls {
		if l.id == id {
			return l
		}
	}
	return nil
}

func (ls *links) remove(l *link) {
	*ls = slices.DeleteFunc(*ls, func(other *link) bool { return other == l })
}
