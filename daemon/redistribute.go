package daemon

import (
	"net/netip"

	"bgpsh/daemon/config"
	"bgpsh/daemon/kernel"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// routesChanged says that routes of the kernel's that are redistributed are not what they were.
type routesChanged struct{}

// redistributing is what was last redistributed, and what from. It belongs to the controller.
type redistributing struct {
	routes [2]map[netip.Prefix]ownRoute // that the RIB was told of

	config  *config.Config
	library *policy.Library
	view    *kernel.View
	kernel  *kernel.Routes
}

// installRedistributed puts into the table what is redistributed, and takes other routes out. It comes before the sessions, as
// installNetworks does.
func (c *controller) installRedistributed(next *config.Config) {
	if err := c.kernel.Want(selections(next)); err != nil {
		c.log.notRedistributed(err)
	}
	r := &c.redistributed
	view, routes := c.kernel.View(), c.kernel.Routes()
	if r.config == next && r.library == c.policies.library && r.view == view && r.kernel == routes {
		return
	}
	r.config, r.library, r.view, r.kernel = next, c.policies.library, view, routes
	total := 0
	for i, f := range config.Families {
		wanted := map[netip.Prefix]ownRoute{}
		if next.Router != nil && len(next.Router.Redistributions[i]) > 0 {
			through, pres := ownMaps{c, next, f, map[ownMap]*policy.Policy{}}, preAttrs{f, map[ownNextHop]wire.Attrs{}}
			for p, x := range redistribute(next.Router.Redistributions[i], i, view, routes.All()) {
				how := next.Router.Redistributions[i][x.origin]
				wanted[p] = ownRoute{how.Map, through.policy(how.Map, x.link), pres.of(x, how), next.Router.Knobs.GracefulShutdown.Value}
			}
		}
		c.originateAll(f, rib.RedistributedID, r.routes[i], wanted)
		r.routes[i] = wanted
		total += len(wanted)
	}
	c.nRedistributed.Store(int64(total))
}

// onRoutesChanged follows the kernel's routes.
func (c *controller) onRoutesChanged() { c.installRedistributed(c.running) }

// owned are the protocol numbers of routes that are not `kernel`: the kernel's own, and those of FRR's daemons.
var owned = kernel.ProtocolsOf(kernel.ProtoRedirect, kernel.ProtoKernel, kernel.ProtoZebra, kernel.ProtoBabel, kernel.ProtoBGP, kernel.ProtoISIS,
	kernel.ProtoOSPF, kernel.ProtoRIP, kernel.ProtoRIPNG, kernel.ProtoNHRP, kernel.ProtoEIGRP, kernel.ProtoLDP, kernel.ProtoSharp, kernel.ProtoPBR,
	kernel.ProtoZStatic, kernel.ProtoOpenFabric, kernel.ProtoSRTE)

// kernelSource is where in the kernel the routes of a protocol are, and how they are preferred: FRR's administrative distance.
type kernelSource struct {
	protocols kernel.Protocols
	distance  uint8
}

// kernelSources are those of the protocols that have routes in the kernel's tables. A route may be of two: `static` has routes of
// `kernel` that say that they are static.
var kernelSources = map[policy.Protocol]kernelSource{
	policy.Kernel:      {kernel.AllProtocols.Without(owned), 0},
	policy.Static:      {kernel.ProtocolsOf(kernel.ProtoStatic, kernel.ProtoZStatic), 1},
	policy.NHRP:        {kernel.ProtocolsOf(kernel.ProtoNHRP), 10},
	policy.Table:       {kernel.AllProtocols.Without(kernel.ProtocolsOf(kernel.ProtoRedirect, kernel.ProtoKernel)), 15},
	policy.TableDirect: {kernel.AllProtocols.Without(kernel.ProtocolsOf(kernel.ProtoRedirect, kernel.ProtoKernel)), 15},
	policy.EIGRP:       {kernel.ProtocolsOf(kernel.ProtoEIGRP), 90},
	policy.Babel:       {kernel.ProtocolsOf(kernel.ProtoBabel), 100},
	policy.OSPF:        {kernel.ProtocolsOf(kernel.ProtoOSPF), 110},
	policy.OSPF6:       {kernel.ProtocolsOf(kernel.ProtoOSPF), 110},
	policy.ISIS:        {kernel.ProtocolsOf(kernel.ProtoISIS), 115},
	policy.OpenFabric:  {kernel.ProtocolsOf(kernel.ProtoOpenFabric), 115},
	policy.RIP:         {kernel.ProtocolsOf(kernel.ProtoRIP), 120},
	policy.RIPNG:       {kernel.ProtocolsOf(kernel.ProtoRIPNG), 120},
}

// selectionOf is what of the kernel's routes an origin stands for; false: none, it is about interfaces.
func selectionOf(o config.Origin) (s kernel.Selection, ok bool) {
	source, ok := kernelSources[o.Protocol]
	s = kernel.Selection{Table: kernel.MainTable, Protocols: source.protocols}
	if o.Protocol == policy.Table || o.Protocol == policy.TableDirect {
		s.Table = uint32(o.Instance)
	}
	return s, ok
}

// selections are the routes of the kernel's that a configuration redistributes, in an order of their own.
func selections(c *config.Config) (out []kernel.Selection) {
	if c.Router == nil {
		return nil
	}
	seen := map[kernel.Selection]bool{}
	for _, all := range c.Router.Redistributions {
		for _, o := range config.SortedOrigins(all) {
			if s, ok := selectionOf(o); ok && !seen[s] {
				seen[s] = true
				out = append(out, s)
			}
		}
	}
	return out
}

// originated is a route that is redistributed.
type originated struct {
	origin  config.Origin
	metric  uint32
	gateway netip.Addr // the router that it goes by; invalid: none that another could use
	link    string     // the interface that it goes by; empty: none

	distance uint8
}

// redistribute chooses, of all that is redistributed in a family, the route to each prefix: the subnet of an interface, which
// counts also where subnets are not redistributed, then our own address, then the least administrative distance, then the least
// metric. So does FRR's zebra, of which a daemon sees what it has selected. routes are sorted; view names their interfaces.
func redistribute(all map[config.Origin]config.Redistribution, family int, view *kernel.View, routes []kernel.Route) map[netip.Prefix]originated {
	out := map[netip.Prefix]originated{}
	type row struct {
		origin config.Origin
		of     kernel.Selection
	}
	var rows []row
	for _, o := range config.SortedOrigins(all) {
		if s, ok := selectionOf(o); ok {
			rows = append(rows, row{o, s})
		}
	}
	links := map[int]string{}
	for _, i := range view.Interfaces() {
		links[i.Index] = i.Name
	}
	ours := func(p netip.Prefix) bool { return p.Addr().Is4() == (family == config.IPv4) }
	for i := range routes {
		r := &routes[i]
		if !ours(r.Prefix) || !kernel.Routable(r.Prefix) {
			continue
		}
		for _, row := range rows {
			if !row.of.Has(r) {
				continue
			}
			next := fromKernel(row.origin, r)
			next.link = links[r.Link]
			if was, ok := out[r.Prefix]; !ok || next.distance < was.distance || next.distance == was.distance && next.metric < was.metric {
				out[r.Prefix] = next
			}
		}
	}
	connected := func(p policy.Protocol, list []kernel.Subnet) {
		o := config.Origin{Protocol: p}
		_, on := all[o]
		for _, s := range list {
			switch {
			case !ours(s.Prefix):
			case on:
				out[s.Prefix] = originated{origin: o, link: s.Interface}
			case p == policy.Connected:
				delete(out, s.Prefix)
			}
		}
	}
	connected(policy.Local, view.Hosts())
	connected(policy.Connected, view.Subnets())
	return out
}

// fromKernel is a route of the kernel's as one of its origin. The highest octet of the metric of a route that no daemon owns is
// its administrative distance, as FRR has it.
func fromKernel(o config.Origin, r *kernel.Route) originated {
	out := originated{origin: o, metric: r.Metric, distance: kernelSources[o.Protocol].distance}
	if o.Protocol == policy.Kernel {
		out.distance, out.metric = uint8(r.Metric>>24), r.Metric&(1<<24-1)
	}
	if !r.Gateway.IsLinkLocalUnicast() { // that one says nothing to a router elsewhere
		out.gateway = r.Gateway
	}
	return out
}

// ownNextHop is what the attributes of redistributed routes differ in.
type ownNextHop struct {
	protocol policy.Protocol
	med      uint32
	gateway  netip.Addr
}

// preAttrs are the attributes of redistributed routes in one family, those that are equal made once.
type preAttrs struct {
	f    wire.Family
	made map[ownNextHop]wire.Attrs
}

// of gives those of a route: origin incomplete, the next hop left to export unless the route goes by a router.
func (m *preAttrs) of(x originated, how config.Redistribution) wire.Attrs {
	key := ownNextHop{x.origin.Protocol, how.Metric.Else(x.metric), x.gateway}
	if a, ok := m.made[key]; ok {
		return a
	}
	e := ownAttrs(m.f, wire.OriginIncomplete, key.med)
	if key.gateway.IsValid() {
		e.SetNextHop(key.gateway)
	}
	e.SetLocal(wire.Local{Weight: localWeight, Kind: uint8(key.protocol)})
	a := e.AppendTo(nil)
	m.made[key] = a
	return a
}

// redistributedAs finds where the redistributed route to a prefix comes from; false: it is about to change.
func (d *Daemon) redistributedAs(c *config.Config, p netip.Prefix) (originated, bool) {
	if c.Router == nil {
		return originated{}, false
	}
	f := indexOf(p.Addr())
	out, ok := redistribute(c.Router.Redistributions[f], f, d.kernel.View(), d.kernel.Routes().To(p))[p]
	return out, ok
}
