package shell

import (
	"net/netip"
	"strings"
	"testing"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// statisticsScenario is the table of the capture.
func statisticsScenario() *api.TableStatistics {
	return &api.TableStatistics{
		Family: api.IPv4Unicast, Prefixes: 6, Paths: 11, Space: 197376, Hops: 16, MaxHops: 3, PathBytes: 84, MaxBytes: 14,
		Lengths: []api.LengthCount{{Length: 16, Count: 3}, {Length: 24, Count: 3}},
	}
}

func TestStatistics(t *testing.T) {
	var b strings.Builder
	printTableStatistics(&b, statisticsScenario())
	same(t, "statistics", golden(t, "statistics-v4.txt"), b.String())
	got := encode(t, statisticsObject(&api.Statistics{Tables: []api.TableStatistics{*statisticsScenario()}}, false))
	near := []string{"%announced", "/8equivalent", "averagePrefixLength", "addressSpaceAdvertised", "/24equivalent", "averageAsPathSizeBytes", "averageAsPathLengthHops"}
	holds(t, "", document(t, "golden", golden(t, "statistics-v4.json")), document(t, "ours", got), near)
	for _, want := range []string{`"%announced":0.004595518112182617`, `"/24equivalent":771`, `"averageAsPathLengthHops":1.4545454545454546`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
}

func TestStatisticsOfIPv6AndOfNothing(t *testing.T) {
	var b strings.Builder
	printTableStatistics(&b, &api.TableStatistics{Family: api.IPv6Unicast, Prefixes: 1, Paths: 1, Space: 1 << 80})
	for _, want := range []string{"/32 equivalent :         0.00", "/48 equivalent :         1.00", "Address space advertised      :  1.20893e+24"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
	b.Reset()
	printTableStatistics(&b, &api.TableStatistics{Family: api.IPv4Unicast})
	if strings.Contains(b.String(), "NaN") {
		t.Errorf("an empty table:\n%s", b.String())
	}
}

func TestLoopText(t *testing.T) {
	var b strings.Builder
	err := printLoop(&b, &api.LoopStatistics{
		UptimeMs: 60_000, Turns: 1000, BusyShare: 0.25, LongestUs: 2500, TurnLengths: []uint64{0, 0, 600, 380, 19, 1},
		Phases: []api.LoopPhase{{Name: "inbound", Units: 5, TotalUs: 1_500_000, LongestUs: 999}},
		Tables: []api.LoopTableWork{{Family: api.IPv4Unicast, Groups: 1, Pending: 7}},
	})
	want := `
Table loop: 1000 turns in 1m00s, busy 25.00%; longest turn 2.5 ms
Turns up to: 4 us (50%), 16 us (99%), 16 us (99.9%)
Phase    Units  Time   Longest
inbound  5      1.5 s  999 us
IPv4 Unicast: 1 update group, 7 destinations to look at, 0 neighbors with a full queue
`
	if err != nil || b.String() != want {
		t.Errorf("%v\n%s", err, b.String())
	}
}

func TestPrefixCounts(t *testing.T) {
	f := &api.NeighborFamily{Family: api.IPv4Unicast, Received: 10, Accepted: 3, Best: 1}
	got := encode(t, countsObject("10.0.12.2", f))
	holds(t, "", document(t, "golden", golden(t, "prefix-counts.json")), document(t, "ours", got), nil)
}

func TestPeerGroupText(t *testing.T) {
	var b strings.Builder
	printPeerGroup(&b, &api.PeerGroup{
		Name: "RS", Kind: api.External, Families: []api.Family{api.IPv4Unicast}, Ranges: []netip.Prefix{pfx("10.0.13.6/32")},
		Members: []api.PeerGroupMember{{PeerRef: api.PeerRef{Name: "10.0.13.6", Dynamic: true}, State: api.Established}},
	}, api.ASPlain)
	same(t, "peer-group", golden(t, "peer-group.txt"), b.String())
}

func TestNextHopText(t *testing.T) {
	p := &page{}
	p.line("Current BGP nexthop cache:")
	for _, h := range []api.NextHop{
		{Address: addr("10.0.12.2"), Valid: true, Paths: 3, Peers: []string{"10.0.12.2"}, Interface: "eth1"},
		{Address: addr("10.0.14.4"), Reason: "Must be Connected", Peers: []string{"10.0.14.4"}},
		{Address: addr("fe80::441:b1ff:fed0:3292"), Valid: true, Paths: 3, Interface: "eth1"},
	} {
		printNextHop(p, &h)
	}
	for _, block := range strings.Split(p.String(), "\n\n") {
		if !strings.Contains(golden(t, "nexthop.txt", "  Last update: Sun Nov 22 15:33:57 2026\n", "", "  Last update: Sun Nov 22 15:33:58 2026\n", ""), block) {
			t.Errorf("the capture has no block\n%s", block)
		}
	}
}

func TestUpdateGroupText(t *testing.T) {
	var b strings.Builder
	printUpdateGroup(&b, &api.UpdateGroup{
		Family: api.IPv4Unicast, Number: 3, TableVersion: 14, Entries: 10, MaxMessage: 4096,
		Policies: []api.PolicyRef{{Kind: "route-map", Name: "OUT", Out: true, Exists: true}},
		Members:  []api.UpdateGroupMember{{PeerRef: api.PeerRef{Name: "10.0.13.3"}, Blocked: true, Behind: 4}},
	})
	want := `Update-group 3:
  Outgoing route map: OUT
  MRAI value (seconds): 0
  Address family: IPv4 Unicast, to external neighbors

  Update-subgroup 3:
    Version: 14
    Packet queue length: 0
    Adj-out list count: 10
    Advertise list: empty
    Flags: 
    Max packet size: 4096
    Peers:
      - 10.0.13.3 (its queue is full, 4 destinations behind)
`
	same(t, "update-groups", want, b.String())
}

func TestMemoryText(t *testing.T) {
	m := &api.Memory{Routes: 33, Kinds: []api.MemoryKind{{Kind: "destinations", Objects: 33, Bytes: 6000}, {Kind: "indexes", Bytes: 336}}}
	if l := memoryLines(m)[0]; l != (memoryLine{"RIB nodes", 33, 6336}) {
		t.Errorf("%+v", l)
	}
	doc := document(t, "memory", encode(t, memoryObject(m))).(map[string]any)
	kinds := doc["kinds"].(map[string]any)
	if kinds["destinations"].(map[string]any)["bytes"].(interface{ String() string }).String() != "6000" || kinds["sendQueues"] == nil {
		t.Errorf("%v", doc)
	}
}

// A regular expression takes the rest of the line, but for a format at its
// end.
func TestRegexpFormat(t *testing.T) {
	for text, want := range map[string]string{
		"_65010$": "_65010$", "_65010$ json": "_65010$ +json", "65001 65002 detail": "65001 65002 +detail", "json": "json",
		"_1_ json native": "_1_ +native +json", "native": "native", "_1_ native": "_1_ native", ".* wide": ".* +wide",
	} {
		regex, c := formatOf(grammar.Command{}, text)
		for _, a := range c.Args {
			regex += " +" + a.Name
		}
		if regex != want {
			t.Errorf("%q: %q, want %q", text, regex, want)
		}
	}
}

// `| count` behind a listing of routes is counted by the daemon; behind
// another filter, or of something else, lines are counted.
func TestCountOfRoutes(t *testing.T) {
	d := newFake(t)
	asked := make(chan api.RoutesParams, 2)
	set(d, &d.count, func(p api.RoutesParams) (api.CountResult, error) {
		asked <- p
		return api.CountResult{Routes: 1_000_000, Paths: 2_000_000}, nil
	})
	got := d.run(Options{Commands: []string{"show bgp ipv4 unicast community 65001:100 | count"}})
	if got.out != "Count: 1000000 routes, 2000000 paths\n" || got.status != 0 {
		t.Errorf("%+v", got)
	}
	if p := <-asked; p.Family != api.IPv4Unicast || len(p.Filter.Communities) != 1 {
		t.Errorf("asked %+v", p)
	}
	got = d.run(Options{Commands: []string{"show bgp ipv4 unicast | include 65001 | count"}})
	if !strings.HasSuffix(got.out, " lines\n") || len(asked) != 0 {
		t.Errorf("%+v, asked %d times more", got, len(asked))
	}
}

// TestWhatToolsParse has the keys that frr_exporter and MetalLB read.
func TestWhatToolsParse(t *testing.T) {
	s := summaryScenario(0, first)
	summary := document(t, "summary", encode(t, (&object{}).set("default", summaryObject(s, &s.Families[0], &summaryView{}))))
	needs(t, summary, "default", "as ribCount ribMemory peerCount peerMemory peerGroupCount peerGroupMemory peers")
	for peer := range summary.(map[string]any)["default"].(map[string]any)["peers"].(map[string]any) {
		needs(t, summary, "default/peers/"+peer, "state remoteAs msgRcvd msgSent peerUptimeMsec pfxRcd pfxSnt")
	}
	needs(t, summary, "default/peers/10.0.13.3", "desc")
	n := neighborScenario("10.0.13.3", 65002, bird)
	neighbors := document(t, "neighbors", encode(t, neighborsObject([]api.Neighbor{*n})))
	needs(t, neighbors, "10.0.13.3", "nbrDesc remoteAs localAs remoteRouterId bgpVersion bgpState portForeign messageStats addressFamilyInfo")
	needs(t, neighbors, "10.0.13.3/addressFamilyInfo/ipv4Unicast", "sentPrefixCounter acceptedPrefixCounter")
	needs(t, neighbors, "10.0.13.3/messageStats", "opensSent opensRecv notificationsSent updatesSent updatesRecv keepalivesSent routeRefreshSent totalSent totalRecv")
	var b strings.Builder
	routes := &routeJSON{w: &b, view: api.ViewTable}
	page := tableScenario()
	if err := firstError(routes.page(page), routes.end(page)); err != nil {
		t.Fatal(err)
	}
	table := document(t, "routes", b.String())
	needs(t, table, "routes/198.51.100.0~24/2", "valid peerId locPrf origin nexthops")
	needs(t, table, "routes/198.51.100.0~24/2/nexthops/0", "ip")
	needs(t, document(t, "v6", encode(t, listPath(&table6Scenario().Routes[0], &table6Scenario().Routes[0].Paths[0]))), "nexthops/0", "ip scope")
}

// needs checks that the object at a path has keys.
func needs(t *testing.T, doc any, path, keys string) {
	t.Helper()
	value := doc
	for _, key := range strings.Split(path, "/") {
		switch node := value.(type) {
		case map[string]any:
			value = node[strings.ReplaceAll(key, "~", "/")]
		case []any:
			value = node[key[0]-'0']
		}
	}
	o, ok := value.(map[string]any)
	if !ok {
		t.Errorf("no object at %s", path)
		return
	}
	for _, key := range strings.Fields(keys) {
		if _, ok := o[key]; !ok {
			t.Errorf("%s lacks %s", path, key)
		}
	}
}

// A route detail restricted to paths in use counts all and shows those.
func TestChosenPaths(t *testing.T) {
	route := detailScenario("198.51.100.0/24", first)
	var all, best strings.Builder
	printPrefix(&all, route, api.ASPlain, "")
	printPrefix(&best, route, api.ASPlain, "bestpath")
	if strings.Count(best.String(), " from ") != 1 || !strings.Contains(best.String(), "best (Local Pref)") ||
		!strings.Contains(best.String(), "(3 available") || strings.Count(all.String(), " from ") != 3 {
		t.Errorf("all:\n%s\nbest:\n%s", all.String(), best.String())
	}
	doc := document(t, "multipath", encode(t, detailObject(route, "multipath"))).(map[string]any)
	if len(doc["paths"].([]any)) != 1 {
		t.Errorf("%v", doc)
	}
}
