package interop

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// exchange is how many clients the route server has.
const exchange = 50

// member is a client of the route server: a BIRD of its own.
type member int

func (m member) addr() string   { return fmt.Sprintf("10.1.0.%d", 10+int(m)) }
func (m member) as() int        { return 64600 + int(m) }
func (m member) origin() int    { return 65000 + 100 + int(m) } // the AS behind it
func (m member) prefix() string { return fmt.Sprintf("100.64.%d.0/24", m) }

// config announces a route of the member's own and the common one, of which that of the first member is best.
func (m member) config() string {
	return fmt.Sprintf(`router id %[1]s;
protocol device {}
protocol static s4 { ipv4;
 route %[4]s blackhole { bgp_path.prepend(%[3]d); bgp_community.add((%[2]d,1)); };
 route %[5]s blackhole { bgp_path.prepend(%[3]d); bgp_path.prepend(65077); bgp_path.prepend(65077); }; }
protocol bgp server { local %[1]s as %[2]d; neighbor 10.1.0.1 as 65000;
 connect retry time 1; connect delay time 1; error wait time 1,1;
 ipv4 { import all; export filter { if source != RTS_STATIC then reject; bgp_med = %[6]d; accept; }; }; }
`, m.addr(), m.as(), m.origin(), m.prefix(), shared, m+1)
}

// exchangeServer is our configuration: all members alike, but for two with a policy of their own.
func exchangeServer() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("ip prefix-list SEVEN permit %s\nip prefix-list SHARED permit %s", member(7).prefix(), shared)
	line("route-map ALL permit 10\nexit")
	line("route-map IN3 permit 10\n set community 65000:3 additive\nexit")
	line("route-map OUT4 deny 10\n match ip address prefix-list SEVEN\nexit\nroute-map OUT4 permit 20\n set metric 999\n set as-path prepend 65000\nexit")
	line("router bgp 65000\n bgp router-id 10.1.0.1\n bgp bestpath compare-routerid\n neighbor RS peer-group")
	for i := range exchange {
		a := member(i).addr()
		line(" neighbor %s remote-as %d\n neighbor %s peer-group RS\n neighbor %s timers connect 1", a, member(i).as(), a, a)
	}
	line(" address-family ipv4 unicast\n  neighbor RS route-server-client\n  neighbor RS route-map ALL in\n  neighbor RS route-map ALL out")
	line("  neighbor %s route-map IN3 in\n  neighbor %s route-map OUT4 out", member(3).addr(), member(4).addr())
	line(" exit-address-family\nexit")
	return b.String()
}

// birdPrefix begins a prefix in BIRD's list of routes.
var birdPrefix = regexp.MustCompile(`(?m)^[0-9.]+/\d+ `)

// received gives what BIRD has from the protocol: by prefix "path; next hop; MED; communities".
func (b *bird) received(protocol string) map[string]string {
	out := map[string]string{}
	text := b.birdc("show route protocol " + protocol + " all")
	starts := append(birdPrefix.FindAllStringIndex(text, -1), []int{len(text)})
	for i, at := range starts[:len(starts)-1] {
		a := map[string]string{}
		for _, f := range birdAttr.FindAllStringSubmatch(text[at[1]:starts[i+1][0]], -1) {
			a[f[1]] = strings.TrimSpace(f[2])
		}
		out[strings.TrimSpace(text[at[0]:at[1]])] = fmt.Sprintf("%s; %s; %s; %s", a["as_path"], a["next_hop"], a["med"], a["community"])
	}
	return out
}

// segment joins dut and the others by a bridge in dut's namespace: 10.1.0.1, and 10.1.0.10 and up in their order.
func (l *lab) segment(dut *host, others []*host) {
	l.t.Helper()
	run(l.t, "ip", "-n", dut.ns, "link", "add", "segment", "type", "bridge")
	run(l.t, "ip", "-n", dut.ns, "addr", "add", "10.1.0.1/24", "dev", "segment")
	run(l.t, "ip", "-n", dut.ns, "link", "set", "segment", "up")
	for i, h := range others {
		run(l.t, "ip", "-n", dut.ns, "link", "add", h.name, "master", "segment", "type", "veth", "peer", "name", "eth0", "netns", h.ns)
		run(l.t, "ip", "-n", dut.ns, "link", "set", h.name, "up")
		run(l.t, "ip", "-n", h.ns, "addr", "add", member(i).addr()+"/24", "dev", "eth0")
		run(l.t, "ip", "-n", h.ns, "link", "set", "eth0", "up")
	}
}

