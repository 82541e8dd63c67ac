package config

import (
	"cmp"
	"math/bits"
	"slices"

	"bgpsh/daemon/policy"
)

// fewLines is up to how many new lines of a list are put into it one by one.
const fewLines = 8

// withLines gives the entries of a list with lines added as FRR does, in their order: one that says what another says already is left out,
// whatever their numbers; one without a number gets the last number and five more; one with the number of another takes its place. There is
// a number for each, see addEntries. The first old entries are those of the list; both share their memory with what is returned.
func (t *ruleSet) withLines(all []policy.PrefixEntry, old int) []policy.PrefixEntry {
	switch fresh := all[old:]; {
	case len(fresh) <= fewLines:
		out := all[:old:old]
		for i := range fresh {
			out = withLine(out, fresh[i])
		}
		return out
	case ascends(all, old):
		all = t.withoutRepeats(all)
		last := uint32(0)
		for i := range all {
			if all[i].Seq == 0 {
				all[i].Seq = fiveOn(last)
			}
			last = all[i].Seq
		}
		return all
	}
	return anyOrder(all, old)
}

// withLine adds one line to a list.
func withLine(list []policy.PrefixEntry, x policy.PrefixEntry) []policy.PrefixEntry {
	for i := range list {
		if list[i].Same(&x) {
			return list
		}
	}
	if n := len(list); x.Seq == 0 && n > 0 {
		x.Seq = fiveOn(list[n-1].Seq)
	} else if x.Seq == 0 {
		x.Seq = fiveOn(0)
	}
	i, found := slices.BinarySearchFunc(list, x.Seq, func(y policy.PrefixEntry, seq uint32) int { return compareSeq(y.Seq, seq) })
	if found {
		list[i] = x
		return list
	}
	return slices.Insert(list, i, x)
}

// ascends reports that each line behind the first old entries comes behind all before it, by its number or because it has none.
func ascends(all []policy.PrefixEntry, old int) bool {
	last := uint32(0)
	if old > 0 {
		last = all[old-1].Seq
	}
	for i := old; i < len(all); i++ {
		seq := all[i].Seq
		if seq == 0 {
			seq = fiveOn(last)
		}
		if seq <= last {
			return false
		}
		last = seq
	}
	return true
}

// anyOrder is withLines for lines in any order.
func anyOrder(all []policy.PrefixEntry, old int) []policy.PrefixEntry {
	rule := func(x policy.PrefixEntry) policy.PrefixEntry { x.Seq = 0; return x }
	rules, places := make(map[policy.PrefixEntry]bool, len(all)), make(map[uint32]int, len(all))
	out, last := all[:0], uint32(0)
	for i, x := range all {
		if rules[rule(x)] && i >= old {
			continue
		}
		if x.Seq == 0 {
			x.Seq = fiveOn(last)
		}
		rules[rule(x)] = true
		if at, taken := places[x.Seq]; taken {
			delete(rules, rule(out[at]))
			out[at] = x
			continue
		}
		places[x.Seq], last = len(out), max(last, x.Seq)
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b policy.PrefixEntry) int { return cmp.Compare(a.Seq, b.Seq) })
	return out
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
