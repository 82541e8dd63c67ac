package policy

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"bgpsh/wire"
)

// communityNames are the well-known communities with FRR's names, ascending.
var communityNames = []struct {
	value uint32
	name  string
}{
	{internet, "internet"},
	{wire.CommunityGracefulShutdown, "graceful-shutdown"},
	{0xffff0001, "accept-own"},
	{0xffff0002, "route-filter-translated-v4"},
	{0xffff0003, "route-filter-v4"},
	{0xffff0004, "route-filter-translated-v6"},
	{0xffff0005, "route-filter-v6"},
	{wire.CommunityLLGRStale, "llgr-stale"},
	{wire.CommunityNoLLGR, "no-llgr"},
	{0xffff0008, "accept-own-nexthop"},
	{wire.CommunityBlackhole, "blackhole"},
	{wire.CommunityNoExport, "no-export"},
	{wire.CommunityNoAdvertise, "no-advertise"},
	{wire.CommunityNoExportSubconfed, "local-AS"},
	{wire.CommunityNoPeer, "no-peer"},
}

// AppendCommunity adds a community as it is written: by name where it has one, else "65000:1".
func AppendCommunity(dst []byte, c uint32) []byte {
	if c == internet || c >= 0xffff0000 {
		for _, n := range communityNames {
			if n.value == c {
				return append(dst, n.name...)
			}
		}
	}
	dst = strconv.AppendUint(dst, uint64(c>>16), 10)
	return strconv.AppendUint(append(dst, ':'), uint64(c&0xffff), 10)
}

// Kinds of extended communities in their first two octets (RFC 4360, RFC 5668, RFC 9012, RFC 7153).
const (
	extAS2       = 0x00
	extIPv4      = 0x01
	extAS4       = 0x02
	extOpaque    = 0x03
	extTarget    = 0x02
	extSite      = 0x03
	extBandwidth = 0x04
	extColor     = 0x0b
	extNodeID    = 0x09 // FRR's `nt`, node target
)

// extWords are the words of the sub-types: of the configuration and of FRR's displays.
var extWords = []struct {
	sub        uint8
	word, show string
}{{extTarget, "rt", "RT"}, {extSite, "soo", "SoO"}, {extColor, "color", "Color"}, {extNodeID, "nt", "NT"}, {extBandwidth, "bandwidth", "LB"}}

// extWord is the place in extWords of an extended community's kind, -1 for one that has no word.
func extWord(c uint64) int {
	kind, sub := uint8(c>>56)&^0x40, uint8(c>>48)
	for i, w := range extWords {
		if w.sub != sub || (sub == extColor) != (kind == extOpaque) || sub == extBandwidth && kind != extAS2 {
			continue
		}
		if kind <= extOpaque {
			return i
		}
	}
	return -1
}

// KnownExtCommunity reports an extended community of a kind that has a word.
func KnownExtCommunity(c uint64) bool { return extWord(c) >= 0 }

// AppendExtCommunity adds an extended community as the configuration writes it ("rt 65000:1"), or as displays and regular
// expressions have it ("RT:65000:1").
func AppendExtCommunity(dst []byte, c uint64, display bool) []byte {
	kind, sub := uint8(c>>56)&^0x40, uint8(c>>48)
	i := extWord(c)
	if i < 0 {
		return fmt.Appendf(dst, "UNK:%d, %d", uint8(c>>56), sub)
	}
	if !display {
		return appendExtValue(append(append(dst, extWords[i].word...), ' '), kind, sub, c)
	}
	dst = append(append(dst, extWords[i].show...), ':')
	if sub == extNodeID && kind == extIPv4 { // the rest of a node target is nothing
		return extAddr(c).AppendTo(dst)
	}
	return appendExtValue(dst, kind, sub, c)
}

// extAddr is the IPv4 address in an extended community.
func extAddr(c uint64) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(c >> 40), byte(c >> 32), byte(c >> 24), byte(c >> 16)})
}

