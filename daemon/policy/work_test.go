package policy

import (
	"testing"

	"bgpsh/wire"
)

// A list of many lines about everything, as a neighbor may send it as its own filter, is made ready in about as many steps as it has lines.
func TestLinesInsideOthersCoverNothingMore(t *testing.T) {
	const lines = 1 << 14
	l := &PrefixList{}
	for i := range lines {
		e := AnyPrefix(false)
		e.Seq = uint32(i + 1)
		l.Entries = append(l.Entries, e)
	}
	x := newPrefixIndex(l)
	again := prefixCover{}
	if steps := again.fill(x); steps > lines {
		t.Errorf("%d steps for %d lines", steps, lines)
	}
	if got := x.first(wire.Prefix{Hi: 10 << 56, Len: 8}); got != 0 {
		t.Errorf("line %d decides", got)
	}
}

// manyNamed makes a map of many entries that all ask for one long list and let the route go on with another metric, and the attributes of a
// route with some of the list's communities.
func manyNamed(lines, entries, communities int) (Definitions, wire.Attrs) {
	l := &CommunityList{Name: "L"}
	for i := range lines {
		l.Entries = append(l.Entries, CommunityEntry{Seq: uint32(i + 1), Permit: true, Plain: []uint32{uint32(i + 1)}})
	}
	m := &RouteMap{Name: "M"}
	for i := range entries {
		e := m.Ensure(uint32(i + 1))
		e.Permit, e.Flow = true, OnNext
		e.Matches = []Match{{Kind: MatchCommunity, Name: "L"}}
		e.Sets = []Set{{Kind: SetMetric, Op: Plus, Value: 1}}
	}
	d := Definitions{Maps: map[string]*RouteMap{"M": m}}
	d.CommunityLists[Communities] = map[string]*CommunityList{"L": l}
	e := wire.NewEditor(nil)
	e.SetOrigin(0)
	for i := range communities {
		e.AddCommunity(uint32(i + 1))
	}
	return d, wire.Attrs(e.AppendTo(nil))
}

// A route that every entry changes, with communities that every entry asks for, does not make the index of communities cost more than it
// spares; and it fares as it would without.
func TestIndexOfCommunitiesIsNotAskedForEver(t *testing.T) {
	const lines, entries, communities = 100, 200, 50
	d, in := manyNamed(lines, entries, communities)
	p := Link(d, nil).Compile(Spec{RouteMap: "M"}, Env{})
	var r Run
	for range 2 {
		r.Begin(nil, wire.IPv4Unicast, nil, wire.Local{})
		r.Begin(p, wire.IPv4Unicast, in, wire.Local{})
		out, _, reason := r.Prefix(wire.Prefix{Hi: 10 << 56, Len: 8})
		if med, _ := out.MED(); med != entries || reason != Accepted {
			t.Errorf("metric %d, %s", med, reason)
		}
		if once := communities*(entries+1) + entries; r.state.near.steps > gatherMost+once {
			t.Errorf("%d steps, where one look takes %d", r.state.near.steps, once)
		}
	}
}

// The index of a map is made with the policy, and is small however often a long list stands in it: entries that are in none fare as others.
func TestIndexOfCommunitiesIsBounded(t *testing.T) {
	const lines, entries = 2000, 50
	d, in := manyNamed(lines, entries, 1)
	p := Link(d, nil).Compile(Spec{RouteMap: "M"}, Env{})
	x := p.routes.shared.made.Load()
	if x == nil {
		t.Fatal("no index before the first route")
	}
	if n := len(x.kinds[Communities].refs); n == 0 || n > indexedMost {
		t.Errorf("the index names %d entries", n)
	}
	var r Run
	for _, c := range []struct {
		in   wire.Attrs
		want Reason
	}{{in, Accepted}, {in[:canonicalOrigin], ByRouteMap}} {
		r.Begin(p, wire.IPv4Unicast, c.in, wire.Local{})
		out, _, reason := r.Prefix(wire.Prefix{Hi: 10 << 56, Len: 8})
		if med, _ := out.MED(); reason != c.want || reason == Accepted && med != entries {
			t.Errorf("metric %d, %s, want %s", med, reason, c.want)
		}
	}
}

// canonicalOrigin is the size of an ORIGIN.
const canonicalOrigin = 5

// What an index says of the entries of one map says nothing of another one's: not of a map that is called and has none, nor of one that asks
// for the same lists in another way.
func TestIndexOfCommunitiesIsOfItsMap(t *testing.T) {
	d := Definitions{Maps: map[string]*RouteMap{}}
	d.CommunityLists[Communities] = map[string]*CommunityList{
		"ONE":  {Name: "ONE", Entries: []CommunityEntry{{Seq: 5, Permit: true, Plain: []uint32{1}}}},
		"BOTH": {Name: "BOTH", Entries: []CommunityEntry{{Seq: 5, Permit: true, Plain: []uint32{1, 2}}}},
		"TEXT": {Name: "TEXT", Expanded: true, Entries: []CommunityEntry{{Seq: 5, Permit: true, Regex: "^0:9$"}}},
	}
	add := func(name, list string, mode MatchMode, call string) {
		m := &RouteMap{Name: name}
		e := m.Ensure(10)
		e.Permit, e.Matches, e.Call = true, []Match{{Kind: MatchCommunity, Name: list, Mode: mode}}, call
		d.Maps[name] = m
	}
	add("CALLS", "ONE", Included, "UNINDEXED")
	add("UNINDEXED", "TEXT", Included, "")
	add("ANY", "BOTH", AnyOf, "")
	add("ALL", "BOTH", Included, "")
	e := wire.NewEditor(nil)
	e.SetOrigin(0)
	e.AddCommunity(1)
	l := Link(d, nil)
	for _, c := range []struct {
		name string
		want Reason
	}{{"CALLS", ByRouteMap}, {"UNINDEXED", ByRouteMap}, {"ANY", Accepted}, {"ALL", ByRouteMap}} {
		var r Run
		r.Begin(l.Compile(Spec{RouteMap: c.name}, Env{}), wire.IPv4Unicast, e.Attrs(), wire.Local{})
		if _, _, reason := r.Prefix(wire.Prefix{Hi: 10 << 56, Len: 8}); reason != c.want {
			t.Errorf("%s: %s, want %s", c.name, reason, c.want)
		}
	}
}

// A policy that asks more about prefixes than a class can tell gives none.
func TestTooManyQuestionsForAClass(t *testing.T) {
	for questions, want := range map[int]bool{classMax: true, classMax + 1: false, 100: false} {
		d := Definitions{Maps: map[string]*RouteMap{"M": {Name: "M"}}}
		for i := range questions {
			e := d.Maps["M"].Ensure(uint32(i + 1))
			e.Permit, e.Matches = true, []Match{{Kind: MatchAddressLen, Value: uint32(i + 1)}}
		}
		p := Link(d, nil).Compile(Spec{RouteMap: "M"}, Env{})
		classes := map[uint32]bool{}
		for i := range questions {
			class, ok := p.Class(wire.IPv4Unicast, wire.Prefix{Hi: 10 << 56, Len: uint8(i + 1)})
			if ok != want {
				t.Errorf("%d questions: %v, want %v", questions, ok, want)
			}
			classes[class] = true
		}
		if want && len(classes) != questions {
			t.Errorf("%d questions: %d classes", questions, len(classes))
		}
	}
}
