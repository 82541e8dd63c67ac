package daemon

import (
	"sync/atomic"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/fsm"
)

// A deferral holds the announcements of a family back after the start of a daemon that was asked to restart gracefully, until
// its neighbors have sent what they have (RFC 4724 4.1): they keep our old routes meanwhile, and would lose those that we
// have not learned yet. It ends for each family by itself, and at a deadline for all.
type deferral struct {
	until time.Time      // set before there are sessions
	held  [2]atomic.Bool // by family
}

// active reports that a family is held back, so that sessions tell the controller what changes.
func (d *deferral) active() bool { return d.held[0].Load() || d.held[1].Load() }

// deferring tells the controller that nobody waits any more for a neighbor for which a deferral may have waited.
type deferring struct{}

// beginDeferral holds announcements back if some neighbor was asked to keep our routes. It is called before any session runs.
func (c *controller) beginDeferral(now time.Time, next *config.Config) {
	if next.Router == nil || next.Router.SelectDefer() <= 0 {
		return
	}
	asked := false
	for _, n := range next.Router.Neighbors {
		s := next.Effective(n)
		asked = asked || s.RestartMode == config.RestartFull && !s.Shutdown
	}
	if !asked {
		return
	}
	d := &c.deferral
	d.until = now.Add(next.Router.SelectDefer())
	for i := range d.held {
		d.held[i].Store(true)
	}
	c.ribs.do(func(r *rib.RIB, _ time.Time) {
		for _, f := range config.Families {
			r.Defer(f, true)
		}
	})
	c.log.deferring(next.Router.SelectDefer())
}

// checkDeferral ends the deferral of the families that nobody keeps waiting any more.
func (c *controller) checkDeferral(now time.Time) {
	d := &c.deferral
	if !d.active() {
		return
	}
	over := !now.Before(d.until)
	for i, f := range config.Families {
		if d.held[i].Load() && (over || !c.awaited(i)) {
			d.held[i].Store(false)
			c.ribs.do(func(r *rib.RIB, _ time.Time) { r.Defer(f, false) })
			c.log.deferred(f, over)
		}
	}
}

// left is how long announcements in the family of index i may still be held back, nil when they are not.
func (d *deferral) left(i int, now time.Time) *int64 {
	if !d.held[i].Load() {
		return nil
	}
	return ms(d.until.Sub(now))
}

// awaited reports whether some neighbor is still to send its table of the family of index i.
func (c *controller) awaited(i int) bool {
	for _, s := range c.sessions {
		if v := s.view.Load(); v.awaited(i) {
			return true
		}
	}
	return false
}

// awaited reports whether the routes of the neighbor in a family are still to come: it is up, agreed to the family, will send
// End-of-RIB and did not restart itself; or it is not up and nothing says that it cannot be reached.
func (v *view) awaited(i int) bool {
	set := v.setup
	switch {
	case !set.wanted() || !set.Families[i].Active || set.listenRange.IsValid() || v.over:
		return false
	case v.agreed != nil:
		gr := v.agreed.PeerOpen.Caps.GracefulRestart
		return v.negotiated(config.Families[i]) && gr != nil && v.agreed.LocalOpen.Caps.GracefulRestart != nil && !gr.Restarting && !v.whole[i]
	}
	switch v.machine.Failure.Kind {
	case fsm.ReasonDialFailed, fsm.ReasonOpenError, fsm.ReasonNotificationSent:
		return false
	}
	return true
}
