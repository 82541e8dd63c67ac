package wire

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"testing"
)

// The messages of the two seed traces and their kin.

func seedOpen(as uint32, families []Family, extended []ExtendedNextHop) *Open {
	return &Open{
		Version: 4, AS16: AS16(as), HoldTime: 6, ID: 1,
		Caps: Capabilities{
			Present: true, Multiprotocol: families, RouteRefresh: true, ExtendedNextHop: extended,
			HasAS4: true, AS4: as, AddPath: []AddPath{{IPv4Unicast, AddPathReceive}},
		},
	}
}

func TestMessageVectors(t *testing.T) {
	v6 := netip.MustParseAddr("3fff::b")
	e := NewEditor(nil)
	e.SetOrigin(OriginIGP)
	e.PrependAS(65001, 1)
	e.SetNextHop(netip.MustParseAddr("192.0.2.1"))
	classic := bytes.Clone(e.Attrs())
	e.SetNextHop(v6)
	over6 := bytes.Clone(e.Attrs())
	enc := &Encoding{AS4: true, ExtendedNextHop: true}
	nlri := []NLRI{{Prefix: prefix("10.0.0.0/24")}}
	reach := func(a Attrs) []byte {
		out, taken := AppendReach(nil, a, IPv4Unicast, nlri, enc)
		if taken != 1 {
			t.Fatalf("taken %d, want 1", taken)
		}
		return out
	}
	for _, c := range []struct {
		name, want string
		got        []byte
	}{
		{"B1 OPEN with four-octet AS", "ff*16 0033 01 | 04 5ba0 0006 00000001 16 | 02 14 | 0104 0002 00 01 | 0200 | 4104 fa56ea01 | 4504 0001 01 01",
			AppendOpen(nil, seedOpen(4200000001, []Family{IPv6Unicast}, nil))},
		{"B2 OPEN with extended next hop", "ff*16 003b 01 | 04 fc00 0006 00000001 1e | 02 1c | 0104 0001 00 01 | 0200 | 0506 0001 0001 0002 | 4104 0000fc00 | 4504 0001 01 01",
			AppendOpen(nil, seedOpen(64512, []Family{IPv4Unicast}, []ExtendedNextHop{{IPv4Unicast, 2}}))},
		{"B3 KEEPALIVE", "ff*16 0013 04", AppendKeepalive(nil)},
		{"B4 ROUTE-REFRESH", "ff*16 0017 05 0001 00 01", AppendRouteRefresh(nil, RouteRefresh{Family: IPv4Unicast})},
		{"B5 NOTIFICATION", "ff*16 0015 03 06 04", AppendNotification(nil, Notification{Code: CodeCease, Subcode: CeaseAdminReset})},
		{"B6 UPDATE classic", "ff*16 002f 02 0000 0014 | 4001 01 00 | 4002 06 0201 0000fde9 | 4003 04 c0000201 | 18 0a0000", reach(classic)},
		{"B7 UPDATE, IPv4 over IPv6", "ff*16 0040 02 0000 0029 | 800e 19 0001 01 10 3fff000000000000000000000000000b 00 18 0a0000 | 4001 01 00 | 4002 06 0201 0000fde9", reach(over6)},
		{"B8 End-of-RIB IPv4", "ff*16 0017 02 0000 0000", AppendEndOfRIB(nil, IPv4Unicast)},
		{"B8 End-of-RIB IPv6", "ff*16 001d 02 0000 0006 | 800f 03 0002 01", AppendEndOfRIB(nil, IPv6Unicast)},
	} {
		if want := unhex(c.want); !bytes.Equal(c.got, want) {
			t.Errorf("%s:\n got %x\nwant %x", c.name, c.got, want)
		}
		h, err := ParseHeader(c.got, MaxLen)
		if err != nil || h.Len != len(c.got) {
			t.Errorf("%s: header %+v, %v, want length %d", c.name, h, err, len(c.got))
		}
	}
}

