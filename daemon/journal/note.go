package journal

import (
	"fmt"
	"strings"

	"bgpsh/fsm"
	"bgpsh/ipc/logline"
	"bgpsh/wire"
)

// Note records a fact of the neighbor's machine, in the log and in the history. why is the action's reason. Connections
// are those made by Conn.
func (s *Session) Note(n *fsm.Note, why *fsm.Reason) {
	s.mu.Lock()
	s.state, s.clock = n.State, n.Session
	c, other := s.conns[n.Conn], s.conns[n.Other]
	s.mu.Unlock()
	s.remember(n, c, why)
	if l := noteLevel(n, why); l != 0 {
		switch {
		case s.Enabled(UnitSession, l):
			s.noteRecord(l, n, c, other, why)
		case s.debugs(noteTopic(n.Kind), nil, nil):
			s.noteRecord(max(l, logline.Debug), n, c, other, why)
		}
	}
	if n.Kind == fsm.NoteTransition { // its record still has the old state
		s.mu.Lock()
		s.state = n.To
		s.mu.Unlock()
	}
}

// noteLevel is the level of a note's record, 0 for a note that has none.
func noteLevel(n *fsm.Note, why *fsm.Reason) logline.Level {
	switch n.Kind {
	case fsm.NoteSending, fsm.NoteKeepaliveReceived:
		return logline.Trace
	case fsm.NoteEvent, fsm.NoteConnecting, fsm.NoteUnknownConn, fsm.NoteIdleHold:
		return logline.Debug
	case fsm.NoteTransition, fsm.NoteAccepted, fsm.NoteDeclined, fsm.NoteCollision, fsm.NoteResolved:
		return logline.Info
	case fsm.NoteUnexpected:
		return logline.Warn
	case fsm.NoteFailed:
		switch {
		case n.Conn == 0 || why == nil: // a dial, which has its record from Conn.DialFailed
			return 0
		case why.Kind == fsm.ReasonAdminShutdown, why.Kind == fsm.ReasonAdminReset, why.Kind == fsm.ReasonConfigChange,
			why.Kind == fsm.ReasonCollisionLost:
			return logline.Info
		}
		return logline.Warn
	}
	return 0
}

// noteRecord writes the record of a note whose level was looked at.
func (s *Session) noteRecord(l logline.Level, n *fsm.Note, c, other *Conn, why *fsm.Reason) {
	switch n.Kind {
	case fsm.NoteEvent:
		msg := "received fsm event"
		if n.State <= fsm.Active { // the seeds name the event in the message only there
			msg += " " + n.Event
		}
		s.sayConn(l, n, c, msg, field("event", n.Event))
	case fsm.NoteConnecting:
		s.sayConn(l, n, c, "starting connect attempt")
	case fsm.NoteTransition:
		s.tell(l, "fsm transition "+n.From.String()+" -> "+n.To.String())
	case fsm.NoteAccepted:
		s.sayConn(l, n, c, "accepted "+n.Direction.String()+" connection from "+c.far())
	case fsm.NoteDeclined:
		s.sayConn(l, n, c, "declined "+n.Direction.String()+" connection from "+c.far()+": "+n.Text, field("reason", n.Text))
	case fsm.NoteSending:
		s.sayConn(l, n, c, "sending keepalive", field("message", "keepalive"))
	case fsm.NoteKeepaliveReceived:
		s.sayConn(l, n, c, "keepalive received (conn_id: "+c.name()+")", field("message", "keepalive"))
	case fsm.NoteUnexpected:
		class := ""
		if isAdmin(n.Event) {
			class = "admin "
		}
		s.sayConn(l, n, c, "unexpected "+class+"fsm event "+n.Event+", "+n.Text, field("event", n.Event))
	case fsm.NoteUnknownConn:
		s.tell(l, "fsm event of an unknown connection, ignoring", field("event", n.Event))
	case fsm.NoteFailed:
		id := " (conn_id: " + c.name() + ")"
		if why.Kind != fsm.ReasonBroken {
			s.sayConn(l, n, c, "connection ends"+id+": "+reasonText(why), reasonFields(why)...)
			return
		}
		msg := "rx tcp connection fails" + id
		if n.State == fsm.Established {
			msg += ", fsm transition to idle"
		}
		s.sayConn(l, n, c, msg)
	case fsm.NoteCollision:
		s.sayCollision(l, n, c, other, "connection collision: "+n.Direction.String()+" connection exists")
	case fsm.NoteResolved:
		s.sayCollision(l, n, c, other, "connection collision resolved: keeping "+c.name()+", closing "+other.name())
	case fsm.NoteIdleHold:
		s.tell(l, "waiting in idle for "+logline.Seconds(n.Session.IdleHold.Remaining).String())
	}
}

