package daemon

import "sync"

// An attendant does somebody's work in a goroutine that is there only while there is some: a session at rest and its writer
// cost no stack. work does all that there is and returns; it runs in one goroutine at a time, each time anew after a rouse.
type attendant struct {
	work func()
	some func() bool // as work, but never waits; false: the rest is for work
	loop func()      // run

	mu    sync.Mutex
	busy  bool // the goroutine is there
	again bool // there may be more than it has seen
}

// rouse says that there is something to do. It never waits.
func (a *attendant) rouse() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.busy {
		a.again = true
		return
	}
	a.busy = true
	a.begin()
}

func (a *attendant) begin() {
	if a.loop == nil {
		a.loop = a.run
	}
	go a.loop()
}

// here says that there is something to do, and does what can be done without waiting in the caller's goroutine.
func (a *attendant) here() {
	a.mu.Lock()
	if a.busy {
		a.again = true
		a.mu.Unlock()
		return
	}
	a.busy = true
	a.mu.Unlock()
	for more := true; more; more = a.more() {
		if !a.some() {
			a.begin()
			return
		}
	}
}

func (a *attendant) run() {
	for more := true; more; more = a.more() {
		a.work()
	}
}

// more reports whether somebody called while the work was done; if not, the goroutine ends.
func (a *attendant) more() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.busy, a.again = a.again, false
	return a.busy
}
