package config

import (
	"math/bits"
	"net/netip"
	"slices"
	"strings"

	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
)

// quickEdit is what an edit knows of the prefix list whose lines come one after the other as they print.
type quickEdit struct {
	list  *policy.PrefixList   // nil: none
	ref   policy.Ref           // of list
	head  string               // with which its lines begin, up to the number
	fresh []policy.PrefixEntry // to be put behind the list's entries, ascending by number
	rules ruleSet
}

// quick takes a line of a prefix list that is written as it prints, which is how the million lines of an exchange come, and
// reports whether it was one. Every other line takes the way through the grammar, and comes behind settleQuick.
func quick[T chars](e *edit, s *grammar.Scanner, line T) bool {
	q := &e.quickEdit
	if len(line) < 20 || line[0] != 'i' || len(e.config.Held) > 0 || !s.AtTop() || !begins(q, line) && !turn(e, line) {
		e.settleQuick()
		return false
	}
	x, ok := readQuick(q.list.Six, line[len(q.head):])
	if !ok {
		e.settleQuick()
		return false
	}
	last := uint32(0)
	if n := len(q.fresh); n > 0 {
		last = q.fresh[n-1].Seq
	} else if n := len(q.list.Entries); n > 0 {
		last = q.list.Entries[n-1].Seq
	}
	if x.Seq <= last {
		six := q.list.Six
		e.settleQuick()
		e.addPrefixEntry(e.prefixList(six, q.ref.Name), q.ref, x)
		return true
	}
	q.fresh = append(q.fresh, x)
	return true
}

// begins reports that a line is one of the list that is open.
func begins[T chars](q *quickEdit, line T) bool { return q.list != nil && hasPrefix(line, q.head) }

// chars are a line as it comes: of a file, or from a client.
type chars interface{ string | []byte }

func hasPrefix[T chars](s T, prefix string) bool {
	return len(s) >= len(prefix) && string(s[:len(prefix)]) == prefix
}

