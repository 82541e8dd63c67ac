package main

import (
	"hash/maphash"
	"math/rand/v2"
	"net/netip"

	"bgpsh/wire"
)

// A table is the routes of one load: distinct prefixes in runs that share their attributes, about seven to a run, as in the
// Internet's table. It is immutable, and the same for the same family and length.
type table struct {
	family   wire.Family
	prefixes []wire.Prefix
	sets     []set
	setOf    []int32 // of each prefix
	slots    []int32 // open addressing by hash of the prefix: index + 1
}

// A set is a run of prefixes with equal attributes, up to end.
type set struct {
	start, end int
	origin     uint32 // the AS that all injectors say it comes from
}

// lengths4 and lengths6 are the shares of prefix lengths, of 100, roughly as seen in the default-free zone.
var (
	lengths4 = map[uint8]int{24: 60, 23: 10, 22: 11, 21: 5, 20: 5, 19: 3, 18: 2, 17: 1, 16: 3}
	lengths6 = map[uint8]int{48: 48, 44: 12, 40: 10, 32: 13, 36: 5, 29: 4, 46: 4, 47: 4}
)

// deck deals a length for each of 100 cards.
func deck(shares map[uint8]int) (cards []uint8) {
	for l := range uint8(129) {
		for range shares[l] {
			cards = append(cards, l)
		}
	}
	return cards
}

// newTable makes n routes of family f.
func newTable(f wire.Family, n int) *table {
	t := emptyTable(f, n)
	rnd := rand.New(rand.NewPCG(0x6267, uint64(f)))
	cards := deck(lengths4)
	if f == wire.IPv6Unicast {
		cards = deck(lengths6)
	}
	for len(t.prefixes) < n {
		s := set{start: len(t.prefixes), origin: 1000 + rnd.Uint32N(60000)}
		for run := runLength(rnd); run > 0 && len(t.prefixes) < n; run-- {
			t.add(randomPrefix(rnd, f, cards))
		}
		if s.end = len(t.prefixes); s.end > s.start {
			t.sets = append(t.sets, s)
		}
	}
	return t
}

// runLength is mostly small and sometimes hundreds: few origins announce very much.
func runLength(rnd *rand.Rand) int {
	if rnd.IntN(300) == 0 {
		return 150 + rnd.IntN(600)
	}
	n := 1
	for n < 40 && rnd.IntN(5) > 0 {
		n++
	}
	return n
}

// randomPrefix stays out of what a daemon would refuse: 0/8, 10/8, 127/8, multicast and beyond; IPv6 is 2000::/4.
func randomPrefix(rnd *rand.Rand, f wire.Family, cards []uint8) wire.Prefix {
	length := cards[rnd.IntN(len(cards))]
	if f == wire.IPv6Unicast {
		p := wire.Prefix{Hi: 0x2000_0000_0000_0000 | rnd.Uint64()>>4, Len: length}
		p.Hi &= ^uint64(0) << (64 - length)
		return p
	}
	first := uint64(11 + rnd.IntN(212))
	if first == 127 {
		first = 11
	}
	p := wire.Prefix{Hi: first<<56 | rnd.Uint64()>>8, Len: length}
	p.Hi &= ^uint64(0) << (64 - length)
	return p
}

// add appends p unless it is there already.
func (t *table) add(p wire.Prefix) {
	i := t.slot(p)
	if t.slots[i] != 0 {
		return
	}
	t.prefixes = append(t.prefixes, p)
	t.setOf = append(t.setOf, int32(len(t.sets)))
	t.slots[i] = int32(len(t.prefixes))
}

// slot gives where p is or belongs.
func (t *table) slot(p wire.Prefix) uint64 {
	mask := uint64(len(t.slots) - 1)
	h := mix(p.Hi ^ p.Lo*0x9e3779b97f4a7c15 ^ uint64(p.Len))
	for ; ; h++ {
		if v := t.slots[h&mask]; v == 0 || t.prefixes[v-1] == p {
			return h & mask
		}
	}
}

// tableOf is a table of these prefixes, each a set of its own.
func tableOf(f wire.Family, prefixes []wire.Prefix) *table {
	t := emptyTable(f, len(prefixes))
	rnd := rand.New(rand.NewPCG(0x6267, uint64(f)))
	for i, p := range prefixes {
		t.add(p)
		t.sets = append(t.sets, set{i, i + 1, 20000 + rnd.Uint32N(40000)})
	}
	return t
}

// emptyTable has room for n routes.
func emptyTable(f wire.Family, n int) *table {
	t := &table{family: f, prefixes: make([]wire.Prefix, 0, n), setOf: make([]int32, 0, n)}
	size := 16
	for size < 2*n {
		size *= 2
	}
	t.slots = make([]int32, size)
	return t
}

