package parameters

import (
	"testing"

	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// A choiceRow shows one statement by which of two feeders' paths the receiver, 10.0.0.4, is told: 10.0.0.2's or 10.0.0.3's.
type choiceRow struct {
	name          string
	as            [2]uint32 // of the feeders
	first, second func(*wire.Editor)
	extra         []string // lines below router bgp that stand beside it
	af            bool
	mode          string // the line that leads to the statement; empty: as af says
	line, no      string // no empty: "no " and the line
	without, with string
}

func origin3(o uint8) func(*wire.Editor) { return func(e *wire.Editor) { e.SetOrigin(o) } }

var choiceRows = []choiceRow{
	{name: "weight", as: [2]uint32{65002, 65003}, first: asPath(65002), second: asPath(65003, 7), af: true, line: "neighbor 10.0.0.3 weight 5", no: "no neighbor 10.0.0.3 weight",
		without: "[65001 65002] 10.0.0.2", with: "[65001 65003 7] 10.0.0.3"},
	{name: "set weight", as: [2]uint32{65002, 65003}, first: asPath(65002), second: asPath(65003, 7), mode: "route-map M permit 10", line: "set weight 5",
		extra:   []string{"route-map M permit 10", "exit", "router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.3 route-map M in"},
		without: "[65001 65002] 10.0.0.2", with: "[65001 65003 7] 10.0.0.3"},
	{name: "import local-preference", as: [2]uint32{65002, 65003}, first: asPath(65002), second: asPath(65003, 7), af: true,
		line: "neighbor 10.0.0.3 import local-preference 101", no: "no neighbor 10.0.0.3 import local-preference",
		without: "[65001 65002] 10.0.0.2", with: "[65001 65003 7] 10.0.0.3"},
	{name: "default local-preference", as: [2]uint32{65002, 65003}, first: asPath(65002), second: asPath(65003, 7),
		extra: []string{"address-family ipv4 unicast", "neighbor 10.0.0.3 import local-preference 200", "exit-address-family"},
		line:  "bgp default local-preference 300", no: "no bgp default local-preference",
		without: "[65001 65003 7] 10.0.0.3", with: "[65001 65002] 10.0.0.2"},
	{name: "bestpath as-path ignore", as: [2]uint32{65002, 65003}, first: with(asPath(65002), origin3(wire.OriginIncomplete)), second: asPath(65003, 7),
		line: "bgp bestpath as-path ignore", without: "[65001 65002] 10.0.0.2 incomplete", with: "[65001 65003 7] 10.0.0.3"},
	{name: "always-compare-med", as: [2]uint32{65002, 65003}, first: with(asPath(65002), med(20)), second: with(asPath(65003), med(10)),
		line: "bgp always-compare-med", without: "[65001 65002] 10.0.0.2", with: "[65001 65003] 10.0.0.3"},
	{name: "bestpath med missing-as-worst", as: [2]uint32{65002, 65002}, first: asPath(65002), second: with(asPath(65002), med(10)),
		line: "bgp bestpath med missing-as-worst", without: "[65001 65002] 10.0.0.2", with: "[65001 65002] 10.0.0.3"},
	{name: "default local-preference of what has none", as: [2]uint32{65001, 65003}, first: with(asPath(65003, 9), localPref(150)), second: asPath(65003),
		line: "bgp default local-preference 200", no: "no bgp default local-preference",
		without: "[65001 65003 9] 10.0.0.2", with: "[65001 65003] 10.0.0.3"},
	{name: "disabled by shutdown", as: [2]uint32{65002, 65003}, first: asPath(65002), second: asPath(65003, 7), line: "neighbor 10.0.0.2 shutdown",
		without: "[65001 65002] 10.0.0.2", with: "[65001 65003 7] 10.0.0.3"},
	{name: "a peer-group's member", as: [2]uint32{65002, 65003}, first: asPath(65002), second: asPath(65003, 7),
		extra: []string{"neighbor PG peer-group", "address-family ipv4 unicast", "neighbor PG weight 5", "exit-address-family"},
		line:  "neighbor 10.0.0.3 peer-group PG", without: "[65001 65002] 10.0.0.2", with: "[65001 65003 7] 10.0.0.3"},
	{name: "a peer-group's weight", as: [2]uint32{65002, 65003}, first: asPath(65002), second: asPath(65003, 7), af: true,
		extra: []string{"neighbor PG peer-group", "neighbor 10.0.0.3 peer-group PG"},
		line:  "neighbor PG weight 5", no: "no neighbor PG weight", without: "[65001 65002] 10.0.0.2", with: "[65001 65003 7] 10.0.0.3"},
}

// Each statement of the decision moves the best path, and its no form moves it back. The feeders come up in turn and their
// routes are of one age, so that ties fall to the lower router ID.
func TestChoices(t *testing.T) {
	t.Parallel()
	for _, row := range choiceRows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			second := with(hop("10.0.0.3"), row.second)
			feeders := []*station{{as: row.as[0], feed: [][]byte{announcement(fed, row.first)}}, {as: row.as[1], feed: [][]byte{announcement(fed, second)}}}
			taker := &station{as: 65004}
			l := newLab(t, append(feeders, taker), append([]string{"bgp bestpath compare-routerid"}, row.extra...)...)
			in := func(line string) {
				t.Helper()
				lines := []string{line}
				if row.af {
					lines = []string{"address-family ipv4 unicast", line}
				} else if row.mode != "" {
					lines = []string{row.mode, line}
				}
				if r := l.apply(lines...); !r.Applied {
					t.Fatalf("%s: %+v", line, r)
				}
			}
			both := func() bool {
				return l.neighbor("10.0.0.2").Families[0].Received == 1 && l.neighbor("10.0.0.3").Families[0].Received == 1
			}
			l.until("both feeders are heard", both)
			l.expect(taker, row.without)
			in(row.line)
			l.expect(taker, row.with)
			no := row.no
			if no == "" {
				no = "no " + row.line
			}
			in(no)
			l.expect(taker, row.without)
		})
	}
}

