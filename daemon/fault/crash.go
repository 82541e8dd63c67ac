package fault

import (
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"
)

// crashName is the file into which the Go runtime writes its last words: what no recover sees, such as a concurrent write to a map, a signal,
// or the end of memory. crashLeft is that of an earlier process.
const (
	crashName = "crash.new"
	crashLeft = "crash.left"
)

// KeepCrash makes the Go runtime write a crash of this process into a file of its own in the folder of reports, beside standard error. What an
// earlier process left there is put aside for AdoptCrash. It concerns the process as a whole, so only the program itself asks for it, once.
func (r *Recorder) KeepCrash() error {
	if r.config.Dir == "" {
		return nil
	}
	if err := os.MkdirAll(r.config.Dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(r.config.Dir, crashName)
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		if err := os.Rename(path, filepath.Join(r.config.Dir, crashLeft)); err != nil {
			return err
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close() // the runtime has a descriptor of its own
	return debug.SetCrashOutput(file, debug.CrashOptions{})
}

// AdoptCrash makes a report of what KeepCrash put aside; nil where there is nothing. It is called when it is known what is to be hidden.
func (r *Recorder) AdoptCrash() *Brief {
	if r.config.Dir == "" {
		return nil
	}
	path := filepath.Join(r.config.Dir, crashLeft)
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(file, MaxReport))
	if err != nil {
		return nil
	}
	b := Brief{At: info.ModTime(), Place: Crash}
	b.Report = filepath.Join(r.config.Dir, fileName(info.ModTime().Truncate(time.Nanosecond), Crash, ""))
	defer os.Remove(path)
	if b.Err = create(b.Report, r.config.Hide(string(text))); b.Err != nil {
		b.Report = ""
	}
	r.prune()
	return &b
}
