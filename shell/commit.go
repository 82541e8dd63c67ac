package shell

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// commit applies the candidate.
func commit(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	params := api.CandidateCommitParams{Check: c.Args.Has("check"), Minutes: int(c.Args.Uint("minutes")), Comment: commentOf(c)}
	var r api.CommitResult
	if err := s.callCandidate(ctx, api.CandidateCommit, params, &r); err != nil {
		return err
	}
	if err := s.committed(&r, nil); err != nil || wantsJSON(c) {
		return s.commitDocument(w, c, &r, err)
	}
	switch {
	case !r.Changed:
		return noChange(w)
	case params.Check:
		return printEffects(w, &r)
	}
	if r.Merged > 0 {
		fmt.Fprintf(s.answers, "Merged with %s of others\n", plural(r.Merged, "changed line"))
	}
	s.printChanges(r.Changes)
	fmt.Fprintf(s.answers, "Committed as change %d, saved to %s\n", r.Number, r.Saved)
	printConfirm(s.answers, &r)
	return nil
}

// commentOf is the comment of a commit; quotes around it are not part of it.
func commentOf(c grammar.Command) string {
	text := c.Args.Text("comment")
	if n := len(text); n >= 2 && text[0] == '"' && text[n-1] == '"' {
		return text[1 : n-1]
	}
	return text
}

// printConfirm says when a change is taken back.
func printConfirm(w io.Writer, r *api.CommitResult) {
	if !r.ConfirmByAt.IsZero() {
		fmt.Fprintf(w, "Taken back at %s unless it is confirmed: commit confirm\n", clock(r.ConfirmByAt))
	}
}

// committed is why a commit or a replacement was refused, after everything
// there is to say about its lines. t says whether lines have numbers.
func (s *Shell) committed(r *api.CommitResult, t *transaction) error {
	s.printNews(r.Notices)
	var bad error
	for i := range r.Lines {
		line := &r.Lines[i]
		if line.Severity == api.SevError {
			s.report(t.prefix(line.Line), lineFailure(line, t))
			bad = errReported
			continue
		}
		fmt.Fprintf(s.errs, "%swarning: %s\n", t.prefix(line.Line), printable(line.Text))
	}
	if bad != nil || len(r.Conflicts) == 0 {
		return bad
	}
	var objects []string
	for i := range r.Conflicts {
		objects = append(objects, printable(r.Conflicts[i].Object))
	}
	f := fail("Not committed: others have changed the same since: %s", strings.Join(objects, ", "))
	for i := range r.Conflicts {
		f.more = append(f.more, conflictText(&r.Conflicts[i])...)
	}
	f.more = append(f.more, "update brings their changes into the candidate, where yours stay; show configuration diff compares, commit then applies")
	return f
}

// conflictText tells who changed a thing, when, and how.
func conflictText(c *api.Conflict) []string {
	head := fmt.Sprintf("%s: changed by %s (%s) at %s, change %d", printable(c.Object), printable(c.User), printable(c.From), clock(c.At), c.Number)
	if c.Reason != "" {
		head += ", with which this line is wrong: " + printable(c.Reason)
	}
	lines := []string{head}
	for i := range c.Theirs {
		lines = append(lines, "  "+diffText(&c.Theirs[i]))
	}
	return lines
}

// printEffects shows what a change is, and what it does to each thing.
func printEffects(w io.Writer, r *api.CommitResult) error {
	if err := printDiff(w, r.Diff); err != nil {
		return err
	}
	var rows [][]string
	for i := range r.Changes {
		c := &r.Changes[i]
		state, routes := c.State, ""
		if c.State == string(api.Established) {
			state, routes = c.State+" "+short(c.UptimeMs), fmt.Sprint(c.Routes)
		}
		rows = append(rows, []string{c.Object, string(c.Effect), state, routes, printable(c.What)})
	}
	fmt.Fprintln(w)
	if err := printTable(w, []string{"Object", "Effect", "State", "Routes", "What"}, rows); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "\n%s untouched\n", sentence(r.Untouched, "neighbor")); err != nil || r.Trial == nil {
		return err
	}
	p := &page{}
	p.line("")
	p.line("On the routes there are:")
	trialLines(p, r.Trial, true)
	_, err := io.WriteString(w, p.String())
	return err
}

