package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"bgpsh/wire"
)

// A filter is one policy for all neighbors: a route map of 20 entries each way, with a prefix list of 10,000 entries, matches of communities
// and one of AS paths. In: what the list has is refused; what carries a community of list C is tagged with its number, what came through
// some ASes too; the rest is tagged as such. Out: the list again, and a MED by the tags.
type filter struct {
	list    []wire.Prefix // of the prefix list
	ases    int           // neighbors whose communities the lists name, from 65001 on
	variant int           // added to the tags: two filters that differ by it change every route
	probe   int           // the number of the neighbor that is a probe, its receiver aside comes next; 0: none
	split   int           // FRR gets so many lists of equal meaning instead of one; 0: one
	listed  map[wire.Prefix]bool
}

const (
	filterLists = 17 // community lists, each an entry of both maps
	filterStep  = 5  // communities of a neighbor that each list has
	tagAS       = 65500
	tagPath     = 100 // the tag of a route by its AS path
	tagRest     = 101 // of all others
	variantStep = 1000
)

// newFilter makes the list of prefixes of which half are the table's, as far as it has so many.
func newFilter(t *table, ases, entries int) *filter {
	f := &filter{ases: ases, listed: map[wire.Prefix]bool{}}
	rnd := rand.New(rand.NewPCG(7, 7))
	cards := deck(lengths4)
	for i := 0; len(f.list) < entries; i++ {
		p := t.prefixes[rnd.IntN(len(t.prefixes))]
		if i%2 == 1 || i > 2*entries {
			p = randomPrefix(rnd, wire.IPv4Unicast, cards)
		}
		if !f.listed[p] {
			f.listed[p] = true
			f.list = append(f.list, p)
		}
	}
	return f
}

func (f *filter) names(i int) (in, out string) {
	if f.probe > 0 && i >= f.probe {
		return "PROBEIN", "PROBEOUT"
	}
	return "LOADIN", "LOADOUT"
}

// tags are the numbers that a map tags routes with.
func (f *filter) tags() (list []int) {
	for k := range filterLists {
		list = append(list, k)
	}
	return append(list, tagPath, tagRest)
}

func (f *filter) frr(b *strings.Builder) {
	line := lines(b)
	f.frrLists(line)
	line("bgp as-path access-list VIA seq 5 permit _10[0-9][0-9][0-9][0-9]_")
	for k := range filterLists {
		seq := 0
		for n := range f.ases {
			for v := range filterStep {
				seq += 5
				line("bgp community-list standard C%d seq %d permit %d:%d", k, seq, 65001+n, k*filterStep+v)
			}
		}
	}
	for _, k := range f.tags() {
		line("bgp community-list standard T%d seq 5 permit %d:%d", k, tagAS, k)
		line("bgp community-list standard T%d seq 10 permit %d:%d", k, tagAS, k+variantStep)
	}
	f.frrIn(b)
	f.frrRefusal(line, "LOADOUT")
	for i, k := range f.tags() {
		line("route-map LOADOUT permit %d\n match community T%d\n set metric %d\nexit", f.seq(2+i), k, k+1)
	}
	if f.probe > 0 {
		line("ip prefix-list PROBES seq 5 permit %d.0.0.0/8 ge 24 le 24", probeOctet)
		line("route-map PROBEIN permit 10\n set community %d:%d additive\nexit", tagAS, tagRest)
		line("route-map PROBEOUT permit 10\n match ip address prefix-list PROBES\nexit")
	}
}

// seq numbers the nth entry of a map, from 1 on; the refusals by several lists are the first.
func (f *filter) seq(n int) int { return f.split + 10*n }

// listName is the name of the list that entry i of the list of prefixes is in.
func (f *filter) listName(i int) string {
	if f.split == 0 {
		return "LIST"
	}
	return fmt.Sprintf("LIST%d", i*f.split/len(f.list))
}

func (f *filter) frrLists(line func(string, ...any)) {
	for i, p := range f.list {
		line("ip prefix-list %s seq %d permit %s", f.listName(i), 5*(i+1), prefixText(p))
	}
}

