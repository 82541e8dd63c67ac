package daemon

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"bgpsh/daemon/rib"
	"bgpsh/ipc/api"
)

// A trial that is given up frees its policies when the loop is done with what it was asked, and not while it may still judge by them.
func TestTrialGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memPair()
		a := passiveA(t, m, "exit", "route-map TRY permit 10", "set metric 3", "exit")
		defer a.end()
		defer rawSession(t, m).conn.Close()
		synctest.Wait()
		release := make(chan struct{})
		a.loop.do(func(*rib.RIB, time.Time) { <-release })
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := a.policyTest(ctx, nil, api.PolicyTestParams{Map: "TRY", Out: true})
			ended <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the trial ended with %v", err)
		}
		x := a.controller.exports
		free := func() int {
			x.mu.Lock()
			defer x.mu.Unlock()
			return len(x.free)
		}
		if n := free(); n != 0 {
			t.Errorf("%d policies were freed while the loop may judge by them", n)
		}
		close(release)
		synctest.Wait()
		if n := free(); n != 1 {
			t.Errorf("%d policies are free after the trial, want 1", n)
		}
	})
}
