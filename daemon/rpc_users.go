package daemon

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// clients lists who is connected, and who of them edits what.
func (d *Daemon) clients(ctx context.Context, self *ipc.Caller, _ api.None) (api.Clients, error) {
	out := api.Clients{Clients: []api.ClientInfo{}}
	editing, err := answer(ctx, d, func(time.Time) (map[uint64]api.Editing, error) { return d.controller.editing(), nil })
	if err != nil {
		return out, err
	}
	for _, c := range d.server.Callers() {
		row := api.ClientInfo{
			ID: c.ID, UID: c.UID, User: c.User, PID: c.PID, Role: api.Role(c.Role.String()), SinceAt: c.Since,
			Calls: c.Calls(), Self: c == self, Command: commandOf(c.PID),
		}
		if e, ok := editing[c.ID]; ok {
			row.Editing = &e
		}
		out.Clients = append(out.Clients, row)
	}
	return out, nil
}

// editing tells, by the number of the connection, who edits what.
func (c *controller) editing() map[uint64]api.Editing {
	out := map[uint64]api.Editing{}
	for id, e := range c.editors {
		x := api.Editing{From: e.who.source, SinceAt: e.since}
		if e.candidate != nil {
			x.Candidate, x.SinceAt, x.Uncommitted = true, e.candidate.since, e.candidate.differs()
		}
		out[id] = x
	}
	return out
}

// commandOf is the name of a process's program, empty where it cannot be told.
func commandOf(pid int32) string {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(name))
}

func (d *Daemon) auditList(_ context.Context, _ *ipc.Caller, p api.AuditParams) (api.Audit, error) {
	if p.Limit < 0 {
		return api.Audit{}, badParam("limit", "a limit is not negative")
	}
	return d.audit.list(p.Limit), nil
}

// ordered keeps an order of a client that changes no line of the configuration.
func (d *Daemon) ordered(c *ipc.Caller, what string, details ...string) {
	var words []string
	for _, w := range details {
		if w != "" {
			words = append(words, w)
		}
	}
	d.audit.order(time.Now(), authorOf(c, ""), what, strings.Join(words, " "))
}
