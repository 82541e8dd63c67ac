package journal

import (
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bgpsh/fsm"
	"bgpsh/ipc/logline"
	"bgpsh/wire"
)

// A driver performs the actions of one machine as a session does, so far as the log sees them.
type driver struct {
	peer  *fsm.Peer
	s     *Session
	conns map[fsm.ConnID]*Conn
	now   *time.Time
	dial  fsm.ConnID // the last one asked for
}

func newDriver(j *Journal, now *time.Time, c fsm.Config, neighbor, label string) *driver {
	d := &driver{peer: fsm.New(c), s: j.Session(neighbor, label), conns: make(map[fsm.ConnID]*Conn), now: now}
	d.s.Spawning()
	d.s.Starting(d.peer.Snapshot(*now), &logline.SessionInfo{MD5AuthKey: true, HoldTime: logline.Span(6 * time.Second)})
	return d
}

func (d *driver) step(e fsm.Event) {
	for _, a := range d.peer.Step(*d.now, e) {
		switch a.Kind {
		case fsm.ActionNote:
			d.s.Note(&a.Note, &a.Reason)
		case fsm.ActionDial:
			d.dial = a.Conn
			d.conns[a.Conn] = d.s.Conn(a.Conn, fsm.Outbound, there)
			d.conns[a.Conn].Dialing(333 * time.Millisecond)
		case fsm.ActionSend:
			d.conns[a.Conn].Sending(a.Bytes, nil)
		case fsm.ActionRead:
			d.conns[a.Conn].Reading()
		case fsm.ActionClose:
			if c := d.conns[a.Conn]; c != nil {
				c.Dropped(false)
			}
		case fsm.ActionUp:
			d.s.Up("")
		case fsm.ActionDown:
			d.s.Down(&a.Reason)
		}
	}
}

// read hands a message over as a reader does.
func (d *driver) read(id fsm.ConnID, whole []byte) {
	d.conns[id].Received(whole, nil)
	m := fsm.Message{Type: messageType(whole)}
	switch m.Type {
	case wire.TypeOpen:
		m.Open, m.Err = wire.ParseOpen(whole[wire.HeaderLen:])
	case wire.TypeNotification:
		m.Notification, m.Err = wire.ParseNotification(whole[wire.HeaderLen:])
	}
	d.step(fsm.Event{Kind: fsm.Received, Conn: id, Message: m})
}

// tick lets time pass to the machine's next deadline.
func (d *driver) tick() {
	*d.now = d.peer.Deadline()
	d.step(fsm.Event{Kind: fsm.Tick})
}

func seedConfig() fsm.Config {
	return fsm.Config{
		LocalAS: 4200000001, RouterID: 1, RemoteAS: fsm.RemoteAS{Kind: fsm.Auto},
		HoldTime: 6 * time.Second, Keepalive: 3 * time.Second, ConnectRetry: time.Second, RetryInConnect: true,
		Families: []wire.Family{wire.IPv6Unicast},
		Caps:     wire.Capabilities{RouteRefresh: true, AddPath: []wire.AddPath{{Family: wire.IPv4Unicast, Mode: 1}}},
	}
}

func seedOpen(as, id uint32) []byte {
	return wire.AppendOpen(nil, &wire.Open{Version: 4, AS16: wire.AS16(as), HoldTime: 6, ID: id, Caps: wire.Capabilities{
		Multiprotocol: []wire.Family{wire.IPv6Unicast}, RouteRefresh: true, HasAS4: true, AS4: as,
		AddPath: []wire.AddPath{{Family: wire.IPv4Unicast, Mode: 1}},
	}})
}

// line gives a record as the transcripts below have it: level, state, unit, message and keys.
func line(r logline.Record) string {
	state := get(r, "fsm_state")
	if state == "" {
		state = "-"
	}
	return strings.Join([]string{r.Level.Short()[:1], state, r.Unit, r.Module, r.Msg, "{" + keys(r) + "}"}, " | ")
}

