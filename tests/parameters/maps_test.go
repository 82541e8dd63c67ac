package parameters

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// explained is what the router says of a prefix, and of sending it to a neighbor where one is named: the texts of all refusals
// and rules, in one line each.
func (l *lab) explained(prefix, to string) string {
	l.t.Helper()
	x := must[api.Explanation](l.router, api.BGPExplain, api.ExplainParams{Prefix: netip.MustParsePrefix(prefix), To: to})
	var out []string
	for _, p := range x.Paths {
		if p.Refusal != nil {
			out = append(out, "refused: "+p.Refusal.Text)
		} else {
			out = append(out, string(p.Outcome)+": "+p.Rule)
		}
	}
	if s := x.Sending; s != nil && s.Refusal != nil {
		out = append(out, "withheld: "+s.Refusal.Text)
	} else if s != nil {
		out = append(out, "sent: "+s.Rule)
	}
	return strings.Join(out, "\n")
}

// says checks that an explanation has a text.
func (l *lab) says(prefix, to, text string) {
	l.t.Helper()
	if got := l.explained(prefix, to); !strings.Contains(got, text) {
		l.t.Errorf("explain %s to %q: %s\nwithout %q", prefix, to, got, text)
	}
}

// A network goes through its route map, which may change it, or keep it from all; an edit of the map or of a list behind it
// counts at once.
func TestNetworkRouteMap(t *testing.T) {
	t.Parallel()
	const own = "203.0.113.0/24"
	taker := &station{as: 65002}
	l := newLab(t, []*station{taker})
	is := func(what, want string) { t.Helper(); l.until(what, func() bool { return taker.told(own) == want }) }
	in := func(lines ...string) { l.apply(append([]string{"address-family ipv4 unicast"}, lines...)...) }

	result := l.apply("address-family ipv4 unicast", "network 203.0.113.0/24 route-map OWN")
	if len(result.Lines) == 0 || !strings.Contains(result.Lines[0].Text, "route-map OWN does not exist: network 203.0.113.0/24 is not announced") {
		t.Errorf("a map that does not exist: %+v", result.Lines)
	}
	is("without the map nothing", "-")
	l.says(own, "", "refused: route-map OWN does not exist")
	l.apply("route-map OWN permit 10", "match ip address prefix-list MINE", "set metric 7", "set community 65001:1", "exit",
		"ip prefix-list MINE permit 203.0.113.0/24")
	is("changed by the map", "[65001] 10.0.0.1 med 7 65001:1")
	l.says(own, "", "best: route-map OWN permit 10 (match ip address prefix-list MINE)")
	l.apply("ip prefix-list MINE seq 1 deny 203.0.113.0/24")
	is("the list refuses", "-")
	l.says(own, "", "refused: route-map OWN: no entry matches")
	l.apply("route-map OWN permit 20", "set as-path prepend 65001 65001")
	is("another entry", "[65001 65001 65001] 10.0.0.1 med 0")
	in("network 203.0.113.0/24")
	is("no map", "[65001] 10.0.0.1 med 0")
	in("network 203.0.113.0/24 route-map OWN")
	is("the map again", "[65001 65001 65001] 10.0.0.1 med 0")
	in("no network 203.0.113.0/24 route-map OWN")
	is("no network", "-")
}

// Routes of our own have no next hop, and those that are no aggregates have the default local preference.
func TestOwnRoutesInMaps(t *testing.T) {
	t.Parallel()
	const own, whole = "203.0.113.0/24", "203.0.0.0/16"
	feeder, taker := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}, &station{as: 65003}
	l := newLab(t, []*station{feeder, taker}, "route-map OUT permit 10", "exit", "route-map OWN permit 10", "exit", "router bgp 65001",
		"address-family ipv4 unicast", "network "+own+" route-map OWN", "aggregate-address "+whole, "neighbor 10.0.0.3 route-map OUT out")
	are := func(what string, prefixes ...string) {
		t.Helper()
		l.until(what, func() bool {
			for _, p := range prefixes {
				if taker.told(p) == "-" {
					return false
				}
			}
			return taker.told(fed) != "" && taker.count() == len(prefixes)
		})
	}
	are("all", fed, own, whole)
	l.apply("route-map OUT permit 10", "match ip next-hop type blackhole")
	are("our own", own, whole)
	l.apply("route-map OUT permit 10", "match ipv6 next-hop type blackhole")
	are("nothing is without a next hop of both families")
	l.apply("route-map OUT permit 10", "no match ip next-hop type blackhole", "no match ipv6 next-hop type blackhole")
	are("all again", fed, own, whole)
	l.apply("route-map OWN permit 10", "match local-preference 100")
	are("the default local preference", fed, own, whole)
	l.apply("bgp default local-preference 200")
	are("another one", fed)
	l.says(own, "", "refused: route-map OWN: no entry matches")
	l.apply("route-map OWN permit 10", "match local-preference 200")
	are("the map follows", fed, own, whole)
	l.apply("address-family ipv4 unicast", "aggregate-address "+whole+" route-map OWN")
	are("an aggregate has none", fed, own)
}

