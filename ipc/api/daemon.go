package api

import "time"

// Hello is the answer to DaemonHello.
type Hello struct {
	Hostname string `json:"hostname"` // name for the prompt
	Version  string `json:"version"`
	PID      int    `json:"pid"`
	Role     Role   `json:"role"` // what the caller may do
	User     string `json:"user"` // the caller's user name, or its number
	UptimeMs int64  `json:"uptimeMs"`
	// Neighbors are those configured, of which Established are up.
	Neighbors   int `json:"neighbors"`
	Established int `json:"established"`
	// Notices are lines for an operator who logs in, most important first:
	// a listener that cannot bind, held-back startup lines, no configuration.
	Notices []string `json:"notices,omitempty"`
}

// Version is the answer to DaemonVersion.
type Version struct {
	Version       string    `json:"version"`
	Commit        string    `json:"commit,omitempty"`        // source revision, where known
	BuiltAt       time.Time `json:"builtAt,omitzero"`        // of that revision
	Go            string    `json:"go"`                      // Go release that built it
	Platform      string    `json:"platform"`                // "linux/amd64"
	Hostname      string    `json:"hostname"`                //
	PID           int       `json:"pid"`                     //
	StartedAt     time.Time `json:"startedAt"`               //
	UptimeMs      int64     `json:"uptimeMs"`                //
	Profile       string    `json:"profile,omitempty"`       // "bgpsh", "traditional" or "datacenter"
	Socket        string    `json:"socket"`                  // path that this client came over
	StartupConfig string    `json:"startupConfig,omitempty"` // path of the startup configuration
}

// RestartResult is the answer to DaemonRestart, which comes before the restart.
type RestartResult struct {
	Keeping []string `json:"keeping"` // neighbors that keep our routes until we are back
	Told    []string `json:"told"`    // established neighbors that do not, and are told that the session ends
}

// Clients is the answer to DaemonClients, oldest first.
type Clients struct {
	Clients []ClientInfo `json:"clients"`
}

// ClientInfo is one connection to the socket.
type ClientInfo struct {
	ID      uint64    `json:"id"` // numbers connections since start
	UID     uint32    `json:"uid"`
	User    string    `json:"user"`
	PID     int32     `json:"pid"`
	Role    Role      `json:"role"`
	SinceAt time.Time `json:"sinceAt"`
	Calls   uint64    `json:"calls"`             // answered so far
	Self    bool      `json:"self,omitempty"`    // the caller itself
	Command string    `json:"command,omitempty"` // name of the client's program
	Editing *Editing  `json:"editing,omitempty"` // it edits the configuration
}

// Editing is what a client edits.
type Editing struct {
	Candidate   bool      `json:"candidate,omitempty"` // a candidate; else what runs, line by line
	From        string    `json:"from,omitempty"`      // its terminal
	SinceAt     time.Time `json:"sinceAt"`
	Uncommitted int       `json:"uncommitted,omitempty"` // lines by which the candidate differs
}
