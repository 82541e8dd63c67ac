package parameters

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"bgpsh/daemon/journal"
	"bgpsh/daemon/transport"
	"bgpsh/ipc/api"
	"bgpsh/ipc/logline"
	"bgpsh/wire"
)

// newBench is a daemon whose neighbor is the test.
func newBench(t *testing.T, lines ...string) *bench {
	b := &bench{net: segment()}
	lines = append([]string{"router bgp 65001", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 65002"}, lines...)
	b.router = run(t, b.net.Node("a"), "10.0.0.1/24", append(lines,
		"address-family ipv4 unicast", "neighbor 10.0.0.2 allow any in", "neighbor 10.0.0.2 allow any out")...)
	b.neighbor(peer)
	return b
}

// A path that does not begin with the neighbor's AS is withdrawn and counted, and taken when the check goes; the session stays.
func TestEnforceFirstASWithdraws(t *testing.T) {
	t.Parallel()
	b := newBench(t, "neighbor 10.0.0.2 passive")
	s := b.call().up()
	s.announce(slices.Concat(origin, path, nextHop)...)
	b.until("the route is accepted", func() bool { return b.neighbor(peer).Counters.PrefixesImported == 1 })
	s.announce(slices.Concat(origin, []byte{0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xeb}, nextHop)...)
	b.until("the route is refused", func() bool { n := b.neighbor(peer); return n.Prefixes.FirstAS == 1 && n.Counters.PrefixesImported == 0 })
	b.apply("no neighbor 10.0.0.2 enforce-first-as")
	b.until("the route is accepted again", func() bool { return b.neighbor(peer).Counters.PrefixesImported == 1 })
	if n := b.neighbor(peer); n.State != api.Established || n.Generation != 1 {
		t.Errorf("it is %s in generation %d", n.State, n.Generation)
	}
}

// With collision detection in Established a second connection is judged beside the session instead of refused at once.
func TestCollisionDetectReachesTheMachine(t *testing.T) {
	t.Parallel()
	b := newBench(t, "neighbor 10.0.0.2 passive", "neighbor 10.0.0.2 collision-detect established")
	b.call().up()
	b.established(peer, 0)
	second := b.call()
	b.until("the connection is taken", func() bool { return b.neighbor(peer).Counters.PassiveConnectionsAccepted == 2 })
	second.expect(wire.TypeOpen)
	second.conn.CloseNow()
	b.apply("no neighbor 10.0.0.2 collision-detect established")
	b.call().refused()
}

func TestDelayOpenDelays(t *testing.T) {
	t.Parallel()
	b := newBench(t, "neighbor 10.0.0.2 passive", "neighbor 10.0.0.2 timers idle-hold 0", "neighbor 10.0.0.2 timers delayopen 240")
	s := b.call()
	b.until("the OPEN waits", func() bool { left := b.neighbor(peer).Timers.DelayOpenMs; return left != nil && *left > 200_000 })
	if n := b.neighbor(peer).Counters.OpensSent; n != 0 {
		t.Errorf("%d OPENs were sent", n)
	}
	s.open(65002) // ends the delay
	s.expect(wire.TypeOpen)
	b.apply("no neighbor 10.0.0.2 timers delayopen")
	s.conn.CloseNow()
	b.until("the session has failed", func() bool { return b.neighbor(peer).Connection == nil })
	b.call().expect(wire.TypeOpen)
}

// The times between dials and after a failure are the configured ones times their random factors.
func TestTimesAndTheirJitter(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.until("the dial is refused", func() bool { return b.neighbor(peer).Counters.TCPConnectionFailure > 0 })
	within := func(what string, least, most int64, left func(api.Timers) *int64) {
		b.until(what, func() bool { v := left(b.neighbor(peer).Timers); return v != nil && *v > least && *v <= most })
	}
	retry := func(t api.Timers) *int64 { return t.ConnectRetryMs }
	b.apply("neighbor 10.0.0.2 timers connect 1000")
	within("1000 s", 990_000, 1_000_000, retry)
	b.apply("neighbor 10.0.0.2 timers connect-jitter 0.5 0.75")
	within("500 to 750 s", 490_000, 750_000, retry)
	b.apply("no neighbor 10.0.0.2 timers connect-jitter")
	within("1000 s again", 990_000, 1_000_000, retry)
	b.apply("no neighbor 10.0.0.2 timers connect")
	within("30 s", 20_000, 30_000, retry)
	b.apply("neighbor 10.0.0.2 passive", "neighbor 10.0.0.2 timers idle-hold 1000", "neighbor 10.0.0.2 timers idle-hold-jitter 0.25 0.5")
	idle := func(t api.Timers) *int64 { return t.IdleHoldMs }
	b.call().open(65009)
	within("250 to 500 s", 240_000, 500_000, idle)
	b.apply("no neighbor 10.0.0.2 timers idle-hold-jitter")
	b.apply("neighbor 10.0.0.2 timers idle-hold 2000")
	b.call().open(65009)
	within("2000 s", 1_990_000, 2_000_000, idle)
	b.apply("no neighbor 10.0.0.2 timers idle-hold")
	b.call().open(65009)
	within("1 to 60 s", 0, 60_000, idle)
}

// guarded is a network on whose connections no minimum TTL can be set.
type guarded struct{ transport.Network }

type guardedConn struct{ transport.Conn }

func (g guarded) Dial(ctx context.Context, remote netip.AddrPort, o transport.Options) (transport.Conn, error) {
	conn, err := g.Network.Dial(ctx, remote, o)
	if err != nil {
		return nil, err
	}
	return guardedConn{conn}, nil
}

func (guardedConn) SetMinTTL(uint8) error { return errors.New("no such option") }

// A session whose TTL cannot be checked as asked for ends.
func TestMinimumTTLFailsClosed(t *testing.T) {
	t.Parallel()
	m := segment()
	answer := listen(t, m)
	r := run(t, guarded{m.Node("a")}, "10.0.0.1/24", "router bgp 65001", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 65002",
		"neighbor 10.0.0.2 timers idle-hold 600")
	answer().up()
	r.established(peer, 0)
	r.apply("neighbor 10.0.0.2 minimum-ttl 255")
	r.until("the session ends", func() bool { n := r.neighbor(peer); return n.Downs == 1 && n.State != api.Established })
}

// text is a log that can be read while it is written.
type text struct {
	mu  sync.Mutex
	all []byte
}

func (x *text) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all = append(x.all, b...)
	return len(b), nil
}

func (x *text) has(s string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return bytes.Contains(x.all, []byte(s))
}

func (x *text) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all = nil
}