// commitDocument is the answer to a commit or a replacement as JSON. failed
// is what the command ends with; the document stands for it too.
func (s *Shell) commitDocument(w io.Writer, c grammar.Command, r *api.CommitResult, failed error) error {
	if !wantsJSON(c) {
		return failed
	}
	o := (&object{}).set("changed", r.Changed).set("applied", r.Applied).set("check", c.Args.Has("check")).when(r.Number > 0, "number", r.Number)
	o.text("saved", r.Saved).when(!r.ConfirmByAt.IsZero(), "confirmByEpoch", r.ConfirmByAt.Unix())
	diff, lines, conflicts := list{}, list{}, list{}
	for i := range r.Diff {
		diff = append(diff, diffText(&r.Diff[i]))
	}
	neighbors, others := &object{}, &object{}
	for i := range r.Changes {
		x := &r.Changes[i]
		e := (&object{}).set("effect", string(x.Effect)).text("what", x.What).text("state", x.State)
		e.when(x.State == string(api.Established), "uptimeMsec", x.UptimeMs).when(x.State == string(api.Established), "routes", x.Routes)
		if x.Neighbor {
			neighbors.set(x.Object, e)
		} else {
			others.set(x.Object, e)
		}
	}
	for i := range r.Lines {
		l := &r.Lines[i]
		lines = append(lines, (&object{}).set("line", l.Line).set("input", l.Input).set("severity", string(l.Severity)).set("text", l.Text))
	}
	for i := range r.Conflicts {
		x := &r.Conflicts[i]
		theirs := list{}
		for j := range x.Theirs {
			theirs = append(theirs, diffText(&x.Theirs[j]))
		}
		conflicts = append(conflicts, (&object{}).set("object", x.Object).text("reason", x.Reason).set("number", x.Number).set("user", x.User).
			set("from", x.From).set("epoch", x.At.Unix()).set("theirs", theirs))
	}
	o.set("diff", diff).set("neighbors", neighbors).set("others", others).set("untouched", r.Untouched).when(len(lines) > 0, "lines", lines)
	o.when(len(conflicts) > 0, "conflicts", conflicts).when(r.Trial != nil, "trial", r.Trial)
	return firstError(printJSON(w, o), failed)
}

// confirmCommit is `commit confirm`.
func confirmCommit(s *Shell, ctx context.Context, _ grammar.Command, _ io.Writer) error {
	var r api.ConfirmResult
	if err := s.call(ctx, api.ConfigConfirm, api.ConfirmParams{Source: s.from(s.origin)}, &r); err != nil {
		return err
	}
	fmt.Fprintf(s.answers, "Change %d is confirmed\n", r.Pending.Number)
	return nil
}

// cancelCommit is `commit cancel`.
func cancelCommit(s *Shell, ctx context.Context, _ grammar.Command, _ io.Writer) error {
	var r api.ConfirmResult
	if err := s.call(ctx, api.ConfigCancel, api.ConfirmParams{Source: s.from(s.origin)}, &r); err != nil {
		return err
	}
	s.printNews(r.Notices)
	s.printChanges(r.Changes)
	fmt.Fprintf(s.answers, "Change %d is taken back\n", r.Pending.Number)
	return nil
}

// pendingText tells of a change that waits for its confirmation.
func pendingText(p *api.Pending) string {
	return fmt.Sprintf("change %d (%s) of %s (%s) is taken back at %s, in %s, unless it is confirmed", p.Number, p.Kind, p.User, p.From,
		clock(p.DueAt), short(p.LeftMs))
}

