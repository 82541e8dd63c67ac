package config

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

const small = `
router bgp 65000
 bgp router-id 192.0.2.9
 neighbor RS peer-group
 neighbor RS remote-as external
 neighbor PG peer-group
 neighbor 10.0.12.2 remote-as 65001
 neighbor 10.0.13.4 remote-as internal
 neighbor 10.0.13.6 peer-group RS
 neighbor fe80::7 remote-as 65007
 address-family ipv4 unicast
  neighbor 10.0.12.2 allow any in
  neighbor 10.0.12.2 allow any out
`

// Each wrong line names the thing and, where there is one, the remedy. The first texts are FRR's, which scripts match.
func TestErrors(t *testing.T) {
	tests := []struct{ line, want string }{
		{"neighbor 10.0.15.5 description early", "Specify remote-as or peer-group commands first | neighbor 10.0.15.5 remote-as AS"},
		{"neighbor 10.0.15.6 peer-group NOPG", "Configure the peer-group first | neighbor NOPG peer-group"},
		{"neighbor 10.0.15.6 peer-group PG", "Specify remote-as or peer-group remote-as first | neighbor 10.0.15.6 remote-as AS | neighbor PG remote-as AS"},
		{"neighbor 10.0.99.1 remote-as 65001", "Can not configure the local system as neighbor"},
		{"neighbor NEW remote-as 65001", "Create the peer-group or interface first | neighbor NEW peer-group | neighbor NEW interface"},
		{"neighbor eth7 peer-group RS", "Specify remote-as or peer-group commands first | neighbor eth7 interface peer-group RS"},
		{"neighbor 10.0.13.6 remote-as 65001", "Peer-group member cannot override remote-as of peer-group RS"},
		{"neighbor RS remote-as 65006\nneighbor 10.0.15.7 remote-as internal\nneighbor 10.0.15.7 peer-group RS", "Peer-group members must be all internal or all external"},
		{"neighbor 10.0.13.6 peer-group PG", "Cannot change peer-group. Deconfigure first | no neighbor 10.0.13.6 peer-group RS"},
		{"no neighbor 10.0.13.6 peer-group PG", "10.0.13.6 is not a member of peer-group PG"},
		{"no neighbor NOPG peer-group", "Configure the peer-group first | neighbor NOPG peer-group"},
		{"neighbor RS interface", "RS is a peer-group: an interface neighbor needs the name of an interface"},
		{"neighbor RS peer-group PG", "RS is a peer-group and cannot be a member of another"},
		{"no neighbor 10.0.15.5 description", "Specify remote-as or peer-group commands first | neighbor 10.0.15.5 remote-as AS"},

		{"neighbor 10.0.12.3 remote-as 23456", "AS 23456 is reserved: an AS number is 1 to 4294967295 without 23456"},
		{"neighbor 0.0.0.0 remote-as 65001", "0.0.0.0 is not the address of a neighbor"},
		{"neighbor 224.0.0.1 remote-as 65001", "224.0.0.1 is not the address of a neighbor"},
		{"neighbor 255.255.255.255 remote-as 65001", "255.255.255.255 is not the address of a neighbor"},
		{"neighbor 10.0.12.2 timers 1 2", "hold time 2: 0 or 3 to 65535 seconds (RFC 4271 4.2)"},
		{"neighbor 10.0.12.2 timers connect-jitter 1 0.5", "jitter 1 0.5: two factors, 0 < MIN <= MAX <= 1"},
		{"neighbor 10.0.12.2 password " + strings.Repeat("x", 81), "a password is 1 to 80 bytes long, this one 81"},
		{"neighbor 10.0.12.2 remote-id 0.0.0.0", "0.0.0.0 is no BGP identifier (RFC 6286)"},
		{"bgp router-id 0.0.0.0", "0.0.0.0 is no identifier: RFC 6286 asks for one other than zero"},
		{"neighbor 10.0.12.2 update-source 2001:db8::1", "update-source 2001:db8::1 and neighbor 10.0.12.2 are of different families"},
		{"neighbor 10.0.12.2 update-source 0.0.0.0", "0.0.0.0 is not an address of this router"},
		{"neighbor 10.0.13.4 local-role peer", "External roles can be set only on eBGP session"},
		{"bgp listen-address 127.0.0.1 port 1790\nneighbor 127.0.0.1 remote-as 65001", "Can not configure the local system as neighbor"},
		{"bgp listen-address 10.0.12.2", "10.0.12.2 is a neighbor, and so no address of this router | no neighbor 10.0.12.2"},
		{"bgp listen-address 224.0.0.5", "224.0.0.5 is not an address to listen on"},

		{"address-family ipv4 unicast\nneighbor 10.0.12.2 next-hop 2001:db8::1", "next hop 2001:db8::1: IPv4 Unicast with an IPv6 next hop needs the extended next hop capability (RFC 8950) | neighbor 10.0.12.2 capability extended-nexthop"},
		{"address-family ipv6 unicast\nneighbor 10.0.12.2 next-hop 10.0.0.1", "next hop 10.0.0.1: IPv6 unicast needs an IPv6 address"},
		{"address-family ipv4 unicast\nneighbor 10.0.12.2 next-hop 0.0.0.0", "0.0.0.0 is no next hop"},
		{"address-family ipv4 unicast\nneighbor 10.0.12.2 allow 10.0.0.0/16 ge 8 in", "10.0.0.0/16 ge 8: len <= ge <= le <= 32"},
		{"address-family ipv4 unicast\nneighbor 10.0.12.2 allow 10.0.0.0/16 ge 24 le 20 in", "10.0.0.0/16 ge 24 le 20: len <= ge <= le <= 32"},
		{"address-family ipv4 unicast\nneighbor 10.0.12.2 allow 10.0.0.0/16 le 33 in", "10.0.0.0/16 le 33: len <= ge <= le <= 32"},
		{"show bgp summary", "show bgp summary is not a configuration line"},
		{"exit\nno router bgp\nrouter bgp", "No BGP process is configured | router bgp AS"},
		{"exit\nrouter bgp 65099", "BGP is already running; AS is 65000"},
		{"exit\nno router bgp 65099", "BGP is already running; AS is 65000"},

		{"neighbor 10.0.12.2 ebgp-multihop 2\nneighbor 10.0.12.2 ttl-security hops 1", "ebgp-multihop and ttl-security cannot be configured together | no neighbor 10.0.12.2 ebgp-multihop"},
		{"neighbor 10.0.12.2 ttl-security hops 1\nneighbor 10.0.12.2 ebgp-multihop 2", "ebgp-multihop and ttl-security cannot be configured together | no neighbor 10.0.12.2 ttl-security hops"},
		{"neighbor RS ebgp-multihop 2\nneighbor 10.0.13.6 ttl-security hops 1", "ebgp-multihop and ttl-security cannot be configured together | no neighbor RS ebgp-multihop"},
		{"neighbor 10.0.12.2 ttl-security hops 1\nneighbor 10.0.12.2 minimum-ttl 254", "ttl-security and minimum-ttl cannot be configured together | no neighbor 10.0.12.2 ttl-security hops"},
	}
	running := parsed(t, small)
	local := func(a netip.Addr) bool { return a == netip.MustParseAddr("10.0.99.1") }
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			out := Apply(running, numbered(strings.Split(tt.line, "\n")), Options{Context: []string{"router bgp 65000"}, IsLocal: local})
			i := slices.IndexFunc(out.Results, func(r LineResult) bool { return r.Severity == Wrong })
			if out.Applied || i < 0 || out.Config != running {
				t.Fatalf("applied: %s", out.said())
			}
			got := strings.Join(append([]string{out.Results[i].Text}, out.Results[i].Remedy...), " | ")
			if got != tt.want {
				t.Errorf("says  %s\nwants %s", got, tt.want)
			}
		})
	}
}

