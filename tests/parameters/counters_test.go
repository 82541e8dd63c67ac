package parameters

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bgpsh/daemon/transport"
	"bgpsh/fsm"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

const peer = "10.0.0.2"

// A bench is a daemon with one neighbor that the test speaks for.
type bench struct {
	*router
	net    *transport.MemNetwork
	answer func() *speaker // takes the daemon's call
}

func (b *bench) call() *speaker { b.t.Helper(); return call(b.t, b.net) }

// clear resets or refreshes the session.
func (b *bench) clear(how api.How) {
	b.t.Helper()
	b.established(peer, 0)
	must[api.ClearResult](b.router, api.BGPClear, api.ClearParams{Neighbor: peer, How: how})
}

// counterRow makes one counter move.
type counterRow struct {
	name    string
	lines   string // more configuration, separated by semicolons
	dials   bool   // the daemon dials; else it waits for the call
	alone   bool   // and nobody listens
	fails   wire.Type
	play    func(b *bench)
	want    uint64
	machine func() uint64 // played on the machine alone, where a daemon cannot come into that state
	never   string        // why it never moves
}

var (
	origin  = []byte{0x40, 1, 1, 0}
	path    = []byte{0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xea}
	nextHop = []byte{0x40, 3, 4, 10, 0, 0, 2}
	// reach6 announces 2001:db8::/32 in IPv6 unicast.
	reach6 = slices.Concat([]byte{0x80, 14, 26, 0, 2, 1, 16, 0x20, 1, 0xd, 0xb8}, make([]byte, 11), []byte{2, 0, 32, 0x20, 1, 0xd, 0xb8})
)

func comesUp(b *bench)   { b.call().up() }
func isCalled(b *bench)  { b.call() }
func breaks(b *bench)    { b.call().up().conn.CloseNow() }
func nothing(*bench)     {}
func announces(b *bench) { b.call().up().announce(slices.Concat(origin, path, nextHop)...) }

// early sends a message before the session has seen an OPEN.
func early(t wire.Type, body ...byte) func(*bench) {
	return func(b *bench) { s := b.call(); s.expect(wire.TypeOpen); s.message(t, body...) }
}

// late sends a message when the session is up.
func late(t wire.Type, body ...byte) func(*bench) {
	return func(b *bench) { b.call().up().message(t, body...) }
}

// answered lets the daemon's call succeed and brings the session up as far as it goes, then does more.
func answered(more func(*bench, *speaker)) func(*bench) {
	return func(b *bench) {
		more(b, b.answer())
	}
}

func comesUpDialed(b *bench, s *speaker) { s.up() }

var counterRows = []counterRow{
	{name: "connection_retries", play: breaks, want: 1},
	{name: "active_connections_accepted", dials: true, play: answered(comesUpDialed), want: 1},
	{name: "active_connections_declined", machine: declinedDial, want: 1},
	{name: "passive_connections_accepted", play: isCalled, want: 1},
	{name: "passive_connections_declined", play: func(b *bench) { b.call().up(); b.call() }, want: 1},
	{name: "transitions_to_idle", play: breaks, want: 1},
	{name: "transitions_to_connect", dials: true, alone: true, play: nothing, want: 1},
	{name: "transitions_to_active", play: nothing, want: 1},
	{name: "transitions_to_open_sent", play: isCalled, want: 1},
	{name: "transitions_to_open_confirm", play: comesUp, want: 1},
	{name: "transitions_to_connection_collision", dials: true, want: 1,
		play: answered(func(b *bench, s *speaker) { s.expect(wire.TypeOpen); b.call() })},
	{name: "transitions_to_session_setup", play: comesUp, want: 1},
	{name: "transitions_to_established", play: comesUp, want: 1},
	{name: "hold_timer_expirations", lines: "neighbor 10.0.0.2 timers 1 3", play: comesUp, want: 1},
	{name: "idle_hold_timer_expirations", lines: "neighbor 10.0.0.2 timers idle-hold 1", play: breaks, want: 1},
	{name: "prefixes_advertised", lines: "address-family ipv4 unicast;network 203.0.113.0/24;network 203.0.112.0/24", play: comesUp, want: 2},
	{name: "prefixes_imported", play: announces, want: 1},
	{name: "keepalives_sent", play: comesUp, want: 2}, // for its OPEN, and when the session is up
	{name: "keepalives_received", play: func(b *bench) { b.call().up().keepalive() }, want: 2},
	{name: "route_refresh_sent", play: func(b *bench) { b.call().up(); b.clear(api.ClearSoftIn) }, want: 1},
	{name: "route_refresh_received", play: late(wire.TypeRouteRefresh, 0, 1, 0, 1), want: 1},
	{name: "opens_sent", play: isCalled, want: 1},
	{name: "opens_received", play: comesUp, want: 1},
	{name: "notifications_sent", play: func(b *bench) { b.call().up(); b.clear(api.ClearHard) }, want: 1},
	{name: "notifications_received", play: late(wire.TypeNotification, 6, 4), want: 1},
	{name: "updates_sent", lines: "address-family ipv4 unicast;network 203.0.113.0/24", play: comesUp, want: 2}, // and End-of-RIB
	{name: "updates_received", play: announces, want: 1},
	{name: "unexpected_update_message", play: early(wire.TypeUpdate, 0, 0, 0, 0), want: 1},
	{name: "unexpected_keepalive_message", play: early(wire.TypeKeepalive), want: 1},
	{name: "unexpected_open_message", play: func(b *bench) { b.call().up().open(65002) }, want: 1},
	{name: "unexpected_route_refresh_message", play: early(wire.TypeRouteRefresh, 0, 1, 0, 1), want: 1},
	{name: "unexpected_notification_message", never: "a NOTIFICATION may come in every state that has a connection"},
	{name: "update_nexhop_missing", play: func(b *bench) { b.call().up().announce(slices.Concat(origin, path)...) }, want: 1},
	{name: "open_handle_failures", play: func(b *bench) { b.call().open(65009) }, want: 1},
	{name: "unnegotiated_address_family", want: 1,
		play: late(wire.TypeUpdate, slices.Concat([]byte{0, 0, 0, byte(len(origin) + len(path) + len(reach6))}, origin, path, reach6)...)},
	{name: "notification_send_failure", dials: true, fails: wire.TypeNotification, want: 1,
		play: answered(func(b *bench, s *speaker) { s.up(); b.clear(api.ClearHard) })},
	{name: "open_send_failure", dials: true, fails: wire.TypeOpen, play: answered(func(*bench, *speaker) {}), want: 1},
	{name: "keepalive_send_failure", dials: true, fails: wire.TypeKeepalive, want: 1,
		play: answered(func(_ *bench, s *speaker) { s.expect(wire.TypeOpen); s.open(65002) })},
	{name: "route_refresh_send_failure", dials: true, fails: wire.TypeRouteRefresh, want: 1,
		play: answered(func(b *bench, s *speaker) { s.up(); b.clear(api.ClearSoftIn) })},
	{name: "update_send_failure", dials: true, fails: wire.TypeUpdate, want: 1,
		play: answered(func(_ *bench, s *speaker) { s.open(65002); s.expect(wire.TypeOpen); s.keepalive() })},
	{name: "tcp_connection_failure", dials: true, alone: true, play: nothing, want: 1},
	{name: "md5_auth_failures", never: "the kernel drops segments with a wrong signature and tells no socket of them"},
	{name: "connector_panics", never: "a dial runs nothing of ours that could panic"},
}

