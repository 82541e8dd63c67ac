package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// pair is our router (10.1.0.1) and one host for the other's (10.1.0.2), with the link-local addresses fe80::1 and fe80::2.
func pair(t *testing.T) (dut, other *host) {
	l := newLab(t)
	dut, other = l.host("dut"), l.host("peer")
	l.link(dut, other)
	dut.run("ip", "addr", "add", "fe80::1/64", "dev", "peer1", "nodad")
	other.run("ip", "addr", "add", "fe80::2/64", "dev", "dut1", "nodad")
	return dut, other
}

func frrAttributes(t *testing.T, f *frr, family, prefix, peer string) func() attributes {
	return func() attributes {
		return fromFRR(decode(t, f.vtysh("show bgp "+family+" unicast "+prefix+" json")), peer)
	}
}

func oursAttributes(t *testing.T, r *router, family, prefix, peer string) func() attributes {
	return func() attributes {
		out, _, err := r.try("show bgp " + family + " unicast " + prefix + " json")
		if err != nil {
			return nil
		}
		return fromFRR(decode(t, out), peer)
	}
}

// IPv6 routes over an IPv4 session carry the global address of the session's interface.
func TestIPv6RoutesOverIPv4Session(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	f := b.frr(`
router bgp 65002
 bgp router-id 10.0.0.2
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.1.0.1 remote-as 65001
 neighbor 10.1.0.1 timers connect 2
 address-family ipv6 unicast
  neighbor 10.1.0.1 activate
  network 2001:db8:f::/48
 exit-address-family
exit
`)
	r := a.bgpd(`
router bgp 65001
 bgp router-id 10.0.0.1
 neighbor 10.1.0.2 remote-as 65002
 neighbor 10.1.0.2 timers connect 2
 address-family ipv6 unicast
  network 2001:db8:100::/48
  neighbor 10.1.0.2 activate
  neighbor 10.1.0.2 allow any in
  neighbor 10.1.0.2 allow any out
 exit-address-family
exit
`)
	r.established("10.1.0.2")
	compare(t, "IPv6 over IPv4, bgpd to FRR", settled(t, "our IPv6 route at FRR", frrAttributes(t, f, "ipv6", "2001:db8:100::/48", "10.1.0.1")),
		attributes{"origin": "IGP", "as-path": "65001", "med": "0", "next-hop": "2001:db8:1::1"})
	compare(t, "IPv6 over IPv4, FRR to bgpd", settled(t, "FRR's IPv6 route", oursAttributes(t, r, "ipv6", "2001:db8:f::/48", "10.1.0.2")),
		attributes{"origin": "IGP", "as-path": "65002", "med": "0", "next-hop": "2001:db8:1::2"})
}

// IPv4 routes over an IPv6 session: with RFC 8950 agreed they pass, and without it they are withheld with the reason.
func TestIPv4RoutesOverIPv6Session(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	f := b.frr(`
router bgp 65002
 bgp router-id 10.0.0.2
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 2001:db8:1::1 remote-as 65001
 neighbor 2001:db8:1::1 timers connect 2
 neighbor 2001:db8:1::1 capability extended-nexthop
 address-family ipv4 unicast
  neighbor 2001:db8:1::1 activate
  network 198.51.100.0/24
 exit-address-family
exit
`)
	r := a.bgpd(`
router bgp 65001
 bgp router-id 10.0.0.1
 neighbor 2001:db8:1::2 remote-as 65002
 neighbor 2001:db8:1::2 timers connect 2
 neighbor 2001:db8:1::2 capability extended-nexthop
 address-family ipv4 unicast
  network 10.100.0.0/16
  neighbor 2001:db8:1::2 activate
  neighbor 2001:db8:1::2 allow any in
  neighbor 2001:db8:1::2 allow any out
 exit-address-family
exit
`)
	r.established("2001:db8:1::2")
	compare(t, "IPv4 over IPv6, bgpd to FRR", settled(t, "our IPv4 route at FRR", frrAttributes(t, f, "ipv4", "10.100.0.0/16", "2001:db8:1::1")),
		attributes{"origin": "IGP", "as-path": "65001", "med": "0", "next-hop": "2001:db8:1::1"})
	compare(t, "IPv4 over IPv6, FRR to bgpd", settled(t, "FRR's IPv4 route", oursAttributes(t, r, "ipv4", "198.51.100.0/24", "2001:db8:1::2")),
		attributes{"origin": "IGP", "as-path": "65002", "med": "0", "next-hop": "2001:db8:1::2"})

	// Without the capability and without an IPv4 address on the link there is no next hop that FRR could use.
	a.run("ip", "addr", "del", "10.1.0.1/24", "dev", "peer1")
	r.sh("configure terminal", "router bgp 65001", "no neighbor 2001:db8:1::2 capability extended-nexthop")
	r.sh("wait bgp neighbor 2001:db8:1::2 established after-generation 1 timeout 40")
	within(t, 10*time.Second, "our route is withheld with its reason", func() error {
		out, _, err := r.try("show bgp ipv4 unicast neighbors 2001:db8:1::2 withheld-routes")
		if err != nil || !strings.Contains(out, "10.100.0.0/16") || !strings.Contains(out, "next hop") {
			return fmt.Errorf("%v\n%s", err, out)
		}
		return nil
	})
	gone(t, "our IPv4 route at FRR", frrAttributes(t, f, "ipv4", "10.100.0.0/16", "2001:db8:1::1"))
}

