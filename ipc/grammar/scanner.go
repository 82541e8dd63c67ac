package grammar

import "strings"

// Scanner judges the lines of a configuration in order. It follows the modes, passes over blocks that are another's business or not
// supported, and takes along the lines of a block whose opening line was bad.
type Scanner struct {
	mode Mode
	top  Mode   // the mode it began in: a file in Config never leaves it
	name string // of the route map that is open
	skip *skip
	last string // ID of the last foreign statement, for one warning a run of them
}

// skip is a block that is passed over.
type skip struct {
	kind   Kind // Foreign, Unsupported, or Held
	what   string
	back   Mode // mode behind the block
	indent int  // of its opening line
	depth  int  // blocks opened inside it
}

// NewScanner starts in a mode: Config for a file of configuration, Exec for a list of commands, where a configuration line enters
// configuration by itself.
func NewScanner(mode Mode) *Scanner { return &Scanner{mode: mode, top: mode} }

// Mode is the mode that the next line is read in; Skip inside a block that is passed over.
func (s *Scanner) Mode() Mode {
	if s.skip != nil {
		return Skip
	}
	return s.mode
}

// AtTop reports that the next line stands at the top level of configuration, in no block.
func (s *Scanner) AtTop() bool { return s.mode == Config && s.skip == nil }

// Took says that the next lines, of ours at the top level, have been read without the scanner.
func (s *Scanner) Took() { s.last = "" }

// Line judges the next line and moves to the mode behind it.
func (s *Scanner) Line(text string) Line {
	body := trim(text)
	if body == "" || body[0] == '!' || body[0] == '#' {
		return Line{Kind: Blank, Command: Command{Next: s.Mode()}}
	}
	if s.skip != nil {
		if l, passed := s.pass(text); passed {
			return l
		}
	}
	l := s.judge(text)
	switch {
	case l.Kind == Foreign:
		l.First = l.Command.ID != s.last || l.Opens != ""
		s.last = l.Command.ID
	default:
		s.last = ""
	}
	s.move(text, &l)
	return l
}

// judge is Classify in the scanner's mode, with what only the scanner knows.
func (s *Scanner) judge(text string) Line {
	l := Classify(s.mode, text)
	if s.mode == Exec && l.Kind == Bad {
		if c := Classify(Config, text); c.Kind != Bad || c.Err.Offset > l.Err.Offset || c.Opens != "" {
			l = c
		}
	}
	if l.Hold.Kind == HoldMap && l.Hold.Name == "" {
		l.Hold.Name = s.name
	}
	return l
}

// move goes to the mode behind a line, or into the block that it opens.
func (s *Scanner) move(text string, l *Line) {
	switch {
	case l.Kind == Bad && l.Opens != "":
		s.skip = &skip{kind: Held, what: l.Err.Line, back: s.back(l.Opens), indent: indent(text)}
	case l.Kind == Bad:
	case l.Opens == Skip:
		s.skip = &skip{kind: l.Kind, what: l.What, back: l.Command.Mode, indent: indent(text)}
		s.mode = s.skip.back
	default:
		s.mode = l.Command.Next
		if s.mode == RouteMap && l.Opens == RouteMap {
			s.name = l.Command.Args.Text("name")
		}
		if s.top == Config && (s.mode == Exec || s.mode == "") {
			s.mode = Config
		}
	}
}

// back is the mode that holds behind a block that could not be opened: where its opening line stands.
func (s *Scanner) back(opens Mode) Mode {
	switch {
	case opens == AF4 || opens == AF6:
		if s.mode == AF4 || s.mode == AF6 {
			return Router
		}
		return s.mode
	case opens == Skip:
		return s.mode
	}
	return Config
}

// pass judges a line inside a block that is passed over. passed is false for a line that ends the block and has to be read.
func (s *Scanner) pass(text string) (l Line, passed bool) {
	b := s.skip
	l = Line{Kind: b.kind, What: b.what, Command: Command{Next: Skip}}
	first := strings.Fields(text)[0]
	deeper := indent(text) > b.indent
	switch {
	case first == "end":
		s.skip, s.mode = nil, b.back
		return l, false
	case first == "exit" || first == "quit" || strings.HasPrefix(first, "exit-"):
		if b.depth > 0 || deeper && b.kind != Held {
			if b.depth > 0 {
				b.depth--
			}
			return l, true
		}
		s.skip, s.mode = nil, b.back
		l.Command.Next = s.mode
		return l, true
	case first == "address-family" && b.back == Config:
		b.depth++
		return l, true
	case b.kind == Held:
		if c := Classify(b.back, text); c.Opens == "" {
			return l, true
		}
	case deeper || b.depth > 0:
		return l, true
	default:
		c := Classify(b.back, text)
		if c.Kind == Bad && (c.Opens == "" || c.Opens == Skip) {
			return l, true
		}
		if c.Opens == "" && b.back == Router && c.Command.Mode != Router {
			return l, true // what an address family has, the block may have too
		}
	}
	s.skip, s.mode = nil, b.back
	return l, false
}

// indent is the number of blanks at the start of a line.
func indent(line string) int {
	line = strings.TrimPrefix(line, byteOrderMark)
	return len(line) - len(strings.TrimLeft(line, blanks))
}
