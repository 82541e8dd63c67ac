package parameters

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"bgpsh/daemon/kernel"
	"bgpsh/daemon/transport"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// The router's addresses on its link.
const (
	global6 = "2001:db8::1"
	local6  = "fe80::1"
)

// withSix gives the router of a lab IPv6 addresses on its link.
func withSix(l *lab) {
	l.net.Change(func(f *transport.Fabric) { f.Node("a").Attach("lan", "eth0", global6+"/64", local6+"/64") })
	l.config.Kernel.Set([]kernel.Interface{link("eth0", 1, true, "10.0.0.1/24", global6+"/64", local6+"/64")})
}

// join attaches a station with one more address to the router's link.
func (l *lab) join(place int, s *station, addr string) {
	l.net.Change(func(f *transport.Fabric) {
		f.Node(fmt.Sprint("s", place)).Attach("lan", "eth0", addr)
	})
	l.attach(place, s)
}

var sixOnly = []wire.Family{wire.IPv6Unicast}

// A neighbor by its link-local address is another one on each interface, is told our address on the link beside the global one, and what it
// announces is passed on.
func TestLinkLocalNeighbor(t *testing.T) {
	t.Parallel()
	const theirs, its = "2001:db8:2::/48", "2001:db8:5::/48"
	both := []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast}
	feeder := &station{as: 65002, asks: both, feed: [][]byte{announcement(theirs, with(asPath(65002), hop("2001:db8::2")))}}
	l := newLab(t, []*station{feeder}, "address-family ipv6 unicast", "neighbor 10.0.0.2 activate", "neighbor 10.0.0.2 allow any in", "neighbor 10.0.0.2 allow any out", "exit")
	withSix(l)
	beside := &station{as: 65005, asks: sixOnly, to: netip.MustParseAddr(local6 + "%eth0"), feed: [][]byte{announcement(its, with(asPath(65005), hop("fe80::5")))}}
	l.join(5, beside, "fe80::5/64")
	configured := []string{"neighbor fe80::5 interface eth0 remote-as 65005", "neighbor fe80::5 passive", "neighbor fe80::5 timers idle-hold 0",
		"no neighbor fe80::5 activate", "address-family ipv6 unicast", "neighbor fe80::5 activate", "neighbor fe80::5 allow any in", "neighbor fe80::5 allow any out"}
	for range 2 {
		l.apply(configured...)
		l.until("it is told the address on its link too", func() bool { return beside.told(theirs) == "[65001 65002] "+global6+" "+local6 })
		l.until("its route is passed on", func() bool { return feeder.told(its) == "[65001 65005] "+global6+" "+local6 })
		l.apply("no neighbor fe80::5")
		l.until("without it no route of it", func() bool { return feeder.told(its) == "-" && beside.told(theirs) == "" })
	}
	l.apply(append([]string{"neighbor fe80::5 interface eth1 remote-as 65005"}, configured[1:]...)...)
	l.until("on another link it is another one", func() bool {
		return slices.ContainsFunc(must[api.Listeners](l.router, api.BGPListeners, nil).Refused, func(r api.Refused) bool {
			return r.Address.WithZone("").String() == "fe80::5" && r.Count > 0
		})
	})
	if told := feeder.told(its); told != "-" || beside.told(theirs) != "" {
		t.Errorf("told %q and %q by a link that the neighbor is not on", told, beside.told(theirs))
	}
}

// An external neighbor behind two routers needs ebgp-multihop, and three hops of it.
func TestEBGPMultihop(t *testing.T) {
	t.Parallel()
	const its = "203.0.113.0/24"
	near := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}
	l := newLab(t, []*station{near})
	l.net.Change(func(f *transport.Fabric) {
		f.Node("m").Attach("lan", "eth0", "10.0.0.254/24")
		f.Node("m").Attach("between", "eth1", "10.8.0.1/24")
		f.Node("n").Attach("between", "eth0", "10.8.0.2/24")
		f.Node("n").Attach("away", "eth1", "10.9.0.1/24")
		f.Node("s9").Attach("away", "eth0", "10.9.0.2/24")
	})
	far := &station{as: 65009, ttl: 64, feed: [][]byte{announcement(its, with(asPath(65009), hop("10.9.0.2")))}}
	l.attach(9, far)
	l.apply("neighbor 10.9.0.2 remote-as 65009", "neighbor 10.9.0.2 passive", "neighbor 10.9.0.2 timers idle-hold 0",
		"address-family ipv4 unicast", "neighbor 10.9.0.2 allow any in", "neighbor 10.9.0.2 allow any out")
	// A connection that ended here may live on there, as its last message ends on its way too.
	until := func(what string, ok func() bool) {
		t.Helper()
		l.until(what, func() bool {
			if s := l.neighbor("10.9.0.2").State; s == api.Idle || s == api.Active {
				far.hangUp()
			}
			return ok()
		})
	}
	told := func(what, away, here string) {
		t.Helper()
		until(what, func() bool { return far.told(fed) == away && near.told(its) == here })
	}
	unheard := func(what string) {
		t.Helper()
		until(what, func() bool { return l.neighbor("10.9.0.2").State == api.OpenConfirm })
		told(what, "", "-")
	}
	unheard("at one hop")
	for _, enough := range []string{"ebgp-multihop 3", "ebgp-multihop"} {
		l.apply("neighbor 10.9.0.2 ebgp-multihop 2")
		unheard("at two hops")
		l.apply("neighbor 10.9.0.2 " + enough)
		told(enough, "[65001 65002] 10.0.0.1", "[65001 65009] 10.0.0.1")
		l.apply("no neighbor 10.9.0.2 ebgp-multihop") // which leaves the connection as it is, for as long as it lives
		must[api.ClearResult](l.router, api.BGPClear, api.ClearParams{Neighbor: "10.9.0.2", How: api.ClearHard})
		unheard("without ebgp-multihop again")
	}
}

