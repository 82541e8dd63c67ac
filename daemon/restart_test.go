package daemon

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"bgpsh/daemon/rib"
	"bgpsh/fsm"
	"bgpsh/wire"
)

// router makes a host and starts the daemon on it with lines as its startup configuration.
func (s *lab) router(name, addr string, lines ...string) *simNode {
	n := s.host(name, link0("eth0", addr))
	n.node.Attach("lan", "eth0", addr)
	n.disk.create(startupPath, []byte(strings.Join(lines, "\n")+"\n"), 0)
	n.boot()
	return n
}

// kill ends the daemon as SIGKILL does: the kernel closes its sockets, and nothing else is said.
func (n *simNode) kill() {
	for _, p := range n.sessions {
		for _, l := range p.links {
			if l.conn != nil {
				l.conn.CloseNow()
			}
		}
	}
	n.crash()
}

// speaker gives the configuration of a router with its own AS and network; the others are its neighbors.
func speaker(number int, more []string, neighbors ...int) []string {
	out := []string{fmt.Sprintf("router bgp %d", 65000+number), fmt.Sprintf("bgp router-id 10.0.0.%d", number), "no bgp ebgp-requires-policy"}
	for _, n := range neighbors {
		out = append(out, fmt.Sprintf("neighbor 10.0.0.%d remote-as %d", n, 65000+n))
	}
	out = append(out, more...)
	return append(out, "address-family ipv4 unicast", fmt.Sprintf("network 192.0.%d.0/24", number))
}

func addrOf(number int) string { return fmt.Sprintf("10.0.0.%d/24", number) }

// A restartBed is three routers: a knows b and c, who know of each other through it. b is restarted.
type restartBed struct {
	*lab
	t       *testing.T
	a, b, c *simNode
}

// newRestartBed connects a to b and to c; b is the one to be restarted. What each says beside its neighbors is in extra.
func newRestartBed(t *testing.T, extra [3][]string) *restartBed {
	w := &restartBed{lab: newLab(1), t: t}
	w.a = w.router("a", addrOf(1), speaker(1, extra[0], 2, 3)...)
	w.b = w.router("b", addrOf(2), speaker(2, extra[1], 1)...)
	w.c = w.router("c", addrOf(3), speaker(3, extra[2], 1)...)
	w.await(3*time.Minute, "the routes to go everywhere", func() bool { return w.a.route(2) != nil && w.c.route(2) != nil && w.b.route(3) != nil })
	return w
}

// route gives the best path to a router's network, nil for none.
func (n *simNode) route(number int) *rib.PathView {
	v, _ := n.loop.rib.Lookup(wire.IPv4Unicast, netip.MustParsePrefix(fmt.Sprintf("192.0.%d.0/24", number)))
	if len(v.Paths) == 0 || !v.Paths[0].Best {
		return nil
	}
	return &v.Paths[0]
}

func (w *restartBed) await(limit time.Duration, what string, done func() bool) {
	w.t.Helper()
	if !w.run(limit, done) {
		w.t.Fatalf("%s: waited in vain for %s", w.now.Sub(simStart), what)
	}
}

// hold lets time pass in which something stays as it is.
func (w *restartBed) hold(d time.Duration, what string, ok func() bool) {
	w.t.Helper()
	if w.run(d, func() bool { return !ok() }) {
		w.t.Fatalf("%s: not any more: %s", w.now.Sub(simStart), what)
	}
}

// settle lets everything that is under way come to its end.
func (w *restartBed) settle() { w.pass(2 * time.Second) }

var restarts = []string{"bgp graceful-restart"}

func (w *restartBed) stale(n *simNode) bool { r := n.route(2); return r != nil && r.Stale }

func (w *restartBed) there() bool { return w.a.route(2) != nil && w.c.route(2) != nil }

// comesBack starts b again: its route is there all the while, and fresh in the end.
func (w *restartBed) comesBack() {
	w.t.Helper()
	w.b.boot()
	w.run(3*time.Minute, func() bool {
		if !w.there() {
			w.t.Fatal("the route was lost while its router came back")
		}
		return !w.stale(w.a)
	})
	w.settle()
}

