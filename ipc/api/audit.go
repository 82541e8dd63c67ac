package api

import "time"

// AuditParams are the parameters of AuditList.
type AuditParams struct {
	Limit int `json:"limit,omitempty"` // newest entries; 0: all that are at hand, 1000 at most
}

// Audit is the answer to AuditList.
type Audit struct {
	Path    string       `json:"path,omitempty"` // of the file; empty: they end with the daemon
	Entries []AuditEntry `json:"entries"`        // newest first
	Damaged []string     `json:"damaged"`        // files that were set aside
}

// AuditEntry is one thing that somebody changed: who, when, from where, what.
type AuditEntry struct {
	At     time.Time `json:"at"`
	User   string    `json:"user"`
	PID    int32     `json:"pid,omitempty"`    // of the client; 0: it was none
	From   string    `json:"from,omitempty"`   // a terminal, a file, the socket
	What   string    `json:"what"`             // the kind of a change of the configuration, or the order: write, erase, clear, log level, ...
	Change uint64    `json:"change,omitempty"` // number of the change in the history
	Detail string    `json:"detail,omitempty"` // of an order: what it was about; of a change: its comment
	Lines  []string  `json:"lines,omitempty"`  // the difference, with + and -, without passwords; 200 at most
	More   int       `json:"more,omitempty"`   // lines beyond those
}
