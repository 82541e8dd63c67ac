package daemon

import (
	"context"
	"fmt"
	"sort"

	"bgpsh/daemon/journal"
	"bgpsh/fsm"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

func (d *Daemon) sessionHistory(_ context.Context, _ *ipc.Caller, p api.SessionHistoryParams) (api.SessionHistory, error) {
	pub, err := d.bgp()
	if err != nil {
		return api.SessionHistory{}, err
	}
	if p.Limit < 0 {
		return api.SessionHistory{}, badParam("limit", fmt.Sprintf("limit %d is negative", p.Limit))
	}
	s, err := pub.neighbor(p.Neighbor)
	if err != nil {
		return api.SessionHistory{}, err
	}
	out := api.SessionHistory{Neighbor: s.view.Load().ref()}
	if p.Events {
		events := s.log.Events(p.All, 0)
		out.EventsKept = len(events)
		for _, e := range newest(events, p.Limit) {
			out.Events = append(out.Events, eventOf(&e))
		}
	}
	if p.Messages {
		messages := s.log.Messages(true, true, 0)
		out.MessagesKept = len(messages)
		for _, m := range newest(messages, p.Limit) {
			out.Messages = append(out.Messages, messageOf(&m))
		}
	}
	return out, nil
}

// newest gives the first limit of a list, 0: all.
func newest[T any](all []T, limit int) []T {
	if limit > 0 && len(all) > limit {
		return all[:limit]
	}
	return all
}

func eventOf(e *journal.Event) api.SessionEvent {
	out := api.SessionEvent{
		At: e.Time, Category: e.Category.String(), Event: e.Type, State: e.State.CamelCase(), Connection: e.Conn, Details: safeText(e.Details),
	}
	if e.Category == journal.StateTransition {
		out.From = e.Previous.CamelCase()
	}
	return out
}

func messageOf(m *journal.Message) api.SessionMessage {
	return api.SessionMessage{
		At: m.Time, Connection: m.Conn, Sent: m.Sent, Type: m.Type.String(), Length: m.Len, Brief: safeText(m.Brief()), Text: safeText(m.Display()), Bytes: m.Bytes,
		Local: m.Local, Remote: m.Remote, Dialed: m.Direction == fsm.Outbound,
	}
}

func (d *Daemon) updateErrors(_ context.Context, _ *ipc.Caller, p api.UpdateErrorsParams) (api.UpdateErrors, error) {
	out := api.UpdateErrors{Counts: []api.UpdateErrorCount{}, Messages: []api.MalformedUpdate{}}
	pub, err := d.bgp()
	if err != nil {
		return out, err
	}
	s, err := pub.neighbor(p.Neighbor)
	if err != nil {
		return out, err
	}
	out.Neighbor = s.view.Load().ref()
	out.Withdrawn, out.Discarded, out.Resets = s.counts.withdrawn.Load(), s.counts.discarded.Load(), s.counts.resets.Load()
	for action, n := range map[string]uint64{"discard by path-attribute": s.counts.stripped.Load(), "withdraw by path-attribute": s.counts.refused.Load()} {
		if n > 0 {
			out.Counts = append(out.Counts, api.UpdateErrorCount{Action: action, Count: n})
		}
	}
	sort.Slice(out.Counts, func(i, j int) bool { return out.Counts[i].Action < out.Counts[j].Action })
	for _, c := range s.log.MistakeCounts() {
		row := api.UpdateErrorCount{Action: c.Severity.String(), Count: c.Count}
		if c.Attr != 0 {
			row.Attribute = c.Attr.String()
		}
		out.Counts = append(out.Counts, row)
	}
	for _, m := range s.log.Mistakes() {
		row := api.MalformedUpdate{
			At: m.Time, Connection: m.Conn, Code: m.Error.Code, Subcode: m.Error.Subcode, Action: m.Error.Severity.String(),
			Text: safeText(m.Error.Text), Length: m.Len, Bytes: m.Bytes,
		}
		if m.Error.Attr != 0 {
			row.Attribute = m.Error.Attr.String()
		}
		out.Messages = append(out.Messages, row)
	}
	return out, nil
}
