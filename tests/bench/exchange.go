package main

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"

	"bgpsh/wire"
)

// An exchange is the configuration of a router at an Internet exchange: each of many neighbors may announce what its own prefix list and
// AS path list say and no bogons, is tagged with its number, and is not sent what carries a community that names it.
type exchange struct {
	members []member
	bogons  []wire.Prefix
}

// A member is one neighbor at the exchange.
type member struct {
	number   int // from 1 on
	as       uint32
	prefixes []wire.Prefix // of its list, ascending
}

// memberAS is the AS of the first member; below the daemon's, so that the communities which the daemon adds are the last in order.
const memberAS = 60001

// newExchange makes members with as many prefixes each. The prefixes of all of them are distinct.
func newExchange(members, each int) *exchange {
	t := newTable(wire.IPv4Unicast, members*each)
	x := &exchange{}
	for i := range members {
		x.members = append(x.members, member{i + 1, memberAS + uint32(i), t.prefixes[i*each : (i+1)*each : (i+1)*each]})
	}
	for _, p := range []string{"0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3"} {
		x.bogons = append(x.bogons, wire.PrefixFrom(netip.MustParsePrefix(p)))
	}
	return x
}

// swapped is x with one prefix of a member's list replaced by another.
func (x *exchange) swapped(m int, old, new wire.Prefix) *exchange {
	out := *x
	out.members = append([]member{}, x.members...)
	list := append([]wire.Prefix{}, x.members[m].prefixes...)
	for i := range list {
		if list[i] == old {
			list[i] = new
		}
	}
	out.members[m].prefixes = list
	return &out
}

func (m *member) in() string  { return fmt.Sprintf("IN%d", m.as) }
func (m *member) out() string { return fmt.Sprintf("OUT%d", m.as) }

func (x *exchange) names(i int) (in, out string) {
	if i >= len(x.members) {
		return "", ""
	}
	return x.members[i].in(), x.members[i].out()
}

// transit are ASes that no member of an exchange announces routes through.
var transit = []uint32{174, 701, 1299, 2914, 3257, 3320, 3356, 5511, 6453, 6762, 7018, 12956}

// The communities of the exchange: 0:N says that member N is not sent the route, 0:65000 nobody; 65000:N that it came from member N.
func (x *exchange) frr(b *strings.Builder) {
	line := lines(b)
	for i, p := range x.bogons {
		line("ip prefix-list BOGONS seq %d permit %s le 32", 5*(i+1), prefixText(p))
	}
	for i := range x.members {
		m := &x.members[i]
		for j, p := range m.prefixes {
			line("ip prefix-list %s seq %d permit %s", m.in(), 5*(j+1), prefixText(p))
		}
	}
	for i, as := range transit {
		line("bgp as-path access-list TRANSIT seq %d permit _%d_", 5*(i+1), as)
	}
	for i := range x.members {
		line("bgp as-path access-list %s seq 5 permit ^%d_", x.members[i].in(), x.members[i].as)
	}
	for i := range x.members {
		m := &x.members[i]
		line("bgp community-list standard %s seq 5 permit 0:%d", m.out(), m.number)
		line("bgp community-list standard %s seq 10 permit 0:65000", m.out())
	}
	for i := range x.members {
		m := &x.members[i]
		line("route-map %s deny 10\n match ip address prefix-list BOGONS\nexit", m.in())
		line("route-map %s deny 20\n match as-path TRANSIT\nexit", m.in())
		line("route-map %s permit 30\n match as-path %s\n match ip address prefix-list %s\n set community 65000:%d additive\n set local-preference 200\nexit",
			m.in(), m.in(), m.in(), m.number)
		line("route-map %s deny 10\n match community %s\nexit", m.out(), m.out())
		line("route-map %s permit 20\nexit", m.out())
	}
}

func (x *exchange) bird(b *strings.Builder) {
	line := lines(b)
	b.WriteString("define BOGONS = [ ")
	itemised(b, len(x.bogons), func(i int) string { return prefixText(x.bogons[i]) + "+" })
	b.WriteString(" ];\ndefine TRANSIT = [ ")
	itemised(b, len(transit), func(i int) string { return fmt.Sprint(transit[i]) })
	b.WriteString(" ];\n")
	for i := range x.members {
		m := &x.members[i]
		fmt.Fprintf(b, "define LIST%d = [ ", m.as)
		itemised(b, len(m.prefixes), func(i int) string { return prefixText(m.prefixes[i]) })
		b.WriteString(" ];\n")
		line("filter %s {\n if net ~ BOGONS then reject;\n if bgp_path ~ TRANSIT then reject;", m.in())
		line(" if bgp_path.first = %d && net ~ LIST%d then {\n  bgp_community.add((65000,%d)); bgp_local_pref = 200; accept;\n }\n reject;\n}", m.as, m.as, m.number)
		line("filter %s {\n if bgp_community ~ [(0,%d), (0,65000)] then reject;\n accept;\n}", m.out(), m.number)
	}
}

// A stock is what the members announce: of each one prefix of its list and one that is in nobody's list. Sets from 0 on are listed,
// those behind them are not.
func (x *exchange) stock() *table {
	var list []wire.Prefix
	for i := range x.members {
		list = append(list, x.members[i].prefixes[0])
	}
	known := map[wire.Prefix]bool{}
	for i := range x.members {
		for _, p := range x.members[i].prefixes {
			known[p] = true
		}
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	cards := deck(lengths4)
	for len(list) < 2*len(x.members) {
		if p := randomPrefix(rnd, wire.IPv4Unicast, cards); !known[p] {
			known[p] = true
			list = append(list, p)
		}
	}
	return tableOf(wire.IPv4Unicast, list)
}
