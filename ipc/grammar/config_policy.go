package grammar

// Lists and route maps.
var configLists = []Statement{
	own("route-map", "route-map <name:routemap> ~ action:(permit|deny) <seq:1-65535>", "Begin or extend a route map").enters(RouteMap).holds(HoldMap),
	own("route-map.optimization", "route-map <name:routemap> optimization", "Index the prefix lists of a route map"),
	own("ip.prefix-list", "ip prefix-list <name:prefixlist> ~ [seq <seq:1-4294967295>] action:(permit|deny) (any|<prefix:prefix4> {ge <ge:0-32>|le <le:0-32>})", "Add to an IPv4 prefix list").list("prefix-list"),
	own("ip.prefix-list.description", "ip prefix-list <name:prefixlist> description ~ <text:line>", "Describe an IPv4 prefix list"),
	own("ipv6.prefix-list", "ipv6 prefix-list <name:prefixlist> ~ [seq <seq:1-4294967295>] action:(permit|deny) (any|<prefix:prefix6> {ge <ge:0-128>|le <le:0-128>})", "Add to an IPv6 prefix list").list("ipv6 prefix-list"),
	own("ipv6.prefix-list.description", "ipv6 prefix-list <name:prefixlist> description ~ <text:line>", "Describe an IPv6 prefix list"),
	own("access-list", "access-list <name:list> ~ [seq <seq:1-4294967295>] action:(permit|deny) <rule:line>", "Add to an IPv4 access list").list("access-list"),
	own("access-list.remark", "access-list <name:list> remark ~ <text:line>", "Describe an IPv4 access list"),
	own("ipv6.access-list", "ipv6 access-list <name:list> ~ [seq <seq:1-4294967295>] action:(permit|deny) <rule:line>", "Add to an IPv6 access list").list("ipv6 access-list"),
	own("ipv6.access-list.remark", "ipv6 access-list <name:list> remark ~ <text:line>", "Describe an IPv6 access list"),
	own("as-path-list", "(bgp|ip) as-path access-list <name:list> ~ [seq <seq:0-4294967295>] action:(permit|deny) <regex:line>", "Add to an AS path list").list("as-path"),
	own("community-list.standard", "(bgp|ip) community-list (<name:1-99>|standard <name:list>) ~ [seq <seq:0-4294967295>] action:(permit|deny) <community>...", "Add to a community list").list("community-list"),
	own("community-list.expanded", "(bgp|ip) community-list (<name:100-500>|expanded <name:list>) ~ [seq <seq:0-4294967295>] action:(permit|deny) <regex:line>", "Add to a community list by pattern").list("community-list"),
	own("large-community-list.standard", "(bgp|ip) large-community-list (<name:1-99>|standard <name:list>) ~ [seq <seq:0-4294967295>] action:(permit|deny) <community:largecommunity>...", "Add to a large community list").list("large-community-list"),
	own("large-community-list.all", "(bgp|ip) large-community-list <name:list>", "Remove a large community list").noOnly().hidden(),
	own("large-community-list.expanded", "(bgp|ip) large-community-list (<name:100-500>|expanded <name:list>) ~ [seq <seq:0-4294967295>] action:(permit|deny) <regex:line>", "Add to a large community list by pattern").list("large-community-list"),
	own("extcommunity-list.standard", "(bgp|ip) extcommunity-list (<name:1-99>|standard <name:list>) ~ [seq <seq:0-4294967295>] action:(permit|deny) kind:(rt|soo|nt|color) <value:line>", "Add to an extended community list").list("extcommunity-list"),
	own("extcommunity-list.expanded", "(bgp|ip) extcommunity-list (<name:100-500>|expanded <name:list>) ~ [seq <seq:0-4294967295>] action:(permit|deny) <regex:line>", "Add to an extended community list by pattern").list("extcommunity-list"),
	own("bgp.community.alias", "bgp community alias <community:word> <name:word>", "Name a community"),
}

