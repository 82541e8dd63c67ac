package grammar

// Show commands that tell why: of a prefix, and of a session.
var execExplain = []Statement{
	own("show.bgp.explain", "show $bgp explain (<addr>|<prefix:anyprefix>) {from (origin:(local)|<from:neighbor>)|to <to:neighbor>} $json", "Show why a prefix has its best path, and what became of every other"),
	own("show.bgp.prefix.explain", "show $bgp (<addr>|<prefix:anyprefix>) explain {from (origin:(local)|<from:neighbor>)|to <to:neighbor>} $json", "Show why a prefix has its best path, and what became of every other"),
	own("show.bgp.session-history", "show $bgp neighbors <peer:neighbor> history [what:(fsm|messages)] {all|limit <limit:0-100000>|wide} $json", "Show the last events and messages of a neighbor, newest first"),
	own("show.bgp.session-history.save", "show $bgp neighbors <peer:neighbor> history save pcap <file:word>", "Save the last messages of a neighbor as packets"),
	own("show.bgp.update-errors", "show $bgp neighbors <peer:neighbor> errors $json", "Show what was wrong with a neighbor's UPDATEs, and the last such messages"),
}
