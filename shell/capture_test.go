package shell

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"bgpsh/ipc/api"
	"bgpsh/wire"
	decoder "bgpsh/wire/capture"
)

// What is saved is read back by bgpsh decode: every message, its ends and its time.
func TestSavedMessagesAreReadBack(t *testing.T) {
	open := func(as uint32) []byte {
		caps := wire.Capabilities{Multiprotocol: []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast}, HasAS4: true, AS4: as}
		return wire.AppendOpen(nil, &wire.Open{Version: 4, AS16: uint16(as), HoldTime: 90, ID: as, Caps: caps})
	}
	for _, ends := range [][2]string{{"10.0.0.1:40000", "10.0.0.2:179"}, {"[2001:db8::1]:179", "[2001:db8::2]:40000"}, {"[fe80::1%eth0]:179", "[fe80::2%eth0]:40000"}} {
		h := &api.SessionHistory{Neighbor: api.PeerRef{Name: "p"}}
		begin := time.Date(2026, 11, 22, 12, 0, 0, 123456789, time.UTC)
		for i, m := range []struct {
			sent bool
			b    []byte
		}{
			{true, open(65001)}, {false, open(65002)}, {true, wire.AppendKeepalive(nil)}, {false, wire.AppendKeepalive(nil)},
			{false, wire.AppendEndOfRIB(nil, wire.IPv4Unicast)}, {true, wire.AppendNotification(nil, wire.Notification{Code: 6, Subcode: 2})},
		} {
			h.Messages = append(h.Messages, api.SessionMessage{
				At: begin.Add(time.Duration(i) * time.Second), Connection: "03abec68", Sent: m.sent, Type: wire.Type(m.b[18]).String(), Length: len(m.b),
				Bytes: m.b, Local: netip.MustParseAddrPort(ends[0]), Remote: netip.MustParseAddrPort(ends[1]), Dialed: i%2 == 0 && ends[0] == "10.0.0.1:40000",
			})
		}
		slices.Reverse(h.Messages)
		var out strings.Builder
		if err := decoder.Decode(bytes.NewReader(appendCapture(nil, h)), &out, decoder.Options{}); err != nil {
			t.Fatal(err)
		}
		var types []string
		for line := range strings.Lines(out.String()) {
			var m struct {
				Type, Src, Dst, Time string
				Error                any
			}
			if err := json.Unmarshal([]byte(line), &m); err != nil || m.Error != nil {
				t.Fatalf("%v: %s", err, line)
			}
			types = append(types, m.Type)
			from, to := strings.Replace(ends[0], "%eth0", "", 1), strings.Replace(ends[1], "%eth0", "", 1)
			if len(types)%2 == 0 && len(types) < 6 || len(types) == 5 {
				from, to = to, from
			}
			if m.Src != from || m.Dst != to || !strings.HasSuffix(m.Time, ".123456789Z") {
				t.Errorf("message %d from %s to %s at %s, want from %s", len(types), m.Src, m.Dst, m.Time, from)
			}
		}
		if want := []string{"OPEN", "OPEN", "KEEPALIVE", "KEEPALIVE", "UPDATE", "NOTIFICATION"}; !slices.Equal(types, want) {
			t.Errorf("read back %v", types)
		}
	}
}

// A message of which only the beginning was kept leaves a gap, and what comes after it is read.
func TestSavedBeginningOfAMessage(t *testing.T) {
	long := make([]byte, 4096)
	copy(long, wire.AppendEndOfRIB(nil, wire.IPv4Unicast))
	long[16], long[17] = 0x17, 0x70 // of 6000 octets
	at := netip.MustParseAddrPort("10.0.0.1:179")
	message := func(b []byte, n int) api.SessionMessage {
		return api.SessionMessage{Connection: "1", Bytes: b, Length: n, Local: at, Remote: at, At: time.Unix(1, 0)}
	}
	h := &api.SessionHistory{Messages: []api.SessionMessage{message(wire.AppendKeepalive(nil), 19), message(long, 6000)}}
	var out strings.Builder
	if err := decoder.Decode(bytes.NewReader(appendCapture(nil, h)), &out, decoder.Options{Extended: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"type":"KEEPALIVE"`) {
		t.Errorf("got %s", out.String())
	}
}
