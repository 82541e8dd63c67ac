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
	// SupportLog gives the last records of the log, from level info on.
	SupportLog = "support.log"
	// SupportReports gives the reports of bgpd's own faults.
	SupportReports = "support.reports"
	// SupportProfile tells where the daemon's goroutines are, or what its heap
	// is made of. It looks at the process and waits for no loop.
	SupportProfile = "support.profile"
	// AuditList tells who changed what, over restarts of the daemon.
	AuditList = "audit.list"
	// DaemonRestart restarts the daemon; neighbors with graceful restart keep our routes meanwhile.
	DaemonRestart = "daemon.restart"

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
	// ConfigRunning gives the running configuration as lines, or packed.
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
	// ConfigEdit says that the client begins to edit, and opens its candidate
	// where it asks for one. A candidate is its connection's own and ends with it.
	ConfigEdit = "config.edit"
	// ConfigLeave says that the client edits no more. A candidate with changes
	// is kept for as long as the connection lasts.
	ConfigLeave = "config.leave"
	// ConfigReplace makes the running configuration equal to the lines in one
	// transaction. It does not save.
	ConfigReplace = "config.replace"
	// ConfigConfirm keeps a change that waits for its confirmation.
	ConfigConfirm = "config.confirm"
	// ConfigCancel takes back a change that waits for its confirmation.
	ConfigCancel = "config.cancel"
	// ConfigPending tells of a change that waits for its confirmation.
	ConfigPending = "config.pending"
	// ConfigHistory lists the changes of the running configuration.
	ConfigHistory = "config.history"
	// ConfigDiff compares configurations: the running one, those behind earlier
	// changes, the startup configuration.
	ConfigDiff = "config.diff"

	// CandidateApply runs configuration lines in the candidate of this
	// connection: all of them, or none.
	CandidateApply = "candidate.apply"
	// CandidateShow gives the candidate and what a commit of it would change.
	CandidateShow = "candidate.show"
	// CandidateCommit applies the candidate's changes whole, merged with what
	// others have changed since, and saves the startup configuration.
	CandidateCommit = "candidate.commit"
	// CandidateDiscard drops the candidate's changes.
	CandidateDiscard = "candidate.discard"
	// CandidateRollback puts the configuration of an earlier commit into the
	// candidate.
	CandidateRollback = "candidate.rollback"
	// CandidateUpdate brings others' changes into the candidate, whose own stay
	// where both touched the same thing.
	CandidateUpdate = "candidate.update"

	// BGPSummary gives each family's table and one row for each neighbor.
	BGPSummary = "bgp.summary"
	// BGPNeighbors gives everything known of one neighbor, or of all.
	BGPNeighbors = "bgp.neighbors"
	// BGPRoutes lists routes in prefix order, a page a call.
	BGPRoutes = "bgp.routes"
	// BGPLookup gives one prefix with all its paths and attributes: by exact
	// prefix, or the longest match of an address.
	BGPLookup = "bgp.lookup"
	// BGPCount counts what bgp.routes would list, without listing it.
	BGPCount = "bgp.count"
	// BGPStatistics gives facts about the tables, the sessions and the loop
	// that owns the tables. It walks over the tables, which takes a while.
	BGPStatistics = "bgp.statistics"
	// BGPMemory says where the daemon's memory is.
	BGPMemory = "bgp.memory"
	// BGPNextHops lists next hops and whether they can be used. It walks over
	// the tables.
	BGPNextHops = "bgp.nextHops"
	// BGPUpdateGroups lists the sets of neighbors that are sent the same.
	BGPUpdateGroups = "bgp.updateGroups"
	// BGPPeerGroups lists peer-groups and their members.
	BGPPeerGroups = "bgp.peerGroups"
	// BGPAttributes counts the values of attributes. It walks over the tables.
	BGPAttributes = "bgp.attributes"
	// BGPExplain tells why a prefix has the best path that it has: where each
	// other path lost and to which, why paths were refused, and with To
	// whether a neighbor was sent it, or why not.
	BGPExplain = "bgp.explain"
	// BGPHistory gives the last events and messages of a neighbor, over its
	// sessions.
	BGPHistory = "bgp.history"
	// BGPUpdateErrors gives what was wrong with a neighbor's UPDATEs, and the
	// last such messages.
	BGPUpdateErrors = "bgp.updateErrors"
	// BGPPrefixFilter gives the filter that a neighbor sent for what it wants
	// to be told (RFC 5292).
	BGPPrefixFilter = "bgp.prefixFilter"
	// BGPListeners lists the addresses listened on and the callers refused.
	BGPListeners = "bgp.listeners"
	// BGPClear resets sessions, or refreshes routes where soft.
	BGPClear = "bgp.clear"
	// BGPWaitEstablished waits until a neighbor is Established.
	BGPWaitEstablished = "bgp.waitEstablished"
	// BGPWaitConverged waits until nothing is left to send to any neighbor.
	BGPWaitConverged = "bgp.waitConverged"

	// PolicyMaps gives the route maps in force with their counters.
	PolicyMaps = "policy.maps"
	// PolicyLists gives the lists of one kind, a page of entries a call.
	PolicyLists = "policy.lists"
	// PolicyClear sets counters of route maps or prefix lists to zero.
	PolicyClear = "policy.clear"
	// PolicyTest says what a route map would do to the routes of the tables
	// if it stood at a neighbor, and changes nothing.
	PolicyTest = "policy.test"

	// LogLevel sets from which level on records are written: for the whole
	// daemon, or for one neighbor, until the daemon ends.
	LogLevel = "log.level"

	// LogDebug shows a kind of happening in the log, whatever the levels say,
	// or no more.
	LogDebug = "log.debug"
	// LogDebugging lists what LogDebug shows.
	LogDebugging = "log.debugging"

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
	// News is the name of the notifications that the call begins, empty for
	// none, and Notice the zero value of the type of their parameters.
	News   string
	Notice any
	// Before are calls of the same connection that the example needs to
	// have been answered first, as method and params.
	Before [][2]string
}

