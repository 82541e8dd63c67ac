package parameters

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"bgpsh/daemon/kernel"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// link is an interface for the router's kernel.
func link(name string, index int, up bool, addrs ...string) kernel.Interface {
	i := kernel.Interface{Name: name, Index: index, Up: up}
	for _, a := range addrs {
		i.Addrs = append(i.Addrs, netip.MustParsePrefix(a))
	}
	return i
}

// lan is the interface of the sessions.
var lan = link("eth0", 1, true, "10.0.0.1/24")

// through is a route of the kernel's.
func through(prefix string, protocol uint8, metric uint32, gateway string) kernel.Route {
	r := kernel.Route{Prefix: netip.MustParsePrefix(prefix), Table: kernel.MainTable, Protocol: protocol, Metric: metric, Link: lan.Index}
	if gateway != "" {
		r.Gateway = netip.MustParseAddr(gateway)
	}
	return r
}

// redistributor is a lab with one neighbor, which both families are spoken with.
type redistributor struct {
	*lab
	taker *station
}

func newRedistributor(t *testing.T, lines ...string) redistributor {
	taker := &station{as: 65002, asks: []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast}}
	l := newLab(t, []*station{taker}, append([]string{"address-family ipv6 unicast", "neighbor 10.0.0.2 activate", "neighbor 10.0.0.2 allow any out",
		"neighbor 10.0.0.2 next-hop 2001:db8::1", "exit-address-family"}, lines...)...)
	return redistributor{l, taker}
}

func (r redistributor) in(family string, lines ...string) api.ApplyResult {
	return r.apply(append([]string{"address-family " + family + " unicast"}, lines...)...)
}

func (r redistributor) is(prefix, what, want string) {
	r.t.Helper()
	r.until(what, func() bool { return r.taker.told(prefix) == want })
}

// from checks what explain says of where the best path comes from.
func (r redistributor) from(prefix, protocol, link string) {
	r.t.Helper()
	x := must[api.Explanation](r.router, api.BGPExplain, api.ExplainParams{Prefix: netip.MustParsePrefix(prefix)})
	if x.Best == nil || x.Best.Redistributed != protocol || x.Best.Interface != link {
		r.t.Errorf("%s: not redistributed from %s (%s): %+v", prefix, protocol, link, x.Best)
	}
}

// The subnets of interfaces are announced while these are up, in both families, with a metric and through a map that may ask
// for the interface.
func TestRedistributeConnected(t *testing.T) {
	t.Parallel()
	r := newRedistributor(t, "route-map LINKS permit 10", "match interface eth1", "set community 65001:1", "exit")
	links := func(up bool, more ...string) {
		r.config.Kernel.Set([]kernel.Interface{lan, link("lo", 2, true, "127.0.0.1/8", "::1/128", "10.255.0.1/32"),
			link("eth1", 3, up, append([]string{"10.1.0.1/24", "10.1.0.2/24", "fe80::1/64", "2001:db8:1::1/64"}, more...)...)})
	}
	links(true)
	r.in("ipv4", "redistribute connected")
	r.is("10.1.0.0/24", "a subnet", "[65001] 10.0.0.1 incomplete med 0")
	r.is("10.255.0.1/32", "an address of the loopback interface", "[65001] 10.0.0.1 incomplete med 0")
	r.is("10.0.0.0/24", "the subnet of the session", "[65001] 10.0.0.1 incomplete med 0")
	r.is("2001:db8:1::/64", "not in the other family", "-")
	if n := r.taker.count(); n != 3 {
		t.Errorf("%d routes, want 3", n)
	}
	r.from("10.1.0.0/24", "connected", "eth1")
	if p, ok := r.path("10.1.0.0/24"); !ok || !p.Local || p.Redistributed != "connected" || p.Weight != 32768 || p.NextHop != netip.IPv4Unspecified() || p.PathID != 0 {
		t.Errorf("the path is %+v", p)
	}
	r.in("ipv6", "redistribute connected metric 5")
	r.is("2001:db8:1::/64", "an IPv6 subnet", "[65001] 2001:db8::1 incomplete med 5")
	links(false)
	r.is("10.1.0.0/24", "its interface goes down", "-")
	r.is("2001:db8:1::/64", "its interface goes down", "-")
	links(true, "10.2.0.1/24")
	r.is("10.2.0.0/24", "a new address", "[65001] 10.0.0.1 incomplete med 0")
	r.is("2001:db8:1::/64", "its interface is up", "[65001] 2001:db8::1 incomplete med 5")

	r.in("ipv4", "redistribute connected route-map LINKS")
	r.is("10.1.0.0/24", "the map lets it", "[65001] 10.0.0.1 incomplete med 0 65001:1")
	r.is("10.255.0.1/32", "the map does not", "-")
	r.says("10.255.0.1/32", "", "refused: route-map LINKS: no entry matches")
	r.in("ipv4", "redistribute connected metric 7")
	r.is("10.1.0.0/24", "the map stays, as in FRR", "[65001] 10.0.0.1 incomplete med 7 65001:1")
	r.apply("route-map LINKS permit 20", "match source-protocol connected", "match metric 7", "set metric +1")
	r.is("10.255.0.1/32", "an edit of the map alone", "[65001] 10.0.0.1 incomplete med 8")
	r.in("ipv4", "no redistribute connected")
	r.is("10.1.0.0/24", "nothing is redistributed", "-")
	r.in("ipv6", "no redistribute connected metric 1")
	r.is("2001:db8:1::/64", "nothing is redistributed", "-")
	r.until("the table is empty", func() bool { _, ok := r.path("10.255.0.1/32"); return !ok && r.taker.count() == 0 })
}

