package shell

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"

	"bgpsh/ipc/api"
)

// routeJSON writes a listing of routes as one JSON document in FRR's keys,
// page by page.
type routeJSON struct {
	w      io.Writer
	view   api.View
	detail bool
	b      []byte

	started bool
	routes  uint64
}

// page writes the routes of one page, after the opening members.
func (r *routeJSON) page(p *api.RoutesPage) error {
	r.b = r.b[:0]
	if !r.started {
		r.head(p)
	}
	for i := range p.Routes {
		if r.routes > 0 {
			r.b = append(r.b, "\n,"...)
		}
		r.routes++
		r.b = append(appendText(r.b, p.Routes[i].Prefix.String()), ": "...)
		r.b = appendJSON(r.b, r.route(&p.Routes[i]), flat)
	}
	_, err := r.w.Write(r.b)
	return err
}

// head writes everything up to the first route.
func (r *routeJSON) head(p *api.RoutesPage) {
	r.started = true
	switch r.view {
	case api.ViewTable, api.ViewRoutes:
		r.b = fmt.Appendf(r.b, "{\n \"vrfId\": 0,\n \"vrfName\": \"default\",\n \"tableVersion\": %d,\n \"routerId\": \"%s\",\n \"defaultLocPrf\": %d,\n \"localAS\": %d,\n \"routes\": { ",
			p.TableVersion, p.RouterID, p.LocalPref, p.AS)
		return
	}
	r.b = fmt.Appendf(r.b, "{\n \"bgpTableVersion\": %d,\n \"bgpLocalRouterId\": \"%s\",\n \"defaultLocPrf\": %d,\n \"localAS\": %d,\n",
		p.TableVersion, p.RouterID, p.LocalPref, p.AS)
	r.b = append(r.b, codes...)
	if p.DefaultOriginate {
		r.b = appendText(append(r.b, ",\n \"bgpOriginatingDefaultNetwork\": "...), map[api.Family]string{api.IPv4Unicast: "0.0.0.0/0", api.IPv6Unicast: "::/0"}[p.Family])
	}
	r.b = append(r.b, ",\n \""...)
	r.b = append(append(r.b, routesKey(r.view)...), "\": { "...)
}

// codes are the members that explain the symbols, as FRR 8.4 has them.
const codes = ` "bgpStatusCodes": {"suppressed":"s","damped":"d","history":"h","valid":"*","best":">","multipath":"=","internal":"i","ribFailure":"r","stale":"S","removed":"R"},
 "bgpOriginCodes": {"igp":"i","egp":"e","incomplete":"?"}`

// routesKey is the key of the routes of a view.
func routesKey(v api.View) string {
	switch v {
	case api.ViewAdvertised:
		return "advertisedRoutes"
	case api.ViewWithheld:
		return "withheldRoutes"
	}
	return "receivedRoutes"
}

// end writes everything behind the last route.
func (r *routeJSON) end(last *api.RoutesPage) error {
	r.b = append(r.b[:0], " }"...)
	switch r.view {
	case api.ViewTable, api.ViewRoutes:
		r.b = fmt.Appendf(r.b, ",\n \"totalRoutes\": %d,\n \"totalPaths\": %d", r.routes, last.TotalPaths)
	default:
		r.b = fmt.Appendf(r.b, ",\n \"totalPrefixCounter\": %d,\n \"filteredPrefixCounter\": %d,\n \"totalPathsCount\": %d",
			r.routes, last.Filtered, last.TotalPaths)
	}
	if r.routes == 0 && last.Why != "" {
		r.b = appendText(append(r.b, ",\n \"emptyReason\": "...), last.Why)
	}
	_, err := r.w.Write(append(r.b, "\n}"...))
	return err
}

// route gives the value of one prefix.
func (r *routeJSON) route(route *api.Route) any {
	switch {
	case r.detail:
		return detailObject(route, "")
	case r.view == api.ViewTable || r.view == api.ViewRoutes:
		paths := make(list, len(route.Paths))
		for i := range route.Paths {
			paths[i] = listPath(route, &route.Paths[i])
		}
		return paths
	}
	return adjacentObject(route, r.view)
}

// listPath is a path in the listing of a table.
func listPath(route *api.Route, p *api.Path) *object {
	o := (&object{}).flag("stale", p.Stale).flag("longLived", p.LongLived).flag("suppressed", p.Suppressed).flag("valid", p.Valid).flag("bestpath", p.Best)
	o.when(p.Best, "selectionReason", p.Selection).flag("multipath", p.Multipath && !p.Best)
	o.set("pathFrom", map[bool]string{true: "internal", false: "external"}[p.Internal])
	o.set("prefix", route.Prefix.Addr().String()).set("prefixLen", route.Prefix.Bits()).set("network", route.Prefix.String())
	o.set("version", route.Version)
	o.when(p.MED != nil, "metric", value(p.MED)).when(p.LocalPref != nil, "locPrf", value(p.LocalPref)).set("weight", p.Weight)
	peer := "(unspec)"
	if p.Peer.IsValid() {
		peer = p.Peer.WithZone("").String()
	}
	o.set("peerId", peer).set("path", p.ASPath).set("origin", originWord(p.Origin))
	o.when(p.PathID != 0, "pathId", p.PathID).when(p.SentID != 0, "sentId", p.SentID)
	return o.set("nexthops", nextHops(route, p, false))
}

