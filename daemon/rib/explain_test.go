package rib

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bgpsh/wire"
)

// shrinking is a testing.TB whose failures a rapid.T hears of.
type shrinking struct {
	testing.TB
	rapid *rapid.T
}

func (s shrinking) Fatalf(format string, args ...any) { s.rapid.Fatalf(format, args...) }
func (s shrinking) Log(args ...any)                   { s.rapid.Log(args...) }
func (s shrinking) Helper()                           {}

// TestExplainAgrees does random things and asks after each of them why: the reason shown is always that of the decision made.
func TestExplainAgrees(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newTwin(shrinking{t, rt}, rapid.Uint64().Draw(rt, "history"), 6, 4)
		for range rapid.IntRange(40, 200).Draw(rt, "steps") {
			w.step()
			w.compareExplained(false)
		}
		w.drain()
		w.compareExplained(true)
	})
}

// compareExplained asks why of every prefix and neighbor; quiet says that nothing is under way.
func (w *twin) compareExplained(quiet bool) {
	for i, f := range families {
		for _, pfx := range w.prefixes[i] {
			x, ok := w.rib.Explain(ExplainQuery{Family: f, Prefix: pfx.Netip(f)})
			if list := w.model.paths[i][pfx]; quiet && ok != (len(list) > 0) {
				w.Fatalf("%v: explained %v with %d paths", pfx, ok, len(list))
			} else if ok && !x.Changing {
				w.compareCandidates(pfx, x.Candidates, list, quiet)
			}
			if quiet && x.Changing {
				w.Fatalf("%v: changes for ever", pfx)
			}
			w.compareCovering(i, pfx, &x)
			for _, p := range w.model.peers {
				if p.session != nil {
					w.compareSending(p, i, pfx, quiet)
				}
			}
		}
	}
}

// compareCandidates holds the steps shown against a ladder of the test's own.
func (w *twin) compareCandidates(pfx wire.Prefix, got []Candidate, list []*modelPath, quiet bool) {
	of := func(c *Candidate) *modelPath {
		at := slices.IndexFunc(list, func(q *modelPath) bool { return q.peer == c.Peer && q.pathID == c.PathID })
		if at < 0 {
			return nil // its withdrawal is being swept
		}
		return list[at]
	}
	if quiet && len(got) != len(list) {
		w.Fatalf("%v: %d candidates, model %d", pfx, len(got), len(list))
	}
	best := w.model.decide(list)
	for i := range got {
		c := &got[i]
		q := of(c)
		switch {
		case q == nil || !quiet && c.Reason != q.reason: // to be swept, or to be judged again
			continue
		case c.Reason != q.reason, quiet && c.Best != (q == best), c.Best && i != 0:
			w.Fatalf("%v: %+v\nmodel %+v, best %+v", pfx, c, q, best)
		case c.Reason != 0:
			continue
		case c.Versus < 0:
			if usable := slices.IndexFunc(got, func(o Candidate) bool { return o.Reason == 0 && !o.Best }); !c.Best || c.Step != StepFirst || usable >= 0 {
				w.Fatalf("%v: alone, yet %+v", pfx, got)
			}
			continue
		}
		to := of(&got[c.Versus])
		if to == nil || !quiet && (to.reason != 0 || !w.fresh(c, q) || !w.fresh(&got[c.Versus], to)) {
			continue
		}
		winner, loser := to, q
		if c.Best {
			winner, loser = q, to
		}
		step, won, lost := w.model.ladder(winner, loser)
		if step != c.Step || won >= lost {
			w.Fatalf("%v: %+v lost to %+v at %v, model at %v with %d against %d", pfx, loser, winner, c.Step, step, lost, won)
		}
		w.compareRungs(pfx, c, won, lost)
	}
}

// fresh reports whether the RIB has judged a path by the policy of the moment.
func (w *twin) fresh(c *Candidate, q *modelPath) bool {
	return c.Post == nil || readAttrs(c.Post).String() == q.post.String()
}

// compareRungs holds the values shown against the keys of the ladder, of which the lower one wins.
func (w *twin) compareRungs(pfx wire.Prefix, c *Candidate, won, lost int64) {
	own, other := c.Own, c.Other
	if !c.Best {
		own, other = other, own
	}
	ok := own.Number == uint64(won) && other.Number == uint64(lost)
	switch c.Step {
	case StepWeight, StepLocalPref:
		ok = own.Number == uint64(-won) && other.Number == uint64(-lost)
	case StepLocal:
		ok = own.Number == 1 && other.Number == 0
	case StepNeighborIP:
		ok = own.Addr.Less(other.Addr)
	case StepOlder:
		ok = ok && own.Time.Equal(start.Add(time.Duration(won)*4*time.Second))
	}
	if !ok {
		w.Fatalf("%v: %v shows %+v and %+v, model %d and %d", pfx, c.Step, own, other, won, lost)
	}
}

