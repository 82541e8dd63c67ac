package config

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bgpsh/daemon/policy"
)

// One value each, resolved from the neighbor's, the peer-group's or the router's lines.
func TestEffective(t *testing.T) {
	tests := []struct {
		name  string
		lines string // in router bgp 65000 with neighbor 10.0.0.1 remote-as 65001 in peer-group PG
		value func(Settings) any
		want  string
	}{
		{"its own", " neighbor 10.0.0.1 port 1790\n neighbor PG port 1791", func(s Settings) any { return s.Port }, "1790"},
		{"the group's", " neighbor PG port 1791", func(s Settings) any { return s.Port }, "1791"},
		{"its own unset again", " neighbor 10.0.0.1 port 1790\n neighbor PG port 1791\n no neighbor 10.0.0.1 port", func(s Settings) any { return s.Port }, "1791"},
		{"timers of the router", " timers bgp 10 30", func(s Settings) any { return s.HoldTime }, "30s"},
		{"timers of the group", " timers bgp 10 30\n neighbor PG timers 20 60", func(s Settings) any { return s.Keepalive }, "20s"},
		{"own timers", " timers bgp 10 30\n neighbor PG timers 20 60\n neighbor 10.0.0.1 timers 3 9", func(s Settings) any { return s.HoldTime }, "9s"},
		{"no keepalives", " neighbor 10.0.0.1 timers 0 0", func(s Settings) any { return s.HoldTime }, "0s"},
		{"send hold at a long hold time", " neighbor 10.0.0.1 timers 100 300", func(s Settings) any { return s.SendHold }, "10m0s"},
		{"send hold off", " neighbor 10.0.0.1 timers send-hold 0", func(s Settings) any { return s.SendHold }, "0s"},
		{"idle hold off", " neighbor 10.0.0.1 timers idle-hold 0", func(s Settings) any { return s.IdleHold }, "0s"},
		{"idle hold longer than its limit", " neighbor 10.0.0.1 timers idle-hold 90", func(s Settings) any { return s.IdleHoldMax }, "1m30s"},
		{"minimum hold time", " bgp minimum-holdtime 30", func(s Settings) any { return s.MinHoldTime }, "30s"},
		{"session DSCP", " bgp session-dscp 10", func(s Settings) any { return s.DSCP }, "10"},
		{"own DSCP", " bgp session-dscp 10\n neighbor 10.0.0.1 dscp 0", func(s Settings) any { return s.DSCP }, "0"},
		{"shutdown of the group", " neighbor PG shutdown message bye", func(s Settings) any { return fmt.Sprint(s.Shutdown, s.Text) }, "truebye"},
		{"first AS off in the group, on here", " no neighbor PG enforce-first-as\n neighbor 10.0.0.1 enforce-first-as", func(s Settings) any { return s.EnforceFirstAS }, "true"},
		{"multihop", " neighbor 10.0.0.1 ebgp-multihop 3", func(s Settings) any { return fmt.Sprint(s.TTL, s.MinTTL, s.ConnectedCheck) }, "3 0 false"},
		{"one hop is not multihop", " neighbor 10.0.0.1 ebgp-multihop 1", func(s Settings) any { return fmt.Sprint(s.TTL, s.MinTTL, s.ConnectedCheck) }, "1 0 true"},
		{"TTL security, next door", " neighbor 10.0.0.1 ttl-security hops 1", func(s Settings) any { return fmt.Sprint(s.TTL, s.MinTTL, s.ConnectedCheck) }, "255 255 true"},
		{"TTL security, farthest", " neighbor 10.0.0.1 ttl-security hops 254", func(s Settings) any { return fmt.Sprint(s.TTL, s.MinTTL, s.ConnectedCheck) }, "255 2 false"},
		{"minimum TTL", " neighbor 10.0.0.1 minimum-ttl 250", func(s Settings) any { return fmt.Sprint(s.TTL, s.MinTTL, s.ConnectedCheck) }, "255 250 false"},
		{"no connected check", " neighbor 10.0.0.1 disable-connected-check", func(s Settings) any { return fmt.Sprint(s.TTL, s.ConnectedCheck) }, "1 false"},
		{"anyone", " neighbor 10.0.0.1 remote-as auto", func(s Settings) any { return fmt.Sprint(s.TTL, s.External(), s.Internal(), s.ConnectedCheck) }, "0 false false false"},
		{"our own AS is internal", " neighbor 10.0.0.1 remote-as 65000", func(s Settings) any { return fmt.Sprint(s.TTL, s.External(), s.Internal()) }, "255 false true"},
		{"activated in the group", " address-family ipv6 unicast\n  neighbor PG activate", func(s Settings) any { return s.Families[IPv6].Active }, "true"},
		{"deactivated here", " address-family ipv6 unicast\n  neighbor PG activate\n  no neighbor 10.0.0.1 activate", func(s Settings) any { return s.Families[IPv6].Active }, "false"},
		{"IPv4 for all", " bgp default ipv4-unicast\n neighbor 2001:db8::1 remote-as 65002", func(s Settings) any { return s.Families[IPv4].Active }, "true"},
		{"IPv6 too", " no neighbor 10.0.0.1\n bgp default ipv6-unicast\n neighbor 10.0.0.1 remote-as 65001", func(s Settings) any {
			return fmt.Sprint(s.Families[IPv4].Active, s.Families[IPv6].Active)
		}, "true true"},
		{"own rules replace the group's", " neighbor PG allow any in\n neighbor 10.0.0.1 allow 10.0.0.0/8 in", func(s Settings) any { return s.Families[IPv4].In.Allow }, "[10.0.0.0/8]"},
		{"the group's rules", " neighbor PG allow any out", func(s Settings) any { return fmt.Sprint(s.Families[IPv4].PolicyIn, s.Families[IPv4].PolicyOut) }, "false true"},
		{"communities of the group", " neighbor PG export community 65000:1", func(s Settings) any { return s.Families[IPv4].Out.AddCommunities }, "[4259840001]"},
		{"MED", " neighbor PG export metric 0", func(s Settings) any { return *s.Families[IPv4].Out.SetMED }, "0"},
		{"local preference", " neighbor 10.0.0.1 import local-preference 7", func(s Settings) any { return *s.Families[IPv4].In.SetLocalPref }, "7"},
		{"communities not sent", " no neighbor PG send-community both\n neighbor 10.0.0.1 send-community", func(s Settings) any { return s.Families[IPv4].SendCommunity }, "standard, large"},
		{"next hop self, forced", " neighbor 10.0.0.1 next-hop-self force", func(s Settings) any {
			return fmt.Sprint(s.Families[IPv4].NextHopSelf, s.Families[IPv4].NextHopSelfForce)
		}, "true true"},
		{"next hop self here, forced in the group", " neighbor PG next-hop-self force\n neighbor 10.0.0.1 next-hop-self", func(s Settings) any {
			return fmt.Sprint(s.Families[IPv4].NextHopSelf, s.Families[IPv4].NextHopSelfForce)
		}, "true true"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := parsed(t, "router bgp 65000\n neighbor PG peer-group\n neighbor 10.0.0.1 remote-as 65001\n neighbor 10.0.0.1 peer-group PG\n"+tt.lines)
			if got := fmt.Sprint(tt.value(effective(c, "10.0.0.1"))); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestLinkLocalNeighborCarriesItsInterface(t *testing.T) {
	c := parsed(t, "router bgp 65000\n neighbor fe80::2 interface eth0 remote-as 65001\n neighbor eth1 interface remote-as external")
	if s := effective(c, "fe80::2"); s.Addr != netip.MustParseAddr("fe80::2%eth0") || s.Interface != "eth0" {
		t.Errorf("%v on %q", s.Addr, s.Interface)
	}
	if s := effective(c, "eth1"); s.Addr.IsValid() || s.Interface != "eth1" {
		t.Errorf("%v on %q", s.Addr, s.Interface)
	}
}

// RFC 8212 refuses where a policy is missing, and only from and to external neighbors.
func TestPolicyPresence(t *testing.T) {
	c := parsed(t, "router bgp 65000\n neighbor 10.0.0.1 remote-as auto\n neighbor 10.0.0.1 allow any in\n neighbor 10.0.0.1 export metric 5")
	f := effective(c, "10.0.0.1").Families[IPv4]
	if r := f.Import(false).DenyAll; r != policy.Accepted {
		t.Errorf("import from an external neighbor with policy: %v", r)
	}
	if r := f.Export(false).DenyAll; r != policy.MissingPolicy {
		t.Errorf("export to an external neighbor without policy: %v (export metric is no policy)", r)
	}
	if r := f.Export(true).DenyAll; r != policy.Accepted {
		t.Errorf("export to an internal neighbor: %v", r)
	}
	c = applyTo(t, c, "router bgp 65000\n no bgp ebgp-requires-policy")
	f = effective(c, "10.0.0.1").Families[IPv4]
	if r := f.Export(false).DenyAll; r != policy.Accepted {
		t.Errorf("without ebgp-requires-policy: %v", r)
	}
}

// A change of the defaults leaves the neighbors that exist as they are, as in FRR.
func TestDefaultsChangeLeavesNeighborsAlone(t *testing.T) {
	for _, line := range []string{"frr defaults traditional", "router bgp 65000\n no bgp default ipv4-unicast", "router bgp 65000\n bgp default ipv4-unicast",
		"router bgp 65000\n bgp default ipv6-unicast"} {
		before := parsed(t, sample)
		after := applyTo(t, before, line)
		for _, n := range []string{"eth0", "192.0.2.1", "2001:db8::1"} {
			if familiesOf(before, n) != familiesOf(after, n) {
				t.Errorf("%s: %s was active in %s, is in %s", line, n, familiesOf(before, n), familiesOf(after, n))
			}
		}
		if again := parsed(t, printed(after)); familiesOf(again, "2001:db8::1") != "IPv6 Unicast" {
			t.Errorf("%s: reads back active in %s:\n%s", line, familiesOf(again, "2001:db8::1"), printed(after))
		}
	}
}

// Under `bgp default ipv6-unicast` what FRR prints is what differs from it.
func TestDefaultIPv6PrintsAsInFRR(t *testing.T) {
	c := parsed(t, `frr defaults traditional
router bgp 65001
 bgp default ipv6-unicast
 neighbor PG peer-group
 neighbor PG remote-as 65010
 neighbor 192.0.2.10 peer-group PG
 neighbor d0 interface remote-as external
 neighbor 192.0.2.9 remote-as 65009
 neighbor 2001:db8::9 remote-as 65009
 address-family ipv4 unicast
  no neighbor 192.0.2.9 activate
 exit-address-family
 address-family ipv6 unicast
  no neighbor 2001:db8::9 activate
`)
	for _, n := range []string{"192.0.2.10", "d0", "192.0.2.9", "2001:db8::9"} {
		want := map[string]string{"192.0.2.9": "IPv6 Unicast", "2001:db8::9": "IPv4 Unicast"}[n]
		if want == "" {
			want = "IPv4 Unicast, IPv6 Unicast"
		}
		if got := familiesOf(c, n); got != want {
			t.Errorf("%s is active in %s, want %s", n, got, want)
		}
	}
	if text := printed(c); strings.Count(text, "activate") != 2 || !strings.Contains(text, " bgp default ipv6-unicast\n") {
		t.Errorf("prints\n%s", text)
	}
	off := applyTo(t, c, "router bgp 65001\n no bgp default ipv6-unicast\n neighbor 192.0.2.19 remote-as 65019")
	if strings.Contains(printed(off), "ipv6-unicast") || familiesOf(off, "192.0.2.9") != "IPv6 Unicast" || familiesOf(off, "192.0.2.19") != "IPv4 Unicast" {
		t.Errorf("without it prints\n%s", printed(off))
	}
}

func TestResolvedTimesFitTheMachine(t *testing.T) {
	s := effective(parsed(t, sample), "192.0.2.1")
	for _, d := range []time.Duration{s.HoldTime, s.Keepalive, s.ConnectRetry, s.OpenHold, s.SendHold, s.IdleHold} {
		if d <= 0 {
			t.Errorf("a default time is %v", d)
		}
	}
}
