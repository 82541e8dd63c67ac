package fsm

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"bgpsh/wire"
)

// negotiated brings a session up between our configuration and a peer's OPEN and gives what they agreed on.
func negotiated(t *testing.T, ours Config, theirs *wire.Open) *Negotiated {
	t.Helper()
	s := &script{cfg: ours, now: epoch, p: New(ours)}
	mustRun(t, s, "start; dialed 1")
	s.step(Event{Kind: Received, Conn: 1, Message: Message{Type: wire.TypeOpen, Open: theirs}})
	var up *Negotiated
	for _, a := range mustRun(t, s, "keepalive 1") {
		if a.Kind == ActionUp {
			up = a.Negotiated
		}
	}
	if up == nil {
		t.Fatalf("no session: %s", s.p.failure.Text)
	}
	if up != s.p.Negotiated() {
		t.Error("Negotiated() is not what Up said")
	}
	return up
}

func TestNegotiated(t *testing.T) {
	v4, v6 := wire.IPv4Unicast, wire.IPv6Unicast
	ours := baseConfig()
	ours.Families = []wire.Family{v4, v6}
	ours.Caps = wire.Capabilities{
		RouteRefresh: true, EnhancedRouteRefresh: true, ExtendedMessage: true,
		ExtendedNextHop: []wire.ExtendedNextHop{{Family: v4, NextHopAFI: 2}},
		AddPath:         []wire.AddPath{{Family: v4, Mode: wire.AddPathReceive}, {Family: v6, Mode: wire.AddPathBoth}},
	}
	theirs := func(edit func(*wire.Open)) *wire.Open {
		o := &wire.Open{Version: 4, AS16: 65002, HoldTime: 30, ID: 7, Caps: wire.Capabilities{
			Multiprotocol: []wire.Family{v6, v4}, HasAS4: true, AS4: 65002,
			RouteRefresh: true, EnhancedRouteRefresh: true, ExtendedMessage: true,
			ExtendedNextHop: []wire.ExtendedNextHop{{Family: v4, NextHopAFI: 2}},
			AddPath:         []wire.AddPath{{Family: v4, Mode: wire.AddPathBoth}, {Family: v6, Mode: wire.AddPathBoth}},
			GracefulRestart: &wire.GracefulRestart{Time: 120},
		}}
		if edit != nil {
			edit(o)
		}
		return o
	}

	n := negotiated(t, ours, theirs(nil))
	if n.RemoteAS != 65002 || n.RemoteID != 7 || n.LocalAS != 65001 || n.LocalID != 0x0a000002 || n.Internal || n.Conn != 1 {
		t.Errorf("identities: %+v", n)
	}
	if n.HoldTime != 30*time.Second || n.Keepalive != 10*time.Second || n.SendHold != 480*time.Second {
		t.Errorf("timers: hold %v, keepalive %v, send hold %v", n.HoldTime, n.Keepalive, n.SendHold)
	}
	if !reflect.DeepEqual(n.Families, []wire.Family{v4, v6}) || n.ImplicitIPv4 {
		t.Errorf("families %v, implicit %v", n.Families, n.ImplicitIPv4)
	}
	if want := (wire.Params{AS4: true, IPv4: true, IPv6: true, AddPathIPv4: true, AddPathIPv6: true, ExtendedNextHop: true}); n.Params != want {
		t.Errorf("params %+v", n.Params)
	}
	if !reflect.DeepEqual(n.AddPathSend, []wire.Family{v6}) {
		t.Errorf("we offered to send several paths for IPv6 only, agreed is %v", n.AddPathSend)
	}
	if !n.RouteRefresh || !n.EnhancedRouteRefresh || !n.SendExtended || !n.ExtendedNextHop {
		t.Errorf("capabilities of both are missing: %+v", n)
	}
	if n.PeerOpen.Caps.GracefulRestart == nil || n.LocalOpen.ID != 0x0a000002 {
		t.Error("the OPENs are not kept")
	}

	for _, c := range []struct {
		name string
		edit func(*wire.Open)
		ours func(*Config)
		good func(*Negotiated) bool
	}{
		{"no capabilities at all means IPv4 unicast, two-octet AS", func(o *wire.Open) { o.Caps = wire.Capabilities{} }, nil,
			func(n *Negotiated) bool {
				return n.ImplicitIPv4 && n.Params == wire.Params{IPv4: true} && len(n.AddPathSend) == 0 && !n.RouteRefresh && !n.SendExtended
			}},
		{"ADD-PATH without the family is nothing", func(o *wire.Open) { o.Caps.Multiprotocol = []wire.Family{v4} }, nil,
			func(n *Negotiated) bool { return !n.Params.AddPathIPv6 && n.Params.AddPathIPv4 && n.AddPathSend == nil }},
		{"a peer that only receives sends us no identifiers", func(o *wire.Open) { o.Caps.AddPath[0].Mode = wire.AddPathReceive }, nil,
			func(n *Negotiated) bool { return !n.Params.AddPathIPv4 }},
		{"extended next hop needs both", func(o *wire.Open) { o.Caps.ExtendedNextHop = nil }, nil,
			func(n *Negotiated) bool { return !n.ExtendedNextHop && !n.Params.ExtendedNextHop }},
		{"extended next hop needs IPv4", func(o *wire.Open) { o.Caps.Multiprotocol = []wire.Family{v6} }, nil,
			func(n *Negotiated) bool { return !n.ExtendedNextHop && !n.Params.IPv4 }},
		{"same AS is internal", func(o *wire.Open) { o.Caps.AS4, o.AS16 = 65001, 65001 }, nil,
			func(n *Negotiated) bool { return n.Internal && n.Params.Internal }},
		{"our hold time when smaller", nil, func(c *Config) { c.HoldTime = 9 * time.Second },
			func(n *Negotiated) bool { return n.HoldTime == 9*time.Second && n.Keepalive == 3*time.Second }},
		{"our keepalive when smaller", nil, func(c *Config) { c.Keepalive = 4 * time.Second },
			func(n *Negotiated) bool { return n.Keepalive == 4*time.Second }},
		{"keepalive 0 leaves a third", nil, func(c *Config) { c.Keepalive = 0 },
			func(n *Negotiated) bool { return n.Keepalive == 10*time.Second }},
		{"hold time 0 of the peer switches off all three timers", func(o *wire.Open) { o.HoldTime = 0 }, nil,
			func(n *Negotiated) bool { return n.HoldTime == 0 && n.Keepalive == 0 && n.SendHold == 0 }},
		{"send hold is no shorter than the hold time", nil, func(c *Config) { c.SendHold = time.Second },
			func(n *Negotiated) bool { return n.SendHold == 30*time.Second }},
		{"send hold off", nil, func(c *Config) { c.SendHold = 0 }, func(n *Negotiated) bool { return n.SendHold == 0 }},
	} {
		cfg := ours
		if c.ours != nil {
			c.ours(&cfg)
		}
		if n := negotiated(t, cfg, theirs(c.edit)); !c.good(n) {
			t.Errorf("%s: %+v", c.name, n)
		}
	}
}

