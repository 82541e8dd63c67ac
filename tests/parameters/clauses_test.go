package parameters

import (
	"fmt"
	"strings"
	"testing"

	"bgpsh/wire"
)

// The two routes of these tests: fed has every attribute that a clause looks at, bare none that it need not have.
const bare = "192.0.2.0/24"

var rich = with(asPath(65002, 7018), origin3(wire.OriginEGP), med(50), community(65002<<16|1), extended, large)

func extended(e *wire.Editor) { e.AddExtCommunity(0x0002_fde9_0000_0001) } // rt 65001:1

func large(e *wire.Editor) { e.AddLargeCommunity(wire.LargeCommunity{Global: 1, Local1: 2, Local2: 3}) }

// A clauseRow shows one clause of a route map, or one line of a list, by which of the two routes pass the map M.
type clauseRow struct {
	line string
	no   string   // empty: "no " and the line
	top  bool     // the line stands at the top level
	af   bool     // in address-family ipv4 unicast
	of   string   // in this map instead of M
	out  bool     // M stands at the taker on the way out, instead of the feeder's on the way in
	more []string // lines before M
	rest []string // lines of M beside it
	// with and without are the routes that pass: "both", "rich", "bare" or "none".
	with, without string
}

var clauseRows = []clauseRow{
	{line: "match ip address prefix-list P", more: []string{"ip prefix-list P permit 198.51.100.0/24"}, no: "no match ip address prefix-list P", with: "rich"},
	{line: "match ip address A", more: []string{"access-list A permit 192.0.2.0 0.0.0.255"}, with: "bare"},
	{line: "match ip next-hop address 10.0.0.2", with: "rich"},
	{line: "match ip next-hop prefix-list N", more: []string{"ip prefix-list N permit 192.0.2.9/32"}, with: "bare"},
	{line: "match ip route-source prefix-list N", more: []string{"ip prefix-list N permit 10.0.0.2/32"}, with: "both"},
	{line: "match ip route-source prefix-list N", more: []string{"ip prefix-list N permit 10.0.0.3/32"}, with: "none"},
	{line: "match ip route-source prefix-list N", more: []string{"ip prefix-list N permit 10.0.0.2/32"}, out: true, with: "both"},
	{line: "match ip route-source prefix-list N", more: []string{"ip prefix-list N permit 10.0.0.3/32"}, out: true, with: "none"},
	{line: "match interface eth0", with: "both"}, {line: "match interface eth9", with: "none"},
	{line: "match peer 10.0.0.3", out: true, with: "both"}, {line: "match peer 10.0.0.2", out: true, with: "none"},
	{line: "match peer 10.0.0.2", with: "both"}, {line: "match peer 10.0.0.9", with: "none"},
	{line: "match src-peer 10.0.0.2", out: true, with: "both"}, {line: "match src-peer 10.0.0.3", out: true, with: "none"},
	{line: "match source-protocol bgp", with: "both"}, {line: "match source-protocol static", with: "none"},
	{line: "match peer local", with: "none"}, {line: "match src-peer local", out: true, with: "none"},
	{line: "match interface eth0", out: true, with: "both"},
	{line: "match ip address prefix-len 24", with: "both"}, {line: "match ip address prefix-len 25", with: "none"},
	{line: "match ip next-hop prefix-len 32", with: "both"}, {line: "match ip next-hop prefix-len 24", with: "none"},
	{line: "match ip next-hop type blackhole", with: "none"},
	{line: "match ip next-hop 10", more: []string{"access-list 10 permit 192.0.2.9"}, with: "bare"},
	{line: "match ip route-source 10", more: []string{"access-list 10 permit host 10.0.0.3"}, with: "none"},
	{line: "match as-path A", more: []string{"bgp as-path access-list A permit _7018$"}, with: "rich"},
	{line: "match as-path-count 2", with: "rich"},
	{line: "match community C", more: []string{"bgp community-list standard C permit 65002:1"}, with: "rich"},
	{line: "match large-community C", more: []string{"bgp large-community-list standard C permit 1:2:3"}, with: "rich"},
	{line: "match extcommunity C", more: []string{"bgp extcommunity-list standard C permit rt 65001:1"}, with: "rich"},
	{line: "match community C any", more: []string{"bgp community-list standard C permit 65002:1 65002:9"}, with: "rich"},
	{line: "match community C exact-match", more: []string{"bgp community-list standard C permit 65002:1 65002:9"}, with: "none"},
	{line: "match large-community C exact-match", more: []string{"bgp large-community-list standard C permit 1:2:3"}, with: "rich"},
	{line: "match extcommunity C any", more: []string{"bgp extcommunity-list standard C permit rt 65001:1 rt 65001:9"}, with: "rich"},
	{line: "match community-limit 0", with: "bare"}, {line: "match extcommunity-limit 0", with: "bare"},
	{line: "match alias customer", more: []string{"bgp community alias 65002:1 customer"}, with: "rich"},
	{line: "match metric 50", with: "rich"},
	{line: "match origin egp", with: "rich"},
	{line: "match probability 0", with: "none"}, {line: "match probability 100", with: "both"},
	{line: "match local-preference 300", out: true, more: mapIn("set local-preference 300"), with: "rich"},
	{line: "match tag 7", out: true, more: mapIn("set tag 7"), with: "rich"},
	{of: "IN", line: "set tag 7", out: true, more: mapIn("match as-path-count 2"), rest: []string{"match tag 7"}, with: "rich", without: "none"},
	{line: "call SUB", more: []string{"route-map SUB permit 10", "match origin igp", "exit"}, with: "bare"},

	{line: "ip prefix-list P permit 198.51.100.0/24", top: true, rest: []string{"match ip address prefix-list P"}, with: "rich", without: "none"},
	{line: "ip prefix-list P seq 5 permit 198.51.0.0/16 ge 24 le 24", top: true, rest: []string{"match ip address prefix-list P"}, with: "rich", without: "none"},
	{line: "ip prefix-list P seq 5 deny 192.0.0.0/8 le 32", top: true, more: []string{"ip prefix-list P seq 10 permit any"},
		rest: []string{"match ip address prefix-list P"}, with: "rich", without: "both"},
	{line: "access-list A permit 198.51.0.0/16", top: true, rest: []string{"match ip address A"}, with: "rich", without: "none"},
	{line: "access-list A permit 198.51.0.0/16 exact-match", top: true, rest: []string{"match ip address A"}, with: "none", without: "none"},
	{line: "access-list 100 permit ip 192.0.2.0 0.0.0.255 any", top: true, rest: []string{"match ip address 100"}, with: "bare", without: "none"},
	{line: "access-list A seq 1 deny any", top: true, more: []string{"access-list A seq 5 permit any"}, rest: []string{"match ip address A"}, with: "none", without: "both"},
	{line: "access-list A permit 198.51.100.0 0.0.0.255", top: true, rest: []string{"match ip address A"}, with: "rich", without: "none"},
	{line: "bgp as-path access-list A permit ^65002$", top: true, rest: []string{"match as-path A"}, with: "bare", without: "none"},
	{line: "bgp community-list standard C permit 65002:1", top: true, rest: []string{"match community C"}, with: "rich", without: "none"},
	{line: "bgp community-list 20 permit 65002:1", top: true, rest: []string{"match community 20"}, with: "rich", without: "none"},
	{line: "bgp community-list 200 permit 65002:[0-9]", top: true, rest: []string{"match community 200"}, with: "rich", without: "none"},
	{line: "bgp large-community-list 20 permit 1:2:3", top: true, rest: []string{"match large-community 20"}, with: "rich", without: "none"},
	{line: "bgp large-community-list 200 permit 1:.*:3", top: true, rest: []string{"match large-community 200"}, with: "rich", without: "none"},
	{line: "bgp extcommunity-list 20 permit rt 65001:1", top: true, rest: []string{"match extcommunity 20"}, with: "rich", without: "none"},
	{line: "bgp extcommunity-list 200 permit 65001:.*", top: true, rest: []string{"match extcommunity 200"}, with: "rich", without: "none"},
	{line: "bgp community alias 65002:1 customer", top: true, rest: []string{"match alias customer"}, with: "rich", without: "none"},
	{line: "bgp community-list expanded C permit 65002:[0-9]", top: true, rest: []string{"match community C"}, with: "rich", without: "none"},
	{line: "bgp large-community-list standard C permit 1:2:3", top: true, rest: []string{"match large-community C"}, with: "rich", without: "none"},
	{line: "bgp large-community-list expanded C permit 1:.*:3", top: true, rest: []string{"match large-community C"}, with: "rich", without: "none"},
	{line: "bgp extcommunity-list standard C permit rt 65001:1", top: true, rest: []string{"match extcommunity C"}, with: "rich", without: "none"},
	{line: "bgp extcommunity-list expanded C permit 65001:.*", top: true, rest: []string{"match extcommunity C"}, with: "rich", without: "none"},
	{af: true, line: "neighbor 10.0.0.2 distribute-list A in", more: []string{"access-list A permit 192.0.2.0 0.0.0.255"}, with: "bare"},
	{af: true, line: "neighbor 10.0.0.2 filter-list A in", more: []string{"bgp as-path access-list A permit _7018$"}, with: "rich"},
	{af: true, line: "neighbor 10.0.0.2 prefix-list P in", more: []string{"ip prefix-list P permit 198.51.100.0/24"}, with: "rich"},
	{af: true, line: "neighbor 10.0.0.3 distribute-list A out", more: []string{"access-list A permit 192.0.2.0 0.0.0.255"}, with: "bare"},
	{af: true, line: "neighbor 10.0.0.3 filter-list A out", more: []string{"bgp as-path access-list A permit _7018$"}, with: "rich"},
	{af: true, line: "neighbor 10.0.0.3 prefix-list P out", more: []string{"ip prefix-list P permit 198.51.100.0/24"}, with: "rich"},
	{af: true, line: "neighbor 10.0.0.3 route-map O out", more: []string{"route-map O permit 10", "match as-path-count 1", "exit"}, with: "bare"},
	{af: true, line: "neighbor 10.0.0.2 allow 198.51.0.0/16 le 24 in", more: []string{"router bgp 65001", "address-family ipv4 unicast", "no neighbor 10.0.0.2 allow any in", "exit", "exit"}, with: "rich"},
	{af: true, line: "neighbor 10.0.0.3 allow 192.0.2.0/24 out", more: []string{"router bgp 65001", "address-family ipv4 unicast", "no neighbor 10.0.0.3 allow any out", "exit", "exit"}, with: "bare", without: "none"},
	{line: "route-map M optimization", top: true, more: []string{"ip prefix-list P permit 198.51.100.0/24"}, rest: []string{"match ip address prefix-list P"}, with: "rich", without: "rich"},
}

