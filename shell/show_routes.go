package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// filteredTable makes the verb for a listing of some routes of the table.
func filteredTable(filter func(grammar.Command) api.RouteFilter) verb {
	return func(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
		return s.tableOf(ctx, c, w, filter(c))
	}
}

// showRegexp is `show bgp regexp RE`. The expression takes the rest of the
// line; words at its end that are a format are no part of it.
func showRegexp(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	regex, c := formatOf(c, c.Args.Text("regex"))
	if regex == "" {
		return fail("Command incomplete: show bgp regexp: a regular expression over AS paths")
	}
	if out, ok := w.(*output); ok {
		out.json = wantsJSON(c)
	}
	return s.tableOf(ctx, c, w, api.RouteFilter{ASPath: regex})
}

// formatOf takes the words of a format off the end of a text.
func formatOf(c grammar.Command, text string) (string, grammar.Command) {
	words := strings.Fields(text)
	for len(words) > 1 && slices.Contains([]string{"json", "native", "detail", "wide"}, words[len(words)-1]) {
		last := words[len(words)-1]
		if last == "native" && words[len(words)-2] != "json" {
			break
		}
		c = c.With(last, true)
		words = words[:len(words)-1]
	}
	if len(words) == len(strings.Fields(text)) {
		return text, c
	}
	return strings.Join(words, " "), c
}

func communityFilter(c grammar.Command) api.RouteFilter {
	f := api.RouteFilter{Exact: c.Args.Has("exact-match")}
	for _, n := range c.Args.Uints("community") {
		f.Communities = append(f.Communities, fmt.Sprintf("%d:%d", n>>16, n&0xffff))
	}
	f.AnyCommunity = len(f.Communities) == 0
	return f
}

func largeCommunityFilter(c grammar.Command) api.RouteFilter {
	f := api.RouteFilter{Exact: c.Args.Has("exact-match"), LargeCommunities: c.Args.Words("community")}
	f.AnyLargeCommunity = len(f.LargeCommunities) == 0
	return f
}

func aliasFilter(c grammar.Command) api.RouteFilter {
	return api.RouteFilter{Alias: c.Args.Text("name")}
}

func kindFilter(c grammar.Command) api.RouteFilter {
	return api.RouteFilter{Classless: c.Args.Text("what") == "cidr-only", Local: c.Args.Text("what") == "self-originate"}
}

func listFilter(c grammar.Command) api.RouteFilter {
	return api.RouteFilter{List: &api.ListFilter{
		Kind: c.Args.Text("by"), Name: c.Args.Text("name"), Exact: c.Args.Has("exact-match"),
	}}
}

// counted moves a lone `| count` behind a listing of routes into the command:
// the daemon counts, and ships no rows.
func counted(c grammar.Command) grammar.Command {
	if !countable[c.ID] || wantsJSON(c) || len(c.Pipes) != 1 || c.Pipes[0].Word != "count" {
		return c
	}
	c.Pipes = nil
	return c.With("count", true)
}

var countable = map[string]bool{
	"show.bgp.table": true, "show.bgp.longer-prefixes": true, "show.bgp.regexp": true, "show.bgp.community": true,
	"show.bgp.large-community": true, "show.bgp.kind": true, "show.bgp.by-list": true, "show.bgp.by-community-list": true,
	"show.bgp.advertised-routes": true, "show.bgp.received-routes": true, "show.bgp.routes": true, "show.bgp.filtered-routes": true,
	"show.bgp.withheld-routes": true, "show.bgp.neighbors.one": true, "show.bgp.bestpath-routes": true,
}

// count prints how many routes and paths a listing has.
func (s *Shell) count(ctx context.Context, w io.Writer, params api.RoutesParams) error {
	var n api.CountResult
	if err := s.call(ctx, api.BGPCount, params, &n); err != nil {
		return listed(err, params.Neighbor)
	}
	_, err := fmt.Fprintf(w, "Count: %d routes, %d paths\n", n.Routes, n.Paths)
	return err
}

// listed is the failure of a listing: of a neighbor's routes, or of those that
// a list or map permits.
func listed(err error, neighbor string) error {
	var f *failure
	if neighbor == "" || errors.As(err, &f) && strings.HasPrefix(f.text, "no such route-map") {
		return err
	}
	return named(err, "No such neighbor or address family", neighbor)
}

// clearPrefix is `clear bgp prefix P`.
func clearPrefix(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	p := c.Args.Prefix("prefix").Masked()
	if _, err := familyOf(c, p.Addr()); err != nil {
		return err
	}
	var result api.ClearResult
	if err := s.call(ctx, api.BGPClear, api.ClearParams{Prefix: p, How: api.ClearPrefix}, &result); err != nil {
		return named(err, "Network not in table", p.String())
	}
	_, err := fmt.Fprintf(s.answers, "%s: sent again to %s\n", p, plural(result.Resent, "neighbor"))
	return err
}

// showPrefixCounts is `show bgp neighbors P prefix-counts`, from counters
// that are kept, in the words of FRR's walk over the table.
func showPrefixCounts(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	name := peerName(c.Args.Peer("peer"))
	found, err := s.neighbors(ctx, name)
	if err != nil {
		return err
	}
	var shown []*api.NeighborFamily
	for i := range found {
		for j := range found[i].Families {
			if f := family(c); f == "" || f == found[i].Families[j].Family {
				shown = append(shown, &found[i].Families[j])
			}
		}
	}
	if len(shown) == 0 {
		return notActive(name, family(c))
	}
	switch {
	case c.Args.Has("native"):
		return printNative(w, shown)
	case wantsJSON(c) && family(c) == "":
		all := &object{}
		for _, f := range shown {
			all.set(string(f.Family), countsObject(name, f))
		}
		return printJSON(w, all)
	case wantsJSON(c):
		return printJSON(w, countsObject(name, shown[0]))
	}
	for _, f := range shown {
		fmt.Fprintf(w, "Prefix counts for %s, %s\nPfxCt: %d\n\nCounts from RIB table walk:\n\n", name, familyTitle(f.Family), f.Accepted)
		for _, row := range prefixCounts(f) {
			fmt.Fprintf(w, "%20s: %-10d\n", row.name, row.count)
		}
	}
	return nil
}

type namedCount struct {
	name  string
	count uint64
}

// prefixCounts are FRR's rows. Adj-in counts what is held from before policy.
func prefixCounts(f *api.NeighborFamily) []namedCount {
	return []namedCount{
		{"Adj-in", f.Received}, {"Damped", 0}, {"Removed", 0}, {"History", 0}, {"Stale", f.Stale}, {"Valid", f.Accepted},
		{"All RIB", f.Accepted}, {"PfxCt counted", f.Accepted}, {"PfxCt Best Selected", f.Best}, {"Useable", f.Accepted},
	}
}

func countsObject(name string, f *api.NeighborFamily) *object {
	rows := &object{}
	for _, row := range prefixCounts(f) {
		rows.set(row.name, row.count)
	}
	o := (&object{}).set("prefixCountsFor", name).set("multiProtocol", string(f.Family)).set("pfxCounter", f.Accepted)
	return o.set("ribTableWalkCounters", rows)
}