// TestHelperKeepsRoutes kills a router and starts it again: its routes are used and announced all the while, stale until it
// has sent them again.
func TestHelperKeepsRoutes(t *testing.T) {
	w := newRestartBed(t, [3][]string{nil, restarts, nil})
	w.b.kill()
	w.await(time.Second, "the stale route", func() bool { return w.stale(w.a) })
	if w.stale(w.c) {
		t.Error("the route is stale at the neighbor's neighbor, who heard of nothing")
	}
	w.hold(100*time.Second, "the route at both", w.there)
	w.comesBack()
	if w.stale(w.a) || w.a.sessions[0].up == nil || len(w.a.sessions[0].retained.Kept()) > 0 {
		t.Error("the route is stale still")
	}
	if s := w.a.sessions[0]; !s.family(s.view.Load(), rib.Counters{}, 0, w.now).ForwardingBit {
		t.Error("nothing shows that forwarding went on")
	}
	w.b.configure("router bgp 65002", "address-family ipv4 unicast", "no network 192.0.2.0/24")
	w.await(time.Minute, "the withdrawal", func() bool { return w.a.route(2) == nil && w.c.route(2) == nil })
}

// TestCallersRoutesStay does the same with a router that is a dynamic neighbor of the other: it stays one while its routes do.
func TestCallersRoutesStay(t *testing.T) {
	w := &restartBed{lab: newLab(1), t: t}
	callers := []string{"neighbor CALLERS peer-group", "neighbor CALLERS remote-as external", "bgp listen range 10.0.0.2/32 peer-group CALLERS"}
	w.a = w.router("a", addrOf(1), speaker(1, callers, 3)...)
	w.b = w.router("b", addrOf(2), speaker(2, restarts, 1)...)
	w.c = w.router("c", addrOf(3), speaker(3, nil, 1)...)
	w.await(3*time.Minute, "the routes to go everywhere", w.there)
	w.b.kill()
	w.await(time.Second, "the stale route", func() bool { return w.stale(w.a) })
	w.hold(100*time.Second, "the route at both", w.there)
	w.comesBack()
	if w.stale(w.a) || len(w.a.controller.dynamic) != 1 {
		t.Errorf("the route is stale: %v; %d dynamic neighbors", w.stale(w.a), len(w.a.controller.dynamic))
	}
	w.b.kill()
	w.hold(119*time.Second, "the route at both", w.there)
	w.await(2*time.Second, "the end of both", func() bool { return w.a.route(2) == nil && len(w.a.controller.dynamic) == 0 })
}

// TestRestartTimeEnds drops the routes of a router that does not come back in the time that it asked for.
func TestRestartTimeEnds(t *testing.T) {
	for _, c := range []struct {
		name    string
		helper  []string
		router  []string
		seconds int // that the route stays; 0: it leaves at once
	}{
		{"restart-time", nil, []string{"bgp graceful-restart", "bgp graceful-restart restart-time 77"}, 77},
		{"stalepath-time", []string{"bgp graceful-restart stalepath-time 33"}, restarts, 33},
		{"no stalepath-time", []string{"bgp graceful-restart stalepath-time 33", "no bgp graceful-restart stalepath-time"}, restarts, 120},
		{"the neighbor's own line", nil, []string{"neighbor 10.0.0.1 graceful-restart"}, 120},
		{"a helper is not kept", nil, nil, 0},
		{"no graceful restart with the neighbor", nil, []string{"bgp graceful-restart", "neighbor 10.0.0.1 graceful-restart-disable"}, 0},
		{"the helper does not help", []string{"bgp graceful-restart-disable"}, restarts, 0},
		{"the helper does not help this neighbor", []string{"neighbor 10.0.0.2 graceful-restart-disable"}, restarts, 0},
		{"the helper helps this neighbor alone", []string{"bgp graceful-restart-disable", "neighbor 10.0.0.2 graceful-restart-helper"}, restarts, 120},
	} {
		w := newRestartBed(t, [3][]string{c.helper, c.router, nil})
		w.b.kill()
		if c.seconds > 0 {
			w.hold(time.Duration(c.seconds)*time.Second-time.Second, c.name, w.there)
		}
		w.await(2*time.Second, c.name+": the end of the route", func() bool { return w.a.route(2) == nil && w.c.route(2) == nil })
	}
}

