package daemon

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// Budgets of one turn of the loop, in work. Together they hold a turn at about two milliseconds, and at two tenths of one
// between two looks at the questions.
const (
	turnRoutes  = 8192 // prefixes of streams,
	turnItem    = 16   // as which an item counts at least
	turnUnits   = 2048 // destinations swept, re-evaluated or encoded
	turnQueries = 4    // questions and commands
)

// A ribLoop owns the RIB: nothing else touches it. Readers and sessions reach it through their streams, everyone else with
// a closure that is bounded by its own limit. The loop waits for nobody. Its goroutine is run, but a reader may stand in for it (errand.go).
type ribLoop struct {
	rib    *rib.RIB
	wake   chan struct{}
	faults *faults // nil in a simulation

	collector *collector // nil: the operator's, or none

	queries   *mailbox[query]
	seed      uint64
	units     int // turnUnits, or what a test wants
	ringLimit int // of the rings of its peers; likewise

	mu     sync.Mutex
	active []*stream // with items, in the order in which they got some

	owned   atomic.Bool // somebody owns the loop, see errand
	refused atomic.Bool // its goroutine found it owned, or is to go on with what an errand leaves

	// Of the owner.
	exports *exports
	rings   map[rib.PeerID]*ring
	imports map[rib.PeerID]*importer
	judges  []*judge // by neighbor; nil before the first route that is judged again
	streams map[rib.PeerID]*stream
	over    []rib.PeerID // passed their maximum-prefix just now
	watch   stopwatch
	flood   flood
	opening opening
	ups     uint64 // sessions that came up
	resting bool   // the last turn had nothing to do but to wait for the end of a flood
	rest    *rest
	due     time.Time   // when the goroutine looks at the clock again
	visit   visit       // what an errand brings about
	at      *stream     // whose item is being performed; nil: none
	item    *streamItem // that item
}

// A query is a question or a command for the RIB; its work must be bounded.
type query func(r *rib.RIB, now time.Time)

func newRIBLoop(c rib.Config, x *exports) *ribLoop {
	l := &ribLoop{
		wake:  make(chan struct{}, 1),
		units: turnUnits, ringLimit: ringLimit, exports: x,
		rings:   map[rib.PeerID]*ring{},
		imports: map[rib.PeerID]*importer{},
		streams: map[rib.PeerID]*stream{},
	}
	l.queries = &mailbox[query]{wake: l.wake}
	c.Import, c.ImportClass = l.evaluateImport, l.importClass
	c.Export, c.ExportClass, c.Condition = x.evaluate, x.class, x.permits
	c.Hits = hits{l}
	c.Uses = x.uses
	c.Deliver, c.Limited = l.deliver, l.limited
	c.Awaited = l.awaited
	c.Enter = func(p rib.Phase) { l.watch.pulse.enter(uint32(ribPhases[p])) }
	c.Lap = func(p rib.Phase, units int) { l.watch.lap(ribPhases[p], units) }
	l.seed = c.Seed
	l.rib = rib.New(c)
	return l
}

// begin makes the loop ready to run, before anybody knows it.
func (l *ribLoop) begin(c *collector) {
	l.collector = c
	l.watch.start()
	l.rest = newRest(c.work, c.release, c.tidy)
}

// run turns the loop until ctx ends.
func (l *ribLoop) run(ctx context.Context) {
	defer l.contain()
	again, due, rang := time.NewTimer(0), time.NewTimer(0), false
	for {
		if l.refused.Store(true); l.claim() {
			l.refused.Store(false)
			if !l.turns(ctx) {
				return
			}
			if rang {
				rang = false
				l.rest.rang(l.worked(), l.rib.Paths())
			}
			if l.resting {
				again.Reset(floodGap)
			} else {
				l.rest.idle(l.worked(), l.rib.Paths())
			}
			if l.due = l.deadline(time.Now()); !l.due.IsZero() {
				due.Reset(time.Until(l.due))
			}
			l.giveBack()
		}
		select {
		case <-l.wake:
		case <-again.C:
		case <-due.C:
		case <-l.rest.alarm.C:
			rang = true
		case <-ctx.Done():
			return
		}
	}
}

