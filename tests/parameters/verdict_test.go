package parameters

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// A relation is what the neighbor that sends a malformed UPDATE is to us, as far as the verdict depends on it.
type relation uint8

const (
	outside  relation = iota // another AS, four-octet AS numbers
	outside2                 // another AS, without four-octet AS numbers (RFC 6793's OLD speaker)
	within                   // our AS
	member                   // another AS of our confederation
	relations
)

func (r relation) String() string {
	return [...]string{"external", "external, two-octet AS numbers", "internal", "confederation"}[r]
}

// A carrier is where the UPDATE has its prefixes.
type carrier uint8

const (
	classic carrier = 1 << iota // IPv4 in the NLRI field
	mp4                         // IPv4 in MP_REACH_NLRI
	mp6                         // IPv6 in MP_REACH_NLRI

	mp          = mp4 | mp6
	everyone    = classic | mp
	allCarriers = 3
)

func (c carrier) String() string {
	return map[carrier]string{classic: "IPv4", mp4: "IPv4 in MP_REACH_NLRI", mp6: "IPv6"}[c]
}

func (c carrier) family() api.Family {
	if c == mp6 {
		return api.IPv6Unicast
	}
	return api.IPv4Unicast
}

// prefix is the n-th of a carrier: as text, and as it stands in an UPDATE.
func (c carrier) prefix(n int) (netip.Prefix, []byte) {
	if c == mp6 {
		a := [16]byte{0x20, 0x01, 0x0d, 0xb8, byte(n >> 8), byte(n)}
		return netip.PrefixFrom(netip.AddrFrom16(a), 48), append([]byte{48}, a[:6]...)
	}
	a := [4]byte{60, byte(n >> 8), byte(n)}
	return netip.PrefixFrom(netip.AddrFrom4(a), 24), append([]byte{24}, a[:3]...)
}

// rawAttr is an attribute as it is sent, right or wrong.
type rawAttr struct {
	flags uint8
	kind  wire.AttrType
	value []byte
}

// A draft is an UPDATE in the making.
type draft struct {
	carrier   carrier
	relation  relation
	withdrawn []byte
	attrs     []rawAttr
	prefix    []byte // that it announces
	tail      []byte // behind the last attribute, within the attributes' length
	nlri      []byte
	lie       [2]int // added to the lengths of withdrawn routes and attributes
}

// set puts an attribute with its own flags in place of the one of its kind, or behind all.
func (d *draft) set(kind wire.AttrType, value ...byte) {
	d.flagged(kind.DefaultFlags(), kind, value...)
}

func (d *draft) flagged(flags uint8, kind wire.AttrType, value ...byte) {
	a := rawAttr{flags, kind, value}
	if i := slices.IndexFunc(d.attrs, func(a rawAttr) bool { return a.kind == kind }); i >= 0 {
		d.attrs[i] = a
		return
	}
	d.attrs = append(d.attrs, a)
}

// again puts an attribute behind all, whether there is one of its kind or not.
func (d *draft) again(kind wire.AttrType, value ...byte) {
	d.attrs = append(d.attrs, rawAttr{kind.DefaultFlags(), kind, value})
}

func (d *draft) drop(kind wire.AttrType) {
	d.attrs = slices.DeleteFunc(d.attrs, func(a rawAttr) bool { return a.kind == kind })
}

// reach sets an MP_REACH_NLRI of the family of the carrier, which is not there in the classic form.
func (d *draft) reach(hop, prefixes []byte) {
	afi := byte(1)
	if d.carrier == mp6 {
		afi = 2
	}
	v := append([]byte{0, afi, 1, byte(len(hop))}, hop...)
	d.set(wire.AttrMPReach, append(append(v, 0), prefixes...)...)
}

// as is an AS number as the neighbor writes it, in AS_PATH and AGGREGATOR.
func (d *draft) as(n uint32) []byte {
	if d.relation == outside2 {
		return binary.BigEndian.AppendUint16(nil, uint16(n))
	}
	return binary.BigEndian.AppendUint32(nil, n)
}

// segment is one of an AS_PATH.
func (d *draft) segment(kind byte, as ...uint32) []byte {
	b := []byte{kind, byte(len(as))}
	for _, n := range as {
		b = append(b, d.as(n)...)
	}
	return b
}

// sound is an UPDATE without a fault, that announces the n-th prefix.
func sound(c carrier, r relation, n int) *draft {
	_, prefix := c.prefix(n)
	d := &draft{carrier: c, relation: r, prefix: prefix}
	d.set(wire.AttrOrigin, wire.OriginIGP)
	switch r {
	case within:
		d.set(wire.AttrASPath)
	case member:
		d.set(wire.AttrASPath, d.segment(wire.SegmentConfedSequence, 65002)...)
	default:
		d.set(wire.AttrASPath, d.segment(wire.SegmentSequence, 65002)...)
	}
	if r >= within {
		d.set(wire.AttrLocalPref, 0, 0, 0, 100)
	}
	switch c {
	case classic:
		d.set(wire.AttrNextHop, 10, 0, 0, 2)
		d.nlri = prefix
	case mp4:
		d.reach([]byte{10, 0, 0, 2}, prefix)
	case mp6:
		d.reach(netip.MustParseAddr("2001:db8:ffff::2").AsSlice(), prefix)
	}
	return d
}

