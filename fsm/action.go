package fsm

import (
	"time"

	"bgpsh/wire"
)

// ActionKind tells what the driver has to do.
type ActionKind uint8

// The kinds of actions. The driver performs the actions of a Step in their order.
const (
	ActionDial  ActionKind = iota + 1 // open a connection to the peer and name it Conn; answer with Dialed or DialFailed
	ActionClose                       // close Conn after what was sent on it, or stop dialing it. No more events of it are needed.
	ActionSend                        // send Bytes, one message of type Type, on Conn
	ActionRead                        // start reading Conn
	ActionUp                          // the session is established; Negotiated holds for all of it
	ActionDown                        // that session is over because of Reason. Exactly one for each ActionUp.
	ActionNote                        // something worth a log record; with Reason where a connection failed
)

var actionNames = [...]string{ActionDial: "dial", ActionClose: "close", ActionSend: "send", ActionRead: "read", ActionUp: "up",
	ActionDown: "down", ActionNote: "note"}

// String gives a word: "dial".
func (k ActionKind) String() string {
	if int(k) >= len(actionNames) || actionNames[k] == "" {
		return "unknown"
	}
	return actionNames[k]
}

// Action is one thing for the driver to do.
type Action struct {
	Kind       ActionKind
	Conn       ConnID
	Type       wire.Type   // Send
	Bytes      []byte      // Send: the whole message. The driver may keep it; the machine never touches it again.
	Negotiated *Negotiated // Up
	Reason     Reason      // Down, and Note where Note.Kind is NoteFailed
	Note       Note        // Note
}

// ReasonKind tells why a session or an attempt to build one ended.
type ReasonKind uint8

// The reasons.
const (
	ReasonNone                 ReasonKind = iota
	ReasonHoldExpired                     // nothing heard from the peer for the hold time; we sent 4/0
	ReasonNotificationSent                // a message of the peer was wrong; Err is the verdict
	ReasonNotificationReceived            // the peer ended it
	ReasonBroken                          // the connection failed; Err tells how
	ReasonDialFailed                      // no connection; Err tells why
	ReasonAdminShutdown                   // ManualStop
	ReasonAdminReset                      // AdminReset
	ReasonConfigChange                    // ManualStop or AdminReset with subcode 3 or 6
	ReasonMaxPrefix                       // ManualStop or AdminReset with subcode 1
	ReasonCollisionLost                   // the other connection survived
	ReasonRejected                        // the peer, or we, would not have this connection (Cease 5, or 7 before Established)
	ReasonSendHold                        // the peer took nothing for the send hold time; we sent 8/0
	ReasonFSMError                        // a message that this state does not allow; we sent 5/x
	ReasonOpenError                       // the peer's OPEN does not fit the configuration; we sent 2/x
)

var reasonNames = [...]string{
	ReasonNone: "none", ReasonHoldExpired: "hold timer expired", ReasonNotificationSent: "notification sent",
	ReasonNotificationReceived: "notification received", ReasonBroken: "connection failed", ReasonDialFailed: "connection attempt failed",
	ReasonAdminShutdown: "administrative shutdown", ReasonAdminReset: "administrative reset", ReasonConfigChange: "configuration change",
	ReasonMaxPrefix: "maximum number of prefixes", ReasonCollisionLost: "connection collision", ReasonRejected: "connection rejected",
	ReasonSendHold: "send hold timer expired", ReasonFSMError: "state machine error", ReasonOpenError: "open message error",
}

// String gives words for the operator: "hold timer expired".
func (k ReasonKind) String() string {
	if int(k) >= len(reasonNames) {
		return "unknown"
	}
	return reasonNames[k]
}

// Reason tells why a session, or an attempt to build one, ended.
type Reason struct {
	Kind         ReasonKind
	Local        bool              // we ended it
	Notification wire.Notification // sent (Local) or received; code 0 where there was none
	Err          error             // the cause beneath: network error, wire verdict
	Text         string            // what to tell the operator: the shutdown communication, "peer is AS 65002 but 65001 is configured"
	RemoteAS     uint32            // the peer's AS and identifier as far as its OPEN told them
	RemoteID     uint32
}

// Negotiated is what the two OPENs agreed on. It is immutable.
type Negotiated struct {
	Conn                 ConnID
	Direction            Direction
	RemoteAS, LocalAS    uint32
	RemoteID, LocalID    uint32
	Internal             bool
	Member               bool          // in another AS of our confederation (RFC 5065)
	HoldTime             time.Duration // 0: neither KEEPALIVEs nor hold timer
	Keepalive            time.Duration
	SendHold             time.Duration // 0: off
	Families             []wire.Family // in common, in our order
	Params               wire.Params
	SendExtended         bool          // messages up to wire.MaxExtendedLen may be sent (RFC 8654)
	AddPathSend          []wire.Family // families for which the peer wants several paths and we offered them
	FilterSend           []wire.Family // families in which the peer takes our prefix filters (RFC 5291)
	FilterReceive        []wire.Family // families in which it has filters for us
	RouteRefresh         bool          // both sides
	EnhancedRouteRefresh bool          // both sides (RFC 7313)
	ExtendedNextHop      bool          // IPv4 unicast over IPv6 next hops, both sides (RFC 8950)
	ImplicitIPv4         bool          // the peer told no family, so it is IPv4 unicast (RFC 4760 section 8)
	HasPeerRole          bool
	PeerRole             uint8
	PeerOpen             *wire.Open // with everything that the peer offered, restart capabilities too
	LocalOpen            *wire.Open
}

// Inside tells whether the neighbor is of our AS or of our confederation: what external neighbors are told and asked for does
// not concern it.
func (n *Negotiated) Inside() bool { return n.Internal || n.Member }
