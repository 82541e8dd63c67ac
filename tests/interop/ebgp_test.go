package interop

import "testing"

// The line of three: FRR (65002) - ours (65001) - BIRD (65003), with an IPv4 and an IPv6 session on each link.
const dutConfig = `
hostname dut
router bgp 65001
 bgp router-id 10.0.0.1
 neighbor 10.1.0.2 remote-as 65002
 neighbor 10.2.0.2 remote-as 65003
 neighbor 2001:db8:1::2 remote-as 65002
 neighbor 2001:db8:2::2 remote-as 65003
 neighbor 10.1.0.2 timers connect 2
 neighbor 10.2.0.2 timers connect 2
 neighbor 2001:db8:1::2 timers connect 2
 neighbor 2001:db8:2::2 timers connect 2
 address-family ipv4 unicast
  network 10.100.0.0/16
  neighbor 10.1.0.2 allow any in
  neighbor 10.1.0.2 allow any out
  neighbor 10.2.0.2 allow any in
  neighbor 10.2.0.2 allow any out
  neighbor 10.2.0.2 export metric 77
  neighbor 10.2.0.2 export community 65001:1 65001:2
 exit-address-family
 address-family ipv6 unicast
  network 2001:db8:100::/48
  neighbor 2001:db8:1::2 allow any in
  neighbor 2001:db8:1::2 allow any out
  neighbor 2001:db8:2::2 allow any in
  neighbor 2001:db8:2::2 allow any out
 exit-address-family
exit
`

const frrConfig = `
frr defaults traditional
hostname frr
route-map OUT permit 10
 set origin egp
 set metric 50
 set as-path prepend 65010 65011
 set community 65002:100 65002:200
 set large-community 65002:1:100 65002:2:200
 set extcommunity rt 65002:7
 set extcommunity soo 65002:8
 set aggregator as 65010 10.0.0.9
 set atomic-aggregate
exit
router bgp 65002
 bgp router-id 10.0.0.2
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.1.0.1 remote-as 65001
 neighbor 10.1.0.1 timers connect 2
 neighbor 2001:db8:1::1 remote-as 65001
 neighbor 2001:db8:1::1 timers connect 2
 address-family ipv4 unicast
  no neighbor 2001:db8:1::1 activate
  network 198.51.100.0/24
  neighbor 10.1.0.1 route-map OUT out
 exit-address-family
 address-family ipv6 unicast
  network 2001:db8:f::/48
  neighbor 2001:db8:1::1 activate
  neighbor 2001:db8:1::1 route-map OUT out
 exit-address-family
exit
`

const birdConfig = `
router id 10.0.0.3;
protocol device {}
protocol static s4 { ipv4;
  route 203.0.113.0/24 blackhole {
    bgp_origin = ORIGIN_INCOMPLETE;
    bgp_community.add((65003,100)); bgp_large_community.add((65003,7,9));
    bgp_ext_community.add((rt,65003,1));
    bgp_path.prepend(65020); };
}
protocol static s6 { ipv6;
  route 2001:db8:b::/48 blackhole { bgp_community.add((65003,600)); };
}
protocol bgp dut4 { local 10.2.0.2 as 65003; neighbor 10.2.0.1 as 65001; connect retry time 2; error wait time 1,2;
  ipv4 { import all; export filter { if source = RTS_STATIC then bgp_med = 10; accept; }; }; }
protocol bgp dut6 { local 2001:db8:2::2 as 65003; neighbor 2001:db8:2::1 as 65001; connect retry time 2; error wait time 1,2;
  ipv6 { import all; export filter { if source = RTS_STATIC then bgp_med = 11; accept; }; }; }
`

type line struct {
	*lab
	dut  *router
	frr  *frr
	bird *bird
}

func newLine(t *testing.T) *line {
	l := &line{lab: newLab(t)}
	dut, f, b := l.host("dut"), l.host("frr"), l.host("bird")
	l.link(dut, f)
	l.link(dut, b)
	l.frr = f.frr(frrConfig)
	l.bird = b.bird(birdConfig)
	l.dut = dut.bgpd(dutConfig)
	for _, n := range []string{"10.1.0.2", "10.2.0.2", "2001:db8:1::2", "2001:db8:2::2"} {
		l.dut.established(n)
	}
	return l
}

// ours, frrs and birds give a route as the three routers hold it.
func (l *line) ours(family, prefix, peer string) func() attributes {
	return func() attributes {
		out, _, err := l.dut.try("show bgp " + family + " unicast " + prefix + " json")
		if err != nil {
			return nil
		}
		return fromFRR(decode(l.t, out), peer)
	}
}

func (l *line) frrs(family, prefix, peer string) func() attributes {
	return func() attributes {
		return fromFRR(decode(l.t, l.frr.vtysh("show bgp "+family+" unicast "+prefix+" json")), peer)
	}
}

func (l *line) birds(prefix, protocol string) func() attributes {
	return func() attributes { return fromBIRD(l.bird.route(prefix, protocol)) }
}

