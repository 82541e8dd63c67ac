package journal

import (
	"net/netip"
	"time"
)

// A limiter lets a few records of one kind through at once, then one in every gap, and counts those it holds back.
type limiter struct {
	burst int
	gap   time.Duration

	left  int
	last  time.Time
	since uint64 // held back since the last one let through
}

// pass reports whether a record may be written now, and how many were held back before it.
func (l *limiter) pass(now time.Time) (heldBack uint64, ok bool) {
	if l.last.IsZero() || now.Sub(l.last) >= l.gap*time.Duration(l.burst) {
		l.left = l.burst
	}
	if l.left == 0 && now.Sub(l.last) < l.gap {
		l.since++
		return 0, false
	}
	l.left = max(l.left-1, 0)
	heldBack, l.since, l.last = l.since, 0, now
	return heldBack, true
}

// callers lets one record an address a minute through, for the addresses seen last.
type callers struct {
	last   map[netip.Addr]caller
	looked time.Time // when forget looked last
}

type caller struct {
	at    time.Time
	since uint64
}

const (
	callerGap  = time.Minute
	callerKept = 1024
)

// pass reports whether the refusal of a caller is logged now, and how many were not before it.
func (c *callers) pass(now time.Time, who netip.Addr) (heldBack uint64, ok bool) {
	if c.last == nil {
		c.last = make(map[netip.Addr]caller)
	}
	seen, known := c.last[who]
	if known && now.Sub(seen.at) < callerGap {
		seen.since++
		c.last[who] = seen
		return 0, false
	}
	if !known && len(c.last) >= callerKept && !c.forget(now) {
		return 0, false // a flood from many addresses: those that are known stand for it
	}
	c.last[who] = caller{at: now}
	return seen.since, true
}

// forget drops the addresses whose minute is over, and reports whether that made room. It looks once a second, because a
// flood would have it look for every caller.
func (c *callers) forget(now time.Time) bool {
	if now.Sub(c.looked) < time.Second {
		return false
	}
	c.looked = now
	for who, seen := range c.last {
		if now.Sub(seen.at) >= callerGap {
			delete(c.last, who)
		}
	}
	return len(c.last) < callerKept
}
