package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"time"

	"bgpsh/wire"
)

const (
	mrtHeaderLen = 12
	maxRecord    = 64 << 20 // octets; the largest of real dumps have less than one MiB
)

// Types of MRT records that are decoded (RFC 6396 4).
const (
	mrtTableDump   = 12
	mrtTableDumpV2 = 13
	mrtBGP4MP      = 16
	mrtBGP4MPET    = 17
)

// mrtTypes names the types that may be met, decoded or not.
var mrtTypes = map[uint16]string{
	11: "OSPFv2", mrtTableDump: "TABLE_DUMP", mrtTableDumpV2: "TABLE_DUMP_V2", mrtBGP4MP: "BGP4MP",
	mrtBGP4MPET: "BGP4MP_ET", 32: "ISIS", 33: "ISIS_ET", 48: "OSPFv3", 49: "OSPFv3_ET",
}

// recordFields is what is known of a record that is not decoded.
type recordFields struct {
	MRTType    uint16 `json:"mrtType"`
	MRTSubtype uint16 `json:"mrtSubtype"`
}

// record is one MRT record. Its body is valid until the next one is read.
type record struct {
	place
	kind, subtype uint16
	length        int // of the body, as the header says
	body          []byte
}

// dump is the state of a run over MRT records.
type dump struct {
	d       *decoder
	peers   []peer // of the latest PEER_INDEX_TABLE
	scratch []byte
}

// mrt decodes a file of MRT records.
func (d *decoder) mrt() error {
	m := &dump{d: d}
	var buf bytes.Buffer
	for number := 1; d.failed == nil; number++ {
		r := record{place: place{Record: number}}
		err := d.record(&r, &buf)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		m.decode(&r)
		if buf.Cap() > 1<<20 {
			buf = bytes.Buffer{}
		}
	}
	return nil
}

// record reads the next record. One that the file cuts off gets an object that
// says so, and io.EOF; one that is too long is passed over and has no body.
func (d *decoder) record(r *record, buf *bytes.Buffer) error {
	var head [mrtHeaderLen]byte
	n, err := io.ReadFull(d.in, head[:])
	switch {
	case err == io.EOF:
		return io.EOF
	case ended(err):
		o := broken(typeRecord, fmt.Sprintf("the file ends %d octets into the header of a record", n))
		o.place = r.place
		d.put(o)
		return io.EOF
	case err != nil:
		return err
	}
	at := moment{time.Unix(int64(binary.BigEndian.Uint32(head[:])), 0), layoutSeconds}
	r.kind, r.subtype = binary.BigEndian.Uint16(head[4:]), binary.BigEndian.Uint16(head[6:])
	length := int64(binary.BigEndian.Uint32(head[8:]))
	r.length = int(length)
	r.Time, r.MRT = at.String(), mrtName(r.kind, r.subtype)
	buf.Reset()
	to := io.Writer(buf)
	if length > maxRecord {
		to = io.Discard
	}
	got, err := io.CopyN(to, d.in, length)
	if ended(err) {
		d.put(r.broken("the file ends %d octets into a record of %d", got, length))
		return io.EOF
	}
	if length <= maxRecord {
		r.body = buf.Bytes()
	}
	if r.extended() && len(r.body) >= 4 { // the microseconds count as part of the body (RFC 6396 3)
		at = moment{at.Add(time.Duration(binary.BigEndian.Uint32(r.body)) * time.Microsecond), layoutMicro}
		r.Time, r.body = at.String(), r.body[4:]
	}
	return err
}

// extended reports whether the time of a record has microseconds.
func (r *record) extended() bool {
	return r.kind == mrtBGP4MPET || r.kind == 33 || r.kind == 49
}

// mrtName writes type and subtype of a record.
func mrtName(kind, subtype uint16) string {
	name := mrtTypes[kind]
	if name == "" {
		return strconv.Itoa(int(kind)) + "/" + strconv.Itoa(int(subtype))
	}
	sub := ""
	switch kind {
	case mrtBGP4MP, mrtBGP4MPET:
		sub = bgp4mp[subtype].name
	case mrtTableDump:
		sub = map[uint16]string{1: "AFI_IPv4", 2: "AFI_IPv6"}[subtype]
	case mrtTableDumpV2:
		sub = tableDumps[subtype].name
	}
	if sub == "" {
		sub = strconv.Itoa(int(subtype))
	}
	return name + "/" + sub
}

