package transport

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// ErrWouldBlock says that a Stream or Acceptor has nothing to give or no room to take at this moment.
var ErrWouldBlock = errors.New("would block")

var errCrashed = errors.New("the node crashed")

const (
	firstEphemeral = 32768
	defaultTTL     = 64 // as hosts send without SetTTL
	memMSS         = 1460
)

// A Stream is one end of a connection in a Fabric: a Conn that never waits. A dialed one is not Connected at first.
type Stream struct {
	// Notify, unless nil, is called when reading, writing or Connected may give something new. It must not call the
	// Fabric.
	Notify func()

	f             *Fabric
	node          *Node
	peer          *Stream // nil while dialing
	local, remote netip.AddrPort
	path          []edge // from the dialing end
	reverse       bool   // this is the accepted end
	channel       int
	password      Secret
	ttl, minTTL   uint8
	dscp          uint8
	mss           int
	probes        KeepAlive // kept only: nobody vanishes without notice here

	connected bool
	err       error // why nothing can be done any more, once what has arrived is read
	closed    bool  // by us
	out       pipe  // to the peer
	in        inbox // from the peer
	limit     int   // bytes that still arrive before a reset, -1: no limit
	spoil     spoil // of what arrives
}

// A pipe is what was written: bytes that the peer's end has not taken yet.
type pipe struct {
	parts    [][]byte
	bytes    int
	finished bool      // CloseWrite was called
	last     time.Time // nothing sent later arrives earlier
}

// An inbox is what has arrived.
type inbox struct {
	data     []byte
	finished bool
}

func (s *Stream) notify() {
	if s.Notify != nil {
		s.Notify()
	}
}

// Connected reports whether the connection is there. While a dial is under way both results are empty; a failed one gives
// its *DialError.
func (s *Stream) Connected() (bool, error) {
	var failed *DialError
	switch {
	case s.connected || s.err == nil:
		return s.connected, nil
	case errors.As(s.err, &failed):
		return false, failed
	}
	return false, dialError(s.remote, 0, s.err)
}

// Channel numbers connections from 0 in the order that they were made; both ends have the same.
func (s *Stream) Channel() int { return s.channel }

// Node is the node whose end this is.
func (s *Stream) Node() *Node { return s.node }

// LocalAddr is the near end.
func (s *Stream) LocalAddr() netip.AddrPort { return s.local }

// RemoteAddr is the far end.
func (s *Stream) RemoteAddr() netip.AddrPort { return s.remote }

// DSCP is the mark of the packets that leave.
func (s *Stream) DSCP() uint8 { return s.dscp }

func (s *Stream) buffer() int {
	if s.f.Buffer == 0 {
		return defaultBuffer
	}
	return s.f.Buffer
}

// dead is why no call can do anything, nil when some can.
func (s *Stream) dead() error {
	if s.closed {
		return net.ErrClosed
	}
	return s.err
}

// Read takes what has arrived, else gives ErrWouldBlock. After a reset what had arrived before is read first.
func (s *Stream) Read(b []byte) (int, error) {
	switch {
	case s.closed:
		return 0, net.ErrClosed
	case len(s.in.data) > 0:
		full := len(s.in.data) >= s.buffer()
		n := copy(b, s.in.data)
		if s.in.data = s.in.data[n:]; len(s.in.data) == 0 {
			s.in.data = nil
		}
		if full {
			s.f.release()
		}
		return n, nil
	case s.err != nil:
		return 0, s.err
	case s.in.finished:
		return 0, io.EOF
	}
	return 0, ErrWouldBlock
}

// Write takes as much of b as there is room for; ErrWouldBlock when that is not all of it.
func (s *Stream) Write(b []byte) (int, error) {
	if err := s.dead(); err != nil {
		return 0, err
	}
	if s.out.finished {
		return 0, syscall.EPIPE
	}
	if !s.connected {
		return 0, ErrWouldBlock
	}
	n := min(len(b), max(s.buffer()-s.out.bytes, 0))
	step := s.f.SegmentSize
	if step == 0 {
		step = max(n, 1)
	}
	for rest := b[:n]; len(rest) > 0; {
		k := min(step, len(rest))
		s.transmit(append([]byte(nil), rest[:k]...))
		rest = rest[k:]
	}
	if n < len(b) {
		return n, ErrWouldBlock
	}
	return n, nil
}

