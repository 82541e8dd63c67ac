package interop

import (
	"fmt"
	"net/netip"

	"bgpsh/wire"
)

// block is the prefix that all of neighbor i's own lie in: 10.100.0.0/16 and on, 2001:db8:6400::/40 and on.
func block(i int) string {
	if i < sceneNeighbors-sceneSixes {
		return fmt.Sprintf("10.%d.0.0/16", 100+i)
	}
	return fmt.Sprintf("2001:db8:%x00::/40", 100+i)
}

func (n *subject) block() string { return block(n.i) }

// own is the kth prefix of the neighbor.
func (n *subject) own(k int) netip.Prefix {
	bits := [...]int{24, 24, 24, 25, 32, 20}[k%6]
	if n.plan.from.Is4() {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(100 + n.i), byte(16 * (k % 16)), byte(k &^ 15)}), bits).Masked()
	}
	bits = [...]int{48, 48, 49, 64, 128, 44}[k%6]
	return netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 0x0d, 0xb8, byte(100 + n.i), byte(16 * (k % 16)), byte(k &^ 15)}), bits).Masked()
}

// contestedPrefix is the kth of those that several neighbors announce.
func contestedPrefix(f wire.Family, k int) netip.Prefix {
	if f == wire.IPv4Unicast {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 16, byte(k)}), 24)
	}
	return netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 0x0d, 0xb8, 0xf0, byte(k)}), 48)
}

// contestedBlock is a prefix that some of them lie in.
func contestedBlock(f wire.Family) string {
	return netip.PrefixFrom(contestedPrefix(f, 0).Addr(), contestedPrefix(f, 0).Bits()-2).String()
}

// A variety is a kind of route: it changes the plain one that it is given.
type variety struct {
	name string
	edit func(s *scene, n *subject, e *wire.Editor)
}

// pathOf makes the path that the neighbor would send: its own AS first, unless it is of ours.
func (n *subject) pathOf(rest ...uint32) wire.ASPath {
	return n.pathThrough(nil, rest...)
}

// pathThrough makes a path that came through members of our confederation.
func (n *subject) pathThrough(members []uint32, rest ...uint32) (p wire.ASPath) {
	switch {
	case n.member:
		members = append([]uint32{n.plan.as}, members...)
	case !n.internal:
		rest = append([]uint32{n.plan.as}, rest...)
	}
	if len(members) > 0 {
		p = p.AppendSegment(wire.SegmentConfedSequence, members...)
	}
	if len(rest) > 0 {
		p = p.AppendSegment(wire.SegmentSequence, rest...)
	}
	return p
}

// inside reports that the neighbor is of our AS or of our confederation.
func (n *subject) inside() bool { return n.internal || n.member }

// throughMembers is a variety whose path has members of our confederation before the rest.
func throughMembers(name string, members []uint32, rest ...uint32) variety {
	return variety{name, func(s *scene, n *subject, e *wire.Editor) {
		if n.inside() && s.confederation != 0 {
			e.SetASPath(n.pathThrough(members, rest...))
		}
	}}
}

// through is a variety with a path.
func through(name string, rest ...uint32) variety {
	return variety{name, func(_ *scene, n *subject, e *wire.Editor) { e.SetASPath(n.pathOf(rest...)) }}
}

// tagged is a variety with communities.
func tagged(name string, cs ...uint32) variety {
	return variety{name, func(_ *scene, _ *subject, e *wire.Editor) {
		for _, c := range cs {
			e.AddCommunity(c)
		}
	}}
}

