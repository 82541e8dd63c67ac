package shell

import (
	"context"
	"fmt"
	"sync"
	"time"

	"bgpsh/ipc/api"
)

// noticesKept bounds the lines that wait to be printed above the prompt. A
// command that runs for long holds them up.
const noticesKept = 1000

// notices are lines that come by themselves: they are printed above the line
// that is edited, never into the output of a command.
type notices struct {
	mu       sync.Mutex
	lines    []string
	lost     int    // lines that did not fit
	hostname string // not empty: the prompt's from now on
}

// add queues lines.
func (n *notices) add(hostname string, lines ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if hostname != "" {
		n.hostname = hostname
	}
	room := noticesKept - len(n.lines)
	if len(lines) > room {
		n.lost += len(lines) - room
		lines = lines[:room]
	}
	n.lines = append(n.lines, lines...)
}

// take empties the queue.
func (n *notices) take() (lines []string, hostname string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	lines, hostname = n.lines, n.hostname
	if n.lost > 0 {
		lines = append(lines, fmt.Sprintf("%% %s not shown", plural(n.lost, "line")))
	}
	n.lines, n.lost, n.hostname = nil, 0, ""
	return lines, hostname
}

// tell prints lines above the prompt as soon as no command runs.
func (i *session) tell(hostname string, lines ...string) {
	i.notices.add(hostname, lines...)
	i.terminal.announce()
}

// printNotices prints what waits.
func (i *session) printNotices() {
	if !i.terminal.takeNews() {
		return
	}
	lines, hostname := i.notices.take()
	for _, line := range lines {
		fmt.Fprintln(i.shell.out, line)
	}
	if hostname != "" {
		i.shell.hostname = hostname
	}
}

// redialEvery is how long the attendant waits between two looks for a daemon
// that has gone.
const redialEvery = 300 * time.Millisecond

// attend watches the connection until ctx ends: when it breaks it says so,
// connects anew as soon as there is a daemon, and says that.
func (i *session) attend(ctx context.Context, pid int) {
	defer i.shell.rescue()
	for {
		client := i.shell.connected()
		if client == nil {
			return
		}
		select {
		case <-client.Done():
		case <-ctx.Done():
			return
		}
		i.tell("", fmt.Sprintf("%% bgpd (pid %d) has closed the connection; looking for it at %s", pid, firstSocket(i.shell.sockets)))
		hello, ok := i.redial(ctx)
		if !ok {
			return
		}
		text := "% connected again: the same bgpd"
		if hello.PID != pid {
			text = fmt.Sprintf("%% bgpd has restarted: %s, pid %d", banner(&hello), hello.PID)
		}
		pid = hello.PID
		i.shell.names.forget()
		i.tell(hello.Hostname, text)
		i.resume(ctx)
	}
}

// redial asks until a daemon answers; false: ctx has ended.
func (i *session) redial(ctx context.Context) (api.Hello, bool) {
	tick := time.NewTicker(redialEvery)
	defer tick.Stop()
	for {
		if hello, err := i.shell.greet(ctx); err == nil {
			return hello, true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return api.Hello{}, false
		}
	}
}
