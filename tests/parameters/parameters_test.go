package parameters

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"bgpsh/daemon/transport"
	"bgpsh/ipc/api"
)

// A pair is the daemon under test and its neighbor, a daemon too, with an established session.
type pair struct {
	*router
	other  *router
	socket *sockets
	before uint32 // generation of the session before the change
}

// sockets is a network that remembers what was last set on its connections.
type sockets struct {
	transport.Network
	dscp, minTTL atomic.Uint32
	dials, port  atomic.Uint32
	source       atomic.Pointer[netip.Addr]
	bound        atomic.Pointer[string] // to an interface
	alive        atomic.Pointer[transport.KeepAlive]
}

// probes are those of TCP, the zero value for none.
func (s *sockets) probes() transport.KeepAlive {
	if k := s.alive.Load(); k != nil {
		return *k
	}
	return transport.KeepAlive{}
}

func (s *sockets) Dial(ctx context.Context, remote netip.AddrPort, o transport.Options) (transport.Conn, error) {
	s.dials.Add(1)
	s.port.Store(uint32(remote.Port()))
	s.alive.Store(&o.KeepAlive)
	source := o.Local.Addr()
	s.source.Store(&source)
	s.bound.Store(&o.Interface)
	s.dscp.Store(uint32(o.DSCP))
	s.minTTL.Store(uint32(o.MinTTL))
	conn, err := s.Network.Dial(ctx, remote, o)
	if err != nil {
		return nil, err
	}
	return &socket{conn, s}, nil
}

type socket struct {
	transport.Conn
	of *sockets
}

func (s *socket) SetDSCP(n uint8) error {
	s.of.dscp.Store(uint32(n))
	return s.Conn.SetDSCP(n)
}

func (s *socket) SetKeepAlive(k transport.KeepAlive) error {
	s.of.alive.Store(&k)
	return s.Conn.SetKeepAlive(k)
}

func (s *socket) SetMinTTL(n uint8) error {
	s.of.minTTL.Store(uint32(n))
	return s.Conn.SetMinTTL(n)
}

// parameterRow changes one parameter of an established session.
type parameterRow struct {
	name   string
	family bool   // the statement stands in address-family ipv4 unicast
	line   string // behind "neighbor 10.0.0.2 "; "no " in front of it makes it the no form
	bad    string // likewise, refused
	says   string // in the refusal
	effect api.Effect
	other  string                    // behind "neighbor 10.0.0.1 " at the other end, first
	shown  func(n api.Neighbor) bool // in the neighbor's details; nil: it does not show there
	works  func(p *pair) bool        // comes true by the change, and false when it is taken back
	does   func(p *pair)             // shows what the change does
	undone func(p *pair)             // shows that it was taken back
}

const (
	theirs = "198.51.100.0/24" // the other's network
	ours   = "203.0.113.0/24"
)

// path is the one path that a router has for a prefix.
func (r *router) path(prefix string) (api.Path, bool) {
	r.t.Helper()
	p := netip.MustParsePrefix(prefix)
	page := must[api.RoutesPage](r, api.BGPRoutes, api.RoutesParams{Family: api.IPv4Unicast, View: api.ViewTable, Prefix: p, Detail: true})
	if len(page.Routes) != 1 {
		return api.Path{}, false
	}
	return page.Routes[0].Paths[0], true
}

// sees makes a condition of the path that the other end has for our network.
func sees(ok func(api.Path) bool) func(*pair) bool {
	return func(p *pair) bool { v, found := p.other.path(ours); return found && ok(v) }
}

// has makes a condition of our path for the other's network.
func has(ok func(api.Path) bool) func(*pair) bool {
	return func(p *pair) bool { v, found := p.path(theirs); return found && ok(v) }
}

func is(v *uint32, want uint32) bool { return v != nil && *v == want }

func family(n api.Neighbor) api.NeighborFamily { return n.Families[0] }

