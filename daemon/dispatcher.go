package daemon

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/journal"
	"bgpsh/daemon/kernel"
	"bgpsh/daemon/transport"
	"bgpsh/ipc/api"
)

const (
	bindRetry   = 5 * time.Second       // between attempts to bind
	acceptRetry = 50 * time.Millisecond // after an error of accept: out of descriptors, usually
	maxSockets  = 16                    // of one neighbor at a time, those that are being closed included
	refusedKept = 64                    // refused callers that are remembered
)

// A directory tells which session a caller belongs to. It is immutable; the configuration publishes a new one.
type directory struct {
	byAddr map[netip.Addr]entry // link-local addresses carry their interface as zone
	byLink map[string]entry     // neighbors named by their interface alone
	dscp   uint8
	ranges *ranges // nil: none
	// passwords are demanded from callers of whole ranges.
	passwords map[netip.Prefix]transport.Secret
}

// entry is one neighbor in a directory, with what its callers must meet.
type entry struct {
	session *session
	setup   *setup
}

// find gives the session of a caller, or why it may not connect.
func (d *directory) find(caller netip.Addr) (e entry, refused string) {
	e = d.byAddr[caller]
	if e.session == nil && caller.Is6() && caller.IsLinkLocalUnicast() {
		e = d.byLink[caller.Zone()]
	}
	switch {
	case e.session == nil:
		return e, "no such neighbor"
	case e.setup.Shutdown:
		return e, "neighbor is shut down"
	case !e.setup.wanted():
		return e, "neighbor is not in service: its configuration is incomplete or has errors"
	}
	return e, ""
}

// A dispatcher owns the listeners and gives each accepted connection to the session that it belongs to. A caller that
// belongs to none is closed without a word, counted and remembered; it can disturb nothing.
type dispatcher struct {
	network transport.Network
	faults  *faults // nil in a simulation
	log     *journal.Journal
	kernel  *kernel.Watcher
	dir     atomic.Pointer[directory]

	mu        sync.Mutex
	listeners []*listener    // in configuration order
	refused   []*api.Refused // newest last
}

// A listener is one address that is listened on, or should be.
type listener struct {
	addr     netip.AddrPort
	log      *journal.Dispatcher
	stop     context.CancelFunc
	retry    chan struct{} // an address may have appeared
	accepted atomic.Uint64
	refused  atomic.Uint64

	mu    sync.Mutex
	bound transport.Listener // nil while it is not bound
	err   error              // why
	keys  map[callers]key    // passwords in force
	mss   uint16             // in force; 0: none
}

// callers are who a password is demanded from: one address, which may be of one link only, or a whole range.
type callers struct {
	peers netip.Prefix
	zone  string
}

// callersOf are the callers that a neighbor is one of.
func callersOf(c *setup) callers {
	if c.listenRange.IsValid() {
		return callers{peers: c.listenRange}
	}
	bare := c.Addr.WithZone("")
	return callers{netip.PrefixFrom(bare, bare.BitLen()), c.Addr.Zone()}
}

// key is the password demanded from callers; failed is why it could not be, and then none of them gets in.
type key struct {
	secret transport.Secret
	failed error
}

// configure makes addrs what is listened on. Sessions that came in over a listener that ends go on.
func (d *dispatcher) configure(ctx context.Context, wg *sync.WaitGroup, addrs []netip.AddrPort, dir *directory) {
	d.dir.Store(dir)
	d.mu.Lock()
	defer d.mu.Unlock()
	var kept []*listener
	for _, addr := range addrs {
		i := slices.IndexFunc(d.listeners, func(l *listener) bool { return l.addr == addr })
		if i >= 0 {
			kept = append(kept, d.listeners[i])
			d.listeners = slices.Delete(d.listeners, i, i+1)
			continue
		}
		lctx, stop := context.WithCancel(ctx)
		l := &listener{addr: addr, log: d.log.Dispatcher(addr), stop: stop, retry: make(chan struct{}, 1), keys: map[callers]key{}}
		kept = append(kept, l)
		l.log.Started()
		d.bind(lctx, l)
		wg.Go(func() { d.serve(lctx, l) })
	}
	for _, l := range d.listeners {
		l.close()
	}
	d.listeners = kept
	for _, l := range kept {
		l.setKeys(dir)
	}
}

// close ends all listeners.
func (d *dispatcher) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.listeners {
		l.log.ShutdownRequested()
		l.close()
	}
}

// linksChanged makes listeners that wait for their address try again.
func (d *dispatcher) linksChanged() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.listeners {
		signal(l.retry)
	}
}

// bind tries to bind a listener.
func (d *dispatcher) bind(ctx context.Context, l *listener) {
	l.log.Binding()
	dir := d.dir.Load()
	bound, err := d.network.Listen(ctx, transport.ListenOptions{Addr: l.addr, DSCP: dir.dscp, HasDSCP: true})
	news := l.opened(bound, err)
	if err != nil {
		if news {
			l.log.BindFailed(err, remedy(err))
		}
		return
	}
	l.setKeys(dir)
	if ctx.Err() != nil { // closed meanwhile, by someone who did not see it bound
		bound.Close()
	}
}

