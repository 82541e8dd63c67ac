package grammar

// Statements of the top level that are ours.
var configGlobal = []Statement{
	own("hostname", "hostname ~ <name:word>", "Set the name that the prompt and the hostname capability show"),
	own("frr.defaults", "frr defaults ~ profile:(traditional|datacenter|bgpsh)", "Take the defaults of a profile: FRR's, or bgpd's own"),
	own("router.bgp", "router bgp ~ [<as:asn> [vrf default] [as-notation notation:(plain|dot|dot+)]]", "Configure BGP; without an AS number, enter the running instance").enters(Router),
}
