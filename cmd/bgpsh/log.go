package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"

	"bgpsh/ipc/logline"
)

const logUsage = `usage: bgpsh log pretty [FILE|-]

Reads a log of bgpd in JSON and writes it for people. No daemon is needed.
A line that is no record, as one that was cut off, is shown as it is.
`

// isLog reports whether the words are the verb that works without a daemon;
// log is also a word of the daemon's own commands.
func isLog(words []string) bool { return len(words) > 1 && words[0] == "log" && words[1] == "pretty" }

// prettyLog runs "log pretty" and gives the exit status: 1 when the input
// cannot be read, 2 for wrong usage.
func prettyLog(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	name, err := parseLog(args, stdout)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "bgpsh log pretty: %v\ntry bgpsh log pretty --help\n", err)
		return wrongUsage
	}
	return convert(name, stdin, stderr, func(in io.Reader) error { return logline.Pretty(stdout, in) })
}

// parseLog reads the name of the input, "-" for standard input.
func parseLog(args []string, help io.Writer) (name string, err error) {
	f := pflag.NewFlagSet("log pretty", pflag.ContinueOnError)
	f.Usage = func() { fmt.Fprint(help, logUsage) }
	if err := f.Parse(args); err != nil {
		return "", err
	}
	switch f.NArg() {
	case 0:
		return "-", nil
	case 1:
		return f.Arg(0), nil
	}
	return "", fmt.Errorf("one FILE at most, not %d", f.NArg())
}

// convert opens the input of a verb that works without a daemon, "-" for
// standard input, and runs the verb on it. It gives the exit status. A reader
// of our output that has gone ends the run, and is no error.
func convert(name string, stdin io.Reader, stderr io.Writer, run func(in io.Reader) error) int {
	signal.Ignore(syscall.SIGPIPE)
	source := "standard input"
	if name != "-" {
		source = name
		f, err := os.Open(name)
		if err != nil {
			fmt.Fprintf(stderr, "%% %v\n", err)
			return 1
		}
		defer f.Close()
		stdin = f
	}
	if err := run(stdin); err != nil && !errors.Is(err, syscall.EPIPE) {
		fmt.Fprintf(stderr, "%% %s: %v\n", source, err)
		return 1
	}
	return 0
}
