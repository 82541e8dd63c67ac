package shell

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

func TestTerminalBanner(t *testing.T) {
	d := newFake(t)
	set(d, &d.hello, api.Hello{Hostname: "r1", Version: "1.2", UptimeMs: 266_400_000, Neighbors: 4, Established: 3})
	s := d.openScreen(50)
	s.wait("bgpd 1.2 on r1, up for 3d02h, 4 neighbors, 3 established\n")
	s.wait("r1# ")
	s.typed("\x04")
	s.ended()
}

func TestTerminalSearchesTheHistory(t *testing.T) {
	d := newFake(t)
	s := d.openScreen(50)
	s.wait("r1# ")
	for _, line := range []string{"show version", "show bgp summary terse", "who", "show history"} {
		s.typed(line + "\r")
		s.wait("r1# ")
	}
	// the newest line that has it, then an older one; Enter runs it
	s.typed("\x12sho")
	s.wait("(search) sho: show history")
	s.typed("\x12")
	s.wait("(search) sho: show bgp summary terse")
	s.typed("\x12\r")
	s.wait("r1# show version")
	s.wait("bgpd 1.0")
	s.wait("r1# ")
	// an arrow takes the line into the editor
	s.typed("\x12terse\x1b[C")
	s.wait("r1# show bgp summary terse")
	s.typed(" | count\r")
	s.wait("Count: ")
	s.wait("r1# ")
	// Ctrl-C gives up, and what was typed before is there again
	s.typed("show ver\x12")
	s.wait("(search) show ver: show version")
	s.typed("xx")
	s.wait("(no older line) show verxx: show version")
	s.typed("\x03")
	s.wait("r1# show ver")
	s.typed("sion\r")
	s.wait("bgpd 1.0")
	s.wait("r1# ")
	s.typed("\x04")
	s.ended()
}

func TestHistoryIsKeptAndPrivate(t *testing.T) {
	d := newFake(t)
	s := d.openScreen(50)
	s.wait("r1# ")
	s.typed("show version\r")
	s.wait("bgpd 1.0")
	s.wait("r1# ")
	s.typed("\x04")
	s.ended()
	file := filepath.Join(s.home, ".local", "state", "bgpsh", "history")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("history file: %v %v", info, err)
	}
	if text, _ := os.ReadFile(file); string(text) != "show version\n" {
		t.Errorf("history %q", text)
	}
	if got := loadHistory(file); len(got) != 1 || got[0] != "show version" {
		t.Errorf("the next session has %q", got)
	}
}

