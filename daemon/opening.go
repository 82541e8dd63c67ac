package daemon

import (
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// An opening is the time after the router's first session came up, in which some things are held back: announcements, until
// the neighbors have sent their tables (update-delay) or for a fixed time (advertisement-delay), and ordinary MEDs (max-med
// on-startup). It owns no clock.
type opening struct {
	config.Opening
	expected map[string]bool // neighbors that are configured and not shut down

	began   time.Time            // the first session came up; zero: none has
	tables  map[string]*incoming // of the neighbors whose sessions are up
	resumed time.Time            // read-only mode ended; zero: it has not, or never was
}

// incoming is what is known of a neighbor's first table.
type incoming struct {
	late     bool // the session came up when it was no longer waited for
	missing  map[wire.Family]bool
	complete bool // End-of-RIB came for each family, or a KEEPALIVE, which stands for it
}

// configure takes the settings that are in force from now on.
func (o *opening) configure(set config.Opening, expected map[string]bool) {
	o.Opening, o.expected = set, expected
}

// up notes that a neighbor's session came up.
func (o *opening) up(now time.Time, name string, families []rib.FamilySession) {
	if o.began.IsZero() {
		o.began = now
	}
	t := &incoming{late: !now.Before(o.after(uint32(o.UpdateDelay.Value.Establish))), missing: map[wire.Family]bool{}}
	for _, f := range families {
		t.missing[f.Family] = true
	}
	if o.tables == nil {
		o.tables = map[string]*incoming{}
	}
	o.tables[name] = t
}

// down notes that it ended.
func (o *opening) down(name string) { delete(o.tables, name) }

// sent notes that a neighbor has sent its table of a family.
func (o *opening) sent(name string, f wire.Family) {
	if t := o.tables[name]; t != nil {
		delete(t.missing, f)
		t.complete = t.complete || len(t.missing) == 0
	}
}

// alive notes a neighbor's first KEEPALIVE in the session.
func (o *opening) alive(name string) {
	if t := o.tables[name]; t != nil {
		t.complete = true
	}
}

// restart begins anew with the next session: all were cleared.
func (o *opening) restart() {
	o.began, o.resumed = time.Time{}, time.Time{}
	clear(o.tables)
}

// after is a time so many seconds after the beginning.
func (o *opening) after(seconds uint32) time.Time {
	return o.began.Add(time.Duration(seconds) * time.Second)
}

// readOnly reports whether the tables of neighbors are waited for. Once that is over, it is over.
func (o *opening) readOnly(now time.Time) bool {
	if o.began.IsZero() || !o.resumed.IsZero() {
		return false
	}
	u := o.UpdateDelay.Value
	if now.Before(o.after(uint32(u.Max))) && !o.whole(now) {
		return true
	}
	o.resumed = now
	return false
}

// whole reports whether all tables that are waited for have come: those of all configured neighbors, and when the time to
// come up is over, of those that did.
func (o *opening) whole(now time.Time) bool {
	for _, t := range o.tables {
		if !t.late && !t.complete {
			return false
		}
	}
	if u := o.UpdateDelay.Value; u.Establish < u.Max && !now.Before(o.after(uint32(u.Establish))) {
		return true
	}
	for name := range o.expected {
		if o.tables[name] == nil {
			return false
		}
	}
	return true
}

// quiet reports whether announcements are held back.
func (o *opening) quiet(now time.Time) bool {
	delayed := o.readOnly(now)
	return delayed || o.waits(now)
}

// waits reports whether advertisement-delay runs.
func (o *opening) waits(now time.Time) bool {
	return !o.began.IsZero() && now.Before(o.after(uint32(o.AnnounceWait.Value)))
}

// maxMED reports whether max-med on-startup runs.
func (o *opening) maxMED(now time.Time) bool {
	return o.StartupMED.Set && !o.began.IsZero() && now.Before(o.after(o.StartupMED.Value.Seconds))
}

// apply tells the RIB what is held back.
func (o *opening) apply(now time.Time, r *rib.RIB) {
	r.Quiet(o.quiet(now))
	if o.maxMED(now) {
		r.SetStartupMED(true, o.StartupMED.Value.MED)
	} else {
		r.SetStartupMED(false, 0)
	}
}

// deadline is when something ends by time alone; zero: nothing will.
func (o *opening) deadline(now time.Time) (at time.Time) {
	if o.began.IsZero() {
		return at
	}
	ends := []uint32{uint32(o.AnnounceWait.Value), 0, 0, 0}
	if o.resumed.IsZero() {
		ends[1], ends[2] = uint32(o.UpdateDelay.Value.Max), uint32(o.UpdateDelay.Value.Establish)
	}
	if o.StartupMED.Set {
		ends[3] = o.StartupMED.Value.Seconds
	}
	for _, seconds := range ends {
		if t := o.after(seconds); t.After(now) {
			at = earlier(at, t)
		}
	}
	return at
}

// earlier is the earlier one of two times, of which zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// installOpening tells the RIB's loop what is held back after the first session came up, and whom it waits for.
func (c *controller) installOpening(next *config.Config) {
	if next.Router == nil {
		return
	}
	set, expected := next.Router.Opening, map[string]bool{}
	for name, s := range c.setups {
		if c.dynamic[name] == nil && !s.Shutdown {
			expected[name] = true
		}
	}
	c.ribs.do(func(*rib.RIB, time.Time) { c.ribs.opening.configure(set, expected) })
}

// describe tells what is configured and what runs; nil for nothing.
func (o *opening) describe(now time.Time) *api.Opening {
	if o.Opening == (config.Opening{}) {
		return nil
	}
	u := o.UpdateDelay.Value
	return &api.Opening{
		UpdateDelaySec: int(u.Max), EstablishWaitSec: int(u.Establish), ReadOnly: o.readOnly(now),
		AnnounceDelaySec: int(o.AnnounceWait.Value), Waiting: o.waits(now),
		MaxMEDSec: int(o.StartupMED.Value.Seconds), MaxMED: o.maxMED(now), BeganAt: o.began, ResumedAt: o.resumed,
	}
}
