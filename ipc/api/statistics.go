package api

import "net/netip"

// StatisticsParams are the parameters of BGPStatistics.
type StatisticsParams struct {
	// Families whose tables are counted. Empty: each that has an active
	// neighbor or a route.
	Families []Family `json:"families,omitempty"`
}

// Statistics is the answer to BGPStatistics.
type Statistics struct {
	Tables   []TableStatistics `json:"tables"` // IPv4 first
	Sessions SessionStatistics `json:"sessions"`
	Loop     LoopStatistics    `json:"loop"`
	Faults   FaultStatistics   `json:"faults"`
}

// TableStatistics are facts about the usable routes of one table, counted as
// FRR counts them.
type TableStatistics struct {
	Family     Family         `json:"family"`
	Prefixes   uint64         `json:"prefixes"`
	Paths      uint64         `json:"paths"`
	Covered    uint64         `json:"covered"`         // prefixes inside another prefix of the table
	Space      float64        `json:"space"`           // addresses of the prefixes that are not
	Atomic     uint64         `json:"atomicAggregate"` // paths
	Hops       uint64         `json:"hops"`            // of all AS paths
	MaxHops    uint64         `json:"maxHops"`
	PathBytes  uint64         `json:"pathBytes"` // of all AS paths
	MaxBytes   uint64         `json:"maxBytes"`
	HighestASN uint32         `json:"highestAsn"` // not counting those for private use
	Lengths    []LengthCount  `json:"lengths"`    // ascending, those that occur
	Refused    []RefusedCount `json:"refused"`    // paths that are held and not used, by reason
}

// LengthCount is the number of prefixes of one length.
type LengthCount struct {
	Length int    `json:"length"`
	Count  uint64 `json:"count"`
}

// RefusedCount is the number of paths refused for one reason.
type RefusedCount struct {
	Reason string `json:"reason"`
	Count  uint64 `json:"count"`
}

// SessionStatistics count all neighbors together, since each exists.
type SessionStatistics struct {
	Configured       int    `json:"configured"`
	Established      int    `json:"established"`
	Ups              uint64 `json:"ups"`
	Downs            uint64 `json:"downs"`
	MessagesIn       uint64 `json:"messagesIn"`
	MessagesOut      uint64 `json:"messagesOut"`
	UpdatesIn        uint64 `json:"updatesIn"`
	UpdatesOut       uint64 `json:"updatesOut"`
	BytesIn          uint64 `json:"bytesIn"`
	BytesOut         uint64 `json:"bytesOut"`
	TreatedWithdraw  uint64 `json:"treatedAsWithdraw"` // UPDATEs, RFC 7606
	AttributeDiscard uint64 `json:"attributeDiscard"`  // UPDATEs, RFC 7606
	ResetsByUpdate   uint64 `json:"resetsByUpdate"`    // sessions ended by a malformed UPDATE
	Unnegotiated     uint64 `json:"unnegotiatedFamily"`
	HoldExpired      uint64 `json:"holdTimerExpirations"`
	QueueIn          uint64 `json:"queueIn"`  // items waiting for the table now
	QueueOut         uint64 `json:"queueOut"` // messages waiting for sockets now
}

// LoopStatistics say what the loop that owns the tables does.
type LoopStatistics struct {
	UptimeMs  int64   `json:"uptimeMs"`
	Turns     uint64  `json:"turns"`
	BusyMs    int64   `json:"busyMs"`    // time spent in turns
	BusyShare float64 `json:"busyShare"` // of the uptime, 0 to 1
	LongestUs int64   `json:"longestTurnUs"`
	// TurnLengths counts turns by their length: item i those that took less
	// than 2 to the i microseconds and not less than half of that; the last
	// item counts all longer ones too.
	TurnLengths []uint64        `json:"turnLengths"`
	Phases      []LoopPhase     `json:"phases"`
	Tables      []LoopTableWork `json:"tables"`
}

// LoopPhase is one kind of work of the loop.
type LoopPhase struct {
	Name      string `json:"name"`
	Units     uint64 `json:"units"` // questions, prefixes, destinations looked at
	TotalUs   int64  `json:"totalUs"`
	LongestUs int64  `json:"longestUs"` // piece of work
}

// LoopTableWork is what is to do for one table now.
type LoopTableWork struct {
	Family  Family `json:"family"`
	Pending uint64 `json:"pending"` // destinations that update groups have to look at again
	Groups  int    `json:"groups"`
	Blocked int    `json:"blocked"` // neighbors whose send queue is full
}

// Memory is the answer to BGPMemory.
type Memory struct {
	Kinds      []MemoryKind `json:"kinds"` // of the tables, of both families together
	Sessions   int          `json:"sessions"`
	PeerGroups int          `json:"peerGroups"`
	Networks   int          `json:"networks"` // originated here
	Queued     uint64       `json:"queued"`   // messages waiting for sockets
	Paths      uint64       `json:"paths"`    // of both tables
	Routes     uint64       `json:"routes"`   // destinations of both tables

	HeapObjects  uint64 `json:"heapObjects"`  // bytes of objects, dead ones not yet collected included
	HeapUnused   uint64 `json:"heapUnused"`   // bytes kept for later ones
	HeapReleased uint64 `json:"heapReleased"` // bytes given back to the system
	Stacks       uint64 `json:"stacks"`       // bytes
	Runtime      uint64 `json:"runtime"`      // bytes of the Go runtime itself
	Resident     uint64 `json:"resident"`     // bytes of the process in RAM; 0: not known
	Journals     uint64 `json:"journals"`     // bytes of the histories of sessions
	Kept         uint64 `json:"kept"`         // events and messages in them
	QueuedBytes  uint64 `json:"queuedBytes"`  // routes waiting for sockets, once for each neighbor
	Goroutines   int    `json:"goroutines"`
}

