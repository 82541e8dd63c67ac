package interop

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var interop = flag.Bool("interop", false, "run against the real peers (root, network namespaces)")

// atOnce is how many labs run side by side. Most of a lab's time is waiting, so two cores carry four.
const atOnce = "4"

// binDir holds the two programs, built once for all tests.
var binDir string

func TestMain(m *testing.M) {
	flag.Parse()
	if !*interop {
		fmt.Println("interop left out: run tests/run as root, or go test -interop")
		os.Exit(0)
	}
	flag.Set("test.parallel", atOnce)
	os.Exit(runAll(m))
}

// runAll builds the programs, runs the tests and leaves nothing behind.
func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bgpsh-interop-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// FRR drops privileges and must be able to reach its own files below.
	os.Chmod(dir, 0o755)
	binDir = dir
	end, err := janitor(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer end()
	build := exec.Command("go", "build", "-o", dir+"/", "bgpsh/cmd/...")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the programs: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// janitor starts a shell that waits for the end of this process, however it comes (a panic, a time limit, SIGKILL), and then ends
// what still runs in its namespaces, and removes them and dir. end waits for that.
func janitor(dir string) (end func(), err error) {
	script := `cat
for n in $(ip netns list | awk '{print $1}' | grep "^$1-"); do
  for p in $(ip netns pids "$n"); do kill -KILL "$p"; done
  ip netns del "$n"
done
rm -rf "$2"`
	cmd := exec.Command("sh", "-c", script, "sh", labPrefix(), dir)
	// A group of its own: what interrupts the tests does not interrupt the cleaning.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() { pipe.Close(); cmd.Wait() }, nil
}

// labPrefix begins the name of every namespace of this run.
func labPrefix() string { return fmt.Sprintf("b%d", os.Getpid()) }

// lab is a set of hosts (network namespaces) joined by links. Everything in it ends with the test.
type lab struct {
	t     *testing.T
	dir   string
	id    string
	links int
}

func newLab(t *testing.T) *lab {
	t.Helper()
	dir, err := os.MkdirTemp(binDir, "lab-")
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o755)
	return &lab{t: t, dir: dir, id: labPrefix() + "-" + filepath.Base(dir)[4:]}
}

// host is one network namespace.
type host struct {
	lab  *lab
	name string
	ns   string
	dir  string
}

func (l *lab) host(name string) *host {
	l.t.Helper()
	h := &host{lab: l, name: name, ns: l.id + "-" + name, dir: filepath.Join(l.dir, name)}
	if err := os.Mkdir(h.dir, 0o777); err != nil {
		l.t.Fatal(err)
	}
	os.Chmod(h.dir, 0o777)
	run(l.t, "ip", "netns", "add", h.ns)
	l.t.Cleanup(func() { exec.Command("ip", "netns", "del", h.ns).Run() })
	h.run("ip", "link", "set", "lo", "up")
	return h
}

// link joins two hosts with a cable. Its subnets are 10.N.0.0/24 and 2001:db8:N::/64, where N counts links from 1; a gets
// .1, b gets .2.
func (l *lab) link(a, b *host) (n int) {
	l.t.Helper()
	l.links++
	n = l.links
	ai, bi := fmt.Sprintf("%s%d", b.name, n), fmt.Sprintf("%s%d", a.name, n)
	run(l.t, "ip", "link", "add", ai, "netns", a.ns, "type", "veth", "peer", "name", bi, "netns", b.ns)
	for i, end := range []struct {
		h    *host
		name string
	}{{a, ai}, {b, bi}} {
		end.h.run("ip", "addr", "add", fmt.Sprintf("10.%d.0.%d/24", n, i+1), "dev", end.name)
		end.h.run("ip", "addr", "add", fmt.Sprintf("2001:db8:%d::%d/64", n, i+1), "dev", end.name, "nodad")
		end.h.run("ip", "link", "set", end.name, "up")
	}
	return n
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (h *host) command(name string, args ...string) *exec.Cmd {
	return exec.Command("ip", append([]string{"netns", "exec", h.ns, name}, args...)...)
}

func (h *host) run(name string, args ...string) string {
	h.lab.t.Helper()
	return run(h.lab.t, "ip", append([]string{"netns", "exec", h.ns, name}, args...)...)
}

// program is a daemon that a host runs in the foreground, with the processes that it starts itself: one process group.
type program struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{}
}

// start runs a daemon until the test ends, its output in a file that a failing test prints.
func (h *host) start(name string, args ...string) *program {
	t := h.lab.t
	t.Helper()
	p := &program{cmd: h.command(name, args...), log: filepath.Join(h.dir, filepath.Base(name)+".out"), done: make(chan struct{})}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out.Close()
	go func() { p.cmd.Wait(); close(p.done) }()
	t.Cleanup(func() {
		p.stop(syscall.SIGKILL)
		if t.Failed() {
			text, _ := os.ReadFile(p.log)
			if len(text) > 8000 {
				text = text[len(text)-8000:]
			}
			t.Logf("%s on %s said:\n%s", filepath.Base(name), h.name, text)
		}
	})
	return p
}

// stop ends the program with sig and waits until it has gone.
func (p *program) stop(sig syscall.Signal) {
	p.signal(sig)
	<-p.done
}

// ended reports that the program has gone, for whatever reason.
func (p *program) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// signal sends sig to all processes of the program, also to those that outlive the first.
func (p *program) signal(sig syscall.Signal) {
	syscall.Kill(-p.cmd.Process.Pid, sig)
}

// slow is how much longer things may take than on a machine that has nothing else to do.
const slow = 4

// within polls check until it returns nil; other programs offer no event to wait for.
func within(t *testing.T, limit time.Duration, what string, check func() error) {
	t.Helper()
	if err := eventually(slow*limit, check); err != nil {
		t.Fatalf("%s: not within %v: %v", what, slow*limit, err)
	}
}

// eventually polls check until it returns nil, or gives its last error when the time is over.
func eventually(limit time.Duration, check func() error) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	return decodeInto(t, text, map[string]any(nil))
}

// decodeInto reads JSON as what v is.
func decodeInto[T any](t *testing.T, text string, v T) T {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("not valid JSON: %v\n%s", err, text)
	}
	return v
}
