package wire

import (
	"net/netip"
	"slices"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

func TestFamily(t *testing.T) {
	for _, c := range []struct {
		f    Family
		want string
	}{
		{IPv4Unicast, "IPv4 Unicast"}, {IPv6Unicast, "IPv6 Unicast"}, {NewFamily(1, 2), "IPv4 Multicast"},
		{NewFamily(2, 128), "IPv6 VPN"}, {NewFamily(1, 4), "IPv4 Labeled Unicast"}, {NewFamily(1, 133), "IPv4 Flowspec"},
		{NewFamily(25, 70), "L2VPN EVPN"}, {NewFamily(16388, 71), "Link State"}, {NewFamily(25, 65), "AFI 25 SAFI 65"},
		{0, "AFI 0 SAFI 0"},
	} {
		if got := c.f.String(); got != c.want {
			t.Errorf("%d/%d is %q, want %q", c.f.AFI(), c.f.SAFI(), got, c.want)
		}
	}
	if f := NewFamily(0xabcd, 0xef); f.AFI() != 0xabcd || f.SAFI() != 0xef {
		t.Errorf("AFI %x SAFI %x", f.AFI(), f.SAFI())
	}
}

func TestPrefixSize(t *testing.T) {
	if n := unsafe.Sizeof(Prefix{}); n != 24 {
		t.Errorf("a Prefix has %d octets, want 24", n)
	}
}

// genPrefix draws prefixes of f with any host bits.
func genPrefix(f Family) *rapid.Generator[netip.Prefix] {
	return rapid.Custom(func(t *rapid.T) netip.Prefix {
		if f == IPv4Unicast {
			a := [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address"))
			return netip.PrefixFrom(netip.AddrFrom4(a), rapid.IntRange(0, 32).Draw(t, "bits"))
		}
		a := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address"))
		return netip.PrefixFrom(netip.AddrFrom16(a), rapid.IntRange(0, 128).Draw(t, "bits"))
	})
}

func genFamily() *rapid.Generator[Family] {
	return rapid.SampledFrom([]Family{IPv4Unicast, IPv6Unicast})
}

func TestPrefixAgainstNetip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := genFamily().Draw(t, "family")
		p, q := genPrefix(f).Draw(t, "p"), genPrefix(f).Draw(t, "q")
		a, b := PrefixFrom(p), PrefixFrom(q)
		if a.Netip(f) != p.Masked() {
			t.Fatalf("%v came back as %v", p, a.Netip(f))
		}
		want := p.Masked().Addr().Compare(q.Masked().Addr())
		if want == 0 {
			want = p.Bits() - q.Bits()
		}
		if got := a.Compare(b); (got < 0) != (want < 0) || (got > 0) != (want > 0) {
			t.Fatalf("Compare(%v, %v) = %d, want the sign of %d", p, q, got, want)
		}
		if got, want := a.Contains(b), p.Bits() <= q.Bits() && p.Contains(q.Addr()); got != want {
			t.Fatalf("%v contains %v: %v, want %v", p, q, got, want)
		}
		near := PrefixFrom(netip.PrefixFrom(p.Addr(), min(p.Bits()+3, f.bits())))
		if !a.Contains(near) {
			t.Fatalf("%v does not contain %v", p, near.Netip(f))
		}
	})
	if PrefixFrom(netip.Prefix{}) != (Prefix{}) {
		t.Error("an invalid prefix is not the zero Prefix")
	}
}

// A list of prefixes survives being written and read, in the same order.
func TestNLRIRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, addPath := genFamily().Draw(t, "family"), rapid.Bool().Draw(t, "add-path")
		var list []NLRI
		var b []byte
		for _, p := range rapid.SliceOf(genPrefix(f)).Draw(t, "prefixes") {
			n := NLRI{Prefix: PrefixFrom(p)}
			if addPath {
				n.ID = rapid.Uint32().Draw(t, "id")
			}
			list = append(list, n)
			before := len(b)
			b = n.append(b, addPath)
			if len(b)-before != n.size(addPath) {
				t.Fatalf("size %d, wrote %d", n.size(addPath), len(b)-before)
			}
		}
		if !validNLRI(b, f.bits(), addPath) {
			t.Fatalf("%x is not valid", b)
		}
		view := NLRIs{rest: b, addPath: addPath}
		got := slices.Collect(view.All)
		if !slices.Equal(got, list) || view.Count() != len(list) {
			t.Fatalf("read %v (count %d), want %v", got, view.Count(), list)
		}
		if n := len(b); n > 0 && validNLRI(b[:n-1], f.bits(), addPath) {
			if last := list[len(list)-1].size(addPath); last > 1 {
				t.Fatalf("%x without its last octet is valid", b)
			}
		}
	})
}
