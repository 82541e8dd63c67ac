package grammar

// Parts that show and clear commands share: "$bgp" and "$json" in a spec stand for them.
//
// ip, vrf and family say what the command is about; Command.Family combines ip and family.
var shared = map[string]string{
	"$bgp":     "[ip] bgp [(vrf <vrf>|view <view:vrf>)] [family:(ipv4|ipv6) [unicast]]",
	"$json":    "[json [native]]",
	"$details": "{wide|json [native]|detail}",
}

// Show commands that are ours.
var execShow = []Statement{
	own("show.bgp.summary", "show $bgp summary {filter:(established|failed)|terse|wide|neighbor <peer:neighbor>|remote-as (<as:asn>|kind:(internal|external))} $json", "Show the neighbors and their sessions, a line each"),
	own("show.bgp.summary.other", "show [ip] bgp [(vrf <vrf>|view <view:vrf>)] (family:(ipv4|ipv6) safi:(multicast|vpn|labeled-unicast|flowspec)|family:(l2vpn) [safi:(evpn)]|family:(all)) summary {filter:(established|failed)|terse|wide|neighbor <peer:neighbor>|remote-as (<as:asn>|kind:(internal|external))} $json", "Show the neighbors of a family that bgpd has not: none").hidden(),
	own("show.bgp.neighbors", "show $bgp neighbors [<peer:neighbor>] $json", "Show all about each neighbor, or about one"),
	own("show.bgp.advertised-routes", "show $bgp neighbors <peer:neighbor> advertised-routes $details", "Show the routes sent to a neighbor, as sent"),
	own("show.bgp.received-routes", "show $bgp neighbors <peer:neighbor> received-routes $details", "Show the routes a neighbor sent, before policy"),
	own("show.bgp.routes", "show $bgp neighbors <peer:neighbor> routes $details", "Show a neighbor's routes that were accepted"),
	own("show.bgp.filtered-routes", "show $bgp neighbors <peer:neighbor> filtered-routes $details", "Show a neighbor's routes that were refused, and why"),
	own("show.bgp.withheld-routes", "show $bgp neighbors <peer:neighbor> withheld-routes $details", "Show the best routes that are not sent to a neighbor, and why"),
	own("show.bgp.table", "show $bgp $details", "Show the routing table"),
	own("show.bgp.prefix", "show $bgp (<addr>|<prefix:anyprefix>) {json [native]|detail}", "Show the paths to a prefix, or to the longest match of an address"),
	own("show.bgp.longer-prefixes", "show $bgp <prefix:anyprefix> longer-prefixes $details", "Show a prefix and all inside it"),
	own("show.bgp.listeners", "show [ip] bgp [(vrf <vrf>|view <view:vrf>)] listeners $json", "Show where connections are accepted, and who was refused"),
	own("show.running-config", "show running-config [daemon:(bgpd|zebra|staticd|mgmtd)] [no-header] [json]", "Show the configuration in force"),
	own("show.startup-config", "show startup-config [errors] [json]", "Show the saved configuration, or its bad lines"),
	own("show.version", "show version $json", "Show the version of shell and daemon"),
	own("show.history", "show history", "Show the commands of this session"),
}
