package parameters

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// filterEntry is an entry of a prefix filter.
func filterEntry(seq uint32, deny bool, prefix string, low, high uint8) wire.FilterEntry {
	return wire.FilterEntry{Seq: seq, Deny: deny, Min: low, Max: high, Prefix: wire.PrefixFrom(netip.MustParsePrefix(prefix))}
}

func adding(entries ...wire.FilterEntry) (out []wire.FilterChange) {
	for _, e := range entries {
		out = append(out, wire.FilterChange{Entry: e})
	}
	return out
}

// A neighbor with a filter is told nothing before it came, then what passes, and what else passes when it changes; without
// the capability on our side its filter would be a malformed message, so it sends none.
func TestFilterOfANeighbor(t *testing.T) {
	t.Parallel()
	var filters wire.Capabilities
	filters.Filters = []wire.FilterMode{{Family: wire.IPv4Unicast, Mode: wire.FilterSend}}
	feeder := &station{as: 65002, feed: prefixes(3)} // 198.51.0.0/24 to 198.51.2.0/24
	taker := &station{as: 65003, caps: filters}
	l := newLab(t, []*station{feeder, taker}, "address-family ipv4 unicast", "neighbor 10.0.0.3 capability orf prefix-list receive")
	shown := func() api.PrefixFilters {
		return must[api.PrefixFilters](l.router, api.BGPPrefixFilter, api.PrefixFilterParams{Neighbor: "10.0.0.3"})
	}
	l.until("End-of-RIB has come", func() bool { return taker.told(fed) == "-" })
	if x := shown(); len(x.Filters) != 1 || !x.Filters[0].Awaited || taker.count() != 0 {
		t.Errorf("before the filter: %d routes, %+v", taker.count(), x)
	}
	taker.write(wire.AppendFilter(nil, wire.IPv4Unicast, adding(
		filterEntry(5, true, "198.51.1.0/24", 0, 0), filterEntry(10, false, "198.51.0.0/16", 0, 24),
	), false))
	l.until("two routes pass", func() bool { return taker.count() == 2 && taker.told("198.51.1.0/24") == "-" })
	want := []string{"seq 5 deny 198.51.1.0/24", "seq 10 permit 198.51.0.0/16 le 24"}
	if x := shown(); x.Filters[0].Awaited || !slices.Equal(x.Filters[0].Entries, want) {
		t.Errorf("the filter is %+v", x)
	}
	taker.write(wire.AppendFilter(nil, wire.IPv4Unicast, []wire.FilterChange{{RemoveAll: true}, {Entry: filterEntry(5, false, "198.51.1.0/24", 0, 0)}}, false))
	l.until("another filter, another route", func() bool { return taker.count() == 1 && taker.told("198.51.1.0/24") != "-" })
	taker.write(wire.AppendFilter(nil, wire.IPv4Unicast, []wire.FilterChange{{RemoveAll: true}}, false))
	l.until("without a filter all pass", func() bool { return taker.count() == 3 })
	l.apply("address-family ipv4 unicast", "no neighbor 10.0.0.3 capability orf prefix-list")
	l.until("without the capability nobody waits", func() bool { return taker.count() == 3 && len(shown().Filters) == 0 })
}

// A neighbor that takes filters is sent the prefix list for its routes, and again when that changes.
func TestFilterForANeighbor(t *testing.T) {
	t.Parallel()
	var filters wire.Capabilities
	filters.Filters = []wire.FilterMode{{Family: wire.IPv4Unicast, Mode: wire.FilterReceive}}
	s := &station{as: 65002, caps: filters}
	l := newLab(t, []*station{s}, "ip prefix-list WANTED seq 5 deny 10.1.0.0/16", "ip prefix-list WANTED seq 10 permit 10.0.0.0/8 le 24", "router bgp 65001",
		"address-family ipv4 unicast", "no neighbor 10.0.0.2 allow any in", "neighbor 10.0.0.2 prefix-list WANTED in", "neighbor 10.0.0.2 capability orf prefix-list send")
	first := []wire.FilterEntry{filterEntry(5, true, "10.1.0.0/16", 0, 0), filterEntry(10, false, "10.0.0.0/8", 0, 24)}
	has := func(want []wire.FilterEntry) func() bool {
		return func() bool { got, ok := s.filter(); return ok && slices.Equal(got, want) }
	}
	l.until("the list was sent", has(first))
	l.apply("no neighbor 10.0.0.2 timers connect", "exit", "ip prefix-list WANTED seq 20 permit 192.0.2.0/24")
	l.until("the changed list was sent", has(append(first, filterEntry(20, false, "192.0.2.0/24", 0, 0))))
	l.apply("address-family ipv4 unicast", "no neighbor 10.0.0.2 prefix-list WANTED in", "neighbor 10.0.0.2 allow any in")
	l.until("nothing is filtered any more", has(nil))
}

// A deferred change of a filter waits for a message that is not (RFC 5291 5). However many changes come, a new list is made of
// them once a second at most: each costs a policy and an update group.
func TestFilterThatChangesOften(t *testing.T) {
	t.Parallel()
	var filters wire.Capabilities
	filters.Filters = []wire.FilterMode{{Family: wire.IPv4Unicast, Mode: wire.FilterSend}}
	feeder := &station{as: 65002, feed: prefixes(3)}
	taker := &station{as: 65003, caps: filters}
	l := newLab(t, []*station{feeder, taker}, "address-family ipv4 unicast", "neighbor 10.0.0.3 capability orf prefix-list receive")
	l.until("End-of-RIB has come", func() bool { return taker.told(fed) == "-" })
	change := func(deferred bool, changes ...wire.FilterChange) {
		taker.write(wire.AppendFilter(nil, wire.IPv4Unicast, changes, deferred))
	}
	change(true, adding(filterEntry(5, false, "198.51.0.0/24", 0, 0))...)
	change(true, adding(filterEntry(10, false, "198.51.1.0/24", 0, 0))...)
	change(true, wire.FilterChange{Remove: true, Entry: filterEntry(5, false, "198.51.0.0/24", 0, 0)})
	shown := func() api.PrefixFilter {
		return must[api.PrefixFilters](l.router, api.BGPPrefixFilter, api.PrefixFilterParams{Neighbor: "10.0.0.3"}).Filters[0]
	}
	if x := shown(); !x.Awaited || taker.count() != 0 {
		t.Errorf("deferred changes took effect: %d routes, %+v", taker.count(), x)
	}
	change(false)
	l.until("what is left of them holds", func() bool { return taker.count() == 1 && taker.told("198.51.1.0/24") != "-" })

	newest := func() (n int) {
		for _, g := range must[api.UpdateGroups](l.router, api.BGPUpdateGroups, api.UpdateGroupsParams{}).Groups {
			n = max(n, g.Number)
		}
		return n
	}
	before, began := newest(), time.Now()
	for i := range uint32(200) {
		change(false, adding(filterEntry(100+i, false, fmt.Sprintf("203.0.113.%d/32", i), 0, 0))...)
	}
	change(false, adding(filterEntry(20, false, "198.51.2.0/24", 0, 0))...)
	l.until("all of them hold", func() bool { return taker.count() == 2 && len(shown().Entries) == 202 })
	if made, most := newest()-before, 2+int(time.Since(began)/time.Second); made > most {
		t.Errorf("201 changes made %d update groups, want %d at most", made, most)
	}
}