var parameterRows = []parameterRow{
	{name: "passive_tcp_establishment", line: "passive", bad: "passive yes", says: "yes", effect: api.EffectLive,
		shown: func(n api.Neighbor) bool { return n.Passive }, does: stopsDialling, undone: dialsAgain},
	{name: "remote_asn", line: "remote-as external", bad: "remote-as 0", says: "0", effect: api.EffectReset,
		shown: func(n api.Neighbor) bool { return n.RemoteAS == 65002 }},
	{name: "remote_id", line: "remote-id 10.0.0.2", bad: "remote-id 0.0.0.0", says: "0.0.0.0", effect: api.EffectReset,
		shown: func(n api.Neighbor) bool { return n.RequiredID == netip.MustParseAddr("10.0.0.2") }, does: refusesOtherID},
	{name: "bind_addr", line: "update-source 10.0.0.1", bad: "update-source 300.0.0.1", says: "300.0.0.1", effect: api.EffectReset,
		shown: func(n api.Neighbor) bool { return n.UpdateSource == "10.0.0.1" },
		works: func(p *pair) bool { return *p.socket.source.Load() == netip.MustParseAddr("10.0.0.1") }},
	{name: "min_ttl", line: "minimum-ttl 255", bad: "minimum-ttl 256", says: "256", effect: api.EffectLive, other: "minimum-ttl 255",
		shown: func(n api.Neighbor) bool { return n.MinimumTTL == 255 }, works: func(p *pair) bool { return p.socket.minTTL.Load() == 255 }},
	{name: "md5_auth_key", line: "password s3cret word", bad: "password " + strings.Repeat("x", 81), says: "80", effect: api.EffectLive,
		other: "password s3cret word", shown: func(n api.Neighbor) bool { return n.Password }},
	{name: "multi_exit_discriminator", family: true, line: "export metric 50", bad: "export metric -1", says: "-1", effect: api.EffectLive,
		shown: func(n api.Neighbor) bool { return is(family(n).ExportMED, 50) }, works: sees(func(v api.Path) bool { return is(v.MED, 50) })},
	{name: "communities", family: true, line: "export community 65001:7", bad: "export community 65001:99999", says: "65001:99999", effect: api.EffectLive,
		shown: func(n api.Neighbor) bool { return slices.Equal(family(n).ExportCommunities, []string{"65001:7"}) },
		works: sees(func(v api.Path) bool { return slices.Equal(v.Communities, []string{"65001:7"}) })},
	{name: "local_pref", family: true, line: "import local-preference 250", bad: "import local-preference high", says: "high", effect: api.EffectRefresh,
		shown: func(n api.Neighbor) bool { return is(family(n).ImportLocalPref, 250) }, works: has(func(v api.Path) bool { return is(v.LocalPref, 250) })},
	{name: "enforce_first_as", line: "no enforce-first-as", bad: "enforce-first-as maybe", says: "maybe", effect: api.EffectRefresh,
		shown: func(n api.Neighbor) bool { return !n.EnforceFirst }},
	{name: "ipv4_unicast", family: true, line: "next-hop 10.0.0.77", bad: "next-hop 10.0.0", says: "10.0.0", effect: api.EffectLive,
		shown: func(n api.Neighbor) bool { return family(n).NextHop == netip.MustParseAddr("10.0.0.77") },
		works: sees(func(v api.Path) bool { return v.NextHop == netip.MustParseAddr("10.0.0.77") })},
	{name: "ipv6_unicast", line: "activate", bad: "activate now", says: "now", effect: api.EffectReset,
		shown: func(n api.Neighbor) bool { return len(n.Families) == 2 }},
	{name: "vlan_id", line: "vlan-id 42", bad: "vlan-id 4095", says: "4095", effect: api.EffectLive,
		shown: func(n api.Neighbor) bool { return n.VLAN == 42 }, works: has(func(v api.Path) bool { return v.VLAN == 42 })},
	{name: "connect_retry_time", line: "timers connect 7", bad: "timers connect 0", says: "0", effect: api.EffectLive,
		shown: func(n api.Neighbor) bool { return n.Timers.ConnectRetrySec == 7 }},
	{name: "keepalive_time", line: "timers 4 90", bad: "timers 4 2", says: "2", effect: api.EffectReset,
		shown: func(n api.Neighbor) bool { return n.Timers.ConfiguredKeepSec == 4 }, works: func(p *pair) bool { return p.neighbor(peer).Timers.KeepaliveSec == 4 }},
	{name: "hold_time", line: "timers 10 30", bad: "timers 10 65536", says: "65536", effect: api.EffectReset,
		shown: func(n api.Neighbor) bool { return n.Timers.ConfiguredHoldSec == 30 }, works: func(p *pair) bool { return p.neighbor(peer).Timers.HoldSec == 30 }},
	{name: "idle_hold_time", line: "timers idle-hold 9", bad: "timers idle-hold 3601", says: "3601", effect: api.EffectLive,
		shown: func(n api.Neighbor) bool { return n.Timers.IdleHoldSec == 9 }},
	{name: "delay_open_time", line: "timers delayopen 1", bad: "timers delayopen 241", says: "241", effect: api.EffectLive,
		shown: func(n api.Neighbor) bool { return n.Timers.DelayOpenSec == 1 }},
	{name: "resolution", line: "timers resolution 250", bad: "timers resolution 0", says: "0", effect: api.EffectNone,
		shown: func(n api.Neighbor) bool { return n.Timers.ResolutionMs == 250 }},
	{name: "connect_retry_jitter", line: "timers connect-jitter 0.75 1", bad: "timers connect-jitter 1 0.5", says: "0.5", effect: api.EffectLive,
		shown: func(n api.Neighbor) bool {
			j := n.Timers.ConnectJitter
			return j != nil && *j == api.Jitter{Min: 0.75, Max: 1}
		}},
	{name: "idle_hold_jitter", line: "timers idle-hold-jitter 0.5 0.75", bad: "timers idle-hold-jitter 0 1", says: "0", effect: api.EffectLive,
		shown: func(n api.Neighbor) bool {
			j := n.Timers.IdleHoldJitter
			return j != nil && *j == api.Jitter{Min: 0.5, Max: 0.75}
		}},
	{name: "deterministic_collision_resolution", line: "collision-detect established", bad: "collision-detect never", says: "never", effect: api.EffectLive,
		shown: func(n api.Neighbor) bool { return n.CollideEstablished }},
	{name: "dscp", line: "dscp 10", bad: "dscp 64", says: "64", effect: api.EffectLive,
		shown: func(n api.Neighbor) bool { return n.DSCP == 10 }, works: func(p *pair) bool { return p.socket.dscp.Load() == 10 }},
}

