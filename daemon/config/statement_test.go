package config

import (
	"slices"
	"strings"
	"testing"

	"bgpsh/ipc/grammar"
)

// base is what the statements are tried on.
const base = `
router bgp 65000
 neighbor PG peer-group
 neighbor SPARE peer-group
 neighbor eth0 interface remote-as external
 neighbor 192.0.2.1 remote-as 65001
 neighbor fe80::2 remote-as 65001
exit
route-map RM permit 10
`

// example is one line of a statement, in the mode that it belongs to.
type example struct {
	line   string // as typed
	prints string // as it prints; empty: as typed; "-": nothing new prints
	no     string // the no form to try; empty: "no " and the line
	leaves string // what the no form leaves printed; empty: the configuration is as before
}

// examples has at least one line for every statement that the grammar supports in configuration modes.
var examples = map[string][]example{
	"hostname":     {{line: "hostname r1", no: "no hostname"}},
	"frr.defaults": {{line: "frr defaults traditional", no: "no frr defaults"}, {line: "frr defaults datacenter"}},
	"router.bgp":   {{line: "router bgp 65000", prints: "-", no: "-"}},

	"bgp.router-id":                     {{line: "bgp router-id 192.0.2.9", no: "no bgp router-id"}},
	"bgp.cluster-id":                    {{line: "bgp cluster-id 192.0.2.9"}, {line: "bgp cluster-id 257", prints: "bgp cluster-id 0.0.1.1"}},
	"bgp.listen-address":                {{line: "bgp listen-address 192.0.2.200"}, {line: "bgp listen-address :: port 1790"}, {line: "bgp listen-address 0.0.0.0 port 179", prints: "bgp listen-address 0.0.0.0"}},
	"bgp.session-dscp":                  {{line: "bgp session-dscp 0"}},
	"bgp.default.ipv6-unicast":          {{line: "bgp default ipv6-unicast"}},
	"bgp.default.ipv4-unicast":          {{line: "bgp default ipv4-unicast", leaves: "no bgp default ipv4-unicast"}},
	"bgp.default.local-preference":      {{line: "bgp default local-preference 0", no: "no bgp default local-preference"}},
	"bgp.log-neighbor-changes":          {{line: "no bgp log-neighbor-changes", no: "bgp log-neighbor-changes"}},
	"bgp.ebgp-requires-policy":          {{line: "no bgp ebgp-requires-policy", no: "bgp ebgp-requires-policy"}},
	"bgp.network.import-check":          {{line: "bgp network import-check"}},
	"bgp.always-compare-med":            {{line: "bgp always-compare-med"}},
	"bgp.bestpath.as-path.confed":       {{line: "bgp bestpath as-path confed"}},
	"bgp.bestpath.med.confed":           {{line: "bgp bestpath med confed"}},
	"bgp.confederation.identifier":      {{line: "bgp confederation identifier 64500"}},
	"bgp.confederation.peers":           {{line: "bgp confederation peers 65101 65103"}},
	"bgp.deterministic-med":             {{line: "bgp deterministic-med"}},
	"bgp.bestpath.as-path.ignore":       {{line: "bgp bestpath as-path ignore"}},
	"bgp.bestpath.compare-routerid":     {{line: "bgp bestpath compare-routerid"}},
	"bgp.bestpath.med.missing-as-worst": {{line: "bgp bestpath med missing-as-worst"}},
	"bgp.minimum-holdtime":              {{line: "bgp minimum-holdtime 30"}},
	"timers.bgp":                        {{line: "timers bgp 10 30", no: "no timers bgp"}, {line: "timers bgp 0 0"}},
	"neighbor":                          {{line: "no neighbor 192.0.2.99", prints: "-", no: "-"}},
	"peer-group":                        {{line: "neighbor NEW peer-group"}},
	"neighbor.peer-group":               {{line: "neighbor 192.0.2.1 peer-group PG"}, {line: "neighbor eth0 peer-group PG", prints: "neighbor eth0 interface peer-group PG"}},
	"neighbor.remote-as":                {{line: "neighbor 192.0.2.2 remote-as 65002"}, {line: "neighbor 2001:DB8::2 remote-as internal", prints: "neighbor 2001:db8::2 remote-as internal"}, {line: "neighbor PG remote-as any", prints: "neighbor PG remote-as auto"}, {line: "neighbor SPARE remote-as 4200000000"}},
	"neighbor.interface":                {{line: "neighbor eth1 interface remote-as external"}, {line: "neighbor eth1 interface"}, {line: "neighbor eth1 interface v6only peer-group PG", no: "no neighbor eth1 interface"}},
	"neighbor.address-interface":        {{line: "neighbor 192.0.2.1 interface eth0", no: "no neighbor 192.0.2.1 interface eth0"}},
	"neighbor.link-local":               {{line: "neighbor fe80::2 interface eth0"}, {line: "neighbor fe80::3 interface eth0 remote-as 65003", prints: "neighbor fe80::3 interface eth0", no: "no neighbor fe80::3"}},
	"neighbor.remote-id":                {{line: "neighbor 192.0.2.1 remote-id 192.0.2.1"}},
	"neighbor.description":              {{line: "neighbor 192.0.2.1 description all words | to the end # of ! the line", no: "no neighbor 192.0.2.1 description"}},
	"neighbor.shutdown":                 {{line: "neighbor 192.0.2.1 shutdown"}, {line: "neighbor PG shutdown message planned work | 06:00", no: "no neighbor PG shutdown"}},
	"neighbor.password":                 {{line: "neighbor 192.0.2.1 password s3cret with blanks", no: "no neighbor 192.0.2.1 password"}},
	"neighbor.port":                     {{line: "neighbor 192.0.2.1 port 1790"}},
	"neighbor.passive":                  {{line: "neighbor 192.0.2.1 passive"}},
	"neighbor.update-source":            {{line: "neighbor 192.0.2.1 update-source 192.0.2.5"}, {line: "neighbor fe80::2 update-source lo", no: "no neighbor fe80::2 update-source"}},
	"neighbor.ebgp-multihop":            {{line: "neighbor 192.0.2.1 ebgp-multihop", prints: "neighbor 192.0.2.1 ebgp-multihop 255"}, {line: "neighbor 192.0.2.1 ebgp-multihop 2"}},
	"neighbor.ttl-security":             {{line: "neighbor 192.0.2.1 ttl-security hops 254"}},
	"neighbor.minimum-ttl":              {{line: "neighbor 192.0.2.1 minimum-ttl 255"}},
	"neighbor.disable-connected-check":  {{line: "neighbor 192.0.2.1 disable-connected-check"}},
	"neighbor.timers":                   {{line: "neighbor 192.0.2.1 timers 3 9", no: "no neighbor 192.0.2.1 timers"}},
	"neighbor.timers.connect":           {{line: "neighbor 192.0.2.1 timers connect 5"}},
	"neighbor.timers.idle-hold":         {{line: "neighbor 192.0.2.1 timers idle-hold 0"}},
	"neighbor.timers.delayopen":         {{line: "neighbor 192.0.2.1 timers delayopen 240"}},
	"neighbor.timers.send-hold":         {{line: "neighbor 192.0.2.1 timers send-hold 0"}},
	"neighbor.timers.open-hold":         {{line: "neighbor 192.0.2.1 timers open-hold 10"}},
	"neighbor.timers.connect-jitter":    {{line: "neighbor 192.0.2.1 timers connect-jitter 0.75 1"}},
	"neighbor.timers.idle-hold-jitter":  {{line: "neighbor 192.0.2.1 timers idle-hold-jitter 0.5 0.5"}},
	"neighbor.timers.resolution":        {{line: "neighbor 192.0.2.1 timers resolution 1000"}},
	"neighbor.dscp":                     {{line: "neighbor 192.0.2.1 dscp 0"}},
	"neighbor.collision-detect":         {{line: "neighbor 192.0.2.1 collision-detect established"}},
	"neighbor.enforce-first-as":         {{line: "neighbor 192.0.2.1 enforce-first-as", leaves: "no neighbor 192.0.2.1 enforce-first-as"}},
	"neighbor.path-attribute.discard": {
		{line: "neighbor 192.0.2.1 path-attribute discard 26 4 128", prints: "neighbor 192.0.2.1 path-attribute discard 4 26 128"},
	},
	"neighbor.path-attribute.withdraw":     {{line: "neighbor PG path-attribute treat-as-withdraw 35"}},
	"neighbor.vlan-id":                     {{line: "neighbor 192.0.2.1 vlan-id 4094"}},
	"neighbor.capability.fqdn":             {{line: "neighbor 192.0.2.1 capability fqdn"}},
	"neighbor.capability.extended-nexthop": {{line: "neighbor 192.0.2.1 capability extended-nexthop"}},
	"neighbor.dont-capability-negotiate":   {{line: "neighbor 192.0.2.1 dont-capability-negotiate"}},
	"neighbor.local-role":                  {{line: "neighbor 192.0.2.1 local-role rs-client"}, {line: "neighbor PG local-role peer strict-mode", no: "no neighbor PG local-role"}},
	"address-family.ipv4":                  {{line: "address-family ipv4 unicast", prints: "-", no: "-"}},
	"address-family.ipv6":                  {{line: "address-family ipv6", prints: "-", no: "-"}},

	"neighbor.activate":                {{line: "neighbor PG activate", leaves: "no neighbor PG activate"}},
	"neighbor.next-hop":                {{line: "neighbor eth0 next-hop 2001:db8::9", no: "no neighbor eth0 next-hop"}},
	"neighbor.next-hop-self":           {{line: "neighbor 192.0.2.1 next-hop-self"}, {line: "neighbor 192.0.2.1 next-hop-self force", no: "no neighbor 192.0.2.1 next-hop-self"}},
	"neighbor.export.metric":           {{line: "neighbor 192.0.2.1 export metric 0"}},
	"neighbor.export.community":        {{line: "neighbor 192.0.2.1 export community 65000:2 no-export 65000:1", prints: "neighbor 192.0.2.1 export community 65000:1 65000:2 no-export", no: "no neighbor 192.0.2.1 export community"}},
	"neighbor.import.local-preference": {{line: "neighbor 192.0.2.1 import local-preference 4294967295"}},
	"neighbor.allow":                   {{line: "neighbor 192.0.2.1 allow any in"}, {line: "neighbor PG allow any out"}},
	"redistribute":                     redistributes("connected"),
	"redistribute.ipv4":                redistributes("ospf"),
	"redistribute.ipv6":                redistributes("ospf6"),
	"redistribute.table":               redistributes("table 100"),
	"redistribute.ospf":                redistributes("ospf 2"),
	"neighbor.soft-reconfiguration":    {{line: "neighbor 192.0.2.1 soft-reconfiguration inbound"}},
	"neighbor.send-community": {
		{line: "no neighbor 192.0.2.1 send-community all", no: "-"},
		{line: "no neighbor 192.0.2.1 send-community large", no: "-"},
		{line: "no neighbor 192.0.2.1 send-community standard", prints: "no neighbor 192.0.2.1 send-community", no: "-"},
		{line: "neighbor 192.0.2.1 send-community extended", prints: "-", no: "-"},
		{line: "no neighbor 192.0.2.1 send-community both", prints: "no neighbor 192.0.2.1 send-community extended", no: "-"},
	},
}

