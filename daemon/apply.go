package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// Messages of the controller. reply is called once, in the controller's goroutine or in a session's.
type (
	applyRequest struct {
		context []string
		lines   []config.Line
		check   bool
		live    bool   // one line of a terminal: what is in use stays
		client  uint64 // number of the connection
		who     author
		routes  map[string]uint64 // accepted routes of each neighbor, for the answer
		reply   func(api.ApplyResult, error)
	}
	writeRequest struct {
		force bool
		who   author
		reply func(api.WriteResult, error)
	}
	eraseRequest struct {
		who   author
		reply func(api.EraseResult, error)
	}
	// reloadRequest makes the running configuration equal to the startup file, whole or not at all.
	reloadRequest struct {
		who   author
		reply func(error)
	}
)

// An errand is a question or order of a client that runs in the controller's goroutine. Either function answers it.
type errand struct {
	run    func(now time.Time)
	refuse func(error)
}

// overdue says that a deadline may have passed.
type overdue struct{}

// author is who changes something, and over what.
type author struct {
	user, source string
	pid          int32 // of the client; 0: it was none
}

// change begins a change by this author.
func (a author) change(k api.ChangeKind) *change {
	return &change{Kind: k, User: a.user, PID: a.pid, From: a.source}
}

// deadline is when step has something to do by itself; zero: never.
func (c *controller) deadline() time.Time {
	at := c.policies.due()
	if until := c.deferral.until; c.deferral.active() && (at.IsZero() || until.Before(at)) {
		at = until
	}
	if c.unconfirmed != nil && (at.IsZero() || c.unconfirmed.due.Before(at)) {
		at = c.unconfirmed.due
	}
	return at
}

// loop is the controller's goroutine.
func (c *controller) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Stop()
		if at := c.deadline(); !at.IsZero() {
			timer.Reset(time.Until(at))
		}
		select {
		case <-timer.C:
			c.turn(time.Now(), overdue{})
		case <-c.inbox.wake:
			for m, ok := c.inbox.take(); ok; m, ok = c.inbox.take() {
				c.turn(time.Now(), m)
			}
		case <-c.kernel.Changes():
			c.turn(time.Now(), linksChanged{})
		case <-c.kernel.RouteChanges():
			c.turn(time.Now(), routesChanged{})
		case <-ctx.Done():
			for _, m := range c.inbox.close() {
				c.refuse(m, stopping())
			}
			return
		}
	}
}

// step takes one message at time now.
func (c *controller) step(now time.Time, m any) {
	switch m := m.(type) {
	case applyRequest:
		c.apply(now, m)
	case writeRequest:
		c.write(now, m)
	case eraseRequest:
		c.erase(now, m)
	case reloadRequest:
		c.reload(now, m)
	case linksChanged:
		c.onLinksChanged(now)
	case routesChanged:
		c.onRoutesChanged()
	case dynamicCall:
		c.onDynamicCall(now, m)
	case dynamicGone:
		c.onDynamicGone(m)
	case errand:
		m.run(now)
	case editorGone:
		c.forget(m.client)
		c.settle(now, c.policies.enter(m.client, ""))
	case deferring:
		c.checkDeferral(now)
	case overdue:
		c.checkDeferral(now)
		c.expire(now)
		c.settle(now, c.policies.expire(now))
	}
}

// refuse answers a request that is not done.
func (c *controller) refuse(m any, why error) {
	switch m := m.(type) {
	case applyRequest:
		m.reply(api.ApplyResult{}, why)
	case writeRequest:
		m.reply(api.WriteResult{}, why)
	case eraseRequest:
		m.reply(api.EraseResult{}, why)
	case reloadRequest:
		m.reply(why)
	case dynamicCall:
		m.conn.CloseNow()
	case errand:
		m.refuse(why)
	}
}

// load makes the startup file the running configuration. Bad lines are logged and held back; they stop nothing. record puts down in the
// history what the daemon starts with: sessions do not wait for it, but it comes before any other change.
func (c *controller) load(now time.Time, done func()) (record func(), err error) {
	if err := c.history.load(); err != nil {
		c.log.notKept(c.history.next, err)
	}
	c.log.setAside(c.history.aside)
	undone := c.recover(now)
	next, err := c.startup.parse(c.options(nil))
	if err != nil {
		return nil, err
	}
	if u := c.unconfirmed; u != nil {
		var wrong []config.LineError
		if u.before, wrong = u.Before.Config(c.options(nil)); len(wrong) > 0 {
			u.before = u.old.take(u.File, c.options(nil)) // what ran cannot be read any more; what was saved always can
		}
	}
	c.changedAt = now
	c.log.loaded(c.startup.path, c.startup.seen.exists, c.startup.problems, c.startup.warnings)
	c.beginDeferral(now, next)
	c.install(now, next, nil, done)
	return func() {
		if c.recordStart(now, next, undone) == nil && undone != nil {
			c.settled()
		}
	}, nil
}

