package daemon

import (
	"bytes"
	"context"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

const (
	trialSlice    = 256 // places of the table that one command to the RIB tries
	trialExamples = 10
)

// A trialCase is another policy for one neighbor in one family and direction.
type trialCase struct {
	session *session
	family  int
	out     bool
	policy  *policy.Policy
	number  uint32 // of exports, out

	im     *importer
	judge  judge
	result api.PolicyTestNeighbor
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
		for i := range config.Families {
			if p.Family != "" && p.Family != apiFamilies[i] || p.Prefix.IsValid() && (i == config.IPv4) != p.Prefix.Addr().Is4() {
				continue
			}
			cases = append(cases, s.trial(library, i, p.Out, func(spec *policy.Spec) {
				spec.RouteMap = p.Map
				if spec.DenyAll == policy.MissingPolicy {
					spec.DenyAll = policy.Accepted
				}
			})...)
		}
	}
	return d.dryRun(ctx, cases, p)
}

// trial makes the case of a session's policy with a change; none where the session is not up in the family.
func (s *session) trial(l *policy.Library, i int, out bool, edit func(*policy.Spec)) []*trialCase {
	v := s.view.Load()
	if v.agreed == nil || !v.negotiated(config.Families[i]) {
		return nil
	}
	f := &v.setup.Families[i]
	spec := f.Import(v.agreed.Internal)
	if out {
		spec = f.Export(v.agreed.Internal)
	}
	edit(&spec)
	c := &trialCase{session: s, family: i, out: out, im: s.imports.Load(), policy: l.Compile(spec, v.setup.env(v.agreed, v.remote.Addr(), config.Families[i], out))}
	c.result = api.PolicyTestNeighbor{Neighbor: s.name, Family: apiFamilies[i], Examples: []api.PolicyTestExample{}}
	if out {
		c.number = s.exports.add(spec, c.policy)
	} else if c.im != nil {
		im := *c.im
		im.families[i].policy = c.policy
		c.im = &im
	}
	return []*trialCase{c}
}

// dryRun tries other policies on the live tables, in slices.
func (d *Daemon) dryRun(ctx context.Context, cases []*trialCase, p api.PolicyTestParams) (api.PolicyTestResult, error) {
	out := api.PolicyTestResult{Neighbors: []api.PolicyTestNeighbor{}, MoveExamples: []api.PolicyTestMove{}}
	defer func() {
		for _, c := range cases {
			if c.number != 0 {
				d.controller.exports.drop(c.number)
			}
		}
	}()
	for i, f := range config.Families {
		var mine []*trialCase
		for _, c := range cases {
			if c.family == i {
				mine = append(mine, c)
			}
		}
		if len(mine) == 0 {
			continue
		}
		var err error
		if p.Out {
			for _, c := range mine {
				if err = d.tryOut(ctx, c, f, p); err != nil {
					break
				}
			}
		} else {
			err = d.tryIn(ctx, mine, f, p, &out)
		}
		if err != nil {
			return out, err
		}
	}
	for _, c := range cases {
		out.Neighbors = append(out.Neighbors, c.result)
	}
	return out, nil
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
			done = r.Next(t, trialSlice)
		}); err != nil {
			return err
		}
	}
	return nil
}

// tryIn judges the routes of neighbors by their policies on trial.
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
			if c == nil || c.im == nil {
				return nil, 0, true
			}
			e.Reset(path.Pre)
			reason := c.judge.evaluate(c.im, &e, path.Pre, f, pfx)
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
	what := ""
	switch {
	case reason == 0 && path.Post == nil:
		c.result.Accepted++
		what = "accepted"
	case reason != 0 && path.Post != nil:
		c.result.Refused++
		what = "refused"
	case reason == 0 && !bytes.Equal(path.Post, after):
		c.result.Changed++
		what = "changed"
	default:
		return reason != path.Reason
	}
	if len(c.result.Examples) < trialExamples {
		x := c.policy.Explain(f, path.Pre, path.Pre.Local(), pfx)
		c.result.Examples = append(c.result.Examples, api.PolicyTestExample{Prefix: pfx.Netip(f), What: what, Rule: x.String()})
	}
	return true
}

// tryOut compares what a neighbor is sent with what it would be sent.
func (d *Daemon) tryOut(ctx context.Context, c *trialCase, f wire.Family, p api.PolicyTestParams) error {
	t := &rib.Trial{Export: c.number}
	if err := d.loop.ask(ctx, func(r *rib.RIB) {
		t.Peer = c.session.stream.peer
		c.result.Routes = uint64(r.Counters(t.Peer, f).Sent)
	}); err != nil || t.Peer == rib.Local {
		return err
	}
	t.Sent = func(pfx wire.Prefix, before, after wire.Attrs) {
		what := "changed"
		switch {
		case before == nil:
			c.result.Accepted++
			what = "accepted"
		case after == nil:
			c.result.Refused++
			what = "refused"
		default:
			c.result.Changed++
		}
		if len(c.result.Examples) < trialExamples {
			c.result.Examples = append(c.result.Examples, api.PolicyTestExample{Prefix: pfx.Netip(f), What: what})
		}
	}
	return d.walk(ctx, f, t, p)
}
