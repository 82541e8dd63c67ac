package shell

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"bgpsh/ipc/api"
)

func TestSummaryWithoutAMatchKeepsItsHeading(t *testing.T) {
	for name, c := range map[string]struct {
		view summaryView
		want string
	}{
		"as":     {summaryView{as: 64999, terse: true}, "BGP router identifier 10.0.0.1, local AS number 65000 vrf-id 0\n\n% No matching neighbor\n"},
		"up":     {summaryView{up: true, neighbor: "10.0.14.4", terse: true}, "BGP router identifier 10.0.0.1, local AS number 65000 vrf-id 0\n\n% No matching neighbor\n"},
		"failed": {summaryView{failed: true, neighbor: "10.0.13.3"}, "% No failed BGP neighbors found\n"},
	} {
		s := summaryScenario(0, first)
		var b strings.Builder
		printSummary(&b, s, &s.Families[0], &c.view)
		same(t, name, c.want, b.String())
	}
}

func TestFailedPeersAreThoseOfTheFilter(t *testing.T) {
	s := summaryScenario(0, first)
	for _, c := range []struct {
		view              summaryView
		failed, displayed json.Number
	}{
		{summaryView{}, "4", "9"},
		{summaryView{up: true}, "4", "5"},
		{summaryView{neighbor: "10.0.13.3"}, "0", "1"},
		{summaryView{neighbor: "10.0.14.4"}, "1", "1"},
	} {
		doc := document(t, "summary", encode(t, summaryObject(s, &s.Families[0], &c.view))).(map[string]any)
		if doc["failedPeers"] != c.failed || doc["displayedPeers"] != c.displayed {
			t.Errorf("%+v: failedPeers %v, displayedPeers %v", c.view, doc["failedPeers"], doc["displayedPeers"])
		}
	}
}

func TestReceivedJSONTellsWhatIsUsed(t *testing.T) {
	page := receivedScenario()
	loop, used := &page.Routes[0].Paths[0], &page.Routes[1].Paths[0]
	loop.Reason, used.Best = "own AS in AS path", true
	var b bytes.Buffer
	doc := document(t, "received", render(t, page, &routeJSON{w: &b, view: api.ViewReceived}, &b)).(map[string]any)
	routes := doc["receivedRoutes"].(map[string]any)
	for i, good := range []bool{false, true} {
		r := routes[page.Routes[i].Prefix.String()].(map[string]any)
		if r["valid"] != good || r["best"] != good {
			t.Errorf("%v: valid %v, best %v", page.Routes[i].Prefix, r["valid"], r["best"])
		}
	}
}
