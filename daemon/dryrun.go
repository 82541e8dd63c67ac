package daemon

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

const (
	trialSlice    = 256              // places of the table that one command to the RIB tries
	trialOuts     = 16               // neighbors that one walk over the table tries sending to
	trialTime     = 20 * time.Second // after which a trial gives up, before its client does
	trialExamples = 10
)

// A trialCase is another treatment of one neighbor in one family and direction.
type trialCase struct {
	session *session
	family  int
	out     bool
	gone    bool // in: the session would end
	policy  *policy.Policy
	im      *importer // in
	next    standing  // out
	numbers []uint32  // of exports, that it has while it is tried
	judge   judge
	result  api.PolicyTestNeighbor
}

func (d *Daemon) policyTest(ctx context.Context, _ *ipc.Caller, p api.PolicyTestParams) (api.PolicyTestResult, error) {
	pub, err := d.bgp()
	if err != nil {
		return api.PolicyTestResult{}, err
	}
	if r := (policy.Ref{Kind: policy.RefRouteMap, Name: p.Map}); !pub.config.Policy.Has(r) {
		return api.PolicyTestResult{}, noSuch(r)
	}
	sessions := pub.sessions
	if p.Neighbor != "" {
		s, err := pub.neighbor(p.Neighbor)
		if err != nil {
			return api.PolicyTestResult{}, err
		}
		sessions = []*session{s}
	}
	library := policy.Link(pub.config.Policy, pub.library) // what is being edited counts here
	var cases []*trialCase
	for _, s := range sessions {
		st, ok := s.standingOf(s.view.Load())
		for i := range config.Families {
			if !ok || p.Family != "" && p.Family != apiFamilies[i] || p.Prefix.IsValid() && (i == config.IPv4) != p.Prefix.Addr().Is4() {
				continue
			}
			next := st.with(library)
			f := &next.Families[i]
			if p.Out {
				f.Out.RouteMap, f.PolicyOut = p.Map, true
				cases = append(cases, s.tryOut(next, i)...)
			} else {
				f.In.RouteMap, f.PolicyIn = p.Map, true
				cases = append(cases, s.tryIn(next, i)...)
			}
		}
	}
	return d.dryRun(ctx, cases, p)
}

// standingOf is the standing of a session that is up, by what it tells of itself; false for another one.
func (s *session) standingOf(v *view) (st standing, ok bool) {
	if v.agreed == nil || v.link == nil {
		return st, false
	}
	return standing{v.setup, s.number, v.agreed, v.link.conn, s.kernel.View(), v.asked}, true
}

// with is st under other lists and maps, for its owner to change.
func (st standing) with(l *policy.Library) standing {
	set := *st.setup
	set.library = l
	st.setup = &set
	return st
}

// tryIn makes the case of a neighbor's routes under another standing; none where the family is not agreed.
func (s *session) tryIn(next standing, i int) []*trialCase {
	if !slices.Contains(next.agreed.Families, config.Families[i]) {
		return nil
	}
	c := &trialCase{session: s, family: i, im: next.importer(1), judge: judge{silent: true}}
	c.policy = c.im.families[i].policy
	c.begin(i)
	return []*trialCase{c}
}

// tryOut is tryIn for what the neighbor is sent.
func (s *session) tryOut(next standing, i int) []*trialCase {
	f := config.Families[i]
	if !slices.Contains(next.agreed.Families, f) {
		return nil
	}
	c := &trialCase{session: s, family: i, out: true, next: next}
	c.policy = next.library.Compile(next.Families[i].Export(next.agreed.Inside()), next.env(f, true))
	c.begin(i)
	return []*trialCase{c}
}

// key is the neighbor's group key on trial. Its policies have numbers of their own until the trial is over.
func (c *trialCase) key() rib.GroupKey {
	return c.next.family(config.Families[c.family], func(spec policy.Spec, env policy.Env) uint32 {
		if spec.Empty() {
			return 0
		}
		n := c.session.exports.add(spec, c.next.library.Compile(spec, env))
		c.numbers = append(c.numbers, n)
		return n
	}).Group
}

// begin makes the result that the case fills.
func (c *trialCase) begin(i int) {
	c.result = api.PolicyTestNeighbor{Neighbor: c.session.name, Family: apiFamilies[i], Out: c.out, Examples: []api.PolicyTestExample{}}
}

// dryRun tries other treatments on the live tables, in slices, for a limited time.
func (d *Daemon) dryRun(ctx context.Context, cases []*trialCase, p api.PolicyTestParams) (api.PolicyTestResult, error) {
	out := api.PolicyTestResult{Neighbors: []api.PolicyTestNeighbor{}, MoveExamples: []api.PolicyTestMove{}}
	defer d.loop.do(func(*rib.RIB, time.Time) { // behind whatever was asked last, also where nobody waits for that any more
		for _, c := range cases {
			for _, n := range c.numbers {
				d.controller.exports.drop(n)
			}
		}
	})
	limited, cancel := context.WithTimeout(ctx, trialTime)
	defer cancel()
	for i, f := range config.Families {
		var in, sent []*trialCase
		for _, c := range cases {
			switch {
			case c.family != i:
			case c.out:
				sent = append(sent, c)
			default:
				in = append(in, c)
			}
		}
		var err error
		if len(in) > 0 {
			err = d.tryIn(limited, in, f, p, &out)
		}
		for chunk := range slices.Chunk(sent, trialOuts) {
			if err == nil {
				err = d.tryOut(limited, chunk, f, p)
			}
		}
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			out.Incomplete, err = true, nil
		}
		if err != nil {
			return out, err
		}
	}
	err := d.loop.ask(ctx, func(*rib.RIB) { // behind whatever was asked last
		for _, c := range cases {
			out.Neighbors = append(out.Neighbors, c.result)
		}
	})
	return out, err
}

