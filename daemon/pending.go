package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/journal"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/ipc/logline"
)

// unconfirmed is a change that is taken back unless it is confirmed. It stands on disk before the change is made and until it is confirmed or
// taken back, so that a crash in between changes nothing of that.
type unconfirmed struct {
	Number  uint64          `json:"number"` // of the change
	Kind    api.ChangeKind  `json:"kind"`
	User    string          `json:"user"`
	From    string          `json:"from"`
	Comment string          `json:"comment,omitempty"`
	At      time.Time       `json:"at"`
	Minutes int             `json:"minutes"`
	Before  config.Snapshot `json:"before"` // what ran
	// Saved says that the change wrote the startup file: File is what was in it, nil for no file, and After the SHA-256 of what is in it now.
	Saved bool   `json:"saved"`
	File  []byte `json:"file"`
	After string `json:"after,omitempty"`

	due    time.Time
	before *config.Config
	old    startup // the startup file as it was
}

// left is how long it may still be confirmed.
func (u *unconfirmed) left(now time.Time) time.Duration { return max(0, u.due.Sub(now)) }

// pendingFile is where the unconfirmed change stands.
type pendingFile struct {
	disk disk
	dir  string // empty: it ends with the daemon
}

func (p *pendingFile) path() string { return filepath.Join(p.dir, "unconfirmed") }

// save writes the change down.
func (p *pendingFile) save(u *unconfirmed) error {
	if p.dir == "" {
		return nil
	}
	text, err := json.Marshal(u)
	if err != nil {
		return err
	}
	if err := p.disk.mkdir(p.dir); err != nil {
		return err
	}
	return replaceFile(p.disk, p.path(), slices.Concat([]byte(sumOf(text)), []byte("\n"), text), 0o600)
}

// drop forgets the change.
func (p *pendingFile) drop() error {
	if p.dir == "" {
		return nil
	}
	if err := p.disk.remove(p.path()); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return p.disk.sync(p.dir)
}

