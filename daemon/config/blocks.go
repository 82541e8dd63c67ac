package config

import (
	"bytes"
	"io"
	"runtime"
	"slices"

	"bgpsh/daemon/policy"
)

// A block is a piece of a configuration of whole lines, with what can be known of them without what stands before: which are lines of prefix
// lists. A file of millions of them is read by several goroutines so.
type block struct {
	text    []byte
	parts   []part
	entries []policy.PrefixEntry
	judged  chan struct{} // closed once the parts are known
}

// A part is a run of lines in a block: of one prefix list, or others.
type part struct {
	start, end    int // of the lines
	name, nameEnd int // of the list's name
	six           bool
	first, count  int // of the entries, one for each line; 0: other lines
}

// blockSize is how many bytes of a file are looked at together; a longer line makes a longer block.
const blockSize = 256 << 10

// judge finds the parts.
func (b *block) judge() {
	b.parts, b.entries = b.parts[:0], b.entries[:0]
	var r prefixReader[[]byte]
	var now *part
	for at := 0; at < len(b.text); {
		end := bytes.IndexByte(b.text[at:], '\n') + 1
		if end == 0 {
			end = len(b.text) - at
		}
		line := b.text[at : at+end]
		listed := r.read(withoutEnd(line))
		if now == nil || listed != (now.count > 0) || listed && (now.six != r.six || !bytes.Equal(b.text[now.name:now.nameEnd], r.name)) {
			next := part{start: at, first: len(b.entries), six: r.six}
			if listed {
				next.nameEnd = at + len(r.head)
				next.name = next.nameEnd - len(r.name)
			}
			b.parts = append(b.parts, next)
			now = &b.parts[len(b.parts)-1]
		}
		if listed {
			b.entries = append(b.entries, r.entry)
			now.count++
		}
		at += end
		now.end = at
	}
}

// inBlocks hands a text over in blocks of about a size, in order. What is shorter is one. The error is the reader's, but for its end.
func inBlocks(from io.Reader, size int, take func(*block)) error {
	s := &splitter{from: from, size: size}
	b := &block{}
	if err := s.fill(b); err != nil {
		if err == io.EOF {
			b.judge()
			take(b)
			return nil
		}
		return err
	}
	workers := runtime.GOMAXPROCS(0)
	p := &judges{unread: make(chan *block, 2*workers), inOrder: make(chan *block, 2*workers), free: make(chan *block, 4*workers), stop: make(chan struct{})}
	defer close(p.stop) // also where take panics
	for range workers {
		go p.work()
	}
	go p.read(s, b)
	for b := range p.inOrder {
		<-b.judged
		take(b)
		select {
		case p.free <- b:
		default:
		}
	}
	return p.err
}

// judges are goroutines that read blocks and find their parts, ahead of the one that takes them.
type judges struct {
	unread, inOrder, free chan *block
	stop                  chan struct{}
	err                   error // of the reader; set when inOrder is closed
}

func (p *judges) work() {
	for b := range p.unread {
		b.judge()
		close(b.judged)
	}
}

// read hands over a first block and all that follow.
func (p *judges) read(s *splitter, b *block) {
	defer close(p.inOrder)
	defer close(p.unread)
	for last := false; ; {
		b.judged = make(chan struct{})
		p.unread <- b // never more than what inOrder holds and those at work
		select {
		case p.inOrder <- b:
		case <-p.stop:
			return
		}
		if last {
			return
		}
		select {
		case b = <-p.free:
		default:
			b = &block{text: make([]byte, 0, s.size)}
		}
		err := s.fill(b)
		if last = err == io.EOF; !last && err != nil {
			p.err = err
			return
		}
	}
}

// A splitter cuts what it reads into blocks.
type splitter struct {
	from io.Reader
	size int
	left []byte // behind the last whole line
}

// fill reads the next block. With the last one, which may be empty, comes io.EOF.
func (s *splitter) fill(b *block) error {
	b.text = append(b.text[:0], s.left...)
	s.left = s.left[:0]
	for {
		if len(b.text) == cap(b.text) {
			b.text = slices.Grow(b.text, max(len(b.text), 4096))
		}
		n, err := s.from.Read(b.text[len(b.text):cap(b.text)])
		b.text = b.text[:len(b.text)+n]
		if err != nil {
			return err
		}
		if len(b.text) < s.size {
			continue
		}
		if end := bytes.LastIndexByte(b.text, '\n') + 1; end > 0 {
			s.left = append(s.left, b.text[end:]...)
			b.text = b.text[:end]
			return nil
		}
	}
}
