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

// TestMemoryIsGivenBackAtRest drives a rest as the loop does.
func TestMemoryIsGivenBackAtRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		given, begun := 0, 0
		r := newRest(func() { begun++ }, func() { given++ })
		var work, paths uint64
		after := func(d time.Duration) bool {
			r.idle(work, paths)
			time.Sleep(d)
			synctest.Wait()
			select {
			case <-r.alarm.C:
				r.rang(work, paths)
			default:
			}
			return given > 0
		}
		work, paths = restWork-1, 40_000
		if after(time.Minute) || begun > 0 {
			t.Fatal("memory was given back after little work")
		}
		work, paths = 100_000, 100_000
		r.worked(work, paths)
		if begun != 1 {
			t.Fatal("much work was not told at once")
		}
		if after(restGrown - 1) {
			t.Fatal("memory was given back before the loop had rested")
		}
		work, paths = 200_000, 200_000
		if after(time.Second) {
			t.Fatal("memory was given back although there was work")
		}
		work += restNoise - 1
		if !after(restGrown) {
			t.Fatal("memory was not given back after a table had grown")
		}
		given = 0
		work += restWork
		if after(time.Minute) {
			t.Fatal("memory was given back after little work for so many paths")
		}
		work, paths = work+200_000, 0
		if after(restShrunk - 1) {
			t.Fatal("memory was given back as soon as the routes had left")
		}
		if !after(1) {
			t.Fatal("memory was not given back after the routes had left")
		}
		if begun != 2 || given != 1 {
			t.Fatalf("much work was told %d times, its end %d times in the end", begun, given)
		}
	})
}
