package shell

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// fakeDaemon answers what a test tells it to and remembers what was asked.
type fakeDaemon struct {
	t      *testing.T
	server *ipc.Server

	mu    sync.Mutex
	calls []string
	hello api.Hello
	apply func(api.ApplyParams) (api.ApplyResult, error)
	lines []string // of the running configuration
	parts api.ApplyParams

	routes func(api.RoutesParams) (api.RoutesPage, error)
	count  func(api.RoutesParams) (api.CountResult, error)
	noBGP  bool
	// statistics is called before an answer to bgp.statistics; nil: nothing to wait for.
	statistics func()
	alone      bool          // without neighbors
	waits      chan struct{} // a token for each wait that has begun
	news       chan func(subscription uint64) any
	lost       uint64 // events that the next subscription is told to have missed
}

func newFake(t *testing.T) *fakeDaemon {
	t.Helper()
	s, err := ipc.NewServer(ipc.Config{Path: filepath.Join(t.TempDir(), "s")})
	if err != nil {
		t.Fatal(err)
	}
	d := &fakeDaemon{t: t, server: s, waits: make(chan struct{}, 10), news: make(chan func(uint64) any), hello: api.Hello{Hostname: "r1", Role: api.Change}, lines: []string{"!", "hostname r1", "!", "end"}}
	d.apply = func(p api.ApplyParams) (api.ApplyResult, error) { return api.ApplyResult{Applied: true}, nil }
	d.routes = func(p api.RoutesParams) (api.RoutesPage, error) {
		page := tableScenario()
		page.Family = p.Family
		return *page, nil
	}
	d.handle()
	go s.Serve()
	t.Cleanup(func() { s.Close() })
	return d
}

func (d *fakeDaemon) handle() {
	s := d.server
	ipc.Handle(s, api.DaemonHello, ipc.Look, func(context.Context, *ipc.Caller, api.None) (api.Hello, error) { return hook(d, &d.hello), nil })
	ipc.Handle(s, api.DaemonVersion, ipc.Look, func(context.Context, *ipc.Caller, api.None) (api.Version, error) {
		d.log("version")
		return api.Version{Version: "1.0", Hostname: "r1"}, nil
	})
	d.handleWatches()
	ipc.Handle(s, api.NamesList, ipc.Look, func(_ context.Context, _ *ipc.Caller, p api.NamesParams) (api.Names, error) {
		if p.Kind == api.NameNeighbor {
			return api.Names{Names: []api.Name{{Name: "10.0.12.2", Help: "transit"}, {Name: "10.0.13.3", Help: "ix peer"}}}, nil
		}
		return api.Names{}, nil
	})
	d.handleConfig()
	d.handleBGP()
}

func (d *fakeDaemon) handleConfig() {
	s := d.server
	ipc.Handle(s, api.ConfigApply, ipc.Change, func(_ context.Context, _ *ipc.Caller, p api.ApplyParams) (api.ApplyResult, error) {
		d.log("apply %q%s", p.Context, texts(p.Lines))
		return hook(d, &d.apply)(p)
	})
	ipc.Handle(s, api.ConfigBegin, ipc.Change, func(_ context.Context, _ *ipc.Caller, p api.BeginParams) (api.BeginResult, error) {
		set(d, &d.parts, api.ApplyParams{Context: p.Context})
		return api.BeginResult{Transaction: 7}, nil
	})
	ipc.Handle(s, api.ConfigAppend, ipc.Change, func(_ context.Context, _ *ipc.Caller, p api.AppendParams) (api.AppendResult, error) {
		d.log("append")
		parts := hook(d, &d.parts)
		parts.Lines = append(parts.Lines, p.Lines...)
		for text := range strings.Lines(unpacked(p.Packed)) {
			parts.Lines = append(parts.Lines, api.Line{Number: len(parts.Lines) + 1, Text: strings.TrimSuffix(text, "\n")})
		}
		set(d, &d.parts, parts)
		return api.AppendResult{Lines: len(parts.Lines)}, nil
	})
	ipc.Handle(s, api.ConfigCommit, ipc.Change, func(_ context.Context, _ *ipc.Caller, p api.CommitParams) (api.ApplyResult, error) {
		return hook(d, &d.apply)(hook(d, &d.parts))
	})
	ipc.Handle(s, api.ConfigRunning, ipc.Look, func(context.Context, *ipc.Caller, api.RunningParams) (api.Running, error) {
		d.log("running")
		return api.Running{Lines: hook(d, &d.lines)}, nil
	})
	ipc.Handle(s, api.ConfigWrite, ipc.Change, func(_ context.Context, _ *ipc.Caller, p api.WriteParams) (api.WriteResult, error) {
		d.log("write force=%v", p.Force)
		return api.WriteResult{Path: "/etc/bgpsh/startup.conf", Kept: "/etc/bgpsh/startup.conf.1"}, nil
	})
	ipc.Handle(s, api.ConfigErase, ipc.Change, func(context.Context, *ipc.Caller, api.None) (api.EraseResult, error) {
		d.log("erase")
		return api.EraseResult{Path: "/etc/bgpsh/startup.conf"}, nil
	})
}

