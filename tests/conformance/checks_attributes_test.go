package conformance

import (
	"fmt"
	"net/netip"
	"slices"
)

const (
	stays = "the route is withdrawn, the session stays"
	drops = "the attribute is dropped, the route is taken"
)

// without is the good attributes of a route but for one kind, with more behind.
func without(kind byte, more ...[]byte) func(*probe) []byte {
	return func(p *probe) []byte {
		var all []byte
		for k, a := range map[byte][]byte{attrOrigin: origin(0), attrASPath: p.path(), attrNextHop: nextHop(p.addr)} {
			if k != kind {
				all = join(all, a)
			}
		}
		if p.kind == internal && kind != attrLocalPref {
			all = join(all, localPref(100))
		}
		return join(all, join(more...))
	}
}

// plus is the good attributes of a route with a further one.
func plus(a ...[]byte) func(*probe) []byte {
	return func(p *probe) []byte { return p.good(a...) }
}

// six is the good attributes of an IPv6 route beside MP_REACH_NLRI, but for one kind, with more behind.
func six(kind byte, more ...[]byte) func(*probe) []byte {
	return func(p *probe) []byte {
		var all []byte
		if kind != attrOrigin {
			all = join(all, origin(0))
		}
		if kind != attrASPath {
			all = join(all, p.path())
		}
		return join(all, join(more...))
	}
}

func path(octets ...[]byte) []byte { return attr(transitive, attrASPath, join(octets...)...) }

