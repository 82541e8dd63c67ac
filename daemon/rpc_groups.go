package daemon

import (
	"cmp"
	"context"
	"fmt"
	"sort"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

func (d *Daemon) updateGroups(ctx context.Context, _ *ipc.Caller, p api.UpdateGroupsParams) (api.UpdateGroups, error) {
	out := api.UpdateGroups{Groups: []api.UpdateGroup{}}
	pub, err := d.bgp()
	if err != nil {
		return out, err
	}
	asked := p.Families
	if len(asked) == 0 {
		asked = apiFamilies[:]
	}
	for _, name := range asked {
		f, err := familyOf(name)
		if err != nil {
			return out, err
		}
		groups, err := d.groupsOf(ctx, pub, f)
		if err != nil {
			return out, err
		}
		for i := range groups {
			if p.Number == 0 || groups[i].Number == p.Number {
				out.Groups = append(out.Groups, groups[i])
			}
		}
	}
	if p.Number != 0 && len(out.Groups) == 0 {
		return out, &ipc.Error{Code: api.CodeNotFound, Message: fmt.Sprintf("no such update group: %d", p.Number)}
	}
	return out, nil
}

// groupsOf gives the update groups of one family.
func (d *Daemon) groupsOf(ctx context.Context, pub *publication, f wire.Family) ([]api.UpdateGroup, error) {
	var groups []rib.GroupView
	var version uint64
	sent := map[rib.PeerID]uint32{}
	byID := map[rib.PeerID]*session{}
	err := d.loop.ask(ctx, func(r *rib.RIB) {
		groups, version = r.Groups(f), r.Version(f)
		for _, s := range pub.sessions {
			if s.stream.peer != rib.Local {
				byID[s.stream.peer] = s
			}
		}
		for _, g := range groups {
			for _, m := range g.Members {
				sent[m.Peer] = r.Counters(m.Peer, f).Sent
			}
		}
	})
	sort.Slice(groups, func(i, j int) bool { return groups[i].Number < groups[j].Number })
	var out []api.UpdateGroup
	for _, g := range groups {
		row := api.UpdateGroup{
			Family: apiFamily(f), Number: g.Number, TableVersion: version, Internal: g.Key.Internal, Entries: uint64(g.Entries),
			Pending: uint64(g.Pending), Bytes: g.Bytes, MaxMessage: cmp.Or(g.Key.Encoding.MaxLen, wire.MaxLen),
			NextHopSelf: g.Key.NextHopSelf, NextHop: g.Key.ConfiguredNextHop,
			SendCommunities: g.Key.Strip&rib.AllCommunities != rib.AllCommunities, Members: []api.UpdateGroupMember{},
		}
		for _, m := range g.Members {
			if s := byID[m.Peer]; s != nil {
				row.Members = append(row.Members, groupMember(s, m, sent[m.Peer]))
				if row.Policies == nil {
					row.Policies = outgoing(s.view.Load(), f)
				}
			}
		}
		out = append(out, row)
	}
	return out, err
}

func groupMember(s *session, m rib.MemberView, sent uint32) api.UpdateGroupMember {
	v := s.view.Load()
	row := api.UpdateGroupMember{PeerRef: v.ref(), Sent: uint64(sent), Behind: uint64(m.Behind), Blocked: m.Blocked}
	if v.link != nil {
		n, _ := v.link.ring.depth()
		row.QueueOut = uint64(n)
	}
	return row
}

// outgoing are the export policies of a neighbor in a family.
func outgoing(v *view, f wire.Family) []api.PolicyRef {
	i := config.FamilyIndex(f)
	return policyRefs(&v.setup.Families[i].Out, f, v.setup.library.Definitions(), true)
}

func (d *Daemon) peerGroups(_ context.Context, _ *ipc.Caller, p api.PeerGroupsParams) (api.PeerGroups, error) {
	out := api.PeerGroups{Groups: []api.PeerGroup{}}
	pub, err := d.bgp()
	if err != nil {
		return out, err
	}
	out.ASNotation = pub.notation()
	for _, g := range pub.config.Router.SortedGroups() {
		if p.Group == "" || g.Name == p.Group {
			out.Groups = append(out.Groups, pub.peerGroup(g))
		}
	}
	if p.Group != "" && len(out.Groups) == 0 {
		return out, &ipc.Error{Code: api.CodeNotFound, Message: "no such peer-group: " + p.Group, Data: api.ErrorData{What: p.Group}}
	}
	return out, nil
}

// peerGroup describes one peer-group.
func (p *publication) peerGroup(g *config.Neighbor) api.PeerGroup {
	set := p.config.Effective(g)
	out := api.PeerGroup{
		Name: g.Name, LocalAS: set.LocalAS, Kind: api.Unspecified, Description: set.Description,
		Families: []api.Family{}, Members: []api.PeerGroupMember{}, Ranges: p.config.Router.RangesOf(g.Name),
	}
	if set.RemoteAS.Kind == config.Exactly {
		out.RemoteAS = set.RemoteAS.AS
	}
	switch {
	case set.RemoteAS.Kind == config.Exactly && set.RemoteAS.AS == 0:
	case set.Internal():
		out.Kind = api.Internal
	case set.External():
		out.Kind = api.External
	}
	for i := range set.Families {
		if set.Families[i].Active {
			out.Families = append(out.Families, apiFamilies[i])
		}
	}
	for _, r := range sortedPrefixes(p.config.Router.Ranges) {
		if p.config.Router.Ranges[r] == g.Name {
			out.Ranges = append(out.Ranges, r)
		}
	}
	for _, s := range p.sessions {
		if v := s.view.Load(); v.setup.Group == g.Name {
			out.Members = append(out.Members, api.PeerGroupMember{PeerRef: v.ref(), State: v.state()})
		}
	}
	return out
}
