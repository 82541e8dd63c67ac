package shell

import (
	"context"
	"io"
	"net/netip"
	"slices"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// family is the family that a command names; empty where it names none.
func family(c grammar.Command) api.Family {
	switch c.Family() {
	case "ipv4":
		return api.IPv4Unicast
	case "ipv6":
		return api.IPv6Unicast
	}
	return ""
}

// checkVRF refuses every VRF but the one there is.
func checkVRF(c grammar.Command) error {
	for _, key := range []string{"vrf", "view"} {
		switch name := c.Args.Text(key); name {
		case "", "default", "all":
		default:
			return fail("BGP instance not found: %s", name)
		}
	}
	return nil
}

// showSummary is `show bgp summary` with its filters.
func showSummary(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	view := &summaryView{
		title: !c.Args.Has("unicast"), // also of `show ip bgp summary` and `show bgp ipv4 summary`, as in FRR
		wide:  c.Args.Has("wide"), terse: c.Args.Has("terse"),
		failed: c.Args.Text("filter") == "failed", up: c.Args.Text("filter") == "established",
		neighbor: peerName(c.Args.Peer("peer")), as: c.Args.Uint32("as"), link: c.Args.Text("kind"),
	}
	var params api.SummaryParams
	if f := family(c); f != "" {
		params.Families = []api.Family{f}
	}
	var summary api.Summary
	if err := s.call(ctx, api.BGPSummary, params, &summary); err != nil {
		return s.withoutBGP(err, c, w)
	}
	if err := s.knownNeighbor(ctx, &summary, view); err != nil {
		return err
	}
	if c.Args.Has("native") {
		return printNative(w, summary)
	}
	if view.title || !wantsJSON(c) {
		summary.Families = slices.DeleteFunc(summary.Families, func(f api.FamilySummary) bool { return len(f.Peers) == 0 })
	}
	if wantsJSON(c) {
		return printJSON(w, summaryDocument(&summary, view, c))
	}
	if len(summary.Families) == 0 {
		_, err := io.WriteString(w, "% No BGP neighbors found in VRF default\n")
		return err
	}
	for i := range summary.Families {
		printSummary(w, &summary, &summary.Families[i], view)
	}
	return nil
}

// knownNeighbor fails for `summary neighbor P` where there is no P in any
// family.
func (s *Shell) knownNeighbor(ctx context.Context, summary *api.Summary, view *summaryView) error {
	if view.neighbor == "" {
		return nil
	}
	for _, f := range summary.Families {
		for _, p := range f.Peers {
			if p.Name == view.neighbor {
				return nil
			}
		}
	}
	_, err := s.neighbors(ctx, view.neighbor)
	return err
}

// summaryDocument wraps the families as FRR does: bare where the family is
// given, keyed by family otherwise, and by VRF where all were asked for.
func summaryDocument(summary *api.Summary, view *summaryView, c grammar.Command) *object {
	document := &object{}
	for i := range summary.Families {
		f := &summary.Families[i]
		one := summaryObject(summary, f, view)
		if !view.title {
			document = one
			break
		}
		document.set(string(f.Family), one)
	}
	if c.Args.Text("vrf") == "all" {
		return (&object{}).set("default", document)
	}
	return document
}

// showOtherSummary answers for families that we do not have as FRR does for
// families without neighbors.
func showOtherSummary(_ *Shell, _ context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	if wantsJSON(c) {
		return printJSON(w, (&object{}).set("default", &object{}))
	}
	_, err := io.WriteString(w, "% No BGP neighbors found in VRF default\n")
	return err
}

// showNeighbors is `show bgp neighbors`.
func showNeighbors(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	return s.withNeighbors(ctx, c, w, func(all []api.Neighbor) error {
		switch {
		case c.Args.Has("native"):
			return printNative(w, api.Neighbors{Neighbors: all})
		case wantsJSON(c):
			return printJSON(w, neighborsObject(all))
		}
		if len(all) == 0 {
			_, err := io.WriteString(w, "% No BGP neighbors found\n")
			return err
		}
		for i := range all {
			printNeighbor(w, &all[i])
		}
		return nil
	})
}

// withNeighbors hands the neighbors that a command names, all without a name, to show. A family that is typed leaves those that
// are active in it; `show ip bgp neighbors` are all, as in FRR.
func (s *Shell) withNeighbors(ctx context.Context, c grammar.Command, w io.Writer, show func(all []api.Neighbor) error) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	name := peerName(c.Args.Peer("peer"))
	all, err := s.neighbors(ctx, name)
	if err != nil && name == "" {
		return s.withoutBGP(err, c, w)
	}
	if err != nil {
		return err
	}
	if f := family(c); f != "" && c.Args.Has("family") {
		if all = activeIn(all, f); len(all) == 0 && name != "" {
			return notActive(name, f)
		}
	}
	return show(all)
}

