package journal

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"
	"unicode"
	"unicode/utf8"

	"bgpsh/fsm"
	"bgpsh/ipc/logline"
	"bgpsh/wire"
)

// A Conn writes the records of one connection of a neighbor: one that is dialed, or one that was accepted.
type Conn struct {
	s         *Session
	number    uint32
	direction fsm.Direction
	unit      Unit
	remote    netip.AddrPort

	// Under s.mu: the session learns them when the connection opens.
	local       netip.AddrPort
	channel, fd int
	limit       time.Duration // of the dial
}

// connName gives the eight digits by which records know a connection.
func connName(n uint32) string { return fmt.Sprintf("%08x", n) }

// name is connName, and "unknown" for no connection.
func (c *Conn) name() string {
	if c == nil {
		return "unknown"
	}
	return connName(c.number)
}

// far is the peer's address.
func (c *Conn) far() string {
	if c == nil {
		return "unknown"
	}
	return addr(c.remote)
}

func (c *Conn) way() string {
	if c == nil {
		return "unknown"
	}
	return c.direction.String()
}

// pair gives "(local, remote)". The session's mu is held.
func (c *Conn) pair() string {
	if c == nil {
		return "unknown"
	}
	return "(" + addr(c.local) + ", " + addr(c.remote) + ")"
}

// Conn gives the writer for a connection, under the name that the machine has for it. remote is whom it is dialed to, or
// who called. DialFailed or Dropped ends it.
func (s *Session) Conn(id fsm.ConnID, d fsm.Direction, remote netip.AddrPort) *Conn {
	c := &Conn{s: s, number: s.j.config.Rand(), direction: d, unit: UnitTCP, remote: remote, channel: -1, fd: -1}
	if s.j.config.InMemory {
		c.unit = UnitChannel
	}
	s.mu.Lock()
	s.conns[id] = c
	s.mu.Unlock()
	return c
}

// Name is the eight digits that name the connection in records.
func (c *Conn) Name() string { return c.name() }

func (c *Conn) enabled(l logline.Level) bool { return c.s.Enabled(c.unit, l) }

func (c *Conn) write(l logline.Level, msg string, fields ...logline.Field) {
	c.s.emit(l, c.unit, msg, fields...)
}

func (c *Conn) directionField() logline.Field { return field("direction", c.direction.String()) }

// stream gives the connection as the TCP transport shows it. The session's mu is held.
func (c *Conn) stream() string {
	return fmt.Sprintf("TcpStream { addr: %s, peer: %s, fd: %d }", addr(c.local), addr(c.remote), c.fd)
}

// shown gives what records of an open connection say of its ends.
func (c *Conn) shown() (local, stream, pair string, channel int) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return addr(c.local), c.stream(), c.pair(), c.channel
}

// Dialing is the start of a dial that may take as long as limit.
func (c *Conn) Dialing(limit time.Duration) {
	s := c.s
	s.mu.Lock()
	again := s.dialed
	s.dialed, c.limit = true, limit
	s.mu.Unlock()
	if again {
		s.connectorDone("checking previous")
	}
	events := s.debugs(TopicEvents, nil, nil)
	if events || s.Enabled(UnitSession, logline.Debug) {
		s.tell(logline.Debug, "spawned new connector thread")
	}
	if !events && !c.enabled(logline.Debug) {
		return
	}
	ms := field("timeout", limit.Milliseconds())
	if c.unit == UnitChannel {
		c.write(logline.Debug, "connecting to "+c.far(), ms, c.directionField())
		return
	}
	c.write(logline.Debug, "starting connection attempt to "+c.far(), ms, field("peer", c.far()), c.directionField())
}

