package shell

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// top is the live view of neighbors, tables and the loop.
type top struct {
	shell *Shell

	mu        sync.Mutex
	last, now *api.SampleNews // rates are what they differ by; nil: none yet

	order   int    // index in topOrders
	reverse bool   //
	chosen  string // neighbor under the cursor
	opened  string // neighbor that is shown whole; empty: none
	first   int    // row of it that is shown first
	rows    []topRow
}

// topRow is one neighbor with its rates.
type topRow struct {
	api.SampleOfPeer
	in, out float64 // messages a second
}

// topOrders are the orders of neighbors, and the key of each.
var topOrders = []struct {
	key, name string
	compare   func(a, b *topRow) int
}{
	{"n", "n)ame", func(a, b *topRow) int { return 0 }}, // as the daemon lists them
	{"a", "a)s", func(a, b *topRow) int { return cmp.Compare(a.RemoteAS, b.RemoteAS) }},
	{"s", "s)tate", func(a, b *topRow) int { return cmp.Compare(a.State, b.State) }},
	{"u", "u)ptime", func(a, b *topRow) int { return -cmp.Compare(since(a), since(b)) }},
	{"r", "r)eceived", func(a, b *topRow) int { return -cmp.Compare(a.Received, b.Received) }},
	{"t", "t) sent", func(a, b *topRow) int { return -cmp.Compare(a.Sent, b.Sent) }},
	{"i", "i)n", func(a, b *topRow) int { return -cmp.Compare(a.in, b.in) }},
	{"o", "o)ut", func(a, b *topRow) int { return -cmp.Compare(a.out, b.out) }},
}

func since(r *topRow) int64 {
	if r.SinceMs == nil {
		return -1
	}
	return *r.SinceMs
}

// showTop is `top`.
func showTop(s *Shell, ctx context.Context, _ grammar.Command, w io.Writer) error {
	t := &top{shell: s}
	v := &liveView{shell: s, key: t.key, draw: t.draw}
	v.subscribe = func(ctx context.Context, news func()) (func(), error) {
		return s.subscribe(ctx, api.WatchSamples, func(number uint64) any {
			return api.WatchSamplesParams{Subscription: number, EveryMs: 1000}
		}, nil, func(raw json.RawMessage) bool {
			sample := new(api.SampleNews)
			if json.Unmarshal(raw, sample) == nil {
				t.take(sample)
				news()
			}
			return true
		})
	}
	if s.fullScreen(w) {
		return v.run(ctx)
	}
	v.told = true
	return v.printLive(ctx, w, func() (string, error) { return strings.Join(t.table(0, 0), "\n"), nil })
}

// take has a new sample.
func (t *top) take(s *api.SampleNews) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last, t.now = t.now, s
	if t.last != nil && t.last.UptimeMs > s.UptimeMs { // another daemon
		t.last = nil
	}
	t.rows = t.rows[:0]
	for _, n := range s.Neighbors {
		row := topRow{SampleOfPeer: n}
		if old := t.sampleOf(n.Name); old != nil {
			row.in, row.out = t.rate(old.MessagesIn, n.MessagesIn), t.rate(old.MessagesOut, n.MessagesOut)
		}
		t.rows = append(t.rows, row)
	}
}

// sampleOf is a neighbor in the sample before.
func (t *top) sampleOf(name string) *api.SampleOfPeer {
	if t.last == nil {
		return nil
	}
	for i := range t.last.Neighbors {
		if t.last.Neighbors[i].Name == name {
			return &t.last.Neighbors[i]
		}
	}
	return nil
}

// rate is how fast a counter grew between the two samples, a second.
func (t *top) rate(before, now uint64) float64 {
	seconds := t.now.At.Sub(t.last.At).Seconds()
	if seconds <= 0 || now < before {
		return 0
	}
	return float64(now-before) / seconds
}

// key takes a key: those of the orders, R to turn the order round, the
// arrows to choose a neighbor, Enter to open it.
func (t *top) key(e keyEvent) (leave bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.opened != "" {
		t.keyOpened(e)
		return false
	}
	if leaves(e) {
		return true
	}
	switch {
	case e.kind == keyEnter:
		t.opened, t.first = t.chosen, 0
	case isKey(e, "\x1b[A", "\x1bOA", "k", "\x10"):
		t.move(-1)
	case isKey(e, "\x1b[B", "\x1bOB", "j", "\x0e"):
		t.move(1)
	case isKey(e, "R"):
		t.reverse = !t.reverse
	case e.kind == keyText:
		for i, o := range topOrders {
			if o.key == string(e.bytes) {
				t.order = i
			}
		}
	}
	return false
}

// keyOpened takes a key while a neighbor is shown whole.
func (t *top) keyOpened(e keyEvent) {
	switch {
	case isKey(e, "\x1b[B", "\x1bOB", "j"), e.kind == keyEnter:
		t.first++
	case isKey(e, "\x1b[A", "\x1bOA", "k"):
		t.first = max(t.first-1, 0)
	case isKey(e, " ", "\x1b[6~"):
		t.first += 10
	case isKey(e, "b", "\x1b[5~"):
		t.first = max(t.first-10, 0)
	default:
		t.opened = ""
	}
}

// isKey tells whether an event is one of these keys.
func isKey(e keyEvent, keys ...string) bool {
	return (e.kind == keyText || e.kind == keyCode) && slices.Contains(keys, string(e.bytes))
}

// move moves the cursor by n neighbors.
func (t *top) move(n int) {
	rows := t.sorted()
	at := slices.IndexFunc(rows, func(r topRow) bool { return r.Name == t.chosen })
	if len(rows) > 0 {
		t.chosen = rows[min(max(at+n, 0), len(rows)-1)].Name
	}
}

// sorted gives the neighbors in the order that is chosen.
func (t *top) sorted() []topRow {
	rows := slices.Clone(t.rows)
	slices.SortStableFunc(rows, func(a, b topRow) int { return topOrders[t.order].compare(&a, &b) })
	if t.reverse {
		slices.Reverse(rows)
	}
	return rows
}

// draw gives the screen.
func (t *top) draw(ctx context.Context, rows, columns int) []string {
	t.mu.Lock()
	opened, first := t.opened, t.first
	t.mu.Unlock()
	if opened == "" {
		t.mu.Lock()
		defer t.mu.Unlock()
		return t.screen(rows, columns)
	}
	lines := []string{clip(colourBold+opened+colourOff+"  (arrows move, any other key goes back)  "+time.Now().Format(time.TimeOnly), columns), ""}
	command, err := grammar.Match(grammar.Exec, "show bgp neighbors "+opened)
	if err != nil {
		return append(lines, "% "+err.Error())
	}
	all := t.shell.capture(ctx, command, 0)
	for _, line := range all[min(first, len(all)-1):] {
		if len(lines) < rows {
			lines = append(lines, clip(line, columns))
		}
	}
	return lines
}
