package shell

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// watchCommand is `watch COMMAND`: a show command's output, drawn anew when
// the daemon says that something has changed. On a terminal it has the
// screen, and the cells that are not what they were are marked; elsewhere
// each output that differs from the one before is printed under its time.
func watchCommand(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	text := c.Args.Text("command")
	command, err := grammar.Match(grammar.Exec, text)
	if err != nil {
		return wrongLine(err)
	}
	if verbs[command.ID] == nil || !strings.HasPrefix(command.ID, "show.") {
		return fail("Only show commands can be watched, not: %s", grammar.Excerpt(text))
	}
	every := max(c.Args.Uint("seconds"), 1)
	v := &liveView{shell: s, key: leaves}
	v.subscribe = func(ctx context.Context, news func()) (func(), error) {
		return s.subscribe(ctx, api.WatchChanges, func(number uint64) any {
			return api.WatchChangesParams{Subscription: number, EveryMs: int64(every) * 1000}
		}, nil, func(json.RawMessage) bool { news(); return true })
	}
	if !s.fullScreen(w) {
		return v.printLive(ctx, w, changedFrames(s, ctx, command))
	}
	var before []string
	v.draw = func(ctx context.Context, rows, columns int) []string {
		head := fmt.Sprintf("%s  (on change, at most every %s; q leaves)  %s", text, plural(int(every), "second"), time.Now().Format(time.TimeOnly))
		now := s.capture(ctx, command, rows-2)
		lines := []string{clip(colourBold+head+colourOff, columns), ""}
		for _, line := range markChanges(before, now) {
			lines = append(lines, clip(line, columns))
		}
		before = now
		return lines
	}
	return v.run(ctx)
}

// changedFrames gives the output of a command under its time, where it is
// another one than before.
func changedFrames(s *Shell, ctx context.Context, command grammar.Command) func() (string, error) {
	last := ""
	return func() (string, error) {
		text := strings.Join(s.capture(ctx, command, 0), "\n")
		if text == last {
			return "", nil
		}
		last = text
		return time.Now().Format(time.DateTime) + "\n" + text, nil
	}
}

// renderLimit is how long a view waits for the answer that it shows.
const renderLimit = 5 * time.Second

// capture runs a show command and gives the first lines of its output; 0:
// all. An error is a line like another.
func (s *Shell) capture(ctx context.Context, command grammar.Command, limit int) []string {
	ctx, cancel := context.WithTimeout(ctx, renderLimit)
	defer cancel()
	b := &firstLines{limit: limit}
	out, page, colours := s.out, s.pageLines, s.colours
	s.out, s.pageLines, s.colours = b, nil, false
	err := s.show(ctx, command, verbs[command.ID])
	s.out, s.pageLines, s.colours = out, page, colours
	lines := strings.Split(strings.TrimRight(b.text.String(), "\n"), "\n")
	if err != nil && !errors.Is(err, errPagerQuit) {
		lines = append(lines, "% "+err.Error())
	}
	if limit > 0 {
		lines = lines[:min(len(lines), limit)]
	}
	return lines
}

// firstLines keeps the first lines that are written, and wants no more then.
type firstLines struct {
	text  bytes.Buffer
	lines int
	limit int // 0: all
}

func (f *firstLines) Write(b []byte) (int, error) {
	if f.limit > 0 && f.lines >= f.limit {
		return 0, errPagerQuit
	}
	f.lines += bytes.Count(b, []byte{'\n'})
	return f.text.Write(b)
}

var (
	cell = regexp.MustCompile(`\S+`)
	// age is a length of time, which is another one at each look.
	age = regexp.MustCompile(`^(\d+:\d\d:\d\d|\d+[dwy]\d\d[hdw]\d\d[mhd]|\d\dy\d\dw\dd|\d+(ms|s|m\d\ds|h\d\dm|d\d\dh))[,;)]?$`)
)

// markChanges marks the cells of now that are others than in before. Lines
// are compared with the one that begins with the same word; ages do not
// count.
func markChanges(before, now []string) []string {
	if before == nil {
		return now
	}
	old := map[string][][]string{}
	for _, line := range before {
		if cells := cell.FindAllString(line, -1); len(cells) > 0 {
			old[cells[0]] = append(old[cells[0]], cells)
		}
	}
	out := make([]string, len(now))
	for i, line := range now {
		spans := cell.FindAllStringIndex(line, -1)
		if out[i] = line; len(spans) == 0 {
			continue
		}
		first := line[spans[0][0]:spans[0][1]]
		var was []string // nil: the line is new, and all of it is marked
		if same := old[first]; len(same) > 0 {
			was, old[first] = same[0], same[1:]
		}
		out[i] = markLine(line, spans, was)
	}
	return out
}

func markLine(line string, spans [][]int, was []string) string {
	var b strings.Builder
	at := 0
	for n, span := range spans {
		text := line[span[0]:span[1]]
		if n < len(was) && (was[n] == text || age.MatchString(was[n]) && age.MatchString(text)) {
			continue
		}
		b.WriteString(line[at:span[0]] + marked + text + colourOff)
		at = span[1]
	}
	return b.String() + line[at:]
}
