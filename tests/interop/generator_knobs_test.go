package interop

import (
	"fmt"
	"slices"
	"strings"

	"bgpsh/wire"
)

// A knob is a statement of a neighbor. Percent is how often a neighbor has it.
type knob struct {
	percent  int
	session  bool // outside of its family
	external bool // external neighbors only
	outside  bool // external ones that are not of our confederation either
	internal bool
	single   bool // neighbors without a group
	line     func(s *scene, n *subject) string
}

// oneOf makes a line that is one of the given.
func oneOf(list ...string) func(*scene, *subject) string {
	return func(s *scene, _ *subject) string { return pick(s, list...) }
}

// knobs are what neighbors are given, in the order in which they are written.
var knobs = []knob{
	{percent: 10, session: true, external: true, outside: true, line: func(s *scene, n *subject) string {
		return fmt.Sprintf("local-as %d%s", pick(s, 64999, 3999, 4200000999), pick(s, "", " no-prepend", " no-prepend replace-as"))
	}},
	{percent: 10, session: true, external: true, outside: true, line: localRole},
	{percent: 5, session: true, line: oneOf("solo")},
	{percent: 5, session: true, line: oneOf("advertisement-interval 1")},
	{percent: 6, session: true, external: true, line: oneOf("ebgp-multihop", "ebgp-multihop 4", "disable-connected-check")},
	{percent: 20, session: true, external: true, line: oneOf("enforce-first-as")},
	{percent: 15, session: true, line: oneOf("sender-as-path-loop-detection")},
	{percent: 8, external: true, line: oneOf("as-override")},
	{percent: 20, line: oneOf("allowas-in", "allowas-in 1", "allowas-in 2", "allowas-in origin")},
	{percent: 20, external: true, line: oneOf("remove-private-AS", "remove-private-AS all", "remove-private-AS replace-AS", "remove-private-AS all replace-AS")},
	{percent: 20, line: oneOf("next-hop-self", "next-hop-self force")},
	{percent: 15, line: oneOf("attribute-unchanged", "attribute-unchanged as-path", "attribute-unchanged next-hop", "attribute-unchanged med",
		"attribute-unchanged as-path med", "attribute-unchanged as-path next-hop", "attribute-unchanged next-hop med")},
	{percent: 15, line: func(s *scene, _ *subject) string { return fmt.Sprintf("weight %d", s.IntN(300)) }},
	{percent: 20, line: oneOf("no send-community", "no send-community extended", "no send-community large", "no send-community both",
		"no send-community all", "no send-community standard", "send-community large", "send-community extended")},
	{percent: 10, line: oneOf("soo 65001:2", "soo 65000:7", "soo 10.0.0.9:4")},
	{percent: 12, line: oneOf("addpath-tx-all-paths", "addpath-tx-all-paths", "addpath-tx-bestpath-per-AS")},
	{percent: 5, line: oneOf("disable-addpath-rx")},
	{percent: 15, line: func(s *scene, n *subject) string { return "unsuppress-map " + s.unsuppressing(n) }},
	{percent: 15, line: oneOf("soft-reconfiguration inbound")},
	{percent: 40, internal: true, line: oneOf("route-reflector-client")},
	{percent: 12, external: true, outside: true, line: oneOf("route-server-client")},
	{percent: 12, line: func(s *scene, n *subject) string {
		if f := n.plan.family(); s.chance(30) {
			return "default-originate route-map " + s.prefixMap(f, "metric 33", "community 65000:5")
		}
		return "default-originate"
	}},
	{percent: 4, line: func(s *scene, n *subject) string {
		f := n.plan.family()
		return fmt.Sprintf("advertise-map %s %s %s", s.prefixMap(f), pick(s, "exist-map", "non-exist-map"), s.prefixMap(f))
	}},
	{percent: 8, line: oneOf("maximum-prefix 500", "maximum-prefix 2 warning-only", "maximum-prefix 500 90")},
	{percent: 40, line: func(s *scene, n *subject) string { return "route-map " + s.newMap(n.plan.family()) + " in" }},
	{percent: 40, line: func(s *scene, n *subject) string { return "route-map " + s.newMap(n.plan.family()) + " out" }},
	{percent: 12, line: func(s *scene, n *subject) string { return "prefix-list " + s.prefixList(n.plan.family()) + " in" }},
	{percent: 12, line: func(s *scene, n *subject) string { return "prefix-list " + s.prefixList(n.plan.family()) + " out" }},
	{percent: 6, single: true, line: func(s *scene, n *subject) string { return "distribute-list " + s.accessList(n.plan.family()) + " in" }},
	{percent: 6, single: true, line: func(s *scene, n *subject) string { return "distribute-list " + s.accessList(n.plan.family()) + " out" }},
	{percent: 12, line: func(s *scene, _ *subject) string { return "filter-list " + s.pathList() + " " + pick(s, "in", "out") }},
	{percent: 6, line: func(s *scene, n *subject) string {
		return "route-map " + s.fresh("NOSUCH") + " " + pick(s, "in", "out")
	}},
}