// find gives the number of p; false for a prefix that nobody announced.
func (t *table) find(p wire.Prefix) (int, bool) {
	v := t.slots[t.slot(p)]
	return int(v) - 1, v != 0
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// An offer is what one injector announces: which routes, and how good.
type offer struct {
	injector int // its number
	as       uint32
	nextHop  netip.Addr
	every    int // it announces each every-th set, from its own number on; 0: all of them
}

func (o *offer) has(set int) bool { return o.every == 0 || set%o.every == o.injector }

// hops is how many ASes stand between the injector and the origin: one for injector 0, so that it is best for everything, two to
// six for the others.
func (o *offer) hops(set int) int {
	if o.injector == 0 || o.every != 0 {
		return 1
	}
	return 2 + int(mix(uint64(set)<<16|uint64(o.injector))%5)
}

// attrs writes into e what o says of a set. A prefix, a MED in three of ten, communities in seven of ten, sorted and distinct,
// since some daemons send them on so.
func (t *table) attrs(e *wire.Editor, o *offer, n int) {
	rnd := rand.New(rand.NewPCG(uint64(n), uint64(o.injector)))
	e.Reset(nil)
	e.SetOrigin(wire.OriginIGP)
	e.PrependAS(t.sets[n].origin, 1)
	for range o.hops(n) {
		e.PrependAS(100000+rnd.Uint32N(40000), 1)
	}
	e.PrependAS(o.as, 1)
	e.SetNextHop(o.nextHop)
	if rnd.IntN(10) < 3 {
		e.SetUint32(wire.AttrMED, rnd.Uint32N(200))
	}
	if rnd.IntN(10) < 7 {
		low := rnd.Uint32N(100)
		for range 1 + rnd.IntN(6) {
			e.AddCommunity(o.as<<16 | low)
			low += 1 + rnd.Uint32N(100)
		}
	}
	if rnd.IntN(10) < 2 {
		e.AddLargeCommunity(wire.LargeCommunity{Global: o.as, Local1: rnd.Uint32N(100), Local2: rnd.Uint32N(100)})
	}
}

// chunk is about how many bytes an injector writes at once, so that a KEEPALIVE can slip in between.
const chunk = 60 << 10

// announcements gives the UPDATEs of o, whole messages in chunks.
func (t *table) announcements(o *offer) (out [][]byte) {
	var e wire.Editor
	var list []wire.NLRI
	enc := &wire.Encoding{AS4: true}
	buf := make([]byte, 0, chunk+wire.MaxLen)
	for n := range t.sets {
		if !o.has(n) {
			continue
		}
		t.attrs(&e, o, n)
		list = t.list(list[:0], t.sets[n].start, t.sets[n].end)
		for rest := list; len(rest) > 0; {
			var taken int
			buf, taken = wire.AppendReach(buf, e.Attrs(), t.family, rest, enc)
			rest = rest[taken:]
			if len(buf) >= chunk {
				out = append(out, buf)
				buf = make([]byte, 0, chunk+wire.MaxLen)
			}
		}
	}
	return append(out, buf)
}

// withdrawals gives the UPDATEs that take all of o back.
func (t *table) withdrawals(o *offer) (out [][]byte) {
	var list []wire.NLRI
	for n := range t.sets {
		if o.has(n) {
			list = t.list(list, t.sets[n].start, t.sets[n].end)
		}
	}
	enc := &wire.Encoding{AS4: true}
	for len(list) > 0 {
		buf, taken := wire.AppendUnreach(nil, t.family, list, enc)
		list = list[taken:]
		out = append(out, buf)
	}
	return out
}

func (t *table) list(dst []wire.NLRI, from, to int) []wire.NLRI {
	for _, p := range t.prefixes[from:to] {
		dst = append(dst, wire.NLRI{Prefix: p})
	}
	return dst
}

// count is how many prefixes o announces.
func (t *table) count(o *offer) (n int) {
	for i, s := range t.sets {
		if o.has(i) {
			n += s.end - s.start
		}
	}
	return n
}

var printSeed = maphash.MakeSeed()

// fingerprint identifies what must survive the way through a daemon: origin, AS path and communities. Never 0.
func fingerprint(a wire.Attrs) uint32 {
	var h maphash.Hash
	h.SetSeed(printSeed)
	h.WriteByte(a.Origin())
	for _, kind := range [...]wire.AttrType{wire.AttrASPath, wire.AttrCommunities, wire.AttrLargeCommunities} {
		v, _ := a.Get(kind)
		h.WriteByte(byte(kind))
		h.Write(v)
	}
	return uint32(h.Sum64()) | 1
}

// A choice is one path that a receiver may hold after a step.
type choice struct {
	fingerprint uint32
	injector    int
}

// best gives, for each set, the paths that are right behind a daemon of AS as when these offers stand: all that are shortest,
// since what breaks a tie among different neighbor ASes is the daemon's own business. judge is what the daemon's rules make of a route,
// nil for none: false refuses it.
func (t *table) best(offers []*offer, as uint32, judge func(*wire.Editor, *offer) bool) [][]choice {
	out := make([][]choice, len(t.sets))
	var e wire.Editor
	for n := range t.sets {
		shortest := 0
		for _, o := range offers {
			if !o.has(n) || len(out[n]) > 0 && o.hops(n) > shortest {
				continue
			}
			if len(out[n]) > 0 && o.hops(n) < shortest {
				out[n] = out[n][:0]
			}
			shortest = o.hops(n)
			t.attrs(&e, o, n)
			if judge != nil && !judge(&e, o) {
				continue
			}
			e.PrependAS(as, 1)
			out[n] = append(out[n], choice{fingerprint(e.Attrs()), o.injector})
		}
	}
	return out
}
