package daemon

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// listRefs are the kinds of lists by their names in the API.
var listRefs = map[api.ListKind]policy.RefKind{
	api.ListPrefix: policy.RefPrefixList, api.ListPrefix6: policy.RefPrefixList6, api.ListAccess: policy.RefAccessList,
	api.ListAccess6: policy.RefAccessList6, api.ListASPath: policy.RefPathList, api.ListCommunity: policy.RefCommunityList,
	api.ListLargeCommunity: policy.RefLargeList, api.ListExtCommunity: policy.RefExtList,
}

// noSuch is the error for a list or map that does not exist.
func noSuch(r policy.Ref) error {
	return &ipc.Error{Code: api.CodeNotFound, Message: fmt.Sprintf("no such %s: %s", r.Kind, r.Name), Data: api.ErrorData{What: r.Name}}
}

// countHits makes the hits that the RIB loop has counted visible.
func (d *Daemon) countHits(ctx context.Context) error {
	return d.loop.ask(ctx, func(*rib.RIB) {
		for _, j := range d.loop.judges {
			if j != nil {
				j.flush()
			}
		}
		d.controller.exports.flush()
	})
}

func (d *Daemon) policyMaps(ctx context.Context, _ *ipc.Caller, p api.PolicyMapsParams) (api.PolicyMapsResult, error) {
	out := api.PolicyMapsResult{Maps: []api.PolicyMap{}}
	if err := d.countHits(ctx); err != nil {
		return out, err
	}
	pub := d.published()
	used := pub.config.UsedMaps()
	for _, name := range pub.library.MapNames() {
		if p.Name != "" && p.Name != name {
			continue
		}
		if s, ok := pub.library.MapState(name); ok {
			m := mapView(s)
			m.Used, m.Waiting = used[name], pub.waiting[policy.Ref{Kind: policy.RefRouteMap, Name: name}]
			out.Maps = append(out.Maps, m)
		}
	}
	if p.Name != "" && len(out.Maps) == 0 {
		return out, noSuch(policy.Ref{Kind: policy.RefRouteMap, Name: p.Name})
	}
	return out, nil
}

func mapView(s policy.MapState) api.PolicyMap {
	m := api.PolicyMap{Name: s.Name, Invoked: s.Invoked, Unoptimized: s.NoOptimize, RefusesAll: s.Broken, Entries: []api.PolicyMapEntry{}}
	for i, e := range s.Entries {
		v := api.PolicyMapEntry{
			Sequence: e.Seq, Permit: e.Permit, Description: e.Description, Invoked: s.Hits[i].Hits, LastPrefix: s.Hits[i].Last,
			Matches: []string{}, Sets: []string{}, Call: e.Call,
		}
		for _, c := range e.Matches {
			v.Matches = append(v.Matches, c.String())
		}
		for _, c := range e.Sets {
			v.Sets = append(v.Sets, c.String())
		}
		switch e.Flow {
		case policy.OnNext:
			v.Continue = "next"
		case policy.Goto:
			v.Continue, v.GotoSeq = "goto", e.Goto
		}
		m.Entries = append(m.Entries, v)
	}
	return m
}

// listPage is how many entries of lists one page has.
const listPage = 5000

func (d *Daemon) policyLists(_ context.Context, _ *ipc.Caller, p api.PolicyListsParams) (api.PolicyListsResult, error) {
	out := api.PolicyListsResult{Lists: []api.PolicyList{}}
	kind, ok := listRefs[p.Kind]
	if !ok {
		return out, badParam("kind", fmt.Sprintf("unknown kind of list %q", p.Kind))
	}
	pub := d.published()
	left, found := cmp.Or(min(p.Limit, listPage), listPage), false
	for _, r := range pub.config.Policy.Refs() {
		if r.Kind != kind || p.Name != "" && r.Name != p.Name {
			continue
		}
		found = true
		after := uint32(0)
		switch {
		case p.AfterName != "" && r.Name < p.AfterName:
			continue
		case r.Name == p.AfterName:
			after = p.AfterSequence
		}
		if left <= 0 {
			out.More = true
			break
		}
		l := pub.listView(r, after, &left)
		out.Lists = append(out.Lists, l)
		if n := len(l.Entries); l.Count > 0 && (n == 0 && after < l.LastSeq || n > 0 && l.Entries[n-1].Sequence < l.LastSeq) {
			out.More = true
			break
		}
	}
	if p.Name != "" && !found {
		return out, noSuch(policy.Ref{Kind: kind, Name: p.Name})
	}
	return out, nil
}

