package interop

import (
	"fmt"
	"slices"
	"strings"

	"bgpsh/wire"
)

// ipWord begins the statements of a family's lists.
func ipWord(f wire.Family) string {
	if f == wire.IPv4Unicast {
		return "ip"
	}
	return "ipv6"
}

// A clause makes one line of an entry of a route map, and the lists that it needs.
type clause func(s *scene, f wire.Family) string

// said is a clause that is one of the given lines.
func said(list ...string) clause {
	return func(s *scene, _ wire.Family) string { return pick(s, list...) }
}

// matches are the conditions of maps.
var matches = []clause{
	func(s *scene, f wire.Family) string { return ipWord(f) + " address prefix-list " + s.prefixList(f) },
	func(s *scene, f wire.Family) string { return ipWord(f) + " address prefix-list " + s.prefixList(f) },
	func(s *scene, f wire.Family) string { return ipWord(f) + " address " + s.accessList(f) },
	func(s *scene, _ wire.Family) string { return "as-path " + s.pathList() },
	func(s *scene, _ wire.Family) string { return "as-path " + s.pathList() },
	func(s *scene, _ wire.Family) string {
		return "community " + s.communityList() + pick(s, "", " exact-match")
	},
	func(s *scene, _ wire.Family) string { return "community " + s.communityList() },
	func(s *scene, _ wire.Family) string {
		return "large-community " + s.largeList() + pick(s, "", " exact-match")
	},
	func(s *scene, _ wire.Family) string { return "extcommunity " + s.extendedList() },
	said("metric 50", "metric 100"),
	said("origin igp", "origin egp", "origin incomplete"),
	said("local-preference 100", "local-preference 150"),
	said("tag 7", "tag 8"),
	said("probability 100", "probability 0"),
	func(s *scene, _ wire.Family) string {
		if s.chance(20) {
			return "peer local"
		}
		return fmt.Sprintf("peer %s", subjectAddr(s.IntN(sceneNeighbors)))
	},
	func(s *scene, f wire.Family) string {
		if f == wire.IPv6Unicast {
			return pick(s, "ipv6 next-hop address 2001:db8:1::32", "ipv6 next-hop prefix-list "+s.hopList(f), "ipv6 next-hop "+s.hopFilter(f),
				"ipv6 next-hop type blackhole")
		}
		return pick(s, "ip next-hop prefix-list "+s.hopList(f), "ip route-source prefix-list "+s.hopList(f), "ip next-hop address 10.1.0.30",
			"ip next-hop "+s.hopFilter(f), "ip route-source "+s.hopFilter(f), "ip next-hop type blackhole")
	},
}

// changes are what maps set.
var changes = []clause{
	said("metric 10", "metric 50", "metric +7", "metric -20", "metric 0", "metric 4294967295"),
	said("local-preference 80", "local-preference 150", "local-preference +20", "local-preference -30"),
	said("origin igp", "origin egp", "origin incomplete"),
	said("as-path prepend 65020 65021", "as-path prepend 3900", "as-path prepend last-as 2", "as-path prepend 4200000111 65000"),
	said("as-path exclude 3001", "as-path exclude 65010 65011 64600", "as-path exclude 65000"),
	said("as-path replace any", "as-path replace 3001", "as-path replace 64600"),
	said("community 65000:2 65000:1", "community 3001:1 no-peer additive", "community none", "community no-export additive",
		"community local-AS", "community graceful-shutdown additive", "community 0:1 65535:65281", "community blackhole additive"),
	func(s *scene, _ wire.Family) string { return "comm-list " + s.communityList() + " delete" },
	said("large-community 65000:1:1", "large-community 65000:1:1 3001:2:3 additive", "large-community none"),
	func(s *scene, _ wire.Family) string { return "large-comm-list " + s.largeList() + " delete" },
	said("extcommunity rt 65000:9", "extcommunity soo 65000:9", "extcommunity rt 10.0.0.1:7 65000:8", "extcommunity none", "extcommunity bandwidth 100",
		"extcommunity bandwidth 10 non-transitive"),
	said("weight 20", "weight 0", "weight 200"), said("tag 7", "tag 8"), said("distance 30", "table 9"),
	said("aggregator as 65000 10.9.9.9"), said("atomic-aggregate"), said("originator-id 10.9.9.8"),
	func(s *scene, f wire.Family) string {
		if f == wire.IPv6Unicast {
			return pick(s, "ipv6 next-hop global 2001:db8:1::77", "ipv6 next-hop peer-address", "ipv6 next-hop local fe80::77",
				"ipv6 next-hop prefer-global")
		}
		return pick(s, "ip next-hop 10.1.0.240", "ip next-hop peer-address", "ip next-hop unchanged")
	},
}

