package daemon

import (
	"testing"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// The end of read-only mode, on times of the test's own.
func TestOpening(t *testing.T) {
	t.Parallel()
	zero := time.Unix(1000, 0)
	families := []rib.FamilySession{{Family: wire.IPv4Unicast}, {Family: wire.IPv6Unicast}}
	both := map[string]bool{"a": true, "b": true}
	for _, c := range []struct {
		name      string
		max, up   uint16 // update-delay
		expected  map[string]bool
		do        func(o *opening)
		at        time.Duration
		quiet     bool
		deadlines time.Duration // the next one; 0: none
	}{
		{"off", 0, 0, both, func(o *opening) { o.up(zero, "a", families) }, 0, false, 0},
		{"before the first session", 60, 60, both, func(o *opening) {}, 0, false, 0},
		{"a table is missing", 60, 60, both, func(o *opening) { o.up(zero, "a", families); o.sent("a", wire.IPv4Unicast) }, 59 * time.Second, true, time.Minute},
		{"the time is over", 60, 60, both, func(o *opening) { o.up(zero, "a", families) }, time.Minute, false, 0},
		{"a neighbor is not up", 60, 60, both, func(o *opening) { o.up(zero, "a", families); o.alive("a") }, time.Second, true, time.Minute},
		{"all tables are there", 60, 60, both, func(o *opening) {
			o.up(zero, "a", families)
			o.up(zero.Add(time.Second), "b", families[:1])
			o.sent("a", wire.IPv4Unicast)
			o.sent("a", wire.IPv6Unicast)
			o.sent("b", wire.IPv4Unicast)
		}, 2 * time.Second, false, 0},
		{"the time to come up runs", 60, 10, both, func(o *opening) { o.up(zero, "a", families); o.alive("a") }, 9 * time.Second, true, 10 * time.Second},
		{"the time to come up is over", 60, 10, both, func(o *opening) { o.up(zero, "a", families); o.alive("a") }, 10 * time.Second, false, 0},
		{"who came up in time is waited for", 60, 10, both, func(o *opening) {
			o.up(zero, "a", families)
			o.alive("a")
			o.up(zero.Add(9*time.Second), "b", families)
		}, 11 * time.Second, true, time.Minute},
		{"who came up late is not", 60, 10, both, func(o *opening) {
			o.up(zero, "a", families)
			o.up(zero.Add(10*time.Second), "b", families)
			o.alive("a")
		}, 11 * time.Second, false, 0},
		{"who left is not", 60, 10, both, func(o *opening) {
			o.up(zero, "a", families)
			o.up(zero, "b", families)
			o.alive("a")
			o.down("b")
		}, 11 * time.Second, false, 0},
		{"cleared, it begins anew", 60, 60, both, func(o *opening) {
			o.up(zero, "a", families)
			o.quiet(zero.Add(time.Hour))
			o.restart()
			o.up(zero.Add(2*time.Hour), "a", families)
		}, 2*time.Hour + time.Second, true, 2*time.Hour + time.Minute},
	} {
		o := &opening{}
		o.configure(config.Opening{UpdateDelay: config.Opt[config.UpdateDelay]{Value: config.UpdateDelay{Max: c.max, Establish: c.up}, Set: true}}, c.expected)
		c.do(o)
		now := zero.Add(c.at)
		if got := o.quiet(now); got != c.quiet {
			t.Errorf("%s: quiet %v", c.name, got)
		}
		due := o.deadline(now)
		if want := zero.Add(c.deadlines); c.deadlines == 0 && !due.IsZero() || c.deadlines != 0 && !due.Equal(want) {
			t.Errorf("%s: deadline %v, want %v", c.name, due, want)
		}
		if !c.quiet && !o.began.IsZero() && o.quiet(zero) {
			t.Errorf("%s: quiet again", c.name)
		}
	}
}

// advertisement-delay and max-med on-startup run from the first session on, whatever neighbors send.
func TestOpeningByTime(t *testing.T) {
	t.Parallel()
	zero := time.Unix(1000, 0)
	o := &opening{}
	o.configure(config.Opening{AnnounceWait: config.Opt[uint16]{Value: 20, Set: true},
		StartupMED: config.Opt[config.StartupMED]{Value: config.StartupMED{Seconds: 100, MED: 7}, Set: true}}, nil)
	if o.quiet(zero) || o.maxMED(zero) {
		t.Error("held back before the first session")
	}
	o.up(zero, "a", nil)
	o.alive("a")
	for _, c := range []struct {
		at         time.Duration
		quiet, med bool
		next       time.Duration
	}{{0, true, true, 20 * time.Second}, {20 * time.Second, false, true, 100 * time.Second}, {100 * time.Second, false, false, 0}} {
		now := zero.Add(c.at)
		due := o.deadline(now)
		if o.quiet(now) != c.quiet || o.maxMED(now) != c.med || c.next == 0 != due.IsZero() || c.next != 0 && !due.Equal(zero.Add(c.next)) {
			t.Errorf("after %v: quiet %v, MED %v, deadline %v", c.at, o.quiet(now), o.maxMED(now), due)
		}
	}
}
