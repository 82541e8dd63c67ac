package daemon

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bgpsh/daemon/fault"
	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
	"bgpsh/fsm"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// shaky is a network whose connections with one address panic where they are told to.
type shaky struct {
	transport.Network
	with                       netip.Addr
	read, write, rtt, incoming atomic.Bool
}

func (n *shaky) Dial(ctx context.Context, remote netip.AddrPort, o transport.Options) (transport.Conn, error) {
	c, err := n.Network.Dial(ctx, remote, o)
	if err != nil || remote.Addr() != n.with {
		return c, err
	}
	return &shakyConn{c, n}, nil
}

func (n *shaky) Listen(ctx context.Context, o transport.ListenOptions) (transport.Listener, error) {
	l, err := n.Network.Listen(ctx, o)
	if err != nil {
		return nil, err
	}
	return &shakyListener{l, n}, nil
}

type shakyListener struct {
	transport.Listener
	n *shaky
}

func (l *shakyListener) Accept() (transport.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil || c.RemoteAddr().Addr() != l.n.with {
		return c, err
	}
	return &shakyConn{c, l.n}, nil
}

type shakyConn struct {
	transport.Conn
	n *shaky
}

func (c *shakyConn) Read(b []byte) (int, error) {
	if c.n.read.Load() {
		panic("planted in Read")
	}
	return c.Conn.Read(b)
}

func (c *shakyConn) WriteBuffers(v *net.Buffers) (int64, error) {
	if c.n.write.Load() {
		panic("planted in WriteBuffers")
	}
	return c.Conn.WriteBuffers(v)
}

func (c *shakyConn) RTT() time.Duration {
	if c.n.rtt.Load() {
		panic("planted in RTT")
	}
	return c.Conn.RTT()
}

func (c *shakyConn) RemoteAddr() netip.AddrPort {
	if c.n.incoming.Load() {
		panic("planted in RemoteAddr")
	}
	return c.Conn.RemoteAddr()
}

// A wounded is a daemon with one healthy neighbor, 10.0.0.3, and one, 10.0.0.2, about which it has faults.
type wounded struct {
	*running
	net *shaky
	m   *transport.MemNetwork
	c   *running
	dir string
}

const sick, healthy = "10.0.0.2", "10.0.0.3"

// newWounded starts both daemons; more are lines of the first.
func newWounded(t *testing.T, more ...string) *wounded {
	t.Helper()
	m := transport.NewMem()
	m.Change(func(f *transport.Fabric) {
		f.Node("a").Attach("lan", "eth0", "10.0.0.1/24")
		f.Node("b").Attach("lan", "eth0", "10.0.0.2/24")
		f.Node("c").Attach("lan", "eth0", "10.0.0.3/24")
	})
	w := &wounded{m: m, net: &shaky{Network: m.Node("a"), with: netip.MustParseAddr(sick)}, dir: t.TempDir()}
	w.running = start(t, Config{Network: w.net, Kernel: eth("10.0.0.1/24"), DataDir: w.dir}, append([]string{
		"router bgp 65001", "bgp router-id 10.0.0.1",
		"neighbor 10.0.0.2 remote-as 65002", "neighbor 10.0.0.2 passive", "neighbor 10.0.0.2 password hunter2planted",
		"neighbor 10.0.0.3 remote-as 65003",
		"address-family ipv4 unicast", "neighbor 10.0.0.2 allow any in", "neighbor 10.0.0.2 allow any out",
		"neighbor 10.0.0.3 allow any in", "neighbor 10.0.0.3 allow any out", "network 192.0.2.0/25"}, more...)...)
	w.c = start(t, Config{Network: m.Node("c"), Kernel: eth("10.0.0.3/24")},
		"router bgp 65003", "bgp router-id 10.0.0.3", "neighbor 10.0.0.1 remote-as 65001",
		"address-family ipv4 unicast", "network 203.0.113.0/24", "neighbor 10.0.0.1 allow any in", "neighbor 10.0.0.1 allow any out")
	w.established(healthy, 0)
	w.until("the healthy neighbor's network", holds("203.0.113.0/24", "65003"))
	return w
}

// raw is a session with the sick neighbor, spoken byte by byte.
func (w *wounded) raw() *rawPeer {
	w.t.Helper()
	w.until("the neighbor may call", func(*rib.RIB) bool { return w.published().session(sick).view.Load().machine.State == fsm.Active })
	conn, err := w.m.Node("b").Dial(w.t.Context(), netip.MustParseAddrPort("10.0.0.1:179"), transport.Options{Password: "hunter2planted"})
	if err != nil {
		w.t.Fatal(err)
	}
	return rawOpen(w.t, conn)
}

