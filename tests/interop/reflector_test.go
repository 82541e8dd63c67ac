package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// internalBIRD is a BIRD in AS 65001 with a static route of its own and one session to each of the routers at 10.N.0.1, the last
// of which it prefers.
func internalBIRD(h *host, id, prefix, options string, links ...int) *bird {
	var b strings.Builder
	fmt.Fprintf(&b, "router id %s;\nprotocol device {}\nprotocol static s4 { ipv4; route %s blackhole; }\n", id, prefix)
	for _, n := range links {
		fmt.Fprintf(&b, `protocol bgp dut%d { local 10.%d.0.2 as 65001; neighbor 10.%d.0.1 as 65001; %s
 connect retry time 1; connect delay time 1; error wait time 1,1; ipv4 { preference %d; import all; export all; next hop self ebgp; }; }
`, n, n, n, options, 100+n)
	}
	return h.bird(b.String())
}

// internalFRR is an FRR in AS 65001 with a network of its own and a session to 10.N.0.1.
func internalFRR(h *host, id, prefix string, link int, more string) *frr {
	return h.frr(fmt.Sprintf(`
router bgp 65001
 bgp router-id %s
 no bgp network import-check
 neighbor 10.%d.0.1 remote-as 65001
 neighbor 10.%d.0.1 timers connect 1
%s
 address-family ipv4 unicast
  network %s
 exit-address-family
exit
`, id, link, link, more, prefix))
}

// reflected are the attributes of the route of neighbor n as a neighbor with a program has them.
func reflected(n int, program string) attributes {
	a := attributes{"origin": "IGP", "as-path": "Local", "next-hop": fmt.Sprintf("10.%d.0.2", n), "local-pref": "100",
		"originator": fmt.Sprintf("10.0.0.1%d", n), "cluster-list": "10.0.0.99"}
	if n%2 == 1 {
		a["med"] = "0" // of FRR's networks
	}
	if strings.HasPrefix(program, "BIRD") {
		a["as-path"] = ""
	}
	return a
}

