package grammar

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Kinds of candidates. KindWord is a keyword to insert, KindEnd the end of the line; the others are kinds of arguments, of which the
// shell fills in those that name live things: neighbor, peer-group, interface, route-map, the lists.
const (
	KindWord       = "word"
	KindEnd        = "cr"
	KindNeighbor   = "neighbor"
	KindGroup      = "peer-group"
	KindInterface  = "interface"
	KindRouteMap   = "route-map"
	KindPrefixList = "prefix-list"
	KindList       = "list"
	KindVRF        = "vrf"
	KindAddress    = "address"
	KindPrefix     = "prefix"
	KindNumber     = "number"
	KindText       = "text"
	KindCommunity  = "community"
	KindLarge      = "large-community"
)

// argType is a kind of argument: how it is read, written, shown and described.
type argType struct {
	name    string
	place   string // placeholder in help: A.B.C.D
	expect  string // in errors: "an IPv4 address"
	kind    string // of the candidate
	free    bool   // any word will do, so that a keyword is the likelier reading
	rest    bool   // takes the rest of the line
	parse   func(string) (any, bool)
	format  func(any) string // nil: plain
	samples []string         // good ones, for tests and documents
}

// covers tells whether a type takes all that another takes at the same place, so that naming the other adds nothing.
func (t *argType) covers(u *argType) bool {
	return t.name == "peer" && (u.name == "group" || u.name == "ifname" || u.name == "linklocal" || u.name == "offlink")
}

func (t *argType) write(v any) string {
	if t.format != nil {
		return t.format(v)
	}
	return plain(v)
}

var types = map[string]*argType{}

func define(t argType) *argType { types[t.name] = &t; return &t }

// typeNamed finds a type; "N-M" is an integer in that range, made at its first use. Callers hold catalogLock.
func typeNamed(name, family string) *argType {
	if name == "prefix" {
		switch family {
		case "ipv4":
			name = "prefix4"
		case "ipv6":
			name = "prefix6"
		default:
			name = "anyprefix"
		}
	}
	if t := types[name]; t != nil {
		return t
	}
	low, high, ok := strings.Cut(name, "-")
	min, err1 := strconv.ParseUint(low, 10, 64)
	max, err2 := strconv.ParseUint(high, 10, 64)
	if !ok || err1 != nil || err2 != nil || min > max {
		panic("grammar: no such type: " + name)
	}
	return define(argType{
		name: name, place: "(" + name + ")", expect: fmt.Sprintf("a number from %d to %d", min, max), kind: KindNumber,
		parse: func(s string) (any, bool) {
			n, err := parseDigits(s, 64)
			return n, err == nil && n >= min && n <= max
		},
		samples: []string{low, high},
	})
}