// What set ipv6 next-hop makes of the next hops of IPv6 routes, global and link-local, on the way in and on the way out.
func TestSetIPv6NextHop(t *testing.T) {
	t.Parallel()
	const prefix = "2001:db8:2::/48"
	hops := func(e *wire.Editor) {
		e.SetNextHops(netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("fe80::2"))
	}
	router := netip.MustParseAddr(global6)
	inside, outside := &station{as: 65001, asks: sixOnly, to: router}, &station{as: 65004, asks: sixOnly, to: router}
	lines := []string{"route-map M permit 10", "exit"}
	feeder := &station{as: 65002, asks: sixOnly, to: router, feed: [][]byte{announcement(prefix, with(asPath(65002), hops))}}
	l := newLab(t, nil, lines...)
	withSix(l)
	l.join(2, feeder, "2001:db8::2/64")
	l.join(3, inside, "2001:db8::3/64")
	l.join(4, outside, "2001:db8::4/64")
	var peers, family []string
	for addr, as := range map[string]int{"2001:db8::2": 65002, "2001:db8::3": 65001, "2001:db8::4": 65004} {
		peer := "neighbor " + addr + " "
		peers = append(peers, fmt.Sprint(peer, "remote-as ", as), peer+"passive", peer+"timers idle-hold 0", "no "+peer+"activate")
		family = append(family, peer+"activate", peer+"allow any in", peer+"allow any out")
	}
	l.apply(append(append(peers, "address-family ipv6 unicast"), family...)...)
	is := func(what, in, out string) {
		t.Helper()
		last := [2]string{}
		defer func() {
			if t.Failed() {
				t.Logf("%s: inside %q outside %q", what, last[0], last[1])
			}
		}()
		l.until(what, func() bool {
			last = [2]string{inside.told(prefix), outside.told(prefix)}
			return last == [2]string{in, out}
		})
	}
	const in, out = "[65002] 2001:db8::2 lp 100", "[65001 65002] 2001:db8::2 fe80::2"
	is("at first", in, out)
	for _, row := range []struct{ dir, line, inside, outside string }{
		{"in", "global 2001:db8::9", "[65002] 2001:db8::9 lp 100", "[65001 65002] 2001:db8::9"},
		{"in", "local fe80::77", in, "[65001 65002] 2001:db8::2 fe80::77"},
		{"in", "peer-address", in, "[65001 65002] 2001:db8::2"},
		{"in", "prefer-global", in, out},
		{"out", "global 2001:db8::9", "[65002] 2001:db8::9 lp 100", "[65001 65002] 2001:db8::9"},
		{"out", "local fe80::77", "[65002] 2001:db8::2 fe80::77 lp 100", "[65001 65002] 2001:db8::2 fe80::77"},
		{"out", "peer-address", "[65002] 2001:db8::1 fe80::1 lp 100", "[65001 65002] 2001:db8::1 fe80::1"},
		{"out", "prefer-global", in, out},
	} {
		peers := []string{"2001:db8::2"}
		if row.dir == "out" {
			peers = []string{"2001:db8::3", "2001:db8::4"}
		}
		for _, p := range peers {
			l.apply("address-family ipv6 unicast", "neighbor "+p+" route-map M "+row.dir)
		}
		is("the map stands "+row.dir, in, out)
		l.apply("route-map M permit 10", "set ipv6 next-hop "+row.line)
		is(row.line+" "+row.dir, row.inside, row.outside)
		l.apply("route-map M permit 10", "no set ipv6 next-hop "+row.line)
		is("without "+row.line+" "+row.dir, in, out)
		for _, p := range peers {
			l.apply("address-family ipv6 unicast", "no neighbor "+p+" route-map M "+row.dir)
		}
	}
}
