package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// A desk is a controller without a network, driven step by step on virtual time.
type desk struct {
	t    *testing.T
	dir  string
	disk *failingDisk
	node *simNode
	*controller
	now    time.Time
	client uint64
}

// newDesk starts a controller on a data dir, as the daemon does. files of an earlier desk are what it finds.
func newDesk(t *testing.T, dir string, startup ...string) *desk {
	t.Helper()
	path := filepath.Join(dir, "startup.conf")
	if len(startup) > 0 {
		if err := os.WriteFile(path, []byte(strings.Join(startup, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := &desk{t: t, dir: dir, disk: &failingDisk{}}
	d.start(simStart)
	return d
}

// start makes the controller anew, as after a crash.
func (d *desk) start(now time.Time) {
	d.t.Helper()
	s := newLab(1)
	s.now, d.now = now, now
	d.node = s.add("a", "10.0.0.1/24")
	c := newController(d.node.controller.shared, d.node, Config{
		StartupConfig: filepath.Join(d.dir, "startup.conf"), DataDir: filepath.Join(d.dir, "data"), disk: d.disk,
	})
	d.node.controller, d.controller = c, c
	record, err := c.load(now, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	record()
}

// settle lets the sessions take their part in what was changed.
func (d *desk) settle(done func() bool) {
	d.t.Helper()
	if !d.node.sim.run(time.Minute, done) {
		d.t.Fatal("the sessions do not answer")
	}
}

// open begins a candidate of a new client.
func (d *desk) open(user string) uint64 {
	d.t.Helper()
	d.client++
	if _, err := d.edit(d.t.Context(), d.now, d.client, author{user: user, source: "pts/" + fmt.Sprint(d.client)}, true); err != nil {
		d.t.Fatal(err)
	}
	return d.client
}

// in applies lines to a client's candidate.
func (d *desk) in(client uint64, lines ...string) api.ApplyResult {
	d.t.Helper()
	r, err := d.applyToCandidate(client, nil, numberedLines(apiLines(lines)))
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func apiLines(lines []string) (out []api.Line) {
	for _, l := range lines {
		out = append(out, api.Line{Text: l})
	}
	return out
}

// commit commits a client's candidate.
func (d *desk) commit(client uint64, p api.CandidateCommitParams) (r api.CommitResult, err error) {
	d.t.Helper()
	answered := false
	d.controller.commit(d.now, client, p, nil, nil, func(got api.CommitResult, failed error) { r, err, answered = got, failed, true })
	d.settle(func() bool { return answered })
	return r, err
}

// committed commits and must succeed.
func (d *desk) committed(client uint64, p api.CandidateCommitParams) api.CommitResult {
	d.t.Helper()
	r, err := d.commit(client, p)
	if err != nil || !r.Applied {
		d.t.Fatalf("%v: %+v", err, r)
	}
	return r
}

// live applies lines to what runs.
func (d *desk) live(user string, lines ...string) (r api.ApplyResult, err error) {
	d.t.Helper()
	answered := false
	d.controller.apply(d.now, applyRequest{lines: numberedLines(apiLines(lines)), who: author{user: user, source: "pts/9"}, reply: func(got api.ApplyResult, failed error) {
		r, err, answered = got, failed, true
	}})
	d.settle(func() bool { return answered })
	return r, err
}

func (d *desk) runs(line string) bool {
	for _, l := range d.running.Lines() {
		if strings.TrimSpace(l) == line {
			return true
		}
	}
	return false
}

func (d *desk) file() string { return content(d.t, filepath.Join(d.dir, "startup.conf")) }

func codeOf(err error) int {
	var e *ipc.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

var deskLines = []string{"! the edge", "hostname r1", "router bgp 65001", " bgp router-id 10.0.0.1", " neighbor 10.0.0.2 remote-as 65002",
	" neighbor 10.0.0.3 remote-as 65003", "exit"}

func TestCommitAppliesAndSaves(t *testing.T) {
	d := newDesk(t, t.TempDir(), deskLines...)
	ann := d.open("ann")
	if r := d.in(ann, "router bgp 65001", "neighbor 10.0.0.2 description transit"); !r.Applied || d.runs("neighbor 10.0.0.2 description transit") {
		t.Fatalf("a line of a candidate: %+v", r)
	}
	check, err := d.commit(ann, api.CandidateCommitParams{Check: true})
	if err != nil || check.Applied || !check.Changed || len(check.Changes) != 1 || check.Changes[0].Effect != api.EffectNone || check.Untouched != 1 ||
		check.Changes[0].State != "Idle" {
		t.Errorf("check gives %v %+v", err, check)
	}
	r := d.committed(ann, api.CandidateCommitParams{Comment: "ticket 7"})
	if !d.runs("neighbor 10.0.0.2 description transit") || !strings.Contains(d.file(), "description transit") || !strings.Contains(d.file(), "! the edge") {
		t.Errorf("runs\n%s\nsaved\n%s", strings.Join(d.running.Lines(), "\n"), d.file())
	}
	if d.startup.differs(d.running) {
		t.Error("unsaved after a commit")
	}
	h, _ := d.historyOf(api.HistoryParams{Number: r.Number})
	if e := h.Changes[0]; e.User != "ann" || e.From != "pts/1" || e.Kind != api.ChangeCommit || e.Comment != "ticket 7" || e.Added != 1 || len(e.Lines) != 2 {
		t.Errorf("the history has %+v", e)
	}
	again, err := d.commit(ann, api.CandidateCommitParams{})
	if err != nil || again.Changed || again.Applied {
		t.Errorf("nothing to do gives %v %+v", err, again)
	}
	if r := d.in(ann, "router bgp 65001", "neighbor 10.0.0.2 descripton x"); r.Applied || r.Lines[0].Severity != api.SevError {
		t.Errorf("a wrong line gives %+v", r)
	}
}

func TestCommitMergesWithOthers(t *testing.T) {
	d := newDesk(t, t.TempDir(), deskLines...)
	ann, bob := d.open("ann"), d.open("bob")
	d.in(ann, "router bgp 65001", "neighbor 10.0.0.2 description of ann")
	d.in(bob, "router bgp 65001", "neighbor 10.0.0.3 description of bob", "neighbor 10.0.0.4 remote-as 65004")
	d.committed(bob, api.CandidateCommitParams{})
	if _, err := d.live("eve", "hostname r9"); err != nil {
		t.Fatal(err)
	}
	r := d.committed(ann, api.CandidateCommitParams{})
	if r.Merged == 0 {
		t.Errorf("the answer does not tell of the merge: %+v", r)
	}
	for _, line := range []string{"neighbor 10.0.0.2 description of ann", "neighbor 10.0.0.3 description of bob", "neighbor 10.0.0.4 remote-as 65004", "hostname r9"} {
		if !d.runs(line) {
			t.Errorf("%q was lost:\n%s", line, strings.Join(d.running.Lines(), "\n"))
		}
	}
}

func TestCommitIsRefusedWhereOthersTouchedTheSame(t *testing.T) {
	d := newDesk(t, t.TempDir(), deskLines...)
	ann, bob := d.open("ann"), d.open("bob")
	d.in(ann, "hostname r5", "router bgp 65001", "neighbor 10.0.0.2 description of ann")
	d.in(bob, "router bgp 65001", "neighbor 10.0.0.2 description of bob")
	theirs := d.committed(bob, api.CandidateCommitParams{})
	r, err := d.commit(ann, api.CandidateCommitParams{})
	if err != nil || r.Applied || len(r.Conflicts) != 1 {
		t.Fatalf("%v %+v", err, r)
	}
	x := r.Conflicts[0]
	if x.Object != "neighbor 10.0.0.2" || x.User != "bob" || x.From != "pts/2" || x.Number != theirs.Number || x.At.IsZero() || len(x.Theirs) != 1 ||
		x.Theirs[0].Text != "neighbor 10.0.0.2 description of bob" {
		t.Errorf("the conflict is %+v", x)
	}
	if d.runs("hostname r5") || !d.runs("neighbor 10.0.0.2 description of bob") {
		t.Error("something of a refused commit runs")
	}
	if r, _ := d.commit(ann, api.CandidateCommitParams{}); len(r.Conflicts) != 1 {
		t.Errorf("the second time: %+v", r)
	}
	u, err := d.update(ann)
	if err != nil || len(u.Conflicts) != 1 || u.Merged == 0 {
		t.Errorf("update gives %v %+v", err, u)
	}
	d.committed(ann, api.CandidateCommitParams{})
	if !d.runs("hostname r5") || !d.runs("neighbor 10.0.0.2 description of ann") {
		t.Errorf("after update and commit:\n%s", strings.Join(d.running.Lines(), "\n"))
	}
}

func TestEditorsAreToldOfEachOther(t *testing.T) {
	d := newDesk(t, t.TempDir(), deskLines...)
	ann := d.open("ann")
	first, _ := d.edit(t.Context(), d.now, 7, author{user: "bob", source: "pts/7"}, false)
	if len(first.Others) != 1 || first.Others[0].User != "ann" || !first.Others[0].Candidate {
		t.Errorf("bob is told %+v", first.Others)
	}
	if r := d.in(ann, "hostname x"); len(r.Notices) != 1 || !strings.Contains(r.Notices[0], "bob (pts/7) edits too") {
		t.Errorf("ann is told %q", r.Notices)
	}
	d.live("bob", "router bgp 65001", "no neighbor 10.0.0.3")
	if r := d.in(ann, "hostname y"); len(r.Notices) != 1 || !strings.Contains(r.Notices[0], "bob (pts/9) changed the running configuration (change 2: neighbor 10.0.0.3)") {
		t.Errorf("ann is told %q", r.Notices)
	}
	if r := d.in(ann, "hostname z"); len(r.Notices) != 0 {
		t.Errorf("twice: %q", r.Notices)
	}
	if left := d.leave(ann); left.Uncommitted != 2 {
		t.Errorf("leaving tells of %d lines", left.Uncommitted)
	}
	d.step(d.now, editorGone{ann})
	if _, err := d.candidateOf(ann); codeOf(err) != api.CodeNoCandidate || len(d.editors) != 1 {
		t.Errorf("after the client has gone: %v, %d editors", err, len(d.editors))
	}
}

func TestCandidatesAreBounded(t *testing.T) {
	d := newDesk(t, t.TempDir(), deskLines...)
	for range maxCandidates {
		d.open("ann")
	}
	_, err := d.edit(t.Context(), d.now, 999, author{user: "bob", source: ""}, true)
	if codeOf(err) != api.CodeRefused {
		t.Errorf("one too many gives %v", err)
	}
	if _, err := d.edit(t.Context(), d.now, 1, author{user: "ann", source: ""}, true); err != nil {
		t.Errorf("going on with an open one gives %v", err)
	}
	d.leave(1)
	if _, err := d.edit(t.Context(), d.now, 999, author{user: "bob", source: ""}, true); err != nil {
		t.Errorf("after one has gone: %v", err)
	}
}

func TestRollback(t *testing.T) {
	d := newDesk(t, t.TempDir(), deskLines...)
	ann := d.open("ann")
	for _, name := range []string{"A", "B", "C"} {
		d.in(ann, "hostname "+name)
		d.committed(ann, api.CandidateCommitParams{Comment: name})
	}
	d.live("eve", "hostname live")
	for n, want := range []string{"C", "B", "A", "r1"} {
		r, err := d.rollback(ann, n)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.editors[ann].candidate.config.Hostname; got != want {
			t.Errorf("rollback %d gives %s, want %s", n, got, want)
		}
		if config.Differing(config.Compare(d.running, d.editors[ann].candidate.config)) != differingLines(r.Diff) {
			t.Errorf("rollback %d answers %+v", n, r.Diff)
		}
	}
	if _, err := d.rollback(ann, 4); codeOf(err) != api.CodeNotFound {
		t.Errorf("one too far gives %v", err)
	}
	d.rollback(ann, 1)
	d.committed(ann, api.CandidateCommitParams{})
	if !d.runs("hostname B") {
		t.Error("the rollback does not run")
	}
	if _, err := d.rollback(ann, 1); err != nil || d.editors[ann].candidate.config.Hostname != "C" {
		t.Errorf("a rollback is a commit: before it was %s, %v", d.editors[ann].candidate.config.Hostname, err)
	}
	h, _ := d.historyOf(api.HistoryParams{Limit: 1})
	if h.Changes[0].Kind != api.ChangeRollback || h.Changes[0].Rollback == nil || *h.Changes[0].Rollback != 0 {
		t.Errorf("the history has %+v", h.Changes[0])
	}
}

func differingLines(lines []api.DiffLine) (n int) {
	for _, l := range lines {
		if l.Sign != " " {
			n++
		}
	}
	return n
}

func TestUnconfirmedIsTakenBackInTime(t *testing.T) {
	d := newDesk(t, t.TempDir(), deskLines...)
	saved := d.file()
	d.live("eve", "hostname live") // not saved
	ann := d.open("ann")
	d.in(ann, "hostname r2")
	r := d.committed(ann, api.CandidateCommitParams{Minutes: 5, Comment: "careful"})
	if !d.runs("hostname r2") || !strings.Contains(d.file(), "hostname r2") || r.ConfirmByAt != d.now.Add(5*time.Minute) {
		t.Fatalf("%+v", r)
	}
	d.now = d.now.Add(4 * time.Minute)
	if _, err := d.live("eve", "hostname other"); codeOf(err) != api.CodeConflict || !strings.Contains(err.Error(), "ann (pts/1) is not confirmed, 1m0s left") {
		t.Errorf("another change meanwhile gives %v", err)
	}
	d.in(ann, "hostname more")
	if _, err := d.commit(ann, api.CandidateCommitParams{}); codeOf(err) != api.CodeConflict {
		t.Errorf("another commit meanwhile gives %v", err)
	}
	if p := d.describePending(d.now, true); p == nil || p.LeftMs != 60_000 || p.User != "ann" || p.Comment != "careful" || len(p.Undo) != 2 {
		t.Errorf("pending is %+v", p)
	}
	if at := d.deadline(); at != r.ConfirmByAt {
		t.Errorf("wakes at %v", at)
	}
	d.step(r.ConfirmByAt.Add(-1), overdue{})
	if !d.runs("hostname r2") {
		t.Error("taken back too early")
	}
	d.step(r.ConfirmByAt, overdue{})
	if !d.runs("hostname live") || d.file() != saved || d.describePending(d.now, false) != nil {
		t.Errorf("taken back to\n%s\nsaved\n%s", strings.Join(d.running.Lines(), "\n"), d.file())
	}
	h, _ := d.historyOf(api.HistoryParams{Limit: 1})
	if e := h.Changes[0]; e.Kind != api.ChangeTakenBack || e.Undoes != r.Number || e.User != "bgpd" {
		t.Errorf("the history has %+v", e)
	}
	if _, err := d.rollback(ann, 1); codeOf(err) != api.CodeNotFound {
		t.Errorf("what was taken back counts as a commit: %v", err)
	}
	if _, err := d.live("eve", "hostname free"); err != nil {
		t.Errorf("afterwards a change gives %v", err)
	}
}

func TestConfirmAndCancel(t *testing.T) {
	d := newDesk(t, t.TempDir(), deskLines...)
	ann := d.open("ann")
	d.in(ann, "hostname r2")
	d.committed(ann, api.CandidateCommitParams{Minutes: 1})
	if r, err := d.confirm(d.now, author{user: "bob", source: "pts/5"}); err != nil || r.Pending.User != "ann" {
		t.Errorf("confirm gives %v %+v", err, r)
	}
	if _, err := d.confirm(d.now, author{user: "bob", source: ""}); codeOf(err) != api.CodeNotFound {
		t.Errorf("confirmed twice gives %v", err)
	}
	d.step(d.now.Add(time.Hour), overdue{})
	if !d.runs("hostname r2") {
		t.Error("a confirmed change was taken back")
	}
	d.in(ann, "hostname r3")
	d.committed(ann, api.CandidateCommitParams{Minutes: 1})
	var cancelled api.ConfirmResult
	answered := false
	d.cancel(d.now, author{user: "bob", source: ""}, nil, func(r api.ConfirmResult, err error) { cancelled, answered = r, err == nil })
	d.settle(func() bool { return answered })
	if !d.runs("hostname r2") || cancelled.Pending.User != "ann" || !strings.Contains(d.file(), "hostname r2") {
		t.Errorf("cancelled to\n%s", strings.Join(d.running.Lines(), "\n"))
	}
}

// A crash at any moment between a commit and its confirmation, and a restart before or after its time, ends with what runs and what is saved as if
// there had been none.
func TestUnconfirmedOverACrash(t *testing.T) {
	for _, late := range []bool{false, true} {
		dir := t.TempDir()
		d := newDesk(t, dir, deskLines...)
		saved := d.file()
		ann := d.open("ann")
		d.in(ann, "hostname r2")
		r := d.committed(ann, api.CandidateCommitParams{Minutes: 5})
		if late {
			d.start(r.ConfirmByAt.Add(time.Second))
		} else {
			d.start(d.now.Add(2 * time.Minute))
			if !d.runs("hostname r2") || d.describePending(d.now, false) == nil || d.describePending(d.now, false).LeftMs != 180_000 {
				t.Fatalf("after the crash it is %+v", d.describePending(d.now, false))
			}
			if _, err := d.live("eve", "hostname other"); codeOf(err) != api.CodeConflict {
				t.Errorf("another change after the crash gives %v", err)
			}
			d.step(r.ConfirmByAt, overdue{})
		}
		if !d.runs("hostname r1") || d.file() != saved || d.deadline() != (time.Time{}) {
			t.Errorf("late %v: runs\n%s\nsaved\n%s", late, strings.Join(d.running.Lines(), "\n"), d.file())
		}
		h, _ := d.historyOf(api.HistoryParams{})
		if e := h.Changes[0]; len(h.Changes) != 3 || e.Kind != api.ChangeTakenBack || e.Undoes != r.Number {
			t.Errorf("late %v: the history has %+v", late, h.Changes)
		}
		d.start(d.now)
		if !d.runs("hostname r1") || len(d.history.changes) != 3 {
			t.Errorf("late %v: another start has %d changes", late, len(d.history.changes))
		}
	}
}

// A clock that was set back does not make an unconfirmed change stay longer than its minutes.
func TestUnconfirmedWithAClockSetBack(t *testing.T) {
	d := newDesk(t, t.TempDir(), deskLines...)
	ann := d.open("ann")
	d.in(ann, "hostname r2")
	d.committed(ann, api.CandidateCommitParams{Minutes: 5})
	d.start(d.now.Add(-24 * time.Hour))
	if left := d.unconfirmed.left(d.now); left != 5*time.Minute {
		t.Errorf("%v left", left)
	}
}

func TestReplace(t *testing.T) {
	d := newDesk(t, t.TempDir(), deskLines...)
	replace := func(p api.ReplaceParams, lines ...string) (r api.CommitResult, err error) {
		answered := false
		p.Lines = apiLines(lines)
		d.replace(d.now, 0, author{user: "ann", source: "new.conf"}, p, nil, nil, nil, func(got api.CommitResult, failed error) { r, err, answered = got, failed, true })
		d.settle(func() bool { return answered })
		return r, err
	}
	if r, err := replace(api.ReplaceParams{}, append(deskLines, "ip route 10.0.0.0/8 Null0")...); err != nil || r.Changed || len(r.Lines) != 1 || r.Lines[0].Severity != api.SevWarning {
		t.Errorf("the same again gives %v %+v", err, r)
	}
	next := []string{"hostname r2", "router bgp 65001", " bgp router-id 10.0.0.1", " neighbor 10.0.0.2 remote-as 65002", " neighbor 10.0.0.4 remote-as 65004"}
	if r, err := replace(api.ReplaceParams{Check: true}, next...); err != nil || r.Applied || !r.Changed || d.runs("hostname r2") {
		t.Errorf("a check gives %v %+v", err, r)
	}
	before := d.file()
	r, err := replace(api.ReplaceParams{Comment: "template 9"}, next...)
	if err != nil || !r.Applied || r.Untouched != 1 || d.runs("neighbor 10.0.0.3 remote-as 65003") || !d.runs("neighbor 10.0.0.4 remote-as 65004") || d.file() != before {
		t.Errorf("%v %+v", err, r)
	}
	effects := map[string]api.Effect{}
	for _, c := range r.Changes {
		effects[c.Object] = c.Effect
	}
	if effects["10.0.0.3"] != api.EffectReset || effects["10.0.0.4"] != api.EffectLive || effects["10.0.0.2"] != "" {
		t.Errorf("effects are %v", effects)
	}
	bad, err := replace(api.ReplaceParams{}, "hostname r3", "router bgp 65001", " neighbor 10.0.0.2 remot-as 1", "hostnam")
	if err != nil || bad.Applied || len(bad.Lines) != 2 || bad.Lines[0].Line != 3 || bad.Lines[1].Line != 4 || d.runs("hostname r3") {
		t.Errorf("bad lines give %v %+v", err, bad)
	}
	if _, err := replace(api.ReplaceParams{Name: "cut.conf"}, "! cut off", ""); codeOf(err) != api.CodeRefused || !d.runs("hostname r2") {
		t.Errorf("an empty file gives %v", err)
	}
	if r, err := replace(api.ReplaceParams{Check: true}, "end"); err != nil || !r.Changed {
		t.Errorf("one that is meant to be empty gives %v %+v", err, r)
	}
	// unsaved, so a crash ends it whether or not it was to be confirmed
	replace(api.ReplaceParams{Minutes: 5}, deskLines...)
	d.start(d.now)
	if d.unconfirmed != nil || !d.runs("hostname r1") {
		t.Error("an unsaved replacement outlived the crash")
	}
}

func TestSavedFileOfAnotherProgramIsNotOverwritten(t *testing.T) {
	d := newDesk(t, t.TempDir(), deskLines...)
	ann := d.open("ann")
	d.in(ann, "hostname r2")
	theirs := "hostname by-hand\n"
	if err := os.WriteFile(filepath.Join(d.dir, "startup.conf"), []byte(theirs), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := d.commit(ann, api.CandidateCommitParams{Minutes: 3})
	if codeOf(err) != api.CodeRefused || d.runs("hostname r2") || d.file() != theirs || d.unconfirmed != nil {
		t.Errorf("%v, saved\n%s", err, d.file())
	}
	d.start(d.now)
	if d.unconfirmed != nil {
		t.Error("a commit that was refused waits for its confirmation")
	}
}

// hasty is a disk that does not wait until anything is on it.
type hasty struct{ osDisk }

func (hasty) create(path string, text []byte, mode fs.FileMode) error {
	return os.WriteFile(path, text, mode)
}
func (hasty) sync(string) error { return nil }

func TestRealTimeTakesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memPair()
		a, b := sideA(t, m), sideB(t, m)
		a.established("10.0.0.2", 0)
		answered := make(chan api.CommitResult, 1)
		a.controller.inbox.post(errand{run: func(now time.Time) {
			c := a.controller
			c.edit(t.Context(), now, 1, author{user: "ann", source: "pts/1"}, true)
			c.applyToCandidate(1, nil, numberedLines(apiLines([]string{"router bgp 65001", "neighbor 10.0.0.2 description for a while"})))
			c.commit(now, 1, api.CandidateCommitParams{Minutes: 2}, nil, nil, func(r api.CommitResult, _ error) { answered <- r })
		}})
		if r := <-answered; !r.Applied {
			t.Fatalf("%+v", r)
		}
		described := func() bool { return a.published().config.Router.Neighbors["10.0.0.2"].Description.Set }
		time.Sleep(2*time.Minute - time.Second)
		if !described() {
			t.Error("taken back too early")
		}
		time.Sleep(2 * time.Second)
		if described() {
			t.Error("not taken back")
		}
		if v := a.published().session("10.0.0.2").view.Load(); v.agreed == nil || v.downs > 0 {
			t.Error("the session ended")
		}
		a.end()
		b.end()
	})
}
