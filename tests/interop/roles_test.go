package interop

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// The trio of roles: ours (65001) with FRR (65002) on 10.1.0.0/24 and BIRD (65003) on 10.2.0.0/24. A role of theirs comes as they
// write it.
func roleTrio(t *testing.T, frrRole, birdRole, birdFilter string, ours ...string) (r *router, f *frr, b *bird) {
	l := newLab(t)
	dut, fh, bh := l.host("dut"), l.host("frr"), l.host("bird")
	l.link(dut, fh)
	l.link(dut, bh)
	f = fh.frr(fmt.Sprintf(`
router bgp 65002
 bgp router-id 10.0.0.2
 bgp log-neighbor-changes
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.1.0.1 remote-as 65001
 neighbor 10.1.0.1 timers connect 1
 %s
 address-family ipv4 unicast
  network 198.51.100.0/24
 exit-address-family
exit
`, frrRole))
	b = bh.bird(fmt.Sprintf(`router id 10.0.0.3;
protocol device {}
protocol static s4 { ipv4; route 203.0.113.0/24 blackhole; }
protocol bgp dut { local 10.2.0.2 as 65003; neighbor 10.2.0.1 as 65001; %s
 connect retry time 1; connect delay time 1; error wait time 1,1; ipv4 { import all; export filter { %s accept; }; }; }
`, birdRole, birdFilter))
	r = dut.bgpd(`router bgp 65001
 bgp router-id 10.0.0.1
 neighbor 10.1.0.2 remote-as 65002
 neighbor 10.1.0.2 timers connect 1
 neighbor 10.2.0.2 remote-as 65003
 neighbor 10.2.0.2 timers connect 1
 ` + strings.Join(ours, "\n ") + `
 address-family ipv4 unicast
  network 10.100.0.0/16
  neighbor 10.1.0.2 allow any in
  neighbor 10.1.0.2 allow any out
  neighbor 10.2.0.2 allow any in
  neighbor 10.2.0.2 allow any out
 exit-address-family
exit
`)
	return r, f, b
}

func (r *router) configure(lines ...string) {
	r.h.lab.t.Helper()
	r.sh(append([]string{"configure terminal", "router bgp 65001"}, lines...)...)
}

// shows waits until the command's output has the text.
func (r *router) shows(command, text string) {
	r.h.lab.t.Helper()
	within(r.h.lab.t, 20*time.Second, command, func() error { return holds(text, func() string { out, _, _ := r.try(command); return out }) })
}

// holds is nil when what read gives has the text.
func holds(text string, read func() string) error {
	if out := read(); !strings.Contains(out, text) {
		return fmt.Errorf("no %q in\n%.4000s", text, out)
	}
	return nil
}

// A provider of ours and a customer of ours: what comes from the one is marked and may go to the other, and to no other
// provider; a route of the customer's that is marked has leaked.
func TestRolesWithFRRAndBIRD(t *testing.T) {
	t.Parallel()
	r, f, b := roleTrio(t, "neighbor 10.1.0.1 local-role provider", "local role customer;", "",
		"neighbor 10.1.0.2 local-role customer", "neighbor 10.2.0.2 local-role provider")
	r.established("10.1.0.2")
	r.established("10.2.0.2")
	otc := func(prefix string) func() string {
		return func() string { return b.birdc("show route " + prefix + " protocol dut all") }
	}
	within(t, 20*time.Second, "FRR's mark at BIRD", func() error { return holds("BGP.otc: 65002", otc("198.51.100.0/24")) })
	within(t, 20*time.Second, "our own mark at BIRD", func() error { return holds("BGP.otc: 65001", otc("10.100.0.0/16")) })
	r.shows("show bgp ipv4 unicast 198.51.100.0/24", "65002")
	settled(t, "the customer's route at the provider", frrAttributes(t, f, "ipv4", "203.0.113.0/24", "10.1.0.1"))
	settled(t, "ours at the provider", frrAttributes(t, f, "ipv4", "10.100.0.0/16", "10.1.0.1"))
	for what, out := range map[string]string{
		"ours of FRR": r.sh("show bgp neighbors 10.1.0.2"), "ours of BIRD": r.sh("show bgp neighbors 10.2.0.2"),
		"FRR's": f.vtysh("show bgp neighbors 10.1.0.1"), "BIRD's": b.birdc("show protocols all dut"),
	} {
		if !strings.Contains(out, "ole: ") && !strings.Contains(out, "Role") {
			t.Errorf("%s page has no role:\n%s", what, out)
		}
	}

	// BIRD a second provider: what FRR gave us goes to our customers alone.
	b.reconfigure("local role customer;", "local role provider;")
	r.configure("neighbor 10.2.0.2 local-role customer")
	r.sh("wait bgp neighbor 10.2.0.2 established after-generation 1 timeout 120")
	settled(t, "our route at BIRD", birdAttributes(b, "10.100.0.0/16", "dut"))
	gone(t, "FRR's route at the other provider", birdAttributes(b, "198.51.100.0/24", "dut"))
	r.shows("show bgp explain 198.51.100.0/24 to 10.2.0.2", "OTC")

	// Both without roles.
	b.reconfigure("local role provider;", "")
	r.configure("no neighbor 10.2.0.2 local-role")
	settled(t, "FRR's route at BIRD without a role", birdAttributes(b, "198.51.100.0/24", "dut"))
}

