package config

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// lineOf draws one configuration line about one of a few objects, so that lines meet. Not every line is right at every place.
func lineOf(t *rapid.T) string {
	peer := rapid.SampledFrom([]string{"10.0.0.1", "10.0.0.2", "2001:db8::1", "fe80::2", "eth0", "G1", "G2"}).Draw(t, "peer")
	number := func(low, high int) int { return rapid.IntRange(low, high).Draw(t, "n") }
	word := func(list ...string) string { return rapid.SampledFrom(list).Draw(t, "word") }
	lines := []func() string{
		func() string {
			return fmt.Sprintf("neighbor %s remote-as %s", peer, word("65001", "65000", "internal", "external", "auto"))
		},
		func() string {
			return fmt.Sprintf("neighbor %s remote-as %s", peer, word("65001", "65000", "internal", "external", "auto"))
		},
		func() string { return "neighbor " + word("G1", "G2") + " peer-group" },
		func() string { return fmt.Sprintf("neighbor %s peer-group %s", peer, word("G1", "G2")) },
		func() string {
			return "neighbor eth0 interface" + word("", " v6only", " remote-as external", " peer-group G1", " v6only peer-group G2")
		},
		func() string {
			return "neighbor fe80::2 interface " + word("eth0", "eth1") + word("", " remote-as 65003", " peer-group G1")
		},
		func() string { return fmt.Sprintf("no neighbor %s", peer) },
		func() string { return fmt.Sprintf("neighbor %s timers %d %d", peer, number(0, 9), number(0, 30)) },
		func() string {
			return fmt.Sprintf("neighbor %s %s %d", peer, word("port", "timers connect", "timers open-hold", "minimum-ttl", "ebgp-multihop", "ttl-security hops"), number(1, 250))
		},
		func() string {
			return fmt.Sprintf("neighbor %s %s %d", peer, word("timers idle-hold", "timers delayopen", "timers send-hold", "dscp"), number(0, 60))
		},
		func() string {
			return fmt.Sprintf("neighbor %s %s", peer, word("passive", "enforce-first-as", "shutdown", "capability fqdn", "capability extended-nexthop", "collision-detect established", "disable-connected-check", "dont-capability-negotiate"))
		},
		func() string {
			return fmt.Sprintf("neighbor %s description %s", peer, word("x", "a b  c", "! no comment", "# neither", "a | b"))
		},
		func() string { return fmt.Sprintf("neighbor %s shutdown message %s", peer, word("x", "planned  work")) },
		func() string { return fmt.Sprintf("neighbor %s password %s", peer, word("x", "with  blanks", "!")) },
		func() string {
			return fmt.Sprintf("neighbor %s local-role %s", peer, word("peer", "customer strict-mode"))
		},
		func() string {
			return fmt.Sprintf("neighbor %s update-source %s", peer, word("10.0.0.9", "2001:db8::9", "lo"))
		},
		func() string {
			return fmt.Sprintf("neighbor %s timers connect-jitter %s", peer, word("0.5 1", "0.75 0.75", "0.125 0.25"))
		},
		func() string { return fmt.Sprintf("neighbor %s activate", peer) },
		func() string { return fmt.Sprintf("neighbor %s next-hop-self%s", peer, word("", " force")) },
		func() string { return fmt.Sprintf("neighbor %s next-hop %s", peer, word("10.0.0.9", "2001:db8::9")) },
		func() string {
			return fmt.Sprintf("neighbor %s send-community %s", peer, word("standard", "extended", "large", "both", "all"))
		},
		func() string { return fmt.Sprintf("neighbor %s soft-reconfiguration inbound", peer) },
		func() string {
			return fmt.Sprintf("neighbor %s %s %d", peer, word("export metric", "import local-preference"), number(0, 9))
		},
		func() string {
			return fmt.Sprintf("neighbor %s export community %s", peer, word("65000:1", "no-export 65000:1 1:1", "0:0"))
		},
		func() string {
			return fmt.Sprintf("neighbor %s allow %s %s", peer, word("any", "10.0.0.0/8", "10.0.0.0/8 le 24", "10.1.0.0/16 ge 20 le 24", "0.0.0.0/0 le 32", "2001:db8::/32 ge 48"), word("in", "out"))
		},
		func() string { return "network " + word("10.0.0.0/8", "10.0.0.0/16", "192.0.2.1/24", "2001:db8::/32") },
		func() string {
			return word("hostname r1", "hostname r2", "frr defaults traditional", "frr defaults datacenter", "no frr defaults")
		},
		func() string {
			return "bgp " + word("router-id 10.0.0.1", "cluster-id 7", "session-dscp 9", "default ipv4-unicast", "default local-preference 50", "log-neighbor-changes", "ebgp-requires-policy", "network import-check")
		},
		func() string {
			return "bgp " + word("always-compare-med", "deterministic-med", "bestpath as-path ignore", "bestpath compare-routerid", "bestpath med missing-as-worst", "minimum-holdtime 20", "listen-address 10.0.0.9", "listen-address :: port 1790")
		},
		func() string { return "timers bgp " + word("0 0", "10 30") },
	}
	line := lines[number(0, len(lines)-1)]()
	if rapid.IntRange(0, 3).Draw(t, "no") == 0 {
		line = "no " + line
	}
	return line
}

// build applies lines one by one and keeps those that are right.
func build(t *rapid.T, c *Config) *Config {
	for range rapid.IntRange(1, 40).Draw(t, "lines") {
		context := []string{"router bgp 65000"}
		if family := rapid.SampledFrom([]string{"", "address-family ipv4", "address-family ipv6"}).Draw(t, "family"); family != "" {
			context = append(context, family)
		}
		c = Apply(c, []Line{{1, lineOf(t)}}, Options{Context: context}).Config
	}
	return c
}

// Printing then reading is the identity, on lines and on what follows from them.
func TestPrintThenRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := build(t, parsed(t, "router bgp 65000"))
		again, errs, _ := Parse("again", c.Lines(), Options{})
		if len(errs) > 0 {
			t.Fatalf("%v\n%s", errs, printed(c))
		}
		if printed(again) != printed(c) {
			t.Fatalf("prints\n%s\nreads back as\n%s", printed(c), printed(again))
		}
		for _, n := range c.Router.Sorted() {
			a, b := c.Effective(n), effective(again, n.Name)
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("%s means\n%+v\nreads back as\n%+v\n%s", n.Name, a, b, printed(c))
			}
		}
		if d := Diff(c, again); len(d) > 0 {
			t.Fatalf("%v", d)
		}
	})
}

// A change never reaches the configuration that it started from, and its difference is empty only where nothing differs.
func TestChangesAndClones(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := build(t, parsed(t, "router bgp 65000"))
		before := printed(a)
		b := build(t, a)
		if printed(a) != before {
			t.Fatalf("was\n%s\nis\n%s", before, printed(a))
		}
		if d := Diff(a, b); (len(d) == 0) != (before == printed(b)) {
			t.Fatalf("%v\nfrom\n%s\nto\n%s", d, before, printed(b))
		}
		// The same text applied to a again is a fresh configuration with the same meaning: nothing to do.
		fresh, errs, _ := Parse("b", b.Lines(), Options{})
		if d := Diff(b, fresh); len(d) > 0 {
			t.Fatalf("%v %v\n%s", d, errs, printed(b))
		}
	})
}
