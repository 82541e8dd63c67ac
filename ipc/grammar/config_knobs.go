package grammar

// Statements of router bgp that change how routes are handed on, and when sessions run.
var configKnobs = []Statement{
	own("bgp.enforce-first-as", "bgp enforce-first-as", "Refuse paths that do not start with the neighbor's AS, from all; on by default"),
	own("bgp.suppress-duplicates", "bgp suppress-duplicates", "Send no update that changes nothing; bgpd never does"),
	own("bgp.reject-as-sets", "bgp reject-as-sets", "Refuse paths with AS sets (RFC 9774); on by default"),
	own("bgp.fast-external-failover", "bgp fast-external-failover", "Reset an external session when its interface goes down; on by default"),
	own("bgp.disable-ebgp-connected-route-check", "bgp disable-ebgp-connected-route-check", "Skip the connected check of all neighbors"),
	own("bgp.client-to-client", "bgp client-to-client reflection", "Reflect routes between clients; on by default"),
	own("bgp.route-reflector", "bgp route-reflector allow-outbound-policy", "Let policy change reflected routes"),
	own("bgp.graceful-shutdown", "bgp graceful-shutdown", "Ask all neighbors to prefer other routes (RFC 8326)"),
	own("bgp.default.shutdown", "bgp default shutdown", "Keep neighbors down that are configured from now on").holds(HoldRouter),
	own("bgp.max-med.on-startup", "bgp max-med on-startup ~ <seconds:5-86400> [<value:0-4294967295>]", "Announce this MED, the highest by default, for a while after the start"),
	own("bgp.update-delay", "[bgp] update-delay ~ <seconds:0-3600> [<establish:1-3600>]", "Announce nothing until the neighbors have sent their tables, and at most so long"),
	own("bgp.advertisement-delay", "advertisement-delay ~ <seconds:0-65535>", "Announce nothing for a while after the first session came up"),
	own("bgp.bestpath.bandwidth", "bgp bestpath bandwidth ~ what:(ignore|skip-missing|default-weight-for-missing)", "Say how the link bandwidth counts in multipath; kept for the kernel table"),
	own("bgp.max-med.administrative", "bgp max-med administrative ~ [<value:0-4294967295>]", "Announce this MED, the highest by default, in every route"),
	own("bgp.default.show-hostname", "bgp default show-hostname", "Show the host name of a neighbor before its address"),
	own("bgp.tcp-keepalive", "bgp tcp-keepalive ~ <idle:1-65535> <interval:1-65535> <probes:1-30>", "Probe idle connections in TCP: seconds before, seconds between, and how many may stay unanswered"),
	own("bgp.listen.limit", "bgp listen limit ~ <neighbors:1-65535>", "Limit the number of dynamic neighbors (default 100)"),
	own("bgp.listen.range", "bgp listen range <prefix:anyprefix> peer-group <group>", "Accept callers from these addresses as neighbors of a peer group"),
	own("bgp.shutdown", "bgp shutdown ~ [message <text:line>]", "Keep all sessions down, and tell the neighbors why").holds(HoldRouter),
}

// Statements about a neighbor's session beyond those of every router.
var neighborKnobs = []Statement{
	own("neighbor.local-as", "neighbor <peer> local-as ~ <as:asn> [no-prepend [replace-as [dual-as]]]", "Speak to an external neighbor as another AS"),
	own("neighbor.advertisement-interval", "neighbor <peer> advertisement-interval ~ <seconds:0-600>", "Collect changes for so long"),
	own("neighbor.solo", "neighbor <peer> solo", "Share no update group"),
	own("neighbor.graceful-shutdown", "neighbor <peer> graceful-shutdown", "Ask the neighbor to prefer other routes, and prefer others to its own (RFC 8326)"),
	own("neighbor.strict-capability-match", "neighbor <peer> strict-capability-match", "Refuse a neighbor that offers other address families than those that are activated").holds(HoldNeighbor),
	own("neighbor.override-capability", "neighbor <peer> override-capability", "Use the activated address families whatever the neighbor offers"),
	own("neighbor.shutdown.rtt", "neighbor <peer> shutdown rtt ~ <milliseconds:1-65535> [count <count:1-255>]", "End the session when the round trip is longer, at so many KEEPALIVEs in a row").holds(HoldNeighbor),
	own("neighbor.tcp-mss", "neighbor <peer> tcp-mss ~ <bytes:1-65535>", "Limit the segments of TCP"),
	own("neighbor.next-hop-check", "neighbor <peer> next-hop-check ~ what:(peer|subnet)", "Refuse routes with another next hop than the neighbor's own address, or than one on the session's link").inward(),
	own("neighbor.enforce-multihop", "neighbor <peer> enforce-multihop", "Skip the connected check, as disable-connected-check does").hidden().rewrites(renamed("neighbor.disable-connected-check")),
	own("neighbor.sender-as-path-loop-detection", "neighbor <peer> sender-as-path-loop-detection", "Send no route that the neighbor would refuse as a loop"),
}