// Methods lists every call, in the order of docs/rpc.md.
var Methods = []Method{
	{Name: DaemonHello, Role: Look, Params: None{}, Result: Hello{}, Example: `{}`},
	{Name: DaemonVersion, Role: Look, Params: None{}, Result: Version{}, Example: `{}`},
	{Name: DaemonClients, Role: Look, Params: None{}, Result: Clients{}, Example: `{}`},
	{Name: SupportLog, Role: Look, Params: LogParams{}, Result: RecentLog{}, Example: `{"limit":20}`},
	{Name: SupportReports, Role: Look, Params: None{}, Result: Reports{}, Example: `{}`},
	{Name: SupportProfile, Role: Look, Params: ProfileParams{}, Result: Profile{}, Example: `{"kind":"goroutine"}`},
	{Name: AuditList, Role: Look, Params: AuditParams{}, Result: Audit{}, Example: `{"limit":20}`},
	{Name: DaemonRestart, Role: Change, Params: None{}, Result: RestartResult{}, Example: `{}`},

	{Name: ConfigApply, Role: Change, Params: ApplyParams{}, Result: ApplyResult{}, Errors: []int{CodeGone, CodeConflict},
		Example: `{"lines":[{"text":"router bgp 65000"},{"text":"neighbor 10.0.0.2 remote-as 65001"},` +
			`{"text":"address-family ipv4 unicast"},{"text":"network 198.51.100.0/24"}]}`},
	{Name: ConfigBegin, Role: Change, Params: BeginParams{}, Result: BeginResult{}, Errors: []int{CodeRefused}, Example: `{}`},
	{Name: ConfigAppend, Role: Change, Params: AppendParams{}, Result: AppendResult{}, Errors: []int{CodeNotFound, CodeTooLong},
		Example: `{"transaction":1,"lines":[{"number":1,"text":"hostname r1"}]}`, Before: begun},
	{Name: ConfigCommit, Role: Change, Params: CommitParams{}, Result: ApplyResult{}, Errors: []int{CodeNotFound, CodeConflict},
		Example: `{"transaction":1}`, Before: append(begun, [2]string{ConfigAppend, `{"transaction":1,"lines":[{"text":"hostname r1"}]}`})},
	{Name: ConfigAbandon, Role: Change, Params: CommitParams{}, Result: None{}, Errors: []int{CodeNotFound},
		Example: `{"transaction":1}`, Before: begun},
	{Name: ConfigRunning, Role: Look, Params: RunningParams{}, Result: Running{}, Example: `{}`},
	{Name: ConfigWrite, Role: Change, Params: WriteParams{}, Result: WriteResult{}, Errors: []int{CodeRefused, CodeConflict}, Example: `{}`},
	{Name: ConfigStartup, Role: Look, Params: None{}, Result: Startup{}, Errors: []int{CodeNotFound}, Example: `{}`},
	{Name: ConfigStartupErrors, Role: Look, Params: None{}, Result: StartupErrors{}, Example: `{}`},
	{Name: ConfigErase, Role: Change, Params: None{}, Result: EraseResult{}, Errors: []int{CodeRefused, CodeConflict}, Example: `{}`},
	{Name: ConfigEdit, Role: Change, Params: EditParams{}, Result: EditResult{}, Errors: []int{CodeRefused}, Example: `{"candidate":true,"source":"pts/1"}`},
	{Name: ConfigLeave, Role: Change, Params: None{}, Result: LeaveResult{}, Example: `{}`},
	{Name: ConfigReplace, Role: Change, Params: ReplaceParams{}, Result: CommitResult{}, Errors: []int{CodeNotFound, CodeConflict, CodeRefused},
		Example: `{"name":"r1.conf","check":true,"lines":[{"number":1,"text":"hostname r1"}]}`},
	{Name: ConfigConfirm, Role: Change, Params: ConfirmParams{}, Result: ConfirmResult{}, Errors: []int{CodeNotFound}, Example: `{}`},
	{Name: ConfigCancel, Role: Change, Params: ConfirmParams{}, Result: ConfirmResult{}, Errors: []int{CodeNotFound}, Example: `{}`},
	{Name: ConfigPending, Role: Look, Params: None{}, Result: PendingResult{}, Example: `{}`},
	{Name: ConfigHistory, Role: Look, Params: HistoryParams{}, Result: History{}, Errors: []int{CodeNotFound}, Example: `{"limit":10}`},
	{Name: ConfigDiff, Role: Look, Params: DiffParams{}, Result: Difference{}, Errors: []int{CodeNotFound}, Example: `{"startup":true}`},

	{Name: CandidateApply, Role: Change, Params: ApplyParams{}, Result: ApplyResult{}, Errors: []int{CodeNoCandidate, CodeGone},
		Example: `{"lines":[{"text":"hostname r1"}]}`, Before: editing},
	{Name: CandidateShow, Role: Change, Params: None{}, Result: Candidate{}, Errors: []int{CodeNoCandidate}, Example: `{}`, Before: editing},
	{Name: CandidateCommit, Role: Change, Params: CandidateCommitParams{}, Result: CommitResult{}, Errors: []int{CodeNoCandidate, CodeConflict, CodeRefused},
		Example: `{"check":true,"comment":"new transit"}`, Before: editing},
	{Name: CandidateDiscard, Role: Change, Params: None{}, Result: DiscardResult{}, Errors: []int{CodeNoCandidate}, Example: `{}`, Before: editing},
	{Name: CandidateRollback, Role: Change, Params: RollbackParams{}, Result: RollbackResult{}, Errors: []int{CodeNoCandidate, CodeNotFound, CodeRefused},
		Example: `{"commits":0}`, Before: editing},
	{Name: CandidateUpdate, Role: Change, Params: None{}, Result: UpdateResult{}, Errors: []int{CodeNoCandidate}, Example: `{}`, Before: editing},

	{Name: BGPSummary, Role: Look, Params: SummaryParams{}, Result: Summary{}, Errors: []int{CodeNoBGP},
		Example: `{"families":["ipv4Unicast"]}`},
	{Name: BGPNeighbors, Role: Look, Params: NeighborsParams{}, Result: Neighbors{}, Errors: []int{CodeNotFound, CodeNoBGP},
		Example: `{"neighbor":"10.0.0.2"}`},
	{Name: BGPRoutes, Role: Look, Params: RoutesParams{}, Result: RoutesPage{}, Errors: []int{CodeNotFound, CodeNoBGP},
		Example: `{"family":"ipv4Unicast","view":"table","limit":100}`},
	{Name: BGPLookup, Role: Look, Params: LookupParams{}, Result: LookupResult{}, Errors: []int{CodeNotFound, CodeNoBGP},
		Example: `{"prefix":"198.51.100.0/24"}`},
	{Name: BGPExplain, Role: Look, Params: ExplainParams{}, Result: Explanation{}, Errors: []int{CodeNotFound, CodeNoBGP},
		Example: `{"prefix":"198.51.100.0/24","to":"10.0.0.2"}`},
	{Name: BGPHistory, Role: Look, Params: SessionHistoryParams{}, Result: SessionHistory{}, Errors: []int{CodeNotFound, CodeNoBGP},
		Example: `{"neighbor":"10.0.0.2","events":true,"limit":20}`},
	{Name: BGPUpdateErrors, Role: Look, Params: UpdateErrorsParams{}, Result: UpdateErrors{}, Errors: []int{CodeNotFound, CodeNoBGP},
		Example: `{"neighbor":"10.0.0.2"}`},
	{Name: BGPCount, Role: Look, Params: RoutesParams{}, Result: CountResult{}, Errors: []int{CodeNotFound, CodeNoBGP},
		Example: `{"family":"ipv4Unicast","view":"table","filter":{"asPath":"_65001_"}}`},
	{Name: BGPStatistics, Role: Look, Params: StatisticsParams{}, Result: Statistics{}, Errors: []int{CodeNoBGP},
		Example: `{"families":["ipv4Unicast"]}`},
	{Name: BGPMemory, Role: Look, Params: None{}, Result: Memory{}, Errors: []int{CodeNoBGP}, Example: `{}`},
	{Name: BGPNextHops, Role: Look, Params: NextHopsParams{}, Result: NextHops{}, Errors: []int{CodeNotFound, CodeNoBGP}, Example: `{}`},
	{Name: BGPUpdateGroups, Role: Look, Params: UpdateGroupsParams{}, Result: UpdateGroups{}, Errors: []int{CodeNotFound, CodeNoBGP},
		Example: `{"families":["ipv4Unicast"]}`},
	{Name: BGPPeerGroups, Role: Look, Params: PeerGroupsParams{}, Result: PeerGroups{}, Errors: []int{CodeNotFound, CodeNoBGP}, Example: `{}`},
	{Name: BGPAttributes, Role: Look, Params: AttributesParams{}, Result: Attributes{}, Errors: []int{CodeNoBGP},
		Example: `{"kind":"asPaths"}`},
	{Name: BGPPrefixFilter, Role: Look, Params: PrefixFilterParams{}, Result: PrefixFilters{}, Errors: []int{CodeNotFound, CodeNoBGP},
		Example: `{"neighbor":"10.0.0.2"}`},
	{Name: BGPListeners, Role: Look, Params: None{}, Result: Listeners{}, Example: `{}`},
	{Name: BGPClear, Role: Change, Params: ClearParams{}, Result: ClearResult{}, Errors: []int{CodeNotFound, CodeNoBGP},
		Example: `{"neighbor":"10.0.0.2","how":"softIn"}`},
	{Name: BGPWaitEstablished, Role: Look, Params: WaitEstablishedParams{}, Result: WaitResult{},
		Errors: []int{CodeNotFound, CodeNoBGP, CodeTimeout}, Example: `{"neighbor":"10.0.0.2","timeoutMs":1000}`},
	{Name: BGPWaitConverged, Role: Look, Params: WaitConvergedParams{}, Result: WaitResult{}, Errors: []int{CodeNoBGP, CodeTimeout},
		Example: `{"timeoutMs":1000}`},

	{Name: PolicyMaps, Role: Look, Params: PolicyMapsParams{}, Result: PolicyMapsResult{}, Errors: []int{CodeNotFound}, Example: `{}`},
	{Name: PolicyLists, Role: Look, Params: PolicyListsParams{}, Result: PolicyListsResult{}, Errors: []int{CodeNotFound},
		Example: `{"kind":"ip prefix-list"}`},
	{Name: PolicyClear, Role: Change, Params: PolicyClearParams{}, Result: None{}, Errors: []int{CodeNotFound}, Example: `{"maps":true}`},
	{Name: PolicyTest, Role: Look, Params: PolicyTestParams{}, Result: PolicyTestResult{}, Errors: []int{CodeNotFound, CodeNoBGP},
		Example: `{"map":"TRANSIT-IN","neighbor":"10.0.0.2"}`},

	{Name: LogLevel, Role: Change, Params: LogLevelParams{}, Result: None{}, Errors: []int{CodeNotFound, CodeNoBGP},
		Example: `{"level":"debug","neighbor":"10.0.0.2"}`},
	{Name: LogDebug, Role: Change, Params: LogDebugParams{}, Result: None{}, Errors: []int{CodeNotFound, CodeNoBGP, CodeRefused},
		Example: `{"topic":"updates in","neighbor":"10.0.0.2"}`},
	{Name: LogDebugging, Role: Look, Params: None{}, Result: Debugging{}, Example: `{}`},

	{Name: NamesList, Role: Look, Params: NamesParams{}, Result: Names{}, Example: `{"kind":"neighbor"}`},

	{Name: WatchEvents, Role: Look, Params: WatchEventsParams{}, Result: WatchEventsResult{}, News: NewsEvents, Notice: EventNews{},
		Errors: []int{CodeNotFound, CodeRefused}, Example: `{"subscription":1,"kinds":["session","route"]}`},
	{Name: WatchChanges, Role: Look, Params: WatchChangesParams{}, Result: None{}, News: NewsChanged, Notice: ChangeNews{},
		Errors: []int{CodeRefused}, Example: `{"subscription":2}`},
	{Name: WatchSamples, Role: Look, Params: WatchSamplesParams{}, Result: None{}, News: NewsSample, Notice: SampleNews{},
		Errors: []int{CodeRefused}, Example: `{"subscription":3,"everyMs":1000}`},
	{Name: WatchStop, Role: Look, Params: WatchStopParams{}, Result: None{}, Example: `{"subscription":1}`},

	{Name: CallCancel, Role: Look, Params: CancelParams{}, Result: None{}, Example: `{"id":7}`},
}

var (
	begun   = [][2]string{{ConfigBegin, `{}`}}
	editing = [][2]string{{ConfigEdit, `{"candidate":true}`}}
)
