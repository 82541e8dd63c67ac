package rib

import (
	"net/netip"
	"slices"
	"testing"

	"bgpsh/wire"
)

// TestWalkTwin holds filtered listings, counts and statistics against the model, while the table stands still.
func TestWalkTwin(t *testing.T) {
	for seed := range uint64(4) {
		w := newTwin(t, seed+300, 200, 20)
		for range 8 {
			for range 40 {
				w.step()
			}
			w.drain()
			for six, f := range families {
				for _, c := range []struct {
					name   string
					filter Filter
					takes  func(wire.Prefix, *modelPath) bool
				}{
					{"usable", Filter{Usable: true}, func(_ wire.Prefix, p *modelPath) bool { return p.reason == 0 }},
					{"local", Filter{Usable: true, Local: true}, func(_ wire.Prefix, p *modelPath) bool { return p.reason == 0 && p.peer == Local }},
					{"long", Filter{Usable: true, Prefix: func(p wire.Prefix) bool { return p.Len > 20 }},
						func(n wire.Prefix, p *modelPath) bool { return p.reason == 0 && n.Len > 20 }},
					{"with MED", Filter{Path: func(_ wire.Prefix, a wire.Attrs) bool { _, ok := a.MED(); return ok }},
						func(_ wire.Prefix, p *modelPath) bool { return p.reason == 0 && p.post.med >= 0 }},
					{"by prefix", Filter{ByPrefix: true, Path: func(p wire.Prefix, a wire.Attrs) bool { return uint8(a.ASPath().Length()) == p.Len%3 }},
						func(n wire.Prefix, p *modelPath) bool { return p.reason == 0 && uint8(len(p.post.path)) == n.Len%3 }},
				} {
					w.compareFilter(c.name, f, six, c.filter, c.takes)
				}
				w.compareStatistics(f, six)
			}
		}
	}
}

// compareFilter reads a listing in small pieces, and counts it.
func (w *twin) compareFilter(name string, f wire.Family, six int, filter Filter, takes func(wire.Prefix, *modelPath) bool) {
	w.Helper()
	want := map[wire.Prefix]int{}
	paths := 0
	for n, list := range w.model.paths[six] {
		for _, p := range list {
			if takes(n, p) {
				want[n]++
				paths++
			}
		}
	}
	q := Query{Family: f, Filter: filter}
	var last wire.Prefix
	routes := 0
	l := w.rib.List(q)
	for done := false; !done; {
		var page []RouteView
		page, done = l.Next(1+w.rnd.IntN(5), 1+w.rnd.IntN(50))
		for _, v := range page {
			n := wire.PrefixFrom(v.Prefix)
			if len(v.Paths) != want[n] || routes > 0 && last.Compare(n) >= 0 {
				w.Fatalf("%s: %v behind %v with %d paths, model %d", name, n, last, len(v.Paths), want[n])
			}
			last = n
			routes++
		}
	}
	if routes != len(want) {
		w.Fatalf("%s: %d routes, model %d", name, routes, len(want))
	}
	c := w.rib.Count(q)
	for !c.Next(1 + w.rnd.IntN(50)) {
	}
	if int(c.Routes) != len(want) || int(c.Paths) != paths {
		w.Fatalf("%s: counted %d routes and %d paths, model %d and %d", name, c.Routes, c.Paths, len(want), paths)
	}
}

