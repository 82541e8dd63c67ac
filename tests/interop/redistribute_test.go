package interop

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// redistribution is the configuration of both daemons, in the same words.
const redistribution = `ip prefix-list LO permit 10.255.0.1/32
ip prefix-list NOT permit 10.70.0.0/16 le 24
ip prefix-list GATEWAY permit 10.1.0.9/32
ip prefix-list DEFAULT permit 0.0.0.0/0
ipv6 prefix-list SIX permit 2001:db8:a::/48 le 64
route-map CONN permit 10
 match interface others2
 set community 65001:1
exit
route-map CONN permit 20
 match ip address prefix-list LO
 set metric 9
 set local-preference 200
 set origin igp
exit
route-map CONN deny 30
 match ip address prefix-list NOT
exit
route-map CONN permit 40
 set large-community 65001:1:2
exit
route-map KERN deny 5
 match ip address prefix-list DEFAULT
exit
route-map KERN permit 10
 match metric 77
 set metric +3
exit
route-map KERN permit 20
 match ip next-hop prefix-list GATEWAY
 set community 65001:2
 set weight 5
exit
route-map KERN permit 30
 set as-path prepend 65001
exit
route-map KERN6 permit 10
 match ipv6 address prefix-list SIX
 set community 65001:6
exit
route-map KERN6 permit 20
exit
route-map OUT permit 10
 match metric 80
 set community 65001:3 additive
exit
route-map OUT permit 20
exit
router bgp 65001
 bgp router-id 10.0.0.1
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.1.0.2 remote-as 65002
 neighbor 10.1.0.3 remote-as 65001
 neighbor 10.1.0.4 remote-as 65004
 neighbor 2001:db8:1::2 remote-as 65002
 neighbor 2001:db8:1::3 remote-as 65001
 address-family ipv4 unicast
  network 10.50.0.0/24
  aggregate-address 10.60.0.0/16
  redistribute kernel route-map KERN
  redistribute connected route-map CONN
  redistribute static metric 4
  neighbor 10.1.0.4 next-hop-self
  neighbor 10.1.0.4 route-map OUT out
  no neighbor 2001:db8:1::2 activate
  no neighbor 2001:db8:1::3 activate
 exit-address-family
 address-family ipv6 unicast
  redistribute connected metric 6
  redistribute kernel route-map KERN6
  neighbor 2001:db8:1::2 activate
  neighbor 2001:db8:1::3 activate
 exit-address-family
exit
`

// kernelState are the addresses and routes of both hosts.
const kernelState = `addr add 10.255.0.1/32 dev lo
addr add 2001:db8:ff::1/128 dev lo
addr add 10.50.0.1/24 dev others2
addr add 10.50.0.2/24 dev others2
addr add 10.60.1.1/24 dev others2
addr add 10.70.1.1/24 dev others1
addr add 169.254.7.1/16 dev others2
addr add 192.168.7.1 peer 192.168.7.2/32 dev others2
addr add 2001:db8:a:1::1/64 dev others2 nodad
route add 203.0.113.0/24 via 10.1.0.9
route add 203.0.114.0/24 dev others1 metric 77
route add 203.0.115.0/24 via 10.2.0.9 proto dhcp metric 100
route add 203.0.116.0/24 via 10.2.0.9 metric 16777226
route add 203.0.117.0/24 via 10.2.0.9 proto 12
route add 203.0.118.0/24 proto 14 nexthop via 10.1.0.9 nexthop via 10.2.0.9
route add blackhole 203.0.119.0/24
route add unreachable 10.50.0.0/25
route add default via 10.1.0.9
route add 203.0.120.0/24 via 10.1.0.9 table 100
route add 203.0.121.0/24 via 10.1.0.9 metric 5
route add 203.0.121.0/24 via 10.2.0.9 metric 4
-6 route add 2001:db8:a:2::/64 via 2001:db8:1::9
-6 route add 2001:db8:b::/48 dev others1
-6 route add 2001:db8:c::/48 via fe80::9 dev others1
-6 route add unreachable 2001:db8:d::/48`

// A redistributing router is one daemon and those who listen to it.
type redistributing struct {
	dut       *host
	configure func(lines ...string)
	speakers  []*bgpSpeaker
}