// serve is a listener's goroutine: it accepts, and binds again for as long as that takes where it is not bound.
func (d *dispatcher) serve(ctx context.Context, l *listener) {
	for ctx.Err() == nil {
		if bound := l.listening(); bound != nil {
			d.accept(ctx, l, bound)
			return
		}
		wait(ctx, bindRetry, l.retry)
		d.bind(ctx, l)
	}
}

// accept takes connections until the listener is closed.
func (d *dispatcher) accept(ctx context.Context, l *listener, bound transport.Listener) {
	for ctx.Err() == nil {
		conn, err := bound.Accept()
		switch {
		case err == nil:
			d.take(l, conn)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			l.log.AcceptFailed(err)
			wait(ctx, acceptRetry, nil)
		}
	}
}

// take routes a connection. A fault on the way costs the caller its connection and nobody else anything.
func (d *dispatcher) take(l *listener, conn transport.Conn) {
	defer d.contain(l, conn)
	d.route(time.Now(), l, conn)
}

// route gives a connection to its session, prepared as the session's configuration asks, or closes it.
func (d *dispatcher) route(now time.Time, l *listener, conn transport.Conn) {
	caller := conn.RemoteAddr()
	l.log.Accepted(caller)
	dir := d.dir.Load()
	e, why := dir.find(caller.Addr())
	if e.session == nil && dir.ranges.offer(d.dynamicCall(l, conn)) {
		return
	}
	if why == "" && int(e.session.sockets.Load())+e.session.inbox.len() > maxSockets {
		why = "too many connections at once"
	}
	if zone := caller.Addr().Zone(); zone != "" && why == "" {
		l.log.LinkLocal(caller, zone, d.kernel.ScopeID(zone))
	}
	if why == "" {
		why = l.prepare(e.setup, conn)
	}
	if why != "" {
		d.refuse(now, l, caller.Addr(), why) // before the caller can know, so that who asks afterwards is told
		conn.Close()
		return
	}
	l.accepted.Add(1)
	if !e.session.inbox.post(accepted{conn: conn}) {
		conn.Close()
	}
}

// dynamicCall is an accepted connection of nobody known, for the controller.
func (d *dispatcher) dynamicCall(l *listener, conn transport.Conn) dynamicCall {
	caller := conn.RemoteAddr().Addr()
	return dynamicCall{conn: conn, caller: caller.Unmap(), prepare: func(c *setup) string { return l.prepare(c, conn) }, taken: func() { l.accepted.Add(1) }, refuse: func(why string) {
		d.refuse(time.Now(), l, caller, why)
		conn.Close()
	}}
}

// prepare puts the session's TTL check, marking and password on an accepted connection. What cannot be had closes the
// connection: the result says why.
func (l *listener) prepare(c *setup, conn transport.Conn) string {
	if !c.Password.Empty() {
		l.mu.Lock()
		k := l.keys[callersOf(c)]
		l.mu.Unlock()
		if k.failed != nil {
			return "its password could not be set: " + k.failed.Error()
		}
		if k.secret != transport.Secret(c.Password.Reveal()) {
			return "its password is not set on this listener yet"
		}
	}
	return prepareSocket(c, conn)
}

// prepareSocket puts the session's TTL check, marking and probes on a connection.
func prepareSocket(c *setup, conn transport.Conn) string {
	err := conn.SetTTL(c.TTL)
	if err == nil && c.MinTTL > 0 {
		err = conn.SetMinTTL(c.MinTTL)
	}
	if err == nil {
		err = conn.SetDSCP(c.DSCP)
	}
	if err == nil && c.KeepAlive != (config.KeepAlive{}) {
		err = conn.SetKeepAlive(transport.KeepAlive(c.KeepAlive))
	}
	if err != nil {
		return "its TTL, DSCP or keepalive could not be set: " + err.Error()
	}
	return ""
}

// opened notes the result of an attempt to bind and reports whether it is news.
func (l *listener) opened(bound transport.Listener, err error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	news := err == nil || l.err == nil || l.err.Error() != err.Error()
	l.bound, l.err = nil, err
	if err == nil {
		l.bound = bound
	}
	clear(l.keys)
	l.mss = 0
	return news
}

