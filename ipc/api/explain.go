package api

import (
	"net/netip"
	"time"
)

// ExplainParams are the parameters of BGPExplain: one of Prefix and Address.
type ExplainParams struct {
	Family  Family       `json:"family,omitempty"` // empty: that of the argument
	Prefix  netip.Prefix `json:"prefix,omitzero"`  // exact
	Address netip.Addr   `json:"address,omitzero"` // longest match
	// From leaves only the paths of one neighbor in Paths; "local" stands for
	// this router.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"` // fill Sending for this neighbor
}

// Explanation is why a prefix has the best path that it has, or none, and
// what a neighbor is told of it. It is found when it is asked for, by taking
// the decisions once more.
type Explanation struct {
	Family       Family       `json:"family"`
	TableVersion uint64       `json:"tableVersion"`
	RouterID     netip.Addr   `json:"routerId"`
	AS           uint32       `json:"as"`
	ASNotation   ASNotation   `json:"asNotation,omitempty"` // for texts; absent: plain
	Prefix       netip.Prefix `json:"prefix,omitzero"`      // absent: no prefix holds the address
	// Best is the best path, also where From leaves it out of Paths.
	Best *PathVerdict `json:"best,omitempty"`
	// Paths are all candidates: the best one, the others, then the refused
	// ones.
	Paths   []PathVerdict `json:"paths"`
	Total   int           `json:"total"`   // paths without From
	Refused int           `json:"refused"` // of those, the refused ones
	// Changing says that the decision is about to be taken again: its knobs
	// changed, or the session of the best path ended.
	Changing bool `json:"changing,omitempty"`
	// Covering is the most specific prefix around this one that has a best
	// path, and CoveringFrom the neighbor of that path, or "local".
	Covering     netip.Prefix `json:"covering,omitzero"`
	CoveringFrom string       `json:"coveringFrom,omitempty"`
	// Absent says, where Paths is empty, who might have sent a path and has
	// not. The first line is about the prefix, the others each about a
	// neighbor.
	Absent  []string `json:"absent,omitempty"`
	Sending *Sending `json:"sending,omitempty"`
}

// Outcome is what became of one path in the decision.
type Outcome string

const (
	OutcomeBest      Outcome = "best"
	OutcomeMultipath Outcome = "multipath" // lost, but is used beside the best path
	OutcomeLost      Outcome = "lost"
	OutcomeRefused   Outcome = "refused" // took no part
)

// PathVerdict is one candidate, with all details of the path, and what
// became of it.
type PathVerdict struct {
	Path
	Outcome Outcome `json:"outcome"`
	// Step is the step of the ladder at which the path lost to Versus, or for
	// the best path the one that set it apart from the runner-up, in FRR's
	// words; "First path received" where there is no other.
	Step string `json:"step,omitempty"`
	// Own and Other are what the step compared: the value of this path, and
	// that of Versus. An absent attribute shows as what it counts as:
	// "100 by default".
	Own      string   `json:"own,omitempty"`
	Other    string   `json:"other,omitempty"`
	Versus   string   `json:"versus,omitempty"`   // its neighbor, or "local"
	VersusID uint32   `json:"versusId,omitempty"` // its ADD-PATH identifier
	Rule     string   `json:"rule,omitempty"`     // of import policy, that let the path pass
	Refusal  *Refusal `json:"refusal,omitempty"`
}

// Stage is where a path was refused or withheld.
type Stage string

const (
	StageMalformed     Stage = "malformed"     // RFC 7606
	StageLoop          Stage = "loop"          // AS path, ORIGINATOR_ID, CLUSTER_LIST
	StageFirstAS       Stage = "firstAs"       // enforce-first-as
	StageASSet         Stage = "asSet"         // bgp reject-as-sets
	StageRole          Stage = "role"          // RFC 9234
	StageNextHop       Stage = "nextHop"       // not usable, or none to send
	StageLimit         Stage = "limit"         // too many, or too long
	StageMissingPolicy Stage = "missingPolicy" // RFC 8212
	StageConfiguration Stage = "configuration" // held back by a bad line
	StagePolicy        Stage = "policy"
	StageSplitHorizon  Stage = "splitHorizon"
	StageCommunity     Stage = "community" // no-export, no-advertise
	StageInternal      Stage = "internal"  // internal to internal
	StageAggregate     Stage = "aggregate" // an aggregate is announced in its place
	StageNoBest        Stage = "noBest"    // there is nothing to send
	StageNegotiation   Stage = "negotiation"
	StageSession       Stage = "session" // down
	StageChanging      Stage = "changing"
)

