package hostile

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "bgpsh-hostile-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program = filepath.Join(dir, "bgpd")
	build := exec.Command("go", "build", "-o", program, "bgpsh/cmd/bgpd")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building bgpd: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// The neighbors of the daemon, by the last octet of their addresses; theirs are the AS numbers 65000 and that number.
const (
	feeder  = 1  // healthy, announces
	watcher = 2  // healthy, is told
	hostile = 10 // the first of the others
	crowd   = 16 // how many others there are
)

// A subject is the daemon under test, on a loopback network of this process alone.
type subject struct {
	t    *testing.T
	net  string // "127.P.Q."
	port int
	dir  string
	cmd  *exec.Cmd
	gone chan struct{}
}

// start runs a daemon with its neighbors, which all have to call.
func start(t *testing.T) *subject {
	t.Helper()
	s := &subject{t: t, dir: t.TempDir(), gone: make(chan struct{})}
	s.net = fmt.Sprintf("127.%d.%d.", 200+os.Getpid()>>8%32, os.Getpid()%256)
	l, err := net.Listen("tcp", s.net+"254:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	lines := []string{"router bgp 65000", "bgp router-id 10.0.0.1", fmt.Sprintf("bgp listen-address %s254 port %d", s.net, s.port), "no bgp ebgp-requires-policy"}
	for _, n := range append([]int{feeder, watcher}, others()...) {
		name := fmt.Sprintf("neighbor %s%d ", s.net, n)
		lines = append(lines, name+fmt.Sprint("remote-as ", 65000+n), name+"passive", name+"timers 3 30", name+"timers idle-hold 0")
	}
	file := filepath.Join(s.dir, "startup.conf")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.cmd = exec.Command(program, "--startup-config", file, "--data-dir", s.dir, "--socket", filepath.Join(s.dir, "s"),
		"--log-file", filepath.Join(s.dir, "log"), "--log-format", "text", "--log-level", "info")
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { defer close(s.gone); s.cmd.Wait() }()
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		<-s.gone
		if text := s.log(); t.Failed() {
			t.Logf("the daemon said at last:\n%s", text[max(0, len(text)-4000):])
		}
	})
	return s
}

// others are the numbers of the neighbors that are not healthy.
func others() (all []int) {
	for n := range crowd {
		all = append(all, hostile+n)
	}
	return all
}

func (s *subject) log() string {
	text, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return string(text)
}

// memory is what the daemon has of the machine's, in MiB.
func (s *subject) memory() float64 {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal("the daemon has ended: ", err)
	}
	for line := range strings.Lines(string(text)) {
		var kib float64
		if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &kib); err == nil {
			return kib / 1024
		}
	}
	s.t.Fatal("no VmRSS; the daemon has ended")
	return 0
}