func TestNotices(t *testing.T) {
	tests := []struct{ line, want string }{
		{"address-family ipv4 unicast\nnetwork 10.11.0.1/16", "notice: 10.11.0.1/16 taken as 10.11.0.0/16"},
		{"address-family ipv4 unicast\nneighbor 10.0.12.2 allow 10.11.0.1/16 in", "notice: 10.11.0.1/16 taken as 10.11.0.0/16"},
		{"address-family ipv4 unicast\nno network 10.11.0.0/16", "notice: network 10.11.0.0/16 is not configured"},
		{"no neighbor 10.0.14.77", "notice: 10.0.14.77 is no neighbor"},
		{"no neighbor RS peer-group", "notice: removed with peer-group RS: 10.0.13.6"},
		{"no neighbor RS remote-as", "notice: removed with the remote-as of peer-group RS: 10.0.13.6"},
		{"no neighbor 10.0.13.6 peer-group RS", "notice: removed with its membership, which gave its remote-as: 10.0.13.6"},
		{"neighbor 10.0.12.2 timers 60 90", "notice: keepalive in use is a third of the hold time: 30 s, not 60 s"},
		{"neighbor 10.0.12.2 timers 10 30", ""},
		{"neighbor 10.0.12.2 timers 0 0", ""},
		{"neighbor 10.0.12.2 timers 0 180", "notice: keepalive in use is a third of the hold time: 60 s, not 0 s"},
		{"neighbor 10.0.12.2 timers 60 0", "notice: hold time 0: no keepalives are sent, and no silence ends the session"},
		{"bgp network import-check", "notice: bgp network import-check is kept, not enforced: network announces unconditionally"},
		{"bgp listen-address 0.0.0.0", "notice: replaces the listeners 0.0.0.0 and ::; no listener covers fe80::7 any more"},
		{"bgp listen-address 0.0.0.0\nbgp listen-address ::", "notice: replaces the listeners 0.0.0.0 and ::"},
		{"bgp listen-address 127.0.0.1\nbgp listen-address 0.0.0.0\nbgp listen-address ::\nneighbor 127.0.0.2 remote-as internal", "notice: replaces the listeners 0.0.0.0 and ::"},
		{"bgp listen-address 0.0.0.0\nbgp listen-address ::\nno bgp listen-address 0.0.0.0\nno neighbor fe80::7",
			"notice: replaces the listeners 0.0.0.0 and ::; no listener covers 10.0.12.2, 10.0.13.4, 10.0.13.6 any more"},
		{"no bgp listen-address 192.0.2.1", "notice: 192.0.2.1 port 179 is not configured"},
		{"neighbor 10.0.12.3 remote-as 65003", "notice: 10.0.12.3 has no policy: no route passes before it has one (bgp ebgp-requires-policy)"},
		{"neighbor 10.0.12.3 remote-as 65003\nneighbor 10.0.12.3 allow any in\nneighbor 10.0.12.3 allow any out", ""},
		{"neighbor 10.0.12.3 remote-as internal", ""},
		{"neighbor fe80::8 remote-as internal", "notice: fe80::8 is link-local: it stays down until its interface is named"},
		{"neighbor fe80::8 remote-as internal\nneighbor fe80::8 interface eth0", ""},
		{"neighbor 10.0.12.3 remote-as auto", ""},
		{"no bgp ebgp-requires-policy\nneighbor 10.0.12.3 remote-as 65003", ""},
		{"neighbor 10.0.12.2 description new", ""},
		{"exit\nno router bgp\nno router bgp", "notice: there is no router bgp"},
		{"neighbor 10.0.12.2 bfd", "warning: Not supported yet: neighbor 10.0.12.2 bfd, skipped"},
		{"neighbor 10.0.12.2 route-map X in", "warning: route-map X does not exist: 10.0.12.2 in refuses all"},
		{"exit\nip forwarding\nip forwarding", "warning: Not a BGP matter: ip forwarding, skipped"},
	}
	running := parsed(t, small)
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			out := Apply(running, numbered(strings.Split(tt.line, "\n")), Options{Context: []string{"router bgp 65000"}})
			if !out.Applied {
				t.Fatal(out.said())
			}
			if got := out.said(); got != tt.want {
				t.Errorf("says  %s\nwants %s", got, tt.want)
			}
		})
	}
}

