package parameters

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"bgpsh/ipc/api"
)

// trialText is the result of a trial in short: a line for each neighbor and direction in which something differs, its
// examples, and the best paths that would move.
func trialText(r *api.PolicyTestResult) string {
	var out []string
	for _, n := range r.Neighbors {
		dir := "in"
		if n.Out {
			dir = "out"
		}
		out = append(out, fmt.Sprintf("%s %s %d: +%d -%d ~%d", n.Neighbor, dir, n.Routes, n.Accepted, n.Refused, n.Changed))
		for _, x := range n.Examples {
			out = append(out, fmt.Sprintf("  %s %s %s", x.Prefix, x.What, x.Rule))
		}
	}
	for _, m := range r.MoveExamples {
		out = append(out, fmt.Sprintf("  %s %s -> %s", m.Prefix, m.From, m.To))
	}
	return strings.Join(append(out, fmt.Sprint("moves ", r.Moves)), "\n")
}

// crossing is two feeders with two prefixes in common, and one that takes. The first feeder's paths are the better ones.
func crossing(t *testing.T, lines ...string) (*lab, *station) {
	t.Helper()
	first := &station{as: 65002, feed: [][]byte{announcement("198.51.1.0/24", asPath(65002)), announcement("198.51.2.0/24", asPath(65002))}}
	second := &station{as: 65003, feed: [][]byte{announcement("198.51.1.0/24", asPath(65003, 7)), announcement("198.51.2.0/24", asPath(65003, 7))}}
	taker := &station{as: 65004}
	l := newLab(t, []*station{first, second, taker}, lines...)
	l.until("all is there", func() bool {
		return taker.told("198.51.1.0/24") == "[65001 65002] 10.0.0.2" && taker.told("198.51.2.0/24") == "[65001 65002] 10.0.0.2" &&
			l.neighbor("10.0.0.3").Families[0].Received == 2
	})
	return l, taker
}

var crossingMaps = []string{
	"ip prefix-list ONE permit 198.51.1.0/24", "route-map TRY deny 10", "match ip address prefix-list ONE", "exit",
	"route-map TRY permit 20", "set metric 3", "exit",
}

// show bgp policy test tells what a map would do at each neighbor or at one, in or out, to all routes or some, and does none
// of it.
func TestPolicyTest(t *testing.T) {
	t.Parallel()
	l, taker := crossing(t, crossingMaps...)
	const denied, passed = "route-map TRY deny 10 (match ip address prefix-list ONE)", "route-map TRY permit 20"
	in := func(p string) string {
		return p + " in 2: +0 -1 ~1\n  198.51.1.0/24 refused " + denied + "\n  198.51.2.0/24 changed " + passed
	}
	out := "10.0.0.4 out 2: +0 -1 ~1\n  198.51.1.0/24 refused " + denied + "\n  198.51.2.0/24 changed " + passed
	for _, row := range []struct {
		p    api.PolicyTestParams
		want string
	}{
		{api.PolicyTestParams{Neighbor: "10.0.0.2"}, in("10.0.0.2") + "\n  198.51.1.0/24 10.0.0.2 -> 10.0.0.3\nmoves 1"},
		{api.PolicyTestParams{Neighbor: "10.0.0.3"}, in("10.0.0.3") + "\nmoves 0"},
		{api.PolicyTestParams{}, in("10.0.0.2") + "\n" + in("10.0.0.3") + "\n10.0.0.4 in 0: +0 -0 ~0\n  198.51.1.0/24 10.0.0.2 -> \nmoves 1"},
		{api.PolicyTestParams{Neighbor: "10.0.0.2", Prefix: netip.MustParsePrefix("198.51.2.0/24")},
			"10.0.0.2 in 1: +0 -0 ~1\n  198.51.2.0/24 changed " + passed + "\nmoves 0"},
		{api.PolicyTestParams{Neighbor: "10.0.0.4", Out: true}, out + "\nmoves 0"},
		{api.PolicyTestParams{Neighbor: "10.0.0.4", Out: true, Prefix: netip.MustParsePrefix("198.51.1.0/24")},
			"10.0.0.4 out 2: +0 -1 ~0\n  198.51.1.0/24 refused " + denied + "\nmoves 0"},
		{api.PolicyTestParams{Neighbor: "10.0.0.2", Out: true}, "10.0.0.2 out 0: +0 -0 ~0\nmoves 0"},
		{api.PolicyTestParams{Neighbor: "10.0.0.2", Family: api.IPv6Unicast}, "moves 0"},
	} {
		row.p.Map = "TRY"
		r := must[api.PolicyTestResult](l.router, api.PolicyTest, row.p)
		if got := trialText(&r); got != row.want {
			t.Errorf("%+v:\n%s\nwanted\n%s", row.p, got, row.want)
		}
	}
	l.apply("no neighbor 10.0.0.4 allow any out")
	l.until("nothing is sent without a policy", func() bool { return taker.told("198.51.2.0/24") == "-" })
	r := must[api.PolicyTestResult](l.router, api.PolicyTest, api.PolicyTestParams{Map: "TRY", Neighbor: "10.0.0.4", Out: true})
	if got, want := trialText(&r), "10.0.0.4 out 0: +1 -0 ~0\n  198.51.2.0/24 accepted "+passed+"\nmoves 0"; got != want {
		t.Errorf("where nothing is sent now: %s, wanted %s", got, want)
	}
	if x := l.explained("198.51.1.0/24", "10.0.0.2"); !strings.Contains(x, "best: allow any") {
		t.Errorf("after the tests: %s", x)
	}
}

