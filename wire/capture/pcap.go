package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// Lengths of a classic pcap file, in octets.
const (
	pcapHeaderLen = 24
	pcapRecordLen = 16
	maxPacket     = 1 << 20 // tcpdump takes at most 256 KiB
)

// pcapngMagic begins files of the successor format, which is not read.
var pcapngMagic = []byte{0x0a, 0x0d, 0x0d, 0x0a}

// Magic numbers of pcap. They tell byte order and unit of the fraction of a
// second.
const (
	magicMicro = 0xa1b2c3d4
	magicNano  = 0xa1b23c4d
)

var errPcapng = errors.New("this is a pcapng file, and classic pcap is read: tcpdump -r FILE -w NEW converts it")

// pcapOrder gives the byte order of a file whose first four octets are b, nil
// if it is none of pcap.
func pcapOrder(b []byte) binary.ByteOrder {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if m := order.Uint32(b); m == magicMicro || m == magicNano {
			return order
		}
	}
	return nil
}

// packet is one record of the file. Its data is valid until the next one is
// read.
type packet struct {
	number int // from 1
	at     moment
	link   uint32 // LINKTYPE number
	order  binary.ByteOrder
	data   []byte
}

// moment is a time and how many digits its second has.
type moment struct {
	time.Time
	layout string
}

const (
	layoutSeconds = "2006-01-02T15:04:05Z"
	layoutMicro   = "2006-01-02T15:04:05.000000Z"
	layoutNano    = "2006-01-02T15:04:05.000000000Z"
)

func (m moment) String() string {
	if m.layout == "" {
		return ""
	}
	return m.UTC().Format(m.layout)
}

// pcap decodes a file of packets.
func (d *decoder) pcap() error {
	var head [pcapHeaderLen]byte
	n, err := io.ReadFull(d.in, head[:])
	if err != nil && !ended(err) {
		return err
	}
	order := pcapOrder(head[:])
	switch {
	case bytes.Equal(head[:4], pcapngMagic):
		return errPcapng
	case n >= 4 && order == nil:
		return fmt.Errorf("this is no pcap file: it begins with %x", head[:4])
	case n < len(head):
		return fmt.Errorf("this is no pcap file: it has %d octets, its header would have %d", n, len(head))
	}
	p := packet{order: order, link: order.Uint32(head[20:]) & 0xffff}
	if linkNames[p.link] == "" {
		return fmt.Errorf("packets of link type %d are not read", p.link)
	}
	unit := time.Microsecond
	p.at.layout = layoutMicro
	if order.Uint32(head[:]) == magicNano {
		unit, p.at.layout = time.Nanosecond, layoutNano
	}
	t := newTable(d)
	for d.failed == nil {
		if err := d.packet(&p, unit); err != nil {
			t.end()
			if err == io.EOF {
				return nil
			}
			return err
		}
		if s, ok := p.tcp(); ok {
			t.segment(&s)
		}
	}
	return nil
}

// packet reads the next record. A file that ends inside of one, or has one
// that cannot be, gets an object that says so, and ends there: io.EOF.
func (d *decoder) packet(p *packet, unit time.Duration) error {
	p.number++
	var head [pcapRecordLen]byte
	n, err := io.ReadFull(d.in, head[:])
	switch {
	case err == io.EOF:
		return io.EOF
	case ended(err):
		return d.cutPacket(p, fmt.Sprintf("the file ends %d octets into the header of a packet", n))
	case err != nil:
		return err
	}
	size := p.order.Uint32(head[8:])
	p.at.Time = time.Unix(int64(p.order.Uint32(head[:])), int64(p.order.Uint32(head[4:]))*int64(unit))
	if size > maxPacket {
		return d.cutPacket(p, fmt.Sprintf("a packet of %d octets, at most %d are expected: the file is damaged from here on", size, maxPacket))
	}
	if uint32(cap(p.data)) < size {
		p.data = make([]byte, size)
	}
	p.data = p.data[:size]
	n, err = io.ReadFull(d.in, p.data)
	if ended(err) {
		return d.cutPacket(p, fmt.Sprintf("the file ends %d octets into a packet of %d", n, size))
	}
	return err
}

func (d *decoder) cutPacket(p *packet, text string) error {
	o := broken(typeInvalid, text)
	o.Frame = p.number
	d.put(o)
	return io.EOF
}

// ended reports whether err means that the input is over, early or not.
func ended(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }
