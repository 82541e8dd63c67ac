package sim

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// economy is a small one: 1 and 2 are peers; 3 is a customer of both, 4 of 1 alone.
func economy() *Scenario {
	end := func(r int, relation Relation) End { return End{Router: r, Relation: relation, Hold: 90} }
	link := func(n, a, b int, ra, rb Relation) Link { return Link{N: n, Ends: [2]End{end(a, ra), end(b, rb)}} }
	return &Scenario{
		Rules:   Rules{Economy: true, CompareMED: true},
		Routers: []Router{{N: 1, AS: 1}, {N: 2, AS: 2}, {N: 3, AS: 3}, {N: 4, AS: 4}},
		Links: []Link{
			link(1, 1, 2, Peer, Peer), link(2, 1, 3, Customer, Provider), link(3, 2, 3, Customer, Provider), link(4, 1, 4, Customer, Provider),
		},
		Networks: []Network{{3, "172.16.3.0/25"}, {4, "172.16.4.0/25"}, {2, "172.16.2.0/25"}},
	}
}

// paths are the AS paths to a prefix by router, "-" where it is unknown.
func paths(t *testing.T, s *Scenario, prefix string) (out []string) {
	t.Helper()
	tables, ok := Expect(NewState(s))
	if !ok {
		t.Fatal("no answer")
	}
	for _, r := range s.Routers {
		text := "-"
		if route := tables.Tables[r.N][netip.MustParsePrefix(prefix)]; route != nil {
			text = ""
			for _, as := range route.Path {
				text += string(rune('0' + as))
			}
		}
		out = append(out, text)
	}
	return out
}

func TestTwinOfAnEconomy(t *testing.T) {
	rows := []struct {
		what, prefix string
		change       func(*Scenario)
		want         []string
	}{
		{"a customer's network is known to all", "172.16.3.0/25", nil, []string{"3", "3", "", "13"}},
		{"a provider's is known to its customers", "172.16.2.0/25", nil, []string{"2", "", "2", "12"}},
		{"a customer carries nothing between its providers", "172.16.2.0/25", func(s *Scenario) { s.Links[0].Ends[0].Shutdown = true }, []string{"-", "", "2", "-"}},
		{"the way around a link that is down", "172.16.3.0/25", func(s *Scenario) { s.Links[1].Ends[1].Absent = true }, []string{"23", "3", "", "123"}},
		{"what is denied goes another way", "172.16.4.0/25", func(s *Scenario) { s.Links[1].Ends[0].Out.Deny = []string{"172.16.4.0/25"} }, []string{"4", "14", "214", ""}},
	}
	for _, row := range rows {
		s := economy()
		if row.change != nil {
			row.change(s)
		}
		if got := paths(t, s, row.prefix); !slices.Equal(got, row.want) {
			t.Errorf("%s: the paths are %q, want %q", row.what, got, row.want)
		}
	}
}

// TestTwinReflects has a client's route cross a reflector, but not one from a neighbor that is no client to another.
func TestTwinReflects(t *testing.T) {
	s := &Scenario{Rules: Rules{CompareMED: true}, Networks: []Network{{2, "172.16.2.0/25"}, {3, "172.16.3.0/25"}}}
	for n := 1; n <= 4; n++ {
		s.Routers = append(s.Routers, Router{N: n, AS: 7})
	}
	for n := 2; n <= 4; n++ { // 1 is in the middle; 2 is its client
		s.Links = append(s.Links, Link{N: n, Ends: [2]End{{Router: 1, Hold: 90, Client: n == 2}, {Router: n, Hold: 90}}})
	}
	if got := paths(t, s, "172.16.2.0/25"); !slices.Equal(got, []string{"", "", "", ""}) {
		t.Errorf("the client's route is known as %q", got)
	}
	if got := paths(t, s, "172.16.3.0/25"); !slices.Equal(got, []string{"", "", "", "-"}) {
		t.Errorf("the other's route is known as %q", got)
	}
	tables, _ := Expect(NewState(s))
	r := tables.Tables[3][netip.MustParsePrefix("172.16.2.0/25")]
	if r.Originator != s.Routers[1].ID() || !slices.Equal(r.Clusters, []uint32{s.Routers[0].ID()}) || r.NextHop != s.Links[0].Addr(1) {
		t.Errorf("reflected as %+v", r)
	}
}

// TestScenariosAreReadBack prints scenarios and reads them.
func TestScenariosAreReadBack(t *testing.T) {
	for seed := range uint64(50) {
		text := Generate(seed).String()
		again, err := Parse([]byte("# a remark\n\n" + text))
		if err != nil {
			t.Fatal(err)
		}
		if again.String() != text {
			t.Fatalf("seed %d: printed as\n%s\nand read as\n%s", seed, text, again)
		}
	}
	if _, err := Parse([]byte("router {\"N\":1}\nevent {\"Do\":1}\n")); err == nil || err.Error()[:7] != "line 2:" {
		t.Errorf("a broken line gives %v", err)
	}
}

// TestScenariosConverge looks for seeds whose policies have no answer.
func TestScenariosConverge(t *testing.T) {
	for seed := range uint64(300) {
		s := Generate(seed)
		st := NewState(s)
		for i := range s.Events {
			st.Apply(&s.Events[i])
		}
		if _, ok := Expect(st); !ok {
			t.Errorf("seed %d has no answer", seed)
		}
	}
}

// TestShrinkFindsTheCause looks for a failure that needs two routers, their link and two of many events.
func TestShrinkFindsTheCause(t *testing.T) {
	s := Generate(4)
	l := s.Links[len(s.Links)-1]
	s.Events = append(s.Events, Event{Do: DoCut, Link: l.N}, Event{Do: DoClear, Link: l.N}, Event{Do: DoHeal, Link: l.N})
	fails := func(s *Scenario) bool {
		has := func(do string) bool {
			return slices.ContainsFunc(s.Events, func(e Event) bool { return e.Do == do && e.Link == l.N })
		}
		return has(DoCut) && has(DoHeal)
	}
	small, runs := Shrink(s, time.Minute, fails)
	if len(small.Events) != 2 || len(small.Networks) != 0 || len(small.Links) != 1 || len(small.Routers) > 2 {
		t.Errorf("after %d runs there are left:\n%s", runs, small)
	}
}

// Over a link that carries all paths comes every one that the neighbor may use, not its best alone.
func TestTwinOfAllPaths(t *testing.T) {
	s := economy()
	s.Routers = append(s.Routers, Router{N: 5, AS: 5})
	s.Links = append(s.Links, Link{N: 5, AddPath: true, Ends: [2]End{{Router: 3, Relation: Customer, Hold: 90}, {Router: 5, Relation: Provider, Hold: 90}}})
	answer, ok := Expect(NewState(s))
	if !ok {
		t.Fatal("no answer")
	}
	var got []string
	for _, text := range answer.Text(5) {
		if strings.HasPrefix(text, "172.16.4.0/25") {
			got = append(got, text[strings.Index(text, "path"):strings.Index(text, " pref")])
		}
	}
	if want := []string{"path [3 1 4]", "path [3 2 1 4]"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if !NewState(s).Wide(5) || NewState(s).Wide(3) {
		t.Error("5 gets several paths, 3 does not")
	}
}
