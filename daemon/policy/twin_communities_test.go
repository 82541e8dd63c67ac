package policy

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bgpsh/wire"
)

// drawCommunities draws a few communities of one kind, ascending, each once; of few values, so that lists and routes meet.
func drawCommunities(t *rapid.T, e *CommunityEntry, k ListKind, least, most int) {
	for range rapid.IntRange(least, most).Draw(t, "communities") {
		v := rapid.Uint32Range(1, 9).Draw(t, "value")
		switch k {
		case Communities:
			e.Plain = append(e.Plain, v)
		case LargeCommunities:
			e.Large = append(e.Large, wire.LargeCommunity{Global: v / 4, Local1: v / 2 % 2, Local2: v % 2})
		case ExtCommunities:
			e.Ext = append(e.Ext, uint64(v/2)<<40|uint64(v%2))
		}
	}
	slices.Sort(e.Plain)
	slices.SortFunc(e.Large, CompareLarge)
	slices.Sort(e.Ext)
	e.Plain, e.Large, e.Ext = slices.Compact(e.Plain), slices.Compact(e.Large), slices.Compact(e.Ext)
}

// drawCommunityList draws a list: mostly lines of one community that permit, but lines that deny, of several communities, of any route, and
// expressions too.
func drawCommunityList(t *rapid.T, name string, k ListKind) *CommunityList {
	l := &CommunityList{Name: name, Kind: k}
	l.Expanded = rapid.IntRange(0, 9).Draw(t, "expanded") == 0
	plain, alone := rapid.IntRange(0, 2).Draw(t, "plain") > 0, rapid.Bool().Draw(t, "alone")
	for i := range rapid.IntRange(1, 12).Draw(t, "lines") {
		e := CommunityEntry{Seq: uint32(i + 1), Permit: plain || rapid.Bool().Draw(t, "permit")}
		switch {
		case l.Expanded:
			e.Regex = rapid.SampledFrom([]string{"_0:1_", "^0:[2-5]", "1", ":2_0:3"}).Draw(t, "regex")
		case k == Communities && rapid.IntRange(0, 29).Draw(t, "internet") == 0:
			e.Plain = []uint32{internet}
		case alone:
			drawCommunities(t, &e, k, 1, 1)
		default:
			drawCommunities(t, &e, k, 1, 3)
		}
		l.Entries = append(l.Entries, e)
	}
	return l
}

// drawCommunityMap draws a map of many entries that ask for communities, some of several kinds at once, some for none.
func drawCommunityMap(t *rapid.T, name string, lists [listKinds][]string, calls ...string) *RouteMap {
	m := &RouteMap{Name: name}
	for i := range rapid.SampledFrom([]int{1, 3, 20, 63, 64, 65, 130}).Draw(t, "entries") {
		e := m.Ensure(uint32(10 * (i + 1)))
		e.Permit = rapid.IntRange(0, 3).Draw(t, "permit") > 0
		for k, kind := range []MatchKind{MatchCommunity, MatchLargeCommunity, MatchExtCommunity} {
			if rapid.IntRange(0, k).Draw(t, "asks") == 0 && rapid.IntRange(0, 9).Draw(t, "any route") > 0 {
				e.Matches = append(e.Matches, Match{
					Kind: kind, Name: rapid.SampledFrom(append(lists[k], "NOSUCH")).Draw(t, "list"),
					Mode: MatchMode(rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "mode")),
				})
			}
		}
		if rapid.IntRange(0, 4).Draw(t, "metric?") == 0 {
			e.Matches = append(e.Matches, Match{Kind: MatchMetric, Value: 5})
		}
		for _, c := range []Set{
			{Kind: SetMetric, Op: Plus, Value: uint32(i + 1)}, {Kind: SetCommunity, Numbers: []uint32{uint32(i%9 + 1)}, Additive: true},
			{Kind: SetLarge, All: true}, {Kind: SetExt, Ext: []uint64{1<<40 | 1}},
		} {
			if rapid.IntRange(0, 3).Draw(t, c.String()) == 0 {
				e.Sets = append(e.Sets, c)
			}
		}
		if len(calls) > 0 && rapid.IntRange(0, 5).Draw(t, "call") == 0 {
			e.Call = calls[0]
		}
		e.Flow = Flow(rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "flow"))
		e.Goto = e.Seq + uint32(rapid.IntRange(1, 30).Draw(t, "goto"))*10
	}
	return m
}

// plainEvaluation reads a map entry by entry, with nothing looked up ahead: each list is read line by line.
type plainEvaluation struct {
	d *Definitions
	e *wire.Editor
}

