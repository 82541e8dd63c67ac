package config

import (
	"math"

	"bgpsh/daemon/policy"
)

// chars are a line as it comes: of a file, or from a client.
type chars interface{ string | []byte }

// A prefixLine is one line of a prefix list.
type prefixLine[T chars] struct {
	name  T
	six   bool
	entry policy.PrefixEntry // of number 0 where the line has none
}

// A prefixReader reads the lines of prefix lists without the grammar, which is for all others: those with something in them that is unusual, or
// wrong. It knows how the last line began, since lines of one list mostly come one after the other.
type prefixReader[T chars] struct {
	prefixLine[T]
	head T // of the last line, with the name
}

// read reports whether a line is one of a prefix list. It means what the grammar makes of it.
func (r *prefixReader[T]) read(line T) bool {
	n := len(r.head)
	if n == 0 || !hasPrefix(line, r.head) || n == len(line) || !isBlank(line[n]) {
		if !r.begin(line) {
			return false
		}
		n = len(r.head)
	}
	return r.rule(trimmed(line[n:]))
}

// begin reads "ip|ipv6 prefix-list NAME".
func (r *prefixReader[T]) begin(line T) bool {
	r.head = line[:0]
	if len(line) < len("ip prefix-list X permit any") {
		return false
	}
	s, ip := rest(unspaced(line), "ip")
	if !ip {
		return false
	}
	s, r.six = rest(s, "v6")
	if s, ip = afterWord(s, "prefix-list"); !ip {
		return false
	}
	s = unspaced(s)
	n := 0
	for n < len(s) && s[n] > ' ' && s[n] < 0x7f { // what else stands in names is for the grammar to judge
		n++
	}
	if n == 0 || n == len(s) || !isBlank(s[n]) {
		return false
	}
	r.name, r.head = s[:n], line[:len(line)-len(s)+n]
	return true
}

// rule reads " [seq N] permit|deny any|PREFIX [ge N] [le N]", the last two in any order.
func (r *prefixReader[T]) rule(s T) bool {
	x := &r.entry
	*x = policy.PrefixEntry{}
	if after, numbered := afterWord(s, "seq"); numbered {
		after = unspaced(after)
		seq, n := digits(after, math.MaxUint32)
		if n == 0 || seq == 0 {
			return false
		}
		x.Seq, s = uint32(seq), after[n:]
	}
	s, permit := afterWord(s, "permit")
	if permit {
		x.Flags = policy.Permit
	} else if s, permit = afterWord(s, "deny"); !permit {
		return false
	}
	if s = unspaced(s); string(s) == "any" {
		any := policy.AnyPrefix(r.six)
		any.Seq, any.Flags = x.Seq, any.Flags|x.Flags
		*x = any
		return true
	}
	n := 0
	if r.six {
		n = prefix6(s, x)
	} else {
		n = prefix4(s, x)
	}
	return n > 0 && (n == len(s) || r.bounds(s[n:]))
}

// bounds reads " [ge N] [le N]".
func (r *prefixReader[T]) bounds(s T) bool {
	x, most := &r.entry, uint64(32)
	if r.six {
		most = 128
	}
	for len(s) > 0 {
		to := &x.GE
		after, found := afterWord(s, "ge")
		if !found {
			to = &x.LE
			after, found = afterWord(s, "le")
		}
		after = unspaced(after)
		v, n := digits(after, most)
		if !found || n == 0 || v == 0 || *to != 0 {
			return false
		}
		*to, s = uint8(v), after[n:]
	}
	return (x.GE == 0 || x.GE >= x.Len) && (x.LE == 0 || x.LE >= max(x.Len, x.GE))
}

// isBlank reports what divides words.
func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// unspaced is s without blanks in front.
func unspaced[T chars](s T) T {
	for len(s) > 0 && isBlank(s[0]) {
		s = s[1:]
	}
	return s
}