// Each protocol announces the kernel's routes of its number, with their metric, and by the router that they go by where it is
// on the neighbor's link; its no form takes them back.
func TestRedistributeProtocols(t *testing.T) {
	t.Parallel()
	r := newRedistributor(t)
	other := through("203.0.120.0/24", kernel.ProtoBoot, 0, "10.0.0.9")
	other.Table = 100
	direct := through("203.0.121.0/24", kernel.ProtoBoot, 0, "")
	direct.Table = 101
	r.config.Kernel.SetRoutes([]kernel.Route{
		through("203.0.100.0/24", kernel.ProtoBoot, 1<<24+3, "10.0.0.9"), through("203.0.101.0/24", kernel.ProtoStatic, 2, "10.9.9.9"),
		through("203.0.102.0/24", kernel.ProtoZStatic, 20, "10.0.0.9"), through("203.0.103.0/24", kernel.ProtoOSPF, 20, "10.0.0.9"),
		through("203.0.104.0/24", kernel.ProtoISIS, 20, "10.0.0.9"), through("203.0.105.0/24", kernel.ProtoRIP, 20, "10.0.0.9"),
		through("203.0.106.0/24", kernel.ProtoEIGRP, 20, "10.0.0.9"), through("203.0.107.0/24", kernel.ProtoNHRP, 20, "10.0.0.9"),
		through("203.0.108.0/24", kernel.ProtoBabel, 20, "10.0.0.9"), through("203.0.109.0/24", kernel.ProtoOpenFabric, 20, "10.0.0.9"),
		through("203.0.110.0/24", kernel.ProtoBGP, 20, "10.0.0.9"), through("0.0.0.0/0", 16, 100, "10.0.0.9"), other, direct,
		through("2001:db8:103::/48", kernel.ProtoOSPF, 20, "fe80::9"), through("2001:db8:105::/48", kernel.ProtoRIPNG, 20, "2001:db8::9"),
	})
	for _, row := range []struct{ family, from, told string }{
		{"ipv4", "kernel", "203.0.100.0/24 [65001] 10.0.0.9 incomplete med 3; 203.0.101.0/24 [65001] 10.0.0.1 incomplete med 2; 0.0.0.0/0 [65001] 10.0.0.9 incomplete med 100"},
		{"ipv4", "static", "203.0.101.0/24 [65001] 10.0.0.1 incomplete med 2; 203.0.102.0/24 [65001] 10.0.0.9 incomplete med 20"},
		{"ipv4", "ospf", "203.0.103.0/24 [65001] 10.0.0.9 incomplete med 20"},
		{"ipv4", "ospf 2", "203.0.103.0/24 [65001] 10.0.0.9 incomplete med 20"},
		{"ipv4", "isis", "203.0.104.0/24 [65001] 10.0.0.9 incomplete med 20"},
		{"ipv4", "rip", "203.0.105.0/24 [65001] 10.0.0.9 incomplete med 20"},
		{"ipv4", "eigrp", "203.0.106.0/24 [65001] 10.0.0.9 incomplete med 20"},
		{"ipv4", "nhrp", "203.0.107.0/24 [65001] 10.0.0.9 incomplete med 20"},
		{"ipv4", "babel", "203.0.108.0/24 [65001] 10.0.0.9 incomplete med 20"},
		{"ipv4", "openfabric", "203.0.109.0/24 [65001] 10.0.0.9 incomplete med 20"},
		{"ipv4", "table 100", "203.0.120.0/24 [65001] 10.0.0.9 incomplete med 0"},
		{"ipv4", "table-direct 101", "203.0.121.0/24 [65001] 10.0.0.1 incomplete med 0"},
		{"ipv4", "local", "10.0.0.1/32 [65001] 10.0.0.1 incomplete med 0"},
		{"ipv6", "ospf6", "2001:db8:103::/48 [65001] 2001:db8::1 incomplete med 20"},
		{"ipv6", "ripng", "2001:db8:105::/48 [65001] 2001:db8::1 incomplete med 20"},
	} {
		r.in(row.family, "redistribute "+row.from)
		want := strings.Split(row.told, "; ")
		for _, w := range want {
			prefix, attrs, _ := strings.Cut(w, " ")
			r.is(prefix, row.from, attrs)
		}
		if n := r.taker.count(); n != len(want) {
			t.Errorf("%s: %d routes, want %d", row.from, n, len(want))
		}
		r.in(row.family, "no redistribute "+row.from)
		r.until("no "+row.from, func() bool { return r.taker.count() == 0 })
	}
	r.in("ipv4", "redistribute kernel")
	r.is("203.0.100.0/24", "a route", "[65001] 10.0.0.9 incomplete med 3")
	r.config.Kernel.SetRoutes(nil)
	r.until("the kernel has none any more", func() bool { return r.taker.count() == 0 })
}

