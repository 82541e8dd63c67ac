package seeds

// Keys as render shows them, for the tables.
const (
	r2Lite  = `neighbor="3fff::b" neighbor_name="r2"}`
	r2Conn  = `direction="outbound" connection_clock=[keepalive hold] connection_id connection session_clock=[] ` + r2Lite
	dropped = "T - connection_tcp: dropping connection ([3fff::a]:PORT, [3fff::b]:10179) (conn_id ID) {dropped connection_id connection connection_local connection_peer "
)

var firstDifferences = []difference{
	{
		seed:  `D connect session_runner: received fsm event manual start {event="manual start" fsm_state session_clock=[connect_retry] ` + r2Lite,
		ours:  `D idle session_runner: received fsm event manual start {event="manual start" fsm_state session_clock=[] ` + r2Lite,
		times: 1,
		why:   "the start is what takes a neighbor out of idle, so that one that is shut down stays there; the seed has left already when it comes",
	},
	{
		seed:  `W connect session_runner: unexpected admin fsm event manual start, ignoring {event="manual start" fsm_state session_clock=[connect_retry] ` + r2Lite,
		times: 1,
		why:   "for the same reason there is nothing unexpected in it, and no warning on every normal start",
	},
	{
		seed:  dropped + `connection_id direction="outbound"}`,
		ours:  dropped + `direction="outbound"}`,
		times: 2,
		why:   "no key is there twice: readers of JSON disagree on what that means",
	},
	{
		ours:  "I - session_runner: %ADJCHANGE: neighbor 3fff::b(Unknown) in vrf default Up {neighbor=\"3fff::b\"}",
		times: 2,
		why:   "what monitoring matches",
	},
	{
		ours:  "I - session_runner: %ADJCHANGE: neighbor 3fff::b(Unknown) in vrf default Down Peer closed the session {neighbor=\"3fff::b\" cause reason}",
		times: 1,
		why:   "what monitoring matches",
	},
	{
		ours:  "I - session_runner: %ADJCHANGE: neighbor 3fff::b(Unknown) in vrf default Down Admin. shutdown {neighbor=\"3fff::b\" cause reason notification}",
		times: 1,
		why:   "what monitoring matches",
	},
	{
		ours:  `T - connection_tcp: sending update message msg {message_contents message="update message" connection direction="outbound"}`,
		times: 2,
		why:   "End-of-RIB tells the peer that it has all routes, of which there are none (RFC 4724 section 2)",
	},
	{
		ours:  `T - connection_tcp: sending update message msg with header {message_contents message="update message" connection}`,
		times: 2,
		why:   "End-of-RIB, as octets",
	},
	{
		ours:  `T - connection_tcp: recv update message msg from [3fff::b]:10179 (conn_id: ID) {message_contents message="update message" connection_id connection_peer connection direction="outbound"}`,
		times: 2,
		why:   "the peer's End-of-RIB",
	},
	{
		ours:  `D established session_runner: received fsm event {event="manual stop" …`,
		times: 1,
		why:   "the end of the router is an event of the machine, which sends the Cease",
	},
	{
		ours:  `I established session_runner: connection ends (conn_id: ID): administrative shutdown: bgpd is going down {reason notification fsm_state ` + r2Conn,
		times: 1,
		why:   "we tell the peer that we go (RFC 4486); the seed just closes",
	},
	{
		ours:  `I - session_runner: %NOTIFICATION(Hard Reset): sent to neighbor 3fff::b 6/2 (Cease/Administrative Shutdown) "bgpd is going down" {neighbor="3fff::b"}`,
		times: 1,
		why:   "the Cease, as monitoring matches it",
	},
	{
		ours:  `T - connection_tcp: sending notification message msg {message_contents message="notification message" connection direction="outbound"}`,
		times: 1,
		why:   "the Cease",
	},
	{
		ours:  `T - connection_tcp: sending notification message msg with header {message_contents message="notification message" connection}`,
		times: 1,
		why:   "the Cease, as octets",
	},
	{
		ours:  "W - config: …",
		times: 1,
		why:   "timers 3 6: the keepalive time in use is a third of the hold time, so that two may get lost; whoever typed 3 is told",
	},
	{
		ours:  "I - daemon: bgpd started {version socket startup_config}",
		times: 1,
		why:   "the process is none of the seed's business",
	},
}

// firstOrders are what follows from what in the first seed, beyond the order within a thread.
var firstOrders = []order{
	{"spawning session for r2", "starting peer state machine"},
	{"dispatcher started", "starting connection attempt"},
	{"spawned new connector thread", "starting connection attempt"},
	{"established (conn_id: ID)", `event="tcp connection confirmed"`},
	{"spawning recv loop", "recv open message"},
	{"recv open message", `event="open message"`},
	{"recv keepalive message", `event="keepalive message"`},
	{"recv loop closed", `event="tcp connection fails"`},
	{"rx tcp connection fails", "dropping connection"},
	{"received shutdown request, stopping sessions", "session runner (peer 3fff::b) received shutdown request"},
	{"received shutdown request, stopping sessions", "dispatcher received shutdown request"},
}