// Statements of a neighbor in an address family about the routes it sends and gets.
var familyKnobs = []Statement{
	own("aggregate-address", "aggregate-address <prefix> ~ {as-set|summary-only|route-map <map:routemap>|origin origin:(egp|igp|incomplete)|matching-MED-only|suppress-map <suppress:routemap>}", "Announce this prefix while there are more specific routes"),
	own("neighbor.attribute-unchanged", "neighbor <peer> attribute-unchanged ~ {as-path|next-hop|med}", "Announce attributes as received; without a word all three"),
	own("neighbor.as-override", "neighbor <peer> as-override", "Replace the neighbor's AS in paths sent to it"),
	own("neighbor.allowas-in", "neighbor <peer> allowas-in ~ [route-map <map:routemap>] [(<times:1-10>|origin)]", "Accept paths with our own AS, three times by default, or those that pass a route map"),
	own("neighbor.remove-private-AS", "neighbor <peer> remove-private-AS ~ [all] [replace-AS]", "Remove private AS numbers from paths sent"),
	own("neighbor.weight", "neighbor <peer> weight ~ <weight:0-65535>", "Set the weight of received routes"),
	own("neighbor.route-reflector-client", "neighbor <peer> route-reflector-client", "Reflect routes to and from the neighbor (RFC 4456)"),
	own("neighbor.maximum-prefix", "neighbor <peer> maximum-prefix ~ <prefixes:1-4294967295> [<threshold:1-100>] [restart <minutes:1-65535>] [force]", "End the session over this many routes; past 75% of them a warning is logged").holds(HoldNeighbor),
	own("neighbor.maximum-prefix.warning", "neighbor <peer> maximum-prefix <prefixes:1-4294967295> [<threshold:1-100>] warning-only [force]", "Warn of more routes"),
	own("neighbor.addpath-tx-all-paths", "neighbor <peer> addpath-tx-all-paths", "Send all paths of a prefix (RFC 7911)"),
	own("neighbor.addpath-tx-best-selected", "neighbor <peer> addpath-tx-best-selected ~ <paths:1-6>", "Send the best few paths of a prefix (RFC 7911)"),
	own("neighbor.addpath-tx-bestpath-per-AS", "neighbor <peer> addpath-tx-bestpath-per-AS", "Send the best path of each neighbor AS (RFC 7911)"),
	own("neighbor.disable-addpath-rx", "neighbor <peer> disable-addpath-rx", "Do not ask for several paths of a prefix"),
	own("neighbor.maximum-prefix-out", "neighbor <peer> maximum-prefix-out ~ <prefixes:1-4294967295>", "Send at most this many routes").outward(),
	own("neighbor.capability.orf", "neighbor <peer> capability orf prefix-list ~ way:(both|send|receive)", "Exchange prefix filters (RFC 5292): send ours, take the neighbor's, or both"),
	own("neighbor.default-originate", "neighbor <peer> default-originate ~ [route-map <map:routemap>]", "Announce a default route: always, or while a route in use passes the route map"),
	own("neighbor.advertise-map", "neighbor <peer> advertise-map <name:routemap> condition:(exist-map|non-exist-map) <conditionMap:routemap>", "Announce what passes the first route map while a route in use passes the second, or none does").outward(),
	own("neighbor.soo", "neighbor <peer> soo ~ <site:word>", "Mark received routes with a site of origin, and send none that has it").outward(),
	own("neighbor.unsuppress-map", "neighbor <peer> unsuppress-map ~ <name:routemap>", "Announce what aggregates suppress, if it passes the route map"),
	own("neighbor.route-server-client", "neighbor <peer> route-server-client", "Serve routes unchanged (RFC 7947)"),
}

// renamed brings a second spelling of a statement without arguments of its own to the first.
func renamed(id string) func(Command) Command {
	return func(c Command) Command { c.ID = id; return c }
}
