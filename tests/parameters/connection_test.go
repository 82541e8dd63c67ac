package parameters

import (
	"testing"

	"bgpsh/daemon/transport"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// A socketRow shows one statement by what it does to the connection of a session that we dialled.
type socketRow struct {
	line, no string
	other    string                // behind "neighbor 10.0.0.1 " at the other end, first
	works    func(s *sockets) bool // with the statement, and not without it
}

var socketRows = []socketRow{
	{line: "bgp tcp-keepalive 60 10 3", no: "no bgp tcp-keepalive",
		works: func(s *sockets) bool { return s.probes() == transport.KeepAlive{Idle: 60, Interval: 10, Probes: 3} }},
	{line: "bgp session-dscp 10", no: "no bgp session-dscp", works: func(s *sockets) bool { return s.dscp.Load() == 10 }},
	{line: "neighbor 10.0.0.2 dscp 10", no: "no neighbor 10.0.0.2 dscp", works: func(s *sockets) bool { return s.dscp.Load() == 10 }},
	{line: "neighbor 10.0.0.2 minimum-ttl 255", no: "no neighbor 10.0.0.2 minimum-ttl", other: "minimum-ttl 255", works: func(s *sockets) bool { return s.minTTL.Load() == 255 }},
	{line: "neighbor 10.0.0.2 ttl-security hops 1", no: "no neighbor 10.0.0.2 ttl-security", other: "minimum-ttl 255", works: func(s *sockets) bool { return s.minTTL.Load() == 255 }},
	{line: "neighbor 10.0.0.2 interface eth0", no: "no neighbor 10.0.0.2 interface eth0", works: func(s *sockets) bool { return *s.bound.Load() == "eth0" }},
	{line: "neighbor 10.0.0.2 port 1790", no: "no neighbor 10.0.0.2 port", works: func(s *sockets) bool { return s.port.Load() == 1790 }},
}

// Each statement about connections reaches the socket, and its no form takes it back.
func TestSockets(t *testing.T) {
	t.Parallel()
	for _, row := range socketRows {
		t.Run(row.line, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			if row.other != "" {
				must[api.ApplyResult](p.other, api.ConfigApply, api.ApplyParams{Lines: []api.Line{{Text: "router bgp 65002"}, {Text: "neighbor 10.0.0.1 " + row.other}}})
			}
			is := func(what string, want bool) {
				t.Helper()
				must[api.ClearResult](p.router, api.BGPClear, api.ClearParams{Neighbor: peer, How: api.ClearHard})
				p.until(what, func() bool { return row.works(p.socket) == want })
			}
			is("without", false)
			p.apply(row.line)
			is("with", true)
			p.apply(row.no)
			is("without it again", false)
		})
	}
}

// A neighbor that is bound to an interface is not called over another one, and not at all where there is none of that name.
func TestBoundToAnInterface(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.apply("neighbor 10.0.0.2 interface eth9")
	p.until("there is no such interface", func() bool {
		n := p.neighbor(peer)
		return n.Down != nil && n.Down.Cause == api.DownInterface
	})
	p.apply("neighbor 10.0.0.2 interface eth0")
	p.until("it is called over the right one", p.routed)
	p.apply("no neighbor 10.0.0.2 interface eth0")
	p.until("it is called over any", func() bool { return p.routed() && *p.socket.bound.Load() == "" })
}

// A caller that sends no OPEN is given up after open-hold.
func TestOpenHold(t *testing.T) {
	t.Parallel()
	b := newBench(t, "neighbor 10.0.0.2 passive", "neighbor 10.0.0.2 timers open-hold 1")
	b.call().expect(wire.TypeOpen)
	b.until("it is given up", func() bool { return b.neighbor(peer).Counters.HoldTimerExpirations > 0 })
	b.apply("no neighbor 10.0.0.2 timers open-hold")
	if n := b.neighbor(peer); n.Timers.OpenHoldSec != 240 {
		t.Errorf("without the statement %d s", n.Timers.OpenHoldSec)
	}
}

// With disable-eor a neighbor is told of all routes, and never that these were all.
func TestDisableEndOfRIB(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}
	taker := &station{as: 65003}
	l := newLab(t, []*station{feeder, taker}, "bgp graceful-restart disable-eor")
	ends := func() int {
		taker.mu.Lock()
		defer taker.mu.Unlock()
		return taker.eor
	}
	l.until("the first route", func() bool { return taker.count() == 1 })
	feeder.write(announcement(bare, asPath(65002)))
	l.until("the second route", func() bool { return taker.count() == 2 })
	if n := ends(); n != 0 {
		t.Errorf("%d times End-of-RIB", n)
	}
	l.apply("no bgp graceful-restart disable-eor")
	must[api.ClearResult](l.router, api.BGPClear, api.ClearParams{Neighbor: "10.0.0.3", How: api.ClearHard})
	l.until("End-of-RIB", func() bool { return ends() == 1 })
}

// clear ends all that the neighbor keeps of us, unless hard-administrative-reset is off (RFC 8538).
func TestHardAdministrativeReset(t *testing.T) {
	t.Parallel()
	keeps := wire.Capabilities{GracefulRestart: &wire.GracefulRestart{Notification: true, Time: 100, Families: []wire.RestartFamily{{Family: wire.IPv4Unicast}}}}
	s := &station{as: 65002, caps: keeps}
	l := newLab(t, []*station{s}, "bgp graceful-restart", "no bgp hard-administrative-reset")
	up := uint32(0)
	farewell := func(want uint8) {
		t.Helper()
		up = l.established("10.0.0.2", up)
		before := len(s.farewells())
		must[api.ClearResult](l.router, api.BGPClear, api.ClearParams{Neighbor: "10.0.0.2", How: api.ClearHard})
		l.until("a farewell", func() bool { return len(s.farewells()) > before })
		if n := s.farewells()[before]; n.Code != wire.CodeCease || n.Subcode != want {
			t.Errorf("%v", n)
		}
	}
	farewell(wire.CeaseAdminReset)
	l.apply("bgp hard-administrative-reset")
	farewell(wire.CeaseHardReset)
	l.apply("no bgp hard-administrative-reset")
	farewell(wire.CeaseAdminReset)
}
