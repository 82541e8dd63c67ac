package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
	"bgpsh/wire"
)

func mapRef(name string) policy.Ref { return policy.Ref{Kind: policy.RefRouteMap, Name: name} }

// routeMap gives a map that this edit may change, made when there is none.
func (e *edit) routeMap(name string) *policy.RouteMap {
	return own(e, &e.config.Policy.Maps, mapRef(name), (*policy.RouteMap).Clone, func() *policy.RouteMap { return &policy.RouteMap{Name: name} })
}

func setRouteMap(e *edit, c grammar.Command) error {
	e.routes, e.entry = c.Args.Text("name"), c.Args.Uint32("seq")
	e.routeMap(e.routes).Ensure(e.entry).Permit = c.Args.Text("action") == "permit"
	return nil
}

func unsetRouteMap(e *edit, c grammar.Command) error {
	name := c.Args.Text("name")
	if m := e.config.Policy.Maps[name]; m == nil || !c.Args.Has("seq") {
		drop(e, e.config.Policy.Maps, mapRef(name))
		return nil
	}
	m, seq := e.routeMap(name), c.Args.Uint32("seq")
	if m.Entry(seq) == nil {
		e.noEntry(mapRef(name))
	}
	m.Remove(seq)
	e.releaseEntry(name, seq)
	if len(m.Entries) == 0 {
		drop(e, e.config.Policy.Maps, mapRef(name))
	}
	return nil
}

func optimize(on bool) func(*edit, grammar.Command) error {
	return func(e *edit, c grammar.Command) error {
		name := c.Args.Text("name")
		if e.config.Policy.Maps[name] == nil {
			return withRemedy(fmt.Errorf("%s does not exist", mapRef(name)), "route-map "+name+" permit 10")
		}
		e.routeMap(name).NoOptimize = !on
		return nil
	}
}

// open gives the entry of a route map that the line being applied stands in.
func (e *edit) open() (*policy.MapEntry, error) {
	if m := e.config.Policy.Maps[e.routes]; m == nil || m.Entry(e.entry) == nil {
		return nil, withRemedy(fmt.Errorf("no route map is open here"), "route-map NAME permit 10")
	}
	return e.routeMap(e.routes).Entry(e.entry), nil
}

// within makes a statement's forms of two functions on the entry that is open.
func within(id string, set func(*policy.MapEntry, grammar.Command) error, unset func(*policy.MapEntry, grammar.Command) error) statement {
	on := func(do func(*policy.MapEntry, grammar.Command) error) func(*edit, grammar.Command) error {
		return func(e *edit, c grammar.Command) error {
			x, err := e.open()
			if err != nil {
				return err
			}
			return do(x, c)
		}
	}
	return statement{id: id, set: on(set), unset: on(unset)}
}

// condition is a statement that adds a match clause; its no form needs no argument but those that name the clause.
func condition(id string, read func(c grammar.Command) (policy.Match, error)) statement {
	return within(id, func(x *policy.MapEntry, c grammar.Command) error {
		m, err := read(c)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(x.Matches, func(o policy.Match) bool { return o.Key() == m.Key() })
		switch {
		case i >= 0 && x.Matches[i] == m:
			return nil
		case i >= 0:
			x.Matches = slices.Delete(x.Matches, i, i+1)
		}
		x.Matches = append(x.Matches, m)
		return nil
	}, func(x *policy.MapEntry, c grammar.Command) error {
		m, err := read(c)
		if err != nil {
			return err
		}
		x.Matches = slices.DeleteFunc(x.Matches, func(o policy.Match) bool { return o.Key() == m.Key() })
		return nil
	})
}

// change is a statement that adds a set clause.
func change(id string, read func(c grammar.Command) (policy.Set, error)) statement {
	return within(id, func(x *policy.MapEntry, c grammar.Command) error {
		s, err := read(c)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(x.Sets, func(o policy.Set) bool { return o.Key() == s.Key() })
		switch {
		case i >= 0 && x.Sets[i].String() == s.String():
			return nil
		case i >= 0:
			x.Sets = slices.Delete(x.Sets, i, i+1)
		}
		x.Sets = append(x.Sets, s)
		return nil
	}, func(x *policy.MapEntry, c grammar.Command) error {
		s, err := read(c)
		if err != nil {
			return err
		}
		x.Sets = slices.DeleteFunc(x.Sets, func(o policy.Set) bool { return o.Key() == s.Key() })
		return nil
	})
}

