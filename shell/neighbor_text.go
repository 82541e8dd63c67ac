package shell

import (
	"fmt"
	"io"
	"strings"

	"bgpsh/ipc/api"
)

// page collects the lines of one neighbor.
type page struct{ strings.Builder }

// line appends one line.
func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// lineIf appends one line if its condition holds.
func (p *page) lineIf(holds bool, format string, args ...any) {
	if holds {
		p.line(format, args...)
	}
}

// printNeighbor writes everything about one neighbor. Order and words are
// those of FRR 8.4; the line "Down:" and what follows from our own settings
// are ours.
func printNeighbor(w io.Writer, n *api.Neighbor) {
	p := &page{}
	neighborHead(p, n)
	if n.Capabilities != nil {
		neighborCapabilities(p, n.Capabilities)
	}
	neighborRestart(p, n)
	neighborMessages(p, &n.Messages)
	p.line("  Minimum time between advertisement runs is %d seconds", n.Timers.AdvertiseMs/1000)
	p.lineIf(n.UpdateSource != "", "  Update source is %s", n.UpdateSource)
	for i := range n.Families {
		neighborFamily(p, &n.Families[i])
	}
	p.line("")
	neighborResets(p, n)
	neighborConnection(p, n)
	io.WriteString(w, p.String())
}

// neighborHead is who it is, its state, and the times that belong to it.
func neighborHead(p *page, n *api.Neighbor) {
	name := n.Name
	if n.Unnumbered {
		name = "on " + n.Name + ": " + addressOr(n.Address, "(unspec)")
	} else {
		name = "is " + map[bool]string{true: "*"}[n.Dynamic] + name
	}
	p.line("BGP neighbor %s, remote AS %s, local AS %s%s%s%s, %s link", name, n.ASNotation.Number(n.RemoteAS), n.ASNotation.Number(n.LocalAS),
		map[bool]string{true: " no-prepend"}[n.LocalNoPrepend], map[bool]string{true: " replace-as"}[n.LocalReplace],
		map[bool]string{true: " dual-as"}[n.LocalDual], n.Link)
	p.line("  Local Role: %s", oneOf(n.LocalRole, "undefined"))
	p.line("  Remote Role: %s", oneOf(n.RemoteRole, "undefined"))
	p.lineIf(n.Description != "", " Description: %s", printable(n.Description))
	host := printable(n.Hostname)
	if n.Domainname != "" {
		host += "." + printable(n.Domainname)
	}
	p.lineIf(host != "", "Hostname: %s", host)
	p.lineIf(n.Group != "", " Member of peer-group %s for session parameters", n.Group)
	p.lineIf(n.ListenRange.IsValid(), " Belongs to the subnet range group: %s", n.ListenRange)
	p.lineIf(n.AdminDown, " Administratively shut down")
	p.line("  BGP version 4, remote router ID %s, local router ID %s", address(n.RemoteID), n.LocalID)
	state := string(n.State)
	if n.State == api.Established {
		state += ", up for " + upDown(n.SinceMs)
	} else if waitsForPeer(n) {
		state += " (passive)"
	}
	p.line("  BGP state = %s", state)
	p.lineIf(n.Down != nil, "  Down: %s", downText(n.Down))
	t := &n.Timers
	p.line("  Last read %s, Last write %s", upDown(t.LastReadMs), upDown(t.LastWriteMs))
	p.line("  Hold time is %d seconds, keepalive interval is %d seconds", t.HoldSec, t.KeepaliveSec)
	p.line("  Configured hold time is %d seconds, keepalive interval is %d seconds", t.ConfiguredHoldSec, t.ConfiguredKeepSec)
	p.lineIf(t.DelayOpenSec > 0, "  Configured DelayOpenTime is %d seconds", t.DelayOpenSec)
	p.lineIf(n.TCPMSS > 0, "  Configured tcp-mss is %d%s", n.TCPMSS, syncedMSS(n.SyncedMSS))
	p.line("  Configured conditional advertisements interval is 60 seconds")
}

// syncedMSS tells the segment size in use, where there is a connection.
func syncedMSS(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(", synced tcp-mss is ", n)
}

// waitsForPeer tells whether a neighbor leaves it to the peer to connect.
func waitsForPeer(n *api.Neighbor) bool { return n.Passive && n.State == api.Active }

func downText(d *api.Down) string {
	if d == nil {
		return ""
	}
	return printable(d.String())
}

// sides tells in words who offered a capability.
func sides(a api.Agreement) string {
	switch {
	case a.Sent && a.Received:
		return "advertised and received"
	case a.Sent:
		return "advertised"
	}
	return "received"
}

