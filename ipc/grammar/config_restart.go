package grammar

// Statements of graceful restart (RFC 4724, 8538, 9494).
var configRestart = []Statement{
	own("bgp.graceful-restart", "bgp graceful-restart", "Ask the neighbors to keep our routes while we restart, and keep theirs"),
	own("bgp.graceful-restart-disable", "bgp graceful-restart-disable", "Neither keep routes over a restart nor ask for it"),
	own("bgp.graceful-restart.restart-time", "bgp graceful-restart restart-time ~ <seconds:0-4095>", "Ask the neighbors to wait so long for us (default 120)"),
	own("bgp.graceful-restart.stalepath-time", "bgp graceful-restart stalepath-time ~ <seconds:1-4095>", "Keep a neighbor's routes so long at most until it has sent them again (default 360)"),
	own("bgp.graceful-restart.select-defer-time", "bgp graceful-restart select-defer-time ~ <seconds:0-3600>", "After a restart wait so long at most for the neighbors' routes before announcing any (default 120)"),
	own("bgp.graceful-restart.rib-stale-time", "bgp graceful-restart rib-stale-time ~ <seconds:1-3600>", "Keep routes in the kernel so long after a restart; none are written there"),
	own("bgp.graceful-restart.preserve-fw-state", "bgp graceful-restart preserve-fw-state", "Say that forwarding goes on while we restart"),
	own("bgp.graceful-restart.disable-eor", "bgp graceful-restart disable-eor", "Send no End-of-RIB"),
	own("bgp.graceful-restart.notification", "bgp graceful-restart notification", "Keep routes over a NOTIFICATION too (RFC 8538); on by default"),
	own("bgp.long-lived-graceful-restart", "bgp long-lived-graceful-restart stale-time ~ <seconds:1-4294967295>", "Keep stale routes so long after the restart time, as a last choice (RFC 9494)"),
	own("bgp.hard-administrative-reset", "bgp hard-administrative-reset", "Let clear end what neighbors keep of us (RFC 8538); on by default"),
}

// neighborRestart is the mode of one neighbor.
var neighborRestart = []Statement{
	own("neighbor.graceful-restart", "neighbor <peer> what:(graceful-restart|graceful-restart-helper|graceful-restart-disable)", "Keep routes over a restart: in both directions, the neighbor's alone, or not at all"),
}
