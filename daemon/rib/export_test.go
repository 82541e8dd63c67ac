package rib

import (
	"net/netip"
	"testing"

	"bgpsh/wire"
)

// exportRow is one rule: a route, a neighbor that it is for, and what arrives there.
type exportRow struct {
	name   string
	from   string // "ebgp", "ibgp", "own"
	to     string
	six    bool
	attrs  func(*modelAttrs) // what the route has beside base; nil: nothing
	key    func(*GroupKey)
	want   func(*modelAttrs) // what is received, from what was announced; nil: nothing
	reason Reason
}

var (
	ip   = netip.MustParseAddr
	keep = func(*GroupKey) {}
	full = func(a *modelAttrs) {
		a.med, a.localPref, a.communities = 7, 150, []uint32{65001<<16 | 5}
		a.large = []wire.LargeCommunity{{Global: 1, Local1: 2, Local2: 3}}
	}
	fromOwn  = func(a *modelAttrs) { a.path, a.nextHop = nil, netip.IPv4Unspecified() }
	fromOwn6 = func(a *modelAttrs) { a.path, a.nextHop = nil, netip.IPv6Unspecified() }
	global6  = func(a *modelAttrs) { a.nextHop, a.linkLocal = ip("2001:db8:9::9"), ip("fe80::9") }
	subnet   = func(k *GroupKey) { k.Subnet = netip.MustParsePrefix("192.0.2.0/24") }
	subnet6  = func(k *GroupKey) { k.Subnet = netip.MustParsePrefix("2001:db8:9::/64") }
)

