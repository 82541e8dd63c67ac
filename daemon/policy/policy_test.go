package policy

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bgpsh/wire"
)

func rule(prefix string, ge, le uint8) Rule {
	return Rule{Prefix: netip.MustParsePrefix(prefix), GE: ge, LE: le}
}

func pfx(s string) wire.Prefix { return wire.PrefixFrom(netip.MustParsePrefix(s)) }

func ptr(v uint32) *uint32 { return &v }

func TestAllow(t *testing.T) {
	tests := []struct {
		name    string
		rules   []Rule
		prefix  string
		accepts bool
	}{
		{"without rules in force nothing passes", nil, "10.0.0.0/8", false},
		{"any covers IPv4", []Rule{{Any: true}}, "10.0.0.0/8", true},
		{"any covers IPv6", []Rule{{Any: true}}, "2001:db8::/32", true},
		{"a rule is exact", []Rule{rule("10.0.0.0/8", 0, 0)}, "10.0.0.0/8", true},
		{"a rule without lengths covers no more specific", []Rule{rule("10.0.0.0/8", 0, 0)}, "10.1.0.0/16", false},
		{"a rule covers no less specific", []Rule{rule("10.0.0.0/8", 0, 32)}, "8.0.0.0/5", false},
		{"le covers the prefix itself", []Rule{rule("10.0.0.0/8", 0, 16)}, "10.0.0.0/8", true},
		{"le covers its own length", []Rule{rule("10.0.0.0/8", 0, 16)}, "10.1.0.0/16", true},
		{"le stops there", []Rule{rule("10.0.0.0/8", 0, 16)}, "10.1.0.0/17", false},
		{"ge leaves out the prefix itself", []Rule{rule("10.0.0.0/8", 24, 0)}, "10.0.0.0/8", false},
		{"ge covers down to hosts", []Rule{rule("10.0.0.0/8", 24, 0)}, "10.1.2.3/32", true},
		{"ge and le", []Rule{rule("10.0.0.0/8", 20, 24)}, "10.1.2.0/24", true},
		{"ge and le, shorter", []Rule{rule("10.0.0.0/8", 20, 24)}, "10.1.0.0/19", false},
		{"a neighbouring prefix", []Rule{rule("10.0.0.0/8", 0, 32)}, "11.0.0.0/8", false},
		{"one of several", []Rule{rule("10.0.0.0/8", 0, 0), rule("192.0.2.0/24", 0, 32)}, "192.0.2.128/25", true},
		{"two rules under one prefix", []Rule{rule("10.0.0.0/8", 10, 11), rule("10.0.0.0/8", 30, 31)}, "10.0.0.0/30", true},
		{"between two rules under one prefix", []Rule{rule("10.0.0.0/8", 10, 11), rule("10.0.0.0/8", 30, 31)}, "10.0.0.0/20", false},
		{"the default route, exactly", []Rule{rule("0.0.0.0/0", 0, 0)}, "0.0.0.0/0", true},
		{"the default route alone is not all", []Rule{rule("0.0.0.0/0", 0, 0)}, "10.0.0.0/8", false},
		{"everything of IPv4", []Rule{rule("0.0.0.0/0", 0, 32)}, "10.0.0.0/8", true},
		{"everything of IPv4 is nothing of IPv6", []Rule{rule("0.0.0.0/0", 0, 32)}, "::/0", false},
		{"IPv6 beyond 64 bits", []Rule{rule("2001:db8:0:0:8000::/65", 0, 128)}, "2001:db8::8000:0:0:1/128", true},
		{"IPv6 at 64 bits", []Rule{rule("2001:db8::/64", 128, 0)}, "2001:db8::1/128", true},
		{"IPv6 outside", []Rule{rule("2001:db8::/64", 0, 128)}, "2001:db8:0:1::/64", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Compile(Spec{HasAllow: true, Allow: tt.rules})
			want := NotAllowed
			if tt.accepts {
				want = Accepted
			}
			if got := judged(p, tt.prefix); got != want {
				t.Errorf("%v on %s: %v, want %v", tt.rules, tt.prefix, got, want)
			}
		})
	}
}

// evaluated is what becomes of a route.
func evaluated(p *Policy, in wire.Attrs, prefix string) (wire.Attrs, bool, Reason) {
	var r Run
	r.Begin(p, familyOf(prefix), in, in.Local())
	return r.Prefix(pfx(prefix))
}

func judged(p *Policy, prefix string) Reason {
	_, _, reason := evaluated(p, nil, prefix)
	return reason
}

func familyOf(prefix string) wire.Family {
	if netip.MustParsePrefix(prefix).Addr().Is4() {
		return wire.IPv4Unicast
	}
	return wire.IPv6Unicast
}

