package fsm

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"bgpsh/wire"
)

// TestAnyEventAnyTime feeds events that no driver would: of connections that never were, twice, without what they need, with the
// time going backwards. The machine must stay whole: no panic, at most two connections, Up and Down in turn, Close once.
func TestAnyEventAnyTime(t *testing.T) {
	count := 3000
	if testing.Short() {
		count = 300
	}
	steps := 0
	for seed := range uint64(count) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := baseConfig()
		c.Passive, c.CollisionEstablished, c.RetryInConnect = r.IntN(4) == 0, r.IntN(2) == 0, r.IntN(2) == 0
		if r.IntN(3) == 0 {
			c.DelayOpen = time.Second
		}
		if r.IntN(3) == 0 {
			c.IdleHold = 0
		}
		p := New(c)
		now := epoch
		closed := map[ConnID]bool{}
		var up ConnID
		for range 200 {
			steps++
			now = now.Add(time.Duration(r.IntN(4000)-500) * time.Millisecond)
			e := anyEvent(r, p, c)
			if e.Kind == Accepted || e.Kind == Dialed {
				delete(closed, e.Conn) // a name used again is a new connection
			}
			for _, a := range p.Step(now, e) {
				switch {
				case a.Kind == ActionClose && closed[a.Conn]:
					t.Fatalf("seed %d: %d is closed twice", seed, a.Conn)
				case a.Kind == ActionClose:
					closed[a.Conn] = true
				case a.Kind == ActionSend && closed[a.Conn]:
					t.Fatalf("seed %d: something is sent on %d, which is closed", seed, a.Conn)
				case a.Kind == ActionUp && up != 0, a.Kind == ActionDown && up != a.Conn:
					t.Fatalf("seed %d: %s %d while %d is up", seed, a.Kind, a.Conn, up)
				case a.Kind == ActionUp:
					up = a.Conn
				case a.Kind == ActionDown:
					up = 0
				}
			}
			if s := p.State(); s == SessionSetup || (s == Established) != (up != 0) || (p.Negotiated() != nil) != (up != 0) {
				t.Fatalf("seed %d: state %s, session %d", seed, s, up)
			}
		}
	}
	summary = append(summary, fmt.Sprintf("%d events in no order", steps))
}

// anyEvent draws an event, half of them about a connection that exists, the others about any that was ever named.
func anyEvent(r *rand.Rand, p *Peer, c Config) Event {
	e := Event{Kind: EventKind(r.IntN(int(SendStalled) + 2)), Conn: ConnID(r.IntN(int(p.last) + 1)), Err: errors.New("any")}
	if r.IntN(2) == 0 {
		e.Conn = p.dialing
		for _, k := range p.conns {
			if k != nil && r.IntN(2) == 0 {
				e.Conn = k.id
			}
		}
	}
	switch e.Kind {
	case Accepted:
		if r.IntN(8) > 0 || e.Conn != p.dialing && p.find(e.Conn) == nil {
			e.Conn = p.NextConn()
		}
	case Reconfigured:
		c.Passive = r.IntN(2) == 0
		e.Config = &c
		if r.IntN(8) == 0 {
			e.Config = nil
		}
	case Activity:
		e.LastRead = p.now.Add(time.Duration(r.IntN(20)-10) * time.Second)
	case Received:
		e.Message.Type = wire.Type(r.IntN(7))
		if r.IntN(2) == 0 {
			e.Message.Type = []wire.Type{wire.TypeOpen, wire.TypeKeepalive}[r.IntN(2)]
		}
		if e.Message.Type == wire.TypeOpen && r.IntN(10) > 0 {
			e.Message.Open = &wire.Open{Version: 4, AS16: 65002, ID: uint32(r.IntN(3)) + c.RouterID - 1, HoldTime: uint16(30 * r.IntN(2))}
		}
		if r.IntN(20) == 0 {
			e.Message.Err = &wire.Error{Code: 1, Subcode: 2, Severity: wire.Reset}
		}
	}
	return e
}