// capability appends the line of a capability that either side offered.
func (p *page) capability(name string, a api.Agreement) {
	p.lineIf(a.Sent || a.Received, "    %s: %s", name, sides(a))
}

// neighborCapabilities is the block of that name.
func neighborCapabilities(p *page, c *api.Capabilities) {
	p.line("  Neighbor capabilities:")
	p.capability("4 Byte AS", c.FourOctetAS)
	p.capability("Extended Message", c.ExtendedMessage)
	if len(c.AddPath) > 0 {
		p.line("    AddPath:")
		for _, a := range c.AddPath {
			tx, rx := addPathSides(&a)
			p.lineIf(tx.Sent || tx.Received, "      %s: TX %s", familyTitle(a.Family), sides(tx))
			p.lineIf(rx.Sent || rx.Received, "      %s: RX %s", familyTitle(a.Family), sides(rx))
		}
	}
	p.capability("Dynamic", c.Dynamic)
	p.capability("Role", c.Role)
	if n := c.ExtendedNextHop; n.Sent || n.Received {
		p.capability("Extended nexthop", n)
		p.lineIf(n.Received, "      Address families by peer:")
		for _, f := range c.ExtendedNextHopPeer {
			p.line("                   %s", familyTitle(f))
		}
	}
	if l := c.LongLived; l.Sent || l.Received {
		p.capability("Long-lived Graceful Restart", l)
		p.lineIf(l.Received, "      Address families by peer:")
		for _, f := range c.LongLivedPeer {
			p.line("        %s(%s)", familyTitle(f.Family), preserved(f.Forwarding))
		}
	}
	p.lineIf(c.RouteRefresh.Sent || c.RouteRefresh.Received, "    Route refresh: %s", refreshSides(c))
	p.capability("Enhanced Route Refresh", c.EnhancedRouteRefresh)
	for _, f := range c.Families {
		p.capability("Address Family "+familyTitle(f.Family), f.Agreement)
	}
	if c.FQDN.Sent || c.FQDN.Received {
		p.line("    Hostname Capability: %s %s",
			hostSide("advertised", c.FQDN.Sent, c.HostnameSent, c.DomainnameSent),
			hostSide("received", c.FQDN.Received, c.HostnameReceived, c.DomainnameReceived))
	}
	p.lineIf(c.SoftwareVersion.Sent || c.SoftwareVersion.Received, "    Version Capability: %s%s",
		map[bool]string{true: "advertised software version (" + c.VersionSent + ") ", false: "not advertised "}[c.SoftwareVersion.Sent],
		map[bool]string{true: "received software version (" + printable(c.VersionReceived) + ")", false: "not received"}[c.SoftwareVersion.Received])
	p.capability("Link-Local Next Hop", c.LinkLocalNextHop)
	p.capability("Graceful Restart Capability", c.GracefulRestart)
}

// addPathSides sorts an ADD-PATH agreement by direction, seen from here.
func addPathSides(a *api.AddPathAgreement) (tx, rx api.Agreement) {
	return api.Agreement{Sent: a.Send, Received: a.PeerSend}, api.Agreement{Sent: a.Receive, Received: a.PeerRecv}
}

func preserved(forwarding bool) string {
	if forwarding {
		return "preserved"
	}
	return "not preserved"
}

// refreshSides also names the forms of route refresh that the peer offered.
func refreshSides(c *api.Capabilities) string {
	text := sides(c.RouteRefresh)
	switch {
	case c.RouteRefresh.Received && c.RouteRefreshOld.Received:
		text += "(old & new)"
	case c.RouteRefresh.Received:
		text += "(new)"
	case c.RouteRefreshOld.Received:
		text += "(old)"
	}
	return text
}

func hostSide(verb string, there bool, host, domain string) string {
	if !there {
		return "not " + verb
	}
	return fmt.Sprintf("%s (name: %s,domain name: %s)", verb, oneOf(printable(host), "n/a"), oneOf(printable(domain), "n/a"))
}