// members are those of the exchange, with what they are to have of each other.
type members struct {
	t        *testing.T
	birds    []*bird
	gone     int  // the member that has left; -1: none
	filtered bool // member 4 has its policy
}

// wanted is what member m is to have.
func (x *members) wanted(m member) map[string]string {
	out := map[string]string{}
	add := func(from member, prefix, path, own string) {
		med, communities := fmt.Sprint(int(from)+1), own
		if from == 3 {
			communities = strings.TrimSpace(communities + " (65000,3)")
		}
		if m == 4 && x.filtered {
			path, med = "65000 "+path, "999"
			if prefix == member(7).prefix() {
				return
			}
		}
		out[prefix] = fmt.Sprintf("%s; %s; %s; %s", path, from.addr(), med, communities)
	}
	for i := range exchange {
		if from := member(i); from != m && i != x.gone {
			add(from, from.prefix(), fmt.Sprintf("%d %d", from.as(), from.origin()), fmt.Sprintf("(%d,1)", from.as()))
		}
	}
	best := member(0)
	if x.gone == 0 {
		best = 1
	}
	if m != best {
		add(best, shared, fmt.Sprintf("%d 65077 65077 %d", best.as(), best.origin()), "")
	}
	return out
}

// all waits until each member has what it is to have, and no more.
func (x *members) all(what string) {
	x.t.Helper()
	within(x.t, 20*time.Second, what, func() error {
		for i, b := range x.birds {
			if i == x.gone {
				continue
			}
			has, want := b.received("server"), x.wanted(member(i))
			for p, w := range want {
				if has[p] != w {
					return fmt.Errorf("member %d has %s as %q, not %q", i, p, has[p], w)
				}
			}
			if len(has) != len(want) {
				return fmt.Errorf("member %d has %d routes, not %d: %v", i, len(has), len(want), has)
			}
		}
		return nil
	})
}

// Fifty members of an exchange, BIRD each, and our route server between them: each ends with what all others have sent, with
// their AS path, next hop and MED, and what a policy does to one of them no other one sees.
func TestRouteServerOfFifty(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	dut := l.host("dut")
	r := dut.bgpd(exchangeServer())
	var hosts []*host
	for i := range exchange {
		hosts = append(hosts, l.host(fmt.Sprintf("m%d", i)))
	}
	l.segment(dut, hosts)
	var birds [exchange]*bird
	for i, h := range hosts {
		birds[i] = h.newBIRD(member(i).config())
		birds[i].launch()
	}
	for _, b := range birds {
		b.answers()
	}
	for i := range exchange {
		r.established(member(i).addr())
	}
	x := &members{t: t, birds: birds[:], gone: -1, filtered: true}
	all := x.all
	all("each has what the others sent")

	birds[0].birdc("disable server")
	x.gone = 0
	all("the first one's routes left, the second one's share of the common prefix came")
	birds[0].birdc("enable server")
	x.gone = -1
	all("and it is back")

	r.sh("configure terminal", "router bgp 65000", "address-family ipv4 unicast", "no neighbor "+member(4).addr()+" route-map OUT4 out")
	x.filtered = false
	all("without its policy one member has what the others have")
	if errs := slices.Collect(strings.Lines(r.sh("show bgp ipv4 unicast summary failed"))); len(errs) > 1 {
		t.Errorf("sessions fell: %s", errs)
	}

	// One that is a client no longer is told of the server's AS and next hop, and MEDs of others no more.
	r.sh("configure terminal", "router bgp 65000", "address-family ipv4 unicast", "no neighbor RS route-server-client")
	within(t, 20*time.Second, "no route server any more", func() error {
		if has := birds[9].received("server")[member(8).prefix()]; has != "65000 64608 65108; 10.1.0.18; ; (64608,1)" {
			return fmt.Errorf("%s", has)
		}
		return nil
	})
}
