package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"
)

// A world is one network that the conformance tests run on: a server's and a client's view of it, and their addresses.
type world struct {
	name           string
	server, client Network
	at, from       netip.Addr // the server's address, and the one the client calls from unless told otherwise
	other          netip.Addr // a second address of the client
	absent         netip.Addr // nobody's address
	md5            bool       // passwords work here
}

func worlds(t *testing.T) []world {
	a := netip.MustParseAddr
	mem := NewMem()
	mem.Change(func(f *Fabric) {
		f.Node("server").Attach("lan", "eth0", "10.0.0.1/24", "2001:db8::1/64")
		f.Node("client").Attach("lan", "eth0", "10.0.0.2/24", "10.0.0.3/24", "2001:db8::2/64", "2001:db8::3/64")
	})
	s, c := mem.Node("server"), mem.Node("client")
	return []world{
		{"tcp4", TCP(), TCP(), a("127.0.0.1"), a("127.0.0.1"), a("127.0.0.9"), a("240.0.0.77"), md5Works(t)},
		{"tcp6", TCP(), TCP(), a("::1"), a("::1"), a("::1"), a("2001:db8::77"), md5Works(t)},
		{"mem4", s, c, a("10.0.0.1"), a("10.0.0.2"), a("10.0.0.3"), a("192.0.2.77"), true},
		{"mem6", s, c, a("2001:db8::1"), a("2001:db8::2"), a("2001:db8::3"), a("2001:db8::77"), true},
	}
}

// needs skips a test on a host without the address.
func needs(t *testing.T, a netip.Addr) {
	t.Helper()
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0)))
	if err != nil {
		t.Skipf("no %v here: %v", a, err)
	}
	l.Close()
}

// hosted skips the test where the host lacks the server's address.
func (w world) hosted(t *testing.T) {
	t.Helper()
	if w.server == TCP() {
		needs(t, w.at)
	}
}

// everywhere runs a test on each network.
func everywhere(t *testing.T, test func(t *testing.T, w world)) {
	for _, w := range worlds(t) {
		t.Run(w.name, func(t *testing.T) {
			w.hosted(t)
			test(t, w)
		})
	}
}

func (w world) listen(t *testing.T) Listener {
	t.Helper()
	l, err := w.server.Listen(t.Context(), ListenOptions{Addr: netip.AddrPortFrom(w.at, 0)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func (w world) dial(t *testing.T, to netip.AddrPort, o Options) Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := w.client.Dial(ctx, to, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// pair gives the two ends of a connection.
func (w world) pair(t *testing.T) (server, client Conn) {
	t.Helper()
	l := w.listen(t)
	client = w.dial(t, l.Addr(), Options{})
	return accept(t, l), client
}

func accept(t *testing.T, l Listener) Conn {
	t.Helper()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func write(t *testing.T, c Conn, parts ...string) {
	t.Helper()
	var v net.Buffers
	total := 0
	for _, p := range parts {
		v = append(v, []byte(p))
		total += len(p)
	}
	n, err := c.WriteBuffers(&v)
	if err != nil || int(n) != total || len(v) != 0 {
		t.Fatalf("wrote %d of %d bytes, %d buffers left: %v", n, total, len(v), err)
	}
}

func expect(t *testing.T, c Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
		t.Fatalf("read %q, %v; want %q", got, err, want)
	}
}

func expectEnd(t *testing.T, c Conn) {
	t.Helper()
	if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Fatalf("read %d, %v; want the end", n, err)
	}
}

func TestExchange(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		l := w.listen(t)
		client := w.dial(t, l.Addr(), Options{})
		server := accept(t, l)
		if client.RemoteAddr() != l.Addr() || server.LocalAddr() != l.Addr() {
			t.Errorf("listener %v, client's remote %v, server's local %v", l.Addr(), client.RemoteAddr(), server.LocalAddr())
		}
		if server.RemoteAddr() != client.LocalAddr() || client.LocalAddr().Addr() != w.from || client.LocalAddr().Port() == 0 {
			t.Errorf("server's remote %v, client's local %v", server.RemoteAddr(), client.LocalAddr())
		}
		if inMemory := Channel(client) >= 0; inMemory == (FD(client) >= 0) || Channel(client) != Channel(server) {
			t.Errorf("channels %d and %d, descriptor %d", Channel(client), Channel(server), FD(client))
		}
		write(t, client, "one", "", "two", "three")
		expect(t, server, "onetwothree")
		write(t, server, "back")
		expect(t, client, "back")
		if client.MSS() <= 0 || client.RTT() < 0 {
			t.Errorf("MSS %d, RTT %v", client.MSS(), client.RTT())
		}
	})
}

// Either end can limit the segments of both, the listener those of connections that it accepts from then on.
func TestSegmentSize(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		l := w.listen(t)
		under := func(o Options, limit int) {
			t.Helper()
			client := w.dial(t, l.Addr(), o)
			server := accept(t, l)
			if c, s := client.MSS(), server.MSS(); limit == 0 && c <= 1000 || limit > 0 && (c > limit || s > limit || c < limit-100) {
				t.Errorf("%+v: %d and %d, limit %d", o, c, s, limit)
			}
		}
		under(Options{}, 0)
		under(Options{MSS: 800}, 800)
		if err := l.SetMSS(700); err != nil {
			t.Fatal(err)
		}
		under(Options{}, 700)
		under(Options{MSS: 600}, 600)
		if err := l.SetMSS(0); err != nil {
			t.Fatal(err)
		}
		under(Options{}, 0)
	})
}

