package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// atOnce is how many checks run side by side; most of a check is waiting.
const atOnce = 16

// neighbor is one line of the daemon's configuration for a check.
type neighbor struct {
	kind kind
	addr netip.Addr
	port int // where we listen
}

// as is the AS number of the neighbor, which is a number for the watchers too.
func (n neighbor) as() uint32 {
	switch n.kind {
	case internal:
		return daemonAS
	case wide:
		return wideAS
	}
	return neighborAS
}

// setup is what a daemon is to be configured with.
type setup struct {
	dir       string
	namespace string // "": the daemon runs where we run, on loopback
	addr      netip.Addr
	port      int
	id        netip.Addr
	neighbors []neighbor
	watch     neighbor // external, AS watcherAS
	inside    neighbor // internal
	feeder    neighbor // external, AS feederAS, with ADD-PATH
}

// command makes the program run where the daemon is to be.
func (s *setup) command(name string, args ...string) *exec.Cmd {
	if s.namespace == "" {
		return exec.Command(name, args...)
	}
	return exec.Command("ip", append([]string{"netns", "exec", s.namespace, name}, args...)...)
}

// subject is the daemon under test, running.
type subject struct {
	*setup
	name      string
	here      string // the namespace of our ends; "": ours
	stranger  netip.Addr
	watchAddr netip.Addr
	watch     *conn
	inside    *conn
	feeder    *conn
	plural    bool // the feeder's prefixes stand behind path identifiers
	program   *exec.Cmd
	done      chan struct{}
}

// layout gives the addresses of a run: in a namespace on one Ethernet, else on loopback.
func layout(t *testing.T, dir string, namespaced bool) (*subject, error) {
	d := &subject{setup: &setup{dir: dir, id: netip.MustParseAddr("203.0.113.1")}}
	at := func(n int) netip.Addr {
		if namespaced {
			return netip.AddrFrom4([4]byte{10, 255, byte(1 + n/250), byte(1 + n%250)})
		}
		return netip.AddrFrom4([4]byte{127, 9, byte(1 + n/250), byte(1 + n%250)})
	}
	d.addr, d.port = netip.MustParseAddr("127.9.0.1"), freePort(t)
	if namespaced {
		d.addr, d.port = netip.MustParseAddr("10.255.0.1"), 179
	}
	for i, c := range checks() {
		d.neighbors = append(d.neighbors, neighbor{c.kind, at(i), d.port})
	}
	n := len(d.neighbors)
	d.setup.watch, d.setup.inside = neighbor{external, at(n), d.port}, neighbor{internal, at(n + 1), d.port}
	d.setup.feeder = neighbor{every, at(n + 2), d.port}
	d.watchAddr, d.stranger = at(n), at(n+3)
	if namespaced {
		return d, d.wire(t, n+4, at)
	}
	return d, nil
}

// wire makes the daemon's namespace and ours, with a cable between them.
func (d *subject) wire(t *testing.T, addresses int, at func(int) netip.Addr) error {
	base := fmt.Sprintf("conf%d-%d", os.Getpid(), labs.Add(1))
	d.namespace, d.here = base+"d", base+"t"
	t.Cleanup(func() {
		exec.Command("ip", "netns", "del", d.namespace).Run()
		exec.Command("ip", "netns", "del", d.here).Run()
	})
	batch := fmt.Sprintf("netns add %s\nnetns add %s\n", d.namespace, d.here)
	batch += fmt.Sprintf("link add up0 netns %s type veth peer name up0 netns %s\n", d.namespace, d.here)
	if err := ip("", batch); err != nil {
		return err
	}
	if err := ip(d.namespace, "link set lo up\naddr add 10.255.0.1/16 dev up0\naddr add 2001:db8:ffff::1/64 dev up0 nodad\nlink set up0 up\n"); err != nil {
		return err
	}
	batch = "link set lo up\nlink set up0 up\naddr add 2001:db8:ffff::2/64 dev up0 nodad\n"
	for i := range addresses {
		batch += fmt.Sprintf("addr add %v/16 dev up0\n", at(i))
	}
	return ip(d.here, batch)
}

// mayNamespace tells whether we may make network namespaces here; otherwise the checks run on loopback.
func mayNamespace() bool {
	if os.Getuid() != 0 {
		return false
	}
	name := fmt.Sprintf("conf%d-try", os.Getpid())
	defer exec.Command("ip", "netns", "del", name).Run()
	return exec.Command("ip", "netns", "add", name).Run() == nil && exec.Command("ip", "-n", name, "link", "set", "lo", "up").Run() == nil
}

// labs numbers the pairs of namespaces of this run.
var labs atomic.Int32

