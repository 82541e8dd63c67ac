package config

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// listLines are lines of prefix lists in every order and form: as they print, with other blanks, without number, again, of two lists in turn,
// and removals.
func listLines(rnd *rand.Rand, n int) (lines []string) {
	for range n {
		name := "L" + string(rune('0'+rnd.IntN(2)))
		prefix := fmt.Sprintf("10.%d.0.0/16", rnd.IntN(6))
		bounds := []string{"", " ge 17", " le 24", " ge 17 le 24", " ge 8", " le 40"}[rnd.IntN(6)]
		family := "ip"
		if rnd.IntN(8) == 0 {
			family, prefix, bounds = "ipv6", fmt.Sprintf("2001:db8:%d::/48", rnd.IntN(4)), []string{"", " le 64"}[rnd.IntN(2)]
		}
		action := []string{"permit", "deny"}[rnd.IntN(2)]
		head := family + " prefix-list " + name
		switch rnd.IntN(12) {
		case 0:
			lines = append(lines, head+" "+action+" "+prefix+bounds)
		case 1:
			lines = append(lines, fmt.Sprintf("%s  seq %d %s  %s%s", head, 1+rnd.IntN(60), action, prefix, bounds))
		case 2:
			lines = append(lines, "no "+head+" "+action+" "+prefix+bounds)
		case 3:
			lines = append(lines, fmt.Sprintf("no %s seq %d", head, 1+rnd.IntN(60)))
		case 4:
			lines = append(lines, head+" description x"+fmt.Sprint(rnd.IntN(3)))
		case 5:
			lines = append(lines, fmt.Sprintf("%s seq %d %s any", head, 1+rnd.IntN(60), action))
		default:
			lines = append(lines, fmt.Sprintf("%s seq %d %s %s%s", head, 1+rnd.IntN(60), action, prefix, bounds))
		}
	}
	return lines
}

// Lines of prefix lists that are read the quick way mean what they mean when they take the way through the grammar, which any line with two
// blanks takes.
func TestQuickLinesAsTheOthers(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		lines := listLines(rnd, rnd.IntN(40))
		slow := make([]string, len(lines))
		for i, l := range lines {
			slow[i] = " " + strings.Replace(l, " ", "  ", 1)
		}
		a, wrongA, _ := Parse("f", lines, Options{})
		b, wrongB, _ := Parse("f", slow, Options{})
		c, wrongC, _ := Read("f", []byte(strings.Join(lines, "\r\n")), Options{})
		if x, y, z := a.Lines(), b.Lines(), c.Lines(); !slices.Equal(x, y) || !slices.Equal(x, z) || len(wrongA) != len(wrongB) || len(wrongA) != len(wrongC) {
			t.Fatalf("%s\ngives\n%s\nand slowly\n%s\nand as text\n%s", strings.Join(lines, "\n"), strings.Join(x, "\n"), strings.Join(y, "\n"), strings.Join(z, "\n"))
		}
		var printed []string
		a.Print(func(line []byte) { printed = append(printed, string(line)) })
		if !slices.Equal(printed, a.Lines()) {
			t.Fatalf("printed\n%s\nlines\n%s", strings.Join(printed, "\n"), strings.Join(a.Lines(), "\n"))
		}
	}
}

// Lines end as they do on other systems too, the last one anyhow.
func TestLineEnds(t *testing.T) {
	for _, text := range []string{"hostname a\nhostname b", "hostname a\r\nhostname b\r\n", "hostname a\r\nhostname b\r", "\r\n\nhostname b\n"} {
		if c, wrong, _ := Read("f", []byte(text), Options{}); len(wrong) > 0 || !slices.Contains(c.Lines(), "hostname b") {
			t.Errorf("%q gives %q, %v", text, c.Lines(), wrong)
		}
	}
}

// What the grammar refuses in a name, and where it ends one, is no other on the quick way.
func TestQuickLinesHaveTheNamesOfTheGrammar(t *testing.T) {
	for _, name := range []string{"A\tB", "A\t", "\tA", "A\x80", "A\x00", "A\r", "A\v", "A\x7f", "é", "A|B", "#A", "!", "A?", "\u00a0A"} {
		for _, family := range []string{"ip prefix-list %s seq 5 permit 10.0.0.0/8", "ipv6 prefix-list %s seq 5 permit 2001:db8::/32"} {
			line := fmt.Sprintf(family, name)
			a, wrongA, _ := Read("f", []byte(line), Options{})
			b, wrongB, _ := Parse("f", []string{" " + line}, Options{})
			if x, y := a.Lines(), b.Lines(); !slices.Equal(x, y) || len(wrongA) != len(wrongB) {
				t.Errorf("%q gives %q, %v; slowly %q, %v", line, x, wrongA, y, wrongB)
			}
		}
	}
}

// A long list keeps one entry of those that say the same, whether its lines come quickly or not.
func TestLongListsKeepNoRepeats(t *testing.T) {
	var text strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&text, "ip prefix-list L seq %d permit 10.%d.%d.0/24\n", 5*(i+1), i%2000/200, i%200)
		if i%500 == 0 {
			fmt.Fprintf(&text, "ip prefix-list L description %d\n", i)
		}
	}
	c, wrong, _ := Read("f", []byte(text.String()), Options{})
	if l := c.Policy.PrefixLists[0]["L"]; len(wrong) > 0 || len(l.Entries) != 2000 || l.Description != "2500" {
		t.Errorf("%d wrong, %d entries, description %q", len(wrong), len(l.Entries), l.Description)
	}
}

// Brief counts what it leaves out.
func TestBriefDifference(t *testing.T) {
	var lines []string
	for i := range 40 {
		lines = append(lines, fmt.Sprintf("ip prefix-list LONG seq %d permit 10.0.%d.0/24", i+1, i), fmt.Sprintf("ip prefix-list SHORT%d seq 1 permit 10.0.%d.0/24", i, i))
	}
	c, _, _ := Parse("f", lines, Options{})
	shown, added, removed := Brief(&Config{}, c, 39)
	if all := Compare(&Config{}, c); added < 40 || removed != 0 || Differing(shown)+added != Differing(all) {
		t.Errorf("%d shown, %d added, %d removed, of %d", Differing(shown), added, removed, Differing(all))
	}
	if _, added, removed := Brief(c, &Config{}, 39); added != 0 || removed < 40 {
		t.Errorf("%d added, %d removed the other way", added, removed)
	}
}
