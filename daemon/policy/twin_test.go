package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bgpsh/wire"
)

// prefixes draws prefixes that meet: few bits of few addresses.
var prefixes = rapid.Custom(func(t *rapid.T) netip.Prefix {
	b := [4]byte{10, byte(rapid.IntRange(0, 3).Draw(t, "b")), byte(rapid.IntRange(0, 3).Draw(t, "c") << 6), byte(rapid.IntRange(0, 1).Draw(t, "d"))}
	return netip.PrefixFrom(netip.AddrFrom4(b), rapid.IntRange(0, 32).Draw(t, "len")).Masked()
})

func drawList(t *rapid.T) *PrefixList {
	l := &PrefixList{Name: "L"}
	for i := range rapid.IntRange(0, 12).Draw(t, "entries") {
		p := prefixes.Draw(t, "prefix")
		e := NewPrefixEntry(p, 0, 0)
		if rapid.Bool().Draw(t, "ge?") {
			e.GE = uint8(rapid.IntRange(max(1, p.Bits()), 32).Draw(t, "ge"))
		}
		if rapid.Bool().Draw(t, "le?") {
			e.LE = uint8(rapid.IntRange(max(1, p.Bits(), int(e.GE)), 32).Draw(t, "le"))
		}
		if rapid.IntRange(0, 5).Draw(t, "any") == 0 {
			e = AnyPrefix(false)
		}
		if rapid.Bool().Draw(t, "permit") {
			e.Flags |= Permit
		}
		e.Seq = uint32(5 * (i + 1))
		l.Entries = append(l.Entries, e)
	}
	return l
}

// slowFirst reads a prefix list line by line.
func slowFirst(l *PrefixList, p netip.Prefix) int {
	for i := range l.Entries {
		e := &l.Entries[i]
		own := e.Prefix().Netip(l.Family())
		low, high := own.Bits(), own.Bits()
		if e.GE != 0 {
			low, high = int(e.GE), own.Addr().BitLen()
		}
		if e.LE != 0 {
			high = int(e.LE)
		}
		if own.Contains(p.Addr()) && own.Bits() <= p.Bits() && p.Bits() >= low && p.Bits() <= high {
			return i
		}
	}
	return -1
}

// The compiled prefix list finds the line that reading the list from its start finds.
func TestPrefixListSlowTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawList(t)
		table := newPrefixIndex(l)
		for range 20 {
			p := prefixes.Draw(t, "x")
			if got, want := table.first(wire.PrefixFrom(p)), slowFirst(l, p); got != want {
				t.Fatalf("%v on %s: entry %d, want %d", l.Entries, p, got, want)
			}
		}
	})
}

// The same with lists so long that the search is divided, of prefixes that lie close together and far apart.
func TestLongPrefixListSlowTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.Custom(func(t *rapid.T) netip.Prefix {
			v := rapid.SampledFrom([]uint32{0, 10 << 24, 255 << 24}).Draw(t, "net") | rapid.Uint32Range(0, 1<<12).Draw(t, "host")<<rapid.IntRange(0, 12).Draw(t, "shift")
			addr := netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
			return netip.PrefixFrom(addr, rapid.IntRange(0, 32).Draw(t, "len")).Masked()
		})
		l := &PrefixList{}
		for _, p := range rapid.SliceOfN(draw, 1, 200).Draw(t, "entries") {
			l.Entries = append(l.Entries, NewPrefixEntry(p, 0, uint8(rapid.SampledFrom([]int{0, 0, 32}).Draw(t, "le"))))
		}
		table := newPrefixIndex(l)
		for _, p := range append(rapid.SliceOfN(draw, 20, 20).Draw(t, "others"), l.Entries[0].Prefix().Netip(l.Family())) {
			if got, want := table.first(wire.PrefixFrom(p)), slowFirst(l, p); got != want {
				t.Fatalf("%v on %s: entry %d, want %d", l.Entries, p, got, want)
			}
		}
	})
}

