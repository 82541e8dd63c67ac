package daemon

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bgpsh/daemon/fault"
	"bgpsh/daemon/rib"
)

// told collects what the service manager is told.
type told struct {
	mu    sync.Mutex
	lines []string
}

func (m *told) notify(state string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lines = append(m.lines, state)
	return nil
}

func (m *told) count(state string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.lines {
		if l == state {
			n++
		}
	}
	return n
}

// TestWatchdogNamesAStuckTableLoop: the phase is named, counted and reported, the service manager is not fed meanwhile, and is again when the
// loop turns.
func TestWatchdogNamesAStuckTableLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		manager := &told{}
		m := memPair()
		a := start(t, Config{Network: m.Node("a"), Kernel: eth("10.0.0.1/24"), DataDir: t.TempDir(),
			Manager: &Manager{Notify: manager.notify, Every: 2 * time.Second}}, "router bgp 65001", "bgp router-id 10.0.0.1")
		time.Sleep(10500 * time.Millisecond)
		if n := manager.count("WATCHDOG=1"); n < 4 || n > 6 || manager.count("READY=1") != 1 {
			t.Errorf("in 10 s with an interval of 2 s: fed %d times, ready %d times", n, manager.count("READY=1"))
		}
		if manager.count("STATUS=AS 65001, 0 of 0 neighbors established") != 1 {
			t.Errorf("told: %q", manager.lines)
		}
		release := make(chan struct{})
		a.loop.do(func(*rib.RIB, time.Time) { <-release })
		time.Sleep(3 * time.Second)
		fed := manager.count("WATCHDOG=1")
		time.Sleep(20 * time.Second)
		if n := manager.count("WATCHDOG=1"); n != fed {
			t.Errorf("fed %d times while the loop hung", n-fed)
		}
		s := a.faultStatistics()
		if s.Stalls != 1 || len(s.Stuck) != 1 || !strings.HasPrefix(s.Stuck[0], "table loop, queries, for 2") {
			t.Errorf("statistics: %+v", s)
		}
		last := a.faults.Last()
		if len(last) != 1 || last[0].Place != fault.Stuck || last[0].Doing != "queries" {
			t.Fatalf("faults: %+v", last)
		}
		if text, err := os.ReadFile(last[0].Report); err != nil || !strings.Contains(string(text), "watchdog_test.go") {
			t.Errorf("the report does not show where the loop hangs: %v\n%s", err, text)
		}
		close(release)
		time.Sleep(3 * time.Second)
		if s := a.faultStatistics(); len(s.Stuck) != 0 || s.Stalls != 1 || s.Longest < 20_000 {
			t.Errorf("afterwards: %+v", s)
		}
		if n := manager.count("WATCHDOG=1"); n <= fed {
			t.Error("not fed again")
		}
		a.end()
		if manager.count("STOPPING=1") != 1 {
			t.Errorf("told: %q", manager.lines)
		}
	})
}

func TestWatchdogNamesAStuckSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memPair()
		a, b := sideA(t, m), sideB(t, m)
		a.established("10.0.0.2", 0)
		release := make(chan struct{})
		a.published().session("10.0.0.2").inbox.post(configure{setup: a.published().session("10.0.0.2").setup, done: func() { <-release }})
		time.Sleep(8 * time.Second)
		if s := a.faultStatistics(); len(s.Stuck) != 1 || !strings.HasPrefix(s.Stuck[0], "session of 10.0.0.2, its configuration, for ") {
			t.Errorf("statistics: %+v", s)
		}
		close(release)
		time.Sleep(2 * time.Second)
		if s := a.faultStatistics(); len(s.Stuck) != 0 || s.Stalls != 1 {
			t.Errorf("afterwards: %+v", s)
		}
		a.end()
		b.end()
	})
}

// TestWatchdogIsNotFooled: a process that stood still as a whole, and loops that wait for work, are no stalls.
func TestWatchdogIsNotFooled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memPair()
		a := sideA(t, m)
		time.Sleep(time.Hour)
		if s := a.faultStatistics(); s.Stalls != 0 || len(s.Caught) != 0 {
			t.Errorf("after an hour at rest: %+v", s)
		}
		a.end() // and with it its own watchdog
		w := newWatchdog(a.Daemon)
		w.last = time.Now().Add(-time.Hour)
		a.controller.pulse.beat(0) // as if busy for an hour
		w.look(time.Now(), watchEvery)
		if n, _, _ := w.stalled(); n != 0 {
			t.Error("a process that stood still is told as a stall of a loop")
		}
	})
}

// TestServiceManager speaks to a socket as systemd gives it.
func TestServiceManager(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "30000000")
	m, err := ServiceManager()
	if err != nil || m == nil || m.Every != 10*time.Second {
		t.Fatalf("%+v, %v", m, err)
	}
	if err := m.Notify("READY=1"); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 64)
	if n, err := socket.Read(b); err != nil || string(b[:n]) != "READY=1" {
		t.Errorf("%q, %v", b[:n], err)
	}
	if slices.ContainsFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "NOTIFY_SOCKET=") }) {
		t.Error("children inherit the socket")
	}
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "30000000")
	t.Setenv("WATCHDOG_PID", "1")
	if m, err := ServiceManager(); err != nil || m.Every != 0 {
		t.Errorf("another process's watchdog: %+v, %v", m, err)
	}
	t.Setenv("NOTIFY_SOCKET", "")
	if m, err := ServiceManager(); err != nil || m != nil {
		t.Errorf("without a service manager: %+v, %v", m, err)
	}
}