// originWord is an origin in FRR's words.
func originWord(o api.Origin) string {
	switch o {
	case api.OriginIGP:
		return "IGP"
	case api.OriginEGP:
		return "EGP"
	}
	return "incomplete"
}

// nextHops lists the one or two next hops of a path; full adds what the
// detail shows of each.
func nextHops(route *api.Route, p *api.Path, full bool) list {
	global := p.NextHop
	if !global.IsValid() {
		global = unspecified(route.Prefix)
	}
	one := func(a netip.Addr, scope string, used bool) *object {
		o := (&object{}).set("ip", a.WithZone("").String()).text("hostname", p.Hostname)
		if a.Is4() {
			o.set("afi", "ipv4")
		} else {
			o.set("afi", "ipv6").set("scope", scope)
		}
		if full {
			o.when(scope == "global", "metric", p.NextHopMetric).set("accessible", !p.Inaccessible)
		}
		return o.flag("used", used)
	}
	hops := list{one(global, "global", !p.UseLocal)}
	if p.LinkLocal.IsValid() {
		hops = append(hops, one(p.LinkLocal, "link-local", p.UseLocal))
	}
	return hops
}

// adjacentObject is a route in the listings of what was sent, received,
// filtered or withheld. FRR has one object for a prefix; further paths that
// came with ADD-PATH stand in "paths".
func adjacentObject(route *api.Route, view api.View) *object {
	first := adjacentPath(route, &route.Paths[0], view)
	if len(route.Paths) > 1 {
		more := list{}
		for i := range route.Paths {
			more = append(more, adjacentPath(route, &route.Paths[i], view))
		}
		first.set("paths", more)
	}
	return first
}

func adjacentPath(route *api.Route, p *api.Path, view api.View) *object {
	o := (&object{}).set("addrPrefix", route.Prefix.Addr().String()).set("prefixLen", route.Prefix.Bits()).set("network", route.Prefix.String())
	hop := p.NextHop
	if !hop.IsValid() {
		hop = unspecified(route.Prefix)
	}
	if route.Prefix.Addr().Is6() {
		o.set("nextHopGlobal", hop.WithZone("").String())
	}
	o.set("nextHop", hop.WithZone("").String())
	o.when(p.MED != nil, "metric", value(p.MED)).when(p.LocalPref != nil, "locPrf", value(p.LocalPref)).set("weight", p.Weight)
	o.set("path", p.ASPath).set("bgpOriginCode", string(originMark(p.Origin))).set("origin", originWord(p.Origin))
	good := view != api.ViewFiltered && view != api.ViewWithheld && p.Reason == ""
	o.set("valid", good).set("best", good && (p.Best || view == api.ViewAdvertised))
	o.when(p.PathID != 0, "pathId", p.PathID).when(p.SentID != 0, "sentId", p.SentID).text("reason", p.Reason)
	return o.set("appliedStatusSymbols", (&object{}).set("*", true).set(">", true))
}

// routeNative writes a listing as one document in our own keys: the routes
// as the API gives them, between the facts about the table.
type routeNative struct {
	w       io.Writer
	started bool
	routes  uint64
}

func (r *routeNative) page(p *api.RoutesPage) error {
	var b []byte
	if !r.started {
		r.started = true
		b = fmt.Appendf(b, "{\n  \"schemaVersion\": %d,\n  \"family\": %q,\n  \"tableVersion\": %d,\n  \"routerId\": %q,\n  \"as\": %d,\n  \"localPref\": %d,\n  \"routes\": [",
			schemaVersion, p.Family, p.TableVersion, p.RouterID, p.AS, p.LocalPref)
	}
	for i := range p.Routes {
		if r.routes > 0 {
			b = append(b, ',')
		}
		r.routes++
		route, err := json.Marshal(&p.Routes[i])
		if err != nil {
			return err
		}
		b = append(append(b, "\n    "...), route...)
	}
	_, err := r.w.Write(b)
	return err
}

func (r *routeNative) end(last *api.RoutesPage) error {
	b := fmt.Appendf(nil, "\n  ],\n  \"totalRoutes\": %d,\n  \"totalPaths\": %d,\n  \"filtered\": %d", last.TotalRoutes, last.TotalPaths, last.Filtered)
	if r.routes == 0 {
		b = appendText(append(b, ",\n  \"why\": "...), last.Why)
	}
	_, err := r.w.Write(append(b, "\n}"...))
	return err
}
