package capture

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"bgpsh/wire"
)

// Bounds of one direction of a connection.
const (
	maxHeld      = 1 << 20         // octets that wait behind a gap
	maxJump      = 1 << 26         // octets between sequence numbers of one connection
	chunkCost    = 256             // octets that a waiting segment takes beside its payload
	reorderDelay = time.Second     // how long a segment that the receiver has may come late
	idleBuffer   = 4 * wire.MaxLen // octets of buffer that an idle stream may keep
)

// stream is one direction of a connection: octets in order, cut into messages.
// Positions are TCP sequence numbers, which wrap, and are compared by their
// difference.
type stream struct {
	flow
	conn    *conn
	side    int // which of the connection's streams it is
	session session

	started bool   // next is known
	syn     bool   // the connection was seen from its beginning ...
	first   uint32 // ... which was here
	next    uint32 // position behind what is in buf
	acked   uint32 // the receiver has everything before; valid if hasAck
	hasAck  bool
	closing bool // a FIN was seen ...
	last    uint32
	closed  bool // the end was reached: what comes is a repetition

	held    []chunk // segments behind a gap, by position
	heldLen int     // octets of them, with chunkCost
	since   time.Time

	buf       []byte  // in order, not cut yet
	searching bool    // for the next marker
	lost      *object // what went wrong, kept until it is known how much is skipped
	skipped   int     // octets passed over while searching
	number    int     // packet and time of what is being read
	at        moment
}

// chunk is the payload of a segment that came early.
type chunk struct {
	seq uint32
	b   []byte
}

// before gives b - a, the distance from position a to position b.
func before(a, b uint32) int { return int(int32(b - a)) }

func (s *stream) memory() int { return cap(s.buf) + s.heldLen }

// reused reports whether a SYN belongs to another connection of the same
// addresses and ports than the one that s is of.
func (s *stream) reused(seg *tcpSegment) bool {
	return s.started && !(s.syn && s.first == seg.seq)
}

// segment takes one segment.
func (s *stream) segment(seg *tcpSegment) {
	seq := seg.seq
	if seg.flags&tcpSYN != 0 {
		seq++
		if !s.started {
			s.started, s.syn, s.first, s.next = true, true, seg.seq, seq
		}
	}
	if s.closed {
		return
	}
	if len(seg.payload) > 0 {
		s.number, s.at = seg.number, seg.at
		if !s.started { // the capture began later than the connection
			s.started, s.searching, s.next = true, true, seq
		}
		s.accept(seq, seg.payload)
	}
	if seg.flags&tcpFIN != 0 && s.started {
		s.closing, s.last = true, seq+uint32(len(seg.payload))
	}
	if seg.flags&tcpRST != 0 && s.started || s.closing && before(s.next, s.last) <= 0 {
		s.finish()
	}
}

// accept puts a payload in its place. Octets that came before are not looked at
// again: what came first counts, as for most receivers.
func (s *stream) accept(seq uint32, b []byte) {
	ahead := before(s.next, seq)
	switch {
	case ahead > maxJump || ahead < -maxJump:
		s.gap(0, fmt.Sprintf("the sequence numbers of the stream jump by %d", ahead))
		s.held, s.heldLen, s.next = nil, 0, seq
		s.take(b)
	case ahead > 0:
		s.hold(seq, b)
	case -ahead < len(b):
		s.take(b[-ahead:])
		s.release()
	}
}

// hold keeps a segment that came before its time.
func (s *stream) hold(seq uint32, b []byte) {
	if len(s.held) == 0 {
		s.since = s.at.Time
	}
	at, found := slices.BinarySearchFunc(s.held, before(s.next, seq), func(c chunk, ahead int) int {
		return before(s.next, c.seq) - ahead
	})
	if found {
		if len(s.held[at].b) >= len(b) {
			return
		}
		s.heldLen -= len(s.held[at].b) + chunkCost
		s.held = slices.Delete(s.held, at, at+1)
	}
	s.held = slices.Insert(s.held, at, chunk{seq, bytes.Clone(b)})
	s.heldLen += len(b) + chunkCost
	for s.heldLen > maxHeld {
		s.jump()
	}
}

// release takes held segments whose time has come.
func (s *stream) release() {
	n := 0
	for ; n < len(s.held); n++ {
		c := s.held[n]
		ahead := before(s.next, c.seq)
		if ahead > 0 {
			break
		}
		s.heldLen -= len(c.b) + chunkCost
		if -ahead < len(c.b) {
			s.take(c.b[-ahead:])
		}
	}
	s.held = slices.Delete(s.held, 0, n)
	if n > 0 {
		s.since = s.at.Time
	}
	if len(s.held) == 0 {
		s.held = nil
	}
}

// jump goes on behind a gap, which will not be filled any more.
func (s *stream) jump() {
	missing := before(s.next, s.held[0].seq)
	s.gap(missing, "")
	s.next = s.held[0].seq
	s.release()
}

// acknowledge notes what the receiver has.
func (s *stream) acknowledge(ack uint32) {
	if !s.hasAck || before(s.acked, ack) > 0 {
		s.acked, s.hasAck = ack, true
	}
}

// giveUp looks at a gap when time has passed, with seg: octets that the receiver
// has acknowledged were lost by the capture and will not be sent again.
func (s *stream) giveUp(seg *tcpSegment) {
	if len(s.held) == 0 || !s.hasAck || before(s.next, s.acked) <= 0 || seg.at.Sub(s.since) < reorderDelay {
		return
	}
	s.number, s.at = seg.number, seg.at
	s.jump()
}

// finish ends the stream and says what of it could not be read.
func (s *stream) finish() {
	for len(s.held) > 0 {
		s.jump()
	}
	switch {
	case !s.conn.bgp:
	case s.lost != nil:
		s.skipped += len(s.buf)
		s.report()
	case len(s.buf) > 0 && !s.searching:
		o := broken(typeInvalid, fmt.Sprintf("the stream ends %d octets into a message", len(s.buf)))
		o.Length = len(s.buf)
		s.put(o)
	case s.searching && s.skipped+len(s.buf) > 0:
		s.gap(0, "no message begins in what was captured")
		s.report()
	}
	s.buf, s.lost, s.searching, s.skipped, s.closed = nil, nil, false, 0, true
}
