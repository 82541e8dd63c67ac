package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
)

// steps says how each step is called on the page. Works of growth have tables of their own.
var steps = []struct{ work, step, title string }{
	{"load2", "load", "2 neighbors announce the same %s, 1 listens"},
	{"load2", "withdraw", "both withdraw all"},
	{"load10", "load", "10 neighbors announce the same %s, 1 listens"},
	{"load10", "latency", "one change at that table, p50 / p99"},
	{"load10", "leave", "the best of the 10 leaves"},
	{"load10", "withdraw", "the other 9 withdraw all"},
	{"rest", "left", "memory left after 10 with %s have withdrawn all"},
	{"fanout", "load", "1 neighbor announces %s, %d listen"},
	{"server", "load", "%d neighbors announce %s of their own in all, they and as many more listen"},
	{"ipv6", "load", "2 neighbors announce the same %s of IPv6, 1 listens"},
	{"ipv6", "withdraw", "both withdraw all"},
	{"join", "join", "a neighbor comes to a table of %s from 2"},
	{"stall", "stopped", "1 of 2 receivers stops, the best of 3 with %s leaves: the other receiver"},
	{"stall", "continued", "the stopped one goes on"},
	{"reads", "calls", "a call on an open connection while 10 load %s, p50 / p99"},
	{"reads", "page", "the first 100 routes then, p50 / p99"},
	{"reads", "client", "the list of neighbors by the daemon's client then, p50 / p99"},
	{"policy2", "load", "2 neighbors announce the same %s, 1 listens, under a map of 20 entries"},
	{"policy2", "withdraw", "both withdraw all"},
	{"policy10", "load", "10 neighbors announce the same %s, 1 listens, under that map"},
	{"policy10", "replace", "the map is replaced at that table"},
	{"swap10", "load", "10 neighbors announce the same %s, 1 listens, under that map, beside a probe"},
	{"swap10", "replace", "the map is replaced while the probe makes a change every 4 ms"},
	{"swap10", "replace probed", "the probe's changes at the receiver of everything, p50 / p99"},
	{"swap10", "replace aside", "and at a receiver of its changes alone, p50 / p99"},
	{"exchange", "start", "start with an exchange's configuration, %s prefix-list lines"},
	{"exchange", "members", "its members come and announce"},
	{"exchange", "replace", "one list of it is replaced"},
	{"exchange", "show", "its running configuration is shown"},
	{"exchange", "check", "the same replacement is only checked"},
	{"idle", "timers 1 3", "%d sessions at rest, timers 1 3"},
	{"idle", "timers 60 180", "%d sessions at rest, timers 60 180"},
}

// tablesOf gives all tables that the cells allow, in Markdown that reads well as it stands.
func tablesOf(cells []cell) string {
	var b strings.Builder
	var rows [][]string
	present := presentTargets(cells)
	head := []string{"work"}
	for _, t := range present {
		head = append(head, t.name+" "+versionOf(cells, t.name))
	}
	for _, s := range steps {
		for _, c := range cells {
			if c.Work != s.work || c.Step != s.step || c.Target != firstTarget(cells, c) {
				continue
			}
			row := []string{title(s.title, c)}
			for _, t := range present {
				row = append(row, compared(cells, c, t.name))
			}
			rows = append(rows, row)
		}
	}
	if len(rows) > 0 {
		grid(&b, head, rows)
	}
	for _, w := range []struct{ name, unit string }{{"prefixes", "prefixes"}, {"neighbors", "receivers"}, {"policies", "receivers, each with a policy of its own"}} {
		growthTable(&b, cells, w.name, w.unit)
	}
	return b.String()
}

// presentTargets are those that there are records of.
func presentTargets(cells []cell) (list []*target) {
	for _, t := range targets {
		if slices.ContainsFunc(cells, func(c cell) bool { return c.Target == t.name }) {
			list = append(list, t)
		}
	}
	return list
}

// versionOf is the version of the last record: the newest.
func versionOf(cells []cell, target string) (v string) {
	for _, c := range cells {
		if c.Target == target {
			v = c.Version
		}
	}
	return v
}

// firstTarget is the target whose cell stands for the row of c.
func firstTarget(cells []cell, c cell) string {
	for _, t := range targets {
		if _, ok := find(cells, c, t.name); ok {
			return t.name
		}
	}
	return ""
}

// title fills in the number of prefixes and of sessions.
func title(format string, c cell) string {
	prefixes, sessions := count(c.Prefixes), c.Monitors
	switch format = strings.Replace(format, "%s", prefixes, 1); {
	case strings.Contains(format, "%d"):
		format = strings.Replace(format, "%d", fmt.Sprint(sessions), 1)
	}
	return format
}

