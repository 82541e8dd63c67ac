package shell

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"bgpsh/ipc/api"
)

// patience is how long a test waits for what must come, on a machine that has much else to do.
const patience = time.Minute

// screen is bgpsh on a terminal: what it has written, and its keyboard.
type screen struct {
	t    *testing.T
	pty  *os.File
	tty  *os.File // the other side, to look at the terminal's mode
	home string

	found   *unix.Termios // how the terminal was before
	pid     int
	reports *bufio.Reader // pid and exit status

	mu     sync.Mutex
	more   *sync.Cond
	text   []byte
	seen   int // everything before has been waited for
	closed bool
}

// openScreen starts bgpsh, the test's own binary, on a new terminal.
func (d *fakeDaemon) openScreen(rows uint16) *screen { return d.openTerminal(rows, true) }

// openTerminal is openScreen; the terminal need not be the controlling one.
func (d *fakeDaemon) openTerminal(rows uint16, controlling bool) *screen {
	t := d.t
	t.Helper()
	s := &screen{t: t, home: t.TempDir()}
	s.more = sync.NewCond(&s.mu)
	leader := exec.Command(os.Args[0], "-test.run=^$")
	leader.Env = append(os.Environ(), "SHELL_TEST_SESSION="+d.server.Path(), "HOME="+s.home, "XDG_STATE_HOME=")
	var err error
	if s.pty, s.tty, err = pty.Open(); err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	pty.Setsize(s.pty, &pty.Winsize{Rows: rows, Cols: 100})
	s.found = s.mode()
	reports, report, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	leader.Stdin, leader.Stdout, leader.Stderr, leader.ExtraFiles = s.tty, s.tty, s.tty, []*os.File{report}
	leader.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: controlling}
	if err := leader.Start(); err != nil {
		t.Fatal(err)
	}
	report.Close()
	s.reports = bufio.NewReader(reports)
	if _, err := fmt.Fscanln(s.reports, &s.pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(s.pid, syscall.SIGKILL)
		leader.Process.Kill()
		leader.Wait()
		reports.Close()
		s.tty.Close()
		s.pty.Close()
	})
	go s.collect()
	return s
}

// leadSession runs bgpsh in the session that this process leads, and stays
// until it is killed: with its leader a session's terminal loses what has
// been written and not read. It reports pid and exit status.
func leadSession(socket string) {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTSTP)
	report := os.NewFile(3, "report")
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), "SHELL_TEST_SOCKET="+socket, "SHELL_TEST_SESSION=")
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := child.Start(); err != nil {
		os.Exit(1)
	}
	fmt.Fprintln(report, child.Process.Pid)
	child.Wait()
	fmt.Fprintln(report, child.ProcessState.ExitCode())
	select {}
}

