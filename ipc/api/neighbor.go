package api

import (
	"net/netip"
	"time"
)

// NeighborsParams are the parameters of BGPNeighbors.
type NeighborsParams struct {
	Neighbor string `json:"neighbor,omitempty"` // empty: all
}

// Neighbors is the answer to BGPNeighbors, in display order.
type Neighbors struct {
	Neighbors []Neighbor `json:"neighbors"`
}

// Neighbor is everything known of one neighbor.
type Neighbor struct {
	PeerRef
	RemoteAS        uint32       `json:"remoteAs"` // 0 while unknown
	LocalAS         uint32       `json:"localAs"`
	ASNotation      ASNotation   `json:"asNotation,omitempty"` // for texts; absent: plain
	LocalNoPrepend  bool         `json:"localAsNoPrepend,omitempty"`
	LocalReplace    bool         `json:"localAsReplaceAs,omitempty"`
	LocalDual       bool         `json:"localAsDualAs,omitempty"`
	Link            Link         `json:"link"`
	LocalRole       string       `json:"localRole,omitempty"`  // RFC 9234: "provider", "rs-server", "rs-client", "customer", "peer"
	RemoteRole      string       `json:"remoteRole,omitempty"` // likewise, as received
	Description     string       `json:"description,omitempty"`
	SoftwareVersion string       `json:"softwareVersion,omitempty"`
	Group           string       `json:"group,omitempty"`      // peer-group it belongs to
	ListenRange     netip.Prefix `json:"listenRange,omitzero"` // of a dynamic neighbor
	VLAN            uint16       `json:"vlan,omitempty"`
	RequiredID      netip.Addr   `json:"requiredId,omitzero"` // remote-id: the BGP identifier that it must have

	AdminDown       bool   `json:"adminDown,omitempty"`
	ShutdownMessage string `json:"shutdownMessage,omitempty"` // ours, as configured
	OverLimit       bool   `json:"overLimit,omitempty"`
	HeldBack        bool   `json:"heldBack,omitempty"`
	Passive         bool   `json:"passive,omitempty"`

	State         State      `json:"state"`
	Detail        string     `json:"detail"` // the state in our own words
	Generation    uint32     `json:"generation"`
	SinceMs       *int64     `json:"sinceMs,omitempty"`      // as in PeerSummary
	EstablishedAt time.Time  `json:"establishedAt,omitzero"` // last time it came up
	Down          *Down      `json:"down,omitempty"`         // absent when Established
	LastReset     *Reset     `json:"lastReset,omitempty"`    // absent before the first
	Ups           uint64     `json:"ups"`
	Downs         uint64     `json:"downs"`
	LocalID       netip.Addr `json:"localId"`           // our BGP identifier
	RemoteID      netip.Addr `json:"remoteId,omitzero"` // absent before its OPEN

	Timers       Timers           `json:"timers"`
	Capabilities *Capabilities    `json:"capabilities,omitempty"` // absent unless Established
	Restart      GracefulRestart  `json:"restart"`
	Messages     MessageStats     `json:"messages"`
	Counters     Counters         `json:"counters"`
	Prefixes     PrefixStats      `json:"prefixes"`
	UpdateSource string           `json:"updateSource,omitempty"`
	Families     []NeighborFamily `json:"families"` // active ones, IPv4 first
	Connection   *Connection      `json:"connection,omitempty"`

	MaxHops            int  `json:"maxHops"`                // how far away it may be
	TTLSecurity        int  `json:"ttlSecurity,omitempty"`  // hops; 0 off
	MinimumTTL         int  `json:"minimumTtl,omitempty"`   // 0 off
	Password           bool `json:"password,omitempty"`     // TCP MD5 is configured
	TCPMSS             int  `json:"tcpMss,omitempty"`       // limit of segments; 0: none
	SyncedMSS          int  `json:"tcpMssSynced,omitempty"` // of the connection, where TCPMSS is set
	DSCP               int  `json:"dscp"`                   //
	Port               int  `json:"port"`                   // that we dial
	ExtendedOpen       bool `json:"extendedOpen,omitempty"` // RFC 9072 form forced
	EnforceFirst       bool `json:"enforceFirstAs,omitempty"`
	CollideEstablished bool `json:"collideEstablished,omitempty"` // collision-detect established
}

// Link is the kind of a neighbor's session.
type Link string

const (
	Internal Link = "internal"
	External Link = "external"
	// ConfedInternal and ConfedExternal are neighbors in our confederation
	// (RFC 5065), of our member AS and of another one.
	ConfedInternal Link = "confed-internal"
	ConfedExternal Link = "confed-external"
	Unspecified    Link = "unspecified" // remote-as auto, before the OPEN
)

