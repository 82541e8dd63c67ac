package wire

import (
	"bytes"
	"net/netip"
	"testing"
)

// typical is what a full table mostly consists of: five ASes, a MED, six
// communities, two large ones, seven prefixes.
func typical(f Family) (Attrs, []NLRI) {
	hop, list := "192.0.2.1", v4s(7)
	if f == IPv6Unicast {
		hop, list = "2001:db8::1", v6s(7)
	}
	return sample(hop, func(e *Editor) {
		for _, as := range []uint32{13335, 4200000001, 3356, 174} {
			e.PrependAS(as, 1)
		}
		e.SetUint32(AttrMED, 100)
		for i := range uint32(6) {
			e.AddCommunity(174<<16 | 21000 + i)
		}
		e.AddLargeCommunity(LargeCommunity{174, 1, 2})
		e.AddLargeCommunity(LargeCommunity{174, 1, 3})
	}), list
}

func typicalBody(t testing.TB, f Family, as4 bool) ([]byte, *Params) {
	a, list := typical(f)
	out, taken := AppendReach(nil, a, f, list, &Encoding{AS4: as4})
	if taken != len(list) {
		t.Fatalf("took %d", taken)
	}
	return out[HeaderLen:], &Params{AS4: as4, IPv4: true, IPv6: true}
}

