package grammar

// Show commands that tell why: of a prefix, and of a session.
var execExplain = []Statement{
	own("show.bgp.explain", "show $bgp explain (<addr>|<prefix:anyprefix>) {from (origin:(local)|<from:neighbor>)|to <to:neighbor>} $json", "Show why a prefix has its best path, and what became of every other"),
	own("show.bgp.prefix.explain", "show $bgp (<addr>|<prefix:anyprefix>) explain {from (origin:(local)|<from:neighbor>)|to <to:neighbor>} $json", "Show why a prefix has its best path, and what became of every other"),
}
