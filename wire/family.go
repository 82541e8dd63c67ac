package wire

import "strconv"

// Family is an address family and its subsequent identifier in one comparable
// value: AFI<<8 | SAFI (RFC 4760 3). The zero value is no family.
type Family uint32

// The families whose routes this package decodes. Others are recognised and
// skipped.
const (
	IPv4Unicast Family = 1<<8 | 1
	IPv6Unicast Family = 2<<8 | 1
)

// Address family numbers and subsequent ones that have a name here.
const (
	afiIPv4 = 1
	afiIPv6 = 2
	afiVPN  = 25 // L2VPN
	afiLS   = 16388

	safiUnicast   = 1
	safiMulticast = 2
	safiLabeled   = 4
	safiEVPN      = 70
	safiLS        = 71
	safiVPN       = 128
	safiFlowSpec  = 133
)

// NewFamily joins an AFI and a SAFI. Any pair is a Family, known or not.
func NewFamily(afi uint16, safi uint8) Family {
	return Family(afi)<<8 | Family(safi)
}

// AFI gives the address family number (IANA), 1 for IPv4 and 2 for IPv6.
func (f Family) AFI() uint16 { return uint16(f >> 8) }

// SAFI gives the subsequent address family identifier, 1 for unicast.
func (f Family) SAFI() uint8 { return uint8(f) }

// String names the family as operators know it, "IPv4 Unicast"; one without a
// name is "AFI 25 SAFI 65".
func (f Family) String() string {
	afi := map[uint16]string{afiIPv4: "IPv4 ", afiIPv6: "IPv6 "}[f.AFI()]
	safi := map[uint8]string{
		safiUnicast: "Unicast", safiMulticast: "Multicast", safiLabeled: "Labeled Unicast",
		safiVPN: "VPN", safiFlowSpec: "Flowspec",
	}[f.SAFI()]
	switch {
	case f == NewFamily(afiVPN, safiEVPN):
		return "L2VPN EVPN"
	case f == NewFamily(afiLS, safiLS):
		return "Link State"
	case afi != "" && safi != "":
		return afi + safi
	}
	return "AFI " + strconv.Itoa(int(f.AFI())) + " SAFI " + strconv.Itoa(int(f.SAFI()))
}

// bits is the length in bits of an address of f: 32, 128, or 0 when this
// package does not decode the family.
func (f Family) bits() int {
	switch f {
	case IPv4Unicast:
		return 32
	case IPv6Unicast:
		return 128
	}
	return 0
}
