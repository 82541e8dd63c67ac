package transport

import (
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A tcpConn is one TCP connection. Its addresses are read once, with the interface's name of that moment.
type tcpConn struct {
	c             *net.TCPConn
	raw           syscall.RawConn
	fd            int
	local, remote netip.AddrPort
	in, out       transfer
}

// FD is the number of the socket's descriptor, for the operator's eyes.
func (t *tcpConn) FD() int { return t.fd }

func newTCPConn(c *net.TCPConn) (*tcpConn, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	t := &tcpConn{c: c, raw: raw}
	t.in.step, t.out.step = t.in.read, t.out.write
	err = control(raw, func(fd int) error {
		sa, err := unix.Getsockname(fd)
		if err != nil {
			return err
		}
		t.local, t.fd = fromSockaddr(sa), fd
		if sa, err = unix.Getpeername(fd); err != nil {
			return err
		}
		t.remote = fromSockaddr(sa)
		return nil
	})
	return t, err
}

func fromSockaddr(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		ip := netip.AddrFrom16(sa.Addr)
		if sa.ZoneId != 0 {
			ip = ip.WithZone(zoneName(int(sa.ZoneId)))
		}
		return Canonical(netip.AddrPortFrom(ip, uint16(sa.Port)))
	}
	return netip.AddrPort{}
}

func zoneName(index int) string {
	if i, err := net.InterfaceByIndex(index); err == nil {
		return i.Name
	}
	return strconv.Itoa(index)
}

func (t *tcpConn) WriteBuffers(v *net.Buffers) (int64, error) { return v.WriteTo(t.c) }
func (t *tcpConn) CloseWrite() error                          { return t.c.CloseWrite() }
func (t *tcpConn) Close() error                               { return t.c.Close() }
func (t *tcpConn) LocalAddr() netip.AddrPort                  { return t.local }
func (t *tcpConn) RemoteAddr() netip.AddrPort                 { return t.remote }
func (t *tcpConn) SetWriteDeadline(d time.Time) error         { return t.c.SetWriteDeadline(d) }

func (t *tcpConn) CloseNow() error {
	// Without linger the kernel forgets what is queued and answers with a reset. If the option is refused because the
	// connection is gone already, closing is all that is left to do.
	_ = t.c.SetLinger(0)
	return t.c.Close()
}

func (t *tcpConn) SetMinTTL(n uint8) error {
	return control(t.raw, func(fd int) error {
		if n != 0 {
			if err := setTTL(fd, t.remote.Addr().Is6(), 255); err != nil {
				return err
			}
		}
		if err := setMinTTL(fd, t.remote.Addr().Is6(), n); err != nil {
			return err
		}
		return setFilter(fd, nil) // of the listener, which may have demanded something else
	})
}

func (t *tcpConn) SetTTL(n uint8) error {
	return control(t.raw, func(fd int) error { return setTTL(fd, t.remote.Addr().Is6(), n) })
}

func (t *tcpConn) SetDSCP(n uint8) error {
	if n > maxDSCP {
		return errDSCP
	}
	return control(t.raw, func(fd int) error { return setDSCP(fd, t.remote.Addr().Is6(), n) })
}

func (t *tcpConn) SetPassword(key Secret) error {
	if len(key) > maxPassword {
		return errPassword
	}
	peer := t.remote.Addr().WithZone("")
	return control(t.raw, func(fd int) error { return setMD5(fd, netip.PrefixFrom(peer, peer.BitLen()), key) })
}

func (t *tcpConn) SetKeepAlive(k KeepAlive) error {
	return control(t.raw, func(fd int) error { return setKeepAlive(fd, k) })
}

func (t *tcpConn) Unsent() (int, error) {
	q := unsents.Get().(*unsent)
	defer unsents.Put(q)
	if err := t.raw.Control(q.ask); err != nil {
		return 0, err
	}
	if q.errno != 0 {
		return 0, q.errno
	}
	return int(q.n), nil
}

func (t *tcpConn) RTT() (d time.Duration) {
	_ = control(t.raw, func(fd int) error {
		info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
		if err == nil {
			d = time.Duration(info.Rtt) * time.Microsecond
		}
		return err
	})
	return d
}

func (t *tcpConn) MSS() (n int) {
	_ = control(t.raw, func(fd int) (err error) {
		n, err = unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_MAXSEG)
		return err
	})
	return n
}

// FD is the descriptor of a TCP connection, for logs only; -1 for a connection that has none.
func FD(c Conn) (fd int) {
	fd = -1
	if t, ok := c.(*tcpConn); ok {
		_ = control(t.raw, func(n int) error {
			fd = n
			return nil
		})
	}
	return fd
}
