package wire

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sample makes attributes as a router would announce them.
func sample(hop string, more func(*Editor)) Attrs {
	e := NewEditor(nil)
	e.SetOrigin(OriginIGP)
	e.PrependAS(65001, 1)
	e.SetNextHop(netip.MustParseAddr(hop))
	if more != nil {
		more(e)
	}
	return bytes.Clone(e.Attrs())
}

func v4s(n int) []NLRI {
	out := make([]NLRI, n)
	for i := range out {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 0})
		out[i] = NLRI{Prefix: PrefixFrom(netip.PrefixFrom(a, 24))}
	}
	return out
}

func v6s(n int) []NLRI {
	out := make([]NLRI, n)
	for i := range out {
		a := netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, byte(i >> 8), byte(i)})
		out[i] = NLRI{Prefix: PrefixFrom(netip.PrefixFrom(a, 48))}
	}
	return out
}

// messages encodes all of list and checks header and limit of each message.
func messages(t testing.TB, list []NLRI, limit int, next func(dst []byte, nlri []NLRI) ([]byte, int)) [][]byte {
	t.Helper()
	var out [][]byte
	for len(list) > 0 {
		dst, taken := next([]byte("before"), list)
		if taken == 0 {
			t.Fatalf("nothing taken of %d prefixes", len(list))
		}
		m := dst[len("before"):]
		h, err := ParseHeader(m, MaxExtendedLen)
		if err != nil || h.Len != len(m) || len(m) > limit {
			t.Fatalf("message of %d octets: header %v, %v, limit %d", len(m), h, err, limit)
		}
		out = append(out, m)
		list = list[taken:]
	}
	return out
}

// Messages are filled to the limit: what was left out would not have fitted.
func TestSplit(t *testing.T) {
	long := func(e *Editor) { e.Set(AttrCommunities, 0xc0, bytes.Repeat([]byte{0, 1, 0, 2}, 100)) }
	for _, c := range []struct {
		name string
		f    Family
		list []NLRI
		a    Attrs
		e    Encoding
		want int // messages
	}{
		{"one prefix", IPv4Unicast, v4s(1), sample("192.0.2.1", nil), Encoding{AS4: true}, 1},
		{"exactly full", IPv4Unicast, v4s((4096 - 23 - 20) / 4), sample("192.0.2.1", nil), Encoding{AS4: true}, 1},
		{"one more", IPv4Unicast, v4s((4096-23-20)/4 + 1), sample("192.0.2.1", nil), Encoding{AS4: true}, 2},
		{"path identifiers", IPv4Unicast, v4s(1000), sample("192.0.2.1", nil), Encoding{AS4: true, AddPath: true}, 2},
		{"long attribute", IPv4Unicast, v4s(2000), sample("192.0.2.1", long), Encoding{AS4: true}, 3},
		{"extended message", IPv4Unicast, v4s(16000), sample("192.0.2.1", nil), Encoding{AS4: true, MaxLen: MaxExtendedLen}, 1},
		{"IPv6", IPv6Unicast, v6s(2000), sample("2001:db8::1", nil), Encoding{AS4: true}, 4},
		{"IPv6, few", IPv6Unicast, v6s(3), sample("2001:db8::1", long), Encoding{AS4: true}, 1},
		{"IPv4 over IPv6", IPv4Unicast, v4s(2000), sample("2001:db8::1", nil), Encoding{AS4: true, ExtendedNextHop: true}, 2},
		{"IPv6 over IPv4", IPv6Unicast, v6s(3), sample("::ffff:192.0.2.1", nil), Encoding{AS4: true}, 1},
		{"small limit", IPv6Unicast, v6s(40), sample("2001:db8::1", nil), Encoding{AS4: true, MaxLen: 200}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			limit := c.e.limit()
			var got []NLRI
			out := messages(t, c.list, limit, func(dst []byte, nlri []NLRI) ([]byte, int) {
				return AppendReach(dst, c.a, c.f, nlri, &c.e)
			})
			p := &Params{AS4: true, IPv4: true, IPv6: true, AddPathIPv4: c.e.AddPath, ExtendedNextHop: true}
			for _, m := range out {
				u := mustParse(t, m[HeaderLen:], p)
				if u.Err() != nil {
					t.Fatal(u.Err())
				}
				for part := range u.Parts {
					got = slices.AppendSeq(got, part.NLRI.All)
					if a := u.AppendAttrs(nil, &part); !bytes.Equal(a, c.a) {
						t.Fatalf("attributes\n got %s\nwant %s", show(a), show(c.a))
					}
				}
			}
			if !slices.Equal(got, c.list) || len(out) != c.want {
				t.Errorf("%d of %d prefixes in %d messages, want %d", len(got), len(c.list), len(out), c.want)
			}
			for _, m := range out[:len(out)-1] {
				if len(m)+c.list[0].size(c.e.AddPath)+1 < limit {
					t.Errorf("a message of %d octets, limit %d", len(m), limit)
				}
			}
		})
	}
}

