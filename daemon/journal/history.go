package journal

import (
	"strings"
	"sync"
	"time"

	"bgpsh/fsm"
	"bgpsh/wire"
)

// Category is what kind of event a history entry is about.
type Category uint8

// The categories.
const (
	Admin           Category = iota // an operator or the configuration
	Connection                      // a message, or a timer of a connection
	Neighbor                        // a timer of the neighbor, or a connection that came
	StateTransition                 // from Previous to State
)

var categories = [...]string{"Admin", "Connection", "Session", "StateTransition"}

// String gives the category's name: "StateTransition".
func (c Category) String() string {
	if int(c) >= len(categories) {
		return "Unknown"
	}
	return categories[c]
}

// Event is one entry of a neighbor's history.
type Event struct {
	Time     time.Time
	Category Category
	Type     string    // the event's name; of a transition "Idle -> Connect"
	State    fsm.State // after a transition, else at the event
	Previous fsm.State // of a transition
	Conn     string    // eight digits, empty: about no connection
	Details  string
}

// Major reports whether the event stands in the short history: what operators did, connections that came, transitions.
func (e *Event) Major() bool {
	return e.Category == Admin || e.Category == StateTransition || e.Type == connectionAccepted || e.Type == connectionDeclined
}

// Names of the history's own events.
const (
	connectionAccepted = "connection accepted"
	connectionDeclined = "connection declined"
)

const (
	historyEvents   = 1024
	historyMessages = 1024
	historyBytes    = 16 << 10 // of messages, in each direction
)

// A history is what a neighbor's show commands look back on: its events, the major ones apart so that no flood of
// keepalives pushes them out, and its last messages. It grows as it fills.
type history struct {
	mu             sync.Mutex
	all, major     ring[entry]
	sent, received messages
}

// An entry is an Event as it is kept: at rest a neighbor's history is most of its memory.
type entry struct {
	at              int64 // nanoseconds since 1970
	kind, details   string
	conn            uint32
	category        Category
	state, previous fsm.State
	hasConn         bool
}

