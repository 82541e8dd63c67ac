package rib

import "time"

// An update group with an interval (RFC 4271 9.2.1.1, `advertisement-interval`) tells what has changed in runs. A run takes as
// many destinations as wait when it begins; the next one begins an interval after one that told anything. The first change
// after a quiet time is told at once. So is, at any time, that a destination has no best path any more: who is told late
// of a loss sends packets into nothing. Neighbors behind their group, End-of-RIB and the answer to a refresh do not wait.

// At says what time it is, for the Turns to come.
func (r *RIB) At(now time.Time) {
	for _, t := range r.tables {
		t.now = now
	}
}

// Deadline is when a group that waits for its interval goes on; zero: none does.
func (r *RIB) Deadline() (at time.Time) {
	for _, t := range r.tables {
		for _, g := range t.groups {
			if t.resting(g) && g.cursor.count > 0 && (at.IsZero() || g.next.Before(at)) {
				at = g.next
			}
		}
	}
	return at
}

// resting reports whether a group waits for its interval.
func (t *table) resting(g *group) bool {
	return g.key.Interval > 0 && g.allowed == 0 && t.now.Before(g.next)
}

// pending is the number of destinations that a group may look at.
func (t *table) pending(g *group) uint32 {
	if t.resting(g) {
		return g.losses.count
	}
	return g.cursor.count
}

// pace does a part of a run, or of the losses between two, of a group with an interval.
func (t *table) pace(g *group, n int) int {
	if t.resting(g) {
		return t.flushLosses(g, n)
	}
	if g.allowed == 0 {
		g.allowed, g.told = g.cursor.count, false
	}
	waiting := g.cursor.count
	done := t.flush(g, min(n, int(g.allowed)))
	g.told = g.told || len(t.egress.changes) > 0
	g.allowed -= min(g.allowed, waiting-g.cursor.count)
	if g.cursor.count == 0 {
		g.allowed = 0
	}
	if g.allowed == 0 && g.told {
		g.next = t.now.Add(g.key.Interval)
	}
	return done
}

// flushLosses tells that destinations have no best path any more.
func (t *table) flushLosses(g *group, n int) int {
	e := &t.egress
	e.lost = g.losses.take(e.lost[:0], min(n, flushLen))
	t.ready(g)
	for _, id := range e.lost {
		if t.has(id) && t.slot(id).flags&flagBest == 0 && g.cursor.drop(id) {
			t.updateOne(g, id)
		}
	}
	t.finish(g)
	t.reapable += len(e.lost)
	return len(e.lost)
}

// lost notes for the groups with an interval that a destination has no best path any more.
func (t *table) lost(id destID) {
	for _, g := range t.groups {
		if g.key.Interval > 0 {
			g.losses.add(id)
		}
	}
}

// Quiet lets nothing be announced, not even End-of-RIB, until it is called again with false: for some time after the start, so
// that neighbors hear of the best of many paths and not of each.
func (r *RIB) Quiet(on bool) {
	for _, t := range r.tables {
		if t.egress.quiet != on {
			t.egress.quiet = on
			t.resume()
		}
	}
}

// waits reports whether nothing may be announced.
func (e *egress) waits() bool { return e.deferred || e.quiet }

// SetStartupMED replaces every MED that is sent to neighbors without one of their own in GroupKey, or ends that.
func (r *RIB) SetStartupMED(on bool, med uint32) {
	if r.config.HasStartupMED == on && r.config.StartupMED == med {
		return
	}
	r.config.HasStartupMED, r.config.StartupMED = on, med
	for _, t := range r.tables {
		for _, g := range t.groups {
			if !g.key.HasMaxMED {
				g.cursor.fill(&t.dests)
			}
		}
	}
}
