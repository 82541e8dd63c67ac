package daemon

import (
	"maps"
	"slices"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
)

// trials are the cases of the neighbors whose routes another configuration would judge or send otherwise, those of sessions
// that it would end among them.
func (c *controller) trials(next *config.Config) (cases []*trialCase) {
	library := policy.Link(next.Policy, c.policies.library)
	wanted := map[string]*config.Neighbor{}
	for _, n := range c.neighborsOf(next) {
		wanted[n.Name] = n
	}
	for _, name := range slices.Sorted(maps.Keys(c.sessions)) {
		s := c.sessions[name]
		now, ok := s.standingOf(s.view.Load())
		if !ok {
			continue
		}
		then := now
		if n := wanted[name]; n != nil {
			then.setup = c.setupOf(next, n)
			then.library = library
		}
		gone := wanted[name] == nil || !then.wanted()
		for i := range config.Families {
			if gone {
				cases = append(cases, s.tryEnd(now, i)...)
				continue
			}
			if !now.importer(1).sameFamily(then.importer(1), i) {
				cases = append(cases, s.tryIn(then, i)...)
			}
			if now.sends(then, i) {
				cases = append(cases, s.tryOut(then, i)...)
			}
		}
	}
	return cases
}

// tryEnd makes the case of a neighbor without its session.
func (s *session) tryEnd(now standing, i int) []*trialCase {
	cases := s.tryIn(now, i)
	for _, c := range cases {
		c.gone = true
	}
	return cases
}

// sameFamily reports whether two importers judge the routes of one family alike.
func (im *importer) sameFamily(other *importer, i int) bool {
	a, b := *im, *other
	a.families[1-i], b.families[1-i] = importFamily{}, importFamily{}
	return a.equal(&b)
}

// sends reports whether the neighbor would be sent something else under another standing.
func (st standing) sends(then standing, i int) bool {
	f := config.Families[i]
	if !slices.Contains(st.agreed.Families, f) {
		return false
	}
	var all [2][]*policy.Policy
	var as [2]rib.FamilySession
	for n, s := range [2]standing{st, then} {
		as[n] = s.family(f, func(spec policy.Spec, env policy.Env) uint32 {
			all[n] = append(all[n], s.library.Compile(spec, env))
			return 0
		})
	}
	return as[0].Group != as[1].Group || !slices.EqualFunc(all[0], all[1], policy.Equal)
}
