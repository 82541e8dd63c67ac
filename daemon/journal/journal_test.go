package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"

	"bgpsh/fsm"
	"bgpsh/ipc/logline"
	"bgpsh/wire"
)

func TestFormats(t *testing.T) {
	for format, want := range map[Format]string{
		JSON: `^\{"msg":"configuration changed","v":0,"name":"bgpd","level":30,"time":"2026-03-02T08:41:54.47192234Z","hostname":"r1","pid":5063,` +
			`"user":"ann","from":"ssh","lines":"router bgp 1; no neighbor 10.0.0.1","unit":"config","module":"router","component":"bgp"\}$`,
		Pretty: "^\\| 1 \\| 2026-03-02T08:41:54.471Z \\| INFO \\| bgpd \\(bgp\\): configuration changed\nfrom = ssh\nlines = router bgp 1; no neighbor 10.0.0.1\nmodule = router\nunit = config\nuser = ann\n\\|\n\\| 2 \\|",
		Text:   `^2026-03-02T08:41:54.471Z INFO configuration changed user=ann from=ssh lines="router bgp 1; no neighbor 10.0.0.1" unit=config module=router$`,
	} {
		j, n := open(t, Config{Format: format})
		j.ConfigChanged("ann", "ssh", []string{"router bgp 1", "no neighbor 10.0.0.1"})
		if format == Pretty {
			j.Dispatcher(there).Started()
		}
		got := strings.Join(n.take(), "\n")
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s gives\n%s\nwant\n%s", format, got, want)
		}
	}
}

func TestLevels(t *testing.T) {
	j, n := open(t, Config{Level: logline.Warn})
	a, b := j.Session("10.0.0.1", "a"), j.Session("10.0.0.2", "b")
	say := func() int {
		a.ShutdownStarted() // info
		b.ShutdownStarted()
		j.Dispatcher(there).Started()
		j.Logger().WithField("unit", "dispatcher").Info("foreign")
		j.Logger().Info("foreign, of the daemon")
		return len(n.take())
	}
	for _, c := range []struct {
		what string
		set  func()
		want int
	}{
		{"warn", func() {}, 0},
		{"one neighbor at debug", func() { a.SetLevel(logline.Debug) }, 1},
		{"the dispatcher at info", func() { j.SetLevel(UnitDispatcher, logline.Info) }, 3},
		{"all at info, one neighbor at error", func() { j.SetLevel(UnitAll, logline.Info); a.SetLevel(logline.Error) }, 4},
		{"the dispatcher as all", func() { j.SetLevel(UnitAll, logline.Warn); j.SetLevel(UnitDispatcher, 0) }, 0},
		{"neighbor as its unit", func() { a.SetLevel(0); j.SetLevel(UnitSession, logline.Trace) }, 2},
	} {
		c.set()
		if got := say(); got != c.want {
			t.Errorf("%s: %d records, want %d", c.what, got, c.want)
		}
	}
	if a.Level() != 0 || j.Level(UnitSession) != logline.Trace || j.Level(UnitConfig) != logline.Warn {
		t.Error("levels are not told")
	}
	for u := UnitAll; int(u) < numUnits; u++ {
		if back, err := ParseUnit(u.String()); back != u || err != nil {
			t.Errorf("unit %v gives %v, %v", u, back, err)
		}
	}
	if _, err := ParseUnit("kitchen"); err == nil {
		t.Error("unknown unit")
	}
}

// A record that is not written costs no allocation, with the history that is kept all the same.
func TestSilentRecordsAllocateNothing(t *testing.T) {
	j, n := open(t, Config{Level: logline.Warn})
	s := j.Session("10.0.0.1", "a")
	c := s.Conn(1, fsm.Outbound, there)
	update, alive := make([]byte, 300), wire.AppendKeepalive(nil)
	update[18] = byte(wire.TypeUpdate)
	note := &fsm.Note{Kind: fsm.NoteEvent, State: fsm.Established, Event: "keepalive message", Conn: 1, Message: wire.TypeKeepalive}
	sending := &fsm.Note{Kind: fsm.NoteSending, State: fsm.Established, Conn: 1, Message: wire.TypeKeepalive}
	why := &fsm.Reason{}
	work := func() {
		c.Sending(alive, nil)
		c.Received(update, nil)
		s.Note(note, why)
		s.Note(sending, why)
		j.Dispatcher(there)
	}
	for range 2000 { // until the history has its full size
		work()
	}
	if got := testing.AllocsPerRun(1000, work); got > 0 {
		t.Errorf("%v allocations", got)
	}
	if lines := n.take(); len(lines) != 0 {
		t.Errorf("written: %q", lines)
	}
}

func TestForeignEntries(t *testing.T) {
	j, n := open(t, Config{})
	j.Logger().WithFields(logrus.Fields{"unit": "connection_tcp", "z": 1, "a": errors.New("broken"), "d": time.Second}).Warn("odd")
	r := n.one(t)
	if r.Level != logline.Warn || r.Unit != "connection_tcp" || r.Module != "neighbor" || keys(r) != "a d z" || get(r, "a") != "broken" || get(r, "d") != "1s" {
		t.Errorf("got %+v", r)
	}
	j.Logger().Log(logrus.FatalLevel, "goes on")
	if r := n.one(t); r.Level != logline.Critical || r.Unit != "daemon" {
		t.Errorf("got %+v", r)
	}
	for _, l := range []logline.Level{logline.Trace, logline.Debug, logline.Info, logline.Warn, logline.Error, logline.Critical} {
		if fromLogrus(toLogrus(l)) != l {
			t.Errorf("%v does not survive logrus", l)
		}
		j.Write(l, UnitDaemon, "m")
		if r := n.one(t); r.Level != l {
			t.Errorf("%v is written as %v", l, r.Level)
		}
	}
}