// newMap makes a route map and gives its name.
func (s *scene) newMap(f wire.Family) string {
	name := s.fresh("M")
	s.mapFamily[name] = f
	sub := ""
	if s.chance(15) {
		sub = s.fresh("M")
		s.mapFamily[sub] = f
		s.lists = append(s.lists, s.mapEntry(f, sub, 5, pick(s, "permit", "permit", "deny"), "")...)
		s.lists = append(s.lists, "route-map "+sub+" permit 50", "exit")
	}
	entries := 1 + s.IntN(4)
	for i := range entries {
		action, extra := "permit", ""
		if i+1 < entries && s.chance(25) {
			action = "deny"
		}
		switch {
		case i+1 < entries && s.chance(15):
			extra = pick(s, "on-match next", fmt.Sprintf("on-match goto %d", 10*entries), fmt.Sprintf("continue %d", 10*entries))
		case sub != "" && s.chance(60):
			extra = "call " + sub
		}
		if action == "deny" && !strings.HasPrefix(extra, "call") {
			extra = ""
		}
		s.lists = append(s.lists, s.mapEntry(f, name, 10*(i+1), action, extra)...)
	}
	if s.chance(70) {
		s.lists = append(s.lists, fmt.Sprintf("route-map %s permit 100", name), "exit")
	}
	return name
}

// mapEntry writes one entry.
func (s *scene) mapEntry(f wire.Family, name string, seq int, action, extra string) []string {
	lines := []string{fmt.Sprintf("route-map %s %s %d", name, action, seq)}
	for _, m := range some(s, pick(s, 0, 1, 1, 1, 2), matches) {
		lines = append(lines, " match "+m(s, f))
	}
	if action == "permit" {
		for _, c := range some(s, s.IntN(4), changes) {
			lines = append(lines, " set "+c(s, f))
		}
	}
	if extra != "" {
		lines = append(lines, " "+extra)
	}
	return append(onceOnly(lines), "exit")
}

// onceOnly leaves the first of the lines that a router would take for the same statement.
func onceOnly(lines []string) (out []string) {
	seen := map[string]bool{}
	for _, l := range lines {
		f := strings.Fields(l)
		key := strings.Join(f[:min(2, len(f))], " ")
		if len(f) > 2 && slices.Contains([]string{"as-path", "ip", "ipv6", "extcommunity"}, f[1]) {
			key = strings.Join(f[:3], " ")
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, l)
		}
	}
	return out
}

// listHead begins the lines of a list of communities: its kind, and a name or a number of that kind in place of %s.
func (s *scene) listHead(of, kind string) string {
	if s.numbers < 99 && s.chance(25) {
		s.numbers++
		n := s.numbers
		if kind == "expanded" {
			n += 100
		}
		return fmt.Sprintf("bgp %s %d ", of, n)
	}
	return fmt.Sprintf("bgp %s %s %%s ", of, kind)
}

// list adds lines under a fresh name, for which they have %s.
func (s *scene) list(kind string, lines ...string) string {
	name := s.fresh(kind)
	if f := strings.Fields(lines[0]); f[0] == "bgp" && f[2][0] >= '0' && f[2][0] <= '9' {
		name = f[2]
	}
	for _, l := range lines {
		s.lists = append(s.lists, strings.ReplaceAll(l, "%s", name))
	}
	return name
}

func (s *scene) prefixList(f wire.Family) string {
	pool := []string{"10.0.0.0/8 ge 20 le 24", "10.0.0.0/8 ge 25", "172.16.0.0/12 le 24", "172.16.3.0/24", "0.0.0.0/0", "0.0.0.0/0 le 23",
		fmt.Sprintf("%s le 32", block(s.IntN(sceneNeighbors-sceneSixes))), fmt.Sprintf("%s ge 17", block(s.IntN(sceneNeighbors-sceneSixes)))}
	if f == wire.IPv6Unicast {
		pool = []string{"2001:db8::/32 ge 48 le 48", "2001:db8::/32 ge 49", "2001:db8:f000::/36 le 48", "2001:db8:f003::/48", "::/0", "::/0 le 47",
			fmt.Sprintf("%s le 128", block(sceneNeighbors-1-s.IntN(sceneSixes))), fmt.Sprintf("%s ge 41", block(sceneNeighbors-1-s.IntN(sceneSixes)))}
	}
	var lines []string
	for i, p := range some(s, 1+s.IntN(4), pool) {
		lines = append(lines, fmt.Sprintf("%s prefix-list %%s seq %d %s %s", ipWord(f), 5*(i+1), pick(s, "permit", "permit", "deny"), p))
	}
	if s.chance(30) {
		lines = append(lines, ipWord(f)+" prefix-list %s seq 90 permit any")
	}
	return s.list("P", lines...)
}

