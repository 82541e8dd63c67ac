package grammar

import (
	"cmp"
	"slices"
	"strings"
	"testing"
)

// eachStatement calls f for each statement of each mode, once for each mode that it belongs to.
func eachStatement(f func(mode Mode, s *Statement, spec *part)) {
	for _, mode := range allModes {
		for _, e := range Entries(mode) {
			f(mode, e.Statement, parseCached(e.Statement, mode))
		}
	}
}

func TestIDsAreUnique(t *testing.T) {
	type key struct {
		mode Mode
		id   string
	}
	seen := map[key]bool{}
	specs := map[string]string{}
	eachStatement(func(mode Mode, s *Statement, _ *part) {
		if seen[key{mode, s.ID}] {
			t.Errorf("%s: %s stands there twice", mode, s.ID)
		}
		seen[key{mode, s.ID}] = true
		if have, ok := specs[s.ID]; ok && have != s.Spec {
			t.Errorf("%s means %q and %q", s.ID, have, s.Spec)
		}
		specs[s.ID] = s.Spec
	})
	if len(specs) < 250 {
		t.Errorf("only %d statements", len(specs))
	}
}

func TestEveryWordHasHelp(t *testing.T) {
	eachStatement(func(mode Mode, s *Statement, _ *part) {
		switch {
		case s.Help == "":
			t.Errorf("%s %s: no help", mode, s.ID)
		case strings.HasSuffix(s.Help, "."), s.Help[0] < 'A' || s.Help[0] > 'Z' && !strings.HasPrefix(s.Help, "bgpd"):
			t.Errorf("%s %s: help %q is not in the form of the others", mode, s.ID, s.Help)
		}
	})
	for _, mode := range allModes {
		var visit func(n *Node, line string, seen map[*Node]bool)
		visit = func(n *Node, line string, seen map[*Node]bool) {
			if seen[n] || len(line) > 200 {
				return
			}
			seen[n] = true
			for _, c := range Complete(mode, line) {
				if c.Help == "" || c.Kind == "" {
					t.Errorf("%s %q: candidate %+v without help or kind", mode, line, c)
				}
			}
			for _, next := range n.next {
				word := next.Word
				if next.arg != nil {
					word = next.arg.samples[0]
				}
				visit(next, line+word+" ", seen)
			}
		}
		visit(rootOf(mode), "", map[*Node]bool{})
	}
}

// TestExamplesSurvive reads lines made from each specification, writes them and reads them again.
func TestExamplesSurvive(t *testing.T) {
	lines := 0
	eachStatement(func(mode Mode, s *Statement, spec *part) {
		for _, words := range examples(spec) {
			line := strings.Join(words, " ")
			if s.Sign != NoOnly {
				survives(t, mode, s, line)
				lines++
			}
			if s.Sign != PlainOnly && mode.Configures() {
				survives(t, mode, s, "no "+line)
				lines++
			}
		}
	})
	t.Logf("%d lines", lines)
}

func survives(t *testing.T, mode Mode, s *Statement, line string) {
	t.Helper()
	got, err := read(mode, line)
	if err != nil {
		t.Errorf("%s %s: %v", mode, s.ID, err)
		return
	}
	want := s.ID
	if s.rewrite == nil && (got.cmd.ID != want || got.cmd.Mode != mode) {
		t.Errorf("%s %q: read as %s of %s, not %s", mode, line, got.cmd.ID, got.cmd.Mode, want)
		return
	}
	if got.cmd.No != (strings.HasPrefix(line, "no ") && mode.Configures()) {
		t.Errorf("%s %q: No is %v", mode, line, got.cmd.No)
	}
	again, err := read(mode, Render(got.cmd))
	if err != nil {
		t.Errorf("%s %q: written as %q: %v", mode, line, Render(got.cmd), err)
		return
	}
	if !equal(got.cmd, again.cmd) {
		t.Errorf("%s %q: written as %q, which is %v, not %v", mode, line, Render(got.cmd), again.cmd, got.cmd)
	}
}

// equal compares two commands; the order of arguments with different names does not matter.
func equal(a, b Command) bool {
	order := func(args Args) Args {
		args = slices.Clone(args)
		slices.SortStableFunc(args, func(x, y Arg) int { return cmp.Compare(x.Name, y.Name) })
		return args
	}
	return a.ID == b.ID && a.No == b.No && a.Mode == b.Mode && slices.Equal(order(a.Args), order(b.Args)) && slices.Equal(a.Pipes, b.Pipes)
}

// TestNoFormsStop checks that a no form may end at its mark and anywhere behind it.
func TestNoFormsStop(t *testing.T) {
	eachStatement(func(mode Mode, s *Statement, spec *part) {
		if !strings.Contains(s.Spec, "~") || s.Sign == PlainOnly {
			return
		}
		before, _, _ := strings.Cut(s.Spec, "~")
		head := parseSpec(strings.TrimSpace(before), mode.Family())
		line := "no " + strings.Join(examples(&head)[0], " ")
		got, err := read(mode, line)
		if err != nil || got.cmd.ID != s.ID || !got.cmd.No {
			t.Errorf("%s %q: %v, %v", mode, line, got.cmd.ID, err)
			return
		}
		if written := Render(got.cmd); written != line {
			t.Errorf("%s %q: written as %q", mode, line, written)
		}
	})
}

// TestSpecsNeedNothingTwice checks that no statement keeps two arguments under one name, except as alternatives or repetition.
func TestSpecsNeedNothingTwice(t *testing.T) {
	eachStatement(func(mode Mode, s *Statement, spec *part) {
		var count func(p *part) map[string]int
		count = func(p *part) map[string]int {
			n := map[string]int{}
			if p.name != "" {
				n[p.name] = 1
			}
			for i := range p.kids {
				for name, k := range count(&p.kids[i]) {
					if p.kind == choicePart {
						n[name] = max(n[name], k)
					} else {
						n[name] += k
					}
				}
			}
			return n
		}
		for name, k := range count(spec) {
			if k > 1 {
				t.Errorf("%s %s: %s stands there %d times", mode, s.ID, name, k)
			}
		}
	})
}
