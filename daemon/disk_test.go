package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/ipc/api"
)

// A failingDisk is a real one that fails, or dies with all who use it, at the change of that number.
type failingDisk struct {
	osDisk
	changes int // so far
	failAt  int // fails from this change on; 0: never
	dieAt   int // panics at this change, half done
}

var (
	errFull = errors.New("no space left on device")
	errDead = errors.New("power failure")
)

// change counts one; whole does it. half is what a power failure in the middle leaves.
func (d *failingDisk) change(whole func() error, half func()) error {
	d.changes++
	switch {
	case d.dieAt != 0 && d.changes == d.dieAt:
		if half != nil {
			half()
		}
		panic(errDead)
	case d.failAt != 0 && d.changes >= d.failAt:
		return errFull
	}
	return whole()
}

func (d *failingDisk) create(path string, text []byte, mode fs.FileMode) error {
	return d.change(func() error { return d.osDisk.create(path, text, mode) }, func() { os.WriteFile(path, text[:len(text)/2], mode) })
}

func (d *failingDisk) add(path string, text []byte) error {
	return d.change(func() error { return d.osDisk.add(path, text) }, func() { d.osDisk.add(path, text[:len(text)/2]) })
}

func (d *failingDisk) link(path, second string) error {
	return d.change(func() error { return d.osDisk.link(path, second) }, func() { os.Link(path, second+".new") })
}

func (d *failingDisk) rename(from, to string) error {
	return d.change(func() error { return d.osDisk.rename(from, to) }, nil)
}

func (d *failingDisk) remove(path string) error {
	return d.change(func() error { return d.osDisk.remove(path) }, nil)
}

func (d *failingDisk) sync(dir string) error {
	return d.change(func() error { return d.osDisk.sync(dir) }, nil)
}

func (d *failingDisk) mkdir(dir string) error {
	return d.change(func() error { return d.osDisk.mkdir(dir) }, nil)
}

// story is a run of changes that end on disk; it tells what ran behind each step that was answered.
func story(d *desk, behind func(what string, hostname string)) {
	ann := d.open("ann")
	step := func(hostname string, p api.CandidateCommitParams) {
		d.in(ann, "hostname "+hostname)
		if r, err := d.commit(ann, p); err == nil && r.Applied {
			behind("commit", hostname)
		}
	}
	step("one", api.CandidateCommitParams{})
	step("two", api.CandidateCommitParams{Comment: "second"})
	step("three", api.CandidateCommitParams{Minutes: 5})
	if _, err := d.confirm(d.now, author{user: "ann", source: ""}); err == nil {
		behind("confirm", "three")
	}
	d.live("ann", "hostname four")
	done := false
	d.controller.write(d.now, writeRequest{reply: func(_ api.WriteResult, err error) { done = err == nil }})
	if done {
		behind("write", "four")
	}
	step("five", api.CandidateCommitParams{Minutes: 5})
	d.step(d.now.Add(6*time.Minute), overdue{})
	behind("taken back", "four")
}

