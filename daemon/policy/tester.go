package policy

import "bgpsh/wire"

// A Tester tells which routes a list permits, or a map lets pass. It belongs to one goroutine.
type Tester struct {
	list  attachedList
	paths *pathTable
	comms *communityTable
	mode  MatchMode
	on    *Policy

	path flatPath
	set  communitySet
}

// Tester gives the test for a list or map of l; nil where it is not defined, or refuses all because of a line that is held
// back. mode is for lists of communities. What Permits needs of a long prefix list is made here.
func (l *Library) Tester(r Ref, mode MatchMode) *Tester {
	if l == nil || !l.defs.Has(r) || l.defs.Broken[r] {
		return nil
	}
	t := &Tester{mode: mode}
	switch r.Kind {
	case RefRouteMap:
		t.on = l.Compile(Spec{RouteMap: r.Name}, Env{})
	case RefPrefixList, RefPrefixList6:
		t.list.prefixes = l.prefixes[r.Kind-RefPrefixList][r.Name]
		t.list.prefixes.ready()
	case RefAccessList, RefAccessList6:
		t.list.access = l.accesses[r.Kind-RefAccessList][r.Name]
	case RefPathList:
		t.paths = l.paths[r.Name]
	default:
		t.comms = l.communities[r.Kind-RefCommunityList][r.Name]
	}
	return t
}

// Permits tests one route. It counts no hits.
func (t *Tester) Permits(f wire.Family, p wire.Prefix, a wire.Attrs) bool {
	switch {
	case t.on != nil:
		x := t.on.Explain(f, a, a.Local(), p)
		return x.Reason == Accepted
	case t.list.prefixes != nil:
		n := t.list.prefixes.ready().first(p)
		return t.list.prefixes.list.Family() == f && n >= 0 && t.list.prefixes.list.Entries[n].Permits()
	case t.list.access != nil:
		return t.list.access.permits(f, p)
	case t.paths != nil:
		t.path.reset(a.ASPath())
		return t.paths.permits(&t.path)
	}
	t.set.reset(a)
	return t.comms.permits(&t.set, t.mode)
}
