package shell

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// Sequences around a full screen: the terminal's other screen, without a
// cursor.
const (
	screenOn  = "\x1b[?1049h\x1b[?25l\x1b[H"
	screenOff = "\x1b[?25h\x1b[?1049l"
	marked    = "\x1b[7m" // reverse: a cell that has changed, the line that is chosen
)

// liveView is a view that is drawn anew when the daemon says that something has
// changed. It owns the terminal while it runs.
type liveView struct {
	shell *Shell
	// subscribe begins the subscription; news is to be called on each
	// notification, from any goroutine.
	subscribe func(ctx context.Context, news func()) (stop func(), err error)
	// draw gives the rows of the screen, at most rows of them and each at most
	// columns wide, but for sequences that set a colour.
	draw func(ctx context.Context, rows, columns int) []string
	// key takes a key, and tells whether the view is to be left.
	key func(e keyEvent) (leave bool)
	// told: the first notification comes at once, and there is nothing to show
	// before.
	told bool
}

// redialLive is how long a view without connection waits before it tries
// again.
const redialLive = 500 * time.Millisecond

// run shows the view until it is left.
func (v *liveView) run(ctx context.Context) error {
	s := v.shell
	t, done, err := s.openScreen()
	if err != nil {
		return err
	}
	defer done()
	var news atomic.Bool
	stop, err := v.subscribe(ctx, func() { news.Store(true) })
	if err != nil {
		return err
	}
	defer func() { stop() }()
	return t.rawly(func() error {
		t.own(true)
		defer t.own(false)
		rows, columns := 0, 0
		resized := func() bool { r, c := t.size(); return r != rows || c != columns }
		client, tried := s.connected(), time.Time{}
		lost := func() bool { return client.Closed() && time.Since(tried) > redialLive } // and it is time to try
		for dirty := true; ; {
			if lost() {
				tried = time.Now()
				if again, err := v.subscribe(ctx, func() { news.Store(true) }); err == nil {
					stop, client = again, s.connected()
				}
				dirty = true
			}
			if news.Swap(false) || dirty || resized() {
				rows, columns = t.size()
				lines := v.draw(ctx, rows-1, columns)
				if client.Closed() {
					lines = append([]string{clip(marked+" bgpd has gone; waiting for it "+colourOff, columns)}, lines[:min(len(lines), rows-2)]...)
				}
				paintScreen(s.out, lines)
			}
			e, ok, err := t.event(ctx, func() bool { return news.Load() || resized() || lost() })
			switch {
			case err != nil && ctx.Err() != nil:
				return nil
			case err != nil:
				return err
			case ok && v.key(e):
				return nil
			}
			dirty = ok
		}
	})
}

// paintScreen writes rows over those that are there.
func paintScreen(w io.Writer, lines []string) {
	var b strings.Builder
	b.WriteString("\x1b[H")
	for _, line := range lines {
		b.WriteString(line + "\x1b[K\n")
	}
	b.WriteString("\x1b[J")
	io.WriteString(w, b.String())
}

// clip cuts a line to a number of columns. Sequences that set a colour take
// none, and stay.
func clip(line string, columns int) string {
	var b strings.Builder
	n := 0
	for len(line) > 0 {
		if end := strings.IndexByte(line, 'm'); line[0] == 0x1b && end > 0 {
			b.WriteString(line[:end+1])
			line = line[end+1:]
			continue
		}
		_, size := utf8.DecodeRuneInString(line)
		if n++; n <= columns {
			b.WriteString(line[:size])
		}
		line = line[size:]
	}
	return b.String()
}

// leaves tells whether a key is one of those that leave a view: q, Ctrl-C,
// Ctrl-D.
func leaves(e keyEvent) bool {
	switch e.kind {
	case keyUndo:
		return true
	case keyText:
		return strings.EqualFold(string(e.bytes), "q")
	case keyCode:
		return e.bytes[0] == 0x03
	}
	return false
}

// openScreen gives the terminal for a live view: the session's own, or for a
// single command a new one, which is given back by done and by signals.
func (s *Shell) openScreen() (t *terminal, done func(), err error) {
	if s.screen != nil {
		return s.screen, func() {}, nil
	}
	t, err = newTerminal(s.keyboard, s.keyboard)
	if err != nil {
		return nil, nil, fail("terminal: %v", err)
	}
	t.out = s.out
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGINT)
	go func() {
		if sig, ok := <-signals; ok {
			t.close()
			os.Exit(128 + int(sig.(syscall.Signal)))
		}
	}()
	return t, func() { signal.Stop(signals); close(signals); t.close() }, nil
}

// fullScreen tells whether a live view may take the terminal: output is not
// piped, and there is a keyboard.
func (s *Shell) fullScreen(w io.Writer) bool {
	out, ok := w.(*output)
	return ok && out.direct && (s.screen != nil || s.keyboard != nil)
}

// printLive is a live view where there is no terminal: frames as text, one
// behind the other, until ctx ends or the connection does.
func (v *liveView) printLive(ctx context.Context, w io.Writer, frame func() (string, error)) error {
	news := make(chan struct{}, 1)
	stop, err := v.subscribe(ctx, func() {
		select {
		case news <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return err
	}
	defer stop()
	client := v.shell.connected()
	look := time.NewTicker(readerCheck)
	defer look.Stop()
	for shown := 0; ; shown++ {
		if shown > 0 || !v.told {
			if err := showFrame(w, frame); err != nil {
				return err
			}
		}
		for waiting := true; waiting; {
			select {
			case <-news:
				waiting = false
			case <-look.C:
				if readerGone(v.shell.out) {
					return nil
				}
			case <-client.Done():
				return v.shell.gone()
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// gone is the failure of a view whose connection has ended.
func (s *Shell) gone() error {
	f := fail("cannot reach bgpd at %s: the connection is closed; bgpd has stopped or restarted; look at its log", firstSocket(s.sockets))
	f.status = statusUnreachable
	return f
}

// readerCheck is how often a view that has nothing to write looks whether
// somebody still reads.
const readerCheck = 300 * time.Millisecond

// readerGone tells whether the other end of a pipe has been closed.
func readerGone(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	p := []unix.PollFd{{Fd: int32(f.Fd())}}
	n, err := unix.Poll(p, 0)
	return err == nil && n > 0 && p[0].Revents&unix.POLLERR != 0
}

// showFrame writes a frame, and an empty line below it.
func showFrame(w io.Writer, frame func() (string, error)) error {
	text, err := frame()
	if err != nil || text == "" {
		return err
	}
	if _, err := fmt.Fprintf(w, "%s\n\n", text); err != nil {
		return err
	}
	if out, ok := w.(*output); ok {
		return out.flush()
	}
	return nil
}
