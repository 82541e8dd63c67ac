package daemon

import "sync"

// An attendant does somebody's work in a goroutine that is there only while there is some: a session at rest and its writer
// cost no stack. work does all that there is and returns; it runs in one goroutine at a time, each time anew after a rouse.
type attendant struct {
	work func()
	loop func() // run

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
	if a.loop == nil {
		a.loop = a.run
	}
	go a.loop()
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