const (
	lite      = "fsm_state session_clock neighbor neighbor_name"
	withConn  = "fsm_state direction connection_clock connection_id connection session_clock neighbor neighbor_name"
	recvKeys  = "message_contents message connection_id connection_peer connection direction"
	bothEnds  = "([3fff::a]:37664, [3fff::b]:10179)"
	keepalive = `T | - | connection_tcp | neighbor | sending keepalive message msg | {message_contents message connection direction}
T | - | connection_tcp | neighbor | sending keepalive message msg with header | {message_contents message connection}`
)

// The records of a session that is refused, comes up, and loses its peer: those of the first seed, in its order, with its
// keys. Ours beside them start with "%".
const bringUp = `I | - | session_runner | router | spawning session for r2 | {}
I | idle | session_runner | neighbor | starting peer state machine | {params ` + lite + `}
D | idle | session_runner | neighbor | received fsm event manual start | {event ` + lite + `}
D | idle | session_runner | neighbor | starting connect attempt | {` + lite + `}
D | idle | session_runner | neighbor | spawned new connector thread | {` + lite + `}
D | - | connection_tcp | neighbor | starting connection attempt to [3fff::b]:10179 | {timeout peer direction}
I | idle | session_runner | neighbor | fsm transition idle -> connect | {` + lite + `}
W | - | connection_tcp | neighbor | connection attempt to [3fff::b]:10179 failed: Connection refused (os error 111) | {error peer direction}
D | connect | session_runner | neighbor | received fsm event connect retry timer expires | {event ` + lite + `}
D | connect | session_runner | neighbor | connector thread completed successfully | {context ` + lite + `}
D | connect | session_runner | neighbor | spawned new connector thread | {` + lite + `}
D | - | connection_tcp | neighbor | starting connection attempt to [3fff::b]:10179 | {timeout peer direction}
I | - | connection_tcp | neighbor | connection to [3fff::b]:10179 established (conn_id: 03abec69) | {connection_id local peer direction}
D | connect | session_runner | neighbor | received fsm event tcp connection confirmed | {event ` + lite + `}
I | connect | session_runner | neighbor | accepted outbound connection from [3fff::b]:10179 | {` + withConn + `}
T | - | connection_tcp | neighbor | sending open message msg | {message_contents message connection direction}
T | - | connection_tcp | neighbor | sending open message msg with header | {message_contents message connection}
I | - | connection_tcp | neighbor | spawning recv loop for [3fff::b]:10179 | {connection_local connection_peer connection_id direction}
I | connect | session_runner | neighbor | fsm transition connect -> open sent | {` + lite + `}
T | - | connection_tcp | neighbor | recv open message msg from [3fff::b]:10179 (conn_id: 03abec69) | {` + recvKeys + `}
D | open sent | session_runner | neighbor | received fsm event | {event ` + withConn + `}
T | open sent | session_runner | neighbor | sending keepalive | {message ` + withConn + `}
` + keepalive + `
I | open sent | session_runner | neighbor | fsm transition open sent -> open confirm | {` + lite + `}
T | - | connection_tcp | neighbor | recv keepalive message msg from [3fff::b]:10179 (conn_id: 03abec69) | {` + recvKeys + `}
D | open confirm | session_runner | neighbor | received fsm event | {event ` + withConn + `}
I | open confirm | session_runner | neighbor | fsm transition open confirm -> session setup | {` + lite + `}
T | session setup | session_runner | neighbor | sending keepalive | {message ` + withConn + `}
` + keepalive + `
I | session setup | session_runner | neighbor | fsm transition session setup -> established | {` + lite + `}
I | - | session_runner | neighbor | %ADJCHANGE: neighbor 3fff::b(Unknown) in vrf default Up | {neighbor}
T | - | connection_tcp | neighbor | recv keepalive message msg from [3fff::b]:10179 (conn_id: 03abec69) | {` + recvKeys + `}
D | established | session_runner | neighbor | received fsm event | {event ` + withConn + `}
T | established | session_runner | neighbor | keepalive received (conn_id: 03abec69) | {message ` + withConn + `}
I | - | connection_tcp | neighbor | recv_msg IO error (peer: [3fff::b]:10179, conn_id: 03abec69): peer closed connection | {error connection_id connection_peer connection direction}
I | - | connection_tcp | neighbor | recv loop closed (peer: [3fff::b]:10179, conn_id: 03abec69) | {connection_id connection_peer connection direction}
D | established | session_runner | neighbor | received fsm event | {event ` + withConn + `}
W | established | session_runner | neighbor | rx tcp connection fails (conn_id: 03abec69), fsm transition to idle | {` + withConn + `}
T | - | connection_tcp | neighbor | dropping connection ` + bothEnds + ` (conn_id 03abec69) | {dropped connection_id connection connection_local connection_peer direction}
I | - | session_runner | neighbor | %ADJCHANGE: neighbor 3fff::b(Unknown) in vrf default Down Peer closed the session | {neighbor cause reason}
I | established | session_runner | neighbor | fsm transition established -> idle | {` + lite + `}`

