package daemon

import (
	"context"
	"fmt"
	"runtime/metrics"
	"slices"
	"sync"
	"syscall"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// watchLimit is how many subscriptions one connection may have at a time.
const watchLimit = 16

// watches are the subscriptions of all clients.
type watches struct {
	mu   sync.Mutex
	open map[watchKey]func() // ends it
}

type watchKey struct {
	client *ipc.Caller
	number uint64
}

// begin makes a subscription: next gives its notifications, left is called once when it has ended.
func (w *watches) begin(c *ipc.Caller, number uint64, name string, next func(context.Context) (any, bool), left func()) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	key, held := watchKey{c, number}, 0
	for k := range w.open {
		if k.client == c {
			held++
		}
	}
	switch {
	case w.open[key] != nil:
		return &ipc.Error{Code: api.CodeRefused, Message: fmt.Sprintf("subscription %d is in use", number),
			Data: api.ErrorData{What: "subscription", Remedy: "choose another number, or end it with " + api.WatchStop}}
	case held >= watchLimit:
		return &ipc.Error{Code: api.CodeRefused, Message: fmt.Sprintf("%d subscriptions are open already", held),
			Data: api.ErrorData{What: "subscription", Remedy: "end one with " + api.WatchStop}}
	}
	if w.open == nil {
		w.open = map[watchKey]func(){}
	}
	w.open[key] = c.Push(name, next, func() {
		w.mu.Lock()
		delete(w.open, key)
		w.mu.Unlock()
		left()
	})
	return nil
}

func (d *Daemon) watchStop(_ context.Context, c *ipc.Caller, p api.WatchStopParams) (api.None, error) {
	d.watches.mu.Lock()
	stop := d.watches.open[watchKey{c, p.Subscription}]
	delete(d.watches.open, watchKey{c, p.Subscription})
	d.watches.mu.Unlock()
	if stop != nil {
		stop()
	}
	return api.None{}, nil
}

// newsBatch is how many events go in one notification at most.
const newsBatch = 256

var eventKinds = []api.EventKind{api.EventSession, api.EventState, api.EventRoute, api.EventConfig, api.EventLog}

func (d *Daemon) watchEvents(ctx context.Context, c *ipc.Caller, p api.WatchEventsParams) (api.WatchEventsResult, error) {
	for _, k := range p.Kinds {
		if !slices.Contains(eventKinds, k) {
			return api.WatchEventsResult{}, badParam("kinds", fmt.Sprintf("unknown kind of event %q", k))
		}
	}
	if len(p.Kinds) == 0 {
		p.Kinds = eventKinds
	}
	p.Prefix = p.Prefix.Masked()
	if s := d.published().session(p.Neighbor); s != nil {
		p.Neighbor = s.name
	} else if p.Neighbor != "" {
		return api.WatchEventsResult{}, &ipc.Error{Code: api.CodeNotFound, Message: "no such neighbor: " + p.Neighbor, Data: api.ErrorData{What: p.Neighbor}}
	}
	f := d.feed
	out := api.WatchEventsResult{Instance: f.instance, Next: f.position()}
	at := out.Next
	switch {
	case p.After == nil:
	case p.Instance != f.instance || *p.After >= out.Next:
		out.Restarted = true
	default:
		at = *p.After + 1
		_, out.Lost, at, _ = f.from(at, 0)
		out.Next = at
	}
	leave := f.want(p.Kinds)
	if slices.Contains(p.Kinds, api.EventRoute) { // what changes behind the answer is not missed
		if err := d.loop.order(ctx, watchTables); err != nil {
			leave()
			return out, err
		}
	}
	err := d.watches.begin(c, p.Subscription, api.NewsEvents, func(ctx context.Context) (any, bool) {
		var news api.EventNews
		news, at = f.await(ctx, &p, at)
		return news, ctx.Err() == nil
	}, leave)
	if err != nil {
		leave()
	}
	return out, err
}

// watchTables begins to note changes in all tables.
func watchTables(r *rib.RIB) {
	for _, f := range config.Families {
		r.Watch(f, true)
	}
}

// await gives the next events from number at on that a subscription wants, waiting for the first.
func (f *feed) await(ctx context.Context, p *api.WatchEventsParams, at uint64) (news api.EventNews, next uint64) {
	news.Subscription = p.Subscription
	for ctx.Err() == nil {
		events, lost, next, wait := f.from(at, newsBatch)
		at = next
		news.Lost += lost
		for i := range events {
			if wanted(p, &events[i]) {
				news.Events = append(news.Events, events[i])
			}
		}
		if len(news.Events) > 0 || news.Lost > 0 {
			break
		}
		if wait == nil {
			continue
		}
		select {
		case <-wait:
		case <-ctx.Done():
		}
	}
	return news, at
}

// wanted tells whether an event is one that a subscription asked for.
func wanted(p *api.WatchEventsParams, e *api.Event) bool {
	if !slices.Contains(p.Kinds, e.Kind) {
		return false
	}
	if p.Neighbor != "" && e.Neighbor != p.Neighbor && e.From != p.Neighbor {
		return false
	}
	if e.Kind == api.EventRoute && p.Prefix.IsValid() {
		return p.Prefix.Bits() <= e.Prefix.Bits() && p.Prefix.Contains(e.Prefix.Addr())
	}
	return true
}

