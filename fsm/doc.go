// Package fsm is the state machine of RFC 4271 section 8 for one neighbor, with both the connections that it can have, as a
// pure machine: it does no I/O, reads no clock and starts nothing.
//
// # Shape
//
// A driver feeds events to Peer.Step with the time and performs the actions that come back, in their order. Peer.Deadline says
// when the machine wants a Tick. Timers are fields; only a Tick makes them fire, so a driver that has read something feeds that
// first and no hold timer expires over a message that is already here. UPDATEs of an established session do not pass through
// Step: the reader keeps the time of its last read and the driver feeds it as Activity before it ticks.
//
// Step tells events apart as RFC 4271 section 8.1 does (trigger) and hands them to react, one switch over the state and then
// the event. setState is the only door between visible states and owns what belongs to entering one. An Action of kind Note
// carries what a log record needs; no text of a log is made here.
//
// # Two connections
//
// RFC 4271 runs a machine for each connection and lets them meet in section 6.8. Here both are in one Peer. An event about a
// connection is judged in the state of that connection, an event about the neighbor in the visible state, which show derives:
// an established connection's, ConnectionCollision for two, else the only one's. fail ends one connection; the other goes on
// as if it had been alone.
//
// survivor decides which of two connections stays. settle decides when, and the point is that both sides close the same one:
//
//   - The loser is closed when the peer's OPEN is seen on the survivor. Only then is it certain that the peer knows of it. A
//     connection whose OPEN came first but which is not preferred waits without a KEEPALIVE, so that the peer cannot be
//     established on it; park bounds the wait, because who took our connection may not be the peer.
//   - A KEEPALIVE in OpenConfirm makes a session, whatever else is going on: the peer has our KEEPALIVE and may already be
//     established.
//   - Beside an established session a new connection is refused with 6/7, or with CollisionEstablished takes part in the rule.
//     The session is then given up only for a connection with the peer's OPEN and KEEPALIVE: the peer has chosen it.
//   - A second inbound connection replaces the first while the peer's OPEN is missing on that: a peer dials anew when it has
//     forgotten the old one, of which nothing else would tell us. After the OPEN it is refused with 6/5.
//
// With these, on a network that keeps the order of what goes the same way, two of these machines never close each other's
// choice; package fsmtest checks that, and each part of it was found there.
//
// With graceful restart the peer's new connection beside an established session is no collision (RFC 4724 5): its OPEN ends
// the session as if the connection had been lost. Retention (retain.go) says how long the routes of a lost session stay.
//
// # Times
//
// Idle after a failure lasts IdleHold, doubled for each failure in a row up to IdleHoldMax; a session of a minute, and the
// operator, end the row. Two neighbors in Idle refuse each other in turn and could do so for long. So the loss of a connection
// in OpenSent leads to Active (RFC 4271 8.2.2), and so does a Cease that says no more than "not this connection" (6/5, 6/7): we
// listen, and dial again after IdleHold, twice IdleHold and so on up to ConnectRetry.
//
// Where the negotiated hold time is 0, OpenHold goes on through OpenConfirm: RFC 4271 has no timer there, and a peer that
// vanished between its OPEN and its KEEPALIVE would hold the neighbor for ever.
//
// # Differences from RFC 4271 beside these
//
// SessionSetup, between OpenConfirm and Established, sends a second KEEPALIVE; it begins and ends within one Step. FSM errors have
// the subcodes and data of RFC 6608. A NOTIFICATION is never answered, in no state. A failed dial is an event: it leads to
// Active, or with RetryInConnect leaves the neighbor in Connect. Active dials when it enters Connect. ManualStop keeps the neighbor
// down until ManualStart. A malformed message before our OPEN, while DelayOpen runs, is told to the peer.
//
// # Reading order
//
// peer.go (Step, react, setState), conn.go (the life of a connection), collision.go, admin.go (start, stop, waits), open.go (what
// two OPENs agree on), handle.go (from events to triggers, timers), retain.go; config.go, event.go, action.go and note.go are the boundary.
package fsm