func (d *fakeDaemon) handleBGP() {
	s := d.server
	ipc.Handle(s, api.BGPStatistics, ipc.Look, func(context.Context, *ipc.Caller, api.StatisticsParams) (api.Statistics, error) {
		if wait := hook(d, &d.statistics); wait != nil {
			wait()
		}
		return api.Statistics{}, nil
	})
	ipc.Handle(s, api.BGPSummary, ipc.Look, func(_ context.Context, _ *ipc.Caller, p api.SummaryParams) (api.Summary, error) {
		d.log("summary %v", p.Families)
		if hook(d, &d.noBGP) {
			return api.Summary{}, &ipc.Error{Code: api.CodeNoBGP, Message: "BGP is not configured", Data: api.ErrorData{Remedy: "router bgp ASN"}}
		}
		all := summaryScenario(0, first)
		if hook(d, &d.alone) {
			for i := range all.Families {
				all.Families[i].Peers = nil
			}
		}
		if len(p.Families) == 1 && p.Families[0] == api.IPv4Unicast {
			all.Families = all.Families[:1]
		}
		return *all, nil
	})
	ipc.Handle(s, api.BGPNeighbors, ipc.Look, func(_ context.Context, _ *ipc.Caller, p api.NeighborsParams) (api.Neighbors, error) {
		if hook(d, &d.noBGP) {
			return api.Neighbors{}, &ipc.Error{Code: api.CodeNoBGP, Message: "BGP is not configured", Data: api.ErrorData{Remedy: "router bgp ASN"}}
		}
		if p.Neighbor != "" && p.Neighbor != "10.0.13.3" {
			return api.Neighbors{}, &ipc.Error{Code: api.CodeNotFound, Message: "no such neighbor"}
		}
		return api.Neighbors{Neighbors: []api.Neighbor{*neighborScenario("10.0.13.3", 65002, bird)}}, nil
	})
	ipc.Handle(s, api.BGPRoutes, ipc.Look, func(_ context.Context, _ *ipc.Caller, p api.RoutesParams) (api.RoutesPage, error) {
		d.log("routes %s %s after=%q", p.Family, p.View, p.After)
		return hook(d, &d.routes)(p)
	})
	ipc.Handle(s, api.BGPLookup, ipc.Look, func(_ context.Context, _ *ipc.Caller, p api.LookupParams) (api.LookupResult, error) {
		if p.Prefix != pfx("198.51.100.0/24") && p.Address != addr("198.51.100.7") {
			return api.LookupResult{}, &ipc.Error{Code: api.CodeNotFound, Message: "not in table"}
		}
		return api.LookupResult{Route: *detailScenario("198.51.100.0/24", first+2)}, nil
	})
	ipc.Handle(s, api.BGPClear, ipc.Change, func(_ context.Context, _ *ipc.Caller, p api.ClearParams) (api.ClearResult, error) {
		d.log("clear %+v", p)
		if p.Neighbor == "10.0.12.222" {
			return api.ClearResult{}, &ipc.Error{Code: api.CodeNotFound, Message: "no such neighbor"}
		}
		return api.ClearResult{Changes: []api.ChangeResult{{Object: "10.0.13.3", Neighbor: true, Effect: api.EffectReset, State: "Established", UptimeMs: 266400000, Routes: 2}}}, nil
	})
	ipc.Handle(s, api.BGPWaitConverged, ipc.Look, func(ctx context.Context, _ *ipc.Caller, _ api.WaitConvergedParams) (api.WaitResult, error) {
		d.waits <- struct{}{}
		<-ctx.Done()
		return api.WaitResult{}, ctx.Err()
	})
	ipc.Handle(s, api.BGPCount, ipc.Look, func(_ context.Context, _ *ipc.Caller, p api.RoutesParams) (api.CountResult, error) {
		return hook(d, &d.count)(p)
	})
}

