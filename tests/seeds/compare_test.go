package seeds

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A difference is something that we do otherwise than a seed, and why. A record of the seed that matches seed has no
// counterpart in our log, one of ours that matches ours has none in the seed; with both, ours stands for the seed's, in a
// place of its own or with other words. There are exactly times of each in all threads together.
//
// A pattern is a record as render gives it; "…" at its end stands for any rest.
type difference struct {
	seed, ours string
	times      int
	why        string
}

// An order is a pair of records in two threads of which one follows from the other: the n-th that contains first comes
// before the n-th that contains then, in each log.
type order struct{ first, then string }

// thread names the thread of the seeds that a record belongs to. The program that wrote the seeds logs what a neighbor's
// machine sends from the machine's own thread.
func thread(e *entry) string {
	var name string
	is := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(e.Msg, p) })
	}
	switch {
	case e.Unit == "session_runner" && e.Module == "neighbor", is("spawning recv loop"):
		name = "machine"
	case e.Unit == "session_runner":
		name = "router"
	case e.Unit != "connection_tcp" && e.Unit != "connection_channel":
		name = e.Unit
	case is("sending update", "send update"):
		name = "routes"
	case is("sending ", "send "):
		name = "machine"
	case is("recv"):
		name = "reader"
	case is("dropping"):
		name = "end"
	default:
		name = "dial"
	}
	return fmt.Sprintf("%s %d", name, e.router)
}

var (
	connName  = regexp.MustCompile(`(conn_id:? )[0-9a-f]{8}`)
	ephemeral = regexp.MustCompile(`(\]:)(3[0-9]{4}|[4-6][0-9]{4})\b`)
	errno     = regexp.MustCompile(`\(os error \d+\)`)
	running   = regexp.MustCompile(`(\w+): Timer \{ interval: \S+ enabled: true`)
)

// shown are the keys whose value counts too.
var shown = []string{"event", "message", "context", "direction", "neighbor", "neighbor_name", "timeout", "interface", "scope_id", "channel_id"}

// described gives a key as render shows it: alone, with its value, or with the timers that run for a clock.
func described(e *entry, key string) string {
	value := e.text(key)
	switch {
	case strings.HasSuffix(key, "_clock") && value != "":
		var names []string
		for _, m := range running.FindAllStringSubmatch(value, -1) {
			names = append(names, m[1])
		}
		return key + "=[" + strings.Join(names, " ") + "]"
	case slices.Contains(shown, key):
		return fmt.Sprintf("%s=%q", key, value)
	}
	return key
}

// render gives what counts of a record: "L state unit: message {keys}".
func render(e *entry, keys []string) string {
	msg := connName.ReplaceAllString(e.Msg, "${1}ID")
	msg = ephemeral.ReplaceAllString(msg, "${1}PORT")
	msg = errno.ReplaceAllString(msg, "(os error N)")
	state := e.text("fsm_state")
	if state == "" {
		state = "-"
	}
	var all []string
	for _, key := range keys {
		all = append(all, described(e, key))
	}
	return fmt.Sprintf("%s %s %s: %s {%s}", e.Level.Short()[:1], state, e.Unit, msg, strings.Join(all, " "))
}

// A rendered record, with its place in the log.
type rendered struct {
	thread, text string
	at           int
}

// A transcript is a log as comparisons see it.
type transcript []rendered

// transcribe renders a log. keys lists the keys of a record; say rewrites the rendering, nil for none.
func transcribe(log []entry, keys func(*entry) []string, say func(string) string) (out transcript) {
	for i := range log {
		text := render(&log[i], keys(&log[i]))
		if say != nil {
			text = say(text)
		}
		out = append(out, rendered{thread(&log[i]), text, i + 1})
	}
	return out
}

func matches(pattern, text string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "…"); ok {
		return strings.HasPrefix(text, prefix)
	}
	return pattern == text
}

// without takes out the first times records that match pattern.
func (t transcript) without(pattern string, times int) (left transcript, found int) {
	for _, r := range t {
		if found < times && matches(pattern, r.text) {
			found++
			continue
		}
		left = append(left, r)
	}
	return left, found
}

// byThread gives the texts of each thread in order.
func (t transcript) byThread() map[string][]string {
	out := map[string][]string{}
	for _, r := range t {
		out[r.thread] = append(out[r.thread], r.text)
	}
	return out
}

// places gives where in the log the records that contain text stand.
func (t transcript) places(text string) (at []int) {
	for _, r := range t {
		if strings.Contains(r.text, text) {
			at = append(at, r.at)
		}
	}
	return at
}

// A judge hears what is wrong: a test, or findings of a play that may be repeated.
type judge interface {
	Helper()
	Errorf(format string, args ...any)
}

// findings is what is wrong with one play.
type findings []string

func (f *findings) Helper() {}

func (f *findings) Errorf(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// compare holds our log to the seed.
func compare(t judge, seed, ours transcript, table []difference, orders []order) {
	t.Helper()
	s, o := seed, ours
	for _, d := range table {
		if d.times == 0 || d.why == "" {
			t.Errorf("a row without times or reason: %+v", d)
		}
		var n int
		if d.seed != "" {
			if s, n = s.without(d.seed, d.times); n != d.times {
				t.Errorf("%d records of the seed left for a row of %d: %s", n, d.times, d.seed)
			}
		}
		if d.ours != "" {
			if o, n = o.without(d.ours, d.times); n != d.times {
				t.Errorf("%d records of ours left for a row of %d: %s", n, d.times, d.ours)
			}
		}
	}
	want, got := s.byThread(), o.byThread()
	for _, name := range slices.Sorted(maps.Keys(union(want, got))) {
		if !slices.Equal(want[name], got[name]) {
			t.Errorf("thread %q beyond the table, the seed -, ours +:\n%s", name, strings.Join(edits(want[name], got[name]), "\n"))
		}
	}
	for _, x := range orders {
		seed.check(t, "the seed", x)
		ours.check(t, "our log", x)
	}
}

func union(a, b map[string][]string) map[string][]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// edits lists two lists of records as one, with "-" before what only a has and "+" before what only b has.
func edits(a, b []string) (out []string) {
	common := make([][]int, len(a)+1) // longest common part of a[i:] and b[j:]
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, "  "+a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			out = append(out, "- "+a[i])
			i++
		default:
			out = append(out, "+ "+b[j])
			j++
		}
	}
	return out
}

func (t transcript) check(test judge, name string, x order) {
	test.Helper()
	first, then := t.places(x.first), t.places(x.then)
	if len(first) == 0 || len(then) == 0 {
		test.Errorf("%s has %d of %q and %d of %q", name, len(first), x.first, len(then), x.then)
	}
	for i := range min(len(first), len(then)) {
		if first[i] > then[i] {
			test.Errorf("%s: record %d is %q, after record %d, %q", name, first[i], x.first, then[i], x.then)
		}
	}
}