// mapStatements are the lines of a route map.
var mapStatements = []statement{
	within("map.description", func(x *policy.MapEntry, c grammar.Command) error {
		x.Description = c.Args.Text("text")
		return nil
	}, func(x *policy.MapEntry, _ grammar.Command) error { x.Description = ""; return nil }),
	within("map.call", func(x *policy.MapEntry, c grammar.Command) error {
		x.Call = c.Args.Text("name")
		return nil
	}, func(x *policy.MapEntry, _ grammar.Command) error { x.Call = ""; return nil }),
	within("map.on-match", setFlow, unsetFlow),
	within("map.continue", setFlow, unsetFlow),

	condition("match.interface", named(policy.MatchInterface, "interface")),
	condition("match.address", readMatchAddress),
	condition("match.next-hop", readMatchNextHop),
	condition("match.route-source", readMatchSource),
	condition("match.peer", readMatchPeer),
	condition("match.source", named(policy.MatchProtocol, "name")),
	condition("match.as-path", named(policy.MatchASPath, "list")),
	condition("match.as-path-count", counted(policy.MatchASPathCount, "count")),
	condition("match.community", readMatchCommunity),
	condition("match.community-limit", readMatchLimit),
	condition("match.alias", named(policy.MatchAlias, "name")),
	condition("match.number", readMatchNumber),
	condition("match.origin", readMatchOrigin),
	condition("match.probability", counted(policy.MatchProbability, "percent")),

	change("set.as-path.prepend", readPrepend),
	change("set.as-path.exclude", readExclude),
	change("set.as-path.replace", readReplace),
	change("set.local-preference", readLocalPref),
	change("set.metric", readMetric),
	change("set.number", readSetNumber),
	change("set.origin", func(c grammar.Command) (policy.Set, error) {
		return policy.Set{Kind: policy.SetOrigin, Value: origins[c.Args.Text("origin")]}, nil
	}),
	change("set.community", readSetCommunity),
	change("set.comm-list", listed(policy.SetCommDelete)),
	change("set.large-community", readSetLarge),
	change("set.large-comm-list", listed(policy.SetLargeDelete)),
	change("set.extcommunity", readSetExt),
	change("set.extcommunity.bandwidth", func(c grammar.Command) (policy.Set, error) {
		return policy.Set{Kind: policy.SetBandwidth, Value: c.Args.Uint32("value"), All: c.Args.Has("non-transitive")}, nil
	}),
	change("set.extcommunity.none", plainSet(policy.SetExtNone)),
	change("set.extended-comm-list", listed(policy.SetExtDelete)),
	change("set.ip.next-hop", readNextHop4),
	change("set.ipv6.next-hop", readNextHop6),
	change("set.aggregator", func(c grammar.Command) (policy.Set, error) {
		return policy.Set{Kind: policy.SetAggregator, Value: c.Args.Uint32("as"), Addr: c.Args.Addr("addr")}, nil
	}),
	change("set.atomic-aggregate", plainSet(policy.SetAtomic)),
	change("set.originator-id", func(c grammar.Command) (policy.Set, error) {
		return policy.Set{Kind: policy.SetOriginator, Addr: c.Args.Addr("id")}, nil
	}),
	change("set.aigp-metric", func(c grammar.Command) (policy.Set, error) {
		return policy.Set{Kind: policy.SetAIGP, Value: c.Args.Uint32("value")}, nil
	}),
}

func setFlow(x *policy.MapEntry, c grammar.Command) error {
	seq := c.Args.Uint32("seq")
	if seq != 0 && seq <= x.Seq {
		return fmt.Errorf("can't go to %d: it does not stand behind %d", seq, x.Seq)
	}
	x.Flow, x.Goto = policy.OnNext, seq
	if seq != 0 {
		x.Flow = policy.Goto
	}
	return nil
}

func unsetFlow(x *policy.MapEntry, _ grammar.Command) error {
	x.Flow, x.Goto = policy.Leave, 0
	return nil
}

func named(k policy.MatchKind, arg string) func(grammar.Command) (policy.Match, error) {
	return func(c grammar.Command) (policy.Match, error) {
		return policy.Match{Kind: k, Name: c.Args.Text(arg)}, nil
	}
}

func counted(k policy.MatchKind, arg string) func(grammar.Command) (policy.Match, error) {
	return func(c grammar.Command) (policy.Match, error) {
		return policy.Match{Kind: k, Value: c.Args.Uint32(arg)}, nil
	}
}

func readMatchAddress(c grammar.Command) (policy.Match, error) {
	m := policy.Match{Kind: policy.MatchAddressList, Six: c.Args.Text("family") == "ipv6", Name: c.Args.Text("list")}
	switch c.Args.Text("how") {
	case "prefix-list":
		m.Kind, m.Name = policy.MatchAddressPrefixList, c.Args.Text("name")
	case "prefix-len":
		m.Kind, m.Value = policy.MatchAddressLen, c.Args.Uint32("length")
	}
	return m, nil
}

