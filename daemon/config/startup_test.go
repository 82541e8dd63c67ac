package config

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"bgpsh/daemon/policy"
)

// standing tells of a neighbor what holds: "Idle", "in4 out6", or nothing.
func standing(c *Config, name string) string {
	n := c.Router.Neighbors[name]
	if n == nil {
		return "missing"
	}
	s := c.Effective(n)
	var held []string
	if len(s.Held) > 0 {
		held = append(held, "Idle")
	}
	for i, word := range []string{"4", "6"} {
		f := s.Families[i]
		if f.Import(true).DenyAll == policy.HeldBack {
			held = append(held, "in"+word)
		}
		if f.Export(true).DenyAll == policy.HeldBack {
			held = append(held, "out"+word)
		}
	}
	return strings.Join(held, " ")
}

// A bad line of a startup configuration loosens nothing, and everything else runs.
func TestBadLines(t *testing.T) {
	tests := []struct {
		name  string
		lines string // behind router bgp 65000 with neighbors 10.0.0.1 and 10.0.0.2, in router mode
		want  string // of 10.0.0.1
		errs  int
	}{
		{"remote-as", "neighbor 10.0.0.1 remote-as foo", "Idle", 1},
		{"remote-as without a value", "neighbor 10.0.0.1 remote-as", "Idle", 1},
		{"remote-as of a reserved AS", "neighbor 10.0.0.1 remote-as 23456", "Idle", 1},
		{"remote-as misspelt", "neighbor 10.0.0.1 remot-as 65003", "Idle", 1},
		{"password", "neighbor 10.0.0.1 password", "Idle", 1},
		{"password misspelt", "neighbor 10.0.0.1 pasword x", "Idle", 1},
		{"password too long", "neighbor 10.0.0.1 password " + strings.Repeat("x", 81), "Idle", 1},
		{"ttl-security", "neighbor 10.0.0.1 ttl-security hops 255", "Idle", 1},
		{"ttl-security beside ebgp-multihop", "neighbor 10.0.0.1 ebgp-multihop 2\nneighbor 10.0.0.1 ttl-security hops 1", "Idle", 1},
		{"minimum-ttl", "neighbor 10.0.0.1 minimum-ttl 0", "Idle", 1},
		{"local-role", "neighbor 10.0.0.1 local-role boss", "Idle", 1},
		{"shutdown", "neighbor 10.0.0.1 shutdown because", "Idle", 1},
		{"maximum-prefix", "neighbor 10.0.0.1 maximum-prefix many", "Idle", 1},
		{"remote-id", "neighbor 10.0.0.1 remote-id 0.0.0.0", "Idle", 1},
		{"a peer-group that is not there", "neighbor 10.0.0.1 peer-group NOPG", "Idle", 1},
		{"of its peer-group", "neighbor PG peer-group\nneighbor 10.0.0.1 peer-group PG\nneighbor PG password", "Idle", 1},

		{"allow in", "neighbor 10.0.0.1 allow 10.0.0.0/33 in", "in4", 1},
		{"allow out", "neighbor 10.0.0.1 allow foo out", "out4", 1},
		{"allow without direction", "neighbor 10.0.0.1 allow any", "in4 out4", 1},
		{"allow of impossible lengths", "neighbor 10.0.0.1 allow 10.0.0.0/16 ge 8 in", "in4", 1},
		{"allow in IPv6", "address-family ipv6 unicast\nneighbor 10.0.0.1 allow 10.0.0.0/8 in", "in6", 1},
		{"route-map", "neighbor 10.0.0.1 route-map X sideways", "in4 out4", 1},
		{"route-map, misspelt", "neighbor 10.0.0.1 rout-map X in", "in4", 1},
		{"no activate, misspelt", "no neighbor 10.0.0.1 actvate", "in4 out4", 1},
		{"policy of its peer-group", "neighbor PG peer-group\nneighbor 10.0.0.1 peer-group PG\nneighbor PG allow 10.0.0.0/33 in", "in4", 1},

		{"a description", "neighbor 10.0.0.1 description", "", 1},
		{"timers", "neighbor 10.0.0.1 timers 1 2", "", 1},
		{"timers misspelt", "neighbor 10.0.0.1 tymers 1 3", "", 1},
		{"a port", "neighbor 10.0.0.1 port 0", "", 1},
		{"a network", "network 10.0.0.0/33", "", 1},
		{"of another neighbor", "neighbor 10.0.0.2 password", "", 1},
		{"of no known neighbor", "neighbor 10.0.0.9 description early", "", 1},
		{"nothing at all like it", "frobnicate the widgets", "", 1},
		{"no form of nothing at all", "no frobnicate", "", 1},
		{"what IOS had", "no auto-summary\nno synchronization", "", 0},

		{"not supported, restricting", "neighbor 10.0.0.1 rpki strict", "Idle", 0},
		{"not supported, and taken back", "neighbor 10.0.0.1 rpki strict\nneighbor 10.0.0.1 addpath-rx-paths-limit 5\nno neighbor 10.0.0.1 addpath-rx-paths-limit 5\nno neighbor 10.0.0.1 rpki strict", "", 0},
		{"wrong, the whole router", "bgp shutdwn", "Idle", 1},
		{"not supported, policy in", "neighbor 10.0.0.1 addpath-rx-paths-limit 5", "in4", 0},
		{"wrong, policy out", "neighbor 10.0.0.1 soo 65000:x", "out4", 1},
		{"not supported, in IPv6", "address-family ipv6 unicast\nneighbor 10.0.0.1 addpath-rx-paths-limit 5", "in6", 0},
		{"not supported, restricting nothing", "neighbor 10.0.0.1 bfd", "", 0},
		{"not supported, of its peer-group", "neighbor PG peer-group\nneighbor 10.0.0.1 peer-group PG\nneighbor PG addpath-rx-paths-limit 5", "in4", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, errs, _ := Parse("s.conf", textLines("router bgp 65000\nneighbor 10.0.0.1 remote-as 65001\nneighbor 10.0.0.2 remote-as 65002\n"+tt.lines), Options{})
			if got := standing(c, "10.0.0.1"); got != tt.want {
				t.Errorf("holds %q, want %q: %v", got, tt.want, errs)
			}
			if len(errs) != tt.errs {
				t.Errorf("%d errors: %v", len(errs), errs)
			}
			if whole := strings.HasPrefix(tt.lines, "bgp shut") && tt.want != ""; !whole && !strings.Contains(tt.lines, "10.0.0.2") && standing(c, "10.0.0.2") != "" {
				t.Errorf("10.0.0.2 holds %q", standing(c, "10.0.0.2"))
			}
		})
	}
}

