package transport

import (
	"errors"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An optionError names what was asked of the kernel when it said no.
type optionError struct {
	what string
	err  error
}

func (e *optionError) Error() string { return e.what + ": " + errnoText(e.err) }
func (e *optionError) Unwrap() error { return e.err }

// control runs f on the descriptor and gives its error, or that of a closed connection.
func control(c syscall.RawConn, f func(fd int) error) error {
	var failed error
	if err := c.Control(func(fd uintptr) { failed = f(int(fd)) }); err != nil {
		return err
	}
	return failed
}

func setInt(fd, level, option, value int, what string) error {
	if err := unix.SetsockoptInt(fd, level, option, value); err != nil {
		return &optionError{what, err}
	}
	return nil
}

// setTTL sets the TTL or hop limit of packets that leave; 0 is the system's default.
func setTTL(fd int, is6 bool, n uint8) error {
	value := int(n)
	if n == 0 {
		value = -1
	}
	if is6 {
		return setInt(fd, unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, value, "set hop limit")
	}
	return setInt(fd, unix.IPPROTO_IP, unix.IP_TTL, value, "set TTL")
}

// setMinTTL drops packets that arrive with less than n (RFC 5082); 0 takes all.
func setMinTTL(fd int, is6 bool, n uint8) error {
	if is6 {
		return setInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MINHOPCOUNT, int(n), "set minimum hop limit")
	}
	return setInt(fd, unix.IPPROTO_IP, unix.IP_MINTTL, int(n), "set minimum TTL")
}

// setDSCP sets the upper six bits of the traffic class; the lower two belong to TCP's congestion notification.
func setDSCP(fd int, is6 bool, n uint8) error {
	if is6 {
		return setInt(fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, int(n)<<2, "set traffic class")
	}
	return setInt(fd, unix.IPPROTO_IP, unix.IP_TOS, int(n)<<2, "set type of service")
}

// setMSS limits the segments of connections that are made from now on; 0 ends that.
func setMSS(fd int, n uint16) error {
	return setInt(fd, unix.IPPROTO_TCP, unix.TCP_MAXSEG, int(n), "set TCP segment size")
}

// setKeepAlive switches TCP's probes.
func setKeepAlive(fd int, k KeepAlive) error {
	if k == (KeepAlive{}) {
		return setInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 0, "end TCP keepalive")
	}
	for _, o := range []struct{ level, option, value int }{
		{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1}, {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, int(k.Idle)},
		{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, int(k.Interval)}, {unix.IPPROTO_TCP, unix.TCP_KEEPCNT, int(k.Probes)},
	} {
		if err := setInt(fd, o.level, o.option, o.value, "set TCP keepalive"); err != nil {
			return err
		}
	}
	return nil
}

// setMD5 demands and uses key for segments with peers; an empty key removes it (RFC 2385).
func setMD5(fd int, peers netip.Prefix, key Secret) error {
	sig := unix.TCPMD5Sig{Keylen: uint16(len(key))}
	copy(sig.Key[:], key)
	if peers.Addr().Is4() {
		sa := (*unix.RawSockaddrInet4)(unsafe.Pointer(&sig.Addr))
		sa.Family, sa.Addr = unix.AF_INET, peers.Addr().As4()
	} else {
		sa := (*unix.RawSockaddrInet6)(unsafe.Pointer(&sig.Addr))
		sa.Family, sa.Addr = unix.AF_INET6, peers.Addr().As16()
	}
	option := unix.TCP_MD5SIG
	if !peers.IsSingleIP() {
		option = unix.TCP_MD5SIG_EXT
		sig.Flags, sig.Prefixlen = unix.TCP_MD5SIG_FLAG_PREFIX, uint8(peers.Bits())
	}
	err := unix.SetsockoptTCPMD5Sig(fd, unix.IPPROTO_TCP, option, &sig)
	switch {
	case err == nil, key == "" && errors.Is(err, unix.ENOENT):
		return nil
	case errors.Is(err, unix.ENOPROTOOPT):
		return &optionError{"this kernel has no TCP MD5", err}
	case errors.Is(err, unix.ENOMEM):
		return &optionError{"no room for another TCP MD5 key, raise net.core.optmem_max", err}
	}
	return &optionError{"set TCP MD5 key", err}
}
