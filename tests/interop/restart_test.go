package interop

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bgpsh/wire"
)

// What the restarter has: the second is not configured any more when it comes back.
const stays, leaves = "203.0.113.0/24", "198.51.100.0/24"

// longTime is more than a test takes, in seconds.
const longTime = 600

// restarters are the columns of the section of docs/interop.md about restarts.
var restarters = []struct {
	name string
	make func(*host, pause) restartable
}{{"FRR", newFRRRestart}, {"GoBGP", newGoBGPRestart}}

// restarts are its rows.
var restarts = []struct {
	name    string
	pause   pause
	restart func(w *restartLab)
}{
	{"the peer is killed and starts again, we keep its routes", pause{restart: longTime}, theyRestart},
	{"the peer is killed and stays away for longer than it said, we drop its routes", pause{restart: 1}, theyStayAway},
	{"the peer is killed and starts again late, we keep its routes as long-lived stale ones", pause{restart: 1, longLived: longTime}, theyRestartLate},
	{"we are killed and start again, the peer keeps our routes", pause{restart: longTime, theyHelp: true}, weRestart},
	{"`restart graceful`, the peer keeps our routes", pause{restart: longTime, theyHelp: true}, weRestartGracefully},
	{"we are killed and start again late, the peer keeps our routes as long-lived stale ones",
		pause{restart: 1, longLived: longTime, theyHelp: true}, weRestartLate},
}

// TestRestarts ends a router and starts it again while another keeps its routes, and holds docs/interop.md to what came out.
func TestRestarts(t *testing.T) {
	t.Parallel()
	results := newMatrix()
	for _, r := range restarts {
		results.rows = append(results.rows, r.name)
	}
	for _, p := range restarters {
		results.columns = append(results.columns, p.name)
	}
	t.Run("peers", func(t *testing.T) {
		for _, r := range restarts {
			for _, p := range restarters {
				t.Run(r.name+"/"+p.name, func(t *testing.T) {
					t.Parallel()
					defer func() { results.ran(r.name, p.name, "pass", t.Failed()) }()
					r.restart(restartBed(t, r.pause, p.make))
				})
			}
		}
	})
	holdPage(t, restartsHead, restartsText+"\n"+results.render())
}

const restartsHead = "## Restarts"

const restartsText = `A daemon is ended by SIGKILL and started again without one of its two routes, while its neighbor keeps both (RFC 4724, 9494). A third
router behind that neighbor writes down all that it is told: no route may be withdrawn and no session end before the restarter has
sent what it has, and then the one missing route leaves. How both ends call the routes meanwhile (stale, long-lived stale, fresh) is
read from their own show commands.
`

// restartLab is a router that restarts, its helper, and a watcher behind that, who is to notice nothing.
type restartLab struct {
	t       *testing.T
	dut     *host
	other   restartable
	r       *router
	watcher *bgpSpeaker
	pause   pause
}

// restartBed joins ours and the other, and the host of a watcher to the helper.
func restartBed(t *testing.T, p pause, make func(*host, pause) restartable) *restartLab {
	l := newLab(t)
	w := &restartLab{t: t, dut: l.host("dut"), pause: p}
	peer, watcher := l.host("peer"), l.host("watcher")
	l.link(w.dut, peer)
	w.other = make(peer, p)
	helper := peer
	if !p.theyHelp {
		helper = w.dut
		w.other.run(stays, leaves)
		w.runOurs()
	} else {
		w.other.run()
		w.runOurs(stays, leaves)
	}
	l.link(helper, watcher)
	w.r.established("10.1.0.2")
	w.watch(watcher)
	return w
}

// configure writes our startup configuration, with these networks.
func (w *restartLab) configure(networks ...string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dut.dir, "startup.conf"), []byte(w.config(networks)), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w *restartLab) config(networks []string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("router bgp 65001\n bgp router-id 10.0.0.1\n bgp graceful-restart\n bgp graceful-restart restart-time %d", w.pause.restart)
	if w.pause.longLived > 0 {
		line(" bgp long-lived-graceful-restart stale-time %d", w.pause.longLived)
	}
	line(" no bgp ebgp-requires-policy\n neighbor 10.1.0.2 remote-as 65002\n neighbor 10.1.0.2 timers connect 1")
	if !w.pause.theyHelp {
		line(" neighbor 10.2.0.2 remote-as 65009\n neighbor 10.2.0.2 passive")
	}
	line(" address-family ipv4 unicast")
	for _, n := range networks {
		line("  network %s", n)
	}
	line(" exit-address-family\nexit")
	return b.String()
}

// runOurs starts ours with these networks, for the first time or again.
func (w *restartLab) runOurs(networks ...string) {
	w.t.Helper()
	w.r = w.dut.bgpd(w.config(networks))
}

