package daemon

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"bgpsh/daemon/policy"
	"bgpsh/fsm"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// A lookout keeps a session's view. The session writes it in place after every step, so that a keepalive leaves no garbage;
// whoever reads it gets a copy.
type lookout struct {
	mu   sync.Mutex
	seen bool
	view view
}

// Load gives a copy of the view, nil before the first.
func (l *lookout) Load() *view {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.seen {
		return nil
	}
	v := l.view
	v.machine.Conns = slices.Clone(v.machine.Conns) // the original is written into again
	return &v
}

// A view is what a session tells of itself after a step. Remaining times in it are of the step; later readers take the time
// since then off them.
type view struct {
	at       time.Time // of the step
	setup    *setup
	machine  fsm.Snapshot
	counters fsm.Counters
	agreed   *fsm.Negotiated // nil unless established
	hello    *wire.Open      // the peer's last one, nil before any
	since    time.Time       // of the last up or down; zero: never up
	ups      uint64
	downs    uint64
	reset    *api.Reset // AgoMs unset
	down     *api.Down  // LastMs and NextMs as of the step
	link     *link      // of the session, or of the attempt that is furthest; nil: none
	local    netip.AddrPort
	remote   netip.AddrPort
	hops     hops
	deny     [2]denial
	asked    [2]asking
	over     bool          // down because of maximum-prefix
	retained []fsm.Keeping // what stays of sessions before
	whole    [2]bool       // by family: End-of-RIB came
}

// denial tells why no routes pass in one family.
type denial struct{ in, out api.Deny }

// publish renews the view and records a change of state.
func (s *session) publish(now time.Time) {
	v := &s.view.view
	first := !s.view.seen
	var was stage
	var awaited [2]bool
	if !first {
		was, awaited = v.stage(), [2]bool{v.awaited(0), v.awaited(1)}
	}
	s.observe(v, now)
	if !first {
		if s.deferral.active() && awaited != [2]bool{v.awaited(0), v.awaited(1)} {
			s.toController(deferring{})
		}
		s.events.session(now, s, was, v)
	}
}

// observe writes down what the session is now.
func (s *session) observe(v *view, now time.Time) {
	s.view.mu.Lock()
	defer s.view.mu.Unlock()
	s.view.seen = true
	v.at, v.setup, v.agreed, v.hello, v.since, v.asked = now, s.setup, s.agreed, s.hello, s.since, s.asked
	s.peer.Observe(&v.machine, now)
	v.counters = s.peer.Counters()
	v.retained, v.whole = slices.Clone(s.retained.Kept()), s.whole
	v.over, v.ups, v.downs, v.reset = s.over != nil && s.over.rtt == 0, s.ups, s.downs, s.cause.lastReset()
	v.down = s.down(now, &v.machine)
	v.link = s.up
	for _, l := range s.links {
		if v.link == nil && l.conn != nil {
			v.link = l
		}
	}
	v.local, v.remote, v.hops = netip.AddrPort{}, netip.AddrPort{}, hops{}
	if v.link != nil {
		v.local, v.remote = v.link.conn.LocalAddr(), v.link.conn.RemoteAddr()
		v.hops = nextHops(s.kernel.View(), v.local.Addr(), s.setup.Addr)
	}
	for i := range s.setup.Families {
		v.deny[i] = s.denial(i)
	}
}

// A stage is what of a view makes an event when it changes.
type stage struct {
	state   api.State
	machine fsm.State
	ups     uint64
}

func (v *view) stage() stage { return stage{v.state(), v.machine.State, v.ups} }

// denial tells why no routes pass in the family of index i.
func (s *session) denial(i int) (d denial) {
	f := &s.setup.Families[i]
	inside := s.setup.Inside()
	if s.agreed != nil {
		inside = s.agreed.Inside()
	}
	of := func(spec policy.Spec) api.Deny {
		if spec.DenyAll == policy.Accepted && s.setup.library.Held(spec, f.Family) {
			return api.DenyConfig
		}
		return denyOf(spec.DenyAll)
	}
	return denial{of(f.Import(inside)), of(f.Export(inside))}
}
