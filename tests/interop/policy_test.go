package interop

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bgpsh/wire"
)

// A policyCase is one policy, given to FRR and to us in the same words. %d is the case's number, which makes the names and
// the second octet of its prefixes its own.
type policyCase struct {
	name  string
	lists string // at the top level
	entry string // lines of a route map P%d, whole; empty: none
	extra string // lines of the neighbor, without `neighbor X`
}

// Numbers of the speakers: the receiver of what came in, and the first case.
const (
	policyDUT      = "10.1.0.1"
	policyReceiver = 250
	policyFeeder   = 251
	policyFirst    = 10
	policyDUTAS    = 65000
)

// TestPolicyAsFRR gives FRR and us the same lists, route maps and routes, and compares what other routers are sent, attribute
// by attribute: policy of routes received, as its results are sent on, and policy of routes sent.
//
// On a busy machine FRR loses messages of some neighbors: a difference counts when it comes again with both daemons begun anew.
func TestPolicyAsFRR(t *testing.T) {
	t.Parallel()
	differs := false
	t.Run("once", func(t *testing.T) { differs = comparePolicies(t, t.Logf) })
	if differs {
		t.Run("again", func(t *testing.T) { comparePolicies(t, t.Errorf) })
	}
}

// comparePolicies runs both daemons and reports each route that they do not send alike.
func comparePolicies(t *testing.T, report func(format string, args ...any)) (differs bool) {
	var results [2]map[string]string
	t.Run("daemons", func(t *testing.T) {
		for i, kind := range []string{"frr", "ours"} {
			t.Run(kind, func(t *testing.T) {
				t.Parallel()
				results[i] = policyResults(t, kind)
			})
		}
	})
	if results[0] == nil || results[1] == nil {
		t.Fatal("a daemon gave no result")
	}
	keys := map[string]bool{}
	for _, r := range results {
		for k := range r {
			keys[k] = true
		}
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if name, _, _ := strings.Cut(k, ", 10."); policyDiffers[name] != "" {
			continue
		}
		if a, b := results[0][k], results[1][k]; a != b {
			differs = true
			report("%s\n FRR:  %s\n ours: %s", k, a, b)
		}
	}
	if len(keys) < 300 {
		differs = true
		report("only %d routes were compared", len(keys))
	}
	return differs
}

// policyDiffers has the cases in which we differ, with the reason.
var policyDiffers = map[string]string{
	"route source, out": "FRR does not know there whom the route came from, and matches none",
	"a metric, out":     "the MED of another neighbor is not for an external one, and so is not matched either; FRR drops it, and still matches it",
}

// policyResults runs one daemon with all cases and gives each route that was sent, by case and prefix.
func policyResults(t *testing.T, kind string) map[string]string {
	l := newLab(t)
	dut, others := l.host("dut"), l.host("others")
	l.link(dut, others)
	cases := policyCases()
	total := 2 * len(cases)
	for n := policyFirst; n <= policyFeeder; n++ {
		if n < policyFirst+total || n >= policyReceiver {
			others.run("ip", "addr", "add", fmt.Sprintf("10.1.0.%d/24", n), "dev", "dut1")
		}
	}
	config := policyConfig(cases)
	if kind == "frr" {
		dut.frr(config)
	} else {
		dut.bgpd(config + "\n")
	}
	return converse(t, others, cases)
}

