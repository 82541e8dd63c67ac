package capture

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"bgpsh/wire"
)

// Messages as they are answered, whole. The OPENs are those of real routers.
func TestMessages(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{
			"OPEN", "ff*16 0033 01 | 04 5ba0 0006 00000001 16 | 02 14 | 01 04 0002 00 01 | 02 00 | 41 04 fa56ea01 | 45 04 0001 01 01",
			`{"type":"OPEN","length":51,"line":1,"version":4,"as":4200000001,"as2":23456,"as4":4200000001,"holdTime":6,"id":"0.0.0.1",` +
				`"capabilities":{"multiprotocol":[{"afi":2,"safi":1,"family":"IPv6 Unicast"}],"routeRefresh":true,"fourOctetAs":4200000001,` +
				`"addPath":[{"afi":1,"safi":1,"family":"IPv4 Unicast","mode":"receive"}]}}`,
		},
		{
			"OPEN with an extended next hop", "ff*16 003b 01 | 04 fc00 0006 00000001 1e | 02 1c | 01 04 0001 00 01 | 02 00 | 05 06 0001 0001 0002 | 41 04 0000fc00 | 45 04 0001 01 01",
			`{"type":"OPEN","length":59,"line":1,"version":4,"as":64512,"as2":64512,"as4":64512,"holdTime":6,"id":"0.0.0.1",` +
				`"capabilities":{"multiprotocol":[{"afi":1,"safi":1,"family":"IPv4 Unicast"}],"routeRefresh":true,` +
				`"extendedNextHop":[{"afi":1,"safi":1,"family":"IPv4 Unicast","nextHopAfi":2}],"fourOctetAs":64512,` +
				`"addPath":[{"afi":1,"safi":1,"family":"IPv4 Unicast","mode":"receive"}]}}`,
		},
		{"KEEPALIVE", "ff*16 0013 04", `{"type":"KEEPALIVE","length":19,"line":1}`},
		{
			"ROUTE-REFRESH", "ff*16 0017 05 0002 01 01",
			`{"type":"ROUTE-REFRESH","length":23,"line":1,"afi":2,"safi":1,"family":"IPv6 Unicast","subtype":1,"subtypeName":"BoRR"}`,
		},
		{
			"ROUTE-REFRESH of a wrong length", "ff*16 0018 05 0001 00 01 00",
			`{"type":"ROUTE-REFRESH","length":24,"line":1,"error":{"code":7,"subcode":1,"name":"ROUTE-REFRESH Message Error/Invalid Message Length",` +
				`"action":"reset","text":"ROUTE-REFRESH of 5 octets after the header, expected 4","data":"ffffffffffffffffffffffffffffffff0018050001000100"}}`,
		},
		{
			"NOTIFICATION", "ff*16 0015 03 06 04",
			`{"type":"NOTIFICATION","length":21,"line":1,"code":6,"subcode":4,"codeName":"Cease","subcodeName":"Administrative Reset"}`,
		},
		{
			"NOTIFICATION with a communication inside of a hard reset", "ff*16 001b 03 06 09 06 02 03 627965",
			`{"type":"NOTIFICATION","length":27,"line":1,"code":6,"subcode":9,"codeName":"Cease","subcodeName":"Hard Reset","data":"060203627965",` +
				`"communication":"bye","hardReset":{"code":6,"subcode":2,"codeName":"Cease","subcodeName":"Administrative Shutdown","data":"03627965"}}`,
		},
		{
			"UPDATE", "ff*16 002f 02 0000 0014 40 01 01 00 | 40 02 06 02 01 0000fde9 | 40 03 04 c0000201 | 18 0a0000",
			`{"type":"UPDATE","length":47,"line":1,"withdrawn":[],"nlri":[{"prefix":"10.0.0.0/24"}],"attributes":{"origin":"IGP",` +
				`"asPath":{"string":"65001","length":1,"segments":[{"type":"sequence","as":[65001]}]},"nextHop":"192.0.2.1"}}`,
		},
		{
			"End-of-RIB", "ff*16 0017 02 0000 0000",
			`{"type":"UPDATE","length":23,"line":1,"withdrawn":[],"nlri":[],"endOfRib":{"afi":1,"safi":1,"family":"IPv4 Unicast"},"attributes":{}}`,
		},
		{
			"withdraw verdict", "ff*16 002f 02 0000 0014 40 01 01 03 | 40 02 06 02 01 0000fde9 | 40 03 04 c0000201 | 18 0a0000",
			`{"type":"UPDATE","length":47,"line":1,"withdrawn":[],"nlri":[{"prefix":"10.0.0.0/24"}],"attributes":{` +
				`"asPath":{"string":"65001","length":1,"segments":[{"type":"sequence","as":[65001]}]},"nextHop":"192.0.2.1",` +
				`"malformed":[{"type":1,"name":"ORIGIN","flags":64,"hex":"03"}]},` +
				`"error":{"code":3,"subcode":6,"name":"UPDATE Message Error/Invalid ORIGIN Attribute","action":"withdraw","attribute":1,` +
				`"text":"ORIGIN has value 3, expected 0, 1 or 2"}}`,
		},
		{
			"no hex digits", "<not hex>",
			`{"type":"INVALID","line":1,"error":{"text":"'<' at octet 1 of the line is no hex digit"}}`,
		},
	} {
		in := []byte(c.in)
		if !strings.Contains(c.in, "<") {
			in = text(unx(c.in))
		}
		if got := run(t, in, Options{}); len(got) != 1 || got[0] != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), c.want)
		}
	}
}

