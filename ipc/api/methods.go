package api

// Names of the methods. The comment of each constant is its entry in
// docs/rpc.md; the parameters and result stand in Methods.
const (
	// DaemonHello introduces the daemon to a client: who serves, what the
	// caller may do, and what an operator should know at login.
	DaemonHello = "daemon.hello"
	// DaemonVersion gives version, build and uptime of the daemon.
	DaemonVersion = "daemon.version"
	// DaemonClients lists the clients connected now.
	DaemonClients = "daemon.clients"

	// ConfigApply runs configuration lines as one transaction: all of them
	// take effect, or none.
	ConfigApply = "config.apply"
	// ConfigBegin opens a transaction that is handed over in parts, for a
	// configuration longer than one request may be.
	ConfigBegin = "config.begin"
	// ConfigAppend adds lines to a transaction opened by config.begin.
	ConfigAppend = "config.append"
	// ConfigCommit applies a transaction opened by config.begin and ends it.
	ConfigCommit = "config.commit"
	// ConfigAbandon ends a transaction opened by config.begin without effect.
	// Closing the connection does the same.
	ConfigAbandon = "config.abandon"
	// ConfigRunning gives the running configuration as lines.
	ConfigRunning = "config.running"
	// ConfigStartup gives the startup configuration as it stands in its file.
	ConfigStartup = "config.startup"
	// ConfigStartupErrors lists the bad lines of the startup configuration
	// that is loaded, and what each of them holds back.
	ConfigStartupErrors = "config.startupErrors"
	// ConfigWrite saves the running configuration as the startup
	// configuration, atomically.
	ConfigWrite = "config.write"
	// ConfigErase removes the startup configuration; the running one stays.
	ConfigErase = "config.erase"

	// BGPSummary gives each family's table and one row for each neighbor.
	BGPSummary = "bgp.summary"
	// BGPNeighbors gives everything known of one neighbor, or of all.
	BGPNeighbors = "bgp.neighbors"
	// BGPRoutes lists routes in prefix order, a page a call.
	BGPRoutes = "bgp.routes"
	// BGPLookup gives one prefix with all its paths and attributes: by exact
	// prefix, or the longest match of an address.
	BGPLookup = "bgp.lookup"
	// BGPListeners lists the addresses listened on and the callers refused.
	BGPListeners = "bgp.listeners"
	// BGPClear resets sessions, or refreshes routes where soft.
	BGPClear = "bgp.clear"
	// BGPWaitEstablished waits until a neighbor is Established.
	BGPWaitEstablished = "bgp.waitEstablished"
	// BGPWaitConverged waits until nothing is left to send to any neighbor.
	BGPWaitConverged = "bgp.waitConverged"

	// NamesList gives the names of live things, for completion.
	NamesList = "names.list"

	// CallCancel ends another call of the same connection, named by the id of
	// its request; that call then fails with code -32097. Calls that have
	// ended already are no error. Send it as a notification or as a call.
	CallCancel = "call.cancel"
)

// Role is what a caller may do. It is decided from the credentials of the
// socket's other end.
type Role string

const (
	// Look may read everything but secrets.
	Look Role = "look"
	// Change may also configure, clear and write.
	Change Role = "change"
)

// None stands for parameters or a result without content: {} or absent.
type None struct{}

// Method describes one call for documentation and for tests; the daemon's
// handlers are held against this list.
type Method struct {
	Name    string
	Role    Role   // least role that may call it
	Params  any    // zero value of the parameter type
	Result  any    // zero value of the result type
	Errors  []int  // codes of errors.go beside the ones any call can give
	Example string // a value for params, as JSON
}

// Methods lists every call, in the order of docs/rpc.md.
var Methods = []Method{
	{DaemonHello, Look, None{}, Hello{}, nil, `{}`},
	{DaemonVersion, Look, None{}, Version{}, nil, `{}`},
	{DaemonClients, Look, None{}, Clients{}, nil, `{}`},

	{ConfigApply, Change, ApplyParams{}, ApplyResult{}, []int{CodeGone, CodeConflict},
		`{"context":["router bgp 65000"],"lines":[{"text":"neighbor 10.0.0.2 remote-as 65001"}]}`},
	{ConfigBegin, Change, BeginParams{}, BeginResult{}, nil, `{}`},
	{ConfigAppend, Change, AppendParams{}, AppendResult{}, []int{CodeNotFound, CodeTooLong},
		`{"transaction":1,"lines":[{"number":1,"text":"hostname r1"}]}`},
	{ConfigCommit, Change, CommitParams{}, ApplyResult{}, []int{CodeNotFound, CodeConflict}, `{"transaction":1}`},
	{ConfigAbandon, Change, CommitParams{}, None{}, []int{CodeNotFound}, `{"transaction":1}`},
	{ConfigRunning, Look, None{}, Running{}, nil, `{}`},
	{ConfigStartup, Look, None{}, Startup{}, []int{CodeNotFound}, `{}`},
	{ConfigStartupErrors, Look, None{}, StartupErrors{}, nil, `{}`},
	{ConfigWrite, Change, WriteParams{}, WriteResult{}, []int{CodeRefused}, `{}`},
	{ConfigErase, Change, None{}, EraseResult{}, []int{CodeRefused}, `{}`},

	{BGPSummary, Look, SummaryParams{}, Summary{}, []int{CodeNoBGP}, `{"families":["ipv4Unicast"]}`},
	{BGPNeighbors, Look, NeighborsParams{}, Neighbors{}, []int{CodeNoBGP, CodeNotFound}, `{"neighbor":"10.0.0.2"}`},
	{BGPRoutes, Look, RoutesParams{}, RoutesPage{}, []int{CodeNoBGP, CodeNotFound},
		`{"family":"ipv4Unicast","view":"table","limit":100}`},
	{BGPLookup, Look, LookupParams{}, LookupResult{}, []int{CodeNoBGP, CodeNotFound}, `{"prefix":"198.51.100.0/24"}`},
	{BGPListeners, Look, None{}, Listeners{}, nil, `{}`},
	{BGPClear, Change, ClearParams{}, ClearResult{}, []int{CodeNoBGP, CodeNotFound}, `{"neighbor":"10.0.0.2","how":"softIn"}`},
	{BGPWaitEstablished, Look, WaitEstablishedParams{}, WaitResult{}, []int{CodeNoBGP, CodeNotFound, CodeTimeout},
		`{"neighbor":"10.0.0.2","timeoutMs":30000}`},
	{BGPWaitConverged, Look, WaitConvergedParams{}, WaitResult{}, []int{CodeNoBGP, CodeTimeout}, `{"timeoutMs":30000}`},

	{NamesList, Look, NamesParams{}, Names{}, nil, `{"kind":"neighbor"}`},

	{CallCancel, Look, CancelParams{}, None{}, nil, `{"id":1}`},
}
