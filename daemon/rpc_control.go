package daemon

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/journal"
	"bgpsh/daemon/rib"
	"bgpsh/fsm"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/ipc/logline"
	"bgpsh/wire"
)

// logLevel sets the level of the log at run time.
func (d *Daemon) logLevel(_ context.Context, c *ipc.Caller, p api.LogLevelParams) (api.None, error) {
	level, err := logline.ParseLevel(p.Level)
	if err != nil {
		return api.None{}, badParam("level", err.Error())
	}
	if p.Neighbor == "" {
		d.log.SetLevel(journal.UnitAll, level)
		d.ordered(c, "log level", p.Level)
		return api.None{}, nil
	}
	pub, err := d.bgp()
	if err != nil {
		return api.None{}, err
	}
	s, err := pub.neighbor(p.Neighbor)
	if err != nil {
		return api.None{}, err
	}
	s.log.SetLevel(level)
	d.ordered(c, "log level", p.Level, p.Neighbor)
	return api.None{}, nil
}

// logDebug shows a kind of happening in the log, or no more.
func (d *Daemon) logDebug(_ context.Context, c *ipc.Caller, p api.LogDebugParams) (none api.None, err error) {
	if p.Topic == "" && p.Off {
		d.log.DebugNothing()
		d.ordered(c, "undebug", "all")
		return none, nil
	}
	topics, err := journal.ParseTopics(p.Topic)
	if err != nil {
		return none, badParam("topic", err.Error())
	}
	if p.Prefix.IsValid() && topics[len(topics)-1] < journal.TopicUpdatesIn {
		return none, badParam("prefix", "only updates have prefixes, "+p.Topic+" have none")
	}
	if p.Neighbor != "" && !p.Off { // what is shown of a neighbor that has gone can still be ended
		pub, err := d.bgp()
		if err != nil {
			return none, err
		}
		if _, err := pub.neighbor(p.Neighbor); err != nil {
			return none, err
		}
	}
	for _, t := range topics {
		if err := d.log.Debug(journal.Debugged{Topic: t, Neighbor: p.Neighbor, Prefix: p.Prefix.Masked()}, !p.Off); err != nil {
			return none, &ipc.Error{Code: api.CodeRefused, Message: err.Error()}
		}
	}
	d.ordered(c, map[bool]string{true: "undebug", false: "debug"}[p.Off], p.Topic, p.Neighbor)
	return none, nil
}

// logDebugging lists what the log shows whatever the levels say.
func (d *Daemon) logDebugging(context.Context, *ipc.Caller, api.None) (api.Debugging, error) {
	out := api.Debugging{Topics: []api.Debugged{}}
	for _, x := range d.log.Debugging() {
		out.Topics = append(out.Topics, api.Debugged{Topic: x.Topic.String(), Neighbor: x.Neighbor, Prefix: x.Prefix})
	}
	return out, nil
}

func (d *Daemon) clear(ctx context.Context, c *ipc.Caller, p api.ClearParams) (api.ClearResult, error) {
	out := api.ClearResult{Changes: []api.ChangeResult{}}
	pub, err := d.bgp()
	if err != nil {
		return out, err
	}
	if p.How == api.ClearPrefix {
		out.Resent, err = d.resend(ctx, p.Prefix)
		d.ordered(c, "clear", string(p.How), p.Prefix.String())
		return out, err
	}
	chosen, err := choose(pub, &p)
	if err != nil {
		return out, err
	}
	routes, err := d.accepted(ctx)
	if err != nil {
		return out, err
	}
	if p.How == api.ClearHard && len(chosen) == len(pub.sessions) {
		d.loop.do(func(*rib.RIB, time.Time) { d.loop.opening.restart() })
	}
	now := time.Now()
	answered := make(chan struct{})
	all := newPending(func() { close(answered) })
	for _, s := range chosen {
		result := api.ChangeResult{Object: s.name, Neighbor: true, Effect: api.EffectRefresh, What: string(p.How)}
		if p.How == api.ClearMessages {
			s.counts.clearMessages()
			result.Effect = api.EffectNone
			out.Changes = append(out.Changes, result)
			continue
		}
		message, err := s.clearing(&p, c.User, all.done)
		if err != nil {
			return out, err
		}
		if p.How == api.ClearHard {
			result.Effect = api.EffectReset
			result.State, result.UptimeMs = s.stateAndAge(now)
			if s.view.Load().agreed != nil {
				result.Routes = routes[s.name]
			}
		}
		all.add()
		if !s.inbox.post(message) {
			all.done()
		}
		out.Changes = append(out.Changes, result)
	}
	all.done()
	select {
	case <-answered:
	case <-ctx.Done():
		return out, ctx.Err()
	}
	d.log.cleared(c.User, &p, len(chosen))
	d.ordered(c, "clear", string(p.How), p.Neighbor, fmt.Sprintf("(%d sessions)", len(chosen)))
	return out, nil
}