func TestFirstSeed(t *testing.T) {
	j, n := open(t, Config{})
	d := newDriver(j, &n.now, seedConfig(), "3fff::b", "r2")
	d.step(fsm.Event{Kind: fsm.ManualStart})
	refused := refusal{errRefused}
	d.conns[d.dial].DialFailed(refused)
	d.step(fsm.Event{Kind: fsm.DialFailed, Conn: d.dial, Err: refused})
	d.tick()
	id := d.dial
	d.conns[id].Opened(here, -1, 12)
	d.step(fsm.Event{Kind: fsm.Dialed, Conn: id})
	d.read(id, seedOpen(4200000002, 2))
	d.read(id, wire.AppendKeepalive(nil))
	d.read(id, wire.AppendKeepalive(nil))
	d.conns[id].Broken(io.EOF)
	d.conns[id].ReaderDone()
	d.step(fsm.Event{Kind: fsm.Broken, Conn: id, Err: io.EOF})

	records := n.records(t)
	var got []string
	for _, r := range records {
		got = append(got, line(r))
	}
	want := strings.Split(bringUp, "\n")
	if diff := cmp.Diff(want, got[:min(len(want), len(got))]); diff != "" {
		t.Error(diff)
	}
	checkSeedValues(t, records)
}

type refusal struct{ error }

func (refusal) Reason() string  { return "connection refused (os error 111)" }
func (r refusal) Unwrap() error { return r.error }