// sayConn writes a record of the machine about a connection, or about none.
func (s *Session) sayConn(l logline.Level, n *fsm.Note, c *Conn, msg string, extra ...logline.Field) {
	if n.Conn == 0 {
		s.tell(l, msg, extra...)
		return
	}
	s.mu.Lock()
	lite := s.lite()
	fields := append(extra, lite[0], field("direction", n.Direction.String()), field("connection_clock", s.connClock(c, n.Clock)),
		field("connection_id", c.name()), field("connection", c.pair()))
	s.mu.Unlock()
	s.emit(l, UnitSession, msg, append(fields, lite[1:]...)...)
}

func (s *Session) connClock(c *Conn, k fsm.ConnClock) *logline.ConnectionClock {
	return &logline.ConnectionClock{
		ConnID: logline.Bare(c.name()), Resolution: logline.Seconds(s.resolution),
		Keepalive: s.timer(k.Keepalive), Hold: s.timer(k.Hold), DelayOpen: s.timer(k.DelayOpen),
	}
}

// sayCollision writes a record about two connections. n.Conn is the one that was there first, or survives.
func (s *Session) sayCollision(l logline.Level, n *fsm.Note, exist, fresh *Conn, msg string) {
	s.mu.Lock()
	lite := s.lite()
	fields := []logline.Field{lite[0],
		field("new_conn", fresh.pair()), field("new_conn_id", fresh.name()), field("new_direction", fresh.way()),
		field("exist_conn", exist.pair()), field("exist_conn_id", exist.name()),
		field("exist_connection_clock", s.connClock(exist, n.Clock)), field("exist_direction", exist.way()),
	}
	s.mu.Unlock()
	s.emit(l, UnitSession, msg, append(fields, lite[1:]...)...)
}

// reasonText is a reason in words: its kind and, where there is one, the text for the operator or the error beneath.
func reasonText(r *fsm.Reason) string {
	switch {
	case r.Text != "":
		return r.Kind.String() + ": " + r.Text
	case r.Err != nil:
		return r.Kind.String() + ": " + r.Err.Error()
	}
	return r.Kind.String()
}

func reasonFields(r *fsm.Reason) []logline.Field {
	fields := []logline.Field{field("reason", r.Kind.String())}
	if r.Notification.Code != 0 {
		fields = append(fields, field("notification", notificationWords(r.Notification)))
	}
	return fields
}

// notificationWords gives "6/2 (Cease/Administrative Shutdown)".
func notificationWords(n wire.Notification) string {
	inner, _ := n.HardReset()
	return fmt.Sprintf("%d/%d (%s)", inner.Code, inner.Subcode, inner)
}

func isAdmin(event string) bool {
	switch event {
	case fsm.ManualStart.String(), fsm.ManualStop.String(), fsm.AdminReset.String(), fsm.Reconfigured.String():
		return true
	}
	return false
}

// remember puts a note into the history.
func (s *Session) remember(n *fsm.Note, c *Conn, why *fsm.Reason) {
	e := Event{Category: Connection, Type: n.Event, State: n.State, Details: n.Text}
	switch n.Kind {
	case fsm.NoteEvent:
		e.Category = eventCategory(n)
	case fsm.NoteTransition:
		e.Category, e.State, e.Previous = StateTransition, n.To, n.From
	case fsm.NoteAccepted:
		e.Category, e.Type, e.Details = Neighbor, connectionAccepted, n.Direction.String()+" "+towards(n.Direction)+" "+c.far()
	case fsm.NoteDeclined:
		e.Category, e.Type = Neighbor, connectionDeclined
		e.Details = n.Direction.String() + " " + towards(n.Direction) + " " + c.far() + ": " + n.Text
	case fsm.NoteFailed:
		if why == nil {
			return
		}
		e.Type, e.Details = connectionEnds, reasonText(why)
		if n.Conn == 0 {
			e.Category, e.Type = Neighbor, "connection attempt fails"
		}
	case fsm.NoteCollision, fsm.NoteResolved:
		e.Type = n.Kind.String()
	default: // those that only accompany another one
		return
	}
	s.history.add(s.j.Now(), e, c)
}

func eventCategory(n *fsm.Note) Category {
	switch {
	case isAdmin(n.Event):
		return Admin
	case n.Conn == 0:
		return Neighbor
	}
	return Connection
}

func towards(d fsm.Direction) string {
	if d == fsm.Inbound {
		return "from"
	}
	return "to"
}

// camel gives "OpenSent" for "open sent".
func camel(s fsm.State) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(s.String()) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