// declinedDial plays a dial that succeeds when the neighbor was stopped meanwhile.
func declinedDial() uint64 {
	p := fsm.New(fsm.Config{LocalAS: 65001, RouterID: 1, RemoteAS: fsm.RemoteAS{AS: 65002}, HoldTime: 90 * time.Second,
		ConnectRetry: time.Minute, Families: []wire.Family{wire.IPv4Unicast}, Rand: func() float64 { return 0 }})
	now := time.Unix(1, 0)
	conn := fsm.ConnID(0)
	for _, a := range p.Step(now, fsm.Event{Kind: fsm.ManualStart}) {
		if a.Kind == fsm.ActionDial {
			conn = a.Conn
		}
	}
	p.Step(now, fsm.Event{Kind: fsm.ManualStop})
	p.Step(now, fsm.Event{Kind: fsm.Dialed, Conn: conn})
	return p.Counters().ActiveDeclined
}

// value finds a counter by its name.
func value(c api.Counters, name string) (uint64, bool) {
	fields := reflect.ValueOf(c)
	for i := range fields.NumField() {
		if fields.Type().Field(i).Tag.Get("json") == key(name) {
			return fields.Field(i).Uint(), true
		}
	}
	return 0, false
}

// key is the key of a counter in an answer: transitions_to_idle is transitionsToIdle.
func key(name string) string {
	words := strings.Split(strings.Replace(name, "nexhop", "next_hop", 1), "_")
	for i := range words[1:] {
		words[i+1] = strings.ToUpper(words[i+1][:1]) + words[i+1][1:]
	}
	return strings.Join(words, "")
}

func TestCounters(t *testing.T) {
	if n := reflect.TypeFor[api.Counters]().NumField(); n != 43 || len(counterRows) != n {
		t.Errorf("%d counters and %d rows, want 43 each", n, len(counterRows))
	}
	seen := map[string]bool{}
	for _, row := range counterRows {
		if _, ok := value(api.Counters{}, row.name); !ok || seen[row.name] {
			t.Errorf("no counter %s, or two rows for it", row.name)
		}
		seen[row.name] = true
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if row.machine != nil {
				if got := row.machine(); got != row.want {
					t.Errorf("it is %d, want %d", got, row.want)
				}
				return
			}
			row.run(t)
		})
	}
}

func (row *counterRow) run(t *testing.T) {
	b := &bench{net: segment()}
	if row.dials && !row.alone {
		b.answer = listen(t, b.net)
	}
	lines := []string{"router bgp 65001", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 65002",
		"neighbor 10.0.0.2 timers connect 600", "neighbor 10.0.0.2 timers idle-hold 600"}
	if !row.dials {
		lines = append(lines, "neighbor 10.0.0.2 passive")
	}
	if row.lines != "" {
		lines = append(lines, strings.Split(row.lines, ";")...)
	}
	lines = append(lines, "address-family ipv4 unicast", "neighbor 10.0.0.2 allow any in", "neighbor 10.0.0.2 allow any out")
	var network transport.Network = b.net.Node("a")
	if row.fails != 0 {
		network = &failing{Network: network, kind: row.fails}
	}
	play := row.play
	if row.never != "" {
		play = breaks
	}
	b.router = run(t, network, "10.0.0.1/24", lines...)
	if row.never == "" && row.want == 0 {
		t.Fatal("the row expects nothing")
	}
	b.neighbor(peer) // its listener is there
	play(b)
	got := uint64(0)
	b.until(row.name+" moves", func() bool {
		n := b.neighbor(peer)
		got, _ = value(n.Counters, row.name)
		return got > 0 && got >= row.want || row.never != "" && n.Downs == 1
	})
	if got != row.want {
		t.Errorf("it is %d, want %d", got, row.want)
	}
}
