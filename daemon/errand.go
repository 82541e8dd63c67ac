package daemon

import "time"

// The table loop has one owner at a time. Mostly that is its own goroutine. A reader that brings a few routes while nobody owns the loop does the
// errand itself: it takes a few turns, gives the loop back, and writes what came of it as far as the sockets take it at once. So a change
// that comes alone meets no goroutine that has to be woken first, which costs more than the change (docs/decisions/0018-a-change-alone.md).
const (
	errandRoutes = 64 // prefixes of a batch, at most
	errandTurns  = 4  // then the loop's goroutine goes on
	errandWrites = 16 // connections that the reader writes to; for the others their writers are called
)

// A visit is what an errand brings about while it owns the loop.
type visit struct {
	under bool    // way
	rings []*ring // that got routes
	count int     // of errands that wrote
}

// calls reports whether an errand is under way, which then calls the writer of r when it is done.
func (v *visit) calls(r *ring) bool {
	if v.under && !r.called {
		r.called = true
		v.rings = append(v.rings, r)
	}
	return v.under
}

// end gives the rings that got routes in the order in which they are to be written to, as many as fit dst; the writers of the others are
// called. Neighbors that have announced nothing come first, since they have no other way than the one that they are told of; the one
// that brought the change, on the connection of ring from, comes last. Among equals the first is another one each time: who is last
// has waited for all the others.
func (v *visit) end(dst []*ring, from *ring) []*ring {
	v.count++
	for place := range 3 {
		for i := range v.rings {
			r := v.rings[(v.count+i)%len(v.rings)]
			switch {
			case r.place(from) != place:
			case len(dst) < cap(dst):
				dst = append(dst, r)
			default:
				r.call()
			}
		}
	}
	for _, r := range v.rings {
		r.called = false
	}
	clear(v.rings)
	v.rings, v.under = v.rings[:0], false
	return dst
}

// place is the place of a ring's neighbor in the order of an errand.
func (r *ring) place(from *ring) int {
	switch {
	case r == from:
		return 2
	case r.talks:
		return 1
	}
	return 0
}

// claim makes the caller the owner of the loop; false when somebody is.
func (l *ribLoop) claim() bool { return l.owned.CompareAndSwap(false, true) }

// giveBack ends that. What came meanwhile is for the loop's goroutine: nobody has woken it for the sake of an owned loop.
func (l *ribLoop) giveBack() {
	l.owned.Store(false)
	if l.refused.Swap(false) || l.listed() {
		signal(l.wake)
	}
}

// listed reports whether a stream waits for the loop.
func (l *ribLoop) listed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.active) > 0
}

// errand puts a small batch into s and sees to it in the caller's goroutine, when nobody owns the loop. It reports false, and does
// nothing, in all other cases.
func (l *ribLoop) errand(s *stream, it streamItem) bool {
	if it.batch == nil || it.batch.Len() > errandRoutes || !l.claim() {
		return false
	}
	s.put(it)
	var few [errandWrites]*ring
	for _, r := range l.borrow(s, few[:0]) {
		r.write()
	}
	return true
}

// borrow takes the turns of an errand for s and gives the loop back. It returns the rings that the caller is to write.
func (l *ribLoop) borrow(s *stream, few []*ring) []*ring {
	defer l.contain() // then nobody owns the loop again
	l.visit.under = true
	more := true
	for n := 0; n < errandTurns && more; n++ {
		if more = l.turn(time.Now()); l.resting {
			break
		}
	}
	few = l.visit.end(few, l.rings[s.peer])
	l.rest.idle(l.worked(), l.rib.Paths())
	if at := l.deadline(time.Now()); more || !at.IsZero() && !at.Equal(l.due) {
		l.refused.Store(true)
	}
	l.giveBack()
	return few
}
