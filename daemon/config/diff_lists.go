package config

import (
	"fmt"
	"slices"
	"strings"

	"bgpsh/daemon/policy"
)

// namedUsers is up to how many neighbors a change of a list or map names one by one.
const namedUsers = 8

// lists compares lists and maps, and tells which neighbors' routes are judged again.
func (d *differ) lists() {
	a, b := &d.old.Policy, &d.new.Policy
	changed := map[policy.Ref]bool{}
	report := func(r policy.Ref, k ChangeKind, what string) {
		changed[r] = true
		d.add(Change{Kind: k, Object: r.String(), Effect: Live, What: what})
	}
	for _, r := range b.Refs() {
		switch {
		case !a.Has(r):
			report(r, Added, "added")
		case !a.Same(b, r):
			report(r, Changed, "changed")
		}
	}
	for _, r := range a.Refs() {
		if !b.Has(r) {
			report(r, Removed, "removed")
		}
	}
	if len(changed) == 0 || d.old.Router == nil || d.new.Router == nil {
		return
	}
	a.Reach(changed)
	b.Reach(changed)
	d.judgedAgain(changed)
}

// judgedAgain tells of the neighbors that pass something changed now and before.
func (d *differ) judgedAgain(changed map[policy.Ref]bool) {
	var all []Change
	for _, n := range d.new.Router.Sorted() {
		if d.old.Router.Neighbors[n.Name] == nil {
			continue
		}
		s := d.new.Effective(n)
		for i := range s.Families {
			f := &s.Families[i]
			for dir, spec := range []*policy.Spec{&f.In, &f.Out} {
				refs := slices.DeleteFunc(spec.Refs(f.Family), func(r policy.Ref) bool { return !changed[r] })
				if !f.Active || s.down() || len(refs) == 0 {
					continue
				}
				effect := Refresh
				if dir == Out {
					effect = Live
				}
				all = append(all, Change{Object: "neighbor " + n.Name, Neighbor: n.Name, Family: f.Family,
					Field: refs[0].Kind.String() + " " + dirWords[dir], Effect: effect, What: refs[0].Name + " " + dirWords[dir]})
			}
		}
	}
	if len(all) > namedUsers {
		var names []string
		for _, c := range all {
			if !slices.Contains(names, c.Neighbor) && len(names) <= namedUsers {
				names = append(names, c.Neighbor)
			}
		}
		d.add(Change{Object: "policy", Effect: Refresh,
			What: fmt.Sprintf("judges again in %d places: %s, ...", len(all), strings.Join(names[:min(len(names), 4)], ", "))})
		return
	}
	d.out = append(d.out, all...)
}

// attachFields are the lists and maps of a neighbor's family by their names.
var attachFields = func() (out []familyField) {
	for dir, word := range dirWords {
		effect := [2]Effect{Refresh, Live}[dir]
		for _, at := range attachments {
			field := strings.TrimPrefix(at.id, "neighbor.") + " " + word
			out = append(out, familyField{field, func(f *FamilySettings) string { return at.find(&f.Attached[dir]).Value }, effect})
		}
	}
	return out
}()
