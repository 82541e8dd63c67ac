package journal

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"bgpsh/fsm"
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

// Major reports whether the event stands in the short history: what operators did, connections that came or ended, transitions.
func (e *Event) Major() bool {
	return e.Category == Admin || e.Category == StateTransition || e.Type == connectionAccepted || e.Type == connectionDeclined ||
		e.Type == connectionEnds
}

// routine reports whether the event only says that an established session goes on.
func (e *Event) routine() bool {
	return e.State == fsm.Established && e.Category != StateTransition && strings.HasPrefix(e.Type, "keepalive ")
}

// Names of the history's own events.
const (
	connectionAccepted = "connection accepted"
	connectionDeclined = "connection declined"
	connectionEnds     = "connection ends"
)

const (
	historyEvents = 1024
	routineEvents = 16 // the keepalives of a session that is up: each is like the next
)

// A history is what a neighbor's show commands look back on: its events, the major ones apart so that no flood of
// keepalives pushes them out, its last messages, and the malformed ones among them. It grows as it fills, and outlives the
// neighbor's sessions.
type history struct {
	mu         sync.Mutex
	all, major ring[entry] // all but routine ones, and of those the major ones again
	routine    ring[entry]
	order      uint32 // of the last event: those of one instant are told apart by it
	recorder   recorder
	mistakes   mistakes
}

// An entry is an Event as it is kept: at rest a neighbor's history is most of its memory.
type entry struct {
	at              int64 // nanoseconds since 1970
	kind, details   string
	conn, order     uint32
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
	h.order++
	k.order = h.order
	if e.routine() {
		h.routine.add(k, routineEvents)
		return
	}
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
	h := &s.history
	var kept []*entry
	gather := func(k *entry) { kept = append(kept, k) }
	if all {
		h.all.newest(limit, gather)
		h.routine.newest(limit, gather)
		slices.SortFunc(kept, func(a, b *entry) int {
			return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(int32(b.order-a.order), 0))
		})
	} else {
		h.major.newest(limit, gather)
	}
	if limit > 0 && len(kept) > limit {
		kept = kept[:limit]
	}
	var out []Event
	for _, k := range kept {
		out = append(out, k.event())
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
		grown := make([]T, min(max(2*r.count, 2), limit))
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
