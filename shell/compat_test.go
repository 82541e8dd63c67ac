package shell

import (
	"bytes"
	"encoding/json"
	"net/netip"
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

func TestAllVRFsAreKeyedByVRF(t *testing.T) {
	d := newFake(t)
	set(d, &d.routes, func(p api.RoutesParams) (api.RoutesPage, error) {
		if p.Family == api.IPv4Unicast {
			return *tableScenario(), nil
		}
		return *table6Scenario(), nil
	})
	for line, want := range map[string][]string{ // keys from the top down
		"show bgp vrf all json":                        {"default", "ipv4Unicast", "routes", "10.10.0.0/16"},
		"show bgp vrf all ipv4 unicast json":           {"default", "routes", "10.10.0.0/16"},
		"show bgp vrf default ipv4 unicast json":       {"routes", "10.10.0.0/16"},
		"show bgp vrf all neighbors json":              {"default", "10.0.13.3", "bgpState"},
		"show bgp vrf all neighbors 10.0.13.3 json":    {"default", "10.0.13.3", "bgpState"},
		"show bgp vrf all neighbors 10.0.12.222 json":  {"default", "bgpNoSuchNeighbor"},
		"show bgp vrf default neighbors json":          {"10.0.13.3", "bgpState"},
		"show bgp vrf all ipv4 unicast summary json":   {"default", "peers"},
		"show bgp vrf all neighbors 10.0.13.3 | json":  {"default", "10.0.13.3", "bgpState"},
		"show bgp vrf all neighbors json native":       {"neighbors"},
		"show bgp vrf all ipv4 unicast json native":    {"routes"},
		"show bgp vrf all ipv4 unicast wide json":      {"default", "routes"},
		"show bgp vrf all ipv4 unicast detail json":    {"default", "routes", "10.10.0.0/16", "paths"},
		"show bgp vrf default ipv4 unicast summary js": {"peers"},
	} {
		doc := document(t, line, d.commands(line).out)
		for _, key := range want {
			member, ok := doc.(map[string]any)[key]
			if !ok {
				t.Errorf("%s: no %s of %v", line, key, want)
				break
			}
			doc = member
		}
	}
	for line, want := range map[string]string{
		"show bgp vrf all neighbors 10.0.13.3":     "\nInstance default:\nBGP neighbor is 10.0.13.3,",
		"show bgp vrf all ipv4":                    "\nInstance default:\nBGP table version is ",
		"show bgp vrf default neighbors 10.0.13.3": "BGP neighbor is 10.0.13.3,",
	} {
		if got := d.commands(line); got.status != 0 || !strings.HasPrefix(got.out, want) {
			t.Errorf("%s: status %d, %.80q", line, got.status, got.out)
		}
	}
	if got := d.commands("show bgp vrf all neighbors 10.0.12.222"); got.status != 1 || got.out != "" {
		t.Errorf("no such neighbor: %+v", got)
	}
}

func TestFamilyOfTheCommandAndOfTheNeighbor(t *testing.T) {
	d := newFake(t) // 10.0.13.3 is active in IPv4 alone
	for line, want := range map[string]outcome{
		"show bgp ipv6 neighbors 10.0.13.3":        {1, "", "% No such neighbor or address family: 10.0.13.3 is not active in IPv6 Unicast\n"},
		"show bgp ipv6 neighbors 10.0.13.3 json":   {1, "{\n}\n", "% No such neighbor or address family: 10.0.13.3 is not active in IPv6 Unicast\n"},
		"show bgp ipv6 neighbors":                  {0, "% No BGP neighbors found\n", ""},
		"show bgp summary neighbor 10.0.12.222":    {1, "", "% No such neighbor in this view/vrf: 10.0.12.222\n"},
		"show ip bgp summary neighbor 10.0.12.222": {1, "", "% No such neighbor in this view/vrf: 10.0.12.222\n"},
	} {
		if got := d.commands(line); got != want {
			t.Errorf("%s: %+v", line, got)
		}
	}
	for line, want := range map[string]string{
		"show ip bgp summary":           "\nIPv4 Unicast Summary (VRF default):\n",
		"show ip bgp neighbors":         "BGP neighbor is 10.0.13.3,",
		"show bgp ipv4 unicast summary": "BGP router identifier ",
	} {
		if got := d.commands(line); got.status != 0 || !strings.HasPrefix(got.out, want) {
			t.Errorf("%s: status %d, %.80q", line, got.status, got.out)
		}
	}
	if got := d.commands("show ip bgp summary wide terse").out; !strings.Contains(got, " LocalAS ") || strings.Contains(got, "table version") {
		t.Errorf("wide terse: %s", got)
	}
	doc := document(t, "ip", d.commands("show ip bgp summary json").out).(map[string]any)
	if _, ok := doc["ipv4Unicast"]; !ok || len(doc) != 1 {
		t.Errorf("show ip bgp summary json: %v", doc)
	}
}

func TestSummaryColumnsAreTheSameWithAFilter(t *testing.T) {
	s := summaryScenario(0, first)
	s.Families[0].Peers[2].Name = "2001:db8:1234:5678:9abc:def0:1234:5678"
	for _, view := range []summaryView{{neighbor: "10.0.13.3"}, {failed: true, neighbor: "10.0.14.4"}} {
		var b strings.Builder
		printSummary(&b, s, &s.Families[0], &view)
		if want := "Neighbor" + strings.Repeat(" ", 31); !strings.Contains(b.String(), want+"V ") && !strings.Contains(b.String(), want+"EstdCnt ") {
			t.Errorf("%+v:\n%s", view, b.String())
		}
	}
}

func TestNeighborThatWaits(t *testing.T) {
	n := neighborScenario("10.0.13.3", 65002, bird)
	n.State, n.Passive, n.Timers.DelayOpenSec = api.Active, true, 5
	var b strings.Builder
	printNeighbor(&b, n)
	for _, want := range []string{"  BGP state = Active (passive)\n", "keepalive interval is 60 seconds\n  Configured DelayOpenTime is 5 seconds\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	n.Unnumbered, n.Name, n.Address = true, "eth1", netip.Addr{}
	n.Families[0].SendCommunity = "extended and large"
	b.Reset()
	printNeighbor(&b, n)
	if want := "BGP neighbor on eth1: (unspec), remote AS 65002,"; !strings.HasPrefix(b.String(), want) {
		t.Errorf("no %q in\n%s", want, b.String())
	}
	doc := document(t, "neighbor", encode(t, neighborObject(n))).(map[string]any)
	family := doc["addressFamilyInfo"].(map[string]any)["ipv4Unicast"].(map[string]any)
	for key, want := range map[string]any{"bgpStateIs": "passive", "bgpNeighborAddr": "none", "bgpTimerDelayOpenTimeMsecs": json.Number("5000")} {
		if doc[key] != want {
			t.Errorf("%s is %v, not %v", key, doc[key], want)
		}
	}
	if family["commAttriSentToNbr"] != "extended" {
		t.Errorf("commAttriSentToNbr is %v", family["commAttriSentToNbr"])
	}
}

func TestSummaryWithoutNeighbors(t *testing.T) {
	d := newFake(t)
	set(d, &d.alone, true)
	for line, want := range map[string]string{
		"show bgp summary":                   "% No BGP neighbors found in VRF default\n",
		"show bgp summary failed":            "% No BGP neighbors found in VRF default\n",
		"show bgp ipv4 unicast summary wide": "% No BGP neighbors found in VRF default\n",
		"show bgp summary json":              "{\n}\n",
		"show bgp vrf all summary json":      "{\n  \"default\":{\n  }\n}\n",
	} {
		if got := d.commands(line); got != (outcome{0, want, ""}) {
			t.Errorf("%s: %+v", line, got)
		}
	}
	doc := document(t, "ipv4", d.commands("show bgp ipv4 unicast summary json").out).(map[string]any)
	if doc["peerCount"] != json.Number("0") || doc["as"] != json.Number("65000") {
		t.Errorf("show bgp ipv4 unicast summary json: %v", doc)
	}
}