func TestParseHeader(t *testing.T) {
	marker := "ff*16"
	for _, c := range []struct {
		name, in      string
		maxLen        int
		want          Header
		code, subcode uint8
		data          string
	}{
		{"marker", "ffffffffffffffffffffffffffff00ff 0013 04", MaxLen, Header{}, 1, 1, ""},
		{"first octet of marker", "00ffffffffffffffffffffffffffffff 0013 04", MaxLen, Header{}, 1, 1, ""},
		{"length 18", marker + "0012 04", MaxLen, Header{Type: TypeKeepalive}, 1, 2, "0012"},
		{"length 0", marker + "0000 02", MaxLen, Header{Type: TypeUpdate}, 1, 2, "0000"},
		{"length 4097", marker + "1001 02", MaxLen, Header{Type: TypeUpdate}, 1, 2, "1001"},
		{"length 4096", marker + "1000 02", MaxLen, Header{4096, TypeUpdate}, 0, 0, ""},
		{"type 9", marker + "0013 09", MaxLen, Header{}, 1, 3, "09"},
		{"type 0", marker + "0013 00", MaxLen, Header{}, 1, 3, "00"},
		{"type 9 of length 18", marker + "0012 09", MaxLen, Header{Type: 9}, 1, 2, "0012"},
		{"short OPEN", marker + "001c 01", MaxLen, Header{Type: TypeOpen}, 1, 2, "001c"},
		{"least OPEN", marker + "001d 01", MaxLen, Header{29, TypeOpen}, 0, 0, ""},
		{"short UPDATE", marker + "0016 02", MaxLen, Header{Type: TypeUpdate}, 1, 2, "0016"},
		{"least UPDATE", marker + "0017 02", MaxLen, Header{23, TypeUpdate}, 0, 0, ""},
		{"short NOTIFICATION", marker + "0014 03", MaxLen, Header{Type: TypeNotification}, 1, 2, "0014"},
		{"long NOTIFICATION", marker + "1001 03", MaxLen, Header{Type: TypeNotification}, 1, 2, "1001"},
		{"least NOTIFICATION", marker + "0015 03", MaxLen, Header{21, TypeNotification}, 0, 0, ""},
		{"long KEEPALIVE", marker + "0014 04", MaxLen, Header{Type: TypeKeepalive}, 1, 2, "0014"},
		{"odd ROUTE-REFRESH", marker + "0018 05", MaxLen, Header{24, TypeRouteRefresh}, 0, 0, ""},
		{"extended UPDATE", marker + "ffff 02", MaxExtendedLen, Header{65535, TypeUpdate}, 0, 0, ""},
		{"extended NOTIFICATION", marker + "2000 03", MaxExtendedLen, Header{8192, TypeNotification}, 0, 0, ""},
		{"extended OPEN", marker + "1001 01", MaxExtendedLen, Header{Type: TypeOpen}, 1, 2, "1001"},
		{"extended KEEPALIVE", marker + "1001 04", MaxExtendedLen, Header{Type: TypeKeepalive}, 1, 2, "1001"},
	} {
		got, err := ParseHeader(unhex(c.in), c.maxLen)
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		checkReset(t, c.name, err, c.code, c.subcode, c.data)
	}
}

// checkReset compares an error that ends the session; code 0 wants none.
func checkReset(t *testing.T, name string, err *Error, code, subcode uint8, data string) {
	t.Helper()
	if err == nil {
		if code != 0 {
			t.Errorf("%s: no error, want %d/%d", name, code, subcode)
		}
		return
	}
	if err.Code != code || err.Subcode != subcode || hex.EncodeToString(err.Data) != hex.EncodeToString(unhex(data)) ||
		err.Severity != Reset || err.Text == "" {
		t.Errorf("%s: %v, data %x, want reset %d/%d, data %s", name, err, err.Data, code, subcode, data)
	}
}

func TestTypeString(t *testing.T) {
	for kind, want := range map[Type]string{
		TypeOpen: "OPEN", TypeUpdate: "UPDATE", TypeNotification: "NOTIFICATION",
		TypeKeepalive: "KEEPALIVE", TypeRouteRefresh: "ROUTE-REFRESH", 9: "message type 9",
	} {
		if kind.String() != want {
			t.Errorf("type %d is %q, want %q", uint8(kind), kind, want)
		}
	}
}

func TestRouteRefresh(t *testing.T) {
	for _, r := range []RouteRefresh{
		{Family: IPv4Unicast}, {Family: IPv6Unicast, Subtype: RefreshBegin}, {Family: NewFamily(25, 70), Subtype: RefreshEnd}, {Family: IPv4Unicast, Subtype: 99},
	} {
		got, err := ParseRouteRefresh(AppendRouteRefresh(nil, r)[HeaderLen:], false)
		if err != nil || got != r {
			t.Errorf("%v came back as %v, %v", r, got, err)
		}
	}
	for _, body := range []string{"", "000100", "0001000102"} {
		whole := finish(append(appendHeader(nil, TypeRouteRefresh), unhex(body)...), 0)
		_, err := ParseRouteRefresh(unhex(body), false)
		checkReset(t, "body "+body, err, CodeRouteRefresh, RefreshBadLength, hex.EncodeToString(whole))
	}
}
