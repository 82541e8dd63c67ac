package capture

import (
	"container/list"

	"bgpsh/wire"
)

// bgpPort is the port that needs no other sign of BGP.
const bgpPort = 179

// Bounds of what is kept of a capture.
const (
	maxConns  = 4096
	maxMemory = 32 << 20 // octets of unread stream, in all connections
)

// table is the connections of a capture. Those seen longest ago are given up
// when there are too many or too much of them is unread.
type table struct {
	d      *decoder
	conns  map[flow]*list.Element // by the flow whose source is less
	recent list.List              // of *conn, the latest first
	memory int
}

// conn is one TCP connection that may be of BGP.
type conn struct {
	d       *decoder
	key     flow
	streams [2]*stream // the first is of the key's direction
	opens   [2]*wire.Open
	bgp     bool // a message was seen, or the port says it
	foreign bool // something else was seen
	memory  int  // as counted in the table
}

func newTable(d *decoder) *table {
	return &table{d: d, conns: make(map[flow]*list.Element)}
}

// key gives the name of the connection of f and which of its streams f is.
func (f flow) key() (flow, int) {
	if f.src.Compare(f.dst) <= 0 {
		return f, 0
	}
	return f.reverse(), 1
}

// segment takes one captured segment.
func (t *table) segment(s *tcpSegment) {
	key, side := s.key()
	e := t.conns[key]
	if e != nil && s.flags&tcpSYN != 0 && e.Value.(*conn).streams[side].reused(s) {
		t.drop(e)
		e = nil
	}
	if e == nil {
		if e = t.admit(key, s); e == nil {
			return
		}
	}
	t.recent.MoveToFront(e)
	c := e.Value.(*conn)
	c.streams[side].segment(s)
	if s.flags&tcpACK != 0 {
		c.streams[1-side].acknowledge(s.ack)
	}
	for _, stream := range c.streams {
		stream.giveUp(s)
	}
	if c.foreign {
		t.forget(e)
		return
	}
	used := c.streams[0].memory() + c.streams[1].memory()
	t.memory += used - c.memory
	c.memory = used
	for t.memory > maxMemory || t.recent.Len() > maxConns {
		t.drop(t.recent.Back())
	}
}

// admit makes a connection of the first segment of one, if it can be of BGP: by
// its port, by a SYN (then the first octets will tell), or because a message
// begins in it.
func (t *table) admit(key flow, s *tcpSegment) *list.Element {
	port := s.src.Port() == bgpPort || s.dst.Port() == bgpPort
	if !port && s.flags&tcpSYN == 0 && !beginsMessage(s.payload) {
		return nil
	}
	c := &conn{d: t.d, key: key, bgp: port}
	c.streams[0] = &stream{conn: c, side: 0, flow: key}
	c.streams[1] = &stream{conn: c, side: 1, flow: key.reverse()}
	c.agree()
	e := t.recent.PushFront(c)
	t.conns[key] = e
	return e
}

// beginsMessage reports whether b begins with the header of a message that some
// session could accept.
func beginsMessage(b []byte) bool {
	if len(b) < wire.HeaderLen {
		return false
	}
	_, err := wire.ParseHeader(b, wire.MaxExtendedLen)
	return err == nil
}

// drop ends a connection and says what of it could not be read.
func (t *table) drop(e *list.Element) {
	for _, s := range e.Value.(*conn).streams {
		s.finish()
	}
	t.forget(e)
}

func (t *table) forget(e *list.Element) {
	c := t.recent.Remove(e).(*conn)
	t.memory -= c.memory
	delete(t.conns, c.key)
}

// end ends all connections, at the end of the capture.
func (t *table) end() {
	for e := t.recent.Back(); e != nil; e = t.recent.Back() {
		t.drop(e)
	}
}

// opened notes the OPEN of one side.
func (c *conn) opened(side int, o *wire.Open) {
	c.opens[side] = o
	c.agree()
}

// agree derives the session of each direction from the OPENs seen so far.
func (c *conn) agree() {
	for i, s := range c.streams {
		s.session = c.d.options.agree(c.opens[i], c.opens[1-i])
	}
}