// Timers are a neighbor's clocks. Remaining times are absent when the timer
// does not run.
type Timers struct {
	HoldSec           int `json:"holdSec"`      // in use: negotiated, or configured before the OPEN
	KeepaliveSec      int `json:"keepaliveSec"` // in use
	ConfiguredHoldSec int `json:"configuredHoldSec"`
	ConfiguredKeepSec int `json:"configuredKeepaliveSec"`
	ConnectRetrySec   int `json:"connectRetrySec"`
	DelayOpenSec      int `json:"delayOpenSec,omitempty"`
	IdleHoldSec       int `json:"idleHoldSec"`
	OpenHoldSec       int `json:"openHoldSec"`
	SendHoldSec       int `json:"sendHoldSec"`  // 0 off
	AdvertiseMs       int `json:"advertiseMs"`  // minimum time between advertisement runs
	ResolutionMs      int `json:"resolutionMs"` // grain of the times in the log

	ConnectJitter  *Jitter `json:"connectJitter,omitempty"`  // absent: none
	IdleHoldJitter *Jitter `json:"idleHoldJitter,omitempty"` // likewise

	LastReadMs   *int64 `json:"lastReadMs,omitempty"`   // since the last message came; absent: none yet
	LastWriteMs  *int64 `json:"lastWriteMs,omitempty"`  // since the last message went; absent: none yet
	LastUpdateMs *int64 `json:"lastUpdateMs,omitempty"` // since the last UPDATE came

	HoldMs         *int64 `json:"holdMs,omitempty"`         // until the hold timer expires
	KeepaliveMs    *int64 `json:"keepaliveMs,omitempty"`    // until the next KEEPALIVE
	ConnectRetryMs *int64 `json:"connectRetryMs,omitempty"` // until the next dial
	IdleHoldMs     *int64 `json:"idleHoldMs,omitempty"`     // until it leaves Idle
	DelayOpenMs    *int64 `json:"delayOpenMs,omitempty"`    // until the OPEN goes
	SendHoldMs     *int64 `json:"sendHoldMs,omitempty"`     // until a stalled peer is given up
}

// Agreement tells which sides offered a capability.
type Agreement struct {
	Sent     bool `json:"sent,omitempty"`
	Received bool `json:"received,omitempty"`
}

// Capabilities are what the two OPENs of the session carried.
type Capabilities struct {
	FourOctetAS          Agreement          `json:"fourOctetAs"`
	ExtendedMessage      Agreement          `json:"extendedMessage"`
	RouteRefresh         Agreement          `json:"routeRefresh"`
	RouteRefreshOld      Agreement          `json:"routeRefreshOld"` // capability 128, the pre-standard one
	EnhancedRouteRefresh Agreement          `json:"enhancedRouteRefresh"`
	GracefulRestart      Agreement          `json:"gracefulRestart"`
	LongLived            Agreement          `json:"longLivedGracefulRestart"`
	Role                 Agreement          `json:"role"`
	Dynamic              Agreement          `json:"dynamic"`
	FQDN                 Agreement          `json:"fqdn"`
	SoftwareVersion      Agreement          `json:"softwareVersion"`
	LinkLocalNextHop     Agreement          `json:"linkLocalNextHop"`
	ExtendedNextHop      Agreement          `json:"extendedNextHop"`
	Families             []FamilyAgreement  `json:"families"`
	AddPath              []AddPathAgreement `json:"addPath,omitempty"`
	ExtendedNextHopPeer  []Family           `json:"extendedNextHopPeer,omitempty"` // families the peer named
	RestartPeer          []RestartFamily    `json:"restartPeer,omitempty"`         // families in the peer's graceful restart capability
	LongLivedPeer        []LongLivedFamily  `json:"longLivedPeer,omitempty"`
	HostnameSent         string             `json:"hostnameSent,omitempty"`
	DomainnameSent       string             `json:"domainnameSent,omitempty"`
	HostnameReceived     string             `json:"hostnameReceived,omitempty"`
	DomainnameReceived   string             `json:"domainnameReceived,omitempty"`
	VersionSent          string             `json:"versionSent,omitempty"`
	VersionReceived      string             `json:"versionReceived,omitempty"`
	Unknown              []int              `json:"unknown,omitempty"` // codes of the peer that we do not know
}

// FamilyAgreement is the multiprotocol capability of one family.
type FamilyAgreement struct {
	Family Family `json:"family"`
	Agreement
}

// AddPathAgreement is the ADD-PATH capability of one family.
type AddPathAgreement struct {
	Family   Family `json:"family"`
	Receive  bool   `json:"receive,omitempty"`     // we offered to receive
	Send     bool   `json:"send,omitempty"`        // we offered to send
	PeerRecv bool   `json:"peerReceive,omitempty"` // the peer offered to receive
	PeerSend bool   `json:"peerSend,omitempty"`    // the peer offered to send
}