// turns turns the loop until there is nothing to do; false when ctx ended meanwhile.
func (l *ribLoop) turns(ctx context.Context) bool {
	for l.turn(time.Now()) && !l.resting {
		if ctx.Err() != nil {
			return false
		}
		l.rest.worked(l.worked(), l.rib.Paths())
		if l.rib.Walking() && l.flood.routes < floodRoutes { // in a flood every thread has its part
			offerCore()
		}
	}
	return true
}

// deadline is when time alone gives the loop something to do; zero: never.
func (l *ribLoop) deadline(now time.Time) time.Time {
	return earlier(l.rib.Deadline(), l.opening.deadline(now))
}

// worked is the work so far.
func (l *ribLoop) worked() done { return done{l.watch.stats.work(), l.ups} }

// turn does one bounded round of all phases and reports whether there is more to do.
func (l *ribLoop) turn(now time.Time) (more bool) {
	l.watch.begin()
	defer l.watch.end()
	l.flood.begin(now)
	more = l.answer(now)
	for done := 0; done < turnRoutes; {
		l.watch.pulse.enter(uint32(loopInbound))
		routes, ok := l.inbound(now)
		if !ok {
			break
		}
		l.watch.lap(loopInbound, routes)
		l.flood.came(routes)
		done += max(routes, turnItem)
		more = true
		l.answer(now)
	}
	hold := l.flood.holds(now, l.watch.stats.Phases[loopEgress].Units, l.rib.Waiting())
	l.rib.Hold(hold)
	l.rib.At(now)
	l.opening.apply(now, l.rib)
	more = l.rib.Turn(l.units) || more
	l.endOver()
	l.resting = hold && !more
	return more || hold
}

// awaited reports whether something came in that is not a part of a flood, or somebody asked: neither shall wait behind work on the whole
// table.
func (l *ribLoop) awaited() bool {
	if l.queries.len() > 0 {
		return true
	}
	if l.flood.routes >= floodRoutes {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.active) > 0
}

// answer performs some of the questions and commands that wait.
func (l *ribLoop) answer(now time.Time) (more bool) {
	for range turnQueries {
		q, ok := l.queries.take()
		if !ok {
			break
		}
		l.watch.pulse.enter(uint32(loopQueries))
		q(l.rib, now)
		l.watch.lap(loopQueries, 1)
		more = true
	}
	return more
}

// do queues a question or a command.
func (l *ribLoop) do(q query) bool { return l.queries.post(q) }

// ask runs q on the loop and waits until it is done, or ctx ends. q only reads, so that a fault in it harms nobody but who asks, and no
// policy counts what it judges for it.
func (l *ribLoop) ask(ctx context.Context, q func(r *rib.RIB)) error {
	return l.await(ctx, func(r *rib.RIB) (err error) {
		defer l.containQuestion(&err)
		l.exports.question()
		defer l.exports.answered()
		q(r)
		return nil
	})
}

// order is ask for what changes the table: a fault in it is one of the table.
func (l *ribLoop) order(ctx context.Context, change func(r *rib.RIB)) error {
	return l.await(ctx, func(r *rib.RIB) error { change(r); return nil })
}

