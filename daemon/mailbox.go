package daemon

import (
	"slices"
	"sync"
)

// A mailbox carries messages to the one goroutine that owns something. It never blocks a sender. Its length is bounded by
// its senders, not by itself: each waits for its answer before it sends the next (a reader, a dialer, a client's call), so
// there are at most as many messages as senders.
//
// The owner drains it after each signal on wake, or has rouse called with each message. A simulator polls take.
type mailbox[T any] struct {
	wake  chan struct{}
	rouse func() // nil: wake is signalled; set before the first message

	mu     sync.Mutex
	items  []T
	one    [1]T // items, while there is one
	closed bool
}

func newMailbox[T any]() *mailbox[T] { return &mailbox[T]{wake: make(chan struct{}, 1)} }

// post appends v and wakes the owner. It reports false, and does nothing, when the owner has closed the mailbox: the
// sender keeps v and whatever v owns.
func (m *mailbox[T]) post(v T) bool {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return false
	}
	if len(m.items) == 0 {
		m.items = m.one[:0]
	}
	m.items = append(m.items, v)
	m.mu.Unlock()
	if m.rouse != nil {
		m.rouse()
	} else {
		signal(m.wake)
	}
	return true
}

// take removes the oldest message.
func (m *mailbox[T]) take() (v T, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.items) == 0 {
		return v, false
	}
	v = m.items[0]
	var zero T
	m.items[0] = zero
	if m.items = m.items[1:]; len(m.items) == 0 {
		m.items = nil
	}
	return v, true
}

// len is the number of messages that wait.
func (m *mailbox[T]) len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.items)
}

// close refuses further messages and returns those that nobody will take, so that the owner can answer their senders.
func (m *mailbox[T]) close() []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	left := slices.Clone(m.items)
	m.items, m.one, m.closed = nil, [1]T{}, true
	return left
}

// signal wakes the one goroutine that waits on c, now or when it next looks. c has room for one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
