package shell

import (
	"fmt"
	"io"
	"net/netip"
	"strings"

	"bgpsh/ipc/api"
)

// chosen tells whether a path is one of those asked for: the best one
// ("bestpath"), those in use ("multipath"), or all.
func chosen(p *api.Path, only string) bool {
	return only == "" || p.Best || only == "multipath" && p.Multipath
}

// printPrefix writes one prefix with its paths, all or those chosen, in FRR
// 8.4's layout.
func printPrefix(w io.Writer, r *api.Route, n api.ASNotation, only string) {
	p := &page{}
	p.line("BGP routing table entry for %s, version %d", r.Prefix, r.Version)
	best, hidden := "no best path", ""
	for i := range r.Paths {
		if !r.Paths[i].Best {
			continue
		}
		best = fmt.Sprintf("best #%d", i+1)
		if r.Paths[i].Suppressed {
			hidden = ", Advertisements suppressed by an aggregate."
		}
	}
	p.line("Paths: (%d available, %s, table default%s%s)", len(r.Paths), best, suppressed(r.Suppress), hidden)
	if len(r.AdvertisedTo) == 0 {
		p.line("  Not advertised to any peer")
	} else {
		p.line("  Advertised to non peer-group peers:")
		names := make([]string, len(r.AdvertisedTo))
		for i, peer := range r.AdvertisedTo {
			names[i] = peer.Name
		}
		p.line("  %s", strings.Join(names, " "))
	}
	for i := range r.Paths {
		if chosen(&r.Paths[i], only) {
			printPath(p, r, &r.Paths[i], n)
		}
	}
	io.WriteString(w, p.String())
}

// suppressed says in FRR's words whom a well-known community keeps away.
func suppressed(community string) string {
	switch community {
	case "no-export":
		return ", not advertised to EBGP peer"
	case "no-advertise":
		return ", not advertised to any peer"
	case "local-AS":
		return ", not advertised outside local AS"
	}
	return ""
}

// printPath writes one path of a prefix.
func printPath(p *page, r *api.Route, path *api.Path, n api.ASNotation) {
	first := oneOf(n.Path(path.ASPath), "Local")
	if path.Stale {
		first += ", (stale)"
	}
	if path.LongLived {
		first += ", (long-lived)"
	}
	if path.AggregatorID.IsValid() {
		first += fmt.Sprintf(", (aggregated by %s %s)", n.Number(path.AggregatorAS), path.AggregatorID)
	}
	if path.Client {
		first += ", (Received from a RR-client)"
	}
	p.line("  %s", first)
	p.line("    %s", fromLine(r, path))
	if path.LinkLocal.IsValid() {
		used := ""
		if path.UseLocal {
			used = " (used)"
		}
		p.line("    (%s)%s", path.LinkLocal.WithZone(""), used)
	}
	p.line("      %s", strings.Join(traits(path), ", "))
	p.lineIf(len(path.Communities) > 0, "      Community: %s", strings.Join(aliased(path, path.Communities), " "))
	p.lineIf(len(path.ExtCommunities) > 0, "      Extended Community: %s", strings.Join(path.ExtCommunities, " "))
	p.lineIf(len(path.LargeCommunities) > 0, "      Large Community: %s", strings.Join(aliased(path, path.LargeCommunities), " "))
	if path.OriginatorID.IsValid() || len(path.ClusterList) > 0 {
		var clusters []string
		for _, c := range path.ClusterList {
			clusters = append(clusters, c.String())
		}
		p.line("      Originator: %s, Cluster list: %s", address(path.OriginatorID), strings.Join(clusters, " "))
	}
	for _, a := range path.Unknown {
		p.line("      Unknown attribute %d, flags 0x%02X: %X", a.Type, a.Flags, a.Value)
	}
	p.lineIf(path.PathID != 0 && path.SentID == 0, "      AddPath ID: RX %d", path.PathID)
	p.lineIf(path.SentID != 0, "      AddPath ID: RX %d, TX %d", path.PathID, path.SentID)
	p.lineIf(path.VLAN != 0, "      VLAN: %d", path.VLAN)
	p.lineIf(path.Reason != "", "      Not used: %s", printable(path.Reason))
	p.lineIf(!path.UpdatedAt.IsZero(), "      Last update: %s", calendar(path.UpdatedAt))
	staleLine(p, path)
}

