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

// longTime is more than a test takes, in seconds.
const longTime = 600

// A helpless is why a program does not keep routes in a case, and what shows that it is so.
type helpless struct {
	reason string
	shown  func(w *restartLab)
}

const (
	peerHangs = "the peer hangs for longer than the hold time, we keep its routes"
	weHang    = "we hang for longer than the hold time, the peer keeps our routes"
)

// A restarter is a column of the section of docs/interop.md about restarts.
type restarter struct {
	name  string
	make  func(*host, course) restartable
	lacks map[string]helpless
}

var restarters = []restarter{
	{"FRR", newFRRRestart, nil},
	{"BIRD", newBIRDRestart, map[string]helpless{
		peerHangs: {"it does not know RFC 8538, so routes leave with a NOTIFICATION", func(w *restartLab) {
			w.other.freeze()
			w.helped(lost)
			w.other.thaw()
			w.helped(fresh)
		}},
		weHang: {"likewise", func(w *restartLab) {
			w.r.signal(syscall.SIGSTOP)
			w.helped(lost)
			w.r.signal(syscall.SIGCONT)
			w.helped(fresh)
		}},
	}},
	{"GoBGP", newGoBGPRestart, map[string]helpless{
		peerHangs: {"an OPEN of it says that forwarding went on only where it restarted itself; routes stay while it hangs and leave as it returns", func(w *restartLab) {
			w.other.freeze()
			w.helped(stale)
			w.unnoticed()
			w.other.thaw()
			w.helped(fresh)
			if text := w.r.sh("show bgp neighbors " + w.theirs() + " graceful-restart"); !strings.Contains(text, "F bit: False") {
				w.t.Errorf("it says that forwarding went on:\n%s", text)
			}
		}},
	}},
}

// A restart is a row of it.
type restart struct {
	name   string
	course course
	run    func(w *restartLab)
}

var restarts = []restart{
	{"the peer is killed and starts again, we keep its routes", course{restart: longTime}, theyRestart},
	{"the peer is killed and starts again, we keep its IPv6 routes", course{restart: longTime, six: true}, theyRestart},
	{"the peer is killed and stays away for longer than it said, we drop its routes", course{restart: 1}, theyStayAway},
	{"the peer is killed and starts again late, we keep its routes as long-lived stale ones", course{restart: 1, longLived: longTime}, theyRestartLate},
	{peerHangs, course{restart: longTime, hold: 3}, theirHoldTimeEnds},
	{"we are killed and start again, the peer keeps our routes", course{restart: longTime, theyHelp: true}, weRestart},
	{"we are killed and start again, the peer keeps our IPv6 routes", course{restart: longTime, theyHelp: true, six: true}, weRestart},
	{"`restart graceful`, the peer keeps our routes", course{restart: longTime, theyHelp: true}, weRestartGracefully},
	{"we are killed and start again late, the peer keeps our routes as long-lived stale ones",
		course{restart: 1, longLived: longTime, theyHelp: true}, weRestartLate},
	{weHang, course{restart: longTime, hold: 3, theyHelp: true}, ourHoldTimeEnds},
}

// TestRestarts ends a router and starts it again while another keeps its routes, and holds docs/interop.md to what came out.
func TestRestarts(t *testing.T) {
	t.Parallel()
	cases, peers := namesOf(restarts, func(r restart) string { return r.name }), namesOf(restarters, func(p restarter) string { return p.name })
	results := meetAll(t, cases, peers, func(c, p int) (string, func(*testing.T)) {
		r, peer := &restarts[c], &restarters[p]
		outcome, run := "pass", r.run
		if l, ok := peer.lacks[r.name]; ok {
			outcome, run = l.reason, l.shown
		}
		return outcome, func(t *testing.T) { run(restartBed(t, r.course, peer.make)) }
	})
	holdPage(t, restartsHead, restartsText+"\n"+results.render())
}

const restartsHead = "## Restarts"

const restartsText = `A daemon is ended by SIGKILL and started again without one of its two routes, while its neighbor keeps both (RFC 4724, 9494). A third
router behind that neighbor writes down all that it is told: no route may be withdrawn and no session end before the restarter has
sent what it has, and then the one missing route leaves. What hangs is stopped until the hold time is over, and then goes on
(RFC 8538). How both ends call the routes meanwhile (stale, long-lived stale, fresh) is read from their own show commands.
`

// restartLab is a router that restarts, its helper, and a watcher behind that, who is to notice nothing.
type restartLab struct {
	t     *testing.T
	dut   *host
	other restartable
	r     *router
	heard *bgpSpeaker // the watcher
	course
}

