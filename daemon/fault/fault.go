// Package fault keeps what becomes known of faults of the program itself: a panic that was caught, a loop that does not turn. Each kind is
// counted, the last ones are remembered, and each gets a report file from which its cause can be found: the stack, the version, and the
// message of a neighbor that led to it.
//
// Reports are bounded in number and size, readable by the daemon's user alone, and pass through Config.Hide, which takes the secrets out. A
// fault that comes again from the same line of code adds to a count and not to the disk.
package fault

import (
	"time"
)

// Place is the part of the daemon that was at fault.
type Place uint8

// The places.
const (
	Session    Place = iota // a session's own step
	Reader                  // what reads and decodes one connection
	Writer                  // what writes to one connection, and what dials
	Policy                  // an import or export policy, asked by the table loop
	Question                // a question to the table, which reads only
	Request                 // a client's call
	Log                     // a record of the log
	Controller              // a change of the configuration, before anything was changed
	Listener                // a caller that was to be given to its session
	Helper                  // what only watches: the feed of events
	Table                   // the loop that owns the table: the daemon leaves
	Stuck                   // no panic: a loop that did not come back
	Crash                   // the whole program, as the Go runtime saw it
	Places
)

var placeNames = [Places]string{"session", "reader", "writer", "policy", "question", "request", "log", "controller", "listener", "helper",
	"table", "stuck", "crash"}

// String gives the word that stands in logs, statistics and names of files: "reader".
func (p Place) String() string {
	if p >= Places {
		return "unknown"
	}
	return placeNames[p]
}

// A Fault is one fault as it was caught.
type Fault struct {
	Place   Place
	Subject string // the neighbor, the method; empty where there is none
	Doing   string // what was being done, in a few words
	Cause   any    // what recover gave
	Stack   []byte // debug.Stack of the place where it was caught
	Message []byte // the neighbor's message that was being worked on, whole
	Notes   string // anything more, in lines
}

// A Brief is what is remembered of a fault.
type Brief struct {
	At      time.Time
	Place   Place
	Subject string
	Doing   string
	Cause   string // in one line, without secrets
	Report  string // path of the file; empty: none could be written
	Again   uint64 // how often it had been seen before, from the same line of code
	// Tell says that the log should have a record of it: it is new, or a minute has passed since the last one of its kind.
	Tell bool
	// Err says why there is no report; nil where there is one.
	Err error
}

// Text is the fault in one line: "session of 10.0.0.2, received: index out of range; report FILE".
func (b *Brief) Text() string {
	text := b.Place.String()
	if b.Subject != "" {
		text += " of " + b.Subject
	}
	if b.Doing != "" {
		text += ", " + b.Doing
	}
	text += ": " + b.Cause
	if b.Report != "" {
		text += "; report " + b.Report
	}
	return text
}
