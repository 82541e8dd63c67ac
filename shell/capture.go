package shell

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"bgpsh/ipc/api"
)

// packets are a file of packets (classic pcap, LINKTYPE_RAW) made of
// messages. The messages are real; so are the ends of their connections,
// where they are known. The packets around them are made up: a handshake
// where a connection begins, one segment for each message, and numbers that
// follow each other although messages between them may be forgotten.
type packets struct {
	b     []byte
	conns map[string]*captured
}

// captured is one connection in a capture.
type captured struct {
	ends [2]netip.AddrPort // ours, the neighbor's
	seq  [2]uint32         // the next octet of each
}

const (
	linktypeRaw = 101
	snapLen     = 65535

	tcpSYN = 1 << 1
	tcpPSH = 1 << 3
	tcpACK = 1 << 4
)

// appendCapture makes the file of a neighbor's messages, the oldest first.
func appendCapture(b []byte, h *api.SessionHistory) []byte {
	c := &packets{b: b, conns: map[string]*captured{}}
	for _, v := range []uint32{0xa1b23c4d, 2 | 4<<16, 0, 0, snapLen, linktypeRaw} { // times in nanoseconds, version 2.4
		c.b = binary.LittleEndian.AppendUint32(c.b, v)
	}
	for _, m := range slices.Backward(h.Messages) {
		c.message(&m, h.Neighbor.Address)
	}
	return c.b
}

// message adds one message, and the handshake of its connection before the
// first.
func (c *packets) message(m *api.SessionMessage, neighbor netip.Addr) {
	conn := c.conns[m.Connection]
	if conn == nil {
		conn = newCaptured(m, neighbor)
		c.conns[m.Connection] = conn
		client := 1
		if m.Dialed {
			client = 0
		}
		c.segment(m, conn, client, tcpSYN, nil, 0)
		conn.seq[client]++
		c.segment(m, conn, 1-client, tcpSYN|tcpACK, nil, 0)
		conn.seq[1-client]++
		c.segment(m, conn, client, tcpACK, nil, 0)
	}
	from := 1
	if m.Sent {
		from = 0
	}
	c.segment(m, conn, from, tcpPSH|tcpACK, m.Bytes, m.Length)
	conn.seq[from] += uint32(m.Length)
}

func newCaptured(m *api.SessionMessage, neighbor netip.Addr) *captured {
	c := &captured{ends: [2]netip.AddrPort{m.Local, m.Remote}}
	if !m.Local.IsValid() || !m.Remote.IsValid() { // forgotten
		unspecified := netip.IPv4Unspecified()
		if neighbor.Is6() || !neighbor.IsValid() {
			unspecified = netip.IPv6Unspecified()
		}
		if !neighbor.IsValid() {
			neighbor = unspecified
		}
		c.ends = [2]netip.AddrPort{netip.AddrPortFrom(unspecified, 179), netip.AddrPortFrom(neighbor, 179)}
	}
	for i, end := range c.ends {
		c.ends[i] = netip.AddrPortFrom(end.Addr().Unmap().WithZone(""), end.Port())
	}
	return c
}

// segment adds one packet. size is the length of the message of which payload
// is what was kept.
func (c *packets) segment(m *api.SessionMessage, conn *captured, from int, flags byte, payload []byte, size int) {
	src, dst := conn.ends[from], conn.ends[1-from]
	tcp := binary.BigEndian.AppendUint16(nil, src.Port())
	tcp = binary.BigEndian.AppendUint16(tcp, dst.Port())
	tcp = binary.BigEndian.AppendUint32(tcp, conn.seq[from])
	ack := conn.seq[1-from]
	if flags&tcpACK == 0 {
		ack = 0
	}
	tcp = binary.BigEndian.AppendUint32(tcp, ack)
	tcp = append(tcp, 5<<4, flags, 0xff, 0xff, 0, 0, 0, 0)
	tcp = append(tcp, payload...)
	sum := pseudoHeader(src.Addr(), dst.Addr(), len(tcp))
	binary.BigEndian.PutUint16(tcp[16:], checksum(append(sum, tcp...)))
	missing := size - len(payload)
	packet := append(ipHeader(src.Addr(), dst.Addr(), len(tcp)+missing), tcp...)
	c.b = binary.LittleEndian.AppendUint32(c.b, uint32(m.At.Unix()))
	c.b = binary.LittleEndian.AppendUint32(c.b, uint32(m.At.Nanosecond()))
	c.b = binary.LittleEndian.AppendUint32(c.b, uint32(len(packet)))
	c.b = binary.LittleEndian.AppendUint32(c.b, uint32(len(packet)+missing))
	c.b = append(c.b, packet...)
}

// ipHeader is the header of a packet with n octets of TCP. More than a packet
// can have, for the longest of messages, counts as the most.
func ipHeader(src, dst netip.Addr, n int) []byte {
	if src.Is4() {
		h := []byte{0x45, 0xc0}
		h = binary.BigEndian.AppendUint16(h, uint16(min(20+n, snapLen)))
		h = append(h, 0, 0, 0x40, 0, 64, 6, 0, 0)
		h = append(append(h, src.AsSlice()...), dst.AsSlice()...)
		binary.BigEndian.PutUint16(h[10:], checksum(h))
		return h
	}
	h := []byte{0x6c, 0, 0, 0}
	h = binary.BigEndian.AppendUint16(h, uint16(min(n, snapLen)))
	h = append(h, 6, 64)
	return append(append(h, src.AsSlice()...), dst.AsSlice()...)
}

// pseudoHeader is what the checksum of TCP covers besides the segment
// (RFC 9293 3.1, RFC 8200 8.1).
func pseudoHeader(src, dst netip.Addr, n int) []byte {
	b := append(src.AsSlice(), dst.AsSlice()...)
	b = binary.BigEndian.AppendUint32(b, uint32(n))
	return append(b, 0, 0, 0, 6)
}

// checksum is the Internet checksum (RFC 1071).
func checksum(b []byte) uint16 {
	sum := uint32(0)
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) > 0 {
		sum += uint32(b[0]) << 8
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}