// restartBed joins ours and the other, and the host of a watcher to the helper.
func restartBed(t *testing.T, c course, make func(*host, course) restartable) *restartLab {
	l := newLab(t)
	w := &restartLab{t: t, dut: l.host("dut"), course: c}
	peer, watcher := l.host("peer"), l.host("watcher")
	l.link(w.dut, peer)
	w.other = make(peer, c)
	helper := peer
	if !c.theyHelp {
		helper = w.dut
		w.other.run(c.stays(), c.leaves())
		w.runOurs()
	} else {
		w.other.run()
		w.runOurs(c.stays(), c.leaves())
	}
	l.link(helper, watcher)
	w.r.established(w.theirs())
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
	line("router bgp 65001\n bgp router-id 10.0.0.1\n bgp graceful-restart\n bgp graceful-restart restart-time %d", w.restart)
	if w.course.longLived > 0 {
		line(" bgp long-lived-graceful-restart stale-time %d", w.course.longLived)
	}
	line(" no bgp ebgp-requires-policy\n no bgp default ipv4-unicast\n neighbor %s remote-as 65002\n neighbor %[1]s timers connect 1", w.theirs())
	if w.hold > 0 {
		line(" neighbor %s timers 1 %d", w.theirs(), w.hold)
	}
	if !w.theyHelp {
		line(" neighbor %s remote-as 65009\n neighbor %[1]s passive", w.course.watcher())
	}
	line(" address-family %s unicast\n  neighbor %s activate", w.family(), w.theirs())
	if !w.theyHelp {
		line("  neighbor %s activate", w.course.watcher())
	}
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
	p := plan{from: netip.MustParseAddr(w.course.watcher()), to: netip.MustParseAddr(w.watched()), as: 65009, longLived: w.course.longLived > 0}
	within(w.t, 10*time.Second, "the watcher's session", func() (err error) {
		w.heard, err = speak(h, p)
		return err
	})
	w.t.Cleanup(func() { w.heard.conn.Close() })
	for _, n := range []string{w.stays(), w.leaves()} {
		w.seen(n, fresh)
	}
	w.unnoticed()
}

// seen waits until a route is with the watcher what it is to be. Only that it is long-lived stale can be told from a fresh one.
func (w *restartLab) seen(prefix, fate string) {
	w.t.Helper()
	within(w.t, 20*time.Second, "at the watcher "+prefix+" is "+fate, func() error {
		w.heard.mu.Lock()
		defer w.heard.mu.Unlock()
		text, has := w.heard.routes[heardPath{prefix: netip.MustParsePrefix(prefix)}]
		is := fresh
		switch {
		case !has:
			is = lost
		case strings.Contains(text, fmt.Sprintf("%08x", wire.CommunityLLGRStale)):
			is = longLived
		}
		if is != fate {
			return fmt.Errorf("%s: %s; its session ended %q", is, text, w.heard.ended)
		}
		return nil
	})
}

// unnoticed checks what the watcher was told to drop since the beginning: nothing but these.
func (w *restartLab) unnoticed(but ...string) {
	w.t.Helper()
	w.heard.mu.Lock()
	defer w.heard.mu.Unlock()
	for _, p := range w.heard.left {
		if !slices.Contains(but, p.String()) {
			w.t.Errorf("%s was withdrawn", p)
		}
	}
	if w.heard.ended != "" {
		w.t.Errorf("the watcher's session ended: %s", w.heard.ended)
	}
}

// helped waits until the helper calls both routes this.
func (w *restartLab) helped(fate string) {
	w.t.Helper()
	for _, n := range []string{w.stays(), w.leaves()} {
		w.called(n, fate)
	}
}

func (w *restartLab) called(prefix, fate string) {
	w.t.Helper()
	within(w.t, 20*time.Second, "the helper calls "+prefix+" "+fate, func() error {
		is := ""
		if !w.theyHelp {
			out, _, _ := w.r.try("show bgp " + w.family() + " unicast " + prefix + " json")
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
	w.called(w.stays(), fresh)
	w.called(w.leaves(), lost)
	w.seen(w.stays(), fresh)
	w.seen(w.leaves(), lost)
	w.unnoticed(w.leaves())
}

// theyReturn starts the other again and waits until ours has seen that it restarted.
func (w *restartLab) theyReturn() {
	w.t.Helper()
	w.other.run(w.stays())
	w.r.sh("wait bgp neighbor " + w.theirs() + " established after-generation 1 timeout 120")
	w.swept()
	if w.restart < longTime { // FRR says for its restart time only that it restarted
		return
	}
	if err := noticedInFRR(w.r.sh("show bgp neighbors "+w.theirs()+" graceful-restart json"), w.theirs()); err != nil {
		w.t.Error("the restarted neighbor's bits are not shown: ", err)
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
	w.seen(w.stays(), lost)
	w.seen(w.leaves(), lost)
	w.unnoticed(w.stays(), w.leaves())
}

func theyRestartLate(w *restartLab) {
	w.other.kill()
	w.helped(longLived)
	w.seen(w.stays(), longLived)
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
	w.runOurs(w.stays())
	within(w.t, 20*time.Second, "the other sees that ours restarted", w.other.noticed)
	w.swept()
}

// weRestartGracefully has the process replace itself: the same one goes on, with another configuration.
func weRestartGracefully(w *restartLab) {
	w.configure(w.stays())
	w.r.sh("restart graceful")
	within(w.t, 20*time.Second, "the other sees that ours restarted", w.other.noticed)
	w.swept()
}

func weRestartLate(w *restartLab) {
	w.r.stop(syscall.SIGKILL)
	w.helped(longLived)
	w.seen(w.stays(), longLived)
	w.unnoticed()
	w.weReturn()
}

// theirHoldTimeEnds stops the other until its hold time is over: both keep what they have (RFC 8538), and nothing is missing afterwards.
func theirHoldTimeEnds(w *restartLab) {
	w.other.freeze()
	w.helped(stale)
	w.unnoticed()
	w.other.thaw()
	w.helped(fresh)
	w.unnoticed()
}

func ourHoldTimeEnds(w *restartLab) {
	w.r.signal(syscall.SIGSTOP)
	w.helped(stale)
	w.unnoticed()
	w.r.signal(syscall.SIGCONT)
	w.helped(fresh)
	w.unnoticed()
}
