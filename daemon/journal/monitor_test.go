package journal

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"bgpsh/fsm"
	"bgpsh/ipc/logline"
	"bgpsh/wire"
)

func TestDialFailuresWarnOnceEach(t *testing.T) {
	j, n := open(t, Config{})
	s := j.Session("10.0.0.2", "r2")
	refused, silent := refusal{errRefused}, errors.New("no answer")
	fail := func(err error) string {
		c := s.Conn(1, fsm.Outbound, there)
		c.DialFailed(err)
		r := n.one(t)
		count := ""
		if v, ok := r.Get("failures"); ok {
			count = " " + v.(interface{ String() string }).String()
		}
		return r.Level.Short() + count
	}
	for i, step := range []struct {
		err  error
		want string
	}{
		{refused, "WARN"}, {refused, "DEBG 2"}, {refused, "DEBG 3"}, {silent, "WARN 4"}, {silent, "DEBG 5"}, {nil, ""}, {silent, "WARN"}, {silent, "DEBG 2"},
	} {
		if step.err == nil {
			s.Up("")
			n.take()
		} else if got := fail(step.err); got != step.want {
			t.Errorf("step %d: %s, want %s", i, got, step.want)
		}
	}
}

func TestAdjacency(t *testing.T) {
	j, n := open(t, Config{})
	s := j.Session("10.0.12.2", "label")
	s.Up("r2")
	if r := n.one(t); r.Msg != "%ADJCHANGE: neighbor 10.0.12.2(r2) in vrf default Up" || r.Level != logline.Info {
		t.Errorf("got %v %q", r.Level, r.Msg)
	}
	cease := func(sub uint8) wire.Notification { return wire.Notification{Code: wire.CodeCease, Subcode: sub} }
	for _, c := range []struct {
		why  fsm.Reason
		want string
	}{
		{fsm.Reason{Kind: fsm.ReasonBroken, Err: io.EOF}, "Peer closed the session"},
		{fsm.Reason{Kind: fsm.ReasonBroken, Err: syscall.ECONNRESET}, "Peer closed the session"},
		{fsm.Reason{Kind: fsm.ReasonBroken, Err: syscall.ETIMEDOUT}, "Socket Error"},
		{fsm.Reason{Kind: fsm.ReasonHoldExpired, Local: true}, "BGP Notification send"},
		{fsm.Reason{Kind: fsm.ReasonNotificationReceived, Notification: cease(2)}, "BGP Notification received"},
		{fsm.Reason{Kind: fsm.ReasonAdminReset, Local: true, Notification: cease(4)}, "User reset"},
		{fsm.Reason{Kind: fsm.ReasonAdminShutdown, Local: true, Notification: cease(2)}, "Admin. shutdown"},
		{fsm.Reason{Kind: fsm.ReasonConfigChange, Local: true, Notification: cease(3)}, "Neighbor deleted"},
		{fsm.Reason{Kind: fsm.ReasonConfigChange, Local: true, Notification: cease(6)}, "BGP Notification send"},
		{fsm.Reason{Kind: fsm.ReasonMaxPrefix, Local: true, Notification: cease(1)}, "BGP Notification send"},
	} {
		s.Down(&c.why)
		if r := n.one(t); r.Msg != "%ADJCHANGE: neighbor 10.0.12.2(r2) in vrf default Down "+c.want || get(r, "cause") == "" {
			t.Errorf("%v gives %q", c.why.Kind, r.Msg)
		}
	}
	s.Configure("label", 0, false)
	s.Up("r2")
	s.Down(&fsm.Reason{})
	if left := n.take(); left != nil {
		t.Errorf("written although switched off: %q", left)
	}
}

