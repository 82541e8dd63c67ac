package seeds

import (
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The two routers of the first seed. The second one is passive: the first listens all the time and nobody ever calls.
const (
	firstRouter = `router bgp 4200000001
 bgp router-id 0.0.0.1
 no bgp ebgp-requires-policy
 bgp listen-address 3fff::a port 10179
 neighbor 3fff::b remote-as auto
 neighbor 3fff::b description r2
 neighbor 3fff::b port 10179
 neighbor 3fff::b update-source 3fff::a
 no neighbor 3fff::b enforce-first-as
 neighbor 3fff::b dscp 48
 neighbor 3fff::b timers 3 6
 neighbor 3fff::b timers connect 1
 neighbor 3fff::b timers idle-hold 0
 neighbor 3fff::b timers idle-hold-jitter 0.75 1
 neighbor 3fff::b timers delayopen 0
 neighbor 3fff::b timers resolution 100
 address-family ipv6 unicast
  neighbor 3fff::b next-hop 3fff::b
`
	itsPeer = `router bgp 4200000002
 bgp router-id 0.0.0.2
 no bgp ebgp-requires-policy
 bgp listen-address 3fff::b port 10179
 neighbor 3fff::a remote-as auto
 neighbor 3fff::a passive
 neighbor 3fff::a timers 3 6
 neighbor 3fff::a timers idle-hold 0
`
)

// A place is where the two routers of the first seed run.
type place struct {
	first, peer func(*exec.Cmd) error // start a program on the router's host
	there       *strings.Replacer     // puts the place's addresses into a configuration
	back        *strings.Replacer     // and those of the seed into a log
}

// namespaces is two hosts that are joined by a cable and have the seed's addresses.
func namespaces(t *testing.T) place {
	if err := mayNamespace(); err != nil {
		t.Skip("needs leave to make network namespaces; the seed is played on the loopback interface: ", err)
	}
	a, b := newNamespace(t), newNamespace(t)
	join(a, b, netip.MustParsePrefix("3fff::a/64"), netip.MustParsePrefix("3fff::b/64"))
	same := strings.NewReplacer()
	return place{a.start, b.start, same, same}
}

// loopback is one host with one address, on which the routers have different ports. Who listens at all addresses may have
// a neighbor at one of them.
func loopback(t *testing.T) place {
	first, peer := freePort(t), freePort(t)
	start := (*exec.Cmd).Start
	return place{
		start, start,
		strings.NewReplacer("listen-address 3fff::a port 10179", "listen-address :: port "+first, "neighbor 3fff::b port 10179", "neighbor ::1 port "+peer,
			"listen-address 3fff::b port 10179", "listen-address :: port "+peer, "next-hop 3fff::b", "next-hop 3fff::b", "3fff::a", "::1", "3fff::b", "::1"),
		strings.NewReplacer("[::]:"+first, "[3fff::a]:10179", "[::1]:"+peer, "[3fff::b]:10179", "[::1]:", "[3fff::a]:", "::1", "3fff::b"),
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 on the loopback interface: ", err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}

// play runs the scenario of the first seed and gives the first router's log. The peer's two lives are two processes that
// stand by without a configuration, so that each is there as soon as the first router was refused.
func play(t *testing.T, at place) []byte {
	t.Helper()
	lives := []*program{bgpd(t, at.peer, ""), bgpd(t, at.peer, "")}
	for _, p := range lives {
		p.await("bgpd started", 1)
	}
	r1 := bgpd(t, at.first, at.there.Replace(firstRouter))
	for i, peer := range lives {
		r1.await("connection attempt to", i+1)
		peer.configure(at.there.Replace(itsPeer))
		r1.await("keepalive received", i+1)
		r1.await("recv update message", i+1)
		peer.await("keepalive received", 1)
		peer.await("recv update message", 1)
		if i == 0 {
			peer.crash()
		}
	}
	log := r1.terminate()
	lives[1].terminate() // whoever plays again finds nobody at the peer's address
	return []byte(at.back.Replace(string(log)))
}

func TestFirstSeed(t *testing.T) {
	seed := readJSON(t, readFile(t, firstSeed), 1)
	if len(seed) != 89 {
		t.Fatalf("the seed has %d records", len(seed))
	}
	for name, where := range map[string]func(*testing.T) place{"namespaces": namespaces, "loopback": loopback} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := where(t)
			var log []entry
			var wrong findings
			for range 5 { // on a machine that stands still for a second the peer comes late, is refused once more, or sends a KEEPALIVE more
				text := play(t, at)
				for i, raw := range splitJSON(t, text) {
					checkOrder(t, i, raw)
				}
				log, wrong = readJSON(t, text, 1), nil
				compare(&wrong, transcribe(seed, (*entry).keysOf, nil), transcribe(log, (*entry).keysOf, nil), firstDifferences, firstOrders)
				checkRetry(&wrong, log)
				if len(wrong) == 0 {
					break
				}
			}
			for _, text := range wrong {
				t.Error(text)
			}
			checkOpen(t, octets(t, log, "open message"), firstOpen, firstCapabilities)
			checkRetry(t, seed)
			checkParameters(t, seed, log, firstParameters)
		})
	}
}

// checkRetry requires that a refused dial is followed by the next after the second that is configured. The timer of the seed
// counts tenths of a second, and may come that much early.
func checkRetry(t judge, log []entry) {
	t.Helper()
	var began time.Time
	for i := range log {
		switch e := &log[i]; {
		case e.Msg == "starting connect attempt":
			began = e.Time
		case e.text("event") == "connect retry timer expires":
			if after := e.Time.Sub(began); after < 900*time.Millisecond || after > 2*time.Second {
				t.Errorf("the next dial comes after %v", after)
			}
		}
	}
}
