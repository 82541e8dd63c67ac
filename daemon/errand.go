package daemon

import "time"

// The table loop has one owner at a time. Mostly that is its own goroutine. A reader that brings a few routes while nobody owns the loop does the
// errand itself: it takes one or two turns, gives the loop back, and writes what came of it as far as the sockets take it at once. So a change
// that comes alone meets no goroutine that has to be woken first, which costs more than the change (docs/decisions/0017-a-change-alone.md).
const (
	errandRoutes = 64 // prefixes of a batch, at most
	errandTurns  = 4  // then the loop's goroutine goes on
	errandWrites = 16 // connections that the reader writes to; for the others their writers are called
)

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

// errand puts a small batch into s and sees to it in the caller's goroutine, when nobody owns the loop. It reports false, and does nothing, in all
// other cases.
func (l *ribLoop) errand(s *stream, it streamItem) bool {
	if it.batch == nil || it.batch.Len() > errandRoutes || !l.claim() {
		return false
	}
	s.put(it)
	rings := l.borrow()
	for i := errandWrites; i < len(rings); i++ {
		rings[i].call()
	}
	for _, r := range rings[:min(len(rings), errandWrites)] {
		r.write()
	}
	return true
}

// borrow takes the turns of an errand and gives the loop back. It returns the rings that got routes, each time beginning with another one: who is
// written to last has waited for all the others.
func (l *ribLoop) borrow() (rings []*ring) {
	defer l.contain() // then nobody owns the loop again
	l.lent, l.rung = true, nil
	more := true
	for n := 0; n < errandTurns && more; n++ {
		if more = l.turn(time.Now()); l.resting {
			break
		}
	}
	if rings = l.rung; len(rings) > 1 {
		l.errands++
		first := int(l.errands % uint32(len(rings)))
		rings = append(rings[first:len(rings):len(rings)], rings[:first]...)
	}
	l.lent, l.rung = false, nil
	l.rest.idle(l.worked(), l.rib.Paths())
	if at := l.deadline(time.Now()); more || !at.IsZero() && !at.Equal(l.due) {
		l.refused.Store(true)
	}
	l.giveBack()
	return rings
}