// fromLine is the next hop and who the path came from.
func fromLine(r *api.Route, path *api.Path) string {
	hop := path.NextHop
	if !hop.IsValid() {
		hop = unspecified(r.Prefix)
	}
	line := hop.WithZone("").String()
	switch {
	case path.Inaccessible:
		line += " (inaccessible)"
	case path.NextHopMetric > 0:
		line += fmt.Sprintf(" (metric %d)", path.NextHopMetric)
	}
	peer, id := path.Neighbor, path.RouterID
	if path.Local {
		peer = unspecified(r.Prefix).String()
	}
	if path.ShowName {
		peer = fmt.Sprintf("%s(%s)", printable(path.Hostname), peer)
	}
	if path.OriginatorID.IsValid() {
		id = path.OriginatorID
	}
	return fmt.Sprintf("%s from %s (%s)", line, peer, address(id))
}

// traits lists the scalar attributes and flags of a path.
func traits(path *api.Path) []string {
	t := []string{"Origin " + originWord(path.Origin)}
	add := func(holds bool, format string, args ...any) {
		if holds {
			t = append(t, fmt.Sprintf(format, args...))
		}
	}
	add(path.MED != nil, "metric %d", value(path.MED))
	add(path.LocalPref != nil, "localpref %d", value(path.LocalPref))
	add(path.AIGP != nil, "aigp-metric %d", deref(path.AIGP))
	add(path.Weight > 0, "weight %d", path.Weight)
	add(path.Tag > 0, "tag %d", path.Tag)
	add(path.Valid, "valid")
	add(!path.Valid, "invalid")
	switch {
	case path.Local:
		add(path.Aggregate, "aggregated")
		add(!path.Aggregate, "sourced")
		add(path.Redistributed == "", "local")
	default:
		add(true, "%s", origination(path))
	}
	add(path.AtomicAggregate, "atomic-aggregate")
	add(path.OTC != nil, "otc %d", value(path.OTC))
	add(path.Multipath, "multipath")
	add(path.Best, "best (%s)", path.Selection)
	return t
}

func deref(n *uint64) uint64 {
	if n == nil {
		return 0
	}
	return *n
}

// detailObject is one prefix with its paths, all or those chosen, in FRR's
// keys.
func detailObject(r *api.Route, only string) *object {
	to := &object{}
	for _, peer := range r.AdvertisedTo {
		to.set(peer.Name, (&object{}).text("hostname", peer.Hostname))
	}
	paths, multi, best := list{}, 0, false
	for i := range r.Paths {
		if chosen(&r.Paths[i], only) {
			paths = append(paths, detailPath(r, &r.Paths[i]))
		}
		best = best || r.Paths[i].Best
		if r.Paths[i].Multipath {
			multi++
		}
	}
	o := (&object{}).set("prefix", r.Prefix.String()).set("version", r.Version)
	o.when(len(to.members) > 0, "advertisedTo", to)
	o.set("pathCount", len(r.Paths)).set("multiPathCount", multi)
	o.set("flags", (&object{}).flag("bestPathExists", best))
	return o.set("paths", paths)
}

