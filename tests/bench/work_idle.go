package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bgpsh/wire"
)

// idle: many sessions without routes, with timers 1 3 and with 60 180. Share is the part of one core that they take.
func idle(ctx context.Context, b *bench, t *target) error {
	for _, hold := range []int{3, 180} {
		p := plan{family: wire.IPv4Unicast, injectors: 0, monitors: b.size.sessions, prefixes: 1, hold: hold}
		err := b.with(ctx, "idle", t, p, func(sc *scene) error {
			r, err := sc.atEase(ctx, fmt.Sprintf("timers %d %d", hold/3, hold))
			if err != nil {
				return err
			}
			return sc.emit(r)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// atEase measures the sessions keeping themselves alive.
func (sc *scene) atEase(ctx context.Context, step string) (record, error) {
	profiled := sc.profile(step)
	u0, _ := sc.watcher.get()
	l0, start := self(), time.Now()
	if !sc.wait(ctx, sc.size.rest) {
		return record{}, ctx.Err()
	}
	u, _ := sc.watcher.get()
	r := sc.record(step)
	r.Seconds = time.Since(start).Seconds()
	r.CPU, r.LoadCPU = (u.cpu - u0.cpu).Seconds(), (self() - l0).Seconds()
	r.RSS, r.Peak, r.Rest = mib(u.rss), mib(u.peak), mib(sc.atRest.rss)
	r.Share = r.CPU / r.Seconds
	r.Note = fmt.Sprintf("%.1f %% of one core", 100*r.Share)
	r.Heap = mib(sc.look(ctx).heap)
	err := errors.Join(sc.losses(), profiled())
	r.OK = err == nil
	return r, err
}
