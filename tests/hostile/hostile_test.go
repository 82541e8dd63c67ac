package hostile

import (
	"context"
	"flag"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"
)

var length = flag.Duration("for", 700*time.Millisecond, "how long each attack lasts")

// patience is how long a test waits for what must come, on a machine that has much else to do.
const patience = time.Minute

// Bounds for the daemon under attack. They are far from what is measured: a bound that is passed is a fault, not a slow machine.
const (
	mostDelay  = 20 * time.Second // from a healthy neighbor's change to the other
	mostPause  = 20 * time.Second // between two KEEPALIVEs that go out every 3 s
	mostMemory = 250.0            // MiB above the start
	mostLog    = 1 << 20          // octets that an attack adds
)

// beacon is the route whose changes are timed.
var beacon = netip.MustParsePrefix("198.51.100.0/24")

// An attack goes on until its context ends, and tells in figures what it did.
type attack struct {
	name string
	run  func(ctx context.Context, s *subject) []any
}

func TestHealthyNeighborsBesideHostileOnes(t *testing.T) {
	s := start(t)
	feed, watch := s.session(feeder), s.session(watcher)
	generation := uint32(0)
	beat := func() time.Duration {
		t.Helper()
		generation++
		began := time.Now()
		feed.send(feed.announcement(beacon, generation, nil))
		if err := watch.until(func() bool { return watch.marks[beacon] == generation }); err != nil {
			t.Fatalf("change %d of a healthy neighbor: %v", generation, err)
		}
		return time.Since(began)
	}
	beat()
	resting := s.memory()
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			logged := len(s.log())
			ctx, cancel := context.WithTimeout(t.Context(), *length)
			defer cancel()
			var done []any
			var wait sync.WaitGroup
			wait.Go(func() { done = a.run(ctx, s) })
			var delays []time.Duration
			memory := resting
			for ctx.Err() == nil {
				delays = append(delays, beat())
				memory = max(memory, s.memory())
			}
			wait.Wait()
			delays = append(delays, beat()) // and afterwards
			memory, logged = max(memory, s.memory())-resting, len(s.log())-logged
			slices.Sort(delays)
			worst := delays[len(delays)-1]
			t.Log(done...)
			t.Logf("%d changes of a healthy neighbor, median %v, longest %v; %.0f MiB more than at rest; %d octets of log",
				len(delays), delays[len(delays)/2].Round(time.Microsecond), worst.Round(time.Microsecond), memory, logged)
			if worst > mostDelay || memory > mostMemory || logged > mostLog {
				t.Errorf("more than %v, %v MiB or %d octets", mostDelay, mostMemory, mostLog)
			}
		})
	}
	for name, p := range map[string]*peer{"feeder": feed, "watcher": watch} {
		p.mu.Lock()
		t.Logf("the %s waited %v for a KEEPALIVE at most", name, p.pause.Round(time.Millisecond))
		if p.ended != nil || p.pause > mostPause {
			t.Errorf("the session of the %s: %v", name, p.ended)
		}
		p.mu.Unlock()
	}
}
