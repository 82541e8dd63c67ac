package config

import (
	"cmp"
	"slices"
	"strings"

	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
)

// DiffLine is one line of the difference between two configurations as text.
type DiffLine struct {
	Sign   byte   // '+' only in the new one, '-' only in the old one, ' ' in both: a mode that a changed line stands in
	Depth  int    // of the mode it stands in; 0: top level
	Text   string // without indentation; a password stands in it as it is
	Object string // what the line is about: "neighbor 10.0.0.1", "route-map NAME", "network 10.0.0.0/8", "bgp router-id"
}

// String is the line as it is shown: the sign, the indentation, the text.
func (l DiffLine) String() string {
	return string(l.Sign) + strings.Repeat(" ", l.Depth) + l.Text
}

// Texts are lines as they are shown, without passwords.
func Texts(lines []DiffLine) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		l.Text = grammar.Conceal(l.Text)
		out[i] = l.String()
	}
	return out
}

// Differing counts the lines that are not in both.
func Differing(lines []DiffLine) (n int) {
	for _, l := range lines {
		if l.Sign != ' ' {
			n++
		}
	}
	return n
}

// Compare gives the lines by which the running configurations of two configurations differ, in their order, each behind the modes it stands
// in. Of one place, what is gone comes before what is new. Order does not count: a line that both have in the same mode is in both.
func Compare(old, new *Config) []DiffLine {
	changed := map[policy.Ref]bool{} // of the lists and maps only those can differ
	for _, r := range old.Policy.Changed(&new.Policy) {
		changed[r] = true
	}
	wanted := func(r policy.Ref) bool { return changed[r] }
	return compareLines(old.linesOf(wanted), new.linesOf(wanted))
}

// Brief is Compare without what is long and known to be new or gone as a whole: prefix lists that only one of the two has, beyond as many lines
// as most. Their lines are counted.
func Brief(old, new *Config, most int) (lines []DiffLine, added, removed int) {
	changed := map[policy.Ref]bool{}
	for _, r := range old.Policy.Changed(&new.Policy) {
		was, is := old.Policy.PrefixList(r), new.Policy.PrefixList(r)
		switch {
		case was == nil && is != nil && len(is.Entries) > most:
			added += len(is.Entries)
		case was != nil && is == nil && len(was.Entries) > most:
			removed += len(was.Entries)
		default:
			changed[r] = true
		}
		if changed[r] && (was == nil) != (is == nil) {
			most -= len(cmp.Or(was, is).Entries)
		}
	}
	wanted := func(r policy.Ref) bool { return changed[r] }
	return compareLines(old.linesOf(wanted), new.linesOf(wanted)), added, removed
}

func compareLines(old, new []string) []DiffLine {
	start := commonStart(old, new)
	old, new, modes := old[start:], new[start:], modesAt(old[:start])
	for len(old) > 0 && len(new) > 0 && old[len(old)-1] == new[len(new)-1] {
		old, new = old[:len(old)-1], new[:len(new)-1]
	}
	c := comparison{old: place(old, modes), new: place(new, modes)}
	if len(c.old) < len(c.new) {
		c.inOld = keys(c.old, nil)
		c.inNew = keys(c.new, c.inOld)
	} else {
		c.inNew = keys(c.new, nil)
		c.inOld = keys(c.old, c.inNew)
	}
	i, j := 0, 0
	for i < len(c.old) || j < len(c.new) {
		switch {
		case i < len(c.old) && !c.inNew[c.old[i].key()]:
			c.emit('-', c.old[i])
			i++
		case j < len(c.new) && !c.inOld[c.new[j].key()]:
			c.emit('+', c.new[j])
			j++
		default:
			i, j = i+1, j+1
		}
	}
	return c.out
}

// commonStart is the number of lines that both begin with.
func commonStart(old, new []string) int {
	n := 0
	for n < len(old) && n < len(new) && old[n] == new[n] {
		n++
	}
	return n
}

// placed is a line and the modes it stands in.
type placed struct {
	modes []string // the lines that enter them, outermost first
	text  string
}

func (p placed) key() string { return strings.Join(p.modes, "\n") + "\n" + p.text }

// keys is the set of the lines' keys, where among is not nil of those that are in it: no others are asked for.
func keys(lines []placed, among map[string]bool) map[string]bool {
	out := make(map[string]bool, min(len(lines), max(len(among), 1)))
	for _, l := range lines {
		if key := l.key(); among == nil || among[key] {
			out[key] = true
		}
	}
	return out
}