// handleWatches serves subscriptions: what a test puts into news is sent, and
// the parameters of the last one are in watched.
func (d *fakeDaemon) handleWatches() {
	push := func(c *ipc.Caller, name string, number uint64) {
		c.Push(name, func(ctx context.Context) (any, bool) {
			select {
			case news := <-d.news:
				return news(number), true
			case <-ctx.Done():
				return nil, false
			}
		}, nil)
	}
	ipc.Handle(d.server, api.WatchEvents, ipc.Look, func(_ context.Context, c *ipc.Caller, p api.WatchEventsParams) (api.WatchEventsResult, error) {
		after := "now"
		if p.After != nil {
			after = fmt.Sprint(*p.After)
		}
		d.log("watch %v %q %v after %s", p.Kinds, p.Neighbor, p.Prefix, after)
		push(c, api.NewsEvents, p.Subscription)
		return api.WatchEventsResult{Instance: 1, Next: 1, Lost: hook(d, &d.lost)}, nil
	})
	ipc.Handle(d.server, api.WatchChanges, ipc.Look, func(_ context.Context, c *ipc.Caller, p api.WatchChangesParams) (api.None, error) {
		d.log("watch changes every %d", p.EveryMs)
		push(c, api.NewsChanged, p.Subscription)
		return api.None{}, nil
	})
	ipc.Handle(d.server, api.WatchSamples, ipc.Look, func(_ context.Context, c *ipc.Caller, p api.WatchSamplesParams) (api.None, error) {
		push(c, api.NewsSample, p.Subscription)
		return api.None{}, nil
	})
	ipc.Handle(d.server, api.WatchStop, ipc.Look, func(_ context.Context, _ *ipc.Caller, p api.WatchStopParams) (api.None, error) {
		d.log("watch stop")
		return api.None{}, nil
	})
}

// hook reads what a test may change while the daemon runs; set changes it.
func hook[T any](d *fakeDaemon, v *T) T {
	d.mu.Lock()
	defer d.mu.Unlock()
	return *v
}

func set[T any](d *fakeDaemon, v *T, to T) {
	d.mu.Lock()
	defer d.mu.Unlock()
	*v = to
}

func texts(lines []api.Line) (all string) {
	for _, l := range lines {
		all += fmt.Sprintf(" | %d %s", l.Number, l.Text)
	}
	return all
}

func (d *fakeDaemon) log(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, fmt.Sprintf(format, args...))
}

func (d *fakeDaemon) asked() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.calls...)
}

// outcome is what one run of bgpsh gave.
type outcome struct {
	status   int
	out, err string
}

// run runs bgpsh with standard input closed, unless there is an input.
func (d *fakeDaemon) run(o Options, input ...string) outcome {
	d.t.Helper()
	in, feed, err := os.Pipe()
	if err != nil {
		d.t.Fatal(err)
	}
	defer in.Close()
	go func() {
		for _, text := range input {
			feed.WriteString(text)
		}
		feed.Close()
	}()
	var out, errs bytes.Buffer
	o.In, o.Out, o.Err = in, &out, &errs
	if o.Socket == "" {
		o.Socket = d.server.Path()
	}
	o.Getenv = func(string) string { return "" }
	status := Main(o)
	return outcome{status, out.String(), errs.String()}
}

func (d *fakeDaemon) commands(lines ...string) outcome {
	d.t.Helper()
	return d.run(Options{Commands: lines})
}

// file writes a file to run with -f.
func (d *fakeDaemon) file(text string) string {
	name := filepath.Join(d.t.TempDir(), "input")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return name
}