func ip(namespace, batch string) error {
	args := []string{"-batch", "-"}
	if namespace != "" {
		args = append([]string{"-n", namespace}, args...)
	}
	cmd := exec.Command("ip", args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	go func() { fmt.Fprint(in, batch); in.Close() }()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip: %v: %s", err, out)
	}
	return nil
}

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.9.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// within runs f on a thread in our namespace of the run: a socket belongs to the namespace it was made in.
func (d *subject) within(f func() error) error {
	if d.here == "" {
		return f()
	}
	done := make(chan error, 1)
	go func() {
		// The thread is not given back: it ends with this goroutine.
		runtime.LockOSThread()
		ns, err := os.Open("/var/run/netns/" + d.here)
		if err == nil {
			defer ns.Close()
			err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET)
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// call connects from an address of ours to the daemon; ttl 0 is the system's; key signs (RFC 2385).
func (d *subject) call(from netip.Addr, ttl int, key string) (*conn, error) {
	var c net.Conn
	err := d.within(func() (err error) {
		dialer := net.Dialer{
			Timeout:   2 * time.Second,
			LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0)),
			Control: func(_, _ string, raw syscall.RawConn) (err error) {
				e := raw.Control(func(fd uintptr) { err = options(int(fd), ttl, key, d.addr) })
				return errors.Join(e, err)
			},
		}
		c, err = dialer.DialContext(context.Background(), "tcp", netip.AddrPortFrom(d.addr, uint16(d.port)).String())
		return err
	})
	if err != nil {
		return nil, err
	}
	return newConn(c), nil
}

func options(fd, ttl int, key string, to netip.Addr) error {
	if ttl != 0 {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TTL, ttl); err != nil {
			return err
		}
	}
	if key == "" {
		return nil
	}
	sig := unix.TCPMD5Sig{Keylen: uint16(len(key)), Addr: unix.SockaddrStorage{Family: unix.AF_INET}}
	// sockaddr_in: family, port, address.
	a := to.As4()
	copy(sig.Addr.Data[2:], a[:])
	copy(sig.Key[:], key)
	return unix.SetsockoptTCPMD5Sig(fd, unix.IPPROTO_TCP, unix.TCP_MD5SIG, &sig)
}

func (p *probe) dialFrom(from netip.Addr, ttl int) (*conn, error) { return p.d.call(from, ttl, "") }

func (p *probe) dialSigned(key string) (*conn, error) { return p.d.call(p.addr, 0, key) }

// dial connects and waits for the daemon's OPEN. A daemon may refuse at first, before it is ready for the neighbor.
func (p *probe) dial() (*conn, error) {
	key := ""
	if p.kind == secret {
		key = password
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := p.d.call(p.addr, 0, key)
		if err == nil {
			var first packet
			if first, err = c.next(patience); err == nil && first.kind != 0 {
				c.first = &first
				return c, nil
			}
			if err == nil {
				err = first.err
			}
			c.Close()
		}
		select {
		case <-tick.C:
		case <-p.d.done:
			return nil, errEnded
		case <-ctx.Done():
			return nil, fmt.Errorf("no session: %w", err)
		}
	}
}

// accept waits for the daemon's call.
func (p *probe) accept(limit time.Duration) (*conn, error) {
	var l *net.TCPListener
	err := p.d.within(func() (err error) {
		l, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(p.addr, uint16(p.d.port))))
		return err
	})
	if err != nil {
		return nil, err
	}
	defer l.Close()
	l.SetDeadline(time.Now().Add(limit))
	c, err := l.Accept()
	if err != nil {
		return nil, fmt.Errorf("the daemon does not call: %w", err)
	}
	return newConn(c), nil
}

// feed has the external watcher announce a route of each family and returns that of IPv4. Its path ends in a long AS number.
func (d *subject) feed(index int) netip.Prefix {
	p := &probe{d: d, index: index + 512, addr: d.watchAddr}
	as := asPath(watcherAS, wideAS)
	d.watch.send(
		update(nil, join(origin(0), as, nextHop(d.watchAddr)), nlri(p.prefix(0))),
		update(nil, join(mpReach(2, 1, p.addr6().AsSlice(), nlri(p.prefix6(0))), origin(0), as), nil))
	return p.prefix(0)
}

// attach brings up the sessions that stay: the two that watch, and the one that sends several paths of a prefix.
func (d *subject) attach() error {
	for _, w := range []struct {
		n    neighbor
		as   uint32
		id   string
		keep **conn
	}{
		{d.setup.watch, watcherAS, "203.0.113.2", &d.watch}, {d.setup.inside, daemonAS, "203.0.113.3", &d.inside},
		{d.setup.feeder, feederAS, "203.0.113.4", &d.feeder},
	} {
		p := &probe{d: d, addr: w.n.addr}
		c, err := p.dial()
		if err != nil {
			return err
		}
		theirs, err := c.wantOpen()
		if err != nil {
			return err
		}
		o := open{id: netip.MustParseAddr(w.id)}
		if w.keep == &d.feeder {
			modes := addPathModes(theirs.body)
			d.plural = modes[1]&receives != 0 && modes[2]&receives != 0
			o.caps = [][]byte{capMP(1, 1), capMP(2, 1), capRefresh, capAS4(w.as), capAddPath(sends, sends)}
		}
		c.send(o.octets(w.as))
		if err := c.wantKeepalive(); err != nil {
			return err
		}
		c.send(keepalive)
		*w.keep = c
		go beat(c)
	}
	// A daemon that has just begun may hold its first routes back.
	return d.inside.table.until(time.Minute, "the first route", d.reached(d.feed(0)))
}

