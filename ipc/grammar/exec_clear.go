package grammar

// Clear commands that are ours.
var execClear = []Statement{
	own("clear.bgp", "clear $bgp (what:(*|external|internal)|<peer:neighbor>|<as:asn>|peer-group <group>) [(soft [dir:(in|out)]|dir:(in|out))] [json]", "Reset sessions, or with soft, in or out refresh their routes"),
	own("clear.bgp.filter", "clear $bgp (what:(*|external|internal)|<peer:neighbor>|<as:asn>|peer-group <group>) [soft] dir:(in) prefix-filter [json]", "Send our prefix filter again, where the neighbor takes one, and ask for routes"),
}
