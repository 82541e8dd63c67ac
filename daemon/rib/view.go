package rib

import (
	"net/netip"
	"time"

	"bgpsh/wire"
)

// View chooses what a listing shows.
type View uint8

// The views. All but ViewTable are about Query.Peer.
const (
	ViewTable      View = iota // every path of every destination
	ViewRoutes                 // accepted paths of the peer
	ViewReceived               // all paths of the peer, with their attributes before policy
	ViewFiltered               // of those, the refused ones
	ViewAdvertised             // what the peer was sent, as sent
	ViewWithheld               // best routes that the peer was not sent, with the reason
)

// Key is a place in prefix order. The zero Key is before the first prefix.
type Key struct {
	Prefix wire.Prefix
	Set    bool
}

// Query asks for a listing.
type Query struct {
	Family wire.Family
	View   View
	Peer   PeerID
	Within netip.Prefix // valid: only this prefix and those inside it
	After  Key          // only prefixes behind this one
	Detail bool         // fill AdvertisedTo
	Filter Filter       // of ViewTable
}

// RouteView is one prefix and its paths, the best one first. It shares no memory with the RIB.
type RouteView struct {
	Prefix       netip.Prefix
	Paths        []PathView
	Version      uint64   // of the table, when it was read
	AdvertisedTo []PeerID // who holds the best path; in lookups and with Detail
	Withheld     Reason   // ViewWithheld: why
	Suppress     Reason   // NoExport or NoAdvertise when the best path's communities keep it here
}

// PathView is one path.
type PathView struct {
	Peer     PeerID
	PathID   uint32 // received ADD-PATH identifier
	Addr     netip.Addr
	RouterID uint32 // of the peer, or ours for a local path
	Pre      wire.Attrs
	Post     wire.Attrs // after import policy; nil when refused
	Sent     wire.Attrs // ViewAdvertised: as sent
	SentID   uint32     // ViewAdvertised: ADD-PATH identifier it was sent with, 0 without ADD-PATH
	Reason   Reason     // why it is refused
	Best     bool
	Multi    bool // used beside the best path, or the best path of several that are used: see Multipath
	Stale    bool // not announced since the last BoRR, or since its session was lost
	// LongLived: it is Stale for so long that it is used last (RFC 9494).
	LongLived bool
	Local     bool // originated here
	Aggregate bool // Local, and an aggregate
	// Suppressed: an aggregate stands for it.
	Suppressed bool
	Internal   bool
	Confed     bool      // from a neighbor of our confederation, Internal or not
	Arrival    time.Time // to 4 s
	// Step is for the best path the step of the ladder that set it apart from the runner-up, for another usable path the
	// step at which it lost, to Paths[Versus]. Versus is -1 in the views of one peer, whose Paths are not all.
	Step   Step
	Versus int
}

// Counters are the counts of one peer and family. All but Limited are of this moment.
type Counters struct {
	Received   uint32              // prefixes and path identifiers held from it, refused ones included
	Accepted   uint32              // of those, the accepted ones
	Refused    [reasonCount]uint32 // of those, the refused ones by Reason
	Stale      uint32              // kept from before the last BoRR, or over the loss of a session
	Sent       uint32              // prefixes it was sent and holds, with ADD-PATH paths
	Limited    uint64              // announcements not kept because of Limit
	Best       uint32              // best paths that come from it
	EndOfRIBIn bool                // it has sent End-of-RIB
	// EndOfRIBOut: it was sent its initial table and End-of-RIB.
	EndOfRIBOut bool
	// Pending: something is waiting to be sent to it.
	Pending bool
	Blocked bool // its send queue is full
	// DefaultSent: it has the default route of default-originate.
	DefaultSent bool
	// Advertising: the condition of its conditional advertisement is met.
	Advertising bool
	// Group is the number of its update group, 0: it is in none.
	Group int
}

// Totals are the counts of one table.
type Totals struct {
	Destinations uint32 // prefixes with at least one path, refused ones included
	Routed       uint32 // of those, with a best path
	Paths        uint32 // of sessions that are up or were until just now, refused ones included
	Usable       uint32 // accepted ones of sessions that are up, and our own
	Version      uint64
	TooLong      uint64 // best paths not sent to a group because they fit no message, counted at each look
	Groups       int
}
