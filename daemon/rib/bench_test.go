package rib

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"bgpsh/wire"
)

// benchTable is a table like the Internet's: prefixes in groups with equal attributes, about seven to a group.
type benchTable struct {
	prefixes []wire.Prefix
	ends     []int // of the groups
}

func makeTable(n int) *benchTable {
	rnd := rand.New(rand.NewPCG(1, 2))
	t := &benchTable{}
	seen := make(map[wire.Prefix]bool, n)
	lengths := []uint8{24, 24, 24, 24, 24, 24, 23, 22, 22, 21, 20, 19, 18, 16}
	for len(t.prefixes) < n {
		size := 1
		for rnd.IntN(100) < 80 && size < 40 {
			size++
		}
		if rnd.IntN(400) == 0 {
			size = 200 + rnd.IntN(800)
		}
		for ; size > 0 && len(t.prefixes) < n; size-- {
			var b [4]byte
			binary.BigEndian.PutUint32(b[:], uint32(1+rnd.IntN(222))<<24|rnd.Uint32N(1<<24))
			p := wire.PrefixFrom(netip.PrefixFrom(netip.AddrFrom4(b), int(lengths[rnd.IntN(len(lengths))])))
			if !seen[p] {
				seen[p] = true
				t.prefixes = append(t.prefixes, p)
			}
		}
		t.ends = append(t.ends, len(t.prefixes))
	}
	return t
}

// batches gives what a reader makes of peer's announcement of the table. hops 0: a random path length.
func (t *benchTable) batches(peer PeerID, seed uint64, hops int) []*Batch {
	rnd := rand.New(rand.NewPCG(3, uint64(peer)))
	var out []*Batch
	b := &Batch{Peer: peer, Generation: 1, Seed: seed}
	at := 0
	var e wire.Editor
	for _, end := range t.ends {
		e.Reset(nil)
		e.SetOrigin(0)
		e.PrependAS(1000+rnd.Uint32N(60000), 1)
		n := hops
		if n == 0 {
			n = 1 + rnd.IntN(5)
		}
		for range n {
			e.PrependAS(100000+rnd.Uint32N(40000), 1)
		}
		e.PrependAS(65000+uint32(peer), 1)
		e.SetNextHop(netip.AddrFrom4([4]byte{10, 9, 0, byte(peer)}))
		if rnd.IntN(10) < 3 {
			e.SetUint32(wire.AttrMED, rnd.Uint32N(200))
		}
		if rnd.IntN(10) < 7 {
			for range 1 + rnd.IntN(6) {
				e.AddCommunity(uint32(peer)<<16 | rnd.Uint32N(500))
			}
		}
		b.Begin(wire.IPv4Unicast, e.Attrs(), e.Attrs(), 0)
		for ; at < end; at++ {
			b.Announce(wire.NLRI{Prefix: t.prefixes[at]})
		}
		if b.Len() >= 1024 {
			out = append(out, b)
			b = &Batch{Peer: peer, Generation: 1, Seed: seed}
		}
	}
	return append(out, b)
}

func (t *benchTable) withdrawals(peer PeerID) []*Batch {
	var out []*Batch
	for at := 0; at < len(t.prefixes); at += 1024 {
		b := &Batch{Peer: peer, Generation: 1}
		for _, p := range t.prefixes[at:min(at+1024, len(t.prefixes))] {
			b.Withdraw(wire.IPv4Unicast, wire.NLRI{Prefix: p})
		}
		out = append(out, b)
	}
	return out
}

// benchRIB is a RIB with peers that are all up, and in one group.
type benchRIB struct {
	*RIB
	delivered, bytes int
}

func newBenchRIB(peers int) *benchRIB {
	r := &benchRIB{}
	r.RIB = New(Config{AS: 65000, RouterID: 1, Seed: 5, Start: start, Deliver: func(p PeerID, f wire.Family, buf []byte, nlri int) bool {
		r.delivered += nlri
		r.bytes += len(buf)
		return true
	}})
	for range peers {
		p := r.AddPeer()
		r.up(p)
	}
	r.drain()
	return r
}

func (r *benchRIB) up(p PeerID) {
	r.Up(p, &Session{
		Generation: 1, Addr: netip.AddrFrom4([4]byte{10, 9, 0, byte(p)}), RouterID: uint32(p), AS: 65000 + uint32(p), LocalAS: 65000,
		Families: []FamilySession{{Family: wire.IPv4Unicast, Group: GroupKey{
			Family: wire.IPv4Unicast, LocalAS: 65000, NextHop4: netip.MustParseAddr("10.9.0.254"), Encoding: wire.Encoding{AS4: true},
		}}},
	})
}

func (r *benchRIB) drain() {
	for r.Turn(512) {
	}
}