// An aggregate's route map changes the aggregate or keeps it from all; its suppress-map chooses what it stands for, and a
// neighbor's unsuppress-map brings some of that back.
func TestAggregateMaps(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{
		announcement("198.51.1.0/24", with(asPath(65002), community(1))), announcement("198.51.2.0/24", with(asPath(65002), community(2))),
	}}
	taker, other := &station{as: 65003}, &station{as: 65004}
	l := newLab(t, []*station{feeder, taker, other}, "route-map SHAPE permit 10", "set metric 9", "set community 65001:9", "exit",
		"route-map HIDE permit 10", "match community ONE", "exit", "bgp community-list standard ONE permit 0:1",
		"route-map BACK permit 10", "match ip address prefix-list FIRST", "set metric 4", "exit", "ip prefix-list FIRST permit 198.51.1.0/24")
	in := func(lines ...string) api.ApplyResult {
		return l.apply(append([]string{"address-family ipv4 unicast"}, lines...)...)
	}
	is := func(what string, s *station, aggregate, one, two string) {
		t.Helper()
		l.until(what, func() bool {
			return s.told(summary) == aggregate && s.told("198.51.1.0/24") == one && s.told("198.51.2.0/24") == two
		})
	}
	const plain = "[65001] 10.0.0.1 med 0 atomic aggregator 65001 0xa000001"
	const shaped = "[65001] 10.0.0.1 med 9 65001:9 atomic aggregator 65001 0xa000001"
	const one, two, back = "[65001 65002] 10.0.0.2 0:1", "[65001 65002] 10.0.0.2 0:2", "[65001 65002] 10.0.0.2 med 4 0:1"

	in("aggregate-address 198.51.0.0/16 route-map SHAPE")
	is("shaped", taker, shaped, one, two)
	l.says(summary, "", "best: route-map SHAPE permit 10")
	l.apply("route-map SHAPE deny 5")
	is("refused", taker, "-", one, two)
	l.says(summary, "", "refused: route-map SHAPE deny 5")
	in("aggregate-address 198.51.0.0/16 route-map SHAPE summary-only")
	is("a refused aggregate stands for nothing", taker, "-", one, two)
	l.apply("no route-map SHAPE deny 5")
	is("shaped and alone", taker, shaped, "-", "-")
	in("aggregate-address 198.51.0.0/16 suppress-map HIDE")
	is("it stands for one", taker, plain, "-", two)
	l.says("198.51.1.0/24", "10.0.0.3", "withheld: suppressed by aggregate 198.51.0.0/16, suppress-map: route-map HIDE permit 10 (match community ONE)")
	hidden := func() uint64 {
		return must[api.PolicyMapsResult](l.router, api.PolicyMaps, api.PolicyMapsParams{Name: "HIDE"}).Maps[0].Invoked
	}
	before := hidden()
	var marks []string
	for _, r := range must[api.RoutesPage](l.router, api.BGPRoutes, api.RoutesParams{Family: api.IPv4Unicast, View: api.ViewTable}).Routes {
		marks = append(marks, fmt.Sprint(r.Prefix, r.Paths[0].Aggregate, r.Paths[0].Suppressed))
	}
	if got, want := strings.Join(marks, "; "), "198.51.0.0/16 true false; 198.51.1.0/24 false true; 198.51.2.0/24 false false"; got != want {
		t.Errorf("in the table, aggregate and suppressed: %s", got)
	}
	if after := hidden(); after != before {
		t.Errorf("%d routes were asked of the suppress-map, and %d when somebody had looked at the table", before, after)
	}
	in("neighbor 10.0.0.4 unsuppress-map BACK")
	is("brought back", other, plain, back, two)
	is("not for the other", taker, plain, "-", two)
	l.says("198.51.1.0/24", "10.0.0.4", "sent: route-map BACK permit 10")
	l.apply("no ip prefix-list FIRST")
	is("nothing comes back", other, plain, "-", two)
	l.apply("bgp community-list standard ONE permit 0:2")
	is("the suppress-map's list has another line", taker, plain, "-", "-")
	in("no neighbor 10.0.0.4 unsuppress-map BACK")
	if r := in("aggregate-address 198.51.0.0/16 summary-only suppress-map HIDE"); r.Applied {
		t.Errorf("two ways to suppress: %+v", r)
	}
	in("aggregate-address 198.51.0.0/16 suppress-map NONE")
	is("a map that is not there suppresses nothing", taker, plain, one, two)
	in("no aggregate-address 198.51.0.0/16")
	is("no aggregate", taker, "-", one, two)
}

