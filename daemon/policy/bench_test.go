package policy

import (
	"fmt"
	"net/netip"
	"testing"

	"bgpsh/wire"
)

// longList is a prefix list of n entries over distinct prefixes.
func longList(n int) *PrefixList {
	l := &PrefixList{Name: "L"}
	for i := range n {
		b := [4]byte{byte(20 + i>>14), byte(i >> 6), byte(i << 2), 0}
		e := NewPrefixEntry(netip.PrefixFrom(netip.AddrFrom4(b), 22), 0, 24)
		e.Seq, e.Flags = uint32(5*i+5), Permit
		l.Entries = append(l.Entries, e)
	}
	return l
}

// longMap is a map of 20 entries, of which the last ones are reached, with a prefix list of 10,000 entries and conditions on
// communities.
func longMap() *Policy {
	d := Definitions{
		PrefixLists:    [2]map[string]*PrefixList{{"L": longList(10_000)}},
		CommunityLists: [listKinds]map[string]*CommunityList{{}},
		Maps:           map[string]*RouteMap{},
	}
	m := &RouteMap{Name: "M"}
	for i := range 20 {
		e := m.Ensure(uint32(10 * (i + 1)))
		e.Permit = i > 9
		name := string(rune('A' + i))
		d.CommunityLists[0][name] = &CommunityList{Name: name, Entries: []CommunityEntry{{Seq: 5, Permit: true, Plain: []uint32{uint32(i + 1)}}}}
		e.Matches = []Match{{Kind: MatchCommunity, Name: name}}
		if i == 19 {
			e.Matches = []Match{{Kind: MatchAddressPrefixList, Name: "L"}}
			e.Sets = []Set{{Kind: SetLocalPref, Value: 200}, {Kind: SetCommunity, Numbers: []uint32{65000<<16 | 1}, Additive: true}}
		}
	}
	d.Maps["M"] = m
	return Link(d, nil).Compile(Spec{RouteMap: "M"}, Env{})
}

// A prefix in a list of 10,000 entries: the aim is under a microsecond.
func BenchmarkPrefixList10000(b *testing.B) {
	t := newPrefixIndex(longList(10_000))
	i := uint64(0)
	for b.Loop() {
		i = i*6364136223846793005 + 1
		t.permits(wire.Prefix{Hi: (20<<24 + i>>40) << 32 &^ (1<<40 - 1), Len: 24})
	}
}

// A prefix in a list of 65,536 entries that all have one prefix, as a neighbor may ask for.
func BenchmarkPrefixListOfOne(b *testing.B) {
	l := &PrefixList{Name: "L"}
	for i := range 1 << 16 {
		e := NewPrefixEntry(netip.MustParsePrefix("0.0.0.0/0"), uint8(i%8+9), uint8(i%16+17))
		e.Seq = uint32(i + 1)
		l.Entries = append(l.Entries, e)
	}
	t := newPrefixIndex(l)
	for b.Loop() {
		t.permits(wire.Prefix{Hi: 20 << 56, Len: 24})
	}
}

// One attribute set of seven prefixes through a map of 20 entries.
func BenchmarkMap20(b *testing.B) {
	p := longMap()
	var sets []wire.Attrs
	for i := range 64 {
		e := wire.NewEditor(nil)
		e.SetOrigin(0)
		e.SetASPath(wire.ASPath(nil).AppendSegment(wire.SegmentSequence, 65001, uint32(i+1), 65003))
		e.AddCommunity(65001<<16 | uint32(i))
		e.AddCommunity(65001<<16 | 999)
		sets = append(sets, e.AppendTo(nil))
	}
	benchmarkSets(b, p, sets, 20)
}

// benchmarkSets judges seven prefixes of N/8 with each of the sets, whose number is a power of two, in turn.
func benchmarkSets(b *testing.B, p *Policy, sets []wire.Attrs, n uint64) {
	b.ReportAllocs()
	var r Run
	at := 0
	for b.Loop() {
		r.Begin(p, wire.IPv4Unicast, sets[at&(len(sets)-1)], wire.Local{})
		for k := range uint64(7) {
			r.Prefix(wire.Prefix{Hi: (n<<24 + uint64(at)<<8 + k<<8) << 32, Len: 24})
		}
		at++
	}
}