// redistributes are examples of one statement, with each option; line goes behind the word.
func redistributes(line string) []example {
	line = "redistribute " + line
	return []example{{line: line, no: "no " + line}, {line: line + " route-map RM metric 5", prints: line + " metric 5 route-map RM", no: "no " + line + " metric 7"}}
}

// networks are the examples whose prefix depends on the family.
var networks = map[grammar.Mode]map[string][]example{
	grammar.AF4: {
		"network":        {{line: "network 10.0.0.0/8"}, {line: "network 10.1.2.3/8", prints: "network 10.0.0.0/8"}},
		"neighbor.allow": {{line: "neighbor PG allow 10.0.0.0/8 ge 9 le 24 in"}, {line: "neighbor PG allow 10.1.0.0/16 out"}, {line: "neighbor PG allow 0.0.0.0/0 le 32 out"}},
	},
	grammar.AF6: {
		"network":        {{line: "network 2001:db8::/32"}},
		"neighbor.allow": {{line: "neighbor PG allow 2001:db8::/32 le 48 in"}, {line: "neighbor PG allow ::/0 ge 16 out"}},
	},
}

// contexts are the lines that enter a mode.
var contexts = map[grammar.Mode][]string{
	grammar.Router: {"router bgp 65000"},
	grammar.AF4:    {"router bgp 65000", "address-family ipv4 unicast"},
	grammar.AF6:    {"router bgp 65000", "address-family ipv6 unicast"},

	grammar.RouteMap: {"route-map RM permit 10"},
}

