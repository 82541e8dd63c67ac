package fsm

import (
	"maps"

	"bgpsh/wire"
)

// Counters counts what happened to a neighbor since it was made.
type Counters struct {
	ConnectionRetries     uint64            // retries of the dial and ends of attempts and sessions; zeroed by ManualStart and ManualStop
	ActiveAccepted        uint64            // connections that we dialed and took into use
	ActiveDeclined        uint64            // and that came when the dial had been given up
	PassiveAccepted       uint64            // connections that the peer dialed and that we took into use
	PassiveDeclined       uint64            // and that we refused
	TransitionsTo         [numStates]uint64 // by State
	HoldExpirations       uint64
	IdleHoldExpirations   uint64
	SendHoldExpirations   uint64
	ConnectionFailures    uint64 // dials that failed and connections that broke
	Collisions            uint64
	OpenHandleFailures    uint64   // OPENs that did not fit the configuration
	MessageErrors         uint64   // malformed messages
	Unexpected            Messages // messages that the state did not allow
	Sent, Received        Messages // without the UPDATEs of a session, which do not pass here
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

// Counters gives a copy of the counters. Its maps are never written again.
func (p *Peer) Counters() Counters { return p.counters }

// countNotification counts one by code, in a new map: copies of the counters, which are many more than notifications, share the old one.
// The maps are made with the first: most neighbors never need them.
func countNotification(m *map[Code]uint64, n wire.Notification) {
	next := maps.Clone(*m)
	if next == nil {
		next = make(map[Code]uint64)
	}
	next[Code{n.Code, n.Subcode}]++
	*m = next
}
