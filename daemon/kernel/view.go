package kernel

import (
	"net/netip"
	"slices"
	"sort"
	"strconv"
)

// A View is what the links and addresses were at one moment. It never changes, and any goroutine may use it. The zero View
// has no interface.
type View struct {
	interfaces []Interface // by index
}

// NewView takes interfaces over; the caller must not change them any more.
func NewView(interfaces []Interface) *View {
	sort.Slice(interfaces, func(i, j int) bool { return interfaces[i].Index < interfaces[j].Index })
	return &View{interfaces: interfaces}
}

// Interfaces are all links by index. Read only.
func (v *View) Interfaces() []Interface { return v.interfaces }

// ByName finds an interface.
func (v *View) ByName(name string) (Interface, bool) {
	for _, i := range v.interfaces {
		if i.Name == name {
			return i, true
		}
	}
	return Interface{}, false
}

// ScopeID is the number of an interface, 0 when there is none of that name.
func (v *View) ScopeID(name string) int {
	i, _ := v.ByName(name)
	return i.Index
}

// ScopeName is the name of the interface of that number, the number in digits when there is none.
func (v *View) ScopeName(id int) string {
	for _, i := range v.interfaces {
		if i.Index == id {
			return i.Name
		}
	}
	return strconv.Itoa(id)
}

// Connected finds the interface whose subnet holds addr, the longest subnet first: addr can be reached without a router.
// The interface must be up. A link-local address is connected by its zone (name or number), without zone never. Our own
// addresses are connected too.
func (v *View) Connected(addr netip.Addr) (iface string, subnet netip.Prefix, ok bool) {
	addr = addr.Unmap()
	if addr.Is6() && addr.IsLinkLocalUnicast() {
		i, found := v.byZone(addr.Zone())
		if !found || !i.Up {
			return "", netip.Prefix{}, false
		}
		return i.Name, linkLocalSubnet, true
	}
	for i := range v.interfaces {
		in := &v.interfaces[i]
		if !in.Up {
			continue
		}
		for _, list := range [2][]netip.Prefix{in.Addrs, in.Peers} {
			for _, p := range list {
				if p.Contains(addr) && (!ok || p.Bits() > subnet.Bits()) {
					iface, subnet, ok = in.Name, p.Masked(), true
				}
			}
		}
	}
	return iface, subnet, ok
}

var linkLocalSubnet = netip.MustParsePrefix("fe80::/64")

func (v *View) byZone(zone string) (Interface, bool) {
	if zone == "" {
		return Interface{}, false
	}
	if i, ok := v.ByName(zone); ok {
		return i, true
	}
	id, err := strconv.Atoi(zone)
	if err != nil {
		return Interface{}, false
	}
	return v.ByName(v.ScopeName(id))
}

// InterfaceOf finds the interface that has addr as one of its own addresses. A link-local address needs its zone unless
// only one interface has it.
func (v *View) InterfaceOf(addr netip.Addr) (iface string, ok bool) {
	addr = addr.Unmap()
	if zone := addr.Zone(); zone != "" {
		i, found := v.byZone(zone)
		if !found || !i.has(addr.WithZone("")) {
			return "", false
		}
		return i.Name, true
	}
	for i := range v.interfaces {
		if !v.interfaces[i].has(addr) {
			continue
		}
		if ok {
			return "", false
		}
		iface, ok = v.interfaces[i].Name, true
		if !addr.IsLinkLocalUnicast() {
			break
		}
	}
	return iface, ok
}

func (i *Interface) has(addr netip.Addr) bool {
	return slices.ContainsFunc(i.Addrs, func(p netip.Prefix) bool { return p.Addr() == addr })
}

// IsLocal reports whether addr is one of our own addresses, on whatever interface when it has no zone, or a loopback
// address.
func (v *View) IsLocal(addr netip.Addr) bool {
	addr = addr.Unmap()
	if addr.IsLoopback() {
		return true
	}
	if addr.Zone() != "" {
		_, ok := v.InterfaceOf(addr)
		return ok
	}
	return slices.ContainsFunc(v.interfaces, func(i Interface) bool { return i.has(addr) })
}

// GlobalIPv6 is the first IPv6 address of the interface that may stand in a next hop for others (RFC 2545 section 3):
// not link-local, not loopback.
func (v *View) GlobalIPv6(iface string) (netip.Addr, bool) {
	return v.first(iface, func(a netip.Addr) bool {
		return a.Is6() && !a.IsLinkLocalUnicast() && !a.IsLoopback() && !a.IsUnspecified()
	})
}

// LinkLocal is the first link-local IPv6 address of the interface, without zone.
func (v *View) LinkLocal(iface string) (netip.Addr, bool) {
	return v.first(iface, func(a netip.Addr) bool { return a.Is6() && a.IsLinkLocalUnicast() })
}

// FirstAddr is the address of the interface that a session of that family takes as its source: the first that is not
// link-local.
func (v *View) FirstAddr(iface string, f Family) (netip.Addr, bool) {
	return v.first(iface, func(a netip.Addr) bool { return f.Of(a) && !a.IsLinkLocalUnicast() })
}

func (v *View) first(iface string, fits func(netip.Addr) bool) (netip.Addr, bool) {
	i, _ := v.ByName(iface)
	for _, p := range i.Addrs {
		if fits(p.Addr()) {
			return p.Addr(), true
		}
	}
	return netip.Addr{}, false
}

// equal reports whether nothing that a consumer can see differs.
func (v *View) equal(w *View) bool {
	return slices.EqualFunc(v.interfaces, w.interfaces, func(a, b Interface) bool {
		return a.Name == b.Name && a.Index == b.Index && a.Up == b.Up && a.VRF == b.VRF && slices.Equal(a.Addrs, b.Addrs) &&
			slices.Equal(a.Peers, b.Peers) && slices.Equal(a.Near, b.Near)
	})
}