var exportRows = []exportRow{
	{"external to external", "ebgp", "ebgp", false, full, keep, func(a *modelAttrs) {
		a.path, a.nextHop, a.med, a.localPref = []uint32{65000, 65001, 65100}, ip("10.1.0.1"), -1, -1
	}, 0},
	{"external to internal", "ebgp", "ibgp", false, (func(a *modelAttrs) { a.med = 7 }), keep, func(a *modelAttrs) { a.localPref = 100 }, 0},
	{"local pref is passed inside", "ebgp", "ibgp", false, full, keep, func(a *modelAttrs) {}, 0},
	{"internal to external", "ibgp", "ebgp", false, (func(a *modelAttrs) {
		a.localPref, a.med, a.originator, a.clusters = 150, 7, 9, []uint32{1, 2}
	}), keep, func(a *modelAttrs) {
		a.path, a.nextHop = []uint32{65000, 65001, 65100}, ip("10.1.0.1")
		a.localPref, a.med, a.originator, a.clusters = -1, -1, 0, nil
	}, 0},
	{"internal to internal", "ibgp", "ibgp", false, nil, keep, nil, IBGPtoIBGP},
	{"own to external", "own", "ebgp", false, fromOwn, keep, func(a *modelAttrs) { a.path, a.nextHop = []uint32{65000}, ip("10.1.0.1") }, 0},
	{"own MED to external", "own", "ebgp", false, (func(a *modelAttrs) { fromOwn(a); a.med = 3 }), keep,
		func(a *modelAttrs) { a.path, a.nextHop = []uint32{65000}, ip("10.1.0.1") }, 0},
	{"own to internal", "own", "ibgp", false, fromOwn, keep, func(a *modelAttrs) { a.nextHop, a.localPref = ip("10.1.0.1"), 100 }, 0},
	{"own weight stays", "own", "ibgp", false, (func(a *modelAttrs) { fromOwn(a); a.weight = 9 }), keep,
		func(a *modelAttrs) { a.nextHop, a.localPref, a.weight = ip("10.1.0.1"), 100, 0 }, 0},
	{"no-export outside", "ebgp", "ebgp", false, (func(a *modelAttrs) { a.communities = []uint32{wire.CommunityNoExport} }), keep, nil, NoExport},
	{"no-export inside", "ebgp", "ibgp", false, (func(a *modelAttrs) { a.communities = []uint32{wire.CommunityNoExport} }), keep,
		func(a *modelAttrs) { a.localPref = 100 }, 0},
	{"local-AS outside", "ebgp", "ebgp", false, (func(a *modelAttrs) { a.communities = []uint32{wire.CommunityNoExportSubconfed} }), keep, nil, NoExport},
	{"no-advertise inside", "ebgp", "ibgp", false, (func(a *modelAttrs) { a.communities = []uint32{wire.CommunityNoAdvertise} }), keep, nil, NoAdvertise},
	{"communities stripped", "ebgp", "ibgp", false, full, func(k *GroupKey) { k.Strip = AllCommunities },
		func(a *modelAttrs) { a.communities, a.large = nil, nil }, 0},
	{"sender-side loop", "ebgp", "ebgp", false, nil, func(k *GroupKey) { k.AS = 65100 }, nil, SenderASLoop},
	{"sender-side loop elsewhere", "ebgp", "ebgp", false, nil, func(k *GroupKey) { k.AS = 65101 },
		func(a *modelAttrs) { a.path, a.nextHop = []uint32{65000, 65001, 65100}, ip("10.1.0.1") }, 0},
	{"next hop self inside", "ebgp", "ibgp", false, nil, func(k *GroupKey) { k.NextHopSelf = true },
		func(a *modelAttrs) { a.nextHop, a.localPref = ip("10.1.0.1"), 100 }, 0},
	{"next hop unchanged inside, whatever next-hop-self says", "ebgp", "ibgp", false, nil, func(k *GroupKey) { k.NextHopSelf, k.SelfAlways, k.Unchanged = true, true, NextHopUnchanged },
		func(a *modelAttrs) { a.localPref = 100 }, 0},
	{"next hop to a route server client, whatever next-hop-self says", "ebgp", "ebgp", false, nil, func(k *GroupKey) { k.NextHopSelf, k.SelfAlways, k.RouteServer = true, true, true },
		func(a *modelAttrs) {}, 0},
	{"next hop configured", "ebgp", "ebgp", false, nil, func(k *GroupKey) { k.ConfiguredNextHop = ip("10.1.0.99") },
		func(a *modelAttrs) { a.path, a.nextHop = []uint32{65000, 65001, 65100}, ip("10.1.0.99") }, 0},
	{"next hop configured of the wrong family", "ebgp", "ebgp", false, nil, func(k *GroupKey) { k.ConfiguredNextHop = ip("2001:db8::5") }, nil, NoNextHop},
	{"third party", "ebgp", "ebgp", false, nil, subnet, func(a *modelAttrs) { a.path = []uint32{65000, 65001, 65100} }, 0},
	{"third party is the neighbor itself", "ebgp", "ebgp", false, (func(a *modelAttrs) { a.nextHop = ip("10.1.0.12") }),
		func(k *GroupKey) { k.Subnet = netip.MustParsePrefix("10.1.0.0/24") },
		func(a *modelAttrs) { a.path, a.nextHop = []uint32{65000, 65001, 65100}, ip("10.1.0.1") }, 0},
	{"third party is the source", "ebgp", "ebgp", false, (func(a *modelAttrs) { a.nextHop = ip("10.1.0.11") }),
		func(k *GroupKey) { k.Subnet = netip.MustParsePrefix("10.1.0.0/24") },
		func(a *modelAttrs) { a.path = []uint32{65000, 65001, 65100} }, 0},
	{"no third party inside", "ibgp", "ebgp", false, nil, keep,
		func(a *modelAttrs) { a.path, a.nextHop = []uint32{65000, 65001, 65100}, ip("10.1.0.1") }, 0},
	{"IPv4 over IPv6 without RFC 8950", "ebgp", "ebgp", false, nil, func(k *GroupKey) { k.NextHop4 = netip.Addr{} }, nil, NoNextHop},
	{"IPv4 over IPv6 with RFC 8950", "ebgp", "ebgp", false, nil, func(k *GroupKey) {
		k.NextHop4, k.NextHop6LL, k.Encoding.ExtendedNextHop = netip.Addr{}, ip("fe80::1"), true
	}, func(a *modelAttrs) {
		a.path, a.nextHop, a.linkLocal = []uint32{65000, 65001, 65100}, ip("2001:db8:1::1"), ip("fe80::1")
	}, 0},
	{"IPv6 next hop of an IPv4 route inside, without RFC 8950", "ebgp", "ibgp", false, global6, keep, nil, NoNextHop},
	{"IPv6 next hop of an IPv4 route inside, with RFC 8950", "ebgp", "ibgp", false, global6,
		func(k *GroupKey) { k.Encoding.ExtendedNextHop = true }, func(a *modelAttrs) { a.linkLocal, a.localPref = netip.Addr{}, 100 }, 0},
	{"IPv6 external", "ebgp", "ebgp", true, global6, keep,
		func(a *modelAttrs) {
			a.path, a.nextHop, a.linkLocal = []uint32{65000, 65001, 65100}, ip("2001:db8:1::1"), netip.Addr{}
		}, 0},
	{"IPv6 external on a shared link", "ebgp", "ebgp", true, global6, func(k *GroupKey) { k.NextHop6LL = ip("fe80::1") },
		func(a *modelAttrs) {
			a.path, a.nextHop, a.linkLocal = []uint32{65000, 65001, 65100}, ip("2001:db8:1::1"), ip("fe80::1")
		}, 0},
	{"IPv6 third party", "ebgp", "ebgp", true, global6, subnet6, func(a *modelAttrs) { a.path = []uint32{65000, 65001, 65100} }, 0},
	{"IPv6 inside: link-local next hop stays here", "ebgp", "ibgp", true, global6, keep,
		func(a *modelAttrs) { a.linkLocal, a.localPref = netip.Addr{}, 100 }, 0},
	{"IPv6 inside: only a link-local next hop", "ebgp", "ibgp", true, (func(a *modelAttrs) { a.nextHop = ip("fe80::9") }), keep, nil, NoNextHop},
	{"IPv6 link-local is no third party", "ebgp", "ebgp", true, (func(a *modelAttrs) { a.nextHop = ip("fe80::9") }),
		func(k *GroupKey) { k.Subnet, k.NextHop6LL = netip.MustParsePrefix("fe80::/64"), ip("fe80::1") }, func(a *modelAttrs) {
			a.path, a.nextHop, a.linkLocal = []uint32{65000, 65001, 65100}, ip("2001:db8:1::1"), ip("fe80::1")
		}, 0},
	{"IPv6 inside: mapped next hop", "ebgp", "ibgp", true, (func(a *modelAttrs) { a.nextHop = ip("::ffff:10.0.0.1") }), keep,
		func(a *modelAttrs) { a.localPref = 100 }, 0},
	{"IPv4 inside: mapped next hop without RFC 8950", "ebgp", "ibgp", false,
		(func(a *modelAttrs) { a.nextHop = ip("::ffff:10.0.0.1") }), keep, nil, NoNextHop},
	{"IPv6 with a mapped configured next hop", "ebgp", "ebgp", true, global6, func(k *GroupKey) { k.ConfiguredNextHop = ip("::ffff:10.0.0.1") },
		func(a *modelAttrs) {
			a.path, a.nextHop, a.linkLocal = []uint32{65000, 65001, 65100}, ip("::ffff:10.0.0.1"), netip.Addr{}
		}, 0},
	{"IPv6 over IPv4 without an address", "ebgp", "ebgp", true, global6, func(k *GroupKey) { k.NextHop6 = netip.Addr{} }, nil, NoNextHop},
	{"IPv6 with only a link-local address", "own", "ebgp", true, fromOwn6, func(k *GroupKey) { k.NextHop6, k.NextHop6LL = netip.Addr{}, ip("fe80::1") },
		func(a *modelAttrs) { a.path, a.nextHop = []uint32{65000}, ip("fe80::1") }, 0},
	{"too long", "ebgp", "ebgp", false, (func(a *modelAttrs) {
		for i := range 340 {
			a.large = append(a.large, wire.LargeCommunity{Local1: uint32(i)})
		}
	}), keep, nil, TooLong},
}

