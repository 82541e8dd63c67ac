package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A password and TTL security on both ends, whoever dials: BIRD and FRR each accept us and are accepted.
func TestPasswordAndTTLSecurity(t *testing.T) {
	for _, dial := range []string{"we dial", "the peer dials"} {
		t.Run(dial, func(t *testing.T) {
			ourPassive, theirPassive, birdPassive := "", "neighbor 10.1.0.1 passive", "passive on;"
			if dial == "the peer dials" {
				ourPassive, theirPassive, birdPassive = "passive", "", ""
			}
			l := newLab(t)
			dut, fh, bh := l.host("dut"), l.host("frr"), l.host("bird")
			l.link(dut, fh)
			l.link(dut, bh)
			fh.frr(`
router bgp 65002
 bgp router-id 10.0.0.2
 no bgp ebgp-requires-policy
 neighbor 10.1.0.1 remote-as 65001
 neighbor 10.1.0.1 password s3cret
 neighbor 10.1.0.1 ttl-security hops 1
 neighbor 10.1.0.1 timers connect 2
 ` + theirPassive + `
exit
`)
			bh.bird(`
router id 10.0.0.3;
protocol device {}
protocol bgp dut4 { local 10.2.0.2 as 65003; neighbor 10.2.0.1 as 65001; password "s3cret"; ttl security on;
  direct; connect retry time 2; error wait time 1,2; ` + birdPassive + ` ipv4 { import all; export all; }; }
`)
			r := dut.bgpd(securedConfig("s3cret", ourPassive))
			r.established("10.1.0.2")
			r.established("10.2.0.2")
			out := r.sh("show running-config") + r.sh("show bgp neighbors")
			if strings.Count(out, "s3cret") > 2 {
				t.Errorf("the password shows outside its own statement:\n%s", out)
			}
		})
	}
}

// With another password there is no session, whoever dials, and the neighbor's page says what that looks like.
func TestWrongPassword(t *testing.T) {
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

func securedConfig(password, passive string) string {
	var s strings.Builder
	s.WriteString("router bgp 65001\n bgp router-id 10.0.0.1\n")
	for n, as := range map[string]int{"10.1.0.2": 65002, "10.2.0.2": 65003} {
		fmt.Fprintf(&s, " neighbor %s remote-as %d\n neighbor %s password %s\n neighbor %s ttl-security hops 1\n neighbor %s timers connect 2\n",
			n, as, n, password, n, n)
		if passive != "" {
			fmt.Fprintf(&s, " neighbor %s passive\n", n)
		}
	}
	return s.String() + "exit\n"
}
