package grammar

import (
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
)

// TestErrorTexts holds the texts and places of errors. Heads are FRR's where FRR has the case.
func TestErrorTexts(t *testing.T) {
	for _, c := range []struct {
		mode   Mode
		line   string
		kind   ErrorKind
		offset int
		head   string
		detail string
	}{
		{Exec, "show bgp sumary", Unknown, 9, "Unknown command: show bgp sumary", `"sumary": did you mean summary?`},
		{Exec, "  show bgp sumary ", Unknown, 9, "Unknown command: show bgp sumary", `"sumary": did you mean summary?`},
		{Exec, "shw bgp summary", Unknown, 0, "Unknown command: shw bgp summary", `"shw": did you mean show?`},
		{Exec, "frobnicate", Unknown, 0, "Unknown command: frobnicate", ""},
		{Exec, "show bgp summary | foo", UnknownAction, 19, "Unknown action 'foo'", `"foo": expected include, exclude, begin, section, save, count, no-more or json`},
		{Exec, "show bgp summary | include", Incomplete, 26, "Command incomplete: show bgp summary | include", "next: a pattern"},
		{Exec, "show bgp summary | count x", Unknown, 25, "Unknown command: show bgp summary | count x", `"x": nothing may follow here`},
		{Exec, "clear bgp", Incomplete, 9, "Command incomplete: clear bgp",
			"next: vrf, view, ipv4, ipv6, prefix, *, external, internal, a neighbor's address or interface, an AS number (1-4294967295) or peer-group"},
		{Exec, "clear bgp ext", Ambiguous, 10, "Ambiguous command: clear bgp ext", `"ext" could be external or a neighbor's address or interface`},
		{Exec, "show bgp n", Ambiguous, 9, "Ambiguous command: show bgp n", `"n" could be neighbors or nexthop`},
		{Router, "neighbor 10.0.0.1 p 5", Ambiguous, 18, "Ambiguous command: neighbor 10.0.0.1 p 5", `"p" could be password or port`},
		{Router, "neighbor 10.0.0.1 d 5", Ambiguous, 18, "Ambiguous command: neighbor 10.0.0.1 d 5", `"d" could be description, dscp or dampening`},
		{Exec, "terminal length 900", BadArgument, 16, "Unknown command: terminal length 900", `"900": expected a number from 0 to 512`},
		{Exec, "exit now", Unknown, 5, "Unknown command: exit now", `"now": nothing may follow here`},
		{Exec, "rpki start", NotYet, 0, "Not supported yet: rpki start", ""},
		{Exec, "show bgp version 7", NotYet, 0, "Not supported yet: show bgp version 7", ""},
		{Exec, "router bgp 65000", Unknown, 0, "Unknown command: router bgp 65000", "a configuration statement: enter configure terminal first"},
		{Exec, "do", Incomplete, 2, "Command incomplete: do", "next: an exec command"},
		{Exec, "do show bgp sumary", Unknown, 12, "Unknown command: do show bgp sumary", `"sumary": did you mean summary?`},
		{Config, "write", Unknown, 0, "Unknown command: write", "an exec command: put do before it"},
		{Config, "ip prefx-list CUST seq 1000 permit 100.64.200.0/24", Unknown, 3,
			"Unknown command: ip prefx-list CUST seq 1000 permit 100.64.200.0/24", `"prefx-list": did you mean prefix-list?`},
		{Config, "route-map B permt 10", Unknown, 12, "Unknown command: route-map B permt 10", `"permt": did you mean permit?`},
		{Config, "interface eth0", NotOurs, 0, "Not a BGP matter: interface eth0", ""},
		{RouteMap, "match rpki valid", NotYet, 0, "Not supported yet: match rpki valid", ""},
		{Config, "router bgp 0", BadArgument, 11, "Unknown command: router bgp 0", `"0": expected the end of the line or an AS number (1-4294967295)`},
		{Config, "neighbor 10.0.0.1 remote-as 1", Unknown, 0, "Unknown command: neighbor 10.0.0.1 remote-as 1", "a statement of router bgp: enter that first"},
		{Router, "neighbor 10.0.12.2 remote-as foo", BadArgument, 29, "Unknown command: neighbor 10.0.12.2 remote-as foo",
			`"foo": expected an AS number (1-4294967295), internal, external, auto or any`},
		{Router, "neighbor 10.0.12.2 remote-as", Incomplete, 28, "Command incomplete: neighbor 10.0.12.2 remote-as",
			"next: an AS number (1-4294967295), internal, external, auto or any"},
		{Router, "neighbor 10.0.12.2 tymers 1 3", Unknown, 19, "Unknown command: neighbor 10.0.12.2 tymers 1 3", `"tymers": did you mean timers?`},
		{Router, "neighbor 10.0.14.4 remot-as 65003", Unknown, 19, "Unknown command: neighbor 10.0.14.4 remot-as 65003", `"remot-as": did you mean remote-as?`},
		{Router, "neighbor 10.0.0.300 remote-as 1", BadArgument, 9, "Unknown command: neighbor 10.0.0.300 remote-as 1",
			`"10.0.0.300": expected an address, an interface or a peer group`},
		{Router, "neighbor 10.0.0.1 timers 10", Incomplete, 27, "Command incomplete: neighbor 10.0.0.1 timers 10", "next: a number from 0 to 65535"},
		{Router, "neighbor fe80::2%eth0 remote-as 1", BadArgument, 9, "Unknown command: neighbor fe80::2%eth0 remote-as 1",
			`"fe80::2%eth0": expected an address, an interface or a peer group`},
		{AF4, "neighbor 10.0.14.4 maxmum-prefix 100", Unknown, 19, "Unknown command: neighbor 10.0.14.4 maxmum-prefix 100", `"maxmum-prefix": did you mean maximum-prefix?`},
		{AF4, "neighbor 10.0.13.4 accept-own", NotYet, 0, "Not supported yet: neighbor 10.0.13.4 accept-own", ""},
		{AF4, "neighbor 10.0.13.4 allow ten in", BadArgument, 25, "Unknown command: neighbor 10.0.13.4 allow ten in", `"ten": expected any or an IPv4 prefix`},
		{AF6, "network 10.0.0.0/8", BadArgument, 8, "Unknown command: network 10.0.0.0/8",
			`"10.0.0.0/8": expected an IPv6 prefix; a statement of address-family ipv4 unicast: enter that first`},
		{RouteMap, "set local-preferance 200", Unknown, 4, "Unknown command: set local-preferance 200", `"local-preferance": did you mean local-preference?`},
	} {
		_, err := Match(c.mode, c.line)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s %q: %v", c.mode, c.line, err)
			continue
		}
		if e.Kind != c.kind || e.Offset != c.offset || e.Head() != c.head || e.Detail() != c.detail {
			t.Errorf("%s %q: kind %d at %d\n have %s\n      %s\n want %s\n      %s", c.mode, c.line, e.Kind, e.Offset, e.Head(), e.Detail(), c.head, c.detail)
		}
	}
}

