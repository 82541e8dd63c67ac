package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Each of FRR and ours sends the other its prefix list (RFC 5292), shows the other's, and is told only what passes.
func TestFiltersWithFRR(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	frr := b.frr(`
ip prefix-list WANTED seq 5 permit 10.100.0.0/15 le 24
router bgp 65002
 bgp router-id 10.0.0.2
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.1.0.1 remote-as 65001
 neighbor 10.1.0.1 timers connect 2
 address-family ipv4 unicast
  network 198.51.100.0/24
  network 203.0.113.0/24
  neighbor 10.1.0.1 capability orf prefix-list both
  neighbor 10.1.0.1 prefix-list WANTED in
 exit-address-family
exit
`)
	r := a.bgpd(`
ip prefix-list WANTED seq 5 deny 203.0.113.0/24
ip prefix-list WANTED seq 10 permit 198.51.100.0/24
ip prefix-list WANTED seq 15 permit 203.0.112.0/22 ge 23
router bgp 65001
 bgp router-id 10.0.0.1
 neighbor 10.1.0.2 remote-as 65002
 neighbor 10.1.0.2 timers connect 2
 address-family ipv4 unicast
  network 10.100.0.0/16
  network 10.101.7.0/24
  network 10.102.0.0/16
  neighbor 10.1.0.2 prefix-list WANTED in
  neighbor 10.1.0.2 allow any out
  neighbor 10.1.0.2 capability orf prefix-list both
 exit-address-family
exit
`)
	r.established("10.1.0.2")
	seen := func(what string, show func() string, want, without []string) {
		t.Helper()
		within(t, 20*time.Second, what, func() error {
			text := show()
			for _, w := range want {
				if !strings.Contains(text, w) {
					return fmt.Errorf("%q is not in\n%s", w, text)
				}
			}
			for _, w := range without {
				if strings.Contains(text, w) {
					return fmt.Errorf("%q is in\n%s", w, text)
				}
			}
			return nil
		})
	}
	ours := func(command string) func() string { return func() string { return r.sh(command) } }
	theirs := func(command string) func() string { return func() string { return frr.vtysh(command) } }
	seen("FRR's filter at ours", ours("show bgp ipv4 unicast neighbors 10.1.0.2 received prefix-filter"), []string{"seq 5 permit 10.100.0.0/15 le 24"}, nil)
	seen("our filter at FRR", theirs("show bgp ipv4 unicast neighbors 10.1.0.1 received prefix-filter"), []string{"seq 5 deny 203.0.113.0/24", "seq 10 permit 198.51.100.0/24", "seq 15 permit 203.0.112.0/22 ge 23"}, nil)
	seen("what ours sends", ours("show bgp ipv4 unicast neighbors 10.1.0.2 advertised-routes"), []string{"10.100.0.0/16", "10.101.7.0/24"}, []string{"10.102.0.0/16"})
	seen("what FRR sends", ours("show bgp ipv4 unicast neighbors 10.1.0.2 received-routes"), []string{"198.51.100.0/24"}, []string{"203.0.113.0/24"})
	r.sh("configure terminal", "ip prefix-list WANTED seq 5 permit 203.0.113.0/24")
	// FRR 8.4 takes the changed list and then sends nothing by it: it has sent no End-of-RIB, before which it answers no refresh.
	seen("our changed filter at FRR", theirs("show bgp ipv4 unicast neighbors 10.1.0.1 received prefix-filter"), []string{"seq 5 permit 203.0.113.0/24", "seq 15 permit"}, []string{"deny"})
	frr.vtysh("configure terminal", "ip prefix-list WANTED seq 5 permit 10.102.0.0/16")
	frr.vtysh("clear bgp ipv4 unicast 10.1.0.1 in prefix-filter")
	seen("what ours sends after a change of FRR's list", ours("show bgp ipv4 unicast neighbors 10.1.0.2 advertised-routes"), []string{"10.102.0.0/16"}, []string{"10.100.0.0/16"})
}
