package interop

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Fates of a route of the router that restarts, in its helper's words put into ours.
const (
	fresh     = "fresh"
	stale     = "stale"
	longLived = "long-lived stale" // with LLGR_STALE
	lost      = "gone"
)

// A course is what both ends of a restart are configured with, times in seconds.
type course struct {
	restart, longLived int
	hold               int  // hold time; 0: the programs' own
	theyHelp           bool // the watcher is the other's neighbor, not ours
	six                bool // IPv6 instead of IPv4
}

// of gives one of a family's two words.
func (c *course) of(four, six string) string {
	if c.six {
		return six
	}
	return four
}

func (c *course) family() string { return c.of("ipv4", "ipv6") }
func (c *course) ours() string   { return c.of(our4, our6) }
func (c *course) theirs() string { return c.of(their4, their6) }

// watched and watcher are the ends of the session of the helper with the watcher.
func (c *course) watched() string { return c.of("10.2.0.1", "2001:db8:2::1") }
func (c *course) watcher() string { return c.of("10.2.0.2", "2001:db8:2::2") }

// stays and leaves are what the restarter has; the second is not configured any more when it comes back.
func (c *course) stays() string  { return c.of("203.0.113.0/24", "2001:db8:aaaa::/48") }
func (c *course) leaves() string { return c.of("198.51.100.0/24", "2001:db8:bbbb::/48") }

// A restartable is a program of someone else that restarts, or helps ours over its restart: AS 65002, with ours as neighbor and, as a
// helper, the watcher.
type restartable interface {
	// run starts the program with these networks, for the first time or after a kill.
	run(networks ...string)
	kill()
	// freeze stops the program where it is, without its kernel's connections, and thaw lets it go on.
	freeze()
	thaw()
	// fate is what the program says of a route from ours.
	fate(prefix string) string
	// noticed is nil when the session is up and ours has said that it restarted and that forwarding went on.
	noticed() error
}

// frrRestart is FRR with graceful restart.
type frrRestart struct {
	*frr
	h *host
	c course
}

func newFRRRestart(h *host, c course) restartable { return &frrRestart{h: h, c: c} }

func (p *frrRestart) run(networks ...string) {
	p.h.lab.t.Helper()
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("router bgp 65002\n bgp router-id 10.0.0.2\n no bgp ebgp-requires-policy\n no bgp network import-check\n no bgp default ipv4-unicast")
	line(" bgp graceful-restart\n bgp graceful-restart preserve-fw-state\n bgp graceful-restart restart-time %d", p.c.restart)
	if p.c.longLived > 0 {
		line(" bgp long-lived-graceful-restart stale-time %d", p.c.longLived)
	}
	line(" neighbor %s remote-as 65001\n neighbor %[1]s timers connect 1", p.c.ours())
	if p.c.hold > 0 {
		line(" neighbor %s timers 1 %d", p.c.ours(), p.c.hold)
	}
	if p.c.theyHelp {
		line(" neighbor %s remote-as 65009\n neighbor %[1]s passive", p.c.watcher())
	}
	line(" address-family %s unicast\n  neighbor %s activate", p.c.family(), p.c.ours())
	if p.c.theyHelp {
		line("  neighbor %s activate", p.c.watcher())
	}
	for _, n := range networks {
		line("  network %s", n)
	}
	line(" exit-address-family\nexit")
	if p.frr == nil {
		p.frr = p.h.frr(b.String())
		return
	}
	if err := os.WriteFile(filepath.Join(p.h.dir, "bgpd.conf"), []byte(b.String()), 0o644); err != nil {
		p.h.lab.t.Fatal(err)
	}
	p.startBgpd()
}

func (p *frrRestart) fate(prefix string) string {
	return fateInFRR(p.vtysh("show bgp " + p.c.family() + " unicast " + prefix + " json"))
}

// fateInFRR reads FRR's page of a prefix, which ours is like.
func fateInFRR(text string) string {
	var page struct {
		Paths []struct {
			Stale     bool
			Community struct{ String string }
		}
	}
	switch {
	case json.Unmarshal([]byte(text), &page) != nil || len(page.Paths) == 0:
		return lost
	case strings.Contains(page.Paths[0].Community.String, "llgr-stale"):
		return longLived
	case page.Paths[0].Stale:
		return stale
	}
	return fresh
}

func (p *frrRestart) freeze() { p.bgpd.signal(syscall.SIGSTOP) }
func (p *frrRestart) thaw()   { p.bgpd.signal(syscall.SIGCONT) }

func (p *frrRestart) noticed() error {
	return noticedInFRR(p.vtysh("show bgp "+p.c.family()+" neighbors "+p.c.ours()+" graceful-restart json"), p.c.ours())
}

// noticedInFRR reads FRR's page of graceful restart, which ours is like: nil when the neighbor's Restart and Forwarding bits came.
func noticedInFRR(text, neighbor string) error {
	type family struct{ FBit bool }
	var page map[string]struct {
		RBit                     bool
		IPv4Unicast, IPv6Unicast family
	}
	err := json.Unmarshal([]byte(text), &page)
	if n := page[neighbor]; err != nil || !n.RBit || !n.IPv4Unicast.FBit && !n.IPv6Unicast.FBit {
		return fmt.Errorf("%v: %s", err, text)
	}
	return nil
}

// gobgpRestart is GoBGP with graceful restart.
type gobgpRestart struct {
	*gobgpPeer
	h    *host
	c    course
	more []string // options of its daemon
}

func newGoBGPRestart(h *host, c course) restartable { return &gobgpRestart{h: h, c: c} }

