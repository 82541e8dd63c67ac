package daemon

import (
	"math/bits"
	"time"

	"bgpsh/daemon/rib"
)

// loopPhase is one kind of work of the RIB loop.
type loopPhase uint8

const (
	loopQueries loopPhase = iota // questions of clients, commands of the controller
	loopInbound                  // items of the streams: batches of routes, sessions that come and go
	loopSweep                    // routes of lost sessions and of an ended refresh leave
	loopPolicy                   // paths are judged, or destinations decided, again
	loopEgress                   // what neighbors must hear is encoded and handed over
	loopRemains                  // sent routes of ended groups and destinations without paths are given back
	loopPhases
)

var loopPhaseNames = [loopPhases]string{"queries", "inbound", "sweep", "policy", "egress", "remains"}

func (p loopPhase) String() string { return loopPhaseNames[min(p, loopPhases-1)] }

// ribPhases gives the loop's name for each phase of RIB.Turn.
var ribPhases = [rib.PhaseCount]loopPhase{
	rib.PhaseSweep: loopSweep, rib.PhasePolicy: loopPolicy, rib.PhaseEgress: loopEgress, rib.PhaseRemains: loopRemains,
}

// phaseStatistics is what one phase has cost since the daemon's start.
type phaseStatistics struct {
	Time    time.Duration
	Longest time.Duration // of one piece of work between two looks at the clock
	Units   uint64        // questions, prefixes in batches, destinations looked at
}

// turnLengths is how many classes of turn lengths are counted.
const turnLengths = 16

// loopStatistics measure the RIB loop since the daemon's start. They belong to the loop: a query reads them.
type loopStatistics struct {
	Turns   uint64
	Busy    time.Duration // of all turns
	Longest time.Duration // turn
	// Lengths counts turns by their length: those of class i took less than 2^i microseconds, and not less than half of that;
	// the last class has all longer ones.
	Lengths [turnLengths]uint64
	Phases  [loopPhases]phaseStatistics
}

// work is the units of all phases but queries.
func (s *loopStatistics) work() (n uint64) {
	for p := loopQueries + 1; p < loopPhases; p++ {
		n += s.Phases[p].Units
	}
	return n
}

// A stopwatch measures the phases of a loop. The zero value, which the simulator uses, does not run and costs nothing.
type stopwatch struct {
	stats   loopStatistics
	running bool
	origin  time.Time     // readings count from here
	begun   time.Duration // of the turn
	last    time.Duration // end of the phase before
	pulse   pulse
}

// start makes the stopwatch run.
func (w *stopwatch) start() { w.running, w.origin = true, time.Now() }

// begin begins a turn.
func (w *stopwatch) begin() {
	if w.running {
		w.begun = time.Since(w.origin)
		w.last = w.begun
		w.pulse.beat(w.begun)
	}
}

// lap books the time since the last lap or begin on a phase that did some units of work.
func (w *stopwatch) lap(p loopPhase, units int) {
	if !w.running {
		return
	}
	now := time.Since(w.origin)
	s := &w.stats.Phases[p]
	s.Time += now - w.last
	s.Longest = max(s.Longest, now-w.last)
	s.Units += uint64(units)
	w.last = now
	w.pulse.beat(now)
}

// end ends a turn.
func (w *stopwatch) end() {
	if !w.running {
		return
	}
	w.pulse.rest()
	took, s := time.Since(w.origin)-w.begun, &w.stats
	s.Turns++
	s.Busy += took
	s.Longest = max(s.Longest, took)
	s.Lengths[min(bits.Len64(uint64(took.Microseconds())), turnLengths-1)]++
}
