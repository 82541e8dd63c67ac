package fsmtest

import (
	"fmt"
	"io"
	"time"

	"bgpsh/fsm"
	"bgpsh/wire"
)

// Result is what came of a seed.
type Result struct {
	Seed       uint64
	Steps      int           // events that machines handled
	Sessions   int           // established, counted on both sides
	Collisions int           // second connections taken into use, counted on both sides
	Faults     int           // that the network and the operators caused
	Settled    time.Duration // from the last fault to Established everywhere
	Err        error         // the first broken rule
}

// Run plays the history of a seed: two to four routers, configurations that fit each other, faults for a while, then quiet. Its
// transcript goes to out, if that is not nil.
func Run(seed uint64, out io.Writer) Result {
	s := newScenario(seed, out)
	trouble := s.between(20*time.Second, 120*time.Second)
	for range 1 + s.rand.IntN(9) {
		s.At(s.between(0, trouble), s.fault)
	}
	if s.chance(2) {
		s.At(0, s.traffic)
	}
	s.lossy = true
	s.Net.Run(trouble, nil)
	s.calm()
	calm := s.now
	s.Net.Run(calm+aftermath, nil)
	s.await(calm, s.bound())
	s.rest()
	return s.result(seed, calm)
}

// RunQuiet plays a seed without faults: the routers start within three seconds and must meet within a bound that the timers
// alone explain.
func RunQuiet(seed uint64, out io.Writer) Result {
	s := newScenario(seed, out)
	s.await(0, s.quietBound())
	s.rest()
	return s.result(seed, 0)
}

func newScenario(seed uint64, out io.Writer) *scenario {
	s := &scenario{Net: New(seed, out)}
	s.build()
	within := startWithin
	if s.chance(2) {
		within = 300 * time.Millisecond // so that both dial
	}
	for _, l := range s.Links {
		for _, e := range l.Ends {
			s.At(s.between(0, within), e.Start)
		}
	}
	return s
}

const startWithin = 3 * time.Second

// await runs until every link is established on one connection, which may take until bound after begin.
func (s *scenario) await(begin, bound time.Duration) {
	s.Net.Run(begin+bound, s.settled)
	if s.Err() != nil || s.settled() {
		return
	}
	for _, l := range s.Links {
		if a, b := l.Ends[0], l.Ends[1]; !l.Established() {
			s.violation(a, "settles", "not established on one connection %v after the last fault: %s on pipe %d, %s on pipe %d", bound,
				a.peer.State(), a.Session(), b.peer.State(), b.Session())
			return
		}
	}
}

// rest checks that a network that has settled stays so.
func (s *scenario) rest() {
	before := s.generations()
	s.settledAt = s.now
	s.Net.Run(s.now+s.between(5*time.Second, 60*time.Second), nil)
	if s.Err() == nil && s.generations() != before {
		s.violation(nil, "settles", "a session was lost without a fault")
	}
}

func (s *scenario) result(seed uint64, begin time.Duration) Result {
	for _, l := range s.Links {
		l.Ends[0].rules.count()
		l.Ends[1].rules.count()
	}
	return Result{Seed: seed, Steps: s.Steps, Sessions: s.sessions, Collisions: s.collisions, Faults: s.faults,
		Settled: s.settledAt - begin, Err: s.Err()}
}

// aftermath is how long the faults go on to work after the last of them: what a cut link held back arrives, routers come up.
const aftermath = 20 * time.Second

// scenario is a Net with its operators.
type scenario struct {
	*Net
	faults    int
	settledAt time.Duration
}

// build makes the routers and links. Most histories have one link; it is where most can go wrong in little time.
func (s *scenario) build() {
	count := 2
	if s.chance(10) {
		count = 3 + s.rand.IntN(2)
	}
	for i := range count {
		s.Router(string(rune('a' + i)))
	}
	for i, a := range s.Routers {
		for j, b := range s.Routers[:i] {
			ca, cb := s.configs(uint32(i+1), uint32(j+1))
			low := s.between(100*time.Microsecond, 50*time.Millisecond)
			s.Connect(b, a, cb, ca, low, low+s.between(0, 200*time.Millisecond))
		}
	}
}

// pick draws one of a few durations.
func (s *scenario) pick(of ...time.Duration) time.Duration { return of[s.rand.IntN(len(of))] }

