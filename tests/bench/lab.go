package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A lab is the place of one measurement: an address for the daemon, as many as wanted for the load, and a directory. As root the
// two sides are network namespaces of their own with a cable between them; otherwise both are on loopback.
type lab struct {
	dir     string
	daemon  netip.AddrPort
	daemonN string // namespace, "" on loopback
	loadN   string
}

const labPrefix = "bgpsh-bench-"

// netnsDir is where ip(8) keeps the names of namespaces.
const netnsDir = "/run/netns/"

// newLab makes a lab with addresses for the numbered sessions of the load. Port is the daemon's on loopback.
func newLab(namespaces bool, sessions int, port uint16) (*lab, error) {
	dir, err := os.MkdirTemp("", labPrefix)
	if err != nil {
		return nil, err
	}
	// FRR and OpenBGPD drop privileges and must reach their own files below.
	if err := os.Chmod(dir, 0o777); err != nil {
		return nil, err
	}
	l := &lab{dir: dir, daemon: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 90, 0, 1}), port)}
	if !namespaces {
		return l, nil
	}
	l.daemon = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 90, 0, 1}), 179)
	name := labPrefix + strconv.Itoa(os.Getpid())
	l.daemonN, l.loadN = name+"-daemon", name+"-load"
	if err := l.wire(sessions); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// wire makes the namespaces and the cable.
func (l *lab) wire(sessions int) error {
	var b strings.Builder
	for _, n := range []string{l.daemonN, l.loadN} {
		fmt.Fprintf(&b, "netns add %s\n", n)
	}
	if err := ipBatch("", b.String()); err != nil {
		return err
	}
	if err := ipBatch("", fmt.Sprintf("link add cable netns %s type veth peer name cable netns %s\n", l.daemonN, l.loadN)); err != nil {
		return err
	}
	// Link-local addresses are given by hand: those that the kernel makes are in use only after a second or two.
	ends := map[string]string{l.daemonN: "addr add 10.90.0.1/16 dev cable\naddr add fd00:90::1/64 dev cable nodad\naddr add fe80::1/64 dev cable nodad\n"}
	b.Reset()
	b.WriteString("addr add fd00:90::2/64 dev cable nodad\naddr add fe80::2/64 dev cable nodad\n")
	for i := range sessions {
		fmt.Fprintf(&b, "addr add %s/16 dev cable\n", l.address(i))
	}
	ends[l.loadN] = b.String()
	for name, lines := range ends {
		if err := ipBatch(name, "link set lo up\nlink set cable addrgenmode none\n"+lines+"link set cable up\n"); err != nil {
			return err
		}
	}
	return nil
}

// ipBatch runs lines of ip(8) in a namespace.
func ipBatch(namespace, lines string) error {
	args := []string{"-b", "-"}
	if namespace != "" {
		args = []string{"-n", namespace, "-b", "-"}
	}
	cmd := exec.Command("ip", args...)
	cmd.Stdin = strings.NewReader(lines)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// address is that of session i of the load.
func (l *lab) address(i int) netip.Addr {
	a := l.daemon.Addr().As4()
	return netip.AddrFrom4([4]byte{a[0], a[1], byte(1 + i/200), byte(10 + i%200)})
}

// nextHop6 is the next hop of IPv6 routes of session i.
func nextHop6(i int) netip.Addr {
	a := netip.MustParseAddr("fd00:90::1:0").As16()
	a[14], a[15] = byte(i>>8)+1, byte(i)
	return netip.AddrFrom16(a)
}

// dial connects from one of the load's addresses to the daemon.
func (l *lab) dial(local netip.Addr) (conn net.Conn, err error) {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(local, 0)), Timeout: 5 * time.Second}
	err = l.inside(l.loadN, func() error {
		conn, err = d.Dial("tcp4", l.daemon.String())
		return err
	})
	return conn, err
}

// inside runs f with this thread in a namespace, so that a socket that f makes is there.
func (l *lab) inside(namespace string, f func() error) error {
	if namespace == "" {
		return f()
	}
	away, err := os.Open(netnsDir + namespace)
	if err != nil {
		return err
	}
	defer away.Close()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer home.Close()
	if err := unix.Setns(int(away.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter namespace %s: %w", namespace, err)
	}
	err = f()
	if back := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); back != nil {
		panic(back) // nothing that this thread does from here on would be where it should
	}
	return err
}

// command prepares a program on the daemon's side.
func (l *lab) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	if l.daemonN != "" {
		name, args = "ip", append([]string{"netns", "exec", l.daemonN, name}, args...)
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = l.dir
	return cmd
}

// file gives the path of a file in the lab's directory.
func (l *lab) file(name string) string { return filepath.Join(l.dir, name) }

// write makes a file that daemons of any user may read.
func (l *lab) write(name, text string, mode fs.FileMode) (string, error) {
	path := l.file(name)
	return path, errors.Join(os.WriteFile(path, []byte(text), mode), os.Chmod(path, mode))
}

func (l *lab) close() {
	for _, n := range []string{l.daemonN, l.loadN} {
		if n != "" {
			exec.Command("ip", "netns", "del", n).Run()
		}
	}
	os.RemoveAll(l.dir)
}

// sweep removes the namespaces of runs that were killed.
func sweep() {
	entries, err := os.ReadDir(netnsDir)
	if err != nil {
		return
	}
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), labPrefix)
		pid, _, _ := strings.Cut(rest, "-")
		if _, err := os.Stat("/proc/" + pid); ours && errors.Is(err, fs.ErrNotExist) {
			exec.Command("ip", "netns", "del", e.Name()).Run()
		}
	}
}