// The paths that run for every route allocate nothing, a malformed message
// included as long as nobody asks for its Error.
func TestNoAllocations(t *testing.T) {
	buf := make([]byte, 0, MaxExtendedLen)
	v4, p := typicalBody(t, IPv4Unicast, true)
	v6, _ := typicalBody(t, IPv6Unicast, true)
	old, oldParams := typicalBody(t, IPv4Unicast, false)
	bad := updateBody("08 0b", base+attr(0xc0, AttrOTC, "01")+origin, net24)
	a, list := typical(IPv4Unicast)
	a6, list6 := typical(IPv6Unicast)
	hop := netip.MustParseAddr("2001:db8::9")
	var editor Editor
	var sum int
	read := func(body []byte, p *Params) func() {
		return func() {
			u, err := ParseUpdate(body, p)
			if err != nil {
				t.Fatal(err)
			}
			for part := range u.Parts {
				if !part.Withdraw {
					sum += len(u.AppendAttrs(buf[:0], &part))
				}
				for n, ok := part.NLRI.Next(); ok; n, ok = part.NLRI.Next() {
					sum += int(n.Prefix.Len)
				}
			}
		}
	}
	for _, c := range []struct {
		name string
		run  func()
	}{
		{"ParseUpdate, Parts, AppendAttrs", read(v4, p)},
		{"... IPv6", read(v6, p)},
		{"... from an OLD speaker", read(old, oldParams)},
		{"... malformed", read(bad, p)},
		{"ParseHeader", func() { _, _ = ParseHeader(unhexed, MaxLen) }},
		{"accessors", func() {
			m, _ := a.MED()
			sum += int(m) + a.ASPath().Length() + a.Communities().Len() + a.NextHop().BitLen() + a.ClusterLen()
		}},
		{"Editor", func() {
			editor.Reset(a)
			editor.PrependAS(65000, 3)
			editor.SetUint32(AttrLocalPref, 200)
			editor.AddCommunity(CommunityNoExport)
			editor.DeleteCommunity(174<<16 | 21003)
			editor.SetNextHop(hop)
			editor.SetLocal(Local{Weight: 1})
			editor.Delete(AttrMED)
			sum += len(editor.AppendTo(buf[:0]))
		}},
		{"AppendReach", func() { AppendReach(buf[:0], a, IPv4Unicast, list, &Encoding{AS4: true}) }},
		{"AppendReach, two octets", func() { AppendReach(buf[:0], a, IPv4Unicast, list, &Encoding{}) }},
		{"AppendReach, IPv6", func() { AppendReach(buf[:0], a6, IPv6Unicast, list6, &Encoding{AS4: true}) }},
		{"AppendUnreach", func() { AppendUnreach(buf[:0], IPv6Unicast, list6, &Encoding{}) }},
		{"AppendKeepalive", func() { AppendKeepalive(buf[:0]) }},
	} {
		c.run() // buffers grow once
		if n := testing.AllocsPerRun(100, c.run); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}

var unhexed = AppendKeepalive(nil)

func BenchmarkParseUpdate(b *testing.B) {
	for _, c := range []struct {
		name string
		f    Family
		as4  bool
	}{{"ipv4", IPv4Unicast, true}, {"ipv6", IPv6Unicast, true}, {"ipv4-old", IPv4Unicast, false}} {
		body, p := typicalBody(b, c.f, c.as4)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseUpdate(body, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkReadMessage is what a reader does for one message of seven prefixes.
func BenchmarkReadMessage(b *testing.B) {
	body, p := typicalBody(b, IPv4Unicast, true)
	buf := make([]byte, 0, MaxLen)
	var sum uint64
	b.ReportAllocs()
	for b.Loop() {
		u, err := ParseUpdate(body, p)
		if err != nil {
			b.Fatal(err)
		}
		for part := range u.Parts {
			buf = u.AppendAttrs(buf[:0], &part)
			for n, ok := part.NLRI.Next(); ok; n, ok = part.NLRI.Next() {
				sum += n.Prefix.Hi
			}
		}
	}
}

func BenchmarkNLRI(b *testing.B) {
	var field []byte
	for _, n := range v4s(1000) {
		field = n.append(field, false)
	}
	var sum uint64
	for b.Loop() {
		view := NLRIs{rest: field}
		for n, ok := view.Next(); ok; n, ok = view.Next() {
			sum += n.Prefix.Hi
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/prefix")
}

func BenchmarkAppendAttrs(b *testing.B) {
	for _, as4 := range []bool{true, false} {
		body, p := typicalBody(b, IPv4Unicast, as4)
		name := "four-octets"
		if !as4 {
			name = "merge"
		}
		b.Run(name, func(b *testing.B) {
			u := mustParse(b, body, p)
			var part Part
			for part = range u.Parts {
			}
			buf := make([]byte, 0, MaxLen)
			b.ReportAllocs()
			for b.Loop() {
				buf = u.AppendAttrs(buf[:0], &part)
			}
		})
	}
}

func BenchmarkAppendReach(b *testing.B) {
	for _, c := range []struct {
		name string
		f    Family
		n    int
		as4  bool
	}{{"ipv4-7", IPv4Unicast, 7, true}, {"ipv4-full", IPv4Unicast, 900, true}, {"ipv6-7", IPv6Unicast, 7, true}, {"ipv4-7-old", IPv4Unicast, 7, false}} {
		a, _ := typical(c.f)
		list := v4s(c.n)
		if c.f == IPv6Unicast {
			list = v6s(c.n)
		}
		e := &Encoding{AS4: c.as4}
		b.Run(c.name, func(b *testing.B) {
			buf := make([]byte, 0, MaxLen)
			b.ReportAllocs()
			for b.Loop() {
				var taken int
				if buf, taken = AppendReach(buf[:0], a, c.f, list, e); taken != c.n {
					b.Fatalf("took %d", taken)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(c.n), "ns/prefix")
		})
	}
}

func BenchmarkEditor(b *testing.B) {
	a, _ := typical(IPv4Unicast)
	hop := netip.MustParseAddr("192.0.2.9")
	var e Editor
	b.ReportAllocs()
	for b.Loop() {
		e.Reset(a)
		e.PrependAS(65000, 1)
		e.SetNextHop(hop)
		e.Delete(AttrMED)
	}
	if bytes.Equal(e.Attrs(), a) {
		b.Fatal("no change")
	}
}

func BenchmarkAccessors(b *testing.B) {
	a, _ := typical(IPv4Unicast)
	var sum int
	for b.Loop() {
		med, _ := a.MED()
		sum += int(med) + a.ASPath().Length() + int(a.Origin()) + a.NextHop().BitLen()
	}
}
