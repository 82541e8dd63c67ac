package policy

import (
	"net/netip"
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
	Undefined            // an attached list or map is not defined, or a line of it is held back
	ByDistributeList
	ByPrefixList
	ByFilterList
	ByRouteMap
	ByNeighborFilter
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
	case Undefined:
		return "an attached list or route-map does not exist"
	case ByDistributeList:
		return "refused by distribute-list"
	case ByPrefixList:
		return "refused by prefix-list"
	case ByFilterList:
		return "refused by filter-list"
	case ByRouteMap:
		return "refused by route-map"
	case ByNeighborFilter:
		return "refused by the prefix filter that the neighbor sent"
	}
	return "refused"
}

// Spec is what one neighbor's policy in one direction and family says, before it is compiled. The zero Spec accepts
// everything and changes nothing. A route passes Allow, DistributeList, PrefixList and FilterList, takes the fixed changes,
// and then RouteMap.
type Spec struct {
	Allow    []Rule // the order carries no meaning: a prefix passes when any rule covers it
	HasAllow bool   // rules are in force; with an empty Allow nothing passes
	DenyAll  Reason // not Accepted: refuse every route with this reason

	// Names of an access list, a prefix list, an AS path list and a route map; empty: none. One that is not defined refuses.
	DistributeList, PrefixList, FilterList, RouteMap string

	// NeighborFilter is what the neighbor itself wants to be told (RFC 5292), of the policy's family; nil: all. It is not
	// changed after it was put here.
	NeighborFilter *PrefixList

	SetLocalPref   *uint32
	SetMED         *uint32
	AddCommunities []uint32 // added, ascending, behind those that the route carries; none twice
}

// Empty reports that s accepts everything and changes nothing.
func (s *Spec) Empty() bool {
	return !s.HasAllow && s.DenyAll == Accepted && s.DistributeList == "" && s.PrefixList == "" && s.FilterList == "" &&
		s.RouteMap == "" && s.NeighborFilter == nil && s.SetLocalPref == nil && s.SetMED == nil && len(s.AddCommunities) == 0
}

// Attached reports that a list or map is attached.
func (s *Spec) Attached() bool {
	return s.DistributeList != "" || s.PrefixList != "" || s.FilterList != "" || s.RouteMap != ""
}

// Refs are the lists and maps that s names for a family.
func (s *Spec) Refs(f wire.Family) []Ref {
	six := RefKind(familyIndex(f))
	var out []Ref
	for _, r := range []Ref{
		{RefAccessList + six, s.DistributeList}, {RefPrefixList + six, s.PrefixList}, {RefPathList, s.FilterList}, {RefRouteMap, s.RouteMap},
	} {
		if r.Name != "" {
			out = append(out, r)
		}
	}
	return out
}

// Env is what a policy may ask about the neighbor that it is applied to.
type Env struct {
	Family    wire.Family
	Out       bool       // routes are sent, not received
	Internal  bool       // the session is internal; without a Peer: a route of our own but no aggregate, which has the default local preference
	Peer      netip.Addr // of the neighbor; zero: none, the route is our own
	Name      string     // of the neighbor as configured, where it is an interface
	Interface string     // that the session runs over, or of a redistributed route that packets leave by; empty: not known
	LocalAS   uint32     // as the neighbor knows us
	RemoteAS  uint32
	LocalPref uint32 // of routes without one
	RTT       uint32 // ms
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
	env         Env
	sets        [2]*prefixSet // by family: IPv4, IPv6; nil where no rule can match
	any         bool
	communities []uint32 // AddCommunities, sorted, unique

	lists   []attachedList // that look at the prefix, in their order
	paths   *pathTable
	routes  *compiledMap
	asks    []node // about prefixes, see Class
	missing Ref    // an attached list or map that is not defined, or must refuse all; zero: none
}

// attachedList is a list of prefixes that every route has to pass, the neighbor's allow rules among them.
type attachedList struct {
	prefixes *prefixTable
	access   *accessTable
	allow    *Policy
	own      bool // the neighbor's own filter
}

func (a *attachedList) permits(f wire.Family, p wire.Prefix) bool {
	switch {
	case a.prefixes != nil:
		return a.prefixes.permits(p)
	case a.access != nil:
		return a.access.permits(f, p)
	}
	return a.allow.allows(f, p)
}

// Compile builds the evaluator of s, which it copies, without lists and maps.
func Compile(s Spec) *Policy { return (&Library{}).Compile(s, Env{}) }

