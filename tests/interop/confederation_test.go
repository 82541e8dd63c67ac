package interop

import (
	"strings"
	"testing"
)

// FRR in another AS of our confederation, and BIRD outside of it: members see each other's AS, attributes and next hops, and
// the world sees one AS.
func TestConfederationWithFRR(t *testing.T) {
	t.Parallel()
	l := &line{lab: newLab(t)}
	dut, f, b := l.host("dut"), l.host("frr"), l.host("bird")
	l.link(dut, f)
	l.link(dut, b)
	l.frr = f.frr(`
frr defaults traditional
route-map OUT permit 10
 set metric 50
 set local-preference 150
exit
router bgp 65002
 bgp router-id 10.0.0.2
 bgp confederation identifier 100
 bgp confederation peers 65001
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.1.0.1 remote-as 65001
 neighbor 10.1.0.1 timers connect 2
 address-family ipv4 unicast
  network 198.51.100.0/24
  neighbor 10.1.0.1 route-map OUT out
 exit-address-family
exit
`)
	l.bird = b.bird(strings.Replace(birdConfig, "as 65001; connect", "as 100; connect", 2))
	l.dut = dut.bgpd(`
router bgp 65001
 bgp router-id 10.0.0.1
 bgp confederation identifier 100
 bgp confederation peers 65002
 neighbor 10.1.0.2 remote-as 65002
 neighbor 10.2.0.2 remote-as 65003
 neighbor 10.1.0.2 timers connect 2
 neighbor 10.2.0.2 timers connect 2
 address-family ipv4 unicast
  network 10.100.0.0/16
  neighbor 10.1.0.2 next-hop-self
  neighbor 10.2.0.2 allow any in
  neighbor 10.2.0.2 allow any out
 exit-address-family
exit
`)
	for _, n := range []string{"10.1.0.2", "10.2.0.2"} {
		l.dut.established(n)
	}
	compare(t, "FRR to bgpd", settled(t, "FRR's route at bgpd", l.ours("ipv4", "198.51.100.0/24", "10.1.0.2")), attributes{
		"origin": "IGP", "as-path": "(65002)", "next-hop": "10.1.0.2", "med": "50", "local-pref": "150"})
	compare(t, "FRR through bgpd to BIRD", settled(t, "FRR's route at BIRD", l.birds("198.51.100.0/24", "dut4")), attributes{
		"origin": "IGP", "as-path": "100", "next-hop": "10.2.0.1", "local-pref": "100"})
	compare(t, "BIRD through bgpd to FRR", settled(t, "BIRD's route at FRR", l.frrs("ipv4", "203.0.113.0/24", "10.1.0.1")), attributes{
		"origin": "incomplete", "as-path": "(65001) 65003 65020", "next-hop": "10.1.0.1", "med": "10", "local-pref": "100", "community": "65003:100",
		"ext-community": "RT:65003:1", "large-community": "65003:7:9"})
	compare(t, "bgpd to FRR", settled(t, "our route at FRR", l.frrs("ipv4", "10.100.0.0/16", "10.1.0.1")), attributes{
		"origin": "IGP", "as-path": "(65001)", "next-hop": "10.1.0.1", "med": "0", "local-pref": "100"})
	for what, text := range map[string]string{
		"ours":  l.dut.sh("show bgp neighbors 10.1.0.2"),
		"FRR's": l.frr.vtysh("show bgp neighbors 10.1.0.1"),
	} {
		if !strings.Contains(text, "confed-external link") {
			t.Errorf("%s page of the neighbor does not say confed-external link:\n%s", what, text)
		}
	}
}