// policyConfig is the configuration of the daemon under test. Case i filters what neighbor 10+i announces, and case i again
// what neighbor 10+len+i is sent.
func policyConfig(cases []policyCase) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("route-map ALL permit 10\nexit")
	n := len(cases)
	for i := range 2 * n {
		c := cases[i%n]
		octet := 100 + i // in: the case's own routes
		if i >= n {
			octet = 99 // out: the feeder's
		}
		text := func(s string) string {
			return strings.NewReplacer("%d", fmt.Sprint(i), "%o", fmt.Sprint(octet)).Replace(s)
		}
		line("%s", text(c.lists))
		if c.entry != "" {
			line("%s\nexit", text(c.entry))
		}
	}
	line("router bgp %d\n bgp router-id 10.1.0.1\n no bgp network import-check\n no bgp enforce-first-as", policyDUTAS)
	for i := range 2*n + 2 {
		a, as := policySpeaker(i, n)
		line(" neighbor %s remote-as %d\n neighbor %s passive\n neighbor %s timers connect 1", a, as, a, a)
	}
	line(" address-family ipv4 unicast")
	for i := range 2*n + 2 {
		a, _ := policySpeaker(i, n)
		in, out := "route-map ALL in", "route-map ALL out"
		switch {
		case i < n:
			in, out = "", "prefix-list NOTHING out"
		case i < 2*n:
			in, out = "prefix-list NOTHING in", ""
		case i == 2*n:
			in = "prefix-list NOTHING in"
		default:
			out = "prefix-list NOTHING out"
		}
		for _, s := range []string{in, out} {
			if s != "" {
				line("  neighbor %s %s", a, s)
			}
		}
		if i >= 2*n {
			continue
		}
		c, dir := cases[i%n], "in"
		if i >= n {
			dir = "out"
		}
		if c.entry != "" {
			line("  neighbor %s route-map P%d %s", a, i, dir)
		}
		for _, x := range strings.Split(c.extra, "\n") {
			if x != "" {
				line("  neighbor %s %s %s", a, strings.ReplaceAll(x, "%d", fmt.Sprint(i)), dir)
			}
		}
	}
	line(" exit-address-family\nexit\nip prefix-list NOTHING deny any")
	return b.String()
}

// policySpeaker is the address and AS of one speaker: those of cases in and out, the receiver, the feeder.
func policySpeaker(i, n int) (netip.Addr, uint32) {
	switch i {
	case 2 * n:
		return netip.AddrFrom4([4]byte{10, 1, 0, policyReceiver}), 64900
	case 2*n + 1:
		return netip.AddrFrom4([4]byte{10, 1, 0, policyFeeder}), 64901
	}
	as := uint32(64700 + i)
	if i >= n && i%4 == 3 { // some receivers are internal
		as = policyDUTAS
	}
	return netip.AddrFrom4([4]byte{10, 1, 0, byte(policyFirst + i)}), as
}

