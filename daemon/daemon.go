package daemon

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"bgpsh/daemon/journal"
	"bgpsh/daemon/kernel"
	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
	"bgpsh/ipc"
	"bgpsh/ipc/grammar"
	"bgpsh/ipc/logline"
)

// stopLimit is how long an orderly shutdown may take.
const stopLimit = 1800 * time.Millisecond

// Config is what a daemon is started with. The routing configuration is not in it: that is the startup file's.
type Config struct {
	StartupConfig string // path of the startup configuration; it need not exist
	DataDir       string // folder for the history of the configuration; empty: it ends with the daemon
	Socket        string // path of the socket for clients; empty: no socket, and nobody can ask or change anything
	SocketGroup   string // group that may look; empty: the default one where it exists
	AdminGroup    string // group that may change; likewise
	Version       string
	Log           *journal.Journal // nil: discards everything; Run closes it

	Network transport.Network // nil: the kernel's TCP
	Kernel  *kernel.Watcher   // nil: netlink
	Manager *Manager          // nil: nobody waits to hear how the daemon is
	// Discovered tells the neighbor that was found on an interface, for neighbors that are named by theirs; nil, or the
	// zero address: none was. It is asked when the configuration or an interface changes.
	Discovered func(iface string) netip.Addr
	Rand       func() float64 // jitter; nil: random
	Seed       uint64         // of the RIB's hashes; 0: random

	// KeepCrash keeps what the Go runtime says of a crash in the data dir, and reports at the next start. It concerns the whole process.
	KeepCrash bool

	disk disk // nil: the real one
}

// A Daemon is one BGP speaker.
type Daemon struct {
	config     Config
	started    time.Time
	loop       *ribLoop
	controller *controller
	dispatcher *dispatcher
	world      *goroutines
	server     *ipc.Server
	kernel     *kernel.Watcher
	log        *daemonLog
	faults     *faults
	watchdog   *watchdog
	audit      *audit
	recent     recentLog
	drafts     drafts
	walks      walks
	watches    watches
	feed       *feed
	begun      chan struct{} // closed when the startup configuration is in force
	leaving    chan struct{} // closed when the daemon ends to be started again
	restart    sync.Once
}

// New makes a daemon and binds its socket, so that a second one on the same socket is refused before it does any harm.
func New(c Config) (*Daemon, error) {
	d := &Daemon{config: c, started: time.Now(), log: newDaemonLog(c.Log), begun: make(chan struct{}), leaving: make(chan struct{})}
	d.feed = newFeed(d.started)
	d.watchdog = newWatchdog(d)
	d.audit = newAudit(cmp.Or(c.disk, disk(osDisk{})), c.DataDir, d.log)
	d.faults = newFaults(reportsDir(c.DataDir), c.Version, d.log)
	if c.Socket == "" {
		return d, nil
	}
	var err error
	d.server, err = ipc.NewServer(ipc.Config{Path: c.Socket, Group: c.SocketGroup, AdminGroup: c.AdminGroup, Fault: d.faults.requestFault})
	if err != nil {
		return nil, err
	}
	d.handlers()
	return d, nil
}

// Run serves until ctx ends, then takes leave of every neighbor and returns. An error means that it could not start, or, a *Broken, that the
// process has to end.
func (d *Daemon) Run(ctx context.Context) error {
	stop, err := d.assemble(ctx)
	if err != nil {
		return err
	}
	defer func() { stop() }()
	d.faults.begin(d.config.KeepCrash)
	if err := d.audit.load(); err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	d.startLoops()
	record, err := d.controller.load(time.Now(), func() { close(d.begun) })
	if err != nil {
		return fmt.Errorf("startup configuration: %w", err)
	}
	d.world.wg.Go(func() { record(); grammar.Forget(); d.controller.loop(d.world.ctx) }) // callers may wait for it already
	d.serve()
	err = d.wait(ctx)
	if err != nil { // without taking leave: see faults.leave
		stop = d.abandon
	}
	return err
}

// wait waits for the end of the daemon: nil where it takes leave of its neighbors.
func (d *Daemon) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		d.logEnd()
	case <-d.leaving: // the service manager is not told: it is to see nothing of it
		d.log.restarting()
		d.controller.restarting.Store(true)
	case err := <-d.faults.broken:
		return err
	}
	return nil
}

