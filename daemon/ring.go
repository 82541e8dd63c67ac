package daemon

import (
	"net"
	"sync"
)

const (
	// ringLimit is how many bytes of routes may wait for one connection before the RIB stops sending to it. Two socket
	// buffers' worth: enough to keep the socket busy while the RIB serves others, little enough to forget at a reset.
	ringLimit = 256 << 10
	// ringVector is how many buffers one vectored write carries.
	ringVector = 64
)

// A ring is the queue of one connection's writer. Messages of the session (OPEN, KEEPALIVE, NOTIFICATION, ROUTE-REFRESH)
// are urgent and overtake routes, which the RIB appends in order. Each buffer holds whole messages, so overtaking between
// buffers never cuts one. Buffers are shared and read only: the same one may wait in many rings.
type ring struct {
	rouse func() // called when there is something to write; nil: nobody, the writer looks for itself
	here  func() // as rouse, by who can do some of the writing itself
	limit int    // bytes of routes at which the RIB is told to stop, to go on at a quarter of it

	// Of the loop's owner.
	talks  bool // the neighbor has announced or withdrawn something on this connection
	called bool // by the errand under way

	mu     sync.Mutex
	urgent [][]byte
	routes [][]byte
	bytes  int  // of routes, waiting or being written
	full   bool // the RIB was told to stop
	closed bool
	last   bool // nothing follows what is queued
}

// sendUrgent queues a message of the session ahead of all routes.
func (r *ring) sendUrgent(b []byte) {
	r.mu.Lock()
	if !r.closed {
		r.urgent = append(r.urgent, b)
	}
	r.mu.Unlock()
	r.call()
}

// queueRoutes queues a buffer of routes, for which the writer is still to be called. It always takes the buffer; false asks the
// sender to stop until the ring has room again (see wrote).
func (r *ring) queueRoutes(b []byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return true
	}
	r.routes = append(r.routes, b)
	r.bytes += len(b)
	r.full = r.full || r.bytes >= r.limit
	return !r.full
}

func (r *ring) call() {
	if r.rouse != nil {
		r.rouse()
	}
}

// write calls the writer in the caller's goroutine, as far as the connection does not make it wait.
func (r *ring) write() {
	if r.here != nil {
		r.here()
	}
}

// take moves the next buffers to write into dst and says how many of their bytes are routes. more is false when the ring
// is finished: closed, or its last message was taken before.
func (r *ring) take(dst net.Buffers) (bufs net.Buffers, routes int, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return dst[:0], 0, false
	}
	dst = append(dst[:0], r.urgent...)
	r.urgent = r.urgent[:0]
	if r.last {
		return dst, 0, len(dst) > 0
	}
	n := min(len(r.routes), ringVector-min(len(dst), ringVector))
	for _, b := range r.routes[:n] {
		routes += len(b)
	}
	dst = append(dst, r.routes[:n]...)
	clear(r.routes[:n])
	if r.routes = r.routes[n:]; len(r.routes) == 0 {
		r.routes = nil
	}
	return dst, routes, true
}

// wrote says that n bytes of routes taken before are on the socket. It reports true when a RIB that was told to stop may
// go on.
func (r *ring) wrote(n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bytes -= n
	if !r.full || r.bytes > r.limit/4 {
		return false
	}
	r.full = false
	return true
}

// finish ends the ring after its urgent messages: a NOTIFICATION still goes out, routes do not.
func (r *ring) finish() {
	r.mu.Lock()
	r.last, r.routes, r.bytes = true, nil, 0
	r.mu.Unlock()
	r.call()
}

// close ends the ring at once.
func (r *ring) close() {
	r.mu.Lock()
	r.closed, r.urgent, r.routes, r.bytes = true, nil, nil, 0
	r.mu.Unlock()
	r.call()
}

// depth is the number of buffers and bytes that wait.
func (r *ring) depth() (buffers, bytes int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.urgent) + len(r.routes), r.bytes
}

// pending reports whether take would give something or end the writer.
func (r *ring) pending() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.urgent)+len(r.routes) > 0 || r.closed || r.last
}