// DialFailed is the end of a dial that came to nothing, and of the Conn. It warns the first time, the first time after a
// session was up and when the error is another one; else it is for debugging, with the number of failures in a row.
func (c *Conn) DialFailed(err error) {
	s := c.s
	text := errorText(err)
	s.mu.Lock()
	s.forget(c)
	s.failing.count++
	limit, count, level := c.limit, s.failing.count, logline.Debug
	if s.failing.last != text {
		s.failing.last, level = text, logline.Warn
	}
	s.mu.Unlock()
	if c.unit == UnitChannel && errors.Is(err, errRefused) {
		level = logline.Debug
	}
	if !c.enabled(level) && !s.debugs(TopicEvents, nil, nil) {
		return
	}
	fields := []logline.Field{field("error", text)}
	msg := "connection attempt to " + c.far() + " failed: " + text
	if c.unit == UnitChannel {
		msg = "connect error: " + text
		if errors.Is(err, errRefused) {
			msg = "connect error: ChannelConnect"
		}
		fields = append(fields, field("timeout", limit.Milliseconds()))
	} else {
		fields = append(fields, field("peer", c.far()))
	}
	if count > 1 {
		fields = append(fields, field("failures", count))
	}
	c.write(level, msg, append(fields, c.directionField())...)
}

// Opened tells our end of a connection that is there: dialed with success, or accepted. channel is its number in a network
// in memory, fd its descriptor under TCP; -1 for none.
func (c *Conn) Opened(local netip.AddrPort, channel, fd int) {
	c.s.mu.Lock()
	c.local, c.channel, c.fd = local, channel, fd
	c.s.mu.Unlock()
	c.s.history.mu.Lock()
	c.s.history.recorder.conns.add(connEnds{number: c.number, local: local, remote: c.remote, direction: c.direction}, historyConns)
	c.s.history.mu.Unlock()
	if c.direction == fsm.Inbound || !c.enabled(logline.Info) {
		return
	}
	id := field("connection_id", c.name())
	rest := []logline.Field{id, field("local", addr(local)), field("peer", c.far()), c.directionField()}
	if c.unit == UnitChannel {
		c.write(logline.Info, fmt.Sprintf("channel connection to %s established (conn_id: %s, channel_id: %d)", c.far(), c.name(), channel),
			append([]logline.Field{field("channel_id", channel)}, rest...)...)
		return
	}
	c.write(logline.Info, "connection to "+c.far()+" established (conn_id: "+c.name()+")", rest...)
}

// Reading is the start of a connection's reader.
func (c *Conn) Reading() {
	if c.unit == UnitChannel || !c.enabled(logline.Info) {
		return
	}
	local, _, _, _ := c.shown()
	c.write(logline.Info, "spawning recv loop for "+c.far(), field("connection_local", local), field("connection_peer", c.far()),
		field("connection_id", c.name()), c.directionField())
}

// Sending records a whole message that is about to be sent, in the log and in the history. params are those of the
// session, nil before there is one.
func (c *Conn) Sending(b []byte, params *wire.Params) {
	c.s.keep(c, true, b, params)
	if messageType(b) == wire.TypeNotification {
		c.s.notification("sent to", b)
	}
	c.logSending(b, params)
}

// SendingRoutes is Sending for an UPDATE in a flood: behind are the bytes of UPDATEs that follow at once. One that they would
// push out of the history at once is not copied there.
func (c *Conn) SendingRoutes(b []byte, behind int, params *wire.Params) {
	if behind < historyBytes {
		c.s.keep(c, true, b, params)
	}
	c.logSending(b, params)
}

func (c *Conn) logSending(b []byte, params *wire.Params) {
	t := messageType(b)
	level := c.messageLevel(logline.Trace, true, b, params)
	if level == 0 {
		return
	}
	name := field("message", title(t))
	contents := field("message_contents", Display(b, params))
	local, stream, _, channel := c.shown()
	if c.unit == UnitChannel {
		c.write(level, fmt.Sprintf("send %s message via channel to %s (conn_id: %s, channel_id: %d)", title(t), c.far(), c.name(), channel),
			contents, name, field("channel_id", channel), field("connection_id", c.name()), field("connection_local", local),
			field("connection_peer", c.far()), c.directionField())
		return
	}
	connection := field("connection", stream)
	c.write(level, "sending "+title(t)+" msg", contents, name, connection, c.directionField())
	c.write(level, "sending "+title(t)+" msg with header", field("message_contents", displayBytes(b)), name, connection)
}

