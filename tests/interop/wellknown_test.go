package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// edge is ours (65001) with FRR (65002) and BIRD (65003) outside, and a second FRR inside, at 10.1, 10.2 and 10.3.
type edge struct {
	ours         *router
	outer, inner *frr
	bird         *bird
}

// newEdge has BIRD announce the routes given; FRR announces the shared prefix.
func newEdge(t *testing.T, birdRoutes string) *edge {
	l := newLab(t)
	dut, oh, bh, ih := l.host("dut"), l.host("outer"), l.host("bird"), l.host("inner")
	l.link(dut, oh)
	l.link(dut, bh)
	l.link(dut, ih)
	e := &edge{}
	e.outer = oh.frr(fmt.Sprintf(`
router bgp 65002
 bgp router-id 10.0.0.2
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.1.0.1 remote-as 65001
 neighbor 10.1.0.1 timers connect 1
 address-family ipv4 unicast
  network %s
 exit-address-family
exit
`, shared))
	e.bird = bh.bird(fmt.Sprintf(`router id 10.0.0.3;
protocol device {}
protocol static s4 { ipv4; %s }
protocol bgp dut { local 10.2.0.2 as 65003; neighbor 10.2.0.1 as 65001;
 connect retry time 1; connect delay time 1; error wait time 1,1; ipv4 { import all; export where source = RTS_STATIC; }; }
`, birdRoutes))
	e.inner = internalFRR(ih, "10.0.0.4", "198.51.4.0/24", 3, "")
	var lines strings.Builder
	for n, as := range []int{65002, 65003, 65001} {
		fmt.Fprintf(&lines, " neighbor 10.%[1]d.0.2 remote-as %[2]d\n neighbor 10.%[1]d.0.2 timers connect 1\n", n+1, as)
	}
	e.ours = dut.bgpd(`router bgp 65001
 bgp router-id 10.0.0.1
` + lines.String() + ` address-family ipv4 unicast
  network 10.100.0.0/16
  neighbor 10.1.0.2 allow any in
  neighbor 10.1.0.2 allow any out
  neighbor 10.2.0.2 allow any in
  neighbor 10.2.0.2 allow any out
  neighbor 10.3.0.2 next-hop-self
 exit-address-family
exit
`)
	for _, n := range []string{"10.1.0.2", "10.2.0.2", "10.3.0.2"} {
		e.ours.established(n)
	}
	return e
}

// becomes waits until the route has exactly these attributes among those named; an empty one is absent.
func becomes(t *testing.T, what string, have func() attributes, want attributes) {
	t.Helper()
	within(t, 20*time.Second, what, func() error {
		a := have()
		if a == nil {
			return fmt.Errorf("not there")
		}
		for k, v := range want {
			if sorted(k, a[k]) != sorted(k, v) {
				return fmt.Errorf("%s is %q, not %q: %v", k, a[k], v, a)
			}
		}
		return nil
	})
}

