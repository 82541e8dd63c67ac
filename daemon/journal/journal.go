package journal

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"

	"bgpsh/ipc/logline"
)

// Format is the form of the log.
type Format string

// The formats. Automatic is Pretty on a terminal, else Text.
const (
	Automatic Format = ""
	Pretty    Format = "pretty"
	Text      Format = "text"
	JSON      Format = "json"
)

// Config tells where the log goes and what it says of the program.
type Config struct {
	Format Format
	Level  logline.Level // 0: Info
	// Path is the log file; empty or "-" is standard error. With Output it is not used.
	Path string
	// Output, unless nil, gets each record as it is written, without a goroutine in between. It must not log.
	Output io.Writer
	// InMemory says that connections are those of a network in memory: their records are the ones of the channel transport.
	InMemory bool

	Name     string           // of the program; empty: "bgpd"
	Hostname string           // empty: the host's
	PID      int              // 0: the process's
	Now      func() time.Time // nil: the clock
	Rand     func() uint32    // names connections; nil: random
}

// Journal writes the daemon's records. Its methods, and those of what it makes, may be called by any goroutine and never
// wait for the disk.
type Journal struct {
	config   Config
	levels   levels
	debugged atomic.Pointer[[]Debugged] // never nil; replaced whole
	logger   *logrus.Logger
	sink     *sink // nil with Config.Output
	tap      atomic.Pointer[func(*logline.Record)]
	guard    atomic.Pointer[func(unit string, cause any, stack []byte)]
	broken   atomic.Bool // the guard is being told
}

// Open opens the log. Its error names the file.
func Open(c Config) (*Journal, error) {
	if c.Level == 0 {
		c.Level = logline.Info
	}
	if c.Name == "" {
		c.Name = "bgpd"
	}
	if c.Hostname == "" {
		c.Hostname, _ = os.Hostname() // a log without it is better than none
	}
	if c.PID == 0 {
		c.PID = os.Getpid()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Uint32
	}
	j := &Journal{config: c, logger: logrus.New()}
	j.levels.set(UnitAll, c.Level)
	j.DebugNothing()
	toStderr := c.Output == nil && (c.Path == "" || c.Path == "-")
	f := &formatter{j: j, format: c.Format}
	if f.format == Automatic {
		f.format = Text
		if toStderr && isTerminal(os.Stderr) {
			f.format = Pretty
		}
	}
	f.priority = f.format == Text && toStderr && underJournald(os.Stderr)
	j.logger.SetFormatter(f)
	j.logger.SetLevel(logrus.TraceLevel) // the journal judges levels itself
	switch numbered := f.format == Pretty; {
	case c.Output != nil:
		j.logger.SetOutput(&direct{out: c.Output, numbers: numbers{on: numbered}})
	case toStderr:
		j.sink = newSink(os.Stderr, "", numbered, j.lost)
	default:
		file, err := openLog(c.Path)
		if err != nil {
			return nil, err
		}
		j.sink = newSink(file, c.Path, numbered, j.lost)
	}
	if j.sink != nil {
		j.logger.SetOutput(j.sink)
	}
	return j, nil
}

// Discard is a Journal that writes nothing.
func Discard() *Journal {
	j, _ := Open(Config{Output: io.Discard, Level: logline.Critical + 1, Hostname: "-", Format: Text}) // fails only for files
	return j
}

// Logger is the logger beneath, for records that have no method here. Its entries become records of the same forms; a
// field "unit" names their unit.
func (j *Journal) Logger() *logrus.Logger { return j.logger }

// Reopen opens the log file anew, after somebody moved it away. On an error the old one stays in use.
func (j *Journal) Reopen() error {
	if j.sink == nil {
		return nil
	}
	return j.sink.reopen()
}

// Dropped is how many records were lost so far because the disk was slower than the log or full.
func (j *Journal) Dropped() uint64 {
	if j.sink == nil {
		return 0
	}
	return j.sink.droppedInAll()
}

// Tap gives each record to f as it is written too. f must not wait, and not log.
func (j *Journal) Tap(f func(*logline.Record)) { j.tap.Store(&f) }

// Guard makes a panic while a record is written cost no more than that record: f is told of it, and whoever logs goes on. f may log; a panic
// that this leads to is kept from it. Without a guard such a panic passes.
func (j *Journal) Guard(f func(unit string, cause any, stack []byte)) { j.guard.Store(&f) }

// contain is the deferred end of emit.
func (j *Journal) contain(u Unit) {
	guard := j.guard.Load()
	if guard == nil {
		return
	}
	cause := recover()
	if cause == nil || !j.broken.CompareAndSwap(false, true) {
		return
	}
	defer j.broken.Store(false)
	(*guard)(u.record(), cause, debug.Stack())
}

// Close writes what waits, for as long as limit, and ends the writer. Records after it are lost.
func (j *Journal) Close(limit time.Duration) {
	if j.sink != nil {
		j.sink.close(limit)
	}
}

// lost tells that n records were lost. The sink calls it when it can write again.
func (j *Journal) lost(n uint64) {
	j.emit(logline.Warn, UnitJournal, fmt.Sprintf("%d log records were lost", n), logline.Field{Key: "lost", Value: n})
}