func TestPolicyRemedyIsTheExactLines(t *testing.T) {
	out := try(parsed(t, small), "router bgp 65000\n neighbor 2001:db8::5 remote-as 65005\n address-family ipv4 unicast\n  neighbor 2001:db8::5 activate\n  neighbor 2001:db8::5 allow any in")
	if len(out.Results) != 1 {
		t.Fatal(out.said())
	}
	want := []string{"router bgp 65000", "address-family ipv4 unicast", "neighbor 2001:db8::5 allow any out",
		"address-family ipv6 unicast", "neighbor 2001:db8::5 allow any in", "neighbor 2001:db8::5 allow any out"}
	if !slices.Equal(out.Results[0].Remedy, want) {
		t.Errorf("%q", out.Results[0].Remedy)
	}
	if out.Results[0].Line.Number != 5 {
		t.Errorf("said of line %d, not of the last about the neighbor", out.Results[0].Line.Number)
	}
	after := try(out.Config, strings.Join(want, "\n"))
	if !after.Applied || len(after.Results) > 0 || len(after.Config.MissingPolicy(after.Config.Router.Neighbors["2001:db8::5"])) > 0 {
		t.Errorf("the lines are no remedy: %s", after.said())
	}
}

func TestAllOrNone(t *testing.T) {
	running := parsed(t, small)
	before := printed(running)
	out := try(running, `
hostname changed
router bgp 65000
 neighbor 10.0.12.2 description changed
 neighbor 10.0.12.2 tymers 1 3
 neighbor 10.0.12.2 timers 1 2
 network 10.11.0.1/16
`)
	if out.Applied || out.Config != running || printed(running) != before || len(out.Changes) > 0 {
		t.Fatal("something changed")
	}
	if len(out.Results) != 2 || out.Results[0].Line.Number != 4 || out.Results[1].Line.Number != 5 {
		t.Errorf("not every wrong line is listed, or more: %s", out.said())
	}
	if r := out.Results[0]; r.Offset != len("neighbor 10.0.12.2 ") || !strings.HasPrefix(r.Text, "Unknown command: neighbor 10.0.12.2 tymers 1 3") {
		t.Errorf("offset %d, text %q", r.Offset, r.Text)
	}
}

