package transport

import (
	"context"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// A MemNetwork is a Fabric whose connections block, as those of TCP do, and whose time is the clock's. It may be used by
// any goroutine. Under testing/synctest its latencies are virtual time; it must be made inside the bubble then.
type MemNetwork struct {
	mu    sync.Mutex
	f     *Fabric
	timer *time.Timer
}

// NewMem gives an empty network.
func NewMem() *MemNetwork { return &MemNetwork{f: NewFabric()} }

// Change runs change on the Fabric: nodes, addresses, latencies and faults. change must not keep the Fabric or its parts.
func (m *MemNetwork) Change(change func(f *Fabric)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pass()
	change(m.f)
	m.pass()
}

// Node gives the network as the node of that name sees it, a new node if there is none.
func (m *MemNetwork) Node(name string) *MemNode {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &MemNode{m: m, n: m.f.Node(name)}
}

// pass delivers what is due, arms the timer for the rest, and reports whether anything was due. mu is held.
func (m *MemNetwork) pass() (some bool) {
	now := time.Now()
	some = m.f.Advance(now)
	next, ok := m.f.Next()
	switch {
	case !ok:
	case m.timer == nil:
		m.timer = time.AfterFunc(next.Sub(now), m.tick)
	default:
		m.timer.Reset(next.Sub(now))
	}
	return some
}

func (m *MemNetwork) tick() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pass()
}

// wait calls try until it gives something else than ErrWouldBlock. mu is held.
func (m *MemNetwork) wait(c *sync.Cond, try func() error) error {
	for {
		m.pass()
		if err := try(); err != ErrWouldBlock {
			m.pass()
			return err
		}
		if !m.pass() { // what it delivers may be what try waits for
			c.Wait()
		}
	}
}

// A MemNode is one host of a MemNetwork.
type MemNode struct {
	m *MemNetwork
	n *Node
}

var _ Network = (*MemNode)(nil)

// Listen is Network.Listen.
func (n *MemNode) Listen(ctx context.Context, o ListenOptions) (Listener, error) {
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	a, err := n.n.Listen(o)
	if err != nil {
		return nil, err
	}
	l := &memListener{m: n.m, a: a, changed: sync.NewCond(&n.m.mu)}
	a.Notify = l.changed.Broadcast
	return l, nil
}

