package shell

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// search is Ctrl-R: it looks in the history for the newest line that has what
// is typed in it, Ctrl-R again for an older one. Enter runs the line that is
// found, any other key that moves takes it into the editor, Ctrl-C and Ctrl-G
// give up.
type search struct {
	history []string // oldest first
	pattern string
	at      int // line that is shown; len(history): none
}

// newSearch begins with what stood in the line.
func newSearch(history []string, typed string) *search {
	f := &search{history: history, pattern: typed, at: len(history)}
	if typed != "" {
		f.older(len(history))
	}
	return f
}

// older goes to the newest line before from that matches, and stays where
// there is none.
func (f *search) older(from int) bool {
	shown := f.line()
	for i := min(from, len(f.history)) - 1; i >= 0; i-- {
		if strings.Contains(f.history[i], f.pattern) && (f.history[i] != shown || from == len(f.history)) {
			f.at = i
			return true
		}
	}
	return false
}

// line is the line that is shown.
func (f *search) line() string {
	if f.at < len(f.history) {
		return f.history[f.at]
	}
	return ""
}

// retype looks with another pattern: a longer one from the line that is
// shown, else from the newest.
func (f *search) retype(pattern string) (found bool) {
	from := len(f.history)
	if strings.HasPrefix(pattern, f.pattern) {
		from = min(f.at+1, from)
	}
	old := f.at
	f.pattern = pattern
	if pattern == "" {
		f.at = len(f.history)
		return true
	}
	if f.at < len(f.history) && from <= f.at+1 && strings.Contains(f.history[f.at], pattern) {
		return true
	}
	if !f.older(from) {
		f.at = old
		return false
	}
	return true
}

// searchEnd says what becomes of a search after a key.
type searchEnd uint8

const (
	searchOn     searchEnd = iota // it goes on
	searchRun                     // the line is to be run
	searchEdit                    // the line is to be edited
	searchGiveUp                  // what was typed before is to be edited
)

// key takes one event of the keyboard. failed: nothing more matches.
func (f *search) key(e keyEvent) (end searchEnd, failed bool) {
	switch e.kind {
	case keyText:
		return searchOn, !f.retype(f.pattern + string(e.bytes))
	case keyHelp, keyQuery:
		return searchOn, !f.retype(f.pattern + "?")
	case keySearch:
		return searchOn, !f.older(f.at)
	case keyEnter:
		return searchRun, false
	case keyUndo, keyLeave:
		return searchGiveUp, false
	case keyCode:
		switch {
		case slices.Contains([]string{"\x7f", "\x08"}, string(e.bytes)):
			_, size := utf8.DecodeLastRuneInString(f.pattern)
			return searchOn, !f.retype(f.pattern[:len(f.pattern)-size])
		case slices.Contains([]string{"\x03", "\x07"}, string(e.bytes)):
			return searchGiveUp, false
		}
	}
	return searchEdit, false
}

// draw shows the search in one row.
func (f *search) draw(w io.Writer, columns int, failed bool) {
	label := "search"
	if failed {
		label = "no older line"
	}
	text := []rune(fmt.Sprintf("(%s) %s: %s", label, f.pattern, f.line()))
	io.WriteString(w, eraseLine+string(text[:min(len(text), columns-1)]))
}

// search lets a line of the history be found. before is what stood in the
// line.
func (i *session) search(before string) {
	t, f, failed := i.terminal, newSearch(i.shell.history, before), false
	end := searchOn
	err := t.rawly(func() error {
		for end == searchOn {
			_, columns := t.size()
			f.draw(i.shell.out, columns, failed)
			e, _, err := t.event(i.commands.current(), nil)
			if err != nil {
				return err
			}
			end, failed = f.key(e)
		}
		return nil
	})
	io.WriteString(i.shell.out, eraseLine)
	line := f.line()
	if end == searchGiveUp || err != nil || line == "" {
		line, end = before, searchEdit
	}
	if line != "" {
		t.enter(line, end == searchRun)
	}
}
