package daemon

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"

	"bgpsh/daemon/fault"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/ipc/logline"
)

// Bounds of what support gets.
const (
	recentRecords = 1000
	reportTexts   = 8
	reportText    = 64 << 10 // bytes of one
	profileText   = 4 << 20
)

// recentLog remembers the last records of the log, for those who cannot reach its file.
type recentLog struct {
	mu      sync.Mutex
	records []*logline.Record // a circle
	next    int
}

// add remembers a record, from info on. It is what the log gives each of its records to.
func (l *recentLog) add(r *logline.Record) {
	if r.Level < logline.Info {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.records) < recentRecords {
		l.records = append(l.records, r)
		return
	}
	l.records[l.next] = r
	l.next = (l.next + 1) % recentRecords
}

// lines are the last records as text, oldest first.
func (l *recentLog) lines(limit int) []string {
	l.mu.Lock()
	all := slices.Concat(l.records[l.next:], l.records[:l.next])
	l.mu.Unlock()
	if limit > 0 && len(all) > limit {
		all = all[len(all)-limit:]
	}
	out := make([]string, len(all))
	for i, r := range all {
		out[i] = strings.TrimRight(string(logline.AppendText(nil, r, false)), "\n")
	}
	return out
}

func (d *Daemon) supportLog(_ context.Context, _ *ipc.Caller, p api.LogParams) (api.RecentLog, error) {
	if p.Limit < 0 {
		return api.RecentLog{}, badParam("limit", "a limit is not negative")
	}
	return api.RecentLog{Lines: d.recent.lines(p.Limit)}, nil
}

func (d *Daemon) supportReports(context.Context, *ipc.Caller, api.None) (api.Reports, error) {
	out := api.Reports{Dir: d.faults.Dir(), Reports: []api.Report{}}
	for _, b := range slices.Backward(fault.Earlier(d.faults.Dir())) {
		row := api.Report{Name: filepath.Base(b.Report), At: b.At, Place: b.Place.String(), Subject: b.Subject}
		if len(out.Reports) < reportTexts {
			row.Text = beginning(b.Report)
		}
		out.Reports = append(out.Reports, row)
	}
	return out, nil
}

// beginning is the first part of a report.
func beginning(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, reportText))
	if err != nil {
		return ""
	}
	return strings.ToValidUTF8(string(text), "?")
}

func (d *Daemon) supportProfile(_ context.Context, _ *ipc.Caller, p api.ProfileParams) (api.Profile, error) {
	if p.Kind != api.ProfileGoroutine && p.Kind != api.ProfileHeap {
		return api.Profile{}, badParam("kind", "goroutine or heap")
	}
	var b bytes.Buffer
	if err := pprof.Lookup(string(p.Kind)).WriteTo(&b, 1); err != nil {
		return api.Profile{}, err
	}
	b.Truncate(min(b.Len(), profileText))
	return api.Profile{Text: b.String()}, nil
}
