package config

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// read is parsed for lines one by one.
func read(t testing.TB, lines ...string) *Config { return parsed(t, strings.Join(lines, "\n")) }

func compared(t testing.TB, old, new *Config) string {
	t.Helper()
	return strings.Join(Texts(Compare(old, new)), "\n")
}

func TestCompareShowsLinesInTheirModes(t *testing.T) {
	old := read(t, "hostname r1", "router bgp 65000", "neighbor 10.0.0.1 remote-as 65001", "neighbor 10.0.0.1 description old",
		"neighbor 10.0.0.1 password sesame", "neighbor 10.0.0.2 remote-as 65002", "address-family ipv4 unicast", "network 10.1.0.0/16")
	new := read(t, "hostname r1", "router bgp 65000", "neighbor 10.0.0.1 remote-as 65001", "neighbor 10.0.0.1 description new",
		"neighbor 10.0.0.1 password open", "neighbor 10.0.0.2 remote-as 65002", "address-family ipv4 unicast", "network 10.2.0.0/16")
	want := ` router bgp 65000
- neighbor 10.0.0.1 description old
- neighbor 10.0.0.1 password *****
+ neighbor 10.0.0.1 description new
+ neighbor 10.0.0.1 password *****
  address-family ipv4 unicast
-  network 10.1.0.0/16
+  network 10.2.0.0/16`
	if got := compared(t, old, new); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := compared(t, new, new); got != "" {
		t.Errorf("equal ones differ by\n%s", got)
	}
}

func TestCompareNamesWhatALineIsAbout(t *testing.T) {
	new := read(t, "hostname r2", "router bgp 65000", "bgp router-id 1.1.1.1", "neighbor PG peer-group", "neighbor 10.0.0.1 remote-as 65001",
		"bgp listen-address 10.0.0.9", "address-family ipv6 unicast", "network 2001:db8::/32", "neighbor 10.0.0.1 activate")
	var got []string
	for _, l := range Compare(&Config{}, new) {
		if !slices.Contains(got, l.Object) && l.Sign == '+' {
			got = append(got, l.Object)
		}
	}
	want := []string{"hostname", "router bgp", "bgp router-id", "bgp listen-address 10.0.0.9", "neighbor PG", "neighbor 10.0.0.1",
		"address-family ipv4", "address-family ipv6", "network 2001:db8::/32"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// What a difference says takes one text to the other.
func TestCompareIsWhatChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := build(t, parsed(t, "router bgp 65000"))
		b := build(t, a)
		d := Compare(a, b)
		if (Differing(d) == 0) != (printed(a) == printed(b)) {
			t.Fatalf("%q\nbetween\n%s\nand\n%s", Texts(d), printed(a), printed(b))
		}
		count := func(c *Config, text string) (n int) {
			for _, l := range c.Lines() {
				if strings.TrimSpace(l) == text {
					n++
				}
			}
			return n
		}
		for _, l := range d {
			if l.Sign != ' ' {
				had, has := count(a, l.Text), count(b, l.Text)
				if l.Sign == '-' && had == 0 || l.Sign == '+' && has == 0 {
					t.Fatalf("%s: %d before, %d after", l, had, has)
				}
			}
		}
		back := Compare(b, a)
		if Differing(back) != Differing(d) {
			t.Fatalf("%q one way, %q the other", Texts(d), Texts(back))
		}
	})
}