func TestAbbreviations(t *testing.T) {
	for _, c := range []struct {
		mode Mode
		line string
		want string // canonical line, or "" where it is ambiguous
	}{
		{Exec, "sh b s", "show bgp summary"},
		{Exec, "sh b su", "show bgp summary"},
		{Exec, "sh ip b s", "show ip bgp summary"},
		{Exec, "sh b n", ""},
		{Exec, "sh b nei 10.0.0.1 adv j", "show bgp neighbors 10.0.0.1 advertised-routes json"},
		{Exec, "show bgp neighbor", "show bgp neighbors"},
		{Exec, "sh run", "show running-config"},
		{Exec, "sh b li", "show bgp listeners"},
		{Exec, "sh ver", "show version"},
		{Exec, "conf t", "configure terminal"},
		{Exec, "conf", "configure"},
		{Exec, "conf rep f ch", "configure replace f check"},
		{Router, "comm conf 5", "commit confirmed 5"},
		{AF4, "rollb 1", "rollback 1"},
		{Config, "commit comment because json", "commit json comment because"},
		{Exec, "wr", "write"},
		{Exec, "wr mem", "write memory"},
		{Exec, "cop r s", "copy running-config startup-config"},
		{Exec, "cl b *", "clear bgp *"},
		{Exec, "cl ip b * s i", "clear ip bgp * soft in"},
		{Exec, "clear bgp e", ""},
		{Exec, "clear bgp ex in", ""},
		{Exec, "w", ""},
		{Exec, "sh b sum | i 10", "show bgp summary | include 10"},
		{Exec, "sh b ipv4 u s", "show bgp ipv4 unicast summary"},
		{Router, "n 10.0.0.1 re 65001", "neighbor 10.0.0.1 remote-as 65001"},
		{Router, "nei 10.0.0.1 t c 5", "neighbor 10.0.0.1 timers connect 5"},
		{Router, "nei 10.0.0.1 rem 5", "neighbor 10.0.0.1 remote-as 5"},
		{Router, "neighbor 10.0.0.1 timers open 5", "neighbor 10.0.0.1 timers open-hold 5"},
		{Router, "neighbor 10.0.0.1 e", ""},
		{Router, "a ipv4 u", "address-family ipv4 unicast"},
		{Router, "no bgp default ipv4-u", "no bgp default ipv4-unicast"},
		{AF4, "neigh 10.0.0.1 act", "neighbor 10.0.0.1 activate"},
		{AF4, "sh b s", "show bgp summary"},
		{RouteMap, "do sh b s", "show bgp summary"},
		{Config, "rou b 65000", "router bgp 65000"},
		{Config, "ho r1", "hostname r1"},
	} {
		cmd, err := Match(c.mode, c.line)
		if c.want == "" {
			var e *Error
			if !errors.As(err, &e) || e.Kind != Ambiguous {
				t.Errorf("%s %q: %v, %v, not ambiguous", c.mode, c.line, cmd, err)
			}
			continue
		}
		if err != nil || cmd.String() != c.want {
			t.Errorf("%s %q: %v, %v, not %q", c.mode, c.line, cmd, err, c.want)
		}
	}
}

