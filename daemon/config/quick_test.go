package config

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
)

// listLines are lines of prefix lists in every order and form: as they print, with other blanks, without number, again, of two lists in turn,
// and removals, with lines of other kinds and blocks between them.
func listLines(rnd *rand.Rand, n int) (lines []string) {
	pick := func(all ...string) string { return all[rnd.IntN(len(all))] }
	for range n {
		name := pick("L0", "L1", "seq", "permit", "A-very.long:Name_of~a|list")
		prefix := fmt.Sprintf("10.%d.0.0/16", rnd.IntN(6))
		bounds := pick("", "", "", " ge 17", " le 24", " ge 17 le 24", " le 24 ge 17", " ge 8", " le 40", " ge 24 le 17", " ge 17 ge 18", " ge 0", " le")
		family := "ip"
		if rnd.IntN(4) == 0 {
			family, bounds = "ipv6", pick("", "", " le 64", " ge 49 le 128", " le 129")
			prefix = pick("2001:db8::/48", "2001:DB8:0:0::/48", "2001:db8:1::/48", "::/0", "::1/128", "2001:db8:0:1:0:0:0:0/64", "1:2:3:4:5:6:7::/112", "2001:db8::1/48",
				"::ffff:192.0.2.1/128", "::ffff:c000:201/128", "fe80::%eth0/64", "1::2::3/128", "2001:db8:::/48", ":1::/16", "12345::/16", "1:2:3:4:5:6:7:8:9/128", "10.0.0.0/8")
		} else if rnd.IntN(8) == 0 {
			prefix = pick("any", "any any", "0.0.0.0/0", "10.1.2.3/16", "10.0.0.0/33", "10.0.0/8", "010.0.0.0/8", "10.0.0.0", "10.0.0.0/08", "255.255.255.255/32")
		}
		action := pick("permit", "permit", "deny", "per")
		seq := pick("seq", "seq", "seq", "se") + fmt.Sprintf(" %d ", 1+rnd.IntN(60))
		switch rnd.IntN(14) {
		case 0, 1, 2:
			seq = ""
		case 3:
			seq = fmt.Sprintf("seq %s ", pick("0", "4294967290", "4294967295", "4294967296", "05", "x"))
		}
		line := family + " prefix-list " + name + " " + seq + action + " " + prefix + bounds
		switch rnd.IntN(24) {
		case 0:
			line = "no " + family + " prefix-list " + name + " " + seq + "permit " + prefix
		case 1:
			line = fmt.Sprintf("no %s prefix-list %s %s", family, name, seq)
		case 2:
			line = family + " prefix-list " + name + " description x " + fmt.Sprint(rnd.IntN(3))
		case 3:
			line = "no " + family + " prefix-list " + name + " description"
		case 4, 9, 10, 11:
			line = pick("", "!", "# x", "router bgp 65000", " neighbor 192.0.2.1 remote-as 1", "route-map M permit 10", "exit", "vrf X", "end", "hostname r", "service integrated-vtysh-config", "service integrated-vtysh-config", "nonsense", line[:len(line)/2])
		case 5, 6:
			line = strings.ReplaceAll(line, " ", pick("  ", "\t", " \t "))
		case 7:
			line = pick(" ", "\t", "   ", "\r", "\ufeff", "\u00a0") + line
		case 8:
			line += pick(" ", "\t", " \r", "\v", " x")
		}
		lines = append(lines, line)
	}
	return lines
}

// throughGrammar is Parse by the grammar alone.
func throughGrammar(lines []string) (*Config, []LineError, []Warning) {
	p := newLoader("f", Options{})
	for _, line := range lines {
		p.next(line)
	}
	return p.end()
}

// sameReading fails unless lines mean the same read by the grammar, quickly, as a text in blocks of a size, and as a transaction.
func sameReading(t *testing.T, lines []string, size int) {
	t.Helper()
	text := strings.Join(lines, "\n")
	a, wrongA, saidA := throughGrammar(lines)
	b, wrongB, saidB := Parse("f", lines, Options{})
	p := newLoader("f", Options{})
	if err := inBlocks(strings.NewReader(text), size, p.block); err != nil {
		t.Fatal(err)
	}
	c, wrongC, saidC := p.end()
	if x, y, z := a.Lines(), b.Lines(), c.Lines(); !slices.Equal(x, y) || !slices.Equal(x, z) {
		t.Fatalf("%s\ngives\n%s\nquickly\n%s\nin blocks\n%s", text, strings.Join(x, "\n"), strings.Join(y, "\n"), strings.Join(z, "\n"))
	}
	if !reflect.DeepEqual(wrongA, wrongB) || !reflect.DeepEqual(wrongA, wrongC) || !slices.Equal(saidA, saidB) || !slices.Equal(saidA, saidC) {
		t.Fatalf("%s\nis wrong in\n%v %v\nquickly\n%v %v\nin blocks\n%v %v", text, wrongA, saidA, wrongB, saidB, wrongC, saidC)
	}
	var printed []string
	a.Print(func(line []byte) { printed = append(printed, string(line)) })
	if !slices.Equal(printed, a.Lines()) {
		t.Fatalf("printed\n%s\nlines\n%s", strings.Join(printed, "\n"), strings.Join(a.Lines(), "\n"))
	}
}

