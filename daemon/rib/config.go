package rib

import (
	"net/netip"
	"time"

	"bgpsh/wire"
)

// PeerID names a neighbor. 0 is the router itself, the source of its own networks; the others come from AddPeer.
type PeerID uint32

// Local is the peer that is the router itself.
const Local PeerID = 0

// Config is what a RIB needs to know of its router. The functions are called in the goroutine that calls the RIB and must
// not call back into it.
type Config struct {
	AS               uint32
	RouterID         uint32 // host order
	ClusterID        uint32 // of this route reflector (RFC 4456); 0: RouterID
	NoClientToClient bool   // its clients have each other's routes already
	DefaultLocalPref uint32 // 0: 100
	HasStartupMED    bool   // StartupMED replaces every MED that is sent, see SetStartupMED
	StartupMED       uint32
	Best             BestPath
	Seed             uint64    // of every hash, so that no outsider can choose collisions
	Start            time.Time // arrival times count from here

	// Import judges a path again from its attributes before policy: e is Reset to pre, and holds the result when the Reason
	// is zero. It makes all the checks that the reader made (loops, first AS, next hop, policy). nil accepts everything.
	Import func(p PeerID, f wire.Family, pre wire.Attrs, pfx wire.Prefix, e *wire.Editor) Reason
	// ImportClass gives what Import can tell about the prefix of a route from p: it makes the same of equal attributes where the class is the
	// same, but for Unclassed. nil: every prefix is Unclassed.
	ImportClass func(p PeerID, f wire.Family, pfx wire.Prefix) uint32
	// Export applies a group's policy: e is Reset to in and holds the attributes before the neighbor's fixed rules (own AS,
	// next hop, ...) are applied. from is the neighbor that the route came from, invalid for one of our own. A Reason other than
	// zero withholds the route. nil accepts everything.
	Export func(policy uint32, from netip.Addr, f wire.Family, in wire.Attrs, pfx wire.Prefix, e *wire.Editor) Reason
	// ExportClass is likewise for Export, and one neighbor that routes came from.
	ExportClass func(policy uint32, f wire.Family, pfx wire.Prefix) uint32
	// Hits, unless nil, counts the routes that get a result of Import or Export without being asked about.
	Hits Hits
	// Condition asks a map about a route in use with attributes in, from the neighbor from as in Export: 0 refuses it. Of those that
	// are permitted one with the lowest rank stands for all where the map's changes matter. Where e is not nil, these are made to e,
	// which holds the attributes of another route.
	Condition func(policy uint32, from netip.Addr, f wire.Family, in wire.Attrs, pfx wire.Prefix, e *wire.Editor) (rank uint32)
	// Uses tells that the table uses the policy of a number once more (by is 1), or once less (-1): Export, Condition and
	// ExportClass get numbers in use only. nil: nobody counts.
	Uses func(policy uint32, by int)
	// Deliver appends encoded messages to p's send queue. buf is shared between peers and never changes; nlri counts the
	// prefixes in it. false: the queue is over its limit (buf was taken all the same); nothing more comes until Ready.
	Deliver func(p PeerID, f wire.Family, buf []byte, nlri int) bool
	// Changed is called when a change waits for Changes and none waited before. nil: nobody wants to know.
	Changed func()
	// Limited is called when a neighbor's number of prefixes passes a bound of its limit. Whether the session ends, the caller
	// decides. nil: nobody asks.
	Limited func(p PeerID, f wire.Family, l PrefixLimit, e LimitEvent, n uint32)
	// Awaited reports whether somebody waits for the Turn to end: work on the whole table by policy then makes a break. It is asked
	// many times a Turn. nil: nobody waits.
	Awaited func() bool
	// Enter is called before each piece of work of a Turn, so that one that does not end has a name. nil: nobody asks.
	Enter func(p Phase)
	// Lap is called after each piece of work of a Turn, with what was done: whoever has a clock measures the phases. nil:
	// nobody does.
	Lap func(p Phase, units int)
}

// Hits keeps the counters of policies. The result of an Import or Export is remembered with its trace, which names what counted there, 0 for
// nothing; whenever it serves for another route of its class, the trace counts again. The RIB forgets a trace before its Turn ends.
type Hits interface {
	// ImportTrace is the trace of the Import that was called last, for a route from p.
	ImportTrace(p PeerID) uint64
	ImportAgain(p PeerID, f wire.Family, trace uint64, pfx wire.Prefix)
	// ExportTrace is the trace of the Export that was called last, with that policy.
	ExportTrace(policy uint32) uint64
	ExportAgain(policy uint32, f wire.Family, trace uint64, pfx wire.Prefix)
}

