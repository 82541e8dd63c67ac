package shell

import (
	"net/netip"
	"time"

	"bgpsh/ipc/api"
)

// The scenario is the router whose output testdata/golden holds, as the
// daemon would describe it.

func addr(text string) netip.Addr     { return netip.MustParseAddr(text) }
func pfx(text string) netip.Prefix    { return netip.MustParsePrefix(text) }
func ms(seconds int64) *int64         { n := seconds * 1000; return &n }
func num(n uint32) *uint32            { return &n }
func epoch(seconds int64) time.Time   { return time.Unix(seconds, 0) }
func port(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

// peerRow is a neighbor of the summary that is up.
func peerRow(name string, as uint32, in, out, accepted, sent uint64, since, at int64) api.PeerSummary {
	p := api.PeerSummary{
		RemoteAS: as, LocalAS: 65000, Internal: as == 65000, MessagesIn: in, MessagesOut: out,
		State: api.Established, SinceMs: ms(since), EstablishedAt: epoch(at), Accepted: accepted, Sent: sent, Negotiated: true, Ups: 1,
	}
	p.Name = name
	p.Address, _ = netip.ParseAddr(name)
	return p
}

// summaryScenario gives the summary as it was later seconds after the first
// capture; at is when the first session came up.
func summaryScenario(later, at int64) *api.Summary {
	dynamic := peerRow("10.0.13.6", 65006, 6, 22, 0, 6, 63+later, at)
	dynamic.Dynamic = true
	unnumbered := peerRow("swp1", 65001, 18, 5, 3, 0, 62+later, at+1)
	unnumbered.Unnumbered, unnumbered.Hostname, unnumbered.DenyOut = true, "vm", api.DenyPolicy
	frr := peerRow("10.0.12.2", 65001, 10, 10, 3, 10, 62+later, at+1)
	frr.Hostname, frr.Description = "vm", "transit upstream A (FRR)"
	admin := peerRow("10.0.12.99", 65099, 0, 0, 0, 0, 0, 0)
	admin.State, admin.AdminDown, admin.SinceMs, admin.Ups, admin.Description = api.Idle, true, nil, 0, "in maintenance"
	admin.EstablishedAt = time.Time{}
	admin.Down = &api.Down{Cause: api.DownShutdown, Text: "maintenance ticket 4711"}
	bird := peerRow("10.0.13.3", 65002, 7, 10, 2, 10, 62+later, at+1)
	bird.Description = "ix peer bird"
	core := peerRow("10.0.13.4", 65000, 5, 8, 2, 4, 62+later, at+1)
	core.Description = "core"
	leaks := peerRow("10.0.13.5", 65005, 7, 4, 0, 0, 61+later, at+2)
	leaks.State, leaks.OverLimit, leaks.Downs, leaks.Description = api.Idle, true, 1, "leaks 4 of 3"
	leaks.LastReset = &api.Reset{Kind: api.ResetNotificationSent, AgoMs: (61 + later) * 1000, Code: 6, Subcode: 1, Name: "Cease/Maximum Number of Prefixes Reached"}
	leaks.Down = &api.Down{Cause: api.DownMaxPrefix, Got: "4", Want: "3", Remedy: "clear bgp 10.0.13.5"}
	away := peerRow("10.0.14.4", 65003, 0, 0, 0, 0, 0, 0)
	away.State, away.SinceMs, away.Ups, away.Description, away.EstablishedAt = api.Active, nil, 0, "down customer", time.Time{}
	away.DenyIn, away.DenyOut = api.DenyPolicy, api.DenyPolicy
	away.Down = &api.Down{Cause: api.DownNoRoute, Address: port("10.0.14.4:179"), Tries: 3, LastMs: ms(4), NextMs: ms(26)}
	six := peerRow("2001:db8:13::3", 65002, 5, 4, 0, 0, 62+later, at+1)
	six.Negotiated, six.DenyIn, six.DenyOut = false, api.DenyPolicy, api.DenyPolicy
	frr6 := peerRow("2001:db8:12::2", 65001, 10, 12, 1, 2, 62+later, at+1)
	frr6.Hostname = "vm"
	bird6 := peerRow("2001:db8:13::3", 65002, 5, 4, 0, 0, 62+later, at+1)
	bird6.DenyIn, bird6.DenyOut = api.DenyPolicy, api.DenyPolicy
	return &api.Summary{RouterID: addr("10.0.0.1"), AS: 65000, Families: []api.FamilySummary{
		{Family: api.IPv4Unicast, TableVersion: 14, Destinations: 20, TableMemory: 3840, PeerMemory: 6673176, Groups: 1, GroupMemory: 64,
			DynamicLimit: 100, Peers: []api.PeerSummary{dynamic, unnumbered, frr, admin, bird, core, leaks, away, six}},
		{Family: api.IPv6Unicast, TableVersion: 2, Destinations: 3, TableMemory: 576, PeerMemory: 1482928, Groups: 1, GroupMemory: 64,
			DynamicLimit: 100, Peers: []api.PeerSummary{frr6, bird6}},
	}}
}

// path makes a path of the table; from is its neighbor.
func path(from, hop, asPath string, origin api.Origin) api.Path {
	p := api.Path{Valid: true, Neighbor: from, ASPath: asPath, Origin: origin, NextHop: addr(hop), RouterID: addr("10.0.0.3")}
	p.Peer, _ = netip.ParseAddr(from)
	for _, as := range splitASNs(asPath) {
		if len(p.ASSegments) == 0 {
			p.ASSegments = []api.ASSegment{{Type: "as-sequence"}}
		}
		p.ASSegments[0].ASNs = append(p.ASSegments[0].ASNs, as)
		p.ASPathLength++
	}
	return p
}

func splitASNs(text string) (all []uint32) {
	n, digits := uint32(0), false
	for _, c := range text + " " {
		if c >= '0' && c <= '9' {
			n, digits = n*10+uint32(c-'0'), true
		} else if digits {
			all, n, digits = append(all, n), 0, false
		}
	}
	return all
}

func fromFRR(p api.Path) api.Path { p.Hostname, p.RouterID = "vm", addr("10.0.0.2"); return p }

// unnumbered is a path over the interface neighbor.
func overInterface(asPath string, med uint32) api.Path {
	p := fromFRR(path("swp1", "fe80::441:b1ff:fed0:3292", asPath, api.OriginIncomplete))
	p.Interface, p.Peer, p.LinkLocal, p.MED = "swp1", p.NextHop, p.NextHop, num(med)
	return p
}

func best(p api.Path, why string) api.Path { p.Best, p.Selection = true, why; return p }

// localPath is a route of our own.
func localPath(hop string) api.Path {
	p := best(path("", hop, "", api.OriginIGP), "First path received")
	p.Local, p.Weight, p.MED, p.Hostname, p.RouterID = true, 32768, num(0), "vm", addr("10.0.0.1")
	return p
}

// tableScenario is the IPv4 table.
func tableScenario() *api.RoutesPage {
	const first = "First path received"
	med := func(p api.Path, n uint32) api.Path { p.MED = num(n); return p }
	pref := func(p api.Path, n uint32) api.Path { p.LocalPref = num(n); return p }
	internal := func(p api.Path) api.Path { p.Internal = true; return pref(p, 150) }
	core := internal(path("10.0.13.4", "10.0.13.4", "65020", api.OriginIGP))
	multi := overInterface("65001", 20)
	multi.Multipath = true
	return &api.RoutesPage{
		Family: api.IPv4Unicast, TableVersion: 14, RouterID: addr("10.0.0.1"), AS: 65000, LocalPref: 100, TotalRoutes: 6, TotalPaths: 11,
		Routes: []api.Route{
			{Prefix: pfx("10.10.0.0/16"), Version: 1, Paths: []api.Path{localPath("0.0.0.0")}},
			{Prefix: pfx("10.77.0.0/16"), Version: 5, Paths: []api.Path{best(core, first)}},
			{Prefix: pfx("172.16.0.0/16"), Version: 3, Paths: []api.Path{best(pref(path("10.0.13.3", "10.0.13.3", "65002 65011 65010", api.OriginIncomplete), 120), first)}},
			{Prefix: pfx("192.0.2.0/24"), Version: 4, Paths: []api.Path{overInterface("65001", 20),
				med(fromFRR(path("10.0.12.2", "10.0.12.2", "65001", api.OriginIncomplete)), 20), best(core, "Local Pref")}},
			{Prefix: pfx("198.51.100.0/24"), Version: 2, Paths: []api.Path{overInterface("65001 65001 65001", 50),
				med(fromFRR(path("10.0.12.2", "10.0.12.2", "65001 65001 65001", api.OriginIncomplete)), 50),
				best(pref(path("10.0.13.3", "10.0.13.3", "65002", api.OriginIGP), 120), "Local Pref")}},
			{Prefix: pfx("203.0.113.0/24"), Version: 14, Paths: []api.Path{multi,
				best(med(fromFRR(path("10.0.12.2", "10.0.12.2", "65001", api.OriginIncomplete)), 20), "Older Path")}},
		},
	}
}

// table6Scenario is the IPv6 table.
func table6Scenario() *api.RoutesPage {
	six := best(fromFRR(path("2001:db8:12::2", "2001:db8:12::2", "65001", api.OriginIncomplete)), "First path received")
	six.LinkLocal, six.UseLocal, six.MED = addr("fe80::e0c3:c4ff:fe54:29b2"), true, num(20)
	return &api.RoutesPage{
		Family: api.IPv6Unicast, TableVersion: 2, RouterID: addr("10.0.0.1"), AS: 65000, LocalPref: 100, TotalRoutes: 2, TotalPaths: 2,
		Routes: []api.Route{
			{Prefix: pfx("2001:db8:a::/48"), Version: 2, Paths: []api.Path{six}},
			{Prefix: pfx("2001:db8:f00::/48"), Version: 1, Paths: []api.Path{localPath("::")}},
		},
	}
}

// only keeps some routes of a page, and of them the paths that keep accepts.
func only(page *api.RoutesPage, keep func(*api.Route, *api.Path) bool) *api.RoutesPage {
	var routes []api.Route
	for _, r := range page.Routes {
		var paths []api.Path
		for _, p := range r.Paths {
			if keep(&r, &p) {
				paths = append(paths, p)
			}
		}
		if r.Paths = paths; len(paths) > 0 {
			routes = append(routes, r)
		}
	}
	page.Routes = routes
	return page
}

// adjacentScenario is a list of what was sent or received: prefix, next hop,
// local preference (0 none), path.
func adjacentScenario(total, filtered uint64, rows ...[]any) *api.RoutesPage {
	page := &api.RoutesPage{Family: api.IPv4Unicast, TableVersion: 14, RouterID: addr("10.0.0.1"), AS: 65000, LocalPref: 100, TotalPaths: total, Filtered: filtered}
	for _, row := range rows {
		p := path("10.0.13.3", row[1].(string), row[3].(string), row[4].(api.Origin))
		if n := row[2].(int); n != 0 {
			p.LocalPref = num(uint32(n))
		}
		page.Routes = append(page.Routes, api.Route{Prefix: pfx(row[0].(string)), Paths: []api.Path{p}})
	}
	return page
}

func advertisedScenario() *api.RoutesPage {
	page := adjacentScenario(10, 0,
		[]any{"10.10.0.0/16", "0.0.0.0", 0, "", api.OriginIGP},
		[]any{"10.77.0.0/16", "10.0.13.4", 150, "65020", api.OriginIGP},
		[]any{"10.201.0.0/24", "10.0.13.5", 0, "65005", api.OriginIGP},
		[]any{"10.202.0.0/24", "10.0.13.5", 0, "65005", api.OriginIGP},
		[]any{"10.203.0.0/24", "10.0.13.5", 0, "65005", api.OriginIGP},
		[]any{"10.204.0.0/24", "10.0.13.5", 0, "65005", api.OriginIGP},
		[]any{"172.16.0.0/16", "0.0.0.0", 120, "65002 65011 65010", api.OriginIncomplete},
		[]any{"192.0.2.0/24", "10.0.13.4", 150, "65020", api.OriginIGP},
		[]any{"198.51.100.0/24", "0.0.0.0", 120, "65002", api.OriginIGP},
		[]any{"203.0.113.0/24", "0.0.0.0", 0, "65001", api.OriginIncomplete})
	page.Routes[0].Paths[0].MED, page.Routes[0].Paths[0].Weight = num(0), 32768
	return page
}

func receivedScenario() *api.RoutesPage {
	return adjacentScenario(3, 1,
		[]any{"172.16.0.0/16", "10.0.13.3", 120, "65002 65011 65010", api.OriginIncomplete},
		[]any{"192.0.2.128/25", "10.0.13.3", 0, "65002", api.OriginIGP},
		[]any{"198.51.100.0/24", "10.0.13.3", 120, "65002", api.OriginIGP})
}

func filteredScenario() *api.RoutesPage {
	return adjacentScenario(1, 0, []any{"192.0.2.128/25", "10.0.13.3", 0, "65002", api.OriginIGP})
}

// detailScenario is one prefix with all its attributes, updated at.
func detailScenario(prefix string, at int64) *api.Route {
	var route *api.Route
	pages := append(tableScenario().Routes, table6Scenario().Routes...)
	for i := range pages {
		if pages[i].Prefix == pfx(prefix) {
			route = &pages[i]
		}
	}
	to := []string{"10.0.13.6", "10.0.12.2", "10.0.13.3", "10.0.13.4"}
	for i := range route.Paths {
		p := &route.Paths[i]
		p.UpdatedAt = epoch(at)
		p.UseLocal = p.UseLocal || p.Interface != ""
		if p.ASPath == "65001 65001 65001" {
			p.Communities, p.LargeCommunities = []string{"65001:100", "65001:200", "no-export"}, []string{"65001:1:100"}
		}
	}
	switch last := &route.Paths[len(route.Paths)-1]; prefix {
	case "198.51.100.0/24":
		last.Communities = []string{"65002:100"}
	case "172.16.0.0/16":
		last.LargeCommunities = []string{"65002:7:9"}
	case "10.77.0.0/16":
		to = to[:3]
	case "2001:db8:a::/48":
		last.Communities, to = []string{"65001:300"}, []string{"2001:db8:12::2"}
	}
	for _, name := range to {
		peer := api.PeerRef{Name: name}
		if name == "10.0.12.2" {
			peer.Hostname = "vm"
		}
		route.AdvertisedTo = append(route.AdvertisedTo, peer)
	}
	return route
}