// WriteBuffers takes as much of v as there is room for, off v; ErrWouldBlock when that is not all of it.
func (s *Stream) WriteBuffers(v *net.Buffers) (total int64, err error) {
	for len(*v) > 0 {
		n, err := s.Write((*v)[0])
		total += int64(n)
		if err != nil {
			(*v)[0] = (*v)[0][n:]
			return total, err
		}
		(*v)[0], *v = nil, (*v)[1:]
	}
	return total, nil
}

// transmit puts bytes, or with none the end of writing, under way.
func (s *Stream) transmit(part []byte) {
	if len(part) > 0 {
		s.out.parts = append(s.out.parts, part)
		s.out.bytes += len(part)
	}
	at := s.f.now.Add(s.latency())
	if at.Before(s.out.last) {
		at = s.out.last
	}
	s.out.last = at
	s.f.send(at, false, s.deliver)
}

// deliver hands the oldest part to the peer, or the end of writing when no part is left. It reports false when that must
// wait.
func (s *Stream) deliver() bool {
	p := s.peer
	if s.err != nil || p == nil {
		return true // reset meanwhile
	}
	if !s.passes(p) {
		return false
	}
	if p.closed || p.err != nil {
		p.reset()
		return true
	}
	if len(s.out.parts) == 0 {
		p.in.finished = true
		p.notify()
		s.settle()
		return true
	}
	part := s.out.parts[0]
	n := min(len(part), max(p.buffer()-len(p.in.data), 0))
	if p.limit >= 0 {
		n = min(n, p.limit)
		p.limit -= n
	}
	p.in.data = append(p.in.data, part[:n]...)
	p.spoil.touch(p.in.data[len(p.in.data)-n:])
	s.out.bytes -= n
	if n == len(part) {
		s.out.parts[0], s.out.parts = nil, s.out.parts[1:]
	} else {
		s.out.parts[0] = part[n:]
	}
	if p.limit == 0 {
		p.broken(syscall.ECONNRESET)
		s.broken(syscall.ECONNRESET)
		return true
	}
	p.notify()
	s.notify()
	return n == len(part)
}

// passes reports whether a packet of ours gets to the peer's end, by faults and TTLs on the way and the two ends' keys.
func (s *Stream) passes(p *Stream) bool {
	hops := uint8(max(len(s.path)-1, 0))
	return s.f.open(s.path, s.reverse) && s.ttl > hops && s.ttl-hops >= p.minTTL && s.password == p.password
}

func (s *Stream) latency() time.Duration {
	if s.peer == nil {
		return 0
	}
	return s.f.latency(s.node, s.peer.node)
}

// settle forgets a connection that both ends have finished.
func (s *Stream) settle() {
	for _, end := range [2]*Stream{s, s.peer} {
		if end.closed && end.in.finished && end.out.finished && end.out.bytes == 0 {
			s.f.dropStream(end)
		}
	}
}

// CloseWrite puts the end of writing under way, after what was written.
func (s *Stream) CloseWrite() error {
	if err := s.dead(); err != nil {
		return err
	}
	if !s.out.finished {
		s.out.finished = true
		s.transmit(nil)
	}
	return nil
}

// Close ends this end. What was written is still delivered, unless something that arrived was not read.
func (s *Stream) Close() error {
	if s.closed {
		return net.ErrClosed
	}
	if len(s.in.data) > 0 || !s.connected || s.err != nil {
		return s.CloseNow()
	}
	err := s.CloseWrite()
	s.closed = true
	s.settle()
	s.notify()
	return err
}

