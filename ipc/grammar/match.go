package grammar

import (
	"cmp"
	"strings"
)

// How well a word fits a node, best last. Free words (names, text) give way to typed arguments and to exact keywords; against an
// abbreviated keyword they win or lose by the kind of command, see better.
const (
	fitFree = iota + 1
	fitAbbreviation
	fitTyped
	fitExact
)

// token is one word of a line and where it starts.
type token struct {
	text string
	at   int
}

// blanks separate words; the last one is for files with DOS line ends.
const blanks = " \t\r"

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

// trim is a line as errors show it.
func trim(line string) string { return strings.Trim(strings.TrimPrefix(line, byteOrderMark), blanks) }

// split cuts a line into words at blanks.
func split(line string) []token {
	toks := make([]token, 0, 8)
	for i := len(line) - len(strings.TrimPrefix(line, byteOrderMark)); i < len(line); {
		if blank(line[i]) {
			i++
			continue
		}
		end := i
		for end < len(line) && !blank(line[end]) {
			end++
		}
		toks = append(toks, token{line[i:end], i})
		i = end
	}
	return toks
}

// step is one word of a line read as one node.
type step struct {
	node  *Node
	value any // what the node keeps
	fit   int
}

// state is a way through the graph: the node reached and the steps to it.
type state struct {
	node  *Node
	steps []step
}

// reader walks the graph of one level along the words of one line.
type reader struct {
	line    string
	toks    []token
	path    []step
	visits  int
	found   []state // whole readings
	far     int     // most words that any way could read
	collect int     // collect the states that have read so many words, -1 for none
	partial []state
}

// Limits on the work for one line. The tables stay far below; a test holds them to it.
const (
	maxVisits   = 200_000
	maxReadings = 64
)

func newReader(line string, toks []token) *reader {
	return &reader{line: line, toks: toks, path: make([]step, 0, len(toks)), collect: -1}
}

// walk tries all ways onward from a node that has read i words.
func (r *reader) walk(n *Node, i int) {
	if i > r.far {
		r.far = i
	}
	if i == r.collect && len(r.partial) < maxReadings {
		r.partial = append(r.partial, state{n, append([]step(nil), r.path...)})
	}
	if i == len(r.toks) {
		if n.ends != nil && len(r.found) < maxReadings {
			r.found = append(r.found, state{n, append([]step(nil), r.path...)})
		}
		return
	}
	word := r.toks[i].text
	for _, next := range n.next {
		if r.visits++; r.visits > maxVisits {
			return
		}
		if next.arg == nil && next.Word[0] != word[0] {
			continue
		}
		value, fit := next.fits(word)
		if fit == 0 || next.member != 0 && r.passed(next.member) {
			continue
		}
		after := i + 1
		if next.arg != nil && next.arg.rest {
			value, after = strings.TrimRight(r.line[r.toks[i].at:], blanks), len(r.toks)
		}
		r.path = append(r.path, step{next, value, fit})
		r.walk(next, after)
		r.path = r.path[:len(r.path)-1]
	}
}

// passed tells whether the path has already entered a member of a set.
func (r *reader) passed(member int) bool {
	for i := range r.path {
		if r.path[i].node.member == member {
			return true
		}
	}
	return false
}

// fits reads a word as the node; fit 0 means that it is not.
func (n *Node) fits(word string) (value any, fit int) {
	if n.arg != nil {
		value, ok := n.arg.parse(word)
		if !ok {
			return nil, 0
		}
		if !n.arg.free {
			return value, fitTyped
		}
		if p, ok := value.(Peer); ok && p.Addr.IsValid() {
			return value, fitTyped
		}
		return value, fitFree
	}
	if !strings.HasPrefix(n.Word, word) {
		return nil, 0
	}
	value = any(true)
	if n.text != "" {
		value = n.text
	}
	if len(word) == len(n.Word) {
		return value, fitExact
	}
	if n.whole {
		return nil, 0
	}
	return value, fitAbbreviation
}

// guesses tells whether a reading is of a show command, where a name gives way to an abbreviated keyword and bgp and summary are preferred.
// Configuration and clear never guess.
func (s *state) guesses() bool { return len(s.steps) > 0 && s.steps[0].node.Word == "show" }

// better compares two readings of the same words: the first word that they read with a different fit decides. 0: neither.
func better(a, b *state) int {
	for i := 0; i < len(a.steps) && i < len(b.steps); i++ {
		x, y := a.steps[i].fit, b.steps[i].fit
		if x == y {
			if x == fitAbbreviation && a.steps[i].node.Word != b.steps[i].node.Word && !a.guesses() {
				return 0 // one word short for two keywords: what follows tells nothing about which was meant
			}
			continue
		}
		if x <= fitAbbreviation && y <= fitAbbreviation && !a.guesses() {
			return 0
		}
		return x - y
	}
	return 0
}

// best drops the readings that another one beats.
func best(all []state) []state {
	if len(all) < 2 {
		return all
	}
	var kept []state
	for i := range all {
		beaten := false
		for j := range all {
			if better(&all[j], &all[i]) > 0 {
				beaten = true
				break
			}
		}
		if !beaten {
			kept = append(kept, all[i])
		}
	}
	return kept
}

