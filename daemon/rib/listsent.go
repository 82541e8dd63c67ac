package rib

import (
	"cmp"
	"slices"
	"sort"
)

// showSent makes v say what the peer was sent: of the best path, with ADD-PATH of each that it holds, or of one that has gone
// since.
func (l *Listing) showSent(id destID, v RouteView) RouteView {
	t, m := l.t, l.t.adjs[l.q.Peer].member
	all := v.Paths
	if !v.Prefix.IsValid() { // no path is left, and the peer has not been told
		v = l.r.view(t, id)
	}
	v.Paths = nil
	if m.wide() {
		v.Paths = t.sentPaths(m, id, all)
		return v
	}
	sent := PathView{Versus: -1}
	if len(all) > 0 && all[0].Best {
		sent = all[0]
		sent.Versus = -1
	}
	sent.Sent = slices.Clone(t.attrs.attrs(t.sent(m, id)))
	v.Paths = []PathView{sent}
	return v
}

// sentPaths gives what a neighbor with ADD-PATH holds of a destination, the best path first, then in the order of their
// identifiers. all is the destination's living paths.
func (t *table) sentPaths(m *member, id destID, all []PathView) (out []PathView) {
	living := slices.Collect(t.alive(id))
	for n := t.lanes.of(id); n != 0; n = t.lanes.recs.at(n).next {
		attr := t.sent(m, n)
		if attr == 0 {
			continue
		}
		src := t.lanes.recs.at(n).path
		v := PathView{}
		if i := slices.IndexFunc(living, func(p *path) bool { return p.src == src }); i >= 0 && i < len(all) {
			v = all[i]
		}
		v.Versus, v.SentID, v.Sent = -1, src, slices.Clone(t.attrs.attrs(attr))
		out = append(out, v)
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := &out[i], &out[j]
		return cmp.Or(bit(b.Best)-bit(a.Best), cmp.Compare(a.SentID, b.SentID)) < 0
	})
	return out
}

// countSent counts the paths that a neighbor holds of a destination.
func (t *table) countSent(m *member, id destID) (n uint64) {
	if !m.wide() {
		return 1
	}
	for l := t.lanes.of(id); l != 0; l = t.lanes.recs.at(l).next {
		n += uint64(bit(t.sent(m, l) != 0))
	}
	return n
}