// Unclassed is the class of a prefix that policy may treat like no other.
const Unclassed = 1<<32 - 1

// Phase is one kind of work of Turn.
type Phase uint8

// The phases in the order of a turn.
const (
	PhaseSweep   Phase = iota // paths of lost sessions, and those that a refresh did not bring again, leave
	PhasePolicy               // paths are judged again, or destinations decided again; what must leave meanwhile leaves too
	PhaseEgress               // groups and the neighbors behind them
	PhaseRemains              // columns of groups that ended, destinations without paths
	PhaseCount
)

// BestPath holds the knobs of the decision process. The zero value is FRR's default.
type BestPath struct {
	AlwaysCompareMED bool // compare MED between different neighbor ASes too
	DeterministicMED bool // kept and shown; MED is always grouped by neighbor AS, as RFC 4271 9.1.2.2 c wants
	MissingMEDWorst  bool // a path without MED counts as 4294967295 instead of 0
	IgnoreASPath     bool // skip the AS path length
	CompareRouterID  bool // skip the age of external paths
	ConfedLength     bool // member ASes of a confederation count in the AS path length
}

// Session is what one established session of a neighbor is. It is constant until Down; the RIB keeps the pointer.
type Session struct {
	Generation uint32 // of the session; batches of another one are dropped
	Addr       netip.Addr
	RouterID   uint32 // the neighbor's BGP identifier, host order
	AS         uint32 // the neighbor's
	LocalAS    uint32
	Internal   bool
	Member     bool // in another AS of our confederation (RFC 5065); not Internal
	// Confederation tells that we are in one.
	Confederation bool
	Families      []FamilySession
	// PolicyVersion is the version of the import policy at the start; batches with another one are judged again.
	PolicyVersion uint32
}

// FamilySession is one family of a session.
type FamilySession struct {
	Family  wire.Family
	Group   GroupKey
	DenyIn  Reason // not zero: nothing is taken from the neighbor; kept for show, its batches bring this reason
	DenyOut Reason // not zero: nothing is sent but End-of-RIB
	Limit   PrefixLimit
	// EnhancedRefresh is agreed (RFC 7313): a ROUTE-REFRESH is answered between BoRR and EoRR.
	EnhancedRefresh bool
	EndOfRIB        bool // the neighbor sends it (RFC 4724): a BoRR before it counts for nothing
	NoEndOfRIB      bool // and we do not
	Keep            bool // what was kept of the session before stays until End-of-RIB
}

// GroupKey is everything that export reads of a neighbor. Neighbors with equal keys share one column of sent routes and
// one encoding. The zero value of a field means that the rule behind it is off.
type GroupKey struct {
	Family   wire.Family
	Internal bool
	Member   bool   // of our confederation, in another AS of it; not Internal
	LocalAS  uint32 // prepended to external neighbors, and to members as one of theirs
	AS       uint32 // not 0: withhold paths that hold this AS already (sender-side loop detection)
	Policy   uint32 // the number that Config.Export gets; 0: no policy, Export is not called

	NextHop4   netip.Addr // our IPv4 address on the session, or of its interface
	NextHop6   netip.Addr // our global IPv6 address on the session, or of its interface
	NextHop6LL netip.Addr // our link-local one, when the neighbor is on the shared link; no zone
	// ConfiguredNextHop replaces every next hop that would be sent.
	ConfiguredNextHop netip.Addr
	LongLived         bool         // RFC 9494 is agreed
	NextHopSelf       bool         // internal neighbors get our address for external routes
	Subnet            netip.Prefix // the subnet shared with the neighbor, for third-party next hops (RFC 4271 5.1.3)

	Treatment
	Encoding wire.Encoding
	Interval time.Duration // between runs of updates; 0: they do not wait
	Paths    Selection     // with Encoding.AddPath: which paths of a prefix are sent
	Solo     uint32        // not 0: keeps neighbors apart that have equal keys otherwise
}

// inside reports neighbors of our AS or of our confederation.
func (k *GroupKey) inside() bool { return k.Internal || k.Member }
