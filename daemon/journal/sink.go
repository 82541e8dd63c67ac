package journal

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"
)

// What may wait for the disk. More is dropped, newest first: what led to the flood is kept.
const (
	sinkLines = 8192
	sinkBytes = 2 << 20
)

// A sink takes records without waiting and writes them in a goroutine of its own.
type sink struct {
	path string       // empty: not a file of ours
	lost func(uint64) // tells that records were lost, when there is room again

	mu      sync.Mutex
	waiting []byte // whole records
	lines   int
	dropped uint64 // since lost was called last
	inAll   uint64
	closed  bool
	numbers numbers

	wake chan struct{}
	done chan struct{}

	file sync.Mutex // held while out is used
	out  io.WriteCloser
	torn bool // the last write ended somewhere in a record
}

func newSink(out io.WriteCloser, path string, numbered bool, lost func(uint64)) *sink {
	s := &sink{
		path: path, out: out, lost: lost, numbers: numbers{on: numbered},
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	go s.run()
	return s
}

func openLog(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, fmt.Errorf("log file: %w", err)
	}
	return f, nil
}

// Write takes one record. It never fails and never waits for the disk.
func (s *sink) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.lines >= sinkLines || len(s.waiting)+len(b) > sinkBytes {
		s.dropped++
		s.inAll++
		return len(b), nil
	}
	s.waiting = s.numbers.append(s.waiting, b)
	s.lines++
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return len(b), nil
}

// run writes until close.
func (s *sink) run() {
	defer close(s.done)
	var spare []byte
	for range s.wake {
		s.mu.Lock()
		batch, lines, closed := s.waiting, s.lines, s.closed
		s.waiting, s.lines = spare[:0], 0
		s.mu.Unlock()
		s.put(batch, lines)
		if spare = batch; cap(spare) > sinkBytes/8 { // a flood is no reason to keep its memory
			spare = nil
		}
		if closed {
			return
		}
	}
}

// put writes a batch. Records that the disk refuses are lost, and told of when it takes some again.
func (s *sink) put(batch []byte, lines int) {
	s.file.Lock()
	var err error
	if s.torn && len(batch) > 0 {
		_, err = s.out.Write([]byte("\n"))
	}
	if len(batch) > 0 && err == nil {
		_, err = s.out.Write(batch)
		s.torn = err != nil
	}
	s.file.Unlock()
	s.mu.Lock()
	if err != nil {
		s.dropped += uint64(lines)
		s.inAll += uint64(lines)
	}
	lost := uint64(0)
	if err == nil && !s.closed && len(batch) > 0 && s.lines < sinkLines/2 { // there is room to tell
		lost, s.dropped = s.dropped, 0
	}
	s.mu.Unlock()
	if lost > 0 {
		s.lost(lost)
	}
}

func (s *sink) droppedInAll() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inAll
}

func (s *sink) reopen() error {
	if s.path == "" {
		return nil
	}
	fresh, err := openLog(s.path)
	if err != nil {
		return err
	}
	s.file.Lock()
	defer s.file.Unlock()
	s.out.Close()
	s.out = fresh
	return nil
}

func (s *sink) close(limit time.Duration) {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if !first {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-s.done:
		if s.path != "" {
			s.out.Close()
		}
	case <-timer.C: // a disk that hangs must not keep the daemon
	}
}

// direct writes each record at once, for tests and simulation.
type direct struct {
	mu      sync.Mutex
	out     io.Writer
	numbers numbers
	line    []byte
}

func (d *direct) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.line = d.numbers.append(d.line[:0], b)
	if _, err := d.out.Write(d.line); err != nil {
		return 0, err
	}
	return len(b), nil
}

// numbers counts the records of the pretty form in the order in which they are written.
type numbers struct {
	on   bool
	last int
}

const unnumbered = "| 0" // how a pretty record comes from the formatter

func (n *numbers) append(dst, b []byte) []byte {
	if !n.on {
		return append(dst, b...)
	}
	n.last++
	dst = strconv.AppendInt(append(dst, "| "...), int64(n.last), 10)
	return append(dst, b[len(unnumbered):]...)
}
