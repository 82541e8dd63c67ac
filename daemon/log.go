package daemon

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/journal"
	"bgpsh/daemon/kernel"
	"bgpsh/daemon/policy"
	"bgpsh/ipc/api"
	"bgpsh/ipc/logline"
	"bgpsh/wire"
)

// logFlush is how long the end of the daemon may wait for the disk that takes the log.
const logFlush = 200 * time.Millisecond

// OpenLog opens the daemon's log. path is a file, or "-" for standard error; format is pretty, json or text, empty for the
// one that suits where it goes.
func OpenLog(path, format, level string) (*journal.Journal, error) {
	l, err := logline.ParseLevel(level)
	if err != nil {
		return nil, err
	}
	return journal.Open(journal.Config{Path: path, Format: journal.Format(format), Level: l})
}

// daemonLog writes the records of the daemon as a whole.
type daemonLog struct{ *journal.Journal }

func newDaemonLog(j *journal.Journal) *daemonLog {
	if j == nil {
		j = journal.Discard()
	}
	return &daemonLog{j}
}

func field(key string, value any) logline.Field { return logline.Field{Key: key, Value: value} }

func (g *daemonLog) say(l logline.Level, msg string, fields ...logline.Field) {
	g.Write(l, journal.UnitDaemon, msg, fields...)
}

func (g *daemonLog) serving(c Config) {
	g.say(logline.Info, "bgpd started", field("version", c.Version), field("socket", c.Socket), field("startup_config", c.StartupConfig))
}

func (g *daemonLog) late() { g.say(logline.Warn, "some connections did not end in time") }

// restarting records the begin of a restart that neighbors are to notice as little as they can.
func (g *daemonLog) restarting() { g.say(logline.Info, "restarting gracefully") }

func (g *daemonLog) deferring(limit time.Duration) {
	g.say(logline.Info, "no routes are announced before the neighbors have sent theirs", field("seconds", int(limit/time.Second)))
}

func (g *daemonLog) deferred(f wire.Family, late bool) {
	text := "all neighbors have sent their routes: announcing begins"
	if late {
		text = "not all neighbors have sent their routes in time: announcing begins"
	}
	g.say(logline.Info, text, field("family", f.String()))
}

func (g *daemonLog) cleared(user string, p *api.ClearParams, sessions int) {
	g.say(logline.Info, "cleared", field("user", user), field("how", string(p.How)), field("sessions", sessions))
}

func (g *daemonLog) reloaded(err error) {
	if err != nil {
		g.Write(logline.Error, journal.UnitConfig, "the startup configuration was not loaded again, the running one stays: "+err.Error())
	}
}

// loaded records the load of the startup configuration with all its bad lines.
func (g *daemonLog) loaded(path string, exists bool, problems []config.LineError, warnings []config.Warning) {
	if !exists {
		g.Write(logline.Info, journal.UnitConfig,
			"no startup configuration, starting empty; begin with bgpsh, configure terminal, router bgp ASN", field("file", path))
		return
	}
	for _, w := range warnings {
		g.Write(logline.Warn, journal.UnitConfig, fmt.Sprintf("%s line %d: %s", w.File, w.Line, w.Reason), field("text", w.Place.Text))
	}
	for _, p := range problems {
		g.BadLine(p.File, p.Line, p.Place.Text, p.Reason, p.HeldBack())
	}
}

// changed records one change of the configuration.
func (g *daemonLog) changed(who author, context []string, lines []config.Line) {
	texts := append([]string{}, context...)
	for _, l := range lines {
		texts = append(texts, strings.TrimSpace(l.Text))
	}
	g.ConfigChanged(who.user, who.source, config.HideSecrets(texts))
}

// replaced records what a whole configuration that took the place of the running one changed.
func (g *daemonLog) replaced(who author, path string, changes []config.Change) {
	texts := make([]string, len(changes))
	for i, ch := range changes {
		texts[i] = ch.String()
	}
	g.Write(logline.Info, journal.UnitConfig, "configuration replaced by "+path,
		field("user", who.user), field("from", who.source), field("changes", strings.Join(texts, "; ")))
}

// committed records a whole configuration that takes the place of the running one, by its difference.
func (g *daemonLog) committed(ch *change, lines []string) {
	fields := []logline.Field{field("user", ch.User), field("from", ch.From), field("kind", string(ch.Kind))}
	if ch.Comment != "" {
		fields = append(fields, field("comment", ch.Comment))
	}
	g.Write(logline.Info, journal.UnitConfig, "configuration changed", append(fields, field("lines", strings.Join(lines, "; ")))...)
}

func (g *daemonLog) confirmed(who author, number uint64) {
	g.Write(logline.Info, journal.UnitConfig, "change confirmed", field("change", number), field("user", who.user), field("from", who.source))
}