// TestPowerFailureAtEveryChange kills the daemon at each single change of the disk and starts it again: the startup file and every file of the
// history are whole, what was answered is there, and nothing is in force that had to be taken back.
func TestPowerFailureAtEveryChange(t *testing.T) {
	total := 0
	for at := 1; ; at++ {
		dir := filepath.Join(t.TempDir(), "d")
		os.Mkdir(dir, 0o700)
		d := newDesk(t, dir, deskLines...)
		answered, step := "r1", ""
		d.disk.changes, d.disk.dieAt = 0, at
		died := dies(func() { story(d, func(what, hostname string) { step, answered = what, hostname }) })
		if !died {
			total = at
			break
		}
		d.disk = &failingDisk{}
		d.start(d.now.Add(10 * time.Minute)) // every confirmation is overdue
		order := []string{"r1", "one", "two", "three", "four", "five"}
		got, last := index(order, d.running.Hostname), index(order, answered)
		// what was answered stands, or what came next was just being written; a commit to be confirmed may have been taken back
		back := step == "commit" && answered == "three" || answered == "five" || step == "confirm" && got == index(order, "three")
		if got < 0 || got != last && got != last+1 && !back || d.running.Hostname == "five" {
			t.Errorf("power failure at change %d behind %s of %s: starts with %q", at, step, answered, d.running.Hostname)
		}
		c, errs, _ := config.Parse("", splitLines([]byte(d.file())), config.Options{})
		if len(errs) > 0 || c.Hostname != d.running.Hostname || len(d.history.aside) > 0 {
			t.Errorf("power failure at change %d: startup file\n%s\nset aside %q", at, d.file(), d.history.aside)
		}
		for _, ch := range d.history.changes {
			if _, err := d.history.configOf(ch, config.Options{}); err != nil {
				t.Errorf("power failure at change %d: change %d: %v", at, ch.Number, err)
			}
		}
		if d.unconfirmed != nil {
			t.Errorf("power failure at change %d: still unconfirmed", at)
		}
	}
	if total < 30 {
		t.Errorf("the story changes the disk %d times only", total)
	}
}

func index(list []string, word string) int {
	for i, w := range list {
		if w == word {
			return i
		}
	}
	return -1
}

func dies(f func()) (died bool) {
	defer func() {
		if cause := recover(); cause != nil {
			if cause != errDead {
				panic(cause)
			}
			died = true
		}
	}()
	f()
	return false
}

// TestFullDiskAtEveryChange lets the disk be full from each change on: what is refused changes nothing, what is answered runs, and nothing is half.
func TestFullDiskAtEveryChange(t *testing.T) {
	for at := 1; at < 60; at++ {
		dir := filepath.Join(t.TempDir(), "d")
		os.Mkdir(dir, 0o700)
		d := newDesk(t, dir, deskLines...)
		d.disk.changes, d.disk.failAt = 0, at
		ann := d.open("ann")
		running := "r1"
		for i, p := range []api.CandidateCommitParams{{}, {Minutes: 5}} {
			name := fmt.Sprint("host", i)
			d.in(ann, "hostname "+name)
			r, err := d.commit(ann, p)
			switch {
			case err == nil && r.Applied:
				running = name
			case codeOf(err) != api.CodeRefused || !strings.Contains(err.Error(), errFull.Error()):
				t.Errorf("full at change %d: %v", at, err)
			}
			if d.running.Hostname != running || !strings.Contains(d.file(), "hostname "+running) && d.disk.changes < at {
				t.Errorf("full at change %d: runs %s, answered %s, saved\n%s", at, d.running.Hostname, running, d.file())
			}
			if c, errs, _ := config.Parse("", splitLines([]byte(d.file())), config.Options{}); len(errs) > 0 || c.Router == nil {
				t.Errorf("full at change %d: the startup file is\n%s", at, d.file())
			}
		}
		if u := d.unconfirmed; u != nil {
			d.step(u.due, overdue{}) // takes back what runs, whatever becomes of the file
			if d.running.Hostname == "host1" || d.unconfirmed != nil {
				t.Errorf("full at change %d: not taken back", at)
			}
			d.disk.failAt = 0
			d.start(u.due)
			if d.running.Hostname == "host1" {
				t.Errorf("full at change %d: taken back, and started again with it", at)
			}
		}
	}
}

func TestLinklessDiskKeepsACopy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "startup.conf")
	s := &store{path: path, disk: linkless{}}
	s.load()
	for _, text := range []string{"one\n", "two\n"} {
		if err := s.save([]byte(text), false); err != nil {
			t.Fatal(err)
		}
	}
	if content(t, path) != "two\n" || content(t, path+".1") != "one\n" {
		t.Errorf("%q and %q", content(t, path), content(t, path+".1"))
	}
}

// linkless is a disk whose files have one name only.
type linkless struct{ osDisk }

func (linkless) link(string, string) error { return errors.New("operation not permitted") }
