package journal

import (
	"bytes"
	"cmp"
	"sort"
	"time"

	"bgpsh/wire"
)

// Mistake is one malformed UPDATE that is kept.
type Mistake struct {
	Time   time.Time
	Conn   string     // eight digits
	Error  wire.Error // the worst that is wrong with it
	Len    int        // of the message
	Bytes  []byte     // the message, or with Len greater its beginning; shared and never changed
	Params wire.Params
}

// MistakeCount counts what was wrong with a neighbor's UPDATEs, since the neighbor exists.
type MistakeCount struct {
	Attr     wire.AttrType // 0: not with an attribute
	Severity wire.Severity // what was done about it
	Count    uint64
}

// mistakeMessages is how many malformed messages are kept.
const mistakeMessages = 8

// mistakes are what a neighbor did wrong in UPDATEs. The kinds are as many as attribute types and severities at most.
type mistakes struct {
	counts map[mistakeKind]uint64
	last   ring[Mistake]
}

type mistakeKind struct {
	attr     wire.AttrType
	severity wire.Severity
}

// Malformed counts all that is wrong with an UPDATE of an established session, keeps it, and records the worst. message is
// whole, with its header.
func (c *Conn) Malformed(worst *wire.Error, all func(func(*wire.Error) bool), message []byte, p *wire.Params) {
	c.mistaken(worst, all, message, p)
	c.s.Malformed(worst, message[wire.HeaderLen:])
}

func (c *Conn) mistaken(worst *wire.Error, all func(func(*wire.Error) bool), message []byte, p *wire.Params) {
	m := Mistake{
		Time: c.s.j.Now(), Conn: c.name(), Error: *worst, Len: len(message), Params: *p,
		Bytes: bytes.Clone(message[:min(len(message), keptBytes)]),
	}
	m.Error.Data = nil // it is in the message
	h := &c.s.history
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.mistakes.counts == nil {
		h.mistakes.counts = map[mistakeKind]uint64{}
	}
	counted := false
	for e := range all {
		h.mistakes.counts[mistakeKind{e.Attr, e.Severity}]++
		counted = counted || e.Attr == worst.Attr && e.Severity == worst.Severity
	}
	if !counted {
		h.mistakes.counts[mistakeKind{worst.Attr, worst.Severity}]++
	}
	h.mistakes.last.add(m, mistakeMessages)
}

// Mistakes gives the malformed messages that are kept, the newest first.
func (s *Session) Mistakes() []Mistake {
	s.history.mu.Lock()
	defer s.history.mu.Unlock()
	var out []Mistake
	s.history.mistakes.last.newest(0, func(m *Mistake) { out = append(out, *m) })
	return out
}

// MistakeCounts gives the counts by attribute, the worse severity first.
func (s *Session) MistakeCounts() []MistakeCount {
	s.history.mu.Lock()
	defer s.history.mu.Unlock()
	var out []MistakeCount
	for k, n := range s.history.mistakes.counts {
		out = append(out, MistakeCount{Attr: k.attr, Severity: k.severity, Count: n})
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := &out[i], &out[j]
		return cmp.Or(cmp.Compare(a.Attr, b.Attr), cmp.Compare(b.Severity, a.Severity)) < 0
	})
	return out
}