// Lines of prefix lists that are read the quick way mean what they mean when they take the way through the grammar.
func TestQuickLinesAsTheOthers(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 600 {
		sameReading(t, listLines(rnd, rnd.IntN(60)), 1+rnd.IntN(600))
	}
}

// The same of a transaction, in which a line may stand for one that is held back.
func TestQuickLinesOfATransaction(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		running, _, _ := Parse("f", listLines(rnd, 20), Options{})
		lines := listLines(rnd, rnd.IntN(12))
		var numbered []Line
		for i, text := range lines {
			numbered = append(numbered, Line{i + 1, text})
		}
		a := Apply(running, numbered, Options{})
		e := newEdit(running, Options{})
		s := grammar.NewScanner(grammar.Config)
		for _, l := range numbered {
			e.line = l
			e.judged(s.Line(l.Text))
		}
		e.settleLists()
		e.config.markBroken()
		wrong := slices.ContainsFunc(e.results, func(r LineResult) bool { return r.Severity == Wrong })
		if a.Applied == wrong || a.Applied && !slices.Equal(a.Config.Lines(), e.config.Lines()) || a.Applied && !reflect.DeepEqual(a.Config.Held, e.config.Held) {
			t.Fatalf("%s\non\n%s\ngives\n%s\nand by the grammar\n%s", strings.Join(lines, "\n"), strings.Join(running.Lines(), "\n"),
				strings.Join(a.Config.Lines(), "\n"), strings.Join(e.config.Lines(), "\n"))
		}
	}
}

// However the lines of a list are numbered, it is what adding them one by one makes.
func TestLinesAddedTogether(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	var rules ruleSet
	for range 3000 {
		var all []policy.PrefixEntry
		seq := uint32(0)
		disorder := rnd.IntN(3)
		for range rnd.IntN(60) {
			x := policy.PrefixEntry{Hi: uint64(rnd.IntN(40)) << 40, Len: 24, Flags: policy.EntryFlags(rnd.IntN(2))}
			switch seq += uint32(1 + rnd.IntN(9)); {
			case rnd.IntN(3) == 0:
			case rnd.IntN(20) < disorder:
				x.Seq = 1 + uint32(rnd.IntN(100))
			case rnd.IntN(200) == 0:
				x.Seq = math.MaxUint32 - uint32(rnd.IntN(12))
			default:
				x.Seq = seq
			}
			all = append(all, x)
		}
		var one []policy.PrefixEntry
		for _, x := range all {
			one = withLine(one, x)
		}
		old := rnd.IntN(len(all) + 1)
		first := rules.withLines(slices.Clone(all[:old]), 0)
		got := rules.withLines(append(slices.Clone(first), all[old:]...), len(first))
		if !slices.Equal(got, one) {
			t.Fatalf("%v\nis\n%v\none by one\n%v", all, got, one)
		}
	}
}

func FuzzQuickLines(f *testing.F) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 30 {
		f.Add(strings.Join(listLines(rnd, rnd.IntN(12)), "\n"), uint16(rnd.IntN(300)))
	}
	f.Fuzz(func(t *testing.T, text string, size uint16) {
		lines := slices.Collect(LinesOf([]byte(text)))
		sameReading(t, lines, 1+int(size))
	})
}

// Lines end as they do on other systems too, the last one anyhow.
func TestLineEnds(t *testing.T) {
	for _, text := range []string{"hostname a\nhostname b", "hostname a\r\nhostname b\r\n", "hostname a\r\nhostname b\r", "\r\n\nhostname b\n"} {
		if c, wrong, _ := Read("f", []byte(text), Options{}); len(wrong) > 0 || !slices.Contains(c.Lines(), "hostname b") {
			t.Errorf("%q gives %q, %v", text, c.Lines(), wrong)
		}
	}
}

// However a reader hands a file over it reads the same, and one that fails before the end is no file.
func TestReadersOfAnyKind(t *testing.T) {
	lines := listLines(rand.New(rand.NewPCG(9, 10)), 400)
	text := strings.Join(lines, "\n")
	want, wrong, said := throughGrammar(lines)
	failed := errors.New("the disk is gone")
	for name, of := range map[string]func(io.Reader) io.Reader{
		"bytes": iotest.OneByteReader, "halves": iotest.HalfReader, "the end with the last": iotest.DataErrReader,
		"whole": func(r io.Reader) io.Reader { return r },
	} {
		for _, size := range []int{1, 100, 4096, len(text), blockSize} {
			p := newLoader("f", Options{})
			if err := inBlocks(of(strings.NewReader(text)), size, p.block); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got, w, s := p.end(); !slices.Equal(got.Lines(), want.Lines()) || !reflect.DeepEqual(w, wrong) || !slices.Equal(s, said) {
				t.Errorf("%s, in blocks of %d: another configuration", name, size)
			}
			for _, after := range []int{0, size, len(text) - 1, len(text)} {
				part := io.MultiReader(strings.NewReader(text[:min(after, len(text))]), iotest.ErrReader(failed))
				if err := inBlocks(of(part), size, func(*block) {}); !errors.Is(err, failed) {
					t.Errorf("%s, in blocks of %d, an error behind %d bytes: %v", name, size, after, err)
				}
			}
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