// message is the draft as it goes out.
func (d *draft) message() []byte {
	var attrs []byte
	for _, a := range d.attrs {
		attrs = append(attrs, a.flags, byte(a.kind), byte(len(a.value)))
		attrs = append(attrs, a.value...)
	}
	attrs = append(attrs, d.tail...)
	b := wire.AppendKeepalive(nil)
	b[18] = byte(wire.TypeUpdate)
	b = binary.BigEndian.AppendUint16(b, uint16(len(d.withdrawn)+d.lie[0]))
	b = append(b, d.withdrawn...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(attrs)+d.lie[1]))
	b = append(append(b, attrs...), d.nlri...)
	binary.BigEndian.PutUint16(b[16:], uint16(len(b)))
	return b
}

// A court is a router and a neighbor that sends it malformed UPDATEs.
type court struct {
	*lab
	t        *testing.T
	carrier  carrier
	relation relation
	sender   *station
	sent     int // prefixes so far
}

func newCourt(t *testing.T, c carrier, r relation) *court {
	s := &station{as: 65002, asks: []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast}}
	var lines []string
	switch r {
	case within:
		s.as = 65001
	case outside2:
		s.old = true
	case member:
		s.confed = true
		lines = []string{"bgp confederation identifier 100", "bgp confederation peers 65002"}
	}
	l := newLab(t, []*station{s}, append(lines, "address-family ipv6 unicast", "neighbor 10.0.0.2 activate", "neighbor 10.0.0.2 allow any in",
		"neighbor 10.0.0.2 allow any out", "exit-address-family")...)
	k := &court{lab: l, t: t, carrier: c, relation: r, sender: s}
	k.until("it is up", func() bool { return s.sessions() == 1 })
	return k
}

// sessions is how many times the station's session came up.
func (s *station) sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ups
}

// route is the path that the router uses for a prefix.
func (k *court) route(p netip.Prefix) (api.Path, bool) {
	page := must[api.RoutesPage](k.router, api.BGPRoutes, api.RoutesParams{Family: k.carrier.family(), View: api.ViewTable, Prefix: p, Detail: true})
	if len(page.Routes) != 1 || len(page.Routes[0].Paths) != 1 {
		return api.Path{}, false
	}
	path := page.Routes[0].Paths[0]
	return path, path.Best
}

// announced sends a sound UPDATE of a prefix of its own and waits for the route, so all that was sent before was judged.
func (k *court) announced() netip.Prefix {
	k.t.Helper()
	k.sent++
	p, _ := k.carrier.prefix(k.sent)
	k.sender.write(sound(k.carrier, k.relation, k.sent).message())
	k.until("a sound route", func() bool { _, ok := k.route(p); return ok })
	return p
}

// page is what show bgp neighbors P errors tells: counts by attribute and action, and the last message kept.
func (k *court) page() (counts map[[2]string]uint64, last []byte) {
	k.t.Helper()
	e := must[api.UpdateErrors](k.router, api.BGPUpdateErrors, api.UpdateErrorsParams{Neighbor: "10.0.0.2"})
	counts = map[[2]string]uint64{}
	for _, c := range e.Counts {
		counts[[2]string{c.Attribute, c.Action}] = c.Count
	}
	if len(e.Messages) > 0 {
		last = e.Messages[0].Bytes
	}
	return counts, last
}

// try announces a prefix well, then as the row has it, and looks at what became of it.
func (k *court) try(row *malformation, want verdict) {
	p := k.announced()
	before, _ := k.page()
	ups, heard := k.sender.sessions(), len(k.sender.farewells())
	d := sound(k.carrier, k.relation, k.sent)
	row.spoil(d)
	message := d.message()
	k.sender.write(message)
	if want.action == reset {
		k.until("the NOTIFICATION", func() bool { return len(k.sender.farewells()) > heard })
		n := k.sender.farewells()[heard]
		if n.Code != wire.CodeUpdate || n.Subcode != want.subcode || !bytes.Contains(message, n.Data) || (len(n.Data) > 0) != want.cites() {
			k.t.Errorf("answered with %v and data %x", n, n.Data)
		}
		k.until("the next session", func() bool { return k.sender.sessions() > ups })
	} else {
		k.announced()
		path, ok := k.route(p)
		if ok == (want.action == withdraw || want.action == refused) {
			k.t.Errorf("the route is there: %t", ok)
		}
		if ok && row.effect != nil && !row.effect(&path) {
			k.t.Errorf("the route is %+v", path)
		}
		if k.sender.sessions() != ups {
			k.t.Error("the session did not stay")
		}
	}
	after, last := k.page()
	if want.action == taken || want.action == refused {
		if fmt.Sprint(after) != fmt.Sprint(before) {
			k.t.Errorf("counted as an error: %v, before %v", after, before)
		}
		return
	}
	before[[2]string{want.attr, want.action}]++
	if fmt.Sprint(after) != fmt.Sprint(before) {
		k.t.Errorf("the errors page counts %v, want %v", after, before)
	}
	if !bytes.Equal(last, message) {
		k.t.Errorf("the errors page keeps %x, sent %x", last, message)
	}
}

// Every malformation, from every kind of neighbor, with the prefixes of either family wherever an UPDATE can have them: what
// becomes of the route and of the session, what the NOTIFICATION says, and what the errors page tells.
func TestVerdictsOnUpdates(t *testing.T) {
	for r := range relations {
		for i := range allCarriers {
			c := carrier(1 << i)
			t.Run(fmt.Sprint(r, ", ", c), func(t *testing.T) {
				t.Parallel()
				k := newCourt(t, c, r)
				for i := range malformations {
					row := &malformations[i]
					want, ok := row.verdict(c, r)
					if !ok {
						continue
					}
					t.Run(row.name, func(t *testing.T) {
						k.t, k.lab.router.t = t, t
						k.try(row, want)
					})
				}
			})
		}
	}
}