// choose finds the sessions that a clear is about.
func choose(pub *publication, p *api.ClearParams) ([]*session, error) {
	if p.Neighbor != "" {
		s, err := pub.neighbor(p.Neighbor)
		return []*session{s}, err
	}
	if p.Group != "" && pub.config.Router.Groups[p.Group] == nil {
		return nil, &ipc.Error{Code: api.CodeNotFound, Message: "no such peer-group: " + p.Group, Data: api.ErrorData{What: p.Group}}
	}
	var out []*session
	for _, s := range pub.sessions {
		v := s.view.Load()
		if p.All || p.AS != 0 && v.remoteAS() == p.AS || p.External && v.linkKind() == api.External ||
			p.Internal && v.internal() || p.Group != "" && v.setup.Group == p.Group {
			out = append(out, s)
		}
	}
	if !p.All && p.AS == 0 && !p.External && !p.Internal && p.Group == "" {
		return nil, badParam("neighbor", "one of all, neighbor, as, external, internal and group is needed")
	}
	return out, nil
}

// clearing is the message that clears a session.
func (s *session) clearing(p *api.ClearParams, who string, done func()) (any, error) {
	families := config.Families[:]
	if p.Family != "" {
		f, err := familyOf(p.Family)
		if err != nil {
			return nil, err
		}
		families = []wire.Family{f}
	}
	switch p.How {
	case api.ClearHard:
		return order{event: fsm.Event{Kind: fsm.AdminReset, Text: p.Message}, who: who, done: done}, nil
	case api.ClearSoft:
		return soft{in: true, out: true, families: families, done: done}, nil
	case api.ClearSoftIn:
		return soft{in: true, families: families, done: done}, nil
	case api.ClearSoftOut:
		return soft{out: true, families: families, done: done}, nil
	}
	return nil, badParam("how", "how is hard, soft, softIn, softOut, messageStats or prefix")
}

// resend sends a prefix again to all who have it from us.
func (d *Daemon) resend(ctx context.Context, p netip.Prefix) (told int, err error) {
	if !p.IsValid() {
		return 0, badParam("prefix", "how prefix needs a prefix")
	}
	known := false
	err = d.loop.order(ctx, func(r *rib.RIB) { told, known = r.Resend(config.Families[indexOf(p.Addr())], p.Masked()) })
	if err == nil && !known {
		err = &ipc.Error{Code: api.CodeNotFound, Message: "no route to " + p.Masked().String(), Data: api.ErrorData{What: p.String()}}
	}
	return told, err
}

// waitLimit turns the timeout of a call into a duration.
func waitLimit(timeoutMs int64) time.Duration {
	if timeoutMs <= 0 {
		return time.Minute
	}
	return min(time.Duration(timeoutMs)*time.Millisecond, 24*time.Hour)
}

func (d *Daemon) waitEstablished(ctx context.Context, _ *ipc.Caller, p api.WaitEstablishedParams) (api.WaitResult, error) {
	began := time.Now()
	pub, err := d.bgp()
	if err != nil {
		return api.WaitResult{}, err
	}
	s, err := pub.neighbor(p.Neighbor)
	if err != nil {
		return api.WaitResult{}, err
	}
	after := uint32(0)
	if p.AfterGeneration != nil {
		after = *p.AfterGeneration
	}
	ctx, cancel := context.WithTimeout(ctx, waitLimit(p.TimeoutMs))
	defer cancel()
	up := make(chan uint32, 1)
	w := waiter{ctx: ctx, after: after, notify: func(generation uint32) { up <- generation }}
	if !s.inbox.post(w) {
		return api.WaitResult{}, &ipc.Error{Code: api.CodeNotFound, Message: "neighbor " + s.name + " was removed"}
	}
	select {
	case generation := <-up:
		return api.WaitResult{WaitedMs: time.Since(began).Milliseconds(), Generation: generation}, nil
	case <-s.gone:
		return api.WaitResult{}, &ipc.Error{Code: api.CodeNotFound, Message: "neighbor " + s.name + " was removed"}
	case <-ctx.Done():
		text := "neighbor " + s.name + " did not come up in time"
		if v := s.view.Load(); v.down != nil {
			text += ": " + v.downNow(time.Now()).String()
		}
		return api.WaitResult{}, &ipc.Error{Code: api.CodeTimeout, Message: text, Data: api.ErrorData{What: s.name}}
	}
}

// convergedPoll is how often the tables are asked whether anything is left to do.
const convergedPoll = 20 * time.Millisecond

func (d *Daemon) waitConverged(ctx context.Context, _ *ipc.Caller, p api.WaitConvergedParams) (api.WaitResult, error) {
	began := time.Now()
	if _, err := d.bgp(); err != nil {
		return api.WaitResult{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, waitLimit(p.TimeoutMs))
	defer cancel()
	poll := time.NewTicker(convergedPoll)
	defer poll.Stop()
	for {
		busy, err := d.busy(ctx)
		if err == nil && busy == "" {
			return api.WaitResult{WaitedMs: time.Since(began).Milliseconds()}, nil
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return api.WaitResult{}, &ipc.Error{Code: api.CodeTimeout, Message: "not converged in time: " + busy}
		}
	}
}

// busy tells what is left to do, empty for nothing: routes that a neighbor has not been sent, or anything in a queue.
func (d *Daemon) busy(ctx context.Context) (why string, err error) {
	sessions := d.published().sessions
	err = d.loop.ask(ctx, func(r *rib.RIB) {
		for _, s := range sessions {
			v := s.view.Load()
			if v.agreed == nil {
				continue
			}
			for _, f := range v.agreed.Families {
				if c := r.Counters(s.stream.peer, f); c.Pending || c.Blocked {
					why = s.name + " " + f.String()
				}
			}
			if n, _ := v.link.ring.depth(); n > 0 || s.stream.waiting() > 0 {
				why = s.name + " has messages under way"
			}
		}
	})
	return why, err
}
