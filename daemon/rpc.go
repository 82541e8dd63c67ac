package daemon

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// handlers registers one function for each method of ipc/api. Nothing they do blocks a loop: sessions are read from their
// published views, the RIB answers bounded questions, changes go to the controller.
func (d *Daemon) handlers() {
	s := d.server
	ipc.Handle(s, api.DaemonHello, ipc.Look, d.hello)
	ipc.Handle(s, api.DaemonVersion, ipc.Look, d.version)
	ipc.Handle(s, api.DaemonClients, ipc.Look, d.clients)
	ipc.Handle(s, api.SupportLog, ipc.Look, d.supportLog)
	ipc.Handle(s, api.SupportReports, ipc.Look, d.supportReports)
	ipc.Handle(s, api.SupportProfile, ipc.Look, d.supportProfile)
	ipc.Handle(s, api.AuditList, ipc.Look, d.auditList)
	ipc.Handle(s, api.DaemonRestart, ipc.Change, d.restarted)

	ipc.Handle(s, api.ConfigApply, ipc.Change, d.configApply)
	ipc.Handle(s, api.ConfigBegin, ipc.Change, d.configBegin)
	ipc.Handle(s, api.ConfigAppend, ipc.Change, d.configAppend)
	ipc.Handle(s, api.ConfigCommit, ipc.Change, d.configCommit)
	ipc.Handle(s, api.ConfigAbandon, ipc.Change, d.configAbandon)
	ipc.Handle(s, api.ConfigRunning, ipc.Look, d.configRunning)
	ipc.Handle(s, api.ConfigStartup, ipc.Look, d.configStartup)
	ipc.Handle(s, api.ConfigStartupErrors, ipc.Look, d.configStartupErrors)
	ipc.Handle(s, api.ConfigWrite, ipc.Change, d.configWrite)
	ipc.Handle(s, api.ConfigErase, ipc.Change, d.configErase)
	ipc.Handle(s, api.ConfigEdit, ipc.Change, d.configEdit)
	ipc.Handle(s, api.ConfigLeave, ipc.Change, d.configLeave)
	ipc.Handle(s, api.ConfigReplace, ipc.Change, d.configReplace)
	ipc.Handle(s, api.ConfigConfirm, ipc.Change, d.configConfirm)
	ipc.Handle(s, api.ConfigCancel, ipc.Change, d.configCancel)
	ipc.Handle(s, api.ConfigPending, ipc.Look, d.configPending)
	ipc.Handle(s, api.ConfigHistory, ipc.Look, d.configHistory)
	ipc.Handle(s, api.ConfigDiff, ipc.Look, d.configDiff)

	ipc.Handle(s, api.CandidateApply, ipc.Change, d.candidateApply)
	ipc.Handle(s, api.CandidateShow, ipc.Change, d.candidateShow)
	ipc.Handle(s, api.CandidateCommit, ipc.Change, d.candidateCommit)
	ipc.Handle(s, api.CandidateDiscard, ipc.Change, d.candidateDiscard)
	ipc.Handle(s, api.CandidateRollback, ipc.Change, d.candidateRollback)
	ipc.Handle(s, api.CandidateUpdate, ipc.Change, d.candidateUpdate)

	ipc.Handle(s, api.BGPSummary, ipc.Look, d.summary)
	ipc.Handle(s, api.BGPNeighbors, ipc.Look, d.neighbors)
	ipc.Handle(s, api.BGPRoutes, ipc.Look, d.routes)
	ipc.Handle(s, api.BGPLookup, ipc.Look, d.lookup)
	ipc.Handle(s, api.BGPExplain, ipc.Look, d.explain)
	ipc.Handle(s, api.BGPHistory, ipc.Look, d.sessionHistory)
	ipc.Handle(s, api.BGPUpdateErrors, ipc.Look, d.updateErrors)
	ipc.Handle(s, api.BGPCount, ipc.Look, d.count)
	ipc.Handle(s, api.BGPStatistics, ipc.Look, d.statistics)
	ipc.Handle(s, api.BGPMemory, ipc.Look, d.memory)
	ipc.Handle(s, api.BGPNextHops, ipc.Look, d.nextHops)
	ipc.Handle(s, api.BGPUpdateGroups, ipc.Look, d.updateGroups)
	ipc.Handle(s, api.BGPPeerGroups, ipc.Look, d.peerGroups)
	ipc.Handle(s, api.BGPAttributes, ipc.Look, d.attributes)
	ipc.Handle(s, api.BGPPrefixFilter, ipc.Look, d.prefixFilter)
	ipc.Handle(s, api.BGPListeners, ipc.Look, d.listeners)
	ipc.Handle(s, api.BGPClear, ipc.Change, d.clear)
	ipc.Handle(s, api.BGPWaitEstablished, ipc.Look, d.waitEstablished)
	ipc.Handle(s, api.BGPWaitConverged, ipc.Look, d.waitConverged)

	ipc.Handle(s, api.PolicyMaps, ipc.Look, d.policyMaps)
	ipc.Handle(s, api.PolicyLists, ipc.Look, d.policyLists)
	ipc.Handle(s, api.PolicyClear, ipc.Change, d.policyClear)
	ipc.Handle(s, api.PolicyTest, ipc.Look, d.policyTest)

	ipc.Handle(s, api.LogLevel, ipc.Change, d.logLevel)
	ipc.Handle(s, api.LogDebug, ipc.Change, d.logDebug)
	ipc.Handle(s, api.LogDebugging, ipc.Look, d.logDebugging)

	ipc.Handle(s, api.NamesList, ipc.Look, d.names)

	ipc.Handle(s, api.WatchEvents, ipc.Look, d.watchEvents)
	ipc.Handle(s, api.WatchChanges, ipc.Look, d.watchChanges)
	ipc.Handle(s, api.WatchSamples, ipc.Look, d.watchSamples)
	ipc.Handle(s, api.WatchStop, ipc.Look, d.watchStop)
}

