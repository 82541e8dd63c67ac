package api

import "net/netip"

// PolicyTestParams are the parameters of PolicyTest: what a route map would do
// if it stood at a neighbor in place of the one that does.
type PolicyTestParams struct {
	Map      string       `json:"map"`
	Neighbor string       `json:"neighbor,omitempty"` // empty: every neighbor that is up
	Out      bool         `json:"out,omitempty"`      // of routes sent; else of routes received
	Family   Family       `json:"family,omitempty"`   // empty: each
	Prefix   netip.Prefix `json:"prefix,omitzero"`    // these routes and more specific ones alone
}

// PolicyTestResult is the answer to PolicyTest.
type PolicyTestResult struct {
	Neighbors []PolicyTestNeighbor `json:"neighbors"`
	// Moves counts the prefixes whose best path would come from another
	// neighbor, appear or go, of routes received.
	Moves        uint64           `json:"moves"`
	MoveExamples []PolicyTestMove `json:"moveExamples"` // some of them
	// Incomplete: the trial took too long, and has not looked at all routes.
	Incomplete bool `json:"incomplete,omitempty"`
}

// PolicyTestNeighbor says what would become of one neighbor's routes.
type PolicyTestNeighbor struct {
	Neighbor string `json:"neighbor"`
	Family   Family `json:"family"`
	Out      bool   `json:"out,omitempty"` // of routes sent to it; else of routes received
	Routes   uint64 `json:"routes"`        // looked at
	Accepted uint64 `json:"accepted"`      // that are refused now
	Refused  uint64 `json:"refused"`       // that are accepted now
	Changed  uint64 `json:"changed"`       // accepted now and then, with other attributes
	// Examples are some of those that differ.
	Examples []PolicyTestExample `json:"examples"`
}

// PolicyTestExample is one route that would differ.
type PolicyTestExample struct {
	Prefix netip.Prefix `json:"prefix"`
	What   string       `json:"what"` // "accepted", "refused", "changed"
	Rule   string       `json:"rule"` // what decides: "route-map M permit 10"
}

// PolicyTestMove is one prefix whose best path would move. From and To are
// neighbors, "local", or empty for none.
type PolicyTestMove struct {
	Prefix netip.Prefix `json:"prefix"`
	From   string       `json:"from"`
	To     string       `json:"to"`
}
