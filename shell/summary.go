package shell

import (
	"fmt"
	"io"
	"strings"

	"bgpsh/ipc/api"
)

// summaryView is what `show bgp summary` was asked for beside its families.
type summaryView struct {
	title    bool // a heading names each family
	wide     bool
	terse    bool
	failed   bool   // only neighbors that are down, with the reason
	up       bool   // only those that are up
	neighbor string // only this one
	as       uint32 // only neighbors in this AS; 0: any
	link     string // "internal" or "external" only
}

// shows tells whether a neighbor passes the filters.
func (v *summaryView) shows(p *api.PeerSummary) bool {
	return v.names(p) && (!v.failed || failed(p)) && (!v.up || !failed(p))
}

// names tells whether a neighbor passes the filters that do not look at its
// state.
func (v *summaryView) names(p *api.PeerSummary) bool {
	switch {
	case v.neighbor != "" && p.Name != v.neighbor:
		return false
	case v.as != 0 && p.RemoteAS != v.as:
		return false
	case v.link == "internal" && !p.Internal, v.link == "external" && p.Internal:
		return false
	}
	return true
}

// filtered tells whether any filter is set.
func (v *summaryView) filtered() bool {
	return v.failed || v.up || v.neighbor != "" || v.as != 0 || v.link != ""
}

// failed tells whether a neighbor exchanges no routes in the family.
func failed(p *api.PeerSummary) bool { return p.State != api.Established || !p.Negotiated }

// printSummary writes one family. The layout is FRR 8.4's.
func printSummary(w io.Writer, s *api.Summary, f *api.FamilySummary, v *summaryView) {
	var b strings.Builder
	defer func() { io.WriteString(w, b.String()) }()
	if v.title {
		fmt.Fprintf(&b, "\n%s Summary (VRF default):\n", familyTitle(f.Family))
	}
	var rows []*api.PeerSummary
	dynamic := 0
	for i := range f.Peers {
		if f.Peers[i].Dynamic {
			dynamic++
		}
		if v.shows(&f.Peers[i]) {
			rows = append(rows, &f.Peers[i])
		}
	}
	if len(rows) == 0 && v.failed {
		b.WriteString("% No failed BGP neighbors found\n")
		return
	}
	fmt.Fprintf(&b, "BGP router identifier %s, local AS number %s vrf-id 0\n", s.RouterID, s.ASNotation.Number(s.AS))
	if !v.terse {
		fmt.Fprintf(&b, "BGP table version %d\n", f.TableVersion)
		fmt.Fprintf(&b, "RIB entries %d, using %s of memory\n", f.Destinations, memory(f.TableMemory))
		fmt.Fprintf(&b, "Peers %d, using %s of memory\n", len(f.Peers), memory(f.PeerMemory))
		if f.Groups > 0 {
			fmt.Fprintf(&b, "Peer groups %d, using %s of memory\n", f.Groups, memory(f.GroupMemory))
		}
	}
	printOpening(&b, s)
	printDeferral(&b, f.Deferral)
	b.WriteByte('\n')
	if len(rows) == 0 && v.filtered() {
		b.WriteString("% No matching neighbor\n")
		return
	}
	if v.failed {
		printFailedRows(&b, rows, nameColumn(f))
	} else {
		printSummaryRows(&b, rows, s.ASNotation, nameColumn(f), v.wide)
	}
	b.WriteByte('\n')
	if v.filtered() {
		fmt.Fprintf(&b, "Displayed neighbors %d\n", len(rows))
	}
	fmt.Fprintf(&b, "Total number of neighbors %d\n", len(f.Peers))
	if dynamic > 0 {
		fmt.Fprintf(&b, "* - dynamic neighbor\n%d dynamic neighbor(s), limit %d\n", dynamic, f.DynamicLimit)
	}
}

// nameColumn is the width of the first column: 16, or what the longest name
// of the family needs with a blank behind it, shown or not.
func nameColumn(f *api.FamilySummary) int {
	width := 16
	for i := range f.Peers {
		width = max(width, len(rowName(&f.Peers[i]))+1)
	}
	return width
}