// listView shows a list from the entry behind number after on, left entries at most.
func (p *publication) listView(r policy.Ref, after uint32, left *int) api.PolicyList {
	d := &p.config.Policy
	out := api.PolicyList{Name: r.Name, Waiting: p.waiting[r], Entries: []api.PolicyListEntry{}}
	take := func(n int, seq func(i int) uint32, entry func(i int) api.PolicyListEntry) {
		out.Count = n
		if n > 0 {
			out.FirstSeq, out.LastSeq = seq(0), seq(n-1)
		}
		for i := 0; i < n && *left > 0; i++ {
			if seq(i) > after || after == 0 {
				out.Entries = append(out.Entries, entry(i))
				*left--
			}
		}
	}
	switch r.Kind {
	case policy.RefPrefixList, policy.RefPrefixList6:
		l := d.PrefixLists[r.Kind-policy.RefPrefixList][r.Name]
		out.Description = l.Description
		take(len(l.Entries), func(i int) uint32 { return l.Entries[i].Seq }, func(i int) api.PolicyListEntry {
			e := &l.Entries[i]
			rule := string(l.AppendRule(nil, e))
			return api.PolicyListEntry{Sequence: e.Seq, Permit: e.Permits(), Value: afterAction(rule), Prefix: e.Prefix().Netip(l.Family()),
				Min: e.GE, Max: e.LE, Hits: p.library.PrefixHits(r, i)}
		})
	case policy.RefAccessList, policy.RefAccessList6:
		l := d.AccessLists[r.Kind-policy.RefAccessList][r.Name]
		out.Description = l.Remark
		take(len(l.Entries), func(i int) uint32 { return l.Entries[i].Seq }, func(i int) api.PolicyListEntry {
			e := &l.Entries[i]
			return api.PolicyListEntry{Sequence: e.Seq, Permit: e.Permit, Value: afterAction(e.String()), Prefix: e.Prefix, Exact: e.Exact}
		})
	case policy.RefPathList:
		l := d.PathLists[r.Name]
		take(len(l.Entries), func(i int) uint32 { return l.Entries[i].Seq }, func(i int) api.PolicyListEntry {
			return api.PolicyListEntry{Sequence: l.Entries[i].Seq, Permit: l.Entries[i].Permit, Value: l.Entries[i].Regex}
		})
	default:
		l := d.CommunityLists[r.Kind-policy.RefCommunityList][r.Name]
		out.Expanded = l.Expanded
		take(len(l.Entries), func(i int) uint32 { return l.Entries[i].Seq }, func(i int) api.PolicyListEntry {
			e := &l.Entries[i]
			return api.PolicyListEntry{Sequence: e.Seq, Permit: e.Permit, Value: l.Value(e)}
		})
	}
	return out
}

// afterAction is what stands behind permit or deny.
func afterAction(rule string) string {
	for i := range rule {
		if rule[i] == ' ' {
			return rule[i+1:]
		}
	}
	return ""
}

func (d *Daemon) policyClear(ctx context.Context, _ *ipc.Caller, p api.PolicyClearParams) (api.None, error) {
	if err := d.countHits(ctx); err != nil {
		return api.None{}, err
	}
	l := d.published().library
	if p.Maps {
		if !l.ClearMap(p.Name) {
			return api.None{}, noSuch(policy.Ref{Kind: policy.RefRouteMap, Name: p.Name})
		}
		return api.None{}, nil
	}
	kind, ok := listRefs[p.Kind]
	if !ok || kind != policy.RefPrefixList && kind != policy.RefPrefixList6 {
		return api.None{}, badParam("kind", "counters are kept of route maps and prefix lists")
	}
	if r := (policy.Ref{Kind: kind, Name: p.Name}); !l.ClearPrefixList(r, p.Prefix) {
		return api.None{}, noSuch(r)
	}
	return api.None{}, nil
}

// filterKinds are the kinds of lists that a listing of routes can be filtered by; those of prefixes are the family's.
var filterKinds = map[string]policy.RefKind{
	"route-map": policy.RefRouteMap, "prefix-list": policy.RefPrefixList, "access-list": policy.RefAccessList,
	"filter-list": policy.RefPathList, "community-list": policy.RefCommunityList, "large-community-list": policy.RefLargeList,
}

// listTester makes the test for a list or map that a listing names.
func (p *publication) listTester(l *api.ListFilter, family int) (*policy.Tester, error) {
	kind, ok := filterKinds[l.Kind]
	if !ok {
		return nil, badParam("filter.list.kind", fmt.Sprintf("unknown kind %q", l.Kind))
	}
	if (kind == policy.RefPrefixList || kind == policy.RefAccessList) && family == config.IPv6 {
		kind++
	}
	mode := policy.Included
	if l.Exact {
		mode = policy.Exact
	}
	t := p.library.Tester(policy.Ref{Kind: kind, Name: l.Name}, mode)
	if t == nil {
		return nil, unknownList(l)
	}
	return t, nil
}

// policyNames are the names of lists and maps for completion, with what they are.
func (p *publication) policyNames(kinds ...policy.RefKind) (out []policy.Ref) {
	for _, r := range p.config.Policy.Refs() {
		if slices.Contains(kinds, r.Kind) {
			out = append(out, r)
		}
	}
	return out
}
