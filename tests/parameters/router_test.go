package parameters

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bgpsh/daemon"
	"bgpsh/daemon/journal"
	"bgpsh/daemon/kernel"
	"bgpsh/daemon/transport"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// patience is how long a test waits for what must come.
const patience = time.Minute

// A router is a daemon of ours in this process, and a client of it.
type router struct {
	t      *testing.T
	config daemon.Config
	client *ipc.Client
	stop   context.CancelFunc
	ended  chan error
}

// run starts a daemon with these lines as its startup configuration.
func run(t *testing.T, network transport.Network, addr string, lines ...string) *router {
	t.Helper()
	return runLogged(t, nil, network, addr, lines...)
}

// runLogged is run with a log, which may be nil.
func runLogged(t *testing.T, log *journal.Journal, network transport.Network, addr string, lines ...string) *router {
	t.Helper()
	dir := t.TempDir()
	r := &router{t: t, config: daemon.Config{
		StartupConfig: filepath.Join(dir, "startup.conf"), Socket: filepath.Join(dir, "s"), Network: network, Log: log,
		Kernel: kernel.Fake(kernel.Interface{Name: "eth0", Index: 1, Up: true, Addrs: []netip.Prefix{netip.MustParsePrefix(addr)}}),
	}}
	if err := os.WriteFile(r.config.StartupConfig, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var given []api.Line
	for _, l := range lines {
		given = append(given, api.Line{Text: l})
	}
	note(given)
	r.begin()
	t.Cleanup(r.end)
	return r
}

func (r *router) begin() {
	r.t.Helper()
	d, err := daemon.New(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r.stop, r.ended = stop, make(chan error, 1)
	go func() { r.ended <- d.Run(ctx) }()
	if r.client, err = ipc.Dial(r.t.Context(), r.config.Socket, nil); err != nil {
		r.t.Fatal(err)
	}
}

func (r *router) end() {
	r.client.Close()
	r.stop()
	if err := <-r.ended; err != nil {
		r.t.Error(err)
	}
}

// must calls a method that has to succeed.
func must[R any](r *router, method string, params any) (result R) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.client.Call(ctx, method, params, &result); err != nil {
		r.t.Fatalf("%s: %v", method, err)
	}
	return result
}

// apply types lines below router bgp, as one transaction.
func (r *router) apply(lines ...string) api.ApplyResult {
	r.t.Helper()
	in := []api.Line{{Text: "router bgp 65001"}}
	for _, l := range lines {
		in = append(in, api.Line{Text: l})
	}
	note(in)
	return must[api.ApplyResult](r, api.ConfigApply, api.ApplyParams{Lines: in})
}

func (r *router) neighbor(name string) api.Neighbor {
	r.t.Helper()
	return must[api.Neighbors](r, api.BGPNeighbors, api.NeighborsParams{Neighbor: name}).Neighbors[0]
}

// established waits for a session of the neighbor with a greater generation than after.
func (r *router) established(name string, after uint32) uint32 {
	r.t.Helper()
	return must[api.WaitResult](r, api.BGPWaitEstablished, api.WaitEstablishedParams{Neighbor: name, AfterGeneration: &after}).Generation
}

// until asks again until ok.
func (r *router) until(what string, ok func() bool) {
	r.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(patience); !ok(); {
		select {
		case <-tick.C:
		case <-limit:
			r.t.Fatal("never: ", what)
		}
	}
}

// segment is two hosts on one link: a is 10.0.0.1, b is 10.0.0.2.
func segment() *transport.MemNetwork {
	m := transport.NewMem()
	m.Change(func(f *transport.Fabric) {
		f.Node("a").Attach("lan", "eth0", "10.0.0.1/24")
		f.Node("b").Attach("lan", "eth0", "10.0.0.2/24")
	})
	return m
}
