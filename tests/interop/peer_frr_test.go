package interop

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
)

// frrPeer is FRR as the peer of a meeting.
type frrPeer struct {
	h *host
	s *session
	*frr
}

func frrVersion() (string, error) {
	out, err := exec.Command(frrLib+"bgpd", "--version").Output()
	f := strings.Fields(string(out))
	if err != nil || len(f) < 3 {
		return "", fmt.Errorf("FRR's version: %v: %s", err, out)
	}
	return f[2], nil
}

func newFRR(h *host, s *session) speaker { return &frrPeer{h: h, s: s} }

func (p *frrPeer) start() {
	if p.frr != nil {
		p.startBgpd()
		return
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("hostname peer\nroute-map OUT permit 10\n set origin egp\n set metric 50\n set as-path prepend 65010 65011")
	line(" set community 65002:100 65002:200\n set large-community 65002:1:100 65002:2:200")
	line(" set extcommunity rt 65002:7\n set extcommunity soo 65002:8\n set aggregator as 65010 10.0.0.9\n set atomic-aggregate")
	if p.s.internal() {
		line(" set local-preference 150")
	}
	line("exit\nrouter bgp %d\n bgp router-id 10.0.0.2\n no bgp ebgp-requires-policy\n no bgp network import-check", p.s.theirs)
	for _, n := range []string{our4, our6} {
		line(" neighbor %s remote-as %d\n neighbor %s timers connect 1", n, p.s.ours, n)
		if p.s.hold != 0 {
			line(" neighbor %s timers %d %d", n, p.s.hold/3, p.s.hold)
		}
		if p.s.password != "" {
			line(" neighbor %s password %s", n, p.s.password)
		}
		if p.s.theyWait {
			line(" neighbor %s passive", n)
		}
		if p.s.ttlSecurity {
			line(" neighbor %s ttl-security hops 1", n)
		}
	}
	for _, f := range []struct{ name, net, peer, other string }{{"ipv4", their4Net, our4, our6}, {"ipv6", their6Net, our6, our4}} {
		line(" address-family %s unicast\n  network %s\n  no neighbor %s activate\n  neighbor %s activate\n  neighbor %s route-map OUT out",
			f.name, f.net, f.other, f.peer, f.peer)
		if p.s.addPath {
			line("  neighbor %s addpath-tx-all-paths", f.peer)
		}
		line(" exit-address-family")
	}
	line("exit")
	p.frr = p.h.frr(b.String())
}

func (p *frrPeer) sent() attributes {
	a := attributes{"origin": "EGP", "as-path": "65010 65011", "med": "50", "atomic": "yes", "aggregator": "65010 10.0.0.9",
		"community": "65002:100 65002:200", "ext-community": "RT:65002:7 SoO:65002:8", "large-community": "65002:1:100 65002:2:200"}
	if p.s.internal() {
		a["local-pref"] = "150"
	}
	return a
}

func (p *frrPeer) shows(a attributes) attributes { return a }

func (p *frrPeer) established(neighbor string) error {
	n, _ := decode(p.h.lab.t, p.vtysh("show bgp neighbors "+neighbor+" json"))[neighbor].(map[string]any)
	if state := n["bgpState"]; state != "Established" {
		return fmt.Errorf("FRR says %v of %s", state, neighbor)
	}
	return nil
}

func (p *frrPeer) route(prefix string) attributes {
	from := our4
	if family(prefix) == "ipv6" {
		from = our6
	}
	a := fromFRR(decode(p.h.lab.t, p.vtysh("show bgp "+family(prefix)+" unicast "+prefix+" json")), from)
	if a != nil && a["as-path"] == "Local" {
		a["as-path"] = ""
	}
	return a
}

func (p *frrPeer) refresh() { p.vtysh("clear bgp ipv4 unicast " + our4 + " in") }
func (p *frrPeer) clear()   { p.vtysh("clear bgp " + our4) }

func (p *frrPeer) shutdown(message string) string {
	p.vtysh(fmt.Sprintf("configure terminal\nrouter bgp %d\nneighbor %s shutdown message %s", p.s.theirs, our4, message))
	return message
}

func (p *frrPeer) heard() string { return p.vtysh("show bgp neighbors " + our4 + " json") }
func (p *frrPeer) freeze()       { p.bgpd.signal(syscall.SIGSTOP) }
func (p *frrPeer) thaw()         { p.bgpd.signal(syscall.SIGCONT) }

// birdPeer is BIRD as the peer of a meeting.
type birdPeer struct {
	h *host
	s *session
	*bird
}

func birdVersion() (string, error) {
	out, err := exec.Command("/usr/sbin/bird", "--version").CombinedOutput()
	f := strings.Fields(string(out))
	if err != nil || len(f) < 3 {
		return "", fmt.Errorf("BIRD's version: %v: %s", err, out)
	}
	return f[2], nil
}

func newBIRD(h *host, s *session) speaker { return &birdPeer{h: h, s: s} }

func (p *birdPeer) start() {
	if p.bird != nil {
		p.bird.start()
		return
	}
	options := "connect retry time 1; connect delay time 1; error wait time 1,1; "
	if p.s.hold != 0 {
		options += fmt.Sprintf("hold time %d; keepalive time %d; ", p.s.hold, p.s.hold/3)
	}
	if p.s.password != "" {
		options += fmt.Sprintf("password %q; ", p.s.password)
	}
	if p.s.theyWait {
		options += "passive on; "
	}
	if p.s.ttlSecurity {
		options += "ttl security on; "
	}
	more, pref := "", ""
	switch {
	case p.s.addPath:
		more = "add paths tx; "
	case p.s.allPaths:
		more = "add paths rx; "
	}
	if p.s.internal() {
		pref = "bgp_local_pref = 150; "
	}
	set := "{ bgp_origin = ORIGIN_EGP; bgp_path.prepend(65011); bgp_path.prepend(65010); bgp_community.add((65002,100)); " +
		"bgp_community.add((65002,200)); bgp_large_community.add((65002,1,100)); bgp_large_community.add((65002,2,200)); " +
		"bgp_ext_community.add((rt,65002,7)); bgp_ext_community.add((ro,65002,8)); " + pref + "}"
	// A MED that a static route brings along is not sent to another AS; the export filter may set one.
	export := more + "import all; export filter { if source = RTS_STATIC then { bgp_med = 50; accept; } reject; };"
	config := fmt.Sprintf(`router id 10.0.0.2;
protocol device {}
protocol static s4 { ipv4; route %s blackhole %s; }
protocol static s6 { ipv6; route %s blackhole %s; }
protocol bgp dut4 { local %s as %d; neighbor %s as %d; %s ipv4 { %s }; }
protocol bgp dut6 { local %s as %d; neighbor %s as %d; %s ipv6 { %s }; }
`, their4Net, set, their6Net, set, their4, p.s.theirs, our4, p.s.ours, options, export, their6, p.s.theirs, our6, p.s.ours, options, export)
	p.bird = p.h.bird(config)
}

func (p *birdPeer) sent() attributes {
	a := attributes{"origin": "EGP", "as-path": "65010 65011", "med": "50",
		"community": "65002:100 65002:200", "ext-community": "RT:65002:7 SoO:65002:8", "large-community": "65002:1:100 65002:2:200"}
	if p.s.internal() {
		a["local-pref"] = "150"
	}
	return a
}

// shows: BIRD prints one flag of an attribute that it does not know.
func (p *birdPeer) shows(a attributes) attributes {
	delete(a, "unknown-flags")
	return a
}

func (p *birdPeer) protocol(neighbor string) string {
	if neighbor == our6 {
		return "dut6"
	}
	return "dut4"
}

func (p *birdPeer) established(neighbor string) error {
	if out := p.birdc("show protocols " + p.protocol(neighbor)); !strings.Contains(out, "Established") {
		return errors.New(out)
	}
	return nil
}

func (p *birdPeer) route(prefix string) attributes {
	from := our4
	if family(prefix) == "ipv6" {
		from = our6
	}
	a := fromBIRD(p.bird.route(prefix, p.protocol(from)))
	if a != nil && !p.s.internal() {
		// BIRD gives each route from another AS a preference of its own.
		delete(a, "local-pref")
	}
	return a
}

func (p *birdPeer) refresh() { p.birdc("reload in dut4") }
func (p *birdPeer) clear()   { p.birdc("restart dut4") }
func (p *birdPeer) shutdown(message string) string {
	p.birdc(fmt.Sprintf("disable dut4 \"%s\"", message))
	return message
}

func (p *birdPeer) heard() string { return p.birdc("show protocols all dut4") }
func (p *birdPeer) freeze()       { p.signal(syscall.SIGSTOP) }
func (p *birdPeer) thaw()         { p.signal(syscall.SIGCONT) }
