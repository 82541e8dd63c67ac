package daemon

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
	"bgpsh/wire"
)

// errandBed is a table loop without a goroutine, and the stream of a neighbor whose session is up.
func errandBed() (*ribLoop, *stream) {
	l := newRIBLoop(rib.Config{}, &exports{})
	l.begin(nil)
	s := newStream(l)
	s.put(streamItem{kind: controlUp, ring: &ring{limit: ringLimit}, imports: &importer{}, session: &rib.Session{
		Generation: 1, AS: 65002, LocalAS: 65001, Families: []rib.FamilySession{{Family: wire.IPv4Unicast}},
	}})
	for l.turn(time.Now()) {
	}
	l.woken()
	return l, s
}

// woken reports whether the loop's goroutine would wake up.
func (l *ribLoop) woken() bool {
	select {
	case <-l.wake:
		return true
	default:
		return false
	}
}

func withdrawals(n int) streamItem {
	b := getBatch()
	b.Generation = 1
	for i := range n {
		p := wire.PrefixFrom(netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 51, byte(i), 0}), 24))
		b.Withdraw(wire.IPv4Unicast, wire.NLRI{Prefix: p})
	}
	return streamItem{batch: b}
}

func TestErrandDoesTheLoopsWork(t *testing.T) {
	l, s := errandBed()
	before := l.watch.stats.Phases[loopInbound].Units
	if !l.errand(s, withdrawals(3)) {
		t.Fatal("the errand was refused")
	}
	if got := l.watch.stats.Phases[loopInbound].Units - before; got != 3 {
		t.Errorf("%d prefixes were performed, want 3", got)
	}
	if s.waiting() != 0 || l.woken() {
		t.Error("the errand left something to the loop's goroutine")
	}
	if !l.claim() {
		t.Error("nobody gave the loop back")
	}
}

func TestErrandIsForFewRoutesAndAFreeLoop(t *testing.T) {
	l, s := errandBed()
	if l.errand(s, withdrawals(errandRoutes+1)) {
		t.Error("a large batch was an errand")
	}
	if l.errand(s, streamItem{kind: controlEndOfRIB, family: wire.IPv4Unicast}) {
		t.Error("End-of-RIB was an errand")
	}
	if !l.claim() {
		t.Fatal("the loop is not free")
	}
	it := withdrawals(1)
	if l.errand(s, it) {
		t.Fatal("an errand on a loop that somebody owns")
	}
	s.put(it)
	if l.woken() {
		t.Error("the goroutine was woken for an owned loop")
	}
	l.giveBack()
	if !l.woken() {
		t.Error("nobody sees to what came while the loop was owned")
	}
}

func TestErrandLeavesTheRestToTheGoroutine(t *testing.T) {
	l, s := errandBed()
	for range 8 * errandTurns * turnQueries {
		l.do(func(*rib.RIB, time.Time) {})
	}
	l.woken()
	if !l.errand(s, withdrawals(1)) {
		t.Fatal("the errand was refused")
	}
	if l.queries.len() == 0 || !l.woken() {
		t.Errorf("%d questions are left, and the goroutine sleeps", l.queries.len())
	}
}

func TestErrandWritesToQuietNeighborsFirst(t *testing.T) {
	from := &ring{limit: ringLimit, talks: true}
	rings := []*ring{{talks: true}, from, {}, {talks: true}, {}}
	firsts := map[*ring]bool{}
	for i := range rings {
		v := visit{under: true, count: i}
		for _, r := range append(rings, rings...) {
			if !v.calls(r) {
				t.Fatal("a writer is called while an errand is under way")
			}
		}
		got := v.end(make([]*ring, 0, len(rings)), from)
		if len(got) != len(rings) || got[0].talks || got[1].talks || got[len(got)-1] != from {
			t.Fatalf("order is %v", got)
		}
		firsts[got[0]] = true
		if v.calls(rings[0]) {
			t.Fatal("the errand has not ended")
		}
	}
	if len(firsts) != 2 {
		t.Errorf("of two quiet neighbors %d were first in turn", len(firsts))
	}
}

func TestErrandLeavesManyNeighborsToTheirWriters(t *testing.T) {
	called := 0
	v := visit{under: true}
	for range 5 {
		v.calls(&ring{rouse: func() { called++ }})
	}
	if got := v.end(make([]*ring, 0, 3), nil); len(got) != 3 || called != 2 {
		t.Errorf("%d to write to, %d writers called", len(got), called)
	}
}

// A halfConn takes few bytes at once.
type halfConn struct {
	transport.Conn
	room int
	err  error
	got  bytes.Buffer
}

func (c *halfConn) TryWriteBuffers(v *net.Buffers) (n int64, err error) {
	for len(*v) > 0 && c.err == nil {
		k := min(c.room, len((*v)[0]))
		c.got.Write((*v)[0][:k])
		c.room, n = c.room-k, n+int64(k)
		if (*v)[0] = (*v)[0][k:]; len((*v)[0]) > 0 {
			return n, nil
		}
		*v = (*v)[1:]
	}
	return n, c.err
}

func (c *halfConn) WriteBuffers(v *net.Buffers) (int64, error) { return v.WriteTo(&c.got) }

// halfWriter is a writer to c with two messages in its ring.
func halfWriter(c *halfConn) *writer {
	l := &link{session: &session{shared: &shared{epoch: time.Now()}, inbox: newMailbox[any]()}, conn: c, reader: &reader{}}
	l.ring = &ring{urgent: [][]byte{[]byte("abcdefgh"), []byte("ijkl")}}
	return &writer{l: l, world: &goroutines{}}
}

func TestWriterGoesOnWhereTheSocketStopped(t *testing.T) {
	for _, room := range []int{0, 3, 8, 11, 12} {
		synctest.Test(t, func(t *testing.T) {
			c := &halfConn{room: room}
			w := halfWriter(c)
			some := 0
			a := &attendant{work: w.work, some: func() bool { some++; return w.some() }}
			a.here()
			synctest.Wait()
			if c.got.String() != "abcdefghijkl" || w.l.written.Load() != 12 || some != 1 {
				t.Errorf("room for %d: wrote %q, %d counted, %d tries", room, c.got.String(), w.l.written.Load(), some)
			}
		})
	}
}

func TestWriterLosesTheConnectionOnce(t *testing.T) {
	w := halfWriter(&halfConn{room: 100, err: errors.New("reset")})
	if w.some() {
		t.Error("nothing is left to do on a lost connection")
	}
	if wrote, ended := w.writeAll(); wrote || !ended {
		t.Errorf("then wrote %v, ended %v", wrote, ended)
	}
	if n := w.l.session.inbox.len(); n != 1 {
		t.Errorf("the session was told %d times", n)
	}
}