// run gives GoBGP its routes while it cannot reach ours: a route that came after End-of-RIB would have been lost in between.
func (p *gobgpRestart) run(networks ...string) {
	t := p.h.lab.t
	t.Helper()
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("[global.config]\nas = 65002\nrouter-id = \"10.0.0.2\"")
	for i, n := range []string{p.c.ours(), p.c.watcher()} {
		if watcher := i == 1; watcher && !p.c.theyHelp {
			break
		}
		line("[[neighbors]]\n[neighbors.config]\nneighbor-address = %q\npeer-as = %d", n, []int{65001, 65009}[i])
		line("[neighbors.timers.config]\nconnect-retry = 1\nidle-hold-time-after-reset = 1")
		if p.c.hold > 0 {
			line("hold-time = %d\nkeepalive-interval = 1", p.c.hold)
		}
		line("[neighbors.transport.config]\npassive-mode = %v", i == 1)
		line("[neighbors.graceful-restart.config]\nenabled = true\nrestart-time = %d\nnotification-enabled = true\nlong-lived-enabled = %v", p.c.restart, p.c.longLived > 0)
		line("[[neighbors.afi-safis]]\n[neighbors.afi-safis.config]\nafi-safi-name = \"%s-unicast\"", p.c.family())
		line("[neighbors.afi-safis.mp-graceful-restart.config]\nenabled = true")
		if p.c.longLived > 0 {
			line("[neighbors.afi-safis.long-lived-graceful-restart.config]\nenabled = true\nrestart-time = %d", p.c.longLived)
		}
	}
	file := filepath.Join(p.h.dir, "gobgpd.toml")
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	p.h.run("ip", "route", "add", "blackhole", p.c.ours())
	args := append([]string{"-f", file, "-l", "debug", "-p", "--pprof-disable", "--api-hosts", "127.0.0.1:50051"}, p.more...)
	p.gobgpPeer = &gobgpPeer{h: p.h, program: p.h.start("gobgpd", args...)}
	p.more = []string{"--graceful-restart"}
	within(t, 10*time.Second, "GoBGP answers", func() error {
		if out, err := p.gobgp("neighbor", p.c.ours()); err != nil {
			return fmt.Errorf("%v: %s", err, out)
		}
		return nil
	})
	for _, n := range networks {
		if out, err := p.gobgp("global", "rib", "add", "-a", p.c.family(), n); err != nil || out != "" {
			t.Fatalf("gobgp: %v\n%s", err, out)
		}
	}
	p.h.run("ip", "route", "del", "blackhole", p.c.ours())
}

func (p *gobgpRestart) kill() { p.program.stop(syscall.SIGKILL) }

func (p *gobgpRestart) fate(prefix string) string {
	out, err := p.gobgp("global", "rib", "-a", p.c.family(), "-j")
	var table map[string][]struct {
		Stale bool
		Attrs []map[string]any
	}
	if err != nil || json.Unmarshal([]byte(out), &table) != nil || len(table[prefix]) == 0 {
		return lost
	}
	path := table[prefix][0]
	switch {
	case slices.Contains(strings.Fields(fromGoBGP(path.Attrs)["community"]), "65535:6"):
		return longLived
	case path.Stale:
		return stale
	}
	return fresh
}

func (p *gobgpRestart) noticed() error {
	out, err := p.gobgp("neighbor", p.c.ours())
	if err != nil || !strings.Contains(out, "restart flag set") || !strings.Contains(out, "forward flag set") {
		return fmt.Errorf("%v: %s", err, out)
	}
	return nil
}

// birdRestart is BIRD with graceful restart.
type birdRestart struct {
	*bird
	h *host
	c course
}

func newBIRDRestart(h *host, c course) restartable { return &birdRestart{h: h, c: c} }

func (p *birdRestart) run(networks ...string) {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("router id 10.0.0.2;\nprotocol device {}\nprotocol static {\n%s;", p.c.family())
	for _, n := range networks {
		line("route %s blackhole;", n)
	}
	line("}\ntemplate bgp both {\ngraceful restart on; graceful restart time %d;\nconnect retry time 1; connect delay time 1; error wait time 1,1;", p.c.restart)
	if p.c.longLived > 0 {
		line("long lived graceful restart on; long lived stale time %d;", p.c.longLived)
	}
	if p.c.hold > 0 {
		line("hold time %d; keepalive time 1;", p.c.hold)
	}
	line("%s { import all; export all; };\n}", p.c.family())
	line("protocol bgp dut from both { local %s as 65002; neighbor %s as 65001; }", p.c.theirs(), p.c.ours())
	if p.c.theyHelp {
		line("protocol bgp watcher from both { local %s as 65002; neighbor %s as 65009; passive on; }", p.c.watched(), p.c.watcher())
	}
	restarted := p.bird != nil
	p.bird = p.h.newBIRD(b.String())
	if restarted {
		p.bird.args = append(p.bird.args, "-R")
	}
	p.bird.start()
}

func (p *birdRestart) freeze() { p.signal(syscall.SIGSTOP) }
func (p *birdRestart) thaw()   { p.signal(syscall.SIGCONT) }

// fate takes a route for stale where its neighbor restarts: BIRD marks only those that are long-lived stale.
func (p *birdRestart) fate(prefix string) string {
	text := p.birdc("show route " + prefix + " protocol dut all")
	switch {
	case !strings.Contains(text, prefix):
		return lost
	case strings.Contains(text, "(65535,6)"):
		return longLived
	case strings.Contains(p.birdc("show protocols all dut"), "Neighbor graceful restart active"):
		return stale
	}
	return fresh
}

func (p *birdRestart) noticed() error {
	text := p.birdc("show protocols all dut")
	if _, theirs, _ := strings.Cut(text, "Neighbor capabilities"); !strings.Contains(theirs, "Restart recovery") || !strings.Contains(theirs, "AF preserved: "+p.c.family()) {
		return fmt.Errorf("%s", text)
	}
	return nil
}
