package fsm

import "bgpsh/wire"

// Counters counts what happened to a neighbor since it was made. None is ever reset.
type Counters struct {
	ConnectionRetries     uint64 // RFC 4271's ConnectRetryCounter without its resets; ConnectRetryCounter has them
	ConnectRetryCounter   uint64 // attempts since the operator last stopped the neighbor
	ActiveAccepted        uint64 // connections that we dialed and took into use
	ActiveDeclined        uint64 // and that came too late
	PassiveAccepted       uint64 // the same of those that the peer dialed
	PassiveDeclined       uint64
	TransitionsTo         [numStates]uint64 // by State
	HoldExpirations       uint64
	IdleHoldExpirations   uint64
	SendHoldExpirations   uint64
	ConnectionFailures    uint64 // tcp_connection_failure: dials that failed and connections that broke
	Collisions            uint64
	OpenHandleFailures    uint64   // OPENs that did not fit the configuration
	Unexpected            Messages // messages that the state did not allow
	Sent, Received        Messages // UPDATEs after Up do not pass here and are the driver's to count
	MessageErrors         uint64   // messages that were malformed
	NotificationsSent     map[Code]uint64
	NotificationsReceived map[Code]uint64
}

// Code is the code and subcode of a NOTIFICATION.
type Code struct{ Code, Subcode uint8 }

// Messages counts messages by type.
type Messages struct{ Open, Update, Notification, Keepalive, RouteRefresh uint64 }

func (m *Messages) add(t wire.Type) {
	switch t {
	case wire.TypeOpen:
		m.Open++
	case wire.TypeUpdate:
		m.Update++
	case wire.TypeNotification:
		m.Notification++
	case wire.TypeKeepalive:
		m.Keepalive++
	case wire.TypeRouteRefresh:
		m.RouteRefresh++
	}
}