// configs draws two configurations that fit: they differ in every timer, but not both are passive, and their identifiers differ
// or their AS numbers do.
func (s *scenario) configs(i, j uint32) (a, b fsm.Config) {
	second := time.Second
	one := func(k uint32) fsm.Config {
		c := fsm.Config{
			LocalAS: 65000 + k, RouterID: k, RemoteAS: fsm.RemoteAS{Kind: fsm.Auto},
			HoldTime: s.pick(0, 6*second, 9*second, 90*second, 90*second, 180*second), Keepalive: s.pick(0, 3*second, 30*second, 30*second),
			ConnectRetry: s.pick(second, 5*second, 30*second), IdleHold: s.pick(0, second, second, 2*second),
			IdleHoldMax: s.pick(5*second, 60*second), OpenHold: s.pick(6*second, 30*second, 0), SendHold: 480 * second,
			CollisionEstablished: s.chance(3), RetryInConnect: s.chance(3), Families: []wire.Family{wire.IPv4Unicast},
		}
		if s.chance(20) {
			c.Keepalive = second
		}
		if s.chance(4) {
			c.DelayOpen = s.pick(500*time.Millisecond, 4*second)
		}
		if s.chance(2) {
			c.ConnectJitter, c.IdleHoldJitter = fsm.Jitter{Min: 0.75, Max: 1}, fsm.Jitter{Min: 0.75, Max: 1}
		}
		return c
	}
	a, b = one(i), one(j)
	switch s.rand.IntN(4) {
	case 0:
		b.RouterID = a.RouterID // RFC 6286: the AS numbers decide
	case 1:
		b.LocalAS = a.LocalAS // one AS
	}
	switch s.rand.IntN(6) {
	case 0:
		a.Passive = true
	case 1:
		b.Passive = true
	}
	return a, b
}

// fault is one thing going wrong, or an operator at work.
func (s *scenario) fault() {
	s.faults++
	l := s.Links[s.rand.IntN(len(s.Links))]
	e := l.Ends[s.rand.IntN(2)]
	switch s.rand.IntN(15) {
	case 0, 1:
		s.breakOne(e)
	case 2:
		l.Cut(s.between(100*time.Millisecond, 15*time.Second))
	case 3:
		// Without a hold timer nobody would ever notice a silent restart.
		silent := e.cfg.HoldTime > 0 && e.far.cfg.HoldTime > 0 && len(s.Routers) == 2 && s.chance(2)
		e.router.Restart(s.between(50*time.Millisecond, 10*time.Second), !silent)
	case 4:
		e.refusing = true
		s.log(e, "-- listener gone")
		s.At(s.now+s.between(0, 15*time.Second), func() { e.refusing = false })
	case 5:
		s.log(e, "-- stop")
		e.Stop()
		s.At(s.now+s.between(0, 15*time.Second), func() {
			s.log(e, "-- start")
			e.Start()
		})
	case 6:
		s.log(e, "-- clear")
		e.Clear()
	case 7: // both sides at the same time: the recipe for two connections
		s.log(e, "-- clear on both sides")
		e.Clear()
		e.far.Clear()
	case 8:
		s.change(e)
	case 9:
		s.log(e, "-- next message damaged")
		for _, h := range e.halves {
			h.garble = true
		}
	case 10:
		s.stall(e)
	case 11:
		s.rogue(e)
	case 12: // both ends lose the session at once
		for _, h := range e.halves {
			if h.reading && !h.dead && h.other != nil && h.other.reading && !h.other.dead && !h.other.closed {
				s.log(e, "-- pipe %d broken on both sides", h.pipe)
				h.broke(errReset)
				if !h.other.dead {
					h.other.broke(errReset)
				}
				return
			}
		}
	case 13:
		s.odd(e)
	case 14:
		s.log(e, "-- start again")
		if e.wanted {
			e.Start()
		}
	}
}

// breakOne resets a connection of e.
func (s *scenario) breakOne(e *End) {
	for _, h := range e.halves {
		if h.reading && !h.dead {
			s.log(e, "-- pipe %d reset", h.pipe)
			h.reset()
			h.broke(errReset)
			return
		}
	}
}

// change gives e other timers, with or without a reset, or makes it passive where the other side dials.
func (s *scenario) change(e *End) {
	s.log(e, "-- configuration changed")
	c := e.cfg
	e.openHold = max(e.openHold, openHold(c))
	c.ConnectRetry, c.OpenHold, c.DelayOpen = s.pick(time.Second, 20*time.Second), s.pick(6*time.Second, 30*time.Second), s.pick(0, 2*time.Second)
	if !e.far.cfg.Passive {
		c.Passive = s.chance(3)
	}
	reset := s.chance(2)
	if reset {
		c.HoldTime = s.pick(0, 9*time.Second, 90*time.Second)
	}
	e.Change(c, reset)
}

// stall makes e's session unable to send, which its driver notices.
func (s *scenario) stall(e *End) {
	neg := e.peer.Negotiated()
	if !e.router.up || neg == nil || neg.SendHold == 0 {
		return
	}
	h := e.half(neg.Conn)
	s.log(e, "-- nothing can be sent on pipe %d", h.pipe)
	h.stalled = true
	e.step(fsm.Event{Kind: fsm.SendStalled, Conn: neg.Conn}, h)
}

