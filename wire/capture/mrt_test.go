package capture

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"bgpsh/wire"
)

// mrtRecord gives one record of 2026-01-02T03:04:05Z, its body in hex and octets.
func mrtRecord(kind, subtype uint16, body ...any) []byte {
	var b []byte
	for _, part := range body {
		switch part := part.(type) {
		case string:
			b = append(b, unx(part)...)
		case []byte:
			b = append(b, part...)
		}
	}
	head := binary.BigEndian.AppendUint32(nil, 1767323045)
	head = binary.BigEndian.AppendUint16(head, kind)
	head = binary.BigEndian.AppendUint16(head, subtype)
	head = binary.BigEndian.AppendUint32(head, uint32(len(b)))
	return append(head, b...)
}

// Between AS 65001 at 192.0.2.1 and AS 65002 at 192.0.2.2, on interface 3.
const (
	ends2 = "fde9 fdea 0003 0001 c0000201 c0000202"
	ends4 = "0000fde9 0000fdea 0003 0001 c0000201 c0000202"
	ends6 = "0000fde9 0000fde9 0000 0002 20010db8000000000000000000000001 20010db8000000000000000000000002"
)

// Each subtype says how its message is read.
func TestBGP4MP(t *testing.T) {
	as2 := update("", origin+"40 02 04 02 01 fde9"+nextHop, net24)
	marked := update("", origin+path+nextHop, "00000007"+net24)
	marked2 := update("", origin+"40 02 04 02 01 fde9"+nextHop, "00000007"+net24)
	internal := update("", origin+"40 02 00"+nextHop+"40 05 04 00000064", net24)
	long := update("", origin+path+nextHop, strings.Repeat(net24, 1100))
	for _, c := range []struct {
		subtype uint16
		body    []any
		o       Options
		name    string
		want    string // direction, peer and path of what it holds
	}{
		{1, []any{ends2, as2}, Options{}, "BGP4MP/MESSAGE", "received 192.0.2.1 65001"},
		{4, []any{ends4, announce(1)}, Options{AS2: true}, "BGP4MP/MESSAGE_AS4", "received 192.0.2.1 65001"},
		{6, []any{ends2, as2}, Options{}, "BGP4MP/MESSAGE_LOCAL", "sent 192.0.2.1 65001"},
		{7, []any{ends4, announce(1)}, Options{}, "BGP4MP/MESSAGE_AS4_LOCAL", "sent 192.0.2.1 65001"},
		{8, []any{ends2, marked2}, Options{}, "BGP4MP/MESSAGE_ADDPATH", "received 192.0.2.1 65001 path 7"},
		{9, []any{ends4, marked}, Options{}, "BGP4MP/MESSAGE_AS4_ADDPATH", "received 192.0.2.1 65001 path 7"},
		{10, []any{ends2, marked2}, Options{}, "BGP4MP/MESSAGE_LOCAL_ADDPATH", "sent 192.0.2.1 65001 path 7"},
		{11, []any{ends4, marked}, Options{}, "BGP4MP/MESSAGE_AS4_LOCAL_ADDPATH", "sent 192.0.2.1 65001 path 7"},
		{4, []any{ends4, marked}, Options{AddPath: true}, "BGP4MP/MESSAGE_AS4", "received 192.0.2.1 65001 path 7"},
		{4, []any{ends6, internal}, Options{}, "BGP4MP/MESSAGE_AS4", "received 2001:db8::1 "},
		{4, []any{ends4, long}, Options{}, "BGP4MP/MESSAGE_AS4", "received 192.0.2.1 65001"},
	} {
		for _, kind := range []uint16{mrtBGP4MP, mrtBGP4MPET} {
			name, when, body := c.name, "2026-01-02T03:04:05Z", c.body
			if kind == mrtBGP4MPET {
				name, when = strings.Replace(name, "BGP4MP", "BGP4MP_ET", 1), "2026-01-02T03:04:05.000255Z"
				body = append([]any{"000000ff"}, body...)
			}
			list := objects(t, mrtRecord(kind, c.subtype, body...), c.o)
			if len(list) != 1 || at(list[0], "error") != "" {
				t.Errorf("%s: %v", name, list)
				continue
			}
			o := list[0]
			got := at(o, "direction") + " " + at(o, "peer") + " " + at(o, "attributes.asPath.string")
			got = strings.ReplaceAll(got, `"`, "")
			if id := at(o, "nlri.0.pathId"); id != "" {
				got += " path " + id
			}
			if got != c.want || at(o, "mrt") != `"`+name+`"` || at(o, "time") != `"`+when+`"` || at(o, "record") != "1" {
				t.Errorf("%s: %q, %v", name, got, o)
			}
		}
	}
}