// A numbered link-local neighbor on real TCP: both families on one session, IPv4 with an IPv6 next hop.
func TestLinkLocalNeighbor(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	peer := b.bird(`
router id 10.0.0.3;
protocol device {}
protocol static s4 { ipv4; route 203.0.113.0/24 blackhole; }
protocol static s6 { ipv6; route 2001:db8:b::/48 blackhole; }
protocol bgp ll { local fe80::2 as 65003; neighbor fe80::1%'dut1' as 65001; connect retry time 2; error wait time 1,2;
  ipv4 { extended next hop on; import all; export all; };
  ipv6 { import all; export all; }; }
`)
	r := a.bgpd(`
router bgp 65001
 bgp router-id 10.0.0.1
 neighbor fe80::2 interface peer1 remote-as 65003
 neighbor fe80::2 timers connect 2
 neighbor fe80::2 capability extended-nexthop
 address-family ipv4 unicast
  network 10.100.0.0/16
  neighbor fe80::2 activate
  neighbor fe80::2 allow any in
  neighbor fe80::2 allow any out
 exit-address-family
 address-family ipv6 unicast
  network 2001:db8:100::/48
  neighbor fe80::2 activate
  neighbor fe80::2 allow any in
  neighbor fe80::2 allow any out
 exit-address-family
exit
`)
	r.established("fe80::2")
	for _, prefix := range []string{"10.100.0.0/16", "2001:db8:100::/48"} {
		got := settled(t, "our "+prefix+" at BIRD", func() attributes { return fromBIRD(peer.route(prefix, "ll")) })
		if got["as-path"] != "65001" || got["origin"] != "IGP" {
			t.Errorf("our %s at BIRD: %v", prefix, got)
		}
	}
	settled(t, "BIRD's IPv4 route", oursAttributes(t, r, "ipv4", "203.0.113.0/24", "fe80::2"))
	settled(t, "BIRD's IPv6 route", oursAttributes(t, r, "ipv6", "2001:db8:b::/48", "fe80::2"))
	if out := r.sh("show bgp neighbors fe80::2"); !strings.Contains(out, "fe80::1") {
		t.Errorf("the page of a link-local neighbor names no local address:\n%s", out)
	}
}

// Inside one AS: LOCAL_PREF and MED pass, the next hop stays, and what came from inside is not passed on inside.
func TestInternalSessions(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	dut, fh, bh := l.host("dut"), l.host("frr"), l.host("bird")
	l.link(dut, fh)
	l.link(dut, bh)
	f := fh.frr(`
route-map OUT permit 10
 set local-preference 150
 set metric 33
 set community 65001:5
exit
router bgp 65001
 bgp router-id 10.0.0.2
 no bgp network import-check
 neighbor 10.1.0.1 remote-as 65001
 neighbor 10.1.0.1 timers connect 2
 address-family ipv4 unicast
  network 198.51.100.0/24
  neighbor 10.1.0.1 route-map OUT out
 exit-address-family
exit
`)
	peer := bh.bird(`
router id 10.0.0.3;
protocol device {}
protocol static s4 { ipv4; route 203.0.113.0/24 blackhole { bgp_local_pref = 120; }; }
protocol bgp in4 { local 10.2.0.2 as 65001; neighbor 10.2.0.1 as 65001; connect retry time 2; error wait time 1,2;
  ipv4 { import all; export all; }; }
`)
	r := dut.bgpd(`
router bgp 65001
 bgp router-id 10.0.0.1
 neighbor 10.1.0.2 remote-as internal
 neighbor 10.2.0.2 remote-as 65001
 neighbor 10.1.0.2 timers connect 2
 neighbor 10.2.0.2 timers connect 2
 address-family ipv4 unicast
  network 10.100.0.0/16
 exit-address-family
exit
`)
	r.established("10.1.0.2")
	r.established("10.2.0.2")
	compare(t, "iBGP, FRR to bgpd", settled(t, "FRR's route", oursAttributes(t, r, "ipv4", "198.51.100.0/24", "10.1.0.2")),
		attributes{"origin": "IGP", "as-path": "Local", "med": "33", "local-pref": "150", "community": "65001:5", "next-hop": "10.1.0.2"})
	compare(t, "iBGP, BIRD to bgpd", settled(t, "BIRD's route", oursAttributes(t, r, "ipv4", "203.0.113.0/24", "10.2.0.2")),
		attributes{"origin": "IGP", "as-path": "Local", "local-pref": "120", "next-hop": "10.2.0.2"})
	compare(t, "iBGP, bgpd to FRR", settled(t, "our route at FRR", frrAttributes(t, f, "ipv4", "10.100.0.0/16", "10.1.0.1")),
		attributes{"origin": "IGP", "as-path": "Local", "med": "0", "local-pref": "100", "next-hop": "10.1.0.1"})
	compare(t, "iBGP, bgpd to BIRD", settled(t, "our route at BIRD", func() attributes { return fromBIRD(peer.route("10.100.0.0/16", "in4")) }),
		attributes{"origin": "IGP", "as-path": "", "med": "0", "local-pref": "100", "next-hop": "10.2.0.1"})
	if a := frrAttributes(t, f, "ipv4", "203.0.113.0/24", "10.1.0.1")(); a != nil {
		t.Errorf("a route from inside was passed on inside: %v", a)
	}
	out := r.sh("show bgp ipv4 unicast neighbors 10.1.0.2 withheld-routes")
	if !strings.Contains(out, "203.0.113.0/24") {
		t.Errorf("withheld-routes does not name it:\n%s", out)
	}
}
