package parameters

import (
	"net/netip"
	"strings"
	"testing"

	"bgpsh/daemon/transport"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// comesBack are the lines that make the first station a neighbor again.
var comesBack = []string{"neighbor 10.0.0.2 remote-as 65002", "neighbor 10.0.0.2 passive", "neighbor 10.0.0.2 timers idle-hold 0",
	"address-family ipv4 unicast", "neighbor 10.0.0.2 allow any in", "neighbor 10.0.0.2 allow any out"}

// A neighbor that is taken out, by itself or with its AS, is told so, and the others lose its routes.
func TestNoNeighbor(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"no neighbor 10.0.0.2", "no neighbor 10.0.0.2 remote-as"} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			feeder := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}
			taker := &station{as: 65003}
			l := newLab(t, []*station{feeder, taker})
			l.expect(taker, "[65001 65002] 10.0.0.2")
			l.apply(line)
			l.expect(taker, "-")
			l.until("it is told", func() bool { return feeder.heard(wire.CodeCease, wire.CeasePeerDeconfigured) })
			if all := must[api.Neighbors](l.router, api.BGPNeighbors, api.NeighborsParams{}).Neighbors; len(all) != 1 {
				t.Errorf("%d neighbors are left", len(all))
			}
			l.apply(comesBack...)
			l.expect(taker, "[65001 65002] 10.0.0.2")
		})
	}
}

// remote-as says which AS a neighbor may have: a number, ours, another than ours, or any.
func TestRemoteAS(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}
	taker := &station{as: 65003}
	l := newLab(t, []*station{feeder, taker})
	for _, c := range []struct {
		as    string
		taken bool
	}{{"65002", true}, {"65009", false}, {"external", true}, {"internal", false}, {"auto", true}, {"65001", false}, {"any", true}} {
		l.apply("neighbor 10.0.0.2 remote-as " + c.as)
		if c.taken {
			l.expect(taker, "[65001 65002] 10.0.0.2")
			continue
		}
		l.expect(taker, "-")
		l.until("remote-as "+c.as+" refuses it", func() bool {
			n := l.neighbor("10.0.0.2")
			return n.Down != nil && n.Down.Cause == api.DownPeerAS && feeder.heard(wire.CodeOpen, wire.OpenBadPeerAS)
		})
	}
}

// A peer-group goes with its members, as in FRR; a neighbor that leaves it has what is its own alone.
func TestNoPeerGroup(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}
	member, leaver := &station{as: 65003}, &station{as: 65004}
	l := newLab(t, []*station{feeder, member, leaver}, "neighbor G peer-group", "neighbor 10.0.0.3 peer-group G", "neighbor 10.0.0.4 peer-group G",
		"address-family ipv4 unicast", "neighbor G attribute-unchanged as-path", "exit-address-family")
	l.expect(member, "[65002] 10.0.0.2")
	l.expect(leaver, "[65002] 10.0.0.2")
	l.apply("no neighbor 10.0.0.4 peer-group G")
	l.expect(leaver, "[65001 65002] 10.0.0.2")
	l.apply("no neighbor G peer-group")
	l.until("the member is told", func() bool { return member.heard(wire.CodeCease, wire.CeasePeerDeconfigured) })
	l.expect(leaver, "[65001 65002] 10.0.0.2")
	if all := must[api.Neighbors](l.router, api.BGPNeighbors, api.NeighborsParams{}).Neighbors; len(all) != 2 {
		t.Errorf("%d neighbors are left", len(all))
	}
}

// Without its router statement a daemon has no neighbor, and with it again those that are named.
func TestNoRouter(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}
	taker := &station{as: 65003}
	l := newLab(t, []*station{feeder, taker})
	l.expect(taker, "[65001 65002] 10.0.0.2")
	note([]api.Line{{Text: "no router bgp 65001"}})
	must[api.ApplyResult](l.router, api.ConfigApply, api.ApplyParams{Lines: []api.Line{{Text: "no router bgp 65001"}}})
	l.until("both are told", func() bool {
		return feeder.heard(wire.CodeCease, wire.CeasePeerDeconfigured) && taker.heard(wire.CodeCease, wire.CeasePeerDeconfigured)
	})
	l.apply(append([]string{"bgp router-id 10.0.0.1"}, comesBack...)...)
	l.until("its route is there again", func() bool { _, ok := l.path(fed); return ok })
}