// compareStatistics counts everything the plain way.
func (w *twin) compareStatistics(f wire.Family, six int) {
	w.Helper()
	var got, want Statistics
	scan := w.rib.Scan(f)
	for !scan.Next(1+w.rnd.IntN(200), got.Add) {
	}
	usable := func(list []*modelPath) (out []*modelPath) {
		for _, p := range list {
			if p.reason == 0 {
				out = append(out, p)
			}
		}
		return out
	}
	all := w.model.paths[six]
	for n, list := range all {
		list = usable(list)
		if len(list) == 0 {
			continue
		}
		want.Prefixes++
		want.Lengths[n.Len]++
		covered := false
		for m, other := range all {
			covered = covered || m.Len < n.Len && m.Contains(n) && len(usable(other)) > 0
		}
		want.Covered += uint64(bit(covered))
		for _, p := range list {
			want.Paths++
			want.Atomic += uint64(bit(p.post.atomic))
			hops := uint64(len(p.post.path))
			bytes := uint64(len(p.post.wire().ASPath()))
			want.Hops, want.MaxHops = want.Hops+hops, max(want.MaxHops, hops)
			want.Bytes, want.MaxBytes = want.Bytes+bytes, max(want.MaxBytes, bytes)
		}
	}
	got.Space = 0
	if got != want {
		w.Fatalf("statistics %+v\nmodel %+v", got, want)
	}
}

func TestStatisticsOfSpace(t *testing.T) {
	w := newBed(t, Config{})
	p := w.peer(false, nil)
	a := base()
	a.path = []uint32{65001, 3356, 4200000001}
	w.announce(p, a, "10.0.0.0/8", "10.1.0.0/16", "192.0.2.0/24", "2001:db8::/32", "2001:db8:1::/48")
	var four, six Statistics
	for f, s := range map[wire.Family]*Statistics{wire.IPv4Unicast: &four, wire.IPv6Unicast: &six} {
		for scan := w.Scan(f); !scan.Next(64, s.Add); {
		}
	}
	if four.Space != 1<<24+1<<8 || four.Covered != 1 || four.HighestASN != 3356 {
		t.Errorf("IPv4: %+v", four)
	}
	if six.Space != 1<<96 || six.Covered != 1 {
		t.Errorf("IPv6: %+v", six)
	}
}

// A neighbor is told the same again, one that is behind or not told is not.
func TestResend(t *testing.T) {
	w := newBed(t, Config{})
	from, to := w.peer(false, nil), w.peer(false, nil)
	w.announce(from, base(), "192.0.2.0/24")
	w.drain()
	before := w.has(to, "192.0.2.0/24")
	w.heard[to].loose = true // a repetition is what is asked for
	told, ok := w.Resend(wire.IPv4Unicast, netip.MustParsePrefix("192.0.2.0/24"))
	w.drain()
	if told != 1 || !ok || w.has(to, "192.0.2.0/24") != before || before == "" {
		t.Errorf("told %d, known %v, has %q", told, ok, w.has(to, "192.0.2.0/24"))
	}
	if _, ok := w.Resend(wire.IPv4Unicast, netip.MustParsePrefix("198.51.100.0/24")); ok {
		t.Error("a prefix that is not there is known")
	}
	w.withdraw(from, "192.0.2.0/24")
	w.drain()
	if w.has(to, "192.0.2.0/24") != "" {
		t.Error("it stays after it was sent twice")
	}
}

func TestGroupsView(t *testing.T) {
	w := newBed(t, Config{})
	a, b, c := w.peer(false, nil), w.peer(false, nil), w.peer(true, nil)
	w.announce(a, base(), "192.0.2.0/24", "198.51.100.0/24")
	w.drain()
	groups := w.Groups(wire.IPv4Unicast)
	members := map[PeerID]int{}
	for _, g := range groups {
		for _, m := range g.Members {
			members[m.Peer] = g.Number
			if !m.Streaming || m.Behind != 0 || m.Blocked {
				t.Errorf("%+v", m)
			}
		}
		if g.Pending != 0 || g.Entries != 2 || g.Bytes == 0 {
			t.Errorf("%+v", g)
		}
	}
	if len(groups) != 2 || members[a] != members[b] || members[a] == members[c] {
		t.Errorf("groups %v", members)
	}
	if slices.ContainsFunc(w.Groups(wire.IPv6Unicast), func(g GroupView) bool { return g.Entries != 0 }) {
		t.Error("IPv6 has entries")
	}
}
