package daemon

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// maxCandidates bounds the candidates that are open at once, since each is a whole configuration.
const maxCandidates = 32

// An editor is a client that edits the configuration, by the number of its connection. It ends with the connection.
type editor struct {
	who       author
	since     time.Time
	candidate *candidate      // nil: it changes what runs, line by line
	told      uint64          // the newest change that it has been told of
	met       map[uint64]bool // the other editors that it has been told of
	unbind    func() bool
}

// A candidate is a configuration that an editor changes until it commits it. What the editor changed is its difference from base, which ran when
// the candidate was last equal to what runs.
type candidate struct {
	base, config *config.Config
	from         uint64 // the newest change in base
	since        time.Time
	rolledBack   *config.Config // what a rollback put into it; nil: nothing
}

// differs counts the lines by which the candidate differs from what it began as.
func (d *candidate) differs() int {
	if d.base == d.config {
		return 0
	}
	return config.Differing(config.Compare(d.base, d.config))
}

// maxNews bounds the changes that an editor is told of at once.
const maxNews = 5

// editorGone says that the connection of an editor has ended.
type editorGone struct{ client uint64 }

// edit begins, or goes on with, the editing of a client whose connection is ctx.
func (c *controller) edit(ctx context.Context, now time.Time, client uint64, who author, wantsCandidate bool) (api.EditResult, error) {
	e := c.editors[client]
	if wantsCandidate && (e == nil || e.candidate == nil) {
		if err := c.roomForCandidate(); err != nil {
			return api.EditResult{}, err
		}
	}
	if e == nil {
		e = &editor{since: now, told: c.history.number(), met: map[uint64]bool{}}
		e.unbind = context.AfterFunc(ctx, func() { c.inbox.post(editorGone{client}) })
		c.editors[client] = e
	}
	e.who = who
	if wantsCandidate && e.candidate == nil {
		e.candidate = &candidate{since: now}
		c.rebase(e.candidate, c.running)
	}
	var out api.EditResult
	for _, id := range slices.Sorted(maps.Keys(c.editors)) {
		if id != client {
			out.Others = append(out.Others, c.editors[id].describe())
			e.met[id] = true
		}
	}
	if e.candidate != nil {
		out.Uncommitted = e.candidate.differs()
	}
	out.Pending = c.describePending(now, false)
	return out, nil
}

func (c *controller) roomForCandidate() error {
	var holders []string
	for _, e := range c.editors {
		if e.candidate != nil {
			holders = append(holders, e.who.String())
		}
	}
	if len(holders) < maxCandidates {
		return nil
	}
	slices.Sort(holders)
	return &ipc.Error{Code: api.CodeRefused, Message: fmt.Sprintf("%d candidates are open already, no more are taken", len(holders)),
		Data: api.ErrorData{What: strings.Join(slices.Compact(holders), ", "), Remedy: "configure terminal changes what runs, line by line"}}
}

// leave ends the editing of a client, unless its candidate has changes.
func (c *controller) leave(client uint64) api.LeaveResult {
	e := c.editors[client]
	if e == nil {
		return api.LeaveResult{}
	}
	if e.candidate != nil {
		if n := e.candidate.differs(); n > 0 {
			return api.LeaveResult{Uncommitted: n}
		}
	}
	e.unbind()
	c.forget(client)
	return api.LeaveResult{}
}

func (c *controller) forget(client uint64) {
	delete(c.editors, client)
	for _, e := range c.editors {
		delete(e.met, client)
	}
}

func (e *editor) describe() api.Editor {
	return api.Editor{User: e.who.user, From: e.who.source, Candidate: e.candidate != nil, SinceAt: e.since}
}

// news tells a client what it has not been told yet: who else edits, and what others have changed.
func (c *controller) news(client uint64) (out []string) {
	e := c.editors[client]
	if e == nil {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(c.editors)) {
		if other := c.editors[id]; id != client && !e.met[id] {
			e.met[id] = true
			how := "changes the running configuration"
			if other.candidate != nil {
				how = "has a candidate of its own"
			}
			out = append(out, fmt.Sprintf("%s edits too and %s", other.who, how))
		}
	}
	changes := c.history.since(e.told)
	if n := len(changes) - maxNews; n > 0 {
		out = append(out, fmt.Sprintf("%d changes of the running configuration are not told: show configuration history has them", n))
		changes = changes[n:]
	}
	for _, ch := range changes {
		out = append(out, fmt.Sprintf("%s changed the running configuration (change %d: %s)", author{user: ch.User, source: ch.From}, ch.Number, ch.about()))
	}
	e.told = c.history.number()
	return out
}

// about names what a change was about.
func (ch *change) about() string {
	const most = 3
	var all []string
	for _, l := range ch.Lines {
		if l.Object != "" && !slices.Contains(all, l.Object) {
			all = append(all, l.Object)
		}
	}
	if n := len(all) - most; n > 0 {
		all = append(all[:most], fmt.Sprintf("%d more", n))
	}
	return strings.Join(all, ", ")
}

// String is the user and where it is.
func (a author) String() string {
	if a.source == "" {
		return a.user
	}
	return a.user + " (" + a.source + ")"
}

// candidateOf finds the candidate of a client.
func (c *controller) candidateOf(client uint64) (*editor, error) {
	if e := c.editors[client]; e != nil && e.candidate != nil {
		return e, nil
	}
	return nil, &ipc.Error{Code: api.CodeNoCandidate, Message: "no candidate is open",
		Data: api.ErrorData{What: "candidate", Remedy: "configure opens one; it ends with its connection"}}
}