// CloseNow ends this end, throws away what was not delivered and resets the peer.
func (s *Stream) CloseNow() error {
	if s.closed {
		return net.ErrClosed
	}
	s.closed = true
	if s.err == nil {
		s.reset()
		s.vanish(net.ErrClosed)
	}
	s.f.dropStream(s)
	s.notify()
	return nil
}

// reset puts a reset of the peer under way. It is lost when nothing passes at that moment.
func (s *Stream) reset() {
	p := s.peer
	if p == nil {
		return
	}
	s.f.send(s.f.now.Add(s.latency()), true, func() bool {
		if s.f.open(s.path, s.reverse) && s.password == p.password {
			p.broken(syscall.ECONNRESET)
		}
		if s.closed {
			s.f.dropStream(s)
		}
		return true
	})
}

// broken ends the connection at this end as a reset from the network does.
func (s *Stream) broken(err error) {
	if s.err == nil {
		s.vanish(err)
	}
}

// vanish ends this end without a word to the peer.
func (s *Stream) vanish(err error) {
	s.err = err
	s.out.parts, s.out.bytes = nil, 0
	s.f.dropStream(s)
	s.notify()
}

// BreakAfter resets the connection, both ends, when n more bytes have arrived at this end: a message is cut short.
func (s *Stream) BreakAfter(n int) {
	if s.limit = n; n == 0 && s.peer != nil {
		s.peer.broken(syscall.ECONNRESET)
		s.broken(syscall.ECONNRESET)
	}
}

// A spoil changes one byte of what arrives, as memory and cables do where no checksum sees it.
type spoil struct {
	after int // bytes before the one to change
	mask  byte
}

func (s *spoil) touch(b []byte) {
	if s.mask != 0 && s.after < len(b) {
		b[s.after] ^= s.mask
		s.mask = 0
	}
	s.after -= len(b)
}

// SpoilAfter changes, by exclusive or with mask, the byte that arrives at this end behind n more.
func (s *Stream) SpoilAfter(n int, mask byte) { s.spoil = spoil{after: n, mask: mask} }

// SetMinTTL drops what arrives with less; see Conn.
func (s *Stream) SetMinTTL(n uint8) error {
	if err := s.dead(); err != nil {
		return err
	}
	if s.minTTL = n; n != 0 {
		s.ttl = 255
	}
	s.f.release()
	return nil
}

// SetTTL is how far packets get.
func (s *Stream) SetTTL(n uint8) error {
	if err := s.dead(); err != nil {
		return err
	}
	if s.ttl = n; n == 0 {
		s.ttl = defaultTTL
	}
	s.f.release()
	return nil
}

// SetDSCP marks packets.
func (s *Stream) SetDSCP(n uint8) error {
	if n > maxDSCP {
		return errDSCP
	}
	if err := s.dead(); err != nil {
		return err
	}
	s.dscp = n
	return nil
}

// SetPassword drops what arrives signed otherwise; see Conn.
func (s *Stream) SetPassword(key Secret) error {
	if len(key) > maxPassword {
		return errPassword
	}
	if err := s.dead(); err != nil {
		return err
	}
	s.password = key
	s.f.release()
	return nil
}

// SetKeepAlive notes the probes, which change nothing.
func (s *Stream) SetKeepAlive(k KeepAlive) error {
	if err := s.dead(); err != nil {
		return err
	}
	s.probes = k
	return nil
}

// SetWriteDeadline does nothing: a Stream never waits.
func (s *Stream) SetWriteDeadline(time.Time) error {
	if s.closed {
		return net.ErrClosed
	}
	return nil
}

// Unsent is how many bytes were written and have not arrived.
func (s *Stream) Unsent() (int, error) {
	if s.closed {
		return 0, net.ErrClosed
	}
	return s.out.bytes, nil
}

// RTT is the latency there and back.
func (s *Stream) RTT() time.Duration {
	if s.peer == nil {
		return 0
	}
	return s.latency() + s.peer.latency()
}

// MSS is that of Ethernet, or what was asked for.
func (s *Stream) MSS() int { return s.mss }