// Before work on a router its routes lose all others' favor: ours at FRR and BIRD, theirs at ours and behind us (RFC 8326).
func TestGracefulShutdownWithFRRAndBIRD(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "route "+shared+" blackhole { bgp_path.prepend(65077); };")
	atOuter := frrAttributes(t, e.outer, "ipv4", "10.100.0.0/16", "10.1.0.1")
	atBIRD := birdAttributes(e.bird, "10.100.0.0/16", "dut")
	atInner := frrAttributes(t, e.inner, "ipv4", "10.100.0.0/16", "10.3.0.1")
	plain := func(what string) {
		t.Helper()
		becomes(t, what+", FRR", atOuter, attributes{"community": "", "local-pref": ""})
		becomes(t, what+", BIRD", atBIRD, attributes{"community": ""})
		becomes(t, what+", inside", atInner, attributes{"community": "", "local-pref": "100"})
	}
	plain("at first")
	e.ours.configure("bgp graceful-shutdown")
	becomes(t, "FRR makes least of ours", atOuter, attributes{"community": "graceful-shutdown", "local-pref": "0"})
	becomes(t, "BIRD has the community", atBIRD, attributes{"community": "65535:0"})
	becomes(t, "inside the local preference says it", atInner, attributes{"local-pref": "0"})
	e.ours.configure("no bgp graceful-shutdown")
	plain("without")

	// One neighbor alone.
	e.ours.configure("neighbor 10.2.0.2 graceful-shutdown")
	becomes(t, "BIRD alone", atBIRD, attributes{"community": "65535:0"})
	becomes(t, "not FRR", atOuter, attributes{"community": "", "local-pref": ""})
	e.ours.configure("no neighbor 10.2.0.2 graceful-shutdown")
	plain("without again")

	// Theirs: what goes inside comes from BIRD while FRR is about to go, and nothing of BIRD's goes to FRR otherwise.
	best := frrAttributes(t, e.inner, "ipv4", shared, "10.3.0.1")
	becomes(t, "the shorter path", best, attributes{"as-path": "65002", "local-pref": "100"})
	e.outer.vtysh("configure terminal\nrouter bgp 65002\nbgp graceful-shutdown")
	becomes(t, "FRR's at ours", oursAttributes(t, e.ours, "ipv4", shared, "10.1.0.2"), attributes{"local-pref": "0", "as-path": "65002"})
	becomes(t, "the longer path", best, attributes{"as-path": "65003 65077", "local-pref": "100", "community": ""})
	becomes(t, "BIRD's to FRR", frrAttributes(t, e.outer, "ipv4", shared, "10.1.0.1"), attributes{"as-path": "65001 65003 65077"})
	e.outer.vtysh("configure terminal\nrouter bgp 65002\nno bgp graceful-shutdown")
	becomes(t, "the shorter path again", best, attributes{"as-path": "65002", "local-pref": "100"})
}

// Communities that say how far a route may go, from BIRD: inside the AS, to its neighbors, or nowhere.
func TestScopesWithFRRAndBIRD(t *testing.T) {
	t.Parallel()
	var routes strings.Builder
	scopes := []struct{ name, community, inside, outside string }{
		{"no scope", "(65003,1)", "65003:1", "65003:1"},
		{"NO_EXPORT", "(65535,65281)", "no-export", "-"},
		{"NO_ADVERTISE", "(65535,65282)", "-", "-"},
		{"NO_EXPORT_SUBCONFED", "(65535,65283)", "local-AS", "-"},
		{"BLACKHOLE", "(65535,666)", "blackhole no-export", "-"}, // RFC 7999 3.2
		{"NOPEER", "(65535,65284)", "no-peer", "no-peer"},
		{"BLACKHOLE, NO_ADVERTISE", "(65535,666)); bgp_community.add((65535,65282)", "-", "-"},
	}
	prefix := func(i int) string { return fmt.Sprintf("203.0.113.%d/32", i+1) }
	for i, s := range scopes {
		fmt.Fprintf(&routes, "route %s blackhole { bgp_community.add(%s); };\n", prefix(i), s.community)
	}
	e := newEdge(t, routes.String())
	for i, s := range scopes {
		settled(t, s.name+" at ours", oursAttributes(t, e.ours, "ipv4", prefix(i), "10.2.0.2"))
		for _, at := range []struct {
			name, want string
			have       func() attributes
		}{
			{"inside", s.inside, frrAttributes(t, e.inner, "ipv4", prefix(i), "10.3.0.1")},
			{"outside", s.outside, frrAttributes(t, e.outer, "ipv4", prefix(i), "10.1.0.1")},
		} {
			if at.want != "-" {
				becomes(t, s.name+" "+at.name, at.have, attributes{"community": at.want})
			}
		}
	}
	// The last one with a way to both is there, and came with all others in one go.
	for i, s := range scopes {
		if a := frrAttributes(t, e.inner, "ipv4", prefix(i), "10.3.0.1")(); a != nil && s.inside == "-" {
			t.Errorf("%s went inside: %v", s.name, a)
		}
		if a := frrAttributes(t, e.outer, "ipv4", prefix(i), "10.1.0.1")(); a != nil && s.outside == "-" {
			t.Errorf("%s went outside: %v", s.name, a)
		}
	}
}