// Lines of a route map: conditions and flow.
var mapMatch = []Statement{
	later("match.mac", "match mac address ~ <list>", "Match the Ethernet address").holds(HoldMap),
	own("match.interface", "match interface ~ <interface>", "Match the outgoing interface").holds(HoldMap),
	own("match.address", "match family:(ip|ipv6) address ~ (<list>|how:(prefix-list) <name:prefixlist>|how:(prefix-len) <length:0-128>)", "Match the prefix").holds(HoldMap),
	own("match.next-hop", "match family:(ip|ipv6) next-hop ~ (<list>|how:(prefix-list) <name:prefixlist>|how:(prefix-len) <length:0-32>|how:(address) <addr>|<addr>|how:(type) blackhole)", "Match the next hop").holds(HoldMap),
	own("match.route-source", "match ip route-source ~ (<list>|how:(prefix-list) <name:prefixlist>)", "Match the announcing router").holds(HoldMap),
	own("match.peer", "match what:(peer|src-peer) ~ (<peer:neighbor>|local)", "Match the neighbor").holds(HoldMap),
	own("match.source", "match source-protocol ~ <name:word>", "Match where the route comes from").holds(HoldMap),
	later("match.source.other", "match what:(source-vrf|source-instance) ~ <name:word>", "Match where the route comes from").holds(HoldMap),
	own("match.as-path", "match as-path ~ <list>", "Match the AS path").holds(HoldMap),
	own("match.as-path-count", "match as-path-count ~ <count:1-65535>", "Match the length of the AS path").holds(HoldMap),
	own("match.community", "match what:(community|large-community|extcommunity) ~ <list> [(exact-match|any)]", "Match communities").holds(HoldMap),
	own("match.community-limit", "match what:(community-limit|extcommunity-limit) ~ <count:0-65535>", "Match the number of communities").holds(HoldMap),
	own("match.alias", "match alias ~ <name:word>", "Match a named community").holds(HoldMap),
	own("match.number", "match what:(metric|local-preference|tag) ~ <value:0-4294967295>", "Match a number").holds(HoldMap),
	own("match.origin", "match origin ~ origin:(egp|igp|incomplete)", "Match the origin").holds(HoldMap),
	own("match.probability", "match probability ~ <percent:0-100>", "Match by chance").holds(HoldMap),
	later("match.rpki", "match what:(rpki|rpki-extcommunity) ~ state:(valid|invalid|notfound)", "Match the RPKI state").holds(HoldMap),
	later("match.evpn", "match evpn ~ <rest:line>", "Match EVPN routes").holds(HoldMap),
	own("map.description", "description ~ <text:line>", "Describe the entry"),
	own("map.call", "call ~ <name:routemap>", "Ask another route map").holds(HoldMap),
	own("map.on-match", "on-match ~ (next|goto <seq:1-65535>)", "Go on after a match").holds(HoldMap),
	own("map.continue", "continue ~ [<seq:1-65535>]", "Go on after a match").holds(HoldMap),
}

