package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shared is the prefix that two neighbors announce to us.
const shared = "203.0.113.0/24"

// feeder is a BIRD that announces the shared prefix with a path of its own.
func feeder(h *host, addr, ours string, as int, path string) {
	h.bird(fmt.Sprintf(`router id %s;
protocol device {}
protocol static s4 { ipv4; route %s blackhole { %s }; }
protocol bgp dut { local %s as %d; neighbor %s as 65001; connect retry time 1; connect delay time 1; error wait time 1,1;
 ipv4 { import none; export where source = RTS_STATIC; }; }
`, addr, shared, path, addr, as, ours))
}

// A receiver with ADD-PATH of each of the others holds both paths, loses just the one that goes, and gets it back.
func TestAddPathReceivers(t *testing.T) {
	t.Parallel()
	for name, receive := range map[string]func(h *host) (paths func() string){
		"FRR": func(h *host) func() string {
			f := h.frr(`
router bgp 65009
 bgp router-id 10.0.0.9
 no bgp ebgp-requires-policy
 neighbor 10.3.0.1 remote-as 65001
 neighbor 10.3.0.1 timers connect 1
exit
`)
			return func() string { return f.vtysh("show bgp ipv4 unicast " + shared) }
		},
		"BIRD": func(h *host) func() string {
			b := h.bird(`router id 10.0.0.9;
protocol device {}
protocol bgp dut { local 10.3.0.2 as 65009; neighbor 10.3.0.1 as 65001; connect retry time 1; connect delay time 1; error wait time 1,1;
 ipv4 { add paths rx; import all; export none; }; }
`)
			return func() string { return b.birdc("show route " + shared + " all") }
		},
		"GoBGP": func(h *host) func() string {
			p := &gobgpPeer{h: h, s: &session{}}
			file := filepath.Join(h.dir, "gobgpd.toml")
			config := `[global.config]
as = 65009
router-id = "10.0.0.9"
[[neighbors]]
[neighbors.config]
neighbor-address = "10.3.0.1"
peer-as = 65001
[neighbors.timers.config]
connect-retry = 1
idle-hold-time-after-reset = 1
[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
afi-safi-name = "ipv4-unicast"
[neighbors.afi-safis.add-paths.config]
receive = true
`
			if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
				t.Fatal(err)
			}
			h.start("gobgpd", "-f", file, "-p", "--pprof-disable", "--api-hosts", "127.0.0.1:50051")
			return func() string { out, _ := p.gobgp("neighbor", "10.3.0.1", "adj-in"); return out }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			dut, one, two, taker := l.host("dut"), l.host("one"), l.host("two"), l.host("taker")
			l.link(dut, one)
			l.link(dut, two)
			l.link(dut, taker)
			feeder(one, "10.1.0.2", "10.1.0.1", 65002, "")
			feeder(two, "10.2.0.2", "10.2.0.1", 65003, "bgp_path.prepend(65077);")
			r := dut.bgpd(`router bgp 65001
 bgp router-id 10.0.0.1
 neighbor 10.1.0.2 remote-as 65002
 neighbor 10.2.0.2 remote-as 65003
 neighbor 10.3.0.2 remote-as 65009
 neighbor 10.3.0.2 timers connect 1
 address-family ipv4 unicast
  neighbor 10.1.0.2 allow any in
  neighbor 10.2.0.2 allow any in
  neighbor 10.3.0.2 allow any out
  neighbor 10.3.0.2 addpath-tx-all-paths
 exit-address-family
exit
`)
			paths := receive(taker)
			for _, n := range []string{"10.1.0.2", "10.2.0.2", "10.3.0.2"} {
				r.established(n)
			}
			holds := func(what string, first, second bool) {
				t.Helper()
				within(t, 30*time.Second, what, func() error {
					out := strings.Join(strings.Fields(paths()), " ")
					if strings.Contains(out, "65001 65002") != first || strings.Contains(out, "65001 65003 65077") != second {
						return fmt.Errorf("%s", out)
					}
					return nil
				})
			}
			holds("both paths", true, true)
			r.sh("configure terminal", "router bgp 65001", "neighbor 10.1.0.2 shutdown")
			holds("the other path alone", false, true)
			r.sh("configure terminal", "router bgp 65001", "no neighbor 10.1.0.2 shutdown")
			holds("both again", true, true)
		})
	}
}