// Ours reflects between FRR and BIRD, of which one of each is a client: what clients send goes to all, what the others send
// goes to clients alone, and beside the two attributes of reflection nothing changes on the way.
func TestReflectsForFRRAndBIRD(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	dut := l.host("dut")
	hosts := map[string]*host{}
	for i, name := range []string{"frrc", "birdc", "frrn", "birdn"} {
		h := l.host(name)
		hosts[name] = h
		n := l.link(dut, h)
		h.run("ip", "route", "add", "10.0.0.0/8", "via", fmt.Sprintf("10.%d.0.1", n))
		if n != i+1 {
			t.Fatal("links are counted otherwise")
		}
	}
	frrClient := internalFRR(hosts["frrc"], "10.0.0.11", "198.51.1.0/24", 1, "")
	birdClient := internalBIRD(hosts["birdc"], "10.0.0.12", "198.51.2.0/24", "", 2)
	frrOther := internalFRR(hosts["frrn"], "10.0.0.13", "198.51.3.0/24", 3, "")
	birdOther := internalBIRD(hosts["birdn"], "10.0.0.14", "198.51.4.0/24", "", 4)
	var lines strings.Builder
	for n := 1; n <= 4; n++ {
		fmt.Fprintf(&lines, " neighbor 10.%d.0.2 remote-as 65001\n neighbor 10.%d.0.2 timers connect 1\n", n, n)
	}
	r := dut.bgpd(`router bgp 65001
 bgp router-id 10.0.0.1
 bgp cluster-id 10.0.0.99
` + lines.String() + ` address-family ipv4 unicast
  neighbor 10.1.0.2 route-reflector-client
  neighbor 10.2.0.2 route-reflector-client
 exit-address-family
exit
`)
	for n := 1; n <= 4; n++ {
		r.established(fmt.Sprintf("10.%d.0.2", n))
	}
	at := map[string]func(prefix string) func() attributes{
		"FRR, client":  func(p string) func() attributes { return frrAttributes(t, frrClient, "ipv4", p, "10.1.0.1") },
		"BIRD, client": func(p string) func() attributes { return birdAttributes(birdClient, p, "dut2") },
		"FRR, no client": func(p string) func() attributes {
			return frrAttributes(t, frrOther, "ipv4", p, "10.3.0.1")
		},
		"BIRD, no client": func(p string) func() attributes { return birdAttributes(birdOther, p, "dut4") },
	}
	for n, source := range map[int]string{1: "FRR, client", 2: "BIRD, client", 3: "FRR, no client", 4: "BIRD, no client"} {
		prefix := fmt.Sprintf("198.51.%d.0/24", n)
		for name, has := range at {
			switch {
			case name == source:
				// Its own route never comes back: what comes last, that of the others, is waited for in the other rounds.
			case strings.Contains(source, "no client") && strings.Contains(name, "no client"): // see below
			default:
				compare(t, source+" to "+name, settled(t, prefix+" at "+name, has(prefix)), reflected(n, name))
			}
		}
	}
	// All that goes has come: nothing more may have, and it is known why.
	for n := 3; n <= 4; n++ {
		if why := r.sh(fmt.Sprintf("show bgp explain 198.51.%d.0/24 to 10.%d.0.2", n, 7-n)); !strings.Contains(why, "client") {
			t.Errorf("198.51.%d.0/24 between those that are no clients: the reason is not told:\n%s", n, why)
		}
	}
	for name, never := range map[string][]string{
		"FRR, client": {"198.51.1.0/24"}, "BIRD, client": {"198.51.2.0/24"},
		"FRR, no client": {"198.51.3.0/24", "198.51.4.0/24"}, "BIRD, no client": {"198.51.3.0/24", "198.51.4.0/24"},
	} {
		for _, p := range never {
			if a := at[name](p)(); a != nil {
				t.Errorf("%s was told of %s: %v", name, p, a)
			}
		}
	}

	// Between clients reflection can be left to themselves; from and to the others it goes on.
	r.sh("configure terminal", "router bgp 65001", "no bgp client-to-client reflection")
	gone(t, "FRR's route at the other client", at["BIRD, client"]("198.51.1.0/24"))
	settled(t, "FRR's route at BIRD that is no client", at["BIRD, no client"]("198.51.1.0/24"))
	r.sh("configure terminal", "router bgp 65001", "bgp client-to-client reflection")
	settled(t, "FRR's route at the other client again", at["BIRD, client"]("198.51.1.0/24"))
	r.sh("configure terminal", "router bgp 65001", "address-family ipv4 unicast", "no neighbor 10.2.0.2 route-reflector-client")
	gone(t, "what is of no client at one that is none any more", at["BIRD, client"]("198.51.3.0/24"))
	settled(t, "what is of a client there", at["BIRD, client"]("198.51.1.0/24"))
}

func birdAttributes(b *bird, prefix, protocol string) func() attributes {
	return func() attributes { return fromBIRD(b.route(prefix, protocol)) }
}

