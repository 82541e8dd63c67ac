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
	seed          uint64
	pair          int
	global        []string // lines of `router bgp`
	family        map[wire.Family][]string
	lists         []string // at the top level: lists and maps
	contested     bool     // neighbors announce the same prefixes
	confederation uint32   // 0: none
	meds          bool     // ... with MEDs
	groups        []*subject
	called        *subject // the group of those who call, if any do
	subjects      []*subject
	names         int
	numbers       int
	toggled       []string               // settings of the router that edits turned on or off
	dropped       []string               // of family, by edits
	sent          map[netip.Prefix]bool  // what we send to anybody
	ours          *router                // once it runs
	explained     map[difference]string  // what it said since the last comparison
	excused       map[difference]string  // the row that explains it, of what differs in the last comparison
	mapFamily     map[string]wire.Family // of each route map
}

// A subject is one neighbor, or a peer group that some of them take settings of.
type subject struct {
	i        int
	name     string // the address, or the group's name
	plan     plan
	group    *subject
	internal bool
	member   bool     // of another AS of our confederation
	dynamic  bool     // a group whose members call from a range and are not configured, or such a member
	session  []string // lines without `neighbor X`
	inFamily []string
	routes   [2][]offer // at first, and what changes then
	dropped  []string   // of inFamily, by edits
	counted  int        // only so many routes are sent, whichever they are; 0: all
}

// An offer is one UPDATE of a neighbor: attributes for a prefix, or its withdrawal.
type offer struct {
	kind     string
	prefix   netip.Prefix
	id       uint32 // of the path, for those who send several
	attrs    wire.Attrs
	withdraw bool
}

// What every scene has.
const (
	sceneNeighbors = 40
	sceneSixes     = 12 // how many of them speak IPv6
	sceneFirst     = 20 // last octet of the first neighbor's address
	sceneAS        = 65000

	// sceneRange holds the neighbors that are not configured: sceneCallers from the first of them on.
	sceneRange       = "10.1.0.40/30"
	sceneFirstCaller = 40 - sceneFirst
	sceneCallers     = 4

	sceneConfederation = 5100
)

// sceneMembers are the other ASes of our confederation.
var sceneMembers = []uint32{65101, 65102, 5103}

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
	s.composeCallers()
	for i := range sceneNeighbors {
		s.subjects = append(s.subjects, s.newSubject(i))
	}
	for _, n := range s.subjects {
		s.composeRoutes(n)
	}
	s.composeOrigins()
	return s
}

// title names the scene in reports.
func (s *scene) title() string { return fmt.Sprintf("seed %d pair %d", s.seed, s.pair) }

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
	if s.called != nil && i >= sceneFirstCaller && i < sceneFirstCaller+sceneCallers {
		n.dynamic, n.group, n.internal = true, s.called, s.called.internal
	}
	switch {
	case n.dynamic && n.internal, !n.dynamic && s.chance(30):
		n.internal, n.plan.as = true, sceneAS
	case s.confederation != 0 && !n.dynamic && s.chance(30):
		n.member, n.plan.as = true, pick(s, sceneMembers...)
	case s.chance(20):
		n.plan.as = pick[uint32](s, 3901, 64801) // shared with others
	default:
		n.plan.as = pick[uint32](s, 3000, 64700, 400000, 4200000000) + uint32(i)
	}
	for _, g := range s.groups {
		if !n.dynamic && !g.dynamic && g.internal == n.internal && !n.member && g.plan.from.Is4() == n.plan.from.Is4() && s.chance(25) {
			n.group = g
			break
		}
	}
	if !n.dynamic {
		s.composeKnobs(n)
	}
	n.plan.sends = s.chance(12)
	n.plan.receives = s.chance(10) || n.has("addpath-tx") && s.chance(90)
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
		g.session = append(g.session, s.internalAS())
	}
	s.composeKnobs(g)
	return g
}

// internalAS makes a group one of internal neighbors. In a confederation FRR takes the members of a group with `internal` for external.
func (s *scene) internalAS() string {
	if s.confederation != 0 {
		return fmt.Sprintf("remote-as %d", sceneAS)
	}
	return "remote-as internal"
}

// composeCallers lets some neighbors call from a range, as members of a group, without a statement of their own.
func (s *scene) composeCallers() {
	if !s.chance(40) {
		return
	}
	g := &subject{i: -1, name: s.fresh("G"), internal: s.chance(40), dynamic: true, plan: plan{from: sceneAddr4}}
	g.session = append(g.session, "remote-as external")
	if g.internal {
		g.session[0] = s.internalAS()
	}
	s.composeKnobs(g)
	s.called = g
	s.groups = append(s.groups, g)
}

// composeRouter chooses the settings of the router itself.
func (s *scene) composeRouter() {
	add := func(percent int, lines ...string) {
		if s.chance(percent) {
			s.global = append(s.global, lines...)
		}
	}
	add(100, "bgp router-id 10.0.0.1", "no bgp network import-check", "no bgp default ipv4-unicast", "coalesce-time 100", "bgp route-map delay-timer 1",
		"bgp conditional-advertisement timer 5")
	confederation := s.chance(25)
	if confederation || s.chance(75) { // FRR requires policy of the confederation's members too
		add(100, "no bgp ebgp-requires-policy")
	}
	if confederation {
		s.confederation = sceneConfederation
		add(100, fmt.Sprintf("bgp confederation identifier %d", s.confederation), "bgp confederation peers "+strings.Trim(fmt.Sprint(sceneMembers), "[]"))
		add(30, "bgp bestpath as-path confed")
	}
	// Which of two external paths is older depends on the clock, and without a grouping MEDs on the order of arrival.
	if s.contested = s.chance(70); s.contested {
		add(100, "bgp bestpath compare-routerid")
		s.meds = s.chance(60)
		if s.meds {
			add(100, pick(s, "bgp always-compare-med", "bgp deterministic-med"))
		}
	}
	add(15, "bgp bestpath as-path ignore")
	add(25, pick(s, "bgp bestpath med missing-as-worst", "bgp bestpath med missing-as-worst", "bgp bestpath med confed", "bgp bestpath med confed missing-as-worst"))
	add(25, fmt.Sprintf("bgp default local-preference %d", 50+s.IntN(200)))
	add(30, pick(s, "bgp cluster-id 10.9.9.9", "bgp cluster-id 77"))
	add(15, "no bgp client-to-client reflection")
	add(30, "bgp route-reflector allow-outbound-policy")
	add(10, pick(s, "bgp max-med administrative", "bgp max-med administrative 4000"))
	add(10, "bgp graceful-shutdown")
	add(20, pick(s, "bgp bestpath as-path multipath-relax", "bgp bestpath peer-type multipath-relax"))
	add(30, "bgp reject-as-sets")
	add(10, "no bgp suppress-duplicates")
	add(5, "bgp disable-ebgp-connected-route-check")
	for _, f := range []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast} {
		if s.chance(30) {
			s.family[f] = append(s.family[f], fmt.Sprintf("maximum-paths %d", 1+s.IntN(8)))
		}
		if s.chance(30) {
			s.family[f] = append(s.family[f], fmt.Sprintf("maximum-paths ibgp %d%s", 1+s.IntN(8), pick(s, "", " equal-cluster-length")))
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
	if s.called != nil {
		line(" bgp listen range %s peer-group %s", sceneRange, s.called.name)
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
	if n.i < 0 || n.dynamic {
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