// broken describes a record in which something is wrong.
func (r *record) broken(format string, args ...any) *object {
	o := broken(typeRecord, fmt.Sprintf(format, args...))
	return r.whole(o)
}

// whole makes o stand for the record itself.
func (r *record) whole(o *object) *object {
	o.place, o.Length = r.place, r.length
	o.recordFields = &recordFields{r.kind, r.subtype}
	return o
}

// decode writes the objects of one record.
func (m *dump) decode(r *record) {
	if r.body == nil && r.length > 0 {
		m.d.put(r.broken("a record of %d octets, at most %d are read", r.length, maxRecord))
		return
	}
	known := false
	switch r.kind {
	case mrtBGP4MP, mrtBGP4MPET:
		known = m.bgp4mp(r)
	case mrtTableDump:
		known = m.tableDump(r)
	case mrtTableDumpV2:
		known = m.tableDumpV2(r)
	}
	if !known {
		m.d.put(r.whole(&object{Type: typeRecord, Text: "not decoded"}))
	}
}

// bgp4mpKind is what a subtype of BGP4MP says of its record.
type bgp4mpKind struct {
	name    string
	state   bool // a change of state instead of a message
	as4     bool // AS numbers have four octets, in the message too
	local   bool // the message was sent, not received (RFC 6396 4.4.4)
	addPath bool // prefixes have path identifiers (RFC 8050 3)
}

var bgp4mp = map[uint16]bgp4mpKind{
	0:  {name: "STATE_CHANGE", state: true},
	1:  {name: "MESSAGE"},
	4:  {name: "MESSAGE_AS4", as4: true},
	5:  {name: "STATE_CHANGE_AS4", state: true, as4: true},
	6:  {name: "MESSAGE_LOCAL", local: true},
	7:  {name: "MESSAGE_AS4_LOCAL", as4: true, local: true},
	8:  {name: "MESSAGE_ADDPATH", addPath: true},
	9:  {name: "MESSAGE_AS4_ADDPATH", as4: true, addPath: true},
	10: {name: "MESSAGE_LOCAL_ADDPATH", local: true, addPath: true},
	11: {name: "MESSAGE_AS4_LOCAL_ADDPATH", as4: true, local: true, addPath: true},
}

// stateFields is a change of state (RFC 6396 4.4.1).
type stateFields struct {
	OldState string `json:"oldState"`
	NewState string `json:"newState"`
}

var stateNames = [...]string{"Unknown", "Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"}

func stateName(n uint16) string {
	if int(n) < len(stateNames) {
		return stateNames[n]
	}
	return "state " + strconv.Itoa(int(n))
}

// bgp4mp decodes a message or a change of state (RFC 6396 4.4).
func (m *dump) bgp4mp(r *record) bool {
	kind, ok := bgp4mp[r.subtype]
	if !ok {
		return false
	}
	c := cursor{b: r.body}
	peerAS, localAS := c.as(kind.as4), c.as(kind.as4)
	r.Interface = c.u16()
	afi := c.u16()
	if !c.short && afi != wire.IPv4Unicast.AFI() && afi != wire.IPv6Unicast.AFI() {
		m.d.put(r.broken("address family %d of the peer, expected 1 or 2", afi))
		return true
	}
	v6 := afi == wire.IPv6Unicast.AFI()
	peer, local := c.addr(v6), c.addr(v6)
	var before, after uint16
	if kind.state {
		before, after = c.u16(), c.u16()
	}
	if c.short {
		m.d.put(r.broken("the record ends inside of its fields"))
		return true
	}
	r.PeerAS, r.LocalAS, r.Peer, r.Local = &peerAS, &localAS, peer.String(), local.String()
	var o *object
	if kind.state {
		o = &object{Type: typeState, stateFields: &stateFields{stateName(before), stateName(after)}}
	} else {
		s := m.d.options.recorded(kind, peerAS == localAS)
		r.Direction = "received"
		if kind.local {
			r.Direction = "sent"
		}
		o = s.whole(c.b)
	}
	o.place = r.place
	m.d.put(o)
	return true
}

// recorded gives the session of a message in a record of this kind. A long
// message would not be in a record if it had not been agreed on.
func (o Options) recorded(kind bgp4mpKind, internal bool) session {
	o.Extended = true
	o.AS2 = !kind.as4
	o.AddPath = o.AddPath || kind.addPath
	o.Internal = o.Internal || internal
	return o.session()
}