// TestForwardingLost drops the routes at the return of a router that says that its forwarding did not go on.
func TestForwardingLost(t *testing.T) {
	w := newRestartBed(t, [3][]string{nil, {"bgp graceful-restart", "no bgp graceful-restart preserve-fw-state"}, nil})
	w.b.kill()
	w.hold(50*time.Second, "the route", w.there)
	w.b.boot()
	lost := false
	w.await(time.Minute, "the route again", func() bool {
		lost = lost || w.a.route(2) == nil
		return lost && w.there()
	})
	if s := w.a.sessions[0]; s.family(s.view.Load(), rib.Counters{}, 0, w.now).ForwardingBit {
		t.Error("forwarding is shown as gone on")
	}
}

// TestOperatorEndsKeeping takes kept routes back when the operator clears or shuts the neighbor down, or makes it another.
func TestOperatorEndsKeeping(t *testing.T) {
	for name, lines := range map[string][]string{
		"shutdown":  {"neighbor 10.0.0.2 shutdown"},
		"remote-as": {"neighbor 10.0.0.2 remote-as 65099"},
		"removed":   {"no neighbor 10.0.0.2"},
		"disable":   {"neighbor 10.0.0.2 graceful-restart-disable"},
	} {
		w := newRestartBed(t, [3][]string{nil, restarts, nil})
		w.b.kill()
		w.hold(10*time.Second, "the route", w.there)
		w.a.configure(append([]string{"router bgp 65001"}, lines...)...)
		w.await(time.Second, name+": the end of the route", func() bool { return w.a.route(2) == nil && w.c.route(2) == nil })
	}
}

// TestKeptRoutesUnderNewPolicy judges kept routes by a policy that came after their session ended.
func TestKeptRoutesUnderNewPolicy(t *testing.T) {
	w := newRestartBed(t, [3][]string{nil, restarts, nil})
	w.b.kill()
	w.hold(10*time.Second, "the route", w.there)
	w.a.configure("ip prefix-list NONE deny any", "router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.2 prefix-list NONE in")
	w.await(time.Second, "the end of the route", func() bool { return w.a.route(2) == nil && w.c.route(2) == nil })
	w.a.configure("router bgp 65001", "address-family ipv4 unicast", "no neighbor 10.0.0.2 prefix-list NONE in")
	w.await(time.Second, "the route again", func() bool { return w.stale(w.a) && w.there() })
}

// TestResets goes by RFC 8538: a NOTIFICATION leaves the routes where both agreed to that, a hard reset does not.
func TestResets(t *testing.T) {
	soft := wire.Notification{Code: wire.CodeCease, Subcode: wire.CeaseAdminReset}
	for _, c := range []struct {
		name  string
		b     []string
		says  wire.Notification
		leave bool
	}{
		{"hard", restarts, wire.HardResetOf(soft), true},
		{"soft", restarts, soft, false},
		{"without the N bit", []string{"bgp graceful-restart", "no bgp graceful-restart notification"}, soft, true},
	} {
		w := newRestartBed(t, [3][]string{nil, c.b, nil})
		w.settle()
		s, left := w.a.sessions[0], false
		s.step(w.now, &received{link: s.up, message: fsm.Message{Type: wire.TypeNotification, Notification: c.says}})
		w.run(20*time.Second, func() bool { left = left || w.c.route(2) == nil; return false })
		if left != c.leave || !w.there() {
			t.Errorf("%s: left %v, back %v", c.name, left, w.there())
		}
	}
}