func TestManyBuffersInOneCall(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		server, client := w.pair(t)
		parts := make([]string, 3000)
		for i := range parts {
			parts[i] = string(bytes.Repeat([]byte{byte(i)}, 19+i%7))
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			write(t, client, parts...)
		}()
		for _, p := range parts {
			expect(t, server, p)
		}
		<-done
	})
}

func TestRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		l := w.listen(t)
		l.Close()
		_, err := w.client.Dial(t.Context(), l.Addr(), Options{})
		var failed *DialError
		if !errors.As(err, &failed) || failed.Cause != DialRefused || !errors.Is(err, syscall.ECONNREFUSED) || failed.Remote != l.Addr() {
			t.Fatalf("got %#v", err)
		}
	})
}

func TestHalfClose(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		server, client := w.pair(t)
		write(t, client, "question")
		if err := client.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		expect(t, server, "question")
		expectEnd(t, server)
		write(t, server, "answer")
		server.Close()
		expect(t, client, "answer")
		expectEnd(t, client)
		if _, err := client.WriteBuffers(&net.Buffers{[]byte("more")}); err == nil {
			t.Error("wrote after CloseWrite")
		}
	})
}

func TestCloseDeliversWhatWasWritten(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		server, client := w.pair(t)
		write(t, client, "last words")
		client.Close()
		expect(t, server, "last words")
		expectEnd(t, server)
	})
}

func TestCloseNowResets(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		server, client := w.pair(t)
		client.CloseNow()
		if _, err := server.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("peer reads %v, want a reset", err)
		}
	})
}

func TestCallsAfterClose(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		_, c := w.pair(t)
		local, remote := c.LocalAddr(), c.RemoteAddr()
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		_, readErr := c.Read(make([]byte, 1))
		_, writeErr := c.WriteBuffers(&net.Buffers{[]byte("x")})
		_, unsentErr := c.Unsent()
		for name, err := range map[string]error{
			"Read": readErr, "WriteBuffers": writeErr, "Unsent": unsentErr, "CloseWrite": c.CloseWrite(),
			"SetTTL": c.SetTTL(1), "SetMinTTL": c.SetMinTTL(1), "SetDSCP": c.SetDSCP(1),
			"SetWriteDeadline": c.SetWriteDeadline(time.Now()), "Close": c.Close(), "CloseNow": c.CloseNow(),
		} {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("%s gives %v", name, err)
			}
		}
		if c.LocalAddr() != local || c.RemoteAddr() != remote {
			t.Error("addresses are lost")
		}
	})
}

func TestCloseEndsWaiting(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		l := w.listen(t)
		client := w.dial(t, l.Addr(), Options{})
		accept(t, l)
		ended := make(chan error, 2)
		go func() { _, err := client.Read(make([]byte, 1)); ended <- err }()
		go func() { _, err := l.Accept(); ended <- err }()
		client.Close()
		l.Close()
		for range 2 {
			if err := <-ended; !errors.Is(err, net.ErrClosed) {
				t.Errorf("woke with %v", err)
			}
		}
	})
}

func TestAcceptedOutlivesListener(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		l := w.listen(t)
		client := w.dial(t, l.Addr(), Options{})
		server := accept(t, l)
		l.Close()
		write(t, client, "still here")
		expect(t, server, "still here")
	})
}

// A peer that does not read: the writer's deadline ends its wait, Unsent tells how much is stuck, nothing is lost.
func TestStalledPeer(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		server, client := w.pair(t)
		message := bytes.Repeat([]byte("0123456789abcdef"), 4096)
		var sent int64
		for full := false; !full; { // on a busy host a deadline may pass before there was time to write
			if err := client.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			var n int64
			var err error
			for ; err == nil; sent += n {
				n, err = client.WriteBuffers(&net.Buffers{message[sent%int64(len(message)):]})
			}
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
			stuck, err := client.Unsent()
			if err != nil || int64(stuck) > sent {
				t.Fatalf("%d of %d unsent, %v", stuck, sent, err)
			}
			full = stuck > 0
		}
		for i := int64(0); i < sent; i++ {
			var b [1 << 16]byte
			n, err := server.Read(b[:min(int64(len(b)), sent-i)])
			if err != nil {
				t.Fatal(err)
			}
			for j, c := range b[:n] {
				if c != message[(i+int64(j))%int64(len(message))] {
					t.Fatalf("byte %d differs", i+int64(j))
				}
			}
			i += int64(n) - 1
		}
		write(t, server, "!") // carries the acknowledgement of all that was read
		expect(t, client, "!")
		if n, err := client.Unsent(); n != 0 || err != nil {
			t.Errorf("%d unsent, %v, after all was read", n, err)
		}
		if err := client.SetWriteDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		write(t, client, "again")
		expect(t, server, "again")
	})
}

