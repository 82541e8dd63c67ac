package conformance

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	withPeers = flag.Bool("peers", false, "run the checks against FRR, BIRD, GoBGP and OpenBGPD too (root, network namespaces)")
	rewrite   = flag.Bool("rewrite", false, "with -peers: write the table to docs/conformance.md")
	matching  = flag.String("check", "", "the checks whose row matches this regular expression alone")
	only      = flag.String("only", "", "with -peers: this program alone")
)

// checks is every check, in the order of the table.
func checks() []check {
	all := slices.Concat(headerChecks, openChecks, machineChecks, updateChecks, attributeChecks, exchangeChecks, pathChecks())
	wanted := regexp.MustCompile(*matching)
	return slices.DeleteFunc(all, func(c check) bool { return !wanted.MatchString(c.section + ": " + c.stimulus + ": " + c.demand) })
}

// TestConformance demands every check of bgpd.
func TestConformance(t *testing.T) {
	for _, r := range examine(t, bgpd, mayNamespace(), false) {
		if r.err != nil {
			t.Errorf("%s: %s\n\twanted: %s\n\t%v", r.section, r.stimulus, r.demand, r.err)
		}
	}
}

// TestPeers runs the checks against other programs. What they do is reported, not judged: it shows that the checks ask what
// others answer too.
func TestPeers(t *testing.T) {
	if !*withPeers {
		t.Skip("left out without -peers")
	}
	defer func(usual time.Duration) { patience = usual }(patience)
	patience = 5 * time.Second
	columns := [][]result{}
	subjects := append([]launcher{bgpd}, peers...)
	subjects = slices.DeleteFunc(subjects, func(l launcher) bool { return *only != "" && l.name != *only })
	for _, l := range subjects {
		results := examine(t, l, true, true)
		passed := 0
		for _, r := range results {
			if r.err == nil {
				passed++
				continue
			}
			t.Logf("%s: %s: %s: wanted %s: %v", l.name, r.section, r.stimulus, r.demand, r.err)
		}
		t.Logf("%s: %d of %d", l.name, passed, len(results))
		columns = append(columns, results)
	}
	if *rewrite && *only == "" {
		if err := os.WriteFile("../../docs/conformance.md", document(subjects, columns), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// launcher is one program that the checks can be run against.
type launcher struct {
	name    string
	version func() string
	start   func(t *testing.T, d *subject) error
}

func examine(t *testing.T, l launcher, namespaced, again bool) []result {
	t.Helper()
	dir, err := os.MkdirTemp("", "bgpsh-conformance-")
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o755)
	t.Cleanup(func() { os.RemoveAll(dir) })
	d, err := layout(t, dir, namespaced)
	if err != nil {
		t.Fatal(err)
	}
	d.name = l.name
	defer func() { d.hangUp() }()
	results, err := d.examine(func() error {
		d.hangUp()
		if err := l.start(t, d); err != nil {
			return err
		}
		for end := time.Now().Add(time.Minute); ; {
			err := d.attach()
			if err == nil || time.Now().After(end) {
				return err
			}
		}
	}, again)
	if err != nil {
		t.Fatalf("%s: %v", l.name, err)
	}
	return results
}

// document is the table of what came of every check with every program.
func document(subjects []launcher, columns [][]result) []byte {
	var b strings.Builder
	b.WriteString("# What the RFCs demand, and who does it\n\n")
	b.WriteString("Made by `go test ./tests/conformance -peers -rewrite` as root; do not edit. Every check drives the program through raw sockets: what is\n")
	b.WriteString("sent, what the RFC wants to come of it. `yes`: it came; `no`: something else did; `-`: the program does not offer what the check is\n")
	b.WriteString("about; `ends`: the program does, by itself. A check that fails is done once more, because on a busy machine an answer can come too late. Some demands are a MAY that a configuration switches on; the configurations stand in tests/conformance/peers_test.go.\n\n")
	b.WriteString("| section | sent or done | demand |")
	line := "|---|---|---|"
	for _, l := range subjects {
		fmt.Fprintf(&b, " %s %s |", l.name, l.version())
		line += "---|"
	}
	b.WriteString("\n" + line + "\n")
	counts := make([]int, len(columns))
	for i, r := range columns[0] {
		fmt.Fprintf(&b, "| %s | %s | %s |", r.section, r.stimulus, r.demand)
		for k := range columns {
			word := "no"
			switch err := columns[k][i].err; {
			case err == nil:
				word = "yes"
				counts[k]++
			case errors.Is(err, errLacks):
				word = "-"
			case errors.Is(err, errEnded):
				word = "ends"
			}
			fmt.Fprintf(&b, " %s |", word)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "| all | %d checks | |", len(columns[0]))
	for _, n := range counts {
		fmt.Fprintf(&b, " %d |", n)
	}
	b.WriteString("\n")
	return []byte(b.String())
}

// bgpd is this project's daemon.
var bgpd = launcher{
	name:    "bgpd",
	version: func() string { return "" },
	start: func(t *testing.T, d *subject) error {
		if out, err := exec.Command("go", "build", "-o", d.dir+"/", "bgpsh/cmd/bgpd").CombinedOutput(); err != nil {
			return fmt.Errorf("building: %v: %s", err, out)
		}
		file := filepath.Join(d.dir, "startup.conf")
		if err := os.WriteFile(file, []byte(ours(d.setup)), 0o600); err != nil {
			return err
		}
		return d.launch(t, d.command(filepath.Join(d.dir, "bgpd"), "--startup-config", file, "--data-dir", d.dir,
			"--socket", filepath.Join(d.dir, "sock"), "--log-level", "warn"))
	},
}

// choices are the words for the paths that a neighbor is sent, in bgpd and FRR.
var choices = map[kind]string{every: "addpath-tx-all-paths", best2: "addpath-tx-best-selected 2", perAS: "addpath-tx-bestpath-per-AS"}

// ours is the configuration of bgpd.
func ours(s *setup) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("router bgp %d\n bgp router-id %v\n bgp listen-address %v port %d", daemonAS, s.id, s.addr, s.port)
	all, as := s.all()
	for i, n := range all {
		line(" neighbor %v remote-as %d\n neighbor %v port %d\n neighbor %v timers connect 1\n neighbor %v timers idle-hold 0",
			n.addr, as[i], n.addr, n.port, n.addr, n.addr)
		if n.kind != dialed {
			line(" neighbor %v passive", n.addr)
		}
		switch n.kind {
		case guarded:
			line(" neighbor %v ttl-security hops 1", n.addr)
		case secret:
			line(" neighbor %v password %s", n.addr, password)
		case customer:
			line(" neighbor %v local-role provider", n.addr)
		}
	}
	for _, family := range []string{"ipv4", "ipv6"} {
		line(" address-family %s unicast", family)
		for _, n := range all {
			line("  neighbor %v activate", n.addr)
			if words := choices[n.kind]; words != "" {
				line("  neighbor %v %s", n.addr, words)
			}
			if n.kind != internal {
				line("  neighbor %v allow any in\n  neighbor %v allow any out", n.addr, n.addr)
			}
			if family == "ipv6" && s.namespace == "" {
				line("  neighbor %v next-hop 2001:db8:ffff::1", n.addr)
			}
		}
		line(" exit-address-family")
	}
	return b.String()
}