// detailPath is one path of a prefix in FRR's keys.
func detailPath(r *api.Route, p *api.Path) *object {
	o := (&object{}).flag("stale", p.Stale).flag("longLived", p.LongLived).set("aspath", asPathObject(p))
	if p.AggregatorID.IsValid() {
		o.set("aggregatorAs", p.AggregatorAS).set("aggregatorId", p.AggregatorID.String())
	}
	o.flag("rxedFromRrClient", p.Client)
	o.set("origin", originWord(p.Origin))
	o.when(p.MED != nil, "metric", value(p.MED)).when(p.LocalPref != nil, "locPrf", value(p.LocalPref))
	o.when(p.AIGP != nil, "aigpMetric", deref(p.AIGP))
	o.when(p.Weight > 0, "weight", p.Weight).when(p.Tag > 0, "tag", p.Tag)
	o.set("valid", p.Valid).set("version", r.Version)
	o.flag("sourced", p.Local && !p.Aggregate).flag("aggregated", p.Aggregate).flag("local", p.Local && p.Redistributed == "").flag("atomicAggregate", p.AtomicAggregate)
	o.when(p.OTC != nil, "otc", value(p.OTC)).flag("multipath", p.Multipath)
	if p.Best {
		o.set("bestpath", (&object{}).set("overall", true).set("selectionReason", p.Selection))
	}
	setCommunities(o, p)
	o.addr("originatorId", p.OriginatorID)
	if len(p.ClusterList) > 0 {
		clusters := list{}
		for _, c := range p.ClusterList {
			clusters = append(clusters, c.String())
		}
		o.set("clusterList", (&object{}).set("list", clusters))
	}
	o.when(p.PathID != 0, "addpathRxId", p.PathID).when(p.SentID != 0, "addpathTxId", p.SentID).when(p.VLAN != 0, "vlanId", int(p.VLAN)).text("reason", p.Reason)
	if !p.UpdatedAt.IsZero() {
		o.set("lastUpdate", (&object{}).set("epoch", p.UpdatedAt.Unix()).set("string", calendar(p.UpdatedAt)+"\n"))
		o.set("lastUpdateStr", calendar(p.UpdatedAt))
	}
	setStale(o, p).set("nexthops", nextHops(r, p, true))
	return o.set("peer", pathPeer(r, p))
}

// origination is the kind of neighbor that a path came from, in FRR's words.
func origination(p *api.Path) string {
	text := map[bool]string{true: "internal", false: "external"}[p.Internal]
	if p.Confederation {
		return "confed-" + text
	}
	return text
}

// pathPeer is where a path came from.
func pathPeer(r *api.Route, p *api.Path) *object {
	o := &object{}
	if p.Local {
		return o.set("peerId", unspecified(r.Prefix).String()).set("routerId", address(p.RouterID))
	}
	o.set("peerId", addressOr(p.Peer, p.Neighbor)).set("routerId", address(p.RouterID)).text("hostname", p.Hostname)
	o.text("interface", p.Interface)
	return o.set("type", origination(p))
}

func addressOr(a netip.Addr, name string) string {
	if a.IsValid() {
		return a.WithZone("").String()
	}
	return name
}

// asPathObject is "aspath".
func asPathObject(p *api.Path) *object {
	segments := list{}
	for _, s := range p.ASSegments {
		asns := list{}
		for _, as := range s.ASNs {
			asns = append(asns, as)
		}
		segments = append(segments, (&object{}).set("type", s.Type).set("list", asns))
	}
	return (&object{}).set("string", oneOf(p.ASPath, "Local")).set("segments", segments).set("length", p.ASPathLength)
}

// communityNames are the well-known communities as FRR's JSON spells them.
var communityNames = map[string]string{
	"no-export": "noExport", "no-advertise": "noAdvertise", "local-AS": "localAs", "no-peer": "noPeer",
	"graceful-shutdown": "gracefulShutdown", "accept-own": "acceptOwn", "route-filter-v4": "routeFilterV4",
	"route-filter-v6": "routeFilterV6", "llgr-stale": "llgrStale", "no-llgr": "noLlgr",
}

// aliased are communities by their names, where they have one.
func aliased(p *api.Path, communities []string) []string {
	if len(p.Aliases) == 0 {
		return communities
	}
	out := make([]string, len(communities))
	for i, c := range communities {
		out[i] = oneOf(p.Aliases[c], c)
	}
	return out
}

// setCommunities appends the three kinds of communities.
func setCommunities(o *object, p *api.Path) {
	both := func(key string, texts []string, names map[string]string) {
		if len(texts) == 0 {
			return
		}
		items := list{}
		for _, t := range texts {
			items = append(items, oneOf(oneOf(p.Aliases[t], names[t]), t))
		}
		o.set(key, (&object{}).set("string", strings.Join(aliased(p, texts), " ")).set("list", items))
	}
	both("community", p.Communities, communityNames)
	if len(p.ExtCommunities) > 0 {
		o.set("extendedCommunity", (&object{}).set("string", strings.Join(p.ExtCommunities, " ")))
	}
	both("largeCommunity", p.LargeCommunities, nil)
}
