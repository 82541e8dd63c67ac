package fsm

import (
	"time"

	"bgpsh/wire"
)

// NoteKind tells what a Note is about.
type NoteKind uint8

// The kinds of notes.
const (
	NoteEvent             NoteKind = iota + 1 // an event is about to be handled: Event
	NoteConnecting                            // the neighbor leaves Idle to dial; the Dial action follows
	NoteTransition                            // From -> To, after everything that belongs to leaving From. Timers as they are now.
	NoteAccepted                              // connection Conn is taken into use (connect retry still shows as it was)
	NoteDeclined                              // connection Conn is refused; Text tells why
	NoteSending                               // the machine sends a KEEPALIVE on Conn; the Send action follows
	NoteKeepaliveReceived                     // a KEEPALIVE in Established
	NoteUnexpected                            // the event Event does not fit the state; Text tells what follows
	NoteUnknownConn                           // an event of a connection that is gone, ignored
	NoteFailed                                // connection Conn (or 0: the attempt) failed because of the action's Reason
	NoteCollision                             // Conn and Other exist side by side
	NoteResolved                              // Conn survives, Other is closed
	NoteIdleHold                              // Idle lasts for the session clock's idle hold
)

var noteNames = [...]string{
	NoteEvent: "event", NoteConnecting: "connecting", NoteTransition: "transition", NoteAccepted: "accepted", NoteDeclined: "declined",
	NoteSending: "sending keepalive", NoteKeepaliveReceived: "keepalive received", NoteUnexpected: "unexpected",
	NoteUnknownConn: "unknown connection", NoteFailed: "failed", NoteCollision: "collision", NoteResolved: "resolved",
	NoteIdleHold: "idle hold",
}

// String gives words: "keepalive received".
func (k NoteKind) String() string {
	if int(k) >= len(noteNames) || noteNames[k] == "" {
		return "unknown"
	}
	return noteNames[k]
}

// Timer is a snapshot of one timer.
type Timer struct {
	Interval  time.Duration // nominal, without jitter
	Enabled   bool
	Remaining time.Duration // the interval where the timer does not run
}

// SessionClock holds the timers of a neighbor whatever connections it has.
type SessionClock struct{ ConnectRetry, IdleHold Timer }

// ConnClock holds the timers of one connection.
type ConnClock struct{ Keepalive, Hold, DelayOpen Timer }

// Note is a fact for the log and the history. It carries everything a record needs but the names of the neighbor and the
// addresses of the connections, which only the driver knows.
type Note struct {
	Kind      NoteKind
	State     State     // the visible state; of a transition the old one
	From, To  State     // NoteTransition
	Event     string    // the event's name in logs, for NoteEvent and NoteUnexpected
	Message   wire.Type // NoteEvent of a received message, NoteSending
	Conn      ConnID    // 0: about no connection
	Direction Direction
	Clock     ConnClock // of Conn
	Other     ConnID    // the second connection of a collision
	Session   SessionClock
	Text      string
}
