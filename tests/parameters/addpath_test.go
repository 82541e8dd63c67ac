package parameters

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// paths is what a station was told of the feeders' prefix, by path identifier, 0 without ADD-PATH; nil while no session is
// up or its table is not complete.
func (s *station) paths() map[uint32]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.routes == nil || s.eor == 0 {
		return nil
	}
	out := map[uint32]string{}
	for name, text := range s.routes {
		var id uint32
		if name != fed {
			fmt.Sscanf(name, fed+" id %d", &id)
		}
		out[id] = text
	}
	return out
}

// has reports whether the station was told just these paths.
func (s *station) has(want ...string) bool {
	return slices.Equal(slices.Sorted(maps.Values(s.paths())), slices.Sorted(slices.Values(want)))
}

// offered is the ADD-PATH mode that the router offered in its last OPEN.
func (s *station) offered() uint8 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.routes == nil || s.peer == nil || len(s.peer.Caps.AddPath) == 0 {
		return 0
	}
	return s.peer.Caps.AddPath[0].Mode
}

// addPathLab has four feeders of one prefix, two of them of one AS, and a receiver with ADD-PATH at 10.0.0.6 in a peer-group.
func addPathLab(t *testing.T) (*lab, *station) {
	t.Helper()
	feeder := func(as uint32, path ...uint32) *station {
		return &station{as: as, feed: [][]byte{announcement(fed, asPath(append([]uint32{as}, path...)...))}}
	}
	taker := &station{as: 65009, caps: wire.Capabilities{AddPath: []wire.AddPath{{Family: wire.IPv4Unicast, Mode: wire.AddPathReceive}}}}
	one := feeder(65002)
	one.caps = taker.caps
	l := newLab(t, []*station{one, feeder(65003, 7), feeder(65003, 7, 8), feeder(65004, 7, 8, 9), taker},
		"neighbor TAKERS peer-group", "neighbor 10.0.0.6 peer-group TAKERS")
	return l, taker
}

const (
	first  = "[65001 65002] 10.0.0.2"
	second = "[65001 65003 7] 10.0.0.2"
	third  = "[65001 65003 7 8] 10.0.0.2"
	fourth = "[65001 65004 7 8 9] 10.0.0.2"
)

// Each statement chooses which paths the receiver gets, on the neighbor and on its peer-group; its no form takes it back.
func TestAddPathSelections(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		line   string
		effect api.Effect
		told   []string
	}{
		{"neighbor 10.0.0.6 addpath-tx-all-paths", api.EffectReset, []string{first, second, third, fourth}},
		{"neighbor TAKERS addpath-tx-best-selected 2", api.EffectReset, []string{first, second}},
		{"neighbor 10.0.0.6 addpath-tx-bestpath-per-AS", api.EffectReset, []string{first, second, fourth}},
	} {
		t.Run(row.line, func(t *testing.T) {
			t.Parallel()
			l, taker := addPathLab(t)
			told := func(want ...string) {
				t.Helper()
				l.until(fmt.Sprint("told ", want), func() bool { return taker.has(want...) })
			}
			l.until("one path without the statement", func() bool { p := taker.paths(); return len(p) == 1 && p[0] == first })
			result := l.apply("address-family ipv4 unicast", row.line)
			if !slices.ContainsFunc(result.Changes, func(c api.ChangeResult) bool { return c.Effect == row.effect }) {
				t.Errorf("%+v", result)
			}
			told(row.told...)
			if _, zero := taker.paths()[0]; zero || taker.offered() != wire.AddPathBoth {
				t.Errorf("paths %v, offered %d", taker.paths(), taker.offered())
			}
			l.apply("address-family ipv4 unicast", "no "+row.line)
			l.until("the best path alone again", func() bool { p := taker.paths(); return len(p) == 1 && p[0] == first })
			if taker.offered() != wire.AddPathReceive {
				t.Errorf("offered %d", taker.offered())
			}
		})
	}
}

