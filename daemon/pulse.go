package daemon

import (
	"sync/atomic"
	"time"
)

// A pulse tells whoever looks since when a loop has been busy with one piece of work, and with which. The loop writes it, two stores a piece;
// the watchdog reads it.
type pulse struct {
	since atomic.Int64 // nanoseconds by the loop's own origin, never 0 while it is busy; 0: it waits for work
	phase atomic.Uint32
}

// enter names the work that begins.
func (p *pulse) enter(phase uint32) { p.phase.Store(phase) }

// beat says that a piece of work begins, so long after the loop's origin. Monotonic, so that no step of the wall clock looks like a stall.
func (p *pulse) beat(at time.Duration) { p.since.Store(int64(at) + 1) }

// rest says that the loop waits for work.
func (p *pulse) rest() { p.since.Store(0) }

// sessionPhases are what a session may be busy with.
var sessionPhases = [...]string{"a tick", "a dialed connection", "an accepted connection", "a message", "a lost connection", "its configuration",
	"an order", "a refresh", "a limit", "the interfaces", "its end", "a question"}

// phaseOf is the place in sessionPhases for a message.
func phaseOf(m any) uint32 {
	switch m.(type) {
	case tick:
		return 0
	case dialed:
		return 1
	case accepted:
		return 2
	case *received:
		return 3
	case broken, outside:
		return 4
	case configure:
		return 5
	case order:
		return 6
	case soft:
		return 7
	case limitReached:
		return 8
	case linksChanged:
		return 9
	case retire:
		return 10
	}
	return 11
}