func TestTransactionLeavesTheRunningConfigurationAlone(t *testing.T) {
	running := parsed(t, small)
	before := printed(running)
	out := try(running, `
router bgp 65000
 neighbor 10.0.12.2 allow 10.0.0.0/8 in
 neighbor 10.0.12.2 export community 65000:1
 network 10.11.0.0/16
 no neighbor 10.0.13.4
 bgp listen-address 192.0.2.1
`)
	if !out.Applied || printed(running) != before {
		t.Errorf("the running configuration changed under the transaction:\n%s", printed(running))
	}
	if printed(out.Config) == before {
		t.Error("the transaction did nothing")
	}
}

func TestContext(t *testing.T) {
	running := parsed(t, small)
	router := []string{"router bgp 65000"}
	family := append(slices.Clone(router), "address-family ipv6 unicast")
	if out := Apply(running, []Line{{0, "network 2001:db8::/32"}}, Options{Context: family}); !out.Applied || len(out.Config.Router.Networks[IPv6]) != 1 {
		t.Errorf("in the family: %s", out.said())
	}
	if out := Apply(running, []Line{{0, "network 2001:db8::/32"}}, Options{Context: router}); out.Applied {
		t.Error("an IPv6 network was taken at router level, which means IPv4 unicast")
	}
	if out := Apply(running, []Line{{0, "hostname r2"}}, Options{Context: family}); !out.Applied || out.Config.Hostname != "r2" {
		t.Errorf("a parent's statement in a child mode: %s", out.said())
	}
	gone := applyTo(t, running, "no router bgp 65000")
	for name, c := range map[string]*Config{"gone": gone, "another": applyTo(t, gone, "router bgp 65001")} {
		out := Apply(c, []Line{{0, "neighbor 10.0.0.1 remote-as 65001"}}, Options{Context: router})
		if !errors.Is(out.Err, ErrGone) || out.Applied || out.Config != c {
			t.Errorf("%s: %v, applied %v", name, out.Err, out.Applied)
		}
	}
}

func TestFamilyStatementAtRouterLevelMeansIPv4(t *testing.T) {
	c := applyTo(t, parsed(t, small), "router bgp 65000\n neighbor fe80::7 activate\n network 10.0.0.0/8")
	if s := effective(c, "fe80::7"); !s.Families[IPv4].Active {
		t.Error("activate at router level did not mean IPv4 unicast")
	}
	if len(c.Router.Networks[IPv4]) != 1 {
		t.Error("network at router level did not mean IPv4 unicast")
	}
}

func TestSecretsStayOutOfWhatIsSaid(t *testing.T) {
	running := parsed(t, small)
	for _, line := range []string{
		"neighbor 10.0.12.2 password hunter2" + strings.Repeat("x", 80),
		"neighbor 10.0.12.2 pasword hunter2",
		"neighbor 10.9.9.9 password hunter2",
		"nieghbor 10.0.12.2 password hunter2",
	} {
		out := Apply(running, []Line{{1, line}}, Options{Context: []string{"router bgp 65000"}})
		if out.Applied || len(out.Results) != 1 {
			t.Fatalf("%s: %s", line, out.said())
		}
		if r := out.Results[0]; strings.Contains(r.Text+r.Line.Text, "hunter2") {
			t.Errorf("%s: %q in %q", line, r.Text, r.Line.Text)
		}
	}
	out := try(running, "router bgp 65000\n neighbor 10.0.12.2 password hunter2")
	for _, ch := range out.Changes {
		if strings.Contains(ch.What, "hunter2") {
			t.Errorf("in a change: %s", ch)
		}
	}
	if !has(out.Config, "neighbor 10.0.12.2 password hunter2") {
		t.Error("the configuration's own text lacks the password")
	}
	if strings.Contains(strings.Join(HideSecrets(out.Config.Lines()), "\n"), "hunter2") {
		t.Error("HideSecrets leaves it")
	}
}