// shellWords are commands that every mode has and that are no statements.
var shellWords = []string{"exit", "quit", "end", "exit-address-family", "list", "find"}

// Every statement that the grammar supports can be set, printed and unset, and survives line -> model -> line.
func TestEveryStatement(t *testing.T) {
	start := parsed(t, base)
	for _, mode := range []grammar.Mode{grammar.Config, grammar.Router, grammar.AF4, grammar.AF6, grammar.RouteMap} {
		for _, entry := range grammar.Entries(mode) {
			if entry.Support != grammar.Ours || entry.Mode != mode || entry.Hidden {
				continue
			}
			if slices.Contains(shellWords, entry.ID) {
				continue
			}
			all := append(slices.Clone(examples[entry.ID]), networks[mode][entry.ID]...)
			if len(all) == 0 {
				t.Errorf("%s %s: no example", mode, entry.ID)
			}
			s := table[entry.ID]
			if s == nil {
				t.Errorf("%s %s: not in the table", mode, entry.ID)
				continue
			}
			if s.set == nil && entry.Sign != grammar.NoOnly || s.unset == nil && entry.Sign != grammar.PlainOnly {
				t.Errorf("%s %s: lacks a form", mode, entry.ID)
			}
			for _, x := range all {
				t.Run(string(mode)+" "+x.line, func(t *testing.T) { x.try(t, start, contexts[mode]) })
			}
		}
	}
}

