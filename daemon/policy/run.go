package policy

import (
	"bytes"
	"net/netip"

	"bgpsh/wire"
)

// A Run evaluates a policy for the routes of one goroutine. What it learns about an attribute set serves for all prefixes
// with those attributes: it keeps a small tree of the questions that were asked about prefixes (is it in this list?) and of
// what followed from the answers. So a map of many entries costs, for each prefix after the first, its prefix lists alone,
// and a map that asks nothing about prefixes costs nothing.
//
// The zero Run is ready; it belongs to one goroutine. What it returns is valid until the next Begin.
type Run struct {
	Silent bool // what is judged counts nowhere; set before the first Begin

	policy *Policy
	family wire.Family
	base   []byte     // the attributes of the set
	local  wire.Local // and the local values that go with them
	source netip.Addr // the neighbor that the routes came from, where the policy asks on their way out
	path   []byte     // the AS_PATH that filter lists look at: as it was before a neighbor's treatment of paths

	root     int32 // a place in the tree, see below
	nodes    []node
	outcomes []outcome
	hits     []*Counter // of the evaluation in progress
	data     []byte     // of the outcomes' attributes
	answers  []bool     // that the walk for the present prefix has had
	traces   traces
	trace    uint16 // of the last result
	state    state
}

// A place in the tree is an index in nodes from 0 on, unknown, or for an outcome -2 less its index.
const unknown = -1

// node is one question about a prefix: a condition of a map, or a list that is attached to the neighbor.
type node struct {
	match *compiledMatch
	list  *attachedList
	cover *prefixCover // of the prefix list that is asked; nil: none is, or it has no entries
	next  [2]int32     // for the answers no and yes
}

// near reports that the answer about a prefix can be yes.
func (n *node) near(p wire.Prefix) bool { return n.cover == nil || n.cover.may(p) }

// outcome is one result for the set.
type outcome struct {
	reason     Reason
	kept       bool   // the attributes are those that came in
	entry      uint32 // of the map, the last one that matched
	start, end int    // in data
	trace      uint16
}

// Begin turns to the routes of a family with attributes in. For routes to be sent, in is what they are sent with so far, and
// local the values that were attached to them here. p may be nil. When all is as before nothing is lost.
func (r *Run) Begin(p *Policy, f wire.Family, in wire.Attrs, local wire.Local) {
	r.begin(p, f, in, local, in, netip.Addr{})
}

// begin is Begin with the attributes whose path filter lists look at.
func (r *Run) begin(p *Policy, f wire.Family, in wire.Attrs, local wire.Local, came wire.Attrs, source netip.Addr) {
	if !p.bySource() {
		source = netip.Addr{}
	}
	var path wire.ASPath
	if p != nil && p.paths != nil {
		path = came.ASPath()
	}
	if r.policy == p && r.family == f && r.local == local && r.source == source && bytes.Equal(r.base, in) && bytes.Equal(r.path, path) {
		return
	}
	if len(r.traces.list) >= traceMost {
		r.traces.forget()
	}
	r.policy, r.family, r.local, r.source = p, f, local, source
	r.base, r.path = append(r.base[:0], in...), append(r.path[:0], path...)
	r.root, r.nodes, r.outcomes, r.data = unknown, r.nodes[:0], r.outcomes[:0], r.data[:0]
}

// Prefix gives the verdict on one route of the set and, when it is accepted, its attributes. same reports that these are the
// ones that came in.
func (r *Run) Prefix(p wire.Prefix) (out wire.Attrs, same bool, reason Reason) {
	return r.Result(r.Verdict(p))
}

// Verdict judges one route of the set and gives the number of its result, counting from 0: routes of the set with the same result have
// the same number.
func (r *Run) Verdict(p wire.Prefix) (n int) {
	if r.trace = 0; r.policy == nil {
		return 0
	}
	link := &r.root
	r.answers = r.answers[:0]
	for *link >= 0 {
		n := &r.nodes[*link]
		yes := n.near(p) && r.answer(n, p)
		r.answers = append(r.answers, yes)
		link = &n.next[order(yes)]
	}
	if *link == unknown {
		link = r.explore(p)
	}
	n = int(-2 - *link)
	r.trace = r.outcomes[n].trace
	r.traces.count(r.trace, r.family, p)
	return n
}

