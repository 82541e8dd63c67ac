package shell

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Colours of the terminal, by what they say.
const (
	colourOff  = "\x1b[0m"
	colourGood = "\x1b[32m" // green: up, best
	colourBad  = "\x1b[31m" // red: down
	colourWarn = "\x1b[33m" // yellow: up, and something is missing
	colourBold = "\x1b[1m"
)

// wantsColour tells whether output may be coloured: on a terminal that can,
// unless the user wants none (no-color.org).
func wantsColour(getenv func(string) string) bool {
	return getenv("NO_COLOR") == "" && getenv("TERM") != "" && getenv("TERM") != "dumb"
}

// painted are the words that have a colour, wherever they stand as words.
var painted = []struct {
	pattern string
	colour  string
}{
	{`Established|Up`, colourGood},
	{`Idle(?: \([A-Za-z ]+\))?|Active|Connect|OpenSent|OpenConfirm`, colourBad},
	{`\((?:Policy|Config|PfxCt|Admin)\)`, colourWarn},
}

// painter colours the words of a listing that tell how things are. Other
// output passes as it is.
type painter struct {
	lineFilter
	words *regexp.Regexp
}

// newPainter makes the painter for the output of a command.
func newPainter(id string, w io.Writer) *painter {
	p := &painter{}
	put := func(line []byte) error {
		_, err := w.Write(line)
		return err
	}
	switch {
	case strings.HasPrefix(id, "show.bgp.summary"), strings.HasPrefix(id, "show.bgp.neighbors"):
		var all []string
		for _, word := range painted {
			all = append(all, "("+word.pattern+")")
		}
		p.words = regexp.MustCompile(`(^|[ =:])(?:` + strings.Join(all, "|") + `)`)
		p.keep = func(line []byte) error { return put(p.paint(line)) }
	case strings.HasPrefix(id, "show.bgp"):
		p.keep = func(line []byte) error { return put(paintBest(line)) }
	default:
		p.keep = put
	}
	return p
}

// paint colours the words of a line.
func (p *painter) paint(line []byte) []byte {
	found := p.words.FindAllSubmatchIndex(line, -1)
	if found == nil {
		return line
	}
	var out []byte
	at := 0
	for _, m := range found {
		for i, word := range painted {
			from, to := m[4+2*i], m[5+2*i]
			if from < 0 || to < len(line) && !strings.ContainsRune(" ,;\r\n", rune(line[to])) {
				continue
			}
			out = append(append(append(append(out, line[at:from]...), word.colour...), line[from:to]...), colourOff...)
			at = to
		}
	}
	return append(out, line[at:]...)
}

// paintBest makes the best path of a table stand out.
func paintBest(line []byte) []byte {
	if len(line) < 3 || line[0] != '*' && line[0] != 's' || line[1] != '>' {
		return line
	}
	text := bytes.TrimRight(line, "\r\n")
	return append(append(append([]byte(colourBold), text...), colourOff...), line[len(text):]...)
}

// cells is how many columns a line takes: its characters, without sequences
// that set a colour.
func cells(line []byte) (n int) {
	for len(line) > 0 {
		if line[0] == 0x1b {
			if end := bytes.IndexByte(line, 'm'); end > 0 {
				line = line[end+1:]
				continue
			}
		}
		_, size := utf8.DecodeRune(line)
		line = line[size:]
		n++
	}
	return n
}