// odd puts a message on e's connections that does not belong there.
func (s *scenario) odd(e *End) {
	s.log(e, "-- an odd message arrives")
	message := [][]byte{wire.AppendKeepalive(nil), wire.AppendEndOfRIB(nil, wire.IPv4Unicast),
		wire.AppendRouteRefresh(nil, wire.RouteRefresh{Family: wire.IPv4Unicast}),
		wire.AppendOpen(nil, &wire.Open{Version: wire.Version, AS16: wire.AS16(e.far.cfg.LocalAS), HoldTime: 90, ID: e.far.cfg.RouterID})}[s.rand.IntN(4)]
	for _, h := range e.halves {
		if h.other != nil && !h.other.closed && !h.other.dead {
			h.other.transmit(evData, message)
		}
	}
}

// rogue connects to e from the peer's address and says nothing, or goes away soon; now and then while the session is being
// built, where it can be one of two connections.
func (s *scenario) rogue(e *End) {
	if !e.router.up {
		return
	}
	if s.chance(2) {
		e.Clear()
	}
	s.pipes++
	mute := &half{end: e.far, pipe: s.pipes, mute: true, life: e.far.router.life}
	h := &half{end: e, other: mute, pipe: s.pipes, dir: fsm.Inbound, life: e.router.life}
	mute.other = h
	e.halves = append(e.halves, h)
	s.log(e, "-- a mute caller, pipe %d", h.pipe)
	s.after(0, event{kind: evReady, end: e, half: h})
	if s.chance(2) {
		s.At(s.now+s.between(0, 5*time.Second), func() { mute.transmit(evFin, nil) })
	}
}

// traffic lets established sessions carry UPDATEs, which keep them alive without the machine seeing them.
func (s *scenario) traffic() {
	update := wire.AppendEndOfRIB(nil, wire.IPv4Unicast)
	for _, l := range s.Links {
		for _, e := range l.Ends {
			if neg := e.peer.Negotiated(); e.router.up && neg != nil {
				e.half(neg.Conn).transmit(evData, update)
			}
		}
	}
	s.At(s.now+s.between(200*time.Millisecond, 3*time.Second), s.traffic)
}

// calm ends all faults.
func (s *scenario) calm() {
	s.log(nil, "-- quiet")
	s.lossy = false
	for _, l := range s.Links {
		l.downTo = min(l.downTo, s.now)
		for _, e := range l.Ends {
			e.refusing = false
			e.openHold = max(e.openHold, openHold(e.cfg))
			for _, h := range e.halves {
				h.garble = false
			}
			if !e.wanted {
				e.Start()
			}
		}
	}
}

// openHold is the wait for an OPEN that a configuration gives.
func openHold(c fsm.Config) time.Duration {
	if c.OpenHold == 0 {
		return 240 * time.Second
	}
	return c.OpenHold
}

// settled tells whether every link is established on one connection.
func (s *scenario) settled() bool {
	for _, l := range s.Links {
		if !l.Established() {
			return false
		}
	}
	return true
}

// generations counts the sessions of the machines that live.
func (s *scenario) generations() (sum uint32) {
	for _, l := range s.Links {
		sum += l.Ends[0].peer.Generation() + l.Ends[1].peer.Generation()
	}
	return sum
}

// bound is how long it may take after the last fault until every session is up: a router's restart, the longest hold and OPEN
// waits of what the faults left behind, the longest stay in Idle, and two rounds of retries.
func (s *scenario) bound() time.Duration {
	var bound time.Duration
	for _, l := range s.Links {
		for _, e := range l.Ends {
			bound = max(bound, 20*time.Second+max(e.cfg.HoldTime, e.openHold)+e.cfg.IdleHoldMax+2*e.cfg.ConnectRetry+2*e.cfg.DelayOpen)
		}
	}
	return bound + 5*time.Second
}

// quietBound is how long it may take from the first start until every session is up. A neighbor that dials before the other one
// started is refused and tries again after IdleHold, 2 IdleHold and so on, or only after ConnectRetry with an IdleHold of 0; the
// other one dials when it starts, unless it is passive. DelayOpen runs once on each side, and messages cross a few times.
func (s *scenario) quietBound() time.Duration {
	var bound time.Duration
	for _, l := range s.Links {
		again := time.Duration(0)
		for i, e := range l.Ends {
			if l.Ends[1-i].cfg.Passive {
				again = e.cfg.ConnectRetry
				if e.cfg.IdleHold > 0 {
					again = min(again, 2*startWithin+2*e.cfg.IdleHold)
				}
			}
		}
		bound = max(bound, startWithin+again+l.Ends[0].cfg.DelayOpen+l.Ends[1].cfg.DelayOpen+12*l.High+time.Second)
	}
	return bound
}

// String gives one line about a seed.
func (r Result) String() string {
	return fmt.Sprintf("seed %d: %d steps, %d sessions, %d faults, settled after %v, %v", r.Seed, r.Steps, r.Sessions, r.Faults, r.Settled, r.Err)
}