func (x example) try(t *testing.T, start *Config, context []string) {
	if strings.Contains(x.line, "next-hop 2001") && strings.Contains(strings.Join(context, " "), "ipv4") {
		start = applyTo(t, start, "router bgp 65000\n neighbor eth0 capability extended-nexthop")
	}
	set := Apply(start, []Line{{1, x.line}}, Options{Context: context})
	if !set.Applied {
		t.Fatal(set.said())
	}
	want := x.prints
	if want == "" {
		want = x.line
	}
	if want == "-" {
		if printed(set.Config) != printed(start) {
			t.Errorf("prints something new:\n%s", printed(set.Config))
		}
	} else if !has(set.Config, want) || has(start, want) {
		t.Errorf("does not print as %q:\n%s", want, printed(set.Config))
	}
	again, errs, _ := Parse("again", set.Config.Lines(), Options{})
	if len(errs) > 0 || printed(again) != printed(set.Config) {
		t.Errorf("does not read back: %v\n%s", errs, printed(again))
	}
	if d := Diff(set.Config, again); len(d) > 0 {
		t.Errorf("reads back to another meaning: %v", d)
	}
	if x.no == "-" {
		return
	}
	no := x.no
	if no == "" {
		no = "no " + x.line
	}
	unset := Apply(set.Config, []Line{{1, no}}, Options{Context: context})
	switch {
	case !unset.Applied:
		t.Errorf("%s: %s", no, unset.said())
	case x.leaves != "" && !has(unset.Config, x.leaves):
		t.Errorf("%s leaves:\n%s", no, printed(unset.Config))
	case x.leaves == "" && printed(unset.Config) != printed(start):
		t.Errorf("%s leaves:\n%s", no, printed(unset.Config))
	}
}

// An interface neighbor offers IPv6 next hops unless its no form says otherwise, which prints.
func TestInterfaceNeighborWithoutExtendedNextHop(t *testing.T) {
	c := applyTo(t, parsed(t, base), "router bgp 65000\n no neighbor eth0 capability extended-nexthop")
	if !has(c, "no neighbor eth0 capability extended-nexthop") || effective(c, "eth0").CapabilityENHE {
		t.Errorf("%s", printed(c))
	}
	c = applyTo(t, c, "router bgp 65000\n neighbor eth0 capability extended-nexthop")
	if !effective(c, "eth0").CapabilityENHE {
		t.Errorf("%s", printed(c))
	}
}
