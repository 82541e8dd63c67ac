package grammar

import "strings"

// pipeWords are the filters of show commands, with whether they take a pattern.
var pipeWords = []struct {
	word    string
	pattern bool
	help    string
}{
	{"include", true, "Only lines that match"},
	{"exclude", true, "Only lines that do not match"},
	{"begin", true, "From the first line that matches"},
	{"section", true, "Only sections whose first line matches"},
	{"save", true, "Into a file"},
	{"count", false, "The number of lines, or of routes"},
	{"no-more", false, "Without stopping after each page"},
	{"json", false, "The same as a JSON document"},
}

const pipeSign = " | "

// cutPipes splits the pipes off a line: each ` | ` that is followed by a pipe word, which may be abbreviated. No pipes: all nil.
func cutPipes(line string) (left string, pipes []Pipe, err *Error) {
	start := nextPipe(line, 0)
	if start < 0 {
		return line, nil, nil
	}
	left = line[:start]
	for start >= 0 {
		begin := start + len(pipeSign)
		end := nextPipe(line, begin)
		body := line[begin:]
		if end >= 0 {
			body = line[begin:end]
		}
		word, pattern, _ := strings.Cut(strings.TrimSpace(body), " ")
		pattern = strings.TrimSpace(pattern)
		at := begin + strings.Index(line[begin:], word)
		known, takes := pipeWord(word)
		switch {
		case takes && pattern == "":
			err = pipeError(line, Incomplete, at+len(word), "", wantedBehind(known))
		case !takes && pattern != "":
			err = pipeError(line, Unknown, at+strings.Index(line[at:], pattern), pattern, endOfLine)
		}
		pipes = append(pipes, Pipe{known, pattern})
		start = end
	}
	return left, pipes, err
}

// wantedBehind is what a pipe word needs.
func wantedBehind(word string) string {
	if word == "save" {
		return "the name of a file"
	}
	return "a pattern"
}

func pipeError(line string, kind ErrorKind, at int, word, expected string) *Error {
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	return &Error{Kind: kind, Line: trim(line), Offset: at - indent, Word: word, Expected: []string{expected}}
}

// nextPipe is where the next ` | ` before a pipe word starts, -1 if none.
func nextPipe(line string, from int) int {
	for from <= len(line) {
		i := strings.Index(line[from:], pipeSign)
		if i < 0 {
			return -1
		}
		at := from + i
		word, _, _ := strings.Cut(strings.TrimLeft(line[at+len(pipeSign):], " "), " ")
		if known, _ := pipeWord(word); known != "" {
			return at
		}
		from = at + 1
	}
	return -1
}

// pipeWord completes an abbreviated pipe word; of two that it could be the first in the table is meant.
func pipeWord(word string) (known string, takesPattern bool) {
	for _, p := range pipeWords {
		if word != "" && strings.HasPrefix(p.word, word) {
			return p.word, p.pattern
		}
	}
	return "", false
}

// unknownAction is the error for a show command with a ` | ` and an unknown word behind it; nil for any other line.
func unknownAction(mode Mode, line string) *Error {
	left, right, ok := strings.Cut(line, strings.TrimRight(pipeSign, blanks))
	ok = ok && (right == "" || blank(right[0]))
	if !ok {
		return nil
	}
	if _, show := readShow(mode, left); !show {
		return nil
	}
	body := strings.TrimLeft(right, blanks)
	word, _, _ := strings.Cut(strings.TrimRight(body, blanks), " ")
	e := pipeError(line, UnknownAction, len(line)-len(body), word, "")
	if e.Expected = nil; word == "" {
		e.Kind, e.Offset = Incomplete, len(e.Line)
	}
	for _, p := range pipeWords {
		e.Expected = append(e.Expected, p.word)
	}
	e.Suggest = nearest(word, e.Expected)
	return e
}
