package interop

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"

	"bgpsh/wire"
)

// A scene is one configuration with all neighbors that it has and the routes that these announce, made from a seed. The same
// seed makes the same scene, so a difference can be looked at again.
type scene struct {
	*rand.Rand
	seed      uint64
	pair      int
	global    []string // lines of `router bgp`
	family    map[wire.Family][]string
	lists     []string // at the top level: lists and maps
	contested bool     // neighbors announce the same prefixes
	meds      bool     // ... with MEDs
	groups    []*subject
	subjects  []*subject
	names     int
	toggled   []string               // settings of the router that edits turned on or off
	mapFamily map[string]wire.Family // of each route map
}

// A subject is one neighbor, or a peer group that some of them take settings of.
type subject struct {
	i        int
	name     string // the address, or the group's name
	plan     plan
	group    *subject
	internal bool
	session  []string // lines without `neighbor X`
	inFamily []string
	routes   [2][]offer // at first, and what changes then
	dropped  []string   // of inFamily, by edits
	counted  int        // only so many routes are sent, whichever they are; 0: all
}

// An offer is one UPDATE of a neighbor: attributes for prefixes, or their withdrawal.
type offer struct {
	kind     string
	prefixes []netip.Prefix
	attrs    wire.Attrs
	withdraw bool
}

// What every scene has.
const (
	sceneNeighbors = 40
	sceneSixes     = 12 // how many of them speak IPv6
	sceneFirst     = 20 // last octet of the first neighbor's address
	sceneAS        = 65000
)

var (
	sceneAddr4 = netip.MustParseAddr("10.1.0.1")
	sceneAddr6 = netip.MustParseAddr("2001:db8:1::1")
)

// newScene makes the scene of a seed and a number.
func newScene(seed uint64, pair int) *scene {
	s := &scene{Rand: rand.New(rand.NewPCG(seed, uint64(pair))), seed: seed, pair: pair, family: map[wire.Family][]string{},
		mapFamily: map[string]wire.Family{}}
	s.composeRouter()
	for range 4 {
		s.groups = append(s.groups, s.newGroup())
	}
	for i := range sceneNeighbors {
		s.subjects = append(s.subjects, s.newSubject(i))
	}
	for _, n := range s.subjects {
		s.composeRoutes(n)
	}
	s.composeOrigins()
	return s
}

func (s *scene) chance(percent int) bool { return s.IntN(100) < percent }

func pick[T any](s *scene, list ...T) T { return list[s.IntN(len(list))] }

// some gives n different members of the list, in its order.
func some[T any](s *scene, n int, list []T) (out []T) {
	for i, x := range list {
		if s.IntN(len(list)-i) < n-len(out) {
			out = append(out, x)
		}
	}
	return out
}

// fresh gives a name that nothing else has.
func (s *scene) fresh(kind string) string {
	s.names++
	return fmt.Sprintf("%s%d", kind, s.names)
}

// newSubject makes neighbor i: what AS it is of, its settings and its policy.
func (s *scene) newSubject(i int) *subject {
	n := &subject{i: i}
	n.plan = plan{from: subjectAddr(i), to: sceneAddr4}
	if !n.plan.from.Is4() {
		n.plan.to = sceneAddr6
	}
	n.name = n.plan.from.String()
	switch {
	case s.chance(30):
		n.internal, n.plan.as = true, sceneAS
	case s.chance(20):
		n.plan.as = pick[uint32](s, 3901, 64801) // shared with others
	default:
		n.plan.as = pick[uint32](s, 3000, 64700, 400000, 4200000000) + uint32(i)
	}
	for _, g := range s.groups {
		if g.internal == n.internal && g.plan.from.Is4() == n.plan.from.Is4() && s.chance(25) {
			n.group = g
			break
		}
	}
	s.composeKnobs(n)
	return n
}

// subjectAddr is the address of neighbor i. The last ones speak IPv6.
func subjectAddr(i int) netip.Addr {
	if i >= sceneNeighbors-sceneSixes {
		return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 1, 15: byte(sceneFirst + i)})
	}
	return netip.AddrFrom4([4]byte{10, 1, 0, byte(sceneFirst + i)})
}

func (s *scene) newGroup() *subject {
	g := &subject{i: -1, name: s.fresh("G"), internal: s.chance(30), plan: plan{from: sceneAddr4}}
	if s.chance(30) {
		g.plan.from = sceneAddr6
	}
	if g.internal {
		g.session = append(g.session, "remote-as internal")
	}
	s.composeKnobs(g)
	return g
}