// TestRedistributionAsFRR gives FRR with zebra and us the same configuration, interfaces and routes of the kernel, and compares
// what external and internal neighbors are sent, attribute by attribute: at first, and after changes of interfaces, routes and
// configuration.
func TestRedistributionAsFRR(t *testing.T) {
	t.Parallel()
	var both [2]*redistributing
	for i, kind := range []string{"frr", "ours"} {
		both[i] = newRedistributing(t, kind)
	}
	ip := func(args ...string) {
		for _, r := range both {
			for _, a := range args {
				r.dut.run("ip", strings.Fields(a)...)
			}
		}
	}
	configure := func(lines ...string) {
		for _, r := range both {
			r.configure(lines...)
		}
	}
	sameRoutes(t, "at first", both, 29)
	ip("link set others2 down", "route del 203.0.113.0/24", "route replace 203.0.117.0/24 via 10.1.0.9 proto 12")
	sameRoutes(t, "an interface is down, a route is gone, another goes another way", both, 19)
	// The kernel took the routes through the interface without a word, which zebra notices when they are added again.
	ip("link set others2 up", "route add 203.0.115.0/24 via 10.1.0.9 proto dhcp metric 100", "route add 203.0.121.0/24 via 10.2.0.9 metric 4")
	configure("router bgp 65001", "address-family ipv4 unicast", "no network 10.50.0.0/24", "redistribute kernel metric 8", "no redistribute static")
	sameRoutes(t, "the interface is up, no network, a metric", both, 22)
	configure("route-map CONN permit 40", "set metric 44", "exit", "router bgp 65001", "address-family ipv6 unicast", "no redistribute connected")
	sameRoutes(t, "another map, no subnets of IPv6", both, 20)
	configure("router bgp 65001", "address-family ipv4 unicast", "no redistribute kernel", "no redistribute connected", "exit-address-family",
		"address-family ipv6 unicast", "no redistribute kernel")
	sameRoutes(t, "nothing", both, 0)
}

func newRedistributing(t *testing.T, kind string) *redistributing {
	l := newLab(t)
	dut, others := l.host("dut"), l.host("others")
	l.link(dut, others)
	l.link(dut, others)
	for _, line := range strings.Split(kernelState, "\n") {
		dut.run("ip", strings.Fields(line)...)
	}
	for n := 3; n <= 4; n++ {
		others.run("ip", "addr", "add", fmt.Sprintf("10.1.0.%d/24", n), "dev", "dut1")
	}
	others.run("ip", "addr", "add", "2001:db8:1::3/64", "dev", "dut1", "nodad")
	r := &redistributing{dut: dut}
	if kind == "frr" {
		f := dut.frr(redistribution)
		if err := os.WriteFile(filepath.Join(dut.dir, "staticd.conf"), []byte("ip route 198.51.100.0/24 10.1.0.9\nip route 198.51.101.0/24 blackhole\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		f.daemon("staticd")
		r.configure = func(lines ...string) { f.configure(append(lines, "end")) }
	} else {
		dut.run("ip", "route", "add", "198.51.100.0/24", "via", "10.1.0.9", "proto", "196", "metric", "20")
		dut.run("ip", "route", "add", "blackhole", "198.51.101.0/24", "proto", "196", "metric", "20")
		o := dut.bgpd(redistribution)
		r.configure = func(lines ...string) { o.sh(slices.Concat([]string{"configure terminal"}, lines, []string{"end"})...) }
	}
	for _, p := range []plan{
		{from: netip.MustParseAddr("10.1.0.2"), to: netip.MustParseAddr("10.1.0.1"), as: 65002},
		{from: netip.MustParseAddr("10.1.0.3"), to: netip.MustParseAddr("10.1.0.1"), as: 65001},
		{from: netip.MustParseAddr("10.1.0.4"), to: netip.MustParseAddr("10.1.0.1"), as: 65004},
		{from: netip.MustParseAddr("2001:db8:1::2"), to: netip.MustParseAddr("2001:db8:1::1"), as: 65002},
		{from: netip.MustParseAddr("2001:db8:1::3"), to: netip.MustParseAddr("2001:db8:1::1"), as: 65001},
	} {
		within(t, 20*time.Second, "a session with "+kind, func() error {
			s, err := speak(others, p)
			if err == nil {
				r.speakers = append(r.speakers, s)
				t.Cleanup(func() { s.conn.Close() })
			}
			return err
		})
	}
	return r
}

// sent is all that the neighbors have, by neighbor and prefix. FRR puts its own link-local address beside another router's too.
func (r *redistributing) sent() (out map[string]string) {
	out = map[string]string{}
	for i, s := range r.speakers {
		s.mu.Lock()
		for path, text := range s.routes {
			out[fmt.Sprintf("neighbor %d, %s", i, path.prefix)] = strings.Replace(text, "9 its own link-local", "9", 1)
		}
		s.mu.Unlock()
	}
	return out
}

// sameRoutes waits until the neighbors of both have the same, at least so many routes.
func sameRoutes(t *testing.T, when string, both [2]*redistributing, least int) {
	t.Helper()
	err := eventually(slow*10*time.Second, func() error {
		frr, ours := both[0].sent(), both[1].sent()
		var differ []error
		for k, a := range frr {
			if b := ours[k]; a != b {
				differ = append(differ, fmt.Errorf("%s\n FRR:  %s\n ours: %s", k, a, b))
			}
		}
		for k, b := range ours {
			if _, ok := frr[k]; !ok {
				differ = append(differ, fmt.Errorf("%s\n FRR:  -\n ours: %s", k, b))
			}
		}
		if len(differ) == 0 && len(ours) < least {
			return fmt.Errorf("only %d routes", len(ours))
		}
		return errors.Join(differ...)
	})
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
}
