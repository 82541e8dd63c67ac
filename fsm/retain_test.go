package fsm

import (
	"slices"
	"testing"
	"time"

	"bgpsh/wire"
)

// agreement makes what two OPENs agreed on: ours and the peer's restart capabilities, for both families.
func agreement(ours, theirs wire.Capabilities) *Negotiated {
	families := []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast}
	return &Negotiated{Families: families, LocalOpen: &wire.Open{Caps: ours}, PeerOpen: &wire.Open{Caps: theirs}}
}

// restartCaps are the capabilities of a speaker that keeps the families for so long over a restart, long: and then as
// long-lived stale.
func restartCaps(wait, long uint32, families ...wire.Family) wire.Capabilities {
	c := wire.Capabilities{GracefulRestart: &wire.GracefulRestart{Time: uint16(wait)}, HasLongLived: long > 0}
	for _, f := range families {
		if wait > 0 {
			c.GracefulRestart.Families = append(c.GracefulRestart.Families, wire.RestartFamily{Family: f, Forwarding: true})
		}
		if long > 0 {
			c.LongLived = append(c.LongLived, wire.LongLivedFamily{Family: f, Forwarding: true, Time: long})
		}
	}
	return c
}

var (
	helper   = wire.Capabilities{GracefulRestart: &wire.GracefulRestart{}}
	knowing  = wire.Capabilities{GracefulRestart: &wire.GracefulRestart{}, HasLongLived: true}
	both     = []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast}
	vanished = &Reason{Kind: ReasonBroken}
)

var limits = Limits{Stale: 360 * time.Second, LongLived: 1000 * time.Second}

// TestKeeps tells the ends of a session over which routes stay from the others.
func TestKeeps(t *testing.T) {
	cease := func(subcode uint8) wire.Notification {
		return wire.Notification{Code: wire.CodeCease, Subcode: subcode}
	}
	for _, c := range []struct {
		name          string
		r             Reason
		plain, notify bool // without and with RFC 8538
	}{
		{"connection lost", Reason{Kind: ReasonBroken}, true, true},
		{"hold timer", holdExpired, false, true},
		{"send hold timer", sendHoldExpired, false, true},
		{"malformed message", Reason{Kind: ReasonNotificationSent, Local: true, Notification: wire.Notification{Code: 3, Subcode: 1}}, false, true},
		{"the peer's reset", Reason{Kind: ReasonNotificationReceived, Notification: cease(wire.CeaseAdminReset)}, false, true},
		{"the peer's hard reset", Reason{Kind: ReasonNotificationReceived, Notification: wire.HardResetOf(cease(wire.CeaseAdminReset))}, false, false},
		{"our shutdown", Reason{Kind: ReasonAdminShutdown, Local: true, Notification: wire.HardResetOf(cease(wire.CeaseAdminShutdown))}, false, false},
		{"our own leave", Reason{Kind: ReasonAdminShutdown, Local: true}, false, false},
		{"interface down", Reason{Kind: ReasonBroken, Local: true, Notification: cease(wire.CeaseAdminReset)}, false, false},
	} {
		n := agreement(restartCaps(120, 0, both...), restartCaps(120, 0, both...))
		if got := n.Keeps(&c.r); got != c.plain {
			t.Errorf("%s: %v", c.name, got)
		}
		n.LocalOpen.Caps.GracefulRestart.Notification, n.PeerOpen.Caps.GracefulRestart.Notification = true, true
		if got := n.Keeps(&c.r); got != c.notify {
			t.Errorf("%s, with the N bit: %v", c.name, got)
		}
	}
	none := wire.Capabilities{}
	if agreement(none, restartCaps(120, 0, both...)).Keeps(vanished) || agreement(helper, none).Keeps(vanished) {
		t.Error("routes stay without the capability of both")
	}
}

