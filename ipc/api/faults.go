package api

import "time"

// FaultStatistics are faults of bgpd itself since its start: panics that were
// caught, and loops that did not come back in time.
type FaultStatistics struct {
	Caught  []FaultCount `json:"caught"`            // places with at least one
	Last    []Fault      `json:"last"`              // newest first, at most 16
	Stalls  uint64       `json:"stalls"`            // times that a loop did not come back within 5 s
	Longest int64        `json:"longestStallMs"`    //
	Stuck   []string     `json:"stuck"`             // loops that have not come back yet, and in which phase they are
	Reports string       `json:"reports,omitempty"` // folder of the reports
}

// FaultCount counts the faults of one part of bgpd.
type FaultCount struct {
	Place string `json:"place"`
	Count uint64 `json:"count"`
}

// Fault is one fault.
type Fault struct {
	At      time.Time `json:"at"`
	Place   string    `json:"place"`
	Subject string    `json:"subject,omitempty"` // the neighbor, the method
	Doing   string    `json:"doing,omitempty"`
	Cause   string    `json:"cause"`
	Report  string    `json:"report,omitempty"` // path
}
