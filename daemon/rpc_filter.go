package daemon

import (
	"context"
	"slices"

	"bgpsh/daemon/config"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// prefixFilter gives the filters that a neighbor sent.
func (d *Daemon) prefixFilter(_ context.Context, _ *ipc.Caller, p api.PrefixFilterParams) (api.PrefixFilters, error) {
	out := api.PrefixFilters{Filters: []api.PrefixFilter{}}
	pub, err := d.bgp()
	if err != nil {
		return out, err
	}
	s, err := pub.neighbor(p.Neighbor)
	if err != nil {
		return out, err
	}
	v := s.view.Load()
	for i, f := range config.Families {
		if v.agreed == nil || !slices.Contains(v.agreed.FilterReceive, f) || p.Family != "" && p.Family != apiFamilies[i] {
			continue
		}
		x := api.PrefixFilter{Family: apiFamilies[i], Awaited: v.asked[i].waits, Entries: []string{}}
		if l := v.asked[i].list; l != nil {
			x.Name = l.Name
			for e := range l.Entries {
				x.Entries = append(x.Entries, string(l.AppendEntry(nil, &l.Entries[e])))
			}
		}
		out.Filters = append(out.Filters, x)
	}
	return out, nil
}
