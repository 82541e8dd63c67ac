package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"bgpsh/wire"
)

// A work is a load that daemons are compared under.
type work struct {
	name string

	run func(ctx context.Context, b *bench, t *target) error
	// more is true for works that are only run when asked for by name.
	more bool
}

// works in the order in which they are run and shown.
var works = []*work{
	{name: "load2", run: loadTwo},
	{name: "load10", run: loadTen},
	{name: "fanout", run: fanOut},
	{name: "server", run: routeServer},
	{name: "ipv6", run: loadIPv6},
	{name: "join", run: join},
	{name: "rest", run: rest},
	{name: "stall", run: stall},
	{name: "reads", run: reads},
	{name: "idle", run: idle},
	{name: "policy2", run: loadPolicyTwo, more: true},
	{name: "policy10", run: loadPolicyTen, more: true},
	{name: "swap10", run: swapTen, more: true},
	{name: "exchange", run: loadExchange},
	{name: "prefixes", run: growPrefixes, more: true},
	{name: "neighbors", run: growNeighbors, more: true},
	{name: "policies", run: growPolicies, more: true},
}

// chosen gives the works of a list of names, all but those to be asked for when it is empty.
func chosen(names string) (list []*work, err error) {
	wanted := strings.FieldsFunc(names, func(c rune) bool { return c == ',' })
	for _, w := range works {
		if len(wanted) == 0 && !w.more {
			list = append(list, w)
		}
	}
	for _, n := range wanted {
		found := false
		for _, w := range works {
			if w.name == n {
				list, found = append(list, w), true
			}
		}
		if !found {
			var all []string
			for _, w := range works {
				all = append(all, w.name)
			}
			return nil, fmt.Errorf("no work %q: there are %s", n, strings.Join(all, ", "))
		}
	}
	return list, nil
}

// A size says how large the works are. The loads of full divided by part.
type size struct {
	name     string
	part     int
	crowd    int           // receivers of fanout; half of the sessions of server
	sessions int           // of idle
	members  int           // of exchange
	rest     time.Duration // of idle, and of a stop; before the memory is read after a withdrawal
	changes  int           // single ones, of latency
	quiet    time.Duration // for which a daemon must not have worked before a step counts as over
}

var sizes = []size{
	{name: "tiny", part: 500, crowd: 4, sessions: 10, members: 10, rest: 200 * time.Millisecond, changes: 5, quiet: 100 * time.Millisecond},
	{name: "small", part: 20, crowd: 10, sessions: 50, members: 50, rest: 2 * time.Second, changes: 100, quiet: time.Second},
	{name: "medium", part: 5, crowd: 50, sessions: 200, members: 200, rest: 5 * time.Second, changes: 300, quiet: time.Second},
	{name: "full", part: 1, crowd: 50, sessions: 1000, members: 1000, rest: time.Minute, changes: 500, quiet: time.Second},
}

func findSize(name string) (size, error) {
	var names []string
	for _, s := range sizes {
		if s.name == name {
			return s, nil
		}
		names = append(names, s.name)
	}
	return size{}, fmt.Errorf("no size %q: there are %s", name, strings.Join(names, ", "))
}

// with opens a scene, runs f in it and closes it.
func (b *bench) with(ctx context.Context, work string, t *target, p plan, f func(*scene) error) error {
	sc, err := b.open(ctx, work, t, p)
	defer sc.close()
	if err != nil {
		return err
	}
	return f(sc)
}

// stages runs steps in order and emits each one's record. A step that failed ends the work: what follows would start from a wrong table.
func (sc *scene) stages(steps ...func() (record, error)) error {
	for _, s := range steps {
		r, err := s()
		if r.Work != "" {
			if e := sc.emit(r); e != nil {
				return e
			}
		}
		if err != nil || !r.OK {
			return err
		}
	}
	return nil
}

// loadTwo: two neighbors announce a full table each, one listens; then both withdraw it.
func loadTwo(ctx context.Context, b *bench, t *target) error {
	p := plan{family: wire.IPv4Unicast, injectors: 2, monitors: 1, prefixes: 1_000_000 / b.size.part}
	return b.with(ctx, "load2", t, p, func(sc *scene) error {
		return sc.stages(
			func() (record, error) { return sc.load(ctx) },
			func() (record, error) { return sc.withdraw(ctx, 0) })
	})
}

// loadTen: ten neighbors announce the same prefixes; then single changes, the best of the ten leaves, the others withdraw.
func loadTen(ctx context.Context, b *bench, t *target) error {
	p := plan{family: wire.IPv4Unicast, injectors: 10, monitors: 1, prefixes: 500_000 / b.size.part}
	return b.with(ctx, "load10", t, p, func(sc *scene) error {
		return sc.stages(
			func() (record, error) { return sc.load(ctx) },
			func() (record, error) { return sc.latency(ctx, b.size.changes) },
			func() (record, error) { return sc.leave(ctx) },
			func() (record, error) { return sc.withdraw(ctx, 1) })
	})
}