func rowName(p *api.PeerSummary) string {
	name := p.Name
	if p.ShowName {
		name = fmt.Sprintf("%s(%s)", printable(p.Hostname), name)
	}
	if p.Dynamic {
		return "*" + name
	}
	return name
}

// printSummaryRows writes header and rows of the table of neighbors.
func printSummaryRows(b *strings.Builder, rows []*api.PeerSummary, n api.ASNotation, width int, wide bool) {
	descLen, local := 20, ""
	if wide {
		descLen, local = 64, fmt.Sprintf(" %10s", "LocalAS")
	}
	fmt.Fprintf(b, "%-*sV         AS%s   MsgRcvd   MsgSent   TblVer  InQ OutQ  Up/Down State/PfxRcd   PfxSnt Desc\n", width, "Neighbor", local)
	for _, p := range rows {
		if wide {
			local = fmt.Sprintf(" %10s", n.Number(p.LocalAS))
		}
		received, sent := stateCells(p)
		desc := oneOf(cut(printable(p.Description), descLen), cut(printable(p.SoftwareVersion), descLen), "N/A")
		fmt.Fprintf(b, "%-*s4 %10s%s %9d %9d %8d %4d %4d %8s %12s %8s %s\n", width, rowName(p), n.Number(p.RemoteAS), local,
			p.MessagesIn, p.MessagesOut, p.TableVersion, p.QueueIn, p.QueueOut, upDown(p.SinceMs), received, sent, desc)
	}
}

// stateCells gives the columns State/PfxRcd and PfxSnt.
func stateCells(p *api.PeerSummary) (received, sent string) {
	if p.State != api.Established {
		return stateWord(p), "0"
	}
	if !p.Negotiated {
		return "NoNeg", "NoNeg"
	}
	return denied(p.DenyIn, p.Accepted), denied(p.DenyOut, p.Sent)
}

// denied is a count, or why there can be none.
func denied(why api.Deny, count uint64) string {
	switch why {
	case api.DenyPolicy:
		return "(Policy)"
	case api.DenyConfig:
		return "(Config)"
	}
	return fmt.Sprint(count)
}

// stateWord is the state with FRR's remark for the ways to be kept in Idle.
func stateWord(p *api.PeerSummary) string {
	switch {
	case p.AdminDown:
		return "Idle (Admin)"
	case p.OverLimit:
		return "Idle (PfxCt)"
	case p.HeldBack:
		return "Idle (Config)"
	}
	return string(p.State)
}

// printFailedRows writes header and rows of `summary failed`.
func printFailedRows(b *strings.Builder, rows []*api.PeerSummary, width int) {
	fmt.Fprintf(b, "%-*sEstdCnt DropCnt ResetTime Reason\n", width, "Neighbor")
	for _, p := range rows {
		fmt.Fprintf(b, "%-*s%7d %7d %9s %s\n", width, rowName(p), p.Ups, p.Downs, upDown(p.SinceMs), failReason(p))
	}
}

// failReason is the text of `summary failed` and of downReason.
func failReason(p *api.PeerSummary) string {
	if p.State == api.Established {
		return "AFI/SAFI Not Negotiated"
	}
	if p.Down == nil {
		return string(p.State)
	}
	return printable(p.Down.String())
}

