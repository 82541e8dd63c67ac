package daemon

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// maxNames bounds the answer of names.list, maxFound that for things that are looked for in the tables, namesTime how
// long the search may take: whoever types waits for it, and what was found until then is better than nothing.
const (
	maxNames  = 1000
	maxFound  = 100
	namesTime = 150 * time.Millisecond
)

func (d *Daemon) names(ctx context.Context, _ *ipc.Caller, p api.NamesParams) (api.Names, error) {
	switch p.Kind {
	case api.NamePrefix:
		return d.prefixNames(ctx, p.Start)
	case api.NameCommunity, api.NameLargeCommunity:
		return d.communityNames(ctx, p)
	}
	out := api.Names{Names: []api.Name{}}
	add := func(name, help string) {
		if strings.HasPrefix(name, p.Start) && len(out.Names) < maxNames {
			out.Names = append(out.Names, api.Name{Name: name, Help: help})
		}
	}
	if p.Kind == api.NameInterface {
		for _, i := range d.kernel.Snapshot() {
			add(i.Name, joinPrefixes(i.Addrs))
		}
		return out, nil
	}
	pub := d.published()
	r := cmp.Or(pub.config.Router, &config.Router{})
	switch p.Kind {
	case api.NameNeighbor:
		for _, s := range pub.sessions {
			add(s.name, neighborHelp(s.view.Load()))
		}
	case api.NameGroup:
		for _, g := range r.SortedGroups() {
			add(g.Name, cmp.Or(g.Description.Value, "Peer group"))
		}
	case api.NameNetwork:
		for i := range r.Networks {
			for _, n := range sortedPrefixes(r.Networks[i]) {
				add(n.String(), "Originated here")
			}
		}
	case api.NameListen:
		for _, a := range r.Listen {
			add(a.Addr().String(), "Listened on")
		}
	case api.NameRouter:
		if r.AS != 0 {
			add(asText(r.AS), "The router bgp there is")
		}
	case api.NameRouteMap, api.NamePrefixList:
		kinds := []policy.RefKind{policy.RefPrefixList, policy.RefPrefixList6}
		if p.Kind == api.NameRouteMap {
			kinds = []policy.RefKind{policy.RefRouteMap}
		}
		for _, r := range pub.policyNames(kinds...) {
			add(r.Name, r.Kind.String())
		}
	default:
		return out, badParam("kind", fmt.Sprintf("unknown kind %q", p.Kind))
	}
	return out, nil
}

// neighborHelp is a neighbor in a few words: AS 65002, Established, its description.
func neighborHelp(v *view) string {
	words := []string{string(v.state())}
	if as := v.remoteAS(); as != 0 {
		words = []string{"AS " + asText(as), words[0]}
	}
	if v.setup.Description != "" {
		words = append(words, v.setup.Description)
	}
	return strings.Join(words, ", ")
}

// prefixNames are prefixes of the table whose text begins with start.
func (d *Daemon) prefixNames(ctx context.Context, start string) (api.Names, error) {
	out := api.Names{Names: []api.Name{}}
	q := rib.Query{Family: wire.IPv4Unicast}
	if strings.Contains(start, ":") {
		q.Family = wire.IPv6Unicast
	}
	q.Within = around(start)
	ctx, cancel := context.WithTimeout(ctx, namesTime)
	defer cancel()
	var listing *rib.Listing
	for done := false; !done && len(out.Names) < maxFound; {
		var page []rib.RouteView
		err := d.loop.ask(ctx, func(r *rib.RIB) {
			if listing == nil {
				listing = r.List(q)
			}
			page, done = listing.Next(maxFound, pageUnits)
		})
		if err != nil {
			break // the time is over
		}
		for i := range page {
			if name := page[i].Prefix.String(); strings.HasPrefix(name, start) && len(out.Names) < maxFound {
				out.Names = append(out.Names, api.Name{Name: name, Help: pathsText(&page[i])})
			}
		}
	}
	return out, nil
}

