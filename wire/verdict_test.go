package wire

import (
	"encoding/hex"
	"strings"
	"testing"
)

// One row a malformation: what came, what it costs, and what the peer or the
// log is told. Data "attr" stands for the attribute in col attr.
func TestVerdicts(t *testing.T) {
	internal := external.with(func(p *Params) { p.Internal = true })
	old := external.with(func(p *Params) { p.AS4 = false })
	confed := internal.with(func(p *Params) { p.Confederation = true })
	sets := external.with(func(p *Params) { p.AllowASSets = true })
	extended := external.with(func(p *Params) { p.ExtendedNextHop = true })
	addPath := external.with(func(p *Params) { p.AddPathIPv4 = true })
	only4 := external.with(func(p *Params) { p.IPv6 = false })
	only6 := external.with(func(p *Params) { p.IPv4 = false })
	with := func(attrs string) []byte { return updateBody("", base+attrs, net24) }
	path := func(v string) []byte { return updateBody("", origin+attr(0x40, AttrASPath, v)+nextHop, net24) }
	oldPath := func(v, more string) []byte {
		return updateBody("", origin+attr(0x40, AttrASPath, v)+nextHop+more, net24)
	}
	only := func(attrs string) []byte { return updateBody("", attrs, "") }

	for _, c := range []struct {
		name     string
		body     []byte
		params   *Params
		severity Severity
		subcode  uint8
		data     string
		text     string
	}{
		// the three fields
		{"clean", with(""), &external, None, 0, "", ""},
		{"withdrawn length", unhex("0005 0000"), &external, Reset, 1, "", "withdrawn routes length 5"},
		{"attributes length", unhex("0000 0005 400101"), &external, Reset, 1, "", "attribute length 5"},
		{"no attributes length", unhex("0003 180a00"), &external, Reset, 1, "", "withdrawn routes length 3"},
		{"withdrawn /33", updateBody("21 0a00000000", "", ""), &external, Reset, 10, "", "withdrawn"},
		{"withdrawn cut off", updateBody("18 0a00", "", ""), &external, Reset, 10, "", "withdrawn"},
		{"NLRI /33", updateBody("", base, "21 0a00000000"), &external, Reset, 10, "", "NLRI"},
		{"NLRI cut off", updateBody("", base, "18 0a00"), &external, Reset, 10, "", "NLRI"},
		{"NLRI without its identifier", updateBody("", base, net24), addPath, Reset, 10, "", "NLRI"},
		{"withdrawn identifier cut off", updateBody("00000001", "", ""), addPath, Reset, 10, "", "withdrawn"},
		{"IPv4 not agreed", updateBody(net24, base, "21"), only6, None, 0, "", ""},

		// the list of attributes
		{"one octet left", with("40"), &external, Withdraw, 1, "", "1 octets left"},
		{"header cut off", with("400104"), &external, Withdraw, 1, "", "ORIGIN does not fit"},
		{"length octets cut off", with("500200"), &external, Withdraw, 1, "", "AS_PATH does not fit"},
		{"value cut off", with("8004 0400"), &external, Withdraw, 1, "", "MULTI_EXIT_DISC does not fit in the 4"},
		{"overrun without routes", unhex("0000 0004 4001 2000"), &external, Reset, 1, "", "ORIGIN does not fit"},
		{"overrun with MP routes", only(reach6 + origin + asPath + "80044000"), &external, Withdraw, 1, "", "MULTI_EXIT_DISC"},
		{"overrun of MP_REACH_NLRI", with("800e 2000"), &external, Reset, 1, "", "MP_REACH_NLRI does not fit"},
		{"overrun of MP_UNREACH_NLRI", with("800f 2000"), &external, Reset, 1, "", "MP_UNREACH_NLRI does not fit"},
		{"repeated", with(attr(0x40, AttrOrigin, "02")), &external, Discard, 1, "", "ORIGIN appears more"},
		{"repeated and malformed", with(attr(0x40, AttrOrigin, "09")), &external, Discard, 1, "", "ORIGIN appears more"},
		{"unknown repeated", with(attr(0xc0, 99, "01") + attr(0xc0, 99, "02")), &external, Discard, 1, "", "attribute 99"},
		{"MP_REACH_NLRI repeated", with(reach6 + reach6), &external, Reset, 1, "", "MP_REACH_NLRI appears"},
		{"MP_UNREACH_NLRI repeated", with(unreach6 + unreach6), &external, Reset, 1, "", "MP_UNREACH_NLRI appears"},
		{"unknown well-known", with(attr(0x40, 99, "01")), &external, Reset, 2, attr(0x40, 99, "01"), "attribute 99"},
		{"unknown optional", with(attr(0x80, 99, "01")), &external, None, 0, "", ""},
		{"unknown transitive", with(attr(0xc0, 99, "")), &external, None, 0, "", ""},
		{"reserved type", with(attr(0xc0, 0, "01")), &external, Discard, 1, "", "attribute 0"},
		{"ORIGIN missing", updateBody("", asPath+nextHop, net24), &external, Withdraw, 3, "01", "ORIGIN is missing"},
		{"AS_PATH missing", updateBody("", origin+nextHop, net24), &external, Withdraw, 3, "02", "AS_PATH is missing"},
		{"NEXT_HOP missing", updateBody("", origin+asPath, net24), &external, Withdraw, 3, "03", "NEXT_HOP is missing"},
		{"NEXT_HOP missing with MP beside", updateBody("", reach6+origin+asPath, net24), &external, Withdraw, 3, "03", "NEXT_HOP"},
		{"NEXT_HOP absent with MP only", only(reach6 + origin + asPath), &external, None, 0, "", ""},
		{"ORIGIN missing with MP", only(reach6 + asPath), &external, Withdraw, 3, "01", "ORIGIN is missing"},
		{"nothing needed to withdraw", updateBody(net24, unreach6, ""), &external, None, 0, "", ""},
		{"attributes beside withdrawals", updateBody(net24, base, ""), &external, None, 0, "", ""},
		{"malformed beside withdrawals", updateBody(net24, attr(0x40, AttrOrigin, "07"), ""), &external, Reset, 6, attr(0x40, AttrOrigin, "07"), "5.2"},
		{"malformed beside MP withdrawals", only(unreach6 + attr(0x40, AttrOrigin, "07")), &external, Reset, 6, attr(0x40, AttrOrigin, "07"), "5.2"},
		{"discard beside withdrawals", updateBody(net24, attr(0x40, AttrAtomicAggregate, "01"), ""), &external, Discard, 5, attr(0x40, AttrAtomicAggregate, "01"), "ATOMIC"},

		// flags
		{"ORIGIN optional", updateBody("", attr(0xc0, AttrOrigin, "00")+asPath+nextHop, net24), &external, Withdraw, 4, attr(0xc0, AttrOrigin, "00"), "ORIGIN has flags 0xc0, expected well-known"},
		{"MED transitive", with(attr(0xc0, AttrMED, "00000001")), &external, Withdraw, 4, attr(0xc0, AttrMED, "00000001"), "expected optional non-transitive"},
		{"COMMUNITIES not transitive", with(attr(0x80, AttrCommunities, "00010001")), &external, Withdraw, 4, attr(0x80, AttrCommunities, "00010001"), "expected optional transitive"},
		{"AGGREGATOR well-known", with(attr(0x40, AttrAggregator, "0000000101010101")), &external, Withdraw, 4, attr(0x40, AttrAggregator, "0000000101010101"), "AGGREGATOR has flags"},
		{"Partial on well-known", updateBody("", attr(0x60, AttrOrigin, "00")+asPath+nextHop, net24), &external, None, 0, "", ""},
		{"low flag bits", updateBody("", attr(0x4f, AttrOrigin, "00")+asPath+nextHop, net24), &external, None, 0, "", ""},
		{"extended length for a short value", updateBody("", "50010001 00"+asPath+nextHop, net24), &external, None, 0, "", ""},
		{"MP_REACH_NLRI transitive", with(attr(0xc0, AttrMPReach, "0002 01 10"+hop6+"00"+net6)), &external, Reset, 4, attr(0xc0, AttrMPReach, "0002 01 10"+hop6+"00"+net6), "MP_REACH_NLRI has flags"},
		{"MP_UNREACH_NLRI transitive", with(attr(0xc0, AttrMPUnreach, "0002 01")), &external, Reset, 4, attr(0xc0, AttrMPUnreach, "0002 01"), "MP_UNREACH_NLRI has flags"},

		// single attributes
		{"ORIGIN 3", updateBody("", attr(0x40, AttrOrigin, "03")+asPath+nextHop, net24), &external, Withdraw, 6, attr(0x40, AttrOrigin, "03"), "value 3, expected 0, 1 or 2"},
		{"ORIGIN of two octets", updateBody("", attr(0x40, AttrOrigin, "0000")+asPath+nextHop, net24), &external, Withdraw, 5, attr(0x40, AttrOrigin, "0000"), "length 2, expected 1"},
		{"ORIGIN empty", updateBody("", attr(0x40, AttrOrigin, "")+asPath+nextHop, net24), &external, Withdraw, 5, attr(0x40, AttrOrigin, ""), "length 0, expected 1"},
		{"NEXT_HOP of 3", updateBody("", origin+asPath+attr(0x40, AttrNextHop, "c00002"), net24), &external, Withdraw, 5, attr(0x40, AttrNextHop, "c00002"), "length 3, expected 4"},
		{"NEXT_HOP 0.0.0.0", updateBody("", origin+asPath+attr(0x40, AttrNextHop, "00000000"), net24), &external, Withdraw, 8, attr(0x40, AttrNextHop, "00000000"), "NEXT_HOP is no address"},
		{"NEXT_HOP multicast", updateBody("", origin+asPath+attr(0x40, AttrNextHop, "e0000001"), net24), &external, Withdraw, 8, attr(0x40, AttrNextHop, "e0000001"), "NEXT_HOP"},
		{"NEXT_HOP broadcast", updateBody("", origin+asPath+attr(0x40, AttrNextHop, "ffffffff"), net24), &external, Withdraw, 8, attr(0x40, AttrNextHop, "ffffffff"), "NEXT_HOP"},
		{"NEXT_HOP 127.0.0.2", updateBody("", origin+asPath+attr(0x40, AttrNextHop, "7f000002"), net24), &external, None, 0, "", ""},
		{"NEXT_HOP 0.0.0.0 with MP only", only(reach6 + origin + asPath + attr(0x40, AttrNextHop, "00000000")), &external, None, 0, "", ""},
		{"MED of 5", with(attr(0x80, AttrMED, "0000000001")), &external, Withdraw, 5, attr(0x80, AttrMED, "0000000001"), "length 5, expected 4"},
		{"LOCAL_PREF external", with(attr(0x40, AttrLocalPref, "00000064")), &external, Discard, 1, "", "LOCAL_PREF from an external"},
		{"LOCAL_PREF external, malformed", with(attr(0x40, AttrLocalPref, "64")), &external, Discard, 1, "", "LOCAL_PREF from an external"},
		{"LOCAL_PREF internal", with(attr(0x40, AttrLocalPref, "00000064")), internal, None, 0, "", ""},
		{"LOCAL_PREF internal of 1", with(attr(0x40, AttrLocalPref, "64")), internal, Withdraw, 5, attr(0x40, AttrLocalPref, "64"), "length 1, expected 4"},
		{"ATOMIC_AGGREGATE of 1", with(attr(0x40, AttrAtomicAggregate, "00")), &external, Discard, 5, attr(0x40, AttrAtomicAggregate, "00"), "length 1, expected 0"},
		{"AGGREGATOR of 6 from NEW", with(attr(0xc0, AttrAggregator, "000101010101")), &external, Discard, 5, attr(0xc0, AttrAggregator, "000101010101"), "length 6, expected 8"},
		{"AGGREGATOR of 8 from OLD", oldPath("0201 fde9", attr(0xc0, AttrAggregator, "0000000101010101")), old, Discard, 5, attr(0xc0, AttrAggregator, "0000000101010101"), "length 8, expected 6"},
		{"AGGREGATOR AS 0", with(attr(0xc0, AttrAggregator, "0000000001010101")), &external, Discard, 9, attr(0xc0, AttrAggregator, "0000000001010101"), "AGGREGATOR has AS 0"},
		{"AGGREGATOR AS 0 from OLD", oldPath("0201 fde9", attr(0xc0, AttrAggregator, "000001010101")), old, Discard, 9, attr(0xc0, AttrAggregator, "000001010101"), "AGGREGATOR has AS 0"},
		{"COMMUNITIES of 5", with(attr(0xc0, AttrCommunities, "0001000100")), &external, Withdraw, 5, attr(0xc0, AttrCommunities, "0001000100"), "expected a multiple of 4 above 0"},
		{"COMMUNITIES empty", with(attr(0xc0, AttrCommunities, "")), &external, Withdraw, 5, attr(0xc0, AttrCommunities, ""), "length 0"},
		{"ORIGINATOR_ID external", with(attr(0x80, AttrOriginatorID, "01010101")), &external, Discard, 1, "", "ORIGINATOR_ID from an external"},
		{"ORIGINATOR_ID of 3", with(attr(0x80, AttrOriginatorID, "010101")), internal, Withdraw, 5, attr(0x80, AttrOriginatorID, "010101"), "ORIGINATOR_ID has length 3"},
		{"CLUSTER_LIST external", with(attr(0x80, AttrClusterList, "01010101")), &external, Discard, 1, "", "CLUSTER_LIST from an external"},
		{"CLUSTER_LIST empty", with(attr(0x80, AttrClusterList, "")), internal, Withdraw, 5, attr(0x80, AttrClusterList, ""), "CLUSTER_LIST has length 0"},
		{"EXTENDED_COMMUNITIES of 9", with(attr(0xc0, AttrExtCommunities, "000200010000000100")), &external, Withdraw, 5, attr(0xc0, AttrExtCommunities, "000200010000000100"), "multiple of 8"},
		{"IPv6 extended of 19", with(attr(0xc0, AttrIPv6ExtCommunities, strings.Repeat("00", 19))), &external, Withdraw, 5, attr(0xc0, AttrIPv6ExtCommunities, strings.Repeat("00", 19)), "multiple of 20"},
		{"LARGE_COMMUNITIES of 11", with(attr(0xc0, AttrLargeCommunities, strings.Repeat("00", 11))), &external, Withdraw, 5, attr(0xc0, AttrLargeCommunities, strings.Repeat("00", 11)), "multiple of 12"},
		{"OTC of 3", with(attr(0xc0, AttrOTC, "000001")), &external, Withdraw, 5, attr(0xc0, AttrOTC, "000001"), "OTC has length 3, expected 4"},
		{"AIGP external", with(attr(0x80, AttrAIGP, "ff")), &external, None, 0, "", ""},
		{"AIGP internal", with(attr(0x80, AttrAIGP, "01000b0000000000000005")), internal, None, 0, "", ""},
		{"AIGP with a TLV of 10", with(attr(0x80, AttrAIGP, "01000a00000000000005")), internal, Discard, 9, attr(0x80, AttrAIGP, "01000a00000000000005"), "malformed TLV"},
		{"AIGP cut off", with(attr(0x80, AttrAIGP, "0100")), internal, Discard, 9, attr(0x80, AttrAIGP, "0100"), "malformed TLV"},
		{"AIGP empty", with(attr(0x80, AttrAIGP, "")), internal, Discard, 9, attr(0x80, AttrAIGP, ""), "malformed TLV"},
		{"AIGP transitive", with(attr(0xc0, AttrAIGP, "01000b0000000000000005")), internal, Discard, 4, attr(0xc0, AttrAIGP, "01000b0000000000000005"), "AIGP has flags"},

		// AS_PATH
		{"empty path", path(""), internal, None, 0, "", ""},
		{"segment type 0", path("0001 0000fde9"), &external, Withdraw, 11, attr(0x40, AttrASPath, "0001 0000fde9"), "type 0, expected 1 to 4"},
		{"segment type 5", path("0501 0000fde9"), &external, Withdraw, 11, attr(0x40, AttrASPath, "0501 0000fde9"), "type 5"},
		{"segment empty", path("0200"), &external, Withdraw, 11, attr(0x40, AttrASPath, "0200"), "without AS numbers"},
		{"segment overrun", path("0202 0000fde9"), &external, Withdraw, 11, attr(0x40, AttrASPath, "0202 0000fde9"), "segment of 2 AS numbers"},
		{"segment underrun", path("0201 0000fde9 02"), &external, Withdraw, 11, attr(0x40, AttrASPath, "0201 0000fde9 02"), "single octet"},
		{"two octets from NEW", path("0201 fde9"), &external, Withdraw, 11, attr(0x40, AttrASPath, "0201 fde9"), "segment of 1 AS"},
		{"AS 0", path("0202 0000fde9 00000000"), &external, Withdraw, 11, attr(0x40, AttrASPath, "0202 0000fde9 00000000"), "contains AS 0"},
		{"AS 0 from OLD", oldPath("0202 fde9 0000", ""), old, Withdraw, 11, attr(0x40, AttrASPath, "0202 fde9 0000"), "contains AS 0"},
		{"AS_SET", path("0201 0000fde9 0101 0000fdea"), &external, Withdraw, 11, attr(0x40, AttrASPath, "0201 0000fde9 0101 0000fdea"), "RFC 9774"},
		{"AS_SET allowed", path("0201 0000fde9 0101 0000fdea"), sets, None, 0, "", ""},
		{"AS_CONFED_SEQUENCE from outside", path("0301 0000fde9"), &external, Withdraw, 11, attr(0x40, AttrASPath, "0301 0000fde9"), "confederation segment"},
		{"AS_CONFED_SEQUENCE, plain internal", path("0301 0000fde9"), internal, Withdraw, 11, attr(0x40, AttrASPath, "0301 0000fde9"), "confederation segment"},
		{"AS_CONFED_SEQUENCE from a member", path("0301 0000fde9"), confed, None, 0, "", ""},
		{"AS_CONFED_SET from a member", path("0401 0000fde9"), confed, Withdraw, 11, attr(0x40, AttrASPath, "0401 0000fde9"), "RFC 9774"},

		// AS4_PATH and AS4_AGGREGATOR
		{"AS4_PATH from NEW", with(attr(0xc0, AttrAS4Path, "0201 0000fde9")), &external, Discard, 1, "", "AS4_PATH from a neighbor with four-octet"},
		{"AS4_AGGREGATOR from NEW", with(attr(0xc0, AttrAS4Aggregator, "0000fde901010101")), &external, Discard, 1, "", "AS4_AGGREGATOR from a neighbor"},
		{"AS4_PATH", oldPath("0201 5ba0", attr(0xc0, AttrAS4Path, "0201 00011170")), old, None, 0, "", ""},
		{"AS4_PATH short", oldPath("0201 5ba0", attr(0xc0, AttrAS4Path, "0200")), old, Discard, 5, attr(0xc0, AttrAS4Path, "0200"), "length 2, expected at least 6"},
		{"AS4_PATH empty", oldPath("0201 5ba0", attr(0xc0, AttrAS4Path, "")), old, Discard, 5, attr(0xc0, AttrAS4Path, ""), "AS4_PATH has length 0"},
		{"AS4_PATH segment overrun", oldPath("0201 5ba0", attr(0xc0, AttrAS4Path, "0202 00011170")), old, Discard, 9, attr(0xc0, AttrAS4Path, "0202 00011170"), "AS4_PATH has a segment of 2"},
		{"AS4_PATH segment type", oldPath("0201 5ba0", attr(0xc0, AttrAS4Path, "0701 00011170")), old, Discard, 9, attr(0xc0, AttrAS4Path, "0701 00011170"), "type 7"},
		{"AS4_PATH AS 0", oldPath("0201 5ba0", attr(0xc0, AttrAS4Path, "0201 00000000")), old, Discard, 9, attr(0xc0, AttrAS4Path, "0201 00000000"), "AS4_PATH contains AS 0"},
		{"AS4_PATH with a set", oldPath("0201 5ba0", attr(0xc0, AttrAS4Path, "0101 00011170")), old, Withdraw, 9, attr(0xc0, AttrAS4Path, "0101 00011170"), "RFC 9774"},
		{"AS4_PATH with confederation segment", oldPath("0201 5ba0", attr(0xc0, AttrAS4Path, "0301 00011170")), old, None, 0, "", ""},
		{"AS4_AGGREGATOR of 6", oldPath("0201 fde9", attr(0xc0, AttrAS4Aggregator, "fde901010101")), old, Discard, 5, attr(0xc0, AttrAS4Aggregator, "fde901010101"), "length 6, expected 8"},
		{"AS4_AGGREGATOR AS 0", oldPath("0201 fde9", attr(0xc0, AttrAS4Aggregator, "0000000001010101")), old, Discard, 9, attr(0xc0, AttrAS4Aggregator, "0000000001010101"), "AS4_AGGREGATOR has AS 0"},

		// multiprotocol attributes
		{"MP_REACH_NLRI of 4", with(attr(0x80, AttrMPReach, "00020100")), &external, Reset, 9, attr(0x80, AttrMPReach, "00020100"), "length 4, expected at least 5"},
		{"MP_REACH_NLRI empty", with(attr(0x80, AttrMPReach, "")), &external, Reset, 9, attr(0x80, AttrMPReach, ""), "length 0"},
		{"MP_REACH_NLRI next hop of 4, IPv6", with(attr(0x80, AttrMPReach, "0002 01 04 c0000201 00"+net6)), &external, Reset, 9, attr(0x80, AttrMPReach, "0002 01 04 c0000201 00"+net6), "next hop of 4 octets, expected 16 or 32"},
		{"MP_REACH_NLRI next hop of 15", with(attr(0x80, AttrMPReach, "0002 01 0f"+hop6+"00"+net6)), &external, Reset, 9, attr(0x80, AttrMPReach, "0002 01 0f"+hop6+"00"+net6), "next hop of 15"},
		{"MP_REACH_NLRI ends in next hop", with(attr(0x80, AttrMPReach, "0002 01 10"+hop6)), &external, Reset, 9, attr(0x80, AttrMPReach, "0002 01 10"+hop6), "ends before or with"},
		{"MP_REACH_NLRI /129", with(attr(0x80, AttrMPReach, "0002 01 10"+hop6+"00 81"+hop6+"00")), &external, Reset, 9, attr(0x80, AttrMPReach, "0002 01 10"+hop6+"00 81"+hop6+"00"), "longer than 128 bits"},
		{"MP_REACH_NLRI prefix cut off", with(attr(0x80, AttrMPReach, "0002 01 10"+hop6+"00 30 2001")), &external, Reset, 9, attr(0x80, AttrMPReach, "0002 01 10"+hop6+"00 30 2001"), "cut off"},
		{"MP_REACH_NLRI IPv4 /33", only(attr(0x80, AttrMPReach, "0001 01 04 c0000201 00 21 0a00000000") + origin + asPath), &external, Reset, 9, attr(0x80, AttrMPReach, "0001 01 04 c0000201 00 21 0a00000000"), "longer than 32 bits"},
		{"MP_REACH_NLRI next hop ::", only(attr(0x80, AttrMPReach, "0002 01 10"+strings.Repeat("00", 16)+"00"+net6) + origin + asPath), &external, Withdraw, 9, attr(0x80, AttrMPReach, "0002 01 10"+strings.Repeat("00", 16)+"00"+net6), "no address of a host"},
		{"MP_REACH_NLRI next hop multicast", only(attr(0x80, AttrMPReach, "0002 01 10 ff02"+hop6[4:]+"00"+net6) + origin + asPath), &external, Withdraw, 9, attr(0x80, AttrMPReach, "0002 01 10 ff02"+hop6[4:]+"00"+net6), "no address of a host"},
		{"MP_REACH_NLRI reserved octet", only(attr(0x80, AttrMPReach, "0002 01 10"+hop6+"77"+net6) + origin + asPath), &external, None, 0, "", ""},
		{"IPv4 over IPv6, not agreed", only(attr(0x80, AttrMPReach, "0001 01 10"+hop6+"00"+net24) + origin + asPath), &external, Withdraw, 9, attr(0x80, AttrMPReach, "0001 01 10"+hop6+"00"+net24), "RFC 8950 was not agreed"},
		{"IPv4 over IPv6, agreed", only(attr(0x80, AttrMPReach, "0001 01 20"+hop6+hopLL+"00"+net24) + origin + asPath), extended, None, 0, "", ""},
		{"MP_UNREACH_NLRI of 2", with(attr(0x80, AttrMPUnreach, "0002")), &external, Reset, 9, attr(0x80, AttrMPUnreach, "0002"), "length 2, expected at least 3"},
		{"MP_UNREACH_NLRI /129", only(attr(0x80, AttrMPUnreach, "0002 01 81"+hop6+"00")), &external, Reset, 9, attr(0x80, AttrMPUnreach, "0002 01 81"+hop6+"00"), "128 bits"},
		{"MP family not agreed", with(attr(0x80, AttrMPReach, "0002 01 10"+hop6+"00"+net6)), only4, None, 0, "", ""},
		{"MP family not agreed, unreadable", with(attr(0x80, AttrMPReach, "0019 46 ff 0000000000")), &external, None, 0, "", ""},
		{"malformed beside a family not agreed", only(attr(0x80, AttrMPReach, "0019 46 00 00 01") + attr(0x40, AttrOrigin, "05")), &external, Withdraw, 6, attr(0x40, AttrOrigin, "05"), "ORIGIN"},

		// several faults: the worst wins
		{"discard, then withdraw", with(attr(0x40, AttrAtomicAggregate, "00") + attr(0xc0, AttrOTC, "01")), &external, Withdraw, 5, attr(0xc0, AttrOTC, "01"), "OTC"},
		{"withdraw, then discard", with(attr(0xc0, AttrOTC, "01") + attr(0x40, AttrOrigin, "00")), &external, Withdraw, 5, attr(0xc0, AttrOTC, "01"), "OTC"},
		{"withdraw, then reset", with(attr(0xc0, AttrOTC, "01") + attr(0x80, AttrMPReach, "")), &external, Reset, 9, attr(0x80, AttrMPReach, ""), "MP_REACH_NLRI"},
	} {
		t.Run(c.name, func(t *testing.T) {
			u, err := ParseUpdate(c.body, c.params)
			if (err != nil) != (c.severity == Reset) {
				t.Fatalf("ParseUpdate: %v, want %v", err, c.severity)
			}
			got := u.Err()
			if c.severity == None {
				if got != nil || u.Severity() != None {
					t.Fatalf("got %v, want a clean message", got)
				}
				return
			}
			if got == nil || got.Severity != c.severity || got.Code != CodeUpdate || got.Subcode != c.subcode {
				t.Fatalf("got %v, want %v 3/%d", got, c.severity, c.subcode)
			}
			if want := hex.EncodeToString(unhex(c.data)); hex.EncodeToString(got.Data) != want {
				t.Errorf("data %x, want %s", got.Data, want)
			}
			if !strings.Contains(got.Text, c.text) || strings.Contains(got.Text, "%!") {
				t.Errorf("text %q, want it to say %q", got.Text, c.text)
			}
			for p := range u.Parts {
				if c.severity == Withdraw && !p.Withdraw {
					t.Errorf("%v still announced", p)
				}
			}
		})
	}
}

