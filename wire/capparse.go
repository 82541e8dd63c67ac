package wire

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// parse reads the value of one Capabilities parameter: any number of
// capabilities, each with its own length (RFC 5492 4). It may be called for
// several parameters of one OPEN.
func (c *Capabilities) parse(b []byte) *Error {
	c.Present = true
	for len(b) > 0 {
		if len(b) < 2 || 2+int(b[1]) > len(b) {
			return malformedOpen("capability does not fit in the %d octets left of its parameter", len(b))
		}
		end := 2 + int(b[1])
		if err := c.set(b[0], b[2:end]); err != nil {
			return err
		}
		b = b[end:]
	}
	return nil
}

// set takes one capability. One with a length that its specification cannot
// have is the error 2/0 with the capability as data; where it only informs
// (names, versions) it is kept as unknown instead. Of those sent twice with
// different values the last one counts, lists are joined; only roles must agree.
func (c *Capabilities) set(code uint8, v []byte) *Error {
	valid := validCapability(code, v)
	if !valid && (code == CapFQDN || code == CapSoftwareVersion || code == CapFilters) {
		c.Unknown = append(c.Unknown, Capability{code, bytes.Clone(v)})
		return nil
	}
	if !valid {
		return resetError(CodeOpen, OpenUnspecific, append([]byte{code, byte(len(v))}, v...),
			"capability %d has a malformed value of %d octets", code, len(v))
	}
	switch code {
	case CapMultiprotocol:
		c.Multiprotocol = include(c.Multiprotocol, NewFamily(binary.BigEndian.Uint16(v), v[3]))
	case CapRouteRefresh:
		c.RouteRefresh = true
	case CapOldRouteRefresh:
		c.OldRouteRefresh = true
	case CapEnhancedRouteRefresh:
		c.EnhancedRouteRefresh = true
	case CapFilters:
		c.setFilters(v)
	case CapExtendedMessage:
		c.ExtendedMessage = true
	case CapExtendedNextHop:
		for ; len(v) >= 6; v = v[6:] { // the SAFI has two octets here (RFC 8950 4)
			if v[2] != 0 {
				continue // no such SAFI exists
			}
			f := NewFamily(binary.BigEndian.Uint16(v), v[3])
			c.ExtendedNextHop = include(c.ExtendedNextHop, ExtendedNextHop{f, binary.BigEndian.Uint16(v[4:])})
		}
	case CapRole:
		if c.HasRole && c.Role != v[0] {
			return resetError(CodeOpen, OpenRoleMismatch, nil, "roles %d and %d in one OPEN", c.Role, v[0])
		}
		c.HasRole, c.Role = true, v[0]
	case CapAS4:
		c.HasAS4, c.AS4 = true, binary.BigEndian.Uint32(v)
	case CapAddPath:
		c.setAddPath(v)
	case CapGracefulRestart:
		c.setGracefulRestart(v)
	case CapLongLived:
		c.setLongLived(v)
	case CapFQDN:
		host := 1 + int(v[0])
		c.FQDN = &FQDN{Host: printableText(v[1:host]), Domain: printableText(v[host+1 : host+1+int(v[host])])}
	case CapSoftwareVersion:
		c.SoftwareVersion = printableText(v[1 : 1+int(v[0])])
	default:
		c.Unknown = append(c.Unknown, Capability{code, bytes.Clone(v)})
	}
	return nil
}

// validCapability checks the length that the specification of code gives. Those
// without a value may have one, which says nothing.
func validCapability(code uint8, v []byte) bool {
	switch code {
	case CapMultiprotocol, CapAS4:
		return len(v) == 4
	case CapExtendedNextHop:
		return len(v)%6 == 0
	case CapRole:
		return len(v) == 1
	case CapFilters:
		return validFilters(v)
	case CapAddPath:
		return len(v)%4 == 0
	case CapGracefulRestart:
		return len(v) >= 2 && (len(v)-2)%4 == 0
	case CapLongLived:
		return len(v)%7 == 0
	case CapFQDN:
		if len(v) < 2 || 2+int(v[0]) > len(v) {
			return false
		}
		host := 1 + int(v[0])
		return host+1+int(v[host]) <= len(v)
	case CapSoftwareVersion:
		return len(v) >= 1 && 1+int(v[0]) <= len(v)
	}
	return true
}

// include adds v to list unless it is there.
func include[T comparable](list []T, v T) []T {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// setAddPath reads (AFI, SAFI, mode). A mode out of range voids its tuple only
// (RFC 7911 4); of two tuples of one family the last one counts.
func (c *Capabilities) setAddPath(v []byte) {
	for ; len(v) >= 4; v = v[4:] {
		a := AddPath{NewFamily(binary.BigEndian.Uint16(v), v[2]), v[3]}
		if a.Mode < AddPathReceive || a.Mode > AddPathBoth {
			continue
		}
		c.AddPath = slices.DeleteFunc(c.AddPath, func(old AddPath) bool { return old.Family == a.Family })
		c.AddPath = append(c.AddPath, a)
	}
}

// setGracefulRestart reads flags, time and families (RFC 4724 3, RFC 8538 2).
func (c *Capabilities) setGracefulRestart(v []byte) {
	g := &GracefulRestart{
		Restarting:   v[0]&0x80 != 0,
		Notification: v[0]&0x40 != 0,
		Time:         binary.BigEndian.Uint16(v) & 0x0fff,
	}
	for v = v[2:]; len(v) >= 4; v = v[4:] {
		f := NewFamily(binary.BigEndian.Uint16(v), v[2])
		g.Families = append(g.Families, RestartFamily{f, v[3]&0x80 != 0})
	}
	c.GracefulRestart = g
}

// setLongLived reads (AFI, SAFI, flags, time of three octets) (RFC 9494 3).
func (c *Capabilities) setLongLived(v []byte) {
	c.HasLongLived, c.LongLived = true, nil
	for ; len(v) >= 7; v = v[7:] {
		c.LongLived = append(c.LongLived, LongLivedFamily{
			Family:     NewFamily(binary.BigEndian.Uint16(v), v[2]),
			Forwarding: v[3]&0x80 != 0,
			Time:       binary.BigEndian.Uint32(v[3:]) & 0xffffff,
		})
	}
}