// solo keeps a neighbor out of the update group that equal treatment would put it in.
func TestSolo(t *testing.T) {
	t.Parallel()
	a, b := &station{as: 65002}, &station{as: 65002}
	l := newLab(t, []*station{a, b})
	groups := func() (int, int) {
		return l.neighbor("10.0.0.2").Families[0].UpdateGroup, l.neighbor("10.0.0.3").Families[0].UpdateGroup
	}
	l.until("one group", func() bool { x, y := groups(); return x > 0 && x == y })
	l.apply("neighbor 10.0.0.3 solo")
	l.until("two groups", func() bool { x, y := groups(); return x > 0 && y > 0 && x != y })
	if a.heard(wire.CodeCease, wire.CeaseConfigChange) || b.heard(wire.CodeCease, wire.CeaseConfigChange) {
		t.Error("a session was reset")
	}
	l.apply("no neighbor 10.0.0.3 solo")
	l.until("one group again", func() bool { x, y := groups(); return x > 0 && x == y })
}

// An aggregate has the origin that is configured, else the worst of its routes.
func TestAggregateOrigin(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{announcement("198.51.1.0/24", with(asPath(65002), origin3(wire.OriginEGP)))}}
	taker := &station{as: 65003}
	l := newLab(t, []*station{feeder, taker})
	for _, c := range []struct{ line, origin string }{
		{"aggregate-address 198.51.0.0/16", " egp"}, {"aggregate-address 198.51.0.0/16 origin incomplete", " incomplete"},
		{"aggregate-address 198.51.0.0/16 origin igp", ""}, {"aggregate-address 198.51.0.0/16 as-set", " egp"},
	} {
		l.apply("address-family ipv4 unicast", c.line)
		l.until(c.line, func() bool {
			return taker.told(summary) == "[65001] 10.0.0.1"+c.origin+" med 0 atomic aggregator 65001 0xa000001"
		})
	}
}

// Without ebgp-requires-policy an external neighbor needs none.
func TestRequiresPolicy(t *testing.T) {
	t.Parallel()
	feeder, taker := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}, &station{as: 65003}
	l := newLab(t, []*station{feeder, taker}, "address-family ipv4 unicast", "no neighbor 10.0.0.2 allow any in", "no neighbor 10.0.0.3 allow any out")
	l.expect(taker, "-")
	if f := l.neighbor("10.0.0.2").Families[0]; f.DenyIn != api.DenyPolicy {
		t.Errorf("without a policy: %q", f.DenyIn)
	}
	l.apply("no bgp ebgp-requires-policy")
	l.expect(taker, "[65001 65002] 10.0.0.2")
	l.apply("bgp ebgp-requires-policy")
	l.expect(taker, "-")
}