// mapIn is a map of what comes in that does something to the rich route alone.
func mapIn(set string) []string {
	return []string{"route-map IN permit 10", "match origin egp", set, "exit", "route-map IN permit 20", "exit",
		"router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.2 route-map IN in", "exit"}
}

// clauseLab is a feeder with both routes, and a taker; M stands between them and has the lines given.
func clauseLab(t *testing.T, taker *station, out bool, more, lines []string) *lab {
	feeder := &station{as: 65002, feed: [][]byte{announcement(fed, rich), announcement(bare, with(asPath(65002), hop("192.0.2.9")))}}
	place := "neighbor 10.0.0.2 route-map M in"
	if out {
		place = "neighbor 10.0.0.3 route-map M out"
	}
	all := append(append([]string{}, more...), "route-map M permit 10")
	all = append(append(all, lines...), "exit", "router bgp 65001", "address-family ipv4 unicast", place)
	return newLab(t, []*station{feeder, taker}, all...)
}

// Each clause that matches, and each list, decides on routes at a neighbor, and its no form takes that back.
func TestMatches(t *testing.T) {
	t.Parallel()
	for _, row := range clauseRows {
		t.Run(strings.ReplaceAll(row.line, "/", "-"), func(t *testing.T) {
			t.Parallel()
			taker := &station{as: 65003}
			l := clauseLab(t, taker, row.out, row.more, row.rest)
			pass := func(what, which string) {
				t.Helper()
				l.until(what+": "+which, func() bool {
					a, b := taker.told(fed), taker.told(bare)
					return (a != "-") == (which == "both" || which == "rich") && (b != "-") == (which == "both" || which == "bare") && a != "" && b != ""
				})
			}
			in := func(line string) {
				t.Helper()
				lines := []string{line}
				switch {
				case row.af:
					lines = []string{"address-family ipv4 unicast", line}
				case row.of != "":
					lines = []string{"route-map " + row.of + " permit 10", line}
				case !row.top:
					lines = []string{"route-map M permit 10", line}
				}
				if r := l.apply(lines...); !r.Applied {
					t.Fatalf("%s: %+v", line, r)
				}
			}
			without, no := row.without, row.no
			if without == "" {
				without = "both"
			}
			if no == "" {
				no = "no " + row.line
			}
			pass("without", without)
			in(row.line)
			pass("with", row.with)
			in(no)
			pass("without it again", without)
		})
	}
}

