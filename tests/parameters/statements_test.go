package parameters

import (
	"net/netip"
	"testing"

	"bgpsh/daemon/kernel"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// offer is the OPEN that a station got last, nil before any.
func (s *station) offer() *wire.Open {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peer
}

// An offerRow shows one statement by what the router's OPEN says.
type offerRow struct {
	name, line, no string
	says           func(o *wire.Open) bool // with the statement, and not without it
	extra          string                  // a line that stands beside it
	next           bool                    // it counts from the next session on
	af             bool                    // the statement stands in address-family ipv4 unicast
}

// restarts reports an OPEN whose sender can itself be waited for (RFC 4724).
func restarts(o *wire.Open) bool {
	return o.Caps.GracefulRestart != nil && len(o.Caps.GracefulRestart.Families) > 0
}

var offerRows = []offerRow{
	{name: "router-id", line: "bgp router-id 10.0.0.99", no: "no bgp router-id", says: func(o *wire.Open) bool { return o.ID == 0x0a000063 }},
	{name: "timers bgp", line: "timers bgp 5 15", says: func(o *wire.Open) bool { return o.HoldTime == 15 }, no: "no timers bgp"},
	{name: "timers", line: "neighbor 10.0.0.2 timers 5 15", says: func(o *wire.Open) bool { return o.HoldTime == 15 }, no: "no neighbor 10.0.0.2 timers"},
	{name: "capability fqdn", line: "neighbor 10.0.0.2 capability fqdn", says: func(o *wire.Open) bool { return o.Caps.FQDN != nil }},
	{name: "capability extended-nexthop", line: "neighbor 10.0.0.2 capability extended-nexthop", says: func(o *wire.Open) bool { return len(o.Caps.ExtendedNextHop) > 0 }},
	{name: "dont-capability-negotiate", line: "neighbor 10.0.0.2 dont-capability-negotiate",
		says: func(o *wire.Open) bool { return len(o.Caps.Multiprotocol) == 0 && !o.Caps.HasAS4 }},
	{name: "local-role", line: "neighbor 10.0.0.2 local-role peer", no: "no neighbor 10.0.0.2 local-role",
		says: func(o *wire.Open) bool { return o.Caps.HasRole && o.Caps.Role == wire.RolePeer }},
	{name: "local-as", line: "neighbor 10.0.0.2 local-as 64999", no: "no neighbor 10.0.0.2 local-as", says: func(o *wire.Open) bool { return o.AS() == 64999 }},
	{name: "hostname", line: "hostname edge7", extra: "neighbor 10.0.0.2 capability fqdn", next: true,
		says: func(o *wire.Open) bool { return o.Caps.FQDN != nil && o.Caps.FQDN.Host == "edge7" }},
	{name: "frr defaults", line: "frr defaults datacenter", next: true, says: func(o *wire.Open) bool { return o.HoldTime == 9 }},
	{name: "capability orf of what we want", af: true, line: "neighbor 10.0.0.2 capability orf prefix-list send",
		says: func(o *wire.Open) bool { return len(o.Caps.Filters) > 0 && o.Caps.Filters[0].Mode == wire.FilterSend }},
	{name: "capability orf of both", af: true, line: "neighbor 10.0.0.2 capability orf prefix-list both",
		says: func(o *wire.Open) bool { return len(o.Caps.Filters) > 0 && o.Caps.Filters[0].Mode == wire.FilterBoth }},
	{name: "activate", extra: "address-family ipv6 unicast", line: "neighbor 10.0.0.2 activate", says: func(o *wire.Open) bool { return len(o.Caps.Multiprotocol) == 2 }},
	{name: "graceful-restart", next: true, line: "bgp graceful-restart", says: restarts},
	{name: "graceful-restart-disable", next: true, line: "bgp graceful-restart-disable", says: func(o *wire.Open) bool { return o.Caps.GracefulRestart == nil }},
	{name: "graceful-restart of a neighbor", next: true, line: "neighbor 10.0.0.2 graceful-restart", says: restarts},
	{name: "graceful-restart-helper of a neighbor", next: true, line: "neighbor 10.0.0.2 graceful-restart-helper", extra: "bgp graceful-restart",
		says: func(o *wire.Open) bool { return !restarts(o) }},
	{name: "graceful-restart-disable of a neighbor", next: true, line: "neighbor 10.0.0.2 graceful-restart-disable", says: func(o *wire.Open) bool { return o.Caps.GracefulRestart == nil }},
	{name: "restart-time", next: true, line: "bgp graceful-restart restart-time 77", no: "no bgp graceful-restart restart-time", extra: "bgp graceful-restart",
		says: func(o *wire.Open) bool { return o.Caps.GracefulRestart.Time == 77 }},
	{name: "preserve-fw-state", next: true, line: "no bgp graceful-restart preserve-fw-state", no: "bgp graceful-restart preserve-fw-state", extra: "bgp graceful-restart",
		says: func(o *wire.Open) bool { return !o.Caps.GracefulRestart.Families[0].Forwarding }},
	{name: "notification", next: true, line: "no bgp graceful-restart notification", no: "bgp graceful-restart notification",
		says: func(o *wire.Open) bool { return !o.Caps.GracefulRestart.Notification }},
	{name: "long-lived-graceful-restart", next: true, line: "bgp long-lived-graceful-restart stale-time 600", no: "no bgp long-lived-graceful-restart stale-time", extra: "bgp graceful-restart",
		says: func(o *wire.Open) bool { return len(o.Caps.LongLived) > 0 && o.Caps.LongLived[0].Time == 600 }},
}

// Each statement about what is offered shows in the OPEN of a new session, and its no form takes it back.
func TestOffers(t *testing.T) {
	t.Parallel()
	for _, row := range offerRows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := &station{as: 65002}
			l := newLab(t, []*station{s}, row.extra)
			no := row.no
			if no == "" {
				no = "no " + row.line
			}
			is := func(what string, want bool) {
				t.Helper()
				l.until(what, func() bool {
					o := s.offer()
					return o != nil && row.says(o) == want && l.neighbor("10.0.0.2").State == api.Established
				})
			}
			is("without", false)
			in := func(line string) {
				t.Helper()
				lines := []string{line}
				switch {
				case row.af:
					lines = []string{"address-family ipv4 unicast", line}
				case row.name == "activate":
					lines = []string{row.extra, line}
				}
				if r := l.apply(lines...); !r.Applied {
					t.Fatalf("%s: %+v", line, r)
				}
				if row.next {
					must[api.ClearResult](l.router, api.BGPClear, api.ClearParams{Neighbor: "10.0.0.2", How: api.ClearHard})
				}
			}
			in(row.line)
			is("with", true)
			in(no)
			is("without it again", false)
		})
	}
}

