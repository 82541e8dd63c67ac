package transport

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// talk runs two nodes that exchange messages over a Fabric in one goroutine, with delays, faults and restarts drawn from
// the seed, and returns what happened.
func talk(seed uint64) string {
	var trace strings.Builder
	rnd := rand.New(rand.NewPCG(seed, seed))
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := start
	f := NewFabric()
	f.SegmentSize, f.Buffer = 7, 64
	f.Latency = func(from, to string) time.Duration { return time.Duration(rnd.IntN(50)) * time.Millisecond }
	f.Advance(now)
	a, b := f.Node("a"), f.Node("b")
	a.Attach("lan", "eth0", "10.0.0.1/24")
	b.Attach("lan", "eth0", "10.0.0.2/24")
	to := netip.MustParseAddrPort("10.0.0.2:179")
	l, err := b.Listen(ListenOptions{Addr: to})
	if err != nil {
		panic(err)
	}
	log := func(format string, args ...any) {
		fmt.Fprintf(&trace, "%v "+format+"\n", append([]any{now.Sub(start)}, args...)...)
	}
	var c, s *Stream
	for step := range 400 {
		switch rnd.IntN(12) {
		case 0:
			f.Partition("a", "b")
		case 1, 2, 3:
			f.Heal("a", "b")
		}
		if c == nil {
			if c, err = a.Dial(to, Options{}); err != nil {
				panic(err)
			}
		}
		if got, err := l.Accept(); err == nil {
			s = got
			log("accepted %v", got.RemoteAddr())
		}
		if ok, _ := c.Connected(); ok {
			n, err := c.Write(fmt.Appendf(nil, "message %d.", step))
			log("wrote %d %v", n, err)
		}
		if s != nil {
			var buf [16]byte
			n, err := s.Read(buf[:])
			log("read %q %v", buf[:n], err)
			if err != nil && !errors.Is(err, ErrWouldBlock) {
				s = nil
			}
		}
		if rnd.IntN(60) == 0 {
			c.CloseNow()
			c = nil
		}
		next, more := f.Next()
		if now = now.Add(20 * time.Millisecond); more && next.After(now) {
			now = next
		}
		f.Advance(now)
	}
	return trace.String()
}

func TestSameSeedSameTrace(t *testing.T) {
	traces := map[string]bool{}
	for seed := range uint64(20) {
		first := talk(seed)
		if again := talk(seed); first != again {
			t.Fatalf("seed %d gives two traces:\n%s\n---\n%s", seed, first, again)
		}
		if !strings.Contains(first, "read \"message") {
			t.Errorf("seed %d: nothing arrived", seed)
		}
		traces[first] = true
	}
	if len(traces) != 20 {
		t.Errorf("20 seeds gave %d traces", len(traces))
	}
}

// Whatever the delays and faults, what is read is what was written, in order, without loss while the connection lives.
func TestBytesArriveInOrder(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		f := NewFabric()
		f.SegmentSize, f.Buffer = 1+rnd.IntN(9), 8+rnd.IntN(64)
		f.Latency = func(from, to string) time.Duration { return time.Duration(rnd.IntN(1000)) * time.Microsecond }
		now := time.Unix(0, 0)
		f.Advance(now)
		a, b := f.Node("a"), f.Node("b")
		a.Attach("lan", "eth0", "10.0.0.1/24")
		b.Attach("lan", "eth0", "10.0.0.2/24")
		to := netip.MustParseAddrPort("10.0.0.2:179")
		l, _ := b.Listen(ListenOptions{Addr: to})
		c, err := a.Dial(to, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var s *Stream
		var sent, got []byte
		ended := false
		for round := 0; !ended; round++ {
			if round > 100000 {
				t.Fatalf("seed %d: no end; %d sent, %d read", seed, len(sent), len(got))
			}
			if s == nil {
				s, _ = l.Accept()
			}
			if ok, _ := c.Connected(); ok && len(sent) < 500 {
				part := bytes.Repeat([]byte{byte(len(sent))}, 1+rnd.IntN(30))
				n, _ := c.Write(part)
				sent = append(sent, part[:n]...)
				if len(sent) >= 500 {
					c.Close()
				}
			}
			if s != nil {
				var buf [13]byte
				n, err := s.Read(buf[:1+rnd.IntN(13)])
				got = append(got, buf[:n]...)
				ended = err != nil && !errors.Is(err, ErrWouldBlock)
			}
			switch rnd.IntN(20) {
			case 0:
				f.Partition("a", "b")
			case 1, 2:
				f.Heal("a", "b")
			}
			now = now.Add(time.Duration(rnd.IntN(300)) * time.Microsecond)
			f.Advance(now)
		}
		if !slices.Equal(sent, got) {
			t.Fatalf("seed %d: %d bytes sent, %d read, or in another order", seed, len(sent), len(got))
		}
	}
}

func TestStreamNeverWaits(t *testing.T) {
	f := NewFabric()
	f.Buffer = 4
	f.Node("a").Attach("lan", "eth0", "10.0.0.1/24")
	f.Node("b").Attach("lan", "eth0", "10.0.0.2/24")
	to := netip.MustParseAddrPort("10.0.0.2:179")
	l, err := f.Node("b").Listen(ListenOptions{Addr: to})
	if err != nil {
		t.Fatal(err)
	}
	woken := 0
	l.Notify = func() { woken++ }
	if _, err := l.Accept(); err != ErrWouldBlock {
		t.Errorf("Accept gives %v", err)
	}
	c, err := f.Node("a").Dial(to, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := c.Connected(); ok || err != nil {
		t.Errorf("before time passes: %v, %v", ok, err)
	}
	if _, err := c.Write([]byte("early")); err != ErrWouldBlock {
		t.Errorf("Write while dialing gives %v", err)
	}
	f.Advance(f.Now())
	s, err := l.Accept()
	if err != nil || woken == 0 || s.Channel() != 0 || c.Channel() != 0 {
		t.Fatalf("%v, %d notices", err, woken)
	}
	reads := 0
	s.Notify = func() { reads++ }
	if n, err := c.Write([]byte("1234567890")); n != 4 || err != ErrWouldBlock {
		t.Errorf("Write took %d, %v", n, err)
	}
	f.Advance(f.Now())
	if n, err := c.Write([]byte("567890")); n != 4 || err != ErrWouldBlock || reads == 0 {
		t.Errorf("Write took %d, %v, %d notices", n, err, reads)
	}
	f.Advance(f.Now()) // b's buffer is full: these wait
	if n, _ := c.Unsent(); n != 4 {
		t.Errorf("%d unsent", n)
	}
	var b [3]byte
	for _, want := range []string{"123", "4", "567", "8"} {
		n, err := s.Read(b[:])
		if string(b[:n]) != want || err != nil {
			t.Errorf("Read gives %q, %v; want %q", b[:n], err, want)
		}
		if want == "4" {
			f.Advance(f.Now())
		}
	}
	if _, err := s.Read(b[:]); err != ErrWouldBlock {
		t.Errorf("Read gives %v", err)
	}
}