// communityMap is a map of n entries that each ask for a list of 50 communities of a kind, behind one that asks for a prefix list, and tag
// what they match; the last one matches all.
func communityMap(n int, kind ListKind) *Policy {
	d := Definitions{PrefixLists: [2]map[string]*PrefixList{{"L": longList(10_000)}}, Maps: map[string]*RouteMap{}}
	d.CommunityLists[kind] = map[string]*CommunityList{}
	m := &RouteMap{Name: "M"}
	m.Ensure(5).Matches = []Match{{Kind: MatchAddressPrefixList, Name: "L"}}
	for i := range n {
		e := m.Ensure(uint32(10 * (i + 1)))
		e.Permit = true
		e.Sets = []Set{{Kind: SetCommunity, Numbers: []uint32{65500<<16 | uint32(i)}, Additive: true}, {Kind: SetLocalPref, Value: 120}, {Kind: SetMetric, Value: uint32(i)}}
		if i == n-1 {
			break
		}
		l := &CommunityList{Name: fmt.Sprint("C", i), Kind: kind}
		for k := range 50 {
			as, value := uint32(65001+k%10), uint32(5*i+k/10)
			x := CommunityEntry{Seq: uint32(k + 1), Permit: true}
			if kind == LargeCommunities {
				x.Large = []wire.LargeCommunity{{Global: as, Local1: value}}
			} else {
				x.Plain = []uint32{as<<16 | value}
			}
			l.Entries = append(l.Entries, x)
		}
		d.CommunityLists[kind][l.Name] = l
		e.Matches = []Match{{Kind: [...]MatchKind{MatchCommunity, MatchLargeCommunity}[kind], Name: l.Name}}
	}
	d.Maps["M"] = m
	return Link(d, nil).Compile(Spec{RouteMap: "M"}, Env{})
}

// One attribute set of seven prefixes and three communities through maps that ask for communities: most sets carry none that counts.
func BenchmarkCommunityMap(b *testing.B) {
	for _, size := range []struct {
		name    string
		entries int
		kind    ListKind
	}{{"5", 5, Communities}, {"19", 19, Communities}, {"19large", 19, LargeCommunities}, {"200", 200, Communities}} {
		b.Run(size.name, func(b *testing.B) {
			p := communityMap(size.entries, size.kind)
			var sets []wire.Attrs
			for i := range 256 {
				e := wire.NewEditor(nil)
				e.SetOrigin(0)
				e.SetASPath(wire.ASPath(nil).AppendSegment(wire.SegmentSequence, 65001, uint32(i+1), 65003))
				e.SetNextHop(netip.AddrFrom4([4]byte{10, 0, 0, 1}))
				for k := range 3 {
					as, value := uint32(65001+i%10), uint32(97*i+31*k)%400
					if size.kind == LargeCommunities {
						e.AddLargeCommunity(wire.LargeCommunity{Global: as, Local1: value})
					} else {
						e.AddCommunity(as<<16 | value)
					}
				}
				sets = append(sets, e.AppendTo(nil))
			}
			benchmarkSets(b, p, sets, 100)
		})
	}
}

// A prefix in a list of 10,000 entries that are strewn over all addresses and know most prefixes not.
func BenchmarkPrefixList10000Strewn(b *testing.B) {
	l, i := &PrefixList{}, uint64(1)
	for range 10_000 {
		i = i*6364136223846793005 + 3
		l.Entries = append(l.Entries, PrefixEntry{Hi: i >> 40 << 40, Len: 24})
	}
	t := newPrefixIndex(l)
	for b.Loop() {
		i = i*6364136223846793005 + 1
		t.permits(wire.Prefix{Hi: i >> 40 << 40, Len: 24})
	}
}

func TestMapDoesNotAllocate(t *testing.T) {
	p := longMap()
	e := wire.NewEditor(nil)
	e.SetOrigin(0)
	e.AddCommunity(65001<<16 | 1)
	a := wire.Attrs(e.AppendTo(nil))
	e.AddCommunity(65001<<16 | 2)
	sets := [2]wire.Attrs{a, e.AppendTo(nil)}
	var r Run
	n := 0
	once := func() {
		r.Begin(p, wire.IPv4Unicast, sets[n&1], wire.Local{})
		for k := range uint64(4) {
			r.Prefix(wire.Prefix{Hi: (20<<24 + k<<8) << 32, Len: 24})
		}
		n++
	}
	once()
	once()
	if got := testing.AllocsPerRun(100, once); got != 0 {
		t.Errorf("%v allocations a set", got)
	}
}