// Routes with the same attributes are told apart by the neighbor that they came from, and so are best paths that change places.
func TestSourceOfEqualRoutes(t *testing.T) {
	t.Parallel()
	first := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}
	second := &station{as: 65002, feed: [][]byte{announcement(bare, asPath(65002))}}
	taker := &station{as: 65003}
	l := newLab(t, []*station{first, second, taker}, "route-map M permit 10", "match src-peer 10.0.0.3", "set metric 3", "exit",
		"route-map M permit 20", "set metric 2", "exit", "router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.4 route-map M out")
	is := func(what string, one, two int) {
		t.Helper()
		want := func(n int) string { return fmt.Sprintf("[65001 65002] 10.0.0.2 med %d", n) }
		l.until(what, func() bool { return taker.told(fed) == want(one) && taker.told(bare) == want(two) })
	}
	is("one of each", 2, 3)
	second.write(announcement(fed, asPath(65002)))
	l.until("both have it", func() bool { return l.neighbor("10.0.0.3").Families[0].Received == 2 })
	first.write(withdrawal(fed))
	is("both of the second", 3, 3)
	l.apply("route-map M permit 10", "no match src-peer 10.0.0.3", "match src-peer 10.0.0.2")
	is("none of the second", 2, 2)
}

// Maps without a neighbor of their own are asked about routes in use, and know where those came from: that of suppress-map, and the
// conditions of default-originate and advertise-map.
func TestSourceWithoutNeighbor(t *testing.T) {
	t.Parallel()
	const one, two, whole = "192.0.2.0/24", "198.51.100.0/24", "0.0.0.0/0"
	first := &station{as: 65002, feed: [][]byte{announcement(one, asPath(65002))}}
	second := &station{as: 65002, feed: [][]byte{announcement(two, asPath(65002))}}
	taker := &station{as: 65003}
	l := newLab(t, []*station{first, second, taker}, "route-map M permit 10", "match src-peer 10.0.0.3", "exit")
	in := func(lines ...string) { l.apply(append([]string{"address-family ipv4 unicast"}, lines...)...) }
	has := func(what string, prefix string, there bool) {
		t.Helper()
		l.until(what, func() bool { return (taker.told(prefix) != "-") == there })
	}
	has("the first route", one, true)
	has("the second route", two, true)
	in("aggregate-address 198.51.0.0/16 suppress-map M", "aggregate-address 192.0.0.0/16 suppress-map M")
	has("what the map permits is suppressed", two, false)
	has("what it refuses is not", one, true)
	l.says(two, "10.0.0.4", "suppressed by aggregate 198.51.0.0/16, suppress-map: ")
	in("no aggregate-address 198.51.0.0/16", "no aggregate-address 192.0.0.0/16")
	has("nothing is suppressed", two, true)

	in("neighbor 10.0.0.4 default-originate route-map M", "neighbor 10.0.0.4 advertise-map ALL exist-map M")
	l.apply("route-map ALL permit 10", "exit")
	has("the default route", whole, true)
	has("the condition is met", one, true)
	second.write(withdrawal(two))
	has("no default route", whole, false)
	has("the condition is not met", one, false)
	first.write(announcement(two, asPath(65002)))
	l.until("it came from the other one", func() bool { return l.neighbor("10.0.0.2").Families[0].Received == 2 })
	second.write(announcement(one, asPath(65002, 65009)))
	l.until("a route of the right one that is not in use", func() bool { return l.neighbor("10.0.0.3").Families[0].Received == 1 })
	has("still no default route", whole, false)
	first.write(withdrawal(one))
	has("the default route again", whole, true)
	has("the condition is met again", two, true)
}

