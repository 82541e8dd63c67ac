package capture

import (
	"encoding/binary"
	"net/netip"
)

// cursor reads fields off the front of a record. Beyond its end everything is
// zero and short stays set.
type cursor struct {
	b     []byte
	short bool
}

// take gives the next n octets, nil when there are fewer.
func (c *cursor) take(n int) []byte {
	if n > len(c.b) {
		c.b, c.short = nil, true
		return nil
	}
	out := c.b[:n:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) u8() uint8 {
	if v := c.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (c *cursor) u16() uint16 {
	if v := c.take(2); v != nil {
		return binary.BigEndian.Uint16(v)
	}
	return 0
}

func (c *cursor) u32() uint32 {
	if v := c.take(4); v != nil {
		return binary.BigEndian.Uint32(v)
	}
	return 0
}

// as reads an AS number of 2 or 4 octets.
func (c *cursor) as(four bool) uint32 {
	if four {
		return c.u32()
	}
	return uint32(c.u16())
}

// addr reads an IPv6 address or an IPv4 one.
func (c *cursor) addr(v6 bool) netip.Addr {
	size := 4
	if v6 {
		size = 16
	}
	a, _ := netip.AddrFromSlice(c.take(size))
	return a
}
