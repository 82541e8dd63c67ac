package daemon

import (
	"net"
	"testing"

	"bgpsh/wire"
)

// TestKeepaliveMakesNoGarbage: a session at rest takes and sends keepalives for years, and with a thousand of them what each leaves
// would add up.
func TestKeepaliveMakesNoGarbage(t *testing.T) {
	w := newRestartBed(t, [3][]string{})
	w.settle()
	s := w.a.sessions[0]
	l, now, in := s.up, w.now, received{link: s.up}
	keepalive, sent := wire.AppendKeepalive(nil), 0
	var bufs net.Buffers
	turn := func() {
		now = now.Add(s.agreed.Keepalive)
		l.fed(copy(l.reader.space(), keepalive), now)
		h := l.reader.next()
		in.message, in.raw = *h.message, h.raw
		s.step(now, &in)
		s.step(now, tick{})
		s.wait(now)
		bufs, _, _ = l.ring.take(bufs)
		sent += len(bufs)
	}
	for range 100 { // until the history is as long as it gets
		turn()
	}
	sent = 0
	if n := testing.AllocsPerRun(100, turn); n >= 1 && !raceDetector {
		t.Errorf("a keepalive makes %v objects", n)
	}
	if s.up != l || sent != 101 {
		t.Errorf("session up %v, %d keepalives sent", s.up == l, sent)
	}
}