// walk takes a trial over a table.
func (d *Daemon) walk(ctx context.Context, f wire.Family, t *rib.Trial, p api.PolicyTestParams) error {
	if p.Prefix.IsValid() {
		t.Within, t.Limited = wire.PrefixFrom(p.Prefix), true
	}
	begun, done := false, false
	for !done {
		if err := d.loop.ask(ctx, func(r *rib.RIB) {
			if !begun {
				r.Begin(f, t)
				begun = true
			}
			done = r.Next(t, trialSlice/(1+len(t.Outs)/4))
		}); err != nil {
			return err
		}
	}
	return nil
}

// tryIn judges the routes of neighbors by their importers on trial.
func (d *Daemon) tryIn(ctx context.Context, cases []*trialCase, f wire.Family, p api.PolicyTestParams, out *api.PolicyTestResult) error {
	byPeer := map[rib.PeerID]*trialCase{}
	names := map[rib.PeerID]string{rib.Local: localName}
	if err := d.loop.ask(ctx, func(*rib.RIB) {
		for _, c := range cases {
			if c.session.stream.peer != rib.Local {
				byPeer[c.session.stream.peer] = c
			}
		}
		for _, s := range d.published().sessions {
			if s.stream.peer != rib.Local {
				names[s.stream.peer] = s.name
			}
		}
	}); err != nil {
		return err
	}
	var e wire.Editor
	return d.walk(ctx, f, &rib.Trial{
		Judge: func(pfx wire.Prefix, path rib.TrialPath) (wire.Attrs, rib.Reason, bool) {
			c := byPeer[path.Peer]
			if c == nil {
				return nil, 0, true
			}
			reason := rib.NotNegotiated
			if !c.gone {
				e.Reset(path.Pre)
				reason = c.judge.evaluate(c.im, &e, path.Pre, f, pfx)
			}
			return e.Attrs(), reason, !c.note(f, pfx, path, e.Attrs(), reason)
		},
		Moved: func(pfx wire.Prefix, from, to rib.PeerID, had, has bool) {
			if out.Moves++; len(out.MoveExamples) < trialExamples {
				m := api.PolicyTestMove{Prefix: pfx.Netip(f)}
				if had {
					m.From = names[from]
				}
				if has {
					m.To = names[to]
				}
				out.MoveExamples = append(out.MoveExamples, m)
			}
		},
	}, p)
}

// note counts what becomes of a path and reports whether that differs from what it is.
func (c *trialCase) note(f wire.Family, pfx wire.Prefix, path rib.TrialPath, after wire.Attrs, reason rib.Reason) bool {
	c.result.Routes++
	before := path.Post
	if reason != 0 {
		after = nil
	}
	if before == nil && after == nil {
		return reason != path.Reason
	}
	return c.count(f, pfx, before, after, func() string {
		switch {
		case c.gone:
			return "the session would end"
		case reason != 0 && reason != rib.Filtered:
			return reason.String()
		}
		var e wire.Editor
		e.Reset(path.Pre)
		c.im.families[c.family].rules.before(&e)
		return c.rule(f, netip.Addr{}, e.Attrs(), pfx)
	})
}

// rule names what of the policy decides about a route, which came from another neighbor where it is to be sent.
func (c *trialCase) rule(f wire.Family, from netip.Addr, in wire.Attrs, pfx wire.Prefix) string {
	x := c.policy.ExplainSent(from, f, in, in.Local(), in.ASPath(), pfx)
	return x.String()
}

// count notes what a route was and would be, nil for refused, and reports whether that differs.
func (c *trialCase) count(f wire.Family, pfx wire.Prefix, before, after wire.Attrs, rule func() string) bool {
	what := "changed"
	switch {
	case bytes.Equal(before, after):
		return false
	case before == nil:
		what = "accepted"
		c.result.Accepted++
	case after == nil:
		what = "refused"
		c.result.Refused++
	default:
		c.result.Changed++
	}
	if len(c.result.Examples) < trialExamples {
		c.result.Examples = append(c.result.Examples, api.PolicyTestExample{Prefix: pfx.Netip(f), What: what, Rule: rule()})
	}
	return true
}

// tryOut compares what neighbors are sent with what they would be sent.
func (d *Daemon) tryOut(ctx context.Context, cases []*trialCase, f wire.Family, p api.PolicyTestParams) error {
	t, keys := &rib.Trial{}, make([]rib.GroupKey, len(cases))
	for i, c := range cases {
		keys[i] = c.key()
	}
	if err := d.loop.ask(ctx, func(r *rib.RIB) {
		for i, c := range cases {
			peer := c.session.stream.peer
			if peer == rib.Local {
				continue // it is not up any more
			}
			c.result.Routes = uint64(r.Counters(peer, f).Sent)
			t.Outs = append(t.Outs, &rib.TrialOut{Peer: peer, Key: keys[i], Sent: func(pfx wire.Prefix, from netip.Addr, in, before, after wire.Attrs) {
				c.count(f, pfx, before, after, func() string { return c.rule(f, from, in, pfx) })
			}})
		}
	}); err != nil {
		return err
	}
	return d.walk(ctx, f, t, p)
}
