package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"bgpsh/wire"
)

// A bench is one run of this program.
type bench struct {
	size       size
	limit      time.Duration // of a step
	namespaces bool
	port       uint16 // of the daemon on loopback
	programs   *programs
	versions   map[string]string
	tables     tables
	out        io.Writer
	results    io.Writer // nil: not kept
	profiles   string    // directory for profiles of ours, "" for none
	records    []record
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == askWord {
		askAndExit()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	targets, works, size, results, page, bin, profiles string
	runs                                               int
	loopback                                           bool
	limit                                              time.Duration
}

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&o.targets, "targets", "ours,bird,frr", "daemons, or all: "+names(targets, func(t *target) string { return t.name }))
	f.StringVar(&o.works, "work", "", "works, the common ones when empty, none for none: "+names(works, func(w *work) string { return w.name }))
	f.StringVar(&o.size, "size", "medium", "how large: "+names(sizes, func(s size) string { return s.name }))
	f.IntVar(&o.runs, "runs", 1, "repetitions, targets in turn; medians are shown")
	f.DurationVar(&o.limit, "limit", 2*time.Minute, "for each step")
	f.StringVar(&o.results, "results", "", "file that records are added to, one JSON object a line; what it holds already is shown too")
	f.StringVar(&o.page, "write", "", "page to write the tables into, between its markers")
	f.StringVar(&o.bin, "bin", "", "directory of a bgpd and a bgpsh to measure, instead of building them")
	f.StringVar(&o.profiles, "profile", "", "directory for CPU and heap profiles of ours, one each for every step; they cost time")
	f.BoolVar(&o.loopback, "loopback", false, "measure on 127.0.0.0/8, as without root")
	return o, f.Parse(args)
}

func names[T any](list []T, name func(T) string) string {
	var all []string
	for _, x := range list {
		all = append(all, name(x))
	}
	return strings.Join(all, ", ")
}

// run is main without the process.
func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	b := &bench{limit: o.limit, out: out, profiles: o.profiles, versions: map[string]string{}}
	if b.size, err = findSize(o.size); err != nil {
		return err
	}
	if o.results != "" {
		if b.records, err = readRecords(o.results); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		f, err := os.OpenFile(o.results, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		defer f.Close()
		b.results = f
	}
	var failed error
	if o.works != "none" {
		failed = b.measure(ctx, o)
	}
	cells := medians(b.records)
	fmt.Fprint(out, "\n", tablesOf(cells))
	if o.page != "" && failed == nil {
		return writePage(o.page, cells)
	}
	return failed
}

// measure runs the works with the targets in turn, so that what else the machine does hits all alike.
func (b *bench) measure(ctx context.Context, o options) error {
	list, err := chosen(o.works)
	if err != nil {
		return err
	}
	end, err := b.programsIn(o.bin)
	if err != nil {
		return err
	}
	defer end()
	ts, err := b.prepare(o.targets, o.loopback)
	if err != nil {
		return err
	}
	// The load allocates little while it runs; what it made before must not cost it time then.
	debug.SetGCPercent(400)
	var failed []string
	for range o.runs {
		for _, w := range list {
			for _, t := range ts {
				if err := w.run(ctx, b, t); err != nil {
					if ctx.Err() != nil {
						return ctx.Err()
					}
					b.say("%s with %s: %v", w.name, t.name, err)
					failed = append(failed, w.name+" with "+t.name)
				}
			}
		}
	}
	if failed != nil {
		return fmt.Errorf("could not measure %s", strings.Join(failed, ", "))
	}
	return nil
}

// programsIn takes our programs from a directory, or builds them when it is empty.
func (b *bench) programsIn(dir string) (end func(), err error) {
	if dir != "" {
		dir, err = filepath.Abs(dir)
		b.programs = &programs{filepath.Join(dir, "bgpd"), filepath.Join(dir, "bgpsh")}
		return func() {}, err
	}
	if dir, err = os.MkdirTemp("", labPrefix); err != nil {
		return nil, err
	}
	end = func() { os.RemoveAll(dir) }
	if b.programs, err = build(dir); err != nil {
		end()
	}
	return end, err
}

// prepare finds out what can be measured here and says so.
func (b *bench) prepare(list string, loopback bool) (ts []*target, err error) {
	b.namespaces = !loopback && os.Geteuid() == 0 && namespacesWork()
	if b.namespaces {
		sweep()
	}
	if list == "all" {
		list = names(targets, func(t *target) string { return t.name })
	}
	b.say("%d cores, %s, Linux %s, load size %s", runtime.NumCPU(), runtime.Version(), kernel(), b.size.name)
	for _, name := range strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' }) {
		t, err := findTarget(name)
		if err != nil {
			return nil, err
		}
		version, err := t.version()
		if t == &ours {
			version, err = b.programs.version()
		}
		switch {
		case err != nil:
			b.say("%s: left out: %v", name, err)
		case t != &ours && !b.namespaces:
			b.say("%s: left out: it needs a network namespace, and that root", name)
		default:
			b.versions[name] = version
			ts = append(ts, t)
			b.say("%s: %s", name, version)
		}
	}
	if !b.namespaces {
		b.say("without namespaces: on 127.0.0.0/8, which costs less than a cable; do not compare with other figures")
		if b.port, err = freePort(); err != nil {
			return nil, err
		}
	}
	return ts, nil
}

func namespacesWork() bool {
	name := fmt.Sprintf("%s%d-probe", labPrefix, os.Getpid())
	if exec.Command("ip", "netns", "add", name).Run() != nil {
		return false
	}
	return exec.Command("ip", "netns", "del", name).Run() == nil
}

// freePort finds a port that the daemon can have on loopback.
func freePort() (uint16, error) {
	l, err := net.Listen("tcp4", "127.90.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return netip.MustParseAddrPort(l.Addr().String()).Port(), nil
}

func kernel() string {
	var u syscall.Utsname
	if syscall.Uname(&u) != nil {
		return "unknown"
	}
	var b strings.Builder
	for _, c := range u.Release {
		if c == 0 {
			break
		}
		b.WriteByte(byte(c))
	}
	return b.String()
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.out, format+"\n", args...) }

// emit prints a record and keeps it.
func (b *bench) emit(r record) error {
	b.say("%s", r)
	b.records = append(b.records, r)
	if b.results == nil {
		return nil
	}
	return save(b.results, r)
}

// tables keeps the tables that were made; they are the same in each run.
type tables map[tableKey]*table

type tableKey struct {
	family wire.Family
	n      int
}

func (t *tables) get(f wire.Family, n int) *table {
	if *t == nil {
		*t = tables{}
	}
	k := tableKey{f, n}
	if (*t)[k] == nil {
		(*t)[k] = newTable(f, n)
	}
	return (*t)[k]
}
