package e2e

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

const unitFile = "../../etc/bgpsh.service"

// TestServiceUnitIsHardened: the unit asks for no more than port 179, and by systemd's own measure is exposed by 2.0 of 10 at most.
func TestServiceUnitIsHardened(t *testing.T) {
	text, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"Type=notify", "WatchdogSec=30s", "Restart=on-failure", "User=bgpsh", "NoNewPrivileges=yes",
		"AmbientCapabilities=CAP_NET_BIND_SERVICE", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE", "LimitCORE=0", "StateDirectoryMode=0700"} {
		if !strings.Contains(string(text), "\n"+line+"\n") {
			t.Errorf("%s lacks %s", unitFile, line)
		}
	}
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	out, err := exec.Command(tool, "security", "--offline=true", "--no-pager", unitFile).CombinedOutput()
	if err != nil && strings.Contains(string(out), "unrecognized option") {
		t.Skip("this systemd-analyze judges no files")
	}
	m := regexp.MustCompile(`Overall exposure level for bgpsh.service: ([0-9.]+)`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if exposure, err := strconv.ParseFloat(string(m[1]), 64); err != nil || exposure > 2.0 {
		t.Errorf("exposure %s, want 2.0 at most\n%s", m[1], out)
	} else {
		t.Logf("exposure %s", m[1])
	}
}

// TestSysusersAndTmpfiles lets systemd's own tools apply the two files to an empty system.
func TestSysusersAndTmpfiles(t *testing.T) {
	for _, tool := range []string{"systemd-sysusers", "systemd-tmpfiles"} {
		if _, err := exec.LookPath(tool); err != nil || os.Geteuid() != 0 {
			t.Skip("needs root and " + tool)
		}
	}
	root := t.TempDir()
	for from, to := range map[string]string{"bgpsh.sysusers": "usr/lib/sysusers.d/bgpsh.conf", "bgpsh.tmpfiles": "usr/lib/tmpfiles.d/bgpsh.conf"} {
		text, err := os.ReadFile("../../etc/" + from)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(root, to)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"systemd-sysusers", "--root=" + root}, {"systemd-tmpfiles", "--create", "--root=" + root}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	passwd, err := os.ReadFile(filepath.Join(root, "etc/passwd"))
	if err != nil || !regexp.MustCompile(`(?m)^bgpsh:[^:]*:\d+:\d+:BGP router:/var/lib/bgpsh:.*nologin$`).Match(passwd) {
		t.Errorf("%v\n%s", err, passwd)
	}
	info, err := os.Stat(filepath.Join(root, "etc/bgpsh"))
	if err != nil || info.Mode().Perm() != 0o750 {
		t.Errorf("the configuration folder: %v, %v", info, err)
	}
}

// TestOneCapabilityIsEnough runs two daemons as nobody with what the unit gives them: a session with password, TTL security and marking on port
// 179. The first tells a service manager that it is ready, and feeds its watchdog.
func TestOneCapabilityIsEnough(t *testing.T) {
	setpriv, err := exec.LookPath("setpriv")
	if err != nil || os.Geteuid() != 0 {
		t.Skip("needs root and setpriv")
	}
	dir, err := os.MkdirTemp("", "bgpsh-priv-") // not below a folder that is root's alone
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(binDir, 0o755); err != nil {
		t.Fatal(err)
	}
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	if err := os.Chmod(filepath.Join(dir, "notify"), 0o777); err != nil {
		t.Fatal(err)
	}
	var pids [2]int
	for i := range 2 {
		own, other := fmt.Sprintf("127.0.9.%d", i+1), fmt.Sprintf("127.0.9.%d", 2-i)
		data := filepath.Join(dir, own)
		if err := os.Mkdir(data, 0o700); err != nil {
			t.Fatal(err)
		}
		conf := fmt.Sprintf("router bgp %d\n bgp router-id 10.0.9.%d\n bgp listen-address %s\n neighbor %s remote-as %d\n neighbor %s update-source %s\n"+
			" neighbor %s password sesame\n neighbor %s ttl-security hops 1\n neighbor %s timers connect 1\n", 65001+i, i+1, own, other, 65002-i, other, own,
			other, other, other)
		if err := os.WriteFile(filepath.Join(data, "startup.conf"), []byte(conf), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{dir, data, filepath.Join(data, "startup.conf")} {
			if err := os.Chown(path, 65534, 65534); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(setpriv, "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "--inh-caps=-all,+net_bind_service",
			"--ambient-caps=-all,+net_bind_service", "--bounding-set=-all,+net_bind_service", filepath.Join(binDir, "bgpd"),
			"--data-dir", data, "--socket", filepath.Join(data, "s"), "--log-file", filepath.Join(data, "log"))
		cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+manager.LocalAddr().String(), "WATCHDOG_USEC=3000000")
		if i == 1 {
			cmd.Env = os.Environ()
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		pids[i] = cmd.Process.Pid
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	}
	hear(t, manager, "READY=1")
	ask := exec.Command(filepath.Join(binDir, "bgpsh"), "--socket", filepath.Join(dir, "127.0.9.1/s"), "-c", "wait bgp neighbor 127.0.9.2 established timeout 30")
	if out, err := ask.CombinedOutput(); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "127.0.9.1/log"))
		t.Fatalf("no session: %v\n%s\n%s", err, out, log)
	}
	hear(t, manager, "WATCHDOG=1")
	for _, pid := range pids {
		for _, want := range []string{"CapEff:\t0000000000000400", "CapBnd:\t0000000000000400", "NoNewPrivs:\t1", "Uid:\t65534\t65534\t65534\t65534"} {
			if !statusHas(t, pid, want) {
				t.Errorf("process %d lacks %q", pid, want)
			}
		}
	}
}

// hear waits until a daemon tells its service manager a state.
func hear(t *testing.T, manager *net.UnixConn, want string) {
	t.Helper()
	if err := manager.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 512)
	for {
		n, err := manager.Read(b)
		if err != nil {
			t.Fatalf("the service manager never heard %s: %v", want, err)
		}
		if string(b[:n]) == want {
			return
		}
	}
}

// statusHas reports whether a process's status has that line.
func statusHas(t *testing.T, pid int, want string) bool {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if lines.Text() == want {
			return true
		}
	}
	return false
}