func TestSourceAddress(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		l := w.listen(t)
		c := w.dial(t, l.Addr(), Options{Local: netip.AddrPortFrom(w.other, 0)})
		if got := accept(t, l).RemoteAddr(); got.Addr() != w.other || got != c.LocalAddr() {
			t.Errorf("server sees %v, client says %v", got, c.LocalAddr())
		}
		_, err := w.client.Dial(t.Context(), l.Addr(), Options{Local: netip.AddrPortFrom(w.absent, 0)})
		var failed *DialError
		if !errors.As(err, &failed) || failed.Cause != DialNoSource {
			t.Errorf("absent source gives %v", err)
		}
	})
}

func TestDialInvalid(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		for name, try := range map[string]struct {
			to netip.AddrPort
			o  Options
		}{
			"no zone":       {netip.MustParseAddrPort("[fe80::1]:179"), Options{}},
			"no such zone":  {netip.MustParseAddrPort("[fe80::1%nosuch0]:179"), Options{}},
			"port 0":        {netip.AddrPortFrom(w.at, 0), Options{}},
			"no address":    {netip.AddrPort{}, Options{}},
			"unspecified":   {netip.MustParseAddrPort("0.0.0.0:179"), Options{}},
			"multicast":     {netip.MustParseAddrPort("224.0.0.5:179"), Options{}},
			"two families":  {netip.MustParseAddrPort("10.0.0.1:179"), Options{Local: netip.MustParseAddrPort("[::1]:0")}},
			"long password": {netip.AddrPortFrom(w.at, 179), Options{Password: Secret(bytes.Repeat([]byte("x"), 81))}},
			"DSCP":          {netip.AddrPortFrom(w.at, 179), Options{DSCP: 64, HasDSCP: true}},
		} {
			_, err := w.client.Dial(t.Context(), try.to, try.o)
			var failed *DialError
			if !errors.As(err, &failed) || failed.Cause == DialRefused || failed.Cause == DialTimeout {
				t.Errorf("%s gives %v", name, err)
			}
		}
	})
}

func TestMappedAddressesAreIPv4(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		if !w.at.Is4() {
			t.Skip("IPv4 only")
		}
		l := w.listen(t)
		mapped := netip.AddrPortFrom(netip.AddrFrom16(w.at.As16()), l.Addr().Port())
		c := w.dial(t, mapped, Options{})
		if c.RemoteAddr() != l.Addr() || !accept(t, l).RemoteAddr().Addr().Is4() {
			t.Errorf("remote is %v", c.RemoteAddr())
		}
	})
}

func TestBindErrors(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		l := w.listen(t)
		var e *BindError
		if _, err := w.server.Listen(t.Context(), ListenOptions{Addr: l.Addr()}); !errors.As(err, &e) || e.Cause != BindInUse || e.Retry() {
			t.Errorf("address in use gives %v", err)
		}
		if e.Remedy() == "" {
			t.Error("no remedy")
		}
		if _, err := w.server.Listen(t.Context(), ListenOptions{Addr: netip.AddrPortFrom(w.absent, 0)}); !errors.As(err, &e) ||
			e.Cause != BindAbsent || !e.Retry() {
			t.Errorf("absent address gives %v", err)
		}
		if _, err := w.server.Listen(t.Context(), ListenOptions{Addr: netip.MustParseAddrPort("[fe80::1]:0")}); !errors.As(err, &e) ||
			e.Cause != BindInvalid {
			t.Errorf("link-local address without zone gives %v", err)
		}
	})
}

func TestBothWildcardsOnOnePort(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		if w.server == TCP() {
			needs(t, netip.IPv6Loopback())
		}
		var four, six Listener
		for range 10 { // somebody else may have the port that is free in IPv4
			var err error
			if four, err = w.server.Listen(t.Context(), ListenOptions{Addr: netip.MustParseAddrPort("0.0.0.0:0")}); err != nil {
				t.Fatal(err)
			}
			defer four.Close()
			six, err = w.server.Listen(t.Context(), ListenOptions{Addr: netip.AddrPortFrom(netip.IPv6Unspecified(), four.Addr().Port())})
			if err == nil {
				break
			}
		}
		if six == nil {
			t.Fatal("no port is free in both families")
		}
		defer six.Close()
		c := w.dial(t, netip.AddrPortFrom(w.at, four.Addr().Port()), Options{})
		l := four
		if w.at.Is6() {
			l = six
		}
		if s := accept(t, l); s.LocalAddr() != c.RemoteAddr() {
			t.Errorf("accepted at %v, called %v", s.LocalAddr(), c.RemoteAddr())
		}
	})
}