// ceased reads until the NOTIFICATION and checks that it is the one of a fault.
func (w *wounded) ceased(p *rawPeer) {
	w.t.Helper()
	for {
		switch got, body := p.read(); got {
		case wire.TypeNotification:
			if len(body) < 2 || body[0] != wire.CodeCease || body[1] != wire.CeaseAdminReset || !strings.Contains(string(body), internalError) {
				w.t.Errorf("the neighbor was told % x", body)
			}
			return
		}
	}
}

// one checks that there was one fault of that kind with a report about the sick neighbor, and gives the report's text.
func (w *wounded) one(p fault.Place) string {
	w.t.Helper()
	for place, n := range w.faults.Counts() {
		if want := map[bool]uint64{true: 1}[fault.Place(place) == p]; n != want {
			w.t.Errorf("%d faults of kind %s, want %d", n, fault.Place(place), want)
		}
	}
	last := w.faults.Last()
	if len(last) == 0 || last[0].Report == "" {
		w.t.Fatalf("no report: %+v", last)
	}
	info, err := os.Stat(last[0].Report)
	if err != nil {
		w.t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		w.t.Errorf("the report has mode %s", info.Mode())
	}
	text, err := os.ReadFile(last[0].Report)
	if err != nil {
		w.t.Fatal(err)
	}
	if strings.Contains(string(text), "hunter2planted") {
		w.t.Error("the report shows a password")
	}
	if !strings.Contains(string(text), "goroutine ") {
		w.t.Errorf("the report has no stack: %s", text)
	}
	return string(text)
}

// runWounded runs a test in a bubble of its own; behind it the healthy neighbor must have noticed nothing.
func runWounded(t *testing.T, run func(t *testing.T, w *wounded), more ...string) {
	synctest.Test(t, func(t *testing.T) {
		w := newWounded(t, more...)
		run(t, w)
		w.finish()
	})
}

// back has the sick neighbor call again and waits for a session behind the one of that number.
func (w *wounded) back(after uint32) {
	w.t.Helper()
	w.raw()
	w.established(sick, after)
}

// finish checks that the healthy neighbor noticed nothing, and ends both daemons.
func (w *wounded) finish() {
	w.t.Helper()
	if v := w.published().session(healthy).view.Load(); v.agreed == nil || v.ups != 1 || v.downs != 0 {
		w.t.Errorf("the healthy neighbor: %d ups, %d downs", v.ups, v.downs)
	}
	w.end()
	w.c.end()
}

// downUntil waits until the sick neighbor is down for that cause.
func (w *wounded) downUntil(want api.DownCause) *api.Down {
	w.t.Helper()
	for range 6000 { // a minute
		if d := w.published().session(sick).view.Load().down; d != nil && d.Cause == want {
			return d
		}
		wait(context.Background(), 10*time.Millisecond, nil)
	}
	w.t.Fatalf("%s is never down because of %s: %v", sick, want, w.published().session(sick).view.Load().down)
	return nil
}

func TestFaultOfASessionEndsThatSessionAlone(t *testing.T) {
	runWounded(t, func(t *testing.T, w *wounded) {
		w.net.rtt.Store(true) // which the session asks for when it comes up
		p := w.raw()
		w.ceased(p)
		w.net.rtt.Store(false)
		if d := w.downUntil(api.DownFault); !strings.Contains(d.Text, "report ") {
			t.Errorf("down: %s", d)
		}
		if text := w.one(fault.Session); !strings.Contains(text, "planted in RTT") || !strings.Contains(text, "perform.go") {
			t.Errorf("report: %s", text)
		}
		w.downUntil(api.DownPassive) // the hold is over
		w.back(0)
	})
}

func TestFaultOfAReaderEndsThatSessionAlone(t *testing.T) {
	runWounded(t, func(t *testing.T, w *wounded) {
		p := w.raw()
		w.established(sick, 0)
		p.announce(attrs(originIGP, path65002, hopOfPeer)...)
		w.until("a route of the sick neighbor", holds("198.51.100.0/24", "65002"))
		w.published().session(sick).imports.Store(nil)
		p.announce(attrs(originIGP, path65002, hopOfPeer)...)
		w.ceased(p)
		w.until("its route is gone", lacks("198.51.100.0/24"))
		if text := w.one(fault.Reader); !strings.Contains(text, "message, ") || !strings.Contains(text, "18 c6 33 64") { // the prefix in the dump
			t.Errorf("report: %s", text)
		}
		w.back(1)
	})
}

