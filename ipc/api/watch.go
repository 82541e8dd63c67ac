package api

import (
	"net/netip"
	"time"
)

// Names of the methods that begin and end subscriptions. Their news are
// notifications on the same connection, which carry the number that the
// client chose for the subscription.
const (
	// WatchEvents subscribes to what happens: sessions that come up and go
	// down, routes that change, the configuration, the log. Events are numbered; a client that connects
	// anew goes on behind the last one that it has seen, and is told how many are no longer known. Nothing waits for a client: one
	// that reads more slowly than things happen is told how many events it has missed.
	WatchEvents = "watch.events"
	// WatchChanges subscribes to a sign that something is not what it was, for
	// views that are drawn anew then: at most one each everyMs.
	WatchChanges = "watch.changes"
	// WatchSamples subscribes to the figures of sessions, tables and loop,
	// each everyMs.
	WatchSamples = "watch.samples"
	// WatchStop ends a subscription of the same connection. One that has ended
	// already is no error.
	WatchStop = "watch.stop"
)

// Names of the notifications.
const (
	NewsEvents  = "watch.event"
	NewsChanged = "watch.changed"
	NewsSample  = "watch.sample"
)

// EventKind is a kind of event.
type EventKind string

const (
	EventSession EventKind = "session" // a session came up or went down
	EventState   EventKind = "state"   // a neighbor went from one state to another, neither of them Established
	EventRoute   EventKind = "route"   // a prefix has another best path, or none any more
	EventConfig  EventKind = "config"  // the running configuration was changed
	EventLog     EventKind = "log"     // a record of the log
)

// WatchEventsParams are the parameters of WatchEvents.
type WatchEventsParams struct {
	Subscription uint64      `json:"subscription"`    // a number of the client's choice, not in use on its connection
	Kinds        []EventKind `json:"kinds,omitempty"` // empty: all
	// Neighbor restricts events to those of one neighbor: of routes those
	// whose best path is from it, or was.
	Neighbor string `json:"neighbor,omitempty"`
	// Prefix restricts events of routes to this prefix and those inside it.
	Prefix netip.Prefix `json:"prefix,omitzero"`
	// After and Instance are of the last event seen, to go on behind it.
	// Absent: from now on.
	After    *uint64 `json:"after,omitempty"`
	Instance int64   `json:"instance,omitempty"`
}

// WatchEventsResult is the answer to WatchEvents.
type WatchEventsResult struct {
	Instance int64  `json:"instance"`       // of the daemon: numbers begin anew with another one
	Next     uint64 `json:"next"`           // number of the first event that may come
	Lost     uint64 `json:"lost,omitempty"` // events behind After that are no longer known
	// Restarted: the daemon is not the one that After was of.
	Restarted bool `json:"restarted,omitempty"`
}

// EventNews is the notification of WatchEvents: events in order. The numbers
// of those that the subscription leaves out are missing.
type EventNews struct {
	Subscription uint64  `json:"subscription"`
	Events       []Event `json:"events,omitempty"`
	// Lost is how many events passed before these that the client did not
	// read in time.
	Lost uint64 `json:"lost,omitempty"`
}

// Event is one thing that happened.
type Event struct {
	Number   uint64    `json:"number"`
	At       time.Time `json:"at"`
	Kind     EventKind `json:"kind"`
	Neighbor string    `json:"neighbor,omitempty"` // of a route: whose path is the best one
	// Of a session or a state: what it is, what it was, and why.
	State  State  `json:"state,omitempty"`
	Was    State  `json:"was,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Of a route: the best path, none where it has gone. Changes of one
	// prefix that follow each other closely are one event.
	Family  Family       `json:"family,omitempty"`
	Prefix  netip.Prefix `json:"prefix,omitzero"`
	Gone    bool         `json:"gone,omitempty"`
	From    string       `json:"from,omitempty"` // whose path was the best one before; absent where there was none, or it is not known
	NextHop netip.Addr   `json:"nextHop,omitzero"`
	ASPath  string       `json:"asPath,omitempty"`
	// Of the configuration: who changed it, and the version that came of it.
	User    string `json:"user,omitempty"`
	Version uint64 `json:"version,omitempty"`
	// Of the log: the record's level and message.
	Level string `json:"level,omitempty"`
	Text  string `json:"text,omitempty"`
}

// WatchChangesParams are the parameters of WatchChanges.
type WatchChangesParams struct {
	Subscription uint64 `json:"subscription"`      // a number of the client's choice, not in use on its connection
	EveryMs      int64  `json:"everyMs,omitempty"` // 0: 1000; 100 to a minute
}

// ChangeNews is the notification of WatchChanges.
type ChangeNews struct {
	Subscription uint64 `json:"subscription"`
}

// WatchSamplesParams are the parameters of WatchSamples.
type WatchSamplesParams struct {
	Subscription uint64 `json:"subscription"`      // a number of the client's choice, not in use on its connection
	EveryMs      int64  `json:"everyMs,omitempty"` // 0: 1000; 100 to a minute
}

// SampleNews is the notification of WatchSamples. Counters count since the
// daemon's start; rates are what two samples differ by.
type SampleNews struct {
	Subscription uint64         `json:"subscription"`
	At           time.Time      `json:"at"`
	Hostname     string         `json:"hostname"`
	Version      string         `json:"version"`
	UptimeMs     int64          `json:"uptimeMs"`
	RouterID     netip.Addr     `json:"routerId,omitzero"`
	AS           uint32         `json:"as,omitempty"`
	ASNotation   ASNotation     `json:"asNotation,omitempty"` // for texts; absent: plain
	MemoryBytes  uint64         `json:"memoryBytes"`          // of the process, as the Go runtime has it from the system
	CPUMs        int64          `json:"cpuMs"`                // of the process
	Loop         LoopSample     `json:"loop"`
	Tables       []TableSample  `json:"tables"` // by family, IPv4 first
	Neighbors    []SampleOfPeer `json:"neighbors"`
}

// LoopSample measures the loop that owns the table.
type LoopSample struct {
	Turns     uint64 `json:"turns"`
	BusyUs    int64  `json:"busyUs"`    // microseconds, of all turns
	LongestUs int64  `json:"longestUs"` // the longest turn since the daemon's start
}

// TableSample measures the table of one family.
type TableSample struct {
	Family       Family `json:"family"`
	Destinations uint64 `json:"destinations"` // prefixes with a path
	Paths        uint64 `json:"paths"`
	Version      uint64 `json:"version"` // changes of a best path
}

// SampleOfPeer measures one neighbor, all families together.
type SampleOfPeer struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	RemoteAS    uint32 `json:"remoteAs"`
	State       State  `json:"state"`
	AdminDown   bool   `json:"adminDown,omitempty"`
	SinceMs     *int64 `json:"sinceMs,omitempty"` // up, or down since the last session
	Received    uint64 `json:"received"`          // prefixes
	Accepted    uint64 `json:"accepted"`
	Sent        uint64 `json:"sent"`
	MessagesIn  uint64 `json:"messagesIn"`
	MessagesOut uint64 `json:"messagesOut"`
	QueueIn     uint64 `json:"queueIn"`
	QueueOut    uint64 `json:"queueOut"`
	Down        string `json:"down,omitempty"` // why it is not up
}

// WatchStopParams are the parameters of WatchStop.
type WatchStopParams struct {
	Subscription uint64 `json:"subscription"`
}
