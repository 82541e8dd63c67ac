package policy

import (
	"net/netip"
	"testing"

	"bgpsh/wire"
)

// counterMap is a map whose entries are told apart by the prefix length: 24, 25 (which calls another map), and what is left.
func counterMap(t *testing.T) (*Library, *Policy) {
	t.Helper()
	d := Definitions{Maps: map[string]*RouteMap{"M": {Name: "M"}, "SUB": {Name: "SUB"}}}
	m := d.Maps["M"]
	for i, length := range []uint32{24, 25} {
		e := m.Ensure(uint32(10 * (i + 1)))
		e.Permit, e.Matches = true, []Match{{Kind: MatchAddressLen, Value: length}}
	}
	m.Ensure(20).Call = "SUB"
	m.Ensure(30).Permit = true
	d.Maps["SUB"].Ensure(5).Permit = true
	l := Link(d, nil)
	return l, l.Compile(Spec{RouteMap: "M"}, Env{})
}

func counterSet(as uint32) wire.Attrs {
	e := wire.NewEditor(nil)
	e.SetOrigin(0)
	e.SetASPath(wire.ASPath(nil).AppendSegment(wire.SegmentSequence, as))
	return e.AppendTo(nil)
}

// hitsAre checks how often maps were called, and which entries were passed how often, and by which prefix last.
func hitsAre(t *testing.T, l *Library, calls, subCalls uint64, entries map[uint32]EntryHits) {
	t.Helper()
	m, _ := l.MapState("M")
	sub, _ := l.MapState("SUB")
	if m.Invoked != calls || sub.Invoked != subCalls || sub.Hits[0].Hits != subCalls {
		t.Errorf("M was called %d times, want %d; SUB %d times, want %d", m.Invoked, calls, sub.Invoked, subCalls)
	}
	for i := range m.Entries {
		if got, want := m.Hits[i], entries[m.Entries[i].Seq]; got != want {
			t.Errorf("entry %d: %+v, want %+v", m.Entries[i].Seq, got, want)
		}
	}
}

// Every route counts at the entries that it passes, also one that gets a remembered result, and the last prefix is that of the last.
func TestHits(t *testing.T) {
	l, p := counterMap(t)
	var r Run
	traces := map[string]Trace{}
	judge := func(as uint32, prefix string) {
		r.Begin(p, wire.IPv4Unicast, counterSet(as), wire.Local{})
		r.Verdict(pfx(prefix))
		traces[prefix] = r.Trace()
	}
	judge(1, "10.0.1.0/24")
	judge(1, "10.0.2.0/24")
	judge(1, "10.0.3.0/25")
	judge(2, "10.0.4.0/24")
	judge(2, "10.0.5.0/26")
	if traces["10.0.1.0/24"] != traces["10.0.4.0/24"] || traces["10.0.1.0/24"] == traces["10.0.3.0/25"] || traces["10.0.1.0/24"] == 0 {
		t.Errorf("the traces are %v", traces)
	}
	r.Again(traces["10.0.3.0/25"], wire.IPv4Unicast, pfx("10.0.6.0/25"))
	r.Again(traces["10.0.1.0/24"], wire.IPv4Unicast, pfx("10.0.7.0/24"))
	r.Again(0, wire.IPv4Unicast, pfx("10.0.8.0/24"))
	hitsAre(t, l, 0, 0, nil)
	r.Flush()
	r.Flush()
	hitsAre(t, l, 7, 2, map[uint32]EntryHits{
		10: {4, netip.MustParsePrefix("10.0.7.0/24")}, 20: {2, netip.MustParsePrefix("10.0.6.0/25")}, 30: {1, netip.MustParsePrefix("10.0.5.0/26")},
	})
	if sub, _ := l.MapState("SUB"); sub.Hits[0].Last != netip.MustParsePrefix("10.0.6.0/25") {
		t.Errorf("SUB was last called for %s", sub.Hits[0].Last)
	}
}

