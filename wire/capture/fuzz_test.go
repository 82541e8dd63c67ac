package capture

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"bgpsh/wire"
)

// optionsOf spreads the bits of n over the options.
func optionsOf(f Format, n uint8) Options {
	return Options{Format: f, AS2: n&1 != 0, AddPath: n&2 != 0, Extended: n&4 != 0, Internal: n&8 != 0}
}

// checkOutput demands one JSON object with a type a line, an action only with a
// code, and a worst error that is among all.
func checkOutput(t *testing.T, out []byte) int {
	t.Helper()
	if len(out) == 0 {
		return 0
	}
	lines := bytes.Split(bytes.TrimSuffix(out, []byte("\n")), []byte("\n"))
	for _, line := range lines {
		var o struct {
			Type   string
			Error  *fault
			Errors []*fault
		}
		if err := json.Unmarshal(line, &o); err != nil || o.Type == "" {
			t.Fatalf("%s: %v", line, err)
		}
		if e := o.Error; e != nil && (e.Text == "" || (e.Action == "") != (e.Code == nil)) {
			t.Errorf("error %+v", e)
		}
		found := len(o.Errors) == 0
		for _, e := range o.Errors {
			found = found || reflect.DeepEqual(e, o.Error)
		}
		if !found || len(o.Errors) == 1 {
			t.Errorf("%s: the error is not among the errors", line)
		}
	}
	return len(lines)
}

func FuzzHex(f *testing.F) {
	for _, m := range [][]byte{announce(1), open(65001, wire.Capabilities{RouteRefresh: true}), unx("ff*16 0015 03 06 04"),
		unx("ff*16 0017 05 0001 00 01"), update("", origin+path+"80 0e 1c 0002 01 10 20010db8000000000000000000000001 00 30 20010db80001", "")} {
		f.Add(text(m), uint8(0))
	}
	f.Add([]byte("# a\nzz\nff:ff \n\n0"), uint8(3))
	f.Fuzz(func(t *testing.T, in []byte, options uint8) {
		var out bytes.Buffer
		if err := Decode(bytes.NewReader(in), &out, optionsOf(Hex, options)); err != nil {
			t.Fatal(err)
		}
		want := strings.Count(string(in), "\n")
		if len(in) > 0 && in[len(in)-1] != '\n' {
			want++
		}
		if got := checkOutput(t, out.Bytes()); got != want {
			t.Errorf("%d answers to %d lines", got, want)
		}
	})
}

// Any message, so that the mutations need no digits and no length.
func FuzzMessage(f *testing.F) {
	for _, m := range [][]byte{announce(1), open(65001, wire.Capabilities{RouteRefresh: true}), unx("ff*16 0015 03 06 04"),
		update(net24, origin+path+nextHop+"c0 08 04 fde90001 c0 10 08 0002fde900000064 c0 20 0c 0000fde9 00000001 00000002", net24),
		update("", origin+path+"80 0e 1c 0002 01 10 20010db8000000000000000000000001 00 30 20010db80001", ""),
		update("", "80 0f 03 0002 01", ""), update("", origin+"40 02 04 02 01 fde9 c0 11 06 02 01 0000fde9"+nextHop, net24)} {
		f.Add(m[18], m[wire.HeaderLen:], uint8(0))
		f.Add(m[18], m[wire.HeaderLen:], uint8(15))
	}
	f.Fuzz(func(t *testing.T, kind uint8, body []byte, options uint8) {
		size := wire.HeaderLen + len(body)
		if size > wire.MaxExtendedLen {
			return
		}
		s := optionsOf(Hex, options).session()
		m := cat(marker, []byte{byte(size >> 8), byte(size), kind}, body)
		o := s.whole(m)
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		checkOutput(t, b)
		if o.Type == "UPDATE" && o.Error == nil {
			checkTwin(t, o, body, &s)
		}
	})
}

