package interop

import (
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
	"sync"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write docs/interop.md from the results")

const matrixFile = "../../docs/interop.md"

// peers are the columns of the matrix.
var peers = []*peer{
	{name: "FRR", about: frrVersion, make: newFRR, lacks: map[string]string{
		"an unknown attribute passes through us": "its show commands leave out attributes that it does not know",
	}},
	{name: "BIRD", about: birdVersion, make: newBIRD},
	{name: "GoBGP", about: gobgpVersion, make: newGoBGP, lacks: map[string]string{
		"route refresh, the peer asks": "it keeps what it received and sends no request",
	}},
	{name: "OpenBGPD", about: openbgpdVersion, make: newOpenBGPD, lacks: map[string]string{
		"route refresh, we ask": "7.7 refuses every request, also BIRD's, as for a family that is not negotiated",
	}},
	{name: "ExaBGP", about: exabgpVersion, make: newExaBGPPeer, lacks: map[string]string{
		"the peer shows our shutdown message": "4.2.21 cannot decode a NOTIFICATION with a message, whoever sends it",
		"we show the peer's shutdown message": "it ends sessions with a code, without a text",
	}},
}

// matrix gathers what came out of the encounters.
type matrix struct {
	mu    sync.Mutex
	cells map[[2]string]string // case and peer
}

func newMatrix() *matrix { return &matrix{cells: map[[2]string]string{}} }

func (m *matrix) ran(name, peer string, passed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cells[[2]string{name, peer}] = "failed"
	if passed {
		m.cells[[2]string{name, peer}] = "pass"
	}
}

func (m *matrix) lacks(name, peer, reason string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cells[[2]string{name, peer}] = reason
}

// render gives the table and the notes below it.
func (m *matrix) render() string {
	var b, notes strings.Builder
	b.WriteString("| case |")
	rule := "|---|"
	for _, p := range peers {
		fmt.Fprintf(&b, " %s |", p.name)
		rule += "---|"
	}
	b.WriteString("\n" + rule + "\n")
	n := 0
	for _, e := range encounters {
		fmt.Fprintf(&b, "| %s |", e.name)
		for _, p := range peers {
			cell := m.cells[[2]string{e.name, p.name}]
			if cell != "pass" && cell != "failed" && cell != "" {
				n++
				fmt.Fprintf(&notes, "%d. %s, %s: %s.\n", n, p.name, e.name, cell)
				cell = fmt.Sprintf("peer lacks it (%d)", n)
			}
			fmt.Fprintf(&b, " %s |", cell)
		}
		b.WriteString("\n")
	}
	if n > 0 {
		b.WriteString("\n" + notes.String())
	}
	return b.String()
}

const matrixHead = `# Interoperability

What happens between bgpd and the programs of others. Each cell is the outcome of a test that ran the real programs, as Debian ships
them, in network namespaces; ` + "`go test ./tests/interop -interop -rewrite`" + ` (as root) made this page from its results, and every run of
` + "`make test`" + ` holds the page to what it finds.

`

const matrixTail = `
Each meeting has an IPv4 session with IPv4 routes and an IPv6 session with IPv6 routes, and passes only when both ends say the same:
our own show commands and the peer's are read, never a capture in between. Attributes are compared one by one: ORIGIN, AS_PATH, next
hop, MULTI_EXIT_DISC, LOCAL_PREF, ATOMIC_AGGREGATE, AGGREGATOR, communities, extended and large communities; routes of a third router
(ExaBGP, behind us) show what we pass on. "Both open at once" is six rounds in which both sides are cleared and one is held up until the
other has dialed; each must end with one TCP connection, the same at both ends.
`

// check compares the page with the results, or writes it. A run of some of the tests tells nothing about the others.
func (m *matrix) check(t *testing.T) {
	t.Helper()
	if flag.Lookup("test.run").Value.String() != "" {
		t.Log("a part of the tests: docs/interop.md is not looked at")
		return
	}
	table := m.render()
	if *rewrite && !t.Failed() {
		var versions []string
		for _, p := range peers {
			v, err := p.about()
			if err != nil {
				t.Fatal(err)
			}
			versions = append(versions, p.name+" "+v)
		}
		sort.Strings(versions)
		page := matrixHead + "Peers: " + strings.Join(versions, ", ") + ".\n\n" + table + matrixTail
		if err := os.WriteFile(matrixFile, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	page, err := os.ReadFile(matrixFile)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), table) {
		t.Errorf("docs/interop.md does not say what came out:\n%s", table)
	}
}
