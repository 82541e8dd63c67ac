package capture

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"time"

	"bgpsh/wire"
)

// tableDumpKind is what a subtype of TABLE_DUMP_V2 says of its record.
type tableDumpKind struct {
	name    string
	family  wire.Family // 0: the record names it
	addPath bool        // RFC 8050 4
}

const (
	peerIndexTable = 1
	ribGeneric     = 6
	ribGenericPath = 12
)

var tableDumps = map[uint16]tableDumpKind{
	peerIndexTable: {name: "PEER_INDEX_TABLE"},
	2:              {name: "RIB_IPV4_UNICAST", family: wire.IPv4Unicast},
	3:              {name: "RIB_IPV4_MULTICAST", family: wire.NewFamily(1, 2)},
	4:              {name: "RIB_IPV6_UNICAST", family: wire.IPv6Unicast},
	5:              {name: "RIB_IPV6_MULTICAST", family: wire.NewFamily(2, 2)},
	ribGeneric:     {name: "RIB_GENERIC"},
	8:              {name: "RIB_IPV4_UNICAST_ADDPATH", family: wire.IPv4Unicast, addPath: true},
	9:              {name: "RIB_IPV4_MULTICAST_ADDPATH", family: wire.NewFamily(1, 2), addPath: true},
	10:             {name: "RIB_IPV6_UNICAST_ADDPATH", family: wire.IPv6Unicast, addPath: true},
	11:             {name: "RIB_IPV6_MULTICAST_ADDPATH", family: wire.NewFamily(2, 2), addPath: true},
	ribGenericPath: {name: "RIB_GENERIC_ADDPATH", addPath: true},
}

// peerTableFields is a PEER_INDEX_TABLE (RFC 6396 4.3.1).
type peerTableFields struct {
	CollectorID string `json:"collectorId"`
	View        string `json:"view,omitempty"`
	Peers       []peer `json:"peers"`
}

// peer is one entry, whose index routes refer to.
type peer struct {
	Index   int        `json:"index"`
	ID      string     `json:"id"`
	Address netip.Addr `json:"address"`
	AS      uint32     `json:"as"`
}

// ribFields is one route of a table dump, beside its family and attributes.
type ribFields struct {
	Sequence   *uint32       `json:"sequence,omitempty"`
	Prefix     *netip.Prefix `json:"prefix,omitempty"`
	NLRIHex    string        `json:"nlriHex,omitempty"` // of a family without prefixes here
	PathID     *uint32       `json:"pathId,omitempty"`
	PeerIndex  *uint16       `json:"peerIndex,omitempty"`
	PeerID     string        `json:"peerId,omitempty"`
	Originated string        `json:"originated,omitempty"`
}

// destination is what the routes of one record lead to.
type destination struct {
	sequence uint32
	family   wire.Family
	prefix   *netip.Prefix
	nlri     []byte // in place of a prefix
	pathID   *uint32
}

func (m *dump) tableDumpV2(r *record) bool {
	kind, ok := tableDumps[r.subtype]
	switch {
	case !ok:
		return false
	case r.subtype == peerIndexTable:
		m.peerTable(r)
	default:
		m.rib(r, kind)
	}
	return true
}

// peerTable reads the peers that the following routes refer to.
func (m *dump) peerTable(r *record) {
	c := cursor{b: r.body}
	f := &peerTableFields{CollectorID: dotted(c.u32()), Peers: []peer{}}
	f.View = string(c.take(int(c.u16())))
	for n := int(c.u16()); n > 0; n-- {
		const v6, as4 = 1, 2
		kind := c.u8()
		p := peer{Index: len(f.Peers), ID: dotted(c.u32()), Address: c.addr(kind&v6 != 0), AS: c.as(kind&as4 != 0)}
		if c.short {
			break
		}
		f.Peers = append(f.Peers, p)
	}
	m.peers = f.Peers
	o := &object{Type: typePeerTable, place: r.place, Length: r.length, peerTableFields: f}
	if c.short {
		o.Error = &fault{Text: "the record ends inside of its fields"}
	}
	m.d.put(o)
}

// rib reads the routes to one destination (RFC 6396 4.3.2, 4.3.3, RFC 8050 4).
func (m *dump) rib(r *record, kind tableDumpKind) {
	c := cursor{b: r.body}
	dst := destination{sequence: c.u32(), family: kind.family}
	ok := true
	marked := kind.addPath // each entry has a path identifier
	if kind.family == 0 {
		dst.family = wire.NewFamily(c.u16(), c.u8())
		if kind.addPath {
			marked = m.generic(&c, &dst)
		}
		ok = dst.generic(&c)
	} else if p, size, found := prefixAt(c.b, kind.family.AFI()); found {
		c.take(size)
		dst.prefix = &p
	} else {
		ok = false
	}
	count := int(c.u16())
	if !ok || c.short {
		m.d.put(r.broken("the destination of the record cannot be read"))
		return
	}
	if count == 0 {
		m.d.put(dst.route(r, nil))
		return
	}
	for ; count > 0; count-- {
		e, ok := readEntry(&c, marked)
		if !ok {
			m.d.put(r.broken("the record ends inside of a route, %d are missing", count))
			return
		}
		m.entry(r, &dst, &e)
	}
	if len(c.b) > 0 {
		m.d.put(r.broken("%d octets follow the last route of the record", len(c.b)))
	}
}

