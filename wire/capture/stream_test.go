package capture

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"bgpsh/wire"
)

// lab is one connection on port 179 whose handshake was captured.
func lab() (*trace, *end, *end) {
	c := newTrace()
	a, b := c.connect("192.0.2.1:40000", "192.0.2.2:179")
	a.handshake()
	return c, a, b
}

// Segments in every disorder give each message once, in the order of the stream.
func TestOrder(t *testing.T) {
	m := func(n byte) []byte { return announce(n) }
	for _, c := range []struct {
		name string
		send func(a *end)
		want string
	}{
		{"several in one", func(a *end) { a.send(cat(m(1), m(2), m(3))) }, "1 2 3"},
		{"one in many", func(a *end) {
			for _, octet := range cat(m(1), m(2)) {
				a.send([]byte{octet})
			}
		}, "1 2"},
		{"swapped", func(a *end) {
			at := a.skip(m(1))
			a.send(m(2))
			a.segment(at, tcpACK, m(1))
		}, "1 2"},
		{"the last first", func(a *end) {
			var at []uint32
			for n := byte(1); n <= 5; n++ {
				at = append(at, a.skip(m(n)))
			}
			for n := 5; n >= 1; n-- {
				a.segment(at[n-1], tcpACK, m(byte(n)))
			}
		}, "1 2 3 4 5"},
		{"sent again", func(a *end) {
			at := a.send(m(1))
			a.segment(at, tcpACK, m(1))
			a.send(m(2))
			a.segment(at, tcpACK, m(1))
		}, "1 2"},
		{"held twice", func(a *end) {
			at := a.skip(m(1))
			second := a.send(m(2))
			a.segment(second, tcpACK, m(2))
			a.segment(second, tcpACK, m(2)[:5])
			a.segment(at, tcpACK, m(1))
		}, "1 2"},
		{"held, then more of it", func(a *end) {
			at := a.skip(m(1))
			second := a.send(m(2)[:10])
			a.send(m(2)[10:])
			a.segment(second, tcpACK, m(2))
			a.segment(at, tcpACK, m(1))
		}, "1 2"},
		{"sent again with more", func(a *end) {
			at := a.send(m(1))
			a.send(m(2)[:7])
			a.segment(at, tcpACK, cat(m(1), m(2), m(3)))
			a.seq = at + uint32(len(cat(m(1), m(2), m(3))))
			a.send(m(4))
		}, "1 2 3 4"},
		{"overlap around a gap", func(a *end) {
			whole := cat(m(1), m(2), m(3))
			at := a.seq
			a.segment(at, tcpACK, whole[:20])
			a.segment(at+60, tcpACK, whole[60:])
			a.segment(at+10, tcpACK, whole[10:80])
			a.seq = at + uint32(len(whole))
			a.send(m(4))
		}, "1 2 3 4"},
		{"what came first counts", func(a *end) {
			at := a.send(m(1)[:30])
			other := bytes.Repeat([]byte{0xee}, 30)
			a.segment(at, tcpACK, cat(other, m(1)[30:]))
			a.seq = at + uint32(len(m(1)))
			a.send(m(2))
		}, "1 2"},
		{"a probe", func(a *end) {
			a.send(m(1))
			a.segment(a.seq-1, tcpACK, []byte{0})
			a.send(m(2))
		}, "1 2"},
		{"a second SYN", func(a *end) {
			a.segment(a.seq-1, tcpSYN, nil)
			a.send(m(1))
		}, "1"},
		{"data after the end", func(a *end) {
			a.send(m(1))
			a.segment(a.seq, tcpFIN|tcpACK, nil)
			a.segment(a.seq+1, tcpACK, m(2))
		}, "1"},
		{"the end before the last", func(a *end) {
			at := a.skip(m(1))
			a.segment(a.seq, tcpFIN|tcpACK, nil)
			a.segment(at, tcpACK, m(1))
		}, "1"},
		{"data with the end", func(a *end) { a.segment(a.seq, tcpFIN|tcpACK, m(1)) }, "1"},
		{"the same ports again", func(a *end) {
			a.send(m(1))
			a.segment(a.seq, tcpRST, nil)
			a.seq, a.peer.seq = 1000, 2000
			a.handshake()
			a.send(m(2))
		}, "1 2"},
	} {
		tr, a, _ := lab()
		c.send(a)
		if got := tr.summary(t, Options{}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A gap is one object; the stream goes on at the next marker.
func TestGaps(t *testing.T) {
	size := len(announce(1))
	for _, c := range []struct {
		name string
		send func(c *trace, a, b *end)
		want string
	}{
		{"a message is missing", func(_ *trace, a, _ *end) {
			a.send(announce(1))
			a.skip(announce(2))
			a.send(announce(3))
		}, fmt.Sprintf("1 GAP[%d,] 3", size)},
		{"the middle of three", func(_ *trace, a, _ *end) {
			whole := cat(announce(1), announce(2), announce(3))
			a.send(whole[:size+10])
			a.skip(whole[size+10 : 2*size-5])
			a.send(whole[2*size-5:])
		}, fmt.Sprintf("1 GAP[%d,15] 3", size-15)},
		{"two gaps before a marker", func(_ *trace, a, _ *end) {
			a.send(announce(1))
			a.skip(announce(2)[:20])
			a.send(announce(2)[20:30])
			a.skip(announce(2)[30:])
			a.send(announce(3))
		}, fmt.Sprintf("1 GAP[%d,10] 3", size-10)},
		{"nothing comes behind", func(_ *trace, a, _ *end) {
			a.skip(announce(1)[:20])
			a.send(announce(1)[20:])
		}, fmt.Sprintf("GAP[20,%d]", size-20)},
		{"the end is missing", func(_ *trace, a, _ *end) {
			a.send(announce(1)[:20])
			a.skip(announce(1)[20:])
			a.segment(a.seq, tcpFIN, nil)
		}, "INVALID[,]"},
		{"the stream stops inside of a message", func(_ *trace, a, _ *end) { a.send(announce(1)[:20]) }, "INVALID[,]"},
		{"the receiver has it", func(c *trace, a, b *end) {
			a.skip(announce(1))
			a.send(announce(2))
			b.send(announce(3)) // acknowledges, but something may still be late
			c.at += 2 * time.Second
			b.send(announce(4))
			a.send(announce(5))
		}, fmt.Sprintf("3 4 GAP[%d,] 2 5", size)},
		{"a late segment", func(c *trace, a, b *end) {
			at := a.skip(announce(1))
			a.send(announce(2))
			b.send(announce(3))
			a.segment(at, tcpACK, announce(1))
			c.at += 2 * time.Second
			b.send(announce(4))
		}, "3 1 2 4"},
		{"too much is held", func(_ *trace, a, _ *end) {
			a.send(announce(1))
			a.skip(announce(2))
			for range maxHeld / size {
				a.send(announce(3))
			}
		}, ""},
	} {
		tr, a, b := lab()
		c.send(tr, a, b)
		got := objects(t, tr.b, Options{})
		if c.want != "" && summary(got) != c.want {
			t.Errorf("%s: %q, want %q", c.name, summary(got), c.want)
		}
		if c.want == "" && (len(got) != maxHeld/size+2 || got[1]["type"] != typeGap) {
			t.Errorf("%s: %d objects, want %d and a gap", c.name, len(got), maxHeld/size+2)
		}
	}
}

// A header that the daemon refuses costs what lies before the next good one.
func TestResynchronisation(t *testing.T) {
	bad := bytes.Clone(announce(9))
	bad[3] = 0
	for _, c := range []struct {
		name string
		b    []byte
		want string
	}{
		{"a bad marker", cat(announce(1), bad, announce(2)), "1 INVALID[reset] 2"},
		{"an unknown type", cat(announce(1), unx("ff*16 0015 09 0102"), announce(2)), "1 INVALID[reset] 2"},
		{"a KEEPALIVE too long", cat(unx("ff*16 0014 04 00"), announce(2)), "KEEPALIVE[reset] 2"},
		{"a marker too long", cat(announce(1), unx("ffffff"), announce(2)), "1 INVALID[reset] 2"},
		{"zeros", cat(make([]byte, 500), announce(2)), "INVALID[reset] 2"},
		{"a reset in the body, and on", cat(update("ff", "", ""), announce(2)), "UPDATE[reset] 2"},
		{"nothing good", make([]byte, 300), "INVALID[reset]"},
		{"a marker at the end", cat(make([]byte, 300), marker), "INVALID[reset]"},
	} {
		for _, step := range []int{1, 7, 1000} {
			tr, a, _ := lab()
			for b := c.b; len(b) > 0; b = b[min(step, len(b)):] {
				a.send(b[:min(step, len(b))])
			}
			if got := tr.summary(t, Options{}); got != c.want {
				t.Errorf("%s in steps of %d: %q, want %q", c.name, step, got, c.want)
			}
		}
	}
}

// A capture may begin anywhere, and other ports may be of BGP too.
func TestWhichStreams(t *testing.T) {
	for _, c := range []struct {
		name, server string
		send         func(c *trace, a, b *end)
		want         string
	}{
		{"port 179 from the middle", "192.0.2.2:179", func(_ *trace, a, b *end) {
			a.send(announce(1)[9:])
			a.send(announce(2))
			b.send(announce(3))
		}, "2 3"},
		{"nothing to find", "192.0.2.2:179", func(_ *trace, a, _ *end) { a.send(announce(1)[9:]) }, "GAP[,37]"},
		{"another port from its beginning", "192.0.2.2:1790", func(_ *trace, a, b *end) {
			a.handshake()
			at := a.skip(announce(1))
			a.send(announce(2))
			b.send(announce(3)[:10])
			b.send(announce(3)[10:])
			a.segment(at, tcpACK, announce(1))
		}, "3 1 2"},
		{"another port from the middle", "192.0.2.2:1790", func(_ *trace, a, b *end) {
			a.send(announce(1)[9:])
			a.send(announce(2))
			b.send(announce(3))
		}, "2 3"},
		{"another protocol", "192.0.2.2:22", func(_ *trace, a, b *end) {
			a.handshake()
			b.send([]byte("SSH-2.0-thing\r\n"))
			a.send([]byte("SSH-2.0-other\r\n"))
			at := a.skip([]byte("hello"))
			a.send([]byte("there"))
			a.segment(at, tcpRST, nil)
		}, ""},
		{"almost a marker", "192.0.2.2:1790", func(_ *trace, a, _ *end) {
			a.handshake()
			a.send(cat(marker, []byte{0xff, 0xff, 0xff, 0xff}))
			a.send(announce(1)[5:])
		}, ""},
		{"a port that refuses", "192.0.2.2:179", func(_ *trace, a, b *end) {
			a.segment(a.seq, tcpSYN, nil)
			b.segment(0, tcpRST|tcpACK, nil)
			a.seq = 5000
			a.handshake()
			a.send(announce(1))
		}, "1"},
	} {
		tr := newTrace()
		a, b := tr.connect("192.0.2.1:40000", c.server)
		c.send(tr, a, b)
		if got := tr.summary(t, Options{}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// However the octets of a stream are cut, shuffled within a window and
// repeated, the messages are the same.
func TestAnyCut(t *testing.T) {
	var stream []byte
	want := ""
	for n := range byte(40) {
		stream = append(stream, announce(n)...)
		want += fmt.Sprintf("%d ", n)
	}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		tr, a, _ := lab()
		type piece struct{ from, to, when int }
		var pieces []piece
		for from := 0; from < len(stream); {
			to := min(len(stream), from+1+r.IntN(90))
			for range 1 + r.IntN(2) {
				pieces = append(pieces, piece{max(0, from-r.IntN(20)), min(len(stream), to+r.IntN(20)), from + r.IntN(400)})
			}
			from = to
		}
		for len(pieces) > 0 {
			next := 0
			for i, p := range pieces {
				if p.when < pieces[next].when {
					next = i
				}
			}
			p := pieces[next]
			a.segment(a.seq+uint32(p.from), tcpACK, stream[p.from:p.to])
			pieces = append(pieces[:next], pieces[next+1:]...)
		}
		if got := tr.summary(t, Options{}); got+" " != want {
			t.Fatalf("seed %d: %q", seed, got)
		}
	}
}

// What is kept of connections has a bound, and what is given up is said.
func TestBounds(t *testing.T) {
	c := newTrace()
	for i := range 2 * maxConns {
		a, _ := c.connect(fmt.Sprintf("10.0.%d.%d:40000", i>>8, i&255), "192.0.2.2:179")
		a.segment(a.seq, tcpSYN, nil)
		a.seq++
		a.send(announce(1)[:40])
	}
	if got := len(objects(t, c.b, Options{})); got != 2*maxConns {
		t.Errorf("%d connections that end inside of a message: %d objects", 2*maxConns, got)
	}

	// Connections that each hold nearly as much as one may.
	tab := newTable(&decoder{failed: io.ErrClosedPipe}) // so that nothing is written
	payload := make([]byte, 60000)
	for i := range 200 {
		a, _ := newTrace().connect(fmt.Sprintf("10.0.0.%d:40000", i), "192.0.2.2:179")
		s := tcpSegment{flow: flow{a.addr, a.peer.addr}, flags: tcpSYN}
		tab.segment(&s)
		for n := range 16 {
			s.flags, s.seq, s.payload = tcpACK, uint32(100+100000*n), payload
			tab.segment(&s)
			if tab.memory > maxMemory {
				t.Fatalf("%d octets kept, limit %d", tab.memory, maxMemory)
			}
		}
	}
	total := 0
	for _, e := range tab.conns {
		conn := e.Value.(*conn)
		total += conn.streams[0].memory() + conn.streams[1].memory()
	}
	if total != tab.memory || len(tab.conns) != tab.recent.Len() || total < maxMemory/2 {
		t.Errorf("%d octets kept, counted %d; %d connections, listed %d", total, tab.memory, len(tab.conns), tab.recent.Len())
	}
}

// The search for a marker keeps nothing of what it has passed.
func TestSearchKeepsNothing(t *testing.T) {
	s := &stream{conn: &conn{d: &decoder{}, bgp: true}, started: true, searching: true}
	zeros := make([]byte, 1400)
	for range 2000 {
		s.take(zeros)
		if s.memory() > wire.MaxExtendedLen+4*len(zeros) {
			t.Fatalf("%d octets kept of a stream without a marker", s.memory())
		}
	}
}