// checkSeedValues compares what fields hold with the seed's records.
func checkSeedValues(t *testing.T, records []logline.Record) {
	t.Helper()
	find := func(msg string, nth int) *logline.Record {
		for _, r := range records {
			if strings.HasPrefix(r.Msg, msg) {
				if nth--; nth == 0 {
					return &r
				}
			}
		}
		t.Fatalf("no record %q", msg)
		return nil
	}
	const openText = "Open [ version: 4, asn: 23456, hold_time: 6, id: %d, parameters: [ Capabilities [ MP-Extensions 2/1, Route Refresh, Four Octet ASN 420000000%d, AddPath [ AddPathElement { afi: IPv4, safi: Unicast, send_receive: 1 }, ], ]] ]"
	for _, c := range []struct {
		r         *logline.Record
		key, want string
	}{
		{find("sending open message msg", 1), "message_contents", strings.NewReplacer("%d", "1").Replace(openText)},
		{find("recv open message", 1), "message_contents", strings.NewReplacer("%d", "2").Replace(openText)},
		{find("sending open message msg with header", 1), "message_contents", "[ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, 0, 33, 1, 4, 5b, a0, 0, 6, 0, 0, 0, 1, 16, 2, 14, 1, 4, 0, 2, 0, 1, 2, 0, 41, 4, fa, 56, ea, 1, 45, 4, 0, 1, 1, 1]"},
		{find("sending open message msg", 1), "connection", "TcpStream { addr: [3fff::a]:37664, peer: [3fff::b]:10179, fd: 12 }"},
		{find("sending open message msg", 1), "message", "open message"},
		{find("sending keepalive", 1), "message", "keepalive"},
		{find("sending keepalive message msg", 1), "message_contents", "Keepalive"},
		{find("accepted outbound", 1), "connection", bothEnds},
		{find("accepted outbound", 1), "connection_id", "03abec69"},
		{find("connector thread completed", 1), "context", "checking previous"},
		{find("received fsm event tcp", 1), "event", "tcp connection confirmed"},
		{find("connection attempt", 1), "error", "Connection refused (os error 111)"},
		{find("dropping", 1), "connection_local", "[3fff::a]:37664"},
		{find("rx tcp", 1), "neighbor", "3fff::b"},
		{find("rx tcp", 1), "neighbor_name", "r2"},
	} {
		if got := get(*c.r, c.key); got != c.want {
			t.Errorf("%s of %q is\n%s\nwant\n%s", c.key, c.r.Msg, got, c.want)
		}
	}
	clock, _ := find("accepted outbound", 1).Get("connection_clock")
	const off = "ConnectionClock { conn_id: 03abec69, resolution: 0.100s, keepalive: Timer { interval: 3.000s, enabled: false, remaining: 3.000s }, hold: Timer { interval: 6.000s, enabled: false, remaining: 6.000s }, delay_open: Timer { interval: 0.000s, enabled: false, remaining: 0.000s } }"
	if got := clock.(logline.Object).String(); got != off {
		t.Errorf("clock at the start is %s", got)
	}
	clock, _ = find("accepted outbound", 1).Get("session_clock")
	const retry = "SessionClock { resolution: 0.100s, connect_retry: Timer { interval: 1.000s, enabled: true, remaining: 1.000s }, idle_hold: Timer { interval: 0.000s, enabled: false, remaining: 0.000s } }"
	if got := clock.(logline.Object).String(); got != retry {
		t.Errorf("session clock at the start is %s", got)
	}
	timeout, _ := find("starting connection attempt", 1).Get("timeout")
	if s, ok := timeout.(interface{ String() string }); !ok || s.String() != "333" {
		t.Errorf("timeout is %v", timeout)
	}
}

