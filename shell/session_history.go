package shell

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// historyDefault is how many events and messages are shown where no limit is
// given.
const historyDefault = 20

// detailsMost is how long a detail is that is shown whole without wide.
const detailsMost = 100

// showSessionHistory is `show bgp neighbors P history`.
func showSessionHistory(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	what := c.Args.Text("what")
	params := api.SessionHistoryParams{
		Neighbor: peerName(c.Args.Peer("peer")), Events: what != "messages", Messages: what != "fsm",
		All: c.Args.Has("all"), Limit: historyDefault,
	}
	if c.Args.Has("limit") {
		params.Limit = int(c.Args.Uint("limit"))
	}
	h, err := s.sessionHistory(ctx, params)
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return printNative(w, h)
	}
	wide := c.Args.Has("wide")
	if params.Events {
		if err := printEvents(w, h, params.All, wide); err != nil {
			return err
		}
	}
	if params.Events && params.Messages {
		fmt.Fprintln(w)
	}
	if params.Messages {
		return printMessages(w, h, wide)
	}
	return nil
}

func (s *Shell) sessionHistory(ctx context.Context, params api.SessionHistoryParams) (*api.SessionHistory, error) {
	h := new(api.SessionHistory)
	err := s.call(ctx, api.BGPHistory, params, h)
	return h, named(err, "No such neighbor in this view/vrf", params.Neighbor)
}

// stamp is a time with its milliseconds, in local time.
func stamp(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05.000") }

// shownOf says how much of a list is shown, and how to see the rest.
func shownOf(shown, kept int, what, more string) string {
	if shown == kept {
		return plural(kept, what) + ", newest first"
	}
	return fmt.Sprintf("The newest %d of %s%s", shown, plural(kept, what), more)
}

// printEvents writes the events as a table.
func printEvents(w io.Writer, h *api.SessionHistory, all, wide bool) error {
	kind := "major event"
	if all {
		kind = "event"
	}
	fmt.Fprintf(w, "History of %s: %s\n", h.Neighbor.Name, shownOf(len(h.Events), h.EventsKept, kind, " (limit 0: all)"))
	if len(h.Events) == 0 {
		return nil
	}
	var rows [][]string
	for i := range h.Events {
		e := &h.Events[i]
		details := printable(e.Details)
		if e.From != "" {
			details = "" // the event says it
		}
		if !wide {
			details = brief(details, detailsMost)
		}
		rows = append(rows, []string{stamp(e.At), e.Category, e.Event, e.State, oneOf(e.Connection, "-"), details})
	}
	fmt.Fprintln(w)
	return printTable(w, []string{"Time", "Category", "Event", "State", "Connection", "Details"}, rows)
}

// brief cuts a text to size characters, marked with dots.
func brief(text string, size int) string {
	runes := []rune(text)
	if len(runes) <= size {
		return text
	}
	return string(runes[:size-3]) + "..."
}

// printMessages writes the messages: a line each, or with wide each whole, in
// words and in octets.
func printMessages(w io.Writer, h *api.SessionHistory, wide bool) error {
	received := 0
	for i := range h.Messages {
		if !h.Messages[i].Sent {
			received++
		}
	}
	fmt.Fprintf(w, "Messages of %s: %s\n", h.Neighbor.Name, shownOf(len(h.Messages), h.MessagesKept, "message", " (limit 0: all)"))
	if len(h.Messages) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	if wide {
		return printWideMessages(w, h)
	}
	var rows [][]string
	for i := range h.Messages {
		m := &h.Messages[i]
		rows = append(rows, []string{stamp(m.At), way(m), m.Connection, m.Type, fmt.Sprint(m.Length), brief(printable(m.Brief), detailsMost)})
	}
	return printTable(w, []string{"Time", "Way", "Connection", "Type", "Length", "Message"}, rows)
}

// way says from where a message went.
func way(m *api.SessionMessage) string {
	if m.Sent {
		return "sent"
	}
	return "received"
}

func printWideMessages(w io.Writer, h *api.SessionHistory) error {
	p := &page{}
	for i := range h.Messages {
		m := &h.Messages[i]
		p.line("%s %s %s, connection %s, %d octets", stamp(m.At), way(m), m.Type, m.Connection, m.Length)
		p.line("  %s", printable(m.Text))
		hexLines(p, m.Bytes)
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// saveSessionHistory is `show bgp neighbors P history save pcap FILE`. The
// messages are the daemon's, the file is the user's own.
func saveSessionHistory(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	h, err := s.sessionHistory(ctx, api.SessionHistoryParams{Neighbor: peerName(c.Args.Peer("peer")), Messages: true})
	if err != nil {
		return err
	}
	name := c.Args.Text("file")
	file, err := s.newSaver(name, io.Discard)
	if err != nil {
		return err
	}
	if _, err := file.Write(appendCapture(nil, h)); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s of %s saved to %s\n", plural(len(h.Messages), "message"), h.Neighbor.Name, name)
	return err
}

// showUpdateErrors is `show bgp neighbors P errors`.
func showUpdateErrors(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	params := api.UpdateErrorsParams{Neighbor: peerName(c.Args.Peer("peer"))}
	var x api.UpdateErrors
	if err := s.call(ctx, api.BGPUpdateErrors, params, &x); err != nil {
		return named(err, "No such neighbor in this view/vrf", params.Neighbor)
	}
	if wantsJSON(c) {
		return printNative(w, x)
	}
	if len(x.Counts) == 0 {
		_, err := fmt.Fprintf(w, "No malformed UPDATE has come from %s\n", x.Neighbor.Name)
		return err
	}
	fmt.Fprintf(w, "Malformed UPDATEs of %s: %d treated as withdrawn, %d with an attribute discarded, %d ended the session\n\n",
		x.Neighbor.Name, x.Withdrawn, x.Discarded, x.Resets)
	var rows [][]string
	for _, n := range x.Counts {
		rows = append(rows, []string{oneOf(n.Attribute, "(none)"), n.Action, fmt.Sprint(n.Count)})
	}
	if err := printTable(w, []string{"Attribute", "Action (RFC 7606)", "Faults"}, rows); err != nil {
		return err
	}
	p := &page{}
	for i := range x.Messages {
		m := &x.Messages[i]
		p.line("\n%s connection %s, %d octets: %s", stamp(m.At), m.Connection, m.Length, strings.TrimSpace(printable(m.Text)))
		p.line("  %s", m.Action)
		hexLines(p, m.Bytes)
	}
	_, err := io.WriteString(w, p.String())
	return err
}
