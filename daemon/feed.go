package daemon

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/fsm"
	"bgpsh/ipc/api"
	"bgpsh/ipc/logline"
)

// feedLength is how many events are remembered, for clients that read slowly or connect anew.
const feedLength = 4096

// A feed is what happened lately, in order and numbered. Whoever has an event adds it and goes on; each subscription reads
// at its own pace, and one that falls behind what is remembered is told by how much. Nothing waits for anybody, and no
// subscription has a queue.
//
// What is frequent, routes and log records, is recorded only while somebody wants it, or did a moment ago.
type feed struct {
	instance int64 // numbers begin anew with each daemon

	mu     sync.Mutex
	events []api.Event   // a circle; event n is at n % feedLength
	next   uint64        // number of the next event, from 1
	news   chan struct{} // closed by the next event; nil: nobody waits

	wanted [2]demand // of routes, of log records
	routes chan struct{}
}

// demand counts the subscriptions of a kind of event.
type demand struct {
	count atomic.Int32
	until atomic.Int64 // recorded until then although nobody listens, in Unix nanoseconds
}

// linger is how long a kind of event is recorded after its last subscription ended, so that a client that lost its
// connection can go on where it was.
const linger = 30 * time.Second

func newFeed(start time.Time) *feed {
	return &feed{instance: start.UnixNano(), next: 1, routes: make(chan struct{}, 1)}
}

// add records an event at time now.
func (f *feed) add(now time.Time, e api.Event) {
	if f == nil { // a simulated daemon has no clients
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	e.Number, e.At = f.next, now
	if n := int(f.next % feedLength); n < len(f.events) {
		f.events[n] = e
	} else {
		for len(f.events) < n {
			f.events = append(f.events, api.Event{}) // number 0 does not exist
		}
		f.events = append(f.events, e)
	}
	f.next++
	if f.news != nil {
		close(f.news)
		f.news = nil
	}
}

// from gives the events from number n on, up to limit of them, how many between n and the first of them are not remembered
// any more, and where to go on. Without events, wait is closed by the next one.
func (f *feed) from(n uint64, limit int) (events []api.Event, lost, next uint64, wait <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if oldest := f.next - min(f.next-1, feedLength); n < oldest {
		lost, n = oldest-n, oldest
	}
	for ; n < f.next && len(events) < limit; n++ {
		events = append(events, f.events[n%feedLength])
	}
	if len(events) == 0 {
		if f.news == nil {
			f.news = make(chan struct{})
		}
		wait = f.news
	}
	return events, lost, n, wait
}

// position is the number of the next event.
func (f *feed) position() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.next
}

// demandOf is the demand for a kind of event; nil for the kinds that are always recorded.
func (f *feed) demandOf(k api.EventKind) *demand {
	switch k {
	case api.EventRoute:
		return &f.wanted[0]
	case api.EventLog:
		return &f.wanted[1]
	}
	return nil
}

// want counts a subscription of kinds in; leave counts it out.
func (f *feed) want(kinds []api.EventKind) (leave func()) {
	for _, k := range kinds {
		if d := f.demandOf(k); d != nil {
			d.count.Add(1)
		}
	}
	signal(f.routes)
	return func() {
		for _, k := range kinds {
			if d := f.demandOf(k); d != nil {
				d.until.Store(time.Now().Add(linger).UnixNano())
				d.count.Add(-1)
			}
		}
		signal(f.routes)
	}
}

// open tells whether events of a kind are to be recorded.
func (d *demand) open(now time.Time) bool {
	return d.count.Load() > 0 || d.until.Load() > now.UnixNano()
}

// session records that a session's state is another one than it told last.
func (f *feed) session(now time.Time, s *session, was stage, v *view) {
	is := v.stage()
	up, wasUp := is.machine == fsm.Established, was.machine == fsm.Established
	if f == nil || was.state == is.state && (!up || was.ups == is.ups) {
		return
	}
	e := api.Event{Kind: api.EventState, Neighbor: s.name, State: is.state, Was: was.state}
	if up || wasUp {
		e.Kind = api.EventSession
	}
	if v.down != nil && backward(is.machine) && !backward(was.machine) {
		e.Reason = v.downNow(now).String()
	}
	f.add(now, e)
}

