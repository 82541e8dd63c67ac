package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A line without a number goes behind the last one. Behind the greatest number there is no place: such a line is refused, and what stands
// there stays, whichever way the line came.
func TestNoNumberBehindTheGreatest(t *testing.T) {
	const last = "4294967295"
	for _, list := range []struct{ head, first, second string }{
		{"ip prefix-list L", "permit 10.0.0.0/8", "permit 10.1.0.0/16"},
		{"ipv6 prefix-list L", "permit 2001:db8::/32", "deny any"},
		{"access-list L", "permit 10.0.0.0/8", "deny any"},
		{"ipv6 access-list L", "permit 2001:db8::/32", "deny any"},
		{"bgp as-path access-list L", "permit ^1$", "permit ^2$"},
		{"bgp community-list standard L", "permit 1:1", "permit 1:2"},
		{"bgp community-list expanded L", "permit _1:1_", "permit _1:2_"},
		{"bgp large-community-list standard L", "permit 1:1:1", "permit 1:1:2"},
		{"bgp extcommunity-list standard L", "permit rt 1:1", "permit rt 1:2"},
	} {
		stands := fmt.Sprintf("%s seq %s %s", list.head, last, list.first)
		added := list.head + " " + list.second
		running, wrong, _ := Parse("f", []string{stands}, Options{})
		if len(wrong) > 0 || !slices.Contains(running.Lines(), stands) {
			t.Fatalf("%s: %v %q", stands, wrong, running.Lines())
		}
		refused := func(way, text string, lines []string) {
			t.Helper()
			if !strings.Contains(text, "list L ends with number "+last) || !strings.Contains(text, "seq N") {
				t.Errorf("%s, %s: %q", added, way, text)
			}
			if !slices.Contains(lines, stands) || strings.Contains(strings.Join(lines, "\n"), list.second) {
				t.Errorf("%s, %s, gives %q", added, way, lines)
			}
		}
		one := Apply(running, []Line{{1, added}}, Options{})
		if one.Applied || len(one.Results) != 1 || one.Results[0].Line.Text != added {
			t.Fatalf("%s: applied %v, %+v", added, one.Applied, one.Results)
		}
		refused("typed", one.Results[0].Text, one.Config.Lines())
		several := Apply(running, []Line{{1, "hostname x"}, {2, added}, {3, "hostname y"}}, Options{})
		if several.Applied || len(several.Results) != 1 || several.Results[0].Line.Number != 2 || several.Config.Hostname != "" {
			t.Fatalf("%s with others: applied %v, %+v", added, several.Applied, several.Results)
		}
		refused("committed", several.Results[0].Text, several.Config.Lines())
		for _, size := range []int{1, 10, blockSize} {
			p := newLoader("f", Options{})
			text := strings.Join([]string{stands, added, "hostname x"}, "\n")
			if err := inBlocks(strings.NewReader(text), size, p.block); err != nil {
				t.Fatal(err)
			}
			c, wrong, _ := p.end()
			if len(wrong) != 1 || wrong[0].Place.Line != 2 || c.Hostname != "x" || len(c.Held) != 1 {
				t.Fatalf("%s, of a file: %v, held %v", added, wrong, c.Held)
			}
			refused("of a file", wrong[0].Reason, c.Lines())
		}
		c, wrong, _ := Parse("f", []string{stands, added, "hostname x"}, Options{})
		if len(wrong) != 1 || wrong[0].Place.Line != 2 || c.Hostname != "x" {
			t.Fatalf("%s, of lines: %v", added, wrong)
		}
		refused("of lines", wrong[0].Reason, c.Lines())
		// What is there already needs no number, and with one of its own a line has its place.
		for _, fine := range []string{list.head + " " + list.first, fmt.Sprintf("%s seq 7 %s", list.head, list.second)} {
			if o := Apply(running, []Line{{1, fine}}, Options{}); !o.Applied {
				t.Errorf("%s: %+v", fine, o.Results)
			}
		}
	}
}

// Lines that say what others say take no numbers: however many come near the end, one that is new still gets the last number.
func TestRepeatsTakeNoNumbers(t *testing.T) {
	lines := []string{"ip prefix-list L seq 4294967290 permit 10.0.0.0/8"}
	for range 20 {
		lines = append(lines, "ip prefix-list L permit 10.0.0.0/8")
	}
	lines = append(lines, "ip prefix-list L permit 10.1.0.0/16", "ip prefix-list L permit 10.1.0.0/16", "ip prefix-list L permit 10.2.0.0/16")
	c, wrong, _ := Read("f", []byte(strings.Join(lines, "\n")), Options{})
	if len(wrong) != 1 || wrong[0].Place.Line != len(lines) {
		t.Fatalf("%v", wrong)
	}
	if got := c.Policy.PrefixLists[0]["L"].Entries; len(got) != 2 || got[1].Seq != 4294967295 {
		t.Errorf("%+v", got)
	}
}
