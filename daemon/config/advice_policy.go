package config

import (
	"fmt"
	"slices"
	"strings"

	"bgpsh/daemon/policy"
)

// A use is a place that names a list or map.
type use struct {
	ref  policy.Ref
	who  string // "10.0.13.4 in", "route-map M permit 10"
	what string // what follows while the thing does not exist
	line string // the neighbor, network or aggregate that the place belongs to, or empty
	at   policy.Ref
}

// uses are all places that name lists and maps: at neighbors, with what they inherit, then in maps. Of lists and maps that are not wanted they may be
// left out.
func (c *Config) uses(wanted func(policy.Ref) bool) []use {
	var out []use
	if c.Router != nil {
		out = c.ownUses()
		for _, n := range c.Router.Sorted() {
			s := c.Effective(n)
			for i := range s.Families {
				f := &s.Families[i]
				for dir, spec := range []*policy.Spec{&f.In, &f.Out} {
					for _, r := range spec.Refs(f.Family) {
						if !wanted(r) {
							continue
						}
						who := n.Name + " " + dirWords[dir]
						out = append(out, use{ref: r, who: who, what: who + " refuses all", line: n.Name})
					}
				}
				out = append(out, f.mapUses(n.Name)...)
			}
		}
	}
	for _, r := range c.Policy.Refs() {
		if r.Kind != policy.RefRouteMap {
			continue
		}
		for _, e := range c.Policy.Maps[r.Name].Entries {
			refs := slices.DeleteFunc(e.Refs(), func(r policy.Ref) bool { return !wanted(r) })
			if len(refs) == 0 {
				continue
			}
			title := e.AppendLines(nil, r.Name)[0]
			for _, named := range refs {
				what := title + " does not match"
				if named.Kind == policy.RefRouteMap {
					what = title + " calls nothing"
				}
				out = append(out, use{ref: named, who: title, what: what, at: r})
			}
		}
	}
	return out
}

// undefined are the uses of lists and maps that do not exist.
func (c *Config) undefined() []use {
	missing := func(r policy.Ref) bool { return !c.Policy.Has(r) }
	return slices.DeleteFunc(c.uses(missing), func(u use) bool { return !missing(u.ref) })
}

// Undefined says for each list or map that is named somewhere and does not exist what follows.
func (c *Config) Undefined() []string {
	var out []string
	for _, u := range c.undefined() {
		out = append(out, u.text())
	}
	return out
}

func (u use) text() string { return u.ref.String() + " does not exist: " + u.what }

// adviseUndefined tells of each place that names something which does not exist, where it was not so before. A line alone
// that takes away what is in use is refused.
func (e *edit) adviseUndefined(running *Config, alone bool) {
	if len(e.mapLine) == 0 && len(e.touched) == 0 {
		return
	}
	before := map[string]bool{}
	for _, text := range running.Undefined() {
		before[text] = true
	}
	users := map[policy.Ref][]string{}
	for _, u := range e.config.undefined() {
		text := u.text()
		if before[text] {
			continue
		}
		if alone && running.Policy.Has(u.ref) {
			if !slices.Contains(users[u.ref], u.who) {
				users[u.ref] = append(users[u.ref], u.who)
			}
			continue
		}
		line, ok := e.mapLine[u.at]
		if u.line != "" {
			line, ok = e.touched[u.line]
		}
		if removed, gone := e.mapLine[u.ref]; gone {
			line, ok = removed, true
		}
		if !ok {
			line = e.line
		}
		e.results = append(e.results, LineResult{Line: line, Severity: Caution, Text: text})
	}
	for r, who := range users {
		e.results = append(e.results, LineResult{Line: e.line, Severity: Wrong,
			Text: fmt.Sprintf("%s is in use: %s", r, strings.Join(who, ", ")), Remedy: nil})
	}
}

// UsedMaps are the route maps that a neighbor names, or another map.
func (c *Config) UsedMaps() map[string]bool {
	used := map[string]bool{}
	for _, u := range c.uses(func(r policy.Ref) bool { return r.Kind == policy.RefRouteMap }) {
		if u.ref.Kind == policy.RefRouteMap {
			used[u.ref.Name] = true
		}
	}
	return used
}