// Every line has one answer, in its place, whatever it holds.
func TestOneAnswerALine(t *testing.T) {
	keepalive := "ff:FF:ff:ff ffff ffff\tffffffffffffffff 0013 04"
	for _, c := range []struct{ name, line, want string }{
		{"digits apart", keepalive + "\r", "KEEPALIVE"},
		{"empty", "", "INVALID[,]"},
		{"blank", " \t", "INVALID[,]"},
		{"colons", "::", "INVALID[,]"},
		{"a comment", " # session 3", "COMMENT"},
		{"a word", "hello", "INVALID[,]"},
		{"not UTF-8", "\xff\xfe", "INVALID[,]"},
		{"odd digits", "fff", "INVALID[,]"},
		{"one octet", "00", "INVALID[reset]"},
		{"part of a marker", "ffff", "INVALID[reset]"},
		{"a bad marker", "00" + strings.Repeat("ff", 15) + "001304", "INVALID[reset]"},
		{"length 18", strings.Repeat("ff", 16) + "001204", "KEEPALIVE[reset]"},
		{"an unknown type", strings.Repeat("ff", 16) + "001309", "INVALID[reset]"},
		{"cut off", strings.Repeat("ff", 16) + "00170200", "UPDATE[reset]"},
		{"too much", strings.Repeat("ff", 16) + "00130400", "KEEPALIVE[reset]"},
		{"longer than any message", strings.Repeat("f", maxLine+1), "INVALID[,]"},
		{"after all that", strings.Repeat("ff", 16) + "00170200000000", "UPDATE"},
	} {
		in := []byte("x\n" + c.line + "\nx")
		list := objects(t, in, Options{Format: Hex})
		if len(list) != 3 || at(list[1], "line") != "2" {
			t.Errorf("%s: %v, want an answer to each of 3 lines", c.name, list)
			continue
		}
		if got := summary(list[1:2]); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if list := run(t, nil, Options{}); list != nil {
		t.Errorf("no input: %q, want nothing", list)
	}
	if list := run(t, []byte("\n"), Options{}); len(list) != 1 {
		t.Errorf("one empty line: %q, want one answer", list)
	}
}

// Header errors have the codes that a NOTIFICATION would have.
func TestHeaderErrors(t *testing.T) {
	long := make([]byte, 5000)
	copy(long, unx("ff*16 1388 02 0000 0000"))
	for _, c := range []struct {
		name          string
		in            []byte
		o             Options
		code, subcode string
		length        string
	}{
		{"marker", unx("fe" + strings.Repeat("ff", 15) + "001304"), Options{}, "1", "1", "19"},
		{"type", unx("ff*16 0013 09"), Options{}, "1", "3", "19"},
		{"OPEN too short", unx("ff*16 001c 01"), Options{}, "1", "2", "28"},
		{"more than 4096 octets", long, Options{}, "1", "2", "5000"},
		{"extended, prefixes of length 0", long, Options{Extended: true}, "3", "3", "5000"},
		{"extended OPEN", append(unx("ff*16 1388 01"), make([]byte, 4981)...), Options{Extended: true}, "1", "2", "5000"},
	} {
		list := objects(t, text(c.in), c.o)
		if len(list) != 1 || at(list[0], "error.code") != c.code || at(list[0], "error.subcode") != c.subcode || at(list[0], "length") != c.length {
			t.Errorf("%s: %v, want %s/%s and length %s", c.name, list, c.code, c.subcode, c.length)
		}
	}
}

// A refused OPEN still shows what it says.
func TestRefusedOpen(t *testing.T) {
	for _, c := range []struct{ name, in, subcode, key, want string }{
		{"version", "ff*16 001d 01 03 fde9 005a 0a000001 00", "1", "version", "3"},
		{"AS 0", "ff*16 001d 01 04 0000 005a 0a000001 00", "2", "as", "0"},
		{"hold time", "ff*16 001d 01 04 fde9 0002 0a000001 00", "6", "holdTime", "2"},
		{"identifier", "ff*16 001d 01 04 fde9 005a 00000000 00", "3", "id", `"0.0.0.0"`},
		{"parameters", "ff*16 001f 01 04 fde9 005a 0a000001 02 0101", "0", "parameters", `"0101"`},
	} {
		o := objects(t, text(unx(c.in)), Options{})[0]
		if at(o, "error.code") != "2" || at(o, "error.subcode") != c.subcode || at(o, c.key) != c.want {
			t.Errorf("%s: %v, want 2/%s and %s %s", c.name, o, c.subcode, c.key, c.want)
		}
	}
}

func TestCapabilities(t *testing.T) {
	o := objects(t, text(open(65001, wire.Capabilities{
		Multiprotocol: []wire.Family{wire.IPv4Unicast, wire.NewFamily(25, 70)}, RouteRefresh: true,
		ExtendedMessage: true, EnhancedRouteRefresh: true, HasRole: true, Role: wire.RoleCustomer,
		GracefulRestart: &wire.GracefulRestart{Restarting: true, Time: 120,
			Families: []wire.RestartFamily{{Family: wire.IPv4Unicast, Forwarding: true}}},
		HasLongLived: true, LongLived: []wire.LongLivedFamily{{Family: wire.IPv6Unicast, Time: 3600}},
		FQDN: &wire.FQDN{Host: "r1", Domain: "example"}, SoftwareVersion: "thing/1",
		AddPath: []wire.AddPath{{Family: wire.IPv6Unicast, Mode: wire.AddPathBoth}},
		Unknown: []wire.Capability{{Code: 200, Value: []byte{1, 2}}},
	})), Options{})[0]
	for key, want := range map[string]string{
		"multiprotocol.1.family":                 `"L2VPN EVPN"`,
		"extendedMessage":                        "true",
		"enhancedRouteRefresh":                   "true",
		"role":                                   "3",
		"roleName":                               `"customer"`,
		"gracefulRestart.time":                   "120",
		"gracefulRestart.restarting":             "true",
		"gracefulRestart.families.0.forwarding":  "true",
		"longLivedGracefulRestart.0.time":        "3600",
		"fqdn":                                   `{"domain":"example","host":"r1"}`,
		"softwareVersion":                        `"thing/1"`,
		"addPath.0.mode":                         `"both"`,
		"unknown.0":                              `{"code":200,"hex":"0102"}`,
		"fourOctetAs":                            "",
		"extendedNextHop":                        "",
		"longLivedGracefulRestart.0.forwarding":  "false",
		"gracefulRestart.families.0.safi":        "1",
		"gracefulRestart.notification":           "false",
		"longLivedGracefulRestart.0.family":      `"IPv6 Unicast"`,
		"gracefulRestart.families.0.notExisting": "",
	} {
		if got := at(o, "capabilities."+key); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}

// Who types a line is answered before the next one.
func TestAnswersAsItGoes(t *testing.T) {
	in, lines := io.Pipe()
	answers, out := io.Pipe()
	done := make(chan error)
	go func() {
		err := Decode(in, out, Options{})
		out.Close()
		done <- err
	}()
	buf := make([]byte, 4096)
	for _, line := range []string{"zz\n", "ff\n", "# x\n"} {
		if _, err := lines.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
		if n, err := answers.Read(buf); err != nil || !bytes.HasSuffix(buf[:n], []byte("}\n")) {
			t.Fatalf("after %q: %q, %v", line, buf[:n], err)
		}
	}
	lines.Close()
	if _, err := answers.Read(buf); err != io.EOF {
		t.Errorf("at the end: %v, want EOF", err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

type brokenWriter struct{ left int }

func (w *brokenWriter) Write(b []byte) (int, error) {
	if w.left -= len(b); w.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(b), nil
}

// A reader of the output that goes away ends the run, with its error.
func TestOutputGone(t *testing.T) {
	endless := io.MultiReader(bytes.NewReader(text(announce(1))), &repeated{line: text(announce(2))})
	if err := Decode(endless, &brokenWriter{200 << 10}, Options{}); err != io.ErrClosedPipe {
		t.Errorf("%v, want %v", err, io.ErrClosedPipe)
	}
}

// repeated gives the same line without end.
type repeated struct{ line []byte }

func (r *repeated) Read(b []byte) (int, error) {
	n := 0
	for n+len(r.line) <= len(b) {
		n += copy(b[n:], r.line)
	}
	return n, nil
}