func TestUnreach(t *testing.T) {
	for _, c := range []struct {
		name string
		f    Family
		list []NLRI
		e    Encoding
		want int
	}{
		{"IPv4", IPv4Unicast, v4s(3), Encoding{}, 1},
		{"IPv4, exactly full", IPv4Unicast, v4s((4096 - 23) / 4), Encoding{}, 1},
		{"IPv4, one more", IPv4Unicast, v4s((4096-23)/4 + 1), Encoding{}, 2},
		{"IPv4, path identifiers", IPv4Unicast, v4s(1000), Encoding{AddPath: true}, 2},
		{"IPv6", IPv6Unicast, v6s(2000), Encoding{}, 4},
		{"IPv6, extended", IPv6Unicast, v6s(9000), Encoding{MaxLen: MaxExtendedLen}, 1},
	} {
		var got []NLRI
		out := messages(t, c.list, c.e.limit(), func(dst []byte, nlri []NLRI) ([]byte, int) {
			return AppendUnreach(dst, c.f, nlri, &c.e)
		})
		for _, m := range out {
			u := mustParse(t, m[HeaderLen:], &Params{IPv4: true, IPv6: true, AddPathIPv4: c.e.AddPath})
			for part := range u.Parts {
				if !part.Withdraw || part.Malformed || part.Family != c.f {
					t.Errorf("%s: part %+v", c.name, part)
				}
				got = slices.AppendSeq(got, part.NLRI.All)
			}
			if u.Err() != nil {
				t.Errorf("%s: %v", c.name, u.Err())
			}
		}
		if !slices.Equal(got, c.list) || len(out) != c.want {
			t.Errorf("%s: %d of %d prefixes in %d messages, want %d", c.name, len(got), len(c.list), len(out), c.want)
		}
	}
}

// What cannot be sent takes nothing and leaves the buffer as it was.
func TestNothingTaken(t *testing.T) {
	huge := func(e *Editor) { e.Set(200, 0xe0, make([]byte, 4096)) }
	full := func(e *Editor) { e.Set(200, 0xe0, make([]byte, 4096-23-20-4-4+1)) }
	for _, c := range []struct {
		name string
		a    Attrs
		f    Family
		list []NLRI
		e    Encoding
	}{
		{"attributes over the limit", sample("192.0.2.1", huge), IPv4Unicast, v4s(1), Encoding{AS4: true}},
		{"no room for a prefix", sample("192.0.2.1", full), IPv4Unicast, v4s(1), Encoding{AS4: true}},
		{"attributes over the limit, IPv6", sample("2001:db8::1", huge), IPv6Unicast, v6s(1), Encoding{AS4: true}},
		{"IPv6 with an IPv4 next hop", sample("192.0.2.1", nil), IPv6Unicast, v6s(1), Encoding{AS4: true}},
		{"IPv4 with an IPv6 next hop", sample("2001:db8::1", nil), IPv4Unicast, v4s(1), Encoding{AS4: true}},
		{"no next hop", Attrs{}, IPv4Unicast, v4s(1), Encoding{AS4: true, ExtendedNextHop: true}},
		{"another family", sample("2001:db8::1", nil), NewFamily(25, 70), v6s(1), Encoding{AS4: true}},
		{"no prefixes", sample("192.0.2.1", nil), IPv4Unicast, nil, Encoding{AS4: true}},
		{"no prefixes, IPv6", sample("2001:db8::1", nil), IPv6Unicast, nil, Encoding{AS4: true}},
	} {
		out, taken := AppendReach([]byte("before"), c.a, c.f, c.list, &c.e)
		if taken != 0 || string(out) != "before" {
			t.Errorf("%s: took %d and wrote %d octets", c.name, taken, len(out)-6)
		}
	}
	for _, f := range []Family{IPv4Unicast, IPv6Unicast, NewFamily(25, 70)} {
		for _, list := range [][]NLRI{nil, v6s(1)} {
			e := Encoding{MaxLen: 25}
			if out, taken := AppendUnreach([]byte("before"), f, list, &e); taken != 0 || string(out) != "before" {
				t.Errorf("%v: took %d and wrote %d octets", f, taken, len(out)-6)
			}
		}
	}
	full = func(e *Editor) { e.Set(200, 0xe0, make([]byte, 4096-23-20-4-4)) }
	if out, taken := AppendReach(nil, sample("192.0.2.1", full), IPv4Unicast, v4s(2), &Encoding{AS4: true}); taken != 1 || len(out) != 4096 {
		t.Errorf("took %d in %d octets, want one prefix in 4096", taken, len(out))
	}
}