func TestNotificationRecords(t *testing.T) {
	j, n := open(t, Config{Level: logline.Info})
	s := j.Session("10.0.12.2", "r2")
	c := s.Conn(1, fsm.Outbound, there)
	hard := wire.HardResetOf(wire.CeaseWithText(wire.CeaseAdminShutdown, "planned work\nuntil 06:00"))
	for _, x := range []struct {
		n    wire.Notification
		sent bool
		want string
	}{
		{wire.Notification{Code: 6, Subcode: 4}, true, "%NOTIFICATION: sent to neighbor 10.0.12.2 6/4 (Cease/Administrative Reset) 0 bytes"},
		{wire.Notification{Code: 6, Subcode: 1, Data: []byte{0, 1, 1, 0, 0, 0, 3}}, true,
			"%NOTIFICATION: sent to neighbor 10.0.12.2 6/1 (Cease/Maximum Number of Prefixes Reached) 7 bytes 00 01 01 00 00 00 03"},
		{hard, false, `%NOTIFICATION(Hard Reset): received from neighbor 10.0.12.2 6/2 (Cease/Administrative Shutdown) "planned work until 06:00"`},
		{wire.Notification{Code: 4}, false, "%NOTIFICATION: received from neighbor 10.0.12.2 4/0 (Hold Timer Expired) 0 bytes"},
	} {
		if b := wire.AppendNotification(nil, x.n); x.sent {
			c.Sending(b, nil)
		} else {
			c.Received(b, nil)
		}
		if r := n.one(t); r.Msg != x.want {
			t.Errorf("got  %s\nwant %s", r.Msg, x.want)
		}
	}
}

func TestLimitsOfANeighbor(t *testing.T) {
	j, n := open(t, Config{})
	s := j.Session("10.0.13.5", "")
	s.MaxPrefix(wire.IPv4Unicast, 3, 3)
	s.MaxPrefixExceeded(wire.IPv4Unicast, 4, 3)
	got := n.records(t)
	if got[0].Msg != "%MAXPFX: No. of IPv4 Unicast prefix received from 10.0.13.5(Unknown) reaches 3, max 3" ||
		got[1].Msg != "%MAXPFXEXCEED: No. of IPv4 Unicast prefix received from 10.0.13.5(Unknown) 4 exceed, limit 3" {
		t.Errorf("got %q, %q", got[0].Msg, got[1].Msg)
	}
	for range 3 {
		s.MissingPolicy(wire.IPv4Unicast, true, true, []string{"address-family ipv4 unicast", "neighbor 10.0.13.5 allow any in"})
	}
	r := n.one(t)
	if !strings.HasPrefix(r.Msg, "EBGP inbound/outbound policy not properly setup") || get(r, "add") != "address-family ipv4 unicast; neighbor 10.0.13.5 allow any in" {
		t.Errorf("got %+v", r)
	}
	s.Up("")
	n.take()
	s.MissingPolicy(wire.IPv6Unicast, false, true, nil)
	if r := n.one(t); get(r, "direction") != "outbound" {
		t.Errorf("got %+v", r)
	}
}

func TestMalformedIsRateLimited(t *testing.T) {
	j, n := open(t, Config{})
	s := j.Session("10.0.12.2", "r2")
	e := &wire.Error{Code: 3, Subcode: 5, Severity: wire.Withdraw, Attr: wire.AttrMED, Text: "MED has length 3, expected 4"}
	body := make([]byte, 2000)
	for range 1000 {
		s.Malformed(e, body)
	}
	all := n.records(t)
	if len(all) != 5 {
		t.Fatalf("%d records at once, want 5", len(all))
	}
	r := all[0]
	if r.Level != logline.Warn || r.Msg != "malformed update message from 10.0.12.2: "+e.Text || get(r, "verdict") != wire.Withdraw.String() ||
		get(r, "attribute") == "" || get(r, "error") != "3/5" || len(get(r, "hex")) != 2*maxHex {
		t.Errorf("got %+v", r)
	}
	n.now = n.now.Add(10 * time.Second)
	s.Malformed(e, body)
	s.Malformed(e, body)
	r = n.one(t)
	if v, ok := r.Get("not_logged"); !ok || v.(interface{ String() string }).String() != "995" {
		t.Errorf("held back: %v", v)
	}
	n.now = n.now.Add(time.Hour)
	for range 10 {
		s.Malformed(e, body)
	}
	if all := n.records(t); len(all) != 5 {
		t.Errorf("%d records after a quiet hour, want 5", len(all))
	}
}