func capital(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

func yesNo(b bool) string {
	if b {
		return "Yes"
	}
	return "No"
}

// neighborMessages is the table of message counters.
func neighborMessages(p *page, m *api.MessageStats) {
	p.line("  Message statistics:")
	p.line("    Inq depth is %d", m.QueueIn)
	p.line("    Outq depth is %d", m.QueueOut)
	p.line("                         Sent       Rcvd")
	total := totals(m)
	for _, row := range []struct {
		name  string
		count api.MessageCount
	}{
		{"Opens:", m.Open}, {"Notifications:", m.Notification}, {"Updates:", m.Update}, {"Keepalives:", m.Keepalive},
		{"Route Refresh:", m.RouteRefresh}, {"Capability:", m.Capability}, {"Total:", total},
	} {
		p.line("    %-15s%10d %10d", row.name, row.count.Sent, row.count.Received)
	}
}

// totals adds up the messages of all types.
func totals(m *api.MessageStats) (sum api.MessageCount) {
	for _, c := range []api.MessageCount{m.Open, m.Notification, m.Update, m.Keepalive, m.RouteRefresh, m.Capability} {
		sum.Sent += c.Sent
		sum.Received += c.Received
	}
	return sum
}

// neighborResets is what became of the sessions so far.
func neighborResets(p *page, n *api.Neighbor) {
	p.line("  Connections established %d; dropped %d", n.Ups, n.Downs)
	if r := n.LastReset; r != nil {
		p.line("  Last reset %s,  %s", upDown(&r.AgoMs), resetText(r))
		p.lineIf(r.Who != "", "  Reset by %s", printable(r.Who))
		p.lineIf(r.Code != 0 && r.Detail != "" && r.Detail != r.Message, "  Cause: %s", printable(r.Detail))
		p.lineIf(r.Message != "", "  Shutdown communication: %s", printable(r.Message))
		if len(r.Offending) > 0 {
			p.line("  Message received that caused BGP to send a NOTIFICATION:")
			hexLines(p, r.Offending)
			p.lineIf(r.OffendingText != "", "    That is %s: %s", r.OffendingType, printable(r.OffendingText))
		}
	}
	p.lineIf(n.OverLimit, "  Peer had exceeded the max. no. of prefixes configured.")
	p.lineIf(n.OverLimit, "  Reduce the no. of prefix and clear ip bgp %s to restore peering", n.Name)
	switch {
	case n.TTLSecurity > 0:
		p.line("  %s BGP neighbor may be up to %d hops away, enforced by TTL security.", linkTitle(n.Link), n.TTLSecurity)
	default:
		p.line("  %s BGP neighbor may be up to %d hops away.", linkTitle(n.Link), n.MaxHops)
	}
	p.lineIf(n.MinimumTTL > 0, "  Minimum TTL accepted is %d", n.MinimumTTL)
}

func linkTitle(l api.Link) string {
	if inside(l) {
		return "Internal"
	}
	return "External"
}

// hexLines shows a message in groups of four octets, four to a line.
func hexLines(p *page, b []byte) {
	for len(b) > 0 {
		row := b[:min(16, len(b))]
		b = b[len(row):]
		p.WriteString("   ")
		for i := 0; i < len(row); i += 4 {
			fmt.Fprintf(p, " %X", row[i:min(i+4, len(row))])
		}
		p.WriteByte('\n')
	}
}

// neighborConnection is the TCP connection and what is due.
func neighborConnection(p *page, n *api.Neighbor) {
	c := n.Connection
	if c != nil {
		p.line("Local host: %s, Local port: %d", c.Local.Addr().WithZone(""), c.Local.Port())
		p.line("Foreign host: %s, Foreign port: %d", c.Remote.Addr().WithZone(""), c.Remote.Port())
		p.lineIf(c.NextHop.IsValid(), "Nexthop: %s", c.NextHop)
		p.lineIf(c.NextHopGlobal.IsValid(), "Nexthop global: %s", c.NextHopGlobal.WithZone(""))
		p.lineIf(c.NextHopLocal.IsValid(), "Nexthop local: %s", c.NextHopLocal.WithZone(""))
		p.line("BGP connection: %s", map[bool]string{true: "shared network", false: "non shared network"}[c.SharedNetwork])
	}
	t := &n.Timers
	p.line("BGP Connect Retry Timer in Seconds: %d", t.ConnectRetrySec)
	if c != nil && c.RTTMs != nil && n.State == api.Established {
		p.line("Estimated round trip time: %d ms", *c.RTTMs)
	}
	if t.IdleHoldMs != nil {
		p.line("Next start timer due in %d seconds", *t.IdleHoldMs/1000)
	}
	if t.ConnectRetryMs != nil && n.State != api.Established {
		p.line("Next connect timer due in %d seconds", *t.ConnectRetryMs/1000)
	}
	p.lineIf(n.Password, "Peer Authentication Enabled")
	on, fd := "off", -1
	if c != nil && (n.State == api.Established || n.State == api.OpenSent || n.State == api.OpenConfirm) {
		on, fd = "on", c.FD
	}
	p.line("Read thread: %s  Write thread: %s  FD used: %d", on, on, fd)
	p.WriteString("\n\n")
}
