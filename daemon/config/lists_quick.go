package config

import (
	"net/netip"
	"strings"

	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
)

// quick applies a line of a prefix list that is written as it prints, which is how the million lines of an exchange come, and
// reports whether it was one. Every other line takes the way through the grammar.
func (e *edit) quick(s *grammar.Scanner, text string) bool {
	if len(text) < 20 || text[0] != 'i' || len(e.config.Held) > 0 || !s.AtTop() {
		return false
	}
	six, rest := false, ""
	switch {
	case strings.HasPrefix(text, "ip prefix-list "):
		rest = text[len("ip prefix-list "):]
	case strings.HasPrefix(text, "ipv6 prefix-list "):
		six, rest = true, text[len("ipv6 prefix-list "):]
	default:
		return false
	}
	name, rest, ok := strings.Cut(rest, " ")
	if !ok || name == "" {
		return false
	}
	x, ok := readQuick(six, rest)
	if !ok {
		return false
	}
	if e.last == nil || e.lastRef.Name != name || e.last.Six != six {
		name = strings.Clone(name)
		e.lastRef = prefixRef(six, name)
		e.last = e.prefixList(six, name)
	}
	e.addPrefixEntry(e.last, e.lastRef, x)
	return true
}

// readQuick reads "seq N permit|deny PREFIX [ge N] [le N]" with single blanks and without host bits.
func readQuick(six bool, s string) (x policy.PrefixEntry, ok bool) {
	word := func() string {
		w, rest, _ := strings.Cut(s, " ")
		s = rest
		return w
	}
	if word() != "seq" {
		return x, false
	}
	seq, ok := digits(word(), 1<<32-1)
	if !ok || seq == 0 {
		return x, false
	}
	var flags policy.EntryFlags
	switch word() {
	case "permit":
		flags = policy.Permit
	case "deny":
	default:
		return x, false
	}
	switch w := word(); {
	case w == "any" && s == "":
		x = policy.AnyPrefix(six)
	case six:
		p, err := netip.ParsePrefix(w)
		if err != nil || !p.Addr().Is6() || p != p.Masked() {
			return x, false
		}
		x = policy.NewPrefixEntry(p, 0, 0)
	default:
		if x.Hi, x.Len, ok = prefix4(w); !ok {
			return x, false
		}
	}
	x.Seq, x.Flags = uint32(seq), x.Flags|flags
	if s == "" {
		return x, true
	}
	return x, readBounds(&x, s, six)
}

// readBounds reads "[ge N] [le N]".
func readBounds(x *policy.PrefixEntry, s string, six bool) bool {
	most := uint64(32)
	if six {
		most = 128
	}
	if rest, found := strings.CutPrefix(s, "ge "); found {
		n, tail, _ := strings.Cut(rest, " ")
		v, ok := digits(n, most)
		if !ok || v < uint64(x.Len) || v == 0 {
			return false
		}
		x.GE, s = uint8(v), tail
	}
	if s == "" {
		return true
	}
	n, found := strings.CutPrefix(s, "le ")
	v, ok := digits(n, most)
	x.LE = uint8(v)
	return found && ok && v >= uint64(max(x.Len, x.GE)) && v > 0
}

// digits reads a number of at most max.
func digits(s string, most uint64) (n uint64, ok bool) {
	if s == "" || len(s) > 10 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + uint64(s[i]-'0')
	}
	return n, n <= most
}

// prefix4 reads an IPv4 prefix without host bits.
func prefix4(s string) (hi uint64, length uint8, ok bool) {
	addr, bits, found := strings.Cut(s, "/")
	n, good := digits(bits, 32)
	if !found || !good || len(bits) > 2 {
		return 0, 0, false
	}
	var v uint64
	for i := range 4 {
		part, rest, more := strings.Cut(addr, ".")
		octet, good := digits(part, 255)
		if !good || len(part) > 1 && part[0] == '0' || more != (i < 3) {
			return 0, 0, false
		}
		v, addr = v<<8|octet, rest
	}
	hi = v << 32
	return hi, uint8(n), n == 64 || hi<<n == 0
}
