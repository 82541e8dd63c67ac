package fsm

import (
	"errors"
	"strings"
	"testing"
	"time"

	"bgpsh/wire"
)

// TestCountersEach: each counter moves when its event happens, and by how much.
func TestCountersEach(t *testing.T) {
	up := "start; dialed 1; open 1; keepalive 1"
	for _, c := range []struct {
		name, settings, lines string
		get                   func(*Counters) uint64
		want                  uint64
	}{
		{"connection retries by the timer", "", "start; expire retry; expire retry", func(c *Counters) uint64 { return c.ConnectionRetries }, 2},
		{"connection retries by failures", "", up + "; broken 1; expire idle; dialed 2; malformed 2 1/1", func(c *Counters) uint64 { return c.ConnectionRetries }, 2},
		{"a version error is no retry", "", "start; dialed 1; notification 1 2/1", func(c *Counters) uint64 { return c.ConnectionRetries }, 0},
		{"manual stop zeroes the retries", "", "start; expire retry; stop", func(c *Counters) uint64 { return c.ConnectionRetries }, 0},
		{"active accepted", "", "start; dialed 1", func(c *Counters) uint64 { return c.ActiveAccepted }, 1},
		{"active declined", "", "start; stop; dialed 1", func(c *Counters) uint64 { return c.ActiveDeclined }, 1},
		{"passive accepted", "", "start; accepted 2", func(c *Counters) uint64 { return c.PassiveAccepted }, 1},
		{"passive declined", "", up + "; accepted 2; accepted 3", func(c *Counters) uint64 { return c.PassiveDeclined }, 2},
		{"to idle", "", "start; stop", func(c *Counters) uint64 { return c.TransitionsTo[Idle] }, 1},
		{"to connect", "", "start; failed 1; expire retry", func(c *Counters) uint64 { return c.TransitionsTo[Connect] }, 2},
		{"to active", "", "start; failed 1", func(c *Counters) uint64 { return c.TransitionsTo[Active] }, 1},
		{"to open sent", "", up, func(c *Counters) uint64 { return c.TransitionsTo[OpenSent] }, 1},
		{"to open confirm", "", up, func(c *Counters) uint64 { return c.TransitionsTo[OpenConfirm] }, 1},
		{"to session setup", "", up, func(c *Counters) uint64 { return c.TransitionsTo[SessionSetup] }, 1},
		{"to established", "", up, func(c *Counters) uint64 { return c.TransitionsTo[Established] }, 1},
		{"to connection collision", "", "start; accepted 2; dialed 1", func(c *Counters) uint64 { return c.TransitionsTo[ConnectionCollision] }, 1},
		{"collisions", "", "start; accepted 2; dialed 1", func(c *Counters) uint64 { return c.Collisions }, 1},
		{"hold expirations in OpenSent", "", "start; dialed 1; expire hold 1", func(c *Counters) uint64 { return c.HoldExpirations }, 1},
		{"hold expirations in Established", "", up + "; expire hold 1", func(c *Counters) uint64 { return c.HoldExpirations }, 1},
		{"idle hold expirations", "", up + "; broken 1; expire idle", func(c *Counters) uint64 { return c.IdleHoldExpirations }, 1},
		{"send hold expirations", "", up + "; stalled 1", func(c *Counters) uint64 { return c.SendHoldExpirations }, 1},
		{"failed dial", "", "start; failed 1", func(c *Counters) uint64 { return c.ConnectionFailures }, 1},
		{"broken connection", "", up + "; broken 1", func(c *Counters) uint64 { return c.ConnectionFailures }, 1},
		{"open handle failures", "remote=9", "start; dialed 1; open 1", func(c *Counters) uint64 { return c.OpenHandleFailures }, 1},
		{"message errors", "", up + "; malformed 1 3/1", func(c *Counters) uint64 { return c.MessageErrors }, 1},
		{"unexpected open", "", up + "; open 1", func(c *Counters) uint64 { return c.Unexpected.Open }, 1},
		{"unexpected keepalive", "", "start; dialed 1; keepalive 1", func(c *Counters) uint64 { return c.Unexpected.Keepalive }, 1},
		{"unexpected update", "", "start; dialed 1; update 1", func(c *Counters) uint64 { return c.Unexpected.Update }, 1},
		{"unexpected route refresh", "", "start; dialed 1; refresh 1", func(c *Counters) uint64 { return c.Unexpected.RouteRefresh }, 1},
		{"unexpected while the OPEN is delayed", "delay=5s", "start; dialed 1; keepalive 1", func(c *Counters) uint64 { return c.Unexpected.Keepalive }, 1},
		{"opens sent", "", up, func(c *Counters) uint64 { return c.Sent.Open }, 1},
		{"keepalives sent", "", up + "; expire keepalive 1", func(c *Counters) uint64 { return c.Sent.Keepalive }, 3},
		{"notifications sent", "", up + "; stop", func(c *Counters) uint64 { return c.Sent.Notification }, 1},
		{"notifications sent by code", "", up + "; stop", func(c *Counters) uint64 { return c.NotificationsSent[Code{6, 2}] }, 1},
		{"opens received", "", up, func(c *Counters) uint64 { return c.Received.Open }, 1},
		{"keepalives received", "", up + "; keepalive 1", func(c *Counters) uint64 { return c.Received.Keepalive }, 2},
		{"route refreshes received", "", up + "; refresh 1", func(c *Counters) uint64 { return c.Received.RouteRefresh }, 1},
		{"notifications received", "", up + "; notification 1 6/4", func(c *Counters) uint64 { return c.Received.Notification }, 1},
		{"notifications received by code", "", up + "; notification 1 6/4", func(c *Counters) uint64 { return c.NotificationsReceived[Code{6, 4}] }, 1},
		{"messages of a closed connection are not counted", "", up + "; stop; keepalive 1; notification 1 6/4", func(c *Counters) uint64 { return c.Received.Keepalive + c.Received.Notification }, 1},
	} {
		s, err := newScript(strings.Fields(c.settings)...)
		if err != nil {
			t.Fatal(err)
		}
		mustRun(t, s, c.lines)
		got := s.p.Counters()
		if n := c.get(&got); n != c.want {
			t.Errorf("%s: %d after %q, want %d", c.name, n, c.lines, c.want)
		}
	}
}

