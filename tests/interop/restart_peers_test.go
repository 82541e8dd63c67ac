package interop

import (
	"encoding/json"
	"fmt"
	"net/netip"
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

// A pause is how long the routes of a restarter may stay, in seconds: what both ends are configured with.
type pause struct {
	restart, longLived int
	theyHelp           bool // the watcher is the other's neighbor, not ours
}

// A restartable is a program of someone else that restarts, or helps ours over its restart: AS 65002 at 10.1.0.2, with ours as
// neighbor and, as a helper, the watcher.
type restartable interface {
	// run starts the program with these networks, for the first time or after a kill.
	run(networks ...string)
	kill()
	// fate is what the program says of a route from ours.
	fate(prefix string) string
	// noticed is nil when the session is up and ours has said that it restarted and that forwarding went on.
	noticed() error
}

// frrRestart is FRR with graceful restart.
type frrRestart struct {
	*frr
	h *host
	p pause
}

func newFRRRestart(h *host, p pause) restartable { return &frrRestart{h: h, p: p} }

func (p *frrRestart) run(networks ...string) {
	p.h.lab.t.Helper()
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("router bgp 65002\n bgp router-id 10.0.0.2\n no bgp ebgp-requires-policy\n no bgp network import-check")
	line(" bgp graceful-restart\n bgp graceful-restart preserve-fw-state\n bgp graceful-restart restart-time %d", p.p.restart)
	if p.p.longLived > 0 {
		line(" bgp long-lived-graceful-restart stale-time %d", p.p.longLived)
	}
	line(" neighbor 10.1.0.1 remote-as 65001\n neighbor 10.1.0.1 timers connect 1")
	if p.p.theyHelp {
		line(" neighbor 10.2.0.2 remote-as 65009\n neighbor 10.2.0.2 passive")
	}
	line(" address-family ipv4 unicast")
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
	return fateInFRR(p.vtysh("show bgp ipv4 unicast " + prefix + " json"))
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

func (p *frrRestart) noticed() error {
	text := p.vtysh("show bgp ipv4 neighbors 10.1.0.1 graceful-restart json")
	var page map[string]struct {
		RBit        bool
		IPv4Unicast struct{ FBit bool }
	}
	if err := json.Unmarshal([]byte(text), &page); err != nil || !page["10.1.0.1"].RBit || !page["10.1.0.1"].IPv4Unicast.FBit {
		return fmt.Errorf("%v: %s", err, text)
	}
	return nil
}

// gobgpRestart is GoBGP with graceful restart.
type gobgpRestart struct {
	*gobgpPeer
	h    *host
	p    pause
	more []string // options of its daemon
}

func newGoBGPRestart(h *host, p pause) restartable { return &gobgpRestart{h: h, p: p} }

// run gives GoBGP its routes while it cannot reach ours: a route that came after End-of-RIB would have been lost in between.
func (p *gobgpRestart) run(networks ...string) {
	t := p.h.lab.t
	t.Helper()
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("[global.config]\nas = 65002\nrouter-id = \"10.0.0.2\"")
	for i, n := range []plan{{to: netip.MustParseAddr("10.1.0.1"), as: 65001}, {to: netip.MustParseAddr("10.2.0.2"), as: 65009}} {
		if watcher := i == 1; watcher && !p.p.theyHelp {
			break
		}
		line("[[neighbors]]\n[neighbors.config]\nneighbor-address = %q\npeer-as = %d", n.to, n.as)
		line("[neighbors.timers.config]\nconnect-retry = 1\nidle-hold-time-after-reset = 1\n[neighbors.transport.config]\npassive-mode = %v", i == 1)
		line("[neighbors.graceful-restart.config]\nenabled = true\nrestart-time = %d\nlong-lived-enabled = %v", p.p.restart, p.p.longLived > 0)
		line("[[neighbors.afi-safis]]\n[neighbors.afi-safis.config]\nafi-safi-name = \"ipv4-unicast\"")
		line("[neighbors.afi-safis.mp-graceful-restart.config]\nenabled = true")
		if p.p.longLived > 0 {
			line("[neighbors.afi-safis.long-lived-graceful-restart.config]\nenabled = true\nrestart-time = %d", p.p.longLived)
		}
	}
	file := filepath.Join(p.h.dir, "gobgpd.toml")
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	p.h.run("ip", "route", "add", "blackhole", "10.1.0.1/32")
	args := append([]string{"-f", file, "-l", "debug", "-p", "--pprof-disable", "--api-hosts", "127.0.0.1:50051"}, p.more...)
	p.gobgpPeer = &gobgpPeer{h: p.h, program: p.h.start("gobgpd", args...)}
	p.more = []string{"--graceful-restart"}
	within(t, 10*time.Second, "GoBGP answers", func() error {
		if out, err := p.gobgp("neighbor", "10.1.0.1"); err != nil {
			return fmt.Errorf("%v: %s", err, out)
		}
		return nil
	})
	for _, n := range networks {
		if out, err := p.gobgp("global", "rib", "add", "-a", "ipv4", n); err != nil || out != "" {
			t.Fatalf("gobgp: %v\n%s", err, out)
		}
	}
	p.h.run("ip", "route", "del", "blackhole", "10.1.0.1/32")
}

func (p *gobgpRestart) kill() { p.program.stop(syscall.SIGKILL) }

func (p *gobgpRestart) fate(prefix string) string {
	out, err := p.gobgp("global", "rib", "-a", "ipv4", "-j")
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
	out, err := p.gobgp("neighbor", "10.1.0.1")
	if err != nil || !strings.Contains(out, "restart flag set") || !strings.Contains(out, "forward flag set") {
		return fmt.Errorf("%v: %s", err, out)
	}
	return nil
}
