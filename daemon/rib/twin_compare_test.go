package rib

import (
	"net/netip"
	"slices"

	"bgpsh/wire"
)

// compare checks everything against the model.
func (w *twin) compare() {
	w.Helper()
	for i, f := range families {
		w.rib.tables[i].verify(w, true)
		for _, p := range w.model.peers {
			if p.session != nil {
				w.compareHeard(p, i)
			}
			w.compareCounters(p, i)
		}
		w.compareListings(i)
		for _, pfx := range w.prefixes[i] {
			w.compareRoute(f, i, pfx)
		}
	}
	for _, h := range w.heard {
		h.loose = false
	}
}

func (w *twin) compareHeard(p *modelPeer, six int) {
	w.Helper()
	h := w.heard[p.id]
	if h.endOfRIB[six] != 1 {
		w.Fatalf("peer %d: End-of-RIB %d times", p.id, h.endOfRIB[six])
	}
	if h.begun[six] {
		w.Fatalf("peer %d: BoRR without EoRR", p.id)
	}
	want := 0
	if p.family[six].Group.Encoding.AddPath {
		want = w.compareWide(p, six)
	}
	for _, pfx := range w.prefixes[six] {
		if p.family[six].Group.Encoding.AddPath {
			break
		}
		a, reason := w.model.export(p, six, pfx)
		got, has := h.views[six][wire.NLRI{Prefix: pfx}]
		if has != (reason == 0) || has && got != a.String() {
			w.Fatalf("peer %d %v: has %v %q\nmodel %v %q", p.id, pfx, has, got, reason, a.String())
		}
		if r := w.rib.Withheld(p.id, families[six], pfx.Netip(families[six])); r != reason {
			w.Fatalf("peer %d %v: withheld because %v, model %v", p.id, pfx, r, reason)
		}
		want += bit(has)
	}
	if c := w.rib.Counters(p.id, families[six]); int(c.Sent) != want || c.Pending || !c.EndOfRIBOut {
		w.Fatalf("peer %d: counters %+v, sent %d", p.id, c, want)
	}
}

func (w *twin) compareCounters(p *modelPeer, six int) {
	w.Helper()
	var want Counters
	for _, list := range w.model.paths[six] {
		best := w.model.decide(list)
		for _, q := range list {
			if q.peer != p.id {
				continue
			}
			want.Received++
			if q.reason == 0 {
				want.Accepted++
			} else {
				want.Refused[q.reason]++
			}
			want.Stale += uint32(bit(q.stale || q.kept))
			want.Best += uint32(bit(q == best))
		}
	}
	c := w.rib.Counters(p.id, families[six])
	if c.Received != want.Received || c.Accepted != want.Accepted || c.Refused != want.Refused || c.Best != want.Best {
		w.Fatalf("peer %d: counters %+v, model %+v", p.id, c, want)
	}
	if c.Stale != want.Stale {
		w.Fatalf("peer %d: %d stale, model %d", p.id, c.Stale, want.Stale)
	}
}

// compareRoute compares one prefix with all that a lookup says of it.
func (w *twin) compareRoute(f wire.Family, six int, pfx wire.Prefix) {
	w.Helper()
	v, ok := w.rib.Lookup(f, pfx.Netip(f))
	list := w.model.paths[six][pfx]
	if ok != (len(list) > 0) || len(v.Paths) != len(list) {
		w.Fatalf("%v: found %v with %d paths, model %d", pfx, ok, len(v.Paths), len(list))
	}
	best := w.model.decide(list)
	for i, pv := range v.Paths {
		at := slices.IndexFunc(list, func(q *modelPath) bool { return q.peer == pv.Peer && q.pathID == pv.PathID })
		if at < 0 {
			w.Fatalf("%v: path from %d %d is not in the model", pfx, pv.Peer, pv.PathID)
		}
		q := list[at]
		if pv.Best != (q == best) || pv.Best && i != 0 || pv.Reason != q.reason {
			w.Fatalf("%v: %+v\nmodel %+v, best %+v", pfx, pv, q, best)
		}
		if q.reason != Malformed && readAttrs(pv.Pre).String() != q.pre.String() || q.reason == 0 && readAttrs(pv.Post).String() != q.post.String() {
			w.Fatalf("%v: attributes %v\nmodel %v", pfx, readAttrs(pv.Post), q.post)
		}
		if pv.Reason == 0 && (pv.Step == StepNone || !pv.Best && pv.Versus < 0) {
			w.Fatalf("%v: no verdict on %+v", pfx, pv)
		}
	}
	var told []PeerID
	for id := range PeerID(7) {
		if p := w.model.peers[id]; p != nil && p.session != nil {
			if w.model.withheld(p, six, pfx) == 0 {
				told = append(told, id)
			}
		}
	}
	if ok && !slices.Equal(told, v.AdvertisedTo) {
		w.Fatalf("%v: advertised to %v, model %v", pfx, v.AdvertisedTo, told)
	}
}

