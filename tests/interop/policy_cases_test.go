package interop

// policyCases are the policies that FRR and we are held against each other with; see policyCase for what the % stand for.
func policyCases() []policyCase {
	entry := func(lines string) string { return "route-map P%d permit 10\n " + lines }
	only := func(name, match string) policyCase { return policyCase{name: name, entry: entry("match " + match)} }
	does := func(name, set string) policyCase { return policyCase{name: name, entry: entry("set " + set)} }
	listed := func(name, list, match string) policyCase {
		return policyCase{name: name, lists: list, entry: entry("match " + match)}
	}
	prefixes := "ip prefix-list L%d seq 5 deny 10.%o.2.0/25\nip prefix-list L%d seq 10 permit 10.%o.0.0/16 ge 20 le 24\nip prefix-list L%d permit 10.%o.3.4/32"
	comms := "bgp community-list standard C%d seq 5 deny 65001:2\nbgp community-list standard C%d seq 10 permit 65001:1\nbgp community-list standard C%d permit 65001:3 100:7"
	return []policyCase{
		{name: "prefix-list", lists: prefixes, extra: "prefix-list L%d"},
		{name: "filter-list", lists: "bgp as-path access-list A%d deny _65012$\nbgp as-path access-list A%d permit .*", extra: "filter-list A%d"},
		{name: "distribute-list", lists: "access-list D%d permit 10.%o.0.0/20\naccess-list D%d deny any", extra: "distribute-list D%d"},
		{name: "prefix-list, filter-list and map", lists: prefixes + "\nbgp as-path access-list A%d permit _65010$",
			entry: entry("set community 65000:9"), extra: "prefix-list L%d\nfilter-list A%d"},
		{name: "no such map", extra: "route-map NOSUCH"},
		{name: "no such prefix-list", extra: "prefix-list NOSUCH"},
		{name: "no such filter-list", extra: "filter-list NOSUCH"},
		{name: "no such distribute-list", extra: "distribute-list NOSUCH"},
		only("a list that does not exist", "ip address prefix-list NOSUCH"),
		listed("prefix-list in a map", prefixes, "ip address prefix-list L%d"),
		listed("access-list in a map", "access-list D%d permit 10.%o.16.0 0.0.15.255\naccess-list D%d permit host 10.%o.20.0", "ip address D%d"),
		listed("extended access-list", "access-list 1%o permit ip 10.%o.0.0 0.0.255.255 255.255.255.0 0.0.0.0", "ip address 1%o"),
		{name: "deny, then permit", lists: prefixes, entry: "route-map P%d deny 10\n match ip address prefix-list L%d\nexit\nroute-map P%d permit 20\n set metric 5"},
		listed("community", comms, "community C%d"),
		listed("community, exactly", comms, "community C%d exact-match"),
		listed("any community, exactly", "bgp community-list standard C%d permit internet", "community C%d exact-match"),
		listed("communities by pattern", "bgp community-list expanded E%d permit _65001:[12]_", "community E%d"),
		listed("community by number", "bgp community-list 7 permit 65001:1", "community 7"),
		listed("large community", "bgp large-community-list standard G%d permit 65001:1:2", "large-community G%d"),
		listed("large communities, exactly", "bgp large-community-list standard G%d permit 65001:1:2", "large-community G%d exact-match"),
		listed("large communities by pattern", "bgp large-community-list expanded G%d permit 42000.*:7:0", "large-community G%d"),
		listed("extended community", "bgp extcommunity-list standard X%d permit rt 65001:1", "extcommunity X%d"),
		listed("as-path begins", "bgp as-path access-list A%d permit ^[0-9]+_65010$", "as-path A%d"),
		listed("as-path holds", "bgp as-path access-list A%d permit _65011_", "as-path A%d"),
		listed("as-path holds a part of a number", "bgp as-path access-list A%d permit 650$", "as-path A%d"),
		listed("as-path of one", "bgp as-path access-list A%d permit ^[0-9]+$", "as-path A%d"),
		listed("as-path repeated", "bgp as-path access-list A%d permit _65010(_65010)+$", "as-path A%d"),
		only("a metric", "metric 50"),
		only("origin", "origin incomplete"), only("origin egp", "origin egp"),
		listed("next hop", "ip prefix-list N%d permit 10.1.0.253/32", "ip next-hop prefix-list N%d"),
		only("next hop's address", "ip next-hop address 10.1.0.252"),
		listed("route source", "ip prefix-list N%d permit 10.1.0.0/24 ge 32", "ip route-source prefix-list N%d"),
		listed("two conditions", prefixes+"\n"+comms, "ip address prefix-list L%d\n match community C%d"),
		does("metric", "metric 77"), does("metric more", "metric +10"), does("metric less", "metric -70"),
		does("local preference", "local-preference 250"), does("origin set", "origin incomplete"),
		does("prepend", "as-path prepend 65020 65021"), does("prepend the last", "as-path prepend last-as 3"),
		does("exclude", "as-path exclude 65010 65011"), does("exclude and prepend", "as-path exclude 65010\n set as-path prepend 65077"),
		does("replace any", "as-path replace any"), does("replace one", "as-path replace 65010"),
		does("communities", "community 65000:2 65000:1"), does("communities more", "community 65001:1 no-peer additive"), does("no communities", "community none"),
		{name: "communities by list deleted", lists: "bgp community-list standard C%d permit 65001:1\nbgp community-list standard C%d permit 100:7", entry: entry("set comm-list C%d delete")},
		{name: "communities by pattern deleted", lists: "bgp community-list expanded C%d deny 65001:2\nbgp community-list expanded C%d permit 6500[12]:.*", entry: entry("set comm-list C%d delete")},
		does("large communities", "large-community 65000:1:1"), does("large communities more", "large-community 65000:1:1 additive"), does("no large communities", "large-community none"),
		{name: "large communities deleted", lists: "bgp large-community-list standard G%d permit 65001:1:2", entry: entry("set large-comm-list G%d delete")},
		does("route target", "extcommunity rt 65000:9"), does("site of origin", "extcommunity soo 65000:9"),
		does("no extended communities", "extcommunity none"), does("bandwidth", "extcommunity bandwidth 100"),
		{name: "prepend the last to nothing", entry: entry("set as-path exclude 65010") + "\n set as-path prepend last-as 2"},
		does("next hop set", "ip next-hop 10.1.0.240"), does("next hop, the peer's", "ip next-hop peer-address"), does("next hop unchanged", "ip next-hop unchanged"),
		does("aggregator", "aggregator as 65000 10.9.9.9"), does("atomic", "atomic-aggregate"), does("originator", "originator-id 10.9.9.9"),
		{name: "on-match next", lists: comms, entry: "route-map P%d permit 10\n match community C%d\n set metric 1\n on-match next\nexit\nroute-map P%d permit 20\n match metric 1\n set community 65000:20 additive\nexit\nroute-map P%d permit 30\n set community 65000:30"},
		{name: "on-match goto", lists: comms, entry: "route-map P%d permit 10\n match community C%d\n set metric 1\n on-match goto 30\nexit\nroute-map P%d deny 20\nexit\nroute-map P%d permit 30\n set metric +1"},
		{name: "on-match next, to the end", entry: "route-map P%d permit 10\n set metric 9\n on-match next\nexit\nroute-map P%d permit 20\n match origin egp\n set origin igp"},
		{name: "continue, then deny", entry: "route-map P%d permit 10\n set metric 9\n on-match next\nexit\nroute-map P%d deny 20\n match origin egp"},
		{name: "call", lists: "route-map S%d deny 5\n match origin egp\nexit\nroute-map S%d permit 10\n set community 65000:5 additive\nexit", entry: entry("set metric 3\n call S%d")},
		{name: "call of nothing", entry: entry("set metric 3\n call NOSUCH")},
		{name: "call, then next", lists: "route-map S%d permit 10\n match origin igp\n set community 65000:5 additive\nexit", entry: "route-map P%d permit 10\n call S%d\n on-match next\nexit\nroute-map P%d permit 20\n set metric 8"},
		does("tag and weight", "tag 5\n set weight 7"),
	}
}