// Ways to leave the shell, after each of which the terminal is as it was.
func TestTerminalIsRestored(t *testing.T) {
	for name, leave := range map[string]struct {
		keys   string
		signal syscall.Signal
		status int
	}{
		"exit":             {keys: "exit\r"},
		"quit":             {keys: "quit\r"},
		"Ctrl-D":           {keys: "\x04"},
		"SIGTERM":          {signal: syscall.SIGTERM, status: 128 + 15},
		"SIGHUP":           {signal: syscall.SIGHUP, status: 128 + 1},
		"SIGQUIT":          {signal: syscall.SIGQUIT, status: 128 + 3},
		"while typing":     {keys: "show ver", signal: syscall.SIGTERM, status: 128 + 15},
		"in the search":    {keys: "\x12show", signal: syscall.SIGTERM, status: 128 + 15},
		"at the pager":     {keys: "show bgp ipv4 unicast\r", signal: syscall.SIGTERM, status: 128 + 15},
		"in a live view":   {keys: "watch show version\r", signal: syscall.SIGTERM, status: 128 + 15},
		"during a command": {keys: "wait bgp converged\r", signal: syscall.SIGTERM, status: 128 + 15},
	} {
		t.Run(name, func(t *testing.T) {
			d := newFake(t)
			s := d.openScreen(10)
			s.wait("r1# ")
			s.typed(leave.keys)
			switch name {
			case "while typing":
				s.wait("show ver")
			case "in the search":
				s.wait(") show: ")
			case "at the pager":
				s.wait("--More--")
			case "in a live view":
				s.wait("q leaves")
			case "during a command":
				<-d.waits
			}
			if leave.signal != 0 {
				syscall.Kill(s.pid, leave.signal)
			}
			if status := s.ended(); status != leave.status {
				t.Errorf("status %d, want %d", status, leave.status)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if strings.Count(string(s.text), "\x1b[?1049h") != strings.Count(string(s.text), "\x1b[?1049l") {
				t.Error("the other screen was left on")
			}
		})
	}
}

func TestTerminalPasteOfManyLines(t *testing.T) {
	d := newFake(t)
	s := d.openScreen(50)
	s.wait("r1# ")
	var b strings.Builder
	b.WriteString("configure terminal\nrouter bgp 65001\n")
	for n := range 5000 {
		fmt.Fprintf(&b, " neighbor 10.%d.%d.1 remote-as 65002\n", n/250, n%250)
	}
	s.typed(pasteBegin + b.String() + "end\n" + pasteEnd)
	s.wait("(5003 lines pasted)\n")
	s.wait("\n 5003  end\n")
	s.wait("r1# ")
	lines := 0
	for _, call := range d.asked() {
		lines += strings.Count(call, " | ")
	}
	if lines != 5001 {
		t.Errorf("%d lines applied", lines)
	}
	// bad lines are listed last, behind the echo, and nothing is applied
	s.typed(pasteBegin + "configure terminal\nrouter bgp 65001\nneighbor 10.0.0.3 tymers 1 3\nneighbor 10.0.0.4 remote-as 4\nfrobnicate\n" + pasteEnd)
	got := s.wait("line 5: % Unknown command: frobnicate\n")
	if !strings.Contains(got, "    4  neighbor 10.0.0.4 remote-as 4\n    5  frobnicate\nline 3: % Unknown command: neighbor 10.0.0.3 tymers 1 3\n") {
		t.Errorf("said %q", got)
	}
	s.wait("r1# ")
	s.typed("\x04")
	s.ended()
}

func TestTerminalReconnects(t *testing.T) {
	d := newFake(t)
	set(d, &d.hello, api.Hello{Hostname: "r1", PID: 11})
	s := d.openScreen(50)
	s.wait("r1# ")
	s.typed("show ver")
	s.wait("show ver")
	path := d.server.Path()
	d.server.Close()
	s.wait("% bgpd (pid 11) has closed the connection; looking for it at " + path + "\n")
	s.wait("r1# show ver") // the line that was typed is still there
	again, err := ipc.NewServer(ipc.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	d.server = again
	set(d, &d.hello, api.Hello{Hostname: "r9", PID: 12, Version: "2.0"})
	d.handle()
	go again.Serve()
	s.wait("% bgpd has restarted: bgpd 2.0 on r9, up for 0s, no neighbors, pid 12\n")
	s.wait("r9# show ver")
	s.typed("sion\r")
	s.wait("bgpd 1.0")
	s.wait("r9# ")
	s.typed("\x04")
	s.ended()
}

// A narrow window wraps the line, and letters of any alphabet are letters.
func TestTerminalNarrowAndUTF8(t *testing.T) {
	d := newFake(t)
	s := d.openScreen(24)
	s.wait("r1# ")
	pty.Setsize(s.pty, &pty.Winsize{Rows: 5, Cols: 40})
	s.typed("configure terminal\rrouter bgp 65001\r")
	s.wait("r1(config-router)# ")
	s.typed("neighbor 10.0.0.2 description Überträger åäö, 東京 to Zürich\r")
	s.wait("r1(config-router)# ")
	s.typed("neighbor 10.0.0.2 description déjà vu\x7f\x7fv\x1b[D\x1b[D\x1b[DX\r") // edited by letters, not bytes
	s.wait("r1(config-router)# ")
	s.mu.Lock()
	if strings.Contains(string(s.text), "too small") {
		t.Error("the editor complains of the window")
	}
	s.mu.Unlock()
	s.typed("end\r\x04")
	s.ended()
	want := []string{"neighbor 10.0.0.2 description Überträger åäö, 東京 to Zürich", "neighbor 10.0.0.2 description déjXà v"}
	got := fmt.Sprint(d.asked())
	for _, line := range want {
		if !strings.Contains(got, line) {
			t.Errorf("asked %s, want %s", got, line)
		}
	}
}

func TestSearch(t *testing.T) {
	history := []string{"show bgp", "clear bgp *", "show bgp", "show version"}
	f := newSearch(history, "")
	for _, step := range []struct {
		key    keyEvent
		line   string
		failed bool
	}{
		{keyEvent{kind: keyText, bytes: []byte("bgp")}, "show bgp", false},
		{keyEvent{kind: keySearch}, "clear bgp *", false},
		{keyEvent{kind: keySearch}, "show bgp", false},
		{keyEvent{kind: keySearch}, "show bgp", true},
		{keyEvent{kind: keyText, bytes: []byte("x")}, "show bgp", true},
		{keyEvent{kind: keyCode, bytes: []byte{0x7f}}, "show bgp", false},
	} {
		if _, failed := f.key(step.key); failed != step.failed || f.line() != step.line {
			t.Errorf("%v: %q %v, want %q %v", step.key, f.line(), failed, step.line, step.failed)
		}
	}
}
