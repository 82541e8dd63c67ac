package daemon

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime/debug"
	"slices"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/kernel"
	"bgpsh/daemon/transport"
	"bgpsh/fsm"
	"bgpsh/tests/sim"
	"bgpsh/wire"
)

// A player lets a scenario happen in a lab, and looks at what the daemons make of it.
type player struct {
	*lab
	plan    *sim.Scenario
	state   *sim.State // as the operators want it by now
	routers map[int]*simHost
	spoiled []spoiled
	cut     map[int]bool      // links
	pulled  map[int]int       // links: ends whose interface is down
	slow    map[[2]string]int // pairs of nodes: how many reasons there are
	played  played
}

// A spoiled stream had a byte changed: its session may have got anything.
type spoiled struct {
	stream *transport.Stream
	at     *session // whose it is, where that was up and had the neighbor's whole table
	need   uint32   // the number of that session
}

// simHost is a router of the scenario.
type simHost struct {
	*simNode
	leaving bool
	typed   [][]string // what its operator wants to change when it is back
}

// played is what came of a scenario.
type played struct {
	wrong   error
	virtual time.Duration
	settled time.Duration // from the end of the faults until every table was right
	steps   int
	events  int
	sum     uint64 // of the trace
	peak    peaks
	text    string // of the end of the trace
}