// neighbors fetches one neighbor, or all where the name is empty.
func (s *Shell) neighbors(ctx context.Context, name string) ([]api.Neighbor, error) {
	var all api.Neighbors
	err := s.call(ctx, api.BGPNeighbors, api.NeighborsParams{Neighbor: name}, &all)
	if code(err) == api.CodeNotFound {
		f := fail("No such neighbor in this view/vrf: %s", name)
		f.document = (&object{}).set("bgpNoSuchNeighbor", true)
		return nil, f
	}
	return all.Neighbors, err
}

// activeIn keeps the neighbors that are active in a family.
func activeIn(all []api.Neighbor, f api.Family) []api.Neighbor {
	var kept []api.Neighbor
	for _, n := range all {
		for _, nf := range n.Families {
			if nf.Family == f {
				kept = append(kept, n)
			}
		}
	}
	return kept
}

// notActive is the failure of a command that names a neighbor and a family
// that it has not.
func notActive(name string, f api.Family) error {
	return fail("No such neighbor or address family: %s is not active in %s", name, familyTitle(f))
}

// showTable is `show bgp`, whole or a prefix with all inside it.
func showTable(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	return s.tableOf(ctx, c, w, api.RouteFilter{})
}

// tableOf lists the table, or those of its routes that a filter takes.
func (s *Shell) tableOf(ctx context.Context, c grammar.Command, w io.Writer, filter api.RouteFilter) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	params := api.RoutesParams{View: api.ViewTable, Filter: filter}
	families := []api.Family{family(c)}
	if p := c.Args.Prefix("prefix"); p.IsValid() {
		params.Prefix, params.Longer = p.Masked(), true
		own, err := familyOf(c, p.Addr())
		if err != nil {
			return err
		}
		families[0] = own
	}
	if families[0] == "" {
		var summary api.Summary
		if err := s.call(ctx, api.BGPSummary, api.SummaryParams{}, &summary); err != nil {
			return s.withoutBGP(err, c, w)
		}
		families = nil
		for _, f := range summary.Families {
			families = append(families, f.Family)
		}
		return s.listFamilies(ctx, c, w, params, families)
	}
	params.Family = families[0]
	return s.withoutBGP(s.listOne(ctx, c, w, params), c, w)
}

// withoutBGP answers a listing that names nothing where no router bgp is
// configured: it is empty, and says so in FRR's words.
func (s *Shell) withoutBGP(err error, c grammar.Command, w io.Writer) error {
	if code(err) != api.CodeNoBGP {
		return err
	}
	if wantsJSON(c) {
		return printJSON(w, &object{})
	}
	io.WriteString(s.errs, "  begin with: configure terminal, router bgp ASN\n")
	_, err = io.WriteString(w, "% BGP instance not found\n")
	return err
}

// listOne lists a single family, as a document of its own.
func (s *Shell) listOne(ctx context.Context, c grammar.Command, w io.Writer, params api.RoutesParams) error {
	err := s.list(ctx, c, w, params)
	if out, ok := w.(*output); ok && wantsJSON(c) && out.count.n > 0 {
		io.WriteString(w, "\n")
	}
	return err
}

