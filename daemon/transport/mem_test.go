package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	r1Addr = netip.MustParseAddrPort("10.0.12.1:179")
	r2Addr = netip.MustParseAddrPort("10.0.12.2:179")
	r3Addr = netip.MustParseAddrPort("10.0.23.3:179")
)

// line is r1 - r2 - r3, with 10 ms from each to the next.
func line() *MemNetwork {
	m := NewMem()
	m.Change(func(f *Fabric) {
		f.Node("r1").Attach("12", "eth0", "10.0.12.1/24", "fe80::1/64")
		r2 := f.Node("r2")
		r2.Attach("12", "eth0", "10.0.12.2/24", "fe80::2/64").Index = 100
		r2.Attach("23", "eth1", "10.0.23.2/24", "fe80::2/64")
		f.Node("r3").Attach("23", "eth0", "10.0.23.3/24", "fe80::3/64")
		f.Latency = func(from, to string) time.Duration { return 10 * time.Millisecond }
	})
	return m
}

func listenOn(t *testing.T, m *MemNetwork, node, addr string) Listener {
	t.Helper()
	l, err := m.Node(node).Listen(t.Context(), ListenOptions{Addr: netip.MustParseAddrPort(addr)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func dialFrom(t *testing.T, m *MemNetwork, node string, to netip.AddrPort, o Options) Conn {
	t.Helper()
	c, err := m.Node(node).Dial(t.Context(), to, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// elapse lets virtual time pass.
func elapse(d time.Duration) { <-time.After(d) }

func TestLatencyIsVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := line()
		l := listenOn(t, m, "r2", "0.0.0.0:179")
		start := time.Now()
		c := dialFrom(t, m, "r1", r2Addr, Options{})
		if d := time.Since(start); d != 20*time.Millisecond {
			t.Errorf("connected after %v, want two latencies", d)
		}
		s := accept(t, l)
		if d := time.Since(start); d != 30*time.Millisecond {
			t.Errorf("accepted after %v, want three latencies", d)
		}
		if c.RTT() != 20*time.Millisecond {
			t.Errorf("RTT %v", c.RTT())
		}
		write(t, c, "open")
		if n, _ := c.Unsent(); n != 4 {
			t.Errorf("%d under way", n)
		}
		expect(t, s, "open")
		if d := time.Since(start); d != 40*time.Millisecond {
			t.Errorf("read after %v", d)
		}
		if n, _ := c.Unsent(); n != 0 {
			t.Errorf("%d under way after arrival", n)
		}
	})
}

func TestRefusedTakesARoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, start := line(), time.Now()
		_, err := m.Node("r1").Dial(t.Context(), r2Addr, Options{})
		var failed *DialError
		if !errors.As(err, &failed) || failed.Elapsed != 20*time.Millisecond || time.Since(start) != failed.Elapsed ||
			failed.Reason() != "Channel connect error" || !errors.Is(err, ErrChannelConnect) {
			t.Errorf("got %#v", err)
		}
	})
}

func TestPartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := line()
		l := listenOn(t, m, "r2", "0.0.0.0:179")
		c := dialFrom(t, m, "r1", r2Addr, Options{})
		s := accept(t, l)
		m.Change(func(f *Fabric) { f.Partition("r1", "r2") })
		write(t, c, "one")
		write(t, c, "two")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := m.Node("r1").Dial(ctx, r2Addr, Options{})
		var failed *DialError
		if !errors.As(err, &failed) || failed.Cause != DialTimeout || time.Since(start) != time.Second {
			t.Errorf("dial over a partition: %v after %v", err, time.Since(start))
		}
		elapse(time.Hour)
		if n, err := c.Unsent(); n != 6 || err != nil {
			t.Errorf("%d unsent, %v", n, err)
		}
		m.Change(func(f *Fabric) { f.Heal("r1", "r2") })
		expect(t, s, "onetwo")
	})
}