// setKeys demands the passwords and TTLs of the directory's neighbors from their callers.
func (l *listener) setKeys(dir *directory) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bound == nil {
		return
	}
	wanted := map[callers]transport.Secret{}
	for _, e := range dir.byAddr {
		if !e.setup.Password.Empty() && !e.setup.listenRange.IsValid() {
			wanted[callersOf(e.setup)] = transport.Secret(e.setup.Password.Reveal())
		}
	}
	for peers, secret := range dir.passwords {
		wanted[callers{peers: peers}] = secret
	}
	for who := range l.keys {
		if _, ok := wanted[who]; !ok {
			l.setKey(who, "")
			delete(l.keys, who)
		}
	}
	for who, secret := range wanted {
		if k := l.keys[who]; k.secret != secret || k.failed != nil {
			l.keys[who] = key{secret: secret, failed: l.setKey(who, secret)}
		}
	}
	l.setGuards(dir)
	l.setMSS(dir)
}

// Bounds of what the kernel takes as a segment size.
const (
	leastMSS = 88
	mostMSS  = 32767
)

// setMSS limits the segments of accepted connections to the smallest limit of a neighbor: TCP agrees on their size before it
// is known who calls. Where that fails nothing is lost but time, since a limit that is too large is cut by the path.
func (l *listener) setMSS(dir *directory) {
	var least uint16
	for _, e := range dir.byAddr {
		if n := e.setup.TCPMSS; n > 0 && (least == 0 || n < least) {
			least = min(max(n, leastMSS), mostMSS)
		}
	}
	if least != l.mss && l.bound.SetMSS(least) == nil {
		l.mss = least
	}
}

// setGuards demands the TTLs of the directory's neighbors from their callers. A link-local address that is a neighbor on two
// links gets what takes more: the listener does not tell them apart, the accepted connection does. That one also guards where
// the listener cannot, so an error changes nothing but the moment.
func (l *listener) setGuards(dir *directory) {
	least := map[netip.Addr]uint8{}
	for addr, e := range dir.byAddr {
		bare := addr.WithZone("")
		if n, ok := least[bare]; !ok || e.setup.MinTTL < n {
			least[bare] = e.setup.MinTTL
		}
	}
	var guards []transport.Guard
	for addr, n := range least {
		if n > 0 {
			guards = append(guards, transport.Guard{Callers: netip.PrefixFrom(addr, addr.BitLen()), MinTTL: n})
		}
	}
	l.bound.SetGuards(guards)
}

// listening is the bound listener, nil while it is not bound.
func (l *listener) listening() transport.Listener {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bound
}

func (l *listener) setKey(who callers, secret transport.Secret) error {
	return l.bound.SetPassword(who.peers, who.zone, secret)
}

func (l *listener) close() {
	l.stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bound != nil {
		l.bound.Close()
	}
}

// refuse counts, remembers and logs a refused caller.
func (d *dispatcher) refuse(now time.Time, l *listener, caller netip.Addr, why string) {
	l.refused.Add(1)
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(d.refused, func(r *api.Refused) bool { return r.Address == caller })
	r := &api.Refused{Address: caller}
	if i >= 0 {
		r = d.refused[i]
		d.refused = slices.Delete(d.refused, i, i+1)
	} else if len(d.refused) == refusedKept {
		d.refused = slices.Delete(d.refused, 0, 1)
	}
	d.refused = append(d.refused, r)
	r.Listener, r.Reason, r.At = l.addr, why, now
	r.Count++
	l.log.Refused(caller, why)
}

// describe is the answer to bgp.listeners.
func (d *dispatcher) describe(now time.Time) api.Listeners {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := api.Listeners{Listeners: []api.Listener{}, Refused: []api.Refused{}}
	for _, l := range d.listeners {
		out.Listeners = append(out.Listeners, l.describe())
	}
	for _, r := range slices.Backward(d.refused) {
		row := *r
		row.AgoMs = now.Sub(row.At).Milliseconds()
		out.Refused = append(out.Refused, row)
	}
	return out
}

func (l *listener) describe() api.Listener {
	l.mu.Lock()
	defer l.mu.Unlock()
	row := api.Listener{
		Address: l.addr, Bound: l.bound != nil && l.err == nil, FD: -1,
		Accepted: l.accepted.Load(), Refused: l.refused.Load(), Password: len(l.keys) > 0,
	}
	if f, ok := l.bound.(interface{ FD() int }); ok {
		row.FD = f.FD()
	}
	if l.err != nil {
		row.Error = l.err.Error()
		row.Remedy = remedy(l.err)
	}
	return row
}

// remedy says what to do about a failed bind, empty where nothing general helps.
func remedy(err error) string {
	var bind *transport.BindError
	if !errors.As(err, &bind) {
		return ""
	}
	return bind.Remedy()
}

// notices are lines for an operator who logs in: listeners that cannot bind.
func (d *dispatcher) notices() (out []string) {
	for _, l := range d.describe(time.Time{}).Listeners {
		if l.Error == "" {
			continue
		}
		out = append(out, cmp.Or(l.Error+"; "+l.Remedy, l.Error))
	}
	return out
}

// wait sleeps until d has passed, wake is signalled or ctx ends.
func wait(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-wake:
	case <-ctx.Done():
	}
}