// TestRoles is the table of RFC 9234 4.2.
func TestRoles(t *testing.T) {
	fits := map[[2]uint8]bool{{0, 3}: true, {3, 0}: true, {1, 2}: true, {2, 1}: true, {4, 4}: true}
	for ours := range uint8(6) {
		for theirs := range uint8(6) {
			if got := rolesFit(ours, theirs); got != fits[[2]uint8{ours, theirs}] {
				t.Errorf("roles %d and %d fit: %v", ours, theirs, got)
			}
		}
	}
}

// TestLocalOpen: a role is told to other ASes only.
func TestLocalOpenRole(t *testing.T) {
	for remote, want := range map[RemoteAS]bool{
		{Kind: Internal}: false, {Kind: Exactly, AS: 65001}: false, {Kind: Exactly, AS: 65002}: true, {Kind: External}: true, {Kind: Auto}: true,
	} {
		c := baseConfig()
		c.RemoteAS, c.HasRole, c.Role = remote, true, wire.RoleCustomer
		if got := New(c).localOpen().Caps.HasRole; got != want {
			t.Errorf("remote AS %s: role in the OPEN %v", remote, got)
		}
	}
}

func TestRemoteAS(t *testing.T) {
	for _, c := range []struct {
		r    RemoteAS
		as   uint32
		want bool
	}{
		{RemoteAS{}, 0, false}, {RemoteAS{}, 65001, false}, {RemoteAS{Exactly, 7}, 7, true}, {RemoteAS{Exactly, 7}, 8, false},
		{RemoteAS{Kind: Internal}, 65001, true}, {RemoteAS{Kind: Internal}, 1, false},
		{RemoteAS{Kind: External}, 65001, false}, {RemoteAS{Kind: External}, 1, true}, {RemoteAS{Kind: Auto}, 65001, true},
	} {
		if got := c.r.accepts(65001, c.as); got != c.want {
			t.Errorf("%s accepts %d: %v", c.r, c.as, got)
		}
	}
}

