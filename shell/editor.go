package shell

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	prompt "github.com/c-bata/go-prompt"

	"bgpsh/ipc/grammar"
)

// editor is the interactive line: go-prompt with our keys, completion and
// help around it.
type editor struct {
	prompt   *prompt.Prompt
	terminal *terminal
	out      io.Writer
	mode     func() grammar.Mode
	prefix   func() string
	live     liveNames

	left    bool   // Ctrl-D on an empty line
	broken  bool   // the editor was left with the line as it is
	length  int    // runes in it
	blank   bool   // none are left in the editor
	kept    string // that line, where it is no longer the editor's
	menu    bool   // the completion menu is open, for menuFor
	menuFor string
}

// quietWriter is go-prompt's writer without its claim to the window's title.
type quietWriter struct{ prompt.ConsoleWriter }

func (quietWriter) SetTitle(string) {}
func (quietWriter) ClearTitle()     {}

// newEditor makes the editor. history is oldest first. go-prompt opens the
// controlling terminal, and panics where there is none.
func newEditor(s *Shell, t *terminal, history []string) (e *editor, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("no line can be edited here: %v", cause)
		}
	}()
	e = &editor{terminal: t, out: s.out, prefix: s.prompt, live: s.liveNames}
	e.mode = func() grammar.Mode { return s.place.mode }
	t.inConfig = func() bool { return s.place.mode.Configures() }
	plain := prompt.DefaultColor
	e.prompt = prompt.New(func(string) {}, e.suggest,
		prompt.OptionParser(t),
		prompt.OptionWriter(quietWriter{prompt.NewStdoutWriter()}),
		prompt.OptionLivePrefix(func() (string, bool) { return e.prefix(), true }),
		prompt.OptionPrefixTextColor(plain),
		prompt.OptionHistory(history),
		prompt.OptionSetExitCheckerOnInput(func(string, bool) bool { return e.left || e.broken }),
		prompt.OptionAddASCIICodeBind(
			prompt.ASCIICodeBind{ASCIICode: []byte{'?'}, Fn: e.help},
			prompt.ASCIICodeBind{ASCIICode: queryKey, Fn: func(b *prompt.Buffer) { b.InsertText("?", false, true) }},
		),
		prompt.OptionAddKeyBind(
			prompt.KeyBind{Key: prompt.Tab, Fn: e.complete},
			prompt.KeyBind{Key: prompt.F23, Fn: e.undo},
			prompt.KeyBind{Key: prompt.F24, Fn: e.leave},
		),
	)
	return e, nil
}

// ending says how a line came to its end.
type ending uint8

const (
	endEnter  ending = iota // it is to be run
	endShell                // Ctrl-D, or the terminal has gone
	endPaste                // several lines were pasted; the line stood before them
	endSearch               // Ctrl-R: a line of the history is wanted
	endNews                 // the window has changed, or there are notices to print; the line goes on
)

// read lets a line be typed. Behind everything but endNews it begins empty.
func (e *editor) read() (line string, how ending, pasted []string) {
	if !e.broken || e.blank { // the line is empty
		e.terminal.Setup()
		io.WriteString(e.out, e.prefix())
		typed := e.terminal.awaitKey()
		io.WriteString(e.out, eraseLine)
		if !typed {
			e.broken, e.blank = true, true
			return "", endNews, nil
		}
	}
	e.left, e.broken, e.blank, e.menu, e.kept = false, false, false, false, ""
	line = e.prompt.Input()
	switch {
	case e.left:
		return "", endShell, nil
	case !e.broken:
		return line, endEnter, nil
	}
	if pasted = e.terminal.takePaste(); pasted != nil {
		return e.kept, endPaste, pasted
	}
	if e.terminal.closed() {
		return "", endShell, nil
	}
	e.erase()
	if e.terminal.takeSearch() {
		return e.kept, endSearch, nil
	}
	return "", endNews, nil
}

// erase takes the line that was left from the screen; the cursor is below it.
func (e *editor) erase() {
	_, columns := e.terminal.size()
	rows := (utf8.RuneCountInString(e.prefix())+e.length-1)/columns + 1
	fmt.Fprintf(e.out, "\r\x1b[%dA\x1b[J", rows)
}

// undo is Ctrl-D: the end of the shell on an empty line, else delete.
func (e *editor) undo(b *prompt.Buffer) {
	if b.Text() == "" {
		e.left = true
		return
	}
	b.Delete(1)
}

// leave ends the editing. A line before a paste belongs to its first line, and
// one before a search is the beginning of what is looked for; any other stays.
func (e *editor) leave(b *prompt.Buffer) {
	e.broken = true
	e.length = utf8.RuneCountInString(b.Text())
	if e.terminal.pasting() || e.terminal.searching() {
		e.kept = b.Text()
		b.CursorRight(e.length)
		b.DeleteBeforeCursor(e.length)
	}
	e.blank = b.Text() == ""
}

// help is "?": what may follow before the cursor, below the line, which
// stays as it is.
func (e *editor) help(b *prompt.Buffer) {
	before := b.Document().TextBeforeCursor()
	e.below(b, func(w io.Writer) { printHelp(w, e.mode(), before, Complete(e.mode(), before, e.live)) })
}

// below writes under the line that is edited. go-prompt will draw the line
// again after moving up from where it left the cursor, by the rows between
// the line's first and the cursor's; so as many empty rows come last.
func (e *editor) below(b *prompt.Buffer, write func(io.Writer)) {
	_, columns := e.terminal.size()
	margin := utf8.RuneCountInString(e.prefix())
	cursor := (margin + b.DisplayCursorPosition()) / columns
	last := (margin + utf8.RuneCountInString(b.Text())) / columns
	var text strings.Builder
	text.WriteString(strings.Repeat("\n", last-cursor+1) + "\x1b[J")
	write(&text)
	text.WriteString(strings.Repeat("\n", cursor))
	io.WriteString(e.out, text.String())
}

// complete is Tab: it extends the word as far as it is certain, and opens the
// menu where there is a choice. In the open menu go-prompt moves on by itself.
func (e *editor) complete(b *prompt.Buffer) {
	before := b.Document().TextBeforeCursor()
	if e.menu && before == e.menuFor {
		return
	}
	all := Complete(e.mode(), before, e.live)
	add, done := extend(before, all)
	switch {
	case add != "":
		b.InsertText(add, false, true)
	case done:
		e.below(b, func(w io.Writer) { printHelp(w, e.mode(), before, all) })
	default:
		e.menu, e.menuFor = true, before
	}
}

// suggest fills go-prompt's menu: after a Tab that left a choice, until the
// line changes.
func (e *editor) suggest(d prompt.Document) []prompt.Suggest {
	if !e.menu || d.TextBeforeCursor() != e.menuFor {
		return nil
	}
	var all []prompt.Suggest
	for _, c := range Complete(e.mode(), e.menuFor, e.live) {
		if c.Insert {
			all = append(all, prompt.Suggest{Text: c.Word, Description: c.Help})
		}
	}
	return all
}