// preferred settles what remains of show commands: those of bgp before others, and among them those of summary.
func preferred(all []state) []state {
	for _, word := range []string{"bgp", "summary"} {
		if len(all) < 2 || !all[0].guesses() {
			return all
		}
		var kept []state
		for i := range all {
			for _, st := range all[i].steps {
				if st.node.Word == word {
					kept = append(kept, all[i])
					break
				}
			}
		}
		if len(kept) > 0 {
			all = kept
		}
	}
	return all
}

// same tells whether two readings are the same command.
func same(a, b *state) bool {
	if a.node.ends != b.node.ends || len(a.steps) != len(b.steps) {
		return false
	}
	for i := range a.steps {
		if !a.steps[i].node.label(b.steps[i].node) {
			return false
		}
	}
	return true
}

// reading is the outcome of a line that could be read: the form, its command, and the mode the statement was found in.
type reading struct {
	form  *form
	cmd   Command
	steps []step
}

// read is Match without judging support. Offsets in its error are within line.
func read(mode Mode, line string) (reading, *Error) {
	toks := split(line)
	if len(toks) == 0 || toks[0].text[0] == '!' || toks[0].text[0] == '#' {
		return reading{cmd: Command{Next: mode}}, nil
	}
	if toks[0].text == "do" {
		return readDo(mode, line, toks)
	}
	if left, pipes, err := cutPipes(line); pipes != nil || err != nil {
		if got, ok := readShow(mode, left); ok {
			got.cmd.Pipes = pipes
			return got, err
		}
	}
	got, bad := readWords(mode, line, toks)
	if bad != nil {
		if action := unknownAction(mode, line); action != nil {
			return reading{}, action
		}
	}
	return got, bad
}

// readShow reads a line that has to be a show command, as the part before a pipe has.
func readShow(mode Mode, line string) (reading, bool) {
	toks := split(line)
	if len(toks) == 0 {
		return reading{}, false
	}
	got, err := readWords(mode, line, toks)
	return got, err == nil && strings.HasPrefix(got.form.ID, "show.")
}

// readDo reads `do X`: X as an exec command, from any mode.
func readDo(mode Mode, line string, toks []token) (reading, *Error) {
	if len(toks) == 1 {
		return reading{}, &Error{Kind: Incomplete, Line: trim(line), Offset: len(trim(line)), Expected: []string{"an exec command"}}
	}
	got, err := read(Exec, line[toks[1].at:])
	if err != nil {
		err.Line, err.Offset = trim(line), err.Offset+toks[1].at-toks[0].at
		return got, err
	}
	got.cmd.Next = mode
	if got.cmd.Empty() {
		return got, &Error{Kind: Incomplete, Line: trim(line), Offset: toks[1].at - toks[0].at, Expected: []string{"an exec command"}}
	}
	return got, nil
}

// readWords reads the words of a line in a mode and the modes around it.
func readWords(mode Mode, line string, toks []token) (reading, *Error) {
	near := levels(mode)
	var readers []*reader
	for _, level := range near {
		r := newReader(line, toks)
		r.walk(rootOf(level), 0)
		readers = append(readers, r)
		if len(r.found) == 0 {
			continue
		}
		all := preferred(best(r.found))
		for i := 1; i < len(all); i++ {
			if !same(&all[0], &all[i]) {
				return reading{}, ambiguous(line, toks, all)
			}
		}
		stay := level
		switch level {
		case anywhere:
			stay = mode
		case routerOwn:
			stay = Router
		}
		return finish(&all[0], mode, stay), nil
	}
	return reading{}, failure(mode, line, toks, near, readers)
}

// finish makes the command of a reading. stay is the mode that holds after a statement that enters none.
func finish(s *state, typed, stay Mode) reading {
	f := s.node.ends
	cmd := Command{ID: f.ID, Mode: f.mode, No: f.no, Next: stay}
	for i := range s.steps {
		if st := &s.steps[i]; st.node.name != "" {
			cmd.Args = append(cmd.Args, Arg{st.node.name, st.value})
		}
	}
	switch {
	case f.ID == "exit" || f.ID == "quit":
		cmd.Next = typed.Parent()
	case f.ID == "end":
		cmd.Next = Exec
	case f.ID == "exit-address-family":
		cmd.Next = Router
	case f.Enters != "" && !f.no:
		cmd.Next = f.Enters
	}
	if f.rewrite != nil {
		cmd = f.rewrite(cmd)
	}
	return reading{f, cmd, s.steps}
}

// Match reads one line typed in a mode. It accepts unique abbreviations, judged on the whole line. A blank line or comment gives an
// empty command. The error is an *Error; statements that are not supported or another's business are errors too (NotYet, NotOurs).
func Match(mode Mode, line string) (Command, error) {
	got, err := read(mode, line)
	if err == nil && got.form == nil {
		return got.cmd, nil
	}
	if err := cmp.Or(unclean(line), err); err != nil {
		return Command{Next: mode}, err
	}
	if err := got.refusal(line); err != nil {
		return Command{Next: mode}, err
	}
	return got.cmd, nil
}

// refusal is the error of a line that was understood and is not ours; nil otherwise.
func (g *reading) refusal(line string) *Error {
	if g.form == nil {
		return nil
	}
	switch g.form.Support {
	case Unsupported:
		return &Error{Kind: NotYet, Line: trim(line)}
	case Foreign:
		return &Error{Kind: NotOurs, Line: trim(line)}
	}
	return nil
}
