package daemon

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"net/netip"
	"os"
	"strconv"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/kernel"
	"bgpsh/daemon/policy"
	"bgpsh/fsm"
	"bgpsh/wire"
)

// identity is what the router says of itself to every neighbor.
type identity struct {
	hostname  string
	version   string
	routerID  uint32
	clusterID uint32
}

// A setup is everything one session is configured with. It is immutable; a change of the configuration makes a new one.
type setup struct {
	config.Settings
	identity
	library     *policy.Library // of lists and maps in force
	localPref   uint32          // of routes without one
	listenRange netip.Prefix    // of a dynamic neighbor
	policyLines []string        // what RFC 8212 asks for, as lines to type; nil where nothing is missing
}

// label is what records call the neighbor beside its address.
func (c *setup) label() string { return cmp.Or(c.Description, c.Name) }

func (c *setup) noRemoteAS() bool { return c.RemoteAS.Kind == config.Exactly && c.RemoteAS.AS == 0 }

// families is the number of active families.
func (c *setup) families() int { return len(c.activeFamilies()) }

func (c *setup) activeFamilies() (out []wire.Family) {
	for i := range c.Families {
		if c.Families[i].Active {
			out = append(out, c.Families[i].Family)
		}
	}
	return out
}

// wanted reports whether the configuration lets the session be tried.
func (c *setup) wanted() bool {
	return !c.Shutdown && len(c.Held) == 0 && !c.noRemoteAS() && c.families() > 0 && c.Addr.IsValid()
}

// dialLimit is how long one connection attempt may take: it must have ended well before the next.
func (c *setup) dialLimit() time.Duration { return max(c.ConnectRetry/3, 100*time.Millisecond) }

// wantedAS is the configured AS for the operator.
func (c *setup) wantedAS() string {
	switch c.RemoteAS.Kind {
	case config.Internal:
		return strconv.FormatUint(uint64(c.LocalAS), 10) + " (internal)"
	case config.External:
		return "external"
	case config.Auto:
		return "any"
	}
	return strconv.FormatUint(uint64(c.RemoteAS.AS), 10)
}

// machine is the configuration of the neighbor's machine.
func (c *setup) machine(rand func() float64) fsm.Config {
	return fsm.Config{
		LocalAS: c.LocalAS, RouterID: c.routerID,
		RemoteAS: fsm.RemoteAS{Kind: fsm.RemoteASKind(c.RemoteAS.Kind), AS: c.RemoteAS.AS},
		RemoteID: uint32Of(c.RemoteID), Confederation: c.Confederation != 0, Member: c.Member(),
		HoldTime: c.HoldTime, Keepalive: c.Keepalive, ConnectRetry: c.ConnectRetry,
		IdleHold: c.IdleHold, IdleHoldMax: c.IdleHoldMax, DelayOpen: c.DelayOpen, OpenHold: c.OpenHold, SendHold: c.SendHold,
		MinHoldTime:   c.MinHoldTime,
		ConnectJitter: fsm.Jitter(c.ConnectJitter), IdleHoldJitter: fsm.Jitter(c.IdleHoldJitter),
		Passive: c.Passive, CollisionEstablished: c.CollisionEstablished, RetryInConnect: true,
		Families: c.activeFamilies(), Caps: c.capabilities(), Rand: rand,
		DualAS: c.dualAS(), StrictFamilies: c.StrictFamilies, AllFamilies: c.AllFamilies,
		NoCapabilities: c.NoCapabilities, HasRole: c.Role.Set, Role: c.Role.Value.Role, RoleStrict: c.Role.Value.Strict, SoftReset: c.SoftReset,
	}
}

// dualAS is the AS that a neighbor may know the router by beside local-as; 0 for none.
func (c *setup) dualAS() uint32 {
	if c.LocalASDual && c.LocalAS != c.OwnAS {
		return c.OwnAS
	}
	return 0
}

// capabilities are what the OPEN offers beside families and AS number.
func (c *setup) capabilities() wire.Capabilities {
	caps := wire.Capabilities{RouteRefresh: true, EnhancedRouteRefresh: true, ExtendedMessage: true}
	for _, f := range c.activeFamilies() {
		if mode := c.addPath(f); mode != 0 {
			caps.AddPath = append(caps.AddPath, wire.AddPath{Family: f, Mode: mode})
		}
		if m := c.Families[config.FamilyIndex(f)].FilterMode; m != 0 {
			caps.Filters = append(caps.Filters, wire.FilterMode{Family: f, Mode: m})
		}
		if f == wire.IPv4Unicast && c.CapabilityENHE {
			caps.ExtendedNextHop = []wire.ExtendedNextHop{{Family: f, NextHopAFI: wire.IPv6Unicast.AFI()}}
		}
	}
	c.restartCapabilities(&caps)
	if c.CapabilityFQDN.Else(c.Internal()) && c.hostname != "" {
		caps.FQDN = &wire.FQDN{Host: c.hostname}
	}
	return caps
}

// sourceAddr is the address of an interface that a session to remote takes as its source.
func sourceAddr(view *kernel.View, iface string, remote netip.Addr) (netip.Addr, bool) {
	if remote.Is6() && remote.IsLinkLocalUnicast() {
		a, ok := view.LinkLocal(iface)
		return a.WithZone(iface), ok
	}
	f := kernel.IPv6
	if remote.Is4() {
		f = kernel.IPv4
	}
	return firstAddr(view, iface, f, remote.IsLoopback())
}

// firstAddr is the first address of an interface that is no loopback address, unless these are wanted.
func firstAddr(view *kernel.View, iface string, f kernel.Family, loopback bool) (netip.Addr, bool) {
	i, _ := view.ByName(iface)
	for _, p := range i.Addrs {
		if a := p.Addr(); f.Of(a) && !a.IsLinkLocalUnicast() && a.IsLoopback() == loopback {
			return a, true
		}
	}
	return netip.Addr{}, false
}

// chooseRouterID is the router ID where none is configured: the highest IPv4 address of the loopback interface that is not
// in 127.0.0.0/8, else the highest of any other interface, else one made of the IPv6 addresses (RFC 6286 wants no more than
// that it is unique in the AS), else the highest of 127.0.0.0/8. 0: the host has no address at all.
func chooseRouterID(interfaces []kernel.Interface) uint32 {
	best, rank := uint32(0), 0
	for _, i := range interfaces {
		for _, p := range i.Addrs {
			a := p.Addr()
			id, r := uint32Of(a), 3
			switch {
			case a.Is6() && (a.IsLoopback() || a.IsLinkLocalUnicast()):
				continue
			case a.Is6():
				h := fnv.New32a()
				h.Write(a.AsSlice())
				id, r = max(h.Sum32(), 1), 2
			case a.IsLoopback():
				r = 1
			case i.Name == "lo":
				r = 4
			}
			if r > rank || r == rank && id > best {
				best, rank = id, r
			}
		}
	}
	return best
}

// uint32Of is an IPv4 address as a number, 0 for any other.
func uint32Of(a netip.Addr) uint32 {
	if !a.Is4() {
		return 0
	}
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

// addr4 is a BGP identifier as an address.
func addr4(id uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)})
}

func asText(as uint32) string { return strconv.FormatUint(uint64(as), 10) }

// hostname is the configured name of the router, else the machine's.
func hostname(c *config.Config) string {
	if c.Hostname != "" {
		return c.Hostname
	}
	name, err := os.Hostname()
	if err != nil {
		return "router"
	}
	return name
}