// Compile builds the evaluator of s, which it copies, with the lists and maps of l.
func (l *Library) Compile(s Spec, env Env) *Policy {
	if l == nil {
		l = &Library{}
	}
	p := &Policy{spec: s.Clone(), env: env}
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
	p.attach(l)
	return p
}

// attach resolves the names of lists and maps.
func (p *Policy) attach(l *Library) {
	six := familyIndex(p.env.Family)
	if p.spec.HasAllow && !p.any {
		p.lists = append(p.lists, attachedList{allow: p})
	}
	lacks := func(missing bool, k RefKind, name string) {
		if missing && p.missing == (Ref{}) {
			p.missing = Ref{k, name}
		}
	}
	if name := p.spec.DistributeList; name != "" {
		t := l.accesses[six][name]
		lacks(t == nil, RefAccessList+RefKind(six), name)
		p.lists = append(p.lists, attachedList{access: t})
	}
	if name := p.spec.PrefixList; name != "" {
		t := l.prefixes[six][name]
		lacks(t == nil, RefPrefixList+RefKind(six), name)
		p.lists = append(p.lists, attachedList{prefixes: t})
	}
	if f := p.spec.NeighborFilter; f != nil {
		p.lists = append(p.lists, attachedList{prefixes: newPrefixTable(f), own: true})
	}
	if name := p.spec.FilterList; name != "" {
		p.paths = l.paths[name]
		lacks(p.paths == nil, RefPathList, name)
	}
	if name := p.spec.RouteMap; name != "" {
		p.routes = l.maps[name]
		lacks(p.routes == nil || p.routes.broken, RefRouteMap, name)
	}
	for i := range p.lists {
		if t := p.lists[i].prefixes; t != nil {
			t.ready()
		}
	}
	p.routes.prepare()
	p.asks = p.questions()
}

// Spec returns a copy of what p was compiled from.
func (p *Policy) Spec() Spec {
	if p == nil {
		return Spec{}
	}
	return p.spec.Clone()
}

// refuses reports that the policy refuses every route.
func (p *Policy) refuses() Reason {
	switch {
	case p.spec.DenyAll != Accepted:
		return p.spec.DenyAll
	case p.missing != (Ref{}):
		return Undefined
	}
	return Accepted
}

// bySource reports whether the result depends on the neighbor that a route came from, and that is not the policy's own.
func (p *Policy) bySource() bool {
	return p != nil && (p.env.Out || !p.env.Peer.IsValid()) && p.routes != nil && p.routes.uses.source
}

// Plain reports that the policy refuses everything or nothing and changes nothing: its verdict is the same for all routes.
func (p *Policy) Plain() bool {
	return p == nil || p.refuses() != Accepted || len(p.lists) == 0 && p.paths == nil && p.routes == nil && !p.Edits()
}

// Eval is Run.Eval for a single route.
func (p *Policy) Eval(e *wire.Editor, in wire.Attrs, f wire.Family, pfx wire.Prefix) Reason {
	var r Run
	return r.Eval(p, e, f, in, pfx)
}

// Judge gives the verdict of a policy that is Plain.
func (p *Policy) Judge() Reason {
	if p == nil {
		return Accepted
	}
	return p.refuses()
}

// allows holds a prefix against the allow rules.
func (p *Policy) allows(f wire.Family, pfx wire.Prefix) bool {
	if !p.spec.HasAllow || p.any {
		return true
	}
	s := p.sets[familyIndex(f)]
	return s != nil && s.covers(pfx)
}

// run judges the route that s is about and, when it is accepted, edits it.
func (p *Policy) run(s *state) Reason {
	if r := p.refuses(); r != Accepted {
		return r
	}
	for i := range p.lists {
		l := &p.lists[i]
		if !s.run.asked(s, node{list: l}) {
			return l.reason()
		}
	}
	if p.paths != nil {
		s.path.reset(s.run.path)
		if s.fresh = false; !p.paths.permits(&s.path) {
			return ByFilterList
		}
	}
	p.edit(&s.editor)
	if p.routes != nil && s.runMap(p.routes) == denied {
		return ByRouteMap
	}
	s.finish()
	return Accepted
}

// finish puts the local values into the attributes: all of a received route's, of one that is sent what becomes of its next
// hop.
func (s *state) finish() {
	switch {
	case !s.policy.env.Out:
		if s.local != s.run.local {
			s.editor.SetLocal(s.local)
		}
	case s.hop != 0:
		s.editor.SetLocal(wire.Local{Kind: s.hop})
	}
}

func (a *attachedList) reason() Reason {
	switch {
	case a.own:
		return ByNeighborFilter
	case a.prefixes != nil:
		return ByPrefixList
	case a.access != nil:
		return ByDistributeList
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
