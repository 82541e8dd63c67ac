package main

import (
	"context"
	"fmt"
	"time"

	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// reads: what an operator waits while ten neighbors load their tables. First calls of ours on an open connection, one after the
// other with a short pause; then, after everything was withdrawn, the same load again under the daemon's own client program.
func reads(ctx context.Context, b *bench, t *target) error {
	p := plan{family: wire.IPv4Unicast, injectors: 10, monitors: 1, prefixes: 500_000 / b.size.part}
	return b.with(ctx, "reads", t, p, func(sc *scene) error {
		var steps []func() (record, error)
		if t == &ours {
			steps = append(steps,
				func() (record, error) { return sc.during(ctx, "calls", sc.callers(ctx)) },
				func() (record, error) { return sc.withdraw(ctx, 0) })
		}
		steps = append(steps, func() (record, error) { return sc.during(ctx, "client", sc.client(ctx)) })
		return sc.stages(steps...)
	})
}

const (
	between = 2 * time.Millisecond   // the pause between two calls
	over    = 300 * time.Millisecond // without news for receivers that have all prefixes the load is taken to be over
)

// A call is one that was made during a load.
type call struct {
	kind  string
	begun time.Time
	took  time.Duration
}

// during loads the tables while ask is called again and again, and reports how long the calls took that began before the last
// change had reached the receivers.
func (sc *scene) during(ctx context.Context, step string, ask func() (kind string, err error)) (record, error) {
	var calls []call
	failed := make(chan error, 1)
	announce := sc.announce(sc.streams())
	r, err := sc.step(ctx, step, sc.offers, func() error {
		go func() {
			var err error
			calls, err = sc.askOn(ask)
			failed <- err
		}()
		return announce()
	})
	if r.Work == "" {
		return r, err
	}
	if e := <-failed; e != nil {
		return r, fmt.Errorf("%s: %w", step, e)
	}
	took := map[string][]time.Duration{}
	for _, c := range calls {
		if c.begun.Before(sc.lastTold()) {
			took[c.kind] = append(took[c.kind], c.took)
		}
	}
	r.times(took[""])
	for kind, list := range took {
		if kind == "" {
			continue
		}
		k := sc.record(kind)
		k.OK = r.OK
		k.times(list)
		if e := sc.emit(k); e != nil {
			return r, e
		}
	}
	return r, err
}

// askOn calls ask until the load is over: asking keeps a daemon busy, so it must end for the step to end.
func (sc *scene) askOn(ask func() (string, error)) (calls []call, err error) {
	pause := time.NewTicker(between)
	defer pause.Stop()
	start := time.Now()
	for range pause.C {
		if sc.full() && time.Since(sc.lastTold()) > over || time.Since(start) > sc.limit {
			break
		}
		begun := time.Now()
		kind, err := ask()
		if err != nil {
			return calls, err
		}
		calls = append(calls, call{kind, begun, time.Since(begun)})
	}
	return calls, nil
}

// full tells whether every receiver has all prefixes.
func (sc *scene) full() bool {
	for _, r := range sc.receivers() {
		if r.have.Load() != int64(len(sc.table.prefixes)) {
			return false
		}
	}
	return true
}

// callers gives a function that makes one call to our daemon: in turn the summary, one neighbor, and, as a kind of its own, the
// first hundred routes of a listing.
func (sc *scene) callers(ctx context.Context) func() (string, error) {
	client, err := ipc.Dial(ctx, sc.socket(), nil)
	if err != nil {
		return func() (string, error) { return "", err }
	}
	n := 0
	return func() (string, error) {
		n++
		switch n % 3 {
		case 0:
			return "", client.Call(ctx, api.BGPSummary, api.SummaryParams{}, new(api.Summary))
		case 1:
			return "", client.Call(ctx, api.BGPNeighbors, api.NeighborsParams{Neighbor: sc.address(0).String()}, new(api.Neighbors))
		}
		return "page", client.Call(ctx, api.BGPRoutes, api.RoutesParams{Family: api.IPv4Unicast, View: api.ViewTable, Limit: 100}, new(api.RoutesPage))
	}
}

// client gives a function that runs the daemon's own client once.
func (sc *scene) client(ctx context.Context) func() (string, error) {
	return func() (string, error) {
		cmd := sc.target.summary(ctx, sc.daemon)
		out, err := cmd.CombinedOutput()
		if err != nil && ctx.Err() == nil {
			return "", fmt.Errorf("%s: %w: %s", cmd, err, out)
		}
		return "", nil
	}
}