// A member keeps an AS of its own that its peer-group's word allows: it would accept more than was asked without it.
func TestOwnASInAGroup(t *testing.T) {
	tests := []struct{ lines, prints, as, says string }{
		{"neighbor G remote-as external\nneighbor 10.0.0.5 remote-as 65005\nneighbor 10.0.0.5 peer-group G", "neighbor 10.0.0.5 remote-as 65005", "65005", ""},
		{"neighbor 10.0.0.5 remote-as 65005\nneighbor 10.0.0.5 peer-group G\nneighbor G remote-as external", "neighbor 10.0.0.5 remote-as 65005", "65005", ""},
		{"neighbor G remote-as auto\nneighbor 10.0.0.5 remote-as external\nneighbor 10.0.0.5 peer-group G", "neighbor 10.0.0.5 remote-as external", "external", ""},
		{"neighbor G remote-as 65009\nneighbor 10.0.0.5 remote-as 65005\nneighbor 10.0.0.5 peer-group G", "neighbor 10.0.0.5 peer-group G", "65009",
			"10.0.0.5 remote-as 65005 gives way to that of peer-group G: 65009"},
		{"neighbor G remote-as external\nneighbor 10.0.0.5 remote-as auto\nneighbor 10.0.0.5 peer-group G", "neighbor 10.0.0.5 peer-group G", "external",
			"10.0.0.5 remote-as auto gives way to that of peer-group G: external"},
		{"neighbor G remote-as external\nneighbor 10.0.0.5 remote-as external\nneighbor 10.0.0.5 peer-group G", "neighbor 10.0.0.5 peer-group G", "external", ""},
	}
	for _, tt := range tests {
		out := try(parsed(t, "router bgp 65000"), "router bgp 65000\nneighbor G peer-group\n"+tt.lines)
		if !out.Applied {
			t.Fatalf("%s:\n%s", tt.lines, out.said())
		}
		if got := effective(out.Config, "10.0.0.5").RemoteAS.String(); got != tt.as || !has(out.Config, tt.prints) || tt.says != "" && !strings.Contains(out.said(), tt.says) {
			t.Errorf("%s:\nremote AS %s\n%s\n%s", tt.lines, got, out.said(), printed(out.Config))
		}
		for name, again := range map[string]Outcome{"fresh": try(&Config{}, printed(out.Config)), "itself": try(out.Config, printed(out.Config))} {
			if !again.Applied || printed(again.Config) != printed(out.Config) {
				t.Errorf("%s:\ndoes not read back on %s: %s", tt.lines, name, again.said())
			}
		}
	}
	c := applyTo(t, parsed(t, "router bgp 65000"), "router bgp 65000\nneighbor G peer-group\nneighbor G remote-as external\nneighbor eth1 interface remote-as 65005\nneighbor eth1 peer-group G")
	if again := try(&Config{}, printed(c)); !again.Applied || printed(again.Config) != printed(c) || effective(c, "eth1").RemoteAS.AS != 65005 {
		t.Errorf("an interface: %s\n%s", again.said(), printed(c))
	}
}

// A listener that goes, and a neighbor that comes, are told apart: what was not covered before is not told again.
func TestUncoveredNeighbors(t *testing.T) {
	running := parsed(t, "router bgp 65000\n bgp listen-address 127.0.0.1\n bgp listen-address ::1\n neighbor 10.0.0.2 remote-as internal\n neighbor 2001:db8::2 remote-as internal")
	out := try(running, "router bgp 65000\n no bgp listen-address 127.0.0.1")
	if got, want := out.said(), "notice: no listener covers 10.0.0.2 any more"; got != want {
		t.Errorf("says %q, wants %q", got, want)
	}
	out = try(out.Config, "router bgp 65000\n neighbor 10.0.0.3 remote-as internal\n neighbor 2001:db8::3 remote-as internal")
	if got, want := out.said(), "notice: no listener covers 10.0.0.3: it cannot connect to us"; got != want {
		t.Errorf("says %q, wants %q", got, want)
	}
}