// The compiled policy agrees with its rules read one by one.
func TestAllowSlowTwin(t *testing.T) {
	addr := rapid.Custom(func(t *rapid.T) netip.Prefix {
		b := [4]byte{10, byte(rapid.IntRange(0, 3).Draw(t, "b")), byte(rapid.IntRange(0, 3).Draw(t, "c") << 6), 0}
		return netip.PrefixFrom(netip.AddrFrom4(b), rapid.IntRange(0, 32).Draw(t, "len")).Masked()
	})
	rules := rapid.Custom(func(t *rapid.T) Rule {
		r := Rule{Prefix: addr.Draw(t, "prefix")}
		if rapid.Bool().Draw(t, "ge?") {
			r.GE = uint8(rapid.IntRange(max(1, r.Prefix.Bits()), 32).Draw(t, "ge"))
		}
		if rapid.Bool().Draw(t, "le?") {
			r.LE = uint8(rapid.IntRange(max(1, r.Prefix.Bits(), int(r.GE)), 32).Draw(t, "le"))
		}
		return r
	})
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rules, 0, 8).Draw(t, "rules")
		p := Compile(Spec{HasAllow: true, Allow: list})
		for range 20 {
			x := wire.PrefixFrom(addr.Draw(t, "x"))
			want := NotAllowed
			for _, r := range list {
				if r.Covers(wire.IPv4Unicast, x) {
					want = Accepted
				}
			}
			if got := judged(p, x.Netip(wire.IPv4Unicast).String()); got != want {
				t.Fatalf("%v on %v: %v, want %v", list, x.Netip(wire.IPv4Unicast), got, want)
			}
		}
	})
}

func TestDenyAll(t *testing.T) {
	for _, r := range []Reason{MissingPolicy, HeldBack} {
		p := Compile(Spec{HasAllow: true, Allow: []Rule{{Any: true}}, DenyAll: r})
		if got := judged(p, "10.0.0.0/8"); got != r {
			t.Errorf("%v, want %v", got, r)
		}
		if len(p.asks) > 0 {
			t.Errorf("%v: refusing all does not depend on the prefix", r)
		}
	}
}

func TestNilPolicyAcceptsAll(t *testing.T) {
	var p *Policy
	if _, same, got := evaluated(p, nil, "10.0.0.0/8"); got != Accepted || !same {
		t.Errorf("verdict %v, changed %v", got, !same)
	}
	if class, ok := p.Class(wire.IPv4Unicast, pfx("10.0.0.0/8")); class != 0 || !ok || p.Edits() || !Equal(p, Compile(Spec{})) {
		t.Error("the nil policy is not the empty one")
	}
}

