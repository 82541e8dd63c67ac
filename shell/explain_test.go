package shell

import (
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"bgpsh/ipc/api"
)

var (
	explained = netip.MustParsePrefix("10.1.0.0/16")
	noon      = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

// verdictOf makes a candidate.
func verdictOf(name, hop, path string, outcome api.Outcome) api.PathVerdict {
	return api.PathVerdict{Path: api.Path{Neighbor: name, NextHop: netip.MustParseAddr(hop), ASPath: path, Best: outcome == api.OutcomeBest}, Outcome: outcome}
}

// printed renders an explanation in a window of so many columns; 0: none.
func printed(t *testing.T, x *api.Explanation, p api.ExplainParams, columns int) string {
	t.Helper()
	if !p.Address.IsValid() {
		p.Prefix = explained
	}
	var b strings.Builder
	if err := printExplanation(&output{Writer: &b, columns: columns}, x, &p, noon); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func sample() *api.Explanation {
	best := verdictOf("10.0.0.2", "10.0.0.2", "65002", api.OutcomeBest)
	best.Hostname, best.Step, best.Own, best.Other, best.Versus = "r2", "AS Path", "1", "2", "10.0.0.3"
	lost := verdictOf("10.0.0.3", "10.0.0.3", "65003 65002", api.OutcomeLost)
	lost.Step, lost.Own, lost.Other, lost.Versus, lost.Rule = "AS Path", "2", "1", "10.0.0.2", "route-map IN permit 10"
	refused := verdictOf("10.0.0.4", "10.0.0.4", "65004", api.OutcomeRefused)
	refused.Refusal = &api.Refusal{Stage: api.StageMissingPolicy, Text: "no policy for routes from 10.0.0.4",
		Lines: []string{"router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.4 allow any in"}}
	mapped := verdictOf("10.0.0.5", "10.0.0.5", "65005", api.OutcomeRefused)
	mapped.Refusal = &api.Refusal{Stage: api.StagePolicy, Text: "route-map IN: no entry matches", Steps: []api.PolicyStep{
		{Map: "IN", Seq: 10, Permit: true, Clause: "match community BH"}, {Map: "SUB", Seq: 5, Matched: true, Calls: []string{"route-map IN permit 20"}}}}
	return &api.Explanation{Prefix: explained, Best: &best, Paths: []api.PathVerdict{best, lost, refused, mapped}, Total: 4, Refused: 2,
		Sending: &api.Sending{Neighbor: api.PeerRef{Name: "10.0.0.3"}, Outcome: api.SendingSent, Group: 1, Rule: "allow 10.0.0.0/8 le 16",
			Path: &api.Path{NextHop: netip.MustParseAddr("10.0.0.1"), ASPath: "65001 65002", Origin: api.OriginIGP}}}
}

func TestExplanation(t *testing.T) {
	want := `10.1.0.0/16: best is from 10.0.0.2 (r2) because of a shorter AS path (1 < 2) than 10.0.0.3

  From           Next hop  AS path      Outcome
> 10.0.0.2 (r2)  10.0.0.2  65002        best: a shorter AS path (1 < 2) than 10.0.0.3
  10.0.0.3       10.0.0.3  65003 65002  lost: a longer AS path (2 > 1) than 10.0.0.2; passed by route-map IN permit 10

Refused:
  10.0.0.4: no policy for routes from 10.0.0.4
    AS path 65004, next hop 10.0.0.4
    to have it otherwise:
      router bgp 65001
      address-family ipv4 unicast
      neighbor 10.0.0.4 allow any in
  10.0.0.5: route-map IN: no entry matches
    AS path 65005, next hop 10.0.0.5
    route-map IN permit 10: passed over, match community BH does not hold
    route-map SUB deny 5: matches (called by route-map IN permit 20)

To 10.0.0.3: sent
  with next hop 10.0.0.1, AS path 65001 65002, origin IGP
  passed by allow 10.0.0.0/8 le 16
  update group 1
`
	if diff := cmp.Diff(want, printed(t, sample(), api.ExplainParams{To: "10.0.0.3"}, 0)); diff != "" {
		t.Error(diff)
	}
}

// In a window of 60 columns nothing is wider, and nothing is lost.
func TestExplanationFitsTheWindow(t *testing.T) {
	text := printed(t, sample(), api.ExplainParams{}, 60)
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 60 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	together := strings.Join(strings.Fields(text), " ")
	for _, part := range []string{"best is from 10.0.0.2 (r2) because of a shorter AS path (1 < 2) than 10.0.0.3", "passed over, match community BH does not hold"} {
		if !strings.Contains(together, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
}

func TestHeadlines(t *testing.T) {
	with := func(change func(v *api.PathVerdict)) *api.Explanation {
		v := verdictOf("10.0.0.2", "10.0.0.2", "65002", api.OutcomeBest)
		v.Versus = "10.0.0.3"
		change(&v)
		return &api.Explanation{Prefix: explained, Best: &v, Paths: []api.PathVerdict{v}, Total: 2}
	}
	for _, row := range []struct {
		x    *api.Explanation
		p    api.ExplainParams
		want string
	}{
		{with(func(v *api.PathVerdict) { v.Step, v.Own, v.Other = "Local Pref", "200", "100 by default" }), api.ExplainParams{},
			"10.1.0.0/16: best is from 10.0.0.2 because of a higher local preference (200 > 100 by default) than 10.0.0.3"},
		{with(func(v *api.PathVerdict) {
			v.Step, v.Own, v.Other = "Older Path", "2026-11-22T11:00:00Z", "2026-11-22T11:59:18Z"
		}), api.ExplainParams{},
			"10.1.0.0/16: best is from 10.0.0.2 because of a higher age (1h00m, against 42s) than 10.0.0.3"},
		{with(func(v *api.PathVerdict) { v.Step, v.Own, v.Other = "Peer Type", "external", "internal" }), api.ExplainParams{},
			"10.1.0.0/16: best is from 10.0.0.2 because of being external, while 10.0.0.3 is internal"},
		{with(func(v *api.PathVerdict) {
			v.Step, v.Own, v.Other, v.PathID, v.VersusID = "Nothing left to compare", "1", "2", 1, 2
		}), api.ExplainParams{},
			"10.1.0.0/16: best is from 10.0.0.2 path 1 because of a lower path identifier (1 < 2) than 10.0.0.3 path 2"},
		{with(func(v *api.PathVerdict) { v.Local, v.Step, v.Own, v.Other = true, "Weight", "32768", "0" }), api.ExplainParams{Address: explained.Addr()},
			"10.1.0.0/16 (longest match of 10.1.0.0): best is from this router because of a higher weight (32768 > 0) than 10.0.0.3"},
		{with(func(v *api.PathVerdict) { v.Versus = "" }), api.ExplainParams{}, "10.1.0.0/16: best is from 10.0.0.2, the only path"},
		{&api.Explanation{Prefix: explained, Total: 2, Refused: 2}, api.ExplainParams{}, "10.1.0.0/16: no best path, all 2 received are refused"},
		{&api.Explanation{}, api.ExplainParams{Address: explained.Addr()}, "10.1.0.0: not in table"},
	} {
		got, _, _ := strings.Cut(printed(t, row.x, row.p, 0), "\n")
		if got != row.want {
			t.Errorf("got  %s\nwant %s", got, row.want)
		}
	}
}

func TestWhatANeighborIsTold(t *testing.T) {
	refusal := &api.Refusal{Stage: api.StagePolicy, Text: "none of 1 allow rules covers it"}
	path := &api.Path{NextHop: netip.MustParseAddr("10.0.0.1"), Origin: api.OriginIGP}
	for _, row := range []struct {
		s    api.Sending
		want string
	}{
		{api.Sending{Outcome: api.SendingWithheld, Refusal: refusal}, "To P: not sent, none of 1 allow rules covers it"},
		{api.Sending{Outcome: api.SendingNone, Refusal: &api.Refusal{Text: "the session is down: passive"}}, "To P: not sent, the session is down: passive"},
		{api.Sending{Outcome: api.SendingPending, Refusal: refusal, Holds: true, Wait: "its send queue is full"}, "To P: being withdrawn, none of 1 allow rules covers it; its send queue is full"},
		{api.Sending{Outcome: api.SendingPending, Path: path, Wait: "its send queue is full"}, "To P: to be sent; it waits: its send queue is full"},
		{api.Sending{Outcome: api.SendingPending, Path: path, Holds: true, Wait: "its send queue is full"}, "To P: sent in an earlier version; the new one waits: its send queue is full"},
	} {
		row.s.Neighbor.Name = "P"
		x := sample()
		x.Sending = &row.s
		text := printed(t, x, api.ExplainParams{To: "P"}, 0)
		if _, text, _ = strings.Cut(text, "\nTo "); !strings.HasPrefix("To "+text, row.want+"\n") {
			t.Errorf("got  To %s\nwant %s", text, row.want)
		}
	}
}