// hopList is a prefix list of next hops.
func (s *scene) hopList(f wire.Family) string {
	if f == wire.IPv6Unicast {
		return s.list("H", "ipv6 prefix-list %s seq 5 "+pick(s, "permit 2001:db8:1::/64 ge 128", "permit 2001:db8:1::32/128", "permit 2001:db8:1::38/125 le 128"))
	}
	return s.list("H", "ip prefix-list %s seq 5 "+pick(s, "permit 10.1.0.0/24 ge 32", "permit 10.1.0.30/32", "permit 10.1.0.16/28 le 32"))
}

// hopFilter is an access list of next hops.
func (s *scene) hopFilter(f wire.Family) string {
	if f == wire.IPv6Unicast {
		return s.list("A", "ipv6 access-list %s permit "+pick(s, "2001:db8:1::/64", "2001:db8:1::32/128", "2001:db8:1::38/125"))
	}
	return s.list("A", "access-list %s permit "+pick(s, "10.1.0.0/24", "host 10.1.0.30", "10.1.0.16 0.0.0.15"))
}

func (s *scene) accessList(f wire.Family) string {
	if f == wire.IPv6Unicast {
		return s.list("A", "ipv6 access-list %s permit 2001:db8:f000::/36", "ipv6 access-list %s deny "+block(sceneNeighbors-1), "ipv6 access-list %s permit any")
	}
	return s.list("A", pick(s, "access-list %s permit 10.100.0.0/14", "access-list %s deny 10.112.0.0 0.3.255.255", "access-list %s permit 172.16.2.0/24 exact-match"),
		pick(s, "access-list %s permit 172.16.0.0/16", "access-list %s permit any", "access-list %s deny any"))
}

func (s *scene) pathList() string {
	var lines []string
	for range 1 + s.IntN(2) {
		lines = append(lines, "bgp as-path access-list %s "+pick(s, "permit ", "permit ", "deny ")+pick(s, "_3001_", "^3[0-9]+", "_65010$", "^[0-9]+$", "^$",
			"_64600_", "_6500[0-9]_", "^64[0-9]+_", "_3001(_3001)+$", "4200000", "^(3001|65010)", "_[0-9]+_[0-9]+$", "_3[0-9]*_65010"))
	}
	if s.chance(40) {
		lines = append(lines, "bgp as-path access-list %s permit .*")
	}
	return s.list("R", lines...)
}

func (s *scene) communityList() string {
	kind, pool := "standard", []string{"3001:1", "3001:2", "3001:1 3001:2", "65001:3 100:7", "no-export", "graceful-shutdown", "internet", "65000:1"}
	if s.chance(40) {
		kind, pool = "expanded", []string{"3001:[12]", "_3001:1_", "^3001:1$", "^3001:1 3001:2", ":7$", "65...:.*", "no-export"}
	}
	var lines []string
	head := s.listHead("community-list", kind)
	for range 1 + s.IntN(2) {
		lines = append(lines, head+pick(s, "permit ", "permit ", "deny ")+pick(s, pool...))
	}
	return s.list("C", lines...)
}

func (s *scene) largeList() string {
	kind, values := "standard", []string{"65001:1:2", "65001:1:2 4200000001:7:0"}
	if s.chance(50) {
		kind, values = "expanded", []string{"65001:.*:2", "^42.*:7:0$"}
	}
	return s.list("L", s.listHead("large-community-list", kind)+"permit "+pick(s, values...))
}

func (s *scene) extendedList() string {
	kind, values := "standard", []string{"rt 65001:1", "soo 65001:2"}
	if s.chance(50) {
		kind, values = "expanded", []string{"RT:65001:.*", "SoO"}
	}
	return s.list("X", s.listHead("extcommunity-list", kind)+"permit "+pick(s, values...))
}
