package transport

import (
	"container/heap"
	"slices"
	"time"
)

// An event is something under way: it happens at a time, and at equal times in the order of sending. fire performs it and
// reports whether it could: what is stopped by a fault, a TTL or a full buffer is held, and tried again when any of these
// changes. lossy events are lost instead (a reset is not retransmitted).
type event struct {
	at    time.Time
	seq   uint64
	fire  func() bool
	lossy bool
}

type events []event

func (q events) Len() int { return len(q) }
func (q events) Less(i, j int) bool {
	if q[i].at.Equal(q[j].at) {
		return q[i].seq < q[j].seq
	}
	return q[i].at.Before(q[j].at)
}
func (q events) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *events) Push(e any)   { *q = append(*q, e.(event)) }
func (q *events) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = event{}
	*q = (*q)[:last]
	return e
}

// send puts an event under way.
func (f *Fabric) send(at time.Time, lossy bool, fire func() bool) {
	f.seq++
	heap.Push(&f.queue, event{at: at, seq: f.seq, fire: fire, lossy: lossy})
}

// release tries everything held again, in its order, at the next Advance.
func (f *Fabric) release() {
	for _, e := range f.held {
		e.at = f.now
		heap.Push(&f.queue, e)
	}
	f.held = f.held[:0]
}

// Now is the time that Advance was told last.
func (f *Fabric) Now() time.Time { return f.now }

// Next is when the next thing arrives; false when nothing is under way that time alone would bring.
func (f *Fabric) Next() (time.Time, bool) {
	if len(f.queue) == 0 {
		return time.Time{}, false
	}
	return f.queue[0].at, true
}

// Step delivers the one thing that is due next by now, and reports whether there was one. The Fabric's time does not go
// back when now does.
func (f *Fabric) Step(now time.Time) bool {
	if now.After(f.now) {
		f.now = now
	}
	if len(f.queue) == 0 || f.queue[0].at.After(f.now) {
		return false
	}
	e := heap.Pop(&f.queue).(event)
	if !e.fire() && !e.lossy {
		f.held = append(f.held, e)
	}
	return true
}

// Advance delivers everything due by now, including what that sets under way without delay, and reports whether there was any.
func (f *Fabric) Advance(now time.Time) (some bool) {
	for f.Step(now) {
		some = true
	}
	return some
}

func (f *Fabric) addStream(s *Stream) { f.streams = append(f.streams, s) }

func (f *Fabric) dropStream(s *Stream) {
	if i := slices.Index(f.streams, s); i >= 0 {
		f.streams = slices.Delete(f.streams, i, i+1)
	}
}