// default-originate with a route map announces a default route while the map permits a route in use, changed as the map says.
func TestDefaultOriginateRouteMap(t *testing.T) {
	t.Parallel()
	const dflt = "0.0.0.0/0"
	feeder, taker := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}, &station{as: 65003}
	l := newLab(t, []*station{feeder, taker}, "route-map IF permit 10", "match ip address prefix-list UP", "set metric 5", "exit",
		"ip prefix-list UP permit 192.0.2.0/24", "router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.3 default-originate route-map IF")
	is := func(what, want string) { t.Helper(); l.until(what, func() bool { return taker.told(dflt) == want }) }
	is("no route meets it", "-")
	l.says(dflt, "10.0.0.3", "withheld")
	feeder.write(announcement("192.0.2.0/24", asPath(65002)))
	is("a route meets it", "[65001] 10.0.0.1 med 5")
	l.until("it says so", func() bool { return l.neighbor("10.0.0.3").Families[0].DefaultSent })
	feeder.write(withdrawal("192.0.2.0/24"))
	is("the route is gone", "-")
	l.apply("ip prefix-list UP permit "+fed, "route-map IF permit 10", "set metric 6")
	is("the map permits another", "[65001] 10.0.0.1 med 6")
	feeder.write(announcement(dflt, asPath(65002)))
	l.apply("no route-map IF")
	is("without the map the table's own", "[65001 65002] 10.0.0.2")
	l.apply("address-family ipv4 unicast", "neighbor 10.0.0.3 default-originate")
	is("without a condition ours", "[65001] 10.0.0.1 med 0")
	l.apply("address-family ipv4 unicast", "no neighbor 10.0.0.3 default-originate")
	is("not at all", "[65001 65002] 10.0.0.2")
}

// Of the entries of default-originate's map that routes in use pass, the first one makes the default route, whichever route came first.
func TestDefaultOriginateFirstEntry(t *testing.T) {
	t.Parallel()
	const first, second = "192.0.2.0/24", "198.51.100.0/24"
	feeder, taker := &station{as: 65002, feed: [][]byte{announcement(second, asPath(65002))}}, &station{as: 65003}
	l := newLab(t, []*station{feeder, taker}, "ip prefix-list FIRST permit "+first, "ip prefix-list SECOND permit "+second,
		"route-map IF permit 10", "match ip address prefix-list FIRST", "set metric 1",
		"route-map IF permit 20", "match ip address prefix-list SECOND", "set metric 2", "exit",
		"router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.3 default-originate route-map IF")
	is := func(what, med string) {
		t.Helper()
		want := "[65001] 10.0.0.1 med " + med
		l.until(what, func() bool { return taker.told("0.0.0.0/0") == want })
	}
	is("a route passes the second entry", "2")
	feeder.write(announcement(first, asPath(65002)))
	is("one passes the first", "1")
	l.apply("no route-map IF permit 10")
	is("the first entry is gone", "2")
	l.apply("route-map IF permit 30", "set metric 3")
	feeder.write(withdrawal(second))
	is("one passes the third", "3")
	feeder.write(announcement(second, asPath(65002)))
	is("the second entry again", "2")
}