// TestExportRules sends one route to one neighbor and looks at what arrives, rule by rule.
func TestExportRules(t *testing.T) {
	for _, row := range exportRows {
		w := newBed(t, Config{})
		from := Local
		if row.from != "own" {
			from = w.peer(row.from == "ibgp", nil)
		} else {
			w.AddPeer() // so that the receiver has the same number in all rows
		}
		to := w.peer(row.to == "ibgp", func(s *Session) {
			for i := range s.Families {
				row.key(&s.Families[i].Group)
			}
		})
		prefix := "198.51.100.0/24"
		a := base()
		if row.six {
			prefix = "2001:db8:100::/48"
		}
		if row.attrs != nil {
			row.attrs(&a)
		}
		if from == Local {
			n := netip.MustParsePrefix(prefix)
			w.Originate(familyOf(n), wire.PrefixFrom(n), a.wire(), w.now)
		} else {
			w.announce(from, a, prefix)
		}
		w.drain()
		got, want := w.has(to, prefix), ""
		if row.want != nil {
			row.want(&a)
			want = a.String()
		}
		if got != want {
			t.Errorf("%s: received %q\nwant %q", row.name, got, want)
		}
		n := netip.MustParsePrefix(prefix)
		if r := w.Withheld(to, familyOf(n), n); r != row.reason {
			t.Errorf("%s: withheld because %q, want %q", row.name, r, row.reason)
		}
		if from != Local && w.has(from, prefix) != "" {
			t.Errorf("%s: sent back to its source", row.name)
		}
	}
}

