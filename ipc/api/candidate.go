package api

import "time"

// EditParams are the parameters of ConfigEdit.
type EditParams struct {
	// Candidate opens a candidate of this connection's own, or goes on with the
	// one it has. Otherwise the client only says that it changes the running
	// configuration line by line, so that others are told.
	Candidate bool   `json:"candidate,omitempty"`
	Source    string `json:"source,omitempty"` // where the client is: a terminal, a file
}

// EditResult is the answer to ConfigEdit.
type EditResult struct {
	Others      []Editor `json:"others,omitempty"`  // who else edits now
	Pending     *Pending `json:"pending,omitempty"` // a commit that waits for its confirmation
	Uncommitted int      `json:"uncommitted"`       // lines by which the candidate that was there already differs
}

// Editor is somebody who edits the configuration.
type Editor struct {
	User      string    `json:"user"`
	From      string    `json:"from"`
	Candidate bool      `json:"candidate"` // in a candidate; otherwise line by line
	SinceAt   time.Time `json:"sinceAt"`
}

// LeaveResult is the answer to ConfigLeave.
type LeaveResult struct {
	Uncommitted int `json:"uncommitted"` // lines by which the candidate differs; it is kept with the connection
}

// DiffLine is one line of the difference between two configurations.
type DiffLine struct {
	// Sign is "-" for a line of the old configuration, "+" for one of the new,
	// and " " for a line that both have and that opens the mode of a changed one.
	Sign   string `json:"sign"`
	Depth  int    `json:"depth,omitempty"`  // modes that the line stands in
	Text   string `json:"text"`             // without indentation; passwords are stars
	Object string `json:"object,omitempty"` // what it is about: "neighbor 10.0.0.1"
}

// Candidate is the answer to CandidateShow.
type Candidate struct {
	Lines     []string   `json:"lines"`
	Diff      []DiffLine `json:"diff"` // from the running configuration, with others' changes merged in
	Conflicts []Conflict `json:"conflicts,omitempty"`
	Notices   []string   `json:"notices,omitempty"`
	SinceAt   time.Time  `json:"sinceAt"`
}

// CandidateCommitParams are the parameters of CandidateCommit.
type CandidateCommitParams struct {
	Check bool `json:"check,omitempty"` // only tell what it would do
	// Minutes takes the commit back after so many minutes unless it is
	// confirmed, 1 to 1440; 0: it stays.
	Minutes int    `json:"minutes,omitempty"`
	Comment string `json:"comment,omitempty"` // at most 255 bytes
}

// ReplaceParams are the parameters of ConfigReplace.
type ReplaceParams struct {
	Lines []Line `json:"lines,omitempty"`
	// Transaction has the lines of a transaction opened by config.begin, instead
	// of Lines.
	Transaction uint64 `json:"transaction,omitempty"`
	Name        string `json:"name,omitempty"`  // of the file, for the log
	Check       bool   `json:"check,omitempty"` // only tell what it would do
	// Minutes takes the replacement back after so many minutes unless it is
	// confirmed, 1 to 1440; 0: it stays.
	Minutes int    `json:"minutes,omitempty"`
	Comment string `json:"comment,omitempty"` // at most 255 bytes
	Source  string `json:"source,omitempty"`
}

// CommitResult is the answer to CandidateCommit and ConfigReplace. Wrong
// lines and conflicts are not an error of the call: Applied is false and
// Lines or Conflicts say why.
type CommitResult struct {
	Applied   bool           `json:"applied"` // false too where nothing differs, or a check was asked for
	Changed   bool           `json:"changed"` // something differs
	Version   uint64         `json:"version"` // of the running configuration, after
	Number    uint64         `json:"number,omitempty"`
	Saved     string         `json:"saved,omitempty"`   // startup configuration that was written
	Lines     []LineResult   `json:"lines,omitempty"`   // what there is to say about lines
	Diff      []DiffLine     `json:"diff"`              // from the running configuration before
	Changes   []ChangeResult `json:"changes,omitempty"` // effects, a neighbor's in one
	Untouched int            `json:"untouched"`         // neighbors that notice nothing because nothing of theirs differs
	Merged    int            `json:"merged,omitempty"`  // changes of others that the commit was merged with
	Conflicts []Conflict     `json:"conflicts,omitempty"`
	// ConfirmByAt is when the change is taken back unless it is confirmed.
	ConfirmByAt time.Time `json:"confirmByAt,omitzero"`
	Notices     []string  `json:"notices,omitempty"`
	// Trial is what a check found that would become of the routes there are.
	Trial *PolicyTestResult `json:"trial,omitempty"`
}

// Conflict is a thing that a candidate and somebody else have both changed.
type Conflict struct {
	Object string     `json:"object"`           // as in DiffLine, or a line that would be wrong
	Reason string     `json:"reason,omitempty"` // why a line would be wrong with the others' changes
	Number uint64     `json:"number,omitempty"` // of the last change that touched it
	User   string     `json:"user,omitempty"`
	From   string     `json:"from,omitempty"`
	At     time.Time  `json:"at,omitzero"`
	Theirs []DiffLine `json:"theirs"` // what the others did to it
}

