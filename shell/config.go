package shell

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// oneRequest is how many bytes of lines go in one request; more go in parts.
const oneRequest = 512 << 10

// configure applies one line typed on a terminal: a transaction of its own,
// in the place where it was typed.
func (s *Shell) configure(ctx context.Context, c grammar.Command, line string) error {
	if c.Empty() {
		return nil
	}
	if c.ID == "router.bgp" && c.No && s.ask != nil && !s.ask("Remove BGP with all its neighbors?") {
		return nil
	}
	params := api.ApplyParams{Context: s.place.context, Lines: []api.Line{{Text: line}}, Live: !s.place.candidate, Source: s.from(s.origin)}
	var result api.ApplyResult
	err := s.callToApply(ctx, s.place.candidate, params, &result)
	if code(err) == api.CodeGone {
		gone := fail("%s has been removed by someone else; back to %s", strings.Join(s.place.context, ", "), grammar.Config.Prompt())
		s.place = place{mode: grammar.Config, candidate: s.place.candidate}
		return gone
	}
	if err != nil {
		return err
	}
	if err := s.answer(&result, nil); err != nil {
		return err
	}
	s.place = s.place.after(c, line)
	if c.ID == "hostname" {
		_, err = s.hello(ctx)
	}
	return err
}

// apply runs gathered lines as one transaction.
func (s *Shell) apply(ctx context.Context, t *transaction) error {
	var result api.ApplyResult
	var err error
	if t.size <= oneRequest {
		params := api.ApplyParams{Context: t.context, Lines: t.lines, Source: t.source}
		err = s.callToApply(ctx, t.candidate, params, &result)
	} else {
		err = s.applyInParts(ctx, t, &result)
	}
	if err != nil {
		return err
	}
	return s.answer(&result, t)
}

// callToApply applies lines to what runs, or to the candidate.
func (s *Shell) callToApply(ctx context.Context, candidate bool, p api.ApplyParams, result *api.ApplyResult) error {
	if candidate {
		return s.callCandidate(ctx, api.CandidateApply, p, result)
	}
	return s.call(ctx, api.ConfigApply, p, result)
}

// applyInParts hands over a transaction that is too long for one request.
func (s *Shell) applyInParts(ctx context.Context, t *transaction, result *api.ApplyResult) error {
	number, err := s.handOver(ctx, api.BeginParams{Context: t.context, Source: t.source}, t.lines)
	if err != nil {
		return err
	}
	return s.call(ctx, api.ConfigCommit, api.CommitParams{Transaction: number}, result)
}