// replaceConfiguration is `configure replace`.
func replaceConfiguration(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	text, name, err := s.readFile(c.Args.Text("file"))
	if err != nil {
		return err
	}
	params := api.ReplaceParams{
		Name: name, Check: c.Args.Has("check"), Minutes: int(c.Args.Uint("minutes")), Comment: commentOf(c), Source: s.from(name),
	}
	t := &transaction{source: s.from(name), numbered: true}
	if len(text) <= oneRequest {
		t.gather(text)
	}
	if len(text) <= oneRequest && t.size <= oneRequest {
		params.Lines = t.lines
	} else if params.Transaction, err = s.handOverText(ctx, api.BeginParams{}, withoutHead(text)); err != nil {
		return err
	}
	var r api.CommitResult
	if err := s.call(ctx, api.ConfigReplace, params, &r); err != nil {
		return err
	}
	if err := s.committed(&r, t); err != nil || wantsJSON(c) {
		return s.commitDocument(w, c, &r, err)
	}
	if !r.Changed {
		return noChange(w)
	}
	if err := printEffects(w, &r); err != nil || params.Check {
		return err
	}
	fmt.Fprintf(w, "Replaced as change %d; write saves it\n", r.Number)
	printConfirm(w, &r)
	return nil
}

// readFile reads a file of configuration; "-" is standard input.
func (s *Shell) readFile(file string) (text []byte, name string, err error) {
	switch {
	case file != "-":
		name = file
		text, err = os.ReadFile(file)
	case s.in == nil:
		return nil, "", fail("Standard input holds the commands: name a file")
	default:
		name = "standard input"
		text, err = io.ReadAll(s.in)
	}
	if err != nil {
		return nil, name, fail("%v", err)
	}
	return text, name, nil
}

// gather appends the lines of a file, but for the head of a listing.
func (t *transaction) gather(text []byte) {
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if line = strings.TrimSuffix(line, "\r"); !ignorable(line) {
			t.add(numbered{i + 1, line})
		}
	}
}

// copyFile is `copy FILE running-config`: the lines of a file as one
// transaction.
func copyFile(s *Shell, ctx context.Context, c grammar.Command, _ io.Writer) error {
	text, name, err := s.readFile(c.Args.Text("file"))
	if err != nil {
		return err
	}
	t := &transaction{source: s.from(name), numbered: true}
	t.gather(text)
	return s.apply(ctx, t)
}