// play runs a scenario from its start to its end, in which all faults are over.
func play(plan *sim.Scenario, keep int) (out played) {
	p := newPlayer(plan, keep)
	defer func() {
		if r := recover(); r != nil {
			p.played.wrong = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
		out = p.played
		out.virtual, out.steps, out.sum, out.text = p.now.Sub(simStart), p.steps, p.sum, p.text()
	}()
	p.start()
	for i := range plan.Events {
		p.lively(plan.Events[i].Wait)
		p.event(&plan.Events[i])
		p.played.events++
	}
	p.heal()
	p.played.wrong = p.quiet()
	return
}

func newPlayer(plan *sim.Scenario, keep int) *player {
	p := &player{
		lab: newLab(plan.Seed), plan: plan, state: sim.NewState(plan), routers: map[int]*simHost{},
		cut: map[int]bool{}, pulled: map[int]int{}, slow: map[[2]string]int{},
	}
	p.keep, p.lazy, p.fabric.Buffer = keep, taskKind(plan.Rules.Lazy), plan.Rules.Buffer
	p.inspect = p.sessionsRules
	latencies := map[[2]string]time.Duration{}
	for i := range plan.Links {
		l := &plan.Links[i]
		a, b := p.name(l, 0), p.name(l, 1)
		latencies[[2]string{a, b}], latencies[[2]string{b, a}] = l.Latency, l.Latency
	}
	p.fabric.Latency = func(from, to string) time.Duration {
		pair := [2]string{from, to}
		d := latencies[pair] + time.Duration(p.rng.IntN(3000))*time.Microsecond
		if p.slow[pair] > 0 {
			d *= 200
		}
		return d
	}
	return p
}

func (p *player) name(l *sim.Link, side int) string { return p.plan.Router(l.Ends[side].Router).Name() }

// start makes all hosts and boots their daemons.
func (p *player) start() {
	for i := range p.plan.Routers {
		r := &p.plan.Routers[i]
		var interfaces []kernel.Interface
		for k := range p.plan.Links {
			l := &p.plan.Links[k]
			for side := range 2 {
				if l.Ends[side].Router == r.N {
					if slices.ContainsFunc(interfaces, func(i kernel.Interface) bool { return i.Name == l.Iface() }) {
						continue // a LAN has several links
					}
					bits, bits6 := l.Bits()
					four, six := netip.PrefixFrom(l.Addr(side), bits), netip.PrefixFrom(l.Addr6(side), bits6)
					interfaces = append(interfaces, kernel.Interface{Name: l.Iface(), Index: l.Index(), Up: true, Addrs: []netip.Prefix{four, six}})
					p.fabric.Node(r.Name()).Attach(l.Segment(), l.Iface(), four.String(), six.String())
				}
			}
		}
		h := &simHost{simNode: p.host(r.Name(), interfaces...)}
		h.units, h.ringLimit = p.plan.Rules.Units, p.plan.Rules.RingBytes
		text := ""
		for _, line := range p.state.Config(r.N) {
			text += line + "\n"
		}
		h.disk.create(startupPath, []byte(text), 0o640)
		p.routers[r.N] = h
		h.boot()
	}
}

// lively lets time pass and holds the daemons to their rules meanwhile.
func (p *player) lively(d time.Duration) {
	until := p.now.Add(d)
	for p.now.Before(until) {
		p.pass(min(until.Sub(p.now), time.Minute))
		p.rules()
	}
}

// sessionAt is the session of a link at one end, nil when it does not exist.
func (p *player) sessionAt(link, side int) *session {
	l := p.plan.Link(link)
	h := p.routers[l.Ends[side].Router]
	if !h.up {
		return nil
	}
	return h.controller.sessions[l.Addr(1-side).String()]
}

// event makes one thing happen. What cannot happen, because a scenario was made smaller, does not.
func (p *player) event(e *sim.Event) {
	p.note("event %s", e)
	switch e.Do {
	case sim.DoEnd, sim.DoNetwork:
		router, lines := p.state.Change(e)
		p.state.Apply(e)
		p.types(router, lines)
	case sim.DoDescribe:
		p.types(p.state.Describe(e))
	case sim.DoCrash, sim.DoRestart, sim.DoUpgrade:
		p.down(e)
	default:
		if l := p.plan.Link(e.Link); l != nil {
			p.linkEvent(e, l)
		}
	}
	p.touch()
}

// types changes the configuration of a router, now or when it is back.
func (p *player) types(router int, lines []string) {
	h := p.routers[router]
	switch {
	case h == nil || len(lines) == 0:
	case !h.up || h.leaving:
		h.typed = append(h.typed, lines)
	default:
		h.configure(lines...)
	}
}

// down ends a daemon; it is back after a while with the configuration it had.
func (p *player) down(e *sim.Event) {
	h := p.routers[e.Router]
	if h == nil || !h.up || h.leaving {
		return
	}
	h.save()
	wait := time.Duration(0)
	if e.Do != sim.DoCrash {
		h.controller.restarting.Store(e.Do == sim.DoUpgrade)
		h.leave()
		h.leaving, wait = true, stopLimit
	}
	p.at(wait, func() { h.crash() })
	p.at(wait+e.For, func() {
		h.leaving = false
		h.boot()
		for _, lines := range h.typed {
			h.configure(lines...)
		}
		h.typed = nil
	})
}

func (p *player) linkEvent(e *sim.Event, l *sim.Link) {
	near, far := p.name(l, e.Side), p.name(l, 1-e.Side)
	switch e.Do {
	case sim.DoClear:
		p.tell(e, order{event: fsm.Event{Kind: fsm.AdminReset}, who: "test"})
	case sim.DoSoftIn:
		p.tell(e, soft{in: true, families: config.Families[:]})
	case sim.DoSoftOut:
		p.tell(e, soft{out: true, families: config.Families[:]})
	case sim.DoCut:
		p.cut[l.N] = true
		p.carries(l)
	case sim.DoHalf:
		p.fabric.Cut(near, far)
	case sim.DoHeal:
		p.cut[l.N] = false
		p.fabric.Heal(near, far)
		p.carries(l)
	case sim.DoUnplug:
		p.unplug(l, l.Ends[e.Side].Router, e.For)
	case sim.DoReset:
		for _, s := range p.streams(l, 0) {
			s.BreakAfter(e.Bytes)
		}
	case sim.DoCorrupt:
		for _, s := range p.streams(l, e.Side) {
			s.SpoilAfter(e.Bytes, e.Mask)
			x := spoiled{stream: s}
			if end := p.sessionAt(l.N, e.Side); end != nil && end.up != nil && end.up.conn == transport.Conn(s) && end.hasTable() {
				x.at, x.need = end, end.routes.Generation
			}
			p.spoiled = append(p.spoiled, x)
		}
	case sim.DoSlow:
		pairs := [][2]string{{near, far}, {far, near}}
		for _, pair := range pairs {
			p.slow[pair]++
			p.at(e.For, func() { p.slow[pair]-- })
		}
	case sim.DoStall:
		for _, r := range p.routers[l.Ends[e.Side].Router].readers {
			if r.l.session.name == l.Addr(1-e.Side).String() {
				r.stalled = p.now.Add(e.For)
			}
		}
	}
}

// carries makes a link carry what it can. On a LAN that is between its two ends alone.
func (p *player) carries(l *sim.Link) {
	up, a, b := p.pulled[l.N] == 0 && !p.cut[l.N], p.name(l, 0), p.name(l, 1)
	switch {
	case l.Hub == 0:
		p.fabric.SetUp(l.Segment(), up)
	case up:
		p.fabric.Heal(a, b)
	default:
		p.fabric.Partition(a, b)
	}
}

// unplug takes a router's interface down for a while, and with it all links of that interface.
func (p *player) unplug(l *sim.Link, router int, wait time.Duration) {
	h := p.routers[router]
	each := func(by int) {
		for i := range p.plan.Links {
			if o := &p.plan.Links[i]; o.Iface() == l.Iface() && (o.Ends[0].Router == router || o.Ends[1].Router == router) {
				p.pulled[o.N] += by
				p.carries(o)
			}
		}
	}
	h.setLink(l.Iface(), false)
	each(1)
	p.at(wait, func() {
		h.setLink(l.Iface(), true)
		each(-1)
	})
}

func (p *player) tell(e *sim.Event, m any) {
	if s := p.sessionAt(e.Link, e.Side); s != nil {
		s.inbox.post(m)
	}
}

// streams are the ends, on one side of a link, of the connections over it.
func (p *player) streams(l *sim.Link, side int) (out []*transport.Stream) {
	for _, s := range p.fabric.Streams() {
		if s.LocalAddr().Addr() == l.Addr(side) {
			out = append(out, s)
		}
	}
	return out
}

// heal ends all faults at once. Where bytes were changed, which nothing in BGP need notice, the neighbor is asked for its routes
// again: that must put everything right. A connection that was not yet complete by then is reset.
func (p *player) heal() {
	p.note("all faults end")
	slices.SortStableFunc(p.timers, func(a, b simTimer) int { return a.at.Compare(b.at) })
	for timers := p.timers; len(timers) > 0; timers = timers[1:] {
		p.timers = nil
		timers[0].do()
	}
	for i := range p.plan.Links {
		l := &p.plan.Links[i]
		p.cut[l.N] = false
		p.fabric.SetUp(l.Segment(), true)
		p.fabric.Heal(p.name(l, 0), p.name(l, 1))
	}
	for _, h := range p.routers {
		for _, r := range h.readers {
			r.stalled = time.Time{}
		}
	}
	for _, s := range p.fabric.Streams() {
		s.BreakAfter(-1)
	}
	for _, x := range p.spoiled {
		x.stream.SpoilAfter(0, 0)
		if s := x.at; s != nil && s.up != nil && s.routes.Generation == x.need && s.agreed.EnhancedRouteRefresh {
			s.inbox.post(soft{in: true, families: config.Families[:]})
		} else {
			x.stream.BreakAfter(0)
		}
	}
	p.touch()
}

// hasTable reports whether a session has the neighbor's whole table.
func (s *session) hasTable() bool {
	for _, f := range s.agreed.Families {
		if c := s.ribs.rib.Counters(s.stream.peer, f); !c.EndOfRIBIn {
			return false
		}
	}
	return true
}

// The bounds of a network at rest.
const (
	settleLimit = 8 * time.Minute // from the end of the last fault to right tables everywhere
	restLength  = 30 * time.Minute
	drainLimit  = time.Minute
	lastWay     = 30 * time.Second // how long a message may be under way
)

// quiet waits until the tables are what the twin says, holds the network to its rest for a while, and has everything
// withdrawn, behind which nothing may be left.
func (p *player) quiet() error {
	want, ok := sim.Expect(p.state)
	if !ok {
		return errors.New("the twin finds no answer: the scenario is not convergent")
	}
	began := p.now
	wrong := p.until(settleLimit, func() error { return p.right(want) })
	p.played.settled = p.now.Sub(began)
	if wrong != nil {
		return fmt.Errorf("%v after the last fault: %w", p.played.settled, wrong)
	}
	if err := p.forwarding(want); err != nil {
		return err
	}
	if err := errors.Join(p.rest(want), p.refreshed(want)); err != nil {
		return err
	}
	return p.drain()
}

// right tells what is not right yet: tables, or what one end of a session has sent and the other not received.
func (p *player) right(want *sim.Answer) error {
	if err := p.compare(want); err != nil {
		return err
	}
	return p.mirrored()
}

// until waits for a check to succeed.
func (p *player) until(limit time.Duration, check func() error) (wrong error) {
	for began := p.now; p.now.Sub(began) < limit; {
		p.pass(500 * time.Millisecond)
		p.rules()
		if wrong = check(); wrong == nil {
			return nil
		}
	}
	return wrong
}

// rest lets time pass in which nothing happens: no session may end and nobody may have anything to tell.
func (p *player) rest(want *sim.Answer) error {
	p.lively(lastWay) // a change and its undoing may be under way although all tables are right
	before := p.told()
	p.lively(restLength)
	if after := p.told(); after != before {
		return fmt.Errorf("at rest: UPDATEs and sessions went from %v to %v", before, after)
	}
	return p.compare(want)
}

// refreshed asks every neighbor for its routes: each must send all of them again, and nothing may change by that.
func (p *player) refreshed(want *sim.Answer) error {
	type asked struct {
		s    *session
		have uint64 // UPDATEs received before
		need bool   // it has routes of the neighbor
	}
	var all []asked
	for i := range p.plan.Links {
		for side := range 2 {
			s := p.sessionAt(p.plan.Links[i].N, side)
			if s == nil || s.up == nil {
				continue
			}
			a := asked{s: s, have: s.counts.in[wire.TypeUpdate].Load()}
			for _, f := range s.agreed.Families {
				a.need = a.need || s.ribs.rib.Counters(s.stream.peer, f).Received > 0
			}
			all = append(all, a)
			s.inbox.post(soft{in: true, families: config.Families[:]})
		}
	}
	if wrong := p.until(drainLimit, func() error { return p.right(want) }); wrong != nil {
		return fmt.Errorf("behind a refresh: %w", wrong)
	}
	for _, a := range all {
		if a.need && a.s.counts.in[wire.TypeUpdate].Load() == a.have {
			return fmt.Errorf("%s did not send its routes again", a.s.name)
		}
	}
	return nil
}

// drain withdraws every network.
func (p *player) drain() error {
	for i := range p.plan.Routers {
		n := p.plan.Routers[i].N
		for _, prefix := range p.state.Originated(n) {
			e := sim.Event{Do: sim.DoNetwork, Router: n, Prefix: prefix}
			p.types(p.state.Change(&e))
		}
	}
	if wrong := p.until(drainLimit, p.empty); wrong != nil {
		return fmt.Errorf("with all networks withdrawn: %w", wrong)
	}
	return nil
}
