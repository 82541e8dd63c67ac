// Package grammar is the command language of bgpd and bgpsh: what a line means, how it may be shortened, what could come next, and how a
// statement is written. It knows no model and runs nothing; it turns a line into a statement's ID with typed arguments, and back.
//
// # Why it stands alone
//
// A configuration file is the same language as the shell's configuration mode: bgpd reads it at start, bgpsh completes it. One table
// serves both, so it belongs to neither.
//
// # A command is data
//
// A Statement is one line of a table: an ID, a specification, a help text, and what becomes of it. The specification
//
//	neighbor <peer> remote-as ~ (<as:asn>|kind:(internal|external|auto|any))
//
// says all that is needed to read, shorten, complete, write and document the statement, and its no form. Adding a statement is adding a
// line; nothing else in this package changes. The tables are split by topic: exec*.go for commands, config_*.go for what is configured,
// later_*.go for statements of FRR's that are understood and not supported, foreign.go for those of other programs.
//
// # From a specification to a graph
//
// spec.go parses a specification into parts. node.go turns the parts of all statements of a mode into one graph of Nodes, a node for
// each keyword or argument, with an edge to each node that may follow. Statements share the nodes of their common beginning, as the
// forty of `neighbor <peer> ...` do. Behind its first optional part each has nodes of its own, found as for a regular expression:
// the parts that can begin, the parts that can end, and an edge from each end to the next beginning. There are no empty edges, so reading
// is a walk, word by word (match.go).
//
// # Judged on the whole line
//
// The walk follows every way that fits, and only lines read to their end count. So `n 10.0.0.1 r 65001` is remote-as, because no other
// statement that begins like this takes a number alone. Of several readings, one beats another by the first word that they read
// differently well: an exact keyword before a typed argument before an abbreviation before a free name. A name against an abbreviation,
// and one abbreviation against another by the fit of what follows, is settled for show commands alone, as is the preference for bgp and
// summary; configuration and clear never guess, they say what the word could be.
//
// A line that no way reads to its end is an Error about the word that the longest ways stumbled over, with what could stand there, the
// keyword it was probably meant as, and where the line would have been right (failure.go).
//
// # Four kinds of lines
//
// Classify sorts a configuration line into Ours, Foreign, Unsupported and Bad. For the last two, Hold says what would be open because
// the line is not in force, so that the configuration can close it: a neighbor, a direction of one family, a route map, a list. For a
// bad line that is judged from what it was probably meant to be, by putting the near word in place of the misspelled one and reading
// again; where nothing is near, from the strictest of all that it could have become. Scanner does this for whole files: it follows
// modes and passes over the blocks that are not for us.
//
// # Reading order
//
// exec.go (a table), statement.go (the notation), spec.go, node.go, match.go, failure.go, line.go, scanner.go; then complete.go,
// render.go and document.go, which are each one use of the same parts.
package grammar
