package wire

import (
	"bytes"
	"maps"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestEditor(t *testing.T) {
	start := func() Attrs {
		e := Editor{}
		e.SetOrigin(OriginIGP)
		e.PrependAS(65001, 1)
		e.SetNextHop(netip.MustParseAddr("192.0.2.1"))
		e.AddCommunity(1<<16 | 1)
		return e.Attrs()
	}
	const head = "ORIGIN/4/00 AS_PATH/4/02010000fde9 NEXT_HOP/4/c0000201"
	const all = head + " COMMUNITIES/c/00010001"
	for _, c := range []struct {
		name    string
		edit    func(*Editor)
		want    string
		changed bool
	}{
		{"nothing", func(*Editor) {}, all, false},
		{"the same again", func(e *Editor) { e.SetOrigin(OriginIGP); e.AddCommunity(1<<16 | 1); e.Delete(AttrMED) }, all, false},
		{"in between", func(e *Editor) { e.SetUint32(AttrMED, 5) }, head + " MULTI_EXIT_DISC/8/00000005 COMMUNITIES/c/00010001", true},
		{"at the end", func(e *Editor) { e.Set(200, 0xe0, []byte{1}) }, all + " attribute 200/e/01", true},
		{"at the start", func(e *Editor) { e.SetLocal(Local{Weight: 1}) }, "attribute 0/0/000000010000000000 " + all, true},
		{"local taken back", func(e *Editor) { e.SetLocal(Local{Weight: 1}); e.SetLocal(Local{}) }, all, true},
		{"longer", func(e *Editor) { e.PrependAS(65002, 2) }, "ORIGIN/4/00 AS_PATH/4/02030000fdea0000fdea0000fde9 NEXT_HOP/4/c0000201 COMMUNITIES/c/00010001", true},
		{"shorter", func(e *Editor) { e.SetASPath(nil) }, "ORIGIN/4/00 AS_PATH/4/ NEXT_HOP/4/c0000201 COMMUNITIES/c/00010001", true},
		{"deleted", func(e *Editor) { e.Delete(AttrASPath) }, "ORIGIN/4/00 NEXT_HOP/4/c0000201 COMMUNITIES/c/00010001", true},
		{"flag of the length ignored", func(e *Editor) { e.Set(AttrOrigin, 0x50, []byte{2}) }, "ORIGIN/4/02 AS_PATH/4/02010000fde9 NEXT_HOP/4/c0000201 COMMUNITIES/c/00010001", true},
		{"pair of next hops", func(e *Editor) {
			e.SetNextHops(netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("fe80::1%eth0"))
		}, "ORIGIN/4/00 AS_PATH/4/02010000fde9 NEXT_HOP/4/" + hop6 + hopLL + " COMMUNITIES/c/00010001", true},
		{"link-local alone", func(e *Editor) { e.SetNextHops(netip.Addr{}, netip.MustParseAddr("fe80::1")) }, "ORIGIN/4/00 AS_PATH/4/02010000fde9 NEXT_HOP/4/" + hopLL + " COMMUNITIES/c/00010001", true},
		{"mapped next hop", func(e *Editor) { e.SetNextHop(netip.MustParseAddr("::ffff:10.0.0.1")) }, "ORIGIN/4/00 AS_PATH/4/02010000fde9 NEXT_HOP/4/00000000000000000000ffff0a000001 COMMUNITIES/c/00010001", true},
		{"IPv4 takes no companion", func(e *Editor) {
			e.SetNextHops(netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fe80::1"))
		}, "ORIGIN/4/00 AS_PATH/4/02010000fde9 NEXT_HOP/4/0a000001 COMMUNITIES/c/00010001", true},
		{"no next hop", func(e *Editor) { e.SetNextHop(netip.Addr{}) }, "ORIGIN/4/00 AS_PATH/4/02010000fde9 COMMUNITIES/c/00010001", true},
		{"another community", func(e *Editor) { e.AddCommunity(CommunityNoExport) }, head + " COMMUNITIES/c/00010001ffffff01", true},
		{"the last community", func(e *Editor) { e.DeleteCommunity(1<<16 | 1) }, head, true},
		{"a community that is not there", func(e *Editor) { e.DeleteCommunity(5) }, all, false},
		{"Partial stays", func(e *Editor) { e.Set(AttrCommunities, 0xe0, []byte{0, 1, 0, 1}); e.AddCommunity(2) }, head + " COMMUNITIES/e/0001000100000002", true},
		{"extended communities", func(e *Editor) {
			e.AddExtCommunity(0x0002000100000001)
			e.AddExtCommunity(0x4004000000000000)
			e.AddExtCommunity(0x0002000100000002)
			e.DeleteNonTransitive()
			e.DeleteExtCommunity(0x0002000100000002)
		}, all + " EXTENDED_COMMUNITIES/c/0002000100000001", true},
		{"large communities", func(e *Editor) {
			e.AddLargeCommunity(LargeCommunity{1, 2, 3})
			e.AddLargeCommunity(LargeCommunity{1, 2, 4})
			e.AddLargeCommunity(LargeCommunity{1, 2, 3})
			e.DeleteLargeCommunity(LargeCommunity{1, 2, 4})
		}, all + " LARGE_COMMUNITIES/c/000000010000000200000003", true},
		{"reflection", func(e *Editor) {
			e.SetUint32(AttrOriginatorID, 9)
			e.PrependCluster(1)
			e.PrependCluster(2)
		}, all + " ORIGINATOR_ID/8/00000009 CLUSTER_LIST/8/0000000200000001", true},
		{"a view of itself", func(e *Editor) {
			e.PrependAS(1, 1)
			v, _ := e.Attrs().Get(AttrCommunities)
			e.Set(AttrOrigin, wellKnown, v[:1])
			e.Set(200, 0xc0, v)
		}, "ORIGIN/4/00 AS_PATH/4/0202000000010000fde9 NEXT_HOP/4/c0000201 COMMUNITIES/c/00010001 attribute 200/c/00010001", true},
		{"too long", func(e *Editor) {
			if e.Set(200, 0xc0, make([]byte, 65536)) || e.PrependAS(1, 16380) {
				t.Error("a value of more than 65535 octets was taken")
			}
		}, all, false},
	} {
		a := start()
		before := bytes.Clone(a)
		e := NewEditor(nil)
		e.SetUint32(AttrOTC, 3)
		e.Reset(a)
		c.edit(e)
		if got := show(e.Attrs()); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if e.Changed() != c.changed {
			t.Errorf("%s: Changed %v, want %v", c.name, e.Changed(), c.changed)
		}
		if !bytes.Equal(a, before) {
			t.Errorf("%s changed what it was given", c.name)
		}
		if got := string(e.AppendTo([]byte("x"))); got != "x"+string(e.Attrs()) {
			t.Errorf("%s: AppendTo gave %x", c.name, got)
		}
	}
}

// Any sequence of Set and Delete gives what a map gives.
func TestEditorAgainstMap(t *testing.T) {
	type value struct {
		flags uint8
		bytes string
	}
	rapid.Check(t, func(t *rapid.T) {
		model := map[AttrType]value{}
		e := Editor{}
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			kind := AttrType(rapid.SampledFrom([]int{0, 1, 2, 3, 8, 16, 32, 99, 255}).Draw(t, "type"))
			if rapid.IntRange(0, 3).Draw(t, "delete") == 0 {
				e.Delete(kind)
				delete(model, kind)
				continue
			}
			v := value{rapid.SampledFrom([]uint8{0x40, 0x80, 0xc0, 0xe0}).Draw(t, "flags"), string(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "value"))}
			e.Set(kind, v.flags, []byte(v.bytes))
			model[kind] = v
		}
		var want Attrs
		for _, kind := range slices.Sorted(maps.Keys(model)) {
			v := model[kind]
			want = append(appendCanonicalHeader(want, v.flags, kind, len(v.bytes)), v.bytes...)
		}
		if !bytes.Equal(e.Attrs(), want) {
			t.Fatalf("got %x, want %x", e.Attrs(), want)
		}
	})
}
