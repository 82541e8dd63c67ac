package capture

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bgpsh/wire"
)

// trace is a capture under construction.
type trace struct {
	b     []byte
	order binary.AppendByteOrder
	link  uint32
	at    time.Duration // of the next packet, from 2026-01-02T03:04:05Z on
	nano  bool
}

func newTrace() *trace { return traceOf(binary.LittleEndian, linkEthernet, false) }

func traceOf(order binary.AppendByteOrder, link uint32, nano bool) *trace {
	magic := uint32(magicMicro)
	if nano {
		magic = magicNano
	}
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(order.AppendUint16(b, 2), 4)
	b = order.AppendUint32(order.AppendUint32(b, 0), 0)
	b = order.AppendUint32(order.AppendUint32(b, 262144), link)
	return &trace{b: b, order: order, link: link, nano: nano}
}

// packet adds one packet, whose data begins with the link layer.
func (c *trace) packet(data []byte) {
	const base = 1767323045
	fraction := c.at % time.Second / time.Microsecond
	if c.nano {
		fraction = c.at % time.Second
	}
	c.b = c.order.AppendUint32(c.b, base+uint32(c.at/time.Second))
	c.b = c.order.AppendUint32(c.b, uint32(fraction))
	c.b = c.order.AppendUint32(c.b, uint32(len(data)))
	c.b = c.order.AppendUint32(c.b, uint32(len(data)))
	c.b = append(c.b, data...)
	c.at += time.Millisecond
}

// end is one end of a connection: where it is and what it has sent.
type end struct {
	c    *trace
	addr netip.AddrPort
	peer *end
	seq  uint32
}

// connect gives the two ends of a connection whose first sequence numbers, as
// usual, are close to the wrap.
func (c *trace) connect(client, server string) (a, b *end) {
	a = &end{c: c, addr: netip.MustParseAddrPort(client), seq: 0xffffff00}
	b = &end{c: c, addr: netip.MustParseAddrPort(server), seq: 0xfffffff0, peer: a}
	a.peer = b
	return a, b
}

// handshake captures SYN and SYN-ACK.
func (a *end) handshake() {
	a.segment(a.seq, tcpSYN, nil)
	a.seq++
	a.peer.segment(a.peer.seq, tcpSYN|tcpACK, nil)
	a.peer.seq++
}

// send captures the next octets of the stream; skip sends and does not capture
// them.
func (a *end) send(b []byte) uint32 {
	seq := a.seq
	a.segment(seq, tcpACK, b)
	a.seq += uint32(len(b))
	return seq
}

func (a *end) skip(b []byte) uint32 {
	seq := a.seq
	a.seq += uint32(len(b))
	return seq
}

// segment captures one segment with these octets at seq.
func (a *end) segment(seq uint32, flags uint8, payload []byte) {
	tcp := binary.BigEndian.AppendUint16(nil, a.addr.Port())
	tcp = binary.BigEndian.AppendUint16(tcp, a.peer.addr.Port())
	tcp = binary.BigEndian.AppendUint32(tcp, seq)
	tcp = binary.BigEndian.AppendUint32(tcp, a.peer.seq)
	tcp = append(tcp, 6<<4, flags, 0xff, 0xff, 0, 0, 0, 0, 1, 1, 1, 1) // with options
	a.c.packet(a.c.frame(a.ip(append(tcp, payload...))))
}

// ip puts an IP header before a TCP segment.
func (a *end) ip(tcp []byte) []byte {
	src, dst := a.addr.Addr().AsSlice(), a.peer.addr.Addr().AsSlice()
	if a.addr.Addr().Is4() {
		b := append([]byte{0x45, 0}, byte((20+len(tcp))>>8), byte(20+len(tcp)))
		b = append(b, 0, 0, 0x40, 0, 64, protocolTCP, 0, 0)
		return cat(b, src, dst, tcp)
	}
	// A destination options header, so that it is passed over.
	b := append([]byte{0x60, 0, 0, 0}, byte((8+len(tcp))>>8), byte(8+len(tcp)), 60, 64)
	return cat(b, src, dst, []byte{protocolTCP, 0, 1, 4, 0, 0, 0, 0}, tcp)
}

// frame puts a link header before an IP packet, and for Ethernet padding behind.
func (c *trace) frame(ip []byte) []byte {
	kind := []byte{0x08, 0x00}
	if ip[0]>>4 == 6 {
		kind = []byte{0x86, 0xdd}
	}
	switch c.link {
	case linkEthernet:
		return cat(make([]byte, 12), []byte{0x88, 0xa8, 0, 7, 0x81, 0, 0, 8}, kind, ip, make([]byte, 3))
	case linkSLL:
		return cat(make([]byte, 14), kind, ip)
	case linkSLL2:
		return cat(kind, make([]byte, 18), ip)
	case linkNull, linkLoop:
		return cat([]byte{2, 0, 0, 0}, ip)
	}
	return ip
}

