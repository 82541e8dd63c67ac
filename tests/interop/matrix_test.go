package interop

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"
)

var rewrite = flag.Bool("rewrite", false, "write docs/interop.md from the results")

// lack is why a program cannot take part in a case, and what shows that it is so: the cell comes from a run like every other.
type lack struct {
	reason string
	shown  func(m *meeting)
}

// peers are the columns of the matrix.
var peers = []*peer{
	{name: "FRR", about: frrVersion, make: newFRR, lacks: map[string]lack{
		"an unknown attribute passes through us": {"its show commands leave out attributes that it does not know", func(m *meeting) {
			settled(m.t, "the route with an unknown attribute", m.theirs("203.0.114.0/24"))
			if out := m.peer.(*frrPeer).vtysh("show bgp ipv4 unicast 203.0.114.0/24"); strings.Contains(out, "0102030405") {
				m.t.Errorf("FRR does show it:\n%s", out)
			}
		}},
	}},
	{name: "BIRD", about: birdVersion, make: newBIRD},
	{name: "GoBGP", about: gobgpVersion, make: newGoBGP, lacks: map[string]lack{
		"route refresh, the peer asks": {"it keeps what it received and sends no request", func(m *meeting) {
			settled(m.t, "our route", m.theirs(our4Net))
			m.peer.refresh()
			// The answer to our own request comes after anything that GoBGP has sent on its own before.
			before := m.counter("updatesRecv")
			m.dut.sh("clear bgp ipv4 unicast " + their4 + " soft in")
			m.rises("GoBGP sends its routes again", "updatesRecv", before)
			if n := m.counter("routeRefreshRecv"); n != 0 {
				m.t.Errorf("GoBGP did ask, %v times", n)
			}
		}},
	}},
	{name: "OpenBGPD", about: openbgpdVersion, make: newOpenBGPD, lacks: map[string]lack{
		"route refresh, we ask": {"it refuses the request as one for a family that is not negotiated", func(m *meeting) {
			m.dut.sh("clear bgp ipv4 unicast " + their4 + " soft in")
			logs(m, "OpenBGPD refuses", m.peer.(*openbgpdPeer).log, "route refresh: AID IPv4 unicast not negotiated")
		}},
	}},
	{name: "ExaBGP", about: exabgpVersion, make: newExaBGPPeer, lacks: map[string]lack{
		"the peer shows our shutdown message": {"it fails to decode a NOTIFICATION with a message", func(m *meeting) {
			m.configure("neighbor " + their4 + " shutdown message " + words)
			logs(m, "ExaBGP stumbles", filepath.Join(m.peerNS.dir, "heard"), `can not decode update message of type \"3\"`)
		}},
	}},
}

// logs waits until a file of the peer has a text.
func logs(m *meeting, what, file, text string) {
	m.t.Helper()
	within(m.t, 10*time.Second, what, func() error {
		all, err := os.ReadFile(file)
		if err == nil && !strings.Contains(string(all), text) {
			err = fmt.Errorf("%s does not have %q:\n%.3000s", file, text, all)
		}
		return err
	})
}

// matrix gathers what came out of the cases with each peer.
type matrix struct {
	rows, columns []string // cases and peers
	mu            sync.Mutex
	cells         map[[2]string]string // case and peer
}

// meetAll runs every case with every peer at once, and gives the outcomes: cell gives what is run for one of each, and what its outcome is when
// it passes.
func meetAll(t *testing.T, cases, peers []string, cell func(c, p int) (outcome string, run func(*testing.T))) *matrix {
	m := &matrix{rows: cases, columns: peers, cells: map[[2]string]string{}}
	t.Run("peers", func(t *testing.T) {
		for c, name := range cases {
			for p, peer := range peers {
				outcome, run := cell(c, p)
				t.Run(name+"/"+peer, func(t *testing.T) {
					t.Parallel()
					defer func() { m.ran(name, peer, outcome, t.Failed()) }()
					run(t)
				})
			}
		}
	})
	return m
}

