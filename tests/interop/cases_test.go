package interop

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// encounter is one row of the matrix: what happens between us and any peer.
type encounter struct {
	name    string
	session session
	source  string // static routes of ExaBGP behind us
	run     func(m *meeting)
}

// The source's routes, in ExaBGP's language. Each stands for something that we must pass on as it is, or must not.
const (
	richRoutes = `route 203.0.113.0/24 next-hop self origin incomplete as-path [ 65009 65020 ] med 30 atomic-aggregate aggregator ( 65020:10.0.0.20 ) community [ 65009:1 65009:2 ] large-community [ 65009:1:2 4200000000:3:4 ] extended-community [ target:65009:5 origin:65009:6 ];
route 2001:db8:b::/48 next-hop self origin incomplete as-path [ 65009 65020 ] med 30 atomic-aggregate aggregator ( 65020:10.0.0.20 ) community [ 65009:1 65009:2 ] large-community [ 65009:1:2 4200000000:3:4 ] extended-community [ target:65009:5 origin:65009:6 ];`
	unknownRoutes = `route 203.0.114.0/24 next-hop self attribute [ 0x63 0xc0 0x0102030405 ];
route 2001:db8:b::/48 next-hop self;`
	badRoutes = `route 203.0.114.0/24 next-hop self attribute [ 0x01 0x40 0x09 ];
route 203.0.115.0/24 next-hop self;
route 2001:db8:b::/48 next-hop self;`
)

// manyCommunities fill an attribute of 480 octets, which needs the long form of the attribute length.
var manyCommunities = func() string {
	var out []string
	for i := range 120 {
		out = append(out, fmt.Sprintf("65009:%d", 1000+i))
	}
	return strings.Join(out, " ")
}()

var encounters = []encounter{
	{"eBGP, IPv4 and IPv6 routes both ways", session{ours: 65001, theirs: 65002}, richRoutes, attributesBothWays},
	{"iBGP, IPv4 and IPv6 routes both ways", session{ours: 65001, theirs: 65001}, richRoutes, attributesBothWays},
	{"four-octet AS, the peer's", session{ours: 65001, theirs: 4200000002}, "", attributesBothWays},
	{"four-octet AS, ours", session{ours: 4200000001, theirs: 65002}, "", attributesBothWays},
	{"MD5, we dial", session{ours: 65001, theirs: 65002, password: "s3cret", theyWait: true}, "", attributesBothWays},
	{"MD5, the peer dials", session{ours: 65001, theirs: 65002, password: "s3cret", weWait: true}, "", attributesBothWays},
	{"only we dial", session{ours: 65001, theirs: 65002, theyWait: true}, "", weDial},
	{"only the peer dials", session{ours: 65001, theirs: 65002, weWait: true}, "", theyDial},
	{"TTL security", session{ours: 65001, theirs: 65002, ttlSecurity: true}, "", attributesBothWays},
	{"route refresh, we ask", session{ours: 65001, theirs: 65002}, "", weRefresh},
	{"route refresh, the peer asks", session{ours: 65001, theirs: 65002}, "", theyRefresh},
	{"the peer is killed and starts again", session{ours: 65001, theirs: 65002}, "", killed},
	{"the peer stops, the hold timer expires", session{ours: 65001, theirs: 65002, hold: 3}, "", frozen},
	{"the peer shows our shutdown message", session{ours: 65001, theirs: 65002}, "", ourShutdown},
	{"we show the peer's shutdown message", session{ours: 65001, theirs: 65002}, "", theirShutdown},
	{"both open at once", session{ours: 65001, theirs: 65002}, "", collisions},
	{"ADD-PATH identifiers from the peer", session{ours: 65001, theirs: 65002, addPath: true}, "", identifiers},
	{"ADD-PATH, all our paths and our best two", session{ours: 65001, theirs: 65002, allPaths: true}, sharedRoutes, ourPaths},
	{"an unknown attribute passes through us", session{ours: 65001, theirs: 65002}, unknownRoutes, unknownPasses},
	{"an attribute of 480 octets passes through us", session{ours: 65001, theirs: 65002},
		"route 203.0.114.0/24 next-hop self community [ " + manyCommunities + " ];\nroute 2001:db8:b::/48 next-hop self;", longPasses},
	{"a route with a bad ORIGIN goes no further", session{ours: 65001, theirs: 65002}, badRoutes, badStays},
}

// with gives a with what b has.
func (a attributes) with(b attributes) attributes {
	out := attributes{}
	for k, v := range a {
		out[k] = v
	}
	for k, v := range b {
		out[k] = v
	}
	return out
}

