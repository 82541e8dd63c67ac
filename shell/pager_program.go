package shell

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// openPager gives the writer of a pager: that of $PAGER where the user has
// one, else our own.
func (s *Shell) openPager(o *output) io.Writer {
	if s.pagerProgram == "" {
		p := s.newPager()
		o.pager = p
		return p
	}
	p := &programPager{shell: s, command: s.pagerProgram}
	o.pager = p
	o.stages = append(o.stages, p)
	return p
}

// programPager hands output to a program that pages it. The program is
// started when there is more than a page, so that short output stays on the
// screen as it would without.
type programPager struct {
	shell   *Shell
	command string
	held    []byte // until the program is started
	rows    int    // of held
	program *exec.Cmd
	input   io.WriteCloser
	left    bool // its reader has seen enough
}

func (p *programPager) quit() bool { return p.left }

func (p *programPager) Write(b []byte) (int, error) {
	if p.left {
		return 0, errPagerQuit
	}
	if p.program != nil {
		return p.pass(b)
	}
	p.held = append(p.held, b...)
	p.rows += bytes.Count(b, []byte{'\n'})
	if limit := p.shell.page(); limit == 0 || p.rows <= limit {
		return len(b), nil
	}
	if err := p.start(); err != nil {
		return 0, fail("PAGER=%s cannot be started: %v; unset it for the pager of bgpsh", p.command, err)
	}
	if _, err := p.pass(p.held); err != nil {
		return 0, err
	}
	p.held = nil
	return len(b), nil
}

// start runs the program on the terminal. Ctrl-C is for it while it runs, so
// it is put in the foreground of the terminal with us.
func (p *programPager) start() error {
	program := exec.Command("/bin/sh", "-c", p.command)
	program.Stdout, program.Stderr = p.shell.out, p.shell.errs
	program.Env = append(os.Environ(), "LESS="+oneOf(os.Getenv("LESS"), "FRX"))
	input, err := program.StdinPipe()
	if err != nil {
		return err
	}
	if err := program.Start(); err != nil {
		return err
	}
	p.program, p.input = program, input
	return nil
}

// pass writes to the program. That it has ended is the wish of its reader.
func (p *programPager) pass(b []byte) (int, error) {
	n, err := p.input.Write(b)
	if err != nil {
		p.left = true
		return n, errPagerQuit
	}
	return n, nil
}

// Close shows what was too short for a page, or waits until the reader has
// left the program.
func (p *programPager) Close() error {
	if p.program == nil {
		_, err := p.shell.out.Write(p.held)
		p.held = nil
		return err
	}
	p.input.Close()
	err := p.program.Wait()
	if exit, ok := err.(*exec.ExitError); ok {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && (status.Signaled() || p.left) {
			return nil
		}
		return fail("PAGER=%s has failed: %v", p.command, exit)
	}
	return err
}