func readMatchNextHop(c grammar.Command) (policy.Match, error) {
	m := policy.Match{Kind: policy.MatchNextHopList, Six: c.Args.Text("family") == "ipv6", Name: c.Args.Text("list")}
	switch how := c.Args.Text("how"); {
	case how == "prefix-list":
		m.Kind, m.Name = policy.MatchNextHopPrefixList, c.Args.Text("name")
	case how == "prefix-len":
		m.Kind, m.Value = policy.MatchNextHopLen, c.Args.Uint32("length")
	case how == "type":
		m.Kind = policy.MatchNextHopBlackhole
	case how == "address" || c.Args.Has("addr"):
		m.Kind, m.Addr = policy.MatchNextHopAddress, c.Args.Addr("addr")
		if m.Addr.IsValid() && m.Addr.Is6() != m.Six {
			return m, fmt.Errorf("%s is no next hop of %s", m.Addr, c.Args.Text("family"))
		}
	}
	return m, nil
}

func readMatchSource(c grammar.Command) (policy.Match, error) {
	if c.Args.Text("how") == "prefix-list" {
		return policy.Match{Kind: policy.MatchSourcePrefixList, Name: c.Args.Text("name")}, nil
	}
	return policy.Match{Kind: policy.MatchSourceList, Name: c.Args.Text("list")}, nil
}

func readMatchPeer(c grammar.Command) (policy.Match, error) {
	p := c.Args.Peer("peer")
	m := policy.Match{Kind: policy.MatchPeer, Name: p.Name}
	if p.Addr.IsValid() {
		m.Addr = p.Addr.Unmap().WithZone("")
	}
	if c.Args.Text("what") == "src-peer" {
		m.Kind = policy.MatchSourcePeer
	}
	return m, nil
}

func readMatchCommunity(c grammar.Command) (policy.Match, error) {
	kinds := map[string]policy.MatchKind{"community": policy.MatchCommunity, "large-community": policy.MatchLargeCommunity, "extcommunity": policy.MatchExtCommunity}
	m := policy.Match{Kind: kinds[c.Args.Text("what")], Name: c.Args.Text("list")}
	switch {
	case c.Args.Has("exact-match"):
		m.Mode = policy.Exact
	case c.Args.Has("any"):
		m.Mode = policy.AnyOf
	}
	return m, nil
}

func readMatchLimit(c grammar.Command) (policy.Match, error) {
	m := policy.Match{Kind: policy.MatchCommunityLimit, Value: c.Args.Uint32("count")}
	if c.Args.Text("what") == "extcommunity-limit" {
		m.Kind = policy.MatchExtCommunityLimit
	}
	return m, nil
}

func readMatchNumber(c grammar.Command) (policy.Match, error) {
	kinds := map[string]policy.MatchKind{"metric": policy.MatchMetric, "local-preference": policy.MatchLocalPref, "tag": policy.MatchTag}
	return policy.Match{Kind: kinds[c.Args.Text("what")], Value: c.Args.Uint32("value")}, nil
}

// origins are the words for ORIGIN.
var origins = map[string]uint32{"igp": uint32(wire.OriginIGP), "egp": uint32(wire.OriginEGP), "incomplete": uint32(wire.OriginIncomplete)}

func readMatchOrigin(c grammar.Command) (policy.Match, error) {
	return policy.Match{Kind: policy.MatchOrigin, Value: origins[c.Args.Text("origin")]}, nil
}

// listed is a change that takes communities away by a list.
func listed(k policy.SetKind) func(grammar.Command) (policy.Set, error) {
	return func(c grammar.Command) (policy.Set, error) {
		return policy.Set{Kind: k, Name: c.Args.Text("list")}, nil
	}
}

func plainSet(k policy.SetKind) func(grammar.Command) (policy.Set, error) {
	return func(grammar.Command) (policy.Set, error) { return policy.Set{Kind: k}, nil }
}

// numbers are the values of a repeated argument.
func numbers(c grammar.Command, arg string) (out []uint32) {
	for _, v := range c.Args.Uints(arg) {
		out = append(out, uint32(v))
	}
	return out
}

func readPrepend(c grammar.Command) (policy.Set, error) {
	return policy.Set{Kind: policy.SetPrepend, Numbers: numbers(c, "as"), Value: c.Args.Uint32("times")}, nil
}

func readExclude(c grammar.Command) (policy.Set, error) {
	return policy.Set{Kind: policy.SetExclude, Numbers: numbers(c, "as"), All: c.Args.Has("all"), Name: c.Args.Text("list")}, nil
}

func readReplace(c grammar.Command) (policy.Set, error) {
	return policy.Set{Kind: policy.SetReplace, Numbers: numbers(c, "from"), All: c.Args.Has("any"), Name: c.Args.Text("list"), Value: c.Args.Uint32("to")}, nil
}