// checkTwin holds what is shown of a message without a fault to package wire.
func checkTwin(t *testing.T, o *object, body []byte, s *session) {
	t.Helper()
	u, err := wire.ParseUpdate(body, &s.params)
	if err != nil {
		t.Fatal(err)
	}
	var want, got []route
	for part := range u.Parts {
		if part.Malformed {
			t.Fatal("a part is malformed, and no error is shown")
		}
		for n := range part.NLRI.All {
			r := route{Prefix: n.Prefix.Netip(part.Family)}
			if s.addPath(part.Family) {
				id := n.ID
				r.PathID = &id
			}
			want = append(want, r)
		}
		if !part.Withdraw {
			checkAttributes(t, o.Attributes, u.AppendAttrs(nil, &part), s)
		}
	}
	got = append(got, o.Withdrawn...)
	for _, m := range []*reach{o.Attributes.MPUnreach, o.Attributes.MPReach} {
		if m != nil {
			got = append(got, m.NLRI...)
		}
	}
	got = append(got, o.NLRI...)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("shown %v, read by wire %v", got, want)
	}
}

// checkAttributes compares the values that wire gives as such.
func checkAttributes(t *testing.T, a *attributes, attrs wire.Attrs, s *session) {
	t.Helper()
	if got, want := a.Origin, origins[attrs.Origin()]; got != want {
		t.Errorf("origin %s, %s", got, want)
	}
	if got, want := a.ASPath, attrs.ASPath(); s.params.AS4 && (got.String != want.String() || got.Length != want.Length()) {
		t.Errorf("path %v, %s", got, want)
	}
	equal := func(name string, got *uint32, want uint32, ok bool) {
		if (got != nil) != ok || ok && *got != want {
			t.Errorf("%s %v, %d %v", name, got, want, ok)
		}
	}
	med, ok := attrs.MED()
	equal("med", a.MED, med, ok)
	pref, ok := attrs.LocalPref()
	equal("localPref", a.LocalPref, pref, ok)
	otc, ok := attrs.OTC()
	equal("otc", a.OTC, otc, ok)
	if got, want := len(a.Communities), attrs.Communities().Len(); got != want {
		t.Errorf("%d communities, %d", got, want)
	}
	if got, want := len(a.ExtCommunities), attrs.ExtCommunities().Len(); got != want {
		t.Errorf("%d extended communities, %d", got, want)
	}
	for i := range attrs.LargeCommunities().Len() {
		if want := attrs.LargeCommunities().At(i).String(); !strings.Contains(strings.Join(a.LargeCommunities, " "), want) {
			t.Errorf("large communities %v, one is %s", a.LargeCommunities, want)
		}
	}
	if as, id, ok := attrs.Aggregator(); ok && s.params.AS4 && *a.Aggregator != (aggregator{as, dotted(id)}) {
		t.Errorf("aggregator %v, %d %s", a.Aggregator, as, dotted(id))
	}
	if id, ok := attrs.OriginatorID(); ok && a.OriginatorID != dotted(id) {
		t.Errorf("originator %s, %s", a.OriginatorID, dotted(id))
	}
}

func FuzzPcap(f *testing.F) {
	for link := range linkNames {
		c := newTrace()
		c = traceOf(c.order, link, false)
		a, b := c.connect("192.0.2.1:40000", "[2001:db8::2]:179")
		b.addr = netip.MustParseAddrPort("192.0.2.2:179")
		a.handshake()
		a.send(open(65001, wire.Capabilities{}))
		b.send(open(65002, wire.Capabilities{HasAS4: true}))
		a.skip(announce(1)[:20])
		at := a.send(announce(1)[20:])
		a.segment(at-20, tcpACK, announce(1))
		a.send(announce(2))
		a.segment(a.seq, tcpFIN, nil)
		f.Add(c.b, uint8(0))
	}
	f.Fuzz(func(t *testing.T, in []byte, options uint8) {
		var out bytes.Buffer
		_ = Decode(bytes.NewReader(in), &out, optionsOf(Pcap, options)) // no pcap file, or one
		checkOutput(t, out.Bytes())
	})
}