// A neighbor that offers a smaller hold time than minimum-holdtime is refused.
func TestMinimumHoldTime(t *testing.T) {
	t.Parallel()
	s := &station{as: 65002, hold: 9}
	l := newLab(t, []*station{s}, "bgp minimum-holdtime 20")
	l.until("it is refused", func() bool { return s.heard(wire.CodeOpen, wire.OpenBadHoldTime) })
	l.apply("no bgp minimum-holdtime")
	l.until("it is taken", func() bool { return l.neighbor("10.0.0.2").State == api.Established })
}

// Under `bgp default shutdown` new neighbors begin shut down, and those that are there stay as they are.
func TestDefaultShutdown(t *testing.T) {
	t.Parallel()
	s := &station{as: 65002}
	l := newLab(t, []*station{s})
	l.until("it is up", func() bool { return l.neighbor("10.0.0.2").State == api.Established })
	l.apply("bgp default shutdown")
	l.apply("neighbor 10.0.0.8 remote-as 65008")
	if n := l.neighbor("10.0.0.8"); !n.AdminDown || n.Down == nil || n.Down.Cause != api.DownShutdown {
		t.Errorf("a new neighbor is %s, %+v", n.State, n.Down)
	}
	if n := l.neighbor("10.0.0.2"); n.AdminDown || n.State != api.Established || n.Generation != 1 {
		t.Errorf("the neighbor that was there is %s in generation %d", n.State, n.Generation)
	}
	l.apply("no bgp default shutdown")
	l.apply("neighbor 10.0.0.9 remote-as 65009")
	if n := l.neighbor("10.0.0.9"); n.AdminDown {
		t.Error("it still holds")
	}
}

// `no bgp default ipv4-unicast` leaves new neighbors without a family until one is activated.
func TestDefaultFamily(t *testing.T) {
	t.Parallel()
	s := &station{as: 65002}
	l := newLab(t, []*station{s}, "no bgp default ipv4-unicast", "no neighbor 10.0.0.2", "neighbor 10.0.0.2 remote-as 65002", "neighbor 10.0.0.2 passive", "neighbor 10.0.0.2 timers idle-hold 0")
	if n := l.neighbor("10.0.0.2"); n.Down == nil || n.Down.Cause != api.DownInactive || len(n.Families) != 0 {
		t.Errorf("it is %s, %+v", n.State, n.Down)
	}
	l.apply("address-family ipv4 unicast", "neighbor 10.0.0.2 activate")
	l.until("it is up", func() bool { return l.neighbor("10.0.0.2").State == api.Established })
	l.apply("address-family ipv4 unicast", "no neighbor 10.0.0.2 activate")
	l.until("it is down", func() bool { n := l.neighbor("10.0.0.2"); return n.Down != nil && n.Down.Cause == api.DownInactive })
	l.apply("bgp default ipv4-unicast")
	if n := l.neighbor("10.0.0.2"); len(n.Families) != 0 {
		t.Error("what a line says gave way to a default")
	}
}