// The second seed's records of a connection in memory.
func TestSecondSeed(t *testing.T) {
	j, n := open(t, Config{InMemory: true})
	d := j.Dispatcher(netip.MustParseAddrPort("[fe80::2%eth0]:179"))
	caller := netip.MustParseAddrPort("[fe80::1%eth0]:179")
	d.Started()
	d.Binding()
	d.Accepted(caller)
	d.LinkLocal(caller, "eth0", 100)
	s := j.Session("eth0", "peer_eth0")
	out := s.Conn(1, fsm.Outbound, caller)
	out.Dialing(333 * time.Millisecond)
	out.DialFailed(channelConnect{errRefused})
	out = s.Conn(2, fsm.Outbound, caller)
	out.Opened(netip.MustParseAddrPort("[fe80::2%eth0]:179"), 0, -1)
	in := s.Conn(3, fsm.Inbound, caller)
	in.Opened(netip.MustParseAddrPort("[fe80::2%eth0]:179"), 1, -1)
	in.Reading()
	in.Sending(wire.AppendKeepalive(nil), nil)
	in.Received(wire.AppendKeepalive(nil), nil)
	d.ShutdownRequested()
	j.ShutdownRequested(64512, 1)
	var got []string
	for _, r := range n.records(t) {
		got = append(got, line(r))
	}
	want := []string{
		"I | - | dispatcher | neighbor | dispatcher started | {listen_address}",
		"D | - | dispatcher | neighbor | listener bind: [fe80::2%eth0]:179 | {listen_address}",
		"D | - | dispatcher | neighbor | accepted inbound connection from: [fe80::1%eth0]:179 | {peer listen_address}",
		"D | - | dispatcher | neighbor | routing link-local connection to interface session | {interface scope_id peer listen_address}",
		"D | idle | session_runner | neighbor | spawned new connector thread | {" + lite + "}",
		"D | - | connection_channel | neighbor | connecting to [fe80::1%eth0]:179 | {timeout direction}",
		"D | - | connection_channel | neighbor | connect error: ChannelConnect | {error timeout direction}",
		"I | - | connection_channel | neighbor | channel connection to [fe80::1%eth0]:179 established (conn_id: 03abec69, channel_id: 0) | {channel_id connection_id local peer direction}",
		"T | - | connection_channel | neighbor | send keepalive message message via channel to [fe80::1%eth0]:179 (conn_id: 03abec6a, channel_id: 1) | {message_contents message channel_id connection_id connection_local connection_peer direction}",
		"D | - | connection_channel | neighbor | recv keepalive message msg from [fe80::1%eth0]:179 (conn_id: 03abec6a, channel_id: 1) | {message_contents message channel_id peer direction}",
		"I | - | dispatcher | neighbor | dispatcher received shutdown request, setting shutdown flag | {listen_address}",
		"I | - | session_runner | router | router (asn: 64512, id: 1) received shutdown request, stopping sessions | {}",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

type channelConnect struct{ error }

func (channelConnect) Error() string   { return "Channel connect error" }
func (c channelConnect) Unwrap() error { return c.error }

func TestShutdownRecords(t *testing.T) {
	j, n := open(t, Config{})
	s := j.Session("3fff::b", "r2")
	s.ShutdownRequested()
	s.ShutdownNoticed()
	s.ShutdownStarted()
	s.ConnectorJoining()
	s.ConnectorJoined()
	s.ShutdownComplete()
	var got []string
	for _, r := range n.records(t) {
		got = append(got, r.Level.Short()+" "+r.Msg+" "+get(r, "context"))
	}
	want := []string{
		"INFO session runner (peer 3fff::b) received shutdown request, setting shutdown flag ",
		"INFO session runner (peer: 3fff::b) caught shutdown flag ",
		"INFO session runner (peer 3fff::b): shutdown start ",
		"DEBG joining connector thread during shutdown ",
		"DEBG connector thread completed successfully shutdown",
		"INFO session runner (peer 3fff::b): shutdown complete ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Two connections at once: the record names both.
func TestCollisionRecords(t *testing.T) {
	j, n := open(t, Config{})
	d := newDriver(j, &n.now, seedConfig(), "3fff::b", "r2")
	d.step(fsm.Event{Kind: fsm.ManualStart})
	out := d.dial
	d.conns[out].Opened(here, -1, 12)
	d.step(fsm.Event{Kind: fsm.Dialed, Conn: out})
	in := d.peer.NextConn()
	d.conns[in] = d.s.Conn(in, fsm.Inbound, netip.MustParseAddrPort("[3fff::b]:40000"))
	d.conns[in].Opened(netip.MustParseAddrPort("[3fff::a]:179"), -1, 14)
	d.step(fsm.Event{Kind: fsm.Accepted, Conn: in})
	d.read(in, seedOpen(4200000002, 2))
	var found []string
	for _, r := range n.records(t) {
		if strings.Contains(r.Msg, "collision") && get(r, "exist_conn_id") != "" {
			found = append(found, r.Msg+" {"+keys(r)+"} "+get(r, "new_conn")+" "+get(r, "exist_conn"))
		}
	}
	const collisionKeys = "{fsm_state new_conn new_conn_id new_direction exist_conn exist_conn_id exist_connection_clock exist_direction session_clock neighbor neighbor_name}"
	want := []string{"connection collision: outbound connection exists " + collisionKeys + " ([3fff::a]:179, [3fff::b]:40000) " + bothEnds}
	if len(found) == 0 {
		t.Fatal("no record of the collision")
	}
	if diff := cmp.Diff(want, found[:1]); diff != "" {
		t.Error(diff)
	}
	for _, r := range found[1:] {
		if !strings.HasPrefix(r, "connection collision resolved: keeping 03abec69, closing 03abec68 "+collisionKeys) {
			t.Errorf("got %s", r)
		}
	}
}