// The same with very many entries of few prefixes, of which those that never decide are left out.
func TestPrefixListOfOneSlowTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &PrefixList{}
		few := []string{"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16"}
		for i := range rapid.IntRange(100, 300).Draw(t, "entries") {
			p := netip.MustParsePrefix(few[rapid.IntRange(0, len(few)-1).Draw(t, "prefix")])
			low := rapid.IntRange(max(1, p.Bits()), 32).Draw(t, "ge")
			e := NewPrefixEntry(p, uint8(low), uint8(rapid.IntRange(low, 32).Draw(t, "le")))
			e.Seq = uint32(i + 1)
			l.Entries = append(l.Entries, e)
		}
		table := newPrefixIndex(l)
		if n := len(table.order); n > 3*33 {
			t.Errorf("%d entries of three prefixes are left", n)
		}
		for bits := range 33 {
			p := netip.PrefixFrom(netip.MustParseAddr("10.0.0.0"), bits).Masked()
			if got, want := table.first(wire.PrefixFrom(p)), slowFirst(l, p); got != want {
				t.Fatalf("%v on %s: entry %d, want %d", l.Entries, p, got, want)
			}
		}
	})
}

// The same in IPv6, where many prefixes share their first half.
func TestPrefixListSlowTwinIPv6(t *testing.T) {
	addr := rapid.Custom(func(t *rapid.T) netip.Prefix {
		var b [16]byte
		b[0], b[1] = 0x20, 0x01
		b[8], b[15] = byte(rapid.IntRange(0, 3).Draw(t, "i")<<6), byte(rapid.IntRange(0, 3).Draw(t, "j"))
		return netip.PrefixFrom(netip.AddrFrom16(b), rapid.IntRange(0, 128).Draw(t, "len")).Masked()
	})
	rapid.Check(t, func(t *rapid.T) {
		l := &PrefixList{Six: true}
		for range rapid.IntRange(0, 12).Draw(t, "entries") {
			p := addr.Draw(t, "prefix")
			l.Entries = append(l.Entries, NewPrefixEntry(p, 0, uint8(rapid.SampledFrom([]int{0, 128, max(p.Bits(), 64)}).Draw(t, "le"))))
		}
		table := newPrefixIndex(l)
		for range 20 {
			p := addr.Draw(t, "x")
			if got, want := table.first(wire.PrefixFrom(p)), slowFirst(l, p); got != want {
				t.Fatalf("%v on %s: entry %d, want %d", l.Entries, p, got, want)
			}
		}
	})
}

// A pattern that is compared number by number gives what its regular expression gives on the path's text.
func TestPathPatternSlowTwin(t *testing.T) {
	word := rapid.SampledFrom([]string{"1", "12", "2", "65001", "_", "_", " ", "^", "$", ".*", "[0-9]+", "[0-9]", "[0-9][0-9]"})
	rapid.Check(t, func(t *rapid.T) {
		text := ""
		for range rapid.IntRange(0, 6).Draw(t, "words") {
			text += word.Draw(t, "word")
		}
		p, err := newPathPattern(text)
		if err != nil {
			t.Skip()
		}
		var path wire.ASPath
		for range rapid.IntRange(0, 2).Draw(t, "segments") {
			kind := rapid.SampledFrom([]uint8{wire.SegmentSequence, wire.SegmentSequence, wire.SegmentSet}).Draw(t, "kind")
			as := rapid.SliceOfN(rapid.SampledFrom([]uint32{1, 2, 12, 19, 120, 650010, 65001}), 1, 3).Draw(t, "as")
			path = path.AppendSegment(kind, as...)
		}
		var f flatPath
		f.reset(path)
		if got, want := p.matches(&f), p.re().MatchString(path.String()); got != want {
			t.Fatalf("%q on %q: %v, want %v", text, path, got, want)
		}
	})
}