// allowas-in with a route map takes those routes with our AS in the path that the map permits, as often as it is allowed.
func TestAllowASInRouteMap(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{
		announcement("198.51.1.0/24", asPath(65002, 65001)), announcement("198.51.2.0/24", asPath(65002, 65001)),
		announcement("198.51.3.0/24", asPath(65002, 65001, 65001)), announcement("198.51.4.0/24", asPath(65002)),
	}}
	taker := &station{as: 65003}
	l := newLab(t, []*station{feeder, taker}, "route-map SITES permit 10", "match ip address prefix-list SITES", "exit",
		"ip prefix-list SITES permit 198.51.1.0/24", "ip prefix-list SITES permit 198.51.3.0/24")
	is := func(what string, want ...string) {
		t.Helper()
		l.until(what, func() bool {
			for _, p := range want {
				if taker.told("198.51."+p+".0/24") == "-" {
					return false
				}
			}
			return taker.count() == len(want)
		})
	}
	in := func(line string) { l.apply("address-family ipv4 unicast", line) }
	is("no loops", "4")
	in("neighbor 10.0.0.2 allowas-in route-map SITES 1")
	is("one site", "1", "4")
	l.says("198.51.2.0/24", "", "allowas-in: route-map SITES: no entry matches")
	in("neighbor 10.0.0.2 allowas-in route-map SITES")
	is("twice as well", "1", "3", "4")
	l.apply("no ip prefix-list SITES permit 198.51.1.0/24")
	is("the list changed", "3", "4")
	l.apply("ip prefix-list SITES permit 198.51.2.0/24")
	feeder.write(announcement("198.51.2.0/24", with(asPath(65002, 65001), med(3))))
	is("and what comes", "2", "3", "4")
	in("no neighbor 10.0.0.2 allowas-in")
	is("no loops again", "4")
}

// Conditional advertisement holds back what one map permits while another permits some route in use, or none, and sends it
// through the first.
func TestConditionalAdvertisement(t *testing.T) {
	t.Parallel()
	const watched, backup, other = "192.0.2.0/24", "198.51.1.0/24", "198.51.2.0/24"
	feeder := &station{as: 65002, feed: [][]byte{announcement(backup, asPath(65002)), announcement(other, asPath(65002)), announcement(watched, asPath(65002))}}
	taker := &station{as: 65003}
	l := newLab(t, []*station{feeder, taker}, "route-map BACKUP permit 10", "match ip address prefix-list BACKUP", "set metric 7", "exit",
		"route-map UP permit 10", "match ip address prefix-list WATCHED", "exit",
		"ip prefix-list BACKUP permit "+backup, "ip prefix-list WATCHED permit "+watched)
	in := func(line string) { l.apply("address-family ipv4 unicast", line) }
	is := func(what, want string) {
		t.Helper()
		l.until(what, func() bool { return taker.told(backup) == want && taker.told(other) == "[65001 65002] 10.0.0.2" })
	}
	const plain, through = "[65001 65002] 10.0.0.2", "[65001 65002] 10.0.0.2 med 7"
	invoked := func(what string, want uint64) {
		t.Helper()
		for _, m := range must[api.PolicyMapsResult](l.router, api.PolicyMaps, api.PolicyMapsParams{Name: "BACKUP"}).Maps {
			if m.Entries[0].Invoked != want {
				t.Errorf("%s: %d routes have matched, want %d", what, m.Entries[0].Invoked, want)
			}
		}
		must[api.None](l.router, api.PolicyClear, api.PolicyClearParams{Maps: true})
	}
	is("without a condition", plain)
	in("neighbor 10.0.0.3 advertise-map BACKUP non-exist-map UP")
	is("the watched route is there", "-")
	invoked("withheld", 1)
	l.says(backup, "10.0.0.3", "withheld: advertise-map BACKUP: some route in use passes route-map UP (non-exist-map)")
	feeder.write(withdrawal(watched))
	is("it is gone", through)
	invoked("sent", 1)
	l.says(backup, "10.0.0.3", "sent: route-map BACKUP permit 10 (match ip address prefix-list BACKUP)")
	if f := l.neighbor("10.0.0.3").Families[0]; !f.Advertising || f.AdvertiseMap != "BACKUP" || f.ConditionMap != "UP" || !f.Unless {
		t.Errorf("shown as %+v", f)
	}
	in("no neighbor 10.0.0.3 advertise-map BACKUP non-exist-map UP")
	in("neighbor 10.0.0.3 advertise-map BACKUP exist-map UP")
	is("no route to go with", "-")
	feeder.write(announcement(watched, asPath(65002)))
	is("now there is one", through)
	l.apply("no ip prefix-list WATCHED")
	is("the condition's list is gone", "-")
	l.apply("no route-map BACKUP")
	is("a map that is not there is about no route", plain)
	in("no neighbor 10.0.0.3 advertise-map BACKUP exist-map UP")
	is("no condition", plain)
}