// appendExtValue adds what stands behind the word.
func appendExtValue(dst []byte, kind, sub uint8, c uint64) []byte {
	switch {
	case kind == extOpaque:
		return fmt.Appendf(dst, "%02b:%d", c>>46&3, c&0xffffffff)
	case sub == extBandwidth:
		return appendBandwidth(strconv.AppendUint(dst, c>>32&0xffff, 10), float64(math.Float32frombits(uint32(c))))
	case kind == extAS2:
		dst = strconv.AppendUint(dst, c>>32&0xffff, 10)
		return strconv.AppendUint(append(dst, ':'), c&0xffffffff, 10)
	case kind == extIPv4:
		dst = extAddr(c).AppendTo(dst)
	default:
		dst = strconv.AppendUint(dst, c>>16&0xffffffff, 10)
	}
	return strconv.AppendUint(append(dst, ':'), c&0xffff, 10)
}

// appendBandwidth adds a link bandwidth, in octets a second, as FRR shows it: also in bits, of the unit that fits.
func appendBandwidth(dst []byte, octets float64) []byte {
	bits, unit := octets*8, " bps"
	for _, u := range []string{" Kbps", " Mbps", " Gbps"} {
		if bits < 1000 {
			break
		}
		bits, unit = bits/1000, u
	}
	dst = fmt.Appendf(dst, ":%.0f (", octets)
	if unit == " bps" {
		return fmt.Appendf(dst, "%.0f bps)", bits)
	}
	return fmt.Appendf(dst, "%.3f%s)", bits, unit)
}

// ParseExtCommunity reads the value of an extended community of one of the words rt, soo, nt and color: "65000:1",
// "192.0.2.1:1", "4200000000:1"; a color is a number.
func ParseExtCommunity(word, text string) (uint64, error) {
	wrong := fmt.Errorf("%s %s is no extended community (ASN:NN or A.B.C.D:NN)", word, text)
	i := slices.IndexFunc(extWords, func(w struct {
		sub        uint8
		word, show string
	}) bool {
		return w.word == word
	})
	if i < 0 {
		return 0, wrong
	}
	sub := uint64(extWords[i].sub) << 48
	if word == "color" {
		co, value, found := strings.Cut(text, ":")
		if !found {
			co, value = "00", text
		}
		flags, err1 := strconv.ParseUint(co, 2, 2)
		n, err2 := strconv.ParseUint(value, 10, 32)
		if err1 != nil || err2 != nil {
			return 0, fmt.Errorf("%s is no color (a number up to 4294967295, behind 00:, 01:, 10: or 11:)", text)
		}
		return extOpaque<<56 | sub | flags<<46 | n, nil
	}
	left, right, ok := strings.Cut(text, ":")
	if !ok {
		return 0, wrong
	}
	low, err := strconv.ParseUint(right, 10, 32)
	if err != nil {
		return 0, wrong
	}
	if a, err := netip.ParseAddr(left); err == nil && a.Is4() {
		b := a.As4()
		high := uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
		if low > 0xffff {
			return 0, wrong
		}
		return extIPv4<<56 | sub | high<<16 | low, nil
	}
	high, err := strconv.ParseUint(left, 10, 32)
	switch {
	case err != nil, high > 0xffff && low > 0xffff:
		return 0, wrong
	case high > 0xffff:
		return extAS4<<56 | sub | high<<16 | low, nil
	}
	return extAS2<<56 | sub | high<<32 | low, nil
}

// Bandwidth is the link bandwidth community (draft-ietf-idr-link-bandwidth) of mbit megabits a second.
func Bandwidth(as, mbit uint32, nonTransitive bool) uint64 {
	if as > 0xffff {
		as = 23456
	}
	c := uint64(extBandwidth)<<48 | uint64(as)<<32 | uint64(math.Float32bits(float32(float64(mbit)*1e6/8)))
	if nonTransitive {
		c |= wire.ExtNonTransitive
	}
	return c
}