// collect gathers what is written.
func (s *screen) collect() {
	b := make([]byte, 4096)
	for {
		n, err := s.pty.Read(b)
		s.mu.Lock()
		s.text = append(s.text, b[:n]...)
		s.closed = err != nil
		s.more.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// longOutput is from how many bytes on what is waited for has to stand in the
// output as it is, with no control sequences inside.
const longOutput = 32 << 10

var control = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\r`)

// wait waits until want has been written, behind what was waited for before,
// and gives everything up to it without control sequences.
func (s *screen) wait(want string) string {
	s.t.Helper()
	limit := time.AfterFunc(patience, func() { s.mu.Lock(); s.closed = true; s.more.Broadcast(); s.mu.Unlock() })
	defer limit.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		plain := func(n int) string { return control.ReplaceAllString(string(s.text[s.seen:s.seen+n]), "") }
		rest := len(s.text) - s.seen
		if rest > longOutput && !s.closed && !bytes.Contains(s.text[s.seen:], []byte(strings.TrimSpace(want))) {
			s.more.Wait() // making it plain again and again would take longer than writing it
			continue
		}
		if strings.Contains(plain(rest), want) {
			n := sort.Search(rest, func(n int) bool { return strings.Contains(plain(n), want) })
			text := plain(n)
			s.seen += n
			return text
		}
		if s.closed {
			s.t.Fatalf("did not see %q in %q", want, plain(rest))
		}
		s.more.Wait()
	}
}

// typed sends keys.
func (s *screen) typed(keys string) {
	s.t.Helper()
	if _, err := s.pty.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// exits waits for the end of the program, not for ever.
func (s *screen) exits() (status int) {
	s.t.Helper()
	limit := time.AfterFunc(patience, func() { syscall.Kill(s.pid, syscall.SIGKILL) })
	defer limit.Stop()
	if _, err := fmt.Fscanln(s.reports, &status); err != nil {
		s.t.Fatal(err)
	}
	return status
}

// ended waits for the end and checks that the terminal is as it was.
func (s *screen) ended() int {
	s.t.Helper()
	status := s.exits()
	after, err := unix.IoctlGetTermios(int(s.tty.Fd()), unix.TCGETS)
	if err != nil {
		s.t.Fatal(err)
	}
	if *after != *s.found {
		s.t.Errorf("terminal left as %+v, was %+v", after, s.found)
	}
	limit := time.AfterFunc(patience, func() { s.mu.Lock(); s.closed = true; s.more.Broadcast(); s.mu.Unlock() })
	defer limit.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for bytes.Count(s.text, []byte(pasteOn)) != bytes.Count(s.text, []byte(pasteOff)) {
		if s.closed {
			s.t.Errorf("bracketed paste is still on")
			break
		}
		s.more.Wait() // for what has been written and not read yet
	}
	return status
}

func (s *screen) mode() *unix.Termios {
	mode, err := unix.IoctlGetTermios(int(s.tty.Fd()), unix.TCGETS)
	if err != nil {
		s.t.Fatal(err)
	}
	return mode
}

func TestTerminalSession(t *testing.T) {
	d := newFake(t)
	set(d, &d.hello, api.Hello{Hostname: "r1", Notices: []string{"listener 0.0.0.0 port 179 cannot bind: held by pid 17"}})
	s := d.openScreen(50)
	s.wait("% listener 0.0.0.0 port 179 cannot bind: held by pid 17\n")
	s.wait("r1# ")

	// a command and Enter in one write, and a caret under what is wrong
	s.typed("show bgp sumary\r")
	s.wait("\n             ^\n% Unknown command: show bgp sumary\n")
	s.wait("r1# ")

	// help leaves the line as it is
	s.typed("show bgp sum?")
	if got := s.wait("r1# show bgp sum"); strings.Contains(got, "% ") {
		t.Errorf("help: %q", got)
	}
	s.wait("summary")
	s.typed("mary terse\r")
	s.wait("Total number of neighbors 2\n")
	s.wait("r1# ")

	// Tab completes a keyword and a live name
	s.typed("sh\tbgp neigh\t10.0.13\t| count\r")
	s.wait("Count: ")
	s.wait("r1# ")

	// the arrow brings the last command back
	s.typed("\x1b[A")
	s.wait("r1# show bgp neighbors 10.0.13.3 | count")
	s.typed("\x03") // Ctrl-C drops it
	s.wait("r1# ")

	// modes, and the place that a line is applied in
	s.typed("configure terminal\rrouter bgp 65001\r")
	s.wait("r1(config-router)# ")
	s.typed("neighbor 10.0.0.2 description why\x16?\r")
	s.wait("r1(config-router)# ")
	s.typed("\x1a") // Ctrl-Z leaves configuration
	s.wait("r1# ")
	want := []string{"apply [] | 0 router bgp 65001", `apply ["router bgp 65001"] | 0 neighbor 10.0.0.2 description why?`}
	if got := d.asked(); len(got) < 2 || fmt.Sprint(got[len(got)-2:]) != fmt.Sprint(want) {
		t.Errorf("asked %q", got)
	}
	s.typed("\x04") // Ctrl-D leaves
	if status := s.ended(); status != 0 {
		t.Errorf("status %d", status)
	}
	history, err := os.ReadFile(filepath.Join(s.home, ".local/state/bgpsh/history"))
	if err != nil || !strings.HasPrefix(string(history), "show bgp sumary\nshow bgp summary terse\nshow bgp neighbors 10.0.13.3 | count\nconfigure terminal\n") {
		t.Errorf("history %q, %v", history, err)
	}
}

func TestTerminalAsksOnce(t *testing.T) {
	d := newFake(t)
	s := d.openScreen(50)
	s.wait("r1# ")
	s.typed("clear bgp *\r")
	s.wait("Reset all sessions? [y/N] ")
	s.typed("n\r")
	s.wait("r1# ")
	s.typed("clear bgp * soft in\r")
	s.wait("r1# ")
	s.typed("write erase\ry\r") // the answer typed ahead
	s.wait("Startup configuration /etc/bgpsh/startup.conf removed\n")
	s.wait("r1# ")
	s.typed("exit\r")
	s.ended()
	if got := d.asked(); len(got) != 2 || !strings.Contains(got[0], "How:softIn") || got[1] != "erase" {
		t.Errorf("asked %q", got)
	}
}

func TestTerminalPaste(t *testing.T) {
	d := newFake(t)
	s := d.openScreen(50)
	s.wait("r1# ")
	// several lines are one batch; what stands behind the last stays to be edited
	s.typed(pasteBegin + "conf t\rrouter bgp 65001\r neighbor 10.0.0.2 remote-as 1\r neighbor 10.0.0.2 description what?\rshow" + pasteEnd)
	s.wait("(4 lines pasted)\n")
	s.wait("r1(config-router)# show")
	s.typed(" version\r")
	s.wait("bgpd 1.0")
	s.wait("r1(config-router)# ")
	// a bad line in a paste: nothing of it is applied
	s.typed(pasteBegin + "neighbor 10.0.0.3 remote-as 1\nneighbor 10.0.0.3 tymers 1 3\n" + pasteEnd)
	s.wait("line 2: % Unknown command: neighbor 10.0.0.3 tymers 1 3\n")
	s.wait("r1(config-router)# ")
	// one line with its end is a line typed; a question mark in it is literal
	s.typed("neighbor 10.0.0.2 " + pasteBegin + "description a?b\n" + pasteEnd)
	s.wait("r1(config-router)# ")
	// without brackets too
	s.typed("neighbor 10.0.0.4 remote-as 4\rneighbor 10.0.0.5 remote-as 5\r")
	s.wait("neighbor 10.0.0.5 remote-as 5")
	s.wait("r1(config-router)# ")
	s.typed("end\r\x04") // typed ahead of the prompt it is meant for
	if status := s.ended(); status != 0 {
		t.Errorf("status %d", status)
	}
	want := []string{
		"apply [] | 2 router bgp 65001 | 3  neighbor 10.0.0.2 remote-as 1 | 4  neighbor 10.0.0.2 description what?", "version",
		`apply ["router bgp 65001"] | 0 neighbor 10.0.0.2 description a?b`,
		`apply ["router bgp 65001"] | 0 neighbor 10.0.0.4 remote-as 4`, `apply ["router bgp 65001"] | 0 neighbor 10.0.0.5 remote-as 5`,
	}
	if got := d.asked(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("asked\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTerminalPager(t *testing.T) {
	d := newFake(t)
	s := d.openScreen(10)
	s.wait("r1# ")
	s.typed("show bgp ipv4 unicast\r")
	if page := s.wait(" --More-- "); strings.Count(page[strings.Index(page, "BGP table"):], "\n") != 9 {
		t.Errorf("first page %q", page)
	}
	s.typed("\r") // one line more
	s.wait(" --More-- ")
	s.typed(" ")
	s.wait(" --More-- ")
	s.typed("G")
	s.wait("Displayed  6 routes and 11 total paths\n")
	s.wait("r1# ")
	s.typed("show bgp ipv4 unicast\r")
	s.wait(" --More-- ")
	s.typed("q")
	s.wait("r1# ")
	s.typed("terminal length 0\rshow bgp ipv4 unicast\r")
	if all := s.wait("Displayed  6 routes"); strings.Contains(all, "--More--") {
		t.Errorf("paged: %q", all)
	}
	s.wait("r1# ")
	s.typed("\x04")
	s.ended()
}

func TestTerminalCtrlCEndsACommand(t *testing.T) {
	d := newFake(t)
	s := d.openScreen(50)
	s.wait("r1# ")
	s.typed("wait bgp converged\r")
	<-d.waits
	if s.mode().Lflag&unix.ISIG == 0 {
		t.Error("the terminal is raw while a command runs")
	}
	s.typed("\x03")
	s.wait("% interrupted\n")
	s.wait("r1# ")
	syscall.Kill(s.pid, syscall.SIGTERM)
	if status := s.ended(); status != 128+int(syscall.SIGTERM) {
		t.Errorf("status %d after SIGTERM", status)
	}
}

func TestTerminalFollowsTheWindow(t *testing.T) {
	d := newFake(t)
	s := d.openScreen(50)
	s.wait("r1# ")
	s.typed("show ver")
	s.wait("show ver")
	pty.Setsize(s.pty, &pty.Winsize{Rows: 30, Cols: 60})
	s.wait("\nr1# show ver") // drawn anew, nothing lost
	s.typed("sion\r")
	s.wait("bgpd 1.0")
	s.wait("r1# ")
	s.typed("\x04")
	s.ended()
}

func TestConcealedLinesStayOutOfTheHistoryFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history")
	s := &Shell{}
	for _, line := range []string{"show version", "neighbor 10.0.0.2 password hush", "neighbor 10.0.0.2 passw hush", "no"} {
		s.remember(line, file)
	}
	text, _ := os.ReadFile(file)
	if string(text) != "show version\nno\n" || len(s.history) != 4 {
		t.Errorf("file %q, session %q", text, s.history)
	}
	if got := loadHistory(file); len(got) != 2 {
		t.Errorf("loaded %q", got)
	}
}

func TestTerminalThatControlsNothing(t *testing.T) {
	s := newFake(t).openTerminal(50, false)
	s.wait("no line can be edited here")
	s.typed("show version\n")
	s.wait("bgpd 1.0")
	s.typed("\x04")
	if status := s.exits(); status != 0 {
		t.Errorf("status %d", status)
	}
}
