package shell

import (
	"bytes"
	"errors"
	"io"
)

// errPagerQuit ends a command whose reader has seen enough. It is no failure.
var errPagerQuit = errors.New("left the pager")

// morePrompt stands at the bottom of a full page, and is erased after a key.
const (
	morePrompt = " --More-- "
	eraseLine  = "\r\x1b[K"
)

// pager stops after each page and waits for a key: space goes on by a page,
// Enter by a line, G to the end, and q or Ctrl-C leaves.
type pager struct {
	w     io.Writer
	lines func() int           // lines of a page now; 0: no limit
	width func() int           // columns of the window; 0: unknown
	key   func() (byte, error) // waits for one key

	shown int // lines since the last stop
	left  bool
	free  bool // to the end without stopping
}

func (s *Shell) newPager() *pager {
	return &pager{w: s.out, lines: s.page, width: s.columns, key: s.key}
}

func (p *pager) quit() bool { return p.left }

// page is how many lines fit between two stops.
func (s *Shell) page() int {
	if s.length > 0 {
		return s.length - 1
	}
	if n := s.pageLines(); n > 1 {
		return n - 1
	}
	return 0
}

func (p *pager) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		if p.left {
			return 0, errPagerQuit
		}
		line := b
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			line = b[:i+1]
		}
		if limit := p.lines(); !p.free && limit > 0 && p.shown >= limit {
			if err := p.stop(); err != nil {
				return 0, err
			}
		}
		if _, err := p.w.Write(line); err != nil {
			return 0, err
		}
		if line[len(line)-1] == '\n' {
			p.shown += p.rows(line)
		}
		b = b[len(line):]
	}
	return n, nil
}

// rows is how many rows of the window a line takes.
func (p *pager) rows(line []byte) int {
	width := p.width()
	if width <= 0 {
		return 1
	}
	return max(1, (cells(line[:len(line)-1])+width-1)/width)
}

// stop waits for a key at the end of a page.
func (p *pager) stop() error {
	io.WriteString(p.w, morePrompt)
	defer io.WriteString(p.w, eraseLine)
	for {
		key, err := p.key()
		if err != nil {
			p.left = true
			return errPagerQuit
		}
		switch key {
		case ' ', 'f':
			p.shown = 0
			return nil
		case '\r', '\n', 'j':
			p.shown--
			return nil
		case 'G', 'g':
			p.free = true
			return nil
		case 'q', 'Q', 3, 4: // Ctrl-C, Ctrl-D
			p.left = true
			return errPagerQuit
		}
	}
}