// watch brings the watcher's session up and waits until it has both routes.
func (w *restartLab) watch(h *host) {
	w.t.Helper()
	p := plan{from: netip.MustParseAddr("10.2.0.2"), to: netip.MustParseAddr("10.2.0.1"), as: 65009, longLived: w.pause.longLived > 0}
	within(w.t, 10*time.Second, "the watcher's session", func() (err error) {
		w.watcher, err = speak(h, p)
		return err
	})
	w.t.Cleanup(func() { w.watcher.conn.Close() })
	for _, n := range []string{stays, leaves} {
		w.seen(n, fresh)
	}
	w.unnoticed()
}

// seen waits until a route is with the watcher what it is to be. Only that it is long-lived stale can be told from a fresh one.
func (w *restartLab) seen(prefix, fate string) {
	w.t.Helper()
	within(w.t, 20*time.Second, "at the watcher "+prefix+" is "+fate, func() error {
		w.watcher.mu.Lock()
		defer w.watcher.mu.Unlock()
		text, has := w.watcher.routes[netip.MustParsePrefix(prefix)]
		is := fresh
		switch {
		case !has:
			is = lost
		case strings.Contains(text, fmt.Sprintf("%08x", wire.CommunityLLGRStale)):
			is = longLived
		}
		if is != fate {
			return fmt.Errorf("%s: %s; its session ended %q", is, text, w.watcher.ended)
		}
		return nil
	})
}

// unnoticed checks what the watcher was told to drop since the beginning: nothing but these.
func (w *restartLab) unnoticed(but ...string) {
	w.t.Helper()
	w.watcher.mu.Lock()
	defer w.watcher.mu.Unlock()
	for _, p := range w.watcher.left {
		if !slices.Contains(but, p.String()) {
			w.t.Errorf("%s was withdrawn", p)
		}
	}
	if w.watcher.ended != "" {
		w.t.Errorf("the watcher's session ended: %s", w.watcher.ended)
	}
}

// helped waits until the helper calls both routes this.
func (w *restartLab) helped(fate string) {
	w.t.Helper()
	for _, n := range []string{stays, leaves} {
		w.called(n, fate)
	}
}

func (w *restartLab) called(prefix, fate string) {
	w.t.Helper()
	within(w.t, 20*time.Second, "the helper calls "+prefix+" "+fate, func() error {
		is := ""
		if !w.pause.theyHelp {
			out, _, _ := w.r.try("show bgp ipv4 unicast " + prefix + " json")
			is = fateInFRR(out)
		} else {
			is = w.other.fate(prefix)
		}
		if is != fate {
			return fmt.Errorf("it is %s", is)
		}
		return nil
	})
}

// swept waits for the end of a restart: one route is fresh, the other has gone, and the watcher heard of nothing but that.
func (w *restartLab) swept() {
	w.t.Helper()
	w.called(stays, fresh)
	w.called(leaves, lost)
	w.seen(stays, fresh)
	w.seen(leaves, lost)
	w.unnoticed(leaves)
}

// theyReturn starts the other again and waits until ours has seen that it restarted.
func (w *restartLab) theyReturn() {
	w.t.Helper()
	w.other.run(stays)
	w.r.sh("wait bgp neighbor 10.1.0.2 established after-generation 1 timeout 120")
	w.swept()
	var page map[string]struct {
		RBit        bool
		IPv4Unicast struct{ FBit bool }
	}
	page = decodeInto(w.t, w.r.sh("show bgp neighbors 10.1.0.2 graceful-restart json"), page)
	if n := page["10.1.0.2"]; !n.RBit || !n.IPv4Unicast.FBit {
		w.t.Errorf("the restarted neighbor's bits are not shown: %+v", page)
	}
}

func theyRestart(w *restartLab) {
	w.other.kill()
	w.helped(stale)
	w.unnoticed()
	w.theyReturn()
}

func theyStayAway(w *restartLab) {
	w.other.kill()
	w.helped(lost)
	w.seen(stays, lost)
	w.seen(leaves, lost)
	w.unnoticed(stays, leaves)
}

func theyRestartLate(w *restartLab) {
	w.other.kill()
	w.helped(longLived)
	w.seen(stays, longLived)
	w.unnoticed()
	w.theyReturn()
}

func weRestart(w *restartLab) {
	w.r.stop(syscall.SIGKILL)
	w.helped(stale)
	w.unnoticed()
	w.weReturn()
}

// weReturn starts ours again and waits until the other has seen that it restarted.
func (w *restartLab) weReturn() {
	w.t.Helper()
	w.runOurs(stays)
	within(w.t, 20*time.Second, "the other sees that ours restarted", w.other.noticed)
	w.swept()
}

// weRestartGracefully has the process replace itself: the same one goes on, with another configuration.
func weRestartGracefully(w *restartLab) {
	w.configure(stays)
	w.r.sh("restart graceful")
	within(w.t, 20*time.Second, "the other sees that ours restarted", w.other.noticed)
	w.swept()
}

func weRestartLate(w *restartLab) {
	w.r.stop(syscall.SIGKILL)
	w.helped(longLived)
	w.seen(stays, longLived)
	w.unnoticed()
	w.weReturn()
}