// A message with more faults than a view remembers keeps the worst of them.
func TestManyFaults(t *testing.T) {
	attrs := base
	for range 2 * maxFaults {
		attrs += origin
	}
	u := mustParse(t, updateBody("", attrs+attr(0xc0, AttrOTC, "01")+origin, net24), &external)
	if u.Severity() != Withdraw || u.Err().Attr != AttrOTC {
		t.Errorf("got %v, want the verdict on OTC", u.Err())
	}
	n := 0
	for e := range u.Errors {
		n++
		if n < maxFaults && e.Severity != Discard {
			t.Errorf("fault %d is %v", n, e)
		}
	}
	if n != maxFaults {
		t.Errorf("%d faults remembered, want %d", n, maxFaults)
	}
	if got := listing(u); got != "!10.0.0.0/24" {
		t.Errorf("parts %q", got)
	}
}

// Every rule has a text without gaps, and every severity its words.
func TestErrorWords(t *testing.T) {
	for r := range rules {
		f := fault{rule: rule(r), attr: AttrOrigin, got: 7}
		f.severity = f.verdict()
		u := Update{}
		if text := f.error(&u).Error(); strings.Contains(text, "%!") || !strings.HasPrefix(text, "UPDATE Message Error/") {
			t.Errorf("rule %d: %q", r, text)
		}
	}
	e := &Error{Code: CodeUpdate, Subcode: UpdateInvalidOrigin, Severity: Withdraw, Text: "ORIGIN has value 3"}
	want := "UPDATE Message Error/Invalid ORIGIN Attribute (3/6): ORIGIN has value 3: treat-as-withdraw"
	if e.Error() != want {
		t.Errorf("%q, want %q", e.Error(), want)
	}
	if n := e.Notification(); n.Code != 3 || n.Subcode != 6 || n.Data != nil {
		t.Errorf("notification %v", n)
	}
	for s, want := range map[Severity]string{None: "none", Discard: "attribute discard", Reset: "session reset"} {
		if s.String() != want {
			t.Errorf("%d is %q, want %q", s, s, want)
		}
	}
}