// What conditional advertisement lets go meets the neighbor's route map as well, which sees what the first map has set and may refuse it.
func TestConditionalAdvertisementAndMap(t *testing.T) {
	t.Parallel()
	const watched, backup = "192.0.2.0/24", "198.51.1.0/24"
	feeder := &station{as: 65002, feed: [][]byte{announcement(backup, asPath(65002)), announcement(watched, asPath(65002))}}
	taker := &station{as: 65003}
	l := newLab(t, []*station{feeder, taker}, "route-map BACKUP permit 10", "match ip address prefix-list BACKUP", "set metric 7", "exit",
		"route-map UP permit 10", "match ip address prefix-list WATCHED", "exit", "route-map OUT permit 10", "set as-path prepend 65001", "exit",
		"ip prefix-list BACKUP permit "+backup, "ip prefix-list WATCHED permit "+watched)
	in := func(line string) { l.apply("address-family ipv4 unicast", line) }
	is := func(what, want string) {
		t.Helper()
		l.until(what, func() bool { return taker.told(backup) == want })
	}
	const plain, both = "[65001 65001 65002] 10.0.0.2", "[65001 65001 65002] 10.0.0.2 med 7"
	in("neighbor 10.0.0.3 route-map OUT out")
	is("the map alone", plain)
	in("neighbor 10.0.0.3 advertise-map BACKUP exist-map UP")
	is("both maps", both)
	l.says(backup, "10.0.0.3", "sent: route-map OUT permit 10")
	l.apply("no route-map OUT permit 10", "route-map OUT deny 5", "match metric 7", "exit", "route-map OUT permit 10", "exit")
	is("refused for what the first has set", "-")
	l.says(backup, "10.0.0.3", "withheld: route-map OUT deny 5 (match metric 7)")
	in("no neighbor 10.0.0.3 advertise-map BACKUP exist-map UP")
	is("the other map alone", "[65001 65002] 10.0.0.2")
	in("neighbor 10.0.0.3 advertise-map BACKUP exist-map UP")
	is("refused again", "-")
	l.apply("no route-map OUT")
	is("a map that is not there refuses", "-")
	in("no neighbor 10.0.0.3 route-map OUT out")
	is("no map", "[65001 65002] 10.0.0.2 med 7")
	in("aggregate-address 198.51.0.0/16 summary-only")
	is("suppressed", "-")
	l.apply("route-map BACK permit 10", "set community 65001:3", "exit")
	in("neighbor 10.0.0.3 unsuppress-map BACK")
	is("brought back through both", "[65001 65002] 10.0.0.2 med 7 65001:3")
	l.apply("no ip prefix-list WATCHED")
	is("not without the condition", "-")
}