// What is said with a shutdown is what the neighbor hears, and without it the neighbor is back.
func TestShutdownMessage(t *testing.T) {
	t.Parallel()
	s := &station{as: 65002}
	l := newLab(t, []*station{s})
	for i, line := range []string{"neighbor 10.0.0.2 shutdown message new fibre", "bgp shutdown message new house"} {
		l.until("it is up", func() bool { return l.neighbor("10.0.0.2").State == api.Established })
		l.apply(line)
		l.until("it is told", func() bool { return len(s.farewells()) > i })
		_, want, _ := strings.Cut(line, "message ")
		if n := s.farewells()[i]; n.Code != wire.CodeCease || n.Subcode != wire.CeaseAdminShutdown || string(n.Data) != string(rune(len(want)))+want {
			t.Errorf("it is told %v %q", n, n.Data)
		}
		command, _, _ := strings.Cut(line, " message")
		l.apply("no " + command)
	}
	l.until("it is up again", func() bool { return l.neighbor("10.0.0.2").State == api.Established })
}

// A strict role refuses a neighbor that has none.
func TestStrictRole(t *testing.T) {
	t.Parallel()
	s := &station{as: 65002}
	l := newLab(t, []*station{s}, "neighbor 10.0.0.2 local-role provider strict-mode")
	refused := func() bool { n := l.neighbor("10.0.0.2"); return n.Down != nil && n.Down.Cause == api.DownRole }
	up := func() bool { return l.neighbor("10.0.0.2").State == api.Established }
	l.until("it is refused", func() bool { return refused() && s.heard(wire.CodeOpen, wire.OpenRoleMismatch) })
	l.apply("neighbor 10.0.0.2 local-role provider")
	l.until("it is taken", up)
	l.apply("neighbor 10.0.0.2 local-role provider strict-mode")
	l.until("it is refused again", refused)
	l.apply("no neighbor 10.0.0.2 local-role")
	l.until("without a role it is taken", up)
}

// The first listen address takes the place of the default ones, which come back with the last.
func TestListenAddress(t *testing.T) {
	t.Parallel()
	s := &station{as: 65002}
	l := newLab(t, []*station{s})
	l.until("it is up", func() bool { return l.neighbor("10.0.0.2").State == api.Established })
	move := func(line string, port uint16) {
		t.Helper()
		if r := l.apply(line); !r.Applied {
			t.Fatalf("%s: %+v", line, r)
		}
		s.calls(port)
		before := l.neighbor("10.0.0.2").Generation
		must[api.ClearResult](l.router, api.BGPClear, api.ClearParams{Neighbor: "10.0.0.2", How: api.ClearHard})
		l.established("10.0.0.2", before)
		if n := l.neighbor("10.0.0.2"); n.Connection == nil || n.Connection.Local.Port() != port {
			t.Errorf("after %q it is up by %+v", line, n.Connection)
		}
		other := 179 + 1790 - port
		conn, err := s.node.Dial(t.Context(), netip.AddrPortFrom(routerAddr, other), transport.Options{})
		if err == nil {
			conn.CloseNow()
			t.Errorf("after %q somebody listens on port %d", line, other)
		}
	}
	move("bgp listen-address 10.0.0.1 port 1790", 1790)
	move("no bgp listen-address 10.0.0.1 port 1790", 179)
}

// A list that is changed by a line alone counts after the delay timer, in a batch at its end.
func TestDelayTimer(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}
	taker := &station{as: 65003}
	l := newLab(t, []*station{feeder, taker}, "ip prefix-list P seq 10 permit any", "router bgp 65001", "bgp route-map delay-timer 600",
		"address-family ipv4 unicast", "neighbor 10.0.0.2 prefix-list P in")
	live := func(line string) {
		t.Helper()
		if r := must[api.ApplyResult](l.router, api.ConfigApply, api.ApplyParams{Lines: []api.Line{{Text: line}}, Live: true}); !r.Applied {
			t.Fatalf("%s: %+v", line, r)
		}
	}
	l.expect(taker, "[65001 65002] 10.0.0.2")
	live("ip prefix-list P seq 5 deny any")
	feeder.write(announcement(bare, asPath(65002)))
	l.until("what comes meanwhile is taken", func() bool { return taker.told(bare) == "[65001 65002] 10.0.0.2" })
	l.expect(taker, "[65001 65002] 10.0.0.2")
	l.apply("no bgp route-map delay-timer")
	live("no ip prefix-list P seq 5 deny any")
	live("ip prefix-list P seq 6 deny any")
	l.until("after five seconds it counts", func() bool { return taker.told(bare) == "-" && taker.told(fed) == "-" })
}
