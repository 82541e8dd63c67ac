package daemon

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// A proposal is a whole configuration that somebody wants to run.
type proposal struct {
	next    *config.Config
	kind    api.ChangeKind
	who     author
	comment string
	check   bool               // only tell what it would do
	minutes int                // take it back after so many unless it is confirmed; 0: it stays
	save    bool               // as the startup configuration too
	routes  map[string]uint64  // accepted routes of each neighbor, for the answer
	tried   func([]*trialCase) // of a check: gets what is to be tried on the routes; nil: nobody tries
}

// Bounds of what comes with a commit.
const (
	maxComment = 255
	maxMinutes = 1440
)

// checkCommit judges the parameters of a commit or a replacement.
func checkCommit(check bool, minutes int, comment string) error {
	switch {
	case minutes < 0 || minutes > maxMinutes:
		return badParam("minutes", fmt.Sprintf("minutes are 0 to %d", maxMinutes))
	case check && minutes > 0:
		return badParam("minutes", "a check has nothing to confirm")
	case len(comment) > maxComment:
		return badParam("comment", fmt.Sprintf("a comment has at most %d bytes", maxComment))
	case strings.ContainsFunc(comment, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return badParam("comment", "a comment is one line of text")
	}
	return nil
}

// commit applies the candidate of a client, merged with what others have changed since.
func (c *controller) commit(now time.Time, client uint64, m api.CandidateCommitParams, routes map[string]uint64, tried func([]*trialCase), reply func(api.CommitResult, error)) {
	e, err := c.candidateOf(client)
	if err != nil {
		reply(api.CommitResult{}, err)
		return
	}
	d := e.candidate
	notices := c.news(client)
	next, conflicts := c.merged(d)
	if len(conflicts) > 0 {
		reply(api.CommitResult{
			Changed: true, Version: c.version, Diff: diffLines(config.Compare(c.running, next)), Notices: notices,
			Conflicts: c.conflictResults(d, conflicts),
		}, nil)
		return
	}
	p := proposal{
		next: next, kind: api.ChangeCommit, who: e.who, comment: m.Comment, check: m.Check, minutes: m.Minutes, save: true, routes: routes,
		tried: tried,
	}
	if d.rolledBack == d.config && d.rolledBack != nil {
		p.kind = api.ChangeRollback
	}
	merged := c.mergedChanges(e)
	c.propose(now, p, func(r api.CommitResult, err error) {
		r.Notices, r.Merged = append(notices, r.Notices...), merged
		reply(r, err)
	}, func() {
		c.rebase(d, c.running)
		e.told = c.history.number()
	})
}

// replace makes lines, or text instead of them, and nothing else, the running configuration.
func (c *controller) replace(now time.Time, client uint64, who author, m api.ReplaceParams, text []byte, routes map[string]uint64, tried func([]*trialCase), reply func(api.CommitResult, error)) {
	var next *config.Config
	var wrong []config.LineError
	var warnings []config.Warning
	lines := config.LinesOf(text)
	if text != nil {
		next, wrong, warnings = config.Read("", text, c.options(nil))
	} else {
		texts := make([]string, len(m.Lines))
		for i, l := range m.Lines {
			texts[i] = l.Text
		}
		lines = slices.Values(texts)
		next, wrong, warnings = config.Parse("", texts, c.options(nil))
	}
	if !says(lines) {
		reply(api.CommitResult{}, &ipc.Error{Code: api.CodeRefused, Message: cmp.Or(m.Name, "the input") + " has not one line of configuration, and would remove everything",
			Data: api.ErrorData{What: m.Name, Remedy: "a configuration that is meant to be empty has the line end"}})
		return
	}
	notices := c.news(client)
	said := replaceLines(m.Lines, wrong, warnings)
	if len(wrong) > 0 {
		reply(api.CommitResult{Version: c.version, Lines: said, Diff: []api.DiffLine{}, Notices: notices}, nil)
		return
	}
	p := proposal{next: next, kind: api.ChangeReplace, who: who, comment: m.Comment, check: m.Check, minutes: m.Minutes, routes: routes, tried: tried}
	c.propose(now, p, func(r api.CommitResult, err error) {
		r.Lines, r.Notices = said, append(notices, r.Notices...)
		reply(r, err)
	}, func() {
		if e := c.editors[client]; e != nil {
			e.told = c.history.number()
		}
	})
}

// says reports that a configuration has a line that is no comment: a file that was cut off or mistaken must not remove everything.
func says(lines iter.Seq[string]) bool {
	for l := range lines {
		if l = strings.TrimSpace(l); l != "" && l[0] != '!' && l[0] != '#' {
			return true
		}
	}
	return false
}

// replaceLines is what there is to say about the lines of a whole configuration, in their order.
func replaceLines(lines []api.Line, wrong []config.LineError, warnings []config.Warning) (out []api.LineResult) {
	number := func(line int) int {
		if line >= 1 && line <= len(lines) {
			return cmp.Or(lines[line-1].Number, line)
		}
		return line
	}
	for len(wrong) > 0 || len(warnings) > 0 {
		if len(warnings) == 0 || len(wrong) > 0 && wrong[0].Line <= warnings[0].Line {
			w := wrong[0]
			out = append(out, api.LineResult{Line: number(w.Line), Input: w.Place.Text, Severity: api.SevError, Text: w.Reason})
			wrong = wrong[1:]
			continue
		}
		w := warnings[0]
		out = append(out, api.LineResult{Line: number(w.Line), Input: w.Place.Text, Severity: api.SevWarning, Text: w.Reason})
		warnings = warnings[1:]
	}
	return out
}

// propose makes a proposal run, whole: what is to be written is written first, and where that fails nothing has changed. reply is called once,
// when every session has taken its part; adopted before that, once the proposal is what runs.
func (c *controller) propose(now time.Time, p proposal, reply func(api.CommitResult, error), adopted func()) {
	changes, lines := config.Diff(c.running, p.next), config.Compare(c.running, p.next)
	result := api.CommitResult{
		Changed: len(changes) > 0, Version: c.version, Diff: diffLines(lines),
		Changes: c.describe(now, changes, p.routes),
	}
	result.Untouched = c.untouched(p.next, result.Changes)
	if p.check && result.Changed && p.tried != nil {
		p.tried(c.trials(p.next))
	}
	if p.check || !result.Changed {
		reply(result, nil)
		return
	}
	if err := c.gate(now); err != nil {
		reply(api.CommitResult{}, err)
		return
	}
	c.touched = true
	u, err := c.writeProposal(now, p)
	if err != nil {
		reply(api.CommitResult{}, err)
		return
	}
	if c.unconfirmed = u; u != nil {
		result.ConfirmByAt = u.due
	}
	if p.save {
		result.Saved = c.startup.path
		c.log.saved(p.who, c.startup.path)
	}
	ch := p.who.change(p.kind)
	ch.Comment = p.comment
	c.log.committed(ch, config.Texts(lines))
	if notice := c.record(now, ch, lines, p.next); notice != "" {
		result.Notices = append(result.Notices, notice)
	}
	result.Applied, result.Number, result.Version = true, ch.Number, c.version+1 // which install makes it
	c.install(now, p.next, config.Worst(changes), func() { reply(result, nil) })
	adopted()
}

// untouched counts the neighbors that are there before and after and that no change is about.
func (c *controller) untouched(next *config.Config, changes []api.ChangeResult) (n int) {
	touched := map[string]bool{}
	for _, r := range changes {
		touched[r.Object] = r.Neighbor
	}
	for _, nb := range neighbors(next) {
		if c.sessions[nb.Name] != nil && !touched[nb.Name] {
			n++
		}
	}
	return n
}

// writeProposal writes what a proposal asks to have on disk before it runs: first that it may have to be taken back, then the startup file.
func (c *controller) writeProposal(now time.Time, p proposal) (*unconfirmed, error) {
	var u *unconfirmed
	if p.minutes > 0 {
		u = &unconfirmed{
			Number: c.history.next, Kind: p.kind, User: p.who.user, From: p.who.source, Comment: p.comment, At: now, Minutes: p.minutes,
			Before: c.running.Snapshot(), Saved: p.save,
			due: now.Add(time.Duration(p.minutes) * time.Minute), before: c.running, old: c.startup.clone(),
		}
		if p.save {
			if err := u.savedAs(&c.startup, p.next); err != nil {
				return nil, c.writeError(err)
			}
		}
		if err := c.pendingFile.save(u); err != nil {
			return nil, &ipc.Error{Code: api.CodeRefused, Message: fmt.Sprintf("nothing was changed: a change to be confirmed must be written down first: %v", err),
				Data: api.ErrorData{What: c.pendingFile.path(), Remedy: "make room, or change without confirmed"}}
		}
	}
	if !p.save {
		return u, nil
	}
	if _, err := c.startup.write(now, p.next, false); err != nil {
		if u != nil {
			c.pendingFile.drop()
		}
		return nil, c.writeError(err)
	}
	return u, nil
}

// savedAs notes what is in the startup file, and what will be when it holds next.
func (u *unconfirmed) savedAs(s *startup, next *config.Config) (err error) {
	if u.File, err = s.text(); err != nil {
		return err
	}
	u.After = sumOf(config.Render(next, u.File))
	return nil
}

// record keeps a change to next, which is about to run and differs by lines, in the history. notice says why it could not be kept there.
func (c *controller) record(now time.Time, ch *change, lines []config.DiffLine, next *config.Config) (notice string) {
	ch.At = now
	c.changedAt, c.changedBy = now, ch.User
	err := c.history.add(ch, lines, next)
	c.audit.change(ch)
	if err != nil {
		c.log.notKept(ch.Number, err)
		return fmt.Sprintf("change %d is in the history until the daemon ends: it could not be written: %v", ch.Number, err)
	}
	return ""
}

// changeResult is a change of the history for a client.
func (c *controller) changeResult(ch *change, commits []*change, lines bool) api.HistoryEntry {
	out := api.HistoryEntry{Number: ch.Number, At: ch.At, User: ch.User, From: ch.From, Kind: ch.Kind, Comment: ch.Comment, Undoes: ch.Undoes,
		Added: ch.Added, Removed: ch.Removed}
	if i := slices.Index(commits, ch); i >= 0 {
		out.Rollback = &i
	}
	if lines {
		out.More = ch.More
		for _, l := range ch.Lines {
			out.Lines = append(out.Lines, api.DiffLine(l))
		}
	}
	return out
}

// historyOf lists the changes, newest first.
func (c *controller) historyOf(m api.HistoryParams) (api.History, error) {
	out, commits := api.History{Changes: []api.HistoryEntry{}}, c.history.commits()
	if m.Number > 0 {
		ch := c.history.find(m.Number)
		if ch == nil {
			return out, noChange(m.Number)
		}
		out.Changes = append(out.Changes, c.changeResult(ch, commits, true))
		return out, nil
	}
	for i := len(c.history.changes) - 1; i >= 0 && (m.Limit <= 0 || len(out.Changes) < m.Limit); i-- {
		out.Changes = append(out.Changes, c.changeResult(c.history.changes[i], commits, false))
	}
	return out, nil
}

func noChange(n uint64) error {
	return &ipc.Error{Code: api.CodeNotFound, Message: fmt.Sprintf("there is no change %d", n),
		Data: api.ErrorData{What: "change", Remedy: "show configuration history lists them"}}
}

// difference compares two configurations by what a client calls them.
func (c *controller) difference(m api.DiffParams) (api.Difference, error) {
	old, from := c.running, "running configuration"
	var err error
	switch {
	case m.Startup:
		fresh := startup{store: store{path: c.startup.path, disk: c.startup.disk}}
		if old, err = fresh.parse(c.options(nil)); err != nil {
			return api.Difference{}, &ipc.Error{Code: api.CodeNotFound, Message: err.Error(), Data: api.ErrorData{What: c.startup.path}}
		}
		from = "startup configuration " + c.startup.path
	case m.From != nil:
		if old, err = c.behind(*m.From); err != nil {
			return api.Difference{}, err
		}
		from = fmt.Sprintf("configuration behind change %d", *m.From)
	}
	next, to := c.running, "running configuration"
	if m.To != nil {
		if next, err = c.behind(*m.To); err != nil {
			return api.Difference{}, err
		}
		to = fmt.Sprintf("configuration behind change %d", *m.To)
	}
	return api.Difference{From: from, To: to, Lines: diffLines(config.Compare(old, next))}, nil
}

// behind is the configuration behind a change.
func (c *controller) behind(n uint64) (*config.Config, error) {
	ch := c.history.find(n)
	if ch == nil {
		return nil, noChange(n)
	}
	old, err := c.history.configOf(ch, c.options(nil))
	if err != nil {
		return nil, &ipc.Error{Code: api.CodeNotFound, Message: fmt.Sprintf("the configuration behind change %d cannot be had: %v", n, err)}
	}
	return old, nil
}
