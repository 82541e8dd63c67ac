package wire

import (
	"encoding/binary"
	"strconv"
)

// Well-known communities (RFC 1997, RFC 3765, RFC 7999, RFC 8326, RFC 9494).
const (
	CommunityGracefulShutdown  uint32 = 0xffff0000
	CommunityLLGRStale         uint32 = 0xffff0006
	CommunityNoLLGR            uint32 = 0xffff0007
	CommunityBlackhole         uint32 = 0xffff029a
	CommunityNoExport          uint32 = 0xffffff01
	CommunityNoAdvertise       uint32 = 0xffffff02
	CommunityNoExportSubconfed uint32 = 0xffffff03
	CommunityNoPeer            uint32 = 0xffffff04
)

// Communities is a view over communities of four octets, in the order received.
type Communities []byte

// Len gives their number.
func (c Communities) Len() int { return len(c) / 4 }

// At gives the one at i, below Len.
func (c Communities) At(i int) uint32 { return binary.BigEndian.Uint32(c[4*i:]) }

// Has reports whether v is among them.
func (c Communities) Has(v uint32) bool {
	for i := range c.Len() {
		if c.At(i) == v {
			return true
		}
	}
	return false
}

// ClusterList is a view over cluster identifiers, the latest first.
type ClusterList []byte

// Len gives their number.
func (c ClusterList) Len() int { return len(c) / 4 }

// At gives the one at i, below Len, in host order.
func (c ClusterList) At(i int) uint32 { return binary.BigEndian.Uint32(c[4*i:]) }

// Has reports whether id is among them: a loop where it is our own (RFC 4456 8).
func (c ClusterList) Has(id uint32) bool { return Communities(c).Has(id) }

// ExtCommunities is a view over extended communities of eight octets.
type ExtCommunities []byte

// ExtNonTransitive is the bit of an extended community that keeps it inside of
// an AS (RFC 4360 2).
const ExtNonTransitive uint64 = 1 << 62

// Len gives their number.
func (c ExtCommunities) Len() int { return len(c) / 8 }

// At gives the one at i, below Len.
func (c ExtCommunities) At(i int) uint64 { return binary.BigEndian.Uint64(c[8*i:]) }

// Has reports whether v is among them.
func (c ExtCommunities) Has(v uint64) bool {
	for i := range c.Len() {
		if c.At(i) == v {
			return true
		}
	}
	return false
}

// IPv6ExtCommunities is a view over those of twenty octets (RFC 5701).
type IPv6ExtCommunities []byte

// Len gives their number.
func (c IPv6ExtCommunities) Len() int { return len(c) / 20 }

// At gives the one at i, below Len.
func (c IPv6ExtCommunities) At(i int) [20]byte { return [20]byte(c[20*i:]) }

// LargeCommunity is one large community (RFC 8092 3).
type LargeCommunity struct {
	Global, Local1, Local2 uint32
}

// String gives the canonical form, "64496:1:2" (RFC 8092 6).
func (c LargeCommunity) String() string {
	b := strconv.AppendUint(nil, uint64(c.Global), 10)
	b = strconv.AppendUint(append(b, ':'), uint64(c.Local1), 10)
	return string(strconv.AppendUint(append(b, ':'), uint64(c.Local2), 10))
}

func (c LargeCommunity) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, c.Global)
	dst = binary.BigEndian.AppendUint32(dst, c.Local1)
	return binary.BigEndian.AppendUint32(dst, c.Local2)
}

// LargeCommunities is a view over large communities.
type LargeCommunities []byte

// Len gives their number.
func (c LargeCommunities) Len() int { return len(c) / 12 }

// At gives the one at i, below Len.
func (c LargeCommunities) At(i int) LargeCommunity {
	b := c[12*i:]
	return LargeCommunity{
		binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:]),
	}
}

// Has reports whether v is among them.
func (c LargeCommunities) Has(v LargeCommunity) bool {
	for i := range c.Len() {
		if c.At(i) == v {
			return true
		}
	}
	return false
}
