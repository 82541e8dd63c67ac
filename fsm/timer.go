package fsm

import "time"

// timer is a deadline. It runs from start to stop, and Step finds out at a Tick that it is due; nothing else ever fires it.
type timer struct {
	interval time.Duration // nominal, shown also while it does not run
	at       time.Time     // zero: not running
}

// start arms the timer, anew if it runs. An interval of zero or less stops it.
func (t *timer) start(now time.Time, interval time.Duration) {
	t.startJittered(now, interval, 1)
}

// startJittered arms the timer for interval times factor and keeps interval as the nominal one.
func (t *timer) startJittered(now time.Time, interval time.Duration, factor float64) {
	t.interval = interval
	t.at = time.Time{}
	if interval > 0 {
		t.at = now.Add(max(time.Duration(float64(interval)*factor), 1))
	}
}

// restart arms the timer for its interval; one whose interval is zero stays off.
func (t *timer) restart(now time.Time) { t.start(now, t.interval) }

func (t *timer) stop() { t.at = time.Time{} }

func (t *timer) running() bool { return !t.at.IsZero() }

// limit brings the deadline forward to at most wait from now.
func (t *timer) limit(now time.Time, wait time.Duration) {
	if at := now.Add(wait); t.at.IsZero() || at.Before(t.at) {
		t.at = at
	}
}

// snapshot shows the timer at time now.
func (t *timer) snapshot(now time.Time) Timer {
	if !t.running() {
		return Timer{Interval: t.interval, Remaining: t.interval}
	}
	return Timer{Interval: t.interval, Enabled: true, Remaining: max(t.at.Sub(now), 0)}
}

// factor draws a factor from the range; 1 for the zero range and for one that makes no sense.
func (j Jitter) factor(rand func() float64) float64 {
	if j.Min <= 0 || j.Max < j.Min {
		return 1
	}
	r := 0.5
	if rand != nil {
		r = rand()
	}
	return j.Min + (j.Max-j.Min)*r
}
