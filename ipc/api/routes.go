package api

import (
	"net/netip"
	"time"
)

// View chooses which routes BGPRoutes lists.
type View string

const (
	ViewTable      View = "table"      // every path of the table
	ViewRoutes     View = "routes"     // accepted paths of one neighbor
	ViewReceived   View = "received"   // what the neighbor sent, before policy
	ViewFiltered   View = "filtered"   // of those, the refused ones, with the reason
	ViewAdvertised View = "advertised" // what the neighbor was sent, as sent
	ViewWithheld   View = "withheld"   // best routes it was not sent, with the reason
)

// RoutesParams are the parameters of BGPRoutes.
type RoutesParams struct {
	Family   Family `json:"family"`
	View     View   `json:"view"`
	Neighbor string `json:"neighbor,omitempty"` // required by every view but table
	// Prefix restricts the list to that prefix, or with Longer to it and all
	// inside it.
	Prefix netip.Prefix `json:"prefix,omitzero"`
	Longer bool         `json:"longer,omitempty"`
	Filter RouteFilter  `json:"filter,omitzero"`
	Detail bool         `json:"detail,omitempty"` // fill the second half of Path and AdvertisedTo
	// After is the Next of the page before; empty: the first page. It stands
	// for a place in prefix order, and stays good when routes come and go.
	After string `json:"after,omitempty"`
	// Limit is the number of prefixes on the page, 1 to 5000; 0: 1000.
	Limit int `json:"limit,omitempty"`
}

// RoutesPage is the answer to BGPRoutes.
type RoutesPage struct {
	Family       Family     `json:"family"`
	TableVersion uint64     `json:"tableVersion"` // when the page was read
	RouterID     netip.Addr `json:"routerId"`
	AS           uint32     `json:"as"`
	ASNotation   ASNotation `json:"asNotation,omitempty"` // for texts; absent: plain
	LocalPref    uint32     `json:"localPref"`            // default local preference
	Routes       []Route    `json:"routes"`               // in prefix order
	Next         string     `json:"next,omitempty"`       // empty: this was the last page
	// TotalRoutes and TotalPaths count the whole table (view table and
	// routes) or the whole view (the others), when the page was read.
	TotalRoutes uint64 `json:"totalRoutes"`
	TotalPaths  uint64 `json:"totalPaths"`
	// Filtered counts refused paths, of view received.
	Filtered uint64 `json:"filtered,omitempty"`
	// DefaultOriginate: the neighbor has the default route of
	// default-originate, in view advertised.
	DefaultOriginate bool `json:"defaultOriginate,omitempty"`
	// Why says in one line why there is nothing: on a first page without
	// routes only.
	Why string `json:"why,omitempty"`
}

// Route is one prefix and its paths.
type Route struct {
	Prefix  netip.Prefix `json:"prefix"`
	Version uint64       `json:"version,omitempty"` // table version of its last change
	Paths   []Path       `json:"paths"`             // in display order
	// AdvertisedTo lists who was sent the route; with detail and in lookups.
	AdvertisedTo []PeerRef `json:"advertisedTo,omitempty"`
	// Suppress says why a route with a well-known community stays here:
	// "no-export", "no-advertise", "local-AS".
	Suppress string `json:"suppress,omitempty"`
}

// Origin is the value of the ORIGIN attribute.
type Origin string

const (
	OriginIGP        Origin = "igp"
	OriginEGP        Origin = "egp"
	OriginIncomplete Origin = "incomplete"
)

