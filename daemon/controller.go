package daemon

import (
	"cmp"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/kernel"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
)

// shared is what every session uses and nobody changes after the start.
type shared struct {
	world    world
	ribs     *ribLoop
	exports  *exports
	kernel   *kernel.Watcher
	rand     func() float64
	epoch    time.Time // the daemon's start
	log      *daemonLog
	faults   *faults // nil in a simulation
	audit    *audit  // nil in a simulation
	events   *feed   // nil in a simulation
	farewell string  // shutdown communication when the daemon ends
	// restarting: the daemon ends to be started again; neighbors that were asked to keep our routes get no Cease.
	restarting   atomic.Bool
	deferral     deferral
	toController func(any) bool // posts a message to the controller
}

// nanos is a time as nanoseconds since the daemon's start, never 0. It goes by the monotonic clock, so that a step of the
// wall clock expires no timer.
func (sh *shared) nanos(t time.Time) int64 { return max(1, int64(t.Sub(sh.epoch))) }

// instant is the time that nanos made n of.
func (sh *shared) instant(n int64) time.Time { return sh.epoch.Add(time.Duration(n)) }

// A controller owns the running configuration and the startup file, and makes what runs equal to it: sessions, networks,
// listeners, policies. Like every loop of the daemon it is a step function inside a goroutine.
type controller struct {
	*shared
	inbox *mailbox[any]
	edge  controllerEdge

	// Owned by step.
	running   *config.Config
	version   uint64
	changedAt time.Time
	changedBy string
	sessions  map[string]*session
	setups    map[string]*setup
	dynamic   map[string]*config.Neighbor // accepted from a listen range
	numbered  uint32                      // sessions made so far
	local     localSettings
	networks  [2]map[netip.Prefix]ownRoute // that the RIB was told of
	// aggregates are those that the RIB was told of.
	aggregates     [2][]rib.Aggregate
	redistributed  redistributing
	nRedistributed atomic.Int64 // routes of it; any goroutine may read it
	identity       identity
	// configuredID: the identifier in force is a configured one.
	configuredID bool
	startup      startup
	history      history
	pendingFile  pendingFile
	policies     policies
	unconfirmed  *unconfirmed // nil: no change waits for its confirmation
	editors      map[uint64]*editor
	touched      bool  // the step under way has begun to change something
	pulse        pulse // of loop
	discovered   func(iface string) netip.Addr

	published atomic.Pointer[publication]
}

// controllerEdge is what the controller does beyond sessions and RIB.
type controllerEdge interface {
	// start gives a new session its runner.
	start(s *session)
	// listen makes addrs what is listened on for the sessions of dir.
	listen(addrs []netip.AddrPort, dir *directory)
	// linksChanged makes listeners that wait for their address try again.
	linksChanged()
}

// A publication is what the controller last made; any goroutine may read it.
type publication struct {
	config    *config.Config
	version   uint64
	changedAt time.Time
	changedBy string
	unsaved   bool
	identity  identity
	library   *policy.Library     // in force
	waiting   map[policy.Ref]bool // lists and maps whose last edit is not in force yet
	sessions  []*session          // in the order of the running configuration
	byName    map[string]*session
	startup   startup
	pending   *unconfirmed // only read
	aside     []string     // damaged files of the history
}

// session finds a neighbor by its name.
func (p *publication) session(name string) *session {
	if s := p.byName[name]; s != nil {
		return s
	}
	if a, err := netip.ParseAddr(name); err == nil {
		return p.byName[a.Unmap().String()]
	}
	return nil
}

// install makes what runs equal to next. effects are the greatest effect of the change on each neighbor. done is called
// when every session has taken its part.
func (c *controller) install(now time.Time, next *config.Config, effects map[string]config.Effect, done func()) {
	c.touched = true
	pending := newPending(done)
	old := c.running
	effects = c.dynamicEffects(old, next, effects)
	c.running = next
	c.version++
	c.identify(next)
	c.installRouter(old, next)
	c.link(next)
	c.installNetworks(next)
	c.installAggregates(next)
	c.installRedistributed(next)
	c.installNeighbors(now, next)
	c.installOpening(next)
	c.edge.listen(listenAddresses(next), c.directory())
	for _, n := range c.neighborsOf(next) {
		pending.add()
		m := configure{setup: c.setups[n.Name], reset: effects[n.Name] == config.Reset, who: c.changedBy, done: pending.done}
		if !c.sessions[n.Name].inbox.post(m) {
			pending.done()
		}
	}
	c.publish()
	c.checkDeferral(now)
	pending.done()
}

// installNeighbors makes the sessions of new neighbors and ends those of others. They dial only when they are configured,
// which is after the listeners know them: a neighbor that dials us at the same moment must not be turned away.
func (c *controller) installNeighbors(now time.Time, next *config.Config) {
	wanted := map[string]bool{}
	for _, n := range c.neighborsOf(next) {
		wanted[n.Name] = true
		set := c.setupOf(next, n)
		c.setups[n.Name] = set
		if c.dynamic[n.Name] != n {
			delete(c.dynamic, n.Name) // configured now
		}
		if c.sessions[n.Name] == nil {
			s := c.newSession(now, n.Name, set)
			c.sessions[n.Name] = s
			c.edge.start(s)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.sessions)) {
		if !wanted[name] {
			c.dismiss(name)
		}
	}
}