// readAmount reads a number that may have a sign before it.
func readAmount(s policy.Set, text string) (policy.Set, error) {
	if text == "" {
		return s, nil
	}
	switch text[0] {
	case '+':
		s.Op = policy.Plus
	case '-':
		s.Op = policy.Minus
	}
	text = strings.TrimLeft(text, "+-")
	if s.RTT = text == "rtt"; s.RTT {
		return s, nil
	}
	n, err := strconv.ParseUint(text, 10, 32)
	s.Value = uint32(n)
	return s, err
}

func readLocalPref(c grammar.Command) (policy.Set, error) {
	return readAmount(policy.Set{Kind: policy.SetLocalPref}, c.Args.Text("value"))
}

func readMetric(c grammar.Command) (policy.Set, error) {
	text := c.Args.Text("value")
	for _, w := range []string{"rtt", "+rtt", "-rtt"} {
		if c.Args.Has(w) {
			text = w
		}
	}
	return readAmount(policy.Set{Kind: policy.SetMetric}, text)
}

func readSetNumber(c grammar.Command) (policy.Set, error) {
	kinds := map[string]policy.SetKind{"weight": policy.SetWeight, "tag": policy.SetTag, "distance": policy.SetDistance,
		"table": policy.SetTable, "min-metric": policy.SetMinMetric, "max-metric": policy.SetMaxMetric}
	return policy.Set{Kind: kinds[c.Args.Text("what")], Value: c.Args.Uint32("value")}, nil
}

func readSetCommunity(c grammar.Command) (policy.Set, error) {
	s := policy.Set{Kind: policy.SetCommunity, Numbers: numbers(c, "community"), Additive: c.Args.Has("additive"), All: c.Args.Has("none")}
	slices.Sort(s.Numbers)
	s.Numbers = slices.Compact(s.Numbers)
	return s, nil
}

func readSetLarge(c grammar.Command) (policy.Set, error) {
	large, err := readLarge(c.Args.Words("community"))
	return policy.Set{Kind: policy.SetLarge, Large: large, Additive: c.Args.Has("additive"), All: c.Args.Has("none")}, err
}

func readSetExt(c grammar.Command) (policy.Set, error) {
	s := policy.Set{Kind: policy.SetExt, Word: c.Args.Text("kind")}
	var err error
	s.Ext, err = readExt(s.Word, c.Args.Words("value"))
	return s, err
}

func readNextHop4(c grammar.Command) (policy.Set, error) {
	switch {
	case c.Args.Has("peer-address"):
		return policy.Set{Kind: policy.SetNextHopPeer}, nil
	case c.Args.Has("unchanged"):
		return policy.Set{Kind: policy.SetNextHopKeep}, nil
	}
	a := c.Args.Addr("addr")
	if a.IsValid() && (a.IsUnspecified() || a.IsMulticast()) {
		return policy.Set{}, fmt.Errorf("%s is no next hop", a)
	}
	return policy.Set{Kind: policy.SetNextHop, Addr: a}, nil
}

func readNextHop6(c grammar.Command) (policy.Set, error) {
	global, local := c.Args.Addr("global"), c.Args.Addr("local")
	a := cmp.Or(global, local)
	switch {
	case c.Args.Has("peer-address"):
		return policy.Set{Kind: policy.SetNextHop6Peer}, nil
	case c.Args.Has("prefer-global"):
		return policy.Set{Kind: policy.SetNextHop6Prefer}, nil
	case a.IsValid() && (a.IsUnspecified() || a.IsMulticast() || a.Is4In6()):
		return policy.Set{}, fmt.Errorf("%s is no next hop", a)
	case local.IsValid() && !local.IsLinkLocalUnicast():
		return policy.Set{}, fmt.Errorf("%s is not link-local", local)
	case c.Args.Text("how") == "local":
		return policy.Set{Kind: policy.SetNextHop6Local, Addr: local}, nil
	}
	return policy.Set{Kind: policy.SetNextHop6, Addr: global}, nil
}

// enterMap finds the entry of a route map that a path of modes ends in.
func (e *edit) enterMap(path []string) error {
	if len(path) == 0 {
		return nil
	}
	c, err := grammar.Match(grammar.Config, path[len(path)-1])
	if err != nil || c.ID != "route-map" {
		return nil
	}
	e.routes, e.entry = c.Args.Text("name"), c.Args.Uint32("seq")
	if m := e.config.Policy.Maps[e.routes]; m == nil || m.Entry(e.entry) == nil {
		return fmt.Errorf("%s %w", path[len(path)-1], ErrGone)
	}
	return nil
}