// Under `bgp default ipv6-unicast` new neighbors speak IPv6 unicast too; those that are there stay as they are.
func TestDefaultIPv6(t *testing.T) {
	t.Parallel()
	both := []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast}
	s := &station{as: 65002, asks: both}
	l := newLab(t, []*station{s}, "bgp default ipv6-unicast")
	speaks := func(what string, want int) {
		t.Helper()
		l.until(what, func() bool { n := l.neighbor("10.0.0.2"); return n.State == api.Established && len(n.Families) == want })
	}
	speaks("the neighbor was there", 1)
	again := []string{"no neighbor 10.0.0.2", "neighbor 10.0.0.2 remote-as 65002", "neighbor 10.0.0.2 passive", "neighbor 10.0.0.2 timers idle-hold 0"}
	l.apply(again...)
	speaks("a new one", 2)
	l.apply("no bgp default ipv6-unicast")
	speaks("it stays as it is", 2)
	l.apply(again...)
	speaks("a new one without it", 1)
}

// An external neighbor must be on a connected subnet, unless a statement says otherwise.
func TestConnectedCheck(t *testing.T) {
	t.Parallel()
	l := newLab(t, []*station{{as: 65002}}, "neighbor 192.0.2.9 remote-as 65009")
	checked := func() bool {
		n := l.neighbor("192.0.2.9")
		return n.Down != nil && n.Down.Cause == api.DownNotConnected
	}
	dials := func() bool { n := l.neighbor("192.0.2.9"); return n.Down != nil && n.Down.Cause == api.DownNoRoute }
	l.until("it is checked", checked)
	for _, line := range []string{
		"neighbor 192.0.2.9 disable-connected-check", "neighbor 192.0.2.9 enforce-multihop", "bgp disable-ebgp-connected-route-check", "neighbor 192.0.2.9 ebgp-multihop 5",
	} {
		l.apply(line)
		l.until(line, dials)
		if line == "neighbor 192.0.2.9 ebgp-multihop 5" {
			line = "neighbor 192.0.2.9 ebgp-multihop"
		}
		l.apply("no " + line)
		l.until("no "+line, checked)
	}
}

// The session of an external neighbor ends with its interface, unless fast-external-failover is off.
func TestFastExternalFailover(t *testing.T) {
	t.Parallel()
	s := &station{as: 65002}
	l := newLab(t, []*station{s}, "no bgp fast-external-failover")
	link := func(up bool) {
		i := kernel.Interface{Name: "eth0", Index: 1, Up: up}
		if up {
			i.Addrs = []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}
		}
		l.config.Kernel.Set([]kernel.Interface{i})
	}
	l.until("it is up", func() bool { return l.neighbor("10.0.0.2").State == api.Established })
	link(false)
	l.apply("neighbor 10.0.0.2 description later") // the controller has seen both
	if n := l.neighbor("10.0.0.2"); n.State != api.Established || n.Generation != 1 {
		t.Errorf("without failover it is %s in generation %d", n.State, n.Generation)
	}
	link(true)
	l.apply("bgp fast-external-failover")
	link(false)
	l.until("it ends", func() bool {
		n := l.neighbor("10.0.0.2")
		return n.LastReset != nil && n.LastReset.Kind == api.ResetInterface
	})
	link(true)
	l.until("it comes back", func() bool { return l.neighbor("10.0.0.2").State == api.Established })
}

// local-as with dual-as serves a neighbor that knows the router by either AS.
func TestLocalASDual(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}
	old, moved := &station{as: 65003, wants: 65001}, &station{as: 65004, wants: 64999}
	l := newLab(t, []*station{feeder, old, moved},
		"neighbor 10.0.0.3 local-as 64999 no-prepend replace-as dual-as", "neighbor 10.0.0.4 local-as 64999 no-prepend replace-as dual-as")
	l.expect(old, "[65001 65002] 10.0.0.2")
	l.expect(moved, "[64999 65002] 10.0.0.2")
	if n := l.neighbor("10.0.0.3"); !n.LocalDual {
		t.Error("it is not shown")
	}
	l.apply("neighbor 10.0.0.3 local-as 64999 no-prepend replace-as")
	l.until("only one AS is offered", func() bool {
		n := l.neighbor("10.0.0.3")
		return n.State != api.Established && n.LastReset != nil && n.LastReset.Subcode == wire.OpenBadPeerAS
	})
}

