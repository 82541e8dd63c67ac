package parameters

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// spoken has the statements that the routers of all tests were given, in which form: "neighbor.weight", "no neighbor.weight".
// A statement with several keywords in one place counts each: "match.number metric".
var spoken = struct {
	sync.Mutex
	forms map[string]bool
}{forms: map[string]bool{}}

// note keeps the statements of lines that begin at the top level of configuration.
func note(lines []api.Line) {
	spoken.Lock()
	defer spoken.Unlock()
	scanner := grammar.NewScanner(grammar.Config)
	for _, line := range lines {
		c := scanner.Line(line.Text).Command
		name := c.ID
		if kind := c.Args.Text("what"); kind != "" {
			name += " " + kind
		}
		if c.No {
			name = "no " + name
		}
		spoken.forms[name] = true
	}
}

// elsewhere are the statements that other tests show, by the file that does.
var elsewhere = map[string]string{
	"neighbor.interface":                        "daemon/config/effective_test.go",
	"no neighbor.interface":                     "daemon/config/statement_test.go",
	"neighbor.link-local":                       "tests/interop/families_test.go",
	"no neighbor.link-local":                    "daemon/config/statement_test.go",
	"neighbor.timers.send-hold":                 "daemon/raw_test.go",
	"no neighbor.timers.send-hold":              "daemon/raw_test.go",
	"no bgp.bestpath.compare-routerid":          "daemon/agedpath_test.go",
	"bgp.graceful-restart.stalepath-time":       "daemon/restart_test.go",
	"no bgp.graceful-restart.stalepath-time":    "daemon/restart_test.go",
	"bgp.graceful-restart.select-defer-time":    "daemon/restart_test.go",
	"no bgp.graceful-restart.select-defer-time": "daemon/restart_test.go",
}

// kept are the statements that change nothing that a neighbor could see, with the reason.
var kept = map[string]string{
	"bgp.bestpath.med.confed":             "MEDs within a confederation are compared in any case, as in FRR",
	"bgp.bestpath.bandwidth":              "for the kernel's table",
	"bgp.deterministic-med":               "MED is always compared within its neighbor AS",
	"bgp.graceful-restart.rib-stale-time": "for the kernel's table",
	"bgp.network.import-check":            "for the kernel's table",
	"bgp.suppress-duplicates":             "no update that changes nothing is sent",
	"neighbor.soft-reconfiguration":       "received routes are kept in any case",
	"set.number distance":                 "for the kernel's table",
	"set.number table":                    "for the kernel's table",
	"access-list.remark":                  "a text", "ipv6.access-list.remark": "a text", "ip.prefix-list.description": "a text",
	"ipv6.prefix-list.description": "a text", "map.description": "a text", "neighbor.description": "a text",
	"end": "of the shell", "quit": "of the shell", "list": "of the shell", "find": "of the shell",
}

// unspoken are the statements of the language that no test of this package has given to a router, or not taken back.
func unspoken() (out []string) {
	for _, mode := range []grammar.Mode{grammar.Config, grammar.Router, grammar.AF4, grammar.RouteMap} {
		for _, e := range grammar.Entries(mode) {
			if e.Support != grammar.Ours || e.Hidden || kept[e.ID] != "" {
				continue
			}
			for _, name := range spellings(e) {
				plain, taken := spoken.forms[name], spoken.forms["no "+name] || spoken.forms["no "+e.ID]
				if e.Sign != grammar.NoOnly && !plain && missing(name) {
					out = append(out, name)
				}
				if e.Sign != grammar.PlainOnly && !taken && missing("no "+name) {
					out = append(out, "no "+name)
				}
			}
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// spellings are the names of a statement: one for each keyword where it has several in one place.
func spellings(e grammar.Entry) []string {
	_, rest, several := strings.Cut(e.Spec, "what:(")
	if !several {
		return []string{e.ID}
	}
	kinds, _, _ := strings.Cut(rest, ")")
	var names []string
	for kind := range strings.SplitSeq(kinds, "|") {
		names = append(names, e.ID+" "+kind)
	}
	return names
}

// missing reports a form that neither another file shows, which has the last word of its name, nor a reason excuses.
func missing(form string) bool {
	if kept[strings.TrimPrefix(form, "no ")] != "" {
		return false
	}
	file, there := elsewhere[form]
	if !there {
		return true
	}
	text, err := os.ReadFile("../../" + file)
	words := strings.Split(strings.TrimPrefix(form, "no "), ".")
	return err != nil || !strings.Contains(string(text), words[len(words)-1])
}

// TestMain runs the tests, and then, when all have run, fails for each statement that none of them has tried in both its forms.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	part := flag.Lookup("test.run").Value.String() != "" || flag.Lookup("test.list").Value.String() != "" || flag.Lookup("test.skip").Value.String() != ""
	if code == 0 && !part {
		for _, form := range unspoken() {
			fmt.Printf("no test tries the statement %s: give it one, or a reason\n", form)
			code = 1
		}
	}
	os.Exit(code)
}
