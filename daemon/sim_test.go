package daemon

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"time"

	"bgpsh/daemon/transport"
)

// A lab runs the step functions of whole daemons in one goroutine on a network in memory and virtual time. At each step
// the seed chooses which of the things that could run runs next; the same seed gives the same trace.
type lab struct {
	now    time.Time
	rng    *rand.Rand
	fabric *transport.Fabric
	nodes  []*simNode
	timers []simTimer
	lazy   taskKind // runs rarely while other work waits
	steps  int

	inspect func(*simNode) // called now and then for a daemon that has just done something

	sum   uint64 // of the trace so far: what ran when, and every byte that was read
	trace []string
	keep  int // newest lines of the trace that are kept; 0: all
}

// simTimer is something that the test wants to happen.
type simTimer struct {
	at time.Time
	do func()
}

var simStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newLab(seed uint64) *lab {
	s := &lab{now: simStart, rng: rand.New(rand.NewPCG(seed, 1)), fabric: transport.NewFabric()}
	s.fabric.Latency = func(string, string) time.Duration {
		return time.Millisecond + time.Duration(s.rng.IntN(5))*time.Millisecond
	}
	s.fabric.Advance(s.now)
	return s
}

// add makes a daemon with one interface on the one segment, and its configuration.
func (s *lab) add(name, addr string, lines ...string) *simNode {
	n := s.host(name, link0("eth0", addr))
	n.node.Attach("lan", "eth0", addr)
	n.boot()
	n.configure(lines...)
	n.step(task{kind: taskControl})
	return n
}

// at has something done later.
func (s *lab) at(after time.Duration, do func()) {
	s.timers = append(s.timers, simTimer{s.now.Add(after), do})
}

// note adds a line to the trace.
func (s *lab) note(format string, args ...any) {
	line := fmt.Sprintf("%12.3f %s", s.now.Sub(simStart).Seconds(), fmt.Sprintf(format, args...))
	s.mix(uint64(crc32.ChecksumIEEE([]byte(line))))
	if s.keep > 0 && len(s.trace) >= 2*s.keep {
		s.trace = append(s.trace[:0], s.trace[s.keep:]...)
	}
	s.trace = append(s.trace, line)
}

func (s *lab) mix(v uint64) { s.sum = (s.sum ^ v) * 0x100000001b3 }

// text is the trace.
func (s *lab) text() string { return strings.Join(s.trace, "\n") }

// run steps until done or the limit of virtual time has passed; it reports whether done was reached.
func (s *lab) run(limit time.Duration, done func() bool) bool {
	until := s.now.Add(limit)
	s.touch()
	for !done() {
		if s.one() {
			continue
		}
		next := s.next(until)
		if !next.After(s.now) || next.After(until) {
			return done()
		}
		s.now = next
	}
	return true
}

// pass lets time pass, to its end.
func (s *lab) pass(d time.Duration) {
	until := s.now.Add(d)
	s.touch()
	for {
		if s.one() {
			continue
		}
		if next := s.next(until); next.After(s.now) {
			s.now = next
			continue
		}
		return
	}
}

// touch has all daemons looked at again: the test may have changed something.
func (s *lab) touch() {
	for _, n := range s.nodes {
		n.dirty = true
	}
}

// one runs one of the things that could run now; false when there is none.
func (s *lab) one() bool {
	for i, t := range s.timers {
		if !t.at.After(s.now) {
			s.timers = append(s.timers[:i], s.timers[i+1:]...)
			t.do()
			return true
		}
	}
	total := 0
	at, ok := s.fabric.Next()
	due := ok && !at.After(s.now)
	if due {
		total = 1
	}
	for _, n := range s.nodes {
		n.look()
		total += len(n.tasks)
	}
	if total == 0 {
		return false
	}
	s.steps++
	n, t := s.choose(total, due)
	if n != nil && t.kind == s.lazy && total > 1 && s.rng.IntN(8) > 0 {
		n, t = s.choose(total, due)
	}
	if n == nil {
		s.fabric.Step(s.now)
		return true
	}
	s.mix(uint64(t.kind)<<32 + uint64(t.index))
	n.step(t)
	if s.inspect != nil && s.steps&31 == 0 {
		s.inspect(n)
	}
	return true
}

// choose picks a task; none: what is due on the network.
func (s *lab) choose(total int, due bool) (*simNode, task) {
	i := s.rng.IntN(total)
	s.mix(uint64(i)<<16 + uint64(total))
	if due {
		i--
	}
	for _, n := range s.nodes {
		if i >= 0 && i < len(n.tasks) {
			return n, n.tasks[i]
		}
		i -= len(n.tasks)
	}
	return nil, task{}
}

// next is the next time at which something happens by itself, until at most.
func (s *lab) next(until time.Time) time.Time {
	next := until
	earlier := func(t time.Time) {
		if !t.IsZero() && t.Before(next) {
			next = t
		}
	}
	if at, ok := s.fabric.Next(); ok {
		earlier(at)
	}
	for _, t := range s.timers {
		earlier(t.at)
	}
	for _, n := range s.nodes {
		earlier(n.due)
	}
	return next
}
