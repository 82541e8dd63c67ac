package wire

import (
	"encoding/binary"
	"fmt"
)

// Type is the kind of a BGP message (RFC 4271 4.1, RFC 2918).
type Type uint8

// The five kinds of message.
const (
	TypeOpen         Type = 1
	TypeUpdate       Type = 2
	TypeNotification Type = 3
	TypeKeepalive    Type = 4
	TypeRouteRefresh Type = 5
)

// Lengths in octets of a whole message, header included.
const (
	HeaderLen      = 19
	MaxLen         = 4096  // RFC 4271 4.1
	MaxExtendedLen = 65535 // RFC 8654, where both sides offered it

	minOpenLen         = HeaderLen + 10
	minUpdateLen       = HeaderLen + 4
	minNotificationLen = HeaderLen + 2
)

// String names the kind as RFC 4271 does, "UPDATE".
func (t Type) String() string {
	switch t {
	case TypeOpen:
		return "OPEN"
	case TypeUpdate:
		return "UPDATE"
	case TypeNotification:
		return "NOTIFICATION"
	case TypeKeepalive:
		return "KEEPALIVE"
	case TypeRouteRefresh:
		return "ROUTE-REFRESH"
	}
	return fmt.Sprintf("message type %d", uint8(t))
}

// Header is the fixed part of every message. Len counts the whole message in
// octets, HeaderLen included.
type Header struct {
	Len  int
	Type Type
}

// ParseHeader checks the first HeaderLen octets of b, which must be there.
// maxLen is what this session agreed to receive, MaxLen or MaxExtendedLen; an
// OPEN and a KEEPALIVE never exceed MaxLen (RFC 8654 3). The verdicts are those
// of RFC 4271 6.1, all with severity Reset: 1/1 for the marker, 1/2 with the
// length for a length that the type cannot have, 1/3 with the type. With 1/2 the
// Header tells the type, because a NOTIFICATION is never answered (6.4). A
// ROUTE-REFRESH of a wrong length passes here: RFC 7313 5 has its own error for
// it, given by ParseRouteRefresh.
func ParseHeader(b []byte, maxLen int) (Header, *Error) {
	b = b[:HeaderLen]
	if binary.BigEndian.Uint64(b)&binary.BigEndian.Uint64(b[8:]) != ^uint64(0) {
		return Header{}, resetError(CodeHeader, HeaderNotSynchronized, nil, "marker is not all ones")
	}
	h := Header{Len: int(binary.BigEndian.Uint16(b[16:])), Type: Type(b[18])}
	low, high := HeaderLen, maxLen
	switch h.Type {
	case TypeOpen:
		low, high = minOpenLen, MaxLen
	case TypeUpdate:
		low = minUpdateLen
	case TypeNotification:
		low = minNotificationLen
	case TypeKeepalive:
		high = HeaderLen
	case TypeRouteRefresh:
	default:
		if h.Len >= low && h.Len <= high {
			return Header{}, resetError(CodeHeader, HeaderBadType, b[18:19], "message type %d is unknown", b[18])
		}
	}
	if h.Len < low || h.Len > high {
		return Header{Type: h.Type}, resetError(CodeHeader, HeaderBadLength, b[16:18],
			"%s of %d octets, expected %d to %d", h.Type, h.Len, low, high)
	}
	return h, nil
}

// appendHeader begins a message; its length is filled in by finish.
func appendHeader(dst []byte, t Type) []byte {
	return append(dst, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, HeaderLen, byte(t))
}

// finish writes the length of the message that begins at start.
func finish(dst []byte, start int) []byte {
	binary.BigEndian.PutUint16(dst[start+16:], uint16(len(dst)-start))
	return dst
}

// AppendKeepalive adds a whole KEEPALIVE.
func AppendKeepalive(dst []byte) []byte { return appendHeader(dst, TypeKeepalive) }