// Received records a whole message that was read, in the log and in the history.
func (c *Conn) Received(b []byte, params *wire.Params) {
	c.s.keep(c, false, b, params)
	if messageType(b) == wire.TypeNotification {
		c.s.notification("received from", b)
	}
	c.logReceived(b, params)
}

// ReceivedRoutes is Received for an UPDATE of an established session: behind are the bytes that were read with it and come
// after it, see SendingRoutes.
func (c *Conn) ReceivedRoutes(b []byte, behind int, params *wire.Params) {
	if behind < historyBytes {
		c.s.keep(c, false, b, params)
	}
	c.logReceived(b, params)
}

func (c *Conn) logReceived(b []byte, params *wire.Params) {
	t := messageType(b)
	level := logline.Trace
	if c.unit == UnitChannel {
		level = logline.Debug
	}
	if level = c.messageLevel(level, false, b, params); level == 0 {
		return
	}
	name := field("message", title(t))
	contents := field("message_contents", Display(b, params))
	_, stream, _, channel := c.shown()
	if c.unit == UnitChannel {
		c.write(level, fmt.Sprintf("recv %s msg from %s (conn_id: %s, channel_id: %d)", title(t), c.far(), c.name(), channel),
			contents, name, field("channel_id", channel), field("peer", c.far()), c.directionField())
		return
	}
	c.write(level, "recv "+title(t)+" msg from "+c.far()+" (conn_id: "+c.name()+")", contents, name,
		field("connection_id", c.name()), field("connection_peer", c.far()), field("connection", stream), c.directionField())
}

// keep puts a message into the history.
func (s *Session) keep(c *Conn, sent bool, b []byte, p *wire.Params) {
	now := s.j.Now()
	s.history.mu.Lock()
	s.history.recorder.add(now, sent, c.number, b, p)
	s.history.mu.Unlock()
}

// Broken is a reader that met the end of the connection or an error.
func (c *Conn) Broken(err error) {
	if !c.enabled(logline.Info) {
		return
	}
	text := "peer closed connection"
	if !errors.Is(err, io.EOF) {
		text = errorText(err)
	}
	c.write(logline.Info, "recv_msg IO error (peer: "+c.far()+", conn_id: "+c.name()+"): "+text,
		append([]logline.Field{field("error", text)}, c.readerFields()...)...)
}

// ReaderDone is the end of the connection's reader.
func (c *Conn) ReaderDone() {
	if c.enabled(logline.Info) {
		c.write(logline.Info, "recv loop closed (peer: "+c.far()+", conn_id: "+c.name()+")", c.readerFields()...)
	}
}

func (c *Conn) readerFields() []logline.Field {
	_, stream, pair, _ := c.shown()
	if c.unit == UnitChannel {
		stream = pair
	}
	return []logline.Field{field("connection_id", c.name()), field("connection_peer", c.far()), field("connection", stream), c.directionField()}
}

// Dropped is the end of the connection. closed tells that it had been shut down before.
func (c *Conn) Dropped(closed bool) {
	c.s.mu.Lock()
	c.s.forget(c)
	c.s.mu.Unlock()
	if !c.enabled(logline.Trace) {
		return
	}
	local, _, pair, _ := c.shown()
	c.write(logline.Trace, "dropping connection "+pair+" (conn_id "+c.name()+")", field("dropped", closed), field("connection_id", c.name()),
		field("connection", pair), field("connection_local", local), field("connection_peer", c.far()), c.directionField())
}

// forget takes a connection out of the session. mu is held.
func (s *Session) forget(c *Conn) {
	for id, known := range s.conns {
		if known == c {
			delete(s.conns, id)
		}
	}
}

// errorText gives an error as the seeds show it: the system's words with a capital, without the address that the record
// names anyway.
func errorText(err error) string {
	text := err.Error()
	var r interface{ Reason() string }
	if errors.As(err, &r) {
		text = r.Reason()
	}
	first, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[n:]
}
