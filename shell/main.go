package shell

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"bgpsh/ipc/grammar"
)

// Options say what one run of bgpsh is to do. The zero value talks to the
// default socket and takes commands from standard input.
type Options struct {
	Socket   string        // empty: see Sockets
	Commands []string      // of -c, each with one or more lines
	Files    []string      // of -f; "-" is standard input
	Words    []string      // one command, word by word
	NoPager  bool          // show long output without stopping
	Timeout  time.Duration // longest wait for one answer; 0: 30 s

	In       *os.File // nil: os.Stdin; a terminal is asked interactively
	Out, Err io.Writer
	Getenv   func(string) string // nil: os.Getenv
}

// Main runs bgpsh and gives its exit status: 0 done, 1 a command failed,
// 2 wrong usage, 3 no daemon.
func Main(o Options) int {
	signal.Ignore(syscall.SIGPIPE) // a reader that leaves is no error: writes fail with EPIPE
	o.defaults()
	s := &Shell{
		place: place{mode: grammar.Exec}, out: o.Out, errs: o.Err, answers: o.Out,
		timeout: o.Timeout, sockets: Sockets(o.Socket, o.Getenv), length: -1, remote: sshOf(o.Getenv("SSH_CONNECTION")),
	}
	defer s.disconnect()
	if out, ok := o.Out.(*os.File); ok && isTerminal(out) && isTerminal(o.In) {
		s.keyboard = o.In
	}
	ctx := context.Background()
	switch {
	case len(o.Commands) > 0:
		return s.runCommands(ctx, &o, o.Commands)
	case len(o.Words) > 0:
		return s.runCommands(ctx, &o, []string{strings.Join(o.Words, " ")})
	case len(o.Files) > 0:
		return s.runFiles(ctx, &o)
	case isTerminal(o.In):
		return s.interact(ctx, &o)
	}
	return statusOf(s.runStream(ctx, o.In))
}

// runCommands runs commands as one session.
func (s *Shell) runCommands(ctx context.Context, o *Options, commands []string) int {
	s.origin, s.in = "bgpsh -c", o.In
	return statusOf(s.conclude(ctx, s.newBatch(s.origin, false).run(ctx, commandLines(commands))))
}

// defaults fills in what is not set.
func (o *Options) defaults() {
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Err == nil {
		o.Err = os.Stderr
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
}

// commandLines are the lines of all -c; they have no numbers.
func commandLines(commands []string) []numbered {
	var lines []numbered
	for _, c := range commands {
		for _, text := range strings.Split(c, "\n") {
			lines = append(lines, numbered{0, text})
		}
	}
	return lines
}

// runFiles runs each file as a session of its own, until one fails.
func (s *Shell) runFiles(ctx context.Context, o *Options) int {
	for _, name := range o.Files {
		if name == "-" {
			if status := statusOf(s.runStream(ctx, o.In)); status != statusDone {
				return status
			}
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintf(s.errs, "bgpsh: %v\n", err)
			return statusUsage
		}
		var lines []numbered
		for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
			lines = append(lines, numbered{i + 1, strings.TrimSuffix(line, "\r")})
		}
		s.place = place{mode: grammar.Exec}
		s.origin, s.in = name, o.In
		if err := s.conclude(ctx, s.newBatch(name, true).run(ctx, lines)); err != nil {
			return statusOf(err)
		}
	}
	return statusDone
}

// streamPause is how long standard input may be silent before the lines so
// far are taken for what a program types, and run as they come.
const streamPause = 250 * time.Millisecond

// runStream runs standard input: as a whole where it ends, line by line where
// it stays open.
func (s *Shell) runStream(ctx context.Context, in io.Reader) error {
	lines := make(chan numbered)
	failed := make(chan error, 1)
	go func() {
		defer close(lines)
		failed <- readLines(in, lines)
	}()
	s.origin, s.in = "standard input", nil
	b := s.newBatch(s.origin, true)
	whole, open := gather(lines)
	if !open {
		return s.conclude(ctx, firstError(b.run(ctx, whole), <-failed))
	}
	if err := b.take(ctx, whole); err != nil {
		return err
	}
	for line := range lines {
		if err := b.take(ctx, []numbered{line}); err != nil {
			return err
		}
	}
	return s.conclude(ctx, firstError(b.finish(ctx), <-failed))
}

// take plans and runs lines of a batch that goes on.
func (b *batch) take(ctx context.Context, lines []numbered) error {
	items, err := b.plan(lines)
	if err != nil {
		return err
	}
	for _, it := range items {
		if err := b.step(ctx, it); err != nil {
			return err
		}
	}
	return nil
}

// gather collects lines until they end or pause; open tells that they only
// paused.
func gather(lines <-chan numbered) (all []numbered, open bool) {
	var pause <-chan time.Time
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				return all, false
			}
			all = append(all, line)
			pause = time.After(streamPause)
		case <-pause:
			return all, true
		}
	}
}

// readLines sends the lines of in, numbered from 1.
func readLines(in io.Reader, lines chan<- numbered) error {
	reader := bufio.NewReader(in)
	for n := 1; ; n++ {
		text, err := reader.ReadString('\n')
		if text != "" || err == nil {
			lines <- numbered{n, strings.TrimRight(text, "\r\n")}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
