package daemon

import (
	"testing"
	"time"

	"bgpsh/daemon/transport"
)

// lateConn is a connection that nobody waits for any more.
type lateConn struct {
	transport.Conn
	closed bool
}

func (c *lateConn) CloseNow() error { c.closed = true; return nil }

// silentDials is a world in which no dial ends.
type silentDials struct {
	*simNode
	links []*link
}

func (w *silentDials) dial(l *link, _ transport.Options, _ time.Duration) {
	l.cancel = func() {}
	w.links = append(w.links, l)
}

// A dial that succeeds when its attempt was given up is closed, and counts as declined.
func TestLateDialIsDeclined(t *testing.T) {
	sim := newLab(1)
	n := sim.add("r1", "10.0.0.1/24")
	world := &silentDials{simNode: n}
	n.controller.world = world
	n.configure("router bgp 65001", "neighbor 10.0.0.2 remote-as 65002")
	if !sim.run(time.Minute, func() bool { return len(world.links) > 0 }) {
		t.Fatalf("no dial:\n%s", sim.text())
	}
	s, l := n.sessions[0], world.links[0]
	n.configure("router bgp 65001", "neighbor 10.0.0.2 shutdown")
	if !sim.run(time.Minute, func() bool { return !s.links.has(l) }) {
		t.Fatalf("the attempt goes on:\n%s", sim.text())
	}
	late := &lateConn{}
	s.step(sim.now, dialed{link: l, conn: late})
	if got := s.view.Load().counters.ActiveDeclined; !late.closed || got != 1 {
		t.Errorf("closed %v, declined %d", late.closed, got)
	}
}