// A list of many communities gives the verdict of reading it line by line.
func TestCommunityListSlowTwin(t *testing.T) {
	community := rapid.Uint32Range(1, 6)
	rapid.Check(t, func(t *rapid.T) {
		l := &CommunityList{Name: "C"}
		for i := range rapid.IntRange(0, 16).Draw(t, "entries") {
			set := rapid.SliceOfN(community, 1, 2).Draw(t, "set")
			slices.Sort(set)
			l.Entries = append(l.Entries, CommunityEntry{Seq: uint32(i + 1), Permit: rapid.Bool().Draw(t, "permit"), Plain: slices.Compact(set)})
		}
		route := rapid.SliceOfN(community, 0, 4).Draw(t, "route")
		e := wire.NewEditor(nil)
		for _, c := range route {
			e.AddCommunity(c)
		}
		var s communitySet
		s.reset(e.Attrs())
		mode := MatchMode(rapid.IntRange(0, 2).Draw(t, "mode"))
		want := false
		for _, entry := range l.Entries {
			in := 0
			for _, c := range entry.Plain {
				if slices.Contains(route, c) {
					in++
				}
			}
			distinct := slices.Clone(route)
			slices.Sort(distinct)
			all := in == len(entry.Plain)
			if mode == Included && all || mode == AnyOf && in > 0 || mode == Exact && all && len(slices.Compact(distinct)) == len(entry.Plain) {
				want = entry.Permit
				break
			}
		}
		if got := newCommunityTable(l).permits(&s, mode); got != want {
			t.Fatalf("%v on %v, mode %d: %v, want %v", l.Entries, route, mode, got, want)
		}
	})
}

// drawMap makes a map over a list, a community list and a few numbers.
func drawMap(t *rapid.T, name string, calls ...string) *RouteMap {
	m := &RouteMap{Name: name}
	for i := range rapid.IntRange(1, 5).Draw(t, "entries") {
		e := m.Ensure(uint32(10 * (i + 1)))
		e.Permit = rapid.IntRange(0, 3).Draw(t, "permit") > 0
		for _, c := range []Match{
			{Kind: MatchAddressPrefixList, Name: "L"}, {Kind: MatchCommunity, Name: "C"}, {Kind: MatchMetric, Value: 5},
			{Kind: MatchAddressPrefixList, Name: "NOSUCH"}, {Kind: MatchTag, Value: 3},
		} {
			if rapid.IntRange(0, 3).Draw(t, c.String()) == 0 {
				e.Matches = append(e.Matches, c)
			}
		}
		for _, c := range []Set{
			{Kind: SetMetric, Value: 5}, {Kind: SetMetric, Op: Plus, Value: 2}, {Kind: SetCommunity, Numbers: []uint32{7}, Additive: true}, {Kind: SetTag, Value: 3},
		} {
			if rapid.IntRange(0, 3).Draw(t, c.String()) == 0 {
				e.Sets = append(e.Sets, c)
			}
		}
		if len(calls) > 0 && rapid.IntRange(0, 3).Draw(t, "call") == 0 {
			e.Call = calls[0]
		}
		e.Flow = Flow(rapid.IntRange(0, 2).Draw(t, "flow"))
		e.Goto = e.Seq + uint32(rapid.IntRange(1, 3).Draw(t, "goto"))*10
	}
	return m
}

// slowRoute is a route of the plain interpreter.
type slowRoute struct {
	prefix      netip.Prefix
	metric, tag uint32
	communities []uint32
}

// slowMap is a map read as the manual says it.
func slowMap(d *Definitions, name string, r *slowRoute) bool {
	permitted := false
	entries := d.Maps[name].Entries
	for i := 0; i < len(entries); i++ {
		e := entries[i]
		if !slowMatch(d, e, r) {
			permitted = false
			continue
		}
		if !e.Permit {
			return false
		}
		permitted = true
		for _, s := range e.Sets {
			switch {
			case s.Kind == SetTag:
				r.tag = s.Value
			case s.Kind == SetCommunity && !slices.Contains(r.communities, 7):
				r.communities = append(r.communities, 7)
			case s.Kind == SetMetric && s.Op == Plus:
				r.metric += s.Value
			case s.Kind == SetMetric:
				r.metric = s.Value
			}
		}
		if d.Maps[e.Call] != nil && !slowMap(d, e.Call, r) {
			return false
		}
		if e.Flow == Leave {
			return true
		}
		for e.Flow == Goto && i+1 < len(entries) && entries[i+1].Seq < e.Goto {
			i++
		}
	}
	return permitted
}

