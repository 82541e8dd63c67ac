package parameters

import (
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// What a malformation costs, in the words of the errors page.
const (
	taken    = "" // nothing: it is none
	discard  = "attribute discard"
	withdraw = "treat-as-withdraw"
	reset    = "session reset"
	refused  = "by the import side" // which no errors page counts: a reason of its own tells it with the route
)

// A verdict is what a malformation costs, the attribute that the errors page names, and the subcode of the NOTIFICATION.
type verdict struct {
	action  string
	attr    string
	subcode uint8
}

// cites reports that the NOTIFICATION has the attribute as its data (RFC 4271 6.3).
func (v verdict) cites() bool {
	return v.subcode != wire.UpdateMalformedAttributes && v.subcode != wire.UpdateInvalidNetwork
}

// A malformation is a row of the table: a sound UPDATE is spoiled, and this is the verdict.
type malformation struct {
	source string // the section that demands the verdict
	name   string
	where  carrier // the carriers that it can happen to; 0: all
	spoil  func(d *draft)
	all    verdict
	by     map[relation]verdict // instead of all
	only   []relation           // nil: every relation
	effect func(*api.Path) bool // of a route that stays
}

// verdict is the one for a carrier and a relation; false: the row does not concern them.
func (m *malformation) verdict(c carrier, r relation) (verdict, bool) {
	if m.where != 0 && m.where&c == 0 {
		return verdict{}, false
	}
	for i, other := range m.only {
		if other == r {
			break
		}
		if i == len(m.only)-1 {
			return verdict{}, false
		}
	}
	if v, ok := m.by[r]; ok {
		return v, true
	}
	return m.all, true
}

func drops(attr string) verdict { return verdict{action: discard, attr: attr} }
func costs(attr string) verdict { return verdict{action: withdraw, attr: attr} }
func ends(subcode uint8, attr string) verdict {
	return verdict{action: reset, attr: attr, subcode: subcode}
}

// fromOutside is the verdict on what only an internal neighbor may send.
func fromOutside(v verdict) map[relation]verdict {
	return map[relation]verdict{outside: v, outside2: v}
}

// octets gives an attribute this value, with the right flags.
func octets(kind wire.AttrType, value ...byte) func(*draft) {
	return func(d *draft) { d.set(kind, value...) }
}

// flags gives an attribute other flags and a value that is right.
func flags(f uint8, kind wire.AttrType, octets ...byte) func(*draft) {
	return func(d *draft) { d.flagged(f, kind, octets...) }
}

// segments gives AS_PATH these segments.
func segments(of func(d *draft) []byte) func(*draft) {
	return func(d *draft) { d.set(wire.AttrASPath, of(d)...) }
}

const (
	wellKnown  = wire.FlagTransitive
	transitive = wire.FlagOptional | wire.FlagTransitive
	optional   = wire.FlagOptional
)

var newSpeakers = []relation{outside, within, member}

// hop6 is an IPv6 next hop with these first octets.
func hop6(first ...byte) []byte { return append(first, make([]byte, 16-len(first))...) }

// malformations is the table: RFC 7606 with what the RFCs of the attributes add, in the order of the message and of the type
// codes. What is wrong with a header or with the other messages is in tests/conformance.
var malformations = []malformation{
	// the three fields
	{source: "RFC 4271 6.3", name: "withdrawn routes longer than the message", spoil: func(d *draft) { d.lie[0] = 4000 }, all: ends(1, "")},
	{source: "RFC 4271 6.3", name: "attributes longer than the message", spoil: func(d *draft) { d.lie[1] = 4000 }, all: ends(1, "")},
	{source: "RFC 7606 5.3", name: "a prefix of 33 bits withdrawn", where: classic, spoil: func(d *draft) { d.withdrawn = []byte{33, 10, 0, 0, 0, 0} }, all: ends(10, "")},
	{source: "RFC 7606 5.3", name: "half of a prefix withdrawn", where: classic, spoil: func(d *draft) { d.withdrawn = []byte{24, 10, 0} }, all: ends(10, "")},
	{source: "RFC 7606 5.3", name: "a prefix of 33 bits announced", where: classic, spoil: func(d *draft) { d.nlri = []byte{33, 10, 0, 0, 0, 0} }, all: ends(10, "")},
	{source: "RFC 7606 5.3", name: "half of a prefix announced", where: classic, spoil: func(d *draft) { d.nlri = append(d.nlri, 24, 10) }, all: ends(10, "")},

	// the list of attributes
	{source: "RFC 7606 4", name: "an attribute longer than the rest", spoil: func(d *draft) { d.tail = []byte{optional, 4, 4, 0} }, all: costs("MULTI_EXIT_DISC")},
	{source: "RFC 7606 4", name: "an attribute cut in its header", spoil: func(d *draft) { d.tail = []byte{optional, 4} }, all: costs("MULTI_EXIT_DISC")},
	{source: "RFC 7606 3 j", name: "MP_REACH_NLRI longer than the rest", where: classic, spoil: func(d *draft) { d.tail = []byte{optional, 14, 32, 0} }, all: ends(1, "MP_REACH_NLRI")},
	{source: "RFC 7606 3 j", name: "MP_UNREACH_NLRI longer than the rest", spoil: func(d *draft) { d.tail = []byte{optional, 15, 32, 0} }, all: ends(1, "MP_UNREACH_NLRI")},
	{source: "RFC 7606 3 g", name: "MULTI_EXIT_DISC twice", spoil: func(d *draft) { d.set(wire.AttrMED, 0, 0, 0, 7); d.again(wire.AttrMED, 0, 0, 0, 9) },
		all: drops("MULTI_EXIT_DISC"), effect: func(p *api.Path) bool { return is(p.MED, 7) }},
	{source: "RFC 7606 3 g", name: "an unknown attribute twice", spoil: func(d *draft) { d.again(99, 1); d.again(99, 2) }, all: drops("attribute 99")},
	{source: "RFC 7606 3 g", name: "MP_REACH_NLRI twice", where: mp, spoil: func(d *draft) { d.attrs = append(d.attrs, d.attrs[len(d.attrs)-1]) }, all: ends(1, "MP_REACH_NLRI")},
	{source: "RFC 7606 3 g", name: "MP_UNREACH_NLRI twice", spoil: func(d *draft) { d.again(wire.AttrMPUnreach, 0, 2, 1); d.again(wire.AttrMPUnreach, 0, 2, 1) }, all: ends(1, "MP_UNREACH_NLRI")},
	{source: "RFC 4271 6.3", name: "an unknown well-known attribute", spoil: flags(wellKnown, 99, 1), all: ends(2, "attribute 99")},
	{source: "RFC 4271 5", name: "an unknown optional attribute", spoil: flags(optional, 99, 1)},
	{source: "RFC 4271 5", name: "an unknown transitive attribute", spoil: flags(transitive, 99, 1)},
	{source: "RFC 7606 5.2", name: "malformed beside withdrawals alone", spoil: func(d *draft) {
		d.nlri, d.withdrawn = nil, nil
		d.drop(wire.AttrMPReach)
		d.set(wire.AttrOrigin, 7)
		if d.carrier == classic {
			d.withdrawn = []byte{24, 10, 0, 0}
		} else {
			d.set(wire.AttrMPUnreach, 0, 2, 1, 16, 0x20, 0x01)
		}
	}, all: ends(6, "ORIGIN")},

	// ORIGIN
	{source: "RFC 7606 7.1", name: "ORIGIN of 0 octets", spoil: octets(wire.AttrOrigin), all: costs("ORIGIN")},
	{source: "RFC 7606 7.1", name: "ORIGIN of 2 octets", spoil: octets(wire.AttrOrigin, 0, 0), all: costs("ORIGIN")},
	{source: "RFC 7606 7.1", name: "ORIGIN 3", spoil: octets(wire.AttrOrigin, 3), all: costs("ORIGIN")},
	{source: "RFC 7606 3 c", name: "ORIGIN optional", spoil: flags(transitive, wire.AttrOrigin, 0), all: costs("ORIGIN")},
	{source: "RFC 7606 3 c", name: "ORIGIN not transitive", spoil: flags(0, wire.AttrOrigin, 0), all: costs("ORIGIN")},
	{source: "RFC 4271 4.3", name: "ORIGIN partial", spoil: flags(wellKnown|wire.FlagPartial, wire.AttrOrigin, 0)},
	{source: "RFC 7606 3 d", name: "no ORIGIN", spoil: func(d *draft) { d.drop(wire.AttrOrigin) }, all: costs("ORIGIN")},

	// AS_PATH
	{source: "RFC 7606 7.2", name: "AS_PATH with a segment of type 9", spoil: segments(func(d *draft) []byte { return d.segment(9, 65002) }), all: costs("AS_PATH")},
	{source: "RFC 7606 7.2", name: "AS_PATH with a segment longer than it", spoil: segments(func(d *draft) []byte { return append([]byte{2, 3}, d.as(65002)...) }), all: costs("AS_PATH")},
	{source: "RFC 7606 7.2", name: "AS_PATH with an octet left", spoil: segments(func(d *draft) []byte { return append(d.segment(2, 65002), 2) }), all: costs("AS_PATH")},
	{source: "RFC 7606 7.2", name: "AS_PATH with an empty segment", spoil: segments(func(d *draft) []byte { return append(d.segment(2, 65002), 2, 0) }), all: costs("AS_PATH")},
	{source: "RFC 7607 2", name: "AS_PATH with AS 0", spoil: segments(func(d *draft) []byte { return d.segment(2, 65002, 0) }), all: costs("AS_PATH")},
	{source: "RFC 6793 4.2.3", name: "AS_PATH of numbers of the other width", spoil: func(d *draft) {
		width := relation(outside2)
		if d.relation == outside2 {
			width = outside
		}
		d.set(wire.AttrASPath, (&draft{relation: width}).segment(2, 65002, 65003, 65004)...)
	}, all: costs("AS_PATH")},
	{source: "RFC 5065 5", name: "AS_PATH with a segment of a confederation", spoil: segments(func(d *draft) []byte { return append(d.segment(3, 65002), d.segment(2, 65300)...) }),
		all: costs("AS_PATH"), by: map[relation]verdict{member: {}}},
	{source: "RFC 9774 3, bgp reject-as-sets", name: "AS_PATH with a set", all: verdict{action: refused}, spoil: segments(func(d *draft) []byte { return append(d.segment(2, 65002), d.segment(1, 65300, 65301)...) })},
	{source: "RFC 7606 3 c", name: "AS_PATH optional", spoil: func(d *draft) { d.flagged(transitive, wire.AttrASPath, d.segment(2, 65002)...) }, all: costs("AS_PATH")},
	{source: "RFC 7606 3 d", name: "no AS_PATH", spoil: func(d *draft) { d.drop(wire.AttrASPath) }, all: costs("AS_PATH")},

	// NEXT_HOP
	{source: "RFC 7606 7.3", name: "NEXT_HOP of 0 octets", where: classic, spoil: octets(wire.AttrNextHop), all: costs("NEXT_HOP")},
	{source: "RFC 7606 7.3", name: "NEXT_HOP of 3 octets", where: classic, spoil: octets(wire.AttrNextHop, 10, 0, 0), all: costs("NEXT_HOP")},
	{source: "RFC 7606 7.3", name: "NEXT_HOP of 16 octets", where: classic, spoil: octets(wire.AttrNextHop, hop6(0x20, 1)...), all: costs("NEXT_HOP")},
	{source: "RFC 4271 6.3", name: "NEXT_HOP 0.0.0.0", where: classic, spoil: octets(wire.AttrNextHop, 0, 0, 0, 0), all: costs("NEXT_HOP")},
	{source: "RFC 4271 6.3", name: "NEXT_HOP 224.0.0.1", where: classic, spoil: octets(wire.AttrNextHop, 224, 0, 0, 1), all: costs("NEXT_HOP")},
	{source: "RFC 7606 3 c", name: "NEXT_HOP optional", where: classic, spoil: flags(transitive, wire.AttrNextHop, 10, 0, 0, 2), all: costs("NEXT_HOP")},
	{source: "RFC 7606 3 d", name: "no NEXT_HOP", where: classic, spoil: func(d *draft) { d.drop(wire.AttrNextHop) }, all: costs("NEXT_HOP")},
	{source: "RFC 4760 3", name: "NEXT_HOP 0.0.0.0 beside MP_REACH_NLRI", where: mp, spoil: octets(wire.AttrNextHop, 0, 0, 0, 0)},

	// MULTI_EXIT_DISC
	{source: "RFC 7606 7.4", name: "MULTI_EXIT_DISC of 0 octets", spoil: octets(wire.AttrMED), all: costs("MULTI_EXIT_DISC")},
	{source: "RFC 7606 7.4", name: "MULTI_EXIT_DISC of 3 octets", spoil: octets(wire.AttrMED, 0, 0, 1), all: costs("MULTI_EXIT_DISC")},
	{source: "RFC 7606 3 c", name: "MULTI_EXIT_DISC transitive", spoil: flags(transitive, wire.AttrMED, 0, 0, 0, 1), all: costs("MULTI_EXIT_DISC")},

	// LOCAL_PREF
	{source: "RFC 7606 7.5", name: "LOCAL_PREF", spoil: octets(wire.AttrLocalPref, 0, 0, 1, 0), by: fromOutside(drops("LOCAL_PREF")),
		effect: func(p *api.Path) bool { return p.LocalPref == nil || *p.LocalPref == 256 }},
	{source: "RFC 7606 7.5", name: "LOCAL_PREF of 3 octets", spoil: octets(wire.AttrLocalPref, 0, 0, 1), all: costs("LOCAL_PREF"), by: fromOutside(drops("LOCAL_PREF"))},
	{source: "RFC 7606 7.5", name: "LOCAL_PREF of 0 octets", spoil: octets(wire.AttrLocalPref), all: costs("LOCAL_PREF"), by: fromOutside(drops("LOCAL_PREF"))},
	{source: "RFC 7606 3 c", name: "LOCAL_PREF optional", spoil: flags(transitive, wire.AttrLocalPref, 0, 0, 0, 100), all: costs("LOCAL_PREF"), by: fromOutside(drops("LOCAL_PREF"))},
	{source: "RFC 4271 5.1.5", name: "no LOCAL_PREF", spoil: func(d *draft) { d.drop(wire.AttrLocalPref) }},

	// ATOMIC_AGGREGATE, AGGREGATOR
	{source: "RFC 7606 7.6", name: "ATOMIC_AGGREGATE of 1 octet", spoil: octets(wire.AttrAtomicAggregate, 0), all: drops("ATOMIC_AGGREGATE"),
		effect: func(p *api.Path) bool { return !p.AtomicAggregate }},
	{source: "RFC 7606 3 c", name: "ATOMIC_AGGREGATE optional", spoil: flags(transitive, wire.AttrAtomicAggregate), all: costs("ATOMIC_AGGREGATE")},
	{source: "RFC 7606 7.7", name: "AGGREGATOR of 0 octets", spoil: octets(wire.AttrAggregator), all: drops("AGGREGATOR")},
	{source: "RFC 7606 7.7", name: "AGGREGATOR of 7 octets", spoil: octets(wire.AttrAggregator, 0, 0, 1, 1, 1, 1, 1), all: drops("AGGREGATOR"),
		effect: func(p *api.Path) bool { return p.AggregatorAS == 0 }},
	{source: "RFC 7606 7.7", name: "AGGREGATOR of 6 octets", spoil: octets(wire.AttrAggregator, 0xfd, 0xea, 1, 1, 1, 1), all: drops("AGGREGATOR"), by: map[relation]verdict{outside2: {}}},
	{source: "RFC 7606 7.7", name: "AGGREGATOR of 8 octets", spoil: octets(wire.AttrAggregator, 0, 0, 0xfd, 0xea, 1, 1, 1, 1), by: map[relation]verdict{outside2: drops("AGGREGATOR")}},
	{source: "RFC 7607 2", name: "AGGREGATOR with AS 0", spoil: func(d *draft) { d.set(wire.AttrAggregator, append(d.as(0), 1, 1, 1, 1)...) }, all: drops("AGGREGATOR")},
	{source: "RFC 7606 3 c", name: "AGGREGATOR well-known", spoil: func(d *draft) { d.flagged(wellKnown, wire.AttrAggregator, append(d.as(65002), 1, 1, 1, 1)...) }, all: costs("AGGREGATOR")},

	// communities
	{source: "RFC 7606 7.8", name: "COMMUNITIES of 0 octets", spoil: octets(wire.AttrCommunities), all: costs("COMMUNITIES")},
	{source: "RFC 7606 7.8", name: "COMMUNITIES of 5 octets", spoil: octets(wire.AttrCommunities, 0, 1, 0, 1, 0), all: costs("COMMUNITIES")},
	{source: "RFC 7606 3 c", name: "COMMUNITIES not transitive", spoil: flags(optional, wire.AttrCommunities, 0, 1, 0, 1), all: costs("COMMUNITIES")},
	{source: "RFC 7606 7.14", name: "EXTENDED_COMMUNITIES of 0 octets", spoil: octets(wire.AttrExtCommunities), all: costs("EXTENDED_COMMUNITIES")},
	{source: "RFC 7606 7.14", name: "EXTENDED_COMMUNITIES of 7 octets", spoil: octets(wire.AttrExtCommunities, 0, 2, 0, 1, 0, 0, 0), all: costs("EXTENDED_COMMUNITIES")},
	{source: "RFC 7606 3 c", name: "EXTENDED_COMMUNITIES not transitive", spoil: flags(optional, wire.AttrExtCommunities, 0, 2, 0, 1, 0, 0, 0, 1), all: costs("EXTENDED_COMMUNITIES")},
	{source: "RFC 7606 7.15", name: "IPV6_EXTENDED_COMMUNITIES of 19 octets", spoil: octets(wire.AttrIPv6ExtCommunities, make([]byte, 19)...), all: costs("IPV6_EXTENDED_COMMUNITIES")},
	{source: "RFC 7606 7.15", name: "IPV6_EXTENDED_COMMUNITIES of 0 octets", spoil: octets(wire.AttrIPv6ExtCommunities), all: costs("IPV6_EXTENDED_COMMUNITIES")},
	{source: "RFC 8092 6", name: "LARGE_COMMUNITIES of 0 octets", spoil: octets(wire.AttrLargeCommunities), all: costs("LARGE_COMMUNITIES")},
	{source: "RFC 8092 6", name: "LARGE_COMMUNITIES of 13 octets", spoil: octets(wire.AttrLargeCommunities, make([]byte, 13)...), all: costs("LARGE_COMMUNITIES")},
	{source: "RFC 7606 3 c", name: "LARGE_COMMUNITIES not transitive", spoil: flags(optional, wire.AttrLargeCommunities, make([]byte, 12)...), all: costs("LARGE_COMMUNITIES")},

	// route reflection
	{source: "RFC 7606 7.9", name: "ORIGINATOR_ID", spoil: octets(wire.AttrOriginatorID, 9, 9, 9, 9), by: fromOutside(drops("ORIGINATOR_ID"))},
	{source: "RFC 7606 7.9", name: "ORIGINATOR_ID of 3 octets", spoil: octets(wire.AttrOriginatorID, 9, 9, 9), all: costs("ORIGINATOR_ID"), by: fromOutside(drops("ORIGINATOR_ID"))},
	{source: "RFC 7606 3 c", name: "ORIGINATOR_ID transitive", spoil: flags(transitive, wire.AttrOriginatorID, 9, 9, 9, 9), all: costs("ORIGINATOR_ID"), by: fromOutside(drops("ORIGINATOR_ID"))},
	{source: "RFC 7606 7.10", name: "CLUSTER_LIST", spoil: octets(wire.AttrClusterList, 9, 9, 9, 9), by: fromOutside(drops("CLUSTER_LIST"))},
	{source: "RFC 7606 7.10", name: "CLUSTER_LIST of 5 octets", spoil: octets(wire.AttrClusterList, 9, 9, 9, 9, 9), all: costs("CLUSTER_LIST"), by: fromOutside(drops("CLUSTER_LIST"))},
	{source: "RFC 7606 7.10", name: "CLUSTER_LIST of 0 octets", spoil: octets(wire.AttrClusterList), all: costs("CLUSTER_LIST"), by: fromOutside(drops("CLUSTER_LIST"))},
	{source: "RFC 7606 3 c", name: "CLUSTER_LIST transitive", spoil: flags(transitive, wire.AttrClusterList, 9, 9, 9, 9), all: costs("CLUSTER_LIST"), by: fromOutside(drops("CLUSTER_LIST"))},

	// MP_REACH_NLRI and MP_UNREACH_NLRI
	{source: "RFC 7606 7.11", name: "MP_REACH_NLRI of 4 octets", spoil: octets(wire.AttrMPReach, 0, 2, 1, 0), all: ends(9, "MP_REACH_NLRI")},
	{source: "RFC 7606 5.3", name: "MP_REACH_NLRI of 0 octets", spoil: octets(wire.AttrMPReach), all: ends(9, "MP_REACH_NLRI")},
	{source: "RFC 7606 7.11", name: "a next hop of 5 octets", where: mp, spoil: func(d *draft) { d.reach(make([]byte, 5), nil) }, all: ends(9, "MP_REACH_NLRI")},
	{source: "RFC 7606 7.11", name: "an IPv6 next hop of 24 octets", where: mp6, spoil: func(d *draft) { d.reach(make([]byte, 24), nil) }, all: ends(9, "MP_REACH_NLRI")},
	{source: "RFC 7606 7.11", name: "a next hop longer than MP_REACH_NLRI", spoil: octets(wire.AttrMPReach, 0, 2, 1, 16, 0x20, 1), all: ends(9, "MP_REACH_NLRI")},
	{source: "RFC 7606 5.3", name: "MP_REACH_NLRI with a prefix of 129 bits", where: mp6, spoil: func(d *draft) { d.reach(hop6(0x20, 1), append([]byte{129}, make([]byte, 17)...)) }, all: ends(9, "MP_REACH_NLRI")},
	{source: "RFC 7606 5.3", name: "MP_REACH_NLRI with a prefix of 33 bits", where: mp4, spoil: func(d *draft) { d.reach([]byte{10, 0, 0, 2}, []byte{33, 10, 0, 0, 0, 0}) }, all: ends(9, "MP_REACH_NLRI")},
	{source: "RFC 7606 5.3", name: "MP_REACH_NLRI with half of a prefix", where: mp6, spoil: func(d *draft) { d.reach(hop6(0x20, 1), []byte{48, 0x20}) }, all: ends(9, "MP_REACH_NLRI")},
	{source: "RFC 7606 7.11", name: "the next hop ::", where: mp6, spoil: func(d *draft) { d.reach(hop6(), d.prefix) }, all: costs("MP_REACH_NLRI")},
	{source: "RFC 8950 4", name: "an IPv6 next hop of IPv4 prefixes that was not agreed", where: mp4, spoil: func(d *draft) { d.reach(hop6(0x20, 1), d.prefix) }, all: costs("MP_REACH_NLRI")},
	{source: "RFC 4760 6", name: "MP_REACH_NLRI of a family that was not agreed", where: classic, spoil: octets(wire.AttrMPReach, 0, 25, 70, 255, 0)},
	{source: "RFC 7606 5.3", name: "MP_REACH_NLRI transitive", where: mp, spoil: func(d *draft) { d.attrs[len(d.attrs)-1].flags = transitive }, all: ends(4, "MP_REACH_NLRI")},
	{source: "RFC 7606 7.12", name: "MP_UNREACH_NLRI of 0 octets", spoil: octets(wire.AttrMPUnreach), all: ends(9, "MP_UNREACH_NLRI")},
	{source: "RFC 7606 7.12", name: "MP_UNREACH_NLRI of 2 octets", spoil: octets(wire.AttrMPUnreach, 0, 2), all: ends(9, "MP_UNREACH_NLRI")},
	{source: "RFC 7606 5.3", name: "MP_UNREACH_NLRI with a prefix of 129 bits", spoil: octets(wire.AttrMPUnreach, append([]byte{0, 2, 1, 129}, make([]byte, 17)...)...), all: ends(9, "MP_UNREACH_NLRI")},
	{source: "RFC 7606 5.3", name: "MP_UNREACH_NLRI with half of an IPv4 prefix", spoil: octets(wire.AttrMPUnreach, 0, 1, 1, 24, 10), all: ends(9, "MP_UNREACH_NLRI")},
	{source: "RFC 7606 5.3", name: "MP_UNREACH_NLRI transitive", spoil: flags(transitive, wire.AttrMPUnreach, 0, 2, 1), all: ends(4, "MP_UNREACH_NLRI")},
	{source: "RFC 4760 6", name: "MP_UNREACH_NLRI of a family that was not agreed", spoil: octets(wire.AttrMPUnreach, 0, 25, 70, 255)},

	// what two-octet speakers send of four-octet numbers
	{source: "RFC 6793 6", name: "AS4_PATH from one with four-octet AS numbers", only: newSpeakers, spoil: octets(wire.AttrAS4Path, 2, 1, 0, 0, 0xfd, 0xea), all: drops("AS4_PATH")},
	{source: "RFC 6793 6", name: "AS4_PATH of 5 octets", only: []relation{outside2}, spoil: octets(wire.AttrAS4Path, 2, 1, 0, 0, 0xfd), all: drops("AS4_PATH")},
	{source: "RFC 6793 6", name: "AS4_PATH with a segment of type 9", only: []relation{outside2}, spoil: octets(wire.AttrAS4Path, 9, 1, 0, 0, 0xfd, 0xea), all: drops("AS4_PATH")},
	{source: "RFC 6793 6", name: "AS4_PATH with a segment of a confederation", only: []relation{outside2}, spoil: octets(wire.AttrAS4Path, 3, 1, 0, 0, 0xfd, 0xea)},
	{source: "RFC 6793 6", name: "AS4_AGGREGATOR from one with four-octet AS numbers", only: newSpeakers, spoil: octets(wire.AttrAS4Aggregator, 0, 0, 0xfd, 0xea, 1, 1, 1, 1), all: drops("AS4_AGGREGATOR")},
	{source: "RFC 6793 6", name: "AS4_AGGREGATOR of 6 octets", only: []relation{outside2}, spoil: octets(wire.AttrAS4Aggregator, 0xfd, 0xea, 1, 1, 1, 1), all: drops("AS4_AGGREGATOR")},

	// AIGP, OTC
	{source: "RFC 7311 3.4", name: "AIGP with a TLV cut off", spoil: octets(wire.AttrAIGP, 1, 0, 11, 0), all: drops("AIGP"), by: fromOutside(verdict{})},
	{source: "RFC 7311 3", name: "AIGP transitive", spoil: flags(transitive, wire.AttrAIGP, 1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 1), all: drops("AIGP"), by: fromOutside(verdict{})},
	{source: "RFC 9234 5", name: "OTC of 0 octets", spoil: octets(wire.AttrOTC), all: costs("OTC")},
	{source: "RFC 9234 5", name: "OTC of 3 octets", spoil: octets(wire.AttrOTC, 0, 0, 1), all: costs("OTC")},
	{source: "RFC 7606 3 c", name: "OTC not transitive", spoil: flags(optional, wire.AttrOTC, 0, 0, 0xfd, 0xea), all: costs("OTC")},
}
