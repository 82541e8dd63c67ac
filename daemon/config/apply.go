package config

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sort"
	"strings"

	"bgpsh/ipc/grammar"
)

// Options carries what an edit asks of its surroundings.
type Options struct {
	// IsLocal reports whether an address is this host's own; such an address is no neighbor. Nil: none is.
	IsLocal func(netip.Addr) bool
	// Context is the path of modes in which the first line is read, outermost first, each as the line that enters it. The
	// modes are entered, never made: see ErrGone.
	Context []string
	// Live says that the lines are a single one typed on a terminal: what others use cannot be removed then. Of several lines only the end
	// counts.
	Live bool
}

// Line is one line of a transaction.
type Line struct {
	Number int // 1-based place in its file or input; 0 for a typed line
	Text   string
}

// Severity grades a LineResult.
type Severity uint8

// The severities.
const (
	Notice  Severity = iota // the line did what it says, and there is something to add
	Caution                 // the line, or the block it opens, is skipped, or means less than its author may think
	Wrong                   // the line is wrong; one such line voids the transaction
)

// LineResult is one thing to say about one line. Lines of which there is nothing to say have none.
type LineResult struct {
	Line     Line // its Text without a password
	Severity Severity
	Text     string   // one sentence, without "%" and line number
	Offset   int      // byte of the trimmed line at which an error begins
	Remedy   []string // exact lines to type, in order, outermost mode first
}

// Outcome is the result of a transaction.
type Outcome struct {
	Config  *Config      // the configuration after it; the running one itself where the transaction was void
	Applied bool         // false: a line was wrong and nothing changed
	Err     error        // ErrGone: a mode of Options.Context does not exist, so no line was read
	Results []LineResult // in the order of the lines; of a void transaction without notices
	Map     string       // the route map whose mode the last line left open, empty for none
	Changes []Change     // the difference from the running configuration, with its effects; of a void transaction none
}

// ErrGone says that a mode which an edit should begin in does not exist any more.
var ErrGone = errors.New("is not configured any more")

// Apply runs lines as one transaction on a copy of running: all take effect, or none.
func Apply(running *Config, lines []Line, o Options) Outcome {
	e := newEdit(running, o)
	scanner, err := enterContext(running, o.Context)
	if err != nil {
		return Outcome{Config: running, Err: err}
	}
	if err := e.enterMap(o.Context); err != nil {
		return Outcome{Config: running, Err: err}
	}
	for _, l := range lines {
		if e.line = l; !e.quick(scanner, l.Text, true) {
			e.judged(scanner.Line(l.Text))
		}
	}
	if err := e.missing(); err != nil {
		e.wrong(err)
	}
	e.settleLists()
	e.config.markBroken()
	if !slices.ContainsFunc(e.results, func(r LineResult) bool { return r.Severity == Wrong }) {
		e.adviseUndefined(running, o.Live)
	}
	if slices.ContainsFunc(e.results, func(r LineResult) bool { return r.Severity == Wrong }) {
		results := slices.DeleteFunc(e.results, func(r LineResult) bool { return r.Severity == Notice })
		return Outcome{Config: running, Results: hidden(results)}
	}
	e.adviseListeners(running)
	e.adviseLinks()
	e.advisePolicy(running)
	order := map[Line]int{}
	for _, r := range e.results {
		order[r.Line] = 0
	}
	for i, l := range lines {
		if _, said := order[l]; said {
			order[l] = i
		}
	}
	sort.SliceStable(e.results, func(i, j int) bool { return order[e.results[i].Line] < order[e.results[j].Line] })
	out := Outcome{Config: e.config, Applied: true, Results: hidden(e.results), Changes: Diff(running, e.config)}
	if scanner.Mode() == grammar.RouteMap {
		out.Map = e.routes
	}
	return out
}

func hidden(results []LineResult) []LineResult {
	for i := range results {
		results[i].Line.Text = grammar.Conceal(results[i].Line.Text)
	}
	return results
}

// enterContext starts a scanner in the modes of a path, each of which must exist.
func enterContext(c *Config, path []string) (*grammar.Scanner, error) {
	s := grammar.NewScanner(grammar.Config)
	for _, text := range path {
		switch l := s.Line(text); {
		case l.Kind == grammar.Bad || l.Kind == grammar.Ours && l.Opens == "":
			return nil, fmt.Errorf("%q opens no mode", text)
		case l.Command.ID == "router.bgp" && (c.Router == nil || l.Command.Args.Has("as") && l.Command.Args.Uint32("as") != c.Router.AS):
			return nil, fmt.Errorf("%s %w", text, ErrGone)
		}
	}
	return s, nil
}

// judged acts on one line of a transaction as the grammar judged it.
func (e *edit) judged(l grammar.Line) {
	switch l.Kind {
	case grammar.Ours:
		if navigates(l.Command) {
			return
		}
		if err := e.apply(l.Command); err != nil {
			e.wrong(err)
			return
		}
		e.settle(l.Command)
	case grammar.Foreign, grammar.Unsupported:
		e.skip(l, Place{Text: e.line.Text})
	case grammar.Bad:
		if !e.retract() {
			e.wrong(l.Err)
		}
	}
}

// navigates reports a command that only moves between modes.
func navigates(c grammar.Command) bool {
	switch c.ID {
	case "exit", "quit", "end", "exit-address-family", "configure.terminal":
		return true
	}
	return false
}

// wrong records an error of the line being applied.
func (e *edit) wrong(err error) {
	r := LineResult{Line: e.line, Severity: Wrong, Text: reason(err, e.line.Text), Remedy: remedyOf(err)}
	var g *grammar.Error
	if errors.As(err, &g) {
		r.Offset = g.Offset
	}
	e.results = append(e.results, r)
}

// reason is the text of an error about a line, without the password that the line may hold.
func reason(err error, line string) string {
	line = strings.TrimSpace(line)
	masked := grammar.Conceal(line)
	var g *grammar.Error
	if masked == line || !errors.As(err, &g) {
		return err.Error()
	}
	hidden := *g
	hidden.Line = masked
	if g.Kind == grammar.Unprintable {
		return hidden.Error()
	}
	return hidden.Head()
}

// skip passes over a line that is another's business or not supported. One that restricts holds something back instead; the no
// form of one that is held back lets go.
func (e *edit) skip(l grammar.Line, at Place) {
	c := l.Command
	if c.No {
		if gone := e.releaseBy(c); len(gone) > 0 {
			e.sayReleased(gone)
			return
		}
	}
	if !l.First {
		return
	}
	e.say(Caution, "%s", e.skipText(l, e.hold(l, at, notSupported, true)))
}

const notSupported = "not supported yet"

// skipText says why a line is passed over and what it holds back.
func (e *edit) skipText(l grammar.Line, held []Held) string {
	text := ""
	switch {
	case l.Err != nil:
		text = reason(l.Err, e.line.Text)
	case l.Kind == grammar.Foreign:
		text = "Not a BGP matter: " + l.What
	default:
		text = "Not supported yet: " + l.What
	}
	text += ", skipped"
	for _, h := range held {
		text += "; " + h.Effect()
	}
	return text
}
