package fault

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of what is kept.
const (
	MaxReports  = 32        // files; the oldest makes room
	MaxReport   = 1 << 20   // bytes of one file
	remembered  = 16        // faults in memory
	kinds       = 256       // lines of code that are told apart
	reportEvery = time.Hour // a new report of the same line of code
	tellEvery   = time.Minute
)

// Config says where reports go and what stands in each.
type Config struct {
	Dir     string // made when it is needed; empty: no files
	Version string
	Hide    func(string) string // takes secrets out of a text; nil: there are none
	Now     func() time.Time    // nil: the clock
}

// A Recorder takes faults. Its methods may be called by any goroutine.
type Recorder struct {
	config Config

	mu     sync.Mutex
	counts [Places]uint64
	last   []Brief // newest last
	seen   map[string]*kind
}

// kind is what is known of the faults of one line of code.
type kind struct {
	count   uint64
	report  string
	written time.Time
	told    time.Time
}

// NewRecorder makes a recorder without touching the disk.
func NewRecorder(c Config) *Recorder {
	if c.Hide == nil {
		c.Hide = func(s string) string { return s }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Recorder{config: c, seen: map[string]*kind{}}
}

// Add takes a fault: it is counted, and reported in a file unless the same line of code was within the hour.
func (r *Recorder) Add(f Fault) Brief {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.config.Now()
	b := Brief{At: now, Place: f.Place, Subject: f.Subject, Doing: f.Doing, Cause: r.cause(f.Cause)}
	k := r.kindOf(&f)
	b.Again = k.count
	k.count++
	if f.Place < Places {
		r.counts[f.Place]++
	}
	if k.report == "" || now.Sub(k.written) >= reportEvery {
		k.report, b.Err = r.write(now, &f, &b)
		k.written = now
	}
	b.Report = k.report
	if b.Tell = k.told.IsZero() || now.Sub(k.told) >= tellEvery; b.Tell {
		k.told = now
	}
	if r.last = append(r.last, b); len(r.last) > remembered {
		r.last = slices.Delete(r.last, 0, 1)
	}
	return b
}

// kindOf finds what is known of the line of code at fault.
func (r *Recorder) kindOf(f *Fault) *kind {
	key := fmt.Sprintf("%d %s %s", f.Place, f.Subject, origin(f.Stack))
	k := r.seen[key]
	if k == nil {
		if len(r.seen) >= kinds {
			clear(r.seen) // so many different faults are not one that comes again
		}
		k = &kind{}
		r.seen[key] = k
	}
	return k
}

// origin is the first line of a stack that is below the panic: function and place in the file.
func origin(stack []byte) string {
	_, below, found := bytes.Cut(stack, []byte("\npanic("))
	if !found {
		below = stack
	}
	lines := strings.Split(string(below), "\n")
	for i := 2; i+1 < len(lines); i += 2 { // the arguments of panic and its file, then pairs
		if !strings.HasPrefix(lines[i], "runtime.") && !strings.HasPrefix(lines[i], "runtime/") {
			at, _, _ := strings.Cut(lines[i+1], " +")
			return at
		}
	}
	return ""
}

// cause is what recover gave, in one line without secrets.
func (r *Recorder) cause(v any) string {
	text := printed(v)
	if first, _, more := strings.Cut(text, "\n"); more {
		text = first
	}
	text = r.config.Hide(text)
	return text[:min(len(text), 500)]
}

// printed is v as text, even if its own method for that panics.
func printed(v any) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("a %T that cannot be printed", v)
		}
	}()
	switch v := v.(type) {
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	}
	return fmt.Sprint(v)
}

// Counts is how many faults there were since the start, by place.
func (r *Recorder) Counts() [Places]uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts
}

// Last are the latest faults, newest first.
func (r *Recorder) Last() []Brief {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := slices.Clone(r.last)
	slices.Reverse(out)
	return out
}

// Dir is the folder of the reports, empty for none.
func (r *Recorder) Dir() string { return r.config.Dir }

// write makes a report and gives its path.
func (r *Recorder) write(now time.Time, f *Fault, b *Brief) (string, error) {
	if r.config.Dir == "" {
		return "", errors.New("the daemon has no folder for its state")
	}
	if err := os.MkdirAll(r.config.Dir, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(r.config.Dir, fileName(now, f.Place, f.Subject))
	text := r.config.Hide(r.text(now, f, b))
	if err := create(path, text[:min(len(text), MaxReport)]); err != nil {
		return "", err
	}
	r.prune()
	return path, nil
}

// create writes a file that is not there yet, for its owner alone.
func create(path, text string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(path)
	}
	return err
}

// text is a report.
func (r *Recorder) text(now time.Time, f *Fault, b *Brief) string {
	var t strings.Builder
	fmt.Fprintf(&t, "bgpd %s, %s, %s/%s\n", r.config.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(&t, "time: %s\nplace: %s\n", now.UTC().Format(time.RFC3339Nano), f.Place)
	for _, l := range []struct{ name, text string }{{"subject", f.Subject}, {"doing", f.Doing}, {"cause", printed(f.Cause)}} {
		if l.text != "" {
			fmt.Fprintf(&t, "%s: %s\n", l.name, l.text)
		}
	}
	if b.Again > 0 {
		fmt.Fprintf(&t, "seen before: %d\n", b.Again)
	}
	if len(f.Message) > 0 {
		fmt.Fprintf(&t, "\nmessage, %d bytes:\n%s", len(f.Message), hex.Dump(f.Message))
	}
	if f.Notes != "" {
		fmt.Fprintf(&t, "\n%s\n", strings.TrimSuffix(f.Notes, "\n"))
	}
	if len(f.Stack) > 0 {
		fmt.Fprintf(&t, "\n%s", f.Stack)
	}
	return t.String()
}

// prune removes the oldest reports that are too many.
func (r *Recorder) prune() {
	names := reports(r.config.Dir)
	for len(names) > MaxReports {
		os.Remove(filepath.Join(r.config.Dir, names[0]))
		names = names[1:]
	}
}

// reports are the names of the files in a folder of reports, oldest first.
func reports(dir string) (names []string) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if _, ok := parseName(e.Name()); ok {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}