// TestExportStripsOutside finds that attributes for internal use only do not leave, and that others pass untouched.
func TestExportStripsOutside(t *testing.T) {
	w := newBed(t, Config{})
	from, to := w.peer(false, nil), w.peer(false, nil)
	var e wire.Editor
	a := base()
	e.Reset(a.wire())
	e.AddExtCommunity(0x0002fde80000_0001) // route target, transitive
	e.AddExtCommunity(0x4300000000000001)  // origin validation state, not transitive
	e.Set(wire.AttrAIGP, 0x80, []byte{1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 9})
	e.SetUint32(wire.AttrOTC, 65001)
	e.Set(99, 0xe0, []byte("unknown"))
	b := w.batch(from)
	b.Begin(wire.IPv4Unicast, e.Attrs(), e.Attrs(), 0)
	b.Announce(wire.NLRI{Prefix: wire.PrefixFrom(netip.MustParsePrefix("198.51.100.0/24"))})
	w.Apply(b, w.now)
	w.drain()
	l := w.List(Query{Family: wire.IPv4Unicast, View: ViewAdvertised, Peer: to})
	page, _ := l.Next(10, 1000)
	if len(page) != 1 {
		t.Fatalf("%d routes are advertised", len(page))
	}
	sent := page[0].Paths[0].Sent
	if c := sent.ExtCommunities(); c.Len() != 1 || c.At(0) != 0x0002fde80000_0001 {
		t.Errorf("extended communities sent: %x", []byte(c))
	}
	if _, ok := sent.AIGP(); ok {
		t.Error("AIGP left the AS")
	}
	if v, ok := sent.OTC(); !ok || v != 65001 {
		t.Error("OTC was changed")
	}
	if v, ok := sent.Get(99); !ok || string(v) != "unknown" || sent.Flags(99) != 0xe0 {
		t.Error("an unknown transitive attribute was changed")
	}
}

// TestPolicyPlace shows export policy where it stands: it sees the path without our own AS, without the MED of another
// neighbor, and what it sets is sent.
func TestPolicyPlace(t *testing.T) {
	var seen []modelAttrs
	w := newBed(t, Config{
		Export: func(policy uint32, _ netip.Addr, f wire.Family, in wire.Attrs, pfx wire.Prefix, e *wire.Editor) Reason {
			seen = append(seen, readAttrs(e.Attrs()))
			if in.Local().Weight != 5 {
				return Filtered
			}
			e.SetUint32(wire.AttrMED, policy)
			e.AddCommunity(wire.CommunityNoExport)
			return 0
		},
		ExportClass: func(uint32, wire.Family, wire.Prefix) uint32 { return 0 },
	})
	from := w.peer(false, nil)
	to := w.peer(false, func(s *Session) { s.Families[0].Group.Policy = 42 })
	a := base()
	a.med, a.weight = 7, 5
	w.announce(from, a, "198.51.100.0/24", "198.51.101.0/24")
	w.drain()
	if len(seen) != 1 || seen[0].med != -1 || len(seen[0].path) != 2 || seen[0].path[0] != 65001 {
		t.Fatalf("policy saw %+v", seen)
	}
	a.path, a.nextHop, a.med, a.communities = []uint32{65000, 65001, 65100}, netip.MustParseAddr("10.1.0.1"), 42, []uint32{wire.CommunityNoExport}
	if got := w.has(to, "198.51.100.0/24"); got != a.String() {
		t.Fatalf("received %q", got)
	}
	a = base()
	w.announce(from, a, "198.51.100.0/24")
	w.drain()
	if got := w.has(to, "198.51.100.0/24"); got != "" || w.Withheld(to, wire.IPv4Unicast, netip.MustParsePrefix("198.51.100.0/24")) != Filtered {
		t.Fatalf("a route that policy refuses now is still there: %q", got)
	}
}