// To one prefix the network comes first, then the aggregate, then what is redistributed: of that the subnet of an interface,
// then the least distance. When one goes the next comes back.
func TestRedistributePrecedence(t *testing.T) {
	t.Parallel()
	r := newRedistributor(t)
	const p = "10.1.0.0/16"
	up := func(on bool) { r.config.Kernel.Set([]kernel.Interface{lan, link("eth1", 3, on, "10.1.0.1/16")}) }
	up(true)
	r.config.Kernel.SetRoutes([]kernel.Route{through(p, kernel.ProtoOSPF, 4, ""), through(p, kernel.ProtoZStatic, 9, ""),
		through(p, kernel.ProtoBoot, 8, ""), through("10.1.2.0/24", kernel.ProtoOSPF, 0, "")})
	const aggregated = "[65001] 10.0.0.1 incomplete med 0 atomic aggregator 65001 0xa000001"
	r.in("ipv4", "network "+p, "aggregate-address "+p, "redistribute connected metric 1", "redistribute kernel", "redistribute static", "redistribute ospf")
	r.is(p, "the network", "[65001] 10.0.0.1 med 0")
	r.in("ipv4", "no network "+p)
	r.is(p, "the aggregate", aggregated)
	r.in("ipv4", "no aggregate-address "+p)
	r.is(p, "the subnet", "[65001] 10.0.0.1 incomplete med 1")
	up(false)
	r.is(p, "the kernel's own", "[65001] 10.0.0.1 incomplete med 8")
	r.from(p, "kernel", "eth0")
	r.in("ipv4", "no redistribute kernel")
	r.is(p, "the static one", "[65001] 10.0.0.1 incomplete med 9")
	r.in("ipv4", "no redistribute static")
	r.is(p, "the one of OSPF", "[65001] 10.0.0.1 incomplete med 4")
	r.from(p, "ospf", "eth0")
	up(true)
	r.is(p, "the subnet again", "[65001] 10.0.0.1 incomplete med 1")
	r.in("ipv4", "no redistribute connected")
	r.is(p, "the subnet is there, and not redistributed", "-")
	r.in("ipv4", "aggregate-address "+p)
	r.is(p, "an aggregate of what is redistributed", aggregated)
	r.in("ipv4", "network "+p)
	r.is(p, "the network again", "[65001] 10.0.0.1 med 0")
}