// reconfigure changes a part of BIRD's configuration while it runs.
func (b *bird) reconfigure(old, with string) {
	t := b.h.lab.t
	t.Helper()
	file := b.args[2]
	text, err := os.ReadFile(file)
	if err == nil && !strings.Contains(string(text), old) {
		err = fmt.Errorf("no %q in it", old)
	}
	if err == nil {
		err = os.WriteFile(file, []byte(strings.Replace(string(text), old, with, 1)), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out := b.birdc("configure"); !strings.Contains(out, "Reconfigur") {
		t.Fatal(out)
	}
}

// A customer's route that is marked already comes from a provider or a peer of its own: it is refused, and shown with the reason.
func TestLeakFromBIRD(t *testing.T) {
	t.Parallel()
	r, f, b := roleTrio(t, "", "local role customer;", "bgp_otc = 65077;", "neighbor 10.2.0.2 local-role provider")
	r.established("10.1.0.2")
	r.established("10.2.0.2")
	settled(t, "our route at BIRD", birdAttributes(b, "10.100.0.0/16", "dut"))
	r.shows("show bgp ipv4 unicast neighbors 10.2.0.2 filtered-routes", "203.0.113.0/24   10.2.0.2                               0 65003 i  Reason: route leak")
	if a := frrAttributes(t, f, "ipv4", "203.0.113.0/24", "10.1.0.1")(); a != nil {
		t.Errorf("the leak went on to FRR: %v", a)
	}
	b.reconfigure("bgp_otc = 65077;", "")
	settled(t, "the route without the mark at FRR", frrAttributes(t, f, "ipv4", "203.0.113.0/24", "10.1.0.1"))
}

// Roles that do not fit each other end in a NOTIFICATION that either side shows, and so does a missing one where it is strict.
func TestRolesThatDoNotFit(t *testing.T) {
	t.Parallel()
	r, f, b := roleTrio(t, "neighbor 10.1.0.1 local-role customer", "local role customer; require roles on;", "",
		"neighbor 10.1.0.2 local-role customer")
	r.shows("show bgp neighbors 10.1.0.2", "Role Mismatch")
	within(t, 20*time.Second, "FRR tells of the roles", func() error {
		return holds("Role Mismatch", func() string { out, _ := os.ReadFile(f.bgpd.log); return string(out) })
	})
	r.shows("show bgp neighbors 10.2.0.2", "Role Mismatch")
	within(t, 20*time.Second, "BIRD wants a role", func() error {
		return holds("ole ", func() string { return b.birdc("show protocols all dut") })
	})
	r.configure("neighbor 10.1.0.2 local-role provider")
	r.established("10.1.0.2")
	r.configure("neighbor 10.2.0.2 local-role provider")
	r.established("10.2.0.2")

	// Strict: FRR and BIRD without a role of theirs.
	f.vtysh("configure terminal\nrouter bgp 65002\nno neighbor 10.1.0.1 local-role customer")
	b.reconfigure("local role customer; require roles on;", "")
	r.sh("wait bgp neighbor 10.1.0.2 established after-generation 1 timeout 120")
	r.sh("wait bgp neighbor 10.2.0.2 established after-generation 1 timeout 120")
	for _, n := range []string{"10.1.0.2", "10.2.0.2"} {
		r.configure("neighbor " + n + " local-role provider strict-mode")
		r.shows("show bgp neighbors "+n, "Role Mismatch")
		r.configure("no neighbor "+n+" local-role provider strict-mode", "neighbor "+n+" local-role provider")
		r.established(n)
	}
}
