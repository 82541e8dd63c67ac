package fsm

import "time"

// Peer is the machine for one neighbor and both its connections.
type Peer struct {
	cfg  Config
	last ConnID
}

// New makes the machine of a neighbor that is administratively down until ManualStart.
func New(c Config) *Peer { return &Peer{cfg: c} }

// Step takes one event at time now and returns what to do about it. The slice is valid until the next Step.
func (p *Peer) Step(now time.Time, e Event) []Action { return nil }

// Deadline gives the time at which Step wants a Tick, zero if none.
func (p *Peer) Deadline() time.Time { return time.Time{} }

// State gives the visible state.
func (p *Peer) State() State { return Idle }

// Negotiated gives what the established session agreed on, nil without one.
func (p *Peer) Negotiated() *Negotiated { return nil }

// Generation counts the sessions established so far.
func (p *Peer) Generation() uint32 { return 0 }

// AdminDown tells whether the operator keeps the neighbor down.
func (p *Peer) AdminDown() bool { return true }

// NextConn gives a fresh name for an inbound connection, to be used in Accepted.
func (p *Peer) NextConn() ConnID { p.last++; return p.last }

// Counters gives a copy of the counters.
func (p *Peer) Counters() Counters { return Counters{} }

// Snapshot copies the state of the machine at time now.
func (p *Peer) Snapshot(now time.Time) Snapshot { return Snapshot{} }