// TestLongLivedRoutes keeps routes for long, as a last choice, and tells only neighbors that know what they are.
func TestLongLivedRoutes(t *testing.T) {
	long := "bgp long-lived-graceful-restart stale-time 600"
	for _, knows := range []bool{true, false} {
		c := []string{"bgp graceful-restart-disable"}
		if knows {
			c = nil
		}
		w := newRestartBed(t, [3][]string{{long}, {"bgp graceful-restart", long}, c})
		w.b.kill()
		w.hold(119*time.Second, "the route", func() bool { return w.there() && !w.a.route(2).LongLived })
		w.await(2*time.Second, "the long-lived route", func() bool { r := w.a.route(2); return r != nil && r.LongLived })
		w.settle()
		r := w.c.route(2)
		if (r != nil) != knows || knows && !r.Post.Communities().Has(wire.CommunityLLGRStale) {
			t.Errorf("the neighbor knows of it: %v, and has %+v", knows, r)
		}
		w.hold(590*time.Second, "the route", func() bool { return w.a.route(2) != nil })
		w.await(20*time.Second, "its end", func() bool { return w.a.route(2) == nil && w.c.route(2) == nil })
	}
}

// TestNoLongLivedOfOurOwn keeps nothing for long where only the neighbor wants it.
func TestNoLongLivedOfOurOwn(t *testing.T) {
	w := newRestartBed(t, [3][]string{nil, {"bgp graceful-restart", "bgp long-lived-graceful-restart stale-time 600"}, nil})
	w.b.kill()
	w.hold(119*time.Second, "the route", w.there)
	w.await(2*time.Second, "its end", func() bool { return w.a.route(2) == nil && w.c.route(2) == nil })
}

// TestBackWhileLongLived clears the mark when the router has sent its routes again.
func TestBackWhileLongLived(t *testing.T) {
	long := "bgp long-lived-graceful-restart stale-time 600"
	w := newRestartBed(t, [3][]string{{long}, {"bgp graceful-restart", long}, nil})
	w.b.kill()
	w.hold(200*time.Second, "the route", w.there)
	w.b.boot()
	w.run(2*time.Minute, func() bool {
		if !w.there() {
			t.Fatal("the route was lost")
		}
		return !w.stale(w.a) && !w.a.route(2).LongLived
	})
	w.settle()
	if w.stale(w.a) || w.c.route(2).Post.Communities().Has(wire.CommunityLLGRStale) {
		t.Error("the route is stale still")
	}
}

// TestRestarterWaits restarts the router between two others: what one has of the other through it stays, because it announces
// nothing, not even End-of-RIB, before both have sent their routes. One of the two comes late.
func TestRestarterWaits(t *testing.T) {
	for seed := range uint64(20) {
		w := &restartBed{lab: newLab(seed), t: t}
		w.a = w.router("a", addrOf(1), speaker(1, nil, 2)...)
		w.b = w.router("b", addrOf(2), speaker(2, restarts, 1, 3)...)
		w.c = w.router("c", addrOf(3), speaker(3, nil, 2)...)
		both := func() bool { return w.a.route(3) != nil && w.c.route(1) != nil }
		w.await(3*time.Minute, "the routes to go everywhere", both)
		w.b.kill()
		w.hold(20*time.Second, "the routes through the killed router", both)
		w.b.boot()
		w.run(3*time.Minute, func() bool {
			if !both() {
				t.Fatalf("seed %d: a route through the restarted router was lost:\n%s", seed, w.text())
			}
			return !stale(w.a, 3) && !stale(w.c, 1)
		})
		if stale(w.a, 3) || stale(w.c, 1) {
			t.Fatalf("seed %d: the routes are stale still", seed)
		}
	}
}

func stale(n *simNode, number int) bool { r := n.route(number); return r == nil || r.Stale }

// TestRestartIsSaidOnce restarts a router and then its neighbor: the router says in its first OPEN that it restarted, and not to
// the neighbor that comes back after it, which is to wait for its routes.
func TestRestartIsSaidOnce(t *testing.T) {
	s := newLab(1)
	a := s.router("a", addrOf(1), speaker(1, restarts, 2)...)
	b := s.router("b", addrOf(2), speaker(2, restarts, 1)...)
	up := func() bool { return a.sessions[0].up != nil && b.sessions[0].up != nil }
	says := func(of *simNode) bool { return of.sessions[0].agreed.PeerOpen.Caps.GracefulRestart.Restarting }
	if !s.run(time.Minute, up) || !says(a) || !says(b) {
		t.Fatal("a fresh router does not say that it restarted")
	}
	s.pass(2 * time.Second)
	a.kill()
	s.pass(time.Second)
	a.boot()
	if !s.run(time.Minute, up) || !says(b) || says(a) {
		t.Errorf("who restarted? a says so: %v; b says so: %v", says(b), says(a))
	}
}

