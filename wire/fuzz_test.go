package wire

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func FuzzHeader(f *testing.F) {
	f.Add(AppendKeepalive(nil), true)
	f.Add(unhex("ff*16 0017 02"), false)
	f.Fuzz(func(t *testing.T, b []byte, extended bool) {
		if len(b) < HeaderLen {
			return
		}
		limit := MaxLen
		if extended {
			limit = MaxExtendedLen
		}
		h, err := ParseHeader(b, limit)
		switch {
		case err != nil:
			want := Header{}
			if err.Subcode == HeaderBadLength {
				want.Type = Type(b[18]) // so that a NOTIFICATION is not answered
			}
			if err.Code != CodeHeader || err.Severity != Reset || h != want {
				t.Errorf("%v beside %v", h, err)
			}
		case h.Len < HeaderLen || h.Len > limit || h.Type < TypeOpen || h.Type > TypeRouteRefresh:
			t.Errorf("accepted %+v", h)
		}
	})
}

// What is read and written again reads the same, and writing is stable.
func FuzzOpen(f *testing.F) {
	f.Add(AppendOpen(nil, seedOpen(4200000001, []Family{IPv6Unicast}, nil))[HeaderLen:])
	f.Add(openBody(fixedOpen, "0206 0901 03 0901 03"))
	f.Add(openBody(fixedOpen, "0224 400a c078 0001 01 80 0002 01 00 4508 0001 01 03 0002 01 02 4908 03 666f6f 03 626172"))
	f.Add(unhex(fixedOpen + "ff ff 0009 02 0006 4104 0000fde9"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > MaxLen-HeaderLen {
			return
		}
		o, err := ParseOpen(body)
		if err != nil {
			if o != nil || err.Code != CodeOpen || err.Severity != Reset || err.Text == "" {
				t.Errorf("%v beside %v", o, err)
			}
			return
		}
		once := AppendOpen(nil, o)
		again, err := ParseOpen(once[HeaderLen:])
		if err != nil {
			t.Fatalf("our own OPEN %x: %v", once, err)
		}
		if twice := AppendOpen(nil, again); !bytes.Equal(once, twice) {
			t.Errorf("written\n%x, then\n%x", once, twice)
		}
		if again.AS() != o.AS() || again.ID != o.ID || again.HoldTime != o.HoldTime {
			t.Errorf("%+v came back as %+v", o, again)
		}
	})
}

func FuzzNotification(f *testing.F) {
	f.Add([]byte{6, 4})
	f.Add([]byte{6, 2, 3, 'a', 0x1b, 0xff})
	f.Add(AppendNotification(nil, HardResetOf(CeaseWithText(CeaseAdminShutdown, "text")))[HeaderLen:])
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > MaxLen-HeaderLen {
			return
		}
		n, err := ParseNotification(body)
		if err != nil {
			return
		}
		if n.String() == "" || len(n.String()) > 200 {
			t.Errorf("name %q", n)
		}
		text, ok := n.Communication()
		if ok == (text == "") || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("communication %q, %v", text, ok)
		}
		if got := AppendNotification(nil, n)[HeaderLen:]; !bytes.Equal(got, body) {
			t.Errorf("written again as %x", got)
		}
	})
}

func FuzzRouteRefresh(f *testing.F) {
	f.Add(unhex("00010001"))
	f.Add(unhex("0002010101"))
	f.Add(unhex("00010001" + "01" + "400015" + "80" + "20" + "00000005" + "1018" + "08" + "0a" + "00" + "0000000a" + "0000" + "10" + "c0a8"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := ParseRouteRefresh(body, false)
		if (err == nil) != (len(body) == 4) {
			t.Fatalf("%d octets: %v", len(body), err)
		}
		if err == nil && !bytes.Equal(AppendRouteRefresh(nil, r)[HeaderLen:], body) {
			t.Errorf("%v does not give %x", r, body)
		}
		if len(body) > 4 {
			if r, err = ParseRouteRefresh(body, true); (err == nil) != (body[2] == RefreshRequest) || err == nil && r.Filter == nil {
				t.Errorf("with filters: %v, %v", r, err)
			}
		}
	})
}

// paramsFrom takes the bits of b as the fields of Params.
func paramsFrom(b uint16) *Params {
	bit := func(i int) bool { return b&(1<<i) != 0 }
	return &Params{
		AS4: bit(0), IPv4: !bit(1), IPv6: !bit(2), AddPathIPv4: bit(3), AddPathIPv6: bit(4),
		Internal: bit(5), Confederation: bit(6), ExtendedNextHop: bit(7), AllowASSets: bit(8),
	}
}

// A message of any octets gets a verdict; what it announces is canonical, and
// comes back the same when it is announced again.
func FuzzUpdate(f *testing.F) {
	f.Add(updateBody("", base, net24), uint16(1))
	f.Add(updateBody("08 0a", reach6+unreach6+base, net24), uint16(1))
	f.Add(updateBody("", origin+attr(0x40, AttrASPath, "0202 fde9 5ba0")+nextHop+attr(0xc0, AttrAS4Path, "0201 00011170"), net24), uint16(0))
	f.Add(updateBody("", base+attr(0xc0, AttrLargeCommunities, "000000010000000200000003")+attr(0xc0, 99, "01"), "00000001"+net24), uint16(9))
	f.Add(updateBody("", reach6+base+attr(0x40, AttrLocalPref, "00000064")+attr(0x80, AttrAIGP, "01000b0000000000000005"), ""), uint16(0x1e1))
	f.Add(unhex("0000 0006 800f 03 0002 01"), uint16(1))
	f.Fuzz(func(t *testing.T, body []byte, bits uint16) {
		if len(body) <= MaxExtendedLen-HeaderLen {
			checkUpdate(t, body, paramsFrom(bits))
		}
	})
}