// A neighbor that only a bad line names is there, and stays down; its other lines have an object.
func TestNeighborOfABadLineIsSeen(t *testing.T) {
	c, errs, _ := Parse("s.conf", textLines(`
router bgp 65000
 neighbor 10.0.0.1 remote-as 6500x
 neighbor 10.0.0.1 description transit
 neighbor eth0 interface remote-as 6500x
 neighbor 10.0.0.2 remote-as 65002
`), Options{})
	if len(errs) != 2 {
		t.Fatalf("%v", errs)
	}
	if standing(c, "10.0.0.1") != "Idle" || standing(c, "eth0") != "Idle" || standing(c, "10.0.0.2") != "" {
		t.Errorf("10.0.0.1 %q, eth0 %q, 10.0.0.2 %q", standing(c, "10.0.0.1"), standing(c, "eth0"), standing(c, "10.0.0.2"))
	}
	if s := effective(c, "10.0.0.1"); s.Description != "transit" || s.Held[0].Line != 2 {
		t.Errorf("%+v", s)
	}
}

func TestErrorTellsPlaceReasonAndWhatIsHeldBack(t *testing.T) {
	_, errs, _ := Parse("/etc/bgpsh/startup.conf", textLines("router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n neighbor 10.0.0.1 timers 1 2\n neighbor 10.0.0.1 password hunter2"+strings.Repeat("x", 80)), Options{})
	if len(errs) != 2 {
		t.Fatal(errs)
	}
	if got, want := errs[0].Error(), "/etc/bgpsh/startup.conf:3: hold time 2: 0 or 3 to 65535 seconds (RFC 4271 4.2)"; got != want {
		t.Errorf("%s", got)
	}
	if len(errs[0].Held) != 0 || errs[0].Text != "neighbor 10.0.0.1 timers 1 2" {
		t.Errorf("%+v", errs[0])
	}
	if len(errs[1].Held) != 1 || errs[1].Held[0].Effect() != "neighbor 10.0.0.1 stays Idle (Config)" {
		t.Errorf("%+v", errs[1])
	}
	if s := fmt.Sprintf("%v %+v %#v", errs, errs, errs); strings.Contains(s, "hunter2") {
		t.Errorf("a password is told: %s", s)
	}
}

