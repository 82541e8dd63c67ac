package policy

import (
	"fmt"
	"slices"

	"bgpsh/wire"
)

// Reason says why a policy refuses a route. Zero accepts.
type Reason uint8

// The reasons of refusal.
const (
	Accepted      Reason = iota
	MissingPolicy        // RFC 8212: an external neighbor without a policy in this direction
	HeldBack             // a line of policy that could not be applied holds the direction and family
	NotAllowed           // no allow rule covers the prefix
)

// String is the text for the operator.
func (r Reason) String() string {
	switch r {
	case Accepted:
		return "accepted"
	case MissingPolicy:
		return "no policy (bgp ebgp-requires-policy)"
	case HeldBack:
		return "configuration error: a line of policy is held back"
	case NotAllowed:
		return "no allow rule covers it"
	}
	return "refused"
}

// Spec is what one neighbor's policy in one direction and family says, before it is compiled. The zero Spec accepts
// everything and changes nothing.
type Spec struct {
	Allow    []Rule // the order carries no meaning: a prefix passes when any rule covers it
	HasAllow bool   // rules are in force; with an empty Allow nothing passes
	DenyAll  Reason // not Accepted: refuse every route with this reason

	SetLocalPref   *uint32
	SetMED         *uint32
	AddCommunities []uint32 // added, ascending, behind those that the route carries; none twice
}

// Clone returns a copy that shares nothing with s.
func (s Spec) Clone() Spec {
	s.Allow = slices.Clone(s.Allow)
	s.AddCommunities = slices.Clone(s.AddCommunities)
	s.SetLocalPref = clonePointer(s.SetLocalPref)
	s.SetMED = clonePointer(s.SetMED)
	return s
}

func clonePointer(p *uint32) *uint32 {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// Policy is a compiled Spec: immutable, shared between goroutines, replaced whole when the configuration changes. The nil
// Policy accepts everything and changes nothing.
type Policy struct {
	spec        Spec
	sets        [2]*prefixSet // by family: IPv4, IPv6; nil where no rule can match
	any         bool
	communities []uint32 // AddCommunities, sorted, unique
}

// Compile builds the evaluator of s, which it copies.
func Compile(s Spec) *Policy {
	p := &Policy{spec: s.Clone()}
	p.communities = sortedUnique(p.spec.AddCommunities)
	for _, r := range p.spec.Allow {
		if r.Any {
			p.any = true
			continue
		}
		i := familyIndex(r.Family())
		if p.sets[i] == nil {
			p.sets[i] = newPrefixSet()
		}
		p.sets[i].add(r)
	}
	return p
}

// Spec returns a copy of what p was compiled from.
func (p *Policy) Spec() Spec {
	if p == nil {
		return Spec{}
	}
	return p.spec.Clone()
}

// ByPrefix reports whether the result depends on the prefix. Without that, a caller may keep the result per attribute set.
func (p *Policy) ByPrefix() bool {
	return p != nil && p.spec.DenyAll == Accepted && p.spec.HasAllow && !p.any
}

// Eval judges one route and, when it is accepted, edits e, which the caller has Reset to the attributes in. A Reason other than Accepted
// refuses the route and leaves e as it was.
func (p *Policy) Eval(e *wire.Editor, _ wire.Attrs, f wire.Family, pfx wire.Prefix) Reason {
	if p == nil {
		return Accepted
	}
	if r := p.Judge(f, pfx); r != Accepted {
		return r
	}
	p.edit(e)
	return Accepted
}

// Judge gives Eval's verdict without an edit.
func (p *Policy) Judge(f wire.Family, pfx wire.Prefix) Reason {
	if p == nil {
		return Accepted
	}
	if p.spec.DenyAll != Accepted {
		return p.spec.DenyAll
	}
	if !p.spec.HasAllow || p.any {
		return Accepted
	}
	if s := p.sets[familyIndex(f)]; s != nil && s.covers(pfx) {
		return Accepted
	}
	return NotAllowed
}

func familyIndex(f wire.Family) int {
	if f == wire.IPv6Unicast {
		return 1
	}
	return 0
}

func sortedUnique(c []uint32) []uint32 {
	if len(c) == 0 {
		return nil
	}
	c = slices.Clone(c)
	slices.Sort(c)
	return slices.Compact(c)
}

// Explain tells what decides about a prefix: the rule that covers it, or in words why it is refused. Several rules may cover
// it; the first in printing order is named.
func (p *Policy) Explain(f wire.Family, pfx wire.Prefix) (Reason, string) {
	switch reason := p.Judge(f, pfx); {
	case p == nil || reason == Accepted && !p.spec.HasAllow:
		return Accepted, "no policy restricts it"
	case reason != Accepted && reason != NotAllowed:
		return reason, reason.String()
	case reason == NotAllowed:
		return reason, fmt.Sprintf("none of %d allow rules covers it", len(p.spec.Allow))
	}
	for _, r := range sortedRules(p.spec.Allow) {
		if r.Covers(f, pfx) {
			return Accepted, "allow " + r.String()
		}
	}
	return Accepted, "no policy restricts it"
}
