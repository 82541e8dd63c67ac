package capture

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"

	"bgpsh/wire"
)

// asPath is an AS_PATH or AS4_PATH.
type asPath struct {
	String   string    `json:"string"` // as routers write it
	Length   int       `json:"length"` // as the decision process counts
	Segments []segment `json:"segments"`
}

type segment struct {
	Type string   `json:"type"`
	AS   []uint32 `json:"as"`
}

var segmentNames = [...]string{
	wire.SegmentSet: "set", wire.SegmentSequence: "sequence",
	wire.SegmentConfedSequence: "confedSequence", wire.SegmentConfedSet: "confedSet",
}

// pathOf reads segments of AS numbers of width octets. It fails for anything
// that is not a list of whole segments of known types.
func pathOf(v []byte, width int) (*asPath, bool) {
	var path wire.ASPath
	out := &asPath{Segments: []segment{}}
	for len(v) > 0 {
		if len(v) < 2 || v[0] < wire.SegmentSet || v[0] > wire.SegmentConfedSet {
			return nil, false
		}
		end := 2 + width*int(v[1])
		if end > len(v) {
			return nil, false
		}
		s := segment{segmentNames[v[0]], make([]uint32, 0, v[1])}
		for b := v[2:end]; len(b) > 0; b = b[width:] {
			if width == 4 {
				s.AS = append(s.AS, binary.BigEndian.Uint32(b))
			} else {
				s.AS = append(s.AS, uint32(binary.BigEndian.Uint16(b)))
			}
		}
		path = path.AppendSegment(v[0], s.AS...)
		out.Segments = append(out.Segments, s)
		v = v[end:]
	}
	out.String, out.Length = path.String(), path.Length()
	return out, true
}

// texts writes each unit octets of a list. It fails for an empty one and for
// one that does not come out even.
func texts(v []byte, unit int, text func([]byte) string) ([]string, bool) {
	if len(v) == 0 || len(v)%unit != 0 {
		return nil, false
	}
	out := make([]string, 0, len(v)/unit)
	for ; len(v) > 0; v = v[unit:] {
		out = append(out, text(v[:unit]))
	}
	return out, true
}

// wellKnown are the communities that have names (IANA), in FRR's spelling.
var wellKnown = map[uint32]string{
	wire.CommunityGracefulShutdown: "graceful-shutdown", 0xffff0001: "accept-own",
	wire.CommunityLLGRStale: "llgr-stale", wire.CommunityNoLLGR: "no-llgr",
	wire.CommunityBlackhole: "blackhole", wire.CommunityNoExport: "no-export",
	wire.CommunityNoAdvertise: "no-advertise", wire.CommunityNoExportSubconfed: "local-AS",
	wire.CommunityNoPeer: "no-peer",
}

func communityText(v []byte) string {
	c := binary.BigEndian.Uint32(v)
	if name := wellKnown[c]; name != "" {
		return name
	}
	return strconv.Itoa(int(c>>16)) + ":" + strconv.Itoa(int(c&0xffff))
}

func largeCommunityText(v []byte) string {
	return wire.LargeCommunity{
		Global: binary.BigEndian.Uint32(v), Local1: binary.BigEndian.Uint32(v[4:]), Local2: binary.BigEndian.Uint32(v[8:]),
	}.String()
}

// Subtypes of extended communities that have a name here (RFC 4360 4, 5).
var extNames = map[byte]string{2: "RT", 3: "SoO"}

// extCommunityText names route targets and origins, whose administrator is an
// AS of two octets, an IPv4 address or an AS of four octets (RFC 4360 3,
// RFC 5668 2). Any other is 16 hex digits.
func extCommunityText(v []byte) string {
	name := extNames[v[1]]
	if name == "" || v[0] > 2 {
		return hex.EncodeToString(v)
	}
	long, short := binary.BigEndian.Uint32(v[4:]), binary.BigEndian.Uint16(v[6:])
	switch v[0] {
	case 0:
		return name + ":" + strconv.Itoa(int(binary.BigEndian.Uint16(v[2:]))) + ":" + strconv.FormatUint(uint64(long), 10)
	case 1:
		return name + ":" + address(v[2:6]) + ":" + strconv.Itoa(int(short))
	}
	return name + ":" + strconv.FormatUint(uint64(binary.BigEndian.Uint32(v[2:])), 10) + ":" + strconv.Itoa(int(short))
}

// ipv6ExtCommunityText does so for those that have an IPv6 address (RFC 5701 2),
// written in brackets. Any other is 40 hex digits.
func ipv6ExtCommunityText(v []byte) string {
	name := extNames[v[1]]
	if name == "" || v[0] != 0 {
		return hex.EncodeToString(v)
	}
	return name + ":[" + netip.AddrFrom16([16]byte(v[2:18])).String() + "]:" + strconv.Itoa(int(binary.BigEndian.Uint16(v[18:])))
}
