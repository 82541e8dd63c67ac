package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// A record is one step of one work with one target, as it stands in the results file.
type record struct {
	At        time.Time `json:"at"`
	Work      string    `json:"work"`
	Step      string    `json:"step"`
	Target    string    `json:"target"`
	Version   string    `json:"version"`
	Injectors int       `json:"injectors"`
	Monitors  int       `json:"monitors"`
	Prefixes  int       `json:"prefixes"`

	Seconds float64 `json:"seconds"`  // until the last change was everywhere and the daemon quiet
	CPU     float64 `json:"cpu"`      // the daemon's CPU seconds
	LoadCPU float64 `json:"load_cpu"` // the load's
	RSS     float64 `json:"rss"`      // MiB after the step
	Peak    float64 `json:"peak"`     // MiB so far
	Rest    float64 `json:"rest"`     // MiB before the first route

	Loop float64 `json:"loop,omitempty"` // seconds that our loop over the tables was busy
	Heap float64 `json:"heap,omitempty"` // MiB of our heap after the step

	Receivers  int `json:"receivers"`  // sessions that keep what they are told
	Messages   int `json:"messages"`   // UPDATEs to the first receiver
	Announced  int `json:"announced"`  // prefixes announced to the first receiver
	Withdrawn  int `json:"withdrawn"`  // prefixes withdrawn from it
	Duplicates int `json:"duplicates"` // of all receivers
	Strange    int `json:"strange"`    // of all receivers
	Wrong      int `json:"wrong"`      // prefixes of all receivers
	Back       int `json:"back"`       // prefixes told to the very session they are best because of

	P50   float64 `json:"p50,omitempty"` // milliseconds
	P99   float64 `json:"p99,omitempty"` // milliseconds
	Max   float64 `json:"max,omitempty"` // milliseconds
	Count int     `json:"count,omitempty"`
	Share float64 `json:"share,omitempty"` // what the work says
	OK    bool    `json:"ok"`
	Note  string  `json:"note,omitempty"`

	start time.Time // of the step's clock
}

// String is the line that is printed when a step is over.
func (r record) String() string {
	s := fmt.Sprintf("%-10s %-9s %-9s", r.Work, r.Step, r.Target)
	if r.Seconds > 0 {
		s += fmt.Sprintf(" %8.2f s %8.2f cpu %6.2f load", r.Seconds, r.CPU, r.LoadCPU)
	}
	if r.Loop > 0 {
		s += fmt.Sprintf(" loop %.0f %%", 100*r.Loop/r.Seconds)
	}
	if r.RSS > 0 {
		s += fmt.Sprintf(" %6.0f MiB %6.0f peak", r.RSS, r.Peak)
	}
	if r.Count > 0 {
		s += fmt.Sprintf(" p50 %.2f ms p99 %.2f ms max %.2f ms of %d", r.P50, r.P99, r.Max, r.Count)
	}
	if r.Announced+r.Withdrawn > 0 {
		s += fmt.Sprintf(" %d announced %d withdrawn", r.Announced, r.Withdrawn)
	}
	if r.Duplicates+r.Strange > 0 {
		s += fmt.Sprintf(" %d duplicates %d strange", r.Duplicates, r.Strange)
	}
	if r.Back > 0 {
		s += fmt.Sprintf(" %d told back", r.Back)
	}
	if !r.OK {
		s += fmt.Sprintf(" FAILED, %d wrong", r.Wrong)
	}
	if r.Note != "" {
		s += " (" + r.Note + ")"
	}
	return s
}

// times sets the percentiles of some durations, in milliseconds.
func (r *record) times(list []time.Duration) {
	slices.Sort(list)
	if r.Count = len(list); r.Count == 0 {
		return
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	r.P50, r.P99, r.Max = ms(list[len(list)/2]), ms(list[min(len(list)*99/100, len(list)-1)]), ms(list[len(list)-1])
}

// readRecords reads a results file: one JSON object a line.
func readRecords(path string) (list []record, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		list = append(list, r)
	}
	return list, lines.Err()
}

// A cell is the median of the runs of one step with one target.
type cell struct {
	record
	Runs int
}

// medians joins the runs of each step, in the order of their first appearance. A step that failed once has failed.
func medians(list []record) (cells []cell) {
	type key struct {
		work, step, target            string
		injectors, monitors, prefixes int
	}
	runs := map[key][]record{}
	var order []key
	for _, r := range list {
		k := key{r.Work, r.Step, r.Target, r.Injectors, r.Monitors, r.Prefixes}
		if runs[k] == nil {
			order = append(order, k)
		}
		runs[k] = append(runs[k], r)
	}
	for _, k := range order {
		cells = append(cells, joined(runs[k]))
	}
	return cells
}

func joined(runs []record) cell {
	c := cell{runs[0], len(runs)}
	for _, f := range []func(*record) *float64{
		func(r *record) *float64 { return &r.Seconds }, func(r *record) *float64 { return &r.CPU },
		func(r *record) *float64 { return &r.LoadCPU }, func(r *record) *float64 { return &r.RSS },
		func(r *record) *float64 { return &r.Peak }, func(r *record) *float64 { return &r.Rest },
		func(r *record) *float64 { return &r.P50 }, func(r *record) *float64 { return &r.P99 },
		func(r *record) *float64 { return &r.Share }, func(r *record) *float64 { return &r.Loop },
		func(r *record) *float64 { return &r.Heap }, func(r *record) *float64 { return &r.Max },
	} {
		var values []float64
		for i := range runs {
			values = append(values, *f(&runs[i]))
		}
		*f(&c.record) = median(values)
	}
	for _, r := range runs[1:] {
		c.OK = c.OK && r.OK
		c.Back = max(c.Back, r.Back)
		c.Wrong, c.Duplicates, c.Strange = max(c.Wrong, r.Wrong), max(c.Duplicates, r.Duplicates), max(c.Strange, r.Strange)
	}
	return c
}

// median of an even number of values is the mean of the two in the middle.
func median(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// find gives the cell of the same step with another target.
func find(cells []cell, like cell, target string) (cell, bool) {
	i := slices.IndexFunc(cells, func(c cell) bool {
		return c.Work == like.Work && c.Step == like.Step && c.Target == target && cmp.Compare(c.Prefixes, like.Prefixes) == 0 &&
			c.Injectors == like.Injectors && c.Monitors == like.Monitors
	})
	if i < 0 {
		return cell{}, false
	}
	return cells[i], true
}

// save appends a record to the results.
func save(w io.Writer, r record) error { return json.NewEncoder(w).Encode(r) }
