package policy

import (
	"net/netip"

	"bgpsh/wire"
)

// Permits judges one route, whose attributes are in, and changes nothing. source is the neighbor that it came from, as in EvalSent.
func (r *Run) Permits(p *Policy, source netip.Addr, f wire.Family, in wire.Attrs, pfx wire.Prefix) bool {
	_, ok := r.Entry(p, source, f, in, pfx)
	return ok
}

// Entry is Permits, with the sequence number of the map's entry that let the route pass: the last of several; 0 without a map.
func (r *Run) Entry(p *Policy, source netip.Addr, f wire.Family, in wire.Attrs, pfx wire.Prefix) (seq uint32, ok bool) {
	if r.trace = 0; p.Plain() {
		return 0, p.Judge() == Accepted
	}
	r.begin(p, f, in, in.Local(), in, source)
	o := &r.outcomes[r.Verdict(pfx)]
	return o.entry, o.reason == Accepted
}

// Derive judges one route from the neighbor source, whose attributes are in, and makes the changes of the entries that it passes to another route,
// whose attributes e holds: the conditions see the one, the changes the other. A Reason leaves e as it was.
func (p *Policy) Derive(e *wire.Editor, source netip.Addr, f wire.Family, in wire.Attrs, pfx wire.Prefix) Reason {
	if p == nil {
		return Accepted
	}
	var changes []*compiledSet
	judged := &Run{policy: p, family: f, base: in, local: in.Local(), source: source, root: unknown}
	s := &judged.state
	s.begin(judged, pfx)
	s.later = &changes
	if reason := p.run(s); reason != Accepted {
		return reason
	}
	changed := &Run{policy: p, family: f, base: e.Attrs(), local: e.Attrs().Local(), root: unknown}
	s = &changed.state
	s.begin(changed, pfx)
	for _, c := range changes {
		s.apply(c)
	}
	s.finish()
	e.Reset(s.editor.AppendTo(nil))
	return Accepted
}