func (c *trace) summary(t *testing.T, o Options) string {
	t.Helper()
	return summary(objects(t, c.b, o))
}

// A connection reads the same on every link, in every byte order, over both IPs.
func TestLinksAndOrders(t *testing.T) {
	for name, c := range map[string]*trace{
		"Ethernet":   traceOf(binary.LittleEndian, linkEthernet, false),
		"big endian": traceOf(binary.BigEndian, linkEthernet, false),
		"nano":       traceOf(binary.LittleEndian, linkEthernet, true),
		"big nano":   traceOf(binary.BigEndian, linkRaw, true),
		"cooked":     traceOf(binary.LittleEndian, linkSLL, false),
		"cooked v2":  traceOf(binary.LittleEndian, linkSLL2, false),
		"loopback":   traceOf(binary.LittleEndian, linkNull, false),
		"OpenBSD":    traceOf(binary.LittleEndian, linkLoop, false),
		"raw":        traceOf(binary.LittleEndian, linkRawBSD, false),
		"IPv4":       traceOf(binary.LittleEndian, linkIPv4, false),
	} {
		for _, pair := range [][2]string{{"192.0.2.1:40000", "192.0.2.2:179"}, {"[2001:db8::1]:40000", "[2001:db8::2]:179"}} {
			c.b, c.at = c.b[:pcapHeaderLen], 0
			a, b := c.connect(pair[0], pair[1])
			a.handshake()
			a.send(announce(1))
			b.send(announce(2))
			list := objects(t, c.b, Options{})
			if got := summary(list); got != "1 2" {
				t.Errorf("%s: %q, want two messages", name, got)
				continue
			}
			want := []string{"2026-01-02T03:04:05.002000Z", pair[0], pair[1], "3", "2026-01-02T03:04:05.003000Z", pair[1], pair[0], "4"}
			if c.nano {
				want[0], want[4] = "2026-01-02T03:04:05.002000000Z", "2026-01-02T03:04:05.003000000Z"
			}
			for i, where := range []string{"time", "src", "dst", "frame"} {
				for j, o := range list {
					if got := strings.Trim(at(o, where), `"`); got != want[4*j+i] {
						t.Errorf("%s, message %d: %s %s, want %s", name, j, where, got, want[4*j+i])
					}
				}
			}
		}
	}
}

// Packets that are not of TCP, or are cut anywhere, are passed over.
func TestForeignPackets(t *testing.T) {
	c := newTrace()
	a, _ := c.connect("192.0.2.1:40000", "192.0.2.2:179")
	whole := c.frame(a.ip(make([]byte, 24)))
	for n := range whole {
		c.packet(whole[:n])
	}
	arp := bytes.Clone(whole)
	arp[20], arp[21] = 0x08, 0x06
	udp := bytes.Clone(whole)
	udp[22+9] = 17
	fragment := bytes.Clone(whole)
	fragment[22+6] = 0x20
	for _, b := range [][]byte{arp, udp, fragment} {
		c.packet(b)
	}
	a.send(announce(1))
	if got := c.summary(t, Options{}); got != "1" {
		t.Errorf("%q, want the one message", got)
	}
}

// What is no pcap file is an error; one that is damaged is read up to there.
func TestDamagedFiles(t *testing.T) {
	c := newTrace()
	a, _ := c.connect("192.0.2.1:40000", "192.0.2.2:179")
	a.handshake()
	a.send(announce(1))
	first := len(c.b)
	a.send(announce(2))
	for name, in := range map[string][]byte{
		"text":       []byte("hello, world, this is text"),
		"empty":      nil,
		"cut header": c.b[:20],
		"pcapng":     append(bytes.Clone(pcapngMagic), make([]byte, 30)...),
		"link type":  traceOf(binary.LittleEndian, 127, false).b,
	} {
		var out bytes.Buffer
		if err := Decode(bytes.NewReader(in), &out, Options{Format: Pcap}); err == nil || out.Len() > 0 {
			t.Errorf("%s: %q, %v, want an error", name, out.String(), err)
		}
	}
	for n := first + 1; n < len(c.b); n++ {
		list := objects(t, c.b[:n], Options{})
		if got := summary(list); got != "INVALID[,] 1" && got != "1 INVALID[,]" {
			t.Fatalf("%d of %d octets: %q", n, len(c.b), got)
		}
	}
	huge := binary.LittleEndian.AppendUint32(append(c.b[:first:first], make([]byte, 8)...), maxPacket+1)
	if got := summary(objects(t, append(huge, make([]byte, 100)...), Options{})); got != "1 INVALID[,]" {
		t.Errorf("a packet beyond the limit: %q", got)
	}
}

