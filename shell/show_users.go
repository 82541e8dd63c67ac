package shell

import (
	"context"
	"fmt"
	"io"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// who is `who` and `show users`: the clients of the daemon.
func who(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	var all api.Clients
	if err := s.call(ctx, api.DaemonClients, api.None{}, &all); err != nil {
		return err
	}
	if wantsJSON(c) {
		return printNative(w, all)
	}
	var rows [][]string
	for _, c := range all.Clients {
		self := ""
		if c.Self {
			self = "*"
		}
		rows = append(rows, []string{fmt.Sprintf("%s%d", self, c.ID), c.User, fmt.Sprint(c.PID), printable(c.Command), string(c.Role),
			fmt.Sprint(c.Calls), calendar(c.SinceAt), editingText(c.Editing)})
	}
	return printTable(w, []string{"Client", "User", "Pid", "Program", "Role", "Calls", "Since", "Configures"}, rows)
}

// editingText is what a client edits in a few words.
func editingText(e *api.Editing) string {
	if e == nil {
		return ""
	}
	text := "what runs"
	if e.Candidate {
		text = "a candidate, " + plural(e.Uncommitted, "line")
	}
	if e.From != "" {
		text += ", from " + printable(e.From)
	}
	return text
}

// showAudit is `show audit`: who changed what.
func showAudit(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	var all api.Audit
	if err := s.call(ctx, api.AuditList, api.AuditParams{Limit: lastOnes(c, 20)}, &all); err != nil {
		return err
	}
	if wantsJSON(c) {
		return printNative(w, all)
	}
	for _, path := range all.Damaged {
		fmt.Fprintf(w, "%% a damaged file was set aside: %s\n", printable(path))
	}
	if len(all.Entries) == 0 {
		_, err := fmt.Fprintln(w, "Nobody has changed anything")
		return err
	}
	for i := range all.Entries {
		printAuditEntry(w, &all.Entries[i])
	}
	return nil
}

func printAuditEntry(w io.Writer, e *api.AuditEntry) {
	by := printable(e.User)
	if e.PID != 0 {
		by += fmt.Sprintf(", pid %d", e.PID)
	}
	if e.From != "" {
		by += ", " + printable(e.From)
	}
	what := printable(e.What)
	if e.Change != 0 {
		what = fmt.Sprintf("change %d (%s)", e.Change, what)
	}
	if e.Detail != "" {
		what += ": " + printable(e.Detail)
	}
	fmt.Fprintf(w, "%s  %s  by %s\n", calendar(e.At), what, by)
	for _, l := range e.Lines {
		fmt.Fprintf(w, "    %s\n", printable(l))
	}
	if e.More > 0 {
		fmt.Fprintf(w, "    and %s more\n", plural(e.More, "line"))
	}
}
