package grammar

import "net/netip"

// Statements of an address family. They exist in AF4 and AF6 with the same IDs, and hidden in Router, where they mean IPv4 unicast. The
// type prefix is an IPv4 prefix in AF4 and an IPv6 one in AF6.
var configFamily = []Statement{
	own("neighbor.activate", "neighbor <peer> activate", "Exchange routes of this family").holdsNo(HoldPolicy),
	own("neighbor.next-hop", "neighbor <peer> next-hop ~ <addr>", "Announce routes with this next hop"),
	own("neighbor.next-hop-self", "neighbor <peer> next-hop-self ~ [force]", "Announce routes with our own address as next hop"),
	own("neighbor.next-hop-self.all", "neighbor <peer> next-hop-self all", "Announce all routes with our own address as next hop, as force does").hidden().rewrites(nextHopSelfAll),
	own("neighbor.export.metric", "neighbor <peer> export metric ~ <value:0-4294967295>", "Set the MED of announced routes"),
	own("neighbor.export.community", "neighbor <peer> export community ~ <community>...", "Add communities to announced routes"),
	own("neighbor.import.local-preference", "neighbor <peer> import local-preference ~ <value:0-4294967295>", "Set the local preference of received routes"),
	own("neighbor.allow", "neighbor <peer> allow (any|<prefix> {ge <ge:0-128>|le <le:0-128>}) dir:(in|out)", "Pass these routes and no others; repeatable; counts as policy").holds(HoldPolicy),
	own("neighbor.soft-reconfiguration", "neighbor <peer> soft-reconfiguration inbound", "Keep received routes for show commands; bgpd always does"),
	own("neighbor.send-community", "neighbor <peer> send-community ~ [type:(standard|extended|large|both|all)]", "Send communities; on by default").holdsNo(HoldPolicy),
	own("network", "network <prefix> ~ [route-map <map:routemap>]", "Announce this prefix, if and as the route map lets it"),
}

// nextHopSelfAll is the older spelling of next-hop-self force.
func nextHopSelfAll(c Command) Command {
	c.ID = "neighbor.next-hop-self"
	return c.With("force", true)
}

// Spellings with IPv4 alone. A network without a mask has the one of its class.
var configFamily4 = []Statement{
	own("aggregate-address.mask", "aggregate-address <addr:addr4> <mask:netmask> {as-set|summary-only|route-map <map:routemap>|origin origin:(egp|igp|incomplete)|matching-MED-only|suppress-map <suppress:routemap>}", "Announce an aggregate").hidden().rewrites(aggregateMask),
	own("network.mask", "network <addr:addr4> [mask <mask:netmask>] [route-map <map:routemap>]", "Announce this prefix").hidden().rewrites(networkMask),
}

// aggregateMask turns an aggregate with a mask into the prefix form.
func aggregateMask(c Command) Command {
	bits, _ := maskBits(c.Args.Addr("mask"))
	out := Args{{"prefix", netip.PrefixFrom(c.Args.Addr("addr"), bits)}}
	for _, a := range c.Args {
		if a.Name != "addr" && a.Name != "mask" {
			out = append(out, a)
		}
	}
	c.ID, c.Args = "aggregate-address", out
	return c
}

// networkMask turns a network with a mask, or with that of its class, into the prefix form.
func networkMask(c Command) Command {
	addr := c.Args.Addr("addr")
	bits, ok := maskBits(c.Args.Addr("mask"))
	if !ok {
		switch first := addr.As4()[0]; {
		case first < 128:
			bits = 8
		case first < 192:
			bits = 16
		default:
			bits = 24
		}
	}
	out := Args{{"prefix", netip.PrefixFrom(addr, bits)}}
	if c.Args.Has("map") {
		out = append(out, Arg{"map", c.Args.Text("map")})
	}
	c.ID, c.Args = "network", out
	return c
}
