package shell

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// reported is an error that has been printed already.
type reported struct{ error }

func (r reported) Unwrap() error { return r.error }

// errReported is reported without more to tell than that it failed.
var errReported = reported{fail("reported")}

// numbered is a line of input and its number; 0 where lines have none.
type numbered struct {
	number int
	text   string
}

// item is a line of a batch, understood.
type item struct {
	numbered
	command grammar.Command
	exec    bool  // a command for now; otherwise a line of configuration
	place   place // behind it
}

// transaction is the configuration lines gathered since configuration was
// entered.
type transaction struct {
	context   []string // of the first line
	lines     []api.Line
	source    string
	numbered  bool // lines have numbers that the user knows
	candidate bool // the lines go into the candidate
	size      int  // about so many bytes in a request
}

// add appends a line.
func (t *transaction) add(line numbered) {
	t.lines = append(t.lines, api.Line{Number: line.number, Text: line.text})
	t.size += sizeOf(line.text)
}

// sizeOf is about how many bytes a line takes in a request.
func sizeOf(line string) int { return len(line) + 64 }

// prefix is what stands before a message about a line.
func (t *transaction) prefix(line int) string {
	if t == nil || !t.numbered {
		return ""
	}
	return fmt.Sprintf("line %d: ", line)
}

// batch is several lines as one session: first all are understood, then they
// run, and configuration lines are applied together when their mode is left.
type batch struct {
	shell *Shell
	// file says that the lines come from a file or standard input: they have
	// numbers, a configuration line at exec level enters configuration by
	// itself, and what is not supported is passed over with a warning.
	file    bool
	source  string
	scanner *grammar.Scanner
	place   place // behind the last line understood
	behind  place // behind the last line that ran
	pending *transaction
}

func (s *Shell) newBatch(source string, file bool) *batch {
	return &batch{shell: s, file: file, source: source, scanner: grammar.NewScanner(s.place.mode), place: s.place}
}

// run is the whole life of a batch whose lines are all there: nothing runs
// unless every line is understood, and the first failure ends it.
func (b *batch) run(ctx context.Context, lines []numbered) error {
	items, err := b.plan(lines)
	if err != nil {
		for _, line := range lines {
			if asksJSON(line.text) { // there is a document even where nothing runs
				printJSON(b.shell.out, &object{})
				break
			}
		}
		return err
	}
	for _, it := range items {
		if err := b.step(ctx, it); err != nil {
			return err
		}
	}
	return b.finish(ctx)
}

// plan understands all lines. Every one that is wrong is reported.
func (b *batch) plan(lines []numbered) ([]item, error) {
	var items []item
	var bad error
	for _, line := range lines {
		if b.place.mode == "" { // the shell has been left
			break
		}
		it, wrong := b.understand(line)
		switch {
		case wrong != nil:
			b.shell.report(b.prefix(line.number), wrong)
			bad = errReported
		case it != nil:
			items = append(items, *it)
			if it.exec && wantsJSON(it.command) {
				b.shell.answers = b.shell.errs // so that the output is one document
			}
		}
	}
	return items, bad
}

func (b *batch) prefix(number int) string {
	if !b.file {
		return ""
	}
	return fmt.Sprintf("line %d: ", number)
}

// understand reads one line in the place where it stands. A line that is to
// be passed over gives nil.
func (b *batch) understand(line numbered) (*item, error) {
	if b.file && ignorable(line.text) {
		return nil, nil
	}
	before := b.scanner.Mode()
	l := b.scanner.Line(line.text)
	_, exec := verbs[l.Command.ID]
	exec = exec || l.Command.Mode == grammar.Exec
	outside := before == grammar.Exec && !exec && !b.file // a configuration line where none may be
	switch l.Kind {
	case grammar.Blank, grammar.Held:
		return nil, nil
	case grammar.Bad:
		if before == grammar.Exec && !b.file {
			_, err := grammar.Match(grammar.Exec, line.text)
			return nil, wrongLine(err)
		}
		return nil, wrongLine(l.Err)
	case grammar.Unsupported:
		if exec || !b.file {
			return nil, wrongLine(notYet(&l, line.text))
		}
	}
	if outside {
		_, err := grammar.Match(grammar.Exec, line.text)
		return nil, wrongLine(err)
	}
	it := &item{numbered: line, command: l.Command, exec: exec && l.Kind == grammar.Ours}
	b.place = b.place.after(l.Command, line.text)
	b.place.mode = b.scanner.Mode()
	if b.place.mode == grammar.Exec && l.Command.Next == "" && it.exec {
		b.place.mode = "" // exit at exec level
	}
	it.place = b.place
	return it, nil
}

