package api

// RouteFilter restricts a list. A route is listed with those of its paths that
// pass every part that is set, by the attributes that the view shows.
type RouteFilter struct {
	Best bool `json:"best,omitempty"` // best paths
	// ASPath is a regular expression that the AS path matches somewhere, where
	// "_" stands for the start, the end or what stands between two numbers.
	ASPath string `json:"asPath,omitempty"`
	// Communities are all on the path; a path has an attribute for them where
	// AnyCommunity is set. The forms are "65001:100", a number or a name such
	// as "no-export". The same for LargeCommunities ("65001:1:100").
	Communities       []string `json:"communities,omitempty"`
	AnyCommunity      bool     `json:"anyCommunity,omitempty"`
	LargeCommunities  []string `json:"largeCommunities,omitempty"`
	AnyLargeCommunity bool     `json:"anyLargeCommunity,omitempty"`
	Exact             bool     `json:"exact,omitempty"` // and no others
	Alias             string   `json:"alias,omitempty"` // name of a community, standard or large, that is on the path
	// Classless takes prefixes whose length is not that of their IPv4 class.
	Classless bool `json:"classless,omitempty"`
	Local     bool `json:"local,omitempty"` // paths originated here
	// List is the name of a list or map that permits the path.
	List *ListFilter `json:"list,omitempty"`
}

// ListFilter names a list or map.
type ListFilter struct {
	Kind  string `json:"kind"` // "prefix-list", "filter-list", "access-list", "route-map", "community-list", "large-community-list"
	Name  string `json:"name"`
	Exact bool   `json:"exact,omitempty"` // community-list exact-match
}

// CountResult is the answer to BGPCount.
type CountResult struct {
	Routes       uint64 `json:"routes"`
	Paths        uint64 `json:"paths"`
	TableVersion uint64 `json:"tableVersion"`
}
