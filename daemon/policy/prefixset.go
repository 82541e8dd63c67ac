package policy

import "bgpsh/wire"

// prefixSet answers whether a prefix is covered by any of many allow rules of one family. Rules are kept in a hash by their
// own prefix, with the set of lengths that each covers; a question probes the prefix itself for the exact rules, then each
// length at which a rule with ge or le begins, from the longest on. So the cost follows the number of different lengths (at
// most 33 or 129, in practice a few), not the number of rules.
type prefixSet struct {
	exact  map[wire.Prefix]struct{}
	ranges map[wire.Prefix]lengths
	begins lengths // lengths at which a key of ranges stands
}

// lengths is a set of prefix lengths, 0 to 128.
type lengths [3]uint64

func (l *lengths) add(n uint8)      { l[n>>6] |= 1 << (n & 63) }
func (l *lengths) has(n uint8) bool { return l[n>>6]&(1<<(n&63)) != 0 }

func newPrefixSet() *prefixSet {
	return &prefixSet{exact: map[wire.Prefix]struct{}{}, ranges: map[wire.Prefix]lengths{}}
}

// add takes a rule that is not Any.
func (s *prefixSet) add(r Rule) {
	key := wire.PrefixFrom(r.Prefix)
	low, high := r.Lengths()
	if low == key.Len && high == key.Len {
		s.exact[key] = struct{}{}
		return
	}
	set := s.ranges[key]
	for n := int(low); n <= int(high); n++ {
		set.add(uint8(n))
	}
	s.ranges[key] = set
	s.begins.add(key.Len)
}

func (s *prefixSet) covers(p wire.Prefix) bool {
	if _, ok := s.exact[p]; ok {
		return true
	}
	if len(s.ranges) == 0 {
		return false
	}
	for n := int(p.Len); n >= 0; n-- {
		if !s.begins.has(uint8(n)) {
			continue
		}
		if set, ok := s.ranges[cut(p, uint8(n))]; ok && set.has(p.Len) {
			return true
		}
	}
	return false
}

// cut shortens p to n bits.
func cut(p wire.Prefix, n uint8) wire.Prefix {
	switch {
	case n == 0:
		return wire.Prefix{}
	case n < 64:
		return wire.Prefix{Hi: p.Hi &^ (^uint64(0) >> n), Len: n}
	case n == 64:
		return wire.Prefix{Hi: p.Hi, Len: n}
	case n < 128:
		return wire.Prefix{Hi: p.Hi, Lo: p.Lo &^ (^uint64(0) >> (n - 64)), Len: n}
	}
	return wire.Prefix{Hi: p.Hi, Lo: p.Lo, Len: n}
}
