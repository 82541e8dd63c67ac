package daemon

import (
	"net/netip"
	"time"

	"bgpsh/fsm"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// A view is what a session tells of itself: a copy, made after every step, that any goroutine may read without asking
// the session. Remaining times in it are of the step; later readers take the time since then off them.
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
	over     bool // down because of maximum-prefix
}

// denial tells why no routes pass in one family.
type denial struct{ in, out api.Deny }

// publish makes a new view.
func (s *session) publish(now time.Time) {
	v := &view{
		at: now, setup: s.setup, machine: s.peer.Snapshot(now), counters: s.peer.Counters(), agreed: s.agreed, hello: s.hello,
		since: s.since, over: s.over != nil, ups: s.ups, downs: s.downs, reset: s.cause.lastReset(),
	}
	v.down = s.down(now, &v.machine)
	v.link = s.up
	for _, l := range s.links {
		if v.link == nil && l.conn != nil {
			v.link = l
		}
	}
	if v.link != nil {
		v.local, v.remote = v.link.conn.LocalAddr(), v.link.conn.RemoteAddr()
		v.hops = nextHops(s.kernel.View(), v.local.Addr(), s.setup.Addr)
	}
	for i := range s.setup.Families {
		v.deny[i] = s.denial(i)
	}
	s.events.session(now, s, s.view.Swap(v), v)
}

// denial tells why no routes pass in the family of index i.
func (s *session) denial(i int) (d denial) {
	f := &s.setup.Families[i]
	inside := s.setup.Inside()
	if s.agreed != nil {
		inside = s.agreed.Inside()
	}
	return denial{denyOf(f.Import(inside).DenyAll), denyOf(f.Export(inside).DenyAll)}
}
