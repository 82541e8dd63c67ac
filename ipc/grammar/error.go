package grammar

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrorKind is what is wrong with a line.
type ErrorKind uint8

// Kinds of errors. NotYet is a statement of FRR's that is understood and not supported; NotOurs one that configures another program.
const (
	Unknown ErrorKind = iota + 1
	Ambiguous
	Incomplete
	BadArgument
	UnknownAction
	NotYet
	NotOurs
	Unprintable // a control character, or a byte that is no UTF-8
)

// Error says what is wrong with a line, where, and what would have been right.
type Error struct {
	Kind     ErrorKind
	Line     string   // as typed, without surrounding blanks
	Offset   int      // byte offset in Line for the caret: the word in question, or the end when words are missing
	Word     string   // the word in question; empty when words are missing
	Expected []string // what could stand at Offset: keywords, and arguments in words
	Suggest  string   // the keyword that was probably meant, if one is close
	Hint     string   // a remedy beyond the line itself ("an exec command: put do before it"), may be empty

	column int       // Unprintable: of Word in the line as typed, in characters from 1
	meant  []meaning // what the line could have become
}

// Head is the first line of the answer without the leading "% ". It is FRR's text where scripts match it, for a wrong argument
// too: "Unknown command: L", "Ambiguous command: L", "Command incomplete: L".
func (e *Error) Head() string {
	line := cut(Printable(e.Line))
	switch e.Kind {
	case Ambiguous:
		return "Ambiguous command: " + line
	case Incomplete:
		return "Command incomplete: " + line
	case UnknownAction:
		return "Unknown action '" + Printable(e.Word) + "'"
	case NotYet:
		return "Not supported yet: " + line
	case NotOurs:
		return "Not a BGP matter: " + line
	}
	return "Unknown command: " + line
}

// Detail is what stands behind the head: the nearest right word or what was expected, and the remedy. May be empty.
func (e *Error) Detail() string {
	var parts []string
	switch {
	case e.Kind == Unprintable && utf8.ValidString(e.Word):
		parts = append(parts, fmt.Sprintf("control character %s at column %d", Printable(e.Word), e.column))
	case e.Kind == Unprintable:
		parts = append(parts, fmt.Sprintf("byte %s at column %d is not UTF-8", Printable(e.Word), e.column))
	case e.Suggest != "":
		parts = append(parts, quoted(e.Word)+": did you mean "+e.Suggest+"?")
	case e.Kind == Unknown && e.Offset == 0:
	case len(e.Expected) == 0 || len(e.Expected) > mostExpected:
		if e.Kind == Unknown && e.Hint == "" {
			parts = append(parts, quoted(e.Word)+" is not known here")
		}
	case e.Kind == Ambiguous:
		parts = append(parts, quoted(e.Word)+" could be "+either(e.Expected))
	case e.Kind == Incomplete:
		parts = append(parts, "next: "+either(e.Expected))
	case e.Expected[0] == endOfLine && len(e.Expected) == 1:
		parts = append(parts, quoted(e.Word)+": nothing may follow here")
	default:
		parts = append(parts, quoted(e.Word)+": expected "+either(e.Expected))
	}
	if e.Hint != "" {
		parts = append(parts, e.Hint)
	}
	return strings.Join(parts, "; ")
}

// Error is head and detail on one line, without "% ".
func (e *Error) Error() string {
	if d := e.Detail(); d != "" {
		return e.Head() + " (" + d + ")"
	}
	return e.Head()
}

// endOfLine stands in Expected where the line could have ended.
const endOfLine = "the end of the line"

func quoted(w string) string { return "\"" + cut(Printable(w)) + "\"" }

// mostExpected is how many alternatives an error names; a longer list helps nobody.
const mostExpected = 12

// either joins alternatives as a sentence does: "a, b or c".
func either(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
