package daemon

import (
	"net"
	"time"

	"bgpsh/daemon/fault"
	"bgpsh/daemon/transport"
)

// A writer writes what waits in the ring of a link. Its attendant sees to it that one goroutine does so at a time.
type writer struct {
	l     *link
	world *goroutines
	over  bool   // the connection has ended
	lost  bool   // it could not be written to
	begun parcel // what the socket did not take at once
}

// A parcel is what was taken from a ring at once.
type parcel struct {
	vector  net.Buffers // all that was taken, nil where it is written
	bufs    net.Buffers // the end of vector that is still to be written
	all     net.Buffers // all that was taken
	routes  int         // bytes of routes
	updates int         // messages
	written int64       // bytes
}

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
	p := w.begun
	w.begun = parcel{}
	for {
		if len(p.bufs) == 0 {
			switch more := w.take(&p); {
			case !more:
				return true, true
			case len(p.bufs) == 0:
				return true, false
			}
		}
		n, err := w.l.conn.WriteBuffers(&p.bufs)
		if !w.wrote(&p, n, err) {
			return false, true
		}
	}
}

// some writes what the socket takes at once. It reports false when something is left for the writer's goroutine.
func (w *writer) some() (done bool) {
	conn, ok := w.l.conn.(transport.TryWriter)
	if !ok || w.over {
		return w.over
	}
	defer w.l.containWriter()
	w.lost = true // when it panics
	done, w.lost = w.try(conn)
	return done
}

func (w *writer) try(conn transport.TryWriter) (done, lost bool) {
	p := &w.begun
	for {
		if !w.take(p) {
			return false, false
		}
		if len(p.bufs) == 0 {
			w.begun = parcel{}
			return true, false
		}
		n, err := conn.TryWriteBuffers(&p.bufs)
		if !w.wrote(p, n, err) {
			return false, true
		}
		if len(p.bufs) > 0 {
			return false, false
		}
	}
}

// take fills an empty parcel from the ring. It reports false when the ring is finished.
func (w *writer) take(p *parcel) (more bool) {
	p.vector, p.routes, more = w.l.ring.take(p.vector[:0])
	p.bufs, p.all, p.written = p.vector, append(p.all[:0], p.vector...), 0
	p.updates = w.l.recordUpdates(p.bufs, p.routes)
	return more
}

// wrote books n more bytes of p that are on the socket, and tells the RIB when there is room again. It reports false when the connection is lost.
func (w *writer) wrote(p *parcel, n int64, err error) bool {
	l := w.l
	p.written += n
	l.written.Add(uint64(n))
	l.session.counts.bytesOut.Add(uint64(n))
	switch {
	case err != nil:
		l.session.counts.unsent(p.all, p.written)
		l.ring.close()
		l.session.inbox.post(broken{link: l, err: err})
		return false
	case len(p.bufs) > 0:
		return true
	}
	l.session.counts.lastWrite.Store(l.session.nanos(time.Now()))
	l.session.counts.updatesOut(p.updates)
	if l.ring.wrote(p.routes) {
		l.session.stream.resume()
	}
	return true
}
