package policy

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"bgpsh/wire"
)

// PathEntry is one line of an AS path list.
type PathEntry struct {
	Seq    uint32
	Permit bool
	Regex  string // as typed; `_` stands for a delimiter
}

// PathList is a `bgp as-path access-list`. One that was handed out is never changed.
type PathList struct {
	Name    string
	Entries []PathEntry // ascending by Seq
}

// delimiter is what `_` of a regular expression stands for.
const delimiter = "(^|[,{}() ]|$)"

// CompileRegex makes a regular expression of one as it is typed: extended POSIX, with `_` for a delimiter of AS paths and of
// lists of communities.
func CompileRegex(text string) (*regexp.Regexp, error) {
	re, err := regexp.CompilePOSIX(strings.ReplaceAll(text, "_", delimiter))
	if err != nil {
		return nil, fmt.Errorf("%q is no regular expression: %w", text, err)
	}
	return re, nil
}

// pathPattern is a compiled regular expression over AS paths. The forms that make up most configurations (a path that
// begins with, ends with or holds some AS numbers in a row, also with any digits at their ends, the empty path, any path) are compared number by number, which
// costs a tenth of matching text; they apply to paths of sequences only, the others go by their text.
type pathPattern struct {
	re         func() *regexp.Regexp
	plain      bool      // numbers, front and back say it all; the expression is a right one, and made when it is wanted
	every      bool      // any path
	numbers    []asRange // in a row
	front, end bool      // the row stands at the beginning, at the end
}

// asRange is a word of a pattern: an AS number, or those that begin with some digits and have so many more, any.
type asRange struct{ first, last uint32 }

const anyDigit = "[0-9]"

// plainMost is how many bytes of a pattern are compared number by number at most: what is as short is never too large for a regular expression.
const plainMost = 1 << 12

// readRange reads digits and behind them any number of anyDigit.
func readRange(word string) (r asRange, ok bool) {
	digits := word
	for strings.HasSuffix(digits, anyDigit) {
		digits = strings.TrimSuffix(digits, anyDigit)
	}
	size := uint64(1)
	for range (len(word) - len(digits)) / len(anyDigit) {
		size *= 10
		if size > 1<<32 {
			return r, false
		}
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || digits[0] == '0' || digits[0] == '+' || (n+1)*size > 1<<32 {
		return r, false
	}
	return asRange{uint32(n * size), uint32((n+1)*size - 1)}, true
}

// CheckRegex is the error of CompileRegex.
func CheckRegex(text string) error {
	if p := plainPattern(text); p.plain {
		return nil
	}
	_, err := CompileRegex(text)
	return err
}

func newPathPattern(text string) (pathPattern, error) {
	if p := plainPattern(text); p.plain {
		p.re = sync.OnceValue(func() *regexp.Regexp {
			re, _ := CompileRegex(text)
			return re
		})
		return p, nil
	}
	re, err := CompileRegex(text)
	return pathPattern{re: func() *regexp.Regexp { return re }}, err
}

// plainPattern reads the forms that are compared number by number.
func plainPattern(text string) (p pathPattern) {
	switch text {
	case ".*", "^.*$", "^.*", ".*$", "":
		return pathPattern{plain: true, every: true}
	case "^$":
		return pathPattern{plain: true, front: true, end: true}
	}
	if len(text) < 3 || len(text) > plainMost || strings.IndexByte("^_", text[0]) < 0 || strings.IndexByte("$_", text[len(text)-1]) < 0 {
		return p
	}
	p.front, p.end = text[0] == '^', text[len(text)-1] == '$'
	for _, word := range strings.FieldsFunc(text[1:len(text)-1], func(r rune) bool { return r == '_' || r == ' ' }) {
		r, ok := readRange(word)
		if !ok {
			return pathPattern{}
		}
		p.numbers = append(p.numbers, r)
	}
	body := strings.ReplaceAll(text[1:len(text)-1], "_", " ")
	p.plain = len(p.numbers) > 0 && strings.Count(body, " ") == len(p.numbers)-1
	return p
}

// flatPath is an AS path taken apart, once for all patterns that look at it.
type flatPath struct {
	path    wire.ASPath
	numbers []uint32
	mixed   bool // it has sets or confederation segments
	text    []byte
	flat    bool // numbers and mixed are filled in
	spelled bool // text is
}

// reset takes another path.
func (f *flatPath) reset(p wire.ASPath) { f.path, f.flat, f.spelled = p, false, false }

func (f *flatPath) flatten() {
	f.numbers, f.mixed, f.flat = f.numbers[:0], false, true
	f.path.Segments(func(s wire.Segment) bool {
		f.mixed = f.mixed || s.Type != wire.SegmentSequence
		for i := range s.Len() {
			f.numbers = append(f.numbers, s.At(i))
		}
		return true
	})
}

func (f *flatPath) spell() []byte {
	if !f.spelled {
		f.text, f.spelled = f.path.AppendText(f.text[:0]), true
	}
	return f.text
}

func (p *pathPattern) matches(f *flatPath) bool {
	if !p.plain {
		return p.re().Match(f.spell())
	}
	if p.every {
		return true
	}
	if !f.flat {
		f.flatten()
	}
	n := len(p.numbers)
	switch {
	case f.mixed:
		return p.re().Match(f.spell())
	case len(f.numbers) < n || p.front && p.end && len(f.numbers) != n:
		return false
	case p.front:
		return rowAt(f.numbers, p.numbers, 0)
	case p.end:
		return rowAt(f.numbers, p.numbers, len(f.numbers)-n)
	}
	for at := 0; at+n <= len(f.numbers); at++ {
		if rowAt(f.numbers, p.numbers, at) {
			return true
		}
	}
	return false
}

func rowAt(all []uint32, row []asRange, at int) bool {
	for i, n := range row {
		if all[at+i] < n.first || all[at+i] > n.last {
			return false
		}
	}
	return true
}

// pathTable is a compiled PathList.
type pathTable struct {
	list     *PathList
	patterns []pathPattern
}

func newPathTable(l *PathList) *pathTable {
	t := &pathTable{list: l}
	for i := range l.Entries {
		p, err := newPathPattern(l.Entries[i].Regex)
		if err != nil { // the configuration lets no such line in; should one come, the list refuses from there on
			break
		}
		t.patterns = append(t.patterns, p)
	}
	return t
}

// permits gives the verdict of the first line that matches; no line refuses.
func (t *pathTable) permits(f *flatPath) bool {
	for i := range t.patterns {
		if t.patterns[i].matches(f) {
			return t.list.Entries[i].Permit
		}
	}
	return false
}