func TestFaultOfASocketEndsThatSessionAlone(t *testing.T) {
	runWounded(t, func(t *testing.T, w *wounded) {
		p := w.raw()
		w.established(sick, 0)
		w.net.read.Store(true)
		p.announce(attrs(originIGP, path65002, hopOfPeer)...) // this read was under way before
		p.announce(attrs(originIGP, path65002, hopOfPeer)...)
		w.ceased(p)
		w.net.read.Store(false)
		if n := w.faults.Counts()[fault.Reader]; n == 0 {
			t.Error("no fault of a reader was counted")
		}
		w.back(1)
		w.net.write.Store(true)
		w.post(sick, soft{out: true, families: []wire.Family{wire.IPv4Unicast}})
		w.until("the session is down", func(*rib.RIB) bool { return w.published().session(sick).view.Load().agreed == nil })
		w.net.write.Store(false)
		if n := w.faults.Counts()[fault.Writer]; n == 0 {
			t.Error("no fault of a writer was counted")
		}
		w.back(2)
	})
}

func (w *wounded) post(name string, m any) { w.published().session(name).inbox.post(m) }

func TestFaultOfAPolicyDeniesTheRoute(t *testing.T) {
	runWounded(t, func(t *testing.T, w *wounded) {
		p := w.raw()
		w.established(sick, 0)
		pfx := wire.PrefixFrom(netip.MustParsePrefix("198.51.100.0/24"))
		pre := wire.NewEditor(nil)
		pre.Set(wire.AttrOrigin, wire.FlagTransitive, []byte{0})
		pre.SetNextHop(netip.MustParseAddr("10.0.0.2"))
		pre.Set(wire.AttrASPath, wire.FlagTransitive, []byte{2, 1, 0, 0, 0xfd, 0xea})
		in := wire.Attrs(pre.AppendTo(nil))
		var imported, exported rib.Reason
		s := w.published().session(sick)
		number := s.routes.Families[0].Group.Policy
		if err := w.loop.order(t.Context(), func(*rib.RIB) { // without an editor a policy that edits panics
			exported = w.controller.exports.evaluate(number, netip.Addr{}, wire.IPv4Unicast, in, pfx, nil)
			imported = w.loop.evaluateImport(s.stream.peer, wire.IPv4Unicast, in, pfx, nil)
		}); err != nil {
			t.Fatal(err)
		}
		if imported != rib.Filtered || exported != rib.Filtered {
			t.Errorf("import %s, export %s, want both filtered", imported, exported)
		}
		w.ceased(p)
		if n := w.faults.Counts()[fault.Policy]; n != 2 {
			t.Errorf("%d faults of policies", n)
		}
		w.back(1)
	}, "neighbor 10.0.0.2 weight 7", "neighbor 10.0.0.2 export metric 9")
}

// What the table remembers from before a fault of a policy does no harm behind it.
func TestTraceFromBeforeAFault(t *testing.T) {
	runWounded(t, func(t *testing.T, w *wounded) {
		w.raw()
		w.established(sick, 0)
		number := w.published().session(sick).routes.Families[0].Group.Policy
		pfx := wire.PrefixFrom(netip.MustParsePrefix("198.51.100.0/24"))
		x, e := w.controller.exports, wire.NewEditor(nil)
		e.SetNextHop(netip.MustParseAddr("10.0.0.2"))
		in := wire.Attrs(e.AppendTo(nil))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := w.loop.order(ctx, func(*rib.RIB) {
			h := hits{w.loop}
			reason := x.evaluate(number, netip.Addr{}, wire.IPv4Unicast, in, pfx, e)
			trace := h.ExportTrace(number)
			if reason != 0 || trace == 0 {
				t.Errorf("%v, trace %d", reason, trace)
			}
			x.evaluate(number, netip.Addr{}, wire.IPv4Unicast, in, pfx, nil) // panics
			h.ExportAgain(number, wire.IPv4Unicast, trace, pfx)
		}); err != nil {
			t.Fatal(err)
		}
		if n := w.faults.Counts()[fault.Policy]; n != 1 {
			t.Errorf("%d faults of policies", n)
		}
	}, "neighbor 10.0.0.2 route-map OUT out", "exit", "exit", "route-map OUT permit 10", "set metric 9")
}

func TestFaultOfAQuestionOrAChangeIsAnswered(t *testing.T) {
	runWounded(t, func(t *testing.T, w *wounded) {
		if err := w.loop.ask(t.Context(), func(*rib.RIB) { panic("planted") }); err == nil || !strings.Contains(err.Error(), errFault.Error()) {
			t.Errorf("the question was answered %v", err)
		}
		_, err := request(t.Context(), w.Daemon, func(reply func(int, error)) any {
			return errand{run: func(time.Time) { panic("planted: neighbor 10.0.0.9 password other") }, refuse: func(err error) { reply(0, err) }}
		})
		if err == nil || strings.Contains(err.Error(), "other") {
			t.Errorf("the change was answered %v", err)
		}
		counts := w.faults.Counts()
		if counts[fault.Question] != 1 || counts[fault.Controller] != 1 {
			t.Errorf("counts: %v", counts)
		}
		for _, b := range w.faults.Last() {
			if strings.Contains(b.Text(), "other") {
				t.Errorf("a secret is told: %s", b.Text())
			}
		}
	})
}

