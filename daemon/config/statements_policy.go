package config

import (
	"slices"

	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
)

// Index of a direction in arrays by direction.
const (
	In  = 0
	Out = 1
)

// Attached names the lists and maps that a neighbor's routes pass in one direction of a family; unset: none.
type Attached struct {
	DistributeList, PrefixList, FilterList, RouteMap Opt[string]
}

// attachments find the name of each, in the order of printing.
var attachments = []struct {
	id   string
	find func(*Attached) *Opt[string]
}{
	{"neighbor.distribute-list", func(a *Attached) *Opt[string] { return &a.DistributeList }},
	{"neighbor.prefix-list", func(a *Attached) *Opt[string] { return &a.PrefixList }},
	{"neighbor.route-map", func(a *Attached) *Opt[string] { return &a.RouteMap }},
	{"neighbor.filter-list", func(a *Attached) *Opt[string] { return &a.FilterList }},
}

// dirWords are the words for the directions, by index.
var dirWords = [2]string{"in", "out"}

// or gives own's names, and those of a group where own has none.
func (a Attached) or(group Attached) Attached {
	return Attached{
		DistributeList: a.DistributeList.Or(group.DistributeList), PrefixList: a.PrefixList.Or(group.PrefixList),
		FilterList: a.FilterList.Or(group.FilterList), RouteMap: a.RouteMap.Or(group.RouteMap),
	}
}

// into puts the names into a policy.
func (a Attached) into(s *policy.Spec) {
	s.DistributeList, s.PrefixList = a.DistributeList.Value, a.PrefixList.Value
	s.FilterList, s.RouteMap = a.FilterList.Value, a.RouteMap.Value
}

// attachStatements attach lists and maps to a neighbor in a family.
var attachStatements = func() (out []statement) {
	for _, at := range attachments {
		find := func(n *Neighbor, f int, dir string) *Opt[string] {
			return at.find(&n.Families[f].Attach[slices.Index(dirWords[:], dir)])
		}
		out = append(out, statement{
			id: at.id,
			set: func(e *edit, c grammar.Command) error {
				n, f, err := e.target(c)
				if err == nil {
					*find(n, f, c.Args.Text("dir")) = Some(c.Args.Text("name"))
				}
				return err
			},
			unset: func(e *edit, c grammar.Command) error {
				n, f, err := e.target(c)
				if err != nil {
					return err
				}
				for _, dir := range dirWords {
					if typed := c.Args.Text("dir"); typed == "" || typed == dir {
						*find(n, f, dir) = Opt[string]{}
					}
				}
				return nil
			},
			lines: func(v view) (out []grammar.Command) {
				for _, dir := range dirWords {
					if o := find(v.n, v.f, dir); o.Set {
						out = append(out, v.about(at.id, v.mode()).With("name", o.Value).With("dir", dir))
					}
				}
				return out
			},
		})
	}
	return out
}()

// errBothLists refuses two lists of prefixes in one direction, as FRR does.
const errBothLists frr = "Prefix/distribute list can not co-exist"

// consistentLists checks what is attached to one neighbor with what it inherits.
func consistentLists(n, g *Neighbor) error {
	for f := range Families {
		for dir := range dirWords {
			own, group := &n.Families[f].Attach[dir], &g.Families[f].Attach[dir]
			if (own.DistributeList.Set || group.DistributeList.Set) && (own.PrefixList.Set || group.PrefixList.Set) {
				return errBothLists
			}
		}
	}
	return nil
}

// listStatements are those of lists and maps at the top level, in no order: lists print by themselves, see printLists.
var listStatements = []statement{
	{id: "ip.prefix-list", set: setPrefixList(false), unset: unsetPrefixList(false)},
	{id: "ip.prefix-list.description", set: describePrefixList(false, true), unset: describePrefixList(false, false)},
	{id: "ipv6.prefix-list", set: setPrefixList(true), unset: unsetPrefixList(true)},
	{id: "ipv6.prefix-list.description", set: describePrefixList(true, true), unset: describePrefixList(true, false)},
	{id: "access-list", set: setAccessList(false), unset: unsetAccessList(false)},
	{id: "access-list.remark", set: remarkAccessList(false, true), unset: remarkAccessList(false, false)},
	{id: "ipv6.access-list", set: setAccessList(true), unset: unsetAccessList(true)},
	{id: "ipv6.access-list.remark", set: remarkAccessList(true, true), unset: remarkAccessList(true, false)},
	{id: "as-path-list", set: setPathList, unset: unsetPathList},
	{id: "community-list.standard", set: setCommunityList(policy.Communities, false), unset: unsetCommunityList(policy.Communities, false)},
	{id: "community-list.expanded", set: setCommunityList(policy.Communities, true), unset: unsetCommunityList(policy.Communities, true)},
	{id: "large-community-list.standard", set: setCommunityList(policy.LargeCommunities, false), unset: unsetCommunityList(policy.LargeCommunities, false)},
	{id: "large-community-list.expanded", set: setCommunityList(policy.LargeCommunities, true), unset: unsetCommunityList(policy.LargeCommunities, true)},
	{id: "large-community-list.all", unset: unsetCommunityList(policy.LargeCommunities, false)},
	{id: "extcommunity-list.standard", set: setCommunityList(policy.ExtCommunities, false), unset: unsetCommunityList(policy.ExtCommunities, false)},
	{id: "extcommunity-list.expanded", set: setCommunityList(policy.ExtCommunities, true), unset: unsetCommunityList(policy.ExtCommunities, true)},
	{id: "bgp.community.alias", set: setAlias, unset: unsetAlias},
	{id: "route-map", set: setRouteMap, unset: unsetRouteMap},
	{id: "route-map.optimization", set: optimize(true), unset: optimize(false)},
}

// delayStatements has the wait before a live change of a list takes effect.
var delayStatements = []statement{routerValue("bgp.route-map.delay-timer", func(r *Router) *Opt[uint16] { return &r.MapDelay },
	func(c grammar.Command) (uint16, error) { return uint16(c.Args.Uint("seconds")), nil },
	func(c grammar.Command, v uint16) grammar.Command { return c.With("seconds", uint64(v)) })}
