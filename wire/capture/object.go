package capture

import (
	"encoding/hex"
	"net/netip"

	"bgpsh/wire"
)

// Types of objects beside those of the messages.
const (
	typeInvalid   = "INVALID"          // octets or text that are no message
	typeComment   = "COMMENT"          // a line of text after #
	typeGap       = "GAP"              // octets of a stream that were not captured
	typeState     = "STATE_CHANGE"     // of a session, from MRT
	typePeerTable = "PEER_INDEX_TABLE" // whom the routes of a dump came from
	typeRIB       = "RIB"              // a route of a table dump
	typeRecord    = "RECORD"           // an MRT record that is not decoded
)

// object is one answer. Which of the embedded structs is there depends on Type;
// no two may have a key in common, because encoding/json would then leave out
// both. docs/decode.md is the reference of the keys.
type object struct {
	Type   string `json:"type"`
	Length int    `json:"length,omitempty"` // of the message, or of what stands for one, in octets
	place
	*openFields
	*updateFields
	*notificationFields
	*familyFields // ROUTE-REFRESH, RIB
	*refreshFields
	*stateFields
	*peerTableFields
	*ribFields
	*recordFields
	*gapFields
	Text       string      `json:"text,omitempty"`       // COMMENT
	Attributes *attributes `json:"attributes,omitempty"` // UPDATE, RIB
	Error      *fault      `json:"error,omitempty"`      // the worst
	Errors     []*fault    `json:"errors,omitempty"`     // all, where there are several

	open *wire.Open // of an OPEN that was accepted
}

// place is where a message was found.
type place struct {
	Line      int     `json:"line,omitempty"`   // of text, from 1
	Frame     int     `json:"frame,omitempty"`  // packet of the file that completed it, from 1
	Record    int     `json:"record,omitempty"` // of MRT, from 1
	Time      string  `json:"time,omitempty"`   // RFC 3339, UTC
	Src       string  `json:"src,omitempty"`    // address and port
	Dst       string  `json:"dst,omitempty"`
	MRT       string  `json:"mrt,omitempty"` // type and subtype of the record
	Direction string  `json:"direction,omitempty"`
	Peer      string  `json:"peer,omitempty"`
	PeerAS    *uint32 `json:"peerAs,omitempty"`
	Local     string  `json:"local,omitempty"`
	LocalAS   *uint32 `json:"localAs,omitempty"`
	Interface uint16  `json:"interface,omitempty"` // its index
}

// gapFields says what of a stream could not be read.
type gapFields struct {
	Missing int `json:"missing,omitempty"` // octets that were not captured
	Skipped int `json:"skipped,omitempty"` // octets captured, without a message that begins in them
}

// fault is an error of the input and what it costs. One without a code is
// about the file, not about BGP.
type fault struct {
	Code      *uint8 `json:"code,omitempty"`
	Subcode   *uint8 `json:"subcode,omitempty"`
	Name      string `json:"name,omitempty"`
	Action    string `json:"action,omitempty"`
	Attribute uint8  `json:"attribute,omitempty"`
	Text      string `json:"text"`
	Data      string `json:"data,omitempty"` // of the NOTIFICATION that a reset sends
}

// actions are the contract's words for what an error costs.
var actions = [...]string{wire.None: "", wire.Discard: "discard", wire.Withdraw: "withdraw", wire.Reset: "reset"}

// verdict puts an error of package wire into an object.
func verdict(e *wire.Error) *fault {
	f := &fault{
		Code: &e.Code, Subcode: &e.Subcode, Name: e.Notification().String(),
		Action: actions[e.Severity], Attribute: uint8(e.Attr), Text: e.Text,
	}
	if e.Severity == wire.Reset {
		f.Data = hex.EncodeToString(e.Data)
	}
	return f
}

// blame adds the verdicts of package wire, in the order found. The first of the
// worst becomes the error.
func (o *object) blame(list ...*wire.Error) {
	var worst wire.Severity
	for _, e := range list {
		f := verdict(e)
		if o.Error == nil || e.Severity > worst {
			o.Error, worst = f, e.Severity
		}
		o.Errors = append(o.Errors, f)
	}
	if len(o.Errors) == 1 {
		o.Errors = nil
	}
}

// broken makes the object of something that is wrong with the file. It costs no
// session.
func broken(kind, text string) *object {
	return &object{Type: kind, Error: &fault{Text: text}}
}

// familyFields names an address family.
type familyFields struct {
	AFI    uint16 `json:"afi"`
	SAFI   uint8  `json:"safi"`
	Family string `json:"family"`
}

func familyOf(f wire.Family) *familyFields {
	return &familyFields{AFI: f.AFI(), SAFI: f.SAFI(), Family: f.String()}
}

// dotted writes a BGP identifier.
func dotted(id uint32) string {
	return netip.AddrFrom4([4]byte{byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}).String()
}