// A changeRow shows one clause that changes routes by what an internal neighbor is told of the rich route.
type changeRow struct {
	line string
	no   string
	more []string // lines before M
	rest []string // lines of M, and entries behind it
	out  bool     // M stands at the taker on the way out
	// with and without are what it is told; without empty: richInside.
	with, without string
}

// richInside is the rich route as an internal neighbor is told of it.
const richInside = "[65002 7018] 10.0.0.2 egp med 50 lp 100 65002:1 RT:65001:1 1:2:3"

var changeRows = []changeRow{
	{line: "set as-path prepend 65020", with: "[65020 65002 7018] 10.0.0.2 egp med 50 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set as-path prepend last-as 2", no: "no set as-path prepend", with: "[65002 65002 65002 7018] 10.0.0.2 egp med 50 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set as-path exclude all", no: "no set as-path exclude", with: "[] 10.0.0.2 egp med 50 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set as-path exclude as-path-access-list A", more: []string{"bgp as-path access-list A permit ^7018$"}, with: "[65002] 10.0.0.2 egp med 50 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set as-path replace any 65030", with: "[65030 65030] 10.0.0.2 egp med 50 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set as-path replace as-path-access-list A 65030", more: []string{"bgp as-path access-list A permit ^7018$"}, with: "[65002 65030] 10.0.0.2 egp med 50 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set as-path exclude 7018", with: "[65002] 10.0.0.2 egp med 50 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set as-path replace 7018", with: "[65002 65001] 10.0.0.2 egp med 50 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set local-preference 300", with: "[65002 7018] 10.0.0.2 egp med 50 lp 300 65002:1 RT:65001:1 1:2:3"},
	{line: "set local-preference +20", no: "no set local-preference", with: "[65002 7018] 10.0.0.2 egp med 50 lp 120 65002:1 RT:65001:1 1:2:3"},
	{line: "set local-preference -20", no: "no set local-preference", with: "[65002 7018] 10.0.0.2 egp med 50 lp 80 65002:1 RT:65001:1 1:2:3"},
	{line: "set metric 9", with: "[65002 7018] 10.0.0.2 egp med 9 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set metric -7", no: "no set metric", with: "[65002 7018] 10.0.0.2 egp med 43 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set metric rtt", no: "no set metric", with: "[65002 7018] 10.0.0.2 egp med 0 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set metric +7", no: "no set metric", with: "[65002 7018] 10.0.0.2 egp med 57 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set min-metric 60", with: "[65002 7018] 10.0.0.2 egp med 60 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set max-metric 40", with: "[65002 7018] 10.0.0.2 egp med 40 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set origin incomplete", with: "[65002 7018] 10.0.0.2 incomplete med 50 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set community 65001:9", with: "[65002 7018] 10.0.0.2 egp med 50 lp 100 65001:9 RT:65001:1 1:2:3"},
	{line: "set community 65001:9 additive", no: "no set community", with: "[65002 7018] 10.0.0.2 egp med 50 lp 100 65002:1 65001:9 RT:65001:1 1:2:3"},
	{line: "set community none", with: "[65002 7018] 10.0.0.2 egp med 50 lp 100 RT:65001:1 1:2:3"},
	{line: "set comm-list C delete", more: []string{"bgp community-list standard C permit 65002:1"}, with: "[65002 7018] 10.0.0.2 egp med 50 lp 100 RT:65001:1 1:2:3"},
	{line: "set large-community none", with: "[65002 7018] 10.0.0.2 egp med 50 lp 100 65002:1 RT:65001:1"},
	{line: "set large-community 9:9:9", with: "[65002 7018] 10.0.0.2 egp med 50 lp 100 65002:1 RT:65001:1 9:9:9"},
	{line: "set large-community 9:9:9 additive", no: "no set large-community", with: "[65002 7018] 10.0.0.2 egp med 50 lp 100 65002:1 RT:65001:1 1:2:3 9:9:9"},
	{line: "set large-comm-list C delete", more: []string{"bgp large-community-list standard C permit 1:2:3"}, with: "[65002 7018] 10.0.0.2 egp med 50 lp 100 65002:1 RT:65001:1"},
	{line: "set extcommunity none", with: "[65002 7018] 10.0.0.2 egp med 50 lp 100 65002:1 1:2:3"},
	{line: "set extended-comm-list C delete", more: []string{"bgp extcommunity-list standard C permit rt 65001:1"}, with: "[65002 7018] 10.0.0.2 egp med 50 lp 100 65002:1 1:2:3"},
	{line: "set ip next-hop 10.0.0.9", with: "[65002 7018] 10.0.0.9 egp med 50 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set ip next-hop peer-address", out: true, with: "[65002 7018] 10.0.0.1 egp med 50 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "set ip next-hop unchanged", out: true, more: []string{"router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.3 next-hop-self", "exit", "exit"},
		without: "[65002 7018] 10.0.0.1 egp med 50 lp 100 65002:1 RT:65001:1 1:2:3", with: richInside},
	{line: "set atomic-aggregate", with: richInside + " atomic"},
	{line: "set aigp-metric 9", with: richInside + " aigp 9"},
	{line: "set aggregator as 65009 10.0.0.9", with: richInside + " aggregator 65009 0xa000009"},
	{line: "on-match next", rest: []string{"set metric 1", "route-map M permit 20", "set metric 2", "route-map M permit 10"}, with: "[65002 7018] 10.0.0.2 egp med 2 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "on-match goto 30", rest: []string{"set metric 1", "route-map M permit 20", "set metric 2", "route-map M permit 30", "set metric 3", "route-map M permit 10"},
		with: "[65002 7018] 10.0.0.2 egp med 3 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "continue", rest: []string{"set metric 1", "route-map M permit 20", "set metric 2", "route-map M permit 10"}, with: "[65002 7018] 10.0.0.2 egp med 2 lp 100 65002:1 RT:65001:1 1:2:3"},
	{line: "continue 30", rest: []string{"set metric 1", "route-map M permit 20", "set metric 2", "route-map M permit 30", "set metric 3", "route-map M permit 10"},
		with: "[65002 7018] 10.0.0.2 egp med 3 lp 100 65002:1 RT:65001:1 1:2:3"},
}

// Each clause that changes a route shows in what a neighbor is told of it, and its no form takes that back.
func TestChanges(t *testing.T) {
	t.Parallel()
	for _, row := range changeRows {
		t.Run(row.line, func(t *testing.T) {
			t.Parallel()
			taker := &station{as: 65001}
			l := clauseLab(t, taker, row.out, row.more, row.rest)
			in := func(line string) {
				t.Helper()
				if r := l.apply("route-map M permit 10", line); !r.Applied {
					t.Fatalf("%s: %+v", line, r)
				}
			}
			without, no := row.without, row.no
			if without == "" {
				without = richInside
			}
			if len(row.rest) > 0 && strings.HasPrefix(row.rest[0], "set metric 1") {
				without = "[65002 7018] 10.0.0.2 egp med 1 lp 100 65002:1 RT:65001:1 1:2:3"
			}
			if no == "" {
				no = "no " + row.line
			}
			l.expect(taker, without)
			in(row.line)
			l.expect(taker, row.with)
			in(no)
			l.expect(taker, without)
		})
	}
}

// What concerns IPv6 in policy: lists of its own, and next hops.
func TestIPv6Policy(t *testing.T) {
	t.Parallel()
	const one, two = "2001:db8:1::/48", "2001:db8:2::/48"
	both := []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast}
	from := with(asPath(65002), hop("2001:db8::2"))
	feeder := &station{as: 65002, asks: both, feed: [][]byte{announcement(one, from), announcement(two, from)}}
	taker := &station{as: 65001, asks: both}
	l := newLab(t, []*station{feeder, taker}, "route-map M permit 10", "exit", "router bgp 65001", "address-family ipv6 unicast",
		"neighbor 10.0.0.2 activate", "neighbor 10.0.0.3 activate", "neighbor 10.0.0.2 allow any in", "neighbor 10.0.0.3 allow any out", "neighbor 10.0.0.2 route-map M in")
	plain, none := "[65002] 2001:db8::2 lp 100", "-"
	is := func(what, first, second string) {
		t.Helper()
		l.until(what, func() bool { return taker.told(one) == first && taker.told(two) == second })
	}
	is("at first", plain, plain)
	l.apply("route-map M permit 10", "match ipv6 address prefix-list P")
	is("a list that does not exist", none, none)
	l.apply("ipv6 prefix-list P permit " + one)
	is("the prefix list", plain, none)
	l.apply("no ipv6 prefix-list P permit " + one)
	is("no line of it", none, none)
	l.apply("route-map M permit 10", "no match ipv6 address prefix-list P", "match ipv6 address A")
	l.apply("ipv6 access-list A permit " + two)
	is("the access list", none, plain)
	l.apply("no ipv6 access-list A permit " + two)
	is("no line of that", none, none)
	l.apply("route-map M permit 10", "no match ipv6 address A", "set ipv6 next-hop global 2001:db8::9")
	is("the next hop", "[65002] 2001:db8::9 lp 100", "[65002] 2001:db8::9 lp 100")
	l.apply("route-map M permit 10", "no set ipv6 next-hop global 2001:db8::9")
	is("its own next hop", plain, plain)
}

