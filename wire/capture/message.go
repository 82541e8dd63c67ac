package capture

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"bgpsh/wire"
)

// marker is what every message begins with (RFC 4271 4.1).
var marker = []byte{
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
}

// whole describes octets that should be one message, no more and no less. In a
// stream, less would swallow the beginning of the next message and more would
// not begin with a marker, so either is answered as a bad length.
func (s *session) whole(b []byte) *object {
	if len(b) < wire.HeaderLen {
		return tooShort(b)
	}
	h, err := wire.ParseHeader(b, s.maxLen)
	switch {
	case err != nil:
		return refused(b, len(b), err)
	case h.Len > len(b):
		o := &object{Type: h.Type.String(), Length: h.Len}
		o.blame(badLength(b, "the header says %d octets, %d are there", h.Len, len(b)))
		return o
	case h.Len < len(b):
		return s.message(b[:h.Len], h.Type, badLength(b, "the header says %d octets, %d are there", h.Len, len(b)))
	}
	return s.message(b, h.Type)
}

// tooShort describes octets that are not even a header.
func tooShort(b []byte) *object {
	o := &object{Type: typeInvalid, Length: len(b)}
	for _, c := range b[:min(len(b), len(marker))] {
		if c != 0xff {
			o.blame(&wire.Error{
				Code: wire.CodeHeader, Subcode: wire.HeaderNotSynchronized, Severity: wire.Reset,
				Text: fmt.Sprintf("%d octets that do not begin with a marker, expected a message", len(b)),
			})
			return o
		}
	}
	o.blame(&wire.Error{
		Code: wire.CodeHeader, Subcode: wire.HeaderBadLength, Severity: wire.Reset,
		Text: fmt.Sprintf("%d octets, expected at least %d", len(b), wire.HeaderLen),
	})
	return o
}

// badLength makes the error of a message of another length than its header says.
func badLength(b []byte, format string, args ...any) *wire.Error {
	return &wire.Error{
		Code: wire.CodeHeader, Subcode: wire.HeaderBadLength, Severity: wire.Reset,
		Data: b[16:18], Text: fmt.Sprintf(format, args...),
	}
}

// refused describes a message whose header is not accepted. What the header
// says is shown if it was found by a marker; otherwise there are size octets of
// something.
func refused(b []byte, size int, err *wire.Error) *object {
	o := &object{Type: typeInvalid, Length: size}
	if err.Subcode != wire.HeaderNotSynchronized {
		if t := wire.Type(b[18]); t >= wire.TypeOpen && t <= wire.TypeRouteRefresh {
			o.Type = t.String()
		}
		o.Length = int(binary.BigEndian.Uint16(b[16:]))
	}
	o.blame(err)
	return o
}

// message describes one whole message whose header was accepted. More are
// errors that the caller found.
func (s *session) message(b []byte, t wire.Type, more ...*wire.Error) *object {
	o := &object{Type: t.String(), Length: len(b)}
	body := b[wire.HeaderLen:]
	var found []*wire.Error
	switch t {
	case wire.TypeOpen:
		found = o.describeOpen(body)
	case wire.TypeUpdate:
		found = o.describeUpdate(body, s)
	case wire.TypeNotification:
		found = o.describeNotification(body)
	case wire.TypeRouteRefresh:
		found = o.describeRefresh(body)
	}
	o.blame(append(found, more...)...)
	return o
}

// notificationFields is the body of a NOTIFICATION.
type notificationFields struct {
	notice
	Communication string  `json:"communication,omitempty"` // RFC 9003, safe to show
	HardReset     *notice `json:"hardReset,omitempty"`     // what a Hard Reset carries (RFC 8538)
}

// notice is a code, a subcode, their names and data in hex digits.
type notice struct {
	Code        uint8  `json:"code"`
	Subcode     uint8  `json:"subcode"`
	CodeName    string `json:"codeName"`
	SubcodeName string `json:"subcodeName,omitempty"`
	Data        string `json:"data,omitempty"`
}

func noticeOf(n wire.Notification) notice {
	return notice{
		Code: n.Code, Subcode: n.Subcode, CodeName: wire.CodeName(n.Code),
		SubcodeName: wire.SubcodeName(n.Code, n.Subcode), Data: hex.EncodeToString(n.Data),
	}
}

func (o *object) describeNotification(body []byte) []*wire.Error {
	n, err := wire.ParseNotification(body)
	if err != nil {
		return []*wire.Error{err}
	}
	o.notificationFields = &notificationFields{notice: noticeOf(n)}
	if inner, hard := n.HardReset(); hard && len(n.Data) >= 2 {
		shown := noticeOf(inner)
		o.HardReset = &shown
	}
	o.Communication, _ = n.Communication()
	return nil
}

// refreshFields is the body of a ROUTE-REFRESH, beside its family.
type refreshFields struct {
	RefreshSubtype uint8  `json:"subtype"`
	SubtypeName    string `json:"subtypeName,omitempty"`
}

// refreshNames are those of RFC 7313 3.2.
var refreshNames = map[uint8]string{wire.RefreshRequest: "request", wire.RefreshBegin: "BoRR", wire.RefreshEnd: "EoRR"}

func (o *object) describeRefresh(body []byte) []*wire.Error {
	r, err := wire.ParseRouteRefresh(body, false)
	if err != nil {
		return []*wire.Error{err}
	}
	o.familyFields = familyOf(r.Family)
	o.refreshFields = &refreshFields{r.Subtype, refreshNames[r.Subtype]}
	return nil
}