// recordStart keeps in the history what the daemon starts with, where that is not what it ended with: undone, which may be nil, was taken back, or
// the startup file is another.
func (c *controller) recordStart(now time.Time, next *config.Config, undone *unconfirmed) error {
	last := c.history.last()
	if last != nil && last.holds(next) {
		return nil
	}
	before := &config.Config{}
	if last != nil {
		if kept, err := c.history.configOf(last, c.options(nil)); err == nil {
			before = kept
		}
	}
	if config.Equal(before, next) {
		return nil
	}
	ch := &change{Kind: api.ChangeStartup, User: "bgpd", From: c.startup.path}
	if undone != nil && c.history.undoes(undone) {
		who, why := author{user: "bgpd"}, whyUndone(undone, now)
		ch = undoing(undone, who, why)
		c.log.takenBack(who, undone.Number, why)
	}
	ch.At = now
	lines, added, removed := config.Brief(before, next, maxChangeLines)
	ch.Added, ch.Removed, ch.More = added, removed, added+removed
	err := c.history.add(ch, lines, next)
	if err != nil {
		c.log.notKept(ch.Number, err)
	}
	c.audit.change(ch)
	return err
}

func (c *controller) options(context []string) config.Options {
	return config.Options{Context: context, IsLocal: c.isLocal}
}

// isLocal reports whether an address is this router's own: the host's, or one that it listens on. Loopback addresses are
// the host's and yet not ours alone: several daemons may share them.
func (c *controller) isLocal(a netip.Addr) bool {
	listens := func(l netip.AddrPort) bool { return l.Addr() == a }
	return slices.ContainsFunc(listenAddresses(c.running), listens) || !a.IsLoopback() && c.kernel.View().IsLocal(a)
}

func (c *controller) apply(now time.Time, m applyRequest) {
	if err := c.gate(now); err != nil && !m.check {
		m.reply(api.ApplyResult{}, err)
		return
	}
	o := c.options(m.context)
	o.Live = m.live
	out := config.Apply(c.running, m.lines, o)
	if errors.Is(out.Err, config.ErrGone) {
		m.reply(api.ApplyResult{}, goneMode(m.context))
		return
	}
	result := api.ApplyResult{Version: c.version, Lines: lineResults(out.Results), Notices: c.news(m.client)}
	if out.Applied {
		result.Changes = c.describe(now, out.Changes, m.routes)
	}
	if !out.Applied || m.check || len(out.Changes) == 0 {
		if result.Applied = out.Applied && !m.check; result.Applied {
			c.settle(now, c.policies.enter(m.client, out.Map))
		}
		m.reply(result, nil)
		return
	}
	c.touched = true
	c.policies.edited(now, &m, c.running, out.Config, out.Map, c.editors[m.client] != nil)
	c.log.changed(m.who, m.context, m.lines)
	if notice := c.record(now, m.who.change(api.ChangeLive), config.Compare(c.running, out.Config), out.Config); notice != "" {
		result.Notices = append(result.Notices, notice)
	}
	if e := c.editors[m.client]; e != nil {
		e.told = c.history.number()
	}
	result.Applied, result.Version = true, c.version+1 // which install makes it
	c.install(now, out.Config, config.Worst(out.Changes), func() { m.reply(result, nil) })
}

// goneMode refuses lines for a mode that has been removed since it was entered.
func goneMode(context []string) error {
	return &ipc.Error{Code: api.CodeGone, Message: "the configuration mode has been removed",
		Data: api.ErrorData{What: strings.Join(context, " / "), Remedy: "leave it with end and enter it again"}}
}

// describe tells the effect of changes on each thing, a neighbor's in one.
func (c *controller) describe(now time.Time, changes []config.Change, routes map[string]uint64) []api.ChangeResult {
	var out []api.ChangeResult
	at := map[string]int{}
	for _, ch := range changes {
		name := cmp.Or(ch.Neighbor, ch.Object)
		i, ok := at[name]
		if !ok {
			i = len(out)
			at[name] = i
			out = append(out, api.ChangeResult{Object: name, Neighbor: ch.Neighbor != "", Effect: api.EffectNone})
		}
		r := &out[i]
		if effectRank(ch.Effect) > rankOf(r.Effect) {
			r.Effect = api.Effect(ch.Effect.String())
		}
		if r.What != "" {
			r.What += ", "
		}
		r.What += ch.What
	}
	for i := range out {
		c.cost(now, &out[i], routes)
	}
	return out
}

// cost tells what a reset takes, or would take, away.
func (c *controller) cost(now time.Time, r *api.ChangeResult, routes map[string]uint64) {
	s := c.sessions[r.Object]
	if s == nil || !r.Neighbor {
		return
	}
	r.State, r.UptimeMs = s.stateAndAge(now)
	if r.State == string(api.Established) {
		r.Routes = routes[r.Object]
	}
}

// stateAndAge is the session's state and, when it is up, for how long.
func (s *session) stateAndAge(now time.Time) (state string, ageMs int64) {
	v := s.view.Load()
	if v.agreed != nil {
		ageMs = now.Sub(v.since).Milliseconds()
	}
	return string(v.state()), ageMs
}

