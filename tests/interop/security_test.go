package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// With another password there is no session, whoever dials, and the neighbor's page says what that looks like.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	b.frr(`
router bgp 65002
 bgp router-id 10.0.0.2
 neighbor 10.1.0.1 remote-as 65001
 neighbor 10.1.0.1 password right
 neighbor 10.1.0.1 timers connect 2
exit
`)
	r := a.bgpd(`
router bgp 65001
 bgp router-id 10.0.0.1
 neighbor 10.1.0.2 remote-as 65002
 neighbor 10.1.0.2 password wrong
 neighbor 10.1.0.2 timers connect 3
exit
`)
	within(t, 20*time.Second, "the page names the cause", func() error {
		out, _, err := r.try("show bgp neighbors 10.1.0.2")
		if err != nil || !strings.Contains(out, "no answer") || !strings.Contains(out, "password") {
			return fmt.Errorf("%v\n%s", err, out)
		}
		return nil
	})
	if _, _, err := r.try("wait bgp neighbor 10.1.0.2 established timeout 5"); err == nil {
		t.Error("a session with two passwords")
	}
}

// A password that changes while the session is up. Between two of ours the session goes on, whichever end is first. FRR begins a
// new one: when it is second its goodbye is signed with the password of before, and the session comes back long before the hold
// time of three minutes is over all the same.
func TestPasswordChanges(t *testing.T) {
	t.Parallel()
	t.Run("ours", func(t *testing.T) {
		t.Parallel()
		a, b := pair(t)
		config := "router bgp %d\n bgp router-id 10.0.0.%d\n no bgp ebgp-requires-policy\n neighbor %s remote-as external\n neighbor %[3]s password first\n" +
			" neighbor %[3]s timers 3 9\nexit\n"
		ends := [2]*router{a.bgpd(fmt.Sprintf(config, 65001, 1, "10.1.0.2")), b.bgpd(fmt.Sprintf(config, 65002, 2, "10.1.0.1"))}
		peers := [2]string{"10.1.0.2", "10.1.0.1"}
		ends[0].established(peers[0])
		for i, line := range []string{"neighbor %s password second", "no neighbor %s password", "neighbor %s password third"} {
			for _, end := range []int{i % 2, 1 - i%2} {
				answer := ends[end].sh("configure terminal", fmt.Sprintf("router bgp %d", 65001+end), fmt.Sprintf(line, peers[end]))
				if strings.Contains(answer, "reset (was") {
					t.Errorf("%s: %s", line, answer)
				}
			}
			ends[0].sh("configure terminal", "router bgp 65001", "address-family ipv4 unicast", fmt.Sprintf("network 203.0.113.%d/32", i))
			within(t, 10*time.Second, "a route comes over after "+line, func() error {
				out, _, err := ends[1].try(fmt.Sprintf("show bgp ipv4 unicast 203.0.113.%d/32 json", i))
				if err != nil || !strings.Contains(out, "10.1.0.1") {
					return fmt.Errorf("%v: %s", err, out)
				}
				return nil
			})
		}
		if out := ends[0].sh("show bgp neighbors " + peers[0]); !strings.Contains(out, "Connections established 1; dropped 0") {
			t.Errorf("the session did not stay:\n%s", out)
		}
	})
	for _, first := range []string{"we", "FRR"} {
		t.Run(first, func(t *testing.T) {
			t.Parallel()
			a, b := pair(t)
			f := b.frr("router bgp 65002\n bgp router-id 10.0.0.2\n neighbor 10.1.0.1 remote-as 65001\n neighbor 10.1.0.1 password old\n" +
				" neighbor 10.1.0.1 timers connect 1\nexit\n")
			r := a.bgpd("router bgp 65001\n bgp router-id 10.0.0.1\n neighbor 10.1.0.2 remote-as 65002\n neighbor 10.1.0.2 password old\n" +
				" neighbor 10.1.0.2 timers connect 2\nexit\n")
			r.established("10.1.0.2")
			theirs := func() {
				f.vtysh("configure terminal", "router bgp 65002", "neighbor 10.1.0.1 password new")
			}
			if first == "FRR" {
				theirs()
			}
			r.sh("configure terminal", "router bgp 65001", "neighbor 10.1.0.2 password new")
			if first == "we" {
				theirs()
			}
			r.sh("wait bgp neighbor 10.1.0.2 established after-generation 1 timeout 60")
		})
	}
}
