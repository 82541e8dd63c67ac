package shell

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	if socket := os.Getenv("SHELL_TEST_SOCKET"); socket != "" {
		if os.Getenv("SHELL_TEST_PANIC") != "" {
			verbs["show.version"] = func(*Shell, context.Context, grammar.Command, io.Writer) error { panic("a fault of the test") }
		}
		os.Exit(Main(Options{Socket: socket}))
	}
	if socket := os.Getenv("SHELL_TEST_SESSION"); socket != "" {
		leadSession(socket)
	}
	os.Exit(m.Run())
}

// golden reads a captured output. Each edit replaces one text of it: what we
// do on purpose otherwise.
func golden(t *testing.T, name string, edits ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/golden", name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(text, edits[i]) {
			t.Fatalf("%s lacks %q", name, edits[i])
		}
		text = strings.ReplaceAll(text, edits[i], edits[i+1])
	}
	return text
}

func same(t *testing.T, name, want, got string) {
	t.Helper()
	if want != got {
		t.Errorf("%s (-golden +ours)\n%s", name, cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
	}
}

const first = 1795361636 // when the first session of the capture came up

func TestSummaryText(t *testing.T) {
	all := func(s *api.Summary, v summaryView) string {
		var b strings.Builder
		for i := range s.Families {
			if v.title || i == 0 {
				printSummary(&b, s, &s.Families[i], &v)
			}
		}
		return b.String()
	}
	causes := []string{ // the reason is our cause, not FRR's last event
		"never Admin. shutdown", "never shut down: maintenance ticket 4711",
		"Notification sent (Cease/Maximum Number of Prefixes Reached)", "maximum-prefix exceeded (4 of 3); restore with: clear bgp 10.0.13.5",
		"Waiting for NHT", "no route to 10.0.14.4 (3 tries, last 4s ago, next in 26s)",
		"00:01:03  AFI/SAFI Not Negotiated", "00:01:03 AFI/SAFI Not Negotiated",
	}
	for _, c := range []struct {
		file  string
		later int64
		view  summaryView
		edits []string
	}{
		{"summary.txt", 0, summaryView{title: true}, nil},
		{"summary-v4.txt", 1, summaryView{}, nil},
		{"summary-wide.txt", 1, summaryView{title: true, wide: true}, nil},
		{"summary-terse.txt", 1, summaryView{title: true, terse: true}, nil},
		{"summary-failed.txt", 1, summaryView{title: true, failed: true}, causes},
		{"summary-established.txt", 1, summaryView{up: true}, nil},
		{"summary-remote-as.txt", 1, summaryView{link: "internal"}, nil},
	} {
		same(t, c.file, golden(t, c.file, c.edits...), all(summaryScenario(c.later, first), c.view))
	}
}

func TestSummaryCellsOfHeldBackNeighbors(t *testing.T) {
	p := peerRow("10.0.0.2", 1, 0, 0, 5, 6, 1, 1)
	p.DenyIn, p.DenyOut = api.DenyConfig, api.DenyConfig
	if in, out := stateCells(&p); in != "(Config)" || out != "(Config)" {
		t.Errorf("up: %s %s", in, out)
	}
	p.State, p.HeldBack = api.Idle, true
	if in, _ := stateCells(&p); in != "Idle (Config)" {
		t.Errorf("down: %s", in)
	}
}

func TestSummaryNameColumnGrowsWithItsNames(t *testing.T) {
	s := summaryScenario(0, first)
	s.Families[0].Peers[2].Name = "2001:db8:1234:5678:9abc:def0:1234:5678"
	var b strings.Builder
	printSummary(&b, s, &s.Families[0], &summaryView{})
	column := -1
	for _, line := range strings.Split(b.String(), "\n") {
		at := strings.Index(line, " 4      65001")
		if strings.HasPrefix(line, "Neighbor") {
			at = strings.Index(line, " V   ")
		}
		if at >= 0 && column >= 0 && at != column {
			t.Errorf("column begins at %d and at %d:\n%s", column, at, b.String())
		}
		column = max(column, at)
	}
}

func render(t *testing.T, page *api.RoutesPage, sink routeSink, b *bytes.Buffer) string {
	t.Helper()
	if err := sink.page(page); err != nil {
		t.Fatal(err)
	}
	if err := sink.end(page); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// routeCases are the listings of the capture.
func routeCases() []struct {
	file string
	view api.View
	page *api.RoutesPage
} {
	fromPeer := func(_ *api.Route, p *api.Path) bool { return p.Neighbor == "10.0.12.2" }
	inside := func(r *api.Route, _ *api.Path) bool { return r.Prefix == pfx("192.0.2.0/24") }
	return []struct {
		file string
		view api.View
		page *api.RoutesPage
	}{
		{"table-v4", api.ViewTable, tableScenario()},
		{"table-v6", api.ViewTable, table6Scenario()},
		{"routes", api.ViewRoutes, only(tableScenario(), fromPeer)},
		{"longer-prefixes", api.ViewTable, only(tableScenario(), inside)},
		{"advertised-routes", api.ViewAdvertised, advertisedScenario()},
		{"received-routes", api.ViewReceived, receivedScenario()},
		{"filtered-routes", api.ViewFiltered, filteredScenario()},
	}
}

func TestRouteListsText(t *testing.T) {
	for _, c := range routeCases() {
		var b bytes.Buffer
		same(t, c.file, golden(t, c.file+".txt"), render(t, c.page, newRouteWriter(&b, c.view, false), &b))
	}
	var b bytes.Buffer
	same(t, "wide", golden(t, "table-v4-wide.txt"), render(t, tableScenario(), newRouteWriter(&b, api.ViewTable, true), &b))
}

func TestFilteredRoutesSayWhy(t *testing.T) {
	page := filteredScenario()
	page.Routes[0].Paths[0].Reason = "not allowed in"
	var b bytes.Buffer
	want := golden(t, "filtered-routes.txt", "65002 i\n", "65002 i  Reason: not allowed in\n")
	same(t, "filtered", want, render(t, page, newRouteWriter(&b, api.ViewFiltered, false), &b))
}

func TestEmptyListSaysWhy(t *testing.T) {
	for why, want := range map[string]string{"": "No BGP prefixes displayed, 7 exist\n", "10.0.0.2 is not Established": "10.0.0.2 is not Established\n"} {
		var b bytes.Buffer
		page := &api.RoutesPage{TotalRoutes: 7, Why: why}
		same(t, "empty", want, render(t, page, newRouteWriter(&b, api.ViewTable, false), &b))
	}
}

func TestPrefixText(t *testing.T) {
	for file, c := range map[string]struct {
		prefix string
		at     int64
	}{
		"prefix-best-of-3.txt":       {"198.51.100.0/24", first + 2},
		"prefix-ibgp.txt":            {"10.77.0.0/16", first + 1},
		"prefix-local.txt":           {"10.10.0.0/16", first - 3},
		"prefix-large-community.txt": {"172.16.0.0/16", first + 2},
		"prefix-v6.txt":              {"2001:db8:a::/48", first + 2},
	} {
		var b strings.Builder
		printPrefix(&b, detailScenario(c.prefix, c.at), api.ASPlain, "")
		same(t, file, golden(t, file), b.String())
	}
}

func TestListenersText(t *testing.T) {
	var b strings.Builder
	printListeners(&b, &api.Listeners{Listeners: []api.Listener{
		{Address: port("0.0.0.0:179"), Bound: true, FD: 21}, {Address: port("[::]:179"), Bound: true, FD: 22}}})
	same(t, "listeners", golden(t, "listeners.txt"), b.String())
}

// document parses one JSON document; more or less than one is an error.
func document(t *testing.T, name, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var doc any
	if err := decoder.Decode(&doc); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	if _, err := decoder.Token(); err != io.EOF {
		t.Fatalf("%s: more than one document", name)
	}
	return doc
}

// holds checks that everything in want is in got: every key with the same
// type, and the same value unless the key is among differ.
func holds(t *testing.T, path string, want, got any, differ []string) {
	t.Helper()
	if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
		t.Errorf("%s: golden has a %T, ours a %T", path, want, got)
		return
	}
	switch want := want.(type) {
	case map[string]any:
		got := got.(map[string]any)
		for key, value := range want {
			at := path + "." + key
			if slices.Contains(differ, "-"+key) || slices.Contains(differ, "-"+at) {
				continue
			}
			if ours, ok := got[key]; ok {
				holds(t, at, value, ours, differ)
			} else {
				t.Errorf("%s: missing", at)
			}
		}
	case []any:
		got := got.([]any)
		if len(want) != len(got) {
			t.Errorf("%s: %d items, golden has %d", path, len(got), len(want))
			return
		}
		for i := range want {
			holds(t, fmt.Sprintf("%s[%d]", path, i), want[i], got[i], differ)
		}
	default:
		key := path[strings.LastIndexByte(path, '.')+1:]
		if want != got && !slices.Contains(differ, key) && !slices.Contains(differ, path) {
			t.Errorf("%s: %v, golden has %v", path, got, want)
		}
	}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	var b strings.Builder
	if err := printJSON(&b, v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSummaryJSON(t *testing.T) {
	s := summaryScenario(2, first)
	v4 := &s.Families[0]
	both := (&object{}).set("ipv4Unicast", summaryObject(s, v4, &summaryView{})).set("ipv6Unicast", summaryObject(s, &s.Families[1], &summaryView{}))
	for file, got := range map[string]any{
		"summary-v4.json":         summaryObject(s, v4, &summaryView{}),
		"summary.json":            both,
		"summary-vrf-all-v4.json": (&object{}).set("default", summaryObject(s, v4, &summaryView{})),
	} {
		holds(t, file, document(t, file, golden(t, file)), document(t, file, encode(t, got)), nil)
	}
	failing := &summaryView{failed: true}
	both = (&object{}).set("ipv4Unicast", summaryObject(s, v4, failing)).set("ipv6Unicast", summaryObject(s, &s.Families[1], failing))
	// where nothing failed, the capture has the dynamic neighbors of the other family
	holds(t, "", document(t, "", golden(t, "summary-failed.json")), document(t, "", encode(t, both)), []string{".ipv6Unicast.dynamicPeers"})
}

func TestRouteListsJSON(t *testing.T) {
	for _, c := range routeCases() {
		var b bytes.Buffer
		got := render(t, c.page, &routeJSON{w: &b, view: c.view}, &b)
		holds(t, c.file, document(t, c.file, golden(t, c.file+".json")), document(t, c.file, got), nil)
	}
}

func TestPrefixJSON(t *testing.T) {
	for file, c := range map[string]struct {
		prefix string
		at     int64
	}{
		"prefix-best-of-3.json": {"198.51.100.0/24", first + 1},
		"prefix-ibgp.json":      {"10.77.0.0/16", first},
		"prefix-local.json":     {"10.10.0.0/16", first - 3},
	} {
		got := encode(t, detailObject(detailScenario(c.prefix, c.at), ""))
		holds(t, file, document(t, file, golden(t, file)), document(t, file, got), nil)
	}
}

func TestRouteListsNativeAndDetailAreOneDocument(t *testing.T) {
	for _, page := range []*api.RoutesPage{tableScenario(), {Why: "nothing"}} {
		var b bytes.Buffer
		doc := document(t, "native", render(t, page, &routeNative{w: &b}, &b)).(map[string]any)
		if doc["schemaVersion"] != json.Number("1") || len(doc["routes"].([]any)) != len(page.Routes) {
			t.Errorf("native: %v", doc)
		}
		b.Reset()
		document(t, "detail", render(t, page, &routeJSON{w: &b, view: api.ViewTable, detail: true}, &b))
		b.Reset()
		document(t, "json", render(t, page, &routeJSON{w: &b, view: api.ViewWithheld}, &b))
	}
}
