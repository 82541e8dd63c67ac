package interop

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// The addresses of every meeting: we have .1 and ::1 of the first link, the peer has .2 and ::2. Each family has its own session.
const (
	our4, our6     = "10.1.0.1", "2001:db8:1::1"
	their4, their6 = "10.1.0.2", "2001:db8:1::2"

	// What each side originates.
	our4Net, our6Net     = "10.100.0.0/16", "2001:db8:100::/48"
	their4Net, their6Net = "198.51.100.0/24", "2001:db8:f::/48"
)

// session says what both sides are configured with.
type session struct {
	ours, theirs uint32
	password     string
	weWait       bool // we do not dial
	theyWait     bool // the peer does not dial
	ttlSecurity  bool
	addPath      bool   // the peer sends several paths with identifiers
	allPaths     bool   // we do, and the source sends them to us
	hold         uint32 // of both sides, in seconds; 0 leaves the programs' own
}

func (s *session) internal() bool { return s.ours == s.theirs }

// speaker is the program of someone else, on its own host, with one session of each family towards us.
type speaker interface {
	// start writes the configuration for the session, runs the program and waits until it answers. After a kill it starts again.
	start()
	// sent is what the peer's own two routes carry beside AS path and next hop; as-path holds what follows its own AS.
	sent() attributes
	// established is nil when the peer holds the session with our address to be up.
	established(neighbor string) error
	// route is the path that the peer has from us, nil when it has none.
	route(prefix string) attributes
	// asPaths are the AS paths of all paths that the peer has from us for an IPv4 prefix, sorted.
	asPaths(prefix string) []string
	// shows is what the peer's show commands print of a route that arrived with these attributes. It may change its argument.
	shows(attributes) attributes
	// refresh makes the peer ask us for our IPv4 routes again, clear makes it end the IPv4 session with a Cease.
	refresh()
	clear()
	// shutdown ends the IPv4 session with a message for us, and says what it is when the program has only its own words.
	shutdown(message string) (said string)
	// heard is where the peer shows the message of our shutdown, among other text.
	heard() string
	kill()
	freeze()
	thaw()
}

// peer is one column of the matrix. lacks has the cases that the program cannot take part in.
type peer struct {
	name  string
	about func() (version string, err error)
	make  func(h *host, s *session) speaker
	lacks map[string]lack
}

// meeting is one lab: our router, the peer and, where a case wants it, a source of unusual routes behind us.
type meeting struct {
	*lab
	t      *testing.T
	s      *session
	dut    *router
	peer   speaker
	peerNS *host
	source *exabgp
}

// meet builds the lab and waits for the sessions of both families, as both ends see them.
func meet(t *testing.T, p *peer, s session, source string) *meeting {
	t.Helper()
	m := &meeting{lab: newLab(t), t: t, s: &s}
	dut := m.host("dut")
	m.peerNS = m.host("peer")
	m.link(dut, m.peerNS)
	if source != "" {
		h := m.host("source")
		m.link(dut, h)
		// The next hops of the source are reachable for an internal peer too.
		m.peerNS.run("ip", "route", "add", "10.2.0.0/24", "via", our4)
		m.peerNS.run("ip", "-6", "route", "add", "2001:db8:2::/64", "via", our6)
		m.source = h.exabgp(source, s.allPaths)
	}
	m.peer = p.make(m.peerNS, m.s)
	m.peer.start()
	m.dut = dut.bgpd(ourConfig(m.s, source != ""))
	if source != "" {
		m.dut.established("10.2.0.2")
		m.dut.established("2001:db8:2::2")
	}
	m.up()
	return m
}

// up waits until both ends call both sessions established.
func (m *meeting) up() {
	m.t.Helper()
	m.dut.established(their4)
	m.dut.established(their6)
	within(m.t, 20*time.Second, "the peer is established", func() error {
		return errors.Join(m.peer.established(our4), m.peer.established(our6))
	})
}

// ours is the path of a prefix that we have from a neighbor.
func (m *meeting) ours(prefix, neighbor string) func() attributes {
	return oursAttributes(m.t, m.dut, family(prefix), prefix, neighbor)
}

// theirs is the path of a prefix that the peer has from us.
func (m *meeting) theirs(prefix string) func() attributes {
	return func() attributes { return m.peer.route(prefix) }
}

func (m *meeting) configure(lines ...string) {
	m.t.Helper()
	m.dut.sh(append([]string{"configure terminal", fmt.Sprintf("router bgp %d", m.s.ours)}, lines...)...)
}

func family(prefix string) string {
	if strings.Contains(prefix, ":") {
		return "ipv6"
	}
	return "ipv4"
}

// ourConfig is the startup configuration of our router for a session.
func ourConfig(s *session, source bool) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("hostname dut\nrouter bgp %d\n bgp router-id 10.0.0.1", s.ours)
	for _, n := range []string{their4, their6} {
		line(" neighbor %s remote-as %d", n, s.theirs)
		line(" neighbor %s timers connect 1", n)
		if s.hold != 0 {
			line(" neighbor %s timers %d %d", n, s.hold/3, s.hold)
		}
		if s.password != "" {
			line(" neighbor %s password %s", n, s.password)
		}
		if s.weWait {
			line(" neighbor %s passive", n)
		}
		if s.ttlSecurity {
			line(" neighbor %s ttl-security hops 1", n)
		}
	}
	if source {
		line(" neighbor 10.2.0.2 remote-as 65009\n neighbor 2001:db8:2::2 remote-as 65009")
		line(" neighbor 10.2.0.2 timers connect 1\n neighbor 2001:db8:2::2 timers connect 1")
	}
	for _, f := range []struct{ name, net, peer, source string }{
		{"ipv4", our4Net, their4, "10.2.0.2"}, {"ipv6", our6Net, their6, "2001:db8:2::2"},
	} {
		line(" address-family %s unicast\n  network %s", f.name, f.net)
		line("  neighbor %s allow any in\n  neighbor %s allow any out", f.peer, f.peer)
		line("  neighbor %s export community 65001:1 65001:2", f.peer)
		if s.allPaths {
			line("  neighbor %s addpath-tx-all-paths", f.peer)
		}
		if source {
			line("  neighbor %s allow any in\n  neighbor %s allow any out", f.source, f.source)
		}
		line(" exit-address-family")
	}
	line("exit")
	return b.String()
}
