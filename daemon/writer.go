package daemon

import (
	"net"
	"sync"
	"time"

	"bgpsh/daemon/fault"
	"bgpsh/daemon/transport"
)

// A writer writes what waits in the ring of a link. Its attendant sees to it that one goroutine does so at a time.
type writer struct {
	l     *link
	world *goroutines
	over  bool    // the connection has ended
	lost  bool    // it could not be written to
	begun *vector // what the socket did not take at once; nil: nothing
}

// tryBytes is how many bytes of routes are written without telling Go's scheduler, at most: it takes the kernel some ten microseconds.
const tryBytes = 16 << 10

// A vector is what one write carries: what was taken from a ring at once.
type vector struct {
	all     net.Buffers // cleared when it is written
	spare   net.Buffers // memory of left
	left    net.Buffers // the end of all that is still to be written
	routes  int         // bytes of routes
	updates int         // messages
	written int64       // bytes
}

// vectors is the memory of writers that are at rest. Nothing is kept alive by it for long: what has been written is cleared.
var vectors = sync.Pool{New: func() any { return new(vector) }}

// work is what the writer's goroutine does: write all that there is, and take leave after the last of it.
func (w *writer) work() {
	if w.over {
		return
	}
	wrote, ended := w.writeAll()
	if !ended {
		return
	}
	w.over = true
	l := w.l
	defer w.world.peers.Done()
	if l.begun.CompareAndSwap(false, true) {
		w.world.peers.Go(func() { l.session.faults.quietly(fault.Reader, l.session.name, func() { drain(l) }) })
	}
	defer l.session.sockets.Add(-1)
	l.session.faults.quietly(fault.Writer, l.session.name, func() { goodbye(l, wrote) })
}

// writeAll writes all that there is. It reports whether it could, and whether there will be no more.
func (w *writer) writeAll() (wrote, ended bool) {
	if w.lost {
		return false, true
	}
	ended = true // also when it panics
	defer w.l.containWriter()
	v := w.vector()
	for {
		if len(v.left) == 0 {
			more := v.take(w.l)
			if len(v.left) == 0 {
				vectors.Put(v)
				return true, !more
			}
		}
		n, err := w.l.conn.WriteBuffers(&v.left)
		if !v.wrote(w.l, n, err) {
			return false, true
		}
	}
}

// vector is what was begun, or a fresh one.
func (w *writer) vector() *vector {
	v := w.begun
	if w.begun = nil; v == nil {
		v = vectors.Get().(*vector)
	}
	return v
}

// some writes what the socket takes at once. It reports false when something is left for the writer's goroutine.
func (w *writer) some() (done bool) {
	conn, ok := w.l.conn.(transport.TryWriter)
	if !ok || w.over || w.lost {
		return w.over
	}
	defer w.l.containWriter()
	w.lost = true // when it panics
	done, w.lost = w.try(conn)
	return done
}

func (w *writer) try(conn transport.TryWriter) (done, lost bool) {
	v := w.vector()
	for {
		more := v.take(w.l)
		switch {
		case len(v.left) == 0:
			vectors.Put(v)
			return more, false
		case v.routes > tryBytes:
			w.begun = v
			return false, false
		}
		n, err := conn.TryWriteBuffers(&v.left)
		if !v.wrote(w.l, n, err) {
			return false, true
		}
		if len(v.left) > 0 {
			w.begun = v
			return false, false
		}
	}
}

// take fills an empty vector from the ring. It reports false when the ring is finished.
func (v *vector) take(l *link) (more bool) {
	v.all, v.routes, more = l.ring.take(v.all)
	v.spare = append(v.spare[:0], v.all...)
	v.left, v.written = v.spare, 0
	v.updates = l.recordUpdates(v.all, v.routes)
	return more
}

// wrote books n more bytes of v that are on the socket, and tells the RIB when there is room again. It reports false when the
// connection is lost.
func (v *vector) wrote(l *link, n int64, err error) bool {
	v.written += n
	l.written.Add(uint64(n))
	l.session.counts.bytesOut.Add(uint64(n))
	switch {
	case err != nil:
		l.session.counts.unsent(v.all, v.written)
		l.ring.close()
		l.session.inbox.post(broken{link: l, err: err})
		return false
	case len(v.left) > 0:
		return true
	}
	l.session.counts.lastWrite.Store(l.session.nanos(time.Now()))
	l.session.counts.updatesOut(v.updates)
	clear(v.all)
	if l.ring.wrote(v.routes) {
		l.session.stream.resume()
	}
	return true
}
