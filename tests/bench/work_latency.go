package main

import (
	"context"
	"fmt"
	"time"

	"bgpsh/wire"
)

// latencyLimit is how long one change may take before it counts as lost.
const latencyLimit = 5 * time.Second

// latency measures single changes at full table: the last injector announces one prefix with a path that is better than any, and
// the clock runs until the first monitor has it. Afterwards the table is as before.
func (sc *scene) latency(ctx context.Context, n int) (record, error) {
	m, last := sc.monitors[0].receiver, len(sc.injectors)-1
	type arrival struct {
		prefix int
		at     time.Time
	}
	arrivals := make(chan arrival, 64)
	m.mu.Lock()
	m.watch = func(prefix int) {
		select {
		case arrivals <- arrival{prefix, time.Now()}:
		default:
		}
	}
	m.mu.Unlock()
	var took []time.Duration
	var changed []int
	for k := range n {
		i := int(mix(uint64(k)) % uint64(len(sc.table.prefixes)))
		changed = append(changed, i)
		begun := time.Now()
		if err := sc.injectors[last].send(sc.change(i, uint32(k))); err != nil {
			return record{}, err
		}
		for timer := time.After(latencyLimit); ; {
			select {
			case a := <-arrivals:
				if a.prefix != i {
					continue
				}
				took = append(took, a.at.Sub(begun))
			case <-timer:
			case <-ctx.Done():
				return record{}, ctx.Err()
			}
			break
		}
	}
	m.mu.Lock()
	m.watch = nil
	m.mu.Unlock()
	back, err := sc.step(ctx, "latency", sc.offers, func() error { return sc.injectors[last].send(sc.restore(changed)) })
	r := sc.record("latency")
	r.times(took)
	r.OK, r.Wrong = back.OK && len(took) == n, back.Wrong
	if len(took) < n {
		r.Note = fmt.Sprintf("%d of %d changes never arrived", n-len(took), n)
	}
	return r, err
}

// change is the UPDATE that makes the last injector best for one prefix; k tells changes of the same prefix apart.
func (sc *scene) change(prefix int, k uint32) []byte {
	o := sc.offers[len(sc.offers)-1]
	var e wire.Editor
	e.SetOrigin(wire.OriginIGP)
	e.PrependAS(o.as, 1)
	e.SetNextHop(o.nextHop)
	e.AddCommunity(o.as<<16 | k&0xffff)
	b, _ := wire.AppendReach(nil, e.Attrs(), sc.table.family, sc.table.list(nil, prefix, prefix+1), &wire.Encoding{AS4: true})
	return b
}

// restore announces the prefixes as the last injector had them.
func (sc *scene) restore(prefixes []int) (b []byte) {
	var e wire.Editor
	for _, i := range prefixes {
		sc.table.attrs(&e, sc.offers[len(sc.offers)-1], int(sc.table.setOf[i]))
		b, _ = wire.AppendReach(b, e.Attrs(), sc.table.family, sc.table.list(nil, i, i+1), &wire.Encoding{AS4: true})
	}
	return b
}
