package journal

import (
	"net/netip"
	"strings"
	"testing"

	"bgpsh/wire"
)

func prefix(s string) wire.NLRI { return wire.NLRI{Prefix: wire.PrefixFrom(netip.MustParsePrefix(s))} }

func TestDisplay(t *testing.T) {
	second := wire.AppendOpen(nil, &wire.Open{Version: 4, AS16: 64512, HoldTime: 6, ID: 1, Caps: wire.Capabilities{
		Multiprotocol: []wire.Family{wire.IPv4Unicast}, RouteRefresh: true, HasAS4: true, AS4: 64512,
		ExtendedNextHop: []wire.ExtendedNextHop{{Family: wire.IPv4Unicast, NextHopAFI: 2}},
		AddPath:         []wire.AddPath{{Family: wire.IPv4Unicast, Mode: 1}},
	}})
	attrs := wire.NewEditor(nil)
	attrs.SetOrigin(0)
	attrs.PrependAS(65001, 2)
	attrs.SetNextHop(netip.MustParseAddr("192.0.2.1"))
	attrs.SetUint32(wire.AttrMED, 7)
	attrs.AddCommunity(65001<<16 | 42)
	e := &wire.Encoding{AS4: true, MaxLen: wire.MaxLen}
	reach, _ := wire.AppendReach(nil, attrs.AppendTo(nil), wire.IPv4Unicast, []wire.NLRI{prefix("10.0.0.0/24"), prefix("10.0.1.0/24")}, e)
	gone, _ := wire.AppendUnreach(nil, wire.IPv6Unicast, []wire.NLRI{prefix("2001:db8::/32")}, e)
	var many []wire.NLRI
	for i := range 50 {
		many = append(many, wire.NLRI{Prefix: wire.PrefixFrom(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i), 0}), 24))})
	}
	flood, _ := wire.AppendUnreach(nil, wire.IPv4Unicast, many, e)
	for _, c := range []struct {
		b    []byte
		want string
	}{
		{second, "Open [ version: 4, asn: 64512, hold_time: 6, id: 1, parameters: [ Capabilities [ MP-Extensions 1/1, Route Refresh, Extended Next Hop Encoding safi=1/afi=1/nh_afi=2, Four Octet ASN 64512, AddPath [ AddPathElement { afi: IPv4, safi: Unicast, send_receive: 1 }, ], ]] ]"},
		{wire.AppendKeepalive(nil), "Keepalive"},
		{wire.AppendNotification(nil, wire.Notification{Code: 6, Subcode: 4, Data: []byte{1, 0x10}}), "Notification [ error_code: 6 (Cease), error_subcode: 4 (Administrative Reset), data: [1, 10] ]"},
		{wire.AppendRouteRefresh(nil, wire.RouteRefresh{Family: wire.IPv6Unicast}), "Route Refresh [ afi: 2, safi: 1 ]"},
		{wire.AppendRouteRefresh(nil, wire.RouteRefresh{Family: wire.IPv4Unicast, Subtype: 2}), "Route Refresh [ afi: 1, safi: 1, subtype: 2 ]"},
		{reach, "Update[ treat-as-withdraw: (false) withdrawn(empty) path_attributes: (origin: igp, as-path: [65001 65001], next-hop: 192.0.2.1, med: 7, communities: [65001:42]) nlri(10.0.0.0/24, 10.0.1.0/24) ]"},
		{gone, "Update[ treat-as-withdraw: (false) withdrawn(2001:db8::/32) path_attributes: () nlri(empty) ]"},
		{wire.AppendEndOfRIB(nil, wire.IPv4Unicast), "Update[ treat-as-withdraw: (false) withdrawn(empty) path_attributes: () nlri(empty) ]"},
		{[]byte{1, 2}, "Malformed [1, 2]"},
		{append(wire.AppendKeepalive(nil)[:18], 1, 4), "Malformed [ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, 0, 13, 1, 4]"},
	} {
		if got := Display(c.b, nil); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	if got := Display(flood, nil); !strings.Contains(got, "10.0.19.0/24, and 30 more)") {
		t.Errorf("got %s", got)
	}
}

func TestDisplayOfAllCapabilities(t *testing.T) {
	caps := wire.Capabilities{
		RouteRefresh: true, OldRouteRefresh: true, EnhancedRouteRefresh: true, ExtendedMessage: true, HasRole: true, Role: 3,
		GracefulRestart: &wire.GracefulRestart{Restarting: true, Time: 120, Families: []wire.RestartFamily{{Family: wire.IPv4Unicast, Forwarding: true}}},
		HasLongLived:    true, LongLived: []wire.LongLivedFamily{{Family: wire.IPv6Unicast, Time: 3600}},
		FQDN: &wire.FQDN{Host: "evil\nhost", Domain: "example"}, SoftwareVersion: "FRR",
		Unknown: []wire.Capability{{Code: 99, Value: []byte{0xab}}},
	}
	got := displayCapabilities(&caps)
	for _, want := range []string{
		"Route Refresh, ", "Extended Message, ", "Role 3, ", "Graceful Restart [ restarting: true, notification: false, time: 120, { afi: IPv4, safi: Unicast, forwarding: true }, ], ",
		"Enhanced Route Refresh, ", "Long-lived Graceful Restart [ { afi: IPv6, safi: Unicast, forwarding: false, time: 3600 }, ], ",
		`FQDN "evil\nhost" "example", `, "Route Refresh (old), ", `Software Version "FRR", `, "Unknown 99 [ab], ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

// Whatever bytes come, there are words for them.
func FuzzDisplay(f *testing.F) {
	f.Add(seedOpen(1, 1))
	f.Add(wire.AppendKeepalive(nil))
	f.Add(wire.AppendEndOfRIB(nil, wire.IPv6Unicast))
	f.Fuzz(func(t *testing.T, b []byte) {
		if Display(b, nil) == "" || strings.ContainsAny(Display(b, nil), "\n\x1b") {
			t.Fatalf("%x gives %q", b, Display(b, nil))
		}
	})
}