// TestRestartIsOver restarts a router that waits for two neighbors. One is lost again meanwhile, and does not keep it waiting: when
// it is back, the router has announced what it has, and nothing is left of its restart.
func TestRestartIsOver(t *testing.T) {
	s := newLab(1)
	b := s.router("b", addrOf(2), speaker(2, append(slices.Clone(restarts), "neighbor 10.0.0.3 passive"), 1, 3)...)
	a := s.router("a", addrOf(1), speaker(1, restarts, 2)...)
	up := func() bool { return a.sessions[0].up != nil && b.sessions[0].up != nil }
	if !s.run(time.Minute, up) || !b.controller.deferral.active() {
		t.Fatal("no session, or nobody is waited for")
	}
	a.kill()
	s.pass(time.Second)
	s.router("c", addrOf(3), speaker(3, nil, 2)...)
	if !s.run(time.Minute, func() bool { return !b.controller.deferral.active() }) {
		t.Fatal("it waits for the neighbor that is lost")
	}
	a.boot()
	if !s.run(time.Minute, up) || a.sessions[0].agreed.PeerOpen.Caps.GracefulRestart.Restarting {
		t.Error("it says that it restarted, to a neighbor that is to wait for its routes")
	}
}

// TestDeferralEnds announces after select-defer-time although a neighbor never came, and does not wait for one that refuses.
func TestDeferralEnds(t *testing.T) {
	s := newLab(1)
	more := []string{"bgp graceful-restart", "bgp graceful-restart select-defer-time 50", "neighbor 10.0.0.3 passive"}
	b := s.router("b", addrOf(2), speaker(2, more, 1, 3)...)
	a := s.router("a", addrOf(1), speaker(1, nil, 2)...)
	if s.run(49*time.Second, func() bool { return a.route(2) != nil }) {
		t.Fatal("it announced before everybody could have sent")
	}
	if !s.run(5*time.Second, func() bool { return a.route(2) != nil }) || b.controller.deferral.active() {
		t.Fatal("it waits for ever")
	}
	s = newLab(1)
	s.router("b", addrOf(2), speaker(2, append(more, "no bgp graceful-restart select-defer-time"), 1, 3)...)
	a = s.router("a", addrOf(1), speaker(1, nil, 2)...)
	if s.run(119*time.Second, func() bool { return a.route(2) != nil }) || !s.run(5*time.Second, func() bool { return a.route(2) != nil }) {
		t.Fatal("without the statement it does not wait for 120 s")
	}
	s = newLab(1)
	s.router("b", addrOf(2), speaker(2, restarts, 1, 3)...) // nobody listens at the third
	a = s.router("a", addrOf(1), speaker(1, nil, 2)...)
	if !s.run(40*time.Second, func() bool { return a.route(2) != nil }) {
		t.Fatal("it waits for a neighbor that cannot be reached")
	}
}

// TestGracefulLeave ends a daemon to be restarted: only who was not asked to keep its routes is told.
func TestGracefulLeave(t *testing.T) {
	for _, asked := range []bool{true, false} {
		b := restarts
		if !asked {
			b = nil
		}
		w := newRestartBed(t, [3][]string{nil, b, nil})
		w.b.controller.restarting.Store(true)
		s := w.b.sessions[0]
		before := s.peer.Counters().NotificationsSent
		s.step(w.now, retire{subcode: wire.CeaseAdminShutdown, text: "bye"})
		w.settle()
		if (w.a.route(2) != nil) != asked {
			t.Errorf("asked %v: the route is there: %v", asked, w.a.route(2) != nil)
		}
		if told := s.peer.Counters().NotificationsSent; maps.Equal(told, before) != asked {
			t.Errorf("asked %v, told %v", asked, told)
		}
	}
}