// generic prepares for a RIB_GENERIC_ADDPATH and reports whether each entry has
// a path identifier. RFC 8050 4.2 puts one before the prefix, most programs put
// one into each entry; the form is the one in which the record comes out even.
func (m *dump) generic(c *cursor, dst *destination) bool {
	try := destination{family: dst.family}
	if probe := *c; try.generic(&probe) && fits(probe, true) {
		return true
	}
	id := c.u32()
	dst.pathID = &id
	return false
}

// fits reports whether the entries behind c end where the record does.
func fits(c cursor, marked bool) bool {
	for n := c.u16(); n > 0; n-- {
		if _, ok := readEntry(&c, marked); !ok {
			return false
		}
	}
	return !c.short && len(c.b) == 0
}

// generic reads the single NLRI of a RIB_GENERIC. Its length is told by the
// form of its family: most begin with a length in bits.
func (dst *destination) generic(c *cursor) bool {
	afi := dst.family.AFI()
	if len(c.b) < 4 {
		return false
	}
	size := 1 + (int(c.b[0])+7)/8
	switch dst.family {
	case wire.IPv4Unicast, wire.IPv6Unicast, wire.NewFamily(1, 2), wire.NewFamily(2, 2):
		p, n, ok := prefixAt(c.b, afi)
		c.take(n)
		dst.prefix = &p
		return ok
	case wire.NewFamily(25, 70): // EVPN: type, length (RFC 7432 7)
		size = 2 + int(c.b[1])
	case wire.NewFamily(16388, 71), wire.NewFamily(16388, 72): // BGP-LS: both of two octets (RFC 9552 5.2)
		size = 4 + int(binary.BigEndian.Uint16(c.b[2:]))
	case wire.NewFamily(1, 133), wire.NewFamily(2, 133), wire.NewFamily(1, 134), wire.NewFamily(2, 134):
		size = 1 + int(c.b[0]) // flow specification (RFC 8955 4.1)
		if c.b[0] >= 0xf0 {
			size = 2 + int(binary.BigEndian.Uint16(c.b)&0xfff)
		}
	}
	dst.nlri = c.take(size)
	return !c.short
}

// entry is one route of a record.
type entry struct {
	peer       uint16
	originated uint32
	pathID     *uint32
	attrs      []byte
}

func readEntry(c *cursor, marked bool) (entry, bool) {
	e := entry{peer: c.u16(), originated: c.u32()}
	if marked {
		id := c.u32()
		e.pathID = &id
	}
	e.attrs = c.take(int(c.u16()))
	return e, !c.short
}

// route makes the object of a destination and, unless e is nil, one route to it.
func (dst *destination) route(r *record, e *entry) *object {
	f := &ribFields{Sequence: &dst.sequence, Prefix: dst.prefix, NLRIHex: hex.EncodeToString(dst.nlri), PathID: dst.pathID}
	if e != nil {
		f.PeerIndex, f.Originated = &e.peer, moment{time.Unix(int64(e.originated), 0), layoutSeconds}.String()
		if e.pathID != nil {
			f.PathID = e.pathID
		}
	}
	return &object{Type: typeRIB, place: r.place, familyFields: familyOf(dst.family), ribFields: f}
}

// entry writes one route of a TABLE_DUMP_V2, whose AS numbers always have four
// octets (RFC 6396 4.3.4).
func (m *dump) entry(r *record, dst *destination, e *entry) {
	o := dst.route(r, e)
	own := false
	known := int(e.peer) < len(m.peers)
	if known {
		p := &m.peers[e.peer]
		o.Peer, o.PeerAS, o.PeerID = p.Address.String(), &p.AS, p.ID
		own = p.Address.IsUnspecified()
	}
	m.attributes(o, dst, e.attrs, true, own)
	if !known && o.Error == nil {
		o.Error = &fault{Text: "the route is of a peer that no PEER_INDEX_TABLE names"}
	}
	m.d.put(o)
}

// tableDump reads the route of a TABLE_DUMP, the older form (RFC 6396 4.2).
func (m *dump) tableDump(r *record) bool {
	var family wire.Family
	switch r.subtype {
	case 1:
		family = wire.IPv4Unicast
	case 2:
		family = wire.IPv6Unicast
	default:
		return false
	}
	v6 := family == wire.IPv6Unicast
	c := cursor{b: r.body}
	c.u16() // view
	dst := destination{sequence: uint32(c.u16()), family: family}
	addr, bits := c.addr(v6), int(c.u8())
	c.u8() // status, always 1
	e := entry{originated: c.u32()}
	from, as := c.addr(v6), uint32(c.u16())
	e.attrs = c.take(int(c.u16()))
	if c.short || bits > addr.BitLen() {
		m.d.put(r.broken("the route of the record cannot be read"))
		return true
	}
	p := netip.PrefixFrom(addr, bits).Masked()
	dst.prefix = &p
	o := dst.route(r, &e)
	o.PeerIndex, o.Peer, o.PeerAS = nil, from.String(), &as
	m.attributes(o, &dst, e.attrs, false, from.IsUnspecified())
	m.d.put(o)
	return true
}
