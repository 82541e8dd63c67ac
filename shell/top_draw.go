package shell

import (
	"fmt"
	"strings"
	"time"

	"bgpsh/ipc/api"
)

// table is the whole view as text; columns 0: as wide as it is.
func (t *top) table(rows, columns int) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now == nil {
		return nil
	}
	return t.frame(rows, columns, false)
}

// screen is the view for a terminal. The caller holds t.mu.
func (t *top) screen(rows, columns int) []string {
	if t.now == nil {
		return []string{"waiting for the first sample"}
	}
	return t.frame(rows, columns, true)
}

// frame draws header and neighbors.
func (t *top) frame(rows, columns int, full bool) []string {
	lines := t.header()
	if full {
		lines[0] = colourBold + lines[0] + colourOff
		lines = append(lines, t.keys())
	}
	lines = append(lines, "")
	width := t.nameWidth()
	title := fmt.Sprintf("%-*s %10s %-12s %9s %8s %8s %6s %6s %4s %4s  %s", width,
		"Neighbor", "AS", "State", "Up/Down", "PfxRcd", "PfxSnt", "In/s", "Out/s", "InQ", "OutQ", "Description")
	if full {
		title = marked + "  " + title + strings.Repeat(" ", max(columns-len(title), 0)) + colourOff
	}
	lines = append(lines, title)
	for _, row := range t.visible(rows-len(lines), full) {
		line := neighborLine(&row, t.now.ASNotation, width)
		if full && row.Name == t.chosen {
			line = colourBold + "> " + line + colourOff
		} else if full {
			line = "  " + coloured(&row, line, width)
		}
		lines = append(lines, line)
	}
	for i := range lines {
		if columns > 0 {
			lines[i] = clip(lines[i], columns)
		} else {
			lines[i] = strings.TrimRight(lines[i], " ")
		}
	}
	return lines
}

// visible are the neighbors that fit, so that the chosen one is among them.
func (t *top) visible(room int, full bool) []topRow {
	rows := t.sorted()
	if !full {
		return rows
	}
	at := 0
	for i := range rows {
		if rows[i].Name == t.chosen {
			at = i
		}
	}
	if len(rows) > 0 && (at == 0 || t.chosen == "") {
		t.chosen = rows[at].Name
	}
	room = max(room, 1)
	from := max(at-room+1, 0)
	return rows[from:min(from+room, len(rows))]
}

// nameWidth is the width of the column of names.
func (t *top) nameWidth() int {
	width := len("Neighbor")
	for i := range t.rows {
		width = max(width, len(t.rows[i].Name))
	}
	return width
}

func neighborLine(r *topRow, n api.ASNotation, width int) string {
	about := r.Description
	if r.Down != "" {
		about = strings.TrimLeft(about+"; "+r.Down, "; ")
	}
	state := string(r.State)
	if r.AdminDown {
		state = "Idle (Admin)"
	}
	return fmt.Sprintf("%-*s %10s %-12s %9s %8d %8d %6s %6s %4d %4d  %s", width, r.Name, n.Number(r.RemoteAS), state, upDown(r.SinceMs),
		r.Received, r.Sent, perSecond(r.in), perSecond(r.out), r.QueueIn, r.QueueOut, printable(about))
}

// coloured gives the state of a line its colour.
func coloured(r *topRow, line string, width int) string {
	colour := colourBad
	if r.State == api.Established {
		colour = colourGood
	}
	from, to := width+12, width+24
	return line[:from] + colour + line[from:to] + colourOff + line[to:]
}

// perSecond shows a rate with what a human reads of it.
func perSecond(rate float64) string {
	switch {
	case rate == 0:
		return "0"
	case rate < 10:
		return fmt.Sprintf("%.1f", rate)
	case rate < 10_000:
		return fmt.Sprintf("%.0f", rate)
	}
	return fmt.Sprintf("%.0fk", rate/1000)
}

// keys names the keys, and marks the order that is chosen.
func (t *top) keys() string {
	var all []string
	for i, o := range topOrders {
		text := o.name
		if i == t.order {
			text = marked + text + colourOff
		}
		all = append(all, text)
	}
	return "sort by " + strings.Join(all, " ") + " R)everse, Enter opens, q)uit"
}

// header says how the daemon, its tables and its loop are.
func (t *top) header() []string {
	n := t.now
	up := 0
	for i := range n.Neighbors {
		if n.Neighbors[i].State == api.Established {
			up++
		}
	}
	router := ""
	if n.AS != 0 {
		router = fmt.Sprintf(", AS %s, router ID %s", n.ASNotation.Number(n.AS), n.RouterID)
	}
	lines := []string{
		fmt.Sprintf("%s%s, bgpd %s up for %s, %s", n.Hostname, router, n.Version, short(n.UptimeMs), n.At.Local().Format(time.TimeOnly)),
		fmt.Sprintf("Neighbors %d, %d established; memory %s", len(n.Neighbors), up, memory(n.MemoryBytes)),
		t.load(),
	}
	for i := range n.Tables {
		table := &n.Tables[i]
		changes := ""
		if t.last != nil && i < len(t.last.Tables) {
			changes = ", " + perSecond(t.rate(t.last.Tables[i].Version, table.Version)) + " changes/s"
		}
		lines = append(lines, fmt.Sprintf("%s: %d prefixes, %d paths%s", familyTitle(table.Family), table.Destinations, table.Paths, changes))
	}
	return lines
}

// load is what the processor and the loop had to do between two samples.
func (t *top) load() string {
	if t.last == nil {
		return fmt.Sprintf("Longest turn of the loop %s", microseconds(float64(t.now.Loop.LongestUs)))
	}
	wall := float64(t.now.At.Sub(t.last.At).Microseconds())
	if wall <= 0 {
		return ""
	}
	turns := float64(t.now.Loop.Turns - t.last.Loop.Turns)
	busy := float64(t.now.Loop.BusyUs - t.last.Loop.BusyUs)
	text := fmt.Sprintf("CPU %.1f%%; loop %.1f%% busy, %s turns/s", float64(t.now.CPUMs-t.last.CPUMs)*100_000/wall, busy*100/wall, perSecond(turns*1e6/wall))
	if turns > 0 {
		text += " of " + microseconds(busy/turns)
	}
	return text + ", longest " + microseconds(float64(t.now.Loop.LongestUs))
}

// microseconds shows a short length of time.
func microseconds(us float64) string {
	switch {
	case us < 1000:
		return fmt.Sprintf("%.0f us", us)
	case us < 1e6:
		return fmt.Sprintf("%.1f ms", us/1000)
	}
	return fmt.Sprintf("%.1f s", us/1e6)
}
