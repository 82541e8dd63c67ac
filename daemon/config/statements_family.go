package config

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
)

// familyStatements are those of an address family itself, in the order of printing.
var familyStatements = append([]statement{
	{id: "network", set: setNetwork, unset: unsetNetwork, lines: networkLines},
	aggregates,
}, redistributions...)

func setNetwork(e *edit, c grammar.Command) error {
	p, err := e.masked(c)
	if err != nil {
		return err
	}
	n := Network{Map: c.Args.Text("map")}
	e.config.Router.Networks[family(c)][p] = n
	if n.Map != "" {
		e.touched["network "+p.String()] = e.line
	}
	return nil
}

func unsetNetwork(e *edit, c grammar.Command) error {
	p, err := e.masked(c)
	if err != nil {
		return err
	}
	all := e.config.Router.Networks[family(c)]
	if _, ok := all[p]; !ok {
		e.say(Notice, "network %s is not configured", p)
	}
	delete(all, p)
	return nil
}

// masked is the command's prefix without its host bits; it says so where there were any.
func (e *edit) masked(c grammar.Command) (netip.Prefix, error) {
	typed := c.Args.Prefix("prefix")
	p := typed.Masked()
	if f := family(c); f != noFamily && p.Addr().Is4() != (f == IPv4) {
		return p, fmt.Errorf("%s is not a prefix of %s", typed, Families[f])
	}
	if p != typed {
		e.say(Notice, "%s taken as %s", typed, p)
	}
	return p, nil
}

func networkLines(v view) []grammar.Command {
	prefixes := slices.SortedFunc(maps.Keys(v.c.Router.Networks[v.f]), comparePrefixes)
	var out []grammar.Command
	for _, p := range prefixes {
		out = append(out, withMap(grammar.Make("network", v.mode()).With("prefix", p), "map", v.c.Router.Networks[v.f][p].Map))
	}
	return out
}

func comparePrefixes(a, b netip.Prefix) int {
	return policy.CompareRules(policy.Rule{Prefix: a}, policy.Rule{Prefix: b})
}

// neighborFamilyStatements are those of a neighbor in an address family, in the order of printing.
var neighborFamilyStatements = slices.Concat([]statement{
	{id: "neighbor.activate", set: activate(true), unset: activate(false), lines: activateLines},
}, addPathStatements, []statement{
	reflectorFlag,
	option("neighbor.next-hop-self", func(n *Neighbor, f int) *Opt[Self] { return &n.Families[f].NextHopSelf }, codec[Self]{
		read:  func(_ *edit, _ *Neighbor, c grammar.Command) (Self, error) { return Self{c.Args.Has("force")}, nil },
		write: func(c grammar.Command, s Self) grammar.Command { return c.With("force", s.Force) },
	}),
	removePrivate,
	overrideFlag,
	{id: "neighbor.send-community", set: sendCommunity(true), unset: sendCommunity(false), lines: sendCommunityLines},
	flag("neighbor.soft-reconfiguration", func(n *Neighbor, f int) *Opt[bool] { return &n.Families[f].SoftInbound }),
	defaultRoute,
	outboundFilters,
	unsuppress,
	advertiseMap,
	siteOfOrigin,
	maxPrefix,
	maxPrefixWarn,
	maxPrefixOut,
	serverFlag,
	allowAS,
	weightNumber,
	unchanged(),
	option("neighbor.next-hop", func(n *Neighbor, f int) *Opt[netip.Addr] { return &n.Families[f].NextHop }, codec[netip.Addr]{
		read:  readNextHop,
		write: func(c grammar.Command, a netip.Addr) grammar.Command { return c.With("addr", a) },
	}),
	number("neighbor.import.local-preference", "value", func(n *Neighbor, f int) *Opt[uint32] { return &n.Families[f].ImportLocalPref }),
	number("neighbor.export.metric", "value", func(n *Neighbor, f int) *Opt[uint32] { return &n.Families[f].ExportMetric }),
	{id: "neighbor.export.community", set: setExportCommunity, unset: unsetExportCommunity, lines: exportCommunityLines},
	{id: "neighbor.allow", set: setAllow, unset: unsetAllow, lines: allowLines},
})

func activate(on bool) func(*edit, grammar.Command) error {
	return func(e *edit, c grammar.Command) error {
		n, f, err := e.target(c)
		if err == nil {
			n.Families[f].Activate = Some(on)
		}
		return err
	}
}

// activateLines prints, in FRR's profiles, what differs from what the neighbor would inherit; in our own, whether each
// neighbor is active wherever it is or could be expected to be, so that the text says it.
func activateLines(v view) []grammar.Command {
	own := v.n.Families[v.f].Activate
	if v.n.Kind == Group {
		def := v.c.activeByDefault(v.n, v.f)
		show := own.Set && (own.Value != def || v.c.Profile == Ours)
		return one(show, func() grammar.Command { return signed(v.about("neighbor.activate", v.mode()), own.Value) })
	}
	bare := &Neighbor{Name: v.n.Name, Kind: v.n.Kind, Addr: v.n.Addr, Group: v.n.Group}
	active, inherited := v.c.active(v.n, v.f), v.c.active(bare, v.f)
	show := active != inherited || active && v.c.Profile == Ours
	return one(show, func() grammar.Command { return signed(v.about("neighbor.activate", v.mode()), active) })
}

// communityTypes are the words of send-community by kind.
var communityTypes = [3]string{"standard", "extended", "large"}