func TestDiscard(t *testing.T) {
	j := Discard()
	if j.Enabled(UnitRouter, logline.Critical) || j.Reopen() != nil || j.Dropped() != 0 {
		t.Error("something is kept")
	}
	j.Session("10.0.0.1", "a").Up("")
	j.Close(time.Second)
}

func TestFileAndReopen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bgpd.log")
	if _, err := Open(Config{Path: filepath.Join(dir, "nosuch", "log")}); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("got %v", err)
	}
	j, err := Open(Config{Path: path, Format: JSON, Hostname: "h"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		j.Write(logline.Info, UnitDaemon, "before", logline.Field{Key: "i", Value: i})
	}
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := j.Reopen(); err != nil {
		t.Fatal(err)
	}
	j.Write(logline.Info, UnitDaemon, "after")
	j.Close(10 * time.Second)
	j.Close(10 * time.Second)
	j.Write(logline.Info, UnitDaemon, "too late")
	old, err := os.ReadFile(path + ".1")
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(old)+string(fresh), `"before"`); n != 100 || !strings.Contains(string(fresh), `"after"`) || strings.Contains(string(fresh), "too late") {
		t.Errorf("%d of 100 records before, then %s", n, fresh)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm()&0o007 != 0 {
		t.Errorf("others may read the log: %v, %v", st.Mode(), err)
	}
}

// A disk is a file that can hang or be full.
type disk struct {
	mu    sync.Mutex
	room  sync.Cond
	hangs bool
	full  bool
	text  strings.Builder
}

func (d *disk) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.hangs {
		d.room.Wait()
	}
	if d.full {
		d.text.Write(b[:len(b)/2])
		return len(b) / 2, errors.New("no space left on device")
	}
	return d.text.Write(b)
}

func (d *disk) Close() error { return nil }

func (d *disk) set(hangs, full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hangs, d.full = hangs, full
	d.room.Broadcast()
}

func onDisk(t *testing.T) (*Journal, *disk) {
	d := &disk{}
	d.room.L = &d.mu
	j, err := Open(Config{Output: io.Discard, Format: JSON, Hostname: "h"})
	if err != nil {
		t.Fatal(err)
	}
	j.sink = newSink(d, "", false, j.lost)
	j.logger.SetOutput(j.sink)
	return j, d
}

func TestSlowDiskLosesAndCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, d := onDisk(t)
		d.set(true, false)
		j.Write(logline.Info, UnitDaemon, "first")
		synctest.Wait()
		const extra = 100
		for range sinkLines + extra {
			j.Write(logline.Info, UnitDaemon, "flood")
		}
		if j.Dropped() != extra {
			t.Errorf("%d dropped, want %d", j.Dropped(), extra)
		}
		d.set(false, false)
		synctest.Wait()
		if n := strings.Count(d.text.String(), "flood"); n != sinkLines {
			t.Errorf("%d written, want %d", n, sinkLines)
		}
		if !strings.Contains(d.text.String(), `"100 log records were lost"`) {
			t.Error("the loss is not told")
		}
		for line := range strings.Lines(d.text.String()) {
			if !json.Valid([]byte(line)) {
				t.Fatalf("torn line %q", line)
			}
		}
		j.Close(time.Second)
	})
}

func TestFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, d := onDisk(t)
		d.set(false, true)
		for range 3 {
			j.Write(logline.Info, UnitDaemon, "cannot be written")
			synctest.Wait()
		}
		d.set(false, false)
		j.Write(logline.Info, UnitDaemon, "there is room again")
		synctest.Wait()
		lines := strings.Split(strings.TrimSpace(d.text.String()), "\n")
		if n := len(lines); n < 3 || !strings.Contains(lines[n-1], `"3 log records were lost"`) || !json.Valid([]byte(lines[n-2])) {
			t.Errorf("got %q", lines)
		}
		j.Close(time.Second)
	})
}

func TestHangingDiskDoesNotHoldTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, d := onDisk(t)
		d.set(true, false)
		j.Write(logline.Info, UnitDaemon, "stuck")
		synctest.Wait()
		start := time.Now()
		j.Close(time.Second)
		if took := time.Since(start); took != time.Second {
			t.Errorf("Close took %v", took)
		}
		d.set(false, false)
		synctest.Wait()
	})
}

func TestManyWriters(t *testing.T) {
	j, d := onDisk(t)
	j.logger.SetFormatter(&formatter{j: j, format: Pretty})
	j.sink.numbers.on = true
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s := j.Session("10.0.0.1", "a")
			for range 100 {
				s.Note(&fsm.Note{Kind: fsm.NoteTransition, From: fsm.Idle, To: fsm.Connect}, nil)
				s.Events(true, 3)
				j.SetLevel(UnitSession, logline.Info)
			}
		})
	}
	wg.Wait()
	j.Close(10 * time.Second)
	want := 0
	for line := range strings.Lines(d.text.String()) {
		if strings.HasPrefix(line, "| ") {
			want++
			if !strings.HasPrefix(line, fmt.Sprintf("| %d | ", want)) {
				t.Fatalf("record %d is %q", want, line)
			}
		}
	}
	if want != 800 {
		t.Errorf("%d records", want)
	}
}
