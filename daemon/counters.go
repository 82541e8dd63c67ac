package daemon

import (
	"net"
	"sync/atomic"

	"bgpsh/wire"
)

// counters count what passes a neighbor's connections since the neighbor exists. Readers, writers and the session add to
// them; anyone may read them.
type counters struct {
	in, out           [8]atomic.Uint64 // messages by wire.Type; out counts those of the session when they are queued
	failed            [8]atomic.Uint64 // messages that could not be written, by wire.Type
	bytesIn, bytesOut atomic.Uint64
	withdrawn         atomic.Uint64 // UPDATEs treated as withdraw (RFC 7606)
	discarded         atomic.Uint64 // UPDATEs of which an attribute was discarded
	stripped          atomic.Uint64 // UPDATEs of which path-attribute discarded an attribute
	refused           atomic.Uint64 // UPDATEs whose routes path-attribute counts as withdrawn
	resets            atomic.Uint64 // UPDATEs that ended the session
	unnegotiated      atomic.Uint64 // UPDATEs with a family that was not agreed
	noNextHop         atomic.Uint64 // UPDATEs that announce routes without NEXT_HOP
	lastRead          atomic.Int64  // as of shared.nanos; 0: never
	lastWrite         atomic.Int64
	lastUpdate        atomic.Int64 // of the read that brought the last UPDATE
}

func (c *counters) received(t wire.Type, size int) {
	c.in[t&7].Add(1)
	c.bytesIn.Add(uint64(size))
}

func (c *counters) sent(t wire.Type) { c.out[t&7].Add(1) }

// sentOf is the number of messages of a type that were written or wait to be.
func (c *counters) sentOf(t wire.Type) uint64 {
	failed, out := c.failed[t].Load(), c.out[t].Load()
	if t == wire.TypeUpdate { // counted once they are written
		return out
	}
	return out - min(failed, out)
}

// unsent counts the messages in bufs of which not all bytes are among the first n.
func (c *counters) unsent(bufs net.Buffers, n int64) {
	for _, b := range bufs {
		for message := range messages(b) {
			if n -= int64(len(message)); n < 0 {
				c.failed[message[18]&7].Add(1)
			}
		}
	}
}

// updatesOut counts UPDATEs that were written.
func (c *counters) updatesOut(n int) { c.out[wire.TypeUpdate].Add(uint64(n)) }

// recordUpdates puts the messages in the last bytes of bufs, which hold the routes, into the log and the history, and
// counts them.
func (l *link) recordUpdates(bufs net.Buffers, routes int) (n int) {
	first := len(bufs)
	for left := routes; first > 0 && left > 0; first-- {
		left -= len(bufs[first-1])
	}
	live := l.reader.live.Load()
	for _, b := range bufs[first:] {
		for message := range messages(b) {
			routes -= len(message)
			l.log.SendingRoutes(message, routes, &live.sent)
			n++
		}
	}
	return n
}

// clearMessages sets the counts of messages to zero.
func (c *counters) clearMessages() {
	for i := range c.in {
		c.in[i].Store(0)
		c.out[i].Store(0)
		c.failed[i].Store(0)
	}
	c.bytesIn.Store(0)
	c.bytesOut.Store(0)
}

func (c *counters) malformed(s wire.Severity) {
	switch s {
	case wire.Discard:
		c.discarded.Add(1)
	case wire.Withdraw:
		c.withdrawn.Add(1)
	case wire.Reset:
		c.resets.Add(1)
	}
}

// total is the number of messages in each direction.
func (c *counters) total() (in, out uint64) {
	for i := range c.in {
		in += c.in[i].Load()
		out += c.out[i].Load()
	}
	return in, out
}

// messages yields the messages in a buffer of whole messages.
func messages(b []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(b) >= wire.HeaderLen {
			size := int(b[16])<<8 | int(b[17])
			if size < wire.HeaderLen || size > len(b) || !yield(b[:size]) {
				return
			}
			b = b[size:]
		}
	}
}
