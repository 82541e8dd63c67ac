package rib

import "strconv"

// Reason says why a path is not used or not sent. Zero means that nothing is wrong with it.
type Reason uint8

// The reasons. Import reasons are kept in the path in place of its attributes after policy; export reasons are computed
// when somebody asks, except TooLong, which is also counted.
const (
	_              Reason = iota
	MissingPolicy         // RFC 8212: an external neighbor without a policy in this direction
	HeldBack              // a configuration error holds this direction and family
	Filtered              // import or export policy refused it
	ASLoop                // our own AS is in AS_PATH (RFC 4271 9.1.2)
	FirstAS               // AS_PATH does not begin with the neighbor's AS (RFC 4271 6.3)
	NextHop               // the next hop cannot be used
	Malformed             // RFC 7606 treat-as-withdraw; the path has no attributes
	OriginatorLoop        // ORIGINATOR_ID is our own identifier (RFC 4456 8)
	ClusterLoop           // CLUSTER_LIST holds our own cluster (RFC 4456 8)
	RouteLeak             // RFC 9234: OTC says that the route leaked
	Limit                 // more paths for one prefix than a neighbor may have
	NotNegotiated         // the family is not agreed with the neighbor
	SplitHorizon          // the neighbor itself is where the best path comes from
	NoExport              // community NO_EXPORT or NO_EXPORT_SUBCONFED (RFC 1997)
	NoAdvertise           // community NO_ADVERTISE (RFC 1997)
	IBGPtoIBGP            // internal to internal, and we are no reflector (RFC 4271 9.2)
	SenderASLoop          // the neighbor's AS is in AS_PATH already
	NoNextHop             // no next hop that this neighbor could use
	TooLong               // its attributes leave no room for a prefix in a message
	NoBestPath            // there is nothing to send: no path of the prefix is usable
	Pending               // it will be sent; the neighbor's turn has not come
	ASSet                 // an AS set is in AS_PATH (RFC 9774)
	Suppressed            // an aggregate is announced in its place
	Conditional           // conditional advertisement, and its condition is not met
	SiteOfOrigin          // the path comes from the neighbor's own site
	NoDefault             // default-originate, and no route in use passes its route map
	LimitOut              // the neighbor has as many prefixes as maximum-prefix-out allows
	AgedRoute             // long-lived stale (RFC 9494): not for an external neighbor without the capability
	NotSelected           // ADD-PATH to the neighbor does not take this path
	AwaitsFilter          // the neighbor will send a prefix filter before it wants anything (RFC 5291)
	reasonCount
)

var reasonTexts = [reasonCount]string{
	0:              "accepted",
	MissingPolicy:  "no policy (bgp ebgp-requires-policy)",
	HeldBack:       "configuration error holds back this direction",
	Filtered:       "filtered by policy",
	ASLoop:         "own AS in AS path",
	FirstAS:        "AS path does not begin with the neighbor's AS",
	NextHop:        "unusable next hop",
	Malformed:      "malformed attributes (treated as withdrawn, RFC 7606)",
	OriginatorLoop: "own router ID is the originator",
	ClusterLoop:    "own cluster in cluster list",
	RouteLeak:      "route leak (OTC, RFC 9234)",
	Limit:          "too many paths for one prefix",
	NotNegotiated:  "address family not negotiated",
	SplitHorizon:   "best path is from this neighbor",
	NoExport:       "community no-export",
	NoAdvertise:    "community no-advertise",
	IBGPtoIBGP:     "internal route to an internal neighbor",
	SenderASLoop:   "neighbor's AS in AS path",
	NoNextHop:      "no usable next hop for this neighbor",
	TooLong:        "attributes too long for a message",
	NoBestPath:     "no best path",
	Pending:        "waiting to be sent",
	Suppressed:     "suppressed by an aggregate",
	Conditional:    "the condition of advertise-map is not met",
	SiteOfOrigin:   "from the neighbor's own site (soo)",
	NoDefault:      "no route passes the route-map of default-originate",
	LimitOut:       "more than maximum-prefix-out",
	AgedRoute:      "long-lived stale, and the neighbor has no long-lived graceful restart",
	NotSelected:    "not among the paths chosen for ADD-PATH",
	AwaitsFilter:   "the neighbor has not sent its prefix filter yet",
	ASSet:          "AS set in AS path (bgp reject-as-sets)",
}

// String is the text for the operator.
func (r Reason) String() string {
	if r < reasonCount {
		return reasonTexts[r]
	}
	return "reason " + strconv.Itoa(int(r))
}