func TestMerge(t *testing.T) {
	base := []string{"hostname r1", "router bgp 65000", "bgp router-id 1.1.1.1", "neighbor G peer-group", "neighbor G remote-as 65009",
		"neighbor 10.0.0.1 remote-as 65001", "neighbor 10.0.0.2 remote-as 65002", "address-family ipv4 unicast", "network 10.1.0.0/16", "exit-address-family"}
	for name, test := range map[string]struct {
		mine, theirs []string
		conflicts    []string
		want         []string // lines of the merged one
		gone         []string
	}{
		"different neighbors": {
			mine: []string{"neighbor 10.0.0.1 description mine"}, theirs: []string{"neighbor 10.0.0.2 description theirs"},
			want: []string{"neighbor 10.0.0.1 description mine", "neighbor 10.0.0.2 description theirs"},
		},
		"networks, listeners and values of the router": {
			mine:   []string{"network 10.2.0.0/16", "no network 10.1.0.0/16", "bgp listen-address 10.0.0.8", "bgp cluster-id 2.2.2.2"},
			theirs: []string{"network 10.3.0.0/16", "bgp listen-address 10.0.0.7", "bgp always-compare-med", "no neighbor 10.0.0.2"},
			want:   []string{"network 10.2.0.0/16", "network 10.3.0.0/16", "bgp listen-address 10.0.0.7", "bgp listen-address 10.0.0.8", "bgp always-compare-med", "bgp cluster-id 2.2.2.2"},
			gone:   []string{"network 10.1.0.0/16", "neighbor 10.0.0.2 remote-as 65002"},
		},
		"the same neighbor": {
			mine: []string{"neighbor 10.0.0.1 description mine"}, theirs: []string{"neighbor 10.0.0.1 timers 1 3"},
			conflicts: []string{"neighbor 10.0.0.1"}, want: []string{"neighbor 10.0.0.1 description mine"},
		},
		"the same neighbor in the same way": {
			mine: []string{"neighbor 10.0.0.1 description same"}, theirs: []string{"neighbor 10.0.0.1 description same"},
			want: []string{"neighbor 10.0.0.1 description same"},
		},
		"one removes what the other changes": {
			mine: []string{"neighbor 10.0.0.1 description mine"}, theirs: []string{"no neighbor 10.0.0.1"}, conflicts: []string{"neighbor 10.0.0.1"},
		},
		"the same value": {
			mine: []string{"bgp router-id 2.2.2.2"}, theirs: []string{"bgp router-id 3.3.3.3"}, conflicts: []string{"bgp router-id"},
		},
		"the map of a network": {
			mine: []string{"network 10.1.0.0/16 route-map M"}, theirs: []string{"network 10.1.0.0/16 route-map T"},
			conflicts: []string{"network 10.1.0.0/16"}, want: []string{"network 10.1.0.0/16 route-map M"},
		},
		"what is redistributed": {
			mine: []string{"redistribute connected", "redistribute static"}, theirs: []string{"redistribute connected route-map T", "redistribute table 7"},
			conflicts: []string{"ipv4 redistribute connected"}, want: []string{"redistribute connected", "redistribute static", "redistribute table 7"},
		},
		"other origins": {
			mine: []string{"redistribute ospf metric 1", "aggregate-address 10.0.0.0/8"}, theirs: []string{"redistribute ospf 2 metric 2", "aggregate-address 172.16.0.0/12"},
			want: []string{"redistribute ospf metric 1", "redistribute ospf 2 metric 2", "aggregate-address 10.0.0.0/8", "aggregate-address 172.16.0.0/12"},
		},
		"a group that is gone": {
			mine: []string{"neighbor 10.0.0.3 peer-group G"}, theirs: []string{"no neighbor G peer-group"}, conflicts: []string{"neighbor 10.0.0.3 peer-group G"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := read(t, base...)
			edit := func(lines []string) *Config {
				var in []Line
				for i, l := range lines {
					in = append(in, Line{i + 1, l})
				}
				out := Apply(b, in, Options{Context: []string{"router bgp 65000"}})
				if !out.Applied {
					t.Fatal(out.Results)
				}
				return out.Config
			}
			mine, theirs := edit(test.mine), edit(test.theirs)
			texts := printed(b) + printed(mine) + printed(theirs)
			merged, conflicts := Merge(b, mine, theirs)
			var objects []string
			for _, c := range conflicts {
				objects = append(objects, c.Object)
				if len(c.Theirs) == 0 {
					t.Errorf("%s: not a line of theirs", c.Object)
				}
			}
			if !slices.Equal(objects, test.conflicts) {
				t.Errorf("conflicts are %q, want %q", objects, test.conflicts)
			}
			text := printed(merged)
			for _, line := range test.want {
				if !strings.Contains(text, " "+line+"\n") {
					t.Errorf("%q is not in\n%s", line, text)
				}
			}
			for _, line := range test.gone {
				if strings.Contains(text, " "+line+"\n") {
					t.Errorf("%q is in\n%s", line, text)
				}
			}
			if printed(b)+printed(mine)+printed(theirs) != texts {
				t.Error("one of the three was changed")
			}
		})
	}
}

// Where only one side changed anything, the merged configuration is that side's, whatever the change.
func TestMergeOfOneChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := build(t, parsed(t, "router bgp 65000"))
		changed := build(t, base)
		for _, pair := range [][2]*Config{{base, changed}, {changed, base}} {
			merged, conflicts := Merge(base, pair[0], pair[1])
			if len(conflicts) > 0 || !Equal(merged, changed) {
				t.Fatalf("%v\n%s\nis not\n%s", conflicts, printed(merged), printed(changed))
			}
		}
	})
}

func TestMergeOfARouterThatIsGone(t *testing.T) {
	base := read(t, "router bgp 65000", "neighbor 10.0.0.1 remote-as 65001")
	mine := read(t, "router bgp 65000", "neighbor 10.0.0.1 remote-as 65001", "neighbor 10.0.0.2 remote-as 65002")
	if _, conflicts := Merge(base, mine, &Config{}); len(conflicts) != 1 || conflicts[0].Object != "router bgp" || len(conflicts[0].Theirs) == 0 {
		t.Errorf("conflicts are %+v", conflicts)
	}
}

func TestSnapshotKeepsWhatIsHeldBack(t *testing.T) {
	c, _, _ := Parse("f", []string{"router bgp 65000", "neighbor 10.0.0.1 remote-as 65001", "neighbor 10.0.0.1 pasword very secret"}, Options{})
	if len(c.Held) != 1 {
		t.Fatalf("held are %v", c.Held)
	}
	again, errs := c.Snapshot().Config(Options{})
	if len(errs) > 0 || !Equal(c, again) || len(effective(again, "10.0.0.1").Held) != 1 {
		t.Errorf("%v\n%s\nheld %v", errs, printed(again), again.Held)
	}
	freed := Apply(again, []Line{{1, "no neighbor 10.0.0.1 pasword very secret"}}, Options{Context: []string{"router bgp 65000"}})
	if len(freed.Config.Held) != 0 {
		t.Errorf("the held line cannot be taken back by its text: %+v", freed.Results)
	}
}
