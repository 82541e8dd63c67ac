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

// from says where a change comes from, for the history of the configuration.
func (s *Shell) from(source string) string {
	if s.remote != "" {
		return source + ", " + s.remote
	}
	return source
}

// terminalName is the name of a terminal, such as pts/3.
func terminalName(f *os.File) string {
	path, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", f.Fd()))
	if name, found := strings.CutPrefix(path, "/dev/"); err == nil && found {
		return name
	}
	return "terminal"
}

// sshOf tells from SSH_CONNECTION where somebody comes from.
func sshOf(connection string) string {
	if address, _, found := strings.Cut(connection, " "); found {
		return "ssh " + address
	}
	return ""
}

// callCandidate is a call about the candidate. When that has gone with its
// connection, the shell is no longer in it.
func (s *Shell) callCandidate(ctx context.Context, method string, params, result any) error {
	err := s.call(ctx, method, params, result)
	if code(err) != api.CodeNoCandidate || !s.edits {
		return err
	}
	s.edits = false
	if s.place.candidate {
		s.place = place{mode: grammar.Exec}
	}
	return fail("The candidate ended with the connection to bgpd, and what was not committed with it; configure opens a new one")
}

// openCandidate is `configure`.
func openCandidate(s *Shell, ctx context.Context, c grammar.Command, _ io.Writer) error {
	if err := s.beginEditing(ctx, true); err != nil {
		return err
	}
	s.place = s.place.after(c, "")
	return nil
}

// beginEditing tells the daemon that this client edits, and the user who else
// does.
func (s *Shell) beginEditing(ctx context.Context, candidate bool) error {
	var r api.EditResult
	if err := s.call(ctx, api.ConfigEdit, api.EditParams{Candidate: candidate, Source: s.from(s.origin)}, &r); err != nil {
		if !candidate && code(err) != api.CodeNotAllowed {
			return nil // that others are told is a courtesy: lines say themselves what is wrong
		}
		return err
	}
	s.edits = s.edits || candidate
	for _, other := range r.Others {
		how := "changes the running configuration"
		if other.Candidate {
			how = "has a candidate of its own"
		}
		s.printNews([]string{fmt.Sprintf("%s (%s) edits too and %s, since %s", other.User, other.From, how, clock(other.SinceAt))})
	}
	if r.Pending != nil {
		s.printNews([]string{pendingText(r.Pending) + "; other changes are refused until then"})
	}
	if candidate && r.Uncommitted > 0 {
		fmt.Fprintf(s.answers, "The candidate has %s that %s not committed\n", plural(r.Uncommitted, "changed line"), isOrAre(r.Uncommitted))
	}
	return nil
}

// leaveEditing tells the daemon that this client edits no more.
func (s *Shell) leaveEditing(ctx context.Context) error {
	var r api.LeaveResult
	if err := s.call(ctx, api.ConfigLeave, api.None{}, &r); err != nil || r.Uncommitted == 0 {
		return nil
	}
	fmt.Fprintf(s.answers, "%s not committed, and kept until the shell ends: commit applies, discard drops, configure goes on\n",
		sentence(r.Uncommitted, "changed line"))
	return nil
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func sentence(n int, what string) string { return plural(n, what) + " " + isOrAre(n) }

// clock shows an instant of these days.
func clock(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

// printNews tells what others did.
func (s *Shell) printNews(news []string) {
	for _, text := range news {
		fmt.Fprintf(s.errs, "note: %s\n", printable(text))
	}
}

// uncommitted counts the lines of the candidate that would be lost now.
func (s *Shell) uncommitted(ctx context.Context) int {
	var r api.Candidate
	if !s.edits || s.call(ctx, api.CandidateShow, api.None{}, &r) != nil {
		return 0
	}
	return differing(r.Diff)
}

func differing(lines []api.DiffLine) (n int) {
	for _, l := range lines {
		if l.Sign != " " {
			n++
		}
	}
	return n
}

// conclude fails a script that leaves a candidate uncommitted.
func (s *Shell) conclude(ctx context.Context, err error) error {
	if err != nil {
		return err
	}
	if n := s.uncommitted(ctx); n > 0 {
		left := fail("The candidate was left uncommitted: %s not applied", sentence(n, "changed line"))
		left.more = []string{"commit applies it, discard drops it"}
		s.report("", left)
		return reported{left}
	}
	return nil
}

// mayLeave asks before a shell ends whose candidate has changes.
func (s *Shell) mayLeave(ctx context.Context) bool {
	n := s.uncommitted(ctx)
	return n == 0 || s.ask == nil || s.ask(fmt.Sprintf("%s not committed. Leave and drop the candidate?", sentence(n, "changed line")))
}

// discard is `discard` and `abort`.
func discard(s *Shell, ctx context.Context, _ grammar.Command, _ io.Writer) error {
	var r api.DiscardResult
	if err := s.callCandidate(ctx, api.CandidateDiscard, api.None{}, &r); err != nil {
		return err
	}
	fmt.Fprintf(s.answers, "%s dropped\n", plural(r.Lines, "changed line"))
	s.place.context = nil
	if s.place.candidate {
		s.place.mode = grammar.Config
	}
	return nil
}

// rollback puts an earlier configuration into the candidate.
func rollback(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	var r api.RollbackResult
	if err := s.callCandidate(ctx, api.CandidateRollback, api.RollbackParams{Commits: int(c.Args.Uint("commits"))}, &r); err != nil {
		return err
	}
	if r.Dropped > 0 {
		s.printNews([]string{sentence(r.Dropped, "changed line") + " dropped"})
	}
	fmt.Fprintf(s.answers, "The candidate is the configuration of change %d, %s by %s (%s)%s\n", r.Change.Number, clock(r.Change.At),
		r.Change.User, r.Change.From, quoted(r.Change.Comment))
	if differing(r.Diff) == 0 {
		return noChange(w)
	}
	return printDiff(w, r.Diff)
}

func quoted(comment string) string {
	if comment == "" {
		return ""
	}
	return ": " + printable(comment)
}

// updateCandidate brings others' changes into the candidate.
func updateCandidate(s *Shell, ctx context.Context, _ grammar.Command, w io.Writer) error {
	var r api.UpdateResult
	if err := s.callCandidate(ctx, api.CandidateUpdate, api.None{}, &r); err != nil {
		return err
	}
	if r.Merged == 0 {
		return noChange(w)
	}
	fmt.Fprintf(s.answers, "%s of others merged\n", plural(r.Merged, "changed line"))
	for i := range r.Conflicts {
		fmt.Fprintf(s.answers, "%s: the candidate's stays\n", printable(r.Conflicts[i].Object))
	}
	return nil
}

func noChange(w io.Writer) error {
	_, err := io.WriteString(w, "% no change\n")
	return err
}

// printDiff writes lines of a difference.
func printDiff(w io.Writer, lines []api.DiffLine) error {
	for i := range lines {
		if _, err := fmt.Fprintln(w, diffText(&lines[i])); err != nil {
			return err
		}
	}
	return nil
}

func diffText(l *api.DiffLine) string {
	return l.Sign + strings.Repeat(" ", l.Depth) + printable(l.Text)
}
