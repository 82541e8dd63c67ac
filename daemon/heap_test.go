package daemon

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestGarbageInProportion finds a fixed allowance at small heaps, a share of larger ones, and a bound.
func TestGarbageInProportion(t *testing.T) {
	for _, c := range []struct {
		live       uint64
		want, busy int
	}{
		{0, 200, 800}, {4 << 20, 200, 800}, {8 << 20, 100, 400}, {20 << 20, 40, 160}, {64 << 20, 29, 50}, {128 << 20, 25, 25}, {1 << 30, 20, 20},
	} {
		if got := garbagePercent(c.live, false); got != c.want {
			t.Errorf("%d percent at %d MiB, want %d", got, c.live>>20, c.want)
		}
		if got := garbagePercent(c.live, true); got != c.busy {
			t.Errorf("%d percent at %d MiB with much work, want %d", got, c.live>>20, c.busy)
		}
	}
}

// A restBed drives a rest as the loop does.
type restBed struct {
	t                  *testing.T
	r                  *rest
	done               done
	paths              uint64
	begun, given, tidy int
}

func newRestBed(t *testing.T) *restBed {
	b := &restBed{t: t}
	b.r = newRest(func() { b.begun++ }, func() { b.given++ }, func() { b.tidy++ })
	return b
}

// after lets time pass for a loop that has nothing to do, and demands how often memory was given back, and looked for, in all.
func (b *restBed) after(d time.Duration, given, tidy int, what string) {
	b.t.Helper()
	over := time.After(d + 1) // when what rings until then has rung
	for waits := true; waits; {
		b.r.idle(b.done, b.paths)
		select {
		case <-b.r.alarm.C:
			b.r.rang(b.done, b.paths)
		case <-over:
			waits = false
		}
	}
	if b.given != given || b.tidy != tidy {
		b.t.Fatalf("%s: given back %d times and looked for %d times, want %d and %d", what, b.given, b.tidy, given, tidy)
	}
}

// TestMemoryIsGivenBackAtRest: after a table has grown and after it has shrunk.
func TestMemoryIsGivenBackAtRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRestBed(t)
		b.done.units, b.paths = restSome+10_000-1, 40_000
		b.after(time.Minute, 0, 0, "little work")
		if b.begun > 0 {
			t.Error("little work was told as much")
		}
		b.done.units, b.paths = 100_000, 100_000
		if b.r.worked(b.done, b.paths); b.begun != 1 {
			t.Error("much work was not told at once")
		}
		b.after(restGrown-2, 0, 0, "the loop has not rested")
		b.done.units, b.paths = b.done.units+restNoise, 200_000
		b.after(restGrown-2, 0, 0, "there was work again")
		b.done.units += restNoise - 1
		b.after(restGrown, 1, 0, "a table has grown")
		b.after(restShrunk-2*restGrown, 1, 0, "just after that")
		b.after(2*restGrown, 1, 1, "once more")
		b.done.units += restSome
		b.after(time.Minute, 1, 1, "little work for so many paths")
		b.done.units, b.paths = b.done.units+200_000, 0
		b.after(restShrunk-2*restGrown, 1, 1, "the routes have just left")
		b.after(2*restGrown, 2, 1, "the routes have left")
		b.after(time.Minute, 2, 2, "once more after that")
		if b.begun != 2 {
			t.Errorf("much work was told %d times", b.begun)
		}
	})
}

// TestMemoryOfSessionsIsGivenBack: many sessions come up, and a few more later. None of them is work that may make more garbage.
func TestMemoryOfSessionsIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRestBed(t)
		b.done.ups = 1000
		b.after(restGrown, 1, 0, "many sessions came up")
		b.after(time.Minute, 1, 1, "once more")
		b.done.ups += restSome/restUp - 1
		b.after(time.Minute, 1, 1, "a few sessions")
		b.done.ups++
		b.after(restShrunk-2*restGrown, 1, 1, "some sessions just now")
		b.after(2*restGrown, 1, 2, "some sessions")
		b.after(time.Hour, 1, 2, "nothing more")
		b.done.units += restSome
		b.after(time.Second, 1, 2, "some work")
		b.done.units += restWork
		b.after(restGrown, 2, 2, "much work after it")
		if b.begun != 1 {
			t.Errorf("much work was told %d times", b.begun)
		}
	})
}