// play applies batches of several peers in turn, as the loop does, with a turn of egress after every few.
func (r *benchRIB) play(streams ...[]*Batch) {
	n := 0
	for i := 0; ; i++ {
		left := false
		for _, s := range streams {
			if i < len(s) {
				left = true
				r.Apply(s[i], start)
				if n++; n%2 == 0 {
					r.Turn(2048)
				}
			}
		}
		if !left {
			break
		}
	}
	r.drain()
}

func report(b *testing.B, prefixes int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(prefixes), "ns/prefix")
}

// reportCPU reports the CPU time since began, which other work on the machine falsifies less than the clock's.
func reportCPU(b *testing.B, began time.Duration, prefixes int) {
	b.ReportMetric(float64((cpuTime()-began).Nanoseconds())/float64(b.N)/float64(prefixes), "cpu-ns/prefix")
}

// cpuTime is the time that the process has used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var million *benchTable

func theMillion() *benchTable {
	if million == nil {
		million = makeTable(1_000_000)
	}
	return million
}

// BenchmarkApply is one full feed into an empty table without receivers: intern, find, store, decide.
func BenchmarkApply(b *testing.B) {
	t := theMillion()
	feed := t.batches(1, 5, 0)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		r := newBenchRIB(1)
		for _, batch := range feed {
			r.Apply(batch, start)
		}
	}
	report(b, len(t.prefixes))
}

// BenchmarkLoad is two full feeds to one receiver, everything but sockets and parsing.
func BenchmarkLoad(b *testing.B) {
	t := theMillion()
	one, two := t.batches(1, 5, 0), t.batches(2, 5, 0)
	b.ReportAllocs()
	b.ResetTimer()
	began := cpuTime()
	for range b.N {
		r := newBenchRIB(3)
		r.play(one, two)
		b.ReportMetric(float64(r.delivered)/float64(len(t.prefixes)), "nlri/prefix")
	}
	report(b, 2*len(t.prefixes))
	reportCPU(b, began, 2*len(t.prefixes))
}

// BenchmarkTen is ten feeds of 500k to one receiver, then the best one leaves, then all withdraw.
func BenchmarkTen(b *testing.B) {
	t := makeTable(500_000)
	var feeds [][]*Batch
	for p := range PeerID(10) {
		hops := 0
		if p == 0 {
			hops = 1
		}
		feeds = append(feeds, t.batches(p+1, 5, hops))
	}
	b.Run("load", func(b *testing.B) {
		b.ReportAllocs()
		began := cpuTime()
		for range b.N {
			r := newBenchRIB(11)
			r.play(feeds...)
		}
		report(b, 10*len(t.prefixes))
		reportCPU(b, began, 10*len(t.prefixes))
	})
	b.Run("failover", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			b.StopTimer()
			r := newBenchRIB(11)
			r.play(feeds...)
			b.StartTimer()
			r.Down(1)
			r.drain()
		}
		report(b, len(t.prefixes))
	})
	b.Run("withdraw", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			b.StopTimer()
			r := newBenchRIB(11)
			r.play(feeds...)
			var out [][]*Batch
			for p := range PeerID(10) {
				out = append(out, t.withdrawals(p+1))
			}
			b.StartTimer()
			r.play(out...)
		}
		report(b, 10*len(t.prefixes))
	})
}

// BenchmarkFanOut is one feed of 200k to 50 receivers.
func BenchmarkFanOut(b *testing.B) {
	t := makeTable(200_000)
	feed := t.batches(1, 5, 0)
	b.ReportAllocs()
	for range b.N {
		r := newBenchRIB(51)
		r.play(feed)
	}
	report(b, len(t.prefixes))
}

// BenchmarkRouteServer is 100 neighbors with 1,000 prefixes each that all hear of each other, and 100 that only listen.
func BenchmarkRouteServer(b *testing.B) {
	t := makeTable(100_000)
	var feeds [][]*Batch
	for p := range 100 {
		part := &benchTable{prefixes: t.prefixes[p*1000 : (p+1)*1000]}
		for at := 0; at < 1000; at += 5 {
			part.ends = append(part.ends, at+5)
		}
		feeds = append(feeds, part.batches(PeerID(p+1), 5, 0))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		r := newBenchRIB(200)
		r.play(feeds...)
		b.ReportMetric(float64(r.delivered)/float64(len(t.prefixes)), "nlri/prefix")
	}
	report(b, len(t.prefixes))
}

// BenchmarkChange is one change of one prefix at full table, to one receiver.
func BenchmarkChange(b *testing.B) {
	t := makeTable(500_000)
	r := newBenchRIB(3)
	r.play(t.batches(1, 5, 2), t.batches(2, 5, 3))
	var e wire.Editor
	e.Reset(nil)
	e.SetOrigin(0)
	e.PrependAS(65001, 1)
	e.SetNextHop(netip.AddrFrom4([4]byte{10, 9, 0, 1}))
	batch := &Batch{Peer: 1, Generation: 1, Seed: 5}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		e.SetUint32(wire.AttrMED, uint32(i))
		batch.Reset()
		batch.Peer, batch.Generation = 1, 1
		batch.Begin(wire.IPv4Unicast, e.Attrs(), e.Attrs(), 0)
		batch.Announce(wire.NLRI{Prefix: t.prefixes[i*7919%len(t.prefixes)]})
		r.Apply(batch, start)
		r.drain()
	}
}

