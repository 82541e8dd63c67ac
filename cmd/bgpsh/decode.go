package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"bgpsh/wire/capture"
)

const decodeUsage = `usage: bgpsh decode [--hex|--pcap|--mrt] [--as2] [--addpath] [--extended] [--ibgp] [FILE|-]

Reads BGP messages and writes one JSON object a line for each. No daemon is
needed. Without a format the first octets of the input tell it.

`

// decode runs the verb of that name and gives the exit status: 1 when the
// input cannot be read, 2 for wrong usage.
func decode(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, name, err := parseDecode(args, stdout)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "bgpsh decode: %v\ntry bgpsh decode --help\n", err)
		return wrongUsage
	}
	return convert(name, stdin, stderr, func(in io.Reader) error { return capture.Decode(in, stdout, o) })
}

// parseDecode reads the options and the name of the input, "-" for standard
// input.
func parseDecode(args []string, help io.Writer) (o capture.Options, name string, err error) {
	f := pflag.NewFlagSet("decode", pflag.ContinueOnError)
	f.SortFlags = false
	f.Usage = func() { fmt.Fprint(help, decodeUsage, f.FlagUsages()) }
	formats := map[capture.Format]*bool{
		capture.Hex:  f.Bool("hex", false, "the input is text, one message a line in hex digits"),
		capture.Pcap: f.Bool("pcap", false, "the input is a classic pcap file"),
		capture.MRT:  f.Bool("mrt", false, "the input is an MRT file"),
	}
	f.BoolVar(&o.AS2, "as2", false, "AS numbers have two octets")
	f.BoolVar(&o.AddPath, "addpath", false, "prefixes come with path identifiers")
	f.BoolVar(&o.Extended, "extended", false, "messages may have up to 65535 octets")
	f.BoolVar(&o.Internal, "ibgp", false, "the neighbor is of the own AS")
	if err := f.Parse(args); err != nil {
		return o, "", err
	}
	for format, given := range formats {
		switch {
		case *given && o.Format != capture.Detect:
			return o, "", errors.New("--hex, --pcap and --mrt exclude each other")
		case *given:
			o.Format = format
		}
	}
	switch f.NArg() {
	case 0:
		return o, "-", nil
	case 1:
		return o, f.Arg(0), nil
	}
	return o, "", fmt.Errorf("one FILE at most, not %d", f.NArg())
}
