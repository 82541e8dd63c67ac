package main

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"bgpsh/wire"
)

// A speaker is one BGP session from the neighbor's side: it dials, agrees on IPv4 and IPv6 unicast and four-octet AS numbers,
// keeps the session alive, and gives each UPDATE to its receiver.
type speaker struct {
	as       uint32
	local    netip.Addr
	hold     uint16    // seconds offered; KEEPALIVEs go three times as often
	receiver *receiver // nil: what comes is read and dropped
	failed   func(error)
	refresh  func()        // called for each ROUTE-REFRESH; nil: not answered
	alive    lull          // between KEEPALIVEs
	again    time.Duration // between two attempts to connect; 0: 100 ms

	conn   net.Conn
	up     time.Time     // since when the session is
	paused bool          // by pause
	stop   chan struct{} // closed when we end the session
	done   chan struct{} // closed when the reading side has ended
	write  sync.Mutex    // of writing, held while paused
	gate   sync.RWMutex  // of reading, likewise
}

// connect brings the session up, dialling again until the limit.
func (s *speaker) connect(l *lab, limit time.Time) error {
	for {
		err := s.try(l, limit)
		if err == nil || time.Now().After(limit) {
			return err
		}
		<-time.After(cmp.Or(s.again, 100*time.Millisecond))
	}
}

func (s *speaker) try(l *lab, limit time.Time) error {
	conn, err := l.dial(s.local)
	if err != nil {
		return err
	}
	conn.SetDeadline(limit)
	if err := s.greet(conn); err != nil {
		conn.Close()
		return fmt.Errorf("%v to the daemon: %w", s.local, err)
	}
	conn.SetDeadline(time.Time{})
	s.up = time.Now()
	s.conn, s.done, s.stop = conn, make(chan struct{}), make(chan struct{})
	go s.read()
	go s.keepAlive()
	return nil
}

// greet exchanges OPENs and the first KEEPALIVEs.
func (s *speaker) greet(conn net.Conn) error {
	open := &wire.Open{Version: wire.Version, AS16: wire.AS16(s.as), HoldTime: s.hold, ID: binary.BigEndian.Uint32(s.local.AsSlice()),
		Caps: wire.Capabilities{Multiprotocol: []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast}, RouteRefresh: true, HasAS4: true, AS4: s.as}}
	if _, err := conn.Write(wire.AppendKeepalive(wire.AppendOpen(nil, open))); err != nil {
		return err
	}
	buf := make([]byte, wire.MaxLen)
	for _, want := range []wire.Type{wire.TypeOpen, wire.TypeKeepalive} {
		kind, body, err := readMessage(conn, buf)
		if err != nil {
			return err
		}
		if kind != want {
			return fmt.Errorf("%s %x instead of %s", kind, body, want)
		}
	}
	return nil
}

// readMessage reads one message into buf.
func readMessage(r io.Reader, buf []byte) (wire.Type, []byte, error) {
	if _, err := io.ReadFull(r, buf[:wire.HeaderLen]); err != nil {
		return 0, nil, err
	}
	h, werr := wire.ParseHeader(buf, wire.MaxLen)
	if werr != nil {
		return 0, nil, werr
	}
	_, err := io.ReadFull(r, buf[wire.HeaderLen:h.Len])
	return h.Type, buf[wire.HeaderLen:h.Len], err
}

// read takes what comes until the connection ends. It reads as much as there is and walks the messages in place.
func (s *speaker) read() {
	defer close(s.done)
	defer s.conn.Close()
	buf := make([]byte, 64<<10)
	end := 0
	for {
		s.gate.RLock()
		n, err := s.conn.Read(buf[end:])
		s.gate.RUnlock()
		if err != nil {
			s.fail(err)
			return
		}
		end += n
		at := 0
		for end-at >= wire.HeaderLen {
			h, werr := wire.ParseHeader(buf[at:end], wire.MaxLen)
			if werr != nil {
				s.fail(werr)
				return
			}
			if end-at < h.Len {
				break
			}
			if err := s.message(h.Type, buf[at+wire.HeaderLen:at+h.Len]); err != nil {
				s.fail(err)
				return
			}
			at += h.Len
		}
		end = copy(buf, buf[at:end])
	}
}

func (s *speaker) message(kind wire.Type, body []byte) error {
	switch kind {
	case wire.TypeKeepalive:
		s.alive.heard(time.Now())
	case wire.TypeRouteRefresh:
		if s.refresh != nil {
			go s.refresh()
		}
	case wire.TypeUpdate:
		if s.receiver != nil {
			s.receiver.update(body)
		}
	case wire.TypeNotification:
		n, _ := wire.ParseNotification(body)
		return fmt.Errorf("the daemon ends the session: %d/%d", n.Code, n.Subcode)
	}
	return nil
}

// A lull is the longest time between two messages.
type lull struct {
	mu      sync.Mutex
	last    time.Time
	longest time.Duration
}

func (l *lull) heard(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.last.IsZero() {
		l.longest = max(l.longest, now.Sub(l.last))
	}
	l.last = now
}

// take gives the longest time so far, that since the last message included, and begins anew.
func (l *lull) take(now time.Time) (longest time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	longest, l.longest = max(l.longest, now.Sub(l.last)), 0
	return longest
}

// fail reports what ended the session, unless it was us.
func (s *speaker) fail(err error) {
	select {
	case <-s.stop:
		return
	default:
	}
	if s.failed != nil && !errors.Is(err, net.ErrClosed) {
		s.failed(fmt.Errorf("%v: %w", s.local, err))
	}
}

func (s *speaker) keepAlive() {
	tick := time.NewTicker(time.Duration(s.hold) * time.Second / 3)
	defer tick.Stop()
	message := wire.AppendKeepalive(nil)
	for {
		select {
		case <-tick.C:
			s.send(message)
		case <-s.done:
			return
		}
	}
}

// send writes whole messages.
func (s *speaker) send(b []byte) error {
	s.write.Lock()
	defer s.write.Unlock()
	_, err := s.conn.Write(b)
	return err
}

// pause stops the session as SIGSTOP stops a process: from the next buffer on nothing is read, nothing is written, and the
// connection stays.
func (s *speaker) pause() (resume func()) {
	s.paused = true
	s.write.Lock()
	locked := make(chan struct{})
	go func() { s.gate.Lock(); close(locked) }()
	return func() {
		s.write.Unlock()
		<-locked
		s.gate.Unlock()
		s.paused = false
	}
}

// close ends the session with Cease, administrative shutdown.
func (s *speaker) close() {
	close(s.stop)
	s.send(wire.AppendNotification(nil, wire.Notification{Code: wire.CodeCease, Subcode: wire.CeaseAdminShutdown}))
	s.conn.Close()
	<-s.done
}

// abandon lets go of a session in whatever state it is.
func (s *speaker) abandon() {
	if s.conn != nil {
		s.conn.Close()
		<-s.done
	}
}