// A map with a line that is held back refuses all, and the neighbor that it stands at says so.
func TestHeldBackMap(t *testing.T) {
	t.Parallel()
	feeder, taker := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}, &station{as: 65003}
	l := newLab(t, []*station{feeder, taker}, "route-map BAD permit 10", "match rpki invalid", "exit", "route-map GOOD permit 10", "match as-path LATER", "exit")
	l.expect(taker, "[65001 65002] 10.0.0.2")
	deny := func() (in, out api.Deny) { f := l.neighbor("10.0.0.2").Families[0]; return f.DenyIn, f.DenyOut }
	l.apply("address-family ipv4 unicast", "neighbor 10.0.0.2 route-map BAD in")
	l.expect(taker, "-")
	if in, out := deny(); in != api.DenyConfig || out != "" {
		t.Errorf("denied in %q, out %q", in, out)
	}
	l.says(fed, "", "route-map BAD refuses all: a line of it is held back")
	l.apply("address-family ipv4 unicast", "neighbor 10.0.0.2 route-map GOOD in")
	if in, _ := deny(); in != "" {
		t.Errorf("a list that does not exist: denied in %q", in)
	}
	l.apply("address-family ipv4 unicast", "no neighbor 10.0.0.2 route-map GOOD in")
	l.expect(taker, "[65001 65002] 10.0.0.2")
}

// Communities that ask for something work as well where an inbound map has put them on a route, and not where it has removed them.
func TestMapSetsAskingCommunities(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002)), announcement("192.0.2.0/24", with(asPath(65002), community(0xffff0000)))}}
	taker := &station{as: 65001}
	l := newLab(t, []*station{feeder, taker}, "route-map IN permit 10", "match ip address prefix-list FED", "set community graceful-shutdown", "exit",
		"route-map IN permit 20", "set community none", "exit", "ip prefix-list FED permit "+fed,
		"router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.2 route-map IN in")
	is := func(what, one, two string) {
		t.Helper()
		l.until(what, func() bool { return taker.told(fed) == one && taker.told("192.0.2.0/24") == two })
	}
	is("from the first table", "[65002] 10.0.0.2 lp 0 65535:0", "[65002] 10.0.0.2 lp 100")
	feeder.write(announcement(fed, asPath(65002, 3356)))
	feeder.write(announcement("192.0.2.0/24", with(asPath(65002, 3356), community(0xffff0000))))
	is("as they arrive", "[65002 3356] 10.0.0.2 lp 0 65535:0", "[65002 3356] 10.0.0.2 lp 100")
	feeder.write(announcement(fed, asPath(65002)))
	feeder.write(announcement("192.0.2.0/24", with(asPath(65002), community(0xffff0000))))
	l.apply("route-map IN permit 10", "set community blackhole", "exit")
	is("judged again", "[65002] 10.0.0.2 lp 100 65535:666 65535:65281", "[65002] 10.0.0.2 lp 100")
	l.apply("route-map IN permit 10", "set local-preference 70", "set community graceful-shutdown", "exit")
	is("the map's local preference gives way", "[65002] 10.0.0.2 lp 0 65535:0", "[65002] 10.0.0.2 lp 100")
}