// TestNoIsNeverAbbreviated guards against `n` or a typo of a neighbor statement negating it.
func TestNoIsNeverAbbreviated(t *testing.T) {
	if cmd, err := Match(Router, "n neighbor 10.0.0.1"); err == nil {
		t.Errorf("read as %v", cmd)
	}
}

func TestTypedArguments(t *testing.T) {
	match := func(mode Mode, line string) Args {
		t.Helper()
		cmd, err := Match(mode, line)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		return cmd.Args
	}
	if a := match(Router, "neighbor 10.0.0.1 remote-as 1.10"); a.Uint32("as") != 65546 || a.Peer("peer").Addr != netip.MustParseAddr("10.0.0.1") {
		t.Errorf("remote-as: %v", a)
	}
	if a := match(Router, "neighbor swp1 interface v6only peer-group PG remote-as external"); a.Peer("peer").Name != "swp1" || !a.Has("v6only") ||
		a.Text("group") != "PG" || a.Text("kind") != "external" || a.Has("as") {
		t.Errorf("interface: %v", a)
	}
	if a := match(Router, "neighbor fe80::2 interface eth0 remote-as 7"); a.Text("interface") != "eth0" || a.Uint("as") != 7 {
		t.Errorf("link-local: %v", a)
	}
	if a := match(AF4, "neighbor 10.0.0.1 allow 10.1.2.3/8 ge 9 le 24 out"); a.Prefix("prefix") != netip.MustParsePrefix("10.1.2.3/8") ||
		a.Uint("ge") != 9 || a.Uint("le") != 24 || a.Text("dir") != "out" || a.Has("any") {
		t.Errorf("allow: %v", a)
	}
	if a := match(AF4, "neighbor 10.0.0.1 export community 65000:1 no-export 7"); !slices.Equal(a.Uints("community"), []uint64{65000<<16 | 1, 0xFFFFFF01, 7}) {
		t.Errorf("community: %v", a)
	}
	if a := match(AF4, "network 172.16.0.0 mask 255.255.240.0"); a.Prefix("prefix") != netip.MustParsePrefix("172.16.0.0/20") {
		t.Errorf("network mask: %v", a)
	}
	if a := match(AF4, "network 172.16.0.0"); a.Prefix("prefix") != netip.MustParsePrefix("172.16.0.0/16") {
		t.Errorf("network of a class: %v", a)
	}
	if a := match(Router, "neighbor 10.0.0.1 timers connect-jitter 0.75 1.0"); a.Float("min") != 0.75 || a.Float("max") != 1 {
		t.Errorf("jitter: %v", a)
	}
	text := "a | include b ! # \t  two  blanks"
	if a := match(Router, "neighbor 10.0.0.1 description   "+text+"  \r"); a.Text("text") != text {
		t.Errorf("description: %q", a.Text("text"))
	}
	if a := match(Router, "neighbor 10.0.0.1 update-source 2001:db8::1"); a.Addr("source") != netip.MustParseAddr("2001:db8::1") {
		t.Errorf("update-source: %v", a)
	}
	if a := match(Exec, "show bgp neighbors fe80::2%eth0"); a.Peer("peer").String() != "fe80::2%eth0" {
		t.Errorf("zone: %v", a)
	}
}