// What is chosen changes without a reset, and identifiers stay; advertised-routes and explain name them.
func TestAddPathIdentifiers(t *testing.T) {
	t.Parallel()
	l, taker := addPathLab(t)
	l.apply("address-family ipv4 unicast", "neighbor 10.0.0.6 addpath-tx-all-paths")
	l.until("all paths", func() bool { return len(taker.paths()) == 4 })
	all := taker.paths()
	generation := l.neighbor("10.0.0.6").Generation
	l.apply("address-family ipv4 unicast", "neighbor 10.0.0.6 addpath-tx-best-selected 3")
	l.until("three paths", func() bool { return len(taker.paths()) == 3 })
	for id, text := range taker.paths() {
		if all[id] != text {
			t.Errorf("path %d was %q, is %q", id, all[id], text)
		}
	}
	if now := l.neighbor("10.0.0.6").Generation; now != generation {
		t.Errorf("the session was reset: generation %d, then %d", generation, now)
	}
	page := must[api.RoutesPage](l.router, api.BGPRoutes, api.RoutesParams{Family: api.IPv4Unicast, View: api.ViewAdvertised, Neighbor: "10.0.0.6"})
	for _, p := range page.Routes[0].Paths {
		if want := "[" + p.ASPath + "] " + p.NextHop.String(); taker.paths()[p.SentID] != want {
			t.Errorf("listed %d as %q, told %q", p.SentID, want, taker.paths()[p.SentID])
		}
	}
	if len(page.Routes[0].Paths) != 3 {
		t.Errorf("%d paths are listed", len(page.Routes[0].Paths))
	}
	x := must[api.Explanation](l.router, api.BGPExplain, api.ExplainParams{Prefix: netip.MustParsePrefix(fed), To: "10.0.0.6"})
	var said []string
	for _, p := range x.Sending.Paths {
		said = append(said, fmt.Sprint(p.From, " ", p.Outcome, " ", p.Reason))
	}
	slices.Sort(said)
	want := []string{"10.0.0.2 sent ", "10.0.0.3 sent ", "10.0.0.4 sent ", "10.0.0.5 withheld not among the paths chosen for ADD-PATH"}
	if !slices.Equal(said, want) {
		t.Errorf("explained %q", said)
	}
}

// Export policy judges each path by itself, and a feeder with ADD-PATH gets the paths of the others.
func TestAddPathPolicyAndHorizon(t *testing.T) {
	t.Parallel()
	l, taker := addPathLab(t)
	l.apply("address-family ipv4 unicast", "neighbor 10.0.0.6 addpath-tx-all-paths", "neighbor 10.0.0.2 addpath-tx-all-paths", "exit-address-family")
	result := l.apply("bgp as-path access-list EIGHT permit _8_", "route-map OUT deny 10", "match as-path EIGHT", "exit", "route-map OUT permit 20", "exit",
		"router bgp 65001", "address-family ipv4 unicast", "no neighbor 10.0.0.6 allow any out", "neighbor 10.0.0.6 route-map OUT out")
	if !result.Applied {
		t.Fatalf("%+v", result)
	}
	l.until("the short paths", func() bool { return taker.has(first, second) })
	var others []string
	for _, path := range []string{second, third, fourth} { // their next hop is the receiver's own address: it gets ours
		others = append(others, strings.Replace(path, "10.0.0.2", "10.0.0.1", 1))
	}
	l.until("the others' paths", func() bool { return l.stations[0].has(others...) })
	x := must[api.Explanation](l.router, api.BGPExplain, api.ExplainParams{Prefix: netip.MustParsePrefix(fed), To: "10.0.0.6"})
	for _, p := range x.Sending.Paths {
		if denied := p.From == "10.0.0.4" || p.From == "10.0.0.5"; denied != strings.Contains(p.Reason, "route-map OUT deny 10") {
			t.Errorf("from %s: %q", p.From, p.Reason)
		}
	}
}

// disable-addpath-rx takes the offer back.
func TestDisableAddPathRx(t *testing.T) {
	t.Parallel()
	l, taker := addPathLab(t)
	l.until("offered", func() bool { return taker.offered() == wire.AddPathReceive })
	l.apply("address-family ipv4 unicast", "neighbor TAKERS disable-addpath-rx")
	l.until("up without ADD-PATH", func() bool { return taker.paths() != nil && taker.offered() == 0 })
	l.apply("address-family ipv4 unicast", "no neighbor TAKERS disable-addpath-rx")
	l.until("offered again", func() bool { return taker.offered() == wire.AddPathReceive })
}