// listing reads a whole listing by random pages, some of them from a new listing that goes on where the last one was.
func (w *twin) listing(q Query) (all []RouteView) {
	l := w.rib.List(q)
	for done := false; !done; {
		var page []RouteView
		page, done = l.Next(1+w.rnd.IntN(5), 1+w.rnd.IntN(600))
		all = append(all, page...)
		if w.chance(20) {
			q.After = l.Place()
			l, done = w.rib.List(q), false
		}
	}
	return all
}

// compareListings reads every view of the table, whole or below a prefix.
func (w *twin) compareListings(six int) {
	w.Helper()
	p := w.peer()
	q := Query{Family: families[six], Peer: p.id, Detail: w.chance(50)}
	within := wire.Prefix{}
	if w.chance(30) {
		within = w.prefixes[six][w.rnd.IntN(len(w.prefixes[six]))]
		within = wire.PrefixFrom(netip.PrefixFrom(within.Netip(q.Family).Addr(), w.rnd.IntN(int(within.Len)+1)))
		q.Within = within.Netip(q.Family)
	}
	for q.View = ViewTable; q.View <= ViewWithheld; q.View++ {
		var want, got []wire.Prefix
		for _, pfx := range w.prefixes[six] {
			if within.Contains(pfx) && w.inView(q.View, p, six, pfx) {
				want = append(want, pfx)
			}
		}
		for _, v := range w.listing(q) {
			pfx := wire.PrefixFrom(v.Prefix)
			got = append(got, pfx)
			switch a, reason := (modelAttrs{}), Reason(0); q.View {
			case ViewAdvertised:
				if p.family[six].Group.Encoding.AddPath {
					break // see compareWide
				}
				if a, _ = w.model.export(p, six, pfx); readAttrs(v.Paths[0].Sent).String() != w.heard[p.id].views[six][wire.NLRI{Prefix: pfx}] && a.linkLocal.IsValid() == v.Paths[0].Sent.LinkLocal().IsValid() {
					w.Fatalf("%v: listed as sent with %v, model %v", pfx, readAttrs(v.Paths[0].Sent), a)
				}
			case ViewWithheld:
				if reason = w.model.withheld(p, six, pfx); v.Withheld != reason {
					w.Fatalf("%v: withheld because %v, model %v", pfx, v.Withheld, reason)
				}
			case ViewRoutes:
				for _, pv := range v.Paths {
					if pv.Peer != p.id || pv.Step == StepNone || pv.Best != (w.model.decide(w.model.paths[six][pfx]).peer == p.id && pv.Best) {
						w.Fatalf("%v: listed %+v", pfx, pv)
					}
				}
			case ViewFiltered:
				if v.Paths[0].Reason == 0 || v.Paths[0].Peer != p.id {
					w.Fatalf("%v: filtered without a reason", pfx)
				}
			}
		}
		if !slices.Equal(want, got) {
			w.Fatalf("view %d of %d: listed %v\nmodel %v", q.View, p.id, got, want)
		}
	}
}

// inView reports whether a view shows a prefix.
func (w *twin) inView(view View, p *modelPeer, six int, pfx wire.Prefix) bool {
	list := w.model.paths[six][pfx]
	has := func(f func(*modelPath) bool) bool {
		return slices.ContainsFunc(list, func(q *modelPath) bool { return q.peer == p.id && f(q) })
	}
	switch view {
	case ViewTable:
		return len(list) > 0
	case ViewRoutes:
		return has(func(q *modelPath) bool { return q.reason == 0 })
	case ViewReceived:
		return has(func(q *modelPath) bool { return true })
	case ViewFiltered:
		return has(func(q *modelPath) bool { return q.reason != 0 })
	}
	if p.session == nil {
		return false
	}
	reason := w.model.withheld(p, six, pfx)
	return reason == 0 && view == ViewAdvertised || reason != 0 && reason != NoBestPath && view == ViewWithheld
}