// TestRetention goes through the life of kept routes: the script's times are seconds since the loss.
func TestRetention(t *testing.T) {
	v4 := wire.IPv4Unicast
	dead := func(c wire.Capabilities) wire.Capabilities { // forwarding did not go on
		g := *c.GracefulRestart
		g.Families = []wire.RestartFamily{{Family: v4}}
		c.GracefulRestart = &g
		c.LongLived = []wire.LongLivedFamily{{Family: v4}}
		return c
	}
	type at struct {
		seconds int
		want    []Expiry
	}
	gone, aged := []Expiry{{Family: v4}}, []Expiry{{Family: v4, Age: true}}
	for _, c := range []struct {
		name   string
		long   int // seconds that we are ready for
		theirs wire.Capabilities
		back   int // seconds; 0: the peer does not come back
		caps   wire.Capabilities
		ticks  []at
	}{
		{"the peer stays away", 0, restartCaps(120, 0, v4), 0, helper, []at{{119, nil}, {120, gone}, {900, nil}}},
		{"stalepath-time is shorter", 0, restartCaps(600, 0, v4), 0, helper, []at{{359, nil}, {360, gone}}},
		{"the peer is back, and never sends End-of-RIB", 0, restartCaps(120, 0, v4), 100, restartCaps(120, 0, v4), []at{{359, nil}, {360, gone}}},
		{"long-lived", 1000, restartCaps(120, 500, v4), 0, helper, []at{{120, aged}, {619, nil}, {620, gone}}},
		{"we are ready for less", 300, restartCaps(120, 500, v4), 0, helper, []at{{120, aged}, {420, gone}}},
		{"we keep nothing for long", 0, restartCaps(120, 500, v4), 0, helper, []at{{120, gone}}},
		{"no restart time at all", 1000, restartCaps(0, 500, v4), 0, helper, []at{{0, aged}, {500, gone}}},
		{"back while long-lived: the time goes on", 1000, restartCaps(120, 500, v4), 300, restartCaps(120, 900, v4),
			[]at{{120, aged}, {619, nil}, {620, gone}}},
		{"one tick late for both", 1000, restartCaps(120, 500, v4), 0, helper, []at{{700, aged}, {700, gone}}},
		{"back without forwarding", 0, restartCaps(120, 0, v4), 100, dead(restartCaps(120, 0, v4)), []at{{900, nil}}},
		{"back, and restarts no more", 0, restartCaps(120, 0, v4), 100, wire.Capabilities{}, []at{{900, nil}}},
	} {
		var k Retention
		own := Limits{Stale: limits.Stale, LongLived: time.Duration(c.long) * time.Second}
		if got := k.Lost(epoch, agreement(knowing, c.theirs), vanished, own); !slices.Equal(got, []wire.Family{v4}) {
			t.Errorf("%s: keeps %v", c.name, got)
		}
		returned := c.back == 0
		for _, x := range c.ticks {
			now := epoch.Add(time.Duration(x.seconds) * time.Second)
			if !returned && x.seconds > c.back {
				k.Back(agreement(knowing, c.caps))
				returned = true
			}
			if d := k.Deadline(); len(x.want) > 0 && (d.IsZero() || d.After(now)) {
				t.Errorf("%s: at %d s it waits until %v", c.name, x.seconds, d)
			}
			if got := k.Tick(now); !slices.Equal(got, x.want) {
				t.Errorf("%s: at %d s %v, want %v", c.name, x.seconds, got, x.want)
			}
		}
		if left := k.Kept(); len(left) > 0 || !k.Deadline().IsZero() {
			t.Errorf("%s: %+v is left", c.name, left)
		}
	}
}

// TestRetentionEnds ends it by End-of-RIB, by the operator and by another loss.
func TestRetentionEnds(t *testing.T) {
	n := agreement(restartCaps(0, 1000, both...), restartCaps(120, 500, both...))
	var k Retention
	if got := k.Lost(epoch, n, vanished, limits); !slices.Equal(got, both) {
		t.Fatalf("keeps %v", got)
	}
	k.Back(n)
	k.Synced(wire.IPv4Unicast)
	if left := k.Kept(); len(left) != 1 || left[0].Family != wire.IPv6Unicast || !left[0].Back {
		t.Fatalf("after one End-of-RIB: %+v", left)
	}
	if !k.Forget() || k.Forget() || !k.Deadline().IsZero() {
		t.Fatal("it does not forget once")
	}
	k.Lost(epoch, n, vanished, limits)
	if keep := k.Lost(epoch, n, &Reason{Kind: ReasonNotificationReceived, Notification: wire.Notification{Code: wire.CodeCease}}, limits); keep != nil || len(k.Kept()) > 0 {
		t.Fatalf("a NOTIFICATION leaves %v %+v", keep, k.Kept())
	}
}

// TestRetentionTwice loses the session again before End-of-RIB: the restart time begins anew, the long-lived one does not
// (RFC 9494 4.2).
func TestRetentionTwice(t *testing.T) {
	n := agreement(restartCaps(0, 1000, wire.IPv4Unicast), restartCaps(120, 500, wire.IPv4Unicast))
	at := func(seconds int) time.Time { return epoch.Add(time.Duration(seconds) * time.Second) }
	var k Retention
	k.Lost(at(0), n, vanished, limits)
	k.Tick(at(120))
	k.Back(n)
	k.Lost(at(200), n, vanished, limits)
	if x := k.Kept()[0]; !x.Aged || x.Back || !x.Until.Equal(at(320)) || !x.LongUntil.Equal(at(620)) {
		t.Fatalf("%+v", x)
	}
	if got := k.Tick(at(320)); len(got) != 1 || !got[0].Age || !k.Deadline().Equal(at(620)) {
		t.Fatalf("%+v, then until %v", got, k.Deadline())
	}
}

// TestRestartingBit says in the OPEN that we restarted, for as long as that is new.
func TestRestartingBit(t *testing.T) {
	c := baseConfig()
	c.Caps.GracefulRestart = &wire.GracefulRestart{Time: 120}
	c.Restarted = epoch.Add(120 * time.Second)
	for _, x := range []struct {
		now  time.Duration
		want bool
	}{{0, true}, {119 * time.Second, true}, {120 * time.Second, false}} {
		p := New(c)
		p.now = epoch.Add(x.now)
		if got := p.localOpen().Caps.GracefulRestart.Restarting; got != x.want {
			t.Errorf("after %v: %v", x.now, got)
		}
	}
	if c.Caps.GracefulRestart.Restarting {
		t.Error("the configuration was changed")
	}
}

// TestSilentStop closes without a Cease.
func TestSilentStop(t *testing.T) {
	s, err := newScript("gr=120")
	if err != nil {
		t.Fatal(err)
	}
	mustRun(t, s, "start; dialed 1; open 1 gr=0; keepalive 1")
	if got := brief(s.step(Event{Kind: ManualStop, Silent: true})); got != "close 1, down 1 (administrative shutdown)" {
		t.Errorf("%s", got)
	}
}