// summaryObject is one family in FRR's keys.
func summaryObject(s *api.Summary, f *api.FamilySummary, v *summaryView) *object {
	peers, displayed, broken, dynamic := &object{}, 0, 0, 0
	for i := range f.Peers {
		p := &f.Peers[i]
		if p.Dynamic {
			dynamic++
		}
		if failed(p) && v.names(p) {
			broken++
		}
		if !v.shows(p) {
			continue
		}
		displayed++
		if v.failed {
			peers.set(p.Name, failedPeerObject(p))
		} else {
			peers.set(p.Name, peerObject(s, p))
		}
	}
	o := (&object{}).set("routerId", s.RouterID.String()).set("as", s.AS).set("vrfId", 0).set("vrfName", "default")
	setOpening(o, s)
	setDeferral(o, f.Deferral)
	o.set("tableVersion", f.TableVersion).set("ribCount", f.Destinations).set("ribMemory", f.TableMemory)
	o.set("peerCount", len(f.Peers)).set("peerMemory", f.PeerMemory)
	if f.Groups > 0 {
		o.set("peerGroupCount", f.Groups).set("peerGroupMemory", f.GroupMemory)
	}
	o.set("peers", peers).set("failedPeers", broken)
	o.when(v.failed, "failedPeersCount", broken)
	if v.failed {
		displayed = len(f.Peers) // what FRR counts there
	}
	o.set("displayedPeers", displayed).set("totalPeers", len(f.Peers)).set("dynamicPeers", dynamic)
	if v.failed {
		return o
	}
	best := (&object{}).set("multiPathRelax", fmt.Sprint(s.BestPath.MultipathRelax))
	best.when(s.BestPath.PeerTypeRelax, "peerTypeRelax", "true").when(s.BestPath.IgnoreASPath, "asPath", "ignore").when(s.BestPath.CompareRouterID, "compareRouterId", "true")
	best.when(s.BestPath.MissingMEDWorst, "med", "missingAsWorst")
	return o.set("bestPath", best)
}

// peerObject is a neighbor's member of "peers".
func peerObject(s *api.Summary, p *api.PeerSummary) *object {
	o := (&object{}).flag("dynamicPeer", p.Dynamic).text("hostname", p.Hostname).text("domainname", p.Domainname)
	o.text("softwareVersion", p.SoftwareVersion).set("remoteAs", p.RemoteAS).set("localAs", p.LocalAS).set("version", 4)
	o.set("msgRcvd", p.MessagesIn).set("msgSent", p.MessagesOut).set("tableVersion", p.TableVersion)
	o.set("outq", p.QueueOut).set("inq", p.QueueIn)
	setUptime(o, p)
	o.set("pfxRcd", p.Accepted).set("pfxSnt", p.Sent)
	o.set("state", stateWord(p)).set("peerState", peerState(p))
	o.set("connectionsEstablished", p.Ups).set("connectionsDropped", p.Downs)
	o.text("desc", p.Description)
	setIDType(o, p)
	o.set("generation", p.Generation)
	return o.when(failed(p), "downReason", failReason(p))
}

// failedPeerObject is a neighbor's member of "peers" in `summary failed`.
func failedPeerObject(p *api.PeerSummary) *object {
	o := (&object{}).flag("dynamicPeer", p.Dynamic).text("hostname", p.Hostname)
	o.set("connectionsEstablished", p.Ups).set("connectionsDropped", p.Downs)
	setUptime(o, p)
	if p.State == api.Established {
		o.set("lastResetDueTo", "AFI/SAFI Not Negotiated")
	} else {
		setReset(o, p.LastReset, p.Down)
	}
	setIDType(o, p)
	return o.set("downReason", failReason(p))
}

func setUptime(o *object, p *api.PeerSummary) {
	o.set("peerUptime", upDown(p.SinceMs))
	if p.SinceMs == nil {
		o.set("peerUptimeMsec", 0)
		return
	}
	o.set("peerUptimeMsec", *p.SinceMs)
	if !p.EstablishedAt.IsZero() {
		o.set("peerUptimeEstablishedEpoch", p.EstablishedAt.Unix())
	}
}

func setIDType(o *object, p *api.PeerSummary) {
	switch {
	case p.Unnumbered:
		o.set("idType", "interface")
	case p.Address.Is6():
		o.set("idType", "ipv6").when(p.ScopeID != 0, "scopeId", p.ScopeID).text("scopeIfName", p.Interface)
	default:
		o.set("idType", "ipv4")
	}
}

// peerState is FRR's one-word judgement of a neighbor.
func peerState(p *api.PeerSummary) string {
	switch {
	case p.AdminDown:
		return "Admin"
	case p.OverLimit:
		return "PfxCt"
	case p.HeldBack, p.DenyIn == api.DenyConfig, p.DenyOut == api.DenyConfig:
		return "Config"
	case p.Passive && p.State != api.Established:
		return "Passive"
	case p.DenyIn == api.DenyPolicy, p.DenyOut == api.DenyPolicy:
		return "Policy"
	}
	return "OK"
}