// identify fixes what the router says of itself. A router ID that was chosen stays as long as none is configured, so that
// an address that comes or goes resets nobody.
func (c *controller) identify(next *config.Config) {
	id := &c.identity
	id.hostname = hostname(next)
	if next.Router == nil {
		id.routerID, id.clusterID = 0, 0
		return
	}
	if configured := uint32Of(next.Router.RouterID); configured != 0 {
		id.routerID = configured
	} else if id.routerID == 0 || c.configuredID {
		id.routerID = chooseRouterID(c.kernel.View().Interfaces())
	}
	c.configuredID = next.Router.RouterID.IsValid()
	id.clusterID = id.routerID
	if configured := uint32Of(next.Router.ClusterID); configured != 0 {
		id.clusterID = configured
	}
}

// found is the neighbor on an interface, with its zone; the zero address where none was found.
func (c *controller) found(iface string) netip.Addr {
	if c.discovered == nil {
		return netip.Addr{}
	}
	return c.discovered(iface).WithZone(iface)
}

// installRouter tells the RIB what the router says of itself and how it decides.
func (c *controller) installRouter(old, next *config.Config) {
	if next.Router == nil {
		return
	}
	local := localSettings{next.Router.PublicAS(), c.identity.routerID, next.DefaultLocalPref(), rib.BestPath(next.BestPath()), c.identity.clusterID, next.ClientToClient(), [2]rib.Multipath{rib.Multipath(next.Multipath(0)), rib.Multipath(next.Multipath(1))}}
	if local == c.local {
		return
	}
	c.local = local
	c.ribs.do(func(r *rib.RIB, _ time.Time) {
		r.SetLocal(local.as, local.routerID, local.localPref)
		r.SetBest(local.best)
		r.SetReflection(local.clusterID, local.clientToClient)
		for i, f := range config.Families {
			r.SetMultipath(f, local.multipath[i])
		}
	})
}

// localSettings are the router-wide inputs of the decision process.
type localSettings struct {
	as, routerID, localPref uint32
	best                    rib.BestPath
	clusterID               uint32
	clientToClient          bool
	multipath               [2]rib.Multipath
}

func sortedPrefixes[V any](m map[netip.Prefix]V) []netip.Prefix {
	return slices.SortedFunc(maps.Keys(m), netip.Prefix.Compare)
}

// directory tells callers' addresses from sessions.
func (c *controller) directory() *directory {
	d := &directory{byAddr: map[netip.Addr]entry{}, byLink: map[string]entry{}, ranges: &ranges{c.running, c.inbox.post}}
	if c.running.Router != nil {
		d.dscp = c.running.Router.DSCP.Else(c.running.Profile.Defaults().DSCP)
		d.passwords = c.rangePasswords()
	}
	for name, set := range c.setups {
		if set.Addr.IsValid() {
			d.byAddr[set.Addr] = entry{c.sessions[name], set}
		}
		if name == set.Interface {
			d.byLink[name] = entry{c.sessions[name], set}
		}
	}
	return d
}

// rangePasswords are what is demanded from the callers of each listen range.
func (c *controller) rangePasswords() map[netip.Prefix]transport.Secret {
	out := map[netip.Prefix]transport.Secret{}
	for peers, group := range c.running.Router.Ranges {
		if g := c.running.Router.Groups[group]; g != nil && !g.Password.Value.Empty() {
			out[peers] = transport.Secret(g.Password.Value.Reveal())
		}
	}
	return out
}

// publish shows the new state to everyone else.
func (c *controller) publish() {
	c.faults.keep(c.secrets())
	p := &publication{
		config: c.running, version: c.version, changedAt: c.changedAt, changedBy: c.changedBy,
		library: c.policies.library, waiting: c.policies.names(),
		identity: c.identity, byName: map[string]*session{}, startup: c.startup.clone(),
		unsaved: c.startup.differs(c.running), pending: c.unconfirmed, aside: c.history.aside,
	}
	for _, n := range c.neighborsOf(c.running) {
		s := c.sessions[n.Name]
		p.sessions = append(p.sessions, s)
		p.byName[s.name] = s
	}
	c.events.configured(c.published.Swap(p), p)
}

// neighbors are the configured neighbors in display order.
func neighbors(c *config.Config) []*config.Neighbor {
	if c.Router == nil {
		return nil
	}
	return c.Router.Sorted()
}

func listenAddresses(c *config.Config) []netip.AddrPort {
	if c.Router == nil {
		return nil
	}
	return c.Router.ListenAddresses()
}

// pending calls done once, when everything that was added to it is done.
type pending struct {
	left   atomic.Int32
	finish func()
}

func newPending(finish func()) *pending {
	p := &pending{finish: finish}
	p.left.Store(1)
	return p
}

func (p *pending) add() { p.left.Add(1) }

func (p *pending) done() {
	if p.left.Add(-1) == 0 && p.finish != nil {
		p.finish()
	}
}

// newController makes the controller of an empty configuration.
func newController(sh *shared, edge controllerEdge, c Config) *controller {
	files := cmp.Or(c.disk, disk(osDisk{}))
	out := &controller{
		shared: sh, inbox: newMailbox[any](), edge: edge, running: &config.Config{}, sessions: map[string]*session{},
		dynamic: map[string]*config.Neighbor{},
		setups:  map[string]*setup{}, discovered: c.Discovered, startup: startup{store: store{path: c.StartupConfig, disk: files}},
		history: history{disk: files, next: 1}, pendingFile: pendingFile{disk: files, dir: c.DataDir}, editors: map[uint64]*editor{},
	}
	if c.DataDir != "" {
		out.history.dir = filepath.Join(c.DataDir, "history")
	}
	out.identity.version = c.Version
	sh.toController = out.inbox.post
	out.publish()
	return out
}
