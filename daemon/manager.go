package daemon

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"bgpsh/ipc/logline"
)

// A Manager is the service manager that started the daemon, as systemd's sd_notify(3) has it: it waits for READY=1, and ends a daemon that does
// not say WATCHDOG=1 often enough.
type Manager struct {
	// Notify sends one or more lines of state. It must not wait.
	Notify func(state string) error
	// Every is how often WATCHDOG=1 is to be said at most; a third of what the service manager allows. 0: it does not want to hear.
	Every time.Duration
}

// ServiceManager finds the service manager in the environment; nil: there is none that wants to be told. The variables are taken out, so that no
// child of the process speaks for it.
func ServiceManager() (*Manager, error) {
	path := os.Getenv("NOTIFY_SOCKET")
	usec, pid := os.Getenv("WATCHDOG_USEC"), os.Getenv("WATCHDOG_PID")
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
		os.Unsetenv(name)
	}
	if path == "" {
		return nil, nil
	}
	if strings.HasPrefix(path, "@") { // the abstract name space
		path = "\x00" + path[1:]
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("the service manager cannot be told that bgpd is ready: %w", err)
	}
	m := &Manager{Notify: func(state string) error { _, err := conn.Write([]byte(state)); return err }}
	if us, err := strconv.ParseInt(usec, 10, 64); err == nil && us > 0 && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		m.Every = time.Duration(us) * time.Microsecond / 3
	}
	return m, nil
}

// notify tells the service manager, where there is one.
func (d *Daemon) notify(state string) {
	if d.config.Manager == nil {
		return
	}
	if err := d.config.Manager.Notify(state); err != nil {
		d.log.say(logline.Debug, "the service manager was not told "+state+": "+err.Error())
	}
}

// status is the line that the service manager shows.
func (d *Daemon) status() string {
	p := d.published()
	if p.config.Router == nil {
		return "no router bgp is configured"
	}
	up := 0
	for _, s := range p.sessions {
		if s.view.Load().agreed != nil {
			up++
		}
	}
	return fmt.Sprintf("AS %d, %d of %d neighbors established", p.config.Router.AS, up, len(p.sessions))
}