// place finds the modes of each line by its indentation, which is one blank a mode in what is printed. Lines that only lead out of a mode or
// separate are left out. modes holds behind the lines before.
func place(lines []string, modes []string) (out []placed) {
	for _, line := range lines {
		text := strings.TrimLeft(line, " ")
		depth := min(len(line)-len(text), len(modes))
		modes = modes[:depth:depth]
		switch text {
		case "", "!", "exit", "exit-address-family", "end":
			continue
		}
		out = append(out, placed{modes, text})
		modes = append(modes, text)
	}
	return out
}

// modesAt is the path of modes behind lines, the last line among them, which may have opened one.
func modesAt(lines []string) []string {
	var modes []string
	for _, line := range lines {
		text := strings.TrimLeft(line, " ")
		modes = append(modes[:min(len(line)-len(text), len(modes))], text)
	}
	return modes
}

// comparison writes a difference: each line behind the modes it stands in, which are written once.
type comparison struct {
	old, new     []placed
	inOld, inNew map[string]bool
	shown        []string // modes that the last line written stands in or opens
	out          []DiffLine
	reader       *grammar.Scanner // in the modes of the last line named
	readerAt     []string
	entry        string // the route map among them
}

func (c *comparison) emit(sign byte, l placed) {
	same := commonStart(c.shown, l.modes)
	for depth := same; depth < len(l.modes); depth++ {
		c.out = append(c.out, DiffLine{Sign: ' ', Depth: depth, Text: l.modes[depth]})
	}
	c.out = append(c.out, DiffLine{Sign: sign, Depth: len(l.modes), Text: l.text, Object: c.object(l)})
	c.shown = append(l.modes[:len(l.modes):len(l.modes)], l.text)
}

// object names what a line is about.
func (c *comparison) object(l placed) string {
	if object, ok := prefixListOf(l); ok {
		return object
	}
	if c.reader == nil || !slices.Equal(c.readerAt, l.modes) {
		c.reader, c.readerAt, c.entry = grammar.NewScanner(grammar.Config), l.modes, ""
		for _, mode := range l.modes {
			if m := c.reader.Line(mode); m.Command.ID == "route-map" {
				c.entry = m.Command.Args.Text("name")
			}
		}
	}
	at := c.reader.Mode()
	line := c.reader.Line(strings.TrimPrefix(l.text, "! ")) // a neighbor without AS prints as comments
	entry := c.entry
	if c.reader.Mode() != at {
		c.reader = nil
	}
	return objectOf(line.Command, entry, l.text)
}

// prefixListOf is object for the lines that there may be millions of, and that need no reading.
func prefixListOf(l placed) (string, bool) {
	if len(l.modes) > 0 || !strings.HasPrefix(l.text, "ip prefix-list ") && !strings.HasPrefix(l.text, "ipv6 prefix-list ") {
		return "", false
	}
	space := 0
	for i := range len(l.text) {
		if l.text[i] == ' ' {
			if space++; space == 3 {
				return l.text[:i], true
			}
		}
	}
	return "", false
}

// thingOf names the thing that a statement is about which may stand several times, each about another thing: by the words up to
// what tells them apart. Its other values belong to it. Empty: it is no such statement.
func thingOf(cmd grammar.Command, text string) string {
	name, _, _ := strings.Cut(cmd.ID, ".")
	switch {
	case name == "redistribute":
		return cmd.Family() + " redistribute " + originOf(cmd).String()
	case cmd.ID == "network", cmd.ID == "aggregate-address", cmd.ID == "bgp.listen.range":
		return throughName(unsigned(words(text)), cmd.Args.Text("prefix"))
	case cmd.ID == "bgp.listen-address":
		return strings.TrimPrefix(text, "no ")
	}
	return ""
}

// objectOf names what a command is about. entry is the route map that it stands in.
func objectOf(cmd grammar.Command, entry, text string) string {
	thing := thingOf(cmd, text)
	switch peer := nameOf(cmd.Args.Peer("peer")); {
	case entry != "":
		return "route-map " + entry
	case peer != "":
		return "neighbor " + peer
	case cmd.ID == "peer-group":
		return "neighbor " + cmd.Args.Text("group")
	case thing != "":
		return thing
	case cmd.Empty():
		return strings.TrimPrefix(text, "no ")
	case cmd.Mode == grammar.Config && cmd.ID != "hostname" && cmd.Args.Has("name"):
		return throughName(unsigned(words(text)), cmd.Args.Text("name"))
	}
	return strings.ReplaceAll(cmd.ID, ".", " ")
}

// throughName is the beginning of a line up to the name of the list or map that it is about.
func throughName(words []string, name string) string {
	for i, w := range words {
		if w == name {
			return strings.Join(words[:i+1], " ")
		}
	}
	return strings.Join(words, " ")
}
