package wire

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
)

// unhex decodes hex digits with blanks between them; "ff*16" stands for the
// marker.
func unhex(s string) []byte {
	s = strings.ReplaceAll(s, "ff*16", strings.Repeat("ff", 16))
	s = strings.NewReplacer(" ", "", "|", "", "\n", "", "\t", "").Replace(s)
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// attr writes one attribute.
func attr(flags uint8, t AttrType, value string) string {
	return hex.EncodeToString(appendAttribute(nil, flags, t, unhex(value)))
}

// updateBody joins the three fields, given in hex.
func updateBody(withdrawn, attrs, nlri string) []byte {
	w, a := unhex(withdrawn), unhex(attrs)
	b := []byte{byte(len(w) >> 8), byte(len(w))}
	b = append(b, w...)
	b = append(b, byte(len(a)>>8), byte(len(a)))
	b = append(b, a...)
	return append(b, unhex(nlri)...)
}

// A clean announcement from an external neighbor of AS 65001.
var (
	origin   = attr(0x40, AttrOrigin, "00")
	asPath   = attr(0x40, AttrASPath, "0201 0000fde9")
	nextHop  = attr(0x40, AttrNextHop, "c0000201")
	base     = origin + asPath + nextHop
	net24    = "18 0a0000"       // 10.0.0.0/24
	net6     = "30 20010db80001" // 2001:db8:1::/48
	hop6     = "20010db8000000000000000000000001"
	hopLL    = "fe800000000000000000000000000001"
	reach6   = attr(0x80, AttrMPReach, "0002 01 10"+hop6+"00"+net6)
	unreach6 = attr(0x80, AttrMPUnreach, "0002 01"+net6)
)

// external is a session with both families and four-octet AS numbers.
var external = Params{AS4: true, IPv4: true, IPv6: true}

func (p Params) with(change func(*Params)) *Params {
	change(&p)
	return &p
}

// mustParse parses a body that costs no session.
func mustParse(t testing.TB, body []byte, p *Params) *Update {
	t.Helper()
	u, err := ParseUpdate(body, p)
	if err != nil {
		t.Fatalf("ParseUpdate(%x): %v", body, err)
	}
	return &u
}

// listing gives the parts as "+10.0.0.0/24" and "-10.0.0.0/24", with the path
// identifier behind '#' where there is one.
func listing(u *Update) string {
	var out []string
	for p := range u.Parts {
		sign := "+"
		if p.Withdraw {
			sign = "-"
		}
		if p.Malformed {
			sign = "!"
		}
		for n := range p.NLRI.All {
			s := sign + n.Prefix.Netip(p.Family).String()
			if n.ID != 0 {
				s += "#" + string(rune('0'+n.ID))
			}
			out = append(out, s)
		}
	}
	return strings.Join(out, " ")
}

// announced gives the canonical attributes of the first announcing part.
func announced(t testing.TB, u *Update) Attrs {
	t.Helper()
	for p := range u.Parts {
		if !p.Withdraw {
			return u.AppendAttrs(nil, &p)
		}
	}
	t.Fatal("nothing announced")
	return nil
}

func prefix(s string) Prefix { return PrefixFrom(netip.MustParsePrefix(s)) }

func hexa(b []byte) string { return hex.EncodeToString(b) }
