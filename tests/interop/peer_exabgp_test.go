package interop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// exabgpPeer is ExaBGP as the peer of a meeting.
type exabgpPeer struct {
	*exabgp
	s *session
}

func exabgpVersion() (string, error) {
	out, err := exec.Command("exabgp", "--version").Output()
	for _, l := range strings.Split(string(out), "\n") {
		if name, v, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(name) == "ExaBGP" {
			return strings.TrimSpace(v), nil
		}
	}
	return "", fmt.Errorf("ExaBGP's version: %v: %s", err, out)
}

func newExaBGPPeer(h *host, s *session) speaker {
	path, more := "65010 65011", ""
	if !s.internal() {
		path = fmt.Sprintf("%d %s", s.theirs, path)
	} else {
		more = "local-preference 150 "
	}
	attrs := fmt.Sprintf("next-hop self origin egp as-path [ %s ] med 50 %scommunity [ 65002:100 65002:200 ] "+
		"large-community [ 65002:1:100 65002:2:200 ] extended-community [ target:65002:7 origin:65002:8 ] "+
		"aggregator ( 65010:10.0.0.9 ) atomic-aggregate", path, more)
	if s.addPath {
		attrs += " path-information 7"
	}
	routes := func(net string) []string { return []string{"route " + net + " " + attrs + ";"} }
	// What it accepts it sends with the system's TTL: with TTL security it has to dial.
	bind := their4 + " " + their6
	if s.ttlSecurity {
		bind = ""
	}
	return &exabgpPeer{s: s, exabgp: h.newExaBGP(bind,
		exabgpNeighbor(s, our4, their4, "10.0.0.2", routes(their4Net))+exabgpNeighbor(s, our6, their6, "10.0.0.2", routes(their6Net)))}
}

func (p *exabgpPeer) sent() attributes {
	a := attributes{"origin": "EGP", "as-path": "65010 65011", "med": "50", "atomic": "yes", "aggregator": "65010 10.0.0.9",
		"community": "65002:100 65002:200", "ext-community": "RT:65002:7 SoO:65002:8", "large-community": "65002:1:100 65002:2:200"}
	if p.s.internal() {
		a["local-pref"] = "150"
	}
	return a
}

func (p *exabgpPeer) shows(a attributes) attributes { return a }

func (p *exabgpPeer) established(neighbor string) error {
	if state := p.state(neighbor); state != "up" {
		return fmt.Errorf("ExaBGP says %q of %s", state, neighbor)
	}
	return nil
}

func (p *exabgpPeer) route(prefix string) attributes {
	if family(prefix) == "ipv6" {
		return p.exabgp.route(prefix, our6)
	}
	return p.exabgp.route(prefix, our4)
}

func (p *exabgpPeer) refresh() { p.tell("neighbor " + our4 + " announce route-refresh ipv4 unicast") }
func (p *exabgpPeer) clear()   { p.tell("neighbor " + our4 + " teardown 4") }

// shutdown: ExaBGP sends the name of the code as its message.
func (p *exabgpPeer) shutdown(string) string {
	p.tell("neighbor " + our4 + " teardown 2")
	return "Administrative Shutdown"
}

func (p *exabgpPeer) heard() string {
	text, _ := os.ReadFile(filepath.Join(p.h.dir, "heard"))
	return string(text)
}

func (p *exabgpPeer) kill()   { p.stop(syscall.SIGKILL) }
func (p *exabgpPeer) freeze() { p.signal(syscall.SIGSTOP) }
func (p *exabgpPeer) thaw()   { p.signal(syscall.SIGCONT) }
