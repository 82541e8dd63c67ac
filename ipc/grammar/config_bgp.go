package grammar

// Statements of router bgp that concern the whole router.
var configBGP = []Statement{
	own("bgp.router-id", "bgp router-id ~ <id:addr4>", "Set the BGP identifier"),
	own("bgp.cluster-id", "bgp cluster-id ~ (<id:addr4>|<number:1-4294967295>)", "Set the cluster identifier of route reflection"),
	own("bgp.listen-address", "bgp listen-address <addr> [port <port:1-65535>]", "Accept connections at this address; repeatable, replaces 0.0.0.0 and ::"),
	own("bgp.session-dscp", "bgp session-dscp ~ <dscp:0-63>", "Set the DSCP of all sessions (default 48)"),
	own("bgp.default.ipv4-unicast", "bgp default ipv4-unicast", "Make every neighbor active in IPv4 unicast").holdsNo(HoldFamily),
	own("bgp.default.ipv6-unicast", "bgp default ipv6-unicast", "Make every neighbor active in IPv6 unicast too"),
	own("bgp.default.local-preference", "bgp default local-preference ~ <value:0-4294967295>", "Set the local preference of routes from external neighbors (default 100)"),
	own("bgp.log-neighbor-changes", "bgp log-neighbor-changes", "Log when a neighbor comes up or goes down"),
	own("bgp.ebgp-requires-policy", "bgp ebgp-requires-policy", "Pass no route to or from an external neighbor without policy (RFC 8212)"),
	own("bgp.network.import-check", "bgp network import-check", "Announce a network only when it is in the routing table"),
	own("bgp.always-compare-med", "bgp always-compare-med", "Compare the MED of routes from different neighboring ASes"),
	own("bgp.deterministic-med", "bgp deterministic-med", "Group routes by neighboring AS before comparing MED"),
	own("bgp.bestpath.as-path.ignore", "bgp bestpath as-path ignore", "Skip the AS path length in the decision"),
	own("bgp.bestpath.compare-routerid", "bgp bestpath compare-routerid", "Compare router identifiers instead of preferring the older external route"),
	own("bgp.bestpath.as-path.confed", "bgp bestpath as-path confed", "Count the member ASes of a confederation in the length of AS paths"),
	own("bgp.bestpath.med.confed", "bgp bestpath med (confed [missing-as-worst]|missing-as-worst confed)", "Compare MED among paths of a confederation"),
	own("bgp.confederation.identifier", "bgp confederation identifier ~ <as:asn>", "Set the AS number of a confederation"),
	own("bgp.confederation.peers", "bgp confederation peers <as:asn>...", "Name the other member ASes of the confederation"),
	own("bgp.bestpath.med.missing-as-worst", "bgp bestpath med missing-as-worst", "Take a missing MED for the highest one"),
	own("bgp.minimum-holdtime", "bgp minimum-holdtime ~ <seconds:1-65535>", "Refuse neighbors that offer a shorter hold time"),
	own("auto-summary", "what:(auto-summary|synchronization)", "Nothing: neither exists, as in FRR").noOnly().hidden(),
	own("timers.bgp", "timers bgp ~ <keepalive:0-65535> <hold:0-65535>", "Set keepalive interval and hold time of all neighbors, in seconds"),
}
