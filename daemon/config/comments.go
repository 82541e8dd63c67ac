package config

import (
	"bytes"
	"iter"
	"slices"
	"strings"

	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
)

// Render gives the text of a startup file for c, with the comments of the one that it replaces: the comment lines of old stand before the
// statements that they stood before. A statement is the same when its line is, or, for one that can stand only once, when only
// its value differs. A comment whose statement is gone goes with it, except the one that heads the file: comments on its first
// lines, up to a blank line or a bare `!`.
func Render(c *Config, old []byte) []byte {
	out := make([]byte, 0, len(old)+len(old)/16+1<<10)
	header, blocks := gatherComments(LinesOf(old))
	for _, l := range header {
		out = append(append(out, l...), '\n')
	}
	before := placeComments(c, blocks)
	n := 0
	c.Print(func(line []byte) {
		if n == 0 && len(header) > 0 && !isBare(string(line)) {
			out = append(out, "!\n"...)
		}
		indent := len(line) - len(bytes.TrimLeft(line, " "))
		for _, comment := range before[n] {
			out = append(append(append(out, line[:indent]...), comment...), '\n')
		}
		out = append(append(out, line...), '\n')
		n++
	})
	return out
}

// placeComments gives the comments that stand before each line of c, by its place.
func placeComments(c *Config, blocks []commentBlock) map[int][]string {
	if len(blocks) == 0 {
		return nil
	}
	exact, key := map[string]int{}, map[string]int{} // the first place of what is asked for; -1 while it was not met
	for _, b := range blocks {
		exact[b.at.exact], key[b.at.key] = -1, -1
	}
	meet := func(places map[string]int, text string, place int) {
		if at, asked := places[text]; asked && at < 0 && text != "" {
			places[text] = place
		}
	}
	l, n := newLocator(), 0
	c.Print(func(line []byte) {
		at := l.locate(string(line))
		meet(exact, at.exact, n)
		meet(key, at.key, n)
		n++
	})
	before := map[int][]string{}
	for _, b := range blocks {
		place := exact[b.at.exact]
		if place < 0 {
			place = key[b.at.key]
		}
		if place >= 0 {
			before[place] = append(before[place], b.lines...)
		}
	}
	return before
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

// repeatable are the statements that may stand several times about the same thing, so that another value is another
// statement.
var repeatable = []string{"network", "aggregate-address", "neighbor.allow", "bgp.listen-address"}

// locator tells the place of each line of a file, which it is given in their order.
type locator struct{ *grammar.Scanner }

func newLocator() locator { return locator{grammar.NewScanner(grammar.Config)} }

// entry reports a line of a prefix list, of which there may be millions: it needs no reading.
func (s locator) entry(text string) bool {
	return s.AtTop() && (strings.HasPrefix(text, "ip prefix-list ") || strings.HasPrefix(text, "ipv6 prefix-list "))
}

// pass goes by a line whose place nobody asks for.
func (s locator) pass(text string) {
	if !s.entry(text) {
		s.Line(text)
	}
}

// locate gives a line as it prints its place; lines that are no statements have none.
func (s locator) locate(text string) located {
	if s.entry(text) {
		return locateEntry(text)
	}
	return s.read(text)
}

// read is locate of a line that somebody wrote, in whatever form.
func (s locator) read(text string) located {
	mode := string(s.Mode())
	switch l := s.Line(text); l.Kind {
	case grammar.Blank:
		return located{}
	case grammar.Ours:
		if printed := printedEntry(l.Command); printed != "" {
			return locateEntry(printed)
		}
		return locateCommand(mode, l.Command)
	}
	return located{exact: mode + ": " + normal(text)}
}

// printedEntry is a line of a prefix list as it prints, with the number 0 where it has none; empty for another statement.
func printedEntry(c grammar.Command) string {
	six := strings.HasPrefix(c.ID, "ipv6.")
	switch c.ID {
	case "ip.prefix-list", "ipv6.prefix-list":
		x, err := new(edit).readPrefixEntry(six, c)
		if c.No || err != nil {
			return ""
		}
		family, _, _ := strings.Cut(c.ID, ".")
		return string((&policy.PrefixList{Six: six}).AppendEntry([]byte(family+" prefix-list "+c.Args.Text("name")+" "), &x))
	case "ip.prefix-list.description", "ipv6.prefix-list.description":
		return c.String()
	}
	return ""
}

// locateEntry gives a line of a prefix list its place: a rule is the same with another number, a description with other words.
func locateEntry(text string) located {
	mode := string(grammar.Config) + ": "
	text = normal(text)
	end := strings.Index(text, " prefix-list ") + len(" prefix-list ")
	if n := strings.IndexByte(text[end:], ' '); n >= 0 {
		end += n
	}
	l := located{exact: mode + text, key: mode + text}
	if rule, numbered := strings.CutPrefix(text[end:], " seq "); numbered {
		_, rule, _ = strings.Cut(rule, " ")
		l.key = mode + text[:end] + " " + rule
	} else if strings.HasPrefix(text[end:], " description ") {
		l.key = mode + text[:end] + " description"
	}
	return l
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
		l.key = string(c.Mode) + ": " + c.ID + " " + c.Args.Text("peer") + c.Args.Text("group") + c.Args.Text("protocol") + c.Args.Text("instance")
	}
	return l
}

// gatherComments takes the header and the comment blocks out of a file. Comments behind the last statement belong to its end.
func gatherComments(lines iter.Seq[string]) (header []string, blocks []commentBlock) {
	l, leading := newLocator(), true
	var pending []string
	for line := range lines {
		if leading && !isComment(line) {
			if leading = false; isBare(line) {
				header, pending = pending, nil
			}
		}
		switch {
		case isComment(line):
			pending = append(pending, strings.Clone(strings.TrimSpace(line)))
		case !isBare(line) && len(pending) > 0:
			blocks = append(blocks, commentBlock{pending, l.read(line)})
			pending = nil
		default:
			l.pass(line)
		}
	}
	if leading {
		return pending, nil
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
	return t != "" && (t[0] == '!' || t[0] == '#') && !isBare(t)
}