// fanOut: one announces, many listen.
func fanOut(ctx context.Context, b *bench, t *target) error {
	p := plan{family: wire.IPv4Unicast, injectors: 1, monitors: b.size.crowd, prefixes: 200_000 / b.size.part}
	return b.with(ctx, "fanout", t, p, func(sc *scene) error {
		return sc.stages(func() (record, error) { return sc.load(ctx) })
	})
}

// routeServer: many announce a thousand prefixes of their own each, and all of them and as many more listen.
func routeServer(ctx context.Context, b *bench, t *target) error {
	half := 2 * b.size.crowd
	p := plan{family: wire.IPv4Unicast, injectors: half, monitors: half, prefixes: half * 1000 / b.size.part, disjoint: true}
	return b.with(ctx, "server", t, p, func(sc *scene) error {
		return sc.stages(func() (record, error) { return sc.load(ctx) })
	})
}

// loadIPv6 is as loadTwo with a fifth of the prefixes.
func loadIPv6(ctx context.Context, b *bench, t *target) error {
	if !b.namespaces {
		b.say("ipv6: left out without root: loopback gives the daemon no IPv6 next hop to announce")
		return nil
	}
	p := plan{family: wire.IPv6Unicast, injectors: 2, monitors: 1, prefixes: 200_000 / b.size.part}
	return b.with(ctx, "ipv6", t, p, func(sc *scene) error {
		return sc.stages(
			func() (record, error) { return sc.load(ctx) },
			func() (record, error) { return sc.withdraw(ctx, 0) })
	})
}

// join: the table is there when a neighbor comes. The clock runs from when its session is up.
func join(ctx context.Context, b *bench, t *target) error {
	p := plan{family: wire.IPv4Unicast, injectors: 2, monitors: 1, prefixes: 500_000 / b.size.part, late: true}
	return b.with(ctx, "join", t, p, func(sc *scene) error {
		return sc.stages(
			func() (record, error) { return sc.load(ctx) },
			func() (record, error) {
				r, err := sc.step(ctx, "join", sc.offers, func() error { return sc.up(sc.monitors) })
				if !r.start.IsZero() {
					r.Seconds -= sc.monitors[0].up.Sub(r.start).Seconds()
				}
				return r, err
			})
	})
}

// stall: one of two monitors stops reading and writing, as under SIGSTOP, while every best path changes; later it goes on.
func stall(ctx context.Context, b *bench, t *target) error {
	p := plan{family: wire.IPv4Unicast, injectors: 3, monitors: 2, prefixes: 500_000 / b.size.part}
	return b.with(ctx, "stall", t, p, func(sc *scene) error {
		var resume func()
		var stopped time.Time
		return sc.stages(
			func() (record, error) { return sc.load(ctx) },
			func() (record, error) {
				resume, stopped = sc.monitors[1].pause(), time.Now()
				sc.offers = sc.offers[1:]
				return sc.step(ctx, "stopped", sc.offers, func() error { sc.injectors[0].close(); return nil })
			},
			func() (record, error) {
				if !sc.wait(ctx, b.size.rest-time.Since(stopped)) {
					return record{}, ctx.Err()
				}
				return sc.step(ctx, "continued", sc.offers, func() error { resume(); return nil })
			})
	})
}

// rest: the memory that is still resident a while after everything was withdrawn. Share is its part of what the routes had taken
// at most.
func rest(ctx context.Context, b *bench, t *target) error {
	p := plan{family: wire.IPv4Unicast, injectors: 10, monitors: 1, prefixes: 500_000 / b.size.part}
	return b.with(ctx, "rest", t, p, func(sc *scene) error {
		return sc.stages(
			func() (record, error) { return sc.load(ctx) },
			func() (record, error) { return sc.withdraw(ctx, 0) },
			func() (record, error) {
				if !sc.wait(ctx, b.size.rest) {
					return record{}, ctx.Err()
				}
				return sc.left(ctx), nil
			})
	})
}

func (sc *scene) left(ctx context.Context) record {
	u, _ := sc.watcher.get()
	r := sc.record("left")
	r.RSS, r.Peak, r.Rest, r.OK = mib(u.rss), mib(u.peak), mib(sc.atRest.rss), true
	r.Heap = mib(sc.look(ctx).heap)
	if full := u.peak - sc.atRest.rss; full > 0 {
		r.Share = float64(u.rss-sc.atRest.rss) / float64(full)
	}
	r.Note = fmt.Sprintf("%.0f %% of what the routes took, %v after the withdrawal", 100*r.Share, sc.size.rest)
	return r
}

// wait lets time pass; false when ctx ended before.
func (sc *scene) wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