func (l *ribLoop) await(ctx context.Context, q func(r *rib.RIB) error) error {
	done := make(chan error, 1)
	if !l.do(func(r *rib.RIB, _ time.Time) { done <- q(r) }) {
		return stopping()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *ribLoop) list(s *stream) {
	l.mu.Lock()
	l.active = append(l.active, s)
	l.mu.Unlock()
	if !l.owned.Load() { // the owner looks before it leaves
		signal(l.wake)
	}
}

// inbound performs one item of the stream whose turn it is, and reports its prefixes; false when no stream has any.
func (l *ribLoop) inbound(now time.Time) (units int, ok bool) {
	l.mu.Lock()
	if len(l.active) == 0 {
		l.mu.Unlock()
		return 0, false
	}
	s := l.active[0]
	copy(l.active, l.active[1:])
	l.active = l.active[:len(l.active)-1]
	l.mu.Unlock()
	it, found, resumed := s.next()
	if resumed {
		l.rib.Ready(s.peer)
	}
	if found {
		if units = 1; it.batch != nil {
			units = it.batch.Len()
		}
		l.at, l.item = s, &it
		l.perform(now, s, it)
		l.at, l.item = nil, nil
		l.list(s)
	}
	return units, true
}

func (l *ribLoop) perform(now time.Time, s *stream, it streamItem) {
	if it.batch != nil {
		it.batch.Peer = s.peer
		if r := l.rings[s.peer]; r != nil {
			r.talks = true
		}
		l.rib.Apply(it.batch, now)
		l.endOver()
		putBatch(it.batch)
		return
	}
	switch it.kind {
	case controlUp:
		if s.peer == rib.Local {
			s.peer = l.rib.AddPeer()
		}
		l.rings[s.peer], l.imports[s.peer] = it.ring, it.imports
		l.streams[s.peer], s.era = s, it.session.Generation
		l.ups++
		l.rib.Up(s.peer, it.session)
		l.opening.up(now, s.name, it.session.Families)
		l.rib.ImportChanged(s.peer, it.imports.version)
	case controlDown:
		delete(l.rings, s.peer)
		l.rib.Down(s.peer)
		l.opening.down(s.name)
	case controlLose:
		delete(l.rings, s.peer)
		l.rib.Lose(s.peer, it.families)
		l.opening.down(s.name)
	case controlAge:
		l.rib.AgeRoutes(s.peer, it.family)
	case controlDrop:
		l.rib.DropKept(s.peer, it.family)
	case controlEndOfRIB:
		if l.rib.EndOfRIB(s.peer, it.family) {
			s.post(synced{generation: s.era, family: it.family})
		}
		l.opening.sent(s.name, it.family)
	case controlAlive:
		l.opening.alive(s.name)
	case controlRefresh:
		l.rib.RefreshIn(s.peer, it.family, it.subtype)
	case controlImport:
		l.imports[s.peer] = it.imports
		l.rib.ImportChanged(s.peer, it.imports.version)
	case controlRegroup:
		l.rib.Regroup(s.peer, *it.regroup)
	case controlRelease:
		l.exports.release(it.numbers...)
	case controlGone:
		l.forget(s)
	}
}

// forget ends a stream whose session is gone for good.
func (l *ribLoop) forget(s *stream) {
	if s.peer == rib.Local {
		return
	}
	l.rib.RemovePeer(s.peer)
	delete(l.rings, s.peer)
	delete(l.imports, s.peer)
	l.dismiss(s.peer)
	delete(l.streams, s.peer)
	s.peer = rib.Local
}

func (l *ribLoop) evaluateImport(p rib.PeerID, f wire.Family, pre wire.Attrs, pfx wire.Prefix, e *wire.Editor) (reason rib.Reason) {
	im := l.imports[p]
	if im == nil {
		return 0
	}
	defer l.containImport(p, f, pre, pfx, &reason)
	if int(p) >= len(l.judges) {
		l.judges = append(l.judges, make([]*judge, int(p)+1-len(l.judges))...)
	}
	if l.judges[p] == nil {
		l.judges[p] = new(judge)
	}
	return l.judges[p].evaluate(im, e, pre, f, pfx)
}

// judge is the one that judges a neighbor's routes again; nil: none has yet.
func (l *ribLoop) judge(p rib.PeerID) *judge {
	if int(p) < len(l.judges) {
		return l.judges[p]
	}
	return nil
}

// dismiss forgets a neighbor's judge.
func (l *ribLoop) dismiss(p rib.PeerID) {
	if j := l.judge(p); j != nil {
		j.flush()
		l.judges[p] = nil
	}
}

// importClass is the RIB's question what import of a neighbor's route can depend on of its prefix.
func (l *ribLoop) importClass(p rib.PeerID, f wire.Family, pfx wire.Prefix) (class uint32) {
	im := l.imports[p]
	if im == nil {
		return 0
	}
	defer l.unclassed(&class)
	return im.class(f, pfx)
}

// deliver hands a buffer of routes to the peer's connection.
func (l *ribLoop) deliver(p rib.PeerID, f wire.Family, buf []byte, nlri int) bool {
	r := l.rings[p]
	if r == nil {
		return true
	}
	room := r.queueRoutes(buf)
	if !l.visit.calls(r) {
		r.call()
	}
	return room
}
