// Package rules holds the rules of the house as tests: who may import whom, what the pure cores may not touch, how long a
// file and a function may grow, and that the reading tour still leads somewhere.
package rules

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

const module = "bgpsh"

// mayImport lists, for each package, the packages of this module that its code (not its tests) may import. A new edge is a
// change of this table, so that it is seen in review. "*" stands for everything but the entry's exceptions below.
var mayImport = map[string][]string{
	"wire":             {},
	"wire/capture":     {"wire"},
	"fsm":              {"wire"},
	"fsm/fsmtest":      {"fsm", "wire"},
	"daemon/rib":       {"wire"},
	"daemon/policy":    {"wire"},
	"daemon/transport": {},
	"daemon/kernel":    {},
	"daemon/fault":     {},
	"daemon/journal":   {"wire", "fsm", "ipc/logline"},
	"daemon/config":    {"wire", "daemon/policy", "ipc/grammar"},
	"daemon": {"wire", "fsm", "daemon/rib", "daemon/policy", "daemon/transport", "daemon/kernel", "daemon/journal", "daemon/fault",
		"daemon/config", "ipc", "ipc/api", "ipc/grammar", "ipc/logline"},
	"ipc":         {},
	"ipc/api":     {},
	"ipc/grammar": {},
	"ipc/logline": {},
	"shell":       {"ipc", "ipc/api", "ipc/grammar", "ipc/logline"},
	"cmd/bgpd":    {"daemon", "daemon/config"},
	"cmd/bgpsh":   {"shell", "ipc", "wire", "wire/capture", "ipc/logline"},
}

// onlyIn says which packages may import a dependency, so that each is wrapped in one place.
var onlyIn = map[string][]string{
	"github.com/c-bata/go-prompt":         {"shell"},
	"github.com/olekukonko/tablewriter":   {"shell"},
	"github.com/spf13/viper":              {"cmd/bgpd"},
	"github.com/spf13/pflag":              {"cmd/bgpd", "cmd/bgpsh"},
	"github.com/sirupsen/logrus":          {"daemon", "daemon/journal"},
	"github.com/creachadair/jrpc2":        {"ipc"},
	"github.com/vishvananda/netlink":      {"daemon/kernel"},
	"github.com/vishvananda/netns":        {"daemon/kernel"},
	"golang.org/x/sys":                    {"daemon/transport", "daemon/kernel", "ipc", "shell"},
	"golang.org/x/term":                   {"shell"},
	"pgregory.net/rapid":                  {},
	"go.uber.org/goleak":                  {},
	"github.com/google/go-cmp":            {},
	"github.com/rogpeppe/go-internal":     {},
	"github.com/creack/pty":               {},
	"github.com/prometheus/client_golang": {"daemon/metrics"},
}

type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func short(path string) string { return strings.TrimPrefix(path, module+"/") }

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		name := short(p.ImportPath)
		if strings.HasPrefix(name, "tests") || len(p.GoFiles) == 0 {
			continue
		}
		allowed, known := mayImport[name]
		if !known {
			t.Errorf("package %s is not in the table of packages", name)
			continue
		}
		for _, imp := range p.Imports {
			switch {
			case strings.HasPrefix(imp, module+"/"):
				if !contains(allowed, short(imp)) {
					t.Errorf("%s imports %s: not in its row of mayImport", name, short(imp))
				}
			case strings.Contains(strings.Split(imp, "/")[0], "."):
				checkDependency(t, name, imp)
			}
		}
	}
}

func checkDependency(t *testing.T, name, imp string) {
	for dep, users := range onlyIn {
		if imp == dep || strings.HasPrefix(imp, dep+"/") {
			if !contains(users, name) {
				t.Errorf("%s imports %s: only %v may", name, imp, users)
			}
			return
		}
	}
	t.Errorf("%s imports %s: not a dependency that was agreed on", name, imp)
}