// published is the state that the controller last showed.
func (d *Daemon) published() *publication { return d.controller.published.Load() }

// bgp is published, or an error while there is no router bgp.
func (d *Daemon) bgp() (*publication, error) {
	p := d.published()
	if p.config.Router == nil {
		return nil, &ipc.Error{Code: api.CodeNoBGP, Message: "BGP is not configured",
			Data: api.ErrorData{Remedy: "configure terminal; router bgp ASN"}}
	}
	return p, nil
}

// notation is how AS numbers are shown.
func (p *publication) notation() api.ASNotation { return api.ASNotation(p.config.Router.Notation) }

// neighbor finds a session by the name of its neighbor.
func (p *publication) neighbor(name string) (*session, error) {
	if s := p.session(name); s != nil {
		return s, nil
	}
	return nil, &ipc.Error{Code: api.CodeNotFound, Message: "no such neighbor: " + name, Data: api.ErrorData{What: name}}
}

func (d *Daemon) hello(_ context.Context, c *ipc.Caller, _ api.None) (api.Hello, error) {
	p := d.published()
	hello := api.Hello{
		Hostname: p.identity.hostname, Version: d.config.Version, PID: os.Getpid(),
		Role: api.Role(c.Role.String()), User: c.User, Notices: d.notices(p),
		UptimeMs: time.Since(d.started).Milliseconds(), Neighbors: len(p.sessions),
	}
	for _, s := range p.sessions {
		if s.view.Load().agreed != nil {
			hello.Established++
		}
	}
	return hello, nil
}

// notices are what an operator should know at login.
func (d *Daemon) notices(p *publication) []string {
	out := d.dispatcher.notices()
	if n := len(p.startup.unwritten(p.config)); n > 0 {
		out = append(out, fmt.Sprintf("%d lines of the configuration are held back: show startup-config errors", n))
	}
	if u := p.pending; u != nil {
		out = append(out, fmt.Sprintf("change %d of %s is taken back at %s unless it is confirmed: commit confirm, or commit cancel", u.Number,
			author{user: u.User, source: u.From}, u.due.Format(time.TimeOnly)))
	}
	for _, path := range p.aside {
		out = append(out, "a damaged file of the configuration's history was set aside: "+path)
	}
	if p.config.Router == nil {
		out = append(out, "no router bgp is configured; begin with: configure terminal, router bgp ASN")
	}
	return out
}

func (d *Daemon) version(_ context.Context, _ *ipc.Caller, _ api.None) (api.Version, error) {
	p := d.published()
	v := api.Version{
		Version: d.config.Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Hostname: p.identity.hostname, PID: os.Getpid(), StartedAt: d.started, UptimeMs: time.Since(d.started).Milliseconds(),
		Profile: p.config.Profile.String(), Socket: d.config.Socket, StartupConfig: d.config.StartupConfig,
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				v.Commit = s.Value
			case "vcs.time":
				v.BuiltAt, _ = time.Parse(time.RFC3339, s.Value)
			}
		}
	}
	return v, nil
}

func (d *Daemon) listeners(context.Context, *ipc.Caller, api.None) (api.Listeners, error) {
	return d.dispatcher.describe(time.Now()), nil
}

var apiFamilies = [2]api.Family{api.IPv4Unicast, api.IPv6Unicast}

// familyOf is a family of the API in the daemon's own terms.
func familyOf(f api.Family) (wire.Family, error) {
	for i, known := range apiFamilies {
		if f == known {
			return config.Families[i], nil
		}
	}
	return 0, &ipc.Error{Code: ipc.CodeInvalidParams, Message: fmt.Sprintf("unknown family %q", f),
		Data: api.ErrorData{What: "family", Where: "params.family", Remedy: "ipv4Unicast or ipv6Unicast"}}
}

func apiFamily(f wire.Family) api.Family {
	if i := config.FamilyIndex(f); i >= 0 {
		return apiFamilies[i]
	}
	return api.Family(f.String())
}

// ms is a time in milliseconds for an optional field.
func ms(d time.Duration) *int64 {
	n := max(d.Milliseconds(), 0)
	return &n
}
