package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// daemonAS is the AS of the daemon under load.
const daemonAS = 65000

// A neighbor is a session that the daemon is configured for. It waits for the load to dial.
type neighbor struct {
	addr   netip.Addr
	as     uint32
	policy int // a MED of its own on what it is sent, so that no other neighbor gets the same; 0: none

	in, out string // rules for IPv4 routes that it announces and is sent; empty: everything passes
}

// A setup is all that is configured in a daemon: external neighbors, IPv4 and IPv6 unicast.
type setup struct {
	neighbors []neighbor
	hold      int   // seconds; KEEPALIVE is a third of it
	rules     rules // that neighbors name; nil: none
}

// attached are the lines that attach rules to a neighbor, in the language of FRR and ours.
func (n *neighbor) attached() (lines []string) {
	if n.in != "" {
		lines = append(lines, fmt.Sprintf("neighbor %s route-map %s in", n.addr, n.in))
	}
	if n.out != "" {
		lines = append(lines, fmt.Sprintf("neighbor %s route-map %s out", n.addr, n.out))
	}
	return lines
}

// A target is one kind of daemon.
type target struct {
	name    string
	version func() (string, error) // an error: not installed
	start   func(ctx context.Context, d *daemon, s setup) error
	// summary is the daemon's own client, asking for the list of neighbors.
	summary func(ctx context.Context, d *daemon) *exec.Cmd
	ruled   bool // start knows setup.rules
}

// targets in the order in which they are shown.
var targets = []*target{&ours, &bird, &frr, &openbgpd, &gobgp}

func findTarget(name string) (*target, error) {
	for _, t := range targets {
		if t.name == name {
			return t, nil
		}
	}
	var names []string
	for _, t := range targets {
		names = append(names, t.name)
	}
	return nil, fmt.Errorf("no target %q: there are %s", name, strings.Join(names, ", "))
}

// A daemon is one that runs.
type daemon struct {
	*lab
	programs *programs
	cmds     []*exec.Cmd
	env      []string  // beside that of this program
	begun    time.Time // when the first of them began
}

// programs are ours, as they are to be run.
type programs struct{ bgpd, bgpsh string }

// run starts one of the daemon's processes, its output in a file.
func (d *daemon) run(ctx context.Context, log, name string, args ...string) error {
	cmd := d.command(ctx, name, args...)
	cmd.Env = append(os.Environ(), d.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := os.Create(d.file(log))
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if d.begun.IsZero() {
		d.begun = time.Now()
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait()
	d.cmds = append(d.cmds, cmd)
	return nil
}

// groups are the process groups of the daemon.
func (d *daemon) groups() (ids []int) {
	for _, c := range d.cmds {
		ids = append(ids, c.Process.Pid)
	}
	return ids
}

// said is the end of what the daemon wrote, for an error message.
func (d *daemon) said() string {
	var all []string
	for _, c := range d.cmds {
		if f, ok := c.Stdout.(*os.File); ok {
			text, _ := os.ReadFile(f.Name())
			all = append(all, strings.TrimSpace(string(text[max(0, len(text)-1000):])))
		}
	}
	return strings.Join(all, "\n")
}

// end stops all processes: politely first, so that what children they have end too.
func (d *daemon) end() {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for _, c := range slices.Backward(d.cmds) {
			syscall.Kill(-c.Process.Pid, s)
		}
		if d.gone(3 * time.Second) {
			return
		}
	}
}

// gone waits until all processes have ended.
func (d *daemon) gone(limit time.Duration) bool {
	timer := time.After(limit)
	for {
		if len(groupMembers(d.groups())) == 0 {
			return true
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-timer:
			return false
		}
	}
}

// output runs a program for its version.
func output(name string, args ...string) (string, error) {
	if _, err := exec.LookPath(name); err != nil {
		return "", errors.New("not installed")
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	return string(out), err
}

// word gives the nth word of the text, from 0 on.
func word(text string, n int) string {
	f := strings.Fields(text)
	if n >= len(f) {
		return strings.TrimSpace(text)
	}
	return f[n]
}
