package config

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"bgpsh/ipc/grammar"
)

// Aggregate is one `aggregate-address`; its key is the prefix.
type Aggregate struct {
	ASSet       bool   // kept: no AS set is ever made (RFC 9774)
	SummaryOnly bool   // more specific routes are not announced
	MatchMED    bool   // only while all contributing routes have one MED
	Origin      string // igp, egp, incomplete; empty: the worst of the contributing routes
	Map         string // the route map that judges and changes the aggregate; empty: none
	Suppress    string // the route map that chooses the more specific routes that are not announced; empty: none
}

// errTwoWays refuses two ways to suppress more specific routes, as FRR does.
const errTwoWays frr = "'summary-only' and 'suppress-map' can't be used at the same time"

// OriginCode is the configured origin, false where there is none.
func (a Aggregate) OriginCode() (uint8, bool) {
	n, ok := origins[a.Origin]
	return uint8(n), ok
}

// aggregates is `aggregate-address`, for familyStatements.
var aggregates = statement{id: "aggregate-address", set: setAggregate, unset: unsetAggregate, lines: aggregateLines}

func setAggregate(e *edit, c grammar.Command) error {
	p, err := e.masked(c)
	switch {
	case err != nil:
		return err
	case p.IsSingleIP():
		return fmt.Errorf("%s is a host: nothing is more specific", p)
	}
	a := Aggregate{ASSet: c.Args.Has("as-set"), SummaryOnly: c.Args.Has("summary-only"), MatchMED: c.Args.Has("matching-MED-only"), Origin: c.Args.Text("origin"),
		Map: c.Args.Text("map"), Suppress: c.Args.Text("suppress")}
	if a.SummaryOnly && a.Suppress != "" {
		return errTwoWays
	}
	if a.ASSet {
		e.say(Notice, "as-set is kept and not obeyed: RFC 9774 forbids to make AS sets, the aggregate carries ATOMIC_AGGREGATE")
	}
	e.config.Router.Aggregates[family(c)][p] = a
	e.touched["aggregate-address "+p.String()] = e.line
	return nil
}

func unsetAggregate(e *edit, c grammar.Command) error {
	p, err := e.masked(c)
	if err != nil {
		return err
	}
	all := e.config.Router.Aggregates[family(c)]
	if _, ok := all[p]; !ok {
		e.say(Notice, "aggregate-address %s is not configured", p)
	}
	delete(all, p)
	return nil
}

func aggregateLines(v view) (out []grammar.Command) {
	for _, p := range slices.SortedFunc(maps.Keys(v.c.Router.Aggregates[v.f]), comparePrefixes) {
		a := v.c.Router.Aggregates[v.f][p]
		c := grammar.Make("aggregate-address", v.mode()).With("prefix", p).With("as-set", a.ASSet).With("summary-only", a.SummaryOnly).With("matching-MED-only", a.MatchMED)
		if a.Origin != "" {
			c = c.With("origin", a.Origin)
		}
		out = append(out, withMap(withMap(c, "map", a.Map), "suppress", a.Suppress))
	}
	return out
}

// String is the options as they are typed.
func (a Aggregate) String() string {
	origin := ""
	if a.Origin != "" {
		origin = "origin " + a.Origin
	}
	suppress := ""
	if a.Suppress != "" {
		suppress = "suppress-map " + a.Suppress
	}
	return spaced(word(a.ASSet, "as-set"), word(a.SummaryOnly, "summary-only"), mapText(a.Map), origin, word(a.MatchMED, "matching-MED-only"), suppress)
}

// aggregates compares the aggregates of both families.
func (d *differ) aggregates() {
	for f := range Families {
		old, new := d.old.Router.Aggregates[f], d.new.Router.Aggregates[f]
		for _, p := range slices.SortedFunc(maps.Keys(new), comparePrefixes) {
			was, ok := old[p]
			switch object := "aggregate-address " + p.String(); {
			case !ok:
				d.add(Change{Kind: Added, Object: object, Family: Families[f], Effect: Live, What: spaced("added", new[p].String())})
			case was != new[p]:
				d.add(Change{Object: object, Family: Families[f], Effect: Live, What: spaced("now", new[p].String())})
			}
		}
		for _, p := range slices.SortedFunc(maps.Keys(old), comparePrefixes) {
			if _, ok := new[p]; !ok {
				d.add(Change{Kind: Removed, Object: "aggregate-address " + p.String(), Family: Families[f], Effect: Live, What: "removed"})
			}
		}
	}
}

func cloneAggregates(m map[netip.Prefix]Aggregate) map[netip.Prefix]Aggregate {
	return cloneMap(m, func(a Aggregate) Aggregate { return a })
}
