package grammar

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// byteOrderMark stands before the first line of some files in UTF-8. It is passed over at the start of any line.
const byteOrderMark = "\ufeff"

// unclean finds what may not stand in a line: a control character other than a tab or the carriage return at the end, or a byte that is
// no UTF-8. It would change what a terminal shows wherever the line is printed later. Nil for a clean line.
func unclean(line string) *Error {
	body := trim(line)
	for i, r := range body {
		bad, size := control(r), 1
		switch {
		case r == utf8.RuneError:
			_, size = utf8.DecodeRuneInString(body[i:])
			bad = size == 1
		case bad:
			size = utf8.RuneLen(r)
		}
		if bad {
			before := line[:strings.Index(line, body)+i]
			return &Error{Kind: Unprintable, Line: body, Offset: i, Word: body[i : i+size], column: utf8.RuneCountInString(before) + 1}
		}
	}
	return nil
}

// control tells whether a character, other than a tab, moves the cursor or speaks to the terminal (C0, DEL and C1 of ECMA-48).
func control(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f && r <= 0x9f }

// Printable writes control characters and bytes that are no UTF-8 as Go does in a string: \x1b.
func Printable(text string) string {
	clean := func(text string) bool {
		for i := 0; i < len(text); i++ {
			if c := text[i]; c < ' ' || c >= 0x7f {
				return false
			}
		}
		return true
	}
	if clean(text) {
		return text
	}
	var out strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 || control(r) {
			quoted := strconv.Quote(text[:size])
			out.WriteString(quoted[1 : len(quoted)-1])
		} else {
			out.WriteString(text[:size])
		}
		text = text[size:]
	}
	return out.String()
}

// mostShown is how many characters of a line an error repeats.
const mostShown = 200

// Excerpt is a line as messages repeat it: printable, without its secret, and cut where it is very long.
func Excerpt(line string) string { return cut(Conceal(line)) }

// cut shortens a text to mostShown characters.
func cut(text string) string {
	if len(text) <= mostShown {
		return text
	}
	count := 0
	for i := range text {
		if count++; count > mostShown {
			return text[:i] + "..."
		}
	}
	return text
}
