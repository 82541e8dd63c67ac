// Command bgpsh is the shell of bgpd: interactive on a terminal, or for
// scripts with -c, -f or standard input.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"bgpsh/shell"
)

const usage = `usage: bgpsh [--socket PATH] [-c COMMAND]... [-f FILE] [--no-pager] [--timeout D] [--version] [WORDS...]
       bgpsh decode [OPTIONS] [FILE|-]
       bgpsh log pretty [FILE|-]
       bgpsh completion bash|zsh|fish

Without a command it is interactive on a terminal, and takes commands from
standard input otherwise. WORDS are one command.

`

// Exit status of wrong usage.
const wrongUsage = 2

func main() {
	options, showVersion, err := parse(os.Args[1:])
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintf(os.Stderr, "bgpsh: %v\ntry bgpsh --help\n", err)
		os.Exit(wrongUsage)
	case showVersion:
		fmt.Println("bgpsh", version())
		return
	case len(options.Words) > 0 && options.Words[0] == "decode":
		os.Exit(decode(options.Words[1:], os.Stdin, os.Stdout, os.Stderr))
	case len(options.Words) > 0 && options.Words[0] == "completion":
		os.Exit(completion(options.Words[1:], os.Stdout, os.Stderr))
	case isLog(options.Words):
		os.Exit(prettyLog(options.Words[2:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(shell.Main(options))
}

// parse reads the command line. Flags end at the first word, so that words
// of a command may begin with a dash.
func parse(args []string) (o shell.Options, showVersion bool, err error) {
	var set settings
	f := flagSet(&set)
	if err := f.Parse(args); err != nil {
		return o, false, err
	}
	o = set.Options
	o.Words = f.Args()
	if o.Timeout, err = duration(set.timeout); err != nil {
		return o, false, err
	}
	given := 0
	for _, n := range []int{len(o.Commands), len(o.Files), len(o.Words)} {
		if n > 0 {
			given++
		}
	}
	if given > 1 {
		return o, false, errors.New("-c, -f and words exclude each other")
	}
	return o, set.version, nil
}

// settings are what the flags say.
type settings struct {
	shell.Options
	timeout string
	version bool
}

// flagSet makes the flags, which write to o.
func flagSet(o *settings) *pflag.FlagSet {
	f := pflag.NewFlagSet("bgpsh", pflag.ContinueOnError)
	f.SortFlags = false
	f.SetInterspersed(false)
	f.Usage = func() { fmt.Print(usage, f.FlagUsages()) }
	f.StringVar(&o.Socket, "socket", "", "`PATH` of the daemon's socket (default BGPSH_SOCKET, else the first that exists of "+shell.SystemSocket+" and the user's own)")
	f.StringArrayVarP(&o.Commands, "command", "c", nil, "run `COMMAND`; repeatable, all are one session")
	f.StringArrayVarP(&o.Files, "file", "f", nil, "run the lines of `FILE`, - for standard input")
	f.BoolVar(&o.NoPager, "no-pager", false, "do not stop after each page")
	f.StringVar(&o.timeout, "timeout", "30s", "longest `DURATION` to wait for an answer, as 10s or in seconds")
	f.BoolVar(&o.version, "version", false, "print the version and exit")
	return f
}

// duration reads "10s", "2m", or a number of seconds.
func duration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if n, notNumber := strconv.ParseUint(text, 10, 31); notNumber == nil {
		d, err = time.Duration(n)*time.Second, nil
	}
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("--timeout %s is no length of time such as 10s", text)
	}
	return d, nil
}

// version is the module's version and revision, as far as the build knows.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	text := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			text += " (" + s.Value[:12] + ")"
		}
	}
	return text + " " + info.GoVersion
}
