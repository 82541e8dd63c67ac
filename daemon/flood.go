package daemon

import "time"

// While several neighbors send their tables, the best path of a prefix changes with each of them. To tell every one of these
// changes would cost more than the load itself. So in a flood egress waits for a moment, and tells what came of it. A single
// change never waits.
const (
	floodRoutes = 16 << 10               // prefixes in a row that make a flood
	floodGap    = time.Millisecond       // without a prefix: the flood is over
	floodHold   = 150 * time.Millisecond // longest wait; then egress tells what has piled up, and waits again
)

// A flood says when egress waits. Each turn of the loop begins it, and says what came.
type flood struct {
	routes int       // in a row
	last   time.Time // end of the last turn that had any
	fresh  bool      // the turn before had some
	since  time.Time // egress waits since then; zero: it does not
	until  uint64    // not 0: egress goes on until it has done so much work since the start
}

// begin begins a turn.
func (f *flood) begin(now time.Time) {
	switch {
	case f.fresh:
		f.last, f.fresh = now, false
	case now.Sub(f.last) > floodGap:
		f.routes = 0
	}
}

// came notes routes that were performed.
func (f *flood) came(routes int) {
	f.routes += routes
	f.fresh = f.fresh || routes > 0
}

// holds reports whether egress waits. It has done so much work since the start, and so many destinations are waiting for it.
func (f *flood) holds(now time.Time, done, waiting uint64) bool {
	switch {
	case f.routes < floodRoutes:
		f.since, f.until = time.Time{}, 0
		return false
	case done < f.until && waiting > 0:
		return false
	case f.since.IsZero() || f.until != 0:
		f.since, f.until = now, 0
	case now.Sub(f.since) >= floodHold:
		f.until = done + waiting
		return false
	}
	return true
}
