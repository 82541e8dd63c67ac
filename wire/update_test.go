package wire

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unsafe"
)

func TestParts(t *testing.T) {
	malformed := attr(0x40, AttrOrigin, "05") + asPath + nextHop
	only4 := external.with(func(p *Params) { p.IPv6 = false })
	only6 := external.with(func(p *Params) { p.IPv4 = false })
	addPath := external.with(func(p *Params) { p.AddPathIPv4 = true })
	addPath6 := external.with(func(p *Params) { p.AddPathIPv6 = true })
	other := attr(0x80, AttrMPReach, "0001 80 0c 0000000000000000 c0000201 00 70 000011 0000000000000001 0a0000")
	for _, c := range []struct {
		name   string
		body   []byte
		params *Params
		want   string
		skip   bool // Unnegotiated
	}{
		{"classic", updateBody("", base, net24+"08 0b"), &external, "+10.0.0.0/24 +11.0.0.0/8", false},
		{"default route", updateBody("00", base, "00"), &external, "-0.0.0.0/0 +0.0.0.0/0", false},
		{"withdrawal", updateBody("20 0a000001", "", ""), &external, "-10.0.0.1/32", false},
		{"withdrawn and announced", updateBody(net24, base, net24), &external, "-10.0.0.0/24 +10.0.0.0/24", false},
		{"host bits", updateBody("", base, "0f 0a0b"+"19 0a0000ff"), &external, "+10.10.0.0/15 +10.0.0.128/25", false},
		{"all four lists", updateBody("08 0a", unreach6+base, net24), &external, "-10.0.0.0/8 -2001:db8:1::/48 +10.0.0.0/24", false},
		{"MP and classic", updateBody("", reach6+base, net24), &external, "+2001:db8:1::/48 +10.0.0.0/24", false},
		{"MP anywhere", updateBody("", base+reach6, ""), &external, "+2001:db8:1::/48", false},
		{"treated as withdrawal", updateBody("08 0b", reach6+malformed, net24), &external, "-11.0.0.0/8 !2001:db8:1::/48 !10.0.0.0/24", false},
		{"IPv6 host bits", updateBody("", base+attr(0x80, AttrMPReach, "0002 01 10"+hop6+"00 41"+"20010db8000000000fffffffffffffff"[:18]), ""), &external, "+2001:db8::/65", false},
		{"IPv6 not agreed", updateBody("", reach6+unreach6+base, net24), only4, "+10.0.0.0/24", true},
		{"IPv4 not agreed", updateBody(net24, reach6+base, net24), only6, "+2001:db8:1::/48", true},
		{"another family", updateBody("", other+base, net24), &external, "+10.0.0.0/24", true},
		{"IPv4 in MP", updateBody("", attr(0x80, AttrMPReach, "0001 01 04 c0000201 00"+net24)+origin+asPath, ""), &external, "+10.0.0.0/24", false},
		{"path identifiers", updateBody("00000003"+net24, base, "00000001"+net24+"00000002"+net24), addPath, "-10.0.0.0/24#3 +10.0.0.0/24#1 +10.0.0.0/24#2", false},
		{"path identifiers, IPv6", updateBody("", attr(0x80, AttrMPUnreach, "0002 01 00000007"+net6), ""), addPath6, "-2001:db8:1::/48#7", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := mustParse(t, c.body, c.params)
			if got := listing(u); got != c.want {
				t.Errorf("parts %q, want %q", got, c.want)
			}
			if u.Unnegotiated() != c.skip {
				t.Errorf("Unnegotiated %v, want %v", u.Unnegotiated(), c.skip)
			}
			for p := range u.Parts {
				n := 0
				for range p.NLRI.All {
					n++
				}
				if p.NLRI.Count() != n || p.NLRI.Empty() != (n == 0) {
					t.Errorf("Count %d, Empty %v for %d entries", p.NLRI.Count(), p.NLRI.Empty(), n)
				}
				break
			}
		})
	}
}