// showCandidate shows the candidate as a configuration.
func showCandidate(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	var r api.Candidate
	if err := s.callCandidate(ctx, api.CandidateShow, api.None{}, &r); err != nil {
		return err
	}
	s.printNews(r.Notices)
	if wantsJSON(c) {
		return printJSON(w, (&object{}).set("lines", lineList(r.Lines)))
	}
	for _, line := range r.Lines {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

func lineList(lines []string) list {
	all := list{}
	for _, line := range lines {
		all = append(all, line)
	}
	return all
}

// showDifference is `show configuration diff`.
func showDifference(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	params := api.DiffParams{Startup: c.Args.Has("startup")}
	if c.Args.Has("from") {
		n := c.Args.Uint("from")
		params.From = &n
	}
	if c.Args.Has("to") {
		n := c.Args.Uint("to")
		params.To = &n
	}
	var d api.Difference
	if params.Startup || params.From != nil {
		if err := s.call(ctx, api.ConfigDiff, params, &d); err != nil {
			return err
		}
	} else {
		var r api.Candidate
		if err := s.callCandidate(ctx, api.CandidateShow, api.None{}, &r); err != nil {
			return err
		}
		s.printNews(r.Notices)
		for i := range r.Conflicts {
			s.printNews(conflictText(&r.Conflicts[i]))
		}
		d = api.Difference{From: "running configuration", To: "candidate", Lines: r.Diff}
	}
	switch {
	case wantsJSON(c):
		diff := list{}
		for i := range d.Lines {
			diff = append(diff, diffText(&d.Lines[i]))
		}
		return printJSON(w, (&object{}).set("from", d.From).set("to", d.To).set("changed", differing(d.Lines) > 0).set("diff", diff))
	case differing(d.Lines) == 0:
		return noChange(w)
	}
	return printDiff(w, d.Lines)
}

// showChanges is `show configuration history`.
func showChanges(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	var h api.History
	if err := s.call(ctx, api.ConfigHistory, api.HistoryParams{Number: c.Args.Uint("number")}, &h); err != nil {
		return err
	}
	if wantsJSON(c) {
		return printJSON(w, historyObject(&h))
	}
	if len(h.Changes) == 0 {
		_, err := fmt.Fprintln(w, "The configuration has not been changed")
		return err
	}
	var rows [][]string
	for i := range h.Changes {
		e := &h.Changes[i]
		rollback := ""
		if e.Rollback != nil {
			rollback = fmt.Sprint(*e.Rollback)
		}
		rows = append(rows, []string{fmt.Sprint(e.Number), clock(e.At), e.User, printable(e.From), kindText(e), rollback,
			fmt.Sprintf("+%d -%d", e.Added, e.Removed), printable(e.Comment)})
	}
	if err := printTable(w, []string{"Change", "Time", "User", "From", "Kind", "Rollback", "Lines", "Comment"}, rows); err != nil {
		return err
	}
	if c.Args.Has("number") {
		fmt.Fprintln(w)
		if err := printDiff(w, h.Changes[0].Lines); err != nil {
			return err
		}
		if more := h.Changes[0].More; more > 0 {
			fmt.Fprintf(w, "(%s: show configuration diff %d %d)\n", plural(more, "more line"), h.Changes[0].Number-1, h.Changes[0].Number)
		}
	}
	return nil
}

func kindText(e *api.HistoryEntry) string {
	if e.Kind == api.ChangeTakenBack {
		return fmt.Sprintf("taken back %d", e.Undoes)
	}
	return string(e.Kind)
}

func historyObject(h *api.History) *object {
	all := list{}
	for i := range h.Changes {
		e := &h.Changes[i]
		o := (&object{}).set("number", e.Number).set("time", e.At.Format(time.RFC3339)).set("epoch", e.At.Unix()).set("user", e.User)
		o.set("from", e.From).set("kind", string(e.Kind)).text("comment", e.Comment).set("added", e.Added).set("removed", e.Removed)
		o.when(e.Undoes > 0, "undoes", e.Undoes)
		if e.Rollback != nil {
			o.set("rollback", *e.Rollback)
		}
		if len(e.Lines) > 0 {
			diff := list{}
			for j := range e.Lines {
				diff = append(diff, diffText(&e.Lines[j]))
			}
			o.set("diff", diff).when(e.More > 0, "more", e.More)
		}
		all = append(all, o)
	}
	return (&object{}).set("changes", all)
}

// showPending is `show configuration pending`.
func showPending(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	var r api.PendingResult
	if err := s.call(ctx, api.ConfigPending, api.None{}, &r); err != nil {
		return err
	}
	p := r.Pending
	if wantsJSON(c) {
		o := &object{}
		if p != nil {
			undo := list{}
			for i := range p.Undo {
				undo = append(undo, diffText(&p.Undo[i]))
			}
			o.set("number", p.Number).set("kind", string(p.Kind)).set("user", p.User).set("from", p.From).text("comment", p.Comment)
			o.set("epoch", p.At.Unix()).set("dueEpoch", p.DueAt.Unix()).set("leftMsec", p.LeftMs).set("undo", undo)
		}
		return printJSON(w, (&object{}).set("pending", p != nil).when(p != nil, "change", o))
	}
	if p == nil {
		_, err := fmt.Fprintln(w, "Nothing waits for a confirmation")
		return err
	}
	text := pendingText(p)
	fmt.Fprintf(w, "%s%s%s\n", strings.ToUpper(text[:1]), text[1:], quoted(p.Comment))
	fmt.Fprintln(w, "commit confirm keeps it; commit cancel takes it back now:")
	return printDiff(w, p.Undo)
}
