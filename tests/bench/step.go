package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"bgpsh/wire"
)

// A scene is one daemon under one load: injectors that announce, monitors that only listen.
type scene struct {
	*bench
	*daemon
	work      string
	target    *target
	table     *table
	offers    []*offer // of the injectors, in their order
	injectors []*speaker
	monitors  []*speaker
	watcher   *watcher
	atRest    usage // of the daemon with its sessions, before the first route
	lively    bool  // the sessions alone keep the daemon busy: a step is over when receivers have been told nothing for a while
	setup     setup
	expected  func(offers []*offer) expectation // nil: every route passes as it is
	probe     *probe                            // nil: none

	mu   sync.Mutex
	lost []error // sessions that ended by themselves
}

// A plan says what a scene consists of.
type plan struct {
	family    wire.Family
	injectors int
	monitors  int
	prefixes  int
	disjoint  bool // each injector has its own share of the prefixes, and listens too
	policies  bool // each monitor has a policy of its own
	hold      int  // seconds, 0: 240
	late      bool // the monitors come after the load
	rules     rules
	as        uint32 // of the first session; 0: 65001
	probed    bool   // two neighbors more, which the rules know: a probe and its receiver aside
}

// upLimit is for the sessions of one scene to come up.
const upLimit = time.Minute

// open starts the daemon and brings the sessions up. The scene must be closed whatever the error.
func (b *bench) open(ctx context.Context, work string, t *target, p plan) (*scene, error) {
	sc, err := b.prepared(work, t, b.tables.get(p.family, p.prefixes), p)
	if err != nil {
		return sc, err
	}
	if err := t.start(ctx, sc.daemon, sc.setup); err != nil {
		return sc, err
	}
	up := sc.injectors
	if !p.late {
		up = sc.speakers()
	}
	if sc.probe != nil {
		up = slices.Concat(up, []*speaker{sc.probe.from, sc.probe.aside})
	}
	if err := sc.up(up); err != nil {
		return sc, fmt.Errorf("%w\n%s", err, sc.said())
	}
	sc.watcher = watch(sc.groups())
	sc.settle(ctx, time.Now(), func() bool { return true })
	sc.atRest, _ = sc.watcher.get()
	return sc, nil
}

// prepared makes a scene whose daemon has not been started.
func (b *bench) prepared(work string, t *target, routes *table, p plan) (*scene, error) {
	sc := &scene{bench: b, work: work, target: t, table: routes}
	sessions := p.injectors + p.monitors
	if p.probed {
		sessions += 2
	}
	l, err := newLab(b.namespaces, sessions, b.port)
	if err != nil {
		return sc, err
	}
	sc.daemon = &daemon{lab: l, programs: b.programs}
	sc.setup = setup{hold: cmp.Or(p.hold, 240), rules: p.rules}
	for i := range sessions {
		n := neighbor{addr: l.address(i), as: cmp.Or(p.as, 65001) + uint32(i)}
		if p.rules != nil {
			n.in, n.out = p.rules.names(i)
		}
		if sc.setup.neighbors = append(sc.setup.neighbors, n); i >= p.injectors+p.monitors {
			continue
		}
		sp := &speaker{as: n.as, local: n.addr, hold: uint16(sc.setup.hold), failed: sc.broken}
		if i < p.injectors {
			o := &offer{injector: i, as: n.as, nextHop: n.addr}
			if p.family == wire.IPv6Unicast {
				o.nextHop = nextHop6(i)
			}
			if p.disjoint {
				o.every = p.injectors
				sp.receiver = newReceiver(sc.table, i)
			}
			sc.offers, sc.injectors = append(sc.offers, o), append(sc.injectors, sp)
		} else {
			if p.policies {
				sc.setup.neighbors[i].policy = 1 + i
			}
			sp.receiver = newReceiver(sc.table, -1)
			sc.monitors = append(sc.monitors, sp)
		}
	}
	if p.probed {
		sc.probe = sc.newProbe()
	}
	return sc, nil
}

