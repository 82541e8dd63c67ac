package grammar

// Clear commands that are ours.
var execClear = []Statement{
	own("clear.bgp", "clear $bgp (what:(*|external|internal)|<peer:neighbor>|<as:asn>|peer-group <group>) [(soft [dir:(in|out)]|dir:(in|out))] [json]", "Reset sessions, or with soft, in or out refresh their routes"),
}
