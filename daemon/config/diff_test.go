package config

import (
	"strings"
	"testing"
)

// effectRows are lines below router bgp, and what changes by them.
var effectRows = []struct{ lines, want string }{
	{"neighbor 10.0.0.1 passive", "neighbor 10.0.0.1: passive on, was off: live"},
	{"neighbor 10.0.0.1 remote-as 65002", "neighbor 10.0.0.1: remote-as 65002, was 65001: reset"},
	{"neighbor 10.0.0.1 remote-as external", "neighbor 10.0.0.1: remote-as external, was 65001: reset"},
	{"neighbor 10.0.0.1 remote-id 10.0.0.1", "neighbor 10.0.0.1: remote-id 10.0.0.1: reset"},
	{"neighbor 10.0.0.1 update-source 10.0.0.9", "neighbor 10.0.0.1: update-source 10.0.0.9: reset"},
	{"neighbor 10.0.0.1 port 1790", "neighbor 10.0.0.1: port 1790, was 179: live"},
	{"neighbor 10.0.0.1 minimum-ttl 255", "neighbor 10.0.0.1: ttl 255, was 1: live\nneighbor 10.0.0.1: minimum ttl 255, was 0: live"},
	{"neighbor 10.0.0.1 ttl-security hops 2", "neighbor 10.0.0.1: ttl 255, was 1: live\nneighbor 10.0.0.1: minimum ttl 254, was 0: live\nneighbor 10.0.0.1: connected check off, was on: live"},
	{"neighbor 10.0.0.1 password x", "neighbor 10.0.0.1: password changed (the other end needs it within the hold time): live"},
	{"neighbor 10.0.0.1 export metric 5", "neighbor 10.0.0.1: export metric 5 (IPv4 Unicast): live"},
	{"neighbor 10.0.0.1 export community 65000:1", "neighbor 10.0.0.1: export community 65000:1 (IPv4 Unicast): live"},
	{"neighbor 10.0.0.1 import local-preference 5", "neighbor 10.0.0.1: import local-preference 5 (IPv4 Unicast): refresh"},
	{"no neighbor 10.0.0.1 enforce-first-as", "neighbor 10.0.0.1: enforce-first-as off, was on: refresh"},
	{"neighbor 10.0.0.1 allow 10.0.0.0/8 in", "neighbor 10.0.0.1: allow in any, 10.0.0.0/8, was any (IPv4 Unicast): refresh"},
	{"no neighbor 10.0.0.1 allow any out", "neighbor 10.0.0.1: no allow out, was any (IPv4 Unicast): live"},
	{"neighbor 10.0.0.1 next-hop 10.0.0.9", "neighbor 10.0.0.1: next-hop 10.0.0.9 (IPv4 Unicast): live"},
	{"neighbor 10.0.0.1 next-hop-self", "neighbor 10.0.0.1: next-hop-self on, was off (IPv4 Unicast): live"},
	{"no neighbor 10.0.0.1 send-community all", "neighbor 10.0.0.1: send-community none, was standard, extended, large (IPv4 Unicast): live"},
	{"neighbor 10.0.0.1 soft-reconfiguration inbound", "neighbor 10.0.0.1: soft-reconfiguration inbound on, was off (IPv4 Unicast): none"},
	{"address-family ipv6 unicast\nneighbor 10.0.0.1 activate", "neighbor 10.0.0.1: activate on, was off (IPv6 Unicast): reset"},
	{"no neighbor 10.0.0.1 activate", "neighbor 10.0.0.1: activate off, was on (IPv4 Unicast): reset"},
	{"address-family ipv6 unicast\nneighbor 10.0.0.1 export metric 5", "neighbor 10.0.0.1: export metric 5 (IPv6 Unicast): none"},
	{"neighbor 10.0.0.1 vlan-id 7", "neighbor 10.0.0.1: vlan-id 7: live"},
	{"neighbor 10.0.0.1 timers 10 30", "neighbor 10.0.0.1: hold time 30 s, was 180 s: reset\nneighbor 10.0.0.1: keepalive 10 s, was 60 s: reset"},
	{"neighbor 10.0.0.1 timers connect 5", "neighbor 10.0.0.1: timers connect 5 s, was 30 s: live"},
	{"neighbor 10.0.0.1 timers idle-hold 0", "neighbor 10.0.0.1: timers idle-hold 0 ms, was 1 s: live"},
	{"neighbor 10.0.0.1 timers delayopen 5", "neighbor 10.0.0.1: timers delayopen 5 s, was 0 ms: live"},
	{"neighbor 10.0.0.1 timers send-hold 0", "neighbor 10.0.0.1: timers send-hold 0 ms, was 480 s: live"},
	{"neighbor 10.0.0.1 timers open-hold 9", "neighbor 10.0.0.1: timers open-hold 9 s, was 240 s: live"},
	{"neighbor 10.0.0.1 timers resolution 10", "neighbor 10.0.0.1: timers resolution 10 ms, was 100 ms: none"},
	{"neighbor 10.0.0.1 timers connect-jitter 0.5 1", "neighbor 10.0.0.1: timers connect-jitter 0.5 1: live"},
	{"neighbor 10.0.0.1 timers idle-hold-jitter 0.5 1", "neighbor 10.0.0.1: timers idle-hold-jitter 0.5 1: live"},
	{"neighbor 10.0.0.1 collision-detect established", "neighbor 10.0.0.1: collision-detect established on, was off: live"},
	{"neighbor 10.0.0.1 dscp 0", "neighbor 10.0.0.1: dscp 0, was 48: live"},
	{"neighbor 10.0.0.1 description x", "neighbor 10.0.0.1: description x: none"},
	{"neighbor 10.0.0.1 shutdown message bye", "neighbor 10.0.0.1: shutdown message bye: reset"},
	{"no neighbor 10.0.0.2 shutdown", "neighbor 10.0.0.2: no shutdown, was on: live"},
	{"neighbor 10.0.0.2 remote-as 65003", "neighbor 10.0.0.2: remote-as 65003, was 65002: none"},
	{"neighbor 10.0.0.1 capability fqdn", "neighbor 10.0.0.1: capability fqdn on: reset"},
	{"neighbor 10.0.0.1 capability extended-nexthop", "neighbor 10.0.0.1: capability extended-nexthop on, was off: reset"},
	{"neighbor 10.0.0.1 dont-capability-negotiate", "neighbor 10.0.0.1: dont-capability-negotiate on, was off: reset"},
	{"neighbor 10.0.0.1 local-role peer", "neighbor 10.0.0.1: local-role peer: reset"},
	{"neighbor 10.0.0.1 route-map X in", "neighbor 10.0.0.1: route-map in X (IPv4 Unicast): refresh"},
	{"neighbor 10.0.0.1 rpki strict", "neighbor 10.0.0.1: held back neighbor 10.0.0.1 rpki strict: reset"},

	{"neighbor 10.0.0.3 remote-as 65003", "neighbor 10.0.0.3: added: live"},
	{"no neighbor 10.0.0.1", "neighbor 10.0.0.1: removed: reset"},
	{"no neighbor 10.0.0.2", "neighbor 10.0.0.2: removed: none"},
	{"neighbor PG timers 10 30", "peer-group PG: changed: none\nneighbor 10.0.0.4: hold time 30 s, was 180 s: reset\nneighbor 10.0.0.4: keepalive 10 s, was 60 s: reset"},
	{"no neighbor 10.0.0.4 peer-group PG", "neighbor 10.0.0.4: no peer-group, was PG: none"},
	{"neighbor NEW peer-group", "peer-group NEW: added: none"},
	{"network 10.0.0.0/8", "network 10.0.0.0/8: added (IPv4 Unicast): live"},
	{"no network 192.0.2.0/24", "network 192.0.2.0/24: removed (IPv4 Unicast): live"},
	{"bgp listen-address 10.0.0.9", "listener 10.0.0.9 port 179: added: live\nlistener 0.0.0.0 port 179: removed: live\nlistener :: port 179: removed: live"},
	{"bgp default local-preference 200", "router bgp 65000: default local-preference 200, was 100: refresh"},
	{"bgp always-compare-med", "router bgp 65000: bestpath always-compare-med, was default: live"},
	{"bgp cluster-id 7", "router bgp 65000: cluster-id 0.0.0.7: live"},
	{"bgp network import-check", "router bgp 65000: network import-check on, was off: none"},
	{"exit\nhostname r1", "hostname: hostname r1: none"},
	{"neighbor 10.0.0.1 enforce-first-as", "configuration: written differently, with the same meaning: none"},
	{"neighbor 10.0.0.1 activate", ""},
	{"no bgp ebgp-requires-policy", "neighbor 10.0.0.1: ebgp-requires-policy off, was on: none\nneighbor 10.0.0.2: ebgp-requires-policy off, was on: none\nneighbor 10.0.0.4: ebgp-requires-policy off, was on: refresh"},
	{"no neighbor 10.0.0.1\nneighbor 10.0.0.1 remote-as 65001\nneighbor 10.0.0.1 allow any in\nneighbor 10.0.0.1 allow any out", ""},
}

