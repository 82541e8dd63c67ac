package kernel

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// header is what of a netlink message's header is read.
type header struct {
	kind, flags uint16
	sequence    uint32
}

// nextMessage takes the first message off b: its header, its body and what follows it.
func nextMessage(b []byte) (h header, body, rest []byte, ok bool) {
	if len(b) < unix.SizeofNlMsghdr {
		return h, nil, nil, false
	}
	n := int(binary.NativeEndian.Uint32(b))
	if n < unix.SizeofNlMsghdr || n > len(b) {
		return h, nil, nil, false
	}
	h = header{binary.NativeEndian.Uint16(b[4:]), binary.NativeEndian.Uint16(b[6:]), binary.NativeEndian.Uint32(b[8:])}
	return h, b[unix.SizeofNlMsghdr:n], b[min(align(n), len(b)):], true
}

// align rounds a length up to that of the next message or attribute.
func align(n int) int { return (n + 3) &^ 3 }

// parsedRoute is a route as the kernel tells of it.
type parsedRoute struct {
	Route
	usable bool // packets may take it
}

// parseRoute reads the body of a message about a route: struct rtmsg and attributes. false: it makes no sense.
func parseRoute(body []byte) (r parsedRoute, ok bool) {
	if len(body) < unix.SizeofRtMsg {
		return r, false
	}
	family, bits, source, tos, kind := body[0], int(body[1]), body[2], body[3], body[7]
	flags := binary.NativeEndian.Uint32(body[8:])
	r.Table, r.Protocol = uint32(body[4]), body[5]
	width := map[uint8]int{unix.AF_INET: 4, unix.AF_INET6: 16}[family]
	if width == 0 || bits > 8*width {
		return r, false
	}
	void := false // packets are dropped or answered by the host
	var zero [16]byte
	dst, _ := netip.AddrFromSlice(zero[:width])
	switch kind {
	case unix.RTN_UNICAST:
		r.usable = flags&(unix.RTNH_F_DEAD|unix.RTNH_F_LINKDOWN) == 0
	case unix.RTN_BLACKHOLE, unix.RTN_UNREACHABLE, unix.RTN_PROHIBIT:
		r.usable, void = true, true
	}
	r.usable = r.usable && source == 0 && tos == 0 && flags&unix.RTM_F_CLONED == 0
	attributes(body[unix.SizeofRtMsg:], func(kind uint16, v []byte) {
		switch {
		case kind == unix.RTA_DST && len(v) == width:
			dst, _ = netip.AddrFromSlice(v)
		case kind == unix.RTA_TABLE && len(v) == 4:
			r.Table = binary.NativeEndian.Uint32(v)
		case kind == unix.RTA_PRIORITY && len(v) == 4:
			r.Metric = binary.NativeEndian.Uint32(v)
		case kind == unix.RTA_OIF && len(v) == 4:
			r.Link = int(binary.NativeEndian.Uint32(v))
		case kind == unix.RTA_GATEWAY && len(v) == width:
			r.Gateway, _ = netip.AddrFromSlice(v)
		case kind == unix.RTA_MULTIPATH:
			r.usable = r.usable && r.firstHop(v, width)
		}
	})
	if void { // IPv6 names lo
		r.Link = 0
	}
	r.Prefix = netip.PrefixFrom(dst, bits).Masked()
	return r, true
}

// firstHop takes the first next hop that can be used from a list of struct rtnexthop; false: there is none.
func (r *parsedRoute) firstHop(list []byte, width int) bool {
	for len(list) >= unix.SizeofRtNexthop {
		n := int(binary.NativeEndian.Uint16(list))
		if n < unix.SizeofRtNexthop || n > len(list) {
			return false
		}
		if list[2]&(unix.RTNH_F_DEAD|unix.RTNH_F_LINKDOWN) == 0 {
			r.Link = int(binary.NativeEndian.Uint32(list[4:]))
			attributes(list[unix.SizeofRtNexthop:n], func(kind uint16, v []byte) {
				if kind == unix.RTA_GATEWAY && len(v) == width {
					r.Gateway, _ = netip.AddrFromSlice(v)
				}
			})
			return true
		}
		list = list[min(align(n), len(list)):]
	}
	return false
}

// attributes goes through a list of struct rtattr.
func attributes(b []byte, f func(kind uint16, value []byte)) {
	for len(b) >= unix.SizeofRtAttr {
		n := int(binary.NativeEndian.Uint16(b))
		if n < unix.SizeofRtAttr || n > len(b) {
			return
		}
		f(binary.NativeEndian.Uint16(b[2:])&^(unix.NLA_F_NESTED|unix.NLA_F_NET_BYTEORDER), b[unix.SizeofRtAttr:n])
		b = b[min(align(n), len(b)):]
	}
}
