package fsm

import (
	"time"

	"bgpsh/wire"
)

// ConnID names one connection of one neighbor. 0 is none. A Dial action carries a fresh one; for an inbound connection the
// driver takes one with NextConn. They are never used twice, so an event of a connection that is gone is known as such.
type ConnID uint32

// EventKind tells what happened.
type EventKind uint8

// The kinds of events. The numbers are those of RFC 4271 section 8.1; timers (9 to 13) are found by Step itself at a Tick.
const (
	ManualStart  EventKind = iota + 1 // 1, 3 to 7: the operator enables the neighbor. It stays enabled until ManualStop.
	ManualStop                        // 2, 8: the operator disables it. Text, Subcode (0: 2) and Data go into the Cease.
	AdminReset                        // clear: ends the session and starts again at once. Text, Subcode (0: 4), Data as above.
	Dialed                            // 17: the connection of a Dial action is established
	DialFailed                        // 18: it could not be. Err tells why.
	Accepted                          // 16: the peer's connection was accepted by a listener
	Received                          // 19 to 22, 24 to 28: Message
	Broken                            // 18: the connection was closed by the peer or failed. Err tells why.
	Tick                              // the time of Deadline has come
	Activity                          // a message was read from Conn at LastRead: the hold timer counts from there
	Reconfigured                      // Config replaces the configuration
	SendStalled                       // RFC 9687, 29: nothing could be sent on Conn for SendHold
)

var eventNames = [...]string{
	ManualStart: "manual start", ManualStop: "manual stop", AdminReset: "reset",
	Dialed: "tcp connection confirmed", DialFailed: "tcp connection attempt fails", Accepted: "tcp connection acked",
	Received: "message", Broken: "tcp connection fails", Tick: "tick", Activity: "activity",
	Reconfigured: "configuration changed", SendStalled: "send hold timer expires",
}

// String gives the name used in logs: "manual start".
func (k EventKind) String() string {
	if int(k) >= len(eventNames) || eventNames[k] == "" {
		return "unknown"
	}
	return eventNames[k]
}

// Event is one thing that happened to the neighbor. Fields beside Kind are set as the kind's comment says.
type Event struct {
	Kind     EventKind
	Conn     ConnID    // Dialed, DialFailed, Accepted, Received, Broken, Activity, SendStalled
	Message  Message   // Received
	Err      error     // DialFailed, Broken
	Text     string    // ManualStop, AdminReset: shutdown communication (RFC 9003), sent with subcodes 2 and 4
	Subcode  uint8     // ManualStop, AdminReset: subcode of the Cease; 0 means the kind's own
	Silent   bool      // ManualStop: without a Cease, so that a peer with graceful restart keeps our routes
	Data     []byte    // ManualStop, AdminReset: data of the Cease where there is no Text, as with 6/1 (RFC 4486)
	Cause    *Reason   // ManualStop, AdminReset: what to report instead of AdminShutdown and AdminReset; nil: these
	Config   *Config   // Reconfigured
	LastRead time.Time // Activity
}

// Message is a message of the peer, or what was wrong with it. A message that cannot be accepted has Err with severity Reset
// and whichever type it claimed; the machine sends the NOTIFICATION.
type Message struct {
	Type         wire.Type
	Open         *wire.Open        // TypeOpen
	Notification wire.Notification // TypeNotification
	Refresh      wire.RouteRefresh // TypeRouteRefresh
	Err          *wire.Error
}

// title gives the name used in logs: "open message", "parse error".
func (m *Message) title() string {
	if m.Err != nil {
		return "parse error"
	}
	return MessageTitle(m.Type)
}

// MessageTitle is the name of a kind of message in the log.
func MessageTitle(t wire.Type) string {
	switch t {
	case wire.TypeOpen:
		return "open message"
	case wire.TypeUpdate:
		return "update message"
	case wire.TypeNotification:
		return "notification message"
	case wire.TypeKeepalive:
		return "keepalive message"
	case wire.TypeRouteRefresh:
		return "route refresh message"
	}
	return "unknown message"
}
