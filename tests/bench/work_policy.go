package main

import (
	"context"
	"errors"

	"bgpsh/wire"
)

// frrLists is the number of lists that FRR gets for one. It looks through a list for each line that it adds, and through all there is after
// each line of its own file, or once after a file that vtysh gives it: one list of 10,000 lines would take it a quarter of an hour, and 100 lists of
// 100 lines take eight seconds. A map that asks for 100 lists costs it nothing more, since it finds the entry by the prefix.
const frrLists = 100

// loadPolicyTwo is loadTwo with a filter on every neighbor, both ways.
func loadPolicyTwo(ctx context.Context, b *bench, t *target) error {
	p := plan{family: wire.IPv4Unicast, injectors: 2, monitors: 1, prefixes: 1_000_000 / b.size.part}
	return b.filtered(ctx, "policy2", t, p, func(sc *scene, _ *filter) error {
		return sc.stages(
			func() (record, error) { return sc.load(ctx) },
			func() (record, error) { return sc.withdraw(ctx, 0) })
	})
}

// loadPolicyTen is loadTen likewise; then the map for what comes in is replaced by one that tags every route otherwise, at full table.
func loadPolicyTen(ctx context.Context, b *bench, t *target) error {
	p := plan{family: wire.IPv4Unicast, injectors: 10, monitors: 1, prefixes: 500_000 / b.size.part}
	return b.filtered(ctx, "policy10", t, p, func(sc *scene, f *filter) error {
		return sc.stages(
			func() (record, error) { return sc.load(ctx) },
			func() (record, error) { return sc.retagged(ctx, f) })
	})
}

// swapTen is loadPolicyTen with a probe beside it, which makes changes of its own while the map is replaced.
func swapTen(ctx context.Context, b *bench, t *target) error {
	p := plan{family: wire.IPv4Unicast, injectors: 10, monitors: 1, prefixes: 500_000 / b.size.part, probed: true}
	return b.filtered(ctx, "swap10", t, p, func(sc *scene, f *filter) error {
		if err := sc.probe.begin(ctx); err != nil {
			return err
		}
		return sc.stages(
			func() (record, error) { return sc.load(ctx) },
			func() (record, error) {
				return sc.probed(ctx, "replace", func() (record, error) { return sc.retagged(ctx, f) })
			})
	})
}

// filtered is with for a load under a filter.
func (b *bench) filtered(ctx context.Context, work string, t *target, p plan, run func(*scene, *filter) error) error {
	if !t.ruled {
		b.say("%s: left out with %s: no rules are set up for it", work, t.name)
		return nil
	}
	routes := b.tables.get(p.family, p.prefixes)
	f := newFilter(routes, p.injectors, 10_000)
	if p.probed {
		f.probe = p.injectors + p.monitors
	}
	if t == &frr {
		f.split = frrLists
	}
	p.rules = f
	return b.with(ctx, work, t, p, func(sc *scene) error {
		sc.expected = func(offers []*offer) expectation { return f.expect(routes, offers) }
		return run(sc, f)
	})
}

// retagged measures the map being replaced, until every route that receivers hold is tagged as the new one does. FRR judges what it keeps of its
// neighbors' routes for soft-reconfiguration; BIRD, which keeps no routes as they came, asks its neighbors to send all again.
func (sc *scene) retagged(ctx context.Context, f *filter) (record, error) {
	f.variant = variantStep
	reload, err := sc.replacement(ctx)
	if err != nil {
		return record{}, err
	}
	for i, stream := range sc.streams() {
		sc.injectors[i].refresh = func() {
			for _, message := range stream {
				sc.injectors[i].send(message)
			}
		}
	}
	r, err := sc.step(ctx, "replace", sc.offers, func() error { return runQuietly(reload) })
	return r, errors.Join(err, sc.losses())
}