// A Run that met very many traces forgets them between two sets, without a hit lost; an old Trace counts nothing then.
func TestTracesAreForgotten(t *testing.T) {
	l, p := counterMap(t)
	var r Run
	r.Begin(p, wire.IPv4Unicast, counterSet(1), wire.Local{})
	r.Verdict(pfx("10.0.1.0/24"))
	old := r.Trace()
	var others [2 * traceMost]Counter
	for i := range others {
		others[i].mark = uint32(i)
		r.traces.intern([]*Counter{&others[i]})
	}
	r.Begin(p, wire.IPv4Unicast, counterSet(2), wire.Local{})
	if n := len(r.traces.list); n != 0 {
		t.Errorf("%d traces are kept", n)
	}
	r.Again(old, wire.IPv4Unicast, pfx("10.0.2.0/24"))
	r.Verdict(pfx("10.0.3.0/26"))
	r.Flush()
	hitsAre(t, l, 2, 0, map[uint32]EntryHits{10: {1, netip.MustParsePrefix("10.0.1.0/24")}, 30: {1, netip.MustParsePrefix("10.0.3.0/26")}})
}

// A Run that takes the place of another, as after a fault, is not harmed by what is remembered of that.
func TestTraceOfAnotherRun(t *testing.T) {
	l, p := counterMap(t)
	var before, r Run
	before.Begin(p, wire.IPv4Unicast, counterSet(1), wire.Local{})
	before.Verdict(pfx("10.0.1.0/24"))
	r.Again(before.Trace(), wire.IPv4Unicast, pfx("10.0.2.0/24"))
	r.Flush()
	hitsAre(t, l, 0, 0, nil)
}

// What is tried or explained counts nowhere, not at the entries of prefix lists either.
func TestSilentRun(t *testing.T) {
	address, hop := "ADDRESS", "HOP"
	d := Definitions{Maps: map[string]*RouteMap{"M": {Name: "M"}}}
	d.PrefixLists[0] = map[string]*PrefixList{}
	for name, of := range map[string]string{address: "10.0.0.0/8", hop: "192.0.2.0/24"} {
		e := NewPrefixEntry(netip.MustParsePrefix(of), 0, 32)
		e.Seq, e.Flags = 5, Permit
		d.PrefixLists[0][name] = &PrefixList{Name: name, Entries: []PrefixEntry{e}}
	}
	e := d.Maps["M"].Ensure(10)
	e.Permit, e.Matches = true, []Match{{Kind: MatchAddressPrefixList, Name: address}, {Kind: MatchNextHopPrefixList, Name: hop}}
	l := Link(d, nil)
	p := l.Compile(Spec{RouteMap: "M"}, Env{})
	editor := wire.NewEditor(counterSet(1))
	editor.SetNextHop(netip.MustParseAddr("192.0.2.1"))
	in := editor.AppendTo(nil)
	judge := func(r *Run) {
		t.Helper()
		r.Begin(p, wire.IPv4Unicast, in, wire.Local{})
		for _, s := range []string{"10.1.0.0/16", "10.2.0.0/16"} {
			if _, _, reason := r.Prefix(pfx(s)); reason != Accepted {
				t.Errorf("%s: %v", s, reason)
			}
		}
		r.Flush()
	}
	counted := func(what string, addresses, hops uint32, calls uint64) {
		t.Helper()
		m, _ := l.MapState("M")
		a, h := l.PrefixHits(Ref{RefPrefixList, address}, 0), l.PrefixHits(Ref{RefPrefixList, hop}, 0)
		if a != addresses || h != hops || m.Invoked != calls {
			t.Errorf("%s: %d addresses, %d next hops, %d calls; want %d, %d, %d", what, a, h, m.Invoked, addresses, hops, calls)
		}
	}
	judge(&Run{Silent: true})
	if x := p.Explain(wire.IPv4Unicast, in, wire.Local{}, pfx("10.1.0.0/16")); x.Reason != Accepted {
		t.Errorf("explained: %v", x.Reason)
	}
	counted("tried", 0, 0, 0)
	judge(&Run{})
	counted("judged", 2, 1, 2) // routes of a set have one next hop
}

// Two traces with one mark are told apart, and beyond the most that a Run can name a trace counts once.
func TestTracesThatMeet(t *testing.T) {
	var x traces
	a, b := &Counter{}, &Counter{}
	one, two := x.intern([]*Counter{a}), x.intern([]*Counter{b})
	if one == two || x.intern([]*Counter{a}) != one || x.intern([]*Counter{b}) != two {
		t.Errorf("numbers %d and %d", one, two)
	}
	x.list = append(x.list, make([]counted, traceFull-len(x.list))...)
	c := &Counter{}
	if n := x.intern([]*Counter{c}); n != 0 || c.hits.Load() != 1 {
		t.Errorf("number %d, %d hits", n, c.hits.Load())
	}
}
