package shell

import (
	"context"
	"fmt"
	"io"
	"strings"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// restartCodes is the head of `show bgp neighbors graceful-restart`, as FRR writes it.
const restartCodes = `
Codes: GR - Graceful Restart, * -  Inheriting Global GR Config,
       Restart - GR Mode-Restarting, Helper - GR Mode-Helper,
       Disable - GR Mode-Disable.

`

// showRestart is `show bgp neighbors [P] graceful-restart`.
func showRestart(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	return s.withNeighbors(ctx, c, w, func(all []api.Neighbor) error {
		if wantsJSON(c) {
			document := &object{}
			for i := range all {
				n := &all[i]
				document.set(n.Name, setRestart((&object{}).set("neighborAddr", n.Name), n))
			}
			return printJSON(w, document)
		}
		if len(all) == 0 {
			_, err := io.WriteString(w, "% No BGP neighbors found\n")
			return err
		}
		p := &page{}
		p.line("%sGlobal BGP GR Mode :  %s\n", restartCodes, all[0].Restart.GlobalMode)
		for i := range all {
			n := &all[i]
			p.line("BGP neighbor is %s", n.Name)
			restartLines(p, n)
			p.line("")
		}
		_, err := io.WriteString(w, p.String())
		return err
	})
}

// neighborRestart is graceful restart in `show bgp neighbors`, from the neighbor's capability on.
func neighborRestart(p *page, n *api.Neighbor) {
	g := &n.Restart
	if c := n.Capabilities; c != nil && c.GracefulRestart.Received {
		p.line("      Remote Restart timer is %d seconds", g.ReceivedSec)
		p.line("      Address families by peer:")
		for _, f := range c.RestartPeer {
			p.line("        %s(%s)", familyTitle(f.Family), preserved(f.Forwarding))
		}
		p.lineIf(len(c.RestartPeer) == 0, "        none")
	}
	p.line("  Graceful restart information:")
	var sent, received []string
	var awaited *int64
	for _, f := range n.Families {
		if n.State == api.Established && f.EndOfRIBSent {
			sent = append(sent, familyTitle(f.Family))
		}
		if n.State == api.Established && f.EndOfRIBReceived {
			received = append(received, familyTitle(f.Family))
		}
		if ms := awaitedRoutes(&f); ms != nil && (awaited == nil || *ms < *awaited) {
			awaited = ms
		}
	}
	p.lineIf(len(sent) > 0, "    End-of-RIB send: %s", strings.Join(sent, ", "))
	p.lineIf(len(received) > 0, "    End-of-RIB received: %s", strings.Join(received, ", "))
	p.remaining("    The remaining time of restart timer is %d", g.RestartMs)
	p.remaining("    The remaining time of stalepath timer is %d", awaited)
	restartLines(p, n)
}

// awaitedRoutes is how long routes stay whose neighbor is back and has not sent End-of-RIB yet, nil where there are none.
func awaitedRoutes(f *api.NeighborFamily) *int64 {
	if f.Kept == nil || !f.Kept.Back {
		return nil
	}
	return f.Kept.LeftMs
}

// restartLines are modes, bits and timers.
func restartLines(p *page, n *api.Neighbor) {
	g := &n.Restart
	p.line("    Local GR Mode: %s", grMode(g))
	p.line("    Remote GR Mode: %s", g.RemoteMode)
	p.line("    R bit: %s", capital(g.RBit))
	p.line("    N bit: %s", capital(g.NBit))
	p.line("    Timers:")
	p.line("      Configured Restart Time(sec): %d", g.RestartSec)
	p.line("      Received Restart Time(sec): %d", g.ReceivedSec)
	p.remaining("      Restart Time Remaining(sec): %d", g.RestartMs)
	for i := range n.Families {
		restartFamily(p, n, &n.Families[i])
	}
}

// restartFamily is one family, also of a neighbor that is away where its routes stay.
func restartFamily(p *page, n *api.Neighbor, f *api.NeighborFamily) {
	up := n.State == api.Established
	if !up && f.Kept == nil {
		return
	}
	p.line("    %s:", familyTitle(f.Family))
	if up {
		p.line("      F bit: %s", capital(f.ForwardingBit))
		p.line("      End-of-RIB sent: %s", yesNo(f.EndOfRIBSent))
		p.line("      End-of-RIB sent after update: %s", yesNo(f.EndOfRIBSent))
		p.line("      End-of-RIB received: %s", yesNo(f.EndOfRIBReceived))
	}
	p.lineIf(f.Kept != nil, "      Stale routes: %d", f.Stale)
	p.line("      Timers:")
	p.line("        Configured Stale Path Time(sec): %d", n.Restart.StalePathSec)
	p.remaining("      Stale Path Remaining(sec): %d", awaitedRoutes(f))
	if f.Kept != nil {
		p.remaining("        Long-lived Stale Time Remaining(sec): %d", f.Kept.LongLivedMs)
	}
	p.lineIf(n.Restart.DeferSec > 0, "        Configured Selection Deferral Time(sec): %d", n.Restart.DeferSec)
	p.remaining("        Selection Deferral Time Remaining(sec): %d", f.DeferralMs)
}

// remaining writes a line about a time that is left, in whole seconds, where there is one.
func (p *page) remaining(format string, ms *int64) {
	if ms != nil {
		p.line(format, *ms/1000)
	}
}

// seconds appends a time that is left, in whole seconds, where there is one.
func (o *object) seconds(key string, ms *int64) *object {
	if ms == nil {
		return o
	}
	return o.set(key, *ms/1000)
}

// grMode is our mode; a star says that it is the router's, not of a line for this neighbor.
func grMode(g *api.GracefulRestart) string {
	if g.LocalDefault {
		return g.LocalMode + "*"
	}
	return g.LocalMode
}

// restartObject is "gracefulRestartInfo".
func restartObject(n *api.Neighbor) *object {
	up := n.State == api.Established
	sent, received := &object{}, &object{}
	for _, f := range n.Families {
		sent.flag(string(f.Family), up && f.EndOfRIBSent)
		received.flag(string(f.Family), up && f.EndOfRIBReceived)
	}
	return setRestart((&object{}).set("endOfRibSend", sent).set("endOfRibRecv", received), n)
}

// setRestart appends what `show bgp neighbors graceful-restart` says of a neighbor, and the end of "gracefulRestartInfo".
func setRestart(o *object, n *api.Neighbor) *object {
	g, up := &n.Restart, n.State == api.Established
	o.set("localGrMode", grMode(g)).set("remoteGrMode", g.RemoteMode).set("rBit", g.RBit).set("nBit", g.NBit)
	timers := (&object{}).set("configuredRestartTimer", g.RestartSec).set("receivedRestartTimer", g.ReceivedSec)
	o.set("timers", timers.seconds("restartTimerRemaining", g.RestartMs))
	for i := range n.Families {
		f := &n.Families[i]
		if !up && f.Kept == nil {
			continue
		}
		one := &object{}
		if up {
			status := (&object{}).set("endOfRibSend", f.EndOfRIBSent).set("endOfRibSentAfterUpdate", f.EndOfRIBSent).set("endOfRibRecv", f.EndOfRIBReceived)
			one.set("fBit", f.ForwardingBit).set("endOfRibStatus", status)
		}
		one.when(f.Kept != nil, "staleRoutes", f.Stale)
		timers := (&object{}).set("stalePathTimer", g.StalePathSec).seconds("stalePathTimerRemaining", awaitedRoutes(f))
		if f.Kept != nil {
			timers.seconds("longLivedStaleTimerRemaining", f.Kept.LongLivedMs)
		}
		timers.when(g.DeferSec > 0, "selectionDeferralTimer", g.DeferSec).seconds("selectionDeferralTimerRemaining", f.DeferralMs)
		o.set(string(f.Family), one.set("timers", timers))
	}
	return o
}

// printDeferral says in the summary that nothing is announced yet after a restart, and who is waited for.
func printDeferral(b *strings.Builder, d *api.Deferral) {
	if d != nil {
		fmt.Fprintf(b, "Announcements wait after a restart, %d seconds more at most, for the routes of: %s\n",
			d.LeftMs/1000, oneOf(strings.Join(d.Waiting, ", "), "nobody any more"))
	}
}

// setDeferral does the same in JSON.
func setDeferral(o *object, d *api.Deferral) {
	if d == nil {
		return
	}
	names := list{}
	for _, name := range d.Waiting {
		names = append(names, name)
	}
	o.set("selectionDeferral", (&object{}).seconds("remaining", &d.LeftMs).set("waitingFor", names))
}

// staleLine is when a stale path leaves, as FRR says it.
func staleLine(p *page, path *api.Path) {
	text := "      Time until Graceful Restart stale route deleted: %d"
	if path.LongLived {
		text = "      Time until Long-lived stale route deleted: %d"
	}
	p.remaining(text, path.StaleMs)
}

// setStale does the same in JSON.
func setStale(o *object, p *api.Path) *object {
	if p.LongLived {
		return o.seconds("llgrSecondsRemaining", p.StaleMs)
	}
	return o.seconds("gracefulRestartSecondsRemaining", p.StaleMs)
}