// A bad line that would open a mode takes its lines with it, up to the line that ends it or opens another.
func TestBadOpenerTakesItsLinesAlong(t *testing.T) {
	c, errs, _ := Parse("s.conf", textLines(`
hostname r1
router bgp 65000
 neighbor 10.0.0.1 remote-as 65001
 neighbor 10.0.0.2 remote-as internal
 address-family ipv4 unicst
  network 10.0.0.0/8
  neighbor 10.0.0.2 allow 10.0.0.0/8 in
 exit-address-family
 address-family ipv6 unicast
  network 2001:db8::/32
 exit-address-family
 neighbor 10.0.0.3 remote-as 65003
`), Options{})
	if len(errs) != 1 || errs[0].Line != 5 {
		t.Fatalf("%v", errs)
	}
	if len(c.Router.Networks[IPv4]) != 0 || len(c.Router.Networks[IPv6]) != 1 || c.Router.Neighbors["10.0.0.3"] == nil {
		t.Errorf("taken along too much or too little:\n%s", printed(c))
	}
	if got := standing(c, "10.0.0.2"); !strings.Contains(got, "in4") {
		t.Errorf("10.0.0.2, whose filter was taken along, holds %q", got)
	}
	if got, want := errs[0].HeldBack(), "every neighbor passes no route, IPv4 Unicast (Config); 2 lines of its block are left out"; got != want {
		t.Errorf("held back: %q", got)
	}
}

func TestBadRouterTakesItsLinesAlong(t *testing.T) {
	for _, line := range []string{"router bgp 0", "router bgp 65000 frob", "router bgp 23456", "router bgb 65000"} {
		c, errs, _ := Parse("s.conf", textLines(line+"\n neighbor 10.0.0.1 remote-as 65001\n neighbor 10.0.0.1 password x\nexit\nhostname r1"), Options{})
		if len(errs) != 1 || c.Router != nil || c.Hostname != "r1" {
			t.Errorf("%s: %v\n%s", line, errs, printed(c))
		}
	}
}

// A second router is an error; its lines count for nothing, but hold what they would restrict in the first.
func TestSecondRouter(t *testing.T) {
	c, errs, _ := Parse("s.conf", textLines(`
router bgp 65000
 neighbor 10.0.0.1 remote-as 65001
 neighbor 10.0.0.2 remote-as 65002
exit
router bgp 6500
 neighbor 10.0.0.1 password x
 neighbor 10.0.0.7 remote-as 65007
 address-family ipv4 unicast
  network 10.0.0.0/8
 exit-address-family
exit
hostname r1
`), Options{})
	if len(errs) != 1 || errs[0].Reason != "BGP is already running; AS is 65000" {
		t.Fatalf("%v", errs)
	}
	if c.Router.Neighbors["10.0.0.7"] != nil || len(c.Router.Networks[IPv4]) != 0 || c.Hostname != "r1" {
		t.Errorf("lines of the second router count:\n%s", printed(c))
	}
	if standing(c, "10.0.0.1") != "Idle" || standing(c, "10.0.0.2") != "" {
		t.Errorf("10.0.0.1 %q, 10.0.0.2 %q", standing(c, "10.0.0.1"), standing(c, "10.0.0.2"))
	}
}

