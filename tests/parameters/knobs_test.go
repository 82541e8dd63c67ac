package parameters

import (
	"net/netip"
	"testing"

	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// A knobRow shows one statement by what the receiver, 10.0.0.3, is told of the feeder's route (from 10.0.0.2), without the
// statement and with it.
type knobRow struct {
	name    string
	feeder  uint32 // AS
	taker   uint32 // AS
	feed    func(*wire.Editor)
	extra   []string // lines below router bgp that stand beside it
	af      bool     // the statement stands in address-family ipv4 unicast
	line    string
	no      string // empty: "no " and the line
	effect  api.Effect
	without string
	with    string
}

const fed = "198.51.100.0/24"

var full = with(asPath(65002, 64512, 3356), med(7), community(65002<<16|1), func(e *wire.Editor) {
	e.AddExtCommunity(0x0002_fde9_0000_0001)
	e.AddLargeCommunity(wire.LargeCommunity{Global: 1, Local1: 2, Local2: 3})
})

var knobRows = []knobRow{
	{name: "route-reflector-client of the receiver", feeder: 65001, taker: 65001, feed: with(asPath(7018), localPref(50), med(3)),
		af: true, line: "neighbor 10.0.0.3 route-reflector-client", effect: api.EffectReset,
		without: "-", with: "[7018] 10.0.0.2 med 3 lp 50 originator 0xa000002 cluster 0xa000001"},
	{name: "route-reflector-client of the sender", feeder: 65001, taker: 65001, feed: with(asPath(7018), localPref(50)),
		af: true, line: "neighbor 10.0.0.2 route-reflector-client", effect: api.EffectReset,
		without: "-", with: "[7018] 10.0.0.2 lp 50 originator 0xa000002 cluster 0xa000001"},
	{name: "cluster-id", feeder: 65001, taker: 65001, feed: with(asPath(7018), localPref(50), func(e *wire.Editor) { e.SetUint32(wire.AttrOriginatorID, 9); e.PrependCluster(8) }),
		extra: []string{"address-family ipv4 unicast", "neighbor 10.0.0.2 route-reflector-client", "exit-address-family"},
		line:  "bgp cluster-id 7", effect: api.EffectLive,
		without: "[7018] 10.0.0.2 lp 50 originator 0x9 cluster 0xa000001 cluster 0x8",
		with:    "[7018] 10.0.0.2 lp 50 originator 0x9 cluster 0x7 cluster 0x8"},
	{name: "client-to-client reflection", feeder: 65001, taker: 65001, feed: with(asPath(7018), localPref(50)),
		extra: []string{"address-family ipv4 unicast", "neighbor 10.0.0.2 route-reflector-client", "neighbor 10.0.0.3 route-reflector-client", "exit-address-family"},
		line:  "no bgp client-to-client reflection", no: "bgp client-to-client reflection", effect: api.EffectLive,
		without: "[7018] 10.0.0.2 lp 50 originator 0xa000002 cluster 0xa000001", with: "-"},
	{name: "route-reflector allow-outbound-policy", feeder: 65001, taker: 65001, feed: with(asPath(7018), localPref(50)),
		extra: []string{"address-family ipv4 unicast", "neighbor 10.0.0.2 route-reflector-client", "neighbor 10.0.0.3 export metric 77", "exit-address-family"},
		line:  "bgp route-reflector allow-outbound-policy", effect: api.EffectLive,
		without: "[7018] 10.0.0.2 lp 50 originator 0xa000002 cluster 0xa000001", with: "[7018] 10.0.0.2 med 77 lp 50 originator 0xa000002 cluster 0xa000001"},
	{name: "an outbound map sets the originator of reflected routes", feeder: 65001, taker: 65001, feed: with(asPath(7018), localPref(50)),
		extra: []string{"route-map M permit 10", "set originator-id 10.9.9.8", "exit", "router bgp 65001", "bgp route-reflector allow-outbound-policy",
			"address-family ipv4 unicast", "neighbor 10.0.0.2 route-reflector-client", "exit-address-family"},
		af: true, line: "neighbor 10.0.0.3 route-map M out", effect: api.EffectLive,
		without: "[7018] 10.0.0.2 lp 50 originator 0xa000002 cluster 0xa000001", with: "[7018] 10.0.0.2 lp 50 originator 0xa090908 cluster 0xa000001"},
	{name: "next-hop-self spares reflected routes", feeder: 65001, taker: 65001, feed: with(asPath(7018), localPref(50)),
		extra: []string{"address-family ipv4 unicast", "neighbor 10.0.0.2 route-reflector-client", "neighbor 10.0.0.3 next-hop-self", "exit-address-family"},
		af:    true, line: "neighbor 10.0.0.3 next-hop-self force", no: "neighbor 10.0.0.3 next-hop-self", effect: api.EffectLive,
		without: "[7018] 10.0.0.2 lp 50 originator 0xa000002 cluster 0xa000001", with: "[7018] 10.0.0.1 lp 50 originator 0xa000002 cluster 0xa000001"},
	{name: "next-hop-self towards an external neighbor on the subnet", feeder: 65002, taker: 65003, feed: asPath(65002),
		af: true, line: "neighbor 10.0.0.3 next-hop-self", effect: api.EffectLive,
		without: "[65001 65002] 10.0.0.2", with: "[65001 65002] 10.0.0.1"},
	{name: "route-server-client", feeder: 65002, taker: 65003, feed: full,
		extra: []string{"address-family ipv4 unicast", "neighbor 10.0.0.2 route-server-client", "exit-address-family"},
		af:    true, line: "neighbor 10.0.0.3 route-server-client", effect: api.EffectReset,
		without: "[65001 65002 64512 3356] 10.0.0.2 65002:1 RT:65001:1 1:2:3", with: "[65002 64512 3356] 10.0.0.2 med 7 65002:1 RT:65001:1 1:2:3"},
	{name: "a route server passes no-export on", feeder: 65002, taker: 65003, feed: with(asPath(65002), community(wire.CommunityNoExport)),
		extra: []string{"address-family ipv4 unicast", "neighbor 10.0.0.2 route-server-client", "exit-address-family"},
		af:    true, line: "neighbor 10.0.0.3 route-server-client", effect: api.EffectReset, without: "-", with: "[65002] 10.0.0.2 65535:65281"},
	{name: "attribute-unchanged as-path", feeder: 65002, taker: 65003, feed: full, af: true, line: "neighbor 10.0.0.3 attribute-unchanged as-path", effect: api.EffectLive,
		without: "[65001 65002 64512 3356] 10.0.0.2 65002:1 RT:65001:1 1:2:3", with: "[65002 64512 3356] 10.0.0.2 65002:1 RT:65001:1 1:2:3"},
	{name: "attribute-unchanged next-hop", feeder: 65002, taker: 65003, feed: with(asPath(65002), hop("192.0.2.7")), af: true,
		line: "neighbor 10.0.0.3 attribute-unchanged next-hop", effect: api.EffectLive, without: "[65001 65002] 10.0.0.1", with: "[65001 65002] 192.0.2.7"},
	{name: "attribute-unchanged med", feeder: 65002, taker: 65003, feed: with(asPath(65002), med(7)), af: true, line: "neighbor 10.0.0.3 attribute-unchanged med",
		effect: api.EffectLive, without: "[65001 65002] 10.0.0.2", with: "[65001 65002] 10.0.0.2 med 7"},
	{name: "attribute-unchanged of a neighbor and of its peer group", feeder: 65002, taker: 65003, feed: with(asPath(65002), med(7)),
		extra: []string{"neighbor G peer-group", "neighbor 10.0.0.3 peer-group G", "address-family ipv4 unicast", "neighbor G attribute-unchanged as-path", "exit-address-family"},
		af:    true, line: "neighbor 10.0.0.3 attribute-unchanged med", effect: api.EffectLive, without: "[65002] 10.0.0.2", with: "[65002] 10.0.0.2 med 7"},
	{name: "as-override", feeder: 65002, taker: 65003, feed: asPath(65002, 65003, 3356, 65003), af: true, line: "neighbor 10.0.0.3 as-override", effect: api.EffectLive,
		without: "[65001 65002 65003 3356 65003] 10.0.0.2", with: "[65001 65002 65001 3356 65001] 10.0.0.2"},
	{name: "sender-as-path-loop-detection", feeder: 65002, taker: 65003, feed: asPath(65002, 65003), line: "neighbor 10.0.0.3 sender-as-path-loop-detection",
		effect: api.EffectLive, without: "[65001 65002 65003] 10.0.0.2", with: "-"},
	{name: "sender-as-path-loop-detection towards an internal neighbor", feeder: 65002, taker: 65001, feed: asPath(65002, 65001),
		extra: []string{"address-family ipv4 unicast", "neighbor 10.0.0.2 allowas-in", "exit-address-family"},
		line:  "neighbor 10.0.0.3 sender-as-path-loop-detection", effect: api.EffectLive, without: "[65002 65001] 10.0.0.2 lp 100", with: "-"},
	{name: "remove-private-AS of a path of private numbers", feeder: 64600, taker: 65003, feed: asPath(64600, 64601), af: true, line: "neighbor 10.0.0.3 remove-private-AS",
		effect: api.EffectLive, without: "[65001 64600 64601] 10.0.0.2", with: "[65001] 10.0.0.2"},
	{name: "remove-private-AS leaves mixed paths", feeder: 3356, taker: 65003, feed: asPath(3356, 64601), af: true, line: "neighbor 10.0.0.3 remove-private-AS all",
		no: "neighbor 10.0.0.3 remove-private-AS", effect: api.EffectLive, without: "[65001 3356 64601] 10.0.0.2", with: "[65001 3356] 10.0.0.2",
		extra: []string{"address-family ipv4 unicast", "neighbor 10.0.0.3 remove-private-AS", "exit-address-family"}},
	{name: "remove-private-AS all replace-AS", feeder: 3356, taker: 64601, feed: asPath(3356, 64601, 64602), af: true, line: "neighbor 10.0.0.3 remove-private-AS all replace-AS",
		effect: api.EffectLive, without: "[65001 3356 64601 64602] 10.0.0.2", with: "[65001 3356 64601 65001] 10.0.0.2"},
	{name: "remove-private-AS removes our own number behind local-as", feeder: 3356, taker: 65003, feed: asPath(3356, 64601), af: true,
		extra: []string{"neighbor 10.0.0.3 local-as 3999"}, line: "neighbor 10.0.0.3 remove-private-AS",
		effect: api.EffectLive, without: "[3999 65001 3356 64601] 10.0.0.2", with: "[3999 3356 64601] 10.0.0.2"},
	{name: "allowas-in", feeder: 65002, taker: 65003, feed: asPath(65002, 65001, 65001), af: true, line: "neighbor 10.0.0.2 allowas-in 2", no: "no neighbor 10.0.0.2 allowas-in",
		effect: api.EffectRefresh, without: "-", with: "[65001 65002 65001 65001] 10.0.0.2"},
	{name: "allowas-in origin", feeder: 65002, taker: 65003, feed: asPath(65002, 65001, 65001, 65001, 65001), af: true, line: "neighbor 10.0.0.2 allowas-in origin",
		effect: api.EffectRefresh, without: "-", with: "[65001 65002 65001 65001 65001 65001] 10.0.0.2"},
	{name: "reject-as-sets", feeder: 65002, taker: 65003, feed: with(asPath(65002), func(e *wire.Editor) {
		e.SetASPath(append(wire.ASPath(nil), e.Attrs().ASPath()...).AppendSegment(wire.SegmentSet, 1, 2))
	}),
		line: "no bgp reject-as-sets", no: "bgp reject-as-sets", effect: api.EffectRefresh, without: "-", with: "[65001 65002 {1,2}] 10.0.0.2"},
	{name: "enforce-first-as of all", feeder: 65002, taker: 65003, feed: asPath(3356), line: "no bgp enforce-first-as", no: "bgp enforce-first-as",
		effect: api.EffectRefresh, without: "-", with: "[65001 3356] 10.0.0.2"},
	{name: "local-as towards the receiver", feeder: 65002, taker: 65003, feed: asPath(65002), line: "neighbor 10.0.0.3 local-as 64999", no: "no neighbor 10.0.0.3 local-as",
		effect: api.EffectReset, without: "[65001 65002] 10.0.0.2", with: "[64999 65001 65002] 10.0.0.2"},
	{name: "local-as no-prepend replace-as", feeder: 65002, taker: 65003, feed: asPath(65002), line: "neighbor 10.0.0.3 local-as 64999 no-prepend replace-as",
		no: "no neighbor 10.0.0.3 local-as", effect: api.EffectReset, without: "[65001 65002] 10.0.0.2", with: "[64999 65002] 10.0.0.2"},
	{name: "local-as towards the sender", feeder: 65002, taker: 65003, feed: asPath(65002), line: "neighbor 10.0.0.2 local-as 64999", no: "no neighbor 10.0.0.2 local-as",
		effect: api.EffectReset, without: "[65001 65002] 10.0.0.2", with: "[65001 64999 65002] 10.0.0.2"},
	{name: "send-community", feeder: 65002, taker: 65003, feed: full, af: true, line: "no neighbor 10.0.0.3 send-community both", no: "neighbor 10.0.0.3 send-community both",
		effect: api.EffectLive, without: "[65001 65002 64512 3356] 10.0.0.2 65002:1 RT:65001:1 1:2:3", with: "[65001 65002 64512 3356] 10.0.0.2 1:2:3"},
	{name: "send-community standard", feeder: 65002, taker: 65003, feed: full, af: true, line: "no neighbor 10.0.0.3 send-community standard", no: "neighbor 10.0.0.3 send-community standard",
		effect: api.EffectLive, without: "[65001 65002 64512 3356] 10.0.0.2 65002:1 RT:65001:1 1:2:3", with: "[65001 65002 64512 3356] 10.0.0.2 RT:65001:1 1:2:3"},
	{name: "send-community extended", feeder: 65002, taker: 65003, feed: full, af: true, line: "no neighbor 10.0.0.3 send-community extended", no: "neighbor 10.0.0.3 send-community extended",
		effect: api.EffectLive, without: "[65001 65002 64512 3356] 10.0.0.2 65002:1 RT:65001:1 1:2:3", with: "[65001 65002 64512 3356] 10.0.0.2 65002:1 1:2:3"},
	{name: "send-community large", feeder: 65002, taker: 65003, feed: full, af: true, line: "no neighbor 10.0.0.3 send-community large", no: "neighbor 10.0.0.3 send-community large",
		effect: api.EffectLive, without: "[65001 65002 64512 3356] 10.0.0.2 65002:1 RT:65001:1 1:2:3", with: "[65001 65002 64512 3356] 10.0.0.2 65002:1 RT:65001:1"},
	{name: "send-community all", feeder: 65002, taker: 65003, feed: full, af: true, line: "no neighbor 10.0.0.3 send-community all", no: "neighbor 10.0.0.3 send-community all",
		effect: api.EffectLive, without: "[65001 65002 64512 3356] 10.0.0.2 65002:1 RT:65001:1 1:2:3", with: "[65001 65002 64512 3356] 10.0.0.2"},
	{name: "next-hop", feeder: 65002, taker: 65003, feed: asPath(65002), af: true, line: "neighbor 10.0.0.3 next-hop 10.0.0.77", no: "no neighbor 10.0.0.3 next-hop",
		effect: api.EffectLive, without: "[65001 65002] 10.0.0.2", with: "[65001 65002] 10.0.0.77"},
	{name: "export community", feeder: 65002, taker: 65003, feed: asPath(65002), af: true, line: "neighbor 10.0.0.3 export community 65001:7", no: "no neighbor 10.0.0.3 export community",
		effect: api.EffectLive, without: "[65001 65002] 10.0.0.2", with: "[65001 65002] 10.0.0.2 65001:7"},
	{name: "export metric", feeder: 65002, taker: 65003, feed: asPath(65002), af: true, line: "neighbor 10.0.0.3 export metric 0", no: "no neighbor 10.0.0.3 export metric",
		effect: api.EffectLive, without: "[65001 65002] 10.0.0.2", with: "[65001 65002] 10.0.0.2 med 0"},
	{name: "remove-private-AS replace-AS", feeder: 64600, taker: 65003, feed: asPath(64600, 64601), af: true, line: "neighbor 10.0.0.3 remove-private-AS replace-AS",
		effect: api.EffectLive, without: "[65001 64600 64601] 10.0.0.2", with: "[65001 65001 65001] 10.0.0.2"},
	{name: "max-med administrative with a value", feeder: 65002, taker: 65003, feed: with(asPath(65002), med(5)), line: "bgp max-med administrative 77", no: "no bgp max-med administrative",
		effect: api.EffectLive, without: "[65001 65002] 10.0.0.2", with: "[65001 65002] 10.0.0.2 med 77"},
	{name: "cluster-id as an address", feeder: 65001, taker: 65001, feed: with(asPath(7018), localPref(50)), line: "bgp cluster-id 10.9.9.9",
		extra:  []string{"address-family ipv4 unicast", "neighbor 10.0.0.2 route-reflector-client", "exit-address-family"},
		effect: api.EffectLive, without: "[7018] 10.0.0.2 lp 50 originator 0xa000002 cluster 0xa000001", with: "[7018] 10.0.0.2 lp 50 originator 0xa000002 cluster 0xa090909"},
	{name: "set ip next-hop peer-address on the way in", feeder: 65002, taker: 65003, feed: with(asPath(65002), hop("10.0.0.9")), af: true,
		extra: []string{"route-map M permit 10", "set ip next-hop peer-address", "exit"}, line: "neighbor 10.0.0.2 route-map M in",
		effect: api.EffectRefresh, without: "[65001 65002] 10.0.0.9", with: "[65001 65002] 10.0.0.2"},
	{name: "graceful-shutdown of the receiver", feeder: 65002, taker: 65003, feed: asPath(65002), line: "neighbor 10.0.0.3 graceful-shutdown", effect: api.EffectRefresh,
		without: "[65001 65002] 10.0.0.2", with: "[65001 65002] 10.0.0.2 65535:0"},
	{name: "graceful-shutdown of the sender", feeder: 65002, taker: 65001, feed: asPath(65002), line: "neighbor 10.0.0.2 graceful-shutdown", effect: api.EffectRefresh,
		without: "[65002] 10.0.0.2 lp 100", with: "[65002] 10.0.0.2 lp 0 65535:0"},
	{name: "bgp graceful-shutdown", feeder: 65002, taker: 65001, feed: asPath(65002), line: "bgp graceful-shutdown", effect: api.EffectRefresh,
		without: "[65002] 10.0.0.2 lp 100", with: "[65002] 10.0.0.2 lp 0 65535:0"},
	{name: "local-role provider marks", feeder: 65002, taker: 65003, feed: asPath(65002), line: "neighbor 10.0.0.3 local-role provider", no: "no neighbor 10.0.0.3 local-role",
		effect: api.EffectReset, without: "[65001 65002] 10.0.0.2", with: "[65001 65002] 10.0.0.2 otc 65001"},
	{name: "local-role customer keeps marked routes", feeder: 65002, taker: 65003, feed: with(asPath(65002), otc(65002)), line: "neighbor 10.0.0.3 local-role customer",
		no: "no neighbor 10.0.0.3 local-role", effect: api.EffectReset, without: "[65001 65002] 10.0.0.2 otc 65002", with: "-"},
	{name: "local-role provider refuses marked routes from a customer", feeder: 65002, taker: 65003, feed: with(asPath(65002), otc(65002)),
		line: "neighbor 10.0.0.2 local-role provider", no: "no neighbor 10.0.0.2 local-role", effect: api.EffectReset, without: "[65001 65002] 10.0.0.2 otc 65002", with: "-"},
	{name: "local-role customer marks on the way in", feeder: 65002, taker: 65003, feed: asPath(65002), line: "neighbor 10.0.0.2 local-role customer",
		no: "no neighbor 10.0.0.2 local-role", effect: api.EffectReset, without: "[65001 65002] 10.0.0.2", with: "[65001 65002] 10.0.0.2 otc 65002"},
	{name: "soo keeps a site's routes from the site", feeder: 65002, taker: 65003, feed: asPath(65002), af: true, line: "neighbor 10.0.0.3 soo 65001:7",
		extra:  []string{"address-family ipv4 unicast", "neighbor 10.0.0.2 soo 65001:7", "exit-address-family"},
		effect: api.EffectRefresh, without: "[65001 65002] 10.0.0.2 SoO:65001:7", with: "-"},
	{name: "soo marks", feeder: 65002, taker: 65003, feed: asPath(65002), af: true, line: "neighbor 10.0.0.2 soo 65001:7", no: "no neighbor 10.0.0.2 soo",
		effect: api.EffectRefresh, without: "[65001 65002] 10.0.0.2", with: "[65001 65002] 10.0.0.2 SoO:65001:7"},
	{name: "soo marks what the map has left", feeder: 65002, taker: 65003, feed: full, af: true, line: "neighbor 10.0.0.2 soo 65001:7", no: "no neighbor 10.0.0.2 soo",
		extra:  []string{"route-map M permit 10", "set extcommunity none", "exit", "router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.2 route-map M in", "exit-address-family"},
		effect: api.EffectRefresh, without: "[65001 65002 64512 3356] 10.0.0.2 65002:1 1:2:3", with: "[65001 65002 64512 3356] 10.0.0.2 65002:1 SoO:65001:7 1:2:3"},
	{name: "max-med administrative", feeder: 65002, taker: 65003, feed: with(asPath(65002), med(5)), line: "bgp max-med administrative", effect: api.EffectLive,
		without: "[65001 65002] 10.0.0.2", with: "[65001 65002] 10.0.0.2 med 4294967294"},
	{name: "a route to be dropped by all stays inside", feeder: 65002, taker: 65001, feed: with(asPath(65002), community(wire.CommunityBlackhole)),
		af: true, line: "neighbor 10.0.0.3 export metric 9", no: "no neighbor 10.0.0.3 export metric", effect: api.EffectLive,
		without: "[65002] 10.0.0.2 lp 100 65535:666 65535:65281", with: "[65002] 10.0.0.2 med 9 lp 100 65535:666 65535:65281"},
	{name: "shutdown of all", feeder: 65002, taker: 65003, feed: asPath(65002), line: "bgp shutdown message planned work", no: "no bgp shutdown", effect: api.EffectReset,
		without: "[65001 65002] 10.0.0.2", with: ""},
}

func hop(addr string) func(*wire.Editor) {
	return func(e *wire.Editor) { e.SetNextHop(netip.MustParseAddr(addr)) }
}

func otc(as uint32) func(*wire.Editor) { return func(e *wire.Editor) { e.SetUint32(wire.AttrOTC, as) } }

// Each statement shows at a neighbor, and its no form takes it back.
func TestKnobs(t *testing.T) {
	t.Parallel()
	for _, row := range knobRows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			feeder := &station{as: row.feeder, feed: [][]byte{announcement(fed, row.feed)}}
			taker := &station{as: row.taker}
			l := newLab(t, []*station{feeder, taker}, row.extra...)
			told := func(want string) { t.Helper(); l.expect(taker, want) }
			told(row.without)
			line, no := row.line, row.no
			if no == "" {
				no = "no " + line
			}
			in := func(line string) []string {
				if row.af {
					return []string{"address-family ipv4 unicast", line}
				}
				return []string{line}
			}
			result := l.apply(in(line)...)
			worst := api.Effect("")
			for _, c := range result.Changes {
				if c.Effect != api.EffectNone {
					worst = c.Effect
				}
			}
			if !result.Applied || worst != row.effect {
				t.Errorf("%s: %+v, wanted effect %s", line, result, row.effect)
			}
			told(row.with)
			if result := l.apply(in(no)...); !result.Applied {
				t.Errorf("%s: %+v", no, result)
			}
			told(row.without)
		})
	}
}

// expect waits until the station is told this of the feeder's route.
func (l *lab) expect(s *station, want string) {
	l.t.Helper()
	last := ""
	defer func() {
		if l.t.Failed() {
			l.t.Logf("the last was %q", last)
		}
	}()
	l.until("told "+want, func() bool { last = s.told(fed); return last == want })
}
