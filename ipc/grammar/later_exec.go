package grammar

// Exec commands of FRR's that are not supported. Show and clear, which every mode accepts, first.
var execShowLater = []Statement{
	later("show.bgp.neighbors.counts", "show $bgp neighbors <peer:neighbor> what:(dampened-routes|flap-statistics|orf-prefix-list) $json", "Show counts or other route lists of a neighbor"),
	later("show.bgp.brief", "show $bgp (neighbors [<peer:neighbor>] json brief [state:(established|failed)]|json brief)", "Show in short"),
	later("show.bgp.origination", "show $bgp what:(redistribute|aggregate-address) [detail] $json", "Show redistribution, or aggregates"),
	later("show.bgp.version", "show $bgp version <version:0-4294967295> $json", "Show routes changed since a version"),
	later("show.bgp.rpki", "show $bgp rpki state:(valid|invalid|notfound) $json", "Show routes by RPKI state"),
	later("show.bgp.dampening", "show $bgp dampening what:(dampened-paths|flap-statistics|parameters) $json", "Show dampening"),
	later("show.bgp.facts", "show [ip] bgp (router|bestpath|attribute-info summary) $json", "Show facts about the router"),
	later("show.bgp.family", "show [ip] bgp [(vrf <vrf>|view <view:vrf>)] (ipv4 (multicast|vpn|labeled-unicast|flowspec)|ipv6 (multicast|vpn|labeled-unicast|flowspec)|l2vpn evpn|link-state link-state) [<rest:line>]", "Show another family"),
	later("show.rpki", "show rpki [<rest:line>]", "Show RPKI"),
	later("show.bmp", "show bmp", "Show BMP"),
	later("show.bfd", "show bfd [<rest:line>]", "Show BFD"),
	later("show.ip", "show family:(ip|ipv6) what:(route|nht|nexthop|protocol|forwarding|import-check) [<rest:line>]", "Show the routing table of the host"),
	later("show.interface", "show interface [<rest:line>]", "Show interfaces"),
	later("show.vrf", "show vrf [<rest:line>]", "Show VRFs"),
	later("show.memory", "show memory [<rest:line>]", "Show memory"),
	later("show.daemons", "show what:(daemons|modules|thread|event|work-queues|zebra) [<rest:line>]", "Show FRR's daemons"),
	later("clear.bgp.capabilities", "clear $bgp (what:(*|external|internal)|<peer:neighbor>|<as:asn>|peer-group <group>) capabilities", "Negotiate capabilities again"),
	later("clear.bgp.dampening", "clear [ip] bgp dampening [<prefix:anyprefix>]", "Release dampened routes"),
}

// The rest of the exec commands.
var execLater = []Statement{
	later("configure.lock", "configure terminal file-lock", "Change the running configuration, and nobody else meanwhile"),
	later("terminal", "terminal paginate", "Page output"),
	later("debug.other", "debug (bgp (as4|bestpath|bfd|conditional-advertisement|flowspec|graceful-restart|labelpool|nht|pbr|update-groups|vpn|zebra|aggregate|optimal-route-reflection)|route-map|prefix-list|rpki|zebra|bfd) [<rest:line>]", "Log more"),
	later("undebug.other", "(undebug|no debug) (bgp (as4|bestpath|bfd|conditional-advertisement|flowspec|graceful-restart|labelpool|nht|pbr|update-groups|vpn|zebra|aggregate|optimal-route-reflection)|route-map|prefix-list|rpki|zebra|bfd) [<rest:line>]", "Log less"),
	later("ping", "ping <rest:line>", "Send echo requests"),
	later("traceroute", "traceroute <rest:line>", "Show the way to a host"),
	later("rpki.control", "rpki what:(start|stop|reset) [vrf <vrf>]", "Start or stop RPKI"),
}
