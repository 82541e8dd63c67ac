package wire

import (
	"bytes"
	"fmt"
)

// Severity is what an error costs (RFC 7606 2), ordered: the worst wins.
type Severity uint8

const (
	None     Severity = iota
	Discard           // the attribute is dropped, the route stays
	Withdraw          // every prefix of the UPDATE leaves the table
	Reset             // the session ends with a NOTIFICATION
)

// String gives the words that RFC 7606 uses.
func (s Severity) String() string {
	switch s {
	case None:
		return "none"
	case Discard:
		return "attribute discard"
	case Withdraw:
		return "treat-as-withdraw"
	}
	return "session reset"
}

// Error is a fault in a received message and the verdict on it.
type Error struct {
	Code, Subcode uint8    // of the NOTIFICATION, sent only for Reset
	Data          []byte   // of the NOTIFICATION; a copy, so it outlives the message
	Severity      Severity // what the fault costs
	Attr          AttrType // the attribute at fault in an UPDATE, 0 where none is
	Text          string   // for the operator: what was wrong, expected and got
}

// Error gives code, text and verdict in one line.
func (e *Error) Error() string {
	return fmt.Sprintf("%s (%d/%d): %s: %s", Notification{Code: e.Code, Subcode: e.Subcode},
		e.Code, e.Subcode, e.Text, e.Severity)
}

// Notification gives the message that tells the peer about e.
func (e *Error) Notification() Notification {
	return Notification{Code: e.Code, Subcode: e.Subcode, Data: e.Data}
}

// resetError makes an error that ends the session. Data is copied.
func resetError(code, subcode uint8, data []byte, format string, args ...any) *Error {
	return &Error{
		Code: code, Subcode: subcode, Data: bytes.Clone(data),
		Severity: Reset, Text: fmt.Sprintf(format, args...),
	}
}