// namesOf are the names of cases or peers.
func namesOf[T any](list []T, name func(T) string) (names []string) {
	for _, x := range list {
		names = append(names, name(x))
	}
	return names
}

// ran records a cell: "pass", or what the peer lacks.
func (m *matrix) ran(name, peer, outcome string, failed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if failed {
		outcome = "failed"
	}
	m.cells[[2]string{name, peer}] = outcome
}

// render gives the table and the notes below it.
func (m *matrix) render() string {
	var b, notes strings.Builder
	b.WriteString("| case |")
	rule := "|---|"
	for _, p := range m.columns {
		fmt.Fprintf(&b, " %s |", p)
		rule += "---|"
	}
	b.WriteString("\n" + rule + "\n")
	n := 0
	for _, row := range m.rows {
		fmt.Fprintf(&b, "| %s |", row)
		for _, p := range m.columns {
			cell := m.cells[[2]string{row, p}]
			if cell != "pass" && cell != "failed" && cell != "" {
				n++
				fmt.Fprintf(&notes, "%d. %s, %s: %s.\n", n, p, row, cell)
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

const (
	matrixHead = "# Interoperability"
	matrixText = `What happens between bgpd and the programs of others. Each cell is the outcome of a test that ran the real programs, as Debian ships
them, in network namespaces, also where the peer lacks something; ` + "`go test ./tests/interop -interop -rewrite`" + ` (as root) made this page from its results, and every run of
` + "`make test`" + ` holds the page to what it finds.

`
	matrixTail = `
Each meeting has an IPv4 session with IPv4 routes and an IPv6 session with IPv6 routes, and passes only when both ends say the same:
our own show commands and the peer's are read, never a capture in between. Attributes are compared one by one: ORIGIN, AS_PATH, next
hop, MULTI_EXIT_DISC, LOCAL_PREF, ATOMIC_AGGREGATE, AGGREGATOR, communities, extended and large communities; routes of a third router
(ExaBGP, behind us) show what we pass on. "Both open at once" is six rounds in which both sides are cleared and one is held up until the
other has dialed; each must end with one TCP connection, the same at both ends.
`

	networksHead = "## Networks of several programs"
	networksText = `
| network | what is compared |
|---|---|
| bgpd reflects between FRR and BIRD, one of each a client | who gets what, ORIGINATOR_ID, CLUSTER_LIST and all that stays as it was; ` + "`no bgp client-to-client reflection`" + ` |
| FRR, BIRD and bgpd reflect for each other in a ring | routes that come back are refused by ORIGINATOR_ID or CLUSTER_LIST, and no others |
| bgpd as route server, fifty BIRDs | every member has what all others sent, with their AS path, next hop and MED; a policy of one shows at no other |
| FRR as provider, BIRD as customer | roles (RFC 9234; FRR has ` + "`local-role`" + ` from 8.4 on): mismatch and missing role end in a NOTIFICATION that both show, OTC, a leak that is refused |
| FRR and BIRD outside, FRR inside | GRACEFUL_SHUTDOWN both ways (RFC 8326), BLACKHOLE (RFC 7999), NO_EXPORT, NO_ADVERTISE, NO_EXPORT_SUBCONFED, NOPEER by their scope |
| FRR in our confederation, BIRD outside | AS paths and attributes inside and outside |
| FRR with zebra and staticd, and bgpd, each on a host with the same interfaces and routes | what external and internal neighbors are sent of ` + "`redistribute`" + `: which routes, by which maps, with which MED and next hop; interfaces, routes and the configuration change |
`
)

// check compares the two sections of the page that are about the peers with the results, or writes them.
func (m *matrix) check(t *testing.T) {
	t.Helper()
	var versions []string
	for _, p := range peers {
		v, err := p.about()
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, p.name+" "+v)
	}
	sort.Strings(versions)
	holdPage(t, matrixHead, matrixText+"Peers: "+strings.Join(versions, ", ")+".\n\n"+m.render()+matrixTail)
	holdPage(t, networksHead, networksText)
}
