package config

import "bgpsh/wire"

// Effect is what a change does to what runs, from the mildest on.
type Effect uint8

// The effects.
const (
	None    Effect = iota // nothing that runs notices
	Live                  // in force at once; the session goes on
	Refresh               // the neighbor's kept routes are judged again; the session goes on
	Reset                 // the session ends, and is opened anew unless the neighbor is gone or shut down
)

// String is the word for the operator.
func (e Effect) String() string { return [...]string{"none", "live", "refresh", "reset"}[e] }

// ChangeKind tells additions and removals from changes of a value.
type ChangeKind uint8

// The kinds of change.
const (
	Changed ChangeKind = iota
	Added
	Removed
)

// Change is one difference between two configurations, in meaning: of resolved values, not of lines.
type Change struct {
	Kind     ChangeKind
	Object   string      // "neighbor 10.0.0.1", "router bgp 65000", "network 10.0.0.0/8", "listener 0.0.0.0 port 179", "hostname"
	Neighbor string      // the neighbor that it touches, empty for none
	Family   wire.Family // of a value of one family, else 0
	Field    string      // the statement's words: "remote-as", "next-hop"; empty for an object that came or went
	Effect   Effect
	What     string // for the operator: "remote-as 65001, was 65002"
}

// String is one line for the operator.
func (c Change) String() string {
	s := c.Object + ": " + c.What
	if c.Family != 0 {
		s += " (" + c.Family.String() + ")"
	}
	return s + ": " + c.Effect.String()
}

// Worst is the strongest effect of changes on each neighbor.
func Worst(changes []Change) map[string]Effect {
	out := map[string]Effect{}
	for _, c := range changes {
		if c.Neighbor != "" {
			out[c.Neighbor] = max(out[c.Neighbor], c.Effect)
		}
	}
	return out
}
