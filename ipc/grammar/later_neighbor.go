package grammar

// Statements of FRR's about a neighbor that are not supported: of the session, then of a family.
var neighborLater = []Statement{
	later("neighbor.bfd", "neighbor <peer> bfd ~ [(<multiplier:2-255> <receive:50-60000> <transmit:50-60000>|check-control-plane-failure [profile <profile:word>]|profile <profile:word>|strict [hold-time <seconds:1-4294967295>])]", "Watch the neighbor with BFD"),
	later("neighbor.capability", "neighbor <peer> capability what:(dynamic|software-version|link-local)", "Offer another capability"),
	later("neighbor.extended-optional-parameters", "neighbor <peer> extended-optional-parameters", "Send the long form of OPEN (RFC 9072)"),
	later("neighbor.aigp", "neighbor <peer> aigp", "Send the accumulated IGP metric"),
	later("neighbor.oad", "neighbor <peer> oad", "Treat the external neighbor as of one domain"),
	later("neighbor.rpki", "neighbor <peer> rpki strict", "Wait for RPKI").holds(HoldNeighbor),
	later("neighbor.ip-transparent", "neighbor <peer> ip-transparent", "Bind addresses that are not ours"),
	later("neighbor.characteristics", "neighbor <peer> send-nexthop-characteristics", "Send what next hops can do"),
	later("neighbor.link-bw", "neighbor <peer> what:(disable-link-bw-encoding-ieee|extended-link-bandwidth)", "Set how the link bandwidth is encoded"),
}

var familyLater = []Statement{
	later("neighbor.nexthop-local", "neighbor <peer> nexthop-local unchanged", "Keep link-local next hops"),
	later("neighbor.accept-own", "neighbor <peer> accept-own", "Accept our own routes back"),
	later("neighbor.send-community.rpki", "neighbor <peer> send-community extended rpki", "Send the RPKI state"),
	later("neighbor.addpath-rx-paths-limit", "neighbor <peer> addpath-rx-paths-limit ~ <paths:1-65535>", "Limit the paths received a prefix").inward(),
	later("neighbor.dampening", "neighbor <peer> dampening ~ [<half:1-45> [<reuse:1-20000> <suppress:1-50000> <max:1-255>]]", "Hold down routes that flap"),
	later("network.options", "network <prefix> label-index <label:0-1048560> {route-map <name:routemap>|backdoor}", "Announce a prefix with a label"),
	later("network.map.options", "network <prefix> route-map <name:routemap> (label-index <label:0-1048560> [backdoor]|backdoor [label-index <label:0-1048560>])", "Announce a prefix with a label, or as internal"),
	later("distance.bgp", "distance bgp ~ <external:1-255> <internal:1-255> <local:1-255>", "Set the distance of installed routes"),
	later("distance", "distance <distance:1-255> <prefix> [<list>]", "Set the distance of some routes"),
	later("bgp.dampening", "bgp dampening ~ [<half:1-45> [<reuse:1-20000> <suppress:1-50000> <max:1-255>]]", "Hold down routes that flap"),
	later("table-map", "table-map ~ <name:routemap>", "Change routes on their way to the kernel"),
	later("nexthop.prefer-global", "nexthop prefer-global", "Prefer global next hops"),
	later("import.vrf", "import vrf (route-map <name:routemap>|<vrf>)", "Import routes of a VRF"),
	later("vpn", "what:(label|rd|rt|route-target|nexthop|import|export) (vpn <rest:line>|import <rest:line>|export <rest:line>|both <rest:line>)", "Exchange routes with VPNs"),
	later("vpn.transfer", "what:(import|export) vpn", "Exchange routes with the VPN table"),
	later("vpn.redirect", "what:(rt|rt6|route-target|route-target6) redirect import <rest:line>", "Redirect to a VRF by route target"),
	later("vpn.route-map", "route-map vpn dir:(import|export) ~ <name:routemap>", "Change routes exchanged with VPNs"),
	later("vpn.rd", "rd", "Forget the route distinguisher").noOnly().hidden(),
	later("sid", "sid vpn <rest:line>", "Set a segment identifier"),
}

// Those with IPv4 alone.
var familyLater4 = []Statement{
	later("network.backdoor", "network <prefix> backdoor {route-map <name:routemap>|label-index <label:0-1048560>}", "Prefer internal routes to this prefix"),
	later("network.mask.options", "network <addr:addr4> [mask <mask:netmask>] (label-index <label:0-1048560> {route-map <name:routemap>|backdoor}|backdoor {route-map <name:routemap>|label-index <label:0-1048560>})", "Announce a prefix with a label, or as internal").hidden(),
	later("network.mask.map.options", "network <addr:addr4> [mask <mask:netmask>] route-map <name:routemap> (label-index <label:0-1048560> [backdoor]|backdoor [label-index <label:0-1048560>])", "Announce a prefix with a label, or as internal").hidden(),
}