// Result gives the result of a number that Verdict gave since the last Begin, as Prefix does.
func (r *Run) Result(n int) (out wire.Attrs, same bool, reason Reason) {
	if r.policy == nil {
		return r.base, true, Accepted
	}
	o := &r.outcomes[n]
	if o.kept || o.reason != Accepted {
		return r.base, true, o.reason
	}
	return r.data[o.start:o.end:o.end], false, Accepted
}

// answer asks a node's question.
func (r *Run) answer(n *node, p wire.Prefix) bool {
	switch {
	case r.Silent:
		return n.holds(r.family, p)
	case n.list != nil:
		return n.list.permits(r.family, p)
	}
	return n.match.covers(r.family, p)
}

// explore evaluates the policy for a prefix whose way through the tree is new, adds what was asked to it, and gives the
// place of the result.
func (r *Run) explore(p wire.Prefix) *int32 {
	s := &r.state
	s.begin(r, p)
	reason := r.policy.run(s)
	o := outcome{reason: reason, kept: true, entry: s.entry}
	if !r.Silent {
		o.trace = r.traces.intern(r.hits)
	}
	if reason == Accepted && s.editor.Changed() {
		o.start = len(r.data)
		r.data = s.editor.AppendTo(r.data)
		o.end, o.kept = len(r.data), bytes.Equal(r.data[o.start:], r.base)
	}
	r.outcomes = append(r.outcomes, o)
	link := r.link(s.at)
	*link = int32(-2 - (len(r.outcomes) - 1))
	return link
}

// link is the place that a state has come to: the root, or an answer of a node.
func (r *Run) link(at branch) *int32 {
	if at.node < 0 {
		return &r.root
	}
	return &r.nodes[at.node].next[at.answer]
}

// branch names an answer of a node; node -1 is the root.
type branch struct {
	node   int32
	answer int
}

// asked answers a question for the state's prefix and goes down the tree, which grows where nobody has been.
func (r *Run) asked(s *state, n node) bool {
	link := r.link(s.at)
	if *link == unknown {
		*link = int32(len(r.nodes))
		n.next, n.cover = [2]int32{unknown, unknown}, n.covered()
		r.nodes = append(r.nodes, n)
		link = r.link(s.at)
	}
	i := *link
	yes := false
	if s.step < len(r.answers) { // the walk has asked this
		yes = r.answers[s.step]
	} else {
		yes = r.answer(&n, s.prefix)
	}
	s.step++
	s.at = branch{i, order(yes)}
	return yes
}

// Trace gives what the last verdict counted.
func (r *Run) Trace() Trace { return r.traces.name(r.trace) }

// Again counts a Trace that the Run gave once more, for a route with a prefix to which that result applies as well.
func (r *Run) Again(t Trace, f wire.Family, p wire.Prefix) { r.traces.count(r.traces.number(t), f, p) }

// Flush adds the hits gathered so far to the counters that everyone reads. Call it now and then: behind a batch.
func (r *Run) Flush() { r.traces.publish() }

// Eval judges one route and, when it is accepted, edits e, which the caller has Reset to its attributes. They were came before
// the neighbor's own treatment of them (remove-private-AS, as-override): a filter list judges the path that came, a map the one
// that is sent. A Reason other than Accepted refuses the route and leaves e as it was.
func (r *Run) Eval(p *Policy, e *wire.Editor, f wire.Family, came wire.Attrs, pfx wire.Prefix) Reason {
	return r.EvalSent(p, e, netip.Addr{}, f, came, pfx)
}

// EvalSent is Eval for a route to be sent, which came from the neighbor source; invalid for a route of our own.
func (r *Run) EvalSent(p *Policy, e *wire.Editor, source netip.Addr, f wire.Family, came wire.Attrs, pfx wire.Prefix) Reason {
	if r.trace = 0; p.Plain() {
		return p.Judge()
	}
	r.begin(p, f, e.Attrs(), came.Local(), came, source)
	out, same, reason := r.Prefix(pfx)
	if !same {
		e.Reset(out)
	}
	return reason
}