// path joins AS numbers and paths, leaving out what is empty.
func path(parts ...any) string {
	var out []string
	for _, p := range parts {
		if s := fmt.Sprint(p); s != "" && s != "0" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " ")
}

// attributesBothWays compares the peer's routes at our side, ours at the peer's, and the source's behind us at the peer's.
func attributesBothWays(m *meeting) {
	theirAS, ourAS := m.s.theirs, m.s.ours
	if m.s.internal() {
		theirAS, ourAS = 0, 0
	}
	sent := m.peer.sent()
	sent["as-path"] = path(theirAS, sent["as-path"])
	if sent["as-path"] == "" {
		sent["as-path"] = "Local"
	}
	own := attributes{"origin": "IGP", "as-path": path(ourAS), "med": "0", "community": "65001:1 65001:2"}
	rich := attributes{"origin": "incomplete", "as-path": path(ourAS, "65009 65020"), "atomic": "yes", "aggregator": "65020 10.0.0.20",
		"community": "65001:1 65001:2 65009:1 65009:2", "large-community": "65009:1:2 4200000000:3:4", "ext-community": "RT:65009:5 SoO:65009:6"}
	hop4, hop6 := our4, our6
	if m.s.internal() {
		own["local-pref"], rich["local-pref"], rich["med"] = "100", "100", "30"
		hop4, hop6 = "10.2.0.2", "2001:db8:2::2"
	}
	for _, f := range []struct{ theirNet, theirAddr, ourNet, ourAddr, richNet, richHop string }{
		{their4Net, their4, our4Net, our4, "203.0.113.0/24", hop4},
		{their6Net, their6, our6Net, our6, "2001:db8:b::/48", hop6},
	} {
		compare(m.t, "the peer's "+f.theirNet+" at our side", settled(m.t, "the peer's route", m.ours(f.theirNet, f.theirAddr)),
			sent.with(attributes{"next-hop": f.theirAddr}))
		compare(m.t, "our "+f.ourNet+" at the peer's side", settled(m.t, "our route", m.theirs(f.ourNet)),
			m.peer.shows(own.with(attributes{"next-hop": f.ourAddr})))
		if m.source != nil {
			compare(m.t, "the source's "+f.richNet+" at the peer's side", settled(m.t, "the source's route", m.theirs(f.richNet)),
				m.peer.shows(rich.with(attributes{"next-hop": f.richHop})))
		}
	}
}

// weDial checks that the one connection of each family goes to the peer's port 179, theyDial the other way round.
func weDial(m *meeting)   { m.oneConnection(dialedByUs) }
func theyDial(m *meeting) { m.oneConnection(func(c string) bool { return !dialedByUs(c) }) }

func dialedByUs(connection string) bool { return strings.HasSuffix(connection, ":179") }

// connections are the TCP connections of BGP between us and the peer as a host's kernel has them, our address first.
func (m *meeting) connections(h *host) []string {
	m.t.Helper()
	var out []string
	for _, l := range strings.Split(h.run("ss", "-tnH", "state", "established", "( sport = :179 or dport = :179 )"), "\n") {
		f := strings.Fields(socketScope.ReplaceAllString(l, ""))
		if len(f) < 4 {
			continue
		}
		local, remote := f[2], f[3]
		if h == m.peerNS {
			local, remote = remote, local
		}
		if strings.Contains(local, our4+":") || strings.Contains(local, our6+"]") {
			out = append(out, local+" "+remote)
		}
	}
	sort.Strings(out)
	return out
}

// socketScope is what the kernel's list has beside address and port: an interface name, the IPv6 spelling of an IPv4 address.
var socketScope = regexp.MustCompile(`%\w+|::ffff:`)

// oneConnection waits until each family has exactly one TCP connection, the same one at both ends. With to it must go to that port.
func (m *meeting) oneConnection(to func(connection string) bool) {
	m.t.Helper()
	within(m.t, 10*time.Second, "one connection of each family, the same at both ends", func() error {
		ours, theirs := m.connections(m.dut.h), m.connections(m.peerNS)
		if len(ours) != 2 || !slices.Equal(ours, theirs) || !strings.Contains(ours[0], our4) || !strings.Contains(ours[1], our6) {
			return fmt.Errorf("we have %q, the peer has %q", ours, theirs)
		}
		for _, c := range ours {
			if to != nil && !to(c) {
				return fmt.Errorf("dialed by the wrong side: %s", c)
			}
		}
		return nil
	})
}