// What each change does to what runs: what can change under a session does.
func TestEffects(t *testing.T) {
	running := parsed(t, `
router bgp 65000
 neighbor PG peer-group
 neighbor 10.0.0.1 remote-as 65001
 neighbor 10.0.0.2 remote-as 65002
 neighbor 10.0.0.2 shutdown
 neighbor 10.0.0.4 remote-as 65004
 neighbor 10.0.0.4 peer-group PG
 network 192.0.2.0/24
 neighbor 10.0.0.1 allow any in
 neighbor 10.0.0.1 allow any out
`)
	for _, tt := range effectRows {
		t.Run(tt.lines, func(t *testing.T) {
			out := Apply(running, numbered(strings.Split(tt.lines, "\n")), Options{Context: []string{"router bgp 65000"}})
			if !out.Applied {
				t.Fatal(out.said())
			}
			var got []string
			for _, c := range out.Changes {
				got = append(got, c.String())
			}
			if s := strings.Join(got, "\n"); s != tt.want {
				t.Errorf("says\n%s\nwants\n%s", s, tt.want)
			}
		})
	}
}

func TestRouterWideResets(t *testing.T) {
	running := parsed(t, sample)
	for line, want := range map[string]Effect{
		"router bgp 65000\n bgp router-id 10.0.0.9":   Reset,
		"router bgp 65000\n timers bgp 10 30":         Reset,
		"router bgp 65000\n bgp session-dscp 0":       Live,
		"router bgp 65000\n bgp minimum-holdtime 20":  None,
		"router bgp 65000\n bgp minimum-holdtime 200": Reset,
		"no router bgp":                               Reset,
		"frr defaults traditional":                    None,
		"frr defaults datacenter":                     Reset,
		"router bgp 65000\n bgp default ipv4-unicast": None,
	} {
		out := try(running, line)
		if !out.Applied {
			t.Fatal(out.said())
		}
		worst := Worst(out.Changes)
		for _, n := range []string{"eth0", "192.0.2.1", "192.0.2.2", "2001:db8::1"} {
			if worst[n] != want {
				t.Errorf("%s: %s on %s, want %s", line, worst[n], n, want)
			}
		}
	}
}

func TestDiffBetweenNothingAndSomething(t *testing.T) {
	empty, full := &Config{}, parsed(t, sample)
	for _, c := range Diff(empty, full) {
		if c.Effect > Live {
			t.Errorf("from nothing: %s", c)
		}
	}
	if d := Diff(empty, full); len(d) != 5 {
		t.Errorf("%v", d)
	}
	if d := Diff(full, empty); len(d) != 5 || Worst(d)["192.0.2.1"] != Reset {
		t.Errorf("%v", d)
	}
	if d := Diff(full, full.Clone()); len(d) != 0 {
		t.Errorf("%v", d)
	}
}
