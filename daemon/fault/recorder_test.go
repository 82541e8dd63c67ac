package fault

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// at gives a fault of one line of code.
func at(subject string) (f Fault) {
	defer func() {
		f = Fault{Place: Reader, Subject: subject, Cause: recover(), Stack: debug.Stack(), Message: []byte{0xff, 0x01}}
	}()
	panic("planted secret-word")
}

func newTestRecorder(t *testing.T) (*Recorder, *time.Time) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	r := NewRecorder(Config{Dir: filepath.Join(t.TempDir(), "reports"), Version: "1.2.3", Now: func() time.Time { return now },
		Hide: func(s string) string { return strings.ReplaceAll(s, "secret-word", "***") }})
	return r, &now
}

func TestReportHasWhatIsNeededAndNoSecret(t *testing.T) {
	r, _ := newTestRecorder(t)
	b := r.Add(at("10.0.0.2"))
	text, err := os.ReadFile(b.Report)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"bgpd 1.2.3", "place: reader", "subject: 10.0.0.2", "cause: planted ***", "message, 2 bytes", "ff 01", "recorder_test.go"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	info, err := os.Stat(b.Report)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if dir, err := os.Stat(r.Dir()); err != nil || dir.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", dir.Mode(), err)
	}
	if strings.Contains(string(text)+b.Text(), "secret-word") {
		t.Error("the secret is shown")
	}
}

// TestTheSameLineOfCodeFillsNoDisk: it is counted each time, told once a minute and reported once an hour.
func TestTheSameLineOfCodeFillsNoDisk(t *testing.T) {
	r, now := newTestRecorder(t)
	told := 0
	for range 1000 {
		if r.Add(at("10.0.0.2")).Tell {
			told++
		}
		*now = now.Add(time.Second)
	}
	if n := r.Counts()[Reader]; n != 1000 {
		t.Errorf("counted %d", n)
	}
	if told != 17 {
		t.Errorf("told %d times in 1000 s", told)
	}
	if all := Earlier(r.Dir()); len(all) != 1 {
		t.Errorf("%d reports", len(all))
	}
	*now = now.Add(time.Hour)
	if b := r.Add(at("10.0.0.2")); b.Again != 1000 || len(Earlier(r.Dir())) != 2 {
		t.Errorf("after an hour: seen %d times before, %d reports", b.Again, len(Earlier(r.Dir())))
	}
	if n := len(r.Last()); n != remembered {
		t.Errorf("%d remembered", n)
	}
}

func TestReportsAreBounded(t *testing.T) {
	r, now := newTestRecorder(t)
	for i := range 3 * MaxReports {
		r.Add(at(fmt.Sprintf("10.0.0.%d", i)))
		*now = now.Add(time.Second)
	}
	all := Earlier(r.Dir())
	if len(all) != MaxReports || all[len(all)-1].Subject != fmt.Sprintf("10.0.0.%d", 3*MaxReports-1) {
		t.Errorf("%d reports, the last about %s", len(all), all[len(all)-1].Subject)
	}
}

func TestNamesOfReports(t *testing.T) {
	for _, subject := range []string{"10.0.0.2", "2001:db8::1", "fe80::1%eth0", "eth0", "a/../../b", ""} {
		name := fileName(time.Unix(1, 5), Table, subject)
		b, ok := parseName(name)
		if !ok || strings.Contains(name, "/") || b.Subject != Named(subject) || b.Place != Table || b.At.UnixNano() != 1_000_000_005 {
			t.Errorf("%q gives %q: %+v", subject, name, b)
		}
	}
	for _, name := range []string{"notes.txt", "crash.new", "2026-table-x.txt", "20060102T150405.000000000Z-other-x.txt"} {
		if _, ok := parseName(name); ok {
			t.Errorf("%s counts as a report", name)
		}
	}
}

func TestWithoutAFolderFaultsStillCount(t *testing.T) {
	r := NewRecorder(Config{})
	if b := r.Add(at("x")); b.Err == nil || b.Report != "" || r.Counts()[Reader] != 1 {
		t.Errorf("%+v", b)
	}
}

// odd is a cause that cannot be printed.
type odd struct{}

func (odd) Error() string { panic("no text") }

func TestACauseThatCannotBePrinted(t *testing.T) {
	r, _ := newTestRecorder(t)
	if b := r.Add(Fault{Cause: odd{}}); b.Cause != "a fault.odd that cannot be printed" {
		t.Errorf("cause %q", b.Cause)
	}
}

// TestCrashBecomesAReport: what no recover sees is found at the next start, without its secret.
func TestCrashBecomesAReport(t *testing.T) {
	if os.Getenv("FAULT_CRASH") != "" {
		r := NewRecorder(Config{Dir: os.Getenv("FAULT_CRASH")})
		if err := r.KeepCrash(); err != nil {
			t.Fatal(err)
		}
		go panic("planted secret-word")
		select {}
	}
	r, _ := newTestRecorder(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestCrashBecomesAReport$")
	cmd.Env = append(os.Environ(), "FAULT_CRASH="+r.Dir())
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Fatalf("the process did not crash: %s", out)
	}
	if err := r.KeepCrash(); err != nil {
		t.Fatal(err)
	}
	found := r.AdoptCrash()
	if found == nil || found.Err != nil {
		t.Fatalf("no crash was found: %+v", found)
	}
	text, err := os.ReadFile(found.Report)
	if err != nil || !strings.Contains(string(text), "planted ***") || !strings.Contains(string(text), "goroutine ") {
		t.Errorf("report: %v\n%s", err, text)
	}
	if strings.Contains(string(text), "secret-word") {
		t.Error("the secret is shown")
	}
	if again := r.AdoptCrash(); again != nil {
		t.Errorf("the crash is found twice: %+v", again)
	}
}
