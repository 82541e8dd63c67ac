package wire

import "strconv"

// AttrType is the type code of a path attribute (IANA).
type AttrType uint8

// The attributes that this package reads. AttrLocal is this program's own and
// is never on the wire.
const (
	AttrLocal              AttrType = 0
	AttrOrigin             AttrType = 1
	AttrASPath             AttrType = 2
	AttrNextHop            AttrType = 3
	AttrMED                AttrType = 4
	AttrLocalPref          AttrType = 5
	AttrAtomicAggregate    AttrType = 6
	AttrAggregator         AttrType = 7
	AttrCommunities        AttrType = 8  // RFC 1997
	AttrOriginatorID       AttrType = 9  // RFC 4456
	AttrClusterList        AttrType = 10 // RFC 4456
	AttrMPReach            AttrType = 14 // RFC 4760
	AttrMPUnreach          AttrType = 15 // RFC 4760
	AttrExtCommunities     AttrType = 16 // RFC 4360
	AttrAS4Path            AttrType = 17 // RFC 6793
	AttrAS4Aggregator      AttrType = 18 // RFC 6793
	AttrIPv6ExtCommunities AttrType = 25 // RFC 5701
	AttrAIGP               AttrType = 26 // RFC 7311
	AttrLargeCommunities   AttrType = 32 // RFC 8092
	AttrOTC                AttrType = 35 // RFC 9234
)

// Flags of an attribute (RFC 4271 4.3).
const (
	FlagOptional   uint8 = 0x80
	FlagTransitive uint8 = 0x40
	FlagPartial    uint8 = 0x20
	FlagExtended   uint8 = 0x10 // the length has two octets

	wellKnown          = FlagTransitive
	optionalTransitive = FlagOptional | FlagTransitive
)

// Values of ORIGIN.
const (
	OriginIGP        uint8 = 0
	OriginEGP        uint8 = 1
	OriginIncomplete uint8 = 2
)

// attrKind is what the specification of an attribute says about all its values.
type attrKind struct {
	name  string
	flags uint8  // Optional and Transitive as specified
	unit  uint16 // the length is this ...
	many  bool   // ... or a multiple of it that is not zero

	malformed Severity // what a malformed value costs (RFC 7606 7)
}

// attrSlots bounds the type codes that this package reads.
const attrSlots = 36

// maxValue is the most octets of an attribute's value.
const maxValue = 65535

// attrKinds is the table of known attributes; unit 0 means that the length is
// checked by the attribute's own code.
var attrKinds = [attrSlots]attrKind{
	AttrLocal:              {}, // has no rules: nobody sends it
	AttrOrigin:             {"ORIGIN", wellKnown, 1, false, Withdraw},
	AttrASPath:             {"AS_PATH", wellKnown, 0, false, Withdraw},
	AttrNextHop:            {"NEXT_HOP", wellKnown, 4, false, Withdraw},
	AttrMED:                {"MULTI_EXIT_DISC", FlagOptional, 4, false, Withdraw},
	AttrLocalPref:          {"LOCAL_PREF", wellKnown, 4, false, Withdraw},
	AttrAtomicAggregate:    {"ATOMIC_AGGREGATE", wellKnown, 0, false, Discard},
	AttrAggregator:         {"AGGREGATOR", optionalTransitive, 0, false, Discard},
	AttrCommunities:        {"COMMUNITIES", optionalTransitive, 4, true, Withdraw},
	AttrOriginatorID:       {"ORIGINATOR_ID", FlagOptional, 4, false, Withdraw},
	AttrClusterList:        {"CLUSTER_LIST", FlagOptional, 4, true, Withdraw},
	AttrMPReach:            {"MP_REACH_NLRI", FlagOptional, 0, false, Reset},
	AttrMPUnreach:          {"MP_UNREACH_NLRI", FlagOptional, 0, false, Reset},
	AttrExtCommunities:     {"EXTENDED_COMMUNITIES", optionalTransitive, 8, true, Withdraw},
	AttrAS4Path:            {"AS4_PATH", optionalTransitive, 0, false, Discard},
	AttrAS4Aggregator:      {"AS4_AGGREGATOR", optionalTransitive, 8, false, Discard},
	AttrIPv6ExtCommunities: {"IPV6_EXTENDED_COMMUNITIES", optionalTransitive, 20, true, Withdraw},
	AttrAIGP:               {"AIGP", FlagOptional, 0, false, Discard},
	AttrLargeCommunities:   {"LARGE_COMMUNITIES", optionalTransitive, 12, true, Withdraw},
	AttrOTC:                {"OTC", optionalTransitive, 4, false, Withdraw},
}

// String gives the name in the RFCs, "AS_PATH", or "attribute 99".
func (t AttrType) String() string {
	if t.Known() {
		return attrKinds[t].name
	}
	return "attribute " + strconv.Itoa(int(t))
}

// Known reports whether this package checks and reads attributes of type t.
func (t AttrType) Known() bool { return t < attrSlots && attrKinds[t].flags != 0 }

// DefaultFlags gives the flags that t is sent with: as specified for a known
// type, optional transitive for another. AttrLocal has none.
func (t AttrType) DefaultFlags() uint8 {
	switch {
	case t == AttrLocal:
		return 0
	case t.Known():
		return attrKinds[t].flags
	}
	return optionalTransitive
}
