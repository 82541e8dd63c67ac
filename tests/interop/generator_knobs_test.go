package interop

import (
	"fmt"

	"bgpsh/wire"
)

// A knob is a statement of a neighbor. Percent is how often a neighbor has it.
type knob struct {
	percent  int
	session  bool // outside of its family
	external bool // external neighbors only
	internal bool
	line     func(s *scene, n *subject) string
}

// oneOf makes a line that is one of the given.
func oneOf(list ...string) func(*scene, *subject) string {
	return func(s *scene, _ *subject) string { return pick(s, list...) }
}

// knobs are what neighbors are given, in the order in which they are written.
var knobs = []knob{
	{percent: 10, session: true, external: true, line: func(s *scene, n *subject) string {
		return fmt.Sprintf("local-as %d%s", pick(s, 64999, 3999, 4200000999), pick(s, "", " no-prepend", " no-prepend replace-as"))
	}},
	{percent: 10, session: true, external: true, line: localRole},
	{percent: 5, session: true, line: oneOf("solo")},
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
		"no send-community all", "no send-community standard")},
	{percent: 15, line: oneOf("soft-reconfiguration inbound")},
	{percent: 40, internal: true, line: oneOf("route-reflector-client")},
	{percent: 12, external: true, line: oneOf("route-server-client")},
	{percent: 12, line: oneOf("default-originate")},
	{percent: 8, line: oneOf("maximum-prefix 500", "maximum-prefix 2 warning-only", "maximum-prefix 500 90")},
	{percent: 40, line: func(s *scene, n *subject) string { return "route-map " + s.newMap(n.plan.family()) + " in" }},
	{percent: 40, line: func(s *scene, n *subject) string { return "route-map " + s.newMap(n.plan.family()) + " out" }},
	{percent: 12, line: func(s *scene, n *subject) string { return "prefix-list " + s.prefixList(n.plan.family()) + " in" }},
	{percent: 12, line: func(s *scene, n *subject) string { return "prefix-list " + s.prefixList(n.plan.family()) + " out" }},
	{percent: 12, line: func(s *scene, _ *subject) string { return "filter-list " + s.pathList() + " " + pick(s, "in", "out") }},
	{percent: 6, line: func(s *scene, n *subject) string {
		return "route-map " + s.fresh("NOSUCH") + " " + pick(s, "in", "out")
	}},
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
		if k.external && n.internal || k.internal && !n.internal || !s.chance(percent) {
			continue
		}
		if l := k.line(s, n); k.session {
			n.session = append(n.session, l)
		} else {
			n.inFamily = append(n.inFamily, l)
		}
	}
	if n.i >= 0 && s.chance(4) {
		n.counted = 1 + s.IntN(20)
		n.inFamily = append(n.inFamily, fmt.Sprintf("maximum-prefix-out %d", n.counted))
	}
}