// BenchmarkJoin is a neighbor that comes to a full table.
func BenchmarkJoin(b *testing.B) {
	t := makeTable(500_000)
	r := newBenchRIB(3)
	r.play(t.batches(1, 5, 0))
	p := r.AddPeer()
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		r.up(p)
		r.drain()
		b.StopTimer()
		r.Down(p)
		r.drain()
		b.StartTimer()
	}
	report(b, len(t.prefixes))
}

// BenchmarkList is an ordered listing of the whole table by pages of 1,000.
func BenchmarkList(b *testing.B) {
	t := theMillion()
	r := newBenchRIB(1)
	r.play(t.batches(1, 5, 0))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		l := r.List(Query{Family: wire.IPv4Unicast})
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

// BenchmarkFlush is egress of a full table to a group of receivers.
func BenchmarkFlush(b *testing.B) {
	t := theMillion()
	r := newBenchRIB(4)
	r.play(t.batches(1, 5, 0))
	g := r.tables[0].groups[0]
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		r.tables[0].dying = append(r.tables[0].dying, &column{pages: g.column.pages})
		g.column = column{}
		g.cursor.fill(&r.tables[0].dests)
		b.StartTimer()
		for g.cursor.count > 0 {
			r.tables[0].flush(g, flushLen)
		}
		b.StopTimer()
		r.drain()
		b.StartTimer()
	}
	report(b, len(t.prefixes))
}

// TestMemory prints the bytes that a table takes, and finds that they are given back.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a full table")
	}
	table := makeTable(200_000)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	one, two := table.batches(1, 5, 0), table.batches(2, 5, 0)
	outOne, outTwo := table.withdrawals(1), table.withdrawals(2)
	r := newBenchRIB(3)
	before := heap()
	r.play(one, two)
	full := heap() - before
	for k, s := range r.Sizes() {
		t.Logf("%-24s %9d objects %6.1f MiB", Kind(k), s.Objects, float64(s.Bytes)/(1<<20))
	}
	t.Logf("%.1f MiB for 2 x %d, %.0f bytes a prefix", float64(full)/(1<<20), len(table.prefixes), float64(full)/float64(len(table.prefixes)))
	r.play(outOne, outTwo)
	left := int64(heap()) - int64(before)
	t.Logf("%.1f MiB after the withdrawal", float64(left)/(1<<20))
	if left > int64(full)/20 {
		for k, s := range r.Sizes() {
			t.Logf("%-24s %9d objects %6.1f MiB", Kind(k), s.Objects, float64(s.Bytes)/(1<<20))
		}
		t.Fatalf("%d of %d bytes are not given back", left, full)
	}
	runtime.KeepAlive(one)
	runtime.KeepAlive(two)
	runtime.KeepAlive(outOne)
	runtime.KeepAlive(outTwo)
}

// BenchmarkFamiliesInTurn is a neighbor that withdraws what it never announced, of both families: a batch of one and then of the other, and
// one prefix of each in turn, which costs as much.
func BenchmarkFamiliesInTurn(b *testing.B) {
	r := New(Config{AS: 65000, RouterID: 1, Seed: 5, Start: start, Deliver: func(PeerID, wire.Family, []byte, int) bool { return true }})
	p := r.AddPeer()
	r.Up(p, &Session{Generation: 1, Addr: netip.MustParseAddr("10.9.0.1"), RouterID: 1, AS: 65001, LocalAS: 65000,
		Families: []FamilySession{{Family: wire.IPv4Unicast}, {Family: wire.IPv6Unicast}}})
	const prefixes = 1024
	for name, stretch := range map[string]int{"apart": prefixes / 2, "in turn": 1} {
		batch := &Batch{Peer: p, Generation: 1, Seed: 5}
		for at := 0; at < prefixes/2; at += stretch {
			for n := at; n < at+stretch; n++ {
				batch.Withdraw(wire.IPv4Unicast, wire.NLRI{Prefix: wire.Prefix{Hi: 10<<56 | uint64(n)<<40, Len: 24}})
			}
			for n := at; n < at+stretch; n++ {
				batch.Withdraw(wire.IPv6Unicast, wire.NLRI{Prefix: wire.Prefix{Hi: 0x2001<<48 | uint64(n)<<16, Len: 48}})
			}
		}
		b.Run(name, func(b *testing.B) {
			for range b.N {
				r.Apply(batch, start)
			}
			report(b, prefixes)
		})
	}
}
