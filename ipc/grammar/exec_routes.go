package grammar

// Show and clear commands about some routes, and facts about the table.
var execShowRoutes = []Statement{
	own("show.bgp.regexp", "show $bgp regexp <regex:line>", "Show routes whose AS path matches a regular expression"),
	own("show.bgp.community", "show $bgp community [<community>...] {exact-match|wide|json [native]|detail}", "Show routes with all of these communities, or with any"),
	own("show.bgp.large-community", "show $bgp large-community [<community:largecommunity>...] {exact-match|wide|json [native]|detail}", "Show routes with all of these large communities, or with any"),
	own("show.bgp.kind", "show $bgp what:(cidr-only|self-originate) $details", "Show routes with a length that is not of their class, or originated here"),
	own("show.bgp.by-list", "show $bgp by:(filter-list|prefix-list|access-list|route-map|large-community-list) <name:list> {exact-match|wide|json [native]}", "Show routes that a list or map permits"),
	own("show.bgp.by-community-list", "show $bgp community-list <name:list> {exact-match|wide|json [native]}", "Show routes that a community list permits"),
	own("show.bgp.prefix.some", "show $bgp (<addr>|<prefix:anyprefix>) paths:(bestpath|multipath) {json [native]|detail}", "Show the best path to a prefix, or those in use"),
	own("show.bgp.neighbors.one", "show $bgp neighbors <peer:neighbor> list:(advertised-routes|received-routes|filtered-routes) (route-map <map:routemap>|<prefix:anyprefix>) $details", "Show one of a neighbor's routes, or those that a route map permits"),
	own("show.bgp.bestpath-routes", "show $bgp neighbors <peer:neighbor> bestpath-routes $details", "Show the best routes that come from a neighbor"),
	own("show.bgp.prefix-counts", "show $bgp neighbors <peer:neighbor> prefix-counts $json", "Show how many routes a neighbor has in the table"),
	own("show.bgp.prefix-filter", "show $bgp neighbors <peer:neighbor> received prefix-filter $json", "Show the filter of prefixes that a neighbor sent"),
	own("show.bgp.neighbors.graceful-restart", "show $bgp neighbors [<peer:neighbor>] graceful-restart $json", "Show graceful restart of each neighbor, or of one"),
	own("show.bgp.statistics", "show $bgp statistics $json", "Show facts about the table, the sessions and the loop that owns the table"),
	own("show.bgp.statistics-all", "show [ip] bgp [(vrf <vrf>|view <view:vrf>)] statistics-all $json", "Show facts about all tables"),
	own("show.bgp.memory", "show [ip] bgp memory $json", "Show where the daemon's memory is"),
	own("show.bgp.nexthop", "show [ip] bgp [(vrf <vrf>|view <view:vrf>)] nexthop [<addr>] [detail] $json", "Show next hops and whether they can be used"),
	own("show.bgp.import-check-table", "show [ip] bgp [(vrf <vrf>|view <view:vrf>)] import-check-table [detail] $json", "Show the networks that import-check would look for"),
	own("show.bgp.update-groups", "show $bgp update-groups [<group:0-4294967295>] [what:(advertise-queue|advertised-routes|packet-queue|statistics)] $json", "Show the sets of neighbors that are sent the same"),
	own("show.bgp.peer-group", "show [ip] bgp [(vrf <vrf>|view <view:vrf>)] peer-group [<group>] $json", "Show peer-groups and their members"),
	own("show.bgp.vrfs", "show [ip] bgp what:(vrfs|views) $json", "Show the BGP instances: the default one"),
	own("show.bgp.attributes", "show [ip] bgp what:(attribute-info|community-info|large-community-info|paths) $json", "Show the sets of attributes in use, those on most paths first"),
	own("show.bgp.martian", "show [ip] bgp martian next-hop $json", "Show our own addresses, which no next hop may be"),
	own("clear.bgp.prefix", "clear $bgp prefix <prefix:anyprefix>", "Send a prefix to all neighbors again"),
	own("clear.bgp.message-stats", "clear $bgp (what:(*|external|internal)|<peer:neighbor>|<as:asn>|peer-group <group>) message-stats", "Set the counters of messages to zero"),
}
