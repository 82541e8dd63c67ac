package daemon

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestGarbageInProportion finds a fixed allowance at small heaps, a share of larger ones, and a bound.
func TestGarbageInProportion(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{{0, 200}, {4 << 20, 200}, {8 << 20, 100}, {20 << 20, 40}, {64 << 20, 29}, {128 << 20, 25}, {1 << 30, 20}} {
		if got := garbagePercent(c.live); got != c.want {
			t.Errorf("%d percent at %d MiB, want %d", got, c.live>>20, c.want)
		}
	}
}

// TestMemoryIsGivenBackAtRest drives a rest as the loop does.
func TestMemoryIsGivenBackAtRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		given := 0
		r := newRest(func() { given++ })
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
		if after(time.Minute) {
			t.Fatal("memory was given back after little work")
		}
		work, paths = 100_000, 100_000
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
	})
}
