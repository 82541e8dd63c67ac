package shell

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"bgpsh/ipc/grammar"
)

// interact is a session on a terminal.
func (s *Shell) interact(ctx context.Context, o *Options) int {
	out, ok := o.Out.(*os.File)
	if !ok || !isTerminal(out) { // nothing can be edited where nothing is seen
		return statusOf(s.runStream(ctx, o.In))
	}
	t, err := newTerminal(o.In, out)
	if err != nil {
		fmt.Fprintf(s.errs, "bgpsh: terminal: %v\n", err)
		return statusUsage
	}
	defer t.close() // on every way out, a panic's too
	hello, err := s.hello(ctx)
	if err != nil {
		s.report("", err)
		return statusOf(err)
	}
	fmt.Fprintln(s.out, printable(banner(&hello)))
	for _, notice := range hello.Notices {
		fmt.Fprintf(s.out, "%% %s\n", printable(notice))
	}
	file := historyFile(o.Getenv)
	s.history = loadHistory(file)
	editor, err := newEditor(s, t, s.history)
	if err != nil {
		fmt.Fprintf(s.errs, "bgpsh: %v\n", err)
		return statusOf(s.runStream(ctx, o.In))
	}
	s.interactive, s.origin = true, terminalName(o.In)
	s.colours = wantsColour(o.Getenv)
	if !o.NoPager {
		s.pagerProgram = o.Getenv("PAGER")
		s.pageLines = func() int { rows, _ := t.size(); return rows }
	}
	session := &session{shell: s, terminal: t, file: file}
	stop := session.watchSignals(ctx)
	defer stop()
	attended, leave := context.WithCancel(ctx)
	defer leave()
	go session.attend(attended, hello.PID)
	return session.loop(editor)
}

// session is an interactive session: the shell, its terminal, and the
// command that runs.
type session struct {
	shell    *Shell
	terminal *terminal
	file     string // of the history; empty: none
	commands commandContext
	notices  notices
	monitor  monitor
}

// loop reads lines and runs them until the shell is left.
func (i *session) loop(editor *editor) int {
	s := i.shell
	s.ask, s.monitorOn, s.screen = i.askYesNo, i.set, i.terminal
	s.key = i.pagerKey
	s.columns = func() int { _, columns := i.terminal.size(); return columns }
	for s.place.mode != "" {
		i.printNotices()
		line, how, pasted := editor.read()
		switch how {
		case endShell:
			if i.mayLeave() {
				return statusDone
			}
		case endSearch:
			i.search(line)
		case endPaste:
			pasted[0] = line + pasted[0]
			i.paste(pasted)
		case endEnter:
			i.execute(line)
			if s.place.mode == "" && !i.mayLeave() {
				s.place = place{mode: grammar.Exec}
			}
		}
	}
	return statusDone
}

// execute runs one line, interruptible by Ctrl-C.
func (i *session) execute(line string) {
	s := i.shell
	text := strings.TrimSpace(line)
	if text == "" {
		return
	}
	s.remember(text, i.file)
	ctx := i.commands.begin()
	defer i.commands.end()
	prompt := s.prompt()
	before := s.place
	err := s.run(ctx, line)
	var f *failure
	if errors.As(err, &f) && f.caret >= 0 {
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		fmt.Fprintf(s.errs, "%s^\n", strings.Repeat(" ", len(prompt)+indent+f.caret))
	}
	s.report("", err)
	if before.mode.Configures() {
		s.names.forget()
	}
}

// paste runs several lines as one batch that begins and ends where the
// session is. They are echoed with the numbers that errors name them by.
func (i *session) paste(lines []string) {
	s := i.shell
	ctx := i.commands.begin()
	defer i.commands.end()
	var all []numbered
	echo := bufio.NewWriter(s.out)
	fmt.Fprintf(echo, "(%s pasted)\n", plural(len(lines), "line"))
	for n, text := range lines {
		all = append(all, numbered{n + 1, text})
		fmt.Fprintf(echo, "%5d  %s\n", n+1, text)
	}
	echo.Flush()
	s.report("", s.newBatch(s.origin, true).run(ctx, all))
	s.names.forget()
	if s.hostname != "" {
		s.hello(ctx)
	}
}

// askYesNo asks a question; only y or yes is yes.
func (i *session) askYesNo(question string) bool {
	fmt.Fprintf(i.shell.out, "%s [y/N] ", question)
	answer, err := i.terminal.line(i.commands.current())
	if err != nil {
		fmt.Fprintln(i.shell.out)
		return false
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

// mayLeave asks before the candidate is lost.
func (i *session) mayLeave() bool {
	defer i.commands.end()
	return i.shell.mayLeave(i.commands.begin())
}

// pagerKey waits for a key at the pager's prompt.
func (i *session) pagerKey() (byte, error) { return i.terminal.key(i.commands.current()) }

// watchSignals ends commands on Ctrl-C, and the shell, with its terminal as
// it was found, on signals that mean to end it.
func (i *session) watchSignals(ctx context.Context) (stop func()) {
	i.commands.base = ctx
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGWINCH)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case sig := <-signals:
				i.onSignal(sig)
			}
		}
	}()
	return func() { signal.Stop(signals); close(done) }
}

func (i *session) onSignal(sig os.Signal) {
	switch sig {
	case syscall.SIGWINCH:
		i.terminal.redraw()
	case syscall.SIGINT:
		i.commands.interrupt()
	default:
		i.terminal.close()
		os.Exit(128 + int(sig.(syscall.Signal)))
	}
}

// remember adds a command to the history, and to its file unless it holds a
// secret.
func (s *Shell) remember(line, file string) {
	s.history = append(s.history, line)
	if file != "" && !hasSecret(line) {
		appendHistory(file, line)
	}
}

// hasSecret tells whether a line sets a password.
func hasSecret(line string) bool {
	for _, word := range strings.Fields(line) {
		if len(word) >= 2 && strings.HasPrefix("password", word) {
			return true
		}
	}
	return false
}
