package daemon

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"bgpsh/daemon/config"
	"bgpsh/daemon/journal"
	"bgpsh/daemon/kernel"
	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
	"bgpsh/fsm"
	"bgpsh/ipc/logline"
)

// running is a daemon under test.
type running struct {
	t *testing.T
	*Daemon
	stop  context.CancelFunc
	ended chan error
}

// start runs a daemon with a startup configuration.
func start(t *testing.T, c Config, lines ...string) *running {
	t.Helper()
	c.StartupConfig = filepath.Join(t.TempDir(), "startup.conf")
	c.Log = testLog(t, c.Network != nil)
	if err := os.WriteFile(c.StartupConfig, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	r := &running{t: t, Daemon: d, stop: stop, ended: make(chan error, 1)}
	go func() { r.ended <- d.Run(ctx) }()
	select {
	case <-d.begun:
	case err := <-r.ended:
		t.Fatal("the daemon did not start: ", err)
	}
	return r
}

// end stops the daemon and tells how long that took.
func (r *running) end() time.Duration {
	r.t.Helper()
	began := time.Now()
	r.stop()
	if err := <-r.ended; err != nil {
		r.t.Error(err)
	}
	return time.Since(began)
}

// established waits for a session of the neighbor with a greater generation than after. On virtual time it waits for more: until
// all has been said and done that a new session brings, so that histories and counters stand still.
func (r *running) established(name string, after uint32) {
	r.t.Helper()
	s := r.published().session(name)
	up := make(chan uint32, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s.inbox.post(waiter{ctx: ctx, after: after, notify: func(g uint32) { up <- g }})
	select {
	case <-up:
	case <-ctx.Done():
		r.t.Fatalf("%s did not come up: %v", name, s.view.Load().down)
	}
	wait(context.Background(), time.Millisecond, nil)
}

// until asks the RIB again after each change until ok, for at most a minute. On virtual time nothing is left to do then.
func (r *running) until(what string, ok func(*rib.RIB) bool) {
	r.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for done := false; !done; {
		if err := r.loop.ask(context.Background(), func(table *rib.RIB) { done = ok(table) }); err != nil {
			r.t.Fatal(err)
		}
		if !done && time.Now().After(deadline) {
			r.t.Fatal("never: ", what)
		}
		wait(context.Background(), time.Millisecond, nil)
	}
}

// holds reports whether the table has the prefix with that AS path.
func holds(prefix, path string) func(*rib.RIB) bool {
	p := netip.MustParsePrefix(prefix)
	return func(r *rib.RIB) bool {
		v, ok := r.Lookup(config.Families[indexOf(p.Addr())], p)
		return ok && v.Paths[0].Reason == 0 && v.Paths[0].Post.ASPath().String() == path
	}
}

func lacks(prefix string) func(*rib.RIB) bool {
	p := netip.MustParsePrefix(prefix)
	return func(r *rib.RIB) bool {
		_, ok := r.Lookup(config.Families[indexOf(p.Addr())], p)
		return !ok
	}
}

func eth(addr string) *kernel.Watcher {
	return kernel.Fake(kernel.Interface{Name: "eth0", Index: 1, Up: true, Addrs: []netip.Prefix{netip.MustParsePrefix(addr)}})
}

// memPair is two hosts on one segment.
func memPair() *transport.MemNetwork {
	m := transport.NewMem()
	m.Change(func(f *transport.Fabric) {
		f.Node("a").Attach("lan", "eth0", "10.0.0.1/24")
		f.Node("b").Attach("lan", "eth0", "10.0.0.2/24")
	})
	return m
}

func sideA(t *testing.T, m *transport.MemNetwork, more ...string) *running {
	return start(t, Config{Network: m.Node("a"), Kernel: eth("10.0.0.1/24")}, append([]string{
		"router bgp 65001", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 65002", "neighbor 10.0.0.2 timers 3 9",
		"address-family ipv4 unicast", "network 192.0.2.0/25", "neighbor 10.0.0.2 allow any in", "neighbor 10.0.0.2 allow any out",
		"exit-address-family"}, more...)...)
}

func sideB(t *testing.T, m *transport.MemNetwork, more ...string) *running {
	return start(t, Config{Network: m.Node("b"), Kernel: eth("10.0.0.2/24")}, append([]string{
		"router bgp 65002", "bgp router-id 10.0.0.2", "neighbor 10.0.0.1 remote-as 65001", "neighbor 10.0.0.1 timers 3 9",
		"address-family ipv4 unicast", "network 192.0.2.128/25", "neighbor 10.0.0.1 allow any in", "neighbor 10.0.0.1 allow any out",
		"exit-address-family"}, more...)...)
}

func TestShellExchangesAndWithdraws(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memPair()
		a, b := sideA(t, m), sideB(t, m)
		a.established("10.0.0.2", 0)
		a.until("b's network at a", holds("192.0.2.128/25", "65002"))
		b.until("a's network at b", holds("192.0.2.0/25", "65001"))
		if took := b.end(); took > 2*time.Second {
			t.Errorf("shutdown took %s", took)
		}
		a.until("b's network gone", lacks("192.0.2.128/25"))
		down := a.published().session("10.0.0.2").view.Load()
		if down.reset == nil || down.reset.Name != "Cease/Administrative Shutdown/Hard Reset" || down.reset.Message != b.controller.farewell {
			t.Errorf("a was told %+v", down.reset)
		}
		a.end()
	})
}

func TestShellHoldTimerExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memPair()
		a, b := sideA(t, m), sideB(t, m)
		a.established("10.0.0.2", 0)
		a.until("b's network at a", holds("192.0.2.128/25", "65002"))
		began := time.Now()
		m.Change(func(f *transport.Fabric) { f.Partition("a", "b") })
		a.until("b's network gone", lacks("192.0.2.128/25"))
		if took := time.Since(began); took < 6*time.Second || took > 11*time.Second {
			t.Errorf("the hold timer of 9 s expired after %s", took)
		}
		if v := a.published().session("10.0.0.2").view.Load(); v.machine.LastReset.Kind != fsm.ReasonHoldExpired {
			t.Errorf("the session ended because of %v", v.machine.LastReset)
		}
		m.Change(func(f *transport.Fabric) { f.Heal("a", "b") })
		a.established("10.0.0.2", 1)
		a.until("b's network is back", holds("192.0.2.128/25", "65002"))
		a.end()
		b.end()
	})
}

func TestRealTCPLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t)
	// A loopback network of this process alone: 127.K.L.11 and .12 at port 21790.
	net := fmt.Sprintf("127.%d.%d.", 64+os.Getpid()>>8%128, os.Getpid()%256)
	first, second := net+"11", net+"12"
	tcp := func(own, other, as, otherAS, network string) *running {
		return start(t, Config{Socket: filepath.Join(t.TempDir(), "s")},
			"router bgp "+as, "bgp router-id 10.0.0."+as[4:], "bgp listen-address "+own+" port 21790",
			"neighbor "+other+" remote-as "+otherAS, "neighbor "+other+" port 21790", "neighbor "+other+" update-source "+own,
			"neighbor "+other+" timers connect 1",
			"address-family ipv4 unicast", "network "+network, "neighbor "+other+" allow any in", "neighbor "+other+" allow any out")
	}
	a := tcp(first, second, "65001", "65002", "192.0.2.0/25")
	b := tcp(second, first, "65002", "65001", "192.0.2.128/25")
	a.established(second, 0)
	a.until("b's network at a", holds("192.0.2.128/25", "65002"))
	b.until("a's network at b", holds("192.0.2.0/25", "65001"))
	a.end()
	b.end()
}

// testLog shows a daemon's log where a test fails.
func testLog(t *testing.T, inMemory bool) *journal.Journal {
	out := &quietLog{t: t}
	j, err := journal.Open(journal.Config{Output: out, Format: journal.Text, Level: logline.Debug, InMemory: inMemory})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.show)
	return j
}

// quietLog keeps what is written until it is known whether the test fails.
type quietLog struct {
	t    *testing.T
	mu   sync.Mutex
	text bytes.Buffer
}

func (q *quietLog) Write(b []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.text.Write(b)
}

func (q *quietLog) show() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.t.Failed() {
		q.t.Log("the daemon's log:\n" + q.text.String())
	}
}

func TestNeighborsNamedByTheirInterface(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := transport.NewMem()
		m.Change(func(f *transport.Fabric) {
			f.Node("a").Attach("lan", "eth0", "fe80::1/64")
			f.Node("b").Attach("lan", "eth0", "fe80::2/64")
		})
		side := func(node, own, other, as string) *running {
			return start(t, Config{
				Network: m.Node(node), Kernel: eth(own + "/64"),
				Discovered: func(string) netip.Addr { return netip.MustParseAddr(other) },
			}, "router bgp "+as, "bgp router-id 10.0.0."+as[4:], "neighbor eth0 interface remote-as external",
				"address-family ipv4 unicast", "network 192.0.2."+as[4:]+"/32", "neighbor eth0 allow any in", "neighbor eth0 allow any out")
		}
		a, b := side("a", "fe80::1", "fe80::2", "65001"), side("b", "fe80::2", "fe80::1", "65002")
		a.established("eth0", 0)
		a.until("b's network", holds("192.0.2.2/32", "65002"))
		b.until("a's network", holds("192.0.2.1/32", "65001"))
		a.end()
		b.end()
	})
}
