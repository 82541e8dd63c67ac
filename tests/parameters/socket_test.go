package parameters

import (
	"testing"
	"time"

	"bgpsh/daemon/transport"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// tcp-mss limits the segments of a neighbor's connection, whoever dialled, and begins a new one.
func TestTCPMSS(t *testing.T) {
	t.Parallel()
	taker := &station{as: 65002}
	l := newLab(t, []*station{taker})
	l.until("it is up", func() bool { return l.neighbor("10.0.0.2").State == api.Established })
	size := func() (asked, used int) {
		n := l.neighbor("10.0.0.2")
		return n.TCPMSS, n.SyncedMSS
	}
	if asked, used := size(); asked != 0 || used != 0 {
		t.Errorf("without a limit: %d, %d", asked, used)
	}
	l.apply("neighbor 10.0.0.2 tcp-mss 1200")
	l.until("the session is a new one", func() bool { return taker.heard(wire.CodeCease, wire.CeaseConfigChange) })
	l.until("it has small segments", func() bool { asked, used := size(); return asked == 1200 && used == 1200 })
	l.apply("no neighbor 10.0.0.2 tcp-mss")
	l.until("no limit", func() bool { asked, _ := size(); return asked == 0 && l.neighbor("10.0.0.2").State == api.Established })
}

// next-hop-check refuses what another than the neighbor, or another link, would have to carry.
func TestNextHopCheck(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{
		announcement("198.51.1.0/24", asPath(65002)), announcement("198.51.2.0/24", with(asPath(65002), hop("10.0.0.9"))),
		announcement("198.51.3.0/24", with(asPath(65002), hop("192.0.2.9"))),
	}}
	taker := &station{as: 65003}
	l := newLab(t, []*station{feeder, taker})
	is := func(what string, n int) {
		t.Helper()
		l.until(what, func() bool { return taker.told(fed) == "-" && taker.count() == n })
	}
	is("all", 3)
	l.apply("neighbor 10.0.0.2 next-hop-check peer")
	is("its own", 1)
	l.says("198.51.2.0/24", "", "next hop 10.0.0.9 is not the neighbor's own address (next-hop-check peer)")
	l.apply("neighbor 10.0.0.2 next-hop-check subnet")
	is("those on the link", 2)
	l.says("198.51.3.0/24", "", "next hop 192.0.2.9 is not on the link of the session (next-hop-check subnet)")
	l.apply("no neighbor 10.0.0.2 next-hop-check")
	is("all again", 3)
}

// shutdown rtt ends the session of a neighbor that is too far away, which stays down until it is cleared.
func TestShutdownRTT(t *testing.T) {
	t.Parallel()
	s := &station{as: 65002}
	l := newLab(t, []*station{s}, "neighbor 10.0.0.2 timers 1 3")
	l.until("it is up", func() bool { return l.neighbor("10.0.0.2").State == api.Established })
	l.net.Change(func(f *transport.Fabric) {
		f.Latency = func(string, string) time.Duration { return 5 * time.Millisecond }
	})
	l.apply("neighbor 10.0.0.2 shutdown rtt 1000")
	l.apply("neighbor 10.0.0.2 shutdown rtt 2 count 2")
	l.until("it is shut down", func() bool {
		n := l.neighbor("10.0.0.2")
		return n.Down != nil && n.Down.Cause == api.DownRTT && n.Down.Want == "2"
	})
	l.until("the neighbor is told", func() bool { return s.heard(wire.CodeCease, wire.CeaseAdminShutdown) })
	if l.neighbor("10.0.0.2").OverLimit {
		t.Error("it counts as over maximum-prefix")
	}
	l.apply("no neighbor 10.0.0.2 shutdown rtt")
	l.until("without the limit it comes back", func() bool { return l.neighbor("10.0.0.2").State == api.Established })
}