// communityKinds are the kinds that a word of send-community stands for; without a word it is the standard ones, as in FRR.
func communityKinds(word string) []int {
	switch word {
	case "extended":
		return []int{1}
	case "large":
		return []int{2}
	case "both":
		return []int{0, 1}
	case "all":
		return []int{0, 1, 2}
	}
	return []int{0}
}

func sendCommunity(on bool) func(*edit, grammar.Command) error {
	return func(e *edit, c grammar.Command) error {
		n, f, err := e.target(c)
		if err != nil {
			return err
		}
		group := e.group(n).Families[f].SendCommunity
		for _, kind := range communityKinds(c.Args.Text("type")) {
			// On is what holds anyway, unless the peer-group says otherwise; as in FRR it is then nothing to keep.
			n.Families[f].SendCommunity[kind] = Opt[bool]{Value: on, Set: !on || group[kind].Set}
		}
		return nil
	}
}

func sendCommunityLines(v view) []grammar.Command {
	s := v.n.Families[v.f].SendCommunity
	make := func(word string, on bool) grammar.Command {
		c := v.about("neighbor.send-community", v.mode())
		if word != communityTypes[0] {
			c = c.With("type", word)
		}
		return signed(c, on)
	}
	if s[0].Set && s[0] == s[1] && s[1] == s[2] {
		return []grammar.Command{make("all", s[0].Value)}
	}
	var out []grammar.Command
	for kind, o := range s {
		if o.Set {
			out = append(out, make(communityTypes[kind], o.Value))
		}
	}
	return out
}

// readNextHop checks an address against the family: an IPv6 route carries an IPv6 next hop. An IPv4 one may carry either; see
// consistent.
func readNextHop(_ *edit, _ *Neighbor, c grammar.Command) (netip.Addr, error) {
	a := c.Args.Addr("addr")
	switch {
	case a.IsUnspecified() || a.IsMulticast() || a.IsLoopback() || a.Is4In6():
		return a, fmt.Errorf("%s is no next hop", a)
	case family(c) == IPv6 && a.Is4():
		return a, fmt.Errorf("next hop %s: IPv6 unicast needs an IPv6 address", a)
	}
	return a, nil
}

func setExportCommunity(e *edit, c grammar.Command) error {
	n, f, err := e.target(c)
	if err != nil {
		return err
	}
	var all []uint32
	for _, v := range c.Args.Uints("community") {
		all = append(all, uint32(v))
	}
	slices.Sort(all)
	n.Families[f].ExportCommunity = slices.Compact(all)
	return nil
}

func unsetExportCommunity(e *edit, c grammar.Command) error {
	n, f, err := e.target(c)
	if err == nil {
		n.Families[f].ExportCommunity = nil
	}
	return err
}

func exportCommunityLines(v view) []grammar.Command {
	list := v.n.Families[v.f].ExportCommunity
	return one(len(list) > 0, func() grammar.Command {
		return v.about("neighbor.export.community", v.mode()).With("community", list)
	})
}

// rules finds the allow rules of a direction.
func (n *NeighborFamily) rules(dir string) *[]policy.Rule {
	if dir == "out" {
		return &n.AllowOut
	}
	return &n.AllowIn
}

func (e *edit) readRule(c grammar.Command) (policy.Rule, error) {
	if c.Args.Has("any") {
		return policy.Rule{Any: true}, nil
	}
	p, err := e.masked(c)
	if err != nil {
		return policy.Rule{}, err
	}
	r := policy.Rule{Prefix: p, GE: uint8(c.Args.Uint("ge")), LE: uint8(c.Args.Uint("le"))}
	low, high := r.Lengths()
	switch bits := p.Addr().BitLen(); {
	case c.Args.Has("ge") && int(r.GE) < p.Bits(), c.Args.Has("le") && int(r.LE) < p.Bits(), low > high, int(high) > bits:
		return r, fmt.Errorf("%s: len <= ge <= le <= %d", r, bits)
	}
	if c.Args.Has("le") && r.LE == 0 { // 0.0.0.0/0 le 0 is 0.0.0.0/0
		r.GE = 0
	}
	return r, nil
}

func setAllow(e *edit, c grammar.Command) error {
	n, f, err := e.target(c)
	if err != nil {
		return err
	}
	r, err := e.readRule(c)
	if err != nil {
		return err
	}
	list := n.Families[f].rules(c.Args.Text("dir"))
	if i, found := slices.BinarySearchFunc(*list, r, policy.CompareRules); !found {
		*list = slices.Insert(*list, i, r)
	}
	return nil
}

func unsetAllow(e *edit, c grammar.Command) error {
	n, f, err := e.target(c)
	if err != nil {
		return err
	}
	r, err := e.readRule(c)
	if err != nil {
		return err
	}
	list := n.Families[f].rules(c.Args.Text("dir"))
	i, found := slices.BinarySearchFunc(*list, r, policy.CompareRules)
	if !found {
		e.say(Notice, "%s has no rule allow %s %s", n.Name, r, c.Args.Text("dir"))
		return nil
	}
	*list = slices.Delete(*list, i, i+1)
	if len(*list) == 0 {
		*list = nil
	}
	return nil
}

func allowLines(v view) []grammar.Command {
	var out []grammar.Command
	for _, dir := range []string{"in", "out"} {
		for _, r := range *v.n.Families[v.f].rules(dir) {
			c := v.about("neighbor.allow", v.mode())
			if r.Any {
				c = c.With("any", true)
			} else {
				c = c.With("prefix", r.Prefix)
				if r.GE != 0 {
					c = c.With("ge", r.GE)
				}
				if r.LE != 0 {
					c = c.With("le", r.LE)
				}
			}
			out = append(out, c.With("dir", dir))
		}
	}
	return out
}
