package parameters

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"

	"bgpsh/daemon/transport"
	"bgpsh/wire"
)

// A speaker is the other end of a session, spoken message by message.
type speaker struct {
	t    *testing.T
	conn transport.Conn
}

// call connects to the daemon at a.
func call(t *testing.T, m *transport.MemNetwork) *speaker {
	t.Helper()
	conn, err := m.Node("b").Dial(t.Context(), netip.MustParseAddrPort("10.0.0.1:179"), transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	return &speaker{t, conn}
}

// listen waits at b for the daemon's call, which answer gives.
func listen(t *testing.T, m *transport.MemNetwork) (answer func() *speaker) {
	t.Helper()
	l, err := m.Node("b").Listen(t.Context(), transport.ListenOptions{Addr: netip.MustParseAddrPort("10.0.0.2:179")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return func() *speaker {
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.CloseNow() })
		return &speaker{t, conn}
	}
}

func (s *speaker) send(b []byte) {
	s.t.Helper()
	if _, err := s.conn.WriteBuffers(&net.Buffers{b}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *speaker) open(as uint32) {
	s.t.Helper()
	s.send(wire.AppendOpen(nil, &wire.Open{Version: 4, AS16: wire.AS16(as), HoldTime: 90, ID: 0x0a000002, Caps: wire.Capabilities{
		Multiprotocol: []wire.Family{wire.IPv4Unicast}, RouteRefresh: true, HasAS4: true, AS4: as}}))
}

func (s *speaker) keepalive() { s.t.Helper(); s.send(wire.AppendKeepalive(nil)) }

// message sends a message of a type.
func (s *speaker) message(t wire.Type, body ...byte) {
	s.t.Helper()
	b := wire.AppendKeepalive(nil)
	n := len(b) + len(body)
	b[16], b[17], b[18] = byte(n>>8), byte(n), byte(t)
	s.send(append(b, body...))
}

// announce sends an UPDATE with attributes and the prefix 198.51.100.0/24.
func (s *speaker) announce(attrs ...byte) {
	s.t.Helper()
	s.message(wire.TypeUpdate, append(append([]byte{0, 0, 0, byte(len(attrs))}, attrs...), 24, 198, 51, 100)...)
}

// expect reads until a message of that type.
func (s *speaker) expect(want wire.Type) {
	s.t.Helper()
	for {
		head := make([]byte, wire.HeaderLen)
		if _, err := io.ReadFull(s.conn, head); err != nil {
			s.t.Fatalf("instead of message type %d: %v", want, err)
		}
		body := make([]byte, int(head[16])<<8+int(head[17])-wire.HeaderLen)
		if _, err := io.ReadFull(s.conn, body); err != nil {
			s.t.Fatal(err)
		}
		if wire.Type(head[18]) == want {
			return
		}
	}
}

// refused reads until the end of a connection on which no OPEN comes.
func (s *speaker) refused() {
	s.t.Helper()
	for {
		head := make([]byte, wire.HeaderLen)
		if _, err := io.ReadFull(s.conn, head); err != nil {
			return
		}
		if wire.Type(head[18]) == wire.TypeOpen {
			s.t.Fatal("an OPEN was sent")
		}
		if _, err := io.CopyN(io.Discard, s.conn, int64(int(head[16])<<8+int(head[17])-wire.HeaderLen)); err != nil {
			return
		}
	}
}

// up brings the session up.
func (s *speaker) up() *speaker {
	s.t.Helper()
	s.open(65002)
	s.expect(wire.TypeOpen)
	s.keepalive()
	s.expect(wire.TypeKeepalive)
	return s
}

// failing is a network on whose dialed connections the first message of one type cannot be written.
type failing struct {
	transport.Network
	kind   wire.Type
	failed atomic.Bool
}

func (f *failing) Dial(ctx context.Context, remote netip.AddrPort, o transport.Options) (transport.Conn, error) {
	conn, err := f.Network.Dial(ctx, remote, o)
	if err != nil {
		return nil, err
	}
	return &failingConn{conn, f}, nil
}

type failingConn struct {
	transport.Conn
	of *failing
}

var errNoWrite = errors.New("nothing can be written")

func (c *failingConn) WriteBuffers(v *net.Buffers) (int64, error) {
	for _, b := range *v {
		if wire.Type(b[18]) == c.of.kind && c.of.failed.CompareAndSwap(false, true) {
			return 0, errNoWrite
		}
	}
	return c.Conn.WriteBuffers(v)
}