// up brings sessions up, all at once.
func (sc *scene) up(list []*speaker) error {
	limit := time.Now().Add(upLimit)
	errs := make([]error, len(list))
	var wg sync.WaitGroup
	for i, s := range list {
		wg.Go(func() { errs[i] = s.connect(sc.lab, limit) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (sc *scene) broken(err error) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.lost = append(sc.lost, err)
}

func (sc *scene) losses() error {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	return errors.Join(sc.lost...)
}

// close ends everything of the scene.
func (sc *scene) close() {
	if sc.watcher != nil {
		sc.watcher.close()
	}
	if sc.daemon != nil {
		sc.daemon.end()
	}
	for _, s := range sc.speakers() {
		s.abandon()
	}
	if sc.probe != nil {
		sc.probe.from.abandon()
		sc.probe.aside.abandon()
	}
	if sc.daemon != nil {
		sc.lab.close()
	}
	runtime.GC()
}

// speakers are all sessions, monitors first.
func (sc *scene) speakers() []*speaker { return slices.Concat(sc.monitors, sc.injectors) }

// receivers are those that keep what they are told, and read it at the moment.
func (sc *scene) receivers() (list []*receiver) {
	for _, s := range sc.speakers() {
		if s.receiver != nil && s.conn != nil && !s.paused {
			list = append(list, s.receiver)
		}
	}
	return list
}

// settle waits until the daemon has been quiet and then cond holds; false when that does not happen within the limit.
func (sc *scene) settle(ctx context.Context, start time.Time, cond func() bool) bool {
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	looked := start
	for {
		select {
		case <-ctx.Done():
			return false
		case <-t.C:
		}
		_, busy := sc.watcher.get()
		if sc.lively {
			busy = start
		}
		idle := time.Since(latest(busy, sc.lastTold(), start))
		if idle > sc.size.quiet && time.Since(looked) > sc.size.quiet {
			if cond() {
				return true
			}
			looked = time.Now()
		}
		if time.Since(start) > sc.limit {
			return false
		}
	}
}

// lastTold is when the last change reached a receiver.
func (sc *scene) lastTold() (last time.Time) {
	for _, r := range sc.receivers() {
		if n := r.last.Load(); n != 0 {
			last = latest(last, time.Unix(0, n))
		}
	}
	return last
}

func latest(times ...time.Time) (last time.Time) {
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// judge adds up what is wrong with all receivers when these offers stand.
func (sc *scene) judge(e expectation) (sum verdict) {
	for _, r := range sc.receivers() {
		v := r.judge(e)
		sum.wrong, sum.back = sum.wrong+v.wrong, sum.back+v.back
	}
	return sum
}

// step measures what act costs, until every receiver has the table that these offers make.
func (sc *scene) step(ctx context.Context, name string, offers []*offer, act func() error) (record, error) {
	expected := sc.expect(offers)
	before := map[*receiver]tally{}
	for _, r := range sc.receivers() {
		before[r] = r.counts()
	}
	runtime.GC()
	profiled := sc.profile(name)
	in := sc.look(ctx)
	u0, _ := sc.watcher.get()
	l0, start := self(), time.Now()
	if err := act(); err != nil {
		return record{}, fmt.Errorf("%s %s: %w", sc.work, name, err)
	}
	sent := time.Now()
	var judging time.Duration // of our own CPU time
	var v verdict
	judge := func() bool {
		begun := self()
		v = sc.judge(expected)
		judging += self() - begun
		return v.wrong == 0
	}
	ok := sc.settle(ctx, start, judge) || judge()
	load := self() - l0 - judging
	u, busy := sc.watcher.get()
	if sc.lively {
		busy = start
	}
	r := sc.record(name)
	r.start = start
	r.Seconds = latest(sent, sc.lastTold(), busy).Sub(start).Seconds()
	r.CPU, r.LoadCPU = (u.cpu - u0.cpu).Seconds(), load.Seconds()
	r.RSS, r.Peak, r.Rest = mib(u.rss), mib(u.peak), mib(sc.atRest.rss)
	r.OK, r.Wrong, r.Back = ok, v.wrong, v.back
	after := sc.look(ctx)
	r.Loop, r.Heap = (after.busy - in.busy).Seconds(), mib(after.heap)
	if err := profiled(); err != nil {
		return r, fmt.Errorf("profile: %w", err)
	}
	if !ok {
		r.Note = fmt.Sprintf("not done within %v", sc.limit)
	}
	for i, t := range sc.receivers() {
		got := t.counts().sub(before[t])
		if i == 0 {
			r.Messages, r.Announced, r.Withdrawn = got.Messages, got.Announced, got.Withdrawn
		}
		r.Duplicates += got.Duplicates
		r.Strange += got.Strange
		r.Receivers++
	}
	if err := sc.losses(); err != nil {
		return r, fmt.Errorf("%s %s: %w\n%s", sc.work, name, err, sc.said())
	}
	return r, ctx.Err()
}

// record begins a record of a step of this scene.
func (sc *scene) record(step string) record {
	return record{
		Work: sc.work, Step: step, Target: sc.target.name, Version: sc.versions[sc.target.name],
		Injectors: len(sc.injectors), Monitors: len(sc.monitors), Prefixes: len(sc.table.prefixes), At: time.Now().UTC().Truncate(time.Second),
	}
}

// announce has all injectors announce what they offer, at once.
func (sc *scene) announce(streams [][][]byte) func() error {
	return func() error {
		errs := make([]error, len(streams))
		var wg sync.WaitGroup
		for i, s := range streams {
			if s == nil {
				continue
			}
			wg.Go(func() {
				for _, b := range s {
					if errs[i] = sc.injectors[i].send(b); errs[i] != nil {
						return
					}
				}
			})
		}
		wg.Wait()
		return errors.Join(errs...)
	}
}

// load measures all injectors announcing their offers.
func (sc *scene) load(ctx context.Context) (record, error) {
	return sc.step(ctx, "load", sc.offers, sc.announce(sc.streams()))
}

// streams are the announcements of all injectors.
func (sc *scene) streams() [][][]byte {
	streams := make([][][]byte, len(sc.offers))
	for i, o := range sc.offers {
		streams[i] = sc.table.announcements(o)
	}
	return streams
}

// withdraw measures the injectors from the first on taking everything back.
func (sc *scene) withdraw(ctx context.Context, first int) (record, error) {
	streams := make([][][]byte, len(sc.offers))
	for i, o := range sc.offers[first:] {
		streams[first+i] = sc.table.withdrawals(o)
	}
	return sc.step(ctx, "withdraw", nil, sc.announce(streams))
}

// leave measures the end of the session of the injector that is best for everything.
func (sc *scene) leave(ctx context.Context) (record, error) {
	return sc.step(ctx, "leave", sc.offers[1:], func() error { sc.injectors[0].close(); return nil })
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
