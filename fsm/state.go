package fsm

// State is the visible state of a neighbor. RFC 4271 knows six; ConnectionCollision and SessionSetup are names for two
// situations inside them: two connections of which none is established yet, and the instant between the peer's KEEPALIVE and
// the session.
type State uint8

// The states, in the order in which a session is built.
const (
	Idle State = iota
	Connect
	Active
	OpenSent
	OpenConfirm
	ConnectionCollision
	SessionSetup
	Established

	numStates = int(Established) + 1
)

var stateNames = [numStates]struct{ lower, camel string }{
	Idle:                {"idle", "Idle"},
	Connect:             {"connect", "Connect"},
	Active:              {"active", "Active"},
	OpenSent:            {"open sent", "OpenSent"},
	OpenConfirm:         {"open confirm", "OpenConfirm"},
	ConnectionCollision: {"connection collision", "OpenConfirm"},
	SessionSetup:        {"session setup", "OpenConfirm"},
	Established:         {"established", "Established"},
}

// String gives the name used in logs: "open sent".
func (s State) String() string {
	if int(s) >= numStates {
		return "unknown"
	}
	return stateNames[s].lower
}

// CamelCase gives the name used in show commands: "OpenSent". ConnectionCollision and SessionSetup, which RFC 4271 does not
// know, are "OpenConfirm".
func (s State) CamelCase() string {
	if int(s) >= numStates {
		return "Unknown"
	}
	return stateNames[s].camel
}

// Direction tells who opened a connection.
type Direction uint8

// The directions.
const (
	Outbound Direction = iota // we dialed
	Inbound                   // the peer dialed
)

// String gives "outbound" or "inbound".
func (d Direction) String() string {
	if d == Inbound {
		return "inbound"
	}
	return "outbound"
}