func (h *history) add(now time.Time, e Event, conn *Conn) {
	k := entry{at: now.UnixNano(), kind: e.Type, details: e.Details, category: e.Category, state: e.State, previous: e.Previous}
	if conn != nil {
		k.conn, k.hasConn = conn.number, true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all.add(k, historyEvents)
	if e.Major() {
		h.major.add(k, historyEvents)
	}
}

func (k *entry) event() Event {
	e := Event{Time: time.Unix(0, k.at), Category: k.category, Type: k.kind, State: k.state, Previous: k.previous, Details: k.details}
	if k.hasConn {
		e.Conn = connName(k.conn)
	}
	switch { // what follows from the rest is not kept
	case e.Category == StateTransition:
		e.Type, e.Details = camel(e.Previous)+" -> "+camel(e.State), "State transition"
	case e.Category == Connection && e.Details == "" && strings.HasSuffix(e.Type, " message"):
		e.Details = "received " + e.Type
	}
	return e
}

// Events gives the newest limit events (0: all that are kept), newest first: all of them or the major ones.
func (s *Session) Events(all bool, limit int) []Event {
	s.history.mu.Lock()
	defer s.history.mu.Unlock()
	from := &s.history.major
	if all {
		from = &s.history.all
	}
	var out []Event
	from.newest(limit, func(k *entry) { out = append(out, k.event()) })
	return out
}

// Message is one message that was sent or received.
type Message struct {
	Time  time.Time
	Conn  string // eight digits
	Sent  bool
	Type  wire.Type
	Len   int    // of the message
	Bytes []byte // the message, or with Len greater its beginning
}

// Messages gives the newest limit messages (0: all that are kept) in each direction asked for, newest first.
func (s *Session) Messages(sent, received bool, limit int) []Message {
	s.history.mu.Lock()
	defer s.history.mu.Unlock()
	var a, b []Message
	if sent {
		a = s.history.sent.newest(limit, true)
	}
	if received {
		b = s.history.received.newest(limit, false)
	}
	out := make([]Message, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && !a[0].Time.Before(b[0].Time) {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out
}

// A ring keeps the last of what is added. It grows by doubling.
type ring[T any] struct {
	items []T
	start int // of the oldest
	count int
}

// add keeps v, in place of the oldest when limit are kept already.
func (r *ring[T]) add(v T, limit int) {
	if r.count == len(r.items) && r.count < limit {
		grown := make([]T, min(max(2*r.count, 8), limit))
		for i := range r.count {
			grown[i] = *r.at(i)
		}
		r.items, r.start = grown, 0
	}
	if r.count == len(r.items) {
		r.drop()
	}
	r.count++
	*r.at(r.count - 1) = v
}

// at is the i-th item from the oldest.
func (r *ring[T]) at(i int) *T {
	if i += r.start; i >= len(r.items) {
		i -= len(r.items)
	}
	return &r.items[i]
}

// drop forgets the oldest.
func (r *ring[T]) drop() {
	var zero T
	*r.at(0) = zero
	if r.start++; r.start == len(r.items) {
		r.start = 0
	}
	r.count--
}

// newest visits up to limit items (0: all), the newest first.
func (r *ring[T]) newest(limit int, visit func(*T)) {
	for i := r.count - 1; i >= 0 && (limit <= 0 || r.count-i <= limit); i-- {
		visit(r.at(i))
	}
}

// messages keeps the last messages of one direction, at most historyMessages of them and historyBytes of their bytes,
// which lie in one circular buffer so that keeping a message allocates nothing.
type messages struct {
	list  ring[kept]
	bytes []byte
	end   int // where the next byte goes
	used  int
}

type kept struct {
	at     int64
	conn   uint32
	length uint16 // of the message, at most wire.MaxExtendedLen
	stored uint16 // of its bytes in the buffer
}

func (m *messages) add(now time.Time, conn uint32, b []byte) {
	stored := min(len(b), historyBytes/4)
	for m.list.count > 0 && (m.list.count == historyMessages || m.used+stored > historyBytes) {
		m.used -= int(m.list.at(0).stored)
		m.list.drop()
	}
	if m.used+stored > len(m.bytes) {
		m.grow(m.used + stored)
	}
	m.put(b[:stored])
	m.list.add(kept{now.UnixNano(), conn, uint16(min(len(b), wire.MaxExtendedLen)), uint16(stored)}, historyMessages)
}

// grow makes room for need bytes, the present ones first.
func (m *messages) grow(need int) {
	size := max(2*len(m.bytes), 512)
	for size < need {
		size *= 2
	}
	grown := make([]byte, min(size, historyBytes))
	m.copyOut(grown[:m.used], m.end-m.used)
	m.bytes, m.end = grown, m.used
}

func (m *messages) put(b []byte) {
	m.used += len(b)
	if m.end == len(m.bytes) {
		m.end = 0
	}
	n := copy(m.bytes[m.end:], b)
	if rest := b[n:]; len(rest) > 0 {
		m.end = copy(m.bytes, rest)
	} else {
		m.end += n
	}
}

// copyOut fills dst from the buffer, beginning at from, which may be negative: before its start is its end.
func (m *messages) copyOut(dst []byte, from int) {
	if len(dst) == 0 {
		return
	}
	if from < 0 {
		from += len(m.bytes)
	}
	n := copy(dst, m.bytes[from:])
	copy(dst[n:], m.bytes)
}

func (m *messages) newest(limit int, sent bool) []Message {
	var out []Message
	at := m.end
	m.list.newest(limit, func(k *kept) {
		if at -= int(k.stored); at < 0 {
			at += len(m.bytes)
		}
		b := make([]byte, k.stored)
		m.copyOut(b, at)
		out = append(out, Message{Time: time.Unix(0, k.at), Conn: connName(k.conn), Sent: sent, Type: messageType(b), Len: int(k.length), Bytes: b})
	})
	return out
}