// RestartFamily is one family of a graceful restart capability.
type RestartFamily struct {
	Family     Family `json:"family"`
	Forwarding bool   `json:"forwarding,omitempty"` // forwarding state was kept
}

// LongLivedFamily is one family of a long-lived graceful restart capability.
type LongLivedFamily struct {
	Family     Family `json:"family"`
	Forwarding bool   `json:"forwarding,omitempty"`
	StaleSec   uint32 `json:"staleSec"`
}

// GracefulRestart is the state of RFC 4724 with a neighbor.
type GracefulRestart struct {
	LocalMode    string `json:"localMode"`              // "Helper", "Restart", "Disable"
	LocalDefault bool   `json:"localDefault,omitempty"` // LocalMode comes from the default, not from a line for this neighbor
	GlobalMode   string `json:"globalMode"`             // of neighbors without a line of their own
	RemoteMode   string `json:"remoteMode"`             // "Helper", "Restart", "Disable", "NotApplicable"
	RBit         bool   `json:"rBit,omitempty"`         // the peer's Restart bit
	NBit         bool   `json:"nBit,omitempty"`         // both sides' Notification bit, RFC 8538
	RestartSec   int    `json:"restartSec"`             // ours, configured
	ReceivedSec  int    `json:"receivedSec"`            // the peer's
	StalePathSec int    `json:"stalePathSec"`
	DeferSec     int    `json:"deferSec,omitempty"` // select-defer-time; in mode Restart
	// RestartMs is how long the neighbor may still be away before its routes leave or become long-lived stale; absent: it is not
	// awaited.
	RestartMs *int64 `json:"restartMs,omitempty"`
}

// Kept says how long the routes of a family stay that came before the session was lost.
type Kept struct {
	Back      bool `json:"back,omitempty"`      // the session is up again: its End-of-RIB is awaited
	LongLived bool `json:"longLived,omitempty"` // some are long-lived stale (RFC 9494)
	// LeftMs: those that are not long-lived leave, or become long-lived; absent: there are none.
	LeftMs *int64 `json:"leftMs,omitempty"`
	// LongLivedMs: the long-lived ones leave.
	LongLivedMs *int64 `json:"longLivedMs,omitempty"`
}

// MessageStats counts messages since the neighbor exists.
type MessageStats struct {
	QueueIn      uint64       `json:"queueIn"`
	QueueOut     uint64       `json:"queueOut"`
	Open         MessageCount `json:"open"`
	Notification MessageCount `json:"notification"`
	Update       MessageCount `json:"update"`
	Keepalive    MessageCount `json:"keepalive"`
	RouteRefresh MessageCount `json:"routeRefresh"`
	Capability   MessageCount `json:"capability"`
}

// MessageCount counts one type of message, or bytes.
type MessageCount struct {
	Sent     uint64 `json:"sent"`
	Received uint64 `json:"received"`
}

// PrefixStats counts what happened to the prefixes of a neighbor's UPDATEs
// since the neighbor exists.
type PrefixStats struct {
	InboundFiltered     uint64 `json:"inboundFiltered"`
	ASPathLoop          uint64 `json:"asPathLoop"`
	OriginatorLoop      uint64 `json:"originatorLoop"`
	ClusterLoop         uint64 `json:"clusterLoop"`
	InvalidNextHop      uint64 `json:"invalidNextHop"`
	FirstAS             uint64 `json:"firstAs"`   // refused by enforce-first-as
	Withdrawn           uint64 `json:"withdrawn"` // treated as withdraw, RFC 7606
	AttributesDiscarded uint64 `json:"attributesDiscarded"`
	Duplicates          uint64 `json:"duplicates"`
}

// PolicyRef is one policy attached to a neighbor in a family.
type PolicyRef struct {
	Kind   string `json:"kind"`           // "allow", "route-map", "prefix-list", "distribute-list", "filter-list"
	Name   string `json:"name,omitempty"` // of a map or list; the rule of an allow ("any", "10.0.0.0/8 le 24")
	Out    bool   `json:"out,omitempty"`  // direction; absent: in
	Exists bool   `json:"exists"`         // false: the map or list is not there, and refuses all
}

