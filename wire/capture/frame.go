package capture

import (
	"bytes"
	"fmt"

	"bgpsh/wire"
)

// This file cuts the octets of a stream into messages.

// take appends octets that are in order, and reads the messages that they
// complete.
func (s *stream) take(b []byte) {
	s.next += uint32(len(b))
	if s.conn.foreign {
		return
	}
	s.buf = append(s.buf, b...)
	if !s.conn.bgp && !s.identify() {
		return
	}
	rest := s.buf
	for size := -1; size != 0 && s.conn.d.failed == nil; rest = rest[size:] {
		size = s.cut(rest)
	}
	switch {
	case len(rest) == 0 && cap(s.buf) > idleBuffer:
		s.buf = nil
	case len(rest) < len(s.buf):
		s.buf = append(s.buf[:0], rest...)
	}
}

// identify decides, on a port that says nothing, whether the connection is of
// BGP: its first octets are then a header.
func (s *stream) identify() bool {
	n := min(len(s.buf), len(marker))
	switch {
	case !bytes.Equal(s.buf[:n], marker[:n]), len(s.buf) >= wire.HeaderLen && !beginsMessage(s.buf):
		s.conn.foreign, s.buf = true, nil
		return false
	}
	s.conn.bgp = len(s.buf) >= wire.HeaderLen
	return s.conn.bgp
}

// cut reads what b begins with and gives its length in octets: a message, or
// octets in which none begins. It gives 0 when more of the stream is needed.
func (s *stream) cut(b []byte) int {
	if s.searching {
		if skip := search(b); skip > 0 {
			s.skipped += skip
			return skip
		}
		if len(b) < wire.HeaderLen {
			return 0
		}
		s.report()
		s.searching = false
	}
	if len(b) < wire.HeaderLen {
		return 0
	}
	h, err := wire.ParseHeader(b, s.session.maxLen)
	if err != nil {
		s.lose(refused(b, 0, err))
		s.skipped++
		return 1 // so that the search does not find the same
	}
	if len(b) < h.Len {
		return 0
	}
	o := s.session.message(b[:h.Len], h.Type)
	s.put(o)
	if o.open != nil {
		s.conn.opened(s.side, o.open)
	}
	return h.Len
}

// search gives the number of octets before the first place in b where a message
// may begin: a header that some session could accept, or as much of one as b
// has left.
func search(b []byte) int {
	for skip := 0; ; skip++ {
		at := bytes.Index(b[skip:], marker)
		if at < 0 {
			// The last octets can be the beginning of a marker.
			for tail := min(len(b)-skip, len(marker)-1); tail > 0; tail-- {
				if bytes.HasPrefix(marker, b[len(b)-tail:]) {
					return len(b) - tail
				}
			}
			return len(b)
		}
		skip += at
		if len(b)-skip < wire.HeaderLen || beginsMessage(b[skip:]) {
			return skip
		}
	}
}

// lose notes that the stream cannot be read from here on, and begins to search
// for the next message. What was noted before and not reported yet stays.
func (s *stream) lose(o *object) {
	s.searching = true
	if s.lost != nil {
		return
	}
	s.stamp(o)
	o.gapFields = &gapFields{}
	s.lost = o
}

// gap notes octets that were not captured, and throws away the message that they
// interrupt. Text is for a gap of unknown size.
func (s *stream) gap(missing int, text string) {
	s.skipped += len(s.buf)
	s.buf = s.buf[:0]
	if s.lost != nil && s.lost.Type != typeGap {
		s.report()
	}
	s.lose(broken(typeGap, text))
	s.lost.Missing += missing
}

// report puts out what was lost, now that it is known how much.
func (s *stream) report() {
	if o := s.lost; o != nil {
		o.Skipped = s.skipped
		if o.Missing > 0 {
			o.Error.Text = fmt.Sprintf("%d octets of the stream were not captured", o.Missing)
		}
		s.conn.d.put(o)
	}
	s.lost, s.skipped = nil, 0
}

// put writes an object with its place.
func (s *stream) put(o *object) {
	s.stamp(o)
	s.conn.d.put(o)
}

func (s *stream) stamp(o *object) {
	o.Frame, o.Time = s.number, s.at.String()
	o.Src, o.Dst = s.src.String(), s.dst.String()
}