// The order on the wire: MP_REACH_NLRI first, then by type; no next hop beside
// it, nothing local ever, AS4 attributes in their place.
func TestWireOrder(t *testing.T) {
	all := func(e *Editor) {
		e.SetLocal(Local{Weight: 5, Kind: 1})
		e.PrependAS(4200000001, 1)
		e.Set(AttrAggregator, 0xc0, unhex("0001000001020304"))
		e.AddCommunity(1)
		e.Set(200, 0xe0, []byte{1})
		e.AddExtCommunity(5)
		e.AddLargeCommunity(LargeCommunity{1, 2, 3})
	}
	for _, c := range []struct {
		name, hop string
		as4       bool
		want      string
	}{
		{"classic", "192.0.2.1", true, "1 2 3 7 8 16 32 200"},
		{"MP", "2001:db8::1", true, "14 1 2 7 8 16 32 200"},
		{"classic, OLD", "192.0.2.1", false, "1 2 3 7 8 16 17 18 32 200"},
		{"MP, OLD", "2001:db8::1", false, "14 1 2 7 8 16 17 18 32 200"},
	} {
		e := Encoding{AS4: c.as4, ExtendedNextHop: true}
		out, _ := AppendReach(nil, sample(c.hop, all), IPv4Unicast, v4s(1), &e)
		p := &Params{AS4: c.as4, IPv4: true, ExtendedNextHop: true}
		u := mustParse(t, out[HeaderLen:], p)
		var types []byte
		u.RawAttrs(func(t AttrType, _ uint8, _ []byte) bool { types = append(types, byte(t)); return true })
		if got := strings.Trim(strings.ReplaceAll(strings.Trim(byteList(types), "[]"), ",", ""), " "); got != c.want {
			t.Errorf("%s: types %s, want %s", c.name, got, c.want)
		}
		a := announced(t, u)
		e2 := NewEditor(sample(c.hop, all))
		e2.SetLocal(Local{})
		if !bytes.Equal(a, e2.Attrs()) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, show(a), show(e2.Attrs()))
		}
	}
	out, _ := AppendReach(nil, sample("192.0.2.1", nil), IPv4Unicast, v4s(1), &Encoding{})
	if want := "ffffffffffffffffffffffffffffffff002d020000001240010100400204"; !strings.HasPrefix(hexa(out), want) {
		t.Errorf("an OLD speaker gets %x, want no AS4_PATH where two octets do", out)
	}
}

func byteList(b []byte) string {
	var s []string
	for _, v := range b {
		s = append(s, string(appendDecimal(nil, v)))
	}
	return strings.Join(s, " ")
}

func appendDecimal(dst []byte, v byte) []byte {
	if v >= 10 {
		dst = appendDecimal(dst, v/10)
	}
	return append(dst, '0'+v%10)
}