// rest is what follows a prefix, and whether s begins with it.
func rest[T chars](s T, prefix string) (T, bool) {
	if hasPrefix(s, prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// turn opens the list of a line that begins as one of a prefix list with a number.
func turn[T chars](e *edit, line T) bool {
	six, n := false, len("ip prefix-list ")
	switch {
	case hasPrefix(line, "ip prefix-list "):
	case hasPrefix(line, "ipv6 prefix-list "):
		six, n = true, len("ipv6 prefix-list ")
	default:
		return false
	}
	end := n
	for end < len(line) && line[end] > ' ' && line[end] < 0x7f { // what else stands in names is for the grammar to judge
		end++
	}
	first, numbered := rest(line[end:], " seq ")
	if end == n || !numbered {
		return false
	}
	if _, ok := readQuick(six, first); !ok {
		return false // a list is made by a line that counts
	}
	e.settleQuick()
	q := &e.quickEdit
	q.head = strings.Clone(string(line[:len(line)-len(first)]))
	q.ref = prefixRef(six, q.head[n:end])
	q.list = e.prefixList(six, q.ref.Name)
	return true
}

// settleQuick puts what came in quick lines into its list, without what says the same as another entry.
func (e *edit) settleQuick() {
	q := &e.quickEdit
	if q.list == nil {
		return
	}
	l, old := q.list, len(q.list.Entries)
	q.list = nil
	if len(q.fresh) == 0 {
		return
	}
	switch all := old + len(q.fresh); {
	case old == 0:
		l.Entries = slices.Clone(q.rules.withoutRepeats(q.fresh))
	case all < shortList:
		l.Entries = slices.Clone(q.rules.withoutRepeats(append(l.Entries, q.fresh...)))
	default: // lines of another kind may come in between again and again
		l.Entries = append(l.Entries, q.fresh...)
		e.doubt(q.ref)
	}
	q.fresh = q.fresh[:0]
}

// A ruleSet finds entries of prefix lists that say the same; it is kept for the memory that it has.
type ruleSet struct {
	seen, twice []uint64 // bits, by the hash of an entry
	slots       []int32  // open addressing: place + 1
}

// bitsPerRule is how many bits of a ruleSet there are for an entry, at least.
const bitsPerRule = 32

// hashOf knows what an entry says in its high bits.
func hashOf(x *policy.PrefixEntry) uint64 {
	return (x.Hi ^ x.Lo*0xd6e8feb86659fd93 ^ uint64(x.Len)<<16 ^ uint64(x.GE)<<8 ^ uint64(x.LE)) * 0x9e3779b97f4a7c15
}

// withoutRepeats leaves out, in place, what says the same as an earlier entry. Only entries whose bit another one has are compared.
func (t *ruleSet) withoutRepeats(all []policy.PrefixEntry) []policy.PrefixEntry {
	ascending := true
	for i := 1; i < len(all) && ascending; i++ {
		a, b := &all[i-1], &all[i]
		ascending = a.Hi < b.Hi || a.Hi == b.Hi && a.Lo < b.Lo
	}
	if ascending { // as lists that programs write mostly are
		return all
	}
	width := bits.Len(uint(bitsPerRule * len(all)))
	shift, words := 64-width, max(1<<width/64, 1)
	t.seen, t.twice = cleared(t.seen, words), cleared(t.twice, words)
	again := 0
	for i := range all {
		h := hashOf(&all[i]) >> shift
		word, bit := h/64, uint64(1)<<(h%64)
		if t.seen[word]&bit != 0 {
			t.twice[word] |= bit
			again++
		}
		t.seen[word] |= bit
	}
	if again == 0 {
		return all
	}
	return t.compared(all, again, shift)
}

// compared is withoutRepeats once it is known which entries share a bit, again of them with an earlier one.
func (t *ruleSet) compared(all []policy.PrefixEntry, again, shift int) []policy.PrefixEntry {
	size := 1 << bits.Len(uint(4*again)) // at most 2*again entries share their bit
	t.slots = cleared(t.slots, size)
	mask := uint64(size - 1)
	kept := all[:0]
	for i := range all {
		x := &all[i]
		h := hashOf(x)
		if at := h >> shift; t.twice[at/64]&(1<<(at%64)) != 0 {
			h >>= 32 // the low bits of a product know little of it
			for ; t.slots[h&mask] != 0 && !kept[t.slots[h&mask]-1].Same(x); h++ {
			}
			if t.slots[h&mask] != 0 {
				continue
			}
			t.slots[h&mask] = int32(len(kept) + 1)
		}
		kept = append(kept, *x)
	}
	return kept
}

// cleared is n zeros, in the memory of old where that has so many.
func cleared[T int32 | uint64](old []T, n int) []T {
	if cap(old) < n {
		return make([]T, n)
	}
	old = old[:n]
	clear(old)
	return old
}

// readQuick reads "N permit|deny PREFIX [ge N] [le N]" with single blanks and without host bits.
func readQuick[T chars](six bool, s T) (x policy.PrefixEntry, ok bool) {
	seq, n := digits(s, 1<<32-1)
	if n == 0 || seq == 0 {
		return x, false
	}
	s, permit := rest(s[n:], " permit ")
	s, deny := rest(s, " deny ")
	switch {
	case permit == deny:
		return x, false
	case permit:
		x.Flags = policy.Permit
	}
	x.Seq = uint32(seq)
	switch {
	case string(s) == "any":
		any := policy.AnyPrefix(six)
		any.Seq, any.Flags = x.Seq, any.Flags|x.Flags
		return any, true
	case six:
		w, bounds, more := strings.Cut(string(s), " ")
		p, err := netip.ParsePrefix(w)
		if err != nil || !p.Addr().Is6() || p != p.Masked() || more && bounds == "" {
			return x, false
		}
		was := x
		x = policy.NewPrefixEntry(p, 0, 0)
		x.Seq, x.Flags, s = was.Seq, was.Flags, T(bounds)
	default:
		if x.Hi, x.Len, n = prefix4(s); n == 0 {
			return x, false
		}
		if s = s[n:]; len(s) > 0 {
			if s[0] != ' ' || len(s) == 1 {
				return x, false
			}
			s = s[1:]
		}
	}
	if len(s) == 0 {
		return x, true
	}
	return x, readBounds(&x, s, six)
}

// readBounds reads "[ge N] [le N]".
func readBounds[T chars](x *policy.PrefixEntry, s T, six bool) bool {
	most := uint64(32)
	if six {
		most = 128
	}
	if ge, found := rest(s, "ge "); found {
		v, n := digits(ge, most)
		if n == 0 || v < uint64(x.Len) || v == 0 {
			return false
		}
		x.GE, s = uint8(v), ge[n:]
		if len(s) == 0 {
			return true
		}
		if s, found = rest(s, " "); !found {
			return false
		}
	}
	s, found := rest(s, "le ")
	v, n := digits(s, most)
	x.LE = uint8(v)
	return found && n > 0 && n == len(s) && v >= uint64(max(x.Len, x.GE)) && v > 0
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
func prefix4[T chars](s T) (hi uint64, length uint8, n int) {
	v := uint64(0)
	for i := range 4 {
		if i > 0 {
			if n == len(s) || s[n] != '.' {
				return 0, 0, 0
			}
			n++
		}
		octet, size := digits(s[n:], 255)
		if size == 0 {
			return 0, 0, 0
		}
		v, n = v<<8|octet, n+size
	}
	if n == len(s) || s[n] != '/' {
		return 0, 0, 0
	}
	bits, size := digits(s[n+1:], 32)
	if hi = v << 32; size == 0 || hi<<bits != 0 {
		return 0, 0, 0
	}
	return hi, uint8(bits), n + 1 + size
}
