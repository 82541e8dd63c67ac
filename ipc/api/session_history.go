package api

import (
	"net/netip"
	"time"
)

// SessionHistoryParams are the parameters of BGPHistory.
type SessionHistoryParams struct {
	Neighbor string `json:"neighbor"`
	Events   bool   `json:"events,omitempty"`   // give the events
	Messages bool   `json:"messages,omitempty"` // give the messages
	// All gives every event: messages and timers too, not only what operators
	// did, connections that came, and transitions.
	All   bool `json:"all,omitempty"`
	Limit int  `json:"limit,omitempty"` // of each, the newest; 0: all that are kept
}

// SessionHistory is what is kept of a neighbor's past, over its sessions,
// newest first.
type SessionHistory struct {
	Neighbor PeerRef          `json:"neighbor"`
	Events   []SessionEvent   `json:"events,omitempty"`
	Messages []SessionMessage `json:"messages,omitempty"`
	// EventsKept and MessagesKept count what there is without Limit.
	EventsKept   int `json:"eventsKept,omitempty"`
	MessagesKept int `json:"messagesKept,omitempty"`
}

// SessionEvent is one thing that happened to a neighbor's machine.
type SessionEvent struct {
	At         time.Time `json:"at"`
	Category   string    `json:"category"` // "Admin", "Connection", "Session", "StateTransition"
	Event      string    `json:"event"`    // "manual start"; of a transition "Idle -> Connect"
	State      string    `json:"state"`    // at the event; after a transition
	From       string    `json:"from,omitempty"`
	Connection string    `json:"connection,omitempty"` // eight digits, as in the log
	Details    string    `json:"details,omitempty"`
}

// SessionMessage is one message that was sent or received.
type SessionMessage struct {
	At         time.Time      `json:"at"`
	Connection string         `json:"connection"` // eight digits, as in the log
	Sent       bool           `json:"sent,omitempty"`
	Type       string         `json:"type"`            // "OPEN"
	Length     int            `json:"length"`          // of the message
	Brief      string         `json:"brief,omitempty"` // what matters of it in one line
	Text       string         `json:"text"`            // the whole message in words
	Bytes      []byte         `json:"bytes"`           // the message with its header, at most the first 4096 octets
	Local      netip.AddrPort `json:"local,omitzero"`
	Remote     netip.AddrPort `json:"remote,omitzero"`
	Dialed     bool           `json:"dialed,omitempty"` // by us
}

// UpdateErrorsParams are the parameters of BGPUpdateErrors.
type UpdateErrorsParams struct {
	Neighbor string `json:"neighbor"`
}

// UpdateErrors is what was wrong with a neighbor's UPDATEs since the neighbor
// exists, and what RFC 7606 made of it.
type UpdateErrors struct {
	Neighbor PeerRef `json:"neighbor"`
	// Withdrawn, Discarded and Resets count UPDATEs by the worst that was
	// done: their routes were withdrawn, an attribute was left out, the
	// session was ended.
	Withdrawn uint64             `json:"withdrawn"`
	Discarded uint64             `json:"discarded"`
	Resets    uint64             `json:"resets"`
	Counts    []UpdateErrorCount `json:"counts"`   // by attribute
	Messages  []MalformedUpdate  `json:"messages"` // the last 8, newest first
}

// UpdateErrorCount counts faults of one attribute.
type UpdateErrorCount struct {
	Attribute string `json:"attribute,omitempty"` // absent: the fault is in no attribute
	Action    string `json:"action"`              // "discard", "withdraw", "reset"
	Count     uint64 `json:"count"`
}

// MalformedUpdate is one UPDATE that was not taken as it came.
type MalformedUpdate struct {
	At         time.Time `json:"at"`
	Connection string    `json:"connection"`
	Code       uint8     `json:"code"`
	Subcode    uint8     `json:"subcode"`
	Attribute  string    `json:"attribute,omitempty"`
	Action     string    `json:"action"`
	Text       string    `json:"text"` // what was wrong
	Length     int       `json:"length"`
	Bytes      []byte    `json:"bytes"` // with its header, at most the first 4096 octets
}
