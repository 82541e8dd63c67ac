package wire

import (
	"net/netip"
	"strings"
	"testing"
)

func TestAccessors(t *testing.T) {
	internal := external.with(func(p *Params) { p.Internal = true })
	body := updateBody("", attr(0x80, AttrMPReach, "0002 01 20"+hop6+hopLL+"00"+net6)+
		attr(0x40, AttrOrigin, "01")+attr(0x40, AttrASPath, "0202 0000fde9 0000fdea")+
		attr(0x80, AttrMED, "0000000a")+attr(0x40, AttrLocalPref, "000000c8")+attr(0x40, AttrAtomicAggregate, "")+
		attr(0xe0, AttrAggregator, "0000fde901020304")+attr(0xc0, AttrCommunities, "ffffff01 fde90005")+
		attr(0x80, AttrOriginatorID, "0a000001")+attr(0x80, AttrClusterList, "0a000002 0a000003")+
		attr(0xc0, AttrExtCommunities, "0002fde900000001 4000000000000002")+
		attr(0xc0, AttrIPv6ExtCommunities, strings.Repeat("07", 20))+
		attr(0x80, AttrAIGP, "020004ff 01000b0000000000000005")+
		attr(0xc0, AttrLargeCommunities, "0000fde9 00000001 00000002")+attr(0xc0, AttrOTC, "0000fde9"), "")
	a := announced(t, mustParse(t, body, internal))
	e := NewEditor(a)
	e.SetLocal(Local{Weight: 32768, Tag: 7, Kind: 2})
	a = e.Attrs()

	expect := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	with := func(v uint32, ok bool) [2]any { return [2]any{v, ok} }
	expect("Origin", a.Origin(), OriginEGP)
	expect("ASPath", a.ASPath().String(), "65001 65002")
	expect("NextHop", a.NextHop(), netip.MustParseAddr("2001:db8::1"))
	expect("LinkLocal", a.LinkLocal(), netip.MustParseAddr("fe80::1"))
	expect("MED", with(a.MED()), with(10, true))
	expect("LocalPref", with(a.LocalPref()), with(200, true))
	expect("AtomicAggregate", a.AtomicAggregate(), true)
	as, id, ok := a.Aggregator()
	expect("Aggregator", [3]any{as, id, ok}, [3]any{uint32(65001), uint32(0x01020304), true})
	expect("Flags", a.Flags(AttrAggregator), uint8(0xe0))
	expect("Communities", a.Communities().Len(), 2)
	expect("Communities.At", a.Communities().At(1), uint32(65001<<16|5))
	expect("Communities.Has", a.Communities().Has(CommunityNoExport), true)
	expect("Communities.Has another", a.Communities().Has(CommunityNoPeer), false)
	expect("OriginatorID", with(a.OriginatorID()), with(0x0a000001, true))
	expect("ClusterLen", a.ClusterLen(), 2)
	expect("ClusterList", a.ClusterList().At(0), uint32(0x0a000002))
	expect("ClusterList.Has", a.ClusterList().Has(0x0a000003), true)
	expect("ExtCommunities", a.ExtCommunities().Len(), 2)
	expect("ExtCommunities.Has", a.ExtCommunities().Has(0x0002fde900000001), true)
	expect("ExtCommunities.Has another", a.ExtCommunities().Has(1), false)
	expect("IPv6ExtCommunities", a.IPv6ExtCommunities().Len(), 1)
	expect("IPv6ExtCommunities.At", a.IPv6ExtCommunities().At(0)[19], byte(7))
	metric, ok := a.AIGP()
	expect("AIGP", [2]any{metric, ok}, [2]any{uint64(5), true})
	expect("LargeCommunities", a.LargeCommunities().Len(), 1)
	expect("LargeCommunities.At", a.LargeCommunities().At(0).String(), "65001:1:2")
	expect("LargeCommunities.Has", a.LargeCommunities().Has(LargeCommunity{65001, 1, 2}), true)
	expect("LargeCommunities.Has another", a.LargeCommunities().Has(LargeCommunity{}), false)
	expect("OTC", with(a.OTC()), with(65001, true))
	expect("Local", a.Local(), Local{32768, 7, 2})

	var order []byte
	a.All(func(t AttrType, _ uint8, _ []byte) bool { order = append(order, byte(t)); return true })
	expect("order of All", hexa(order), "000102030405060708090a10191a2023")
}

// Nothing there: every accessor says so and none fails, whatever the bytes.
func TestAccessorsOfNothing(t *testing.T) {
	for _, a := range []Attrs{nil, {}, {0x40}, {0x40, 1, 0}, {0x40, 1, 0, 9, 0}, {0x40, 7, 0, 1, 0}, {0, 0, 0, 0}, {0x80, 26, 0, 3, 1, 0, 0}} {
		if a.Origin() != OriginIncomplete || a.ASPath().Length() != 0 || a.NextHop().IsValid() || a.LinkLocal().IsValid() {
			t.Errorf("%x: a well-known attribute where none is", []byte(a))
		}
		_, med := a.MED()
		_, pref := a.LocalPref()
		_, _, aggregator := a.Aggregator()
		_, metric := a.AIGP()
		_, otc := a.OTC()
		_, originator := a.OriginatorID()
		if med || pref || aggregator || metric || otc || originator || a.ClusterLen() != 0 || a.Local() != (Local{}) {
			t.Errorf("%x: an attribute where none is", []byte(a))
		}
		if a.Communities().Len()+a.ExtCommunities().Len()+a.LargeCommunities().Len()+a.IPv6ExtCommunities().Len() != 0 {
			t.Errorf("%x: a community where none is", []byte(a))
		}
	}
}

func TestNextHopForms(t *testing.T) {
	for _, c := range []struct{ value, hop, linkLocal string }{
		{"c0000201", "192.0.2.1", ""},
		{hop6, "2001:db8::1", ""},
		{hopLL, "fe80::1", "fe80::1"},
		{hop6 + hopLL, "2001:db8::1", "fe80::1"},
	} {
		e := Editor{}
		e.Set(AttrNextHop, wellKnown, unhex(c.value))
		a := e.Attrs()
		got := ""
		if a.LinkLocal().IsValid() {
			got = a.LinkLocal().String()
		}
		if a.NextHop().String() != c.hop || got != c.linkLocal {
			t.Errorf("%s: %v and %q, want %s and %q", c.value, a.NextHop(), got, c.hop, c.linkLocal)
		}
	}
}

func TestAttrType(t *testing.T) {
	for _, c := range []struct {
		t     AttrType
		name  string
		known bool
		flags uint8
	}{
		{AttrLocal, "attribute 0", false, 0}, {AttrMED, "MULTI_EXIT_DISC", true, 0x80}, {AttrOTC, "OTC", true, 0xc0},
		{11, "attribute 11", false, 0xc0}, {128, "attribute 128", false, 0xc0}, {255, "attribute 255", false, 0xc0},
	} {
		if c.t.String() != c.name || c.t.Known() != c.known || c.t.DefaultFlags() != c.flags {
			t.Errorf("%d: %q, %v, %#x", c.t, c.t, c.t.Known(), c.t.DefaultFlags())
		}
	}
}
