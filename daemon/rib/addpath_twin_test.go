package rib

import (
	"bytes"
	"slices"

	"bgpsh/wire"
)

// selected gives the paths that a selection takes, the best one first.
func (m *model) selected(s Selection, all []*modelPath) (out []*modelPath) {
	left := slices.Clone(all)
	take := func(from []*modelPath) bool {
		best := m.decide(from)
		if best != nil {
			out = append(out, best)
			left = slices.DeleteFunc(left, func(p *modelPath) bool { return p == best })
		}
		return best != nil
	}
	switch s {
	case AllPaths:
		for take(left) {
		}
	case PathPerAS:
		for take(left) {
			as := append(slices.Clone(out[len(out)-1].post.path), 0)[0]
			left = slices.DeleteFunc(left, func(p *modelPath) bool { return append(slices.Clone(p.post.path), 0)[0] == as })
		}
	default:
		for range max(s, 1) {
			take(left)
		}
	}
	return out
}

// withheld gives the reason why a neighbor holds no path of a prefix, 0 where it holds one.
func (m *model) withheld(to *modelPeer, six int, pfx wire.Prefix) Reason {
	_, reason := m.export(to, six, pfx)
	f := &to.family[six]
	if !f.Group.Encoding.AddPath || f.DenyOut != 0 || reason == 0 {
		return reason
	}
	for _, p := range m.selected(f.Group.Paths, m.paths[six][pfx]) {
		if _, why := m.exportPath(to, six, pfx, p); why == 0 {
			return 0
		}
	}
	return reason
}

// wideName is a path as its neighbor names it.
type wideName struct {
	pfx    wire.Prefix
	peer   PeerID
	pathID uint32
}

// compareWide compares what a neighbor with ADD-PATH holds with the model, and gives the number of its paths.
func (w *twin) compareWide(p *modelPeer, six int) int {
	w.Helper()
	want := map[wideName]string{}
	f := &p.family[six]
	for _, pfx := range w.prefixes[six] {
		if r := w.rib.Withheld(p.id, families[six], pfx.Netip(families[six])); r != w.model.withheld(p, six, pfx) {
			w.Fatalf("peer %d %v: withheld because %v, model %v", p.id, pfx, r, w.model.withheld(p, six, pfx))
		}
		for _, q := range w.model.selected(f.Group.Paths, w.model.paths[six][pfx]) {
			if a, reason := w.model.exportPath(p, six, pfx, q); reason == 0 && f.DenyOut == 0 {
				want[wideName{pfx, q.peer, q.pathID}] = a.String()
			}
		}
	}
	got := map[wideName]string{}
	for _, v := range w.listing(Query{Family: families[six], View: ViewAdvertised, Peer: p.id}) {
		for _, pv := range v.Paths {
			n := wire.NLRI{ID: pv.SentID, Prefix: wire.PrefixFrom(v.Prefix)}
			told, has := w.heard[p.id].views[six][n]
			if !has || received(pv.Sent) != told {
				w.Fatalf("peer %d %v: listed %v, told %q", p.id, n, received(pv.Sent), told)
			}
			got[wideName{n.Prefix, pv.Peer, pv.PathID}] = told
			w.compareID(six, pv)
		}
	}
	for n, a := range want {
		if got[n] != a {
			w.Fatalf("peer %d %v: has %q\nmodel %q", p.id, n, got[n], a)
		}
	}
	if len(got) != len(want) || len(w.heard[p.id].views[six]) != len(want) {
		w.Fatalf("peer %d holds %d paths, listed %d, model %d", p.id, len(w.heard[p.id].views[six]), len(got), len(want))
	}
	return len(want)
}

// compareID finds paths of one session, without identifiers of their own, under more than one identifier. A session that goes
// on with the routes of the one before counts as one with it.
func (w *twin) compareID(six int, pv PathView) {
	w.Helper()
	if pv.PathID != 0 || pv.Sent == nil {
		return
	}
	key := [3]uint32{uint32(pv.Peer), w.rib.tables[six].adjs[pv.Peer].era, uint32(six)}
	if id, known := w.ids[key]; known && id != pv.SentID {
		w.Fatalf("a path of peer %d is %d now, was %d", pv.Peer, pv.SentID, id)
	}
	w.ids[key] = pv.SentID
}

// compareSendingPaths is compareSending for a neighbor with ADD-PATH.
func (w *twin) compareSendingPaths(p *modelPeer, six int, pfx wire.Prefix, quiet bool, s Sending) {
	w.Helper()
	held := 0
	for _, q := range s.Paths {
		told, has := w.heard[p.id].views[six][wire.NLRI{ID: q.ID, Prefix: pfx}]
		held += bit(has)
		switch {
		case q.Holds != has:
			w.Fatalf("peer %d %v: %+v, but it has %q", p.id, pfx, q, told)
		case q.Wait == Settled && (q.Holds != (q.Reason == 0) || !bytes.Equal(q.Held, q.Attrs)):
			w.Fatalf("peer %d %v: settled, yet %+v", p.id, pfx, q)
		case q.Held != nil && received(q.Held) != told:
			w.Fatalf("peer %d %v: told %q, explained %v", p.id, pfx, told, received(q.Held))
		}
	}
	for n := range w.heard[p.id].views[six] {
		held -= bit(n.Prefix == pfx)
	}
	if held != 0 {
		w.Fatalf("peer %d %v: %d paths too many are explained as held", p.id, pfx, held)
	}
	if !quiet {
		return
	}
	f := &p.family[six]
	all := w.model.paths[six][pfx]
	chosen := w.model.selected(f.Group.Paths, all)
	usable := 0
	for _, q := range all {
		if q.reason != 0 {
			continue
		}
		usable++
		i := slices.IndexFunc(s.Paths, func(v SentPath) bool { return v.Peer == q.peer && v.PathID == q.pathID })
		if i < 0 {
			w.Fatalf("peer %d %v: nothing is said of the path from %d", p.id, pfx, q.peer)
		}
		reason := NotSelected
		if f.DenyOut != 0 {
			reason = f.DenyOut
		} else if slices.Contains(chosen, q) {
			_, reason = w.model.exportPath(p, six, pfx, q)
		}
		if v := s.Paths[i]; v.Wait != Settled || v.Reason != reason {
			w.Fatalf("peer %d %v: %+v, model %v", p.id, pfx, v, reason)
		}
	}
	if usable != len(s.Paths) {
		w.Fatalf("peer %d %v: %d paths explained, %d usable", p.id, pfx, len(s.Paths), usable)
	}
}