// stopsDialling resets the session: it comes back by the other's call.
func stopsDialling(p *pair) {
	p.t.Helper()
	must[api.ApplyResult](p.other, api.ConfigApply, api.ApplyParams{Lines: []api.Line{{Text: "router bgp 65002"}, {Text: "no neighbor 10.0.0.1 passive"}}})
	dials := p.socket.dials.Load()
	must[api.ClearResult](p.router, api.BGPClear, api.ClearParams{Neighbor: peer, How: api.ClearHard})
	p.before = p.established(peer, p.before)
	n := p.neighbor(peer)
	if p.socket.dials.Load() != dials || n.Connection == nil || n.Connection.Outgoing {
		p.t.Errorf("it was dialled, or is so by %+v", n.Connection)
	}
}

// dialsAgain takes the other's calls away.
func dialsAgain(p *pair) {
	p.t.Helper()
	must[api.ApplyResult](p.other, api.ConfigApply, api.ApplyParams{Lines: []api.Line{{Text: "router bgp 65002"}, {Text: "neighbor 10.0.0.1 passive"}}})
	before := p.neighbor(peer).Generation
	must[api.ClearResult](p.router, api.BGPClear, api.ClearParams{Neighbor: peer, How: api.ClearHard})
	p.established(peer, before)
	if n := p.neighbor(peer); n.Connection == nil || !n.Connection.Outgoing {
		p.t.Errorf("it is so by %+v", n.Connection)
	}
}

// refusesOtherID asks for another identifier than the neighbor has, for none, and for the right one again.
func refusesOtherID(p *pair) {
	p.t.Helper()
	p.apply("neighbor 10.0.0.2 remote-id 10.0.0.9")
	p.until("the identifier is refused", func() bool { return p.neighbor(peer).Counters.OpenHandleFailures > 0 })
	p.apply("no neighbor 10.0.0.2 remote-id")
	p.before = p.established(peer, p.before)
	p.apply("neighbor 10.0.0.2 remote-id 10.0.0.2")
	p.before = p.established(peer, p.before)
}

func newPair(t *testing.T) *pair {
	m := segment()
	p := &pair{socket: &sockets{Network: m.Node("a")}}
	side := func(as, id, other, otherAS, network string) []string {
		return []string{"router bgp " + as, "bgp router-id " + id, "neighbor " + other + " remote-as " + otherAS,
			"neighbor " + other + " timers connect 1", "neighbor " + other + " timers idle-hold 0",
			"address-family ipv4 unicast", "network " + network, "neighbor " + other + " allow any in", "neighbor " + other + " allow any out"}
	}
	other := side("65002", "10.0.0.2", "10.0.0.1", "65001", theirs)
	p.other = run(t, m.Node("b"), "10.0.0.2/24", slices.Insert(other, 3, "neighbor 10.0.0.1 passive")...)
	p.router = run(t, p.socket, "10.0.0.1/24", side("65001", "10.0.0.1", "10.0.0.2", "65002", ours)...)
	p.before = p.established(peer, 0)
	p.until("routes at both ends", p.routed)
	return p
}

// typed is the statement as a line.
func (row *parameterRow) typed(what string) string {
	if rest, no := strings.CutPrefix(what, "no "); no {
		return "no neighbor 10.0.0.2 " + rest
	}
	return "neighbor 10.0.0.2 " + what
}

// with puts a line into its mode.
func (row *parameterRow) with(line string) []string {
	switch {
	case row.name == "ipv6_unicast":
		return []string{"address-family ipv6 unicast", line}
	case row.family:
		return []string{"address-family ipv4 unicast", line}
	}
	return []string{line}
}