// commit check tells the same of all neighbors that a candidate treats otherwise.
func TestCommitCheck(t *testing.T) {
	t.Parallel()
	l, taker := crossing(t, crossingMaps...)
	check := func(lines ...string) string {
		t.Helper()
		must[api.EditResult](l.router, api.ConfigEdit, api.EditParams{Candidate: true})
		all := []api.Line{{Text: "router bgp 65001"}}
		for _, line := range lines {
			all = append(all, api.Line{Text: line})
		}
		if r := must[api.ApplyResult](l.router, api.CandidateApply, api.ApplyParams{Lines: all}); !r.Applied {
			t.Fatalf("%q: %+v", lines, r.Lines)
		}
		r := must[api.CommitResult](l.router, api.CandidateCommit, api.CandidateCommitParams{Check: true})
		must[api.DiscardResult](l.router, api.CandidateDiscard, api.None{})
		if r.Applied {
			t.Errorf("%q: a check was applied", lines)
		}
		if r.Trial == nil {
			return ""
		}
		return trialText(r.Trial)
	}
	const moved = "\n  198.51.1.0/24 10.0.0.2 -> 10.0.0.3\n  198.51.2.0/24 10.0.0.2 -> 10.0.0.3\nmoves 2"
	for _, row := range []struct {
		lines []string
		want  string
	}{
		{[]string{"neighbor 10.0.0.2 description nothing"}, ""},
		{[]string{"address-family ipv4 unicast", "neighbor 10.0.0.2 route-map TRY in"},
			"10.0.0.2 in 2: +0 -1 ~1\n  198.51.1.0/24 refused route-map TRY deny 10 (match ip address prefix-list ONE)\n" +
				"  198.51.2.0/24 changed route-map TRY permit 20\n  198.51.1.0/24 10.0.0.2 -> 10.0.0.3\nmoves 1"},
		{[]string{"address-family ipv4 unicast", "neighbor 10.0.0.3 weight 9"},
			"10.0.0.3 in 2: +0 -0 ~2\n  198.51.1.0/24 changed allow any\n  198.51.2.0/24 changed allow any" + moved},
		{[]string{"address-family ipv4 unicast", "neighbor 10.0.0.4 next-hop-self"},
			"10.0.0.4 out 2: +0 -0 ~2\n  198.51.1.0/24 changed allow any\n  198.51.2.0/24 changed allow any\nmoves 0"},
		{[]string{"no neighbor 10.0.0.2"},
			"10.0.0.2 in 2: +0 -2 ~0\n  198.51.1.0/24 refused the session would end\n  198.51.2.0/24 refused the session would end" + moved},
		{[]string{"address-family ipv4 unicast", "aggregate-address 198.51.0.0/16"}, ""},
	} {
		if got := check(row.lines...); got != row.want {
			t.Errorf("%q:\n%s\nwanted\n%s", row.lines, got, row.want)
		}
	}
	if taker.told("198.51.1.0/24") != "[65001 65002] 10.0.0.2" {
		t.Error("a check changed something")
	}
}
