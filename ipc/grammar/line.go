package grammar

// Kind is the kind of a configuration line.
type Kind uint8

// The kinds of lines. Held is given by Scanner alone: a line inside a block whose opening line was bad.
const (
	Blank       Kind = iota // nothing, or a comment
	Ours                    // applied
	Foreign                 // another's business: passed over, a warning a block
	Unsupported             // FRR's, and not supported: passed over with a warning; see Hold
	Bad                     // an error
	Held                    // taken along by the bad line that should have opened its block
)

// HoldKind is what must fail closed because a line that restricts is not in force.
type HoldKind uint8

// Kinds of holds, from none to all.
const (
	HoldNone     HoldKind = iota
	HoldPolicy            // the neighbor passes no route in this family and these directions
	HoldNeighbor          // the neighbor stays down
	HoldMap               // the route map Name denies, whole
	HoldList              // the list Name of kind List denies, whole
	HoldFamily            // no neighbor passes a route in the family
	HoldRouter            // every neighbor stays down
)

// Hold says what a line that is not in force leaves open, and so what has to be closed instead.
type Hold struct {
	Kind    HoldKind
	Peer    Peer   // HoldNeighbor, HoldPolicy
	Family  string // HoldPolicy, HoldFamily: "ipv4", "ipv6", or empty for both
	In, Out bool   // HoldPolicy: directions
	List    string // HoldList: "prefix-list", "ipv6 prefix-list", "access-list", "as-path", "community-list", "large-community-list", "extcommunity-list"
	Name    string // HoldMap, HoldList
}

// Line is one configuration line, judged.
type Line struct {
	Kind    Kind
	Command Command // Ours, Unsupported, Foreign: ID and arguments
	Err     *Error  // Bad, Unsupported (NotYet), Foreign (NotOurs)
	Hold    Hold    // Unsupported, Bad: what fails closed
	Opens   Mode    // mode that the line opens, or (Bad) was meant to open; empty if none
	What    string  // Unsupported, Foreign: the statement in short: "neighbor route-map", "interface eth0"
	First   bool    // Foreign, Unsupported: the first line of a block that is passed over, so the one to warn about
}