// frrRefusal writes the entries of a map that refuse what is listed.
func (f *filter) frrRefusal(line func(string, ...any), name string) {
	if f.split == 0 {
		line("route-map %s deny %d\n match ip address prefix-list LIST\nexit", name, f.seq(1))
	}
	for n := range f.split {
		line("route-map %s deny %d\n match ip address prefix-list LIST%d\nexit", name, n+1, n)
	}
}

// frrIn writes the map for what comes in alone.
func (f *filter) frrIn(b *strings.Builder) {
	line := lines(b)
	sets := func(tag int) string {
		return fmt.Sprintf(" set community %d:%d additive\n set local-preference 120\n set metric %d\nexit", tagAS, tag+f.variant, tag)
	}
	f.frrRefusal(line, "LOADIN")
	for k := range filterLists {
		line("route-map LOADIN permit %d\n match community C%d\n%s", f.seq(2+k), k, sets(k))
	}
	line("route-map LOADIN permit %d\n match as-path VIA\n%s", f.seq(19), sets(tagPath))
	line("route-map LOADIN permit %d\n%s", f.seq(20), sets(tagRest))
}

func (f *filter) bird(b *strings.Builder) {
	line := lines(b)
	b.WriteString("define LIST = [ ")
	itemised(b, len(f.list), func(i int) string { return prefixText(f.list[i]) })
	b.WriteString(" ];\n")
	sets := func(tag int) string {
		return fmt.Sprintf("bgp_community.add((%d,%d)); bgp_local_pref = 120; bgp_med = %d; accept;", tagAS, tag+f.variant, tag)
	}
	line("filter LOADIN {\n if net ~ LIST then reject;")
	for k := range filterLists {
		fmt.Fprintf(b, " if bgp_community ~ [ ")
		itemised(b, f.ases, func(n int) string {
			return fmt.Sprintf("(%d,%d..%d)", 65001+n, k*filterStep, k*filterStep+filterStep-1)
		})
		line(" ] then { %s }", sets(k))
	}
	line(" if bgp_path ~ [ 100000..109999 ] then { %s }\n %s\n}", sets(tagPath), sets(tagRest))
	line("filter LOADOUT {\n if net ~ LIST then reject;")
	for _, k := range f.tags() {
		line(" if bgp_community ~ [ (%d,%d), (%d,%d) ] then { bgp_med = %d; accept; }", tagAS, k, tagAS, k+variantStep, k+1)
	}
	line(" reject;\n}")
	if f.probe > 0 {
		line("filter PROBEIN {\n bgp_community.add((%d,%d)); accept;\n}", tagAS, tagRest)
		line("filter PROBEOUT {\n if net ~ [ %d.0.0.0/8{24,24} ] then accept;\n reject;\n}", probeOctet)
	}
}

// tag gives the number that a route is tagged with on its way in.
func (f *filter) tag(a wire.Attrs) int {
	v, _ := a.Get(wire.AttrCommunities)
	tag := filterLists
	for ; len(v) >= 4; v = v[4:] {
		c := binary.BigEndian.Uint32(v)
		if n := c >> 16; n >= 65001 && n < 65001+uint32(f.ases) {
			tag = min(tag, int(c&0xffff)/filterStep)
		}
	}
	if tag < filterLists {
		return tag
	}
	for part := range a.ASPath().Segments {
		for i := range part.Len() {
			if as := part.At(i); as >= 100000 && as <= 109999 {
				return tagPath
			}
		}
	}
	return tagRest
}

// judge is what becomes of a route that is not listed.
func (f *filter) judge(e *wire.Editor, _ *offer) bool {
	e.AddCommunity(tagAS<<16 | uint32(f.tag(e.Attrs())+f.variant))
	return true
}

// expect gives what receivers hold behind the filter: nothing of what is listed.
func (f *filter) expect(t *table, offers []*offer) expectation {
	best := t.best(offers, daemonAS, f.judge)
	of := slices.Clone(t.setOf)
	for i, p := range t.prefixes {
		if f.listed[p] {
			of[i] = int32(len(best))
		}
	}
	return expectation{append(best, nil), of}
}