// Segments of one connection in any order, without the costs of a file.
func FuzzStream(f *testing.F) {
	whole := hex.EncodeToString(cat(announce(1), announce(2)))
	f.Add([]byte(whole), []byte{0, 10, 5, 0, 20, 10, 16, 3, 200})
	f.Add(cat(announce(1), announce(2), announce(3)), []byte{0, 43, 0, 86, 43, 0, 43, 43, 16, 129, 0, 1})
	f.Fuzz(func(t *testing.T, stream, script []byte) {
		var out bytes.Buffer
		d := &decoder{enc: json.NewEncoder(&out)}
		tab := newTable(d)
		ends := flow{netip.MustParseAddrPort("192.0.2.1:179"), netip.MustParseAddrPort("192.0.2.2:40000")}
		for ; len(script) >= 3; script = script[3:] {
			from := min(int(script[0]), len(stream))
			to := min(from+int(script[1]), len(stream))
			s := tcpSegment{flow: ends, seq: uint32(from) - 5, flags: script[2], payload: bytes.Clone(stream[from:to])}
			if script[2]&0x80 != 0 {
				s.flow = ends.reverse()
			}
			if script[2]&0x40 != 0 {
				s.seq += 1 << 31
			}
			tab.segment(&s)
		}
		tab.end()
		if tab.memory != 0 || len(tab.conns) != 0 {
			t.Errorf("%d octets and %d connections are left", tab.memory, len(tab.conns))
		}
		checkOutput(t, out.Bytes())
	})
}

func FuzzMRT(f *testing.F) {
	route := ribEntry(1, "", origin+path+nextHop+"80 0e 05 04 c0000201")
	f.Add(cat(mrtRecord(13, 1, peerTable), mrtRecord(13, 2, "00000001", net24, "0001", route), mrtRecord(13, 12, "00000008", "0001 01 00000009", net24, "0001", route)), uint8(0))
	f.Add(cat(mrtRecord(17, 4, "00000001", ends4, announce(1)), mrtRecord(16, 5, ends4, "00010002"), mrtRecord(16, 8, ends2, announce(1))), uint8(1))
	f.Add(mrtRecord(12, 1, "0000 0007 0a000000 18 01 6957351f c0000202 fdea", "0012", origin+"40 02 04 02 01 fde9"+nextHop), uint8(2))
	f.Add(mrtRecord(13, 6, "00000006", "0019 46 02 03 abcdef", "0001", route), uint8(0))
	f.Fuzz(func(t *testing.T, in []byte, options uint8) {
		var out bytes.Buffer
		if err := Decode(bytes.NewReader(in), &out, optionsOf(MRT, options)); err != nil && !compressed(in) {
			t.Fatal(err)
		}
		checkOutput(t, out.Bytes())
	})
}

func FuzzDetect(f *testing.F) {
	c := newTrace()
	f.Add(c.b)
	f.Add(mrtRecord(16, 0, ends2, "0005 0006"))
	f.Add(text(announce(1)))
	f.Add(unx(bzipped))
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		_ = Decode(bytes.NewReader(in), &out, Options{})
		checkOutput(t, out.Bytes())
	})
}

// compressed reports whether in begins as an archive, whose errors are those of
// its format.
func compressed(in []byte) bool {
	return bytes.HasPrefix(in, []byte{0x1f, 0x8b}) || bytes.HasPrefix(in, []byte("BZh"))
}

func BenchmarkMRT(b *testing.B) {
	entry := ribEntry(1, "", origin+path+nextHop+"c0 08 08 fde90001 fde90002")
	in := mrtRecord(13, 1, peerTable)
	for range 1000 {
		in = append(in, mrtRecord(13, 2, "00000001", net24, "0001", entry)...)
	}
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if err := Decode(bytes.NewReader(in), io.Discard, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