func TestParameters(t *testing.T) {
	if len(parameterRows) != 23 {
		t.Errorf("%d rows, want 23", len(parameterRows))
	}
	seen := map[string]bool{}
	for _, row := range parameterRows {
		if seen[row.name] {
			t.Errorf("two rows for %s", row.name)
		}
		seen[row.name] = true
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.run(t)
		})
	}
}

func (row *parameterRow) run(t *testing.T) {
	p := newPair(t)
	p.refused(row)
	if row.other != "" {
		in := []api.Line{{Text: "router bgp 65002"}, {Text: "neighbor 10.0.0.1 " + row.other}}
		must[api.ApplyResult](p.other, api.ConfigApply, api.ApplyParams{Lines: in})
		if row.effect == api.EffectReset {
			p.until("the other end has reset", func() bool { n := p.neighbor(peer); return n.State != api.Established })
			p.before = p.neighbor(peer).Generation
		}
	}
	line := row.typed(row.line)
	answer := p.apply(row.with(line)...)
	if !answer.Applied {
		t.Fatalf("%q is not applied: %+v", line, answer.Lines)
	}
	found := slices.ContainsFunc(answer.Changes, func(c api.ChangeResult) bool { return c.Object == peer && c.Effect == row.effect })
	if !found {
		t.Errorf("%q is answered with %+v, want %s", line, answer.Changes, row.effect)
	}
	if row.effect == api.EffectReset {
		p.before = p.established(peer, p.before)
	}
	if row.works != nil {
		p.until(row.name+" works", func() bool { return row.works(p) })
	}
	if row.does != nil {
		row.does(p)
	}
	n := p.neighbor(peer)
	if n.State != api.Established || n.Generation != p.before {
		t.Errorf("it is %s in generation %d, want %d", n.State, n.Generation, p.before)
	}
	if row.shown != nil && !row.shown(n) {
		t.Errorf("it does not show in %+v", n)
	}
	p.kept(line)
	if row.works != nil {
		p.until("after a restart "+row.name+" works", func() bool { return p.routed() && row.works(p) })
	}
	p.takenBack(row, line)
	if row.works != nil {
		p.until("without it "+row.name+" does not work", func() bool { return p.routed() && !row.works(p) })
	}
	if row.undone != nil {
		row.undone(p)
	}
}

// routed reports routes at both ends of a session.
func (p *pair) routed() bool {
	_, here := p.path(theirs)
	_, there := p.other.path(ours)
	return here && there && p.neighbor(peer).State == api.Established
}

// takenBack types the opposite of the line, after which the neighbor is as by default.
func (p *pair) takenBack(row *parameterRow, line string) {
	p.t.Helper()
	opposite, no := strings.CutPrefix(line, "no ")
	if !no {
		opposite = "no " + line
	}
	times := func() (n int) {
		for _, l := range must[api.Running](p.router, api.ConfigRunning, nil).Lines {
			if strings.TrimSpace(l) == line {
				n++
			}
		}
		return n
	}
	before := times()
	if answer := p.apply(row.with(opposite)...); !answer.Applied {
		p.t.Fatalf("%q: %+v", opposite, answer.Lines)
	}
	if times() >= before {
		p.t.Errorf("%q is still in the configuration", line)
	}
	found := must[api.Neighbors](p.router, api.BGPNeighbors, api.NeighborsParams{}).Neighbors
	if len(found) == 1 && row.shown != nil && row.shown(found[0]) {
		p.t.Errorf("%q still shows", line)
	}
}

// refused types the wrong value, which changes nothing.
func (p *pair) refused(row *parameterRow) {
	p.t.Helper()
	answer := p.apply(row.with(row.typed(row.bad))...)
	said := false
	for _, l := range answer.Lines {
		said = said || l.Severity == api.SevError && strings.Contains(l.Text, row.says)
	}
	if answer.Applied || !said {
		p.t.Errorf("%q: applied %t, %+v", row.bad, answer.Applied, answer.Lines)
	}
}

// kept finds the line in the running configuration, saves it, and finds it again after a restart.
func (p *pair) kept(line string) {
	p.t.Helper()
	holds := func() bool {
		lines := must[api.Running](p.router, api.ConfigRunning, nil).Lines
		return slices.ContainsFunc(lines, func(l string) bool { return strings.TrimSpace(l) == line })
	}
	if !holds() {
		p.t.Errorf("the running configuration lacks %q", line)
	}
	must[api.WriteResult](p.router, api.ConfigWrite, nil)
	p.end()
	p.begin()
	if !holds() {
		p.t.Errorf("after write and restart %q is gone", line)
	}
}