var attributeChecks = []check{
	{"RFC 7606 7.1", "ORIGIN of 2 octets", stays, external, withdrawn(without(attrOrigin, attr(transitive, attrOrigin, 0, 0)))},
	{"RFC 7606 7.1", "ORIGIN of 0 octets", stays, external, withdrawn(without(attrOrigin, attr(transitive, attrOrigin)))},
	{"RFC 7606 7.1", "ORIGIN 3", stays, external, withdrawn(without(attrOrigin, origin(3)))},
	{"RFC 7606 3 c", "ORIGIN with the Optional flag", stays, external,
		withdrawn(without(attrOrigin, attr(optional|transitive, attrOrigin, 0)))},
	{"RFC 7606 3 c", "ORIGIN without the Transitive flag", stays, external, withdrawn(without(attrOrigin, attr(0, attrOrigin, 0)))},
	{"RFC 7606 3 d", "no ORIGIN", stays, external, withdrawn(without(attrOrigin))},
	{"RFC 7606 7.2", "AS_PATH with a segment of unknown type", stays, external,
		withdrawn(without(attrASPath, path(segment(asSequence, neighborAS), segment(9, 65300))))},
	{"RFC 7606 7.2", "AS_PATH with a segment that overruns", stays, external,
		withdrawn(without(attrASPath, path(segment(asSequence, neighborAS), []byte{asSequence, 9, 0, 0, 0, 1})))},
	{"RFC 7606 7.2", "AS_PATH with an octet left over", stays, external,
		withdrawn(without(attrASPath, path(segment(asSequence, neighborAS), []byte{asSequence})))},
	{"RFC 7606 7.2", "AS_PATH with an empty segment", stays, external,
		withdrawn(without(attrASPath, path(segment(asSequence, neighborAS), []byte{asSequence, 0})))},
	{"RFC 7606 3 c", "AS_PATH with the Optional flag", stays, external,
		withdrawn(without(attrASPath, attr(optional|transitive, attrASPath, segment(asSequence, neighborAS)...)))},
	{"RFC 7606 3 d", "no AS_PATH", stays, external, withdrawn(without(attrASPath))},
	{"RFC 7607 2", "AS 0 in AS_PATH", stays, external, withdrawn(without(attrASPath, asPath(neighborAS, 0)))},
	{"RFC 5065 5, RFC 7606 7.2", "a confederation segment from outside", stays, external,
		withdrawn(without(attrASPath, path(segment(confedSeq, 65530), segment(asSequence, neighborAS))))},
	{"RFC 4271 6.3", "AS_PATH that does not begin with the neighbor's AS", stays, external, withdrawn(without(attrASPath, asPath(65300)))},
	{"RFC 4271 6.3", "an empty AS_PATH from an external neighbor", stays, external, withdrawn(without(attrASPath, asPath()))},
	{"RFC 4271 9.1.2", "the daemon's own AS in AS_PATH", "the route is not used, the session stays", external,
		withdrawn(without(attrASPath, asPath(neighborAS, daemonAS, 65300)))},
	{"RFC 7606 7.3", "NEXT_HOP of 3 octets", stays, external, withdrawn(without(attrNextHop, attr(transitive, attrNextHop, 1, 2, 3)))},
	{"RFC 7606 7.3", "NEXT_HOP of 5 octets", stays, external, withdrawn(without(attrNextHop, attr(transitive, attrNextHop, 1, 2, 3, 4, 5)))},
	{"RFC 7606 3 c", "NEXT_HOP with the Optional flag", stays, external, withdrawn(func(p *probe) []byte {
		return without(attrNextHop, attr(optional|transitive, attrNextHop, p.addr.AsSlice()...))(p)
	})},
	{"RFC 7606 3 d", "no NEXT_HOP", stays, external, withdrawn(without(attrNextHop))},
	{"RFC 4271 6.3", "NEXT_HOP 0.0.0.0", "the route is not used, the session stays", external,
		withdrawn(without(attrNextHop, nextHop(netip.IPv4Unspecified())))},
	{"RFC 4271 6.3", "NEXT_HOP 224.0.0.5", "the route is not used, the session stays", external,
		withdrawn(without(attrNextHop, nextHop(netip.MustParseAddr("224.0.0.5"))))},
	{"RFC 4271 6.3", "the daemon's own address as NEXT_HOP", "the route is not used, the session stays", external,
		withdrawn(func(p *probe) []byte { return without(attrNextHop, nextHop(p.d.addr))(p) })},
	{"RFC 7606 7.4", "MULTI_EXIT_DISC of 3 octets", stays, external, withdrawn(plus(attr(optional, attrMED, 1, 2, 3)))},
	{"RFC 7606 7.4", "MULTI_EXIT_DISC of 0 octets", stays, external, withdrawn(plus(attr(optional, attrMED)))},
	{"RFC 7606 3 c", "MULTI_EXIT_DISC with the Transitive flag alone", stays, external,
		withdrawn(plus(attr(transitive, attrMED, 0, 0, 0, 1)))},
	{"RFC 7606 7.5", "LOCAL_PREF from an external neighbor", drops, external,
		discarded(func(*probe) []byte { return localPref(500) }, attrLocalPref)},
	{"RFC 7606 7.5", "LOCAL_PREF of 3 octets from an external neighbor", drops, external,
		discarded(func(*probe) []byte { return attr(transitive, attrLocalPref, 1, 2, 3) }, attrLocalPref)},
	{"RFC 7606 7.5", "LOCAL_PREF of 3 octets from an internal neighbor", stays, internal,
		withdrawn(without(attrLocalPref, attr(transitive, attrLocalPref, 1, 2, 3)))},
	{"RFC 7606 7.6", "ATOMIC_AGGREGATE of 1 octet", drops, external,
		discarded(func(*probe) []byte { return attr(transitive, attrAtomic, 1) }, attrAtomic)},
	{"RFC 7606 7.7", "AGGREGATOR of 7 octets", drops, external,
		discarded(func(*probe) []byte { return attr(optional|transitive, attrAggregator, 1, 2, 3, 4, 5, 6, 7) }, attrAggregator)},
	{"RFC 7606 7.7", "AGGREGATOR of 6 octets from a neighbor with four-octet numbers", drops, external,
		discarded(func(*probe) []byte { return attr(optional|transitive, attrAggregator, 1, 2, 3, 4, 5, 6) }, attrAggregator)},
	{"RFC 7607 2", "AGGREGATOR with AS 0", drops, external,
		discarded(func(*probe) []byte { return attr(optional|transitive, attrAggregator, 0, 0, 0, 0, 192, 0, 2, 1) }, attrAggregator)},
	{"RFC 7606 7.8", "COMMUNITIES of 5 octets", stays, external,
		withdrawn(plus(attr(optional|transitive, attrCommunities, 1, 2, 3, 4, 5)))},
	{"RFC 7606 7.8", "COMMUNITIES of 0 octets", stays, external, withdrawn(plus(attr(optional|transitive, attrCommunities)))},
	{"RFC 7606 3 c", "COMMUNITIES without the Optional flag", stays, external,
		withdrawn(plus(attr(transitive, attrCommunities, 1, 2, 3, 4)))},
	{"RFC 7606 7.9", "ORIGINATOR_ID from an external neighbor", drops, external,
		discarded(func(*probe) []byte { return attr(optional, attrOriginatorID, 1, 2, 3, 4) }, attrOriginatorID)},
	{"RFC 7606 7.9", "ORIGINATOR_ID of 3 octets from an internal neighbor", stays, internal,
		withdrawn(plus(attr(optional, attrOriginatorID, 1, 2, 3)))},
	{"RFC 4456 8", "the daemon's own identifier as ORIGINATOR_ID", "the route is not used, the session stays", internal,
		withdrawn(func(p *probe) []byte { return p.good(attr(optional, attrOriginatorID, p.d.id.AsSlice()...)) })},
	{"RFC 7606 7.10", "CLUSTER_LIST from an external neighbor", drops, external,
		discarded(func(*probe) []byte { return attr(optional, attrClusterList, 1, 2, 3, 4) }, attrClusterList)},
	{"RFC 7606 7.10", "CLUSTER_LIST of 5 octets from an internal neighbor", stays, internal,
		withdrawn(plus(attr(optional, attrClusterList, 1, 2, 3, 4, 5)))},
	{"RFC 7606 7.14", "EXTENDED COMMUNITIES of 7 octets", stays, external,
		withdrawn(plus(attr(optional|transitive, attrExtended, 1, 2, 3, 4, 5, 6, 7)))},
	{"RFC 7606 7.14", "EXTENDED COMMUNITIES of 0 octets", stays, external, withdrawn(plus(attr(optional|transitive, attrExtended)))},
	{"RFC 8092 5", "LARGE_COMMUNITY of 11 octets", stays, external,
		withdrawn(plus(attr(optional|transitive, attrLarge, make([]byte, 11)...)))},
	{"RFC 8092 5", "LARGE_COMMUNITY of 0 octets", stays, external, withdrawn(plus(attr(optional|transitive, attrLarge)))},
	{"RFC 8092 3", "the same LARGE_COMMUNITY twice", "it is passed on once, or as it came", external, twiceLarge},
	{"RFC 9234 5", "ONLY_TO_CUSTOMER of 3 octets", stays, external, withdrawn(plus(attr(optional|transitive, attrOTC, 1, 2, 3)))},
	{"RFC 9234 5", "ONLY_TO_CUSTOMER from a customer", "the route is not used, the session stays", customer,
		withdrawn(plus(attr(optional|transitive, attrOTC, u32(65300)...)))},

	{"RFC 7606 7.1", "IPv6: ORIGIN of 2 octets", stays, external, withdrawn6(six(attrOrigin, attr(transitive, attrOrigin, 0, 0)))},
	{"RFC 7606 7.1", "IPv6: ORIGIN 3", stays, external, withdrawn6(six(attrOrigin, origin(3)))},
	{"RFC 7606 3 d", "IPv6: no ORIGIN", stays, external, withdrawn6(six(attrOrigin))},
	{"RFC 7606 3 d", "IPv6: no AS_PATH", stays, external, withdrawn6(six(attrASPath))},
	{"RFC 7606 7.2", "IPv6: AS_PATH with a segment of unknown type", stays, external,
		withdrawn6(six(attrASPath, path(segment(asSequence, neighborAS), segment(9, 65300))))},
	{"RFC 7607 2", "IPv6: AS 0 in AS_PATH", stays, external, withdrawn6(six(attrASPath, asPath(neighborAS, 0)))},
	{"RFC 4271 9.1.2", "IPv6: the daemon's own AS in AS_PATH", "the route is not used, the session stays", external,
		withdrawn6(six(attrASPath, asPath(neighborAS, daemonAS)))},
	{"RFC 7606 7.4", "IPv6: MULTI_EXIT_DISC of 3 octets", stays, external, withdrawn6(six(0, attr(optional, attrMED, 1, 2, 3)))},
	{"RFC 7606 7.8", "IPv6: COMMUNITIES of 5 octets", stays, external,
		withdrawn6(six(0, attr(optional|transitive, attrCommunities, 1, 2, 3, 4, 5)))},
	{"RFC 7606 7.14", "IPv6: EXTENDED COMMUNITIES of 7 octets", stays, external,
		withdrawn6(six(0, attr(optional|transitive, attrExtended, make([]byte, 7)...)))},
	{"RFC 8092 5", "IPv6: LARGE_COMMUNITY of 11 octets", stays, external,
		withdrawn6(six(0, attr(optional|transitive, attrLarge, make([]byte, 11)...)))},
	{"RFC 7606 4", "IPv6: an attribute that overruns the attributes", stays, external,
		withdrawn6(six(0, []byte{optional | transitive, attrCommunities, 40, 1, 2, 3, 4}))},
}

func twiceLarge(p *probe) error {
	return passes(p, largeCommunity(neighborAS, 1, 2, neighborAS, 1, 2), attrLarge, func(a attribute) error {
		one := words([]uint32{neighborAS, 1, 2})
		if !slices.Equal(a.value, one) && !slices.Equal(a.value, join(one, one)) {
			return fmt.Errorf("value %x", a.value)
		}
		return nil
	})
}
