package daemon

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"bgpsh/daemon/fault"
	"bgpsh/daemon/rib"
	"bgpsh/ipc/logline"
)

const (
	watchEvery = time.Second     // between two looks
	stallLimit = 5 * time.Second // a piece of work of a loop that takes longer is a stall
	stackBytes = 512 << 10       // of a report about a stall: the stacks of all goroutines
)

// A watchdog looks at the pulse of every loop and names one that does not come back. It does nothing about it: what hangs a loop is not undone
// from outside. But while the table loop hangs it does not tell the service manager that all is well, and so is the one that ends the daemon.
type watchdog struct {
	d *Daemon

	mu      sync.Mutex
	stalls  uint64
	longest time.Duration
	stuck   map[*pulse]*stall

	// Of run alone.
	last     time.Time // of the last look
	asked    bool      // the table loop, and has not answered yet
	answered chan struct{}
	fed      time.Time
	told     string // the status that the service manager was told last
}

// A stall is a piece of work that takes too long.
type stall struct {
	name  string
	since int64 // of the pulse
	age   time.Duration
}

// watched is one loop.
type watched struct {
	kind, name string
	pulse      *pulse
	origin     time.Time
	phase      func(uint32) string
}

func newWatchdog(d *Daemon) *watchdog {
	return &watchdog{d: d, stuck: map[*pulse]*stall{}, answered: make(chan struct{}, 1)}
}

// run looks at the loops until ctx ends, and tells the service manager how it goes.
func (w *watchdog) run(ctx context.Context) {
	every, manager := watchEvery, w.d.config.Manager
	if manager != nil && manager.Every > 0 {
		every = min(every, manager.Every)
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	w.last = time.Now()
	begun := w.d.begun
	for {
		select {
		case <-begun:
			begun = nil
			w.d.notify("READY=1")
		case <-w.answered:
			w.asked = false
			w.feed(time.Now())
		case now := <-ticker.C:
			w.look(now, every)
			w.ask()
		case <-ctx.Done():
			return
		}
	}
}

// ask puts a question to the table loop. Only its answer feeds the service manager: while the loop hangs there is none.
func (w *watchdog) ask() {
	if w.d.config.Manager == nil || w.asked {
		return
	}
	w.asked = w.d.loop.do(func(*rib.RIB, time.Time) { signal(w.answered) })
}

// feed tells the service manager that the table loop turns, and where the daemon stands.
func (w *watchdog) feed(now time.Time) {
	manager := w.d.config.Manager
	if manager.Every > 0 && (w.fed.IsZero() || now.Sub(w.fed) >= manager.Every) {
		w.fed = now
		w.d.notify("WATCHDOG=1")
	}
	if status := w.d.status(); status != w.told {
		w.told = status
		w.d.notify("STATUS=" + status)
	}
}

// loops visits what is watched at this moment.
func (w *watchdog) loops(visit func(watched)) {
	d, table := w.d, &w.d.loop.watch
	visit(watched{"table loop", "", &table.pulse, table.origin, func(n uint32) string { return loopPhase(n).String() }})
	visit(watched{"configuration loop", "", &d.controller.pulse, d.started, func(uint32) string { return "a change or a question" }})
	for _, s := range d.published().sessions {
		visit(watched{"session of ", s.name, &s.pulse, s.epoch, func(n uint32) string { return sessionPhases[min(int(n), len(sessionPhases)-1)] }})
	}
}

// look finds loops that do not come back, and those that did.
func (w *watchdog) look(now time.Time, every time.Duration) {
	late := now.Sub(w.last) - every
	w.last = now
	if late > stallLimit { // the whole process stood still: it was stopped, or the machine was asleep
		w.d.log.stoodStill(late)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := map[*pulse]bool{}
	w.loops(func(l watched) {
		since := l.pulse.since.Load()
		if age := now.Sub(l.origin) - time.Duration(since); since != 0 && age >= stallLimit {
			seen[l.pulse] = true
			w.hangs(l, since, age)
		}
	})
	for p, s := range w.stuck {
		if !seen[p] || p.since.Load() != s.since {
			w.d.log.wentOn(s.name, s.age)
			delete(w.stuck, p)
		}
	}
}

// hangs notes a loop that does not come back.
func (w *watchdog) hangs(l watched, since int64, age time.Duration) {
	s := w.stuck[l.pulse]
	if s == nil || s.since != since {
		s = &stall{name: l.kind + l.name + ", " + l.phase(l.pulse.phase.Load()), since: since}
		w.stuck[l.pulse] = s
		w.stalls++
		w.report(l)
	}
	s.age = age
	w.longest = max(w.longest, age)
}

// report writes down where every goroutine is.
func (w *watchdog) report(l watched) {
	stacks := make([]byte, stackBytes)
	stacks = stacks[:runtime.Stack(stacks, true)]
	w.d.faults.caught(fault.Fault{
		Place: fault.Stuck, Subject: l.kind + l.name, Doing: l.phase(l.pulse.phase.Load()), Cause: fmt.Sprintf("has not come back for %s", stallLimit),
		Stack: []byte{}, Notes: string(stacks),
	})
}

// stalled tells what a client is told: how often, how long at most, and what hangs now.
func (w *watchdog) stalled() (count uint64, longest time.Duration, stuck []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.stuck {
		stuck = append(stuck, fmt.Sprintf("%s, for %s", s.name, s.age.Round(time.Second)))
	}
	slices.Sort(stuck)
	return w.stalls, w.longest, stuck
}

func (g *daemonLog) stoodStill(d time.Duration) {
	g.say(logline.Warn, "the whole process stood still", field("for", d.Round(time.Second).String()))
}

func (g *daemonLog) wentOn(name string, after time.Duration) {
	g.say(logline.Warn, name+": came back", field("after", after.Round(time.Second).String()))
}
