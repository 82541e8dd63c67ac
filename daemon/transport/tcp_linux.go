package transport

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// TCP is the kernel's TCP.
func TCP() Network { return tcpNetwork{} }

type tcpNetwork struct{}

// A tcpListener is a listening socket.
type tcpListener struct {
	l    *net.TCPListener
	addr netip.AddrPort
	dscp int // -1: unmarked

	mu   sync.Mutex
	keys passwords
}

func (tcpNetwork) Listen(ctx context.Context, o ListenOptions) (Listener, error) {
	want := Canonical(o.Addr)
	failed := func(err error) (Listener, error) { return nil, bindError(want, err) }
	if o.HasDSCP && o.DSCP > maxDSCP {
		return failed(errDSCP)
	}
	addr, err := numericZone(want)
	if err != nil {
		return failed(err)
	}
	lc := net.ListenConfig{
		KeepAlive: -1, // BGP has its own
		Control: func(_, _ string, c syscall.RawConn) error {
			return control(c, func(fd int) error {
				if err := setTTL(fd, want.Addr().Is6(), 255); err != nil {
					return err
				}
				if !o.HasDSCP {
					return nil
				}
				return setDSCP(fd, want.Addr().Is6(), o.DSCP)
			})
		},
	}
	lc.SetMultipathTCP(false) // it knows no MD5
	l, err := lc.Listen(ctx, network(addr.Addr()), addr.String())
	if err != nil {
		return failed(err)
	}
	tl := &tcpListener{l: l.(*net.TCPListener), dscp: -1, keys: make(passwords)}
	if o.HasDSCP {
		tl.dscp = int(o.DSCP)
	}
	port := tl.l.Addr().(*net.TCPAddr).AddrPort().Port()
	tl.addr = netip.AddrPortFrom(want.Addr(), port)
	return tl, nil
}

func (l *tcpListener) Accept() (Conn, error) {
	c, err := l.l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	tc, err := newTCPConn(c)
	if err != nil {
		c.Close()
		return nil, err
	}
	if l.dscp >= 0 {
		if err := tc.SetDSCP(uint8(l.dscp)); err != nil {
			c.Close()
			return nil, err
		}
	}
	return tc, nil
}

func (l *tcpListener) Addr() netip.AddrPort { return l.addr }

// FD is the number of the socket's descriptor, for the operator's eyes; -1 when it is closed.
func (l *tcpListener) FD() int {
	number := -1
	if rc, err := l.l.SyscallConn(); err == nil {
		rc.Control(func(fd uintptr) { number = int(fd) })
	}
	return number
}

func (l *tcpListener) Close() error { return l.l.Close() }

func (l *tcpListener) SetPassword(peers netip.Prefix, iface string, key Secret) error {
	peers, err := checkPassword(peers, key)
	if err != nil || peers.Addr().Is4() != l.addr.Addr().Is4() {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keys.set(peers, iface, key, func() error {
		rc, err := l.l.SyscallConn()
		if err != nil {
			return err
		}
		return control(rc, func(fd int) error { return setMD5(fd, peers, key) })
	})
}

func (l *tcpListener) SetGuards(guards []Guard) error {
	rc, err := l.l.SyscallConn()
	if err != nil {
		return err
	}
	six := l.addr.Addr().Is6()
	var program []unix.SockFilter
	if own := ordered(guards, six); len(own) > 0 {
		program = guardFilter(own, six)
	}
	return control(rc, func(fd int) error { return setFilter(fd, program) })
}

func (l *tcpListener) SetMSS(n uint16) error {
	rc, err := l.l.SyscallConn()
	if err != nil {
		return err
	}
	return control(rc, func(fd int) error { return setMSS(fd, n) })
}

func (tcpNetwork) Dial(ctx context.Context, remote netip.AddrPort, o Options) (Conn, error) {
	start := time.Now()
	remote = scoped(Canonical(remote), o.Interface)
	failed := func(err error) (Conn, error) { return nil, dialError(remote, time.Since(start), err) }
	if err := o.check(remote); err != nil {
		return failed(err)
	}
	local := scoped(Canonical(o.Local), remote.Addr().Zone())
	from, err := numericZone(local)
	if err != nil {
		return failed(err)
	}
	to, err := numericZone(remote)
	if err != nil {
		return failed(err)
	}
	d := net.Dialer{
		KeepAlive: -1,
		Control: func(_, _ string, c syscall.RawConn) error {
			return control(c, func(fd int) error { return prepare(fd, remote.Addr(), &o) })
		},
	}
	c, err := d.DialTCP(ctx, network(to.Addr()), from, to)
	if err != nil {
		return failed(err)
	}
	tc, err := newTCPConn(c)
	if err == nil && o.MinTTL != 0 {
		// Only now: a peer whose listener does not send its SYN-ACK with 255 would never be reached otherwise, and every
		// byte of BGP is guarded all the same.
		err = tc.SetMinTTL(o.MinTTL)
	}
	if err != nil {
		c.Close()
		return failed(err)
	}
	return tc, nil
}

// prepare sets the options of a dialing socket that must hold before its SYN.
func prepare(fd int, remote netip.Addr, o *Options) error {
	is6 := remote.Is6()
	if o.Password != "" {
		if err := setMD5(fd, netip.PrefixFrom(remote.WithZone(""), remote.BitLen()), o.Password); err != nil {
			return err
		}
	}
	ttl := o.TTL
	if o.MinTTL != 0 {
		ttl = 255
	}
	if ttl != 0 {
		if err := setTTL(fd, is6, ttl); err != nil {
			return err
		}
	}
	if o.HasDSCP {
		if err := setDSCP(fd, is6, o.DSCP); err != nil {
			return err
		}
	}
	if o.MSS != 0 {
		if err := setMSS(fd, o.MSS); err != nil {
			return err
		}
	}
	if o.KeepAlive != (KeepAlive{}) {
		if err := setKeepAlive(fd, o.KeepAlive); err != nil {
			return err
		}
	}
	if o.Interface != "" && remote.Zone() == "" {
		if err := unix.BindToDevice(fd, o.Interface); err != nil {
			return &optionError{"bind to interface " + o.Interface, err}
		}
	}
	if o.Local.Port() != 0 {
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	}
	return nil
}

func network(a netip.Addr) string {
	if a.Is4() {
		return "tcp4"
	}
	return "tcp6"
}

// numericZone replaces the zone's name by its number of this moment. The net package would look the name up in a cache of
// up to a minute, which outlives an interface that is made anew.
func numericZone(a netip.AddrPort) (netip.AddrPort, error) {
	zone := a.Addr().Zone()
	if zone == "" {
		return a, nil
	}
	i, err := net.InterfaceByName(zone)
	if err != nil {
		if _, numeric := strconv.Atoi(zone); numeric == nil {
			return a, nil
		}
		return a, &optionError{"interface " + zone, unix.ENODEV}
	}
	return netip.AddrPortFrom(a.Addr().WithZone(strconv.Itoa(i.Index)), a.Port()), nil
}

func bindError(addr netip.AddrPort, err error) *BindError {
	e := &BindError{Addr: addr, Err: err}
	var n syscall.Errno
	errors.As(err, &n)
	switch {
	case n == unix.EADDRINUSE:
		e.Cause = BindInUse
		e.PID, e.Program = portHolder(addr)
	case n == unix.EADDRNOTAVAIL, n == unix.ENODEV:
		e.Cause = BindAbsent
	case n == unix.EACCES, n == unix.EPERM:
		e.Cause = BindDenied
	case n == unix.EINVAL, errors.Is(err, errDSCP):
		e.Cause = BindInvalid
	}
	return e
}