// Dial is Network.Dial.
func (n *MemNode) Dial(ctx context.Context, remote netip.AddrPort, o Options) (Conn, error) {
	m := n.m
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pass()
	begun := m.f.Now()
	s, err := n.n.Dial(remote, o)
	if err != nil {
		return nil, err
	}
	c := m.conn(s)
	stop := context.AfterFunc(ctx, c.wake)
	defer stop()
	err = m.wait(c.changed, func() error {
		ok, err := s.Connected()
		switch {
		case ok || err != nil:
			return err
		case ctx.Err() != nil:
			s.CloseNow()
			return dialError(s.remote, m.f.Now().Sub(begun), ctx.Err())
		}
		return ErrWouldBlock
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

type memListener struct {
	m       *MemNetwork
	a       *Acceptor
	changed *sync.Cond
}

func (l *memListener) Addr() netip.AddrPort { return l.a.Addr() }

func (l *memListener) Accept() (Conn, error) {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	var s *Stream
	err := l.m.wait(l.changed, func() (err error) {
		s, err = l.a.Accept()
		return err
	})
	if err != nil {
		return nil, err
	}
	return l.m.conn(s), nil
}

func (l *memListener) SetPassword(peers netip.Prefix, iface string, key Secret) error {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	defer l.m.pass()
	return l.a.SetPassword(peers, iface, key)
}

func (l *memListener) SetGuards(guards []Guard) error {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	defer l.m.pass()
	return l.a.SetGuards(guards)
}

func (l *memListener) SetMSS(n uint16) error {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	defer l.m.pass()
	return l.a.SetMSS(n)
}

func (l *memListener) Close() error {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	defer l.m.pass()
	return l.a.Close()
}

// A memConn is a Stream that waits.
type memConn struct {
	m       *MemNetwork
	s       *Stream
	changed *sync.Cond

	deadline time.Time // of writes
	timer    *time.Timer
}

var (
	_ Conn      = (*memConn)(nil)
	_ Conn      = (*Stream)(nil)
	_ TryWriter = (*memConn)(nil)
)

func (m *MemNetwork) conn(s *Stream) *memConn {
	c := &memConn{m: m, s: s, changed: sync.NewCond(&m.mu)}
	s.Notify = c.changed.Broadcast
	return c
}

// wake makes all who wait on the connection look again.
func (c *memConn) wake() {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	c.changed.Broadcast()
}

func (c *memConn) Read(b []byte) (n int, err error) {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	if len(b) == 0 {
		return 0, nil
	}
	err = c.m.wait(c.changed, func() (err error) {
		n, err = c.s.Read(b)
		return err
	})
	return n, err
}

func (c *memConn) WriteBuffers(v *net.Buffers) (total int64, err error) {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	err = c.m.wait(c.changed, func() error {
		if !c.deadline.IsZero() && !time.Now().Before(c.deadline) {
			return os.ErrDeadlineExceeded
		}
		n, err := c.s.WriteBuffers(v)
		total += n
		return err
	})
	return total, err
}

// TryWriteBuffers takes what there is room for.
func (c *memConn) TryWriteBuffers(v *net.Buffers) (n int64, err error) {
	err = c.do(func() error {
		n, err = c.s.WriteBuffers(v)
		return err
	})
	if err == ErrWouldBlock {
		err = nil
	}
	return n, err
}

func (c *memConn) SetWriteDeadline(t time.Time) error {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	if err := c.s.SetWriteDeadline(t); err != nil {
		return err
	}
	c.deadline = t
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	if !t.IsZero() {
		c.timer = time.AfterFunc(time.Until(t), c.wake)
	}
	c.changed.Broadcast()
	return nil
}

// do runs one call that never waits.
func (c *memConn) do(call func() error) error {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	c.m.pass()
	defer c.m.pass()
	return call()
}

func (c *memConn) Close() error {
	defer c.stopTimer()
	return c.do(c.s.Close)
}

func (c *memConn) CloseNow() error {
	defer c.stopTimer()
	return c.do(c.s.CloseNow)
}

func (c *memConn) stopTimer() {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
	}
}

func (c *memConn) CloseWrite() error          { return c.do(c.s.CloseWrite) }
func (c *memConn) LocalAddr() netip.AddrPort  { return c.s.LocalAddr() }
func (c *memConn) RemoteAddr() netip.AddrPort { return c.s.RemoteAddr() }
func (c *memConn) SetMinTTL(n uint8) error    { return c.do(func() error { return c.s.SetMinTTL(n) }) }
func (c *memConn) SetTTL(n uint8) error       { return c.do(func() error { return c.s.SetTTL(n) }) }
func (c *memConn) SetDSCP(n uint8) error      { return c.do(func() error { return c.s.SetDSCP(n) }) }
func (c *memConn) SetPassword(key Secret) error {
	return c.do(func() error { return c.s.SetPassword(key) })
}

func (c *memConn) SetKeepAlive(k KeepAlive) error {
	return c.do(func() error { return c.s.SetKeepAlive(k) })
}

func (c *memConn) MSS() (n int) {
	_ = c.do(func() error {
		n = c.s.MSS()
		return nil
	})
	return n
}

func (c *memConn) Unsent() (n int, err error) {
	err = c.do(func() error {
		n, err = c.s.Unsent()
		return err
	})
	return n, err
}

func (c *memConn) RTT() (d time.Duration) {
	_ = c.do(func() error {
		d = c.s.RTT()
		return nil
	})
	return d
}

// Channel numbers a connection in memory, the same at both ends; -1 for a connection over TCP.
func Channel(c Conn) int {
	switch c := c.(type) {
	case *memConn:
		return c.s.Channel()
	case *Stream:
		return c.Channel()
	}
	return -1
}