// pathsText says of a prefix how it is reached.
func pathsText(r *rib.RouteView) string {
	text := fmt.Sprintf("%d paths", len(r.Paths))
	if len(r.Paths) == 1 {
		text = "1 path"
	}
	if len(r.Paths) > 0 && r.Paths[0].Best {
		if path := r.Paths[0].Post.ASPath().String(); path != "" {
			text += ", AS path " + path
		}
	}
	return text
}

// around is a prefix that holds all whose text begins with start, as far as whole numbers of it tell; the zero Prefix
// where they tell nothing.
func around(start string) netip.Prefix {
	if strings.Contains(start, ":") {
		return around6(start)
	}
	if strings.HasPrefix("0.0.0.0/0", start) {
		return netip.Prefix{}
	}
	var octets [4]byte
	fields := strings.Split(start, ".")
	whole := min(len(fields)-1, 4)
	for i := range whole {
		n, err := strconv.ParseUint(fields[i], 10, 8)
		if err != nil {
			return netip.Prefix{}
		}
		octets[i] = byte(n)
	}
	if whole == 0 {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(netip.AddrFrom4(octets), 8*whole)
}

func around6(start string) netip.Prefix {
	var address [16]byte
	head, _, _ := strings.Cut(start, "::")
	fields := strings.Split(head, ":")
	whole := len(fields)
	if head == start {
		whole-- // the last one may go on
	}
	whole = min(whole, 8)
	for i := range whole {
		n, err := strconv.ParseUint(fields[i], 16, 16)
		if err != nil {
			return netip.Prefix{}
		}
		address[2*i], address[2*i+1] = byte(n>>8), byte(n)
	}
	if whole == 0 {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(netip.AddrFrom16(address), 16*whole)
}

// attributePiece is how many attribute sets one question to the RIB looks at.
const attributePiece = 256

// communityNames are the communities that routes of the tables have, in numerical order.
func (d *Daemon) communityNames(ctx context.Context, p api.NamesParams) (api.Names, error) {
	ctx, cancel := context.WithTimeout(ctx, namesTime)
	defer cancel()
	seen := map[string]int{} // attribute sets that have it
	for _, f := range config.Families {
		at, done := uint32(0), false
		for !done {
			var piece []string // filled on the loop, which may still be at it when the time is over
			visit := func(a wire.Attrs) { piece = append(piece, communityTexts(a, p.Kind)...) }
			if d.loop.ask(ctx, func(r *rib.RIB) { at, done = r.Attributes(f, at, attributePiece, visit) }) != nil {
				break
			}
			for _, text := range piece {
				if strings.HasPrefix(text, p.Start) && (len(seen) < maxNames || seen[text] > 0) {
					seen[text]++
				}
			}
		}
	}
	out := api.Names{Names: []api.Name{}}
	for text, sets := range seen {
		help := fmt.Sprintf("In %d sets of attributes", sets)
		if sets == 1 {
			help = "In 1 set of attributes"
		}
		out.Names = append(out.Names, api.Name{Name: text, Help: help})
	}
	sort.Slice(out.Names, func(i, j int) bool { return slices.Compare(numbers(out.Names[i].Name), numbers(out.Names[j].Name)) < 0 })
	out.Names = out.Names[:min(len(out.Names), maxFound)]
	return out, nil
}

// communityTexts are the communities of one kind in a set of attributes.
func communityTexts(a wire.Attrs, kind api.NameKind) (all []string) {
	if kind == api.NameCommunity {
		c := a.Communities()
		for i := range c.Len() {
			all = append(all, communityText(c.At(i)))
		}
		return all
	}
	c := a.LargeCommunities()
	for i := range c.Len() {
		all = append(all, c.At(i).String())
	}
	return all
}

// numbers are the numbers in a text, to sort by; names come first.
func numbers(text string) (all []uint64) {
	for _, field := range strings.Split(text, ":") {
		n, _ := strconv.ParseUint(field, 10, 32)
		all = append(all, n)
	}
	return all
}

func joinPrefixes(ps []netip.Prefix) string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = p.String()
	}
	return strings.Join(texts, " ")
}