// NeighborFamily is a neighbor in one family.
type NeighborFamily struct {
	Family      Family `json:"family"`
	Negotiated  bool   `json:"negotiated,omitempty"`
	Group       string `json:"group,omitempty"`       // peer-group it is a member of in this family
	UpdateGroup int    `json:"updateGroup,omitempty"` // 0: in none
	Subgroup    int    `json:"subgroup,omitempty"`
	QueueOut    uint64 `json:"queueOut"` // messages of this family waiting

	Received   uint64 `json:"received"` // prefixes held, before policy
	Accepted   uint64 `json:"accepted"`
	Filtered   uint64 `json:"filtered"`
	Stale      uint64 `json:"stale,omitempty"`      // kept from before the last BoRR, or over a restart
	Kept       *Kept  `json:"kept,omitempty"`       // over the loss of a session; absent: nothing is
	DeferralMs *int64 `json:"deferralMs,omitempty"` // after a restart of ours announcements are held back so long at most; absent: they are not
	Best       uint64 `json:"best"`                 // best paths that come from it
	Sent       uint64 `json:"sent"`
	Withheld   uint64 `json:"withheld"`
	Duplicates uint64 `json:"duplicates"`

	DenyIn   Deny        `json:"denyIn,omitempty"`
	DenyOut  Deny        `json:"denyOut,omitempty"`
	Policies []PolicyRef `json:"policies,omitempty"`

	SoftInbound       bool       `json:"softInbound,omitempty"` // soft-reconfiguration inbound is configured
	SendCommunity     string     `json:"sendCommunity"`         // "all", "both", "standard", "extended", "large", "none"
	NextHopSelf       bool       `json:"nextHopSelf,omitempty"` //
	NextHop           netip.Addr `json:"nextHop,omitzero"`      // configured for what is sent
	RouteReflector    bool       `json:"routeReflectorClient,omitempty"`
	RouteServer       bool       `json:"routeServerClient,omitempty"`
	AllowASIn         int        `json:"allowAsIn,omitempty"` // times our AS may occur; 0 off
	AllowASOrigin     bool       `json:"allowAsInOrigin,omitempty"`
	AllowASMap        string     `json:"allowAsInMap,omitempty"`    // only routes that pass this route map
	RemovePrivateAS   string     `json:"removePrivateAs,omitempty"` // "removed", "replaced", "all removed", "all replaced"; absent: off
	ASOverride        bool       `json:"asOverride,omitempty"`
	Unchanged         []string   `json:"attributeUnchanged,omitempty"` // of "as-path", "next-hop", "med"
	NextHopSelfForce  bool       `json:"nextHopSelfForce,omitempty"`   // on reflected routes too
	Weight            uint32     `json:"weight,omitempty"`
	ImportLocalPref   *uint32    `json:"importLocalPref,omitempty"` // absent: as it comes
	ExportMED         *uint32    `json:"exportMed,omitempty"`       // absent: as computed
	ExportCommunities []string   `json:"exportCommunities,omitempty"`

	MaxPrefix        uint64 `json:"maxPrefix,omitempty"` // 0: no limit
	MaxPrefixPercent int    `json:"maxPrefixPercent,omitempty"`
	MaxPrefixWarn    bool   `json:"maxPrefixWarningOnly,omitempty"`
	MaxPrefixRestart int    `json:"maxPrefixRestartMin,omitempty"` // minutes; 0: stays down
	MaxPrefixForce   bool   `json:"maxPrefixForce,omitempty"`      // filtered routes count too
	MaxPrefixOut     uint32 `json:"maxPrefixOut,omitempty"`        // 0: no limit
	AddPathSend      string `json:"addPathSend,omitempty"`         // "all-paths", "bestpath-per-AS", "best-selected 3"; absent: the best path alone
	DefaultOriginate bool   `json:"defaultOriginate,omitempty"`
	AdvertiseMap     string `json:"advertiseMap,omitempty"` // its routes are sent while the condition is met
	ConditionMap     string `json:"conditionMap,omitempty"`
	Unless           bool   `json:"unless,omitempty"`      // the condition is that no route passes ConditionMap
	Advertising      bool   `json:"advertising,omitempty"` // the condition is met
	Site             string `json:"site,omitempty"`        // of origin
	DefaultMap       string `json:"defaultMap,omitempty"`  // originated while a route passes this route map; absent: always
	DefaultSent      bool   `json:"defaultSent,omitempty"`

	EndOfRIBSent     bool `json:"endOfRibSent,omitempty"`
	EndOfRIBReceived bool `json:"endOfRibReceived,omitempty"`
	ForwardingBit    bool `json:"forwardingBit,omitempty"` // of the peer, RFC 4724
}

// Connection is the TCP connection of the session, or of the attempt that is
// furthest.
type Connection struct {
	Local         netip.AddrPort `json:"local"`
	Remote        netip.AddrPort `json:"remote"`
	Outgoing      bool           `json:"outgoing,omitempty"` // we dialled
	SharedNetwork bool           `json:"sharedNetwork,omitempty"`
	RTTMs         *int64         `json:"rttMs,omitempty"` // absent: not known
	FD            int            `json:"fd"`              // file descriptor; -1 where there is none
	// NextHop* are our own addresses on the session's interface, as we would
	// send them in routes of each kind.
	NextHop       netip.Addr `json:"nextHop,omitzero"`
	NextHopGlobal netip.Addr `json:"nextHopGlobal,omitzero"`
	NextHopLocal  netip.Addr `json:"nextHopLocal,omitzero"`
}
