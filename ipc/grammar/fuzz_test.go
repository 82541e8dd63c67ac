package grammar

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checkLine holds what is true of every line: an error's place lies in the line, a command survives writing and reading, completion never
// fails, and the work stays small.
func checkLine(t *testing.T, mode Mode, line string) {
	cmd, err := Match(mode, line)
	var e *Error
	switch {
	case errors.As(err, &e):
		if e.Offset < 0 || e.Offset > len(e.Line) || !strings.HasPrefix(e.Line[e.Offset:], e.Word) {
			t.Errorf("%s %q: error about %q at %d of %q", mode, line, e.Word, e.Offset, e.Line)
		}
		_ = e.Error()
	case err != nil:
		t.Errorf("%s %q: %T", mode, line, err)
	case !cmd.Empty():
		at := cmd.Mode
		again, err := Match(at, Render(cmd))
		if err != nil || !equal(cmd, again) {
			t.Errorf("%s %q: written as %q: %v, %v", mode, line, Render(cmd), again, err)
		}
	}
	for _, c := range Complete(mode, line) {
		if c.Word == "" || c.Help == "" || c.Kind == "" {
			t.Errorf("%s %q: candidate %+v", mode, line, c)
		}
	}
	Classify(mode, line)
	toks := split(line)
	for _, level := range levels(mode) {
		r := newReader(line, toks)
		if r.walk(rootOf(level), 0); r.visits > 2000*(len(toks)+1) {
			t.Errorf("%s %q: %d visits", level, line, r.visits)
		}
	}
}

func FuzzMatch(f *testing.F) {
	eachStatement(func(mode Mode, s *Statement, spec *part) {
		f.Add(indexOf(mode), strings.Join(examples(spec)[0], " "))
	})
	f.Add(uint8(2), "no neighbor 10.0.0.1 timers 1 2 3 | include x")
	f.Add(uint8(0), "do do show bgp summary | i | e | c")
	f.Add(uint8(0), " \t| | |")
	f.Add(uint8(0), " | 0")
	f.Fuzz(func(t *testing.T, m uint8, line string) {
		if strings.ContainsAny(line, "\n") {
			return
		}
		checkLine(t, allModes[int(m)%len(allModes)], line)
	})
}

func indexOf(mode Mode) uint8 {
	for i, m := range allModes {
		if m == mode {
			return uint8(i)
		}
	}
	return 0
}

func FuzzScanner(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.conf")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for block := range strings.SplitSeq(string(text), "\nexit\n") { // short texts, so that the fuzzer changes much in little time
			f.Add(block)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, mode := range []Mode{Config, Exec} {
			s := NewScanner(mode)
			for _, line := range strings.Split(text, "\n") {
				l := s.Line(line)
				if (l.Kind == Bad) != (l.Err != nil && l.Err.Kind != NotYet && l.Err.Kind != NotOurs) {
					t.Fatalf("%q: kind %d with error %v", line, l.Kind, l.Err)
				}
				if mode == Config && !s.Mode().Configures() {
					t.Fatalf("%q left the configuration", line)
				}
			}
		}
	})
}

// configuration is a large one, as a route server has it.
func configuration(neighbors int) []string {
	lines := []string{"hostname r1", "router bgp 65000", " bgp router-id 10.0.0.1", " no bgp default ipv4-unicast"}
	add := func(format ...string) { lines = append(lines, format...) }
	name := func(i int) string {
		return "10." + plain(uint64(i>>16)) + "." + plain(uint64(i>>8&255)) + "." + plain(uint64(i&255))
	}
	for i := range neighbors {
		add(" neighbor "+name(i)+" remote-as "+plain(uint64(64512+i)), " neighbor "+name(i)+" description customer "+plain(uint64(i)),
			" neighbor "+name(i)+" timers 10 30", " neighbor "+name(i)+" password s3cret")
	}
	add(" address-family ipv4 unicast")
	for i := range neighbors {
		add("  neighbor "+name(i)+" activate", "  neighbor "+name(i)+" route-map IN in", "  neighbor "+name(i)+" allow 10.0.0.0/8 le 24 out")
	}
	return append(lines, " exit-address-family", "exit")
}

// TestWorkIsSmall bounds the nodes that lines of a configuration visit, which is the time that reading takes.
func TestWorkIsSmall(t *testing.T) {
	visits, s := 0, NewScanner(Config)
	lines := configuration(10)
	for _, line := range lines {
		r := newReader(line, split(line))
		r.walk(rootOf(levels(s.Mode())[0]), 0)
		visits += r.visits
		if l := s.Line(line); l.Kind == Bad {
			t.Errorf("%q: %v", line, l.Err)
		}
	}
	if each := visits / len(lines); each > 300 {
		t.Errorf("%d visits a line", each)
	}
}

func BenchmarkConfiguration10000(b *testing.B) {
	lines := configuration(10000 / 7)
	for b.Loop() {
		s := NewScanner(Config)
		for _, line := range lines {
			s.Line(line)
		}
	}
}

func BenchmarkFirstMatch(b *testing.B) {
	for b.Loop() {
		rootsLock.Lock()
		roots = map[Mode]*Node{}
		rootsLock.Unlock()
		if _, err := Match(Exec, "show bgp summary"); err != nil {
			b.Fatal(err)
		}
	}
}