func (g *daemonLog) takenBack(who author, number uint64, why string) {
	g.Write(logline.Warn, journal.UnitConfig, "unconfirmed change taken back: "+why, field("change", number), field("user", who.user), field("from", who.source))
}

// ended records an unconfirmed change that is not in force at the daemon's start.
func (g *daemonLog) ended(u *unconfirmed) {
	g.Write(logline.Warn, journal.UnitConfig, "an unconfirmed change is not in the startup configuration and ends here",
		field("change", u.Number), field("user", u.User), field("from", u.From))
}

func (g *daemonLog) notRestored(path string, err error) {
	g.Write(logline.Error, journal.UnitConfig, "an unconfirmed change was taken back, and its file was not put back; the next start tries again: "+err.Error(),
		field("file", path))
}

func (g *daemonLog) notKept(number uint64, err error) {
	g.Write(logline.Error, journal.UnitConfig, "the history of the configuration was not written: "+err.Error(), field("change", number))
}

// setAside records the damaged files of the history.
func (g *daemonLog) setAside(paths []string) {
	for _, path := range paths {
		g.Write(logline.Error, journal.UnitConfig, "a damaged file of the configuration's history was set aside", field("file", path))
	}
}

func (g *daemonLog) saved(who author, path string) {
	g.Write(logline.Info, journal.UnitConfig, "startup configuration written", field("user", who.user), field("file", path))
}

// parameters are a neighbor's settings as its first record shows them.
func parameters(c *setup) *logline.SessionInfo {
	p := &logline.SessionInfo{
		Passive: c.Passive, MD5AuthKey: logline.Hidden(!c.Password.Empty()), EnforceFirstAS: c.EnforceFirstAS,
		ConnectRetryTime: logline.Span(c.ConnectRetry), KeepaliveTime: logline.Span(c.Keepalive), HoldTime: logline.Span(c.HoldTime),
		IdleHoldTime: logline.Span(c.IdleHold), DelayOpenTime: logline.Span(c.DelayOpen), Resolution: logline.Span(c.Resolution),
		ConnectJitter: jitter(c.ConnectJitter), IdleHoldJitter: jitter(c.IdleHoldJitter),
		CollisionEstablished: c.CollisionEstablished, DSCP: logline.Dscp(c.DSCP),
	}
	if c.RemoteAS.Kind == config.Exactly && c.RemoteAS.AS != 0 {
		p.RemoteASN = bare(asText(c.RemoteAS.AS))
	}
	if c.RemoteID.IsValid() {
		p.RemoteID = bare(fmt.Sprint(uint32Of(c.RemoteID)))
	}
	if c.Source.Addr.IsValid() {
		p.BindAddr = bare(netip.AddrPortFrom(c.Source.Addr, 0).String())
	}
	if c.MinTTL > 0 {
		p.MinTTL = &c.MinTTL
	}
	if c.VLAN > 0 {
		p.VLANID = &c.VLAN
	}
	if f := &c.Families[config.IPv4]; f.Active {
		u := logline.Ipv4UnicastConfig(unicast(f, c.Inside()))
		p.IPv4Unicast = &u
		p.MED, p.Communities, p.LocalPref = f.Out.SetMED, f.Out.AddCommunities, f.In.SetLocalPref
	}
	if f := &c.Families[config.IPv6]; f.Active {
		u := logline.Ipv6UnicastConfig(unicast(f, c.Inside()))
		p.IPv6Unicast = &u
	}
	return p
}

func unicast(f *config.FamilySettings, internal bool) logline.UnicastConfig {
	u := logline.UnicastConfig{ImportPolicy: allowed(f.Import(internal)), ExportPolicy: allowed(f.Export(internal))}
	if f.NextHop.IsValid() {
		u.Nexthop = bare(f.NextHop.String())
	}
	return u
}

func allowed(s policy.Spec) logline.Bare {
	switch {
	case s.DenyAll != policy.Accepted:
		return "Allow({})"
	case !s.HasAllow:
		return "NoFiltering"
	}
	rules := make([]string, len(s.Allow))
	for i, r := range s.Allow {
		rules[i] = r.String()
	}
	return logline.Bare("Allow({" + strings.Join(rules, ", ") + "})")
}

func bare(s string) *logline.Bare {
	b := logline.Bare(s)
	return &b
}

func jitter(j config.Jitter) *logline.JitterRange {
	if j == (config.Jitter{}) {
		return nil
	}
	return &logline.JitterRange{Min: j.Min, Max: j.Max}
}

// notRedistributed says that the kernel's routes cannot be read.
func (g *daemonLog) notRedistributed(err error) {
	what := "The kernel's routes are not redistributed; the next change of an interface or of the configuration tries again"
	if errors.Is(err, kernel.ErrAgain) {
		what = "The kernel's routes are redistributed as they were known"
	}
	g.say(logline.Error, what, field("error", err.Error()))
}
