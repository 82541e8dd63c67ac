package daemon

import (
	"errors"
	"fmt"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"bgpsh/daemon/fault"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/ipc/logline"
)

// errFault is what a connection or a question ended with when the daemon's own code was at fault. The log has the cause.
var errFault = errors.New("internal error of bgpd")

// faults is where the daemon's goroutines hand in the panics that they catch. A nil one, as in a simulation, lets every panic pass.
//
// What may be caught is decided by whose state a panic leaves half changed: a session's, a reader's, a writer's or a request's own state is
// thrown away with it. Faults of the table loop and of a change of the configuration that has begun are not survived, see leave.
type faults struct {
	*fault.Recorder
	log *daemonLog

	once   sync.Once
	broken chan error // gets the one fault that the daemon leaves for

	mu       sync.Mutex
	secrets  []string               // that must not stand in a report
	suspects map[string]fault.Brief // neighbors, as named in reports, whose routes ended earlier runs
}

func newFaults(dir, version string, log *daemonLog) *faults {
	f := &faults{log: log, broken: make(chan error, 1)}
	f.Recorder = fault.NewRecorder(fault.Config{Dir: dir, Version: version, Hide: f.hide})
	return f
}

// A neighbor is suspect when the table loop broke over its routes suspectTimes within suspectAge: it would send them again, and end the daemon
// again, each time.
const (
	suspectTimes = 2
	suspectAge   = time.Hour
)

// begin prepares for the faults of this run and looks at those of earlier ones.
func (f *faults) begin(keepCrash bool) {
	f.look(time.Now())
	if !keepCrash {
		return
	}
	if err := f.KeepCrash(); err != nil {
		f.log.say(logline.Warn, "a crash of bgpd would leave no report: "+err.Error())
	}
}

// adopt tells of the crash of an earlier run.
func (f *faults) adopt() {
	if b := f.AdoptCrash(); b != nil {
		f.log.crashed(b)
	}
}

// look finds the suspects in the reports of earlier runs.
func (f *faults) look(now time.Time) {
	times, out := map[string]int{}, map[string]fault.Brief{}
	for _, b := range fault.Earlier(f.Dir()) {
		if b.Place != fault.Table || b.Subject == "" || now.Sub(b.At).Abs() > suspectAge {
			continue
		}
		if times[b.Subject]++; times[b.Subject] >= suspectTimes {
			out[b.Subject] = b
		}
	}
	f.mu.Lock()
	f.suspects = out
	f.mu.Unlock()
}

// suspect is why a neighbor is held down from the start; nil: it is not.
func (f *faults) suspect(now time.Time, neighbor string) *faultHold {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	b, ok := f.suspects[fault.Named(neighbor)]
	if !ok {
		return nil
	}
	return &faultHold{at: now, report: b.Report, text: fmt.Sprintf("while the table took its routes, %d times within an hour", suspectTimes)}
}

// keep replaces the secrets that reports must not show.
func (f *faults) keep(secrets []string) {
	if f == nil {
		return
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // one may be part of another
	f.mu.Lock()
	f.secrets = slices.Compact(secrets)
	f.mu.Unlock()
}

// passwordText is what follows the word of a statement with a secret, to the end of the line.
var passwordText = regexp.MustCompile(`(?i)\b(password)[ \t]+.*`)

// hide takes the secrets out of a text: those of the running configuration, and what follows a word that announces one.
func (f *faults) hide(text string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.secrets {
		text = strings.ReplaceAll(text, s, "***")
	}
	return passwordText.ReplaceAllString(text, "$1 ***")
}

// caught takes a fault that was caught, with the stack of its caller, and logs it unless it is one of many.
func (f *faults) caught(x fault.Fault) fault.Brief {
	if x.Stack == nil {
		x.Stack = debug.Stack()
	}
	b := f.Add(x)
	if b.Tell {
		f.log.faulted(&b)
	}
	return b
}

// quietly runs what is done after a fault and may be hit by it again.
func (f *faults) quietly(p fault.Place, subject string, do func()) {
	if f == nil {
		do()
		return
	}
	defer func() {
		if cause := recover(); cause != nil {
			f.caught(fault.Fault{Place: p, Subject: subject, Doing: "clearing up", Cause: cause})
		}
	}()
	do()
}

// leave reports a fault after which nothing shared can be trusted: the daemon ends at once, without a word to its neighbors, so that those who
// agreed on graceful restart keep forwarding while the service manager starts it again.
func (f *faults) leave(x fault.Fault) {
	f.once.Do(func() {
		b := f.caught(x)
		f.broken <- &Broken{Report: b.Report, Text: b.Text()}
	})
}

// Broken is the end of a daemon that cannot trust its own state any more. The process has to end.
type Broken struct {
	Report string // path of the report, empty where none could be written
	Text   string
}

// Error says what broke and where the report is.
func (b *Broken) Error() string {
	return "internal error, bgpd ends and has to be started again: " + b.Text
}

func (g *daemonLog) faulted(b *fault.Brief) {
	fields := []logline.Field{field("place", b.Place.String()), field("cause", b.Cause)}
	add := func(key, value string) {
		if value != "" {
			fields = append(fields, field(key, value))
		}
	}
	add("subject", b.Subject)
	add("doing", b.Doing)
	add("report", b.Report)
	if b.Err != nil {
		add("no_report", b.Err.Error())
	}
	if b.Again > 0 {
		fields = append(fields, field("seen_before", b.Again))
	}
	g.say(logline.Error, "internal error in "+b.Text(), fields...)
}

// crashed tells that an earlier run of the daemon ended in a crash.
func (g *daemonLog) crashed(b *fault.Brief) {
	g.say(logline.Error, "bgpd crashed before this start", field("at", b.At), field("report", b.Report))
}

// internal is a fault as the answer to a client: the cause may hold another's secrets and stays in the log.
func internal(b *fault.Brief) error {
	remedy := "the daemon's log has the cause"
	if b.Report != "" {
		remedy = fmt.Sprintf("report %s, and the daemon's log, have the cause", b.Report)
	}
	return &ipc.Error{Code: ipc.CodeInternal, Message: errFault.Error(), Data: api.ErrorData{What: b.Subject, Remedy: remedy}}
}

// requestFault is a client's call that panicked; its connection goes on.
func (f *faults) requestFault(method string, cause any, stack []byte) {
	f.caught(fault.Fault{Place: fault.Request, Subject: method, Cause: cause, Stack: stack})
}
