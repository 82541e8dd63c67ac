package daemon

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/ipc/api"
)

// TestPowerFailureWhileTakenBack kills the daemon at each single change of the disk while it takes back an unconfirmed change, and again at each
// change while it starts, before and after the change's time. Whatever was lost: the next start runs what ran before, the history tells that the
// change was taken back, once, and rollback does not count it.
func TestPowerFailureWhileTakenBack(t *testing.T) {
	for name, change := range map[string]func(*desk) uint64{
		"commit": func(d *desk) uint64 {
			ann := d.open("ann")
			d.in(ann, "hostname two")
			return d.committed(ann, api.CandidateCommitParams{Minutes: 5}).Number
		},
		"replace": func(d *desk) uint64 { return d.replaced("two", 5).Number },
	} {
		t.Run(name, func(t *testing.T) {
			steps := 0
			for first := 1; ; first++ {
				whole := false
				for second := 1; ; second++ {
					d := newDesk(t, newDir(t), deskLines...)
					ann := d.open("ann")
					d.in(ann, "hostname one")
					d.committed(ann, api.CandidateCommitParams{})
					number := change(d)
					whole = !d.killedAt(first, func() { d.step(d.now.Add(6*time.Minute), overdue{}) })
					started := !d.killedAt(second, func() { d.start(d.now.Add(10 * time.Minute)) })
					d.start(d.now.Add(20 * time.Minute))
					d.isTakenBack(fmt.Sprintf("failure %d, then %d of the start", first, second), number, "one")
					steps = max(steps, second)
					if started {
						break
					}
				}
				if whole {
					steps += first
					break
				}
			}
			if steps < 10 {
				t.Errorf("the steps of it change the disk %d times only", steps)
			}
		})
	}
}

// A change that was saved ends with the daemon where the file is put back by hand, and stays one where the file was written anew.
func TestUnconfirmedWithAFileByHand(t *testing.T) {
	for file, undone := range map[string]bool{"hostname r1\n": true, "hostname r3\n": false} {
		d := newDesk(t, newDir(t), "hostname r1")
		ann := d.open("ann")
		d.in(ann, "hostname r2")
		number := d.committed(ann, api.CandidateCommitParams{Minutes: 5}).Number
		if err := os.WriteFile(filepath.Join(d.dir, "startup.conf"), []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		d.start(d.now.Add(time.Minute))
		last := d.history.last()
		if (last.Undoes == number) != undone || d.unconfirmed != nil || len(d.history.changes) != 3 {
			t.Errorf("with %q it starts with %s, and the last change is %+v", file, d.running.Hostname, last)
		}
	}
}

// A note that could not be removed takes nothing back when what it is about was settled and changed since.
func TestOldNoteTakesNothingBack(t *testing.T) {
	d := newDesk(t, newDir(t), deskLines...)
	ann := d.open("ann")
	d.in(ann, "hostname two")
	number := d.committed(ann, api.CandidateCommitParams{Minutes: 5}).Number
	note := content(t, d.pendingFile.path())
	d.step(d.now.Add(6*time.Minute), overdue{})
	bob := d.open("bob")
	d.in(bob, "hostname two")
	d.committed(bob, api.CandidateCommitParams{})
	if err := os.WriteFile(d.pendingFile.path(), []byte(note), 0o600); err != nil {
		t.Fatal(err)
	}
	d.start(d.now.Add(time.Hour))
	if !d.runs("hostname two") || d.history.last().Kind != api.ChangeCommit || d.history.last().Number == number || d.noted() {
		t.Errorf("runs %s, and the last change is %+v", d.running.Hostname, d.history.last())
	}
}

// A history that cannot be written when a change is taken back gets it at the next start.
func TestTakenBackOnAFullDisk(t *testing.T) {
	d := newDesk(t, newDir(t), deskLines...)
	ann := d.open("ann")
	d.in(ann, "hostname one")
	d.committed(ann, api.CandidateCommitParams{})
	number := d.replaced("two", 5).Number
	d.disk.changes, d.disk.failAt = 0, 1
	d.step(d.now.Add(6*time.Minute), overdue{})
	d.disk = &failingDisk{}
	d.start(d.now.Add(time.Hour))
	d.isTakenBack("a full disk", number, "one")
}

// Over a file of another program write force keeps the comments of the statements that go on, and that file as .1.
func TestForcedWriteKeepsComments(t *testing.T) {
	d := newDesk(t, newDir(t), deskLines...)
	theirs := strings.Join(append([]string{"! on the router", "router bgp 65001", " ! on nobody", " neighbor 10.0.0.9 remote-as 65009", "exit"}, ""), "\n")
	if err := os.WriteFile(filepath.Join(d.dir, "startup.conf"), []byte(theirs), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, force := range []bool{false, true} {
		var failed error
		d.controller.write(d.now, writeRequest{force: force, reply: func(_ api.WriteResult, err error) { failed = err }})
		if (failed == nil) != force {
			t.Errorf("force %v: %v", force, failed)
		}
	}
	if file := d.file(); !strings.Contains(file, "! on the router\nrouter bgp 65001\n") || strings.Contains(file, "nobody") || !strings.Contains(file, "hostname r1") {
		t.Errorf("wrote\n%s", file)
	}
	if content(t, filepath.Join(d.dir, "startup.conf.1")) != theirs {
		t.Error("their file is not kept")
	}
}

func newDir(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "d")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// killedAt runs f and reports whether the daemon was killed at that change of the disk; the next run has a whole one.
func (d *desk) killedAt(change int, f func()) (killed bool) {
	d.disk.changes, d.disk.dieAt = 0, change
	killed = dies(f)
	d.disk = &failingDisk{}
	return killed
}

// replaced runs a configuration that differs in the hostname and is not saved.
func (d *desk) replaced(hostname string, minutes int) (r api.CommitResult) {
	d.t.Helper()
	answered := false
	lines := append([]string{"hostname " + hostname}, deskLines[2:]...)
	d.replace(d.now, 0, author{user: "ann"}, api.ReplaceParams{Minutes: minutes, Lines: apiLines(lines)}, nil, nil, nil, func(got api.CommitResult, err error) {
		if err != nil {
			d.t.Fatal(err)
		}
		r, answered = got, true
	})
	d.settle(func() bool { return answered })
	return r
}

// noted reports whether a change that is to be confirmed stands on disk.
func (d *desk) noted() bool {
	_, err := os.Stat(d.pendingFile.path())
	return err == nil
}

// isTakenBack wants that hostname runs and is what rollback counts as the newest, and that the history has once that the change was taken back.
func (d *desk) isTakenBack(when string, change uint64, hostname string) {
	d.t.Helper()
	undone := 0
	for _, ch := range d.history.changes {
		if ch.Undoes == change {
			undone++
		}
	}
	newest := d.history.commits()[0]
	c, err := d.history.configOf(newest, config.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	if d.running.Hostname != hostname || c.Hostname != hostname || undone != 1 || d.unconfirmed != nil || d.noted() || len(d.history.aside) > 0 {
		d.t.Errorf("%s: runs %s, rollback 0 is change %d with %s, taken back %d times, noted %v, set aside %v",
			when, d.running.Hostname, newest.Number, c.Hostname, undone, d.noted(), d.history.aside)
	}
}
