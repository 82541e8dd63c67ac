package seeds

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/ipc/logline"
)

// patience is how long a test waits for what should take no time.
const patience = time.Minute

// binDir holds the two programs, built once.
var binDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "bgpsh-seeds-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binDir = dir
	build := exec.Command("go", "build", "-o", dir+"/", "bgpsh/cmd/...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the programs: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// A program is a bgpd that logs everything to us.
type program struct {
	t      *testing.T
	socket string
	cmd    *exec.Cmd
	ended  chan error // gets what the process ends with, once its log was read

	mu      sync.Mutex
	log     []byte // whole lines
	seen    []logline.Record
	changed chan struct{} // closed when seen grows
}

// bgpd starts a daemon through start, which is told the command, with a startup configuration.
func bgpd(t *testing.T, start func(*exec.Cmd) error, config string) *program {
	t.Helper()
	dir := t.TempDir()
	p := &program{t: t, socket: filepath.Join(dir, "s"), ended: make(chan error, 1), changed: make(chan struct{})}
	file := filepath.Join(dir, "startup.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	p.cmd = exec.Command(filepath.Join(binDir, "bgpd"), "--startup-config", file, "--data-dir", dir, "--socket", p.socket,
		"--log-level", "trace", "--log-format", "json", "--log-file", "-")
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	from, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := start(p.cmd); err != nil {
		t.Fatal(err)
	}
	go p.follow(from)
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.ended
		if t.Failed() {
			t.Logf("the log of %s:\n%s", dir, p.log)
		}
	})
	return p
}

func (p *program) follow(from io.Reader) {
	for in := bufio.NewReader(from); ; {
		line, err := in.ReadBytes('\n')
		p.mu.Lock()
		p.log = append(p.log, line...)
		if r, err := logline.Decode(line); err == nil {
			p.seen = append(p.seen, r)
		}
		close(p.changed)
		p.changed = make(chan struct{})
		p.mu.Unlock()
		if err != nil {
			p.ended <- p.cmd.Wait()
			close(p.ended)
			return
		}
	}
}

// await waits until n records begin with msg.
func (p *program) await(msg string, n int) {
	p.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		p.mu.Lock()
		found, changed := count(p.seen, msg), p.changed
		p.mu.Unlock()
		if found >= n {
			return
		}
		select {
		case <-changed:
		case <-limit.C:
			p.t.Fatalf("never %d times: %s", n, msg)
		}
	}
}

func count(records []logline.Record, msg string) (n int) {
	for _, r := range records {
		if strings.HasPrefix(r.Msg, msg) {
			n++
		}
	}
	return n
}

// configure gives a running daemon its configuration.
func (p *program) configure(config string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	c, err := ipc.Dial(ctx, p.socket, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Close()
	var lines []api.Line
	for line := range strings.Lines(config) {
		lines = append(lines, api.Line{Number: len(lines) + 1, Text: strings.TrimSpace(line)})
	}
	var r api.ApplyResult
	if err := c.Call(ctx, api.ConfigApply, api.ApplyParams{Lines: lines}, &r); err != nil || !r.Applied {
		p.t.Fatalf("configuration: %v, %+v", err, r)
	}
}

// terminate ends the daemon in order and gives its whole log.
func (p *program) terminate() []byte {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case err := <-p.ended:
		if err != nil {
			p.t.Errorf("the daemon ends with %v", err)
		}
	case <-time.After(patience):
		p.t.Fatal("the daemon does not end")
	}
	return p.log
}

// crash ends the daemon as a fault would.
func (p *program) crash() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
	<-p.ended
}