// load reads what an earlier run left; nil for nothing. A file that is not what was written is set aside.
func (p *pendingFile) load() (u *unconfirmed, err error) {
	if p.dir == "" {
		return nil, nil
	}
	text, err := p.disk.read(p.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sum, rest, _ := bytes.Cut(text, []byte("\n"))
	u = &unconfirmed{}
	if string(sum) != sumOf(rest) || json.Unmarshal(rest, u) != nil {
		aside := p.path() + asideSuffix
		if err := p.disk.rename(p.path(), aside); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w; it was set aside", aside, errDamaged)
	}
	return u, nil
}

// gate refuses a change while another one waits for its confirmation.
func (c *controller) gate(now time.Time) error {
	u := c.unconfirmed
	if u == nil {
		return nil
	}
	return &ipc.Error{
		Code: api.CodeConflict,
		Message: fmt.Sprintf("change %d of %s is not confirmed, %s left: other changes are refused until then",
			u.Number, author{user: u.User, source: u.From}, u.left(now).Round(time.Second)),
		Data: api.ErrorData{What: "unconfirmed", Remedy: "commit confirm keeps it, commit cancel takes it back"},
	}
}

// describePending tells of the unconfirmed change; nil for none.
func (c *controller) describePending(now time.Time, undo bool) *api.Pending {
	u := c.unconfirmed
	if u == nil {
		return nil
	}
	out := &api.Pending{
		Number: u.Number, Kind: u.Kind, User: u.User, From: u.From, Comment: u.Comment, At: u.At, DueAt: u.due, LeftMs: u.left(now).Milliseconds(),
	}
	if undo {
		out.Undo = diffLines(config.Compare(c.running, u.before))
	}
	return out
}

func noneUnconfirmed() error {
	return &ipc.Error{Code: api.CodeNotFound, Message: "nothing waits for a confirmation", Data: api.ErrorData{What: "unconfirmed"}}
}

// confirm keeps the unconfirmed change.
func (c *controller) confirm(now time.Time, who author) (api.ConfirmResult, error) {
	p := c.describePending(now, false)
	if p == nil {
		return api.ConfirmResult{}, noneUnconfirmed()
	}
	c.touched = true
	if err := c.pendingFile.drop(); err != nil {
		return api.ConfirmResult{}, &ipc.Error{Code: api.CodeRefused, Message: "the confirmation cannot be kept: " + err.Error()}
	}
	c.unconfirmed = nil
	c.log.confirmed(who, p.Number)
	c.audit.order(now, who, "confirm", fmt.Sprintf("change %d", p.Number))
	c.publish()
	return api.ConfirmResult{Pending: *p}, nil
}

// cancel takes back the unconfirmed change.
func (c *controller) cancel(now time.Time, who author, routes map[string]uint64, reply func(api.ConfirmResult, error)) {
	p := c.describePending(now, false)
	if p == nil {
		reply(api.ConfirmResult{}, noneUnconfirmed())
		return
	}
	result := api.ConfirmResult{Pending: *p}
	c.takeBack(now, who, "commit cancel", &result, routes, func() { reply(result, nil) })
}

// expire takes back the unconfirmed change when its time is over.
func (c *controller) expire(now time.Time) {
	u := c.unconfirmed
	if u == nil || now.Before(u.due) {
		return
	}
	c.takeBack(now, author{user: "bgpd"}, notConfirmed(u), nil, nil, nil)
}

func notConfirmed(u *unconfirmed) string {
	return fmt.Sprintf("not confirmed within %d min", u.Minutes)
}

// takeBack puts back what ran before the unconfirmed change, and the startup file. The change stays noted until both the file and the history
// are written, so that the daemon's next start does what a full disk or a crash in between left undone.
func (c *controller) takeBack(now time.Time, who author, why string, out *api.ConfirmResult, routes map[string]uint64, done func()) {
	c.touched = true
	u := c.unconfirmed
	c.unconfirmed = nil
	var notices []string
	if err := c.restoreFile(u); err != nil {
		c.log.notRestored(c.startup.path, err)
		notices = append(notices, fmt.Sprintf("%s was not put back: %v", c.startup.path, err))
	}
	restored := len(notices) == 0
	changes := config.Diff(c.running, u.before)
	if out != nil {
		out.Changes, out.Notices = c.describe(now, changes, routes), notices
		if u.Saved && restored {
			out.Saved = c.startup.path
		}
	}
	c.log.takenBack(who, u.Number, why)
	if notice := c.record(now, undoing(u, who, why), config.Compare(c.running, u.before), u.before); notice == "" && restored {
		c.settled()
	}
	c.install(now, u.before, config.Worst(changes), done)
}

// undoing is the change that takes back u.
func undoing(u *unconfirmed, who author, why string) *change {
	ch := who.change(api.ChangeTakenBack)
	ch.Comment, ch.Undoes = why, u.Number
	return ch
}

// restoreFile puts the startup file back to what it was before the unconfirmed change.
func (c *controller) restoreFile(u *unconfirmed) error {
	if !u.Saved {
		return nil
	}
	if u.File == nil {
		if err := c.startup.drop(); err != nil {
			return err
		}
	} else if err := c.startup.save(u.File, false); err != nil {
		return err
	}
	seen := c.startup.seen
	c.startup = u.old
	c.startup.seen = seen
	return nil
}

// settled forgets the change that was to be confirmed: all that its end asks for is on disk.
func (c *controller) settled() {
	if err := c.pendingFile.drop(); err != nil {
		c.log.notRestored(c.pendingFile.path(), err)
	}
}

// recover finds the unconfirmed change that an earlier run left. Where its time is over the startup file is put back at once, before anything
// runs by it; where not, it goes on waiting. undone is the change when it is not in force any more: it stays noted until recordStart has kept
// that in the history.
func (c *controller) recover(now time.Time) (undone *unconfirmed) {
	u, err := c.pendingFile.load()
	if err != nil {
		c.log.Write(logline.Error, journal.UnitConfig, "an unconfirmed change cannot be told: "+err.Error())
		return nil
	}
	if u == nil {
		return nil
	}
	text, err := c.startup.load()
	if err != nil {
		return nil // nothing starts without the file, and the change is noted for a start that can read it
	}
	u.due = u.At.Add(time.Duration(u.Minutes) * time.Minute)
	if latest := now.Add(time.Duration(u.Minutes) * time.Minute); u.due.After(latest) { // the clock was set back
		u.due = latest
	}
	u.old = startup{store: store{path: c.startup.path, disk: c.startup.disk}}
	u.old.take(u.File, c.options(nil))
	switch inForce := u.Saved && sumOf(text) == u.After; {
	case c.history.passed(u):
		c.settled()
		return nil
	case inForce && now.Before(u.due):
		c.unconfirmed = u
		return nil
	case inForce:
		if err := c.restoreFile(u); err != nil {
			c.log.notRestored(c.startup.path, err)
			c.unconfirmed = u
			return nil
		}
		return u
	case u.Saved && !bytes.Equal(text, u.File): // somebody wrote another file while no daemon ran, maybe out of this one
		c.log.ended(u)
		c.settled()
		return nil
	}
	c.log.ended(u) // with the daemon, or it was being taken back, or it never came into force
	return u
}

// passed reports whether something was changed after the end of u, so that its note is an old one that could not be removed.
func (h *history) passed(u *unconfirmed) bool {
	return slices.ContainsFunc(h.since(u.Number-1), func(c *change) bool {
		return !u.is(c) && c.Kind != api.ChangeStartup && c.Undoes != u.Number
	})
}

// is reports whether the history's change c is this one: numbers of changes that could not be kept are given again.
func (u *unconfirmed) is(c *change) bool { return c.Number == u.Number && c.At.Equal(u.At) }

// undoes reports whether the history has the change u, and not yet that it was taken back.
func (h *history) undoes(u *unconfirmed) bool {
	since := h.since(u.Number - 1)
	return len(since) > 0 && u.is(since[0]) && !slices.ContainsFunc(since, func(c *change) bool { return c.Undoes == u.Number })
}

// whyUndone says why the daemon starts without u.
func whyUndone(u *unconfirmed, now time.Time) string {
	if now.Before(u.due) {
		return "not confirmed when the daemon ended"
	}
	return notConfirmed(u)
}
