// Package fsmtest runs machines of package fsm against each other on a virtual network.
//
// A Net has routers; a Link between two of them carries one BGP session, so two fsm.Peers meet on it. Everything happens in one
// goroutine on virtual time, and every choice comes from one seeded source, so a seed is a whole history: it can be run again,
// with a transcript.
//
// The network (net.go, stream.go) behaves like TCP between hosts: connections take a round trip, bytes keep their order, a closed
// connection ends after its data, one that was closed with data unread is reset, a router that restarts forgets everything and
// resets what still arrives. Messages are real bytes. The driver of each machine (end.go) does what the daemon does.
//
// What must hold is in rules.go and checks.go: facts that are checked after every step of a machine from its events and actions
// alone, so they do not share the machine's mistakes. scenario.go turns a seed into configurations, faults and a quiet end, after
// which both sides must be established on the same connection within a bound.
//
// Reading order: scenario.go, end.go, rules.go, checks.go, stream.go, net.go.
package fsmtest