// startLoops gives the loops of the daemon their goroutines, but for the controller's, which loads the startup configuration first.
func (d *Daemon) startLoops() {
	d.loop.begin(paceCollector())
	d.world.wg.Go(func() { d.loop.run(d.world.last) })
	d.world.wg.Go(func() { d.watchRoutes(d.world.last) })
	d.world.wg.Go(func() { d.watchdog.run(d.world.last) })
}

// serve answers clients.
func (d *Daemon) serve() {
	d.faults.adopt()
	d.log.serving(d.config)
	if d.server != nil {
		d.world.wg.Go(func() { d.server.Serve() })
	}
}

// closeSocket ends all calls and takes no more.
func (d *Daemon) closeSocket() {
	if d.server != nil {
		d.server.Close()
	}
}

// assemble makes the parts that need a context. stop ends them in order: no new calls and callers, Cease to every
// neighbor, then the loops; it returns when every goroutine has ended, or after stopLimit.
func (d *Daemon) assemble(ctx context.Context) (stop func(), err error) {
	links, unlink := context.WithCancel(context.Background())
	if d.kernel = d.config.Kernel; d.kernel == nil {
		if d.kernel, err = kernel.Netlink(links); err != nil {
			unlink()
			d.closeSocket()
			return nil, fmt.Errorf("interfaces: %w", err)
		}
	}
	last, end := context.WithCancel(context.Background())
	sessions, leave := context.WithCancel(last)
	d.world = &goroutines{ctx: sessions, last: last, network: d.config.Network, log: d.log}
	if d.world.network == nil {
		d.world.network = transport.TCP()
	}
	d.build()
	return func() {
		d.inOrder(
			d.dispatcher.close,
			d.closeSocket,
			leave, d.world.peers.Wait,
			end, d.world.wg.Wait,
			unlink, d.unlinked,
		)
		d.log.Close(logFlush)
	}, nil
}

// inOrder runs the steps of the shutdown one after the other, for stopLimit at most.
func (d *Daemon) inOrder(steps ...func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, step := range steps {
			step()
		}
	}()
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
		d.log.late()
	}
}

// unlinked waits until the interfaces are no longer watched.
func (d *Daemon) unlinked() {
	if d.config.Kernel == nil {
		d.kernel.Wait()
	}
}

// build makes the loops and joins them.
func (d *Daemon) build() {
	if d.config.Rand == nil {
		d.config.Rand = rand.Float64
	}
	if d.config.Seed == 0 {
		d.config.Seed = rand.Uint64()
	}
	x := &exports{faults: d.faults}
	d.loop = newRIBLoop(rib.Config{Seed: d.config.Seed, Start: d.started, Changed: func() { signal(d.feed.routes) }}, x)
	d.loop.faults = d.faults
	d.log.Tap(func(r *logline.Record) {
		d.feed.record(r)
		d.recent.add(r)
	})
	d.log.Guard(d.faults.logFault)
	d.dispatcher = &dispatcher{network: d.world.network, faults: d.faults, log: d.log.Journal, kernel: d.kernel}
	d.world.dispatcher = d.dispatcher
	d.controller = newController(&shared{
		world: d.world, ribs: d.loop, exports: x, kernel: d.kernel, rand: d.config.Rand, epoch: d.started, log: d.log, faults: d.faults, audit: d.audit, events: d.feed,
		farewell: "bgpd is going down",
	}, d.world, d.config)
}

// Reload makes the running configuration equal to the startup file, whole or not at all, and logs the outcome.
func (d *Daemon) Reload() {
	who := author{user: "SIGHUP", source: d.config.StartupConfig}
	d.controller.inbox.post(reloadRequest{who: who, reply: d.log.reloaded})
}

// logEnd is the first record of an orderly end.
func (d *Daemon) logEnd() {
	d.notify("STOPPING=1")
	if p := d.published(); p.config.Router != nil {
		d.log.ShutdownRequested(p.config.Router.AS, p.identity.routerID)
	}
}

// RestartGraceful makes Run return, and Restarting true: who called Run starts the daemon again. Neighbors that were asked to
// keep our routes over a restart get no Cease (RFC 4724); the others are told.
func (d *Daemon) RestartGraceful() {
	d.restart.Do(func() { close(d.leaving) })
}

// Restarting reports whether the daemon ended to be started again.
func (d *Daemon) Restarting() bool {
	select {
	case <-d.leaving:
		return true
	default:
		return false
	}
}

func (g *goroutines) listen(addrs []netip.AddrPort, dir *directory) {
	g.dispatcher.configure(g.ctx, &g.peers, addrs, dir)
}

func (g *goroutines) linksChanged() { g.dispatcher.linksChanged() }
