package grammar

// Exec statements other than show and clear. A command is data: where it stands, what it looks like, what it is for.
var execCommands = []Statement{
	own("configure.terminal", "configure terminal", "Change the running configuration, line by line").enters(Config),
	own("write", "write [what:(memory|file|force|terminal|erase)]", "Save the running configuration; terminal: show it; erase: remove the saved one"),
	own("copy.running-config", "copy running-config startup-config", "Save the running configuration"),
	own("enable", "enable", "Nothing: what one may change depends on the user's groups"),
	own("disable", "disable", "Nothing: what one may change depends on the user's groups"),
	own("terminal.length", "terminal length <lines:0-512>", "Set the lines of a page; 0: no paging"),
	own("terminal.monitor", "terminal monitor {session|state|route|config|log|neighbor <peer:neighbor>|prefix <prefix:anyprefix>}", "Show here what happens: sessions and the configuration, and routes where a neighbor or prefix is named; or the kinds given"),
	own("terminal.no-monitor", "terminal no monitor", "Show it no more"),
	own("watch", "watch [every <seconds:1-3600>] <command:line>", "Show a command's output as it changes"),
	own("top", "top", "Show neighbors, tables and rates as they change"),
	own("log.level", "log level level:(trace|debug|info|warn|error) [neighbor <peer:neighbor>]", "Log more or less, or so of one neighbor, until the daemon ends"),
	own("debug.events", "debug bgp topic:(neighbor-events|keepalives) [<peer:neighbor>]", "Log a neighbor's events, or its keepalives, until the daemon ends"),
	own("debug.updates", "debug bgp topic:(updates) [way:(in|out)] {<peer:neighbor>|prefix <prefix:anyprefix>}", "Log updates, or those that name a prefix, until the daemon ends"),
	own("undebug.events", "(undebug|no debug) bgp topic:(neighbor-events|keepalives) [<peer:neighbor>]", "Log them no more"),
	own("undebug.updates", "(undebug|no debug) bgp topic:(updates) [way:(in|out)] {<peer:neighbor>|prefix <prefix:anyprefix>}", "Log them no more"),
	own("undebug.all", "(undebug|no debug) what:(all|bgp)", "Log nothing more than its level says"),
	own("show.debugging", "show debugging [bgp] $json", "Show what is debugged"),
	own("who", "(who|show users) $json", "Show who is connected to the daemon, and who edits what"),
	own("show.tech-support", "show tech-support [save <file:word>]", "Show all that support asks for, without secrets"),
	own("show.logging", "show logging [last <count:1-1000>]", "Show the last records of the log, from info on"),
	own("show.audit", "show audit [last <count:1-1000>] $json", "Show who changed what and when, over restarts of the daemon"),
	own("restart.graceful", "restart graceful", "Restart bgpd; neighbors with graceful restart keep our routes meanwhile"),
	own("wait.neighbor", "wait bgp neighbor <peer:neighbor> established {after-generation <generation:0-4294967295>|timeout <seconds:1-86400>}", "Wait until a neighbor is established"),
	own("wait.converged", "wait bgp converged [timeout <seconds:1-86400>]", "Wait until all neighbors are up and all routes are sent"),
}

// Statements that every mode has.
var everyMode = []Statement{
	own("exit", "exit", "Leave this mode").plainOnly(),
	own("quit", "quit", "Leave this mode").plainOnly(),
	own("end", "end", "Return to the exec mode").plainOnly(),
	own("list", "list [permutations]", "List the commands of this mode").plainOnly(),
	own("find", "find <pattern:line>", "List the commands that match a pattern").plainOnly(),
}

// leaveFamily is exit-address-family, of the address family modes alone.
var leaveFamily = []Statement{
	own("exit-address-family", "exit-address-family", "Leave the address family").plainOnly(),
}
