package daemon

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"bgpsh/daemon/config"
)

// hastyDisk does not wait for the disk.
type hastyDisk struct{ osDisk }

func (hastyDisk) create(path string, text []byte, mode fs.FileMode) error {
	return os.WriteFile(path, text, mode)
}
func (hastyDisk) sync(string) error { return nil }

// FuzzFiles damages what the daemon finds on disk when it starts: a file of the history, an unconfirmed change, the audit log. It is read, or set
// aside; nothing of it is believed that was not written.
func FuzzFiles(f *testing.F) {
	dir := f.TempDir()
	h := history{disk: osDisk{}, dir: dir, next: 1}
	c, _, _ := config.Parse("", []string{"hostname r1"}, config.Options{})
	if err := h.add(&change{User: "ann", At: simStart}, config.Compare(&config.Config{}, c), c); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(h.file(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte(`{"at":"2026-01-01T00:00:00Z","user":"ann","what":"live"}` + "\n" + `{"at":`))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		for _, name := range []string{"history/00000001", "unconfirmed", "audit.log", "startup.conf"} {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		h := history{disk: hastyDisk{}, dir: filepath.Join(dir, "history")}
		if err := h.load(); err != nil || len(h.changes)+len(h.aside) != 1 {
			t.Errorf("history: %v, %d changes, %d set aside", err, len(h.changes), len(h.aside))
		}
		if len(h.changes) == 1 {
			h.configOf(h.changes[0], config.Options{})
		}
		p := pendingFile{disk: hastyDisk{}, dir: dir}
		if u, err := p.load(); u != nil && err != nil {
			t.Error("an unconfirmed change beside an error")
		}
		a := newAudit(hastyDisk{}, dir, newDaemonLog(nil))
		if err := a.load(); err != nil {
			t.Errorf("audit log: %v", err)
		}
		again := newAudit(hastyDisk{}, dir, newDaemonLog(nil))
		if before := len(a.entries); again.load() != nil || len(again.entries) != before {
			t.Error("the audit log reads otherwise the second time")
		}
		s := startup{store: store{path: filepath.Join(dir, "startup.conf"), disk: hastyDisk{}}}
		if _, err := s.parse(config.Options{}); err != nil {
			t.Errorf("startup configuration: %v", err)
		}
	})
}
