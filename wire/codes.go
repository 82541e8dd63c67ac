package wire

import "strconv"

// Error codes of a NOTIFICATION (RFC 4271 4.5, RFC 7313, RFC 9687).
const (
	CodeHeader       uint8 = 1
	CodeOpen         uint8 = 2
	CodeUpdate       uint8 = 3
	CodeHoldTimer    uint8 = 4
	CodeFSM          uint8 = 5
	CodeCease        uint8 = 6
	CodeRouteRefresh uint8 = 7
	CodeSendHold     uint8 = 8
)

// Subcodes of CodeHeader (RFC 4271 6.1).
const (
	HeaderNotSynchronized uint8 = 1
	HeaderBadLength       uint8 = 2 // data: the length
	HeaderBadType         uint8 = 3 // data: the type
)

// Subcodes of CodeOpen (RFC 4271 6.2, RFC 5492, RFC 9234). Zero, "unspecific",
// stands for a malformed optional parameter.
const (
	OpenUnspecific            uint8 = 0
	OpenBadVersion            uint8 = 1 // data: a version we speak, two octets
	OpenBadPeerAS             uint8 = 2
	OpenBadID                 uint8 = 3
	OpenUnsupportedParameter  uint8 = 4
	OpenBadHoldTime           uint8 = 6
	OpenUnsupportedCapability uint8 = 7 // data: the capabilities, as TLVs
	OpenRoleMismatch          uint8 = 11
)

// Subcodes of CodeUpdate (RFC 4271 6.3). Data is the attribute, where one is at
// fault; for UpdateMissingAttribute its type.
const (
	UpdateMalformedAttributes uint8 = 1
	UpdateUnknownWellKnown    uint8 = 2
	UpdateMissingAttribute    uint8 = 3
	UpdateAttributeFlags      uint8 = 4
	UpdateAttributeLength     uint8 = 5
	UpdateInvalidOrigin       uint8 = 6
	UpdateInvalidNextHop      uint8 = 8
	UpdateOptionalAttribute   uint8 = 9
	UpdateInvalidNetwork      uint8 = 10
	UpdateMalformedASPath     uint8 = 11
)

// Subcodes of CodeFSM (RFC 6608): the state that a message was unexpected in.
const (
	FSMUnexpectedInOpenSent    uint8 = 1
	FSMUnexpectedInOpenConfirm uint8 = 2
	FSMUnexpectedInEstablished uint8 = 3
)

// Subcodes of CodeCease (RFC 4486, RFC 8538, RFC 9384).
const (
	CeaseMaxPrefix        uint8 = 1 // data: AFI, SAFI and the limit
	CeaseAdminShutdown    uint8 = 2 // data: text (RFC 9003)
	CeasePeerDeconfigured uint8 = 3
	CeaseAdminReset       uint8 = 4 // data: text (RFC 9003)
	CeaseRejected         uint8 = 5
	CeaseConfigChange     uint8 = 6
	CeaseCollision        uint8 = 7
	CeaseOutOfResources   uint8 = 8
	CeaseHardReset        uint8 = 9 // data: the NOTIFICATION inside
	CeaseBFDDown          uint8 = 10
)

// RefreshBadLength is the subcode of CodeRouteRefresh (RFC 7313 5); data: the
// whole message.
const RefreshBadLength uint8 = 1

var codeNames = [...]string{
	CodeHeader:       "Message Header Error",
	CodeOpen:         "OPEN Message Error",
	CodeUpdate:       "UPDATE Message Error",
	CodeHoldTimer:    "Hold Timer Expired",
	CodeFSM:          "Finite State Machine Error",
	CodeCease:        "Cease",
	CodeRouteRefresh: "ROUTE-REFRESH Message Error",
	CodeSendHold:     "Send Hold Timer Expired",
}

// subcodeNames holds IANA's names, by code and subcode, reserved and deprecated
// ones included because old speakers send them.
var subcodeNames = map[uint8][]string{
	CodeHeader: {
		HeaderNotSynchronized: "Connection Not Synchronized",
		HeaderBadLength:       "Bad Message Length",
		HeaderBadType:         "Bad Message Type",
	},
	CodeOpen: {
		OpenBadVersion:            "Unsupported Version Number",
		OpenBadPeerAS:             "Bad Peer AS",
		OpenBadID:                 "Bad BGP Identifier",
		OpenUnsupportedParameter:  "Unsupported Optional Parameter",
		5:                         "Authentication Failure",
		OpenBadHoldTime:           "Unacceptable Hold Time",
		OpenUnsupportedCapability: "Unsupported Capability",
		OpenRoleMismatch:          "Role Mismatch",
	},
	CodeUpdate: {
		UpdateMalformedAttributes: "Malformed Attribute List",
		UpdateUnknownWellKnown:    "Unrecognized Well-known Attribute",
		UpdateMissingAttribute:    "Missing Well-known Attribute",
		UpdateAttributeFlags:      "Attribute Flags Error",
		UpdateAttributeLength:     "Attribute Length Error",
		UpdateInvalidOrigin:       "Invalid ORIGIN Attribute",
		7:                         "AS Routing Loop",
		UpdateInvalidNextHop:      "Invalid NEXT_HOP Attribute",
		UpdateOptionalAttribute:   "Optional Attribute Error",
		UpdateInvalidNetwork:      "Invalid Network Field",
		UpdateMalformedASPath:     "Malformed AS_PATH",
	},
	CodeFSM: {
		FSMUnexpectedInOpenSent:    "Receive Unexpected Message in OpenSent State",
		FSMUnexpectedInOpenConfirm: "Receive Unexpected Message in OpenConfirm State",
		FSMUnexpectedInEstablished: "Receive Unexpected Message in Established State",
	},
	CodeCease: {
		CeaseMaxPrefix:        "Maximum Number of Prefixes Reached",
		CeaseAdminShutdown:    "Administrative Shutdown",
		CeasePeerDeconfigured: "Peer De-configured",
		CeaseAdminReset:       "Administrative Reset",
		CeaseRejected:         "Connection Rejected",
		CeaseConfigChange:     "Other Configuration Change",
		CeaseCollision:        "Connection Collision Resolution",
		CeaseOutOfResources:   "Out of Resources",
		CeaseHardReset:        "Hard Reset",
		CeaseBFDDown:          "BFD Down",
	},
	CodeRouteRefresh: {RefreshBadLength: "Invalid Message Length"},
}

// CodeName gives the name of an error code, "error code 12" for an unknown one.
func CodeName(code uint8) string {
	if int(code) < len(codeNames) && codeNames[code] != "" {
		return codeNames[code]
	}
	return "error code " + strconv.Itoa(int(code))
}

// SubcodeName gives the name of a subcode. It is empty for subcode 0, which
// says nothing, and "subcode 12" for an unknown one.
func SubcodeName(code, subcode uint8) string {
	if names := subcodeNames[code]; int(subcode) < len(names) && names[subcode] != "" {
		return names[subcode]
	}
	if subcode == 0 {
		return ""
	}
	return "subcode " + strconv.Itoa(int(subcode))
}