// Each route counts at the entries that it passes, also where it has the attributes of others: as it comes, as it is sent, and when it is
// judged again.
func TestMapHits(t *testing.T) {
	t.Parallel()
	e := wire.NewEditor(nil)
	with(asPath(65002), hop("10.0.0.2"))(e)
	e.SetOrigin(wire.OriginIGP)
	var nlri []wire.NLRI
	for i := range 3 {
		nlri = append(nlri, wire.NLRI{Prefix: wire.PrefixFrom(netip.MustParsePrefix(fmt.Sprintf("198.51.%d.0/24", i)))})
	}
	update, _ := wire.AppendReach(nil, e.Attrs(), wire.IPv4Unicast, nlri, &wire.Encoding{AS4: true})
	feeder, taker := &station{as: 65002}, &station{as: 65001}
	var lines []string
	for _, name := range []string{"IN", "OUT"} {
		lines = append(lines, "route-map "+name+" permit 10", "match ip address prefix-list ONE", "exit", "route-map "+name+" permit 20", "exit")
	}
	l := newLab(t, []*station{feeder, taker}, append(lines, "ip prefix-list ONE permit 198.51.1.0/24", "router bgp 65001",
		"address-family ipv4 unicast", "neighbor 10.0.0.2 route-map IN in", "neighbor 10.0.0.3 route-map OUT out")...)
	hits := func() (out string) {
		for _, m := range must[api.PolicyMapsResult](l.router, api.PolicyMaps, api.PolicyMapsParams{}).Maps {
			out += fmt.Sprint(m.Name, " ", m.Invoked)
			for _, e := range m.Entries {
				out += fmt.Sprint(", ", e.Invoked, " ", e.LastPrefix)
			}
			out += "; "
		}
		return out
	}
	l.until("the feeder and the taker are there", func() bool { return feeder.told(fed) == "-" && taker.told(fed) == "-" })
	feeder.write(update)
	told := func(med string) func() bool {
		return func() bool {
			return taker.told("198.51.0.0/24") == "[65002] 10.0.0.2"+med+" lp 100" && taker.told("198.51.2.0/24") == "[65002] 10.0.0.2"+med+" lp 100" && taker.count() == 3
		}
	}
	l.until("three routes", told(""))
	const want = "IN 3, 1 198.51.1.0/24, 2 198.51.2.0/24; OUT 3, 1 198.51.1.0/24, 2 198.51.2.0/24; "
	if got := hits(); got != want {
		t.Errorf("as they come: %s\nwant %s", got, want)
	}
	must[api.None](l.router, api.PolicyClear, api.PolicyClearParams{Maps: true})
	l.apply("route-map IN permit 20", "set metric 5")
	l.until("judged again", told(" med 5"))
	const again = "IN 3, 1 198.51.1.0/24, 2 198.51.2.0/24; OUT 2, 0 invalid Prefix, 2 198.51.2.0/24; " // one is as it was
	if got := hits(); got != again {
		t.Errorf("judged again: %s\nwant %s", got, again)
	}
	for _, p := range []api.PolicyTestParams{{Map: "OUT", Neighbor: "10.0.0.2"}, {Map: "IN", Neighbor: "10.0.0.3", Out: true}} {
		must[api.PolicyTestResult](l.router, api.PolicyTest, p)
	}
	if got := hits(); got != again {
		t.Errorf("after trials: %s\nwant %s", got, again)
	}
}

// Under bgp graceful-shutdown our own routes are in the table as received ones are: their maps do not undo it, maps on the way out see it.
func TestOwnRoutesLeave(t *testing.T) {
	t.Parallel()
	const network, mapped, summary, dflt = "192.0.2.0/24", "192.0.3.0/24", "198.51.0.0/16", "0.0.0.0/0"
	feeder, taker := &station{as: 65002, feed: [][]byte{announcement("198.51.1.0/24", asPath(65002))}}, &station{as: 65001}
	l := newLab(t, []*station{feeder, taker}, "route-map OWN permit 10", "set local-preference 70", "exit",
		"route-map OUT permit 10", "match local-preference 0", "set metric 9", "route-map OUT permit 20", "exit",
		"router bgp 65001", "address-family ipv4 unicast", "network "+network, "network "+mapped+" route-map OWN", "aggregate-address "+summary,
		"neighbor 10.0.0.3 route-map OUT out", "neighbor 10.0.0.3 default-originate")
	is := func(what string, want map[string]string) {
		t.Helper()
		l.until(what, func() bool {
			for p, told := range want {
				if taker.told(p) != told {
					return false
				}
			}
			return true
		})
	}
	stays := map[string]string{network: "[] 10.0.0.1 med 0 lp 100", mapped: "[] 10.0.0.1 med 0 lp 70", dflt: "[] 10.0.0.1 med 0 lp 100", "198.51.1.0/24": "[65002] 10.0.0.2 lp 100"}
	is("nobody goes", stays)
	l.until("the aggregate is there", func() bool { return taker.told(summary) != "-" })
	summaryStays := taker.told(summary)
	l.apply("bgp graceful-shutdown")
	goes := "[] 10.0.0.1 med 9 lp 0 65535:0"
	is("everything goes", map[string]string{network: goes, mapped: goes, dflt: "[] 10.0.0.1 med 0 lp 0 65535:0", "198.51.1.0/24": "[65002] 10.0.0.2 med 9 lp 0 65535:0"})
	l.until("the aggregate too", func() bool {
		told := taker.told(summary)
		return strings.Contains(told, "med 9 lp 0") && strings.Contains(told, "65535:0")
	})
	l.apply("no bgp graceful-shutdown")
	stays[summary] = summaryStays
	is("nobody goes any more", stays)
}