// TestRefusalTexts: what an operator is told about an OPEN that does not fit.
func TestRefusalTexts(t *testing.T) {
	for _, c := range []struct{ settings, open, want string }{
		{"remote=65003", "", "peer is AS 65002, configured is 65003"},
		{"remote=internal", "", "peer is AS 65002, configured is internal"},
		{"remoteid=0x0a000001", "", "peer has identifier 10.0.0.3, configured is 10.0.0.1"},
		{"", "as=65001 id=0x0a000002", "peer of our AS has our identifier 10.0.0.2"},
		{"minhold=20s", "hold=9s", "peer offers a hold time of 9 s, at least 20 s is required"},
		{"minhold=20s", "hold=0s", "peer offers a hold time of 0 s, at least 20 s is required"},
		{"", "hold=2s", "peer offers a hold time of 2 s, at least 3 s is required"},
		{"", "families=v6", "no family in common: ours [IPv4 Unicast], the peer's [IPv6 Unicast]"},
		{"families=v6", "nomp", "no family in common: ours [IPv6 Unicast], the peer's [IPv4 Unicast]"},
		{"role=0 strict", "", "peer tells no role and strict mode requires one"},
		{"role=3", "role=3", "peer has role customer, which does not fit ours, customer"},
	} {
		s, err := newScript(strings.Fields(c.settings)...)
		if err != nil {
			t.Fatal(err)
		}
		mustRun(t, s, "start; dialed 1; open 1 "+c.open)
		got := s.p.Snapshot(s.now).Failure
		if got.Text != c.want || got.Kind != ReasonOpenError || !got.Local || got.RemoteAS == 0 {
			t.Errorf("[%s] against [%s]: %+v, want %q", c.settings, c.open, got, c.want)
		}
	}
}

// TestSurvivor is the truth table of RFC 4271 6.8 and RFC 6286 2.3.
func TestSurvivor(t *testing.T) {
	for _, c := range []struct {
		older             Direction
		localID, remoteID uint32
		localAS, remoteAS uint32
		olderStays        bool
	}{
		{Inbound, 1, 2, 5, 6, true}, {Inbound, 2, 1, 5, 6, false},
		{Outbound, 1, 2, 5, 6, false}, {Outbound, 2, 1, 5, 6, true},
		{Inbound, 0x7fffffff, 0x80000000, 5, 6, true}, // unsigned
		{Inbound, 1, 1, 5, 6, true}, {Inbound, 1, 1, 6, 5, false},
		{Outbound, 1, 1, 5, 6, false}, {Outbound, 1, 1, 6, 5, true},
	} {
		older, newer := &conn{dir: c.older}, &conn{dir: 1 - c.older}
		n := &Negotiated{LocalID: c.localID, RemoteID: c.remoteID, LocalAS: c.localAS, RemoteAS: c.remoteAS}
		win, lose := survivor(older, newer, n)
		if (win == older) != c.olderStays || win == lose {
			t.Errorf("older %s, identifiers %d and %d, AS %d and %d: older stays %v", c.older, c.localID, c.remoteID, c.localAS, c.remoteAS, win == older)
		}
		// The peer sees the same connections the other way round and must keep the same one.
		mirror := &Negotiated{LocalID: c.remoteID, RemoteID: c.localID, LocalAS: c.remoteAS, RemoteAS: c.localAS}
		theirOlder, theirNewer := &conn{dir: 1 - c.older}, &conn{dir: c.older}
		if theirWin, _ := survivor(theirOlder, theirNewer, mirror); (theirWin == theirOlder) != (win == older) {
			t.Errorf("older %s, identifiers %d and %d: the sides disagree", c.older, c.localID, c.remoteID)
		}
	}
	older, newer := &conn{dir: Inbound}, &conn{dir: Inbound}
	if win, _ := survivor(older, newer, &Negotiated{}); win != newer {
		t.Error("of two connections that the peer dialed the older survives")
	}
}