// MemoryKind is the memory of one kind of object.
type MemoryKind struct {
	Kind    string `json:"kind"`
	Objects uint64 `json:"objects"`
	Bytes   uint64 `json:"bytes"` // allocated, free places included
}

// NextHopsParams are the parameters of BGPNextHops.
type NextHopsParams struct {
	Address netip.Addr `json:"address,omitzero"` // only this one
}

// NextHops is the answer to BGPNextHops: the neighbors' own addresses and the
// next hops of accepted routes, in the order of addresses, IPv4 first. At most
// 10,000.
type NextHops struct {
	NextHops []NextHop `json:"nextHops"`
	More     bool      `json:"more,omitempty"` // there are more than are given
}

// NextHop is one of them.
type NextHop struct {
	Address   netip.Addr `json:"address"`
	Valid     bool       `json:"valid,omitempty"`
	Reason    string     `json:"reason,omitempty"` // why it is not valid
	Metric    uint32     `json:"metric"`
	Paths     uint64     `json:"paths"`               // accepted ones with it
	Peers     []string   `json:"peers,omitempty"`     // neighbors with this address
	Interface string     `json:"interface,omitempty"` // that its subnet is on
	Subnet    string     `json:"subnet,omitempty"`    // connected one that it is in
}

// UpdateGroupsParams are the parameters of BGPUpdateGroups.
type UpdateGroupsParams struct {
	Families []Family `json:"families,omitempty"` // empty: both
	Number   int      `json:"number,omitempty"`   // only this one
}

// UpdateGroups is the answer to BGPUpdateGroups.
type UpdateGroups struct {
	Groups []UpdateGroup `json:"groups"` // IPv4 first, by number
}

// UpdateGroup is a set of neighbors that are sent the same.
type UpdateGroup struct {
	Family          Family              `json:"family"`
	Number          int                 `json:"number"`
	TableVersion    uint64              `json:"tableVersion"`
	Internal        bool                `json:"internal,omitempty"`
	Entries         uint64              `json:"entries"` // prefixes that it was told
	Pending         uint64              `json:"pending"` // destinations to look at again
	Bytes           uint64              `json:"bytes"`   // of what is kept about the entries
	MaxMessage      int                 `json:"maxMessage"`
	Policies        []PolicyRef         `json:"policies,omitempty"` // of the first member; all have equal ones
	NextHopSelf     bool                `json:"nextHopSelf,omitempty"`
	NextHop         netip.Addr          `json:"nextHop,omitzero"` // configured for what is sent
	SendCommunities bool                `json:"sendCommunities,omitempty"`
	Members         []UpdateGroupMember `json:"members"`
}

// UpdateGroupMember is one neighbor of it.
type UpdateGroupMember struct {
	PeerRef
	Sent     uint64 `json:"sent"`     // prefixes
	Behind   uint64 `json:"behind"`   // destinations it is being caught up with
	QueueOut uint64 `json:"queueOut"` // messages
	Blocked  bool   `json:"blocked,omitempty"`
}

// PeerGroupsParams are the parameters of BGPPeerGroups.
type PeerGroupsParams struct {
	Group string `json:"group,omitempty"` // empty: all
}

// PeerGroups is the answer to BGPPeerGroups, by name.
type PeerGroups struct {
	ASNotation ASNotation  `json:"asNotation,omitempty"` // for texts; absent: plain
	Groups     []PeerGroup `json:"groups"`
}

// PeerGroup is one peer-group.
type PeerGroup struct {
	Name        string            `json:"name"`
	RemoteAS    uint32            `json:"remoteAs"` // 0: none, or no single one
	LocalAS     uint32            `json:"localAs"`
	Kind        Link              `json:"kind"`
	Description string            `json:"description,omitempty"`
	Families    []Family          `json:"families"`         // that it is active in
	Ranges      []netip.Prefix    `json:"ranges,omitempty"` // bgp listen range
	Members     []PeerGroupMember `json:"members"`
}

// PeerGroupMember is one neighbor of it.
type PeerGroupMember struct {
	PeerRef
	State State `json:"state"`
}

// AttributesParams are the parameters of BGPAttributes.
type AttributesParams struct {
	Kind AttributeKind `json:"kind"`
}

// AttributeKind is what BGPAttributes counts.
type AttributeKind string

const (
	AttributeSets     AttributeKind = "sets"             // whole sets of attributes
	AttributeASPaths  AttributeKind = "asPaths"          //
	AttributeStandard AttributeKind = "communities"      // whole COMMUNITIES attributes
	AttributeLarge    AttributeKind = "largeCommunities" // whole LARGE_COMMUNITIES attributes
	AttributeOwnHops  AttributeKind = "ownAddresses"     // our addresses, which no next hop may be; counts are 0
)

// Attributes is the answer to BGPAttributes: of both tables, those on most
// paths first, at most 5000.
type Attributes struct {
	Values   []AttributeValue `json:"values"`
	Distinct uint64           `json:"distinct"` // values in all; more than 200,000 are not told apart
}

// AttributeValue is one value and how many accepted paths have it.
type AttributeValue struct {
	Text  string `json:"text"`
	Paths uint64 `json:"paths"`
}