// The OPENs of a connection decide how its UPDATEs are read, each direction by
// itself; what was not seen is as the options say.
func TestNegotiation(t *testing.T) {
	families := []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast}
	modern := wire.Capabilities{Multiprotocol: families, HasAS4: true, ExtendedMessage: true,
		ExtendedNextHop: []wire.ExtendedNextHop{{Family: wire.IPv4Unicast, NextHopAFI: 2}}}
	sends, receives := modern, modern
	sends.AddPath = []wire.AddPath{{Family: wire.IPv4Unicast, Mode: wire.AddPathSend}}
	receives.AddPath = []wire.AddPath{{Family: wire.IPv4Unicast, Mode: wire.AddPathReceive}}
	noNextHop := modern
	noNextHop.ExtendedNextHop = nil

	var (
		clean    = update("", origin+path+nextHop, net24)
		as2      = update("", origin+"40 02 04 02 01 fde9"+nextHop, net24)
		marked   = update("", origin+path+nextHop, "00000021"+net24) // without an identifier: a prefix of 33 bits
		internal = update("", origin+"40 02 00"+nextHop+"40 05 04 00000064", net24)
		extended = update("", origin+path+nextHop, strings.Repeat(net24, 1100))
		overIPv6 = update("", origin+path+"80 0e 19 0001 01 10 20010db8000000000000000000000001 00"+net24, "")
		ipv6     = update("", origin+path+"80 0e 1c 0002 01 10 20010db8000000000000000000000001 00 30 20010db80001", "")
	)
	for _, c := range []struct {
		name         string
		a, b         []byte // the OPENs; nil is not captured
		o            Options
		from, to     []byte // what the ends send then
		first, other string // how that is judged
	}{
		{"modern", open(65001, modern), open(65002, modern), Options{}, clean, as2, "ok", "withdraw"},
		{"one end is old", open(65001, wire.Capabilities{}), open(65002, modern), Options{}, clean, as2, "withdraw", "ok"},
		{"the options say old, the OPENs do not", open(65001, modern), open(65002, modern), Options{AS2: true}, clean, as2, "ok", "withdraw"},
		{"path identifiers one way", open(65001, sends), open(65002, receives), Options{}, marked, clean, "ok", "ok"},
		{"path identifiers not at all", open(65001, sends), open(65002, sends), Options{AddPath: true}, clean, marked, "ok", "reset"},
		{"path identifiers, one OPEN", nil, open(65002, receives), Options{AddPath: true}, marked, clean, "ok", "ok"},
		{"internal", open(65001, modern), open(65001, modern), Options{}, internal, clean, "ok", "ok"},
		{"external", open(65001, modern), open(65002, modern), Options{Internal: true}, internal, clean, "discard", "ok"},
		{"extended", open(65001, modern), open(65002, modern), Options{}, extended, clean, "ok", "ok"},
		{"not extended", open(65001, wire.Capabilities{HasAS4: true}), open(65002, modern), Options{Extended: true}, extended, clean, "reset", "ok"},
		{"extended next hop", open(65001, modern), open(65002, modern), Options{}, overIPv6, overIPv6, "ok", "ok"},
		{"no extended next hop", open(65001, modern), open(65002, noNextHop), Options{}, overIPv6, overIPv6, "withdraw", "withdraw"},
		{"no OPEN", nil, nil, Options{}, overIPv6, ipv6, "ok", "ok"},
		{"no OPEN, other options", nil, nil, Options{AS2: true, AddPath: true}, marked, clean, "withdraw", "reset"},
		{"no IPv6", open(65001, wire.Capabilities{HasAS4: true}), open(65002, modern), Options{}, ipv6, clean, "unnegotiated", "ok"},
	} {
		tr := newTrace()
		a, b := tr.connect("192.0.2.1:40000", "192.0.2.2:179")
		a.handshake()
		opens := 0
		for i, o := range [][]byte{c.a, c.b} {
			if o != nil {
				[]*end{a, b}[i].send(o)
				opens++
			}
		}
		a.send(c.from)
		b.send(c.to)
		list := objects(t, tr.b, c.o)
		if len(list) < opens+2 {
			t.Errorf("%s: %s", c.name, summary(list))
			continue
		}
		// A refused header comes out when the rest is known: last.
		got := map[string]string{}
		for _, o := range list[opens:] {
			word := strings.Trim(at(o, "error.action"), `"`)
			switch {
			case at(o, "unnegotiated") == "true":
				word = "unnegotiated"
			case word == "":
				word = "ok"
			}
			got[strings.Trim(at(o, "src"), `"`)] = word
		}
		if got[a.addr.String()] != c.first || got[b.addr.String()] != c.other {
			t.Errorf("%s: %v, want %s and %s", c.name, got, c.first, c.other)
		}
	}
}