func TestFaultOfAListenerCostsTheCallerOnly(t *testing.T) {
	runWounded(t, func(t *testing.T, w *wounded) {
		w.net.incoming.Store(true)
		conn, err := w.m.Node("b").Dial(t.Context(), netip.MustParseAddrPort("10.0.0.1:179"), transport.Options{Password: "hunter2planted"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("the caller was served")
		}
		w.one(fault.Listener)
		w.net.incoming.Store(false)
		w.back(0)
	})
}

// TestRepeatedFaultsWaitLonger: a neighbor whose messages lead to a fault each time is tried more and more seldom, and fills no disk.
func TestRepeatedFaultsWaitLonger(t *testing.T) {
	var m mishaps
	now := simStart
	var waits []time.Duration
	for range 12 {
		waits = append(waits, m.wait(now))
		now = now.Add(faultMemory / 2)
	}
	if waits[0] != time.Second || waits[3] != 8*time.Second || waits[11] != faultMaxWait {
		t.Errorf("waits: %v", waits)
	}
	if w := m.wait(now.Add(faultMemory)); w != time.Second {
		t.Errorf("after a while without faults: %s", w)
	}
}

// TestFaultOfTheTableEndsTheDaemon: another process, because nothing of it may go on.
func TestFaultOfTheTableEndsTheDaemon(t *testing.T) {
	dir := t.TempDir()
	for i, want := range []api.DownCause{api.DownPassive, api.DownPassive, api.DownFault} {
		out, err := helper(t, "TestTableFaultHelper", "FAULT_DIR="+dir).CombinedOutput()
		if !strings.Contains(string(out), "down "+string(want)) {
			t.Fatalf("run %d: the neighbor is not %s: %v\n%s", i, want, err, out)
		}
		if want != api.DownFault && (exitCode(err) != 70 || !strings.Contains(string(out), "a batch of its routes")) {
			t.Fatalf("run %d ended with %v\n%s", i, err, out)
		}
	}
	var reports int
	for _, b := range fault.Earlier(reportsDir(dir)) {
		text, err := os.ReadFile(b.Report)
		if err != nil || b.Place != fault.Table || b.Subject != sick || !strings.Contains(string(text), "198.51.100.0/24") {
			t.Errorf("%s: %v\n%s", b.Report, err, text)
		}
		reports++
	}
	if reports != 2 {
		t.Errorf("%d reports", reports)
	}
}

// TestTableFaultHelper is the process of TestFaultOfTheTableEndsTheDaemon: the neighbor's batch breaks the table.
func TestTableFaultHelper(t *testing.T) {
	dir := os.Getenv("FAULT_DIR")
	if dir == "" {
		t.Skip("helper")
	}
	m := memPair()
	a := start(t, Config{Network: m.Node("a"), Kernel: eth("10.0.0.1/24"), DataDir: dir},
		"router bgp 65001", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 65002", "neighbor 10.0.0.2 passive",
		"address-family ipv4 unicast", "neighbor 10.0.0.2 allow any in", "neighbor 10.0.0.2 allow any out")
	s := a.published().session(sick)
	down := s.view.Load().down
	t.Logf("down %s", down.Cause)
	t.Fail() // so that the log is shown
	if down.Cause == api.DownFault {
		return
	}
	os.Stdout.WriteString("down " + string(down.Cause) + "\n")
	rawSession(t, m)
	a.established(sick, 0)
	b := new(rib.Batch)
	b.Generation = 1
	b.Withdraw(wire.IPv4Unicast, wire.NLRI{Prefix: wire.PrefixFrom(netip.MustParsePrefix("198.51.100.0/24"))})
	a.until("the table has the neighbor", func(*rib.RIB) bool { return s.stream.peer != rib.Local })
	if err := a.loop.order(t.Context(), func(*rib.RIB) {
		a.loop.rib = nil // nothing of the table is where it was
		s.stream.put(streamItem{batch: b})
	}); err != nil {
		t.Fatal(err)
	}
	var broken *Broken
	if err := <-a.ended; !errors.As(err, &broken) {
		t.Fatal(err)
	}
	os.Stdout.WriteString(broken.Error() + "\n")
	os.Exit(70)
}
