package daemon

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"bgpsh/daemon/rib"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// within reports that a time that is left is there and between these.
func within(ms *int64, low, high time.Duration) bool {
	return ms != nil && *ms >= low.Milliseconds() && *ms <= high.Milliseconds()
}

// told is what a says of b: graceful restart with it, its family, and its route.
func (w *restartBed) told() (api.GracefulRestart, api.NeighborFamily, api.Path) {
	w.t.Helper()
	s := w.a.sessions[0]
	v := s.view.Load()
	route, _ := w.a.loop.rib.Lookup(wire.IPv4Unicast, netip.MustParsePrefix("192.0.2.0/24"))
	names := &peerNames{byID: map[rib.PeerID]*view{s.stream.peer: v}, now: w.now}
	paths := names.route(&route, api.ViewTable, true).Paths
	if len(paths) == 0 {
		w.t.Fatal("the route is lost")
	}
	return v.restart(w.now), s.family(v, rib.Counters{}, 0, w.now), paths[0]
}

// TestRestartTimesAreTold follows the times of a router that is killed, stays away until its routes are long-lived stale, comes
// back and is killed again.
func TestRestartTimesAreTold(t *testing.T) {
	long := "bgp long-lived-graceful-restart stale-time 600"
	w := newRestartBed(t, [3][]string{{long}, {"bgp graceful-restart", long}, nil})
	if r, f, p := w.told(); r.RestartMs != nil || f.Kept != nil || p.Stale || p.StaleMs != nil || r.ReceivedSec != 120 {
		t.Errorf("before the restart: %+v, %+v, %+v", r, f.Kept, p)
	}
	w.b.kill()
	w.pass(20 * time.Second)
	r, f, p := w.told()
	if !within(r.RestartMs, 99*time.Second, 101*time.Second) || r.ReceivedSec != 120 || r.RemoteMode != "NotApplicable" {
		t.Errorf("20 s after: %+v", r)
	}
	if k := f.Kept; k == nil || k.Back || k.LongLived || !within(k.LeftMs, 99*time.Second, 101*time.Second) || k.LongLivedMs != nil {
		t.Errorf("20 s after: %+v", k)
	}
	if !p.Stale || p.LongLived || !within(p.StaleMs, 99*time.Second, 101*time.Second) {
		t.Errorf("20 s after: %+v", p)
	}
	w.pass(110 * time.Second)
	r, f, p = w.told()
	if k := f.Kept; r.RestartMs != nil || k == nil || !k.LongLived || k.LeftMs != nil || !within(k.LongLivedMs, 585*time.Second, 595*time.Second) {
		t.Errorf("130 s after: %+v, %+v", r, k)
	}
	if !p.Stale || !p.LongLived || !within(p.StaleMs, 585*time.Second, 595*time.Second) || !slices.Contains(p.Communities, "llgr-stale") {
		t.Errorf("130 s after: %+v", p)
	}
	w.b.boot()
	w.await(2*time.Minute, "the fresh route", func() bool { return !w.stale(w.a) })
	w.settle()
	if r, f, p = w.told(); f.Kept != nil || r.RestartMs != nil || p.StaleMs != nil || !r.RBit {
		t.Errorf("back: %+v, %+v, %+v", r, f.Kept, p)
	}
}

// TestStalePathTimeIsTold shows how long the routes of a neighbor stay that is back and sends nothing.
func TestStalePathTimeIsTold(t *testing.T) {
	w := newRestartBed(t, [3][]string{nil, {"bgp graceful-restart", "bgp graceful-restart select-defer-time 100", "neighbor 10.0.0.9 remote-as 65009", "neighbor 10.0.0.9 passive"}, nil})
	w.b.kill()
	w.pass(10 * time.Second)
	w.b.boot()
	w.await(time.Minute, "the session", func() bool { return w.a.sessions[0].up != nil })
	r, f, p := w.told()
	if k := f.Kept; r.RestartMs != nil || k == nil || !k.Back || !within(k.LeftMs, 300*time.Second, 351*time.Second) || !within(p.StaleMs, 300*time.Second, 351*time.Second) {
		t.Errorf("back: %+v, %+v, %+v", r, k, p)
	}
	for i := range w.b.sessions {
		s := w.b.sessions[i]
		if v := s.view.Load(); !within(s.family(v, rib.Counters{}, 0, w.now).DeferralMs, 60*time.Second, 100*time.Second) || v.restart(w.now).DeferSec != 100 {
			t.Errorf("%s: the deferral of announcements is not told", s.name)
		}
	}
	w.pass(100 * time.Second)
	if s := w.b.sessions[0]; s.family(s.view.Load(), rib.Counters{}, 0, w.now).DeferralMs != nil {
		t.Error("a deferral that is over is told")
	}
}