// Refusal is why a path is not used, or not sent.
type Refusal struct {
	Stage Stage  `json:"stage"`
	Text  string `json:"text"` // one line for the operator
	// Lines are what to type to have it otherwise, with the modes they belong
	// to, where there is such a thing.
	Lines []string     `json:"lines,omitempty"`
	Rule  string       `json:"rule,omitempty"`  // that decided: "route-map IN deny 10"
	Steps []PolicyStep `json:"steps,omitempty"` // entries of route maps, in the order of evaluation
	// Attribute and Message are of StageMalformed, while the message is kept.
	Attribute string    `json:"attribute,omitempty"`
	Message   []byte    `json:"message,omitempty"` // whole, or its first 4096 octets
	At        time.Time `json:"at,omitzero"`
}

// PolicyStep is one entry of a route map that a route came by.
type PolicyStep struct {
	Map     string   `json:"map"`
	Seq     uint32   `json:"seq"`
	Permit  bool     `json:"permit,omitempty"`
	Matched bool     `json:"matched,omitempty"`
	Clause  string   `json:"clause,omitempty"` // the condition that did not hold
	Calls   []string `json:"calls,omitempty"`  // the entries that led here by call, outermost first
}

// SendingOutcome is what a neighbor has of a prefix.
type SendingOutcome string

const (
	SendingSent     SendingOutcome = "sent"     // it has what is decided
	SendingWithheld SendingOutcome = "withheld" // it is to have nothing, and has nothing
	SendingPending  SendingOutcome = "pending"  // it is to have something else than it has
	SendingNone     SendingOutcome = "none"     // no session, or one without the family
)

// Sending is what one neighbor is told of a prefix.
type Sending struct {
	Neighbor PeerRef        `json:"neighbor"`
	Outcome  SendingOutcome `json:"outcome"`
	Refusal  *Refusal       `json:"refusal,omitempty"` // why nothing is to be sent
	// Path has the attributes as sent, or of SendingPending as they will be.
	Path *Path  `json:"path,omitempty"`
	Rule string `json:"rule,omitempty"` // of export policy, that let it pass
	// Wait says of SendingPending what it waits for, and Holds whether the
	// neighbor has an earlier version.
	Wait  string `json:"wait,omitempty"`
	Holds bool   `json:"holds,omitempty"`
	Group int    `json:"group,omitempty"` // update group
	Down  *Down  `json:"down,omitempty"`  // why there is no session
	// Paths is for a neighbor with ADD-PATH what it is told of each path, the
	// best one first; the fields above are then of the best path.
	Paths []SendingPath `json:"paths,omitempty"`
}

// SendingPath is what a neighbor with ADD-PATH is told of one path.
type SendingPath struct {
	ID      uint32         `json:"id"`               // as the neighbor sees it
	From    string         `json:"from,omitempty"`   // name of the neighbor, "local"; absent: gone
	PathID  uint32         `json:"pathId,omitempty"` // as it came
	Outcome SendingOutcome `json:"outcome"`
	Reason  string         `json:"reason,omitempty"` // why it is not to be sent
	Wait    string         `json:"wait,omitempty"`   // of SendingPending: for what
	Holds   bool           `json:"holds,omitempty"`
	Gone    bool           `json:"gone,omitempty"`   // there is no such path any more
	ASPath  string         `json:"asPath,omitempty"` // as sent
	NextHop netip.Addr     `json:"nextHop,omitzero"` // as sent
}