// TestReasons: what Down and the snapshot say about the end of a session.
func TestReasons(t *testing.T) {
	up := "start; dialed 1; open 1; keepalive 1; "
	cause := &Reason{Kind: ReasonMaxPrefix, Text: "1001 prefixes, the limit is 1000"}
	for _, c := range []struct {
		name  string
		event Event
		kind  ReasonKind
		local bool
		code  Code
		text  string
		state State
	}{
		{"shutdown", Event{Kind: ManualStop, Text: "bye"}, ReasonAdminShutdown, true, Code{6, 2}, "bye", Idle},
		{"reset", Event{Kind: AdminReset}, ReasonAdminReset, true, Code{6, 4}, "", Connect},
		{"deconfigured", Event{Kind: ManualStop, Subcode: 3}, ReasonConfigChange, true, Code{6, 3}, "", Idle},
		{"configuration change", Event{Kind: AdminReset, Subcode: 6}, ReasonConfigChange, true, Code{6, 6}, "", Connect},
		{"maximum-prefix", Event{Kind: ManualStop, Subcode: 1, Data: []byte{0, 1, 1, 0, 0, 3, 0xe8}, Cause: cause}, ReasonMaxPrefix, true, Code{6, 1}, cause.Text, Idle},
		{"peer's shutdown", Event{Kind: Received, Conn: 1, Message: Message{Type: wire.TypeNotification, Notification: wire.CeaseWithText(2, "night")}},
			ReasonNotificationReceived, false, Code{6, 2}, "night", Idle},
		{"malformed update", Event{Kind: Received, Conn: 1, Message: Message{Type: wire.TypeUpdate, Err: &wire.Error{Code: 3, Subcode: 1, Severity: wire.Reset, Text: "bad"}}},
			ReasonNotificationSent, true, Code{3, 1}, "bad", Idle},
		{"broken", Event{Kind: Broken, Conn: 1, Err: errors.New("reset by peer")}, ReasonBroken, false, Code{}, "", Idle},
		{"stalled", Event{Kind: SendStalled, Conn: 1}, ReasonSendHold, true, Code{8, 0}, "", Idle},
	} {
		s, _ := newScript()
		mustRun(t, s, up)
		var downs []Reason
		var sent []byte
		for _, a := range s.step(c.event) {
			switch {
			case a.Kind == ActionDown:
				downs = append(downs, a.Reason)
			case a.Kind == ActionSend && a.Type == wire.TypeNotification:
				sent = a.Bytes
			}
		}
		if len(downs) != 1 {
			t.Errorf("%s: %d Down actions", c.name, len(downs))
			continue
		}
		r, snap := downs[0], s.p.Snapshot(s.now)
		if r.Kind != c.kind || r.Local != c.local || r.Text != c.text || (Code{r.Notification.Code, r.Notification.Subcode}) != c.code {
			t.Errorf("%s: %+v", c.name, r)
		}
		if snap.LastReset.Kind != r.Kind || snap.Failure.Kind != r.Kind || !snap.LastDown.Equal(s.now) || snap.State != c.state {
			t.Errorf("%s: snapshot %+v", c.name, snap)
		}
		if (sent != nil) != (c.local && c.code != Code{}) {
			t.Errorf("%s: NOTIFICATION %x", c.name, sent)
		}
		if r.RemoteAS != 65002 {
			t.Errorf("%s: the peer's AS is missing", c.name)
		}
	}
}