// DiscardResult is the answer to CandidateDiscard.
type DiscardResult struct {
	Lines int `json:"lines"` // by which the candidate differed
}

// RollbackParams are the parameters of CandidateRollback.
type RollbackParams struct {
	Commits int `json:"commits"` // 0: the newest commit, 1: the one before it
}

// RollbackResult is the answer to CandidateRollback.
type RollbackResult struct {
	Change  HistoryEntry `json:"change"`            // whose configuration the candidate has now
	Diff    []DiffLine   `json:"diff"`              // from the running configuration
	Dropped int          `json:"dropped,omitempty"` // lines of the candidate before that were not committed
}

// UpdateResult is the answer to CandidateUpdate.
type UpdateResult struct {
	Merged    int        `json:"merged"`              // changes of others that are in the candidate now
	Conflicts []Conflict `json:"conflicts,omitempty"` // where the candidate's own stayed
}

// Pending is a change that is taken back unless it is confirmed.
type Pending struct {
	Number  uint64     `json:"number"` // of the change
	Kind    ChangeKind `json:"kind"`
	User    string     `json:"user"`
	From    string     `json:"from"`
	Comment string     `json:"comment,omitempty"`
	At      time.Time  `json:"at"`
	DueAt   time.Time  `json:"dueAt"`          // when it is taken back
	LeftMs  int64      `json:"leftMs"`         // until then
	Undo    []DiffLine `json:"undo,omitempty"` // what taking it back would change; only from ConfigPending
}

// PendingResult is the answer to ConfigPending.
type PendingResult struct {
	Pending *Pending `json:"pending,omitempty"` // absent: none
}

// ConfirmParams are the parameters of ConfigConfirm and ConfigCancel.
type ConfirmParams struct {
	Source string `json:"source,omitempty"` // where the client is: a terminal, a file
}

// ConfirmResult is the answer to ConfigConfirm and ConfigCancel.
type ConfirmResult struct {
	Pending Pending        `json:"pending"`           // what was confirmed or taken back
	Changes []ChangeResult `json:"changes,omitempty"` // effects of taking it back
	Saved   string         `json:"saved,omitempty"`   // startup configuration that is in force again
	Notices []string       `json:"notices,omitempty"`
}

// ChangeKind says how the running configuration was changed.
type ChangeKind string

const (
	ChangeStartup   ChangeKind = "startup"   // loaded at the daemon's start, other than it was at its end
	ChangeLive      ChangeKind = "live"      // lines typed or sent, without a candidate
	ChangeCommit    ChangeKind = "commit"    // a candidate
	ChangeRollback  ChangeKind = "rollback"  // a candidate that rollback had filled
	ChangeReplace   ChangeKind = "replace"   // configure replace
	ChangeReload    ChangeKind = "reload"    // SIGHUP: the startup configuration again
	ChangeTakenBack ChangeKind = "takenBack" // an unconfirmed change was taken back
)

// HistoryParams are the parameters of ConfigHistory.
type HistoryParams struct {
	Number uint64 `json:"number,omitempty"` // one change with its lines; 0: all
	Limit  int    `json:"limit,omitempty"`  // the newest so many; 0: all
}

// History is the answer to ConfigHistory, newest first.
type History struct {
	Changes []HistoryEntry `json:"changes"`
}

// HistoryEntry is one change of the running configuration.
type HistoryEntry struct {
	Number   uint64     `json:"number"` // counts changes from 1, over restarts
	At       time.Time  `json:"at"`
	User     string     `json:"user"`
	From     string     `json:"from"`
	Kind     ChangeKind `json:"kind"`
	Comment  string     `json:"comment,omitempty"`
	Added    int        `json:"added"`   // lines
	Removed  int        `json:"removed"` // lines
	Undoes   uint64     `json:"undoes,omitempty"`
	Rollback *int       `json:"rollback,omitempty"` // the N of "rollback N" that gives it; absent: none does
	// Lines are there where one change was asked for, the first 200.
	Lines []DiffLine `json:"lines,omitempty"`
	More  int        `json:"more,omitempty"` // lines beyond those
}

// DiffParams are the parameters of ConfigDiff: the old and the new
// configuration. Absent, they are the running one.
type DiffParams struct {
	From    *uint64 `json:"from,omitempty"` // number of a change, for the configuration behind it
	To      *uint64 `json:"to,omitempty"`
	Startup bool    `json:"startup,omitempty"` // from the startup configuration, as it was last read or written
}

// Difference is the answer to ConfigDiff.
type Difference struct {
	From  string     `json:"from"` // what the old one is, in words
	To    string     `json:"to"`
	Lines []DiffLine `json:"lines"`
}
