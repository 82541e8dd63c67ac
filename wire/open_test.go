package wire

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// openBody joins the fixed fields of an OPEN with optional parameters in hex.
func openBody(fixed, params string) []byte {
	p := unhex(params)
	return append(append(unhex(fixed), byte(len(p))), p...)
}

const fixedOpen = "04 fde9 00b4 01020304"

func TestOpenVerdicts(t *testing.T) {
	for _, c := range []struct {
		name          string
		body          []byte
		code, subcode uint8
		data          string
	}{
		{"plain", openBody(fixedOpen, ""), 0, 0, ""},
		{"short", unhex("04 fde9 00b4 010203"), 2, 0, ""},
		{"version 3", openBody("03 fde9 00b4 01020304", ""), 2, 1, "0004"},
		{"version 5", openBody("05 fde9 00b4 01020304", ""), 2, 1, "0004"},
		{"AS 0", openBody("04 0000 00b4 01020304", ""), 2, 2, ""},
		{"AS 0 as capability", openBody(fixedOpen, "0206 4104 00000000"), 2, 2, ""},
		{"AS 0 beside a capability", openBody("04 0000 00b4 01020304", "0206 4104 0000fde9"), 2, 2, ""},
		{"identifier 0", openBody("04 fde9 00b4 00000000", ""), 2, 3, ""},
		{"hold time 0", openBody("04 fde9 0000 01020304", ""), 0, 0, ""},
		{"hold time 1", openBody("04 fde9 0001 01020304", ""), 2, 6, ""},
		{"hold time 2", openBody("04 fde9 0002 01020304", ""), 2, 6, ""},
		{"hold time 3", openBody("04 fde9 0003 01020304", ""), 0, 0, ""},
		{"authentication parameter", openBody(fixedOpen, "0101 00"), 2, 4, ""},
		{"unknown parameter", openBody(fixedOpen, "0900"), 2, 4, ""},
		{"parameters too long", append(unhex(fixedOpen), 2, 2), 2, 0, ""},
		{"parameters too short", append(unhex(fixedOpen), 0, 2, 0), 2, 0, ""},
		{"parameter cut off", openBody(fixedOpen, "02"), 2, 0, ""},
		{"parameter overruns", openBody(fixedOpen, "0203 0200"), 2, 0, ""},
		{"capability cut off", openBody(fixedOpen, "0201 02"), 2, 0, ""},
		{"capability overruns", openBody(fixedOpen, "0203 0104 00"), 2, 0, ""},
		{"multiprotocol of 3", openBody(fixedOpen, "0205 0103 000100"), 2, 0, "0103000100"},
		{"four-octet AS of 2", openBody(fixedOpen, "0204 4102 fde9"), 2, 0, "4102fde9"},
		{"ADD-PATH of 3", openBody(fixedOpen, "0205 4503 000101"), 2, 0, "4503000101"},
		{"extended next hop of 4", openBody(fixedOpen, "0206 0504 00010001"), 2, 0, "050400010001"},
		{"graceful restart of 1", openBody(fixedOpen, "0203 4001 00"), 2, 0, "400100"},
		{"long-lived of 6", openBody(fixedOpen, "0208 4706 000101800000"), 2, 0, "4706000101800000"},
		{"role of 2", openBody(fixedOpen, "0204 0902 0000"), 2, 0, "09020000"},
		{"roles differ", openBody(fixedOpen, "0206 0901 00 0901 03"), 2, 11, ""},
		{"roles differ over parameters", openBody(fixedOpen, "0203 0901 00 0203 0901 03"), 2, 11, ""},
		{"roles agree", openBody(fixedOpen, "0206 0901 03 0901 03"), 0, 0, ""},
		{"extended form, empty", unhex(fixedOpen + "ff ff 0000"), 0, 0, ""},
		{"extended form, odd first length", unhex(fixedOpen + "01 ff 0009 02 0006 4104 0000fde9"), 0, 0, ""},
		{"extended form cut off", unhex(fixedOpen + "ff ff 00"), 2, 0, ""},
		{"extended length disagrees", unhex(fixedOpen + "ff ff 0001"), 2, 0, ""},
		{"extended parameter cut off", unhex(fixedOpen + "ff ff 0002 02 00"), 2, 0, ""},
		{"extended parameter overruns", unhex(fixedOpen + "ff ff 0003 02 0001"), 2, 0, ""},
		{"extended unknown parameter", unhex(fixedOpen + "ff ff 0003 63 0000"), 2, 4, ""},
	} {
		o, err := ParseOpen(c.body)
		checkReset(t, c.name, err, c.code, c.subcode, c.data)
		if (o != nil) != (c.code == 0) {
			t.Errorf("%s: OPEN %v beside error %v", c.name, o, err)
		}
	}
}

