package kernel

import (
	"net/netip"
	"slices"
	"sort"
)

// A Subnet is what is connected to an interface.
type Subnet struct {
	Prefix    netip.Prefix // without host bits
	Interface string
}

// Subnets are the subnets of the interfaces that are up, by prefix: of a point-to-point address the far end, of several
// interfaces with one subnet the one with the lowest number. Loopback and link-local addresses have none, nor has what is in a
// VRF.
func (v *View) Subnets() []Subnet {
	return v.prefixes(func(i *Interface) (out []netip.Prefix) {
		for _, p := range i.Addrs {
			if !slices.Contains(i.Near, p.Addr()) {
				out = append(out, p.Masked())
			}
		}
		for _, p := range i.Peers {
			out = append(out, p.Masked())
		}
		return out
	})
}

// Hosts are our own addresses on the interfaces that are up, each as the prefix of one host, as in Subnets.
func (v *View) Hosts() []Subnet {
	return v.prefixes(func(i *Interface) (out []netip.Prefix) {
		for _, p := range i.Addrs {
			out = append(out, netip.PrefixFrom(p.Addr(), p.Addr().BitLen()))
		}
		return out
	})
}

func (v *View) prefixes(of func(*Interface) []netip.Prefix) []Subnet {
	var out []Subnet
	for i := range v.interfaces {
		in := &v.interfaces[i]
		if !in.Up || in.VRF {
			continue
		}
		for _, p := range of(in) {
			if Routable(p) && p.Bits() > 0 {
				out = append(out, Subnet{p, in.Name})
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Prefix.Compare(out[j].Prefix) < 0 })
	return slices.CompactFunc(out, func(a, b Subnet) bool { return a.Prefix == b.Prefix })
}

// Routable reports whether another router may have a use for a route to p: not loopback, link-local or multicast.
func Routable(p netip.Prefix) bool {
	a := p.Addr()
	return !a.IsLoopback() && !a.IsLinkLocalUnicast() && !a.IsMulticast()
}