func TestModes(t *testing.T) {
	for _, c := range []struct {
		mode Mode
		line string
		id   string
		of   Mode
		next Mode
	}{
		{Exec, "configure terminal", "configure.terminal", Exec, Config},
		{Exec, "exit", "exit", Exec, ""},
		{Exec, "end", "end", Exec, Exec},
		{Config, "router bgp 65000", "router.bgp", Config, Router},
		{Config, "router bgp", "router.bgp", Config, Router},
		{Config, "no router bgp 65000", "router.bgp", Config, Config},
		{Config, "exit", "exit", Config, Exec},
		{Router, "address-family ipv6 unicast", "address-family.ipv6", Router, AF6},
		{Router, "quit", "quit", Router, Config},
		{Router, "hostname r1", "hostname", Config, Config},
		{Router, "neighbor 10.0.0.1 activate", "neighbor.activate", AF4, Router},
		{Router, "network 10.0.0.0/8", "network", AF4, Router},
		{Router, "exit-address-family", "exit-address-family", AF4, Router},
		{AF4, "neighbor 10.0.0.1 activate", "neighbor.activate", AF4, AF4},
		{AF6, "neighbor 10.0.0.1 activate", "neighbor.activate", AF6, AF6},
		{AF6, "neighbor 10.0.0.1 remote-as 1", "neighbor.remote-as", Router, Router},
		{AF6, "address-family ipv4 unicast", "address-family.ipv4", Router, AF4},
		{AF6, "router bgp 65000", "router.bgp", Config, Router},
		{AF6, "exit-address-family", "exit-address-family", AF6, Router},
		{AF6, "exit", "exit", AF6, Router},
		{AF6, "end", "end", AF6, Exec},
		{AF6, "show bgp summary", "show.bgp.summary", Exec, AF6},
		{AF6, "clear bgp *", "clear.bgp", Exec, AF6},
		{AF6, "do write memory", "write", Exec, AF6},
		{Exec, "do write memory", "write", Exec, Exec},
		{Config, "", "", "", Config},
		{Router, " ! remark", "", "", Router},
		{AF4, "# remark", "", "", AF4},
	} {
		cmd, err := Match(c.mode, c.line)
		if err != nil || cmd.ID != c.id || cmd.Mode != c.of || cmd.Next != c.next {
			t.Errorf("%s %q: %s of %q, then %q, %v; not %s of %q, then %q", c.mode, c.line, cmd.ID, cmd.Mode, cmd.Next, err, c.id, c.of, c.next)
		}
	}
}