// backward tells whether a state is one that a neighbor falls back to.
func backward(s fsm.State) bool { return s == fsm.Idle || s == fsm.Connect || s == fsm.Active }

// configured records that the running configuration is another one.
func (f *feed) configured(old, p *publication) {
	if old != nil && old.version != p.version {
		f.add(p.changedAt, api.Event{Kind: api.EventConfig, User: p.changedBy, Version: p.version})
	}
}

// record is what the log gives each of its records to.
func (f *feed) record(r *logline.Record) {
	if d := f.demandOf(api.EventLog); d.open(time.Now()) {
		e := api.Event{Kind: api.EventLog, Level: r.Level.String(), Text: r.Msg}
		for _, x := range r.Fields {
			switch text, _ := x.Value.(string); x.Key {
			case "neighbor":
				e.Neighbor = text
			case "message_contents":
				e.Text += ": " + text
			}
		}
		f.add(r.Time, e)
	}
}

// Changes of routes are taken from the table in pieces of routePiece, one each routePause while there are any: what a
// table of a million routes does at once reaches an onlooker over a while, and the loop hardly notices.
const (
	routePiece = 512
	routePause = 20 * time.Millisecond
)

// watchRoutes is the goroutine that turns changes of the table into events while somebody wants them.
func (f *feed) watchRoutes(ctx context.Context, d *Daemon) {
	on := false
	for {
		wanted := f.wanted[0].open(time.Now())
		if wanted != on {
			on = wanted
			if d.loop.order(ctx, func(r *rib.RIB) {
				for _, family := range config.Families {
					r.Watch(family, wanted)
				}
			}) != nil {
				return
			}
		}
		more := on && f.takeRoutes(ctx, d)
		pause := time.Duration(-1) // until somebody wants something
		switch {
		case more:
			pause = routePause
		case on && f.wanted[0].count.Load() == 0:
			pause = linger
		}
		if !f.rest(ctx, pause) {
			return
		}
	}
}

// rest waits for news of the table, at most for pause where that is not negative, but never less than routePause.
func (f *feed) rest(ctx context.Context, pause time.Duration) bool {
	short := time.NewTimer(routePause)
	defer short.Stop()
	select {
	case <-short.C:
	case <-ctx.Done():
		return false
	}
	if pause == routePause {
		return true
	}
	var long <-chan time.Time
	if pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		long = timer.C
	}
	select {
	case <-f.routes:
		return true
	case <-long:
		return true
	case <-ctx.Done():
		return false
	}
}

// takeRoutes records one piece of each table's changes and reports whether more wait.
func (f *feed) takeRoutes(ctx context.Context, d *Daemon) (more bool) {
	pub := d.published()
	names := newPeerNames(pub)
	var changes [len(config.Families)][]rib.Change
	if d.loop.order(ctx, func(r *rib.RIB) {
		names.learn(pub)
		for i, family := range config.Families {
			all, waiting := r.Changes(family, routePiece)
			changes[i], more = all, more || waiting > 0
		}
	}) != nil {
		return false
	}
	now := time.Now()
	for i := range changes {
		slices.SortFunc(changes[i], func(a, b rib.Change) int { return a.Prefix.Compare(b.Prefix) })
		for _, c := range changes[i] {
			f.add(now, routeEvent(names, apiFamilies[i], &c))
		}
	}
	return more
}

// routeEvent is a change of the table as clients hear of it.
func routeEvent(names *peerNames, family api.Family, c *rib.Change) api.Event {
	e := api.Event{Kind: api.EventRoute, Family: family, Prefix: c.Prefix, Gone: !c.Best}
	if c.Known {
		e.From = names.name(c.Was)
	}
	if c.Best {
		e.Neighbor = names.name(c.Peer)
		e.ASPath, e.NextHop = c.Attrs.ASPath().String(), c.Attrs.NextHop()
	}
	return e
}

// name is what an event calls a neighbor; "local" is the router itself.
func (n *peerNames) name(id rib.PeerID) string {
	if id == rib.Local {
		return "local"
	}
	if v := n.byID[id]; v != nil {
		return v.setup.Name
	}
	return ""
}
