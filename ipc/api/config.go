package api

import "time"

// Line is one configuration line of a transaction.
type Line struct {
	// Number is the caller's number for the line (1 for a file's first); 0
	// where lines have none. It comes back in LineResult.
	Number int    `json:"number,omitempty"`
	Text   string `json:"text"` // without line end; at most 4096 bytes
}

// ApplyParams are the parameters of ConfigApply.
type ApplyParams struct {
	// Context is the path of modes that the first line is typed in, outermost
	// first: ["router bgp 65000", "address-family ipv4 unicast"]. Context is
	// entered, never executed: where a mode of it does not exist (any more)
	// the call fails with CodeGone and creates nothing. Empty: top level.
	Context []string `json:"context,omitempty"`
	Lines   []Line   `json:"lines"`
	// Check judges the lines and predicts the changes without applying them.
	Check bool `json:"check,omitempty"`
	// Live says that the lines are typed one by one on a terminal: removing a
	// list or map that is in use is then refused, not judged at the end.
	Live bool `json:"live,omitempty"`
	// Source says where the lines come from, for the log: a file name or
	// "terminal". Empty: the call itself.
	Source string `json:"source,omitempty"`
}

// BeginParams are the parameters of ConfigBegin, with the meaning they have
// in ApplyParams.
type BeginParams struct {
	Context []string `json:"context,omitempty"`
	Check   bool     `json:"check,omitempty"`
	Source  string   `json:"source,omitempty"`
}

// BeginResult is the answer to ConfigBegin.
type BeginResult struct {
	Transaction uint64 `json:"transaction"` // numbers those of this connection, from 1
}

// AppendParams are the parameters of ConfigAppend: lines, or the text of a
// file, part by part, which is quicker where there are very many. A
// transaction has one or the other.
type AppendParams struct {
	Transaction uint64 `json:"transaction"`
	Lines       []Line `json:"lines,omitempty"`
	// Text is whole lines, each with its end. They are numbered by their place
	// in all of the transaction's text, from 1 on.
	Text string `json:"text,omitempty"`
	// Packed is Text as gzip makes it (RFC 1952), in Base64, which is quicker
	// still. A part has one or the other; it unpacks to 8 MiB at most.
	Packed []byte `json:"packed,omitempty"`
}

// AppendResult is the answer to ConfigAppend.
type AppendResult struct {
	Lines int `json:"lines"` // in the transaction so far
}

// CommitParams are the parameters of ConfigCommit and ConfigAbandon.
type CommitParams struct {
	Transaction uint64 `json:"transaction"`
}

// Severity grades a LineResult.
type Severity string

const (
	// SevError: the line is wrong. One such line voids the transaction.
	SevError Severity = "error"
	// SevWarning: the line, or the block it opens, is skipped, or means less
	// than its author may think.
	SevWarning Severity = "warning"
	// SevNotice: the line did what it says and there is something to add.
	SevNotice Severity = "notice"
)

// LineResult is what the daemon has to say about one line. Lines of which
// there is nothing to say have none.
type LineResult struct {
	Line     int      `json:"line"`             // its Number; where that is 0 its place in the call, from 1
	Input    string   `json:"input"`            // the line
	Severity Severity `json:"severity"`         //
	Text     string   `json:"text"`             // one sentence, without "%" and line number
	Offset   int      `json:"offset,omitempty"` // bytes into Input where an error begins
	Remedy   []string `json:"remedy,omitempty"` // exact lines to type, in order, outermost mode first
}

// Effect is what a change does to running sessions and routes.
type Effect string

const (
	EffectNone    Effect = "none"    // nothing that runs notices
	EffectLive    Effect = "live"    // in force at once, sessions stay
	EffectRefresh Effect = "refresh" // routes are evaluated again, sessions stay
	EffectReset   Effect = "reset"   // the session ends and starts anew
)

// ChangeResult is the effect of a transaction on one thing.
type ChangeResult struct {
	// Object names it: a neighbor as in the configuration, or "router bgp",
	// "listener 0.0.0.0 port 179", "network 10.0.0.0/8".
	Object   string `json:"object"`
	Neighbor bool   `json:"neighbor,omitempty"` // Object is a neighbor
	Effect   Effect `json:"effect"`
	// What says what changed, in a few words: "remote-as", "added", "removed".
	What string `json:"what,omitempty"`
	// State, UptimeMs and Routes tell what a reset costs: the neighbor's state
	// before ("Established"), how long it has lasted, and the accepted routes.
	State    string `json:"state,omitempty"`
	UptimeMs int64  `json:"uptimeMs,omitempty"`
	Routes   uint64 `json:"routes,omitempty"`
}

// ApplyResult is the answer to ConfigApply and ConfigCommit. Wrong lines are
// not an error of the call: Applied is false and Lines says why.
type ApplyResult struct {
	Applied bool           `json:"applied"`           // false too where Check was asked
	Version uint64         `json:"version"`           // of the running configuration, after
	Lines   []LineResult   `json:"lines,omitempty"`   // in the order of the input
	Changes []ChangeResult `json:"changes,omitempty"` // in the order of the running configuration
	// Notices tell who else edits and what others have changed, each once.
	Notices []string `json:"notices,omitempty"`
}

// RunningParams ask for the running configuration.
type RunningParams struct {
	// Packed asks for Running.Packed instead of Lines: a configuration may
	// have tens of megabytes.
	Packed bool `json:"packed,omitempty"`
}

// Running is the answer to ConfigRunning.
type Running struct {
	Version   uint64    `json:"version"`
	ChangedAt time.Time `json:"changedAt,omitzero"` // last change since start
	ChangedBy string    `json:"changedBy,omitempty"`
	Unsaved   bool      `json:"unsaved"` // differs from the startup configuration
	// Lines read back to the same configuration. Secrets are stars for a
	// caller who may only look.
	Lines []string `json:"lines"`
	// Packed is the lines, each with a line feed behind it, as gzip makes it
	// (RFC 1952), in Base64.
	Packed []byte `json:"packed,omitempty"`
}

// Startup is the answer to ConfigStartup.
type Startup struct {
	Path      string    `json:"path"`
	WrittenAt time.Time `json:"writtenAt"`
	Lines     []string  `json:"lines"`
}

// StartupErrors is the answer to ConfigStartupErrors; empty after a write.
type StartupErrors struct {
	Path   string         `json:"path"`
	Errors []StartupError `json:"errors"`
}

// StartupError is one bad line of the startup configuration.
type StartupError struct {
	Line     int    `json:"line"`               // from 1; 0: typed since, and not in the file
	Input    string `json:"input"`              // the line
	Text     string `json:"text"`               // what is wrong with it
	HeldBack string `json:"heldBack,omitempty"` // what does not work because of it
}

// WriteParams are the parameters of ConfigWrite.
type WriteParams struct {
	// Force writes in spite of bad lines in the startup configuration, or of
	// another program's change to the file; the old file is kept either way.
	Force bool `json:"force,omitempty"`
}

// WriteResult is the answer to ConfigWrite.
type WriteResult struct {
	Path  string `json:"path"`
	Kept  string `json:"kept,omitempty"` // where the previous file went
	Lines int    `json:"lines"`
}

// EraseResult is the answer to ConfigErase.
type EraseResult struct {
	Path string `json:"path"`
	Kept string `json:"kept,omitempty"` // where the file went
}
