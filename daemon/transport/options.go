package transport

import (
	"errors"
	"fmt"
	"net/netip"
)

const (
	maxDSCP     = 63
	maxPassword = 80 // TCP_MD5SIG_MAXKEYLEN
)

var (
	errDSCP     = errors.New("DSCP is 0 to 63")
	errPassword = fmt.Errorf("a TCP MD5 password has 1 to %d bytes", maxPassword)
	errScope    = errors.New("a link-local address needs its interface")
	errFamilies = errors.New("source and remote address are of different families")
	errPeers    = errors.New("not an address prefix")
)

// check refuses what could never work, before a socket exists.
func (o *Options) check(remote netip.AddrPort) error {
	switch local := o.Local.Addr().Unmap(); {
	case !remote.IsValid() || remote.Port() == 0 || remote.Addr().IsUnspecified() || remote.Addr().IsMulticast():
		return fmt.Errorf("%s is nothing to connect to", remote)
	case linkLocal6(remote.Addr()) && remote.Addr().Zone() == "":
		return errScope
	case local.IsValid() && local.Is4() != remote.Addr().Is4():
		return errFamilies
	case o.HasDSCP && o.DSCP > maxDSCP:
		return errDSCP
	case len(o.Password) > maxPassword:
		return errPassword
	}
	return nil
}

// scoped gives a link-local IPv6 address without zone the interface as its zone.
func scoped(a netip.AddrPort, iface string) netip.AddrPort {
	if ip := a.Addr(); iface != "" && linkLocal6(ip) && ip.Zone() == "" {
		return netip.AddrPortFrom(ip.WithZone(iface), a.Port())
	}
	return a
}

// checkPassword gives the prefix in the form that keys are kept by.
func checkPassword(peers netip.Prefix, key Secret) (netip.Prefix, error) {
	if len(key) > maxPassword {
		return peers, errPassword
	}
	bits := peers.Bits()
	if a := peers.Addr(); a.Is4In6() {
		if bits < 96 {
			return peers, errPeers
		}
		peers = netip.PrefixFrom(a.Unmap(), bits-96)
	}
	if peers = peers.Masked(); !peers.IsValid() {
		return peers, errPeers
	}
	return peers, nil
}
