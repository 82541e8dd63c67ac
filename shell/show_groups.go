package shell

import (
	"context"
	"fmt"
	"io"
	"strings"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// showUpdateGroups is `show bgp update-groups [N] [WHAT]`.
func showUpdateGroups(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	params := api.UpdateGroupsParams{Number: int(c.Args.Uint("group"))}
	if f := family(c); f != "" {
		params.Families = []api.Family{f}
	}
	var all api.UpdateGroups
	if err := s.call(ctx, api.BGPUpdateGroups, params, &all); err != nil {
		return s.withoutBGP(named(err, "No such update group", fmt.Sprint(params.Number)), c, w)
	}
	what := c.Args.Text("what")
	switch {
	case what == "advertised-routes":
		return s.groupRoutes(ctx, c, w, &all)
	case c.Args.Has("native"):
		return printNative(w, all)
	case wantsJSON(c):
		return printJSON(w, updateGroupsObject(&all))
	}
	if len(all.Groups) == 0 {
		_, err := io.WriteString(w, "No update group: no neighbor is up and sent routes\n")
		return err
	}
	for i := range all.Groups {
		g := &all.Groups[i]
		switch what {
		case "":
			printUpdateGroup(w, g)
		case "statistics":
			fmt.Fprintf(w, "Update-group %d: %d members, %d prefixes sent, %d to look at, %s\n",
				g.Number, len(g.Members), g.Entries, g.Pending, memory(g.Bytes))
		default:
			printGroupQueues(w, g)
		}
	}
	return nil
}

// printUpdateGroup writes one update group in FRR 8.4's layout, as far as
// there is something like it here: a group has no subgroups that split and
// merge, so it is its own.
func printUpdateGroup(w io.Writer, g *api.UpdateGroup) {
	p := &page{}
	p.line("Update-group %d:", g.Number)
	for _, ref := range g.Policies {
		switch ref.Kind {
		case "route-map":
			p.line("  Outgoing route map: %s", ref.Name)
		default:
			p.line("  Outgoing %s: %s", ref.Kind, ref.Name)
		}
	}
	p.line("  MRAI value (seconds): 0")
	p.line("  Address family: %s, to %s neighbors", familyTitle(g.Family), groupKind(g))
	p.lineIf(g.NextHopSelf, "  Next hop self")
	p.lineIf(g.NextHop.IsValid(), "  Next hop: %s", g.NextHop)
	p.line("")
	p.line("  Update-subgroup %d:", g.Number)
	p.line("    Version: %d", g.TableVersion)
	p.line("    Packet queue length: %d", groupQueue(g))
	p.line("    Adj-out list count: %d", g.Entries)
	if g.Pending == 0 {
		p.line("    Advertise list: empty")
	} else {
		p.line("    Advertise list: not empty, %d destinations to look at", g.Pending)
	}
	p.line("    Flags: ")
	p.line("    Max packet size: %d", g.MaxMessage)
	p.line("    Peers:")
	for _, m := range g.Members {
		p.line("      - %s%s", m.Name, memberState(&m))
	}
	io.WriteString(w, p.String())
}

func groupKind(g *api.UpdateGroup) string {
	if g.Internal {
		return "internal"
	}
	return "external"
}

// memberState says why a member is not where its group is.
func memberState(m *api.UpdateGroupMember) string {
	var parts []string
	if m.Blocked {
		parts = append(parts, "its queue is full")
	}
	if m.Behind > 0 {
		parts = append(parts, fmt.Sprintf("%d destinations behind", m.Behind))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func groupQueue(g *api.UpdateGroup) (n uint64) {
	for _, m := range g.Members {
		n += m.QueueOut
	}
	return n
}

// printGroupQueues is `update-groups advertise-queue|packet-queue`: what is
// still to be sent, by neighbor.
func printGroupQueues(w io.Writer, g *api.UpdateGroup) {
	fmt.Fprintf(w, "update group %d, update subgroup %d\n", g.Number, g.Number)
	fmt.Fprintf(w, "  %d destinations to look at, %d messages queued\n", g.Pending, groupQueue(g))
	for _, m := range g.Members {
		fmt.Fprintf(w, "  %s: %d messages queued, %d destinations behind\n", m.Name, m.QueueOut, m.Behind)
	}
}

// groupRoutes is `update-groups advertised-routes`: what the first member of
// each group was sent. The others got the same, but for their own routes.
func (s *Shell) groupRoutes(ctx context.Context, c grammar.Command, w io.Writer, all *api.UpdateGroups) error {
	asJSON := wantsJSON(c)
	if asJSON {
		io.WriteString(w, "{")
	}
	var failed error
	first := true
	for i := range all.Groups {
		g := &all.Groups[i]
		if len(g.Members) == 0 {
			continue
		}
		params := api.RoutesParams{Family: g.Family, View: api.ViewAdvertised, Neighbor: g.Members[0].Name}
		if !asJSON {
			fmt.Fprintf(w, "update group %d, update subgroup %d\n", g.Number, g.Number)
			failed = firstError(failed, s.list(ctx, c, w, params))
			continue
		}
		if !first {
			io.WriteString(w, ",")
		}
		first = false
		fmt.Fprintf(w, "\n\"%d\":", g.Number)
		member := &counter{w: w}
		if err := s.list(ctx, c, member, params); err != nil {
			failed = firstError(failed, err)
			if member.n == 0 {
				io.WriteString(w, "{}")
			}
		}
	}
	if asJSON {
		io.WriteString(w, "\n}\n")
	}
	return failed
}

// updateGroupsObject is keyed by VRF and number of the group, as FRR 10's.
func updateGroupsObject(all *api.UpdateGroups) *object {
	groups := &object{}
	for i := range all.Groups {
		g := &all.Groups[i]
		peers := list{}
		for _, m := range g.Members {
			peers = append(peers, m.Name)
		}
		sub := (&object{}).set("packetQueueLen", groupQueue(g)).set("adjListCount", g.Entries).set("version", g.TableVersion)
		sub.set("needsRefresh", false).set("maxPacketSize", g.MaxMessage).set("advertiseListPending", g.Pending).set("peers", peers)
		o := (&object{}).set("groupName", string(g.Family)+"/"+groupKind(g))
		for _, ref := range g.Policies {
			o.when(ref.Kind == "route-map", "outgoingRouteMap", ref.Name)
		}
		o.set("minimumRouteAdvertisementInterval", 0).set("addressFamily", string(g.Family)).flag("nextHopSelf", g.NextHopSelf)
		id := fmt.Sprint(g.Number)
		groups.set(id, o.set("subGroup", list{(&object{}).set(id, sub)}))
	}
	return (&object{}).set("default", groups)
}

// showPeerGroups is `show bgp peer-group [NAME]`.
func showPeerGroups(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	params := api.PeerGroupsParams{Group: c.Args.Text("group")}
	var all api.PeerGroups
	if err := s.call(ctx, api.BGPPeerGroups, params, &all); err != nil {
		return s.withoutBGP(named(err, "No such peer-group", params.Group), c, w)
	}
	switch {
	case c.Args.Has("native"):
		return printNative(w, all)
	case wantsJSON(c):
		return printJSON(w, peerGroupsObject(&all))
	}
	if len(all.Groups) == 0 {
		_, err := io.WriteString(w, "No peer-group is configured\n")
		return err
	}
	for i := range all.Groups {
		printPeerGroup(w, &all.Groups[i], all.ASNotation)
	}
	return nil
}

// printPeerGroup writes one peer-group in FRR 8.4's layout.
func printPeerGroup(w io.Writer, g *api.PeerGroup, n api.ASNotation) {
	p := &page{}
	p.line("")
	if g.Kind == api.Unspecified {
		p.line("BGP peer-group %s", g.Name)
	} else {
		p.line("BGP peer-group %s, remote AS %s", g.Name, n.Number(g.RemoteAS))
		p.line("  Peer-group type is %s", g.Kind)
	}
	p.lineIf(g.Description != "", "  Description: %s", printable(g.Description))
	var families strings.Builder
	for _, f := range g.Families {
		fmt.Fprintf(&families, " %s;", familyTitle(f))
	}
	p.line("  Configured address-families:%s", oneOf(families.String(), " none"))
	for _, six := range []bool{false, true} {
		var ranges []string
		for _, r := range g.Ranges {
			if r.Addr().Is6() == six {
				ranges = append(ranges, r.String())
			}
		}
		if len(ranges) > 0 {
			p.line("  %d %s listen range(s)", len(ranges), map[bool]string{false: "IPv4", true: "IPv6"}[six])
			p.line("    %s", strings.Join(ranges, "\n    "))
		}
	}
	if len(g.Members) > 0 {
		p.line("  Peer-group members:")
	}
	for _, m := range g.Members {
		dynamic := ""
		if m.Dynamic {
			dynamic = "(dynamic)"
		}
		p.line("    %s %s %s ", m.Name, dynamic, m.State)
	}
	io.WriteString(w, p.String())
}

func peerGroupsObject(all *api.PeerGroups) *object {
	groups := &object{}
	for i := range all.Groups {
		g := &all.Groups[i]
		families, members, ranges := list{}, &object{}, list{}
		for _, f := range g.Families {
			families = append(families, familyTitle(f))
		}
		for _, m := range g.Members {
			members.set(m.Name, (&object{}).set("status", string(m.State)).flag("dynamic", m.Dynamic))
		}
		for _, r := range g.Ranges {
			ranges = append(ranges, r.String())
		}
		o := (&object{}).when(g.Kind != api.Unspecified, "remoteAs", g.RemoteAS)
		o.when(g.Kind != api.Unspecified, "type", string(g.Kind)).text("description", g.Description)
		o.set("addressFamiliesConfigured", families).when(len(ranges) > 0, "dynamicRanges", ranges)
		groups.set(g.Name, o.set("members", members))
	}
	return groups
}

// showVRFs is `show bgp vrfs` and `views`: the one instance there is.
func showVRFs(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	var all api.Neighbors
	var summary api.Summary
	if err := s.call(ctx, api.BGPSummary, api.SummaryParams{}, &summary); err != nil {
		return s.withoutBGP(err, c, w)
	}
	if err := s.call(ctx, api.BGPNeighbors, api.NeighborsParams{}, &all); err != nil {
		return err
	}
	up := 0
	for _, n := range all.Neighbors {
		if n.State == api.Established {
			up++
		}
	}
	if wantsJSON(c) {
		one := (&object{}).set("type", "DFLT").set("vrfId", 0).set("routerId", summary.RouterID.String())
		one.set("numConfiguredPeers", len(all.Neighbors)).set("numEstablishedPeers", up)
		one.set("l3vni", 0).set("rmac", "00:00:00:00:00:00").set("interface", "unknown")
		return printJSON(w, (&object{}).set("vrfs", (&object{}).set("default", one)).set("totalVrfs", 1))
	}
	if c.Args.Text("what") == "views" {
		_, err := fmt.Fprintf(w, "Defined BGP views:\n\tdefault (AS%s)\n", summary.ASNotation.Number(summary.AS))
		return err
	}
	fmt.Fprintf(w, "%-4s  %-5s  %-16s  %9s  %10s  %-37s\n", "Type", "Id", "routerId", "#PeersCfg", "#PeersEstb", "Name")
	fmt.Fprintf(w, "%11s  %-16s  %-21s  %-6s\n", " ", "L3-VNI", "RouterMAC", "Interface")
	fmt.Fprintf(w, "%-4s  %-5d  %-16s  %-9d  %-10d  %-37s\n", "DFLT", 0, summary.RouterID, len(all.Neighbors), up, "default")
	fmt.Fprintf(w, "%11s  %-16d  %-21s  %-20s\n", " ", 0, "00:00:00:00:00:00", "unknown")
	_, err := fmt.Fprintf(w, "\nTotal number of VRFs (including default): 1\n")
	return err
}
