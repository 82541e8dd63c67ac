package kernel

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
)

// A Watcher holds the newest View and says when there is a newer one. Its lookups are those of that View; a caller that
// needs several answers of one moment takes View and asks it.
type Watcher struct {
	view    atomic.Pointer[View]
	changes chan struct{}

	running sync.WaitGroup

	mu     sync.Mutex // one publisher at a time
	failed error      // why the kernel could not be read the last time

	routes       atomic.Pointer[Routes]
	routeChanges chan struct{}

	wanting    sync.Mutex // one Want at a time
	wanted     []Selection
	ctx        context.Context // of all that reads the kernel
	openRoutes func(context.Context, []Selection) (ended <-chan struct{}, err error)
	endRoutes  func() // nil: none are read
	replaced   replacements
}

func newWatcher(v *View) *Watcher {
	w := &Watcher{changes: make(chan struct{}, 1), routeChanges: make(chan struct{}, 1)}
	w.view.Store(v)
	return w
}

// Fake gives a Watcher that no kernel stands behind, for tests and simulation.
func Fake(interfaces ...Interface) *Watcher { return newWatcher(NewView(slices.Clone(interfaces))) }

// Set makes interfaces what the Watcher shows, and notifies when that is something new.
func (w *Watcher) Set(interfaces []Interface) { w.publish(NewView(slices.Clone(interfaces))) }

func (w *Watcher) publish(v *View) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.view.Load().equal(v) {
		return
	}
	w.view.Store(v)
	signal(w.changes)
}

// signal puts a notice into c; one that nobody has read yet stands for this one too.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// View is the newest view.
func (w *Watcher) View() *View { return w.view.Load() }

// Snapshot is the newest list of interfaces. Read only.
func (w *Watcher) Snapshot() []Interface { return w.View().Interfaces() }

// Changes gives a value after one or more changes; there is one channel, for one reader. It is never closed.
func (w *Watcher) Changes() <-chan struct{} { return w.changes }

// Connected is View.Connected.
func (w *Watcher) Connected(addr netip.Addr) (iface string, subnet netip.Prefix, ok bool) {
	return w.View().Connected(addr)
}

// InterfaceOf is View.InterfaceOf.
func (w *Watcher) InterfaceOf(addr netip.Addr) (iface string, ok bool) {
	return w.View().InterfaceOf(addr)
}

// IsLocal is View.IsLocal.
func (w *Watcher) IsLocal(addr netip.Addr) bool { return w.View().IsLocal(addr) }

// GlobalIPv6 is View.GlobalIPv6.
func (w *Watcher) GlobalIPv6(iface string) (netip.Addr, bool) { return w.View().GlobalIPv6(iface) }

// LinkLocal is View.LinkLocal.
func (w *Watcher) LinkLocal(iface string) (netip.Addr, bool) { return w.View().LinkLocal(iface) }

// FirstAddr is View.FirstAddr.
func (w *Watcher) FirstAddr(iface string, f Family) (netip.Addr, bool) {
	return w.View().FirstAddr(iface, f)
}

// ScopeID is View.ScopeID.
func (w *Watcher) ScopeID(name string) int { return w.View().ScopeID(name) }

// ScopeName is View.ScopeName.
func (w *Watcher) ScopeName(id int) string { return w.View().ScopeName(id) }

// setErr keeps why the last read failed, nil when it did not.
func (w *Watcher) setErr(err error) {
	w.mu.Lock()
	w.failed = err
	w.mu.Unlock()
}

// Err is why the last read of the kernel failed; the View is then older than the links. nil when all is well.
func (w *Watcher) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed
}

// Wait returns when the Watcher's goroutines have ended, after the end of its context.
func (w *Watcher) Wait() { w.running.Wait() }