// local-as with the neighbor's own AS makes the session internal (RFC 7705 4): nothing is put into the path, and LOCAL_PREF is sent.
func TestLocalASInside(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}
	moved := &station{as: 64999, wants: 64999, feed: [][]byte{announcement("198.51.3.0/24", with(asPath(3356), localPref(70)))}}
	l := newLab(t, []*station{feeder, moved}, "neighbor 10.0.0.3 local-as 64999", "address-family ipv4 unicast", "neighbor 10.0.0.3 route-reflector-client", "exit-address-family")
	l.expect(moved, "[65002] 10.0.0.2 lp 100")
	if n := l.neighbor("10.0.0.3"); n.Link != api.Internal || n.LocalAS != 64999 {
		t.Errorf("shown as %s, local AS %d", n.Link, n.LocalAS)
	}
	l.until("what it sends goes on with our own AS", func() bool { return feeder.told("198.51.3.0/24") == "[65001 3356] 10.0.0.1" })
	if r := l.apply("neighbor 10.0.0.3 local-role peer"); r.Applied {
		t.Error("an internal neighbor takes a role")
	}
	if r := l.apply("no neighbor 10.0.0.3 local-as"); r.Applied {
		t.Error("an external neighbor is left a client of a reflector")
	}
	l.apply("address-family ipv4 unicast", "no neighbor 10.0.0.3 route-reflector-client", "exit-address-family", "no neighbor 10.0.0.3 local-as")
	l.until("without it, one end takes the session for external", func() bool {
		n := l.neighbor("10.0.0.3")
		return n.Link == api.External && n.State != api.Established
	})
}

// strict-capability-match refuses a neighbor with other families, override-capability takes it for one with ours.
func TestCapabilityMatch(t *testing.T) {
	t.Parallel()
	s := &station{as: 65002, asks: []wire.Family{wire.IPv4Unicast}}
	l := newLab(t, []*station{s}, "address-family ipv6 unicast", "neighbor 10.0.0.2 activate", "exit-address-family")
	families := func() (agreed int) {
		n := l.neighbor("10.0.0.2")
		for _, f := range n.Families {
			if f.Negotiated {
				agreed++
			}
		}
		return agreed
	}
	l.until("the one in common", func() bool { return families() == 1 })
	l.apply("neighbor 10.0.0.2 strict-capability-match")
	l.until("it is refused", func() bool { return s.heard(wire.CodeOpen, wire.OpenUnsupportedCapability) })
	if r := l.apply("neighbor 10.0.0.2 override-capability"); r.Applied {
		t.Error("both at once were taken")
	}
	l.apply("no neighbor 10.0.0.2 strict-capability-match", "neighbor 10.0.0.2 override-capability")
	l.until("both are agreed", func() bool { return families() == 2 })
	l.apply("no neighbor 10.0.0.2 override-capability")
	l.until("one again", func() bool { return families() == 1 })
}

// `bgp default show-hostname` marks neighbors and paths whose neighbor has told its name; a community's alias stands beside it.
func TestWhatIsShown(t *testing.T) {
	t.Parallel()
	s := &station{as: 65002, caps: wire.Capabilities{FQDN: &wire.FQDN{Host: "edge7"}}, feed: [][]byte{announcement(fed, with(asPath(65002), community(65002<<16|7)))}}
	other := &station{as: 65003, feed: [][]byte{announcement("198.51.1.0/24", asPath(65003))}}
	l := newLab(t, []*station{s, other})
	shown := func() (ref api.PeerRef, path api.Path) {
		x := must[api.Explanation](l.router, api.BGPExplain, api.ExplainParams{Prefix: netip.MustParsePrefix(fed)})
		if len(x.Paths) == 1 {
			path = x.Paths[0].Path
		}
		return l.neighbor("10.0.0.2").PeerRef, path
	}
	l.until("the route is there", func() bool { _, p := shown(); return p.Best })
	if ref, p := shown(); ref.ShowName || p.ShowName || ref.Hostname != "edge7" || p.Hostname != "edge7" || p.Aliases != nil {
		t.Errorf("at first: %+v, %+v", ref, p)
	}
	l.apply("bgp default show-hostname", "bgp community alias 65002:7 customer")
	l.until("by name", func() bool {
		ref, p := shown()
		return ref.ShowName && p.ShowName && p.Aliases["65002:7"] == "customer"
	})
	if l.neighbor("10.0.0.3").ShowName {
		t.Error("a neighbor that told no name is shown by it")
	}
	count := func(alias string) uint64 {
		return must[api.CountResult](l.router, api.BGPCount, api.RoutesParams{Family: api.IPv4Unicast, View: api.ViewTable, Filter: api.RouteFilter{Alias: alias}}).Routes
	}
	if n := count("customer"); n != 1 {
		t.Errorf("%d routes with the alias", n)
	}
	l.apply("no bgp default show-hostname", "no bgp community alias 65002:7 customer")
	l.until("not by name", func() bool { ref, p := shown(); return !ref.ShowName && !p.ShowName && p.Aliases == nil })
}
