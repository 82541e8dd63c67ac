package daemon

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// A policyLab is two simulated external neighbors: b announces three networks, a has the policy.
type policyLab struct {
	t    *testing.T
	s    *lab
	a, b *simNode
}

func newPolicyLab(t *testing.T) *policyLab {
	t.Helper()
	s := newLab(7)
	l := &policyLab{t: t, s: s}
	l.a = s.add("a", "10.0.0.1/24", "router bgp 65001", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 65002",
		"address-family ipv4 unicast", "network 203.0.113.0/24", "neighbor 10.0.0.2 allow any in", "neighbor 10.0.0.2 allow any out")
	l.b = s.add("b", "10.0.0.2/24", "router bgp 65002", "bgp router-id 10.0.0.2", "neighbor 10.0.0.1 remote-as 65001",
		"address-family ipv4 unicast", "network 192.0.2.0/24", "network 192.0.2.128/25", "network 198.51.100.0/24",
		"neighbor 10.0.0.1 allow any in", "neighbor 10.0.0.1 allow any out")
	l.expect("at first", l.a, "192.0.2.0/24 192.0.2.128/25 198.51.100.0/24 203.0.113.0/24")
	l.expect("at first", l.b, "192.0.2.0/24 192.0.2.128/25 198.51.100.0/24 203.0.113.0/24")
	return l
}