// counter is a number of the messages of the IPv4 session, as we count them.
func (m *meeting) counter(key string) float64 {
	m.t.Helper()
	n, _ := decode(m.t, m.dut.sh("show bgp neighbors "+their4+" json"))[their4].(map[string]any)
	stats, _ := n["messageStats"].(map[string]any)
	v, ok := stats[key].(float64)
	if !ok {
		m.t.Fatalf("no counter %s in %v", key, stats)
	}
	return v
}

// rises waits until a counter has passed what it was.
func (m *meeting) rises(what, key string, from float64) {
	m.t.Helper()
	within(m.t, 15*time.Second, what, func() error {
		if now := m.counter(key); now <= from {
			return fmt.Errorf("%s is still %v", key, now)
		}
		return nil
	})
}

// weRefresh: asked again, the peer sends its routes once more, and they stay in between and after.
func weRefresh(m *meeting) {
	settled(m.t, "the peer's route", m.ours(their4Net, their4))
	before := m.counter("updatesRecv")
	m.dut.sh("clear bgp ipv4 unicast " + their4 + " soft in")
	m.rises("the peer sends its routes again", "updatesRecv", before)
	settled(m.t, "the peer's route stays", m.ours(their4Net, their4))
}

// theyRefresh: the peer's request is counted and answered with our routes, and nothing leaves.
func theyRefresh(m *meeting) {
	settled(m.t, "our route", m.theirs(our4Net))
	asked, sent := m.counter("routeRefreshRecv"), m.counter("updatesSent")
	m.peer.refresh()
	m.rises("the peer's request arrives", "routeRefreshRecv", asked)
	m.rises("we send our routes again", "updatesSent", sent)
	settled(m.t, "our route stays", m.theirs(our4Net))
}

func killed(m *meeting) {
	for _, n := range [][2]string{{their4Net, their4}, {their6Net, their6}} {
		settled(m.t, "the peer's route "+n[0], m.ours(n[0], n[1]))
	}
	m.peer.kill()
	for _, n := range [][2]string{{their4Net, their4}, {their6Net, their6}} {
		gone(m.t, "the peer's route "+n[0], m.ours(n[0], n[1]))
	}
	m.peer.start()
	m.again()
}

// again waits for the second session of each family and for the routes of both sides.
func (m *meeting) again() {
	m.t.Helper()
	for _, n := range []string{their4, their6} {
		m.dut.sh("wait bgp neighbor " + n + " established after-generation 1 timeout 120")
	}
	m.up()
	settled(m.t, "the peer's IPv4 route again", m.ours(their4Net, their4))
	settled(m.t, "the peer's IPv6 route again", m.ours(their6Net, their6))
	settled(m.t, "our IPv4 route again", m.theirs(our4Net))
	settled(m.t, "our IPv6 route again", m.theirs(our6Net))
}

func frozen(m *meeting) {
	settled(m.t, "the peer's IPv4 route", m.ours(their4Net, their4))
	settled(m.t, "the peer's IPv6 route", m.ours(their6Net, their6))
	m.peer.freeze()
	m.t.Cleanup(m.peer.thaw)
	gone(m.t, "the peer's IPv4 route", m.ours(their4Net, their4))
	gone(m.t, "the peer's IPv6 route", m.ours(their6Net, their6))
	if out := m.dut.sh("show bgp neighbors " + their4); !strings.Contains(out, "Hold Timer Expired") {
		m.t.Errorf("the page of a peer that went silent does not say so:\n%s", out)
	}
	m.peer.thaw()
	m.again()
}

// words is a message of a shutdown.
const words = "planned work CHG-1234 until 06:00 UTC"

func ourShutdown(m *meeting) {
	m.configure("neighbor " + their4 + " shutdown message " + words)
	within(m.t, 10*time.Second, "the peer shows our message", func() error {
		if out := m.peer.heard(); !strings.Contains(out, words) {
			return fmt.Errorf("%.2000s", out)
		}
		return nil
	})
	if out := m.dut.sh("show bgp neighbors " + their4); !strings.Contains(out, "Down: shut down by") || !strings.Contains(out, words) {
		m.t.Errorf("our own page of a neighbor that we shut down:\n%s", out)
	}
	m.configure("no neighbor " + their4 + " shutdown")
	m.dut.sh("wait bgp neighbor " + their4 + " established after-generation 1 timeout 120")
}

func theirShutdown(m *meeting) {
	said := m.peer.shutdown(words)
	within(m.t, 10*time.Second, "we show the peer's message", func() error {
		out, _, err := m.dut.try("show bgp neighbors " + their4)
		if err != nil || !strings.Contains(out, "Shutdown communication: "+said) || !strings.Contains(out, "Down: ") {
			return fmt.Errorf("%v\n%s", err, out)
		}
		return nil
	})
}