// varieties are the kinds of route.
var varieties = []variety{
	{"plain", func(*scene, *subject, *wire.Editor) {}},
	through("own"), through("long", 3001, 3001, 3001, 65010), through("public", 3001, 3002),
	through("private behind public", 3001, 64600, 64601), through("all private", 64600, 4200000005), through("private before public", 64600, 3001),
	through("our AS", 3001, sceneAS), through("our AS twice", sceneAS, 3001, sceneAS), through("our AS last", sceneAS),
	through("shared AS", 3901, 3001), through("four octets", 400500, 4200000006), through("AS_TRANS", 23456, 3001),
	through("our confederation", 3001, sceneConfederation), throughMembers("another member", []uint32{sceneMembers[1]}, 3001),
	throughMembers("members alone", []uint32{sceneMembers[1], sceneMembers[2]}), throughMembers("our member AS", []uint32{sceneMembers[0], sceneAS}, 3001),
	{"a neighbor's AS", func(s *scene, n *subject, e *wire.Editor) {
		e.SetASPath(n.pathOf(pick(s, s.subjects...).plan.as, 3001))
	}},
	{"its own AS again", func(_ *scene, n *subject, e *wire.Editor) { e.SetASPath(n.pathOf(n.plan.as, 3001, n.plan.as)) }},
	{"wrong first AS", func(_ *scene, _ *subject, e *wire.Editor) {
		e.SetASPath(wire.ASPath(nil).AppendSegment(wire.SegmentSequence, 3777, 3001))
	}},
	{"MED", func(s *scene, _ *subject, e *wire.Editor) {
		e.SetUint32(wire.AttrMED, pick[uint32](s, 0, 50, 100, 4294967290))
	}},
	{"EGP", func(_ *scene, _ *subject, e *wire.Editor) { e.SetOrigin(wire.OriginEGP) }},
	{"incomplete with MED", func(_ *scene, _ *subject, e *wire.Editor) {
		e.SetOrigin(wire.OriginIncomplete)
		e.SetUint32(wire.AttrMED, 50)
	}},
	tagged("community", 3001<<16|1), tagged("communities", 3001<<16|2, 3001<<16|1), tagged("other communities", 65001<<16|3, 100<<16|7, 3001<<16|1),
	tagged("no-export", 0xffffff01), tagged("no-advertise", 0xffffff02, 3001<<16|1), tagged("local-AS", 0xffffff03), tagged("no-peer", 0xffffff04),
	tagged("graceful-shutdown", 0xffff0000), tagged("blackhole", 0xffff029a), tagged("accept-own", 0xffff0001), tagged("llgr-stale", 0xffff0006),
	{"large communities", func(_ *scene, _ *subject, e *wire.Editor) {
		e.AddLargeCommunity(wire.LargeCommunity{Global: 65001, Local1: 1, Local2: 2})
		e.AddLargeCommunity(wire.LargeCommunity{Global: 4200000001, Local1: 7, Local2: 0})
	}},
	{"extended communities", func(_ *scene, _ *subject, e *wire.Editor) {
		e.AddExtCommunity(0x0002fde900000001)
		e.AddExtCommunity(0x0003fde900000002)
	}},
	{"non-transitive extended community", func(_ *scene, _ *subject, e *wire.Editor) {
		e.AddExtCommunity(0x4004fde94cbebc20)
		e.AddExtCommunity(0x0002fde900000001)
	}},
	{"aggregator", func(_ *scene, _ *subject, e *wire.Editor) {
		e.Set(wire.AttrAggregator, wire.FlagOptional|wire.FlagTransitive, []byte{0, 0, 0x0b, 0xb9, 10, 9, 9, 1})
		e.Set(wire.AttrAtomicAggregate, wire.FlagTransitive, nil)
	}},
	{"unknown attribute", func(_ *scene, _ *subject, e *wire.Editor) {
		e.Set(99, wire.FlagOptional|wire.FlagTransitive, []byte{1, 2, 3})
	}},
	{"unknown attribute, partial", func(_ *scene, _ *subject, e *wire.Editor) {
		e.Set(99, wire.FlagOptional|wire.FlagTransitive|wire.FlagPartial, []byte{1, 2})
	}},
	{"next hop of a neighbor", func(s *scene, n *subject, e *wire.Editor) {
		for range 20 {
			if o := pick(s, s.subjects...); o.plan.family() == n.plan.family() {
				e.SetNextHop(o.plan.from)
			}
		}
	}},
	{"next hop of nobody", func(_ *scene, n *subject, e *wire.Editor) {
		a := netip.MustParseAddr("10.1.0.250")
		if !n.plan.from.Is4() {
			a = netip.MustParseAddr("2001:db8:1::fa")
		}
		e.SetNextHop(a)
	}},
	{"our next hop", func(_ *scene, n *subject, e *wire.Editor) { e.SetNextHop(n.plan.to) }},
	{"only to customers", func(s *scene, n *subject, e *wire.Editor) {
		e.SetUint32(wire.AttrOTC, pick(s, n.plan.as, 3001))
	}},
	{"reflected", func(_ *scene, n *subject, e *wire.Editor) {
		if n.internal {
			e.Set(wire.AttrOriginatorID, wire.FlagOptional, []byte{10, 7, 7, 7})
			e.Set(wire.AttrClusterList, wire.FlagOptional, []byte{10, 8, 8, 8, 10, 8, 8, 9})
		}
	}},
	{"reflected by us", func(_ *scene, n *subject, e *wire.Editor) {
		if n.internal {
			e.Set(wire.AttrOriginatorID, wire.FlagOptional, []byte{10, 7, 7, 7})
			e.Set(wire.AttrClusterList, wire.FlagOptional, []byte{10, 8, 8, 8, 10, 0, 0, 1})
		}
	}},
	{"originated by us", func(_ *scene, n *subject, e *wire.Editor) {
		if n.internal {
			e.Set(wire.AttrOriginatorID, wire.FlagOptional, []byte{10, 0, 0, 1})
		}
	}},
	{"local preference", func(s *scene, n *subject, e *wire.Editor) {
		if n.inside() {
			e.SetUint32(wire.AttrLocalPref, pick[uint32](s, 0, 150, 4294967295))
		}
	}},
}

