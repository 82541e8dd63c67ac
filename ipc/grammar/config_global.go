package grammar

// Statements of the top level that are ours.
var configGlobal = []Statement{
	own("hostname", "hostname ~ <name:word>", "Set the name that the prompt and the hostname capability show"),
	own("frr.defaults", "frr defaults ~ profile:(traditional|datacenter|bgpsh)", "Take the defaults of a profile: FRR's, or bgpd's own"),
	own("router.bgp", "router bgp ~ [<as:asn> [vrf default] [as-notation notation:(plain|dot|dot+)]]", "Configure BGP; without an AS number, enter the running instance").enters(Router),
	own("global.shutdown", "bgp graceful-shutdown", "Ask all neighbors to prefer other routes, as in router bgp"),
	own("global.update-delay", "bgp update-delay ~ <seconds:0-3600> [<establish:1-3600>]", "Announce nothing until the neighbors have sent their tables, as in router bgp"),
	own("global.delay-timer", "bgp route-map delay-timer ~ <seconds:0-600>", "Wait before a live change of a list takes effect, as in router bgp"),
	own("global.router-id", "[ip] router-id ~ <id:addr4>", "Set the BGP identifier, where router bgp has none of its own"),
	own("global.session-dscp", "bgp session-dscp ~ <dscp:0-63>", "Set the DSCP of all sessions, as in router bgp"),
}