func TestStateChanges(t *testing.T) {
	in := cat(mrtRecord(mrtBGP4MP, 0, ends2, "0005 0006"), mrtRecord(mrtBGP4MPET, 5, "00000001", ends4, "0006 0009"))
	want := []string{
		`{"type":"STATE_CHANGE","record":1,"time":"2026-01-02T03:04:05Z","mrt":"BGP4MP/STATE_CHANGE","peer":"192.0.2.1","peerAs":65001,` +
			`"local":"192.0.2.2","localAs":65002,"interface":3,"oldState":"OpenConfirm","newState":"Established"}`,
		`{"type":"STATE_CHANGE","record":2,"time":"2026-01-02T03:04:05.000001Z","mrt":"BGP4MP_ET/STATE_CHANGE_AS4","peer":"192.0.2.1","peerAs":65001,` +
			`"local":"192.0.2.2","localAs":65002,"interface":3,"oldState":"Established","newState":"state 9"}`,
	}
	if got := run(t, in, Options{}); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The peers of a dump: one of each form.
const peerTable = "0a000001 0002 7631 0003" +
	"00 0a000002 c0000202 fde9 | 02 0a000003 c0000203 fa56ea01 | 03 0a000004 20010db8000000000000000000000004 0000fdec"

// ribEntry gives one route from a peer of the table.
func ribEntry(peer int, middle, attrs string) string {
	return fmt.Sprintf("%04x 6957351f %s %04x %s", peer, middle, len(unx(attrs)), attrs)
}

func TestTableDumpV2(t *testing.T) {
	const (
		hop6     = "20010db8000000000000000000000001"
		clean    = origin + path + nextHop
		internal = clean + "40 05 04 00000064"
		short6   = origin + path + "80 0e 11 10" + hop6
		whole6   = origin + path + "80 0e 1a 0002 01 10" + hop6 + "00 20 20010db8"
		short4   = origin + path + "80 0e 11 10" + hop6
		evpn     = "0019 46 02 03 abcdef"
	)
	in := cat(
		mrtRecord(13, 1, peerTable),
		mrtRecord(13, 2, "00000001", net24, "0002", ribEntry(1, "", clean), ribEntry(2, "", internal)),
		mrtRecord(13, 8, "00000002", net24, "0001", ribEntry(0, "00000009", short4)),
		mrtRecord(13, 4, "00000003", "20 20010db8", "0002", ribEntry(0, "", short6), ribEntry(0, "", whole6)),
		mrtRecord(13, 10, "00000004", "20 20010db8", "0001", ribEntry(0, "00000009", short6)),
		mrtRecord(13, 3, "00000005", net24, "0001", ribEntry(0, "", clean)),
		mrtRecord(13, 6, "00000006", evpn, "0001", ribEntry(0, "", clean)),
		mrtRecord(13, 6, "00000007", "0001 01", net24, "0001", ribEntry(0, "", clean)),
		mrtRecord(13, 12, "00000008", "0001 01 00000009", net24, "0001", ribEntry(0, "", clean)),
		mrtRecord(13, 12, "00000009", "0001 01", net24, "0001", ribEntry(0, "0000000a", clean)),
		mrtRecord(13, 2, "0000000a", net24, "0000"),
	)
	lines := run(t, in, Options{})
	const table = `{"type":"PEER_INDEX_TABLE","length":59,"record":1,"time":"2026-01-02T03:04:05Z","mrt":"TABLE_DUMP_V2/PEER_INDEX_TABLE",` +
		`"collectorId":"10.0.0.1","view":"v1","peers":[{"index":0,"id":"10.0.0.2","address":"192.0.2.2","as":65001},` +
		`{"index":1,"id":"10.0.0.3","address":"192.0.2.3","as":4200000001},{"index":2,"id":"10.0.0.4","address":"2001:db8::4","as":65004}]}`
	const first = `{"type":"RIB","record":2,"time":"2026-01-02T03:04:05Z","mrt":"TABLE_DUMP_V2/RIB_IPV4_UNICAST","peer":"192.0.2.3","peerAs":4200000001,` +
		`"afi":1,"safi":1,"family":"IPv4 Unicast","sequence":1,"prefix":"10.0.0.0/24","peerIndex":1,"peerId":"10.0.0.3","originated":"2026-01-02T03:01:51Z",` +
		`"attributes":{"origin":"IGP","asPath":{"string":"65001","length":1,"segments":[{"type":"sequence","as":[65001]}]},"nextHop":"192.0.2.1"}}`
	if lines[0] != table || lines[1] != first {
		t.Errorf("%s\n%s\nwant\n%s\n%s", lines[0], lines[1], table, first)
	}
	list := objects(t, in, Options{})
	for i, c := range []struct{ name, prefix, pathID, hop, family string }{
		{"internal", "10.0.0.0/24", "", "192.0.2.1", "IPv4 Unicast"},
		{"IPv4 over IPv6", "10.0.0.0/24", "9", "2001:db8::1", "IPv4 Unicast"},
		{"IPv6", "2001:db8::/32", "", "2001:db8::1", "IPv6 Unicast"},
		{"IPv6, the attribute of a message", "2001:db8::/32", "", "2001:db8::1", "IPv6 Unicast"},
		{"IPv6 with a path identifier", "2001:db8::/32", "9", "2001:db8::1", "IPv6 Unicast"},
		{"multicast", "10.0.0.0/24", "", "192.0.2.1", "IPv4 Multicast"},
		{"EVPN", "", "", "192.0.2.1", "L2VPN EVPN"},
		{"generic", "10.0.0.0/24", "", "192.0.2.1", "IPv4 Unicast"},
		{"generic, path identifier by RFC 8050", "10.0.0.0/24", "9", "192.0.2.1", "IPv4 Unicast"},
		{"generic, path identifier in the entry", "10.0.0.0/24", "10", "192.0.2.1", "IPv4 Unicast"},
		{"no route", "10.0.0.0/24", "", "", "IPv4 Unicast"},
	} {
		o := list[i+2]
		hop := at(o, "attributes.nextHop") + at(o, "attributes.mpReach.nextHop")
		got := [...]string{at(o, "prefix"), at(o, "pathId"), hop, at(o, "family")}
		for j, want := range []string{c.prefix, c.pathID, c.hop, c.family} {
			if strings.Trim(got[j], `"`) != want || at(o, "error") != "" {
				t.Errorf("%s: %v, want %s; %v", c.name, got, want, o)
				break
			}
		}
	}
	if len(list) != 13 {
		t.Errorf("%d objects, want 13", len(list))
	}
}

func TestTableDump(t *testing.T) {
	as2 := origin + "40 02 04 02 01 fde9" + nextHop
	list := objects(t, cat(
		mrtRecord(12, 1, "0000 0007 0a000000 18 01 6957351f c0000202 fdea", "0012", as2),
		mrtRecord(12, 2, "0000 0008 20010db8000000000000000000000000 20 01 6957351f 20010db8000000000000000000000002 fdea",
			"0023", origin+"40 02 04 02 01 fde9 80 0e 15 0002 01 10 20010db8000000000000000000000001 00"),
		mrtRecord(12, 1, "0000 0007 0a000000 21 01 6957351f c0000202 fdea 0000"),
	), Options{})
	if got := at(list[0], "prefix") + at(list[0], "peer") + at(list[0], "peerAs") + at(list[0], "attributes.asPath.string") + at(list[0], "error"); got != `"10.0.0.0/24""192.0.2.2"65002"65001"` {
		t.Errorf("IPv4: %s, %v", got, list[0])
	}
	if got := at(list[1], "prefix") + at(list[1], "attributes.mpReach.nextHop") + at(list[1], "error"); got != `"2001:db8::/32""2001:db8::1"` {
		t.Errorf("IPv6: %s, %v", got, list[1])
	}
	if got := summary(list[2:]); got != "RECORD[,]" {
		t.Errorf("a prefix of 33 bits: %s", got)
	}
}

// A record that is not decoded, or is wrong, says so, and the next one is read.
func TestRecordsGoOn(t *testing.T) {
	bad := bytes.Clone(announce(1))
	bad[0] = 0
	route := ribEntry(0, "", origin+path+nextHop)
	for _, c := range []struct {
		name string
		in   []byte
		want string
	}{
		{"an unknown type", mrtRecord(99, 7, "0102"), "RECORD"},
		{"OSPF", mrtRecord(48, 0, "0102"), "RECORD"},
		{"an unknown subtype", mrtRecord(16, 2, ends2), "RECORD"},
		{"an unknown table", mrtRecord(13, 7, "0102"), "RECORD"},
		{"a table of an unknown family", mrtRecord(12, 9, "0102"), "RECORD"},
		{"an empty record", mrtRecord(16, 4), "RECORD[,]"},
		{"a family of the peer", mrtRecord(16, 4, "0000fde9 0000fdea 0003 0007"), "RECORD[,]"},
		{"cut addresses", mrtRecord(16, 4, ends4[:len(ends4)-4]), "RECORD[,]"},
		{"no message", mrtRecord(16, 4, ends4), "INVALID[reset]"},
		{"a bad marker", mrtRecord(16, 4, ends4, bad), "INVALID[reset]"},
		{"a cut message", mrtRecord(16, 4, ends4, announce(1)[:40]), "UPDATE[reset]"},
		{"octets behind the message", mrtRecord(16, 4, ends4, wire.AppendKeepalive(nil), "00"), "KEEPALIVE[reset]"},
		{"cut peers", mrtRecord(13, 1, "0a000001 0000 0002 00 0a000002 c0000202 fde9"), "PEER_INDEX_TABLE[,]"},
		{"no peers", mrtRecord(13, 2, "00000001", net24, "0001", route), "RIB[,]"},
		{"a bad prefix", mrtRecord(13, 2, "00000001 21 0a00000000 0000"), "RECORD[,]"},
		{"a cut route", mrtRecord(13, 2, "00000001", net24, "0002", route), "RIB[,] RECORD[,]"},
		{"octets behind the routes", mrtRecord(13, 2, "00000001", net24, "0001", route, "00"), "RIB[,] RECORD[,]"},
		{"a cut generic record", mrtRecord(13, 6, "00000001 0019"), "RECORD[,]"},
		{"a cut generic prefix", mrtRecord(13, 6, "00000001 0019 46 02 09 0102"), "RECORD[,]"},
		{"bad attributes", mrtRecord(13, 2, "00000001", net24, "0001", ribEntry(0, "", path+nextHop)), "RIB[withdraw]"},
		{"attributes cut off", mrtRecord(13, 2, "00000001", net24, "0001", ribEntry(0, "", origin+path+nextHop+"c008ff")), "RIB[withdraw]"},
		{"a route of the router itself", cat(mrtRecord(13, 1, "0a000001 0000 0001 00 00000000 00000000 0000"),
			mrtRecord(13, 2, "00000001", net24, "0001", ribEntry(0, "", "10 08 0004 fde90001"))), "PEER_INDEX_TABLE RIB"},
		{"flags that were not stored", cat(mrtRecord(13, 1, "0a000001 0000 0001 00 0a000002 c0000202 fde9"),
			mrtRecord(13, 2, "00000001", net24, "0001", ribEntry(0, "", origin+path+"10 03 0004 c0000201"))), "PEER_INDEX_TABLE RIB"},
		{"IPv6 without a next hop", mrtRecord(13, 4, "00000001", "20 20010db8", "0001", ribEntry(0, "", origin+path)), "RIB[reset]"},
	} {
		list := objects(t, cat(c.in, mrtRecord(16, 4, ends4, announce(2))), Options{Format: MRT})
		if got := summary(list); got != c.want+" 2" {
			t.Errorf("%s: %q, want %q", c.name, got, c.want+" 2")
		}
	}
}

// A file may end anywhere.
func TestTruncatedRecord(t *testing.T) {
	first := mrtRecord(16, 4, ends4, announce(1))
	whole := cat(first, mrtRecord(17, 4, "00000001", ends4, announce(2)))
	for n := len(first) + 1; n < len(whole); n++ {
		if got := summary(objects(t, whole[:n], Options{})); got != "1 RECORD[,]" {
			t.Fatalf("%d of %d octets: %q", n, len(whole), got)
		}
	}
	huge := cat(first, first[:8], []byte{0xff, 0xff, 0xff, 0xff}, make([]byte, 1000))
	if got := summary(objects(t, huge, Options{})); got != "1 RECORD[,]" {
		t.Errorf("a record of 4 GiB: %q", got)
	}
}

// Archives are read as they are kept.
func TestCompressed(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(mrtRecord(16, 4, ends4, announce(1)))
	w.Close()
	for name, in := range map[string][]byte{
		"gzip": z.Bytes(),
		// The same record through bzip2.
		"bzip2": unx(bzipped),
	} {
		for _, format := range []Format{Detect, MRT} {
			if got := summary(objects(t, in, Options{Format: format})); got != "1" {
				t.Errorf("%s: %q", name, got)
			}
		}
	}
	if got := summary(objects(t, z.Bytes()[:12], Options{Format: MRT})); got != "RECORD[,]" {
		t.Errorf("a cut archive: %q", got)
	}
	broken := bytes.Clone(z.Bytes())
	broken[len(broken)-6] ^= 0xff
	if err := Decode(bytes.NewReader(broken), &bytes.Buffer{}, Options{}); err == nil {
		t.Error("a damaged archive is no error")
	}
}

// bzipped is a record with the message that announce(1) gives.
const bzipped = "" +
	"425a683931415926535951e1ff3400001a7f15fd144400000102005000008000200200400000300002a0005457a80d006464" +
	"226d4f523230320084b16f1a0f579da6113f1a1723388c24405ac7ee1a2a3b0caee4ab073098b0c7c5dc914e142414787fcd" +
	"00"
