package api

import (
	"net/netip"
	"time"
)

// Listeners is the answer to BGPListeners.
type Listeners struct {
	Listeners []Listener `json:"listeners"` // in configuration order
	Refused   []Refused  `json:"refused"`   // newest first, at most 64 addresses
}

// Listener is one address that is listened on, or should be.
type Listener struct {
	Address  netip.AddrPort `json:"address"`
	Bound    bool           `json:"bound"`
	FD       int            `json:"fd"`               // -1 when not bound
	Error    string         `json:"error,omitempty"`  // why it is not bound
	Remedy   string         `json:"remedy,omitempty"` // what would help; the holder's pid where known
	Accepted uint64         `json:"accepted"`
	Refused  uint64         `json:"refused"`
	Password bool           `json:"password,omitempty"` // a TCP MD5 key is set for some neighbor
}

// Refused is an address whose calls were refused.
type Refused struct {
	Address  netip.Addr     `json:"address"`
	Listener netip.AddrPort `json:"listener"`
	Count    uint64         `json:"count"`
	Reason   string         `json:"reason"`
	At       time.Time      `json:"at"` // last time
	AgoMs    int64          `json:"agoMs"`
}

// How says how BGPClear does it.
type How string

const (
	ClearHard    How = "hard"    // end the sessions; they come back at once
	ClearSoft    How = "soft"    // both directions, sessions stay
	ClearSoftIn  How = "softIn"  // ask for or re-evaluate what they sent
	ClearSoftOut How = "softOut" // evaluate and send again what we send
	// ClearMessages sets the counters of messages to zero.
	ClearMessages How = "messageStats"
	// ClearPrefix sends one prefix again to all who have it from us.
	ClearPrefix How = "prefix"
)

// LogLevelParams are the parameters of LogLevel.
type LogLevelParams struct {
	Level    string `json:"level"`              // "trace", "debug", "info", "warn" or "error"
	Neighbor string `json:"neighbor,omitempty"` // only this one; empty: the whole daemon
}

// LogDebugParams are the parameters of LogDebug.
type LogDebugParams struct {
	// Topic is "neighbor-events", "keepalives", "updates", "updates in" or
	// "updates out". Empty, with Off, ends all of them.
	Topic    string       `json:"topic,omitempty"`
	Neighbor string       `json:"neighbor,omitempty"` // only this one; empty: all
	Prefix   netip.Prefix `json:"prefix,omitzero"`    // of updates, only those that name exactly this prefix
	Off      bool         `json:"off,omitempty"`      // no more
}

// Debugging is the answer to LogDebugging.
type Debugging struct {
	Topics []Debugged `json:"topics"` // by topic, neighbor and prefix
}

// Debugged is one thing that the log shows whatever the levels say.
type Debugged struct {
	Topic    string       `json:"topic"`
	Neighbor string       `json:"neighbor,omitempty"` // empty: all
	Prefix   netip.Prefix `json:"prefix,omitzero"`    // not given: all
}

// ClearParams are the parameters of BGPClear. Exactly one of All, Neighbor,
// AS, External, Internal and Group chooses the sessions; Prefix stands in their
// place where How is "prefix".
type ClearParams struct {
	All      bool   `json:"all,omitempty"`
	Neighbor string `json:"neighbor,omitempty"`
	AS       uint32 `json:"as,omitempty"`
	External bool   `json:"external,omitempty"`
	Internal bool   `json:"internal,omitempty"`
	Group    string `json:"group,omitempty"`

	Prefix netip.Prefix `json:"prefix,omitzero"`
	// Family restricts a soft clear, and a hard one to the neighbors active
	// in it. Empty: all.
	Family  Family `json:"family,omitempty"`
	How     How    `json:"how"`
	Message string `json:"message,omitempty"` // RFC 9003 text for a hard clear, at most 255 bytes
}

// ClearResult is the answer to BGPClear.
type ClearResult struct {
	Changes []ChangeResult `json:"changes"`          // one for each neighbor that was cleared
	Resent  int            `json:"resent,omitempty"` // neighbors that were sent the prefix again
}

// WaitEstablishedParams are the parameters of BGPWaitEstablished.
type WaitEstablishedParams struct {
	Neighbor string `json:"neighbor"`
	// AfterGeneration waits for a session with a greater generation, so that
	// the one that is up now does not count. Absent: any.
	AfterGeneration *uint32 `json:"afterGeneration,omitempty"`
	TimeoutMs       int64   `json:"timeoutMs,omitempty"` // 0: 60 000; at most a day
}

// WaitConvergedParams are the parameters of BGPWaitConverged.
type WaitConvergedParams struct {
	TimeoutMs int64 `json:"timeoutMs,omitempty"` // 0: 60 000; at most a day
}

// WaitResult is the answer to the two waits.
type WaitResult struct {
	WaitedMs   int64  `json:"waitedMs"`
	Generation uint32 `json:"generation,omitempty"` // of the neighbor's session
}

// NameKind is a kind of live thing that has names.
type NameKind string

const (
	NameNeighbor   NameKind = "neighbor"
	NameGroup      NameKind = "peer-group"
	NameInterface  NameKind = "interface"
	NameRouteMap   NameKind = "route-map"
	NamePrefixList NameKind = "prefix-list"
	NameNetwork    NameKind = "network" // prefixes originated here
	NamePrefix     NameKind = "prefix"  // prefixes of the table, at most 100
	// Communities that routes have, at most 100.
	NameCommunity      NameKind = "community"
	NameLargeCommunity NameKind = "large-community"
	NameListen         NameKind = "listen-address"
	NameRouter         NameKind = "router" // AS number of the router bgp there is
)

// NamesParams are the parameters of NamesList.
type NamesParams struct {
	Kind NameKind `json:"kind"`
	// Start restricts the answer to names that begin so.
	Start string `json:"start,omitempty"`
}

// Names is the answer to NamesList: at most 1000, in display order.
type Names struct {
	Names []Name `json:"names"`
}

// Name is one name with a word about the thing.
type Name struct {
	Name string `json:"name"`
	Help string `json:"help,omitempty"` // a neighbor's description, an interface's addresses
}

// CancelParams are the parameters of CallCancel.
type CancelParams struct {
	ID any `json:"id"` // of the request to end: a number or a text
}