func TestPipes(t *testing.T) {
	cmd, err := Match(Exec, "show bgp summary | inc 10.0 | up | e x | c")
	want := []Pipe{{"include", "10.0 | up"}, {"exclude", "x"}, {"count", ""}}
	if err != nil || !slices.Equal(cmd.Pipes, want) {
		t.Errorf("pipes %q, %v", cmd.Pipes, err)
	}
	if cmd, err := Match(Config, "do show run | json"); err != nil || len(cmd.Pipes) != 1 {
		t.Errorf("do show: %v, %v", cmd, err)
	}
	if _, err := Match(Exec, "write | count"); err == nil {
		t.Error("a pipe on a command that shows nothing was accepted")
	}
	if _, err := Match(Exec, "clear bgp * | count"); err == nil {
		t.Error("a pipe on clear was accepted")
	}
}

func TestFamilyOfCommand(t *testing.T) {
	for line, want := range map[string]string{
		"show bgp":              "",
		"show ip bgp":           "ipv4",
		"show bgp ipv6":         "ipv6",
		"show ip bgp ipv6":      "ipv6",
		"show bgp ipv4 unicast": "ipv4",
	} {
		if cmd, err := Match(Exec, line); err != nil || cmd.Family() != want {
			t.Errorf("%q: %q, %v", line, cmd.Family(), err)
		}
	}
}

func TestMake(t *testing.T) {
	peer := Peer{Addr: netip.MustParseAddr("10.0.0.1")}
	for _, c := range []struct {
		cmd  Command
		want string
	}{
		{Make("neighbor.remote-as", Router).With("peer", peer).With("as", uint32(65001)), "neighbor 10.0.0.1 remote-as 65001"},
		{Make("neighbor.remote-as", "").With("peer", peer).Negated(), "no neighbor 10.0.0.1 remote-as"},
		{Make("neighbor.remote-as", Router).With("peer", peer).With("kind", "external"), "neighbor 10.0.0.1 remote-as external"},
		{Make("neighbor.next-hop-self", AF6).With("peer", peer).With("force", false), "neighbor 10.0.0.1 next-hop-self"},
		{Make("neighbor.export.community", AF4).With("peer", peer).With("community", []uint32{65000<<16 | 7, 0xFFFFFF01}), "neighbor 10.0.0.1 export community 65000:7 no-export"},
		{Make("address-family.ipv6", Router), "address-family ipv6 unicast"},
		{Make("bgp.listen-address", Router).With("addr", netip.MustParseAddr("::")).With("port", 1790), "bgp listen-address :: port 1790"},
		{Make("neighbor.allow", AF4).With("peer", peer).With("any", true).With("dir", "in"), "neighbor 10.0.0.1 allow any in"},
		{Make("neighbor.remote-as", Router), "neighbor <peer> remote-as <as>"},
	} {
		if got := Render(c.cmd); got != c.want {
			t.Errorf("%q, not %q", got, c.want)
		}
	}
}

// TestConcurrentUse has readers compile the tables and use them at the same time; the race detector judges.
func TestConcurrentUse(t *testing.T) {
	var group sync.WaitGroup
	for _, mode := range allModes {
		for range 4 {
			group.Go(func() {
				cmd, err := Match(mode, "do show bgp neighbors 10.0.0.1 json")
				if err != nil || Render(cmd) != "show bgp neighbors 10.0.0.1 json" || len(Complete(mode, "")) == 0 || len(Entries(mode)) == 0 {
					t.Errorf("%s: %v, %v", mode, cmd, err)
				}
			})
		}
	}
	group.Wait()
}

// TestForget compiles the language anew, also while others use it.
func TestForget(t *testing.T) {
	want, err := Match(Router, "neighbor 10.0.0.1 remote-as 65001")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range 5 {
				Forget()
				if got, err := Match(Router, "neighbor 10.0.0.1 remote-as 65001"); err != nil || got.String() != want.String() {
					t.Errorf("%q, %v, not %q", got.String(), err, want.String())
				}
			}
		})
	}
	wg.Wait()
}
