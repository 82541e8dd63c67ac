package config

import (
	"fmt"
	"maps"
	"slices"
)

// ownUses are the places that name maps for routes of our own: networks, aggregates and what is redistributed.
func (c *Config) ownUses() (out []use) {
	for i := range Families {
		networks, aggregates := c.Router.Networks[i], c.Router.Aggregates[i]
		for _, p := range slices.SortedFunc(maps.Keys(networks), comparePrefixes) {
			if name := networks[p].Map; name != "" {
				who := "network " + p.String()
				out = append(out, use{ref: mapRef(name), who: who, what: who + " is not announced", line: who})
			}
		}
		for _, p := range slices.SortedFunc(maps.Keys(aggregates), comparePrefixes) {
			who := "aggregate-address " + p.String()
			if name := aggregates[p].Map; name != "" {
				out = append(out, use{ref: mapRef(name), who: who, what: who + " is not announced", line: who})
			}
			if name := aggregates[p].Suppress; name != "" {
				out = append(out, use{ref: mapRef(name), who: who, what: who + " suppresses nothing", line: who})
			}
		}
	}
	return append(out, c.redistributeUses()...)
}

// mapUses are the places of a neighbor in a family that name maps beside its policies.
func (f *FamilySettings) mapUses(neighbor string) (out []use) {
	for _, u := range []struct{ name, what string }{
		{f.Unsuppress, "unsuppress-map of %s brings nothing back"},
		{f.DefaultOriginate.Value.Map, "default-originate of %s announces nothing"},
		{f.Advertise.Value.Map, "advertise-map of %s is about no route"},
		{f.Advertise.Value.Condition, "the condition of advertise-map of %s holds for no route"},
		{f.AllowAS.Map, "allowas-in of %s allows nothing"},
	} {
		if u.name != "" {
			out = append(out, use{ref: mapRef(u.name), who: neighbor, what: fmt.Sprintf(u.what, neighbor), line: neighbor})
		}
	}
	return out
}