func (x plainEvaluation) run(name string) bool {
	permitted := false
	entries := x.d.Maps[name].Entries
	for i := 0; i < len(entries); i++ {
		e := entries[i]
		if permitted = !slices.ContainsFunc(e.Matches, func(m Match) bool { return !x.holds(m) }); !permitted {
			continue
		}
		if !e.Permit {
			return false
		}
		for _, s := range e.Sets {
			switch s.Kind {
			case SetMetric:
				med, _ := x.e.Attrs().MED()
				x.e.SetUint32(wire.AttrMED, med+s.Value)
			case SetCommunity:
				x.e.AddCommunity(s.Numbers[0])
			case SetLarge:
				x.e.Delete(wire.AttrLargeCommunities)
			case SetExt:
				x.e.AddExtCommunity(s.Ext[0])
			}
		}
		if e.Call != "" && !x.run(e.Call) {
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

func (x plainEvaluation) holds(m Match) bool {
	a := x.e.Attrs()
	var kind ListKind
	switch m.Kind {
	case MatchMetric:
		med, _ := a.MED()
		return med == m.Value
	case MatchLargeCommunity:
		kind = LargeCommunities
	case MatchExtCommunity:
		kind = ExtCommunities
	}
	l := x.d.CommunityLists[kind][m.Name]
	if l == nil {
		return false
	}
	var s communitySet
	s.reset(a)
	s.gather(kind)
	for i := range l.Entries {
		e := &l.Entries[i]
		matches := false
		switch {
		case l.Expanded:
			re, _ := CompileRegex(e.Regex)
			matches = re.Match(s.text(kind))
		case e.any():
			matches = true
		case kind == Communities:
			matches = slowHolds(s.plain, e.Plain, m.Mode)
		case kind == LargeCommunities:
			matches = slowHolds(s.large, e.Large, m.Mode)
		default:
			matches = slowHolds(s.ext, e.Ext, m.Mode)
		}
		if matches {
			return e.Permit
		}
	}
	return false
}

func slowHolds[T comparable](route, line []T, mode MatchMode) bool {
	in := 0
	for _, c := range line {
		if slices.Contains(route, c) {
			in++
		}
	}
	return mode == AnyOf && in > 0 || mode != AnyOf && in == len(line) && (mode == Included || len(route) == len(line))
}

// Maps of many entries that ask for communities, which an index answers together, give what reading them entry by entry gives: also where
// entries change communities, let the route go on or call another map. Explain, which uses no index, says the same.
func TestCommunityMapsSlowTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Definitions{Maps: map[string]*RouteMap{}}
		var names [listKinds][]string
		for k := range d.CommunityLists {
			d.CommunityLists[k] = map[string]*CommunityList{}
			for i := range rapid.IntRange(1, 5).Draw(t, "lists") {
				name := fmt.Sprint("L", i)
				names[k] = append(names[k], name)
				d.CommunityLists[k][name] = drawCommunityList(t, name, ListKind(k))
			}
		}
		d.Maps["S"], d.Maps["M"] = drawCommunityMap(t, "S", names), drawCommunityMap(t, "M", names, "S")
		p := Link(d, nil).Compile(Spec{RouteMap: "M"}, Env{})
		var r Run
		for range 6 {
			var c CommunityEntry
			for k := range names {
				drawCommunities(t, &c, ListKind(k), 0, 4)
			}
			e := wire.NewEditor(nil)
			e.SetOrigin(0)
			e.SetUint32(wire.AttrMED, uint32(rapid.SampledFrom([]int{3, 5}).Draw(t, "metric")))
			for _, v := range c.Plain {
				e.AddCommunity(v)
			}
			for _, v := range c.Large {
				e.AddLargeCommunity(v)
			}
			for _, v := range c.Ext {
				e.AddExtCommunity(v)
			}
			in := wire.Attrs(e.AppendTo(nil))
			want := fmt.Sprintf("%x", []byte(nil))
			if (plainEvaluation{&d, e}).run("M") {
				want = fmt.Sprintf("%x", e.Attrs())
			}
			r.Begin(p, wire.IPv4Unicast, in, wire.Local{})
			out, _, reason := r.Prefix(wire.Prefix{Hi: 10 << 56, Len: 8})
			if reason != Accepted {
				out = nil
			}
			if got := fmt.Sprintf("%x", out); got != want {
				t.Fatalf("%v\n%x: %s, want %s", mapLines(&d), in, got, want)
			}
			x := p.Explain(wire.IPv4Unicast, in, wire.Local{}, wire.Prefix{Hi: 10 << 56, Len: 8})
			if x.Reason != Accepted {
				x.Attrs = nil
			}
			if got := fmt.Sprintf("%x", x.Attrs); got != want {
				t.Fatalf("%v\n%x: explained as %s, want %s", mapLines(&d), in, got, want)
			}
		}
	})
}
