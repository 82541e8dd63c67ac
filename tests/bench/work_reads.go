package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bgpsh/wire"
)

// reads: what an operator waits while ten neighbors load their tables. An asker calls ours on an open connection, then asks for pages of
// the table, and last runs the daemon's own client program, each under the same load, after everything was withdrawn.
func reads(ctx context.Context, b *bench, t *target) error {
	p := plan{family: wire.IPv4Unicast, injectors: 10, monitors: 1, prefixes: 500_000 / b.size.part}
	return b.with(ctx, "reads", t, p, func(sc *scene) error {
		during := func(step string, question ...string) func() (record, error) {
			return func() (record, error) { return sc.during(ctx, step, question) }
		}
		withdraw := func() (record, error) { return sc.withdraw(ctx, 0) }
		var steps []func() (record, error)
		if t == &ours {
			steps = append(steps,
				during("calls", askNeighbors, sc.socket(), sc.address(0).String()), withdraw,
				during("page", askPage, sc.socket()), withdraw)
		}
		program := slices.Concat([]string{askProgram}, t.summary(ctx, sc.daemon).Args)
		return sc.stages(append(steps, during("client", program...))...)
	})
}

const (
	askEvery = 3 * time.Millisecond   // from the beginning of a call to the next, when it has been answered by then
	over     = 300 * time.Millisecond // without news for receivers that have all prefixes the load is taken to be over
)

// during loads the tables while an asker asks its question again and again, and reports how long the answers took that were asked for
// after the load began and before the last change had reached the receivers.
func (sc *scene) during(ctx context.Context, step string, question []string) (record, error) {
	asking, stop := context.WithCancel(ctx)
	defer stop()
	a, err := newAsker(asking, question)
	if err != nil {
		return record{}, fmt.Errorf("%s: %w", step, err)
	}
	type result struct {
		calls []call
		err   error
	}
	results := make(chan result, 1)
	announce := sc.announce(sc.streams())
	r, err := sc.step(ctx, step, sc.offers, func() error {
		go func() {
			sc.loaded(asking)
			calls, err := a.end()
			results <- result{calls, err}
		}()
		return announce()
	})
	if r.Work == "" {
		return r, err
	}
	asked := <-results
	if asked.err != nil {
		return r, fmt.Errorf("%s: %w", step, asked.err)
	}
	var took []time.Duration
	for _, c := range asked.calls {
		if c.Begun.After(r.start) && c.Begun.Before(sc.lastTold()) {
			took = append(took, c.Took)
		}
	}
	r.times(took)
	return r, err
}

// loaded waits until the load is over: asking keeps a daemon busy, so it must end for the step to end.
func (sc *scene) loaded(ctx context.Context) {
	look := time.NewTicker(watchEvery)
	defer look.Stop()
	for start := time.Now(); time.Since(start) < sc.limit; {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
		if sc.full() && time.Since(sc.lastTold()) > over {
			return
		}
	}
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