func TestAsksAboutPrefixes(t *testing.T) {
	tests := []struct {
		name string
		spec Spec
		want bool
	}{
		{"no rules", Spec{}, false},
		{"only an edit", Spec{SetMED: ptr(5)}, false},
		{"any", Spec{HasAllow: true, Allow: []Rule{rule("10.0.0.0/8", 0, 0), {Any: true}}}, false},
		{"a prefix", Spec{HasAllow: true, Allow: []Rule{rule("10.0.0.0/8", 0, 0)}}, true},
		{"a prefix, all refused", Spec{HasAllow: true, Allow: []Rule{rule("10.0.0.0/8", 0, 0)}, DenyAll: HeldBack}, false},
	}
	for _, tt := range tests {
		if got := len(Compile(tt.spec).asks) > 0; got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestEdit(t *testing.T) {
	e := wire.NewEditor(nil)
	e.SetUint32(wire.AttrMED, 1)
	e.AddCommunity(65001<<16 | 7)
	in := wire.Attrs(e.AppendTo(nil))

	p := Compile(Spec{SetLocalPref: ptr(200), SetMED: ptr(50), AddCommunities: []uint32{65000<<16 | 2, 65001<<16 | 7, 65000<<16 | 1}})
	if !p.Edits() {
		t.Error("Edits is false")
	}
	out, _, r := evaluated(p, in, "10.0.0.0/8")
	if r != Accepted {
		t.Fatal(r)
	}
	if v, _ := out.LocalPref(); v != 200 {
		t.Errorf("local preference %d", v)
	}
	if v, _ := out.MED(); v != 50 {
		t.Errorf("MED %d", v)
	}
	var got []uint32
	for i := range out.Communities().Len() {
		got = append(got, out.Communities().At(i))
	}
	if want := []uint32{65001<<16 | 7, 65000<<16 | 1, 65000<<16 | 2}; !slices.Equal(got, want) {
		t.Errorf("communities %x, want %x", got, want)
	}
}

func TestRefusedRouteIsNotEdited(t *testing.T) {
	p := Compile(Spec{HasAllow: true, Allow: []Rule{rule("10.0.0.0/8", 0, 0)}, SetMED: ptr(5)})
	if _, same, r := evaluated(p, nil, "11.0.0.0/8"); r != NotAllowed || !same {
		t.Errorf("verdict %v, changed %v", r, !same)
	}
}

func TestEqual(t *testing.T) {
	a := Spec{HasAllow: true, Allow: []Rule{rule("10.0.0.0/8", 0, 0), rule("192.0.2.0/24", 0, 0)}, SetMED: ptr(5), AddCommunities: []uint32{2, 1}}
	tests := []struct {
		name  string
		other Spec
		want  bool
	}{
		{"in another order", Spec{HasAllow: true, Allow: []Rule{a.Allow[1], a.Allow[0], a.Allow[0]}, SetMED: ptr(5), AddCommunities: []uint32{1, 2, 2}}, true},
		{"without a rule", Spec{HasAllow: true, Allow: a.Allow[:1], SetMED: ptr(5), AddCommunities: []uint32{1, 2}}, false},
		{"without the rules", Spec{SetMED: ptr(5), AddCommunities: []uint32{1, 2}}, false},
		{"another MED", Spec{HasAllow: true, Allow: a.Allow, SetMED: ptr(6), AddCommunities: []uint32{1, 2}}, false},
		{"another local preference", Spec{HasAllow: true, Allow: a.Allow, SetMED: ptr(5), SetLocalPref: ptr(1), AddCommunities: []uint32{1, 2}}, false},
		{"another community", Spec{HasAllow: true, Allow: a.Allow, SetMED: ptr(5), AddCommunities: []uint32{1, 3}}, false},
		{"refusing all", Spec{DenyAll: HeldBack}, false},
	}
	for _, tt := range tests {
		if got := Equal(Compile(a), Compile(tt.other)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if !Equal(Compile(Spec{DenyAll: HeldBack}), Compile(Spec{DenyAll: HeldBack, SetMED: ptr(1)})) {
		t.Error("two policies that refuse all for the same reason differ")
	}
}

func TestCompileCopies(t *testing.T) {
	s := Spec{HasAllow: true, Allow: []Rule{rule("10.0.0.0/8", 0, 0)}, SetMED: ptr(5)}
	p := Compile(s)
	*s.SetMED = 6
	s.Allow[0] = Rule{Any: true}
	if got := p.Spec(); *got.SetMED != 5 || got.Allow[0].Any {
		t.Errorf("a later change of the spec reached the policy: %v", got)
	}
}

func TestExplain(t *testing.T) {
	rules := Compile(Spec{HasAllow: true, Allow: []Rule{rule("10.0.0.0/8", 16, 24), rule("192.0.2.0/24", 0, 0)}})
	tests := []struct {
		name   string
		p      *Policy
		prefix string
		reason Reason
		text   string
	}{
		{"the rule", rules, "10.1.0.0/16", Accepted, "allow 10.0.0.0/8 ge 16 le 24"},
		{"no rule", rules, "11.0.0.0/8", NotAllowed, "none of 2 allow rules covers it"},
		{"held back", Compile(Spec{DenyAll: HeldBack}), "11.0.0.0/8", HeldBack, "configuration error: a line of policy is held back"},
		{"missing", Compile(Spec{DenyAll: MissingPolicy}), "11.0.0.0/8", MissingPolicy, "no policy (bgp ebgp-requires-policy)"},
		{"nothing", nil, "11.0.0.0/8", Accepted, "no policy restricts it"},
	}
	for _, tt := range tests {
		x := tt.p.Explain(wire.IPv4Unicast, nil, wire.Local{}, pfx(tt.prefix))
		if x.Reason != tt.reason || x.String() != tt.text {
			t.Errorf("%s: %v %q, want %v %q", tt.name, x.Reason, x, tt.reason, tt.text)
		}
	}
}

func manyRules(n int) *Policy {
	s := Spec{HasAllow: true}
	for i := range n {
		b := [4]byte{byte(10 + i>>16), byte(i >> 8), byte(i), 0}
		le := uint8(0)
		if i%2 == 0 {
			le = 32
		}
		s.Allow = append(s.Allow, Rule{Prefix: netip.PrefixFrom(netip.AddrFrom4(b), 16+i%9).Masked(), LE: le})
	}
	return Compile(s)
}

func TestRunDoesNotAllocate(t *testing.T) {
	p, x := manyRules(10_000), pfx("10.200.3.0/24")
	var r Run
	r.Begin(p, wire.IPv4Unicast, nil, wire.Local{})
	r.Prefix(x)
	if n := testing.AllocsPerRun(100, func() { r.Prefix(x) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkJudge10000Rules(b *testing.B) {
	p, x := manyRules(10_000), pfx("203.0.113.0/24")
	var r Run
	r.Begin(p, wire.IPv4Unicast, nil, wire.Local{})
	for b.Loop() {
		r.Prefix(x)
	}
}

// A filter list towards a neighbor with remove-private-AS or as-override judges the path that came, a map the one that is sent.
func TestFilterListJudgesThePathThatCame(t *testing.T) {
	paths := &PathList{Name: "A", Entries: []PathEntry{{Seq: 5, Permit: true, Regex: "_64600_"}}}
	p := Link(Definitions{PathLists: map[string]*PathList{"A": paths}}, nil).Compile(Spec{FilterList: "A"}, Env{Out: true})
	path := func(as ...uint32) wire.Attrs {
		e := wire.NewEditor(nil)
		e.SetASPath(wire.ASPath(nil).AppendSegment(wire.SegmentSequence, as...))
		return e.AppendTo(nil)
	}
	var r Run
	for _, tt := range []struct {
		came, sent wire.Attrs
		want       Reason
	}{
		{path(3001, 64600), path(3001), Accepted},
		{path(3001), path(3001), ByFilterList},
		{path(3001), path(3001, 64600), ByFilterList},
		{path(3001, 64600), path(3001), Accepted},
	} {
		if got := r.Eval(p, wire.NewEditor(tt.sent), wire.IPv4Unicast, tt.came, pfx("10.0.0.0/8")); got != tt.want {
			t.Errorf("%v sent as %v: %v, want %v", tt.came.ASPath(), tt.sent.ASPath(), got, tt.want)
		}
	}
}

// What a policy without a map sees of its neighbor is the family, where it names a list: those of IPv4 and IPv6 are apart.
func TestViewOfAListHasItsFamily(t *testing.T) {
	six := &PrefixList{Name: "P", Six: true, Entries: []PrefixEntry{AnyPrefix(true)}}
	six.Entries[0].Flags |= Permit
	l := Link(Definitions{PrefixLists: [2]map[string]*PrefixList{nil, {"P": six}}}, nil)
	env := Env{Family: wire.IPv6Unicast, Out: true, Peer: netip.MustParseAddr("2001:db8::1")}
	for _, s := range []Spec{{PrefixList: "P"}, {PrefixList: "P", FilterList: "NONE"}} {
		if v := l.View(s, env); v.Family != wire.IPv6Unicast || v.Peer.IsValid() {
			t.Errorf("%+v sees %+v", s, v)
		}
	}
	s := Spec{PrefixList: "P"}
	p := l.Compile(s, l.View(s, env))
	if got := p.Eval(wire.NewEditor(nil), nil, wire.IPv6Unicast, wire.PrefixFrom(netip.MustParsePrefix("2001:db8::/32"))); got != Accepted {
		t.Errorf("the list permits all, and the verdict is %v", got)
	}
}

// A listing asks in the table's loop, which does not wait for the index of a long list.
func TestTesterHasItsIndex(t *testing.T) {
	l := Link(Definitions{PrefixLists: [2]map[string]*PrefixList{{"P": {Name: "P", Entries: []PrefixEntry{AnyPrefix(false)}}}, nil}}, nil)
	if x := l.Tester(Ref{RefPrefixList, "P"}, Included); x.list.prefixes.index.Load() == nil {
		t.Error("the first question makes the index")
	}
}

// What is compared number by number passes as a regular expression without being made one: it has to be one.
func TestPlainPatternsAreRegularExpressions(t *testing.T) {
	for _, text := range []string{"^65001_", "_65001_", "_65001$", "^65001$", "^65001_65002_", "_6500[0-9]_", "^$", ".*", "", "^65001 65002$", "_0_", "^_", "^(65001_", "[", "_65001[0-9", "^" + strings.Repeat("1_", plainMost/2-2) + "1$"} {
		_, err := CompileRegex(text)
		if (CheckRegex(text) == nil) != (err == nil) {
			t.Errorf("%q: %v, and as a regular expression %v", text, CheckRegex(text), err)
		}
		p, wrong := newPathPattern(text)
		if (wrong == nil) != (err == nil) || err == nil && p.re() == nil {
			t.Errorf("%q makes the pattern %+v, %v", text, p, wrong)
		}
	}
}

// A regular expression may be too large to be made, which no pattern is that passes without being made one.
func TestLongPatternsAreMadeExpressions(t *testing.T) {
	row := func(n int) string { return "^" + strings.Repeat("1_", n-1) + "1$" }
	if n := plainMost / 2; !plainPattern(row(n-1)).plain || plainPattern(row(n)).plain {
		t.Errorf("patterns of %d bytes are plain: %v, of %d: %v", 2*n-1, plainPattern(row(n-1)).plain, 2*n+1, plainPattern(row(n)).plain)
	}
}
