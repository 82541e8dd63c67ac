package capture

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// Format is how the messages of an input are packed.
type Format uint8

// The formats. Detect, the zero value, goes by the first octets of the input.
const (
	Detect Format = iota
	Hex           // text, one message a line
	Pcap          // packets, classic pcap
	MRT           // RFC 6396, RFC 8050
)

// Options is the format of the input and what the session of the messages is
// taken to have agreed on. Where the input tells better (the OPENs of a
// connection in a capture, the subtype of an MRT record) the input counts. The
// zero value is a modern external session: four-octet AS numbers, both unicast
// families, extended next hops, messages of at most wire.MaxLen.
type Options struct {
	Format   Format
	AS2      bool // AS numbers of two octets
	AddPath  bool // path identifiers before each prefix of both families
	Extended bool // messages of up to wire.MaxExtendedLen
	Internal bool // the neighbor is of the own AS
}

// Decode writes one JSON object a line to out for each message of in, in the
// order in which they can be read, until in ends. What is wrong inside of the
// input becomes an object with an error, and the run goes on where it can. The
// error returned says that in could not be read, or is no pcap file, or that
// out could not be written. Everything up to there has been written then.
//
// Output is flushed whenever the next input has yet to arrive, so that Decode
// serves as a filter of a live stream.
func Decode(in io.Reader, out io.Writer, o Options) error {
	d := &decoder{options: o, out: bufio.NewWriterSize(out, 64<<10)}
	d.enc = json.NewEncoder(d.out)
	d.enc.SetEscapeHTML(false)
	d.in = bufio.NewReaderSize(&flushingReader{d: d, from: in}, 64<<10)
	err := d.run()
	if flushed := d.out.Flush(); d.failed == nil {
		d.failed = flushed
	}
	if d.failed != nil {
		return d.failed
	}
	return err
}

// decoder is one run of Decode.
type decoder struct {
	options Options
	in      *bufio.Reader
	out     *bufio.Writer
	enc     *json.Encoder
	failed  error // what stopped the output
}

// flushingReader writes out what is ready before it waits for input.
type flushingReader struct {
	d    *decoder
	from io.Reader
}

func (r *flushingReader) Read(b []byte) (int, error) {
	if err := r.d.out.Flush(); err != nil && r.d.failed == nil {
		r.d.failed = err
	}
	if r.d.failed != nil {
		return 0, r.d.failed
	}
	return r.from.Read(b)
}

// put writes one object. After a failure it does nothing; loops over input look
// at d.failed.
func (d *decoder) put(o *object) {
	if d.failed == nil {
		d.failed = d.enc.Encode(o)
	}
}

// run finds the format and reads the input in it.
func (d *decoder) run() error {
	format := d.options.Format
	if format != Hex {
		if err := d.unpack(); err != nil {
			return err
		}
	}
	if format == Detect {
		format = d.detect()
	}
	switch format {
	case Pcap:
		return d.pcap()
	case MRT:
		return d.mrt()
	}
	return d.hex()
}

// unpack puts a decompressor before input that begins as gzip or bzip2 do,
// as archived table dumps are.
func (d *decoder) unpack() error {
	head := d.peek(10)
	var from io.Reader
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}):
		z, err := gzip.NewReader(d.in)
		if err != nil {
			return fmt.Errorf("gzip: %w", err)
		}
		from = z
	case len(head) == 10 && string(head[:3]) == "BZh" && string(head[4:]) == "1AY&SY":
		from = bzip2.NewReader(d.in)
	default:
		return nil
	}
	d.in = bufio.NewReaderSize(from, 64<<10)
	return nil
}

// peek gives up to n octets of the input without taking them. It waits for
// fewer than n when they already are a line of text, so that somebody who types
// one is answered.
func (d *decoder) peek(n int) []byte {
	if _, err := d.in.Peek(1); err != nil {
		return nil
	}
	b, _ := d.in.Peek(min(n, d.in.Buffered()))
	if len(b) < n && !(isText(b) && bytes.IndexByte(b, '\n') > 0) {
		b, _ = d.in.Peek(n)
	}
	return b
}

// detect tells the formats apart: pcap by its magic number, MRT by a type of
// record that exists, everything else is text.
func (d *decoder) detect() Format {
	b := d.peek(8)
	switch {
	case len(b) >= 4 && (pcapOrder(b) != nil || bytes.Equal(b[:4], pcapngMagic)):
		return Pcap
	case len(b) == 8 && !isText(b) && mrtTypes[binary.BigEndian.Uint16(b[4:])] != "":
		return MRT
	}
	return Hex
}

// isText reports whether b is of printable ASCII, blanks and line ends.
func isText(b []byte) bool {
	for _, c := range b {
		if (c < ' ' || c > '~') && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}