// TestMalformedNotification: one that cannot be parsed is not answered either (RFC 4271 6.4).
func TestMalformedNotification(t *testing.T) {
	s, _ := newScript()
	mustRun(t, s, "start; dialed 1; open 1; keepalive 1")
	bad := Message{Type: wire.TypeNotification, Err: &wire.Error{Code: 1, Subcode: 2, Severity: wire.Reset}}
	if got := brief(s.step(Event{Kind: Received, Conn: 1, Message: bad})); strings.Contains(got, ">") {
		t.Errorf("answered: %s", got)
	}
	if s.p.State() != Idle {
		t.Errorf("state %s", s.p.State())
	}
}

// TestSendsAreTheDriversToKeep: bytes of one Step are not changed by later ones.
func TestSendsAreTheDriversToKeep(t *testing.T) {
	s, _ := newScript()
	type sent struct {
		bytes []byte
		text  string
	}
	var all []sent
	for range 3 {
		for _, line := range []string{"reset", "start"} {
			for _, a := range mustRun(t, s, line) {
				if a.Kind == ActionDial {
					for _, a := range s.step(Event{Kind: Dialed, Conn: a.Conn}) {
						if a.Kind == ActionSend {
							all = append(all, sent{a.Bytes, string(a.Bytes)})
						}
					}
				}
				if a.Kind == ActionSend {
					all = append(all, sent{a.Bytes, string(a.Bytes)})
				}
			}
		}
	}
	for i, m := range all {
		if string(m.bytes) != m.text {
			t.Errorf("message %d was changed later", i)
		}
	}
	if len(all) < 5 {
		t.Errorf("only %d messages", len(all))
	}
}

// TestTickEarlyOrLate: a Tick before the deadline does nothing, one long after it fires everything that is due, in order.
func TestTickEarlyOrLate(t *testing.T) {
	s, _ := newScript("hold=90s", "keepalive=30s")
	mustRun(t, s, "start; dialed 1; open 1; keepalive 1; pass 29999ms")
	if got := brief(mustRun(t, s, "tick")); got != "" {
		t.Errorf("before the deadline: %s", got)
	}
	mustRun(t, s, "pass 10m")
	if got, want := brief(mustRun(t, s, "tick")), "KEEPALIVE>1, NOTIFICATION 4/0>1, close 1, down 1 (hold timer expired)"; got != want {
		t.Errorf("long after: %s, want %s", got, want)
	}
}

// TestActivityNeverShortens: an old time of reading, or one from the future, changes nothing for the worse.
func TestActivityNeverShortens(t *testing.T) {
	s, _ := newScript("hold=9s", "keepalive=3s")
	mustRun(t, s, "start; dialed 1; open 1; keepalive 1; pass 2s; keepalive 1")
	hold := func() time.Time { return s.p.conns[0].hold.at }
	before := hold()
	s.step(Event{Kind: Activity, Conn: 1, LastRead: s.now.Add(-time.Second)})
	if !hold().Equal(before) {
		t.Errorf("an old time moved the deadline by %v", hold().Sub(before))
	}
	s.step(Event{Kind: Activity, Conn: 1, LastRead: s.now.Add(time.Hour)})
	if got := hold().Sub(s.now); got != 9*time.Second {
		t.Errorf("a time in the future gives %v", got)
	}
	s.step(Event{Kind: Activity, Conn: 7, LastRead: s.now})
}

