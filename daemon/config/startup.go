package config

import (
	"bytes"
	"io"
	"iter"
	"slices"
	"strings"

	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
)

// Parse reads a startup configuration, whose name is for messages. It never fails: a bad line is listed and, so that no bad
// line loosens anything, holds back what it might have restricted. What is held back stands in the Config's Held.
func Parse(name string, lines []string, o Options) (*Config, []LineError, []Warning) {
	p := newLoader(name, o)
	for _, line := range lines {
		if p.quick(p.scanner, line, false) {
			p.line.Number++
		} else {
			p.next(line)
		}
	}
	return p.end()
}

// next takes a line through the grammar.
func (p *loader) next(line string) {
	p.line.Number++
	p.line.Text = line
	p.load(p.scanner.Line(line))
}

// Read is Parse of a file's text, which may be large and is not kept.
func Read(name string, text []byte, o Options) (*Config, []LineError, []Warning) {
	c, wrong, warnings, _ := ReadFrom(name, bytes.NewReader(text), o) // which has no errors
	return c, wrong, warnings
}

// ReadFrom is Read of a file. The error is the reader's, but for its end.
func ReadFrom(name string, from io.Reader, o Options) (*Config, []LineError, []Warning, error) {
	p := newLoader(name, o)
	if err := inBlocks(from, blockSize, p.block); err != nil {
		return nil, nil, nil, err
	}
	c, wrong, warnings := p.end()
	return c, wrong, warnings, nil
}

// block takes the lines of a block.
func (p *loader) block(b *block) {
	for i := range b.parts {
		part := &b.parts[i]
		lines, entries := b.text[part.start:part.end], b.entries[part.first:part.first+part.count]
		for len(lines) > 0 && !p.entries(part.six, b.text[part.name:part.nameEnd], entries) {
			end := bytes.IndexByte(lines, '\n') + 1
			if end == 0 {
				end = len(lines)
			}
			p.next(string(withoutEnd(lines[:end])))
			lines, entries = lines[end:], entries[min(len(entries), 1):]
		}
	}
}

// entries takes lines of a prefix list, if there are any and they can be taken without the grammar.
func (p *loader) entries(six bool, name []byte, list []policy.PrefixEntry) bool {
	if len(list) == 0 || !p.scanner.AtTop() || !addEntries(p.edit, six, name, list...) {
		return false
	}
	p.line.Number += len(list)
	p.scanner.Took()
	return true
}

// LinesOf gives the lines of a text without their ends. Each is a string of its own.
func LinesOf(text []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range bytes.Lines(text) {
			if !yield(string(withoutEnd(line))) {
				return
			}
		}
	}
}

// withoutEnd is a line without its "\n" or "\r\n", where it has one.
func withoutEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
		if n > 1 && line[n-2] == '\r' {
			line = line[:n-2]
		}
	}
	return line
}

func newLoader(name string, o Options) *loader {
	return &loader{edit: newEdit(&Config{}, o), name: name, scanner: grammar.NewScanner(grammar.Config)}
}

// end settles what can be only when all lines are known.
func (p *loader) end() (*Config, []LineError, []Warning) {
	if err := p.missing(); err != nil {
		p.errors = append(p.errors, LineError{Place: p.place(), Reason: err.Error()})
	}
	p.settleLists()
	p.config.markBroken()
	for _, text := range p.config.Undefined() {
		p.warnings = append(p.warnings, Warning{Place: Place{File: p.name, Line: p.line.Number}, Reason: text})
	}
	p.findAbsent()
	return p.config, p.errors, p.warnings
}

// findAbsent notes in each error which of the neighbors that it holds back have not come to be.
func (p *loader) findAbsent() {
	for i := range p.errors {
		e := &p.errors[i]
		for _, h := range e.Held {
			if h.Neighbor != "" && (p.config.Router == nil || p.lookup(h.Neighbor) == nil) && !slices.Contains(e.Absent, h.Neighbor) {
				e.Absent = append(e.Absent, h.Neighbor)
			}
		}
	}
}

// loader is an edit that goes on behind a bad line.
type loader struct {
	*edit
	scanner  *grammar.Scanner
	name     string
	errors   []LineError
	warnings []Warning
	taken    bool // inside `router bgp` whose own line was wrong by its meaning
}

func (p *loader) place() Place {
	return Place{File: p.name, Line: p.line.Number, Text: strings.TrimSpace(p.line.Text)}
}

func (p *loader) load(l grammar.Line) {
	p.results = nil
	switch l.Kind {
	case grammar.Ours:
		p.ours(l)
	case grammar.Foreign, grammar.Unsupported:
		p.skip(l, p.place())
		p.warnResults()
	case grammar.Bad:
		p.bad(l, l.Err)
	case grammar.Held:
		p.takeAlong(l)
	}
}

func (p *loader) warn(text string) {
	at := p.place()
	at.Text = grammar.Excerpt(at.Text)
	p.warnings = append(p.warnings, Warning{Place: at, Reason: text})
}

// ours applies a line of ours. Inside a `router bgp` that could not be opened no line counts, but each holds what it would
// have restricted.
func (p *loader) ours(l grammar.Line) {
	c := l.Command
	if p.taken && (c.Mode == grammar.Config || c.Mode == grammar.Exec && l.Command.Next == grammar.Config) {
		p.taken = false
	}
	switch {
	case navigates(c):
	case p.taken:
		p.takeAlong(l)
	default:
		if err := p.apply(c); err != nil {
			p.taken = c.ID == "router.bgp"
			p.bad(l, err)
			return
		}
	}
	p.warnResults()
}

func (p *loader) warnResults() {
	for _, r := range p.results {
		p.warn(r.Text)
	}
}

// bad lists a line and holds back what it might have restricted.
func (p *loader) bad(l grammar.Line, err error) {
	at := p.place()
	if p.taken && p.config.Router != nil {
		l.Hold = grammar.Hold{} // a second router: what it holds is told by its lines
	}
	why := reason(err, at.Text)
	e := LineError{Reason: why, Held: p.hold(l, at, why, false)}
	at.Text = grammar.Excerpt(at.Text)
	e.Place = at
	p.makeVacant(l, at.Text)
	p.errors = append(p.errors, e)
}

// takeAlong holds back what a line inside a block that could not be opened would have restricted. Opening another block
// restricts nothing by itself.
func (p *loader) takeAlong(l grammar.Line) {
	if len(p.errors) == 0 {
		return
	}
	opener := &p.errors[len(p.errors)-1]
	if !strings.HasPrefix(strings.TrimSpace(p.line.Text), "exit") {
		opener.Taken++
	}
	if l.Hold.Kind != grammar.HoldFamily && l.Hold.Kind != grammar.HoldRouter {
		opener.Held = append(opener.Held, p.hold(l, p.place(), "its block could not be opened", false)...)
	}
}

// makeVacant makes a neighbor that only a bad line names, so that it is seen, Idle (Config), and its other lines have an object.
func (p *loader) makeVacant(l grammar.Line, text string) {
	peer := l.Hold.Peer
	if l.Hold.Kind != grammar.HoldNeighbor || p.config.Router == nil || p.lookup(nameOf(peer)) != nil {
		return
	}
	switch subject(text) {
	case "remote-as", "interface", "peer-group":
		if peer.Addr.IsValid() || subject(text) == "interface" {
			_, _ = p.add(peer) // an address that cannot be a neighbor's stays away
		}
	}
}
