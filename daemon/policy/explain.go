package policy

import (
	"fmt"
	"net/netip"
	"strings"

	"bgpsh/wire"
)

// Step is one entry of a map that a route came by.
type Step struct {
	Map     string
	Seq     uint32
	Permit  bool
	Clause  string // the condition that did not hold: "match community BH"; empty where all did
	Matched bool
	Calls   []string // the maps that led here by call, outermost first
}

// Explanation says which line of a policy decides about a route.
type Explanation struct {
	Reason Reason
	// Rule is what decided: "route-map TRANSIT-IN permit 10", "prefix-list PL seq 5 deny 10.0.0.0/8", "allow any". Where a
	// map's end refused it is "route-map TRANSIT-IN: no entry matches".
	Rule    string
	Clauses []string // the conditions of the deciding entry, all of which hold
	Steps   []Step   // of the map, in the order of evaluation
	Attrs   wire.Attrs
}

// String is the rule with its conditions.
func (x Explanation) String() string {
	if len(x.Clauses) == 0 {
		return x.Rule
	}
	return x.Rule + " (" + strings.Join(x.Clauses, ", ") + ")"
}

// trace gathers the steps of an evaluation.
type trace struct {
	steps []Step
	calls []string
	last  *compiledEntry // the last that matched
	name  string         // its map
}

// note records that an entry was looked at, for whoever wants to know.
func (s *state) note(m *compiledMap, e *compiledEntry, clause string, matched bool) {
	t := s.trace
	if t == nil {
		return
	}
	step := Step{Map: m.source.Name, Clause: clause, Matched: matched, Calls: t.calls[:min(s.depth, len(t.calls))]}
	if e != nil {
		step.Seq, step.Permit = e.Seq, e.Permit
		if matched {
			t.last, t.name = e, m.source.Name
			if e.Call != "" {
				t.calls = append(t.calls[:s.depth:s.depth], e.title(m.source.Name))
			}
		}
	}
	t.steps = append(t.steps, step)
}

// failure says that the condition does not hold.
func (c *compiledMatch) failure() string {
	text := "match " + c.String()
	if c.missing {
		text += " (not defined)"
	}
	return text
}

// Explain evaluates one route and tells what decided: its attributes in are those before the policy, local the values that
// go with them.
func (p *Policy) Explain(f wire.Family, in wire.Attrs, local wire.Local, pfx wire.Prefix) Explanation {
	return p.ExplainSent(netip.Addr{}, f, in, local, in.ASPath(), pfx)
}

// ExplainSent is Explain for a route to be sent, which came from the neighbor source: its path was came before the neighbor's own
// treatment of paths, and that is what a filter list judges.
func (p *Policy) ExplainSent(source netip.Addr, f wire.Family, in wire.Attrs, local wire.Local, came wire.ASPath, pfx wire.Prefix) Explanation {
	if p == nil {
		return Explanation{Rule: "no policy restricts it", Attrs: in}
	}
	r := &Run{Silent: true, policy: p, family: f, base: in, local: local, path: came, source: source, root: unknown}
	s := &r.state
	s.trace = &trace{}
	s.begin(r, pfx)
	x := Explanation{Reason: p.run(s), Steps: s.trace.steps}
	x.Attrs = append(wire.Attrs(nil), s.editor.Attrs()...)
	x.Rule, x.Clauses = p.rule(x.Reason, f, pfx, s.trace)
	return x
}

// rule names what decided.
func (p *Policy) rule(reason Reason, f wire.Family, pfx wire.Prefix, t *trace) (string, []string) {
	switch reason {
	case Undefined:
		if p.routes != nil && p.routes.broken {
			return p.missing.String() + " refuses all: a line of it is held back", nil
		}
		return p.missing.String() + " does not exist", nil
	case NotAllowed:
		return fmt.Sprintf("none of %d allow rules covers it", len(p.spec.Allow)), nil
	case ByDistributeList, ByPrefixList, ByNeighborFilter:
		for i := range p.lists {
			if l := &p.lists[i]; l.reason() == reason {
				return l.rule(f, pfx), nil
			}
		}
	case ByFilterList:
		return "as-path access-list " + p.spec.FilterList + " does not permit it", nil
	case ByRouteMap, Accepted:
		if p.routes != nil {
			return t.rule(p.routes, reason)
		}
	}
	if reason != Accepted {
		return reason.String(), nil
	}
	return p.passed(f, pfx), nil
}

// rule names the entry of a map that decided.
func (t *trace) rule(m *compiledMap, reason Reason) (string, []string) {
	if n := len(t.steps); n > 0 && t.steps[n-1].Seq == 0 {
		return "route-map " + t.steps[n-1].Map + ": " + t.steps[n-1].Clause, nil
	}
	if t.last == nil || reason != Accepted && t.last.Permit {
		return "route-map " + m.source.Name + ": no entry matches", nil
	}
	var clauses []string
	for _, c := range t.last.Matches {
		clauses = append(clauses, "match "+c.String())
	}
	return t.last.title(t.name), clauses
}

// rule names the line of an attached list that decided about a prefix.
func (a *attachedList) rule(f wire.Family, p wire.Prefix) string {
	if a.access != nil {
		return "access-list " + a.access.Name + " does not permit it"
	}
	l, kind := a.prefixes.list, "prefix-list "
	if a.own {
		kind = "the neighbor's own prefix filter "
	}
	if n := a.prefixes.ready().first(p); n >= 0 {
		return kind + l.Name + " " + string(l.AppendEntry(nil, &l.Entries[n]))
	}
	return kind + l.Name + ": no entry matches"
}

// passed names what let a route pass where no map is attached. Several allow rules may cover it; the first in printing order
// is named.
func (p *Policy) passed(f wire.Family, pfx wire.Prefix) string {
	if p.spec.HasAllow {
		for _, r := range sortedRules(p.spec.Allow) {
			if r.Covers(f, pfx) {
				return "allow " + r.String()
			}
		}
	}
	for i := range p.lists {
		if l := &p.lists[i]; l.prefixes != nil {
			return l.rule(f, pfx)
		}
	}
	switch {
	case p.spec.DistributeList != "":
		return "access-list " + p.spec.DistributeList + " permits it"
	case p.spec.FilterList != "":
		return "as-path access-list " + p.spec.FilterList + " permits it"
	}
	return "no policy restricts it"
}
