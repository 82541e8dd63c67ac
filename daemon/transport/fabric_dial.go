package transport

import (
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// The kernel's errors for what a Node cannot do, so that callers judge both networks alike.
var (
	errNoSource    error = syscall.EADDRNOTAVAIL
	errNoInterface error = syscall.ENODEV
	errUnreachable error = syscall.ENETUNREACH
)

const backlog = 128 // connections that wait for Accept, at most

// An Acceptor is a listener in a Fabric: a Listener that never waits.
type Acceptor struct {
	// Notify, unless nil, is called when Accept may give something. It must not call the Fabric.
	Notify func()

	node    *Node
	addr    netip.AddrPort
	dscp    uint8
	mss     uint16 // 0: no limit
	keys    passwords
	guards  []Guard // as ordered gives them
	waiting []*Stream
	closed  bool
}

// Listen makes a listener. Its error is a *BindError.
func (n *Node) Listen(o ListenOptions) (*Acceptor, error) {
	addr := Canonical(o.Addr)
	failed := func(cause BindCause, err error) (*Acceptor, error) {
		return nil, &BindError{Addr: addr, Cause: cause, Err: err}
	}
	switch ip := addr.Addr(); {
	case o.HasDSCP && o.DSCP > maxDSCP:
		return failed(BindInvalid, errDSCP)
	case linkLocal6(ip) && ip.Zone() == "":
		return failed(BindInvalid, syscall.EINVAL)
	case !ip.IsUnspecified() && !n.owns(ip):
		return failed(BindAbsent, syscall.EADDRNOTAVAIL)
	}
	if addr.Port() == 0 {
		addr = netip.AddrPortFrom(addr.Addr(), n.freePort())
	}
	for _, a := range n.acceptors {
		if a.overlaps(addr) {
			return failed(BindInUse, syscall.EADDRINUSE)
		}
	}
	a := &Acceptor{node: n, addr: addr, keys: make(passwords)}
	if o.HasDSCP {
		a.dscp = o.DSCP
	}
	n.acceptors = append(n.acceptors, a)
	return a, nil
}

func (a *Acceptor) overlaps(b netip.AddrPort) bool {
	x, y := a.addr.Addr(), b.Addr()
	return a.addr.Port() == b.Port() && x.Is4() == y.Is4() && (x == y || x.IsUnspecified() || y.IsUnspecified())
}

// freePort gives port numbers in order, so that runs repeat.
func (n *Node) freePort() uint16 {
	if n.ephemeral++; n.ephemeral < firstEphemeral {
		n.ephemeral = firstEphemeral
	}
	return n.ephemeral
}

// listening is the listener for a destination address as this node knows it.
func (n *Node) listening(to netip.AddrPort) *Acceptor {
	for _, a := range n.acceptors {
		if a.addr == to {
			return a
		}
	}
	for _, a := range n.acceptors {
		if a.overlaps(to) && a.addr.Addr().IsUnspecified() {
			return a
		}
	}
	return nil
}

// Accept gives the connection that has waited longest, else ErrWouldBlock.
func (a *Acceptor) Accept() (*Stream, error) {
	if a.closed {
		return nil, net.ErrClosed
	}
	if len(a.waiting) == 0 {
		return nil, ErrWouldBlock
	}
	s := a.waiting[0]
	a.waiting = a.waiting[1:]
	a.node.f.release()
	return s, nil
}

// Addr is the address bound.
func (a *Acceptor) Addr() netip.AddrPort { return a.addr }

// SetPassword is Listener.SetPassword.
func (a *Acceptor) SetPassword(peers netip.Prefix, iface string, key Secret) error {
	if a.closed {
		return net.ErrClosed
	}
	peers, err := checkPassword(peers, key)
	if err != nil || peers.Addr().Is4() != a.addr.Addr().Is4() {
		return err
	}
	err = a.keys.set(peers, iface, key, func() error { return nil })
	a.node.f.release()
	return err
}

// SetGuards is Listener.SetGuards.
func (a *Acceptor) SetGuards(guards []Guard) error {
	if a.closed {
		return net.ErrClosed
	}
	a.guards = ordered(guards, a.addr.Addr().Is6())
	a.node.f.release()
	return nil
}

// SetMSS is Listener.SetMSS.
func (a *Acceptor) SetMSS(n uint16) error {
	if a.closed {
		return net.ErrClosed
	}
	a.mss = n
	return nil
}

// lesser is a segment size under a limit, 0 for none.
func lesser(size int, limit uint16) int {
	if limit == 0 {
		return size
	}
	return min(size, int(limit))
}

// Close ends the listener and resets the connections that were not accepted.
func (a *Acceptor) Close() error {
	if a.closed {
		return net.ErrClosed
	}
	a.close(true)
	return nil
}

func (a *Acceptor) close(tell bool) {
	a.closed = true
	a.node.acceptors = slices.DeleteFunc(a.node.acceptors, func(b *Acceptor) bool { return a == b })
	for _, s := range a.waiting {
		if tell {
			s.CloseNow()
		}
	}
	a.waiting = nil
	a.notify()
}

func (a *Acceptor) notify() {
	if a.Notify != nil {
		a.Notify()
	}
}

// Dial starts a connection. What could never work fails at once with a *DialError; the rest is learned by Connected. Who
// has no more patience calls CloseNow.
func (n *Node) Dial(remote netip.AddrPort, o Options) (*Stream, error) {
	remote = scoped(Canonical(remote), o.Interface)
	if err := o.check(remote); err != nil {
		return nil, dialError(remote, 0, err)
	}
	from := scoped(Canonical(o.Local), remote.Addr().Zone())
	r, err := n.route(remote.Addr(), from.Addr(), o.Interface)
	if err != nil {
		return nil, dialError(remote, 0, err)
	}
	port := from.Port()
	if port == 0 {
		port = n.freePort()
	}
	s := &Stream{
		f: n.f, node: n, path: r.edges, limit: -1, channel: -1,
		local: netip.AddrPortFrom(r.source, port), remote: remote,
		password: o.Password, ttl: o.TTL, mss: lesser(memMSS, o.MSS), probes: o.KeepAlive,
	}
	if o.HasDSCP {
		s.dscp = o.DSCP
	}
	switch {
	case o.MinTTL != 0:
		s.ttl = 255
	case o.TTL == 0:
		s.ttl = defaultTTL
	}
	n.f.addStream(s)
	h := handshake{s: s, to: r.to, seen: netip.AddrPortFrom(r.seen, port), minTTL: o.MinTTL, begun: n.f.now}
	n.f.send(n.f.now.Add(n.f.latency(n, r.to)), false, h.syn)
	return s, nil
}

// A handshake is the opening of one connection: three packets, each an event.
type handshake struct {
	s      *Stream        // the dialing end
	to     *Node          // whom it calls
	seen   netip.AddrPort // the dialing end's address as the callee knows it
	minTTL uint8
	begun  time.Time
	p      *Stream // the accepted end, once there is one
}

// syn arrives at the callee. A wrong password is silence, as it is with TCP.
func (h *handshake) syn() bool {
	s, f := h.s, h.s.f
	if s.err != nil {
		return true
	}
	if !f.open(s.path, false) || int(s.ttl) < len(s.path) {
		return false
	}
	to := h.calleeAddr()
	a := h.to.listening(to)
	if a == nil {
		f.send(f.now.Add(f.latency(h.to, s.node)), false, h.refused)
		return true
	}
	if a.keys.lookup(h.seen.Addr()) != s.password || len(a.waiting) >= backlog {
		return false
	}
	if int(s.ttl)-len(s.path)+1 < int(demands(a.guards, h.seen.Addr())) {
		return false
	}
	s.channel = f.next
	f.next++
	h.p = &Stream{
		f: f, node: h.to, peer: s, path: s.path, reverse: true, limit: -1, channel: s.channel,
		local: to, remote: h.seen, password: s.password, ttl: 255, dscp: a.dscp, mss: lesser(s.mss, a.mss), connected: true,
	}
	s.mss = h.p.mss
	f.addStream(h.p)
	f.send(f.now.Add(f.latency(h.to, s.node)), false, func() bool { return h.synAck(a) })
	return true
}

// calleeAddr is the address that was called, as the callee knows it.
func (h *handshake) calleeAddr() netip.AddrPort {
	ip := h.s.remote.Addr()
	if linkLocal6(ip) && len(h.s.path) > 0 {
		ip = ip.WithZone(h.to.portOn(h.s.path[len(h.s.path)-1].segment, "").Name)
	}
	return netip.AddrPortFrom(ip, h.s.remote.Port())
}

// refused arrives at the dialing end: nobody listens.
func (h *handshake) refused() bool {
	s := h.s
	if s.err == nil && !s.f.open(s.path, true) {
		return false
	}
	if s.err == nil {
		s.vanish(dialError(s.remote, s.f.now.Sub(h.begun), ErrChannelConnect))
	}
	return true
}

// synAck arrives at the dialing end, which is connected from now on.
func (h *handshake) synAck(a *Acceptor) bool {
	s, f := h.s, h.s.f
	if s.err != nil {
		h.p.vanish(syscall.ECONNRESET)
		return true
	}
	if !f.open(s.path, true) {
		return false
	}
	s.peer, s.connected, s.minTTL = h.p, true, h.minTTL
	s.notify()
	f.send(f.now.Add(f.latency(s.node, h.to)), false, func() bool { return h.ack(a) })
	return true
}

// ack arrives at the callee: the connection waits for Accept.
func (h *handshake) ack(a *Acceptor) bool {
	switch {
	case h.p.err != nil:
	case a.closed:
		h.p.CloseNow()
	case !h.s.f.open(h.s.path, false):
		return false
	default:
		a.waiting = append(a.waiting, h.p)
		a.notify()
	}
	return true
}
