package main

import (
	"context"
	"fmt"

	"bgpsh/wire"
)

// growPrefixes: the same load from a tenth of a full table to twice one.
func growPrefixes(ctx context.Context, b *bench, t *target) error {
	for _, n := range []int{100_000, 200_000, 500_000, 1_000_000, 2_000_000} {
		p := plan{family: wire.IPv4Unicast, injectors: 2, monitors: 1, prefixes: n / b.size.part}
		if err := b.growth(ctx, "prefixes", t, p); err != nil {
			return err
		}
	}
	return nil
}

// receiversUpTo are the numbers of neighbors that listen.
var receiversUpTo = []int{1, 10, 50, 100, 200, 500}

// growNeighbors: one table to ever more receivers, all treated alike.
func growNeighbors(ctx context.Context, b *bench, t *target) error {
	for _, n := range receiversUpTo {
		p := plan{family: wire.IPv4Unicast, injectors: 1, monitors: n, prefixes: 50_000 / b.size.part}
		if err := b.growth(ctx, "neighbors", t, p); err != nil {
			return err
		}
	}
	return nil
}

// growPolicies: the same, and each receiver has an export policy of its own.
func growPolicies(ctx context.Context, b *bench, t *target) error {
	if t == &gobgp {
		b.say("policies: left out with gobgp: no policies for single neighbors are set up for it")
		return nil
	}
	for _, n := range receiversUpTo {
		p := plan{family: wire.IPv4Unicast, injectors: 1, monitors: n, prefixes: 50_000 / b.size.part, policies: true}
		if err := b.growth(ctx, "policies", t, p); err != nil {
			return err
		}
	}
	return nil
}

// growth measures one load. Share is bytes resident for each route received.
func (b *bench) growth(ctx context.Context, work string, t *target, p plan) error {
	return b.with(ctx, work, t, p, func(sc *scene) error {
		return sc.stages(func() (record, error) {
			r, err := sc.load(ctx)
			r.Share = (r.RSS - r.Rest) * (1 << 20) / float64(p.injectors*p.prefixes)
			r.Note = fmt.Sprintf("%d prefixes, %d receivers, %.0f bytes a route", p.prefixes, p.monitors, r.Share)
			return r, err
		})
	})
}