func identifiers(m *meeting) {
	m.dut.established(their4)
	within(m.t, 20*time.Second, "the peer's route with its identifier", func() error {
		out, _, err := m.dut.try("show bgp ipv4 unicast " + their4Net + " json")
		if err != nil || !strings.Contains(out, `"addpathRxId":`) {
			return fmt.Errorf("%v\n%s", err, out)
		}
		return nil
	})
	settled(m.t, "our route", m.theirs(our4Net))
}

func unknownPasses(m *meeting) {
	got := settled(m.t, "the route with an unknown attribute", m.theirs("203.0.114.0/24"))
	compare(m.t, "an attribute that we do not know", got, m.peer.shows(attributes{"origin": "IGP", "as-path": "65001 65009", "next-hop": our4,
		"community": "65001:1 65001:2", "unknown": unknownAttribute(0x63, "0102030405"), "unknown-flags": "OTP"}))
}

func longPasses(m *meeting) {
	got := settled(m.t, "the route with a long attribute", m.theirs("203.0.114.0/24"))
	compare(m.t, "a long attribute", got, m.peer.shows(attributes{"origin": "IGP", "as-path": "65001 65009", "next-hop": our4,
		"community": "65001:1 65001:2 " + manyCommunities}))
}

// badStays: RFC 7606 makes the route withdrawn and leaves the session and its other routes alone.
func badStays(m *meeting) {
	settled(m.t, "the good route beside the bad one", m.theirs("203.0.115.0/24"))
	if a := m.theirs("203.0.114.0/24")(); a != nil {
		m.t.Errorf("the peer got the route with a bad ORIGIN: %v", a)
	}
	n, _ := decode(m.t, m.dut.sh("show bgp neighbors 10.2.0.2 json"))["10.2.0.2"].(map[string]any)
	if n["bgpState"] != "Established" || n["connectionsEstablished"] != 1.0 {
		m.t.Errorf("the session with the source of a bad route: %v, %v times", n["bgpState"], n["connectionsEstablished"])
	}
}

// rounds is how often both sides are told to begin anew.
const rounds = 6

// collisions: whatever the timing, both sides end with one and the same connection of each family. To make them dial at once, one
// side, in turns, is stopped while both are cleared, before or just after that. The other's connection waits in the kernel of the
// stopped one, which finds it together with its own reason to dial when it goes on.
func collisions(m *meeting) {
	for round := range rounds {
		stop, cont, dialed := m.peer.freeze, m.peer.thaw, dialedByUs
		if round%2 == 1 {
			stop, cont = func() { m.dut.signal(syscall.SIGSTOP) }, func() { m.dut.signal(syscall.SIGCONT) }
			dialed = func(c string) bool { return !dialedByUs(c) }
		}
		before := round%4 >= 2
		if before {
			stop()
		}
		var cleared sync.WaitGroup
		cleared.Go(m.peer.clear)
		cleared.Go(func() { m.dut.try("clear bgp " + their4) })
		if !before {
			cleared.Wait()
			stop()
		}
		began := time.Now()
		eventually(3*time.Second, func() error {
			for _, c := range m.connections(m.dut.h) {
				// When the timers of both run, a stop of more than a second lets the one of the stopped side expire.
				if strings.Contains(c, our4) && dialed(c) && (before || time.Since(began) > 1500*time.Millisecond) {
					return nil
				}
			}
			return errors.New("not dialed")
		})
		cont()
		cleared.Wait()
		m.dut.sh(fmt.Sprintf("wait bgp neighbor %s established after-generation %d timeout 120", their4, round+1))
		m.up()
		m.oneConnection(nil)
	}
	settled(m.t, "the peer's route after all that", m.ours(their4Net, their4))
	settled(m.t, "our route after all that", m.theirs(our4Net))
	text, _ := os.ReadFile(m.dut.log)
	m.t.Logf("%d collisions in %d rounds", strings.Count(string(text), "connection collision:"), rounds)
}

// TestPeers lets every peer go through every encounter and holds docs/interop.md to what came out.
func TestPeers(t *testing.T) {
	cases, columns := namesOf(encounters, func(e encounter) string { return e.name }), namesOf(peers, func(p *peer) string { return p.name })
	results := meetAll(t, cases, columns, func(c, n int) (string, func(*testing.T)) {
		e, p := &encounters[c], peers[n]
		outcome, what := "pass", e.run
		if l, ok := p.lacks[e.name]; ok {
			outcome, what = l.reason, l.shown
		}
		return outcome, func(t *testing.T) { what(meet(t, p, e.session, e.source)) }
	})
	results.check(t)
}