// familyOf is the family of an argument, which a family that is typed too
// must agree with.
func familyOf(c grammar.Command, a netip.Addr) (api.Family, error) {
	own, word := api.IPv4Unicast, "IPv4"
	if a.Is6() {
		own, word = api.IPv6Unicast, "IPv6"
	}
	if f := family(c); f != "" && f != own {
		return "", fail("Cannot specify %s address or prefix with %s AFI", word, familyTitle(f)[:4])
	}
	return own, nil
}

// adjacentRoutes makes the verb for a list of one neighbor's routes.
func adjacentRoutes(view api.View) verb {
	return func(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
		return s.adjacent(ctx, c, w, api.RoutesParams{View: view})
	}
}

// bestRoutes is `show bgp neighbors P bestpath-routes`.
func bestRoutes(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	return s.adjacent(ctx, c, w, api.RoutesParams{View: api.ViewRoutes, Filter: api.RouteFilter{Best: true}})
}

// someAdjacentRoutes is `show bgp neighbors P advertised-routes PREFIX` and
// its like, also with a route map.
func someAdjacentRoutes(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	params := api.RoutesParams{View: map[string]api.View{
		"advertised-routes": api.ViewAdvertised, "received-routes": api.ViewReceived, "filtered-routes": api.ViewFiltered,
	}[c.Args.Text("list")]}
	if name := c.Args.Text("map"); name != "" {
		params.Filter.List = &api.ListFilter{Kind: "route-map", Name: name}
		return s.adjacent(ctx, c, w, params)
	}
	params.Prefix = c.Args.Prefix("prefix").Masked()
	f, err := familyOf(c, params.Prefix.Addr())
	if err != nil {
		return err
	}
	params.Family = f
	return s.adjacent(ctx, c, w, params)
}

// adjacent lists routes of one neighbor: in the family of params or of the
// command, else in each that is active.
func (s *Shell) adjacent(ctx context.Context, c grammar.Command, w io.Writer, params api.RoutesParams) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	params.Neighbor = peerName(c.Args.Peer("peer"))
	found, err := s.neighbors(ctx, params.Neighbor)
	if err != nil {
		return err
	}
	var active []api.Family
	for _, n := range found {
		for _, f := range n.Families {
			active = append(active, f.Family)
		}
	}
	if params.Family == "" {
		params.Family = family(c)
	}
	switch {
	case params.Family == "":
		return s.listFamilies(ctx, c, w, params, active)
	case !slices.Contains(active, params.Family):
		return notActive(params.Neighbor, params.Family)
	}
	return s.listOne(ctx, c, w, params)
}

// showPrefix is `show bgp PREFIX` and `show bgp ADDRESS`.
func showPrefix(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	params := api.LookupParams{Address: c.Args.Addr("addr")}
	name := params.Address.String()
	if p := c.Args.Prefix("prefix"); p.IsValid() {
		params.Prefix, params.Address = p.Masked(), netip.Addr{}
		name = params.Prefix.String()
	}
	own := params.Address
	if params.Prefix.IsValid() {
		own = params.Prefix.Addr()
	}
	f, err := familyOf(c, own)
	if err != nil {
		return err
	}
	params.Family = f
	var result api.LookupResult
	if err := s.call(ctx, api.BGPLookup, params, &result); err != nil {
		return named(err, "Network not in table", name)
	}
	only := c.Args.Text("paths")
	switch {
	case c.Args.Has("native"):
		result.Route.Paths = slices.DeleteFunc(result.Route.Paths, func(p api.Path) bool { return !chosen(&p, only) })
		return printNative(w, result)
	case wantsJSON(c):
		return printJSON(w, detailObject(&result.Route, only))
	}
	printPrefix(w, &result.Route, result.ASNotation, only)
	return nil
}