func TestEndOfRIB(t *testing.T) {
	only6 := external.with(func(p *Params) { p.IPv4 = false })
	only4 := external.with(func(p *Params) { p.IPv6 = false })
	for _, c := range []struct {
		name   string
		body   []byte
		params *Params
		family Family
		ok     bool
	}{
		{"IPv4", unhex("0000 0000"), &external, IPv4Unicast, true},
		{"IPv6", unhex("0000 0006 800f 03 0002 01"), &external, IPv6Unicast, true},
		{"IPv6, extended length", unhex("0000 0007 900f 0003 0002 01"), &external, IPv6Unicast, true},
		{"IPv4 as MP", unhex("0000 0006 800f 03 0001 01"), &external, IPv4Unicast, true},
		{"IPv4 not agreed", unhex("0000 0000"), only6, IPv4Unicast, false},
		{"IPv6 not agreed", unhex("0000 0006 800f 03 0002 01"), only4, 0, false},
		{"withdrawal", updateBody(net24, "", ""), &external, 0, false},
		{"MP withdrawal", updateBody("", unreach6, ""), &external, 0, false},
		{"attributes beside", updateBody("", attr(0x80, AttrMPUnreach, "0002 01")+origin, ""), &external, 0, false},
		{"announcement", updateBody("", base, net24), &external, 0, false},
	} {
		u := mustParse(t, c.body, c.params)
		f, ok := u.EndOfRIB()
		if ok != c.ok || ok && f != c.family {
			t.Errorf("%s: %v, %v, want %v, %v", c.name, f, ok, c.family, c.ok)
		}
	}
}

// show writes canonical attributes as "type/flags=value", one a blank.
func show(a Attrs) string {
	var out []string
	a.All(func(t AttrType, flags uint8, v []byte) bool {
		out = append(out, t.String()+"/"+string("0123456789abcdef"[flags>>4])+"/"+hexa(v))
		return true
	})
	return strings.Join(out, " ")
}