// ladder gives the first step that sets two usable paths apart, and the keys compared: the lower one wins.
func (m *model) ladder(a, b *modelPath) (step Step, keyA, keyB int64) {
	session := func(p *modelPath) *Session {
		if p.peer == Local {
			return &Session{RouterID: m.routerID}
		}
		return m.peers[p.peer].facts
	}
	present := func(v int64, absent uint32) int64 {
		if v < 0 {
			return int64(absent)
		}
		return v
	}
	worst := uint32(0)
	if m.best.MissingMEDWorst {
		worst = 1<<32 - 1
	}
	leftmost := func(p *modelPath) uint32 { return append(slices.Clone(p.post.path), 0)[0] }
	external := a.peer != Local && b.peer != Local && !session(a).Internal && !session(b).Internal
	for _, s := range []struct {
		step Step
		off  bool
		key  func(p *modelPath) int64
	}{
		{StepStale, false, func(p *modelPath) int64 { return int64(bit(p.lastResort())) }},
		{StepWeight, false, func(p *modelPath) int64 { return -int64(p.post.weight) }},
		{StepLocalPref, false, func(p *modelPath) int64 { return -present(p.post.localPref, m.localPref) }},
		{StepLocal, false, func(p *modelPath) int64 { return int64(min(p.peer, 1)) }},
		{StepASPath, m.best.IgnoreASPath, func(p *modelPath) int64 { return int64(len(p.post.path)) }},
		{StepOrigin, false, func(p *modelPath) int64 { return int64(p.post.origin) }},
		{StepMED, !m.best.AlwaysCompareMED && leftmost(a) != leftmost(b), func(p *modelPath) int64 { return present(p.post.med, worst) }},
		{StepPeerType, false, func(p *modelPath) int64 { return int64(bit(session(p).Internal)) }},
		{StepOlder, !external || m.best.CompareRouterID, func(p *modelPath) int64 { return p.arrival }},
		{StepRouterID, false, func(p *modelPath) int64 { return int64(cmp.Or(p.post.originator, session(p).RouterID)) }},
		{StepClusterLen, false, func(p *modelPath) int64 { return int64(len(p.post.clusters)) }},
		{StepNeighborIP, session(a).Addr == session(b).Addr, func(p *modelPath) int64 { return int64(session(a).Addr.Compare(session(p).Addr)) * -1 }},
		{StepEqual, false, func(p *modelPath) int64 { return int64(p.pathID) }},
	} {
		if s.off {
			continue
		}
		if keyA, keyB = s.key(a), s.key(b); keyA != keyB {
			return s.step, keyA, keyB
		}
	}
	return StepNone, 0, 0
}

// compareCovering finds the prefix around another one by looking at all.
func (w *twin) compareCovering(six int, pfx wire.Prefix, x *Explanation) {
	var want netip.Prefix
	for _, q := range w.prefixes[six] {
		v, ok := w.rib.Lookup(families[six], q.Netip(families[six]))
		if ok && v.Paths[0].Best && q != pfx && q.Contains(pfx) && (!want.IsValid() || int(q.Len) > want.Bits()) {
			want = q.Netip(families[six])
		}
	}
	if x.Covering != want {
		w.Fatalf("%v: covered by %v, want %v", pfx, x.Covering, want)
	}
}

// compareSending holds what is said of a neighbor against the bytes that it was delivered.
func (w *twin) compareSending(p *modelPeer, six int, pfx wire.Prefix, quiet bool) {
	f := families[six]
	x, _ := w.rib.Explain(ExplainQuery{Family: f, Prefix: pfx.Netip(f), To: p.id})
	s := x.Sending
	if p.family[six].Group.Encoding.AddPath {
		w.compareSendingPaths(p, six, pfx, quiet, s)
		return
	}
	told, has := w.heard[p.id].views[six][wire.NLRI{Prefix: pfx}]
	switch {
	case !s.Agreed:
		w.Fatalf("peer %d %v: not agreed", p.id, pfx)
	case s.Holds != has:
		w.Fatalf("peer %d %v: %+v, but it has %q", p.id, pfx, s, told)
	case s.Wait == Settled && (s.Holds != (s.Reason == 0) || !bytes.Equal(s.Held, s.Attrs)):
		w.Fatalf("peer %d %v: settled, yet %+v", p.id, pfx, s)
	case s.Held != nil && received(s.Held) != told:
		w.Fatalf("peer %d %v: told %q, explained %v", p.id, pfx, told, received(s.Held))
	}
	if !quiet {
		return
	}
	if _, reason := w.model.export(p, six, pfx); s.Wait != Settled || s.Reason != reason {
		w.Fatalf("peer %d %v: %+v, model %v", p.id, pfx, s, reason)
	}
}

// received is what a receiver reads from attributes that are sent: of two equal next hops it sees one.
func received(a wire.Attrs) string {
	m := readAttrs(a)
	if m.linkLocal == m.nextHop {
		m.linkLocal = netip.Addr{}
	}
	return m.String()
}
