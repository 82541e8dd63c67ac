package daemon

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
)

// pair is a simulation of two external neighbors that announce a network each.
func pair(seed uint64) (s *lab, a, b *simNode) {
	s = newLab(seed)
	a = s.add("a", "10.0.0.1/24", "router bgp 65001", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 65002",
		"address-family ipv4 unicast", "network 192.0.2.0/25", "neighbor 10.0.0.2 allow any in", "neighbor 10.0.0.2 allow any out")
	b = s.add("b", "10.0.0.2/24", "router bgp 65002", "bgp router-id 10.0.0.2", "neighbor 10.0.0.1 remote-as 65001",
		"address-family ipv4 unicast", "network 192.0.2.128/25", "neighbor 10.0.0.1 allow any in", "neighbor 10.0.0.1 allow any out")
	return s, a, b
}

// table lists a daemon's best routes with their AS paths.
func (n *simNode) table() (out []string) {
	l := n.loop.rib.List(rib.Query{Family: config.Families[0]})
	for done := false; !done; {
		var page []rib.RouteView
		page, done = l.Next(100, 1000)
		for _, r := range page {
			out = append(out, fmt.Sprintf("%s via %q", r.Prefix, r.Paths[0].Post.ASPath()))
		}
	}
	return out
}

func (n *simNode) has(want ...string) bool { return slices.Equal(n.table(), want) }

func TestTwoDaemonsExchangeRoutes(t *testing.T) {
	for seed := range uint64(200) {
		s, a, b := pair(seed)
		ok := s.run(2*time.Minute, func() bool {
			return s.steps%16 == 0 && a.has(`192.0.2.0/25 via ""`, `192.0.2.128/25 via "65002"`) &&
				b.has(`192.0.2.0/25 via "65001"`, `192.0.2.128/25 via ""`)
		})
		if !ok {
			t.Fatalf("seed %d: a has %v, b has %v after %d steps; trace:\n%s", seed, a.table(), b.table(), s.steps, s.text())
		}
	}
}

func TestSameSeedSameTrace(t *testing.T) {
	traces := map[string]uint64{}
	for seed := range uint64(20) {
		first, second := tracedRun(seed), tracedRun(seed)
		if first != second {
			t.Fatalf("seed %d gave two traces:\n%s\nand\n%s", seed, first, second)
		}
		traces[first] = seed
	}
	if len(traces) < 15 {
		t.Errorf("20 seeds gave only %d different traces", len(traces))
	}
}

func tracedRun(seed uint64) string {
	s, _, _ := pair(seed)
	s.run(40*time.Second, func() bool { return false })
	return s.text()
}

// TestComesBackSoon bounds the time from `no shutdown` to the session, whatever the peer is doing at that moment.
func TestComesBackSoon(t *testing.T) {
	worst := time.Duration(0)
	for seed := range uint64(300) {
		s, a, b := pair(seed)
		up := func() bool { return a.sessions[0].up != nil && b.sessions[0].up != nil }
		if !s.run(time.Minute, up) {
			t.Fatalf("seed %d: never up:\n%s", seed, s.text())
		}
		a.configure("router bgp 65001", "neighbor 10.0.0.2 shutdown")
		s.run(time.Duration(s.rng.IntN(3000))*time.Millisecond, func() bool { return false })
		a.configure("router bgp 65001", "no neighbor 10.0.0.2 shutdown")
		began := s.now
		if !s.run(10*time.Second, up) {
			t.Fatalf("seed %d: not back within 10 s:\n%s", seed, s.text())
		}
		worst = max(worst, s.now.Sub(began))
	}
	t.Log("slowest return ", worst)
}