// notYet is the error of a statement that is not supported, inside a block of
// them too.
func notYet(l *grammar.Line, text string) error {
	if l.Err != nil {
		return l.Err
	}
	return &grammar.Error{Kind: grammar.NotYet, Line: strings.TrimSpace(text)}
}

// ignorable tells whether a line is one of those that the running
// configuration prints above itself.
func ignorable(text string) bool {
	text = strings.TrimSpace(text)
	return text != "" && strings.Contains(runningHead, text+"\n")
}

// step runs one item.
func (b *batch) step(ctx context.Context, it item) error {
	s := b.shell
	defer func() { b.behind = it.place }()
	if !it.exec {
		if b.pending != nil && b.pending.size > oneRequest/2 {
			if err := b.intoCandidate(ctx); err != nil {
				return err
			}
		}
		if b.pending == nil {
			b.pending = &transaction{context: s.place.context, source: s.from(b.source), numbered: b.file, candidate: s.place.candidate}
		}
		b.pending.add(it.numbered)
	}
	left := !it.place.mode.Configures()
	switch {
	case !it.exec:
	case !modeVerb(it.command.ID):
		if err := b.intoCandidate(ctx); err != nil {
			return err
		}
		if err := s.show(ctx, it.command, verbs[it.command.ID]); err != nil {
			return b.failed(it.numbered, err)
		}
	case b.pending != nil && !left: // exit from one mode to the next
		b.pending.add(it.numbered)
	}
	if b.pending == nil || left {
		if err := b.finish(ctx); err != nil {
			return err
		}
		s.place = it.place
	}
	return nil
}

// modeVerb tells whether a command only leads to another mode.
func modeVerb(id string) bool {
	switch id {
	case "configure.terminal", "exit", "quit", "end", "exit-address-family":
		return true
	}
	return false
}

// finish applies what has been gathered.
func (b *batch) finish(ctx context.Context) error {
	if b.pending == nil {
		return nil
	}
	t := b.pending
	b.pending = nil
	if err := b.shell.apply(ctx, t); err != nil {
		b.shell.report("", err)
		return reported{err}
	}
	b.shell.place = b.place
	return nil
}

// intoCandidate applies what has been gathered for the candidate: unlike what
// runs, it has each line at once.
func (b *batch) intoCandidate(ctx context.Context) error {
	t := b.pending
	if t == nil || !t.candidate {
		return nil
	}
	b.pending = nil
	if err := b.shell.apply(ctx, t); err != nil {
		b.shell.report("", err)
		return reported{err}
	}
	b.shell.place = b.behind
	return nil
}

// failed reports the failure of a command.
func (b *batch) failed(line numbered, err error) error {
	b.shell.report(b.prefix(line.number), err)
	return reported{err}
}

// asksJSON tells whether a line that need not be right looks like a command
// that asks for a JSON document.
func asksJSON(text string) bool {
	words := strings.Fields(text)
	if len(words) > 0 && words[0] == "do" {
		words = words[1:]
	}
	if len(words) == 0 || len(words[0]) < 2 {
		return false
	}
	answers := slices.ContainsFunc([]string{"show", "clear", "commit", "configure"}, func(verb string) bool {
		return strings.HasPrefix(verb, words[0])
	})
	return answers && slices.Contains(words, "json")
}