func TestLocalAddressAsNeighborIsABadLine(t *testing.T) {
	c, errs, _ := Parse("s.conf", textLines("router bgp 65000\n neighbor 10.0.0.1 remote-as 65001"), Options{
		IsLocal: func(a netip.Addr) bool { return a == netip.MustParseAddr("10.0.0.1") },
	})
	if len(errs) != 1 || len(c.Router.Neighbors) != 0 {
		t.Errorf("%v\n%s", errs, printed(c))
	}
}

// What is said of a neighbor that did not come to be is not that it stays down: nothing shows it.
func TestAbsentNeighborIsLeftOut(t *testing.T) {
	_, errs, _ := Parse("s.conf", textLines(`
router bgp 65000
 bgp listen-address 10.0.0.1
 neighbor 10.0.0.1 remote-as 65001
 neighbor 10.0.0.2 remote-as 65002
exit
router bgp 65099
 neighbor 10.0.0.9 password x
`), Options{})
	if len(errs) != 2 {
		t.Fatal(errs)
	}
	for i, want := range []string{"neighbor 10.0.0.1 is left out", "neighbor 10.0.0.9 is left out; 1 line of its block is left out"} {
		if got := errs[i].HeldBack(); got != want {
			t.Errorf("%s: held back %q, want %q", errs[i].Text, got, want)
		}
	}
}

// A neighbor without an AS cannot be read back, so its lines print as comments, below the wrong ones.
func TestNeighborOfABadLineReadsBack(t *testing.T) {
	c, _, _ := Parse("s.conf", textLines(`
router bgp 65000
 neighbor 10.0.0.1 remote-as 6500x
 neighbor 10.0.0.1 description transit
 neighbor 10.0.0.1 password
 neighbor 10.0.0.2 remote-as 65002
 address-family ipv4 unicast
  neighbor 10.0.0.1 allow any in
`), Options{})
	for _, want := range []string{"! neighbor 10.0.0.1 remote-as 6500x", "! neighbor 10.0.0.1 password", "! neighbor 10.0.0.1 description transit", "! neighbor 10.0.0.1 allow any in"} {
		if !has(c, want) {
			t.Errorf("does not print %q", want)
		}
	}
	again, errs, _ := Parse("again", c.Lines(), Options{})
	if len(errs) > 0 || again.Router.Neighbors["10.0.0.1"] != nil || again.Router.Neighbors["10.0.0.2"] == nil {
		t.Errorf("reads back: %v\n%s", errs, printed(c))
	}
}

