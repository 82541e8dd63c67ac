package api

import (
	"net/netip"
	"time"
)

// Family names an address family.
type Family string

const (
	IPv4Unicast Family = "ipv4Unicast"
	IPv6Unicast Family = "ipv6Unicast"
)

// SummaryParams are the parameters of BGPSummary.
type SummaryParams struct {
	// Families to give. Empty: each that has an active neighbor or a route.
	Families []Family `json:"families,omitempty"`
}

// Summary is the answer to BGPSummary.
type Summary struct {
	RouterID   netip.Addr      `json:"routerId"`
	AS         uint32          `json:"as"`
	ASNotation ASNotation      `json:"asNotation,omitempty"` // for texts; absent: plain
	Families   []FamilySummary `json:"families"`             // IPv4 first
	BestPath   BestPath        `json:"bestPath"`
	Opening    *Opening        `json:"opening,omitempty"` // absent: nothing of it is configured
	MaxMED     bool            `json:"maxMed,omitempty"`  // bgp max-med administrative is in force
}

// Opening is what is held back for some time after the first session came up.
type Opening struct {
	UpdateDelaySec   int       `json:"updateDelaySec,omitempty"`   // update-delay; 0: off
	EstablishWaitSec int       `json:"establishWaitSec,omitempty"` // of it
	ReadOnly         bool      `json:"readOnly,omitempty"`         // update-delay runs: nothing is announced
	AnnounceDelaySec int       `json:"announceDelaySec,omitempty"` // advertisement-delay; 0: off
	Waiting          bool      `json:"waiting,omitempty"`          // advertisement-delay runs
	MaxMEDSec        int       `json:"maxMedSec,omitempty"`        // max-med on-startup; 0: off
	MaxMED           bool      `json:"maxMed,omitempty"`           // max-med on-startup runs
	BeganAt          time.Time `json:"beganAt,omitzero"`           // the first session came up
	ResumedAt        time.Time `json:"resumedAt,omitzero"`         // update-delay ended
}

// BestPath tells which knobs of the decision are turned.
type BestPath struct {
	AlwaysCompareMED bool `json:"alwaysCompareMed,omitempty"`
	DeterministicMED bool `json:"deterministicMed,omitempty"`
	MissingMEDWorst  bool `json:"missingMedWorst,omitempty"`
	IgnoreASPath     bool `json:"ignoreAsPath,omitempty"`
	MultipathRelax   bool `json:"multipathRelax,omitempty"`
	PeerTypeRelax    bool `json:"peerTypeRelax,omitempty"`
	CompareRouterID  bool `json:"compareRouterId,omitempty"`
}

// FamilySummary is one family's table and neighbors.
type FamilySummary struct {
	Family       Family `json:"family"`
	TableVersion uint64 `json:"tableVersion"`
	Destinations uint64 `json:"destinations"` // prefixes with a path
	Paths        uint64 `json:"paths"`
	TableMemory  uint64 `json:"tableMemory"` // bytes
	PeerMemory   uint64 `json:"peerMemory"`  // bytes, of all sessions in this family
	Groups       int    `json:"groups"`      // peer-groups configured
	GroupMemory  uint64 `json:"groupMemory"` // bytes
	DynamicLimit int    `json:"dynamicLimit"`
	// Deferral: after a restart nothing is announced yet; absent: announcements go out.
	Deferral *Deferral     `json:"deferral,omitempty"`
	Peers    []PeerSummary `json:"peers"` // neighbors active in the family, in display order
}

// Deferral is what announcements wait for after a restart of ours (RFC 4724 4.1).
type Deferral struct {
	LeftMs  int64    `json:"leftMs"`  // they begin then at the latest
	Waiting []string `json:"waiting"` // neighbors whose routes are still to come
}

// Deny says why a neighbor passes no route in one direction of a family.
type Deny string

const (
	DenyNothing Deny = ""       // routes pass, as policy decides
	DenyPolicy  Deny = "policy" // RFC 8212: an external neighbor without policy
	DenyConfig  Deny = "config" // a bad line of the startup configuration
)

// State is a neighbor's state in the words of FRR's listings.
type State string

const (
	Idle        State = "Idle"
	Connect     State = "Connect"
	Active      State = "Active"
	OpenSent    State = "OpenSent"
	OpenConfirm State = "OpenConfirm"
	Established State = "Established"
)

// PeerRef identifies a neighbor.
type PeerRef struct {
	// Name is the neighbor's name in the configuration and in every call: an
	// address, or an interface name for an unnumbered one.
	Name      string     `json:"name"`
	Address   netip.Addr `json:"address,omitzero"`    // absent while an interface neighbor has not been found
	Interface string     `json:"interface,omitempty"` // of an interface or link-local neighbor
	ScopeID   int        `json:"scopeId,omitempty"`   // number of the interface of a link-local address
	// Unnumbered: the neighbor is named by its interface alone.
	Unnumbered bool   `json:"unnumbered,omitempty"`
	Dynamic    bool   `json:"dynamic,omitempty"`      // accepted by a listen range
	Hostname   string `json:"hostname,omitempty"`     // from the peer's FQDN capability
	ShowName   bool   `json:"showHostname,omitempty"` // it is shown before Name: bgp default show-hostname
	Domainname string `json:"domainname,omitempty"`   // likewise
}

// PeerSummary is one neighbor's row in one family.
type PeerSummary struct {
	PeerRef
	SoftwareVersion string `json:"softwareVersion,omitempty"` // from the peer's capability
	Description     string `json:"description,omitempty"`
	RemoteAS        uint32 `json:"remoteAs"` // configured, or from its OPEN; 0 while neither is known
	LocalAS         uint32 `json:"localAs"`
	Internal        bool   `json:"internal,omitempty"`
	MessagesIn      uint64 `json:"messagesIn"` // all types, all sessions since the neighbor exists
	MessagesOut     uint64 `json:"messagesOut"`
	TableVersion    uint64 `json:"tableVersion"` // the neighbor has been told everything up to here
	QueueIn         uint64 `json:"queueIn"`      // messages read and not yet in the table
	QueueOut        uint64 `json:"queueOut"`     // messages not yet written
	State           State  `json:"state"`
	// Detail is the state in our own words ("connection collision").
	Detail string `json:"detail"`
	// SinceMs is how long the session has been up, or, since the last one
	// ended, how long it has been down. Absent: never up.
	SinceMs       *int64    `json:"sinceMs,omitempty"`
	EstablishedAt time.Time `json:"establishedAt,omitzero"` // last time it came up
	Received      uint64    `json:"received"`               // prefixes in this family
	Accepted      uint64    `json:"accepted"`
	Sent          uint64    `json:"sent"`
	Negotiated    bool      `json:"negotiated,omitempty"` // both sides agreed on the family
	DenyIn        Deny      `json:"denyIn,omitempty"`
	DenyOut       Deny      `json:"denyOut,omitempty"`
	AdminDown     bool      `json:"adminDown,omitempty"`
	OverLimit     bool      `json:"overLimit,omitempty"` // down for maximum-prefix
	HeldBack      bool      `json:"heldBack,omitempty"`  // down for a bad startup line
	Passive       bool      `json:"passive,omitempty"`
	Ups           uint64    `json:"ups"`                 // sessions established so far
	Downs         uint64    `json:"downs"`               // sessions ended so far
	Generation    uint32    `json:"generation"`          // numbers sessions; the present or the last
	LastReset     *Reset    `json:"lastReset,omitempty"` // absent before the first
	Down          *Down     `json:"down,omitempty"`      // absent when Established
}