func TestCanonical(t *testing.T) {
	internal := external.with(func(p *Params) { p.Internal = true })
	pair := attr(0x80, AttrMPReach, "0002 01 20"+hop6+hopLL+"00"+net6)
	twoLL := attr(0x80, AttrMPReach, "0002 01 20"+hopLL+hopLL+"00"+net6)
	onlyLL := attr(0x80, AttrMPReach, "0002 01 20"+strings.Repeat("00", 16)+hopLL+"00"+net6)
	twoGlobal := attr(0x80, AttrMPReach, "0002 01 20"+hop6+hop6+"00"+net6)
	const path = "AS_PATH/4/02010000fde9"
	for _, c := range []struct {
		name   string
		body   []byte
		params *Params
		want   string
	}{
		{"ordered by type", updateBody("", attr(0xc0, AttrCommunities, "00010002")+attr(0x80, AttrMED, "00000005")+nextHop+asPath+origin, net24), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/c0000201 MULTI_EXIT_DISC/8/00000005 COMMUNITIES/c/00010002"},
		{"extended length and low bits fall away", updateBody("", "5f010001 00"+asPath+nextHop, net24), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/c0000201"},
		{"Partial stays on optional transitive only", updateBody("", attr(0x60, AttrOrigin, "00")+asPath+nextHop+attr(0xa0, AttrMED, "00000001")+attr(0xe0, AttrCommunities, "00010002"), net24), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/c0000201 MULTI_EXIT_DISC/8/00000001 COMMUNITIES/e/00010002"},
		{"unknown ones", updateBody("", base+attr(0xc0, 200, "aa")+attr(0x80, 201, "bb")+attr(0xe0, 100, ""), net24), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/c0000201 attribute 100/e/ attribute 200/e/aa"},
		{"what only internal neighbors may say", updateBody("", base+attr(0x40, AttrLocalPref, "00000001")+attr(0x80, AttrOriginatorID, "01010101")+attr(0x80, AttrClusterList, "02020202")+attr(0x80, AttrAIGP, "01000b0000000000000005"), net24), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/c0000201"},
		{"the same from one", updateBody("", base+attr(0x40, AttrLocalPref, "00000001")+attr(0x80, AttrOriginatorID, "01010101")+attr(0x80, AttrClusterList, "02020202")+attr(0x80, AttrAIGP, "01000b0000000000000005"), net24), internal,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/c0000201 LOCAL_PREF/4/00000001 ORIGINATOR_ID/8/01010101 CLUSTER_LIST/8/02020202 AIGP/8/01000b0000000000000005"},
		{"reserved type never becomes ours", updateBody("", attr(0xc0, 0, "000000640000000001")+base, net24), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/c0000201"},
		{"next hop of MP", updateBody("", reach6+base, ""), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/" + hop6},
		{"next hop of MP without NEXT_HOP", updateBody("", reach6+asPath+origin, ""), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/" + hop6},
		{"pair of next hops", updateBody("", pair+asPath+origin, ""), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/" + hop6 + hopLL},
		{"link-local twice", updateBody("", twoLL+asPath+origin, ""), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/" + hopLL},
		{"link-local behind nothing", updateBody("", onlyLL+asPath+origin, ""), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/" + hopLL},
		{"second one not link-local", updateBody("", twoGlobal+asPath+origin, ""), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/" + hop6},
		{"the first of two counts", updateBody("", base+attr(0x80, AttrMED, "00000001")+attr(0x80, AttrMED, "00000002"), net24), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/c0000201 MULTI_EXIT_DISC/8/00000001"},
		{"a discarded one is gone", updateBody("", base+attr(0x40, AttrAtomicAggregate, "00")+attr(0xc0, AttrAggregator, "00"), net24), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/c0000201"},
		{"large communities once", updateBody("", base+attr(0xc0, AttrLargeCommunities, "000000010000000200000003 000000010000000200000004 000000010000000200000003"), net24), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/c0000201 LARGE_COMMUNITIES/c/000000010000000200000003000000010000000200000004"},
		{"the rest", updateBody("", base+attr(0x40, AttrAtomicAggregate, "")+attr(0xc0, AttrAggregator, "0000fde901010101")+attr(0xc0, AttrExtCommunities, "0002fde900000001")+attr(0xc0, AttrIPv6ExtCommunities, strings.Repeat("01", 20))+attr(0xc0, AttrOTC, "0000fde9"), net24), &external,
			"ORIGIN/4/00 " + path + " NEXT_HOP/4/c0000201 ATOMIC_AGGREGATE/4/ AGGREGATOR/c/0000fde901010101 EXTENDED_COMMUNITIES/c/0002fde900000001 IPV6_EXTENDED_COMMUNITIES/c/" + strings.Repeat("01", 20) + " OTC/c/0000fde9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := show(announced(t, mustParse(t, c.body, c.params))); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// One message with both forms gives two sets that differ in the next hop only.
func TestNextHopOfEachPart(t *testing.T) {
	u := mustParse(t, updateBody("", reach6+base, net24), &external)
	var hops []string
	for p := range u.Parts {
		hops = append(hops, Attrs(u.AppendAttrs(nil, &p)).NextHop().String())
	}
	if got := strings.Join(hops, " "); got != "2001:db8::1 192.0.2.1" {
		t.Errorf("next hops %s", got)
	}
}

func TestManyLargeCommunities(t *testing.T) {
	var v []byte
	for i := range 200 {
		v = LargeCommunity{1, 2, uint32(i % 100)}.append(v)
	}
	body := updateBody("", base+attr(0xc0, AttrLargeCommunities, hexa(v)), net24)
	got := announced(t, mustParse(t, body, &external)).LargeCommunities()
	if got.Len() != 100 || !bytes.Equal(got, v[:1200]) {
		t.Errorf("%d communities, want the first 100 in their order", got.Len())
	}
}

// RFC 6793 4.2.3, case by case: what an OLD speaker's attributes mean.
func TestMergeAS4(t *testing.T) {
	const (
		trans = "5ba0"
		as4   = "00011170" // 70000
	)
	allowed := Params{IPv4: true, AllowASSets: true, Internal: true, Confederation: true}
	for _, c := range []struct {
		name, path, as4, aggregator, as4Aggregator string
		want, wantAggregator                       string
	}{
		{"two octets suffice", "0202 fde9 fdea", "", "", "", "65001 65002", ""},
		{"equal length", "0202" + trans + trans, "0202 00011171" + as4, "", "", "70001 70000", ""},
		{"OLD speakers in front", "0203 fde9 fdea" + trans, "0201" + as4, "", "", "65001 65002 70000", ""},
		{"AS4_PATH longer", "0201 fde9", "0202" + as4 + as4, "", "", "65001", ""},
		{"in two segments", "0201 fde9 0202 fdea" + trans, "0201" + as4, "", "", "65001 65002 70000", ""},
		{"a set counts one", "0202 fde9" + trans + "0102 0001 0002", "0201" + as4 + "0102 0000000100000002", "", "", "65001 70000 {1,2}", ""},
		{"a set in front", "0102 0001 0002 0201" + trans, "0201" + as4, "", "", "{1,2} 70000", ""},
		{"confederation in front", "0302 0001 0002 0201" + trans, "0201" + as4, "", "", "(1 2) 70000", ""},
		{"confederation in AS4_PATH", "0202 fde9" + trans, "0301 0000fde9 0201" + as4, "", "", "65001 70000", ""},
		{"aggregated by a NEW speaker", "0201" + trans, "0201" + as4, trans + "01010101", as4 + "02020202", "70000", "70000 02020202"},
		{"aggregated by an OLD speaker", "0202 fde9" + trans, "0202 0000fde9" + as4, "fde9 01010101", as4 + "02020202", "65001 23456", "65001 01010101"},
		{"OLD aggregator, no AS4_AGGREGATOR", "0202 fde9" + trans, "0201" + as4, "fde9 01010101", "", "65001 70000", "65001 01010101"},
		{"AS4_AGGREGATOR alone", "0201" + trans, "0201" + as4, "", as4 + "02020202", "70000", ""},
		{"AGGREGATOR of AS_TRANS alone", "0201" + trans, "0201" + as4, trans + "01010101", "", "70000", "23456 01010101"},
	} {
		t.Run(c.name, func(t *testing.T) {
			attrs := origin + attr(0x40, AttrASPath, c.path) + nextHop
			if c.aggregator != "" {
				attrs += attr(0xc0, AttrAggregator, c.aggregator)
			}
			if c.as4 != "" {
				attrs += attr(0xc0, AttrAS4Path, c.as4)
			}
			if c.as4Aggregator != "" {
				attrs += attr(0xc0, AttrAS4Aggregator, c.as4Aggregator)
			}
			a := announced(t, mustParse(t, updateBody("", attrs, net24), &allowed))
			if got := a.ASPath().String(); got != c.want {
				t.Errorf("path %q, want %q", got, c.want)
			}
			got := ""
			if as, id, ok := a.Aggregator(); ok {
				got = ASPath(nil).AppendSegment(SegmentSequence, as).String() + " " + hexa([]byte{byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)})
			}
			if got != c.wantAggregator {
				t.Errorf("aggregator %q, want %q", got, c.wantAggregator)
			}
			for _, t4 := range []AttrType{AttrAS4Path, AttrAS4Aggregator} {
				if _, ok := a.Get(t4); ok {
					t.Errorf("%v in canonical attributes", t4)
				}
			}
		})
	}
}

// A merged path is what a NEW speaker would have sent: one segment.
func TestMergeJoins(t *testing.T) {
	body := updateBody("", origin+attr(0x40, AttrASPath, "0203 fde9 fdea 5ba0")+nextHop+attr(0xc0, AttrAS4Path, "0201 00011170"), net24)
	got := announced(t, mustParse(t, body, external.with(func(p *Params) { p.AS4 = false }))).ASPath()
	if want := "02030000fde90000fdea00011170"; hexa(got) != want {
		t.Errorf("path %x, want %s", got, want)
	}
}

// A path of two-octet numbers that is too long in four octets costs the route.
func TestASPathTooLong(t *testing.T) {
	segment := "02ff" + strings.Repeat("fde9", 255)
	body := func(n int) []byte {
		return updateBody("", origin+nextHop+attr(0x40, AttrASPath, strings.Repeat(segment, n)), net24)
	}
	old := external.with(func(p *Params) { p.AS4 = false })
	if u := mustParse(t, body(63), old); u.Severity() != None {
		t.Errorf("63 segments: %v", u.Err())
	} else if n := announced(t, u).ASPath().Length(); n != 63*255 {
		t.Errorf("length %d", n)
	}
	if u := mustParse(t, body(65), old); u.Severity() != Withdraw {
		t.Errorf("65 segments: %v, want withdraw", u.Err())
	}
}

func TestRawAttrs(t *testing.T) {
	u := mustParse(t, updateBody("", base+origin+"8004 0400", net24), &external)
	var got []string
	u.RawAttrs(func(kind AttrType, _ uint8, _ []byte) bool {
		got = append(got, kind.String())
		return true
	})
	if s := strings.Join(got, " "); s != "ORIGIN AS_PATH NEXT_HOP ORIGIN" {
		t.Errorf("raw attributes %s", s)
	}
}

// An Update may sit in a batch by value: it points at the body and, in its params, at the filter of the session, and at nothing
// else, and is small.
func TestUpdateLayout(t *testing.T) {
	if n := unsafe.Sizeof(Update{}); n > 352 {
		t.Errorf("an Update has %d octets", n)
	}
	kind := reflect.TypeFor[Update]()
	for i := range kind.NumField() {
		f := kind.Field(i)
		if pointsAway(f.Type) && f.Name != "body" && f.Name != "params" {
			t.Errorf("field %s of type %v holds a pointer", f.Name, f.Type)
		}
	}
}

func pointsAway(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if pointsAway(t.Field(i).Type) {
				return true
			}
		}
		return false
	case reflect.Array:
		return pointsAway(t.Elem())
	case reflect.Bool, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Int:
		return false
	}
	return true
}

// A body that no header lets through is refused, not read past its end.
func TestBodyLength(t *testing.T) {
	for _, body := range [][]byte{nil, {0, 0, 0}, make([]byte, MaxExtendedLen-HeaderLen+1)} {
		_, err := ParseUpdate(body, &external)
		checkReset(t, fmt.Sprintf("%d octets", len(body)), err, CodeUpdate, UpdateMalformedAttributes, "")
	}
}

// Iterators stop when told to.
func TestIteratorsStop(t *testing.T) {
	u := mustParse(t, updateBody("08 0a", unreach6+reach6+base+origin+origin, net24), &external)
	for stop := 1; stop <= 4; stop++ {
		n := 0
		for range u.Parts {
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("%d parts, want to stop at %d", n, stop)
		}
	}
	for range u.Errors {
		break
	}
	n := 0
	u.RawAttrs(func(AttrType, uint8, []byte) bool { n++; return false })
	if n != 1 {
		t.Errorf("%d attributes after the iterator was stopped", n)
	}
}

// What an operator filters is neither read nor judged, whatever is in it.
func TestFilterOfAttributes(t *testing.T) {
	params := external
	params.Filter = &AttrFilter{}
	params.Filter.Discard.Add(AttrMED)
	params.Filter.Discard.Add(99)
	params.Filter.Withdraw.Add(AttrOTC)
	for _, c := range []struct {
		name                string
		attrs               string
		discarded, refused  bool
		announced, withdraw int
	}{
		{"nothing of it", base, false, false, 1, 0},
		{"discarded", base + attr(0x80, AttrMED, "00000001"), true, false, 1, 0},
		{"discarded although malformed", base + attr(0x80, AttrMED, "01") + attr(0x40, 99, ""), true, false, 1, 0},
		{"refused", base + attr(0xc0, AttrOTC, "0000fde9"), false, true, 0, 1},
		{"refused although malformed", base + attr(0xc0, AttrOTC, "00"), false, true, 0, 1},
	} {
		u, err := ParseUpdate(updateBody("", c.attrs, net24), &params)
		if err != nil || u.Err() != nil {
			t.Errorf("%s: %v %v", c.name, err, u.Err())
		}
		discarded, refused := u.Filtered()
		if discarded != c.discarded || refused != c.refused {
			t.Errorf("%s: discarded %v, refused %v", c.name, discarded, refused)
		}
		announced, withdrawn := 0, 0
		u.Parts(func(p Part) bool {
			if p.Withdraw {
				withdrawn++
				return true
			}
			announced++
			if _, ok := Attrs(u.AppendAttrs(nil, &p)).MED(); ok {
				t.Errorf("%s: the attribute is there", c.name)
			}
			return true
		})
		if announced != c.announced || withdrawn != c.withdraw {
			t.Errorf("%s: %d announced, %d withdrawn", c.name, announced, withdrawn)
		}
	}
	if u, err := ParseUpdate(updateBody(net24, attr(0xc0, AttrOTC, "0000fde9"), ""), &params); err != nil || u.Err() != nil {
		t.Errorf("beside withdrawals: %v %v", err, u.Err())
	}
}