// A route may be known before the interface that it goes by, and an interface may get another name.
func TestRedistributeNamesInterfaces(t *testing.T) {
	t.Parallel()
	r := newRedistributor(t, "route-map LINKS permit 10", "match interface eth7", "exit")
	const p = "203.0.101.0/24"
	route := through(p, kernel.ProtoStatic, 2, "")
	route.Link = 7
	r.config.Kernel.SetRoutes([]kernel.Route{route})
	r.in("ipv4", "redistribute static route-map LINKS")
	r.says(p, "", "refused: route-map LINKS: no entry matches")
	r.config.Kernel.Set([]kernel.Interface{lan, link("eth7", 7, true)})
	r.is(p, "the interface is known", "[65001] 10.0.0.1 incomplete med 2")
	r.from(p, "static", "eth7")
	r.config.Kernel.Set([]kernel.Interface{lan, link("wan", 7, true)})
	r.is(p, "it has another name", "-")
}

// What is redistributed is in the initial table, in front of its End-of-RIB.
func TestRedistributedBeforeEndOfRIB(t *testing.T) {
	t.Parallel()
	r := newRedistributor(t, "address-family ipv4 unicast", "redistribute connected", "exit-address-family")
	r.until("the initial table", func() bool { return r.taker.told("10.0.0.0/24") != "" })
	if got := r.taker.told("10.0.0.0/24"); got != "[65001] 10.0.0.1 incomplete med 0" {
		t.Errorf("at the End-of-RIB it has %q", got)
	}
}

// A route by an internal neighbor is not told to it with its own address, nor to those that are told the same; it is as it was when that
// one is no neighbor any more.
func TestRedistributedByANeighbor(t *testing.T) {
	t.Parallel()
	const back, by = "203.0.101.0/24", "203.0.102.0/24"
	one, two := &station{as: 65001}, &station{as: 65001}
	l := newLab(t, []*station{one, two}, "address-family ipv4 unicast", "redistribute static")
	l.config.Kernel.SetRoutes([]kernel.Route{through(back, kernel.ProtoStatic, 2, "10.0.0.3"), through(by, kernel.ProtoStatic, 2, "10.0.0.9")})
	is := func(what string, s *station, hop string) {
		t.Helper()
		l.until(what, func() bool {
			return s.told(back) == "[] "+hop+" incomplete med 2 lp 100" && s.told(by) == "[] 10.0.0.9 incomplete med 2 lp 100"
		})
	}
	is("the router itself", two, "10.0.0.1")
	is("another neighbor", one, "10.0.0.1")
	l.apply("no neighbor 10.0.0.3")
	is("it is no neighbor", one, "10.0.0.3")
	l.apply("neighbor 10.0.0.3 remote-as 65001", "neighbor 10.0.0.3 passive", "neighbor 10.0.0.3 timers idle-hold 0",
		"address-family ipv4 unicast", "neighbor 10.0.0.3 allow any in", "neighbor 10.0.0.3 allow any out")
	is("it is one again", one, "10.0.0.1")
	is("the router itself again", two, "10.0.0.1")
	routes := []kernel.Route{through(back, kernel.ProtoStatic, 2, "10.0.0.3"), through(by, kernel.ProtoStatic, 2, "10.0.0.9")}
	for i := range 300 { // more next hops than are kept
		routes = append(routes, through(fmt.Sprintf("192.168.%d.%d/32", i/250, i%250), kernel.ProtoStatic, 2, fmt.Sprintf("10.0.%d.%d", 1+i/250, 1+i%250)))
	}
	l.config.Kernel.SetRoutes(routes)
	l.until("many others", func() bool { return one.count() == 302 })
	l.apply("no neighbor 10.0.0.3")
	is("beside many it is no neighbor", one, "10.0.0.3")
}