// An FRR configuration (testdata/frr-input.conf, which FRR 8.4 printed as testdata/frr-running.txt) loads as it is, prints as FRR prints it, less what is not supported, and lets nothing through that it
// would not.
func TestFRRConfigurationLoads(t *testing.T) {
	file, err := os.ReadFile("testdata/frr-input.conf")
	if err != nil {
		t.Fatal(err)
	}
	c, errs, _ := Parse("dut-frr.conf", textLines(string(file)), Options{})
	if len(errs) > 0 {
		t.Fatalf("%v", errs)
	}
	frr, err := os.ReadFile("testdata/frr-running.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(frr), "router bgp 65000\n")
	block, _, _ = strings.Cut(block, "\nexit\n")
	var want []string
	want = append(want, strings.Split("router bgp 65000\n"+block, "\n")...)
	_, got, _ := strings.Cut(printed(c), "!\nrouter bgp 65000\n")
	got, _, _ = strings.Cut("router bgp 65000\n"+got, "\nexit\n")
	if got != strings.Join(want, "\n") {
		t.Errorf("prints\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	for name, held := range map[string]string{
		"10.0.12.2": "", "10.0.13.3": "", "10.0.13.4": "", "10.0.13.5": "", "swp1": "", "2001:db8:13::3": "",
	} {
		if got := standing(c, name); got != held {
			t.Errorf("%s holds %q, want %q", name, got, held)
		}
	}
}

func TestOneWarningABlockOfAnothersBusiness(t *testing.T) {
	_, errs, warnings := Parse("s.conf", textLines(`
frr version 10.2
frr defaults traditional
service integrated-vtysh-config
!
interface eth0
 ip address 10.0.0.1/24
 ip ospf area 0
exit
!
router ospf
 network 10.0.0.0/24 area 0
 redistribute bgp
exit
ip route 10.9.0.0/16 blackhole
ip route 10.8.0.0/16 blackhole
!
router bgp 65000
 neighbor 10.0.0.2 remote-as 65001
 address-family l2vpn evpn
  advertise-all-vni
  neighbor 10.0.0.2 activate
 exit-address-family
exit
router bgp 65000 vrf RED
 neighbor 10.0.0.9 remote-as 65009
exit
line vty
`), Options{})
	var lines []string
	for _, w := range warnings {
		lines = append(lines, fmt.Sprint(w.Line))
	}
	if got := strings.Join(lines, " "); len(errs) > 0 || got != "1 3 5 10 14 19 24 27" {
		t.Errorf("warned of lines %s; %v", got, errs)
	}
}

// Nothing that matters is lost by a write unseen: lines that hold something back are listed, whether wrong or not supported.
func TestUnwritten(t *testing.T) {
	c, errs, _ := Parse("s.conf", textLines("router bgp 65000\nneighbor 10.0.0.1 remote-as 65001\nneighbor 10.0.0.1 addpath-rx-paths-limit 5\nneighbor 10.0.0.1 timers 1 2\nneighbor 10.0.0.1 bfd"), Options{})
	all := c.Unwritten(errs)
	if len(all) != 2 || all[0].Line != 3 || all[0].Reason != "not supported yet" || all[0].HeldBack() != "neighbor 10.0.0.1 in refuses all, IPv4 Unicast (Config)" ||
		all[1].Line != 4 || all[1].HeldBack() != "" {
		t.Errorf("%+v", all)
	}
	typed := applyTo(t, parsed(t, "router bgp 65000\nneighbor 10.0.0.1 remote-as 65001"), "router bgp 65000\nneighbor 10.0.0.1 rpki strict")
	if len(typed.Unwritten(nil)) != 1 {
		t.Error("a typed line that is not supported and holds the neighbor would be lost unseen")
	}
	settled := applyTo(t, typed, "router bgp 65000\nno neighbor 10.0.0.1 rpki strict")
	if len(settled.Unwritten(nil)) != 0 {
		t.Error("its no form does not settle it")
	}
}

func TestReportFollowsTheLines(t *testing.T) {
	_, errs, warnings := Parse("s.conf", textLines("router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n neighbor 10.0.0.1 bfd\n neighbor 10.0.0.1 password\n neighbor 10.0.0.1 oad\n frob"), Options{})
	var have []string
	for _, line := range Report(errs, warnings) {
		have = append(have, line[:strings.Index(line, ": ")])
	}
	if got := strings.Join(have, " "); got != "s.conf:3 s.conf:4 s.conf:5 s.conf:6" {
		t.Errorf("%s", got)
	}
}

// A map may look at a neighbor before any router is configured.
func TestMapMatchesANeighborBeforeTheRouter(t *testing.T) {
	c := parsed(t, "route-map M permit 10\n match peer 10.0.0.1\nexit\nrouter bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n")
	if m := c.Policy.Maps["M"]; m == nil || len(m.Entries) != 1 || len(m.Entries[0].Matches) != 1 {
		t.Errorf("the map is %+v", m)
	}
}
