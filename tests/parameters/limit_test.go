package parameters

import (
	"fmt"
	"net/netip"
	"testing"

	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// prefixes is a feed of n routes.
func prefixes(n int) (feed [][]byte) {
	for i := range n {
		feed = append(feed, announcement(fmt.Sprintf("198.51.%d.0/24", i), asPath(65002)))
	}
	return feed
}

// withdrawal takes a prefix back.
func withdrawal(prefix string) []byte {
	b, _ := wire.AppendUnreach(nil, wire.IPv4Unicast, []wire.NLRI{{Prefix: wire.PrefixFrom(netip.MustParsePrefix(prefix))}}, &wire.Encoding{AS4: true})
	return b
}

// A neighbor over its maximum is sent a Cease that names family and limit, stays down, and nobody hears of its routes; a
// higher limit lets it come back at once.
func TestMaximumPrefixEndsTheSession(t *testing.T) {
	t.Parallel()
	feeder, taker := &station{as: 65002, feed: prefixes(3)}, &station{as: 65003}
	l := newLab(t, []*station{feeder, taker}, "address-family ipv4 unicast", "neighbor 10.0.0.2 maximum-prefix 2")
	l.until("the feeder is told to cease", func() bool { return feeder.heard(wire.CodeCease, wire.CeaseMaxPrefix) })
	if data := feeder.farewells()[0].Data; fmt.Sprintf("%x", data) != "00010100000002" {
		t.Errorf("the Cease carries %x", data)
	}
	l.until("it stays down", func() bool {
		n := l.neighbor("10.0.0.2")
		return n.OverLimit && n.State == api.Idle && n.Down != nil && n.Down.Cause == api.DownMaxPrefix && n.Families[0].MaxPrefix == 2
	})
	l.until("the taker's session is up, without a route", func() bool { return taker.told(fed) == "-" && taker.count() == 0 })
	must[api.ClearResult](l.router, api.BGPClear, api.ClearParams{Neighbor: "10.0.0.2", How: api.ClearHard})
	l.until("it is tried again, and fails", func() bool { n := l.neighbor("10.0.0.2"); return n.Downs == 2 && n.OverLimit })
	l.apply("address-family ipv4 unicast", "neighbor 10.0.0.2 maximum-prefix 3")
	l.until("the taker has the routes", func() bool { return taker.count() == 3 })
	if n := l.neighbor("10.0.0.2"); n.OverLimit || n.Downs != 2 {
		t.Errorf("down %d times, over its limit: %v", n.Downs, n.OverLimit)
	}
	l.apply("address-family ipv4 unicast", "neighbor 10.0.0.2 maximum-prefix 2")
	l.until("a lower limit ends the session", func() bool { return l.neighbor("10.0.0.2").OverLimit && taker.count() == 0 })
	l.apply("address-family ipv4 unicast", "no neighbor 10.0.0.2 maximum-prefix")
	l.until("without a limit it comes back", func() bool { return taker.count() == 3 })
}

// Prefixes that policy refuses count only with force, and a limit that warns ends nothing.
func TestMaximumPrefixForms(t *testing.T) {
	t.Parallel()
	feeder, taker := &station{as: 65002, feed: prefixes(3)}, &station{as: 65003}
	l := newLab(t, []*station{feeder, taker}, "address-family ipv4 unicast",
		"no neighbor 10.0.0.2 allow any in", "neighbor 10.0.0.2 allow 198.51.0.0/24 in", "neighbor 10.0.0.2 maximum-prefix 1")
	l.until("the one route passes", func() bool { return taker.count() == 1 && l.neighbor("10.0.0.2").Families[0].Received == 3 })
	l.apply("address-family ipv4 unicast", "neighbor 10.0.0.2 maximum-prefix 1 warning-only force")
	if n := l.neighbor("10.0.0.2"); n.Downs != 0 || !n.Families[0].MaxPrefixWarn || !n.Families[0].MaxPrefixForce {
		t.Errorf("down %d times, %+v", n.Downs, n.Families[0])
	}
	l.apply("address-family ipv4 unicast", "no neighbor 10.0.0.2 maximum-prefix 1 warning-only force")
	if f := l.neighbor("10.0.0.2").Families[0]; f.MaxPrefixWarn || f.MaxPrefixForce {
		t.Errorf("without the limit %+v", f)
	}
	l.apply("address-family ipv4 unicast", "neighbor 10.0.0.2 maximum-prefix 1 force")
	l.until("filtered ones count with force", func() bool { return l.neighbor("10.0.0.2").OverLimit })
}

// maximum-prefix-out withholds what is too much, and sends it when there is room.
func TestMaximumPrefixOut(t *testing.T) {
	t.Parallel()
	feeder, taker := &station{as: 65002, feed: prefixes(3)}, &station{as: 65003}
	l := newLab(t, []*station{feeder, taker})
	l.until("the taker has all routes", func() bool { return taker.count() == 3 })
	l.apply("address-family ipv4 unicast", "neighbor 10.0.0.3 maximum-prefix-out 2")
	l.until("the taker has two", func() bool { return taker.count() == 2 && l.neighbor("10.0.0.3").Families[0].Sent == 2 })
	for i := range 3 {
		if p := fmt.Sprintf("198.51.%d.0/24", i); taker.told(p) != "-" {
			feeder.write(withdrawal(p))
			break
		}
	}
	l.until("the third takes the place of the one that went", func() bool {
		return taker.count() == 2 && l.neighbor("10.0.0.2").Families[0].Received == 2
	})
	l.apply("address-family ipv4 unicast", "no neighbor 10.0.0.3 maximum-prefix-out")
	feeder.write(prefixes(3)[0])
	feeder.write(prefixes(3)[1])
	l.until("all again", func() bool { return taker.count() == 3 })
}

// default-originate sends a default route of our own, beside and instead of one from elsewhere.
func TestDefaultOriginate(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{announcement("0.0.0.0/0", asPath(65002))}}
	taker, other := &station{as: 65003}, &station{as: 65004}
	l := newLab(t, []*station{feeder, taker, other})
	told := func(s *station, want string) {
		t.Helper()
		l.until("told "+want, func() bool { return s.told("0.0.0.0/0") == want })
	}
	told(taker, "[65001 65002] 10.0.0.2")
	l.apply("address-family ipv4 unicast", "neighbor 10.0.0.3 default-originate", "neighbor 10.0.0.2 default-originate")
	told(taker, "[65001] 10.0.0.1 med 0")
	told(feeder, "[65001] 10.0.0.1 med 0")
	told(other, "[65001 65002] 10.0.0.2")
	for name, want := range map[string]bool{"10.0.0.3": true, "10.0.0.4": false} {
		page := must[api.RoutesPage](l.router, api.BGPRoutes, api.RoutesParams{Family: api.IPv4Unicast, View: api.ViewAdvertised, Neighbor: name})
		if page.DefaultOriginate != want {
			t.Errorf("%s is listed with default-originate: %v", name, page.DefaultOriginate)
		}
	}
	feeder.write(withdrawal("0.0.0.0/0"))
	told(other, "-")
	told(taker, "[65001] 10.0.0.1 med 0")
	l.apply("address-family ipv4 unicast", "no neighbor 10.0.0.3 default-originate")
	told(taker, "-")
	told(feeder, "[65001] 10.0.0.1 med 0")
}

