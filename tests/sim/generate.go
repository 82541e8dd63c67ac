package sim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// A generator makes a scenario.
type generator struct {
	*rand.Rand
	s       *Scenario
	ases    [][]int // routers of each AS, by name
	holds   []int   // hold times that this network uses
	selfHop []bool  // by AS: next-hop-self towards its own
	between map[[2]int]Relation
}

// Generate makes the scenario of a seed.
func Generate(seed uint64) *Scenario {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 7)), s: &Scenario{Seed: seed}, between: map[[2]int]Relation{}}
	g.rules()
	size := g.Float64()
	g.routers(2 + int(19*size*size))
	for i := range g.ases {
		g.inside(i)
	}
	g.outside()
	g.hubs()
	g.stubs()
	g.sums()
	g.networks()
	g.events()
	return g.s
}

func (g *generator) pick(n ...int) int { return n[g.IntN(len(n))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) rules() {
	g.s.Rules = Rules{
		Economy: g.chance(50), CompareMED: g.chance(70), Units: g.pick(1, 3, 16, 64, 2048),
		RingBytes: g.pick(100, 1000, 256<<10), Buffer: g.pick(64, 500, 4096, 256<<10), Lazy: g.IntN(7),
		Graceful: g.chance(30),
	}
	g.holds = [][]int{{180}, {180, 90}, {180, 30, 9}, {90, 9}}[g.IntN(4)]
}

// routers spreads n routers over ASes of 1 to 6.
func (g *generator) routers(n int) {
	for made := 0; made < n; {
		size := min(1+g.IntN(1+g.IntN(6)), n-made)
		if !g.s.Rules.CompareMED {
			size = 1 // MED between some neighbors only is no order: with several routers it need not settle (RFC 3345)
		}
		as := 65001 + uint32(len(g.ases))
		if g.chance(20) {
			as = 4200000001 + uint32(len(g.ases))
		}
		var members []int
		for range size {
			made++
			r := Router{N: made, AS: as}
			if g.chance(20) {
				r.Multipath = 2 + g.IntN(4)
			}
			g.s.Routers = append(g.s.Routers, r)
			members = append(members, made)
		}
		g.ases = append(g.ases, members)
		g.selfHop = append(g.selfHop, g.chance(50))
	}
}

// link joins two routers; relation is what b is to a.
func (g *generator) link(a, b int, relation Relation) *Link {
	other := relation
	switch relation {
	case Customer:
		other = Provider
	case Provider:
		other = Customer
	}
	hold := g.pick(g.holds...)
	l := Link{
		N: len(g.s.Links) + 1, IPv6: g.chance(40), Latency: time.Duration(1+g.IntN(30)) * time.Millisecond,
		Ends: [2]End{{Router: a, Relation: relation, Hold: hold}, {Router: b, Relation: other, Hold: hold}},
	}
	l.Ends[0].Passive = g.chance(10)
	role := g.s.Rules.Economy && relation != Internal && g.chance(30)
	for i := range l.Ends {
		e := &l.Ends[i]
		e.Role = role
		if relation == Internal {
			continue
		}
		e.In, e.Out = g.policy(true, Policy{}), g.policy(false, Policy{})
	}
	g.s.Links = append(g.s.Links, l)
	return &g.s.Links[len(g.s.Links)-1]
}

// inside joins the routers of an AS: all to all, over reflectors of one or two levels, or as a confederation.
func (g *generator) inside(i int) {
	m := g.ases[i]
	if len(m) > 1 && g.chance(30) {
		g.confederate(m)
	} else {
		g.reflect(m)
	}
	for k := range g.s.Links {
		l := &g.s.Links[k]
		for side := range l.Ends {
			if l.Ends[side].Relation == Internal && g.s.Router(l.Ends[side].Router).AS == g.s.Router(m[0]).AS {
				l.Ends[side].NextHopSelf = g.selfHop[i]
			}
		}
	}
}

// mesh joins routers of an AS all to all.
func (g *generator) mesh(m []int) {
	for a := range m {
		for b := range a {
			g.link(m[b], m[a], Internal)
		}
	}
}

// confederate splits an AS into members in a star: the one in the middle may have several routers, of which the last has the sessions
// to the others. Each other member is one router: as a router prefers what another member tells it to what its own member knows
// (which RFC 5065 leaves open), two members of several routers could each wait for the other's route, and there would be two answers.
// All confederations number their members alike, which nobody outside may notice.
func (g *generator) confederate(m []int) {
	outer := 1 + g.IntN(min(len(m)-1, 3))
	middle := m[:len(m)-outer]
	g.mesh(middle)
	for _, r := range middle {
		g.s.Router(r).Member = 64601
	}
	for k, r := range m[len(middle):] {
		g.s.Router(r).Member = 64602 + uint32(k)
		g.link(middle[len(middle)-1], r, Internal)
	}
}

// reflect joins the routers of an AS all to all, or over reflectors.
func (g *generator) reflect(m []int) {
	client := func(reflector, client int) {
		l := g.link(reflector, client, Internal)
		l.Ends[0].Client = true
	}
	switch style := g.IntN(3); {
	case len(m) < 3 || style == 0 && len(m) < 6:
		g.mesh(m)
	case style == 1 || len(m) < 5: // two reflectors, often in one cluster
		g.link(m[0], m[1], Internal)
		if g.chance(40) {
			g.s.Router(m[0]).Cluster, g.s.Router(m[1]).Cluster = 77, 77
		}
		for k, c := range m[2:] {
			client(m[k%2], c)
			if g.chance(60) {
				client(m[1-k%2], c)
			}
		}
	default: // one at the top, two below it
		client(m[0], m[1])
		client(m[0], m[2])
		for k, c := range m[3:] {
			client(m[1+k%2], c)
			if g.chance(30) {
				client(m[2-k%2], c)
			}
		}
	}
}

// outside joins the ASes. An AS has providers only among those before it, so nobody is its own provider's provider.
func (g *generator) outside() {
	join := func(i, j int) {
		relation, known := g.between[[2]int{i, j}]
		if !known {
			relation = Customer
			if g.chance(30) {
				relation = Peer
			}
			g.between[[2]int{i, j}] = relation
		}
		g.link(g.pick(g.ases[i]...), g.pick(g.ases[j]...), relation)
	}
	for j := 1; j < len(g.ases); j++ {
		join(g.IntN(j), j)
	}
	if len(g.ases) < 2 {
		return
	}
	for range g.IntN(len(g.ases) + 2) {
		j := 1 + g.IntN(len(g.ases)-1)
		join(g.IntN(j), j)
	}
}

// hubs puts most of what hangs on some routers on a LAN of theirs, and gives most external neighbors there one export policy.
func (g *generator) hubs() {
	for i := range g.s.Routers {
		hub := g.s.Routers[i].N
		if !g.chance(35) {
			continue
		}
		met := map[int]bool{}
		for k := range g.s.Links {
			l := &g.s.Links[k]
			for side := range l.Ends {
				far := l.Ends[1-side].Router
				if l.Ends[side].Router != hub || l.Hub != 0 || met[far] || !g.chance(85) {
					continue
				}
				met[far], l.Hub = true, hub
				if g.chance(75) {
					l.Ends[side].Out = Policy{}
				}
			}
		}
		if g.chance(40) {
			g.dynamic(hub)
		}
	}
}

// dynamic makes a hub not know most of the neighbors of one relation.
func (g *generator) dynamic(hub int) {
	relation := Relation(1 + g.IntN(3))
	for k := range g.s.Links {
		l := &g.s.Links[k]
		for side := range l.Ends {
			if e := &l.Ends[side]; l.Hub == hub && e.Router == hub && e.Relation == relation && g.chance(85) {
				l.Dynamic = true
				e.In, e.Out = Policy{}, Policy{}
				for i := range l.Ends {
					l.Ends[i].Passive, l.Ends[i].Role = false, false
				}
			}
		}
	}
}

// stubs makes some routers with one link get all paths over it.
func (g *generator) stubs() {
	links := map[int]int{}
	for i := range g.s.Links {
		for _, e := range g.s.Links[i].Ends {
			links[e.Router]++
		}
	}
	for i := range g.s.Links {
		if l := &g.s.Links[i]; links[l.Ends[1].Router] == 1 && links[l.Ends[0].Router] > 1 && !l.Dynamic {
			l.AddPath = g.chance(40)
		}
	}
}

// sums makes some routers announce what one router originates, their own or another, as one. The twin tells a router that
// gets all paths what there is when all is settled, so such a one has none.
func (g *generator) sums() {
	st := NewState(g.s)
	for i := range g.s.Routers {
		r := &g.s.Routers[i]
		if !g.chance(12) || st.Wide(r.N) {
			continue
		}
		of := r.N
		if g.chance(50) {
			of = g.s.Routers[g.IntN(len(g.s.Routers))].N
		}
		r.Sums, r.Alone = []string{fmt.Sprintf("172.16.%d.0/24", of)}, g.chance(50)
	}
}

// prefixes are what a router may originate: some of its own, and some that others may too.
func prefixes(router int) []string {
	return []string{
		fmt.Sprintf("172.16.%d.0/25", router), fmt.Sprintf("172.16.%d.128/25", router), fmt.Sprintf("2001:db8:%x::/48", 0x100+router),
		"192.88.0.0/16", "2001:db8:ffff::/48", "0.0.0.0/0",
	}
}

func (g *generator) networks() {
	for i := range g.s.Routers {
		n := g.s.Routers[i].N
		for k, p := range prefixes(n) {
			if k < 3 && g.chance(50) || g.chance(5) {
				g.s.Networks = append(g.s.Networks, Network{n, p})
			}
		}
	}
}

// anyPrefix is a prefix that somebody may originate.
func (g *generator) anyPrefix() string {
	all := prefixes(g.s.Routers[g.IntN(len(g.s.Routers))].N)
	return all[g.IntN(len(all))]
}

// policy changes one thing about a policy.
func (g *generator) policy(in bool, p Policy) Policy {
	p.Deny = append([]string(nil), p.Deny...)
	switch k := g.IntN(6); {
	case k == 0:
		p.Deny = append(p.Deny, g.anyPrefix())
	case k == 1:
		p.Deny = nil
	case in && g.s.Rules.Economy:
		p.Bias = uint32(g.IntN(3))
	case in:
	case k == 2:
		p.Prepend = g.IntN(3)
	case k == 3:
		p.MED = g.IntN(4) * 10
	case k == 4:
		p.Origin = uint8(g.IntN(4))
	case !g.s.Rules.Economy:
		p.Tag = uint32(g.IntN(4))
	}
	return p
}