// A neighbor that flaps without end is told of now and then, and how often it was not; where debugging is wanted, always.
func TestAFlappingNeighborIsRateLimited(t *testing.T) {
	j, n := open(t, Config{Level: logline.Info})
	s := j.Session("10.0.12.2", "r2")
	flap := func(times int) int {
		for range times {
			s.Up("r2")
			s.Down(&fsm.Reason{Kind: fsm.ReasonBroken, Err: io.EOF})
		}
		return len(n.records(t))
	}
	if got := flap(1000); got != floodBurst {
		t.Errorf("%d records at once, want %d", got, floodBurst)
	}
	n.now = n.now.Add(floodGap)
	s.Up("r2")
	r := n.one(t)
	if v, ok := r.Get("not_logged"); !ok || v.(interface{ String() string }).String() != fmt.Sprint(2000-floodBurst) {
		t.Errorf("held back: %v", v)
	}
	other := j.Session("10.0.12.3", "r3")
	if other.Up("r3"); len(n.records(t)) != 1 {
		t.Error("another neighbor is silenced too")
	}
	if err := j.Debug(Debugged{Topic: TopicEvents, Neighbor: "10.0.12.2"}, true); err != nil {
		t.Fatal(err)
	}
	if got := flap(500); got != 1000 {
		t.Errorf("%d records while the neighbor is debugged, want 1000", got)
	}
	j.DebugNothing()
	s.SetLevel(logline.Debug)
	if got := flap(500); got != 1000 {
		t.Errorf("%d records at the level debug, want 1000", got)
	}
	n.now = n.now.Add(floodGap * floodBurst)
	s.SetLevel(0)
	if got := flap(1000); got != floodBurst {
		t.Errorf("%d records after a quiet time, want %d", got, floodBurst)
	}
}

func TestRefusedCallers(t *testing.T) {
	j, n := open(t, Config{})
	d := j.Dispatcher(netip.MustParseAddrPort("0.0.0.0:179"))
	who := netip.MustParseAddr("192.0.2.1")
	for range 100 {
		d.Refused(who, "not a neighbor")
	}
	if r := n.one(t); r.Msg != "refused inbound connection from: 192.0.2.1: not a neighbor" {
		t.Errorf("got %q", r.Msg)
	}
	n.now = n.now.Add(time.Minute)
	d.Refused(who, "not a neighbor")
	r := n.one(t)
	if v, _ := r.Get("not_logged"); v == nil || v.(interface{ String() string }).String() != "99" {
		t.Errorf("held back: %v", v)
	}
	flood := who
	for range 5000 { // addresses without end
		flood = flood.Next()
		d.Refused(flood, "not a neighbor")
	}
	if got := len(n.records(t)); got != callerKept-1 || len(d.callers.last) > callerKept {
		t.Errorf("%d records of 5000 addresses, %d kept", got, len(d.callers.last))
	}
	n.now = n.now.Add(time.Minute)
	d.Refused(flood, "not a neighbor")
	n.one(t)
}

func TestBindAndConfigRecords(t *testing.T) {
	j, n := open(t, Config{})
	d := j.Dispatcher(netip.MustParseAddrPort("0.0.0.0:179"))
	d.BindFailed(errors.New("address in use by pid 7 (bird)"), "stop pid 7")
	if r := n.one(t); r.Level != logline.Warn || get(r, "remedy") != "stop pid 7" || !strings.Contains(r.Msg, "pid 7 (bird)") {
		t.Errorf("got %+v", r)
	}
	d.AcceptFailed(errors.New("too many open files"))
	if r := n.one(t); !strings.Contains(r.Msg, "too many open files") {
		t.Errorf("got %+v", r)
	}
	j.BadLine("startup.conf", 12, "neighbor x", "% Unknown command", "neighbor x stays down")
	if r := n.one(t); r.Msg != "startup.conf line 12: % Unknown command" || keys(r) != "file line text reason held_back" {
		t.Errorf("got %+v", r)
	}
}

// A key never shows, whatever is logged at whatever level.
func TestNoSecretInParameters(t *testing.T) {
	for _, f := range []Format{JSON, Pretty, Text} {
		j, n := open(t, Config{Format: f})
		j.Session("10.0.0.1", "a").Starting(fsm.Snapshot{}, &logline.SessionInfo{MD5AuthKey: true})
		if out := strings.Join(n.take(), "\n"); !strings.Contains(out, "redacted") {
			t.Errorf("%s: %s", f, out)
		}
	}
}
