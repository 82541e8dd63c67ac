package seeds

// Keys as render shows them in the order of the pretty form.
const (
	eth0     = `neighbor="eth0" neighbor_name="peer_eth0" `
	idleEth0 = "fsm_state " + eth0 + "session_clock=[]}"
	waiting  = "fsm_state " + eth0 + "session_clock=[connect_retry]}"
)

var secondDifferences = []difference{
	{
		seed:  `D connect session_runner: received fsm event manual start {event="manual start" ` + waiting,
		ours:  `D idle session_runner: received fsm event manual start {event="manual start" ` + idleEth0,
		times: 2,
		why:   "the start is what takes a neighbor out of idle, so that one that is shut down stays there; the seed has left already when it comes",
	},
	{
		seed:  `W connect session_runner: unexpected admin fsm event manual start, ignoring {event="manual start" ` + waiting,
		times: 2,
		why:   "for the same reason there is nothing unexpected in it, and no warning on every normal start",
	},
	{
		ours:  `I - session_runner: %ADJCHANGE: neighbor eth0(Unknown) in vrf default Up {neighbor="eth0"}`,
		times: 2,
		why:   "what monitoring matches",
	},
	{
		ours:  "T - connection_channel: send update message message via channel to …",
		times: 2,
		why:   "End-of-RIB tells the peer that it has all routes, of which there are none (RFC 4724 section 2)",
	},
	{
		ours:  "D - connection_channel: recv update message msg from …",
		times: 2,
		why:   "the peer's End-of-RIB",
	},
	{
		ours:  "W - config: …",
		times: 2,
		why:   "timers 3 6: the keepalive time in use is a third of the hold time, so that two may get lost; whoever typed 3 is told",
	},
	{
		ours:  "I - config: configuration replaced by …",
		times: 1,
		why:   "the change that resets the neighbor, as every change of the configuration is recorded",
	},
	{
		ours:  "I - daemon: bgpd started {socket startup_config version}",
		times: 2,
		why:   "the process is none of the seed's business",
	},
}

// secondOrders are what follows from what in the second seed, beyond the order within a thread.
var secondOrders = []order{
	{"spawning session for peer_eth0", "starting peer state machine"},
	{"spawned new connector thread", `event="tcp connection`},
	{"connecting to [fe80::1%100]:179", "connect error: ChannelConnect"},
	{"channel connection to [fe80::2%100]:179 established", `event="tcp connection confirmed"`},
	{"routing link-local connection to interface session", `event="tcp connection acked"`},
	{"connect error: ChannelConnect", "routing link-local connection to interface session"},
	{"send open message", "recv open message"},
	{"recv open message", `event="open message"`},
	{"send keepalive message", "recv keepalive message"},
	{"recv keepalive message", `event="keepalive message"`},
}
