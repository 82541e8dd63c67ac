package ipc

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func waitTurn() { runtime.Gosched() }

func TestListenReplacesAStaleSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dir", "s")
	first, err := Listen(path, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	first.SetUnlinkOnClose(false)
	first.Close() // leaves its file, as a killed daemon does
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	second, err := Listen(path, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestListenRefusesALiveSecondDaemon(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	first, err := Listen(path, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	for _, how := range []string{"by its lock", "by its socket"} {
		_, err = Listen(path, nil, false)
		var held *HeldError
		if !errors.As(err, &held) || held.PID != os.Getpid() || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", how, err)
		}
		os.Remove(path + ".lock") // a daemon whose lock was cleaned away
	}
}

func TestListenSaysWhatIsInTheWay(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	os.WriteFile(file, nil, 0o600)
	for _, c := range []struct{ path, want string }{
		{filepath.Join(dir, strings.Repeat("x", 120)), "bytes long, at most 107 fit"},
		{file, "a file that is no socket is in the way"},
		{filepath.Join(file, "s"), "not a directory"},
	} {
		if _, err := Listen(c.path, nil, false); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.path, err, c.want)
		}
	}
	if _, err := NewServer(Config{Path: filepath.Join(dir, "s"), Group: "no-such-group"}); err == nil || !strings.Contains(err.Error(), "no-such-group") {
		t.Errorf("unknown group: %v", err)
	}
}

func TestDialErrorsNameSocketCauseAndRemedy(t *testing.T) {
	dir := t.TempDir()
	stale := filepath.Join(dir, "stale")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: stale})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	for _, c := range []struct{ path, cause, remedy string }{
		{filepath.Join(dir, "none"), "no such file or directory", "start bgpd"},
		{stale, "connection refused", "start bgpd"},
		{strings.Repeat("x", 120), "at most 107", "--socket"},
	} {
		_, err := Dial(t.Context(), c.path, nil)
		if !IsUnreachable(err) || !strings.Contains(err.Error(), c.path) ||
			!strings.Contains(err.Error(), c.cause) || !strings.Contains(err.Error(), c.remedy) {
			t.Errorf("%s: %v", c.path, err)
		}
	}
}

func TestRoles(t *testing.T) {
	group := func(n uint32) *uint32 { return &n }
	me := uint32(os.Geteuid())
	for _, c := range []struct {
		name        string
		look, admin *uint32
		peer        Peer
		role        Role
		ok          bool
	}{
		{"root", group(5), group(6), Peer{UID: 0}, Change, true},
		{"the daemon's own user", group(5), group(6), Peer{UID: me, Groups: []uint32{9}}, Change, true},
		{"admin group", group(5), group(6), Peer{UID: me + 1, Groups: []uint32{9, 6}}, Change, true},
		{"socket group", group(5), group(6), Peer{UID: me + 1, Groups: []uint32{9, 5}}, Look, true},
		{"one group for both", group(5), group(5), Peer{UID: me + 1, Groups: []uint32{5}}, Change, true},
		{"neither", group(5), group(6), Peer{UID: me + 1, Groups: []uint32{9}}, Look, false},
		{"no groups at all", nil, nil, Peer{UID: me + 1, Groups: []uint32{9}}, Look, true},
	} {
		s := &Server{look: c.look, admin: c.admin}
		if role, ok := s.roleOf(&c.peer); role != c.role || ok != c.ok {
			t.Errorf("%s: %v, %v", c.name, role, ok)
		}
	}
}

// TestForeignUserMayLookOnly asks as another user, with socket tools of the
// system; it needs root.
func TestForeignUserMayLookOnly(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to become another user")
	}
	tool, err := exec.LookPath("setpriv")
	if err != nil {
		t.Skip("needs setpriv")
	}
	if out, err := exec.Command(tool, "--reuid=4241", "--regid=4241", "--groups=4242", "true").CombinedOutput(); err != nil {
		t.Skipf("needs leave to become another user: %s", out)
	}
	dir, err := os.MkdirTemp("", "ipc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chmod(dir, 0o755)
	r := newRig(t, Config{Path: filepath.Join(dir, "s"), Group: "4242", AdminGroup: "4243"})
	exe := filepath.Join(dir, "ask") // the test binary, where another user can run it
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(exe, code, 0o755)
	ask := func(groups string) string {
		cmd := exec.Command(tool, "--reuid=4241", "--regid=4241", "--groups="+groups, exe, "-test.run=TestAskHelper$")
		cmd.Env = append(os.Environ(), "IPC_ASK="+r.Path())
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	if got := ask("4242"); !strings.Contains(got, "may look but not change; test.change is for root and the members of the group 4243") {
		t.Errorf("member of the socket group: %s", got)
	}
	if got := ask("4242,4243"); !strings.Contains(got, "answer: <nil>") {
		t.Errorf("member of both groups: %s", got)
	}
	if got := ask("4244"); !strings.Contains(got, "permission denied") {
		t.Errorf("stranger: %s", got)
	}
}

// TestAskHelper is the other user's half of TestForeignUserMayLookOnly.
func TestAskHelper(t *testing.T) {
	path := os.Getenv("IPC_ASK")
	if path == "" {
		t.Skip("helper")
	}
	c, err := Dial(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	t.Logf("answer: %v", c.Call(t.Context(), "test.change", struct{}{}, nil))
	t.Fail() // so that the log is printed
}