// parseDigits is strconv.ParseUint of digits alone.
func parseDigits(s string, bits int) (uint64, error) {
	if s == "" || s[0] == '+' {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseUint(s, 10, bits)
}

func init() {
	defineAddresses()
	defineNames()
	defineNumbers()
}

func defineAddresses() {
	define(argType{name: "addr", place: "A.B.C.D|X:X::X:X", expect: "an IPv4 or IPv6 address", kind: KindAddress,
		parse: parseAddr(func(a netip.Addr) bool { return true }), samples: []string{"192.0.2.1", "2001:db8::1"}})
	define(argType{name: "addr4", place: "A.B.C.D", expect: "an IPv4 address", kind: KindAddress,
		parse: parseAddr(netip.Addr.Is4), samples: []string{"192.0.2.1"}})
	define(argType{name: "addr6", place: "X:X::X:X", expect: "an IPv6 address", kind: KindAddress,
		parse: parseAddr(netip.Addr.Is6), samples: []string{"2001:db8::1"}})
	define(argType{name: "netmask", place: "M.M.M.M", expect: "a network mask such as 255.255.255.0", kind: KindAddress,
		parse: parseAddr(func(a netip.Addr) bool { _, ok := maskBits(a); return ok }), samples: []string{"255.255.255.0"}})
	define(argType{name: "linklocal", place: "X:X::X:X", expect: "a link-local IPv6 address", kind: KindNeighbor,
		parse: func(s string) (any, bool) {
			a, err := netip.ParseAddr(s)
			return Peer{Addr: a}, err == nil && a.Zone() == "" && a.Is6() && a.IsLinkLocalUnicast()
		}, samples: []string{"fe80::2"}})
	define(argType{name: "offlink", place: "A.B.C.D|X:X::X:X", expect: "a neighbor's address", kind: KindNeighbor,
		parse: func(s string) (any, bool) {
			a, err := netip.ParseAddr(s)
			return Peer{Addr: a}, err == nil && a.Zone() == "" && !(a.Is6() && a.IsLinkLocalUnicast())
		}, samples: []string{"192.0.2.1", "2001:db8::1"}})
	prefix := func(name, place, expect string, samples []string, good func(netip.Addr) bool) {
		define(argType{name: name, place: place, expect: expect, kind: KindPrefix, samples: samples,
			parse: func(s string) (any, bool) {
				p, err := netip.ParsePrefix(s)
				return p, err == nil && good(p.Addr())
			}})
	}
	prefix("prefix4", "A.B.C.D/M", "an IPv4 prefix", []string{"192.0.2.0/24"}, netip.Addr.Is4)
	prefix("prefix6", "X:X::X:X/M", "an IPv6 prefix", []string{"2001:db8::/32"}, netip.Addr.Is6)
	prefix("anyprefix", "A.B.C.D/M|X:X::X:X/M", "an IPv4 or IPv6 prefix", []string{"192.0.2.0/24", "2001:db8::/32"},
		func(netip.Addr) bool { return true })
}

func parseAddr(good func(netip.Addr) bool) func(string) (any, bool) {
	return func(s string) (any, bool) {
		if !numeric(s) {
			return nil, false
		}
		a, err := netip.ParseAddr(s)
		return a, err == nil && a.Zone() == "" && good(a)
	}
}

// numeric tells quickly that a word cannot be an address.
func numeric(s string) bool {
	return s[0] >= '0' && s[0] <= '9' || strings.IndexByte(s, ':') >= 0
}

// addressLike is a word that was meant as an address or prefix, right or wrong, and so is no name.
func addressLike(s string) bool {
	if strings.ContainsAny(s, ":/") {
		return true
	}
	dots := strings.Count(s, ".")
	return s[0] >= '0' && s[0] <= '9' && (dots > 1 || strings.Trim(s, "0123456789.") == "")
}

// maskBits is the length of a network mask.
func maskBits(mask netip.Addr) (int, bool) {
	if !mask.Is4() {
		return 0, false
	}
	b := mask.As4()
	m := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	bits := 0
	for m&0x80000000 != 0 {
		m <<= 1
		bits++
	}
	return bits, m == 0
}

// ifnameMax is the longest interface name of Linux (IFNAMSIZ less the final zero).
const ifnameMax = 15

func defineNames() {
	name := func(t argType, good func(string) bool) {
		t.free = true
		t.parse = func(s string) (any, bool) { return s, good(s) }
		if t.samples == nil {
			t.samples = []string{"NAME"}
		}
		define(t)
	}
	every := func(string) bool { return true }
	notAddress := func(s string) bool { return !addressLike(s) }
	ifname := func(s string) bool { return notAddress(s) && len(s) <= ifnameMax }
	name(argType{name: "word", place: "WORD", expect: "a word", kind: KindText}, every)
	name(argType{name: "group", place: "NAME", expect: "a peer group's name", kind: KindGroup}, notAddress)
	name(argType{name: "vrf", place: "NAME", expect: "a VRF's name", kind: KindVRF}, every)
	name(argType{name: "routemap", place: "NAME", expect: "a route map's name", kind: KindRouteMap}, every)
	name(argType{name: "prefixlist", place: "NAME", expect: "a prefix list's name", kind: KindPrefixList}, every)
	name(argType{name: "list", place: "NAME", expect: "a list's name", kind: KindList}, every)
	name(argType{name: "interface", place: "IFNAME", expect: "an interface's name", kind: KindInterface, samples: []string{"eth0"}}, ifname)
	define(argType{name: "line", place: "LINE", expect: "text", kind: KindText, free: true, rest: true,
		parse: func(s string) (any, bool) { return s, true }, samples: []string{"all words | to the end # of ! the line"}})
	peer := func(t argType, zone bool, good func(string) bool) {
		t.free = true
		t.parse = func(s string) (any, bool) {
			if numeric(s) {
				if a, err := netip.ParseAddr(s); err == nil && (zone || a.Zone() == "") {
					return Peer{Addr: a}, true
				}
			}
			return Peer{Name: s}, good(s)
		}
		define(t)
	}
	peer(argType{name: "peer", place: "A.B.C.D|X:X::X:X|NAME", expect: "an address, an interface or a peer group", kind: KindNeighbor,
		samples: []string{"192.0.2.1", "2001:db8::1", "eth0"}}, false, notAddress)
	peer(argType{name: "neighbor", place: "A.B.C.D|X:X::X:X|NAME", expect: "a neighbor's address or interface", kind: KindNeighbor,
		samples: []string{"192.0.2.1", "2001:db8::1", "eth0"}}, true, notAddress)
	peer(argType{name: "source", place: "A.B.C.D|X:X::X:X|IFNAME", expect: "an address or an interface", kind: KindInterface,
		samples: []string{"192.0.2.1", "lo"}}, false, ifname)
	define(argType{name: "ifname", place: "IFNAME", expect: "an interface's name", kind: KindInterface, free: true, samples: []string{"eth0"},
		parse: func(s string) (any, bool) { return Peer{Name: s}, ifname(s) }})
}

func defineNumbers() {
	define(argType{name: "asn", place: "(1-4294967295)", expect: "an AS number (1-4294967295)", kind: KindNumber, parse: parseASN,
		samples: []string{"65000", "4200000000"}})
	define(argType{name: "factor", place: "(0.00-1.00)", expect: "a factor above 0, at most 1", kind: KindNumber,
		parse: func(s string) (any, bool) {
			if strings.Trim(s, "0123456789.") != "" {
				return nil, false
			}
			f, err := strconv.ParseFloat(s, 64)
			return f, err == nil && f > 0 && f <= 1
		}, samples: []string{"0.75", "1"}})
	define(argType{name: "community", place: "AA:NN", expect: "a community (AA:NN, a number, or a name such as no-export)", kind: KindCommunity,
		parse: parseCommunity, format: formatCommunity, samples: []string{"65001:100", "no-export"}})
	define(argType{name: "largecommunity", place: "AA:BB:CC", expect: "a large community (AA:BB:CC)", kind: KindLarge,
		parse: func(s string) (any, bool) {
			fields := strings.Split(s, ":")
			for _, f := range fields {
				if _, err := parseDigits(f, 32); err != nil {
					return nil, false
				}
			}
			return s, len(fields) == 3
		}, samples: []string{"65001:1:2"}})
	define(argType{name: "delta", place: "[+-](0-4294967295)", expect: "a number, or a change such as +10", kind: KindNumber,
		parse: func(s string) (any, bool) {
			_, err := parseDigits(strings.TrimLeft(s, "+-"), 32)
			return s, err == nil && len(s)-len(strings.TrimLeft(s, "+-")) <= 1
		}, samples: []string{"100", "+10"}})
}

// parseASN reads an AS number, plain or in the dotted form of RFC 5396 (HIGH.LOW).
func parseASN(s string) (any, bool) {
	if high, low, ok := strings.Cut(s, "."); ok {
		h, err1 := parseDigits(high, 16)
		l, err2 := parseDigits(low, 16)
		return h<<16 | l, err1 == nil && err2 == nil && h<<16|l > 0
	}
	n, err := parseDigits(s, 32)
	return n, err == nil && n > 0
}

// Well-known communities: IANA's registry, with FRR's names.
var communityNames = map[string]uint64{
	"graceful-shutdown": 0xFFFF0000, "accept-own": 0xFFFF0001, "route-filter-translated-v4": 0xFFFF0002, "route-filter-v4": 0xFFFF0003,
	"route-filter-translated-v6": 0xFFFF0004, "route-filter-v6": 0xFFFF0005, "llgr-stale": 0xFFFF0006, "no-llgr": 0xFFFF0007,
	"accept-own-nexthop": 0xFFFF0008, "blackhole": 0xFFFF029A, "no-export": 0xFFFFFF01, "no-advertise": 0xFFFFFF02,
	"local-AS": 0xFFFFFF03, "no-peer": 0xFFFFFF04, "internet": 0,
}

func parseCommunity(s string) (any, bool) {
	if high, low, ok := strings.Cut(s, ":"); ok {
		h, err1 := parseDigits(high, 16)
		l, err2 := parseDigits(low, 16)
		return h<<16 | l, err1 == nil && err2 == nil
	}
	if n, err := parseDigits(s, 32); err == nil {
		return n, true
	}
	n, ok := communityNames[s]
	return n, ok
}

func formatCommunity(v any) string {
	n, ok := v.(uint64)
	if !ok {
		return plain(v)
	}
	for name, value := range communityNames {
		if value == n && n != 0 {
			return name
		}
	}
	return fmt.Sprintf("%d:%d", n>>16, n&0xFFFF)
}