// TestNewConnectionOfRestarted takes the new connection of a router that restarted before its old one was found dead.
func TestNewConnectionOfRestarted(t *testing.T) {
	w := newRestartBed(t, [3][]string{{"neighbor 10.0.0.2 passive"}, restarts, nil})
	w.b.crash()
	w.b.boot()
	ups := w.a.sessions[0].ups
	w.run(time.Minute, func() bool {
		if !w.there() {
			t.Fatal("the route was lost")
		}
		return w.a.sessions[0].ups > ups && !w.stale(w.a)
	})
	if w.a.sessions[0].ups == ups {
		t.Fatalf("the new connection was refused:\n%s", strings.Join(w.trace[max(0, len(w.trace)-40):], "\n"))
	}
}

// TestDeferralOfOneFamily announces in each family as soon as nobody is awaited in it any more: a neighbor that has sent the whole
// of one table, and the last one that was awaited and is no neighbor any longer.
func TestDeferralOfOneFamily(t *testing.T) {
	s := newLab(1)
	six := []string{"bgp graceful-restart", "neighbor 10.0.0.3 passive", "address-family ipv6 unicast", "neighbor 10.0.0.1 activate", "neighbor 10.0.0.3 activate",
		"exit", "address-family ipv4 unicast", "no neighbor 10.0.0.3 activate"}
	b := s.router("b", addrOf(2), speaker(2, six, 1, 3)...)
	a := s.router("a", addrOf(1), speaker(1, []string{"address-family ipv6 unicast", "neighbor 10.0.0.2 activate"}, 2)...)
	if !s.run(40*time.Second, func() bool { return a.route(2) != nil }) {
		t.Fatal("the silent neighbor is awaited in a family that it is not to have")
	}
	held := func() bool { return b.controller.deferral.held[1].Load() }
	if !held() {
		t.Fatal("nobody is awaited in the other family")
	}
	b.configure("router bgp 65002", "no neighbor 10.0.0.3")
	s.pass(2 * time.Second)
	if held() || b.controller.deferral.active() {
		t.Error("who is no neighbor any more is awaited")
	}
}

// TestDeferralEndsByFamily announces in a family whose End-of-RIB came, while that of another family of the same neighbor has not.
func TestDeferralEndsByFamily(t *testing.T) {
	s := newLab(1)
	b := s.router("b", addrOf(2), speaker(2, []string{"bgp graceful-restart", "address-family ipv6 unicast", "neighbor 10.0.0.1 activate"}, 1)...)
	s.router("a", addrOf(1), speaker(1, []string{"bgp graceful-restart disable-eor", "address-family ipv6 unicast", "neighbor 10.0.0.2 activate"}, 2)...)
	if !s.run(40*time.Second, func() bool { return b.sessions[0].up != nil }) {
		t.Fatal("no session")
	}
	s.pass(2 * time.Second)
	held := func() [2]bool {
		d := &b.controller.deferral
		return [2]bool{d.held[0].Load(), d.held[1].Load()}
	}
	before := held()
	b.sessions[0].step(s.now, synced{generation: b.sessions[0].routes.Generation, family: wire.IPv4Unicast})
	s.pass(2 * time.Second)
	if before != [2]bool{true, true} || held() != [2]bool{false, true} {
		t.Errorf("held back before: %v, then %v", before, held())
	}
}

// TestReturningNeighborIsLetIn kills a router that was up for a short time again and again: however long its neighbor waits before it
// dials, it takes the connection of the router that is back.
func TestReturningNeighborIsLetIn(t *testing.T) {
	w := newRestartBed(t, [3][]string{{"neighbor 10.0.0.2 timers connect 600"}, restarts, nil})
	for i := range 6 {
		w.b.kill()
		w.pass(time.Second)
		w.b.boot()
		if !w.run(5*time.Second, func() bool { return w.a.sessions[0].up != nil }) {
			t.Fatalf("loss %d: the router that is back is turned away", i+1)
		}
		w.settle()
	}
	if w.stale(w.a) {
		t.Error("the route is stale still")
	}
}
