package daemon

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"bgpsh/daemon/config"
	"bgpsh/fsm"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// daemonLog writes the records of the daemon as a whole.
type daemonLog struct{ out *logrus.Logger }

func newDaemonLog(out *logrus.Logger) *daemonLog {
	if out == nil {
		out = logrus.New()
		out.SetOutput(io.Discard)
	}
	return &daemonLog{out: out}
}

func (g *daemonLog) dispatcher() dispatcherLog { return dispatcherLog{g.out} }

func (g *daemonLog) serving(c Config) { g.out.WithField("socket", c.Socket).Info("serving") }
func (g *daemonLog) stopping()        { g.out.Info("stopping") }
func (g *daemonLog) late()            { g.out.Warn("some connections did not end in time") }

func (g *daemonLog) noGraceful() {
	g.out.Warn("graceful restart is not supported: nothing was done; SIGTERM ends the daemon with a Cease to every neighbor")
}

func (g *daemonLog) fault(method string, cause any, stack []byte) {
	g.out.WithFields(logrus.Fields{"method": method, "stack": string(stack)}).Errorf("call failed inside the daemon: %v", cause)
}

func (g *daemonLog) cleared(user string, p *api.ClearParams, sessions int) {
	g.out.WithFields(logrus.Fields{"user": user, "how": p.How, "sessions": sessions}).Info("cleared")
}

func (g *daemonLog) reloaded(err error) {
	if err != nil {
		g.out.WithError(err).Error("the startup configuration was not loaded again; the running one stays")
	}
}

// loaded records the load of the startup configuration with all its bad lines.
func (g *daemonLog) loaded(path string, exists bool, problems []config.LineError, warnings []config.Warning) {
	if !exists {
		g.out.WithField("file", path).Info("no startup configuration: starting empty; begin with bgpsh, configure terminal, router bgp ASN")
		return
	}
	for _, w := range warnings {
		g.out.WithFields(logrus.Fields{"file": w.File, "line": w.Line, "input": w.Place.Text}).Warn(w.Reason)
	}
	for _, p := range problems {
		g.out.WithFields(logrus.Fields{"file": p.File, "line": p.Line, "input": p.Place.Text, "held": p.HeldBack()}).Error("bad line: " + p.Reason)
	}
}

// changed records one change of the configuration.
func (g *daemonLog) changed(who author, context []string, lines []config.Line) {
	texts := append([]string{}, context...)
	for _, l := range lines {
		texts = append(texts, strings.TrimSpace(l.Text))
	}
	g.out.WithFields(logrus.Fields{"user": who.user, "from": who.source, "lines": strings.Join(config.HideSecrets(texts), "; ")}).Info("configuration changed")
}

func (g *daemonLog) replaced(who author, path string, changes []config.Change) {
	var texts []string
	for _, ch := range changes {
		texts = append(texts, ch.Object+" "+ch.What)
	}
	g.out.WithFields(logrus.Fields{"user": who.user, "from": who.source, "file": path, "changes": strings.Join(texts, "; ")}).
		Info("configuration replaced")
}

func (g *daemonLog) saved(who author, path string) {
	g.out.WithFields(logrus.Fields{"user": who.user, "file": path}).Info("startup configuration written")
}

// dispatcherLog writes the records of listeners.
type dispatcherLog struct{ out *logrus.Logger }

func (g dispatcherLog) started(a netip.AddrPort) {
	g.out.WithField("listen_address", a).Info("dispatcher started")
}
func (g dispatcherLog) bind(a netip.AddrPort) {
	g.out.WithField("listen_address", a).Debugf("listener bind: %s", a)
}
func (g dispatcherLog) bound(a netip.AddrPort, err error) {
	if err != nil {
		g.out.WithField("listen_address", a).Warn(err)
	}
}

func (g dispatcherLog) accepted(a, caller netip.AddrPort) {
	g.out.WithField("listen_address", a).Debugf("accepted inbound connection from: %s", caller)
}

func (g dispatcherLog) refused(a netip.AddrPort, caller netip.Addr, why string, count uint64) {
	g.out.WithFields(logrus.Fields{"listen_address": a, "peer": caller, "count": count}).Warnf("connection from %s refused: %s", caller, why)
}

// sessionLog writes one session's records.
type sessionLog struct {
	out  *logrus.Logger
	name string
}

func (g *sessionLog) entry() *logrus.Entry { return g.out.WithField("neighbor", g.name) }

func (g *sessionLog) starting(set *setup) { g.entry().Info("starting peer state machine") }
func (g *sessionLog) rename(set *setup)   {}
func (g *sessionLog) dialing(l *link, limit time.Duration) {
	g.entry().Debugf("starting connection attempt to %s", l.remote)
}
func (g *sessionLog) dialFailed(l *link, err error) { g.entry().Debug(err) }
func (g *sessionLog) connected(l *link)             { g.entry().Debugf("connection to %s established", l.remote) }
func (g *sessionLog) reading(l *link)               {}
func (g *sessionLog) sending(l *link, t wire.Type, b []byte) {
	g.entry().Tracef("sending %d: %x", t, b)
}
func (g *sessionLog) received(l *link, m *fsm.Message) { g.entry().Tracef("recv %d", m.Type) }
func (g *sessionLog) note(n *fsm.Note, l *link) {
	if n.Kind == fsm.NoteTransition {
		g.entry().Infof("fsm transition %s -> %s", n.From, n.To)
		return
	}
	g.entry().Debugf("%s %s %s", n.Kind, n.Event, n.Text)
}
func (g *sessionLog) up()               { g.entry().Info("%ADJCHANGE: Up") }
func (g *sessionLog) down(r fsm.Reason) { g.entry().Infof("%%ADJCHANGE: Down %s", r.Kind) }
func (g *sessionLog) dropped(l *link)   {}
func (g *sessionLog) malformed(now time.Time, l *link, m malformed) {
	g.entry().Warn(fmt.Sprintf("%v: %x", m.err, m.body))
}