func slowMatch(d *Definitions, e *MapEntry, r *slowRoute) bool {
	for _, m := range e.Matches {
		ok := false
		switch m.Kind {
		case MatchAddressPrefixList:
			if l := d.PrefixLists[0][m.Name]; l != nil {
				n := slowFirst(l, r.prefix)
				ok = len(l.Entries) == 0 || n >= 0 && l.Entries[n].Permits()
			}
		case MatchCommunity:
			ok = slices.Contains(r.communities, 1)
		case MatchMetric:
			ok = r.metric == m.Value
		case MatchTag:
			ok = r.tag == m.Value
		}
		if !ok {
			return false
		}
	}
	return true
}

// A Run, which keeps what it learns, gives each route of each set what reading the maps gives; so do Explain and a Run that
// has learned nothing.
func TestMapSlowTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Definitions{
			PrefixLists:    [2]map[string]*PrefixList{{"L": drawList(t)}},
			CommunityLists: [listKinds]map[string]*CommunityList{{"C": {Name: "C", Entries: []CommunityEntry{{Seq: 5, Permit: true, Plain: []uint32{1}}}}}},
			Maps:           map[string]*RouteMap{"S": drawMap(t, "S")},
		}
		d.Maps["M"] = drawMap(t, "M", "S")
		p := Link(d, nil).Compile(Spec{RouteMap: "M"}, Env{})
		var r Run
		for range 6 {
			e := wire.NewEditor(nil)
			e.SetOrigin(0)
			metric := uint32(rapid.SampledFrom([]int{3, 5}).Draw(t, "metric"))
			e.SetUint32(wire.AttrMED, metric)
			var communities []uint32
			if rapid.Bool().Draw(t, "community") {
				communities = []uint32{1}
				e.AddCommunity(1)
			}
			in := wire.Attrs(e.AppendTo(nil))
			r.Begin(p, wire.IPv4Unicast, in, wire.Local{})
			classes := map[uint32]string{}
			for range 6 {
				pfx := prefixes.Draw(t, "x")
				s := slowRoute{prefix: pfx, metric: metric, communities: slices.Clone(communities)}
				want := "refused"
				if slowMap(&d, "M", &s) {
					want = fmt.Sprint(s.metric, s.tag, s.communities)
				}
				out, _, reason := r.Prefix(wire.PrefixFrom(pfx))
				if got := told(out, reason); got != want {
					t.Fatalf("%v\n%s: %s, want %s", mapLines(&d), pfx, got, want)
				}
				class, ok := p.Class(wire.IPv4Unicast, wire.PrefixFrom(pfx))
				if had, known := classes[class]; !ok || known && had != want {
					t.Fatalf("%v\n%s is of class %d, which had %s, and gets %s", mapLines(&d), pfx, class, had, want)
				}
				classes[class] = want
				x := p.Explain(wire.IPv4Unicast, in, wire.Local{}, wire.PrefixFrom(pfx))
				if got := told(x.Attrs, x.Reason); got != want {
					t.Fatalf("%v\n%s: explained as %s, want %s", mapLines(&d), pfx, got, want)
				}
			}
		}
	})
}

func told(a wire.Attrs, r Reason) string {
	if r != Accepted {
		return "refused"
	}
	med, _ := a.MED()
	var communities []uint32
	for c, i := a.Communities(), 0; i < c.Len(); i++ {
		communities = append(communities, c.At(i))
	}
	return fmt.Sprint(med, a.Local().Tag, communities)
}

func mapLines(d *Definitions) (out []string) {
	for _, name := range []string{"M", "S"} {
		for _, e := range d.Maps[name].Entries {
			out = e.AppendLines(out, name)
		}
	}
	return out
}