// trimmed is s without what may stand behind the last word.
func trimmed[T chars](s T) T {
	for len(s) > 0 && (isBlank(s[len(s)-1]) || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	return s
}

// afterWord is what follows a word, with the blank before that, and whether s begins with blanks and it.
func afterWord[T chars](s T, w string) (T, bool) {
	after := s
	if len(after) > 0 && isBlank(after[0]) {
		after = unspaced(after)
		if len(after) > len(w) && string(after[:len(w)]) == w && isBlank(after[len(w)]) {
			return after[len(w):], true
		}
	}
	return s, false
}

func hasPrefix[T chars](s, prefix T) bool {
	return len(s) >= len(prefix) && string(s[:len(prefix)]) == string(prefix)
}

// rest is what follows a prefix, and whether s begins with it.
func rest[T chars](s T, prefix string) (T, bool) {
	if len(s) >= len(prefix) && string(s[:len(prefix)]) == prefix {
		return s[len(prefix):], true
	}
	return s, false
}

// digits reads the number of at most most that s begins with, and how many bytes it has; 0 for none, and for one with a zero in front.
func digits[T chars](s T, most uint64) (v uint64, n int) {
	for n < len(s) && n < 11 && s[n]-'0' <= 9 {
		v = v*10 + uint64(s[n]-'0')
		n++
	}
	if v > most || n > 1 && s[0] == '0' {
		return 0, 0
	}
	return v, n
}

// prefix4 reads the IPv4 prefix without host bits that s begins with, and how many bytes it has; 0 for none.
func prefix4[T chars](s T, x *policy.PrefixEntry) int {
	v, n := uint64(0), 0
	for i := range 4 {
		if i > 0 {
			if n == len(s) || s[n] != '.' {
				return 0
			}
			n++
		}
		octet, size := digits(s[n:], 255)
		if size == 0 {
			return 0
		}
		v, n = v<<8|octet, n+size
	}
	x.Hi = v << 32
	return n + prefixLength(s[n:], x, 32)
}

// prefixLength reads the length that follows an address, which has no bits behind it, and how many bytes it has. It is less than what the
// address has where there is none.
func prefixLength[T chars](s T, x *policy.PrefixEntry, most uint64) int {
	none := -math.MaxInt32
	if len(s) < 2 || s[0] != '/' {
		return none
	}
	bits, n := digits(s[1:], most)
	if n == 0 || bits < 64 && (x.Hi<<bits != 0 || x.Lo != 0) || bits >= 64 && x.Lo<<(bits-64) != 0 {
		return none
	}
	x.Len = uint8(bits)
	return 1 + n
}

// prefix6 is prefix4 of IPv6. An address that ends in one of IPv4 is left to the grammar.
func prefix6[T chars](s T, x *policy.PrefixEntry) int {
	var groups [8]uint64
	count, gap, n := 0, -1, 0
	for count < 8 && n < len(s) && s[n] != '/' {
		switch {
		case s[n] != ':':
			if count > 0 && gap != count { // behind a colon that stands alone
				return 0
			}
		case n+1 < len(s) && s[n+1] == ':' && gap < 0:
			gap, n = count, n+2
			continue
		case count == 0 || gap == count:
			return 0
		default:
			n++
		}
		v, size := hexGroup(s[n:])
		if size == 0 {
			return 0
		}
		groups[count], count, n = v, count+1, n+size
	}
	switch {
	case gap < 0 && count < 8, gap >= 0 && count == 8:
		return 0
	case gap >= 0:
		moved := count - gap
		copy(groups[8-moved:], groups[gap:count])
		clear(groups[gap : 8-moved])
	}
	x.Hi = groups[0]<<48 | groups[1]<<32 | groups[2]<<16 | groups[3]
	x.Lo = groups[4]<<48 | groups[5]<<32 | groups[6]<<16 | groups[7]
	return n + prefixLength(s[n:], x, 128)
}

// hexGroup reads up to four digits of an IPv6 address, and how many they are; 0 where there are more, or none.
func hexGroup[T chars](s T) (v uint64, n int) {
	for ; n < len(s); n++ {
		c := s[n]
		if c -= '0'; c > 9 {
			if c = (c + '0') | 0x20 - 'a'; c > 5 {
				break
			}
			c += 10
		}
		if n == 4 {
			return 0, 0
		}
		v = v<<4 | uint64(c)
	}
	return v, n
}
