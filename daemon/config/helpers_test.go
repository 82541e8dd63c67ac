package config

import (
	"slices"
	"strings"
	"testing"
)

// textLines splits a text into trimmed-free lines, without the first and last line break.
func textLines(text string) []string { return strings.Split(strings.Trim(text, "\n"), "\n") }

func numbered(lines []string) []Line {
	out := make([]Line, len(lines))
	for i, l := range lines {
		out[i] = Line{Number: i + 1, Text: l}
	}
	return out
}

// applyTo runs a text as one transaction that must succeed.
func applyTo(t testing.TB, running *Config, text string) *Config {
	t.Helper()
	out := Apply(running, numbered(textLines(text)), Options{})
	if !out.Applied {
		t.Fatalf("not applied:\n%s\n%v", text, out.Results)
	}
	return out.Config
}

// try runs a text as one transaction.
func try(running *Config, text string) Outcome {
	return Apply(running, numbered(textLines(text)), Options{})
}

// parsed reads a startup configuration that must be without errors.
func parsed(t interface{ Fatalf(string, ...any) }, text string) *Config {
	c, errs, _ := Parse("test.conf", textLines(text), Options{})
	if len(errs) > 0 {
		t.Fatalf("%v", errs)
	}
	return c
}

func effective(c *Config, name string) Settings { return c.Effective(c.Router.Neighbors[name]) }

// has reports that a configuration prints a line, whatever its indentation.
func has(c *Config, line string) bool {
	return slices.ContainsFunc(c.Lines(), func(l string) bool { return strings.TrimSpace(l) == line })
}

func printed(c *Config) string { return strings.Join(c.Lines(), "\n") }

// said joins what a transaction had to say, a line each: "1 notice: ...".
func (o Outcome) said() string {
	var b strings.Builder
	for _, r := range o.Results {
		word := map[Severity]string{Notice: "notice", Caution: "warning", Wrong: "error"}[r.Severity]
		b.WriteString(word + ": " + r.Text + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
