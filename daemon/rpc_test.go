package daemon

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bgpsh/daemon/kernel"
	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// client is a connection to a daemon under test.
type client struct {
	t *testing.T
	*ipc.Client
}

func dialDaemon(t *testing.T, r *running) *client {
	t.Helper()
	c, err := ipc.Dial(t.Context(), r.config.Socket, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &client{t, c}
}

// must calls a method that has to succeed.
func must[R any](c *client, method string, params any) (result R) {
	c.t.Helper()
	if err := c.Call(c.t.Context(), method, params, &result); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
	return result
}

// fails calls a method that has to fail with a code.
func (c *client) fails(code int, method string, params any) *ipc.Error {
	c.t.Helper()
	var result any
	err := c.Call(c.t.Context(), method, params, &result)
	var e *ipc.Error
	if !errors.As(err, &e) || e.Code != code {
		c.t.Fatalf("%s gave %v, want code %d", method, err, code)
	}
	return e
}

// apply runs lines as one transaction.
func (c *client) apply(lines ...string) api.ApplyResult {
	c.t.Helper()
	var in []api.Line
	for i, l := range lines {
		in = append(in, api.Line{Number: i + 1, Text: l})
	}
	return must[api.ApplyResult](c, api.ConfigApply, api.ApplyParams{Lines: in})
}

// withSocket is a daemon of a pair that has a socket too.
func withSocket(t *testing.T, m *transport.MemNetwork, node, addr string, k *kernel.Watcher, lines ...string) (*running, *client) {
	t.Helper()
	if k == nil {
		k = eth(addr)
	}
	r := start(t, Config{Network: m.Node(node), Kernel: k, Socket: filepath.Join(t.TempDir(), "s"), Version: "1.2"}, lines...)
	t.Cleanup(func() { r.end() })
	return r, dialDaemon(t, r)
}

func TestEveryMethodHasItsHandler(t *testing.T) {
	r, _ := withSocket(t, memPair(), "a", "10.0.0.1/24", nil)
	registered := r.server.Methods()
	for _, m := range api.Methods {
		role, ok := registered[m.Name]
		if !ok {
			t.Errorf("%s has no handler", m.Name)
		} else if role.String() != string(m.Role) {
			t.Errorf("%s needs role %s, documented is %s", m.Name, role, m.Role)
		}
	}
}

func TestEmptyDaemonSaysHowToBegin(t *testing.T) {
	_, c := withSocket(t, memPair(), "a", "10.0.0.1/24", nil, "hostname r7")
	hello := must[api.Hello](c, api.DaemonHello, nil)
	if hello.Hostname != "r7" || hello.Role != api.Change || len(hello.Notices) != 1 || !strings.Contains(hello.Notices[0], "router bgp") {
		t.Errorf("hello is %+v", hello)
	}
	if e := c.fails(api.CodeNoBGP, api.BGPSummary, nil); e.Message == "" {
		t.Error("no message")
	}
	if v := must[api.Version](c, api.DaemonVersion, nil); v.Version != "1.2" || v.Profile != "bgpsh" {
		t.Errorf("version is %+v", v)
	}
}

func TestConfiguredSessionIsShown(t *testing.T) {
	m := memPair()
	b := sideB(t, m)
	defer b.end()
	a, c := withSocket(t, m, "a", "10.0.0.1/24", nil)
	answer := c.apply("router bgp 65001", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 65002")
	if !answer.Applied || len(answer.Changes) == 0 {
		t.Fatalf("answer is %+v", answer)
	}
	policy := false
	for _, l := range answer.Lines {
		policy = policy || strings.Contains(strings.Join(l.Remedy, ";"), "neighbor 10.0.0.2 allow any in")
	}
	if !policy {
		t.Errorf("the answer does not name the lines that RFC 8212 asks for: %+v", answer.Lines)
	}
	must[api.WaitResult](c, api.BGPWaitEstablished, api.WaitEstablishedParams{Neighbor: "10.0.0.2"})
	must[api.WaitResult](c, api.BGPWaitConverged, nil)
	row := must[api.Summary](c, api.BGPSummary, nil).Families[0].Peers[0]
	if row.State != api.Established || row.DenyIn != api.DenyPolicy || row.DenyOut != api.DenyPolicy || row.Accepted != 0 {
		t.Errorf("summary row is %+v", row)
	}
	answer = c.apply("router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.2 allow any in",
		"neighbor 10.0.0.2 allow any out", "network 192.0.2.0/25")
	if r := answer.Changes[0]; r.Object != "10.0.0.2" || r.Effect != api.EffectRefresh {
		t.Errorf("the change of policy is answered with %+v", answer.Changes)
	}
	b.until("a's network at b", holds("192.0.2.0/25", "65001"))
	a.until("b's network at a", holds("192.0.2.128/25", "65002"))
	route := must[api.LookupResult](c, api.BGPLookup, api.LookupParams{Address: netip.MustParseAddr("192.0.2.200")}).Route
	if route.Prefix.String() != "192.0.2.128/25" || route.Paths[0].Neighbor != "10.0.0.2" || route.Paths[0].ASPath != "65002" {
		t.Errorf("longest match is %+v", route)
	}
	sent := must[api.RoutesPage](c, api.BGPRoutes, api.RoutesParams{Family: api.IPv4Unicast, View: api.ViewAdvertised, Neighbor: "10.0.0.2"})
	if len(sent.Routes) != 1 || sent.Routes[0].Paths[0].NextHop.String() != "10.0.0.1" || sent.Routes[0].Paths[0].ASPath != "65001" {
		t.Errorf("advertised are %+v", sent.Routes)
	}
}

func TestResetAnswersWithWhatItCost(t *testing.T) {
	m := memPair()
	b := sideB(t, m)
	defer b.end()
	_, c := withSocket(t, m, "a", "10.0.0.1/24", nil, "router bgp 65001", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 65002",
		"address-family ipv4 unicast", "neighbor 10.0.0.2 allow any in", "neighbor 10.0.0.2 allow any out")
	first := must[api.WaitResult](c, api.BGPWaitEstablished, api.WaitEstablishedParams{Neighbor: "10.0.0.2"})
	b.until("nothing", func(*rib.RIB) bool { return true })
	must[api.WaitResult](c, api.BGPWaitConverged, nil)
	answer := c.apply("router bgp 65001", "neighbor 10.0.0.2 timers 5 15")
	r := answer.Changes[0]
	if r.Effect != api.EffectReset || r.State != "Established" || !strings.Contains(r.What, "hold time 15 s") {
		t.Errorf("answer is %+v", answer.Changes)
	}
	second := must[api.WaitResult](c, api.BGPWaitEstablished, api.WaitEstablishedParams{Neighbor: "10.0.0.2", AfterGeneration: &first.Generation})
	if second.Generation != first.Generation+1 {
		t.Errorf("generation %d after %d", second.Generation, first.Generation)
	}
	n := must[api.Neighbors](c, api.BGPNeighbors, api.NeighborsParams{Neighbor: "10.0.0.2"}).Neighbors[0]
	if n.LastReset == nil || n.LastReset.Kind != api.ResetConfig || n.Timers.HoldSec != 9 {
		t.Errorf("last reset %+v, hold %d", n.LastReset, n.Timers.HoldSec)
	}
}

func TestShutdownWithMessage(t *testing.T) {
	m := memPair()
	b := sideB(t, m)
	defer b.end()
	_, c := withSocket(t, m, "a", "10.0.0.1/24", nil, "router bgp 65001", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 65002")
	must[api.WaitResult](c, api.BGPWaitEstablished, api.WaitEstablishedParams{Neighbor: "10.0.0.2"})
	c.apply("router bgp 65001", "neighbor 10.0.0.2 shutdown message planned work")
	n := must[api.Neighbors](c, api.BGPNeighbors, api.NeighborsParams{Neighbor: "10.0.0.2"}).Neighbors[0]
	if n.State != api.Idle || !n.AdminDown || n.Down == nil || n.Down.Cause != api.DownShutdown || n.Down.Text != "planned work" {
		t.Errorf("neighbor is %+v, down %+v", n.State, n.Down)
	}
	peer := b.published().session("10.0.0.1")
	b.until("b was told", func(*rib.RIB) bool { return peer.view.Load().reset != nil })
	if v := peer.view.Load(); v.reset.Message != "planned work" || v.down.Cause != api.DownPeerShutdown {
		t.Errorf("b was told %+v, down %+v", v.reset, v.down)
	}
	c.apply("router bgp 65001", "no neighbor 10.0.0.2 shutdown")
	must[api.WaitResult](c, api.BGPWaitEstablished, api.WaitEstablishedParams{Neighbor: "10.0.0.2", TimeoutMs: 60_000})
}

func TestDownCauses(t *testing.T) {
	m := memPair()
	_, c := withSocket(t, m, "a", "10.0.0.1/24", nil, "router bgp 65001", "bgp router-id 10.0.0.1",
		"neighbor 10.0.0.2 remote-as 65002", "neighbor 10.0.0.3 remote-as 65003", "neighbor 10.0.0.3 passive",
		"neighbor 10.7.7.7 remote-as 65004", "neighbor 10.0.0.4 remote-as 65005", "neighbor 10.0.0.4 shutdown",
		"neighbor eth0 interface remote-as external", "neighbor 10.0.0.5 remote-as 65006", "address-family ipv4 unicast", "no neighbor 10.0.0.5 activate")
	want := map[string]api.DownCause{
		"10.0.0.2": api.DownRefused, "10.0.0.3": api.DownPassive, "10.7.7.7": api.DownNotConnected,
		"10.0.0.4": api.DownShutdown, "10.0.0.5": api.DownInactive, "eth0": api.DownNoDiscovery,
	}
	for name, cause := range want {
		c.down(name, cause)
	}
	if d := c.down("10.7.7.7", api.DownNotConnected); !strings.Contains(d.Remedy, "ebgp-multihop") {
		t.Errorf("the remedy is %q", d.Remedy)
	}
	if d := c.down("10.0.0.2", api.DownRefused); d.Tries == 0 || d.Address.String() != "10.0.0.2:179" || d.NextMs == nil {
		t.Errorf("refused is %+v: %s", d, d)
	}
}

// down waits until a neighbor is down for that cause.
func (c *client) down(name string, cause api.DownCause) *api.Down {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	for ; ctx.Err() == nil; wait(ctx, time.Millisecond, nil) {
		n := must[api.Neighbors](c, api.BGPNeighbors, api.NeighborsParams{Neighbor: name}).Neighbors[0]
		if n.Down != nil && n.Down.Cause == cause {
			return n.Down
		}
	}
	n := must[api.Neighbors](c, api.BGPNeighbors, api.NeighborsParams{Neighbor: name}).Neighbors[0]
	c.t.Fatalf("%s is down because of %+v, want %s", name, n.Down, cause)
	return nil
}

func TestWrongASIsNamed(t *testing.T) {
	m := memPair()
	b := sideB(t, m)
	defer b.end()
	_, c := withSocket(t, m, "a", "10.0.0.1/24", nil, "router bgp 65001", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 64999")
	if d := c.down("10.0.0.2", api.DownPeerAS); d.Got != "65002" || d.Want != "64999" {
		t.Errorf("down is %+v", d)
	}
}

func TestVoidTransactionChangesNothing(t *testing.T) {
	_, c := withSocket(t, memPair(), "a", "10.0.0.1/24", nil, "router bgp 65001", "neighbor 10.0.0.2 remote-as 65002")
	before := must[api.Running](c, api.ConfigRunning, nil)
	answer := c.apply("router bgp 65001", "neighbor 10.0.0.9 remote-as 65009", "neighbor 10.0.0.9 tiimers 1 3")
	if answer.Applied || len(answer.Lines) != 1 || answer.Lines[0].Line != 3 || answer.Lines[0].Severity != api.SevError {
		t.Errorf("answer is %+v", answer)
	}
	after := must[api.Running](c, api.ConfigRunning, nil)
	if strings.Join(before.Lines, "\n") != strings.Join(after.Lines, "\n") || before.Version != after.Version {
		t.Errorf("the running configuration changed to %q", after.Lines)
	}
	c.fails(api.CodeGone, api.ConfigApply, api.ApplyParams{Context: []string{"router bgp 64000"}, Lines: []api.Line{{Text: "no neighbor 10.0.0.2"}}})
}

func TestTransactionInParts(t *testing.T) {
	r, c := withSocket(t, memPair(), "a", "10.0.0.1/24", nil)
	id := must[api.BeginResult](c, api.ConfigBegin, nil).Transaction
	must[api.AppendResult](c, api.ConfigAppend, api.AppendParams{Transaction: id, Lines: []api.Line{{Number: 1, Text: "router bgp 65001"}}})
	other := dialDaemon(t, r)
	other.fails(api.CodeNotFound, api.ConfigCommit, api.CommitParams{Transaction: id})
	must[api.AppendResult](c, api.ConfigAppend, api.AppendParams{Transaction: id, Lines: []api.Line{{Number: 2, Text: "neighbor 10.0.0.2 remote-as 65002"}}})
	if answer := must[api.ApplyResult](c, api.ConfigCommit, api.CommitParams{Transaction: id}); !answer.Applied {
		t.Errorf("answer is %+v", answer)
	}
	c.fails(api.CodeNotFound, api.ConfigCommit, api.CommitParams{Transaction: id})
}

func TestTransactionOfPackedText(t *testing.T) {
	_, c := withSocket(t, memPair(), "a", "10.0.0.1/24", nil)
	pack := func(text string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(text))
		z.Close()
		return b.Bytes()
	}
	id := must[api.BeginResult](c, api.ConfigBegin, nil).Transaction
	part := func(text string, packed []byte) api.AppendParams {
		return api.AppendParams{Transaction: id, Text: text, Packed: packed}
	}
	whole := pack("hostname r1\n")
	for name, p := range map[string]api.AppendParams{
		"both": part("hostname r1\n", whole), "no gzip": part("", []byte("hostname r1\n")), "cut off": part("", whole[:len(whole)-6]),
		"half a line": part("", pack("hostname")),
	} {
		if bad := c.fails(ipc.CodeInvalidParams, api.ConfigAppend, p); bad == nil {
			t.Errorf("%s was taken", name)
		}
	}
	c.fails(api.CodeTooLong, api.ConfigAppend, part("", pack(strings.Repeat("\n", maxTransaction+1))))
	c.fails(api.CodeTooLong, api.ConfigAppend, part("", pack("!"+strings.Repeat(" ", maxPart)+"\n")))
	must[api.AppendResult](c, api.ConfigAppend, part("", pack("!\nrouter bgp 65001\n")))
	if r := must[api.AppendResult](c, api.ConfigAppend, part(" neighbor 10.0.0.2 remote-as 65002\n", nil)); r.Lines != 3 {
		t.Errorf("%d lines, three were handed over", r.Lines)
	}
	if r := must[api.CommitResult](c, api.ConfigReplace, api.ReplaceParams{Name: "f", Transaction: id}); !r.Applied {
		t.Errorf("%+v", r)
	}
	running := must[api.Running](c, api.ConfigRunning, nil)
	if text := strings.Join(running.Lines, "\n"); !strings.Contains(text, "router bgp 65001\n") || !strings.Contains(text, "\n neighbor 10.0.0.2 remote-as 65002\n") {
		t.Error(text)
	}
}

// The running configuration comes packed too, for one who may only look without its secrets.
func TestRunningConfigurationPacked(t *testing.T) {
	unpacked := func(packed []byte) string {
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	d, c := withSocket(t, memPair(), "a", "10.0.0.1/24", nil, "router bgp 65001", "neighbor 10.0.0.2 remote-as 65002", "neighbor 10.0.0.2 password hidden")
	want := strings.Join(must[api.Running](c, api.ConfigRunning, nil).Lines, "\n") + "\n"
	packed := must[api.Running](c, api.ConfigRunning, api.RunningParams{Packed: true})
	if text := unpacked(packed.Packed); text != want || len(packed.Lines) > 0 || !strings.Contains(text, " password hidden\n") {
		t.Errorf("%s\nbut packed\n%s\nand %q", want, text, packed.Lines)
	}
	looking, err := d.configRunning(t.Context(), &ipc.Caller{Role: ipc.Look}, api.RunningParams{Packed: true})
	if text := unpacked(looking.Packed); err != nil || text == want || strings.Contains(text, "hidden") || strings.Count(text, "\n") != strings.Count(want, "\n") {
		t.Errorf("%v %s", err, text)
	}
}

func TestWriteAndForeignChange(t *testing.T) {
	r, c := withSocket(t, memPair(), "a", "10.0.0.1/24", nil, "! the edge router", "hostname r1", "router bgp 65001")
	if running := must[api.Running](c, api.ConfigRunning, nil); running.Unsaved {
		t.Error("unsaved right after the load")
	}
	c.apply("hostname r2")
	if running := must[api.Running](c, api.ConfigRunning, nil); !running.Unsaved {
		t.Error("not unsaved after a change")
	}
	result := must[api.WriteResult](c, api.ConfigWrite, nil)
	text, _ := os.ReadFile(result.Path)
	if !strings.Contains(string(text), "hostname r2") || !strings.Contains(string(text), "! the edge router") {
		t.Errorf("the file is %q", text)
	}
	if old, err := os.ReadFile(result.Kept); err != nil || !strings.Contains(string(old), "hostname r1") {
		t.Errorf("the old file is %q, %v", old, err)
	}
	if running := must[api.Running](c, api.ConfigRunning, nil); running.Unsaved {
		t.Error("unsaved right after write")
	}
	if err := os.WriteFile(r.config.StartupConfig, []byte("hostname other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.fails(api.CodeRefused, api.ConfigWrite, nil)
	must[api.WriteResult](c, api.ConfigWrite, api.WriteParams{Force: true})
}

func TestBadStartupLinesAreHeldBack(t *testing.T) {
	r, c := withSocket(t, memPair(), "a", "10.0.0.1/24", nil, "router bgp 65001", "neighbor 10.0.0.2 remote-as 65002",
		"neighbor 10.0.0.2 pasword secret", "neighbor 10.0.0.3 remote-as 65003")
	errs := must[api.StartupErrors](c, api.ConfigStartupErrors, nil).Errors
	if len(errs) != 1 || errs[0].Line != 3 || errs[0].HeldBack == "" || strings.Contains(errs[0].Input, "secret") {
		t.Errorf("errors are %+v", errs)
	}
	if d := c.down("10.0.0.2", api.DownConfig); d.Line != 3 {
		t.Errorf("down is %+v", d)
	}
	c.fails(api.CodeRefused, api.ConfigWrite, nil)
	must[api.WriteResult](c, api.ConfigWrite, api.WriteParams{Force: true})
	if errs := must[api.StartupErrors](c, api.ConfigStartupErrors, nil).Errors; len(errs) != 0 {
		t.Errorf("after write there are still %+v", errs)
	}
	_ = r
}

func TestReloadTakesBackUnsavedChanges(t *testing.T) {
	r, c := withSocket(t, memPair(), "a", "10.0.0.1/24", nil, "hostname r1", "router bgp 65001", "neighbor 10.0.0.2 remote-as 65002")
	c.apply("hostname live", "router bgp 65001", "neighbor 10.0.0.3 remote-as 65003")
	reload := func() error {
		done := make(chan error, 1)
		r.controller.inbox.post(reloadRequest{who: author{user: "test"}, reply: func(err error) { done <- err }})
		return <-done
	}
	if err := os.WriteFile(r.config.StartupConfig, []byte("hostname r1\nrouter bgp 65001\n neighbor 10.0.0.2 remote-as x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := reload(); err == nil || must[api.Hello](c, api.DaemonHello, nil).Hostname != "live" {
		t.Errorf("a file with a bad line was loaded: %v", err)
	}
	if err := os.WriteFile(r.config.StartupConfig, []byte("hostname r9\nrouter bgp 65001\n neighbor 10.0.0.2 remote-as 65002\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := reload(); err != nil {
		t.Fatal(err)
	}
	c.fails(api.CodeNotFound, api.BGPNeighbors, api.NeighborsParams{Neighbor: "10.0.0.3"})
	if h := must[api.Hello](c, api.DaemonHello, nil); h.Hostname != "r9" {
		t.Errorf("hostname is %s", h.Hostname)
	}
}

func TestRefusedCallerIsRemembered(t *testing.T) {
	m := memPair()
	m.Change(func(f *transport.Fabric) { f.Node("x").Attach("lan", "eth0", "10.0.0.66/24") })
	_, c := withSocket(t, m, "a", "10.0.0.1/24", nil, "router bgp 65001", "neighbor 10.0.0.2 remote-as 65002")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !must[api.Listeners](c, api.BGPListeners, nil).Listeners[0].Bound {
		wait(ctx, time.Millisecond, nil)
	}
	for i := range uint64(3) {
		conn, err := m.Node("x").Dial(ctx, netip.MustParseAddrPort("10.0.0.1:179"), transport.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Read(make([]byte, 100)); n != 0 || err == nil {
			t.Errorf("an unknown caller got %d bytes", n)
		}
		conn.Close()
		l := must[api.Listeners](c, api.BGPListeners, nil)
		if len(l.Refused) != 1 || l.Refused[0].Count != i+1 || l.Refused[0].Address.String() != "10.0.0.66" {
			t.Errorf("refused are %+v", l.Refused)
		}
	}
}
