package fsmtest

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	seedCount = flag.Int("seeds", 20000, "how many seeds TestSeeds runs")
	oneSeed   = flag.Uint64("seed", 0, "run this seed alone and print its transcript")
)

// TestSeeds runs histories full of faults.
func TestSeeds(t *testing.T) { runSeeds(t, "TestSeeds", Run, *seedCount) }

// TestQuietSeeds runs histories without faults, against a close bound on the time to Established.
func TestQuietSeeds(t *testing.T) { runSeeds(t, "TestQuietSeeds", RunQuiet, *seedCount/4) }

func runSeeds(t *testing.T, name string, run func(uint64, io.Writer) Result, count int) {
	if *oneSeed != 0 {
		r := run(*oneSeed, os.Stdout)
		fmt.Println(r)
		if r.Err != nil {
			t.Error(r.Err)
		}
		return
	}
	if testing.Short() {
		count /= 10
	}
	begin := time.Now()
	var next, failed atomic.Int64
	var lock sync.Mutex
	var sum Result
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for seed := next.Add(1); seed <= int64(count) && failed.Load() < 3; seed = next.Add(1) {
				r := run(uint64(seed), nil)
				if r.Err != nil {
					failed.Add(1)
					t.Errorf("seed %d: %v\n%s\nagain: go test ./fsm/fsmtest -run %s$ -seed %d -v", seed, r.Err, tail(run, uint64(seed)), name, seed)
				}
				lock.Lock()
				sum.Steps += r.Steps
				sum.Sessions += r.Sessions
				sum.Collisions += r.Collisions
				sum.Faults += r.Faults
				sum.Settled = max(sum.Settled, r.Settled)
				lock.Unlock()
			}
		})
	}
	wg.Wait()
	summary = append(summary, fmt.Sprintf("%s: %d seeds in %v: %d steps, %d faults, %d sessions, %d collisions, settled after at most %v",
		name, count, time.Since(begin).Round(10*time.Millisecond), sum.Steps, sum.Faults, sum.Sessions, sum.Collisions,
		sum.Settled.Round(time.Millisecond)))
	t.Log(summary[len(summary)-1])
}

// tail gives the end of a seed's transcript.
func tail(run func(uint64, io.Writer) Result, seed uint64) string {
	var b bytes.Buffer
	run(seed, &b)
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}

// TestSameSeedSameHistory: a seed is replayable only if nothing but the seed decides.
func TestSameSeedSameHistory(t *testing.T) {
	for seed := uint64(1); seed <= 50; seed++ {
		var a, b bytes.Buffer
		Run(seed, &a)
		Run(seed, &b)
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Fatalf("seed %d gave two histories", seed)
		}
	}
}

// summary is what the tests ran. It is printed at the end; "go test" shows that without -v when it runs in this directory.
var summary []string

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	for _, line := range summary {
		fmt.Println("fsmtest:", line)
	}
	os.Exit(code)
}
