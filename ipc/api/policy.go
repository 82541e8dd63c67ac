package api

import "net/netip"

// PolicyMapsParams are the parameters of PolicyMaps.
type PolicyMapsParams struct {
	Name string `json:"name,omitempty"` // empty: all
}

// PolicyMapsResult is the answer to PolicyMaps, by name.
type PolicyMapsResult struct {
	Maps []PolicyMap `json:"maps"`
}

// PolicyMap is a route map in force.
type PolicyMap struct {
	Name        string           `json:"name"`
	Invoked     uint64           `json:"invoked"`           // routes that were held against it
	Unoptimized bool             `json:"unoptimized"`       // `no route-map NAME optimization`
	Waiting     bool             `json:"waiting,omitempty"` // it was edited, and the edit has not taken effect yet
	RefusesAll  bool             `json:"refusesAll,omitempty"`
	Used        bool             `json:"used"` // a neighbor or another map names it
	Entries     []PolicyMapEntry `json:"entries"`
}

// PolicyMapEntry is one entry of a route map. Its clauses are as the
// configuration has them, without "match" and "set".
type PolicyMapEntry struct {
	Sequence    uint32       `json:"sequence"`
	Permit      bool         `json:"permit"`
	Description string       `json:"description,omitempty"`
	Invoked     uint64       `json:"invoked"`             // routes that matched
	LastPrefix  netip.Prefix `json:"lastPrefix,omitzero"` // the last of them
	Matches     []string     `json:"matches"`             //
	Sets        []string     `json:"sets"`                //
	Call        string       `json:"call,omitempty"`      //
	Continue    string       `json:"continue,omitempty"`  // "next", or "goto"
	GotoSeq     uint32       `json:"gotoSeq,omitempty"`   //
}

// ListKind is a kind of list.
type ListKind string

// The kinds of lists.
const (
	ListPrefix         ListKind = "ip prefix-list"
	ListPrefix6        ListKind = "ipv6 prefix-list"
	ListAccess         ListKind = "access-list"
	ListAccess6        ListKind = "ipv6 access-list"
	ListASPath         ListKind = "bgp as-path access-list"
	ListCommunity      ListKind = "bgp community-list"
	ListLargeCommunity ListKind = "bgp large-community-list"
	ListExtCommunity   ListKind = "bgp extcommunity-list"
)

// PolicyListsParams are the parameters of PolicyLists. Entries come a page a
// call: the next page begins behind AfterName and AfterSequence.
type PolicyListsParams struct {
	Kind          ListKind `json:"kind"`
	Name          string   `json:"name,omitempty"` // empty: all
	AfterName     string   `json:"afterName,omitempty"`
	AfterSequence uint32   `json:"afterSequence,omitempty"`
	Limit         int      `json:"limit,omitempty"` // entries a page; 0: 5000
}

// PolicyListsResult is the answer to PolicyLists, by name. The last list goes
// on in the next page where More is set.
type PolicyListsResult struct {
	Lists []PolicyList `json:"lists"`
	More  bool         `json:"more,omitempty"`
}

// PolicyList is one list of the running configuration.
type PolicyList struct {
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"` // of an access list: its remark
	Expanded    bool              `json:"expanded,omitempty"`    // a list of communities by regular expressions
	Waiting     bool              `json:"waiting,omitempty"`     // it was edited, and the edit has not taken effect yet
	Count       int               `json:"count"`                 // entries in all
	FirstSeq    uint32            `json:"firstSeq"`
	LastSeq     uint32            `json:"lastSeq"`
	Entries     []PolicyListEntry `json:"entries"`
}

// PolicyListEntry is one line of a list.
type PolicyListEntry struct {
	Sequence uint32       `json:"sequence"`
	Permit   bool         `json:"permit"`
	Value    string       `json:"value"`           // behind permit or deny, as the configuration has it
	Prefix   netip.Prefix `json:"prefix,omitzero"` // of a prefix list, and of some lines of access lists
	Min      uint8        `json:"min,omitempty"`   // ge
	Max      uint8        `json:"max,omitempty"`   // le
	Exact    bool         `json:"exact,omitempty"` // of an access list: exact-match
	Hits     uint32       `json:"hits,omitempty"`  // of a prefix list: how often it decided
}

// PolicyClearParams are the parameters of PolicyClear: the counters of route
// maps, or of prefix lists of a kind.
type PolicyClearParams struct {
	Maps   bool         `json:"maps,omitempty"`
	Kind   ListKind     `json:"kind,omitempty"`
	Name   string       `json:"name,omitempty"` // empty: all
	Prefix netip.Prefix `json:"prefix,omitzero"`
}
