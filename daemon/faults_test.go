package daemon

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// triangle is three external neighbors of each other; each may announce networks of its own.
func triangle(seed uint64) (*lab, [3]*simNode) {
	s := newLab(seed)
	var nodes [3]*simNode
	for i := range nodes {
		lines := []string{fmt.Sprintf("router bgp %d", 65001+i), fmt.Sprintf("bgp router-id 10.0.0.%d", i+1)}
		var family []string
		for j := range nodes {
			if j != i {
				p := fmt.Sprintf("neighbor 10.0.0.%d ", j+1)
				lines = append(lines, p+fmt.Sprintf("remote-as %d", 65001+j), p+"timers 3 9", p+"timers connect 5")
				family = append(family, p+"allow any in", p+"allow any out")
			}
		}
		lines = append(lines, "address-family ipv4 unicast")
		nodes[i] = s.add(string(rune('a'+i)), fmt.Sprintf("10.0.0.%d/24", i+1), append(lines, family...)...)
	}
	return s, nodes
}

// A faulty run changes networks and neighbors, cuts and heals the network, for a virtual minute.
type faulty struct {
	s        *lab
	nodes    [3]*simNode
	networks [3]map[string]bool
	shut     [3][3]bool
}

func (f *faulty) change() {
	i, j := f.s.rng.IntN(3), f.s.rng.IntN(3)
	router := fmt.Sprintf("router bgp %d", 65001+i)
	switch f.s.rng.IntN(5) {
	case 0:
		p := fmt.Sprintf("198.51.%d.0/24", 10*i+f.s.rng.IntN(3))
		line := "network " + p
		if f.networks[i][p] = !f.networks[i][p]; !f.networks[i][p] {
			line = "no " + line
		}
		f.nodes[i].configure(router, "address-family ipv4 unicast", line)
	case 1:
		if i == j {
			return
		}
		line := fmt.Sprintf("neighbor 10.0.0.%d shutdown", j+1)
		if f.shut[i][j] = !f.shut[i][j]; !f.shut[i][j] {
			line = "no " + line
		}
		f.nodes[i].configure(router, line)
	case 2:
		f.s.fabric.Partition(f.nodes[i].name, f.nodes[j].name)
	case 3:
		f.s.fabric.Heal(f.nodes[i].name, f.nodes[j].name)
	case 4:
		if n := len(f.s.fabric.Streams()); n > 0 {
			f.s.fabric.Streams()[f.s.rng.IntN(n)].BreakAfter(f.s.rng.IntN(40))
		}
	}
}

// heal ends all faults.
func (f *faulty) heal() {
	for i, n := range f.nodes {
		for j, other := range f.nodes {
			f.s.fabric.Heal(n.name, other.name)
			if f.shut[i][j] {
				n.configure(fmt.Sprintf("router bgp %d", 65001+i), fmt.Sprintf("no neighbor 10.0.0.%d shutdown", j+1))
			}
		}
	}
}

// want is the table of node i when every session is up: its own networks, and those of the others straight from them.
func (f *faulty) want(i int) (out []string) {
	for j := range f.nodes {
		path := ""
		if j != i {
			path = fmt.Sprint(65001 + j)
		}
		for p, on := range f.networks[j] {
			if on {
				out = append(out, fmt.Sprintf("%s via %q", p, path))
			}
		}
	}
	slices.SortFunc(out, func(a, b string) int { return prefixOf(a).Compare(prefixOf(b)) })
	return out
}

func prefixOf(line string) netip.Prefix {
	var p string
	fmt.Sscan(line, &p)
	return netip.MustParsePrefix(p)
}

func TestTablesAgreeAfterFaults(t *testing.T) {
	seeds := uint64(100)
	if testing.Short() {
		seeds = 10
	}
	for seed := range seeds {
		s, nodes := triangle(seed)
		f := &faulty{s: s, nodes: nodes}
		for i := range f.networks {
			f.networks[i] = map[string]bool{}
		}
		for range 40 {
			f.change()
			s.run(time.Duration(s.rng.IntN(3000))*time.Millisecond, func() bool { return false })
		}
		f.heal()
		agree := func() bool {
			for i, n := range nodes {
				down := func(p *session) bool { return p.up == nil }
				if slices.ContainsFunc(n.sessions, down) || !n.has(f.want(i)...) {
					return false
				}
			}
			return true
		}
		if !s.run(6*time.Minute, func() bool { return s.steps%64 == 0 && agree() }) && !agree() {
			for i, n := range nodes {
				t.Errorf("seed %d: %s has %v, want %v", seed, n.name, n.table(), f.want(i))
				for _, p := range n.sessions {
					t.Errorf("  neighbor %s is %s: %v", p.name, p.peer.State(), p.view.Load().down)
				}
			}
			t.Fatal(s.text())
		}
	}
}