// One direction fails: what the peer sends still arrives.
func TestCutOneWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := line()
		l := listenOn(t, m, "r2", "0.0.0.0:179")
		c := dialFrom(t, m, "r1", r2Addr, Options{})
		s := accept(t, l)
		m.Change(func(f *Fabric) { f.Cut("r1", "r2") })
		write(t, c, "held back")
		write(t, s, "arrives")
		expect(t, c, "arrives")
		m.Change(func(f *Fabric) { f.SetUp("12", false); f.Heal("r1", "r2") })
		write(t, s, "late")
		elapse(time.Minute)
		m.Change(func(f *Fabric) { f.SetUp("12", true) })
		expect(t, s, "held back")
		expect(t, c, "late")
	})
}

func TestForwardingSpendsTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := line()
		l := listenOn(t, m, "r3", "10.0.23.3:179")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := m.Node("r1").Dial(ctx, r3Addr, Options{TTL: 1}); err == nil {
			t.Error("TTL 1 passed a router")
		}
		c := dialFrom(t, m, "r1", r3Addr, Options{TTL: 2})
		s := accept(t, l)
		if s.RemoteAddr().Addr() != r1Addr.Addr() {
			t.Errorf("r3 sees %v", s.RemoteAddr())
		}
		if err := s.SetMinTTL(254); err != nil {
			t.Fatal(err)
		}
		write(t, c, "far")
		elapse(time.Minute)
		if n, _ := c.Unsent(); n != 3 {
			t.Errorf("%d unsent: TTL 1 passed a minimum of 254", n)
		}
		if err := c.SetMinTTL(254); err != nil { // 255 leaves, 254 arrives
			t.Fatal(err)
		}
		expect(t, s, "far")
	})
}

func TestNobodyThere(t *testing.T) {
	m := line()
	for to, want := range map[string]DialCause{
		"10.0.12.99:179": DialUnreachable, "[fe80::9%eth0]:179": DialUnreachable, "[2001:db8::1]:179": DialUnreachable,
		"[fe80::2%eth7]:179": DialInvalid,
	} {
		_, err := m.Node("r1").Dial(t.Context(), netip.MustParseAddrPort(to), Options{})
		var failed *DialError
		if !errors.As(err, &failed) || failed.Cause != want {
			t.Errorf("%s gives %v", to, err)
		}
	}
}

func TestLinkLocalScopes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := line()
		l := listenOn(t, m, "r2", "[::]:179")
		one := listenOn(t, m, "r2", "[fe80::2%eth0]:1790")
		c := dialFrom(t, m, "r1", netip.MustParseAddrPort("[fe80::2]:179"), Options{Interface: "eth0"})
		if s := accept(t, l); s.RemoteAddr().Addr().String() != "fe80::1%eth0" || s.LocalAddr().String() != "[fe80::2%eth0]:179" ||
			c.RemoteAddr().String() != "[fe80::2%eth0]:179" {
			t.Errorf("server %v <- %v", s.LocalAddr(), s.RemoteAddr())
		}
		dialFrom(t, m, "r3", netip.MustParseAddrPort("[fe80::2%eth0]:179"), Options{})
		if s := accept(t, l); s.RemoteAddr().Addr().String() != "fe80::3%eth1" {
			t.Errorf("server's peer is %v", s.RemoteAddr())
		}
		dialFrom(t, m, "r1", netip.MustParseAddrPort("[fe80::2%eth0]:1790"), Options{})
		accept(t, one)
		if _, err := m.Node("r3").Dial(t.Context(), netip.MustParseAddrPort("[fe80::2%eth0]:1790"), Options{}); !errors.Is(err, ErrChannelConnect) {
			t.Errorf("a listener on eth0 answers on eth1: %v", err)
		}
		if id := m.Node("r2").n.port("100"); id == nil || id.Name != "eth0" {
			t.Error("scope id 100 is not eth0")
		}
	})
}

func TestMessageCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := line()
		l := listenOn(t, m, "r2", "0.0.0.0:179")
		c := dialFrom(t, m, "r1", r2Addr, Options{})
		s := accept(t, l)
		m.Change(func(f *Fabric) {
			for _, end := range f.Streams() {
				if end.Node().Name() == "r2" {
					end.BreakAfter(7)
				}
			}
		})
		write(t, c, "0123", "456789")
		got, err := io.ReadAll(s)
		if string(got) != "0123456" || !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("read %q, %v", got, err)
		}
		if _, err := c.WriteBuffers(&net.Buffers{[]byte("x")}); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the writer gets %v", err)
		}
	})
}

