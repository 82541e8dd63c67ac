package seeds

import (
	"bytes"
	"encoding/hex"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"bgpsh/daemon/transport"
	"bgpsh/wire"
)

// The OPENs of the seeds' first routers, without the marker.
const (
	firstOpen  = "0033" + "01" + "045ba00006" + "00000001" + "16" + "0214" + "010400020001" + "0200" + "4104fa56ea01" + "450400010101"
	secondOpen = "003b" + "01" + "04fc000006" + "00000001" + "1e" + "021c" + "010400010001" + "0200" + "0506000100010002" + "41040000fc00" + "450400010101"
)

// A capability is what our OPEN has in place of, beside or instead of a capability of the seed's.
type capability struct{ seed, ours, why string }

var (
	beside = []capability{
		{"", "0600", "messages of more than 4096 octets are offered to every neighbor (RFC 8654)"},
		{"", "40024078", "a neighbor's routes are kept over its restart, and over a NOTIFICATION (RFC 4724, 8538)"},
		{"", "4700", "and for longer where the neighbor asks for it (RFC 9494)"},
		{"", "4600", "a refresh with a begin and an end leaves no stale routes behind (RFC 7313)"},
	}
	firstCapabilities = append([]capability{
		{"450400010101", "450400020101", "path identifiers are understood in the families of the session, and offered in no other"},
	}, beside...)
	secondCapabilities = beside
)

// checkOpen puts the seed's capabilities back into our OPEN, which must then be the seed's, octet by octet.
func checkOpen(t *testing.T, ours []byte, seed string, table []capability) {
	t.Helper()
	const fixed = wire.HeaderLen + 10 // version to the length of the parameters
	if len(ours) < fixed+2 || ours[fixed] != 2 || int(ours[fixed-1]) != len(ours)-fixed || int(ours[fixed+1]) != len(ours)-fixed-2 {
		t.Fatalf("no OPEN with one parameter of capabilities: %x", ours)
	}
	var caps []string
	for rest := ours[fixed+2:]; len(rest) > 0; rest = rest[2+rest[1]:] {
		one := hex.EncodeToString(rest[:2+rest[1]])
		caps = append(caps, one)
	}
	for _, d := range table {
		found := false
		for i, c := range caps {
			if c == d.ours {
				caps[i], found = d.seed, true
			}
		}
		if !found {
			t.Errorf("no capability %s in %v", d.ours, caps)
		}
	}
	values, err := hex.DecodeString(strings.Join(caps, ""))
	if err != nil {
		t.Fatal(err)
	}
	got := bytes.Clone(ours[:fixed+2])
	got[17], got[fixed-1], got[fixed+1] = byte(fixed+2+len(values)), byte(2+len(values)), byte(len(values))
	got = append(got, values...)
	if want := strings.Repeat("ff", 16) + seed; hex.EncodeToString(got) != want {
		t.Errorf("our OPEN %x is, with the seed's capabilities,\n%x, not\n%s", ours, got, want)
	}
}

// octets reads what "with header" records show of a message.
func octets(t *testing.T, log []entry, message string) (out []byte) {
	t.Helper()
	for i := range log {
		if log[i].Msg != "sending "+message+" msg with header" {
			continue
		}
		for _, digits := range strings.Split(strings.Trim(log[i].text("message_contents"), "[]"), ", ") {
			n, err := strconv.ParseUint(digits, 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, byte(n))
		}
		return out
	}
	t.Fatalf("no %s was sent", message)
	return nil
}

// TestOpenOfTheFirstSeed: the vector is what the seed shows. TestFirstSeed holds our own OPEN to it.
func TestOpenOfTheFirstSeed(t *testing.T) {
	checkOpen(t, octets(t, readJSON(t, readFile(t, firstSeed), 1), "open message"), firstOpen, nil)
}

// The transport of the second seed shows no octets, so a peer of our own reads them.
func TestOpenOfTheSecondSeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := segment()
		l, err := m.Node("2").Listen(t.Context(), transport.ListenOptions{Addr: netip.MustParseAddrPort("[fe80::2%eth0]:179")})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		one := route(t, m, &notebook{}, 1)
		defer one.end()
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseNow()
		open := make([]byte, wire.HeaderLen)
		if _, err := io.ReadFull(conn, open); err != nil {
			t.Fatal(err)
		}
		open = append(open, make([]byte, int(open[16])<<8+int(open[17])-len(open))...)
		if _, err := io.ReadFull(conn, open[wire.HeaderLen:]); err != nil {
			t.Fatal(err)
		}
		checkOpen(t, open, secondOpen, secondCapabilities)
	})
}
