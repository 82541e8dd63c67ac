// Package daemon is the speaker: it owns sockets, goroutines and time, and feeds the three pure cores (wire, fsm,
// daemon/rib) with them.
//
// # Steps and shells
//
// Every loop of the daemon is a step function that has neither channel nor clock, inside a goroutine that only receives,
// reads the clock, steps and hands over:
//
//	session.step     one neighbor: drives fsm.Peer, performs its actions     session.go, perform.go
//	reader.next      one connection's bytes into messages and batches        reader.go, importer.go
//	ring             what waits to be written on one connection              ring.go, writer.go
//	ribLoop.turn     the RIB: streams of all peers, egress, questions        ribloop.go, stream.go
//	controller.step  the running configuration and the startup file          apply.go, controller.go, reconfigure.go
//	dispatcher.route an accepted connection to its session                   dispatcher.go
//
// What a step does to the outside goes through two small interfaces, world (dial, read, write) and controllerEdge (start,
// listen). goroutines.go implements both with real sockets; the simulator in the tests implements them with a network in
// memory, and runs whole daemons in one goroutine in an order that a seed chooses. That is what makes a failure replayable.
//
// # Who waits for whom
//
// A reader may wait for its session (one message at a time) and for room in its peer's stream; a client's call may wait
// for anybody. Sessions, the RIB loop and the controller wait for nobody, so there is no cycle. Mailboxes never block
// their senders and need no bound of their own, because each sender waits for its answer before it sends again.
//
// The RIB loop has a goroutine, but a reader that brings a few routes while it sleeps owns the loop for a moment and does its work, and the writing
// as far as no socket makes it wait (errand.go).
//
// Everything whose order against a neighbor's UPDATEs matters (up, down, End-of-RIB, route refresh, changed policy)
// travels in the neighbor's stream, between the batches. A batch carries the session's generation and the version of the
// import policy that judged it: the RIB drops the one of an old session, and judges again what an old policy judged.
//
// Backpressure is the socket's. A full stream stops its reader, so TCP stops the peer; a full ring stops the RIB's egress
// to this peer only, whose destinations stay marked until there is room.
//
// # Time
//
// The hold timer is judged against the time of the last whole message, which the reader stores without telling the session. While a reader
// waits to hand over a batch we are the slow side, and the neighbor is not blamed. The send hold timer (RFC 9687) looks
// at what the peer's TCP has acknowledged, because bytes in a kernel buffer were not sent.
//
// # What others see
//
// After each step a session publishes a copy of its facts (view.go), and after each change the controller publishes the
// configuration with its sessions. Calls read these and ask the RIB bounded questions, so that no show command can stall
// a session. handlers (rpc.go) is the table of calls; cause.go tells why a neighbor is down.
//
// # Shutdown
//
// Run ends in order: callers and calls are refused, every session sends Cease with its text and takes its routes back,
// connections linger for the second that the peer may need to read it, then the loops end. See assemble.
//
// Reading order: daemon.go, session.go, perform.go, reader.go, ribloop.go, controller.go, dispatcher.go, rpc.go.
package daemon