// Three reflectors in a ring, FRR, BIRD and ours, where each is a client of the next one: what goes all the way round is known
// by its ORIGINATOR_ID or by its CLUSTER_LIST, and a cluster that is not ours any more is no loop.
func TestReflectorsInARing(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	dut, fh, bh := l.host("dut"), l.host("frr"), l.host("bird")
	l.link(dut, fh)
	l.link(dut, bh)
	l.link(fh, bh)
	dut.run("ip", "route", "add", "10.3.0.0/24", "via", "10.1.0.2")
	fh.run("ip", "route", "add", "10.2.0.0/24", "via", "10.1.0.1")
	bh.run("ip", "route", "add", "10.1.0.0/24", "via", "10.2.0.1")
	f := internalFRR(fh, "10.0.0.2", "198.51.2.0/24", 1, ` bgp cluster-id 10.0.0.92
 neighbor 10.3.0.2 remote-as 65001
 neighbor 10.3.0.2 timers connect 1
 address-family ipv4 unicast
  neighbor 10.1.0.1 route-reflector-client
  neighbor 10.3.0.2 route-reflector-client
 exit-address-family`)
	b := internalBIRD(bh, "10.0.0.3", "198.51.3.0/24", "rr client; rr cluster id 10.0.0.93;", 2, 3)
	r := dut.bgpd(`router bgp 65001
 bgp router-id 10.0.0.1
 bgp cluster-id 10.0.0.91
 neighbor 10.1.0.2 remote-as 65001
 neighbor 10.1.0.2 timers connect 1
 neighbor 10.2.0.2 remote-as 65001
 neighbor 10.2.0.2 timers connect 1
 address-family ipv4 unicast
  network 198.51.1.0/24
  neighbor 10.1.0.2 route-reflector-client
  neighbor 10.2.0.2 route-reflector-client
 exit-address-family
exit
`)
	r.established("10.1.0.2")
	r.established("10.2.0.2")
	refused := func(peer, prefix, why string) {
		t.Helper()
		within(t, 20*time.Second, prefix+" from "+peer+" refused", func() error {
			out, errs, err := r.try("show bgp ipv4 unicast neighbors " + peer + " filtered-routes")
			for line := range strings.Lines(out) {
				if strings.Contains(line, prefix) && strings.Contains(out, why) {
					return nil
				}
			}
			return fmt.Errorf("%v%s\n%s", err, errs, out)
		})
	}
	// BIRD prefers our own route as FRR has reflected it, and reflects that.
	refused("10.2.0.2", "198.51.1.0/24", "originator")
	compare(t, "FRR's route by way of BIRD", settled(t, "FRR's route from BIRD", oursAttributes(t, r, "ipv4", "198.51.2.0/24", "10.2.0.2")),
		attributes{"origin": "IGP", "as-path": "Local", "next-hop": "10.3.0.1", "med": "0", "local-pref": "100",
			"originator": "10.0.0.2", "cluster-list": "10.0.0.93"})
	compare(t, "BIRD's route by way of FRR", settled(t, "BIRD's route from FRR", oursAttributes(t, r, "ipv4", "198.51.3.0/24", "10.1.0.2")),
		// FRR adds a MED to what it reflects.
		attributes{"origin": "IGP", "as-path": "Local", "next-hop": "10.3.0.2", "med": "0", "local-pref": "100",
			"originator": "10.0.0.3", "cluster-list": "10.0.0.92"})
	compare(t, "our route at FRR", settled(t, "our route at FRR", frrAttributes(t, f, "ipv4", "198.51.1.0/24", "10.1.0.1")),
		attributes{"origin": "IGP", "as-path": "Local", "next-hop": "10.1.0.1", "med": "0", "local-pref": "100"})
	compare(t, "our route at BIRD", settled(t, "our route at BIRD", birdAttributes(b, "198.51.1.0/24", "dut2")),
		attributes{"origin": "IGP", "as-path": "", "next-hop": "10.2.0.1", "med": "0", "local-pref": "100"})

	// In BIRD's cluster what it has reflected is a loop, and its own routes are none.
	r.sh("configure terminal", "router bgp 65001", "bgp cluster-id 10.0.0.93")
	r.sh("clear bgp 10.2.0.2 soft in")
	refused("10.2.0.2", "198.51.2.0/24", "cluster")
	settled(t, "BIRD's own route", oursAttributes(t, r, "ipv4", "198.51.3.0/24", "10.2.0.2"))
	r.sh("configure terminal", "router bgp 65001", "bgp cluster-id 10.0.0.91")
	settled(t, "FRR's route from BIRD again", oursAttributes(t, r, "ipv4", "198.51.2.0/24", "10.2.0.2"))
}
