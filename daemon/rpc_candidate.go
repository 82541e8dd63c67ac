package daemon

import (
	"context"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// errandOf runs f in the controller's goroutine and waits until it has replied.
func errandOf[R any](ctx context.Context, d *Daemon, f func(now time.Time, reply func(R, error))) (R, error) {
	return request(ctx, d, func(reply func(R, error)) any {
		return errand{
			run: func(now time.Time) { f(now, reply) },
			refuse: func(err error) {
				var none R
				reply(none, err)
			},
		}
	})
}

// answer is errandOf for what is answered at once.
func answer[R any](ctx context.Context, d *Daemon, f func(now time.Time) (R, error)) (R, error) {
	return errandOf(ctx, d, func(now time.Time, reply func(R, error)) { reply(f(now)) })
}

func (d *Daemon) configEdit(ctx context.Context, c *ipc.Caller, p api.EditParams) (api.EditResult, error) {
	return answer(ctx, d, func(now time.Time) (api.EditResult, error) {
		return d.controller.edit(c.Context(), now, c.ID, authorOf(c, p.Source), p.Candidate)
	})
}

func (d *Daemon) configLeave(ctx context.Context, c *ipc.Caller, _ api.None) (api.LeaveResult, error) {
	return answer(ctx, d, func(time.Time) (api.LeaveResult, error) { return d.controller.leave(c.ID), nil })
}

func (d *Daemon) candidateApply(ctx context.Context, c *ipc.Caller, p api.ApplyParams) (api.ApplyResult, error) {
	lines := numberedLines(p.Lines)
	return answer(ctx, d, func(time.Time) (api.ApplyResult, error) { return d.controller.applyToCandidate(c.ID, p.Context, lines) })
}

func (d *Daemon) candidateShow(ctx context.Context, c *ipc.Caller, _ api.None) (api.Candidate, error) {
	return answer(ctx, d, func(time.Time) (api.Candidate, error) { return d.controller.showCandidate(c.ID) })
}

func (d *Daemon) candidateCommit(ctx context.Context, c *ipc.Caller, p api.CandidateCommitParams) (api.CommitResult, error) {
	if err := checkCommit(p.Check, p.Minutes, p.Comment); err != nil {
		return api.CommitResult{}, err
	}
	routes, err := d.accepted(ctx)
	if err != nil {
		return api.CommitResult{}, err
	}
	return d.tried(ctx, func(now time.Time, tried func([]*trialCase), reply func(api.CommitResult, error)) {
		d.controller.commit(now, c.ID, p, routes, tried, reply)
	})
}

func (d *Daemon) candidateDiscard(ctx context.Context, c *ipc.Caller, _ api.None) (api.DiscardResult, error) {
	return answer(ctx, d, func(time.Time) (api.DiscardResult, error) { return d.controller.discard(c.ID) })
}

func (d *Daemon) candidateRollback(ctx context.Context, c *ipc.Caller, p api.RollbackParams) (api.RollbackResult, error) {
	return answer(ctx, d, func(time.Time) (api.RollbackResult, error) { return d.controller.rollback(c.ID, p.Commits) })
}

func (d *Daemon) candidateUpdate(ctx context.Context, c *ipc.Caller, _ api.None) (api.UpdateResult, error) {
	return answer(ctx, d, func(time.Time) (api.UpdateResult, error) { return d.controller.update(c.ID) })
}

func (d *Daemon) configReplace(ctx context.Context, c *ipc.Caller, p api.ReplaceParams) (api.CommitResult, error) {
	if err := checkCommit(p.Check, p.Minutes, p.Comment); err != nil {
		return api.CommitResult{}, err
	}
	var text []byte
	if p.Transaction != 0 {
		dr, err := d.drafts.end(c, p.Transaction)
		if err != nil {
			return api.CommitResult{}, err
		}
		p.Lines, text = dr.lines, dr.text
	}
	routes, err := d.accepted(ctx)
	if err != nil {
		return api.CommitResult{}, err
	}
	who := authorOf(c, p.Source)
	return d.tried(ctx, func(now time.Time, tried func([]*trialCase), reply func(api.CommitResult, error)) {
		d.controller.replace(now, c.ID, who, p, text, routes, tried, reply)
	})
}

// tried proposes a configuration and, where that was a check, tries it on the routes there are.
func (d *Daemon) tried(ctx context.Context, propose func(now time.Time, tried func([]*trialCase), reply func(api.CommitResult, error))) (api.CommitResult, error) {
	var cases []*trialCase
	result, err := errandOf(ctx, d, func(now time.Time, reply func(api.CommitResult, error)) {
		propose(now, func(found []*trialCase) { cases = found }, reply)
	})
	if err != nil || len(cases) == 0 {
		return result, err
	}
	trial, err := d.dryRun(ctx, cases, api.PolicyTestParams{})
	if err == nil {
		result.Trial = &trial
	}
	return result, err
}

func (d *Daemon) configConfirm(ctx context.Context, c *ipc.Caller, p api.ConfirmParams) (api.ConfirmResult, error) {
	return answer(ctx, d, func(now time.Time) (api.ConfirmResult, error) {
		return d.controller.confirm(now, authorOf(c, p.Source))
	})
}

func (d *Daemon) configCancel(ctx context.Context, c *ipc.Caller, p api.ConfirmParams) (api.ConfirmResult, error) {
	routes, err := d.accepted(ctx)
	if err != nil {
		return api.ConfirmResult{}, err
	}
	return errandOf(ctx, d, func(now time.Time, reply func(api.ConfirmResult, error)) {
		d.controller.cancel(now, authorOf(c, p.Source), routes, reply)
	})
}

func (d *Daemon) configPending(ctx context.Context, _ *ipc.Caller, _ api.None) (api.PendingResult, error) {
	return answer(ctx, d, func(now time.Time) (api.PendingResult, error) {
		return api.PendingResult{Pending: d.controller.describePending(now, true)}, nil
	})
}

func (d *Daemon) configHistory(ctx context.Context, _ *ipc.Caller, p api.HistoryParams) (api.History, error) {
	return answer(ctx, d, func(time.Time) (api.History, error) { return d.controller.historyOf(p) })
}

func (d *Daemon) configDiff(ctx context.Context, _ *ipc.Caller, p api.DiffParams) (api.Difference, error) {
	return answer(ctx, d, func(time.Time) (api.Difference, error) { return d.controller.difference(p) })
}

// numberedLines are lines with the numbers by which they are answered.
func numberedLines(in []api.Line) []config.Line {
	lines := make([]config.Line, len(in))
	for i, l := range in {
		lines[i] = config.Line{Number: l.Number, Text: l.Text}
		if l.Number == 0 {
			lines[i].Number = i + 1
		}
	}
	return lines
}