// A reflector keeps what a map has set on the way in.
func TestSetForReflection(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65001, feed: [][]byte{announcement(fed, with(asPath(7018), localPref(50)))}}
	taker := &station{as: 65001}
	l := newLab(t, []*station{feeder, taker}, "route-map M permit 10", "exit", "router bgp 65001", "address-family ipv4 unicast",
		"neighbor 10.0.0.2 route-reflector-client", "neighbor 10.0.0.2 route-map M in")
	const plain = "[7018] 10.0.0.2 lp 50 originator 0xa000002 cluster 0xa000001"
	l.expect(taker, plain)
	for _, c := range []struct{ line, no, want string }{
		{"set originator-id 10.0.0.9", "no set originator-id", "[7018] 10.0.0.2 lp 50 originator 0xa000009 cluster 0xa000001"},
		{"set extcommunity rt 65001:5", "no set extcommunity rt", "[7018] 10.0.0.2 lp 50 RT:65001:5 originator 0xa000002 cluster 0xa000001"},
		{"set extcommunity soo 65001:6", "no set extcommunity soo", "[7018] 10.0.0.2 lp 50 SoO:65001:6 originator 0xa000002 cluster 0xa000001"},
		{"set extcommunity nt 1.2.3.4:0", "no set extcommunity nt", "[7018] 10.0.0.2 lp 50 NT:1.2.3.4 originator 0xa000002 cluster 0xa000001"},
		{"set extcommunity color 7", "no set extcommunity color", "[7018] 10.0.0.2 lp 50 Color:00:7 originator 0xa000002 cluster 0xa000001"},
		{"set extcommunity bandwidth 100", "no set extcommunity bandwidth", "[7018] 10.0.0.2 lp 50 LB:65001:12500000 (100.000 Mbps) originator 0xa000002 cluster 0xa000001"},
	} {
		l.apply("route-map M permit 10", c.line)
		l.expect(taker, c.want)
		l.apply("route-map M permit 10", c.no)
		l.expect(taker, plain)
	}
}