func TestAttributesBothWays(t *testing.T) {
	t.Parallel()
	l := newLine(t)

	compare(t, "FRR to bgpd, IPv4", settled(t, "FRR's route at bgpd", l.ours("ipv4", "198.51.100.0/24", "10.1.0.2")), attributes{
		"origin": "EGP", "as-path": "65002 65010 65011", "next-hop": "10.1.0.2", "med": "50", "atomic": "yes",
		"aggregator": "65010 10.0.0.9", "community": "65002:100 65002:200", "ext-community": "RT:65002:7 SoO:65002:8",
		"large-community": "65002:1:100 65002:2:200"})
	compare(t, "BIRD to bgpd, IPv4", settled(t, "BIRD's route at bgpd", l.ours("ipv4", "203.0.113.0/24", "10.2.0.2")), attributes{
		"origin": "incomplete", "as-path": "65003 65020", "next-hop": "10.2.0.2", "med": "10", "community": "65003:100",
		"ext-community": "RT:65003:1", "large-community": "65003:7:9"})
	compare(t, "FRR through bgpd to BIRD, IPv4", settled(t, "FRR's route at BIRD", l.birds("198.51.100.0/24", "dut4")), attributes{
		"origin": "EGP", "as-path": "65001 65002 65010 65011", "next-hop": "10.2.0.1", "med": "77", "local-pref": "100",
		"atomic": "yes", "aggregator": "65010 10.0.0.9", "community": "65001:1 65001:2 65002:100 65002:200",
		"ext-community": "RT:65002:7 SoO:65002:8", "large-community": "65002:1:100 65002:2:200"})
	compare(t, "BIRD through bgpd to FRR, IPv4", settled(t, "BIRD's route at FRR", l.frrs("ipv4", "203.0.113.0/24", "10.1.0.1")), attributes{
		"origin": "incomplete", "as-path": "65001 65003 65020", "next-hop": "10.1.0.1", "community": "65003:100",
		"ext-community": "RT:65003:1", "large-community": "65003:7:9"})
	compare(t, "bgpd to BIRD, IPv4", settled(t, "our route at BIRD", l.birds("10.100.0.0/16", "dut4")), attributes{
		"origin": "IGP", "as-path": "65001", "next-hop": "10.2.0.1", "med": "77", "local-pref": "100", "community": "65001:1 65001:2"})
	compare(t, "bgpd to FRR, IPv4", settled(t, "our route at FRR", l.frrs("ipv4", "10.100.0.0/16", "10.1.0.1")), attributes{
		"origin": "IGP", "as-path": "65001", "next-hop": "10.1.0.1", "med": "0"})

	compare(t, "FRR to bgpd, IPv6", settled(t, "FRR's route at bgpd", l.ours("ipv6", "2001:db8:f::/48", "2001:db8:1::2")), attributes{
		"origin": "EGP", "as-path": "65002 65010 65011", "next-hop": "2001:db8:1::2", "med": "50", "atomic": "yes",
		"aggregator": "65010 10.0.0.9", "community": "65002:100 65002:200", "ext-community": "RT:65002:7 SoO:65002:8",
		"large-community": "65002:1:100 65002:2:200"})
	compare(t, "BIRD to bgpd, IPv6", settled(t, "BIRD's route at bgpd", l.ours("ipv6", "2001:db8:b::/48", "2001:db8:2::2")), attributes{
		"origin": "IGP", "as-path": "65003", "next-hop": "2001:db8:2::2", "med": "11", "community": "65003:600"})
	compare(t, "FRR through bgpd to BIRD, IPv6", settled(t, "FRR's route at BIRD", l.birds("2001:db8:f::/48", "dut6")), attributes{
		"origin": "EGP", "as-path": "65001 65002 65010 65011", "next-hop": "2001:db8:2::1", "local-pref": "100", "atomic": "yes",
		"aggregator": "65010 10.0.0.9", "community": "65002:100 65002:200", "ext-community": "RT:65002:7 SoO:65002:8",
		"large-community": "65002:1:100 65002:2:200"})
	compare(t, "BIRD through bgpd to FRR, IPv6", settled(t, "BIRD's route at FRR", l.frrs("ipv6", "2001:db8:b::/48", "2001:db8:1::1")), attributes{
		"origin": "IGP", "as-path": "65001 65003", "next-hop": "2001:db8:1::1", "community": "65003:600"})
	compare(t, "bgpd to FRR, IPv6", settled(t, "our route at FRR", l.frrs("ipv6", "2001:db8:100::/48", "2001:db8:1::1")), attributes{
		"origin": "IGP", "as-path": "65001", "next-hop": "2001:db8:1::1", "med": "0"})
	compare(t, "bgpd to BIRD, IPv6", settled(t, "our route at BIRD", l.birds("2001:db8:100::/48", "dut6")), attributes{
		"origin": "IGP", "as-path": "65001", "next-hop": "2001:db8:2::1", "med": "0", "local-pref": "100"})
}
