package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/ipc/api"
	"bgpsh/ipc/logline"
)

// Bounds of the audit log.
const (
	auditBytes   = 4 << 20 // of the file; then it becomes the .1, the .1 the .2, and so on
	auditFiles   = 4       // older files that are kept
	auditEntries = 1000    // in memory
)

// An audit keeps who changed what, one line of JSON each, in a file that is only ever added to and that outlives the daemon. A change is there
// before it is answered. Where it cannot be written the change is made all the same, so that a full disk keeps nobody from repairing what filled
// it, and the log says so.
type audit struct {
	disk disk
	path string // empty: it ends with the daemon
	log  *daemonLog

	mu      sync.Mutex
	size    int
	entries []api.AuditEntry // newest last
	aside   []string
}

func newAudit(d disk, dataDir string, log *daemonLog) *audit {
	a := &audit{disk: d, log: log}
	if dataDir != "" {
		a.path = filepath.Join(dataDir, "audit.log")
	}
	return a
}

// load reads what earlier runs left. The last line of a daemon that was killed may be cut off: it was not answered, and is taken away. A file
// that is wrong anywhere else is set aside.
func (a *audit) load() error {
	if a.path == "" {
		return nil
	}
	older, _, err := a.read(a.path + ".1")
	if err != nil {
		return err
	}
	entries, whole, err := a.read(a.path)
	if err != nil {
		return err
	}
	if whole != nil {
		if err := replaceFile(a.disk, a.path, whole, 0o600); err != nil {
			return err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entries = append(older, entries...)
	a.entries = a.entries[max(0, len(a.entries)-auditEntries):]
	return nil
}

// read reads one file. whole is not nil where its last line was cut off: what comes before.
func (a *audit) read(path string) (entries []api.AuditEntry, whole []byte, err error) {
	text, err := a.disk.read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if path == a.path {
		a.size = len(text)
	}
	if end := bytes.LastIndexByte(text, '\n') + 1; end < len(text) {
		text = text[:end]
		whole = append([]byte{}, text...)
		a.size = end
	}
	for line := range bytes.Lines(text) {
		var e api.AuditEntry
		if json.Unmarshal(line, &e) != nil || e.At.IsZero() {
			return a.setAside(path)
		}
		entries = append(entries, e)
	}
	return entries, whole, nil
}

func (a *audit) setAside(path string) ([]api.AuditEntry, []byte, error) {
	if err := a.disk.rename(path, path+asideSuffix); err != nil {
		return nil, nil, err
	}
	a.size = 0
	a.aside = append(a.aside, path+asideSuffix)
	a.log.setAside([]string{path + asideSuffix})
	return nil, nil, nil
}

// add keeps an entry.
func (a *audit) add(e api.AuditEntry) {
	if a == nil { // a simulated daemon has none
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.entries = append(a.entries, e); len(a.entries) > auditEntries {
		a.entries = slices.Delete(a.entries, 0, len(a.entries)-auditEntries)
	}
	if a.path == "" {
		return
	}
	line, err := json.Marshal(e)
	if err == nil {
		err = a.write(append(line, '\n'))
	}
	if err != nil {
		a.log.notAudited(&e, err)
	}
}

// write puts a line behind the others.
func (a *audit) write(line []byte) error {
	if a.size > 0 && a.size+len(line) > auditBytes {
		if err := a.rotate(); err != nil {
			return err
		}
	}
	if a.size == 0 {
		if err := a.disk.mkdir(filepath.Dir(a.path)); err != nil {
			return err
		}
	}
	if err := a.disk.add(a.path, line); err != nil {
		return err
	}
	a.size += len(line)
	return nil
}

// rotate makes room for a new file.
func (a *audit) rotate() error {
	for n := auditFiles; n > 1; n-- {
		err := a.disk.rename(fmt.Sprintf("%s.%d", a.path, n-1), fmt.Sprintf("%s.%d", a.path, n))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := a.disk.rename(a.path, a.path+".1"); err != nil {
		return err
	}
	a.size = 0
	return a.disk.sync(filepath.Dir(a.path))
}

// list gives the newest entries, the newest first.
func (a *audit) list(limit int) api.Audit {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := api.Audit{Path: a.path, Entries: slices.Clone(a.entries), Damaged: append([]string{}, a.aside...)}
	slices.Reverse(out.Entries)
	if limit > 0 && len(out.Entries) > limit {
		out.Entries = out.Entries[:limit]
	}
	if out.Entries == nil {
		out.Entries = []api.AuditEntry{}
	}
	return out
}

// order keeps an order that changes no line of the configuration.
func (a *audit) order(now time.Time, who author, what, detail string) {
	a.add(api.AuditEntry{At: now, User: who.user, PID: who.pid, From: who.source, What: what, Detail: config.HideSecrets([]string{detail})[0]})
}

// change keeps a change of the configuration. Its lines have no passwords.
func (a *audit) change(ch *change) {
	e := api.AuditEntry{At: ch.At, User: ch.User, PID: ch.PID, From: ch.From, What: string(ch.Kind), Change: ch.Number, Detail: ch.Comment, More: ch.More}
	for _, l := range ch.Lines {
		e.Lines = append(e.Lines, l.Sign+strings.Repeat(" ", l.Depth)+l.Text)
	}
	a.add(e)
}

func (g *daemonLog) notAudited(e *api.AuditEntry, err error) {
	g.say(logline.Error, "the audit log was not written: "+err.Error(), field("user", e.User), field("what", e.What), field("change", e.Change))
}
