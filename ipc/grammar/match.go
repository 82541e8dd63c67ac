package grammar

// Match reads one line typed in a mode. It accepts unique abbreviations, judged on the whole line. A blank line or comment gives an empty
// command. The error is an *Error.
func Match(mode Mode, line string) (Command, error) {
	return Command{}, &Error{Kind: Unknown, Line: line}
}

// Classify judges one configuration line by itself; see Scanner for whole files.
func Classify(mode Mode, line string) Line { return Line{} }

// Render gives the canonical line of a command, without indentation.
func Render(c Command) string { return c.ID }

// Candidate is one way to go on at the end of a line.
type Candidate struct {
	Word string // the word to insert, or a placeholder such as A.B.C.D; "<cr>" where the line may end
	Help string
	Kind string // "word", "cr", or the kind of argument: see the Kind constants
}

// Complete gives the ways to go on: the words that the last word of line could become, or after a blank the next words.
func Complete(mode Mode, line string) []Candidate { return nil }

// Scanner judges the lines of a configuration file in order: it follows modes and passes over blocks.
type Scanner struct{ mode Mode }

// NewScanner starts in a mode, usually Config.
func NewScanner(mode Mode) *Scanner { return &Scanner{mode: mode} }

// Mode is the mode that the next line is read in.
func (s *Scanner) Mode() Mode { return s.mode }

// Line judges the next line.
func (s *Scanner) Line(text string) Line { return Classify(s.mode, text) }