// The same capabilities mean the same whether in one parameter, one each, or in
// the form of RFC 9072.
func TestCapabilityArrangements(t *testing.T) {
	list := []string{
		"0104 0001 00 01", "0104 0002 00 01", "0200", "8000", "0506 0001 0001 0002", "0600", "0901 04",
		"400a c078 0001 01 80 0002 01 00", "4104 fa56ea01", "4508 0001 01 03 0002 01 02", "4600",
		"470e 0001 01 80 000e10 0002 01 00 ffffff", "4908 03 666f6f 03 626172", "4b04 03 312e30", "fe02 beef",
	}
	want := &Open{
		Version: 4, AS16: 65001, HoldTime: 180, ID: 0x01020304,
		Caps: Capabilities{
			Present: true, Multiprotocol: []Family{IPv4Unicast, IPv6Unicast},
			RouteRefresh: true, OldRouteRefresh: true, EnhancedRouteRefresh: true, ExtendedMessage: true,
			ExtendedNextHop: []ExtendedNextHop{{IPv4Unicast, 2}},
			HasRole:         true, Role: RolePeer,
			GracefulRestart: &GracefulRestart{
				Restarting: true, Notification: true, Time: 120,
				Families: []RestartFamily{{IPv4Unicast, true}, {IPv6Unicast, false}},
			},
			HasAS4: true, AS4: 4200000001,
			AddPath:      []AddPath{{IPv4Unicast, AddPathBoth}, {IPv6Unicast, AddPathSend}},
			HasLongLived: true, LongLived: []LongLivedFamily{{IPv4Unicast, true, 3600}, {IPv6Unicast, false, 0xffffff}},
			FQDN: &FQDN{"foo", "bar"}, SoftwareVersion: "1.0",
			Unknown: []Capability{{0xfe, []byte{0xbe, 0xef}}},
		},
	}
	all := strings.Join(list, "")
	each, extended := "", ""
	for _, c := range list {
		b := unhex(c)
		each += hexa([]byte{paramCapabilities, byte(len(b))}) + c
		extended += hexa([]byte{paramCapabilities, 0, byte(len(b))}) + c
	}
	n, m := len(unhex(all)), len(unhex(extended))
	bodies := map[string][]byte{
		"one parameter":   openBody(fixedOpen, hexa([]byte{2, byte(n)})+all),
		"one each":        openBody(fixedOpen, each),
		"sent twice":      openBody(fixedOpen, hexa([]byte{2, byte(n)})+all+"0206 0104 0001 00 01"),
		"extended form":   append(unhex(fixedOpen), append([]byte{255, 255, byte(m >> 8), byte(m)}, unhex(extended)...)...),
		"as we write it":  AppendOpen(nil, want)[HeaderLen:],
		"empty parameter": openBody(fixedOpen, "0200"+each),
	}
	for name, body := range bodies {
		got, err := ParseOpen(body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if want.AS() != 4200000001 || (&Open{AS16: 7}).AS() != 7 {
		t.Error("AS does not prefer the capability")
	}
}

func TestCapabilityOddities(t *testing.T) {
	for _, c := range []struct {
		name, caps string
		want       Capabilities
	}{
		{"none", "", Capabilities{Present: true}},
		{"ADD-PATH mode 0 and 4 void their tuple", "450c 0001 01 00 0002 01 04 0001 01 02", Capabilities{AddPath: []AddPath{{IPv4Unicast, AddPathSend}}}},
		{"ADD-PATH, the last one counts", "4508 0001 01 01 0001 01 03", Capabilities{AddPath: []AddPath{{IPv4Unicast, AddPathBoth}}}},
		{"graceful restart, the last one counts", "4002 0078 4002 800a", Capabilities{GracefulRestart: &GracefulRestart{Restarting: true, Time: 10}}},
		{"value where none belongs", "0201 00", Capabilities{RouteRefresh: true}},
		{"name with control characters", "4907 05 61 1b 62 ff 63 00", Capabilities{FQDN: &FQDN{Host: "a\uFFFDb\uFFFDc"}}},
		{"unreadable name is no reason to refuse", "4903 09 6162 4b02 09 61", Capabilities{Unknown: []Capability{{CapFQDN, unhex("096162")}, {CapSoftwareVersion, unhex("0961")}}}},
		{"SAFI of two octets", "0506 0001 0101 0002", Capabilities{}},
		{"other families", "0104 0019 00 46", Capabilities{Multiprotocol: []Family{NewFamily(25, 70)}}},
		{"undefined role is kept", "0901 09", Capabilities{HasRole: true, Role: 9}},
		{"long-lived without families", "4700", Capabilities{HasLongLived: true}},
	} {
		b := unhex(c.caps)
		o, err := ParseOpen(openBody(fixedOpen, hexa([]byte{2, byte(len(b))})+c.caps))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		c.want.Present = true
		if diff := cmp.Diff(c.want, o.Caps); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// Two octets for the length are used only when one does not suffice.
func TestExtendedOpenForm(t *testing.T) {
	for _, size := range []int{0, 1, 240, 251, 252, 600} {
		o := &Open{Version: 4, AS16: 1, HoldTime: 90, ID: 1}
		for left := size; left > 2; left -= 250 {
			n := min(left, 250) - 2
			o.Caps.Unknown = append(o.Caps.Unknown, Capability{200, bytes.Repeat([]byte{1}, n)})
		}
		o.Caps.Present = len(o.Caps.Unknown) > 0
		whole := AppendOpen([]byte("before"), o)[6:]
		caps := o.Caps.AppendTo(nil)
		if extended := whole[28] == 255 && len(whole) > 29 && whole[29] == 255; extended != (len(caps) > 253) {
			t.Errorf("%d octets of capabilities: extended %v", len(caps), extended)
		}
		if h, err := ParseHeader(whole, MaxLen); err != nil || h.Len != len(whole) {
			t.Errorf("%d: header %v, %v", size, h, err)
		}
		got, err := ParseOpen(whole[HeaderLen:])
		if err != nil {
			t.Fatalf("%d: %v", size, err)
		}
		if diff := cmp.Diff(o, got); diff != "" {
			t.Errorf("%d (-sent +got):\n%s", size, diff)
		}
	}
}

func TestCapabilityLimits(t *testing.T) {
	c := Capabilities{
		SoftwareVersion: "v" + strings.Repeat("é", 50), // 101 octets
		FQDN:            &FQDN{Host: strings.Repeat("h", 300)},
	}
	for i := range 100 {
		c.AddPath = append(c.AddPath, AddPath{NewFamily(uint16(i+1), 1), AddPathBoth})
	}
	var got Capabilities
	if err := got.parse(c.AppendTo(nil)); err != nil {
		t.Fatal(err)
	}
	if got.SoftwareVersion != "v"+strings.Repeat("é", 31) || got.FQDN.Host != strings.Repeat("h", 64) {
		t.Errorf("names cut to %q, %q", got.SoftwareVersion, got.FQDN.Host)
	}
	if len(got.AddPath) != 100 {
		t.Errorf("%d ADD-PATH tuples, want 100", len(got.AddPath))
	}
}

func TestAppendMultiprotocol(t *testing.T) {
	if got := hexa(AppendMultiprotocol(nil, IPv6Unicast)); got != "010400020001" {
		t.Errorf("got %s", got)
	}
}
