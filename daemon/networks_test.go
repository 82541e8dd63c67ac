package daemon

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"bgpsh/tests/sim"
)

var (
	simSeed  = flag.Uint64("sim.seed", 0, "run the simulated network of this seed alone, and print its trace")
	simFirst = flag.Uint64("sim.first", 1, "first seed of the simulated networks")
	simHours = flag.Float64("sim.hours", 0, "simulate networks until so many hours have passed on them")
	simFor   = flag.Duration("sim.for", 0, "simulate networks for so long")
	simFile  = flag.String("sim.file", "", "run the scenario in this file alone, and print its trace")
)

// simTotals add up what many runs did.
type simTotals struct {
	mu      sync.Mutex
	seeds   int
	events  int
	steps   int
	virtual time.Duration
	settled time.Duration
	slowest uint64
	peak    peaks
}

func (s *simTotals) add(seed uint64, p *played) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seeds++
	s.events += p.events
	s.steps += p.steps
	s.virtual += p.virtual
	if p.settled > s.settled {
		s.settled, s.slowest = p.settled, seed
	}
	s.peak.raise(p.peak)
}

// TestNetworks simulates one network after the other: each must end with the tables of the slow twin. With -sim.hours or
// -sim.for it goes on for longer; a failure names its seed and is shrunk.
func TestNetworks(t *testing.T) {
	switch {
	case *simSeed != 0:
		rerun(t, sim.Generate(*simSeed))
		return
	case *simFile != "":
		rerun(t, readScenario(t, *simFile))
		return
	}
	var totals simTotals
	began, next := time.Now(), *simFirst
	enough := func() bool {
		switch {
		case *simFor > 0:
			return time.Since(began) >= *simFor
		case *simHours > 0:
			return totals.virtual.Hours() >= *simHours
		}
		return totals.seeds >= few(12)
	}
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for !t.Failed() {
				totals.mu.Lock()
				seed, stop := next, enough()
				next++
				totals.mu.Unlock()
				if stop {
					return
				}
				out := play(sim.Generate(seed), 200)
				totals.add(seed, &out)
				if out.wrong != nil {
					report(t, seed, sim.Generate(seed), &out)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d seeds from %d, %.0f network-hours, %d events, %d steps in %.0f s; slowest to settle %v (seed %d); most that waited %+v",
		totals.seeds, *simFirst, totals.virtual.Hours(), totals.events, totals.steps, time.Since(began).Seconds(),
		totals.settled, totals.slowest, totals.peak)
}

// few is n, or a third of it where tests are to be short.
func few(n int) int {
	if testing.Short() {
		return n / 3
	}
	return n
}

// report tells of a failure, with the smallest scenario that fails too.
func report(t *testing.T, seed uint64, s *sim.Scenario, out *played) {
	t.Errorf("seed %d: %v\nagain with: go test ./daemon -run TestNetworks -sim.seed=%d", seed, out.wrong, seed)
	small, runs := sim.Shrink(s, time.Minute, func(s *sim.Scenario) bool {
		again := play(s, 1)
		return again.wrong != nil
	})
	again := play(small, 80)
	t.Errorf("shrunk in %d runs to %d routers, %d links, %d events: %v\n%s\nthe end of its trace:\n%s",
		runs, len(small.Routers), len(small.Links), len(small.Events), again.wrong, small, again.text)
}

// rerun runs one scenario twice, which must give the same trace, and prints it.
func rerun(t *testing.T, s *sim.Scenario) {
	first, second := play(s, 0), play(s, 0)
	if first.sum != second.sum {
		t.Errorf("two runs gave two traces: %x and %x", first.sum, second.sum)
	}
	t.Logf("%s\n%s\ntrace %x, %d steps, %v, settled in %v", s, first.text, first.sum, first.steps, first.virtual, first.settled)
	if first.wrong != nil {
		t.Error(first.wrong)
	}
}

func readScenario(t *testing.T, name string) *sim.Scenario {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sim.Parse(text)
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", name, err))
	}
	return s
}

// TestKnownScenarios runs the scenarios that found something once.
func TestKnownScenarios(t *testing.T) {
	names, _ := filepath.Glob("testdata/networks/*.txt")
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			if out := play(readScenario(t, name), 100); out.wrong != nil {
				t.Errorf("%v\n%s", out.wrong, out.text)
			}
		})
	}
}

// TestNetworkReplays runs seeds twice: every choice and every byte must be the same.
func TestNetworkReplays(t *testing.T) {
	for seed := uint64(1); seed <= uint64(few(4)); seed++ {
		s := sim.Generate(seed)
		text := s.String()
		first := play(s, 1)
		again, err := sim.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if second := play(again, 1); first.sum != second.sum || first.steps != second.steps {
			t.Errorf("seed %d gave two traces: %x after %d steps and %x after %d", seed, first.sum, first.steps, second.sum, second.steps)
		}
	}
}