// attributes makes the attributes of a route of a variety.
func (s *scene) attributes(n *subject, v variety) wire.Attrs {
	e := wire.NewEditor(nil)
	e.SetOrigin(wire.OriginIGP)
	e.SetASPath(n.pathOf(3001))
	e.SetNextHop(n.plan.from)
	if n.inside() {
		e.SetUint32(wire.AttrLocalPref, 100)
	}
	v.edit(s, n, e)
	return e.AppendTo(nil)
}

// composeRoutes chooses what the neighbor announces, and what it changes afterwards: some routes leave, some get other attributes.
func (s *scene) composeRoutes(n *subject) {
	for k, v := range some(s, 14, varieties) {
		o := offer{kind: v.name, prefix: n.own(k), attrs: s.attributes(n, v)}
		n.routes[0] = append(n.routes[0], o)
		switch s.IntN(4) {
		case 0:
			n.routes[1] = append(n.routes[1], o.withdrawn())
		case 1:
			w := pick(s, varieties...)
			n.routes[1] = append(n.routes[1], offer{kind: v.name + ", then " + w.name, prefix: o.prefix, attrs: s.attributes(n, w)})
		}
	}
	if !s.contested {
		return
	}
	most := uint32(1)
	if n.plan.sends {
		most = 3
	}
	for k := range 8 {
		for id := range most {
			if !s.chance(25) {
				continue
			}
			p := contestedPrefix(n.plan.family(), k)
			n.routes[0] = append(n.routes[0], s.contend(n, p, id))
			switch s.IntN(3) {
			case 0:
				n.routes[1] = append(n.routes[1], offer{kind: "withdrawn", prefix: p, id: id, withdraw: true})
			case 1:
				n.routes[1] = append(n.routes[1], s.contend(n, p, id))
			}
		}
	}
}

// withdrawn is the offer's withdrawal.
func (o *offer) withdrawn() offer {
	return offer{kind: "withdrawn", prefix: o.prefix, id: o.id, withdraw: true}
}

// contend makes a route that others announce too. The paths of one neighbor differ in their origin, by which one is best.
func (s *scene) contend(n *subject, p netip.Prefix, id uint32) offer {
	e := wire.NewEditor(s.attributes(n, varieties[0]))
	e.SetASPath(n.pathOf(some(s, 1+s.IntN(3), []uint32{3001, 3002, 64600, 65010})...))
	e.SetOrigin(pick(s, wire.OriginIGP, wire.OriginIGP, wire.OriginEGP))
	if n.plan.sends {
		e.SetASPath(n.pathOf(some(s, 2, []uint32{3001, 3002, 64600, 65010})...))
		e.SetOrigin(uint8(id))
	}
	if s.meds && s.chance(60) {
		e.SetUint32(wire.AttrMED, uint32(s.IntN(3)*50))
	}
	if n.inside() {
		e.SetUint32(wire.AttrLocalPref, pick[uint32](s, 100, 100, 120))
	}
	return offer{kind: "contested", prefix: p, id: id, attrs: e.AppendTo(nil)}
}

// messages are those that make the offers.
func messages(f wire.Family, offers []offer, as *wire.Encoding) (b []byte, err error) {
	for _, o := range offers {
		nlri := []wire.NLRI{{ID: o.id, Prefix: wire.PrefixFrom(o.prefix)}}
		var taken int
		if o.withdraw {
			b, taken = wire.AppendUnreach(b, f, nlri, as)
		} else {
			b, taken = wire.AppendReach(b, o.attrs, f, nlri, as)
		}
		if taken != len(nlri) {
			return nil, fmt.Errorf("%s does not fit", o.kind)
		}
	}
	return b, nil
}