// reached tells whether the internal watcher holds a prefix.
func (d *subject) reached(p netip.Prefix) func() error {
	return func() error {
		if _, held := d.inside.table.routes[p]; !held {
			return errors.New("not announced")
		}
		return nil
	}
}

// hangUp closes the watching sessions.
func (d *subject) hangUp() {
	for _, c := range []*conn{d.watch, d.inside, d.feeder} {
		if c != nil {
			c.Close()
		}
	}
}

// beat keeps a session alive until its connection ends.
func beat(c *conn) {
	for range time.Tick(10 * time.Second) {
		c.SetWriteDeadline(time.Now().Add(patience))
		if _, err := c.Write(keepalive); err != nil {
			return
		}
	}
}

// launch starts the daemon's program, output into a file of the run's directory.
func (d *subject) launch(t *testing.T, cmd *exec.Cmd) error {
	log := filepath.Join(d.dir, d.name+".out")
	out, err := os.Create(log)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	d.program, d.done = cmd, make(chan struct{})
	started := make(chan error)
	go func() {
		// The death signal comes when the starting thread ends, so that thread waits with the program.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(d.done)
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-d.done
		if text, _ := os.ReadFile(log); t.Failed() {
			t.Logf("%s said at last:\n%s", d.name, text[max(0, len(text)-4000):])
		}
	})
	return nil
}

// result is what came of a check: nil, errLacks or why not.
type result struct {
	check
	index int // of the check's neighbor
	err   error
}

func (d *subject) ended() bool {
	select {
	case <-d.done:
		return true
	default:
		return false
	}
}

// examine runs all checks against the daemon, and at last ends it. Where it ends by itself, begin starts it again, and the checks
// that it left are run one by one. again: those that failed are run a second time.
func (d *subject) examine(begin func() error, again bool) ([]result, error) {
	list := checks()
	results := make([]result, len(list), len(list)+2)
	for i, c := range list {
		results[i] = result{c, i, errEnded}
	}
	if err := begin(); err != nil {
		return nil, err
	}
	revive := func() error {
		if d.ended() {
			return begin()
		}
		return nil
	}
	d.run(results, atOnce)
	for i := range results {
		if !errors.Is(results[i].err, errEnded) {
			continue
		}
		if err := revive(); err != nil {
			return nil, err
		}
		d.run(results[i:i+1:i+1], 1)
	}
	if again {
		if err := revive(); err != nil {
			return nil, err
		}
		d.askAgain(results)
	}
	if err := revive(); err != nil {
		return nil, err
	}
	kept := check{section: "RFC 4271 8.2.2", stimulus: "all of the above, beside two other sessions", demand: "they never notice"}
	results = append(results, result{kept, 0, quiet(d.watch, time.Second)})
	ends := check{section: "RFC 4271 8.2.2, RFC 4486", stimulus: "the daemon is told to end", demand: "NOTIFICATION 6 to its neighbors"}
	syscall.Kill(-d.program.Process.Pid, syscall.SIGTERM)
	return append(results, result{ends, 0, d.inside.wantNotification(patience, code{6, nil, nil})}), nil
}

// askAgain does the checks that failed a second time: on a busy machine an answer can come too late, and no other program is to look
// worse for that.
func (d *subject) askAgain(results []result) {
	var failed []result
	for _, r := range results {
		if r.err != nil && !errors.Is(r.err, errEnded) {
			failed = append(failed, r)
		}
	}
	d.run(failed, atOnce)
	for i := range failed {
		if failed[i].err == nil {
			results[failed[i].index].err = nil
		}
	}
}

// run does the checks that results name, so many side by side.
func (d *subject) run(results []result, side int) {
	var wait sync.WaitGroup
	gate := make(chan struct{}, side)
	for i := range results {
		r := &results[i]
		if d.ended() {
			break
		}
		gate <- struct{}{}
		wait.Go(func() {
			defer func() { <-gate }()
			p := &probe{d: d, index: r.index, kind: r.kind, addr: d.neighbors[r.index].addr,
				id: netip.AddrFrom4([4]byte{192, 0, byte(3 + r.index/250), byte(1 + r.index%250)})}
			r.err = r.run(p)
			if d.ended() && r.err != nil {
				r.err = fmt.Errorf("%w: %w", errEnded, r.err)
			}
		})
	}
	wait.Wait()
}