// SetLevel sets from which level on the records of a unit are written; UnitAll is for all units that have none of their
// own. Level 0 gives a unit's own up.
func (j *Journal) SetLevel(u Unit, l logline.Level) { j.levels.set(u, l) }

// Level is from which level on the records of a unit are written.
func (j *Journal) Level(u Unit) logline.Level { return j.levels.of(u) }

// Enabled reports whether a record of that unit and level is written, for callers whose record costs something to make.
func (j *Journal) Enabled(u Unit, l logline.Level) bool { return j.levels.enabled(u, l) }

// Now is the journal's time.
func (j *Journal) Now() time.Time { return j.config.Now() }

// Write writes a record of the daemon as a whole, if its level is enabled.
func (j *Journal) Write(l logline.Level, u Unit, msg string, fields ...logline.Field) {
	if j.levels.enabled(u, l) {
		j.emit(l, u, msg, fields...)
	}
}

// recordKey is where an entry of the logger beneath carries a whole record.
const recordKey = "\x00record"

// emit writes a record whatever its level.
func (j *Journal) emit(l logline.Level, u Unit, msg string, fields ...logline.Field) {
	defer j.contain(u)
	r := &logline.Record{
		Level: l, Msg: msg, Name: j.config.Name, Time: j.config.Now(), Hostname: j.config.Hostname, PID: j.config.PID,
		Fields: fields, Unit: u.record(), Module: u.module(), Component: component,
	}
	if tap := j.tap.Load(); tap != nil {
		(*tap)(r)
	}
	e := logrus.Entry{Logger: j.logger, Time: r.Time, Data: logrus.Fields{recordKey: r}}
	e.Log(toLogrus(l), msg)
}

const component = "bgp"

func toLogrus(l logline.Level) logrus.Level {
	switch {
	case l >= logline.Critical:
		return logrus.FatalLevel // Log does not exit
	case l >= logline.Error:
		return logrus.ErrorLevel
	case l >= logline.Warn:
		return logrus.WarnLevel
	case l >= logline.Info:
		return logrus.InfoLevel
	case l >= logline.Debug:
		return logrus.DebugLevel
	}
	return logrus.TraceLevel
}

func fromLogrus(l logrus.Level) logline.Level {
	switch l {
	case logrus.PanicLevel, logrus.FatalLevel:
		return logline.Critical
	case logrus.ErrorLevel:
		return logline.Error
	case logrus.WarnLevel:
		return logline.Warn
	case logrus.InfoLevel:
		return logline.Info
	case logrus.DebugLevel:
		return logline.Debug
	}
	return logline.Trace
}

// A formatter turns entries of the logger into the forms of logline.
type formatter struct {
	j        *Journal
	format   Format
	priority bool
}

// Format is logrus's hook. It gives nothing for an entry below its unit's level.
func (f *formatter) Format(e *logrus.Entry) ([]byte, error) {
	r, ok := e.Data[recordKey].(*logline.Record)
	if !ok {
		if r = f.j.foreign(e); !f.j.levels.enabled(unitNamed(r.Unit), r.Level) {
			return nil, nil
		}
	}
	var buf []byte
	if e.Buffer != nil {
		buf = e.Buffer.AvailableBuffer()
	}
	switch f.format {
	case JSON:
		return logline.AppendJSON(buf, r), nil
	case Pretty:
		return logline.AppendPretty(buf, r, 0), nil // numbers puts the number in
	}
	return logline.AppendText(buf, r, f.priority), nil
}

// foreign makes a record of an entry that was not written by the journal.
func (j *Journal) foreign(e *logrus.Entry) *logline.Record {
	r := &logline.Record{
		Level: fromLogrus(e.Level), Msg: e.Message, Name: j.config.Name, Time: e.Time, Hostname: j.config.Hostname,
		PID: j.config.PID, Unit: UnitDaemon.record(), Module: UnitDaemon.module(), Component: component,
	}
	for _, key := range slices.Sorted(maps.Keys(e.Data)) {
		switch v := e.Data[key].(type) {
		case string:
			if key == "unit" {
				r.Unit, r.Module = v, unitNamed(v).module()
				continue
			}
			r.Fields = append(r.Fields, logline.Field{Key: key, Value: v})
		case error:
			r.Fields = append(r.Fields, logline.Field{Key: key, Value: v.Error()})
		case time.Duration:
			r.Fields = append(r.Fields, logline.Field{Key: key, Value: v.String()})
		default:
			r.Fields = append(r.Fields, logline.Field{Key: key, Value: v})
		}
	}
	return r
}

// isTerminal reports whether a person reads f. The null device is a device and no terminal.
func isTerminal(f *os.File) bool {
	st, err := f.Stat()
	if err != nil || st.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(st, null)
}

// underJournald reports whether f is the stream that journald reads, which it names by device and inode.
func underJournald(f *os.File) bool {
	st, err := f.Stat()
	if err != nil {
		return false
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && os.Getenv("JOURNAL_STREAM") == fmt.Sprintf("%d:%d", sys.Dev, sys.Ino)
}
