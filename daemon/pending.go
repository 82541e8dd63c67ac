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

// takeBack puts back what ran before the unconfirmed change, and the startup file. Where the file cannot be written what runs is put back all
// the same, and the change stays noted, so that the daemon's next start tries again.
func (c *controller) takeBack(now time.Time, who author, why string, out *api.ConfirmResult, routes map[string]uint64, done func()) {
	c.touched = true
	u := c.unconfirmed
	c.unconfirmed = nil
	var notices []string
	if err := c.restoreFile(u); err != nil {
		c.log.notRestored(c.startup.path, err)
		notices = append(notices, fmt.Sprintf("%s was not put back: %v", c.startup.path, err))
	} else if err := c.pendingFile.drop(); err != nil {
		c.log.notRestored(c.pendingFile.path(), err)
	}
	changes := config.Diff(c.running, u.before)
	if out != nil {
		out.Changes, out.Notices = c.describe(now, changes, routes), notices
		if u.Saved && len(notices) == 0 {
			out.Saved = c.startup.path
		}
	}
	c.log.takenBack(who, u.Number, why)
	c.record(now, undoing(u, who, why), config.Compare(c.running, u.before), u.before)
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

// recover finds the unconfirmed change that an earlier run left. Where its time is over the startup file is put back at once, before anything
// runs by it, and expired is that change; where not, it goes on waiting.
func (c *controller) recover(now time.Time) (expired *unconfirmed) {
	u, err := c.pendingFile.load()
	if err != nil {
		c.log.Write(logline.Error, journal.UnitConfig, "an unconfirmed change cannot be told: "+err.Error())
		return nil
	}
	if u == nil {
		return nil
	}
	text, err := c.startup.load()
	u.due = u.At.Add(time.Duration(u.Minutes) * time.Minute)
	if latest := now.Add(time.Duration(u.Minutes) * time.Minute); u.due.After(latest) { // the clock was set back
		u.due = latest
	}
	u.old = startup{store: store{path: c.startup.path, disk: c.startup.disk}}
	u.old.take(u.File, c.options(nil))
	switch {
	case err != nil || !u.Saved || sumOf(text) != u.After:
		c.log.ended(u) // it ended with the daemon, or never came into force
		c.pendingFile.drop()
		return nil
	case now.Before(u.due):
		c.unconfirmed = u
		return nil
	}
	if err := c.restoreFile(u); err != nil {
		c.log.notRestored(c.startup.path, err)
		c.unconfirmed = u
		return nil
	}
	c.pendingFile.drop()
	return u
}
