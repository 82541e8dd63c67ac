package wire

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// maxName is the most octets of a host name, domain or software version sent.
const maxName = 64

// AppendTo adds all capabilities as (code, length, value), ordered by code and
// within one code as they stand in c. This is the value of a Capabilities
// parameter, and the data of a NOTIFICATION 2/7.
func (c *Capabilities) AppendTo(dst []byte) []byte {
	unknown := slices.Clone(c.Unknown)
	slices.SortStableFunc(unknown, func(a, b Capability) int { return int(a.Code) - int(b.Code) })
	for code := range 256 {
		for len(unknown) > 0 && int(unknown[0].Code) == code {
			dst = appendCapability(dst, unknown[0].Code, unknown[0].Value)
			unknown = unknown[1:]
		}
		dst = c.appendKnown(dst, uint8(code))
	}
	return dst
}

// AppendMultiprotocol adds the capability for one family, for the data of a
// NOTIFICATION 2/7 that asks for it.
func AppendMultiprotocol(dst []byte, f Family) []byte {
	return append(dst, CapMultiprotocol, 4, byte(f>>16), byte(f>>8), 0, byte(f))
}

// appendCapability adds one; a value of more than 255 octets is cut.
func appendCapability(dst []byte, code uint8, v []byte) []byte {
	v = v[:min(len(v), 255)]
	return append(append(dst, code, byte(len(v))), v...)
}

// appendKnown adds the capability of a code that has a type, if c has it.
func (c *Capabilities) appendKnown(dst []byte, code uint8) []byte {
	switch code {
	case CapMultiprotocol:
		for _, f := range c.Multiprotocol {
			dst = AppendMultiprotocol(dst, f)
		}
	case CapRouteRefresh:
		return appendFlag(dst, code, c.RouteRefresh)
	case CapFilters:
		return appendTuples(dst, code, c.Filters, 36, func(v []byte, m FilterMode) []byte {
			return append(v, byte(m.Family>>16), byte(m.Family>>8), 0, byte(m.Family), 1, filterByPrefix, m.Mode)
		})
	case CapExtendedNextHop:
		return appendTuples(dst, code, c.ExtendedNextHop, 42, func(v []byte, e ExtendedNextHop) []byte {
			v = append(v, byte(e.Family>>16), byte(e.Family>>8), 0, byte(e.Family))
			return binary.BigEndian.AppendUint16(v, e.NextHopAFI)
		})
	case CapExtendedMessage:
		return appendFlag(dst, code, c.ExtendedMessage)
	case CapRole:
		if c.HasRole {
			dst = append(dst, code, 1, c.Role)
		}
	case CapGracefulRestart:
		if c.GracefulRestart != nil {
			dst = appendCapability(dst, code, c.GracefulRestart.value())
		}
	case CapAS4:
		if c.HasAS4 {
			dst = binary.BigEndian.AppendUint32(append(dst, code, 4), c.AS4)
		}
	case CapAddPath:
		return appendTuples(dst, code, c.AddPath, 63, func(v []byte, a AddPath) []byte {
			return append(appendFamily(v, a.Family), a.Mode)
		})
	case CapEnhancedRouteRefresh:
		return appendFlag(dst, code, c.EnhancedRouteRefresh)
	case CapLongLived:
		if c.HasLongLived {
			dst = appendCapability(dst, code, longLivedValue(c.LongLived))
		}
	case CapFQDN:
		if c.FQDN != nil {
			host, domain := cutName(c.FQDN.Host), cutName(c.FQDN.Domain)
			v := append([]byte{byte(len(host))}, host...)
			dst = appendCapability(dst, code, append(append(v, byte(len(domain))), domain...))
		}
	case CapSoftwareVersion:
		if c.SoftwareVersion != "" {
			v := cutName(c.SoftwareVersion)
			dst = appendCapability(dst, code, append([]byte{byte(len(v))}, v...))
		}
	case CapOldRouteRefresh:
		return appendFlag(dst, code, c.OldRouteRefresh)
	}
	return dst
}

func appendFlag(dst []byte, code uint8, on bool) []byte {
	if on {
		return append(dst, code, 0)
	}
	return dst
}

// appendTuples adds list in as many capabilities as it takes, each one with at
// most size entries.
func appendTuples[T any](dst []byte, code uint8, list []T, size int, entry func([]byte, T) []byte) []byte {
	for chunk := range slices.Chunk(list, size) {
		var v []byte
		for _, e := range chunk {
			v = entry(v, e)
		}
		dst = appendCapability(dst, code, v)
	}
	return dst
}

func appendFamily(dst []byte, f Family) []byte {
	return append(dst, byte(f>>16), byte(f>>8), byte(f))
}

// forwarding is the flag F of RFC 4724 3 and RFC 9494 3.
func forwarding(on bool) byte {
	if on {
		return 0x80
	}
	return 0
}

// value gives flags, time and at most 63 families.
func (g *GracefulRestart) value() []byte {
	head := g.Time & 0x0fff
	if g.Restarting {
		head |= 0x8000
	}
	if g.Notification {
		head |= 0x4000
	}
	v := binary.BigEndian.AppendUint16(nil, head)
	for _, f := range g.Families[:min(len(g.Families), 63)] {
		v = append(appendFamily(v, f.Family), forwarding(f.Forwarding))
	}
	return v
}

// longLivedValue gives at most 36 families.
func longLivedValue(list []LongLivedFamily) []byte {
	var v []byte
	for _, f := range list[:min(len(list), 36)] {
		v = append(appendFamily(v, f.Family), forwarding(f.Forwarding))
		v = append(v, byte(f.Time>>16), byte(f.Time>>8), byte(f.Time))
	}
	return v
}

// cutName cuts s to maxName octets between two characters.
func cutName(s string) string {
	if len(s) <= maxName {
		return s
	}
	end := maxName
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