// composeRouter chooses the settings of the router itself.
func (s *scene) composeRouter() {
	add := func(percent int, lines ...string) {
		if s.chance(percent) {
			s.global = append(s.global, lines...)
		}
	}
	add(100, "bgp router-id 10.0.0.1", "no bgp network import-check", "no bgp default ipv4-unicast", "no bgp enforce-first-as", "coalesce-time 100", "bgp route-map delay-timer 1")
	add(80, "no bgp ebgp-requires-policy")
	// Which of two external paths is older depends on the clock, and without a grouping MEDs on the order of arrival.
	if s.contested = s.chance(70); s.contested {
		add(100, "bgp bestpath compare-routerid")
		s.meds = s.chance(60)
		if s.meds {
			add(100, pick(s, "bgp always-compare-med", "bgp deterministic-med"))
		}
	}
	add(15, "bgp bestpath as-path ignore")
	add(25, "bgp bestpath med missing-as-worst")
	add(25, fmt.Sprintf("bgp default local-preference %d", 50+s.IntN(200)))
	add(30, pick(s, "bgp cluster-id 10.9.9.9", "bgp cluster-id 77"))
	add(15, "no bgp client-to-client reflection")
	add(30, "bgp route-reflector allow-outbound-policy")
	add(10, pick(s, "bgp max-med administrative", "bgp max-med administrative 4000"))
	add(10, "bgp graceful-shutdown")
	add(20, pick(s, "bgp bestpath as-path multipath-relax", "bgp bestpath peer-type multipath-relax"))
	add(20, "bgp reject-as-sets")
	for _, f := range []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast} {
		if s.chance(30) {
			s.family[f] = append(s.family[f], fmt.Sprintf("maximum-paths %d", 1+s.IntN(8)))
		}
		if s.chance(30) {
			s.family[f] = append(s.family[f], fmt.Sprintf("maximum-paths ibgp %d%s", 1+s.IntN(8), pick(s, "", " equal-cluster-length")))
		}
	}
}

// composeOrigins chooses what the router itself originates: networks, and aggregates of what one neighbor announces.
func (s *scene) composeOrigins() {
	for _, f := range []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast} {
		own := []string{"192.0.2.0/24", "198.51.100.0/25", contestedPrefix(f, 0).String()}
		if f == wire.IPv6Unicast {
			own = []string{"2001:db8:a::/48", "2001:db8:b::/49", contestedPrefix(f, 0).String()}
		}
		for _, p := range own {
			if s.chance(50) {
				s.family[f] = append(s.family[f], "network "+p)
			}
		}
		for _, n := range some(s, 3, s.subjects) {
			if n.plan.family() == f {
				s.family[f] = append(s.family[f], fmt.Sprintf("aggregate-address %s%s", n.block(),
					pick(s, "", " summary-only", " summary-only", " origin egp", " matching-MED-only")))
			}
		}
	}
}

// text is the configuration.
func (s *scene) text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for _, l := range s.lists {
		line("%s", l)
	}
	line("router bgp %d", sceneAS)
	for _, l := range s.global {
		line(" %s", l)
	}
	for _, g := range s.groups {
		line(" neighbor %s peer-group", g.name)
	}
	all := append(s.groups[:len(s.groups):len(s.groups)], s.subjects...)
	for _, n := range all {
		for _, l := range n.sessionLines() {
			line(" neighbor %s %s", n.name, l)
		}
	}
	for _, f := range []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast} {
		line(" address-family %s unicast", map[wire.Family]string{wire.IPv4Unicast: "ipv4", wire.IPv6Unicast: "ipv6"}[f])
		for _, l := range s.family[f] {
			line("  %s", l)
		}
		for _, n := range all {
			if n.plan.family() == f {
				for _, l := range n.inFamily {
					line("  %s", n.statement(l))
				}
			}
		}
		line(" exit-address-family")
	}
	line("exit")
	return b.String()
}

// sessionLines are the statements of the neighbor outside of its family.
func (n *subject) sessionLines() []string {
	if n.i < 0 {
		return n.session
	}
	var lines []string
	if n.group == nil || !n.group.internal {
		lines = append(lines, fmt.Sprintf("remote-as %d", n.plan.as))
	}
	if n.group != nil {
		lines = append(lines, "peer-group "+n.group.name)
	}
	return append(append(lines, "passive", "timers connect 1"), n.session...)
}

// statement writes a line of the neighbor, which may be a `no`.
func (n *subject) statement(l string) string {
	if rest, ok := strings.CutPrefix(l, "no "); ok {
		return "no neighbor " + n.name + " " + rest
	}
	return "neighbor " + n.name + " " + l
}

// about tells what is configured for the neighbor, for a report.
func (n *subject) about() string {
	s := fmt.Sprintf("%s AS %d: %s | %s", n.name, n.plan.as, strings.Join(n.session, ", "), strings.Join(n.inFamily, ", "))
	if n.group != nil {
		s += " | of " + n.group.about()
	}
	return s
}