// converse brings all speakers up, announces the routes and waits until nothing comes any more.
func converse(t *testing.T, h *host, cases []policyCase) map[string]string {
	n := len(cases)
	all := make([]*bgpSpeaker, 2*n+2)
	var wg sync.WaitGroup
	errs := make([]error, len(all))
	for i := range all {
		wg.Go(func() {
			a, as := policySpeaker(i, n)
			errs[i] = eventually(60*time.Second, func() (err error) {
				all[i], err = speak(h, plan{from: a, to: netip.MustParseAddr(policyDUT), as: as})
				return err
			})
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatalf("speaker %d: %v", i, err)
		}
		defer all[i].conn.Close()
	}
	for i, s := range all {
		switch _, as := policySpeaker(i, n); {
		case i < n:
			s.announce(t, 100+i, as)
		case i == 2*n+1:
			s.announce(t, 99, as)
		}
	}
	quiet := func() error {
		for i, s := range all {
			s.mu.Lock()
			idle := time.Since(s.last)
			s.mu.Unlock()
			if idle < 9*time.Second {
				return fmt.Errorf("speaker %d still hears", i)
			}
		}
		return nil
	}
	within(t, 60*time.Second, "quiet", quiet)
	out := map[string]string{}
	for i, s := range all {
		s.mu.Lock()
		for path, text := range s.routes {
			p := path.prefix
			key := ""
			switch octet := int(p.Addr().As4()[1]); {
			case i == 2*n && octet >= 100 && octet < 100+n:
				key = fmt.Sprintf("%s, in, %s", cases[octet-100].name, strings.Replace(p.String(), fmt.Sprintf("10.%d.", octet), "10.x.", 1))
			case i >= n && i < 2*n && octet == 99:
				key = fmt.Sprintf("%s, out, %s", cases[i-n].name, strings.Replace(p.String(), "10.99.", "10.x.", 1))
			default:
				continue
			}
			out[key] = text
		}
		s.mu.Unlock()
	}
	return out
}

// announce sends the routes that every case meets, under 10.OCTET.
func (s *bgpSpeaker) announce(t *testing.T, octet int, as uint32) {
	for i, r := range policyRoutes(as) {
		var nlri []wire.NLRI
		for _, suffix := range r.prefixes {
			p := netip.MustParsePrefix(fmt.Sprintf("10.%d.%s", octet, suffix))
			nlri = append(nlri, wire.NLRI{Prefix: wire.PrefixFrom(p)})
		}
		b, taken := wire.AppendReach(nil, r.attrs, wire.IPv4Unicast, nlri, &wire.Encoding{AS4: true})
		if taken != len(nlri) {
			t.Errorf("route %d does not fit", i)
		}
		if _, err := s.conn.Write(b); err != nil {
			t.Error(err)
		}
	}
}

type policyRoute struct {
	prefixes []string
	attrs    wire.Attrs
}

// policyRoutes are the routes of one speaker.
func policyRoutes(as uint32) []policyRoute {
	var out []policyRoute
	add := func(prefixes string, edit func(e *wire.Editor)) {
		e := wire.NewEditor(nil)
		e.SetOrigin(wire.OriginIGP)
		e.SetASPath(wire.ASPath(nil).AppendSegment(wire.SegmentSequence, as, 65010))
		e.SetNextHop(netip.MustParseAddr("10.1.0.252"))
		edit(e)
		out = append(out, policyRoute{strings.Fields(prefixes), e.AppendTo(nil)})
	}
	path := func(e *wire.Editor, rest ...uint32) {
		e.SetASPath(wire.ASPath(nil).AppendSegment(wire.SegmentSequence, append([]uint32{as}, rest...)...))
	}
	add("0.0/16 1.0/24 2.0/25 3.4/32 16.0/20", func(*wire.Editor) {})
	add("20.0/24", func(e *wire.Editor) { path(e) })
	add("21.0/24", func(e *wire.Editor) { path(e, 65011, 65012) })
	add("22.0/24", func(e *wire.Editor) { path(e, 65010, 65010, 65010) })
	add("23.0/24", func(e *wire.Editor) { path(e, 4200000001, 650) })
	add("24.0/24", func(e *wire.Editor) { path(e, 65001); e.SetUint32(wire.AttrMED, 100) })
	add("30.0/24", func(e *wire.Editor) { e.SetUint32(wire.AttrMED, 0) })
	add("31.0/24", func(e *wire.Editor) { e.SetUint32(wire.AttrMED, 4294967290) })
	add("32.0/24", func(e *wire.Editor) { e.SetOrigin(wire.OriginEGP); e.SetUint32(wire.AttrMED, 50) })
	add("33.0/24", func(e *wire.Editor) { e.SetOrigin(wire.OriginIncomplete) })
	add("40.0/24 40.128/25", func(e *wire.Editor) { e.AddCommunity(65001<<16 | 1) })
	add("41.0/24", func(e *wire.Editor) { e.AddCommunity(65001<<16 | 2); e.AddCommunity(65001<<16 | 1) })
	add("42.0/24", func(e *wire.Editor) {
		e.AddCommunity(65002<<16 | 666)
		e.AddCommunity(100<<16 | 7)
		e.AddCommunity(65001<<16 | 3)
	})
	add("43.0/24", func(e *wire.Editor) { e.AddCommunity(650<<16 | 11) })
	add("50.0/24", func(e *wire.Editor) { e.AddLargeCommunity(wire.LargeCommunity{Global: 65001, Local1: 1, Local2: 2}) })
	add("51.0/24", func(e *wire.Editor) {
		e.AddLargeCommunity(wire.LargeCommunity{Global: 65001, Local1: 1, Local2: 2})
		e.AddLargeCommunity(wire.LargeCommunity{Global: 4200000001, Local1: 7, Local2: 0})
	})
	add("60.0/24", func(e *wire.Editor) { e.AddExtCommunity(0x0002fde900000001) })
	add("61.0/24", func(e *wire.Editor) { e.AddExtCommunity(0x0002fde900000001); e.AddExtCommunity(0x0003fde900000002) })
	add("70.0/24", func(e *wire.Editor) { e.SetNextHop(netip.MustParseAddr("10.1.0.253")) })
	return out
}
