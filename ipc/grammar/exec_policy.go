package grammar

// Show and clear commands about lists and maps.
var execPolicy = []Statement{
	own("show.route-map", "show route-map [<name:routemap>] $json", "Show the route maps in force with their counters"),
	own("show.route-map-unused", "show route-map-unused $json", "Show route maps that no neighbor and no other map names"),
	own("show.prefix-list", "show family:(ip|ipv6) prefix-list [<name:prefixlist> [(seq <seq:1-4294967295>|<prefix:anyprefix> [(longer|first-match)])]] $json", "Show prefix lists, or the entries of one that are about a prefix"),
	own("show.prefix-list.detail", "show family:(ip|ipv6) prefix-list what:(summary|detail) [<name:prefixlist>] $json", "Show prefix lists in short, or with their counters"),
	own("show.access-list", "show family:(ip|ipv6) access-list [<name:list>] $json", "Show access lists"),
	own("show.bgp.as-path-list", "show [ip] bgp as-path-access-list [<name:list>] $json", "Show AS path lists"),
	own("show.bgp.community-lists", "show [ip] bgp what:(community-list|large-community-list|extcommunity-list) $json", "Show lists of communities"),
	own("show.bgp.community-list.one", "show [ip] bgp what:(community-list|large-community-list|extcommunity-list) <name:list> detail $json", "Show one list of communities"),
	own("show.bgp.policy.test", "show [ip] bgp policy test route-map <map:routemap> [neighbor <peer:neighbor>] [dir:(in|out)] [<prefix:anyprefix>] $json", "Show what a route map would do to the routes there are, and change nothing"),
	own("clear.route-map", "clear route-map counters [<name:routemap>]", "Set the counters of route maps to zero"),
	own("clear.prefix-list", "clear family:(ip|ipv6) prefix-list [<name:prefixlist> [<prefix:anyprefix>]]", "Set the counters of prefix lists to zero"),
}
