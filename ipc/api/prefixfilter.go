package api

// PrefixFilterParams are the parameters of BGPPrefixFilter.
type PrefixFilterParams struct {
	Neighbor string `json:"neighbor"`
	Family   Family `json:"family,omitempty"` // empty: all in which it may send one
}

// PrefixFilters is the answer to BGPPrefixFilter.
type PrefixFilters struct {
	Filters []PrefixFilter `json:"filters"`
}

// PrefixFilter is what a neighbor wants to be told in one family.
type PrefixFilter struct {
	Family  Family `json:"family"`
	Awaited bool   `json:"awaited,omitempty"` // it has not come, and the neighbor is told nothing before
	Name    string `json:"name,omitempty"`
	// Entries are as those of a prefix list, without a list's name, by
	// number: "seq 5 permit 10.0.0.0/8 le 24". None: it wants all.
	Entries []string `json:"entries"`
}