// handOver opens a transaction and gives it lines, in as many requests as
// they need.
func (s *Shell) handOver(ctx context.Context, p api.BeginParams, lines []api.Line) (number uint64, err error) {
	if byPlace(lines) {
		return s.handOverText(ctx, p, textOf(lines))
	}
	var begun api.BeginResult
	if err := s.call(ctx, api.ConfigBegin, p, &begun); err != nil {
		return 0, err
	}
	for rest := lines; len(rest) > 0; {
		n, size := 0, 0
		for n < len(rest) && (n == 0 || size+sizeOf(rest[n].Text) <= oneRequest) {
			size += sizeOf(rest[n].Text)
			n++
		}
		params := api.AppendParams{Transaction: begun.Transaction, Lines: rest[:n]}
		if err := s.call(ctx, api.ConfigAppend, params, nil); err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	return begun.Transaction, nil
}

// answer prints what the daemon has to say about lines, and fails where it
// refused them. t is nil for a single line of a terminal.
func (s *Shell) answer(r *api.ApplyResult, t *transaction) error {
	defer s.together()()
	var bad error
	for i := range r.Lines {
		line := &r.Lines[i]
		switch line.Severity {
		case api.SevError: // last
		case api.SevWarning:
			fmt.Fprintf(s.errs, "%swarning: %s\n", t.prefix(line.Line), printable(line.Text))
			printRemedy(s.errs, line.Remedy)
		default:
			fmt.Fprintf(s.answers, "%s%s\n", t.prefix(line.Line), printable(line.Text))
			printRemedy(s.answers, line.Remedy)
		}
	}
	for i := range r.Lines {
		switch line := &r.Lines[i]; {
		case line.Severity != api.SevError:
		case t != nil:
			s.report(t.prefix(line.Line), lineFailure(line, t))
			bad = errReported
		default:
			bad = firstError(bad, lineFailure(line, nil))
		}
	}
	if bad == nil && !r.Applied && len(r.Lines) > 0 {
		bad = fail("The configuration was not changed")
	}
	if bad == nil {
		s.printChanges(r.Changes)
	}
	s.printNews(r.Notices)
	return bad
}

// lineFailure is the failure for a line that the daemon refused. Without
// line numbers the line itself says which one it was.
func lineFailure(line *api.LineResult, t *transaction) error {
	f := fail("%s", printable(line.Text))
	f.caret = -1
	if t != nil && !t.numbered && !strings.Contains(line.Text, strings.TrimSpace(line.Input)) {
		f.more = append(f.more, "in: "+grammar.Excerpt(strings.TrimSpace(line.Input)))
	}
	for _, remedy := range line.Remedy {
		f.more = append(f.more, printable(remedy))
	}
	return f
}

func printRemedy(w io.Writer, lines []string) {
	for _, line := range lines {
		fmt.Fprintf(w, "  %s\n", printable(line))
	}
}

// printChanges names what a change did to neighbors.
func (s *Shell) printChanges(changes []api.ChangeResult) {
	for i := range changes {
		if text := changeText(&changes[i]); text != "" {
			fmt.Fprintln(s.answers, text)
		}
	}
}

// changeText is the answer about one thing; empty where nobody notices.
func changeText(c *api.ChangeResult) string {
	did := "reset"
	if c.What == "removed" {
		did = c.What
	}
	switch {
	case c.Effect == api.EffectReset && c.State == string(api.Established):
		return fmt.Sprintf("%s: %s (was Established %s, %s)", c.Object, did, short(c.UptimeMs), plural(int(c.Routes), "route"))
	case c.Effect == api.EffectReset && c.State != "":
		return fmt.Sprintf("%s: %s (was %s)", c.Object, did, c.State)
	case c.Effect == api.EffectRefresh && c.What != "":
		return fmt.Sprintf("%s: refreshed (%s)", c.Object, c.What)
	case c.Effect == api.EffectRefresh:
		return c.Object + ": refreshed"
	}
	return ""
}

// logLevel sets the level of the daemon's log, or of one neighbor's records.
func logLevel(s *Shell, ctx context.Context, c grammar.Command, _ io.Writer) error {
	return s.call(ctx, api.LogLevel, api.LogLevelParams{
		Level: c.Args.Text("level"), Neighbor: peerName(c.Args.Peer("peer")),
	}, nil)
}

// clearBGP is `clear bgp`.
func clearBGP(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	params := api.ClearParams{
		Neighbor: peerName(c.Args.Peer("peer")), AS: c.Args.Uint32("as"), Group: c.Args.Text("group"),
		Family: family(c), How: api.ClearHard,
	}
	switch c.Args.Text("what") {
	case "*":
		params.All = true
	case "external":
		params.External = true
	case "internal":
		params.Internal = true
	}
	switch {
	case c.ID == "clear.bgp.message-stats":
		params.How = api.ClearMessages
	case c.Args.Text("dir") == "in":
		params.How = api.ClearSoftIn
	case c.Args.Text("dir") == "out":
		params.How = api.ClearSoftOut
	case c.Args.Has("soft"):
		params.How = api.ClearSoft
	}
	if params.All && params.How == api.ClearHard && s.ask != nil && !s.ask("Reset all sessions?") {
		return nil
	}
	var result api.ClearResult
	if err := s.call(ctx, api.BGPClear, params, &result); err != nil {
		if code(err) == api.CodeNotFound {
			return fail("BGP: Unknown neighbor - %q", oneOf(params.Neighbor, params.Group, fmt.Sprint(params.AS)))
		}
		return err
	}
	if wantsJSON(c) {
		return printJSON(w, changesObject(result.Changes))
	}
	s.printChanges(result.Changes)
	return nil
}

// changesObject is what was done to each neighbor, as a document.
func changesObject(changes []api.ChangeResult) *object {
	all := &object{}
	for _, c := range changes {
		o := (&object{}).set("effect", string(c.Effect)).text("what", c.What).text("state", c.State)
		all.set(c.Object, o.when(c.State == string(api.Established), "uptimeMsec", c.UptimeMs).when(c.Routes > 0, "routes", c.Routes))
	}
	return (&object{}).set("cleared", all)
}

// write is `write` and `copy running-config startup-config`.
func write(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	switch c.Args.Text("what") {
	case "terminal":
		return showRunning(s, ctx, c, w)
	case "erase":
		if s.ask != nil && !s.ask("Remove the startup configuration?") {
			return nil
		}
		var erased api.EraseResult
		if err := s.call(ctx, api.ConfigErase, api.None{}, &erased); err != nil {
			return err
		}
		fmt.Fprintf(s.answers, "Startup configuration %s removed%s\n", erased.Path, kept(erased.Kept))
		return nil
	}
	var written api.WriteResult
	if err := s.call(ctx, api.ConfigWrite, api.WriteParams{Force: c.Args.Text("what") == "force"}, &written); err != nil {
		return err
	}
	fmt.Fprintf(s.answers, "Configuration saved to %s%s\n", written.Path, kept(written.Kept))
	return nil
}

func kept(path string) string {
	if path == "" {
		return ""
	}
	return ", the old one is " + path
}

// showRunning is `show running-config`. What it prints can be fed back with
// -f as it is.
func showRunning(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	var running api.Running
	if err := s.call(ctx, api.ConfigRunning, api.RunningParams{Packed: true}, &running); err != nil {
		return err
	}
	if wantsJSON(c) {
		o, err := runningObject(&running)
		if err != nil {
			return err
		}
		return printJSON(w, o)
	}
	if !c.Args.Has("no-header") {
		io.WriteString(w, runningHead)
	}
	last := ""
	err := eachLine(&running, func(line string) error {
		last = line
		_, err := io.WriteString(w, line)
		return err
	})
	if err == nil && last != "end\n" {
		_, err = io.WriteString(w, "end\n")
	}
	return err
}

// eachLine gives the lines of the running configuration, each with its end,
// however they came.
func eachLine(r *api.Running, take func(string) error) error {
	for _, line := range r.Lines {
		if err := take(line + "\n"); err != nil {
			return err
		}
	}
	if len(r.Packed) == 0 {
		return nil
	}
	z, err := gzip.NewReader(bytes.NewReader(r.Packed))
	if err != nil {
		return err
	}
	text := bufio.NewReader(z)
	for {
		line, err := text.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = take(line)
		}
		if err != nil {
			return err
		}
	}
}

// runningObject is the running configuration as a document.
func runningObject(r *api.Running) (*object, error) {
	lines := list{}
	err := eachLine(r, func(line string) error {
		lines = append(lines, strings.TrimSuffix(line, "\n"))
		return nil
	})
	o := (&object{}).set("version", r.Version).set("unsaved", r.Unsaved).text("changedBy", r.ChangedBy)
	if !r.ChangedAt.IsZero() {
		o.set("changedEpoch", r.ChangedAt.Unix())
	}
	return o.set("lines", lines), err
}

// runningHead stands above the running configuration, as in FRR. Its lines
// are no commands, and are passed over where they are read back.
const runningHead = "Building configuration...\n\nCurrent configuration:\n"