func TestSmallSegments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := line()
		m.Change(func(f *Fabric) {
			n := time.Duration(0)
			f.SegmentSize = 3
			f.Latency = func(from, to string) time.Duration {
				n++
				return n * time.Millisecond
			}
		})
		l := listenOn(t, m, "r2", "0.0.0.0:179")
		c := dialFrom(t, m, "r1", r2Addr, Options{})
		s := accept(t, l)
		write(t, c, "abcdefgh")
		c.Close()
		var b [16]byte
		if n, err := s.Read(b[:]); string(b[:n]) != "abc" || err != nil {
			t.Errorf("first read %q, %v", b[:n], err)
		}
		expect(t, s, "defgh")
		expectEnd(t, s)
	})
}

// A writer goes on when the reader has taken what fills the connection, though nothing else happens.
func TestMoreThanAConnectionHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMem()
		m.Change(func(f *Fabric) {
			f.Buffer = 1000
			f.Node("r1").Attach("12", "eth0", "10.0.12.1/24")
			f.Node("r2").Attach("12", "eth0", "10.0.12.2/24")
		})
		l := listenOn(t, m, "r2", "0.0.0.0:179")
		c := dialFrom(t, m, "r1", r2Addr, Options{})
		s := accept(t, l)
		written := make(chan struct{})
		go func() {
			defer close(written)
			write(t, c, string(make([]byte, 10_000)))
		}()
		synctest.Wait()
		expect(t, s, string(make([]byte, 10_000)))
		<-written
	})
}

func TestCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := line()
		l := listenOn(t, m, "r2", "0.0.0.0:179")
		c := dialFrom(t, m, "r1", r2Addr, Options{})
		accept(t, l)
		m.Change(func(f *Fabric) { f.Crash("r2") })
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the crashed listener gives %v", err)
		}
		elapse(time.Hour)
		write(t, c, "anybody?") // nothing was learned of the crash until here
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the peer gets %v", err)
		}
		listenOn(t, m, "r2", "0.0.0.0:179") // the address is free again
	})
}

// A reset is not repeated: lost in a partition, the other end learns of it when it sends.
func TestResetIsLostInAPartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := line()
		l := listenOn(t, m, "r2", "0.0.0.0:179")
		c := dialFrom(t, m, "r1", r2Addr, Options{})
		s := accept(t, l)
		m.Change(func(f *Fabric) { f.Partition("r1", "r2") })
		c.CloseNow()
		elapse(time.Second)
		m.Change(func(f *Fabric) { f.Heal("r1", "r2") })
		write(t, s, "still there?")
		if _, err := s.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("got %v", err)
		}
	})
}

func TestUnreadBytesTurnCloseIntoReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := line()
		l := listenOn(t, m, "r2", "0.0.0.0:179")
		c := dialFrom(t, m, "r1", r2Addr, Options{})
		s := accept(t, l)
		write(t, s, "unread")
		elapse(time.Second)
		c.Close()
		if _, err := s.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("got %v", err)
		}
	})
}

func TestNothingStaysBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := line()
		l := listenOn(t, m, "r2", "0.0.0.0:179")
		for range 5 {
			c := dialFrom(t, m, "r1", r2Addr, Options{})
			s := accept(t, l)
			write(t, c, "bye")
			c.Close()
			expect(t, s, "bye")
			expectEnd(t, s)
			s.Close()
		}
		waiting := dialFrom(t, m, "r1", r2Addr, Options{})
		synctest.Wait()
		elapse(time.Second)
		l.Close()
		if _, err := waiting.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the connection that nobody accepted gives %v", err)
		}
		waiting.Close()
		elapse(time.Second)
		m.Change(func(f *Fabric) {
			if n := len(f.Streams()); n != 0 {
				t.Errorf("%d streams stay", n)
			}
			if _, more := f.Next(); more {
				t.Error("something is under way for ever")
			}
		})
	})
}