// Path is one way to a prefix. Its first half is in every list; the second
// half, from ASSegments on, only with detail and in lookups.
type Path struct {
	Valid     bool `json:"valid,omitempty"`
	Best      bool `json:"best,omitempty"`
	Multipath bool `json:"multipath,omitempty"`
	Stale     bool `json:"stale,omitempty"`
	LongLived bool `json:"longLived,omitempty"` // stale for so long that it is used last (RFC 9494)
	Local     bool `json:"local,omitempty"`     // originated here
	Aggregate bool `json:"aggregate,omitempty"` // Local, by aggregate-address
	// Suppressed: an aggregate stands for it.
	Suppressed bool `json:"suppressed,omitempty"`
	// Redistributed is the protocol that a route of our own is from:
	// "connected"; absent for others.
	Redistributed string `json:"redistributed,omitempty"`
	Internal      bool   `json:"internal,omitempty"` // from an internal neighbor
	// Confederation: from a neighbor of our confederation; not Internal: of
	// another AS of it.
	Confederation bool `json:"confederation,omitempty"`
	// Selection is the step that decided for the best path, in FRR's words:
	// "Local Pref", "Router ID", "First path received".
	Selection string `json:"selection,omitempty"`
	// Reason is why a path was refused or withheld (view filtered, withheld),
	// or is not valid.
	Reason string `json:"reason,omitempty"`

	Neighbor  string     `json:"neighbor,omitempty"`     // its name; absent when Local
	Peer      netip.Addr `json:"peer,omitzero"`          // its address; absent when Local
	Interface string     `json:"interface,omitempty"`    // of an unnumbered or link-local neighbor; of an explained route that is redistributed the one that packets leave by
	Hostname  string     `json:"hostname,omitempty"`     // the neighbor's
	ShowName  bool       `json:"showHostname,omitempty"` // Hostname is shown before Neighbor
	PathID    uint32     `json:"pathId,omitempty"`       // ADD-PATH identifier, received
	SentID    uint32     `json:"sentId,omitempty"`       // the one it is sent with; in view advertised
	NextHop   netip.Addr `json:"nextHop,omitzero"`       // global; as sent in view advertised
	LinkLocal netip.Addr `json:"linkLocal,omitzero"`     // second next hop of an IPv6 route
	UseLocal  bool       `json:"useLinkLocal,omitempty"` // LinkLocal is the one in use
	MED       *uint32    `json:"med,omitempty"`          // absent: no such attribute
	LocalPref *uint32    `json:"localPref,omitempty"`    // absent: no such attribute
	Weight    uint32     `json:"weight,omitempty"`
	Origin    Origin     `json:"origin"`
	ASPath    string     `json:"asPath,omitempty"` // "65001 65002 {65003,65004}"

	// StaleMs is how long a stale route stays that was kept over the loss of its neighbor's session, or until it becomes
	// long-lived; absent: there is no such time.
	StaleMs          *int64      `json:"staleMs,omitempty"`
	ASSegments       []ASSegment `json:"asSegments,omitempty"`
	ASPathLength     int         `json:"asPathLength,omitempty"` // as the decision counts
	Version          uint64      `json:"version,omitempty"`
	AtomicAggregate  bool        `json:"atomicAggregate,omitempty"`
	AggregatorAS     uint32      `json:"aggregatorAs,omitempty"`
	AggregatorID     netip.Addr  `json:"aggregatorId,omitzero"`
	Communities      []string    `json:"communities,omitempty"`      // "65001:100", "no-export"
	ExtCommunities   []string    `json:"extCommunities,omitempty"`   // "RT:65001:100"
	LargeCommunities []string    `json:"largeCommunities,omitempty"` // "65001:1:100"
	// Aliases are names of some of the communities: bgp community alias.
	Aliases       map[string]string `json:"aliases,omitempty"`
	OriginatorID  netip.Addr        `json:"originatorId,omitzero"`
	ClusterList   []netip.Addr      `json:"clusterList,omitempty"`
	AIGP          *uint64           `json:"aigp,omitempty"`
	OTC           *uint32           `json:"otc,omitempty"`
	Tag           uint32            `json:"tag,omitempty"`
	VLAN          uint16            `json:"vlan,omitempty"`
	Unknown       []UnknownAttr     `json:"unknown,omitempty"`
	RouterID      netip.Addr        `json:"routerId,omitzero"` // the neighbor's identifier, or ours
	Client        bool              `json:"routeReflectorClient,omitempty"`
	NextHopMetric uint32            `json:"nextHopMetric,omitempty"`
	Inaccessible  bool              `json:"inaccessible,omitempty"` // the next hop cannot be used
	UpdatedAt     time.Time         `json:"updatedAt,omitzero"`
}

// ASSegment is one segment of an AS_PATH.
type ASSegment struct {
	Type string   `json:"type"` // "as-sequence", "as-set", "as-confed-sequence", "as-confed-set"
	ASNs []uint32 `json:"asns"`
}

// UnknownAttr is an attribute that is passed on as it came.
type UnknownAttr struct {
	Type  uint8  `json:"type"`
	Flags uint8  `json:"flags"`
	Value []byte `json:"value"`
}

// LookupParams are the parameters of BGPLookup: one of Prefix and Address.
type LookupParams struct {
	Family  Family       `json:"family,omitempty"` // empty: that of the argument
	Prefix  netip.Prefix `json:"prefix,omitzero"`  // exact
	Address netip.Addr   `json:"address,omitzero"` // longest match
}

// LookupResult is the answer to BGPLookup.
type LookupResult struct {
	Family       Family     `json:"family"`
	TableVersion uint64     `json:"tableVersion"`
	RouterID     netip.Addr `json:"routerId"`
	AS           uint32     `json:"as"`
	ASNotation   ASNotation `json:"asNotation,omitempty"` // for texts; absent: plain
	Route        Route      `json:"route"`                // with all details
}
