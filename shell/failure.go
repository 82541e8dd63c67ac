package shell

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// Exit statuses.
const (
	statusDone        = 0
	statusFailed      = 1 // a line was wrong, or the thing it names does not exist
	statusUsage       = 2
	statusUnreachable = 3
)

// failure is why a command did not do what it says.
type failure struct {
	status   int
	code     int      // the daemon's error code, if it was its answer
	text     string   // first line, without "% "
	more     []string // further lines
	caret    int      // byte of the typed line that is wrong, from its first word; -1: none
	document any      // what stands for the output where JSON was asked for; nil: {}
}

func (f *failure) Error() string { return f.text }

// fail makes an ordinary failure.
func fail(format string, args ...any) *failure {
	return &failure{status: statusFailed, text: fmt.Sprintf(format, args...), caret: -1}
}

// statusOf is the exit status that an error leads to.
func statusOf(err error) int {
	var f *failure
	switch {
	case err == nil, errors.Is(err, errPagerQuit), brokenPipe(err):
		return statusDone
	case errors.As(err, &f):
		return f.status
	}
	return statusFailed
}

// brokenPipe tells whether the reader of our output has gone.
func brokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }

// wrongLine is the failure for a line that the grammar refuses.
func wrongLine(err error) error {
	var e *grammar.Error
	if !errors.As(err, &e) {
		return fail("%v", err)
	}
	f := fail("%s", e.Head())
	f.caret = e.Offset
	if detail := e.Detail(); detail != "" {
		f.more = []string{detail}
	}
	return f
}

// explain turns the error of a call into a failure.
func (s *Shell) explain(err error, timeout time.Duration) error {
	var answer *ipc.Error
	switch {
	case err == nil:
		return nil
	case ipc.IsUnreachable(err):
		f := fail("%v", err)
		f.status = statusUnreachable
		return f
	case errors.Is(err, context.DeadlineExceeded):
		f := fail("cannot reach bgpd at %s: no answer within %s; look at its log, or allow more time with --timeout", firstSocket(s.sockets), timeout)
		f.status = statusUnreachable
		return f
	case errors.Is(err, context.Canceled):
		return fail("interrupted")
	case errors.As(err, &answer):
		f := answered(answer)
		if answer.Code == api.CodeBusy { // it is there, and takes nobody
			f.status = statusUnreachable
			f.text = fmt.Sprintf("cannot reach bgpd at %s: %s; end one of them, or try again", firstSocket(s.sockets), f.text)
		}
		return f
	}
	return fail("%v", err)
}

// answered is the failure for an error object of the daemon. Where FRR has a
// text for it, that comes first.
func answered(e *ipc.Error) *failure {
	var data api.ErrorData
	if raw, ok := e.Data.(json.RawMessage); ok {
		json.Unmarshal(raw, &data)
	}
	f := fail("%s", printable(e.Message))
	f.code = e.Code
	switch e.Code {
	case api.CodeBusy:
		f.status = statusUnreachable
	case api.CodeNoBGP:
		f.text = "BGP instance not found"
	case ipc.CodeInvalidParams:
		f.more = append(f.more, "at "+data.Where)
	}
	if data.Remedy != "" {
		f.more = append(f.more, strings.Split(data.Remedy, "\n")...)
	}
	return f
}

// code is the daemon's error code behind an error; 0: none.
func code(err error) int {
	var f *failure
	if errors.As(err, &f) {
		return f.code
	}
	return 0
}

// firstError gives the first error that is one.
func firstError(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// report prints an error on errs. prefix stands before "% " ("line 3: ").
func (s *Shell) report(prefix string, err error) {
	if _, done := err.(reported); done || err == nil || errors.Is(err, errPagerQuit) || brokenPipe(err) {
		return
	}
	var f *failure
	if !errors.As(err, &f) {
		f = fail("%v", err)
	}
	fmt.Fprintf(s.errs, "%s%% %s\n", prefix, f.text)
	for _, line := range f.more {
		fmt.Fprintf(s.errs, "  %s\n", line)
	}
}