// unsuppressing makes a map for what aggregates suppress.
func (s *scene) unsuppressing(n *subject) string {
	if s.chance(30) {
		return s.newMap(n.plan.family())
	}
	return s.prefixMap(n.plan.family(), pick(s, []string{}, []string{"metric 44"}, []string{"community 65000:6 additive"})...)
}

// suits reports that the neighbor or group may have the statement, unless it has what forbids it.
func (k *knob) suits(n *subject) bool {
	switch {
	case k.external && n.internal, k.internal && !n.internal, k.outside && n.member, k.single && (n.i < 0 || n.group != nil):
		return false
	}
	return true
}

// endsFRR reports a statement that FRR 8.4 ends by, beside what the neighbor or a member of the group has: while the condition of an
// advertise-map does not hold, it frees the path that remove-private-AS or as-override has just made for a route, and then reads it.
func (s *scene) endsFRR(n *subject, l string) bool {
	advertises := func(n *subject) bool { return n.has("advertise-map") }
	rewrites := func(n *subject) bool { return n.has("remove-private-AS") || n.has("as-override") }
	other := rewrites
	switch settingWord(l) {
	case "advertise-map":
	case "remove-private-AS", "as-override":
		other = advertises
	default:
		return false
	}
	return other(n) || slices.ContainsFunc(s.subjects, func(m *subject) bool { return m.group == n && other(m) })
}

// settingWord is what a second statement would replace or exclude: the word, and the direction where there are two.
func settingWord(l string) string {
	f := strings.Fields(strings.TrimPrefix(l, "no "))
	word := f[0]
	switch {
	case word == "distribute-list":
		word = "prefix-list"
	case strings.HasPrefix(word, "addpath-tx"):
		word = "addpath-tx"
	}
	if last := f[len(f)-1]; last == "in" || last == "out" {
		word += " " + last
	}
	return word
}

// localRole declares a role, and lets the neighbor offer the one that fits, or none.
func localRole(s *scene, n *subject) string {
	i := s.IntN(5)
	if n.i >= 0 && s.chance(60) {
		theirs := [...]uint8{wire.RoleCustomer, wire.RoleRSClient, wire.RoleRS, wire.RoleProvider, wire.RolePeer}[i]
		n.plan.role = &theirs
	}
	return "local-role " + [...]string{"provider", "rs-server", "rs-client", "customer", "peer"}[i]
}

// composeKnobs chooses the settings of a neighbor or a group.
func (s *scene) composeKnobs(n *subject) {
	n.inFamily = append(n.inFamily, "activate")
	for _, k := range knobs {
		percent := k.percent
		if n.group != nil {
			percent /= 2
		}
		if !k.suits(n) || !s.chance(percent) {
			continue
		}
		before := len(s.lists)
		l := k.line(s, n)
		has := func(x string) bool { return settingWord(x) == settingWord(l) }
		switch {
		case slices.ContainsFunc(n.inFamily, has), s.endsFRR(n, l):
			s.lists = s.lists[:before]
		case k.session:
			n.session = append(n.session, l)
		default:
			n.inFamily = append(n.inFamily, l)
		}
	}
	if n.i >= 0 && !n.has("addpath-tx") && !n.has("advertise-map") && s.chance(4) {
		n.counted = 1 + s.IntN(20)
		n.inFamily = append(n.inFamily, fmt.Sprintf("maximum-prefix-out %d", n.counted))
	}
}