// That a neighbor comes and goes is in the log, unless log-neighbor-changes is off.
func TestLogNeighborChanges(t *testing.T) {
	t.Parallel()
	log := &text{}
	j, err := journal.Open(journal.Config{Output: log, Format: journal.JSON, Level: logline.Trace, InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	m := segment()
	r := runLogged(t, j, m.Node("a"), "10.0.0.1/24", "router bgp 65001", "bgp router-id 10.0.0.1", "no bgp log-neighbor-changes", "neighbor 10.0.0.2 remote-as 65002",
		"neighbor 10.0.0.2 passive", "neighbor 10.0.0.2 timers idle-hold 0")
	r.neighbor(peer)
	call(t, m).up()
	up := r.established(peer, 0)
	must[api.ClearResult](r, api.BGPClear, api.ClearParams{Neighbor: peer, How: api.ClearHard})
	r.until("the session ends", func() bool { return r.neighbor(peer).Downs == 1 })
	r.apply("bgp log-neighbor-changes")
	if log.has("ADJCHANGE") {
		t.Error("what came before is in the log")
	}
	call(t, m).up()
	r.established(peer, up)
	r.until("it is in the log", func() bool { return log.has("ADJCHANGE") })
}

// Times in the log are shown in steps of the resolution, which the record names.
func TestResolutionOfDisplayedTimes(t *testing.T) {
	t.Parallel()
	log := &text{}
	j, err := journal.Open(journal.Config{Output: log, Format: journal.JSON, Level: logline.Trace, InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	m := segment()
	r := runLogged(t, j, m.Node("a"), "10.0.0.1/24", "router bgp 65001", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 65002",
		"neighbor 10.0.0.2 passive", "neighbor 10.0.0.2 timers idle-hold 0")
	r.neighbor(peer)
	call(t, m).up()
	r.established(peer, 0)
	r.apply("neighbor 10.0.0.2 timers resolution 60000")
	must[api.ClearResult](r, api.BGPClear, api.ClearParams{Neighbor: peer, How: api.ClearHard})
	r.until("clocks are logged in steps of a minute", func() bool { return log.has(`"resolution":60,`) })
	r.apply("no neighbor 10.0.0.2 timers resolution")
	log.forget()
	up := r.neighbor(peer).Generation
	call(t, m).up()
	r.established(peer, up)
	r.until("clocks are logged", func() bool { return log.has(`"resolution":`) })
	if log.has(`"resolution":60,`) {
		t.Error("they are still in steps of a minute")
	}
}
