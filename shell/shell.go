package shell

import (
	"context"
	"io"
	"strings"
	"time"

	"bgpsh/ipc/grammar"
)

// Shell is one session: where it is, whom it talks to, where output goes.
type Shell struct {
	place   place
	out     io.Writer     // output of commands
	errs    io.Writer     // errors and warnings
	answers io.Writer     // what changes did: out, or errs where out carries JSON
	timeout time.Duration // longest wait for one answer

	sockets []string // paths to try
	link    link
	names   nameCache

	seat

	interactive bool
	ask         func(question string) bool // nil: never ask
	pageLines   func() int                 // rows of the window now; nil: no paging
	columns     func() int                 // columns of the window now
	key         func() (byte, error)       // waits for a key at the pager's prompt
	length      int                        // terminal length: lines of a page, 0 none, -1 the window's
	hostname    string
	looks       bool      // the daemon lets this user look and change nothing: the prompt is >
	history     []string  // commands of this session
	edits       bool      // a candidate was opened, and may have changes
	origin      string    // the terminal, for the history of the configuration
	remote      string    // ssh and from where; empty: not over ssh
	in          io.Reader // standard input, where no commands come from there
}

// verb is what an exec command does. It writes its output to w.
type verb func(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error

// run is one command, keystroke to table: the grammar reads the line, the
// verb makes a call of it, and the answer is rendered. A line that no verb
// has is configuration, and travels to the daemon as it is.
func (s *Shell) run(ctx context.Context, line string) error {
	command, err := grammar.Match(s.place.mode, line)
	if err != nil {
		return wrongLine(err)
	}
	if do, ok := verbs[command.ID]; ok {
		return s.show(ctx, command, do)
	}
	return s.configure(ctx, command, line)
}

// show runs a verb with its output going through pipes and pager.
func (s *Shell) show(ctx context.Context, c grammar.Command, do verb) error {
	c = counted(c)
	out, err := s.openOutput(c)
	if err != nil {
		return err
	}
	err = do(s, ctx, c, out)
	if out.quit() {
		err = nil
	}
	return firstError(err, out.close(err))
}

// place is where in the modes a session is, and the lines that led there.
type place struct {
	mode    grammar.Mode
	context []string // outermost first; empty in config and exec mode
	// candidate says that lines change the candidate, not what runs.
	candidate bool
}

// depth is how many context lines a mode needs.
func depth(m grammar.Mode) int {
	switch m {
	case grammar.Router, grammar.RouteMap:
		return 1
	case grammar.AF4, grammar.AF6:
		return 2
	}
	return 0
}

// after is the place behind a command.
func (p place) after(c grammar.Command, line string) place {
	keep := min(depth(c.Next), len(p.context))
	if c.Next == grammar.Skip { // a block that is passed over leaves all as it is
		keep = len(p.context)
	}
	if !c.No && c.Mode != grammar.Exec && c.Next != "" && c.Next.Parent() == c.Mode && c.Next != grammar.Skip { // the command opens the mode
		keep = min(depth(c.Mode), len(p.context))
		return place{c.Next, append(p.context[:keep:keep], strings.TrimSpace(line)), p.candidate}
	}
	candidate := c.Next.Configures() && (p.candidate || c.ID == "configure")
	return place{c.Next, p.context[:keep:keep], candidate}
}

// call makes one call to the daemon, connecting first if need be.
func (s *Shell) call(ctx context.Context, method string, params, result any) error {
	return s.callFor(ctx, s.timeout, method, params, result)
}

// callFor is call with a timeout of its own.
func (s *Shell) callFor(ctx context.Context, timeout time.Duration, method string, params, result any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client, err := s.connect(ctx)
	if err != nil {
		return s.explain(err, timeout)
	}
	return s.explain(client.Call(ctx, method, params, result), timeout)
}

// prompt is what stands before the cursor.
func (s *Shell) prompt() string {
	mode := s.place.mode.Prompt()
	if s.place.candidate {
		mode = strings.Replace(mode, "(config", "(candidate", 1)
	}
	if s.looks && mode == "#" {
		mode = ">"
	}
	return oneOf(s.hostname, "bgpd") + mode + " "
}
