package fsmtest

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	seedCount = flag.Int("seeds", 20000, "how many seeds TestSeeds runs")
	oneSeed   = flag.Uint64("seed", 0, "run this seed alone and print its transcript")
)

func TestSeeds(t *testing.T) {
	if *oneSeed != 0 {
		r := Run(*oneSeed, os.Stdout)
		fmt.Println(r)
		if r.Err != nil {
			t.Error(r.Err)
		}
		return
	}
	count := *seedCount
	if testing.Short() {
		count = min(count, 2000)
	}
	begin := time.Now()
	var next, steps, sessions, faults, failed atomic.Int64
	var slowest atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for seed := next.Add(1); seed <= int64(count) && failed.Load() < 3; seed = next.Add(1) {
				r := Run(uint64(seed), nil)
				steps.Add(int64(r.Steps))
				sessions.Add(int64(r.Sessions))
				faults.Add(int64(r.Faults))
				for old := slowest.Load(); int64(r.Settled) > old && !slowest.CompareAndSwap(old, int64(r.Settled)); old = slowest.Load() {
				}
				if r.Err != nil {
					failed.Add(1)
					t.Errorf("seed %d: %v\nagain with its transcript: go test ./fsm/fsmtest -run TestSeeds -seed %d -v", seed, r.Err, seed)
				}
			}
		})
	}
	wg.Wait()
	summary = append(summary, fmt.Sprintf("%d seeds, %d steps, %d sessions, %d faults in %v; the slowest settled %v after its last fault",
		count, steps.Load(), sessions.Load(), faults.Load(), time.Since(begin).Round(10*time.Millisecond),
		time.Duration(slowest.Load()).Round(time.Millisecond)))
}

// summary is what the tests ran, printed whether or not they are verbose.
var summary []string

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	for _, line := range summary {
		fmt.Println("fsmtest:", line)
	}
	os.Exit(code)
}
