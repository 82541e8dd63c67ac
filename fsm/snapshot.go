package fsm

import "time"

// Snapshot is a copy of what a show command wants to know.
type Snapshot struct {
	State       State
	Since       time.Time // when State was entered
	AdminDown   bool
	Generation  uint32
	Established time.Time // when the last session came up; zero if none did
	LastDown    time.Time // when it ended
	Session     SessionClock
	Dialing     bool       // a dial is under way
	Dials       uint32     // dials since the last session
	Conns       []ConnInfo // at most two
	Failure     Reason     // why the last session or attempt ended; Kind ReasonNone if there was none
	FailureAt   time.Time
	LastReset   Reason // why the last session ended
	Negotiated  *Negotiated
}

// ConnInfo describes one connection.
type ConnInfo struct {
	ID                 ConnID
	Direction          Direction
	State              State // its own: Connect or Active while it waits for DelayOpen, OpenSent, OpenConfirm, Established
	Clock              ConnClock
	RemoteAS, RemoteID uint32 // 0 until its OPEN was seen
}
