package config

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"bgpsh/ipc/grammar"
)

// listenLimit is how many dynamic neighbors there may be.
const listenLimit = 100

const (
	errRange frr = "Listen range conflicts with existing listen range"
	errBound frr = "Listen range is attached to another peer-group"
)

// listenStatements are about neighbors that are not configured one by one; FRR prints them behind the neighbors.
var listenStatements = []statement{
	routerValue("bgp.listen.limit", func(r *Router) *Opt[uint16] { return &r.ListenLimit },
		func(c grammar.Command) (uint16, error) { return uint16(c.Args.Uint("neighbors")), nil },
		func(c grammar.Command, v uint16) grammar.Command { return c.With("neighbors", v) }),
	{id: "bgp.listen.range", set: setRange, unset: unsetRange, lines: rangeLines},
}

func setRange(e *edit, c grammar.Command) error {
	p, err := e.masked(c)
	if err != nil {
		return err
	}
	g, err := e.findGroup(c)
	if err != nil {
		return err
	}
	for q, group := range e.config.Router.Ranges {
		switch {
		case q == p && group == g.Name:
			return nil
		case q == p:
			return withRemedy(errBound, fmt.Sprintf("no bgp listen range %s peer-group %s", q, group))
		case q.Overlaps(p):
			return withRemedy(errRange, fmt.Sprintf("no bgp listen range %s peer-group %s", q, group))
		}
	}
	e.config.Router.Ranges[p] = g.Name
	e.touched[g.Name] = e.line
	return nil
}

func unsetRange(e *edit, c grammar.Command) error {
	p, err := e.masked(c)
	if err != nil {
		return err
	}
	if name := c.Args.Text("group"); e.config.Router.Ranges[p] != name {
		e.say(Notice, "%s is no listen range of peer-group %s", p, name)
		return nil
	}
	delete(e.config.Router.Ranges, p)
	return nil
}

func rangeLines(v view) (out []grammar.Command) {
	for _, p := range slices.SortedFunc(maps.Keys(v.c.Router.Ranges), comparePrefixes) {
		out = append(out, grammar.Make("bgp.listen.range", grammar.Router).With("prefix", p).With("group", v.c.Router.Ranges[p]))
	}
	return out
}

// dropRanges removes the listen ranges of a peer-group that goes.
func (r *Router) dropRanges(group string) {
	maps.DeleteFunc(r.Ranges, func(_ netip.Prefix, g string) bool { return g == group })
}

// RangesOf lists the listen ranges of a peer-group.
func (r *Router) RangesOf(group string) (out []netip.Prefix) {
	for p, g := range r.Ranges {
		if g == group {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, comparePrefixes)
	return out
}

// RangeOf finds the listen range and the peer-group of an address; ok is false where there is none.
func (r *Router) RangeOf(a netip.Addr) (p netip.Prefix, group string, ok bool) {
	for p, group = range r.Ranges {
		if p.Contains(a) {
			return p, group, true
		}
	}
	return netip.Prefix{}, "", false
}

// DynamicLimit is how many dynamic neighbors there may be.
func (r *Router) DynamicLimit() int { return int(r.ListenLimit.Else(listenLimit)) }

// Dynamic makes the neighbor that a caller from a listen range is, nil where a belongs to none. It is part of no
// configuration: only its peer-group says anything about it.
func (c *Config) Dynamic(a netip.Addr) *Neighbor {
	if c.Router == nil {
		return nil
	}
	_, group, ok := c.Router.RangeOf(a)
	if !ok || c.Router.Groups[group] == nil {
		return nil
	}
	return &Neighbor{Name: a.String(), Kind: Address, Addr: a, Group: group, Passive: Some(true)}
}

// EffectOn is the greatest effect of a change of configuration on a dynamic neighbor.
func EffectOn(old, new *Config, n *Neighbor) Effect {
	if old.Router == nil || new.Router == nil {
		return Reset
	}
	before, after := old.Effective(n), new.Effective(n)
	d := differ{old: old, new: new}
	d.settings("", &before, &after)
	worst := None
	for _, c := range d.out {
		worst = max(worst, c.Effect)
	}
	return worst
}

// ranges compares the listen ranges.
func (d *differ) ranges() {
	old, new := d.old.Router.Ranges, d.new.Router.Ranges
	for _, p := range slices.SortedFunc(maps.Keys(new), comparePrefixes) {
		if old[p] != new[p] {
			d.add(Change{Kind: Added, Object: "listen range " + p.String(), Effect: Live, What: "peer-group " + new[p]})
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(old), comparePrefixes) {
		if _, ok := new[p]; !ok {
			d.add(Change{Kind: Removed, Object: "listen range " + p.String(), Effect: Live, What: "removed"})
		}
	}
}