// TestJitter: the interval shown stays nominal, the time that runs is within the range.
func TestJitter(t *testing.T) {
	for _, r := range []float64{0, 0.5, 0.999} {
		c := baseConfig()
		c.ConnectJitter = Jitter{Min: 0.75, Max: 1}
		c.Rand = func() float64 { return r }
		p := New(c)
		p.Step(epoch, Event{Kind: ManualStart})
		got := p.Snapshot(epoch).Session.ConnectRetry
		want := time.Duration(float64(30*time.Second) * (0.75 + 0.25*r))
		if got.Interval != 30*time.Second || got.Remaining != want || !got.Enabled {
			t.Errorf("random %v: %+v, want %v to run", r, got, want)
		}
	}
	for _, j := range []Jitter{{}, {Min: -1, Max: 1}, {Min: 1, Max: 0.5}} {
		if f := j.factor(nil); f != 1 {
			t.Errorf("%+v gives factor %v", j, f)
		}
	}
}

// TestSnapshot: what show commands read, over the life of a neighbor.
func TestSnapshot(t *testing.T) {
	s, _ := newScript()
	if snap := s.p.Snapshot(s.now); !snap.AdminDown || snap.State != Idle || snap.Generation != 0 || s.p.AdminDown() != true {
		t.Errorf("new: %+v", snap)
	}
	mustRun(t, s, "start")
	if snap := s.p.Snapshot(s.now); snap.AdminDown || !snap.Dialing || snap.Dials != 1 || snap.State != Connect || !snap.Since.Equal(s.now) {
		t.Errorf("dialing: %+v", snap)
	}
	mustRun(t, s, "failed 1; expire retry; failed 2")
	if snap := s.p.Snapshot(s.now); snap.Dialing || snap.Dials != 2 || snap.Failure.Kind != ReasonDialFailed || snap.Failure.Err == nil || !snap.FailureAt.Equal(s.now) {
		t.Errorf("refused: %+v", snap)
	}
	mustRun(t, s, "expire retry; dialed 3; accepted 4; open 3 id=1; keepalive 3; pass 5s")
	snap := s.p.Snapshot(s.now)
	if snap.State != Established || snap.Generation != 1 || snap.Negotiated == nil || snap.Dials != 0 || len(snap.Conns) != 1 ||
		snap.Conns[0].RemoteAS != 65002 || snap.Conns[0].Direction != Outbound || snap.Conns[0].Clock.Hold.Remaining != 85*time.Second ||
		s.now.Sub(snap.Established) != 5*time.Second {
		t.Errorf("established: %+v", snap)
	}
	mustRun(t, s, "stop; start; dialed 5; open 5; keepalive 5")
	if s.p.Generation() != 2 {
		t.Errorf("generation %d in the second session", s.p.Generation())
	}
}

// TestNames: every name that logs and shows use exists.
func TestNames(t *testing.T) {
	for s := range State(numStates) {
		if s.String() == "" || s.CamelCase() == "" {
			t.Errorf("state %d has no name", s)
		}
	}
	for tr := start; int(tr) < numTriggers; tr++ {
		if tr.String() == "" {
			t.Errorf("trigger %d has no name", tr)
		}
	}
	for k := ManualStart; k <= SendStalled; k++ {
		if k.String() == "unknown" {
			t.Errorf("event kind %d has no name", k)
		}
	}
	for k := ActionDial; k <= ActionNote; k++ {
		if k.String() == "unknown" {
			t.Errorf("action kind %d has no name", k)
		}
	}
	for k := NoteEvent; k <= NoteIdleHold; k++ {
		if k.String() == "unknown" {
			t.Errorf("note kind %d has no name", k)
		}
	}
	for k := ReasonNone; k <= ReasonOpenError; k++ {
		if k.String() == "" || k.String() == "unknown" {
			t.Errorf("reason %d has no name", k)
		}
	}
	if State(99).String() != "unknown" || EventKind(99).String() != "unknown" || ReasonKind(99).String() != "unknown" {
		t.Error("a number without a name")
	}
}

// BenchmarkKeepalive is the whole work of a quiet session: one KEEPALIVE in, one out.
func BenchmarkKeepalive(b *testing.B) {
	s, _ := newScript()
	for _, line := range []string{"start", "dialed 1", "open 1", "keepalive 1"} {
		if _, err := s.run(line); err != nil {
			b.Fatal(err)
		}
	}
	in := Event{Kind: Received, Conn: 1, Message: Message{Type: wire.TypeKeepalive}}
	b.ReportAllocs()
	for b.Loop() {
		s.now = s.p.Deadline()
		s.p.Step(s.now, in)
		s.p.Step(s.now, Event{Kind: Tick})
	}
}
