package wire

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Notification is the message that ends a session. Code and Subcode are
// opaque numbers: a received pair need not be known.
type Notification struct {
	Code, Subcode uint8
	Data          []byte
}

// maxText is the most octets of a shutdown communication (RFC 9003 2).
const maxText = 255

// ParseNotification reads the body of a NOTIFICATION; Data is a copy. A body
// that is too short is an error that must never be answered with another
// NOTIFICATION (RFC 4271 6.4), only logged.
func ParseNotification(body []byte) (Notification, *Error) {
	if len(body) < 2 {
		return Notification{}, resetError(CodeHeader, HeaderBadLength, nil,
			"NOTIFICATION of %d octets after the header, expected at least 2", len(body))
	}
	n := Notification{Code: body[0], Subcode: body[1]}
	if len(body) > 2 {
		n.Data = bytes.Clone(body[2:])
	}
	return n, nil
}

// AppendNotification adds a whole NOTIFICATION. Data that would make it longer
// than MaxLen is cut.
func AppendNotification(dst []byte, n Notification) []byte {
	start := len(dst)
	dst = appendHeader(dst, TypeNotification)
	dst = append(dst, n.Code, n.Subcode)
	return finish(append(dst, limitData(n.Data)...), start)
}

// limitData cuts data to what a NOTIFICATION of MaxLen octets carries.
func limitData(data []byte) []byte { return data[:min(len(data), MaxLen-minNotificationLen)] }

// CeaseWithText makes a Cease that carries a shutdown communication (RFC 9003),
// cut to 255 octets between two characters. An empty text sends no data.
func CeaseWithText(subcode uint8, text string) Notification {
	n := Notification{Code: CodeCease, Subcode: subcode}
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) > maxText {
		cut := maxText
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut]
	}
	if text != "" {
		n.Data = append([]byte{byte(len(text))}, text...)
	}
	return n
}

// HardResetOf wraps n so that a peer with graceful restart drops the routes as
// well (RFC 8538 3.1).
func HardResetOf(n Notification) Notification {
	return Notification{
		Code: CodeCease, Subcode: CeaseHardReset,
		Data: append([]byte{n.Code, n.Subcode}, n.Data...),
	}
}

// HardReset unwraps a Hard Reset (RFC 8538 3): the NOTIFICATION inside and
// true. Any other gives itself and false; a Hard Reset without one inside gives
// itself and true.
func (n Notification) HardReset() (Notification, bool) {
	if n.Code != CodeCease || n.Subcode != CeaseHardReset {
		return n, false
	}
	if len(n.Data) < 2 {
		return n, true
	}
	return Notification{Code: n.Data[0], Subcode: n.Data[1], Data: n.Data[2:]}, true
}

// String gives the names, "Cease/Administrative Shutdown". A Hard Reset gives
// what it carries and then its own name, "Cease/Administrative Shutdown/Hard
// Reset".
func (n Notification) String() string {
	inner, hard := n.HardReset()
	if hard && len(n.Data) >= 2 {
		return Notification{Code: inner.Code, Subcode: inner.Subcode}.String() + "/" +
			SubcodeName(CodeCease, CeaseHardReset)
	}
	if sub := SubcodeName(n.Code, n.Subcode); sub != "" {
		return CodeName(n.Code) + "/" + sub
	}
	return CodeName(n.Code)
}

// Communication gives the text that came with an Administrative Shutdown or
// Reset (RFC 9003), also inside a Hard Reset: valid UTF-8 on one line, with
// control and other unprintable characters replaced by U+FFFD so that it can be
// shown and logged. False when there is none. A length octet beyond the data is
// taken as the rest of the data.
func (n Notification) Communication() (string, bool) {
	n, _ = n.HardReset()
	if n.Code != CodeCease || (n.Subcode != CeaseAdminShutdown && n.Subcode != CeaseAdminReset) || len(n.Data) < 2 {
		return "", false
	}
	text := n.Data[1:]
	text = text[:min(len(text), int(n.Data[0]))]
	if len(text) == 0 {
		return "", false
	}
	return printableText(text), true
}

// printableText makes text of a peer safe to show: valid UTF-8 on one line.
func printableText(b []byte) string {
	return strings.Map(printable, strings.ToValidUTF8(string(b), "\uFFFD"))
}

// printable replaces what could move a cursor, break a line or turn the
// direction of writing.
func printable(r rune) rune {
	switch {
	case r == '\n' || r == '\r' || r == '\t':
		return ' '
	case unicode.IsPrint(r):
		return r
	}
	return utf8.RuneError
}