// The same for messages that were good before a few octets changed, which gets
// deeper than octets at random.
func TestDamagedUpdates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := genFamily().Draw(t, "family")
		e := Encoding{AS4: rapid.Bool().Draw(t, "AS4"), AddPath: rapid.Bool().Draw(t, "add-path"), ExtendedNextHop: true, MaxLen: MaxExtendedLen}
		out, taken := AppendReach(nil, genAttrs(f).Draw(t, "attributes"), f, v4s(3), &e)
		if taken == 0 {
			t.Fatal("nothing taken")
		}
		body := out[HeaderLen:]
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			at := rapid.IntRange(0, len(body)-1).Draw(t, "at")
			body[at] = rapid.SampledFrom([]byte{0, 1, 2, 3, 4, body[at] + 1, body[at] - 1, body[at] ^ 0x80, body[at] ^ 0x40, 255}).Draw(t, "octet")
		}
		p := paramsFrom(rapid.Uint16().Draw(t, "params"))
		p.AS4, p.AddPathIPv4, p.AddPathIPv6 = e.AS4, e.AddPath, e.AddPath
		checkUpdate(t, body, p)
	})
}

// checkUpdate asserts what holds for any message.
func checkUpdate(t rapid.TB, body []byte, p *Params) {
	t.Helper()
	u, err := ParseUpdate(body, p)
	if (err != nil) != (u.Severity() == Reset) || (u.Err() != nil) != (u.Severity() != None) {
		t.Fatalf("error %v, severity %v, Err %v", err, u.Severity(), u.Err())
	}
	for e := range u.Errors {
		if e.Text == "" || strings.Contains(e.Text, "%!") || e.Severity > u.Severity() || e.Code != CodeUpdate {
			t.Errorf("fault %v", e)
		}
	}
	if err != nil {
		return
	}
	u.RawAttrs(func(AttrType, uint8, []byte) bool { return true })
	if _, ok := u.EndOfRIB(); ok && listing(&u) != "" {
		t.Errorf("End-of-RIB with %s", listing(&u))
	}
	for part := range u.Parts {
		list := slices.Collect(part.NLRI.All)
		for _, n := range list {
			if n.Prefix.masked() != n.Prefix || int(n.Prefix.Len) > part.Family.bits() {
				t.Fatalf("prefix %+v", n)
			}
		}
		a := Attrs(u.AppendAttrs(nil, &part))
		if part.Withdraw {
			continue
		}
		if u.Severity() >= Withdraw {
			t.Fatalf("%v announces %+v", u.Err(), part)
		}
		checkCanonical(t, a)
		announceAgain(t, a, part.Family, list)
	}
}

// checkCanonical checks order, flags and lengths, and that no accessor fails.
func checkCanonical(t rapid.TB, a Attrs) {
	t.Helper()
	size, last := 0, -1
	a.All(func(kind AttrType, flags uint8, v []byte) bool {
		if int(kind) <= last || kind == AttrLocal || flags&0x1f != 0 {
			t.Fatalf("attribute %d after %d with flags %#x", kind, last, flags)
		}
		last = int(kind)
		size += canonicalHeader + len(v)
		return true
	})
	if size != len(a) {
		t.Fatalf("%d octets of attributes in %d", size, len(a))
	}
	if _, ok := a.Get(AttrASPath); !ok || !a.NextHop().IsValid() || walkPath(a.ASPath(), 4).broken {
		t.Fatalf("mandatory attributes missing or malformed: %x", []byte(a))
	}
	_ = a.ASPath().String()
	a.MED()
	a.LocalPref()
	a.Aggregator()
	a.AIGP()
	a.OTC()
	a.LinkLocal()
}

// announceAgain sends a to a neighbor with four and one with two octets.
func announceAgain(t rapid.TB, a Attrs, f Family, list []NLRI) {
	t.Helper()
	confed := walkPath(a.ASPath(), 4).confed
	for _, as4 := range []bool{true, false} {
		if !as4 && (confed || len(a) > 20000) {
			continue // segments that an OLD speaker's AS4_PATH cannot hold
		}
		e := Encoding{AS4: as4, AddPath: true, ExtendedNextHop: true, MaxLen: MaxExtendedLen}
		out, taken := AppendReach(nil, a, f, list, &e)
		if taken == 0 {
			if len(a) < 60000 {
				t.Fatalf("nothing taken with attributes %x", []byte(a))
			}
			continue
		}
		p := &Params{
			AS4: as4, IPv4: true, IPv6: true, AddPathIPv4: true, AddPathIPv6: true,
			Internal: true, Confederation: true, ExtendedNextHop: true, AllowASSets: true,
		}
		u, err := ParseUpdate(out[HeaderLen:], p)
		if err != nil || u.Err() != nil {
			t.Fatalf("our own UPDATE %x: %v, %v", out, err, u.Err())
		}
		var got []NLRI
		for part := range u.Parts {
			got = slices.AppendSeq(got, part.NLRI.All)
			if b := u.AppendAttrs(nil, &part); !bytes.Equal(b, a) {
				t.Fatalf("attributes (four octets: %v)\n got %s\nwant %s", as4, show(b), show(a))
			}
		}
		if !slices.Equal(got, list[:taken]) {
			t.Fatalf("prefixes %v, want %v", got, list[:taken])
		}
	}
}
