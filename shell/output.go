package shell

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"bgpsh/ipc/grammar"
)

// output is where one command writes: through its pipes, then the pager,
// then to the session's output.
type output struct {
	io.Writer
	stages  []io.Closer // first to last: each may write to the next when closed
	pager   quitter     // nil: none
	json    bool
	count   *counter
	after   *bufio.Writer
	direct  bool // to where the session's output goes, without pipes
	columns int  // of the window that shows it; 0: it goes elsewhere, and lines may have any length
}

// quitter is a pager whose reader may leave before the end.
type quitter interface{ quit() bool }

// openOutput makes the output of a command.
func (s *Shell) openOutput(c grammar.Command) (*output, error) {
	o := &output{json: wantsJSON(c)}
	var w io.Writer = s.out
	o.direct = len(c.Pipes) == 0
	if s.columns != nil && len(c.Pipes) == 0 {
		o.columns = s.columns()
	}
	if s.interactive && s.pageLines != nil && s.length != 0 && !hasPipe(c, "no-more") {
		w = s.openPager(o)
	}
	if s.colours && !o.json && !hasPipe(c, "save") {
		painter := newPainter(c.ID, w)
		w, o.stages = painter, append([]io.Closer{painter}, o.stages...)
	}
	o.after = bufio.NewWriterSize(w, 1<<16)
	o.stages = append([]io.Closer{flusher{o.after}}, o.stages...)
	w = o.after
	for i := len(c.Pipes) - 1; i >= 0; i-- {
		stage, err := s.newPipe(c.Pipes[i], w)
		if err != nil {
			o.abandon()
			return nil, err
		}
		if stage != nil {
			w, o.stages = stage, append([]io.Closer{stage}, o.stages...)
		}
	}
	o.count = &counter{w: w}
	o.Writer = o.count
	return o, nil
}

// close ends the output of a command that returned failed. Where a JSON
// document was asked for and none has been written, one is written now.
func (o *output) close(failed error) error {
	if o.json && failed != nil && o.count.n == 0 {
		var f *failure
		var document any = &object{}
		if errors.As(failed, &f) && f.document != nil {
			document = f.document
		}
		printJSON(o, document)
	}
	if failed != nil {
		o.abandon()
	}
	var errs []error
	for _, stage := range o.stages {
		errs = append(errs, stage.Close())
	}
	return firstError(errs...)
}

// abandon leaves files that were to be saved as they were.
func (o *output) abandon() {
	for _, stage := range o.stages {
		if v, ok := stage.(*saver); ok {
			v.abandon()
		}
	}
}

// flush hands on what is buffered, so that the first lines of a long listing
// appear while the rest is fetched.
func (o *output) flush() error { return o.after.Flush() }

// quit tells whether the reader has left the pager.
func (o *output) quit() bool { return o.pager != nil && o.pager.quit() }

// hasPipe tells whether a command has a pipe of that word.
func hasPipe(c grammar.Command, word string) bool {
	return slices.ContainsFunc(c.Pipes, func(p grammar.Pipe) bool { return p.Word == word })
}

type flusher struct{ w *bufio.Writer }

func (f flusher) Close() error { return f.w.Flush() }

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// lineFilter cuts what is written into lines and hands each to keep.
type lineFilter struct {
	keep func(line []byte) error
	end  func() error
	part []byte
}

func (f *lineFilter) Write(b []byte) (int, error) {
	n := len(b)
	for {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			f.part = append(f.part, b...)
			return n, nil
		}
		line := b[:i+1]
		if len(f.part) > 0 {
			f.part = append(f.part, line...)
			line = f.part
		}
		if err := f.keep(line); err != nil {
			return 0, err
		}
		f.part, b = f.part[:0], b[i+1:]
	}
}

func (f *lineFilter) Close() error {
	if len(f.part) > 0 {
		if err := f.keep(f.part); err != nil {
			return err
		}
	}
	if f.end != nil {
		return f.end()
	}
	return nil
}

// newPipe makes the filter for one pipe; nil for json and no-more, which are
// none.
func (s *Shell) newPipe(p grammar.Pipe, w io.Writer) (io.WriteCloser, error) {
	if p.Word == "save" {
		return s.newSaver(p.Pattern, w)
	}
	pattern, err := regexp.Compile(p.Pattern)
	if err != nil {
		return nil, fail("Not a regular expression: %s: %v", p.Pattern, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	put := func(line []byte) error {
		_, err := w.Write(line)
		return err
	}
	matches := func(line []byte) bool { return pattern.Match(bytes.TrimRight(line, "\r\n")) }
	switch p.Word {
	case "include", "exclude":
		want := p.Word == "include"
		return &lineFilter{keep: func(line []byte) error {
			if matches(line) != want {
				return nil
			}
			return put(line)
		}}, nil
	case "begin":
		begun := false
		return &lineFilter{keep: func(line []byte) error {
			if begun = begun || matches(line); !begun {
				return nil
			}
			return put(line)
		}}, nil
	case "section":
		return sectionFilter(matches, put), nil
	case "count":
		n := 0
		return &lineFilter{
			keep: func([]byte) error { n++; return nil },
			end:  func() error { _, err := fmt.Fprintf(w, "Count: %d lines\n", n); return err },
		}, nil
	}
	return nil, nil
}

// sectionFilter keeps each line that matches together with the deeper
// indented lines below it.
func sectionFilter(matches func([]byte) bool, put func([]byte) error) io.WriteCloser {
	inside := -1 // indentation of the section's first line
	return &lineFilter{keep: func(line []byte) error {
		depth := len(line) - len(bytes.TrimLeft(line, " "))
		if inside >= 0 && depth <= inside {
			inside = -1
		}
		if inside < 0 && matches(line) {
			inside = depth
		}
		if inside < 0 {
			return nil
		}
		return put(line)
	}}
}

// together makes what is said in many lines one write to each of the two
// outputs: answers first, then warnings and errors. release ends that.
func (s *Shell) together() (release func()) {
	answers, errs := s.answers, s.errs
	said, wrong := bufio.NewWriterSize(answers, 1<<16), bufio.NewWriterSize(errs, 1<<16)
	s.answers, s.errs = said, wrong
	return func() {
		said.Flush()
		wrong.Flush()
		s.answers, s.errs = answers, errs
	}
}
