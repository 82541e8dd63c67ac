package shell

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// monitor is `terminal monitor`: the events that are shown, and how far they
// have been, so that a new connection goes on where the old one ended.
type monitor struct {
	mu     sync.Mutex
	params *api.WatchEventsParams // nil: off
	last   uint64                 // number of the last event seen
	stop   func()
}

// monitorParams are the events that a command asks for. Without kinds they
// are those of sessions and the configuration, and of routes where it says
// which.
func monitorParams(c grammar.Command) api.WatchEventsParams {
	p := api.WatchEventsParams{Neighbor: peerName(c.Args.Peer("peer")), Prefix: c.Args.Prefix("prefix")}
	for _, k := range []api.EventKind{api.EventSession, api.EventState, api.EventRoute, api.EventConfig, api.EventLog} {
		if c.Args.Has(string(k)) {
			p.Kinds = append(p.Kinds, k)
		}
	}
	if len(p.Kinds) == 0 {
		p.Kinds = []api.EventKind{api.EventSession, api.EventConfig}
		if p.Neighbor != "" || p.Prefix.IsValid() {
			p.Kinds = append(p.Kinds, api.EventRoute)
		}
	}
	return p
}

// terminalMonitor turns the events on: in an interactive session they appear
// above the prompt until `terminal no monitor`; a script gets them as lines
// until it is interrupted.
func terminalMonitor(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	params := monitorParams(c)
	if s.monitorOn != nil {
		return s.monitorOn(ctx, &params)
	}
	return s.printEvents(ctx, w, params)
}

// terminalNoMonitor turns them off.
func terminalNoMonitor(s *Shell, _ context.Context, _ grammar.Command, _ io.Writer) error {
	if s.monitorOn != nil {
		return s.monitorOn(context.Background(), nil)
	}
	return nil
}

// watchEvents subscribes to events. each gets them in order, on the reader of
// the connection.
func (s *Shell) watchEvents(ctx context.Context, params api.WatchEventsParams, each func(*api.EventNews)) (api.WatchEventsResult, func(), error) {
	var result api.WatchEventsResult
	stop, err := s.subscribe(ctx, api.WatchEvents, func(number uint64) any { params.Subscription = number; return params }, &result,
		func(raw json.RawMessage) bool {
			var news api.EventNews
			if json.Unmarshal(raw, &news) == nil {
				each(&news)
			}
			return true
		})
	return result, stop, named(err, "No such neighbor in this view/vrf", params.Neighbor)
}

// printEvents writes events as lines until ctx ends or the connection does.
func (s *Shell) printEvents(ctx context.Context, w io.Writer, params api.WatchEventsParams) error {
	lines := make(chan []string, 64)
	gone := make(chan struct{})
	defer close(gone)
	_, stop, err := s.watchEvents(ctx, params, func(news *api.EventNews) {
		select {
		case lines <- eventLines(news):
		case <-gone:
		}
	})
	if err != nil {
		return err
	}
	defer stop()
	client := s.connected()
	look := time.NewTicker(readerCheck)
	defer look.Stop()
	for {
		select {
		case all := <-lines:
			for _, line := range all {
				if _, err := fmt.Fprintln(w, line); err != nil {
					return err
				}
			}
			if out, ok := w.(*output); ok {
				if err := out.flush(); err != nil {
					return err
				}
			}
		case <-look.C:
			if readerGone(s.out) {
				return nil
			}
		case <-client.Done():
			return s.gone()
		case <-ctx.Done():
			return nil
		}
	}
}

// set turns the events of an interactive session on, or off where params is
// nil.
func (i *session) set(ctx context.Context, params *api.WatchEventsParams) error {
	m := &i.monitor
	m.mu.Lock()
	stop := m.stop
	m.params, m.stop = nil, nil
	m.mu.Unlock()
	if stop != nil {
		stop()
	}
	if params == nil {
		return nil
	}
	_, err := i.begin(ctx, *params)
	return err
}

// begin subscribes, and remembers what for.
func (i *session) begin(ctx context.Context, params api.WatchEventsParams) (api.WatchEventsResult, error) {
	m := &i.monitor
	result, stop, err := i.shell.watchEvents(ctx, params, func(news *api.EventNews) {
		m.mu.Lock()
		if n := len(news.Events); n > 0 {
			m.last = news.Events[n-1].Number
		}
		m.mu.Unlock()
		i.tell("", eventLines(news)...)
	})
	if err != nil {
		return result, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	params.Instance = result.Instance
	m.params, m.stop, m.last = &params, stop, max(m.last, result.Next-1)
	return result, nil
}

// resume goes on with the events on a new connection.
func (i *session) resume(ctx context.Context) {
	m := &i.monitor
	m.mu.Lock()
	if m.params == nil {
		m.mu.Unlock()
		return
	}
	params, last := *m.params, m.last
	params.After, m.last = &last, 0
	m.mu.Unlock()
	result, err := i.begin(ctx, params)
	switch {
	case err != nil:
		i.tell("", "% terminal monitor has ended: "+err.Error())
	case result.Lost > 0:
		i.tell("", fmt.Sprintf("%% terminal monitor goes on; %s were missed", plural(int(result.Lost), "event")))
	case result.Restarted:
		i.tell("", "% terminal monitor goes on with the events of the new bgpd")
	}
}

// eventLines are events as lines.
func eventLines(news *api.EventNews) (lines []string) {
	if news.Lost > 0 {
		lines = append(lines, fmt.Sprintf("%% %s were missed: they came faster than they could be shown", plural(int(news.Lost), "event")))
	}
	for i := range news.Events {
		lines = append(lines, eventLine(&news.Events[i]))
	}
	return lines
}

// eventLine is an event as a line: the time, the kind, what happened.
func eventLine(e *api.Event) string {
	return printable(fmt.Sprintf("%s %-7s %s", e.At.Local().Format("15:04:05.000"), e.Kind, eventText(e)))
}

func eventText(e *api.Event) string {
	switch e.Kind {
	case api.EventSession, api.EventState:
		text := fmt.Sprintf("%s %s (was %s)", e.Neighbor, e.State, e.Was)
		if e.Reason != "" {
			text += ": " + e.Reason
		}
		return text
	case api.EventRoute:
		return routeEventText(e)
	case api.EventConfig:
		return fmt.Sprintf("changed by %s, version %d", oneOf(e.User, "the startup configuration"), e.Version)
	case api.EventLog:
		if e.Neighbor != "" && !strings.Contains(e.Text, e.Neighbor) {
			return fmt.Sprintf("%s %s: %s", e.Level, e.Neighbor, e.Text)
		}
		return e.Level + " " + e.Text
	}
	return string(e.Kind)
}

func routeEventText(e *api.Event) string {
	if e.Gone {
		if e.From == "" {
			return e.Prefix.String() + " has no best path any more"
		}
		return fmt.Sprintf("%s has no best path any more, was from %s", e.Prefix, e.From)
	}
	words := []string{e.Prefix.String(), "from", oneOf(e.Neighbor, "a neighbor that has gone")}
	if e.NextHop.IsValid() && !e.NextHop.IsUnspecified() {
		words = append(words, "next hop", e.NextHop.String())
	}
	if e.ASPath != "" {
		words = append(words, "path", e.ASPath)
	}
	if e.From != "" && e.From != e.Neighbor {
		words = append(words, "(was from "+e.From+")")
	}
	return strings.Join(words, " ")
}
