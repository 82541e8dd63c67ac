package config

import (
	"slices"
	"strings"

	"bgpsh/ipc/grammar"
)

// Render gives the lines of a startup file for c, with the comments of the file that it replaces.
func Render(c *Config, old []string) []string { return MergeComments(old, c.Lines()) }

// MergeComments puts the comment lines of old before the statements of new that they stood before. A statement is the same
// when its line is, or, for one that can stand only once, when only its value differs. A comment whose statement is gone goes
// with it, except the one that heads the file: comments on its first lines, up to a blank line or a bare `!`.
func MergeComments(old, new []string) []string {
	header, blocks := gatherComments(old)
	out := slices.Clone(header)
	if len(header) > 0 && (len(new) == 0 || !isBare(new[0])) {
		out = append(out, "!")
	}
	places := locate(new)
	before := map[int][]string{}
	for _, b := range blocks {
		if i := b.at.find(places); i >= 0 {
			before[i] = append(before[i], b.lines...)
		}
	}
	for i, line := range new {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		for _, c := range before[i] {
			out = append(out, indent+c)
		}
		out = append(out, line)
	}
	return out
}

// commentBlock is a run of comment lines, trimmed, and the statement that follows it.
type commentBlock struct {
	lines []string
	at    located
}

// located is a statement in a file: its exact text and what is left of it without its value, each with its mode.
type located struct {
	exact, key string
}

// find is the index of the statement in places, -1 where it is gone.
func (l located) find(places []located) int {
	if l.exact == "" {
		return -1
	}
	i := slices.IndexFunc(places, func(p located) bool { return p.exact == l.exact })
	if i < 0 && l.key != "" {
		i = slices.IndexFunc(places, func(p located) bool { return p.key == l.key })
	}
	return i
}

// repeatable are the statements that may stand several times about the same thing, so that another value is another
// statement.
var repeatable = []string{"network", "neighbor.allow", "bgp.listen-address"}

// locate gives each line its place; lines that are no statements have none.
func locate(lines []string) []located {
	s := grammar.NewScanner(grammar.Config)
	out := make([]located, len(lines))
	for i, text := range lines {
		mode := string(s.Mode())
		l := s.Line(text)
		if l.Kind == grammar.Blank {
			continue
		}
		out[i].exact = mode + ": " + normal(text)
		if l.Kind == grammar.Ours {
			out[i] = locateCommand(mode, l.Command)
		}
	}
	return out
}

func locateCommand(mode string, c grammar.Command) located {
	if navigates(c) {
		if c.ID != "end" {
			return located{exact: mode + ": exit"}
		}
		return located{exact: "end"}
	}
	l := located{exact: string(c.Mode) + ": " + c.String()}
	if !slices.Contains(repeatable, c.ID) {
		l.key = string(c.Mode) + ": " + c.ID + " " + c.Args.Text("peer") + c.Args.Text("group")
	}
	return l
}

// gatherComments takes the header and the comment blocks out of a file. Comments behind the last statement belong to its end.
func gatherComments(lines []string) (header []string, blocks []commentBlock) {
	start := 0
	for start < len(lines) && isComment(lines[start]) {
		start++
	}
	if start > 0 && (start == len(lines) || isBare(lines[start])) {
		for _, l := range lines[:start] {
			header = append(header, strings.TrimSpace(l))
		}
	} else {
		start = 0
	}
	places := locate(lines)
	var pending []string
	for i := start; i < len(lines); i++ {
		switch {
		case isComment(lines[i]):
			pending = append(pending, strings.TrimSpace(lines[i]))
		case !isBare(lines[i]) && len(pending) > 0:
			blocks = append(blocks, commentBlock{pending, places[i]})
			pending = nil
		}
	}
	if len(pending) > 0 {
		blocks = append(blocks, commentBlock{pending, located{exact: "end"}})
	}
	return header, blocks
}

// isBare reports a blank line or a `!` or `#` alone, which only separate.
func isBare(line string) bool {
	return strings.Trim(line, " \t!#") == "" && len(strings.TrimSpace(line)) <= 1
}

// isComment reports a comment that says something.
func isComment(line string) bool {
	t := strings.TrimSpace(line)
	return !isBare(line) && (t[0] == '!' || t[0] == '#')
}