// genAttrs draws canonical attributes as an internal neighbor may send them.
func genAttrs(f Family) *rapid.Generator[Attrs] {
	return rapid.Custom(func(t *rapid.T) Attrs {
		e := Editor{}
		e.SetOrigin(rapid.Uint8Range(0, 2).Draw(t, "origin"))
		e.SetASPath(genPath(SegmentSequence, SegmentSet).Draw(t, "path"))
		hops := []string{hop6, hop6 + hopLL, hopLL}
		if f == IPv4Unicast {
			hops = append(hops, "c0000201")
		}
		e.Set(AttrNextHop, wellKnown, unhex(rapid.SampledFrom(hops).Draw(t, "hop")))
		flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
		elements := func(name string, size int) []byte {
			n := size * rapid.IntRange(1, 30).Draw(t, name)
			return rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, name)
		}
		partial := rapid.SampledFrom([]uint8{0xc0, 0xe0})
		if flag("MED") {
			e.SetUint32(AttrMED, rapid.Uint32().Draw(t, "MED"))
		}
		if flag("LOCAL_PREF") {
			e.SetUint32(AttrLocalPref, rapid.Uint32().Draw(t, "LOCAL_PREF"))
		}
		if flag("ATOMIC_AGGREGATE") {
			e.Set(AttrAtomicAggregate, wellKnown, nil)
		}
		if flag("AGGREGATOR") {
			as := rapid.SampledFrom([]string{"0000fde9", "00005ba0", "00010000"}).Draw(t, "as")
			e.Set(AttrAggregator, partial.Draw(t, "flags"), unhex(as+"01020304"))
		}
		if flag("reflected") {
			e.SetUint32(AttrOriginatorID, rapid.Uint32().Draw(t, "ORIGINATOR_ID"))
			e.Set(AttrClusterList, FlagOptional, elements("CLUSTER_LIST", 4))
		}
		for _, kind := range []AttrType{AttrCommunities, AttrExtCommunities, AttrIPv6ExtCommunities} {
			if flag(kind.String()) {
				e.Set(kind, partial.Draw(t, "flags"), elements(kind.String(), int(attrKinds[kind].unit)))
			}
		}
		if flag("LARGE_COMMUNITIES") {
			for i := range rapid.Uint32Range(1, 90).Draw(t, "n") {
				e.AddLargeCommunity(LargeCommunity{i, rapid.Uint32().Draw(t, "large"), 0})
			}
		}
		if flag("AIGP") {
			e.Set(AttrAIGP, FlagOptional, unhex("01000b0000000000000005"))
		}
		if flag("OTC") {
			e.SetUint32(AttrOTC, rapid.Uint32().Draw(t, "OTC"))
		}
		if flag("unknown") {
			e.Set(AttrType(rapid.SampledFrom([]int{11, 34, 128, 255}).Draw(t, "type")), 0xe0, rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "value"))
		}
		return bytes.Clone(e.Attrs())
	})
}

// Whatever is announced arrives: attributes and prefixes, for a neighbor with
// two or four octets of AS number, with or without path identifiers.
func TestReachRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := genFamily().Draw(t, "family")
		a := genAttrs(f).Draw(t, "attributes")
		e := Encoding{
			AS4: rapid.Bool().Draw(t, "AS4"), AddPath: rapid.Bool().Draw(t, "add-path"), ExtendedNextHop: true,
			MaxLen: rapid.SampledFrom([]int{0, MaxExtendedLen}).Draw(t, "limit"),
		}
		var list []NLRI
		for _, p := range rapid.SliceOfN(genPrefix(f), 1, 20).Draw(t, "prefixes") {
			n := NLRI{Prefix: PrefixFrom(p)}
			if e.AddPath {
				n.ID = rapid.Uint32().Draw(t, "id")
			}
			list = append(list, n)
		}
		p := &Params{
			AS4: e.AS4, IPv4: true, IPv6: true, AddPathIPv4: e.AddPath, AddPathIPv6: e.AddPath,
			Internal: true, ExtendedNextHop: true, AllowASSets: true,
		}
		out, taken := AppendReach(nil, a, f, list, &e)
		if taken == 0 {
			if len(a) < 3000 {
				t.Fatalf("nothing taken with %d octets of attributes", len(a))
			}
			return
		}
		u, err := ParseUpdate(out[HeaderLen:], p)
		if err != nil || u.Err() != nil {
			t.Fatalf("%v, %v", err, u.Err())
		}
		var got []NLRI
		for part := range u.Parts {
			if part.Withdraw || part.Family != f {
				t.Fatalf("part %+v", part)
			}
			got = slices.AppendSeq(got, part.NLRI.All)
			if b := u.AppendAttrs(nil, &part); !bytes.Equal(b, a) {
				t.Fatalf("attributes\n got %s\nwant %s", show(b), show(a))
			}
		}
		if !slices.Equal(got, list[:taken]) {
			t.Fatalf("prefixes %v, want %v", got, list[:taken])
		}
	})
}
