package capture

import (
	"encoding/binary"
	"net/netip"
)

// Link types that are read, by LINKTYPE number.
const (
	linkNull     = 0
	linkEthernet = 1
	linkRawBSD   = 12
	linkRawOther = 14
	linkRaw      = 101
	linkLoop     = 108
	linkSLL      = 113
	linkIPv4     = 228
	linkIPv6     = 229
	linkSLL2     = 276
)

var linkNames = map[uint32]string{
	linkNull: "NULL", linkEthernet: "Ethernet", linkRawBSD: "raw IP", linkRawOther: "raw IP", linkRaw: "raw IP",
	linkLoop: "LOOP", linkSLL: "Linux cooked", linkIPv4: "IPv4", linkIPv6: "IPv6", linkSLL2: "Linux cooked v2",
}

const protocolTCP = 6

// Flags of a TCP segment.
const (
	tcpFIN = 1 << iota
	tcpSYN
	tcpRST
	_
	tcpACK
)

// tcpSegment is one segment as captured. Its payload belongs to the packet.
type tcpSegment struct {
	flow
	number   int // of the packet
	at       moment
	seq, ack uint32
	flags    uint8
	payload  []byte
}

// flow is one direction of a connection.
type flow struct{ src, dst netip.AddrPort }

func (f flow) reverse() flow { return flow{f.dst, f.src} }

// tcp finds the TCP segment in a packet. Checksums are not looked at: where a
// network card computes them, captures of outgoing packets have wrong ones.
// Fragments of IP packets are passed over, which leaves a gap in the stream.
func (p *packet) tcp() (tcpSegment, bool) {
	s := tcpSegment{number: p.number, at: p.at}
	ip := p.network()
	if len(ip) == 0 {
		return s, false
	}
	var src, dst netip.Addr
	var body []byte
	ok := false
	switch ip[0] >> 4 {
	case 4:
		src, dst, body, ok = ipv4(ip)
	case 6:
		src, dst, body, ok = ipv6(ip)
	}
	if !ok || len(body) < 20 {
		return s, false
	}
	header := int(body[12]>>4) * 4
	if header < 20 || header > len(body) {
		return s, false
	}
	s.src = netip.AddrPortFrom(src, binary.BigEndian.Uint16(body))
	s.dst = netip.AddrPortFrom(dst, binary.BigEndian.Uint16(body[2:]))
	s.seq, s.ack = binary.BigEndian.Uint32(body[4:]), binary.BigEndian.Uint32(body[8:])
	s.flags, s.payload = body[13], body[header:]
	return s, true
}

// network strips the link layer. Nil means that the packet is not of IP.
func (p *packet) network() []byte {
	b := p.data
	switch p.link {
	case linkEthernet:
		if len(b) < 14 {
			return nil
		}
		return ether(binary.BigEndian.Uint16(b[12:]), b[14:])
	case linkSLL:
		if len(b) < 16 {
			return nil
		}
		return ether(binary.BigEndian.Uint16(b[14:]), b[16:])
	case linkSLL2:
		if len(b) < 20 {
			return nil
		}
		return ether(binary.BigEndian.Uint16(b), b[20:])
	case linkNull, linkLoop: // an address family that the version of IP tells better
		if len(b) < 4 {
			return nil
		}
		return b[4:]
	}
	return b
}

// ether passes over VLAN tags (802.1Q and 802.1ad) to an IP packet.
func ether(kind uint16, b []byte) []byte {
	for kind == 0x8100 || kind == 0x88a8 || kind == 0x9100 {
		if len(b) < 4 {
			return nil
		}
		kind, b = binary.BigEndian.Uint16(b[2:]), b[4:]
	}
	if kind != 0x0800 && kind != 0x86dd {
		return nil
	}
	return b
}

// ipv4 gives addresses and TCP part of an IPv4 packet.
func ipv4(b []byte) (src, dst netip.Addr, body []byte, ok bool) {
	if len(b) < 20 || b[9] != protocolTCP {
		return src, dst, nil, false
	}
	header, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 { // segmentation is left to the network card
		total = len(b)
	}
	total = min(total, len(b))
	const moreFragments, offset = 0x2000, 0x1fff
	if header < 20 || header > total || binary.BigEndian.Uint16(b[6:])&(moreFragments|offset) != 0 {
		return src, dst, nil, false
	}
	return netip.AddrFrom4([4]byte(b[12:])), netip.AddrFrom4([4]byte(b[16:])), b[header:total], true
}

// ipv6 gives addresses and TCP part of an IPv6 packet, behind extension headers
// (RFC 8200 4).
func ipv6(b []byte) (src, dst netip.Addr, body []byte, ok bool) {
	if len(b) < 40 {
		return src, dst, nil, false
	}
	src, dst = netip.AddrFrom16([16]byte(b[8:])), netip.AddrFrom16([16]byte(b[24:]))
	next, rest := b[6], b[40:]
	if n := int(binary.BigEndian.Uint16(b[4:])); n != 0 && n < len(rest) {
		rest = rest[:n]
	}
	for next != protocolTCP {
		if len(rest) < 8 {
			return src, dst, nil, false
		}
		size := 8 * (int(rest[1]) + 1)
		switch next {
		case 0, 43, 60, 135: // hop by hop, routing, destination options, mobility
		case 51: // authentication (RFC 4302), counted in units of four octets
			size = 4 * (int(rest[1]) + 2)
		default:
			return src, dst, nil, false
		}
		if size > len(rest) {
			return src, dst, nil, false
		}
		next, rest = rest[0], rest[size:]
	}
	return src, dst, rest, true
}
