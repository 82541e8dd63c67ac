package wire

import "encoding/binary"

// ASTrans stands where a four-octet AS number has no place (RFC 6793 9).
const ASTrans = 23456

// Version is the only version of BGP in use.
const Version = 4

// Types of optional parameters (RFC 4271 4.2, RFC 9072 2).
const (
	paramCapabilities = 2
	paramExtended     = 255
)

// Open is an OPEN message. HoldTime is in seconds, 0 (no keepalives) or at
// least 3; ID is the BGP identifier in host order.
type Open struct {
	Version  uint8
	AS16     uint16 // ASTrans when the AS needs four octets
	HoldTime uint16
	ID       uint32
	Caps     Capabilities
}

// AS gives the sender's AS number: the four-octet capability's where present.
func (o *Open) AS() uint32 {
	if o.Caps.HasAS4 {
		return o.Caps.AS4
	}
	return uint32(o.AS16)
}

// AS16 gives what stands in a field of two octets for as: ASTrans above 65535.
func AS16(as uint32) uint16 {
	if as > 0xffff {
		return ASTrans
	}
	return uint16(as)
}

// ParseOpen reads the body of an OPEN, the octets after the header, and gives
// the verdicts of RFC 4271 6.2 that need no configuration: 2/1 with our version
// as data, 2/2 for AS 0 (RFC 7607), 2/3 for identifier 0 (RFC 6286), 2/4, 2/6
// for a hold time of 1 or 2, 2/11 for roles that differ (RFC 9234 4.2), and 2/0
// where lengths disagree. The result shares nothing with body.
func ParseOpen(body []byte) (*Open, *Error) {
	if len(body) < minOpenLen-HeaderLen {
		return nil, resetError(CodeOpen, OpenUnspecific, nil,
			"OPEN of %d octets after the header, expected at least 10", len(body))
	}
	o := &Open{
		Version:  body[0],
		AS16:     binary.BigEndian.Uint16(body[1:]),
		HoldTime: binary.BigEndian.Uint16(body[3:]),
		ID:       binary.BigEndian.Uint32(body[5:]),
	}
	if o.Version != Version {
		return nil, resetError(CodeOpen, OpenBadVersion, []byte{0, Version},
			"version %d, expected %d", o.Version, Version)
	}
	if err := o.parseParameters(body[9:]); err != nil {
		return nil, err
	}
	switch {
	case o.AS16 == 0 || o.AS() == 0:
		return nil, resetError(CodeOpen, OpenBadPeerAS, nil, "AS 0")
	case o.HoldTime == 1 || o.HoldTime == 2:
		return nil, resetError(CodeOpen, OpenBadHoldTime, nil,
			"hold time %d s, expected 0 or at least 3", o.HoldTime)
	case o.ID == 0:
		return nil, resetError(CodeOpen, OpenBadID, nil, "BGP identifier 0.0.0.0")
	}
	return o, nil
}

// parseParameters reads the optional parameters, b beginning with their length.
// A first parameter of type 255 means lengths of two octets (RFC 9072 2),
// whatever the old length says.
func (o *Open) parseParameters(b []byte) *Error {
	length, b := int(b[0]), b[1:]
	width := 1
	if length > 0 && len(b) > 0 && b[0] == paramExtended {
		if len(b) < 3 {
			return malformedOpen("extended optional parameters are cut off")
		}
		length, b = int(binary.BigEndian.Uint16(b[1:])), b[3:]
		width = 2
	}
	if length != len(b) {
		return malformedOpen("optional parameters length %d, but %d octets follow", length, len(b))
	}
	for len(b) > 0 {
		if len(b) < 1+width {
			return malformedOpen("optional parameter is cut off")
		}
		kind, size := b[0], int(b[1])
		if width == 2 {
			size = int(binary.BigEndian.Uint16(b[1:]))
		}
		b = b[1+width:]
		if size > len(b) {
			return malformedOpen("optional parameter of length %d in %d octets", size, len(b))
		}
		if kind != paramCapabilities {
			return resetError(CodeOpen, OpenUnsupportedParameter, nil,
				"optional parameter of type %d, expected %d (capabilities)", kind, paramCapabilities)
		}
		if err := o.Caps.parse(b[:size]); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

// malformedOpen makes the error 2/0, which RFC 4271 6.2 has for a parameter
// that is recognised and malformed.
func malformedOpen(format string, args ...any) *Error {
	return resetError(CodeOpen, OpenUnspecific, nil, format, args...)
}

// AppendOpen adds a whole OPEN. All capabilities stand in one parameter,
// ordered by code; lengths of two octets (RFC 9072) are used only when 255
// octets are not enough.
func AppendOpen(dst []byte, o *Open) []byte {
	start := len(dst)
	dst = appendHeader(dst, TypeOpen)
	dst = append(dst, o.Version)
	dst = binary.BigEndian.AppendUint16(dst, o.AS16)
	dst = binary.BigEndian.AppendUint16(dst, o.HoldTime)
	dst = binary.BigEndian.AppendUint32(dst, o.ID)
	caps := o.Caps.AppendTo(nil)
	switch n := len(caps); {
	case n == 0:
		dst = append(dst, 0)
	case n <= 253:
		dst = append(dst, byte(n+2), paramCapabilities, byte(n))
	default:
		dst = append(dst, 255, paramExtended)
		dst = binary.BigEndian.AppendUint16(dst, uint16(n+3))
		dst = append(dst, paramCapabilities)
		dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	}
	return finish(append(dst, caps...), start)
}