// applyToCandidate runs lines in a candidate: all of them, or none.
func (c *controller) applyToCandidate(client uint64, context []string, lines []config.Line) (api.ApplyResult, error) {
	e, err := c.candidateOf(client)
	if err != nil {
		return api.ApplyResult{}, err
	}
	out := config.Apply(e.candidate.config, lines, c.options(context))
	if out.Err != nil {
		return api.ApplyResult{}, goneMode(context)
	}
	if out.Applied {
		e.candidate.config = out.Config
	}
	return api.ApplyResult{Applied: out.Applied, Version: c.version, Lines: lineResults(out.Results), Notices: c.news(client)}, nil
}

// showCandidate tells what a commit would change now.
func (c *controller) showCandidate(client uint64) (api.Candidate, error) {
	e, err := c.candidateOf(client)
	if err != nil {
		return api.Candidate{}, err
	}
	next, conflicts := c.merged(e.candidate)
	return api.Candidate{
		Lines: config.HideSecrets(e.candidate.config.Lines()), Diff: diffLines(config.Compare(c.running, next)),
		Conflicts: c.conflictResults(e.candidate, conflicts), Notices: c.news(client), SinceAt: e.candidate.since,
	}, nil
}

// merged is the candidate with what others have changed since.
func (c *controller) merged(d *candidate) (*config.Config, []config.Conflict) {
	if d.base == c.running {
		return d.config, nil
	}
	return config.Merge(d.base, d.config, c.running)
}

// discard makes the candidate equal to what runs.
func (c *controller) discard(client uint64) (api.DiscardResult, error) {
	e, err := c.candidateOf(client)
	if err != nil {
		return api.DiscardResult{}, err
	}
	n := e.candidate.differs()
	c.rebase(e.candidate, c.running)
	return api.DiscardResult{Lines: n}, nil
}

// rebase makes next the candidate, to be compared with what runs now.
func (c *controller) rebase(d *candidate, next *config.Config) {
	d.base, d.config, d.rolledBack, d.from = c.running, next, nil, c.history.number()
}

// rollback puts the configuration of n commits ago into the candidate.
func (c *controller) rollback(client uint64, n int) (api.RollbackResult, error) {
	e, err := c.candidateOf(client)
	if err != nil {
		return api.RollbackResult{}, err
	}
	commits := c.history.commits()
	if n < 0 || n >= len(commits) {
		return api.RollbackResult{}, &ipc.Error{Code: api.CodeNotFound, Message: fmt.Sprintf("there is no commit %d: rollback goes from 0 to %d", n, len(commits)-1),
			Data: api.ErrorData{What: "commit", Remedy: "show configuration history lists them"}}
	}
	old, err := c.history.configOf(commits[n], c.options(nil))
	if err != nil {
		return api.RollbackResult{}, &ipc.Error{Code: api.CodeRefused, Message: fmt.Sprintf("the configuration of change %d cannot be had: %v", commits[n].Number, err)}
	}
	dropped := e.candidate.differs()
	c.rebase(e.candidate, old)
	e.candidate.rolledBack = old
	return api.RollbackResult{Change: c.changeResult(commits[n], commits, false), Diff: diffLines(config.Compare(c.running, old)), Dropped: dropped}, nil
}

// update brings what others have changed into the candidate, whose own changes stay where both touched a thing.
func (c *controller) update(client uint64) (api.UpdateResult, error) {
	e, err := c.candidateOf(client)
	if err != nil {
		return api.UpdateResult{}, err
	}
	d := e.candidate
	next, conflicts := c.merged(d)
	out := api.UpdateResult{Merged: c.mergedChanges(e), Conflicts: c.conflictResults(d, conflicts)}
	c.rebase(d, next)
	e.told = c.history.number()
	return out, nil
}

// mergedChanges counts the lines that others have changed since the candidate began.
func (c *controller) mergedChanges(e *editor) int {
	return config.Differing(config.Compare(e.candidate.base, c.running))
}

// conflictResults tells of each conflict who made the last change to the thing.
func (c *controller) conflictResults(d *candidate, conflicts []config.Conflict) (out []api.Conflict) {
	since := c.history.since(d.from)
	for _, x := range conflicts {
		r := api.Conflict{Object: x.Object, Reason: x.Reason, Theirs: diffLines(x.Theirs)}
		for i, ch := range slices.Backward(since) {
			if i == len(since)-1 || ch.touches(x.Object) { // the newest, where none is known to touch it
				r.Number, r.User, r.From, r.At = ch.Number, ch.User, ch.From, ch.At
			}
			if ch.touches(x.Object) {
				break
			}
		}
		out = append(out, r)
	}
	return out
}

func (ch *change) touches(object string) bool {
	return slices.ContainsFunc(ch.Lines, func(l changeLine) bool { return l.Object == object })
}

// diffLines are lines of a difference for a client, without passwords.
func diffLines(lines []config.DiffLine) []api.DiffLine {
	out := make([]api.DiffLine, len(lines))
	for i, text := range config.Texts(lines) {
		l := lines[i]
		out[i] = api.DiffLine{Sign: string(l.Sign), Depth: l.Depth, Text: strings.TrimLeft(text[1:], " "), Object: l.Object}
	}
	return out
}
