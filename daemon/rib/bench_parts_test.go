package rib

import (
	"testing"

	"bgpsh/wire"
)

// attributeSets gives the attribute sets of a feed as they stand in its batches.
func (t *benchTable) attributeSets(seed uint64) (list []wire.Attrs) {
	for _, b := range t.batches(1, seed, 0) {
		for _, s := range b.sets {
			list = append(list, b.attrs(s.pre))
		}
	}
	return list
}

// BenchmarkIntern is one attribute set: new to the store and given back again, and one that it has already.
func BenchmarkIntern(b *testing.B) {
	list := theMillion().attributeSets(5)
	var s attrStore
	s.init(5)
	hashes := make([]uint32, len(list))
	for i, a := range list {
		hashes[i] = s.hash(a)
	}
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		ids := make([]attrID, 0, len(list))
		for i := range b.N {
			k := i % len(list)
			if k == 0 {
				b.StopTimer()
				for _, id := range ids {
					s.release(id)
				}
				ids = ids[:0]
				b.StartTimer()
			}
			ids = append(ids, s.intern(list[k], hashes[k]))
		}
		b.StopTimer()
		for _, id := range ids {
			s.release(id)
		}
	})
	b.Run("known", func(b *testing.B) {
		ids := make([]attrID, len(list))
		for i, a := range list {
			ids[i] = s.intern(a, hashes[i])
		}
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			k := i % len(list)
			s.release(s.intern(list[k], hashes[k]))
		}
		b.StopTimer()
		for _, id := range ids {
			s.release(id)
		}
	})
}

// BenchmarkDecide is the decision among all of ten paths, as when the best one has left: in the order in which destinations
// arrived, and in none.
func BenchmarkDecide(b *testing.B) {
	t := makeTable(200_000)
	var feeds [][]*Batch
	for p := range PeerID(10) {
		feeds = append(feeds, t.batches(p+1, 5, 0))
	}
	r := newBenchRIB(10)
	r.play(feeds...)
	table := r.tables[0]
	limit := table.limit()
	for _, c := range []struct {
		name string
		next func(i int) destID
	}{
		{"in-order", func(i int) destID { return destID(i) % limit }},
		{"random", func(i int) destID { return destID(uint64(i) * 7919 % uint64(limit)) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				if id := c.next(i); table.has(id) && table.decide(table.slot(id)) == nil {
					b.Fatal("no best path")
				}
			}
		})
	}
}

// BenchmarkLookup is what an operator asks of one prefix, answered from a full table.
func BenchmarkLookup(b *testing.B) {
	t := theMillion()
	r := newBenchRIB(2)
	r.play(t.batches(1, 5, 0), t.batches(2, 5, 0))
	b.Run("exact", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			p := t.prefixes[i*7919%len(t.prefixes)].Netip(wire.IPv4Unicast)
			if _, ok := r.Lookup(wire.IPv4Unicast, p); !ok {
				b.Fatalf("%v is not there", p)
			}
		}
	})
	b.Run("longest", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			a := t.prefixes[i*7919%len(t.prefixes)].Netip(wire.IPv4Unicast).Addr()
			if _, ok := r.LookupAddr(wire.IPv4Unicast, a); !ok {
				b.Fatalf("no route to %v", a)
			}
		}
	})
	b.Run("find", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			if r.tables[0].find(t.prefixes[i*7919%len(t.prefixes)]) == 0 {
				b.Fatal("a prefix is not there")
			}
		}
	})
}

// BenchmarkAdvertised is a listing of all that one neighbor was sent, by pages of 1,000.
func BenchmarkAdvertised(b *testing.B) {
	t := makeTable(200_000)
	r := newBenchRIB(2)
	r.play(t.batches(1, 5, 0))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		l := r.List(Query{Family: wire.IPv4Unicast, View: ViewAdvertised, Peer: 2})
		n := 0
		for done := false; !done; {
			var page []RouteView
			page, done = l.Next(1000, 4096)
			n += len(page)
		}
		if n != len(t.prefixes) {
			b.Fatalf("%d of %d", n, len(t.prefixes))
		}
	}
	report(b, len(t.prefixes))
}

// BenchmarkAddPath is four neighbors with the same 50,000 prefixes, and twenty receivers of all paths: a path sent costs as
// much as a prefix elsewhere.
func BenchmarkAddPath(b *testing.B) {
	t := makeTable(50_000)
	var feeds [][]*Batch
	for p := range PeerID(4) {
		feeds = append(feeds, t.batches(p+1, 5, 0))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		r := newBenchRIB(4)
		for range 20 {
			p := r.AddPeer()
			r.up(p)
			s := *r.peers[p].session
			s.Families[0].Group.Encoding.AddPath, s.Families[0].Group.Paths = true, AllPaths
			r.Up(p, &s)
		}
		r.drain()
		r.play(feeds...)
		b.ReportMetric(float64(r.delivered)/float64(len(t.prefixes)), "nlri/prefix")
	}
	report(b, len(t.prefixes))
}
