package grammar

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the expected outputs anew")

// golden compares text with a file, or writes the file.
func golden(t *testing.T, path, have string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(path, []byte(have), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, []byte(have)) {
		t.Errorf("%s differs; run go test -rewrite and look at the change:\n%s", path, firstDifference(string(want), have))
	}
}

func firstDifference(want, have string) string {
	w, h := strings.Split(want, "\n"), strings.Split(have, "\n")
	for i := range h {
		if i >= len(w) || w[i] != h[i] {
			old := "(end)"
			if i < len(w) {
				old = w[i]
			}
			return fmt.Sprintf("line %d\n- %s\n+ %s", i+1, old, h[i])
		}
	}
	return fmt.Sprintf("%d lines are missing", len(w)-len(h))
}

var kindNames = map[Kind]string{Blank: "blank", Ours: "ours", Foreign: "foreign", Unsupported: "lacking", Bad: "bad", Held: "held"}

// scan describes the verdict on each line of a configuration.
func scan(mode Mode, text string) string {
	var out strings.Builder
	s := NewScanner(mode)
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		at := s.Mode()
		l := s.Line(line)
		if l.Kind == Blank {
			continue
		}
		verdict := kindNames[l.Kind]
		switch {
		case l.Kind == Ours:
			verdict += " " + l.Command.ID
			if l.Command.Mode != at {
				verdict += " of " + string(l.Command.Mode)
			}
		case l.Kind == Bad:
			verdict += ", " + l.Err.Detail()
		case l.First:
			verdict += ", warned: " + l.What
		}
		if l.Opens != "" {
			verdict += ", opens " + string(l.Opens)
		}
		if l.Kind != Ours {
			verdict += l.Hold.describe()
		}
		fmt.Fprintf(&out, "%-9s | %-66s | %s\n", at, line, verdict)
	}
	fmt.Fprintf(&out, "%-9s |\n", s.Mode())
	return out.String()
}

func (h Hold) describe() string {
	dir := map[[2]bool]string{{true, true}: " in out", {true, false}: " in", {false, true}: " out"}[[2]bool{h.In, h.Out}]
	switch h.Kind {
	case HoldPolicy:
		return fmt.Sprintf(" -> no route %s %s%s", h.Peer, h.Family, dir)
	case HoldNeighbor:
		return fmt.Sprintf(" -> %s stays down", h.Peer)
	case HoldMap:
		return " -> map " + h.Name + " denies"
	case HoldList:
		return " -> " + h.List + " " + h.Name + " denies"
	case HoldFamily:
		return " -> no route in " + h.Family
	case HoldRouter:
		return " -> all stay down"
	}
	return ""
}

// TestScanner reads the configurations of testdata/*.conf and holds what each line is taken for.
func TestScanner(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.conf")
	if len(files) == 0 {
		t.Fatal("no configurations")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		mode := Config
		if strings.HasPrefix(filepath.Base(file), "commands") {
			mode = Exec
		}
		golden(t, strings.TrimSuffix(file, ".conf")+".scan", scan(mode, string(text)))
	}
}