// shown lists a node's best routes with what policy may have changed.
func (n *simNode) shown() string {
	var out []string
	for _, prefix := range []string{"192.0.2.0/24", "192.0.2.128/25", "198.51.100.0/24", "203.0.113.0/24"} {
		v, ok := n.loop.rib.Lookup(config.Families[0], netip.MustParsePrefix(prefix))
		if !ok || len(v.Paths) == 0 || v.Paths[0].Post == nil {
			continue
		}
		text, a := prefix, v.Paths[0].Post
		if med, ok := a.MED(); ok && med != 0 {
			text += fmt.Sprint(" med ", med)
		}
		if lp, ok := a.LocalPref(); ok {
			text += fmt.Sprint(" pref ", lp)
		}
		if w := a.Local().Weight; w != 0 && w != localWeight {
			text += fmt.Sprint(" weight ", w)
		}
		for c, i := a.Communities(), 0; i < c.Len(); i++ {
			text += fmt.Sprintf(" %d:%d", c.At(i)>>16, c.At(i)&0xffff)
		}
		if p := a.ASPath().String(); p != "65001" && p != "65002" && p != "" {
			text += " path " + p
		}
		if nh := a.NextHop(); nh != netip.MustParseAddr("10.0.0.1") && nh != netip.MustParseAddr("10.0.0.2") && !nh.IsUnspecified() {
			text += " via " + nh.String()
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// expect waits until a node shows this, with the session that it had.
func (l *policyLab) expect(after string, n *simNode, want string) {
	l.t.Helper()
	if !l.s.run(2*time.Minute, func() bool { return l.s.steps%8 == 0 && n.shown() == want }) {
		l.t.Fatalf("%s: %s has %s, want %s", after, n.name, n.shown(), want)
	}
	for _, n := range []*simNode{l.a, l.b} {
		if s := n.sessions[0]; s.up != nil && s.view.Load().ups > 1 {
			l.t.Fatalf("%s: the session of %s was reset", after, n.name)
		}
	}
}

// Every statement of a list or map shows at the neighbor, and its no form takes it back, without a reset or a refresh.
func TestPolicyTakesEffectAndIsTakenBack(t *testing.T) {
	const all = "192.0.2.0/24 192.0.2.128/25 198.51.100.0/24 203.0.113.0/24"
	l := newPolicyLab(t)
	in := func(what string, lines []string, want string, undo ...string) {
		t.Helper()
		l.a.configure(lines...)
		l.expect(what, l.a, want)
		l.a.configure(undo...)
		l.expect(what+", taken back", l.a, all)
	}
	bgp := func(lines ...string) []string {
		return append([]string{"router bgp 65001", "address-family ipv4 unicast"}, lines...)
	}
	join := func(parts ...[]string) (out []string) {
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	l.a.configure("ip prefix-list PL permit 192.0.2.0/24 le 32", "access-list AL permit 198.51.100.0/24", "bgp as-path access-list PATH deny _65002$",
		"bgp community-list standard CL permit 65002:1", "route-map M permit 10", "exit")
	in("prefix-list", bgp("neighbor 10.0.0.2 prefix-list PL in"), "192.0.2.0/24 192.0.2.128/25 203.0.113.0/24", bgp("no neighbor 10.0.0.2 prefix-list PL in")...)
	in("distribute-list", bgp("neighbor 10.0.0.2 distribute-list AL in"), "198.51.100.0/24 203.0.113.0/24", bgp("no neighbor 10.0.0.2 distribute-list AL in")...)
	in("filter-list", bgp("neighbor 10.0.0.2 filter-list PATH in"), "203.0.113.0/24", bgp("no neighbor 10.0.0.2 filter-list PATH in")...)
	in("a map that does not exist", bgp("neighbor 10.0.0.2 route-map NOSUCH in"), "203.0.113.0/24", bgp("no neighbor 10.0.0.2 route-map NOSUCH in")...)
	l.a.configure(bgp("neighbor 10.0.0.2 route-map M in")...)
	entry := func(lines ...string) []string { return append([]string{"route-map M permit 10"}, lines...) }
	for _, c := range []struct{ line, want string }{
		{"match ip address prefix-list PL", "192.0.2.0/24 192.0.2.128/25 203.0.113.0/24"},
		{"match ip address AL", "198.51.100.0/24 203.0.113.0/24"},
		{"match ip address prefix-len 25", "192.0.2.128/25 203.0.113.0/24"},
		{"match ip next-hop address 10.0.0.9", "203.0.113.0/24"},
		{"match ip next-hop prefix-len 24", "203.0.113.0/24"},
		{"match ip next-hop type blackhole", "203.0.113.0/24"},
		{"match ip next-hop prefix-list PL", "203.0.113.0/24"},
		{"match ip route-source PL", "203.0.113.0/24"},
		{"match peer 10.0.0.3", "203.0.113.0/24"}, {"match peer 10.0.0.2", all}, {"match peer local", "203.0.113.0/24"}, {"match src-peer 10.0.0.3", "203.0.113.0/24"},
		{"match interface eth9", "203.0.113.0/24"}, {"match interface eth0", all},
		{"match source-protocol static", "203.0.113.0/24"}, {"match source-protocol bgp", all},
		{"match as-path PATH", "203.0.113.0/24"}, {"match as-path-count 2", "203.0.113.0/24"}, {"match as-path-count 1", all},
		{"match community CL", "203.0.113.0/24"}, {"match large-community CL", "203.0.113.0/24"}, {"match extcommunity CL", "203.0.113.0/24"},
		{"match community-limit 0", all}, {"match extcommunity-limit 0", all}, {"match alias NAME", "203.0.113.0/24"},
		{"match metric 9", "203.0.113.0/24"}, {"match local-preference 9", "203.0.113.0/24"}, {"match tag 9", "203.0.113.0/24"},
		{"match origin egp", "203.0.113.0/24"}, {"match probability 0", "203.0.113.0/24"}, {"match ipv6 address AL", "203.0.113.0/24"},
		{"match ipv6 next-hop address 2001:db8::1", "203.0.113.0/24"},
	} {
		in(c.line, entry(c.line), c.want, entry("no "+c.line)...)
	}
	each := func(suffix string) string {
		return fmt.Sprintf("192.0.2.0/24%s 192.0.2.128/25%s 198.51.100.0/24%s 203.0.113.0/24", suffix, suffix, suffix)
	}
	for _, c := range []struct{ line, suffix string }{
		{"set metric 7", " med 7"}, {"set metric +3", " med 3"}, {"set min-metric 4", " med 4"},
		{"set local-preference 200", " pref 200"}, {"set local-preference -10", " pref 90"}, {"set weight 9", " weight 9"},
		{"set community 65001:1 65001:2", " 65001:1 65001:2"}, {"set community 65001:3 additive", " 65001:3"},
		{"set as-path prepend 65009", " path 65009 65002"}, {"set as-path prepend last-as 2", " path 65002 65002 65002"},
		{"set as-path replace any", " path 65001"}, {"set ip next-hop 10.0.0.77", " via 10.0.0.77"},
	} {
		if c.line == "set as-path replace any" {
			c.suffix = "" // our own AS alone reads as nothing here
		}
		in(c.line, entry(c.line), each(c.suffix), entry("no "+c.line)...)
	}
	in("call", join([]string{"route-map SUB permit 10", "match ip address prefix-list PL", "set metric 5", "exit"}, entry("call SUB")),
		"192.0.2.0/24 med 5 192.0.2.128/25 med 5 203.0.113.0/24", entry("no call", "exit", "no route-map SUB")...)
	in("on-match next", join(entry("set metric 5", "on-match next", "exit"), []string{"route-map M permit 20", "match ip address prefix-list PL", "set weight 3"}),
		"192.0.2.0/24 med 5 weight 3 192.0.2.128/25 med 5 weight 3 203.0.113.0/24", entry("no on-match next", "no set metric", "exit", "no route-map M permit 20")...)
	in("deny", []string{"no route-map M permit 10", "route-map M deny 10"}, "203.0.113.0/24", "no route-map M deny 10", "route-map M permit 10")
}

// What is sent follows an edit of a map and of a list, and only differences are sent.
func TestPolicyOut(t *testing.T) {
	l := newPolicyLab(t)
	rest := "192.0.2.0/24 192.0.2.128/25 198.51.100.0/24 203.0.113.0/24"
	l.a.configure("ip prefix-list PL permit 203.0.113.0/24", "route-map OUT permit 10", "match ip address prefix-list PL", "set metric 9", "set community 65001:7", "exit",
		"router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.2 route-map OUT out")
	l.expect("map out", l.b, rest+" med 9 65001:7")
	before := l.a.sessions[0].counts.sentOf(wire.TypeUpdate)
	l.a.configure("ip prefix-list PL permit 192.0.2.0/24", "ip prefix-list OTHER permit any")
	l.s.run(10*time.Second, func() bool { return false })
	if n := l.a.sessions[0].counts.sentOf(wire.TypeUpdate); n != before {
		t.Errorf("%d UPDATEs for an edit that changes nothing", n-before)
	}
	l.a.configure("route-map OUT permit 10", "set metric 10")
	l.expect("map changed", l.b, rest+" med 10 65001:7")
	l.a.configure("no ip prefix-list PL permit 203.0.113.0/24")
	l.expect("list changed", l.b, "192.0.2.0/24 192.0.2.128/25 198.51.100.0/24")
	l.a.configure("ip prefix-list PL permit any")
	l.expect("list changed again", l.b, rest+" med 10 65001:7")
}

// A map that is edited line by line counts when its mode is left, a list after the delay timer.
func TestLiveEditsWait(t *testing.T) {
	l := newPolicyLab(t)
	all := "192.0.2.0/24 192.0.2.128/25 198.51.100.0/24 203.0.113.0/24"
	l.a.configure("ip prefix-list PL permit 192.0.2.0/24", "route-map M permit 10", "exit",
		"router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.2 route-map M in")
	wait := func(d time.Duration) { l.s.run(d, func() bool { return false }) }
	wait(time.Second)
	l.expect("map", l.a, all)
	c := l.a.controller
	if _, err := c.edit(t.Context(), l.s.now, 5, author{user: "ann", source: "tty"}, false); err != nil {
		t.Fatal(err)
	}
	live := func(context []string, lines ...string) {
		t.Helper()
		m := applyRequest{context: context, live: true, client: 5, who: author{user: "ann", source: "tty"}, reply: func(r api.ApplyResult, err error) {
			if err != nil || !r.Applied {
				t.Fatal(err, r.Lines)
			}
		}}
		for i, text := range lines {
			m.lines = append(m.lines, config.Line{Number: i + 1, Text: text})
		}
		c.apply(l.s.now, m)
	}
	live(nil, "route-map M permit 10")
	live([]string{"route-map M permit 10"}, "match ip address prefix-list PL")
	live([]string{"route-map M permit 10"}, "set metric 8")
	wait(20 * time.Second)
	l.expect("while the map is open", l.a, all)
	live(nil)
	l.expect("when it is left", l.a, "192.0.2.0/24 med 8 203.0.113.0/24")

	live(nil, "ip prefix-list PL permit 198.51.100.0/24")
	wait(3 * time.Second)
	if got := l.a.shown(); got != "192.0.2.0/24 med 8 203.0.113.0/24" {
		t.Fatalf("before the delay timer: %s", got)
	}
	wait(3 * time.Second)
	l.expect("behind the delay timer", l.a, "192.0.2.0/24 med 8 198.51.100.0/24 med 8 203.0.113.0/24")

	live([]string{"route-map M permit 10"}, "set metric 9")
	c.step(l.s.now, editorGone{5})
	l.expect("when its editor is gone", l.a, "192.0.2.0/24 med 9 198.51.100.0/24 med 9 203.0.113.0/24")
}

// The number of an export policy is given again when neither a session nor the table uses it, and not before.
func TestExportNumbersAreGivenBack(t *testing.T) {
	x := &exports{}
	spec := func(med uint32) policy.Spec { return policy.Spec{SetMED: &med} }
	first := x.number(spec(1), policy.Env{})
	if again := x.number(spec(1), policy.Env{}); again != first {
		t.Fatalf("numbers %d and %d for one policy", first, again)
	}
	x.uses(first, 1) // the table
	x.release(first, first)
	if other := x.number(spec(2), policy.Env{}); other == first {
		t.Fatal("a number in use was given again")
	}
	changed := x.use(policy.Link(policy.Definitions{}, nil))
	if len(changed) != 0 {
		t.Errorf("nothing changed, and yet %v", changed)
	}
	x.release(first)
	if other := x.number(spec(3), policy.Env{}); other != first {
		t.Errorf("number %d is not given again, but %d", first, other)
	}
	if n := len(*x.known.Load()); n != 2 {
		t.Errorf("%d numbers for two policies", n)
	}
}

// A map that begins to ask who the neighbor is does so under another number: the one it had does not know of whom.
func TestExportThatBeginsToAskForTheNeighbor(t *testing.T) {
	library := func(lines ...string) *policy.Library {
		c, bad, _ := config.Parse("test", append([]string{"route-map M permit 10"}, lines...), config.Options{})
		if len(bad) > 0 {
			t.Fatal(bad)
		}
		return policy.Link(c.Policy, nil)
	}
	x := &exports{library: library("set metric 5")}
	spec, env := policy.Spec{RouteMap: "M"}, policy.Env{Family: wire.IPv4Unicast, Out: true, LocalAS: 65001, RemoteAS: 65002}
	sent := func(number uint32) string {
		e := wire.NewEditor(nil)
		e.SetASPath(wire.ASPath(nil).AppendSegment(wire.SegmentSequence, 65003))
		x.evaluate(number, netip.Addr{}, wire.IPv4Unicast, e.AppendTo(nil), wire.PrefixFrom(netip.MustParsePrefix("192.0.2.0/24")), e)
		med, _ := e.Attrs().MED()
		return fmt.Sprint(e.Attrs().ASPath(), " med ", med)
	}
	first := x.number(spec, env)
	for _, step := range []struct {
		line, before, after string
	}{
		{"set metric 6", "65003 med 6", "65003 med 6"},
		{"set as-path replace any", "65003 med 6", "65001 med 0"},
		{"set metric 7", "65001 med 0", "65003 med 7"},
	} {
		for _, r := range x.use(library(step.line)) {
			r.put()
		}
		if got := sent(first); got != step.before {
			t.Errorf("%s: under the old number %s is sent, want %s", step.line, got, step.before)
		}
		next := x.number(spec, env)
		x.release(first)
		if first = next; sent(first) != step.after {
			t.Errorf("%s: %s is sent, want %s", step.line, sent(first), step.after)
		}
	}
}

// Edits of a neighbor's export policy and of aggregates leave no numbers behind.
func TestExportNumbersDoNotGrow(t *testing.T) {
	l := newPolicyLab(t)
	for i := 1; i <= 12; i++ {
		l.a.configure("router bgp 65001", "address-family ipv4 unicast", fmt.Sprint("neighbor 10.0.0.2 export metric ", i),
			fmt.Sprintf("aggregate-address 192.0.0.0/%d suppress-map M%d", i+8, i), fmt.Sprintf("no aggregate-address 192.0.0.0/%d", i+7))
		l.expect("an edit", l.b, fmt.Sprint("192.0.2.0/24 192.0.2.128/25 198.51.100.0/24 203.0.113.0/24 med ", i))
	}
	if n := len(*l.a.controller.exports.known.Load()); n > 6 {
		t.Errorf("%d numbers after twelve edits", n)
	}
}