func effectRank(e config.Effect) int { return int(e) }

func rankOf(e api.Effect) int {
	return slices.Index([]api.Effect{api.EffectNone, api.EffectLive, api.EffectRefresh, api.EffectReset}, e)
}

func lineResults(results []config.LineResult) (out []api.LineResult) {
	severities := map[config.Severity]api.Severity{
		config.Notice: api.SevNotice, config.Caution: api.SevWarning, config.Wrong: api.SevError,
	}
	for _, r := range results {
		out = append(out, api.LineResult{
			Line: r.Line.Number, Input: r.Line.Text, Severity: severities[r.Severity], Text: r.Text, Offset: r.Offset, Remedy: r.Remedy,
		})
	}
	return out
}

func (c *controller) write(now time.Time, m writeRequest) {
	if err := c.gate(now); err != nil {
		m.reply(api.WriteResult{}, err)
		return
	}
	c.touched = true
	existed := c.startup.seen.exists
	n, err := c.startup.write(now, c.running, m.force)
	if err != nil {
		m.reply(api.WriteResult{}, c.writeError(err))
		return
	}
	c.log.saved(m.who, c.startup.path)
	c.audit.order(now, m.who, "write", c.startup.path)
	c.publish()
	result := api.WriteResult{Path: c.startup.path, Lines: n}
	if existed {
		result.Kept = c.startup.path + ".1"
	}
	m.reply(result, nil)
}

// writeError says why the file was not written and what to do about it.
func (c *controller) writeError(err error) error {
	data := api.ErrorData{What: c.startup.path}
	text := fmt.Sprintf("%s was not written: %v", c.startup.path, err)
	switch {
	case errors.Is(err, errHeld):
		text = fmt.Sprintf("%s was not written: %d lines that hold something back would be lost", c.startup.path,
			len(c.startup.unwritten(c.running)))
		data.Remedy = "show startup-config errors lists them; write force writes all the same and keeps the old file as .1"
	case errors.Is(err, errForeign):
		data.Remedy = "compare it; write force writes all the same and keeps that program's file as .1"
	}
	return &ipc.Error{Code: api.CodeRefused, Message: text, Data: data}
}

func (c *controller) erase(now time.Time, m eraseRequest) {
	if err := c.gate(now); err != nil {
		m.reply(api.EraseResult{}, err)
		return
	}
	c.touched = true
	result, err := c.startup.erase()
	if err != nil {
		m.reply(result, c.writeError(err))
		return
	}
	c.log.saved(m.who, c.startup.path)
	c.audit.order(now, m.who, "erase", c.startup.path)
	c.publish()
	m.reply(result, nil)
}

// reload replaces the running configuration by the startup file, unless that has a bad line.
func (c *controller) reload(now time.Time, m reloadRequest) {
	if err := c.gate(now); err != nil {
		m.reply(err)
		return
	}
	fresh := startup{store: store{path: c.startup.path, disk: c.startup.disk}}
	text, err := fresh.load()
	if err != nil {
		m.reply(err)
		return
	}
	next := fresh.take(text, c.options(nil))
	switch {
	case !fresh.seen.exists:
		m.reply(fmt.Errorf("%s does not exist", fresh.path))
		return
	case !says(config.LinesOf(text)):
		m.reply(fmt.Errorf("%s has not one line of configuration, and would remove everything", fresh.path))
		return
	case len(fresh.problems) > 0:
		m.reply(fmt.Errorf("%s has %d bad lines, the first: %w", fresh.path, len(fresh.problems), fresh.problems[0]))
		return
	}
	changes := config.Diff(c.running, next)
	c.touched = true
	fresh.writtenAt, c.startup = c.startup.writtenAt, fresh
	c.startup.writtenAt = fresh.writtenAt
	c.log.replaced(m.who, fresh.path, changes)
	if len(changes) == 0 {
		c.publish()
		m.reply(nil)
		return
	}
	c.record(now, m.who.change(api.ChangeReload), config.Compare(c.running, next), next)
	c.install(now, next, config.Worst(changes), func() { m.reply(nil) })
}

// foundOther reports whether the neighbor on some interface is another than before.
func (c *controller) foundOther() bool {
	for name, set := range c.setups {
		if name == set.Interface && set.Addr != c.found(name) {
			return true
		}
	}
	return false
}

// onLinksChanged passes a change of the host's interfaces on to whom it may matter.
func (c *controller) onLinksChanged(now time.Time) {
	if c.running.Router != nil && (c.identity.routerID == 0 || c.foundOther()) {
		c.install(now, c.running, nil, nil)
	}
	c.installRedistributed(c.running)
	for _, name := range slices.Sorted(maps.Keys(c.sessions)) {
		c.sessions[name].inbox.post(linksChanged{})
	}
	c.edge.listen(listenAddresses(c.running), c.directory())
	c.edge.linksChanged()
}
