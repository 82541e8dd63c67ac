package kernel

import "net/netip"

// An Interface is one link and its usable addresses.
type Interface struct {
	Name string
	// Index is the kernel's number, which is also the scope id of link-local addresses on the link.
	Index int
	// Up means enabled and with carrier.
	Up bool
	// Addrs are our own addresses with the length of their subnet, in the kernel's order but deprecated ones last; host bits
	// are kept. IPv6 addresses under or after failed duplicate detection are left out.
	Addrs []netip.Prefix
	// Peers are the far ends of point-to-point addresses, and Near our own addresses that belong to them, in their order.
	Peers []netip.Prefix
	Near  []netip.Addr
	// VRF: the interface is one, or in one, so that what is connected to it is not in the main table.
	VRF bool
}

// Family picks an address family.
type Family uint8

// The families.
const (
	IPv4 Family = 4
	IPv6 Family = 6
)

// Of reports whether a is of the family.
func (f Family) Of(a netip.Addr) bool { return a.Is4() == (f == IPv4) }
