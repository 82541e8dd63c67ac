package daemon

import (
	"net/netip"
	"testing"
	"time"

	"bgpsh/daemon/config"
)

// Of two external paths that are equal in all else the older one stays, and with `bgp bestpath compare-routerid` that of the
// lower router identifier; what a third neighbor is sent follows.
func TestCompareRouterID(t *testing.T) {
	t.Parallel()
	const prefix = "192.0.2.0/24"
	s := newLab(11)
	speaker := func(name, addr, as string, lines ...string) *simNode {
		return s.add(name, addr+"/24", append([]string{"router bgp " + as, "bgp router-id " + addr, "neighbor 10.0.0.1 remote-as 65001",
			"address-family ipv4 unicast", "neighbor 10.0.0.1 allow any in", "neighbor 10.0.0.1 allow any out"}, lines...)...)
	}
	lines := []string{"router bgp 65001", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 65002", "neighbor 10.0.0.3 remote-as 65003",
		"neighbor 10.0.0.4 remote-as 65004", "address-family ipv4 unicast"}
	for _, n := range []string{"10.0.0.2", "10.0.0.3", "10.0.0.4"} {
		lines = append(lines, "neighbor "+n+" allow any in", "neighbor "+n+" allow any out")
	}
	middle := s.add("middle", "10.0.0.1/24", lines...)
	low := speaker("low", "10.0.0.2", "65002")
	speaker("high", "10.0.0.3", "65003", "network "+prefix)
	taker := speaker("taker", "10.0.0.4", "65004")
	path := func(n *simNode) string {
		v, ok := n.loop.rib.Lookup(config.Families[0], netip.MustParsePrefix(prefix))
		if !ok || len(v.Paths) == 0 || !v.Paths[0].Best {
			return ""
		}
		return v.Paths[0].Post.ASPath().String()
	}
	expect := func(what, want string) {
		t.Helper()
		if !s.run(2*time.Minute, func() bool { return path(taker) == want }) {
			t.Fatalf("%s: it has %q, want %q", what, path(taker), want)
		}
	}
	expect("the first path", "65001 65003")
	s.pass(20 * time.Second)
	low.configure("router bgp 65002", "address-family ipv4 unicast", "network "+prefix)
	both := func() bool {
		v, _ := middle.loop.rib.Lookup(config.Families[0], netip.MustParsePrefix(prefix))
		return len(v.Paths) == 2
	}
	if !s.run(2*time.Minute, both) {
		t.Fatal("the second path does not come")
	}
	s.pass(20 * time.Second)
	expect("the older path", "65001 65003")
	middle.configure("router bgp 65001", "bgp bestpath compare-routerid")
	expect("the lower identifier", "65001 65002")
	middle.configure("router bgp 65001", "no bgp bestpath compare-routerid")
	expect("the older path again", "65001 65003")
}
