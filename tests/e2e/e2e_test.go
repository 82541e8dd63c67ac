package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var binDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "bgpsh-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binDir = dir
	build := exec.Command("go", "build", "-o", dir+"/", "bgpsh/cmd/...")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the programs: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// network numbers the loopback networks that scripts use: $NET is 127.P.N, so that neither scripts meet nor runs of the tests.
var (
	network atomic.Int32
	process = 16 + os.Getpid()%32
)

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", binDir+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("NET", fmt.Sprintf("127.%d.%d", process, network.Add(1)))
			e.Setenv("BGPSH_SOCKET", filepath.Join(e.WorkDir, "r1.sock"))
			e.Setenv("HOME", e.WorkDir)
			// other users reach the socket, where its own mode decides
			return errors.Join(os.Chmod(binDir, 0o755), os.Chmod(filepath.Dir(e.WorkDir), 0o755), os.Chmod(e.WorkDir, 0o755))
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "root":
				return os.Geteuid() == 0, nil
			case "mount":
				return canMount(), nil
			}
			return false, fmt.Errorf("no condition %s", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"appears":   awaitFile,
			"await":     awaitOutput,
			"call":      callSpeaker,
			"crowd":     crowdSocket,
			"daemon":    startDaemon,
			"document":  checkDocument,
			"expand":    expandFile,
			"halt":      haltDaemon,
			"occupy":    occupyAddress,
			"repeat":    repeatLine,
			"request":   requestRaw,
			"require":   requirePath,
			"smalldisk": mountSmall,
			"status":    checkStatus,
			"terminal":  driveTerminal,
		},
	})
}

type daemon struct {
	cmd  *exec.Cmd
	done chan error
}

// running holds the daemons of all scripts by their data dirs; scripts run at the same time.
var (
	runningLock sync.Mutex
	running     = map[string]*daemon{}
)

// startDaemon is "daemon NAME [FLAGS...]": a bgpd with the socket NAME.sock and the data dir NAME, once it answers.
func startDaemon(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: daemon NAME [FLAGS...]")
	}
	name, dir := args[0], ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	socket := dir + ".sock"
	flags := append([]string{"--socket", socket, "--data-dir", dir, "--log-file", dir + ".log", "--log-format", "text"}, args[1:]...)
	cmd := exec.Command(filepath.Join(binDir, "bgpd"), flags...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), settingsOf(ts)...)
	ts.Check(cmd.Start())
	d := &daemon{cmd: cmd, done: make(chan error, 1)}
	go func() { d.done <- cmd.Wait() }()
	runningLock.Lock()
	running[dir] = d
	runningLock.Unlock()
	ts.Defer(func() { cmd.Process.Kill() })
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(patience); ; {
		if exec.Command(filepath.Join(binDir, "bgpsh"), "--socket", socket, "-c", "show version").Run() == nil {
			return
		}
		select {
		case err := <-d.done:
			log, _ := os.ReadFile(dir + ".log")
			ts.Fatalf("%s ended: %v\n%s", name, err, log)
		case <-limit:
			log, _ := os.ReadFile(dir + ".log")
			ts.Fatalf("%s does not answer\n%s", name, log)
		case <-tick.C:
		}
	}
}

// haltDaemon is "halt NAME [SIGNAL]": ends it with TERM and requires exit status 0. With "kill" it ends as in a
// crash; with "hup", "usr1" or "usr2" it only gets the signal.
func haltDaemon(ts *testscript.TestScript, neg bool, args []string) {
	runningLock.Lock()
	d := running[ts.MkAbs(args[0])]
	runningLock.Unlock()
	if d == nil {
		ts.Fatalf("no daemon %s", args[0])
	}
	kind := "term"
	if len(args) > 1 {
		kind = args[1]
	}
	signals := map[string]syscall.Signal{"term": syscall.SIGTERM, "int": syscall.SIGINT, "kill": syscall.SIGKILL, "hup": syscall.SIGHUP,
		"usr1": syscall.SIGUSR1, "usr2": syscall.SIGUSR2}
	ts.Check(d.cmd.Process.Signal(signals[kind]))
	if kind == "hup" || strings.HasPrefix(kind, "usr") {
		return
	}
	select {
	case err := <-d.done:
		if kind != "kill" {
			ts.Check(err)
		}
	case <-time.After(patience):
		ts.Fatalf("%s does not end", args[0])
	}
}

// checkStatus is "status N PROGRAM ARGS...": runs the program, which must exit with N; its output goes to the files out and
// err of the script's folder, where grep and cmp find it. Standard input is the file stdin, where it exists. With AS=UID:GID
// in the environment it runs as that user (root's tests only).
func checkStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N PROGRAM ARGS...")
	}
	cmd := exec.Command(filepath.Join(binDir, args[1]), args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "BGPSH_SOCKET="+ts.Getenv("BGPSH_SOCKET"), "HOME="+ts.Getenv("HOME"))
	if as := ts.Getenv("AS"); as != "" {
		var who syscall.Credential
		_, err := fmt.Sscanf(as, "%d:%d", &who.Uid, &who.Gid)
		ts.Check(err)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &who}
	}
	cmd.Env = append(cmd.Env, settingsOf(ts)...)
	out, err := os.Create(ts.MkAbs("out"))
	ts.Check(err)
	errs, err := os.Create(ts.MkAbs("err"))
	ts.Check(err)
	defer out.Close()
	defer errs.Close()
	if in, err := os.Open(ts.MkAbs("stdin")); err == nil {
		cmd.Stdin = in
		defer in.Close()
	}
	cmd.Stdout, cmd.Stderr = out, errs
	err = cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		ts.Check(err)
	}
	if got := fmt.Sprint(cmd.ProcessState.ExitCode()); got != args[0] {
		o, _ := os.ReadFile(ts.MkAbs("out"))
		e, _ := os.ReadFile(ts.MkAbs("err"))
		ts.Fatalf("%s exits %s, want %s\nstdout:\n%sstderr:\n%s", strings.Join(args[1:], " "), got, args[0], o, e)
	}
}

// settingsOf passes on the daemon's settings that a script has put into its environment.
func settingsOf(ts *testscript.TestScript) []string {
	var found []string
	for _, name := range []string{"BGPD_LOG_LEVEL", "BGPD_LOG_FORMAT", "BGPD_SOCKET"} {
		if value := ts.Getenv(name); value != "" {
			found = append(found, name+"="+value)
		}
	}
	return found
}

// expandFile is "expand FILE...": replaces $NET and $WORK in the files.
func expandFile(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		text := strings.NewReplacer("$NET", ts.Getenv("NET"), "$WORK", ts.MkAbs(".")).Replace(ts.ReadFile(name))
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o644))
	}
}

// requirePath is "require FILE": it must exist.
func requirePath(ts *testscript.TestScript, neg bool, args []string) {
	_, err := os.Stat(ts.MkAbs(args[0]))
	if (err == nil) == neg {
		ts.Fatalf("%s: %v", args[0], err)
	}
}
