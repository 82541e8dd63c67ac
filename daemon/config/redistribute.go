package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
)

// Origin is where redistributed routes come from. Instance is the number of a table of the kernel's, or of an OSPF process;
// 0: none was given.
type Origin struct {
	Protocol policy.Protocol
	Instance uint16
}

// String is the origin as it is typed.
func (o Origin) String() string {
	if o.Instance == 0 {
		return o.Protocol.String()
	}
	return fmt.Sprintf("%s %d", o.Protocol, o.Instance)
}

// compareOrigins orders origins as they print, FRR's order.
func compareOrigins(a, b Origin) int {
	return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Instance, b.Instance))
}

// Redistribution is one `redistribute`; its key is the origin.
type Redistribution struct {
	Metric Opt[uint32] // the MED, in place of the route's metric
	Map    string      // the route map that judges and changes the routes; empty: none
}

// String is the options as they are typed.
func (r Redistribution) String() string {
	metric := ""
	if r.Metric.Set {
		metric = fmt.Sprintf("metric %d", r.Metric.Value)
	}
	return spaced(metric, mapText(r.Map))
}

// redistributions are `redistribute`, for familyStatements. The first prints all, in FRR's order.
var redistributions = []statement{
	{id: "redistribute", set: setRedistribute, unset: unsetRedistribute, lines: redistributeLines},
	{id: "redistribute.ipv4", set: setRedistribute, unset: unsetRedistribute},
	{id: "redistribute.ipv6", set: setRedistribute, unset: unsetRedistribute},
	{id: "redistribute.table", set: setRedistribute, unset: unsetRedistribute},
	{id: "redistribute.ospf", set: setRedistribute, unset: unsetRedistribute},
}

// statement is the ID of the statement for an origin.
func (o Origin) statement() string {
	switch o.Protocol {
	case policy.Table, policy.TableDirect:
		return "redistribute.table"
	case policy.RIP, policy.EIGRP:
		return "redistribute.ipv4"
	case policy.RIPNG, policy.OSPF6:
		return "redistribute.ipv6"
	case policy.OSPF:
		if o.Instance != 0 {
			return "redistribute.ospf"
		}
		return "redistribute.ipv4"
	}
	return "redistribute"
}

func originOf(c grammar.Command) Origin {
	return Origin{policy.ProtocolOf(c.Args.Text("protocol")), uint16(c.Args.Uint("instance"))}
}

// setRedistribute adds to what an earlier line of the same origin said, as in FRR: only the no form takes an option back.
func setRedistribute(e *edit, c grammar.Command) error {
	all, origin := e.config.Router.Redistributions[family(c)], originOf(c)
	r := all[origin]
	if c.Args.Has("metric") {
		r.Metric = Some(c.Args.Uint32("metric"))
	}
	if c.Args.Has("map") {
		r.Map = c.Args.Text("map")
		e.touched[redistributed(origin, family(c))] = e.line
	}
	all[origin] = r
	switch {
	case origin.Protocol == policy.Static:
		e.say(Notice, "redistribute static: the static routes of the kernel's table; lines `ip route` of a file are another program's")
	case origin.Protocol == policy.OSPF && origin.Instance != 0:
		e.say(Notice, "redistribute %s: the kernel's table does not tell instances apart, these are the routes of all", origin)
	}
	return nil
}

func unsetRedistribute(e *edit, c grammar.Command) error {
	all, origin := e.config.Router.Redistributions[family(c)], originOf(c)
	if _, ok := all[origin]; !ok {
		e.say(Notice, "redistribute %s is not configured", origin)
	}
	delete(all, origin)
	return nil
}

// redistributed names the statement of a origin in a family.
func redistributed(s Origin, f int) string {
	return fmt.Sprintf("redistribute %s (%s)", s, Families[f])
}

// SortedOrigins are the origins in the order in which they print.
func SortedOrigins(m map[Origin]Redistribution) []Origin {
	return slices.SortedFunc(maps.Keys(m), compareOrigins)
}

func redistributeLines(v view) (out []grammar.Command) {
	all := v.c.Router.Redistributions[v.f]
	for _, o := range SortedOrigins(all) {
		c := grammar.Make(o.statement(), v.mode()).With("protocol", o.Protocol.String())
		if o.Instance != 0 {
			c = c.With("instance", o.Instance)
		}
		if m := all[o].Metric; m.Set {
			c = c.With("metric", m.Value)
		}
		out = append(out, withMap(c, "map", all[o].Map))
	}
	return out
}

// redistributions compares what both families redistribute.
func (d *differ) redistributions() {
	for f := range Families {
		old, new := d.old.Router.Redistributions[f], d.new.Router.Redistributions[f]
		for _, o := range SortedOrigins(new) {
			was, ok := old[o]
			switch object := "redistribute " + o.String(); {
			case !ok:
				d.add(Change{Kind: Added, Object: object, Family: Families[f], Effect: Live, What: spaced("added", new[o].String())})
			case was != new[o]:
				d.add(Change{Object: object, Family: Families[f], Effect: Live, What: spaced("now", new[o].String())})
			}
		}
		for _, o := range SortedOrigins(old) {
			if _, ok := new[o]; !ok {
				d.add(Change{Kind: Removed, Object: "redistribute " + o.String(), Family: Families[f], Effect: Live, What: "removed"})
			}
		}
	}
}

// redistributeUses are the maps that redistribution names.
func (c *Config) redistributeUses() (out []use) {
	for f, all := range c.Router.Redistributions {
		for _, o := range SortedOrigins(all) {
			if name := all[o].Map; name != "" {
				who := redistributed(o, f)
				out = append(out, use{ref: mapRef(name), who: who, what: who + " announces nothing", line: who})
			}
		}
	}
	return out
}