// Bounds of the interval between two notifications that a client may ask for.
const (
	everyDefault = time.Second
	everyMin     = 100 * time.Millisecond
	everyMax     = time.Minute
)

func interval(everyMs int64) time.Duration {
	if everyMs <= 0 {
		return everyDefault
	}
	return min(max(time.Duration(everyMs)*time.Millisecond, everyMin), everyMax)
}

// pause waits; false: the subscription has ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// fingerprint changes when anything does that a listing could show.
type fingerprint struct {
	version  uint64
	tables   [len(config.Families)]uint64
	sessions uint64 // of all: steps, messages and state changes
}

func (d *Daemon) fingerprint(ctx context.Context) (p fingerprint) {
	pub := d.published()
	p.version = pub.version
	for _, s := range pub.sessions {
		v := s.view.Load()
		in, out := s.counts.total()
		p.sessions += in + out + v.ups + v.downs + uint64(v.machine.State)<<32
	}
	d.loop.ask(ctx, func(r *rib.RIB) {
		for i, f := range config.Families {
			p.tables[i] = r.Version(f)
		}
	})
	return p
}

func (d *Daemon) watchChanges(ctx context.Context, c *ipc.Caller, p api.WatchChangesParams) (api.None, error) {
	every, last := interval(p.EveryMs), d.fingerprint(ctx)
	return api.None{}, d.watches.begin(c, p.Subscription, api.NewsChanged, func(ctx context.Context) (any, bool) {
		for pause(ctx, every) {
			if now := d.fingerprint(ctx); now != last {
				last = now
				return api.ChangeNews{Subscription: p.Subscription}, true
			}
		}
		return nil, false
	}, func() {})
}

func (d *Daemon) watchSamples(_ context.Context, c *ipc.Caller, p api.WatchSamplesParams) (api.None, error) {
	wait := time.Duration(0) // the first sample comes at once
	return api.None{}, d.watches.begin(c, p.Subscription, api.NewsSample, func(ctx context.Context) (any, bool) {
		if !pause(ctx, wait) {
			return nil, false
		}
		wait = interval(p.EveryMs)
		s, err := d.sample(ctx)
		s.Subscription = p.Subscription
		return s, err == nil
	}, func() {})
}

// sample reads all figures of the moment.
func (d *Daemon) sample(ctx context.Context) (api.SampleNews, error) {
	pub := d.published()
	var loop loopStatistics
	if err := d.loop.ask(ctx, func(*rib.RIB) { loop = d.loop.watch.stats }); err != nil {
		return api.SampleNews{}, err
	}
	t, err := d.facts(ctx, pub.sessions)
	if err != nil {
		return api.SampleNews{}, err
	}
	now := time.Now()
	out := api.SampleNews{
		At: now, Hostname: pub.identity.hostname, Version: d.config.Version, UptimeMs: now.Sub(d.started).Milliseconds(),
		Loop:   api.LoopSample{Turns: loop.Turns, BusyUs: loop.Busy.Microseconds(), LongestUs: loop.Longest.Microseconds()},
		Tables: []api.TableSample{}, Neighbors: []api.SampleOfPeer{},
	}
	out.MemoryBytes, out.CPUMs = processFigures()
	if pub.config.Router != nil {
		out.AS, out.ASNotation, out.RouterID = pub.config.Router.AS, pub.notation(), addr4(pub.identity.routerID)
	}
	for i, f := range apiFamilies {
		out.Tables = append(out.Tables, api.TableSample{
			Family: f, Destinations: uint64(t.totals[i].Destinations), Paths: uint64(t.totals[i].Paths), Version: t.totals[i].Version,
		})
	}
	for _, s := range pub.sessions {
		out.Neighbors = append(out.Neighbors, s.sample(now, &t))
	}
	return out, nil
}

// sample is one neighbor's figures.
func (s *session) sample(now time.Time, t *tableFacts) api.SampleOfPeer {
	v := s.view.Load()
	out := api.SampleOfPeer{
		Name: s.name, Description: v.setup.Description, RemoteAS: v.remoteAS(), State: v.state(), AdminDown: v.setup.Shutdown, SinceMs: v.age(now),
	}
	for _, c := range t.counters[s] {
		out.Received += uint64(c.Received)
		out.Accepted += uint64(c.Accepted)
		out.Sent += uint64(c.Sent)
	}
	out.MessagesIn, out.MessagesOut = s.counts.total()
	if v.agreed != nil {
		n, _ := v.link.ring.depth()
		out.QueueOut, out.QueueIn = uint64(n), uint64(s.stream.waiting())
	}
	if down := v.downNow(now); down != nil {
		out.Down = down.String()
	}
	return out
}

// processFigures are the memory that the process has from the system, and the time on a processor that it has had.
func processFigures() (bytes uint64, cpuMs int64) {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(sample)
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) == nil {
		cpuMs = time.Duration(used.Utime.Nano() + used.Stime.Nano()).Milliseconds()
	}
	return sample[0].Value.Uint64() - sample[1].Value.Uint64(), cpuMs
}