// Lines of a route map: changes.
var mapSet = []Statement{
	own("set.as-path.prepend", "set as-path prepend ~ (<as:asn>...|last-as <times:1-10>)", "Lengthen the AS path"),
	own("set.as-path.exclude", "set as-path exclude ~ (<as:asn>...|all|as-path-access-list <list>)", "Remove ASes from the AS path"),
	own("set.as-path.replace", "set as-path replace ~ (any|<from:asn>|as-path-access-list <list>) [<to:asn>]", "Replace ASes in the AS path"),
	own("set.local-preference", "set local-preference ~ <value:delta>", "Set or change the local preference"),
	own("set.number", "set what:(weight|tag|distance|table|min-metric|max-metric) ~ <value:0-4294967295>", "Set a number"),
	own("set.metric", "set metric ~ (<value:delta>|rtt|+rtt|-rtt)", "Set or change the MED"),
	later("set.metric.igp", "set metric what:(igp|aigp)", "Set the MED to the metric of the next hop"),
	own("set.origin", "set origin ~ origin:(egp|igp|incomplete)", "Set the origin"),
	own("set.community", "set community ~ (<community>... [additive]|none)", "Set or add communities"),
	own("set.comm-list", "set comm-list ~ <list> delete", "Remove communities by a list"),
	later("set.comm-list.other", "set comm-list <list> what:(add|replace)", "Change communities by a list"),
	own("set.large-community", "set large-community ~ (<community:largecommunity>... [additive]|none)", "Set or add large communities"),
	own("set.large-comm-list", "set large-comm-list ~ <list> delete", "Remove large communities by a list"),
	own("set.extcommunity", "set extcommunity kind:(rt|soo|color|nt) ~ <value:word>...", "Set extended communities"),
	own("set.extcommunity.bandwidth", "set extcommunity bandwidth ~ <value:1-4294967295> [non-transitive]", "Set the link bandwidth, in megabits a second"),
	later("set.extcommunity.bandwidth.multipath", "set extcommunity bandwidth what:(cumulative|num-multipaths) [non-transitive]", "Set the link bandwidth of all paths together"),
	own("set.extcommunity.none", "set extcommunity none", "Remove extended communities"),
	own("set.extended-comm-list", "set extended-comm-list ~ <list> delete", "Remove extended communities by a list"),
	own("set.ip.next-hop", "set ip next-hop ~ (<addr:addr4>|peer-address|unchanged)", "Set the next hop"),
	own("set.ipv6.next-hop", "set ipv6 next-hop ~ (how:(global) <global:addr6>|how:(local) <local:addr6>|peer-address|prefer-global)", "Set the IPv6 next hop"),
	later("set.ipv4.vpn", "set family:(ipv4|ipv6) vpn next-hop ~ <addr>", "Set the VPN next hop"),
	own("set.aggregator", "set aggregator as ~ <as:asn> <addr:addr4>", "Set the aggregator"),
	own("set.atomic-aggregate", "set atomic-aggregate", "Mark the route as an aggregate"),
	own("set.originator-id", "set originator-id ~ <id:addr4>", "Set the originator"),
	own("set.aigp-metric", "set aigp-metric ~ (<value:1-4294967295>|igp-metric)", "Set the accumulated IGP metric"),
	later("set.label-index", "set label-index ~ <label:0-1048560>", "Set the label's index"),
	later("set.metric-type", "set metric-type ~ type:(type-1|type-2)", "Set the type of OSPF's metric"),
	later("set.forwarding-address", "set forwarding-address ~ <addr:addr6>", "Set OSPF's forwarding address"),
	later("set.sr-te", "set sr-te color ~ <color:1-4294967295>", "Set the color of a segment routing policy"),
	later("set.src", "set src ~ <addr>", "Set the source of installed routes"),
	later("set.evpn", "set (evpn|l3vpn) ~ <rest:line>", "Change EVPN or VPN routes"),
}

// Lists and maps attached to a neighbor, in an address family.
var familyPolicy = []Statement{
	own("neighbor.prefix-list", "neighbor <peer> prefix-list ~ <name:prefixlist> dir:(in|out)", "Filter by a prefix list").holds(HoldPolicy),
	own("neighbor.distribute-list", "neighbor <peer> distribute-list ~ <name:list> dir:(in|out)", "Filter by an access list").holds(HoldPolicy),
	own("neighbor.filter-list", "neighbor <peer> filter-list ~ <name:list> dir:(in|out)", "Filter by an AS path list").holds(HoldPolicy),
	own("neighbor.route-map", "neighbor <peer> route-map ~ <name:routemap> dir:(in|out)", "Filter and change by a route map").holds(HoldPolicy),
}

// How changes of lists and maps take effect.
var routerPolicy = []Statement{
	own("bgp.route-map.delay-timer", "bgp route-map delay-timer ~ <seconds:0-600>", "Wait before a live change of a list takes effect"),
}