// default-originate is a policy for the default route: where an external neighbor has no other, it is sent that alone.
func TestDefaultOriginateWithoutPolicy(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}
	taker := &station{as: 65003}
	l := newLab(t, []*station{feeder, taker}, "address-family ipv4 unicast", "no neighbor 10.0.0.3 allow any out", "neighbor 10.0.0.3 default-originate")
	l.until("the default route", func() bool { return taker.told("0.0.0.0/0") == "[65001] 10.0.0.1 med 0" })
	l.says("0.0.0.0/0", "10.0.0.3", "sent: default-originate")
	l.says(fed, "10.0.0.3", "withheld: no policy for routes to 10.0.0.3, which RFC 8212 wants (bgp ebgp-requires-policy)")
	if f := l.neighbor("10.0.0.3").Families[0]; f.DenyOut != api.DenyPolicy {
		t.Errorf("the neighbor's page says %q", f.DenyOut)
	}
	l.apply("no bgp ebgp-requires-policy")
	l.expect(taker, "[65001 65002] 10.0.0.2")
	l.apply("bgp ebgp-requires-policy")
	l.expect(taker, "-")
	l.apply("address-family ipv4 unicast", "no neighbor 10.0.0.3 default-originate")
	l.until("nothing", func() bool { return taker.told("0.0.0.0/0") == "-" })
}