func count(n int) string {
	switch {
	case n >= 1_000_000 && n%100_000 == 0:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/1e6), ".0") + "M"
	case n >= 1000 && n%100 == 0:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/1e3), ".0") + "k"
	}
	return fmt.Sprint(n)
}

// compared is what a target did in the step of c, with the ratio to ours in brackets.
func compared(cells []cell, c cell, target string) string {
	x, ok := find(cells, c, target)
	if !ok {
		return ""
	}
	us, beside := find(cells, c, ours.name)
	beside = beside && target != ours.name && x.OK && us.OK
	times := func(mine, its float64) string {
		if !beside || mine <= 0 {
			return ""
		}
		return " (" + ratio(its/mine) + ")"
	}
	if !x.OK {
		return "failed: " + x.Note
	}
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	switch {
	case x.Count > 0:
		add("%.2f%s / %.2f ms%s", x.P50, times(us.P50, x.P50), x.P99, times(us.P99, x.P99))
	case x.Work == "idle":
		add("%.1f %% of a core%s", 100*x.Share, times(us.Share, x.Share))
		add("%.0f MiB%s", x.RSS, times(us.RSS, x.RSS))
	case x.Work == "rest":
		add("%.0f MiB%s", x.RSS, times(us.RSS, x.RSS))
		add("%.0f %%", 100*x.Share)
	default:
		add("%.2f s%s", x.Seconds, times(us.Seconds, x.Seconds))
		add("%.2f cpu%s", x.CPU, times(us.CPU, x.CPU))
		add("%.0f MiB%s", x.RSS, times(us.RSS, x.RSS))
	}
	if x.Wrong > 0 {
		add("%d wrong", x.Wrong)
	}
	if x.Duplicates > 0 {
		add("%d told twice", x.Duplicates)
	}
	if x.Back > 0 {
		add("%d told back", x.Back)
	}
	return strings.Join(parts, ", ")
}

// ratio has two digits, or more before the point.
func ratio(x float64) string {
	switch {
	case x >= 10:
		return fmt.Sprintf("%.0fx", x)
	case x >= 1:
		return fmt.Sprintf("%.1fx", x)
	}
	return fmt.Sprintf("%.2fx", x)
}

// growthTable is one work of growth: a row for each number, targets beside each other.
func growthTable(b *strings.Builder, cells []cell, work, unit string) {
	var mine []cell
	for _, c := range cells {
		if c.Work == work {
			mine = append(mine, c)
		}
	}
	if len(mine) == 0 {
		return
	}
	present := presentTargets(mine)
	head := []string{unit}
	for _, t := range present {
		head = append(head, t.name)
	}
	var rows [][]string
	for _, c := range mine {
		if c.Target != firstTarget(mine, c) {
			continue
		}
		n := c.Monitors
		if work == "prefixes" {
			n = c.Prefixes
		}
		row := []string{count(n)}
		for _, t := range present {
			row = append(row, grown(mine, c, t.name))
		}
		rows = append(rows, row)
	}
	b.WriteString("\n")
	grid(b, head, rows)
}

func grown(cells []cell, c cell, target string) string {
	x, ok := find(cells, c, target)
	switch {
	case !ok:
		return ""
	case !x.OK:
		return "failed: " + x.Note
	}
	s := fmt.Sprintf("%.2f s, %.2f cpu, %.0f MiB", x.Seconds, x.CPU, x.RSS)
	if x.Work == "prefixes" {
		s += fmt.Sprintf(", %.0f B a route, %.0f a prefix", x.Share, x.Share*float64(x.Injectors))
	}
	return s
}

// grid writes a table with aligned columns.
func grid(b *strings.Builder, head []string, rows [][]string) {
	width := make([]int, len(head))
	for _, row := range append([][]string{head}, rows...) {
		for i, s := range row {
			width[i] = max(width[i], len(s))
		}
	}
	line := func(row []string) {
		for i, s := range row {
			fmt.Fprintf(b, "| %-*s ", width[i], s)
		}
		b.WriteString("|\n")
	}
	line(head)
	for _, w := range width {
		b.WriteString("|" + strings.Repeat("-", w+2))
	}
	b.WriteString("|\n")
	for _, row := range rows {
		line(row)
	}
}

const (
	pageBegin = "<!-- measured: begin -->\n"
	pageEnd   = "<!-- measured: end -->\n"
)

// writePage puts the tables between the markers of a page.
func writePage(path string, cells []cell) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begun := bytes.Cut(text, []byte(pageBegin))
	_, after, ended := bytes.Cut(rest, []byte(pageEnd))
	if !begun || !ended {
		return fmt.Errorf("%s has no lines %q and %q to write between", path, strings.TrimSpace(pageBegin), strings.TrimSpace(pageEnd))
	}
	return os.WriteFile(path, slices.Concat(before, []byte(pageBegin), []byte(tablesOf(cells)), []byte(pageEnd), after), 0o644)
}
